/* SPDX-License-Identifier: Apache-2.0
 *
 * cardea gateway [--config FILE] [--check] [--init DIR] [--ports-file FILE] [--pid-file FILE]
 */
#include "cli/gateway_init.h"
#include "roles/supervisor.h"
#include <getopt.h>
#include <stdio.h>

#define DEFAULT_CONFIG "/etc/cardea/cardea.yaml"

int cli_gateway(int argc, char **argv);

static const char usage[] =
    "usage: cardea gateway [OPTION...]\n"
    "\n"
    "  --config FILE      the configuration (" DEFAULT_CONFIG ")\n"
    "  --check            read configuration, policies and all files they name; say what is\n"
    "                     wrong with them, and end\n"
    "  --init DIR         write a commented configuration with development certificates to DIR\n"
    "  --ports-file FILE  once ready, write listener names and real ports to FILE, as JSON\n"
    "  --pid-file FILE    write the process id to FILE while running\n"
    "\n"
    "SIGHUP reads configuration, policies and certificates anew; SIGTERM lets sessions end.\n";

static int check(const char *path)
{
    struct buf problem;

    buf_init(&problem, (size_t)1 << 20);
    struct supervisor_files *files = supervisor_files_load(path, false, &problem);
    if (files)
        printf("%s: good\n", path);
    else
        fprintf(stderr, "%.*s", STR_ARG(buf_str(&problem)));
    buf_release(&problem);
    supervisor_files_free(files);
    return files ? 0 : 1;
}

int cli_gateway(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},     {"check", no_argument, NULL, 'k'},
        {"init", required_argument, NULL, 'i'},       {"ports-file", required_argument, NULL, 'p'},
        {"pid-file", required_argument, NULL, 'd'},   {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct supervisor_options run = {.config_path = DEFAULT_CONFIG};
    bool check_only = false;
    const char *init = NULL;

    optind = 1;
    for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
        switch (o) {
        case 'c':
            run.config_path = optarg;
            break;
        case 'k':
            check_only = true;
            break;
        case 'i':
            init = optarg;
            break;
        case 'p':
            run.ports_path = optarg;
            break;
        case 'd':
            run.pid_path = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind != argc) {
        fputs(usage, stderr);
        return 2;
    }
    if (init)
        return gateway_init(init);
    return check_only ? check(run.config_path) : supervisor_run(&run);
}

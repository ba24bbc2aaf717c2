/* SPDX-License-Identifier: Apache-2.0
 *
 * cardea policy check | test: policies looked at without a gateway.
 */
#include "cli/offline.h"
#include "policy/cases.h"
#include <getopt.h>
#include <stdio.h>

int cli_policy_check(int argc, char **argv);
int cli_policy_test(int argc, char **argv);

static const struct option long_options[] = {{"zoneinfo", required_argument, NULL, 'z'},
                                             {"verbose", no_argument, NULL, 'v'},
                                             {"help", no_argument, NULL, 'h'},
                                             {NULL, 0, NULL, 0}};

/* The index of the first file; 0 when the command is over with *ret_status. */
static int parse_options(int argc, char **argv, const char *usage, struct offline *o,
                         bool *ret_verbose, int *ret_status)
{
    int c;

    *ret_status = 2;
    while ((c = getopt_long(argc, argv, "v", long_options, NULL)) != -1) {
        if (c == 'z') {
            o->zoneinfo = optarg;
        } else if (c == 'v') {
            *ret_verbose = true;
        } else if (c == 'h') {
            fputs(usage, stdout);
            *ret_status = 0;
            return 0;
        } else {
            return 0;
        }
    }
    if (optind >= argc) {
        fputs(usage, stderr);
        return 0;
    }
    return optind;
}

int cli_policy_check(int argc, char **argv)
{
    static const char usage[] =
        "usage: cardea policy check [--zoneinfo DIR] FILE...\n\n"
        "Reads policies and classification as the gateway would and lists everything that is\n"
        "wrong with them.\n";
    struct offline o;
    bool verbose = false;
    int status;

    offline_init(&o);
    int first = parse_options(argc, argv, usage, &o, &verbose, &status);
    if (first > 0) {
        struct policy_set *set =
            offline_policies(&o, (const char *const *)argv + first, (size_t)(argc - first));
        status = set == NULL;
        if (set != NULL)
            printf("%zu %s, nothing wrong\n", policy_set_policy_count(set),
                   policy_set_policy_count(set) == 1 ? "policy" : "policies");
        policy_set_unref(set);
    }
    offline_release(&o);
    return status;
}

/* ---- tests ---- */

struct tally {
    size_t run, failed;
    bool verbose;
};

static void run_case(const struct policy_set *set, const struct catalog *catalog,
                     const struct policy_cases *cases, const struct policy_case *one,
                     struct tally *tally)
{
    struct arena arena;
    struct str why = STR_NONE;

    arena_init(&arena, (size_t)64 << 20);
    bool good = policy_case_run(set, catalog, cases, one, &arena, &why);
    tally->run++;
    tally->failed += !good;
    if (!good)
        printf("%.*s:%u: FAILED: %.*s\n    %.*s\n", STR_ARG(one->at.file), one->at.line,
               STR_ARG(str_slice(one->sql, 0, 200)), STR_ARG(why));
    else if (tally->verbose)
        printf("%.*s:%u: ok: %.*s\n", STR_ARG(one->at.file), one->at.line,
               STR_ARG(str_slice(one->sql, 0, 200)));
    arena_release(&arena);
}

static bool run_cases(struct offline *o, const struct policy_cases *cases, struct tally *tally)
{
    const char **paths = arena_array(&o->arena, cases->policies.count, const char *);
    const struct sql_context sql = policy_cases_server(cases);

    for (size_t i = 0; paths != NULL && i < cases->policies.count; i++)
        paths[i] = offline_path(o, cases->at.file, cases->policies.items[i]);
    struct policy_set *set =
        paths != NULL ? offline_policies(o, paths, cases->policies.count) : NULL;
    struct catalog *catalog =
        set != NULL ? offline_catalog(o, offline_path(o, cases->at.file, cases->catalog), &sql)
                    : NULL;
    for (size_t i = 0; catalog != NULL && i < cases->case_count; i++)
        run_case(set, catalog, cases, &cases->cases[i], tally);
    bool good = catalog != NULL;
    catalog_unref(catalog);
    policy_set_unref(set);
    return good;
}

static bool run_file(struct offline *o, const char *path, struct tally *tally)
{
    struct config_problems problems;
    struct str text;
    size_t count = 0;
    bool good = true;

    if (!offline_read(o, path, &text))
        return false;
    config_problems_init(&problems, &o->arena);
    const struct policy_cases *all =
        policy_cases_load(str_of(path), text, &o->arena, &problems, &count);
    if (offline_tell(&problems) || all == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!run_cases(o, &all[i], tally))
            good = false;
    return good;
}

int cli_policy_test(int argc, char **argv)
{
    static const char usage[] =
        "usage: cardea policy test [-v] [--zoneinfo DIR] FILE...\n\n"
        "Runs statements kept beside the policies and compares what becomes of each with what\n"
        "the file says. Exit status 1 when one differs.\n";
    struct tally tally = {0};
    struct offline o;
    int status;

    offline_init(&o);
    int first = parse_options(argc, argv, usage, &o, &tally.verbose, &status);
    if (first > 0) {
        bool good = true;
        for (int i = first; i < argc; i++)
            if (!run_file(&o, argv[i], &tally))
                good = false;
        printf("%zu cases, %zu failed\n", tally.run, tally.failed);
        status = !good || tally.failed > 0;
    }
    offline_release(&o);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * One binary: finds the command in the table and runs it.
 */
#include "base/str.h"
#include "roles/role.h"
#include <stdio.h>

#define COMMAND(name, function, summary) int function(int argc, char **argv);
#include "cli/commands.h"
#undef COMMAND

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
#define COMMAND(name, function, summary) {name, function, summary},
#include "cli/commands.h"
#undef COMMAND
    {NULL, NULL, NULL},
};

static void print_usage(FILE *out)
{
    fputs("usage: cardea COMMAND [OPTION...]\n\n", out);
    for (const struct command *c = commands; c->name; c++)
        fprintf(out, "  %-18s %s\n", c->name, c->summary);
    fputs("  version            print the version\n"
          "\ncardea COMMAND --help tells more.\n",
          out);
}

/* How many arguments the command's name takes; 0 when it is another command. */
static int command_matches(const struct command *c, int argc, char **argv)
{
    struct str first = str_of(c->name), second = STR_NONE;
    bool two = str_split(str_of(c->name), ' ', &first, &second);
    if (argc < (two ? 3 : 2) || !str_equal(str_of(argv[1]), first))
        return 0;
    if (!two)
        return 1;
    return str_equal(str_of(argv[2]), second) ? 2 : 0;
}

/* `cardea policy` and `cardea policy --help`: the commands that begin with that word. */
static bool print_family(struct str word)
{
    bool any = false;
    for (const struct command *c = commands; c->name; c++) {
        struct str first, second;
        if (!str_split(str_of(c->name), ' ', &first, &second) || !str_equal(first, word))
            continue;
        printf("  cardea %-18s %s\n", c->name, c->summary);
        any = true;
    }
    return any;
}

int main(int argc, char **argv)
{
    int status;
    if (role_start(argc, argv, &status))
        return status;
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    struct str name = str_of(argv[1]);
    if (str_equal(name, STR("help")) || str_equal(name, STR("--help")) ||
        str_equal(name, STR("-h"))) {
        print_usage(stdout);
        return 0;
    }
    if (str_equal(name, STR("version")) || str_equal(name, STR("--version"))) {
        puts("cardea " CARDEA_VERSION);
        return 0;
    }
    for (const struct command *c = commands; c->name; c++) {
        int words = command_matches(c, argc, argv);
        if (words)
            return c->run(argc - words, argv + words);
    }
    if (print_family(name))
        return argc == 2 ? 2 : 0;
    fprintf(stderr, "cardea: there is no command '%s'; see cardea help\n", argv[1]);
    return 2;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of a corpus the parser accepts: JSON lines on stdin, each with `sql` (or `sql_b64`) and
 * `errno`, the real server's answer to preparing it (0 accepted, 1064 a syntax error, anything
 * else parsed and then refused). Prints counts; writes what was judged wrongly to a file.
 *
 * usage: xz -dc mysql97.jsonl.xz | parse_corpus VERSION [FAILURES]
 *        VERSION as a server greets: 9.7.4, 10.11.19-MariaDB
 */
#include "base/limits.h"
#include "sql/ast.h"

#include "../support/sql_row.h"

#include <time.h>

struct tally {
    size_t valid, valid_refused; /* the server's parser takes it; and ours doesn't */
    size_t invalid, invalid_accepted;
    size_t bytes;
};

/* On one line, without tabs. */
static void put_flat(FILE *file, struct str text)
{
    for (size_t i = 0; i < text.len && i < 2000; i++) {
        char c = text.ptr[i];
        fputc(c == '\n' || c == '\t' || c == '\r' ? ' ' : c, file);
    }
}

static void report(FILE *failures, const char *what, const struct fault *fault, struct str sql)
{
    if (failures == NULL)
        return;
    fprintf(failures, "%s\t", what);
    put_flat(failures, fault->message);
    fputc('\t', failures);
    put_flat(failures, sql);
    fputc('\n', failures);
}

static void judge(const struct sql_context *context, struct arena *arena, struct str sql,
                  long number, FILE *failures, struct tally *tally)
{
    struct fault fault = {0};
    struct sql_script script;
    bool ok = sql_parse(context, sql, arena, &script, &fault);

    tally->bytes += sql.len;
    if (number == 1064 || number == 1065) {
        tally->invalid++;
        if (ok) {
            tally->invalid_accepted++;
            report(failures, "accepted", &fault, sql);
        }
    } else {
        tally->valid++;
        if (!ok) {
            tally->valid_refused++;
            report(failures, "refused", &fault, sql);
        }
    }
}

static double percent(size_t part, size_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

int main(int argc, char **argv)
{
    struct sql_context context = {.charset = SQL_CHARSET_UTF8};
    struct tally tally = {0};
    char *line = NULL;
    size_t capacity = 0;
    struct arena arena;

    if (argc < 2 || !sql_version_parse(str_of(argv[1]), &context)) {
        fprintf(stderr, "usage: parse_corpus VERSION [FAILURES] < CORPUS.jsonl\n");
        return 2;
    }
    FILE *failures = argc > 2 ? fopen(argv[2], "w") : NULL;
    clock_t start = clock();
    arena_init(&arena, LIMIT_STATEMENT_ARENA);
    while (getline(&line, &capacity, stdin) > 0) {
        json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);
        arena_reset(&arena);
        struct str sql = sql_of_row(row, &arena);
        long number = (long)json_integer_value(json_object_get(row, "errno"));
        if (sql.ptr != NULL)
            judge(&context, &arena, sql, number, failures, &tally);
        json_decref(row);
    }
    arena_release(&arena);
    free(line);
    if (failures != NULL)
        fclose(failures);
    printf("%s: %zu statements that the server parses, %.3f %% accepted (%zu refused); "
           "%zu syntax errors, %.2f %% accepted (%zu); %.1f s\n",
           argv[1], tally.valid, 100.0 - percent(tally.valid_refused, tally.valid),
           tally.valid_refused, tally.invalid, percent(tally.invalid_accepted, tally.invalid),
           tally.invalid_accepted, (double)(clock() - start) / CLOCKS_PER_SEC);
    return 0;
}

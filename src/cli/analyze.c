/* SPDX-License-Identifier: Apache-2.0
 *
 * cardea analyze: what is known of statements before they run, as JSON lines. No network, no
 * files but those named; the same input gives the same output.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "catalog/ddl.h"
#include "catalog/json.h"
#include "cli/input.h"
#include "lineage/json.h"
#include "lineage/lineage.h"
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

int cli_analyze(int argc, char **argv);

#define CATALOG_FILE_MAX ((size_t)1 << 30)
#define OUTPUT_BLOCK     ((size_t)256 << 10)

static const char usage[] =
    "usage: cardea analyze [OPTION...] [FILE]\n"
    "\n"
    "Reads statements from FILE or standard input, separated by NUL bytes (when there is one) or\n"
    "by semicolons, and prints one line of JSON for each, in their order: see docs/analyze.md.\n"
    "\n"
    "  --server FAMILY-VERSION   mysql-9.7 (default), mysql-8.0.36, mariadb-10.11 ...\n"
    "  --sql-mode MODE           as @@sql_mode has it; default: empty\n"
    "  --charset NAME            character set of the client; default: utf8mb4\n"
    "  --schema NAME             the current schema\n"
    "  --catalog FILE            what `cardea catalog dump` wrote, or CREATE statements (.sql)\n"
    "  --lower-case-table-names N  for a catalog of CREATE statements; default: 0\n"
    "  --separator WHICH         nul, semicolon or auto (default)\n"
    "  --stats                   at the end, on standard error: how many, how fast, how much memory\n";

struct options {
    struct sql_context context;
    struct str schema;
    const char *catalog, *file, *mode;
    unsigned lower_case;
    enum input_separator separator;
    bool server_given, stats;
};

struct run {
    struct options *options;
    struct catalog *catalog;
    struct arena arena;
    struct buf out;
    uint64_t n, accepted; /* inputs so far */
};

static bool complain(const char *what, const char *which)
{
    fprintf(stderr, "cardea analyze: %s: %s\n", which, what);
    return false;
}

/* `mysql-9.7`, `mariadb-10.11.19`. */
static bool server_read(const char *text, struct sql_context *context)
{
    struct str family, rest, part;
    uint64_t parts[3] = {0, 0, 0};

    if (!str_split(str_of(text), '-', &family, &rest))
        return complain("FAMILY-VERSION is expected", text);
    if (str_equal_nocase(family, STR("mysql")))
        context->family = SQL_MYSQL;
    else if (str_equal_nocase(family, STR("mariadb")))
        context->family = SQL_MARIADB;
    else
        return complain("the family is mysql or mariadb", text);
    for (size_t i = 0; i < ARRAY_LEN(parts) && rest.len > 0; i++) {
        if (!str_split(rest, '.', &part, &rest)) {
            part = rest;
            rest = STR_NONE;
        }
        if (!str_to_u64(part, 99, &parts[i]))
            return complain("a version is numbers with points between", text);
    }
    context->version = (uint32_t)(parts[0] * 10000 + parts[1] * 100 + parts[2]);
    return true;
}

static bool charset_read(const char *name, enum sql_charset *ret)
{
    struct str known;

    *ret = sql_charset_by_name(str_of(name));
    if (*ret != SQL_CHARSET_REFUSED)
        return true;
    fprintf(stderr, "cardea analyze: %s: not a character set that clients may use; known are:",
            name);
    for (size_t i = 0; (known = sql_charset_name(i)).len > 0; i++)
        fprintf(stderr, " %.*s", STR_ARG(known));
    fputc('\n', stderr);
    return false;
}

static bool mode_read(const char *text, struct sql_context *context)
{
    struct str known;

    if (sql_mode_parse(context->family, str_of(text), &context->mode))
        return true;
    fprintf(stderr, "cardea analyze: %s: not a sql_mode of this server; known are:", text);
    for (size_t i = 0; (known = sql_mode_name(context->family, i)).len > 0; i++)
        fprintf(stderr, " %.*s", STR_ARG(known));
    fputc('\n', stderr);
    return false;
}

static bool separator_read(const char *text, enum input_separator *ret)
{
    static const char *const names[] = {"auto", "nul", "semicolon"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_equal(str_of(text), str_of(names[i]))) {
            *ret = (enum input_separator)i;
            return true;
        }
    }
    return complain("--separator is auto, nul or semicolon", text);
}

static bool option_take(struct options *o, int c)
{
    uint64_t lower = 0;

    switch (c) {
    case 's':
        o->server_given = true;
        return server_read(optarg, &o->context);
    case 'm':
        o->mode = optarg;
        return true;
    case 'c':
        return charset_read(optarg, &o->context.charset);
    case 'S':
        o->schema = str_of(optarg);
        return true;
    case 'C':
        o->catalog = optarg;
        return true;
    case 'l':
        if (!str_to_u64(str_of(optarg), 2, &lower))
            return complain("0, 1 or 2", optarg);
        o->lower_case = (unsigned)lower;
        return true;
    case 'p':
        return separator_read(optarg, &o->separator);
    case 't':
        o->stats = true;
        return true;
    default:
        fputs(usage, c == 'h' ? stdout : stderr);
        exit(c == 'h' ? 0 : 2);
    }
}

static bool options_read(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"server", required_argument, NULL, 's'},
        {"sql-mode", required_argument, NULL, 'm'},
        {"charset", required_argument, NULL, 'c'},
        {"schema", required_argument, NULL, 'S'},
        {"catalog", required_argument, NULL, 'C'},
        {"lower-case-table-names", required_argument, NULL, 'l'},
        {"separator", required_argument, NULL, 'p'},
        {"stats", no_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    optind = 1;
    while ((c = getopt_long(argc, argv, "h", longs, NULL)) >= 0)
        if (!option_take(o, c))
            return false;
    if (optind < argc)
        o->file = argv[optind++];
    if (optind < argc)
        return complain("one file at most", argv[optind]);
    return mode_read(o->mode, &o->context);
}

static bool file_read(const char *path, struct buf *ret)
{
    FILE *in = fopen(path, "rb");
    char block[65536];
    size_t n;

    if (in == NULL)
        return complain(strerror(errno), path);
    while ((n = fread(block, 1, sizeof(block), in)) > 0)
        buf_put(ret, block, n);
    bool failed = ferror(in) != 0 || ret->failed;
    fclose(in);
    return failed ? complain("can't be read", path) : true;
}

static bool catalog_read(struct run *run)
{
    struct options *o = run->options;
    struct fault fault = {.code = FAULT_NONE};
    struct buf text;

    if (o->catalog == NULL) {
        struct catalog_builder *builder = catalog_builder_new(
            o->context.family == SQL_MARIADB, o->context.version, o->lower_case);
        run->catalog = builder ? catalog_build(builder) : NULL;
        return run->catalog != NULL;
    }
    buf_init(&text, CATALOG_FILE_MAX);
    if (!file_read(o->catalog, &text)) {
        buf_release(&text);
        return false;
    }
    struct arena arena;
    arena_init(&arena, (size_t)1 << 30);
    if (str_ends(str_of(o->catalog), STR(".sql"))) {
        run->catalog = catalog_ddl_load(&o->context, buf_str(&text), o->schema, o->lower_case,
                                        &arena, &fault);
    } else {
        run->catalog = catalog_json_load(buf_str(&text), &arena, &fault);
        if (run->catalog != NULL && !o->server_given && catalog_version(run->catalog) != 0) {
            o->context.family = catalog_mariadb(run->catalog) ? SQL_MARIADB : SQL_MYSQL;
            o->context.version = catalog_version(run->catalog);
        }
    }
    if (run->catalog == NULL) {
        struct str line = fault_line(&fault, &arena);
        uint32_t at_line, at_column;
        sql_position(buf_str(&text), fault.position ? fault.position - 1 : 0, &at_line, &at_column);
        fprintf(stderr, "%s:%u:%u: %.*s\n", o->catalog, at_line, at_column, STR_ARG(line));
    }
    arena_release(&arena);
    buf_release(&text);
    return run->catalog != NULL;
}

static void put_error(struct json_writer *w, const struct fault *fault)
{
    json_key(w, "error");
    json_object_begin(w);
    json_key(w, "code");
    json_text(w, str_of(fault_info(fault->code)->code));
    json_key(w, "message");
    json_text(w, fault->message);
    json_key(w, "position");
    json_u64(w, fault->position);
    json_object_end(w);
}

static bool analyze_all(struct run *run, const struct sql_script *script, struct analysis *ret,
                        struct fault *fault)
{
    struct lineage_context context = {.catalog = run->catalog, .schema = run->options->schema};

    for (size_t i = 0; i < script->count; i++) {
        if (!lineage_analyze(&context, script, &script->statements[i], &run->arena, &ret[i], fault))
            return false;
        /* The next one runs where USE has led. */
        for (size_t k = 0; k < ret[i].change_count; k++)
            if (ret[i].changes[k].kind == CHANGE_SCHEMA)
                context.schema = ret[i].changes[k].value;
    }
    return true;
}

static void put_line(struct run *run, const struct sql_script *script,
                     const struct analysis *analyses, const struct fault *fault)
{
    struct json_writer w;
    bool accepted = analyses != NULL;

    buf_clear(&run->out);
    json_writer_init(&w, &run->out);
    json_object_begin(&w);
    json_key(&w, "n");
    json_u64(&w, run->n);
    json_key(&w, "accepted");
    json_bool(&w, accepted);
    if (accepted) {
        json_key(&w, "error");
        json_put_null(&w);
    } else {
        put_error(&w, fault);
    }
    json_key(&w, "statements");
    json_array_begin(&w);
    for (size_t i = 0; accepted && i < script->count; i++)
        analysis_json(&analyses[i], &w);
    json_array_end(&w);
    json_object_end(&w);
    buf_put_u8(&run->out, '\n');
}

/* One input: a line of its own, whatever becomes of it. `large`: there is more of it. */
static void one(struct run *run, struct str text, bool large)
{
    struct fault fault = {.code = FAULT_NONE};
    struct sql_script script = {.count = 0};
    struct analysis *analyses = NULL;

    arena_reset(&run->arena);
    if (large)
        fault_set(&fault, &run->arena, FAULT_sql_tokens, "the statement is too long");
    else if (sql_parse(&run->options->context, text, &run->arena, &script, &fault))
        analyses = arena_array(&run->arena, script.count + 1, struct analysis);
    if (analyses != NULL && !analyze_all(run, &script, analyses, &fault))
        analyses = NULL;
    if (analyses == NULL && !fault_is(&fault))
        fault_set(&fault, &run->arena, FAULT_memory, "the statement needs too much memory");
    run->n++;
    put_line(run, &script, analyses, &fault);
    if (run->out.failed) {
        analyses = NULL;
        fault = (struct fault){.code = FAULT_NONE};
        fault_set(&fault, &run->arena, FAULT_memory, "the answer needs too much memory");
        put_line(run, &script, NULL, &fault);
    }
    run->accepted += analyses != NULL;
    fwrite(run->out.data, 1, run->out.len, stdout);
}

/* In KiB; 0 when the system doesn't say. getrusage() would count what this process was before it
 * became `cardea`. */
static uint64_t peak_memory(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    uint64_t peak = 0;

    while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
        struct str head, text = str_of(line), number;
        if (str_split(text, ':', &head, &text) && str_equal(head, STR("VmHWM")) &&
            str_split(str_trim(text), ' ', &number, &text))
            (void)str_to_u64(number, UINT64_MAX, &peak);
    }
    if (status != NULL)
        fclose(status);
    return peak;
}

static void stats_print(const struct run *run, uint64_t began_us)
{
    double seconds = (double)(clock_monotonic_us() - began_us) / 1e6;

    fprintf(stderr, "%llu statements in %.2f s, %.0f/s, peak %.1f MiB; %llu accepted\n",
            (unsigned long long)run->n, seconds, seconds > 0 ? (double)run->n / seconds : 0.0,
            (double)peak_memory() / 1024, (unsigned long long)run->accepted);
}

static bool all(struct run *run)
{
    const struct options *o = run->options;
    FILE *file = o->file ? fopen(o->file, "rb") : stdin;
    struct input input;
    struct str text;

    if (file == NULL)
        return complain(strerror(errno), o->file);
    input_init(&input, file, &o->context, o->separator);
    while (input_next(&input, &text))
        one(run, text, input.large);
    bool failed = input_failed(&input);
    input_release(&input);
    if (file != stdin)
        fclose(file);
    if (failed)
        return complain("can't be read", o->file ? o->file : "standard input");
    return fflush(stdout) == 0 && !ferror(stdout) ? true
                                                  : complain("can't be written", "standard output");
}

int cli_analyze(int argc, char **argv)
{
    struct options options = {.context = {.family = SQL_MYSQL,
                                          .version = 90700,
                                          .charset = SQL_CHARSET_UTF8,
                                          .several = true},
                              .mode = ""};
    struct run run = {.options = &options};
    uint64_t began_us = clock_monotonic_us();

    if (!options_read(argc, argv, &options))
        return 2;
    if (!catalog_read(&run))
        return 1;
    setvbuf(stdout, NULL, _IOFBF, OUTPUT_BLOCK);
    arena_init(&run.arena, LIMIT_STATEMENT_ARENA);
    buf_init(&run.out, LIMIT_STATEMENT_ARENA);
    bool good = all(&run);
    if (options.stats)
        stats_print(&run, began_us);
    buf_release(&run.out);
    arena_release(&run.arena);
    catalog_unref(run.catalog);
    return good ? 0 : 1;
}

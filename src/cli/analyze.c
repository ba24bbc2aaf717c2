/* SPDX-License-Identifier: Apache-2.0
 *
 * cardea analyze: what is known of statements before they run, as JSON lines. No network, no
 * files but those named; the same input gives the same output.
 */
#include "base/json.h"
#include "base/limits.h"
#include "catalog/ddl.h"
#include "catalog/json.h"
#include "lineage/json.h"
#include "lineage/lineage.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

int cli_analyze(int argc, char **argv);

#define INPUT_MAX ((size_t)1 << 30)

static const char usage[] =
    "usage: cardea analyze [OPTION...] [FILE]\n"
    "\n"
    "Reads statements from FILE or standard input, separated by NUL bytes (when there is one) or\n"
    "by semicolons, and prints one line of JSON for each: see docs/analyze.md.\n"
    "\n"
    "  --server FAMILY-VERSION   mysql-9.7 (default), mysql-8.0.36, mariadb-10.11 ...\n"
    "  --sql-mode MODE           as @@sql_mode has it; default: empty\n"
    "  --charset NAME            character set of the client; default: utf8mb4\n"
    "  --schema NAME             the current schema\n"
    "  --catalog FILE            what `cardea catalog dump` wrote, or CREATE statements (.sql)\n"
    "  --lower-case-table-names N  for a catalog of CREATE statements; default: 0\n";

struct options {
    struct sql_context context;
    struct str schema;
    const char *catalog, *file;
    unsigned lower_case;
    bool server_given;
};

struct run {
    struct options *options;
    struct catalog *catalog;
    struct arena arena;
    struct buf out;
    uint64_t n; /* inputs so far */
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

static bool options_read(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"server", required_argument, NULL, 's'},
        {"sql-mode", required_argument, NULL, 'm'},
        {"charset", required_argument, NULL, 'c'},
        {"schema", required_argument, NULL, 'S'},
        {"catalog", required_argument, NULL, 'C'},
        {"lower-case-table-names", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *mode = "";
    uint64_t lower = 0;
    int c;

    optind = 1;
    while ((c = getopt_long(argc, argv, "h", longs, NULL)) >= 0) {
        if (c == 's') {
            if (!server_read(optarg, &o->context))
                return false;
            o->server_given = true;
        } else if (c == 'm') {
            mode = optarg;
        } else if (c == 'c') {
            o->context.charset = sql_charset_by_name(str_of(optarg));
            if (o->context.charset == SQL_CHARSET_REFUSED)
                return complain("not a character set that clients may use", optarg);
        } else if (c == 'S') {
            o->schema = str_of(optarg);
        } else if (c == 'C') {
            o->catalog = optarg;
        } else if (c == 'l') {
            if (!str_to_u64(str_of(optarg), 2, &lower))
                return complain("0, 1 or 2", optarg);
        } else {
            fputs(usage, c == 'h' ? stdout : stderr);
            exit(c == 'h' ? 0 : 2);
        }
    }
    o->lower_case = (unsigned)lower;
    o->file = optind < argc ? argv[optind] : NULL;
    if (!sql_mode_parse(o->context.family, str_of(mode), &o->context.mode))
        return complain("not a sql_mode of this server", mode);
    return true;
}

static bool file_read(const char *path, struct buf *ret)
{
    FILE *in = path == NULL ? stdin : fopen(path, "rb");
    char block[65536];
    size_t n;

    if (in == NULL)
        return complain("can't be opened", path);
    while ((n = fread(block, 1, sizeof(block), in)) > 0)
        buf_put(ret, block, n);
    bool failed = ferror(in) != 0 || ret->failed;
    if (in != stdin)
        fclose(in);
    return failed ? complain("can't be read", path ? path : "standard input") : true;
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
    buf_init(&text, INPUT_MAX);
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

/* One input: a line of its own, whatever becomes of it. */
static void one(struct run *run, struct str text)
{
    struct json_writer w;
    struct fault fault = {.code = FAULT_NONE};
    struct sql_script script = {.count = 0};
    struct analysis *analyses = NULL;

    arena_reset(&run->arena);
    buf_clear(&run->out);
    bool accepted = sql_parse(&run->options->context, text, &run->arena, &script, &fault);
    if (accepted) {
        analyses = arena_array(&run->arena, script.count, struct analysis);
        accepted = analyses != NULL && analyze_all(run, &script, analyses, &fault);
    }
    json_writer_init(&w, &run->out);
    json_object_begin(&w);
    json_key(&w, "n");
    json_u64(&w, ++run->n);
    json_key(&w, "accepted");
    json_bool(&w, accepted);
    if (accepted) {
        json_key(&w, "error");
        json_put_null(&w);
    } else {
        if (!fault_is(&fault))
            fault.code = FAULT_memory;
        put_error(&w, &fault);
    }
    json_key(&w, "statements");
    json_array_begin(&w);
    for (size_t i = 0; accepted && i < script.count; i++)
        analysis_json(&analyses[i], &w);
    json_array_end(&w);
    json_object_end(&w);
    buf_put_u8(&run->out, '\n');
    fwrite(run->out.data, 1, run->out.len, stdout);
}

/* By NUL bytes when there is one; else by the semicolons that the lexer sees. */
static void all(struct run *run, struct str input)
{
    struct str head;
    struct sql_text text;
    struct fault fault = {.code = FAULT_NONE};
    struct arena arena;

    if (str_find_char(input, '\0') >= 0) {
        while (str_split(input, '\0', &head, &input))
            one(run, head);
        if (input.len > 0)
            one(run, input);
        return;
    }
    arena_init(&arena, INPUT_MAX);
    if (!sql_lex(&run->options->context, input, &arena, &text, &fault)) {
        one(run, input);
        arena_release(&arena);
        return;
    }
    uint32_t first = 0;
    for (uint32_t t = 0; t <= text.count; t++) {
        if (text.tokens[t].kind != SQL_TOKEN_SEMICOLON && text.tokens[t].kind != SQL_TOKEN_END)
            continue;
        if (t > first)
            one(run, sql_span_text(&text, first, t - 1));
        first = t + 1;
    }
    arena_release(&arena);
}

int cli_analyze(int argc, char **argv)
{
    struct options options = {.context = {.family = SQL_MYSQL,
                                          .version = 90700,
                                          .charset = SQL_CHARSET_UTF8,
                                          .several = true}};
    struct run run = {.options = &options};
    struct buf input;

    if (!options_read(argc, argv, &options))
        return 2;
    if (!catalog_read(&run))
        return 1;
    arena_init(&run.arena, LIMIT_STATEMENT_ARENA);
    buf_init(&run.out, LIMIT_STATEMENT_ARENA);
    buf_init(&input, INPUT_MAX);
    bool read = file_read(options.file, &input);
    if (read)
        all(&run, buf_str(&input));
    buf_release(&input);
    buf_release(&run.out);
    arena_release(&run.arena);
    catalog_unref(run.catalog);
    return read ? 0 : 1;
}

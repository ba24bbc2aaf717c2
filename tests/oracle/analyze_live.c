/* SPDX-License-Identifier: Apache-2.0
 *
 * The analysis as a servant of tests/oracle/privileges.py: what `cardea analyze` says, statement by
 * statement, while the catalog changes under it. JSON lines in, one JSON line out for each:
 *
 *   {"queries": true}                          the catalog's queries, in order, for this server
 *   {"rows": [[query, [value, …]], …]}         the catalog from now on; with "system": true those
 *                                              of system schemas, kept beside whatever follows
 *   {"sql": "hex", "schema": "…", "mode": "…", "charset": "…"}
 *                                              as a line of `cardea analyze`
 *   {"done": true}                             the last one has succeeded: its temporary tables
 *   {"session": true}                          a new session: no temporary tables
 *
 * usage: analyze_live VERSION     as a server greets: 9.7.4, 10.11.19-MariaDB
 */
#include "base/limits.h"
#include "catalog/catalog.h"
#include "lineage/json.h"
#include "lineage/lineage.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

struct live {
    struct sql_context context;
    json_t *system, *rows;
    struct catalog *own, *whole; /* made when needed; whole: with system schemas */
    struct catalog_overlay *overlay;
    struct arena arena;
    struct buf sql, out;
    struct sql_script script; /* of the last statement */
    struct str schema;
    bool parsed;
};

static struct str text_of(const json_t *value)
{
    return json_is_string(value) ? str_make(json_string_value(value), json_string_length(value))
                                 : STR_NONE;
}

static bool take_rows(struct catalog_builder *builder, const json_t *rows)
{
    struct str values[16];
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row) {
        const json_t *list = json_array_get(row, 1);
        size_t count = json_array_size(list);
        if (count > ARRAY_LEN(values))
            return false;
        for (size_t k = 0; k < count; k++)
            values[k] = text_of(json_array_get(list, k));
        if (!catalog_builder_row(builder,
                                 (enum catalog_query)json_integer_value(json_array_get(row, 0)),
                                 values, count))
            return false;
    }
    return true;
}

static struct catalog *make(struct live *live, bool whole)
{
    struct catalog_builder *builder = catalog_builder_new(live->context.family == SQL_MARIADB,
                                                          live->context.version, 0);

    if (builder == NULL)
        return NULL;
    if (whole)
        (void)take_rows(builder, live->system);
    (void)take_rows(builder, live->rows);
    return catalog_build(builder);
}

static void drop(struct catalog **catalog)
{
    catalog_unref(*catalog);
    *catalog = NULL;
}

/* System schemas are large: they are looked at only where their names may be meant. */
static bool names_system(struct str sql)
{
    return memmem(sql.ptr, sql.len, "sys", 3) || memmem(sql.ptr, sql.len, "SYS", 3) ||
           memmem(sql.ptr, sql.len, "_schema", 7) || memmem(sql.ptr, sql.len, "_SCHEMA", 7) ||
           memmem(sql.ptr, sql.len, "mysql", 5) || memmem(sql.ptr, sql.len, "MYSQL", 5);
}

static const struct catalog *catalog_for(struct live *live, struct str sql)
{
    bool whole = names_system(sql) || names_system(live->schema);
    struct catalog **catalog = whole ? &live->whole : &live->own;

    if (*catalog == NULL)
        *catalog = make(live, whole);
    return *catalog;
}

static bool unhex(struct buf *out, struct str hex)
{
    unsigned char *bytes = malloc(hex.len / 2 + 1);
    bool done = bytes != NULL && hex.len % 2 == 0;

    for (size_t i = 0; done && i < hex.len / 2; i++)
        bytes[i] = (unsigned char)strtoul((char[]){hex.ptr[2 * i], hex.ptr[2 * i + 1], 0}, NULL, 16);
    buf_clear(out);
    if (done)
        buf_put(out, bytes, hex.len / 2);
    free(bytes);
    return done && !out->failed;
}

static void put_analyses(struct live *live, const struct catalog *catalog, struct json_writer *w,
                         struct fault *fault)
{
    struct lineage_context context = {
        .catalog = catalog, .overlay = live->overlay, .schema = live->schema};

    json_key(w, "statements");
    json_array_begin(w);
    for (size_t i = 0; i < live->script.count && !fault_is(fault); i++) {
        struct analysis analysis;
        if (lineage_analyze(&context, &live->script, &live->script.statements[i], &live->arena,
                            &analysis, fault))
            analysis_json(&analysis, w);
    }
    json_array_end(w);
}

static void analyze(struct live *live, const json_t *request)
{
    struct fault fault = {.code = FAULT_NONE};
    struct json_writer w;

    arena_reset(&live->arena);
    live->schema = arena_copy(&live->arena, text_of(json_object_get(request, "schema")));
    live->parsed = false;
    json_writer_init(&w, &live->out);
    json_object_begin(&w);
    live->context.charset = sql_charset_by_name(text_of(json_object_get(request, "charset")));
    bool ready = unhex(&live->sql, text_of(json_object_get(request, "sql"))) &&
                 live->context.charset != SQL_CHARSET_REFUSED &&
                 sql_mode_parse(live->context.family, text_of(json_object_get(request, "mode")),
                                &live->context.mode);
    const struct catalog *catalog = ready ? catalog_for(live, buf_str(&live->sql)) : NULL;
    if (catalog != NULL && sql_parse(&live->context, buf_str(&live->sql), &live->arena,
                                     &live->script, &fault)) {
        live->parsed = true;
        put_analyses(live, catalog, &w, &fault);
    }
    json_key(&w, "accepted");
    json_bool(&w, live->parsed && !fault_is(&fault));
    json_key(&w, "error");
    json_text(&w, fault_is(&fault)  ? str_of(fault_info(fault.code)->code)
                  : catalog == NULL ? str_of(ready ? "catalog" : "session")
                                    : STR_NONE);
    json_object_end(&w);
}

static void done(struct live *live)
{
    struct lineage_context context = {.catalog = live->own ? live->own : live->whole,
                                      .overlay = live->overlay,
                                      .schema = live->schema};

    for (size_t i = 0; live->parsed && context.catalog != NULL && i < live->script.count; i++) {
        const struct sql_statement *statement = &live->script.statements[i];
        struct analysis analysis;
        struct fault fault = {.code = FAULT_NONE};
        bool changed;
        if (lineage_analyze(&context, &live->script, statement, &live->arena, &analysis, &fault))
            (void)lineage_temporary(&context, &live->script, statement, &analysis, true,
                                    live->overlay, &changed);
    }
    live->parsed = false;
}

static void put_queries(struct live *live)
{
    struct json_writer w;

    json_writer_init(&w, &live->out);
    json_array_begin(&w);
    for (int i = 0; i < CATALOG_QUERY_COUNT; i++)
        json_text(&w, catalog_query_text((enum catalog_query)i,
                                         live->context.family == SQL_MARIADB,
                                         live->context.version));
    json_array_end(&w);
}

static void serve(struct live *live, json_t *request)
{
    json_t *rows = json_object_get(request, "rows");

    buf_clear(&live->out);
    if (rows != NULL) {
        json_t **slot = json_object_get(request, "system") ? &live->system : &live->rows;
        json_decref(*slot);
        *slot = json_incref(rows);
        drop(&live->own);
        drop(&live->whole);
        live->parsed = false;
    } else if (json_object_get(request, "sql") != NULL) {
        analyze(live, request);
    } else if (json_object_get(request, "done") != NULL) {
        done(live);
    } else if (json_object_get(request, "session") != NULL) {
        catalog_overlay_clear(live->overlay);
    } else if (json_object_get(request, "queries") != NULL) {
        put_queries(live);
    }
    if (live->out.len == 0)
        buf_put_str(&live->out, STR("{}"));
    buf_put_u8(&live->out, '\n');
    fwrite(live->out.data, 1, live->out.len, stdout);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct live live = {.rows = json_array(), .system = json_array()};
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;

    if (argc != 2 || !sql_version_parse(str_of(argv[1]), &live.context)) {
        fprintf(stderr, "usage: analyze_live VERSION\n");
        return 2;
    }
    live.context.several = true;
    live.overlay = catalog_overlay_new(0);
    arena_init(&live.arena, LIMIT_STATEMENT_ARENA);
    buf_init(&live.sql, LIMIT_STATEMENT_ARENA);
    buf_init(&live.out, LIMIT_STATEMENT_ARENA);
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        json_t *request = json_loadb(line, (size_t)length, JSON_ALLOW_NUL, NULL);
        if (request == NULL) {
            fprintf(stderr, "analyze_live: a line is no JSON\n");
            return 1;
        }
        serve(&live, request);
        json_decref(request);
    }
    free(line);
    drop(&live.own);
    drop(&live.whole);
    json_decref(live.rows);
    json_decref(live.system);
    catalog_overlay_free(live.overlay);
    buf_release(&live.sql);
    buf_release(&live.out);
    arena_release(&live.arena);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Recorded sessions of real tools (record/recorder.py says what a line is): every statement that
 * the server took is understood in full, each in the state its session was in, and what the
 * analysis could not vouch for is in a list that a person has looked at.
 *
 * usage: test_recordings UNKNOWNS FILE.jsonl...
 *        UNKNOWNS: lines of `what: name` or `what: name in FILE-PREFIX`, # begins a comment; * at the name's
 *        end stands for the rest. -v as the first argument prints each unknown.
 */
#include "base/limits.h"
#include "catalog/ddl.h"
#include "lineage/lineage.h"

#include "../support/sql_row.h"

#include <stdio.h>
#include <stdlib.h>

#define SESSIONS_MAX 4096
#define OBJECTS_MAX 4096
#define UNKNOWNS_MAX 256

struct session {
    struct sql_context context;
    char schema[256];
    struct catalog_overlay *overlay;
};

/* One definition of the catalog, as SHOW CREATE TABLE gave it. */
struct object {
    const char *schema, *name, *text; /* of `rows` */
    bool view;
};

struct recording {
    const char *path;
    json_t **rows; /* kept: objects point into them */
    size_t row_count;
    struct sql_context context;
    struct session *sessions;
    struct object *objects;
    size_t object_count;
    struct catalog *catalog; /* NULL: to be built anew */
    struct arena arena;
    size_t statements, refused, empty, failures, unknown_count;
};

struct expectation {
    char what[64], name[128];
    char file[64]; /* empty: any */
    size_t met;
};

static struct expectation expectations[UNKNOWNS_MAX];
static size_t expectation_count;
static bool verbose;

static struct str text_of(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_string(value) ? str_make(json_string_value(value), json_string_length(value))
                                 : STR_NONE;
}

static bool fail(struct recording *r, const char *what, struct str detail, struct str sql)
{
    r->failures++;
    printf("%s: %s: %.*s\n    %.*s\n", r->path, what, STR_ARG(detail),
           (int)(sql.len < 600 ? sql.len : 600), sql.len ? sql.ptr : "");
    return false;
}

/* ---- the catalog ---- */

static void object_remove(struct recording *r, const char *schema, const char *name)
{
    for (size_t i = 0; i < r->object_count; i++) {
        struct object *o = &r->objects[i];
        if (strcmp(o->schema, schema) == 0 && strcmp(o->name, name) == 0) {
            memmove(o, o + 1, (r->object_count - i - 1) * sizeof(*o));
            r->object_count--;
            return;
        }
    }
}

static void catalog_changed(struct recording *r)
{
    catalog_unref(r->catalog);
    r->catalog = NULL;
}

static void object_note(struct recording *r, const json_t *row)
{
    const char *schema = json_string_value(json_object_get(row, "schema"));
    const char *text = json_string_value(json_object_get(row, "create"));
    const char *name = json_string_value(json_object_get(row, text != NULL ? "name" : "drop"));

    object_remove(r, schema, name);
    if (text != NULL && r->object_count < OBJECTS_MAX)
        r->objects[r->object_count++] = (struct object){
            schema, name, text, strstr(text, " VIEW ") != NULL && strncmp(text, "CREATE TABLE", 12) != 0};
    catalog_changed(r);
}

static void objects_print(const struct recording *r, bool views, struct buf *out)
{
    const char *schema = "";

    for (size_t i = 0; i < r->object_count; i++) {
        const struct object *o = &r->objects[i];
        if (o->view != views)
            continue;
        if (strcmp(schema, o->schema) != 0) {
            schema = o->schema;
            buf_printf(out, "CREATE DATABASE IF NOT EXISTS `%s`; USE `%s`;\n", schema, schema);
        }
        buf_put_str(out, str_of(o->text));
        buf_put_str(out, STR(";\n"));
    }
}

static bool catalog_ready(struct recording *r)
{
    struct fault fault = {.code = FAULT_NONE};
    struct arena arena;
    struct buf text;

    if (r->catalog != NULL)
        return true;
    buf_init(&text, (size_t)64 << 20);
    arena_init(&arena, (size_t)64 << 20);
    buf_put_str(&text, STR("CREATE DATABASE IF NOT EXISTS app;\n"));
    objects_print(r, false, &text);
    objects_print(r, true, &text);
    r->catalog = catalog_ddl_load(&r->context, buf_str(&text), STR("app"), 0, &arena, &fault);
    if (r->catalog == NULL)
        fail(r, "the catalog", fault.message, buf_str(&text));
    arena_release(&arena);
    buf_release(&text);
    return r->catalog != NULL;
}

/* ---- sessions ---- */

static struct session *session_of(struct recording *r, const json_t *row)
{
    size_t n = (size_t)json_integer_value(json_object_get(row, "session"));
    return n < SESSIONS_MAX ? &r->sessions[n] : &r->sessions[0];
}

static void schema_set(struct session *s, struct str schema)
{
    snprintf(s->schema, sizeof(s->schema), "%.*s", STR_ARG(schema));
}

static void session_open(struct recording *r, const json_t *row)
{
    struct session *s = session_of(r, row);
    enum sql_charset charset =
        sql_charset_by_collation((unsigned)json_integer_value(json_object_get(row, "charset")));

    s->context = r->context;
    s->context.several = json_is_true(json_object_get(row, "several"));
    if (charset != SQL_CHARSET_REFUSED)
        s->context.charset = charset;
    schema_set(s, text_of(row, "schema"));
    if (s->overlay == NULL)
        s->overlay = catalog_overlay_new(0);
}

static void session_change(struct recording *r, struct session *s, const struct session_change *c)
{
    enum sql_charset charset;

    if (c->kind == CHANGE_SCHEMA)
        schema_set(s, c->value);
    if (c->kind == CHANGE_SQL_MODE && c->value.len > 0)
        (void)sql_mode_parse(r->context.family, c->value, &s->context.mode);
    if (c->kind == CHANGE_CHARSET) {
        charset = sql_charset_by_name(c->value);
        if (charset != SQL_CHARSET_REFUSED)
            s->context.charset = charset;
    }
}

/* ---- statements ---- */

static bool name_meets(const char *pattern, struct str name)
{
    size_t len = strlen(pattern);

    if (len > 0 && pattern[len - 1] == '*')
        return name.len >= len - 1 && strncasecmp(pattern, name.ptr, len - 1) == 0;
    while (name.len > 0 && name.ptr[name.len - 1] == ' ')
        name.len--;
    return str_equal_nocase(name, str_of(pattern));
}

static void unknown_judge(struct recording *r, const struct unknown *u, struct str sql)
{
    r->unknown_count++;
    if (verbose)
        printf("unknown %.*s %.*s in %s: %.*s\n", STR_ARG(u->what), STR_ARG(u->name), r->path,
               (int)(sql.len < 200 ? sql.len : 200), sql.ptr);
    for (size_t i = 0; i < expectation_count; i++) {
        struct expectation *e = &expectations[i];
        if (str_equal(u->what, str_of(e->what)) && name_meets(e->name, u->name) &&
            strstr(r->path, e->file) != NULL) {
            e->met++;
            return;
        }
    }
    char what[128];
    snprintf(what, sizeof(what), "an unknown %.*s", STR_ARG(u->what));
    fail(r, what, u->name, sql);
}

static void script_judge(struct recording *r, struct session *s, const struct sql_script *script,
                         bool taken, struct str sql)
{
    struct fault fault = {.code = FAULT_NONE};
    struct analysis analysis;
    bool changed;

    for (size_t i = 0; i < script->count; i++) {
        struct lineage_context context = {
            .catalog = r->catalog, .overlay = s->overlay, .schema = str_of(s->schema)};
        const struct sql_statement *statement = &script->statements[i];
        if (!lineage_analyze(&context, script, statement, &r->arena, &analysis, &fault)) {
            fail(r, "not analysed", fault.message, sql);
            return;
        }
        if (!taken)
            continue;
        for (size_t k = 0; k < analysis.unknown_count; k++)
            unknown_judge(r, &analysis.unknowns[k], sql);
        for (size_t k = 0; k < analysis.change_count; k++)
            session_change(r, s, &analysis.changes[k]);
        (void)lineage_temporary(&context, script, statement, &analysis, true, s->overlay, &changed);
    }
}

/* A statement that the server refused need not be accepted, and changes nothing; one that is only
 * comments for this server does nothing either, and holds no statement. */
static void statement_judge(struct recording *r, const json_t *row)
{
    struct session *s = session_of(r, row);
    struct fault fault = {.code = FAULT_NONE};
    struct sql_script script;
    json_int_t number = json_integer_value(json_object_get(row, "errno"));

    if (!catalog_ready(r))
        return;
    r->statements++;
    arena_reset(&r->arena);
    struct str sql = sql_of_row(row, &r->arena);
    bool read = sql_parse(&s->context, sql, &r->arena, &script, &fault);
    r->empty += read && script.count == 0;
    if (read)
        script_judge(r, s, &script, number == 0, sql);
    else if (number == 0)
        fail(r, "refused", fault.message, sql);
    else
        r->refused++;
}

static void mode_set(struct recording *r, const json_t *row)
{
    struct session *s = session_of(r, row);

    if (!sql_mode_parse(r->context.family, text_of(row, "mode"), &s->context.mode))
        fail(r, "no sql_mode", text_of(row, "mode"), STR_NONE);
}

static void row_judge(struct recording *r, const json_t *row)
{
    if (json_object_get(row, "create") != NULL || json_object_get(row, "drop") != NULL)
        object_note(r, row);
    else if (json_object_get(row, "sql") != NULL || json_object_get(row, "sql_b64") != NULL)
        statement_judge(r, row);
    else if (json_object_get(row, "use") != NULL)
        schema_set(session_of(r, row), text_of(row, "use"));
    else if (json_object_get(row, "mode") != NULL)
        mode_set(r, row);
    else if (json_object_get(row, "option") != NULL)
        session_of(r, row)->context.several = json_is_true(json_object_get(row, "option"));
    else if (json_object_get(row, "session") != NULL)
        session_open(r, row);
    else
        fail(r, "a line of no known kind", STR_NONE, STR_NONE);
}

/* ---- files ---- */

static bool recording_load(struct recording *r)
{
    FILE *file = fopen(r->path, "r");
    char *line = NULL;
    size_t capacity = 0, space = 0;

    if (file == NULL)
        return fail(r, "can't be opened", STR_NONE, STR_NONE);
    while (getline(&line, &capacity, file) > 0) {
        json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);
        if (row == NULL)
            return fail(r, "not JSON", STR_NONE, str_of(line));
        if (r->row_count == space) {
            space = space ? 2 * space : 1024;
            r->rows = realloc(r->rows, space * sizeof(json_t *));
            if (r->rows == NULL)
                abort();
        }
        r->rows[r->row_count++] = row;
    }
    free(line);
    fclose(file);
    return r->row_count > 1;
}

static bool recording_judge(const char *path)
{
    struct recording r = {.path = path, .context = {.charset = SQL_CHARSET_UTF8}};

    arena_init(&r.arena, LIMIT_STATEMENT_ARENA);
    r.sessions = calloc(SESSIONS_MAX, sizeof(*r.sessions));
    r.objects = calloc(OBJECTS_MAX, sizeof(*r.objects));
    if (recording_load(&r)) {
        if (!sql_version_parse(text_of(r.rows[0], "version"), &r.context))
            fail(&r, "no version", STR_NONE, STR_NONE);
        r.sessions[0].context = r.context;
        for (size_t i = 1; i < r.row_count; i++)
            row_judge(&r, r.rows[i]);
    } else {
        fail(&r, "can't be read", STR_NONE, STR_NONE);
    }
    printf("%s: %zu statements, %zu refused as by the server, %zu only comments, %zu unknowns, "
           "%zu failures\n",
           strrchr(path, '/') ? strrchr(path, '/') + 1 : path, r.statements, r.refused, r.empty,
           r.unknown_count, r.failures);
    catalog_changed(&r);
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        catalog_overlay_free(r.sessions[i].overlay);
    for (size_t i = 0; i < r.row_count; i++)
        json_decref(r.rows[i]);
    free(r.rows);
    free(r.sessions);
    free(r.objects);
    arena_release(&r.arena);
    return r.failures == 0 && r.statements > 0;
}

static bool expectations_load(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[512];

    if (file == NULL)
        return false;
    while (fgets(line, sizeof(line), file) != NULL && expectation_count < UNKNOWNS_MAX) {
        struct expectation *e = &expectations[expectation_count];
        line[strcspn(line, "#\n")] = 0;
        char *name = strstr(line, ": "), *within = strstr(line, " in ");
        if (name == NULL)
            continue;
        if (within != NULL) {
            within[strcspn(within + 4, " ") + 4] = 0;
            snprintf(e->file, sizeof(e->file), "/%.60s", within + 4);
            *within = 0;
        }
        *name = 0;
        for (size_t n = strlen(name + 2); n > 0 && name[1 + n] == ' '; n--)
            name[1 + n] = 0;
        snprintf(e->what, sizeof(e->what), "%.60s", line);
        snprintf(e->name, sizeof(e->name), "%.120s", name + 2);
        expectation_count++;
    }
    fclose(file);
    return true;
}

int main(int argc, char **argv)
{
    bool good = true;

    if (argc > 1 && strcmp(argv[1], "-v") == 0) {
        verbose = true;
        argv++;
        argc--;
    }
    if (argc < 3 || !expectations_load(argv[1])) {
        fprintf(stderr, "usage: test_recordings [-v] UNKNOWNS FILE.jsonl...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++)
        good = recording_judge(argv[i]) && good;
    for (size_t i = 0; i < expectation_count; i++)
        if (expectations[i].met == 0) {
            printf("%s: no recording has an unknown `%s: %s`\n", argv[1], expectations[i].what,
                   expectations[i].name);
            good = false;
        }
    return good ? 0 : 1;
}

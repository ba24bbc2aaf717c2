/* SPDX-License-Identifier: Apache-2.0
 *
 * Administration and replication, by admin_rule_table.h. Accounts are account.c's.
 */
#include "lineage/internal.h"

enum on { ON_NOTHING = 0, ON_SERVER, ON_TABLES, ON_MYSQL, ON_NAMES, ON_SCHEMAS };
enum answer { ANSWER_OK, ANSWER_ROWS };

struct admin_need {
    enum privilege privilege;
    enum on on;
    const char *table;
};

struct admin_needs {
    struct admin_need items[4];
};

#define NEEDS(...) {{__VA_ARGS__}}
#define NONE {{{PRIVILEGE_INVALID, ON_NOTHING, NULL}}}
#define G(name) {PRIVILEGE_##name, ON_SERVER, NULL}
#define T(name) {PRIVILEGE_##name, ON_TABLES, NULL}
#define M(name, table) {PRIVILEGE_##name, ON_MYSQL, table}
#define N(name) {PRIVILEGE_##name, ON_NAMES, NULL}
#define S(name) {PRIVILEGE_##name, ON_SCHEMAS, NULL}

static const struct admin_rule {
    enum sql_admin form;
    enum effect_kind effect;
    enum answer answer;
    struct admin_needs mysql, mariadb;
} rules[] = {
#define RULE(form, kind, effect, answer, mysql, mariadb)                                           \
    {SQL_ADMIN_##form, EFFECT_##effect, ANSWER_##answer, mysql, mariadb},
#define WORDS(form, words, mysql, mariadb)
#include "sql/admin_rule_table.h"
#undef RULE
#undef WORDS
};

static const struct admin_words {
    enum sql_admin form;
    const char *words;
    struct admin_needs mysql, mariadb;
} word_rows[] = {
#define RULE(form, kind, effect, answer, mysql, mariadb)
#define WORDS(form, words, mysql, mariadb) {SQL_ADMIN_##form, words, mysql, mariadb},
#include "sql/admin_rule_table.h"
#undef RULE
#undef WORDS
};

static struct str schema_of(struct work *w, const struct sql_node *name)
{
    struct str schema = sql_name_schema(w->text, name);

    return schema.len > 0 ? schema : w->schema;
}

/* ---- privileges ---- */

/* On a table that is named and has to be there. */
static void need_on_table(struct work *w, enum privilege privilege, const struct sql_node *name)
{
    struct str schema = schema_of(w, name), object = sql_name_object(w->text, name);
    const struct catalog_table *table = find_table_in_doubt(w, schema, object);
    uint32_t position = work_position(w, name);

    if (privilege == PRIVILEGE_LOCK_TABLES) {
        record_need(w, privilege, OBJECT_SCHEMA, schema, STR_NONE, position);
        return;
    }
    if (table == NULL) {
        record_unknown(w, "table", work_table_text(w, schema, object, STR_NONE), position);
        record_need(w, privilege, OBJECT_TABLE, schema, object, position);
        return;
    }
    record_whole(w, record_table(w, table, position), privilege);
}

static void need_on_name(struct work *w, enum privilege privilege, const struct sql_node *name)
{
    record_need(w, privilege,
                privilege == PRIVILEGE_ALTER_ROUTINE ? OBJECT_FUNCTION : OBJECT_SEQUENCE,
                schema_of(w, name), sql_name_object(w->text, name), work_position(w, name));
}

static void need_on_names(struct work *w, const struct sql_node *n, const struct admin_need *need)
{
    for (uint32_t i = 0; i < n->count; i++) {
        const struct sql_node *name = n->child[i];
        if (name->kind != SQL_NAME)
            continue;
        if (need->on == ON_TABLES)
            need_on_table(w, need->privilege, name);
        else if (need->on == ON_NAMES)
            need_on_name(w, need->privilege, name);
        else
            record_need(w, need->privilege, OBJECT_SCHEMA, schema_of(w, name), STR_NONE,
                        work_position(w, name));
    }
}

static void need_all(struct work *w, const struct sql_node *n, const struct admin_needs *needs)
{
    uint32_t position = work_position(w, n);

    for (size_t i = 0; i < ARRAY_LEN(needs->items); i++) {
        const struct admin_need *need = &needs->items[i];
        switch (need->on) {
        case ON_NOTHING: break;
        case ON_SERVER: record_server_need(w, need->privilege, position); break;
        case ON_MYSQL:
            record_need(w, need->privilege,
                        need->table[0] != '\0' ? OBJECT_TABLE : OBJECT_SCHEMA, STR("mysql"),
                        str_of(need->table), position);
            break;
        case ON_TABLES:
        case ON_NAMES:
        case ON_SCHEMAS: need_on_names(w, n, need); break;
        }
    }
}

static bool words_at(struct work *w, const struct sql_node *n, uint32_t at, struct str words)
{
    while (words.len > 0) {
        struct str word = words, rest = STR_NONE;
        (void)str_split(words, ' ', &word, &rest);
        if (at > n->last || w->text->tokens[at].kind != SQL_TOKEN_WORD ||
            !str_equal_nocase(sql_token_text(w->text, at), word))
            return false;
        at++;
        words = rest;
    }
    return true;
}

static bool has_words(struct work *w, const struct sql_node *n, const char *words)
{
    for (uint32_t at = n->first; at <= n->last; at++)
        if (words_at(w, n, at, str_of(words)))
            return true;
    return false;
}

static void need_by_words(struct work *w, const struct sql_node *n)
{
    bool any = false, fits = false;

    for (size_t i = 0; i < ARRAY_LEN(word_rows); i++) {
        if (word_rows[i].form != (enum sql_admin)n->op)
            continue;
        any = true;
        if (!has_words(w, n, word_rows[i].words))
            continue;
        fits = true;
        need_all(w, n, w->mariadb ? &word_rows[i].mariadb : &word_rows[i].mysql);
    }
    if (any && !fits)
        record_server_need(w, PRIVILEGE_SUPER, work_position(w, n));
}

/* ---- what some of them do with the values they name ---- */

/* KILL 1 + 2, PURGE … BEFORE NOW(): what is wrong with the value is told in an error. */
static void evaluate(struct work *w, const struct sql_node *n)
{
    for (uint32_t i = 0; i < n->count; i++) {
        const struct sql_node *child = n->child[i];
        if (child->kind == SQL_NAME || child->kind == SQL_IDENT || child->kind == SQL_STRING ||
            child->kind == SQL_NUMBER || child->kind == SQL_ACCOUNT || child->kind == SQL_LIST ||
            child->kind == SQL_TYPE || child->kind == SQL_NULL || child->kind == SQL_BOOL ||
            child->kind == SQL_DEFAULT)
            continue;
        struct value v = expression(w, NULL, child);
        record_use(w, USE_ERROR, v.from, sql_admin_text((enum sql_admin)n->op),
                   work_position(w, child));
    }
}

static set_t all_columns(struct work *w, const struct catalog_table *table, uint32_t position)
{
    set_t all = {NULL, 0};

    if (table == NULL)
        return all;
    if (table->kind == CATALOG_TABLE_VIEW) {
        const struct relation *relation = view_relation(w, table, position);
        for (size_t i = 0; relation != NULL && i < relation->count; i++)
            all = set_union(w, all, relation->columns[i].value.from);
        return relation != NULL ? set_union(w, all, relation->existence) : all;
    }
    struct table_use *use = record_table(w, table, position);
    for (size_t i = 0; i < table->column_count; i++)
        all = set_union(w, all, record_base(w, use, i));
    return all;
}

static set_t all_of_names(struct work *w, const struct sql_node *n)
{
    set_t all = {NULL, 0};

    for (uint32_t i = 0; i < n->count; i++)
        if (n->child[i]->kind == SQL_NAME)
            all = set_union(w, all,
                            all_columns(w,
                                        find_table_in_doubt(
                                            w, schema_of(w, n->child[i]),
                                            sql_name_object(w->text, n->child[i])),
                                        work_position(w, n->child[i])));
    return all;
}

/* ANALYZE TABLE … UPDATE HISTOGRAM ON c: its values are in a system table from then on. */
static void histogram(struct work *w, const struct sql_node *n)
{
    set_t set = {NULL, 0};
    const struct catalog_table *table = NULL;

    for (uint32_t i = 0; i < n->count; i++) {
        const struct sql_node *child = n->child[i];
        if (child->kind == SQL_NAME)
            table = find_table_in_doubt(w, schema_of(w, child),
                                        sql_name_object(w->text, child));
        const struct catalog_column *column =
            child->kind == SQL_IDENT && table != NULL
                ? catalog_column_find(table, sql_name(w->text, child))
                : NULL;
        if (column != NULL)
            set = set_union(w, set,
                            record_base(w, record_table(w, table, work_position(w, child)),
                                        (size_t)(column - table->columns)));
    }
    if (set.count == 0)
        return;
    record_use(w, USE_PLAN, set, "HISTOGRAM", work_position(w, n));
    record_sink(w, SINK_COLUMN, STR("information_schema.COLUMN_STATISTICS.HISTOGRAM"), set,
                work_position(w, n));
}

static struct result_column heading(const char *name, set_t from)
{
    return (struct result_column){.name = str_of(name),
                                  .value = {.from = from, .type = VALUE_INTEGER}};
}

/* One value of all that is in the table: who guesses the rest learns the one that is masked. */
static void checksum(struct work *w, const struct sql_node *n)
{
    set_t all = all_of_names(w, n);
    struct result_column columns[] = {heading("Table", (set_t){NULL, 0}),
                                      heading("Checksum", all)};
    struct relation relation = {.columns = columns, .count = 2, .known = true};

    columns[0].value.type = VALUE_TEXT;
    record_use(w, USE_PLAN, all, "CHECKSUM TABLE", work_position(w, n));
    statement_outputs(w, &relation);
}

/* KILL CONNECTION_ID() ends one's own session, for which nothing is asked. Any other number may be
 * another's. */
static void kill_needs(struct work *w, const struct sql_node *n)
{
    const struct sql_node *call = n->count == 1 ? n->child[0] : NULL;

    if (call != NULL && call->kind == SQL_CALL &&
        str_equal_nocase(sql_name_object(w->text, call->child[SQL_CALL_NAME]),
                         STR("CONNECTION_ID")) &&
        sql_name_schema(w->text, call->child[SQL_CALL_NAME]).len == 0)
        return;
    record_server_need(w, PRIVILEGE_CONNECTION_ADMIN, work_position(w, n));
    record_server_need(w, PRIVILEGE_CONNECTION_ADMIN_MARIADB, work_position(w, n));
}

static void flush_needs(struct work *w, const struct sql_node *n)
{
    bool locks = has_words(w, n, "READ LOCK") || has_words(w, n, "FOR EXPORT");
    bool tables = has_words(w, n, "TABLES") || has_words(w, n, "TABLE");

    if (locks)
        record_effect(w, EFFECT_LOCKS_TABLES, STR("FLUSH"), work_position(w, n));
    if (tables && n->op == SQL_ADMIN_FLUSH)
        record_server_need(w, locks && n->count > 0 ? PRIVILEGE_RELOAD : PRIVILEGE_FLUSH_TABLES,
                           work_position(w, n));
}

static void by_form(struct work *w, const struct sql_node *n)
{
    uint32_t position = work_position(w, n);

    switch ((int)n->op) {
    case SQL_ADMIN_CHECKSUM_TABLE: checksum(w, n); break;
    case SQL_ADMIN_ANALYZE_TABLE: histogram(w, n); break;
    case SQL_ADMIN_CHECK_TABLE:
    case SQL_ADMIN_REPAIR_TABLE:
        record_use(w, USE_ERROR, all_of_names(w, n), sql_admin_text((enum sql_admin)n->op),
                   position);
        break;
    case SQL_ADMIN_FLUSH:
    case SQL_ADMIN_FLUSH_MARIADB: flush_needs(w, n); break;
    case SQL_ADMIN_KILL:
    case SQL_ADMIN_KILL_MARIADB: kill_needs(w, n); break;
    case SQL_ADMIN_BACKUP:
        record_effect(w, EFFECT_LOCKS_TABLES, STR("BACKUP"), position);
        break;
    case SQL_ADMIN_BINLOG: /* whatever rows its text holds are written, to whatever tables */
        record_unknown(w, "events", STR("BINLOG"), position);
        break;
    case SQL_ADMIN_XA_START: /* what is prepared outlives the session, with its locks */
        record_effect(w, EFFECT_ADMINISTERS, STR("xa"), position);
        if (has_words(w, n, "XA RECOVER"))
            w->analysis->outputs_known = w->no_result = false;
        break;
    default: break;
    }
}

/* ---- the whole ---- */

static const struct admin_rule *rule_of(enum sql_admin form)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (rules[i].form == form)
            return &rules[i];
    return NULL;
}

static void schema_changes(struct work *w, const struct sql_node *n, struct str what)
{
    for (uint32_t i = 0; i < n->count; i++) {
        if (n->child[i]->kind != SQL_NAME)
            continue;
        struct str schema = schema_of(w, n->child[i]);
        if (sql_flag(n, SQL_FLAG_OR_REPLACE))
            need_on_name(w, PRIVILEGE_DROP, n->child[i]);
        record_change(w, CHANGE_CATALOG, schema, STR_NONE);
        if (catalog_schema_is_system(schema))
            record_unknown(w, "system table", schema, work_position(w, n));
    }
    record_effect(w, EFFECT_COMMITS, what, work_position(w, n));
}

void admin_statement(struct work *w, const struct sql_node *n)
{
    const struct admin_rule *rule = rule_of((enum sql_admin)n->op);
    struct str what = str_of(statement_kind_text(w->analysis->kind));
    uint32_t position = work_position(w, n);

    w->analysis->writes = n->op != SQL_ADMIN_CHECKSUM_TABLE && n->op != SQL_ADMIN_HELP;
    if (rule == NULL) {
        w->analysis->outputs_known = false;
        record_effect(w, EFFECT_ADMINISTERS, what, position);
        record_unknown(w, "statement", str_of(sql_admin_text((enum sql_admin)n->op)), position);
        return;
    }
    w->no_result = rule->answer == ANSWER_OK;
    w->analysis->outputs_known = rule->answer == ANSWER_OK;
    need_all(w, n, w->mariadb ? &rule->mariadb : &rule->mysql);
    need_by_words(w, n);
    evaluate(w, n);
    if (rule->effect != EFFECT_INVALID)
        record_effect(w, rule->effect, what, position);
    if (rule->effect == EFFECT_CHANGES_SCHEMA)
        schema_changes(w, n, what);
    if (n->op == SQL_ADMIN_IMPORT_TABLE) {
        record_effect(w, EFFECT_CHANGES_SCHEMA, what, position);
        record_need(w, PRIVILEGE_CREATE, OBJECT_SCHEMA, w->schema, STR_NONE, position);
        record_change(w, CHANGE_CATALOG, STR_NONE, STR_NONE);
    }
    by_form(w, n);
}

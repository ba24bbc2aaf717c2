/* SPDX-License-Identifier: Apache-2.0
 *
 * SHOW, DESCRIBE, EXPLAIN. A plan shows values and counts of every column that the statement
 * inside touches. SHOW by a table: what is harmless, what shows the definition of a table (needs
 * any privilege on it), what is an unknown.
 */
#include "lineage/system.h"
#include "lineage/variable.h"

enum show_rule {
    SHOW_OTHER = 0, /* by `facts`, or an unknown */
    SHOW_HARMLESS,
    SHOW_TABLE_DEFINITION, /* of the table or view that it names */
    SHOW_CARDINALITY,      /* the same, and how many distinct values its keys have */
    SHOW_DIAGNOSTICS,
    SHOW_VARIABLES,
    SHOW_OWN               /* SHOW GRANTS is harmless without an account; else of accounts */
};

static const enum show_rule rules[SQL_SHOW_COUNT] = {
    [SQL_SHOW_DATABASES] = SHOW_HARMLESS,
    [SQL_SHOW_TABLES] = SHOW_HARMLESS,
    [SQL_SHOW_COLUMNS] = SHOW_TABLE_DEFINITION,
    [SQL_SHOW_INDEX] = SHOW_CARDINALITY,
    [SQL_SHOW_CREATE_DATABASE] = SHOW_HARMLESS,
    [SQL_SHOW_CREATE_TABLE] = SHOW_TABLE_DEFINITION,
    [SQL_SHOW_CREATE_VIEW] = SHOW_TABLE_DEFINITION,
    [SQL_SHOW_CREATE_SEQUENCE] = SHOW_TABLE_DEFINITION,
    [SQL_SHOW_PROCEDURE_STATUS] = SHOW_HARMLESS,
    [SQL_SHOW_FUNCTION_STATUS] = SHOW_HARMLESS,
    [SQL_SHOW_PACKAGE_STATUS] = SHOW_HARMLESS,
    [SQL_SHOW_LIBRARY_STATUS] = SHOW_HARMLESS,
    [SQL_SHOW_VARIABLES] = SHOW_VARIABLES,
    [SQL_SHOW_WARNINGS] = SHOW_DIAGNOSTICS,
    [SQL_SHOW_ERRORS] = SHOW_DIAGNOSTICS,
    [SQL_SHOW_COUNT_WARNINGS] = SHOW_DIAGNOSTICS,
    [SQL_SHOW_COUNT_ERRORS] = SHOW_DIAGNOSTICS,
    [SQL_SHOW_GRANTS] = SHOW_OWN,
    [SQL_SHOW_CREATE_USER] = SHOW_OWN,
    [SQL_SHOW_PRIVILEGES] = SHOW_HARMLESS,
    [SQL_SHOW_ENGINES] = SHOW_HARMLESS,
    [SQL_SHOW_CHARACTER_SET] = SHOW_HARMLESS,
    [SQL_SHOW_COLLATION] = SHOW_HARMLESS,
    [SQL_SHOW_LOCALES] = SHOW_HARMLESS,
    [SQL_SHOW_AUTHORS] = SHOW_HARMLESS,
};

/* What a form shows, and what the servers ask for it. */
static const struct show_facts {
    enum sql_show form;
    enum system_shows shows;
    enum privilege mysql, mariadb;
} facts[] = {
#define F(form, shows, mysql, mariadb)                                                             \
    {SQL_SHOW_##form, SYSTEM_##shows, PRIVILEGE_##mysql, PRIVILEGE_##mariadb},
#include "lineage/show_table.h"
#undef F
};

/* The table of SHOW COLUMNS FROM t FROM schema, SHOW CREATE TABLE schema.t, DESCRIBE t. */
static const struct catalog_table *named_table(struct work *w, const struct sql_node *name,
                                               const struct sql_node *from)
{
    struct str schema = sql_name_schema(w->text, name), object = sql_name_object(w->text, name);

    if (from != NULL)
        schema = from->kind == SQL_NAME ? sql_name_object(w->text, from) : sql_name(w->text, from);
    if (schema.len == 0)
        schema = w->schema;
    const struct catalog_table *table = find_table_in_doubt(w, schema, object);
    if (catalog_schema_is_system(schema)) {
        system_table_described(w, schema, object, work_position(w, name));
        return NULL;
    }
    if (table == NULL) {
        record_unknown(w, "table", work_table_text(w, schema, object, STR_NONE),
                       work_position(w, name));
        record_need(w, PRIVILEGE_SELECT, OBJECT_TABLE, schema, object, work_position(w, name));
        return NULL;
    }
    struct table_use *use = record_table(w, table, work_position(w, name));
    if (use != NULL)
        use->named = true;
    return table;
}

static void cardinality(struct work *w, const struct catalog_table *table, uint32_t position)
{
    struct table_use *use = table ? record_table(w, table, position) : NULL;

    for (size_t k = 0; use != NULL && k < table->key_count; k++)
        for (size_t c = 0; c < table->keys[k].column_count; c++) {
            const struct catalog_column *column =
                catalog_column_find(table, table->keys[k].columns[c]);
            if (column != NULL)
                record_use(w, USE_PLAN, record_base(w, use, (size_t)(column - table->columns)),
                           "SHOW INDEX", position);
        }
}

/* `Variable_name = 'x'`, IN ('x', 'y'), and such with OR between. */
static bool names_harmless(struct work *w, const struct sql_node *n)
{
    bool all = true;

    if (n->kind == SQL_BINARY && sql_op(n) == SQL_OP_OR) {
        for (uint32_t i = 0; i < n->count; i++)
            all = all && names_harmless(w, n->child[i]);
        return all;
    }
    bool equal = n->kind == SQL_BINARY && n->count == 2 && sql_op(n) == SQL_OP_EQUAL;
    if ((!equal && n->kind != SQL_IN) || n->child[0]->kind != SQL_COLUMN ||
        sql_flag(n, SQL_FLAG_NOT) ||
        !str_equal_nocase(sql_name(w->text, n->child[0]->child[SQL_COLUMN_NAME]),
                          STR("Variable_name")))
        return false;
    if (equal)
        return n->child[1]->kind == SQL_STRING && variable_harmless(sql_name(w->text, n->child[1]));
    const struct sql_node *list = n->child[SQL_IN_LIST];
    for (uint32_t i = 0; list->kind == SQL_LIST && i < list->count; i++)
        all = all && list->child[i]->kind == SQL_STRING &&
              variable_harmless(sql_name(w->text, list->child[i]));
    return all && list->kind == SQL_LIST;
}

/* Beginnings of names of which every variable, of every server, tells nothing. */
static bool family_harmless(struct str pattern)
{
    static const char *const families[] = {"lower_case_", "collation_", "transaction_", "tx_"};
    struct str beginning = str_slice(pattern, 0, pattern.len - 1);

    if (!str_ends(pattern, STR("%")))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(families); i++)
        if (str_starts_nocase(beginning, str_of(families[i])) &&
            str_find_char(beginning, '%') < 0)
            return true;
    return false;
}

/* `LIKE 'name'` of a variable that tells nothing; a pattern may match anything. */
static bool variables_harmless(struct work *w, const struct sql_node *n)
{
    const struct sql_node *like = n->child[SQL_SHOW_LIKE];
    const struct sql_node *where = n->child[SQL_SHOW_WHERE];

    if (where != NULL)
        return like == NULL && names_harmless(w, where);
    if (like == NULL)
        return false;
    struct str pattern = sql_name(w->text, like);
    return family_harmless(pattern) ||
           (str_find_char(pattern, '%') < 0 && variable_harmless(pattern));
}

/* Subqueries of a condition: what they read is read. */
static void read_queries(struct work *w, const struct sql_node *n)
{
    if (n == NULL || !work_enter(w, n))
        return;
    if (n->kind == SQL_QUERY)
        query_relation(w, NULL, NULL, n);
    for (uint32_t i = 0; n->kind != SQL_QUERY && i < n->count; i++)
        read_queries(w, n->child[i]);
    work_leave(w);
}

static bool mentions_query(const struct sql_node *n)
{
    if (n == NULL)
        return false;
    if (n->kind == SQL_QUERY || n->kind == SQL_SUBQUERY || n->kind == SQL_CALL)
        return true;
    for (uint32_t i = 0; i < n->count; i++)
        if (mentions_query(n->child[i]))
            return true;
    return false;
}

/* CURRENT_USER is an account without a name. */
static bool is_own(const struct sql_node *account)
{
    return account->kind == SQL_ACCOUNT && account->child[SQL_ACCOUNT_USER] == NULL;
}

/* What the servers ask on the object that the statement names. */
static void need_on_object(struct work *w, const struct sql_node *n, enum privilege privilege,
                           uint32_t position)
{
    const struct sql_node *object = n->child[SQL_SHOW_OBJECT];
    const struct sql_node *from = n->child[SQL_SHOW_SCHEMA];
    struct str schema = w->schema, name = STR_NONE;

    if (object != NULL && object->kind == SQL_NAME) {
        name = sql_name_object(w->text, object);
        if (sql_name_schema(w->text, object).len > 0)
            schema = sql_name_schema(w->text, object);
    } else if (from != NULL) {
        schema = from->kind == SQL_NAME ? sql_name_object(w->text, from) : sql_name(w->text, from);
    }
    if (privilege == PRIVILEGE_EXECUTE)
        record_need(w, privilege,
                    n->op == SQL_SHOW_CREATE_FUNCTION ? OBJECT_FUNCTION : OBJECT_PROCEDURE, schema,
                    name, position);
    else
        record_need(w, privilege, OBJECT_SCHEMA, schema, STR_NONE, position);
}

static bool show_facts(struct work *w, const struct sql_node *n, struct str text,
                       uint32_t position)
{
    bool found = false;

    for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
        if (facts[i].form != (enum sql_show)n->op)
            continue;
        enum privilege privilege = w->mariadb ? facts[i].mariadb : facts[i].mysql;
        found = true;
        system_shown(w, facts[i].shows, text, position);
        if (privilege == PRIVILEGE_INVALID)
            continue;
        if (privilege_grantable(privilege, OBJECT_SCHEMA))
            need_on_object(w, n, privilege, position);
        else
            record_server_need(w, privilege, position);
    }
    return found;
}

/* To list what is in a schema the servers ask for any privilege on something in it. */
static void show_any_need(struct work *w, const struct sql_node *n)
{
    const struct sql_node *from = n->child[SQL_SHOW_SCHEMA];
    struct str schema = w->schema;

    if (n->op == SQL_SHOW_CREATE_DATABASE)
        from = n->child[SQL_SHOW_OBJECT];
    if (from != NULL)
        schema = from->kind == SQL_NAME ? sql_name_object(w->text, from) : sql_name(w->text, from);
    if (n->op == SQL_SHOW_TABLES || n->op == SQL_SHOW_TABLE_STATUS || n->op == SQL_SHOW_TRIGGERS ||
        n->op == SQL_SHOW_CREATE_DATABASE || (n->op == SQL_SHOW_OPEN_TABLES && !w->mariadb))
        record_any_need(w, schema, work_position(w, n));
}

static void show(struct work *w, const struct sql_node *n)
{
    const struct sql_node *object = n->child[SQL_SHOW_OBJECT];
    struct str text = str_slice(sql_node_text(w->text, n), 0, 60);
    uint32_t position = work_position(w, n);
    enum show_rule rule = n->op < SQL_SHOW_COUNT ? rules[n->op] : SHOW_OTHER;
    const struct catalog_table *table = NULL;

    w->analysis->outputs_known = false;
    show_any_need(w, n);
    /* A condition may hold subqueries, which read like any other. */
    if (n->child[SQL_SHOW_WHERE] != NULL && mentions_query(n->child[SQL_SHOW_WHERE]))
        record_unknown(w, "show", STR("WHERE with a subquery"), position);
    read_queries(w, n->child[SQL_SHOW_WHERE]);
    switch (rule) {
    case SHOW_HARMLESS: return;
    case SHOW_TABLE_DEFINITION:
    case SHOW_CARDINALITY:
        if (object == NULL || object->kind != SQL_NAME)
            break;
        table = named_table(w, object, n->child[SQL_SHOW_SCHEMA]);
        if (rule == SHOW_CARDINALITY)
            cardinality(w, table, position);
        if (n->op == SQL_SHOW_CREATE_VIEW ||
            (n->op == SQL_SHOW_CREATE_TABLE && table != NULL && table->kind == CATALOG_TABLE_VIEW)) {
            if (table != NULL)
                record_need(w, PRIVILEGE_SHOW_VIEW, OBJECT_VIEW, table->schema, table->name,
                            position);
        }
        return;
    case SHOW_DIAGNOSTICS: record_effect(w, EFFECT_READS_DIAGNOSTICS, text, position); return;
    case SHOW_VARIABLES:
        if (!variables_harmless(w, n))
            record_effect(w, EFFECT_READS_SERVER, text, position);
        return;
    case SHOW_OWN:
        /* MariaDB's has the hash of the account's password, which all sessions share. */
        if (object == NULL && n->op == SQL_SHOW_GRANTS && !w->mariadb)
            return;
        if (object != NULL && !is_own(object))
            record_need(w, PRIVILEGE_SELECT, OBJECT_SCHEMA, STR("mysql"), STR_NONE, position);
        system_shown(w, SYSTEM_ACCOUNTS, text, position);
        return;
    case SHOW_OTHER:
        if (show_facts(w, n, text, position))
            return;
        record_effect(w, EFFECT_READS_SERVER, text, position);
        break;
    }
    record_unknown(w, "show", text, position);
}

/* Views that the statement inside reads: EXPLAIN shows what is behind them. */
static void show_views(struct work *w)
{
    for (const struct table_use *use = w->tables; use != NULL; use = use->next)
        if (use->table->kind == CATALOG_TABLE_VIEW)
            record_need(w, PRIVILEGE_SHOW_VIEW, OBJECT_VIEW, use->table->schema, use->table->name,
                        use->position);
}

/* A plan shows what a view stands on: the servers ask the caller for that, too. */
static void show_behind(struct work *w)
{
    for (const struct table_use *use = w->tables; use != NULL; use = use->next) {
        if (!use->inside_view || use->table->kind == CATALOG_TABLE_SYSTEM_VIEW)
            continue;
        struct privilege_need *need =
            arena_push(w->arena, &w->needs, &w->need_count, &w->need_cap, sizeof(*need));
        if (need != NULL)
            *need = (struct privilege_need){.privilege = PRIVILEGE_SELECT,
                                            .object_kind = OBJECT_TABLE,
                                            .schema = use->table->schema,
                                            .object = use->table->name,
                                            .any_column = true,
                                            .position = use->position};
    }
}

static void explain(struct work *w, const struct sql_node *n)
{
    const struct sql_node *inner = n->child[SQL_EXPLAIN_STATEMENT];
    uint32_t position = work_position(w, n);
    struct relation ignored = {.known = true};
    struct str before = w->schema;
    set_t all = {NULL, 0};

    if (inner == NULL || n->child[SQL_EXPLAIN_CONNECTION] != NULL) {
        system_shown(w, SYSTEM_STATEMENTS, STR("EXPLAIN FOR CONNECTION"), position);
        system_shown(w, SYSTEM_VALUES, STR("EXPLAIN FOR CONNECTION"), position);
        record_server_need(w, PRIVILEGE_PROCESS, position);
        w->analysis->outputs_known = false;
        return;
    }
    if (n->child[SQL_EXPLAIN_SCHEMA] != NULL)
        w->schema = sql_name(w->text, n->child[SQL_EXPLAIN_SCHEMA]);
    statement_analyze(w, inner, &ignored);
    w->schema = before;
    show_views(w);
    show_behind(w);
    for (size_t i = 0; i < w->base_count; i++)
        all = set_union(w, all, set_one(w, (uint32_t)i));
    record_use(w, USE_PLAN, all, "EXPLAIN", position);
    if (n->child[SQL_EXPLAIN_INTO] != NULL) {
        struct str name = arena_printf(w->arena, "@%.*s",
                                       STR_ARG(sql_name(w->text, n->child[SQL_EXPLAIN_INTO])));
        record_sink(w, SINK_USER_VARIABLE, name, all, position);
        record_effect(w, EFFECT_SETS_VARIABLE, name, position);
    }
    if (!sql_flag(n, SQL_FLAG_ANALYZE))
        w->analysis->writes = false;
    w->no_result = false;
    w->analysis->outputs_known = false;
    w->explain = true;
}

void show_statement(struct work *w, const struct sql_node *n)
{
    if (n->kind == SQL_SHOW) {
        show(w, n);
    } else if (n->kind == SQL_DESCRIBE) {
        named_table(w, n->child[SQL_DESCRIBE_TABLE], NULL);
        w->analysis->outputs_known = false;
    } else {
        explain(w, n);
    }
}

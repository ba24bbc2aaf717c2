/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements about the session: transactions, SET, USE, prepared statements, locks, DO, CALL.
 */
#include "lineage/variable.h"

/* Do these words stand side by side somewhere in the node? */
static bool has_words(struct work *w, const struct sql_node *n, const char *first,
                      const char *second)
{
    for (uint32_t t = n->first; t < n->last; t++)
        if (str_equal_nocase(sql_token_text(w->text, t), str_of(first)) &&
            str_equal_nocase(sql_token_text(w->text, t + 1), str_of(second)))
            return true;
    return false;
}

static void transaction(struct work *w, const struct sql_node *n, const char *what)
{
    record_effect(w, EFFECT_TRANSACTION, str_of(what), work_position(w, n));
    if (n->kind != SQL_BEGIN && n->kind != SQL_SET_TRANSACTION)
        return;
    bool global = n->kind == SQL_SET_TRANSACTION && n->op != SQL_SCOPE_NONE &&
                  n->op != SQL_SCOPE_SESSION;
    if (has_words(w, n, "READ", "WRITE"))
        record_change(w, CHANGE_READ_ONLY, str_of(what), STR("READ WRITE"));
    if (has_words(w, n, "READ", "ONLY") && !global)
        record_change(w, CHANGE_READ_ONLY, str_of(what), STR("READ ONLY"));
    if (global) {
        record_effect(w, EFFECT_SETS_GLOBAL, STR("transaction"), work_position(w, n));
        variable_set_need(w, STR("transaction_isolation"), (enum sql_scope)n->op,
                          work_position(w, n));
    }
}

static void set_user_variable(struct work *w, const struct sql_node *n,
                              const struct sql_node *target, const struct sql_node *value)
{
    struct str name = arena_printf(w->arena, "@%.*s", STR_ARG(sql_name(w->text, target)));
    struct value v = value ? expression(w, NULL, value) : value_constant(VALUE_NULL, 0);

    if (w->program != NULL)
        v.from = set_union(w, v.from, program_controls(w, w->program));
    record_sink(w, SINK_USER_VARIABLE, name, v.from, work_position(w, n));
    record_effect(w, EFFECT_SETS_VARIABLE, name, work_position(w, n));
}

static void set_names(struct work *w, const struct sql_node *n)
{
    struct str charset = sql_name(w->text, n->child[SQL_SET_NAMES_CHARSET]);

    record_effect(w, EFFECT_SETS_SESSION, STR("character_set_client"), work_position(w, n));
    if (n->child[SQL_SET_NAMES_CHARSET] == NULL ||
        sql_charset_by_name(charset) == SQL_CHARSET_REFUSED || !variable_charset_plain(charset)) {
        record_unknown(w, "variable", STR("@@character_set_client"), work_position(w, n));
        return;
    }
    record_change(w, CHANGE_CHARSET, STR_NONE, charset);
}

static void set_one_variable(struct work *w, const struct sql_node *n)
{
    if (n->kind == SQL_SET_NAMES) {
        set_names(w, n);
        return;
    }
    if (n->kind == SQL_SET_TRANSACTION) {
        transaction(w, n, "SET TRANSACTION");
        return;
    }
    if (n->kind == SQL_SET_PASSWORD || n->kind == SQL_SET_ROLE) {
        account_statement(w, n);
        return;
    }
    if (n->kind != SQL_SET_VARIABLE) {
        record_unknown(w, "statement", str_of(sql_node_kind_text(n->kind)), work_position(w, n));
        return;
    }
    const struct sql_node *target = n->child[SQL_SET_VARIABLE_TARGET];
    const struct sql_node *value = n->child[SQL_SET_VARIABLE_VALUE];
    if (target->kind == SQL_USER_VARIABLE) {
        set_user_variable(w, n, target, value);
    } else if (program_set(w, target, value)) {
        return;
    } else if (target->kind == SQL_SYSTEM_VARIABLE) {
        variable_set(w, sql_name(w->text, target->child[SQL_SYSTEM_VARIABLE_NAME]),
                     target->child[SQL_SYSTEM_VARIABLE_COMPONENT] != NULL,
                     (enum sql_scope)target->op, value, work_position(w, n));
    } else {
        if (value != NULL)
            expression(w, NULL, value);
        record_unknown(w, "variable", str_slice(sql_node_text(w->text, target), 0, 60),
                       work_position(w, n));
    }
}

static void set_statement(struct work *w, const struct sql_node *n)
{
    const struct sql_node *list = n->child[0];

    for (uint32_t i = 0; list != NULL && i < list->count; i++)
        set_one_variable(w, list->child[i]);
}

static void lock_tables(struct work *w, const struct sql_node *n)
{
    const struct sql_node *list = n->child[0];

    record_effect(w, EFFECT_LOCKS_TABLES, STR("LOCK TABLES"), work_position(w, n));
    record_effect(w, EFFECT_COMMITS, STR("LOCK TABLES"), work_position(w, n));
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct sql_node *name = list->child[i]->child[SQL_LOCK_TABLE_NAME];
        struct source *source =
            from_named(w, NULL, name, sql_name_object(w->text, name), true);
        if (source != NULL &&
            (source->table == NULL || source->table->kind != CATALOG_TABLE_TEMPORARY))
            record_need(w, PRIVILEGE_LOCK_TABLES, OBJECT_SCHEMA, source->schema, STR_NONE,
                        work_position(w, name));
    }
}

static void dynamic(struct work *w, const struct sql_node *n, const char *what)
{
    record_effect(w, EFFECT_DYNAMIC_SQL, str_of(what), work_position(w, n));
}

/* The servers compare these names by a collation: `e` is `é`, and blanks at the end do not count.
 * Names that only they could tell apart are refused. */
static bool prepared_name_plain(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] <= ' ' || (unsigned char)name.ptr[i] >= 0x7F)
            return false;
    return name.len > 0;
}

static void prepare(struct work *w, const struct sql_node *n)
{
    const struct sql_node *source = n->child[SQL_PREPARE_SOURCE];
    struct str name = sql_name(w->text, n->child[SQL_PREPARE_NAME]);

    dynamic(w, n, "PREPARE");
    if (!prepared_name_plain(name)) {
        record_unknown(w, "prepared statement", name, work_position(w, n));
        return;
    }
    if (source != NULL && source->kind == SQL_STRING) {
        record_change(w, CHANGE_PREPARE, name, sql_name(w->text, source));
        return;
    }
    if (source != NULL)
        expression(w, NULL, source);
    record_unknown(w, "statement", STR("PREPARE from a variable"), work_position(w, n));
}

static void execute(struct work *w, const struct sql_node *n)
{
    const struct sql_node *using_list = n->child[SQL_EXECUTE_USING];

    dynamic(w, n, "EXECUTE");
    /* What the name stands for is the session's to say: it analyses that text in its stead. */
    for (uint32_t i = 0; using_list != NULL && i < using_list->count; i++)
        expression(w, NULL, using_list->child[i]);
    w->analysis->outputs_known = false;
    record_unknown(w, "prepared statement", sql_name(w->text, n->child[SQL_EXECUTE_NAME]),
                   work_position(w, n));
}

void session_statement(struct work *w, const struct sql_node *n)
{
    struct str name;

    if (n->kind != SQL_EXECUTE && n->kind != SQL_EXECUTE_IMMEDIATE && n->kind != SQL_CALL_STATEMENT)
        w->no_result = true;
    if (n->kind == SQL_BEGIN)
        transaction(w, n, "BEGIN");
    else if (n->kind == SQL_COMMIT)
        transaction(w, n, "COMMIT");
    else if (n->kind == SQL_ROLLBACK)
        transaction(w, n, "ROLLBACK");
    else if (n->kind == SQL_SAVEPOINT)
        transaction(w, n, "SAVEPOINT");
    else if (n->kind == SQL_RELEASE_SAVEPOINT)
        transaction(w, n, "RELEASE SAVEPOINT");
    else if (n->kind == SQL_SET_TRANSACTION)
        transaction(w, n, "SET TRANSACTION");
    else if (n->kind == SQL_SET)
        set_statement(w, n);
    else if (n->kind == SQL_SET_NAMES)
        set_names(w, n);
    else if (n->kind == SQL_USE) {
        name = sql_name(w->text, n->child[0]);
        if (n->child[0] != NULL && n->child[0]->kind == SQL_NAME)
            name = sql_name_object(w->text, n->child[0]);
        record_any_need(w, name, work_position(w, n));
        record_change(w, CHANGE_SCHEMA, name, name);
    } else if (n->kind == SQL_LOCK_TABLES)
        lock_tables(w, n);
    else if (n->kind == SQL_UNLOCK_TABLES)
        record_effect(w, EFFECT_TRANSACTION, STR("UNLOCK TABLES"), work_position(w, n));
    else if (n->kind == SQL_PREPARE)
        prepare(w, n);
    else if (n->kind == SQL_EXECUTE)
        execute(w, n);
    else if (n->kind == SQL_DEALLOCATE)
        record_change(w, CHANGE_DEALLOCATE, sql_name(w->text, n->child[0]), STR_NONE);
    else if (n->kind == SQL_CALL_STATEMENT)
        routine_call_statement(w, n);
    else if (n->kind == SQL_DO)
        expression_list(w, NULL, n->child[0], "DO");
    else if (n->kind == SQL_SET_PASSWORD || n->kind == SQL_SET_ROLE)
        account_statement(w, n);
    else {
        /* SET STATEMENT, EXECUTE IMMEDIATE */
        if (n->kind == SQL_EXECUTE_IMMEDIATE)
            dynamic(w, n, "EXECUTE IMMEDIATE");
        record_unknown(w, "statement", str_of(sql_node_kind_text(n->kind)), work_position(w, n));
        w->analysis->outputs_known = false;
    }
}

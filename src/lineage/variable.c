/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/variable.h"

enum read_as { READ_HARMLESS, READ_SESSION, READ_DIAGNOSTICS };
enum set_as {
    SET_NO,
    SET_HARMLESS,
    SET_MODE,
    SET_CHARSET,
    SET_RESULTS,
    SET_COLLATION,
    SET_AUTOCOMMIT,
    SET_READ_ONLY,
    SET_ZERO
};

static const struct system_variable {
    const char *name;
    enum read_as read;
    enum set_as set;
} variables[] = {
#define V(name, read, set) {#name, READ_##read, SET_##set},
#include "lineage/variable_table.h"
#undef V
};

static const struct system_variable *variable_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(variables); i++)
        if (str_equal_nocase(name, str_of(variables[i].name)))
            return &variables[i];
    return NULL;
}

bool variable_harmless(struct str name)
{
    const struct system_variable *variable = variable_find(name);

    return variable != NULL && variable->read == READ_HARMLESS;
}

void variable_read(struct work *w, struct str name, bool component, uint32_t position)
{
    const struct system_variable *variable = component ? NULL : variable_find(name);
    struct str text = arena_printf(w->arena, "@@%.*s", STR_ARG(name));

    if (variable == NULL) {
        record_effect(w, EFFECT_READS_SERVER, text, position);
        record_unknown(w, "variable", text, position);
        return;
    }
    switch (variable->read) {
    case READ_HARMLESS: break;
    case READ_SESSION: record_effect(w, EFFECT_READS_SESSION, text, position); break;
    case READ_DIAGNOSTICS: record_effect(w, EFFECT_READS_DIAGNOSTICS, text, position); break;
    }
}

/* A value that is told without running anything: a literal, or a bare word such as ON. */
static bool literal_text(struct work *w, const struct sql_node *value, struct str *ret)
{
    if (value == NULL)
        return false;
    if (value->kind == SQL_STRING && w->text->tokens[value->first].kind == SQL_TOKEN_STRING) {
        *ret = sql_name(w->text, value);
        return true;
    }
    if (value->kind == SQL_NUMBER || value->kind == SQL_BOOL || value->kind == SQL_NULL) {
        *ret = sql_node_text(w->text, value);
        return true;
    }
    if (value->kind == SQL_COLUMN && value->child[SQL_COLUMN_TABLE] == NULL) {
        *ret = sql_name(w->text, value->child[SQL_COLUMN_NAME]);
        return true;
    }
    if (value->kind == SQL_IDENT || value->kind == SQL_WORDS) {
        *ret = sql_node_text(w->text, value);
        return true;
    }
    return false;
}

static bool on_or_off(struct str text, bool *ret)
{
    if (str_equal_nocase(text, STR("1")) || str_equal_nocase(text, STR("on")) ||
        str_equal_nocase(text, STR("true")))
        *ret = true;
    else if (str_equal_nocase(text, STR("0")) || str_equal_nocase(text, STR("off")) ||
             str_equal_nocase(text, STR("false")))
        *ret = false;
    else
        return false;
    return true;
}

bool variable_charset_plain(struct str name)
{
    return str_starts_nocase(name, STR("utf8")) || str_equal_nocase(name, STR("null")) ||
           str_equal_nocase(name, STR("ascii")) || str_equal_nocase(name, STR("latin1")) ||
           str_equal_nocase(name, STR("binary"));
}

static bool is_sql_mode(struct work *w, const struct sql_node *node)
{
    return node->kind == SQL_SYSTEM_VARIABLE &&
           (node->op == SQL_SCOPE_NONE || node->op == SQL_SCOPE_SESSION) &&
           node->child[SQL_SYSTEM_VARIABLE_COMPONENT] == NULL &&
           str_equal_nocase(sql_name(w->text, node->child[SQL_SYSTEM_VARIABLE_NAME]),
                            STR("sql_mode"));
}

static bool plain_string(struct work *w, const struct sql_node *node, struct str *ret)
{
    if (node->kind != SQL_STRING || w->text->tokens[node->first].kind != SQL_TOKEN_STRING)
        return false;
    *ret = sql_name(w->text, node);
    return true;
}

/* What frameworks do to the mode that is there: CONCAT(@@sql_mode, ',A,B') adds modes,
 * REPLACE(@@sql_mode, 'A', '') takes one away that does not change how text is read. */
static bool mode_expression(struct work *w, const struct sql_node *value, struct str *ret)
{
    enum sql_family family = w->mariadb ? SQL_MARIADB : SQL_MYSQL;
    struct str part, other, text = sql_mode_text(w->text->context.mode, w->arena);
    uint32_t mode;

    if (value == NULL || value->kind != SQL_CALL || value->child[SQL_CALL_ARGUMENTS] == NULL ||
        value->child[SQL_CALL_NAME] == NULL)
        return false;
    const struct sql_node *name = value->child[SQL_CALL_NAME];
    const struct sql_node *list = value->child[SQL_CALL_ARGUMENTS];
    struct str function = name->kind == SQL_NAME ? sql_name_object(w->text, name)
                                                 : sql_name(w->text, name);
    if (list->count < 2 || !is_sql_mode(w, list->child[0]))
        return false;
    if (str_equal_nocase(function, STR("CONCAT"))) {
        for (uint32_t i = 1; i < list->count; i++) {
            if (!plain_string(w, list->child[i], &part) || part.len == 0 ||
                (i == 1 && part.ptr[0] != ','))
                return false;
            if (i == 1)
                part = str_slice(part, 1, part.len);
            text = arena_printf(w->arena, "%.*s%.*s", STR_ARG(text), STR_ARG(part));
        }
        *ret = text;
        return true;
    }
    if (str_equal_nocase(function, STR("REPLACE")) && list->count == 3 &&
        plain_string(w, list->child[1], &part) && plain_string(w, list->child[2], &other) &&
        other.len == 0 && part.len > 8 && sql_mode_parse(family, part, &mode) && mode == 0 &&
        str_find_char(part, ',') < 0) {
        *ret = text;
        return true;
    }
    return false;
}

/* True when the value was understood and the gateway can follow it. */
static bool follow(struct work *w, const struct system_variable *variable, const struct sql_node *value,
                   bool literal, struct str text)
{
    bool on;

    switch (variable->set) {
    case SET_NO: return false;
    case SET_HARMLESS: return true;
    case SET_MODE: {
        uint32_t mode;
        if (!literal)
            literal = mode_expression(w, value, &text);
        if (!literal || !sql_mode_parse(w->mariadb ? SQL_MARIADB : SQL_MYSQL, text, &mode))
            return false;
        record_change(w, CHANGE_SQL_MODE, STR_NONE, text);
        return true;
    }
    case SET_CHARSET:
        if (!literal || sql_charset_by_name(text) == SQL_CHARSET_REFUSED)
            return false;
        record_change(w, CHANGE_CHARSET, STR_NONE, text);
        return true;
    case SET_RESULTS: return literal && variable_charset_plain(text);
    case SET_COLLATION: return literal && sql_charset_by_name(text) != SQL_CHARSET_REFUSED;
    case SET_AUTOCOMMIT:
        if (!literal || !on_or_off(text, &on))
            return false;
        record_change(w, CHANGE_AUTOCOMMIT, STR_NONE, on ? STR("1") : STR("0"));
        return true;
    case SET_READ_ONLY:
        if (!literal || !on_or_off(text, &on))
            return false;
        record_change(w, CHANGE_READ_ONLY, STR_NONE, on ? STR("READ ONLY") : STR("READ WRITE"));
        return true;
    case SET_ZERO: return literal && on_or_off(text, &on) && !on;
    }
    return false;
}

enum { MYSQL, MARIADB };

static const struct variable_need {
    const char *name;
    int server;
    bool global;
    enum privilege privilege;
} variable_needs[] = {
#define SESSION_NEED(name, server, privilege) {#name, server, false, PRIVILEGE_##privilege},
#define GLOBAL_NEED(name, privilege)          {#name, MARIADB, true, PRIVILEGE_##privilege},
#include "lineage/variable_privilege_table.h"
#undef SESSION_NEED
#undef GLOBAL_NEED
};

void variable_set_need(struct work *w, struct str name, enum sql_scope scope, uint32_t position)
{
    bool global = scope != SQL_SCOPE_NONE && scope != SQL_SCOPE_SESSION;
    int server = w->mariadb ? MARIADB : MYSQL;
    enum privilege privilege = PRIVILEGE_INVALID;

    if (global)
        privilege = w->mariadb ? PRIVILEGE_SUPER : PRIVILEGE_SYSTEM_VARIABLES_ADMIN;
    for (size_t i = 0; i < ARRAY_LEN(variable_needs); i++)
        if (variable_needs[i].server == server && variable_needs[i].global == global &&
            str_equal_nocase(name, str_of(variable_needs[i].name)))
            privilege = variable_needs[i].privilege;
    if (privilege != PRIVILEGE_INVALID)
        record_server_need(w, privilege, position);
    if (scope == SQL_SCOPE_PERSIST_ONLY)
        record_server_need(w, PRIVILEGE_PERSIST_RO_VARIABLES_ADMIN, position);
}

void variable_set(struct work *w, struct str name, bool component, enum sql_scope scope,
                  const struct sql_node *value, uint32_t position)
{
    struct str text = STR_NONE, shown = arena_printf(w->arena, "@@%.*s", STR_ARG(name));
    bool literal = literal_text(w, value, &text);
    const struct system_variable *variable = component ? NULL : variable_find(name);
    set_t from = {NULL, 0};

    if (value != NULL && !literal)
        from = expression(w, NULL, value).from;
    record_sink(w, SINK_SYSTEM_VARIABLE, shown, from, position);
    variable_set_need(w, name, scope, position);
    if (scope != SQL_SCOPE_NONE && scope != SQL_SCOPE_SESSION) {
        record_effect(w, EFFECT_SETS_GLOBAL, shown, position);
        return;
    }
    record_effect(w, EFFECT_SETS_SESSION, shown, position);
    if (variable != NULL && variable->set == SET_AUTOCOMMIT)
        record_effect(w, EFFECT_TRANSACTION, shown, position);
    if (variable == NULL || !follow(w, variable, value, literal, text))
        record_unknown(w, "variable", shown, position);
}

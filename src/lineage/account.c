/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts, roles, grants, passwords. Who grants needs what is granted and GRANT OPTION, on the
 * object. Whether an account is one's own, or a system account (MySQL asks SYSTEM_USER to touch
 * one), only the server knows: every account but CURRENT_USER is another's, and none is a system
 * account. On MariaDB roles are granted by those who are their administrators, which no privilege
 * says: an unknown, by the role's name.
 */
#include "lineage/internal.h"

struct target {
    enum object_kind kind;
    struct str schema, object;
};

static bool is_word(struct work *w, uint32_t at, const char *word)
{
    return w->text->tokens[at].kind == SQL_TOKEN_WORD &&
           str_equal_nocase(sql_token_text(w->text, at), str_of(word));
}

static bool has_word(struct work *w, const struct sql_node *n, const char *word)
{
    for (uint32_t at = n->first; at <= n->last; at++)
        if (is_word(w, at, word))
            return true;
    return false;
}

/* ---- GRANT, REVOKE ---- */

static struct target target_of(struct work *w, const struct sql_node *object)
{
    const struct sql_node *schema = object->child[SQL_NAME_SCHEMA];
    const struct sql_node *name = object->child[SQL_NAME_OBJECT];
    struct target target = {.kind = OBJECT_TABLE, .schema = w->schema};

    if (is_word(w, object->first - 1, "FUNCTION") || is_word(w, object->first - 1, "BODY") ||
        is_word(w, object->first - 1, "PACKAGE") || is_word(w, object->first - 1, "LIBRARY"))
        target.kind = OBJECT_FUNCTION;
    else if (is_word(w, object->first - 1, "PROCEDURE"))
        target.kind = OBJECT_PROCEDURE;
    if (schema != NULL)
        target.schema = sql_name(w->text, schema);
    if (name != NULL)
        target.object = sql_name(w->text, name);
    else if (schema == NULL && object->last > object->first) /* *.* */
        target = (struct target){.kind = OBJECT_GLOBAL};
    else
        target.kind = OBJECT_SCHEMA;
    return target;
}

static void need_on(struct work *w, enum privilege privilege, const struct target *target,
                    uint32_t position)
{
    record_need(w, privilege, target->kind, target->schema, target->object, position);
}

/* `SELECT`, `CREATE TEMPORARY TABLES`: the words in front of the columns, blanks between. */
static struct str privilege_words(struct work *w, const struct sql_node *node)
{
    struct str words = STR_NONE;

    for (uint32_t at = node->first; at <= node->last; at++) {
        enum sql_token_kind kind = w->text->tokens[at].kind;
        if (kind == SQL_TOKEN_LEFT)
            break;
        words = arena_printf(w->arena, "%.*s%s%.*s", STR_ARG(words), words.len > 0 ? " " : "",
                             STR_ARG(kind == SQL_TOKEN_WORD ? sql_token_text(w->text, at)
                                                            : sql_token_value(w->text, at)));
    }
    return words;
}

static bool is_all(struct str words)
{
    return str_equal_nocase(words, STR("ALL")) || str_equal_nocase(words, STR("ALL PRIVILEGES"));
}

static void need_everything(struct work *w, const struct target *target, uint32_t position)
{
    for (unsigned p = 1; p < PRIVILEGE_COUNT; p++) {
        enum privilege privilege = (enum privilege)p;
        if (privilege_grantable(privilege, target->kind) &&
            privilege_on(privilege, w->mariadb, w->version) == privilege)
            need_on(w, privilege, target, position);
    }
}

/* SELECT (a, b) ON t: the privilege on the columns is enough to grant it. */
static bool need_on_columns(struct work *w, enum privilege privilege, const struct target *target,
                            const struct sql_node *columns)
{
    const struct catalog_table *table = find_table_in_doubt(w, target->schema, target->object);

    if (columns == NULL || columns->count == 0 || privilege >= PRIVILEGE_DELETE || table == NULL ||
        target->kind != OBJECT_TABLE)
        return false;
    for (uint32_t i = 0; i < columns->count; i++) {
        const struct catalog_column *column =
            catalog_column_find(table, sql_name(w->text, columns->child[i]));
        if (column == NULL)
            return false;
        record_column(w, record_table(w, table, work_position(w, columns)), privilege,
                      (size_t)(column - table->columns));
    }
    return true;
}

/* MariaDB's other names of the same. */
static struct str one_name(struct str words)
{
    static const char *const names[][2] = {
        {"REPLICATION CLIENT", "BINLOG MONITOR"},
        {"REPLICATION REPLICA", "REPLICATION SLAVE"},
        {"REPLICATION REPLICA ADMIN", "REPLICATION SLAVE ADMIN"},
        {"REPLICA MONITOR", "SLAVE MONITOR"},
        {"DELETE VERSIONING ROWS", "DELETE HISTORY"},
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal_nocase(words, str_of(names[i][0])))
            return str_of(names[i][1]);
    return words;
}

static void need_one(struct work *w, const struct target *target, const struct sql_node *node)
{
    struct str words = privilege_words(w, node);
    uint32_t position = work_position(w, node);

    if (is_all(words)) {
        need_everything(w, target, position);
        return;
    }
    if (str_equal_nocase(words, STR("USAGE")) || str_equal_nocase(words, STR("GRANT OPTION")))
        return;
    if (w->mariadb)
        words = one_name(words);
    enum privilege privilege = privilege_by_text(words);
    if (privilege == PRIVILEGE_INVALID ||
        privilege_on(privilege, w->mariadb, w->version) != privilege) {
        record_unknown(w, "privilege", str_slice(words, 0, 60), position);
        return;
    }
    if (!need_on_columns(w, privilege, target, node->child[0]))
        need_on(w, privilege, target, position);
}

static void need_roles(struct work *w, const struct sql_node *list)
{
    record_server_need(w, PRIVILEGE_ROLE_ADMIN, work_position(w, list));
    for (uint32_t i = 0; w->mariadb && i < list->count; i++)
        record_unknown(w, "role", str_slice(privilege_words(w, list->child[i]), 0, 60),
                       work_position(w, list->child[i]));
}

/* REVOKE ALL PRIVILEGES, GRANT OPTION FROM user */
static bool revokes_everything(struct work *w, const struct sql_node *list)
{
    return list->count == 2 && is_all(privilege_words(w, list->child[0])) &&
           str_equal_nocase(privilege_words(w, list->child[1]), STR("GRANT OPTION"));
}

static void grant(struct work *w, const struct sql_node *n)
{
    const struct sql_node *list = n->child[SQL_GRANT_PRIVILEGES];
    const struct sql_node *object = n->child[SQL_GRANT_OBJECT];
    uint32_t position = work_position(w, n);

    /* MariaDB makes the account, or sets its password, in the same breath. */
    if (w->mariadb && n->kind == SQL_GRANT && has_word(w, n, "IDENTIFIED"))
        record_server_need(w, PRIVILEGE_CREATE_USER, position);
    if (object == NULL && n->kind == SQL_REVOKE && revokes_everything(w, list)) {
        record_server_need(w, PRIVILEGE_CREATE_USER, position);
        return;
    }
    if (object == NULL) {
        need_roles(w, list);
        return;
    }
    if (object->kind == SQL_ACCOUNT) { /* who may is written in mysql.proxies_priv */
        record_unknown(w, "privilege", STR("PROXY"), position);
        return;
    }
    struct target target = target_of(w, object);
    for (uint32_t i = 0; i < list->count; i++)
        need_one(w, &target, list->child[i]);
    need_on(w, PRIVILEGE_GRANT_OPTION, &target, position);
}

/* ---- accounts and roles ---- */

/* Every account named is the session's own: CURRENT_USER, USER(). */
static bool all_own(const struct sql_node *list)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++)
        if (list->child[i]->child[SQL_ACCOUNT_USER] != NULL)
            return false;
    return list != NULL;
}

/* One's own password and what belongs to it; the rest of ALTER USER is for administrators. */
static bool only_password(struct work *w, const struct sql_node *n)
{
    static const char *const others[] = {"LOCK",    "UNLOCK",  "REQUIRE",   "WITH",   "DEFAULT",
                                         "COMMENT", "FACTOR",  "ATTRIBUTE", "EXPIRE", "HISTORY",
                                         "REUSE",   "FAILED_LOGIN_ATTEMPTS", "PASSWORD_LOCK_TIME"};

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (has_word(w, n, others[i]))
            return false;
    return true;
}

static void accounts(struct work *w, const struct sql_node *n)
{
    const struct sql_node *list = n->child[SQL_ACCOUNTS_LIST];
    uint32_t position = work_position(w, n);
    enum privilege privilege = PRIVILEGE_CREATE_USER;

    switch ((enum sql_account_form)n->op) {
    case SQL_ACCOUNT_FORM_NONE: break;
    case SQL_ACCOUNT_CREATE_USER:
        if (!w->mariadb && has_word(w, n, "ROLE"))
            record_server_need(w, PRIVILEGE_ROLE_ADMIN, position);
        break;
    case SQL_ACCOUNT_ALTER_USER:
        if (!w->mariadb && all_own(list) && only_password(w, n)) {
            if (has_word(w, n, "RETAIN") || has_word(w, n, "DISCARD"))
                record_server_need(w, PRIVILEGE_APPLICATION_PASSWORD_ADMIN, position);
            return;
        }
        break;
    case SQL_ACCOUNT_DROP_USER: break;
    case SQL_ACCOUNT_CREATE_ROLE:
        if (!w->mariadb)
            privilege = PRIVILEGE_CREATE_ROLE;
        else if (has_word(w, n, "ADMIN"))
            record_server_need(w, PRIVILEGE_SET_USER, position);
        break;
    case SQL_ACCOUNT_DROP_ROLE:
        if (!w->mariadb)
            privilege = PRIVILEGE_DROP_ROLE;
        break;
    }
    record_server_need(w, privilege, position);
}

static void set_password(struct work *w, const struct sql_node *n)
{
    const struct sql_node *account = n->child[0], *value = n->child[1];
    uint32_t position = work_position(w, n);

    if (value != NULL && value->kind != SQL_STRING)
        record_use(w, USE_ERROR, expression(w, NULL, value).from, "SET PASSWORD", position);
    /* Unlike ALTER USER: the tables themselves. */
    if (account != NULL && account->child[SQL_ACCOUNT_USER] != NULL)
        record_need(w, PRIVILEGE_UPDATE, OBJECT_SCHEMA, STR("mysql"), STR_NONE, position);
    else if (!w->mariadb && has_word(w, n, "RETAIN"))
        record_server_need(w, PRIVILEGE_APPLICATION_PASSWORD_ADMIN, position);
}

/* For the gateway's guard and the audit alike, no more than the words: never a secret. */
void account_statement(struct work *w, const struct sql_node *n)
{
    w->no_result = true;
    switch ((int)n->kind) {
    case SQL_ACCOUNTS: accounts(w, n); break;
    case SQL_GRANT:
    case SQL_REVOKE: grant(w, n); break;
    case SQL_SET_PASSWORD: set_password(w, n); break;
    default: break; /* SET ROLE: roles that the account has, no privilege of its own */
    }
    if (n->kind != SQL_SET_ROLE)
        w->analysis->writes = true;
    /* RANDOM PASSWORD: the answer shows it. */
    if (has_word(w, n, "RANDOM"))
        w->analysis->outputs_known = w->no_result = false;
    enum statement_kind kind = sql_statement_kind(w->text, n);
    record_effect(w, EFFECT_CHANGES_ACCOUNTS, str_of(statement_kind_text(kind)),
                  work_position(w, n));
}

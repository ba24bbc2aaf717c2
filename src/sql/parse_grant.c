/* SPDX-License-Identifier: Apache-2.0
 *
 * GRANT and REVOKE, of privileges, of roles and of PROXY.
 */
#include "sql/parser.h"

enum privilege_families { MYSQL_ONLY = 1, MARIADB_ONLY, BOTH_FAMILIES };

struct privilege_words {
    const char *words;
    enum privilege_families families;
    bool columns; /* ( column, ... ) may follow */
};

/* Privileges that the grammars name; what begins with the same words has the longer one first. */
static const struct privilege_words privileges[] = {
    {"SELECT", BOTH_FAMILIES, true},
    {"INSERT", BOTH_FAMILIES, true},
    {"UPDATE", BOTH_FAMILIES, true},
    {"REFERENCES", BOTH_FAMILIES, true},
    {"DELETE HISTORY", MARIADB_ONLY, false},
    {"DELETE", BOTH_FAMILIES, false},
    {"USAGE", BOTH_FAMILIES, false},
    {"INDEX", BOTH_FAMILIES, false},
    {"ALTER ROUTINE", BOTH_FAMILIES, false},
    {"ALTER", BOTH_FAMILIES, false},
    {"CREATE TEMPORARY TABLES", BOTH_FAMILIES, false},
    {"CREATE VIEW", BOTH_FAMILIES, false},
    {"CREATE ROUTINE", BOTH_FAMILIES, false},
    {"CREATE USER", BOTH_FAMILIES, false},
    {"CREATE TABLESPACE", BOTH_FAMILIES, false},
    {"CREATE ROLE", MYSQL_ONLY, false},
    {"CREATE", BOTH_FAMILIES, false},
    {"DROP ROLE", MYSQL_ONLY, false},
    {"DROP", BOTH_FAMILIES, false},
    {"EXECUTE", BOTH_FAMILIES, false},
    {"RELOAD", BOTH_FAMILIES, false},
    {"SHUTDOWN", BOTH_FAMILIES, false},
    {"PROCESS", BOTH_FAMILIES, false},
    {"FILE", BOTH_FAMILIES, false},
    {"GRANT OPTION", BOTH_FAMILIES, false},
    {"SHOW DATABASES", BOTH_FAMILIES, false},
    {"SHOW VIEW", BOTH_FAMILIES, false},
    {"SHOW CREATE ROUTINE", MARIADB_ONLY, false},
    {"SUPER", BOTH_FAMILIES, false},
    {"LOCK TABLES", BOTH_FAMILIES, false},
    {"REPLICATION SLAVE ADMIN", MARIADB_ONLY, false},
    {"REPLICATION REPLICA ADMIN", MARIADB_ONLY, false},
    {"REPLICATION MASTER ADMIN", MARIADB_ONLY, false},
    {"REPLICATION REPLICA", MARIADB_ONLY, false},
    {"REPLICATION SLAVE", BOTH_FAMILIES, false},
    {"REPLICATION CLIENT", BOTH_FAMILIES, false},
    {"EVENT", BOTH_FAMILIES, false},
    {"TRIGGER", BOTH_FAMILIES, false},
    {"BINLOG ADMIN", MARIADB_ONLY, false},
    {"BINLOG MONITOR", MARIADB_ONLY, false},
    {"BINLOG REPLAY", MARIADB_ONLY, false},
    {"CONNECTION ADMIN", MARIADB_ONLY, false},
    {"FEDERATED ADMIN", MARIADB_ONLY, false},
    {"READ_ONLY ADMIN", MARIADB_ONLY, false},
    {"READ ONLY ADMIN", MARIADB_ONLY, false},
    {"REPLICA MONITOR", MARIADB_ONLY, false},
    {"SLAVE MONITOR", MARIADB_ONLY, false},
    {"SET USER", MARIADB_ONLY, false},
};

/* What has been granted so far: which of the forms it can still be. */
struct granted {
    bool any_columns; /* ( column, ... ) was written */
    bool any_named;   /* one of the table above: no role */
    bool any_host;    /* role@host: no privilege */
};

static uint32_t words_count(const struct sql_parser *p, struct str words)
{
    uint32_t ahead = 0;

    while (words.len > 0) {
        struct str word = words, rest = STR_NONE;
        (void)str_split(words, ' ', &word, &rest);
        if (!is_text(p, ahead, word))
            return 0;
        ahead++;
        words = rest;
    }
    return ahead;
}

static const struct privilege_words *accept_privilege(struct sql_parser *p)
{
    enum privilege_families other = p->mysql ? MARIADB_ONLY : MYSQL_ONLY;

    for (size_t i = 0; i < ARRAY_LEN(privileges); i++) {
        const struct privilege_words *row = &privileges[i];
        uint32_t count = row->families != other ? words_count(p, str_of(row->words)) : 0;
        if (count == 0 || (!p->mysql && p->version < 110300 &&
                           str_equal(str_of(row->words), STR("SHOW CREATE ROUTINE"))))
            continue;
        p->at += count;
        return row;
    }
    return NULL;
}

/* privilege [( column, ... )] | role[@host]    MySQL: dynamic_privilege [( column, ... )] */
static struct sql_node *parse_privilege(struct sql_parser *p, struct granted *granted)
{
    struct sql_node *node = node_new(p, SQL_PRIVILEGE, p->at);
    const struct privilege_words *row = accept_privilege(p);

    if (row != NULL) {
        granted->any_named = true;
    } else {
        if (!p->mysql)
            return parse_syntax(p, "a privilege");
        parse_role(p);
        granted->any_host |= p->at > node->first + 1;
        if (p->at > node->first + 1)
            return node_finish(p, node);
    }
    if ((row == NULL || row->columns) && is_kind(p, SQL_TOKEN_LEFT)) {
        node->child[0] = parse_list_in_parens(p, parse_ident);
        granted->any_columns = true;
    }
    return node_finish(p, node);
}

/* ALL [PRIVILEGES] */
static struct sql_node *parse_all(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_PRIVILEGE, p->at);

    p->at++;
    accept(p, W_PRIVILEGES);
    return node_finish(p, node);
}

/* A role of MariaDB, of which a statement has one: role | CURRENT_ROLE */
static struct sql_node *parse_one_role(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_PRIVILEGE, p->at);

    if (is(p, W_CURRENT_ROLE))
        parse_account(p);
    else
        parse_role(p);
    return node_finish(p, node);
}

/* Whether MariaDB reads a role here: a name, and TO or FROM behind it. */
static bool is_role_form(const struct sql_parser *p)
{
    if (p->mysql)
        return false;
    if (is(p, W_CURRENT_ROLE))
        return true;
    return (is_ident(p) || is_string(p)) &&
           (word_at(p, 1) == W_TO || word_at(p, 1) == W_FROM ||
            kind_at(p, 1) == SQL_TOKEN_USER_VARIABLE);
}

/* The list, as LIST of PRIVILEGE: ALL [PRIVILEGES] | PROXY | privilege [, privilege] ... | role */
static struct sql_node *parse_privileges(struct sql_parser *p, struct granted *granted)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (is(p, W_ALL)) {
        list_add(p, parse_all(p));
        granted->any_named = true;
    } else if (is2(p, W_PROXY, W_ON)) {
        list_add(p, node_leaf(p, SQL_PRIVILEGE));
    } else if (is_role_form(p)) {
        list_add(p, parse_one_role(p));
    } else {
        do {
            list_add(p, parse_privilege(p, granted));
        } while (accept_kind(p, SQL_TOKEN_COMMA));
    }
    return list_end(p, mark, SQL_LIST, first);
}

/* [TABLE | FUNCTION | PROCEDURE] {* | * . * | schema . * | [schema .] name}
 *   MySQL: LIBRARY; columns are tables' alone */
static struct sql_node *parse_grant_object(struct sql_parser *p, const struct granted *granted)
{
    bool routine = is(p, W_FUNCTION) || is(p, W_PROCEDURE) || (p->mysql && is(p, W_LIBRARY));

    if (routine || is(p, W_TABLE))
        p->at++;
    if (routine && granted->any_columns)
        return parse_syntax(p, "a table");
    struct sql_node *name = node_new(p, SQL_NAME, p->at);
    if (accept_kind(p, SQL_TOKEN_STAR)) {
        if (accept_kind(p, SQL_TOKEN_DOT))
            expect_kind(p, SQL_TOKEN_STAR);
        return node_finish(p, name);
    }
    if (!p->mysql)
        accept_kind(p, SQL_TOKEN_DOT);
    struct sql_node *part = parse_ident(p);
    if (accept_kind(p, SQL_TOKEN_DOT)) {
        name->child[SQL_NAME_SCHEMA] = part;
        part = accept_kind(p, SQL_TOKEN_STAR) ? NULL : parse_ident(p);
    }
    name->child[SQL_NAME_OBJECT] = part;
    return node_finish(p, name);
}

/* ON {object | user, of PROXY}, where it is due */
static struct sql_node *parse_on(struct sql_parser *p, const struct sql_node *list,
                                 const struct granted *granted)
{
    bool proxy = p->t[list->first].word == W_PROXY && list->last == list->first;
    bool all = p->t[list->first].word == W_ALL;

    if (!is(p, W_ON)) {
        if (all || granted->any_named || granted->any_columns)
            parse_syntax(p, "ON");
        return NULL;
    }
    if (granted->any_host)
        return parse_syntax(p, "TO or FROM");
    p->at++;
    return proxy ? parse_account(p) : parse_grant_object(p, granted);
}

/* [WITH GRANT OPTION] [AS user [WITH ROLE {role, ... | ALL [EXCEPT role, ...] | NONE | DEFAULT}]]
 *   of roles: [WITH ADMIN OPTION]    MySQL */
static void parse_mysql_options(struct sql_parser *p, struct sql_node *grant)
{
    const struct sql_node *object = grant->child[SQL_GRANT_OBJECT];

    if (accept(p, W_WITH)) {
        expect2(p, object == NULL ? W_ADMIN : W_GRANT, W_OPTION);
        grant->flags |= SQL_FLAG_WRITE;
    }
    if (object == NULL || object->kind == SQL_ACCOUNT || !accept(p, W_AS))
        return;
    parse_account(p);
    if (!accept2(p, W_WITH, W_ROLE) || accept(p, W_NONE) || accept(p, W_DEFAULT))
        return;
    if (!accept(p, W_ALL))
        parse_list(p, parse_role);
    else if (accept(p, W_EXCEPT))
        parse_list(p, parse_role);
}

/* [REQUIRE ...] [WITH {GRANT OPTION | resource} ...]    of roles: [WITH ADMIN OPTION]
 * of PROXY: [WITH GRANT OPTION]    MariaDB */
static void parse_mariadb_options(struct sql_parser *p, struct sql_node *grant)
{
    const struct sql_node *object = grant->child[SQL_GRANT_OBJECT];
    bool plain = object == NULL || object->kind == SQL_ACCOUNT, any = false;

    if (!plain)
        parse_require(p);
    if (!accept(p, W_WITH))
        return;
    if (plain) {
        expect2(p, object == NULL ? W_ADMIN : W_GRANT, W_OPTION);
        grant->flags |= SQL_FLAG_WRITE;
        return;
    }
    for (;;) {
        if (accept2(p, W_GRANT, W_OPTION))
            grant->flags |= SQL_FLAG_WRITE;
        else if (!accept_resource(p))
            break;
        any = true;
    }
    if (!any)
        parse_syntax(p, "GRANT OPTION");
}

/* GRANT privilege [, privilege] ... ON object TO user [, user] ... options
 * GRANT PROXY ON user TO user [, user] ... [WITH GRANT OPTION]
 * GRANT role [, role] ... TO user [, user] ... [WITH ADMIN OPTION], one role of MariaDB's */
struct sql_node *parse_grant(struct sql_parser *p)
{
    struct sql_node *grant = node_new(p, SQL_GRANT, p->at);
    struct granted granted = {false, false, false};

    p->at++;
    struct sql_node *list = parse_privileges(p, &granted);
    grant->child[SQL_GRANT_PRIVILEGES] = list;
    grant->child[SQL_GRANT_OBJECT] = parse_on(p, list, &granted);
    expect(p, W_TO);
    grant->child[SQL_GRANT_USERS] = parse_list(p, p->mysql ? parse_account : parse_mariadb_user);
    if (p->mysql)
        parse_mysql_options(p, grant);
    else
        parse_mariadb_options(p, grant);
    return node_finish(p, grant);
}

/* ALL [PRIVILEGES] , GRANT OPTION: everything, everywhere */
static bool is_all_and_grant(const struct sql_parser *p)
{
    uint32_t ahead = word_at(p, 1) == W_PRIVILEGES ? 2 : 1;

    return is(p, W_ALL) && kind_at(p, ahead) == SQL_TOKEN_COMMA;
}

static struct sql_node *parse_all_and_grant(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_all(p));
    p->at++;
    uint32_t option = p->at;
    expect2(p, W_GRANT, W_OPTION);
    list_add(p, node_finish(p, node_new(p, SQL_PRIVILEGE, option)));
    return list_end(p, mark, SQL_LIST, first);
}

/* REVOKE privilege [, privilege] ... ON object FROM user [, user] ...
 * REVOKE ALL [PRIVILEGES], GRANT OPTION FROM user [, user] ... | REVOKE PROXY ON user FROM ...
 * REVOKE role [, role] ... FROM user [, user] ...
 *   MySQL: REVOKE [IF EXISTS] ... [IGNORE UNKNOWN USER]; MariaDB: REVOKE [ADMIN OPTION FOR] role */
struct sql_node *parse_revoke(struct sql_parser *p)
{
    struct sql_node *revoke = node_new(p, SQL_REVOKE, p->at);
    struct granted granted = {false, false, false};
    struct sql_node *list;

    p->at++;
    if (p->mysql)
        accept_if_exists(p);
    if (is_all_and_grant(p)) {
        revoke->child[SQL_GRANT_PRIVILEGES] = parse_all_and_grant(p);
    } else {
        bool admin = !p->mysql && is2(p, W_ADMIN, W_OPTION);
        if (admin) {
            p->at += 2;
            expect(p, W_FOR);
        }
        list = parse_privileges(p, &granted);
        revoke->child[SQL_GRANT_PRIVILEGES] = list;
        revoke->child[SQL_GRANT_OBJECT] = admin ? NULL : parse_on(p, list, &granted);
    }
    expect(p, W_FROM);
    revoke->child[SQL_GRANT_USERS] = parse_list(p, parse_account);
    if (p->mysql && accept2(p, W_IGNORE, W_UNKNOWN))
        expect(p, W_USER);
    return node_finish(p, revoke);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts, roles and privileges; HANDLER; and the objects that CREATE, ALTER and DROP hand on.
 */
#include "sql/parser.h"

/* [BY {'text' | RANDOM PASSWORD | PASSWORD 'hash'} | {AS | USING} {'text' | PASSWORD ( 'text' )}]
 */
static void parse_secret(struct sql_parser *p)
{
    if (accept(p, W_BY)) {
        if (accept(p, W_RANDOM))
            expect(p, W_PASSWORD);
        else if (accept(p, W_PASSWORD) || is_string(p))
            parse_string(p);
        else
            parse_syntax(p, "a password");
    } else if (accept(p, W_AS) || accept(p, W_USING)) {
        if (accept(p, W_PASSWORD)) {
            expect_kind(p, SQL_TOKEN_LEFT);
            parse_string(p);
            expect_kind(p, SQL_TOKEN_RIGHT);
        } else if (!accept_kind(p, SQL_TOKEN_HEX)) {
            parse_string(p);
        }
    }
}

/* IDENTIFIED {BY ... | {WITH | VIA} plugin [BY ... | AS ...] [OR plugin ...]}
 * [REPLACE 'text'] [RETAIN CURRENT PASSWORD] */
static void parse_identified(struct sql_parser *p)
{
    expect(p, W_IDENTIFIED);
    if (accept(p, W_WITH) || (!p->mysql && accept(p, W_VIA))) {
        do {
            parse_ident_or_string(p);
            parse_secret(p);
        } while (!p->mysql && accept(p, W_OR));
    } else {
        if (!is(p, W_BY))
            parse_syntax(p, "BY or WITH");
        parse_secret(p);
    }
    if (p->mysql && accept2(p, W_INITIAL, W_AUTHENTICATION))
        parse_identified(p);
    if (p->mysql && accept(p, W_REPLACE))
        parse_string(p);
    if (p->mysql && accept2(p, W_RETAIN, W_CURRENT))
        expect(p, W_PASSWORD);
}

/* {ADD | MODIFY | DROP} n FACTOR [IDENTIFIED ...] ... | n FACTOR {INITIATE | UNREGISTER | FINISH}
 * ... */
static void parse_factor(struct sql_parser *p)
{
    while (is(p, W_ADD) || is(p, W_MODIFY) || is(p, W_DROP)) {
        bool drop = is(p, W_DROP);
        p->at++;
        parse_number(p);
        expect(p, W_FACTOR);
        if (!drop)
            parse_identified(p);
    }
    if (is_kind(p, SQL_TOKEN_INTEGER)) {
        p->at++;
        expect(p, W_FACTOR);
        if (accept(p, W_UNREGISTER))
            return;
        if (!accept(p, W_INITIATE))
            expect(p, W_FINISH);
        expect(p, W_REGISTRATION);
        if (accept(p, W_SET)) {
            expect2(p, W_CHALLENGE_RESPONSE, W_AS);
            if (!accept_kind(p, SQL_TOKEN_HEX))
                parse_string(p);
        }
    }
}

/* user [IDENTIFIED ... [AND IDENTIFIED ...] | DISCARD OLD PASSWORD | DEFAULT ROLE ... | factor ...]
 */
static struct sql_node *parse_account_with_auth(struct sql_parser *p)
{
    struct sql_node *account;

    if (p->mysql && is(p, W_USER) && kind_at(p, 1) == SQL_TOKEN_LEFT) {
        account = node_new(p, SQL_ACCOUNT, p->at);
        p->at += 2;
        expect_kind(p, SQL_TOKEN_RIGHT);
        node_finish(p, account);
    } else {
        account = parse_account(p);
    }
    if (is(p, W_IDENTIFIED)) {
        parse_identified(p);
        while (p->mysql && accept(p, W_AND))
            parse_identified(p);
    } else if (p->mysql && accept2(p, W_DISCARD, W_OLD)) {
        expect(p, W_PASSWORD);
    } else if (p->mysql && !(is(p, W_DROP) && word_at(p, 1) == W_USER)) {
        parse_factor(p);
    }
    return account;
}

/* REQUIRE {NONE | {SSL | X509 | CIPHER 'text' | ISSUER 'text' | SUBJECT 'text'} [AND] ...} */
static void parse_require(struct sql_parser *p)
{
    if (!accept(p, W_REQUIRE) || accept(p, W_NONE))
        return;
    do {
        if (accept(p, W_CIPHER) || accept(p, W_ISSUER) || accept(p, W_SUBJECT))
            parse_string(p);
        else if (!accept(p, W_SSL))
            expect(p, W_X509);
        accept(p, W_AND);
    } while (is(p, W_CIPHER) || is(p, W_ISSUER) || is(p, W_SUBJECT) || is(p, W_SSL) ||
             is(p, W_X509));
}

static bool accept_resource(struct sql_parser *p)
{
    if (!accept(p, W_MAX_QUERIES_PER_HOUR) && !accept(p, W_MAX_UPDATES_PER_HOUR) &&
        !accept(p, W_MAX_CONNECTIONS_PER_HOUR) && !accept(p, W_MAX_USER_CONNECTIONS) &&
        !accept(p, W_MAX_STATEMENT_TIME))
        return false;
    parse_number(p);
    return true;
}

/* EXPIRE [DEFAULT | NEVER | INTERVAL n DAY] | HISTORY {DEFAULT | n} |
 * REUSE INTERVAL {DEFAULT | n DAY} | REQUIRE CURRENT [DEFAULT | OPTIONAL] */
static void parse_password_option(struct sql_parser *p)
{
    if (accept(p, W_EXPIRE)) {
        if (accept(p, W_INTERVAL)) {
            parse_number(p);
            expect(p, W_DAY);
        } else if (!accept(p, W_DEFAULT)) {
            accept(p, W_NEVER);
        }
    } else if (accept(p, W_HISTORY)) {
        if (!accept(p, W_DEFAULT))
            parse_number(p);
    } else if (accept(p, W_REUSE)) {
        expect(p, W_INTERVAL);
        if (!accept(p, W_DEFAULT)) {
            parse_number(p);
            expect(p, W_DAY);
        }
    } else {
        expect2(p, W_REQUIRE, W_CURRENT);
        if (!accept(p, W_DEFAULT))
            accept(p, W_OPTIONAL);
    }
}

/* [DEFAULT ROLE ...] [REQUIRE ...] [WITH resource ...] [PASSWORD ... | ACCOUNT {LOCK | UNLOCK} |
 * FAILED_LOGIN_ATTEMPTS n | PASSWORD_LOCK_TIME {n | UNBOUNDED}] ... [COMMENT | ATTRIBUTE 'text'] */
static void parse_account_options(struct sql_parser *p)
{
    if (accept2(p, W_DEFAULT, W_ROLE) && !accept(p, W_NONE) && !accept(p, W_ALL))
        parse_list(p, parse_account);
    parse_require(p);
    if (accept(p, W_WITH))
        while (accept_resource(p))
            ;
    for (;;) {
        if (accept(p, W_PASSWORD)) {
            parse_password_option(p);
        } else if (accept(p, W_ACCOUNT)) {
            if (!accept(p, W_LOCK))
                expect(p, W_UNLOCK);
        } else if (p->mysql && accept(p, W_FAILED_LOGIN_ATTEMPTS)) {
            parse_number(p);
        } else if (p->mysql && accept(p, W_PASSWORD_LOCK_TIME)) {
            if (!accept(p, W_UNBOUNDED))
                parse_number(p);
        } else if (p->mysql && (accept(p, W_COMMENT) || accept(p, W_ATTRIBUTE))) {
            parse_string(p);
        } else {
            return;
        }
    }
}

/* {CREATE | ALTER} USER [IF [NOT] EXISTS] user [, user] ... options */
static struct sql_node *parse_user(struct sql_parser *p, uint32_t first, uint32_t flags,
                                   enum sql_account_form form)
{
    p->at++;
    if (accept_if_not_exists(p) || accept_if_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    struct sql_node *users = parse_list(p, parse_account_with_auth);
    parse_account_options(p);
    struct sql_node *node = node_of(p, SQL_ACCOUNTS, first, (uint16_t)form, users, NULL);
    node->flags |= flags;
    return node;
}

/* CREATE ROLE [IF NOT EXISTS] role [, role] ...    MariaDB: [WITH ADMIN user]
 * DROP {USER | ROLE} [IF EXISTS] name [, name] ... */
static struct sql_node *parse_roles(struct sql_parser *p, uint32_t first, uint32_t flags,
                                    enum sql_account_form form)
{
    p->at++;
    if (accept_if_not_exists(p) || accept_if_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    struct sql_node *names = parse_list(p, parse_account);
    if (!p->mysql && form == SQL_ACCOUNT_CREATE_ROLE && accept2(p, W_WITH, W_ADMIN))
        parse_account(p);
    struct sql_node *node = node_of(p, SQL_ACCOUNTS, first, (uint16_t)form, names, NULL);
    node->flags |= flags;
    return node;
}

/* privilege: one to four words [( column, ... )] | role */
static struct sql_node *parse_privilege(struct sql_parser *p)
{
    struct sql_node *privilege = node_new(p, SQL_PRIVILEGE, p->at);
    unsigned words = 0;

    if (is_string(p) || is_kind(p, SQL_TOKEN_QUOTED) ||
        (is_ident(p) && kind_at(p, 1) == SQL_TOKEN_USER_VARIABLE)) {
        parse_account(p);
        return node_finish(p, privilege);
    }
    while (is_kind(p, SQL_TOKEN_WORD) && words < 4 && !is(p, W_ON) && !is(p, W_TO) &&
           !is(p, W_FROM)) {
        p->at++;
        words++;
    }
    if (words == 0)
        return parse_syntax(p, "a privilege");
    if (is_kind(p, SQL_TOKEN_LEFT))
        privilege->child[0] = parse_list_in_parens(p, parse_ident);
    return node_finish(p, privilege);
}

/* [TABLE | FUNCTION | PROCEDURE | LIBRARY] {* | * . * | schema . * | [schema .] name} */
static struct sql_node *parse_grant_object(struct sql_parser *p)
{
    if (is(p, W_TABLE) || is(p, W_FUNCTION) || is(p, W_PROCEDURE) ||
        (is(p, W_LIBRARY) && is_ident_at(p, 1)))
        p->at++;
    else if (!p->mysql && is(p, W_PACKAGE) && word_at(p, 1) == W_BODY)
        p->at += 2;
    else if (!p->mysql && is(p, W_PACKAGE) && is_ident_at(p, 1))
        p->at++;
    struct sql_node *name = node_new(p, SQL_NAME, p->at);
    if (accept_kind(p, SQL_TOKEN_STAR)) {
        if (accept_kind(p, SQL_TOKEN_DOT))
            expect_kind(p, SQL_TOKEN_STAR);
        return node_finish(p, name);
    }
    struct sql_node *part = parse_ident(p);
    if (accept_kind(p, SQL_TOKEN_DOT)) {
        name->child[SQL_NAME_SCHEMA] = part;
        part = accept_kind(p, SQL_TOKEN_STAR) ? NULL : parse_ident(p);
    }
    name->child[SQL_NAME_OBJECT] = part;
    return node_finish(p, name);
}

/* [REQUIRE ...] [WITH {GRANT OPTION | ADMIN OPTION | resource} ...] [AS user [WITH ROLE ...]] */
static void parse_grant_options(struct sql_parser *p, struct sql_node *grant)
{
    if (!p->mysql)
        parse_require(p);
    if (accept(p, W_WITH)) {
        bool any = false;
        for (;;) {
            if (accept2(p, W_GRANT, W_OPTION) || accept2(p, W_ADMIN, W_OPTION))
                grant->flags |= SQL_FLAG_WRITE;
            else if (p->mysql || !accept_resource(p))
                break;
            any = true;
        }
        if (!any)
            parse_syntax(p, "GRANT OPTION");
    }
    if (p->mysql && accept(p, W_AS)) {
        parse_account(p);
        if (accept2(p, W_WITH, W_ROLE) && !accept(p, W_NONE) && !accept(p, W_DEFAULT)) {
            if (accept(p, W_ALL)) {
                if (accept(p, W_EXCEPT))
                    parse_list(p, parse_account);
            } else {
                parse_list(p, parse_account);
            }
        }
    }
}

/* GRANT privilege [, privilege] ... ON object TO user [, user] ... options
 * GRANT PROXY ON user TO user [, user] ... [WITH GRANT OPTION]
 * GRANT role [, role] ... TO user [, user] ... [WITH ADMIN OPTION] */
struct sql_node *parse_grant(struct sql_parser *p)
{
    struct sql_node *grant = node_new(p, SQL_GRANT, p->at);

    p->at++;
    grant->child[SQL_GRANT_PRIVILEGES] = parse_list(p, parse_privilege);
    bool proxy = p->t[grant->first + 1].word == W_PROXY;
    if (accept(p, W_ON))
        grant->child[SQL_GRANT_OBJECT] = proxy ? parse_account(p) : parse_grant_object(p);
    expect(p, W_TO);
    grant->child[SQL_GRANT_USERS] = parse_list(p, parse_account_with_auth);
    parse_grant_options(p, grant);
    return node_finish(p, grant);
}

/* REVOKE [IF EXISTS] privilege [, privilege] ... [ON object] FROM user [, user] ...
 *     [IGNORE UNKNOWN USER]    MariaDB: REVOKE ADMIN OPTION FOR role ... */
struct sql_node *parse_revoke(struct sql_parser *p)
{
    struct sql_node *revoke = node_new(p, SQL_REVOKE, p->at);

    p->at++;
    if (p->mysql)
        accept_if_exists(p);
    if (!p->mysql && accept2(p, W_ADMIN, W_OPTION))
        expect(p, W_FOR);
    bool proxy = is(p, W_PROXY);
    revoke->child[SQL_GRANT_PRIVILEGES] = parse_list(p, parse_privilege);
    if (accept(p, W_ON))
        revoke->child[SQL_GRANT_OBJECT] = proxy ? parse_account(p) : parse_grant_object(p);
    expect(p, W_FROM);
    revoke->child[SQL_GRANT_USERS] = parse_list(p, parse_account);
    if (p->mysql && accept2(p, W_IGNORE, W_UNKNOWN))
        expect(p, W_USER);
    return node_finish(p, revoke);
}

struct sql_node *parse_create_other(struct sql_parser *p, uint32_t first, uint32_t flags,
                                    const struct definition *definition)
{
    switch ((int)p->t[p->at].word) {
    case W_USER:
        return parse_user(p, first, flags, SQL_ACCOUNT_CREATE_USER);
    case W_ROLE:
        return parse_roles(p, first, flags, SQL_ACCOUNT_CREATE_ROLE);
    case W_PROCEDURE:
    case W_FUNCTION:
    case W_AGGREGATE:
    case W_TRIGGER:
    case W_EVENT:
        return parse_create_program(p, first, flags, definition);
    default:
        return parse_create_admin(p, first, flags);
    }
}

struct sql_node *parse_alter_other(struct sql_parser *p, uint32_t first,
                                   const struct definition *definition)
{
    switch ((int)p->t[p->at].word) {
    case W_USER:
        return parse_user(p, first, 0, SQL_ACCOUNT_ALTER_USER);
    case W_PROCEDURE:
    case W_FUNCTION:
    case W_EVENT:
        return parse_alter_program(p, first, definition);
    default: /* its production begins with ALTER */
        p->at = first;
        return parse_admin(p);
    }
}

struct sql_node *parse_drop_other(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    switch ((int)p->t[p->at].word) {
    case W_USER:
        return parse_roles(p, first, flags, SQL_ACCOUNT_DROP_USER);
    case W_ROLE:
        return parse_roles(p, first, flags, SQL_ACCOUNT_DROP_ROLE);
    case W_PROCEDURE:
    case W_FUNCTION:
    case W_TRIGGER:
    case W_EVENT:
        return parse_drop_program(p, first);
    case W_SEQUENCE:
        if (flags & SQL_FLAG_TEMPORARY)
            return parse_unsupported(p, "DROP TEMPORARY SEQUENCE");
        p->at = first;
        return parse_admin(p);
    default: /* its production begins with DROP */
        p->at = first;
        return parse_admin(p);
    }
}

struct sql_node *parse_rename_user(struct sql_parser *p, uint32_t first)
{
    p->at = first;
    return parse_admin(p);
}

struct sql_node *parse_set_other(struct sql_parser *p, uint32_t first)
{
    p->at = first;
    return parse_admin(p);
}

/* HANDLER table OPEN [[AS] alias] | HANDLER table CLOSE
 * | HANDLER table READ {FIRST | NEXT | name {FIRST | NEXT | PREV | LAST | comparison ( expr, ...
 * )}} [WHERE expr] [LIMIT ...] */
struct sql_node *parse_handler(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_HANDLER, p->at);

    p->at++;
    node->child[SQL_HANDLER_TABLE] = parse_name(p);
    if (accept(p, W_OPEN)) {
        node->op = SQL_HANDLER_OPEN;
        node->child[SQL_HANDLER_ALIAS] = parse_table_alias(p);
        return node_finish(p, node);
    }
    if (accept(p, W_CLOSE)) {
        node->op = SQL_HANDLER_CLOSE;
        return node_finish(p, node);
    }
    expect(p, W_READ);
    node->op = SQL_HANDLER_READ;
    if ((is(p, W_FIRST) || is(p, W_NEXT)) && kind_at(p, 1) != SQL_TOKEN_EQUAL &&
        !(word_at(p, 1) == W_FIRST || word_at(p, 1) == W_NEXT || word_at(p, 1) == W_PREV ||
          word_at(p, 1) == W_LAST)) {
        p->at++;
    } else {
        node->child[SQL_HANDLER_INDEX] =
            is(p, W_PRIMARY) ? node_leaf(p, SQL_IDENT) : parse_ident(p);
        if (accept_kind(p, SQL_TOKEN_EQUAL) || accept_kind(p, SQL_TOKEN_LESS) ||
            accept_kind(p, SQL_TOKEN_LESS_EQUAL) || accept_kind(p, SQL_TOKEN_GREATER) ||
            accept_kind(p, SQL_TOKEN_GREATER_EQUAL))
            node->child[SQL_HANDLER_KEY] = parse_list_in_parens(p, parse_expr);
        else if (!accept(p, W_FIRST) && !accept(p, W_NEXT) && !accept(p, W_PREV))
            expect(p, W_LAST);
    }
    if (accept(p, W_WHERE))
        node->child[SQL_HANDLER_WHERE] = parse_expr(p);
    if (accept(p, W_LIMIT))
        node->child[SQL_HANDLER_LIMIT] = parse_limit(p);
    return node_finish(p, node);
}

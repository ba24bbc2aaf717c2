/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts and roles, and the objects that CREATE, ALTER and DROP hand on. What is said
 * of an account behind its name differs so much between the families that each has its own
 * functions.
 */
#include "sql/parser.h"

/* BY {'text' | RANDOM PASSWORD}, RANDOM of MySQL */
static void parse_by(struct sql_parser *p)
{
    expect(p, W_BY);
    if (p->mysql && accept(p, W_RANDOM))
        expect(p, W_PASSWORD);
    else
        parse_string(p);
}

/* identification: IDENTIFIED {BY ... | WITH plugin [AS {'text' | x'41'} | BY ...]}    MySQL */
static void parse_identification(struct sql_parser *p)
{
    expect(p, W_IDENTIFIED);
    if (!accept(p, W_WITH)) {
        parse_by(p);
        return;
    }
    parse_ident_or_string(p);
    if (is(p, W_BY))
        parse_by(p);
    else if (accept(p, W_AS) && !accept_kind(p, SQL_TOKEN_HEX))
        parse_string(p);
}

/* INITIAL AUTHENTICATION IDENTIFIED {BY ... | WITH plugin AS 'text'}    MySQL */
static void parse_initial(struct sql_parser *p)
{
    p->at++;
    expect2(p, W_AUTHENTICATION, W_IDENTIFIED);
    if (!accept(p, W_WITH)) {
        parse_by(p);
        return;
    }
    parse_ident_or_string(p);
    expect(p, W_AS);
    if (!accept_kind(p, SQL_TOKEN_HEX))
        parse_string(p);
}

/* user [identification] [AND identification [AND identification]]
 * | user IDENTIFIED WITH plugin INITIAL AUTHENTICATION ...    MySQL */
static struct sql_node *parse_created_user(struct sql_parser *p)
{
    struct sql_node *account = parse_account(p);

    if (is(p, W_IDENTIFIED)) {
        bool plugin = word_at(p, 1) == W_WITH && word_at(p, 3) == W_INITIAL;
        parse_identification(p);
        if (plugin && is(p, W_INITIAL)) {
            parse_initial(p);
            return account;
        }
    }
    if (accept(p, W_AND)) {
        parse_identification(p);
        if (accept(p, W_AND))
            parse_identification(p);
    }
    return account;
}

/* n FACTOR */
static void parse_factor(struct sql_parser *p)
{
    parse_digits(p);
    expect(p, W_FACTOR);
}

/* [RETAIN CURRENT PASSWORD] */
static void accept_retain(struct sql_parser *p)
{
    if (accept2(p, W_RETAIN, W_CURRENT))
        expect(p, W_PASSWORD);
}

/* identification [REPLACE 'text'] [RETAIN CURRENT PASSWORD]: the first where a password is given,
 * but not a random one to a plugin; the second where a secret is */
static void parse_new_password(struct sql_parser *p)
{
    bool with = word_at(p, 1) == W_WITH;
    uint32_t first = p->at;

    parse_identification(p);
    if (p->failed)
        return;
    bool plugin_alone = with && p->at == first + 3;
    bool random = p->t[p->at - 1].word == W_PASSWORD;
    bool as = with && !plugin_alone && p->t[first + 3].word == W_AS;
    if (!plugin_alone && !as && !(with && random) && accept(p, W_REPLACE))
        parse_string(p);
    if (!plugin_alone)
        accept_retain(p);
}

/* user [new_password | DISCARD OLD PASSWORD | {ADD | MODIFY} n FACTOR identification ... |
 *     DROP n FACTOR ...], the factors once or twice    MySQL */
static struct sql_node *parse_altered_user(struct sql_parser *p)
{
    struct sql_node *account = parse_account(p);
    enum sql_word verb = (enum sql_word)p->t[p->at].word;

    if (verb == W_IDENTIFIED) {
        parse_new_password(p);
    } else if (accept2(p, W_DISCARD, W_OLD)) {
        expect(p, W_PASSWORD);
    } else if (verb == W_ADD || verb == W_MODIFY || verb == W_DROP) {
        for (unsigned i = 0; i < 2 && accept(p, verb); i++) {
            parse_factor(p);
            if (verb != W_DROP)
                parse_identification(p);
        }
    }
    return account;
}

/* MariaDB's authentication: {'text' of PASSWORD ( 'text' )} behind USING and AS */
static void parse_secret(struct sql_parser *p)
{
    if (!accept(p, W_USING) && !accept(p, W_AS))
        return;
    if (accept(p, W_PASSWORD)) {
        expect_kind(p, SQL_TOKEN_LEFT);
        parse_string(p);
        expect_kind(p, SQL_TOKEN_RIGHT);
    } else {
        parse_string(p);
    }
}

/* user [IDENTIFIED {BY [PASSWORD] 'text' | {WITH | VIA} plugin [{USING | AS} secret]
 *     [OR plugin ...] ...}]    MariaDB */
struct sql_node *parse_mariadb_user(struct sql_parser *p)
{
    struct sql_node *account = parse_account(p);

    if (!accept(p, W_IDENTIFIED))
        return account;
    if (accept(p, W_BY)) {
        accept(p, W_PASSWORD);
        parse_string(p);
        return account;
    }
    if (!accept(p, W_WITH))
        expect(p, W_VIA);
    do {
        parse_ident_or_string(p);
        parse_secret(p);
    } while (accept(p, W_OR));
    return account;
}

static bool accept_certificate(struct sql_parser *p)
{
    if (!accept(p, W_CIPHER) && !accept(p, W_ISSUER) && !accept(p, W_SUBJECT))
        return false;
    parse_string(p);
    return true;
}

/* REQUIRE {NONE | SSL | X509 | {CIPHER | ISSUER | SUBJECT} 'text' [[AND] ...] ...} */
void parse_require(struct sql_parser *p)
{
    if (!accept(p, W_REQUIRE) || accept(p, W_NONE) || accept(p, W_SSL) || accept(p, W_X509))
        return;
    if (!accept_certificate(p)) {
        parse_syntax(p, "NONE, SSL or X509");
        return;
    }
    for (;;) {
        bool and = accept(p, W_AND);
        if (accept_certificate(p))
            continue;
        if (and)
            parse_syntax(p, "CIPHER, ISSUER or SUBJECT");
        return;
    }
}

/* {MAX_QUERIES_PER_HOUR | MAX_UPDATES_PER_HOUR | MAX_CONNECTIONS_PER_HOUR | MAX_USER_CONNECTIONS} n
 *   MariaDB: MAX_STATEMENT_TIME n */
bool accept_resource(struct sql_parser *p)
{
    if (!p->mysql && accept(p, W_MAX_USER_CONNECTIONS)) {
        accept_kind(p, SQL_TOKEN_MINUS);
        parse_unsigned(p);
        return true;
    }
    if (!accept(p, W_MAX_QUERIES_PER_HOUR) && !accept(p, W_MAX_UPDATES_PER_HOUR) &&
        !accept(p, W_MAX_CONNECTIONS_PER_HOUR) &&
        !(p->mysql && accept(p, W_MAX_USER_CONNECTIONS)) &&
        !(!p->mysql && accept(p, W_MAX_STATEMENT_TIME)))
        return false;
    parse_rounded(p);
    return true;
}

/* DEFAULT | n DAY */
static void parse_days(struct sql_parser *p)
{
    if (p->mysql)
        parse_unsigned(p);
    else
        parse_digits(p);
    expect(p, W_DAY);
}

/* EXPIRE [DEFAULT | NEVER | INTERVAL n DAY]
 *   MySQL: HISTORY {DEFAULT | n} | REUSE INTERVAL {DEFAULT | n DAY} |
 *   REQUIRE CURRENT [DEFAULT | OPTIONAL] */
static void parse_password_option(struct sql_parser *p)
{
    if (accept(p, W_EXPIRE)) {
        if (accept(p, W_INTERVAL))
            parse_days(p);
        else if (!accept(p, W_DEFAULT))
            accept(p, W_NEVER);
    } else if (!p->mysql) {
        parse_syntax(p, "EXPIRE");
    } else if (accept(p, W_HISTORY)) {
        if (!accept(p, W_DEFAULT))
            parse_unsigned(p);
    } else if (accept(p, W_REUSE)) {
        expect(p, W_INTERVAL);
        if (!accept(p, W_DEFAULT))
            parse_days(p);
    } else {
        expect2(p, W_REQUIRE, W_CURRENT);
        if (!accept(p, W_DEFAULT))
            accept(p, W_OPTIONAL);
    }
}

/* PASSWORD ... | ACCOUNT {LOCK | UNLOCK}    MySQL: FAILED_LOGIN_ATTEMPTS n |
 * PASSWORD_LOCK_TIME {n | UNBOUNDED} */
static bool accept_account_option(struct sql_parser *p)
{
    if (accept(p, W_PASSWORD)) {
        parse_password_option(p);
    } else if (accept(p, W_ACCOUNT)) {
        if (!accept(p, W_LOCK))
            expect(p, W_UNLOCK);
    } else if (p->mysql && accept(p, W_FAILED_LOGIN_ATTEMPTS)) {
        parse_unsigned(p);
    } else if (p->mysql && accept(p, W_PASSWORD_LOCK_TIME)) {
        if (!accept(p, W_UNBOUNDED))
            parse_unsigned(p);
    } else {
        return false;
    }
    return true;
}

/* [REQUIRE ...] [WITH resource ...] [option ...] [{COMMENT | ATTRIBUTE} 'text'], the last of MySQL
 *   MariaDB: one PASSWORD and one ACCOUNT, in either order */
static void parse_account_options(struct sql_parser *p)
{
    parse_require(p);
    if (accept(p, W_WITH)) {
        if (!accept_resource(p))
            parse_syntax(p, "MAX_USER_CONNECTIONS");
        while (accept_resource(p))
            ;
    }
    if (p->mysql) {
        while (accept_account_option(p) && !p->failed)
            ;
        if (accept(p, W_COMMENT) || accept(p, W_ATTRIBUTE))
            parse_string(p);
        return;
    }
    enum sql_word word = (enum sql_word)p->t[p->at].word;
    if (accept_account_option(p) && !is(p, word))
        accept_account_option(p);
}

/* USER ( ) {IDENTIFIED BY ... [REPLACE 'text'] [RETAIN CURRENT PASSWORD] | DISCARD OLD PASSWORD |
 *     registration}    MySQL */
static struct sql_node *parse_own_user(struct sql_parser *p)
{
    struct sql_node *account = node_new(p, SQL_ACCOUNT, p->at);

    p->at += 2;
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, account);
}

/* n FACTOR {INITIATE REGISTRATION | UNREGISTER | FINISH REGISTRATION SET CHALLENGE_RESPONSE AS
 * 'text'} */
static void parse_registration(struct sql_parser *p)
{
    parse_factor(p);
    if (accept(p, W_UNREGISTER))
        return;
    if (accept(p, W_INITIATE)) {
        expect(p, W_REGISTRATION);
        return;
    }
    expect2(p, W_FINISH, W_REGISTRATION);
    expect2(p, W_SET, W_CHALLENGE_RESPONSE);
    expect(p, W_AS);
    if (!accept_kind(p, SQL_TOKEN_HEX))
        parse_string(p);
}

/* What MySQL's ALTER USER has for one user alone; false: something else stands here. */
static bool parse_alter_one(struct sql_parser *p, struct sql_node **ret_users)
{
    uint32_t first = p->at, mark = list_begin(p);
    bool own = is(p, W_USER) && kind_at(p, 1) == SQL_TOKEN_LEFT;
    struct sql_node *account = own ? parse_own_user(p) : parse_account(p);

    if (is_kind(p, SQL_TOKEN_INTEGER)) {
        parse_registration(p);
    } else if (!own && accept2(p, W_DEFAULT, W_ROLE)) {
        if (!accept(p, W_ALL) && !accept(p, W_NONE))
            parse_list(p, parse_role);
    } else if (own && is2(p, W_IDENTIFIED, W_BY)) {
        parse_new_password(p);
    } else if (own) {
        expect2(p, W_DISCARD, W_OLD);
        expect(p, W_PASSWORD);
    } else {
        p->at = first;
        return false;
    }
    list_add(p, account);
    *ret_users = list_end(p, mark, SQL_LIST, first);
    return true;
}

/* CREATE USER [IF NOT EXISTS] user [, user] ... [DEFAULT ROLE role, ...] options
 * ALTER USER [IF EXISTS] {user [, user] ... options | user DEFAULT ROLE ... | ...} */
static struct sql_node *parse_user(struct sql_parser *p, uint32_t first, uint32_t flags,
                                   enum sql_account_form form)
{
    bool create = form == SQL_ACCOUNT_CREATE_USER;
    struct sql_node *users = NULL;

    p->at++;
    if (create ? accept_if_not_exists(p) : accept_if_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    if (create || !p->mysql || !parse_alter_one(p, &users)) {
        users = parse_list(p, !p->mysql ? parse_mariadb_user
                              : create  ? parse_created_user
                                        : parse_altered_user);
        if (create && p->mysql && accept2(p, W_DEFAULT, W_ROLE))
            parse_list(p, parse_role);
        parse_account_options(p);
    }
    struct sql_node *node = node_of(p, SQL_ACCOUNTS, first, (uint16_t)form, users, NULL);
    node->flags |= flags;
    return node;
}

/* CREATE ROLE [IF NOT EXISTS] role [, role] ...    MariaDB: [WITH ADMIN user]
 * DROP ROLE [IF EXISTS] role [, role] ... | DROP USER [IF EXISTS] user [, user] ... */
static struct sql_node *parse_roles(struct sql_parser *p, uint32_t first, uint32_t flags,
                                    enum sql_account_form form)
{
    bool create = form == SQL_ACCOUNT_CREATE_ROLE, user = form == SQL_ACCOUNT_DROP_USER;

    p->at++;
    if (create ? accept_if_not_exists(p) : accept_if_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    struct sql_node *names = parse_list(p, user ? parse_account : parse_role);
    if (user && p->t[names->first].word == W_CURRENT_ROLE)
        return parse_syntax(p, "a user");
    if (!p->mysql && create && accept2(p, W_WITH, W_ADMIN))
        parse_account(p);
    struct sql_node *node = node_of(p, SQL_ACCOUNTS, first, (uint16_t)form, names, NULL);
    node->flags |= flags;
    return node;
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

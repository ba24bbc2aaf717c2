/* SPDX-License-Identifier: Apache-2.0
 *
 * SET in all its forms, transactions, table locks, prepared statements, USE.
 */
#include "sql/parser.h"

/* {GLOBAL | SESSION | LOCAL | PERSIST | PERSIST_ONLY}, unless it is a variable's name */
static enum sql_scope accept_scope(struct sql_parser *p)
{
    enum sql_scope scope = sql_scope_at(p, 0);

    if (scope == SQL_SCOPE_NONE || kind_at(p, 1) == SQL_TOKEN_EQUAL ||
        kind_at(p, 1) == SQL_TOKEN_ASSIGN || kind_at(p, 1) == SQL_TOKEN_DOT)
        return SQL_SCOPE_NONE;
    p->at++;
    return scope;
}

/* Words that stand for themselves as a variable's value. */
static struct sql_node *parse_set_value(struct sql_parser *p)
{
    if (is(p, W_DEFAULT) && kind_at(p, 1) != SQL_TOKEN_LEFT) {
        p->at++;
        return NULL;
    }
    if (is(p, W_ON) || is(p, W_ALL) || is(p, W_BINARY) || is(p, W_ROW) || is(p, W_SYSTEM)) {
        enum sql_token_kind next = kind_at(p, 1);
        if (next == SQL_TOKEN_END || next == SQL_TOKEN_COMMA || next == SQL_TOKEN_SEMICOLON ||
            word_at(p, 1) == W_FOR)
            return node_leaf(p, SQL_IDENT);
    }
    return parse_expr(p);
}

static bool accept_equal(struct sql_parser *p)
{
    return accept_kind(p, SQL_TOKEN_ASSIGN) || expect_kind(p, SQL_TOKEN_EQUAL);
}

/* [component .] name, written without @@ */
static struct sql_node *parse_plain_variable(struct sql_parser *p, enum sql_scope scope)
{
    struct sql_node *node = node_new(p, SQL_SYSTEM_VARIABLE, p->at);
    enum sql_scope written = sql_scope_at(p, 0);
    if (p->mysql && (written == SQL_SCOPE_GLOBAL || written == SQL_SCOPE_SESSION ||
                     is(p, W_PERSIST) || is(p, W_PERSIST_ONLY)))
        return parse_syntax(p, "a variable"); /* GLOBAL.x is only for @@ */
    if (is(p, W_DEFAULT) && kind_at(p, 1) != SQL_TOKEN_DOT)
        return parse_syntax(p, "a variable");
    struct sql_node *name = is(p, W_DEFAULT) ? node_leaf(p, SQL_IDENT) : parse_ident(p);

    node->op = (uint16_t)scope;
    if (accept_kind(p, SQL_TOKEN_DOT)) {
        node->child[SQL_SYSTEM_VARIABLE_COMPONENT] = name;
        name = parse_ident(p);
    }
    node->child[SQL_SYSTEM_VARIABLE_NAME] = name;
    return node_finish(p, node);
}

/* NAMES {charset [COLLATE name] | DEFAULT} | {CHARACTER SET | CHARSET} {charset | DEFAULT}
 * MariaDB: NAMES {charset | DEFAULT} [COLLATE {name | DEFAULT}] */
static struct sql_node *parse_set_names(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_SET_NAMES, p->at);

    if (!accept(p, W_NAMES)) {
        if (!accept_charset_words(p))
            return parse_syntax(p, "NAMES");
        node->flags |= SQL_FLAG_CHARACTER_SET;
    }
    bool fixed = accept(p, W_DEFAULT);
    if (!fixed)
        node->child[SQL_SET_NAMES_CHARSET] = parse_charset_name(p);
    if ((node->flags & SQL_FLAG_CHARACTER_SET) == 0 && (!fixed || !p->mysql) &&
        accept(p, W_COLLATE) && (p->mysql || !accept(p, W_DEFAULT)))
        node->child[SQL_SET_NAMES_COLLATE] = parse_collate_name(p);
    return node_finish(p, node);
}

/* ISOLATION LEVEL {READ UNCOMMITTED | READ COMMITTED | REPEATABLE READ | SERIALIZABLE} |
 * READ {WRITE | ONLY} */
static void parse_characteristic(struct sql_parser *p, struct sql_node *node)
{
    if (accept(p, W_ISOLATION)) {
        expect(p, W_LEVEL);
        if (accept(p, W_READ)) {
            if (!accept(p, W_UNCOMMITTED))
                expect(p, W_COMMITTED);
        } else if (accept(p, W_REPEATABLE)) {
            expect(p, W_READ);
        } else {
            expect(p, W_SERIALIZABLE);
        }
        return;
    }
    expect(p, W_READ);
    node->child[0] = is(p, W_ONLY) || is(p, W_WRITE) ? node_leaf(p, SQL_IDENT)
                                                     : parse_syntax(p, "ONLY or WRITE");
}

/* SET [GLOBAL | SESSION | LOCAL] TRANSACTION characteristic [, characteristic], one of each kind */
static struct sql_node *parse_set_transaction(struct sql_parser *p, uint32_t first,
                                              enum sql_scope scope)
{
    struct sql_node *node = node_new(p, SQL_SET_TRANSACTION, first);

    expect(p, W_TRANSACTION);
    node->op = (uint16_t)scope;
    bool isolation = is(p, W_ISOLATION);
    parse_characteristic(p, node);
    if (accept_kind(p, SQL_TOKEN_COMMA)) {
        if (is(p, W_ISOLATION) == isolation)
            return parse_syntax(p, isolation ? "READ" : "ISOLATION LEVEL");
        parse_characteristic(p, node);
    }
    return node_finish(p, node);
}

/* PASSWORD [FOR user] {= {'text' | PASSWORD ( 'text' ) | OLD_PASSWORD ( 'text' )} | TO RANDOM}
 *     [REPLACE 'text'] [RETAIN CURRENT PASSWORD] */
static struct sql_node *parse_set_password(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_SET_PASSWORD, p->at);

    expect(p, W_PASSWORD);
    if (accept(p, W_FOR))
        node->child[0] = parse_account(p);
    if (p->mysql && accept2(p, W_TO, W_RANDOM)) {
        /* nothing more of it */
    } else {
        accept_equal(p);
        if (!p->mysql && (is(p, W_PASSWORD) || is(p, W_OLD_PASSWORD))) {
            p->at++;
            expect_kind(p, SQL_TOKEN_LEFT);
            node->child[1] = parse_string(p);
            expect_kind(p, SQL_TOKEN_RIGHT);
        } else {
            node->child[1] = parse_string(p);
        }
    }
    if (p->mysql && accept(p, W_REPLACE))
        parse_string(p);
    if (p->mysql && accept2(p, W_RETAIN, W_CURRENT))
        expect(p, W_PASSWORD);
    return node_finish(p, node);
}

/* {user_variable | system_variable | routine's variable} {= | :=} {expr | DEFAULT} */
static struct sql_node *parse_assigned_variable(struct sql_parser *p, enum sql_scope scope)
{
    struct sql_node *node = node_new(p, SQL_SET_VARIABLE, p->at);

    if (is_kind(p, SQL_TOKEN_USER_VARIABLE) && scope == SQL_SCOPE_NONE) {
        node->child[SQL_SET_VARIABLE_TARGET] = parse_user_variable(p);
        accept_equal(p);
        node->child[SQL_SET_VARIABLE_VALUE] = parse_expr(p);
        return node_finish(p, node);
    }
    if (is_kind(p, SQL_TOKEN_SYSTEM_VARIABLE) && scope == SQL_SCOPE_NONE &&
        word_at(p, 1) == W_DEFAULT) {
        p->at++; /* @@DEFAULT.key_buffer_size */
        node->child[SQL_SET_VARIABLE_TARGET] = parse_plain_variable(p, scope);
    } else {
        node->child[SQL_SET_VARIABLE_TARGET] =
            is_kind(p, SQL_TOKEN_SYSTEM_VARIABLE) && scope == SQL_SCOPE_NONE
                ? parse_system_variable(p)
                : parse_plain_variable(p, scope);
    }
    accept_equal(p);
    node->child[SQL_SET_VARIABLE_VALUE] = parse_set_value(p);
    return node_finish(p, node);
}

/* assignment: [scope] variable = value | NAMES ... | CHARACTER SET ... | PASSWORD ... */
static struct sql_node *parse_setting(struct sql_parser *p)
{
    enum sql_token_kind next = kind_at(p, 1);
    bool assigned = next == SQL_TOKEN_EQUAL || next == SQL_TOKEN_ASSIGN;

    if (is(p, W_NAMES) && next != SQL_TOKEN_DOT && !(p->in_program && assigned))
        return parse_set_names(p);
    if (!assigned && (is2(p, W_CHARACTER, W_SET) || is2(p, W_CHAR, W_SET) ||
                      (is(p, W_CHARSET) && next != SQL_TOKEN_DOT)))
        return parse_set_names(p);
    if (is(p, W_PASSWORD) && (assigned || word_at(p, 1) == W_FOR || word_at(p, 1) == W_TO))
        return parse_set_password(p);
    enum sql_scope scope = accept_scope(p);
    if (scope != SQL_SCOPE_NONE)
        p->set_scope = scope;
    else if (!p->in_program && !is_kind(p, SQL_TOKEN_USER_VARIABLE) &&
             !is_kind(p, SQL_TOKEN_SYSTEM_VARIABLE))
        scope = p->set_scope; /* SET GLOBAL a = 1, b = 2 sets b for all, too */
    return parse_assigned_variable(p, scope);
}

/* ROLE {NONE | role}    MySQL: {DEFAULT | NONE | ALL [EXCEPT role, ...] | role, ...} */
static struct sql_node *parse_set_role(struct sql_parser *p, uint32_t first)
{
    struct sql_node *roles = NULL;

    expect(p, W_ROLE);
    if (accept(p, W_NONE) || (p->mysql && accept(p, W_DEFAULT))) {
        roles = NULL;
    } else if (p->mysql && accept(p, W_ALL)) {
        if (accept(p, W_EXCEPT))
            roles = parse_list(p, parse_role);
    } else {
        if (is(p, W_CURRENT_ROLE))
            return parse_syntax(p, "a role");
        roles = parse_list(p, parse_role);
        if (!p->mysql && roles->count > 1)
            return parse_syntax(p, "one role");
    }
    return node_of(p, SQL_SET_ROLE, first, 0, roles, NULL);
}

/* [component .] name {= | :=} {expr | DEFAULT} */
static struct sql_node *parse_statement_setting(struct sql_parser *p)
{
    if (!is_ident(p) && !is(p, W_DEFAULT))
        return parse_syntax(p, "a variable");
    return parse_assigned_variable(p, SQL_SCOPE_NONE);
}

/* SET STATEMENT variable = value [, variable = value] ... FOR statement    MariaDB */
static struct sql_node *parse_set_statement(struct sql_parser *p, uint32_t first)
{
    expect(p, W_STATEMENT);
    struct sql_node *settings = parse_list(p, parse_statement_setting);
    expect(p, W_FOR);
    if (!enter(p))
        return p->spare;
    struct sql_node *inner = parse_statement(p);
    leave(p);
    return node_of(p, SQL_SET_STATEMENT, first, 0, settings, inner);
}

/* SET PASSWORD ..., which MySQL takes alone */
static struct sql_node *parse_set_alone(struct sql_parser *p, uint32_t first)
{
    return node_of(p, SQL_SET, first, 0, parse_list_of_one(p, parse_set_password), NULL);
}

/* SET assignment [, assignment] ... | SET [scope] TRANSACTION ... | SET ROLE ... |
 * SET RESOURCE GROUP ... | SET STATEMENT ... FOR ... */
struct sql_node *parse_set(struct sql_parser *p)
{
    uint32_t first = p->at;

    p->set_scope = SQL_SCOPE_NONE;
    expect(p, W_SET);
    bool assigned = kind_at(p, 1) == SQL_TOKEN_EQUAL || kind_at(p, 1) == SQL_TOKEN_ASSIGN ||
                    kind_at(p, 1) == SQL_TOKEN_DOT;
    if (!assigned) {
        if (is(p, W_TRANSACTION))
            return parse_set_transaction(p, first, SQL_SCOPE_NONE);
        if (sql_scope_at(p, 0) != SQL_SCOPE_NONE && word_at(p, 1) == W_TRANSACTION &&
            kind_at(p, 2) != SQL_TOKEN_EQUAL && kind_at(p, 2) != SQL_TOKEN_ASSIGN)
            return parse_set_transaction(p, first, accept_scope(p));
        if (is(p, W_ROLE))
            return parse_set_role(p, first);
        if (!p->mysql && is(p, W_STATEMENT))
            return parse_set_statement(p, first);
        if (p->mysql && is(p, W_PASSWORD) && word_at(p, 1) != SQL_NO_WORD)
            return parse_set_alone(p, first);
        if (is2(p, W_DEFAULT, W_ROLE) || is2(p, W_RESOURCE, W_GROUP))
            return parse_set_other(p, first);
    }
    if (p->mysql && is(p, W_PASSWORD) && kind_at(p, 1) != SQL_TOKEN_DOT)
        return parse_set_alone(p, first);
    return node_of(p, SQL_SET, first, 0, parse_list(p, parse_setting), NULL);
}

/* [AND [NO] CHAIN] [[NO] RELEASE], not CHAIN and RELEASE both */
static void parse_completion(struct sql_parser *p)
{
    bool chain = false;

    if (accept(p, W_AND)) {
        chain = !accept(p, W_NO);
        expect(p, W_CHAIN);
    }
    if (accept(p, W_NO))
        expect(p, W_RELEASE);
    else if (!chain)
        accept(p, W_RELEASE);
}

/* START TRANSACTION [WITH CONSISTENT SNAPSHOT | READ WRITE | READ ONLY] [, ...] */
static struct sql_node *parse_start(struct sql_parser *p)
{
    struct sql_node *begin = node_new(p, SQL_BEGIN, p->at);

    p->at++;
    expect(p, W_TRANSACTION);
    bool more = is(p, W_WITH) || is(p, W_READ);
    while (more) {
        if (accept(p, W_WITH)) {
            expect2(p, W_CONSISTENT, W_SNAPSHOT);
        } else if (expect(p, W_READ)) {
            uint16_t op = is(p, W_ONLY) ? SQL_BEGIN_READ_ONLY : SQL_BEGIN_READ_WRITE;
            if (begin->op != SQL_BEGIN_PLAIN && begin->op != op)
                return parse_syntax(p, NULL);
            begin->op = op;
            if (!accept(p, W_ONLY))
                expect(p, W_WRITE);
        }
        more = accept_kind(p, SQL_TOKEN_COMMA);
    }
    return node_finish(p, begin);
}

/* ROLLBACK [WORK] [TO [SAVEPOINT] name | completion] */
static struct sql_node *parse_rollback(struct sql_parser *p)
{
    struct sql_node *rollback = node_new(p, SQL_ROLLBACK, p->at);

    p->at++;
    accept(p, W_WORK);
    if (accept(p, W_TO)) {
        if (is(p, W_SAVEPOINT) && (p->mysql || is_ident_at(p, 1)))
            p->at++;
        rollback->child[0] = parse_ident(p);
    } else {
        parse_completion(p);
    }
    return node_finish(p, rollback);
}

/* START TRANSACTION | BEGIN [WORK] | COMMIT | ROLLBACK | SAVEPOINT name | RELEASE SAVEPOINT name */
struct sql_node *parse_transaction(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *node;

    if (is(p, W_START))
        return parse_start(p);
    if (is(p, W_ROLLBACK))
        return parse_rollback(p);
    if (accept(p, W_SAVEPOINT))
        return node_of(p, SQL_SAVEPOINT, first, 0, parse_ident(p), NULL);
    if (accept(p, W_RELEASE)) {
        expect(p, W_SAVEPOINT);
        return node_of(p, SQL_RELEASE_SAVEPOINT, first, 0, parse_ident(p), NULL);
    }
    node = node_new(p, is(p, W_BEGIN) ? SQL_BEGIN : SQL_COMMIT, first);
    p->at++;
    accept(p, W_WORK);
    if (node->kind == SQL_COMMIT)
        parse_completion(p);
    return node_finish(p, node);
}

/* PREPARE name FROM {'text' | @variable}    MariaDB: any expression */
static struct sql_node *parse_prepare(struct sql_parser *p)
{
    uint32_t first = p->at;

    p->at++;
    struct sql_node *name = parse_ident(p);
    expect(p, W_FROM);
    struct sql_node *source =
        p->mysql ? (is_string(p) ? parse_string(p) : parse_user_variable(p)) : parse_expr(p);
    return node_of(p, SQL_PREPARE, first, 0, name, source);
}

/* EXECUTE name [USING @variable [, @variable] ...]
 * MariaDB: EXECUTE name USING expr, ... | EXECUTE IMMEDIATE expr [USING expr, ...] */
static struct sql_node *parse_execute(struct sql_parser *p)
{
    uint32_t first = p->at;
    enum sql_node_kind kind = SQL_EXECUTE;
    struct sql_node *what, *using = NULL;

    p->at++;
    if (!p->mysql && is(p, W_IMMEDIATE) && kind_at(p, 1) != SQL_TOKEN_END &&
        word_at(p, 1) != W_USING && kind_at(p, 1) != SQL_TOKEN_SEMICOLON) {
        p->at++;
        kind = SQL_EXECUTE_IMMEDIATE;
        what = parse_expr(p);
    } else {
        what = parse_ident(p);
    }
    if (accept(p, W_USING))
        using = parse_list(p, p->mysql ? parse_user_variable : parse_expr_or_default);
    return node_of(p, kind, first, 0, what, using);
}

/* PREPARE ... | EXECUTE ... | {DEALLOCATE | DROP} PREPARE name */
struct sql_node *parse_prepared(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (is(p, W_PREPARE))
        return parse_prepare(p);
    if (is(p, W_EXECUTE))
        return parse_execute(p);
    p->at++;
    expect(p, W_PREPARE);
    return node_of(p, SQL_DEALLOCATE, first, 0, parse_ident(p), NULL);
}

/* table [[AS] alias] {READ [LOCAL] | WRITE}
 *   MySQL 8 and MariaDB: LOW_PRIORITY WRITE; MariaDB: WRITE CONCURRENT */
static struct sql_node *parse_lock_table(struct sql_parser *p)
{
    struct sql_node *lock = node_new(p, SQL_LOCK_TABLE, p->at);

    lock->child[SQL_LOCK_TABLE_NAME] = parse_name(p);
    lock->child[SQL_LOCK_TABLE_ALIAS] = parse_table_alias(p);
    if (accept(p, W_READ)) {
        accept(p, W_LOCAL);
    } else {
        bool low = (!p->mysql || p->version < 90000) && accept(p, W_LOW_PRIORITY);
        expect(p, W_WRITE);
        if (!p->mysql && !low)
            accept(p, W_CONCURRENT);
        lock->flags |= SQL_FLAG_WRITE;
    }
    return node_finish(p, lock);
}

/* LOCK {TABLES | TABLE} lock [, lock] ... [WAIT n | NOWAIT] | UNLOCK {TABLES | TABLE}
 * LOCK INSTANCE FOR BACKUP | UNLOCK INSTANCE */
struct sql_node *parse_lock(struct sql_parser *p)
{
    uint32_t first = p->at;
    bool unlock = is(p, W_UNLOCK);

    if (word_at(p, 1) == W_INSTANCE)
        return parse_admin(p);
    p->at++;
    if (!accept(p, W_TABLE))
        expect(p, W_TABLES);
    if (unlock)
        return node_of(p, SQL_UNLOCK_TABLES, first, 0, NULL, NULL);
    struct sql_node *locks = parse_list(p, parse_lock_table);
    accept_wait(p);
    return node_of(p, SQL_LOCK_TABLES, first, 0, locks, NULL);
}

/* USE schema */
struct sql_node *parse_use(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect(p, W_USE);
    return node_of(p, SQL_USE, first, 0, parse_ident(p), NULL);
}

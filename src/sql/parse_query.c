/* SPDX-License-Identifier: Apache-2.0
 *
 * Queries: SELECT, VALUES, TABLE, set operations, WITH, and the clauses behind them.
 */
#include "sql/parser.h"

static bool is_values_call(const struct sql_parser *p, uint32_t at)
{
    if (p->mysql)
        return !(at + 1 < p->end && p->t[at + 1].word == W_ROW);
    return p->values_is_call;
}

bool is_query_start(struct sql_parser *p)
{
    uint32_t at = p->at;

    /* Each ( of a run asks again: the run is looked over once. */
    if (at >= p->lefts && at < p->lefts_end)
        at = p->lefts_end;
    while (at < p->end && p->t[at].kind == SQL_TOKEN_LEFT)
        at++;
    p->lefts = p->at;
    p->lefts_end = at;
    switch (at < p->end ? (int)p->t[at].word : 0) {
    case W_SELECT:
    case W_WITH:
        return true;
    case W_TABLE:
        return p->mysql;
    case W_VALUES:
        return !is_values_call(p, at);
    default:
        return false;
    }
}

static bool is_set_operation(const struct sql_parser *p)
{
    return is(p, W_UNION) || is(p, W_EXCEPT) || is(p, W_INTERSECT);
}

bool continues_query(const struct sql_parser *p)
{
    return is_set_operation(p) || is2(p, W_ORDER, W_BY) || is(p, W_LIMIT) || is(p, W_LOCK) ||
           (is(p, W_FOR) && (word_at(p, 1) == W_UPDATE || word_at(p, 1) == W_SHARE)) ||
           is(p, W_INTO) || (!p->mysql && (is(p, W_FETCH) || is(p, W_OFFSET)));
}

/* order_item: expr [ASC | DESC] */
struct sql_node *parse_order_item(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *value = parse_expr(p);
    bool descending = accept(p, W_DESC);

    if (!descending)
        accept(p, W_ASC);
    struct sql_node *item = node_of(p, SQL_ORDER_ITEM, first, 0, value, NULL);
    if (descending)
        item->flags |= SQL_FLAG_DESCENDING;
    return item;
}

/* order_item [, order_item] ... */
struct sql_node *parse_order_list(struct sql_parser *p)
{
    return parse_list(p, parse_order_item);
}

/* select_item: [[schema .] table .] * | expr [[AS] alias] */
static struct sql_node *parse_item(struct sql_parser *p)
{
    struct sql_node *item = node_new(p, SQL_ITEM, p->at);
    uint32_t ahead = 0;

    for (unsigned parts = 0;
         parts < 2 && is_ident_at(p, ahead) && kind_at(p, ahead + 1) == SQL_TOKEN_DOT; parts++) {
        ahead += 2;
        if (kind_at(p, ahead) != SQL_TOKEN_STAR)
            continue;
        struct sql_node *star = node_new(p, SQL_STAR, p->at);
        struct sql_node *name = parse_ident(p);
        if (parts == 1) {
            star->child[SQL_STAR_SCHEMA] = name;
            expect_kind(p, SQL_TOKEN_DOT);
            name = parse_ident(p);
        }
        star->child[SQL_STAR_TABLE] = name;
        expect_kind(p, SQL_TOKEN_DOT);
        expect_kind(p, SQL_TOKEN_STAR);
        item->child[SQL_ITEM_VALUE] = node_finish(p, star);
        return node_finish(p, item);
    }
    item->child[SQL_ITEM_VALUE] = parse_expr(p);
    item->child[SQL_ITEM_ALIAS] = parse_alias(p, true);
    return node_finish(p, item);
}

/* { * | select_item } [, select_item] ... */
struct sql_node *parse_item_list(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (is_kind(p, SQL_TOKEN_STAR)) {
        struct sql_node *item = node_new(p, SQL_ITEM, p->at);
        item->child[SQL_ITEM_VALUE] = node_leaf(p, SQL_STAR);
        list_add(p, node_finish(p, item));
        if (!accept_kind(p, SQL_TOKEN_COMMA))
            return list_end(p, mark, SQL_LIST, first);
    }
    do {
        list_add(p, parse_item(p));
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    return list_end(p, mark, SQL_LIST, first);
}

/* ALL | DISTINCT | DISTINCTROW | HIGH_PRIORITY | STRAIGHT_JOIN | SQL_SMALL_RESULT |
 * SQL_BIG_RESULT | SQL_BUFFER_RESULT | SQL_NO_CACHE | SQL_CALC_FOUND_ROWS    MariaDB: SQL_CACHE |
 * UNIQUE, which is DISTINCT */
static void parse_select_options(struct sql_parser *p, struct sql_node *select)
{
    for (;;) {
        if (accept(p, W_DISTINCT) || accept(p, W_DISTINCTROW) || (!p->mysql && accept(p, W_UNIQUE)))
            select->flags |= SQL_FLAG_DISTINCT;
        else if (accept(p, W_ALL))
            select->flags |= SQL_FLAG_ALL;
        else if (accept(p, W_SQL_CALC_FOUND_ROWS))
            select->flags |= SQL_FLAG_CALC_FOUND_ROWS;
        else if (!accept(p, W_HIGH_PRIORITY) && !accept(p, W_STRAIGHT_JOIN) &&
                 !accept(p, W_SQL_SMALL_RESULT) && !accept(p, W_SQL_BIG_RESULT) &&
                 !accept(p, W_SQL_BUFFER_RESULT) && !accept(p, W_SQL_NO_CACHE) &&
                 (p->mysql || !accept(p, W_SQL_CACHE)))
            break;
    }
}

/* expr, as an element of GROUP BY; MariaDB: [ASC | DESC] */
static struct sql_node *parse_group_item(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (!p->mysql)
        return parse_order_item(p);
    return node_of(p, SQL_ORDER_ITEM, first, 0, parse_expr(p), NULL);
}

/* GROUPING SETS ( {expr | ( [expr [, expr] ...] )} [, ...] )    MySQL 9.5 and later */
static struct sql_node *parse_grouping_sets(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);

    parse_doubt(p, "GROUPING SETS");
    p->at += 2;
    expect_kind(p, SQL_TOKEN_LEFT);
    do {
        if (is_kind(p, SQL_TOKEN_LEFT) && kind_at(p, 1) == SQL_TOKEN_RIGHT)
            p->at += 2;
        else
            list_add(p, parse_group_item(p));
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    expect_kind(p, SQL_TOKEN_RIGHT);
    return list_end(p, mark, SQL_LIST, first);
}

/* GROUP BY expr [, expr] ... [WITH ROLLUP]    MariaDB: each [ASC | DESC]; | [WITH CUBE]
 * GROUP BY {ROLLUP | CUBE} ( expr [, expr] ... ) | GROUP BY GROUPING SETS ( ... )    MySQL */
static struct sql_node *parse_group(struct sql_parser *p)
{
    struct sql_node *group = node_new(p, SQL_GROUP, p->at);

    if (p->mysql && (is(p, W_ROLLUP) || is(p, W_CUBE)) && kind_at(p, 1) == SQL_TOKEN_LEFT) {
        p->at += 2;
        group->flags |= SQL_FLAG_ROLLUP;
        group->child[SQL_GROUP_LIST] = parse_list(p, parse_group_item);
        expect_kind(p, SQL_TOKEN_RIGHT);
        return node_finish(p, group);
    }
    if (p->mysql && p->version >= 90500 && is(p, W_GROUPING) && is_text(p, 1, STR("SETS"))) {
        group->flags |= SQL_FLAG_ROLLUP;
        group->child[SQL_GROUP_LIST] = parse_grouping_sets(p);
        return node_finish(p, group);
    }
    group->child[SQL_GROUP_LIST] = parse_list(p, parse_group_item);
    if (accept2(p, W_WITH, W_ROLLUP) || (!p->mysql && accept2(p, W_WITH, W_CUBE)))
        group->flags |= SQL_FLAG_ROLLUP;
    return node_finish(p, group);
}

/* name AS window */
static struct sql_node *parse_window_def(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *name = parse_ident(p);

    expect(p, W_AS);
    struct sql_node *window = parse_window(p);
    window->child[SQL_WINDOW_NAME] = name;
    window->first = first;
    return node_finish(p, window);
}

/* SELECT [hints] [options] items [INTO ...] [FROM tables] [WHERE expr] [GROUP BY ...]
 *     [HAVING expr] [WINDOW name AS (...) [, ...]] [QUALIFY expr] */
static struct sql_node *parse_select(struct sql_parser *p)
{
    struct sql_node *select = node_new(p, SQL_SELECT, p->at);

    expect(p, W_SELECT);
    if (is_kind(p, SQL_TOKEN_HINT))
        select->child[SQL_SELECT_HINTS] = node_leaf(p, SQL_HINTS);
    parse_select_options(p, select);
    select->child[SQL_SELECT_ITEMS] = parse_item_list(p);
    if (is(p, W_INTO) && p->select_into == NULL) {
        if (p->mysql && !p->into_here)
            parse_doubt(p, "INTO inside of a query");
        p->select_into = parse_into(p);
        if (p->in_operand && is(p, W_FROM))
            return parse_syntax(p, NULL);
    }
    if (accept(p, W_FROM) && !accept(p, W_DUAL))
        select->child[SQL_SELECT_FROM] = parse_table_list(p);
    if (accept(p, W_WHERE))
        select->child[SQL_SELECT_WHERE] = parse_expr(p);
    if (accept2(p, W_GROUP, W_BY))
        select->child[SQL_SELECT_GROUP] = parse_group(p);
    if (accept(p, W_HAVING))
        select->child[SQL_SELECT_HAVING] = parse_expr(p);
    if (accept(p, W_WINDOW))
        select->child[SQL_SELECT_WINDOWS] = parse_list(p, parse_window_def);
    if (accept(p, W_QUALIFY))
        select->child[SQL_SELECT_QUALIFY] = parse_expr(p);
    return node_finish(p, select);
}

/* ROW ( [expr [, expr] ...] )    MariaDB: ( expr [, expr] ... ) */
static struct sql_node *parse_values_row(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (p->mysql)
        expect(p, W_ROW);
    expect_kind(p, SQL_TOKEN_LEFT);
    uint32_t mark = list_begin(p), start = p->at;
    if (!is_kind(p, SQL_TOKEN_RIGHT))
        do {
            list_add(p, parse_expr_or_default(p));
        } while (accept_kind(p, SQL_TOKEN_COMMA));
    struct sql_node *values = list_end(p, mark, SQL_LIST, start);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_of(p, SQL_ROW, first, 0, values, NULL);
}

/* VALUES row [, row] ... */
static struct sql_node *parse_values(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect(p, W_VALUES);
    return node_of(p, SQL_VALUES, first, 0, parse_list(p, parse_values_row), NULL);
}

/* TABLE [schema .] table */
static struct sql_node *parse_table_value(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect(p, W_TABLE);
    return node_of(p, SQL_TABLE_VALUE, first, 0, parse_name(p), NULL);
}

/* query_primary: SELECT ... | VALUES ... | TABLE ... | ( query )    MariaDB: without WITH there,
 * if it is the statement itself or behind UNION */
static struct sql_node *parse_query_primary(struct sql_parser *p)
{
    if (is_kind(p, SQL_TOKEN_LEFT)) {
        if (!p->mysql && word_at(p, 1) == W_WITH && (p->in_operand || p->into_here))
            return parse_syntax(p, "SELECT");
        return parse_query_in_parens(p);
    }
    if (is(p, W_VALUES))
        return parse_values(p);
    if (p->mysql && is(p, W_TABLE))
        return parse_table_value(p);
    return parse_select(p);
}

/* query_body: query_primary
 *   | query_body {UNION | EXCEPT} [ALL | DISTINCT] query_body
 *   | query_body INTERSECT [ALL | DISTINCT] query_body    (binds tighter) */
static struct sql_node *parse_set_operations(struct sql_parser *p, struct sql_node *left,
                                             uint32_t first, bool tight)
{
    while (is_set_operation(p) && (!tight || is(p, W_INTERSECT))) {
        bool intersect = is(p, W_INTERSECT);
        if (p->select_into != NULL && !p->mysql)
            return parse_syntax(p, NULL);
        if (p->select_into != NULL)
            parse_doubt(p, "INTO before the last part of a query");
        p->in_operand = !p->mysql;
        enum sql_set_operation op = intersect        ? SQL_INTERSECT
                                    : is(p, W_UNION) ? SQL_UNION
                                                     : SQL_EXCEPT;
        p->at++;
        bool all = accept(p, W_ALL);
        if (!all)
            accept(p, W_DISTINCT);
        uint32_t start = p->at;
        struct sql_node *right = parse_query_primary(p);
        if (!intersect && is(p, W_INTERSECT))
            right = parse_set_operations(p, right, start, true);
        left = node_of(p, SQL_SET_OPERATION, first, (uint16_t)op, left, right);
        if (all)
            left->flags |= SQL_FLAG_ALL;
    }
    return left;
}

/* limit_value: integer | ? | routine's variable */
struct sql_node *parse_limit_value(struct sql_parser *p)
{
    if (is_kind(p, SQL_TOKEN_PARAM)) {
        p->parameters++;
        return node_leaf(p, SQL_PARAM);
    }
    if (is_ident(p) && p->mysql && kind_at(p, 1) == SQL_TOKEN_DOT)
        return parse_syntax(p, "a variable");
    if (is_ident(p))
        return parse_column(p);
    return parse_integer(p);
}

/* LIMIT {[offset ,] count | count OFFSET offset}    MariaDB: [ROWS EXAMINED count] */
struct sql_node *parse_limit(struct sql_parser *p)
{
    struct sql_node *limit = node_new(p, SQL_LIMIT, p->at);

    if (p->mysql || !is2(p, W_ROWS, W_EXAMINED)) {
        limit->child[SQL_LIMIT_COUNT] = parse_limit_value(p);
        if (accept_kind(p, SQL_TOKEN_COMMA)) {
            limit->child[SQL_LIMIT_OFFSET] = limit->child[SQL_LIMIT_COUNT];
            limit->child[SQL_LIMIT_COUNT] = parse_limit_value(p);
        } else if (accept(p, W_OFFSET)) {
            limit->child[SQL_LIMIT_OFFSET] = parse_limit_value(p);
        }
    }
    if (!p->mysql && accept2(p, W_ROWS, W_EXAMINED))
        limit->child[SQL_LIMIT_EXAMINED] = parse_limit_value(p);
    return node_finish(p, limit);
}

static void expect_rows(struct sql_parser *p)
{
    if (!accept(p, W_ROWS))
        expect(p, W_ROW);
}

/* [OFFSET n {ROW | ROWS}] [FETCH {FIRST | NEXT} [n] {ROW | ROWS} {ONLY | WITH TIES}]    MariaDB */
static struct sql_node *parse_fetch(struct sql_parser *p)
{
    struct sql_node *limit = node_new(p, SQL_LIMIT, p->at);

    if (accept(p, W_OFFSET)) {
        limit->child[SQL_LIMIT_OFFSET] = parse_limit_value(p);
        expect_rows(p);
    }
    if (accept(p, W_FETCH)) {
        if (!accept(p, W_FIRST))
            expect(p, W_NEXT);
        if (!is(p, W_ROW) && !is(p, W_ROWS))
            limit->child[SQL_LIMIT_COUNT] = parse_limit_value(p);
        expect_rows(p);
        if (!accept(p, W_ONLY))
            expect2(p, W_WITH, W_TIES);
    }
    return node_finish(p, limit);
}

static void parse_wait(struct sql_parser *p, struct sql_node *lock)
{
    if (accept(p, W_NOWAIT))
        lock->flags |= SQL_FLAG_NOWAIT;
    else if (accept2(p, W_SKIP, W_LOCKED))
        lock->flags |= SQL_FLAG_SKIP_LOCKED;
    else if (!p->mysql && accept(p, W_WAIT))
        lock->child[SQL_LOCKING_WAIT] = parse_number(p);
}

/* FOR {UPDATE | SHARE} [OF table [, table] ...] [NOWAIT | SKIP LOCKED]
 * LOCK IN SHARE MODE    MariaDB: [WAIT n | NOWAIT | SKIP LOCKED] */
static struct sql_node *parse_locking(struct sql_parser *p)
{
    struct sql_node *lock = node_new(p, SQL_LOCKING, p->at);

    if (accept(p, W_LOCK)) {
        expect2(p, W_IN, W_SHARE);
        expect(p, W_MODE);
        lock->op = SQL_LOCKING_SHARE_MODE;
        if (!p->mysql)
            parse_wait(p, lock);
        return node_finish(p, lock);
    }
    expect(p, W_FOR);
    lock->op = is(p, W_UPDATE) ? SQL_LOCKING_UPDATE : SQL_LOCKING_SHARE;
    if (!accept(p, W_UPDATE)) {
        if (!p->mysql)
            return parse_syntax(p, "UPDATE");
        expect(p, W_SHARE);
    }
    if (p->mysql && accept(p, W_OF))
        lock->child[SQL_LOCKING_TABLES] = parse_list(p, parse_name);
    parse_wait(p, lock);
    return node_finish(p, lock);
}

static bool is_locking(const struct sql_parser *p)
{
    return (is(p, W_FOR) && (word_at(p, 1) == W_UPDATE || word_at(p, 1) == W_SHARE)) ||
           is2(p, W_LOCK, W_IN);
}

/* PROCEDURE name ( [expr [, expr] ...] )    MariaDB */
static struct sql_node *parse_procedure_clause(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect(p, W_PROCEDURE);
    struct sql_node *name = parse_ident(p);
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *arguments = parse_argument_list(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_of(p, SQL_PROCEDURE_CLAUSE, first, 0, name, arguments);
}

static void parse_query_locks(struct sql_parser *p, struct sql_node *query)
{
    uint32_t first = p->at, mark = list_begin(p);

    do
        list_add(p, parse_locking(p));
    while (p->mysql && is_locking(p));
    query->child[SQL_QUERY_LOCKING] = list_end(p, mark, SQL_LIST, first);
}

/* [ORDER BY ...] [LIMIT ...] [PROCEDURE ...] [INTO ...] [locking ...] [INTO ...] */
static void parse_query_tail(struct sql_parser *p, struct sql_node *query, bool statement)
{
    bool early = query->child[SQL_QUERY_INTO] != NULL;

    if (accept2(p, W_ORDER, W_BY)) {
        query->child[SQL_QUERY_ORDER] = parse_order_list(p);
    }
    if (accept(p, W_LIMIT))
        query->child[SQL_QUERY_LIMIT] = parse_limit(p);
    else if (!p->mysql && (is(p, W_FETCH) || is(p, W_OFFSET)))
        query->child[SQL_QUERY_LIMIT] = parse_fetch(p);
    if (statement && !p->mysql && is(p, W_PROCEDURE))
        query->child[SQL_QUERY_PROCEDURE] = parse_procedure_clause(p);
    if (is(p, W_INTO) && query->child[SQL_QUERY_INTO] == NULL)
        query->child[SQL_QUERY_INTO] = parse_into(p);
    if (is_locking(p))
        parse_query_locks(p, query);
    if (statement && !p->mysql && is(p, W_PROCEDURE))
        query->child[SQL_QUERY_PROCEDURE] = parse_procedure_clause(p);
    if (is(p, W_INTO) && query->child[SQL_QUERY_INTO] == NULL) {
        query->child[SQL_QUERY_INTO] = parse_into(p);
    } else if (p->mysql && early && is(p, W_INTO)) {
        parse_doubt(p, "two INTO");
        parse_into(p);
        if (is_locking(p))
            parse_query_locks(p, query);
    }
}

/* name [( column [, column] ... )] AS ( query )    MariaDB, behind RECURSIVE:
 *     [CYCLE column, ... RESTRICT] */
static struct sql_node *parse_cte_of(struct sql_parser *p, bool recursive)
{
    struct sql_node *cte = node_new(p, SQL_CTE, p->at);

    cte->child[SQL_CTE_NAME] = parse_ident(p);
    if (is_kind(p, SQL_TOKEN_LEFT))
        cte->child[SQL_CTE_COLUMNS] = parse_list_in_parens(p, parse_ident);
    expect(p, W_AS);
    cte->child[SQL_CTE_QUERY] = parse_query_in_parens(p);
    if (!p->mysql && recursive && accept(p, W_CYCLE)) {
        cte->child[SQL_CTE_CYCLE] = parse_list(p, parse_ident);
        expect(p, W_RESTRICT);
    }
    return node_finish(p, cte);
}

static struct sql_node *parse_cte(struct sql_parser *p)
{
    return parse_cte_of(p, false);
}

static struct sql_node *parse_recursive_cte(struct sql_parser *p)
{
    return parse_cte_of(p, true);
}

/* WITH [RECURSIVE] cte [, cte] ... */
struct sql_node *parse_with(struct sql_parser *p)
{
    struct sql_node *with = node_new(p, SQL_WITH, p->at);

    expect(p, W_WITH);
    if (accept(p, W_RECURSIVE))
        with->flags |= SQL_FLAG_RECURSIVE;
    with->child[SQL_WITH_LIST] =
        parse_list(p, sql_flag(with, SQL_FLAG_RECURSIVE) ? parse_recursive_cte : parse_cte);
    return node_finish(p, with);
}

struct sql_node *parse_query_with(struct sql_parser *p, struct sql_node *with, uint32_t first)
{
    struct sql_node *query = node_new(p, SQL_QUERY, first);
    struct sql_node *outer_into = p->select_into;
    uint32_t start = p->at;
    bool into_allowed = p->into_allowed, nested = p->into_nested, values = p->values_is_call;
    bool outer_here = p->into_here, operand = p->in_operand;

    if (p->no_query)
        return parse_syntax(p, NULL);
    p->in_operand = false;
    p->into_allowed = p->values_is_call = false;
    p->into_here = into_allowed;
    p->select_into = NULL;
    query->child[SQL_QUERY_WITH] = with;
    p->into_nested = (into_allowed || nested) && is_kind(p, SQL_TOKEN_LEFT) && p->mysql;
    struct sql_node *body = parse_query_primary(p);
    p->into_nested = false;
    if (p->into_closed && p->at < p->end && !is_kind(p, SQL_TOKEN_RIGHT) &&
        !is_kind(p, SQL_TOKEN_SEMICOLON))
        return parse_syntax(p, NULL);
    query->child[SQL_QUERY_BODY] = parse_set_operations(p, body, start, false);
    query->child[SQL_QUERY_INTO] = p->select_into;
    p->select_into = outer_into;
    p->into_here = outer_here;
    p->in_operand = operand;
    bool early = query->child[SQL_QUERY_INTO] != NULL;
    parse_query_tail(p, query, into_allowed);
    if (query->child[SQL_QUERY_INTO] != NULL && !early && nested) {
        parse_doubt(p, "INTO inside of parentheses");
        p->into_closed = true;
    } else if (query->child[SQL_QUERY_INTO] != NULL && !into_allowed && !(early && p->mysql)) {
        return parse_syntax(p, NULL);
    }
    p->values_is_call = values;
    return node_finish(p, query);
}

/* query: [WITH ...] query_body [ORDER BY ...] [LIMIT ...] [locking ...] */
struct sql_node *parse_query(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (!enter(p))
        return p->spare;
    struct sql_node *query = parse_query_with(p, is(p, W_WITH) ? parse_with(p) : NULL, first);
    leave(p);
    return query;
}

struct sql_node *parse_query_after(struct sql_parser *p, struct sql_node *operand, uint32_t first)
{
    if (!continues_query(p))
        return operand;
    struct sql_node *query = node_new(p, SQL_QUERY, first);
    struct sql_node *outer_into = p->select_into;
    p->select_into = NULL;
    query->child[SQL_QUERY_BODY] = parse_set_operations(p, operand, first, false);
    p->select_into = outer_into;
    parse_query_tail(p, query, false);
    if (query->child[SQL_QUERY_INTO] != NULL)
        return parse_syntax(p, NULL);
    return node_finish(p, query);
}

/* ( query ) */
struct sql_node *parse_query_in_parens(struct sql_parser *p)
{
    expect_kind(p, SQL_TOKEN_LEFT);
    if (!is_query_start(p))
        return parse_syntax(p, "a query");
    struct sql_node *query = parse_query(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    query->flags |= SQL_FLAG_PARENTHESES;
    return query;
}

struct sql_node *parse_query_statement(struct sql_parser *p)
{
    p->into_allowed = true;
    p->into_closed = false;
    struct sql_node *query = parse_query(p);
    p->into_allowed = false;
    return query;
}

/* into_target: @variable | routine's variable, whose name may be 'text' */
static struct sql_node *parse_into_target(struct sql_parser *p)
{
    if (is_kind(p, SQL_TOKEN_USER_VARIABLE))
        return parse_user_variable(p);
    if (is_string(p)) {
        struct sql_node *column = node_new(p, SQL_COLUMN, p->at);
        column->child[SQL_COLUMN_NAME] = node_leaf(p, SQL_IDENT);
        return node_finish(p, column);
    }
    if (p->mysql && kind_at(p, 1) == SQL_TOKEN_DOT)
        return parse_syntax(p, "a variable");
    return parse_column(p);
}

/* INTO target [, target] ... | INTO OUTFILE 'file' [CHARACTER SET charset] [fields] [lines]
 * | INTO DUMPFILE 'file' */
struct sql_node *parse_into(struct sql_parser *p)
{
    struct sql_node *into = node_new(p, SQL_INTO, p->at);

    expect(p, W_INTO);
    if (accept(p, W_OUTFILE)) {
        into->op = SQL_INTO_OUTFILE;
        into->child[SQL_INTO_FILE] = parse_string(p);
        if (accept_charset_words(p))
            into->child[SQL_INTO_CHARSET] = parse_charset_name(p);
        into->child[SQL_INTO_FORMAT] = parse_fields_and_lines(p);
    } else if (accept(p, W_DUMPFILE)) {
        into->op = SQL_INTO_DUMPFILE;
        into->child[SQL_INTO_FILE] = parse_string(p);
    } else {
        into->op = SQL_INTO_VARIABLES;
        into->child[SQL_INTO_TARGETS] = parse_list(p, parse_into_target);
    }
    return node_finish(p, into);
}

static struct sql_node *parse_delimiter(struct sql_parser *p)
{
    struct sql_node *option = node_new(p, SQL_OPTION, p->at);

    accept(p, W_OPTIONALLY);
    p->at++;
    expect(p, W_BY);
    option->child[SQL_OPTION_VALUE] =
        is_kind(p, SQL_TOKEN_HEX) || is_kind(p, SQL_TOKEN_BIT) ? parse_number(p) : parse_string(p);
    option->op = SQL_OPTION_FIELDS;
    return node_finish(p, option);
}

/* [{FIELDS | COLUMNS} [TERMINATED BY 'text'] [[OPTIONALLY] ENCLOSED BY 'c'] [ESCAPED BY 'c']]
 * [LINES [STARTING BY 'text'] [TERMINATED BY 'text']] */
struct sql_node *parse_fields_and_lines(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (accept(p, W_FIELDS) || accept(p, W_COLUMNS)) {
        if (!is(p, W_TERMINATED) && !is(p, W_OPTIONALLY) && !is(p, W_ENCLOSED) && !is(p, W_ESCAPED))
            parse_syntax(p, "TERMINATED, ENCLOSED or ESCAPED");
        while (is(p, W_TERMINATED) || is2(p, W_OPTIONALLY, W_ENCLOSED) || is(p, W_ENCLOSED) ||
               is(p, W_ESCAPED))
            list_add(p, parse_delimiter(p));
    }
    if (accept(p, W_LINES)) {
        if (!is(p, W_TERMINATED) && !is(p, W_STARTING))
            parse_syntax(p, "TERMINATED or STARTING");
        while (is(p, W_TERMINATED) || is(p, W_STARTING))
            list_add(p, parse_delimiter(p));
    }
    return list_end(p, mark, SQL_LIST, first);
}

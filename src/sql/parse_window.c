/* SPDX-License-Identifier: Apache-2.0
 *
 * Windows: what stands behind OVER, and the functions that need one.
 */
#include "sql/parser.h"

/* How much of a frame: MySQL: number | ? | INTERVAL expr unit    MariaDB: literal */
static struct sql_node *parse_frame_extent(struct sql_parser *p)
{
    if (p->mysql && is(p, W_INTERVAL))
        return parse_interval(p);
    if (p->mysql && is_kind(p, SQL_TOKEN_PARAM))
        return parse_operand_token(p);
    if (is_kind(p, SQL_TOKEN_INTEGER) || is_kind(p, SQL_TOKEN_DECIMAL) ||
        is_kind(p, SQL_TOKEN_FLOAT))
        return parse_number(p);
    bool sign = is_kind(p, SQL_TOKEN_MINUS) || is_kind(p, SQL_TOKEN_PLUS);
    return p->mysql || sign ? parse_syntax(p, "a number") : parse_plain_literal(p);
}

/* bound: UNBOUNDED {PRECEDING | FOLLOWING} | CURRENT ROW | extent {PRECEDING | FOLLOWING}; a frame
 * of one bound must begin before its row */
static struct sql_node *parse_bound(struct sql_parser *p, bool following)
{
    struct sql_node *bound = node_new(p, SQL_BOUND, p->at);
    bool unbounded = accept(p, W_UNBOUNDED);

    if (!unbounded && accept2(p, W_CURRENT, W_ROW)) {
        bound->op = SQL_BOUND_CURRENT;
        return node_finish(p, bound);
    }
    if (!unbounded)
        bound->child[SQL_BOUND_VALUE] = parse_frame_extent(p);
    if (following && accept(p, W_FOLLOWING)) {
        bound->op = unbounded ? SQL_BOUND_UNBOUNDED_FOLLOWING : SQL_BOUND_FOLLOWING;
    } else {
        expect(p, W_PRECEDING);
        bound->op = unbounded ? SQL_BOUND_UNBOUNDED_PRECEDING : SQL_BOUND_PRECEDING;
    }
    return node_finish(p, bound);
}

/* {ROWS | RANGE | GROUPS} {bound | BETWEEN bound AND bound}
 *     [EXCLUDE {CURRENT ROW | GROUP | TIES | NO OTHERS}] */
static struct sql_node *parse_frame(struct sql_parser *p)
{
    struct sql_node *frame = node_new(p, SQL_FRAME, p->at);

    frame->op = is(p, W_ROWS)    ? SQL_FRAME_ROWS
                : is(p, W_RANGE) ? SQL_FRAME_RANGE
                                 : SQL_FRAME_GROUPS;
    p->at++;
    if (accept(p, W_BETWEEN)) {
        frame->child[SQL_FRAME_START] = parse_bound(p, true);
        expect(p, W_AND);
        frame->child[SQL_FRAME_END] = parse_bound(p, true);
    } else {
        frame->child[SQL_FRAME_START] = parse_bound(p, false);
    }
    if (accept(p, W_EXCLUDE)) {
        if (!accept2(p, W_CURRENT, W_ROW) && !accept(p, W_GROUP) && !accept(p, W_TIES))
            expect2(p, W_NO, W_OTHERS);
    }
    return node_finish(p, frame);
}

/* An element of PARTITION BY; MariaDB takes ASC and DESC as well. */
static struct sql_node *parse_partition_item(struct sql_parser *p)
{
    uint32_t first = p->at;

    return node_of(p, SQL_ORDER_ITEM, first, 0, parse_expr(p), NULL);
}

/* ( [name] [PARTITION BY expr [, expr] ...] [ORDER BY ...] [frame] ) */
struct sql_node *parse_window(struct sql_parser *p)
{
    struct sql_node *window = node_new(p, SQL_WINDOW, p->at);

    expect_kind(p, SQL_TOKEN_LEFT);
    if (is_ident(p))
        window->child[SQL_WINDOW_BASE] = parse_ident(p);
    if (accept2(p, W_PARTITION, W_BY))
        window->child[SQL_WINDOW_PARTITION] =
            p->mysql ? parse_list(p, parse_partition_item) : parse_order_list(p);
    if (accept2(p, W_ORDER, W_BY))
        window->child[SQL_WINDOW_ORDER] = parse_order_list(p);
    if (is(p, W_ROWS) || is(p, W_RANGE) || (p->mysql && is(p, W_GROUPS)))
        window->child[SQL_WINDOW_FRAME] = parse_frame(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, window);
}

/* [OVER {name | ( ... )}] */
void parse_over(struct sql_parser *p, struct sql_node *call)
{
    if (!accept(p, W_OVER))
        return;
    call->child[SQL_CALL_OVER] = is_kind(p, SQL_TOKEN_LEFT) ? parse_window(p) : parse_ident(p);
}

/* OVER ( [PARTITION BY ...] )    of MariaDB's MEDIAN and percentiles */
static void parse_over_partition(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at + 1;

    expect(p, W_OVER);
    struct sql_node *window = node_new(p, SQL_WINDOW, first);
    expect_kind(p, SQL_TOKEN_LEFT);
    if (accept2(p, W_PARTITION, W_BY))
        window->child[SQL_WINDOW_PARTITION] = parse_order_list(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    call->child[SQL_CALL_OVER] = node_finish(p, window);
}

/* name ( of a call, with its node */
static struct sql_node *parse_call_head(struct sql_parser *p)
{
    struct sql_node *call = node_new(p, SQL_CALL, p->at);
    struct sql_node *name = node_new(p, SQL_NAME, p->at);

    name->child[SQL_NAME_OBJECT] = node_leaf(p, SQL_IDENT);
    call->child[SQL_CALL_NAME] = node_finish(p, name);
    expect_kind(p, SQL_TOKEN_LEFT);
    return call;
}

/* MEDIAN ( expr ) OVER ( [PARTITION BY ...] )    MariaDB */
struct sql_node *parse_median(struct sql_parser *p)
{
    struct sql_node *call = parse_call_head(p);
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_expr(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
    parse_over_partition(p, call);
    return node_finish(p, call);
}

/* {PERCENTILE_CONT | PERCENTILE_DISC} ( expr ) WITHIN GROUP ( ORDER BY expr [ASC | DESC] )
 *     OVER ( [PARTITION BY ...] )    MariaDB */
struct sql_node *parse_percentile(struct sql_parser *p)
{
    struct sql_node *call = parse_call_head(p);
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_expr(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
    expect2(p, W_WITHIN, W_GROUP);
    expect_kind(p, SQL_TOKEN_LEFT);
    expect2(p, W_ORDER, W_BY);
    first = p->at;
    mark = list_begin(p);
    list_add(p, parse_order_item(p));
    call->child[SQL_CALL_ORDER] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
    parse_over_partition(p, call);
    return node_finish(p, call);
}

/* stable_integer: number | ? | @variable | routine's variable    MariaDB: expr */
static struct sql_node *parse_stable_integer(struct sql_parser *p)
{
    if (!p->mysql)
        return parse_expr(p);
    if (is_kind(p, SQL_TOKEN_PARAM))
        return parse_operand_token(p);
    if (is_kind(p, SQL_TOKEN_USER_VARIABLE))
        return parse_user_variable(p);
    if (!is_ident(p))
        return parse_integer(p);
    uint32_t first = p->at;
    struct sql_node *column = node_new(p, SQL_COLUMN, first);
    column->child[SQL_COLUMN_NAME] = parse_ident(p);
    return node_finish(p, column);
}

/* The arguments: NTILE ( n ) | {LEAD | LAG} ( expr [, n [, expr]] ) | NTH_VALUE ( expr , expr )
 * | {FIRST_VALUE | LAST_VALUE} ( expr ) | none of the others */
static void parse_window_arguments(struct sql_parser *p, struct sql_node *call, enum sql_word word)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (word == W_NTILE) {
        list_add(p, parse_stable_integer(p));
    } else if (word == W_LEAD || word == W_LAG) {
        list_add(p, parse_expr(p));
        if (accept_kind(p, SQL_TOKEN_COMMA)) {
            list_add(p, parse_stable_integer(p));
            if (p->mysql && accept_kind(p, SQL_TOKEN_COMMA))
                list_add(p, parse_expr(p));
        }
    } else if (word == W_NTH_VALUE) {
        list_add(p, parse_expr(p));
        expect_kind(p, SQL_TOKEN_COMMA);
        list_add(p, p->mysql ? parse_simple_expr(p) : parse_expr(p));
    } else if (word == W_FIRST_VALUE || word == W_LAST_VALUE) {
        list_add(p, parse_expr(p));
        while (!p->mysql && word == W_LAST_VALUE && accept_kind(p, SQL_TOKEN_COMMA))
            list_add(p, parse_expr(p));
    }
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* [FROM {FIRST | LAST}] of NTH_VALUE, [{RESPECT | IGNORE} NULLS] of those that pick a row */
static void parse_nulls(struct sql_parser *p, struct sql_node *call, enum sql_word word)
{
    if (!p->mysql)
        return;
    if (word == W_NTH_VALUE && accept(p, W_FROM)) {
        if (!accept(p, W_FIRST))
            expect(p, W_LAST);
        call->flags |= SQL_FLAG_NULLS;
    }
    bool picks = word == W_NTH_VALUE || word == W_LEAD || word == W_LAG || word == W_FIRST_VALUE ||
                 word == W_LAST_VALUE;
    if (picks && (is(p, W_RESPECT) || is(p, W_IGNORE)) && word_at(p, 1) == W_NULLS) {
        p->at += 2;
        call->flags |= SQL_FLAG_NULLS;
    }
}

/* name ( arguments ) [FROM {FIRST | LAST}] [{RESPECT | IGNORE} NULLS] OVER {name | ( ... )}
 * MariaDB: LAST_VALUE ( expr [, expr] ... ) needs no OVER */
struct sql_node *parse_window_call(struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;
    struct sql_node *call = parse_call_head(p);

    parse_window_arguments(p, call, word);
    parse_nulls(p, call, word);
    if (!is(p, W_OVER)) {
        if (p->mysql || word != W_LAST_VALUE)
            return parse_syntax(p, "OVER");
        return node_finish(p, call);
    }
    if (!p->failed && word == W_LAST_VALUE && call->child[SQL_CALL_ARGUMENTS]->count > 1)
        return parse_syntax(p, "no OVER");
    parse_over(p, call);
    return node_finish(p, call);
}

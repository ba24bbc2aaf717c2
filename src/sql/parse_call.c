/* SPDX-License-Identifier: Apache-2.0
 *
 * Function calls: those with a syntax of their own, aggregates and window functions, words that
 * need no parentheses, and plain calls. All become CALL nodes (ast.h), but for CAST and CONVERT.
 *
 * One table says which words call what: how a word is read is its row, not code.
 */
#include "sql/parser.h"

enum call_style {
    CALL_NONE = 0,
    CALL_PLAIN,      /* name ( [expr [, expr] ...] ) */
    CALL_NOW,        /* name [( [digits] )] */
    CALL_NOW_PARENS, /* name ( [digits] ) */
    CALL_AGGREGATE,  /* name ( [DISTINCT | ALL] {expr, ... | *} ) [OVER ...] */
    CALL_CONCAT,     /* GROUP_CONCAT and JSON_ARRAYAGG */
    CALL_WINDOW,     /* name ( [expr, ...] ) [FROM ...] [... NULLS] OVER ... */
    CALL_PERCENTILE, /* name ( expr ) WITHIN GROUP ( ORDER BY ... ) OVER ... */
    CALL_CAST,
    CALL_CONVERT,
    CALL_CHAR,
    CALL_DATE_ADD, /* name ( expr , INTERVAL expr unit ) */
    CALL_EXTRACT,
    CALL_GET_FORMAT,
    CALL_POSITION,
    CALL_SUBSTRING,
    CALL_TRIM,
    CALL_TIMESTAMPADD,
    CALL_WEIGHT_STRING,
    CALL_JSON_VALUE,
    CALL_VALUES,
    CALL_COLUMN_CREATE, /* MariaDB's dynamic columns: name ( expr, expr [AS type], ... ) */
    CALL_COLUMN_GET,
    CALL_SEQUENCE, /* NEXTVAL(name), LASTVAL(name) */
    CALL_SETVAL,
};

struct call_row {
    enum sql_word word;
    enum call_style style;
    bool mysql, mariadb;
};

static const struct call_row call_rows[] = {
    {W_COUNT, CALL_AGGREGATE, true, true},
    {W_SUM, CALL_AGGREGATE, true, true},
    {W_AVG, CALL_AGGREGATE, true, true},
    {W_MIN, CALL_AGGREGATE, true, true},
    {W_MAX, CALL_AGGREGATE, true, true},
    {W_BIT_AND, CALL_AGGREGATE, true, true},
    {W_BIT_OR, CALL_AGGREGATE, true, true},
    {W_BIT_XOR, CALL_AGGREGATE, true, true},
    {W_STD, CALL_AGGREGATE, true, true},
    {W_STDDEV, CALL_AGGREGATE, true, true},
    {W_STDDEV_POP, CALL_AGGREGATE, true, true},
    {W_STDDEV_SAMP, CALL_AGGREGATE, true, true},
    {W_VARIANCE, CALL_AGGREGATE, true, true},
    {W_VAR_POP, CALL_AGGREGATE, true, true},
    {W_VAR_SAMP, CALL_AGGREGATE, true, true},
    {W_ST_COLLECT, CALL_AGGREGATE, true, false},
    {W_JSON_OBJECTAGG, CALL_AGGREGATE, true, true},
    {W_JSON_ARRAYAGG, CALL_CONCAT, true, true},
    {W_GROUP_CONCAT, CALL_CONCAT, true, true},
    {W_ROW_NUMBER, CALL_WINDOW, true, true},
    {W_RANK, CALL_WINDOW, true, true},
    {W_DENSE_RANK, CALL_WINDOW, true, true},
    {W_PERCENT_RANK, CALL_WINDOW, true, true},
    {W_CUME_DIST, CALL_WINDOW, true, true},
    {W_NTILE, CALL_WINDOW, true, true},
    {W_LEAD, CALL_WINDOW, true, true},
    {W_LAG, CALL_WINDOW, true, true},
    {W_FIRST_VALUE, CALL_WINDOW, true, true},
    {W_LAST_VALUE, CALL_WINDOW, true, true},
    {W_NTH_VALUE, CALL_WINDOW, true, true},
    {W_MEDIAN, CALL_WINDOW, false, true},
    {W_PERCENTILE_CONT, CALL_PERCENTILE, false, true},
    {W_PERCENTILE_DISC, CALL_PERCENTILE, false, true},
    {W_CURRENT_DATE, CALL_NOW, true, true},
    {W_CURRENT_TIME, CALL_NOW, true, true},
    {W_CURRENT_TIMESTAMP, CALL_NOW, true, true},
    {W_LOCALTIME, CALL_NOW, true, true},
    {W_LOCALTIMESTAMP, CALL_NOW, true, true},
    {W_UTC_DATE, CALL_NOW, true, true},
    {W_UTC_TIME, CALL_NOW, true, true},
    {W_UTC_TIMESTAMP, CALL_NOW, true, true},
    {W_CURRENT_USER, CALL_NOW, true, true},
    {W_CURRENT_ROLE, CALL_NOW, false, true},
    {W_CURDATE, CALL_NOW_PARENS, true, true},
    {W_CURTIME, CALL_NOW_PARENS, true, true},
    {W_NOW, CALL_NOW_PARENS, true, true},
    {W_SYSDATE, CALL_NOW_PARENS, true, true},
    {W_CAST, CALL_CAST, true, true},
    {W_CONVERT, CALL_CONVERT, true, true},
    {W_CHAR, CALL_CHAR, true, true},
    {W_CHARACTER, CALL_CHAR, true, true},
    {W_ADDDATE, CALL_DATE_ADD, true, true},
    {W_SUBDATE, CALL_DATE_ADD, true, true},
    {W_DATE_ADD, CALL_DATE_ADD, true, true},
    {W_DATE_SUB, CALL_DATE_ADD, true, true},
    {W_EXTRACT, CALL_EXTRACT, true, true},
    {W_GET_FORMAT, CALL_GET_FORMAT, true, true},
    {W_POSITION, CALL_POSITION, true, true},
    {W_SUBSTRING, CALL_SUBSTRING, true, true},
    {W_SUBSTR, CALL_SUBSTRING, true, true},
    {W_MID, CALL_SUBSTRING, true, true},
    {W_TRIM, CALL_TRIM, true, true},
    {W_TIMESTAMPADD, CALL_TIMESTAMPADD, true, true},
    {W_TIMESTAMPDIFF, CALL_TIMESTAMPADD, true, true},
    {W_WEIGHT_STRING, CALL_WEIGHT_STRING, true, true},
    {W_JSON_VALUE, CALL_JSON_VALUE, true, false},
    {W_VALUES, CALL_VALUES, true, true},
    {W_VALUE, CALL_VALUES, false, true},
    {W_COLUMN_CREATE, CALL_COLUMN_CREATE, false, true},
    {W_COLUMN_ADD, CALL_COLUMN_CREATE, false, true},
    {W_COLUMN_GET, CALL_COLUMN_GET, false, true},
    {W_COLUMN_DELETE, CALL_PLAIN, false, true},
    {W_NEXTVAL, CALL_SEQUENCE, false, true},
    {W_LASTVAL, CALL_SEQUENCE, false, true},
    {W_SETVAL, CALL_SETVAL, false, true},
    {W_ROWNUM, CALL_PLAIN, false, true},
    /* reserved words that are plain functions */
    {W_DATABASE, CALL_PLAIN, true, true},
    {W_SCHEMA, CALL_PLAIN, true, true},
    {W_GROUPING, CALL_PLAIN, true, false},
    {W_IF, CALL_PLAIN, true, true},
    {W_INSERT, CALL_PLAIN, true, true},
    {W_INTERVAL, CALL_PLAIN, true, true},
    {W_LEFT, CALL_PLAIN, true, true},
    {W_MOD, CALL_PLAIN, true, true},
    {W_REPEAT, CALL_PLAIN, true, true},
    {W_REPLACE, CALL_PLAIN, true, true},
    {W_RIGHT, CALL_PLAIN, true, true},
    {W_SESSION_USER, CALL_PLAIN, true, true},
    {W_SYSTEM_USER, CALL_PLAIN, true, true},
    {W_USER, CALL_PLAIN, true, true},
    {W_TRUNCATE, CALL_PLAIN, true, true},
    {W_PASSWORD, CALL_PLAIN, false, true},
    {W_TRIM_ORACLE, CALL_TRIM, false, true},
    /* MySQL's other words that are plain functions (MariaDB takes any that is not reserved) */
    {W_ASCII, CALL_PLAIN, true, true},
    {W_CHARSET, CALL_PLAIN, true, true},
    {W_COALESCE, CALL_PLAIN, true, true},
    {W_COLLATION, CALL_PLAIN, true, true},
    {W_DATE, CALL_PLAIN, true, true},
    {W_DAY, CALL_PLAIN, true, true},
    {W_FORMAT, CALL_PLAIN, true, true},
    {W_GEOMCOLLECTION, CALL_PLAIN, true, true},
    {W_GEOMETRYCOLLECTION, CALL_PLAIN, true, true},
    {W_HOUR, CALL_PLAIN, true, true},
    {W_LINESTRING, CALL_PLAIN, true, true},
    {W_LOG, CALL_PLAIN, true, true},
    {W_MICROSECOND, CALL_PLAIN, true, true},
    {W_MINUTE, CALL_PLAIN, true, true},
    {W_MONTH, CALL_PLAIN, true, true},
    {W_MULTILINESTRING, CALL_PLAIN, true, true},
    {W_MULTIPOINT, CALL_PLAIN, true, true},
    {W_MULTIPOLYGON, CALL_PLAIN, true, true},
    {W_POINT, CALL_PLAIN, true, true},
    {W_POLYGON, CALL_PLAIN, true, true},
    {W_QUARTER, CALL_PLAIN, true, true},
    {W_REVERSE, CALL_PLAIN, true, true},
    {W_ROW_COUNT, CALL_PLAIN, true, true},
    {W_SECOND, CALL_PLAIN, true, true},
    {W_TIME, CALL_PLAIN, true, true},
    {W_TIMESTAMP, CALL_PLAIN, true, true},
    {W_WEEK, CALL_PLAIN, true, true},
    {W_YEAR, CALL_PLAIN, true, true},
    {W_ANY, CALL_NONE, true, true}, /* = ANY (...), not a function */
    {W_SOME, CALL_NONE, true, true},
};

/* How the word at hand is called. MariaDB takes any word that is not reserved for a function. */
static enum call_style call_style(const struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    for (size_t i = 0; i < ARRAY_LEN(call_rows); i++)
        if (call_rows[i].word == word && (p->mysql ? call_rows[i].mysql : call_rows[i].mariadb))
            return call_rows[i].style;
    return p->mysql || !is_ident(p) ? CALL_NONE : CALL_PLAIN;
}

bool sql_is_call(const struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;
    bool parens = kind_at(p, 1) == SQL_TOKEN_LEFT;

    if (word == SQL_NO_WORD)
        return parens;
    if (parens)
        return call_style(p) != CALL_NONE;
    if (is_ident(p))
        return !p->mysql && (word == W_NEXT || word == W_PREVIOUS) && word_at(p, 1) == W_VALUE &&
               word_at(p, 2) == W_FOR;
    return call_style(p) == CALL_NOW;
}

/* [expr [, expr] ...], up to a ) that is not taken */
struct sql_node *parse_argument_list(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (is_kind(p, SQL_TOKEN_RIGHT))
        return list_end(p, list_begin(p), SQL_LIST, first);
    return parse_list(p, parse_expr);
}

/* expr [[AS] alias], as loadable functions may have it */
static struct sql_node *parse_named_argument(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *value = parse_expr(p);

    if (is_kind(p, SQL_TOKEN_COMMA) || is_kind(p, SQL_TOKEN_RIGHT))
        return value;
    struct sql_node *name = parse_alias(p, true);
    if (name == NULL)
        return value;
    return node_of(p, SQL_NAMED_ARGUMENT, first, 0, value, name);
}

static struct sql_node *empty_list(struct sql_parser *p)
{
    return list_end(p, list_begin(p), SQL_LIST, p->at);
}

/* {ROWS | RANGE | GROUPS} frames */
static struct sql_node *parse_bound(struct sql_parser *p)
{
    struct sql_node *bound = node_new(p, SQL_BOUND, p->at);

    if (accept(p, W_UNBOUNDED)) {
        bound->op =
            is(p, W_PRECEDING) ? SQL_BOUND_UNBOUNDED_PRECEDING : SQL_BOUND_UNBOUNDED_FOLLOWING;
        if (!accept(p, W_PRECEDING))
            expect(p, W_FOLLOWING);
    } else if (accept2(p, W_CURRENT, W_ROW)) {
        bound->op = SQL_BOUND_CURRENT;
    } else {
        bound->child[SQL_BOUND_VALUE] =
            p->mysql && is(p, W_INTERVAL) ? parse_interval(p) : parse_expr(p);
        bound->op = is(p, W_PRECEDING) ? SQL_BOUND_PRECEDING : SQL_BOUND_FOLLOWING;
        if (!accept(p, W_PRECEDING))
            expect(p, W_FOLLOWING);
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
        frame->child[SQL_FRAME_START] = parse_bound(p);
        expect(p, W_AND);
        frame->child[SQL_FRAME_END] = parse_bound(p);
    } else {
        frame->child[SQL_FRAME_START] = parse_bound(p);
    }
    if (accept(p, W_EXCLUDE)) {
        if (!accept2(p, W_CURRENT, W_ROW) && !accept(p, W_GROUP) && !accept(p, W_TIES))
            expect2(p, W_NO, W_OTHERS);
    }
    return node_finish(p, frame);
}

/* ( [name] [PARTITION BY expr [, expr] ...] [ORDER BY ...] [frame] ) */
struct sql_node *parse_window(struct sql_parser *p)
{
    struct sql_node *window = node_new(p, SQL_WINDOW, p->at);

    expect_kind(p, SQL_TOKEN_LEFT);
    if (is_ident(p))
        window->child[SQL_WINDOW_BASE] = parse_ident(p);
    if (accept2(p, W_PARTITION, W_BY))
        window->child[SQL_WINDOW_PARTITION] = parse_order_list(p);
    if (accept2(p, W_ORDER, W_BY))
        window->child[SQL_WINDOW_ORDER] = parse_order_list(p);
    if (is(p, W_ROWS) || is(p, W_RANGE) || (p->mysql && is(p, W_GROUPS)))
        window->child[SQL_WINDOW_FRAME] = parse_frame(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, window);
}

/* OVER {name | ( ... )} */
static void parse_over(struct sql_parser *p, struct sql_node *call)
{
    if (!accept(p, W_OVER))
        return;
    call->child[SQL_CALL_OVER] = is_kind(p, SQL_TOKEN_LEFT) ? parse_window(p) : parse_ident(p);
}

/* name ( [DISTINCT | ALL] expr [, expr] ... ) | name ( * ) */
static void parse_aggregate(struct sql_parser *p, struct sql_node *call)
{
    if (accept(p, W_DISTINCT))
        call->flags |= SQL_FLAG_DISTINCT;
    else if (accept(p, W_ALL))
        call->flags |= SQL_FLAG_ALL;
    if (is_kind(p, SQL_TOKEN_STAR)) {
        uint32_t first = p->at, mark = list_begin(p);
        list_add(p, node_leaf(p, SQL_STAR));
        call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    } else {
        call->child[SQL_CALL_ARGUMENTS] = parse_list(p, parse_expr);
    }
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* GROUP_CONCAT ( [DISTINCT] expr [, expr] ... [ORDER BY ...] [SEPARATOR 'text'] [LIMIT ...] ) */
static void parse_concat(struct sql_parser *p, struct sql_node *call)
{
    if (accept(p, W_DISTINCT))
        call->flags |= SQL_FLAG_DISTINCT;
    call->child[SQL_CALL_ARGUMENTS] = parse_list(p, parse_expr);
    if (accept2(p, W_ORDER, W_BY))
        call->child[SQL_CALL_ORDER] = parse_order_list(p);
    if (accept(p, W_SEPARATOR))
        call->child[SQL_CALL_SEPARATOR] = is_string(p) ? parse_string(p) : parse_simple_expr(p);
    if (!p->mysql && accept(p, W_LIMIT))
        call->child[SQL_CALL_LIMIT] = parse_limit(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* [FROM {FIRST | LAST}] [{RESPECT | IGNORE} NULLS] */
static void parse_nulls(struct sql_parser *p, struct sql_node *call)
{
    if (is(p, W_FROM) && (word_at(p, 1) == W_FIRST || word_at(p, 1) == W_LAST)) {
        p->at += 2;
        call->flags |= SQL_FLAG_NULLS;
    }
    if (p->mysql && (is(p, W_RESPECT) || is(p, W_IGNORE)) && word_at(p, 1) == W_NULLS) {
        p->at += 2;
        call->flags |= SQL_FLAG_NULLS;
    }
}

/* WITHIN GROUP ( ORDER BY expr ) */
static void parse_within(struct sql_parser *p, struct sql_node *call)
{
    call->child[SQL_CALL_ARGUMENTS] = parse_list(p, parse_expr);
    expect_kind(p, SQL_TOKEN_RIGHT);
    expect2(p, W_WITHIN, W_GROUP);
    expect_kind(p, SQL_TOKEN_LEFT);
    expect2(p, W_ORDER, W_BY);
    call->child[SQL_CALL_ORDER] = parse_order_list(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* DATE_ADD ( expr , INTERVAL expr unit ); ADDDATE ( expr , expr ) */
static struct sql_node *parse_interval_or_expr(struct sql_parser *p)
{
    if (is(p, W_INTERVAL)) {
        uint32_t at = p->at;
        struct sql_node *interval = parse_interval(p);
        if (is_kind(p, SQL_TOKEN_RIGHT) || p->failed)
            return interval;
        p->at = at; /* INTERVAL 1 DAY + x: an expression after all */
    }
    return parse_expr(p);
}

static void parse_date_add(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_expr(p));
    expect_kind(p, SQL_TOKEN_COMMA);
    list_add(p, parse_interval_or_expr(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* EXTRACT ( unit FROM expr ) | TIMESTAMPADD ( unit , expr , expr ) */
static void parse_unit_first(struct sql_parser *p, struct sql_node *call, bool extract)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_interval_unit(p));
    if (extract)
        expect(p, W_FROM);
    else
        expect_kind(p, SQL_TOKEN_COMMA);
    list_add(p, parse_expr(p));
    if (!extract) {
        expect_kind(p, SQL_TOKEN_COMMA);
        list_add(p, parse_expr(p));
    }
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* GET_FORMAT ( {DATE | TIME | DATETIME | TIMESTAMP} , expr ) */
static void parse_get_format(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (!is(p, W_DATE) && !is(p, W_TIME) && !is(p, W_DATETIME) && !is(p, W_TIMESTAMP))
        parse_syntax(p, "DATE, TIME or DATETIME");
    list_add(p, node_leaf(p, SQL_UNIT));
    expect_kind(p, SQL_TOKEN_COMMA);
    list_add(p, parse_expr(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* POSITION ( bit_expr IN expr ) */
static void parse_position(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_bit_expr(p));
    expect(p, W_IN);
    list_add(p, parse_expr(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* SUBSTRING ( expr , expr [, expr] ) | SUBSTRING ( expr FROM expr [FOR expr] ) */
static void parse_substring(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_expr(p));
    if (accept(p, W_FROM)) {
        list_add(p, parse_expr(p));
        if (accept(p, W_FOR))
            list_add(p, parse_expr(p));
    } else {
        expect_kind(p, SQL_TOKEN_COMMA);
        list_add(p, parse_expr(p));
        if (accept_kind(p, SQL_TOKEN_COMMA))
            list_add(p, parse_expr(p));
    }
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* TRIM ( [[LEADING | TRAILING | BOTH] [expr] FROM] expr ) */
static void parse_trim(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (accept(p, W_LEADING))
        call->op = SQL_OP_LEADING;
    else if (accept(p, W_TRAILING))
        call->op = SQL_OP_TRAILING;
    else if (accept(p, W_BOTH))
        call->op = SQL_OP_BOTH;
    if (call->op == 0 || !is(p, W_FROM))
        list_add(p, parse_expr(p));
    if (call->op != 0 || is(p, W_FROM)) {
        expect(p, W_FROM);
        list_add(p, parse_expr(p));
    }
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* CHAR ( expr [, expr] ... [USING charset] ) */
static void parse_char(struct sql_parser *p, struct sql_node *call)
{
    call->child[SQL_CALL_ARGUMENTS] = parse_list(p, parse_expr);
    if (accept(p, W_USING))
        call->child[SQL_CALL_SEPARATOR] = parse_charset_name(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* One level of WEIGHT_STRING: number [ASC | DESC] [REVERSE] */
static void parse_level(struct sql_parser *p)
{
    parse_number(p);
    (void)(accept(p, W_ASC) || accept(p, W_DESC));
    accept(p, W_REVERSE);
}

/* WEIGHT_STRING ( expr [AS {CHAR | BINARY} (n)] [LEVEL ...] )
 * WEIGHT_STRING ( expr , n , n , n ), used by the servers themselves */
static void parse_weight_string(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_expr(p));
    while (accept_kind(p, SQL_TOKEN_COMMA))
        list_add(p, parse_expr(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    if (accept(p, W_AS))
        call->child[SQL_CALL_SEPARATOR] = parse_type_in_cast(p);
    if (accept(p, W_LEVEL)) {
        parse_level(p);
        if (accept_kind(p, SQL_TOKEN_MINUS))
            parse_number(p);
        while (accept_kind(p, SQL_TOKEN_COMMA))
            parse_level(p);
    }
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* JSON_VALUE ( expr , 'path' [RETURNING type]
 *     [{ERROR | NULL | DEFAULT literal} ON EMPTY] [{ERROR | NULL | DEFAULT literal} ON ERROR] ) */
static void parse_json_value(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_simple_expr(p));
    expect_kind(p, SQL_TOKEN_COMMA);
    list_add(p, parse_expr(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    if (accept(p, W_RETURNING))
        call->child[SQL_CALL_SEPARATOR] = parse_type_in_cast(p);
    mark = list_begin(p);
    first = p->at;
    while (is(p, W_ERROR) || is(p, W_NULL) || is(p, W_DEFAULT)) {
        if (accept(p, W_DEFAULT))
            list_add(p, parse_literal(p));
        else
            p->at++;
        expect(p, W_ON);
        if (!accept(p, W_EMPTY))
            expect(p, W_ERROR);
    }
    call->child[SQL_CALL_ELSE] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* CAST ( expr [AT TIME ZONE [INTERVAL] 'zone'] AS type [ARRAY] ) */
static struct sql_node *parse_cast(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_CAST, p->at);

    p->at++;
    expect_kind(p, SQL_TOKEN_LEFT);
    node->child[SQL_CAST_VALUE] = parse_expr(p);
    if (p->mysql && accept(p, W_AT)) {
        expect2(p, W_TIME, W_ZONE);
        accept(p, W_INTERVAL);
        node->child[SQL_CAST_ZONE] = parse_string(p);
    }
    expect(p, W_AS);
    node->child[SQL_CAST_TYPE] = parse_type_in_cast(p);
    if (p->mysql && accept(p, W_ARRAY))
        node->flags |= SQL_FLAG_ARRAY;
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, node);
}

/* CONVERT ( expr , type ) | CONVERT ( expr USING charset ) */
static struct sql_node *parse_convert(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *node;

    p->at++;
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *value = parse_expr(p);
    if (accept(p, W_USING)) {
        struct sql_node *charset =
            is(p, W_DEFAULT) ? node_leaf(p, SQL_IDENT) : parse_charset_name(p);
        expect_kind(p, SQL_TOKEN_RIGHT);
        return node_of(p, SQL_CONVERT_USING, first, 0, value, charset);
    }
    expect_kind(p, SQL_TOKEN_COMMA);
    node = node_new(p, SQL_CAST, first);
    node->child[SQL_CAST_VALUE] = value;
    node->child[SQL_CAST_TYPE] = parse_type_in_cast(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, node);
}

/* VALUES ( column ) */
static void parse_values_call(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_column(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* COLUMN_CREATE ( name , value [AS type] [, name , value [AS type]] ... ); COLUMN_ADD likewise;
 * COLUMN_GET ( blob , name AS type ) */
static void parse_dynamic_column(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    do {
        list_add(p, parse_expr(p));
        if (accept(p, W_AS))
            list_add(p, parse_type_in_cast(p));
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* NEXTVAL ( sequence ) | LASTVAL ( sequence ) | SETVAL ( sequence , value [, is_used [, round]] )
 */
static void parse_sequence_call(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_name(p));
    while (accept_kind(p, SQL_TOKEN_COMMA))
        list_add(p, parse_literal(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* {NEXT | PREVIOUS} VALUE FOR sequence    MariaDB */
static struct sql_node *parse_next_value(struct sql_parser *p)
{
    struct sql_node *call = node_new(p, SQL_CALL, p->at);
    struct sql_node *name = node_new(p, SQL_NAME, p->at);

    name->child[SQL_NAME_OBJECT] = node_leaf(p, SQL_IDENT);
    call->child[SQL_CALL_NAME] = node_finish(p, name);
    expect2(p, W_VALUE, W_FOR);
    uint32_t first = p->at, mark = list_begin(p);
    list_add(p, parse_name(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    call->flags |= SQL_FLAG_NO_PARENTHESES;
    return node_finish(p, call);
}

/* name [( [digits] )] */
static struct sql_node *parse_now(struct sql_parser *p, struct sql_node *call)
{
    if (!accept_kind(p, SQL_TOKEN_LEFT)) {
        call->flags |= SQL_FLAG_NO_PARENTHESES;
        return node_finish(p, call);
    }
    call->child[SQL_CALL_ARGUMENTS] =
        is_kind(p, SQL_TOKEN_RIGHT) ? empty_list(p) : parse_list(p, parse_number);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, call);
}

/* name ( [expr [, expr] ...] ), with what loadable and stored functions add */
static void parse_plain(struct sql_parser *p, struct sql_node *call, bool generic)
{
    if (generic && accept(p, W_DISTINCT))
        call->flags |= SQL_FLAG_DISTINCT;
    call->child[SQL_CALL_ARGUMENTS] =
        is_kind(p, SQL_TOKEN_RIGHT) ? empty_list(p)
                                    : parse_list(p, generic ? parse_named_argument : parse_expr);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

static void parse_call_body(struct sql_parser *p, struct sql_node *call, enum call_style style)
{
    switch (style) {
    case CALL_AGGREGATE:
        parse_aggregate(p, call);
        break;
    case CALL_CONCAT:
        parse_concat(p, call);
        break;
    case CALL_WINDOW:
        parse_plain(p, call, false);
        parse_nulls(p, call);
        break;
    case CALL_PERCENTILE:
        parse_within(p, call);
        break;
    case CALL_CHAR:
        parse_char(p, call);
        break;
    case CALL_DATE_ADD:
        parse_date_add(p, call);
        break;
    case CALL_EXTRACT:
        parse_unit_first(p, call, true);
        break;
    case CALL_TIMESTAMPADD:
        parse_unit_first(p, call, false);
        break;
    case CALL_GET_FORMAT:
        parse_get_format(p, call);
        break;
    case CALL_POSITION:
        parse_position(p, call);
        break;
    case CALL_SUBSTRING:
        parse_substring(p, call);
        break;
    case CALL_TRIM:
        parse_trim(p, call);
        break;
    case CALL_WEIGHT_STRING:
        parse_weight_string(p, call);
        break;
    case CALL_JSON_VALUE:
        parse_json_value(p, call);
        break;
    case CALL_VALUES:
        parse_values_call(p, call);
        break;
    case CALL_COLUMN_CREATE:
    case CALL_COLUMN_GET:
        parse_dynamic_column(p, call);
        break;
    case CALL_SEQUENCE:
    case CALL_SETVAL:
        parse_sequence_call(p, call);
        break;
    case CALL_NONE:
    case CALL_PLAIN:
    case CALL_NOW:
    case CALL_NOW_PARENS:
    case CALL_CAST:
    case CALL_CONVERT:
        parse_plain(p, call, (call->flags & SQL_FLAG_GENERIC) != 0);
        break;
    }
}

/* function_call: [schema .] name ( ... ) [OVER ...], and the forms of this file */
struct sql_node *parse_call(struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;
    bool qualified = kind_at(p, 1) == SQL_TOKEN_DOT;
    enum call_style style = qualified || word == SQL_NO_WORD ? CALL_PLAIN : call_style(p);

    if (style == CALL_CAST)
        return parse_cast(p);
    if (style == CALL_CONVERT)
        return parse_convert(p);
    if ((word == W_NEXT || word == W_PREVIOUS) && word_at(p, 1) == W_VALUE)
        return parse_next_value(p);
    struct sql_node *call = node_new(p, SQL_CALL, p->at);
    struct sql_node *name = node_new(p, SQL_NAME, p->at);
    if (qualified) {
        name->child[SQL_NAME_SCHEMA] = node_leaf(p, SQL_IDENT);
        p->at++;
    }
    name->child[SQL_NAME_OBJECT] = node_leaf(p, SQL_IDENT);
    call->child[SQL_CALL_NAME] = node_finish(p, name);
    if (qualified || word == SQL_NO_WORD)
        call->flags |= SQL_FLAG_GENERIC;
    if (style == CALL_NOW || style == CALL_NOW_PARENS)
        return parse_now(p, call);
    expect_kind(p, SQL_TOKEN_LEFT);
    parse_call_body(p, call, style);
    if (style == CALL_WINDOW && p->mysql && !is(p, W_OVER))
        return parse_syntax(p, "OVER");
    parse_over(p, call);
    return node_finish(p, call);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * CAST and CONVERT. The types that values are cast to are a language of their own, much smaller
 * than that of columns.
 */
#include "sql/parser.h"

/* What may stand behind a cast's type. */
enum cast_tail {
    CAST_ALONE = 0,
    CAST_LENGTH,      /* [( n )] */
    CAST_LENGTH_MUST, /* ( n ) */
    CAST_TEXT,        /* [( n )] [charset] */
    CAST_TEXT_MUST,   /* ( n ) [charset] */
    CAST_FRACTION,    /* [( n )], n without a point */
    CAST_PRECISION,   /* [( n [, n] )] */
    CAST_INTEGER,     /* [INT | INTEGER] */
    CAST_NATIONAL,    /* CHAR [( n )] */
    CAST_DOUBLE,      /* MySQL: [PRECISION]; MariaDB: [( n [, n] )] */
    CAST_FLOAT,       /* MySQL: [( n )] */
};

struct cast_row {
    enum sql_word word;
    enum cast_tail tail;
    bool mysql, mariadb;
};

static const struct cast_row cast_rows[] = {
    {W_BINARY, CAST_LENGTH, true, true},
    {W_CHAR, CAST_TEXT, true, true},
    {W_CHARACTER, CAST_TEXT, true, true},
    {W_VARCHAR, CAST_TEXT_MUST, false, true},
    {W_VARCHARACTER, CAST_TEXT_MUST, false, true},
    {W_NCHAR, CAST_LENGTH, true, true},
    {W_NATIONAL, CAST_NATIONAL, true, false},
    {W_SIGNED, CAST_INTEGER, true, true},
    {W_UNSIGNED, CAST_INTEGER, true, true},
    {W_INT, CAST_ALONE, false, true},
    {W_INTEGER, CAST_ALONE, false, true},
    {W_INT4, CAST_ALONE, false, true},
    {W_DATE, CAST_ALONE, true, true},
    {W_YEAR, CAST_ALONE, true, false},
    {W_SQL_TSI_YEAR, CAST_ALONE, true, false},
    {W_TIME, CAST_FRACTION, true, true},
    {W_DATETIME, CAST_FRACTION, true, true},
    {W_DECIMAL, CAST_PRECISION, true, true},
    {W_DEC, CAST_PRECISION, true, true},
    {W_JSON, CAST_ALONE, true, false},
    {W_REAL, CAST_ALONE, true, false},
    {W_DOUBLE, CAST_DOUBLE, true, true},
    {W_FLOAT8, CAST_DOUBLE, true, true},
    {W_FLOAT, CAST_FLOAT, true, true},
    {W_FLOAT4, CAST_FLOAT, true, true},
    {W_POINT, CAST_ALONE, true, false},
    {W_LINESTRING, CAST_ALONE, true, false},
    {W_POLYGON, CAST_ALONE, true, false},
    {W_MULTIPOINT, CAST_ALONE, true, false},
    {W_MULTILINESTRING, CAST_ALONE, true, false},
    {W_MULTIPOLYGON, CAST_ALONE, true, false},
    {W_GEOMETRYCOLLECTION, CAST_ALONE, true, false},
    {W_GEOMCOLLECTION, CAST_ALONE, true, false},
};

/* MariaDB takes any word for the name of a type (and looks it up later), but for these. */
static const enum sql_word no_cast_names[] = {
    W_BIGINT,    W_BIT,      W_BLOB,     W_BOOL,      W_BOOLEAN,      W_CLOB,      W_ENUM,
    W_FIXED,     W_FUNCTION, W_INT1,     W_INT2,      W_INT3,         W_INT8,      W_JSON,
    W_LONG,      W_LONGBLOB, W_LONGTEXT, W_MEDIUM,    W_MEDIUMBLOB,   W_MEDIUMINT, W_MEDIUMTEXT,
    W_MIDDLEINT, W_NATIONAL, W_NUMBER,   W_NUMERIC,   W_NVARCHAR,     W_RAW,       W_REAL,
    W_ROW,       W_SERIAL,   W_SET,      W_SMALLINT,  W_SQL_TSI_YEAR, W_TEXT,      W_TIMESTAMP,
    W_TINYBLOB,  W_TINYINT,  W_TINYTEXT, W_VARBINARY, W_VARCHAR2,     W_WINDOW,    W_YEAR};

static const struct cast_row *cast_row(const struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    for (size_t i = 0; word != SQL_NO_WORD && i < ARRAY_LEN(cast_rows); i++)
        if (cast_rows[i].word == word && (p->mysql ? cast_rows[i].mysql : cast_rows[i].mariadb))
            return &cast_rows[i];
    return NULL;
}

/* ( n ) | ( n , n ); n alone may be of any length, or have a point */
static struct sql_node *parse_cast_length(struct sql_parser *p, enum cast_tail tail)
{
    uint32_t first = p->at, mark = list_begin(p);

    expect_kind(p, SQL_TOKEN_LEFT);
    bool point = is_kind(p, SQL_TOKEN_DECIMAL) && (tail != CAST_FRACTION || !p->mysql) &&
                 tail != CAST_DOUBLE;
    bool alone = kind_at(p, 1) == SQL_TOKEN_RIGHT && is_kind(p, SQL_TOKEN_INTEGER) &&
                 (tail != CAST_FRACTION || !p->mysql);
    list_add(p, point || alone ? node_leaf(p, SQL_NUMBER) : parse_integer(p));
    if (tail == CAST_DOUBLE)
        expect_kind(p, SQL_TOKEN_COMMA);
    if (tail == CAST_DOUBLE ||
        (tail == CAST_PRECISION && !point && accept_kind(p, SQL_TOKEN_COMMA)))
        list_add(p, parse_integer(p));
    expect_kind(p, SQL_TOKEN_RIGHT);
    return list_end(p, mark, SQL_LIST, first);
}

/* [{CHARACTER SET | CHARSET} name [BINARY] | ASCII | UNICODE | BYTE
 *     | BINARY [{CHARACTER SET | CHARSET} name | ASCII | UNICODE]]    MariaDB: [COLLATE name] */
static void parse_cast_charset(struct sql_parser *p, struct sql_node *type)
{
    bool binary = accept(p, W_BINARY);

    if (accept_charset_words(p))
        type->child[SQL_TYPE_CHARSET] = parse_charset_name(p);
    else if (!accept(p, W_ASCII) && !accept(p, W_UNICODE) && (binary || accept(p, W_BYTE)))
        binary = true;
    if (!binary)
        accept(p, W_BINARY);
    if (!p->mysql && accept(p, W_COLLATE))
        type->child[SQL_TYPE_COLLATE] =
            is(p, W_DEFAULT) ? node_leaf(p, SQL_IDENT) : parse_collate_name(p);
}

static void parse_cast_tail(struct sql_parser *p, struct sql_node *type, enum cast_tail tail)
{
    bool left = is_kind(p, SQL_TOKEN_LEFT);

    if (tail == CAST_NATIONAL && !accept(p, W_CHAR))
        expect(p, W_CHARACTER);
    if (tail == CAST_NATIONAL)
        left = is_kind(p, SQL_TOKEN_LEFT);
    if (tail == CAST_INTEGER) {
        if (!accept(p, W_INT))
            accept(p, W_INTEGER);
    } else if (tail == CAST_DOUBLE && p->mysql) {
        accept(p, W_PRECISION);
    } else if (tail != CAST_ALONE && (tail != CAST_FLOAT || p->mysql) &&
               (left || tail == CAST_LENGTH_MUST || tail == CAST_TEXT_MUST)) {
        type->child[SQL_TYPE_ARGUMENTS] = parse_cast_length(p, tail);
    }
    if (tail == CAST_TEXT || tail == CAST_TEXT_MUST)
        parse_cast_charset(p, type);
}

/* INTERVAL DAY_SECOND ( n )    MariaDB */
static struct sql_node *parse_cast_interval(struct sql_parser *p)
{
    struct sql_node *type = node_new(p, SQL_TYPE, p->at);

    p->at += 2;
    parse_cast_length(p, CAST_LENGTH);
    return node_finish(p, type);
}

/* cast_type: BINARY [(n)] | {CHAR | CHARACTER} [(n)] [charset] | NCHAR [(n)]
 *   | {SIGNED | UNSIGNED} [INT | INTEGER] | DATE | {TIME | DATETIME} [(n)]
 *   | {DECIMAL | DEC} [(n [, n])] | DOUBLE | FLOAT
 *     MySQL: NATIONAL CHAR [(n)] | YEAR | JSON | REAL | DOUBLE PRECISION | FLOAT (n) | POINT ...
 *     MariaDB: VARCHAR (n) | INT | DOUBLE (n [, n]) | INTERVAL DAY_SECOND (n) | name [(n)] */
struct sql_node *parse_type_in_cast(struct sql_parser *p)
{
    const struct cast_row *row = cast_row(p);
    struct sql_node *type = node_new(p, SQL_TYPE, p->at);

    if (row != NULL) {
        p->at++;
        parse_cast_tail(p, type, row->tail);
        return node_finish(p, type);
    }
    if (p->mysql || (!is_kind(p, SQL_TOKEN_WORD) && !is_kind(p, SQL_TOKEN_QUOTED)))
        return parse_syntax(p, "a type to cast to");
    if (is2(p, W_INTERVAL, W_DAY_SECOND))
        return parse_cast_interval(p);
    for (size_t i = 0; i < ARRAY_LEN(no_cast_names); i++)
        if (is(p, no_cast_names[i]))
            return parse_syntax(p, "a type to cast to");
    p->at++;
    if (is_kind(p, SQL_TOKEN_LEFT))
        type->child[SQL_TYPE_ARGUMENTS] = parse_cast_length(p, CAST_PRECISION);
    return node_finish(p, type);
}

/* CAST ( expr AS cast_type [ARRAY] )
 * MySQL: CAST ( expr AT {LOCAL | TIME ZONE [INTERVAL] 'zone'} AS DATETIME [( n )] )
 * of AT LOCAL, the server knows nothing but the words */
struct sql_node *parse_cast(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_CAST, p->at);

    p->at++;
    expect_kind(p, SQL_TOKEN_LEFT);
    node->child[SQL_CAST_VALUE] = parse_expr(p);
    if (p->mysql && accept(p, W_AT)) {
        if (accept(p, W_LOCAL)) {
            parse_doubt(p, "CAST ... AT LOCAL");
            expect(p, W_AS);
            node->child[SQL_CAST_TYPE] = parse_type_in_cast(p);
            if (accept(p, W_ARRAY))
                node->flags |= SQL_FLAG_ARRAY;
            expect_kind(p, SQL_TOKEN_RIGHT);
            return node_finish(p, node);
        }
        expect2(p, W_TIME, W_ZONE);
        accept(p, W_INTERVAL);
        node->child[SQL_CAST_ZONE] = parse_string(p);
        expect(p, W_AS);
        if (!is(p, W_DATETIME))
            return parse_syntax(p, "DATETIME");
    } else {
        expect(p, W_AS);
    }
    node->child[SQL_CAST_TYPE] = parse_type_in_cast(p);
    if (p->mysql && node->child[SQL_CAST_ZONE] == NULL && accept(p, W_ARRAY))
        node->flags |= SQL_FLAG_ARRAY;
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, node);
}

/* CONVERT ( expr , cast_type ) | CONVERT ( expr USING charset ) */
struct sql_node *parse_convert(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *node;

    p->at++;
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *value = parse_expr(p);
    if (accept(p, W_USING)) {
        struct sql_node *charset = parse_charset_name(p);
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

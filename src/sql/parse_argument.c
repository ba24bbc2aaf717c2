/* SPDX-License-Identifier: Apache-2.0
 *
 * The arguments of functions that have words among them: WEIGHT_STRING, JSON_VALUE, MariaDB's
 * dynamic columns and sequences. Each function here begins behind ( and takes the ) as well.
 */
#include "sql/parser.h"

/* One level of WEIGHT_STRING: number [ASC | DESC] [REVERSE] */
static void parse_level(struct sql_parser *p)
{
    parse_number(p);
    (void)(accept(p, W_ASC) || accept(p, W_DESC));
    accept(p, W_REVERSE);
}

/* LEVEL {n - n | n [ASC | DESC] [REVERSE] [, n ...] ...} */
static void parse_levels(struct sql_parser *p)
{
    uint32_t at = p->at;

    parse_number(p);
    if (accept_kind(p, SQL_TOKEN_MINUS)) {
        parse_number(p);
        return;
    }
    if (p->failed)
        return;
    p->at = at;
    do {
        parse_level(p);
    } while (accept_kind(p, SQL_TOKEN_COMMA));
}

/* {CHAR | BINARY} ( n ), n not 0 */
static struct sql_node *parse_weight_type(struct sql_parser *p, bool *ret_binary)
{
    struct sql_node *type = node_new(p, SQL_TYPE, p->at);

    *ret_binary = accept(p, W_BINARY);
    if (!*ret_binary && !accept(p, W_CHARACTER))
        expect(p, W_CHAR);
    expect_kind(p, SQL_TOKEN_LEFT);
    if (is_kind(p, SQL_TOKEN_INTEGER) && str_equal(sql_token_text(p->text, p->at), STR("0")))
        return parse_syntax(p, "a number above 0");
    type->child[SQL_TYPE_ARGUMENTS] = parse_list_of_one(p, parse_number);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, type);
}

/* WEIGHT_STRING ( expr [AS {CHAR | BINARY} (n)] )    MariaDB: [LEVEL ...]
 * WEIGHT_STRING ( expr , n , n , n ), used by the servers themselves */
void parse_weight_string(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);
    bool binary = false;

    list_add(p, parse_expr(p));
    if (is_kind(p, SQL_TOKEN_COMMA)) {
        for (unsigned i = 0; i < 3; i++) {
            expect_kind(p, SQL_TOKEN_COMMA);
            list_add(p, parse_number(p));
        }
        call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
        expect_kind(p, SQL_TOKEN_RIGHT);
        return;
    }
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    if (accept(p, W_AS))
        call->child[SQL_CALL_SEPARATOR] = parse_weight_type(p, &binary);
    if (!p->mysql && !binary && accept(p, W_LEVEL))
        parse_levels(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* [{ERROR | NULL | DEFAULT literal} ON EMPTY] [{ERROR | NULL | DEFAULT literal} ON ERROR]; of
 * JSON_TABLE in either order. MariaDB: DEFAULT NULL as well */
struct sql_node *parse_json_else(struct sql_parser *p, bool table)
{
    uint32_t first = p->at, mark = list_begin(p);
    bool empty = false, error = false;

    while (is(p, W_ERROR) || is(p, W_NULL) || is(p, W_DEFAULT)) {
        if (!accept(p, W_DEFAULT) || (!p->mysql && is(p, W_NULL)))
            p->at++;
        else
            list_add(p, parse_plain_literal(p));
        expect(p, W_ON);
        if (!empty && (table || !error) && accept(p, W_EMPTY))
            empty = true;
        else if (!error && expect(p, W_ERROR))
            error = true;
        else
            return parse_syntax(p, NULL);
    }
    return list_end(p, mark, SQL_LIST, first);
}

/* 'path' with its character set */
struct sql_node *parse_path(struct sql_parser *p)
{
    if (!is_string(p) && !is_kind(p, SQL_TOKEN_CHARSET) && !is_kind(p, SQL_TOKEN_NSTRING))
        return parse_syntax(p, "a path");
    return parse_text(p);
}

/* JSON_VALUE ( expr , 'path' [RETURNING type]
 *     [{ERROR | NULL | DEFAULT literal} ON EMPTY] [{ERROR | NULL | DEFAULT literal} ON ERROR] ) */
void parse_json_value(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_simple_expr(p));
    expect_kind(p, SQL_TOKEN_COMMA);
    list_add(p, parse_path(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    if (accept(p, W_RETURNING))
        call->child[SQL_CALL_SEPARATOR] = parse_type_in_cast(p);
    call->child[SQL_CALL_ELSE] = parse_json_else(p, false);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* dyncall_type: INT | [UNSIGNED | SIGNED] INT | DOUBLE | DECIMAL [(n [, n])] | NCHAR | CHAR
 * [charset] | DATE | TIME [(n)] | DATETIME [(n)] */
static struct sql_node *parse_dynamic_type(struct sql_parser *p)
{
    static const enum sql_word words[] = {
        W_INT,     W_INTEGER, W_SIGNED, W_UNSIGNED, W_DOUBLE,    W_FLOAT8, W_FLOAT, W_FLOAT4,
        W_DECIMAL, W_DEC,     W_NCHAR,  W_CHAR,     W_CHARACTER, W_DATE,   W_TIME,  W_DATETIME};
    bool length = is(p, W_DECIMAL) || is(p, W_DEC) || is(p, W_TIME) || is(p, W_DATETIME);

    if (!length && kind_at(p, 1) == SQL_TOKEN_LEFT)
        return parse_syntax(p, "a type without length");
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (is(p, words[i]))
            return parse_type_in_cast(p);
    return parse_syntax(p, "a type");
}

/* COLUMN_CREATE ( name , value [AS type] [, name , value [AS type]] ... )
 * COLUMN_ADD ( blob , name , value [AS type] ... ) */
void parse_dynamic_columns(struct sql_parser *p, struct sql_node *call, bool add)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (add) {
        list_add(p, parse_expr(p));
        expect_kind(p, SQL_TOKEN_COMMA);
    }
    do {
        list_add(p, parse_expr(p));
        expect_kind(p, SQL_TOKEN_COMMA);
        list_add(p, parse_expr(p));
        if (accept(p, W_AS))
            list_add(p, parse_dynamic_type(p));
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* COLUMN_GET ( blob , name AS type ) */
void parse_column_get(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_expr(p));
    expect_kind(p, SQL_TOKEN_COMMA);
    list_add(p, parse_expr(p));
    expect(p, W_AS);
    list_add(p, parse_type_in_cast(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* [+ | -] number */
static struct sql_node *parse_signed_number(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (accept_kind(p, SQL_TOKEN_MINUS))
        return node_of(p, SQL_UNARY, first, SQL_OP_MINUS, parse_integer(p), NULL);
    accept_kind(p, SQL_TOKEN_PLUS);
    return parse_integer(p);
}

/* NEXTVAL ( sequence ) | LASTVAL ( sequence ) | SETVAL ( sequence , value [, is_used [, round]] )
 */
void parse_sequence_call(struct sql_parser *p, struct sql_node *call, bool set)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_name(p));
    if (set) {
        expect_kind(p, SQL_TOKEN_COMMA);
        list_add(p, parse_signed_number(p));
        for (unsigned i = 0; i < 2 && accept_kind(p, SQL_TOKEN_COMMA); i++)
            list_add(p, i == 0 && (is(p, W_TRUE) || is(p, W_FALSE)) ? node_leaf(p, SQL_BOOL)
                                                                    : parse_integer(p));
    }
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* [NO] {INSERT | UPDATE | DELETE} */
static void parse_duality_tag(struct sql_parser *p)
{
    accept(p, W_NO);
    if (!accept(p, W_INSERT) && !accept(p, W_UPDATE))
        expect(p, W_DELETE);
}

/* JSON_DUALITY_OBJECT ( [WITH {tag | ( tag [, tag] ... )}] 'key' : expr [, 'key' : expr] ... )
 * MySQL 9.4 and later. Writing through what is made of it is not followed. */
void parse_duality(struct sql_parser *p, struct sql_node *call)
{
    parse_doubt(p, "JSON_DUALITY_OBJECT");
    if (accept(p, W_WITH)) {
        if (accept_kind(p, SQL_TOKEN_LEFT)) {
            do
                parse_duality_tag(p);
            while (accept_kind(p, SQL_TOKEN_COMMA));
            expect_kind(p, SQL_TOKEN_RIGHT);
        } else {
            parse_duality_tag(p);
        }
    }
    uint32_t first = p->at, mark = list_begin(p);
    do {
        list_add(p, parse_string(p));
        expect_kind(p, SQL_TOKEN_COLON);
        list_add(p, parse_expr(p));
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What expressions are made of, up to the operators: literals, variables, columns, CASE, MATCH.
 */
#include "sql/parser.h"

/* @name [:= expr] */
static struct sql_node *parse_variable(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *variable = parse_user_variable(p);

    if (!accept_kind(p, SQL_TOKEN_ASSIGN))
        return variable;
    return node_of(p, SQL_ASSIGN_VARIABLE, first, 0, variable, parse_expr(p));
}

enum sql_scope sql_scope_at(struct sql_parser *p, uint32_t ahead)
{
    static const struct {
        const char *name;
        enum sql_scope scope;
    } scopes[] = {{"GLOBAL", SQL_SCOPE_GLOBAL},
                  {"SESSION", SQL_SCOPE_SESSION},
                  {"LOCAL", SQL_SCOPE_SESSION},
                  {"PERSIST", SQL_SCOPE_PERSIST},
                  {"PERSIST_ONLY", SQL_SCOPE_PERSIST_ONLY}};
    size_t count = p->mysql ? ARRAY_LEN(scopes) : 3;

    for (size_t i = 0; i < count; i++)
        if (is_text(p, ahead, str_of(scopes[i].name)))
            return scopes[i].scope;
    return SQL_SCOPE_NONE;
}

/* @@ [{GLOBAL | SESSION | LOCAL} .] [component .] name    MariaDB: the component may be 'text' */
struct sql_node *parse_system_variable(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_SYSTEM_VARIABLE, p->at);

    expect_kind(p, SQL_TOKEN_SYSTEM_VARIABLE);
    if (kind_at(p, 1) == SQL_TOKEN_DOT) {
        node->op = (uint16_t)sql_scope_at(p, 0);
        if (node->op != SQL_SCOPE_NONE)
            p->at += 2;
    } else if (is(p, W_GLOBAL) || is(p, W_SESSION) || is(p, W_LOCAL))
        return parse_syntax(p, "."); /* a scope needs a name */
    bool text = !p->mysql && is_string(p) && kind_at(p, 1) == SQL_TOKEN_DOT;
    struct sql_node *name = text ? node_leaf(p, SQL_IDENT) : parse_ident(p);
    if (accept_kind(p, SQL_TOKEN_DOT)) {
        node->child[SQL_SYSTEM_VARIABLE_COMPONENT] = name;
        name = parse_ident(p);
    }
    node->child[SQL_SYSTEM_VARIABLE_NAME] = name;
    return node_finish(p, node);
}

/* [_charset] 'text' ['text'] ... | _charset {x'..' | b'..'} */
struct sql_node *parse_text(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_STRING, p->at);

    if (accept_kind(p, SQL_TOKEN_CHARSET)) {
        if (accept_kind(p, SQL_TOKEN_HEX) || accept_kind(p, SQL_TOKEN_BIT))
            return node_finish(p, node);
        if (is_kind(p, SQL_TOKEN_PARAM) && p->mysql == false)
            return parse_unsupported(p, "a parameter behind a character set");
        expect_kind(p, SQL_TOKEN_STRING);
    } else if (!accept_kind(p, SQL_TOKEN_STRING)) {
        accept_kind(p, SQL_TOKEN_NSTRING);
    }
    while (accept_kind(p, SQL_TOKEN_STRING))
        ;
    return node_finish(p, node);
}

/* { identifier expr } */
static struct sql_node *parse_odbc(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect_kind(p, SQL_TOKEN_LEFT_BRACE);
    parse_ident(p);
    struct sql_node *value = parse_expr(p);
    expect_kind(p, SQL_TOKEN_RIGHT_BRACE);
    return node_of(p, SQL_ODBC, first, 0, value, NULL);
}

/* CASE [expr] WHEN expr THEN expr ... [ELSE expr] END */
static struct sql_node *parse_case(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_CASE, p->at);

    p->at++;
    if (!is(p, W_WHEN))
        node->child[SQL_CASE_OPERAND] = parse_expr(p);
    uint32_t first = p->at, mark = list_begin(p);
    do {
        uint32_t when = p->at;
        expect(p, W_WHEN);
        struct sql_node *condition = parse_expr(p);
        expect(p, W_THEN);
        list_add(p, node_of(p, SQL_WHEN, when, 0, condition, parse_expr(p)));
    } while (is(p, W_WHEN));
    node->child[SQL_CASE_WHENS] = list_end(p, mark, SQL_LIST, first);
    if (accept(p, W_ELSE))
        node->child[SQL_CASE_ELSE] = parse_expr(p);
    expect(p, W_END);
    return node_finish(p, node);
}

static struct sql_node *parse_match_column(struct sql_parser *p)
{
    return parse_column(p);
}

/* MATCH {( column [, column] ... ) | column ...} AGAINST ( bit_expr
 *     [IN BOOLEAN MODE | IN NATURAL LANGUAGE MODE [WITH QUERY EXPANSION] | WITH QUERY EXPANSION] )
 */
static struct sql_node *parse_match(struct sql_parser *p)
{
    uint32_t first = p->at;

    p->at++;
    struct sql_node *columns = is_kind(p, SQL_TOKEN_LEFT)
                                   ? parse_list_in_parens(p, parse_match_column)
                                   : parse_list(p, parse_match_column);
    expect(p, W_AGAINST);
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *against = parse_bit_expr(p);
    bool boolean = is2(p, W_IN, W_BOOLEAN);
    if (boolean) {
        p->at += 2;
        expect(p, W_MODE);
    } else if (accept(p, W_IN)) {
        expect2(p, W_NATURAL, W_LANGUAGE);
        expect(p, W_MODE);
    }
    if (!boolean && accept(p, W_WITH))
        expect2(p, W_QUERY, W_EXPANSION);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_of(p, SQL_MATCH, first, 0, columns, against);
}

/* DEFAULT ( column ) */
static struct sql_node *parse_default(struct sql_parser *p)
{
    uint32_t first = p->at;

    p->at++;
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *column = parse_column(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_of(p, SQL_DEFAULT, first, 0, column, NULL);
}

/* expr | DEFAULT    MariaDB: | IGNORE, which keeps the value */
struct sql_node *parse_expr_or_default(struct sql_parser *p)
{
    bool alone = is(p, W_DEFAULT) && kind_at(p, 1) != SQL_TOKEN_LEFT;

    if (alone || (!p->mysql && is(p, W_IGNORE)))
        return node_leaf(p, SQL_DEFAULT);
    return parse_expr(p);
}

/* ROW ( expr , expr [, expr] ... ) */
static struct sql_node *parse_row(struct sql_parser *p)
{
    uint32_t first = p->at;

    p->at++;
    struct sql_node *values = parse_list_in_parens(p, parse_expr);
    if (!p->failed && values->count < 2)
        return parse_syntax(p, ",");
    return node_of(p, SQL_ROW, first, 0, values, NULL);
}

static bool is_temporal_literal(const struct sql_parser *p)
{
    return (is(p, W_DATE) || is(p, W_TIME) || is(p, W_TIMESTAMP)) &&
           kind_at(p, 1) == SQL_TOKEN_STRING;
}

/* {DATE | TIME | TIMESTAMP} 'text' */
static struct sql_node *parse_temporal(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_TEMPORAL, p->at);

    p->at += 2;
    return node_finish(p, node);
}

/* column [{-> | ->>} 'path'] */
static struct sql_node *parse_column_value(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *column = parse_column(p);

    if (!is_kind(p, SQL_TOKEN_ARROW) && !is_kind(p, SQL_TOKEN_ARROW_TEXT))
        return column;
    bool text = is_kind(p, SQL_TOKEN_ARROW_TEXT);
    p->at++;
    struct sql_node *node = node_of(p, SQL_JSON_GET, first, 0, column, parse_string(p));
    if (text)
        node->flags |= SQL_FLAG_TEXT;
    return node;
}

/* Whether what stands here is called: name(, schema.name(, or a word with a syntax of its own. */
static bool is_qualified_call(const struct sql_parser *p)
{
    if (!is_ident(p) || kind_at(p, 1) != SQL_TOKEN_DOT || !is_ident_at(p, 2))
        return false;
    return kind_at(p, 3) == SQL_TOKEN_LEFT ||
           (!p->mysql && kind_at(p, 3) == SQL_TOKEN_DOT && is_ident_at(p, 4) &&
            kind_at(p, 5) == SQL_TOKEN_LEFT);
}

static struct sql_node *parse_word_operand(struct sql_parser *p)
{
    switch ((int)p->t[p->at].word) {
    case W_NULL:
        return node_leaf(p, SQL_NULL);
    case W_TRUE:
    case W_FALSE:
        return node_leaf(p, SQL_BOOL);
    case W_CASE:
        return parse_case(p);
    case W_EXISTS: {
        uint32_t first = p->at++;
        return node_of(p, SQL_EXISTS, first, 0, parse_subquery(p), NULL);
    }
    case W_MATCH:
        return parse_match(p);
    case W_DEFAULT:
        return parse_default(p);
    case W_ROW:
        if (kind_at(p, 1) == SQL_TOKEN_LEFT)
            return parse_row(p);
        break;
    case W_INTERVAL:
        if (!is_interval_function(p)) { /* INTERVAL expr unit + expr */
            uint32_t first = p->at;
            struct sql_node *interval = parse_interval(p);
            if (!accept_kind(p, SQL_TOKEN_PLUS))
                return parse_syntax(p, "+");
            return node_of(p, SQL_BINARY, first, SQL_OP_PLUS, interval, parse_bits(p, 5));
        }
        break;
    default: /* words that begin no operand are found out below */
        break;
    }
    if (is_temporal_literal(p))
        return parse_temporal(p);
    if (is_qualified_call(p) || sql_is_call(p))
        return parse_call(p);
    if (is_ident(p))
        return parse_column_value(p);
    return parse_syntax(p, "an expression");
}

/* operand: a literal, ?, variable, column, function call, CASE, MATCH, or something in parentheses
 */
struct sql_node *parse_operand_token(struct sql_parser *p)
{
    switch ((int)kind_at(p, 0)) {
    case SQL_TOKEN_INTEGER:
    case SQL_TOKEN_DECIMAL:
    case SQL_TOKEN_FLOAT:
    case SQL_TOKEN_HEX:
    case SQL_TOKEN_BIT:
        return node_leaf(p, SQL_NUMBER);
    case SQL_TOKEN_STRING:
    case SQL_TOKEN_NSTRING:
    case SQL_TOKEN_CHARSET:
        return parse_text(p);
    case SQL_TOKEN_NULL:
        return node_leaf(p, SQL_NULL);
    case SQL_TOKEN_PARAM:
        p->parameters++;
        return node_leaf(p, SQL_PARAM);
    case SQL_TOKEN_USER_VARIABLE:
        return parse_variable(p);
    case SQL_TOKEN_SYSTEM_VARIABLE:
        return parse_system_variable(p);
    case SQL_TOKEN_LEFT:
        return parse_paren(p);
    case SQL_TOKEN_LEFT_BRACE:
        return parse_odbc(p);
    case SQL_TOKEN_DOT:
        return p->mysql ? parse_syntax(p, "an expression") : parse_column_value(p);
    case SQL_TOKEN_QUOTED:
    case SQL_TOKEN_WORD:
        return parse_word_operand(p);
    default:
        return parse_syntax(p, "an expression");
    }
}

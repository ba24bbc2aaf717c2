/* SPDX-License-Identifier: Apache-2.0
 *
 * Expressions. From loosest to tightest, as both servers' grammars have it:
 *
 *   OR ||   XOR   AND &&   NOT   IS, comparisons   BETWEEN IN LIKE REGEXP ...
 *   |   &   << >>   + -   * / % DIV MOD   ^   || (as concatenation)   - + ~ unary   ! BINARY
 * COLLATE
 *
 * The first six levels are a function each; the operators from | to ^ climb by binding power.
 * A run of one operator becomes one node with many operands, so that long runs stay flat.
 *
 * A parenthesis may open an expression, a row, or a query, and a query in parentheses may turn
 * out to be an operand: ((SELECT 1) + 1). parse_paren reads what is there and, when more of an
 * expression follows, hands it on as `pending`, which the innermost level takes as its operand.
 */
#include "sql/parser.h"

static struct sql_node *parse_unary(struct sql_parser *p);

/* Where the expression that is about to be read begins. */
static uint32_t expr_first(const struct sql_parser *p)
{
    return p->pending ? p->pending->first : p->at;
}

/* next [op next] ... as one node of `op` */
static struct sql_node *parse_run(struct sql_parser *p, parse_function *next,
                                  bool (*accept_op)(struct sql_parser *), enum sql_operator op)
{
    uint32_t first = expr_first(p);
    struct sql_node *left = next(p);

    if (!accept_op(p))
        return left;
    uint32_t mark = list_begin(p);
    list_add(p, left);
    do
        list_add(p, next(p));
    while (accept_op(p));
    struct sql_node *node = list_end(p, mark, SQL_BINARY, first);
    node->op = (uint16_t)op;
    return node;
}

static bool accept_or(struct sql_parser *p)
{
    return accept(p, W_OR) ||
           ((p->mode & SQL_MODE_PIPES_AS_CONCAT) == 0 && accept_kind(p, SQL_TOKEN_OR_OR));
}
static bool accept_xor(struct sql_parser *p)
{
    return accept(p, W_XOR);
}
static bool accept_and(struct sql_parser *p)
{
    return accept(p, W_AND) || accept_kind(p, SQL_TOKEN_AND_AND);
}
static bool accept_concat(struct sql_parser *p)
{
    return (p->mode & SQL_MODE_PIPES_AS_CONCAT) != 0 && accept_kind(p, SQL_TOKEN_OR_OR);
}

/* ( SELECT ... ) behind EXISTS, IN, ANY: a query in parentheses as SUBQUERY */
struct sql_node *parse_subquery(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *query = parse_query_in_parens(p);

    return node_of(p, SQL_SUBQUERY, first, 0, query, NULL);
}

/* IN ( query | expr [, expr] ... ); what begins with a query in parentheses may be either */
static struct sql_node *parse_in(struct sql_parser *p, struct sql_node *value, uint32_t first)
{
    uint32_t start = p->at;

    if (kind_at(p, 0) != SQL_TOKEN_LEFT || kind_at(p, 1) != SQL_TOKEN_LEFT || !is_query_start(p)) {
        struct sql_node *list =
            is_query_start(p) ? parse_subquery(p) : parse_list_in_parens(p, parse_expr);
        return node_of(p, SQL_IN, first, 0, value, list);
    }
    if (!enter(p))
        return p->spare;
    p->at++;
    struct sql_node *inner = parse_paren(p), *list;
    leave(p);
    if (inner->kind == SQL_SUBQUERY && (is_kind(p, SQL_TOKEN_RIGHT) || continues_query(p))) {
        struct sql_node *query = parse_query_after(p, inner->child[0], start + 1);
        expect_kind(p, SQL_TOKEN_RIGHT);
        list = node_of(p, SQL_SUBQUERY, start, 0, query, NULL);
    } else {
        p->pending = inner;
        list = parse_list(p, parse_expr);
        expect_kind(p, SQL_TOKEN_RIGHT);
    }
    return node_of(p, SQL_IN, first, 0, value, list);
}

/* BETWEEN low AND high */
static struct sql_node *parse_between(struct sql_parser *p, struct sql_node *value, uint32_t first)
{
    struct sql_node *node = node_new(p, SQL_BETWEEN, first);

    node->child[SQL_BETWEEN_VALUE] = value;
    node->child[SQL_BETWEEN_LOW] = parse_bit_expr(p);
    expect(p, W_AND);
    node->child[SQL_BETWEEN_HIGH] = parse_predicate(p);
    return node_finish(p, node);
}

/* LIKE pattern [ESCAPE escape] */
static struct sql_node *parse_like(struct sql_parser *p, struct sql_node *value, uint32_t first)
{
    struct sql_node *node = node_new(p, SQL_LIKE, first);

    node->op = SQL_OP_LIKE;
    node->child[SQL_LIKE_VALUE] = value;
    node->child[SQL_LIKE_PATTERN] = p->mysql ? parse_simple_expr(p) : parse_bit_expr(p);
    if (accept(p, W_ESCAPE))
        node->child[SQL_LIKE_ESCAPE] = p->mysql ? parse_simple_expr(p) : parse_bit_expr(p);
    return node_finish(p, node);
}

static struct sql_node *parse_like_relative(struct sql_parser *p, struct sql_node *value,
                                            uint32_t first, enum sql_operator op)
{
    struct sql_node *node = node_new(p, SQL_LIKE, first);

    node->op = (uint16_t)op;
    node->child[SQL_LIKE_VALUE] = value;
    node->child[SQL_LIKE_PATTERN] = parse_bit_expr(p);
    return node_finish(p, node);
}

/* bit_expr MEMBER [OF] ( simple_expr )    MySQL */
static struct sql_node *parse_member_of(struct sql_parser *p, struct sql_node *value,
                                        uint32_t first)
{
    accept(p, W_OF);
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *array = parse_simple_expr(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_of(p, SQL_BINARY, first, SQL_OP_MEMBER_OF, value, array);
}

/* One of the tests that follow an operand, or NULL when none does. */
static struct sql_node *parse_test(struct sql_parser *p, struct sql_node *value, uint32_t first)
{
    struct sql_node *node = NULL;
    bool negated = is(p, W_NOT);
    enum sql_word word = word_at(p, negated ? 1 : 0);

    if (negated && word != W_IN && word != W_BETWEEN && word != W_LIKE && word != W_REGEXP &&
        word != W_RLIKE)
        return NULL;
    if (negated)
        p->at++;
    if (accept(p, W_IN))
        node = parse_in(p, value, first);
    else if (accept(p, W_BETWEEN))
        node = parse_between(p, value, first);
    else if (accept(p, W_LIKE))
        node = parse_like(p, value, first);
    else if (accept(p, W_REGEXP) || accept(p, W_RLIKE))
        node = parse_like_relative(p, value, first, SQL_OP_REGEXP);
    else if (accept2(p, W_SOUNDS, W_LIKE))
        node = parse_like_relative(p, value, first, SQL_OP_SOUNDS_LIKE);
    else if (p->mysql && is(p, W_MEMBER) &&
             (word_at(p, 1) == W_OF || kind_at(p, 1) == SQL_TOKEN_LEFT) && accept(p, W_MEMBER))
        node = parse_member_of(p, value, first);
    if (node != NULL && negated)
        node->flags |= SQL_FLAG_NOT;
    return node;
}

/* predicate:
 *     bit_expr [NOT] IN (subquery | expr [, expr] ...)
 *   | bit_expr [NOT] BETWEEN bit_expr AND predicate
 *   | bit_expr SOUNDS LIKE bit_expr
 *   | bit_expr [NOT] LIKE simple_expr [ESCAPE simple_expr]
 *   | bit_expr [NOT] {REGEXP | RLIKE} bit_expr
 *   | bit_expr MEMBER [OF] (simple_expr)
 *   | bit_expr
 */
struct sql_node *parse_predicate(struct sql_parser *p)
{
    uint32_t first = expr_first(p);
    struct sql_node *value = parse_bit_expr(p), *test;

    while ((test = parse_test(p, value, first)) != NULL) {
        value = test;
        if (p->mysql || p->failed)
            break;
    }
    return value;
}

static enum sql_operator comparison(const struct sql_parser *p)
{
    switch ((int)kind_at(p, 0)) {
    case SQL_TOKEN_EQUAL:
        return SQL_OP_EQUAL;
    case SQL_TOKEN_NULL_SAFE:
        return SQL_OP_NULL_SAFE;
    case SQL_TOKEN_NOT_EQUAL:
        return SQL_OP_NOT_EQUAL;
    case SQL_TOKEN_LESS:
        return SQL_OP_LESS;
    case SQL_TOKEN_LESS_EQUAL:
        return SQL_OP_LESS_EQUAL;
    case SQL_TOKEN_GREATER:
        return SQL_OP_GREATER;
    case SQL_TOKEN_GREATER_EQUAL:
        return SQL_OP_GREATER_EQUAL;
    default:
        return SQL_OP_NONE;
    }
}

/* IS [NOT] {NULL | TRUE | FALSE | UNKNOWN} */
static struct sql_node *parse_is(struct sql_parser *p, struct sql_node *value, uint32_t first)
{
    bool negated = accept(p, W_NOT);
    enum sql_operator op = SQL_OP_NONE;

    if (accept(p, W_NULL) || accept_kind(p, SQL_TOKEN_NULL))
        op = SQL_OP_IS_NULL;
    else if (accept(p, W_TRUE))
        op = SQL_OP_IS_TRUE;
    else if (accept(p, W_FALSE))
        op = SQL_OP_IS_FALSE;
    else if (accept(p, W_UNKNOWN))
        op = SQL_OP_IS_UNKNOWN;
    else
        return parse_syntax(p, "NULL, TRUE, FALSE or UNKNOWN");
    struct sql_node *node = node_of(p, SQL_IS, first, (uint16_t)op, value, NULL);
    if (negated)
        node->flags |= SQL_FLAG_NOT;
    return node;
}

/* comparison {ALL | ANY | SOME} (subquery) */
static struct sql_node *parse_quantified(struct sql_parser *p, struct sql_node *value,
                                         uint32_t first, enum sql_operator op)
{
    bool all = is(p, W_ALL);

    p->at++;
    struct sql_node *node =
        node_of(p, SQL_QUANTIFIED, first, (uint16_t)op, value, parse_subquery(p));
    if (all)
        node->flags |= SQL_FLAG_ALL;
    return node;
}

/* bool_pri:
 *     bool_pri IS [NOT] NULL
 *   | bool_pri IS [NOT] {TRUE | FALSE | UNKNOWN}    MySQL: only as a whole expr
 *   | bool_pri comparison predicate
 *   | bool_pri comparison {ALL | ANY | SOME} (subquery)
 *   | predicate
 */
static struct sql_node *parse_comparison(struct sql_parser *p)
{
    uint32_t first = expr_first(p);
    struct sql_node *left = parse_predicate(p);

    while (!p->failed) {
        enum sql_operator op = comparison(p);
        if (op != SQL_OP_NONE) {
            p->at++;
            bool quantified = op != SQL_OP_NULL_SAFE &&
                              (is(p, W_ALL) || is(p, W_ANY) || is(p, W_SOME)) &&
                              kind_at(p, 1) == SQL_TOKEN_LEFT;
            left = quantified
                       ? parse_quantified(p, left, first, op)
                       : node_of(p, SQL_BINARY, first, (uint16_t)op, left, parse_predicate(p));
        } else if (accept(p, W_IS)) {
            left = parse_is(p, left, first);
            /* MySQL: a test for a truth value is an expression, which nothing compares with. */
            if (p->mysql && left->op != SQL_OP_IS_NULL)
                break;
        } else {
            break;
        }
    }
    return left;
}

/* NOT expr */
static struct sql_node *parse_not(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (p->pending != NULL || (p->mode & SQL_MODE_HIGH_NOT_PRECEDENCE) || !is(p, W_NOT))
        return parse_comparison(p);
    if (!enter(p))
        return p->spare;
    p->at++;
    struct sql_node *node = node_of(p, SQL_UNARY, first, SQL_OP_NOT, parse_not(p), NULL);
    leave(p);
    return node;
}

static struct sql_node *parse_and(struct sql_parser *p)
{
    return parse_run(p, parse_not, accept_and, SQL_OP_AND);
}

static struct sql_node *parse_xor(struct sql_parser *p)
{
    return parse_run(p, parse_and, accept_xor, SQL_OP_XOR);
}

/* expr:
 *     expr {OR | ||} expr
 *   | expr XOR expr
 *   | expr {AND | &&} expr
 *   | NOT expr
 *   | bool_pri
 */
struct sql_node *parse_expr(struct sql_parser *p)
{
    if (!enter(p))
        return p->spare;
    struct sql_node *node = parse_run(p, parse_xor, accept_or, SQL_OP_OR);
    leave(p);
    return node;
}

/* The operators between bit_exprs, with how strongly each binds; 0: none stands here. */
static unsigned binding(const struct sql_parser *p, enum sql_operator *ret_op)
{
    switch ((int)kind_at(p, 0)) {
    case SQL_TOKEN_OR:
        return *ret_op = SQL_OP_BIT_OR, 1;
    case SQL_TOKEN_AND:
        return *ret_op = SQL_OP_BIT_AND, 2;
    case SQL_TOKEN_SHIFT_LEFT:
        return *ret_op = SQL_OP_SHIFT_LEFT, 3;
    case SQL_TOKEN_SHIFT_RIGHT:
        return *ret_op = SQL_OP_SHIFT_RIGHT, 3;
    case SQL_TOKEN_PLUS:
        return *ret_op = SQL_OP_PLUS, 4;
    case SQL_TOKEN_MINUS:
        return *ret_op = SQL_OP_MINUS, 4;
    case SQL_TOKEN_STAR:
        return *ret_op = SQL_OP_MULTIPLY, 5;
    case SQL_TOKEN_SLASH:
        return *ret_op = SQL_OP_DIVIDE, 5;
    case SQL_TOKEN_PERCENT:
        return *ret_op = SQL_OP_MOD, 5;
    case SQL_TOKEN_XOR:
        return *ret_op = SQL_OP_BIT_XOR, 6;
    case SQL_TOKEN_WORD:
        if (is(p, W_DIV))
            return *ret_op = SQL_OP_DIV, 5;
        if (is(p, W_MOD))
            return *ret_op = SQL_OP_MOD, 5;
        return 0;
    default:
        return 0;
    }
}

/* Whether INTERVAL here is the function INTERVAL(a, b, ...): a comma stands at its first level. */
bool is_interval_function(const struct sql_parser *p)
{
    unsigned depth = 0;

    if (kind_at(p, 1) != SQL_TOKEN_LEFT)
        return false;
    for (uint32_t at = p->at + 1; at < p->end; at++) {
        if (p->t[at].kind == SQL_TOKEN_LEFT)
            depth++;
        else if (p->t[at].kind == SQL_TOKEN_RIGHT && --depth == 0)
            return false;
        else if (p->t[at].kind == SQL_TOKEN_COMMA && depth == 1)
            return true;
    }
    return false;
}

/* INTERVAL expr unit */
struct sql_node *parse_interval(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect(p, W_INTERVAL);
    struct sql_node *value = parse_expr(p);
    return node_of(p, SQL_INTERVAL, first, 0, value, parse_interval_unit(p));
}

/* The right operand of an operator of strength `strength`. */
static struct sql_node *parse_operand(struct sql_parser *p, enum sql_operator op, unsigned strength)
{
    if ((op == SQL_OP_PLUS || op == SQL_OP_MINUS) && is(p, W_INTERVAL) && !is_interval_function(p))
        return parse_interval(p);
    return parse_bits(p, strength + 1);
}

struct sql_node *parse_bits(struct sql_parser *p, unsigned least)
{
    uint32_t first = expr_first(p);
    struct sql_node *left = parse_simple_expr(p);
    enum sql_operator op;
    unsigned strength;

    while ((strength = binding(p, &op)) >= least && strength != 0) {
        uint32_t mark = list_begin(p);
        enum sql_operator same;
        list_add(p, left);
        do {
            p->at++;
            list_add(p, parse_operand(p, op, strength));
        } while (binding(p, &same) == strength && same == op);
        left = list_end(p, mark, SQL_BINARY, first);
        left->op = (uint16_t)op;
    }
    return left;
}

/* bit_expr:
 *     bit_expr {| & << >> + - * / DIV MOD % ^} bit_expr
 *   | bit_expr {+ | -} INTERVAL expr unit
 *   | simple_expr
 */
struct sql_node *parse_bit_expr(struct sql_parser *p)
{
    return parse_bits(p, 1);
}

/* simple_expr || simple_expr under PIPES_AS_CONCAT */
struct sql_node *parse_simple_expr(struct sql_parser *p)
{
    return parse_run(p, parse_unary, accept_concat, SQL_OP_CONCAT);
}

/* ( query ) | ( expr [, expr] ... ), and a query that goes on behind it */
struct sql_node *parse_paren(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *inner;

    expect_kind(p, SQL_TOKEN_LEFT);
    if (is_kind(p, SQL_TOKEN_LEFT) && is_query_start(p)) {
        if (!enter(p))
            return p->spare;
        inner = parse_paren(p);
        leave(p);
        if (inner->kind == SQL_SUBQUERY && (is_kind(p, SQL_TOKEN_RIGHT) || continues_query(p))) {
            struct sql_node *query = parse_query_after(p, inner->child[0], first + 1);
            expect_kind(p, SQL_TOKEN_RIGHT);
            return node_of(p, SQL_SUBQUERY, first, 0, query, NULL);
        }
        p->pending = inner;
    } else if (is_query_start(p)) {
        struct sql_node *query = parse_query(p);
        expect_kind(p, SQL_TOKEN_RIGHT);
        return node_of(p, SQL_SUBQUERY, first, 0, query, NULL);
    }
    uint32_t mark = list_begin(p), count = 0;
    do {
        list_add(p, parse_expr(p));
        count++;
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    expect_kind(p, SQL_TOKEN_RIGHT);
    if (p->failed)
        return p->spare;
    if (count > 1)
        return node_of(p, SQL_ROW, first, 0, list_end(p, mark, SQL_LIST, first), NULL);
    inner = p->stack[mark];
    p->stack_count = mark;
    inner->flags |= SQL_FLAG_PARENTHESES;
    return inner;
}

/* simple_expr COLLATE collation_name */
static struct sql_node *parse_collated(struct sql_parser *p)
{
    uint32_t first = expr_first(p);
    struct sql_node *value = p->pending ? p->pending : parse_operand_token(p);

    p->pending = NULL;
    while (accept(p, W_COLLATE))
        value = node_of(p, SQL_COLLATE, first, 0, value, parse_ident_or_string(p));
    return value;
}

static enum sql_operator unary_operator(const struct sql_parser *p)
{
    switch ((int)kind_at(p, 0)) {
    case SQL_TOKEN_PLUS:
        return SQL_OP_PLUS;
    case SQL_TOKEN_MINUS:
        return SQL_OP_MINUS;
    case SQL_TOKEN_TILDE:
        return SQL_OP_BIT_NOT;
    case SQL_TOKEN_BANG:
        return SQL_OP_BANG;
    case SQL_TOKEN_WORD:
        return is(p, W_NOT) && (p->mode & SQL_MODE_HIGH_NOT_PRECEDENCE) ? SQL_OP_NOT : SQL_OP_NONE;
    default:
        return SQL_OP_NONE;
    }
}

/* {+ | - | ~ | ! | BINARY} simple_expr */
static struct sql_node *parse_unary(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *node;

    if (p->pending != NULL)
        return parse_collated(p);
    enum sql_operator op = unary_operator(p);
    if (op == SQL_OP_NONE && !is(p, W_BINARY))
        return parse_collated(p);
    if (!enter(p))
        return p->spare;
    p->at++;
    struct sql_node *value = parse_unary(p);
    if (op != SQL_OP_NONE) {
        node = node_of(p, SQL_UNARY, first, (uint16_t)op, value, NULL);
    } else {
        node = node_of(p, SQL_CAST, first, 0, value, NULL);
        node->flags |= SQL_FLAG_BINARY;
    }
    leave(p);
    return node;
}

/* plain_literal: [+ | -] number | 'text' | TRUE | FALSE | {DATE | TIME | TIMESTAMP} 'text' */
struct sql_node *parse_plain_literal(struct sql_parser *p)
{
    uint32_t first = p->at;
    enum sql_token_kind kind = kind_at(p, 0);

    if (kind == SQL_TOKEN_MINUS || kind == SQL_TOKEN_PLUS) {
        p->at++;
        if (is_kind(p, SQL_TOKEN_HEX) || is_kind(p, SQL_TOKEN_BIT))
            return parse_syntax(p, "a number");
        return node_of(p, SQL_UNARY, first, kind == SQL_TOKEN_MINUS ? SQL_OP_MINUS : SQL_OP_PLUS,
                       parse_number(p), NULL);
    }
    bool temporal =
        (is(p, W_DATE) || is(p, W_TIME) || is(p, W_TIMESTAMP)) && kind_at(p, 1) == SQL_TOKEN_STRING;
    bool text = kind == SQL_TOKEN_STRING || kind == SQL_TOKEN_NSTRING || kind == SQL_TOKEN_CHARSET;
    bool number = kind == SQL_TOKEN_INTEGER || kind == SQL_TOKEN_DECIMAL ||
                  kind == SQL_TOKEN_FLOAT || kind == SQL_TOKEN_HEX || kind == SQL_TOKEN_BIT;
    if (!temporal && !text && !number && !is(p, W_TRUE) && !is(p, W_FALSE))
        return parse_syntax(p, "a literal");
    return parse_operand_token(p);
}

/* [+ | -] literal */
struct sql_node *parse_literal(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *value;

    if (is_kind(p, SQL_TOKEN_MINUS) || is_kind(p, SQL_TOKEN_PLUS)) {
        enum sql_operator op = unary_operator(p);
        p->at++;
        value = parse_number(p);
        return node_of(p, SQL_UNARY, first, (uint16_t)op, value, NULL);
    }
    return parse_unary(p);
}

static const enum sql_word interval_units[] = {W_MICROSECOND,
                                               W_SECOND,
                                               W_MINUTE,
                                               W_HOUR,
                                               W_DAY,
                                               W_WEEK,
                                               W_MONTH,
                                               W_QUARTER,
                                               W_YEAR,
                                               W_SECOND_MICROSECOND,
                                               W_MINUTE_MICROSECOND,
                                               W_MINUTE_SECOND,
                                               W_HOUR_MICROSECOND,
                                               W_HOUR_SECOND,
                                               W_HOUR_MINUTE,
                                               W_DAY_MICROSECOND,
                                               W_DAY_SECOND,
                                               W_DAY_MINUTE,
                                               W_DAY_HOUR,
                                               W_YEAR_MONTH,
                                               W_SQL_TSI_SECOND,
                                               W_SQL_TSI_MINUTE,
                                               W_SQL_TSI_HOUR,
                                               W_SQL_TSI_DAY,
                                               W_SQL_TSI_WEEK,
                                               W_SQL_TSI_MONTH,
                                               W_SQL_TSI_QUARTER,
                                               W_SQL_TSI_YEAR};

static bool is_interval_unit(const struct sql_parser *p)
{
    for (size_t i = 0; i < ARRAY_LEN(interval_units); i++)
        if (is(p, interval_units[i]))
            return true;
    return false;
}

/* unit: MICROSECOND | SECOND | ... | YEAR_MONTH | SQL_TSI_... */
struct sql_node *parse_interval_unit(struct sql_parser *p)
{
    if (!is_interval_unit(p))
        return parse_syntax(p, "a unit of time");
    return node_leaf(p, SQL_UNIT);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands behind FROM: tables, derived tables, joins, JSON_TABLE.
 *
 * Joins as both grammars resolve them: the right operand of an inner join takes all joins that
 * follow, so that ON belongs to the last join without one: a JOIN b JOIN c ON x ON y is
 * a JOIN (b JOIN c ON x) ON y. A join that ends up without condition is moved to the left:
 * a JOIN b JOIN c ON x is (a CROSS JOIN b) JOIN c ON x, and x may name columns of a.
 */
#include "sql/parser.h"

static struct sql_node *parse_joined(struct sql_parser *p);

static struct sql_node *parse_key_name(struct sql_parser *p)
{
    return is(p, W_PRIMARY) ? node_leaf(p, SQL_IDENT) : parse_ident(p);
}

/* USE {INDEX | KEY} [FOR {JOIN | ORDER BY | GROUP BY}] ( [name [, name] ...] )
 * {FORCE | IGNORE} {INDEX | KEY} [FOR ...] ( name [, name] ... ) */
static struct sql_node *parse_index_hint(struct sql_parser *p)
{
    uint32_t first = p->at++;
    struct sql_node *names = NULL;

    bool use = p->t[first].word == W_USE;

    if (!accept(p, W_INDEX))
        expect(p, W_KEY);
    if (accept(p, W_FOR) && !accept(p, W_JOIN)) {
        if (!accept(p, W_ORDER))
            expect(p, W_GROUP);
        expect(p, W_BY);
    }
    expect_kind(p, SQL_TOKEN_LEFT);
    if (!use || !is_kind(p, SQL_TOKEN_RIGHT))
        names = parse_list(p, parse_key_name);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_of(p, SQL_INDEX_HINT, first, 0, names, NULL);
}

static bool is_index_hint(const struct sql_parser *p)
{
    return (is(p, W_USE) || is(p, W_FORCE) || is(p, W_IGNORE)) &&
           (word_at(p, 1) == W_INDEX || word_at(p, 1) == W_KEY);
}

static struct sql_node *parse_index_hints(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (!is_index_hint(p))
        return NULL;
    while (is_index_hint(p)) {
        list_add(p, parse_index_hint(p));
        if (!p->mysql && is_kind(p, SQL_TOKEN_COMMA) &&
            (word_at(p, 1) == W_USE || word_at(p, 1) == W_FORCE || word_at(p, 1) == W_IGNORE))
            p->at++;
    }
    return list_end(p, mark, SQL_LIST, first);
}

static struct sql_node *parse_history_point(struct sql_parser *p)
{
    if (is(p, W_TRANSACTION) || (is(p, W_TIMESTAMP) && kind_at(p, 1) != SQL_TOKEN_LEFT &&
                                 kind_at(p, 1) != SQL_TOKEN_STRING))
        p->at++;
    return parse_bit_expr(p);
}

/* FOR SYSTEM_TIME {AS OF point | ALL | FROM point TO point | BETWEEN point AND point}    MariaDB */
static struct sql_node *parse_system_time(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *from = NULL, *to = NULL;

    p->at += 2;
    if (accept2(p, W_AS, W_OF)) {
        from = parse_history_point(p);
    } else if (accept(p, W_FROM)) {
        from = parse_history_point(p);
        expect(p, W_TO);
        to = parse_history_point(p);
    } else if (accept(p, W_BETWEEN)) {
        from = parse_history_point(p);
        expect(p, W_AND);
        to = parse_history_point(p);
    } else {
        expect(p, W_ALL);
    }
    return node_of(p, SQL_SYSTEM_TIME, first, 0, from, to);
}

/* TABLESAMPLE {SYSTEM | BERNOULLI} ( n )    MySQL 8.2 and later */
static struct sql_node *parse_sample(struct sql_parser *p)
{
    uint32_t first = p->at++;

    if (!accept(p, W_SYSTEM))
        expect(p, W_BERNOULLI);
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *share = parse_simple_expr(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_of(p, SQL_TABLESAMPLE, first, 0, share, NULL);
}

/* [schema .] table [PARTITION ( name, ... )] [FOR SYSTEM_TIME ...] [[AS] alias] [index hints] */
static struct sql_node *parse_base_table(struct sql_parser *p)
{
    struct sql_node *ref = node_new(p, SQL_TABLE_REF, p->at);

    ref->child[SQL_TABLE_REF_NAME] = parse_name(p);
    if (accept(p, W_PARTITION))
        ref->child[SQL_TABLE_REF_PARTITIONS] = parse_list_in_parens(p, parse_ident);
    if (!p->mysql && is2(p, W_FOR, W_SYSTEM_TIME))
        ref->child[SQL_TABLE_REF_TIME] = parse_system_time(p);
    ref->child[SQL_TABLE_REF_ALIAS] = parse_table_alias(p);
    ref->child[SQL_TABLE_REF_HINTS] = parse_index_hints(p);
    if (p->mysql && is(p, W_TABLESAMPLE))
        ref->child[SQL_TABLE_REF_SAMPLE] = parse_sample(p);
    return node_finish(p, ref);
}

/* ( query ) [AS] alias [( column [, column] ... )], of which the query was read. MariaDB has the
 * columns from 11.7 on; MySQL parses it without the alias */
static struct sql_node *parse_derived_tail(struct sql_parser *p, struct sql_node *query,
                                           uint32_t first, bool lateral)
{
    struct sql_node *derived = node_new(p, SQL_DERIVED, first);

    derived->child[SQL_DERIVED_QUERY] = query;
    if (!p->mysql && is2(p, W_FOR, W_SYSTEM_TIME)) {
        parse_doubt(p, "FOR SYSTEM_TIME behind a query");
        parse_system_time(p);
    }
    derived->child[SQL_DERIVED_ALIAS] = parse_table_alias(p);
    if (derived->child[SQL_DERIVED_ALIAS] == NULL) {
        if (!p->mysql)
            return parse_syntax(p, "an alias for the query");
        parse_doubt(p, "a derived table without a name");
    }
    if ((p->mysql || p->version >= 110700) && is_kind(p, SQL_TOKEN_LEFT))
        derived->child[SQL_DERIVED_COLUMNS] = parse_list_in_parens(p, parse_ident);
    if (lateral)
        derived->flags |= SQL_FLAG_LATERAL;
    return node_finish(p, derived);
}

/* name FOR ORDINALITY | name type [EXISTS] PATH 'path' [... ON EMPTY] [... ON ERROR]
 * | NESTED PATH 'path' COLUMNS ( ... ) */
static struct sql_node *parse_json_column(struct sql_parser *p)
{
    struct sql_node *column = node_new(p, SQL_JSON_COLUMN, p->at);

    if (!enter(p))
        return p->spare;
    if (accept2(p, W_NESTED, W_PATH)) {
        column->child[SQL_JSON_COLUMN_PATH] = parse_path(p);
        expect(p, W_COLUMNS);
        column->child[SQL_JSON_COLUMN_NESTED] = parse_list_in_parens(p, parse_json_column);
    } else {
        column->child[SQL_JSON_COLUMN_NAME] = parse_ident(p);
        if (accept(p, W_FOR)) {
            expect(p, W_ORDINALITY);
        } else {
            column->child[SQL_JSON_COLUMN_TYPE] = parse_type(p);
            if (accept(p, W_COLLATE))
                parse_collate_name(p);
            bool exists = accept(p, W_EXISTS);
            expect(p, W_PATH);
            column->child[SQL_JSON_COLUMN_PATH] = parse_path(p);
            if (p->mysql || !exists)
                column->child[SQL_JSON_COLUMN_ELSE] = parse_json_else(p, true);
        }
    }
    leave(p);
    return node_finish(p, column);
}

/* JSON_TABLE ( expr , 'path' COLUMNS ( column [, column] ... ) ) [AS] alias */
static struct sql_node *parse_json_table(struct sql_parser *p)
{
    struct sql_node *table = node_new(p, SQL_JSON_TABLE, p->at);

    p->at++;
    expect_kind(p, SQL_TOKEN_LEFT);
    table->child[SQL_JSON_TABLE_VALUE] = parse_expr(p);
    expect_kind(p, SQL_TOKEN_COMMA);
    table->child[SQL_JSON_TABLE_PATH] = parse_path(p);
    expect(p, W_COLUMNS);
    table->child[SQL_JSON_TABLE_COLUMNS] = parse_list_in_parens(p, parse_json_column);
    expect_kind(p, SQL_TOKEN_RIGHT);
    table->child[SQL_JSON_TABLE_ALIAS] = parse_table_alias(p);
    return node_finish(p, table);
}

/* table [, table] ... as JOINs of op COMMA */
static struct sql_node *parse_comma_list(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *left = parse_joined(p);

    while (accept_kind(p, SQL_TOKEN_COMMA))
        left = node_of(p, SQL_JOIN, first, SQL_JOIN_COMMA, left, parse_joined(p));
    return left;
}

/* ( query ) or ( table [, table] ... ). A query comes back as SUBQUERY: its alias is not read. */
static struct sql_node *parse_table_paren(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *inner;

    if (!enter(p))
        return p->spare;
    expect_kind(p, SQL_TOKEN_LEFT);
    if (is_kind(p, SQL_TOKEN_LEFT) && is_query_start(p)) {
        uint32_t start = p->at;
        inner = parse_table_paren(p);
        if (inner->kind == SQL_SUBQUERY && (is_kind(p, SQL_TOKEN_RIGHT) || continues_query(p))) {
            struct sql_node *query = parse_query_after(p, inner->child[0], start);
            expect_kind(p, SQL_TOKEN_RIGHT);
            leave(p);
            return node_of(p, SQL_SUBQUERY, first, 0, query, NULL);
        }
        if (inner->kind == SQL_SUBQUERY)
            inner = parse_derived_tail(p, inner->child[0], start, false);
        p->pending_table = inner;
    } else if (is_query_start(p)) {
        struct sql_node *query = parse_query(p);
        query->flags |= SQL_FLAG_PARENTHESES;
        expect_kind(p, SQL_TOKEN_RIGHT);
        leave(p);
        return node_of(p, SQL_SUBQUERY, first, 0, query, NULL);
    }
    inner = parse_comma_list(p);
    /* MySQL groups tables and joins; what is made by a query or a function stands alone. */
    if (p->mysql && (inner->kind == SQL_DERIVED || inner->kind == SQL_JSON_TABLE))
        return parse_syntax(p, "a join");
    expect_kind(p, SQL_TOKEN_RIGHT);
    leave(p);
    inner->flags |= SQL_FLAG_PARENTHESES;
    return inner;
}

/* table_factor: [schema .] table ... | ( query ) alias | LATERAL ( query ) alias
 *   | JSON_TABLE ( ... ) | ( table [, table] ... ) | { OJ table } */
static struct sql_node *parse_table_factor(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (p->pending_table != NULL) {
        struct sql_node *pending = p->pending_table;
        p->pending_table = NULL;
        return pending;
    }
    if (is_kind(p, SQL_TOKEN_LEFT)) {
        struct sql_node *inner = parse_table_paren(p);
        return inner->kind == SQL_SUBQUERY ? parse_derived_tail(p, inner->child[0], first, false)
                                           : inner;
    }
    if (is_kind(p, SQL_TOKEN_LEFT_BRACE)) {
        p->at++;
        if (!p->mysql)
            parse_ident(p);
        else if (!accept_text(p, STR("OJ")))
            return parse_syntax(p, "OJ");
        struct sql_node *inner = parse_joined(p);
        expect_kind(p, SQL_TOKEN_RIGHT_BRACE);
        return inner;
    }
    if (is(p, W_JSON_TABLE) && kind_at(p, 1) == SQL_TOKEN_LEFT)
        return parse_json_table(p);
    if (p->mysql && accept(p, W_LATERAL))
        return parse_derived_tail(p, parse_query_in_parens(p), first, true);
    return parse_base_table(p);
}

/* What join begins here; *ret_natural when NATURAL stands before it. Takes its words. */
static enum sql_join accept_join(struct sql_parser *p, bool *ret_natural)
{
    enum sql_join join = SQL_JOIN_NONE;

    *ret_natural = accept(p, W_NATURAL);
    if (accept(p, W_JOIN))
        return SQL_JOIN_INNER;
    if (accept(p, W_INNER) || (!*ret_natural && accept(p, W_CROSS))) {
        join = p->t[p->at - 1].word == W_CROSS ? SQL_JOIN_CROSS : SQL_JOIN_INNER;
        expect(p, W_JOIN);
    } else if (is(p, W_LEFT) || is(p, W_RIGHT)) {
        join = is(p, W_LEFT) ? SQL_JOIN_OUTER_LEFT : SQL_JOIN_OUTER_RIGHT;
        p->at++;
        accept(p, W_OUTER);
        expect(p, W_JOIN);
    } else if ((!*ret_natural || !p->mysql) && accept(p, W_STRAIGHT_JOIN)) {
        join = SQL_JOIN_STRAIGHT;
    } else if (*ret_natural) {
        parse_syntax(p, "JOIN");
    }
    return join;
}

/* Joins `left` to the leftmost table of `right`, where the joins of `right` were not grouped. */
static struct sql_node *join_leftmost(struct sql_parser *p, struct sql_node *left,
                                      struct sql_node *right, enum sql_join op, uint32_t first)
{
    if (right->kind != SQL_JOIN || (right->flags & SQL_FLAG_PARENTHESES)) {
        struct sql_node *join = node_of(p, SQL_JOIN, first, (uint16_t)op, left, right);
        join->last = right->last;
        return join;
    }
    right->child[SQL_JOIN_LEFT] = join_leftmost(p, left, right->child[SQL_JOIN_LEFT], op, first);
    right->first = first;
    unsigned height = right->child[SQL_JOIN_LEFT]->height + 1u;
    if (right->height < height)
        right->height = (uint16_t)height;
    return right;
}

static struct sql_node *parse_join_condition(struct sql_parser *p, struct sql_node *join)
{
    if (accept(p, W_ON))
        join->child[SQL_JOIN_ON] = parse_expr(p);
    else if (accept(p, W_USING))
        join->child[SQL_JOIN_USING] = parse_list_in_parens(p, parse_ident);
    else
        return parse_syntax(p, "ON or USING");
    return node_finish(p, join);
}

/* table_reference: table_factor
 *   | table_reference [INNER | CROSS] JOIN table_reference [ON expr | USING ( column, ... )]
 *   | table_reference STRAIGHT_JOIN table_reference [ON expr]
 *   | table_reference {LEFT | RIGHT} [OUTER] JOIN table_reference {ON expr | USING (...)}
 *   | table_reference NATURAL STRAIGHT_JOIN table_factor    MariaDB
 *   | table_reference NATURAL [INNER | {LEFT | RIGHT} [OUTER]] JOIN table_factor */
static struct sql_node *parse_joined(struct sql_parser *p)
{
    uint32_t first = p->pending_table ? p->pending_table->first : p->at;
    bool natural;
    enum sql_join op;

    if (!enter(p))
        return p->spare;
    struct sql_node *left = parse_table_factor(p);
    while (!p->failed && (op = accept_join(p, &natural)) != SQL_JOIN_NONE) {
        struct sql_node *right = natural ? parse_table_factor(p) : parse_joined(p);
        bool condition = !natural && (is(p, W_ON) || is(p, W_USING));
        bool outer = op == SQL_JOIN_OUTER_LEFT || op == SQL_JOIN_OUTER_RIGHT;
        if (!natural && !condition && !outer) {
            left = join_leftmost(p, left, right, op, first);
            continue;
        }
        struct sql_node *join = node_new(p, SQL_JOIN, first);
        join->op = (uint16_t)op;
        join->child[SQL_JOIN_LEFT] = left;
        join->child[SQL_JOIN_RIGHT] = right;
        if (natural)
            join->flags |= SQL_FLAG_NATURAL;
        left = natural ? node_finish(p, join) : parse_join_condition(p, join);
    }
    leave(p);
    return left;
}

/* table_reference [, table_reference] ... */
struct sql_node *parse_table_list(struct sql_parser *p)
{
    return parse_list(p, parse_joined);
}

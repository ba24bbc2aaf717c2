/* SPDX-License-Identifier: Apache-2.0
 *
 * PARTITION BY, and the definitions of partitions that ALTER TABLE has too. The servers' grammars
 * count while they read: values against columns, partitions and subpartitions against what was
 * said of their number, and call it a syntax error when they differ.
 */
#include "sql/parser.h"

enum partition_type { ANY_TYPE = 0, BY_HASH, BY_RANGE, BY_LIST, BY_SYSTEM_TIME };

/* What has been read so far of the partitions. */
struct partitions {
    enum partition_type type;
    uint64_t columns;       /* values that a partition has; 0: not known yet */
    uint64_t count;         /* PARTITIONS n; 0: not written */
    uint64_t subpartitions; /* SUBPARTITIONS n, then as many as the first partition has */
    uint64_t defined;       /* partitions read */
};

/* [STORAGE] ENGINE [=] name | TABLESPACE [=] name | {NODEGROUP | MAX_ROWS | MIN_ROWS} [=] n
 * | {DATA | INDEX} DIRECTORY [=] 'path' | COMMENT [=] 'text'    MariaDB: identifier = value */
static struct sql_node *parse_partition_option(struct sql_parser *p)
{
    struct sql_node *option = node_new(p, SQL_OPTION, p->at);
    parse_function *value = parse_string;

    option->op = SQL_OPTION_OTHER;
    if (is_engine_option(p))
        return parse_engine_option(p);
    if (accept2(p, W_DATA, W_DIRECTORY) || accept2(p, W_INDEX, W_DIRECTORY)) {
        option->op = SQL_OPTION_DIRECTORY;
    } else if (accept(p, W_ENGINE) || accept2(p, W_STORAGE, W_ENGINE)) {
        value = parse_ident_or_string;
    } else if (accept(p, W_TABLESPACE)) {
        value = p->mysql ? parse_ident : parse_ident_or_string;
    } else if (accept(p, W_NODEGROUP) || accept(p, W_MAX_ROWS) || accept(p, W_MIN_ROWS)) {
        value = parse_unsigned;
    } else if (!accept(p, W_COMMENT)) {
        return NULL;
    }
    accept_equal_sign(p);
    option->child[SQL_OPTION_VALUE] = value(p);
    return node_finish(p, option);
}

/* [option] ... */
static struct sql_node *parse_partition_options(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);
    struct sql_node *option;

    while ((option = parse_partition_option(p)) != NULL && !p->failed)
        list_add(p, option);
    return list_end(p, mark, SQL_LIST, first);
}

/* What an index may have, and so a row of values in MySQL. */
#define COLUMNS_MOST 16

/* Fewer values than before are a syntax error; more are refused later. */
static void check_columns(struct sql_parser *p, struct partitions *all, uint32_t count)
{
    if (all->columns == 0)
        all->columns = p->mysql && count > COLUMNS_MOST ? 1 : count;
    else if (count < all->columns)
        parse_syntax(p, "as many values as columns");
}

/* ( value [, value] ... ), a value being MAXVALUE or an expression without comparisons */
static struct sql_node *parse_values(struct sql_parser *p, bool maxvalue)
{
    uint32_t first = p->at, mark = list_begin(p);

    expect_kind(p, SQL_TOKEN_LEFT);
    do {
        if (maxvalue && is(p, W_MAXVALUE))
            list_add(p, node_leaf(p, SQL_IDENT));
        else if (is(p, W_DEFAULT) && kind_at(p, 1) != SQL_TOKEN_LEFT)
            parse_syntax(p, "a value");
        else
            list_add(p, parse_bit_expr(p));
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    expect_kind(p, SQL_TOKEN_RIGHT);
    return list_end(p, mark, SQL_LIST, first);
}

/* MAXVALUE | ( value, ... ) */
static struct sql_node *parse_less_than(struct sql_parser *p, struct partitions *all)
{
    if (is(p, W_MAXVALUE)) {
        check_columns(p, all, 1);
        return node_leaf(p, SQL_IDENT);
    }
    struct sql_node *values = parse_values(p, true);
    check_columns(p, all, values->count);
    return values;
}

/* ( value, ... ) | ( ( value, ... ), ( value, ... ) ... ) */
static struct sql_node *parse_in(struct sql_parser *p, struct partitions *all)
{
    uint32_t first = p->at;

    if (kind_at(p, 1) != SQL_TOKEN_LEFT) {
        if (all->columns > 1)
            return parse_syntax(p, "rows of values");
        return parse_values(p, false);
    }
    expect_kind(p, SQL_TOKEN_LEFT);
    uint32_t mark = list_begin(p);
    do {
        uint32_t row = p->at;
        struct sql_node *values = parse_values(p, false);
        check_columns(p, all, values->count);
        list_add(p, node_of(p, SQL_ROW, row, 0, values, NULL));
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    if (all->columns < 2)
        return parse_syntax(p, "values without parentheses");
    expect_kind(p, SQL_TOKEN_RIGHT);
    return list_end(p, mark, SQL_LIST, first);
}

/* [VALUES {LESS THAN ... | IN ...}]    MariaDB: [HISTORY | CURRENT | DEFAULT] */
static struct sql_node *parse_partition_values(struct sql_parser *p, struct partitions *all)
{
    if (accept(p, W_VALUES)) {
        if (accept(p, W_IN))
            return parse_in(p, all);
        expect2(p, W_LESS, W_THAN);
        return parse_less_than(p, all);
    }
    if (p->mysql && (all->type == BY_RANGE || all->type == BY_LIST))
        return parse_syntax(p, "VALUES");
    if (!p->mysql && !accept(p, W_HISTORY) && !accept(p, W_CURRENT))
        accept(p, W_DEFAULT);
    return NULL;
}

/* SUBPARTITION name [options] */
static struct sql_node *parse_subpartition(struct sql_parser *p)
{
    struct sql_node *def = node_new(p, SQL_PARTITION_DEF, p->at);

    expect(p, W_SUBPARTITION);
    def->child[SQL_PARTITION_DEF_NAME] = parse_ident_or_string(p);
    def->child[SQL_PARTITION_DEF_OPTIONS] = parse_partition_options(p);
    return node_finish(p, def);
}

/* [( SUBPARTITION ..., ... )], as many in every partition */
static struct sql_node *parse_subpartitions(struct sql_parser *p, struct partitions *all)
{
    struct sql_node *list =
        is_kind(p, SQL_TOKEN_LEFT) ? parse_list_in_parens(p, parse_subpartition) : NULL;
    uint64_t count = list == NULL ? 0 : list->count;

    if (all->defined == 0 ? all->subpartitions != 0 && count != 0 && count != all->subpartitions
                          : count != all->subpartitions)
        parse_syntax(p, "as many subpartitions as there are");
    all->subpartitions = count;
    return list;
}

/* PARTITION name [VALUES ...] [options] [( subpartition [, subpartition] ... )]
 *   MariaDB: the word PARTITION may be left out */
static struct sql_node *parse_partition_def(struct sql_parser *p, struct partitions *all)
{
    struct sql_node *def = node_new(p, SQL_PARTITION_DEF, p->at);

    if (p->mysql)
        expect(p, W_PARTITION);
    else
        accept(p, W_PARTITION);
    def->child[SQL_PARTITION_DEF_NAME] = parse_ident(p);
    def->child[SQL_PARTITION_DEF_VALUES] = parse_partition_values(p, all);
    def->child[SQL_PARTITION_DEF_OPTIONS] = parse_partition_options(p);
    def->child[SQL_PARTITION_DEF_SUB] = parse_subpartitions(p, all);
    all->defined++;
    return node_finish(p, def);
}

/* ( partition_definition [, partition_definition] ... ) */
static struct sql_node *parse_defs(struct sql_parser *p, struct partitions *all)
{
    expect_kind(p, SQL_TOKEN_LEFT);
    uint32_t first = p->at, mark = list_begin(p);

    do {
        list_add(p, parse_partition_def(p, all));
    } while (accept_kind(p, SQL_TOKEN_COMMA) && !p->failed);
    struct sql_node *list = list_end(p, mark, SQL_LIST, first);
    if (all->count != 0 && all->count != all->defined)
        parse_syntax(p, "as many partitions as were announced");
    expect_kind(p, SQL_TOKEN_RIGHT);
    return list;
}

struct sql_node *parse_partition_defs(struct sql_parser *p)
{
    return parse_defs(p, &(struct partitions){0});
}

struct sql_node *parse_one_partition_def(struct sql_parser *p)
{
    return parse_partition_def(p, &(struct partitions){0});
}

/* [ALGORITHM = {1 | 2}] ( [column, ...] ), the columns left out by partitions alone */
static struct sql_node *parse_key_columns(struct sql_parser *p, bool sub)
{
    struct sql_node *columns = NULL;

    if (accept(p, W_ALGORITHM)) {
        expect_kind(p, SQL_TOKEN_EQUAL);
        uint64_t algorithm = sql_number_at(p);
        if (algorithm != 1 && algorithm != 2)
            return parse_syntax(p, "1 or 2");
        parse_unsigned(p);
    }
    expect_kind(p, SQL_TOKEN_LEFT);
    if (sub || !is_kind(p, SQL_TOKEN_RIGHT))
        columns = parse_list(p, parse_ident);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return columns;
}

/* ( expr ) */
static struct sql_node *parse_partition_function(struct sql_parser *p)
{
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *by = p->mysql ? parse_plain_expr(p, parse_bit_expr) : parse_bit_expr(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return by;
}

/* SYSTEM_TIME [INTERVAL expr unit [STARTS expr] [AUTO] | LIMIT n [AUTO]]    MariaDB */
static void parse_by_system_time(struct sql_parser *p)
{
    p->at++;
    if (is(p, W_INTERVAL)) {
        parse_interval(p);
        if (accept(p, W_STARTS)) {
            if (kind_at(p, 1) != SQL_TOKEN_STRING)
                accept(p, W_TIMESTAMP);
            parse_bit_expr(p);
        }
    } else if (accept(p, W_LIMIT)) {
        parse_rounded(p);
    } else {
        return;
    }
    accept(p, W_AUTO);
}

/* {RANGE | LIST} {( expr ) | COLUMNS ( column, ... )} */
static void parse_by_values(struct sql_parser *p, struct sql_node *node, struct partitions *all)
{
    all->type = is(p, W_RANGE) ? BY_RANGE : BY_LIST;
    p->at++;
    if (!accept(p, W_COLUMNS)) {
        node->child[SQL_PARTITIONING_BY] = parse_partition_function(p);
        all->columns = all->type == BY_LIST ? 1 : 0;
        return;
    }
    expect_kind(p, SQL_TOKEN_LEFT);
    if (p->mysql || !is_kind(p, SQL_TOKEN_RIGHT)) {
        node->child[SQL_PARTITIONING_COLUMNS] = parse_list(p, parse_ident);
        all->columns = node->child[SQL_PARTITIONING_COLUMNS]->count;
    }
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* SUBPARTITION BY [LINEAR] {HASH ( expr ) | KEY [ALGORITHM = n] ( column, ... )} [SUBPARTITIONS n]
 */
static void parse_subpartitioning(struct sql_parser *p, struct sql_node *node,
                                  struct partitions *all)
{
    if (!accept2(p, W_SUBPARTITION, W_BY))
        return;
    accept(p, W_LINEAR);
    if (accept(p, W_HASH)) {
        node->child[SQL_PARTITIONING_SUB] = parse_partition_function(p);
    } else {
        expect(p, W_KEY);
        node->child[SQL_PARTITIONING_SUB] = parse_key_columns(p, true);
    }
    if (accept(p, W_SUBPARTITIONS)) {
        all->subpartitions = sql_number_at(p);
        parse_unsigned(p);
    }
}

/* PARTITION BY {[LINEAR] HASH ( expr ) | [LINEAR] KEY [ALGORITHM = n] ( [column, ...] )
 *     | {RANGE | LIST} {( expr ) | COLUMNS ( column, ... )}}
 *     [PARTITIONS n] [SUBPARTITION BY ... [SUBPARTITIONS n]] [( partition_definition, ... )] */
struct sql_node *parse_partitioning(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_PARTITIONING, p->at);
    struct partitions all = {0};

    expect2(p, W_PARTITION, W_BY);
    if (!p->mysql && is(p, W_SYSTEM_TIME)) {
        all.type = BY_SYSTEM_TIME;
        parse_by_system_time(p);
    } else if (is(p, W_RANGE) || is(p, W_LIST)) {
        parse_by_values(p, node, &all);
    } else {
        all.type = BY_HASH;
        accept(p, W_LINEAR);
        if (accept(p, W_HASH)) {
            node->child[SQL_PARTITIONING_BY] = parse_partition_function(p);
        } else {
            expect(p, W_KEY);
            node->child[SQL_PARTITIONING_COLUMNS] = parse_key_columns(p, false);
        }
    }
    if (accept(p, W_PARTITIONS)) {
        all.count = sql_number_at(p);
        parse_unsigned(p);
    }
    parse_subpartitioning(p, node, &all);
    if (is_kind(p, SQL_TOKEN_LEFT) && !is_query_start(p))
        node->child[SQL_PARTITIONING_PARTITIONS] = parse_defs(p, &all);
    return node_finish(p, node);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE TABLE, its options and partitions.
 */
#include "sql/parser.h"

/* What an option's value looks like. */
enum value_style {
    VALUE_NONE = 0,
    VALUE_PLAIN,  /* [=] identifier, text, number or DEFAULT */
    VALUE_TABLES, /* [=] ( table, ... ) */
    VALUE_NAME    /* identifier */
};

struct option_row {
    enum sql_word word;
    enum sql_option op;
    enum value_style style;
};

static const struct option_row option_rows[] = {
    {W_ENGINE, SQL_OPTION_ENGINE, VALUE_PLAIN},
    {W_AUTO_INCREMENT, SQL_OPTION_AUTO_INCREMENT, VALUE_PLAIN},
    {W_AVG_ROW_LENGTH, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_AUTOEXTEND_SIZE, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_AUTO_REFRESH, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_CHECKSUM, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_TABLE_CHECKSUM, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_COMMENT, SQL_OPTION_COMMENT, VALUE_PLAIN},
    {W_COMPRESSION, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_CONNECTION, SQL_OPTION_CONNECTION, VALUE_PLAIN},
    {W_DELAY_KEY_WRITE, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_ENCRYPTION, SQL_OPTION_ENCRYPTION, VALUE_PLAIN},
    {W_ENGINE_ATTRIBUTE, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_INSERT_METHOD, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_KEY_BLOCK_SIZE, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_MAX_ROWS, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_MIN_ROWS, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_PACK_KEYS, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_PAGE_CHECKSUM, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_PASSWORD, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_ROW_FORMAT, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_SECONDARY_ENGINE, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_SECONDARY_ENGINE_ATTRIBUTE, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_SEQUENCE, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_STATS_AUTO_RECALC, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_STATS_PERSISTENT, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_STATS_SAMPLE_PAGES, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_STORAGE, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_TABLESPACE, SQL_OPTION_TABLESPACE, VALUE_PLAIN},
    {W_TRANSACTIONAL, SQL_OPTION_OTHER, VALUE_PLAIN},
    {W_TYPE, SQL_OPTION_ENGINE, VALUE_PLAIN},
    {W_UNION, SQL_OPTION_UNION, VALUE_TABLES},
};

static const struct option_row *option_find(enum sql_word word)
{
    for (size_t i = 0; i < ARRAY_LEN(option_rows); i++)
        if (option_rows[i].word == word)
            return &option_rows[i];
    return NULL;
}

static bool is_default_charset(const struct sql_parser *p, uint32_t ahead)
{
    enum sql_word word = word_at(p, ahead);

    return word == W_COLLATE || word == W_CHARSET ||
           ((word == W_CHARACTER || word == W_CHAR) && word_at(p, ahead + 1) == W_SET);
}

bool is_table_option(const struct sql_parser *p)
{
    if (is(p, W_DEFAULT))
        return is_default_charset(p, 1);
    if (is_default_charset(p, 0))
        return true;
    if ((is(p, W_DATA) || is(p, W_INDEX)) && word_at(p, 1) == W_DIRECTORY)
        return true;
    if (is2(p, W_START, W_TRANSACTION))
        return true;
    if (!p->mysql && is2(p, W_WITH, W_SYSTEM))
        return true;
    if (!p->mysql && (is_ident(p) || option_find((enum sql_word)p->t[p->at].word)) &&
        kind_at(p, 1) == SQL_TOKEN_EQUAL)
        return true;
    if (is(p, W_STORAGE))
        return word_at(p, 1) == W_DISK || word_at(p, 1) == W_MEMORY || word_at(p, 1) == W_DEFAULT;
    const struct option_row *row = option_find((enum sql_word)p->t[p->at].word);
    return row != NULL && !(p->mysql && (row->word == W_SEQUENCE || row->word == W_TYPE));
}

/* [DEFAULT] {CHARACTER SET | COLLATE} [=] name */
struct sql_node *parse_default_charset(struct sql_parser *p)
{
    struct sql_node *option = node_new(p, SQL_OPTION, p->at);

    accept(p, W_DEFAULT);
    if (accept(p, W_COLLATE)) {
        option->op = SQL_OPTION_COLLATE;
    } else {
        option->op = SQL_OPTION_CHARSET;
        if (!accept_charset_words(p))
            return parse_syntax(p, "CHARACTER SET");
    }
    accept_kind(p, SQL_TOKEN_EQUAL);
    option->child[SQL_OPTION_VALUE] =
        is(p, W_DEFAULT) ? node_leaf(p, SQL_IDENT) : parse_charset_name(p);
    return node_finish(p, option);
}

/* table_option: name [=] value, and those with a form of their own */
struct sql_node *parse_table_option(struct sql_parser *p)
{
    struct sql_node *option = node_new(p, SQL_OPTION, p->at);

    if (is(p, W_DEFAULT) || is_default_charset(p, 0))
        return parse_default_charset(p);
    option->op = SQL_OPTION_OTHER;
    if ((is(p, W_DATA) || is(p, W_INDEX)) && word_at(p, 1) == W_DIRECTORY) {
        option->op = SQL_OPTION_DIRECTORY;
        p->at += 2;
        accept_kind(p, SQL_TOKEN_EQUAL);
        option->child[SQL_OPTION_VALUE] = parse_string(p);
        return node_finish(p, option);
    }
    if (accept2(p, W_START, W_TRANSACTION))
        return node_finish(p, option);
    if (!p->mysql && accept2(p, W_WITH, W_SYSTEM)) {
        option->op = SQL_OPTION_SYSTEM_VERSIONING;
        expect(p, W_VERSIONING);
        return node_finish(p, option);
    }
    const struct option_row *row = option_find((enum sql_word)p->t[p->at].word);
    p->at++;
    accept_kind(p, SQL_TOKEN_EQUAL);
    if (row != NULL)
        option->op = (uint16_t)row->op;
    if (row == NULL || row->style != VALUE_TABLES) {
        option->child[SQL_OPTION_VALUE] = parse_option_value(p);
    } else {
        expect_kind(p, SQL_TOKEN_LEFT);
        if (!is_kind(p, SQL_TOKEN_RIGHT))
            option->child[SQL_OPTION_VALUE] = parse_list(p, parse_name);
        expect_kind(p, SQL_TOKEN_RIGHT);
    }
    return node_finish(p, option);
}

/* table_option [[,] table_option] ... */
static struct sql_node *parse_table_options(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);

    while (is_table_option(p)) {
        list_add(p, parse_table_option(p));
        if (!accept_kind(p, SQL_TOKEN_COMMA))
            continue;
        if (!is_table_option(p))
            parse_syntax(p, "an option of the table");
    }
    return list_end(p, mark, SQL_LIST, first);
}

/* [[STORAGE] ENGINE [=] name] [COMMENT [=] 'text'] [{DATA | INDEX} DIRECTORY [=] 'path']
 * [MAX_ROWS [=] n] [MIN_ROWS [=] n] [TABLESPACE [=] name] [NODEGROUP [=] n]
 * MariaDB: identifier = value */
static struct sql_node *parse_partition_options(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);

    for (;;) {
        struct sql_node *option = node_new(p, SQL_OPTION, p->at);
        option->op = SQL_OPTION_OTHER;
        if ((is(p, W_DATA) || is(p, W_INDEX)) && word_at(p, 1) == W_DIRECTORY) {
            option->op = SQL_OPTION_DIRECTORY;
            p->at += 2;
        } else if (is(p, W_ENGINE) || is2(p, W_STORAGE, W_ENGINE)) {
            accept(p, W_STORAGE);
            p->at++;
        } else if (!accept(p, W_COMMENT) && !accept(p, W_MAX_ROWS) && !accept(p, W_MIN_ROWS) &&
                   !accept(p, W_TABLESPACE) && !accept(p, W_NODEGROUP)) {
            if (p->mysql || !is_ident(p) || kind_at(p, 1) != SQL_TOKEN_EQUAL)
                break;
            p->at++;
        }
        accept_kind(p, SQL_TOKEN_EQUAL);
        option->child[SQL_OPTION_VALUE] = parse_option_value(p);
        list_add(p, node_finish(p, option));
    }
    return list_end(p, mark, SQL_LIST, first);
}

static struct sql_node *parse_partition_value(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (accept_kind(p, SQL_TOKEN_LEFT)) { /* a row of LIST COLUMNS */
        struct sql_node *row = parse_list(p, parse_partition_value);
        expect_kind(p, SQL_TOKEN_RIGHT);
        return node_of(p, SQL_ROW, first, 0, row, NULL);
    }
    if (is(p, W_MAXVALUE))
        return node_leaf(p, SQL_IDENT);
    return is(p, W_DEFAULT) ? node_leaf(p, SQL_DEFAULT) : parse_expr(p);
}

/* VALUES {LESS THAN {( value, ... ) | MAXVALUE} | IN ( value, ... )}    MariaDB: DEFAULT */
static struct sql_node *parse_partition_values(struct sql_parser *p)
{
    if (accept(p, W_LESS)) {
        expect(p, W_THAN);
        if (is(p, W_MAXVALUE))
            return node_leaf(p, SQL_IDENT);
        return parse_list_in_parens(p, parse_partition_value);
    }
    expect(p, W_IN);
    if (!enter(p))
        return p->spare;
    struct sql_node *values = parse_list_in_parens(p, parse_partition_value);
    leave(p);
    return values;
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

/* PARTITION name [VALUES ...] [options] [( subpartition [, subpartition] ... )] */
static struct sql_node *parse_partition_def(struct sql_parser *p)
{
    struct sql_node *def = node_new(p, SQL_PARTITION_DEF, p->at);

    if (p->mysql)
        expect(p, W_PARTITION);
    else
        accept(p, W_PARTITION);
    def->child[SQL_PARTITION_DEF_NAME] = parse_ident(p);
    if (accept(p, W_VALUES))
        def->child[SQL_PARTITION_DEF_VALUES] = parse_partition_values(p);
    else if (!p->mysql && !accept(p, W_HISTORY) && !accept(p, W_CURRENT) && is(p, W_DEFAULT))
        p->at++;
    def->child[SQL_PARTITION_DEF_OPTIONS] = parse_partition_options(p);
    if (is_kind(p, SQL_TOKEN_LEFT))
        def->child[SQL_PARTITION_DEF_SUB] = parse_list_in_parens(p, parse_subpartition);
    return node_finish(p, def);
}

/* ( partition_definition [, partition_definition] ... ) */
struct sql_node *parse_partition_defs(struct sql_parser *p)
{
    return parse_list_in_parens(p, parse_partition_def);
}

/* [LINEAR] HASH ( expr ) | [LINEAR] KEY [ALGORITHM = n] ( [column, ...] ), also of subpartitions */
static void parse_hash_or_key(struct sql_parser *p, struct sql_node **ret_by,
                              struct sql_node **ret_columns)
{
    accept(p, W_LINEAR);
    if (accept(p, W_HASH)) {
        expect_kind(p, SQL_TOKEN_LEFT);
        *ret_by = parse_bit_expr(p);
        expect_kind(p, SQL_TOKEN_RIGHT);
        return;
    }
    expect(p, W_KEY);
    if (accept(p, W_ALGORITHM)) {
        expect_kind(p, SQL_TOKEN_EQUAL);
        parse_number(p);
    }
    expect_kind(p, SQL_TOKEN_LEFT);
    if (!is_kind(p, SQL_TOKEN_RIGHT))
        *ret_columns = parse_list(p, parse_ident);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* SYSTEM_TIME [INTERVAL expr unit [STARTS expr] | LIMIT n] [AUTO]    MariaDB */
static void parse_by_system_time(struct sql_parser *p)
{
    p->at++;
    if (is(p, W_INTERVAL))
        parse_interval(p);
    else if (accept(p, W_LIMIT))
        parse_number(p);
    if (accept(p, W_STARTS)) {
        accept(p, W_TIMESTAMP);
        parse_bit_expr(p);
    }
    accept(p, W_AUTO);
}

/* PARTITION BY {[LINEAR] HASH ... | [LINEAR] KEY ... | {RANGE | LIST} {( expr ) | COLUMNS ( ... )}}
 *     [PARTITIONS n] [SUBPARTITION BY ... [SUBPARTITIONS n]] [( partition_definition, ... )] */
struct sql_node *parse_partitioning(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_PARTITIONING, p->at);
    struct sql_node *columns = NULL;

    expect2(p, W_PARTITION, W_BY);
    if (!p->mysql && is(p, W_SYSTEM_TIME)) {
        parse_by_system_time(p);
    } else if (accept(p, W_RANGE) || accept(p, W_LIST)) {
        if (accept(p, W_COLUMNS)) {
            node->child[SQL_PARTITIONING_COLUMNS] = parse_list_in_parens(p, parse_ident);
        } else {
            expect_kind(p, SQL_TOKEN_LEFT);
            node->child[SQL_PARTITIONING_BY] = parse_bit_expr(p);
            expect_kind(p, SQL_TOKEN_RIGHT);
        }
    } else {
        parse_hash_or_key(p, &node->child[SQL_PARTITIONING_BY],
                          &node->child[SQL_PARTITIONING_COLUMNS]);
    }
    if (accept(p, W_PARTITIONS))
        parse_number(p);
    if (accept2(p, W_SUBPARTITION, W_BY)) {
        parse_hash_or_key(p, &node->child[SQL_PARTITIONING_SUB], &columns);
        if (node->child[SQL_PARTITIONING_SUB] == NULL)
            node->child[SQL_PARTITIONING_SUB] = columns;
        if (accept(p, W_SUBPARTITIONS))
            parse_number(p);
    }
    if (is_kind(p, SQL_TOKEN_LEFT) && !is_query_start(p))
        node->child[SQL_PARTITIONING_PARTITIONS] = parse_partition_defs(p);
    return node_finish(p, node);
}

/* LIKE table | ( LIKE table ) */
static struct sql_node *parse_create_like(struct sql_parser *p, struct sql_node *name,
                                          uint32_t first, uint32_t flags)
{
    bool parens = accept_kind(p, SQL_TOKEN_LEFT);

    expect(p, W_LIKE);
    struct sql_node *like = parse_name(p);
    if (parens)
        expect_kind(p, SQL_TOKEN_RIGHT);
    struct sql_node *node = node_of(p, SQL_CREATE_TABLE_LIKE, first, 0, name, like);
    node->flags |= flags;
    return node;
}

/* CREATE [TEMPORARY] TABLE [IF NOT EXISTS] table
 *   { LIKE table | ( LIKE table )
 *   | [( element [, element] ... )] [option ...] [PARTITION BY ...] [[IGNORE | REPLACE] [AS] query]
 * } */
struct sql_node *parse_create_table(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    expect(p, W_TABLE);
    if (accept_if_not_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    struct sql_node *name = parse_name(p);
    if (is(p, W_LIKE) || (is_kind(p, SQL_TOKEN_LEFT) && word_at(p, 1) == W_LIKE))
        return parse_create_like(p, name, first, flags);
    struct sql_node *create = node_new(p, SQL_CREATE_TABLE, first);
    create->flags = flags;
    create->child[SQL_CREATE_TABLE_NAME] = name;
    if (is_kind(p, SQL_TOKEN_LEFT) && !is_query_start(p))
        create->child[SQL_CREATE_TABLE_ELEMENTS] = parse_list_in_parens(p, parse_table_element);
    create->child[SQL_CREATE_TABLE_OPTIONS] = parse_table_options(p);
    if (is2(p, W_PARTITION, W_BY))
        create->child[SQL_CREATE_TABLE_PARTITION] = parse_partitioning(p);
    if (accept(p, W_IGNORE))
        create->flags |= SQL_FLAG_IGNORE;
    else if (accept(p, W_REPLACE))
        create->flags |= SQL_FLAG_REPLACE;
    accept(p, W_AS);
    if (is_query_start(p))
        create->child[SQL_CREATE_TABLE_QUERY] = parse_query(p);
    else if (p->at > 0 && (p->t[p->at - 1].word == W_AS || p->t[p->at - 1].word == W_IGNORE ||
                           p->t[p->at - 1].word == W_REPLACE))
        return parse_syntax(p, "a query");
    else if (create->child[SQL_CREATE_TABLE_ELEMENTS] == NULL && p->mysql)
        return parse_syntax(p, "( or a query");
    if (p->mysql == false && is2(p, W_WITH, W_SYSTEM))
        return parse_syntax(p, NULL);
    return node_finish(p, create);
}

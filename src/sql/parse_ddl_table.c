/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE TABLE and its options.
 */
#include "sql/parser.h"

/* What an option's value looks like. */
enum value_style {
    VALUE_NAME = 0, /* identifier or 'text' */
    VALUE_IDENT,
    VALUE_TEXT,
    VALUE_LONG,    /* a number, not 0x41 */
    VALUE_NUMBER,  /* a number */
    VALUE_TERNARY, /* 0, 1, DEFAULT */
    VALUE_PAGES,   /* 1 to 65535, DEFAULT */
    VALUE_CHOICE,  /* a number, DEFAULT */
    VALUE_ROW_FORMAT,
    VALUE_METHOD,
    VALUE_SIZE,    /* 4194304, 4M */
    VALUE_TABLES,  /* ( [table, ...] ) */
    VALUE_FORMAT,  /* ( how a file is read ) */
    VALUE_FILES,   /* ( which files ) */
    VALUE_NAME_OR_NULL,
    VALUE_TEXT_OR_NONE
};

enum families { NEITHER = 0, MYSQL_ONLY, MARIADB_ONLY, BOTH_FAMILIES };

struct option_row {
    enum sql_word word;
    enum sql_option op;
    enum value_style style;
    enum families families;
    uint64_t most; /* larger values are syntax errors to MySQL; 0: no bound */
};

static const struct option_row option_rows[] = {
    {W_ENGINE, SQL_OPTION_ENGINE, VALUE_NAME, BOTH_FAMILIES, 0},
    {W_AUTO_INCREMENT, SQL_OPTION_AUTO_INCREMENT, VALUE_LONG, BOTH_FAMILIES, 0},
    {W_AVG_ROW_LENGTH, SQL_OPTION_OTHER, VALUE_LONG, MYSQL_ONLY, UINT32_MAX},
    {W_AVG_ROW_LENGTH, SQL_OPTION_OTHER, VALUE_NUMBER, MARIADB_ONLY, 0},
    {W_CHECKSUM, SQL_OPTION_OTHER, VALUE_NUMBER, BOTH_FAMILIES, 0},
    {W_TABLE_CHECKSUM, SQL_OPTION_OTHER, VALUE_NUMBER, BOTH_FAMILIES, 0},
    {W_COMMENT, SQL_OPTION_COMMENT, VALUE_TEXT, BOTH_FAMILIES, 0},
    {W_CONNECTION, SQL_OPTION_CONNECTION, VALUE_TEXT, BOTH_FAMILIES, 0},
    {W_DELAY_KEY_WRITE, SQL_OPTION_OTHER, VALUE_NUMBER, BOTH_FAMILIES, 0},
    {W_INSERT_METHOD, SQL_OPTION_OTHER, VALUE_METHOD, BOTH_FAMILIES, 0},
    {W_KEY_BLOCK_SIZE, SQL_OPTION_OTHER, VALUE_LONG, MYSQL_ONLY, UINT16_MAX},
    {W_KEY_BLOCK_SIZE, SQL_OPTION_OTHER, VALUE_NUMBER, MARIADB_ONLY, 0},
    {W_MAX_ROWS, SQL_OPTION_OTHER, VALUE_LONG, BOTH_FAMILIES, 0},
    {W_MIN_ROWS, SQL_OPTION_OTHER, VALUE_LONG, BOTH_FAMILIES, 0},
    {W_PACK_KEYS, SQL_OPTION_OTHER, VALUE_TERNARY, BOTH_FAMILIES, 0},
    {W_PASSWORD, SQL_OPTION_OTHER, VALUE_TEXT, BOTH_FAMILIES, 0},
    {W_ROW_FORMAT, SQL_OPTION_OTHER, VALUE_ROW_FORMAT, BOTH_FAMILIES, 0},
    {W_STATS_AUTO_RECALC, SQL_OPTION_OTHER, VALUE_TERNARY, BOTH_FAMILIES, 0},
    {W_STATS_PERSISTENT, SQL_OPTION_OTHER, VALUE_TERNARY, BOTH_FAMILIES, 0},
    {W_STATS_SAMPLE_PAGES, SQL_OPTION_OTHER, VALUE_PAGES, BOTH_FAMILIES, 0},
    {W_TABLESPACE, SQL_OPTION_TABLESPACE, VALUE_IDENT, BOTH_FAMILIES, 0},
    {W_UNION, SQL_OPTION_UNION, VALUE_TABLES, BOTH_FAMILIES, 0},
    {W_PAGE_CHECKSUM, SQL_OPTION_OTHER, VALUE_CHOICE, MARIADB_ONLY, 0},
    {W_SEQUENCE, SQL_OPTION_OTHER, VALUE_CHOICE, MARIADB_ONLY, 0},
    {W_TRANSACTIONAL, SQL_OPTION_OTHER, VALUE_CHOICE, MARIADB_ONLY, 0},
    {W_ALLOW_MISSING_FILES, SQL_OPTION_OTHER, VALUE_TERNARY, MYSQL_ONLY, 0},
    {W_AUTOEXTEND_SIZE, SQL_OPTION_OTHER, VALUE_SIZE, MYSQL_ONLY, 0},
    {W_AUTO_REFRESH, SQL_OPTION_OTHER, VALUE_TERNARY, MYSQL_ONLY, 0},
    {W_AUTO_REFRESH_SOURCE, SQL_OPTION_OTHER, VALUE_TEXT_OR_NONE, MYSQL_ONLY, 0},
    {W_COMPRESSION, SQL_OPTION_OTHER, VALUE_TEXT, MYSQL_ONLY, 0},
    {W_ENCRYPTION, SQL_OPTION_ENCRYPTION, VALUE_TEXT, MYSQL_ONLY, 0},
    {W_ENGINE_ATTRIBUTE, SQL_OPTION_OTHER, VALUE_TEXT, MYSQL_ONLY, 0},
    {W_FILES, SQL_OPTION_DIRECTORY, VALUE_FILES, MYSQL_ONLY, 0},
    {W_FILE_FORMAT, SQL_OPTION_OTHER, VALUE_FORMAT, MYSQL_ONLY, 0},
    {W_SECONDARY_ENGINE, SQL_OPTION_OTHER, VALUE_NAME_OR_NULL, MYSQL_ONLY, 0},
    {W_SECONDARY_ENGINE_ATTRIBUTE, SQL_OPTION_OTHER, VALUE_TEXT, MYSQL_ONLY, 0},
    {W_STRICT_LOAD, SQL_OPTION_OTHER, VALUE_TERNARY, MYSQL_ONLY, 0},
    {W_VERIFY_KEY_CONSTRAINTS, SQL_OPTION_OTHER, VALUE_TERNARY, MYSQL_ONLY, 0},
};

static const struct option_row *option_find(const struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    for (size_t i = 0; i < ARRAY_LEN(option_rows) && word != SQL_NO_WORD; i++)
        if (option_rows[i].word == word &&
            option_rows[i].families != (p->mysql ? MARIADB_ONLY : MYSQL_ONLY))
            return &option_rows[i];
    return NULL;
}

static bool is_charset_option(const struct sql_parser *p, uint32_t ahead)
{
    enum sql_word word = word_at(p, ahead);

    return word == W_COLLATE || word == W_CHARSET ||
           ((word == W_CHARACTER || word == W_CHAR) && word_at(p, ahead + 1) == W_SET);
}

bool is_default_charset(const struct sql_parser *p)
{
    return is_charset_option(p, is(p, W_DEFAULT) ? 1 : 0);
}

bool is_table_option(const struct sql_parser *p)
{
    if (is_default_charset(p) || is_engine_option(p))
        return true;
    if ((is(p, W_DATA) || is(p, W_INDEX)) && word_at(p, 1) == W_DIRECTORY)
        return true;
    if (is2(p, W_START, W_TRANSACTION))
        return p->mysql;
    if (is2(p, W_WITH, W_SYSTEM))
        return !p->mysql;
    if (is(p, W_STORAGE))
        return word_at(p, 1) == W_DISK || word_at(p, 1) == W_MEMORY;
    return option_find(p) != NULL;
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
    accept_equal_sign(p);
    option->child[SQL_OPTION_VALUE] =
        !p->mysql && is(p, W_DEFAULT) ? node_leaf(p, SQL_IDENT) : parse_charset_name(p);
    return node_finish(p, option);
}

/* One of these words, as an IDENT. */
static struct sql_node *parse_one_of(struct sql_parser *p, const enum sql_word *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is(p, words[i]))
            return node_leaf(p, SQL_IDENT);
    return parse_syntax(p, sql_word_text(words[0]));
}

/* A number, which the servers hold against its bounds while they read; or DEFAULT. */
static struct sql_node *parse_number_option(struct sql_parser *p, const struct option_row *row)
{
    bool or_default = row->style == VALUE_TERNARY || row->style == VALUE_PAGES ||
                      row->style == VALUE_CHOICE;
    uint64_t value = sql_number_at(p);

    if (or_default && is(p, W_DEFAULT))
        return node_leaf(p, SQL_IDENT);
    if ((row->style == VALUE_LONG && is_kind(p, SQL_TOKEN_HEX)) || !is_rounded(p))
        return parse_syntax(p, "a number");
    if ((row->most != 0 && value > row->most) || (row->style == VALUE_TERNARY && value > 1) ||
        (row->style == VALUE_PAGES && (value == 0 || value > UINT16_MAX)))
        return parse_syntax(p, "another number");
    return parse_rounded(p);
}

/* 4194304 | 4M; what is neither number nor size the server refuses later */
struct sql_node *parse_size(struct sql_parser *p)
{
    if (is_ident(p) && p->t[p->at].word == SQL_NO_WORD)
        return node_leaf(p, SQL_IDENT);
    return parse_unsigned(p);
}

/* {URL | URI | FILE_NAME | FILE_PATTERN | FILE_PREFIX} [=] 'text'
 * | {ALLOW_MISSING_FILES | STRICT_LOAD} [=] {0 | 1 | DEFAULT} ... */
static struct sql_node *parse_file_attributes(struct sql_parser *p)
{
    static const struct option_row ternary = {SQL_NO_WORD, SQL_OPTION_OTHER, VALUE_TERNARY,
                                              MYSQL_ONLY, 0};
    uint32_t first = p->at;

    do {
        bool text = accept(p, W_URL) || accept(p, W_URI) || accept(p, W_FILE_NAME) ||
                    accept(p, W_FILE_PATTERN) || accept(p, W_FILE_PREFIX);
        if (!text && !accept(p, W_ALLOW_MISSING_FILES))
            expect(p, W_STRICT_LOAD);
        accept_equal_sign(p);
        (void)(text ? parse_text_string(p) : parse_number_option(p, &ternary));
    } while (!p->failed && !is_kind(p, SQL_TOKEN_COMMA) && !is_kind(p, SQL_TOKEN_RIGHT));
    return node_finish(p, node_new(p, SQL_WORDS, first));
}

/* ( [FORMAT name] [FIELDS ...] [LINES ...] [IGNORE n {LINES | ROWS}] ) */
static struct sql_node *parse_file_format(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect_kind(p, SQL_TOKEN_LEFT);
    if (accept(p, W_FORMAT)) {
        accept_equal_sign(p);
        parse_ident_or_string(p);
    }
    if (!is_kind(p, SQL_TOKEN_RIGHT) && !is(p, W_IGNORE))
        parse_fields_and_lines(p);
    if (accept(p, W_IGNORE)) {
        parse_digits(p);
        if (!accept(p, W_LINES))
            expect(p, W_ROWS);
    }
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, node_new(p, SQL_WORDS, first));
}

/* ( [table, ...] ) */
static struct sql_node *parse_union_tables(struct sql_parser *p)
{
    struct sql_node *tables = NULL;

    expect_kind(p, SQL_TOKEN_LEFT);
    if (!is_kind(p, SQL_TOKEN_RIGHT))
        tables = parse_list(p, parse_name);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return tables;
}

static struct sql_node *parse_table_option_value(struct sql_parser *p, const struct option_row *row)
{
    static const enum sql_word formats[] = {W_DEFAULT,   W_FIXED,   W_DYNAMIC, W_COMPRESSED,
                                            W_REDUNDANT, W_COMPACT, W_PAGE};
    static const enum sql_word methods[] = {W_NO, W_FIRST, W_LAST};

    switch (row->style) {
    case VALUE_NAME_OR_NULL:
        return is(p, W_NULL) ? node_leaf(p, SQL_IDENT) : parse_ident_or_string(p);
    case VALUE_NAME:
        return parse_ident_or_string(p);
    case VALUE_IDENT:
        return parse_ident(p);
    case VALUE_TEXT_OR_NONE:
        return is(p, W_NONE) ? node_leaf(p, SQL_IDENT) : parse_string(p);
    case VALUE_TEXT:
        return parse_string(p);
    case VALUE_LONG:
    case VALUE_NUMBER:
    case VALUE_TERNARY:
    case VALUE_PAGES:
    case VALUE_CHOICE:
        return parse_number_option(p, row);
    case VALUE_ROW_FORMAT: /* PAGE is MariaDB's */
        return parse_one_of(p, formats, ARRAY_LEN(formats) - (p->mysql ? 1 : 0));
    case VALUE_METHOD:
        return parse_one_of(p, methods, ARRAY_LEN(methods));
    case VALUE_SIZE:
        return parse_size(p);
    case VALUE_TABLES:
        return parse_union_tables(p);
    case VALUE_FORMAT:
        return parse_file_format(p);
    case VALUE_FILES:
        return parse_list_in_parens(p, parse_file_attributes);
    }
    return p->spare;
}

/* table_option: name [=] value, and those with a form of their own */
struct sql_node *parse_table_option(struct sql_parser *p)
{
    struct sql_node *option = node_new(p, SQL_OPTION, p->at);

    if (is_default_charset(p))
        return parse_default_charset(p);
    if (is_engine_option(p))
        return parse_engine_option(p);
    option->op = SQL_OPTION_OTHER;
    if ((is(p, W_DATA) || is(p, W_INDEX)) && word_at(p, 1) == W_DIRECTORY) {
        option->op = SQL_OPTION_DIRECTORY;
        p->at += 2;
        accept_equal_sign(p);
        option->child[SQL_OPTION_VALUE] = parse_string(p);
        return node_finish(p, option);
    }
    if (accept2(p, W_START, W_TRANSACTION) || accept2(p, W_STORAGE, W_DISK) ||
        accept2(p, W_STORAGE, W_MEMORY))
        return node_finish(p, option);
    if (!p->mysql && accept2(p, W_WITH, W_SYSTEM)) {
        option->op = SQL_OPTION_SYSTEM_VERSIONING;
        expect(p, W_VERSIONING);
        return node_finish(p, option);
    }
    const struct option_row *row = option_find(p);
    if (row == NULL)
        return parse_syntax(p, "an option of the table");
    p->at++;
    if (p->mysql || row->style != VALUE_IDENT)
        accept_equal_sign(p);
    option->op = (uint16_t)row->op;
    option->child[SQL_OPTION_VALUE] = parse_table_option_value(p, row);
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

/* CREATE [TEMPORARY | EXTERNAL] TABLE [IF NOT EXISTS] table
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
    return node_finish(p, create);
}

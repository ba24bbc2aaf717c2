/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE, ALTER, DROP and RENAME of schemas, indexes and views; what else there is to create is
 * told apart here and parsed where it belongs.
 */
#include "sql/parser.h"

/* schema_option: [DEFAULT] {CHARACTER SET | COLLATE} [=] name | [DEFAULT] ENCRYPTION [=] 'text'
 *   | READ ONLY [=] {DEFAULT | n}    MariaDB: COMMENT [=] 'text' */
static struct sql_node *parse_schema_options(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);

    for (;;) {
        uint32_t start = p->at;
        uint32_t ahead = is(p, W_DEFAULT) ? 1 : 0;
        struct sql_node *option = node_new(p, SQL_OPTION, start);
        option->op = SQL_OPTION_OTHER;
        if (p->mysql && word_at(p, ahead) == W_ENCRYPTION) {
            p->at += ahead + 1;
            option->op = SQL_OPTION_ENCRYPTION;
            accept_kind(p, SQL_TOKEN_EQUAL);
            option->child[SQL_OPTION_VALUE] = parse_string(p);
        } else if (p->mysql && accept2(p, W_READ, W_ONLY)) {
            accept_kind(p, SQL_TOKEN_EQUAL);
            option->child[SQL_OPTION_VALUE] = parse_option_value(p);
        } else if (!p->mysql && accept(p, W_COMMENT)) {
            accept_kind(p, SQL_TOKEN_EQUAL);
            option->child[SQL_OPTION_VALUE] = parse_string(p);
        } else if (word_at(p, ahead) == W_COLLATE || word_at(p, ahead) == W_CHARSET ||
                   word_at(p, ahead) == W_CHARACTER || word_at(p, ahead) == W_CHAR) {
            list_add(p, parse_default_charset(p));
            continue;
        } else {
            break;
        }
        list_add(p, node_finish(p, option));
    }
    return list_end(p, mark, SQL_LIST, first);
}

/* CREATE {DATABASE | SCHEMA} [IF NOT EXISTS] name [schema_option] ... */
static struct sql_node *parse_create_schema(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    p->at++;
    if (accept_if_not_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    struct sql_node *name = parse_ident(p);
    struct sql_node *node = node_of(p, SQL_CREATE_SCHEMA, first, 0, name, parse_schema_options(p));
    node->flags |= flags;
    return node;
}

/* ALTER {DATABASE | SCHEMA} [name] schema_option ...    MariaDB: UPGRADE DATA DIRECTORY NAME */
static struct sql_node *parse_alter_schema(struct sql_parser *p, uint32_t first)
{
    struct sql_node *name = NULL;

    p->at++;
    bool option = is(p, W_DEFAULT) || is(p, W_COLLATE) || is(p, W_CHARACTER) || is(p, W_CHAR) ||
                  (is(p, W_CHARSET) && !is_ident_at(p, 1)) ||
                  (is(p, W_CHARSET) && kind_at(p, 1) == SQL_TOKEN_EQUAL) ||
                  (p->mysql && is2(p, W_READ, W_ONLY)) ||
                  (p->mysql && is(p, W_ENCRYPTION) && kind_at(p, 1) != SQL_TOKEN_WORD);
    if (!option)
        name = parse_ident(p);
    if (!p->mysql && accept2(p, W_UPGRADE, W_DATA)) {
        expect2(p, W_DIRECTORY, W_NAME);
        return node_of(p, SQL_ALTER_SCHEMA, first, 0, name, NULL);
    }
    struct sql_node *options = parse_schema_options(p);
    if (options->count == 0)
        return parse_syntax(p, "an option of the schema");
    return node_of(p, SQL_ALTER_SCHEMA, first, 0, name, options);
}

/* DROP {DATABASE | SCHEMA} [IF EXISTS] name */
static struct sql_node *parse_drop_schema(struct sql_parser *p, uint32_t first)
{
    p->at++;
    bool exists = accept_if_exists(p);
    struct sql_node *node = node_of(p, SQL_DROP_SCHEMA, first, 0, parse_ident(p), NULL);
    if (exists)
        node->flags |= SQL_FLAG_IF_EXISTS;
    return node;
}

/* [ALGORITHM [=] {DEFAULT | INPLACE | COPY ...}] [LOCK [=] {DEFAULT | NONE | SHARED ...}] */
static void parse_lock_and_algorithm(struct sql_parser *p)
{
    while (is(p, W_ALGORITHM) || is(p, W_LOCK)) {
        p->at++;
        accept_kind(p, SQL_TOKEN_EQUAL);
        if (!accept(p, W_DEFAULT))
            parse_ident(p);
    }
}

/* CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX [IF NOT EXISTS] name [USING type]
 *     ON table ( key_part, ... ) [index_option] ... [ALGORITHM ...] [LOCK ...] */
static struct sql_node *parse_create_index(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    struct sql_node *node = node_new(p, SQL_CREATE_INDEX, first);

    node->op = SQL_INDEX_PLAIN;
    if (accept(p, W_UNIQUE))
        node->op = SQL_INDEX_UNIQUE;
    else if (accept(p, W_FULLTEXT))
        node->op = SQL_INDEX_FULLTEXT;
    else if (accept(p, W_SPATIAL))
        node->op = SQL_INDEX_SPATIAL;
    else if (!p->mysql && accept(p, W_VECTOR))
        node->op = SQL_INDEX_VECTOR;
    expect(p, W_INDEX);
    if (!p->mysql && accept_if_not_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    node->flags |= flags;
    node->child[SQL_CREATE_INDEX_NAME] = parse_ident(p);
    parse_index_options(p);
    expect(p, W_ON);
    node->child[SQL_CREATE_INDEX_TABLE] = parse_name(p);
    accept_wait(p);
    node->child[SQL_CREATE_INDEX_PARTS] = parse_key_parts(p);
    node->child[SQL_CREATE_INDEX_OPTIONS] = parse_index_options(p);
    parse_lock_and_algorithm(p);
    return node_finish(p, node);
}

/* DROP INDEX [IF EXISTS] name ON table [ALGORITHM ...] [LOCK ...] */
static struct sql_node *parse_drop_index(struct sql_parser *p, uint32_t first)
{
    struct sql_node *node = node_new(p, SQL_DROP_INDEX, first);

    expect(p, W_INDEX);
    if (!p->mysql && accept_if_exists(p))
        node->flags |= SQL_FLAG_IF_EXISTS;
    node->child[SQL_DROP_INDEX_NAME] = is(p, W_PRIMARY) ? node_leaf(p, SQL_IDENT) : parse_ident(p);
    expect(p, W_ON);
    node->child[SQL_DROP_INDEX_TABLE] = parse_name(p);
    accept_wait(p);
    parse_lock_and_algorithm(p);
    return node_finish(p, node);
}

/* [ALGORITHM = name] [DEFINER = user] [SQL SECURITY {DEFINER | INVOKER}] VIEW [IF NOT EXISTS]
 *     name [( column, ... )] AS query [WITH [CASCADED | LOCAL] CHECK OPTION] */
struct sql_node *parse_view(struct sql_parser *p, uint32_t first, uint32_t flags, bool alter,
                            const struct definition *definition)
{
    struct sql_node *view = node_new(p, SQL_CREATE_VIEW, first);

    expect(p, W_VIEW);
    if (!alter && accept_if_not_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    else if (alter && !p->mysql && accept_if_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    view->flags = flags | (alter ? SQL_FLAG_ALTER : 0u);
    view->op = (uint16_t)definition->security;
    view->child[SQL_CREATE_VIEW_DEFINER] = definition->definer;
    view->child[SQL_CREATE_VIEW_NAME] = parse_name(p);
    if (is_kind(p, SQL_TOKEN_LEFT))
        view->child[SQL_CREATE_VIEW_COLUMNS] = parse_list_in_parens(p, parse_ident);
    expect(p, W_AS);
    view->child[SQL_CREATE_VIEW_QUERY] = parse_query(p);
    if (accept(p, W_WITH)) {
        if (!accept(p, W_CASCADED))
            accept(p, W_LOCAL);
        expect2(p, W_CHECK, W_OPTION);
    }
    return node_finish(p, view);
}

/* [ALGORITHM = name] [DEFINER = user] [SQL SECURITY {DEFINER | INVOKER}] [AGGREGATE] */
static struct definition parse_definition(struct sql_parser *p)
{
    struct definition definition = {NULL, SQL_SECURITY_NONE};

    for (;;) {
        if (is(p, W_ALGORITHM) && kind_at(p, 1) == SQL_TOKEN_EQUAL) {
            p->at += 2;
            parse_ident(p);
        } else if (is(p, W_DEFINER) && kind_at(p, 1) == SQL_TOKEN_EQUAL) {
            p->at += 2;
            definition.definer = parse_account(p);
        } else if (accept2(p, W_SQL, W_SECURITY)) {
            definition.security = is(p, W_DEFINER) ? SQL_SECURITY_DEFINER : SQL_SECURITY_INVOKER;
            if (!accept(p, W_DEFINER))
                expect(p, W_INVOKER);
        } else {
            return definition;
        }
    }
}

/* CREATE [OR REPLACE] [TEMPORARY] ... */
struct sql_node *parse_create(struct sql_parser *p)
{
    uint32_t first = p->at, flags = 0;

    expect(p, W_CREATE);
    if (accept2(p, W_OR, W_REPLACE))
        flags |= SQL_FLAG_OR_REPLACE;
    if (accept(p, W_TEMPORARY))
        flags |= SQL_FLAG_TEMPORARY;
    switch ((int)p->t[p->at].word) {
    case W_TABLE:
        return parse_create_table(p, first, flags);
    case W_DATABASE:
    case W_SCHEMA:
        return parse_create_schema(p, first, flags);
    case W_INDEX:
    case W_UNIQUE:
    case W_FULLTEXT:
        return parse_create_index(p, first, flags);
    case W_VECTOR:
        if (word_at(p, 1) == W_INDEX)
            return parse_create_index(p, first, flags);
        break;
    case W_SPATIAL:
        if (word_at(p, 1) == W_INDEX)
            return parse_create_index(p, first, flags);
        break;
    default: /* the rest may have DEFINER and so on before its word */
        break;
    }
    struct definition definition = parse_definition(p);
    if (is(p, W_VIEW))
        return parse_view(p, first, flags, false, &definition);
    return parse_create_other(p, first, flags, &definition);
}

/* ALTER ... */
struct sql_node *parse_alter(struct sql_parser *p)
{
    uint32_t first = p->at, flags = 0;

    expect(p, W_ALTER);
    if (!p->mysql && accept(p, W_ONLINE))
        flags = 0;
    if (!p->mysql && accept(p, W_IGNORE))
        flags |= SQL_FLAG_IGNORE;
    if (is(p, W_TABLE))
        return parse_alter_table(p, first, flags);
    if (is(p, W_DATABASE) || is(p, W_SCHEMA))
        return parse_alter_schema(p, first);
    struct definition definition = parse_definition(p);
    if (is(p, W_VIEW))
        return parse_view(p, first, flags, true, &definition);
    return parse_alter_other(p, first, &definition);
}

/* DROP [TEMPORARY] {TABLE | VIEW} [IF EXISTS] name [, name] ... [RESTRICT | CASCADE] */
static struct sql_node *parse_drop_names(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    enum sql_node_kind kind = is(p, W_VIEW) ? SQL_DROP_VIEW : SQL_DROP_TABLE;

    p->at++;
    if (accept_if_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    struct sql_node *names = parse_list(p, parse_name);
    accept_wait(p);
    if (!accept(p, W_RESTRICT))
        accept(p, W_CASCADE);
    struct sql_node *node = node_of(p, kind, first, 0, names, NULL);
    node->flags |= flags;
    return node;
}

/* DROP ... */
struct sql_node *parse_drop(struct sql_parser *p)
{
    uint32_t first = p->at, flags = 0;

    expect(p, W_DROP);
    if (accept(p, W_TEMPORARY))
        flags |= SQL_FLAG_TEMPORARY;
    switch ((int)p->t[p->at].word) {
    case W_TABLE:
    case W_TABLES:
    case W_VIEW:
        return parse_drop_names(p, first, flags);
    case W_DATABASE:
    case W_SCHEMA:
        return parse_drop_schema(p, first);
    case W_INDEX:
        return parse_drop_index(p, first);
    default:
        return parse_drop_other(p, first, flags);
    }
}

/* table TO new_table */
static struct sql_node *parse_rename_pair(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *from = parse_name(p);

    accept_wait(p);
    expect(p, W_TO);
    return node_of(p, SQL_RENAME, first, 0, from, parse_name(p));
}

/* RENAME {TABLE | TABLES} [IF EXISTS] table TO new_table [, table TO new_table] ... */
struct sql_node *parse_rename(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect(p, W_RENAME);
    if (is(p, W_USER))
        return parse_rename_user(p, first);
    if (!accept(p, W_TABLE))
        expect(p, W_TABLES);
    if (!p->mysql)
        accept_if_exists(p);
    return node_of(p, SQL_RENAME_TABLE, first, 0, parse_list(p, parse_rename_pair), NULL);
}

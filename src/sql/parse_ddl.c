/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE, ALTER, DROP and RENAME of schemas, indexes and views; what else there is to create is
 * told apart here and parsed where it belongs.
 */
#include "sql/parser.h"

/* [DEFAULT] ENCRYPTION [=] 'text' | READ ONLY [=] {0 | 1 | DEFAULT}, of ALTER alone
 *   MariaDB: COMMENT [=] 'text' */
static struct sql_node *parse_schema_option(struct sql_parser *p, bool alter)
{
    struct sql_node *option = node_new(p, SQL_OPTION, p->at);

    option->op = SQL_OPTION_OTHER;
    if (p->mysql && (is(p, W_ENCRYPTION) || is2(p, W_DEFAULT, W_ENCRYPTION))) {
        accept(p, W_DEFAULT);
        p->at++;
        option->op = SQL_OPTION_ENCRYPTION;
        accept_equal_sign(p);
        option->child[SQL_OPTION_VALUE] = parse_string(p);
    } else if (p->mysql && alter && accept2(p, W_READ, W_ONLY)) {
        accept_equal_sign(p);
        if (is(p, W_DEFAULT))
            option->child[SQL_OPTION_VALUE] = node_leaf(p, SQL_IDENT);
        else if (sql_number_at(p) > 1)
            return parse_syntax(p, "0 or 1");
        else
            option->child[SQL_OPTION_VALUE] = parse_rounded(p);
    } else if (!p->mysql && accept(p, W_COMMENT)) {
        accept_equal_sign(p);
        option->child[SQL_OPTION_VALUE] = parse_string(p);
    } else {
        return NULL;
    }
    return node_finish(p, option);
}

/* schema_option: [DEFAULT] {CHARACTER SET | COLLATE} [=] name | ... */
static struct sql_node *parse_schema_options(struct sql_parser *p, bool alter)
{
    uint32_t first = p->at, mark = list_begin(p);

    while (!p->failed) {
        struct sql_node *option =
            is_default_charset(p) ? parse_default_charset(p) : parse_schema_option(p, alter);
        if (option == NULL)
            break;
        list_add(p, option);
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
    struct sql_node *options = parse_schema_options(p, false);
    struct sql_node *node = node_of(p, SQL_CREATE_SCHEMA, first, 0, name, options);
    node->flags |= flags;
    return node;
}

/* Whether an option stands here, not a name: a word that is not reserved is the name. MariaDB's
 * COMMENT with a value is an option. */
static bool is_schema_option(const struct sql_parser *p)
{
    if (!p->mysql && is(p, W_COMMENT))
        return kind_at(p, 1) != SQL_TOKEN_WORD;
    return !is_ident(p);
}

/* ALTER {DATABASE | SCHEMA} [name] schema_option ...    MariaDB: UPGRADE DATA DIRECTORY NAME */
static struct sql_node *parse_alter_schema(struct sql_parser *p, uint32_t first)
{
    struct sql_node *name = NULL;

    p->at++;
    if (!is_schema_option(p))
        name = parse_ident(p);
    if (!p->mysql && name != NULL && accept2(p, W_UPGRADE, W_DATA)) {
        expect2(p, W_DIRECTORY, W_NAME);
        return node_of(p, SQL_ALTER_SCHEMA, first, 0, name, NULL);
    }
    struct sql_node *options = parse_schema_options(p, true);
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

/* {ALGORITHM | LOCK} [=] {DEFAULT | name} */
void parse_algorithm_or_lock(struct sql_parser *p)
{
    p->at++;
    accept_equal_sign(p);
    if (!accept(p, W_DEFAULT))
        parse_ident(p);
}

/* [ALGORITHM [=] {DEFAULT | INPLACE | COPY ...}] [LOCK [=] {DEFAULT | NONE | SHARED ...}], in
 * either order */
static void parse_lock_and_algorithm(struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    if (word != W_ALGORITHM && word != W_LOCK)
        return;
    parse_algorithm_or_lock(p);
    if (is(p, word == W_LOCK ? W_ALGORITHM : W_LOCK))
        parse_algorithm_or_lock(p);
}

/* CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX [IF NOT EXISTS] name [{USING | TYPE} type]
 *     ON table ( key_part, ... ) [index_option] ... [ALGORITHM ...] [LOCK ...]
 *   the type of ordinary indexes alone */
static struct sql_node *parse_create_index(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    struct sql_node *node = node_new(p, SQL_CREATE_INDEX, first);
    enum sql_index kind = SQL_INDEX_PLAIN;

    if (accept(p, W_UNIQUE))
        kind = SQL_INDEX_UNIQUE;
    else if (accept(p, W_FULLTEXT))
        kind = SQL_INDEX_FULLTEXT;
    else if (accept(p, W_SPATIAL))
        kind = SQL_INDEX_SPATIAL;
    else if (!p->mysql && accept(p, W_VECTOR))
        kind = SQL_INDEX_VECTOR;
    node->op = (uint16_t)kind;
    expect(p, W_INDEX);
    if (!p->mysql && accept_if_not_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    node->flags |= flags;
    node->child[SQL_CREATE_INDEX_NAME] = parse_ident(p);
    if (kind == SQL_INDEX_PLAIN || kind == SQL_INDEX_UNIQUE)
        accept_index_type(p);
    expect(p, W_ON);
    node->child[SQL_CREATE_INDEX_TABLE] = parse_name(p);
    node->child[SQL_CREATE_INDEX_PARTS] = parse_key_parts(p, kind);
    accept_wait(p);
    node->child[SQL_CREATE_INDEX_OPTIONS] = parse_index_options(p, kind);
    parse_lock_and_algorithm(p);
    return node_finish(p, node);
}

/* DROP INDEX [IF EXISTS] name ON table    MySQL: [ALGORITHM ...] [LOCK ...]; MariaDB: [WAIT ...] */
static struct sql_node *parse_drop_index(struct sql_parser *p, uint32_t first)
{
    struct sql_node *node = node_new(p, SQL_DROP_INDEX, first);

    expect(p, W_INDEX);
    if (!p->mysql && accept_if_exists(p))
        node->flags |= SQL_FLAG_IF_EXISTS;
    node->child[SQL_DROP_INDEX_NAME] = parse_ident(p);
    expect(p, W_ON);
    node->child[SQL_DROP_INDEX_TABLE] = parse_name(p);
    accept_wait(p);
    if (p->mysql)
        parse_lock_and_algorithm(p);
    return node_finish(p, node);
}

/* [JSON [RELATIONAL] DUALITY] VIEW [IF NOT EXISTS] name [( column, ... )] AS query
 *     [WITH [CASCADED | LOCAL] CHECK OPTION] */
struct sql_node *parse_view(struct sql_parser *p, uint32_t first, uint32_t flags, bool alter,
                            const struct definition *definition)
{
    struct sql_node *view = node_new(p, SQL_CREATE_VIEW, first);

    if (p->mysql && accept(p, W_JSON)) {
        accept(p, W_RELATIONAL);
        expect(p, W_DUALITY);
    }
    expect(p, W_VIEW);
    if (!alter && (flags & SQL_FLAG_OR_REPLACE && p->mysql) == 0 && accept_if_not_exists(p))
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

static bool is_view(const struct sql_parser *p)
{
    return is(p, W_VIEW) || (p->mysql && is(p, W_JSON) &&
                             (word_at(p, 1) == W_DUALITY || word_at(p, 1) == W_RELATIONAL));
}

/* [ALGORITHM = {UNDEFINED | MERGE | TEMPTABLE}] [MATERIALIZED] [DEFINER = user]
 *     [SQL SECURITY {DEFINER | INVOKER}], in that order; only views have more than DEFINER */
static struct definition parse_definition(struct sql_parser *p)
{
    struct definition definition = {NULL, SQL_SECURITY_NONE, false};

    if (is(p, W_ALGORITHM) && kind_at(p, 1) == SQL_TOKEN_EQUAL) {
        p->at += 2;
        definition.view = true;
        if (!accept(p, W_UNDEFINED) && !accept(p, W_MERGE))
            expect(p, W_TEMPTABLE);
    }
    if (p->mysql && accept(p, W_MATERIALIZED))
        definition.view = true;
    if (is(p, W_DEFINER) && kind_at(p, 1) == SQL_TOKEN_EQUAL) {
        p->at += 2;
        definition.definer = parse_account(p);
    }
    if (accept2(p, W_SQL, W_SECURITY)) {
        definition.view = true;
        definition.security = is(p, W_DEFINER) ? SQL_SECURITY_DEFINER : SQL_SECURITY_INVOKER;
        if (!accept(p, W_DEFINER))
            expect(p, W_INVOKER);
    }
    if (definition.view && !is_view(p))
        parse_syntax(p, "VIEW");
    return definition;
}

/* Whether what CREATE is followed by may have OR REPLACE and TEMPORARY before it. MySQL replaces
 * views and spatial reference systems alone; a schema, a server or a user of MariaDB may be
 * replaced, and only tables and sequences are temporary. */
static bool prefix_fits(const struct sql_parser *p, uint32_t flags)
{
    bool table = is(p, W_TABLE) || (!p->mysql && is(p, W_SEQUENCE));

    if ((flags & SQL_FLAG_TEMPORARY) && !table)
        return false;
    if ((flags & SQL_FLAG_OR_REPLACE) == 0 || !p->mysql)
        return true;
    return is(p, W_VIEW) || is(p, W_ALGORITHM) || is(p, W_DEFINER) || is(p, W_SQL) ||
           is(p, W_JSON) || is(p, W_MATERIALIZED) || is2(p, W_SPATIAL, W_REFERENCE);
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
    else if (p->mysql && is2(p, W_EXTERNAL, W_TABLE) && flags == 0)
        p->at++;
    if (!prefix_fits(p, flags))
        return parse_syntax(p, NULL);
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
    if (is_view(p))
        return parse_view(p, first, flags, false, &definition);
    return parse_create_other(p, first, flags, &definition);
}

/* ALTER ... */
struct sql_node *parse_alter(struct sql_parser *p)
{
    uint32_t first = p->at, flags = 0;

    expect(p, W_ALTER);
    for (unsigned i = 0; i < 2 && !p->mysql; i++) { /* each once, in either order */
        if ((flags & SQL_FLAG_IGNORE) == 0 && accept(p, W_IGNORE))
            flags |= SQL_FLAG_IGNORE;
        else
            accept(p, W_ONLINE);
    }
    if (flags != 0 || p->at > first + 1)
        return is(p, W_TABLE) ? parse_alter_table(p, first, flags) : parse_syntax(p, "TABLE");
    if (is(p, W_TABLE))
        return parse_alter_table(p, first, flags);
    if (is(p, W_DATABASE) || is(p, W_SCHEMA))
        return parse_alter_schema(p, first);
    struct definition definition = parse_definition(p);
    if (is_view(p))
        return parse_view(p, first, flags, true, &definition);
    return parse_alter_other(p, first, &definition);
}

/* DROP [TEMPORARY] {TABLE | VIEW} [IF EXISTS] name [, name] ... [RESTRICT | CASCADE] */
static struct sql_node *parse_drop_names(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    enum sql_node_kind kind = is(p, W_VIEW) ? SQL_DROP_VIEW : SQL_DROP_TABLE;

    if (kind == SQL_DROP_VIEW && (flags & SQL_FLAG_TEMPORARY))
        return parse_syntax(p, "TABLE");
    p->at++;
    if (accept_if_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    struct sql_node *names = parse_list(p, parse_name);
    if (kind == SQL_DROP_TABLE)
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
    if (flags != 0 && !is(p, W_TABLE) && !is(p, W_TABLES) && (p->mysql || !is(p, W_SEQUENCE)))
        return parse_syntax(p, "TABLE");
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

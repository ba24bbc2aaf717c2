/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and constraints of tables, and what CREATE INDEX shares with them.
 */
#include "sql/parser.h"

/* key_part: {column [( digits )] | ( expr )} [ASC | DESC]    MariaDB: period WITHOUT OVERLAPS */
static struct sql_node *parse_key_part_of(struct sql_parser *p, bool expressions)
{
    uint32_t first = p->at;
    struct sql_node *value;

    if (p->mysql && expressions && accept_kind(p, SQL_TOKEN_LEFT)) {
        value = parse_expr(p);
        value->flags |= SQL_FLAG_PARENTHESES;
        expect_kind(p, SQL_TOKEN_RIGHT);
    } else {
        value = node_new(p, SQL_COLUMN, first);
        value->child[SQL_COLUMN_NAME] = parse_ident(p);
        node_finish(p, value);
        if (accept_kind(p, SQL_TOKEN_LEFT)) {
            parse_digits(p);
            expect_kind(p, SQL_TOKEN_RIGHT);
        }
    }
    bool descending = accept(p, W_DESC);
    if (!descending)
        accept(p, W_ASC);
    struct sql_node *part = node_of(p, SQL_KEY_PART, first, 0, value, NULL);
    if (descending)
        part->flags |= SQL_FLAG_DESCENDING;
    return part;
}

/* ( key_part [, key_part] ... [, period WITHOUT OVERLAPS] ), the period where the key is unique */
static struct sql_node *parse_key_parts_of(struct sql_parser *p, bool expressions, bool unique)
{
    expect_kind(p, SQL_TOKEN_LEFT);
    uint32_t first = p->at, mark = list_begin(p), parts = 0;

    do {
        list_add(p, parse_key_part_of(p, expressions));
        if (parts++ > 0 && unique && !p->mysql && p->t[p->at - 2].kind == SQL_TOKEN_COMMA &&
            accept2(p, W_WITHOUT, W_OVERLAPS))
            break;
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    struct sql_node *list = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return list;
}

struct sql_node *parse_key_parts(struct sql_parser *p, enum sql_index kind)
{
    return parse_key_parts_of(p, true, kind == SQL_INDEX_UNIQUE || kind == SQL_INDEX_PRIMARY);
}

/* BTREE | RTREE | HASH */
static void parse_algorithm(struct sql_parser *p)
{
    if (!accept(p, W_BTREE) && !accept(p, W_RTREE))
        expect(p, W_HASH);
}

/* {USING | TYPE} {BTREE | RTREE | HASH} */
bool accept_index_type(struct sql_parser *p)
{
    if (!is(p, W_USING) && !is(p, W_TYPE))
        return false;
    p->at++;
    parse_algorithm(p);
    return true;
}

static bool has_type(enum sql_index kind)
{
    return kind != SQL_INDEX_FULLTEXT && kind != SQL_INDEX_SPATIAL;
}

/* index_option: KEY_BLOCK_SIZE [=] n | COMMENT 'text' | VISIBLE | INVISIBLE
 *   | {ENGINE_ATTRIBUTE | SECONDARY_ENGINE_ATTRIBUTE} [=] 'text'
 *   | {USING | TYPE} type, of ordinary keys | WITH PARSER name, of FULLTEXT
 *   MariaDB: [NOT] IGNORED | VISIBLE | identifier = value */
static struct sql_node *parse_index_option(struct sql_parser *p, enum sql_index kind)
{
    struct sql_node *option = node_new(p, SQL_OPTION, p->at);

    option->op = SQL_OPTION_OTHER;
    if (is_engine_option(p) && !is(p, W_KEY_BLOCK_SIZE))
        return parse_engine_option(p);
    if (has_type(kind) && accept_index_type(p))
        return node_finish(p, option);
    if (kind == SQL_INDEX_FULLTEXT && accept2(p, W_WITH, W_PARSER)) {
        parse_ident(p);
    } else if (accept(p, W_COMMENT)) {
        option->op = SQL_OPTION_COMMENT;
        option->child[SQL_OPTION_VALUE] = parse_string(p);
    } else if (accept(p, W_KEY_BLOCK_SIZE)) {
        accept_equal_sign(p);
        option->child[SQL_OPTION_VALUE] = parse_rounded(p);
    } else if (p->mysql &&
               (accept(p, W_ENGINE_ATTRIBUTE) || accept(p, W_SECONDARY_ENGINE_ATTRIBUTE))) {
        accept_equal_sign(p);
        option->child[SQL_OPTION_VALUE] = parse_string(p);
    } else if (p->mysql ? !accept(p, W_VISIBLE) && !accept(p, W_INVISIBLE)
                        : !accept(p, W_IGNORED) && !accept2(p, W_NOT, W_IGNORED) &&
                              !accept(p, W_VISIBLE)) {
        return NULL;
    }
    return node_finish(p, option);
}

/* [index_option] ... */
struct sql_node *parse_index_options(struct sql_parser *p, enum sql_index kind)
{
    uint32_t first = p->at, mark = list_begin(p);
    struct sql_node *option;

    while ((option = parse_index_option(p, kind)) != NULL && !p->failed)
        list_add(p, option);
    return list_end(p, mark, SQL_LIST, first);
}

bool accept_if_not_exists(struct sql_parser *p)
{
    if (!is2(p, W_IF, W_NOT))
        return false;
    p->at += 2;
    return expect(p, W_EXISTS);
}

bool accept_if_exists(struct sql_parser *p)
{
    return accept2(p, W_IF, W_EXISTS);
}

/* [CONSTRAINT [symbol]] FOREIGN KEY [name] ( column, ... ) REFERENCES ... */
static struct sql_node *parse_foreign_key(struct sql_parser *p, struct sql_node *name,
                                          uint32_t first, bool alter)
{
    struct sql_node *key = node_new(p, SQL_FOREIGN_KEY, first);

    expect2(p, W_FOREIGN, W_KEY);
    if (!p->mysql && alter)
        accept_if_not_exists(p);
    if (is_ident(p)) {
        struct sql_node *own = parse_ident(p);
        name = name ? name : own;
    }
    key->child[SQL_FOREIGN_KEY_NAME] = name;
    key->child[SQL_FOREIGN_KEY_COLUMNS] = parse_key_parts_of(p, false, false);
    key->child[SQL_FOREIGN_KEY_REFERENCES] = parse_references(p);
    return node_finish(p, key);
}

/* VECTOR begins a key of MariaDB 11.7 when a key's word or a parenthesis follows */
static bool is_vector_key(const struct sql_parser *p)
{
    return !p->mysql && is(p, W_VECTOR) &&
           (word_at(p, 1) == W_INDEX || word_at(p, 1) == W_KEY || kind_at(p, 1) == SQL_TOKEN_LEFT);
}

/* The kind of index that begins here; takes its words. */
static enum sql_index accept_index_kind(struct sql_parser *p, bool constraint)
{
    enum sql_index kind = SQL_INDEX_PLAIN;

    if (accept(p, W_PRIMARY)) {
        expect(p, W_KEY);
        return SQL_INDEX_PRIMARY;
    }
    if (accept(p, W_UNIQUE))
        kind = SQL_INDEX_UNIQUE;
    else if (constraint)
        parse_syntax(p, "PRIMARY KEY, UNIQUE, FOREIGN KEY or CHECK");
    else if (accept(p, W_FULLTEXT))
        kind = SQL_INDEX_FULLTEXT;
    else if (accept(p, W_SPATIAL))
        kind = SQL_INDEX_SPATIAL;
    else if (is_vector_key(p)) {
        p->at++;
        kind = SQL_INDEX_VECTOR;
    }
    if (!accept(p, W_INDEX) && !accept(p, W_KEY) && kind == SQL_INDEX_PLAIN)
        parse_syntax(p, "KEY");
    return kind;
}

/* PERIOD [IF NOT EXISTS] FOR {SYSTEM_TIME | name} ( column , column )    MariaDB */
static struct sql_node *parse_period(struct sql_parser *p)
{
    struct sql_node *period = node_new(p, SQL_PERIOD, p->at);

    p->at++;
    accept_if_not_exists(p);
    expect(p, W_FOR);
    period->child[0] = parse_ident(p);
    expect_kind(p, SQL_TOKEN_LEFT);
    period->child[1] = parse_ident(p);
    expect_kind(p, SQL_TOKEN_COMMA);
    period->child[2] = parse_ident(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, period);
}

bool is_period(const struct sql_parser *p)
{
    return !p->mysql && is(p, W_PERIOD) && (word_at(p, 1) == W_FOR || word_at(p, 1) == W_IF);
}

/* [name] [USING type] | name TYPE type */
static void parse_index_name(struct sql_parser *p, struct sql_node *index, enum sql_index kind)
{
    bool named = is_ident(p);

    if (named)
        index->child[SQL_INDEX_DEF_NAME] = parse_ident(p);
    if (!has_type(kind))
        return;
    if (accept(p, W_USING) || (named && accept(p, W_TYPE)))
        parse_algorithm(p);
}

/* [CONSTRAINT [symbol]] { PRIMARY KEY | UNIQUE [INDEX | KEY] } [name] [type] ( parts ) [option] ...
 *   | {INDEX | KEY} [name] [type] ( parts ) [option] ...
 *   | {FULLTEXT | SPATIAL} [INDEX | KEY] [name] ( parts ) [option] ...
 *   | [CONSTRAINT [symbol]] FOREIGN KEY ... | [CONSTRAINT [symbol]] CHECK ( expr ) ... */
static struct sql_node *parse_key_of(struct sql_parser *p, bool alter)
{
    uint32_t first = p->at;
    struct sql_node *symbol = NULL;
    bool constraint = accept(p, W_CONSTRAINT), exists = false;

    if (constraint) {
        exists = !p->mysql && alter && accept_if_not_exists(p);
        if (is_ident(p) && !is(p, W_CHECK))
            symbol = parse_ident(p);
    }
    if (exists && !is(p, W_CHECK))
        return parse_syntax(p, "CHECK");
    if (is(p, W_FOREIGN))
        return parse_foreign_key(p, symbol, first, alter);
    if (is(p, W_CHECK))
        return parse_check(p, symbol, first, true);
    struct sql_node *index = node_new(p, SQL_INDEX_DEF, first);
    enum sql_index kind = accept_index_kind(p, constraint);
    index->op = (uint16_t)kind;
    if (!p->mysql && alter)
        accept_if_not_exists(p);
    index->child[SQL_INDEX_DEF_NAME] = symbol;
    parse_index_name(p, index, kind);
    index->child[SQL_INDEX_DEF_PARTS] = parse_key_parts(p, kind);
    index->child[SQL_INDEX_DEF_OPTIONS] = parse_index_options(p, kind);
    return node_finish(p, index);
}

/* The same behind ALTER TABLE ... ADD, where MariaDB has IF NOT EXISTS */
struct sql_node *parse_key_or_check(struct sql_parser *p)
{
    return parse_key_of(p, true);
}

bool is_key_or_check(const struct sql_parser *p)
{
    return is(p, W_CONSTRAINT) || is(p, W_PRIMARY) || is(p, W_UNIQUE) || is(p, W_INDEX) ||
           is(p, W_KEY) || is(p, W_FULLTEXT) || is(p, W_SPATIAL) || is(p, W_FOREIGN) ||
           is(p, W_CHECK) || is_vector_key(p);
}

/* table_element: column_definition | key_or_check    MariaDB: PERIOD FOR ... */
struct sql_node *parse_table_element(struct sql_parser *p)
{
    if (is_period(p))
        return parse_period(p);
    return is_key_or_check(p) ? parse_key_of(p, false) : parse_column_def(p);
}

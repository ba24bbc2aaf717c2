/* SPDX-License-Identifier: Apache-2.0
 *
 * Data types, columns of tables, keys and other constraints.
 */
#include "sql/parser.h"

static const enum sql_word type_words[] = {W_TINYINT,
                                           W_INT1,
                                           W_SMALLINT,
                                           W_INT2,
                                           W_MEDIUMINT,
                                           W_INT3,
                                           W_MIDDLEINT,
                                           W_INT,
                                           W_INTEGER,
                                           W_INT4,
                                           W_BIGINT,
                                           W_INT8,
                                           W_DECIMAL,
                                           W_DEC,
                                           W_NUMERIC,
                                           W_FIXED,
                                           W_FLOAT,
                                           W_FLOAT4,
                                           W_FLOAT8,
                                           W_DOUBLE,
                                           W_REAL,
                                           W_BIT,
                                           W_BOOL,
                                           W_BOOLEAN,
                                           W_CHAR,
                                           W_CHARACTER,
                                           W_VARCHAR,
                                           W_VARCHARACTER,
                                           W_NCHAR,
                                           W_NVARCHAR,
                                           W_NATIONAL,
                                           W_BINARY,
                                           W_VARBINARY,
                                           W_TINYBLOB,
                                           W_BLOB,
                                           W_MEDIUMBLOB,
                                           W_LONGBLOB,
                                           W_TINYTEXT,
                                           W_TEXT,
                                           W_MEDIUMTEXT,
                                           W_LONGTEXT,
                                           W_LONG,
                                           W_DATE,
                                           W_TIME,
                                           W_DATETIME,
                                           W_TIMESTAMP,
                                           W_YEAR,
                                           W_ENUM,
                                           W_SET,
                                           W_JSON,
                                           W_SERIAL,
                                           W_GEOMETRY,
                                           W_POINT,
                                           W_LINESTRING,
                                           W_POLYGON,
                                           W_MULTIPOINT,
                                           W_MULTILINESTRING,
                                           W_MULTIPOLYGON,
                                           W_GEOMETRYCOLLECTION,
                                           W_GEOMCOLLECTION,
                                           W_VECTOR};
static const enum sql_word mariadb_type_words[] = {W_CLOB, W_NUMBER, W_RAW, W_VARCHAR2};
/* MariaDB's types that are plain identifiers. */
static const char *const type_names[] = {
    "INET6",      "INET4",   "UUID",       "XMLTYPE",         "GEOMETRY",     "POINT",
    "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION",
    "VECTOR"};

static bool accept_type_word(struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    for (size_t i = 0; i < ARRAY_LEN(type_words); i++)
        if (word != SQL_NO_WORD && type_words[i] == word)
            return p->at++, true;
    if (p->mysql)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(mariadb_type_words); i++)
        if (mariadb_type_words[i] == word)
            return p->at++, true;
    for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
        if (accept_text(p, str_of(type_names[i])))
            return true;
    return false;
}

/* What may follow a type's first word: DOUBLE PRECISION, CHAR VARYING, LONG VARCHAR ... */
static void parse_type_second_word(struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at - 1].word;

    switch ((int)word) {
    case W_DOUBLE:
        accept(p, W_PRECISION);
        break;
    case W_NATIONAL:
        if (!accept(p, W_CHAR) && !accept(p, W_CHARACTER) && !accept(p, W_VARCHAR) &&
            !accept(p, W_VARCHARACTER))
            parse_syntax(p, "CHAR or VARCHAR");
        accept(p, W_VARYING);
        break;
    case W_CHAR:
    case W_CHARACTER:
        accept(p, W_VARYING);
        break;
    case W_NCHAR:
        if (!accept(p, W_VARCHAR) && !accept(p, W_VARCHARACTER))
            accept(p, W_VARYING);
        break;
    case W_LONG:
        if (accept(p, W_CHAR) || accept(p, W_CHARACTER))
            expect(p, W_VARYING);
        else if (!accept(p, W_VARCHAR) && !accept(p, W_VARCHARACTER))
            accept(p, W_VARBINARY);
        break;
    default: /* the other types are one word */
        break;
    }
}

static struct sql_node *parse_type_argument(struct sql_parser *p)
{
    if (is_string(p) || is_kind(p, SQL_TOKEN_CHARSET) || is_kind(p, SQL_TOKEN_HEX) ||
        is_kind(p, SQL_TOKEN_BIT) || is_kind(p, SQL_TOKEN_NSTRING))
        return parse_simple_expr(p);
    if (is_ident(p) && !p->mysql)
        return parse_ident(p);
    return parse_number(p);
}

/* {CHARACTER SET | CHARSET} [=] name | COLLATE name | UNSIGNED | SIGNED | ZEROFILL | BINARY |
 * ASCII | UNICODE | BYTE    MariaDB: COMPRESSED */
static void parse_type_attributes(struct sql_parser *p, struct sql_node *type)
{
    for (;;) {
        if (accept_charset_words(p)) {
            type->child[SQL_TYPE_CHARSET] =
                is(p, W_DEFAULT) ? node_leaf(p, SQL_IDENT) : parse_charset_name(p);
        } else if (accept(p, W_COLLATE)) {
            type->child[SQL_TYPE_COLLATE] =
                is(p, W_DEFAULT) ? node_leaf(p, SQL_IDENT) : parse_collate_name(p);
        } else if (!accept(p, W_UNSIGNED) && !accept(p, W_SIGNED) && !accept(p, W_ZEROFILL) &&
                   !accept(p, W_BINARY) && !accept(p, W_ASCII) && !accept(p, W_UNICODE) &&
                   !accept(p, W_BYTE)) {
            return;
        }
    }
}

/* MariaDB's COMPRESSED [= method] of a column */
static void parse_compressed(struct sql_parser *p)
{
    if (p->mysql || !accept(p, W_COMPRESSED))
        return;
    if (accept_kind(p, SQL_TOKEN_EQUAL))
        parse_ident(p);
}

static struct sql_node *parse_row_field(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *name = parse_ident(p);

    return node_of(p, SQL_NAMED_ARGUMENT, first, 0, name, parse_type(p));
}

/* data_type: name [( n [, n] | 'text' [, 'text'] ... )] [attributes]
 * MariaDB, for variables: TYPE OF column | ROW TYPE OF table | ROW ( name type, ... ) */
struct sql_node *parse_type(struct sql_parser *p)
{
    struct sql_node *type = node_new(p, SQL_TYPE, p->at);

    if (!enter(p))
        return p->spare;
    if (!p->mysql && accept2(p, W_TYPE, W_OF)) {
        parse_column(p);
    } else if (!p->mysql && accept(p, W_ROW)) {
        if (accept2(p, W_TYPE, W_OF))
            parse_name(p);
        else
            type->child[SQL_TYPE_ARGUMENTS] = parse_list_in_parens(p, parse_row_field);
    } else {
        if (!accept_type_word(p))
            parse_syntax(p, "a data type");
        else
            parse_type_second_word(p);
        if (is_kind(p, SQL_TOKEN_LEFT))
            type->child[SQL_TYPE_ARGUMENTS] = parse_list_in_parens(p, parse_type_argument);
        parse_type_attributes(p, type);
        parse_compressed(p);
        parse_type_attributes(p, type);
    }
    leave(p);
    return node_finish(p, type);
}

/* cast_type: {SIGNED | UNSIGNED} [INT | INTEGER] | data_type    MariaDB: INTERVAL DAY_SECOND (n) */
struct sql_node *parse_type_in_cast(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (accept(p, W_SIGNED) || accept(p, W_UNSIGNED)) {
        struct sql_node *type = node_new(p, SQL_TYPE, first);
        if (!accept(p, W_INT))
            accept(p, W_INTEGER);
        return node_finish(p, type);
    }
    if (!p->mysql && accept2(p, W_INTERVAL, W_DAY_SECOND)) {
        struct sql_node *type = node_new(p, SQL_TYPE, first);
        if (is_kind(p, SQL_TOKEN_LEFT))
            parse_list_in_parens(p, parse_number);
        return node_finish(p, type);
    }
    return parse_type(p);
}

static struct sql_node *option_new(struct sql_parser *p, enum sql_option op)
{
    struct sql_node *option = node_new(p, SQL_OPTION, p->at);

    option->op = (uint16_t)op;
    return option;
}

/* A value behind the name of an option: identifier | 'text' | number | DEFAULT | NULL | words */
struct sql_node *parse_option_value(struct sql_parser *p)
{
    if (is_string(p))
        return parse_string(p);
    if (is(p, W_DEFAULT) || is(p, W_ON) || is(p, W_NULL) || is(p, W_BINARY))
        return node_leaf(p, SQL_IDENT);
    if (is_ident(p))
        return parse_ident(p);
    if (accept_kind(p, SQL_TOKEN_MINUS) || accept_kind(p, SQL_TOKEN_PLUS))
        return parse_number(p);
    return parse_number(p);
}

/* [=] value */
static struct sql_node *parse_equal_value(struct sql_parser *p)
{
    if (!accept_kind(p, SQL_TOKEN_EQUAL) && !p->mysql)
        accept_kind(p, SQL_TOKEN_ASSIGN);
    return parse_option_value(p);
}

/* default: {literal | ( expr ) | NOW [( n )]}    MariaDB: any expression */
static struct sql_node *parse_default_value(struct sql_parser *p)
{
    if (!p->mysql)
        return parse_expr(p);
    if (accept_kind(p, SQL_TOKEN_LEFT)) {
        struct sql_node *value = parse_expr(p);
        expect_kind(p, SQL_TOKEN_RIGHT);
        value->flags |= SQL_FLAG_PARENTHESES;
        return value;
    }
    return parse_literal(p);
}

/* [CONSTRAINT [name]] CHECK ( expr ) [[NOT] ENFORCED] */
static struct sql_node *parse_check(struct sql_parser *p, struct sql_node *name, uint32_t first)
{
    expect(p, W_CHECK);
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *condition = parse_expr(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    if (p->mysql && (is(p, W_ENFORCED) || is2(p, W_NOT, W_ENFORCED))) {
        accept(p, W_NOT);
        p->at++;
    }
    return node_of(p, SQL_CHECK, first, 0, name, condition);
}

/* REFERENCES table [( column, ... )] [MATCH {FULL | PARTIAL | SIMPLE}]
 *     [ON DELETE action] [ON UPDATE action]
 * action: RESTRICT | CASCADE | SET NULL | NO ACTION | SET DEFAULT */
static struct sql_node *parse_references(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *columns = NULL;

    expect(p, W_REFERENCES);
    struct sql_node *table = parse_name(p);
    if (is_kind(p, SQL_TOKEN_LEFT))
        columns = parse_list_in_parens(p, parse_ident);
    if (accept(p, W_MATCH) && !accept(p, W_FULL) && !accept(p, W_PARTIAL))
        expect(p, W_SIMPLE);
    while (is2(p, W_ON, W_DELETE) || is2(p, W_ON, W_UPDATE)) {
        p->at += 2;
        if (accept(p, W_SET)) {
            if (!accept(p, W_NULL))
                expect(p, W_DEFAULT);
        } else if (accept(p, W_NO)) {
            expect(p, W_ACTION);
        } else if (!accept(p, W_RESTRICT)) {
            expect(p, W_CASCADE);
        }
    }
    return node_of(p, SQL_REFERENCES, first, 0, table, columns);
}

/* option [value], where the option is one word, and = may stand between */
static struct sql_node *parse_word_option(struct sql_parser *p, enum sql_option op, bool value)
{
    struct sql_node *option = option_new(p, op);

    p->at++;
    if (value)
        option->child[SQL_OPTION_VALUE] = parse_equal_value(p);
    return node_finish(p, option);
}

static struct sql_node *parse_column_option_default(struct sql_parser *p)
{
    struct sql_node *option = option_new(p, SQL_OPTION_DEFAULT);

    p->at++;
    option->child[SQL_OPTION_VALUE] = parse_default_value(p);
    return node_finish(p, option);
}

static struct sql_node *parse_column_on_update(struct sql_parser *p)
{
    struct sql_node *option = option_new(p, SQL_OPTION_ON_UPDATE);

    expect2(p, W_ON, W_UPDATE);
    option->child[SQL_OPTION_VALUE] = parse_simple_expr(p);
    return node_finish(p, option);
}

/* {WITH | WITHOUT} SYSTEM VERSIONING    MariaDB */
static bool accept_versioning(struct sql_parser *p)
{
    if (p->mysql || (!is2(p, W_WITH, W_SYSTEM) && !is2(p, W_WITHOUT, W_SYSTEM)))
        return false;
    p->at += 2;
    return expect(p, W_VERSIONING);
}

/* An option of a column that is one keyword and perhaps a value; NULL when none stands here. */
static struct sql_node *parse_simple_column_option(struct sql_parser *p)
{
    switch ((int)p->t[p->at].word) {
    case W_NULL:
        return parse_word_option(p, SQL_OPTION_NULL, false);
    case W_AUTO_INCREMENT:
        return parse_word_option(p, SQL_OPTION_AUTO_INCREMENT, false);
    case W_COMMENT:
        return parse_word_option(p, SQL_OPTION_COMMENT, true);
    case W_VISIBLE:
        return parse_word_option(p, SQL_OPTION_OTHER, false);
    case W_INVISIBLE:
        return parse_word_option(p, SQL_OPTION_INVISIBLE, false);
    case W_COLUMN_FORMAT:
    case W_STORAGE:
    case W_ENGINE_ATTRIBUTE:
    case W_SECONDARY_ENGINE_ATTRIBUTE:
    case W_SRID:
    case W_EXTERNAL_FORMAT:
    case W_REF_SYSTEM_ID:
        return parse_word_option(p, SQL_OPTION_OTHER, true);
    case W_COLLATE:
        return parse_word_option(p, SQL_OPTION_COLLATE, true);
    default: /* not one of these */
        return NULL;
    }
}

/* UNIQUE [KEY] | [PRIMARY] KEY */
static struct sql_node *parse_column_key(struct sql_parser *p)
{
    struct sql_node *option =
        option_new(p, is(p, W_UNIQUE) ? SQL_OPTION_UNIQUE : SQL_OPTION_PRIMARY);

    if (accept(p, W_UNIQUE) || accept(p, W_PRIMARY)) {
        if (!accept(p, W_KEY) && option->op == SQL_OPTION_PRIMARY)
            return parse_syntax(p, "KEY");
    } else {
        expect(p, W_KEY);
    }
    return node_finish(p, option);
}

/* [CONSTRAINT [name]] CHECK ... | REFERENCES ..., of one column */
static struct sql_node *parse_column_constraint(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *name = NULL;

    if (accept(p, W_CONSTRAINT) && !is(p, W_CHECK) && !is(p, W_REFERENCES))
        name = parse_ident(p);
    return is(p, W_REFERENCES) ? parse_references(p) : parse_check(p, name, first);
}

/* MariaDB: identifier = value, for engines */
static bool is_engine_option(const struct sql_parser *p)
{
    return !p->mysql && is_ident(p) && kind_at(p, 1) == SQL_TOKEN_EQUAL;
}

/* One option of a column, or NULL. */
static struct sql_node *parse_column_option(struct sql_parser *p)
{
    if (is_engine_option(p))
        return parse_word_option(p, SQL_OPTION_OTHER, true);
    struct sql_node *option = parse_simple_column_option(p);
    if (option != NULL)
        return option;
    if (is2(p, W_NOT, W_NULL) || (p->mysql && is2(p, W_NOT, W_SECONDARY))) {
        option = option_new(p, word_at(p, 1) == W_NULL ? SQL_OPTION_NOT_NULL : SQL_OPTION_OTHER);
        p->at += 2;
        return node_finish(p, option);
    }
    if (is(p, W_DEFAULT))
        return parse_column_option_default(p);
    if (is2(p, W_ON, W_UPDATE))
        return parse_column_on_update(p);
    if (is(p, W_UNIQUE) || is(p, W_PRIMARY) || is(p, W_KEY))
        return parse_column_key(p);
    if (is2(p, W_SERIAL, W_DEFAULT)) {
        option = option_new(p, SQL_OPTION_AUTO_INCREMENT);
        p->at += 2;
        expect(p, W_VALUE);
        return node_finish(p, option);
    }
    option = option_new(p, SQL_OPTION_SYSTEM_VERSIONING);
    if (accept_versioning(p))
        return node_finish(p, option);
    if (is(p, W_CHECK) || is(p, W_REFERENCES) || is(p, W_CONSTRAINT))
        return parse_column_constraint(p);
    return NULL;
}

/* [GENERATED ALWAYS] AS ( expr ) [VIRTUAL | STORED | PERSISTENT]
 * MariaDB: GENERATED ALWAYS AS ROW {START | END} */
static void parse_generated(struct sql_parser *p, struct sql_node *column, uint32_t options)
{
    (void)options;
    if (accept(p, W_GENERATED))
        expect(p, W_ALWAYS);
    expect(p, W_AS);
    if (!p->mysql && accept(p, W_ROW)) {
        if (!accept(p, W_START))
            expect(p, W_END);
        return;
    }
    expect_kind(p, SQL_TOKEN_LEFT);
    column->child[SQL_COLUMN_DEF_GENERATED] = parse_expr(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    if (is(p, W_STORED) || (!p->mysql && is(p, W_PERSISTENT)))
        list_add(p, parse_word_option(p, SQL_OPTION_STORED, false));
    else if (is(p, W_VIRTUAL))
        list_add(p, parse_word_option(p, SQL_OPTION_VIRTUAL, false));
}

/* column_definition: name data_type [COLLATE name] [generated] [option] ... */
struct sql_node *parse_column_def(struct sql_parser *p)
{
    struct sql_node *column = node_new(p, SQL_COLUMN_DEF, p->at), *option;

    /* MySQL allows the table's name before the column's. */
    column->child[SQL_COLUMN_DEF_NAME] = parse_ident(p);
    while (accept_kind(p, SQL_TOKEN_DOT))
        column->child[SQL_COLUMN_DEF_NAME] = parse_ident(p);
    if (p->mysql || !is(p, W_GENERATED))
        column->child[SQL_COLUMN_DEF_TYPE] = parse_type(p);
    uint32_t first = p->at, mark = list_begin(p);
    if (accept(p, W_COLLATE))
        parse_collate_name(p);
    while (!p->failed) {
        if (is(p, W_AS) || is(p, W_GENERATED)) {
            if (column->child[SQL_COLUMN_DEF_GENERATED] != NULL)
                break;
            parse_generated(p, column, mark);
            continue;
        }
        option = parse_column_option(p);
        if (option == NULL)
            break;
        list_add(p, option);
    }
    column->child[SQL_COLUMN_DEF_OPTIONS] = list_end(p, mark, SQL_LIST, first);
    return node_finish(p, column);
}

/* key_part: {column [( length )] | ( expr )} [ASC | DESC]    MariaDB: period WITHOUT OVERLAPS */
static struct sql_node *parse_key_part(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *value;

    if (p->mysql && accept_kind(p, SQL_TOKEN_LEFT)) {
        value = parse_expr(p);
        value->flags |= SQL_FLAG_PARENTHESES;
        expect_kind(p, SQL_TOKEN_RIGHT);
    } else {
        value = node_new(p, SQL_COLUMN, first);
        value->child[SQL_COLUMN_NAME] = parse_ident(p);
        node_finish(p, value);
        if (accept_kind(p, SQL_TOKEN_LEFT)) {
            parse_number(p);
            expect_kind(p, SQL_TOKEN_RIGHT);
        }
        if (!p->mysql)
            accept2(p, W_WITHOUT, W_OVERLAPS);
    }
    bool descending = accept(p, W_DESC);
    if (!descending)
        accept(p, W_ASC);
    struct sql_node *part = node_of(p, SQL_KEY_PART, first, 0, value, NULL);
    if (descending)
        part->flags |= SQL_FLAG_DESCENDING;
    return part;
}

/* ( key_part [, key_part] ... ) */
struct sql_node *parse_key_parts(struct sql_parser *p)
{
    return parse_list_in_parens(p, parse_key_part);
}

/* {USING | TYPE} {BTREE | RTREE | HASH} */
static bool accept_index_type(struct sql_parser *p)
{
    if (!is(p, W_USING) &&
        !(is(p, W_TYPE) &&
          (word_at(p, 1) == W_BTREE || word_at(p, 1) == W_HASH || word_at(p, 1) == W_RTREE)))
        return false;
    p->at++;
    if (!accept(p, W_BTREE) && !accept(p, W_RTREE))
        expect(p, W_HASH);
    return true;
}

/* index_option: KEY_BLOCK_SIZE [=] n | USING type | WITH PARSER name | COMMENT 'text' |
 *   VISIBLE | INVISIBLE | ENGINE_ATTRIBUTE [=] 'text' | SECONDARY_ENGINE_ATTRIBUTE [=] 'text'
 * MariaDB: CLUSTERING = {YES | NO} | [NOT] IGNORED | identifier = value */
static struct sql_node *parse_index_option(struct sql_parser *p)
{
    struct sql_node *option = option_new(p, SQL_OPTION_OTHER);

    if (accept_index_type(p))
        return node_finish(p, option);
    if (accept2(p, W_WITH, W_PARSER)) {
        parse_ident(p);
    } else if (accept(p, W_COMMENT)) {
        option->op = SQL_OPTION_COMMENT;
        if (!p->mysql)
            accept_kind(p, SQL_TOKEN_EQUAL);
        option->child[SQL_OPTION_VALUE] = parse_string(p);
    } else if (accept(p, W_KEY_BLOCK_SIZE) || accept(p, W_ENGINE_ATTRIBUTE) ||
               accept(p, W_SECONDARY_ENGINE_ATTRIBUTE) || is_engine_option(p)) {
        if (is_engine_option(p))
            p->at++;
        option->child[SQL_OPTION_VALUE] = parse_equal_value(p);
    } else if (!accept(p, W_VISIBLE) && !accept(p, W_INVISIBLE) &&
               (p->mysql || (!accept(p, W_IGNORED) && !accept2(p, W_NOT, W_IGNORED)))) {
        return NULL;
    }
    return node_finish(p, option);
}

/* [index_option] ... */
struct sql_node *parse_index_options(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);
    struct sql_node *option;

    while ((option = parse_index_option(p)) != NULL && !p->failed)
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
                                          uint32_t first)
{
    struct sql_node *key = node_new(p, SQL_FOREIGN_KEY, first);

    expect2(p, W_FOREIGN, W_KEY);
    if (!p->mysql)
        accept_if_not_exists(p);
    if (is_ident(p)) {
        struct sql_node *own = parse_ident(p);
        name = name ? name : own;
    }
    key->child[SQL_FOREIGN_KEY_NAME] = name;
    key->child[SQL_FOREIGN_KEY_COLUMNS] = parse_key_parts(p);
    key->child[SQL_FOREIGN_KEY_REFERENCES] = parse_references(p);
    return node_finish(p, key);
}

/* The kind of index that begins here; takes its words. */
static enum sql_index accept_index_kind(struct sql_parser *p)
{
    enum sql_index kind = SQL_INDEX_PLAIN;

    if (accept(p, W_PRIMARY)) {
        expect(p, W_KEY);
        return SQL_INDEX_PRIMARY;
    }
    if (accept(p, W_UNIQUE))
        kind = SQL_INDEX_UNIQUE;
    else if (accept(p, W_FULLTEXT))
        kind = SQL_INDEX_FULLTEXT;
    else if (accept(p, W_SPATIAL))
        kind = SQL_INDEX_SPATIAL;
    else if (!p->mysql && is(p, W_VECTOR) &&
             (word_at(p, 1) == W_INDEX || word_at(p, 1) == W_KEY ||
              kind_at(p, 1) == SQL_TOKEN_LEFT)) {
        p->at++;
        kind = SQL_INDEX_VECTOR;
    }
    if (!accept(p, W_INDEX) && !accept(p, W_KEY) && kind == SQL_INDEX_PLAIN)
        parse_syntax(p, "KEY");
    return kind;
}

/* PERIOD FOR {SYSTEM_TIME | name} ( column , column )    MariaDB */
static struct sql_node *parse_period(struct sql_parser *p)
{
    struct sql_node *period = node_new(p, SQL_PERIOD, p->at);

    p->at += 2;
    accept_if_not_exists(p);
    period->child[0] = parse_ident(p);
    expect_kind(p, SQL_TOKEN_LEFT);
    period->child[1] = parse_ident(p);
    expect_kind(p, SQL_TOKEN_COMMA);
    period->child[2] = parse_ident(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, period);
}

/* [CONSTRAINT [symbol]] { PRIMARY KEY | UNIQUE [INDEX | KEY] } [name] [type] ( parts ) [option] ...
 *   | {INDEX | KEY | FULLTEXT [INDEX | KEY] | SPATIAL [INDEX | KEY]} [name] [type] ( parts ) ...
 *   | [CONSTRAINT [symbol]] FOREIGN KEY ... | [CONSTRAINT [symbol]] CHECK ( expr ) ... */
struct sql_node *parse_key_or_check(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *symbol = NULL;

    if (accept(p, W_CONSTRAINT)) {
        if (!p->mysql)
            accept_if_not_exists(p);
        if (is_ident(p) && !is(p, W_CHECK))
            symbol = parse_ident(p);
    }
    if (is(p, W_FOREIGN))
        return parse_foreign_key(p, symbol, first);
    if (is(p, W_CHECK))
        return parse_check(p, symbol, first);
    struct sql_node *index = node_new(p, SQL_INDEX_DEF, first);
    index->op = (uint16_t)accept_index_kind(p);
    if (!p->mysql)
        accept_if_not_exists(p);
    index->child[SQL_INDEX_DEF_NAME] = symbol;
    if (is_ident(p) && !(is(p, W_TYPE) && word_at(p, 1) == W_BTREE))
        index->child[SQL_INDEX_DEF_NAME] = parse_ident(p);
    accept_index_type(p);
    index->child[SQL_INDEX_DEF_PARTS] = parse_key_parts(p);
    index->child[SQL_INDEX_DEF_OPTIONS] = parse_index_options(p);
    return node_finish(p, index);
}

static bool is_key_or_check(const struct sql_parser *p)
{
    if (is(p, W_VECTOR) && !p->mysql)
        return word_at(p, 1) == W_INDEX || word_at(p, 1) == W_KEY ||
               kind_at(p, 1) == SQL_TOKEN_LEFT;
    return is(p, W_CONSTRAINT) || is(p, W_PRIMARY) || is(p, W_UNIQUE) || is(p, W_INDEX) ||
           is(p, W_KEY) || is(p, W_FULLTEXT) || is(p, W_SPATIAL) || is(p, W_FOREIGN) ||
           is(p, W_CHECK);
}

/* table_element: column_definition | key_or_check    MariaDB: PERIOD FOR ... */
struct sql_node *parse_table_element(struct sql_parser *p)
{
    if (!p->mysql && is2(p, W_PERIOD, W_FOR))
        return parse_period(p);
    return is_key_or_check(p) ? parse_key_or_check(p) : parse_column_def(p);
}

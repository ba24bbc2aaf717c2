/* SPDX-License-Identifier: Apache-2.0
 *
 * Data types: one row for each name, which says what may stand in parentheses behind it and which
 * attributes follow. What the servers refuse later, by its value, is taken here as there.
 */
#include "sql/parser.h"

/* What stands in parentheses. */
enum arguments {
    NO_ARGUMENTS,
    LENGTH,     /* [( n )] */
    LENGTH_DUE, /* ( n ) */
    PRECISION,  /* [( n , n )] */
    SCALED,     /* [( n [, n] )] */
    FRACTION,   /* [( n )], where MySQL takes digits alone */
    TEXTS       /* ( 'text', ... ) */
};

enum attributes {
    NO_ATTRIBUTES,
    SIGN,    /* UNSIGNED, SIGNED, ZEROFILL */
    CHARSET, /* a character set, BINARY */
    NATIONAL /* BINARY alone */
};

struct type_row {
    enum sql_word word;
    enum arguments arguments;
    enum attributes attributes;
    bool compressed; /* MariaDB: COMPRESSED may follow */
};

static const struct type_row type_rows[] = {
    {W_TINYINT, LENGTH, SIGN, false},
    {W_INT1, LENGTH, SIGN, false},
    {W_SMALLINT, LENGTH, SIGN, false},
    {W_INT2, LENGTH, SIGN, false},
    {W_MEDIUMINT, LENGTH, SIGN, false},
    {W_INT3, LENGTH, SIGN, false},
    {W_MIDDLEINT, LENGTH, SIGN, false},
    {W_INT, LENGTH, SIGN, false},
    {W_INTEGER, LENGTH, SIGN, false},
    {W_INT4, LENGTH, SIGN, false},
    {W_BIGINT, LENGTH, SIGN, false},
    {W_INT8, LENGTH, SIGN, false},
    {W_DECIMAL, SCALED, SIGN, false},
    {W_DEC, SCALED, SIGN, false},
    {W_NUMERIC, SCALED, SIGN, false},
    {W_FIXED, SCALED, SIGN, false},
    {W_FLOAT, SCALED, SIGN, false},
    {W_FLOAT4, SCALED, SIGN, false},
    {W_FLOAT8, PRECISION, SIGN, false},
    {W_DOUBLE, PRECISION, SIGN, false},
    {W_REAL, PRECISION, SIGN, false},
    {W_BIT, LENGTH, NO_ATTRIBUTES, false},
    {W_BOOL, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_BOOLEAN, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_CHAR, LENGTH, CHARSET, false},
    {W_CHARACTER, LENGTH, CHARSET, false},
    {W_VARCHAR, LENGTH_DUE, CHARSET, true},
    {W_VARCHARACTER, LENGTH_DUE, CHARSET, true},
    {W_NCHAR, LENGTH, NATIONAL, false},
    {W_NATIONAL, LENGTH, NATIONAL, false},
    {W_NVARCHAR, LENGTH_DUE, NATIONAL, true},
    {W_BINARY, LENGTH, NO_ATTRIBUTES, false},
    {W_VARBINARY, LENGTH_DUE, NO_ATTRIBUTES, true},
    {W_TINYBLOB, NO_ARGUMENTS, NO_ATTRIBUTES, true},
    {W_BLOB, LENGTH, NO_ATTRIBUTES, true},
    {W_MEDIUMBLOB, NO_ARGUMENTS, NO_ATTRIBUTES, true},
    {W_LONGBLOB, NO_ARGUMENTS, NO_ATTRIBUTES, true},
    {W_TINYTEXT, NO_ARGUMENTS, CHARSET, true},
    {W_TEXT, LENGTH, CHARSET, true},
    {W_MEDIUMTEXT, NO_ARGUMENTS, CHARSET, true},
    {W_LONGTEXT, NO_ARGUMENTS, CHARSET, true},
    {W_LONG, NO_ARGUMENTS, CHARSET, true},
    {W_DATE, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_TIME, FRACTION, NO_ATTRIBUTES, false},
    {W_DATETIME, FRACTION, NO_ATTRIBUTES, false},
    {W_TIMESTAMP, FRACTION, NO_ATTRIBUTES, false},
    {W_YEAR, LENGTH, SIGN, false},
    {W_ENUM, TEXTS, CHARSET, false},
    {W_SET, TEXTS, CHARSET, false},
    {W_JSON, NO_ARGUMENTS, NO_ATTRIBUTES, true},
    {W_SERIAL, NO_ARGUMENTS, NO_ATTRIBUTES, false},
};

/* Keywords of MySQL; for MariaDB these are names like any other. */
static const struct type_row mysql_rows[] = {
    {W_GEOMETRY, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_POINT, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_LINESTRING, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_POLYGON, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_MULTIPOINT, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_MULTILINESTRING, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_MULTIPOLYGON, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_GEOMETRYCOLLECTION, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_GEOMCOLLECTION, NO_ARGUMENTS, NO_ATTRIBUTES, false},
    {W_VECTOR, LENGTH, NO_ATTRIBUTES, false},
};

/* A name that is no keyword: a type of MariaDB's plugins (INET6, UUID, POINT ...). Whether there
 * is one of that name the server says. */
static const struct type_row plugin_row = {SQL_NO_WORD, SCALED, NO_ATTRIBUTES, false};

static const struct type_row *row_find(const struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    for (size_t i = 0; i < ARRAY_LEN(type_rows) && word != SQL_NO_WORD; i++)
        if (type_rows[i].word == word)
            return &type_rows[i];
    for (size_t i = 0; i < ARRAY_LEN(mysql_rows) && p->mysql && word != SQL_NO_WORD; i++)
        if (mysql_rows[i].word == word)
            return &mysql_rows[i];
    if (p->mysql || word == W_NUMBER || word == W_CLOB || word == W_RAW || word == W_VARCHAR2)
        return NULL; /* these are types in sql_mode ORACLE alone */
    return is_ident(p) ? &plugin_row : NULL;
}

/* CHAR | CHARACTER */
static bool accept_char(struct sql_parser *p)
{
    return accept(p, W_CHAR) || accept(p, W_CHARACTER);
}

/* VARCHAR | VARCHARACTER */
static bool accept_varchar(struct sql_parser *p)
{
    return accept(p, W_VARCHAR) || accept(p, W_VARCHARACTER);
}

/* What may follow a type's first word, and the row that this makes of it:
 *   DOUBLE [PRECISION] | {CHAR | CHARACTER} [VARYING] | NCHAR [VARCHAR | VARYING]
 *   | NATIONAL {{CHAR | CHARACTER} [VARYING] | VARCHAR}
 *   | LONG [VARBINARY | VARCHAR | CHAR VARYING] */
static struct type_row parse_second_word(struct sql_parser *p, struct type_row row)
{
    switch ((int)row.word) {
    case W_DOUBLE:
        accept(p, W_PRECISION);
        break;
    case W_CHAR:
    case W_CHARACTER:
        if (accept(p, W_VARYING))
            row = (struct type_row){W_VARCHAR, LENGTH_DUE, CHARSET, true};
        break;
    case W_NCHAR:
        if (accept_varchar(p) || accept(p, W_VARYING))
            row = (struct type_row){W_NVARCHAR, LENGTH_DUE, NATIONAL, true};
        break;
    case W_NATIONAL:
        if (accept_varchar(p))
            row = (struct type_row){W_NVARCHAR, LENGTH_DUE, NATIONAL, true};
        else if (!accept_char(p))
            parse_syntax(p, "CHAR or VARCHAR");
        else if (accept(p, W_VARYING))
            row = (struct type_row){W_NVARCHAR, LENGTH_DUE, NATIONAL, true};
        break;
    case W_LONG:
        if (accept(p, W_VARBINARY))
            row.attributes = NO_ATTRIBUTES;
        else if (!accept_varchar(p) && word_at(p, 1) == W_VARYING && accept_char(p))
            p->at++;
        break;
    default: /* the other types are one word */
        break;
    }
    return row;
}

/* n: digits, perhaps with a point; what is not a whole number the server refuses later */
static struct sql_node *parse_length(struct sql_parser *p)
{
    if (!is_kind(p, SQL_TOKEN_INTEGER) && !is_kind(p, SQL_TOKEN_DECIMAL))
        return parse_syntax(p, "a number");
    return parse_number(p);
}

static struct sql_node *parse_lengths(struct sql_parser *p, const struct type_row *row)
{
    uint32_t first = p->at, mark = list_begin(p);
    bool two = row->arguments == PRECISION || row->arguments == SCALED;

    p->at++;
    if (two && kind_at(p, 1) == SQL_TOKEN_COMMA) {
        list_add(p, parse_digits(p));
        p->at++;
        list_add(p, parse_digits(p));
    } else if (row->arguments == PRECISION) {
        parse_syntax(p, "two numbers");
    } else {
        list_add(p, row->arguments == FRACTION && p->mysql ? parse_digits(p) : parse_length(p));
    }
    expect_kind(p, SQL_TOKEN_RIGHT);
    return list_end(p, mark, SQL_LIST, first);
}

static struct sql_node *parse_arguments(struct sql_parser *p, const struct type_row *row)
{
    if (row->arguments == TEXTS)
        return parse_list_in_parens(p, parse_text_string);
    if (row->arguments == NO_ARGUMENTS)
        return NULL;
    if (is_kind(p, SQL_TOKEN_LEFT))
        return parse_lengths(p, row);
    if (row->arguments == LENGTH_DUE)
        parse_syntax(p, "(");
    return NULL;
}

/* [UNSIGNED | SIGNED | ZEROFILL] ...    MariaDB: each once, SIGNED alone */
static void parse_sign(struct sql_parser *p)
{
    if (p->mysql) {
        while (accept(p, W_UNSIGNED) || accept(p, W_SIGNED) || accept(p, W_ZEROFILL))
            ;
    } else if (accept(p, W_UNSIGNED)) {
        accept(p, W_ZEROFILL);
    } else if (accept(p, W_ZEROFILL)) {
        accept(p, W_UNSIGNED);
    } else {
        accept(p, W_SIGNED);
    }
}

/* {CHARACTER SET | CHARSET} name [BINARY] | BINARY [CHARACTER SET name | ASCII | UNICODE]
 * | {ASCII | UNICODE} [BINARY] | BYTE */
static bool parse_charset(struct sql_parser *p, struct sql_node *type)
{
    if (accept_charset_words(p)) {
        type->child[SQL_TYPE_CHARSET] = parse_charset_name(p);
        accept(p, W_BINARY);
    } else if (accept(p, W_ASCII) || accept(p, W_UNICODE)) {
        accept(p, W_BINARY);
    } else if (accept(p, W_BINARY)) {
        if (accept_charset_words(p))
            type->child[SQL_TYPE_CHARSET] = parse_charset_name(p);
        else if (!accept(p, W_ASCII))
            accept(p, W_UNICODE);
    } else {
        return accept(p, W_BYTE);
    }
    return true;
}

static bool parse_attributes(struct sql_parser *p, const struct type_row *row,
                             struct sql_node *type)
{
    if (row->attributes == CHARSET)
        return parse_charset(p, type);
    if (row->attributes == NATIONAL)
        return accept(p, W_BINARY);
    if (row->attributes == SIGN)
        parse_sign(p);
    return false;
}

/* MariaDB's COMPRESSED [= method], before the character set or behind it; and the method's own
 * REF_SYSTEM_ID = n of spatial types */
static void parse_mariadb_rest(struct sql_parser *p, const struct type_row *row,
                               struct sql_node *type, bool had_charset)
{
    if (row == &plugin_row && accept(p, W_REF_SYSTEM_ID)) {
        expect_kind(p, SQL_TOKEN_EQUAL);
        parse_digits(p);
    }
    if (!row->compressed || (had_charset && row->attributes == NATIONAL) ||
        !accept(p, W_COMPRESSED))
        return;
    if (accept_equal_sign(p))
        parse_ident(p);
    if (!had_charset)
        parse_attributes(p, row, type);
}

/* One named type, with all that belongs to it. */
static void parse_named_type(struct sql_parser *p, struct sql_node *type)
{
    if (!p->mysql && is_ident(p) && kind_at(p, 1) == SQL_TOKEN_DOT) /* a schema with types */
        p->at += 2;
    const struct type_row *found = row_find(p);

    if (found == NULL) {
        parse_syntax(p, "a data type");
        return;
    }
    p->at++;
    struct type_row row = parse_second_word(p, *found);
    type->child[SQL_TYPE_ARGUMENTS] = parse_arguments(p, &row);
    bool had_charset = parse_attributes(p, &row, type);
    if (row.attributes == CHARSET || row.attributes == NATIONAL)
        type->flags |= SQL_FLAG_TEXT;
    if (!p->mysql)
        parse_mariadb_rest(p, found == &plugin_row ? found : &row, type, had_charset);
}

/* data_type: name [( n [, n] )] [attribute] ... | {ENUM | SET} ( 'text', ... ) [attribute] ... */
struct sql_node *parse_column_type(struct sql_parser *p)
{
    struct sql_node *type = node_new(p, SQL_TYPE, p->at);

    parse_named_type(p, type);
    return node_finish(p, type);
}

/* result_type: data_type [COLLATE name] */
struct sql_node *parse_result_type(struct sql_parser *p)
{
    struct sql_node *type = node_new(p, SQL_TYPE, p->at);

    parse_named_type(p, type);
    if (accept(p, W_COLLATE))
        type->child[SQL_TYPE_COLLATE] =
            !p->mysql && is(p, W_DEFAULT) ? node_leaf(p, SQL_IDENT) : parse_collate_name(p);
    return node_finish(p, type);
}

static struct sql_node *parse_row_field(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *name = parse_ident(p);

    return node_of(p, SQL_NAMED_ARGUMENT, first, 0, name, parse_result_type(p));
}

/* The type of a variable or a parameter: result_type
 *   MariaDB also: TYPE OF column | ROW TYPE OF table | ROW ( name result_type, ... ) */
struct sql_node *parse_type(struct sql_parser *p)
{
    struct sql_node *type = node_new(p, SQL_TYPE, p->at);

    if (!p->mysql && accept2(p, W_TYPE, W_OF)) {
        parse_column(p);
        return node_finish(p, type);
    }
    if (p->mysql || !is(p, W_ROW))
        return parse_result_type(p);
    p->at++;
    if (accept2(p, W_TYPE, W_OF))
        parse_name(p);
    else
        type->child[SQL_TYPE_ARGUMENTS] = parse_list_in_parens(p, parse_row_field);
    return node_finish(p, type);
}

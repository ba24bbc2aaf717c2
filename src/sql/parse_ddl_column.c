/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns of tables, with CHECK and REFERENCES.
 */
#include "sql/parser.h"

static struct sql_node *option_new(struct sql_parser *p, enum sql_option op)
{
    struct sql_node *option = node_new(p, SQL_OPTION, p->at);

    option->op = (uint16_t)op;
    return option;
}

/* name {= | :=} {'text' | identifier | integer | DEFAULT}: MariaDB, for engines; the name is no
 * keyword */
struct sql_node *parse_engine_option(struct sql_parser *p)
{
    struct sql_node *option = option_new(p, SQL_OPTION_OTHER);

    p->at += 2;
    if (is_unsigned(p) || is_string(p))
        option->child[SQL_OPTION_VALUE] = is_string(p) ? parse_string(p) : parse_unsigned(p);
    else
        option->child[SQL_OPTION_VALUE] =
            is(p, W_DEFAULT) ? node_leaf(p, SQL_IDENT) : parse_ident(p);
    return node_finish(p, option);
}

bool is_engine_option(const struct sql_parser *p)
{
    return !p->mysql && is_ident(p) && p->t[p->at].word == SQL_NO_WORD &&
           (kind_at(p, 1) == SQL_TOKEN_EQUAL || kind_at(p, 1) == SQL_TOKEN_ASSIGN);
}

static bool is_literal(const struct sql_parser *p)
{
    switch ((int)kind_at(p, 0)) {
    case SQL_TOKEN_INTEGER:
    case SQL_TOKEN_DECIMAL:
    case SQL_TOKEN_FLOAT:
    case SQL_TOKEN_HEX:
    case SQL_TOKEN_BIT:
    case SQL_TOKEN_STRING:
    case SQL_TOKEN_NSTRING:
    case SQL_TOKEN_CHARSET:
    case SQL_TOKEN_NULL:
        return true;
    default:
        break;
    }
    if (is(p, W_DATE) || is(p, W_TIME) || is(p, W_TIMESTAMP))
        return kind_at(p, 1) == SQL_TOKEN_STRING;
    return is(p, W_TRUE) || is(p, W_FALSE) || is(p, W_NULL);
}

/* signed_literal: [+ | -] number | literal | NULL */
static struct sql_node *parse_signed_literal(struct sql_parser *p)
{
    if (is_kind(p, SQL_TOKEN_MINUS) || is_kind(p, SQL_TOKEN_PLUS)) {
        enum sql_token_kind kind = kind_at(p, 1);
        if (kind != SQL_TOKEN_INTEGER && kind != SQL_TOKEN_DECIMAL && kind != SQL_TOKEN_FLOAT) {
            p->at++;
            return parse_syntax(p, "a number");
        }
        return parse_literal(p);
    }
    return is_literal(p) ? parse_operand_token(p) : parse_syntax(p, "a literal");
}

/* now: {NOW ( [n] ) | {CURRENT_TIMESTAMP | LOCALTIME | LOCALTIMESTAMP} [( [n] )]} */
static bool is_now(const struct sql_parser *p)
{
    return is(p, W_NOW) || is(p, W_CURRENT_TIMESTAMP) || is(p, W_LOCALTIME) ||
           is(p, W_LOCALTIMESTAMP);
}

static struct sql_node *parse_now(struct sql_parser *p)
{
    if (!is_now(p))
        return parse_syntax(p, "CURRENT_TIMESTAMP");
    if (kind_at(p, 1) == SQL_TOKEN_LEFT && kind_at(p, 2) != SQL_TOKEN_RIGHT &&
        kind_at(p, 2) != SQL_TOKEN_INTEGER && kind_at(p, 2) != SQL_TOKEN_HEX) {
        p->at += 2;
        return parse_syntax(p, "a number");
    }
    return parse_operand_token(p);
}

/* default: {signed_literal | now | ( expr )}
 *   MariaDB: {signed_literal | ( expr ) | column, variable or function}: no operators without ( ) */
struct sql_node *parse_default_value(struct sql_parser *p, bool now)
{
    if (is_kind(p, SQL_TOKEN_LEFT) && p->mysql) {
        p->at++;
        struct sql_node *value = parse_expr(p);
        expect_kind(p, SQL_TOKEN_RIGHT);
        value->flags |= SQL_FLAG_PARENTHESES;
        return value;
    }
    if (is_now(p) && now)
        return parse_now(p);
    if (p->mysql || is_kind(p, SQL_TOKEN_MINUS) || is_kind(p, SQL_TOKEN_PLUS))
        return parse_signed_literal(p);
    if (is(p, W_BINARY) || is(p, W_NOT) || is_kind(p, SQL_TOKEN_BANG) ||
        is_kind(p, SQL_TOKEN_TILDE) || is_kind(p, SQL_TOKEN_DOT) ||
        (is(p, W_INTERVAL) && !is_interval_function(p)))
        return parse_syntax(p, "a value");
    return parse_operand_token(p);
}

/* CHECK ( expr ) [[NOT] ENFORCED]; a column's may be enforced twice */
struct sql_node *parse_check(struct sql_parser *p, struct sql_node *name, uint32_t first, bool once)
{
    expect(p, W_CHECK);
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *condition = parse_expr(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
    while (p->mysql && (is(p, W_ENFORCED) || is2(p, W_NOT, W_ENFORCED))) {
        accept(p, W_NOT);
        p->at++;
        if (once)
            break;
    }
    return node_of(p, SQL_CHECK, first, 0, name, condition);
}

/* RESTRICT | CASCADE | SET {NULL | DEFAULT} | NO ACTION */
static void parse_reference_action(struct sql_parser *p)
{
    if (accept(p, W_SET)) {
        if (!accept(p, W_NULL))
            expect(p, W_DEFAULT);
    } else if (accept(p, W_NO)) {
        expect(p, W_ACTION);
    } else if (!accept(p, W_RESTRICT)) {
        expect(p, W_CASCADE);
    }
}

/* REFERENCES table [( column, ... )] [MATCH {FULL | PARTIAL | SIMPLE}]
 *     [ON DELETE action] [ON UPDATE action], the last two in either order */
struct sql_node *parse_references(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *columns = NULL;
    enum sql_word on = SQL_NO_WORD;

    expect(p, W_REFERENCES);
    struct sql_node *table = parse_name(p);
    if (is_kind(p, SQL_TOKEN_LEFT))
        columns = parse_list_in_parens(p, parse_ident);
    if (accept(p, W_MATCH) && !accept(p, W_FULL) && !accept(p, W_PARTIAL))
        expect(p, W_SIMPLE);
    for (unsigned i = 0; i < 2; i++) {
        if (!is2(p, W_ON, W_DELETE) && !is2(p, W_ON, W_UPDATE))
            break;
        if (word_at(p, 1) == on)
            return parse_syntax(p, NULL);
        on = word_at(p, 1);
        p->at += 2;
        parse_reference_action(p);
    }
    return node_of(p, SQL_REFERENCES, first, 0, table, columns);
}

/* What a column's option takes behind its word. */
enum column_value { VALUE_NONE = 0, VALUE_TEXT, VALUE_EQUAL_TEXT, VALUE_FORMAT, VALUE_MEDIUM,
                    VALUE_INTEGER, VALUE_COLLATION };

static const struct {
    enum sql_word word;
    enum sql_option op;
    enum column_value value;
    bool mysql, mariadb;
} column_options[] = {
    {W_NULL, SQL_OPTION_NULL, VALUE_NONE, true, true},
    {W_AUTO_INCREMENT, SQL_OPTION_AUTO_INCREMENT, VALUE_NONE, true, true},
    {W_COMMENT, SQL_OPTION_COMMENT, VALUE_TEXT, true, true},
    {W_VISIBLE, SQL_OPTION_OTHER, VALUE_NONE, true, false},
    {W_INVISIBLE, SQL_OPTION_INVISIBLE, VALUE_NONE, true, true},
    {W_COLUMN_FORMAT, SQL_OPTION_OTHER, VALUE_FORMAT, true, false},
    {W_STORAGE, SQL_OPTION_OTHER, VALUE_MEDIUM, true, false},
    {W_ENGINE_ATTRIBUTE, SQL_OPTION_OTHER, VALUE_EQUAL_TEXT, true, false},
    {W_SECONDARY_ENGINE_ATTRIBUTE, SQL_OPTION_OTHER, VALUE_EQUAL_TEXT, true, false},
    {W_SRID, SQL_OPTION_OTHER, VALUE_INTEGER, true, false},
    {W_EXTERNAL_FORMAT, SQL_OPTION_OTHER, VALUE_TEXT, true, false},
    {W_COLLATE, SQL_OPTION_COLLATE, VALUE_COLLATION, true, true},
};

/* [=] 'text' | 'text' | {DEFAULT | FIXED | DYNAMIC} | {DEFAULT | DISK | MEMORY} | integer | name */
static struct sql_node *parse_column_value(struct sql_parser *p, enum column_value value)
{
    switch (value) {
    case VALUE_NONE:
        return NULL;
    case VALUE_EQUAL_TEXT:
        accept_equal_sign(p);
        return parse_string(p);
    case VALUE_TEXT:
        return parse_string(p);
    case VALUE_FORMAT:
    case VALUE_MEDIUM:
        if (is(p, W_DEFAULT) || is(p, value == VALUE_FORMAT ? W_FIXED : W_DISK) ||
            is(p, value == VALUE_FORMAT ? W_DYNAMIC : W_MEMORY))
            return node_leaf(p, SQL_IDENT);
        return parse_syntax(p, "DEFAULT");
    case VALUE_INTEGER:
        return parse_unsigned(p);
    case VALUE_COLLATION:
        if (!p->mysql && is(p, W_DEFAULT))
            return node_leaf(p, SQL_IDENT);
        return parse_collate_name(p);
    }
    return p->spare;
}

/* An option of a column that is one keyword and perhaps a value; NULL when none stands here. */
static struct sql_node *parse_simple_column_option(struct sql_parser *p)
{
    for (size_t i = 0; i < ARRAY_LEN(column_options); i++) {
        if (!is(p, column_options[i].word) ||
            !(p->mysql ? column_options[i].mysql : column_options[i].mariadb))
            continue;
        struct sql_node *option = option_new(p, column_options[i].op);
        p->at++;
        option->child[SQL_OPTION_VALUE] = parse_column_value(p, column_options[i].value);
        return node_finish(p, option);
    }
    return NULL;
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

/* [CONSTRAINT [name]] CHECK ... */
static struct sql_node *parse_column_check(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *name = NULL;

    if (p->mysql && accept(p, W_CONSTRAINT) && !is(p, W_CHECK))
        name = parse_ident(p);
    return parse_check(p, name, first, false);
}

/* [NOT] NULL and the like, of several words; NULL when none stands here:
 * NOT {NULL | SECONDARY} | MASKING POLICY name | SERIAL DEFAULT VALUE | ON UPDATE now
 * | {WITH | WITHOUT} SYSTEM VERSIONING */
static struct sql_node *parse_worded_column_option(struct sql_parser *p)
{
    struct sql_node *option = option_new(p, SQL_OPTION_OTHER);

    if (accept2(p, W_NOT, W_NULL)) {
        option->op = SQL_OPTION_NOT_NULL;
    } else if (accept2(p, W_ON, W_UPDATE)) {
        option->op = SQL_OPTION_ON_UPDATE;
        option->child[SQL_OPTION_VALUE] = parse_now(p);
    } else if (accept2(p, W_SERIAL, W_DEFAULT)) {
        option->op = SQL_OPTION_AUTO_INCREMENT;
        expect(p, W_VALUE);
    } else if (p->mysql && accept2(p, W_MASKING, W_POLICY)) {
        option->child[SQL_OPTION_VALUE] = parse_ident(p);
    } else if (!p->mysql && (accept2(p, W_WITH, W_SYSTEM) || accept2(p, W_WITHOUT, W_SYSTEM))) {
        option->op = SQL_OPTION_SYSTEM_VERSIONING;
        expect(p, W_VERSIONING);
    } else if (!p->mysql || !accept2(p, W_NOT, W_SECONDARY)) {
        return NULL;
    }
    return node_finish(p, option);
}

/* One option of a column, or NULL. */
static struct sql_node *parse_column_option(struct sql_parser *p)
{
    if (is_engine_option(p))
        return parse_engine_option(p);
    struct sql_node *option = parse_simple_column_option(p);
    if (option == NULL)
        option = parse_worded_column_option(p);
    if (option != NULL)
        return option;
    if (is(p, W_DEFAULT)) {
        option = option_new(p, SQL_OPTION_DEFAULT);
        p->at++;
        option->child[SQL_OPTION_VALUE] = parse_default_value(p, true);
        return node_finish(p, option);
    }
    if (is(p, W_UNIQUE) || is(p, W_PRIMARY) || is(p, W_KEY))
        return parse_column_key(p);
    if (p->mysql && (is(p, W_CHECK) || is(p, W_CONSTRAINT)))
        return parse_column_check(p);
    return NULL;
}

/* UNIQUE [KEY] | COMMENT 'text' | INVISIBLE: what MariaDB's generated columns may have */
static bool is_generated_option(const struct sql_parser *p)
{
    return is(p, W_UNIQUE) || is(p, W_COMMENT) || is(p, W_INVISIBLE);
}

/* What MariaDB's SERIAL may have: NOT NULL, keys, and so on; no value. */
static bool is_serial_option(const struct sql_parser *p)
{
    return !is(p, W_DEFAULT) && !is(p, W_NULL) && !is(p, W_AUTO_INCREMENT) && !is(p, W_ON) &&
           !is(p, W_SERIAL) && !is(p, W_COLLATE);
}

/* [GENERATED ALWAYS] AS ( expr ) [VIRTUAL | STORED | PERSISTENT]
 * MariaDB: GENERATED ALWAYS AS ROW {START | END}, which is what it tells */
static bool parse_generated(struct sql_parser *p, struct sql_node *column)
{
    if (accept(p, W_GENERATED))
        expect(p, W_ALWAYS);
    expect(p, W_AS);
    if (!p->mysql && accept(p, W_ROW)) {
        if (!accept(p, W_START))
            expect(p, W_END);
        return true;
    }
    if (p->mysql) {
        expect_kind(p, SQL_TOKEN_LEFT);
        column->child[SQL_COLUMN_DEF_GENERATED] = parse_expr(p);
        expect_kind(p, SQL_TOKEN_RIGHT);
    } else {
        column->child[SQL_COLUMN_DEF_GENERATED] = parse_paren(p);
    }
    enum sql_option op = is(p, W_STORED) || (!p->mysql && is(p, W_PERSISTENT)) ? SQL_OPTION_STORED
                         : is(p, W_VIRTUAL)                                     ? SQL_OPTION_VIRTUAL
                                                                                : SQL_OPTION_NONE;
    if (op != SQL_OPTION_NONE) {
        struct sql_node *option = option_new(p, op);
        p->at++;
        list_add(p, node_finish(p, option));
    }
    return false;
}

/* COMPRESSED [= method] behind other options, as MariaDB once wrote it */
static bool accept_late_compressed(struct sql_parser *p)
{
    if (p->mysql || !accept(p, W_COMPRESSED))
        return false;
    if (accept_equal_sign(p))
        parse_ident(p);
    return true;
}

/* Whether MariaDB takes the option at hand: a generated column and SERIAL have fewer. */
static bool is_option_allowed(const struct sql_parser *p, bool generated, bool row, bool serial)
{
    if (row && (is2(p, W_NOT, W_NULL) || is(p, W_PRIMARY) || is(p, W_KEY)))
        return true;
    if (generated)
        return is_generated_option(p);
    return !serial || is_serial_option(p);
}

/* COLLATE name before AS: MySQL, and MariaDB where the type is of characters */
static bool is_collate_of_generated(const struct sql_parser *p, const struct sql_node *column)
{
    bool text = (column->child[SQL_COLUMN_DEF_TYPE]->flags & SQL_FLAG_TEXT) != 0;

    return (p->mysql || text) && is(p, W_COLLATE) &&
           (word_at(p, 2) == W_AS || word_at(p, 2) == W_GENERATED);
}

static void parse_column_options(struct sql_parser *p, struct sql_node *column, bool serial)
{
    bool collated = is_collate_of_generated(p, column), any = false, row = false;

    if (collated)
        list_add(p, parse_simple_column_option(p));
    bool generated = (is(p, W_AS) || is(p, W_GENERATED)) && (p->mysql || !serial);
    if (generated)
        row = parse_generated(p, column);
    while (!p->failed && (p->mysql || is_option_allowed(p, generated, row, serial))) {
        if (is(p, W_COLLATE) && p->mysql && collated) {
            parse_syntax(p, "one collation");
            break;
        }
        collated = collated || is(p, W_COLLATE);
        if (any && !generated && !serial && accept_late_compressed(p))
            continue;
        struct sql_node *option = parse_column_option(p);
        if (option == NULL)
            break;
        list_add(p, option);
        any = true;
    }
    if (p->mysql)
        return;
    if (is(p, W_CHECK))
        list_add(p, parse_column_check(p));
    if (generated && is(p, W_REFERENCES))
        parse_syntax(p, NULL);
}

/* column_definition: name data_type [COLLATE name] [generated] [option] ... [CHECK ( expr )] */
static struct sql_node *parse_column_definition(struct sql_parser *p, bool references)
{
    struct sql_node *column = node_new(p, SQL_COLUMN_DEF, p->at);

    if (!p->mysql)
        accept_kind(p, SQL_TOKEN_DOT);
    column->child[SQL_COLUMN_DEF_NAME] = parse_ident(p);
    while (!p->mysql && accept_kind(p, SQL_TOKEN_DOT)) /* the table's name before the column's */
        column->child[SQL_COLUMN_DEF_NAME] = parse_ident(p);
    bool serial = is(p, W_SERIAL);
    column->child[SQL_COLUMN_DEF_TYPE] = parse_column_type(p);
    uint32_t first = p->at, mark = list_begin(p);
    parse_column_options(p, column, serial);
    if (references && !p->mysql && is(p, W_CONSTRAINT) && word_at(p, 2) == W_REFERENCES) {
        p->at++;
        parse_ident(p);
    }
    if (references && is(p, W_REFERENCES))
        list_add(p, parse_references(p));
    column->child[SQL_COLUMN_DEF_OPTIONS] = list_end(p, mark, SQL_LIST, first);
    return node_finish(p, column);
}

/* column_definition [REFERENCES ...], of a new column */
struct sql_node *parse_column_def(struct sql_parser *p)
{
    return parse_column_definition(p, true);
}

/* column_definition, of CHANGE and MODIFY */
struct sql_node *parse_changed_column_def(struct sql_parser *p)
{
    return parse_column_definition(p, false);
}

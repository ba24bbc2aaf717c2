/* SPDX-License-Identifier: Apache-2.0
 *
 * INSERT, REPLACE, UPDATE, DELETE, TRUNCATE, LOAD, CALL, DO.
 */
#include "sql/parser.h"

/* column = {expr | DEFAULT} */
static struct sql_node *parse_assignment(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *column = parse_column(p);

    if (!accept_kind(p, SQL_TOKEN_EQUAL))
        expect_kind(p, SQL_TOKEN_ASSIGN);
    return node_of(p, SQL_ASSIGNMENT, first, 0, column, parse_expr_or_default(p));
}

struct sql_node *parse_assignment_list(struct sql_parser *p)
{
    return parse_list(p, parse_assignment);
}

/* ( [value [, value] ...] ), each value expr or DEFAULT */
static struct sql_node *parse_row_values(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect_kind(p, SQL_TOKEN_LEFT);
    uint32_t mark = list_begin(p), start = p->at;
    if (!is_kind(p, SQL_TOKEN_RIGHT))
        do {
            list_add(p, parse_expr_or_default(p));
        } while (accept_kind(p, SQL_TOKEN_COMMA));
    struct sql_node *values = list_end(p, mark, SQL_LIST, start);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_of(p, SQL_ROW, first, 0, values, NULL);
}

/* row [, row] ..., where VALUES ROW(...) of a query is told apart by the caller */
static struct sql_node *parse_rows(struct sql_parser *p)
{
    return parse_list(p, parse_row_values);
}

/* [AS row_alias [( column [, column] ... )]]    MySQL, not of REPLACE */
static void parse_row_alias(struct sql_parser *p, struct sql_node *insert)
{
    if (!p->mysql || sql_flag(insert, SQL_FLAG_REPLACE) || !accept(p, W_AS))
        return;
    insert->child[SQL_INSERT_ALIAS] = parse_ident(p);
    if (is_kind(p, SQL_TOKEN_LEFT))
        insert->child[SQL_INSERT_ALIAS_COLUMNS] = parse_list_in_parens(p, parse_ident);
}

/* {VALUES | VALUE} row [, row] ... [AS alias] | SET assignment, ... [AS alias] | query */
static void parse_insert_source(struct sql_parser *p, struct sql_node *insert)
{
    bool rows = (is(p, W_VALUES) || is(p, W_VALUE)) && word_at(p, 1) != W_ROW;
    uint32_t start = p->at;

    if (rows && kind_at(p, 1) == SQL_TOKEN_LEFT) {
        p->at++;
        insert->child[SQL_INSERT_ROWS] = parse_rows(p);
        if (!p->mysql && !p->failed && p->t[start].word == W_VALUES && continues_query(p)) {
            insert->child[SQL_INSERT_ROWS] = NULL; /* VALUES (1) UNION ...: a query after all */
            p->at = start;
            insert->child[SQL_INSERT_QUERY] = parse_query(p);
        }
        parse_row_alias(p, insert);
    } else if (insert->child[SQL_INSERT_COLUMNS] == NULL && accept(p, W_SET)) {
        insert->child[SQL_INSERT_SET] = parse_assignment_list(p);
        parse_row_alias(p, insert);
    } else if (is_query_start(p)) {
        insert->child[SQL_INSERT_QUERY] = parse_query(p);
    } else {
        parse_syntax(p, "VALUES, SET or a query");
    }
}

/* [( [column [, column] ...] )], unless the parenthesis opens a query */
static void parse_insert_columns(struct sql_parser *p, struct sql_node *insert)
{
    if (!is_kind(p, SQL_TOKEN_LEFT) || is_query_start(p))
        return;
    expect_kind(p, SQL_TOKEN_LEFT);
    insert->child[SQL_INSERT_COLUMNS] = is_kind(p, SQL_TOKEN_RIGHT)
                                            ? list_end(p, list_begin(p), SQL_LIST, p->at)
                                            : parse_list(p, parse_column);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* {INSERT [LOW_PRIORITY | DELAYED | HIGH_PRIORITY] [IGNORE] | REPLACE [LOW_PRIORITY | DELAYED]}
 *     [INTO] table [PARTITION ( name, ... )] [( column, ... )]
 *     {{VALUES | VALUE} row [, row] ... [AS alias [( column, ... )]]
 *     | SET assignment, ... [AS alias [( column, ... )]] | query}
 *     [ON DUPLICATE KEY UPDATE assignment [, assignment] ...]    MariaDB: [RETURNING items] */
struct sql_node *parse_insert(struct sql_parser *p)
{
    struct sql_node *insert = node_new(p, SQL_INSERT, p->at);
    bool replace = accept(p, W_REPLACE);

    if (replace)
        insert->flags |= SQL_FLAG_REPLACE;
    else
        expect(p, W_INSERT);
    if (is_kind(p, SQL_TOKEN_HINT))
        insert->child[SQL_INSERT_HINTS] = node_leaf(p, SQL_HINTS);
    if (accept(p, W_DELAYED))
        insert->flags |= SQL_FLAG_DELAYED;
    else if (!accept(p, W_LOW_PRIORITY) && !replace)
        accept(p, W_HIGH_PRIORITY);
    if (!replace && accept(p, W_IGNORE))
        insert->flags |= SQL_FLAG_IGNORE;
    accept(p, W_INTO);
    insert->child[SQL_INSERT_TABLE] = parse_name(p);
    if (accept(p, W_PARTITION))
        insert->child[SQL_INSERT_PARTITIONS] = parse_list_in_parens(p, parse_ident);
    parse_insert_columns(p, insert);
    parse_insert_source(p, insert);
    if (!replace && accept(p, W_ON)) {
        expect2(p, W_DUPLICATE, W_KEY);
        expect(p, W_UPDATE);
        p->values_is_call = true;
        insert->child[SQL_INSERT_DUPLICATE] = parse_assignment_list(p);
        p->values_is_call = false;
    }
    if (!p->mysql && accept(p, W_RETURNING))
        insert->child[SQL_INSERT_RETURNING] = parse_item_list(p);
    return node_finish(p, insert);
}

/* FOR PORTION OF period FROM expr TO expr    MariaDB */
static struct sql_node *parse_portion(struct sql_parser *p)
{
    struct sql_node *portion = node_new(p, SQL_PORTION, p->at);

    p->at += 2;
    expect(p, W_OF);
    if (is(p, W_SYSTEM_TIME))
        return parse_syntax(p, "a period");
    portion->child[0] = parse_ident(p);
    expect(p, W_FROM);
    portion->child[1] = parse_bit_expr(p);
    expect(p, W_TO);
    portion->child[2] = parse_expr(p);
    return node_finish(p, portion);
}

/* The one table of UPDATE ... FOR PORTION OF and DELETE FROM ... FOR PORTION OF */
static bool is_portion(const struct sql_parser *p)
{
    return !p->mysql && is2(p, W_FOR, W_PORTION);
}

/* n, of LIMIT in UPDATE and DELETE */
static struct sql_node *parse_simple_limit(struct sql_parser *p)
{
    struct sql_node *limit = node_new(p, SQL_LIMIT, p->at);

    limit->child[SQL_LIMIT_COUNT] = parse_limit_value(p);
    return node_finish(p, limit);
}

static struct sql_node *parse_update_with(struct sql_parser *p, struct sql_node *with,
                                          uint32_t first)
{
    struct sql_node *update = node_new(p, SQL_UPDATE, first);

    expect(p, W_UPDATE);
    update->child[SQL_UPDATE_WITH] = with;
    if (is_kind(p, SQL_TOKEN_HINT))
        update->child[SQL_UPDATE_HINTS] = node_leaf(p, SQL_HINTS);
    accept(p, W_LOW_PRIORITY);
    if (accept(p, W_IGNORE))
        update->flags |= SQL_FLAG_IGNORE;
    update->child[SQL_UPDATE_TABLES] = parse_table_list(p);
    if (is_portion(p))
        update->child[SQL_UPDATE_PORTION] = parse_portion(p);
    expect(p, W_SET);
    update->child[SQL_UPDATE_SET] = parse_assignment_list(p);
    if (accept(p, W_WHERE))
        update->child[SQL_UPDATE_WHERE] = parse_expr(p);
    if (accept2(p, W_ORDER, W_BY))
        update->child[SQL_UPDATE_ORDER] = parse_order_list(p);
    if (accept(p, W_LIMIT))
        update->child[SQL_UPDATE_LIMIT] = parse_simple_limit(p);
    return node_finish(p, update);
}

/* [WITH ...] UPDATE [LOW_PRIORITY] [IGNORE] tables SET assignment [, assignment] ...
 *     [WHERE expr] [ORDER BY ...] [LIMIT n] */
struct sql_node *parse_update(struct sql_parser *p)
{
    return parse_update_with(p, NULL, p->at);
}

/* [schema .] table [. *] */
static struct sql_node *parse_delete_target(struct sql_parser *p)
{
    struct sql_node *name = node_new(p, SQL_NAME, p->at);
    struct sql_node *part = parse_ident(p);

    if (kind_at(p, 0) == SQL_TOKEN_DOT && kind_at(p, 1) != SQL_TOKEN_STAR) {
        p->at++;
        name->child[SQL_NAME_SCHEMA] = part;
        part = parse_ident(p);
    }
    name->child[SQL_NAME_OBJECT] = part;
    node_finish(p, name);
    if (accept_kind(p, SQL_TOKEN_DOT))
        expect_kind(p, SQL_TOKEN_STAR);
    return name;
}

/* Of DELETE FROM table: MySQL: [[AS] alias] [PARTITION ( name, ... )]
 * MariaDB: [PARTITION ( name, ... )] [FOR PORTION ...]; from 11.6 on [[AS] alias] */
static void parse_delete_one(struct sql_parser *p, struct sql_node *delete)
{
    uint32_t first = p->at, mark = list_begin(p);
    struct sql_node *ref = node_new(p, SQL_TABLE_REF, first);

    ref->child[SQL_TABLE_REF_NAME] = parse_name(p);
    if (!p->mysql && accept(p, W_PARTITION))
        ref->child[SQL_TABLE_REF_PARTITIONS] = parse_list_in_parens(p, parse_ident);
    if (is_portion(p))
        delete->child[SQL_DELETE_PORTION] = parse_portion(p);
    if (p->mysql || p->version >= 110600)
        ref->child[SQL_TABLE_REF_ALIAS] = parse_table_alias(p);
    if (p->mysql && accept(p, W_PARTITION))
        ref->child[SQL_TABLE_REF_PARTITIONS] = parse_list_in_parens(p, parse_ident);
    list_add(p, node_finish(p, ref));
    delete->child[SQL_DELETE_FROM] = list_end(p, mark, SQL_LIST, first);
}

/* Whether DELETE FROM lists its targets: FROM target [, target] ... USING tables */
static bool is_delete_using(const struct sql_parser *p)
{
    uint32_t at = p->at;

    while (at < p->end) {
        const struct sql_token *token = &p->t[at];
        if (token->word == W_USING)
            return true;
        if (token->kind != SQL_TOKEN_QUOTED && token->kind != SQL_TOKEN_DOT &&
            token->kind != SQL_TOKEN_COMMA && token->kind != SQL_TOKEN_STAR &&
            (token->kind != SQL_TOKEN_WORD || (token->flags & SQL_TOKEN_RESERVED)))
            return false;
        at++;
    }
    return false;
}

/* DELETE HISTORY FROM table [BEFORE SYSTEM_TIME [TIMESTAMP | TRANSACTION] expr]    MariaDB */
static void parse_delete_history(struct sql_parser *p, struct sql_node *delete)
{
    delete->flags |= SQL_FLAG_HISTORY;
    expect(p, W_FROM);
    uint32_t first = p->at, mark = list_begin(p);
    struct sql_node *ref = node_new(p, SQL_TABLE_REF, first);
    ref->child[SQL_TABLE_REF_NAME] = parse_name(p);
    if (accept(p, W_PARTITION))
        ref->child[SQL_TABLE_REF_PARTITIONS] = parse_list_in_parens(p, parse_ident);
    list_add(p, node_finish(p, ref));
    delete->child[SQL_DELETE_FROM] = list_end(p, mark, SQL_LIST, first);
    if (accept2(p, W_BEFORE, W_SYSTEM_TIME)) {
        if (is(p, W_TRANSACTION) || (is(p, W_TIMESTAMP) && kind_at(p, 1) != SQL_TOKEN_LEFT &&
                                     kind_at(p, 1) != SQL_TOKEN_STRING))
            p->at++;
        delete->child[SQL_DELETE_WHERE] = parse_bit_expr(p);
    }
}

static void parse_delete_tail(struct sql_parser *p, struct sql_node *delete)
{
    if (accept(p, W_WHERE))
        delete->child[SQL_DELETE_WHERE] = parse_expr(p);
    if (delete->child[SQL_DELETE_TARGETS] != NULL)
        return;
    if (accept2(p, W_ORDER, W_BY))
        delete->child[SQL_DELETE_ORDER] = parse_order_list(p);
    if (accept(p, W_LIMIT))
        delete->child[SQL_DELETE_LIMIT] = parse_simple_limit(p);
    if (!p->mysql && accept(p, W_RETURNING))
        delete->child[SQL_DELETE_RETURNING] = parse_item_list(p);
}

/* The options: LOW_PRIORITY, QUICK, IGNORE; they repeat. A table may be called QUICK. */
static void parse_delete_options(struct sql_parser *p, struct sql_node *delete)
{
    for (;;) {
        if (accept(p, W_IGNORE))
            delete->flags |= SQL_FLAG_IGNORE;
        else if (is(p, W_QUICK) && kind_at(p, 1) != SQL_TOKEN_DOT && accept(p, W_QUICK))
            delete->flags |= SQL_FLAG_QUICK;
        else if (!accept(p, W_LOW_PRIORITY))
            return;
    }
}

static struct sql_node *parse_delete_with(struct sql_parser *p, struct sql_node *with,
                                          uint32_t first)
{
    struct sql_node *delete = node_new(p, SQL_DELETE, first);

    expect(p, W_DELETE);
    delete->child[SQL_DELETE_WITH] = with;
    if (is_kind(p, SQL_TOKEN_HINT))
        delete->child[SQL_DELETE_HINTS] = node_leaf(p, SQL_HINTS);
    parse_delete_options(p, delete);
    if (!p->mysql && accept(p, W_HISTORY)) {
        parse_delete_history(p, delete);
        return node_finish(p, delete);
    }
    if (!accept(p, W_FROM)) {
        delete->child[SQL_DELETE_TARGETS] = parse_list(p, parse_delete_target);
        expect(p, W_FROM);
        delete->child[SQL_DELETE_FROM] = parse_table_list(p);
    } else if (is_delete_using(p)) {
        delete->child[SQL_DELETE_TARGETS] = parse_list(p, parse_delete_target);
        expect(p, W_USING);
        delete->child[SQL_DELETE_FROM] = parse_table_list(p);
    } else {
        parse_delete_one(p, delete);
    }
    parse_delete_tail(p, delete);
    return node_finish(p, delete);
}

/* [WITH ...] DELETE [LOW_PRIORITY] [QUICK] [IGNORE]
 *     { FROM table [[AS] alias] [PARTITION (...)] [WHERE expr] [ORDER BY ...] [LIMIT n]
 *       MariaDB: [RETURNING items]
 *     | target [, target] ... FROM tables [WHERE expr]
 *     | FROM target [, target] ... USING tables [WHERE expr] } */
struct sql_node *parse_delete(struct sql_parser *p)
{
    return parse_delete_with(p, NULL, p->at);
}

/* WITH ... {SELECT | UPDATE | DELETE}: the statement that a WITH begins; MariaDB: SELECT alone */
struct sql_node *parse_dml_with(struct sql_parser *p, struct sql_node *with, uint32_t first)
{
    if (p->mysql && is(p, W_UPDATE))
        return parse_update_with(p, with, first);
    if (p->mysql && is(p, W_DELETE))
        return parse_delete_with(p, with, first);
    return parse_query_with(p, with, first);
}

/* TRUNCATE [TABLE] table    MariaDB: [WAIT n | NOWAIT] */
struct sql_node *parse_truncate(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect(p, W_TRUNCATE);
    accept(p, W_TABLE);
    struct sql_node *name = parse_name(p);
    accept_wait(p);
    return node_of(p, SQL_TRUNCATE, first, 0, name, NULL);
}

/* [WAIT n | NOWAIT]    MariaDB */
void accept_wait(struct sql_parser *p)
{
    if (!p->mysql && accept(p, W_WAIT))
        parse_number(p);
    else if (!p->mysql)
        accept(p, W_NOWAIT);
}

/* CALL [schema .] procedure [( [expr [, expr] ...] )] */
struct sql_node *parse_call_statement(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *arguments = NULL;

    expect(p, W_CALL);
    if (is_kind(p, SQL_TOKEN_DOT))
        return parse_syntax(p, "a procedure");
    struct sql_node *name = parse_name(p);
    if (!p->mysql && accept_kind(p, SQL_TOKEN_DOT))
        parse_ident(p); /* package.routine with a schema */
    if (accept_kind(p, SQL_TOKEN_LEFT)) {
        arguments = parse_argument_list(p);
        expect_kind(p, SQL_TOKEN_RIGHT);
    }
    return node_of(p, SQL_CALL_STATEMENT, first, 0, name, arguments);
}

static struct sql_node *parse_do_item(struct sql_parser *p)
{
    struct sql_node *item = node_new(p, SQL_ITEM, p->at);

    item->child[SQL_ITEM_VALUE] = parse_expr(p);
    return node_finish(p, item);
}

/* DO expr [, expr] ...    MySQL: as a select list, with aliases and *, which it then refuses */
struct sql_node *parse_do(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect(p, W_DO);
    if (!p->mysql)
        return node_of(p, SQL_DO, first, 0, parse_list(p, parse_do_item), NULL);
    return node_of(p, SQL_DO, first, 0, parse_item_list(p), NULL);
}

/* field: column | @variable */
static struct sql_node *parse_load_field(struct sql_parser *p)
{
    if (is_kind(p, SQL_TOKEN_USER_VARIABLE))
        return parse_user_variable(p);
    return parse_column(p);
}

/* INFILE | MySQL: {URL | URI | S3} */
static void parse_load_source(struct sql_parser *p)
{
    if (p->mysql && (is(p, W_URL) || is(p, W_S3) || is_text(p, 0, STR("URI")))) {
        parse_doubt(p, "LOAD DATA from a URL");
        p->at++;
        return;
    }
    expect(p, W_INFILE);
}

/* [COUNT n] [IN PRIMARY KEY ORDER]    MySQL, for sources of many files */
static void parse_load_order(struct sql_parser *p)
{
    if (!p->mysql)
        return;
    if (is_text(p, 0, STR("COUNT"))) {
        parse_doubt(p, "LOAD DATA ... COUNT");
        p->at++;
        parse_integer(p);
    }
    if (is2(p, W_IN, W_PRIMARY)) {
        parse_doubt(p, "LOAD DATA ... IN PRIMARY KEY ORDER");
        p->at += 2;
        expect2(p, W_KEY, W_ORDER);
    }
}

/* [PARALLEL = n] [MEMORY = size] [ALGORITHM = BULK]    MySQL */
static void parse_load_bulk(struct sql_parser *p)
{
    if (!p->mysql)
        return;
    if (is(p, W_PARALLEL) || is(p, W_MEMORY) || is(p, W_ALGORITHM))
        parse_doubt(p, "LOAD DATA in bulk");
    if (accept(p, W_PARALLEL)) {
        accept_kind(p, SQL_TOKEN_EQUAL);
        parse_integer(p);
    }
    if (accept(p, W_MEMORY)) {
        accept_kind(p, SQL_TOKEN_EQUAL);
        if (is_ident(p))
            parse_ident(p);
        else
            parse_integer(p);
    }
    if (accept(p, W_ALGORITHM)) {
        accept_kind(p, SQL_TOKEN_EQUAL);
        expect(p, W_BULK);
    }
}

/* [ROWS IDENTIFIED BY '<tag>'] [FIELDS ...] [LINES ...] [IGNORE n {LINES | ROWS}] */
static void parse_load_format(struct sql_parser *p)
{
    if (accept(p, W_ROWS)) {
        expect2(p, W_IDENTIFIED, W_BY);
        if (is_kind(p, SQL_TOKEN_HEX) || is_kind(p, SQL_TOKEN_BIT))
            parse_number(p);
        else
            parse_string(p);
    }
    parse_fields_and_lines(p);
    if (accept(p, W_IGNORE)) {
        if (!is_small_integer(p))
            parse_syntax(p, "a number of lines");
        parse_integer(p);
        if (!accept(p, W_LINES))
            expect(p, W_ROWS);
    }
}

/* LOAD {DATA | XML} [LOW_PRIORITY | CONCURRENT] [FROM] [LOCAL] INFILE 'file' [REPLACE | IGNORE]
 *     INTO TABLE table [PARTITION (...)] [CHARACTER SET charset] [ROWS IDENTIFIED BY '<tag>']
 *     [FIELDS ...] [LINES ...] [IGNORE n {LINES | ROWS}] [( field, ... )] [SET assignment, ...]
 * MySQL: {URL | S3} 'text' [COUNT n] [IN PRIMARY KEY ORDER] ... [COMPRESSION = 'text'] ...
 *     [PARALLEL = n] [MEMORY = n] [ALGORITHM = BULK] */
struct sql_node *parse_load(struct sql_parser *p)
{
    struct sql_node *load = node_new(p, SQL_LOAD, p->at);

    expect(p, W_LOAD);
    if (!accept(p, W_DATA))
        expect(p, W_XML);
    if (!accept(p, W_LOW_PRIORITY))
        accept(p, W_CONCURRENT);
    if (p->mysql)
        accept(p, W_FROM);
    if (accept(p, W_LOCAL))
        load->flags |= SQL_FLAG_LOCAL;
    parse_load_source(p);
    load->child[SQL_LOAD_FILE] = parse_string(p);
    parse_load_order(p);
    if (accept(p, W_REPLACE))
        load->flags |= SQL_FLAG_REPLACE;
    else if (accept(p, W_IGNORE))
        load->flags |= SQL_FLAG_IGNORE;
    expect2(p, W_INTO, W_TABLE);
    load->child[SQL_LOAD_TABLE] = parse_name(p);
    if (accept(p, W_PARTITION))
        parse_list_in_parens(p, parse_ident);
    if (p->mysql && accept(p, W_COMPRESSION)) {
        parse_doubt(p, "LOAD DATA of a compressed file");
        accept_kind(p, SQL_TOKEN_EQUAL);
        parse_string(p);
    }
    if (accept_charset_words(p))
        parse_charset_name(p);
    parse_load_format(p);
    if (accept_kind(p, SQL_TOKEN_LEFT)) {
        if (!is_kind(p, SQL_TOKEN_RIGHT))
            load->child[SQL_LOAD_FIELDS] = parse_list(p, parse_load_field);
        expect_kind(p, SQL_TOKEN_RIGHT);
    }
    if (accept(p, W_SET))
        load->child[SQL_LOAD_SET] = parse_assignment_list(p);
    parse_load_bulk(p);
    return node_finish(p, load);
}

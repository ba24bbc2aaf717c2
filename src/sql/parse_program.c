/* SPDX-License-Identifier: Apache-2.0
 *
 * The statements of stored programs: blocks, declarations, control, cursors, conditions. They are
 * also what MariaDB's BEGIN NOT ATOMIC holds outside of programs.
 */
#include "sql/parser.h"

static bool is_list_end(const struct sql_parser *p)
{
    return is(p, W_END) || is(p, W_ELSE) || is(p, W_ELSEIF) || is(p, W_WHEN) || is(p, W_UNTIL) ||
           p->at >= p->end;
}

/* [statement ;] ... */
static struct sql_node *parse_statements_of_block(struct sql_parser *p)
{
    uint32_t first = p->at, mark = list_begin(p);

    while (!is_list_end(p)) {
        list_add(p, parse_statement(p));
        expect_kind(p, SQL_TOKEN_SEMICOLON);
    }
    return list_end(p, mark, SQL_LIST, first);
}

static struct sql_node *parse_nonempty_statements(struct sql_parser *p)
{
    struct sql_node *list = parse_statements_of_block(p);

    return list->count == 0 && !p->failed ? parse_syntax(p, "a statement") : list;
}

/* expr THEN statement ; [statement ;] ... */
static struct sql_node *parse_branch(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *condition = parse_expr(p);

    expect(p, W_THEN);
    return node_of(p, SQL_BRANCH, first, 0, condition, parse_nonempty_statements(p));
}

/* IF expr THEN statements [ELSEIF expr THEN statements] ... [ELSE statements] END IF */
static struct sql_node *parse_if(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_IF, p->at);
    uint32_t mark = list_begin(p), start = p->at;

    do {
        p->at++;
        list_add(p, parse_branch(p));
    } while (is(p, W_ELSEIF));
    node->child[SQL_IF_BRANCHES] = list_end(p, mark, SQL_LIST, start);
    if (accept(p, W_ELSE))
        node->child[SQL_IF_ELSE] = parse_nonempty_statements(p);
    expect2(p, W_END, W_IF);
    return node_finish(p, node);
}

/* CASE [expr] WHEN expr THEN statements ... [ELSE statements] END CASE */
static struct sql_node *parse_case_statement(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_IF, p->at);

    p->at++;
    if (!is(p, W_WHEN))
        node->child[SQL_IF_OPERAND] = parse_expr(p);
    uint32_t mark = list_begin(p), start = p->at;
    do {
        expect(p, W_WHEN);
        list_add(p, parse_branch(p));
    } while (is(p, W_WHEN));
    node->child[SQL_IF_BRANCHES] = list_end(p, mark, SQL_LIST, start);
    if (accept(p, W_ELSE))
        node->child[SQL_IF_ELSE] = parse_nonempty_statements(p);
    expect2(p, W_END, W_CASE);
    return node_finish(p, node);
}

/* Words that begin a statement, or might: no label before a block or loop, though identifiers. */
static const enum sql_word mysql_no_labels[] = {
    W_ASCII,   W_BEGIN,   W_BINLOG,   W_BYTE,       W_CACHE,    W_CHARSET,   W_CHECKSUM, W_CLONE,
    W_COMMENT, W_COMMIT,  W_CONTAINS, W_DEALLOCATE, W_DO,       W_END,       W_EXECUTE,  W_FLUSH,
    W_FOLLOWS, W_HANDLER, W_HELP,     W_IMPORT,     W_INSTALL,  W_LANGUAGE,  W_NO,       W_PRECEDES,
    W_PREPARE, W_REPAIR,  W_RESET,    W_RESTART,    W_ROLLBACK, W_SAVEPOINT, W_SHUTDOWN, W_SIGNED,
    W_SLAVE,   W_START,   W_STOP,     W_TRUNCATE,   W_UNICODE,  W_UNINSTALL, W_XA};
static const enum sql_word mariadb_no_labels[] = {
    W_ASCII,         W_BACKUP,        W_BEGIN,      W_BINLOG,    W_BYTE,       W_CACHE,
    W_CHARSET,       W_CHECKPOINT,    W_CHECKSUM,   W_CLOSE,     W_COLUMN_ADD, W_COLUMN_CHECK,
    W_COLUMN_CREATE, W_COLUMN_DELETE, W_COLUMN_GET, W_COMMENT,   W_COMMIT,     W_COMPRESSED,
    W_CONTAINS,      W_DEALLOCATE,    W_DO,         W_END,       W_EXAMINED,   W_EXCLUDE,
    W_EXECUTE,       W_FLUSH,         W_FOLLOWING,  W_FOLLOWS,   W_FORMAT,     W_GET,
    W_HANDLER,       W_HELP,          W_HOST,       W_INSTALL,   W_LANGUAGE,   W_NO,
    W_OPEN,          W_OPTION,        W_OPTIONS,    W_OTHERS,    W_OWNER,      W_PARSER,
    W_PERIOD,        W_PORT,          W_PRECEDES,   W_PRECEDING, W_PREPARE,    W_REMOVE,
    W_REPAIR,        W_REPLICA,       W_REPLICAS,   W_RESET,     W_RESTORE,    W_ROLLBACK,
    W_SAVEPOINT,     W_SECURITY,      W_SERVER,     W_SHUTDOWN,  W_SIGNED,     W_SLAVE,
    W_SLAVES,        W_SOCKET,        W_SONAME,     W_START,     W_STOP,       W_STORED,
    W_TIES,          W_TRUNCATE,      W_UNBOUNDED,  W_UNICODE,   W_UNINSTALL,  W_UPGRADE,
    W_WINDOW,        W_WITHIN,        W_WRAPPER,    W_XA};

/* label: an identifier, but for some words */
static struct sql_node *parse_label(struct sql_parser *p)
{
    const enum sql_word *words = p->mysql ? mysql_no_labels : mariadb_no_labels;
    size_t count = p->mysql ? ARRAY_LEN(mysql_no_labels) : ARRAY_LEN(mariadb_no_labels);

    for (size_t i = 0; i < count; i++)
        if (is(p, words[i]))
            return parse_syntax(p, "a label");
    return parse_ident(p);
}

static void parse_end_label(struct sql_parser *p)
{
    if (is_ident(p))
        parse_label(p);
}

/* LOOP statements END LOOP | WHILE expr DO statements END WHILE |
 * REPEAT statements UNTIL expr END REPEAT */
static struct sql_node *parse_loop(struct sql_parser *p, struct sql_node *label, uint32_t first)
{
    struct sql_node *node = node_new(p, SQL_LOOP, first);
    enum sql_word verb = (enum sql_word)p->t[p->at].word;

    p->at++;
    node->child[SQL_LOOP_LABEL] = label;
    if (verb == W_WHILE) {
        node->child[SQL_LOOP_CONDITION] = parse_expr(p);
        expect(p, W_DO);
    }
    node->child[SQL_LOOP_BODY] = parse_nonempty_statements(p);
    if (verb == W_REPEAT) {
        expect(p, W_UNTIL);
        node->child[SQL_LOOP_CONDITION] = parse_expr(p);
    }
    expect2(p, W_END, verb);
    parse_end_label(p);
    return node_finish(p, node);
}

/* FOR name IN {[REVERSE] expr .. expr | ( query ) | cursor [( expr, ... )]}
 *     DO statements END FOR    MariaDB */
static struct sql_node *parse_for(struct sql_parser *p, struct sql_node *label, uint32_t first)
{
    struct sql_node *node = node_new(p, SQL_FOR, first);

    p->at++;
    node->child[SQL_FOR_LABEL] = label;
    node->child[SQL_FOR_NAME] = parse_ident(p);
    expect(p, W_IN);
    if (is(p, W_REVERSE) && kind_at(p, 1) != SQL_TOKEN_LEFT)
        p->at++;
    if (is_kind(p, SQL_TOKEN_LEFT) && is_query_start(p)) {
        node->child[SQL_FOR_FROM] = parse_query_in_parens(p);
    } else {
        node->child[SQL_FOR_FROM] = parse_bit_expr(p);
        if (accept_kind(p, SQL_TOKEN_DOT_DOT))
            node->child[SQL_FOR_TO] = parse_bit_expr(p);
    }
    expect(p, W_DO);
    node->child[SQL_FOR_BODY] = parse_nonempty_statements(p);
    expect2(p, W_END, W_FOR);
    parse_end_label(p);
    return node_finish(p, node);
}

/* SQLSTATE [VALUE] 'text' */
static struct sql_node *parse_sqlstate(struct sql_parser *p)
{
    expect(p, W_SQLSTATE);
    accept(p, W_VALUE);
    return parse_string(p);
}

/* condition: number | SQLSTATE [VALUE] 'text' | name | SQLWARNING | NOT FOUND | SQLEXCEPTION */
static struct sql_node *parse_condition(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (is(p, W_SQLSTATE))
        return parse_sqlstate(p);
    if (accept2(p, W_NOT, W_FOUND))
        return node_finish(p, node_new(p, SQL_WORDS, first));
    if (is(p, W_SQLWARNING) || is(p, W_SQLEXCEPTION))
        return node_leaf(p, SQL_WORDS);
    if (is_ident(p))
        return parse_ident(p);
    return parse_number(p);
}

/* {CONTINUE | EXIT} HANDLER FOR condition [, condition] ... statement */
static struct sql_node *parse_declare_handler(struct sql_parser *p, uint32_t first)
{
    struct sql_node *node = node_new(p, SQL_DECLARE_HANDLER, first);

    p->at++;
    expect2(p, W_HANDLER, W_FOR);
    node->child[SQL_DECLARE_HANDLER_CONDITIONS] = parse_list(p, parse_condition);
    node->child[SQL_DECLARE_HANDLER_BODY] = parse_statement(p);
    return node_finish(p, node);
}

static struct sql_node *parse_cursor_parameter(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (is(p, W_OUT) || is(p, W_INOUT)) { /* the server knows nothing but the words */
        parse_doubt(p, "a cursor's parameter with OUT");
        p->at++;
    } else {
        accept(p, W_IN);
    }
    struct sql_node *name = parse_ident(p);
    return node_of(p, SQL_PARAMETER, first, 0, name, parse_type(p));
}

/* name CURSOR [( name type, ... )] FOR query */
static struct sql_node *parse_declare_cursor(struct sql_parser *p, struct sql_node *name,
                                             uint32_t first)
{
    struct sql_node *node = node_new(p, SQL_DECLARE_CURSOR, first);

    p->at++;
    node->child[SQL_DECLARE_CURSOR_NAME] = name;
    if (!p->mysql && is_kind(p, SQL_TOKEN_LEFT)) {
        expect_kind(p, SQL_TOKEN_LEFT);
        if (!is_kind(p, SQL_TOKEN_RIGHT))
            node->child[SQL_DECLARE_CURSOR_PARAMETERS] = parse_list(p, parse_cursor_parameter);
        expect_kind(p, SQL_TOKEN_RIGHT);
    }
    expect(p, W_FOR);
    if (!p->mysql && is_ident(p))
        node->child[SQL_DECLARE_CURSOR_QUERY] = parse_ident(p); /* of a prepared statement */
    else if (is_query_start(p))
        node->child[SQL_DECLARE_CURSOR_QUERY] = parse_query_statement(p);
    else
        return parse_syntax(p, "a query");
    struct sql_node *query = node->child[SQL_DECLARE_CURSOR_QUERY];
    if (!p->failed && query->kind == SQL_QUERY && query->child[SQL_QUERY_INTO] != NULL)
        parse_doubt(p, "INTO in the query of a cursor");
    return node_finish(p, node);
}

/* DECLARE name [, name] ... type [DEFAULT expr]
 * | DECLARE name CONDITION FOR {number | SQLSTATE [VALUE] 'text'} |
 * DECLARE ... HANDLER ... | DECLARE name CURSOR FOR query */
static struct sql_node *parse_declare(struct sql_parser *p)
{
    uint32_t first = p->at++;

    if ((is(p, W_CONTINUE) || is(p, W_EXIT)) && word_at(p, 1) == W_HANDLER)
        return parse_declare_handler(p, first);
    struct sql_node *names = parse_list(p, parse_ident);
    if (names->count == 1 && is(p, W_CURSOR))
        return parse_declare_cursor(p, names->child[0], first);
    if (names->count == 1 && accept2(p, W_CONDITION, W_FOR))
        return node_of(p, SQL_DECLARE_CONDITION, first, 0, names->child[0],
                       is(p, W_SQLSTATE) ? parse_sqlstate(p) : parse_integer(p));
    struct sql_node *node = node_new(p, SQL_DECLARE_VARIABLE, first);
    node->child[SQL_DECLARE_VARIABLE_NAMES] = names;
    node->child[SQL_DECLARE_VARIABLE_TYPE] = parse_type(p);
    if (accept(p, W_DEFAULT))
        node->child[SQL_DECLARE_VARIABLE_DEFAULT] = parse_expr(p);
    return node_finish(p, node);
}

/* [label :] BEGIN [NOT ATOMIC] [declaration ;] ... [statement ;] ... END [label] */
static struct sql_node *parse_block(struct sql_parser *p, struct sql_node *label, uint32_t first)
{
    struct sql_node *node = node_new(p, SQL_BLOCK, first);

    expect(p, W_BEGIN);
    if (!p->mysql && accept(p, W_NOT))
        expect(p, W_ATOMIC);
    node->child[SQL_BLOCK_LABEL] = label;
    uint32_t mark = list_begin(p), start = p->at;
    while (is(p, W_DECLARE)) {
        list_add(p, parse_declare(p));
        expect_kind(p, SQL_TOKEN_SEMICOLON);
    }
    while (!is(p, W_END) && p->at < p->end) {
        list_add(p, parse_statement(p));
        expect_kind(p, SQL_TOKEN_SEMICOLON);
    }
    node->child[SQL_BLOCK_BODY] = list_end(p, mark, SQL_LIST, start);
    expect(p, W_END);
    if (label != NULL)
        parse_end_label(p);
    return node_finish(p, node);
}

/* BEGIN NOT ATOMIC ... END, outside of programs    MariaDB */
struct sql_node *parse_compound(struct sql_parser *p)
{
    bool outer = p->in_program;

    if (!enter(p))
        return p->spare;
    p->in_program = true;
    struct sql_node *block = is(p, W_BEGIN) ? parse_block(p, NULL, p->at) : parse_statement(p);
    p->in_program = outer;
    leave(p);
    return block;
}

/* FETCH [[NEXT] FROM] cursor INTO name [, name] ...    MariaDB: FETCH GROUP NEXT ROW */
static struct sql_node *parse_fetch_cursor(struct sql_parser *p)
{
    uint32_t first = p->at++;

    if (!p->mysql && accept2(p, W_GROUP, W_NEXT)) {
        expect(p, W_ROW);
        return node_of(p, SQL_CURSOR, first, SQL_CURSOR_FETCH, NULL, NULL);
    }
    if (is2(p, W_NEXT, W_FROM))
        p->at++;
    accept(p, W_FROM);
    struct sql_node *cursor = parse_ident(p);
    expect(p, W_INTO);
    return node_of(p, SQL_CURSOR, first, SQL_CURSOR_FETCH, cursor, parse_list(p, parse_column));
}

/* OPEN cursor [( expr, ... )] | CLOSE cursor | FETCH ... */
static struct sql_node *parse_cursor(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *arguments = NULL;

    if (is(p, W_FETCH))
        return parse_fetch_cursor(p);
    bool open = is(p, W_OPEN);
    p->at++;
    struct sql_node *cursor = parse_ident(p);
    if (open && !p->mysql && accept_kind(p, SQL_TOKEN_LEFT)) {
        arguments = parse_argument_list(p);
        expect_kind(p, SQL_TOKEN_RIGHT);
    }
    return node_of(p, SQL_CURSOR, first, open ? SQL_CURSOR_OPEN : SQL_CURSOR_CLOSE, cursor,
                   arguments);
}

/* {LEAVE | ITERATE} label */
static struct sql_node *parse_jump(struct sql_parser *p)
{
    uint32_t first = p->at++;

    return node_of(p, SQL_JUMP, first, 0, parse_label(p), NULL);
}

static struct sql_node *parse_return(struct sql_parser *p)
{
    uint32_t first = p->at++;

    return node_of(p, SQL_RETURN, first, 0, parse_expr(p), NULL);
}

/* label : {BEGIN | LOOP | WHILE | REPEAT | FOR} ... */
static struct sql_node *parse_labelled(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *label = NULL;

    if (is_ident(p) && kind_at(p, 1) == SQL_TOKEN_COLON) {
        label = parse_label(p);
        expect_kind(p, SQL_TOKEN_COLON);
    }
    if (is(p, W_BEGIN))
        return parse_block(p, label, first);
    if (is(p, W_LOOP) || is(p, W_WHILE) || is(p, W_REPEAT))
        return parse_loop(p, label, first);
    if (!p->mysql && is(p, W_FOR))
        return parse_for(p, label, first);
    return parse_syntax(p, "BEGIN or a loop");
}

/* The statements that only programs have; NULL when none of them begins here. */
struct sql_node *parse_program_statement(struct sql_parser *p)
{
    struct sql_node *node = NULL;

    if (!enter(p))
        return p->spare;
    if (is_ident(p) && kind_at(p, 1) == SQL_TOKEN_COLON) {
        node = parse_labelled(p);
        leave(p);
        return node;
    }
    switch ((int)p->t[p->at].word) {
    case W_BEGIN:
    case W_LOOP:
    case W_WHILE:
    case W_REPEAT:
        node = parse_labelled(p);
        break;
    case W_FOR:
        node = p->mysql ? NULL : parse_labelled(p);
        break;
    case W_IF:
        node = parse_if(p);
        break;
    case W_CASE:
        node = parse_case_statement(p);
        break;
    case W_LEAVE:
    case W_ITERATE:
        node = parse_jump(p);
        break;
    case W_RETURN:
        node = parse_return(p);
        break;
    case W_OPEN:
    case W_FETCH:
    case W_CLOSE:
        node = parse_cursor(p);
        break;
    default: /* an ordinary statement */
        break;
    }
    leave(p);
    return node;
}

/* The body of a stored program: one statement. */
struct sql_node *parse_body(struct sql_parser *p)
{
    bool outer = p->in_program;

    if (!enter(p))
        return p->spare;
    p->in_program = true;
    struct sql_node *body = parse_statement(p);
    p->in_program = outer;
    leave(p);
    return body;
}

/* signal_value: literal | @variable | @@variable | routine's variable or column */
static struct sql_node *parse_signal_value(struct sql_parser *p)
{
    if (is_kind(p, SQL_TOKEN_USER_VARIABLE))
        return parse_user_variable(p);
    bool call = sql_is_call(p) && kind_at(p, 1) == SQL_TOKEN_LEFT;
    bool literal = is(p, W_NULL) || is_kind(p, SQL_TOKEN_NULL);
    bool minus = is_kind(p, SQL_TOKEN_MINUS) || is_kind(p, SQL_TOKEN_PLUS);
    if (literal || is_kind(p, SQL_TOKEN_SYSTEM_VARIABLE))
        return parse_operand_token(p);
    if ((is_ident(p) && !call && kind_at(p, 1) != SQL_TOKEN_STRING) || is_kind(p, SQL_TOKEN_DOT))
        return parse_column(p);
    return minus ? parse_syntax(p, "a value") : parse_plain_literal(p);
}

/* What a condition tells of itself; those from `row_number` on are not for SIGNAL to set. */
static const struct {
    const char *name;
    bool signal, mysql;
} condition_items[] = {
    {"CLASS_ORIGIN", true, true},       {"SUBCLASS_ORIGIN", true, true},
    {"CONSTRAINT_CATALOG", true, true}, {"CONSTRAINT_SCHEMA", true, true},
    {"CONSTRAINT_NAME", true, true},    {"CATALOG_NAME", true, true},
    {"SCHEMA_NAME", true, true},        {"TABLE_NAME", true, true},
    {"COLUMN_NAME", true, true},        {"CURSOR_NAME", true, true},
    {"MESSAGE_TEXT", true, true},       {"MYSQL_ERRNO", true, true},
    {"ROW_NUMBER", true, false},        {"RETURNED_SQLSTATE", false, true},
};

static struct sql_node *parse_condition_item(struct sql_parser *p, bool signal)
{
    for (size_t i = 0; i < ARRAY_LEN(condition_items); i++)
        if (is_text(p, 0, str_of(condition_items[i].name)) &&
            (condition_items[i].signal || !signal) &&
            (condition_items[i].mysql || (!p->mysql && p->version >= 100700)))
            return node_leaf(p, SQL_IDENT);
    return parse_syntax(p, "an item of a condition");
}

/* name = value */
static struct sql_node *parse_signal_item(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *name = parse_condition_item(p, true);

    expect_kind(p, SQL_TOKEN_EQUAL);
    return node_of(p, SQL_ASSIGNMENT, first, 0, name, parse_signal_value(p));
}

/* {SIGNAL condition | RESIGNAL [condition]} [SET name = value [, name = value] ...] */
struct sql_node *parse_signal(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_SIGNAL, p->at);
    bool again = is(p, W_RESIGNAL);

    p->at++;
    if (is(p, W_SQLSTATE))
        node->child[SQL_SIGNAL_CONDITION] = parse_sqlstate(p);
    else if (!again || is_ident(p))
        node->child[SQL_SIGNAL_CONDITION] = parse_ident(p);
    if (accept(p, W_SET))
        node->child[SQL_SIGNAL_SET] = parse_list(p, parse_signal_item);
    return node_finish(p, node);
}

/* {@variable | routine's variable} = */
static struct sql_node *parse_diagnostics_target(struct sql_parser *p)
{
    struct sql_node *target =
        is_kind(p, SQL_TOKEN_USER_VARIABLE) ? parse_user_variable(p) : parse_column(p);

    expect_kind(p, SQL_TOKEN_EQUAL);
    return target;
}

/* target = {NUMBER | ROW_COUNT} */
static struct sql_node *parse_statement_item(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *target = parse_diagnostics_target(p);

    if (!is_text(p, 0, STR("NUMBER")) && !is_text(p, 0, STR("ROW_COUNT")))
        return parse_syntax(p, "NUMBER or ROW_COUNT");
    return node_of(p, SQL_ASSIGNMENT, first, 0, target, node_leaf(p, SQL_IDENT));
}

/* target = item */
static struct sql_node *parse_diagnostics_item(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *target = parse_diagnostics_target(p);

    return node_of(p, SQL_ASSIGNMENT, first, 0, target, parse_condition_item(p, false));
}

/* GET [CURRENT | STACKED] DIAGNOSTICS
 *     {target = {NUMBER | ROW_COUNT} [, ...] | CONDITION value target = item [, ...]} */
struct sql_node *parse_get_diagnostics(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_GET_DIAGNOSTICS, p->at);

    p->at++;
    if (!accept(p, W_CURRENT) && p->mysql)
        accept(p, W_STACKED);
    expect(p, W_DIAGNOSTICS);
    bool condition = accept(p, W_CONDITION);
    if (condition)
        node->child[SQL_GET_DIAGNOSTICS_CONDITION] = parse_signal_value(p);
    node->child[SQL_GET_DIAGNOSTICS_ITEMS] =
        parse_list(p, condition ? parse_diagnostics_item : parse_statement_item);
    return node_finish(p, node);
}

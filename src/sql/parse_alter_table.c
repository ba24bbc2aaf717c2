/* SPDX-License-Identifier: Apache-2.0
 *
 * ALTER TABLE: one function for each first word of an action.
 */
#include "sql/parser.h"

static struct sql_node *action_new(struct sql_parser *p, enum sql_action op)
{
    struct sql_node *action = node_new(p, SQL_ALTER_ACTION, p->at);

    action->op = (uint16_t)op;
    return action;
}

/* [FIRST | AFTER column] */
static void parse_place(struct sql_parser *p, struct sql_node *action)
{
    if (accept(p, W_FIRST))
        action->flags |= SQL_FLAG_FIRST;
    else if (accept(p, W_AFTER))
        action->child[SQL_ALTER_ACTION_PLACE] = parse_ident(p);
}

/* [LOCAL | NO_WRITE_TO_BINLOG] */
static void accept_local(struct sql_parser *p)
{
    if (!accept(p, W_NO_WRITE_TO_BINLOG))
        accept(p, W_LOCAL);
}

/* ADD PARTITION [local] [( partition_definition, ... ) | PARTITIONS n] */
static struct sql_node *parse_add_partition(struct sql_parser *p, struct sql_node *action)
{
    action->op = SQL_ACTION_ADD_PARTITION;
    p->at++;
    if (!p->mysql)
        accept_if_not_exists(p);
    accept_local(p);
    if (accept(p, W_PARTITIONS))
        action->child[SQL_ALTER_ACTION_BODY] = parse_unsigned(p);
    else if (is_kind(p, SQL_TOKEN_LEFT))
        action->child[SQL_ALTER_ACTION_BODY] = parse_partition_defs(p);
    return node_finish(p, action);
}

/* ADD {[COLUMN] column_definition [place] | [COLUMN] ( element, ... ) | key_or_check}
 *   MariaDB: SYSTEM VERSIONING, PERIOD FOR ... */
static struct sql_node *parse_add(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_ADD_COLUMN);

    p->at++;
    if (!p->mysql && (is2(p, W_SYSTEM, W_VERSIONING) || is_period(p))) {
        action->op = SQL_ACTION_ADD_OTHER;
        if (!accept2(p, W_SYSTEM, W_VERSIONING))
            action->child[SQL_ALTER_ACTION_BODY] = parse_table_element(p);
        return node_finish(p, action);
    }
    if (is_key_or_check(p)) {
        struct sql_node *body = parse_key_or_check(p);
        action->child[SQL_ALTER_ACTION_BODY] = body;
        action->op = body->kind == SQL_FOREIGN_KEY ? SQL_ACTION_ADD_FOREIGN_KEY
                     : body->kind == SQL_CHECK     ? SQL_ACTION_ADD_CHECK
                                                   : SQL_ACTION_ADD_INDEX;
        return node_finish(p, action);
    }
    accept(p, W_COLUMN);
    if (!p->mysql)
        accept_if_not_exists(p);
    if (is_kind(p, SQL_TOKEN_LEFT)) {
        action->child[SQL_ALTER_ACTION_BODY] = parse_list_in_parens(p, parse_table_element);
    } else {
        action->child[SQL_ALTER_ACTION_BODY] = parse_column_def(p);
        parse_place(p, action);
    }
    return node_finish(p, action);
}

/* column    MariaDB: [[schema .] table .] column, of which only the last counts */
static struct sql_node *parse_field(struct sql_parser *p)
{
    if (!p->mysql)
        accept_kind(p, SQL_TOKEN_DOT);
    struct sql_node *name = parse_ident(p);
    while (!p->mysql && accept_kind(p, SQL_TOKEN_DOT))
        name = parse_ident(p);
    return name;
}

/* DROP {SYSTEM VERSIONING | PERIOD [IF EXISTS] FOR name}    MariaDB */
static bool accept_drop_versioning(struct sql_parser *p)
{
    if (p->mysql)
        return false;
    if (accept2(p, W_SYSTEM, W_VERSIONING))
        return true;
    if (!is2(p, W_PERIOD, W_FOR) && !is2(p, W_PERIOD, W_IF))
        return false;
    p->at++;
    accept_if_exists(p);
    expect(p, W_FOR);
    parse_ident(p);
    return true;
}

/* DROP {[COLUMN] column [RESTRICT | CASCADE] | {INDEX | KEY} name | PRIMARY KEY |
 *       FOREIGN KEY name | CONSTRAINT name}    MySQL: CHECK name */
static struct sql_node *parse_drop_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_DROP_OTHER);

    p->at++;
    if (accept_drop_versioning(p))
        return node_finish(p, action);
    if (accept(p, W_PRIMARY)) {
        action->op = SQL_ACTION_DROP_INDEX;
        expect(p, W_KEY);
        return node_finish(p, action);
    }
    if (accept2(p, W_FOREIGN, W_KEY) || (p->mysql && accept(p, W_CHECK)) ||
        accept(p, W_CONSTRAINT)) {
        action->op = SQL_ACTION_DROP_CONSTRAINT;
    } else if (accept(p, W_INDEX) || accept(p, W_KEY)) {
        action->op = SQL_ACTION_DROP_INDEX;
    } else {
        action->op = SQL_ACTION_DROP_COLUMN;
        accept(p, W_COLUMN);
    }
    if (!p->mysql)
        accept_if_exists(p);
    bool column = action->op == SQL_ACTION_DROP_COLUMN;
    action->child[SQL_ALTER_ACTION_NAME] = column ? parse_field(p) : parse_ident(p);
    if (column && !accept(p, W_RESTRICT))
        accept(p, W_CASCADE);
    return node_finish(p, action);
}

/* {CHANGE | MODIFY} [COLUMN] [old_name] column_definition [place] */
static struct sql_node *parse_change(struct sql_parser *p)
{
    bool change = is(p, W_CHANGE);
    struct sql_node *action =
        action_new(p, change ? SQL_ACTION_CHANGE_COLUMN : SQL_ACTION_MODIFY_COLUMN);

    p->at++;
    accept(p, W_COLUMN);
    if (!p->mysql)
        accept_if_exists(p);
    if (change)
        action->child[SQL_ALTER_ACTION_NAME] = parse_field(p);
    action->child[SQL_ALTER_ACTION_BODY] = parse_changed_column_def(p);
    parse_place(p, action);
    return node_finish(p, action);
}

/* SET DEFAULT {literal | ( expr )} | DROP DEFAULT
 *   MySQL: SET {VISIBLE | INVISIBLE} | SET MASKING POLICY name | DROP MASKING POLICY */
static void parse_alter_column_body(struct sql_parser *p, struct sql_node *action)
{
    if (accept(p, W_DROP)) {
        if (p->mysql && accept2(p, W_MASKING, W_POLICY))
            return;
        expect(p, W_DEFAULT);
        return;
    }
    expect(p, W_SET);
    if (p->mysql && accept2(p, W_MASKING, W_POLICY))
        parse_ident(p);
    else if (!p->mysql || (!accept(p, W_VISIBLE) && !accept(p, W_INVISIBLE))) {
        expect(p, W_DEFAULT);
        action->child[SQL_ALTER_ACTION_BODY] = parse_default_value(p, false);
    }
}

/* ALTER {[COLUMN] column {SET ... | DROP ...} | INDEX name {VISIBLE | INVISIBLE} |
 *        {CHECK | CONSTRAINT} name [NOT] ENFORCED}
 *   MariaDB: {INDEX | KEY} name [NOT] IGNORED */
static struct sql_node *parse_alter_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_ALTER_OTHER);

    p->at++;
    if (accept(p, W_INDEX) || (!p->mysql && accept(p, W_KEY))) {
        if (!p->mysql)
            accept_if_exists(p);
        action->child[SQL_ALTER_ACTION_NAME] = parse_ident(p);
        if (!p->mysql) {
            accept(p, W_NOT);
            expect(p, W_IGNORED);
        } else if (!accept(p, W_VISIBLE)) {
            expect(p, W_INVISIBLE);
        }
    } else if (p->mysql && (accept(p, W_CHECK) || accept(p, W_CONSTRAINT))) {
        action->child[SQL_ALTER_ACTION_NAME] = parse_ident(p);
        accept(p, W_NOT);
        expect(p, W_ENFORCED);
    } else {
        action->op = SQL_ACTION_ALTER_COLUMN;
        accept(p, W_COLUMN);
        if (!p->mysql)
            accept_if_exists(p);
        action->child[SQL_ALTER_ACTION_NAME] = parse_field(p);
        parse_alter_column_body(p, action);
    }
    return node_finish(p, action);
}

/* RENAME {[TO | AS | =] table | COLUMN old TO new | {INDEX | KEY} old TO new} */
static struct sql_node *parse_rename_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_RENAME_TABLE);

    p->at++;
    if (is(p, W_COLUMN) || is(p, W_INDEX) || is(p, W_KEY)) {
        action->op = is(p, W_COLUMN) ? SQL_ACTION_RENAME_COLUMN : SQL_ACTION_RENAME_INDEX;
        p->at++;
        if (!p->mysql)
            accept_if_exists(p);
        action->child[SQL_ALTER_ACTION_NAME] = parse_ident(p);
        expect(p, W_TO);
        action->child[SQL_ALTER_ACTION_BODY] = parse_ident(p);
        return node_finish(p, action);
    }
    if (!accept(p, W_TO) && !accept(p, W_AS))
        accept_kind(p, SQL_TOKEN_EQUAL);
    action->child[SQL_ALTER_ACTION_NAME] = parse_name(p);
    return node_finish(p, action);
}

/* CONVERT TO CHARACTER SET {name | DEFAULT} [COLLATE name] */
static struct sql_node *parse_convert_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_CONVERT_CHARSET);

    p->at++;
    expect(p, W_TO);
    if (!accept_charset_words(p))
        return parse_syntax(p, "CHARACTER SET");
    if (!accept(p, W_DEFAULT))
        parse_charset_name(p);
    if (accept(p, W_COLLATE) && (p->mysql || !accept(p, W_DEFAULT)))
        parse_collate_name(p);
    return node_finish(p, action);
}

/* [{WITH | WITHOUT} VALIDATION]    MariaDB: since 11.4 */
static void accept_validation(struct sql_parser *p)
{
    if ((!p->mysql && p->version < 110400) || (!is(p, W_WITH) && !is(p, W_WITHOUT)))
        return;
    p->at++;
    expect(p, W_VALIDATION);
}

/* CONVERT PARTITION name TO TABLE table | CONVERT TABLE table TO partition_definition
 *     [{WITH | WITHOUT} VALIDATION]    MariaDB */
static struct sql_node *parse_convert_partition(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_EXCHANGE_PARTITION);

    p->at++;
    if (accept(p, W_PARTITION)) {
        action->child[SQL_ALTER_ACTION_NAME] = parse_ident(p);
        expect2(p, W_TO, W_TABLE);
        action->child[SQL_ALTER_ACTION_BODY] = parse_name(p);
        return node_finish(p, action);
    }
    expect(p, W_TABLE);
    action->child[SQL_ALTER_ACTION_BODY] = parse_name(p);
    expect(p, W_TO);
    if (!is(p, W_PARTITION))
        return parse_syntax(p, "PARTITION");
    struct sql_node *partition = parse_one_partition_def(p);
    action->child[SQL_ALTER_ACTION_NAME] = partition->kind == SQL_PARTITION_DEF
                                               ? partition->child[SQL_PARTITION_DEF_NAME]
                                               : partition;
    accept_validation(p);
    return node_finish(p, action);
}

/* EXCHANGE PARTITION name WITH TABLE table [{WITH | WITHOUT} VALIDATION] */
static struct sql_node *parse_exchange(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_EXCHANGE_PARTITION);

    p->at++;
    expect(p, W_PARTITION);
    action->child[SQL_ALTER_ACTION_NAME] = parse_ident(p);
    expect2(p, W_WITH, W_TABLE);
    action->child[SQL_ALTER_ACTION_BODY] = parse_name(p);
    accept_validation(p);
    return node_finish(p, action);
}

/* {ALL | name [, name] ...} */
static struct sql_node *parse_all_or_names(struct sql_parser *p)
{
    if (accept(p, W_ALL))
        return NULL;
    return parse_list(p, parse_ident);
}

/* CHECK: {QUICK | FAST | MEDIUM | EXTENDED | CHANGED | FOR UPGRADE} ...
 * REPAIR: {QUICK | EXTENDED | USE_FRM} ... */
static void parse_check_types(struct sql_parser *p, bool check)
{
    while (accept(p, W_QUICK) || accept(p, W_EXTENDED) || (!check && accept(p, W_USE_FRM)) ||
           (check && (accept(p, W_FAST) || accept(p, W_MEDIUM) || accept(p, W_CHANGED) ||
                      accept2(p, W_FOR, W_UPGRADE))))
        ;
}

/* {DISCARD | IMPORT} {TABLESPACE | PARTITION {ALL | name, ...} TABLESPACE}, partitions' of MySQL */
static struct sql_node *parse_tablespace_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_TABLESPACE);

    p->at++;
    if (p->mysql && accept(p, W_PARTITION))
        action->child[SQL_ALTER_ACTION_NAME] = parse_all_or_names(p);
    expect(p, W_TABLESPACE);
    return node_finish(p, action);
}

/* REORGANIZE PARTITION [local] [name, ... INTO ( partition_definition, ... )]
 * COALESCE PARTITION [local] n | {REBUILD | OPTIMIZE | ANALYZE | REPAIR} PARTITION [local] names
 * {CHECK | TRUNCATE} PARTITION names */
static struct sql_node *parse_partition_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_PARTITION);
    enum sql_word verb = (enum sql_word)p->t[p->at].word;

    p->at++;
    expect(p, W_PARTITION);
    if (verb != W_CHECK && verb != W_TRUNCATE)
        accept_local(p);
    if (verb == W_COALESCE) {
        action->child[SQL_ALTER_ACTION_BODY] = parse_unsigned(p);
    } else if (verb == W_REORGANIZE) {
        if (is_ident(p)) {
            action->child[SQL_ALTER_ACTION_NAME] = parse_list(p, parse_ident);
            expect(p, W_INTO);
            action->child[SQL_ALTER_ACTION_BODY] = parse_partition_defs(p);
        }
    } else {
        action->child[SQL_ALTER_ACTION_NAME] = parse_all_or_names(p);
        if (verb == W_CHECK || verb == W_REPAIR)
            parse_check_types(p, verb == W_CHECK);
    }
    return node_finish(p, action);
}

/* DROP PARTITION [IF EXISTS] name [, name] ... */
static struct sql_node *parse_drop_partition(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_DROP_PARTITION);

    p->at += 2;
    if (!p->mysql)
        accept_if_exists(p);
    action->child[SQL_ALTER_ACTION_BODY] = parse_list(p, parse_ident);
    return node_finish(p, action);
}

/* {SECONDARY_LOAD | SECONDARY_UNLOAD} [PARTITION ( name, ... )], and behind SECONDARY_LOAD
 *     [VALIDATE [{n | ALL} ROWS] ONLY] [GUIDED {ON | OFF}]    MySQL */
static struct sql_node *parse_secondary(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_OTHER);
    bool load = is(p, W_SECONDARY_LOAD);

    p->at++;
    if (accept(p, W_PARTITION))
        parse_list_in_parens(p, parse_ident);
    if (load && accept(p, W_VALIDATE)) {
        if (!is(p, W_ONLY)) {
            if (!accept(p, W_ALL) && !accept_kind(p, SQL_TOKEN_INTEGER))
                parse_syntax(p, "a number");
            expect(p, W_ROWS);
        }
        expect(p, W_ONLY);
    }
    if (load && accept(p, W_GUIDED) && !accept(p, W_ON))
        expect(p, W_OFF);
    return node_finish(p, action);
}

/* An action that no other may follow, nor stand before; NULL: none stands here. */
static struct sql_node *parse_standalone(struct sql_parser *p)
{
    if (is(p, W_DISCARD) || is(p, W_IMPORT))
        return parse_tablespace_action(p);
    if (p->mysql && (is(p, W_SECONDARY_LOAD) || is(p, W_SECONDARY_UNLOAD)))
        return parse_secondary(p);
    if (!p->mysql && is2(p, W_CONVERT, W_TABLE))
        return parse_convert_partition(p);
    if (word_at(p, 1) != W_PARTITION)
        return NULL;
    switch ((int)p->t[p->at].word) {
    case W_ADD: {
        struct sql_node *action = action_new(p, SQL_ACTION_ADD_PARTITION);
        p->at++;
        return parse_add_partition(p, action);
    }
    case W_DROP:
        return parse_drop_partition(p);
    case W_EXCHANGE:
        return parse_exchange(p);
    case W_CONVERT:
        return p->mysql ? NULL : parse_convert_partition(p);
    case W_REORGANIZE:
    case W_COALESCE:
    case W_REBUILD:
    case W_OPTIMIZE:
    case W_ANALYZE:
    case W_REPAIR:
    case W_CHECK:
    case W_TRUNCATE:
        return parse_partition_action(p);
    default:
        return NULL;
    }
}

/* column [ASC | DESC] */
static struct sql_node *parse_order_column(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (is_kind(p, SQL_TOKEN_DOT))
        return parse_syntax(p, "a column");
    struct sql_node *column = parse_column(p);
    bool descending = accept(p, W_DESC);
    if (!descending)
        accept(p, W_ASC);
    struct sql_node *item = node_of(p, SQL_ORDER_ITEM, first, 0, column, NULL);
    if (descending)
        item->flags |= SQL_FLAG_DESCENDING;
    return item;
}

/* ORDER BY column [ASC | DESC] [, column [ASC | DESC]] ... */
static struct sql_node *parse_alter_order(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_ORDER_BY);

    expect2(p, W_ORDER, W_BY);
    action->child[SQL_ALTER_ACTION_BODY] = parse_list(p, parse_order_column);
    return node_finish(p, action);
}

static bool is_modifier(const struct sql_parser *p)
{
    return is(p, W_ALGORITHM) || is(p, W_LOCK) ||
           (p->mysql && (is(p, W_WITH) || is(p, W_WITHOUT)));
}

/* {DISABLE | ENABLE} KEYS | FORCE | ALGORITHM [=] name | LOCK [=] name |
 * {WITH | WITHOUT} VALIDATION */
static struct sql_node *parse_other_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_OTHER);

    if (accept(p, W_DISABLE) || accept(p, W_ENABLE)) {
        expect(p, W_KEYS);
    } else if (is(p, W_ALGORITHM) || is(p, W_LOCK)) {
        parse_algorithm_or_lock(p);
    } else if (is_modifier(p)) {
        p->at++;
        expect(p, W_VALIDATION);
    } else if (!accept(p, W_FORCE)) {
        return parse_syntax(p, "an action");
    }
    return node_finish(p, action);
}

/* One action of a list. */
static struct sql_node *parse_action(struct sql_parser *p)
{
    switch ((int)p->t[p->at].word) {
    case W_ADD:
        return parse_add(p);
    case W_DROP:
        return parse_drop_action(p);
    case W_CHANGE:
    case W_MODIFY:
        return parse_change(p);
    case W_ALTER:
        return parse_alter_action(p);
    case W_RENAME:
        return parse_rename_action(p);
    case W_CONVERT:
        return parse_convert_action(p);
    case W_ORDER:
        return parse_alter_order(p);
    default: /* options, and words with an action of their own */
        break;
    }
    if (!is_table_option(p))
        return parse_other_action(p);
    struct sql_node *action = action_new(p, SQL_ACTION_OPTION);
    uint32_t first = p->at, mark = list_begin(p);
    while (is_table_option(p) && !p->failed)
        list_add(p, parse_table_option(p));
    action->child[SQL_ALTER_ACTION_BODY] = list_end(p, mark, SQL_LIST, first);
    return node_finish(p, action);
}

/* action [, action] ... | [modifier ,] ... standalone, the modifiers of MySQL. Tells whether the
 * list ended with a standalone action. */
static bool parse_actions(struct sql_parser *p)
{
    bool modifiers = true;

    do {
        bool modifier = is_modifier(p);
        struct sql_node *action = modifiers ? parse_standalone(p) : NULL;
        if (action != NULL) {
            list_add(p, action);
            return true;
        }
        list_add(p, parse_action(p));
        modifiers = modifiers && modifier && p->mysql;
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    return false;
}

/* ALTER [ONLINE] [IGNORE] TABLE [IF EXISTS] table [action [, action] ...]
 *     [PARTITION BY ... | REMOVE PARTITIONING] */
struct sql_node *parse_alter_table(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    struct sql_node *alter = node_new(p, SQL_ALTER_TABLE, first);
    bool standalone = false;

    expect(p, W_TABLE);
    alter->flags = flags;
    if (!p->mysql && accept_if_exists(p))
        alter->flags |= SQL_FLAG_IF_EXISTS;
    alter->child[SQL_ALTER_TABLE_NAME] = parse_name(p);
    accept_wait(p);
    uint32_t start = p->at, mark = list_begin(p);
    if (p->at < p->end && !is_kind(p, SQL_TOKEN_SEMICOLON) && !is2(p, W_PARTITION, W_BY) &&
        !is2(p, W_REMOVE, W_PARTITIONING))
        standalone = parse_actions(p);
    if (!standalone && is2(p, W_REMOVE, W_PARTITIONING)) {
        struct sql_node *action = action_new(p, SQL_ACTION_PARTITION);
        p->at += 2;
        list_add(p, node_finish(p, action));
        standalone = true;
    }
    alter->child[SQL_ALTER_TABLE_ACTIONS] = list_end(p, mark, SQL_LIST, start);
    if (!standalone && is2(p, W_PARTITION, W_BY))
        alter->child[SQL_ALTER_TABLE_PARTITION] = parse_partitioning(p);
    return node_finish(p, alter);
}

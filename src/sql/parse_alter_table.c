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

/* ADD PARTITION [local] {( partition_definition, ... ) | PARTITIONS n} */
static struct sql_node *parse_add_partition(struct sql_parser *p, struct sql_node *action)
{
    action->op = SQL_ACTION_ADD_PARTITION;
    p->at++;
    if (!p->mysql)
        accept_if_not_exists(p);
    accept_local(p);
    if (accept(p, W_PARTITIONS))
        action->child[SQL_ALTER_ACTION_BODY] = parse_number(p);
    else
        action->child[SQL_ALTER_ACTION_BODY] = parse_partition_defs(p);
    return node_finish(p, action);
}

static bool is_key_start(const struct sql_parser *p)
{
    return is(p, W_INDEX) || is(p, W_KEY) || is(p, W_UNIQUE) || is(p, W_PRIMARY) ||
           is(p, W_FULLTEXT) || is(p, W_SPATIAL) || is(p, W_CONSTRAINT) || is(p, W_FOREIGN) ||
           is(p, W_CHECK) ||
           (!p->mysql && is(p, W_VECTOR) && (word_at(p, 1) == W_INDEX || word_at(p, 1) == W_KEY));
}

/* ADD {[COLUMN] column_definition [place] | [COLUMN] ( element, ... ) | key_or_check |
 *      PARTITION ...}    MariaDB: SYSTEM VERSIONING, PERIOD FOR ... */
static struct sql_node *parse_add(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_ADD_COLUMN);

    p->at++;
    if (is(p, W_PARTITION))
        return parse_add_partition(p, action);
    if (!p->mysql && (is2(p, W_SYSTEM, W_VERSIONING) || is2(p, W_PERIOD, W_FOR))) {
        action->op = SQL_ACTION_ADD_OTHER;
        if (!accept2(p, W_SYSTEM, W_VERSIONING))
            action->child[SQL_ALTER_ACTION_BODY] = parse_table_element(p);
        return node_finish(p, action);
    }
    if (is_key_start(p)) {
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

/* DROP {[COLUMN] column [RESTRICT | CASCADE] | {INDEX | KEY} name | PRIMARY KEY |
 *       FOREIGN KEY name | {CHECK | CONSTRAINT} name | PARTITION name, ...} */
static struct sql_node *parse_drop_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_DROP_COLUMN);

    p->at++;
    if (accept(p, W_PARTITION)) {
        action->op = SQL_ACTION_DROP_PARTITION;
        if (!p->mysql)
            accept_if_exists(p);
        action->child[SQL_ALTER_ACTION_BODY] = parse_list(p, parse_ident);
        return node_finish(p, action);
    }
    if (!p->mysql && accept2(p, W_SYSTEM, W_VERSIONING)) {
        action->op = SQL_ACTION_DROP_OTHER;
        return node_finish(p, action);
    }
    if (!p->mysql && accept2(p, W_PERIOD, W_FOR)) {
        action->op = SQL_ACTION_DROP_OTHER;
        accept_if_exists(p);
        parse_ident(p);
        return node_finish(p, action);
    }
    if (accept2(p, W_PRIMARY, W_KEY)) {
        action->op = SQL_ACTION_DROP_INDEX;
        return node_finish(p, action);
    }
    if (accept2(p, W_FOREIGN, W_KEY) || accept(p, W_CHECK) || accept(p, W_CONSTRAINT))
        action->op = SQL_ACTION_DROP_CONSTRAINT;
    else if (accept(p, W_INDEX) || accept(p, W_KEY))
        action->op = SQL_ACTION_DROP_INDEX;
    else
        accept(p, W_COLUMN);
    if (!p->mysql)
        accept_if_exists(p);
    action->child[SQL_ALTER_ACTION_NAME] =
        !p->mysql && is(p, W_PRIMARY) ? node_leaf(p, SQL_IDENT) : parse_ident(p);
    if (!accept(p, W_RESTRICT))
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
        action->child[SQL_ALTER_ACTION_NAME] = parse_ident(p);
    action->child[SQL_ALTER_ACTION_BODY] = parse_column_def(p);
    parse_place(p, action);
    return node_finish(p, action);
}

/* SET DEFAULT {literal | ( expr )} | SET {VISIBLE | INVISIBLE} | DROP DEFAULT */
static void parse_alter_column_body(struct sql_parser *p, struct sql_node *action)
{
    if (accept2(p, W_DROP, W_DEFAULT))
        return;
    expect(p, W_SET);
    if (accept(p, W_DEFAULT)) {
        action->child[SQL_ALTER_ACTION_BODY] = p->mysql ? parse_simple_expr(p) : parse_expr(p);
    } else if (!accept(p, W_VISIBLE)) {
        expect(p, W_INVISIBLE);
    }
}

/* ALTER {[COLUMN] column {SET ... | DROP DEFAULT} | {INDEX | KEY} name {VISIBLE | INVISIBLE} |
 *        {CHECK | CONSTRAINT} name [NOT] ENFORCED}    MariaDB: INDEX name [NOT] IGNORED */
static struct sql_node *parse_alter_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_ALTER_OTHER);

    p->at++;
    if (accept(p, W_INDEX) || accept(p, W_KEY)) {
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
        action->child[SQL_ALTER_ACTION_NAME] = parse_ident(p);
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

/* CONVERT TO CHARACTER SET {name | DEFAULT} [COLLATE name]    MariaDB: CONVERT PARTITION, TABLE */
static struct sql_node *parse_convert_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_CONVERT_CHARSET);

    p->at++;
    if (!p->mysql && is(p, W_PARTITION)) {
        action->op = SQL_ACTION_EXCHANGE_PARTITION;
        p->at++;
        action->child[SQL_ALTER_ACTION_NAME] = parse_ident(p);
        expect2(p, W_TO, W_TABLE);
        action->child[SQL_ALTER_ACTION_BODY] = parse_name(p);
        return node_finish(p, action);
    }
    if (!p->mysql && accept(p, W_TABLE)) {
        action->op = SQL_ACTION_EXCHANGE_PARTITION;
        action->child[SQL_ALTER_ACTION_BODY] = parse_name(p);
        expect(p, W_TO);
        if (!is(p, W_PARTITION))
            return parse_syntax(p, "PARTITION");
        return parse_unsupported(p, "CONVERT TABLE ... TO PARTITION");
    }
    expect(p, W_TO);
    if (!accept_charset_words(p))
        return parse_syntax(p, "CHARACTER SET");
    if (!accept(p, W_DEFAULT))
        parse_charset_name(p);
    if (accept(p, W_COLLATE) && !accept(p, W_DEFAULT))
        parse_collate_name(p);
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
    if (p->mysql && (is(p, W_WITH) || is(p, W_WITHOUT))) {
        p->at++;
        expect(p, W_VALIDATION);
    }
    return node_finish(p, action);
}

/* {ALL | name [, name] ...} */
static struct sql_node *parse_all_or_names(struct sql_parser *p)
{
    if (accept(p, W_ALL))
        return NULL;
    return parse_list(p, parse_ident);
}

/* {ANALYZE | CHECK | OPTIMIZE | REBUILD | REPAIR | TRUNCATE | COALESCE | REORGANIZE | DISCARD |
 *  IMPORT} PARTITION ...; {DISCARD | IMPORT} TABLESPACE */
static struct sql_node *parse_partition_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_PARTITION);
    enum sql_word verb = (enum sql_word)p->t[p->at].word;

    p->at++;
    if ((verb == W_DISCARD || verb == W_IMPORT) && accept(p, W_TABLESPACE)) {
        action->op = SQL_ACTION_TABLESPACE;
        return node_finish(p, action);
    }
    expect(p, W_PARTITION);
    accept_local(p);
    if (verb == W_COALESCE) {
        action->child[SQL_ALTER_ACTION_BODY] = parse_number(p);
    } else if (verb == W_REORGANIZE) {
        if (is_ident(p)) {
            action->child[SQL_ALTER_ACTION_NAME] = parse_list(p, parse_ident);
            expect(p, W_INTO);
            action->child[SQL_ALTER_ACTION_BODY] = parse_partition_defs(p);
        }
    } else {
        action->child[SQL_ALTER_ACTION_NAME] = parse_all_or_names(p);
        while (accept(p, W_QUICK) || accept(p, W_FAST) || accept(p, W_MEDIUM) ||
               accept(p, W_EXTENDED) || accept(p, W_CHANGED) || accept(p, W_USE_FRM) ||
               accept2(p, W_FOR, W_UPGRADE))
            ;
        if (accept(p, W_TABLESPACE))
            action->op = SQL_ACTION_TABLESPACE;
    }
    return node_finish(p, action);
}

static bool is_partition_verb(const struct sql_parser *p)
{
    enum sql_word next = word_at(p, 1);

    if (next == W_TABLESPACE)
        return is(p, W_DISCARD) || is(p, W_IMPORT);
    return next == W_PARTITION &&
           (is(p, W_ANALYZE) || is(p, W_CHECK) || is(p, W_OPTIMIZE) || is(p, W_REBUILD) ||
            is(p, W_REPAIR) || is(p, W_TRUNCATE) || is(p, W_COALESCE) || is(p, W_REORGANIZE) ||
            is(p, W_DISCARD) || is(p, W_IMPORT));
}

/* order column: column [ASC | DESC] */
static struct sql_node *parse_alter_order(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_ORDER_BY);

    p->at += 2;
    action->child[SQL_ALTER_ACTION_BODY] = parse_order_list(p);
    return node_finish(p, action);
}

/* {DISABLE | ENABLE} KEYS | FORCE | ALGORITHM [=] name | LOCK [=] name |
 * {WITH | WITHOUT} VALIDATION | REMOVE PARTITIONING | SECONDARY_LOAD | SECONDARY_UNLOAD */
static struct sql_node *parse_other_action(struct sql_parser *p)
{
    struct sql_node *action = action_new(p, SQL_ACTION_OTHER);

    if (accept(p, W_DISABLE) || accept(p, W_ENABLE)) {
        expect(p, W_KEYS);
    } else if (accept(p, W_ALGORITHM) || accept(p, W_LOCK)) {
        accept_kind(p, SQL_TOKEN_EQUAL);
        if (!accept(p, W_DEFAULT))
            parse_ident(p);
    } else if (accept2(p, W_REMOVE, W_PARTITIONING)) {
        action->op = SQL_ACTION_PARTITION;
    } else if (p->mysql && (accept(p, W_WITH) || accept(p, W_WITHOUT))) {
        expect(p, W_VALIDATION);
    } else if (!accept(p, W_FORCE) &&
               !(p->mysql && (accept(p, W_SECONDARY_LOAD) || accept(p, W_SECONDARY_UNLOAD)))) {
        return parse_syntax(p, "an action");
    }
    return node_finish(p, action);
}

static struct sql_node *parse_action(struct sql_parser *p)
{
    if (is_partition_verb(p))
        return parse_partition_action(p);
    if (!p->mysql && is2(p, W_DROP, W_SYSTEM))
        return parse_drop_action(p);
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
    case W_EXCHANGE:
        return parse_exchange(p);
    case W_ORDER:
        return parse_alter_order(p);
    default: /* options, and words with an action of their own */
        break;
    }
    if (is_table_option(p)) {
        struct sql_node *action = action_new(p, SQL_ACTION_OPTION);
        uint32_t first = p->at, mark = list_begin(p);
        while (is_table_option(p))
            list_add(p, parse_table_option(p));
        action->child[SQL_ALTER_ACTION_BODY] = list_end(p, mark, SQL_LIST, first);
        return node_finish(p, action);
    }
    return parse_other_action(p);
}

/* ALTER [ONLINE] [IGNORE] TABLE [IF EXISTS] table [action [, action] ...] [PARTITION BY ...] */
struct sql_node *parse_alter_table(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    struct sql_node *alter = node_new(p, SQL_ALTER_TABLE, first);

    expect(p, W_TABLE);
    alter->flags = flags;
    if (!p->mysql && accept_if_exists(p))
        alter->flags |= SQL_FLAG_IF_EXISTS;
    alter->child[SQL_ALTER_TABLE_NAME] = parse_name(p);
    accept_wait(p);
    uint32_t start = p->at, mark = list_begin(p);
    if (p->at < p->end && !is_kind(p, SQL_TOKEN_SEMICOLON) && !is2(p, W_PARTITION, W_BY)) {
        do {
            list_add(p, parse_action(p));
        } while (accept_kind(p, SQL_TOKEN_COMMA));
    }
    if (is2(p, W_REMOVE, W_PARTITIONING))
        list_add(p, parse_other_action(p));
    alter->child[SQL_ALTER_TABLE_ACTIONS] = list_end(p, mark, SQL_LIST, start);
    if (is2(p, W_PARTITION, W_BY))
        alter->child[SQL_ALTER_TABLE_PARTITION] = parse_partitioning(p);
    return node_finish(p, alter);
}

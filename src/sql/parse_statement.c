/* SPDX-License-Identifier: Apache-2.0
 *
 * Which statement begins here, by its first words; and what kind a tree's root is.
 */
#include "sql/parser.h"

/* WITH ... {SELECT | UPDATE | DELETE} */
struct sql_node *parse_with_statement(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *with = parse_with(p);

    p->into_allowed = true;
    struct sql_node *statement = parse_dml_with(p, with, first);
    p->into_allowed = false;
    return statement;
}

static struct sql_node *parse_analyze(struct sql_parser *p)
{
    enum sql_word next = word_at(p, 1);

    if (!p->mysql && next != W_TABLE && next != W_TABLES && next != W_LOCAL &&
        next != W_NO_WRITE_TO_BINLOG)
        return parse_explain(p);
    return parse_admin(p);
}

/* statement: any of those below */
struct sql_node *parse_statement(struct sql_parser *p)
{
    if (p->in_program) {
        struct sql_node *node = parse_program_statement(p);
        if (node != NULL)
            return node;
    } else if (!p->mysql && (is(p, W_IF) || is(p, W_CASE) || is(p, W_LOOP) || is(p, W_WHILE) ||
                             is(p, W_REPEAT) || is(p, W_FOR))) {
        return parse_compound(p); /* MariaDB runs these outside of programs too */
    }
    if (is_kind(p, SQL_TOKEN_LEFT))
        return is_query_start(p) ? parse_query_statement(p) : parse_syntax(p, "a statement");
    switch ((int)p->t[p->at].word) {
    case W_SELECT:
    case W_VALUES:
        return parse_query_statement(p);
    case W_TABLE:
        return p->mysql ? parse_query_statement(p) : parse_syntax(p, "a statement");
    case W_WITH:
        return parse_with_statement(p);
    case W_INSERT:
    case W_REPLACE:
        return parse_insert(p);
    case W_UPDATE:
        return parse_update(p);
    case W_DELETE:
        return parse_delete(p);
    case W_TRUNCATE:
        return parse_truncate(p);
    case W_LOAD:
        return word_at(p, 1) == W_DATA || word_at(p, 1) == W_XML ? parse_load(p) : parse_admin(p);
    case W_CALL:
        return parse_call_statement(p);
    case W_DO:
        return parse_do(p);
    case W_CREATE:
        return parse_create(p);
    case W_ALTER:
        return parse_alter(p);
    case W_DROP:
        return word_at(p, 1) == W_PREPARE ? parse_prepared(p) : parse_drop(p);
    case W_RENAME:
        return parse_rename(p);
    case W_START:
        return word_at(p, 1) == W_TRANSACTION ? parse_transaction(p) : parse_admin(p);
    case W_BEGIN:
        return word_at(p, 1) == W_NOT && !p->mysql ? parse_compound(p) : parse_transaction(p);
    case W_COMMIT:
    case W_ROLLBACK:
    case W_SAVEPOINT:
    case W_RELEASE:
        return parse_transaction(p);
    case W_LOCK:
    case W_UNLOCK:
        return parse_lock(p);
    case W_SET:
        return parse_set(p);
    case W_USE:
        return parse_use(p);
    case W_PREPARE:
    case W_EXECUTE:
    case W_DEALLOCATE:
        return parse_prepared(p);
    case W_SHOW:
        return parse_show(p);
    case W_EXPLAIN:
    case W_DESCRIBE:
    case W_DESC:
        return parse_explain(p);
    case W_ANALYZE:
        return parse_analyze(p);
    case W_GRANT:
        return parse_grant(p);
    case W_REVOKE:
        return parse_revoke(p);
    case W_HANDLER:
        return parse_handler(p);
    case W_XA:
        return parse_xa(p);
    case W_SIGNAL:
    case W_RESIGNAL:
        return parse_signal(p);
    case W_GET:
        return parse_get_diagnostics(p);
    default: /* administration, replication, accounts, programs */
        return parse_admin(p);
    }
}

static enum statement_kind query_kind(const struct sql_node *root)
{
    (void)root;
    return STATEMENT_SELECT;
}

static enum statement_kind admin_kind(enum sql_admin form)
{
    static const enum statement_kind kinds[SQL_ADMIN_COUNT] = {
#define RULE(form, kind, effect, answer, mysql, mariadb) [SQL_ADMIN_##form] = STATEMENT_##kind,
#define WORDS(form, words, mysql, mariadb)
#include "sql/admin_rule_table.h"
#undef RULE
#undef WORDS
    };

    return form < SQL_ADMIN_COUNT && kinds[form] != STATEMENT_INVALID ? kinds[form]
                                                                      : STATEMENT_OTHER;
}

static enum statement_kind account_kind(enum sql_account_form form)
{
    switch (form) {
    case SQL_ACCOUNT_FORM_NONE: break;
    case SQL_ACCOUNT_CREATE_USER: return STATEMENT_CREATE_USER;
    case SQL_ACCOUNT_ALTER_USER: return STATEMENT_ALTER_USER;
    case SQL_ACCOUNT_DROP_USER: return STATEMENT_DROP_USER;
    case SQL_ACCOUNT_CREATE_ROLE: return STATEMENT_CREATE_ROLE;
    case SQL_ACCOUNT_DROP_ROLE: return STATEMENT_DROP_ROLE;
    }
    return STATEMENT_OTHER;
}

/* Kinds of a node that has two forms: with the flag, and without it. */
static enum statement_kind flagged_kind(const struct sql_text *text, const struct sql_node *root)
{
    static const struct {
        enum sql_node_kind node;
        uint32_t flag;
        enum statement_kind with, without;
    } kinds[] = {
        {SQL_INSERT, SQL_FLAG_REPLACE, STATEMENT_REPLACE, STATEMENT_INSERT},
        {SQL_CREATE_VIEW, SQL_FLAG_ALTER, STATEMENT_ALTER_VIEW, STATEMENT_CREATE_VIEW},
        {SQL_CREATE_ROUTINE, SQL_FLAG_FUNCTION, STATEMENT_CREATE_FUNCTION,
         STATEMENT_CREATE_PROCEDURE},
        {SQL_ALTER_ROUTINE, SQL_FLAG_FUNCTION, STATEMENT_ALTER_FUNCTION,
         STATEMENT_ALTER_PROCEDURE},
        {SQL_DROP_ROUTINE, SQL_FLAG_FUNCTION, STATEMENT_DROP_FUNCTION, STATEMENT_DROP_PROCEDURE},
        {SQL_CREATE_EVENT, SQL_FLAG_ALTER, STATEMENT_ALTER_EVENT, STATEMENT_CREATE_EVENT},
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].node == root->kind)
            return root->flags & kinds[i].flag ? kinds[i].with : kinds[i].without;
    if (root->kind == SQL_SIGNAL)
        return text->tokens[root->first].word == W_RESIGNAL ? STATEMENT_RESIGNAL : STATEMENT_SIGNAL;
    return STATEMENT_INVALID;
}

enum statement_kind sql_statement_kind(const struct sql_text *text, const struct sql_node *root)
{
    static const struct {
        enum sql_node_kind node;
        enum statement_kind statement;
    } kinds[] = {
        {SQL_UPDATE, STATEMENT_UPDATE},
        {SQL_DELETE, STATEMENT_DELETE},
        {SQL_TRUNCATE, STATEMENT_TRUNCATE},
        {SQL_CREATE_SCHEMA, STATEMENT_CREATE_SCHEMA},
        {SQL_ALTER_SCHEMA, STATEMENT_ALTER_SCHEMA},
        {SQL_DROP_SCHEMA, STATEMENT_DROP_SCHEMA},
        {SQL_CREATE_TABLE, STATEMENT_CREATE_TABLE},
        {SQL_CREATE_TABLE_LIKE, STATEMENT_CREATE_TABLE},
        {SQL_ALTER_TABLE, STATEMENT_ALTER_TABLE},
        {SQL_DROP_TABLE, STATEMENT_DROP_TABLE},
        {SQL_RENAME_TABLE, STATEMENT_RENAME_TABLE},
        {SQL_CREATE_INDEX, STATEMENT_CREATE_INDEX},
        {SQL_DROP_INDEX, STATEMENT_DROP_INDEX},
        {SQL_DROP_VIEW, STATEMENT_DROP_VIEW},
        {SQL_BEGIN, STATEMENT_BEGIN},
        {SQL_COMMIT, STATEMENT_COMMIT},
        {SQL_ROLLBACK, STATEMENT_ROLLBACK},
        {SQL_SAVEPOINT, STATEMENT_SAVEPOINT},
        {SQL_RELEASE_SAVEPOINT, STATEMENT_RELEASE_SAVEPOINT},
        {SQL_SET_TRANSACTION, STATEMENT_SET_TRANSACTION},
        {SQL_SET, STATEMENT_SET},
        {SQL_USE, STATEMENT_USE},
        {SQL_SHOW, STATEMENT_SHOW},
        {SQL_DESCRIBE, STATEMENT_DESCRIBE},
        {SQL_EXPLAIN, STATEMENT_EXPLAIN},
        {SQL_PREPARE, STATEMENT_PREPARE},
        {SQL_EXECUTE, STATEMENT_EXECUTE},
        {SQL_EXECUTE_IMMEDIATE, STATEMENT_EXECUTE},
        {SQL_DEALLOCATE, STATEMENT_DEALLOCATE},
        {SQL_CALL_STATEMENT, STATEMENT_CALL},
        {SQL_DO, STATEMENT_DO},
        {SQL_LOAD, STATEMENT_LOAD_DATA},
        {SQL_HANDLER, STATEMENT_HANDLER},
        {SQL_LOCK_TABLES, STATEMENT_LOCK_TABLES},
        {SQL_UNLOCK_TABLES, STATEMENT_UNLOCK_TABLES},
        {SQL_GRANT, STATEMENT_GRANT},
        {SQL_REVOKE, STATEMENT_REVOKE},
        {SQL_SET_ROLE, STATEMENT_SET_ROLE},
        {SQL_SET_PASSWORD, STATEMENT_SET_PASSWORD},
        {SQL_SET_NAMES, STATEMENT_SET},
        {SQL_CREATE_TRIGGER, STATEMENT_CREATE_TRIGGER},
        {SQL_DROP_TRIGGER, STATEMENT_DROP_TRIGGER},
        {SQL_DROP_EVENT, STATEMENT_DROP_EVENT},
        {SQL_GET_DIAGNOSTICS, STATEMENT_GET_DIAGNOSTICS},
        {SQL_BLOCK, STATEMENT_COMPOUND},
        {SQL_IF, STATEMENT_COMPOUND},
        {SQL_LOOP, STATEMENT_COMPOUND},
        {SQL_FOR, STATEMENT_COMPOUND},
    };
    enum statement_kind flagged = flagged_kind(text, root);

    if (root->kind == SQL_QUERY)
        return query_kind(root);
    if (root->kind == SQL_SET && root->child[0] != NULL && root->child[0]->count == 1 &&
        (root->child[0]->child[0]->kind == SQL_SET_PASSWORD ||
         root->child[0]->child[0]->kind == SQL_SET_ROLE))
        return sql_statement_kind(text, root->child[0]->child[0]);
    if (root->kind == SQL_ADMIN)
        return admin_kind((enum sql_admin)root->op);
    if (root->kind == SQL_ACCOUNTS)
        return account_kind((enum sql_account_form)root->op);
    if (flagged != STATEMENT_INVALID)
        return flagged;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].node == root->kind)
            return kinds[i].statement;
    return STATEMENT_OTHER;
}

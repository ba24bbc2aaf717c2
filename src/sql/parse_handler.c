/* SPDX-License-Identifier: Apache-2.0
 *
 * HANDLER, and XA: tables and transactions that a session keeps open by name.
 */
#include "sql/parser.h"

/* What READ names: {FIRST | NEXT}, or index {FIRST | NEXT | PREV | LAST | comparison ( expr, ... )}
 */
static void parse_handler_place(struct sql_parser *p, struct sql_node *node)
{
    enum sql_word next = word_at(p, 1);
    enum sql_token_kind sign = kind_at(p, 1);
    bool index = next == W_FIRST || next == W_NEXT || next == W_PREV || next == W_LAST ||
                 sign == SQL_TOKEN_EQUAL || sign == SQL_TOKEN_LESS || sign == SQL_TOKEN_GREATER ||
                 sign == SQL_TOKEN_LESS_EQUAL || sign == SQL_TOKEN_GREATER_EQUAL;

    if (!index) {
        if (!accept(p, W_FIRST))
            expect(p, W_NEXT);
        return;
    }
    node->child[SQL_HANDLER_INDEX] = parse_ident(p);
    if (!accept_kind(p, SQL_TOKEN_EQUAL) && !accept_kind(p, SQL_TOKEN_LESS) &&
        !accept_kind(p, SQL_TOKEN_LESS_EQUAL) && !accept_kind(p, SQL_TOKEN_GREATER) &&
        !accept_kind(p, SQL_TOKEN_GREATER_EQUAL)) {
        p->at++;
        return;
    }
    node->child[SQL_HANDLER_KEY] = parse_list_in_parens(p, parse_expr_or_default);
}

/* HANDLER [schema .] table OPEN [[AS] alias]
 * HANDLER table CLOSE
 * HANDLER table READ {FIRST | NEXT | index {FIRST | NEXT | PREV | LAST | comparison ( expr, ... )}}
 *     [WHERE expr] [LIMIT ...]    MySQL: no query in them */
struct sql_node *parse_handler(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_HANDLER, p->at);

    p->at++;
    struct sql_node *name = parse_name(p);
    node->child[SQL_HANDLER_TABLE] = name;
    if (accept(p, W_OPEN)) {
        node->op = SQL_HANDLER_OPEN;
        node->child[SQL_HANDLER_ALIAS] = parse_table_alias(p);
        return node_finish(p, node);
    }
    if (!p->failed &&
        (name->child[SQL_NAME_SCHEMA] != NULL || sql_flag(name, SQL_FLAG_LEADING_DOT)))
        return parse_syntax(p, "OPEN");
    if (accept(p, W_CLOSE)) {
        node->op = SQL_HANDLER_CLOSE;
        return node_finish(p, node);
    }
    expect(p, W_READ);
    node->op = SQL_HANDLER_READ;
    p->no_query = p->mysql;
    parse_handler_place(p, node);
    if (accept(p, W_WHERE))
        node->child[SQL_HANDLER_WHERE] = parse_expr(p);
    p->no_query = false;
    if (accept(p, W_LIMIT))
        node->child[SQL_HANDLER_LIMIT] = parse_limit(p);
    return node_finish(p, node);
}

#define XID_PART 64

/* 'text' | x'41' | b'1', of at most 64 bytes */
static struct sql_node *parse_xid_part(struct sql_parser *p)
{
    if (!is_string(p) && !is_kind(p, SQL_TOKEN_HEX) && !is_kind(p, SQL_TOKEN_BIT))
        return parse_syntax(p, "a text");
    size_t len = sql_token_value(p->text, p->at).len;
    bool digits = !is_string(p);
    if (digits) {
        unsigned each = is_kind(p, SQL_TOKEN_HEX) ? 2 : 8;
        bool quoted = p->text->text.ptr[p->t[p->at].start] != '0';
        len = (len - (quoted ? 3 : 2) + each - 1) / each;
    }
    if (len > XID_PART)
        return parse_syntax(p, "a shorter text");
    return digits ? node_leaf(p, SQL_NUMBER) : parse_string(p);
}

/* xid: part [, part [, n]]    n has 63 bits; MariaDB: 31 */
static void parse_xid(struct sql_parser *p)
{
    list_add(p, parse_xid_part(p));
    if (!accept_kind(p, SQL_TOKEN_COMMA))
        return;
    list_add(p, parse_xid_part(p));
    if (!accept_kind(p, SQL_TOKEN_COMMA))
        return;
    if (sql_number_at(p) > (p->mysql ? (uint64_t)INT64_MAX : (uint64_t)INT32_MAX))
        parse_syntax(p, "a smaller number");
    list_add(p, parse_rounded(p));
}

/* RECOVER    MySQL: [CONVERT XID]; MariaDB: [FORMAT = 'text'] */
static void parse_xa_recover(struct sql_parser *p)
{
    if (p->mysql && accept(p, W_CONVERT)) {
        expect(p, W_XID);
    } else if (!p->mysql && accept(p, W_FORMAT)) {
        expect_kind(p, SQL_TOKEN_EQUAL);
        list_add(p, parse_ident_or_string(p));
    }
}

/* The row of admin_table.h gives the form its name; this is its production:
 * XA {START | BEGIN} xid [JOIN | RESUME] | XA END xid [SUSPEND [FOR MIGRATE]] | XA PREPARE xid
 * | XA COMMIT xid [ONE PHASE] | XA ROLLBACK xid | XA RECOVER ... */
struct sql_node *parse_xa(struct sql_parser *p)
{
    uint32_t first = p->at++, mark = list_begin(p);
    enum sql_word verb = (enum sql_word)p->t[p->at].word;

    if (verb != W_START && verb != W_BEGIN && verb != W_END && verb != W_PREPARE &&
        verb != W_COMMIT && verb != W_ROLLBACK && verb != W_RECOVER)
        return parse_syntax(p, "START, END, PREPARE, COMMIT, ROLLBACK or RECOVER");
    p->at++;
    if (verb == W_RECOVER)
        parse_xa_recover(p);
    else
        parse_xid(p);
    if (verb == W_START || verb == W_BEGIN) {
        if (!accept(p, W_JOIN))
            accept(p, W_RESUME);
    } else if (verb == W_END && accept(p, W_SUSPEND)) {
        if (accept(p, W_FOR))
            expect(p, W_MIGRATE);
    } else if (verb == W_COMMIT && accept(p, W_ONE)) {
        expect(p, W_PHASE);
    }
    struct sql_node *node = list_end(p, mark, SQL_ADMIN, first);
    node->op = SQL_ADMIN_XA_START;
    return node;
}

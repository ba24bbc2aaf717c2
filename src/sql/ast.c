/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/ast.h"
#include "sql/charset.h"

static const char *const node_texts[SQL_NODE_KIND_COUNT] = {[SQL_INVALID] = "invalid",
#define NODE(name, text, slots) [SQL_##name] = (text),
                                                            SQL_NODE_TABLE(NODE)
#undef NODE
};

static const char *const operator_texts[SQL_OP_COUNT] = {[SQL_OP_NONE] = "",
#define OP(name, text) [SQL_OP_##name] = (text),
                                                         SQL_OPERATOR_TABLE(OP)
#undef OP
};

static const char *const statement_texts[STATEMENT_COUNT] = {[STATEMENT_INVALID] = "invalid",
#define KIND(name, text) [STATEMENT_##name] = (text),
                                                             STATEMENT_KIND_TABLE(KIND)
#undef KIND
};

const char *sql_node_kind_text(enum sql_node_kind kind)
{
    return (unsigned)kind < SQL_NODE_KIND_COUNT ? node_texts[kind] : "invalid";
}

const char *sql_operator_text(enum sql_operator op)
{
    return (unsigned)op < SQL_OP_COUNT ? operator_texts[op] : "";
}

const char *statement_kind_text(enum statement_kind kind)
{
    return (unsigned)kind < STATEMENT_COUNT ? statement_texts[kind] : "invalid";
}

struct str sql_name(const struct sql_text *text, const struct sql_node *node)
{
    struct str value;

    if (node == NULL)
        return STR_NONE;
    uint32_t first = node->first;
    while (first < node->last && text->tokens[first].kind == SQL_TOKEN_CHARSET)
        first++;
    value = sql_token_value(text, first);
    for (uint32_t i = first + 1; i <= node->last; i++) {
        struct str more = sql_token_value(text, i);
        char *joined = arena_alloc(text->arena, value.len + more.len + 1);
        if (joined == NULL)
            return STR_NONE;
        if (value.len > 0)
            memcpy(joined, value.ptr, value.len);
        if (more.len > 0)
            memcpy(joined + value.len, more.ptr, more.len);
        value = str_make(joined, value.len + more.len);
    }
    return sql_charset_to_utf8(text->context.charset, value, text->arena);
}

struct str sql_name_schema(const struct sql_text *text, const struct sql_node *name)
{
    return name == NULL ? STR_NONE : sql_name(text, name->child[SQL_NAME_SCHEMA]);
}

struct str sql_name_object(const struct sql_text *text, const struct sql_node *name)
{
    return name == NULL ? STR_NONE : sql_name(text, name->child[SQL_NAME_OBJECT]);
}

static bool is_leaf_text(const struct sql_node *node)
{
    return node->count == 0 && node->kind != SQL_LIST;
}

void sql_dump(const struct sql_text *text, const struct sql_node *node, struct buf *out)
{
    if (node == NULL) {
        buf_put_str(out, STR("-"));
        return;
    }
    buf_printf(out, "(%s", sql_node_kind_text(node->kind));
    if (node->kind == SQL_BINARY || node->kind == SQL_UNARY || node->kind == SQL_IS ||
        node->kind == SQL_LIKE || node->kind == SQL_QUANTIFIED)
        buf_printf(out, " %s", sql_operator_text(sql_op(node)));
    else if (node->op != 0)
        buf_printf(out, " #%u", node->op);
    if (node->flags & SQL_FLAG_NOT)
        buf_put_str(out, STR(" not"));
    if (is_leaf_text(node)) {
        buf_put_u8(out, ' ');
        buf_put_str(out, sql_node_text(text, node));
    }
    for (uint32_t i = 0; i < node->count; i++) {
        buf_put_u8(out, ' ');
        sql_dump(text, node->child[i], out);
    }
    buf_put_u8(out, ')');
}

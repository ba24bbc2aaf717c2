/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/ast.h"

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

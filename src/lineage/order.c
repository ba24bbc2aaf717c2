/* SPDX-License-Identifier: Apache-2.0
 *
 * GROUP BY, ORDER BY and LIMIT: expressions, positions in the select list, and its aliases.
 */
#include "lineage/internal.h"

/* Signs before a number, a truth value or a marker. */
static const struct sql_node *unsigned_of(const struct sql_node *node, bool *negated)
{
    while (node->kind == SQL_UNARY && (node->op == SQL_OP_PLUS || node->op == SQL_OP_MINUS)) {
        *negated = *negated || node->op == SQL_OP_MINUS;
        node = node->child[0];
    }
    return node;
}

/* An integer names a column of the select list, also with a `+` before it. MariaDB takes TRUE, signs
 * that cancel out, the lower half of a number that is too large, and what a marker stands for as
 * well: any column. */
static bool ordinal(struct work *w, const struct sql_node *node, const struct relation *outputs,
                    struct value *ret)
{
    uint64_t n;
    bool negated = false;

    node = unsigned_of(node, &negated);
    if (node->kind != SQL_NUMBER && node->kind != SQL_BOOL && node->kind != SQL_PARAM)
        return false;
    if (negated || node->kind != SQL_NUMBER ||
        !str_to_u64(sql_node_text(w->text, node), UINT32_MAX, &n)) {
        *ret = (struct value){.from = query_all_columns(w, outputs)};
        return true;
    }
    *ret = (struct value){.constant = true};
    if (n >= 1 && n <= outputs->count)
        *ret = outputs->columns[n - 1].value;
    else if (!outputs->known) /* any column */
        ret->from = query_all_columns(w, outputs);
    return true;
}

static const struct sql_node *order_value(const struct sql_node *item)
{
    return item->kind == SQL_ORDER_ITEM ? item->child[SQL_ORDER_ITEM_VALUE] : item;
}

/* A lone name that an item of the select list has: that item, before any column. */
static bool alias_value(struct work *w, const struct scope *scope, const struct sql_node *node,
                        struct value *ret)
{
    bool found = false;

    if (node->kind != SQL_COLUMN || node->child[SQL_COLUMN_TABLE] != NULL)
        return false;
    struct str name = sql_name(w->text, node->child[SQL_COLUMN_NAME]);
    work_spend(w, scope->item_count);
    for (size_t i = 0; i < scope->item_count; i++) {
        if (!catalog_name_equal(scope->items[i].name, name))
            continue;
        *ret = found ? value_either(w, *ret, scope->items[i].value) : scope->items[i].value;
        found = true;
    }
    return found;
}

void query_order_by_first(struct work *w, const struct relation *outputs, uint32_t position)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->columns[i].value.from.count > 0) {
            record_use(w, USE_ORDER, outputs->columns[i].value.from, "OVER", position);
            return;
        }
}

void query_order(struct work *w, struct scope *scope, const struct sql_node *order,
                 const struct relation *outputs, set_t *existence, const char *what)
{
    for (uint32_t i = 0; order != NULL && i < order->count; i++) {
        const struct sql_node *node = order_value(order->child[i]);
        struct value v;
        enum clause clause = scope->clause;
        scope->clause = CLAUSE_ORDER;
        if (!ordinal(w, node, outputs, &v) && !alias_value(w, scope, node, &v))
            v = expression(w, scope, node);
        scope->clause = clause;
        scope->may_fail |= v.may_fail;
        record_use(w, USE_ORDER, v.from, what, work_position(w, order->child[i]));
        *existence = set_union(w, *existence, v.from);
    }
    if (scope->empty_window && outputs != NULL)
        query_order_by_first(w, outputs, order != NULL ? work_position(w, order) : 0);
}

void query_group(struct work *w, struct scope *scope, const struct sql_node *group,
                 const struct relation *outputs, set_t *existence)
{
    const struct sql_node *list = group->child[SQL_GROUP_LIST];

    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct sql_node *node = order_value(list->child[i]);
        struct value v;
        scope->clause = CLAUSE_GROUP;
        if (!ordinal(w, node, outputs, &v))
            v = expression(w, scope, node);
        scope->clause = CLAUSE_OTHER;
        scope->may_fail |= v.may_fail;
        record_use(w, USE_GROUP, v.from, "GROUP BY", work_position(w, list->child[i]));
        *existence = set_union(w, *existence, v.from);
    }
}

void query_limit(struct work *w, struct scope *scope, const struct sql_node *limit,
                 set_t *existence)
{
    for (uint32_t i = 0; limit != NULL && i < limit->count; i++) {
        if (limit->child[i] == NULL)
            continue;
        struct value v = expression(w, scope, limit->child[i]);
        record_use(w, USE_LIMIT, v.from, "LIMIT", work_position(w, limit->child[i]));
        *existence = set_union(w, *existence, v.from);
    }
}

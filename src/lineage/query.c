/* SPDX-License-Identifier: Apache-2.0
 *
 * Queries: WITH, set operations, SELECT, ORDER BY and LIMIT. Each gives a relation: its columns
 * with what they depend on, and the set on which the existence of its rows depends. The latter is
 * a use where it occurs and becomes part of a value only where a subquery is one (scalar, EXISTS,
 * IN).
 *
 *   QUERY ─ WITH ─ body ─┬─ SELECT ─ FROM, WHERE, GROUP, HAVING, items
 *         ORDER, LIMIT   ├─ VALUES, TABLE
 *         INTO           ├─ SET_OPERATION(body, body)
 *                        └─ QUERY in parentheses
 */
#include "lineage/internal.h"

#include "sql/print.h"

/* What a body gives beside its relation: the scope of its SELECT, for ORDER BY. */
struct body {
    struct relation *relation;
    struct scope *scope; /* NULL: names are those of the relation's columns */
    bool distinct;
};

static bool body_analyze(struct work *w, struct scope *outer, const struct cte *ctes,
                         const struct sql_node *node, struct body *ret);

/* ---- select lists ---- */

static void push_column(struct work *w, struct relation *relation, struct result_column column)
{
    struct result_column *slot = arena_push(w->arena, &relation->columns, &relation->count,
                                            &relation->cap, sizeof(*slot));

    if (slot != NULL)
        *slot = column;
}

static void push_item(struct work *w, struct scope *scope, struct str name, struct value value,
                      const struct sql_node *node)
{
    struct item *item = arena_push(w->arena, &scope->items, &scope->item_count, &scope->item_cap,
                                   sizeof(*item));

    if (item != NULL)
        *item = (struct item){name, value, node};
}

static void star_item(struct work *w, struct scope *scope, const struct sql_node *star,
                      struct relation *ret)
{
    struct str table = sql_name(w->text, star->child[SQL_STAR_TABLE]);
    struct str schema = sql_name(w->text, star->child[SQL_STAR_SCHEMA]);
    struct source *source = NULL;
    size_t first = ret->count, at = 0;
    bool found = table.len == 0, before = w->comparing;

    w->comparing = before || scope->counted;
    if (found && !scope_star(w, scope, NULL, ret))
        ret->known = false;
    while (table.len > 0 && (source = scope_source_next(w, scope, schema, table, &at)) != NULL) {
        found = true;
        if (!scope_star(w, scope, source, ret))
            ret->known = false;
    }
    w->comparing = before;
    if (!found) {
        record_unknown(w, "table", work_table_text(w, schema, table, STR_NONE),
                       work_position(w, star));
        ret->known = false;
    }
    for (size_t i = first; i < ret->count; i++) {
        ret->columns[i].position = work_position(w, star);
        push_item(w, scope, ret->columns[i].name, ret->columns[i].value, NULL);
    }
}

/* Views, bodies and prepared texts are the server's already, comments and all. */
static bool as_written(const struct work *w)
{
    return w->foreign || w->context->verbatim;
}

/* A column of a view, derived table or CTE is headed as that spells it, a table's as the statement
 * does. MySQL's system schemas are views. */
static struct str item_heading(struct work *w, struct scope *scope, const struct sql_node *item)
{
    struct str heading = as_written(w) ? sql_heading(w->text, item)
                                       : sql_heading_forwarded(w->text, item);
    const struct sql_node *column = sql_heading_column(w->text, item);

    if (column == NULL)
        return heading;
    struct str schema = sql_name(w->text, column->child[SQL_COLUMN_SCHEMA]);
    struct str table = sql_name(w->text, column->child[SQL_COLUMN_TABLE]);
    struct str name = sql_name(w->text, column->child[SQL_COLUMN_NAME]);
    for (; scope != NULL; scope = scope->outer) {
        for (size_t i = 0; i < scope->source_count; i++) {
            const struct source *source = scope->sources[i];
            if (table.len > 0 && (scope_source_find(w, scope, schema, table) != source))
                continue;
            ptrdiff_t at = source_column_find(source, name);
            if (at < 0)
                continue;
            if (source->relation != NULL)
                return source->relation->columns[at].name;
            bool system = w->text->context.family == SQL_MYSQL &&
                          source->table->kind == CATALOG_TABLE_SYSTEM_VIEW;
            return system ? source->table->columns[at].name : heading;
        }
    }
    return heading;
}

/* What a client expects over the item: the heading of the text as it wrote it. */
static struct str written_heading(struct work *w, const struct sql_node *item, struct str name)
{
    if (as_written(w) || sql_heading_column(w->text, item) != NULL)
        return STR_NONE;
    struct str written = sql_heading(w->text, item);
    return str_equal(written, name) ? STR_NONE : written;
}

void query_items(struct work *w, struct scope *scope, const struct sql_node *items,
                 struct relation *ret)
{
    for (uint32_t i = 0; items != NULL && i < items->count && !work_failed(w); i++) {
        const struct sql_node *item = items->child[i];
        const struct sql_node *node =
            item->kind == SQL_ITEM ? item->child[SQL_ITEM_VALUE] : item;
        if (node->kind == SQL_STAR) {
            star_item(w, scope, node, ret);
            continue;
        }
        enum clause clause = scope->clause;
        scope->clause = CLAUSE_ITEM;
        struct value value = expression(w, scope, node);
        scope->clause = clause;
        scope->may_fail |= value.may_fail;
        struct str name = item_heading(w, scope, item);
        push_column(w, ret,
                    (struct result_column){.name = name,
                                           .heading = written_heading(w, item, name),
                                           .value = value,
                                           .position = work_position(w, item)});
        push_item(w, scope, name, value, node);
    }
}

set_t query_all_columns(struct work *w, const struct relation *relation)
{
    set_t all = {NULL, 0};

    for (size_t i = 0; i < relation->count; i++)
        all = set_union(w, all, relation->columns[i].value.from);
    return all;
}

/* ---- SELECT, VALUES, TABLE ---- */

/* Hints may change the session for the statement or lift its limits. */
static void hints(struct work *w, const struct sql_node *node)
{
    static const char *const refused[] = {"SET_VAR", "MAX_EXECUTION_TIME", "RESOURCE_GROUP"};

    if (node == NULL)
        return;
    struct str text = sql_node_text(w->text, node);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct str word = str_of(refused[i]);
        for (size_t at = 0; at + word.len <= text.len; at++)
            if (str_equal_nocase(str_slice(text, at, word.len), word)) {
                record_unknown(w, "hint", word, work_position(w, node));
                break;
            }
    }
}

static void condition(struct work *w, struct scope *scope, const struct sql_node *node,
                      enum clause clause, const char *what, set_t *existence)
{
    if (node == NULL)
        return;
    scope->clause = clause;
    struct value v = expression_predicate(w, scope, node, what);
    scope->clause = CLAUSE_OTHER;
    *existence = set_union(w, *existence, v.from);
    scope->may_fail |= v.may_fail;
}

static void add_existence_of_sources(struct work *w, struct scope *scope, set_t *existence)
{
    for (size_t i = 0; i < scope->source_count; i++) {
        const struct relation *relation = scope->sources[i]->relation;
        if (relation == NULL)
            continue;
        *existence = set_union(w, *existence, relation->existence);
        scope->may_fail |= relation->may_fail;
    }
}

/* WHERE names a whole unique key of the one table: at most one row. */
static bool one_row_by_key(struct work *w, const struct scope *scope, const struct sql_node *where);

/* No FROM, or one in which everything has at most one row. */
static bool sources_are_one_row(const struct scope *scope)
{
    for (size_t i = 0; i < scope->source_count; i++)
        if (scope->sources[i]->relation == NULL || !scope->sources[i]->relation->one_row)
            return false;
    return true;
}

/* The SELECT is the body of a query, or a part of its UNION. */
static bool is_part(struct work *w, const struct sql_node *body, const struct sql_node *select)
{
    work_spend(w, 1);
    while (body != NULL && body->kind == SQL_QUERY)
        body = body->child[SQL_QUERY_BODY];
    if (body == NULL || body->kind != SQL_SET_OPERATION)
        return body != NULL && body == select;
    return is_part(w, body->child[SQL_SET_OPERATION_LEFT], select) ||
           is_part(w, body->child[SQL_SET_OPERATION_RIGHT], select);
}

static bool select_analyze(struct work *w, struct scope *outer, const struct cte *ctes,
                           const struct sql_node *node, struct body *ret)
{
    struct scope *scope = arena_new(w->arena, struct scope);
    struct relation *relation = arena_new(w->arena, struct relation);
    set_t existence = {NULL, 0};

    if (scope == NULL || relation == NULL)
        return false;
    scope->outer = outer;
    scope->ctes = ctes;
    scope->windows = node->child[SQL_SELECT_WINDOWS];
    scope->counted = node->child[SQL_SELECT_HAVING] == NULL && is_part(w, w->exists, node);
    relation->known = true;
    hints(w, node->child[SQL_SELECT_HINTS]);
    from_list(w, scope, ctes, node->child[SQL_SELECT_FROM], &existence);
    add_existence_of_sources(w, scope, &existence);
    condition(w, scope, node->child[SQL_SELECT_WHERE], CLAUSE_WHERE, "WHERE", &existence);
    query_items(w, scope, node->child[SQL_SELECT_ITEMS], relation);
    if (node->child[SQL_SELECT_GROUP] != NULL)
        query_group(w, scope, node->child[SQL_SELECT_GROUP], relation, &existence);
    condition(w, scope, node->child[SQL_SELECT_HAVING], CLAUSE_HAVING, "HAVING", &existence);
    condition(w, scope, node->child[SQL_SELECT_QUALIFY], CLAUSE_HAVING, "QUALIFY", &existence);
    const struct sql_node *windows = scope->windows;
    for (uint32_t i = 0; windows != NULL && i < windows->count; i++)
        expression_window(w, scope, windows->child[i]);
    if (scope->empty_window)
        query_order_by_first(w, relation, work_position(w, node));
    if (sql_flag(node, SQL_FLAG_DISTINCT)) {
        set_t all = query_all_columns(w, relation);
        record_use(w, USE_DISTINCT, all, "DISTINCT", work_position(w, node));
        existence = set_union(w, existence, all);
    }
    if (sql_flag(node, SQL_FLAG_CALC_FOUND_ROWS))
        record_effect(w, EFFECT_SETS_VARIABLE, STR("SQL_CALC_FOUND_ROWS"), work_position(w, node));
    relation->existence = existence;
    relation->may_fail = scope->may_fail;
    relation->one_row = node->child[SQL_SELECT_GROUP] == NULL &&
                        (scope->aggregates || sources_are_one_row(scope) ||
                         one_row_by_key(w, scope, node->child[SQL_SELECT_WHERE]));
    ret->relation = relation;
    ret->scope = scope;
    return true;
}

static bool values_analyze(struct work *w, struct scope *outer, const struct cte *ctes,
                           const struct sql_node *node, struct body *ret)
{
    struct relation *relation = arena_new(w->arena, struct relation);
    struct scope *scope = arena_new(w->arena, struct scope);
    const struct sql_node *rows = node->child[SQL_VALUES_ROWS];

    if (relation == NULL || scope == NULL)
        return false;
    scope->outer = outer;
    scope->ctes = ctes;
    relation->known = true;
    for (uint32_t r = 0; rows != NULL && r < rows->count; r++) {
        const struct sql_node *row = rows->child[r], *list = row->child[SQL_ROW_VALUES];
        for (uint32_t c = 0; list != NULL && c < list->count; c++) {
            struct value v = expression(w, scope, list->child[c]);
            v.plain = false;
            relation->may_fail |= v.may_fail;
            if (r == 0) {
                push_column(w, relation,
                            (struct result_column){.name = sql_heading_in_row(w->text, row, c,
                                                                              !as_written(w)),
                                                   .heading = sql_heading_in_row(w->text, row, c,
                                                                                 false),
                                                   .value = v,
                                                   .position = work_position(w, list->child[c])});
            } else if (c < relation->count) {
                relation->columns[c].value = value_either(w, relation->columns[c].value, v);
            }
        }
    }
    relation->one_row = rows != NULL && rows->count == 1;
    ret->relation = relation;
    ret->scope = NULL;
    return true;
}

static bool table_analyze(struct work *w, struct scope *outer, const struct cte *ctes,
                          const struct sql_node *node, struct body *ret)
{
    struct scope *scope = arena_new(w->arena, struct scope);
    struct relation *relation = arena_new(w->arena, struct relation);
    struct operand *operand = arena_new(w->arena, struct operand);
    struct str alias = sql_name_object(w->text, node->child[SQL_TABLE_VALUE_NAME]);
    struct source *source = from_named(w, ctes, node->child[SQL_TABLE_VALUE_NAME], alias, true);

    if (scope == NULL || relation == NULL || operand == NULL)
        return false;
    scope->outer = outer;
    scope->ctes = ctes;
    relation->known = source != NULL;
    if (source != NULL) {
        struct source **slot = arena_push(w->arena, &scope->sources, &scope->source_count,
                                          &scope->source_cap, sizeof(*slot));
        if (slot != NULL)
            *slot = source;
        operand->source = source;
        operand_push(w, scope, operand);
        relation->known = scope_star(w, scope, NULL, relation);
        if (source->relation != NULL)
            relation->existence = source->relation->existence;
        relation->may_fail = source->relation != NULL && source->relation->may_fail;
    }
    ret->relation = relation;
    ret->scope = scope;
    return true;
}

/* ---- set operations ---- */

static const char *set_operation_text(const struct sql_node *node)
{
    switch ((enum sql_set_operation)node->op) {
    case SQL_SET_NONE:
    case SQL_UNION: return "UNION";
    case SQL_EXCEPT: return "EXCEPT";
    case SQL_INTERSECT: return "INTERSECT";
    }
    return "UNION";
}

static bool set_operation_analyze(struct work *w, struct scope *outer, const struct cte *ctes,
                                  const struct sql_node *node, struct body *ret)
{
    struct body left = {.relation = NULL}, right = {.relation = NULL};
    struct relation *relation = arena_new(w->arena, struct relation);

    if (!body_analyze(w, outer, ctes, node->child[SQL_SET_OPERATION_LEFT], &left) ||
        !body_analyze(w, outer, ctes, node->child[SQL_SET_OPERATION_RIGHT], &right) ||
        relation == NULL)
        return false;
    relation->known = left.relation->known && right.relation->known;
    relation->may_fail = left.relation->may_fail || right.relation->may_fail;
    relation->existence = set_union(w, left.relation->existence, right.relation->existence);
    relation->count = relation->cap = left.relation->count;
    relation->columns = arena_array(w->arena, relation->count, struct result_column);
    if (relation->columns == NULL)
        return false;
    for (size_t i = 0; i < relation->count; i++) {
        relation->columns[i] = left.relation->columns[i];
        relation->columns[i].invisible = false;
        if (i < right.relation->count)
            relation->columns[i].value = value_either(w, left.relation->columns[i].value,
                                                      right.relation->columns[i].value);
    }
    if (left.relation->count != right.relation->count && relation->known)
        record_unknown(w, "columns", str_of(set_operation_text(node)), work_position(w, node));
    if (node->op != SQL_UNION || !sql_flag(node, SQL_FLAG_ALL)) {
        set_t all = set_union(w, query_all_columns(w, left.relation), query_all_columns(w, right.relation));
        record_use(w, USE_DISTINCT, all, set_operation_text(node), work_position(w, node));
        relation->existence = set_union(w, relation->existence, all);
    }
    ret->relation = relation;
    ret->scope = NULL;
    return true;
}

/* ---- bodies and whole queries ---- */

static bool query_analyze(struct work *w, struct scope *outer, const struct cte *ctes,
                          const struct sql_node *node, struct body *ret);

static bool body_dispatch(struct work *w, struct scope *outer, const struct cte *ctes,
                          const struct sql_node *node, struct body *ret)
{
    if (node->kind == SQL_SELECT)
        return select_analyze(w, outer, ctes, node, ret);
    if (node->kind == SQL_VALUES)
        return values_analyze(w, outer, ctes, node, ret);
    if (node->kind == SQL_TABLE_VALUE)
        return table_analyze(w, outer, ctes, node, ret);
    if (node->kind == SQL_SET_OPERATION)
        return set_operation_analyze(w, outer, ctes, node, ret);
    if (node->kind == SQL_QUERY)
        return query_analyze(w, outer, ctes, node, ret);
    record_unknown(w, "query", str_slice(sql_node_text(w->text, node), 0, 60),
                   work_position(w, node));
    return false;
}

static bool body_analyze(struct work *w, struct scope *outer, const struct cte *ctes,
                         const struct sql_node *node, struct body *ret)
{
    if (node == NULL || !work_enter(w, node))
        return false;
    bool done = body_dispatch(w, outer, ctes, node, ret) && ret->relation != NULL;
    work_leave(w);
    return done;
}

/* Names that ORDER BY of a set operation sees: the columns of the result. */
static struct scope *scope_of_result(struct work *w, struct scope *outer, const struct cte *ctes,
                                     const struct relation *relation)
{
    struct scope *scope = arena_new(w->arena, struct scope);

    if (scope == NULL)
        return NULL;
    scope->outer = outer;
    scope->ctes = ctes;
    for (size_t i = 0; i < relation->count; i++)
        push_item(w, scope, relation->columns[i].name, relation->columns[i].value, NULL);
    return scope;
}

static bool limit_is_one(struct work *w, const struct sql_node *limit)
{
    const struct sql_node *count = limit ? limit->child[SQL_LIMIT_COUNT] : NULL;

    return count != NULL && count->kind == SQL_NUMBER &&
           (str_equal(sql_node_text(w->text, count), STR("1")) ||
            str_equal(sql_node_text(w->text, count), STR("0")));
}

static void locking(struct work *w, struct scope *scope, const struct sql_node *list)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        bool update = list->child[i]->op == SQL_LOCKING_UPDATE;
        record_effect(w, EFFECT_LOCKS_ROWS, update ? STR("FOR UPDATE") : STR("FOR SHARE"),
                      work_position(w, list->child[i]));
        if (update)
            scope_lock(w, scope, list->child[i]->child[SQL_LOCKING_TABLES]);
    }
}

static bool query_analyze(struct work *w, struct scope *outer, const struct cte *ctes,
                          const struct sql_node *node, struct body *ret)
{
    struct body body = {.relation = NULL};

    if (node->child[SQL_QUERY_WITH] != NULL)
        ctes = query_with(w, outer, ctes, node->child[SQL_QUERY_WITH]);
    if (!body_analyze(w, outer, ctes, node->child[SQL_QUERY_BODY], &body))
        return false;
    struct scope *scope = body.scope;
    if (scope == NULL && (node->child[SQL_QUERY_ORDER] != NULL ||
                          node->child[SQL_QUERY_LIMIT] != NULL ||
                          node->child[SQL_QUERY_INTO] != NULL))
        scope = scope_of_result(w, outer, ctes, body.relation);
    if (scope != NULL) {
        set_t order = {NULL, 0};
        query_order(w, scope, node->child[SQL_QUERY_ORDER], body.relation, &order, "ORDER BY");
        query_limit(w, scope, node->child[SQL_QUERY_LIMIT], &order);
        /* Order decides which rows are there only where some are left out. */
        if (node->child[SQL_QUERY_LIMIT] != NULL)
            body.relation->existence = set_union(w, body.relation->existence, order);
        body.relation->may_fail |= scope->may_fail;
        if (limit_is_one(w, node->child[SQL_QUERY_LIMIT]))
            body.relation->one_row = true;
        query_into(w, scope, node->child[SQL_QUERY_INTO], body.relation);
    }
    locking(w, scope, node->child[SQL_QUERY_LOCKING]);
    if (node->child[SQL_QUERY_PROCEDURE] != NULL) {
        record_unknown(w, "procedure", STR("ANALYSE"), work_position(w, node));
        record_use(w, USE_PLAN, query_all_columns(w, body.relation), "PROCEDURE ANALYSE",
                   work_position(w, node));
        body.relation->known = false;
    }
    *ret = body;
    return true;
}

const struct relation *query_relation_scope(struct work *w, struct scope *outer,
                                            const struct cte *ctes, const struct sql_node *query,
                                            struct scope **ret_scope)
{
    struct body body = {.relation = NULL};

    if (query == NULL || !body_analyze(w, outer, ctes, query, &body))
        return NULL;
    *ret_scope = body.scope;
    return body.relation;
}

const struct relation *query_relation(struct work *w, struct scope *outer,
                                      const struct cte *ctes, const struct sql_node *query)
{
    struct scope *scope;

    return query_relation_scope(w, outer, ctes, query, &scope);
}

void query_into(struct work *w, struct scope *scope, const struct sql_node *into,
                const struct relation *relation)
{
    (void)scope;
    if (into == NULL)
        return;
    uint32_t position = work_position(w, into);
    set_t all = set_union(w, query_all_columns(w, relation), relation->existence);
    if (into->op == SQL_INTO_OUTFILE || into->op == SQL_INTO_DUMPFILE) {
        struct str file = sql_name(w->text, into->child[SQL_INTO_FILE]);
        record_sink(w, SINK_FILE, file, all, position);
        record_effect(w, EFFECT_WRITES_FILE, file, position);
        record_need(w, PRIVILEGE_FILE, OBJECT_GLOBAL, STR_NONE, STR_NONE, position);
        w->no_result = true;
        return;
    }
    const struct sql_node *targets = into->child[SQL_INTO_TARGETS];
    /* One target of several columns is a row variable: all of them go there. */
    bool each = targets != NULL && relation->known && targets->count == relation->count;
    for (uint32_t i = 0; targets != NULL && i < targets->count; i++) {
        const struct sql_node *target = targets->child[i];
        struct value v = {.length = LENGTH_UNBOUNDED};
        if (each)
            v = relation->columns[i].value;
        v.from = set_union(w, each ? v.from : all, relation->existence);
        if (w->program != NULL && program_assign_node(w, target, v, "INTO"))
            continue;
        struct str name = target->kind == SQL_COLUMN ? sql_node_text(w->text, target)
                                                     : sql_name(w->text, target);
        if (target->kind == SQL_USER_VARIABLE)
            name = arena_printf(w->arena, "@%.*s", STR_ARG(name));
        record_sink(w, SINK_USER_VARIABLE, name, v.from, position);
        record_effect(w, EFFECT_SETS_VARIABLE, name, position);
    }
    program_control(w, relation->existence); /* NOT FOUND */
    /* More than one row is an error. */
    if (!relation->one_row)
        record_use(w, USE_ERROR, relation->existence, "INTO", position);
    w->no_result = true;
}

/* ---- at most one row ---- */

/* `other.id` beside a source of another name. Asked of a query's only source: it is outside. */
static bool of_outer_query(struct work *w, const struct source *source,
                           const struct sql_node *node)
{
    return node->kind == SQL_COLUMN && node->child[SQL_COLUMN_TABLE] != NULL &&
           !catalog_table_name_equal(w->lower_case, source->alias,
                                     sql_name(w->text, node->child[SQL_COLUMN_TABLE]));
}

/* Which columns of the source does the condition compare by = with constants? */
static void equal_columns(struct work *w, const struct source *source, const struct sql_node *node,
                          bool *found)
{
    if (node == NULL || node->kind != SQL_BINARY)
        return;
    if (sql_op(node) == SQL_OP_AND) {
        for (uint32_t i = 0; i < node->count; i++)
            equal_columns(w, source, node->child[i], found);
        return;
    }
    if (sql_op(node) != SQL_OP_EQUAL || node->count != 2)
        return;
    for (unsigned side = 0; side < 2; side++) {
        const struct sql_node *column = node->child[side], *other = node->child[1 - side];
        if (column->kind != SQL_COLUMN ||
            (other->kind != SQL_STRING && other->kind != SQL_NUMBER && other->kind != SQL_PARAM &&
             other->kind != SQL_USER_VARIABLE && other->kind != SQL_TEMPORAL &&
             !of_outer_query(w, source, other)))
            continue;
        struct str table = sql_name(w->text, column->child[SQL_COLUMN_TABLE]);
        if (table.len > 0 && !catalog_table_name_equal(w->lower_case, source->alias, table))
            continue;
        ptrdiff_t i = source_column_find(source, sql_name(w->text, column->child[SQL_COLUMN_NAME]));
        if (i >= 0)
            found[i] = true;
    }
}

bool query_key_named(struct work *w, const struct source *source, const struct sql_node *where)
{
    if (source->table == NULL || source->relation != NULL || where == NULL)
        return false;
    bool *found = arena_array(w->arena, source->table->column_count, bool);
    if (found == NULL)
        return false;
    equal_columns(w, source, where, found);
    for (size_t k = 0; k < source->table->key_count; k++) {
        const struct catalog_key *key = &source->table->keys[k];
        bool whole = (key->kind == CATALOG_KEY_PRIMARY || key->kind == CATALOG_KEY_UNIQUE) &&
                     key->column_count > 0;
        for (size_t c = 0; whole && c < key->column_count; c++) {
            ptrdiff_t i = source_column_find(source, key->columns[c]);
            whole = i >= 0 && found[i];
        }
        if (whole)
            return true;
    }
    return false;
}

static bool one_row_by_key(struct work *w, const struct scope *scope, const struct sql_node *where)
{
    return scope->source_count == 1 && query_key_named(w, scope->sources[0], where);
}

/* ---- WITH ---- */

static const struct sql_node *leftmost(const struct sql_node *body)
{
    while (body->kind == SQL_SET_OPERATION || body->kind == SQL_QUERY)
        body = body->kind == SQL_QUERY ? body->child[SQL_QUERY_BODY]
                                       : body->child[SQL_SET_OPERATION_LEFT];
    return body;
}

/* The relation under the names that the CTE gives its columns. */
static struct relation *cte_named(struct work *w, const struct relation *from,
                                  const struct sql_node *names, const struct sql_node *node)
{
    struct relation *relation = arena_new(w->arena, struct relation);

    if (relation == NULL)
        return NULL;
    *relation = *from;
    relation->columns = arena_array(w->arena, from->count, struct result_column);
    relation->cap = from->count;
    if (relation->columns == NULL)
        return NULL;
    for (size_t i = 0; i < from->count; i++) {
        relation->columns[i] = from->columns[i];
        relation->columns[i].invisible = false;
        if (names != NULL && i < names->count)
            result_column_rename(&relation->columns[i], sql_name(w->text, names->child[i]));
    }
    if (names != NULL && from->known && names->count != from->count)
        record_unknown(w, "columns", STR("column list"), work_position(w, node));
    if (names != NULL && !from->known)
        relation->known = false;
    return relation;
}

/* True when `into` grew. */
static bool relation_merge(struct work *w, struct relation *into, const struct relation *more)
{
    bool grew = false;
    set_t existence = set_union(w, into->existence, more->existence);

    grew = !set_same(existence, into->existence);
    into->existence = existence;
    for (size_t i = 0; i < into->count && i < more->count; i++) {
        struct value merged =
            value_either(w, into->columns[i].value, more->columns[i].value);
        grew = grew || !set_same(merged.from, into->columns[i].value.from) ||
               merged.type != into->columns[i].value.type;
        /* Texts may grow with each round. */
        merged.length = LENGTH_UNBOUNDED;
        into->columns[i].value = merged;
    }
    into->known = into->known && more->known;
    into->may_fail = true;
    into->one_row = false;
    return grew;
}

/* The seed first, for names and a beginning; then the whole body over and over until no column
 * depends on anything new. */
static const struct relation *recursive_relation(struct work *w, struct scope *outer,
                                                 struct cte *cte, const struct sql_node *node)
{
    const struct sql_node *query = node->child[SQL_CTE_QUERY];
    struct body seed = {.relation = NULL};

    if (!body_analyze(w, outer, cte->outer, leftmost(query), &seed))
        return NULL;
    struct relation *relation =
        cte_named(w, seed.relation, node->child[SQL_CTE_COLUMNS], node);
    for (size_t i = 0; relation != NULL && i < relation->count; i++) {
        relation->columns[i].value.length = LENGTH_UNBOUNDED;
        relation->columns[i].value.constant = false;
    }
    for (unsigned round = 0; relation != NULL; round++) {
        cte->relation = relation;
        cte->referenced = false;
        const struct relation *next = query_relation(w, outer, cte, query);
        if (next == NULL || work_failed(w))
            return NULL;
        if (!cte->referenced)
            return cte_named(w, next, node->child[SQL_CTE_COLUMNS], node);
        if (!relation_merge(w, relation, next))
            break;
        if (round >= 32) { /* cannot happen with sets that only grow by what is in the body */
            record_unknown(w, "query", cte->name, work_position(w, node));
            break;
        }
    }
    /* A text that outgrows the seed's type is an error or a warning; so is a recursion that does
     * not end. */
    if (relation != NULL) {
        set_t all = set_union(w, query_all_columns(w, relation), relation->existence);
        record_use(w, USE_ERROR, all, "WITH RECURSIVE", work_position(w, node));
        record_use(w, USE_WAIT, relation->existence, "WITH RECURSIVE", work_position(w, node));
    }
    return relation;
}

const struct cte *query_with(struct work *w, struct scope *outer, const struct cte *ctes,
                             const struct sql_node *with)
{
    const struct sql_node *list = with->child[SQL_WITH_LIST];

    for (uint32_t i = 0; list != NULL && i < list->count && !work_failed(w); i++) {
        const struct sql_node *node = list->child[i];
        struct cte *cte = arena_new(w->arena, struct cte);
        if (cte == NULL)
            return ctes;
        cte->name = sql_name(w->text, node->child[SQL_CTE_NAME]);
        cte->outer = ctes;
        if (sql_flag(with, SQL_FLAG_RECURSIVE)) {
            cte->relation = recursive_relation(w, outer, cte, node);
        } else {
            const struct relation *r = query_relation(w, outer, ctes, node->child[SQL_CTE_QUERY]);
            cte->relation = r ? cte_named(w, r, node->child[SQL_CTE_COLUMNS], node) : NULL;
        }
        if (cte->relation == NULL) {
            record_unknown(w, "query", cte->name, work_position(w, node));
            struct relation *nothing = arena_new(w->arena, struct relation);
            cte->relation = nothing;
        }
        ctes = cte;
    }
    return ctes;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The FROM clause: names to tables (a CTE hides a temporary table, which hides a base table or
 * view), derived tables, joins, JSON_TABLE. A derived table does not see its neighbours unless it
 * is LATERAL; ON sees the tables of its own join.
 */
#include "lineage/system.h"

static struct operand *from_node(struct work *w, struct scope *scope, const struct cte *ctes,
                                 const struct sql_node *node, set_t *existence);

const struct catalog_table *find_table(struct work *w, struct str schema, struct str name)
{
    const struct catalog_table *table = NULL;

    if (schema.len == 0)
        schema = w->schema;
    if (!w->in_view)
        table = catalog_overlay_find(w->context->overlay, schema, name);
    if (table == NULL)
        table = catalog_table_find(w->context->catalog, schema, name);
    if (w->program == NULL || w->in_view)
        return table;
    /* A program sees the session's temporary tables and those that it makes itself, which may be
     * there or not when it reads a table of that name. */
    const struct catalog_table *made = temporary_find(w, schema, name);
    bool session = table != NULL && table->kind == CATALOG_TABLE_TEMPORARY;
    if (session || (made != NULL && table != NULL)) {
        struct str text = work_table_text(w, schema, name, STR_NONE);
        record_unknown(w, "temporary table", text, w->outer_position);
        record_change(w, CHANGE_TEMPORARY, text, STR_NONE);
    }
    return made != NULL ? made : table;
}

const struct catalog_table *find_table_in_doubt(struct work *w, struct str schema, struct str name)
{
    const struct catalog_table *table = find_table(w, schema, name), *stored = NULL;

    if (table != NULL && table->kind == CATALOG_TABLE_TEMPORARY && table->column_count == 0)
        stored = catalog_table_find(w->context->catalog, schema.len > 0 ? schema : w->schema, name);
    return stored != NULL ? stored : table;
}

static struct operand *leaf(struct work *w, struct scope *scope, struct source *source)
{
    struct operand *operand = arena_new(w->arena, struct operand);
    struct source **slot = arena_push(w->arena, &scope->sources, &scope->source_count,
                                      &scope->source_cap, sizeof(*slot));

    if (slot != NULL)
        *slot = source;
    if (operand == NULL || slot == NULL)
        return NULL;
    operand->source = source;
    return operand;
}

/* A table of information_schema and its like; their columns have no base columns behind them. */
static struct source *system_source(struct work *w, struct source *source, struct str schema,
                                    struct str name, const struct catalog_table *table)
{
    if (!system_table_read(w, schema, name, source->position)) {
        source->known = false;
        return source;
    }
    if (table == NULL || table->kind != CATALOG_TABLE_SYSTEM_VIEW || table->column_count == 0) {
        source->system = name;
        source->known = false;
        return source;
    }
    source->table = table;
    source->known = true;
    return source;
}

static struct source *cte_source(struct work *w, const struct cte *ctes, struct str name,
                                 struct source *source)
{
    for (const struct cte *cte = ctes; cte != NULL; cte = cte->outer) {
        /* MariaDB compares these without case whatever lower_case_table_names says. */
        if (!catalog_name_equal(cte->name, name) ||
            !(catalog_mariadb(w->context->catalog) ||
              catalog_table_name_equal(w->lower_case, cte->name, name)))
            continue;
        ((struct cte *)(uintptr_t)cte)->referenced = true;
        source->relation = cte->relation;
        source->known = cte->relation != NULL && cte->relation->known;
        source->schema = STR_NONE;
        if (cte->relation == NULL)
            record_unknown(w, "query", name, source->position);
        return source;
    }
    return NULL;
}

/* The columns that say from when to when a row holds, where they are not the server's own: the end
 * says which rows are there now. */
static void by_time(struct work *w, struct source *source, bool start)
{
    const struct catalog_table *table = source->table;

    for (size_t i = 0; table != NULL && i < table->column_count; i++)
        if ((start && str_starts_nocase(table->columns[i].expression, STR("ROW START"))) ||
            str_starts_nocase(table->columns[i].expression, STR("ROW END")))
            record_column(w, source->use, PRIVILEGE_SELECT, i);
}

struct source *from_named(struct work *w, const struct cte *ctes, const struct sql_node *name_node,
                          struct str alias, bool reads)
{
    struct str schema = sql_name_schema(w->text, name_node);
    struct str name = sql_name_object(w->text, name_node);
    struct source *source = arena_new(w->arena, struct source);

    if (source == NULL)
        return NULL;
    source->alias = alias;
    source->position = work_position(w, name_node);
    if (schema.len == 0 && cte_source(w, ctes, name, source) != NULL)
        return source;
    source->schema = schema.len > 0 ? schema : w->schema;
    const struct catalog_table *table = find_table(w, schema, name);
    if (catalog_schema_is_system(source->schema))
        return system_source(w, source, source->schema, name, table);
    if (table == NULL) {
        record_unknown(w, "table", work_table_text(w, source->schema, name, STR_NONE),
                       source->position);
        if (reads)
            record_need(w, PRIVILEGE_SELECT, OBJECT_TABLE, source->schema, name, source->position);
        return source;
    }
    source->schema = table->schema;
    source->table = table;
    source->use = record_table(w, table, source->position);
    if (source->use != NULL && reads) {
        source->use->named = true;
        by_time(w, source, false);
    }
    source->known = table->column_count > 0;
    if (table->kind == CATALOG_TABLE_VIEW) {
        source->relation = view_relation(w, table, source->position);
        source->known = source->relation != NULL && source->relation->known;
        if (source->use != NULL && source->known)
            source->use->relation = source->relation;
    } else if (table->kind == CATALOG_TABLE_TEMPORARY && table->column_count == 0) {
        record_unknown(w, "temporary table",
                       work_table_text(w, table->schema, table->name, STR_NONE), source->position);
    }
    return source;
}

/* Which rows are in a partition is decided by columns that the catalog does not name: all. How many
 * versions a row has tells how often a value in it was changed for another. */
static void by_any_column(struct work *w, struct source *source, const char *what)
{
    set_t all = {NULL, 0};

    if (source->table == NULL || source->relation != NULL)
        return;
    for (size_t i = 0; i < source->table->column_count; i++)
        all = set_union(w, all, record_base(w, source->use, i));
    record_use(w, USE_PREDICATE, all, what, source->position);
}

static struct operand *from_table(struct work *w, struct scope *scope, const struct cte *ctes,
                                  const struct sql_node *node)
{
    const struct sql_node *alias = node->child[SQL_TABLE_REF_ALIAS];
    const struct sql_node *name = node->child[SQL_TABLE_REF_NAME];
    struct source *source =
        from_named(w, ctes, name,
                   alias ? sql_name(w->text, alias) : sql_name_object(w->text, name), true);

    if (source == NULL)
        return NULL;
    if (node->child[SQL_TABLE_REF_PARTITIONS] != NULL)
        by_any_column(w, source, "PARTITION");
    if (node->child[SQL_TABLE_REF_TIME] != NULL) {
        /* Row versions: the hidden columns row_start and row_end decide. */
        const struct sql_node *time = node->child[SQL_TABLE_REF_TIME];
        for (uint32_t i = 0; i < time->count; i++)
            if (time->child[i] != NULL)
                expression(w, scope, time->child[i]);
        by_time(w, source, true);
        bool as_of = time->child[0] != NULL && time->child[1] == NULL; /* one version at most */
        if (!as_of)
            by_any_column(w, source, "FOR SYSTEM_TIME");
    }
    return leaf(w, scope, source);
}

static struct relation *derived_named(struct work *w, const struct relation *from,
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
    if (names != NULL && (names->count != from->count || !from->known))
        record_unknown(w, "columns", STR("column list"), work_position(w, node));
    return relation;
}

static struct operand *from_derived(struct work *w, struct scope *scope, const struct cte *ctes,
                                    const struct sql_node *node)
{
    struct source *source = arena_new(w->arena, struct source);
    struct scope *seen = sql_flag(node, SQL_FLAG_LATERAL) ? scope : scope->outer;

    if (source == NULL)
        return NULL;
    source->alias = sql_name(w->text, node->child[SQL_DERIVED_ALIAS]);
    source->position = work_position(w, node);
    const struct relation *relation = query_relation(w, seen, ctes, node->child[SQL_DERIVED_QUERY]);
    if (relation != NULL) {
        source->relation = derived_named(w, relation, node->child[SQL_DERIVED_COLUMNS], node);
        source->known = source->relation != NULL && source->relation->known;
    }
    return leaf(w, scope, source);
}

/* ---- JSON_TABLE ---- */

static void json_columns(struct work *w, const struct sql_node *list, struct value value,
                         struct relation *ret)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct sql_node *node = list->child[i];
        if (node->kind != SQL_JSON_COLUMN)
            continue;
        if (node->child[SQL_JSON_COLUMN_NAME] != NULL) {
            struct result_column *slot =
                arena_push(w->arena, &ret->columns, &ret->count, &ret->cap, sizeof(*slot));
            struct value v = value;
            v.type = VALUE_UNKNOWN;
            v.plain = false;
            if (slot != NULL)
                *slot = (struct result_column){
                    .name = sql_name(w->text, node->child[SQL_JSON_COLUMN_NAME]),
                    .value = v,
                    .position = work_position(w, node)};
        }
        json_columns(w, node->child[SQL_JSON_COLUMN_NESTED], value, ret);
    }
}

static struct operand *from_json_table(struct work *w, struct scope *scope,
                                       const struct sql_node *node, set_t *existence)
{
    struct source *source = arena_new(w->arena, struct source);
    struct relation *relation = arena_new(w->arena, struct relation);

    if (source == NULL || relation == NULL)
        return NULL;
    /* It sees what stands to its left. How many rows it gives depends on the document. */
    struct value v = expression(w, scope, node->child[SQL_JSON_TABLE_VALUE]);
    uint32_t position = work_position(w, node);
    record_use(w, USE_PREDICATE, v.from, "JSON_TABLE", position);
    record_use(w, USE_ERROR, v.from, "JSON_TABLE", position);
    *existence = set_union(w, *existence, v.from);
    relation->known = true;
    relation->may_fail = true;
    relation->existence = v.from;
    v.length = LENGTH_UNBOUNDED;
    json_columns(w, node->child[SQL_JSON_TABLE_COLUMNS], v, relation);
    source->alias = sql_name(w->text, node->child[SQL_JSON_TABLE_ALIAS]);
    source->relation = relation;
    source->known = true;
    source->position = position;
    return leaf(w, scope, source);
}

/* ---- joins ---- */

static void join_condition(struct work *w, struct scope *scope, struct operand *join, size_t first,
                           const struct sql_node *on, set_t *existence)
{
    struct operand *before = scope->on;
    size_t before_first = scope->first, before_last = scope->last;
    enum clause clause = scope->clause;

    scope->on = join;
    scope->first = first;
    scope->last = scope->source_count;
    scope->clause = CLAUSE_ON;
    struct value v = expression_predicate(w, scope, on, "ON");
    scope->may_fail |= v.may_fail;
    scope->on = before;
    scope->first = before_first;
    scope->last = before_last;
    scope->clause = clause;
    *existence = set_union(w, *existence, v.from);
}

static struct operand *from_join(struct work *w, struct scope *scope, const struct cte *ctes,
                                 const struct sql_node *node, set_t *existence)
{
    struct operand *join = arena_new(w->arena, struct operand);
    size_t first = scope->source_count;

    if (join == NULL)
        return NULL;
    join->left = from_node(w, scope, ctes, node->child[SQL_JOIN_LEFT], existence);
    /* What stands to the left is visible to a LATERAL on the right. */
    size_t operands = scope->operand_count;
    if (join->left != NULL)
        operand_push(w, scope, join->left);
    join->right = from_node(w, scope, ctes, node->child[SQL_JOIN_RIGHT], existence);
    scope->operand_count = operands;
    if (join->left == NULL || join->right == NULL)
        return NULL;
    bool right = node->op == SQL_JOIN_OUTER_RIGHT;
    if (sql_flag(node, SQL_FLAG_NATURAL) || node->child[SQL_JOIN_USING] != NULL) {
        operand_natural(w, join, node->child[SQL_JOIN_USING], right, work_position(w, node));
        for (size_t i = 0; i < join->count; i++)
            if (join->columns[i].value.from.count > 1) {
                *existence = set_union(w, *existence, join->columns[i].value.from);
                scope->may_fail |= join->columns[i].value.may_fail;
            }
    }
    if (node->child[SQL_JOIN_ON] != NULL)
        join_condition(w, scope, join, first, node->child[SQL_JOIN_ON], existence);
    return join;
}

static struct operand *from_node(struct work *w, struct scope *scope, const struct cte *ctes,
                                 const struct sql_node *node, set_t *existence)
{
    struct operand *operand = NULL;

    if (node == NULL || !work_enter(w, node))
        return NULL;
    if (node->kind == SQL_TABLE_REF)
        operand = from_table(w, scope, ctes, node);
    else if (node->kind == SQL_DERIVED)
        operand = from_derived(w, scope, ctes, node);
    else if (node->kind == SQL_JOIN)
        operand = from_join(w, scope, ctes, node, existence);
    else if (node->kind == SQL_JSON_TABLE)
        operand = from_json_table(w, scope, node, existence);
    else
        record_unknown(w, "table", str_slice(sql_node_text(w->text, node), 0, 60),
                       work_position(w, node));
    work_leave(w);
    return operand;
}

void from_list(struct work *w, struct scope *scope, const struct cte *ctes,
               const struct sql_node *list, set_t *existence)
{
    for (uint32_t i = 0; list != NULL && i < list->count && !work_failed(w); i++) {
        struct operand *operand = from_node(w, scope, ctes, list->child[i], existence);
        if (operand != NULL)
            operand_push(w, scope, operand);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * INSERT, REPLACE, UPDATE, DELETE, LOAD. What a write sets off is in write.c.
 */
#include "lineage/internal.h"

static struct scope *new_scope(struct work *w, const struct cte *ctes)
{
    struct scope *scope = arena_new(w->arena, struct scope);

    if (scope != NULL)
        scope->ctes = ctes;
    return scope;
}

static void add_source(struct work *w, struct scope *scope, struct source *source)
{
    struct operand *operand = arena_new(w->arena, struct operand);
    struct source **slot = arena_push(w->arena, &scope->sources, &scope->source_count,
                                      &scope->source_cap, sizeof(*slot));

    if (slot != NULL)
        *slot = source;
    if (operand == NULL || slot == NULL)
        return;
    operand->source = source;
    operand_push(w, scope, operand);
}

/* The table that a statement writes to; NULL when it can't be written to by what is known. */
static bool writable(struct work *w, const struct source *source, enum privilege privilege,
                     uint32_t position)
{
    if (source == NULL || source->use == NULL || source->table == NULL) {
        if (source != NULL && source->schema.len > 0)
            record_need(w, privilege, OBJECT_TABLE, source->schema, source->alias, position);
        record_unknown(w, "table", source ? source->alias : STR("target"), position);
        return false;
    }
    return true;
}

/* ---- INSERT ---- */

struct insert {
    struct source *target;
    struct scope *scope;
    size_t *columns; /* target index by position; SIZE_MAX: not known */
    size_t count;
};

static void insert_all_columns(struct work *w, struct insert *in)
{
    size_t all = source_column_count(in->target);

    in->columns = arena_array(w->arena, all, size_t);
    for (size_t i = 0; in->columns != NULL && i < all; i++)
        if (in->target->relation != NULL || !in->target->table->columns[i].invisible)
            in->columns[in->count++] = i;
}

static size_t insert_column(struct work *w, struct insert *in, const struct sql_node *node)
{
    struct str name = node->kind == SQL_COLUMN ? sql_name(w->text, node->child[SQL_COLUMN_NAME])
                                               : sql_name(w->text, node);
    ptrdiff_t i = source_column_find(in->target, name);

    if (i < 0) {
        record_unknown(w, "column", name, work_position(w, node));
        return SIZE_MAX;
    }
    record_column(w, in->target->use, PRIVILEGE_INSERT, (size_t)i);
    return (size_t)i;
}

/* `named`: without a list of columns all are written, but not by VALUES (). */
static void insert_columns(struct work *w, struct insert *in, const struct sql_node *list,
                           bool named)
{
    if (list == NULL && !named)
        return;
    if (list == NULL) {
        insert_all_columns(w, in);
        for (size_t i = 0; i < in->count; i++)
            record_column(w, in->target->use, PRIVILEGE_INSERT, in->columns[i]);
        record_unnamed(w, in->target->use, PRIVILEGE_INSERT);
        return;
    }
    in->columns = arena_array(w->arena, list->count, size_t);
    for (uint32_t i = 0; in->columns != NULL && i < list->count; i++)
        in->columns[in->count++] = insert_column(w, in, list->child[i]);
}

static void insert_value(struct work *w, struct insert *in, size_t i, struct value value,
                         uint32_t position)
{
    if (i < in->count && in->columns[i] != SIZE_MAX)
        write_column(w, in->target, in->columns[i], value, EVENT_INSERT, position);
}

/* Rows of constants are the common case: the first one says which columns are written. */
static void insert_rows(struct work *w, struct insert *in, const struct sql_node *rows)
{
    for (uint32_t r = 0; rows != NULL && r < rows->count && !work_failed(w); r++) {
        const struct sql_node *list = rows->child[r]->child[SQL_ROW_VALUES];
        for (uint32_t c = 0; list != NULL && c < list->count; c++) {
            const struct sql_node *node = list->child[c];
            struct value v = expression(w, in->scope, node);
            if (r == 0 || v.from.count > 0)
                insert_value(w, in, c, v, work_position(w, node));
        }
    }
}

static void insert_set(struct work *w, struct insert *in, const struct sql_node *list)
{
    in->columns = arena_array(w->arena, list->count, size_t);
    in->count = 0;
    for (uint32_t i = 0; in->columns != NULL && i < list->count; i++) {
        const struct sql_node *node = list->child[i];
        in->columns[in->count++] = insert_column(w, in, node->child[SQL_ASSIGNMENT_TARGET]);
        struct value v = expression(w, in->scope, node->child[SQL_ASSIGNMENT_VALUE]);
        insert_value(w, in, i, v, work_position(w, node));
    }
}

/* `AS new (a, b)`: the row that was to be inserted, under other names. */
static void insert_alias(struct work *w, struct insert *in, const struct sql_node *node)
{
    const struct sql_node *alias = node->child[SQL_INSERT_ALIAS];
    const struct sql_node *names = node->child[SQL_INSERT_ALIAS_COLUMNS];
    struct source *source = arena_new(w->arena, struct source);
    struct relation *relation = arena_new(w->arena, struct relation);

    if (alias == NULL || source == NULL || relation == NULL)
        return;
    relation->known = true;
    relation->columns = arena_array(w->arena, in->count, struct result_column);
    for (size_t i = 0; relation->columns != NULL && i < in->count; i++) {
        struct result_column *column = &relation->columns[relation->count++];
        if (in->columns[i] == SIZE_MAX)
            continue;
        *column = in->target->relation != NULL
                      ? in->target->relation->columns[in->columns[i]]
                      : (struct result_column){
                            .name = in->target->table->columns[in->columns[i]].name,
                            .value = value_of_column(
                                w, &in->target->table->columns[in->columns[i]],
                                record_base(w, in->target->use, in->columns[i]))};
        if (names != NULL && i < names->count)
            result_column_rename(column, sql_name(w->text, names->child[i]));
    }
    source->alias = sql_name(w->text, alias);
    source->relation = relation;
    source->known = true;
    add_source(w, in->scope, source);
}

static void assign(struct work *w, struct scope *scope, const struct sql_node *node,
                   enum event event)
{
    const struct sql_node *target = node->child[SQL_ASSIGNMENT_TARGET];
    uint32_t position = work_position(w, node);
    struct value v = expression(w, scope, node->child[SQL_ASSIGNMENT_VALUE]);
    struct str table = STR_NONE, name = sql_name(w->text, target);

    if (target->kind == SQL_COLUMN) {
        table = sql_name(w->text, target->child[SQL_COLUMN_TABLE]);
        name = sql_name(w->text, target->child[SQL_COLUMN_NAME]);
    }
    bool found = false;
    bool duplicate = w->mariadb && event == EVENT_DUPLICATE;
    event = event == EVENT_DUPLICATE ? EVENT_UPDATE : event;
    for (size_t i = 0; i < scope->source_count; i++) {
        struct source *source = scope->sources[i];
        if (table.len > 0 && !catalog_table_name_equal(w->lower_case, source->alias, table))
            continue;
        ptrdiff_t c = source->known ? source_column_find(source, name) : -1;
        if (c < 0 || source->use == NULL)
            continue;
        record_column(w, source->use, PRIVILEGE_UPDATE, (size_t)c);
        if (duplicate) /* MariaDB asks for reading it as well */
            record_column(w, source->use, PRIVILEGE_SELECT, (size_t)c);
        write_column(w, source, (size_t)c, v, event, position);
        write_tables(w, source, EVENT_UPDATE, position);
        found = true;
    }
    if (!found)
        record_unknown(w, "column", work_table_text(w, STR_NONE, table, name), position);
    for (size_t i = 0; !found && i < scope->source_count; i++) {
        const struct source *source = scope->sources[i];
        if (!source->known && source->schema.len > 0)
            record_need(w, PRIVILEGE_UPDATE, OBJECT_TABLE, source->schema,
                        source->system.len > 0 ? source->system : source->alias, position);
    }
}

/* RETURNING shows what the columns hold now. */
static void returning(struct work *w, struct scope *scope, const struct sql_node *items)
{
    struct relation relation = {.known = true};

    if (items == NULL)
        return;
    query_items(w, scope, items, &relation);
    for (size_t i = 0; i < relation.count; i++) {
        struct value *v = &relation.columns[i].value;
        size_t before = v->from.count;
        v->from = record_written(w, v->from);
        v->plain &= v->from.count == before;
    }
    statement_outputs(w, &relation);
}

/* MariaDB asks for more on the columns that are inserted into: UPDATE where they may be updated
 * (ON DUPLICATE KEY), SELECT where something is returned. */
static void insert_needs(struct work *w, const struct insert *in, enum privilege privilege)
{
    for (size_t i = 0; w->mariadb && i < in->count; i++)
        if (in->columns[i] != SIZE_MAX)
            record_column(w, in->target->use, privilege, in->columns[i]);
}

/* MariaDB asks for INSERT on what an INSERT returns. */
static void returning_needs(struct work *w, struct table_use *use)
{
    const bool *returned = use->privileges[PRIVILEGE_SELECT];

    for (size_t i = 0; w->mariadb && returned != NULL && i < use->table->column_count; i++)
        if (returned[i])
            record_column(w, use, PRIVILEGE_INSERT, i);
}

void dml_insert(struct work *w, const struct sql_node *node)
{
    const struct sql_node *name = node->child[SQL_INSERT_TABLE];
    struct insert in = {.scope = new_scope(w, NULL)};
    uint32_t position = work_position(w, node);
    const struct sql_node *query = node->child[SQL_INSERT_QUERY];

    w->analysis->writes = true;
    w->no_result = true;
    in.target = from_named(w, NULL, name, sql_name_object(w->text, name), false);
    if (in.scope == NULL || !writable(w, in.target, PRIVILEGE_INSERT, position)) {
        if (query != NULL)
            query_relation(w, NULL, NULL, query);
        return;
    }
    if (sql_flag(node, SQL_FLAG_REPLACE))
        record_whole(w, in.target->use, PRIVILEGE_DELETE);
    struct scope *select_scope = NULL;
    const struct relation *relation =
        query ? query_relation_scope(w, NULL, NULL, query, &select_scope) : NULL;
    add_source(w, in.scope, in.target);
    if (node->child[SQL_INSERT_SET] != NULL) {
        insert_set(w, &in, node->child[SQL_INSERT_SET]);
    } else {
        const struct sql_node *rows = node->child[SQL_INSERT_ROWS];
        const struct sql_node *first =
            rows != NULL && rows->count > 0 ? rows->child[0]->child[SQL_ROW_VALUES] : NULL;
        insert_columns(w, &in, node->child[SQL_INSERT_COLUMNS],
                       rows == NULL || (first != NULL && first->count > 0));
        insert_rows(w, &in, rows);
    }
    for (size_t i = 0; relation != NULL && i < relation->count; i++)
        insert_value(w, &in, i, relation->columns[i].value, position);
    if (in.count == 0) /* () VALUES (): no column is named, a row is written all the same */
        record_whole(w, in.target->use, PRIVILEGE_INSERT);
    if (relation != NULL && relation->known && in.target->known && relation->count != in.count)
        record_unknown(w, "columns", STR("INSERT"), position);
    write_tables(w, in.target, EVENT_INSERT, position);
    if (sql_flag(node, SQL_FLAG_REPLACE)) {
        write_replaced(w, in.target, position);
        write_tables(w, in.target, EVENT_DELETE, position);
    }
    insert_alias(w, &in, node);
    in.scope->outer = select_scope;
    const struct sql_node *duplicate = node->child[SQL_INSERT_DUPLICATE];
    if (duplicate != NULL)
        insert_needs(w, &in, PRIVILEGE_UPDATE);
    if (node->child[SQL_INSERT_RETURNING] != NULL)
        insert_needs(w, &in, PRIVILEGE_SELECT);
    for (uint32_t i = 0; duplicate != NULL && i < duplicate->count; i++)
        assign(w, in.scope, duplicate->child[i], EVENT_DUPLICATE);
    in.scope->outer = NULL;
    returning(w, in.scope, node->child[SQL_INSERT_RETURNING]);
    if (node->child[SQL_INSERT_RETURNING] != NULL)
        returning_needs(w, in.target->use);
}

/* ---- UPDATE, DELETE ---- */

static bool has_column(const struct sql_node *node)
{
    if (node->kind == SQL_COLUMN || node->kind == SQL_SUBQUERY || node->kind == SQL_QUERY ||
        node->kind == SQL_PARAM)
        return true;
    for (uint32_t i = 0; i < node->count; i++)
        if (node->child[i] != NULL && has_column(node->child[i]))
            return true;
    return false;
}

/* True whatever the row: no column in it, or one of the alternatives is such, or `id = id`. */
static bool says_nothing(struct work *w, const struct sql_node *node)
{
    bool any = false, all = true;

    if (node->kind == SQL_BINARY && node->count == 2 && sql_op(node) == SQL_OP_EQUAL &&
        str_equal_nocase(sql_node_text(w->text, node->child[0]),
                         sql_node_text(w->text, node->child[1])))
        return true;
    if (node->kind != SQL_BINARY || (sql_op(node) != SQL_OP_OR && sql_op(node) != SQL_OP_AND))
        return !has_column(node);
    for (uint32_t i = 0; i < node->count; i++) {
        bool child = says_nothing(w, node->child[i]);
        any = any || child;
        all = all && child;
    }
    return sql_op(node) == SQL_OP_OR ? any : all;
}

static void where(struct work *w, struct scope *scope, const struct sql_node *node)
{
    if (node == NULL)
        return;
    scope->clause = CLAUSE_WHERE;
    expression_predicate(w, scope, node, "WHERE");
    scope->clause = CLAUSE_OTHER;
    w->analysis->has_where = !says_nothing(w, node);
    w->analysis->has_key =
        scope->source_count == 1 && query_key_named(w, scope->sources[0], node);
}

static void order_and_limit(struct work *w, struct scope *scope, const struct sql_node *order,
                            const struct sql_node *limit)
{
    struct relation none = {.known = true};
    set_t existence = {NULL, 0};

    query_order(w, scope, order, &none, &existence, "ORDER BY");
    query_limit(w, scope, limit, &existence);
    w->analysis->has_limit = limit != NULL;
}

static void portion(struct work *w, struct scope *scope, const struct sql_node *node)
{
    for (uint32_t i = 1; node != NULL && i < node->count; i++)
        if (node->child[i] != NULL)
            expression(w, scope, node->child[i]);
    if (node != NULL)
        record_unknown(w, "portion", STR("FOR PORTION OF"), work_position(w, node));
}

/* Of several tables those that are assigned to need not be readable, unless they are read. */
static void written_only(struct scope *scope)
{
    for (size_t i = 0; i < scope->source_count; i++) {
        struct table_use *use = scope->sources[i]->use;
        unsigned times = 0;
        for (size_t k = 0; k < scope->source_count; k++)
            times += scope->sources[k]->use == use;
        if (use != NULL && times == 1 && use->privileges[PRIVILEGE_UPDATE] != NULL)
            use->named = false;
    }
}

void dml_update(struct work *w, const struct sql_node *node)
{
    const struct cte *ctes = NULL;
    set_t existence = {NULL, 0};

    w->analysis->writes = true;
    w->no_result = true;
    if (node->child[SQL_UPDATE_WITH] != NULL)
        ctes = query_with(w, NULL, NULL, node->child[SQL_UPDATE_WITH]);
    struct scope *scope = new_scope(w, ctes);
    if (scope == NULL)
        return;
    from_list(w, scope, ctes, node->child[SQL_UPDATE_TABLES], &existence);
    if (scope->source_count == 1 && scope->sources[0]->use != NULL)
        scope->sources[0]->use->named = false;
    const struct sql_node *list = node->child[SQL_UPDATE_SET];
    for (uint32_t i = 0; list != NULL && i < list->count && !work_failed(w); i++)
        assign(w, scope, list->child[i], EVENT_UPDATE);
    written_only(scope);
    where(w, scope, node->child[SQL_UPDATE_WHERE]);
    order_and_limit(w, scope, node->child[SQL_UPDATE_ORDER], node->child[SQL_UPDATE_LIMIT]);
    portion(w, scope, node->child[SQL_UPDATE_PORTION]);
    returning(w, scope, node->child[SQL_UPDATE_RETURNING]);
}

static void delete_from(struct work *w, struct source *source, uint32_t position)
{
    if (!writable(w, source, PRIVILEGE_DELETE, position))
        return;
    record_whole(w, source->use, PRIVILEGE_DELETE);
    write_tables(w, source, EVENT_DELETE, position);
}

static void delete_named(struct work *w, struct scope *scope, const struct sql_node *target)
{
    struct str schema = sql_name_schema(w->text, target);
    struct str name = sql_name_object(w->text, target);
    struct source *source = scope_source_find(w, scope, schema, name);

    /* `DELETE t FROM t AS x` names the table where the alias is meant: all of that table. */
    for (size_t i = 0; source == NULL && i < scope->source_count; i++)
        if (scope->sources[i]->table != NULL &&
            catalog_table_name_equal(w->lower_case, scope->sources[i]->table->name, name))
            source = scope->sources[i];
    if (source == NULL)
        record_unknown(w, "table", work_table_text(w, schema, name, STR_NONE),
                       work_position(w, target));
    else
        delete_from(w, source, work_position(w, target));
}

void dml_delete(struct work *w, const struct sql_node *node)
{
    const struct cte *ctes = NULL;
    const struct sql_node *targets = node->child[SQL_DELETE_TARGETS];
    set_t existence = {NULL, 0};

    w->analysis->writes = true;
    w->no_result = true;
    if (node->child[SQL_DELETE_WITH] != NULL)
        ctes = query_with(w, NULL, NULL, node->child[SQL_DELETE_WITH]);
    struct scope *scope = new_scope(w, ctes);
    if (scope == NULL)
        return;
    from_list(w, scope, ctes, node->child[SQL_DELETE_FROM], &existence);
    if (targets == NULL && scope->source_count == 1 && scope->sources[0]->use != NULL)
        scope->sources[0]->use->named = false;
    if (targets == NULL) {
        if (scope->source_count > 0)
            delete_from(w, scope->sources[0], work_position(w, node));
    } else {
        for (uint32_t i = 0; i < targets->count; i++)
            delete_named(w, scope, targets->child[i]);
    }
    if (sql_flag(node, SQL_FLAG_HISTORY) && scope->source_count > 0) {
        record_whole(w, scope->sources[0]->use, PRIVILEGE_DELETE_HISTORY);
        if (node->child[SQL_DELETE_WHERE] != NULL)
            expression(w, scope, node->child[SQL_DELETE_WHERE]);
    } else {
        where(w, scope, node->child[SQL_DELETE_WHERE]);
    }
    order_and_limit(w, scope, node->child[SQL_DELETE_ORDER], node->child[SQL_DELETE_LIMIT]);
    portion(w, scope, node->child[SQL_DELETE_PORTION]);
    returning(w, scope, node->child[SQL_DELETE_RETURNING]);
}

/* ---- LOAD DATA, LOAD XML ---- */

static void load_variable(struct work *w, const struct sql_node *node)
{
    struct str name = arena_printf(w->arena, "@%.*s", STR_ARG(sql_name(w->text, node)));

    record_sink(w, SINK_USER_VARIABLE, name, (set_t){NULL, 0}, work_position(w, node));
    record_effect(w, EFFECT_SETS_VARIABLE, name, work_position(w, node));
}

void dml_load(struct work *w, const struct sql_node *node)
{
    const struct sql_node *name = node->child[SQL_LOAD_TABLE];
    const struct sql_node *fields = node->child[SQL_LOAD_FIELDS];
    const struct sql_node *list = node->child[SQL_LOAD_SET];
    struct insert in = {.scope = new_scope(w, NULL)};
    uint32_t position = work_position(w, node);
    bool local = sql_flag(node, SQL_FLAG_LOCAL);
    struct str file = sql_name(w->text, node->child[SQL_LOAD_FILE]);

    w->analysis->writes = true;
    w->no_result = true;
    record_effect(w, local ? EFFECT_READS_CLIENT_FILE : EFFECT_READS_FILE, file, position);
    if (!local)
        record_need(w, PRIVILEGE_FILE, OBJECT_GLOBAL, STR_NONE, STR_NONE, position);
    in.target = from_named(w, NULL, name, sql_name_object(w->text, name), false);
    if (in.scope == NULL || !writable(w, in.target, PRIVILEGE_INSERT, position))
        return;
    add_source(w, in.scope, in.target);
    if (fields == NULL)
        insert_columns(w, &in, NULL, true);
    in.columns = fields ? arena_array(w->arena, fields->count, size_t) : in.columns;
    for (uint32_t i = 0; fields != NULL && in.columns != NULL && i < fields->count; i++)
        if (fields->child[i]->kind != SQL_USER_VARIABLE)
            in.columns[in.count++] = insert_column(w, &in, fields->child[i]);
        else
            load_variable(w, fields->child[i]);
    for (size_t i = 0; i < in.count; i++)
        insert_value(w, &in, i, (struct value){.length = LENGTH_UNBOUNDED}, position);
    /* What is SET is inserted, not updated: INSERT is all that the servers ask. */
    if (list != NULL)
        insert_set(w, &in, list);
    if (sql_flag(node, SQL_FLAG_REPLACE)) {
        record_whole(w, in.target->use, PRIVILEGE_DELETE);
        write_tables(w, in.target, EVENT_DELETE, position);
    }
    write_tables(w, in.target, EVENT_INSERT, position);
}

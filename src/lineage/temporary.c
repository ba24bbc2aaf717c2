/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/internal.h"

#include "catalog/ddl.h"

static enum catalog_type type_of(enum value_type type)
{
    switch (type) {
    case VALUE_INTEGER: return CATALOG_TYPE_INTEGER;
    case VALUE_DECIMAL: return CATALOG_TYPE_DECIMAL;
    case VALUE_FLOAT: return CATALOG_TYPE_FLOAT;
    case VALUE_TEXT: return CATALOG_TYPE_TEXT;
    case VALUE_BINARY: return CATALOG_TYPE_BINARY;
    case VALUE_TEMPORAL: return CATALOG_TYPE_TEMPORAL;
    case VALUE_JSON: return CATALOG_TYPE_JSON;
    case VALUE_GEOMETRY: return CATALOG_TYPE_GEOMETRY;
    case VALUE_UNKNOWN:
    case VALUE_NULL:
    case VALUE_ROW: break;
    }
    return CATALOG_TYPE_OTHER;
}

/* Behind the columns written out, those of the query that have other names. */
static bool add_columns(const struct relation *relation, struct arena *arena,
                        struct catalog_table *table)
{
    struct catalog_column *columns =
        arena_array(arena, table->column_count + relation->count, struct catalog_column);

    if (columns == NULL)
        return false;
    size_t n = table->column_count;
    for (size_t i = 0; i < n; i++)
        columns[i] = table->columns[i];
    for (size_t i = 0; i < relation->count; i++) {
        bool there = false;
        for (size_t k = 0; k < table->column_count && !there; k++)
            there = catalog_name_equal(columns[k].name, relation->columns[i].name);
        if (there)
            continue;
        columns[n] = (struct catalog_column){.name = relation->columns[i].name,
                                             .ordinal = (uint32_t)n + 1,
                                             .type = type_of(relation->columns[i].value.type),
                                             .nullable = true,
                                             .has_default = true};
        n++;
    }
    table->columns = columns;
    table->column_count = n;
    return true;
}

/* CREATE … SELECT: the columns written out, then those of the query that have other names. When
 * the query's are not known the table is opaque. */
static bool add_selected(const struct lineage_context *context, const struct sql_script *script,
                         const struct sql_node *query, struct arena *arena,
                         struct catalog_table *table)
{
    struct relation relation;

    table->key_count = 0;
    if (!lineage_query(context, script, query, arena, &relation) || !relation.known) {
        table->column_count = 0;
        return true;
    }
    return add_columns(&relation, arena, table);
}

/* A table that a program makes, as long as the program's statement runs. */
void temporary_made(struct work *w, const struct sql_node *create, const struct relation *query)
{
    struct catalog_table table;
    struct made_table *made;

    if (!catalog_ddl_table(w->text, create, w->schema, w->arena, &table) ||
        (query != NULL && (!query->known || !add_columns(query, w->arena, &table))))
        return; /* reading it is an unknown */
    for (made = w->made; made != NULL; made = made->next)
        if (catalog_table_name_equal(w->lower_case, made->table.schema, table.schema) &&
            catalog_table_name_equal(w->lower_case, made->table.name, table.name))
            break;
    bool same = made != NULL && made->table.column_count == table.column_count;
    for (size_t i = 0; same && i < table.column_count; i++)
        same = catalog_name_equal(made->table.columns[i].name, table.columns[i].name);
    if (made != NULL) {
        if (!same)
            record_unknown(w, "temporary table",
                           work_table_text(w, table.schema, table.name, STR_NONE),
                           w->outer_position);
        return;
    }
    made = arena_new(w->arena, struct made_table);
    table.kind = CATALOG_TABLE_TEMPORARY;
    if (made == NULL || !catalog_table_order(w->arena, &table))
        return;
    made->table = table;
    made->next = w->made;
    w->made = made;
    w->growth++;
}

const struct catalog_table *temporary_find(struct work *w, struct str schema, struct str name)
{
    for (struct made_table *made = w->made; made != NULL; made = made->next)
        if (catalog_table_name_equal(w->lower_case, made->table.schema, schema) &&
            catalog_table_name_equal(w->lower_case, made->table.name, name))
            return &made->table;
    return NULL;
}

struct following {
    const struct lineage_context *context;
    const struct sql_script *script;
    struct catalog_overlay *overlay;
    bool succeeded, changed;
};

static struct str schema_named(const struct following *f, const struct sql_node *name)
{
    struct str schema = sql_name_schema(f->script->text, name);

    return schema.len > 0 ? schema : f->context->schema;
}

static void obscure(struct following *f, const struct sql_node *name)
{
    struct str object = sql_name_object(f->script->text, name);

    if (object.len > 0 && catalog_overlay_obscure(f->overlay, schema_named(f, name), object))
        f->changed = true;
}

static bool put(struct following *f, const struct catalog_table *table)
{
    f->changed = true;
    return catalog_overlay_put(f->overlay, table);
}

/* A DROP of several drops those that are there and then fails over the one that is not. */
static void dropped(struct following *f, const struct sql_node *list)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct sql_node *name = list->child[i];
        if (!f->succeeded)
            obscure(f, name);
        else if (catalog_overlay_drop(f->overlay, schema_named(f, name),
                                      sql_name_object(f->script->text, name)))
            f->changed = true;
    }
}

static void renamed(struct following *f, const struct sql_node *list)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++)
        for (uint32_t k = 0; k < list->child[i]->count; k++)
            if (list->child[i]->child[k] != NULL && list->child[i]->child[k]->kind == SQL_NAME)
                obscure(f, list->child[i]->child[k]);
}

static bool make_like(struct following *f, const struct sql_node *n)
{
    struct str schema = schema_named(f, n->child[1]);
    struct str name = sql_name_object(f->script->text, n->child[1]);
    const struct catalog_table *source = catalog_overlay_find(f->overlay, schema, name);
    struct catalog_table table = {.column_count = 0};

    if (source == NULL)
        source = catalog_table_find(f->context->catalog, schema, name);
    if (source != NULL)
        table = *source;
    table.schema = schema_named(f, n->child[0]);
    table.name = sql_name_object(f->script->text, n->child[0]);
    table.kind = CATALOG_TABLE_TEMPORARY;
    return put(f, &table);
}

static bool make(struct following *f, const struct sql_node *n)
{
    struct catalog_table table;
    struct arena arena;

    if (n->kind == SQL_CREATE_TABLE_LIKE)
        return make_like(f, n);
    arena_init(&arena, LIMIT_STATEMENT_ARENA / 16);
    bool done = catalog_ddl_table(f->script->text, n, f->context->schema, &arena, &table);
    if (done && n->child[SQL_CREATE_TABLE_QUERY] != NULL)
        done = add_selected(f->context, f->script, n->child[SQL_CREATE_TABLE_QUERY], &arena,
                            &table);
    done = done && put(f, &table);
    arena_release(&arena);
    return done;
}

static bool created(struct following *f, const struct sql_node *n)
{
    const struct sql_node *name = n->child[0];
    bool there = catalog_overlay_find(f->overlay, schema_named(f, name),
                                      sql_name_object(f->script->text, name)) != NULL;

    /* OR REPLACE drops first; where it then fails there is none any more. */
    if (!f->succeeded || !sql_flag(n, SQL_FLAG_TEMPORARY)) {
        if (sql_flag(n, SQL_FLAG_OR_REPLACE))
            obscure(f, name);
        return true;
    }
    if (there && sql_flag(n, SQL_FLAG_IF_EXISTS))
        return true; /* IF NOT EXISTS: it stays as it was */
    return make(f, n);
}

/* `schema.table`, as the analysis tells it: it may be there now, or no longer. */
static bool may_have_changed(struct following *f, struct str name)
{
    struct catalog_table table = {.kind = CATALOG_TABLE_TEMPORARY};

    return str_split(name, '.', &table.schema, &table.name) &&
           str_find_char(table.name, '.') < 0 && put(f, &table);
}

static bool is_routine(struct str what)
{
    return str_equal(what, STR("routine")) || str_equal(what, STR("function")) ||
           str_equal(what, STR("procedure")) || str_equal(what, STR("trigger"));
}

/* Blocks, CALL, functions in queries. Of a body that was read the analysis tells which temporary
 * tables it touches; one that nobody has read may have touched all. */
static bool other(struct following *f, const struct sql_node *n, const struct analysis *analysis)
{
    bool all = n->kind == SQL_EXECUTE || n->kind == SQL_EXECUTE_IMMEDIATE;

    for (size_t i = 0; i < analysis->unknown_count; i++)
        all = all || is_routine(analysis->unknowns[i].what);
    if (all && catalog_overlay_obscure(f->overlay, STR_NONE, STR_NONE))
        f->changed = true;
    for (size_t i = 0; i < analysis->change_count; i++)
        if (analysis->changes[i].kind == CHANGE_TEMPORARY &&
            !may_have_changed(f, analysis->changes[i].name))
            return false;
    return true;
}

bool lineage_temporary(const struct lineage_context *context, const struct sql_script *script,
                       const struct sql_statement *statement, const struct analysis *analysis,
                       bool succeeded, struct catalog_overlay *overlay, bool *ret_changed)
{
    const struct sql_node *n = statement->root;
    struct following f = {context, script, overlay, succeeded, false};
    bool done = true;

    if (n->kind == SQL_DROP_TABLE)
        dropped(&f, n->child[0]);
    else if (n->kind == SQL_ALTER_TABLE)
        obscure(&f, n->child[SQL_ALTER_TABLE_NAME]);
    else if (n->kind == SQL_RENAME_TABLE)
        renamed(&f, n->child[0]);
    else if (n->kind == SQL_DROP_SCHEMA)
        f.changed = catalog_overlay_obscure(
            overlay, analysis->change_count > 0 ? analysis->changes[0].name : STR_NONE, STR_NONE);
    else if (n->kind == SQL_CREATE_TABLE || n->kind == SQL_CREATE_TABLE_LIKE)
        done = created(&f, n);
    else
        done = other(&f, n, analysis);
    *ret_changed = f.changed;
    return done;
}

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

/* CREATE … SELECT: the columns written out, then those of the query that have other names. When
 * the query's are not known the table is opaque. */
static bool add_selected(const struct lineage_context *context, const struct sql_script *script,
                         const struct sql_node *query, struct arena *arena,
                         struct catalog_table *table)
{
    struct relation relation;
    struct catalog_column *columns;

    table->key_count = 0;
    if (!lineage_query(context, script, query, arena, &relation) || !relation.known) {
        table->column_count = 0;
        return true;
    }
    columns = arena_array(arena, table->column_count + relation.count, struct catalog_column);
    if (columns == NULL)
        return false;
    size_t n = table->column_count;
    for (size_t i = 0; i < n; i++)
        columns[i] = table->columns[i];
    for (size_t i = 0; i < relation.count; i++) {
        bool there = false;
        for (size_t k = 0; k < table->column_count && !there; k++)
            there = catalog_name_equal(columns[k].name, relation.columns[i].name);
        if (there)
            continue;
        columns[n] = (struct catalog_column){.name = relation.columns[i].name,
                                             .ordinal = (uint32_t)n + 1,
                                             .type = type_of(relation.columns[i].value.type),
                                             .nullable = true,
                                             .has_default = true};
        n++;
    }
    table->columns = columns;
    table->column_count = n;
    return true;
}

bool lineage_temporary(const struct lineage_context *context, const struct sql_script *script,
                       const struct sql_statement *statement, struct catalog_overlay *overlay)
{
    const struct sql_node *n = statement->root;
    const struct sql_text *text = script->text;
    struct catalog_table table;
    struct arena arena;

    if (n->kind == SQL_DROP_TABLE) {
        const struct sql_node *list = n->child[0];
        for (uint32_t i = 0; list != NULL && i < list->count; i++) {
            struct str schema = sql_name_schema(text, list->child[i]);
            catalog_overlay_drop(overlay, schema.len > 0 ? schema : context->schema,
                                 sql_name_object(text, list->child[i]));
        }
        return true;
    }
    if (n->kind == SQL_ALTER_TABLE) {
        /* What it looks like now is not followed: it becomes opaque. */
        struct str schema = sql_name_schema(text, n->child[SQL_ALTER_TABLE_NAME]);
        const struct catalog_table *altered = catalog_overlay_find(
            overlay, schema.len > 0 ? schema : context->schema,
            sql_name_object(text, n->child[SQL_ALTER_TABLE_NAME]));
        if (altered == NULL)
            return true;
        table = (struct catalog_table){.schema = altered->schema, .name = altered->name};
        return catalog_overlay_put(overlay, &table);
    }
    if ((n->kind != SQL_CREATE_TABLE && n->kind != SQL_CREATE_TABLE_LIKE) ||
        !sql_flag(n, SQL_FLAG_TEMPORARY))
        return true;
    arena_init(&arena, LIMIT_STATEMENT_ARENA / 16);
    struct str schema = sql_name_schema(text, n->child[0]);
    if (schema.len == 0)
        schema = context->schema;
    bool done = true;
    if (n->kind == SQL_CREATE_TABLE) {
        done = catalog_ddl_table(text, n, context->schema, &arena, &table);
        if (done && n->child[SQL_CREATE_TABLE_QUERY] != NULL)
            done = add_selected(context, script, n->child[SQL_CREATE_TABLE_QUERY], &arena, &table);
    } else {
        struct str from_schema = sql_name_schema(text, n->child[1]);
        struct str from = sql_name_object(text, n->child[1]);
        if (from_schema.len == 0)
            from_schema = context->schema;
        const struct catalog_table *source = catalog_overlay_find(overlay, from_schema, from);
        if (source == NULL)
            source = catalog_table_find(context->catalog, from_schema, from);
        table = source ? *source : (struct catalog_table){.column_count = 0};
        table.schema = schema;
        table.name = sql_name_object(text, n->child[0]);
        table.kind = CATALOG_TABLE_TEMPORARY;
    }
    done = done && catalog_overlay_put(overlay, &table);
    arena_release(&arena);
    return done;
}

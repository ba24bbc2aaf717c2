/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/internal.h"

#include "catalog/ddl.h"

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
            table.column_count = table.key_count = 0; /* opaque */
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

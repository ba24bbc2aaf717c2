/* SPDX-License-Identifier: Apache-2.0
 *
 * What drops stored programs; routine.c makes and alters them.
 */
#include "lineage/internal.h"

static void changed(struct work *w, const struct sql_node *n, struct str schema)
{
    struct str what = str_of(statement_kind_text(sql_statement_kind(w->text, n)));

    w->analysis->writes = true;
    record_effect(w, EFFECT_CHANGES_SCHEMA, what, work_position(w, n));
    record_effect(w, EFFECT_COMMITS, what, work_position(w, n));
    record_change(w, CHANGE_CATALOG, schema, STR_NONE);
    if (schema.len > 0 && catalog_schema_is_system(schema))
        record_unknown(w, "system table", schema, work_position(w, n));
}

static void drop_trigger(struct work *w, struct str schema, struct str name, uint32_t position)
{
    const struct catalog_table *table = NULL;

    if (catalog_trigger_find(w->context->catalog, schema, name, &table) != NULL)
        record_need(w, PRIVILEGE_TRIGGER, OBJECT_TABLE, table->schema, table->name, position);
    else /* as good as any of the schema's tables */
        record_need(w, PRIVILEGE_TRIGGER, OBJECT_SCHEMA, schema, STR_NONE, position);
}

/* A name without schema may be that of a loadable function, which belongs to the server. */
static void routine(struct work *w, const struct sql_node *n, struct str schema, struct str name,
                    uint32_t position)
{
    bool function = sql_flag(n, SQL_FLAG_FUNCTION);
    const struct catalog_routine *loadable =
        function && sql_name_schema(w->text, n->child[0]).len == 0
            ? catalog_routine_find(w->context->catalog, STR_NONE, name, true)
            : NULL;

    if (loadable != NULL && loadable->loadable) {
        record_effect(w, EFFECT_ADMINISTERS, STR("DROP FUNCTION"), position);
        record_need(w, PRIVILEGE_DELETE, OBJECT_TABLE, STR("mysql"), STR("func"), position);
        return;
    }
    const struct catalog_routine *known =
        catalog_routine_find(w->context->catalog, schema, name, function);
    record_need(w, PRIVILEGE_ALTER_ROUTINE, function ? OBJECT_FUNCTION : OBJECT_PROCEDURE,
                known ? known->schema : schema, known ? known->name : name, position);
}

void stored_statement(struct work *w, const struct sql_node *n)
{
    struct str schema = sql_name_schema(w->text, n->child[0]);
    struct str name = sql_name_object(w->text, n->child[0]);
    uint32_t position = work_position(w, n);

    w->no_result = true;
    if (schema.len == 0)
        schema = w->schema;
    if (n->kind == SQL_DROP_TRIGGER)
        drop_trigger(w, schema, name, position);
    else if (n->kind == SQL_DROP_EVENT)
        record_need(w, PRIVILEGE_EVENT, OBJECT_SCHEMA, schema, STR_NONE, position);
    else
        routine(w, n, schema, name, position);
    changed(w, n, schema);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Stored programs from CREATE statements: their bodies are kept as written.
 */
#include "catalog/loader.h"

struct str loader_schema(const struct loader *l, const struct sql_text *text,
                         const struct sql_node *name)
{
    struct str schema = sql_name_schema(text, name);

    return schema.len > 0 ? schema : l->schema;
}

static struct str definer_of(const struct sql_text *text, const struct sql_node *account)
{
    return account ? sql_node_text(text, account) : STR_NONE;
}

static struct catalog_parameter parameter_of(const struct sql_text *text,
                                             const struct sql_node *node, struct arena *arena)
{
    struct catalog_column column = {.ordinal = 1};

    catalog_ddl_type(text, node->child[SQL_PARAMETER_TYPE], arena, &column);
    return (struct catalog_parameter){
        .name = sql_name(text, node->child[SQL_PARAMETER_NAME]),
        .data_type = column.data_type,
        .column_type = column.column_type,
        .mode = node->op == SQL_PARAMETER_OUT     ? CATALOG_MODE_OUT
                : node->op == SQL_PARAMETER_INOUT ? CATALOG_MODE_INOUT
                                                  : CATALOG_MODE_IN,
    };
}

bool catalog_ddl_routine(const struct sql_text *text, const struct sql_node *n,
                         struct str schema, struct arena *arena, struct catalog_routine *ret)
{
    const struct sql_node *list = n->child[SQL_ROUTINE_PARAMETERS];
    size_t count = list ? list->count : 0;
    struct catalog_parameter *parameters = arena_array(arena, count, struct catalog_parameter);
    struct catalog_column returns = {.ordinal = 1};
    const struct sql_node *body = n->child[SQL_ROUTINE_BODY];
    struct str own = sql_name_schema(text, n->child[SQL_ROUTINE_NAME]);
    bool loadable = n->child[SQL_ROUTINE_LIBRARY] != NULL;

    if (parameters == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        parameters[i] = parameter_of(text, list->child[i], arena);
    if (n->child[SQL_ROUTINE_RETURNS] != NULL)
        catalog_ddl_type(text, n->child[SQL_ROUTINE_RETURNS], arena, &returns);
    *ret = (struct catalog_routine){
        .schema = loadable ? STR_NONE : own.len > 0 ? own : schema,
        .name = sql_name_object(text, n->child[SQL_ROUTINE_NAME]),
        .function = sql_flag(n, SQL_FLAG_FUNCTION),
        .aggregate = sql_flag(n, SQL_FLAG_AGGREGATE),
        .loadable = loadable,
        .text = body ? sql_node_text(text, body) : STR_NONE,
        .definer = definer_of(text, n->child[SQL_ROUTINE_DEFINER]),
        .sql_mode = sql_mode_text(text->context.mode, arena),
        .returns = returns.column_type,
        .returns_type = returns.data_type,
        .parameters = parameters,
        .parameter_count = count,
        .invoker = n->op == SQL_SECURITY_INVOKER,
        .external = n->child[SQL_ROUTINE_CODE] != NULL,
        .exact = true,
    };
    return !arena->failed;
}

static bool load_trigger(struct loader *l, const struct sql_text *text, const struct sql_node *n)
{
    static const char *const events[] = {"", "INSERT", "UPDATE", "DELETE"};
    const struct sql_node *table = n->child[SQL_TRIGGER_TABLE];
    struct str schema = loader_schema(l, text, table), name = sql_name_object(text, table);
    struct catalog_trigger trigger = {
        .name = sql_name_object(text, n->child[SQL_TRIGGER_NAME]),
        .event = str_of(events[n->op <= SQL_TRIGGER_DELETE ? n->op : 0]),
        .timing = sql_flag(n, SQL_FLAG_FIRST) ? STR("BEFORE") : STR("AFTER"),
        .text = sql_node_text(text, n->child[SQL_TRIGGER_BODY]),
        .sql_mode = l->mode,
        .definer = definer_of(text, n->child[SQL_TRIGGER_DEFINER]),
        .exact = true,
    };

    if (catalog_builder_find(l->builder, schema, name) == NULL)
        return fault_set(l->fault, l->arena, FAULT_catalog_unavailable,
                         "catalog file: no table %.*s", STR_ARG(sql_node_text(text, table)));
    return catalog_builder_trigger(l->builder, schema, name, &trigger);
}

static bool load_event(struct loader *l, const struct sql_text *text, const struct sql_node *n)
{
    const struct sql_node *body = n->child[SQL_EVENT_BODY];

    if (sql_flag(n, SQL_FLAG_ALTER) || body == NULL)
        return true;
    return catalog_builder_event(
        l->builder,
        &(struct catalog_event){.schema = loader_schema(l, text, n->child[SQL_EVENT_NAME]),
                                .name = sql_name_object(text, n->child[SQL_EVENT_NAME]),
                                .text = sql_node_text(text, body),
                                .definer = definer_of(text, n->child[SQL_EVENT_DEFINER]),
                                .sql_mode = l->mode,
                                .exact = true});
}

bool loader_program(struct loader *l, const struct sql_text *text, const struct sql_node *n)
{
    struct catalog_routine routine;

    if (n->kind == SQL_CREATE_ROUTINE)
        return catalog_ddl_routine(text, n, l->schema, l->arena, &routine) &&
               catalog_builder_routine(l->builder, &routine);
    if (n->kind == SQL_CREATE_TRIGGER)
        return load_trigger(l, text, n);
    if (n->kind == SQL_CREATE_EVENT)
        return load_event(l, text, n);
    if (n->kind == SQL_DROP_ROUTINE)
        catalog_builder_drop_routine(l->builder, loader_schema(l, text, n->child[0]),
                                     sql_name_object(text, n->child[0]),
                                     sql_flag(n, SQL_FLAG_FUNCTION));
    return true;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the queries in query.c, turned into objects. Each function names the columns that it
 * takes, in the query's order.
 */
#include "catalog/internal.h"

static bool said(struct str value, const char *text)
{
    return str_equal_nocase(value, str_of(text));
}

static bool has_word(struct str text, const char *word)
{
    struct str needle = str_of(word);

    for (size_t i = 0; i + needle.len <= text.len; i++)
        if (str_equal_nocase(str_slice(text, i, needle.len), needle))
            return true;
    return false;
}

/* SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME */
static bool row_schema(struct catalog_builder *builder, const struct str *v)
{
    return catalog_builder_schema(builder, &(struct catalog_schema){v[0], v[1], v[2]});
}

/* TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE */
static bool row_table(struct catalog_builder *builder, const struct str *v)
{
    struct catalog_table table = {.schema = v[0], .name = v[1], .engine = v[3]};

    if (said(v[2], "VIEW"))
        table.kind = CATALOG_TABLE_VIEW;
    else if (said(v[2], "SYSTEM VIEW"))
        table.kind = CATALOG_TABLE_SYSTEM_VIEW;
    else if (said(v[2], "SEQUENCE"))
        table.kind = CATALOG_TABLE_SEQUENCE;
    else if (said(v[2], "TEMPORARY"))
        return true; /* MariaDB 11.2 lists those of the loading session itself: never there */
    else
        table.kind = CATALOG_TABLE_BASE; /* also SYSTEM VERSIONED */
    return catalog_builder_table(builder, &table);
}

/* TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE,
 * COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, GENERATION_EXPRESSION */
static bool row_column(struct catalog_builder *builder, const struct str *v)
{
    uint64_t ordinal;
    struct catalog_column column = {
        .name = v[2],
        .data_type = v[6],
        .column_type = v[7],
        .charset = v[8],
        .collation = v[9],
        .expression = v[11],
        .default_text = v[4],
        .nullable = said(v[5], "YES"),
        .type = catalog_type_of(v[6]),
        .invisible = has_word(v[10], "INVISIBLE"),
        .auto_increment = has_word(v[10], "auto_increment"),
        .on_update = has_word(v[10], "on update"),
    };

    if (!str_to_u64(v[3], UINT32_MAX, &ordinal))
        return false;
    column.ordinal = (uint32_t)ordinal;
    column.has_default = v[4].ptr != NULL || column.nullable || column.auto_increment;
    return catalog_builder_column(builder, v[0], v[1], &column);
}

/* Adds a part to the table's last key when that has the same name and kind, else begins one. */
static bool key_part(struct catalog_builder *builder, struct str schema, struct str table,
                     const struct catalog_key *part, struct str to_column)
{
    struct table_draft *draft;

    if (catalog_builder_find(builder, schema, table) == NULL)
        return false;
    draft = builder->last;
    struct catalog_key *last = draft->key_count > 0 ? &draft->keys[draft->key_count - 1] : NULL;
    bool foreign = part->kind == CATALOG_KEY_FOREIGN;
    if (last == NULL || !str_equal(last->name, part->name) ||
        (last->kind == CATALOG_KEY_FOREIGN) != foreign) {
        struct catalog_key key = *part;
        key.to_columns = foreign ? &to_column : NULL;
        return catalog_builder_key(builder, schema, table, &key);
    }
    size_t n = last->column_count;
    struct str *columns = arena_array(&builder->arena, n + 1, struct str);
    struct str *expressions = arena_array(&builder->arena, n + 1, struct str);
    struct str *to = arena_array(&builder->arena, n + 1, struct str);
    if (columns == NULL || expressions == NULL || to == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        columns[i] = last->columns[i];
        expressions[i] = last->expressions ? last->expressions[i] : STR_NONE;
        to[i] = last->to_columns ? last->to_columns[i] : STR_NONE;
    }
    columns[n] = part->columns[0].len ? arena_copy(&builder->arena, part->columns[0]) : STR_NONE;
    if (part->expressions != NULL && part->expressions[0].len > 0)
        expressions[n] = arena_copy(&builder->arena, part->expressions[0]);
    if (to_column.len > 0)
        to[n] = arena_copy(&builder->arena, to_column);
    last->columns = columns;
    last->expressions = expressions;
    last->to_columns = foreign ? to : NULL;
    last->column_count = n + 1;
    return !builder->arena.failed;
}

/* TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME, EXPRESSION */
static bool row_index(struct catalog_builder *builder, const struct str *v)
{
    struct catalog_key key = {
        .name = v[2], .columns = &v[5], .expressions = &v[6], .column_count = 1};

    if (said(v[2], "PRIMARY"))
        key.kind = CATALOG_KEY_PRIMARY;
    else
        key.kind = said(v[3], "0") ? CATALOG_KEY_UNIQUE : CATALOG_KEY_INDEX;
    return key_part(builder, v[0], v[1], &key, STR_NONE);
}

/* TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA,
 * REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME, DELETE_RULE, UPDATE_RULE */
static bool row_foreign(struct catalog_builder *builder, const struct str *v)
{
    struct catalog_key key = {.name = v[2],
                              .kind = CATALOG_KEY_FOREIGN,
                              .columns = &v[3],
                              .column_count = 1,
                              .to_schema = v[4],
                              .to_table = v[5],
                              .on_delete = v[7],
                              .on_update = v[8]};

    return key_part(builder, v[0], v[1], &key, v[6]);
}

/* TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION, DEFINER, SECURITY_TYPE, ALGORITHM */
static bool row_view(struct catalog_builder *builder, const struct str *v)
{
    struct catalog_view view = {.definition = v[2],
                                .definer = v[3],
                                .invoker = said(v[4], "INVOKER"),
                                .algorithm = v[5]};

    return catalog_builder_view(builder, v[0], v[1], &view);
}

/* EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME, EVENT_MANIPULATION, ACTION_TIMING,
 * ACTION_STATEMENT, SQL_MODE, DEFINER */
static bool row_trigger(struct catalog_builder *builder, const struct str *v)
{
    struct catalog_trigger trigger = {.name = v[2],
                                      .event = v[3],
                                      .timing = v[4],
                                      .text = v[5],
                                      .sql_mode = v[6],
                                      .definer = v[7],
                                      .exact = builder->mariadb};

    return catalog_builder_trigger(builder, v[0], v[1], &trigger);
}

/* TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE */
static bool row_check(struct catalog_builder *builder, const struct str *v)
{
    return catalog_builder_check(builder, v[0], v[1], &(struct catalog_check){v[2], v[3]});
}

/* ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_DEFINITION, SQL_DATA_ACCESS, SECURITY_TYPE,
 * DEFINER, SQL_MODE, IS_DETERMINISTIC, DTD_IDENTIFIER, DATA_TYPE, ROUTINE_BODY */
static bool row_routine(struct catalog_builder *builder, const struct str *v)
{
    struct catalog_routine routine = {.schema = v[0],
                                      .name = v[1],
                                      .function = said(v[2], "FUNCTION"),
                                      .text = v[3],
                                      .data_access = v[4],
                                      .invoker = said(v[5], "INVOKER"),
                                      .definer = v[6],
                                      .sql_mode = v[7],
                                      .deterministic = said(v[8], "YES"),
                                      .returns = v[9],
                                      .returns_type = v[10],
                                      .external = !said(v[11], "SQL"),
                                      .exact = builder->mariadb};

    if (!routine.function && !said(v[2], "PROCEDURE"))
        return true; /* MariaDB's packages: a call of what is in one names none of these */
    return catalog_builder_routine(builder, &routine);
}

/* SPECIFIC_SCHEMA, SPECIFIC_NAME, ROUTINE_TYPE, PARAMETER_MODE, PARAMETER_NAME, DATA_TYPE,
 * DTD_IDENTIFIER */
static bool row_parameter(struct catalog_builder *builder, const struct str *v)
{
    struct catalog_parameter parameter = {.name = v[4],
                                          .data_type = v[5],
                                          .column_type = v[6],
                                          .mode = said(v[3], "OUT")     ? CATALOG_MODE_OUT
                                                  : said(v[3], "INOUT") ? CATALOG_MODE_INOUT
                                                                        : CATALOG_MODE_IN};

    return catalog_builder_parameter(builder, v[0], v[1], said(v[2], "FUNCTION"), &parameter);
}

/* EVENT_SCHEMA, EVENT_NAME, EVENT_DEFINITION, DEFINER, SQL_MODE */
static bool row_event(struct catalog_builder *builder, const struct str *v)
{
    return catalog_builder_event(builder, &(struct catalog_event){.schema = v[0],
                                                                  .name = v[1],
                                                                  .text = v[2],
                                                                  .definer = v[3],
                                                                  .sql_mode = v[4],
                                                                  .exact = builder->mariadb});
}

/* name, type */
static bool row_loadable(struct catalog_builder *builder, const struct str *v)
{
    struct catalog_routine routine = {.name = v[0],
                                      .function = true,
                                      .loadable = true,
                                      .aggregate = said(v[1], "aggregate")};

    return catalog_builder_routine(builder, &routine);
}

/* The queries run one after the other, while others make and drop tables: a row of a table that was
 * not yet there is passed over, so that what is named stays unknown. */
static bool came_later(struct catalog_builder *builder, enum catalog_query query,
                       const struct str *v)
{
    bool of_table = query == CATALOG_QUERY_COLUMNS || query == CATALOG_QUERY_INDEXES ||
                    query == CATALOG_QUERY_FOREIGN_KEYS || query == CATALOG_QUERY_VIEWS ||
                    query == CATALOG_QUERY_TRIGGERS || query == CATALOG_QUERY_CHECKS;

    return of_table && catalog_builder_find(builder, v[0], v[1]) == NULL;
}

bool catalog_builder_row(struct catalog_builder *builder, enum catalog_query query,
                         const struct str *values, size_t count)
{
    bool (*take)(struct catalog_builder *, const struct str *) = NULL;

    switch (query) {
    case CATALOG_QUERY_SERVER: return true;
    case CATALOG_QUERY_SCHEMATA: take = row_schema; break;
    case CATALOG_QUERY_TABLES: take = row_table; break;
    case CATALOG_QUERY_COLUMNS: take = row_column; break;
    case CATALOG_QUERY_INDEXES: take = row_index; break;
    case CATALOG_QUERY_FOREIGN_KEYS: take = row_foreign; break;
    case CATALOG_QUERY_VIEWS: take = row_view; break;
    case CATALOG_QUERY_TRIGGERS: take = row_trigger; break;
    case CATALOG_QUERY_CHECKS: take = row_check; break;
    case CATALOG_QUERY_ROUTINES: take = row_routine; break;
    case CATALOG_QUERY_PARAMETERS: take = row_parameter; break;
    case CATALOG_QUERY_EVENTS: take = row_event; break;
    case CATALOG_QUERY_LOADABLE: take = row_loadable; break;
    case CATALOG_QUERY_COUNT: break;
    }
    bool good = take != NULL && count == catalog_query_columns(query);
    if (!good || (!came_later(builder, query, values) && !take(builder, values))) {
        builder->failed = true;
        return false;
    }
    return true;
}

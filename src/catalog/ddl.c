/* SPDX-License-Identifier: Apache-2.0
 *
 * The text is divided at its semicolons by the lexer, then each statement is parsed by itself: a
 * file may hold more statements than one command may.
 */
#include "catalog/ddl.h"

#include "catalog/loader.h"

struct table_parts {
    const struct sql_text *text;
    struct arena *arena;
    struct catalog_column *columns;
    size_t column_count, column_cap;
    struct catalog_key *keys;
    size_t key_count, key_cap;
    struct catalog_check *checks;
    size_t check_count, check_cap;
    struct str schema;
};

static struct str lower(struct arena *arena, struct str s)
{
    struct str copy = arena_copy(arena, s);
    char *at = (char *)(uintptr_t)copy.ptr;

    for (size_t i = 0; i < copy.len; i++)
        at[i] = ascii_lower(at[i]);
    return copy;
}

/* The words of a type as information_schema has them: `CHARACTER VARYING(20)` is `varchar`. */
static struct str data_type(const struct sql_text *text, const struct sql_node *type,
                            struct arena *arena)
{
    static const char *const words[][2] = {
        {"character", "char"}, {"nchar", "char"},   {"nvarchar", "varchar"}, {"integer", "int"},
        {"int4", "int"},       {"int8", "bigint"},  {"int2", "smallint"},    {"int1", "tinyint"},
        {"int3", "mediumint"}, {"middleint", "mediumint"}, {"bool", "tinyint"},
        {"boolean", "tinyint"}, {"dec", "decimal"}, {"numeric", "decimal"},  {"fixed", "decimal"},
        {"real", "double"},    {"float8", "double"}, {"float4", "float"},    {"long", "mediumtext"},
        {"serial", "bigint"},  {"varcharacter", "varchar"},
    };
    struct str first = lower(arena, sql_token_text(text, type->first));
    bool varying = false;
    uint32_t at = type->first;

    if (str_equal(first, STR("national")) && at < type->last)
        first = lower(arena, sql_token_text(text, ++at));
    for (uint32_t t = at; t <= type->last; t++)
        varying = varying || str_equal_nocase(sql_token_text(text, t), STR("varying"));
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_equal(first, str_of(words[i][0])))
            first = str_of(words[i][1]);
    return varying && str_equal(first, STR("char")) ? STR("varchar") : first;
}

void catalog_ddl_type(const struct sql_text *text, const struct sql_node *type,
                      struct arena *arena, struct catalog_column *ret)
{
    ret->data_type = data_type(text, type, arena);
    ret->column_type = lower(arena, sql_node_text(text, type));
    ret->type = catalog_type_of(ret->data_type);
}

static struct str name_of(const struct table_parts *p, const struct sql_node *node)
{
    if (node == NULL)
        return STR_NONE;
    if (node->kind == SQL_COLUMN)
        return sql_name(p->text, node->child[SQL_COLUMN_NAME]);
    if (node->kind == SQL_NAME)
        return sql_name_object(p->text, node);
    return sql_name(p->text, node);
}

static void add_key(struct table_parts *p, const struct catalog_key *key)
{
    struct catalog_key *slot =
        arena_push(p->arena, &p->keys, &p->key_count, &p->key_cap, sizeof(*slot));

    if (slot != NULL)
        *slot = *key;
}

static void add_column_key(struct table_parts *p, struct str column, enum catalog_key_kind kind)
{
    struct str *names = arena_array(p->arena, 1, struct str);

    if (names == NULL)
        return;
    names[0] = column;
    add_key(p, &(struct catalog_key){.name = kind == CATALOG_KEY_PRIMARY ? STR("PRIMARY") : column,
                                     .kind = kind,
                                     .columns = names,
                                     .column_count = 1});
}

static void add_check(struct table_parts *p, const struct sql_node *node)
{
    struct catalog_check *slot =
        arena_push(p->arena, &p->checks, &p->check_count, &p->check_cap, sizeof(*slot));

    if (slot != NULL)
        *slot = (struct catalog_check){name_of(p, node->child[SQL_CHECK_NAME]),
                                       sql_node_text(p->text, node->child[SQL_CHECK_CONDITION])};
}

static void column_option(struct table_parts *p, struct catalog_column *column,
                          const struct sql_node *option)
{
    const struct sql_node *value = option->count > 0 ? option->child[0] : NULL;

    if (option->kind == SQL_CHECK)
        add_check(p, option);
    if (option->kind != SQL_OPTION)
        return;
    if (option->op == SQL_OPTION_NOT_NULL)
        column->nullable = false;
    else if (option->op == SQL_OPTION_DEFAULT) {
        column->has_default = true;
        column->default_text = value ? sql_node_text(p->text, value) : STR_NONE;
    } else if (option->op == SQL_OPTION_AUTO_INCREMENT)
        column->auto_increment = column->has_default = true;
    else if (option->op == SQL_OPTION_ON_UPDATE)
        column->on_update = true;
    else if (option->op == SQL_OPTION_INVISIBLE)
        column->invisible = true;
    else if (option->op == SQL_OPTION_UNIQUE)
        add_column_key(p, column->name, CATALOG_KEY_UNIQUE);
    else if (option->op == SQL_OPTION_PRIMARY) {
        column->nullable = false;
        add_column_key(p, column->name, CATALOG_KEY_PRIMARY);
    }
}

static void add_column(struct table_parts *p, const struct sql_node *node)
{
    const struct sql_node *type = node->child[SQL_COLUMN_DEF_TYPE];
    const struct sql_node *generated = node->child[SQL_COLUMN_DEF_GENERATED];
    const struct sql_node *options = node->child[SQL_COLUMN_DEF_OPTIONS];
    struct catalog_column column = {.name = name_of(p, node->child[SQL_COLUMN_DEF_NAME]),
                                    .ordinal = (uint32_t)p->column_count + 1,
                                    .nullable = true};

    if (type != NULL)
        catalog_ddl_type(p->text, type, p->arena, &column);
    if (generated != NULL)
        column.expression = sql_node_text(p->text, generated);
    for (uint32_t i = 0; options != NULL && i < options->count; i++)
        column_option(p, &column, options->child[i]);
    column.has_default = column.has_default || column.nullable;
    struct catalog_column *slot =
        arena_push(p->arena, &p->columns, &p->column_count, &p->column_cap, sizeof(*slot));
    if (slot != NULL)
        *slot = column;
}

static enum catalog_key_kind key_kind(uint16_t op)
{
    if (op == SQL_INDEX_PRIMARY)
        return CATALOG_KEY_PRIMARY;
    return op == SQL_INDEX_UNIQUE ? CATALOG_KEY_UNIQUE : CATALOG_KEY_INDEX;
}

static bool key_parts(const struct table_parts *p, const struct sql_node *list,
                      struct catalog_key *key)
{
    size_t count = list ? list->count : 0;
    struct str *columns = arena_array(p->arena, count, struct str);
    struct str *expressions = arena_array(p->arena, count, struct str);

    if (columns == NULL || expressions == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct sql_node *part = list->child[i];
        const struct sql_node *value =
            part->kind == SQL_KEY_PART ? part->child[SQL_KEY_PART_VALUE] : part;
        if (value->kind == SQL_COLUMN || value->kind == SQL_IDENT)
            columns[i] = name_of(p, value);
        else
            expressions[i] = sql_node_text(p->text, value);
    }
    key->columns = columns;
    key->expressions = expressions;
    key->column_count = count;
    return true;
}

/* ON {DELETE | UPDATE} rule: CASCADE, SET NULL, SET DEFAULT; the others change nothing. */
static struct str rule_of(const struct table_parts *p, const struct sql_node *references,
                          const char *event)
{
    struct str rule = STR_NONE;

    for (uint32_t t = references->first; t + 2 <= references->last; t++) {
        if (!str_equal_nocase(sql_token_text(p->text, t), STR("on")) ||
            !str_equal_nocase(sql_token_text(p->text, t + 1), str_of(event)))
            continue;
        struct str word = sql_token_text(p->text, t + 2);
        if (str_equal_nocase(word, STR("cascade")))
            rule = STR("CASCADE");
        else if (str_equal_nocase(word, STR("set")) && t + 3 <= references->last)
            rule = str_equal_nocase(sql_token_text(p->text, t + 3), STR("null"))
                       ? STR("SET NULL")
                       : STR("SET DEFAULT");
        else
            rule = STR("RESTRICT");
    }
    return rule;
}

static void add_foreign(struct table_parts *p, const struct sql_node *node)
{
    const struct sql_node *to = node->child[SQL_FOREIGN_KEY_REFERENCES];
    struct catalog_key key = {.name = name_of(p, node->child[SQL_FOREIGN_KEY_NAME]),
                              .kind = CATALOG_KEY_FOREIGN};
    struct catalog_key other = {.kind = CATALOG_KEY_FOREIGN};

    if (to == NULL || !key_parts(p, node->child[SQL_FOREIGN_KEY_COLUMNS], &key) ||
        !key_parts(p, to->child[SQL_REFERENCES_COLUMNS], &other))
        return;
    key.on_delete = rule_of(p, to, "delete");
    key.on_update = rule_of(p, to, "update");
    key.to_schema = sql_name_schema(p->text, to->child[SQL_REFERENCES_TABLE]);
    key.to_table = sql_name_object(p->text, to->child[SQL_REFERENCES_TABLE]);
    if (key.to_schema.len == 0)
        key.to_schema = p->schema;
    if (other.column_count == key.column_count)
        key.to_columns = other.columns;
    add_key(p, &key);
}

static void add_element(struct table_parts *p, const struct sql_node *node)
{
    if (node->kind == SQL_COLUMN_DEF) {
        add_column(p, node);
    } else if (node->kind == SQL_INDEX_DEF) {
        struct catalog_key key = {.name = name_of(p, node->child[SQL_INDEX_DEF_NAME]),
                                  .kind = key_kind(node->op)};
        if (key_parts(p, node->child[SQL_INDEX_DEF_PARTS], &key))
            add_key(p, &key);
    } else if (node->kind == SQL_FOREIGN_KEY) {
        add_foreign(p, node);
    } else if (node->kind == SQL_CHECK) {
        add_check(p, node);
    }
}

bool catalog_ddl_table(const struct sql_text *text, const struct sql_node *create,
                       struct str schema, struct arena *arena, struct catalog_table *ret)
{
    struct table_parts parts = {.text = text, .arena = arena};
    const struct sql_node *name = create->child[SQL_CREATE_TABLE_NAME];
    const struct sql_node *elements = create->child[SQL_CREATE_TABLE_ELEMENTS];
    struct str own = sql_name_schema(text, name);

    parts.schema = own.len > 0 ? own : schema;
    for (uint32_t i = 0; elements != NULL && i < elements->count; i++)
        add_element(&parts, elements->child[i]);
    if (arena->failed)
        return false;
    *ret = (struct catalog_table){.schema = parts.schema,
                                  .name = sql_name_object(text, name),
                                  .kind = sql_flag(create, SQL_FLAG_TEMPORARY)
                                              ? CATALOG_TABLE_TEMPORARY
                                              : CATALOG_TABLE_BASE,
                                  .columns = parts.columns,
                                  .column_count = parts.column_count,
                                  .keys = parts.keys,
                                  .key_count = parts.key_count,
                                  .checks = parts.checks,
                                  .check_count = parts.check_count};
    return true;
}

/* ---- a file of statements ---- */

static bool load_view(struct loader *l, const struct sql_text *text, const struct sql_node *n)
{
    const struct sql_node *columns = n->child[SQL_CREATE_VIEW_COLUMNS];
    const struct sql_node *definer = n->child[SQL_CREATE_VIEW_DEFINER];
    struct catalog_table table = {.schema = loader_schema(l, text, n->child[SQL_CREATE_VIEW_NAME]),
                                  .name = sql_name_object(text, n->child[SQL_CREATE_VIEW_NAME]),
                                  .kind = CATALOG_TABLE_VIEW};
    struct catalog_view view = {
        .definition = sql_node_text(text, n->child[SQL_CREATE_VIEW_QUERY]),
        .definer = definer ? sql_node_text(text, definer) : STR_NONE,
        .invoker = n->op == SQL_SECURITY_INVOKER,
        .ansi_quotes = l->ansi_quotes};
    struct catalog_column *list =
        arena_array(l->arena, columns ? columns->count : 0, struct catalog_column);

    for (uint32_t i = 0; columns != NULL && list != NULL && i < columns->count; i++)
        list[i] = (struct catalog_column){.name = sql_name(text, columns->child[i]),
                                          .ordinal = i + 1};
    table.columns = list;
    table.column_count = columns && list ? columns->count : 0;
    table.view = &view;
    return catalog_builder_table(l->builder, &table);
}

static bool load_like(struct loader *l, const struct sql_text *text, const struct sql_node *n)
{
    struct str schema = loader_schema(l, text, n->child[1]);
    const struct catalog_table *from =
        catalog_builder_find(l->builder, schema, sql_name_object(text, n->child[1]));

    if (from == NULL)
        return fault_set(l->fault, l->arena, FAULT_catalog_unavailable,
                         "catalog file: no table %.*s", STR_ARG(sql_node_text(text, n->child[1])));
    struct catalog_table copy = *from;
    copy.schema = loader_schema(l, text, n->child[0]);
    copy.name = sql_name_object(text, n->child[0]);
    return catalog_builder_table(l->builder, &copy);
}

static bool load_index(struct loader *l, const struct sql_text *text, const struct sql_node *n)
{
    const struct sql_node *name = n->child[SQL_CREATE_INDEX_TABLE];
    struct table_parts parts = {.text = text, .arena = l->arena};
    struct catalog_key key = {.name = sql_name(text, n->child[SQL_CREATE_INDEX_NAME]),
                              .kind = key_kind(n->op)};

    return key_parts(&parts, n->child[SQL_CREATE_INDEX_PARTS], &key) &&
           catalog_builder_key(l->builder, loader_schema(l, text, name), sql_name_object(text, name),
                               &key);
}

static void load_drop(struct loader *l, const struct sql_text *text, const struct sql_node *list)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++)
        catalog_builder_drop_table(l->builder, loader_schema(l, text, list->child[i]),
                                   sql_name_object(text, list->child[i]));
}

static struct str schema_name(const struct sql_text *text, const struct sql_node *node)
{
    return node->kind == SQL_NAME ? sql_name_object(text, node) : sql_name(text, node);
}

static bool load_statement(struct loader *l, const struct sql_text *text, const struct sql_node *n)
{
    if (n->kind == SQL_CREATE_SCHEMA)
        return catalog_builder_schema(
            l->builder,
            &(struct catalog_schema){.name = schema_name(text, n->child[SQL_SCHEMA_NAME])});
    if (n->kind == SQL_DROP_SCHEMA)
        catalog_builder_drop_schema(l->builder, schema_name(text, n->child[SQL_SCHEMA_NAME]));
    else if (n->kind == SQL_USE)
        l->schema = arena_copy(l->arena, schema_name(text, n->child[0]));
    else if (n->kind == SQL_CREATE_TABLE) {
        struct catalog_table table;
        if (sql_flag(n, SQL_FLAG_IF_EXISTS) &&
            catalog_builder_find(l->builder, loader_schema(l, text, n->child[0]),
                                 sql_name_object(text, n->child[0])) != NULL)
            return true;
        return catalog_ddl_table(text, n, l->schema, l->arena, &table) &&
               catalog_builder_table(l->builder, &table);
    } else if (n->kind == SQL_CREATE_TABLE_LIKE)
        return load_like(l, text, n);
    else if (n->kind == SQL_CREATE_VIEW)
        return load_view(l, text, n);
    else if (n->kind == SQL_CREATE_INDEX)
        return load_index(l, text, n);
    else if (n->kind == SQL_DROP_TABLE || n->kind == SQL_DROP_VIEW)
        load_drop(l, text, n->child[0]);
    else
        return loader_program(l, text, n);
    return true;
}

bool loader_take(struct loader *l, const struct sql_script *script, struct str text)
{
    for (size_t i = 0; i < script->count; i++)
        if (!load_statement(l, script->text, script->statements[i].root))
            return fault_set(l->fault, l->arena, FAULT_catalog_unavailable,
                             "catalog file: can't take: %.*s", STR_ARG(str_slice(text, 0, 120)));
    return true;
}

struct catalog *catalog_ddl_load(const struct sql_context *context, struct str text,
                                 struct str schema, unsigned lower_case_table_names,
                                 struct arena *arena, struct fault *fault)
{
    struct loader loader = {.arena = arena,
                            .fault = fault,
                            .schema = schema,
                            .context = context,
                            .mode = sql_mode_text(context->mode, arena),
                            .ansi_quotes = (context->mode & SQL_MODE_ANSI_QUOTES) != 0};

    loader.builder = catalog_builder_new(context->family == SQL_MARIADB, context->version,
                                         lower_case_table_names);
    if (loader.builder == NULL || (schema.len > 0 && !catalog_builder_schema(loader.builder,
                                                        &(struct catalog_schema){.name = schema})))
        return NULL;
    if (!loader_file(&loader, text)) {
        catalog_builder_free(loader.builder);
        return NULL;
    }
    struct catalog *catalog = catalog_build(loader.builder);
    if (catalog == NULL)
        fault_set(fault, arena, FAULT_memory, "the catalog does not fit");
    return catalog;
}

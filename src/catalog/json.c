/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/json.h"

#include "base/json.h"

#include <jansson.h>

/* ---- out ---- */

static void put_text(struct json_writer *w, const char *key, struct str text)
{
    if (text.len == 0)
        return;
    json_key(w, key);
    json_text(w, text);
}

static void put_flag(struct json_writer *w, const char *key, bool flag)
{
    if (!flag)
        return;
    json_key(w, key);
    json_bool(w, true);
}

static void put_names(struct json_writer *w, const char *key, const struct str *names,
                      size_t count)
{
    if (names == NULL)
        return;
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_text(w, names[i]);
    json_array_end(w);
}

static void put_column(struct json_writer *w, const struct catalog_column *column)
{
    json_object_begin(w);
    put_text(w, "name", column->name);
    put_text(w, "type", column->data_type);
    put_text(w, "full_type", column->column_type);
    put_text(w, "charset", column->charset);
    put_text(w, "collation", column->collation);
    put_text(w, "generated", column->expression);
    put_text(w, "default", column->default_text);
    put_flag(w, "has_default", column->has_default);
    put_flag(w, "nullable", column->nullable);
    put_flag(w, "invisible", column->invisible);
    put_flag(w, "auto_increment", column->auto_increment);
    put_flag(w, "on_update", column->on_update);
    json_object_end(w);
}

static const char *const key_kinds[] = {"", "primary", "unique", "index", "foreign"};
static const char *const table_kinds[] = {"", "table", "view", "temporary", "sequence",
                                          "system view"};

static void put_key(struct json_writer *w, const struct catalog_key *key)
{
    bool expressions = false;

    for (size_t i = 0; key->expressions != NULL && i < key->column_count; i++)
        expressions = expressions || key->expressions[i].len > 0;
    json_object_begin(w);
    put_text(w, "name", key->name);
    put_text(w, "kind", str_of(key_kinds[key->kind]));
    put_names(w, "columns", key->columns, key->column_count);
    put_names(w, "expressions", expressions ? key->expressions : NULL, key->column_count);
    put_text(w, "to_schema", key->to_schema);
    put_text(w, "to_table", key->to_table);
    put_names(w, "to_columns", key->to_columns, key->column_count);
    put_text(w, "on_delete", key->on_delete);
    put_text(w, "on_update", key->on_update);
    json_object_end(w);
}

static void put_parts(struct json_writer *w, const struct catalog_table *table)
{
    json_key(w, "columns");
    json_array_begin(w);
    for (size_t i = 0; i < table->column_count; i++)
        put_column(w, &table->columns[i]);
    json_array_end(w);
    json_key(w, "keys");
    json_array_begin(w);
    for (size_t i = 0; i < table->key_count; i++)
        put_key(w, &table->keys[i]);
    json_array_end(w);
    if (table->trigger_count > 0) {
        json_key(w, "triggers");
        json_array_begin(w);
        for (size_t i = 0; i < table->trigger_count; i++) {
            json_object_begin(w);
            put_text(w, "name", table->triggers[i].name);
            put_text(w, "event", table->triggers[i].event);
            put_text(w, "timing", table->triggers[i].timing);
            put_text(w, "text", table->triggers[i].text);
            put_text(w, "sql_mode", table->triggers[i].sql_mode);
            put_text(w, "definer", table->triggers[i].definer);
            put_flag(w, "exact", table->triggers[i].exact);
            json_object_end(w);
        }
        json_array_end(w);
    }
    if (table->check_count > 0) {
        json_key(w, "checks");
        json_array_begin(w);
        for (size_t i = 0; i < table->check_count; i++) {
            json_object_begin(w);
            put_text(w, "name", table->checks[i].name);
            put_text(w, "text", table->checks[i].text);
            json_object_end(w);
        }
        json_array_end(w);
    }
}

static void put_fingerprint(struct json_writer *w, const unsigned char fingerprint[32])
{
    char hex[64];

    hex_encode(hex, fingerprint, 32);
    put_text(w, "fingerprint", str_make(hex, sizeof(hex)));
}

static void put_table(struct json_writer *w, const struct catalog_table *table)
{
    json_object_begin(w);
    put_text(w, "schema", table->schema);
    put_text(w, "name", table->name);
    put_text(w, "kind", str_of(table_kinds[table->kind]));
    put_text(w, "engine", table->engine);
    put_parts(w, table);
    if (table->view != NULL) {
        json_key(w, "view");
        json_object_begin(w);
        put_text(w, "definition", table->view->definition);
        put_text(w, "definer", table->view->definer);
        put_text(w, "algorithm", table->view->algorithm);
        put_flag(w, "invoker", table->view->invoker);
        put_flag(w, "ansi_quotes", table->view->ansi_quotes);
        json_object_end(w);
    }
    put_fingerprint(w, table->fingerprint);
    json_object_end(w);
}

static const char *const modes[] = {"in", "out", "inout"};

static void put_parameters(struct json_writer *w, const struct catalog_routine *routine)
{
    if (routine->parameter_count == 0)
        return;
    json_key(w, "parameters");
    json_array_begin(w);
    for (size_t i = 0; i < routine->parameter_count; i++) {
        const struct catalog_parameter *parameter = &routine->parameters[i];
        json_object_begin(w);
        put_text(w, "name", parameter->name);
        put_text(w, "type", parameter->data_type);
        put_text(w, "full_type", parameter->column_type);
        put_text(w, "mode", str_of(modes[parameter->mode]));
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_routine(struct json_writer *w, const struct catalog_routine *routine)
{
    json_object_begin(w);
    put_text(w, "schema", routine->schema);
    put_text(w, "name", routine->name);
    put_text(w, "kind",
             routine->loadable ? STR("loadable")
                               : (routine->function ? STR("function") : STR("procedure")));
    put_text(w, "text", routine->text);
    put_text(w, "data_access", routine->data_access);
    put_text(w, "definer", routine->definer);
    put_text(w, "sql_mode", routine->sql_mode);
    put_text(w, "returns", routine->returns);
    put_text(w, "returns_type", routine->returns_type);
    put_parameters(w, routine);
    put_flag(w, "invoker", routine->invoker);
    put_flag(w, "deterministic", routine->deterministic);
    put_flag(w, "aggregate", routine->aggregate);
    put_flag(w, "external", routine->external);
    put_flag(w, "exact", routine->exact);
    put_fingerprint(w, routine->fingerprint);
    json_object_end(w);
}

static void put_event(struct json_writer *w, const struct catalog_event *event)
{
    json_object_begin(w);
    put_text(w, "schema", event->schema);
    put_text(w, "name", event->name);
    put_text(w, "text", event->text);
    put_text(w, "definer", event->definer);
    put_text(w, "sql_mode", event->sql_mode);
    put_flag(w, "exact", event->exact);
    put_fingerprint(w, event->fingerprint);
    json_object_end(w);
}

void catalog_json_dump(const struct catalog *catalog, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "server");
    json_object_begin(&w);
    put_text(&w, "family", catalog_mariadb(catalog) ? STR("mariadb") : STR("mysql"));
    json_key(&w, "version");
    json_u64(&w, catalog_version(catalog));
    json_key(&w, "lower_case_table_names");
    json_u64(&w, catalog_lower_case_table_names(catalog));
    json_object_end(&w);
    json_key(&w, "schemas");
    json_array_begin(&w);
    for (size_t i = 0; i < catalog_schema_count(catalog); i++) {
        const struct catalog_schema *schema = catalog_schema_at(catalog, i);
        json_object_begin(&w);
        put_text(&w, "name", schema->name);
        put_text(&w, "charset", schema->charset);
        put_text(&w, "collation", schema->collation);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_key(&w, "tables");
    json_array_begin(&w);
    for (size_t i = 0; i < catalog_table_count(catalog); i++)
        put_table(&w, catalog_table_at(catalog, i));
    json_array_end(&w);
    json_key(&w, "routines");
    json_array_begin(&w);
    for (size_t i = 0; i < catalog_routine_count(catalog); i++)
        put_routine(&w, catalog_routine_at(catalog, i));
    json_array_end(&w);
    json_key(&w, "events");
    json_array_begin(&w);
    for (size_t i = 0; i < catalog_event_count(catalog); i++)
        put_event(&w, catalog_event_at(catalog, i));
    json_array_end(&w);
    json_object_end(&w);
}

/* ---- in ---- */

struct reader {
    struct catalog_builder *builder;
    struct arena *arena;
    struct fault *fault;
};

static bool refuse(struct reader *r, const char *what)
{
    return fault_set(r->fault, r->arena, FAULT_catalog_unavailable, "catalog file: %s", what);
}

/* Are all members of the object among these names (with blanks between and around)? */
static bool members(struct reader *r, const json_t *object, const char *names)
{
    const char *key;
    json_t *value;

    if (!json_is_object(object))
        return refuse(r, "an object is expected");
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        struct str needle = arena_printf(r->arena, " %s ", key);
        if (str_find(str_of(names), needle) < 0)
            return fault_set(r->fault, r->arena, FAULT_catalog_unavailable,
                             "catalog file: unknown member \"%s\"", key);
    }
    return true;
}

static struct str text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) ? str_make(json_string_value(value), json_string_length(value))
                                 : STR_NONE;
}

static bool flag_of(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static const struct str *names_of(struct reader *r, const json_t *object, const char *key,
                                  size_t *ret_count)
{
    const json_t *list = json_object_get(object, key);
    size_t count = json_array_size(list);
    struct str *names = arena_array(r->arena, count, struct str);

    for (size_t i = 0; names != NULL && i < count; i++) {
        const json_t *value = json_array_get(list, i);
        if (json_is_string(value))
            names[i] = str_make(json_string_value(value), json_string_length(value));
    }
    *ret_count = count;
    return list ? names : NULL;
}

static bool read_column(struct reader *r, const struct catalog_table *table, const json_t *o,
                        uint32_t ordinal)
{
    struct catalog_column column = {.name = text_of(o, "name"),
                                    .data_type = text_of(o, "type"),
                                    .column_type = text_of(o, "full_type"),
                                    .charset = text_of(o, "charset"),
                                    .collation = text_of(o, "collation"),
                                    .expression = text_of(o, "generated"),
                                    .default_text = text_of(o, "default"),
                                    .ordinal = ordinal,
                                    .nullable = flag_of(o, "nullable"),
                                    .has_default = flag_of(o, "has_default"),
                                    .invisible = flag_of(o, "invisible"),
                                    .auto_increment = flag_of(o, "auto_increment"),
                                    .on_update = flag_of(o, "on_update")};

    if (!members(r, o, " name type full_type charset collation generated default has_default"
                       " nullable invisible auto_increment on_update "))
        return false;
    if (column.name.len == 0)
        return refuse(r, "a column has no name");
    column.type = catalog_type_of(column.data_type);
    return catalog_builder_column(r->builder, table->schema, table->name, &column);
}

static bool read_key(struct reader *r, const struct catalog_table *table, const json_t *o)
{
    size_t count = 0, other = 0;
    struct catalog_key key = {.name = text_of(o, "name"),
                              .to_schema = text_of(o, "to_schema"),
                              .to_table = text_of(o, "to_table"),
                              .on_delete = text_of(o, "on_delete"),
                              .on_update = text_of(o, "on_update")};
    struct str kind = text_of(o, "kind");

    if (!members(r, o, " name kind columns expressions to_schema to_table to_columns on_delete"
                       " on_update "))
        return false;
    key.columns = names_of(r, o, "columns", &count);
    key.column_count = key.columns ? count : 0;
    key.expressions = names_of(r, o, "expressions", &other);
    if (key.expressions != NULL && other != count)
        return refuse(r, "a key has not as many expressions as columns");
    key.to_columns = names_of(r, o, "to_columns", &other);
    if (key.to_columns != NULL && other != count)
        return refuse(r, "a foreign key has not as many columns on both sides");
    for (unsigned i = 1; i < ARRAY_LEN(key_kinds); i++)
        if (str_equal(kind, str_of(key_kinds[i])))
            key.kind = (enum catalog_key_kind)i;
    if (key.kind == CATALOG_KEY_INVALID)
        return refuse(r, "a key's kind is not one of primary, unique, index, foreign");
    return catalog_builder_key(r->builder, table->schema, table->name, &key);
}

static bool read_view(struct reader *r, const struct catalog_table *table, const json_t *o)
{
    struct catalog_view view = {.definition = text_of(o, "definition"),
                                .definer = text_of(o, "definer"),
                                .algorithm = text_of(o, "algorithm"),
                                .invoker = flag_of(o, "invoker"),
                                .ansi_quotes = flag_of(o, "ansi_quotes")};

    return members(r, o, " definition definer algorithm invoker ansi_quotes ") &&
           catalog_builder_view(r->builder, table->schema, table->name, &view);
}

static bool read_table(struct reader *r, const json_t *o)
{
    struct catalog_table table = {.schema = text_of(o, "schema"),
                                  .name = text_of(o, "name"),
                                  .engine = text_of(o, "engine")};
    struct str kind = text_of(o, "kind");
    size_t i;
    json_t *value;

    if (!members(r, o, " schema name kind engine columns keys triggers checks view fingerprint "))
        return false;
    for (unsigned k = 1; k < ARRAY_LEN(table_kinds); k++)
        if (str_equal(kind, str_of(table_kinds[k])))
            table.kind = (enum catalog_table_kind)k;
    if (table.kind == CATALOG_TABLE_INVALID || table.name.len == 0)
        return refuse(r, "a table has no name or an unknown kind");
    if (!catalog_builder_table(r->builder, &table))
        return refuse(r, "too large");
    json_array_foreach(json_object_get(o, "columns"), i, value)
        if (!read_column(r, &table, value, (uint32_t)i + 1))
            return refuse(r, "a column");
    json_array_foreach(json_object_get(o, "keys"), i, value)
        if (!read_key(r, &table, value))
            return refuse(r, "a key");
    json_array_foreach(json_object_get(o, "triggers"), i, value) {
        struct catalog_trigger trigger = {.name = text_of(value, "name"),
                                          .event = text_of(value, "event"),
                                          .timing = text_of(value, "timing"),
                                          .text = text_of(value, "text"),
                                          .sql_mode = text_of(value, "sql_mode"),
                                          .definer = text_of(value, "definer"),
                                          .exact = flag_of(value, "exact")};
        if (!members(r, value, " name event timing text sql_mode definer exact ") ||
            !catalog_builder_trigger(r->builder, table.schema, table.name, &trigger))
            return refuse(r, "a trigger");
    }
    json_array_foreach(json_object_get(o, "checks"), i, value) {
        struct catalog_check check = {text_of(value, "name"), text_of(value, "text")};
        if (!members(r, value, " name text ") ||
            !catalog_builder_check(r->builder, table.schema, table.name, &check))
            return refuse(r, "a check");
    }
    const json_t *view = json_object_get(o, "view");
    return view == NULL || read_view(r, &table, view);
}

static bool read_parameter(struct reader *r, const struct catalog_routine *routine,
                           const json_t *o)
{
    struct catalog_parameter parameter = {.name = text_of(o, "name"),
                                          .data_type = text_of(o, "type"),
                                          .column_type = text_of(o, "full_type")};
    struct str mode = text_of(o, "mode");

    for (unsigned i = 0; i < ARRAY_LEN(modes); i++)
        if (str_equal(mode, str_of(modes[i])))
            parameter.mode = (enum catalog_mode)i;
    return members(r, o, " name type full_type mode ") &&
           catalog_builder_parameter(r->builder, routine->schema, routine->name,
                                     routine->function, &parameter);
}

static bool read_routine(struct reader *r, const json_t *o)
{
    struct str kind = text_of(o, "kind");
    struct catalog_routine routine = {.schema = text_of(o, "schema"),
                                      .name = text_of(o, "name"),
                                      .function = !str_equal(kind, STR("procedure")),
                                      .loadable = str_equal(kind, STR("loadable")),
                                      .text = text_of(o, "text"),
                                      .data_access = text_of(o, "data_access"),
                                      .definer = text_of(o, "definer"),
                                      .sql_mode = text_of(o, "sql_mode"),
                                      .returns = text_of(o, "returns"),
                                      .returns_type = text_of(o, "returns_type"),
                                      .external = flag_of(o, "external"),
                                      .exact = flag_of(o, "exact"),
                                      .invoker = flag_of(o, "invoker"),
                                      .deterministic = flag_of(o, "deterministic"),
                                      .aggregate = flag_of(o, "aggregate")};

    if (!members(r, o, " schema name kind text data_access definer sql_mode returns returns_type"
                       " parameters invoker deterministic aggregate external exact fingerprint ") ||
        !catalog_builder_routine(r->builder, &routine))
        return false;
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(o, "parameters"), i, value)
        if (!read_parameter(r, &routine, value))
            return false;
    return true;
}

static bool read_event(struct reader *r, const json_t *o)
{
    struct catalog_event event = {.schema = text_of(o, "schema"),
                                  .name = text_of(o, "name"),
                                  .text = text_of(o, "text"),
                                  .definer = text_of(o, "definer"),
                                  .sql_mode = text_of(o, "sql_mode"),
                                  .exact = flag_of(o, "exact")};

    return members(r, o, " schema name text definer sql_mode exact fingerprint ") &&
           catalog_builder_event(r->builder, &event);
}

static bool read_all(struct reader *r, const json_t *root)
{
    size_t i;
    json_t *value;

    json_array_foreach(json_object_get(root, "schemas"), i, value) {
        struct catalog_schema schema = {text_of(value, "name"), text_of(value, "charset"),
                                        text_of(value, "collation")};
        if (!members(r, value, " name charset collation ") ||
            !catalog_builder_schema(r->builder, &schema))
            return refuse(r, "a schema");
    }
    json_array_foreach(json_object_get(root, "tables"), i, value)
        if (!read_table(r, value))
            return refuse(r, "a table");
    json_array_foreach(json_object_get(root, "routines"), i, value)
        if (!read_routine(r, value))
            return refuse(r, "a routine");
    json_array_foreach(json_object_get(root, "events"), i, value)
        if (!read_event(r, value))
            return refuse(r, "an event");
    return true;
}

struct catalog *catalog_json_load(struct str json, struct arena *arena, struct fault *fault)
{
    json_error_t error;
    json_t *root = json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, &error);
    struct reader r = {NULL, arena, fault};
    struct catalog *catalog = NULL;

    if (root == NULL) {
        fault_set(fault, arena, FAULT_catalog_unavailable, "catalog file, line %d: %s", error.line,
                  error.text);
        return NULL;
    }
    const json_t *server = json_object_get(root, "server");
    json_int_t version = json_integer_value(json_object_get(server, "version"));
    json_int_t lower = json_integer_value(json_object_get(server, "lower_case_table_names"));
    if (members(&r, root, " server schemas tables routines events ") &&
        members(&r, server, " family version lower_case_table_names ") &&
        (version < 0 || version > 999999 || lower < 0 || lower > 2 ? refuse(&r, "server")
                                                                   : true)) {
        r.builder = catalog_builder_new(str_equal(text_of(server, "family"), STR("mariadb")),
                                        (uint32_t)version, (unsigned)lower);
        if (r.builder != NULL && read_all(&r, root))
            catalog = catalog_build(r.builder);
        else
            catalog_builder_free(r.builder);
    }
    json_decref(root);
    if (catalog == NULL)
        fault_set(fault, arena, FAULT_memory, "the catalog does not fit");
    return catalog;
}

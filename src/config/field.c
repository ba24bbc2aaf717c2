/* SPDX-License-Identifier: Apache-2.0
 *
 * Each type has a reader from a scalar's text; objects and lists recurse through their tables.
 * Slots are written with memcpy, so that one reader serves every struct.
 */
#include "config/field.h"

#define FIELDS_MAX 64

static bool is_scalar(struct config_reader *reader, const struct config_field *field,
                      const struct config_node *node, const char *wanted)
{
    if (node->kind == CONFIG_NODE_SCALAR)
        return true;
    return config_problem(reader->problems, node->at, field->hint, "`%s` must be %s, not a %s",
                          field->name, wanted, node->kind == CONFIG_NODE_LIST ? "list" : "map");
}

static bool parse_scaled(struct str text, const struct config_choice *units, int64_t bare,
                         int64_t *ret_value)
{
    size_t digits = 0;
    uint64_t number;

    while (digits < text.len && ascii_digit(text.ptr[digits]))
        digits++;
    if (!str_to_u64(str_slice(text, 0, digits), INT64_MAX, &number))
        return false;
    struct str unit = str_slice(text, digits, text.len);
    int64_t factor = unit.len == 0 ? bare : 0;
    for (size_t i = 0; unit.len > 0 && units[i].text != NULL; i++)
        if (str_equal(unit, str_of(units[i].text)))
            factor = units[i].value;
    if (factor == 0 && !(number == 0 && unit.len == 0))
        return false;
    return !__builtin_mul_overflow((int64_t)number, factor, ret_value);
}

bool config_duration_parse(struct str text, int64_t *ret_ms)
{
    static const struct config_choice units[] = {{"ms", 1, ""},        {"s", 1000, ""},
                                                 {"m", 60 * 1000, ""}, {"h", 3600 * 1000, ""},
                                                 {"d", 86400000, ""},  {NULL, 0, NULL}};

    return parse_scaled(text, units, 0, ret_ms);
}

bool config_size_parse(struct str text, int64_t *ret_bytes)
{
    static const struct config_choice units[] = {
        {"B", 1, ""},         {"kB", 1000, ""},     {"MB", 1000000, ""},  {"GB", 1000000000, ""},
        {"KiB", 1 << 10, ""}, {"MiB", 1 << 20, ""}, {"GiB", 1 << 30, ""}, {NULL, 0, NULL}};

    return parse_scaled(text, units, 1, ret_bytes);
}

static bool parse_int(struct str text, int64_t *ret_value)
{
    bool negative = str_starts(text, STR("-"));
    uint64_t value;

    if (!str_to_u64(str_slice(text, negative ? 1 : 0, text.len), INT64_MAX, &value))
        return false;
    *ret_value = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static bool parse_bool(struct str text, bool *ret_value)
{
    *ret_value = str_equal(text, STR("true"));
    return *ret_value || str_equal(text, STR("false"));
}

/* The bound as a person would write it. */
static const char *bound_text(struct arena *arena, const struct config_field *field, int64_t value)
{
    long long v = value;
    const char *format = "%lld";

    if (field->type == CONFIG_FIELD_DURATION) {
        if (v % 86400000 == 0 && v > 0) {
            v /= 86400000;
            format = "%lldd";
        } else if (v % 3600000 == 0 && v > 0) {
            v /= 3600000;
            format = "%lldh";
        } else if (v % 60000 == 0 && v > 0) {
            v /= 60000;
            format = "%lldm";
        } else if (v % 1000 == 0) {
            v /= 1000;
            format = "%llds";
        } else {
            format = "%lldms";
        }
    } else if (field->type == CONFIG_FIELD_SIZE) {
        if (v % (1 << 30) == 0 && v > 0) {
            v /= 1 << 30;
            format = "%lldGiB";
        } else if (v % (1 << 20) == 0 && v > 0) {
            v /= 1 << 20;
            format = "%lldMiB";
        } else if (v % (1 << 10) == 0 && v > 0) {
            v /= 1 << 10;
            format = "%lldKiB";
        }
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return arena_printf(arena, format, v).ptr; /* one of the formats above */
#pragma GCC diagnostic pop
}

static bool read_number(struct config_reader *reader, const struct config_field *field,
                        const struct config_node *node, void *slot)
{
    const char *wanted = "a whole number";
    int64_t value = 0;
    bool good;

    if (field->type == CONFIG_FIELD_DURATION)
        wanted = "a duration such as `500ms`, `30s`, `5m`, `12h` or `7d`";
    else if (field->type == CONFIG_FIELD_SIZE)
        wanted = "a size such as `512`, `64KiB` or `50MiB`";
    if (!is_scalar(reader, field, node, wanted))
        return false;
    if (field->type == CONFIG_FIELD_DURATION)
        good = config_duration_parse(node->text, &value);
    else if (field->type == CONFIG_FIELD_SIZE)
        good = config_size_parse(node->text, &value);
    else
        good = parse_int(node->text, &value);
    if (!good)
        return config_problem(reader->problems, node->at, field->hint,
                              "`%s` must be %s, not `%.*s`", field->name, wanted,
                              STR_ARG(str_slice(node->text, 0, 100)));
    if ((field->min != 0 || field->max != 0) && (value < field->min || value > field->max))
        return config_problem(reader->problems, node->at, field->hint,
                              "`%s` must be between %s and %s", field->name,
                              bound_text(reader->arena, field, field->min),
                              bound_text(reader->arena, field, field->max));
    memcpy(slot, &value, sizeof(value));
    return true;
}

static bool read_enum(struct config_reader *reader, const struct config_field *field,
                      const struct config_node *node, void *slot)
{
    const char *words[FIELDS_MAX + 1] = {NULL};
    struct buf list;

    if (!is_scalar(reader, field, node, "one word"))
        return false;
    buf_init(&list, 4096);
    for (size_t i = 0; field->choices[i].text != NULL && i < FIELDS_MAX; i++) {
        if (str_equal(node->text, str_of(field->choices[i].text))) {
            memcpy(slot, &field->choices[i].value, sizeof(int));
            buf_release(&list);
            return true;
        }
        words[i] = field->choices[i].text;
        buf_printf(&list, "%s`%s`", i > 0 ? ", " : "", words[i]);
    }
    const char *near = config_nearest(reader->arena, node->text, words);
    config_problem(reader->problems, node->at, near != NULL ? near : field->hint,
                   "`%s` must be one of %.*s, not `%.*s`", field->name, STR_ARG(buf_str(&list)),
                   STR_ARG(str_slice(node->text, 0, 100)));
    buf_release(&list);
    return false;
}

static bool count_fits(struct config_reader *reader, const struct config_field *field,
                       const struct config_node *node, size_t count)
{
    if ((field->min == 0 && field->max == 0) ||
        ((int64_t)count >= field->min && (int64_t)count <= field->max))
        return true;
    return config_problem(reader->problems, node->at, field->hint,
                          "`%s` has %zu entries; it takes %lld to %lld", field->name, count,
                          (long long)field->min, (long long)field->max);
}

static bool read_strings(struct config_reader *reader, const struct config_field *field,
                         const struct config_node *node, void *slot)
{
    struct config_strings list = {NULL, 0};
    bool good = true;

    if (node->kind == CONFIG_NODE_SCALAR) {
        list.items = arena_array(reader->arena, 1, struct str);
        if (list.items != NULL)
            list.items[list.count++] = node->text;
    } else if (node->kind == CONFIG_NODE_LIST) {
        list.items = arena_array(reader->arena, node->count, struct str);
        for (size_t i = 0; list.items != NULL && i < node->count; i++) {
            if (is_scalar(reader, field, node->items[i], "a list of words"))
                list.items[list.count++] = node->items[i]->text;
            else
                good = false;
        }
    } else {
        return is_scalar(reader, field, node, "a list of words");
    }
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].len == 0)
            good = config_problem(reader->problems, node->at, NULL, "`%s` has an empty entry",
                                  field->name);
    memcpy(slot, &list, sizeof(list));
    return count_fits(reader, field, node, list.count) && good;
}

static bool read_labels(struct config_reader *reader, const struct config_field *field,
                        const struct config_node *node, void *slot)
{
    struct config_labels labels = {NULL, 0};
    bool good = true;

    if (node->kind != CONFIG_NODE_MAP)
        return config_problem(reader->problems, node->at, field->hint,
                              "`%s` must be a map such as `{env: production}`", field->name);
    labels.items = arena_array(reader->arena, node->count, struct config_label);
    for (size_t i = 0; labels.items != NULL && i < node->count; i++) {
        const struct config_pair *pair = &node->pairs[i];
        if (pair->value->kind != CONFIG_NODE_SCALAR) {
            good = config_problem(reader->problems, pair->value->at, field->hint,
                                  "`%.*s` must be one word", STR_ARG(pair->key));
            continue;
        }
        labels.items[labels.count++] = (struct config_label){pair->key, pair->value->text};
    }
    memcpy(slot, &labels, sizeof(labels));
    return good;
}

static bool read_list(struct config_reader *reader, const struct config_field *field,
                      const struct config_node *node, void *slot)
{
    const struct config_node *const *items = (const struct config_node *const *)node->items;
    size_t count = node->count, read = 0;
    bool good = true;

    if (node->kind == CONFIG_NODE_MAP) { /* one object is a list of one */
        items = &node;
        count = 1;
    } else if (config_node_is_null(node)) {
        count = 0;
    } else if (node->kind != CONFIG_NODE_LIST) {
        return config_problem(reader->problems, node->at, field->hint,
                              "`%s` must be a list of %s objects", field->name, field->table->name);
    }
    char *objects = arena_alloc_array(reader->arena, count, field->table->size);
    for (; objects != NULL && read < count; read++)
        if (!config_table_read(reader, field->table, items[read],
                               objects + read * field->table->size))
            good = false;
    memcpy(slot, &objects, sizeof(objects));
    memcpy((char *)slot + sizeof(objects), &read, sizeof(read));
    return count_fits(reader, field, node, count) && good;
}

static bool read_string(struct config_reader *reader, const struct config_field *field,
                        const struct config_node *node, void *slot)
{
    if (!is_scalar(reader, field, node, "text"))
        return false;
    if (field->required && node->text.len == 0)
        return config_problem(reader->problems, node->at, field->hint, "`%s` is empty",
                              field->name);
    memcpy(slot, &node->text, sizeof(node->text));
    return true;
}

static bool read_bool(struct config_reader *reader, const struct config_field *field,
                      const struct config_node *node, void *slot)
{
    bool value;

    if (!is_scalar(reader, field, node, "`true` or `false`"))
        return false;
    if (!parse_bool(node->text, &value))
        return config_problem(reader->problems, node->at, field->hint,
                              "`%s` must be `true` or `false`, not `%.*s`", field->name,
                              STR_ARG(str_slice(node->text, 0, 100)));
    memcpy(slot, &value, sizeof(value));
    return true;
}

bool config_field_read(struct config_reader *reader, const struct config_field *field,
                       const struct config_node *node, void *object)
{
    void *slot = (char *)object + field->offset;

    switch (field->type) {
    case CONFIG_FIELD_STRING:
    case CONFIG_FIELD_PATH:
        return read_string(reader, field, node, slot);
    case CONFIG_FIELD_BOOL:
        return read_bool(reader, field, node, slot);
    case CONFIG_FIELD_INT:
    case CONFIG_FIELD_DURATION:
    case CONFIG_FIELD_SIZE:
        return read_number(reader, field, node, slot);
    case CONFIG_FIELD_ENUM:
        return read_enum(reader, field, node, slot);
    case CONFIG_FIELD_STRINGS:
    case CONFIG_FIELD_PATHS:
        return read_strings(reader, field, node, slot);
    case CONFIG_FIELD_LABELS:
        return read_labels(reader, field, node, slot);
    case CONFIG_FIELD_OBJECT:
        return config_table_read(reader, field->table, node, slot);
    case CONFIG_FIELD_LIST:
        return read_list(reader, field, node, slot);
    case CONFIG_FIELD_CUSTOM:
        return field->read(reader, node, slot);
    case CONFIG_FIELD_REFUSED:
        return config_problem(reader->problems, node->at, field->hint, "`%s` may not stand here",
                              field->name);
    case CONFIG_FIELD_INVALID:
        break;
    }
    return false;
}

static void apply_default(struct config_reader *reader, const struct config_field *field,
                          struct config_position at, void *object)
{
    struct config_node node = {.kind = CONFIG_NODE_SCALAR, .at = at};

    if (field->type == CONFIG_FIELD_OBJECT) {
        config_table_defaults(reader, field->table, at, (char *)object + field->offset);
        return;
    }
    if (field->fallback == NULL)
        return;
    node.text = str_of(field->fallback);
    if (field->type == CONFIG_FIELD_STRINGS || field->type == CONFIG_FIELD_PATHS) {
        struct str rest = node.text, head;
        struct config_strings list = {arena_array(reader->arena, 16, struct str), 0};
        while (list.items != NULL && list.count < 15 && str_split(rest, ' ', &head, &rest))
            list.items[list.count++] = head;
        if (list.items != NULL)
            list.items[list.count++] = rest;
        memcpy((char *)object + field->offset, &list, sizeof(list));
        return;
    }
    REQUIRE(config_field_read(reader, field, &node, object));
}

void config_table_defaults(struct config_reader *reader, const struct config_table *table,
                           struct config_position at, void *object)
{
    memset(object, 0, table->size);
    memcpy(object, &at, sizeof(at));
    for (size_t i = 0; i < table->field_count; i++)
        apply_default(reader, &table->fields[i], at, object);
}

static const struct config_field *find_field(const struct config_table *table, struct str name)
{
    for (size_t i = 0; i < table->field_count; i++)
        if (str_equal(name, str_of(table->fields[i].name)))
            return &table->fields[i];
    return NULL;
}

static bool unknown_field(struct config_reader *reader, const struct config_table *table,
                          const struct config_pair *pair)
{
    const char *words[FIELDS_MAX + 1] = {NULL};
    size_t count = 0;

    for (size_t i = 0; i < table->field_count && count < FIELDS_MAX; i++)
        if (table->fields[i].type != CONFIG_FIELD_REFUSED)
            words[count++] = table->fields[i].name;
    return config_problem(
        reader->problems, pair->at, config_nearest(reader->arena, pair->key, words),
        "a %s has no field `%.*s`", table->name, STR_ARG(str_slice(pair->key, 0, 100)));
}

bool config_table_read(struct config_reader *reader, const struct config_table *table,
                       const struct config_node *node, void *object)
{
    bool seen[FIELDS_MAX] = {false}, good = true;

    REQUIRE(table->field_count <= FIELDS_MAX);
    config_table_defaults(reader, table, node->at, object);
    if (reader->arena->failed)
        return false;
    if (node->kind != CONFIG_NODE_MAP && !config_node_is_null(node))
        return config_problem(reader->problems, node->at, NULL, "a %s must be a map of fields",
                              table->name);
    for (size_t i = 0; node->kind == CONFIG_NODE_MAP && i < node->count; i++) {
        const struct config_field *field = find_field(table, node->pairs[i].key);
        if (field == NULL) {
            good = unknown_field(reader, table, &node->pairs[i]);
            continue;
        }
        seen[field - table->fields] = true;
        if (!field->required && config_node_is_null(node->pairs[i].value))
            continue;
        if (!config_field_read(reader, field, node->pairs[i].value, object))
            good = false;
    }
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i].required && !seen[i])
            good = config_problem(reader->problems, node->at, table->fields[i].hint,
                                  "the %s has no `%s`", table->name, table->fields[i].name);
    size_t before = reader->problems->total;
    if (good && table->check != NULL)
        table->check(reader, object);
    return good && reader->problems->total == before;
}

/* ---- the reference ---- */

/* To the table's heading: blanks become hyphens there. */
static void put_link(struct buf *out, const char *name)
{
    buf_printf(out, "[%s](#", name);
    for (; *name != '\0'; name++)
        buf_put_u8(out, (uint8_t)(*name == ' ' ? '-' : *name));
    buf_put_u8(out, ')');
}

static void put_type(struct buf *out, const struct config_field *field)
{
    static const char *const names[] = {
        [CONFIG_FIELD_STRING] = "text",          [CONFIG_FIELD_PATH] = "path",
        [CONFIG_FIELD_BOOL] = "true or false",   [CONFIG_FIELD_INT] = "number",
        [CONFIG_FIELD_DURATION] = "duration",    [CONFIG_FIELD_SIZE] = "size",
        [CONFIG_FIELD_STRINGS] = "list of text", [CONFIG_FIELD_PATHS] = "list of paths",
        [CONFIG_FIELD_LABELS] = "map of text"};

    if (field->type == CONFIG_FIELD_ENUM) {
        for (size_t i = 0; field->choices[i].text != NULL; i++)
            buf_printf(out, "%s`%s`", i > 0 ? ", " : "", field->choices[i].text);
    } else if (field->type == CONFIG_FIELD_OBJECT) {
        put_link(out, field->table->name);
    } else if (field->type == CONFIG_FIELD_LIST) {
        buf_put_str(out, STR("list of "));
        put_link(out, field->table->name);
    } else if (field->type == CONFIG_FIELD_CUSTOM) {
        buf_printf(out, "%s", field->shape);
    } else {
        buf_printf(out, "%s", names[field->type]);
    }
}

static void put_default(struct buf *out, const struct config_field *field)
{
    if (field->required)
        buf_put_str(out, STR("*required*"));
    else if (field->fallback != NULL)
        buf_printf(out, "`%s`", field->fallback);
    else if (field->type == CONFIG_FIELD_BOOL)
        buf_put_str(out, STR("`false`"));
}

static void put_table(const struct config_table *table, struct buf *out)
{
    struct arena arena;

    arena_init(&arena, 65536);
    buf_printf(out, "## %s\n\n%s\n\n| field | type | default | |\n|---|---|---|---|\n", table->name,
               table->description);
    for (size_t i = 0; i < table->field_count; i++) {
        const struct config_field *field = &table->fields[i];
        if (field->type == CONFIG_FIELD_REFUSED)
            continue;
        buf_printf(out, "| `%s` | ", field->name);
        put_type(out, field);
        buf_put_str(out, STR(" | "));
        put_default(out, field);
        buf_printf(out, " | %s", field->description);
        for (size_t k = 0; field->choices != NULL && field->choices[k].text != NULL; k++)
            if (field->choices[k].description != NULL)
                buf_printf(out, "%s `%s`: %s", k > 0 ? ";" : ".", field->choices[k].text,
                           field->choices[k].description);
        if ((field->min != 0 || field->max != 0) && field->type != CONFIG_FIELD_LIST &&
            field->type != CONFIG_FIELD_STRINGS && field->type != CONFIG_FIELD_PATHS)
            buf_printf(out, " (%s to %s)", bound_text(&arena, field, field->min),
                       bound_text(&arena, field, field->max));
        buf_put_str(out, STR(" |\n"));
    }
    buf_put_str(out, STR("\n"));
    arena_release(&arena);
}

#define TABLES_MAX 64

static void collect(const struct config_table *table, const struct config_table **tables,
                    size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (tables[i] == table)
            return;
    if (*count >= TABLES_MAX)
        return;
    tables[(*count)++] = table;
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i].table != NULL)
            collect(table->fields[i].table, tables, count);
}

void config_table_reference(const struct config_table *table, struct buf *out)
{
    const struct config_table *tables[TABLES_MAX];
    size_t count = 0;

    collect(table, tables, &count);
    for (size_t i = 0; i < count; i++)
        put_table(tables[i], out);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Drafts of tables in maps by folded name; catalog_build() turns them into arrays and links
 * foreign keys to the tables that they point to. Everything lives in one arena that the snapshot
 * takes over. Failure is sticky: a catalog with a hole is worse than none.
 */
#include "catalog/internal.h"

#include "base/limits.h"
#include "catalog/name.h"

#include <stdlib.h>

bool catalog_key_make(unsigned lower_case_table_names, struct str first, struct str second,
                      bool fold_second, char out[CATALOG_KEY_MAX], struct str *ret)
{
    bool fold = lower_case_table_names != 0 || str_equal_nocase(first, STR("information_schema"));
    size_t a = 0, b = 0;

    if (first.len + second.len + 1 > CATALOG_KEY_MAX)
        return false;
    if (fold) {
        if (!catalog_name_fold(first, out, CATALOG_KEY_MAX, &a))
            return false;
    } else {
        if (first.len > 0)
            memcpy(out, first.ptr, first.len);
        a = first.len;
    }
    if (a >= CATALOG_KEY_MAX)
        return false;
    out[a++] = '\0';
    if (fold || fold_second) {
        if (!catalog_name_fold(second, out + a, CATALOG_KEY_MAX - a, &b))
            return false;
    } else {
        if (a + second.len > CATALOG_KEY_MAX)
            return false;
        if (second.len > 0)
            memcpy(out + a, second.ptr, second.len);
        b = second.len;
    }
    *ret = str_make(out, a + b);
    return true;
}

struct catalog_builder *catalog_builder_new(bool mariadb, uint32_t version,
                                            unsigned lower_case_table_names)
{
    struct catalog_builder *builder = calloc(1, sizeof(*builder));

    if (builder == NULL)
        return NULL;
    arena_init(&builder->arena, LIMIT_CATALOG_ARENA);
    map_init(&builder->schemas, (struct hash_key){0, 0}, false);
    map_init(&builder->tables, (struct hash_key){0, 0}, false);
    map_init(&builder->routines, (struct hash_key){0, 0}, false);
    map_init(&builder->events, (struct hash_key){0, 0}, false);
    builder->mariadb = mariadb;
    builder->version = version;
    builder->lower_case_table_names = lower_case_table_names;
    return builder;
}

void catalog_builder_free(struct catalog_builder *builder)
{
    if (builder == NULL)
        return;
    map_release(&builder->schemas);
    map_release(&builder->tables);
    map_release(&builder->routines);
    map_release(&builder->events);
    arena_release(&builder->arena);
    free(builder);
}

static bool fail(struct catalog_builder *builder)
{
    builder->failed = true;
    return false;
}

static struct str copy(struct arena *arena, struct str s)
{
    return s.len == 0 ? STR_NONE : arena_copy(arena, s);
}

/* Copies an array of names. */
static const struct str *copy_all(struct arena *arena, const struct str *names, size_t count)
{
    struct str *all = arena_array(arena, count, struct str);

    for (size_t i = 0; all != NULL && i < count; i++)
        all[i] = copy(arena, names[i]);
    return all;
}

bool catalog_column_copy(struct arena *arena, const struct catalog_column *from,
                         struct catalog_column *ret)
{
    struct catalog_column column = *from;

    column.name = copy(arena, from->name);
    column.data_type = copy(arena, from->data_type);
    column.column_type = copy(arena, from->column_type);
    column.charset = copy(arena, from->charset);
    column.collation = copy(arena, from->collation);
    column.expression = copy(arena, from->expression);
    column.default_text = copy(arena, from->default_text);
    *ret = column;
    return !arena->failed;
}

bool catalog_key_copy(struct arena *arena, const struct catalog_key *from, struct catalog_key *ret)
{
    struct catalog_key key = *from;

    key.name = copy(arena, from->name);
    key.columns = copy_all(arena, from->columns, from->column_count);
    key.expressions =
        from->expressions ? copy_all(arena, from->expressions, from->column_count) : NULL;
    key.to_columns =
        from->to_columns ? copy_all(arena, from->to_columns, from->column_count) : NULL;
    key.to_schema = copy(arena, from->to_schema);
    key.to_table = copy(arena, from->to_table);
    key.on_delete = copy(arena, from->on_delete);
    key.on_update = copy(arena, from->on_update);
    *ret = key;
    return !arena->failed;
}

static bool view_copy(struct arena *arena, const struct catalog_view *from,
                      struct catalog_view *ret)
{
    struct catalog_view view = *from;

    view.definition = copy(arena, from->definition);
    view.definer = copy(arena, from->definer);
    view.algorithm = copy(arena, from->algorithm);
    *ret = view;
    return !arena->failed;
}

bool catalog_builder_schema(struct catalog_builder *builder, const struct catalog_schema *schema)
{
    char room[CATALOG_KEY_MAX];
    struct str key;
    struct catalog_schema *made = arena_new(&builder->arena, struct catalog_schema);

    if (made == NULL ||
        !catalog_key_make(builder->lower_case_table_names, schema->name, STR_NONE, false, room,
                          &key))
        return fail(builder);
    made->name = copy(&builder->arena, schema->name);
    made->charset = copy(&builder->arena, schema->charset);
    made->collation = copy(&builder->arena, schema->collation);
    key = arena_copy(&builder->arena, key);
    if (key.ptr == NULL || !map_put(&builder->schemas, key, made))
        return fail(builder);
    return true;
}

static struct table_draft *draft_find(struct catalog_builder *builder, struct str schema,
                                      struct str table)
{
    char room[CATALOG_KEY_MAX];
    struct str key;
    struct table_draft *last = builder->last;

    if (last != NULL && str_equal(last->table.schema, schema) && str_equal(last->table.name, table))
        return last;
    if (!catalog_key_make(builder->lower_case_table_names, schema, table, false, room, &key))
        return NULL;
    return builder->last = map_get(&builder->tables, key);
}

bool catalog_builder_table(struct catalog_builder *builder, const struct catalog_table *table)
{
    char room[CATALOG_KEY_MAX];
    struct str key;
    struct table_draft *draft = arena_new(&builder->arena, struct table_draft);

    builder->last = NULL;
    if (draft == NULL || !catalog_key_make(builder->lower_case_table_names, table->schema,
                                           table->name, false, room, &key))
        return fail(builder);
    draft->table.schema = copy(&builder->arena, table->schema);
    draft->table.name = copy(&builder->arena, table->name);
    draft->table.engine = copy(&builder->arena, table->engine);
    draft->table.kind = table->kind;
    key = arena_copy(&builder->arena, key);
    if (key.ptr == NULL || !map_put(&builder->tables, key, draft))
        return fail(builder);
    for (size_t i = 0; i < table->column_count; i++)
        if (!catalog_builder_column(builder, table->schema, table->name, &table->columns[i]))
            return false;
    for (size_t i = 0; i < table->key_count; i++)
        if (!catalog_builder_key(builder, table->schema, table->name, &table->keys[i]))
            return false;
    for (size_t i = 0; i < table->trigger_count; i++)
        if (!catalog_builder_trigger(builder, table->schema, table->name, &table->triggers[i]))
            return false;
    for (size_t i = 0; i < table->check_count; i++)
        if (!catalog_builder_check(builder, table->schema, table->name, &table->checks[i]))
            return false;
    return table->view == NULL ||
           catalog_builder_view(builder, table->schema, table->name, table->view);
}

bool catalog_builder_column(struct catalog_builder *builder, struct str schema, struct str table,
                            const struct catalog_column *column)
{
    struct table_draft *draft = draft_find(builder, schema, table);

    if (draft == NULL)
        return fail(builder);
    struct catalog_column *slot = arena_push(&builder->arena, &draft->columns,
                                             &draft->column_count, &draft->column_cap,
                                             sizeof(*slot));
    if (slot == NULL || !catalog_column_copy(&builder->arena, column, slot))
        return fail(builder);
    return true;
}

bool catalog_builder_key(struct catalog_builder *builder, struct str schema, struct str table,
                         const struct catalog_key *key)
{
    struct table_draft *draft = draft_find(builder, schema, table);

    if (draft == NULL)
        return fail(builder);
    struct catalog_key *slot = arena_push(&builder->arena, &draft->keys, &draft->key_count,
                                          &draft->key_cap, sizeof(*slot));
    if (slot == NULL || !catalog_key_copy(&builder->arena, key, slot))
        return fail(builder);
    return true;
}

bool catalog_builder_view(struct catalog_builder *builder, struct str schema, struct str table,
                          const struct catalog_view *view)
{
    struct table_draft *draft = draft_find(builder, schema, table);
    struct catalog_view *made = arena_new(&builder->arena, struct catalog_view);

    if (draft == NULL || made == NULL || !view_copy(&builder->arena, view, made))
        return fail(builder);
    draft->table.view = made;
    return true;
}

bool catalog_builder_trigger(struct catalog_builder *builder, struct str schema, struct str table,
                             const struct catalog_trigger *trigger)
{
    struct table_draft *draft = draft_find(builder, schema, table);

    if (draft == NULL)
        return fail(builder);
    struct catalog_trigger *slot = arena_push(&builder->arena, &draft->triggers,
                                              &draft->trigger_count, &draft->trigger_cap,
                                              sizeof(*slot));
    if (slot == NULL)
        return fail(builder);
    slot->name = copy(&builder->arena, trigger->name);
    slot->event = copy(&builder->arena, trigger->event);
    slot->timing = copy(&builder->arena, trigger->timing);
    slot->text = copy(&builder->arena, trigger->text);
    slot->sql_mode = copy(&builder->arena, trigger->sql_mode);
    slot->definer = copy(&builder->arena, trigger->definer);
    slot->exact = trigger->exact;
    return builder->arena.failed ? fail(builder) : true;
}

bool catalog_builder_check(struct catalog_builder *builder, struct str schema, struct str table,
                           const struct catalog_check *check)
{
    struct table_draft *draft = draft_find(builder, schema, table);

    if (draft == NULL)
        return fail(builder);
    struct catalog_check *slot = arena_push(&builder->arena, &draft->checks, &draft->check_count,
                                            &draft->check_cap, sizeof(*slot));
    if (slot == NULL)
        return fail(builder);
    slot->name = copy(&builder->arena, check->name);
    slot->text = copy(&builder->arena, check->text);
    return builder->arena.failed ? fail(builder) : true;
}

/* Functions and procedures have names apart: the kind stands before the schema. */
static bool routine_key(unsigned lower_case_table_names, struct str schema, struct str name,
                        bool function, char out[CATALOG_KEY_MAX], struct str *ret)
{
    char kept[CATALOG_KEY_MAX];
    struct str key;

    if (!catalog_key_make(lower_case_table_names, schema, name, true, kept, &key) ||
        key.len + 1 > CATALOG_KEY_MAX)
        return false;
    out[0] = function ? 'f' : 'p';
    memcpy(out + 1, key.ptr, key.len);
    *ret = str_make(out, key.len + 1);
    return true;
}

bool catalog_builder_routine(struct catalog_builder *builder,
                             const struct catalog_routine *routine)
{
    struct arena *arena = &builder->arena;
    char room[CATALOG_KEY_MAX];
    struct str key;
    struct catalog_routine *made = arena_new(arena, struct catalog_routine);

    if (made == NULL || !routine_key(builder->lower_case_table_names, routine->schema,
                                     routine->name, routine->function, room, &key))
        return fail(builder);
    *made = *routine;
    made->schema = copy(arena, routine->schema);
    made->name = copy(arena, routine->name);
    made->text = copy(arena, routine->text);
    made->data_access = copy(arena, routine->data_access);
    made->definer = copy(arena, routine->definer);
    made->sql_mode = copy(arena, routine->sql_mode);
    made->returns = copy(arena, routine->returns);
    made->returns_type = copy(arena, routine->returns_type);
    made->parameters = NULL;
    made->parameter_count = 0;
    key = arena_copy(arena, key);
    if (key.ptr == NULL || arena->failed || !map_put(&builder->routines, key, made))
        return fail(builder);
    for (size_t i = 0; i < routine->parameter_count; i++)
        if (!catalog_builder_parameter(builder, routine->schema, routine->name, routine->function,
                                       &routine->parameters[i]))
            return false;
    return true;
}

/* Routines have few: the list is copied for each. */
bool catalog_builder_parameter(struct catalog_builder *builder, struct str schema,
                               struct str routine, bool function,
                               const struct catalog_parameter *parameter)
{
    struct arena *arena = &builder->arena;
    char room[CATALOG_KEY_MAX];
    struct str key;

    if (!routine_key(builder->lower_case_table_names, schema, routine, function, room, &key))
        return fail(builder);
    struct catalog_routine *made = map_get(&builder->routines, key);
    if (made == NULL)
        return true;
    size_t n = made->parameter_count;
    struct catalog_parameter *all = arena_array(arena, n + 1, struct catalog_parameter);
    if (all == NULL)
        return fail(builder);
    for (size_t i = 0; i < n; i++)
        all[i] = made->parameters[i];
    all[n] = (struct catalog_parameter){.name = copy(arena, parameter->name),
                                        .data_type = copy(arena, parameter->data_type),
                                        .column_type = copy(arena, parameter->column_type),
                                        .mode = parameter->mode};
    made->parameters = all;
    made->parameter_count = n + 1;
    return arena->failed ? fail(builder) : true;
}

bool catalog_builder_drop_routine(struct catalog_builder *builder, struct str schema,
                                  struct str name, bool function)
{
    char room[CATALOG_KEY_MAX];
    struct str key;

    return routine_key(builder->lower_case_table_names, schema, name, function, room, &key) &&
           map_remove(&builder->routines, key) != NULL;
}

bool catalog_builder_event(struct catalog_builder *builder, const struct catalog_event *event)
{
    struct arena *arena = &builder->arena;
    char room[CATALOG_KEY_MAX];
    struct str key;
    struct catalog_event *made = arena_new(arena, struct catalog_event);

    if (made == NULL || !catalog_key_make(builder->lower_case_table_names, event->schema,
                                          event->name, true, room, &key))
        return fail(builder);
    *made = (struct catalog_event){.schema = copy(arena, event->schema),
                                   .name = copy(arena, event->name),
                                   .text = copy(arena, event->text),
                                   .definer = copy(arena, event->definer),
                                   .sql_mode = copy(arena, event->sql_mode),
                                   .exact = event->exact};
    key = arena_copy(arena, key);
    if (key.ptr == NULL || arena->failed || !map_put(&builder->events, key, made))
        return fail(builder);
    return true;
}

const struct catalog_event *catalog_event_find(const struct catalog *catalog, struct str schema,
                                               struct str name)
{
    char room[CATALOG_KEY_MAX];
    struct str key;

    if (!catalog_key_make(catalog->lower_case_table_names, schema, name, true, room, &key))
        return NULL;
    return map_get(&catalog->event_map, key);
}

const struct catalog_routine *catalog_routine_find(const struct catalog *catalog,
                                                   struct str schema, struct str name,
                                                   bool function)
{
    char room[CATALOG_KEY_MAX];
    struct str key;

    if (!routine_key(catalog->lower_case_table_names, schema, name, function, room, &key))
        return NULL;
    return map_get(&catalog->routine_map, key);
}

bool catalog_builder_drop_table(struct catalog_builder *builder, struct str schema,
                                struct str table)
{
    char room[CATALOG_KEY_MAX];
    struct str key;

    builder->last = NULL;
    return catalog_key_make(builder->lower_case_table_names, schema, table, false, room, &key) &&
           map_remove(&builder->tables, key) != NULL;
}

bool catalog_builder_drop_schema(struct catalog_builder *builder, struct str schema)
{
    char room[CATALOG_KEY_MAX];
    struct str key;
    size_t at = 0;
    const struct map_entry *entry;

    builder->last = NULL;
    if (!catalog_key_make(builder->lower_case_table_names, schema, STR_NONE, false, room, &key) ||
        map_remove(&builder->schemas, key) == NULL)
        return false;
    while ((entry = map_next(&builder->tables, &at)) != NULL) {
        const struct table_draft *draft = entry->value;
        if (catalog_table_name_equal(builder->lower_case_table_names, draft->table.schema, schema))
            map_remove(&builder->tables, entry->key);
    }
    for (at = 0; (entry = map_next(&builder->routines, &at)) != NULL;) {
        const struct catalog_routine *routine = entry->value;
        if (catalog_table_name_equal(builder->lower_case_table_names, routine->schema, schema))
            map_remove(&builder->routines, entry->key);
    }
    return true;
}

/* Points the table at the draft's arrays. */
static void draft_settle(struct table_draft *draft)
{
    draft->table.columns = draft->columns;
    draft->table.column_count = draft->column_count;
    draft->table.keys = draft->keys;
    draft->table.key_count = draft->key_count;
    draft->table.triggers = draft->triggers;
    draft->table.trigger_count = draft->trigger_count;
    draft->table.checks = draft->checks;
    draft->table.check_count = draft->check_count;
}

const struct catalog_table *catalog_builder_find(struct catalog_builder *builder,
                                                 struct str schema, struct str table)
{
    struct table_draft *draft = draft_find(builder, schema, table);

    if (draft == NULL)
        return NULL;
    draft_settle(draft);
    return &draft->table;
}

static int by_ordinal(const void *a, const void *b)
{
    const struct catalog_column *x = a, *y = b;

    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* Tells each table which foreign keys of others point to it. */
static bool link_keys(struct catalog_builder *builder, struct table_draft *from)
{
    for (size_t i = 0; i < from->key_count; i++) {
        const struct catalog_key *key = &from->keys[i];
        if (key->kind != CATALOG_KEY_FOREIGN)
            continue;
        struct table_draft *to = draft_find(builder, key->to_schema, key->to_table);
        if (to == NULL)
            continue;
        const struct catalog_key **by = arena_push(&builder->arena, &to->referenced_by,
                                                   &to->by_count, &to->by_cap, sizeof(*by));
        const struct catalog_table **source =
            arena_push(&builder->arena, &to->referenced_from, &to->from_count, &to->from_cap,
                       sizeof(*source));
        if (by == NULL || source == NULL)
            return false;
        *by = key;
        *source = &from->table;
    }
    return true;
}

static bool freeze_tables(struct catalog_builder *builder, struct catalog *catalog)
{
    size_t at = 0;
    const struct map_entry *entry;
    const struct catalog_table **tables =
        arena_array(&builder->arena, builder->tables.live, const struct catalog_table *);

    if (tables == NULL)
        return false;
    while ((entry = map_next(&builder->tables, &at)) != NULL) {
        struct table_draft *draft = entry->value;
        if (draft->column_count > 0)
            qsort(draft->columns, draft->column_count, sizeof(*draft->columns), by_ordinal);
        draft_settle(draft);
        if (!catalog_table_order(&builder->arena, &draft->table) ||
            !catalog_table_fingerprint(&draft->table))
            return false;
        catalog->column_count += draft->column_count;
        tables[catalog->table_count++] = &draft->table;
    }
    at = 0;
    while ((entry = map_next(&builder->tables, &at)) != NULL)
        if (!link_keys(builder, entry->value))
            return false;
    at = 0;
    while ((entry = map_next(&builder->tables, &at)) != NULL) {
        struct table_draft *draft = entry->value;
        draft->table.referenced_by = draft->referenced_by;
        draft->table.referenced_from = draft->referenced_from;
        draft->table.referenced_count = draft->by_count;
        if (!map_put(&catalog->table_map, entry->key, &draft->table))
            return false;
    }
    catalog->tables = tables;
    return true;
}

static bool freeze_others(struct catalog_builder *builder, struct catalog *catalog)
{
    size_t at = 0;
    const struct map_entry *entry;

    catalog->schemas =
        arena_array(&builder->arena, builder->schemas.live, const struct catalog_schema *);
    catalog->routines =
        arena_array(&builder->arena, builder->routines.live, const struct catalog_routine *);
    if (catalog->schemas == NULL || catalog->routines == NULL)
        return false;
    while ((entry = map_next(&builder->schemas, &at)) != NULL) {
        catalog->schemas[catalog->schema_count++] = entry->value;
        if (!map_put(&catalog->schema_map, entry->key, entry->value))
            return false;
    }
    at = 0;
    while ((entry = map_next(&builder->routines, &at)) != NULL) {
        struct catalog_routine *routine = entry->value;
        if (!catalog_routine_fingerprint(routine))
            return false;
        catalog->routines[catalog->routine_count++] = routine;
        if (!map_put(&catalog->routine_map, entry->key, routine))
            return false;
    }
    catalog->events =
        arena_array(&builder->arena, builder->events.live, const struct catalog_event *);
    if (catalog->events == NULL)
        return false;
    for (at = 0; (entry = map_next(&builder->events, &at)) != NULL;) {
        struct catalog_event *event = entry->value;
        if (!catalog_event_fingerprint(event) ||
            !map_put(&catalog->event_map, entry->key, event))
            return false;
        catalog->events[catalog->event_count++] = event;
    }
    return true;
}

struct catalog *catalog_build(struct catalog_builder *builder)
{
    struct catalog *catalog = builder->failed ? NULL : calloc(1, sizeof(*catalog));

    if (catalog == NULL) {
        catalog_builder_free(builder);
        return NULL;
    }
    map_init(&catalog->schema_map, (struct hash_key){0, 0}, false);
    map_init(&catalog->table_map, (struct hash_key){0, 0}, false);
    map_init(&catalog->routine_map, (struct hash_key){0, 0}, false);
    map_init(&catalog->event_map, (struct hash_key){0, 0}, false);
    catalog->mariadb = builder->mariadb;
    catalog->version = builder->version;
    catalog->lower_case_table_names = builder->lower_case_table_names;
    catalog->references = 1;
    bool done = freeze_tables(builder, catalog) && freeze_others(builder, catalog) &&
                catalog_fingerprint_all(catalog) && !builder->arena.failed;
    catalog->arena = builder->arena;
    arena_init(&builder->arena, 0);
    catalog_builder_free(builder);
    if (!done) {
        catalog_unref(catalog);
        return NULL;
    }
    return catalog;
}

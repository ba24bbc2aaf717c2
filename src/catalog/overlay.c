/* SPDX-License-Identifier: Apache-2.0
 *
 * Temporary tables of one session: a short list, each table in an arena of its own so that DROP
 * gives its memory back.
 */
#include "catalog/internal.h"

#include "base/limits.h"
#include "base/list.h"

#include <stdlib.h>

#define TABLE_ARENA ((size_t)4 << 20)

struct overlay_table {
    struct overlay_table *next;
    struct arena arena;
    struct catalog_table table;
};

struct catalog_overlay {
    struct overlay_table *first;
    size_t count;
    unsigned lower_case_table_names;
};

struct catalog_overlay *catalog_overlay_new(unsigned lower_case_table_names)
{
    struct catalog_overlay *overlay = calloc(1, sizeof(*overlay));

    if (overlay != NULL)
        overlay->lower_case_table_names = lower_case_table_names;
    return overlay;
}

static void table_free(struct overlay_table *entry)
{
    arena_release(&entry->arena);
    free(entry);
}

void catalog_overlay_clear(struct catalog_overlay *overlay)
{
    while (overlay->first != NULL) {
        struct overlay_table *entry = overlay->first;
        overlay->first = entry->next;
        table_free(entry);
    }
    overlay->count = 0;
}

void catalog_overlay_free(struct catalog_overlay *overlay)
{
    if (overlay == NULL)
        return;
    catalog_overlay_clear(overlay);
    free(overlay);
}

size_t catalog_overlay_count(const struct catalog_overlay *overlay)
{
    return overlay ? overlay->count : 0;
}

static bool same_name(const struct catalog_overlay *overlay, const struct catalog_table *table,
                      struct str schema, struct str name)
{
    return catalog_table_name_equal(overlay->lower_case_table_names, table->schema, schema) &&
           catalog_table_name_equal(overlay->lower_case_table_names, table->name, name);
}

const struct catalog_table *catalog_overlay_find(const struct catalog_overlay *overlay,
                                                 struct str schema, struct str name)
{
    if (overlay == NULL)
        return NULL;
    for (const struct overlay_table *e = overlay->first; e != NULL; e = e->next)
        if (same_name(overlay, &e->table, schema, name))
            return &e->table;
    return NULL;
}

bool catalog_overlay_drop(struct catalog_overlay *overlay, struct str schema, struct str name)
{
    for (struct overlay_table **at = &overlay->first; *at != NULL; at = &(*at)->next) {
        struct overlay_table *entry = *at;
        if (!same_name(overlay, &entry->table, schema, name))
            continue;
        *at = entry->next;
        table_free(entry);
        overlay->count--;
        return true;
    }
    return false;
}

bool catalog_overlay_obscure(struct catalog_overlay *overlay, struct str schema, struct str name)
{
    unsigned lower = overlay->lower_case_table_names;
    bool any = false;

    for (struct overlay_table *e = overlay->first; e != NULL; e = e->next) {
        if ((schema.len > 0 && !catalog_table_name_equal(lower, e->table.schema, schema)) ||
            (name.len > 0 && !catalog_table_name_equal(lower, e->table.name, name)))
            continue;
        e->table.columns = NULL;
        e->table.keys = NULL;
        e->table.column_count = e->table.key_count = 0;
        (void)catalog_table_fingerprint(&e->table);
        any = true;
    }
    return any;
}

static bool fill(struct overlay_table *entry, const struct catalog_table *from)
{
    struct arena *arena = &entry->arena;
    struct catalog_column *columns = arena_array(arena, from->column_count, struct catalog_column);
    struct catalog_key *keys = arena_array(arena, from->key_count, struct catalog_key);

    if (columns == NULL || keys == NULL)
        return false;
    for (size_t i = 0; i < from->column_count; i++)
        if (!catalog_column_copy(arena, &from->columns[i], &columns[i]))
            return false;
    for (size_t i = 0; i < from->key_count; i++)
        if (!catalog_key_copy(arena, &from->keys[i], &keys[i]))
            return false;
    entry->table = (struct catalog_table){.schema = arena_copy(arena, from->schema),
                                          .name = arena_copy(arena, from->name),
                                          .kind = CATALOG_TABLE_TEMPORARY,
                                          .engine = arena_copy(arena, from->engine),
                                          .columns = columns,
                                          .column_count = from->column_count,
                                          .keys = keys,
                                          .key_count = from->key_count};
    return catalog_table_order(arena, &entry->table) && catalog_table_fingerprint(&entry->table) &&
           !arena->failed;
}

bool catalog_overlay_put(struct catalog_overlay *overlay, const struct catalog_table *table)
{
    struct overlay_table *entry = calloc(1, sizeof(*entry));

    if (entry == NULL)
        return false;
    arena_init(&entry->arena, TABLE_ARENA);
    if (!fill(entry, table)) {
        table_free(entry);
        return false;
    }
    catalog_overlay_drop(overlay, table->schema, table->name);
    if (overlay->count >= LIMIT_TEMPORARY) {
        table_free(entry);
        return false;
    }
    entry->next = overlay->first;
    overlay->first = entry;
    overlay->count++;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <stdlib.h>

void map_init(struct map *map, struct hash_key seed, bool nocase)
{
    *map = (struct map){.seed = seed, .nocase = nocase};
}

void map_release(struct map *map)
{
    free(map->entries);
    free(map->slots);
    map_init(map, map->seed, map->nocase);
}

static uint64_t hash_of(const struct map *map, struct str key)
{
    return map->nocase ? hash_bytes_nocase(map->seed, key) : hash_bytes(map->seed, key);
}

static bool same_key(const struct map *map, struct str a, struct str b)
{
    return map->nocase ? str_equal_nocase(a, b) : str_equal(a, b);
}

static struct map_entry *find(const struct map *map, struct str key, uint64_t hash)
{
    if (map->slot_count == 0)
        return NULL;
    for (size_t i = hash & (map->slot_count - 1);; i = (i + 1) & (map->slot_count - 1)) {
        if (map->slots[i] == 0)
            return NULL;
        struct map_entry *entry = &map->entries[map->slots[i] - 1];
        if (entry->key.ptr != NULL && entry->hash == hash && same_key(map, entry->key, key))
            return entry;
    }
}

static void place(uint32_t *slots, size_t slot_count, uint64_t hash, size_t index)
{
    size_t i = hash & (slot_count - 1);

    while (slots[i] != 0)
        i = (i + 1) & (slot_count - 1);
    slots[i] = (uint32_t)index + 1;
}

/* Drops removed entries and makes room for at least one more. */
static bool grow(struct map *map)
{
    size_t slot_count = 8;

    while (slot_count * 3 / 4 <= map->live + 1)
        slot_count *= 2;
    size_t entry_cap = slot_count * 3 / 4 + 1;
    struct map_entry *entries = calloc(entry_cap, sizeof(*entries));
    uint32_t *slots = calloc(slot_count, sizeof(*slots));
    if (entries == NULL || slots == NULL || entry_cap >= UINT32_MAX) {
        free(entries);
        free(slots);
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < map->count; i++) {
        if (map->entries[i].key.ptr == NULL)
            continue;
        entries[n] = map->entries[i];
        place(slots, slot_count, entries[n].hash, n);
        n++;
    }
    free(map->entries);
    free(map->slots);
    map->entries = entries;
    map->slots = slots;
    map->slot_count = slot_count;
    map->entry_cap = entry_cap;
    map->count = map->live = n;
    return true;
}

void *map_get(const struct map *map, struct str key)
{
    const struct map_entry *entry = find(map, key, hash_of(map, key));

    return entry ? entry->value : NULL;
}

bool map_has(const struct map *map, struct str key)
{
    return find(map, key, hash_of(map, key)) != NULL;
}

bool map_put(struct map *map, struct str key, void *value)
{
    REQUIRE(key.ptr != NULL);
    uint64_t hash = hash_of(map, key);
    struct map_entry *entry = find(map, key, hash);

    if (entry != NULL) {
        entry->key = key;
        entry->value = value;
        return true;
    }
    if (map->slot_count == 0 || map->count + 1 > map->slot_count * 3 / 4) {
        if (!grow(map))
            return false;
    }
    map->entries[map->count] = (struct map_entry){key, value, hash};
    place(map->slots, map->slot_count, hash, map->count);
    map->count++;
    map->live++;
    return true;
}

void *map_remove(struct map *map, struct str key)
{
    struct map_entry *entry = find(map, key, hash_of(map, key));

    if (entry == NULL)
        return NULL;
    void *value = entry->value;
    entry->key = STR_NONE;
    entry->value = NULL;
    map->live--;
    return value;
}

const struct map_entry *map_next(const struct map *map, size_t *position)
{
    while (*position < map->count) {
        const struct map_entry *entry = &map->entries[(*position)++];
        if (entry->key.ptr != NULL)
            return entry;
    }
    return NULL;
}

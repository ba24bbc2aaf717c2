#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Hash table from strings to pointers. Owns neither keys nor values: both must outlive the entry.
 * Open addressing, grows at 3/4 full. Iteration order is that of insertion when nothing was
 * removed.
 */
#include "base/attr.h"
#include "base/hash.h"

struct map_entry {
    struct str key; /* ptr NULL: removed */
    void *value;
    uint64_t hash;
};

struct map {
    struct map_entry *entries; /* in order of insertion */
    uint32_t *slots;           /* index into entries plus 1; 0 is free */
    size_t count;              /* entries ever put and not compacted */
    size_t live;               /* entries that are there */
    size_t slot_count;         /* a power of two, or 0 */
    size_t entry_cap;
    struct hash_key seed;
    bool nocase;               /* ASCII letters compare without case */
};

/* `seed`: random (base/random.h) where keys come from outside; zero serves offline tools. */
void map_init(struct map *map, struct hash_key seed, bool nocase);
void map_release(struct map *map);
/* NULL when it is not there. */
void *map_get(const struct map *map, struct str key);
bool map_has(const struct map *map, struct str key);
/* Puts or replaces. False when out of memory (nothing changed). The key must not be NULL; an
 * empty key with a non-NULL pointer is fine. */
NODISCARD bool map_put(struct map *map, struct str key, void *value);
/* The value that was there, or NULL. */
void *map_remove(struct map *map, struct str key);
/* Walks entries: start with *position 0; NULL at the end. */
const struct map_entry *map_next(const struct map *map, size_t *position);

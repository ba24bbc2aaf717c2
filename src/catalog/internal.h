#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this part share: the draft of a table while it is filled, and the frozen
 * snapshot.
 */
#include "base/map.h"
#include "catalog/catalog.h"

/* Longest key: two folded names of 64 characters, 4 bytes each, and the byte between them. */
#define CATALOG_KEY_MAX 576

/* A table being filled: `table`'s pointers are NULL until it is frozen; the growing arrays stand
 * beside it. Trigger etc. arrays are in the builder's arena. */
struct table_draft {
    struct catalog_table table;
    struct catalog_column *columns;
    size_t column_count, column_cap;
    struct catalog_key *keys;
    size_t key_count, key_cap;
    struct catalog_trigger *triggers;
    size_t trigger_count, trigger_cap;
    struct catalog_check *checks;
    size_t check_count, check_cap;
    const struct catalog_key **referenced_by;
    const struct catalog_table **referenced_from;
    size_t by_count, by_cap, from_count, from_cap;
    uint32_t index; /* among the frozen tables */
};

struct catalog_builder {
    struct arena arena;
    struct map schemas, tables, routines, events; /* folded key → struct catalog_schema,
                                             table_draft, catalog_routine, catalog_event */
    bool mariadb;
    uint32_t version;
    unsigned lower_case_table_names;
    bool failed;
    struct table_draft *last; /* rows come table by table */
};

struct catalog {
    struct arena arena;
    struct map schema_map, table_map, routine_map, event_map;
    const struct catalog_schema **schemas;
    size_t schema_count;
    const struct catalog_table **tables;
    size_t table_count;
    const struct catalog_routine **routines;
    size_t routine_count;
    const struct catalog_event **events;
    size_t event_count;
    size_t column_count;
    bool mariadb;
    uint32_t version;
    unsigned lower_case_table_names;
    unsigned references;
    unsigned char fingerprint[32];
};

/* The key under which an object is kept: names folded as `lower_case_table_names` (schema, table)
 * says, `second` always folded when `fold_second`. False when too long to be a name. */
bool catalog_key_make(unsigned lower_case_table_names, struct str first, struct str second,
                      bool fold_second, char out[CATALOG_KEY_MAX], struct str *ret);
/* Into `arena`, everything that `from` points to. */
bool catalog_column_copy(struct arena *arena, const struct catalog_column *from,
                         struct catalog_column *ret);
bool catalog_key_copy(struct arena *arena, const struct catalog_key *from,
                      struct catalog_key *ret);
/* SHA-256 of what the table says of itself. */
bool catalog_table_fingerprint(struct catalog_table *table);
bool catalog_routine_fingerprint(struct catalog_routine *routine);
bool catalog_event_fingerprint(struct catalog_event *event);
/* ... and of all of them, in no particular order. */
bool catalog_fingerprint_all(struct catalog *catalog);

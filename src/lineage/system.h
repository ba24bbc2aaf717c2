#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The servers' own schemas: what reading one of their tables shows (system_table.h). None has base
 * columns that could be masked; what is told of stored values and statements is an effect.
 */
#include "lineage/internal.h"

enum system_shows {
    SYSTEM_SHAPE = 0, /* nothing that a grant would be needed for */
    SYSTEM_SERVER,
    SYSTEM_STATEMENTS,
    SYSTEM_VALUES,
    SYSTEM_DEFINITIONS,
    SYSTEM_ACCOUNTS
};

/* Needs and effect of reading the table. False when it is unknown, which is recorded. */
bool system_table_read(struct work *w, struct str schema, struct str table, uint32_t position);
/* ... of one of its columns, in addition. */
void system_column_read(struct work *w, struct str schema, struct str table, struct str column,
                        uint32_t position);
/* ... of whatever columns it may have. */
void system_columns_unknown(struct work *w, struct str schema, struct str table, uint32_t position);
/* Its columns are shown, no row of it. */
void system_table_described(struct work *w, struct str schema, struct str table, uint32_t position);
/* The effect alone. */
void system_shown(struct work *w, enum system_shows shows, struct str what, uint32_t position);

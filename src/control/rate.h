#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * So many requests of one name in each minute. When more names come than the table holds, the
 * rest of the minute's new names share one budget.
 */
#include "base/map.h"

#define RATE_NAMES 4096

struct rate_entry;

struct rate {
    struct map by_name; /* struct rate_entry */
    int64_t minute;     /* the one being counted */
    uint64_t others;    /* requests of names that found no room */
};

void rate_init(struct rate *rate, struct hash_key seed);
void rate_release(struct rate *rate);
/* Counts one; false when it is over `limit`. `limit` 0: no limit. */
bool rate_take(struct rate *rate, struct str name, int64_t now_us, int64_t limit);

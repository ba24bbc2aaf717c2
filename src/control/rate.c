/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rate.h"

struct rate_entry {
    uint64_t count;
    char name[64]; /* an address; longer ones are cut */
};

void rate_init(struct rate *rate, struct hash_key seed)
{
    *rate = (struct rate){0};
    map_init(&rate->by_name, seed, false);
}

static void forget(struct rate *rate)
{
    struct hash_key seed = rate->by_name.seed;
    const struct map_entry *entry;
    size_t position = 0;

    while ((entry = map_next(&rate->by_name, &position)))
        free(entry->value);
    map_release(&rate->by_name);
    rate_init(rate, seed);
}

void rate_release(struct rate *rate)
{
    forget(rate);
}

static struct rate_entry *entry_of(struct rate *rate, struct str name)
{
    struct str key = str_slice(name, 0, sizeof(((struct rate_entry *)0)->name));
    struct rate_entry *entry = map_get(&rate->by_name, key);

    if (entry || rate->by_name.live >= RATE_NAMES)
        return entry;
    entry = calloc(1, sizeof(*entry));
    if (!entry)
        return NULL;
    memcpy(entry->name, key.ptr, key.len);
    if (!map_put(&rate->by_name, str_make(entry->name, key.len), entry)) {
        free(entry);
        return NULL;
    }
    return entry;
}

bool rate_take(struct rate *rate, struct str name, int64_t now_us, int64_t limit)
{
    int64_t minute = now_us / 60000000;
    struct rate_entry *entry;
    uint64_t *count;

    if (limit <= 0 || name.len == 0)
        return true;
    if (minute != rate->minute) {
        forget(rate);
        rate->minute = minute;
    }
    entry = entry_of(rate, name);
    count = entry ? &entry->count : &rate->others;
    return ++*count <= (uint64_t)limit;
}

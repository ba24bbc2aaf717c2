/* SPDX-License-Identifier: Apache-2.0 */
#include "control/seen.h"

#include "base/limits.h"

struct seen_entry {
    int64_t written_us;
    char key[];
};

void seen_init(struct seen *seen, struct hash_key seed)
{
    map_init(&seen->last, seed, false);
}

void seen_release(struct seen *seen)
{
    const struct map_entry *entry;
    size_t position = 0;

    while ((entry = map_next(&seen->last, &position)))
        free(entry->value);
    map_release(&seen->last);
}

/* True when it is time to write. */
static bool due(struct seen *seen, struct str key, int64_t now_us)
{
    struct seen_entry *entry = map_get(&seen->last, key);

    if (entry) {
        if (now_us - entry->written_us < SEEN_PAUSE_US)
            return false;
        entry->written_us = now_us;
        return true;
    }
    entry = seen->last.live < SEEN_IDENTITIES ? calloc(1, sizeof(*entry) + key.len) : NULL;
    if (!entry)
        return true;
    memcpy(entry->key, key.ptr, key.len);
    entry->written_us = now_us;
    if (!map_put(&seen->last, str_make(entry->key, key.len), entry))
        free(entry);
    return true;
}

void seen_note(struct seen *seen, struct store *store, struct str issuer, struct str subject,
               struct str name, struct str groups, int64_t now_us)
{
    char key[2 * LIMIT_APPROVAL_NAME + 2];
    int len = snprintf(key, sizeof(key), "%.*s\n%.*s", STR_ARG(str_slice(issuer, 0, 1024)),
                       STR_ARG(str_slice(subject, 0, 1024)));
    struct identity_row row = {.issuer = issuer,
                               .subject = subject,
                               .name = name,
                               .groups = groups,
                               .first_us = now_us,
                               .last_us = now_us,
                               .count = 1};

    if (subject.len > 0 && due(seen, str_make(key, (size_t)len), now_us))
        (void)store_identity_seen(store, &row); /* for people to look at; nothing rests on it */
}

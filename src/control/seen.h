#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Who was here: told of each sight, writes to the store once a minute at most for each identity,
 * so that a busy client does not cost a disk write each time.
 */
#include "base/map.h"
#include "store/store.h"

#define SEEN_IDENTITIES 65536 /* remembered; beyond it every sight is written */
#define SEEN_PAUSE_US   ((int64_t)60 * 1000000)

struct seen {
    struct map last; /* private: issuer, newline, subject → when written */
};

void seen_init(struct seen *seen, struct hash_key seed);
void seen_release(struct seen *seen);
/* `groups`: newline-separated. */
void seen_note(struct seen *seen, struct store *store, struct str issuer, struct str subject,
               struct str name, struct str groups, int64_t now_us);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What the other processes told of themselves in their last `status` message: metrics, and for
 * workers their sessions. A process that is gone is forgotten, its counters are not: they are kept
 * in `lost`, so that no counter at /metrics ever falls.
 */
#include "base/arena.h"
#include "base/metrics.h"

#define SIGHT_PROCESSES 256

struct sight_session {
    uint64_t id;
    struct str issuer, subject, name, target, peer, client, state, statement;
    int64_t opened_us, last_us;
    uint64_t statements, rows, refused;
    uint16_t worker; /* index of its worker */
};

struct sight_process {
    const char *role; /* role's name; NULL: free */
    uint16_t index;
    int64_t seen_us;
    struct metrics metrics;
    struct arena arena; /* of the sessions */
    struct sight_session *sessions;
    size_t session_count;
};

struct sight {
    struct sight_process processes[SIGHT_PROCESSES];
    struct metrics lost;
};

void sight_init(struct sight *sight);
void sight_release(struct sight *sight);

/* Takes a status message. False when it is malformed; nothing is changed then. `role` must be a
 * string that lives for ever. */
bool sight_take(struct sight *sight, const char *role, uint16_t index, int64_t now_us,
                struct str metrics, struct str sessions_json);
/* The process is gone. */
void sight_lose(struct sight *sight, const char *role, uint16_t index);
/* All that is known, and `own` beside it. */
void sight_sum(const struct sight *sight, const struct metrics *own, struct metrics *ret_sum);
/* Walks sessions: start with *process and *position 0; NULL at the end. */
const struct sight_session *sight_next(const struct sight *sight, size_t *process,
                                       size_t *position);
const struct sight_session *sight_find(const struct sight *sight, uint64_t id);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What a session needs of the other processes, as functions: the worker role gives those that send
 * messages, scenario tests give their own.
 *
 * An ask gives a tag, or 0 when it can't be made (then `done` is not called). `done` comes once,
 * later, never from inside the ask; with NULL when there is no answer. What it is given lives
 * until it returns; a descriptor belongs to it.
 */
#include "audit/record.h"
#include "ipc/ipc.h"

enum session_peer {
    SESSION_PEER_SUPERVISOR,
    SESSION_PEER_KEEPER,
    SESSION_PEER_CONTROL
};

struct session_ops {
    uint32_t (*verify)(void *context, const struct ipc_verify *ask,
                       void (*done)(void *owner, const struct ipc_verified *answer), void *owner);
    uint32_t (*login_verify)(void *context, const struct ipc_login_verify *ask,
                             void (*done)(void *owner, const struct ipc_verified *answer),
                             void *owner);
    uint32_t (*answer)(void *context, const struct ipc_answer *ask,
                       void (*done)(void *owner, const struct ipc_answered *answer), void *owner);
    uint32_t (*prime)(void *context, const struct ipc_prime *ask,
                      void (*done)(void *owner, const struct ipc_primed *answer), void *owner);
    uint32_t (*dial)(void *context, const struct ipc_dial *ask,
                     void (*done)(void *owner, const struct ipc_dialled *answer), void *owner);
    uint32_t (*approval_ask)(void *context, const struct ipc_approval_ask *ask,
                             void (*done)(void *owner, const struct ipc_approval_state *answer),
                             void *owner);
    uint32_t (*approval_use)(void *context, const struct ipc_approval_use *ask,
                             void (*done)(void *owner, const struct ipc_approval_used *answer),
                             void *owner);
    uint32_t (*approval_list)(void *context, const struct ipc_approval_list *ask,
                              void (*done)(void *owner, const struct ipc_approval_listed *answer),
                              void *owner);
    /* `done` of that ask will not be called. */
    void (*forget)(void *context, enum session_peer peer, uint32_t tag);
    void (*session_open)(void *context, uint64_t session, struct str target);
    /* A session changed the target's tables, views or routines: the other workers should know. */
    void (*catalog_touched)(void *context, struct str target);
    void (*session_close)(void *context, uint64_t session);

    /* Records; 0 when it can't be taken: then nothing may be run. Outcomes and logouts are kept
     * until they can be. */
    uint64_t (*record)(void *context, const struct audit_record *record);
    /* It could not be taken because the recorder is behind, not because it can't write: worth
     * trying again in a moment. */
    bool (*record_later)(void *context);
    bool (*durable)(void *context, uint64_t sequence);
    /* The records up to this one are to be on disk soon. */
    void (*want_durable)(void *context, uint64_t sequence);
    /* world_durable_moved is to be called when more is durable. */
    void (*await_durable)(void *context, bool wanted);
    int64_t (*realtime_us)(void *context);
};

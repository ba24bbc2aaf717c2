#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The control process: HTTPS API, approvals, issuers' keys, metrics. It holds the store and the
 * API's TLS key, no credential of any target; it reaches sessions by the messages `kill`,
 * `approval_state`, `approval_used` and `approval_changed` alone.
 */
#include "config/config.h"
#include "control/api.h"
#include "control/http.h"
#include "control/issuers.h"
#include "policy/policy.h"
#include "roles/role.h"

#define CONTROL_WORKERS_MAX 256
#define CONTROL_ASK_MS      5000 /* for an answer of keeper or recorder */

struct control_worker {
    struct control *control;
    uint16_t index;
    struct ipc_channel *channel;
    uint64_t connects; /* rises when the process behind the channel is another */
};

struct control {
    const struct role_process *process;
    struct ipc_channel *supervisor, *keeper, *recorder;
    struct control_worker *workers[CONTROL_WORKERS_MAX]; /* by index; NULL: never seen */
    bool draining;

    struct config *config; /* NULL until the first `configure` */
    const struct policy_set *policies;
    struct store *store;
    struct approval_service approvals;
    struct api api;
    bool api_ready;
    struct http_server *http;
    int listener; /* handed over before the first configuration; -1: none */
    struct issuers *issuers;
    struct sight sight;
    struct metrics metrics;
    struct event *tick; /* every second */
    uint64_t ticks;
    uint64_t drain_ends_ms;
};

/* control_messages.c: what other processes say. */
extern const struct ipc_handlers control_handlers;
/* control_configure.c */
void control_on_configure(void *owner, struct ipc_channel *channel, const struct ipc_configure *m);
/* control_backend.c: what the API and the approvals ask of other processes. */
int64_t control_now_us(void *owner);
void control_backend_fill(struct control *control);

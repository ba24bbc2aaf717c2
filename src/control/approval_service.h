#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests for approval as a service: reads the store, takes a step by approval.h, has it
 * recorded, writes it, tells whoever waits; in this order. A step that can't be recorded is not
 * taken. One operation at a time, the others wait in line, so that no two steps meet on one
 * request in this process; the store's version check holds between processes.
 */
#include "base/list.h"
#include "base/metrics.h"
#include "control/approval.h"
#include "identity/identity.h"
#include "store/store.h"

struct audit_record;

#define APPROVAL_OPS_MAX 1024 /* operations in line */

typedef void approval_recorded_fn(void *arg, bool on_disk);
/* `approval` is NULL where there is none (a problem before it was found); lives for the call. */
typedef void approval_done_fn(void *arg, enum problem problem, const struct approval *approval);

struct approval_service {
    struct store *store;
    struct metrics *metrics;
    int64_t pending_us; /* how long an undecided request stays */
    void *owner;        /* first argument of the functions below */
    int64_t (*now_us)(void *owner);
    /* Puts the record on the log and calls `done` once, at once or later. */
    void (*record)(void *owner, const struct audit_record *record, approval_recorded_fn *done,
                   void *arg);
    /* After each step that was taken. */
    void (*changed)(void *owner, const struct approval *approval);

    struct list line; /* private: struct approval_op */
    size_t line_count;
    bool running, pumping;
};

void approval_service_init(struct approval_service *service);
/* Operations in line are dropped, their `done` is not called. */
void approval_service_release(struct approval_service *service);

/* Each calls `done` once, unless the service is released before. Arguments are copied. */

/* The request that answers this ask: the one that is there, or a new one. */
void approval_service_ask(struct approval_service *service, const struct approval_ask *ask,
                          approval_done_fn *done, void *arg);
void approval_service_decide(struct approval_service *service, struct str id,
                             const struct identity *voter, bool approves, struct str comment,
                             approval_done_fn *done, void *arg);
/* PROBLEM_NONE: it was good, and is used up. */
void approval_service_use(struct approval_service *service, struct str id,
                          const unsigned char fingerprint[APPROVAL_FINGERPRINT],
                          approval_done_fn *done, void *arg);
/* By the requester. */
void approval_service_withdraw(struct approval_service *service, struct str id,
                               const struct identity *requester, approval_done_fn *done, void *arg);
/* Expires what has lapsed, up to 100 at a time; called every second or so. */
void approval_service_sweep(struct approval_service *service);

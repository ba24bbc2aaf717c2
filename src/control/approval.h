#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a request for approval: which step may follow which, and who may take it. Pure: the
 * time is passed in, nothing is stored or sent (approval_service.h does that). Every function
 * gives a problem and leaves the request untouched, or PROBLEM_NONE and the request changed.
 *
 * The rules, each with a row in the test's table:
 *   - an approval is for one identity, target, statement, its values, the objects' definitions
 *     and the terms of the policy that asked for it: the fingerprint; anything else is not it
 *   - it is good once, until it expires
 *   - `count` different people of the named groups must approve; one refusal is enough
 *   - the requester never counts among them, whatever groups they are in
 *   - asking again while it waits, is approved or was lately refused gives the same request
 */
#include "base/arena.h"
#include "control/problem.h"
#include "store/approval.h"

struct identity;

/* The state machine's edges. */
bool approval_edge(enum approval_state from, enum approval_state to);

/* A new, pending request. Texts are copied into the arena. `pending_us`: how long it may wait. */
enum problem approval_open(const struct approval_ask *ask, const char *id, int64_t now_us,
                           int64_t pending_us, struct arena *arena, struct approval *ret);

/* What an ask means for an existing request with the same key. */
enum approval_match {
    APPROVAL_UNRELATED = 0, /* ended, or of another key: a new one is to be made */
    APPROVAL_SAME,          /* this is the answer: pending, approved, or lately refused */
    APPROVAL_SUPERSEDED     /* alive, but for other objects or terms: void it */
};
enum approval_match approval_compare(const struct approval *approval,
                                     const struct approval_ask *ask, int64_t now_us);

/* One person's word. The vote is appended in the arena; the state follows. The same word of the
 * same person again changes nothing and is no problem (*ret_changed false). */
enum problem approval_decide(struct approval *approval, const struct identity *voter, bool approves,
                             struct str comment, int64_t now_us, struct arena *arena,
                             bool *ret_changed);
/* The group by which they may; false when there is none. */
bool approval_may_decide(const struct approval *approval, const struct identity *voter,
                         struct str *ret_group);
bool approval_is_own(const struct approval *approval, struct str issuer, struct str subject);

/* Uses it up, when it is approved, in time, and for this fingerprint. */
enum problem approval_use(struct approval *approval,
                          const unsigned char fingerprint[APPROVAL_FINGERPRINT], int64_t now_us);
/* Ends it: `why` is kept as the outcome (must live as long as the request). */
enum problem approval_make_void(struct approval *approval, struct str why, int64_t now_us);
/* True when it had lapsed and is now expired. */
bool approval_lapse(struct approval *approval, int64_t now_us);

/* Distinct approvals so far. */
uint32_t approval_count(const struct approval *approval);

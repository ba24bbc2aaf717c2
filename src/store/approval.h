#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A request for approval: what a worker asks (message `approval_ask`), what control keeps and
 * moves from state to state (src/control/approval.h). Plain data; strings live in the arena that
 * the reader gave.
 *
 * Glossary
 *   request      one statement of one identity on one target that policy sends to a person
 *   statement    the exact text that would run, as the gateway rebuilt it from tokens
 *   values       the bound values of a prepared statement as a JSON array; empty when none
 *   objects      what the statement touches, with a fingerprint of each one's definition, and the
 *                default schema and sql_mode it runs under, as JSON; a changed table makes another
 *                text here and voids what was approved before
 *   terms        who may approve, how many are needed, for how long it is valid
 *   key          SHA-256 over identity, target, statement and values
 *   fingerprint  SHA-256 over the key, objects and terms: an approval is good for exactly this
 *
 * States (edges held by src/control/approval.c):
 *
 *   pending --> approved --> used
 *      |  \         |  \
 *      |   \        |   `--> expired (valid ended unused)
 *      |    \       `------> void    (object, policy or mind changed)
 *      |     `--> refused
 *      `--------> expired, void
 */
#include "base/arena.h"

#define APPROVAL_ID_LEN      13 /* "rq-" and ten characters of random_name */
#define APPROVAL_ID_SIZE     (APPROVAL_ID_LEN + 1)
#define APPROVAL_FINGERPRINT 32

enum approval_state {
    APPROVAL_INVALID = 0,
    APPROVAL_PENDING,
    APPROVAL_APPROVED,
    APPROVAL_REFUSED,
    APPROVAL_EXPIRED,
    APPROVAL_USED,
    APPROVAL_VOID,
    APPROVAL_STATE_COUNT
};

/* "pending", "approved", ...; "invalid" for what is out of range. */
const char *approval_state_text(enum approval_state state);
enum approval_state approval_state_by_text(struct str text);

/* What a worker says when a statement needs approval. Texts as they came; control checks them. */
struct approval_ask {
    struct str issuer, subject; /* the requester, as the keeper verified it */
    struct str name;    /* how people know the requester: e-mail or user name; may be empty */
    struct str session; /* session id, for the record */
    struct str target;
    struct str statement;
    struct str values;     /* JSON array or empty */
    struct str objects;    /* JSON or empty */
    struct str reason;     /* why, in the requester's words; may be empty */
    struct str rule;       /* the policy line that sent it here: `agents (agents.yaml:12)` */
    struct str summary;    /* kind, objects, effects, estimate: JSON for approvers; may be empty */
    struct str groups;     /* who may approve: names separated by newlines, at least one */
    uint32_t count;        /* distinct approvers needed, at least 1 */
    int64_t valid_us;      /* how long an approval stays good, microseconds, more than 0 */
    bool explicit_request; /* CALL cardea.request(): a new request even after a refusal */
};

struct approval_vote {
    struct str issuer, subject, name;
    struct str group;   /* the group that made the voter an approver */
    struct str comment; /* may be empty */
    bool approves;
    int64_t at_us;
};

struct approval {
    char id[APPROVAL_ID_SIZE];
    enum approval_state state;
    uint32_t version; /* counts changes; compared when a change is written */
    struct approval_ask ask;
    unsigned char key[APPROVAL_FINGERPRINT];
    unsigned char fingerprint[APPROVAL_FINGERPRINT];
    int64_t created_us; /* all times since 1970 UTC; 0: not yet */
    int64_t expires_us; /* pending: when it lapses; approved: when it is no longer good */
    int64_t decided_us;
    int64_t used_us;
    struct str outcome; /* the refusal's reason, or why it is void; may be empty */
    const struct approval_vote *votes;
    size_t vote_count;
};

void approval_key(const struct approval_ask *ask, unsigned char ret_key[APPROVAL_FINGERPRINT]);
void approval_fingerprint(const struct approval_ask *ask,
                          unsigned char ret_fingerprint[APPROVAL_FINGERPRINT]);
/* Walks the newline-separated names: start with *position 0. False at the end. */
bool approval_group_next(struct str groups, size_t *position, struct str *ret_group);

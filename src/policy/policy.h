#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy: who may do what, where, when; what stays masked; what a person must approve. Loads
 * policy and classification documents into an immutable set and decides statements by it.
 * No I/O, no clock: bytes, identity, analysis and time in, decision out.
 *
 *   policy_set    all documents, compiled; immutable, counted, swapped whole
 *   scope         what of the set concerns one identity on one target; made once a session (and
 *                 again when set, identity or target change), asked once a statement
 *   decision      deny, approve, mask or allow, with the rule that decided and everything that
 *                 the session needs to carry it out
 *
 * Deny wins, then approve, then mask, then allow; nothing matching means deny.
 *
 * Names: a grant matches schema and table exactly as the catalog spells them; deny rules and
 * classification match without regard to case. Columns never have case.
 */
#include "base/fault.h"
#include "config/field.h"
#include "lineage/analysis.h"
#include "policy/mask_spec.h"
#include <jansson.h>

struct policy_set;
struct policy_scope;

/* ---- loading ---- */

struct policy_file {
    struct str name; /* for messages, as the user knows it */
    struct str text;
};

/* Gives the TZif bytes (RFC 8536) of an IANA zone; they must stay until the load returns. */
typedef bool policy_zone_fetch(void *context, struct str zone, struct str *ret_tzif);

/* Reads all documents of all files: `policy:`, `classification:`; documents that begin with
 * `tests:` are skipped. NULL when anything is wrong, and the problems say all of it. No file at
 * all is a valid set, which denies everything. One reference belongs to the caller. */
struct policy_set *policy_set_load(const struct policy_file *files, size_t file_count,
                                   policy_zone_fetch *fetch, void *fetch_context,
                                   struct config_problems *problems);
struct policy_set *policy_set_ref(const struct policy_set *set);
void policy_set_unref(const struct policy_set *set);
/* SHA-256 over names and texts of the files, for records and cache keys. */
const unsigned char *policy_set_digest(const struct policy_set *set);
size_t policy_set_policy_count(const struct policy_set *set);
/* Names of the zones that the documents use (for the supervisor, which reads their files). */
const struct str *policy_set_zones(const struct policy_set *set, size_t *ret_count);

/* ---- who and where ---- */

struct policy_identity {
    struct str issuer; /* the issuer's name in the configuration */
    struct str subject;
    const struct str *groups;
    size_t group_count;
    const json_t *claims; /* the token's claims, an object; may be NULL */
};

struct policy_target {
    struct str name;
    const struct config_labels *labels; /* may be NULL */
};

/* In the arena; keeps pointers into the set (which must outlive it) and copies nothing else of
 * identity or target. NULL only when the arena failed. An empty scope denies everything. */
const struct policy_scope *policy_scope_make(const struct policy_set *set,
                                             const struct policy_identity *identity,
                                             const struct policy_target *target,
                                             struct arena *arena);
/* Changes whenever a time window of the scope opens or closes; with the set's digest, the catalog
 * and the statement's shape it is all that a decision depends on. */
uint64_t policy_scope_windows(const struct policy_scope *scope, int64_t now_us);

/* ---- limits, approvals ---- */

/* The strictest of all policies in force; 0: no limit. */
struct policy_limits {
    int64_t rows;                  /* of one result */
    int64_t bytes;                 /* of one result */
    int64_t time_ms;               /* of one statement */
    int64_t statements_per_minute; /* of one identity on this target */
    int64_t sessions;              /* of one identity on this target */
};

/* All of it must be met: approvers in one of these groups, never the requester. */
struct policy_approval {
    const struct str *groups;
    size_t group_count;
    uint32_t count;   /* distinct approvers */
    int64_t valid_ms; /* how long an approval may be used */
    int64_t wait_ms;  /* how long the session waits before it answers with the request's id */
};

/* The rule or default that decided. */
struct policy_rule_ref {
    struct str policy;         /* its name; empty: nothing granted it, or a built-in default */
    struct config_position at; /* of the rule */
};

/* ---- a session ---- */

struct policy_session {
    bool allowed;       /* some policy concerns this identity here and is in its window */
    struct fault fault; /* when not: denied.subject or denied.window */
    struct policy_limits limits;
    struct str role; /* for SET ROLE; empty: as the target's mapping says */
    bool read_only;  /* nothing in the scope allows or lets approve any write: the backend
                        session can be made read only */
};

void policy_session_decide(const struct policy_scope *scope, int64_t now_us, struct arena *arena,
                           struct policy_session *ret_session);
/* Something is granted in the schema: USE, COM_INIT_DB, the schema of the handshake. */
bool policy_schema_visible(const struct policy_scope *scope, struct str schema, int64_t now_us);

/* ---- a statement ---- */

enum policy_verdict {
    POLICY_DENY = 0,
    POLICY_APPROVE, /* wait for a person; when `approved` comes with the next request, it is
                       ALLOW or MASK */
    POLICY_MASK,    /* run; rewrite the outputs whose mask is not NULL */
    POLICY_ALLOW
};

struct policy_request {
    const struct analysis *analysis;
    int64_t now_us;
    bool approved; /* an approval for exactly this statement is held (and will be used up) */
};

struct policy_decision {
    enum policy_verdict verdict;
    struct fault fault;          /* DENY: the refusal. APPROVE: approval.required, for when the
                                    wait is over; the session adds the request's id */
    struct policy_rule_ref rule; /* that decided */
    const struct policy_mask *const *masks; /* one for each output, NULL: as it is; the array is
                                               NULL when nothing is masked */
    size_t mask_count;                      /* outputs masked */
    bool touches_masked;                    /* a masked column is among the base columns: errors and
                                               warnings must be rid of values, EXPLAIN was refused */
    bool writes_classified; /* a classified column is written: literals and bound values
                               must not be placeholders (mask_is_placeholder) */
    struct policy_limits limits;
    struct policy_approval approval; /* APPROVE */
    bool cacheable;                  /* same for every statement of the same shape while
                                        policy_scope_windows, set and catalog stay */
};

/* Pure. Texts, masks and groups live in the arena or the set. When the arena fails the verdict is
 * DENY with limit.memory. */
void policy_decide(const struct policy_scope *scope, const struct policy_request *request,
                   struct arena *arena, struct policy_decision *ret_decision);
const char *policy_verdict_text(enum policy_verdict verdict);

/* ---- telling people ---- */

/* A row of CALL cardea.permissions(). */
struct policy_permission {
    const char *effect;    /* allow, approve, deny, reveal */
    struct str privileges; /* `SELECT (id, name), INSERT`; tags for reveal */
    struct str object;     /* pattern: `shop.*` */
    struct str note;       /* approvers, window; may be empty */
    struct str policy;
    struct config_position at;
    bool in_force; /* its window is open now */
};

const struct policy_permission *policy_permissions(const struct policy_scope *scope, int64_t now_us,
                                                   struct arena *arena, size_t *ret_count);
/* `SELECT shop.*, INSERT shop.staging_orders`; bounded; empty when nothing is granted. */
struct str policy_grants_summary(const struct policy_scope *scope, int64_t now_us,
                                 struct arena *arena);
/* The tags of a column on the scope's target, revealed or not, for catalogs shown to people. */
size_t policy_column_tags(const struct policy_scope *scope, struct str schema, struct str table,
                          struct str column, struct arena *arena, const struct str **ret_tags);
/* docs/policy-reference.md without its tests: Markdown, generated from the field tables. */
void policy_reference(struct buf *out);
/* docs/errors.md: every code, generated from base/fault_codes.h. */
void policy_errors_reference(struct buf *out);

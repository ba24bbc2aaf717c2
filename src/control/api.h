#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTPS API without HTTP: a call comes in as method, path, query, token and body, is matched
 * with the route table, its bearer verified by the keeper, its role checked, and answered once,
 * now or later. http.h carries calls over TLS; tests and fuzzers make them out of thin air.
 *
 * Roles are steps: who holds one holds those below it.
 *   anyone    no token
 *   user      any verified identity: its own sessions, requests, logins, and the requests it may
 *             decide
 *   viewer    sees those of all
 *   approver  may decide requests (of which the policy must name one of its groups)
 *   admin     ends sessions of others
 * viewer, approver and admin come from the groups in the configuration. Where it names no
 * approver_groups, every user is an approver; the policy's own groups decide alone then.
 */
#include "base/json.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "control/approval_service.h"
#include "control/rate.h"
#include "control/seen.h"
#include "control/sight.h"

struct config;
struct json_t; /* jansson */

enum api_role { API_ROLE_INVALID = 0, API_ANYONE, API_USER, API_VIEWER, API_APPROVER, API_ADMIN };
const char *api_role_text(enum api_role role);

enum api_method { API_METHOD_INVALID = 0, API_GET, API_POST, API_DELETE };
const char *api_method_text(enum api_method method);

#define API_PARAMS 2 /* {name} parts of one path */

struct api;
struct route;

struct api_call {
    /* what was asked; borrowed from the transport until the call is answered */
    enum api_method method;
    struct str path;  /* as it came, percent-encoded, without the query */
    struct str query; /* behind the `?`; may be empty */
    struct str token; /* of `Authorization: Bearer`; empty: none */
    struct str body;
    struct str content_type;
    struct str if_none_match;
    struct str peer; /* address and port, for records */

    /* filled on the way */
    struct arena arena;
    const struct route *route;
    struct str params[API_PARAMS]; /* decoded */
    struct identity identity;
    struct str identity_json; /* as the keeper gave it */
    enum api_role role;

    /* the answer */
    unsigned status;
    const char *answer_type; /* Content-Type */
    struct buf answer;
    char etag[24];          /* with its quotes; empty: none */
    struct str allow;       /* for 405 */
    unsigned retry_after_s; /* for 429, 503; 0: none */

    /* Called once when the answer is there. The transport then copies it and calls
     * api_call_release. */
    void (*answered)(struct api_call *call);
    void *transport;
    struct api *api; /* private */
    bool is_answered;
};

typedef void api_verified_fn(void *arg, bool ok, bool unavailable, struct str identity_json);
/* user empty: not issued, `problem` says why. The password is wiped after the call. */
typedef void api_issued_fn(void *arg, struct str user, const struct secret *password,
                           int64_t expires_s, struct str problem);

/* `decisions`: a JSON array; empty: none, `problem` says why. */
typedef void api_checked_fn(void *arg, struct str decisions, struct str problem);

/* What other processes do for the API. Each calls `done` once, at once or later. */
struct api_backend {
    void *owner;
    void (*verify)(void *owner, struct str token, struct str peer, api_verified_fn *done,
                   void *arg);
    void (*login_issue)(void *owner, struct str identity_json, struct str target,
                        uint32_t lifetime_s, api_issued_fn *done, void *arg);
    void (*record)(void *owner, const struct audit_record *record, approval_recorded_fn *done,
                   void *arg);
    /* False: no worker has this session. */
    bool (*kill)(void *owner, uint64_t session, struct str reason);
    /* What would be decided for this identity; nothing is run. */
    void (*check)(void *owner, struct str identity_json, struct str target, struct str schema,
                  struct str text, api_checked_fn *done, void *arg);
    /* Does some policy open the target to this identity? */
    bool (*target_visible)(void *owner, const struct identity *identity, size_t target);
    int64_t (*now_us)(void *owner);
    /* NULL: ready; else what is missing. */
    const char *(*unready)(void *owner);
};

struct api {
    const struct config *config; /* counted by the owner; may be swapped between calls */
    struct store *store;
    struct approval_service *approvals;
    struct sight *sight;
    struct metrics *metrics; /* this process's own */
    struct api_backend backend;
    struct buf openapi; /* private: the document, made once */
    struct rate rate;   /* private: requests by address */
    struct seen seen;   /* identities, written to the store now and then */
};

/* False when out of memory. The pointers are filled by the owner before. */
NODISCARD bool api_init(struct api *api);
void api_release(struct api *api);

/* Zeroes a call and readies its arena and answer. */
void api_call_init(struct api_call *call);
void api_call_release(struct api_call *call);

/* Runs it. `answered` may be called before this returns. */
void api_dispatch(struct api *api, struct api_call *call);

/* ---- for handlers ---- */

/* An answer of JSON: write with the writer, then api_answer. */
void api_json_begin(struct api_call *call, struct json_writer *ret_writer);
void api_answer(struct api_call *call, unsigned status);
/* A problem document; `detail` may be empty. */
void api_problem(struct api_call *call, enum problem problem, struct str detail);
/* The decoded value of a query parameter; STR_NONE when it is not there. */
struct str api_query(struct api_call *call, const char *name);
/* `limit`, 1 to LIMIT_API_PAGE, 50 when not given; false: a problem was answered. */
bool api_query_limit(struct api_call *call, uint32_t *ret_limit);
/* The body as a JSON object with no members but those named (NULL-terminated); NULL: a problem was
 * answered. An empty body is an empty object. The caller decrefs. */
struct json_t *api_body(struct api_call *call, const char *const *members);
/* A string member, bounded; empty when it is not there; false: a problem was answered. */
bool api_body_text(struct api_call *call, const struct json_t *body, const char *name, size_t max,
                   struct str *ret_text);
bool api_body_integer(struct api_call *call, const struct json_t *body, const char *name,
                      int64_t min, int64_t max, int64_t fallback, int64_t *ret_value);

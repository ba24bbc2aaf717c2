#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What all sessions of a worker share: configuration, policy, targets with their catalogs, the
 * decision cache, metrics, and the list of sessions. Swapped piece by piece on reload: a session
 * keeps the target it was opened with and follows policy at once.
 */
#include "base/list.h"
#include "base/map.h"
#include "base/metrics.h"
#include "catalog/catalog.h"
#include "config/config.h"
#include "net/loop.h"
#include "net/tls.h"
#include "policy/policy.h"
#include "session/ops.h"
#include "sql/sql.h"

struct backend;
struct reading_cache;
struct session;
struct catalog_loader;

/* A configured target as this worker knows it. Counted: sessions hold one each. */
struct session_target {
    int references;
    struct session_world *world;
    const struct config *config;        /* a reference: keeps `settings` alive */
    const struct config_target *settings;
    struct ssl_ctx_st *tls;             /* NULL: TLS off */
    char *host_name;                    /* expected in the certificate; NUL-terminated */
    struct str public_key;              /* PEM; empty: none configured; owned */
    struct catalog *catalog;            /* NULL until first loaded */
    uint64_t catalog_generation;        /* rises with each catalog that differs; 0: none yet */
    uint64_t catalog_as_of_ms;          /* net_loop.now_ms when the load that gave it began */
    uint64_t catalog_loaded_ms;         /* ... of the last load's start, whatever came of it */
    uint64_t catalog_took_ms;           /* how long that took */
    bool catalog_stale;                 /* changed by a statement of this worker, or told so */
    bool catalog_outdated;              /* it was stale when the load under way began */
    struct catalog_loader *loader;      /* while one is under way */
    struct list waiters;                /* catalog_waiter.node */
    char problem[256];                  /* why the last load failed; NUL-terminated */
};

#define KILLERS_MAX 64

/* Waits for a target's catalog. */
struct catalog_waiter {
    struct list node;
    void (*done)(void *owner, bool ok);
    void *owner;
};

struct session_listener {
    const struct config_listener *settings; /* in world.config */
    struct ssl_ctx_st *tls;                 /* NULL: no certificate */
};

/* Sessions and statements of one identity on one target, in this worker. */
struct session_usage {
    struct list node;
    struct str key;       /* owned: issuer, subject, target, NUL between */
    uint32_t sessions;
    uint32_t statements;  /* in the minute that began at minute_ms */
    uint64_t minute_ms;
};

struct session_world {
    struct net_loop *loop;
    const struct session_ops *ops;
    void *ops_context;
    struct metrics *metrics;
    const struct config *config;
    uint64_t config_generation;
    const struct policy_set *policy;
    uint64_t policy_generation; /* rises with each set */
    struct session_listener *listeners;
    size_t listener_count;
    struct session_target **targets;
    size_t target_count;
    struct secret mask_key;     /* for pseudonyms */
    struct list sessions;
    struct list waiting;  /* sessions whose statement waits for the recorder */
    size_t session_count;
    uint64_t sessions_base;     /* highest 16 bits of session ids */
    uint64_t next_session;
    struct list usages;
    struct map usage_by_key;
    struct map refusals;        /* of logins in this minute: address → struct refusals */
    uint64_t refusals_minute_ms;
    struct reading_cache *readings;
    bool sync;                  /* durability */
    bool memory_streams;        /* tests: connections to targets have no sockets */
    bool releasing;             /* the process is ending: nothing new is started */
    struct list killers;        /* connections that end statements */
    size_t killer_count;        /* at most KILLERS_MAX */
    bool draining;
};

/* PEM texts and keys by the paths that the configuration names; STR_NONE when there is none. */
typedef struct str world_file_fetch(void *context, struct str path);

/* `loop` and `metrics` must outlive it. */
NODISCARD bool world_init(struct session_world *world, struct net_loop *loop,
                          const struct session_ops *ops, void *ops_context,
                          struct metrics *metrics);
/* Ends all sessions at once and gives everything back. */
void world_release(struct session_world *world);
/* Takes a new configuration and policy; all or nothing: false, with the reason in `problem`, when
 * a certificate or CA can't be used. Takes references of its own. `system_ca`: PEM, for targets
 * that name no CA. */
NODISCARD bool world_configure(struct session_world *world, const struct config *config,
                               const struct policy_set *policy, world_file_fetch *fetch,
                               void *fetch_context, struct str system_ca, char *problem,
                               size_t problem_size);
/* NULL when there is none. Not a reference. */
struct session_target *world_target(const struct session_world *world, struct str name);
struct session_target *session_target_ref(struct session_target *target);
void session_target_unref(struct session_target *target);

/* The recorder has more on disk, or accepts again. */
void world_durable_moved(struct session_world *world);
/* No new sessions; those in a transaction until `deadline_ms` from now. */
void world_drain(struct session_world *world, uint32_t deadline_ms);
void world_kill(struct session_world *world, uint64_t session, struct str issuer,
                struct str subject, struct str reason);
/* Another worker's session changed the target's catalog. */
void world_catalog_changed(struct session_world *world, struct str target);
/* An approval went to another state. */
void world_approval_changed(struct session_world *world, struct str id, unsigned state,
                            struct str fingerprint, struct str reason);
/* JSON array of the sessions, for the status message. */
void world_sessions_json(const struct session_world *world, struct buf *out);
static inline int64_t world_now_us(const struct session_world *world)
{
    return world->ops->realtime_us(world->ops_context);
}
static inline void world_count(struct session_world *world, enum metric metric, uint64_t n)
{
    metrics_add(world->metrics, metric, n);
}

/* Refused logins of one address in the last minute: noted, and whether they are too many.
 * `peer`: address and port. */
void world_refusal_note(struct session_world *world, const char *peer);
bool world_refusals_over(struct session_world *world, const char *peer);

/* One row for each identity and target; NULL when out of memory. */
struct session_usage *world_usage(struct session_world *world, struct str key);

/* ---- killer.c ---- */

void killers_stop(struct session_world *world);

/* ---- catalog_loader.c ---- */

enum catalog_wanted {
    CATALOG_FAILED = 0, /* target->problem says why; the waiter is not told */
    CATALOG_READY,      /* fresh enough to decide by; the waiter is not told */
    CATALOG_WAITING     /* the waiter will be told, later */
};
/* `force`: load anew though there is one, unless the last was just now. The waiter must be zeroed
 * before its first use. */
enum catalog_wanted catalog_want(struct session_target *target, bool force,
                                 struct catalog_waiter *waiter);
/* Whether it may be decided by: there, not too old, and not known to have changed. */
bool catalog_is_fresh(const struct session_target *target);
void catalog_waiter_stop(struct catalog_waiter *waiter);
void catalog_loader_stop(struct session_target *target);

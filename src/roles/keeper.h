#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The keeper: holds what must not be lost (database passwords, issued logins) and decides who is
 * who (issuers' keys). It answers questions and is never told to trust an answer of others:
 *
 *   - an identity is what it verified itself, from a token or an issued login
 *   - a challenge of a server is answered only for a session whose identity it verified itself,
 *     for the one target that this session was opened for, as the account that the configuration
 *     gives to that identity's groups. The worker chooses none of the three
 *   - a password leaves it whole only for a server whose certificate the configuration demands to
 *     be verified (or a unix socket), and only after the server's cache could not be filled over
 *     a connection of the keeper's own
 *   - a password is encrypted to no other RSA key than the configured one
 *
 * The one exception is session 0 of a worker: it reads the catalog as the target's own
 * `credential`, without an identity. It is never more than that account, and bounded to
 * KEEPER_SYSTEM_PER_MINUTE answers a minute for each target. Whoever took over a worker
 * reaches that account: configure it with no more than the catalog needs, and the accounts that
 * read data by group under `accounts`.
 *
 * One thread, one libevent loop; no message makes it wait.
 *
 *   keeper.c           state, configuration, channels
 *   keeper_identity.c  verify, login_verify, login_issue, keys; what waits for keys
 *   keeper_answer.c    session_open, answer; accounts and passwords
 *   keeper_prime.c     filling a server's password cache
 *   keeper_main.c      the process
 */
#include "audit/record.h"
#include "base/list.h"
#include "base/map.h"
#include "base/metrics.h"
#include "config/config.h"
#include "identity/claims.h"
#include "identity/logins.h"
#include "ipc/ipc.h"
#include "net/loop.h"

#define KEEPER_PARK_MS 3000 /* how long a token waits for its issuer's keys */
#define KEEPER_KEYS_EVERY_MS                                                                       \
    1000 /* control is asked for an issuer's keys at most this often;                              \
            it has limits of its own towards the issuer */
#define KEEPER_PRIME_MS          10000 /* how long filling a cache may take, all in all */
#define KEEPER_PRIME_HOLDS_MS    60000 /* how long a failed attempt lets the password out */
#define KEEPER_SYSTEM_PER_MINUTE 1200
#define KEEPER_WORKERS_MAX       256

/* An issuer of the configuration and its keys. */
struct keeper_issuer {
    const struct config_issuer *settings; /* in keeper.config */
    struct jwks *keys;                    /* NULL: none came yet */
    uint64_t asked_ms;                    /* when control was last asked; 0: never */
    bool asking;                          /* and has not answered yet */
};

/* A session whose identity was verified. */
struct keeper_session {
    struct list node; /* keeper.sessions */
    struct str key;   /* worker and id, as bytes; in `arena` */
    uint16_t worker;
    struct identity identity;
    struct str target; /* empty until session_open; in `arena` */
    struct arena arena;
};

/* A token that waits for its issuer's keys. */
struct keeper_parked {
    struct list node; /* keeper.parked */
    struct keeper *keeper;
    struct ipc_channel
        *channel; /* who asked; the channel outlives this (see keeper_channel_lost) */
    uint32_t tag;
    uint64_t session;
    size_t issuer; /* index */
    struct secret token;
    char peer[64], purpose[16]; /* NUL-terminated */
    struct net_timer timer;
};

/* Attempts to fill a server's cache for one account, and answers to session 0. */
struct keeper_account_state {
    uint64_t failed_ms;         /* when filling last failed; 0: it did not */
    struct keeper_prime *prime; /* under way, or NULL */
};

struct keeper_target {
    const struct config_target *settings;  /* in keeper.config */
    struct ssl_ctx_st *tls;                /* NULL: off, or its CA can't be used */
    struct keeper_account_state *accounts; /* [0]: credential, [i + 1]: accounts[i] */
    uint64_t system_minute;                /* the minute that system_count is of */
    unsigned system_count;
};

struct keeper {
    struct event_base *base;
    struct net_loop loop;
    int64_t (*now)(void); /* seconds since 1970; tests set their own */
    uint64_t generation;
    struct config *config;         /* NULL until configured */
    struct secret secrets;         /* pack: path or variable → bytes */
    struct buf files;              /* pack: path → text */
    struct keeper_issuer *issuers; /* config.issuer_count */
    struct keeper_target *targets; /* config.target_count */
    struct logins logins;
    struct map session_by_key;
    struct list sessions;
    size_t session_count;
    struct list parked;
    size_t parked_count;
    struct ipc_channel *supervisor, *recorder, *control;
    struct ipc_channel *workers[KEEPER_WORKERS_MAX];
    struct metrics metrics;
    struct event *status_timer;
    unsigned status_count;
    struct str sandbox; /* which walls stand, for `configured`; static text */
};

/* On the loop until the supervisor is gone or says so. `supervisor`: the connected descriptor. NULL
 * when out of memory. */
struct keeper *keeper_new(struct event_base *base, int supervisor);
void keeper_free(struct keeper *keeper);

/* ---- keeper.c, for the files of the keeper ---- */

/* A file or secret by the name that the configuration gives it; false when there is none. */
bool keeper_file(const struct keeper *keeper, struct str path, struct str *ret_text);
bool keeper_secret(const struct keeper *keeper, struct str path, struct str env,
                   struct str *ret_bytes);
void keeper_record(struct keeper *keeper, struct audit_record *record);
/* Index of the worker at the other end; control is KEEPER_WORKERS_MAX. */
uint16_t keeper_asker(const struct ipc_channel *channel);

/* ---- keeper_identity.c ---- */

void keeper_on_verify(void *owner, struct ipc_channel *channel, const struct ipc_verify *m);
void keeper_on_login_verify(void *owner, struct ipc_channel *channel,
                            const struct ipc_login_verify *m);
void keeper_on_login_issue(void *owner, struct ipc_channel *channel,
                           const struct ipc_login_issue *m);
void keeper_on_login_revoke(void *owner, struct ipc_channel *channel,
                            const struct ipc_login_revoke *m);
void keeper_on_keys(void *owner, struct ipc_channel *channel, const struct ipc_keys *m);
/* Decides what waits for that issuer's keys with those that are there; SIZE_MAX: for any. */
void keeper_parked_decide(struct keeper *keeper, size_t issuer);
/* Forgets what waits for an answer to that channel. NULL: all. */
void keeper_unpark(struct keeper *keeper, const struct ipc_channel *channel);

/* ---- keeper_answer.c ---- */

struct keeper_session *keeper_session_find(struct keeper *keeper, uint16_t worker, uint64_t id);
/* False when there are too many or out of memory. Replaces an older one of the same id. */
NODISCARD bool keeper_session_put(struct keeper *keeper, uint16_t worker, uint64_t id,
                                  const struct identity *identity);
/* All sessions of a worker; KEEPER_WORKERS_MAX: of all. */
void keeper_sessions_forget(struct keeper *keeper, uint16_t worker);
void keeper_on_session_open(void *owner, struct ipc_channel *channel,
                            const struct ipc_session_open *m);
void keeper_on_session_close(void *owner, struct ipc_channel *channel,
                             const struct ipc_session_close *m);
void keeper_on_answer(void *owner, struct ipc_channel *channel, const struct ipc_answer *m);

/* Which account serves whom: what `answer` and `prime` decide before all else. */
struct keeper_grant {
    size_t target;  /* index */
    size_t account; /* index in keeper_target.accounts */
    struct str user;
    struct str password; /* in keeper.secrets; empty: the account has none */
    struct str role;     /* empty: none */
};
/* False with a code and a text for the record. */
NODISCARD bool keeper_grant(struct keeper *keeper, uint16_t worker, uint64_t session,
                            struct str target, struct str account, struct keeper_grant *ret_grant,
                            const char **ret_code, const char **ret_problem);
/* The account's name and password again, for a connection of the keeper's own. */
NODISCARD bool keeper_account(const struct keeper *keeper, size_t target, size_t account,
                              struct str *ret_user, struct str *ret_password);

/* ---- keeper_prime.c ---- */

void keeper_on_prime(void *owner, struct ipc_channel *channel, const struct ipc_prime *m);
/* Gives up all that are under way; whoever waits is told. */
void keeper_prime_stop(struct keeper *keeper);
/* The same for those that wait on one channel: they are told nothing. */
void keeper_prime_forget(struct keeper *keeper, const struct ipc_channel *channel);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What must survive a restart: approvals, what is known of issued logins (never their secrets),
 * identities seen. An interface of operations, so that a store shared by several replicas can
 * stand beside the SQLite file. It keeps no policy of its own: whether a change is allowed is
 * decided by the callers; the store only refuses a change to something that was changed meanwhile
 * (STORE_CONFLICT).
 *
 * Every operation is whole or not at all, and on disk when it returns.
 */
#include "base/arena.h"
#include "store/approval.h"

enum store_result {
    STORE_OK = 0,
    STORE_NOT_FOUND = -1,
    STORE_CONFLICT = -2, /* the version is not the one that was read, or the id exists */
    STORE_FAILED = -3,   /* disk, memory, damage; store_error says what */
};

struct store;

/* Which approvals: each part that is empty or zero does not filter. Newest first. */
struct approval_filter {
    unsigned states;            /* bits 1 << APPROVAL_x; 0: all */
    struct str issuer, subject; /* of the requester; both or none */
    struct str target;
    const unsigned char *key; /* APPROVAL_FINGERPRINT bytes or NULL */
    int64_t expires_until_us; /* those that lapse until then */
    int64_t before_us;        /* created before this time, or at it with an id below before_id: */
    struct str before_id;     /* where the next page starts */
    uint32_t limit;           /* 1 to 1000 */
};

struct login_row {
    struct str user; /* the issued user name; the password is nowhere in the store */
    struct str issuer, subject, name, target;
    int64_t issued_us, expires_us;
};

struct identity_row {
    struct str issuer, subject, name;
    struct str groups; /* newline-separated, as last verified */
    int64_t first_us, last_us;
    uint64_t count; /* times seen */
};

struct store_ops {
    void (*close)(struct store *store);
    enum store_result (*approval_insert)(struct store *store, const struct approval *approval);
    enum store_result (*approval_update)(struct store *store, const struct approval *approval);
    enum store_result (*approval_get)(struct store *store, struct str id, struct arena *arena,
                                      struct approval *ret);
    enum store_result (*approval_list)(struct store *store, const struct approval_filter *filter,
                                       struct arena *arena, const struct approval **ret_rows,
                                       size_t *ret_count);
    enum store_result (*login_insert)(struct store *store, const struct login_row *login);
    enum store_result (*login_list)(struct store *store, struct str issuer, struct str subject,
                                    int64_t now_us, uint32_t limit, struct arena *arena,
                                    const struct login_row **ret_rows, size_t *ret_count);
    enum store_result (*identity_seen)(struct store *store, const struct identity_row *identity);
    enum store_result (*identity_list)(struct store *store, struct str after_issuer,
                                       struct str after_subject, uint32_t limit,
                                       struct arena *arena, const struct identity_row **ret_rows,
                                       size_t *ret_count);
    enum store_result (*prune)(struct store *store, int64_t approvals_before_us,
                               int64_t logins_before_us);
};

/* Backends embed this first. */
struct store {
    const struct store_ops *ops;
    char error[256]; /* of the last operation that gave STORE_FAILED */
};

/* Opens or makes the file (mode 0600) and brings its schema up to this version. A file of a newer
 * version is refused. NULL on failure, with the reason in ret_error. `path` ":memory:" serves
 * tests. */
struct store *store_sqlite_open(const char *path, char *ret_error, size_t error_size);

static inline const char *store_error(const struct store *store)
{
    return store->error;
}
void store_close(struct store *store);

/* Writes a new request with its votes. */
enum store_result store_approval_insert(struct store *store, const struct approval *approval);
/* Writes state, times, outcome, reason, and votes not yet there, when the stored version is
 * approval->version; the stored version is one more afterwards. */
enum store_result store_approval_update(struct store *store, const struct approval *approval);
enum store_result store_approval_get(struct store *store, struct str id, struct arena *arena,
                                     struct approval *ret);
enum store_result store_approval_list(struct store *store, const struct approval_filter *filter,
                                      struct arena *arena, const struct approval **ret_rows,
                                      size_t *ret_count);
enum store_result store_login_insert(struct store *store, const struct login_row *login);
/* Logins that are still good at now_us; of everyone when issuer and subject are empty. */
enum store_result store_login_list(struct store *store, struct str issuer, struct str subject,
                                   int64_t now_us, uint32_t limit, struct arena *arena,
                                   const struct login_row **ret_rows, size_t *ret_count);
/* Counts one more sight of it: first_us only where it is new, last_us always,
 * name and groups where they are not empty. */
enum store_result store_identity_seen(struct store *store, const struct identity_row *identity);
/* By issuer and subject, ascending, from behind the pair given (empty: from the start). */
enum store_result store_identity_list(struct store *store, struct str after_issuer,
                                      struct str after_subject, uint32_t limit, struct arena *arena,
                                      const struct identity_row **ret_rows, size_t *ret_count);
/* Removes approvals that ended before the one time and logins that expired before the other. */
enum store_result store_prune(struct store *store, int64_t approvals_before_us,
                              int64_t logins_before_us);

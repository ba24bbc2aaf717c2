#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Issued logins: for tools that can hand over neither a token nor a clear-text password, the
 * gateway gives a random user name and password, good for one target and some minutes, checked by
 * MySQL's own challenge and response. Held in the keeper's memory only; gone when it restarts.
 *
 *   scramble  the 20 random bytes that the gateway's greeting carried
 *   answer    what the client computed from password and scramble
 */
#include "base/list.h"
#include "base/map.h"
#include "base/secret.h"
#include "identity/identity.h"

#define LOGIN_USER_PREFIX   "cl_"
#define LOGIN_USER_SIZE     20 /* characters of a user name; MySQL's clients allow 32 */
#define LOGIN_PASSWORD_SIZE 32 /* characters; about 156 bits */

struct logins {
    struct map by_user; /* user name → struct login */
    struct list all;    /* struct login */
    size_t count;
};

void logins_init(struct logins *logins, struct hash_key seed);
void logins_release(struct logins *logins);

/* Issues a login for `identity` (copied) and `target`, which ends at `expires_at` or with the
 * identity, whichever is sooner. The user name and password are written NUL-terminated; the
 * caller wipes the password. False when LIMIT_LOGINS are out or out of memory. */
NODISCARD bool logins_issue(struct logins *logins, const struct identity *identity,
                            struct str target, int64_t expires_at, int64_t now,
                            char ret_user[LOGIN_USER_SIZE + 1],
                            char ret_password[LOGIN_PASSWORD_SIZE + 1], int64_t *ret_expires_at);

/* Checks an answer. `plugin` is caching_sha2_password (fast path) or mysql_native_password. The
 * target is checked by the caller's session: identity.login_target names it. The identity is
 * copied into the arena. Takes the same time for unknown users and wrong passwords. */
NODISCARD enum identity_reason logins_verify(struct logins *logins, struct str user,
                                             struct str plugin, struct str scramble,
                                             struct str answer, int64_t now, struct arena *arena,
                                             struct identity *ret_identity);

/* Forgets logins that have ended. */
void logins_expire(struct logins *logins, int64_t now);
/* Forgets one login; false when it is not there. */
bool logins_revoke_user(struct logins *logins, struct str user);
/* Forgets the logins of an identity; how many there were. */
size_t logins_revoke(struct logins *logins, struct str issuer, struct str subject);

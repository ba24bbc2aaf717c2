/* SPDX-License-Identifier: Apache-2.0
 *
 * A login keeps what a server keeps of a password: the two plugins' stored digests, enough to
 * check an answer and not enough to give one. The password itself is handed out once.
 */
#include "identity/logins.h"
#include "base/limits.h"
#include "base/random.h"
#include "wire/auth.h"

#define LOGIN_ARENA ((size_t)128 << 10) /* bytes of one identity's strings */

struct login {
    struct list node; /* in logins.all */
    char user[LOGIN_USER_SIZE];
    unsigned char native[20]; /* SHA1(SHA1(password)) */
    unsigned char sha2[32];   /* SHA256(SHA256(password)) */
    int64_t expires_at;       /* seconds since 1970 */
    struct identity identity; /* in `arena`; login and login_target are set */
    struct arena arena;
};

void logins_init(struct logins *logins, struct hash_key seed)
{
    map_init(&logins->by_user, seed, false);
    list_init(&logins->all);
    logins->count = 0;
}

static struct str login_user(const struct login *login)
{
    return str_make(login->user, sizeof login->user);
}

static void login_free(struct logins *logins, struct login *login)
{
    map_remove(&logins->by_user, login_user(login));
    list_remove(&login->node);
    logins->count--;
    arena_release(&login->arena);
    explicit_bzero(login, sizeof *login);
    free(login);
}

void logins_release(struct logins *logins)
{
    list_each_safe (node, &logins->all)
        login_free(logins, list_entry(node, struct login, node));
    map_release(&logins->by_user);
}

/* Fills the login; false when out of memory. The password is in ret_password even then. */
static bool login_fill(struct login *login, const struct identity *identity, struct str target,
                       char ret_password[LOGIN_PASSWORD_SIZE + 1])
{
    const size_t prefix = sizeof LOGIN_USER_PREFIX - 1;
    memcpy(login->user, LOGIN_USER_PREFIX, prefix);
    random_name(login->user + prefix, LOGIN_USER_SIZE - prefix);
    random_name(ret_password, LOGIN_PASSWORD_SIZE);
    ret_password[LOGIN_PASSWORD_SIZE] = '\0';
    struct str password = str_make(ret_password, LOGIN_PASSWORD_SIZE);
    if (!wire_native_stored(password, login->native) || !wire_sha2_stored(password, login->sha2) ||
        !identity_copy(identity, &login->arena, &login->identity))
        return false;
    login->identity.login = login_user(login);
    login->identity.login_target = arena_copy(&login->arena, target);
    return !login->arena.failed;
}

bool logins_issue(struct logins *logins, const struct identity *identity, struct str target,
                  int64_t expires_at, int64_t now, char ret_user[LOGIN_USER_SIZE + 1],
                  char ret_password[LOGIN_PASSWORD_SIZE + 1], int64_t *ret_expires_at)
{
    logins_expire(logins, now);
    if (identity->expires_at < expires_at)
        expires_at = identity->expires_at;
    if (logins->count >= LIMIT_LOGINS || expires_at <= now)
        return false;
    struct login *login = calloc(1, sizeof *login);
    if (!login)
        return false;
    list_init(&login->node);
    arena_init(&login->arena, LOGIN_ARENA);
    login->expires_at = expires_at;
    if (!login_fill(login, identity, target, ret_password) ||
        map_has(&logins->by_user, login_user(login)) ||
        !map_put(&logins->by_user, login_user(login), login)) {
        explicit_bzero(ret_password, LOGIN_PASSWORD_SIZE + 1);
        arena_release(&login->arena);
        free(login);
        return false;
    }
    list_append(&logins->all, &login->node);
    logins->count++;
    memcpy(ret_user, login->user, LOGIN_USER_SIZE);
    ret_user[LOGIN_USER_SIZE] = '\0';
    *ret_expires_at = expires_at;
    return true;
}

enum identity_reason logins_verify(struct logins *logins, struct str user, struct str plugin,
                                   struct str scramble, struct str answer, int64_t now,
                                   struct arena *arena, struct identity *ret_identity)
{
    /* Stands in for a login that is not there, so that the time taken tells nothing. */
    static const struct login nobody = {.expires_at = 0};
    const struct login *found = map_get(&logins->by_user, user);
    const struct login *login = found ? found : &nobody;
    bool right = false;
    if (scramble.len == WIRE_SCRAMBLE) {
        const unsigned char *challenge = (const unsigned char *)scramble.ptr;
        if (wire_plugin_by_text(plugin) == WIRE_PLUGIN_CACHING_SHA2)
            right = wire_sha2_verify(challenge, login->sha2, answer);
        else if (wire_plugin_by_text(plugin) == WIRE_PLUGIN_NATIVE)
            right = wire_native_verify(challenge, login->native, answer);
    }
    if (!found || found->expires_at <= now)
        return IDENTITY_login_unknown;
    if (!right)
        return IDENTITY_login_password;
    return identity_copy(&found->identity, arena, ret_identity) ? IDENTITY_ACCEPTED
                                                                : IDENTITY_memory;
}

void logins_expire(struct logins *logins, int64_t now)
{
    list_each_safe (node, &logins->all) {
        struct login *login = list_entry(node, struct login, node);
        if (login->expires_at <= now)
            login_free(logins, login);
    }
}

bool logins_revoke_user(struct logins *logins, struct str user)
{
    struct login *login = map_get(&logins->by_user, user);
    if (login)
        login_free(logins, login);
    return login != NULL;
}

size_t logins_revoke(struct logins *logins, struct str issuer, struct str subject)
{
    size_t before = logins->count;
    list_each_safe (node, &logins->all) {
        struct login *login = list_entry(node, struct login, node);
        if (str_equal(login->identity.issuer, issuer) &&
            str_equal(login->identity.subject, subject))
            login_free(logins, login);
    }
    return before - logins->count;
}

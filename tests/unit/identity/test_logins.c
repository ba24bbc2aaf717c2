/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/limits.h"
#include "identity/logins.h"
#include "wire/auth.h"

#define NOW 1800000000

static struct arena arena;
static struct logins logins;
static const unsigned char scramble[WIRE_SCRAMBLE] = "01234567890123456789";

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 64 << 20);
    logins_init(&logins, (struct hash_key){1, 2});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    logins_release(&logins);
    arena_release(&arena);
    return 0;
}

static struct identity alice(void)
{
    return (struct identity){
        .issuer = STR("https://id.example"),
        .subject = STR("alice"),
        .display_name = STR("Alice"),
        .claims = STR("{}"),
        .expires_at = NOW + 3600,
        .session_ends_at = NOW + 3660,
    };
}

struct issued {
    char user[LOGIN_USER_SIZE + 1], password[LOGIN_PASSWORD_SIZE + 1];
    int64_t expires_at;
};

static struct issued issue(int64_t expires_at)
{
    struct issued login;
    struct identity identity = alice();
    assert_true(logins_issue(&logins, &identity, STR("orders"), expires_at, NOW, login.user,
                             login.password, &login.expires_at));
    return login;
}

static enum identity_reason verify(const char *user, const char *plugin, const char *password,
                                   int64_t now, struct identity *identity)
{
    unsigned char answer[WIRE_SHA2_ANSWER];
    bool sha2 = strcmp(plugin, "caching_sha2_password") == 0;
    if (sha2)
        assert_true(wire_sha2_answer(scramble, str_of(password), answer));
    else
        assert_true(wire_native_answer(scramble, str_of(password), answer));
    return logins_verify(&logins, str_of(user), str_of(plugin), str_make(scramble, WIRE_SCRAMBLE),
                         str_make(answer, sha2 ? WIRE_SHA2_ANSWER : WIRE_NATIVE_ANSWER), now,
                         &arena, identity);
}

static void both_plugins(void **state)
{
    (void)state;
    static const char *const plugins[] = {"caching_sha2_password", "mysql_native_password"};
    struct issued login = issue(NOW + 600);
    assert_int_equal(strlen(login.user), LOGIN_USER_SIZE);
    assert_int_equal(strlen(login.password), LOGIN_PASSWORD_SIZE);
    assert_int_equal(login.expires_at, NOW + 600);
    for (size_t i = 0; i < ARRAY_LEN(plugins); i++) {
        struct identity identity;
        assert_int_equal(verify(login.user, plugins[i], login.password, NOW, &identity),
                         IDENTITY_ACCEPTED);
        assert_str(identity.subject, STR("alice"));
        assert_str(identity.login, str_of(login.user));
        assert_str(identity.login_target, STR("orders"));
        assert_int_equal(identity.session_ends_at, NOW + 3660);
        assert_int_equal(verify(login.user, plugins[i], "wrong", NOW, &identity),
                         IDENTITY_login_password);
        assert_int_equal(verify("cl_nobody", plugins[i], login.password, NOW, &identity),
                         IDENTITY_login_unknown);
        assert_int_equal(verify(login.user, plugins[i], login.password, NOW + 600, &identity),
                         IDENTITY_login_unknown);
    }
}

static void odd_answers(void **state)
{
    (void)state;
    struct issued login = issue(NOW + 600);
    struct identity identity;
    struct str user = str_of(login.user), challenge = str_make(scramble, WIRE_SCRAMBLE);
    struct str sha2 = STR("caching_sha2_password"), password = str_of(login.password);
    assert_int_equal(
        logins_verify(&logins, user, sha2, challenge, STR_NONE, NOW, &arena, &identity),
        IDENTITY_login_password);
    assert_int_equal(
        logins_verify(&logins, user, sha2, challenge, password, NOW, &arena, &identity),
        IDENTITY_login_password);
    assert_int_equal(
        logins_verify(&logins, user, sha2, STR("short"), password, NOW, &arena, &identity),
        IDENTITY_login_password);
    assert_int_equal(logins_verify(&logins, user, STR("mysql_clear_password"), challenge, password,
                                   NOW, &arena, &identity),
                     IDENTITY_login_password);
    /* An unknown user's stand-in has digests of zeroes: no answer may fit it. */
    assert_int_equal(
        logins_verify(&logins, STR(""), sha2, challenge, STR_NONE, NOW, &arena, &identity),
        IDENTITY_login_unknown);
}

static void ends(void **state)
{
    (void)state;
    struct identity identity = alice();
    struct issued login = issue(NOW + 7200); /* longer than the token */
    char user[LOGIN_USER_SIZE + 1], password[LOGIN_PASSWORD_SIZE + 1];
    int64_t expires_at;
    assert_int_equal(login.expires_at, NOW + 3600);
    assert_false(logins_issue(&logins, &identity, STR("orders"), NOW + 9000, NOW + 3600, user,
                              password, &expires_at));
    assert_int_equal(logins.count, 0); /* what has ended went by the way */

    issue(NOW + 600);
    issue(NOW + 600);
    login = issue(NOW + 600);
    assert_true(logins_revoke_user(&logins, str_of(login.user)));
    assert_false(logins_revoke_user(&logins, str_of(login.user)));
    assert_int_equal(logins_revoke(&logins, STR("https://id.example"), STR("bob")), 0);
    assert_int_equal(logins_revoke(&logins, STR("https://id.example"), STR("alice")), 2);
    assert_int_equal(verify(login.user, "caching_sha2_password", login.password, NOW, &identity),
                     IDENTITY_login_unknown);
}

static void bounded(void **state)
{
    (void)state;
    struct issued login;
    struct identity identity = alice();
    for (size_t i = 0; i < LIMIT_LOGINS; i++)
        login = issue(NOW + 600);
    assert_false(logins_issue(&logins, &identity, STR("orders"), NOW + 600, NOW, login.user,
                              login.password, &login.expires_at));
    logins_expire(&logins, NOW + 600);
    assert_int_equal(logins.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_plugins, setup, teardown),
        cmocka_unit_test_setup_teardown(odd_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(ends, setup, teardown),
        cmocka_unit_test_setup_teardown(bounded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/limits.h"
#include "config/config.h"
#include "forge.h"
#include "identity/claims.h"

#define NOW 1800000000

static struct arena arena;
static struct forge_key key, other;
static struct jwks *keys;

static struct str audiences[] = {STR_INIT("cardea"), STR_INIT("cardea-2")};
static struct str algorithms[] = {STR_INIT("RS256"), STR_INIT("EdDSA")};
static struct str defaults[] = {STR_INIT("everyone")};

static struct config_issuer plain_issuer(void)
{
    return (struct config_issuer){
        .name = STR("main"),
        .url = STR("https://id.example"),
        .audiences = {audiences, ARRAY_LEN(audiences)},
        .algorithms = {algorithms, ARRAY_LEN(algorithms)},
        .subject_claim = STR("sub"),
        .name_claim = STR("preferred_username"),
        .groups_claim = STR("groups"),
        .clock_skew_ms = 30000,
        .grace_ms = 60000,
    };
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 64 << 20);
    key = forge_key_make(JWT_EDDSA, "k");
    other = forge_key_make(JWT_EDDSA, "k");
    keys = jwks_load(forge_jwks(&key, 1, &arena));
    return keys ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    jwks_unref(keys);
    forge_key_release(&key);
    forge_key_release(&other);
    arena_release(&arena);
    return 0;
}

static enum identity_reason verify(const struct forge_key *signer, const char *payload,
                                   const struct config_issuer *issuer, const struct jwks *set,
                                   struct identity *identity)
{
    struct jwt jwt;
    enum identity_reason reason = jwt_parse(forge_plain(signer, payload, &arena), &arena, &jwt);
    if (reason == IDENTITY_ACCEPTED)
        reason = claims_verify(&jwt, issuer, set, NOW, &arena, identity);
    jwt_release(&jwt);
    return reason;
}

/* A payload: issuer, audience, expiry and subject are right, the rest is the row's. */
#define GOOD                                                                                       \
    "\"iss\":\"https://id.example\",\"aud\":\"cardea\",\"exp\":1800000100,\"sub\":\"alice\""
#define NO_EXP "\"iss\":\"https://id.example\",\"aud\":\"cardea\",\"sub\":\"alice\""
#define NO_AUD "\"iss\":\"https://id.example\",\"exp\":1800000100,\"sub\":\"alice\""
#define NO_ISS "\"aud\":\"cardea\",\"exp\":1800000100,\"sub\":\"alice\""
#define NO_SUB "\"iss\":\"https://id.example\",\"aud\":\"cardea\",\"exp\":1800000100"

static void reasons(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        enum identity_reason reason;
    } rows[] = {
        {"{" GOOD "}", IDENTITY_ACCEPTED},
        {"{" NO_ISS "}", IDENTITY_issuer},
        {"{\"iss\":\"https://id.example/\"," NO_ISS "}", IDENTITY_issuer},
        {"{\"iss\":\"HTTPS://id.example\"," NO_ISS "}", IDENTITY_issuer},
        {"{\"iss\":[\"https://id.example\"]," NO_ISS "}", IDENTITY_issuer},
        {"{" NO_AUD "}", IDENTITY_audience},
        {"{\"aud\":\"Cardea\"," NO_AUD "}", IDENTITY_audience},
        {"{\"aud\":\"cardea \"," NO_AUD "}", IDENTITY_audience},
        {"{\"aud\":\"x cardea\"," NO_AUD "}", IDENTITY_audience},
        {"{\"aud\":[]," NO_AUD "}", IDENTITY_audience},
        {"{\"aud\":[\"a\",\"b\"]," NO_AUD "}", IDENTITY_audience},
        {"{\"aud\":[[\"cardea\"]]," NO_AUD "}", IDENTITY_audience},
        {"{\"aud\":{\"cardea\":1}," NO_AUD "}", IDENTITY_audience},
        {"{\"aud\":[\"a\",\"cardea-2\"]," NO_AUD "}", IDENTITY_ACCEPTED},
        {"{" NO_EXP "}", IDENTITY_expired},
        {"{\"exp\":1799999971," NO_EXP "}", IDENTITY_ACCEPTED}, /* within the skew */
        {"{\"exp\":1799999970," NO_EXP "}", IDENTITY_expired},
        {"{\"exp\":1799999971.5," NO_EXP "}", IDENTITY_ACCEPTED},
        {"{\"exp\":\"1800000100\"," NO_EXP "}", IDENTITY_malformed},
        {"{\"exp\":1e300," NO_EXP "}", IDENTITY_malformed},
        {"{\"exp\":9223372036854775807," NO_EXP "}", IDENTITY_malformed},
        {"{\"exp\":-1," NO_EXP "}", IDENTITY_malformed},
        {"{\"exp\":null," NO_EXP "}", IDENTITY_malformed},
        {"{\"exp\":true," NO_EXP "}", IDENTITY_malformed},
        {"{\"nbf\":1800000030," GOOD "}", IDENTITY_ACCEPTED},
        {"{\"nbf\":1800000031," GOOD "}", IDENTITY_not_yet},
        {"{\"iat\":1800000031," GOOD "}", IDENTITY_not_yet},
        {"{\"nbf\":\"0\"," GOOD "}", IDENTITY_malformed},
        {"{" NO_SUB "}", IDENTITY_subject},
        {"{\"sub\":\"\"," NO_SUB "}", IDENTITY_subject},
        {"{\"sub\":7," NO_SUB "}", IDENTITY_subject},
        {"{\"sub\":\"a\\nb\"," NO_SUB "}", IDENTITY_subject},
        {"{\"groups\":7," GOOD "}", IDENTITY_groups},
        {"{\"groups\":[\"a\",7]," GOOD "}", IDENTITY_groups},
        {"{\"groups\":[\"a\\u001b[2J\"]," GOOD "}", IDENTITY_groups},
        {"{\"groups\":[[[[\"a\"]]]]," GOOD "}", IDENTITY_groups},
        {"{\"groups\":null," GOOD "}", IDENTITY_ACCEPTED},
    };
    struct config_issuer issuer = plain_issuer();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct identity identity;
        enum identity_reason reason = verify(&key, rows[i].payload, &issuer, keys, &identity);
        if (reason != rows[i].reason)
            fail_msg("%s: %s, not %s", rows[i].payload, identity_reason_code(reason),
                     identity_reason_code(rows[i].reason));
    }
}

static void keys_and_algorithms(void **state)
{
    (void)state;
    struct identity identity;
    struct config_issuer issuer = plain_issuer();
    /* Another's key under the same id; no keys yet; an algorithm that is not on the list. */
    assert_int_equal(verify(&other, "{" GOOD "}", &issuer, keys, &identity), IDENTITY_signature);
    assert_int_equal(verify(&key, "{" GOOD "}", &issuer, NULL, &identity),
                     IDENTITY_keys_unavailable);
    issuer.algorithms.count = 1;
    assert_int_equal(verify(&key, "{" GOOD "}", &issuer, keys, &identity), IDENTITY_algorithm);
    issuer.algorithms.count = 2;
    struct forge_key unknown = key;
    unknown.kid = "k9";
    assert_int_equal(verify(&unknown, "{" GOOD "}", &issuer, keys, &identity), IDENTITY_key);
    /* An expired token with a wrong signature: the signature is what counts. */
    assert_int_equal(verify(&other, "{\"exp\":1," NO_EXP "}", &issuer, keys, &identity),
                     IDENTITY_signature);
}

static void token_age(void **state)
{
    (void)state;
    struct identity identity;
    struct config_issuer issuer = plain_issuer();
    issuer.token_age_ms = 600000;
    assert_int_equal(verify(&key, "{" GOOD "}", &issuer, keys, &identity), IDENTITY_expired);
    assert_int_equal(verify(&key, "{\"iat\":1799999370," GOOD "}", &issuer, keys, &identity),
                     IDENTITY_ACCEPTED);
    assert_int_equal(verify(&key, "{\"iat\":1799999369," GOOD "}", &issuer, keys, &identity),
                     IDENTITY_expired);
}

static void what_is_known(void **state)
{
    (void)state;
    struct identity identity;
    struct config_issuer issuer = plain_issuer();
    issuer.default_groups = (struct config_strings){defaults, 1};
    assert_int_equal(
        verify(&key,
               "{\"preferred_username\":\"Alice\",\"groups\":[\"dba\",\"a b\",\"dba\"],"
               "\"z\":[1]," GOOD "}",
               &issuer, keys, &identity),
        IDENTITY_ACCEPTED);
    assert_str(identity.issuer, STR("https://id.example"));
    assert_str(identity.subject, STR("alice"));
    assert_str(identity.display_name, STR("Alice"));
    assert_int_equal(identity.group_count, 3);
    assert_str(identity.groups[0], STR("dba"));
    assert_str(identity.groups[1], STR("a b"));
    assert_str(identity.groups[2], STR("everyone"));
    assert_true(identity_in_group(&identity, STR("everyone")));
    assert_false(identity_in_group(&identity, STR("b")));
    assert_int_equal(identity.expires_at, 1800000100);
    assert_int_equal(identity.session_ends_at, 1800000160);
    assert_str(identity.claims,
               STR("{\"aud\":\"cardea\",\"exp\":1800000100,\"groups\":[\"dba\",\"a b\",\"dba\"],"
                   "\"iss\":\"https://id.example\",\"preferred_username\":\"Alice\","
                   "\"sub\":\"alice\",\"z\":[1]}"));
    assert_str(identity_label(&identity, &arena), STR("alice@https://id.example"));

    /* There and back, and refused when something is missing. */
    struct buf out;
    struct identity again;
    buf_init(&out, LIMIT_IDENTITY);
    identity.login = STR("cl_abc");
    identity.login_target = STR("orders");
    identity_encode(&identity, &out);
    assert_true(identity_decode(buf_str(&out), &arena, &again));
    assert_str(again.issuer, identity.issuer);
    assert_str(again.subject, identity.subject);
    assert_str(again.display_name, identity.display_name);
    assert_str(again.claims, identity.claims);
    assert_str(again.login, identity.login);
    assert_str(again.login_target, identity.login_target);
    assert_int_equal(again.group_count, 3);
    assert_str(again.groups[1], STR("a b"));
    assert_int_equal(again.expires_at, identity.expires_at);
    assert_int_equal(again.session_ends_at, identity.session_ends_at);
    assert_false(identity_decode(str_slice(buf_str(&out), 0, out.len - 1), &arena, &again));
    assert_false(identity_decode(STR("{\"issuer\":\"a\",\"subject\":\"b\"}"), &arena, &again));
    buf_release(&out);
}

static void groups(void **state)
{
    (void)state;
    static const struct {
        const char *path, *claim, *groups;
    } rows[] = {
        {"groups", "\"groups\":\"dba\"", "dba"},
        {"groups", "\"groups\":\"dba,ops, web\"", "dba|ops|web"},
        {"scope", "\"scope\":\"a b  c\"", "a|b|c"},
        {"groups", "\"groups\":[\"Domain Admins\",[\"x,y\"]]", "Domain Admins|x,y"},
        {"realm_access.roles", "\"realm_access\":{\"roles\":[\"r1\",\"r2\"]}", "r1|r2"},
        {"realm_access/roles", "\"realm_access\":{\"roles\":[\"r1\"]}", "r1"},
        {"resource_access.my.app.roles", "\"resource_access\":{\"my.app\":{\"roles\":[\"r\"]}}",
         "r"},
        {"https://example.org/groups", "\"https://example.org/groups\":[\"g\"]", "g"},
        {"\"a.b\".c", "\"a.b\":{\"c\":\"g\"},\"a\":{\"b\":{\"c\":\"no\"}}", "g"},
        {"\"a.b\"", "\"a.b\":[\"g\"]", "g"},
        {"roles", "\"roles\":{\"admin\":{\"1\":\"x\"},\"dev\":true}", "admin|dev"},
        {"absent.path", "\"a\":1", ""},
        {"a.b.c", "\"a\":{\"b\":[\"no\"]}", ""},
        {"", "\"groups\":[\"g\"]", "g"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct identity identity;
        struct config_issuer issuer = plain_issuer();
        issuer.groups_claim = str_of(rows[i].path);
        struct str payload = arena_printf(&arena, "{%s," GOOD "}", rows[i].claim);
        assert_int_equal(verify(&key, payload.ptr, &issuer, keys, &identity), IDENTITY_ACCEPTED);
        struct str all = STR("");
        for (size_t k = 0; k < identity.group_count; k++)
            all = arena_printf(&arena, "%.*s%s%.*s", STR_ARG(all), k ? "|" : "",
                               STR_ARG(identity.groups[k]));
        assert_str(all, str_of(rows[i].groups));
    }
}

static void too_many_groups(void **state)
{
    (void)state;
    struct config_issuer issuer = plain_issuer();
    struct identity identity;
    struct buf payload;
    buf_init(&payload, 1 << 20);
    buf_printf(&payload, "{" GOOD ",\"groups\":[\"g\"");
    for (unsigned i = 0; i < LIMIT_GROUPS; i++)
        buf_printf(&payload, ",\"g%u\"", i);
    buf_printf(&payload, "]}%c", 0);
    assert_int_equal(verify(&key, payload.data, &issuer, keys, &identity), IDENTITY_groups);
    buf_release(&payload);
}

static void rules(void **state)
{
    (void)state;
    static struct str refs[] = {STR_INIT("refs/heads/main"), STR_INIT("refs/heads/release")};
    static struct config_claim_rule set[] = {
        {.claim = STR_INIT("repository"), .equals = STR_INIT("org/app")},
        {.claim = STR_INIT("sub"), .matches = STR_INIT("repo:org/app:*")},
        {.claim = STR_INIT("ref"), .one_of = {refs, 2}},
        {.claim = STR_INIT("email_verified"), .equals = STR_INIT("true")},
        {.claim = STR_INIT("actor_id"), .equals = STR_INIT("42")},
        {.claim = STR_INIT("kubernetes.io.namespace"), .equals = STR_INIT("prod")},
    };
    static const struct {
        size_t from, to; /* the rules that count */
        const char *claims;
        enum identity_reason reason;
    } rows[] = {
        {0, 1, "\"repository\":\"org/app\"", IDENTITY_ACCEPTED},
        {0, 1, "\"repository\":\"org/app2\"", IDENTITY_claim},
        {0, 1, "\"repository\":[\"x\",\"org/app\"]", IDENTITY_ACCEPTED},
        {0, 1, "\"repository\":[[\"org/app\"]]", IDENTITY_claim},
        {0, 1, "\"repository\":null", IDENTITY_claim},
        {0, 1, "\"repository\":{\"org/app\":1}", IDENTITY_claim},
        {0, 1, "\"other\":\"org/app\"", IDENTITY_claim},
        {1, 2, "\"a\":1", IDENTITY_claim}, /* sub is alice */
        {2, 3, "\"ref\":\"refs/heads/release\"", IDENTITY_ACCEPTED},
        {2, 3, "\"ref\":\"refs/heads/releases\"", IDENTITY_claim},
        {3, 4, "\"email_verified\":true", IDENTITY_ACCEPTED},
        {3, 4, "\"email_verified\":false", IDENTITY_claim},
        {4, 5, "\"actor_id\":42", IDENTITY_ACCEPTED},
        {4, 5, "\"actor_id\":42.0", IDENTITY_claim},
        {5, 6, "\"kubernetes.io\":{\"namespace\":\"prod\"}", IDENTITY_ACCEPTED},
        {5, 6, "\"kubernetes.io\":{\"namespace\":\"dev\"}", IDENTITY_claim},
        {5, 6, "\"kubernetes.io\":\"prod\"", IDENTITY_claim},
    };
    static struct str required[] = {STR_INIT("jti")};
    struct identity identity;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct config_issuer issuer = plain_issuer();
        issuer.rules = &set[rows[i].from];
        issuer.rule_count = rows[i].to - rows[i].from;
        struct str payload = arena_printf(&arena, "{%s," GOOD "}", rows[i].claims);
        if (verify(&key, payload.ptr, &issuer, keys, &identity) != rows[i].reason)
            fail_msg("%s", payload.ptr);
    }
    struct config_issuer issuer = plain_issuer();
    issuer.required_claims = (struct config_strings){required, 1};
    assert_int_equal(verify(&key, "{" GOOD "}", &issuer, keys, &identity), IDENTITY_claim);
    assert_int_equal(verify(&key, "{\"jti\":null," GOOD "}", &issuer, keys, &identity),
                     IDENTITY_claim);
    assert_int_equal(verify(&key, "{\"jti\":\"1\"," GOOD "}", &issuer, keys, &identity),
                     IDENTITY_ACCEPTED);
}

/* docs/identity.md lists every reason. */
static void reasons_are_documented(void **state)
{
    (void)state;
    FILE *file = fopen("docs/identity.md", "r");
    assert_non_null(file); /* run from the source folder, as meson test does */
    char *text = arena_alloc(&arena, 1 << 20);
    size_t len = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    for (int reason = IDENTITY_ACCEPTED + 1; reason < IDENTITY_REASON_COUNT; reason++) {
        const char *code = identity_reason_code((enum identity_reason)reason);
        struct str row = arena_printf(&arena, "| `%s` |", code);
        if (str_find(str_make(text, len), row) < 0)
            fail_msg("docs/identity.md lacks %s", code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons),   cmocka_unit_test(keys_and_algorithms),
        cmocka_unit_test(token_age), cmocka_unit_test(what_is_known),
        cmocka_unit_test(groups),    cmocka_unit_test(too_many_groups),
        cmocka_unit_test(rules),     cmocka_unit_test(reasons_are_documented),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

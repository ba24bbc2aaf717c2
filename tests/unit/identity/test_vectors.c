/* SPDX-License-Identifier: Apache-2.0
 *
 * Vectors of others, where the optional corpus is there: Project Wycheproof's JWS and JWK tests,
 * the examples of RFC 7520, and forged tokens as an attacker's tool makes them.
 */
#include "../test.h"
#include "base/limits.h"
#include "forge.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 256 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static json_t *corpus_json(const char *path)
{
    struct str text = forge_corpus(path, &arena);
    json_error_t error;
    return text.len > 0 ? json_loadb(text.ptr, text.len, 0, &error) : NULL;
}

/* The signature of any payload, with the key that the set offers. */
static enum identity_reason verify(struct str token, const struct jwks *set)
{
    struct jwt jwt;
    enum identity_reason reason = jwt_parse_jws(token, &arena, &jwt);
    if (reason == IDENTITY_ACCEPTED) {
        const struct jwk *key = jwks_choose(set, jwt.kid, jwt.algorithm);
        reason = key ? jwt_verify(&jwt, key) : IDENTITY_key;
    }
    jwt_release(&jwt);
    return reason;
}

static struct jwks *set_of(const json_t *public)
{
    json_t *set = json_object_get(public, "keys") ? json_deep_copy(public)
                                                  : json_pack("{s:[O]}", "keys", public);
    char *text = json_dumps(set, JSON_COMPACT);
    struct jwks *keys = text ? jwks_load(str_of(text)) : NULL;
    free(text);
    json_decref(set);
    return keys;
}

/* Called valid there, refused here, and why that is right. */
static bool refused_on_purpose(const char *file, json_int_t id)
{
    if (strcmp(file, "jose/json_web_signature_test.json") != 0)
        return false;
    /* The key says `alg: RS256` or `ES521`; the token is signed with another algorithm. */
    static const json_int_t mismatch[] = {346, 347, 350, 351};
    for (size_t i = 0; i < ARRAY_LEN(mismatch); i++)
        if (mismatch[i] == id)
            return true;
    return false;
}

static void wycheproof(const char *file)
{
    json_t *document = corpus_json(file);
    if (!document)
        skip();
    size_t verified = 0, refused = 0;
    size_t i, k;
    json_t *group, *test;
    json_array_foreach(json_object_get(document, "testGroups"), i, group)
    {
        const json_t *public = json_object_get(group, "public");
        /* Groups with nothing but a symmetric key are HMAC: all refused, whatever they expect. */
        struct jwks *set = set_of(public ? public : json_object_get(group, "private"));
        json_array_foreach(json_object_get(group, "tests"), k, test)
        {
            json_int_t id = json_integer_value(json_object_get(test, "tcId"));
            struct str token = jwt_json_str(test, "jws");
            bool valid = str_equal(jwt_json_str(test, "result"), STR("valid")) && public &&
                         !refused_on_purpose(file, id);
            enum identity_reason reason = verify(token, set);
            if ((reason == IDENTITY_ACCEPTED) != valid)
                fail_msg("%s %d %s: %s", file, (int)id,
                         json_string_value(json_object_get(test, "comment")),
                         identity_reason_code(reason));
            *(valid ? &verified : &refused) += 1;
        }
        jwks_unref(set);
    }
    json_decref(document);
    print_message("%s: %zu verified, %zu refused\n", file, verified, refused);
    assert_true(verified + refused > 20);
}

static void wycheproof_signatures(void **state)
{
    (void)state;
    wycheproof("jose/json_web_signature_test.json");
}

static void wycheproof_keys(void **state)
{
    (void)state;
    wycheproof("jose/json_web_key_test.json");
}

static void cookbook(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        enum identity_reason reason;
    } rows[] = {
        {"jose/cookbook/jws/4_1.rsa_v15_signature.json", IDENTITY_ACCEPTED},
        {"jose/cookbook/jws/4_2.rsa-pss_signature.json", IDENTITY_ACCEPTED},
        {"jose/cookbook/jws/4_3.ecdsa_signature.json", IDENTITY_ACCEPTED},
        {"jose/cookbook/jws/4_4.hmac-sha2_integrity_protection.json", IDENTITY_algorithm},
        {"jose/cookbook/curve25519/jws.json", IDENTITY_ACCEPTED},
        /* its payload is not base64url: that is what `b64: false` means */
        {"jose/cookbook/rfc7797/hmac-sha2_b64_false.json", IDENTITY_malformed},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *example = corpus_json(rows[i].file);
        if (!example)
            skip();
        json_t *key = json_deep_copy(json_object_get(json_object_get(example, "input"), "key"));
        json_object_del(key, "d"); /* the examples give the private key, too */
        struct jwks *set = set_of(key);
        struct str token = jwt_json_str(json_object_get(example, "output"), "compact");
        assert_true(token.len > 0);
        enum identity_reason reason = verify(token, set);
        if (reason != rows[i].reason)
            fail_msg("%s: %s", rows[i].file, identity_reason_code(reason));
        jwks_unref(set);
        json_decref(key);
        json_decref(example);
    }
}

static void forged(void **state)
{
    (void)state;
    struct str attacks = forge_corpus("jose/jwt_tool_attacks.txt", &arena);
    struct str original = str_trim(forge_corpus("jose/jwt_tool_attacks.original.jwt", &arena));
    struct jwks *set = jwks_load(forge_corpus("jose/jwt_tool_attacks.jwks.json", &arena));
    if (!attacks.ptr || !set)
        skip();
    assert_int_equal(verify(original, set), IDENTITY_ACCEPTED);
    struct str line, attack, token;
    size_t count = 0;
    while (str_split(attacks, '\n', &line, &attacks)) {
        if (!str_split(line, '\t', &attack, &token))
            continue;
        enum identity_reason reason = verify(str_trim(token), set);
        if (reason == IDENTITY_ACCEPTED || reason == IDENTITY_UNDECIDED)
            fail_msg("%.*s was accepted", STR_ARG(line));
        count++;
    }
    assert_true(count >= 8);
    jwks_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wycheproof_signatures),
        cmocka_unit_test(wycheproof_keys),
        cmocka_unit_test(cookbook),
        cmocka_unit_test(forged),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/limits.h"
#include "forge.h"
#include "identity/jwt.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 64 << 20);
    return identity_prepare() ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void base64url(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bytes; /* NULL: refused */
    } rows[] = {
        {"", ""},        {"Zg", "f"},        {"Zm8", "fo"},
        {"Zm9v", "foo"}, {"Zm9vYg", "foob"}, {"_-_-", "\xFF\xEF\xFE"},
        {"Z", NULL},     {"Zm9vY", NULL}, /* 4n+1 */
        {"Zg==", NULL},  {"Zm8=", NULL},  /* padding */
        {"Zh", NULL},    {"Zm9", NULL},   /* bits left over */
        {"Zm 9v", NULL}, {"Zm9v\n", NULL},   {" Zm9v", NULL},
        {"+/+/", NULL},  {"Zm9\x80", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str bytes;
        bool ok = base64url_decode(str_of(rows[i].text), &arena, &bytes);
        assert_int_equal(ok, rows[i].bytes != NULL);
        if (ok)
            assert_str(bytes, str_of(rows[i].bytes));
    }
}

static void json(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"{}", true},
        {"{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"{{{{\"}", true},
        {"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", true},
        {"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", false}, /* one deeper */
        {"{\"a\":1,\"a\":1}", false},
        {"{\"a\":{\"b\":1,\"b\":2}}", false},
        {"{} {}", false},
        {"", false},
        {"\"a\"", false},
        {"{\"a\\u0000b\":1}", false},
        {"{\"a\":\"\\u0000\"}", false},
        {"{\"a\":\"\xC0\x80\"}", false},
        {"{\"a\":NaN}", false},
        {"{a:1}", false},
        {"{\"a\":1,}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *value = jwt_json_read(str_of(rows[i].text), 100);
        if ((value != NULL) != rows[i].ok)
            fail_msg("%s", rows[i].text);
        json_decref(value);
    }
    assert_null(jwt_json_read(STR("{     }"), 6));
}

#define EMPTY "e30" /* {} */

static struct str with_header(const char *header)
{
    return arena_printf(&arena, "%.*s." EMPTY ".AAAA",
                        STR_ARG(forge_base64url(str_of(header), &arena)));
}

static void headers(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum identity_reason reason;
    } rows[] = {
        {"{\"alg\":\"RS256\"}", IDENTITY_ACCEPTED},
        {"{\"alg\":\"EdDSA\",\"kid\":\"k\",\"typ\":\"jwt\"}", IDENTITY_ACCEPTED},
        {"{\"alg\":\"Ed25519\",\"typ\":\"at+jwt\"}", IDENTITY_ACCEPTED},
        {"{\"alg\":\"ES512\",\"typ\":\"application/at+JWT\",\"x5t\":\"abc\"}", IDENTITY_ACCEPTED},
        {"{}", IDENTITY_malformed},
        {"{\"alg\":null}", IDENTITY_malformed},
        {"{\"alg\":[\"RS256\"]}", IDENTITY_malformed},
        {"{\"alg\":\"RS256\",\"kid\":1}", IDENTITY_malformed},
        {"{\"alg\":\"RS256\",\"alg\":\"none\"}", IDENTITY_malformed},
        {"[\"RS256\"]", IDENTITY_malformed},
        {"{\"alg\":\"none\"}", IDENTITY_algorithm},
        {"{\"alg\":\"None\"}", IDENTITY_algorithm},
        {"{\"alg\":\"nOnE\"}", IDENTITY_algorithm},
        {"{\"alg\":\"\"}", IDENTITY_algorithm},
        {"{\"alg\":\"invalid\"}", IDENTITY_algorithm},
        {"{\"alg\":\"HS256\"}", IDENTITY_algorithm},
        {"{\"alg\":\"HS384\"}", IDENTITY_algorithm},
        {"{\"alg\":\"HS512\"}", IDENTITY_algorithm},
        {"{\"alg\":\"rs256\"}", IDENTITY_algorithm},
        {"{\"alg\":\"RS256 \"}", IDENTITY_algorithm},
        {"{\"alg\":\"ES256K\"}", IDENTITY_algorithm},
        {"{\"alg\":\"Ed448\"}", IDENTITY_algorithm},
        {"{\"alg\":\"RS256\",\"crit\":[\"exp\"]}", IDENTITY_critical},
        {"{\"alg\":\"RS256\",\"crit\":[]}", IDENTITY_critical},
        {"{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"]}", IDENTITY_critical},
        {"{\"alg\":\"RS256\",\"b64\":true}", IDENTITY_critical},
        {"{\"alg\":\"RS256\",\"zip\":\"DEF\"}", IDENTITY_header},
        {"{\"alg\":\"RS256\",\"jwk\":{\"kty\":\"RSA\"}}", IDENTITY_header},
        {"{\"alg\":\"RS256\",\"jku\":\"https://evil.example\"}", IDENTITY_header},
        {"{\"alg\":\"RS256\",\"x5u\":\"https://evil.example\"}", IDENTITY_header},
        {"{\"alg\":\"RS256\",\"x5c\":[\"MII\"]}", IDENTITY_header},
        {"{\"alg\":\"RS256\",\"typ\":\"logout+jwt\"}", IDENTITY_header},
        {"{\"alg\":\"RS256\",\"typ\":\"dpop+jwt\"}", IDENTITY_header},
        {"{\"alg\":\"RS256\",\"typ\":7}", IDENTITY_header},
        {"{\"alg\":\"RS256\",\"cty\":\"JWT\"}", IDENTITY_encrypted},
        {"{\"alg\":\"RS256\",\"cty\":\"text\"}", IDENTITY_header},
        {"{\"alg\":\"RSA-OAEP\",\"enc\":\"A128GCM\"}", IDENTITY_encrypted},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct jwt jwt;
        enum identity_reason reason = jwt_parse(with_header(rows[i].header), &arena, &jwt);
        if (reason != rows[i].reason)
            fail_msg("%s: %s, not %s", rows[i].header, identity_reason_code(reason),
                     identity_reason_code(rows[i].reason));
        jwt_release(&jwt);
    }
}

static void shapes(void **state)
{
    (void)state;
    static const struct {
        const char *token;
        enum identity_reason reason;
    } rows[] = {
        {"eyJhbGciOiJSUzI1NiJ9.e30.AAAA", IDENTITY_ACCEPTED},
        {"", IDENTITY_malformed},
        {"a", IDENTITY_malformed},
        {"..", IDENTITY_malformed},
        {"eyJhbGciOiJSUzI1NiJ9.e30", IDENTITY_malformed},
        {"eyJhbGciOiJSUzI1NiJ9.e30.AAAA.", IDENTITY_malformed},
        {"eyJhbGciOiJSUzI1NiJ9.e30.AAAA.AAAA", IDENTITY_malformed},
        {"eyJhbGciOiJSUzI1NiJ9.e30.AAAA.AAAA.AAAA", IDENTITY_encrypted},
        {"eyJhbGciOiJSUzI1NiJ9.e30.AAAA.AAAA.AAAA.", IDENTITY_malformed},
        {"eyJhbGciOiJSUzI1NiJ9.e30.AAA=", IDENTITY_malformed},
        {"eyJhbGciOiJSUzI1NiJ9.e30.AAAA\n", IDENTITY_malformed},
        {" eyJhbGciOiJSUzI1NiJ9.e30.AAAA", IDENTITY_malformed},
        {"eyJhbGciOiJSUzI1NiJ9..AAAA", IDENTITY_malformed},    /* no payload */
        {"eyJhbGciOiJSUzI1NiJ9.W10.AAAA", IDENTITY_malformed}, /* [] */
        {"eyJhbGciOiJSUzI1NiJ9.Zm9v.AAAA", IDENTITY_malformed},
        {"eyJhbGciOiJub25lIn0.e30.", IDENTITY_algorithm},
        {"{\"payload\":\"e30\",\"signatures\":[]}", IDENTITY_malformed},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct jwt jwt;
        enum identity_reason reason = jwt_parse(str_of(rows[i].token), &arena, &jwt);
        if (reason != rows[i].reason)
            fail_msg("%s: %s, not %s", rows[i].token, identity_reason_code(reason),
                     identity_reason_code(rows[i].reason));
        jwt_release(&jwt);
    }
}

static void too_large(void **state)
{
    (void)state;
    char *long_token = arena_alloc(&arena, 100000);
    memset(long_token, 'A', 100000);
    struct jwt jwt;
    assert_int_equal(jwt_parse(str_make(long_token, LIMIT_TOKEN + 1), &arena, &jwt),
                     IDENTITY_too_large);
    assert_int_equal(jwt_parse(str_make(long_token, 100000), &arena, &jwt), IDENTITY_too_large);
    assert_int_equal(jwt_parse(str_make(long_token, LIMIT_TOKEN), &arena, &jwt),
                     IDENTITY_malformed);
}

/* One key of each algorithm against tokens of each: only the diagonal verifies. */
static void every_algorithm(void **state)
{
    (void)state;
    struct forge_key keys[JWT_ALGORITHM_COUNT - 1];
    size_t count = ARRAY_LEN(keys);
    for (size_t i = 0; i < count; i++) {
        char *kid = arena_alloc(&arena, 4);
        snprintf(kid, 4, "k%zu", i);
        keys[i] = forge_key_make((enum jwt_algorithm)(i + 1), kid);
    }
    struct jwks *set = jwks_load(forge_jwks(keys, count, &arena));
    assert_non_null(set);
    assert_int_equal(set->count, count);
    for (size_t i = 0; i < count; i++) {
        struct jwt jwt;
        struct str token = forge_plain(&keys[i], "{\"sub\":\"a\"}", &arena);
        assert_int_equal(jwt_parse(token, &arena, &jwt), IDENTITY_ACCEPTED);
        for (size_t k = 0; k < count; k++) {
            enum identity_reason reason = jwt_verify(&jwt, &set->keys[k]);
            if ((reason == IDENTITY_ACCEPTED) != (i == k))
                fail_msg("token %s, key %s: %s", jwt_algorithm_name(jwt.algorithm),
                         jwt_algorithm_name(set->keys[k].algorithm), identity_reason_code(reason));
        }
        /* The right key and a byte changed in payload or signature; a byte more; none at all. */
        struct jwt bad = jwt;
        bad.signing_input = arena_copy(&arena, jwt.signing_input);
        ((char *)(uintptr_t)bad.signing_input.ptr)[bad.signing_input.len - 1] ^= 1;
        assert_int_equal(jwt_verify(&bad, &set->keys[i]), IDENTITY_signature);
        bad = jwt;
        bad.signature = arena_printf(&arena, "%.*s", 0, "");
        assert_int_equal(jwt_verify(&bad, &set->keys[i]), IDENTITY_signature);
        char *longer = arena_alloc(&arena, jwt.signature.len + 1);
        memcpy(longer, jwt.signature.ptr, jwt.signature.len);
        bad.signature = str_make(longer, jwt.signature.len + 1);
        assert_int_equal(jwt_verify(&bad, &set->keys[i]), IDENTITY_signature);
        bad.signature = str_make(longer, jwt.signature.len - 1);
        assert_int_equal(jwt_verify(&bad, &set->keys[i]), IDENTITY_signature);
        longer[jwt.signature.len / 2] ^= 0x10;
        bad.signature = str_make(longer, jwt.signature.len);
        assert_int_equal(jwt_verify(&bad, &set->keys[i]), IDENTITY_signature);
        memset(longer, 0, jwt.signature.len);
        assert_int_equal(jwt_verify(&bad, &set->keys[i]), IDENTITY_signature);
        jwt_release(&jwt);
    }
    jwks_unref(set);
    for (size_t i = 0; i < count; i++)
        forge_key_release(&keys[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64url), cmocka_unit_test(json),      cmocka_unit_test(headers),
        cmocka_unit_test(shapes),    cmocka_unit_test(too_large), cmocka_unit_test(every_algorithm),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

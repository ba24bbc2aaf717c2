/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/limits.h"
#include "forge.h"

static struct arena arena;
static struct forge_key rsa, ec, ed;
static struct str n, x, y, ed_x; /* of those keys */

static struct str member_of(const struct forge_key *key, const char *name)
{
    json_t *set = jwt_json_read(forge_jwks(key, 1, &arena), LIMIT_JWKS);
    struct str value =
        arena_copy(&arena, jwt_json_str(json_array_get(json_object_get(set, "keys"), 0), name));
    json_decref(set);
    return value;
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 64 << 20);
    rsa = forge_key_make(JWT_RS256, "r");
    ec = forge_key_make(JWT_ES256, "e");
    ed = forge_key_make(JWT_EDDSA, "d");
    n = member_of(&rsa, "n");
    x = member_of(&ec, "x");
    y = member_of(&ec, "y");
    ed_x = member_of(&ed, "x");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    forge_key_release(&rsa);
    forge_key_release(&ec);
    forge_key_release(&ed);
    arena_release(&arena);
    return 0;
}

/* Puts the keys' members for $n $x $y $d in a row's text. */
static struct str fill(const char *text)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    for (const char *at = text; *at; at++) {
        if (*at != '$') {
            buf_put_u8(&out, (uint8_t)*at);
            continue;
        }
        at++;
        buf_put_str(&out, *at == 'n' ? n : *at == 'x' ? x : *at == 'y' ? y : ed_x);
    }
    struct str copy = arena_copy(&arena, buf_str(&out));
    buf_release(&out);
    return copy;
}

static void keys(void **state)
{
    (void)state;
    static const struct {
        const char *name, *jwk;
        bool usable;
    } rows[] = {
        {"rsa", "{\"kty\":\"RSA\",\"n\":\"$n\",\"e\":\"AQAB\"}", true},
        {"verify", "{\"kty\":\"RSA\",\"key_ops\":[\"verify\"],\"n\":\"$n\",\"e\":\"AQAB\"}", true},
        {"ps", "{\"kty\":\"RSA\",\"alg\":\"PS512\",\"n\":\"$n\",\"e\":\"AQAB\"}", true},
        {"enc", "{\"kty\":\"RSA\",\"use\":\"enc\",\"n\":\"$n\",\"e\":\"AQAB\"}", false},
        {"use 1", "{\"kty\":\"RSA\",\"use\":1,\"n\":\"$n\",\"e\":\"AQAB\"}", false},
        {"sign", "{\"kty\":\"RSA\",\"key_ops\":[\"sign\"],\"n\":\"$n\",\"e\":\"AQAB\"}", false},
        {"ops", "{\"kty\":\"RSA\",\"key_ops\":\"verify\",\"n\":\"$n\",\"e\":\"AQAB\"}", false},
        {"oaep", "{\"kty\":\"RSA\",\"alg\":\"RSA-OAEP\",\"n\":\"$n\",\"e\":\"AQAB\"}", false},
        {"hmac", "{\"kty\":\"RSA\",\"alg\":\"HS256\",\"n\":\"$n\",\"e\":\"AQAB\"}", false},
        {"es", "{\"kty\":\"RSA\",\"alg\":\"ES256\",\"n\":\"$n\",\"e\":\"AQAB\"}", false},
        {"private", "{\"kty\":\"RSA\",\"d\":\"AA\",\"n\":\"$n\",\"e\":\"AQAB\"}", false},
        {"e 1", "{\"kty\":\"RSA\",\"n\":\"$n\",\"e\":\"AQ\"}", false},
        {"e 3", "{\"kty\":\"RSA\",\"n\":\"$n\",\"e\":\"Aw\"}", false},
        {"e even", "{\"kty\":\"RSA\",\"n\":\"$n\",\"e\":\"AQAC\"}", false},
        {"e missing", "{\"kty\":\"RSA\",\"n\":\"$n\"}", false},
        {"n small", "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", false},
        {"padding", "{\"kty\":\"RSA\",\"n\":\"$n==\",\"e\":\"AQAB\"}", false},
        {"kid", "{\"kty\":\"RSA\",\"kid\":1,\"n\":\"$n\",\"e\":\"AQAB\"}", false},
        {"oct", "{\"kty\":\"oct\",\"k\":\"AAAA\"}", false},
        {"none", "{}", false},
        {"string", "\"RSA\"", false},
        {"ec", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"$x\",\"y\":\"$y\"}", true},
        {"ec alg", "{\"kty\":\"EC\",\"alg\":\"ES384\",\"crv\":\"P-256\",\"x\":\"$x\",\"y\":\"$y\"}",
         false},
        {"swapped", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"$y\",\"y\":\"$x\"}", false},
        {"curve", "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"$x\",\"y\":\"$y\"}", false},
        {"k1", "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"$x\",\"y\":\"$y\"}", false},
        {"infinity", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\",\"y\":\"\"}", false},
        {"kty", "{\"kty\":\"RSA\",\"crv\":\"P-256\",\"x\":\"$x\",\"y\":\"$y\"}", false},
        {"okp", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"Ed25519\",\"x\":\"$d\"}", true},
        {"x25519", "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"$d\"}", false},
        {"okp short", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str filled = fill(rows[i].jwk);
        struct jwks *set = jwks_load(arena_printf(&arena, "{\"keys\":[%.*s]}", STR_ARG(filled)));
        assert_non_null(set);
        if (set->count != rows[i].usable || set->left_out != !rows[i].usable)
            fail_msg("%s: %zu usable", rows[i].name, set->count);
        jwks_unref(set);
    }
}

static void not_sets(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]", "{\"keys\":[],\"keys\":[]}", "<html>"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_null(jwks_load(str_of(texts[i])));
    struct jwks *empty = jwks_load(STR("{\"keys\":[]}"));
    assert_non_null(empty);
    assert_null(jwks_choose(empty, STR("r"), JWT_RS256));
    jwks_unref(empty);
    char *large = arena_alloc(&arena, LIMIT_JWKS + 1);
    memset(large, ' ', LIMIT_JWKS + 1);
    memcpy(large, "{\"keys\":[]}", 11);
    assert_null(jwks_load(str_make(large, LIMIT_JWKS + 1)));
}

static void choice(void **state)
{
    (void)state;
    struct forge_key second = rsa;
    second.kid = "r2";
    struct forge_key all[] = {rsa, second, ec, ed};
    struct jwks *set = jwks_load(forge_jwks(all, ARRAY_LEN(all), &arena));
    assert_non_null(set);
    assert_ptr_equal(jwks_choose(set, STR("r"), JWT_RS256), &set->keys[0]);
    assert_ptr_equal(jwks_choose(set, STR("r2"), JWT_RS256), &set->keys[1]);
    assert_null(jwks_choose(set, STR("r"), JWT_RS384)); /* the key says RS256 */
    assert_null(jwks_choose(set, STR("r"), JWT_ES256));
    assert_null(jwks_choose(set, STR("r3"), JWT_RS256));
    assert_null(jwks_choose(set, STR_NONE, JWT_RS256)); /* two fit */
    assert_ptr_equal(jwks_choose(set, STR_NONE, JWT_ES256), &set->keys[2]);
    assert_ptr_equal(jwks_choose(set, STR_NONE, JWT_EDDSA), &set->keys[3]);
    assert_null(jwks_choose(set, STR("r"), JWT_INVALID));
    assert_true(jwks_has_kid(set, STR("e")));
    assert_false(jwks_has_kid(set, STR("nope")));
    jwks_unref(set);

    /* The same kid twice: neither is trusted. */
    second.kid = "r";
    struct forge_key twice[] = {rsa, second};
    set = jwks_load(forge_jwks(twice, 2, &arena));
    assert_null(jwks_choose(set, STR("r"), JWT_RS256));
    jwks_unref(jwks_ref(set));
    jwks_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        cmocka_unit_test(not_sets),
        cmocka_unit_test(choice),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

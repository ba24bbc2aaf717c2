/* SPDX-License-Identifier: Apache-2.0
 *
 * Each JWK passes a row of questions, cheap ones first; one "no" leaves that key out. Rotation at
 * an issuer must not fail because one of its keys is of a kind that is not known here, so the set
 * as a whole is refused only when it is no key set at all.
 */
#include "identity/jwks.h"
#include "base/limits.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192 /* more only costs time, which is what whoever publishes it may want */

static const struct {
    const char *crv, *group;
    enum jwk_type type;
    size_t coordinate;
} curves[] = {
    {"P-256", "P-256", JWK_P256, 32},
    {"P-384", "P-384", JWK_P384, 48},
    {"P-521", "P-521", JWK_P521, 66},
};

/* `use` and `key_ops` (RFC 7517 sections 4.2 and 4.3), where they are there, must say that the key
 * verifies signatures. */
static bool key_is_for_verifying(const json_t *jwk)
{
    const json_t *use = json_object_get(jwk, "use");
    const json_t *ops = json_object_get(jwk, "key_ops");
    if (use && !str_equal(jwt_json_str(jwk, "use"), STR("sig")))
        return false;
    if (!ops)
        return true;
    for (size_t i = 0; i < json_array_size(ops); i++) {
        const char *op = json_string_value(json_array_get(ops, i));
        if (op && strcmp(op, "verify") == 0)
            return true;
    }
    return false;
}

/* Keys of a broken library (CVE-2017-15361, "ROCA"): their modulus lies, modulo each small prime,
 * in the subgroup that 65537 generates. By chance that is so for one modulus in 2^27 or fewer. */
static bool modulus_has_roca_mark(const BIGNUM *n)
{
    static const unsigned char primes[] = {
        3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
        73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
    for (size_t i = 0; i < ARRAY_LEN(primes); i++) {
        unsigned p = primes[i], residue = (unsigned)BN_mod_word(n, p), power = 1;
        bool inside = false;
        do {
            inside = inside || power == residue;
            power = power * (65537 % p) % p;
        } while (power != 1);
        if (!inside)
            return false;
    }
    return true;
}

static BIGNUM *number_member(const json_t *jwk, const char *name, struct arena *arena)
{
    struct str bytes;
    if (!base64url_decode(jwt_json_str(jwk, name), arena, &bytes) || bytes.len == 0 ||
        bytes.len > RSA_BITS_MAX / 8 + 1)
        return NULL;
    return BN_bin2bn((const unsigned char *)bytes.ptr, (int)bytes.len, NULL);
}

static EVP_PKEY *key_from_params(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY_CTX *check = NULL;
    if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1) {
        check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
        if (!check || EVP_PKEY_public_check(check) != 1) {
            EVP_PKEY_free(key);
            key = NULL;
        }
    }
    EVP_PKEY_CTX_free(check);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return key;
}

static EVP_PKEY *rsa_key(const json_t *jwk, struct arena *arena)
{
    EVP_PKEY *key = NULL;
    BIGNUM *n = number_member(jwk, "n", arena), *e = number_member(jwk, "e", arena);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (n && e && build && BN_num_bits(n) >= RSA_BITS_MIN && BN_num_bits(n) <= RSA_BITS_MAX &&
        BN_is_odd(n) && BN_is_odd(e) && BN_num_bits(e) > 16 && BN_num_bits(e) <= 32 &&
        !modulus_has_roca_mark(n) && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
        key = key_from_params("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return key;
}

static EVP_PKEY *ec_key(const json_t *jwk, struct arena *arena, enum jwk_type *ret_type)
{
    struct str crv = jwt_json_str(jwk, "crv"), x, y;
    unsigned char point[1 + 2 * 66];
    for (size_t i = 0; i < ARRAY_LEN(curves); i++) {
        size_t size = curves[i].coordinate;
        if (!str_equal(crv, str_of(curves[i].crv)))
            continue;
        /* RFC 7518 section 6.2.1.2: the full size, leading zeros included. */
        if (!base64url_decode(jwt_json_str(jwk, "x"), arena, &x) || x.len != size ||
            !base64url_decode(jwt_json_str(jwk, "y"), arena, &y) || y.len != size)
            return NULL;
        point[0] = 4; /* uncompressed, SEC 1 section 2.3.3 */
        memcpy(point + 1, x.ptr, size);
        memcpy(point + 1 + size, y.ptr, size);
        EVP_PKEY *key = NULL;
        OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
        if (build &&
            OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curves[i].group,
                                            0) &&
            OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size))
            key = key_from_params("EC", build);
        OSSL_PARAM_BLD_free(build);
        *ret_type = curves[i].type;
        return key;
    }
    return NULL;
}

static EVP_PKEY *ed25519_key(const json_t *jwk, struct arena *arena)
{
    struct str x;
    if (!str_equal(jwt_json_str(jwk, "crv"), STR("Ed25519")) ||
        !base64url_decode(jwt_json_str(jwk, "x"), arena, &x) || x.len != 32)
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)x.ptr, x.len);
}

/* Fills *ret_key; false when the key can't serve. */
static bool key_read(const json_t *jwk, struct arena *arena, struct jwk *ret_key)
{
    /* A private member in a published set: whoever reads it can sign. */
    if (!json_is_object(jwk) || json_object_get(jwk, "d") || json_object_get(jwk, "k") ||
        !key_is_for_verifying(jwk))
        return false;
    const json_t *alg = json_object_get(jwk, "alg"), *kid = json_object_get(jwk, "kid");
    struct jwk key = {.algorithm = jwt_algorithm_by_name(jwt_json_str(jwk, "alg"))};
    if ((alg && key.algorithm == JWT_INVALID) || (kid && !json_is_string(kid)))
        return false;
    struct str kty = jwt_json_str(jwk, "kty");
    if (str_equal(kty, STR("RSA"))) {
        key.type = JWK_RSA;
        key.key = rsa_key(jwk, arena);
    } else if (str_equal(kty, STR("EC"))) {
        key.key = ec_key(jwk, arena, &key.type);
    } else if (str_equal(kty, STR("OKP"))) {
        key.type = JWK_ED25519;
        key.key = ed25519_key(jwk, arena);
    }
    key.kid = arena_copy(arena, jwt_json_str(jwk, "kid"));
    if (key.key && !arena->failed &&
        (key.algorithm == JWT_INVALID || jwt_algorithm_key_type(key.algorithm) == key.type)) {
        *ret_key = key;
        return true;
    }
    EVP_PKEY_free(key.key);
    return false;
}

struct jwks *jwks_load(struct str text)
{
    json_t *document = jwt_json_read(text, LIMIT_JWKS);
    const json_t *keys = json_object_get(document, "keys");
    size_t count = json_array_size(keys);
    struct jwks *set = NULL;
    if (json_is_array(keys) && count <= LIMIT_JWKS_KEYS)
        set = calloc(1, sizeof *set);
    if (set) {
        set->references = 1;
        arena_init(&set->arena, 4 * LIMIT_JWKS);
        set->keys = arena_array(&set->arena, count + 1, struct jwk);
        for (size_t i = 0; set->keys && i < count; i++) {
            if (key_read(json_array_get(keys, i), &set->arena, &set->keys[set->count]))
                set->count++;
            else
                set->left_out++;
        }
        if (set->arena.failed) {
            jwks_unref(set);
            set = NULL;
        }
    }
    json_decref(document);
    ERR_clear_error();
    return set;
}

struct jwks *jwks_ref(struct jwks *set)
{
    set->references++;
    return set;
}

void jwks_unref(struct jwks *set)
{
    if (!set || --set->references > 0)
        return;
    for (size_t i = 0; i < set->count; i++)
        EVP_PKEY_free(set->keys[i].key);
    arena_release(&set->arena);
    free(set);
}

const struct jwk *jwks_choose(const struct jwks *set, struct str kid, enum jwt_algorithm algorithm)
{
    const struct jwk *found = NULL;
    enum jwk_type type = jwt_algorithm_key_type(algorithm);
    for (size_t i = 0; set && type != JWK_INVALID && i < set->count; i++) {
        const struct jwk *key = &set->keys[i];
        if (key->type != type || (key->algorithm != JWT_INVALID && key->algorithm != algorithm) ||
            (kid.len > 0 && !str_equal(kid, key->kid)))
            continue;
        if (found)
            return NULL;
        found = key;
    }
    return found;
}

bool jwks_has_kid(const struct jwks *set, struct str kid)
{
    for (size_t i = 0; set && i < set->count; i++)
        if (str_equal(kid, set->keys[i].kid))
            return true;
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "forge.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

static const char *curve_of(enum jwt_algorithm algorithm)
{
    return algorithm == JWT_ES256 ? "P-256" : algorithm == JWT_ES384 ? "P-384" : "P-521";
}

static size_t coordinate_of(enum jwt_algorithm algorithm)
{
    return algorithm == JWT_ES256 ? 32 : algorithm == JWT_ES384 ? 48 : 66;
}

struct forge_key forge_key_make(enum jwt_algorithm algorithm, const char *kid)
{
    struct forge_key key = {.algorithm = algorithm, .kid = kid};
    enum jwk_type type = jwt_algorithm_key_type(algorithm);
    if (type == JWK_RSA)
        key.key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    else if (type == JWK_ED25519)
        key.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    else
        key.key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve_of(algorithm));
    REQUIRE(key.key);
    return key;
}

void forge_key_release(struct forge_key *key)
{
    EVP_PKEY_free(key->key);
    key->key = NULL;
}

struct str forge_base64url(struct str bytes, struct arena *arena)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *out = arena_alloc(arena, bytes.len * 4 / 3 + 4);
    size_t n = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    REQUIRE(out);
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (unsigned char)bytes.ptr[i];
        for (held += 8; held >= 6; held -= 6)
            out[n++] = alphabet[bits >> (held - 6) & 63];
    }
    if (held > 0)
        out[n++] = alphabet[bits << (6 - held) & 63];
    return str_make(out, n);
}

static struct str number(const struct forge_key *key, const char *name, struct arena *arena)
{
    BIGNUM *n = NULL;
    unsigned char bytes[1100];
    REQUIRE(EVP_PKEY_get_bn_param(key->key, name, &n) == 1 && BN_num_bytes(n) < 1100);
    int len = BN_bn2bin(n, bytes);
    BN_free(n);
    return forge_base64url(str_make(bytes, (size_t)len), arena);
}

static struct str jwk(const struct forge_key *key, struct arena *arena)
{
    unsigned char raw[256];
    size_t len = sizeof raw;
    const char *alg = jwt_algorithm_name(key->algorithm);
    enum jwk_type type = jwt_algorithm_key_type(key->algorithm);
    if (type == JWK_RSA)
        return arena_printf(arena,
                            "{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"%s\",\"kid\":\"%s\","
                            "\"n\":\"%.*s\",\"e\":\"%.*s\"}",
                            alg, key->kid, STR_ARG(number(key, "n", arena)),
                            STR_ARG(number(key, "e", arena)));
    if (type == JWK_ED25519) {
        REQUIRE(EVP_PKEY_get_raw_public_key(key->key, raw, &len) == 1);
        return arena_printf(arena,
                            "{\"kty\":\"OKP\",\"use\":\"sig\",\"alg\":\"%s\",\"kid\":\"%s\","
                            "\"crv\":\"Ed25519\",\"x\":\"%.*s\"}",
                            alg, key->kid, STR_ARG(forge_base64url(str_make(raw, len), arena)));
    }
    size_t size = coordinate_of(key->algorithm);
    REQUIRE(EVP_PKEY_get_octet_string_param(key->key, OSSL_PKEY_PARAM_PUB_KEY, raw, sizeof raw,
                                            &len) == 1 &&
            len == 1 + 2 * size);
    return arena_printf(arena,
                        "{\"kty\":\"EC\",\"use\":\"sig\",\"alg\":\"%s\",\"kid\":\"%s\","
                        "\"crv\":\"%s\",\"x\":\"%.*s\",\"y\":\"%.*s\"}",
                        alg, key->kid, curve_of(key->algorithm),
                        STR_ARG(forge_base64url(str_make(raw + 1, size), arena)),
                        STR_ARG(forge_base64url(str_make(raw + 1 + size, size), arena)));
}

struct str forge_jwks(const struct forge_key *keys, size_t count, struct arena *arena)
{
    struct str text = STR("{\"keys\":[");
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%.*s%s%.*s", STR_ARG(text), i ? "," : "",
                            STR_ARG(jwk(&keys[i], arena)));
    return arena_printf(arena, "%.*s]}", STR_ARG(text));
}

static const char *digest_of(enum jwt_algorithm algorithm)
{
    const char *name = jwt_algorithm_name(algorithm);
    if (algorithm == JWT_EDDSA)
        return NULL;
    return strcmp(name + 2, "256") == 0   ? "SHA256"
           : strcmp(name + 2, "384") == 0 ? "SHA384"
                                          : "SHA512";
}

static struct str raw_signature(struct str der, size_t size, struct arena *arena)
{
    const unsigned char *at = (const unsigned char *)der.ptr;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    unsigned char *raw = arena_alloc(arena, 2 * size);
    REQUIRE(sig && raw && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)size) == (int)size &&
            BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + size, (int)size) == (int)size);
    ECDSA_SIG_free(sig);
    return str_make(raw, 2 * size);
}

struct str forge_token(const struct forge_key *key, const char *header, const char *payload,
                       struct arena *arena)
{
    struct str input =
        arena_printf(arena, "%.*s.%.*s", STR_ARG(forge_base64url(str_of(header), arena)),
                     STR_ARG(forge_base64url(str_of(payload), arena)));
    unsigned char sig[1100];
    size_t len = sizeof sig;
    EVP_PKEY_CTX *key_ctx = NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    REQUIRE(EVP_DigestSignInit_ex(ctx, &key_ctx, digest_of(key->algorithm), NULL, NULL, key->key,
                                  NULL) == 1);
    if (key->algorithm >= JWT_PS256 && key->algorithm <= JWT_PS512)
        REQUIRE(EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
    REQUIRE(EVP_DigestSign(ctx, sig, &len, (const unsigned char *)input.ptr, input.len) == 1);
    EVP_MD_CTX_free(ctx);
    struct str signature = str_make(sig, len);
    if (key->algorithm >= JWT_ES256 && key->algorithm <= JWT_ES512)
        signature = raw_signature(signature, coordinate_of(key->algorithm), arena);
    return arena_printf(arena, "%.*s.%.*s", STR_ARG(input),
                        STR_ARG(forge_base64url(signature, arena)));
}

struct str forge_plain(const struct forge_key *key, const char *payload, struct arena *arena)
{
    struct str header = arena_printf(arena, "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
                                     jwt_algorithm_name(key->algorithm), key->kid);
    return forge_token(key, header.ptr, payload, arena);
}

struct str forge_corpus(const char *path, struct arena *arena)
{
    /* From the source tree's root or from a build folder in it. */
    static const char *const roots[] = {"../shared/corpus", "../../../shared/corpus",
                                        "../../../../shared/corpus"};
    for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
        struct str name = arena_printf(arena, "%s/%s", roots[i], path);
        FILE *file = fopen(name.ptr, "rb");
        if (!file)
            continue;
        char *bytes = arena_alloc(arena, 4 << 20);
        size_t len = bytes ? fread(bytes, 1, 4 << 20, file) : 0;
        fclose(file);
        return str_make(bytes, len);
    }
    fprintf(stderr, "skipped: the optional ../shared/corpus/%s is not there\n", path);
    return STR_NONE;
}

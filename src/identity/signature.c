/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures, by OpenSSL's EVP interface. The algorithm's row says everything: which key type it
 * takes, which digest, which padding, how many bytes an ECDSA coordinate has. The key's type is
 * compared with the row before anything is computed, so an HMAC over a public key, or an RSA
 * signature checked with an EC key, can't be expressed.
 */
#include "base/random.h"
#include "identity/jwks.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

enum signature_form { FORM_INVALID = 0, FORM_PKCS1, FORM_PSS, FORM_ECDSA, FORM_ED25519 };

static const struct {
    enum signature_form form;
    enum jwk_type type;
    const char *digest; /* NULL: the algorithm brings its own */
    size_t coordinate;  /* bytes of r and of s */
} algorithms[JWT_ALGORITHM_COUNT] = {
    [JWT_RS256] = {FORM_PKCS1, JWK_RSA, "SHA256", 0},
    [JWT_RS384] = {FORM_PKCS1, JWK_RSA, "SHA384", 0},
    [JWT_RS512] = {FORM_PKCS1, JWK_RSA, "SHA512", 0},
    [JWT_PS256] = {FORM_PSS, JWK_RSA, "SHA256", 0},
    [JWT_PS384] = {FORM_PSS, JWK_RSA, "SHA384", 0},
    [JWT_PS512] = {FORM_PSS, JWK_RSA, "SHA512", 0},
    [JWT_ES256] = {FORM_ECDSA, JWK_P256, "SHA256", 32},
    [JWT_ES384] = {FORM_ECDSA, JWK_P384, "SHA384", 48},
    [JWT_ES512] = {FORM_ECDSA, JWK_P521, "SHA512", 66},
    [JWT_EDDSA] = {FORM_ED25519, JWK_ED25519, NULL, 0},
};

enum jwk_type jwt_algorithm_key_type(enum jwt_algorithm algorithm)
{
    return algorithm < JWT_ALGORITHM_COUNT ? algorithms[algorithm].type : JWK_INVALID;
}

/* r || s (RFC 7518 section 3.4) to the DER that OpenSSL reads. NULL when the length is not exact
 * or out of memory. The caller frees with OPENSSL_free. */
static unsigned char *ecdsa_der(struct str raw, size_t coordinate, int *ret_len)
{
    if (raw.len != 2 * coordinate)
        return NULL;
    unsigned char *der = NULL;
    const unsigned char *bytes = (const unsigned char *)raw.ptr;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes, (int)coordinate, NULL);
    BIGNUM *s = BN_bin2bn(bytes + coordinate, (int)coordinate, NULL);
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL; /* the signature owns them now */
        *ret_len = i2d_ECDSA_SIG(sig, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return der;
}

static bool verify_init(EVP_MD_CTX *ctx, enum jwt_algorithm algorithm, EVP_PKEY *key)
{
    EVP_PKEY_CTX *key_ctx = NULL; /* owned by ctx */
    if (EVP_DigestVerifyInit_ex(ctx, &key_ctx, algorithms[algorithm].digest, NULL, NULL, key,
                                NULL) != 1)
        return false;
    switch (algorithms[algorithm].form) {
    case FORM_INVALID:
        return false;
    case FORM_PKCS1:
        return EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PADDING) == 1;
    case FORM_PSS:
        return EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
    case FORM_ECDSA:
    case FORM_ED25519:
        return true;
    }
    return false;
}

enum identity_reason jwt_verify(const struct jwt *jwt, const struct jwk *key)
{
    enum jwt_algorithm algorithm = jwt->algorithm;
    if (algorithm <= JWT_INVALID || algorithm >= JWT_ALGORITHM_COUNT)
        return IDENTITY_algorithm;
    if (key->type != algorithms[algorithm].type ||
        (key->algorithm != JWT_INVALID && key->algorithm != algorithm))
        return IDENTITY_key;
    const unsigned char *sig = (const unsigned char *)jwt->signature.ptr;
    size_t sig_len = jwt->signature.len;
    unsigned char *der = NULL;
    if (algorithms[algorithm].form == FORM_ECDSA) {
        int der_len = 0;
        der = ecdsa_der(jwt->signature, algorithms[algorithm].coordinate, &der_len);
        if (!der || der_len <= 0) {
            OPENSSL_free(der);
            return IDENTITY_signature;
        }
        sig = der;
        sig_len = (size_t)der_len;
    }
    enum identity_reason reason = IDENTITY_signature;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx)
        reason = IDENTITY_memory;
    else if (sig_len > 0 && verify_init(ctx, algorithm, key->key) &&
             EVP_DigestVerify(ctx, sig, sig_len, (const unsigned char *)jwt->signing_input.ptr,
                              jwt->signing_input.len) == 1)
        reason = IDENTITY_ACCEPTED;
    EVP_MD_CTX_free(ctx);
    OPENSSL_free(der);
    ERR_clear_error();
    return reason;
}

/* Each algorithm is made ready once, so that none has to be looked for later. */
bool identity_prepare(void)
{
    static const char *const names[] = {"RSA", "EC", "ED25519"};
    /* Neither may look for a file: the process may be locked in already. */
    bool ok = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1;
    json_object_seed((size_t)random_u64() | 1);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        EVP_KEYMGMT *fetched = EVP_KEYMGMT_fetch(NULL, names[i], NULL);
        ok = ok && fetched;
        EVP_KEYMGMT_free(fetched);
    }
    for (int a = JWT_INVALID + 1; a < JWT_ALGORITHM_COUNT; a++) {
        if (!algorithms[a].digest)
            continue;
        EVP_MD *md = EVP_MD_fetch(NULL, algorithms[a].digest, NULL);
        ok = ok && md;
        EVP_MD_free(md);
    }
    ERR_clear_error();
    return ok;
}

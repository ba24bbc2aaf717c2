/* SPDX-License-Identifier: Apache-2.0
 *
 *   native   answer = SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password)))
 *   sha2     answer = SHA256(password) XOR SHA256(SHA256(SHA256(password)) + scramble)
 *
 * Who holds the stored double hash undoes the XOR, hashes once more and compares.
 */
#include "wire/auth.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/secret.h"
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define SHA1_BYTES   20
#define SHA256_BYTES 32
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192

static const struct {
    const char *text;
    bool bare;
} plugins[] = {
    [WIRE_PLUGIN_INVALID] = {"", false},
#define WIRE_PLUGIN_ROW(name, text, bare) [WIRE_PLUGIN_##name] = {text, bare},
    WIRE_PLUGIN_TABLE(WIRE_PLUGIN_ROW)
#undef WIRE_PLUGIN_ROW
};

const char *wire_plugin_text(enum wire_plugin plugin)
{
    return (unsigned)plugin < WIRE_PLUGIN_COUNT ? plugins[plugin].text : "";
}

enum wire_plugin wire_plugin_by_text(struct str text)
{
    for (unsigned i = 1; i < WIRE_PLUGIN_COUNT; i++)
        if (str_equal(text, str_of(plugins[i].text)))
            return (enum wire_plugin)i;
    return WIRE_PLUGIN_INVALID;
}

bool wire_plugin_without_tls(enum wire_plugin plugin)
{
    return (unsigned)plugin < WIRE_PLUGIN_COUNT && plugins[plugin].bare;
}

/* The digest of two byte strings, one after the other. */
static bool digest_two(const EVP_MD *md, struct str a, struct str b, unsigned char *ret_digest)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
              EVP_DigestUpdate(ctx, a.ptr, a.len) == 1 &&
              EVP_DigestUpdate(ctx, b.ptr, b.len) == 1 &&
              EVP_DigestFinal_ex(ctx, ret_digest, NULL) == 1;

    EVP_MD_CTX_free(ctx); /* wipes its state */
    return ok;
}

static bool digest_one(const EVP_MD *md, struct str a, unsigned char *ret_digest)
{
    return digest_two(md, a, STR_NONE, ret_digest);
}

static void xor_into(unsigned char *out, const unsigned char *with, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] ^= with[i];
}

/* ---- mysql_native_password ---- */

bool wire_native_stored(struct str password, unsigned char ret_stored[20])
{
    unsigned char once[SHA1_BYTES];
    bool ok = digest_one(EVP_sha1(), password, once) &&
              digest_one(EVP_sha1(), str_make(once, sizeof once), ret_stored);

    explicit_bzero(once, sizeof once);
    return ok;
}

bool wire_native_answer(const unsigned char scramble[WIRE_SCRAMBLE], struct str password,
                        unsigned char ret_answer[WIRE_NATIVE_ANSWER])
{
    unsigned char once[SHA1_BYTES], twice[SHA1_BYTES], mask[SHA1_BYTES];
    bool ok = digest_one(EVP_sha1(), password, once) &&
              digest_one(EVP_sha1(), str_make(once, sizeof once), twice) &&
              digest_two(EVP_sha1(), str_make(scramble, WIRE_SCRAMBLE),
                         str_make(twice, sizeof twice), mask);

    if (ok) {
        memcpy(ret_answer, once, SHA1_BYTES);
        xor_into(ret_answer, mask, SHA1_BYTES);
    }
    explicit_bzero(once, sizeof once);
    explicit_bzero(twice, sizeof twice);
    explicit_bzero(mask, sizeof mask);
    return ok;
}

bool wire_native_verify(const unsigned char scramble[WIRE_SCRAMBLE],
                        const unsigned char stored[20], struct str answer)
{
    unsigned char once[SHA1_BYTES], again[SHA1_BYTES];

    if (answer.len != WIRE_NATIVE_ANSWER ||
        !digest_two(EVP_sha1(), str_make(scramble, WIRE_SCRAMBLE), str_make(stored, SHA1_BYTES),
                    once))
        return false;
    xor_into(once, (const unsigned char *)answer.ptr, SHA1_BYTES);
    bool ok = digest_one(EVP_sha1(), str_make(once, sizeof once), again) &&
              bytes_equal_constant_time(again, stored, SHA1_BYTES);
    explicit_bzero(once, sizeof once);
    return ok;
}

/* ---- caching_sha2_password ---- */

bool wire_sha2_stored(struct str password, unsigned char ret_stored[32])
{
    unsigned char once[SHA256_BYTES];
    bool ok = digest_one(EVP_sha256(), password, once) &&
              digest_one(EVP_sha256(), str_make(once, sizeof once), ret_stored);

    explicit_bzero(once, sizeof once);
    return ok;
}

bool wire_sha2_answer(const unsigned char scramble[WIRE_SCRAMBLE], struct str password,
                      unsigned char ret_answer[WIRE_SHA2_ANSWER])
{
    unsigned char once[SHA256_BYTES], twice[SHA256_BYTES], mask[SHA256_BYTES];
    bool ok = digest_one(EVP_sha256(), password, once) &&
              digest_one(EVP_sha256(), str_make(once, sizeof once), twice) &&
              digest_two(EVP_sha256(), str_make(twice, sizeof twice),
                         str_make(scramble, WIRE_SCRAMBLE), mask);

    if (ok) {
        memcpy(ret_answer, once, SHA256_BYTES);
        xor_into(ret_answer, mask, SHA256_BYTES);
    }
    explicit_bzero(once, sizeof once);
    explicit_bzero(twice, sizeof twice);
    explicit_bzero(mask, sizeof mask);
    return ok;
}

bool wire_sha2_verify(const unsigned char scramble[WIRE_SCRAMBLE], const unsigned char stored[32],
                      struct str answer)
{
    unsigned char once[SHA256_BYTES], again[SHA256_BYTES];

    if (answer.len != WIRE_SHA2_ANSWER ||
        !digest_two(EVP_sha256(), str_make(stored, SHA256_BYTES),
                    str_make(scramble, WIRE_SCRAMBLE), once))
        return false;
    xor_into(once, (const unsigned char *)answer.ptr, SHA256_BYTES);
    bool ok = digest_one(EVP_sha256(), str_make(once, sizeof once), again) &&
              bytes_equal_constant_time(again, stored, SHA256_BYTES);
    explicit_bzero(once, sizeof once);
    return ok;
}

/* ---- full authentication by RSA ---- */

/* NULL when it is not an RSA key of a size that is accepted. */
static EVP_PKEY *rsa_key_read(struct str pem)
{
    EVP_PKEY *key = NULL;
    BIO *bio = pem.len > 0 && pem.len <= LIMIT_TOKEN ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;

    if (bio != NULL)
        key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (key == NULL)
        return NULL;
    int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

static bool rsa_encrypt(EVP_PKEY *key, struct str clear, struct buf *answer)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    size_t size = (size_t)EVP_PKEY_get_size(key);
    bool ok = ctx != NULL && buf_reserve(answer, size) && EVP_PKEY_encrypt_init(ctx) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
              EVP_PKEY_encrypt(ctx, (unsigned char *)answer->data + answer->len, &size,
                               (const unsigned char *)clear.ptr, clear.len) == 1;

    if (ok)
        answer->len += size;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

bool wire_rsa_answer(struct str public_key_pem, const unsigned char scramble[WIRE_SCRAMBLE],
                     struct str password, struct buf *answer)
{
    unsigned char clear[RSA_BITS_MAX / 8] = {0};
    EVP_PKEY *key = rsa_key_read(public_key_pem);
    bool ok = false;

    if (key != NULL && password.len < sizeof clear) {
        if (password.len > 0)
            memcpy(clear, password.ptr, password.len);
        for (size_t i = 0; i <= password.len; i++) /* the NUL too */
            clear[i] ^= scramble[i % WIRE_SCRAMBLE];
        ok = rsa_encrypt(key, str_make(clear, password.len + 1), answer);
    }
    explicit_bzero(clear, sizeof clear);
    EVP_PKEY_free(key);
    return ok;
}

/* ---- clear text and tokens ---- */

void wire_clear_encode(struct buf *out, struct str password)
{
    buf_put_str(out, password);
    buf_put_u8(out, 0);
}

bool wire_clear_decode(struct str payload, struct str *ret_password)
{
    if (payload.len > 0 && payload.ptr[payload.len - 1] == '\0')
        payload.len--;
    if (str_find_char(payload, '\0') >= 0)
        return false;
    *ret_password = payload;
    return true;
}

void wire_openid_encode(struct buf *out, struct str token)
{
    buf_put_u8(out, 0x01);
    buf_put_lenenc_str(out, token);
}

bool wire_openid_decode(struct str payload, struct str *ret_token)
{
    struct cursor c = cursor_over(payload);

    if (cursor_u8(&c) != 0x01)
        return false;
    *ret_token = cursor_lenenc_str(&c);
    return cursor_done(&c) && ret_token->len > 0 && ret_token->len <= LIMIT_TOKEN;
}

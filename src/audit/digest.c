/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/digest.h"

#include "base/json.h"
#include <openssl/evp.h>
#include <openssl/pem.h>

void audit_sha256(struct str bytes, unsigned char ret_hash[AUDIT_HASH_SIZE])
{
    static EVP_MD *md; /* looking the algorithm up costs more than hashing a short line */
    static EVP_MD_CTX *context;
    unsigned len = AUDIT_HASH_SIZE;

    if (md == NULL) {
        md = EVP_MD_fetch(NULL, "SHA256", NULL);
        context = EVP_MD_CTX_new();
        REQUIRE(md && context);
    }
    REQUIRE(EVP_DigestInit_ex2(context, md, NULL) &&
            EVP_DigestUpdate(context, bytes.len ? bytes.ptr : "", bytes.len) &&
            EVP_DigestFinal_ex(context, ret_hash, &len) && len == AUDIT_HASH_SIZE);
}

void audit_sha256_hex(struct str bytes, char ret_hex[2 * AUDIT_HASH_SIZE + 1])
{
    unsigned char hash[AUDIT_HASH_SIZE];

    audit_sha256(bytes, hash);
    hex_encode(ret_hex, hash, sizeof(hash));
    ret_hex[2 * AUDIT_HASH_SIZE] = '\0';
}

static int hex_digit(char c)
{
    if (ascii_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool audit_hex_decode(struct str hex, unsigned char *ret_bytes, size_t size)
{
    if (hex.len != 2 * size)
        return false;
    for (size_t i = 0; i < hex.len; i++)
        if (hex_digit(hex.ptr[i]) < 0)
            return false;
    for (size_t i = 0; i < size; i++)
        ret_bytes[i] =
            (unsigned char)(hex_digit(hex.ptr[2 * i]) << 4 | hex_digit(hex.ptr[2 * i + 1]));
    return true;
}

/* ---- Ed25519 ---- */

struct audit_key {
    EVP_PKEY *pkey;
};

struct audit_key *audit_key_read(struct str pem)
{
    struct audit_key *key = NULL;
    BIO *bio = pem.len > 0 && pem.len < 65536 ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "") : NULL;

    if (pkey && EVP_PKEY_is_a(pkey, "ED25519") && (key = calloc(1, sizeof(*key))) != NULL)
        key->pkey = pkey;
    else
        EVP_PKEY_free(pkey);
    BIO_free(bio);
    return key;
}

bool audit_key_make(struct buf *ret_pem)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO *bio = BIO_new(BIO_s_secmem());
    bool good = pkey && bio && PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL);

    if (good) {
        char *text;
        long len = BIO_get_mem_data(bio, &text);
        buf_put(ret_pem, text, (size_t)len);
        good = !ret_pem->failed;
    }
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    return good;
}

void audit_key_free(struct audit_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

void audit_key_public(const struct audit_key *key, unsigned char ret_public[AUDIT_PUBLIC_SIZE])
{
    size_t len = AUDIT_PUBLIC_SIZE;

    REQUIRE(EVP_PKEY_get_raw_public_key(key->pkey, ret_public, &len) && len == AUDIT_PUBLIC_SIZE);
}

void audit_key_sign(const struct audit_key *key, struct str bytes,
                    unsigned char ret_signature[AUDIT_SIGNATURE_SIZE])
{
    size_t len = AUDIT_SIGNATURE_SIZE;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    REQUIRE(context && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
            EVP_DigestSign(context, ret_signature, &len, (const unsigned char *)bytes.ptr,
                           bytes.len) == 1);
    EVP_MD_CTX_free(context);
}

bool audit_signature_good(const unsigned char public_key[AUDIT_PUBLIC_SIZE], struct str bytes,
                          const unsigned char signature[AUDIT_SIGNATURE_SIZE])
{
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, AUDIT_PUBLIC_SIZE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = pkey && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
                EVP_DigestVerify(context, signature, AUDIT_SIGNATURE_SIZE,
                                 (const unsigned char *)bytes.ptr, bytes.len) == 1;

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return good;
}

bool audit_public_read(struct str text, unsigned char ret_public[AUDIT_PUBLIC_SIZE])
{
    struct str trimmed = str_trim(text);
    size_t len = AUDIT_PUBLIC_SIZE;

    if (audit_hex_decode(trimmed, ret_public, AUDIT_PUBLIC_SIZE))
        return true;
    BIO *bio = text.len > 0 && text.len < 65536 ? BIO_new_mem_buf(text.ptr, (int)text.len) : NULL;
    EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    if (bio && pkey == NULL) {
        (void)BIO_reset(bio);
        pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "");
    }
    bool good = pkey && EVP_PKEY_is_a(pkey, "ED25519") &&
                EVP_PKEY_get_raw_public_key(pkey, ret_public, &len) && len == AUDIT_PUBLIC_SIZE;
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    return good;
}

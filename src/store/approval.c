/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashes are taken over fields with their lengths, under a label of their own, so that no two
 * different requests can give the same bytes.
 */
#include "store/approval.h"

#include "base/attr.h"
#include <openssl/evp.h>

static const char *const state_texts[APPROVAL_STATE_COUNT] = {
    [APPROVAL_INVALID] = "invalid",   [APPROVAL_PENDING] = "pending",
    [APPROVAL_APPROVED] = "approved", [APPROVAL_REFUSED] = "refused",
    [APPROVAL_EXPIRED] = "expired",   [APPROVAL_USED] = "used",
    [APPROVAL_VOID] = "void",
};

const char *approval_state_text(enum approval_state state)
{
    return (unsigned)state < APPROVAL_STATE_COUNT ? state_texts[state] : "invalid";
}

enum approval_state approval_state_by_text(struct str text)
{
    for (int i = APPROVAL_INVALID + 1; i < APPROVAL_STATE_COUNT; i++)
        if (str_equal(text, str_of(state_texts[i])))
            return (enum approval_state)i;
    return APPROVAL_INVALID;
}

static void hash_update(EVP_MD_CTX *sha, const void *bytes, size_t len)
{
    REQUIRE(EVP_DigestUpdate(sha, bytes, len) == 1);
}

static void hash_field(EVP_MD_CTX *sha, struct str field)
{
    unsigned char length[8];

    for (size_t i = 0; i < sizeof(length); i++)
        length[i] = (unsigned char)((uint64_t)field.len >> (8 * i));
    hash_update(sha, length, sizeof(length));
    if (field.len > 0)
        hash_update(sha, field.ptr, field.len);
}

static void hash_number(EVP_MD_CTX *sha, uint64_t number)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    hash_field(sha, str_make(bytes, sizeof(bytes)));
}

static EVP_MD_CTX *hash_begin(const char *label)
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();

    REQUIRE(sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1);
    hash_field(sha, str_of(label));
    return sha;
}

static void hash_end(EVP_MD_CTX *sha, unsigned char out[APPROVAL_FINGERPRINT])
{
    REQUIRE(EVP_DigestFinal_ex(sha, out, NULL) == 1);
    EVP_MD_CTX_free(sha);
}

void approval_key(const struct approval_ask *ask, unsigned char ret_key[APPROVAL_FINGERPRINT])
{
    EVP_MD_CTX *sha = hash_begin("cardea approval key 1");

    hash_field(sha, ask->issuer);
    hash_field(sha, ask->subject);
    hash_field(sha, ask->target);
    hash_field(sha, ask->statement);
    hash_field(sha, ask->values);
    hash_end(sha, ret_key);
}

void approval_fingerprint(const struct approval_ask *ask,
                          unsigned char ret_fingerprint[APPROVAL_FINGERPRINT])
{
    unsigned char key[APPROVAL_FINGERPRINT];
    EVP_MD_CTX *sha;

    approval_key(ask, key);
    sha = hash_begin("cardea approval fingerprint 1");
    hash_field(sha, str_make(key, sizeof(key)));
    hash_field(sha, ask->objects);
    hash_field(sha, ask->groups);
    hash_number(sha, ask->count);
    hash_number(sha, (uint64_t)ask->valid_us);
    hash_end(sha, ret_fingerprint);
}

bool approval_group_next(struct str groups, size_t *position, struct str *ret_group)
{
    while (*position < groups.len) {
        struct str rest = str_slice(groups, *position, groups.len);
        ptrdiff_t end = str_find_char(rest, '\n');
        size_t len = end < 0 ? rest.len : (size_t)end;

        *position += len + 1;
        if (len > 0) {
            *ret_group = str_slice(rest, 0, len);
            return true;
        }
    }
    return false;
}

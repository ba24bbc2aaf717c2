#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * An issuer for tests: makes keys, key sets and tokens, right ones and wrong ones.
 */
#include "identity/jwks.h"

struct forge_key {
    EVP_PKEY *key;
    enum jwt_algorithm algorithm;
    const char *kid;
};

struct forge_key forge_key_make(enum jwt_algorithm algorithm, const char *kid);
void forge_key_release(struct forge_key *key);
/* {"keys":[...]} with `alg` and `use`. */
struct str forge_jwks(const struct forge_key *keys, size_t count, struct arena *arena);
/* header and payload are JSON texts; signed by the key with its algorithm, whatever they say. */
struct str forge_token(const struct forge_key *key, const char *header, const char *payload,
                       struct arena *arena);
/* The ordinary header: alg and kid of the key. */
struct str forge_plain(const struct forge_key *key, const char *payload, struct arena *arena);
struct str forge_base64url(struct str bytes, struct arena *arena);
/* A file of the optional folder ../shared/corpus, or STR_NONE with a message. */
struct str forge_corpus(const char *path, struct arena *arena);

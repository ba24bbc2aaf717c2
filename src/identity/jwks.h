#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * An issuer's keys: a JWK Set (RFC 7517), read into an immutable snapshot that is counted and
 * swapped whole.
 *
 * A key that can't serve to verify a token is left out and counted by why: for encryption (`use`,
 * `key_ops`), symmetric, private material published (`d`: it is compromised), RSA under 2,048 or
 * over 8,192 bits, an exponent that is even or below 65,537... or 3, a modulus with the ROCA
 * fingerprint, a point that is not on its curve, members that contradict one another.
 */
#include "identity/jwt.h"
#include <openssl/evp.h>

enum jwk_type {
    JWK_INVALID = 0,
    JWK_RSA,
    JWK_P256,
    JWK_P384,
    JWK_P521,
    JWK_ED25519,
};

/* The one key type that an algorithm takes. */
enum jwk_type jwt_algorithm_key_type(enum jwt_algorithm algorithm);

struct jwk {
    struct str kid; /* empty when it has none */
    enum jwk_type type;
    enum jwt_algorithm algorithm; /* JWT_INVALID: any that fits the type */
    EVP_PKEY *key;                /* owned */
};

struct jwks {
    unsigned references;
    struct jwk *keys;
    size_t count;
    size_t left_out; /* keys of the document that can't verify tokens */
    struct arena arena;
};

/* NULL when the text is not a JWK Set, is larger than LIMIT_JWKS or out of memory. A set without
 * a usable key is a set: nothing verifies with it. Starts with one reference. */
struct jwks *jwks_load(struct str text);
struct jwks *jwks_ref(struct jwks *set);
void jwks_unref(struct jwks *set); /* NULL is fine */

/* The one key that fits `kid`, the algorithm and its key type; a token without `kid` is served
 * only when exactly one key fits. NULL when none or several do. */
const struct jwk *jwks_choose(const struct jwks *set, struct str kid, enum jwt_algorithm algorithm);
/* Whether any key has that `kid`, whatever it is for: when not, fetching the set anew may help. */
bool jwks_has_kid(const struct jwks *set, struct str kid);

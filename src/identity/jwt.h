#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A JSON Web Token: the compact serialization of a JSON Web Signature (RFC 7515 section 7.1) whose
 * payload is a JSON object (RFC 7519), read with the cautions of RFC 8725.
 *
 * Strict where leniency has been a hole elsewhere: base64url without padding, blanks or stray bits;
 * no duplicate member names; bounded depth; exactly three segments. What the header may ask for
 * is a closed list: a token that brings its own key (`jwk`, `jku`, `x5u`, `x5c`), an unknown
 * `crit`, `b64` or `zip` is refused, not ignored, so that the audit says that someone tried.
 *
 * Signatures are verified by OpenSSL's EVP interface directly. `none` and every HMAC have no row
 * in the table of algorithms, so there is no path on which they could be accepted.
 */
#include "identity/identity.h"
#include <jansson.h>

/* RFC 7518 section 3.1, RFC 8037, RFC 9864 */
enum jwt_algorithm {
    JWT_INVALID = 0,
    JWT_RS256, /* RSASSA-PKCS1-v1_5 */
    JWT_RS384,
    JWT_RS512,
    JWT_PS256, /* RSASSA-PSS, salt as long as the digest */
    JWT_PS384,
    JWT_PS512,
    JWT_ES256, /* ECDSA on P-256, r || s of 32 bytes each */
    JWT_ES384,
    JWT_ES512, /* on P-521, 66 bytes each */
    JWT_EDDSA, /* Ed25519: named `EdDSA` or, as RFC 9864 has it, `Ed25519` */
    JWT_ALGORITHM_COUNT
};

/* By JOSE name, exact case; JWT_INVALID for all that may not sign a token. */
enum jwt_algorithm jwt_algorithm_by_name(struct str name);
const char *jwt_algorithm_name(enum jwt_algorithm algorithm);

struct jwt {
    struct str signing_input; /* header.payload, in the token's own bytes */
    struct str signature;     /* decoded, in the arena */
    enum jwt_algorithm algorithm;
    struct str kid;          /* key id; in `header`; empty when there is none */
    json_t *header;          /* owned */
    json_t *payload;         /* owned; not to be believed before jwt_verify */
    struct str payload_text; /* decoded bytes, in the arena */
};

/* Parses and checks the header. `token` must outlive *ret_jwt. On refusal *ret_jwt is released,
 * unless header and payload could be read: then it is kept, so that the audit can say which
 * issuer and subject the refused token *claimed*. Call jwt_release in either case. */
NODISCARD enum identity_reason jwt_parse(struct str token, struct arena *arena,
                                         struct jwt *ret_jwt);
/* The same for a payload of any bytes, which is left in payload_text: JWS alone. */
NODISCARD enum identity_reason jwt_parse_jws(struct str token, struct arena *arena,
                                             struct jwt *ret_jwt);
void jwt_release(struct jwt *jwt);

struct jwk;
/* IDENTITY_ACCEPTED when the signature is that of this key with the token's algorithm, and that
 * algorithm fits the key. */
NODISCARD enum identity_reason jwt_verify(const struct jwt *jwt, const struct jwk *key);

/* base64url (RFC 4648 section 5) without padding; refuses padding, blanks, other alphabets, a
 * length of 4n+1 and bits that are left over. STR_NONE and false when it is not that. */
NODISCARD bool base64url_decode(struct str text, struct arena *arena, struct str *ret_bytes);

/* One JSON value of at most `max` bytes: no duplicate names, no NUL, nesting at most
 * LIMIT_JSON_DEPTH, nothing behind it. NULL when it is not that. The caller decrefs. */
json_t *jwt_json_read(struct str text, size_t max);
/* The same with another bound on nesting. */
json_t *jwt_json_read_bounded(struct str text, size_t max, unsigned max_depth);
/* A string member of an object; STR_NONE when missing or not a string. Lives with the object. */
struct str jwt_json_str(const json_t *object, const char *name);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * From a token to an identity: the claims of a verified token held against the configuration of
 * its issuer. Pure: the time is handed in.
 *
 * Order of the checks: issuer (exact), key, signature, then audience, times, subject, required
 * claims, claim rules, groups. Nothing of a token is believed before its signature is.
 *
 * A claim path is names joined by dots or slashes: `realm_access.roles`. A name that holds those
 * itself needs no quotes where it is plain what is meant, for the longest name that is there wins
 * (`kubernetes.io.namespace`, `https://example.org/groups`), and may have them
 * (`"kubernetes.io".namespace`).
 */
#include "identity/jwks.h"

struct config_issuer;

/* Verifies `jwt` with the issuer's keys and fills *ret_identity. `now` in seconds since 1970.
 * `keys` may be NULL: keys_unavailable. */
NODISCARD enum identity_reason claims_verify(const struct jwt *jwt,
                                             const struct config_issuer *issuer,
                                             const struct jwks *keys, int64_t now,
                                             struct arena *arena, struct identity *ret_identity);

/* The value at a path, or NULL. Lives with `payload`. */
json_t *claims_at(const json_t *payload, struct str path);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is calling: what is known of a caller once a token of a configured issuer was verified.
 * Nothing else makes an identity: not a user name, not a connection attribute.
 *
 * The part does no I/O: it is handed tokens, key sets and the time. It is made of
 *
 *   jwt.h     a compact JWS: parsed, refused where it asks for what is not done, verified
 *   jwks.h    an issuer's keys, an immutable counted snapshot
 *   claims.h  a verified token's claims held against the issuer's configuration: an identity
 *   logins.h  user names and passwords that were issued for some minutes
 *
 * Reasons of refusal (reason_table.h) are for the audit log and never for the caller.
 */
#include "base/arena.h"
#include "base/buf.h"

enum identity_reason {
    IDENTITY_UNDECIDED = 0, /* never a success */
    IDENTITY_ACCEPTED,
#define REASON(name, code, meaning) IDENTITY_##name,
#include "identity/reason_table.h"
#undef REASON
    IDENTITY_REASON_COUNT
};

/* The stable code ("identity.expired") and its meaning. "identity.accepted" for success. */
const char *identity_reason_code(enum identity_reason reason);
const char *identity_reason_meaning(enum identity_reason reason);

/* All strings live in the arena that the maker was handed. */
struct identity {
    struct str issuer;       /* `iss`, exactly as configured */
    struct str subject;      /* `sub`; issuer and subject together are the person or job */
    struct str display_name; /* for people: name, preferred_username, email or the subject */
    struct str *groups;      /* in the token's order, without duplicates */
    size_t group_count;
    struct str claims;       /* the payload: one JSON object, compact, keys sorted */
    int64_t expires_at;      /* `exp`, seconds since 1970 */
    int64_t session_ends_at; /* expires_at plus the issuer's grace: live sessions end then */
    struct str login;        /* user name of the issued login that was used; empty for a token */
    struct str login_target; /* the one target that this login is for; empty for a token */
};

bool identity_in_group(const struct identity *identity, struct str group);
/* "subject@issuer" as logs and approvals name it, into the arena. */
struct str identity_label(const struct identity *identity, struct arena *arena);

/* As JSON (one object, one line), the form in which identities cross between processes and into
 * records; and back. Decoding copies all into the arena; false when it is not such an object. */
void identity_encode(const struct identity *identity, struct buf *out);
NODISCARD bool identity_decode(struct str json, struct arena *arena, struct identity *ret_identity);

/* Copies all strings into another arena. False when that arena failed. */
NODISCARD bool identity_copy(const struct identity *from, struct arena *arena,
                             struct identity *ret_identity);

/* Makes the libraries below ready (JSON's hash seed, OpenSSL's algorithms) without opening a file,
 * so that a process that has locked itself in can call it. Once. False when OpenSSL lacks an
 * algorithm that tokens may use. */
NODISCARD bool identity_prepare(void);

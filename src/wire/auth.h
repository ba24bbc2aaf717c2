#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Authentication answers: what each plugin computes, on either side, without any I/O. Nothing is
 * kept; what held a password is wiped before a function returns; comparisons take constant time.
 *
 * Glossary
 *   scramble  the 20 random bytes that the server sent
 *   answer    what the client sends back
 *   stored    what a server keeps of a password: native SHA1(SHA1(password)),
 *             caching_sha2 SHA256(SHA256(password)); enough to check, not enough to answer
 *
 * Source: MySQL Internals, "Authentication Methods"; sha2_password/ in MySQL's sources.
 */
#include "base/buf.h"
#include "base/str.h"
#include "wire/handshake.h"

/*          name            text                                  a client without TLS may    */
#define WIRE_PLUGIN_TABLE(PLUGIN)                                                                  \
    PLUGIN(NATIVE,         "mysql_native_password",               true)                            \
    PLUGIN(CACHING_SHA2,   "caching_sha2_password",               true)                            \
    PLUGIN(CLEAR,          "mysql_clear_password",                false)                           \
    PLUGIN(OPENID_CONNECT, "authentication_openid_connect_client", false)

enum wire_plugin {
    WIRE_PLUGIN_INVALID = 0,
#define WIRE_PLUGIN_ROW(name, text, bare) WIRE_PLUGIN_##name,
    WIRE_PLUGIN_TABLE(WIRE_PLUGIN_ROW)
#undef WIRE_PLUGIN_ROW
    WIRE_PLUGIN_COUNT
};

const char *wire_plugin_text(enum wire_plugin plugin);
/* WIRE_PLUGIN_INVALID when it is none of these. */
enum wire_plugin wire_plugin_by_text(struct str text);
/* May its answer travel in clear? */
bool wire_plugin_without_tls(enum wire_plugin plugin);

#define WIRE_NATIVE_ANSWER 20
#define WIRE_SHA2_ANSWER   32
/* Longest answer of any plugin: a token, or RSA with an 8,192-bit key. */
#define WIRE_ANSWER_MAX    ((size_t)17 << 10)

/* All of these say false only when OpenSSL fails. An empty password's answer is empty: the caller
 * sends zero bytes instead of calling these. */
NODISCARD bool wire_native_answer(const unsigned char scramble[WIRE_SCRAMBLE], struct str password,
                                  unsigned char ret_answer[WIRE_NATIVE_ANSWER]);
NODISCARD bool wire_native_stored(struct str password, unsigned char ret_stored[20]);
/* Does `answer` prove the password behind `stored`? False for any answer not 20 bytes long. */
bool wire_native_verify(const unsigned char scramble[WIRE_SCRAMBLE],
                        const unsigned char stored[20], struct str answer);

NODISCARD bool wire_sha2_answer(const unsigned char scramble[WIRE_SCRAMBLE], struct str password,
                                unsigned char ret_answer[WIRE_SHA2_ANSWER]);
NODISCARD bool wire_sha2_stored(struct str password, unsigned char ret_stored[32]);
bool wire_sha2_verify(const unsigned char scramble[WIRE_SCRAMBLE], const unsigned char stored[32],
                      struct str answer);

/* caching_sha2_password's dialogue, in auth more data (server) and bare payloads (client). */
#define WIRE_SHA2_REQUEST_KEY 0x02 /* client: send me your public key */
#define WIRE_SHA2_FAST_OK     0x03 /* server: the cached entry matched; OK follows */
#define WIRE_SHA2_FULL        0x04 /* server: send the password itself, over TLS or by RSA */

/* Full authentication without TLS: the password and its NUL, combined with the scramble, encrypted
 * to the server's RSA key (PEM, SubjectPublicKeyInfo) with OAEP and SHA-1. The key must have at
 * least 2,048 bits. False when the key can't be used or the password is too long for it.
 * Whoever asks for a key over a plain connection trusts whoever answers: callers take it from the
 * configuration or don't do it. */
NODISCARD bool wire_rsa_answer(struct str public_key_pem,
                               const unsigned char scramble[WIRE_SCRAMBLE], struct str password,
                               struct buf *answer);
/* Full authentication over TLS, and mysql_clear_password: the password and a NUL. */
void wire_clear_encode(struct buf *out, struct str password);
/* The password up to its NUL, which must be the last byte (or absent: some drivers leave it out);
 * false when there is a NUL before. */
bool wire_clear_decode(struct str payload, struct str *ret_password);

/* authentication_openid_connect_client: 0x01, length-encoded length, JWT. At most LIMIT_TOKEN. */
void wire_openid_encode(struct buf *out, struct str token);
bool wire_openid_decode(struct str payload, struct str *ret_token);

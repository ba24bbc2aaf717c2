#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 and Ed25519 as the log uses them.
 */
#include "base/buf.h"

#define AUDIT_HASH_SIZE      32
#define AUDIT_PUBLIC_SIZE    32
#define AUDIT_SIGNATURE_SIZE 64

void audit_sha256(struct str bytes, unsigned char ret_hash[AUDIT_HASH_SIZE]);
/* 64 lower-case hexadecimal digits and a NUL. */
void audit_sha256_hex(struct str bytes, char ret_hex[2 * AUDIT_HASH_SIZE + 1]);
/* Exactly 2 * size digits, either case; false otherwise. */
bool audit_hex_decode(struct str hex, unsigned char *ret_bytes, size_t size);

struct audit_key; /* an Ed25519 private key */

/* From PEM (PKCS #8). NULL when it is not an Ed25519 private key. */
struct audit_key *audit_key_read(struct str pem);
/* A new key, as PEM into `ret_pem`. False when the library fails. */
NODISCARD bool audit_key_make(struct buf *ret_pem);
void audit_key_free(struct audit_key *key);
void audit_key_public(const struct audit_key *key, unsigned char ret_public[AUDIT_PUBLIC_SIZE]);
void audit_key_sign(const struct audit_key *key, struct str bytes,
                    unsigned char ret_signature[AUDIT_SIGNATURE_SIZE]);
bool audit_signature_good(const unsigned char public_key[AUDIT_PUBLIC_SIZE], struct str bytes,
                          const unsigned char signature[AUDIT_SIGNATURE_SIZE]);
/* The public key of a PEM, of a public or a private key, or of 64 hexadecimal digits. */
bool audit_public_read(struct str text, unsigned char ret_public[AUDIT_PUBLIC_SIZE]);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * SipHash-2-4 (Aumasson, Bernstein 2012): keyed, so that nobody outside can choose collisions.
 * For tables, never for security by itself: whoever looks something up compares the key too.
 */
#include "base/str.h"

struct hash_key {
    uint64_t k0, k1;
};

uint64_t hash_bytes(struct hash_key key, struct str bytes);
/* ASCII letters folded to lower case. */
uint64_t hash_bytes_nocase(struct hash_key key, struct str bytes);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Random bytes from the kernel (getrandom(2)). Aborts where the kernel can't give any: nothing
 * here goes on with guessable bytes.
 */
#include "base/hash.h"

void random_bytes(void *out, size_t n);
uint64_t random_u64(void);
struct hash_key random_hash_key(void);
/* `n` characters of [a-z0-9] without look-alikes (0 1 i l o), no NUL; about 4.9 bits each. */
void random_name(char *out, size_t n);

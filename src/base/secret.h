#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A secret has a type of its own, so that it can't be passed where text is wanted, and is wiped
 * when it goes. Memory is locked and left out of core dumps where the system allows.
 */
#include "base/attr.h"
#include "base/str.h"

struct secret {
    unsigned char *bytes; /* owned; NULL when empty */
    size_t len;
};

/* Copies. False when out of memory. */
NODISCARD bool secret_set(struct secret *secret, const void *bytes, size_t len);
/* Wipes and frees. */
void secret_release(struct secret *secret);
/* Constant time for equal lengths. */
bool secret_equal(const struct secret *secret, const void *bytes, size_t len);
bool bytes_equal_constant_time(const void *a, const void *b, size_t len);
/* No core dumps of this process, and no ptrace by others of the same user. */
void secret_protect_process(void);

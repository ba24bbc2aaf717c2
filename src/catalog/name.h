#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Comparing identifiers as the servers do: utf8mb3_general_ci's lower-case mapping, code point by
 * code point, accents kept. (MariaDB compares lengths first, which matters for four letters alone;
 * statements with those are not read: sql/lexer.c.)
 */
#include "base/str.h"

/* Three-way, by folded code points. Bytes that are not UTF-8 compare as they are. */
int catalog_name_compare(struct str a, struct str b);
/* Folded into `out`, at most `size` bytes. False when it does not fit. */
bool catalog_name_fold(struct str name, char *out, size_t size, size_t *ret_len);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * How `cardea explain` tells analyses and decisions.
 */
#include "policy/cases.h"

void explain_print_text(const struct policy_explained *all, size_t count, struct arena *arena,
                        struct buf *out);
/* {"statements": [...], "verdict": "..."} */
void explain_print_json(const struct policy_explained *all, size_t count, struct buf *out);

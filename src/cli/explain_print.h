#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * How `cardea explain` tells analyses and decisions.
 */
#include "policy/cases.h"

void explain_print_text(const struct policy_explained *all, size_t count, struct arena *arena,
                        struct buf *out);
/* {"statements": [{"text", "analysis": as lineage/json.h has it, "masks": [...], "decision"}],
 *  "verdict": "..."}; a text that is not understood has neither analysis nor masks. */
void explain_print_json(const struct policy_explained *all, size_t count, struct buf *out);

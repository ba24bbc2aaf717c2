#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A decision in the making; private to src/policy (decide.c, decide_masked.c).
 */
#include "policy/model.h"

struct policy_decider {
    const struct policy_scope *scope;
    const struct analysis *a;
    int64_t now_us;
    struct arena *arena;
    struct policy_decision *ret;
    const struct policy_mask **masks; /* one for each base column; NULL: may be seen */
    bool touches_masked;
    bool *in_force; /* one for each policy of the scope */
    bool needs_approval;
    struct policy_approval approval;
    struct policy_rule_ref approve_rule;
    struct str approve_what; /* `DROP on shop.orders` */
};

/* Notes the refusal, unless there is one already, with how to ask as its hint. Gives false. */
bool policy_refuse(struct policy_decider *d, enum fault_code code, struct str message,
                   struct str detail);

/* ---- classified data (decide_masked.c) ---- */

/* Which base columns are masked. False when memory ran out. */
bool policy_masks_find(struct policy_decider *d);
/* Whether the statement writes a classified column. */
void policy_masks_find_writes(struct policy_decider *d);
/* False, with the refusal noted, when masked data goes or is used where it may not. */
bool policy_masks_check_sinks(struct policy_decider *d);
bool policy_masks_check_uses(struct policy_decider *d);
/* ... or the statement's answer can't be masked column by column. */
bool policy_masks_check_answer(struct policy_decider *d);
/* The outputs' masks. False when memory ran out. */
bool policy_masks_apply(struct policy_decider *d);

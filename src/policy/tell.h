#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Words for people about a scope; private to src/policy.
 */
#include "policy/model.h"

/* `policy a (f.yaml:1), policy b (f.yaml:9)`; at most three. */
struct str policy_names_in_force(const struct policy_scope *scope, int64_t now_us,
                                 struct arena *arena);
/* The allow rule that granted the statement's first need; untouched where none was needed. */
void policy_deciding_allow(const struct policy_scope *scope, int64_t now_us,
                           const struct analysis *analysis, struct policy_rule_ref *ret_rule);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * From a text to decisions, offline: read, analyse and decide each of its statements, as a session
 * would. What `cardea explain`, `cardea policy test` and a policy check of the API run.
 */
#include "lineage/lineage.h"
#include "policy/policy.h"

struct policy_explained {
    struct str text; /* of this statement */
    bool analysed;   /* else the decision's fault says why not */
    struct analysis analysis;
    struct policy_decision decision;
};

/* Everything lives in the arena, the text, the catalog and the scope's set. One element for a text
 * that can't be read. NULL when the arena failed. */
const struct policy_explained *policy_explain(const struct policy_scope *scope,
                                              const struct sql_context *sql,
                                              const struct lineage_context *lineage,
                                              struct str text, int64_t now_us, bool approved,
                                              struct arena *arena, size_t *ret_count);
/* What becomes of the text as a whole: the strictest of its statements. */
const struct policy_explained *policy_explained_strictest(const struct policy_explained *all,
                                                          size_t count);

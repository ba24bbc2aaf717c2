/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/explain.h"

static void explain_one(const struct policy_scope *scope, const struct lineage_context *lineage,
                        const struct sql_script *script, const struct sql_statement *statement,
                        const struct policy_request *asked, struct arena *arena,
                        struct policy_explained *ret)
{
    struct policy_request request = *asked;

    ret->text = sql_span_text(script->text, statement->first, statement->last);
    ret->analysed =
        lineage_analyze(lineage, script, statement, arena, &ret->analysis, &ret->decision.fault);
    if (!ret->analysed)
        return; /* the decision is the zeroed one: DENY */
    request.analysis = &ret->analysis;
    policy_decide(scope, &request, arena, &ret->decision);
}

const struct policy_explained *policy_explain(const struct policy_scope *scope,
                                              const struct sql_context *sql,
                                              const struct lineage_context *lineage,
                                              struct str text, int64_t now_us, bool approved,
                                              struct arena *arena, size_t *ret_count)
{
    const struct policy_request request = {NULL, now_us, approved};
    struct policy_explained *all;
    struct sql_script script;
    struct fault fault = {0};

    if (!sql_parse(sql, text, arena, &script, &fault)) {
        all = arena_new(arena, struct policy_explained);
        *ret_count = 1;
        if (all != NULL) {
            all->text = text;
            all->decision.fault = fault;
        }
        return all;
    }
    if (script.count == 0) { /* comments alone: nothing is run */
        all = arena_new(arena, struct policy_explained);
        *ret_count = 1;
        if (all != NULL) {
            all->text = text;
            all->decision.verdict = POLICY_ALLOW;
        }
        return all;
    }
    all = arena_array(arena, script.count, struct policy_explained);
    *ret_count = script.count;
    for (size_t i = 0; all != NULL && i < script.count; i++)
        explain_one(scope, lineage, &script, &script.statements[i], &request, arena, &all[i]);
    return arena->failed ? NULL : all;
}

const struct policy_explained *policy_explained_strictest(const struct policy_explained *all,
                                                          size_t count)
{
    const struct policy_explained *strictest = all;

    for (size_t i = 1; i < count; i++)
        if (all[i].decision.verdict < strictest->decision.verdict)
            strictest = &all[i];
    return strictest;
}

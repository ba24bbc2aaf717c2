/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy documents; each set that loads decides a few statements. Whoever holds nothing is denied,
 * and the same question has the same answer.
 */
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool fetch(void *context, struct str zone, struct str *ret_tzif)
{
    (void)zone;
    *ret_tzif = *(struct str *)context;
    return true;
}

static const struct base_column base[] = {
    {STR_INIT("shop"), STR_INIT("customers"), STR_INIT("email")},
    {STR_INIT("shop"), STR_INIT("orders"), STR_INIT("id")},
};
static const uint32_t ids[] = {0, 1};
static const struct output_column outputs[] = {
    {.name = STR_INIT("email"), .from = {ids, 1}, .plain = true},
    {.name = STR_INIT("x"), .from = {ids, 2}},
};
static const struct str columns[] = {STR_INIT("id"), STR_INIT("email")};
static const struct privilege_need needs[] = {
    {.privilege = PRIVILEGE_SELECT,
     .object_kind = OBJECT_TABLE,
     .schema = STR_INIT("shop"),
     .object = STR_INIT("customers"),
     .columns = columns,
     .column_count = 2},
    {.privilege = PRIVILEGE_DROP, .object_kind = OBJECT_SCHEMA, .schema = STR_INIT("shop")},
};

static void decide(const struct policy_set *set, const struct policy_identity *identity,
                   size_t need_count)
{
    static struct config_label label = {STR_INIT("app"), STR_INIT("shop")};
    const struct config_labels labels = {&label, 1};
    const struct policy_target target = {STR_INIT("shop"), &labels};
    const struct analysis analysis = {.kind = STATEMENT_SELECT,
                                      .base = base,
                                      .base_count = 2,
                                      .outputs = outputs,
                                      .output_count = 2,
                                      .outputs_known = true,
                                      .needs = needs,
                                      .need_count = need_count};
    const struct policy_request request = {&analysis, 1798459200000000, false};
    struct policy_decision a, b;
    struct arena arena;
    size_t count;

    arena_init(&arena, (size_t)16 << 20);
    const struct policy_scope *scope = policy_scope_make(set, identity, &target, &arena);
    REQUIRE(scope != NULL);
    policy_decide(scope, &request, &arena, &a);
    policy_decide(scope, &request, &arena, &b);
    REQUIRE(a.verdict == b.verdict && a.mask_count == b.mask_count);
    REQUIRE((a.verdict == POLICY_DENY) ==
            (fault_is(&a.fault) && a.fault.code != FAULT_approval_required));
    REQUIRE(a.verdict != POLICY_APPROVE || (a.approval.count > 0 && a.approval.group_count > 0));
    fault_line(&a.fault, &arena);
    policy_permissions(scope, request.now_us, &arena, &count);
    policy_grants_summary(scope, request.now_us, &arena);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct str groups[] = {STR_INIT("ai-agents"), STR_INIT("dba")};
    const struct policy_identity somebody = {STR_INIT("i"), STR_INIT("s"), groups, 2, NULL};
    struct str text = str_make(data, size);
    const struct policy_file file = {STR_INIT("fuzz.yaml"), text};
    struct config_problems problems;
    struct arena arena;

    arena_init(&arena, (size_t)64 << 20);
    config_problems_init(&problems, &arena);
    struct policy_set *set = policy_set_load(&file, 1, fetch, &text, &problems);
    REQUIRE((set == NULL) == (problems.total > 0));
    for (size_t n = 0; set != NULL && n <= 2; n++)
        decide(set, &somebody, n);
    policy_set_unref(set);
    arena_release(&arena);
    return 0;
}

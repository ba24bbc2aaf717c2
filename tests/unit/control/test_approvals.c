/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/limits.h"
#include "control/approval.h"
#include "identity/identity.h"

/* People. `agent` asks; `dba1`, `dba2` and `both` may decide; `out` may not. */
enum who { AGENT, DBA1, DBA2, BOTH, OUT };
static struct str dba[] = {STR_INIT("staff"), STR_INIT("dba")};
static struct str staff[] = {STR_INIT("staff")};
static struct str agent_groups[] = {STR_INIT("dba")}; /* in the group, and still not */
static struct str lead[] = {STR_INIT("leads")};
static const struct identity people[] = {
    [AGENT] = {.issuer = STR_INIT("https://a"),
               .subject = STR_INIT("agent"),
               .groups = agent_groups,
               .group_count = 1},
    [DBA1] = {.issuer = STR_INIT("https://a"),
              .subject = STR_INIT("dba1"),
              .groups = dba,
              .group_count = 2},
    /* the same subject as the agent's, of another issuer: another person */
    [DBA2] = {.issuer = STR_INIT("https://b"),
              .subject = STR_INIT("agent"),
              .groups = dba,
              .group_count = 2},
    [BOTH] = {.issuer = STR_INIT("https://a"),
              .subject = STR_INIT("both"),
              .groups = lead,
              .group_count = 1},
    [OUT] = {.issuer = STR_INIT("https://a"),
             .subject = STR_INIT("out"),
             .groups = staff,
             .group_count = 1},
};

#define PENDING_US 1000
#define VALID_US   100

static struct approval_ask ask_for(uint32_t count)
{
    return (struct approval_ask){.issuer = STR("https://a"),
                                 .subject = STR("agent"),
                                 .target = STR("shop"),
                                 .statement = STR("DROP TABLE t"),
                                 .objects = STR("{\"shop.t\":1}"),
                                 .groups = STR("dba\nleads"),
                                 .count = count,
                                 .valid_us = VALID_US};
}

enum act { END = 0, APPROVE, REFUSE, USE, USE_OTHER, VOIDED, LAPSE };

struct step {
    enum act act;
    int64_t at;
    enum who who;
    enum problem problem;
    enum approval_state state; /* afterwards */
};

static const struct life {
    const char *name;
    uint32_t count;
    struct step steps[6];
} lives[] = {
    {"one approval, one use",
     1,
     {{APPROVE, 10, DBA1, PROBLEM_NONE, APPROVAL_APPROVED},
      {USE, 20, AGENT, PROBLEM_NONE, APPROVAL_USED},
      {USE, 21, AGENT, PROBLEM_approval_state, APPROVAL_USED}}},
    {"not before it is approved", 1, {{USE, 1, AGENT, PROBLEM_approval_state, APPROVAL_PENDING}}},
    {"no one's own, though in the group",
     1,
     {{APPROVE, 1, AGENT, PROBLEM_approval_self, APPROVAL_PENDING},
      {REFUSE, 2, AGENT, PROBLEM_approval_self, APPROVAL_PENDING}}},
    {"the same subject of another issuer is another person",
     1,
     {{APPROVE, 1, DBA2, PROBLEM_NONE, APPROVAL_APPROVED}}},
    {"only the named groups",
     1,
     {{APPROVE, 1, OUT, PROBLEM_approval_not_approver, APPROVAL_PENDING},
      {REFUSE, 2, OUT, PROBLEM_approval_not_approver, APPROVAL_PENDING},
      {APPROVE, 3, BOTH, PROBLEM_NONE, APPROVAL_APPROVED}}},
    {"two different people",
     2,
     {{APPROVE, 1, DBA1, PROBLEM_NONE, APPROVAL_PENDING},
      {APPROVE, 2, DBA1, PROBLEM_NONE, APPROVAL_PENDING},
      {USE, 3, AGENT, PROBLEM_approval_state, APPROVAL_PENDING},
      {APPROVE, 4, DBA2, PROBLEM_NONE, APPROVAL_APPROVED}}},
    {"one refusal is enough, after an approval too",
     2,
     {{APPROVE, 1, DBA1, PROBLEM_NONE, APPROVAL_PENDING},
      {REFUSE, 2, DBA2, PROBLEM_NONE, APPROVAL_REFUSED},
      {APPROVE, 3, BOTH, PROBLEM_approval_state, APPROVAL_REFUSED},
      {USE, 4, AGENT, PROBLEM_approval_state, APPROVAL_REFUSED}}},
    {"an approver thinks again while others are waited for",
     2,
     {{APPROVE, 1, DBA1, PROBLEM_NONE, APPROVAL_PENDING},
      {REFUSE, 2, DBA1, PROBLEM_NONE, APPROVAL_REFUSED}}},
    {"but not once it is approved",
     1,
     {{APPROVE, 1, DBA1, PROBLEM_NONE, APPROVAL_APPROVED},
      {REFUSE, 2, DBA1, PROBLEM_approval_state, APPROVAL_APPROVED},
      {REFUSE, 2, DBA2, PROBLEM_approval_state, APPROVAL_APPROVED}}},
    {"nobody came",
     1,
     {{LAPSE, 999, AGENT, PROBLEM_NONE, APPROVAL_PENDING},
      {LAPSE, 1000, AGENT, PROBLEM_NONE, APPROVAL_EXPIRED},
      {APPROVE, 1001, DBA1, PROBLEM_approval_state, APPROVAL_EXPIRED}}},
    {"too late, though not yet swept up",
     1,
     {{APPROVE, 1000, DBA1, PROBLEM_approval_state, APPROVAL_PENDING}}},
    {"valid until its end and no longer",
     1,
     {{APPROVE, 10, DBA1, PROBLEM_NONE, APPROVAL_APPROVED},
      {USE, 110, AGENT, PROBLEM_approval_state, APPROVAL_APPROVED},
      {LAPSE, 110, AGENT, PROBLEM_NONE, APPROVAL_EXPIRED}}},
    {"in the last moment",
     1,
     {{APPROVE, 10, DBA1, PROBLEM_NONE, APPROVAL_APPROVED},
      {USE, 109, AGENT, PROBLEM_NONE, APPROVAL_USED}}},
    {"for this fingerprint alone",
     1,
     {{APPROVE, 10, DBA1, PROBLEM_NONE, APPROVAL_APPROVED},
      {USE_OTHER, 11, AGENT, PROBLEM_approval_changed, APPROVAL_APPROVED}}},
    {"void while pending",
     1,
     {{VOIDED, 1, AGENT, PROBLEM_NONE, APPROVAL_VOID},
      {APPROVE, 2, DBA1, PROBLEM_approval_state, APPROVAL_VOID}}},
    {"void when approved; then not again",
     1,
     {{APPROVE, 1, DBA1, PROBLEM_NONE, APPROVAL_APPROVED},
      {VOIDED, 2, AGENT, PROBLEM_NONE, APPROVAL_VOID},
      {USE, 3, AGENT, PROBLEM_approval_state, APPROVAL_VOID},
      {VOIDED, 4, AGENT, PROBLEM_approval_state, APPROVAL_VOID}}},
};

static enum problem take(struct approval *approval, const struct step *step, struct arena *arena)
{
    unsigned char print[APPROVAL_FINGERPRINT];
    bool changed;

    memcpy(print, approval->fingerprint, sizeof(print));
    switch (step->act) {
    case APPROVE:
    case REFUSE:
        return approval_decide(approval, &people[step->who], step->act == APPROVE, STR("word"),
                               step->at, arena, &changed);
    case USE_OTHER:
        print[31] ^= 1;
        FALLTHROUGH;
    case USE:
        return approval_use(approval, print, step->at);
    case VOIDED:
        return approval_make_void(approval, STR("changed"), step->at);
    case LAPSE:
        approval_lapse(approval, step->at);
        return PROBLEM_NONE;
    case END:
        break;
    }
    return PROBLEM_internal;
}

static void lives_go_as_told(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(lives); i++) {
        struct approval_ask ask = ask_for(lives[i].count);
        struct approval approval;

        assert_int_equal(approval_open(&ask, "rq-aaaaaaaaaa", 0, PENDING_US, &arena, &approval),
                         PROBLEM_NONE);
        for (const struct step *step = lives[i].steps; step->act != END; step++) {
            enum problem problem = take(&approval, step, &arena);
            long n = step - lives[i].steps;
            if (problem != step->problem)
                fail_msg("%s, step %ld: %s", lives[i].name, n, problem_info(problem)->code);
            if (approval.state != step->state)
                fail_msg("%s, step %ld: %s", lives[i].name, n, approval_state_text(approval.state));
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
}

static void a_problem_changes_nothing(void **state)
{
    (void)state;
    struct approval_ask ask = ask_for(1);
    struct approval approval, before;
    struct arena arena;
    bool changed = true;

    arena_init(&arena, 1 << 20);
    approval_open(&ask, "rq-aaaaaaaaaa", 0, PENDING_US, &arena, &approval);
    before = approval;
    approval_decide(&approval, &people[AGENT], true, STR("me"), 5, &arena, &changed);
    assert_false(changed);
    assert_memory_equal(&approval, &before, sizeof(before));
    arena_release(&arena);
}

static void refusal_says_why(void **state)
{
    (void)state;
    struct approval_ask ask = ask_for(3);
    struct approval approval;
    struct arena arena;
    bool changed;

    arena_init(&arena, 1 << 20);
    approval_open(&ask, "rq-aaaaaaaaaa", 0, PENDING_US, &arena, &approval);
    assert_int_equal(
        approval_decide(&approval, &people[BOTH], false, STR("use staging"), 7, &arena, &changed),
        PROBLEM_NONE);
    assert_str(approval.outcome, STR("use staging"));
    assert_str(approval.votes[0].group, STR("leads"));
    assert_int_equal(approval.decided_us, 7);
    assert_int_equal(approval_count(&approval), 0);
    arena_release(&arena);
}

static void asks_meet_what_is_there(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum approval_state state;
        int64_t now;
        bool other_objects, other_count, other_text, explicit_request;
        enum approval_match match;
    } rows[] = {
        {"pending", APPROVAL_PENDING, 5, 0, 0, 0, 0, APPROVAL_SAME},
        {"pending, asked aloud", APPROVAL_PENDING, 5, 0, 0, 0, 1, APPROVAL_SAME},
        {"approved", APPROVAL_APPROVED, 5, 0, 0, 0, 0, APPROVAL_SAME},
        {"lapsed", APPROVAL_APPROVED, 1000, 0, 0, 0, 0, APPROVAL_UNRELATED},
        {"object changed", APPROVAL_APPROVED, 5, 1, 0, 0, 0, APPROVAL_SUPERSEDED},
        {"object changed while pending", APPROVAL_PENDING, 5, 1, 0, 0, 0, APPROVAL_SUPERSEDED},
        {"policy wants more approvers now", APPROVAL_APPROVED, 5, 0, 1, 0, 0, APPROVAL_SUPERSEDED},
        {"another text", APPROVAL_APPROVED, 5, 0, 0, 1, 0, APPROVAL_UNRELATED},
        {"refused: told again", APPROVAL_REFUSED, 5, 0, 0, 0, 0, APPROVAL_SAME},
        {"refused: asked aloud", APPROVAL_REFUSED, 5, 0, 0, 0, 1, APPROVAL_UNRELATED},
        {"refused, object changed", APPROVAL_REFUSED, 5, 1, 0, 0, 0, APPROVAL_UNRELATED},
        {"used", APPROVAL_USED, 5, 0, 0, 0, 0, APPROVAL_UNRELATED},
        {"void", APPROVAL_VOID, 5, 0, 0, 0, 0, APPROVAL_UNRELATED},
        {"expired", APPROVAL_EXPIRED, 5, 0, 0, 0, 0, APPROVAL_UNRELATED},
    };
    struct arena arena;

    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct approval_ask ask = ask_for(1);
        struct approval approval;

        approval_open(&ask, "rq-aaaaaaaaaa", 0, PENDING_US, &arena, &approval);
        approval.state = rows[i].state;
        ask.explicit_request = rows[i].explicit_request;
        if (rows[i].other_objects)
            ask.objects = STR("{\"shop.t\":2}");
        if (rows[i].other_count)
            ask.count = 2;
        if (rows[i].other_text)
            ask.statement = STR("DROP TABLE u");
        if (approval_compare(&approval, &ask, rows[i].now) != rows[i].match)
            fail_msg("%s", rows[i].name);
    }
    arena_release(&arena);
}

static void what_can_not_be_asked(void **state)
{
    (void)state;
    static char large[LIMIT_APPROVAL_STATEMENT + 1];
    struct approval_ask asks[] = {
        ask_for(0), ask_for(LIMIT_APPROVERS + 1), ask_for(1), ask_for(1), ask_for(1), ask_for(1),
        ask_for(1)};
    struct approval approval;
    struct arena arena;

    arena_init(&arena, 1 << 20);
    memset(large, 'x', sizeof(large));
    asks[2].groups = STR("\n");
    asks[3].statement = str_make(large, sizeof(large));
    asks[4].valid_us = 0;
    asks[5].reason = str_make(large, LIMIT_APPROVAL_REASON + 1);
    asks[6].subject = STR_NONE;
    for (size_t i = 0; i < ARRAY_LEN(asks); i++)
        if (approval_open(&asks[i], "rq-aaaaaaaaaa", 0, PENDING_US, &arena, &approval) !=
            PROBLEM_approval_ask)
            fail_msg("ask %zu", i);
    arena_release(&arena);
}

static void only_listed_edges(void **state)
{
    (void)state;
    unsigned count = 0;

    for (int from = 0; from < APPROVAL_STATE_COUNT; from++)
        for (int to = 0; to < APPROVAL_STATE_COUNT; to++)
            count += approval_edge((enum approval_state)from, (enum approval_state)to);
    assert_int_equal(count, 7);
    assert_false(approval_edge(APPROVAL_USED, APPROVAL_APPROVED));
    assert_false(approval_edge(APPROVAL_PENDING, APPROVAL_USED));
    assert_false(approval_edge(APPROVAL_REFUSED, APPROVAL_APPROVED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lives_go_as_told),      cmocka_unit_test(a_problem_changes_nothing),
        cmocka_unit_test(refusal_says_why),      cmocka_unit_test(asks_meet_what_is_there),
        cmocka_unit_test(what_can_not_be_asked), cmocka_unit_test(only_listed_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

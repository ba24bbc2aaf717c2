/* SPDX-License-Identifier: Apache-2.0
 *
 * Every change of state goes through enter(), which holds the table of edges.
 */
#include "control/approval.h"

#include "base/limits.h"
#include "identity/identity.h"

static const unsigned edges[APPROVAL_STATE_COUNT] = {
    [APPROVAL_PENDING] = 1U << APPROVAL_APPROVED | 1U << APPROVAL_REFUSED | 1U << APPROVAL_EXPIRED |
                         1U << APPROVAL_VOID,
    [APPROVAL_APPROVED] = 1U << APPROVAL_USED | 1U << APPROVAL_EXPIRED | 1U << APPROVAL_VOID,
};

bool approval_edge(enum approval_state from, enum approval_state to)
{
    if ((unsigned)from >= APPROVAL_STATE_COUNT || (unsigned)to >= APPROVAL_STATE_COUNT)
        return false;
    return edges[from] >> to & 1;
}

static void enter(struct approval *approval, enum approval_state state)
{
    REQUIRE(approval_edge(approval->state, state));
    approval->state = state;
}

static bool fits(const struct approval_ask *ask)
{
    const struct str names[] = {ask->issuer, ask->subject, ask->name,
                                ask->target, ask->rule,    ask->session};
    const struct str texts[] = {ask->statement, ask->values, ask->objects, ask->summary,
                                ask->groups};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].len > LIMIT_APPROVAL_NAME)
            return false;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i].len > LIMIT_APPROVAL_STATEMENT)
            return false;
    return ask->reason.len <= LIMIT_APPROVAL_REASON;
}

static bool has_approvers(const struct approval_ask *ask)
{
    size_t position = 0;
    struct str group;

    return ask->count >= 1 && ask->count <= LIMIT_APPROVERS && ask->valid_us > 0 &&
           approval_group_next(ask->groups, &position, &group);
}

enum problem approval_open(const struct approval_ask *ask, const char *id, int64_t now_us,
                           int64_t pending_us, struct arena *arena, struct approval *ret)
{
    struct approval opened = {.state = APPROVAL_PENDING, .ask = *ask};
    struct str *texts[] = {&opened.ask.issuer,  &opened.ask.subject, &opened.ask.name,
                           &opened.ask.session, &opened.ask.target,  &opened.ask.statement,
                           &opened.ask.values,  &opened.ask.objects, &opened.ask.reason,
                           &opened.ask.rule,    &opened.ask.summary, &opened.ask.groups};

    if (!fits(ask) || !has_approvers(ask) || ask->subject.len == 0 || ask->statement.len == 0)
        return PROBLEM_approval_ask;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = arena_copy(arena, *texts[i]);
    if (arena->failed)
        return PROBLEM_memory;
    snprintf(opened.id, sizeof(opened.id), "%s", id);
    approval_key(ask, opened.key);
    approval_fingerprint(ask, opened.fingerprint);
    opened.created_us = now_us;
    opened.expires_us = now_us + pending_us;
    *ret = opened;
    return PROBLEM_NONE;
}

static bool same_fingerprint(const struct approval *approval, const struct approval_ask *ask)
{
    unsigned char fingerprint[APPROVAL_FINGERPRINT];

    approval_fingerprint(ask, fingerprint);
    return memcmp(fingerprint, approval->fingerprint, sizeof(fingerprint)) == 0;
}

static bool same_key(const struct approval *approval, const struct approval_ask *ask)
{
    unsigned char key[APPROVAL_FINGERPRINT];

    approval_key(ask, key);
    return memcmp(key, approval->key, sizeof(key)) == 0;
}

enum approval_match approval_compare(const struct approval *approval,
                                     const struct approval_ask *ask, int64_t now_us)
{
    if (!same_key(approval, ask) || approval->expires_us <= now_us)
        return APPROVAL_UNRELATED;
    switch (approval->state) {
    case APPROVAL_PENDING:
    case APPROVAL_APPROVED:
        return same_fingerprint(approval, ask) ? APPROVAL_SAME : APPROVAL_SUPERSEDED;
    case APPROVAL_REFUSED:
        return same_fingerprint(approval, ask) && !ask->explicit_request ? APPROVAL_SAME
                                                                         : APPROVAL_UNRELATED;
    case APPROVAL_INVALID:
    case APPROVAL_EXPIRED:
    case APPROVAL_USED:
    case APPROVAL_VOID:
    case APPROVAL_STATE_COUNT:
        break;
    }
    return APPROVAL_UNRELATED;
}

bool approval_is_own(const struct approval *approval, struct str issuer, struct str subject)
{
    return str_equal(approval->ask.issuer, issuer) && str_equal(approval->ask.subject, subject);
}

bool approval_may_decide(const struct approval *approval, const struct identity *voter,
                         struct str *ret_group)
{
    size_t position = 0;
    struct str group;

    while (approval_group_next(approval->ask.groups, &position, &group)) {
        if (identity_in_group(voter, group)) {
            *ret_group = group;
            return true;
        }
    }
    return false;
}

static const struct approval_vote *vote_of(const struct approval *approval,
                                           const struct identity *voter)
{
    for (size_t i = 0; i < approval->vote_count; i++)
        if (str_equal(approval->votes[i].issuer, voter->issuer) &&
            str_equal(approval->votes[i].subject, voter->subject))
            return &approval->votes[i];
    return NULL;
}

static bool append_vote(struct approval *approval, const struct approval_vote *vote,
                        struct arena *arena)
{
    size_t n = approval->vote_count;
    struct approval_vote *votes = arena_array(arena, n + 1, struct approval_vote);

    if (!votes)
        return false;
    if (n > 0)
        memcpy(votes, approval->votes, n * sizeof(*votes));
    votes[n] = (struct approval_vote){
        .issuer = arena_copy(arena, vote->issuer),
        .subject = arena_copy(arena, vote->subject),
        .name = arena_copy(arena, vote->name),
        .group = arena_copy(arena, vote->group),
        .comment = arena_copy(arena, vote->comment),
        .approves = vote->approves,
        .at_us = vote->at_us,
    };
    if (arena->failed)
        return false;
    approval->votes = votes;
    approval->vote_count = n + 1;
    return true;
}

uint32_t approval_count(const struct approval *approval)
{
    uint32_t count = 0;

    for (size_t i = 0; i < approval->vote_count; i++)
        count += approval->votes[i].approves;
    return count;
}

/* Who may not, and what changes nothing, before anything is touched. */
static enum problem check_decision(const struct approval *approval, const struct identity *voter,
                                   bool approves, int64_t now_us, struct str *ret_group,
                                   bool *ret_again)
{
    const struct approval_vote *earlier = vote_of(approval, voter);

    *ret_again = false;
    if (approval_is_own(approval, voter->issuer, voter->subject))
        return PROBLEM_approval_self;
    if (!approval_may_decide(approval, voter, ret_group))
        return PROBLEM_approval_not_approver;
    if (earlier && earlier->approves == approves) {
        *ret_again = true;
        return PROBLEM_NONE;
    }
    if (approval->state != APPROVAL_PENDING || approval->expires_us <= now_us)
        return PROBLEM_approval_state;
    /* Who has approved may still refuse while others are waited for. */
    return PROBLEM_NONE;
}

enum problem approval_decide(struct approval *approval, const struct identity *voter, bool approves,
                             struct str comment, int64_t now_us, struct arena *arena,
                             bool *ret_changed)
{
    struct str group = STR_NONE;
    bool again;
    enum problem problem = check_decision(approval, voter, approves, now_us, &group, &again);
    struct approval_vote vote = {
        .issuer = voter->issuer,
        .subject = voter->subject,
        .name = voter->display_name,
        .group = group,
        .comment = str_slice(comment, 0, LIMIT_APPROVAL_REASON),
        .approves = approves,
        .at_us = now_us,
    };

    *ret_changed = false;
    if (problem || again)
        return problem;
    if (!append_vote(approval, &vote, arena))
        return PROBLEM_memory;
    *ret_changed = true;
    if (!approves) {
        enter(approval, APPROVAL_REFUSED);
        approval->outcome = approval->votes[approval->vote_count - 1].comment;
    } else if (approval_count(approval) >= approval->ask.count) {
        enter(approval, APPROVAL_APPROVED);
    } else {
        return PROBLEM_NONE;
    }
    approval->decided_us = now_us;
    approval->expires_us = now_us + approval->ask.valid_us;
    return PROBLEM_NONE;
}

enum problem approval_use(struct approval *approval,
                          const unsigned char fingerprint[APPROVAL_FINGERPRINT], int64_t now_us)
{
    if (approval->state != APPROVAL_APPROVED || approval->expires_us <= now_us)
        return PROBLEM_approval_state;
    if (memcmp(fingerprint, approval->fingerprint, APPROVAL_FINGERPRINT) != 0)
        return PROBLEM_approval_changed;
    enter(approval, APPROVAL_USED);
    approval->used_us = now_us;
    return PROBLEM_NONE;
}

enum problem approval_make_void(struct approval *approval, struct str why, int64_t now_us)
{
    if (!approval_edge(approval->state, APPROVAL_VOID))
        return PROBLEM_approval_state;
    enter(approval, APPROVAL_VOID);
    approval->outcome = why;
    if (approval->decided_us == 0)
        approval->decided_us = now_us;
    return PROBLEM_NONE;
}

bool approval_lapse(struct approval *approval, int64_t now_us)
{
    if (approval->expires_us > now_us || !approval_edge(approval->state, APPROVAL_EXPIRED))
        return false;
    enter(approval, APPROVAL_EXPIRED);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * /api/v1/approvals: who may see a request is decided here, who may decide it in approval.c.
 */
#include "base/limits.h"
#include "config/config.h"
#include "control/handle.h"
#include <jansson.h>

#define SCAN_PAGES 10 /* read from the store for one answer */

static bool may_see(const struct api_call *call, const struct approval *approval)
{
    struct str group;

    return call->role >= API_VIEWER ||
           approval_is_own(approval, call->identity.issuer, call->identity.subject) ||
           approval_may_decide(approval, &call->identity, &group);
}

static bool is_decidable(const struct api *api, const struct api_call *call,
                         const struct approval *approval)
{
    struct str group;
    bool holds_role = call->role >= API_APPROVER || api->config->control.approver_groups.count == 0;

    return holds_role && approval->state == APPROVAL_PENDING &&
           approval->expires_us > api->backend.now_us(api->backend.owner) &&
           !approval_is_own(approval, call->identity.issuer, call->identity.subject) &&
           approval_may_decide(approval, &call->identity, &group);
}

static void put_vote(struct json_writer *w, const struct approval_vote *vote)
{
    json_object_begin(w);
    api_put_person(w, "person", vote->issuer, vote->subject, vote->name);
    api_put_text(w, "group", vote->group);
    api_put_text(w, "verdict", vote->approves ? STR("approve") : STR("refuse"));
    api_put_text(w, "comment", vote->comment);
    api_put_time(w, "at", vote->at_us);
    json_object_end(w);
}

static void put_maybe(struct json_writer *w, const char *key, struct str text)
{
    if (text.len > 0)
        api_put_text(w, key, text);
}

static void put_ask(struct json_writer *w, const struct approval_ask *ask)
{
    api_put_person(w, "requester", ask->issuer, ask->subject, ask->name);
    api_put_text(w, "target", ask->target);
    api_put_text(w, "statement", ask->statement);
    put_maybe(w, "values", ask->values);
    put_maybe(w, "objects", ask->objects);
    put_maybe(w, "summary", ask->summary);
    api_put_text(w, "reason", ask->reason);
    api_put_text(w, "rule", ask->rule);
    api_put_names(w, "groups", ask->groups);
    json_key(w, "needed");
    json_u64(w, ask->count);
    json_key(w, "valid_seconds");
    json_i64(w, ask->valid_us / 1000000);
    api_put_text(w, "session", ask->session);
}

static void put_approval(struct json_writer *w, const struct api *api, const struct api_call *call,
                         const struct approval *approval)
{
    char print[2 * APPROVAL_FINGERPRINT];

    hex_encode(print, approval->fingerprint, APPROVAL_FINGERPRINT);
    json_object_begin(w);
    api_put_text(w, "id", str_of(approval->id));
    api_put_text(w, "state", str_of(approval_state_text(approval->state)));
    put_ask(w, &approval->ask);
    json_key(w, "approvals");
    json_u64(w, approval_count(approval));
    api_put_text(w, "fingerprint", str_make(print, sizeof(print)));
    api_put_time(w, "created", approval->created_us);
    api_put_time(w, "expires", approval->expires_us);
    if (approval->decided_us)
        api_put_time(w, "decided", approval->decided_us);
    if (approval->used_us)
        api_put_time(w, "used", approval->used_us);
    put_maybe(w, "outcome", approval->outcome);
    json_key(w, "votes");
    json_array_begin(w);
    for (size_t i = 0; i < approval->vote_count; i++)
        put_vote(w, &approval->votes[i]);
    json_array_end(w);
    json_key(w, "own");
    json_bool(w, approval_is_own(approval, call->identity.issuer, call->identity.subject));
    json_key(w, "decidable");
    json_bool(w, is_decidable(api, call, approval));
    json_object_end(w);
}

/* ---- list ---- */

struct listing {
    struct approval_filter filter;
    uint32_t limit;
    bool only_decidable;
    const struct approval *last; /* looked at */
    uint32_t shown;
    bool more;
};

/* `next` of a page is the time and id of its last row. */
static bool read_after(struct api_call *call, struct approval_filter *filter)
{
    struct str after = api_query(call, "after"), time, id;
    uint64_t us;

    if (!after.ptr)
        return true;
    if (!str_split(after, '.', &time, &id) || !str_to_u64(time, INT64_MAX, &us) || us == 0) {
        api_problem(call, PROBLEM_parameter, STR("after is the `next` of an earlier page"));
        return false;
    }
    filter->before_us = (int64_t)us;
    filter->before_id = id;
    return true;
}

static bool read_listing(struct api_call *call, struct listing *listing)
{
    struct str state = api_query(call, "state"), whose = api_query(call, "for");
    enum approval_state wanted = approval_state_by_text(state);

    *listing = (struct listing){.filter = {.target = api_query(call, "target")}};
    if (!api_query_limit(call, &listing->limit) || !read_after(call, &listing->filter))
        return false;
    if (state.ptr && wanted == APPROVAL_INVALID) {
        api_problem(call, PROBLEM_parameter, STR("state is not one of the states"));
        return false;
    }
    if (whose.ptr && !str_equal(whose, STR("me")) && !str_equal(whose, STR("others"))) {
        api_problem(call, PROBLEM_parameter, STR("for is \"me\" or \"others\""));
        return false;
    }
    if (state.ptr)
        listing->filter.states = 1U << wanted;
    if (str_equal(whose, STR("me"))) {
        listing->filter.issuer = call->identity.issuer;
        listing->filter.subject = call->identity.subject;
    }
    listing->only_decidable = str_equal(whose, STR("others"));
    listing->filter.limit = listing->limit + 1;
    return true;
}

static bool is_listed(const struct api *api, const struct api_call *call,
                      const struct listing *listing, const struct approval *approval)
{
    return may_see(call, approval) &&
           (!listing->only_decidable || is_decidable(api, call, approval));
}

/* Shows rows of one page of the store. False when there is nothing more to look at. */
static bool show_rows(struct json_writer *w, const struct api *api, const struct api_call *call,
                      struct listing *listing, const struct approval *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_listed(api, call, listing, &rows[i])) {
            listing->last = &rows[i];
            continue;
        }
        if (listing->shown == listing->limit) {
            listing->more = true;
            return false;
        }
        put_approval(w, api, call, &rows[i]);
        listing->shown++;
        listing->last = &rows[i];
    }
    return count == listing->filter.limit;
}

void handle_approvals(struct api *api, struct api_call *call)
{
    const struct approval *rows = NULL;
    struct listing listing;
    struct json_writer w;
    size_t count = 0;
    bool on = true;

    if (!read_listing(call, &listing))
        return;
    api_json_begin(call, &w);
    json_object_begin(&w);
    json_key(&w, "items");
    json_array_begin(&w);
    for (int page = 0; on && page < SCAN_PAGES; page++) {
        if (store_approval_list(api->store, &listing.filter, &call->arena, &rows, &count) !=
            STORE_OK) {
            api_problem(call, PROBLEM_store, STR_NONE);
            return;
        }
        on = show_rows(&w, api, call, &listing, rows, count);
        if (on) {
            listing.filter.before_us = rows[count - 1].created_us;
            listing.filter.before_id = str_of(rows[count - 1].id);
        }
    }
    json_array_end(&w);
    if ((on || listing.more) && listing.last)
        api_put_text(&w, "next",
                     arena_printf(&call->arena, "%lld.%s", (long long)listing.last->created_us,
                                  listing.last->id));
    json_object_end(&w);
    api_answer(call, 200);
}

/* ---- one ---- */

static void answer_with(struct api *api, struct api_call *call, const struct approval *approval)
{
    struct json_writer w;

    api_json_begin(call, &w);
    put_approval(&w, api, call, approval);
    api_answer(call, 200);
}

/* The request that the path names, when the caller may see it; else a problem was answered. */
static bool find(struct api *api, struct api_call *call, struct approval *ret)
{
    enum store_result result = store_approval_get(api->store, call->params[0], &call->arena, ret);

    if (result == STORE_OK && may_see(call, ret))
        return true;
    api_problem(call, result == STORE_FAILED ? PROBLEM_store : PROBLEM_not_found, STR_NONE);
    return false;
}

void handle_approval(struct api *api, struct api_call *call)
{
    struct approval approval;

    if (find(api, call, &approval))
        answer_with(api, call, &approval);
}

static void on_step(void *arg, enum problem problem, const struct approval *approval)
{
    struct api_call *call = arg;
    struct str detail = STR_NONE;

    if (problem == PROBLEM_approval_state && approval)
        detail = arena_printf(&call->arena, "it is %s", approval_state_text(approval->state));
    if (problem)
        api_problem(call, problem, detail);
    else
        answer_with(call->api, call, approval);
}

static void decide(struct api *api, struct api_call *call, bool approves, const char *member)
{
    const char *const members[] = {member, NULL};
    struct approval approval;
    struct str comment;
    json_t *body = api_body(call, members);
    bool ok;

    if (!body)
        return;
    ok = api_body_text(call, body, member, LIMIT_APPROVAL_REASON, &comment);
    json_decref(body);
    if (!ok)
        return;
    if (!approves && str_trim(comment).len == 0) {
        api_problem(call, PROBLEM_parameter, STR("a refusal needs a reason"));
        return;
    }
    if (find(api, call, &approval))
        approval_service_decide(api->approvals, call->params[0], &call->identity, approves, comment,
                                on_step, call);
}

void handle_approve(struct api *api, struct api_call *call)
{
    decide(api, call, true, "comment");
}

void handle_refuse(struct api *api, struct api_call *call)
{
    decide(api, call, false, "reason");
}

void handle_withdraw(struct api *api, struct api_call *call)
{
    struct approval approval;

    if (find(api, call, &approval))
        approval_service_withdraw(api->approvals, call->params[0], &call->identity, on_step, call);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the gateway says of itself: health, metrics, description, status, targets, identities.
 */
#include "base/limits.h"
#include "config/config.h"
#include "control/handle.h"
#include "control/schema.h"

static void answer_text(struct api_call *call, const char *text, unsigned status)
{
    buf_clear(&call->answer);
    buf_printf(&call->answer, "%s\n", text);
    api_answer(call, status);
}

void handle_health(struct api *api, struct api_call *call)
{
    (void)api;
    answer_text(call, "ok", 200);
}

void handle_ready(struct api *api, struct api_call *call)
{
    const char *missing = api->backend.unready(api->backend.owner);

    answer_text(call, missing ? missing : "ready", missing ? 503 : 200);
}

/* Requests that wait for a person, at most LIMIT_API_PAGE of them. */
static size_t count_pending(const struct api *api, struct api_call *call, bool decidable_only)
{
    struct approval_filter filter = {.states = 1U << APPROVAL_PENDING, .limit = LIMIT_API_PAGE};
    const struct approval *rows = NULL;
    size_t count = 0, decidable = 0;
    struct str group;

    if (store_approval_list(api->store, &filter, &call->arena, &rows, &count) != STORE_OK)
        return 0;
    for (size_t i = 0; i < count; i++)
        decidable += !approval_is_own(&rows[i], call->identity.issuer, call->identity.subject) &&
                     approval_may_decide(&rows[i], &call->identity, &group);
    return decidable_only ? decidable : count;
}

void handle_metrics(struct api *api, struct api_call *call)
{
    struct metrics sum;

    metrics_set(api->metrics, METRIC_approvals_pending, count_pending(api, call, false));
    sight_sum(api->sight, api->metrics, &sum);
    buf_clear(&call->answer);
    metrics_expose(&call->answer, &sum);
    api_answer(call, 200);
}

void handle_openapi(struct api *api, struct api_call *call)
{
    buf_clear(&call->answer);
    buf_put_str(&call->answer, buf_str(&api->openapi));
    api_answer(call, 200);
}

void handle_whoami(struct api *api, struct api_call *call)
{
    const struct identity *identity = &call->identity;
    struct json_writer w;

    (void)api;
    api_json_begin(call, &w);
    json_object_begin(&w);
    api_put_text(&w, "issuer", identity->issuer);
    api_put_text(&w, "subject", identity->subject);
    if (identity->display_name.len > 0)
        api_put_text(&w, "name", identity->display_name);
    json_key(&w, "groups");
    json_array_begin(&w);
    for (size_t i = 0; i < identity->group_count; i++)
        json_text(&w, identity->groups[i]);
    json_array_end(&w);
    api_put_text(&w, "role", str_of(api_role_text(call->role)));
    api_put_time(&w, "expires", identity->expires_at * 1000000);
    json_object_end(&w);
    api_answer(call, 200);
}

static void put_process(struct json_writer *w, const struct sight_process *process)
{
    json_object_begin(w);
    api_put_text(w, "role", str_of(process->role));
    json_key(w, "index");
    json_u64(w, process->index);
    api_put_time(w, "seen", process->seen_us);
    json_key(w, "sessions");
    json_u64(w, process->session_count);
    json_object_end(w);
}

void handle_status(struct api *api, struct api_call *call)
{
    const char *missing = api->backend.unready(api->backend.owner);
    struct json_writer w;
    uint64_t sessions = 0;

    for (size_t i = 0; i < SIGHT_PROCESSES; i++)
        sessions += api->sight->processes[i].session_count;
    api_json_begin(call, &w);
    json_object_begin(&w);
    api_put_text(&w, "version", STR(CARDEA_VERSION));
    json_key(&w, "ready");
    json_bool(&w, !missing);
    if (missing)
        api_put_text(&w, "missing", str_of(missing));
    json_key(&w, "sessions");
    json_u64(&w, sessions);
    json_key(&w, "pending");
    json_u64(&w, count_pending(api, call, true));
    json_key(&w, "processes");
    json_array_begin(&w);
    for (size_t i = 0; i < SIGHT_PROCESSES; i++)
        if (api->sight->processes[i].role)
            put_process(&w, &api->sight->processes[i]);
    json_array_end(&w);
    json_object_end(&w);
    api_answer(call, 200);
}

static void put_target(struct json_writer *w, const struct config_target *target)
{
    json_object_begin(w);
    api_put_text(w, "name", target->name);
    api_put_text(w, "kind", target->kind == CONFIG_TARGET_MARIADB ? STR("mariadb") : STR("mysql"));
    json_key(w, "labels");
    json_object_begin(w);
    for (size_t i = 0; i < target->labels.count; i++) {
        json_key_str(w, target->labels.items[i].name);
        json_text(w, target->labels.items[i].value);
    }
    json_object_end(w);
    json_object_end(w);
}

void handle_targets(struct api *api, struct api_call *call)
{
    const struct api_backend *backend = &api->backend;
    struct json_writer w;

    api_json_begin(call, &w);
    json_object_begin(&w);
    json_key(&w, "items");
    json_array_begin(&w);
    for (size_t i = 0; i < api->config->target_count; i++)
        if (call->role >= API_ADMIN || backend->target_visible(backend->owner, &call->identity, i))
            put_target(&w, &api->config->targets[i]);
    json_array_end(&w);
    json_object_end(&w);
    api_answer(call, 200);
}

/* `next` is issuer, newline, subject. */
static bool read_after(struct api_call *call, struct str *ret_issuer, struct str *ret_subject)
{
    struct str after = api_query(call, "after");

    *ret_issuer = *ret_subject = STR_NONE;
    if (!after.ptr || str_split(after, '\n', ret_issuer, ret_subject))
        return true;
    api_problem(call, PROBLEM_parameter, STR("after is the `next` of an earlier page"));
    return false;
}

static void put_identity(struct json_writer *w, const struct identity_row *row)
{
    json_object_begin(w);
    api_put_text(w, "issuer", row->issuer);
    api_put_text(w, "subject", row->subject);
    api_put_text(w, "name", row->name);
    api_put_names(w, "groups", row->groups);
    api_put_time(w, "first", row->first_us);
    api_put_time(w, "last", row->last_us);
    json_key(w, "count");
    json_u64(w, row->count);
    json_object_end(w);
}

void handle_identities(struct api *api, struct api_call *call)
{
    const struct identity_row *rows;
    struct str issuer, subject;
    struct json_writer w;
    uint32_t limit;
    size_t count;

    if (!api_query_limit(call, &limit) || !read_after(call, &issuer, &subject))
        return;
    if (store_identity_list(api->store, issuer, subject, limit, &call->arena, &rows, &count) !=
        STORE_OK) {
        api_problem(call, PROBLEM_store, STR_NONE);
        return;
    }
    api_json_begin(call, &w);
    json_object_begin(&w);
    json_key(&w, "items");
    json_array_begin(&w);
    for (size_t i = 0; i < count; i++)
        put_identity(&w, &rows[i]);
    json_array_end(&w);
    if (count == limit)
        api_put_text(&w, "next",
                     arena_printf(&call->arena, "%.*s\n%.*s", STR_ARG(rows[count - 1].issuer),
                                  STR_ARG(rows[count - 1].subject)));
    json_object_end(&w);
    api_answer(call, 200);
}

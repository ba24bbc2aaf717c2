/* SPDX-License-Identifier: Apache-2.0
 *
 * /api/v1/policy/check: a worker reads, analyses and decides; here is only who may ask for whom.
 */
#include "base/limits.h"
#include "config/config.h"
#include "control/handle.h"
#include <jansson.h>

struct check_work {
    struct api_call *call;
    struct str target, schema, text;
    struct str identity_json;
};

static void on_checked(void *arg, struct str decisions, struct str problem)
{
    struct check_work *work = arg;
    struct json_writer w;

    if (decisions.len == 0) {
        api_problem(work->call, PROBLEM_check, problem);
        return;
    }
    api_json_begin(work->call, &w);
    json_object_begin(&w);
    json_key(&w, "decisions");
    json_raw(&w, decisions);
    json_object_end(&w);
    api_answer(work->call, 200);
}

static bool read_groups(struct api_call *call, const json_t *asked, struct identity *identity)
{
    const json_t *groups = json_object_get(asked, "groups"), *group;
    size_t count = json_array_size(groups), i;

    identity->groups = arena_array(&call->arena, count, struct str);
    if ((groups && !json_is_array(groups)) || count > LIMIT_GROUPS || !identity->groups)
        return false;
    json_array_foreach(groups, i, group)
    {
        if (!json_is_string(group))
            return false;
        identity->groups[i] =
            arena_copy(&call->arena, str_make(json_string_value(group), json_string_length(group)));
    }
    identity->group_count = count;
    return true;
}

/* Somebody else, as the body describes them. */
static bool read_other(struct api_call *call, const json_t *asked, struct check_work *work)
{
    const json_t *claims = json_object_get(asked, "claims");
    struct identity identity = {.expires_at = call->identity.expires_at,
                                .session_ends_at = call->identity.expires_at};
    char *claims_text;
    struct buf json;

    if (!api_body_text(call, asked, "issuer", LIMIT_APPROVAL_NAME, &identity.issuer) ||
        !api_body_text(call, asked, "subject", LIMIT_SUBJECT, &identity.subject))
        return false;
    if (!json_is_object(asked) || !read_groups(call, asked, &identity) ||
        (claims && !json_is_object(claims))) {
        api_problem(call, PROBLEM_parameter,
                    STR("identity has issuer, subject, groups (names) and claims (an object)"));
        return false;
    }
    claims_text = claims ? json_dumps(claims, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    identity.claims = claims_text ? arena_copy(&call->arena, str_of(claims_text)) : STR("{}");
    identity.display_name = identity.subject;
    free(claims_text);
    buf_init(&json, LIMIT_API_BODY * 2);
    identity_encode(&identity, &json);
    work->identity_json = arena_copy(&call->arena, buf_str(&json));
    buf_release(&json);
    return true;
}

static bool read_ask(struct api_call *call, const json_t *body, struct check_work *work)
{
    const json_t *other = json_object_get(body, "identity");

    if (!api_body_text(call, body, "target", LIMIT_APPROVAL_NAME, &work->target) ||
        !api_body_text(call, body, "schema", LIMIT_APPROVAL_NAME, &work->schema) ||
        !api_body_text(call, body, "statement", LIMIT_API_BODY, &work->text))
        return false;
    if (str_trim(work->text).len == 0) {
        api_problem(call, PROBLEM_parameter, STR("statement is the text to check"));
        return false;
    }
    work->identity_json = call->identity_json;
    if (!other)
        return true;
    if (call->role >= API_VIEWER)
        return read_other(call, other, work);
    api_problem(call, PROBLEM_forbidden, STR("only viewers ask for another identity"));
    return false;
}

static bool is_target(const struct api *api, const struct api_call *call, struct str name)
{
    const struct api_backend *backend = &api->backend;

    for (size_t i = 0; i < api->config->target_count; i++)
        if (str_equal(api->config->targets[i].name, name))
            return call->role >= API_VIEWER ||
                   backend->target_visible(backend->owner, &call->identity, i);
    return false;
}

void handle_check(struct api *api, struct api_call *call)
{
    static const char *const members[] = {"target", "statement", "schema", "identity", NULL};
    struct check_work *work = arena_new(&call->arena, struct check_work);
    json_t *body = work ? api_body(call, members) : NULL;
    bool ok;

    if (!work)
        api_problem(call, PROBLEM_memory, STR_NONE);
    if (!body)
        return;
    work->call = call;
    ok = read_ask(call, body, work);
    json_decref(body);
    if (!ok)
        return;
    if (!is_target(api, call, work->target))
        api_problem(call, PROBLEM_parameter,
                    STR("target is the name of a target that some policy opens to you"));
    else
        api->backend.check(api->backend.owner, work->identity_json, work->target, work->schema,
                           work->text, on_checked, work);
}

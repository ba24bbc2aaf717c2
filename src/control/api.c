/* SPDX-License-Identifier: Apache-2.0
 *
 * The way of a call: rate, route, bearer (the keeper answers later), role, handler, answer.
 */
#include "control/api.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "config/config.h"
#include "control/handle.h"
#include "control/schema.h"
#include <jansson.h>

#define CALL_ARENA ((size_t)16 << 20)

const char *api_role_text(enum api_role role)
{
    switch (role) {
    case API_ROLE_INVALID:
        break;
    case API_ANYONE:
        return "anyone";
    case API_USER:
        return "user";
    case API_VIEWER:
        return "viewer";
    case API_APPROVER:
        return "approver";
    case API_ADMIN:
        return "admin";
    }
    return "invalid";
}

const char *api_method_text(enum api_method method)
{
    switch (method) {
    case API_METHOD_INVALID:
        break;
    case API_GET:
        return "GET";
    case API_POST:
        return "POST";
    case API_DELETE:
        return "DELETE";
    }
    return "INVALID";
}

bool api_init(struct api *api)
{
    rate_init(&api->rate, random_hash_key());
    seen_init(&api->seen, random_hash_key());
    buf_init(&api->openapi, LIMIT_API_ANSWER);
    schema_openapi_write(&api->openapi);
    return !api->openapi.failed;
}

void api_release(struct api *api)
{
    rate_release(&api->rate);
    seen_release(&api->seen);
    buf_release(&api->openapi);
}

void api_call_init(struct api_call *call)
{
    *call = (struct api_call){0};
    arena_init(&call->arena, CALL_ARENA);
    buf_init(&call->answer, LIMIT_API_ANSWER);
}

void api_call_release(struct api_call *call)
{
    arena_release(&call->arena);
    buf_release_secret(&call->answer); /* an issued password may have stood there */
}

/* ---- answering ---- */

static void finish(struct api_call *call)
{
    enum metric metric = METRIC_api_requests_2xx;

    REQUIRE(!call->is_answered);
    call->is_answered = true;
    if (call->status >= 500)
        metric = METRIC_api_requests_5xx;
    else if (call->status >= 400)
        metric = METRIC_api_requests_4xx;
    else if (call->status >= 300)
        metric = METRIC_api_requests_3xx;
    metrics_add(call->api->metrics, metric, 1);
    call->answered(call);
}

void api_json_begin(struct api_call *call, struct json_writer *ret_writer)
{
    buf_clear(&call->answer);
    json_writer_init(ret_writer, &call->answer);
}

/* The tag of an answer is the hash of its bytes: no version to keep, and never wrong. */
static bool is_unchanged(struct api_call *call)
{
    static const struct hash_key key = {0x63617264, 0x65612f31};
    uint64_t hash = hash_bytes(key, buf_str(&call->answer));

    snprintf(call->etag, sizeof(call->etag), "\"%016llx\"", (unsigned long long)hash);
    return call->if_none_match.len > 0 && str_find(call->if_none_match, str_of(call->etag)) >= 0;
}

void api_answer(struct api_call *call, unsigned status)
{
    if (call->answer.failed || call->arena.failed) {
        api_problem(call, PROBLEM_memory, STR_NONE);
        return;
    }
    call->status = status;
    call->answer_type = call->route->type;
    if (call->method == API_GET && status == 200 && is_unchanged(call)) {
        call->status = 304;
        buf_clear(&call->answer);
    }
    finish(call);
}

void api_problem(struct api_call *call, enum problem problem, struct str detail)
{
    const struct problem_info *info = problem_info(problem);
    struct json_writer w;
    char type[96];

    snprintf(type, sizeof(type), "urn:cardea:problem:%s", info->code);
    api_json_begin(call, &w);
    json_object_begin(&w);
    api_put_text(&w, "type", str_of(type));
    api_put_text(&w, "title", str_of(info->title));
    json_key(&w, "status");
    json_u64(&w, info->status);
    api_put_text(&w, "code", str_of(info->code));
    if (detail.len > 0)
        api_put_text(&w, "detail", detail);
    json_object_end(&w);
    call->status = info->status;
    call->answer_type = "application/problem+json";
    if (info->status == 429 || info->status == 503)
        call->retry_after_s = info->status == 429 ? 60 : 2;
    finish(call);
}

/* ---- who calls ---- */

static bool in_groups(const struct identity *identity, const struct config_strings *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        if (identity_in_group(identity, groups->items[i]))
            return true;
    return false;
}

static enum api_role role_of(const struct config_control *control, const struct identity *identity)
{
    if (in_groups(identity, &control->admin_groups))
        return API_ADMIN;
    if (in_groups(identity, &control->approver_groups))
        return API_APPROVER;
    if (in_groups(identity, &control->viewer_groups))
        return API_VIEWER;
    return API_USER;
}

static bool may_call(const struct config_control *control, const struct api_call *call)
{
    if (call->role >= call->route->role)
        return true;
    /* No approver_groups: the policy's groups decide alone, request by request. */
    return call->route->role == API_APPROVER && control->approver_groups.count == 0;
}

static void note_caller(struct api *api, struct api_call *call)
{
    struct buf groups;

    buf_init(&groups, 64 << 10);
    for (size_t i = 0; i < call->identity.group_count; i++)
        buf_printf(&groups, "%s%.*s", i > 0 ? "\n" : "", STR_ARG(call->identity.groups[i]));
    seen_note(&api->seen, api->store, call->identity.issuer, call->identity.subject,
              call->identity.display_name, buf_str(&groups),
              api->backend.now_us(api->backend.owner));
    buf_release(&groups);
}

static void on_verified(void *arg, bool ok, bool unavailable, struct str identity_json)
{
    struct api_call *call = arg;
    struct api *api = call->api;

    if (!ok) {
        api_problem(call, unavailable ? PROBLEM_token_unavailable : PROBLEM_token_refused,
                    STR_NONE);
        return;
    }
    call->identity_json = arena_copy(&call->arena, identity_json);
    if (!identity_decode(call->identity_json, &call->arena, &call->identity)) {
        api_problem(call, PROBLEM_internal, STR_NONE);
        return;
    }
    call->role = role_of(&api->config->control, &call->identity);
    note_caller(api, call);
    if (may_call(&api->config->control, call))
        call->route->handler(api, call);
    else
        api_problem(call, PROBLEM_forbidden,
                    arena_printf(&call->arena, "this needs the role %s; yours is %s",
                                 api_role_text(call->route->role), api_role_text(call->role)));
}

static bool is_open(const struct api *api, const struct route *route)
{
    return route->role == API_ANYONE ||
           (route->handler == handle_metrics && api->config->control.metrics_open);
}

/* The address without its port. */
static struct str address_of(struct str peer)
{
    for (size_t i = peer.len; i > 0; i--)
        if (peer.ptr[i - 1] == ':')
            return str_slice(peer, 0, i - 1);
    return peer;
}

void api_dispatch(struct api *api, struct api_call *call)
{
    const struct api_backend *backend = &api->backend;
    enum problem problem;

    call->api = api;
    if (!rate_take(&api->rate, address_of(call->peer), backend->now_us(backend->owner),
                   api->config->control.requests_per_minute)) {
        api_problem(call, PROBLEM_rate, STR_NONE);
    } else if (!route_match(call, &problem)) {
        api_problem(call, problem, STR_NONE);
    } else if (is_open(api, call->route)) {
        call->route->handler(api, call);
    } else if (call->token.len == 0) {
        api_problem(call, PROBLEM_token_missing, STR_NONE);
    } else if (call->token.len > LIMIT_TOKEN) {
        api_problem(call, PROBLEM_token_refused, STR_NONE);
    } else {
        backend->verify(backend->owner, call->token, call->peer, on_verified, call);
    }
}

/* ---- for handlers: what was asked ---- */

struct str api_query(struct api_call *call, const char *name)
{
    struct str rest = call->query, pair, key, value;

    while (rest.len > 0) {
        if (!str_split(rest, '&', &pair, &rest)) {
            pair = rest;
            rest = STR_NONE;
        }
        if (!str_split(pair, '=', &key, &value)) {
            key = pair;
            value = STR("");
        }
        if (str_equal(key, str_of(name)) && route_percent_decode(&call->arena, value, true, &value))
            return value;
    }
    return STR_NONE;
}

bool api_query_limit(struct api_call *call, uint32_t *ret_limit)
{
    struct str text = api_query(call, "limit");
    uint64_t limit = 50;

    if (text.ptr && (!str_to_u64(text, LIMIT_API_PAGE, &limit) || limit == 0)) {
        api_problem(call, PROBLEM_parameter, STR("limit is a number from 1 to 200"));
        return false;
    }
    *ret_limit = (uint32_t)limit;
    return true;
}

static bool known_members(const json_t *body, const char *const *members, const char **ret_unknown)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)body, key, value)
    {
        size_t i = 0;
        while (members[i] && strcmp(members[i], key) != 0)
            i++;
        if (!members[i]) {
            *ret_unknown = key;
            return false;
        }
    }
    return true;
}

json_t *api_body(struct api_call *call, const char *const *members)
{
    const char *unknown = NULL;
    json_error_t error;
    json_t *body;

    if (call->body.len == 0)
        return json_object();
    if (!str_starts_nocase(call->content_type, STR("application/json"))) {
        api_problem(call, PROBLEM_body_type, STR_NONE);
        return NULL;
    }
    body = json_loadb(call->body.ptr, call->body.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(body)) {
        api_problem(call, PROBLEM_malformed, STR("the body is not one JSON object"));
    } else if (!known_members(body, members, &unknown)) {
        api_problem(
            call, PROBLEM_parameter,
            arena_printf(&call->arena, "the body has an unknown member \"%.100s\"", unknown));
    } else {
        return body;
    }
    json_decref(body);
    return NULL;
}

bool api_body_text(struct api_call *call, const json_t *body, const char *name, size_t max,
                   struct str *ret_text)
{
    const json_t *value = json_object_get(body, name);

    *ret_text = STR("");
    if (!value)
        return true;
    if (!json_is_string(value) || json_string_length(value) > max) {
        api_problem(call, PROBLEM_parameter,
                    arena_printf(&call->arena, "%s is a text of at most %zu bytes", name, max));
        return false;
    }
    *ret_text =
        arena_copy(&call->arena, str_make(json_string_value(value), json_string_length(value)));
    return true;
}

bool api_body_integer(struct api_call *call, const json_t *body, const char *name, int64_t min,
                      int64_t max, int64_t fallback, int64_t *ret_value)
{
    const json_t *value = json_object_get(body, name);

    *ret_value = fallback;
    if (!value)
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max) {
        api_problem(call, PROBLEM_parameter,
                    arena_printf(&call->arena, "%s is a number from %lld to %lld", name,
                                 (long long)min, (long long)max));
        return false;
    }
    *ret_value = json_integer_value(value);
    return true;
}

/* ---- for handlers: writing ---- */

void api_put_text(struct json_writer *w, const char *key, struct str text)
{
    json_key(w, key);
    json_text(w, text);
}

void api_put_time(struct json_writer *w, const char *key, int64_t us)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format_us(us, text);
    api_put_text(w, key, str_of(text));
}

void api_put_person(struct json_writer *w, const char *key, struct str issuer, struct str subject,
                    struct str name)
{
    json_key(w, key);
    json_object_begin(w);
    api_put_text(w, "issuer", issuer);
    api_put_text(w, "subject", subject);
    if (name.len > 0)
        api_put_text(w, "name", name);
    json_object_end(w);
}

void api_put_names(struct json_writer *w, const char *key, struct str names)
{
    size_t position = 0;
    struct str name;

    json_key(w, key);
    json_array_begin(w);
    while (approval_group_next(names, &position, &name))
        json_text(w, name);
    json_array_end(w);
}

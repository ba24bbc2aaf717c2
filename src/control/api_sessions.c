/* SPDX-License-Identifier: Apache-2.0
 *
 * /api/v1/sessions, from what the workers reported last; /api/v1/logins.
 */
#include "audit/record.h"
#include "base/limits.h"
#include "config/config.h"
#include "control/handle.h"
#include <jansson.h>

#define REASON_MAX    256
#define LOGIN_MINUTES 10 /* when none are asked for and the configuration allows as many */

/* ---- sessions ---- */

static bool may_see(const struct api_call *call, const struct sight_session *session)
{
    return call->role >= API_VIEWER || (str_equal(session->issuer, call->identity.issuer) &&
                                        str_equal(session->subject, call->identity.subject));
}

static void put_number(struct json_writer *w, const char *key, uint64_t n)
{
    json_key(w, key);
    json_u64(w, n);
}

static void put_session_id(struct json_writer *w, uint64_t id)
{
    char text[17];

    snprintf(text, sizeof(text), "%016llx", (unsigned long long)id);
    api_put_text(w, "id", str_of(text));
}

static void put_session(struct json_writer *w, const struct sight_session *session)
{
    json_object_begin(w);
    put_session_id(w, session->id);
    api_put_person(w, "identity", session->issuer, session->subject, session->name);
    api_put_text(w, "target", session->target);
    api_put_text(w, "peer", session->peer);
    api_put_text(w, "client", session->client);
    api_put_text(w, "state", session->state);
    api_put_text(w, "statement", session->statement);
    api_put_time(w, "opened", session->opened_us);
    api_put_time(w, "last", session->last_us);
    put_number(w, "statements", session->statements);
    put_number(w, "rows", session->rows);
    put_number(w, "refused", session->refused);
    json_object_end(w);
}

static bool read_id(struct str text, uint64_t *ret_id)
{
    uint64_t id = 0;

    if (text.len != 16)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (ascii_digit(c))
            id = id << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            id = id << 4 | (uint64_t)(c - 'a' + 10);
        else
            return false;
    }
    *ret_id = id;
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    const struct sight_session *const *left = a, *const *right = b;

    return ((*left)->id > (*right)->id) - ((*left)->id < (*right)->id);
}

/* Those that the caller may see and asked for, in the order of their ids. */
static const struct sight_session **choose(const struct api *api, struct api_call *call,
                                           struct str target, uint64_t after, size_t *ret_count)
{
    const struct sight_session **chosen = NULL, *session;
    size_t process = 0, position = 0, count = 0, capacity = 0;

    while ((session = sight_next(api->sight, &process, &position))) {
        const struct sight_session **slot;
        if (!may_see(call, session) || session->id <= after ||
            (target.ptr && !str_equal(target, session->target)))
            continue;
        slot = arena_push(&call->arena, &chosen, &count, &capacity, sizeof(*slot));
        if (!slot)
            break;
        *slot = session;
    }
    if (count > 0)
        qsort(chosen, count, sizeof(const struct sight_session *), compare_ids);
    *ret_count = count;
    return chosen;
}

void handle_sessions(struct api *api, struct api_call *call)
{
    struct str after_text = api_query(call, "after");
    const struct sight_session **chosen;
    struct json_writer w;
    uint64_t after = 0;
    uint32_t limit;
    size_t count;

    if (!api_query_limit(call, &limit))
        return;
    if (after_text.ptr && !read_id(after_text, &after)) {
        api_problem(call, PROBLEM_parameter, STR("after is the `next` of an earlier page"));
        return;
    }
    chosen = choose(api, call, api_query(call, "target"), after, &count);
    api_json_begin(call, &w);
    json_object_begin(&w);
    json_key(&w, "items");
    json_array_begin(&w);
    for (size_t i = 0; i < count && i < limit; i++)
        put_session(&w, chosen[i]);
    json_array_end(&w);
    if (count > limit)
        api_put_text(
            &w, "next",
            arena_printf(&call->arena, "%016llx", (unsigned long long)chosen[limit - 1]->id));
    json_object_end(&w);
    api_answer(call, 200);
}

static const struct sight_session *find(struct api *api, struct api_call *call)
{
    const struct sight_session *session = NULL;
    uint64_t id;

    if (read_id(call->params[0], &id))
        session = sight_find(api->sight, id);
    if (session && may_see(call, session))
        return session;
    api_problem(call, PROBLEM_not_found, STR_NONE);
    return NULL;
}

void handle_session(struct api *api, struct api_call *call)
{
    const struct sight_session *session = find(api, call);
    struct json_writer w;

    if (!session)
        return;
    api_json_begin(call, &w);
    put_session(&w, session);
    api_answer(call, 200);
}

/* ---- kill ---- */

struct kill_work {
    struct api_call *call;
    uint64_t session;
    struct str reason;
};

static void on_kill_recorded(void *arg, bool on_disk)
{
    struct kill_work *work = arg;
    struct api_call *call = work->call;
    const struct api_backend *backend = &call->api->backend;
    struct json_writer w;

    if (!on_disk) {
        api_problem(call, PROBLEM_audit, STR_NONE);
    } else if (!backend->kill(backend->owner, work->session, work->reason)) {
        api_problem(call, PROBLEM_not_found, STR("it has ended meanwhile"));
    } else {
        api_json_begin(call, &w);
        json_object_begin(&w);
        put_session_id(&w, work->session);
        json_object_end(&w);
        api_answer(call, 202);
    }
}

static bool may_kill(const struct api_call *call, const struct sight_session *session)
{
    return call->role >= API_ADMIN || (str_equal(session->issuer, call->identity.issuer) &&
                                       str_equal(session->subject, call->identity.subject));
}

static void record_kill(struct api *api, struct kill_work *work,
                        const struct sight_session *session)
{
    struct api_call *call = work->call;
    struct audit_record record = {
        .kind = AUDIT_kill,
        .time_us = api->backend.now_us(api->backend.owner),
        .session = session->id,
        .peer = call->peer,
        .target = session->target,
        .message = work->reason,
    };
    struct buf person, detail;
    struct json_writer w;

    buf_init(&person, AUDIT_IDENTITY_MAX);
    json_writer_init(&w, &person);
    json_object_begin(&w);
    api_put_text(&w, "issuer", call->identity.issuer);
    api_put_text(&w, "subject", call->identity.subject);
    api_put_text(&w, "name", call->identity.display_name);
    json_object_end(&w);
    buf_init(&detail, AUDIT_JSON_MAX);
    json_writer_init(&w, &detail);
    json_object_begin(&w);
    api_put_person(&w, "of", session->issuer, session->subject, session->name);
    json_object_end(&w);
    record.identity_json = buf_str(&person);
    record.detail_json = buf_str(&detail);
    api->backend.record(api->backend.owner, &record, on_kill_recorded, work);
    buf_release(&person);
    buf_release(&detail);
}

void handle_session_kill(struct api *api, struct api_call *call)
{
    static const char *const members[] = {"reason", NULL};
    const struct sight_session *session = find(api, call);
    struct kill_work *work = session ? arena_new(&call->arena, struct kill_work) : NULL;
    json_t *body = work ? api_body(call, members) : NULL;
    bool ok;

    if (session && !work)
        api_problem(call, PROBLEM_memory, STR_NONE);
    if (!body)
        return;
    *work = (struct kill_work){.call = call, .session = session->id};
    ok = api_body_text(call, body, "reason", REASON_MAX, &work->reason);
    json_decref(body);
    if (!ok)
        return;
    if (may_kill(call, session))
        record_kill(api, work, session);
    else
        api_problem(call, PROBLEM_forbidden, STR("only admins end sessions of others"));
}

/* ---- issued logins ---- */

void handle_logins(struct api *api, struct api_call *call)
{
    bool all = call->role >= API_VIEWER;
    const struct login_row *rows;
    struct json_writer w;
    size_t count;

    if (store_login_list(api->store, all ? STR_NONE : call->identity.issuer,
                         all ? STR_NONE : call->identity.subject,
                         api->backend.now_us(api->backend.owner), LIMIT_API_PAGE, &call->arena,
                         &rows, &count) != STORE_OK) {
        api_problem(call, PROBLEM_store, STR_NONE);
        return;
    }
    api_json_begin(call, &w);
    json_object_begin(&w);
    json_key(&w, "items");
    json_array_begin(&w);
    for (size_t i = 0; i < count; i++) {
        json_object_begin(&w);
        api_put_text(&w, "user", rows[i].user);
        api_put_person(&w, "identity", rows[i].issuer, rows[i].subject, rows[i].name);
        api_put_text(&w, "target", rows[i].target);
        api_put_time(&w, "issued", rows[i].issued_us);
        api_put_time(&w, "expires", rows[i].expires_us);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    api_answer(call, 200);
}

struct issue_work {
    struct api_call *call;
    struct str target;
};

static void note_login(struct api_call *call, const struct issue_work *work, struct str user,
                       int64_t expires_s)
{
    struct login_row row = {
        .user = user,
        .issuer = call->identity.issuer,
        .subject = call->identity.subject,
        .name = call->identity.display_name,
        .target = work->target,
        .issued_us = call->api->backend.now_us(call->api->backend.owner),
        .expires_us = expires_s * 1000000,
    };

    (void)store_login_insert(call->api->store, &row); /* the keeper's word is what counts */
}

static void on_issued(void *arg, struct str user, const struct secret *password, int64_t expires_s,
                      struct str problem)
{
    struct issue_work *work = arg;
    struct api_call *call = work->call;
    struct json_writer w;

    if (user.len == 0) {
        api_problem(call, PROBLEM_login_refused, problem);
        return;
    }
    note_login(call, work, user, expires_s);
    api_json_begin(call, &w);
    json_object_begin(&w);
    api_put_text(&w, "user", user);
    api_put_text(&w, "password", str_make(password->bytes, password->len));
    api_put_text(&w, "target", work->target);
    api_put_time(&w, "expires", expires_s * 1000000);
    json_object_end(&w);
    api_answer(call, 201);
}

static bool is_visible(const struct api *api, const struct api_call *call, struct str target)
{
    const struct api_backend *backend = &api->backend;

    for (size_t i = 0; i < api->config->target_count; i++)
        if (str_equal(api->config->targets[i].name, target))
            return backend->target_visible(backend->owner, &call->identity, i);
    return false;
}

void handle_login_issue(struct api *api, struct api_call *call)
{
    static const char *const members[] = {"target", "minutes", NULL};
    struct issue_work *work = arena_new(&call->arena, struct issue_work);
    int64_t most = api->config->control.login_ms / 60000, minutes;
    json_t *body = work ? api_body(call, members) : NULL;
    bool ok;

    if (!work)
        api_problem(call, PROBLEM_memory, STR_NONE);
    if (!body)
        return;
    most = most < 1 ? 1 : most;
    work->call = call;
    ok = api_body_text(call, body, "target", LIMIT_APPROVAL_NAME, &work->target) &&
         api_body_integer(call, body, "minutes", 1, most,
                          most < LOGIN_MINUTES ? most : LOGIN_MINUTES, &minutes);
    json_decref(body);
    if (!ok)
        return;
    if (!is_visible(api, call, work->target))
        api_problem(call, PROBLEM_parameter,
                    STR("target is the name of a target that some policy opens to you"));
    else
        api->backend.login_issue(api->backend.owner, call->identity_json, work->target,
                                 (uint32_t)(minutes * 60), on_issued, work);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the other processes say: who is there, approvals that workers ask for, status, keys that
 * are wanted.
 *
 * An answer to a worker may come after that worker died and another took its place behind the same
 * channel: `connects` tells them apart, and the late answer is dropped.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "roles/control.h"
#include <unistd.h>

/* ---- who is there ---- */

static struct control_worker *worker_at(struct control *control, uint16_t index)
{
    struct control_worker *worker;

    if (index >= CONTROL_WORKERS_MAX)
        return NULL;
    if (control->workers[index])
        return control->workers[index];
    worker = calloc(1, sizeof(*worker));
    if (!worker)
        return NULL;
    worker->control = control;
    worker->index = index;
    worker->channel = ipc_channel_new(control->process->base, ROLE_CONTROL, ROLE_WORKER, index,
                                      &control_handlers, control);
    if (!worker->channel) {
        free(worker);
        return NULL;
    }
    control->workers[index] = worker;
    return worker;
}

static void take_worker(struct control *control, uint16_t index, int fd)
{
    struct control_worker *worker = worker_at(control, index);

    sight_lose(&control->sight, role_name(ROLE_WORKER), index);
    if (!worker) {
        if (fd >= 0)
            close(fd);
        return;
    }
    worker->connects++;
    if (fd >= 0)
        ipc_channel_connect(worker->channel, fd);
    else
        ipc_channel_close(worker->channel);
}

static void on_peer(void *owner, struct ipc_channel *channel, const struct ipc_peer *m)
{
    struct control *control = owner;
    struct ipc_channel *peer = NULL;

    (void)channel;
    if (m->role == ROLE_WORKER) {
        take_worker(control, m->index, m->channel);
        return;
    }
    if (m->role == ROLE_KEEPER)
        peer = control->keeper;
    else if (m->role == ROLE_RECORDER)
        peer = control->recorder;
    if (peer)
        sight_lose(&control->sight, role_name(ipc_channel_peer(peer)), m->index);
    if (peer && m->channel >= 0)
        ipc_channel_connect(peer, m->channel);
    else if (peer)
        ipc_channel_close(peer);
    else if (m->channel >= 0)
        close(m->channel);
    if (peer == control->keeper && m->channel >= 0 && control->issuers)
        issuers_repeat(control->issuers);
}

static void on_listener(void *owner, struct ipc_channel *channel, const struct ipc_listener *m)
{
    struct control *control = owner;

    (void)channel;
    if (m->socket < 0)
        return;
    if (control->http) {
        http_server_listen(control->http, m->socket);
    } else {
        if (control->listener >= 0)
            close(control->listener);
        control->listener = m->socket;
    }
}

static void on_drain(void *owner, struct ipc_channel *channel, const struct ipc_drain *m)
{
    struct control *control = owner;

    (void)channel;
    control->draining = true;
    control->drain_ends_ms = clock_monotonic_ms() + m->deadline_ms;
    if (control->http)
        http_server_stop(control->http);
}

static void on_closed(void *owner, struct ipc_channel *channel, const char *violation)
{
    struct control *control = owner;
    enum role peer = ipc_channel_peer(channel);

    if (violation)
        log_event(LOG_ipc_violation, log_text("peer", role_name(peer)),
                  log_text("problem", violation));
    if (peer == ROLE_SUPERVISOR)
        event_base_loopexit(control->process->base, NULL);
    else
        sight_lose(&control->sight, role_name(peer), ipc_channel_peer_index(channel));
}

/* ---- status, keys ---- */

static void on_status(void *owner, struct ipc_channel *channel, const struct ipc_status *m)
{
    struct control *control = owner;
    uint16_t index = ipc_channel_peer_index(channel);
    const struct sight_session *session;
    size_t process = 0, position = 0;
    int64_t now_us = control_now_us(control);

    if (!sight_take(&control->sight, role_name(ipc_channel_peer(channel)), index, now_us,
                    m->metrics, m->sessions)) {
        log_event(LOG_status_bad, log_text("peer", role_name(ipc_channel_peer(channel))));
        return;
    }
    while (control->store && (session = sight_next(&control->sight, &process, &position)))
        if (session->worker == index)
            seen_note(&control->api.seen, control->store, session->issuer, session->subject,
                      session->name, STR_NONE, now_us);
}

static void on_keys_wanted(void *owner, struct ipc_channel *channel,
                           const struct ipc_keys_wanted *m)
{
    struct control *control = owner;

    (void)channel;
    if (control->issuers)
        issuers_want(control->issuers, m->issuer);
}

/* ---- approvals ---- */

/* A worker's question that is under way. */
struct question {
    struct control_worker *worker;
    uint64_t connects;
    uint32_t tag;
};

static struct question *question_new(struct control *control, struct ipc_channel *channel,
                                     uint32_t tag)
{
    struct control_worker *worker = worker_at(control, ipc_channel_peer_index(channel));
    struct question *question = worker ? malloc(sizeof(*question)) : NULL;

    if (question)
        *question = (struct question){worker, worker->connects, tag};
    return question;
}

/* Who asked is still there. */
static bool is_current(const struct question *question)
{
    return question->worker->connects == question->connects;
}

static void send_not_filed(struct ipc_channel *channel, uint32_t tag, enum problem problem)
{
    ipc_send_approval_state(channel, &(struct ipc_approval_state){
                                         .tag = tag,
                                         .ok = false,
                                         .reason = str_of(problem_info(problem)->title),
                                     });
}

static void on_asked(void *arg, enum problem problem, const struct approval *approval)
{
    struct question *question = arg;

    if (is_current(question) && problem)
        send_not_filed(question->worker->channel, question->tag, problem);
    else if (is_current(question))
        ipc_send_approval_state(question->worker->channel,
                                &(struct ipc_approval_state){
                                    .tag = question->tag,
                                    .ok = true,
                                    .id = str_of(approval->id),
                                    .state = (uint8_t)approval->state,
                                    .expires = (uint64_t)(approval->expires_us / 1000000),
                                    .approvals = approval_count(approval),
                                    .needed = approval->ask.count,
                                    .reason = approval->outcome,
                                });
    free(question);
}

static void on_approval_ask(void *owner, struct ipc_channel *channel,
                            const struct ipc_approval_ask *m)
{
    struct control *control = owner;
    struct question *question = question_new(control, channel, m->tag);
    struct identity identity;
    struct arena arena;
    char session[17];

    arena_init(&arena, (size_t)1 << 20);
    snprintf(session, sizeof(session), "%016llx", (unsigned long long)m->session);
    if (!question || !control->store || !identity_decode(m->identity, &arena, &identity)) {
        send_not_filed(channel, m->tag, PROBLEM_internal);
        free(question);
    } else {
        struct approval_ask ask = {
            .issuer = identity.issuer,
            .subject = identity.subject,
            .name = identity.display_name,
            .session = str_of(session),
            .target = m->target,
            .statement = m->text,
            .values = m->values,
            .objects = m->objects,
            .reason = m->reason,
            .rule = m->rule,
            .summary = m->analysis,
            .groups = m->approvers,
            .count = m->count,
            .valid_us = (int64_t)m->valid_s * 1000000,
            .explicit_request = m->explicit_request,
        };
        approval_service_ask(&control->approvals, &ask, on_asked, question);
    }
    arena_release(&arena);
}

/* The people who approved, for the statement's own record. */
static void put_approvers(struct buf *out, const struct approval *approval)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_array_begin(&w);
    for (size_t i = 0; i < approval->vote_count; i++) {
        json_object_begin(&w);
        json_key(&w, "issuer");
        json_text(&w, approval->votes[i].issuer);
        json_key(&w, "subject");
        json_text(&w, approval->votes[i].subject);
        json_object_end(&w);
    }
    json_array_end(&w);
}

static void on_used(void *arg, enum problem problem, const struct approval *approval)
{
    struct question *question = arg;
    struct buf approvers;

    buf_init(&approvers, 60000);
    if (!problem)
        put_approvers(&approvers, approval);
    if (is_current(question))
        ipc_send_approval_used(
            question->worker->channel,
            &(struct ipc_approval_used){
                .tag = question->tag,
                .ok = !problem,
                .approvers = buf_str(&approvers),
                .problem = problem ? str_of(problem_info(problem)->title) : STR_NONE,
            });
    buf_release(&approvers);
    free(question);
}

static void on_approval_use(void *owner, struct ipc_channel *channel,
                            const struct ipc_approval_use *m)
{
    struct control *control = owner;
    struct question *question = question_new(control, channel, m->tag);

    if (question && control->store && m->fingerprint.len == APPROVAL_FINGERPRINT) {
        approval_service_use(&control->approvals, m->id, (const unsigned char *)m->fingerprint.ptr,
                             on_used, question);
        return;
    }
    ipc_send_approval_used(channel, &(struct ipc_approval_used){
                                        .tag = m->tag,
                                        .ok = false,
                                        .problem = STR("the fingerprint is malformed"),
                                    });
    free(question);
}

static void put_listed(struct json_writer *w, const struct approval *approval)
{
    char created[CLOCK_TEXT_SIZE], expires[CLOCK_TEXT_SIZE];

    clock_format_us(approval->created_us, created);
    clock_format_us(approval->expires_us, expires);
    const struct {
        const char *key;
        struct str text;
    } members[] = {
        {"id", str_of(approval->id)},     {"state", str_of(approval_state_text(approval->state))},
        {"target", approval->ask.target}, {"text", approval->ask.statement},
        {"made", str_of(created)},        {"expires", str_of(expires)},
        {"reason", approval->ask.reason}, {"outcome", approval->outcome},
    };
    json_object_begin(w);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        json_key(w, members[i].key);
        json_text(w, members[i].text);
    }
    json_key(w, "approvals");
    json_u64(w, approval_count(approval));
    json_key(w, "needed");
    json_u64(w, approval->ask.count);
    json_object_end(w);
}

static void on_approval_list(void *owner, struct ipc_channel *channel,
                             const struct ipc_approval_list *m)
{
    struct control *control = owner;
    struct approval_filter filter = {.limit = LIMIT_APPROVAL_ROWS};
    const struct approval *rows = NULL;
    struct identity identity;
    struct arena arena;
    struct json_writer w;
    struct buf json;
    size_t count = 0;

    arena_init(&arena, (size_t)16 << 20);
    buf_init(&json, (size_t)900 << 10);
    if (control->store && identity_decode(m->identity, &arena, &identity)) {
        filter.issuer = identity.issuer;
        filter.subject = identity.subject;
        (void)store_approval_list(control->store, &filter, &arena, &rows, &count);
    }
    json_writer_init(&w, &json);
    json_array_begin(&w);
    for (size_t i = 0; i < count && json.len < ((size_t)700 << 10); i++)
        put_listed(&w, &rows[i]);
    json_array_end(&w);
    ipc_send_approval_listed(
        channel, &(struct ipc_approval_listed){.tag = m->tag, .requests = buf_str(&json)});
    buf_release(&json);
    arena_release(&arena);
}

const struct ipc_handlers control_handlers = {
    .configure = control_on_configure,
    .peer = on_peer,
    .listener = on_listener,
    .drain = on_drain,
    .status = on_status,
    .keys_wanted = on_keys_wanted,
    .approval_ask = on_approval_ask,
    .approval_use = on_approval_use,
    .approval_list = on_approval_list,
    .closed = on_closed,
};

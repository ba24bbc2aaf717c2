/* SPDX-License-Identifier: Apache-2.0
 *
 * The worker: the data path's process. It takes what the supervisor hands it (configuration,
 * listeners, channels to the other roles, the ring) and gives sessions what they need of those,
 * as session/ops.h says. All that a session does is in src/session.
 */
#include "audit/record.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "identity/identity.h"
#include "ipc/ring.h"
#include "roles/role.h"
#include "session/check.h"
#include "session/session.h"
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENERS_MAX    64
#define ACCEPT_MOST      4    /* connections taken at one wake-up */
#define ACCEPT_REST_MS   1    /* before the next: time for another worker to take its share */
#define VERIFY_MS        10000
#define PRIME_MS         15000
#define CONTROL_MS       10000
#define PROBLEMS_MAX     ((size_t)1 << 20)
#define BACKLOG_MAX      ((size_t)32 << 20)
#define STATUS_EVERY_S   2
#define STATUS_SESSIONS_MAX ((size_t)4 << 20)

struct worker;

struct worker_listener {
    struct worker *worker;
    size_t index;
    int fd; /* -1: none */
    struct event *event;
    struct event *rest; /* `event` is off until it fires */
    int at_once;        /* connections to take at the next wake-up */
};

struct worker {
    const struct role_process *process;
    struct event_base *base;
    struct net_loop loop;
    struct session_world world;
    struct metrics metrics;
    struct ipc_channel *supervisor, *keeper, *control;
    struct ring *ring;
    struct event *ring_event;
    bool awaiting;
    struct buf backlog; /* length, record; ... */
    struct worker_listener listeners[LISTENERS_MAX];
    struct event *status_timer;
    struct event *drain_timer;
    uint16_t workers; /* how many listen to the same sockets */
    bool configured, draining;
};

/* ---- what sessions need ---- */

static uint32_t op_verify(void *context, const struct ipc_verify *ask,
                          void (*done)(void *, const struct ipc_verified *), void *owner)
{
    struct worker *worker = context;
    return worker->keeper ? ipc_ask_verify(worker->keeper, ask, VERIFY_MS, done, owner) : 0;
}

static uint32_t op_login_verify(void *context, const struct ipc_login_verify *ask,
                                void (*done)(void *, const struct ipc_verified *), void *owner)
{
    struct worker *worker = context;
    return worker->keeper ? ipc_ask_login_verify(worker->keeper, ask, VERIFY_MS, done, owner) : 0;
}

static uint32_t op_answer(void *context, const struct ipc_answer *ask,
                          void (*done)(void *, const struct ipc_answered *), void *owner)
{
    struct worker *worker = context;
    return worker->keeper ? ipc_ask_answer(worker->keeper, ask, VERIFY_MS, done, owner) : 0;
}

static uint32_t op_prime(void *context, const struct ipc_prime *ask,
                         void (*done)(void *, const struct ipc_primed *), void *owner)
{
    struct worker *worker = context;
    return worker->keeper ? ipc_ask_prime(worker->keeper, ask, PRIME_MS, done, owner) : 0;
}

static uint32_t op_dial(void *context, const struct ipc_dial *ask,
                        void (*done)(void *, const struct ipc_dialled *), void *owner)
{
    struct worker *worker = context;
    const struct session_target *target = world_target(&worker->world, ask->target);
    uint32_t wait = target ? (uint32_t)target->settings->connect_ms : VERIFY_MS;
    return ipc_ask_dial(worker->supervisor, ask, wait, done, owner);
}

static uint32_t op_approval_ask(void *context, const struct ipc_approval_ask *ask,
                                void (*done)(void *, const struct ipc_approval_state *),
                                void *owner)
{
    struct worker *worker = context;
    return worker->control ? ipc_ask_approval_ask(worker->control, ask, CONTROL_MS, done, owner)
                           : 0;
}

static uint32_t op_approval_use(void *context, const struct ipc_approval_use *ask,
                                void (*done)(void *, const struct ipc_approval_used *),
                                void *owner)
{
    struct worker *worker = context;
    return worker->control ? ipc_ask_approval_use(worker->control, ask, CONTROL_MS, done, owner)
                           : 0;
}

static uint32_t op_approval_list(void *context, const struct ipc_approval_list *ask,
                                 void (*done)(void *, const struct ipc_approval_listed *),
                                 void *owner)
{
    struct worker *worker = context;
    return worker->control ? ipc_ask_approval_list(worker->control, ask, CONTROL_MS, done, owner)
                           : 0;
}

static void op_forget(void *context, enum session_peer peer, uint32_t tag)
{
    struct worker *worker = context;
    struct ipc_channel *channel = NULL;
    switch (peer) {
    case SESSION_PEER_SUPERVISOR:
        channel = worker->supervisor;
        break;
    case SESSION_PEER_KEEPER:
        channel = worker->keeper;
        break;
    case SESSION_PEER_CONTROL:
        channel = worker->control;
        break;
    }
    if (channel)
        ipc_forget(channel, tag);
}

static void op_session_open(void *context, uint64_t session, struct str target)
{
    struct worker *worker = context;
    if (worker->keeper)
        ipc_send_session_open(worker->keeper,
                              &(struct ipc_session_open){.session = session, .target = target});
}

static void op_catalog_touched(void *context, struct str target)
{
    struct worker *worker = context;
    ipc_send_catalog_touched(worker->supervisor, &(struct ipc_catalog_touched){.target = target});
}

static void op_session_close(void *context, uint64_t session)
{
    struct worker *worker = context;
    if (worker->keeper)
        ipc_send_session_close(worker->keeper,
                               &(struct ipc_session_close){.session = session});
}

/* Records of what has happened already can't be refused: they wait here for room in the ring, in
 * front of all others. False: they still wait. */
static bool backlog_flush(struct worker *worker)
{
    struct cursor c = cursor_over(buf_str(&worker->backlog));
    size_t taken = 0;
    while (cursor_left(&c) > 0) {
        size_t n = cursor_u32(&c);
        if (!worker->ring || ring_put(worker->ring, cursor_bytes(&c, n)) == 0)
            break;
        taken += 4 + n;
    }
    buf_consume(&worker->backlog, taken);
    if (worker->backlog.len > 0)
        return false;
    buf_release(&worker->backlog);
    return true;
}

static bool is_afterwards(enum audit_kind kind)
{
    return kind == AUDIT_outcome || kind == AUDIT_logout;
}

static void backlog_put(struct worker *worker, const struct audit_record *record)
{
    struct buf out;
    buf_init(&out, LIMIT_AUDIT_RECORD);
    if (audit_record_put(record, &out) && buf_reserve(&worker->backlog, out.len + 4)) {
        buf_put_u32(&worker->backlog, (uint32_t)out.len);
        buf_put_str(&worker->backlog, buf_str(&out));
    }
    worker->backlog.failed = false;
    buf_release(&out);
}

static uint64_t op_record(void *context, const struct audit_record *record)
{
    struct worker *worker = context;
    char *at = NULL;
    if (backlog_flush(worker) && worker->ring)
        at = ring_reserve(worker->ring, LIMIT_AUDIT_RECORD);
    size_t n = at ? audit_record_encode(record, at, LIMIT_AUDIT_RECORD) : 0;
    if (n > 0)
        return ring_commit(worker->ring, n);
    if (is_afterwards(record->kind))
        backlog_put(worker, record);
    return 0;
}

static bool op_record_later(void *context)
{
    const struct worker *worker = context;
    return worker->ring && ring_accepting(worker->ring);
}

static void op_want_durable(void *context, uint64_t sequence)
{
    struct worker *worker = context;
    if (worker->ring)
        ring_want_durable(worker->ring, sequence);
}

static bool op_durable(void *context, uint64_t sequence)
{
    struct worker *worker = context;
    return worker->ring && ring_durable(worker->ring, sequence);
}

static void op_await_durable(void *context, bool wanted)
{
    struct worker *worker = context;
    if (!worker->ring || wanted == worker->awaiting)
        return;
    worker->awaiting = wanted;
    if (wanted)
        ring_await(worker->ring);
    else
        ring_await_stop(worker->ring);
}

static int64_t op_realtime(void *context)
{
    (void)context;
    return clock_realtime_us();
}

static const struct session_ops ops = {
    .verify = op_verify,
    .login_verify = op_login_verify,
    .answer = op_answer,
    .prime = op_prime,
    .dial = op_dial,
    .approval_ask = op_approval_ask,
    .approval_use = op_approval_use,
    .approval_list = op_approval_list,
    .forget = op_forget,
    .session_open = op_session_open,
    .catalog_touched = op_catalog_touched,
    .session_close = op_session_close,
    .record = op_record,
    .record_later = op_record_later,
    .durable = op_durable,
    .want_durable = op_want_durable,
    .await_durable = op_await_durable,
    .realtime_us = op_realtime,
};

/* ---- accepting ---- */

static void peer_text(const struct sockaddr_storage *address, char *out, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(out, size, "%s:%u", host, ntohs(in->sin_port));
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)address;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        snprintf(out, size, "[%s]:%u", host, ntohs(in6->sin6_port));
    } else {
        snprintf(out, size, "unix");
    }
}

/* False when there is none to take. */
static bool accept_one(struct worker_listener *listener)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    char peer[64];
    int client = accept4(listener->fd, (struct sockaddr *)&address, &length,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0)
        return false;
    peer_text(&address, peer, sizeof peer);
    session_accept(&listener->worker->world, listener->index, client, peer);
    return true;
}

/* All workers wake for a connection. So that the fastest does not end up with all of them, each
 * takes one and rests; as long as there are more than that, twice as many each time. */
static void on_accept(evutil_socket_t fd, short what, void *data)
{
    struct worker_listener *listener = data;
    struct worker *worker = listener->worker;
    const struct timeval rest = {0, ACCEPT_REST_MS * 1000};
    int taken = 0;
    (void)fd;
    (void)what;
    net_loop_wake(&worker->loop);
    while (taken < listener->at_once && accept_one(listener))
        taken++;
    if (taken == listener->at_once && worker->workers > 1 && listener->event) {
        event_del(listener->event);
        evtimer_add(listener->rest, &rest);
        if (listener->at_once < ACCEPT_MOST)
            listener->at_once *= 2;
    } else {
        listener->at_once = worker->workers > 1 ? 1 : ACCEPT_MOST;
    }
    net_loop_settle(&worker->loop);
}

static void on_rested(evutil_socket_t fd, short what, void *data)
{
    struct worker_listener *listener = data;
    (void)fd;
    (void)what;
    if (listener->event)
        event_add(listener->event, NULL);
}

static void listener_close(struct worker_listener *listener)
{
    if (listener->event)
        event_free(listener->event);
    if (listener->rest)
        event_free(listener->rest);
    listener->event = listener->rest = NULL;
    if (listener->fd >= 0)
        close(listener->fd);
    listener->fd = -1;
}

static void on_listener(void *owner, struct ipc_channel *channel, const struct ipc_listener *m)
{
    struct worker *worker = owner;
    (void)channel;
    if (m->index >= LISTENERS_MAX || worker->draining) {
        if (m->socket >= 0)
            close(m->socket);
        return;
    }
    struct worker_listener *listener = &worker->listeners[m->index];
    listener_close(listener);
    if (m->socket < 0)
        return;
    listener->fd = m->socket;
    listener->at_once = 1;
    listener->rest = evtimer_new(worker->base, on_rested, listener);
    listener->event =
        event_new(worker->base, m->socket, EV_READ | EV_PERSIST, on_accept, listener);
    if (!listener->rest || !listener->event || event_add(listener->event, NULL) != 0)
        listener_close(listener);
}

/* ---- configuration ---- */

static bool zone_fetch(void *context, struct str zone, struct str *ret_tzif)
{
    struct buf name;
    buf_init(&name, 512);
    buf_put_str(&name, STR("zone:"));
    buf_put_str(&name, zone);
    bool found = ipc_pack_find(*(const struct str *)context, buf_str(&name), ret_tzif);
    buf_release(&name);
    return found;
}

static struct str file_fetch(void *context, struct str path)
{
    const struct ipc_configure *m = context;
    struct str text = STR_NONE;
    if (!ipc_pack_find(m->files, path, &text))
        (void)ipc_pack_find(str_make(m->secrets.bytes, m->secrets.len), path, &text);
    return text;
}

static struct policy_set *policies_load(const struct ipc_configure *m,
                                        struct config_problems *problems, struct arena *arena)
{
    struct policy_file *files = NULL;
    size_t count = 0, capacity = 0;
    struct cursor cursor = cursor_over(m->files);
    struct str name, text, pack = m->files;
    while (role_next_policy(&cursor, &name, &text)) {
        struct policy_file *file = arena_push(arena, &files, &count, &capacity, sizeof *file);
        if (!file)
            return NULL;
        *file = (struct policy_file){.name = name, .text = text};
    }
    return policy_set_load(files, count, zone_fetch, &pack, problems);
}

static bool configure(struct worker *worker, const struct ipc_configure *m, struct buf *problem)
{
    struct config_problems problems;
    struct arena arena;
    struct str text, system_ca = STR_NONE;
    char what[300] = "";
    arena_init(&arena, PROBLEMS_MAX);
    config_problems_init(&problems, &arena);
    struct config *config = ipc_pack_find(m->files, m->main_path, &text)
                                ? config_parse(m->main_path, text, &problems)
                                : NULL;
    struct policy_set *policy = config ? policies_load(m, &problems, &arena) : NULL;
    (void)ipc_pack_find(m->files, STR("system-ca"), &system_ca);
    bool ok = policy && world_configure(&worker->world, config, policy, file_fetch,
                                        (void *)(uintptr_t)m, system_ca, what, sizeof what);
    if (!ok) {
        config_problems_print(&problems, problem);
        buf_put_str(problem, str_of(what));
    }
    if (policy)
        policy_set_unref(policy);
    if (config)
        config_unref(config);
    arena_release(&arena);
    return ok;
}

static void on_configure(void *owner, struct ipc_channel *channel, const struct ipc_configure *m)
{
    struct worker *worker = owner;
    struct buf problem;
    net_loop_wake(&worker->loop);
    buf_init(&problem, 60000);
    bool ok = configure(worker, m, &problem);
    if (ok) {
        worker->configured = true;
        worker->workers = m->workers;
        worker->world.sessions_base = m->sessions_base;
        for (size_t i = worker->world.listener_count; i < LISTENERS_MAX; i++)
            listener_close(&worker->listeners[i]);
    }
    ipc_send_configured(channel, &(struct ipc_configured){
                                     .generation = m->generation,
                                     .ok = ok,
                                     .problem = buf_str(&problem),
                                     .sandbox = str_of(worker->process->sandbox),
                                 });
    buf_release(&problem);
    net_loop_settle(&worker->loop);
}

/* ---- the ring ---- */

static void on_ring_wake(evutil_socket_t fd, short what, void *data)
{
    struct worker *worker = data;
    (void)fd;
    (void)what;
    net_loop_wake(&worker->loop);
    ring_woken(worker->ring);
    world_durable_moved(&worker->world);
    net_loop_settle(&worker->loop);
}

static void ring_drop(struct worker *worker)
{
    if (worker->ring_event)
        event_free(worker->ring_event);
    worker->ring_event = NULL;
    if (worker->ring)
        ring_close(worker->ring);
    worker->ring = NULL;
    worker->awaiting = false;
}

static void on_ring(void *owner, struct ipc_channel *channel, const struct ipc_ring *m)
{
    struct worker *worker = owner;
    (void)channel;
    ring_drop(worker);
    worker->ring = ring_open_writer(m->memory, m->wake_recorder, m->wake_worker);
    if (!worker->ring)
        return;
    worker->ring_event = event_new(worker->base, ring_wake_fd(worker->ring),
                                   EV_READ | EV_PERSIST, on_ring_wake, worker);
    if (!worker->ring_event || event_add(worker->ring_event, NULL) != 0)
        ring_drop(worker);
}

/* ---- the others ---- */

static void on_kill(void *owner, struct ipc_channel *channel, const struct ipc_kill *m)
{
    struct worker *worker = owner;
    (void)channel;
    net_loop_wake(&worker->loop);
    world_kill(&worker->world, m->session, m->issuer, m->subject, m->reason);
    net_loop_settle(&worker->loop);
}

/* Who asked what would be decided. */
struct worker_check {
    struct ipc_channel *channel;
    uint32_t tag;
};

static void on_check_done(void *arg, struct str decisions, struct str problem)
{
    struct worker_check *check = arg;
    ipc_send_checked(check->channel, &(struct ipc_checked){.tag = check->tag,
                                                           .decisions = decisions,
                                                           .problem = problem});
    free(check);
}

static void on_check(void *owner, struct ipc_channel *channel, const struct ipc_check *m)
{
    struct worker *worker = owner;
    struct worker_check *check = malloc(sizeof *check);
    if (!check)
        return; /* the asker's time runs out */
    *check = (struct worker_check){channel, m->tag};
    net_loop_wake(&worker->loop);
    if (worker->configured)
        check_begin(&worker->world, m->identity, m->target, m->schema, m->text, on_check_done,
                    check);
    else
        on_check_done(check, STR_NONE, STR("the worker is not configured yet"));
    net_loop_settle(&worker->loop);
}

static void on_approval_changed(void *owner, struct ipc_channel *channel,
                                const struct ipc_approval_changed *m)
{
    struct worker *worker = owner;
    (void)channel;
    net_loop_wake(&worker->loop);
    world_approval_changed(&worker->world, m->id, m->state, m->fingerprint, m->reason);
    net_loop_settle(&worker->loop);
}

static void on_catalog_changed(void *owner, struct ipc_channel *channel,
                               const struct ipc_catalog_changed *m)
{
    struct worker *worker = owner;
    (void)channel;
    world_catalog_changed(&worker->world, m->target);
}

static void on_drain(void *owner, struct ipc_channel *channel, const struct ipc_drain *m)
{
    struct worker *worker = owner;
    (void)channel;
    net_loop_wake(&worker->loop);
    worker->draining = true;
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        listener_close(&worker->listeners[i]);
    world_drain(&worker->world, m->deadline_ms);
    net_loop_settle(&worker->loop);
    struct timeval soon = {0, 50000};
    event_add(worker->drain_timer, &soon);
}

static void on_drain_timer(evutil_socket_t fd, short what, void *data)
{
    struct worker *worker = data;
    (void)fd;
    (void)what;
    if (worker->world.session_count == 0)
        event_base_loopexit(worker->base, NULL);
}

static void on_peer(void *owner, struct ipc_channel *channel, const struct ipc_peer *m);

static void on_closed(void *owner, struct ipc_channel *channel, const char *violation)
{
    struct worker *worker = owner;
    if (violation)
        log_event(LOG_ipc_violation, log_text("peer", role_name(ipc_channel_peer(channel))),
                  log_text("problem", violation));
    if (channel == worker->supervisor)
        event_base_loopexit(worker->base, NULL);
}

static const struct ipc_handlers handlers = {
    .configure = on_configure,
    .peer = on_peer,
    .listener = on_listener,
    .ring = on_ring,
    .drain = on_drain,
    .catalog_changed = on_catalog_changed,
    .check = on_check,
    .kill = on_kill,
    .approval_changed = on_approval_changed,
    .closed = on_closed,
};

static void on_peer(void *owner, struct ipc_channel *channel, const struct ipc_peer *m)
{
    struct worker *worker = owner;
    struct ipc_channel **slot = m->role == ROLE_KEEPER    ? &worker->keeper
                                : m->role == ROLE_CONTROL ? &worker->control
                                                          : NULL;
    (void)channel;
    if (slot && !*slot)
        *slot = ipc_channel_new(worker->base, ROLE_WORKER, (enum role)m->role, m->index,
                                &handlers, worker);
    if (!slot || !*slot) {
        if (m->channel >= 0)
            close(m->channel);
        return;
    }
    if (m->channel >= 0)
        ipc_channel_connect(*slot, m->channel);
    else
        ipc_channel_close(*slot);
}

static void on_status(evutil_socket_t fd, short what, void *data)
{
    struct worker *worker = data;
    struct buf metrics, sessions;
    (void)fd;
    (void)what;
    (void)backlog_flush(worker);
    if (!worker->control || !ipc_channel_connected(worker->control))
        return;
    buf_init(&metrics, 65536);
    buf_init(&sessions, STATUS_SESSIONS_MAX);
    metrics_encode(&metrics, &worker->metrics);
    world_sessions_json(&worker->world, &sessions);
    if (sessions.failed) {
        buf_clear(&sessions);
        buf_put_str(&sessions, STR("[]"));
    }
    ipc_send_status(worker->control, &(struct ipc_status){.metrics = buf_str(&metrics),
                                                          .sessions = buf_str(&sessions)});
    buf_release(&metrics);
    buf_release(&sessions);
}

/* ---- life ---- */

static bool worker_start(struct worker *worker)
{
    struct timeval every = {STATUS_EVERY_S, 0};
    if (!net_loop_init(&worker->loop, worker->base) ||
        !world_init(&worker->world, &worker->loop, &ops, worker, &worker->metrics))
        return false;
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        worker->listeners[i] = (struct worker_listener){.worker = worker, .index = i, .fd = -1};
    worker->supervisor =
        ipc_channel_new(worker->base, ROLE_WORKER, ROLE_SUPERVISOR, 0, &handlers, worker);
    worker->status_timer = event_new(worker->base, -1, EV_PERSIST, on_status, worker);
    worker->drain_timer = event_new(worker->base, -1, EV_PERSIST, on_drain_timer, worker);
    if (!worker->supervisor || !worker->status_timer || !worker->drain_timer ||
        event_add(worker->status_timer, &every) != 0)
        return false;
    ipc_channel_connect(worker->supervisor, worker->process->supervisor);
    return true;
}

static void worker_end(struct worker *worker)
{
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        listener_close(&worker->listeners[i]);
    if (worker->world.readings)
        world_release(&worker->world);
    (void)backlog_flush(worker);
    buf_release(&worker->backlog);
    net_loop_release(&worker->loop);
    ring_drop(worker);
    struct ipc_channel *channels[] = {worker->keeper, worker->control, worker->supervisor};
    for (size_t i = 0; i < ARRAY_LEN(channels); i++) {
        if (channels[i])
            ipc_channel_free(channels[i]);
    }
    if (worker->status_timer)
        event_free(worker->status_timer);
    if (worker->drain_timer)
        event_free(worker->drain_timer);
    free(worker);
}

int worker_main(const struct role_process *process)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker || !identity_prepare())
        return 1;
    worker->process = process;
    buf_init(&worker->backlog, BACKLOG_MAX);
    worker->base = process->base;
    bool ok = worker_start(worker);
    if (ok)
        event_base_dispatch(worker->base);
    worker_end(worker);
    return ok ? 0 : 1;
}

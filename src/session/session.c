/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include <openssl/ssl.h>
#include <unistd.h>

#define HELD_ARENA ((size_t)1 << 20) /* above all bounds of a request for approval */
#define CLOSING_MS     2000
#define KILLED_MS      5000 /* from KILL QUERY to the end of the answer */
#define BARE_LOGIN_MAX ((size_t)16 << 10) /* bytes of a login's packet outside TLS */

const char *session_step_text(enum session_step step)
{
    switch (step) {
    case SESSION_ENDED:
        return "ended";
#define STEP(name, text)                                                                           \
    case SESSION_##name:                                                                           \
        return text;
        SESSION_STEP_TABLE(STEP)
#undef STEP
    case SESSION_STEP_COUNT:
        break;
    }
    return "invalid";
}

/* Which steps may follow which; CLOSING and ENDED may follow any. */
#define TO(name) (1u << SESSION_##name)
static const uint32_t edges[SESSION_STEP_COUNT] = {
    [SESSION_ENDED] = TO(GREETING),
    [SESSION_GREETING] = TO(TLS) | TO(SWITCH) | TO(VERIFY),
    [SESSION_TLS] = TO(RESPONSE),
    [SESSION_RESPONSE] = TO(SWITCH) | TO(VERIFY),
    [SESSION_SWITCH] = TO(VERIFY),
    [SESSION_VERIFY] = TO(CONNECT),
    [SESSION_CONNECT] = TO(READY) | TO(CATALOG) | TO(DURABLE) | TO(RUN),
    [SESSION_READY] = TO(READY) | TO(CATALOG) | TO(APPROVAL) | TO(DURABLE) | TO(RUN) | TO(CONNECT),
    [SESSION_CATALOG] = TO(CATALOG) | TO(READY) | TO(APPROVAL) | TO(DURABLE) | TO(RUN),
    [SESSION_APPROVAL] = TO(READY) | TO(CATALOG) | TO(DURABLE) | TO(RUN) | TO(APPROVAL),
    [SESSION_DURABLE] = TO(READY) | TO(RUN) | TO(DURABLE),
    [SESSION_RUN] =
        TO(READY) | TO(CATALOG) | TO(APPROVAL) | TO(DURABLE) | TO(RUN) | TO(CONNECT),
};

void session_step_set(struct session *session, enum session_step step, uint64_t deadline_ms)
{
    if (step != SESSION_CLOSING && step != SESSION_ENDED)
        REQUIRE(edges[session->step] & (1u << step));
    session->step = step;
    list_remove(&session->waiting);
    if (step == SESSION_DURABLE)
        list_append(&session->world->waiting, &session->waiting);
    session->last_us = world_now_us(session->world);
    if (deadline_ms > 0)
        net_timer_start(session->world->loop, &session->timer, deadline_ms);
    else
        net_timer_stop(session->world->loop, &session->timer);
}

bool session_is_secure(const struct session *session)
{
    return session->listener_secure || stream_is_secure(&session->client);
}

/* ---- answers ---- */

struct buf *session_out(struct session *session)
{
    return stream_out(&session->client);
}

size_t session_packet_begin(struct session *session)
{
    return wire_packet_begin(stream_out(&session->client));
}

void session_packet_end(struct session *session, size_t mark)
{
    wire_packet_end(stream_out(&session->client), mark, &session->sequence);
    stream_written(&session->client);
}

void session_send_ok(struct session *session, const struct wire_ok *ok)
{
    size_t mark = session_packet_begin(session);
    wire_ok_encode(session_out(session), WIRE_OK, session->capabilities, ok);
    session_packet_end(session, mark);
}

void session_send_err(struct session *session, const struct wire_err *err)
{
    size_t mark = session_packet_begin(session);
    wire_err_encode(session_out(session), session->capabilities, err);
    session_packet_end(session, mark);
}

void session_send_fault(struct session *session, const struct fault *fault)
{
    const struct fault_info *info = fault_info(fault->code);
    struct arena arena;
    arena_init(&arena, (size_t)64 << 10);
    struct wire_err err = {.number = info->number, .message = fault_line(fault, &arena)};
    memcpy(err.sqlstate, info->sqlstate, sizeof err.sqlstate);
    session_send_err(session, &err);
    arena_release(&arena);
}

/* ---- the door ---- */

static void session_free(void *owner)
{
    struct session *session = owner;
    struct session_world *world = session->world;
    if (session->backend_made)
        backend_close(&session->backend);
    if (session->identity_json.len > 0 && !session->kept_by_killer)
        world->ops->session_close(world->ops_context, session->id);
    net_timer_stop(world->loop, &session->timer);
    net_timer_stop(world->loop, &session->lifetime);
    session_tag_stop(session);
    catalog_waiter_stop(&session->waiter);
    stream_close(&session->client);
    wire_joiner_release(&session->incoming);
    session_command_drop(session);
    prepared_forget_all(session);
    map_release(&session->prepared);
    state_prepared_forget_all(session);
    map_release(&session->sql_prepared);
    catalog_overlay_free(session->overlay);
    if (session->usage)
        session->usage->sessions--;
    if (session->claims)
        json_decref(session->claims);
    policy_set_unref(session->policy);
    if (session->target)
        session_target_unref(session->target);
    SSL_CTX_free(session->tls);
    free((char *)session->request_reason.ptr);
    arena_release(&session->arena);
    arena_release(&session->scope_arena);
    arena_release(&session->held_arena);
    arena_release(&session->life);
    list_remove(&session->node);
    world->session_count--;
    free(session);
}

/* Nothing waits any more, or it has waited long enough. */
static void session_gone(struct session *session)
{
    list_remove(&session->waiting);
    session->step = SESSION_ENDED;
    net_timer_stop(session->world->loop, &session->timer);
    net_farewell_queue(session->world->loop, &session->farewell, session_free, session);
}

void session_tag_stop(struct session *session)
{
    if (session->tag)
        session->world->ops->forget(session->world->ops_context, session->tag_peer, session->tag);
    session->tag = 0;
}

void session_end(struct session *session, const char *reason)
{
    if (!session_alive(session))
        return;
    session->end_reason = reason;
    if (session->logged_in) {
        if (session->flow.active && session->command.at < session->command.count) {
            session->flow.error = session->flow.error ? session->flow.error : 1317;
            record_outcome(session, &session->command.statements[session->command.at]);
        }
        record_logout(session);
        metrics_set(session->world->metrics, METRIC_sessions_open,
                    session->world->metrics->value[METRIC_sessions_open] - 1);
    }
    session_tag_stop(session);
    catalog_waiter_stop(&session->waiter);
    if (session->backend_made) {
        bool running = session->step == SESSION_RUN && session->backend.step == BACKEND_BUSY;
        session->kept_by_killer = running && killer_start(session, true);
        backend_close(&session->backend);
    }
    session->backend_made = false;
    session->flow.active = false;
    net_timer_stop(session->world->loop, &session->lifetime);
    session_step_set(session, SESSION_CLOSING, CLOSING_MS);
    if (!stream_is_open(&session->client) || stream_waiting(&session->client) == 0) {
        session_gone(session);
        return;
    }
    /* The rest is written as the socket takes it; `drained` or the timer ends it. */
    stream_pause(&session->client, true);
    stream_settle(&session->client);
    if (!stream_is_open(&session->client) || stream_waiting(&session->client) == 0)
        session_gone(session);
    else
        session->client.was_full = true;
}

void session_end_fault(struct session *session, const struct fault *fault, const char *reason)
{
    if (!session_alive(session))
        return;
    if (stream_is_open(&session->client))
        session_send_fault(session, fault);
    session_end(session, reason);
}

/* ---- deadlines ---- */

static void session_late_text(struct session *session, enum fault_code code, const char *text)
{
    struct fault fault = {.code = code, .message = str_of(text)};
    session_end_fault(session, &fault, text);
}

/* The statement is ended on the server and its answer replaced; when that does not help either, the
 * session goes. */
static void run_late(struct session *session)
{
    if (session->killing || !killer_start(session, false)) {
        session_late_text(session, FAULT_limit_time, "the statement ran for too long");
        return;
    }
    session->killing = true;
    result_stop(session, FAULT_limit_time, "the statement ran for too long");
    net_timer_start(session->world->loop, &session->timer, KILLED_MS);
    result_pump(session);
}

static void session_late(void *owner)
{
    struct session *session = owner;
    switch (session->step) {
    case SESSION_GREETING:
    case SESSION_TLS:
    case SESSION_RESPONSE:
    case SESSION_SWITCH:
        session_end(session, "the login took too long");
        break;
    case SESSION_VERIFY:
        session_late_text(session, FAULT_identity_unavailable, "the login can't be checked now");
        break;
    case SESSION_CONNECT:
        session_late_text(session, FAULT_target_unavailable, "the target does not answer");
        break;
    case SESSION_READY:
        session_late_text(session, FAULT_session_idle, "the session was idle for too long");
        break;
    case SESSION_CATALOG:
        session_late_text(session, FAULT_catalog_unavailable, "the catalog does not load");
        break;
    case SESSION_APPROVAL:
        approval_timeout(session);
        break;
    case SESSION_DURABLE:
        if (session->record_sequence == 0) {
            statement_record(session);
            break;
        }
        session_late_text(session, FAULT_audit_unavailable, "the record is not on disk in time");
        break;
    case SESSION_RUN:
        run_late(session);
        break;
    case SESSION_CLOSING:
        session_gone(session);
        break;
    case SESSION_ENDED:
    case SESSION_STEP_COUNT:
        break;
    }
}

static void session_lifetime_over(void *owner)
{
    session_late_text(owner, FAULT_identity_ended, "the token's time is over: log in again");
}

void session_ready(struct session *session)
{
    const struct config_limits *limits = &session->world->config->limits;
    bool inside = session->status & WIRE_STATUS_IN_TRANSACTION;
    session_step_set(session, SESSION_READY,
                     (uint64_t)(inside ? limits->transaction_ms : limits->idle_ms));
}

/* ---- the client's stream ---- */

/* Before TLS: exactly one packet is read, so that what comes behind it stays in the socket. False:
 * not whole yet. */
static bool bare_packet_ready(struct session *session)
{
    struct str in = stream_in(&session->client);
    if (in.len < WIRE_HEADER)
        return false;
    struct cursor c = cursor_over(in);
    size_t whole = (size_t)cursor_u24(&c) + WIRE_HEADER;
    if (whole > BARE_LOGIN_MAX) {
        session_end(session, "a login without TLS that is too long");
        return false;
    }
    if (in.len >= whole)
        return true;
    stream_read_limit(&session->client, whole);
    return false;
}

static void login_take(struct session *session)
{
    if (session->step == SESSION_GREETING && !bare_packet_ready(session))
        return;
    while (session->step == SESSION_GREETING || session->step == SESSION_RESPONSE ||
           session->step == SESSION_SWITCH) {
        size_t used = 0;
        struct str payload;
        enum wire_step step =
            wire_join(&session->incoming, stream_in(&session->client), &used, &payload);
        if (step == WIRE_STEP_MORE) {
            stream_consume_secret(&session->client, used);
            return;
        }
        if (step != WIRE_STEP_GOT) {
            session_end(session, "malformed packets during the login");
            return;
        }
        session->sequence = session->incoming.splitter.sequence;
        client_login_payload(session, payload);
        if (stream_is_open(&session->client))
            stream_consume_secret(&session->client, used);
        if (session->step != SESSION_TLS)
            stream_read_limit(&session->client, SIZE_MAX);
        else if (!stream_start_tls(&session->client, session->tls, NULL))
            session_end(session, "bytes before TLS that belong inside");
    }
}

static void on_readable(struct stream *stream, void *owner)
{
    struct session *session = owner;
    (void)stream;
    if (session->step == SESSION_READY)
        session_commands(session);
    else
        login_take(session);
}

static void on_drained(struct stream *stream, void *owner)
{
    struct session *session = owner;
    (void)stream;
    if (session->step == SESSION_CLOSING) {
        stream_settle(&session->client);
        if (!stream_is_open(&session->client) || stream_waiting(&session->client) == 0)
            session_gone(session);
        else
            session->client.was_full = true;
    } else if (session->step == SESSION_RUN) {
        result_pump(session);
    }
}

static void on_secured(struct stream *stream, void *owner)
{
    (void)stream;
    client_login_secured(owner);
}

static void on_ended(struct stream *stream, void *owner)
{
    struct session *session = owner;
    if (session->step == SESSION_CLOSING)
        session_gone(session);
    else
        session_end(session, stream_reason_text(stream->reason));
}

static const struct stream_events session_stream_events = {on_readable, on_drained, on_secured,
                                                           on_ended};

/* ---- accept ---- */

static struct session *session_new(struct session_world *world, size_t listener, const char *peer)
{
    const struct session_listener *from = &world->listeners[listener];
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    session->world = world;
    session->id = world->sessions_base | ++world->next_session;
    session->listener = listener;
    session->listener_secure = from->settings->socket_path.len > 0;
    session->listener_tls = from->settings->tls;
    session->tls = from->tls;
    if (session->tls)
        SSL_CTX_up_ref(session->tls);
    arena_init(&session->life, (size_t)4 << 20);
    arena_init(&session->scope_arena, (size_t)16 << 20);
    arena_init(&session->held_arena, HELD_ARENA);
    arena_init(&session->arena, LIMIT_STATEMENT_ARENA);
    session->listener_target = arena_copy(&session->life, from->settings->target);
    snprintf(session->peer, sizeof session->peer, "%s", peer);
    session->accepted_us = world_now_us(world);
    stream_init(&session->client, world->loop, &session_stream_events, session);
    wire_joiner_init(&session->incoming, LIMIT_HANDSHAKE, 0);
    net_timer_init(&session->timer, session_late, session);
    net_timer_init(&session->lifetime, session_lifetime_over, session);
    list_init(&session->waiter.node);
    list_init(&session->waiting);
    session->waiter.done = statement_catalog_done;
    session->waiter.owner = session;
    struct hash_key seed = random_hash_key();
    map_init(&session->prepared, seed, false);
    map_init(&session->sql_prepared, seed, true);
    buf_init(&session->flow.joined, LIMIT_PACKET);
    buf_init(&session->flow.held, LIMIT_PACKET);
    session->autocommit = true;
    list_append(&world->sessions, &session->node);
    world->session_count++;
    world_count(world, METRIC_connections_accepted, 1);
    return session;
}

static void session_start(struct session *session)
{
    session_step_set(session, SESSION_GREETING,
                     (uint64_t)session->world->config->limits.handshake_ms);
    client_login_greet(session);
}

void session_accept(struct session_world *world, size_t listener, int fd, const char *peer)
{
    struct session *session = NULL;
    bool full = world->draining || world_refusals_over(world, peer) || listener >= world->listener_count ||
                (int64_t)world->session_count >= world->config->limits.sessions;
    if (!full)
        session = session_new(world, listener, peer);
    if (!session) {
        world_count(world, METRIC_connections_refused, 1);
        close(fd);
        return;
    }
    if (!stream_open(&session->client, fd)) {
        session_gone(session);
        return;
    }
    session_start(session);
}

struct session *session_start_memory(struct session_world *world, size_t listener,
                                     const char *peer)
{
    struct session *session = session_new(world, listener, peer);
    if (!session)
        return NULL;
    stream_open_memory(&session->client);
    session_start(session);
    return session;
}

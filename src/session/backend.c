/* SPDX-License-Identifier: Apache-2.0
 *
 * Dialling, framing and the gateway's own queries; the login's dialogue is in backend_login.c.
 * A failure closes the stream at once and is told to the owner from a farewell, so that no owner
 * is called back from inside its own call.
 */
#include "session/backend.h"
#include "base/limits.h"
#include "wire/commands.h"

#define QUERY_DEADLINE_MS 30000
#define COLUMNS_MOST      64 /* of the gateway's own queries */

static void backend_tell(void *owner)
{
    struct backend *backend = owner;
    backend->events->failed(backend->owner, backend, backend->problem);
}

void backend_step_set(struct backend *backend, enum backend_step step)
{
    backend->step = step;
}

static void backend_drop(struct backend *backend)
{
    net_timer_stop(backend->world->loop, &backend->timer);
    backend_login_stop(backend);
    stream_close(&backend->stream);
    wire_joiner_release(&backend->incoming);
    wire_joiner_init(&backend->incoming, LIMIT_PACKET, 0);
    backend->step = BACKEND_CLOSED;
}

void backend_fail(struct backend *backend, const char *format, ...)
{
    if (backend->step == BACKEND_CLOSED)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(backend->problem, sizeof backend->problem, format, args);
    va_end(args);
    if (backend->step != BACKEND_IDLE && backend->step != BACKEND_BUSY)
        world_count(backend->world, METRIC_backends_failed, 1);
    backend_drop(backend);
    net_farewell_queue(backend->world->loop, &backend->farewell, backend_tell, backend);
}

static void backend_late(void *owner)
{
    struct backend *backend = owner;
    backend_fail(backend, "no answer in time from target %.*s",
                 STR_ARG(backend->target->settings->name));
}

/* ---- the stream ---- */

static void query_payload(struct backend *backend, struct str payload);

static void backend_take_packets(struct backend *backend)
{
    while (backend->step != BACKEND_CLOSED && backend->step != BACKEND_BUSY &&
           backend->step != BACKEND_TLS) {
        size_t used = 0;
        struct str payload;
        enum wire_step step =
            wire_join(&backend->incoming, stream_in(&backend->stream), &used, &payload);
        if (step == WIRE_STEP_MORE) {
            stream_consume(&backend->stream, used);
            return;
        }
        if (step != WIRE_STEP_GOT) {
            backend_fail(backend, "the server sent packets out of order or too large");
            return;
        }
        backend->sequence = backend->incoming.splitter.sequence;
        bool greeting = backend->step == BACKEND_GREETING;
        if (backend->step == BACKEND_QUERY)
            query_payload(backend, payload);
        else
            backend_login_payload(backend, payload);
        if (stream_is_open(&backend->stream))
            stream_consume(&backend->stream, used);
        if (greeting && backend->step == BACKEND_GREETING)
            backend_login_greeted(backend);
    }
}

static void on_readable(struct stream *stream, void *owner)
{
    struct backend *backend = owner;
    if (backend->step == BACKEND_BUSY)
        backend->events->readable(backend->owner, backend);
    else if (backend->step == BACKEND_IDLE)
        backend_fail(backend, "the server closed the session: bytes that nobody asked for");
    else
        backend_take_packets(backend);
    (void)stream;
}

static void on_drained(struct stream *stream, void *owner)
{
    struct backend *backend = owner;
    (void)stream;
    if (backend->step == BACKEND_BUSY)
        backend->events->drained(backend->owner, backend);
}

static void on_secured(struct stream *stream, void *owner)
{
    (void)stream;
    backend_login_secured(owner);
}

static void on_ended(struct stream *stream, void *owner)
{
    struct backend *backend = owner;
    if (stream->detail[0])
        backend_fail(backend, "connection to target %.*s: %s (%s)",
                     STR_ARG(backend->target->settings->name),
                     stream_reason_text(stream->reason), stream->detail);
    else
        backend_fail(backend, "connection to target %.*s: %s",
                     STR_ARG(backend->target->settings->name),
                     stream_reason_text(stream->reason));
}

static const struct stream_events backend_stream_events = {on_readable, on_drained, on_secured,
                                                           on_ended};

/* ---- opening and closing ---- */

void backend_init(struct backend *backend, struct session_target *target,
                  const struct backend_events *events, void *owner)
{
    *backend = (struct backend){.target = session_target_ref(target),
                                .world = target->world,
                                .events = events,
                                .owner = owner};
    stream_init(&backend->stream, backend->world->loop, &backend_stream_events, backend);
    net_timer_init(&backend->timer, backend_late, backend);
    wire_joiner_init(&backend->incoming, LIMIT_PACKET, 0);
}

static void on_dialled(void *owner, const struct ipc_dialled *answer)
{
    struct backend *backend = owner;
    backend->tag = 0;
    if (answer && backend->world->memory_streams) {
        backend_step_set(backend, BACKEND_GREETING);
        wire_joiner_restart(&backend->incoming, 0);
        backend_login_begin(backend);
        stream_open_memory(&backend->stream);
        return;
    }
    if (!answer || answer->error != 0 || answer->socket < 0) {
        if (answer && answer->problem.len > 0)
            backend_fail(backend, "%.*s", STR_ARG(answer->problem));
        else
            backend_fail(backend, "target %.*s can't be dialled",
                         STR_ARG(backend->target->settings->name));
        return;
    }
    backend_step_set(backend, BACKEND_GREETING);
    wire_joiner_restart(&backend->incoming, 0);
    backend_login_begin(backend);
    if (!stream_open(&backend->stream, answer->socket))
        backend_fail(backend, "out of memory");
}

void backend_open(struct backend *backend, uint64_t session, uint64_t capabilities,
                  uint8_t collation)
{
    REQUIRE(backend->step == BACKEND_CLOSED);
    const struct config_target *settings = backend->target->settings;
    backend->session = session;
    backend->client_capabilities = capabilities;
    backend->collation = collation;
    backend->step = BACKEND_DIAL;
    net_timer_start(backend->world->loop, &backend->timer, (uint64_t)settings->connect_ms);
    struct ipc_dial ask = {.target = settings->name};
    backend->tag_peer = SESSION_PEER_SUPERVISOR;
    backend->tag =
        backend->world->ops->dial(backend->world->ops_context, &ask, on_dialled, backend);
    if (backend->tag == 0)
        backend_fail(backend, "target %.*s can't be dialled now", STR_ARG(settings->name));
}

void backend_close(struct backend *backend)
{
    if (!backend->world)
        return;
    if (backend->step == BACKEND_IDLE) {
        const char quit[] = {1, 0, 0, 0, WIRE_COM_QUIT};
        stream_write(&backend->stream, str_make(quit, sizeof quit));
        stream_settle(&backend->stream);
    }
    if (backend->step != BACKEND_CLOSED)
        backend_drop(backend);
    net_farewell_cancel(&backend->farewell);
    wire_joiner_release(&backend->incoming);
    explicit_bzero(&backend->dialogue, sizeof backend->dialogue);
    session_target_unref(backend->target);
    backend->target = NULL;
    backend->world = NULL;
}

/* ---- sending ---- */

size_t backend_packet_begin(struct backend *backend)
{
    return wire_packet_begin(stream_out(&backend->stream));
}

void backend_packet_end(struct backend *backend, size_t mark)
{
    wire_packet_end(stream_out(&backend->stream), mark, &backend->sequence);
    backend->incoming.splitter.sequence = backend->sequence;
    stream_written(&backend->stream);
}

static void command_put(struct backend *backend, struct str payload)
{
    backend->sequence = 0;
    wire_packet_put(stream_out(&backend->stream), payload, &backend->sequence);
    stream_written(&backend->stream);
}

void backend_send(struct backend *backend, struct str payload)
{
    REQUIRE(backend->step == BACKEND_IDLE);
    command_put(backend, payload);
    backend->step = BACKEND_BUSY;
}

void backend_send_silent(struct backend *backend, struct str payload)
{
    REQUIRE(backend->step == BACKEND_IDLE);
    command_put(backend, payload);
}

void backend_answered(struct backend *backend)
{
    if (backend->step == BACKEND_BUSY)
        backend->step = BACKEND_IDLE;
}

/* ---- queries of the gateway's own ---- */

void backend_query(struct backend *backend, struct str sql, backend_query_row *on_row,
                   backend_query_done *on_done, void *owner)
{
    REQUIRE(backend->step == BACKEND_IDLE);
    backend->step = BACKEND_QUERY;
    backend->on_row = on_row;
    backend->on_done = on_done;
    backend->query_owner = owner;
    backend->query_stopped = false;
    backend->query_err.number = 0;
    wire_answer_init(&backend->answer, WIRE_TO_QUERY, backend->capabilities);
    backend->sequence = 0;
    size_t mark = backend_packet_begin(backend);
    wire_query_encode(stream_out(&backend->stream), sql);
    backend_packet_end(backend, mark);
    wire_joiner_restart(&backend->incoming, backend->sequence);
    net_timer_start(backend->world->loop, &backend->timer, QUERY_DEADLINE_MS);
}

static void query_row(struct backend *backend, struct str payload)
{
    struct str values[COLUMNS_MOST];
    struct cursor c = cursor_over(payload);
    size_t count = backend->answer.columns;
    if (count > COLUMNS_MOST || backend->query_stopped) {
        backend->query_stopped = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct wire_value value;
        if (!wire_text_value_next(&c, &value)) {
            backend->query_stopped = true;
            return;
        }
        values[i] = value.null ? STR_NONE : str_make(value.bytes.ptr ? value.bytes.ptr : "",
                                                     value.bytes.len);
    }
    if (!cursor_done(&c) ||
        (backend->on_row && !backend->on_row(backend->query_owner, values, count)))
        backend->query_stopped = true;
}

static void query_failed(struct backend *backend, struct str payload)
{
    if (!wire_err_decode(payload, &backend->query_err)) {
        backend_fail(backend, "the server sent a malformed error");
        return;
    }
    size_t n = backend->query_err.message.len;
    if (n >= sizeof backend->query_err_text)
        n = sizeof backend->query_err_text - 1;
    memcpy(backend->query_err_text, backend->query_err.message.ptr, n);
    backend->query_err.message = str_make(backend->query_err_text, n);
}

static void query_over(struct backend *backend)
{
    struct wire_err stopped = {1105, "HY000", STR_INIT("the answer to an own query makes no sense")};
    const struct wire_err *err = backend->query_err.number ? &backend->query_err : NULL;
    if (!err && backend->query_stopped)
        err = &stopped;
    net_timer_stop(backend->world->loop, &backend->timer);
    backend->step = BACKEND_IDLE;
    backend->on_done(backend->query_owner, backend, err);
}

static void query_payload(struct backend *backend, struct str payload)
{
    struct wire_ok ok;
    switch (wire_answer_next(&backend->answer, payload, (uint32_t)payload.len)) {
    case WIRE_PART_ROW:
        query_row(backend, payload);
        break;
    case WIRE_PART_ERR:
        query_failed(backend, payload);
        break;
    case WIRE_PART_OK:
        if (wire_ok_decode(payload, backend->capabilities, &ok))
            backend->status = ok.status;
        break;
    case WIRE_PART_COUNT:
    case WIRE_PART_COLUMN:
    case WIRE_PART_COLUMNS_END:
    case WIRE_PART_ROWS_END:
        break;
    case WIRE_PART_MALFORMED:
    case WIRE_PART_INFILE:
    case WIRE_PART_PREPARED:
    case WIRE_PART_PARAMETER:
    case WIRE_PART_PARAMETERS_END:
        backend_fail(backend, "the server's answer to an own query is malformed");
        return;
    }
    if (backend->step == BACKEND_QUERY && backend->answer.done)
        query_over(backend);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The streams of src/net, driven by an event loop that runs only while somebody waits for an
 * answer:
 *
 *   server_open:   dial -> greeting -> [TLS] -> login ---> ready
 *   server_query:  COM_QUERY -> definitions, rows, end
 *
 * Whatever fails sets `over` and `problem`; the waiting loop then ends.
 */
#include "cli/server.h"
#include "base/limits.h"
#include "wire/commands.h"
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SILENCE_MS   60000 /* without a byte of the server */
#define COLLATION    45    /* utf8mb4_general_ci, known to every server */
#define COLUMNS_MOST 64    /* of a query */

static void fail(struct server *server, const char *format, ...) PRINTF_LIKE(2, 3);

static void fail(struct server *server, const char *format, ...)
{
    va_list args;
    if (server->over)
        return;
    va_start(args, format);
    vsnprintf(server->problem, sizeof server->problem, format, args);
    va_end(args);
    server->over = true;
    event_base_loopbreak(server->base);
}

static void packet_put(struct server *server, struct str payload)
{
    wire_packet_put(stream_out(&server->stream), payload, &server->sequence);
    server->incoming.splitter.sequence = server->sequence;
    stream_written(&server->stream);
}

/* ---- the login ---- */

static void tls_start(struct server *server)
{
    struct buf payload;
    buf_init(&payload, 64);
    wire_dialogue_tls_request(&server->dialogue, &payload);
    packet_put(server, buf_str(&payload));
    buf_release(&payload);
    if (!stream_start_tls(&server->stream, server->options->tls, server->options->server_name))
        fail(server, "TLS can't be started");
}

static void answer_put(struct server *server)
{
    struct wire_dialogue *d = &server->dialogue;
    const struct server_options *o = server->options;
    struct buf answer, payload;
    buf_init(&answer, WIRE_ANSWER_MAX);
    buf_init(&payload, WIRE_ANSWER_MAX + 4096);
    if (!wire_dialogue_make_answer(d->plugin, d->stage, d->scramble, o->password, o->public_key,
                                   &answer))
        fail(server, "the server's public key can't be used");
    else if (wire_dialogue_answer(d, str_of(o->user), buf_str(&answer), &payload) !=
             WIRE_DIALOGUE_BROKEN)
        packet_put(server, buf_str(&payload));
    buf_release_secret(&answer);
    buf_release_secret(&payload);
}

/* Does what the dialogue's step asks. */
static void dialogue_follow(struct server *server)
{
    const struct wire_dialogue *d = &server->dialogue;
    if (d->step == WIRE_DIALOGUE_TLS)
        tls_start(server);
    else if (d->step == WIRE_DIALOGUE_ANSWER)
        answer_put(server);
    switch (d->step) {
    case WIRE_DIALOGUE_GREETING:
    case WIRE_DIALOGUE_TLS:
    case WIRE_DIALOGUE_ANSWER:
    case WIRE_DIALOGUE_WAIT:
        break;
    case WIRE_DIALOGUE_DONE:
        server->ready = true;
        event_base_loopbreak(server->base);
        break;
    case WIRE_DIALOGUE_REFUSED:
        fail(server, "the server refused the login: %u %.*s", d->err.number,
             STR_ARG(str_slice(d->err.message, 0, 200)));
        break;
    case WIRE_DIALOGUE_INVALID:
    case WIRE_DIALOGUE_BROKEN:
        fail(server, "%s", d->problem ? d->problem : "the login is not under way");
        break;
    }
}

/* ---- queries ---- */

static void query_end(struct server *server, enum server_outcome outcome)
{
    if (server->outcome == SERVER_DONE)
        server->outcome = outcome;
    server->asking = false;
    event_base_loopbreak(server->base);
}

static void query_stop(struct server *server)
{
    if (server->outcome == SERVER_DONE)
        snprintf(server->problem, sizeof server->problem, "an answer that makes no sense");
    server->outcome = SERVER_REFUSED;
}

static void row_take(struct server *server, struct str payload)
{
    struct str values[COLUMNS_MOST];
    struct cursor c = cursor_over(payload);
    size_t count = server->answer.columns;
    if (server->outcome != SERVER_DONE)
        return;
    for (size_t i = 0; i < count && count <= COLUMNS_MOST; i++) {
        struct wire_value value;
        if (!wire_text_value_next(&c, &value))
            break;
        values[i] = value.null ? STR_NONE
                               : str_make(value.bytes.ptr ? value.bytes.ptr : "", value.bytes.len);
    }
    if (count > COLUMNS_MOST || !cursor_done(&c) ||
        !server->on_row(server->owner, values, count))
        query_stop(server);
}

static void query_refused(struct server *server, struct str payload)
{
    struct wire_err err;
    if (wire_err_decode(payload, &err))
        snprintf(server->problem, sizeof server->problem, "%u %.*s", err.number,
                 STR_ARG(str_slice(err.message, 0, 300)));
    else
        snprintf(server->problem, sizeof server->problem, "a malformed error");
    query_end(server, SERVER_REFUSED);
}

static void query_payload(struct server *server, struct str payload)
{
    switch (wire_answer_next(&server->answer, payload, (uint32_t)payload.len)) {
    case WIRE_PART_ROW:
        row_take(server, payload);
        break;
    case WIRE_PART_ERR:
        query_refused(server, payload);
        return;
    case WIRE_PART_OK:
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
        fail(server, "the server's answer is malformed");
        return;
    }
    if (server->answer.done)
        query_end(server, SERVER_DONE);
}

/* ---- the stream ---- */

static void on_readable(struct stream *stream, void *owner)
{
    struct server *server = owner;
    net_timer_start(&server->loop, &server->timer, SILENCE_MS);
    while (!server->over && (server->asking || wire_dialogue_waits(&server->dialogue))) {
        size_t used = 0;
        struct str payload;
        enum wire_step got = wire_join(&server->incoming, stream_in(stream), &used, &payload);
        if (got == WIRE_STEP_MORE) {
            stream_consume(stream, used);
            return;
        }
        if (got != WIRE_STEP_GOT) {
            fail(server, "the server's packets are out of order or too large");
            return;
        }
        server->sequence = server->incoming.splitter.sequence;
        if (server->asking) {
            query_payload(server, payload);
            stream_consume(stream, used);
            continue;
        }
        (void)wire_dialogue_payload(&server->dialogue, payload);
        /* An error's text points into the payload; TLS starts when nothing is left of it. */
        if (server->dialogue.step != WIRE_DIALOGUE_REFUSED)
            stream_consume(stream, used);
        dialogue_follow(server);
    }
}

static void on_secured(struct stream *stream, void *owner)
{
    struct server *server = owner;
    (void)stream;
    (void)wire_dialogue_secured(&server->dialogue);
    dialogue_follow(server);
}

static void on_drained(struct stream *stream, void *owner)
{
    (void)stream;
    (void)owner;
}

static void dial(struct server *server);

static void on_ended(struct stream *stream, void *owner)
{
    struct server *server = owner;
    if (server->dialogue.step == WIRE_DIALOGUE_GREETING && server->address) {
        server->address = server->address->ai_next;
        if (server->address) {
            dial(server);
            return;
        }
    }
    fail(server, "%s%s%s", stream_reason_text(stream->reason), stream->detail[0] ? ": " : "",
         stream->detail);
}

static const struct stream_events events = {
    .readable = on_readable, .drained = on_drained, .secured = on_secured, .ended = on_ended};

static void on_silence(void *owner)
{
    fail(owner, "the server says nothing");
}

/* ---- dialling ---- */

static void connect_to(struct server *server, int family, const struct sockaddr *address,
                       socklen_t size)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || (connect(fd, address, size) != 0 && errno != EINPROGRESS)) {
        fail(server, "%s", strerror(errno));
        if (fd >= 0)
            close(fd);
    } else if (!stream_open(&server->stream, fd)) {
        fail(server, "out of memory");
    }
}

static void dial_unix(struct server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(server->options->socket);
    if (length >= sizeof address.sun_path) {
        fail(server, "the path of the socket is too long");
        return;
    }
    memcpy(address.sun_path, server->options->socket, length + 1);
    connect_to(server, AF_UNIX, (const struct sockaddr *)&address, sizeof address);
}

static bool is_loopback(const struct addrinfo *a)
{
    if (a->ai_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)a->ai_addr;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *in6 = (const void *)a->ai_addr;
    return a->ai_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static void dial(struct server *server)
{
    const struct addrinfo *a = server->address;
    if (!server->options->tls && !server->options->insecure && !is_loopback(a)) {
        fail(server, "without TLS the catalog would cross the network in the clear");
        return;
    }
    connect_to(server, a->ai_family, a->ai_addr, a->ai_addrlen);
}

static bool resolve(struct server *server)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
    int error = getaddrinfo(server->options->host, server->options->port, &hints,
                            &server->addresses);
    if (error != 0)
        fail(server, "%s", gai_strerror(error));
    server->address = server->addresses;
    return error == 0;
}

/* Runs the loop until what was asked for is there, or nothing more can come. */
static bool wait_for(struct server *server)
{
    net_timer_start(&server->loop, &server->timer, SILENCE_MS);
    net_loop_settle(&server->loop);
    if (!server->over)
        event_base_dispatch(server->base);
    net_timer_stop(&server->loop, &server->timer);
    return !server->over;
}

bool server_open(struct server *server, const struct server_options *options)
{
    *server = (struct server){.options = options};
    net_timer_init(&server->timer, on_silence, server);
    server->base = event_base_new();
    if (!server->base || !net_loop_init(&server->loop, server->base)) {
        snprintf(server->problem, sizeof server->problem, "out of memory");
        return false;
    }
    net_loop_wake(&server->loop);
    stream_init(&server->stream, &server->loop, &events, server);
    wire_joiner_init(&server->incoming, LIMIT_PACKET, 0);
    wire_dialogue_init(&server->dialogue, &(struct wire_dialogue_settings){
                                              .tls = options->tls != NULL,
                                              .verified = options->verified,
                                              .socket = options->socket != NULL,
                                              .has_key = options->public_key.len > 0,
                                              .collation = COLLATION,
                                              .max_packet = LIMIT_PACKET,
                                          });
    if (options->socket)
        dial_unix(server);
    else if (resolve(server))
        dial(server);
    return !server->over && wait_for(server) && server->ready;
}

enum server_outcome server_query(struct server *server, struct str sql, server_row *on_row,
                                 void *owner)
{
    struct buf payload;
    if (server->over || !server->ready)
        return SERVER_BROKEN;
    server->on_row = on_row;
    server->owner = owner;
    server->outcome = SERVER_DONE;
    server->asking = true;
    server->sequence = 0;
    wire_answer_init(&server->answer, WIRE_TO_QUERY, server->dialogue.capabilities);
    wire_joiner_restart(&server->incoming, 0);
    net_loop_wake(&server->loop);
    buf_init(&payload, LIMIT_PACKET);
    wire_query_encode(&payload, sql);
    packet_put(server, buf_str(&payload));
    buf_release(&payload);
    return wait_for(server) ? server->outcome : SERVER_BROKEN;
}

void server_close(struct server *server)
{
    if (server->ready && !server->over) {
        const char quit = WIRE_COM_QUIT;
        server->sequence = 0;
        packet_put(server, str_make(&quit, 1));
        stream_settle(&server->stream);
    }
    if (server->stream.loop) {
        stream_close(&server->stream);
        wire_joiner_release(&server->incoming);
    }
    explicit_bzero(&server->dialogue, sizeof server->dialogue);
    if (server->addresses)
        freeaddrinfo(server->addresses);
    if (server->loop.base)
        net_loop_release(&server->loop);
    if (server->base)
        event_base_free(server->base);
}

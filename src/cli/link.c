/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/link.h"
#include "base/limits.h"
#include "base/random.h"
#include "wire/auth.h"
#include "wire/packets.h"
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#define HANDSHAKE_MS 20000
#define LAST_BYTES_EVERY_MS 20
#define LAST_BYTES_MS       10000
#define PAYLOAD_MAX  ((size_t)64 << 10)

enum link_step {
    LINK_INVALID = 0,
    LINK_GREETING, /* the gateway's */
    LINK_TLS,
    LINK_LOCAL, /* the local client's login */
    LINK_LOGIN, /* the gateway's verdict */
    LINK_RELAY,
    LINK_OVER
};

struct link {
    struct list node; /* world.links */
    struct link_world *world;
    enum link_step step;
    struct stream local, remote;
    struct wire_joiner from_local, from_remote; /* until LINK_RELAY */
    uint8_t local_sequence, remote_sequence;
    const struct addrinfo *address; /* that is being tried */
    struct wire_greeting greeting;  /* its texts are gone; version below */
    char version[128];
    bool fast_ok; /* the local client waits for caching_sha2's short "yes" */
    struct net_timer timer;
    unsigned last_bytes_ms; /* waited since the gateway went */
    struct net_farewell farewell;
};

static void link_free(void *owner)
{
    struct link *link = owner;
    net_timer_stop(link->world->loop, &link->timer);
    stream_close(&link->local);
    stream_close(&link->remote);
    wire_joiner_release(&link->from_local);
    wire_joiner_release(&link->from_remote);
    list_remove(&link->node);
    link->world->count--;
    free(link);
}

/* Nothing more is read. What waits for the local client goes out with the farewell's turn of the
 * loop at the latest (net_loop_settle writes before it frees). */
static void link_end(struct link *link)
{
    if (link->step == LINK_OVER)
        return;
    link->step = LINK_OVER;
    stream_pause(&link->local, true);
    stream_pause(&link->remote, true);
    net_farewell_queue(link->world->loop, &link->farewell, link_free, link);
}

static void local_put(struct link *link, struct str payload)
{
    wire_packet_put(stream_out(&link->local), payload, &link->local_sequence);
    stream_written(&link->local);
}

static void remote_put(struct link *link, struct str payload)
{
    wire_packet_put(stream_out(&link->remote), payload, &link->remote_sequence);
    link->from_remote.splitter.sequence = link->remote_sequence;
    stream_written(&link->remote);
}

/* Tells the local client why there is no connection. */
static void link_fail(struct link *link, const char *problem)
{
    struct wire_err err = {.number = 1429, .sqlstate = "HY000"};
    struct buf payload, text;
    if (link->step == LINK_OVER)
        return;
    buf_init(&payload, 4096);
    buf_init(&text, 2048);
    buf_printf(&text, "cardea connect: %s", problem);
    err.message = buf_str(&text);
    if (link->step < LINK_RELAY) {
        /* Before the greeting there is no SQLSTATE in an error. */
        wire_err_encode(&payload, link->step <= LINK_LOCAL ? 0 : WIRE_CAP(PROTOCOL_41), &err);
        local_put(link, buf_str(&payload));
    }
    buf_release(&payload);
    buf_release(&text);
    link_end(link);
}

/* ---- the gateway ---- */

static void remote_dial(struct link *link)
{
    while (link->address) {
        const struct addrinfo *a = link->address;
        int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd >= 0 && (connect(fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS)) {
            if (!stream_open(&link->remote, fd))
                link_fail(link, "out of memory");
            return;
        }
        if (fd >= 0)
            close(fd);
        link->address = a->ai_next;
    }
    link_fail(link, "the gateway can't be reached");
}

static void greeting_take(struct link *link, struct str payload)
{
    struct buf out;
    struct wire_login request = {.tls_request = true, .max_packet = 1u << 30, .collation = 45};
    struct wire_err err;
    if (wire_err_decode(payload, &err)) {
        local_put(link, payload);
        link_end(link);
        return;
    }
    if (!wire_greeting_decode(payload, &link->greeting) ||
        stream_in(&link->remote).len != payload.len + WIRE_HEADER) {
        link_fail(link, "the gateway does not greet as one");
        return;
    }
    if (!(link->greeting.capabilities & WIRE_CAP(SSL))) {
        link_fail(link, "the gateway offers no TLS: it is not given the token");
        return;
    }
    struct str version = str_slice(link->greeting.server_version, 0, sizeof link->version - 1);
    if (version.len > 0)
        memcpy(link->version, version.ptr, version.len);
    request.capabilities = link->greeting.capabilities;
    buf_init(&out, 64);
    wire_login_encode(&out, &request);
    remote_put(link, buf_str(&out));
    buf_release(&out);
    link->step = LINK_TLS;
}

static void verdict_take(struct link *link, struct str payload);

static void remote_payload(struct link *link, struct str payload)
{
    if (link->step == LINK_GREETING)
        greeting_take(link, payload);
    else
        verdict_take(link, payload);
}

static void on_remote_secured(struct stream *stream, void *owner)
{
    struct link *link = owner;
    struct buf out;
    struct wire_greeting greeting = link->greeting;
    (void)stream;
    if (link->step != LINK_TLS)
        return;
    greeting.server_version = str_of(link->version);
    greeting.capabilities &= ~WIRE_CAP(SSL);
    greeting.auth_plugin = STR("caching_sha2_password");
    random_bytes(greeting.scramble, WIRE_SCRAMBLE);
    for (size_t i = 0; i < WIRE_SCRAMBLE; i++)
        greeting.scramble[i] = (unsigned char)(greeting.scramble[i] % 94 + 33);
    link->step = LINK_LOCAL;
    buf_init(&out, PAYLOAD_MAX);
    wire_greeting_encode(&out, &greeting);
    local_put(link, buf_str(&out));
    buf_release(&out);
    stream_pause(&link->local, false);
}

/* ---- the login ---- */

static void local_login_take(struct link *link, struct str payload)
{
    struct wire_login login;
    struct secret token = {0};
    struct buf answer, out;
    uint64_t offered = link->greeting.capabilities & ~WIRE_CAP(SSL);
    if (!wire_login_decode(payload, offered, &login)) {
        link_fail(link, "the local client's login can't be read");
        return;
    }
    if (!token_keeper_get(link->world->tokens, &token)) {
        link_fail(link, "out of memory");
        return;
    }
    link->fast_ok = wire_plugin_by_text(login.auth_plugin) == WIRE_PLUGIN_CACHING_SHA2 &&
                    login.answer.len == WIRE_SHA2_ANSWER;
    buf_init(&answer, WIRE_ANSWER_MAX);
    buf_init(&out, PAYLOAD_MAX);
    wire_openid_encode(&answer, str_make(token.bytes, token.len));
    login.capabilities = (login.capabilities & offered) | WIRE_CAP(SSL) | WIRE_CAP(PROTOCOL_41) |
                         WIRE_CAP(SECURE_CONNECTION) | WIRE_CAP(PLUGIN_AUTH) |
                         WIRE_CAP(PLUGIN_AUTH_LENENC);
    login.tls_request = false;
    login.user = str_of(link->world->target);
    login.answer = buf_str(&answer);
    login.auth_plugin = STR("authentication_openid_connect_client");
    wire_login_encode(&out, &login);
    link->step = LINK_LOGIN;
    stream_pause(&link->local, true);
    if (answer.failed || out.failed)
        link_fail(link, "the token is too long");
    else
        remote_put(link, buf_str(&out));
    buf_release_secret(&answer);
    buf_release_secret(&out);
    secret_release(&token);
}

static void switch_answer(struct link *link, struct str payload)
{
    struct wire_auth_switch request;
    struct secret token = {0};
    struct buf answer;
    enum wire_plugin plugin = WIRE_PLUGIN_INVALID;
    if (wire_auth_switch_decode(payload, &request))
        plugin = wire_plugin_by_text(request.plugin);
    if ((plugin != WIRE_PLUGIN_CLEAR && plugin != WIRE_PLUGIN_OPENID_CONNECT) ||
        !token_keeper_get(link->world->tokens, &token)) {
        link_fail(link, "the gateway asks for something other than a token");
        return;
    }
    buf_init(&answer, WIRE_ANSWER_MAX);
    if (plugin == WIRE_PLUGIN_CLEAR)
        wire_clear_encode(&answer, str_make(token.bytes, token.len));
    else
        wire_openid_encode(&answer, str_make(token.bytes, token.len));
    remote_put(link, buf_str(&answer));
    buf_release_secret(&answer);
    secret_release(&token);
}

static void verdict_take(struct link *link, struct str payload)
{
    switch ((uint8_t)payload.ptr[0]) {
    case WIRE_OK:
        if (link->fast_ok) {
            struct buf more;
            const char yes = WIRE_SHA2_FAST_OK;
            buf_init(&more, 16);
            wire_more_data_encode(&more, str_make(&yes, 1));
            local_put(link, buf_str(&more));
            buf_release(&more);
        }
        local_put(link, payload);
        net_timer_stop(link->world->loop, &link->timer);
        link->step = LINK_RELAY;
        stream_pause(&link->local, false);
        break;
    case WIRE_ERR:
        local_put(link, payload);
        link_end(link);
        break;
    case WIRE_EOF:
        switch_answer(link, payload);
        break;
    default:
        link_fail(link, "the gateway's login dialogue is not understood");
        break;
    }
}

/* ---- the streams ---- */

/* Everything that came on one side goes to the other; when that is full, this side waits. */
static void relay(struct stream *from, struct stream *to)
{
    struct str bytes = stream_in(from);
    if (bytes.len > 0) {
        stream_write(to, bytes);
        stream_consume(from, bytes.len);
    }
    stream_pause(from, stream_full(to));
}

static void on_remote_readable(struct stream *stream, void *owner)
{
    struct link *link = owner;
    while (link->step == LINK_GREETING || link->step == LINK_LOGIN) {
        size_t used = 0;
        struct str payload;
        enum wire_step got = wire_join(&link->from_remote, stream_in(stream), &used, &payload);
        if (got == WIRE_STEP_MORE) {
            stream_consume(stream, used);
            return;
        }
        if (got != WIRE_STEP_GOT || payload.len == 0) {
            link_fail(link, "the gateway's packets are out of order or too large");
            return;
        }
        link->remote_sequence = link->from_remote.splitter.sequence;
        remote_payload(link, payload);
        stream_consume(stream, used);
        if (link->step == LINK_TLS &&
            !stream_start_tls(stream, link->world->tls, link->world->host))
            link_fail(link, "TLS can't be started");
    }
    if (link->step == LINK_RELAY) {
        relay(&link->remote, &link->local);
        relay(&link->local, &link->remote); /* what came before the verdict */
    }
}

static void on_local_readable(struct stream *stream, void *owner)
{
    struct link *link = owner;
    if (link->step == LINK_RELAY) {
        relay(&link->local, &link->remote);
        return;
    }
    if (link->step != LINK_LOCAL)
        return;
    size_t used = 0;
    struct str payload;
    enum wire_step got = wire_join(&link->from_local, stream_in(stream), &used, &payload);
    if (got == WIRE_STEP_GOT) {
        link->local_sequence = link->from_local.splitter.sequence;
        local_login_take(link, payload);
    } else if (got != WIRE_STEP_MORE) {
        link_fail(link, "the local client's packets are out of order or too large");
    }
    stream_consume(stream, used);
}

static void on_remote_drained(struct stream *stream, void *owner)
{
    struct link *link = owner;
    (void)stream;
    if (link->step == LINK_RELAY)
        relay(&link->local, &link->remote);
}

static void on_local_drained(struct stream *stream, void *owner)
{
    struct link *link = owner;
    (void)stream;
    if (link->step == LINK_RELAY)
        relay(&link->remote, &link->local);
}

/* The gateway is gone; what it said last is still on its way to the local client. */
static void on_last_bytes(void *owner)
{
    struct link *link = owner;
    link->last_bytes_ms += LAST_BYTES_EVERY_MS;
    if (stream_waiting(&link->local) == 0 || link->last_bytes_ms >= LAST_BYTES_MS)
        link_end(link);
    else
        net_timer_start(link->world->loop, &link->timer, LAST_BYTES_EVERY_MS);
}

static void on_remote_ended(struct stream *stream, void *owner)
{
    struct link *link = owner;
    char problem[256];
    if (link->step == LINK_GREETING && link->address) {
        link->address = link->address->ai_next;
        remote_dial(link);
        return;
    }
    if (link->step == LINK_RELAY) {
        struct str rest = stream_in(stream);
        stream_write(&link->local, rest);
        stream_consume(stream, rest.len);
        stream_pause(&link->local, true);
        net_timer_init(&link->timer, on_last_bytes, link);
        net_timer_start(link->world->loop, &link->timer, LAST_BYTES_EVERY_MS);
        return;
    }
    snprintf(problem, sizeof problem, "%s%s%s", stream_reason_text(stream->reason),
             stream->detail[0] ? ": " : "", stream->detail);
    link_fail(link, problem);
}

static void on_local_ended(struct stream *stream, void *owner)
{
    struct link *link = owner;
    if (link->step == LINK_RELAY) {
        struct str rest = stream_in(stream);
        stream_write(&link->remote, rest);
        stream_consume(stream, rest.len);
    }
    link_end(link);
}

static void on_no_tls(struct stream *stream, void *owner)
{
    (void)stream;
    (void)owner;
}

static const struct stream_events local_events = {.readable = on_local_readable,
                                                  .drained = on_local_drained,
                                                  .secured = on_no_tls,
                                                  .ended = on_local_ended};
static const struct stream_events remote_events = {.readable = on_remote_readable,
                                                   .drained = on_remote_drained,
                                                   .secured = on_remote_secured,
                                                   .ended = on_remote_ended};

static void on_timeout(void *owner)
{
    link_fail(owner, "the gateway took too long");
}

void link_open(struct link_world *world, int fd)
{
    struct link *link = world->count < LINKS_MAX ? calloc(1, sizeof *link) : NULL;
    if (!link) {
        close(fd);
        return;
    }
    link->world = world;
    link->address = world->addresses;
    link->step = LINK_GREETING;
    list_append(&world->links, &link->node);
    world->count++;
    stream_init(&link->local, world->loop, &local_events, link);
    stream_init(&link->remote, world->loop, &remote_events, link);
    wire_joiner_init(&link->from_local, PAYLOAD_MAX, 1);
    wire_joiner_init(&link->from_remote, PAYLOAD_MAX, 0);
    net_timer_init(&link->timer, on_timeout, link);
    net_timer_start(world->loop, &link->timer, HANDSHAKE_MS);
    if (!stream_open(&link->local, fd)) {
        link_end(link);
        return;
    }
    stream_pause(&link->local, true);
    remote_dial(link);
}

void links_close(struct link_world *world)
{
    list_each_safe (node, &world->links)
        link_free(list_entry(node, struct link, node));
}

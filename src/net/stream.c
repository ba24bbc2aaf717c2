/* SPDX-License-Identifier: Apache-2.0
 *
 * Each readiness event does one read of up to a block and one flush. A failure met while writing
 * is only noted; stream_settle tells it.
 */
#include "net/stream.h"
#include "base/limits.h"
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

/* Results of a layer's read and write besides a count of bytes. */
#define LAYER_WAIT   (-1)
#define LAYER_EOF    (-2)
#define LAYER_BROKEN (-3)

#define OUT_MAX (LIMIT_PACKET + LIMIT_STREAM_BUFFER * 2)

const char *stream_reason_text(enum stream_reason reason)
{
    switch (reason) {
    case STREAM_REASON_NONE:
        return "open";
#define REASON(name, text)                                                                         \
    case STREAM_REASON_##name:                                                                     \
        return text;
        STREAM_REASON_TABLE(REASON)
#undef REASON
    }
    return "unknown";
}

/* ---- layers ---- */

static ssize_t tls_result(struct stream *stream, int result)
{
    int error = SSL_get_error(stream->ssl, result);
    if (error == SSL_ERROR_WANT_READ)
        return LAYER_WAIT;
    if (error == SSL_ERROR_WANT_WRITE) {
        stream->tls_wants_write = true;
        return LAYER_WAIT;
    }
    if (error == SSL_ERROR_ZERO_RETURN)
        return LAYER_EOF;
    /* A peer that hangs up without close_notify: many clients do. */
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ||
        (error == SSL_ERROR_SYSCALL && ERR_peek_error() == 0)) {
        ERR_clear_error();
        return LAYER_EOF;
    }
    tls_error_text(stream->detail, sizeof stream->detail);
    stream->reason = STREAM_REASON_TLS;
    return LAYER_BROKEN;
}

static ssize_t layer_read(struct stream *stream, char *into, size_t n)
{
    if (stream->ssl) {
        size_t got = 0;
        ERR_clear_error();
        stream->tls_wants_write = false;
        int result = SSL_read_ex(stream->ssl, into, n, &got);
        return result > 0 ? (ssize_t)got : tls_result(stream, result);
    }
    for (;;) {
        ssize_t got = recv(stream->fd, into, n, 0);
        if (got > 0)
            return got;
        if (got == 0)
            return LAYER_EOF;
        if (errno == EINTR)
            continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? LAYER_WAIT : LAYER_BROKEN;
    }
}

static ssize_t layer_write(struct stream *stream, const char *from, size_t n)
{
    if (stream->ssl) {
        size_t put = 0;
        ERR_clear_error();
        int result = SSL_write_ex(stream->ssl, from, n, &put);
        return result > 0 ? (ssize_t)put : tls_result(stream, result);
    }
    for (;;) {
        ssize_t put = send(stream->fd, from, n, MSG_NOSIGNAL);
        if (put >= 0)
            return put;
        if (errno == EINTR)
            continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? LAYER_WAIT : LAYER_BROKEN;
    }
}

/* ---- events ---- */

static void mark_dirty(struct stream *stream)
{
    list_remove(&stream->dirty);
    list_append(&stream->loop->dirty, &stream->dirty);
    net_loop_soon(stream->loop);
}

static void want_reading(struct stream *stream, bool want)
{
    if (!stream->ev_read || want == stream->reading)
        return;
    stream->reading = want;
    if (want)
        event_add(stream->ev_read, NULL);
    else
        event_del(stream->ev_read);
}

static void want_writing(struct stream *stream, bool want)
{
    if (!stream->ev_write || want == stream->writing)
        return;
    stream->writing = want;
    if (want)
        event_add(stream->ev_write, NULL);
    else
        event_del(stream->ev_write);
}

static size_t in_unread(const struct stream *stream)
{
    return stream->in_end - stream->in_start;
}

static bool in_has_room(const struct stream *stream)
{
    size_t most = stream->in_limit < LIMIT_STREAM_BUFFER ? stream->in_limit : LIMIT_STREAM_BUFFER;
    return in_unread(stream) < most;
}

/* Reading is wanted exactly when a byte could be kept. */
static void update_reading(struct stream *stream)
{
    bool want = stream->state == STREAM_STATE_HANDSHAKE ||
                (stream->state == STREAM_STATE_OPEN && !stream->paused && in_has_room(stream));
    want_reading(stream, want);
    if (want && stream->starved && stream->ev_read) {
        stream->starved = false;
        event_active(stream->ev_read, EV_READ, 0);
    }
}

static void in_release(struct stream *stream)
{
    net_block_give(stream->loop, stream->in);
    stream->in = NULL;
    stream->in_start = stream->in_end = 0;
}

void stream_fail(struct stream *stream, enum stream_reason reason)
{
    if (!stream_is_open(stream))
        return;
    if (stream->reason == STREAM_REASON_NONE)
        stream->reason = reason;
    stream->state = STREAM_STATE_BROKEN;
    want_reading(stream, false);
    want_writing(stream, false);
    mark_dirty(stream);
}

static void handshake_go(struct stream *stream)
{
    ERR_clear_error();
    stream->tls_wants_write = false;
    int result = SSL_do_handshake(stream->ssl);
    if (result == 1) {
        stream->state = STREAM_STATE_OPEN;
        want_writing(stream, false);
        /* The first bytes may have come with the handshake's last record. */
        stream->starved = SSL_has_pending(stream->ssl) == 1;
        update_reading(stream);
        stream->events->secured(stream, stream->owner);
        return;
    }
    ssize_t outcome = tls_result(stream, result);
    if (outcome == LAYER_WAIT) {
        want_writing(stream, stream->tls_wants_write);
        return;
    }
    long verdict = SSL_get_verify_result(stream->ssl);
    if (verdict != X509_V_OK)
        snprintf(stream->detail, sizeof stream->detail, "certificate: %s",
                 X509_verify_cert_error_string(verdict));
    else if (outcome == LAYER_EOF)
        snprintf(stream->detail, sizeof stream->detail, "closed during the handshake");
    stream_fail(stream, outcome == LAYER_EOF ? STREAM_REASON_EOF : STREAM_REASON_TLS);
}

/* Makes room at the end of the block; false when there is none to be had. */
static bool in_prepare(struct stream *stream, size_t *ret_room)
{
    if (!stream->in) {
        stream->in = net_block_take(stream->loop);
        stream->in_start = stream->in_end = 0;
        if (!stream->in) {
            stream_fail(stream, STREAM_REASON_MEMORY);
            return false;
        }
    }
    if (stream->in_start > 0 && LIMIT_STREAM_BUFFER - stream->in_end < LIMIT_STREAM_BUFFER / 2) {
        memmove(stream->in, stream->in + stream->in_start, in_unread(stream));
        stream->in_end -= stream->in_start;
        stream->in_start = 0;
    }
    size_t room = LIMIT_STREAM_BUFFER - stream->in_end;
    size_t unread = in_unread(stream);
    size_t allowed = stream->in_limit > unread ? stream->in_limit - unread : 0;
    *ret_room = room < allowed ? room : allowed;
    return *ret_room > 0;
}

static void read_some(struct stream *stream)
{
    size_t room = 0;
    if (!in_prepare(stream, &room)) {
        if (stream_is_open(stream)) {
            stream->starved = true;
            want_reading(stream, false);
        }
        return;
    }
    ssize_t got = layer_read(stream, stream->in + stream->in_end, room);
    if (got == LAYER_WAIT) {
        if (in_unread(stream) == 0)
            in_release(stream);
        if (stream->tls_wants_write)
            want_writing(stream, true);
        return;
    }
    if (got < 0) {
        stream_fail(stream, got == LAYER_EOF ? STREAM_REASON_EOF : STREAM_REASON_RESET);
        return;
    }
    stream->in_end += (size_t)got;
    stream->bytes_in += (uint64_t)got;
    stream->starved = stream->ssl && SSL_has_pending(stream->ssl) == 1;
    update_reading(stream);
    stream->events->readable(stream, stream->owner);
}

static void flush_some(struct stream *stream)
{
    while (stream->state == STREAM_STATE_OPEN && stream_waiting(stream) > 0) {
        ssize_t put =
            layer_write(stream, stream->out.data + stream->out_sent, stream_waiting(stream));
        if (put == LAYER_WAIT) {
            want_writing(stream, true);
            break;
        }
        if (put < 0) {
            stream_fail(stream, put == LAYER_EOF ? STREAM_REASON_EOF : STREAM_REASON_RESET);
            return;
        }
        stream->out_sent += (size_t)put;
        stream->bytes_out += (uint64_t)put;
    }
    if (stream_waiting(stream) == 0) {
        want_writing(stream, false);
        stream->out_sent = 0;
        if (stream->out.cap == LIMIT_STREAM_BUFFER) {
            net_block_give(stream->loop, stream->out.data);
            stream->out.data = NULL;
            stream->out.len = stream->out.cap = 0;
        } else {
            buf_release(&stream->out);
        }
    } else if (stream->out_sent > LIMIT_STREAM_BUFFER) {
        buf_consume(&stream->out, stream->out_sent);
        stream->out_sent = 0;
    }
}

static void tell_drained(struct stream *stream)
{
    if (stream->was_full && stream_is_open(stream) &&
        stream_waiting(stream) < LIMIT_STREAM_BUFFER / 2) {
        stream->was_full = false;
        stream->events->drained(stream, stream->owner);
    }
}

static void on_readable(evutil_socket_t fd, short what, void *data)
{
    struct stream *stream = data;
    struct net_loop *loop = stream->loop;
    (void)fd;
    (void)what;
    net_loop_wake(loop);
    if (stream->state == STREAM_STATE_HANDSHAKE)
        handshake_go(stream);
    else if (stream->state == STREAM_STATE_OPEN)
        read_some(stream);
    net_loop_settle(loop);
}

static void on_writable(evutil_socket_t fd, short what, void *data)
{
    struct stream *stream = data;
    struct net_loop *loop = stream->loop;
    (void)fd;
    (void)what;
    net_loop_wake(loop);
    if (stream->state == STREAM_STATE_HANDSHAKE) {
        handshake_go(stream);
    } else if (stream->state == STREAM_STATE_OPEN) {
        if (stream->tls_wants_write) {
            want_writing(stream, stream_waiting(stream) > 0);
            read_some(stream);
        }
        mark_dirty(stream);
    }
    net_loop_settle(loop);
}

void stream_settle(struct stream *stream)
{
    if (stream->state == STREAM_STATE_OPEN) {
        flush_some(stream);
        tell_drained(stream);
    }
    if (stream->state == STREAM_STATE_BROKEN) {
        /* What was received stays readable: the owner may still want the last words. */
        char *in = stream->in;
        size_t start = stream->in_start, end = stream->in_end;
        stream->in = NULL;
        stream_close(stream);
        stream->in = in;
        stream->in_start = start;
        stream->in_end = end;
        stream->events->ended(stream, stream->owner);
    }
}

/* ---- opening and closing ---- */

void stream_init(struct stream *stream, struct net_loop *loop, const struct stream_events *events,
                 void *owner)
{
    *stream = (struct stream){
        .loop = loop, .events = events, .owner = owner, .fd = -1, .in_limit = SIZE_MAX};
    list_init(&stream->dirty);
    buf_init(&stream->out, OUT_MAX);
}

bool stream_open(struct stream *stream, int fd)
{
    REQUIRE(stream->state == STREAM_STATE_CLOSED);
    int on = 1;
    stream->fd = fd;
    stream->reason = STREAM_REASON_NONE;
    /* Answers are small and waited for. Fails on a unix socket, where it is not needed. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    stream->ev_read =
        event_new(stream->loop->base, fd, EV_READ | EV_PERSIST, on_readable, stream);
    stream->ev_write =
        event_new(stream->loop->base, fd, EV_WRITE | EV_PERSIST, on_writable, stream);
    stream->state = STREAM_STATE_OPEN;
    if (!stream->ev_read || !stream->ev_write) {
        stream_close(stream);
        return false;
    }
    update_reading(stream);
    return true;
}

static bool tls_expect_host(SSL *ssl, enum tls_verify verify, const char *host)
{
    unsigned char address[16];
    bool is_address =
        inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
    if (!is_address && SSL_set_tlsext_host_name(ssl, host) != 1)
        return false;
    if (verify != TLS_VERIFY_FULL)
        return true;
    if (is_address)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1;
}

bool stream_start_tls(struct stream *stream, struct ssl_ctx_st *context, const char *host)
{
    if (stream->state != STREAM_STATE_OPEN || stream->ssl || in_unread(stream) > 0)
        return false;
    flush_some(stream);
    if (stream_waiting(stream) > 0)
        return false;
    SSL *ssl = SSL_new(context);
    if (!ssl || SSL_set_fd(ssl, stream->fd) != 1 ||
        (host && !tls_expect_host(ssl, tls_context_verify(context), host))) {
        SSL_free(ssl);
        return false;
    }
    if (host)
        SSL_set_connect_state(ssl);
    else
        SSL_set_accept_state(ssl);
    in_release(stream);
    stream->ssl = ssl;
    stream->in_limit = SIZE_MAX;
    stream->state = STREAM_STATE_HANDSHAKE;
    update_reading(stream);
    /* A client speaks first; for a server this waits for the hello. */
    if (host)
        event_active(stream->ev_read, EV_READ, 0);
    return true;
}

void stream_close(struct stream *stream)
{
    if (stream->ssl) {
        if (stream->state == STREAM_STATE_OPEN)
            SSL_shutdown(stream->ssl);
        ERR_clear_error();
        SSL_free(stream->ssl);
        stream->ssl = NULL;
    }
    if (stream->ev_read)
        event_free(stream->ev_read);
    if (stream->ev_write)
        event_free(stream->ev_write);
    stream->ev_read = stream->ev_write = NULL;
    stream->reading = stream->writing = false;
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    if (stream->reason == STREAM_REASON_NONE && stream->state != STREAM_STATE_CLOSED)
        stream->reason = STREAM_REASON_OWNER;
    stream->state = STREAM_STATE_CLOSED;
    list_remove(&stream->dirty);
    in_release(stream);
    buf_release(&stream->out);
    stream->out_sent = 0;
    stream->starved = stream->was_full = stream->tls_wants_write = stream->paused = false;
}

/* ---- the owner's side ---- */

struct str stream_in(const struct stream *stream)
{
    if (!stream->in)
        return STR_NONE;
    return str_make(stream->in + stream->in_start, in_unread(stream));
}

void stream_consume(struct stream *stream, size_t n)
{
    REQUIRE(n <= in_unread(stream));
    stream->in_start += n;
    if (in_unread(stream) == 0)
        in_release(stream);
    update_reading(stream);
}

void stream_consume_secret(struct stream *stream, size_t n)
{
    REQUIRE(n <= in_unread(stream));
    if (n > 0)
        explicit_bzero(stream->in + stream->in_start, n);
    stream_consume(stream, n);
}

void stream_read_limit(struct stream *stream, size_t n)
{
    stream->in_limit = n;
    update_reading(stream);
}

void stream_pause(struct stream *stream, bool paused)
{
    stream->paused = paused;
    update_reading(stream);
}

struct buf *stream_out(struct stream *stream)
{
    if (!stream->out.data) {
        stream->out.data = net_block_take(stream->loop);
        stream->out.cap = stream->out.data ? LIMIT_STREAM_BUFFER : 0;
    }
    return &stream->out;
}

void stream_written(struct stream *stream)
{
    if (stream->out.failed) {
        buf_clear(&stream->out);
        stream->out_sent = 0;
        stream_fail(stream, STREAM_REASON_MEMORY);
        return;
    }
    if (stream_is_open(stream))
        mark_dirty(stream);
    else
        buf_release(&stream->out);
}

void stream_write(struct stream *stream, struct str bytes)
{
    buf_put(stream_out(stream), bytes.ptr, bytes.len);
    stream_written(stream);
}

bool stream_full(struct stream *stream)
{
    bool full = stream_waiting(stream) >= LIMIT_STREAM_BUFFER;
    if (full)
        stream->was_full = true;
    return full;
}

/* ---- without a socket ---- */

void stream_open_memory(struct stream *stream)
{
    REQUIRE(stream->state == STREAM_STATE_CLOSED);
    stream->reason = STREAM_REASON_NONE;
    stream->state = STREAM_STATE_MEMORY;
}

void stream_memory_put(struct stream *stream, struct str bytes)
{
    while (bytes.len > 0 && stream->state == STREAM_STATE_MEMORY) {
        size_t room = 0;
        if (!in_prepare(stream, &room))
            break;
        size_t n = bytes.len < room ? bytes.len : room;
        memcpy(stream->in + stream->in_end, bytes.ptr, n);
        stream->in_end += n;
        bytes = str_slice(bytes, n, bytes.len);
        stream->events->readable(stream, stream->owner);
    }
    net_loop_settle(stream->loop);
}

void stream_memory_take(struct stream *stream, struct buf *out)
{
    if (stream_waiting(stream) > 0)
        buf_put(out, stream->out.data + stream->out_sent, stream_waiting(stream));
    buf_release(&stream->out);
    stream->out_sent = 0;
    tell_drained(stream);
    net_loop_settle(stream->loop);
}

void stream_memory_end(struct stream *stream)
{
    stream_fail(stream, STREAM_REASON_EOF);
    net_loop_settle(stream->loop);
}

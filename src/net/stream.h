#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A non-blocking byte stream over a socket, with or without TLS, with bounded buffers both ways.
 *
 *               in: one block, borrowed while it holds data
 *      peer -> [consumed | received .... | free ] -> stream_in / stream_consume
 *      peer <- [sent | waiting ................ ] <- stream_out / stream_written
 *               out: grows; over LIMIT_STREAM_BUFFER it is `full` and the owner stops producing
 *
 * Reading stops by itself when the in-buffer is full and goes on when the owner consumes, so a
 * slow owner costs one block. Every stream ends through one door, `stream_fail` or `stream_close`,
 * with a reason.
 *
 * Callbacks come from the event loop only, never from inside a call of the owner's (net/loop.h).
 */
#include "net/loop.h"
#include "net/tls.h"

struct event;

/* Why a stream ended: REASON(name, "text") */
#define STREAM_REASON_TABLE(REASON)                                                                \
    REASON(EOF, "the peer closed the connection")                                                  \
    REASON(RESET, "the connection broke")                                                          \
    REASON(TLS, "TLS failed")                                                                      \
    REASON(MEMORY, "out of memory, or a buffer over its limit")                                    \
    REASON(OWNER, "closed by this side")

enum stream_reason {
    STREAM_REASON_NONE = 0,
#define REASON(name, text) STREAM_REASON_##name,
    STREAM_REASON_TABLE(REASON)
#undef REASON
};

enum stream_state {
    STREAM_STATE_CLOSED = 0,
    STREAM_STATE_HANDSHAKE, /* TLS is being agreed on: nothing is read or written for the owner */
    STREAM_STATE_OPEN,
    STREAM_STATE_BROKEN,    /* failed; the owner has not been told yet */
    STREAM_STATE_MEMORY     /* tests: no socket; bytes are put and taken by hand */
};

struct stream;

struct stream_events {
    /* There are new bytes in stream_in. */
    void (*readable)(struct stream *stream, void *owner);
    /* The out-buffer was full and is no longer. */
    void (*drained)(struct stream *stream, void *owner);
    /* TLS stands. */
    void (*secured)(struct stream *stream, void *owner);
    /* It failed or the peer closed it, and is closed now; told once. What was received before can
     * still be read. */
    void (*ended)(struct stream *stream, void *owner);
};

struct stream {
    struct net_loop *loop;
    const struct stream_events *events;
    void *owner;
    int fd; /* owned; -1 when closed */
    enum stream_state state;
    enum stream_reason reason;
    struct event *ev_read, *ev_write;
    struct ssl_st *ssl;   /* owned; NULL without TLS */
    char *in;             /* a block, or NULL */
    size_t in_start;      /* consumed up to here */
    size_t in_end;        /* received up to here */
    size_t in_limit;      /* most bytes that may lie unread; see stream_read_limit */
    struct buf out;
    size_t out_sent;      /* bytes of `out` that are with the kernel */
    struct list dirty;    /* on net_loop.dirty */
    bool reading;         /* ev_read is added */
    bool writing;         /* ev_write is added */
    bool starved;         /* bytes may wait that no readiness will be told of (in TLS' buffer) */
    bool was_full;        /* tell `drained` when it is no longer */
    bool paused;          /* the owner wants no bytes now */
    bool tls_wants_write; /* reading waits for the socket to take bytes */
    uint64_t bytes_in, bytes_out; /* of the owner's data, since it opened */
    char detail[120];     /* of a TLS failure, for logs; NUL-terminated */
};

void stream_init(struct stream *stream, struct net_loop *loop, const struct stream_events *events,
                 void *owner);
/* Takes the connected, non-blocking descriptor. False when out of memory (fd is closed). */
NODISCARD bool stream_open(struct stream *stream, int fd);
/* Starts TLS on an open stream; `secured` tells the end. False when bytes are buffered that came
 * before TLS (they would pass for protected ones), or out of memory. `host`: for a client, the
 * name to be verified (and sent as SNI unless it is an address); NULL for a server. */
NODISCARD bool stream_start_tls(struct stream *stream, struct ssl_ctx_st *context,
                                const char *host);
/* Closes now: nothing more is sent and no callback comes. */
void stream_close(struct stream *stream);
/* Breaks it; `ended` comes from net_loop_settle. */
void stream_fail(struct stream *stream, enum stream_reason reason);
const char *stream_reason_text(enum stream_reason reason);

/* Received and not consumed. Valid until the next consume or callback. */
struct str stream_in(const struct stream *stream);
void stream_consume(struct stream *stream, size_t n);
/* The same, and the bytes are wiped: they held a token. */
void stream_consume_secret(struct stream *stream, size_t n);
/* Reads no further than `n` unread bytes (SIZE_MAX: as the block holds): before TLS starts,
 * exactly one packet is read and nothing behind it. */
void stream_read_limit(struct stream *stream, size_t n);
void stream_pause(struct stream *stream, bool paused);

/* Append to this, then call stream_written. */
struct buf *stream_out(struct stream *stream);
void stream_written(struct stream *stream);
void stream_write(struct stream *stream, struct str bytes);
/* Bytes that wait to be sent. */
static inline size_t stream_waiting(const struct stream *stream)
{
    return stream->out.len - stream->out_sent;
}
/* The owner should produce no more until `drained`. */
bool stream_full(struct stream *stream);
static inline bool stream_is_secure(const struct stream *stream)
{
    return stream->ssl && stream->state == STREAM_STATE_OPEN;
}
static inline bool stream_is_open(const struct stream *stream)
{
    return stream->state == STREAM_STATE_OPEN || stream->state == STREAM_STATE_HANDSHAKE ||
           stream->state == STREAM_STATE_MEMORY;
}

/* For net/loop.c. */
void stream_settle(struct stream *stream);

/* For scenario tests: a stream without a socket. */
void stream_open_memory(struct stream *stream);
/* Bytes from the peer, as if read; calls `readable`. */
void stream_memory_put(struct stream *stream, struct str bytes);
/* Takes what was written, at the end of `out`; tells `drained`. */
void stream_memory_take(struct stream *stream, struct buf *out);
/* The peer goes away. */
void stream_memory_end(struct stream *stream);

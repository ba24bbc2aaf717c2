#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What the streams and timers of one process share: the event base, the time, blocks of memory
 * for buffers, the streams that have something to write, and a timer wheel.
 *
 * A stream never calls its owner back from inside the owner's own call: writing only fills a
 * buffer and puts the stream on the dirty list. Whoever was called by the event loop ends with
 * `net_loop_settle`, which writes what is waiting (one system call a stream), tells owners of
 * streams that broke, and runs the farewells. So an owner may free itself only in a farewell.
 */
#include "base/buf.h"
#include "base/list.h"

struct event_base;
struct event;

#define NET_WHEEL_SLOTS   512
#define NET_WHEEL_TICK_MS 32 /* timers fire at most this late */
#define NET_POOL_BLOCKS   64 /* blocks kept for reuse */

/* A deadline. Owned by whoever embeds it; must be stopped before that memory goes. */
struct net_timer {
    struct list node;
    uint64_t at_ms; /* net_loop.now_ms at which it fires */
    void (*fire)(void *owner);
    void *owner;
    bool armed;
};

/* Work to do when nothing of the owner is on the stack any more: usually, to free it. */
struct net_farewell {
    struct list node;
    void (*run)(void *owner);
    void *owner;
    bool queued;
};

struct net_loop {
    struct event_base *base; /* NULL in tests that have no sockets */
    struct event *tick;
    uint64_t now_ms;         /* monotonic; in tests whatever they say */
    struct list dirty;       /* streams with bytes to write or a break to tell */
    struct list farewells;
    struct list wheel[NET_WHEEL_SLOTS];
    uint64_t wheel_tick;     /* last tick that was run */
    size_t timers;           /* armed */
    void *blocks[NET_POOL_BLOCKS]; /* each of LIMIT_STREAM_BUFFER bytes */
    size_t block_count;
    struct event *soon;
    bool settling;
    bool awake; /* between net_loop_wake and the end of net_loop_settle */
};

/* `base` may be NULL: then time moves by net_loop_advance alone. With one, SIGPIPE is ignored from
 * here on. False when out of memory. */
NODISCARD bool net_loop_init(struct net_loop *loop, struct event_base *base);
void net_loop_release(struct net_loop *loop);
/* Reads the clock; for whoever is called by the event loop, first thing. */
void net_loop_wake(struct net_loop *loop);
/* Last thing, likewise. */
void net_loop_settle(struct net_loop *loop);
/* Settles from the event loop, for whoever was not called by something that ends with
 * net_loop_settle (an answer from another process). Streams and farewells call it themselves. */
void net_loop_soon(struct net_loop *loop);
/* Sets the time and runs what is due. */
void net_loop_advance(struct net_loop *loop, uint64_t now_ms);

void net_timer_init(struct net_timer *timer, void (*fire)(void *owner), void *owner);
/* Arms it anew, `delay_ms` from now. */
void net_timer_start(struct net_loop *loop, struct net_timer *timer, uint64_t delay_ms);
void net_timer_stop(struct net_loop *loop, struct net_timer *timer);

void net_farewell_queue(struct net_loop *loop, struct net_farewell *farewell,
                        void (*run)(void *owner), void *owner);

void net_farewell_cancel(struct net_farewell *farewell);

/* A block of LIMIT_STREAM_BUFFER bytes, or NULL. */
void *net_block_take(struct net_loop *loop);
void net_block_give(struct net_loop *loop, void *block);

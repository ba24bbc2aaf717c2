/* SPDX-License-Identifier: Apache-2.0
 *
 * The wheel is hashed: a timer hangs in the slot of its tick modulo the number of slots, and is
 * passed over on each round until it is due.
 */
#include "net/loop.h"
#include "base/clock.h"
#include "base/limits.h"
#include "net/stream.h"
#include <event2/event.h>
#include <signal.h>

static void loop_tick(evutil_socket_t fd, short what, void *data)
{
    struct net_loop *loop = data;
    (void)fd;
    (void)what;
    loop->awake = true;
    net_loop_advance(loop, clock_monotonic_ms());
    net_loop_settle(loop);
}

static void loop_soon(evutil_socket_t fd, short what, void *data)
{
    struct net_loop *loop = data;
    (void)fd;
    (void)what;
    net_loop_wake(loop);
    net_loop_settle(loop);
}

void net_loop_soon(struct net_loop *loop)
{
    if (!loop->awake && !loop->settling && loop->soon)
        event_active(loop->soon, EV_TIMEOUT, 0);
}

bool net_loop_init(struct net_loop *loop, struct event_base *base)
{
    *loop = (struct net_loop){.base = base};
    list_init(&loop->dirty);
    list_init(&loop->farewells);
    for (size_t i = 0; i < NET_WHEEL_SLOTS; i++)
        list_init(&loop->wheel[i]);
    if (!base)
        return true;
    /* OpenSSL writes without MSG_NOSIGNAL. */
    signal(SIGPIPE, SIG_IGN);
    loop->now_ms = clock_monotonic_ms();
    loop->wheel_tick = loop->now_ms / NET_WHEEL_TICK_MS;
    loop->tick = event_new(base, -1, EV_PERSIST, loop_tick, loop);
    loop->soon = event_new(base, -1, 0, loop_soon, loop);
    struct timeval every = {0, NET_WHEEL_TICK_MS * 1000};
    return loop->soon && loop->tick && event_add(loop->tick, &every) == 0;
}

void net_loop_release(struct net_loop *loop)
{
    net_loop_settle(loop);
    if (loop->tick)
        event_free(loop->tick);
    if (loop->soon)
        event_free(loop->soon);
    loop->tick = loop->soon = NULL;
    while (loop->block_count > 0)
        free(loop->blocks[--loop->block_count]);
}

void net_loop_wake(struct net_loop *loop)
{
    loop->awake = true;
    if (loop->base)
        loop->now_ms = clock_monotonic_ms();
}

void net_loop_settle(struct net_loop *loop)
{
    if (loop->settling)
        return;
    loop->settling = true;
    while (!list_empty(&loop->dirty) || !list_empty(&loop->farewells)) {
        while (!list_empty(&loop->dirty)) {
            struct list *node = loop->dirty.next;
            list_remove(node);
            stream_settle(list_entry(node, struct stream, dirty));
        }
        /* Farewells come last: no stream of theirs is being settled now. */
        if (!list_empty(&loop->farewells)) {
            struct net_farewell *f =
                list_entry(loop->farewells.next, struct net_farewell, node);
            list_remove(&f->node);
            f->queued = false;
            f->run(f->owner);
        }
    }
    loop->settling = false;
    loop->awake = false;
}

static void wheel_run_slot(struct net_loop *loop, struct list *slot)
{
    struct list due;
    list_init(&due);
    list_each_safe (node, slot) {
        struct net_timer *timer = list_entry(node, struct net_timer, node);
        if (timer->at_ms <= loop->now_ms) {
            list_remove(node);
            list_append(&due, node);
        }
    }
    while (!list_empty(&due)) {
        struct net_timer *timer = list_entry(due.next, struct net_timer, node);
        net_timer_stop(loop, timer);
        timer->fire(timer->owner);
    }
}

void net_loop_advance(struct net_loop *loop, uint64_t now_ms)
{
    loop->now_ms = now_ms;
    uint64_t tick = now_ms / NET_WHEEL_TICK_MS;
    uint64_t from = loop->wheel_tick;
    if (tick - from > NET_WHEEL_SLOTS)
        from = tick - NET_WHEEL_SLOTS;
    loop->wheel_tick = tick;
    /* The slot of `from` again: a timer due later within that very tick may wait there. */
    for (uint64_t t = from; t <= tick; t++)
        wheel_run_slot(loop, &loop->wheel[t % NET_WHEEL_SLOTS]);
}

void net_timer_init(struct net_timer *timer, void (*fire)(void *owner), void *owner)
{
    *timer = (struct net_timer){.fire = fire, .owner = owner};
    list_init(&timer->node);
}

void net_timer_start(struct net_loop *loop, struct net_timer *timer, uint64_t delay_ms)
{
    net_timer_stop(loop, timer);
    timer->at_ms = loop->now_ms + delay_ms;
    /* Rounded up, so that the slot is not run before the timer is due. */
    uint64_t tick = (timer->at_ms + NET_WHEEL_TICK_MS - 1) / NET_WHEEL_TICK_MS;
    list_append(&loop->wheel[tick % NET_WHEEL_SLOTS], &timer->node);
    timer->armed = true;
    loop->timers++;
}

void net_timer_stop(struct net_loop *loop, struct net_timer *timer)
{
    if (!timer->armed)
        return;
    list_remove(&timer->node);
    timer->armed = false;
    loop->timers--;
}

void net_farewell_queue(struct net_loop *loop, struct net_farewell *farewell,
                        void (*run)(void *owner), void *owner)
{
    if (farewell->queued)
        return;
    farewell->run = run;
    farewell->owner = owner;
    farewell->queued = true;
    list_append(&loop->farewells, &farewell->node);
    net_loop_soon(loop);
}

void net_farewell_cancel(struct net_farewell *farewell)
{
    if (farewell->queued)
        list_remove(&farewell->node);
    farewell->queued = false;
}

void *net_block_take(struct net_loop *loop)
{
    if (loop->block_count > 0)
        return loop->blocks[--loop->block_count];
    return malloc(LIMIT_STREAM_BUFFER);
}

void net_block_give(struct net_loop *loop, void *block)
{
    if (!block)
        return;
    if (loop->block_count < NET_POOL_BLOCKS)
        loop->blocks[loop->block_count++] = block;
    else
        free(block);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/attr.h"
#include "ipc/ipc.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A worker and a keeper, joined, in one process. */
struct pair {
    struct event_base *base;
    struct ipc_channel *worker, *keeper;
    unsigned verifies, opens, configures, closed;
    size_t token_len;
    char violation[80];
    bool silent; /* the keeper doesn't answer */
    bool close_inside;
};

static void on_verify(void *owner, struct ipc_channel *channel, const struct ipc_verify *m)
{
    struct pair *p = owner;
    p->verifies++;
    p->token_len = m->token.len;
    for (size_t i = 0; i < m->token.len; i++)
        assert_int_equal(m->token.bytes[i], (unsigned char)('a' + i % 26));
    if (p->close_inside)
        ipc_channel_close(channel);
    assert_true(m->tag != 0);
    if (!p->silent && !p->close_inside)
        assert_true(ipc_send_verified(
            channel, &(struct ipc_verified){.tag = m->tag, .ok = true, .identity = STR("{}")}));
}

static void on_session_open(void *owner, struct ipc_channel *channel,
                            const struct ipc_session_open *m)
{
    (void)channel;
    struct pair *p = owner;
    assert_int_equal(m->session, p->opens);
    p->opens++;
}

static void on_closed(void *owner, struct ipc_channel *channel, const char *violation)
{
    (void)channel;
    struct pair *p = owner;
    p->closed++;
    snprintf(p->violation, sizeof(p->violation), "%s", violation ? violation : "");
}

static const struct ipc_handlers keeper_handlers = {
    .verify = on_verify, .session_open = on_session_open, .closed = on_closed};
static const struct ipc_handlers worker_handlers = {.closed = on_closed};

static int pair_setup(void **state)
{
    static struct pair p;
    int ends[2];
    p = (struct pair){.base = event_base_new()};
    assert_int_equal(ipc_pair(ends), 0);
    p.worker = ipc_channel_new(p.base, ROLE_WORKER, ROLE_KEEPER, 0, &worker_handlers, &p);
    p.keeper = ipc_channel_new(p.base, ROLE_KEEPER, ROLE_WORKER, 3, &keeper_handlers, &p);
    assert_int_equal(ipc_channel_peer_index(p.keeper), 3);
    assert_false(ipc_channel_connected(p.keeper));
    ipc_channel_connect(p.worker, ends[0]);
    ipc_channel_connect(p.keeper, ends[1]);
    *state = &p;
    return 0;
}

static int pair_teardown(void **state)
{
    struct pair *p = *state;
    ipc_channel_free(p->worker);
    ipc_channel_free(p->keeper);
    event_base_free(p->base);
    return 0;
}

static void run(struct pair *p)
{
    for (int i = 0; i < 200; i++)
        event_base_loop(p->base, EVLOOP_NONBLOCK);
}

struct result {
    unsigned calls, lost;
};
static void on_verified(void *owner, const struct ipc_verified *answer)
{
    struct result *r = owner;
    r->calls++;
    if (answer == NULL)
        r->lost++;
    else
        assert_str(answer->identity, STR("{}"));
}

static struct ipc_verify verify_of(size_t len)
{
    static unsigned char token[131072];
    for (size_t i = 0; i < sizeof(token); i++)
        token[i] = (unsigned char)('a' + i % 26);
    return (struct ipc_verify){.session = 1, .token = {token, len}};
}

static void an_ask_is_answered_once(void **state)
{
    struct pair *p = *state;
    struct result r = {0};
    struct ipc_verify m = verify_of(10);
    assert_true(ipc_ask_verify(p->worker, &m, 1000, on_verified, &r) != 0);
    run(p);
    assert_int_equal(r.calls, 1);
    assert_int_equal(r.lost, 0);
    assert_int_equal(p->token_len, 10);
}

static void long_messages_arrive_whole(void **state)
{
    struct pair *p = *state;
    static const size_t lens[] = {32600, 32700, 32718, 32719, 32740, 32750, 32760,
                                  32768, 65536, 100000, 131072};
    struct result r = {0};
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        struct ipc_verify m = verify_of(lens[i]);
        assert_true(ipc_ask_verify(p->worker, &m, 1000, on_verified, &r) != 0);
        run(p);
        assert_int_equal(p->token_len, lens[i]);
    }
    assert_int_equal(r.calls, ARRAY_LEN(lens));
    assert_int_equal(r.lost, 0);
}

static void a_slow_peer_costs_a_queue_and_order_is_kept(void **state)
{
    struct pair *p = *state;
    for (unsigned i = 0; i < 3000; i++)
        assert_true(ipc_send_session_open(
            p->worker, &(struct ipc_session_open){.session = i, .target = STR("t")}));
    assert_true(ipc_channel_queued(p->worker) > 0);
    run(p);
    assert_int_equal(p->opens, 3000);
    assert_int_equal(ipc_channel_queued(p->worker), 0);
}

static void the_queue_is_bounded(void **state)
{
    struct pair *p = *state;
    struct ipc_verify m = verify_of(131072);
    size_t sent = 0;
    while (sent < 2000 && ipc_send_verify(p->worker, &m))
        sent++;
    assert_true(sent < 2000);
    assert_true(ipc_channel_queued(p->worker) <= IPC_QUEUE_MAX);
}

static void an_ask_that_is_forgotten_is_not_answered(void **state)
{
    struct pair *p = *state;
    struct result r = {0};
    struct ipc_verify m = verify_of(1);
    ipc_forget(p->worker, ipc_ask_verify(p->worker, &m, 1000, on_verified, &r));
    ipc_forget(p->worker, 12345);
    run(p);
    assert_int_equal(p->verifies, 1);
    assert_int_equal(r.calls, 0);
    assert_true(ipc_channel_connected(p->worker));
}

static void an_ask_has_a_deadline(void **state)
{
    struct pair *p = *state;
    struct result r = {0};
    struct ipc_verify m = verify_of(1);
    p->silent = true;
    assert_true(ipc_ask_verify(p->worker, &m, 5, on_verified, &r) != 0);
    event_base_loop(p->base, EVLOOP_ONCE);
    for (int i = 0; i < 50 && r.calls == 0; i++) {
        usleep(1000);
        event_base_loop(p->base, EVLOOP_NONBLOCK);
    }
    assert_int_equal(r.lost, 1);
    assert_int_equal(r.calls, 1);
}

static void a_peer_that_goes_answers_all_asks(void **state)
{
    struct pair *p = *state;
    struct result r = {0};
    struct ipc_verify m = verify_of(1);
    p->silent = true;
    for (int i = 0; i < 100; i++)
        assert_true(ipc_ask_verify(p->worker, &m, 5000, on_verified, &r) != 0);
    run(p);
    ipc_channel_close(p->keeper);
    run(p);
    assert_int_equal(r.lost, 100);
    assert_int_equal(p->closed, 1);
    assert_int_equal(ipc_ask_verify(p->worker, &m, 5000, on_verified, &r), 0);
    int ends[2]; /* and the same channels go on over a new pair */
    assert_int_equal(ipc_pair(ends), 0);
    ipc_channel_connect(p->worker, ends[0]);
    ipc_channel_connect(p->keeper, ends[1]);
    p->silent = false;
    assert_true(ipc_ask_verify(p->worker, &m, 5000, on_verified, &r) != 0);
    run(p);
    assert_int_equal(r.calls, 101);
    assert_int_equal(r.lost, 100);
}

static void a_handler_may_close(void **state)
{
    struct pair *p = *state;
    struct ipc_verify m = verify_of(100000);
    struct result r = {0};
    p->close_inside = true;
    assert_true(ipc_ask_verify(p->worker, &m, 5000, on_verified, &r) != 0);
    m = verify_of(10);
    ipc_ask_verify(p->worker, &m, 5000, on_verified, &r);
    run(p);
    assert_int_equal(p->verifies, 1);
    assert_int_equal(r.lost, r.calls);
}

static void what_may_not_be_sent_is_not_sent(void **state)
{
    struct pair *p = *state;
    assert_false(ipc_send_configure(p->worker, &(struct ipc_configure){.generation = 1}));
    assert_false(ipc_send_keys(p->worker, &(struct ipc_keys){.issuer = STR("x")}));
    run(p);
    assert_true(ipc_channel_connected(p->worker));
}

/* Raw packets from a worker that has been taken over. */
static void violations_close_the_channel(void **state)
{
    struct pair *p = *state;
#define HEAD(type, more, total) (char)(type), 0, (more), 0, (char)(total), 0, 0, 0
    static const struct {
        const char *name;
        char bytes[32];
        size_t len;
    } rows[] = {
        {"malformed packet", {1, 0, 0}, 3},
        {"malformed packet", {HEAD(IPC_TYPE_COUNT, 0, 0)}, 8},
        {"malformed packet", {HEAD(IPC_session_close, 2, 8)}, 8},
        {"not permitted", {HEAD(IPC_INVALID, 0, 0)}, 8},
        {"not permitted", {HEAD(IPC_keys, 0, 8), 0, 0, 0, 0, 0, 0, 0, 0}, 16},
        {"not permitted", {HEAD(IPC_configure, 0, 8), 0, 0, 0, 0, 0, 0, 0, 0}, 16},
        {"not handled: session_close", {HEAD(IPC_session_close, 0, 8), 0, 0, 0, 0, 0, 0, 0, 0}, 16},
        {"malformed: session_open", {HEAD(IPC_session_open, 0, 8), 0, 0, 0, 0, 0, 0, 0, 0}, 16},
        {"too large", {HEAD(IPC_session_close, 1, 127), 0}, 9},
        {"fragments that don't add up", {HEAD(IPC_session_close, 0, 8), 0}, 9},
        {"fragments that don't add up", {HEAD(IPC_session_close, 0, 1), 0, 0}, 10},
        {"fragments that don't add up", {HEAD(IPC_session_close, 1, 8)}, 8},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int ends[2];
        uint64_t before = ipc_violations();
        assert_int_equal(ipc_pair(ends), 0);
        ipc_channel_connect(p->keeper, ends[1]);
        p->violation[0] = '\0';
        assert_true(send(ends[0], rows[i].bytes, rows[i].len, 0) == (ssize_t)rows[i].len);
        run(p);
        assert_string_equal(p->violation, rows[i].name);
        assert_false(ipc_channel_connected(p->keeper));
        assert_int_equal(ipc_violations(), before + 1);
        close(ends[0]);
    }
}

static void fragments_of_two_messages_do_not_mix(void **state)
{
    struct pair *p = *state;
    static const char first[] = {HEAD(IPC_session_open, 1, 14), 1, 0, 0, 0};
    static const char other[] = {HEAD(IPC_session_close, 0, 8), 0, 0, 0, 0, 0, 0, 0, 0};
    int ends[2];
    assert_int_equal(ipc_pair(ends), 0);
    ipc_channel_connect(p->keeper, ends[1]);
    assert_true(send(ends[0], first, sizeof(first), 0) > 0);
    assert_true(send(ends[0], other, sizeof(other), 0) > 0);
    run(p);
    assert_string_equal(p->violation, "fragment of another message");
    close(ends[0]);
}

/* ---- descriptors: supervisor and worker ---- */

static int received_fd = -2;
static void on_listener(void *owner, struct ipc_channel *channel, const struct ipc_listener *m)
{
    (void)owner;
    (void)channel;
    received_fd = m->socket;
}

static void descriptors_travel(void **state)
{
    (void)state;
    static const struct ipc_handlers handlers = {.listener = on_listener}, none;
    struct event_base *base = event_base_new();
    struct ipc_channel *s = ipc_channel_new(base, ROLE_SUPERVISOR, ROLE_WORKER, 0, &none, NULL);
    struct ipc_channel *w = ipc_channel_new(base, ROLE_WORKER, ROLE_SUPERVISOR, 0, &handlers, NULL);
    int ends[2], pipe_ends[2];
    char c = 0;
    assert_int_equal(ipc_pair(ends), 0);
    ipc_channel_connect(s, ends[0]);
    ipc_channel_connect(w, ends[1]);
    assert_int_equal(pipe(pipe_ends), 0);
    assert_true(ipc_send_listener(s, &(struct ipc_listener){.index = 1, .socket = pipe_ends[1]}));
    assert_int_equal(fcntl(pipe_ends[1], F_GETFD), -1); /* the sender's copy is closed */
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_true(received_fd > 2);
    assert_true(fcntl(received_fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(write(received_fd, "x", 1), 1);
    assert_int_equal(read(pipe_ends[0], &c, 1), 1);
    assert_int_equal(c, 'x');
    close(received_fd);
    assert_true(ipc_send_listener(s, &(struct ipc_listener){.index = 1})); /* left out: none */
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert_int_equal(received_fd, -1);
    close(pipe_ends[0]);
    ipc_channel_free(s);
    ipc_channel_free(w);
    event_base_free(base);
}

#define with_pair(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pair(an_ask_is_answered_once),
        with_pair(long_messages_arrive_whole),
        with_pair(a_slow_peer_costs_a_queue_and_order_is_kept),
        with_pair(the_queue_is_bounded),
        with_pair(an_ask_that_is_forgotten_is_not_answered),
        with_pair(an_ask_has_a_deadline),
        with_pair(a_peer_that_goes_answers_all_asks),
        with_pair(a_handler_may_close),
        with_pair(what_may_not_be_sent_is_not_sent),
        with_pair(violations_close_the_channel),
        with_pair(fragments_of_two_messages_do_not_mix),
        cmocka_unit_test(descriptors_travel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Filling a server's cache. A server with caching_sha2_password that does not hold an account in
 * its cache wants the password itself. So that workers need not have it, the keeper logs in once
 * over a connection of its own; afterwards the server answers to the short way, which shows
 * nothing. The supervisor dials.
 *
 *   dial -> greeting -> [TLS] -> login -+-> OK: the cache holds it (now, or already)
 *                                       +-> switch: answer anew
 *                                       +-> full: the password, over TLS or to the configured key
 *
 * Several that ask for the same account wait for the same attempt. The account's name and password
 * are fetched again at each step: a reload may have changed them.
 */
#include "base/log.h"
#include "net/stream.h"
#include "net/tls.h"
#include "roles/keeper.h"
#include "wire/dialogue.h"
#include "wire/packets.h"

#define PAYLOAD_MAX ((size_t)64 << 10)
#define COLLATION   45 /* utf8mb4_general_ci, known to every server */

enum prime_step { PRIME_INVALID = 0, PRIME_DIAL, PRIME_TLS, PRIME_LOGIN, PRIME_OVER };

struct prime_waiter {
    struct list node;
    struct ipc_channel *channel;
    uint32_t tag;
};

struct keeper_prime {
    struct keeper *keeper;
    size_t target, account; /* indices */
    enum prime_step step;
    struct list waiters;
    uint32_t dial_tag;
    struct stream stream;
    struct wire_joiner incoming;
    uint8_t sequence;
    struct wire_dialogue dialogue;
    char host[256]; /* expected in the certificate; NUL-terminated */
    struct net_timer timer;
    struct net_farewell farewell;
};

static void prime_free(void *owner)
{
    struct keeper_prime *prime = owner;
    net_timer_stop(&prime->keeper->loop, &prime->timer);
    if (prime->dial_tag)
        ipc_forget(prime->keeper->supervisor, prime->dial_tag);
    /* The password may have lain in here. */
    if (prime->stream.out.data)
        explicit_bzero(prime->stream.out.data, prime->stream.out.cap);
    stream_close(&prime->stream);
    wire_joiner_release(&prime->incoming);
    free(prime);
}

/* `problem` NULL: the cache is filled. The struct goes when nothing of it is on the stack. */
static void prime_end(struct keeper_prime *prime, const char *problem)
{
    struct keeper *keeper = prime->keeper;
    struct keeper_account_state *state = &keeper->targets[prime->target].accounts[prime->account];
    if (prime->step == PRIME_OVER)
        return;
    prime->step = PRIME_OVER;
    state->prime = NULL;
    state->failed_ms = problem ? (keeper->loop.now_ms > 0 ? keeper->loop.now_ms : 1) : 0;
    list_each_safe (node, &prime->waiters) {
        struct prime_waiter *waiter = list_entry(node, struct prime_waiter, node);
        ipc_send_primed(waiter->channel, &(struct ipc_primed){.tag = waiter->tag,
                                                              .ok = problem == NULL,
                                                              .problem = str_of(problem)});
        list_remove(&waiter->node);
        free(waiter);
    }
    if (problem)
        log_event(LOG_prime_failed,
                  log_str("target", keeper->targets[prime->target].settings->name),
                  log_text("problem", problem));
    net_timer_stop(&keeper->loop, &prime->timer);
    net_farewell_queue(&keeper->loop, &prime->farewell, prime_free, prime);
}

static void packet_put(struct keeper_prime *prime, struct str payload)
{
    wire_packet_put(stream_out(&prime->stream), payload, &prime->sequence);
    prime->incoming.splitter.sequence = prime->sequence;
    stream_written(&prime->stream);
}

/* ---- the login ---- */

/* What the dialogue asks for: made here, sent. NULL or what is wrong. */
static const char *answer_put(struct keeper_prime *prime)
{
    struct keeper *keeper = prime->keeper;
    struct wire_dialogue *d = &prime->dialogue;
    const struct config_target *settings = keeper->targets[prime->target].settings;
    struct str user, password, key = STR_NONE;
    struct buf answer, payload;
    const char *problem = NULL;

    if (!keeper_account(keeper, prime->target, prime->account, &user, &password))
        return "the account's password is not there";
    if (d->stage == WIRE_STAGE_RSA && !keeper_file(keeper, settings->public_key_file, &key))
        return "the configured public key is not there";
    buf_init(&answer, WIRE_ANSWER_MAX);
    buf_init(&payload, PAYLOAD_MAX);
    if (!wire_dialogue_make_answer(d->plugin, d->stage, d->scramble, password, key, &answer))
        problem = "the answer can't be made: see public_key_file";
    else if (wire_dialogue_answer(d, user, buf_str(&answer), &payload) == WIRE_DIALOGUE_BROKEN)
        problem = d->problem;
    else
        packet_put(prime, buf_str(&payload));
    buf_release_secret(&answer);
    buf_release_secret(&payload);
    return problem;
}

static const char *tls_start(struct keeper_prime *prime)
{
    struct keeper_target *target = &prime->keeper->targets[prime->target];
    struct buf payload;

    if (stream_in(&prime->stream).len > 0)
        return "the server sent more than its greeting";
    buf_init(&payload, 64);
    wire_dialogue_tls_request(&prime->dialogue, &payload);
    packet_put(prime, buf_str(&payload));
    buf_release(&payload);
    prime->step = PRIME_TLS;
    return stream_start_tls(&prime->stream, target->tls, prime->host) ? NULL
                                                                      : "TLS can't be started";
}

/* Does what the dialogue's step asks; NULL or what is wrong. */
static const char *dialogue_follow(struct keeper_prime *prime)
{
    switch (prime->dialogue.step) {
    case WIRE_DIALOGUE_TLS:
        return tls_start(prime);
    case WIRE_DIALOGUE_ANSWER:
        return answer_put(prime);
    case WIRE_DIALOGUE_GREETING:
    case WIRE_DIALOGUE_WAIT:
        return NULL;
    case WIRE_DIALOGUE_DONE:
        prime_end(prime, NULL);
        return NULL;
    case WIRE_DIALOGUE_REFUSED:
        return "the server refused the account";
    case WIRE_DIALOGUE_BROKEN:
        return prime->dialogue.problem;
    case WIRE_DIALOGUE_INVALID:
        break;
    }
    return "the dialogue is not under way";
}

/* ---- the stream ---- */

static void on_secured(struct stream *stream, void *owner)
{
    struct keeper_prime *prime = owner;
    (void)stream;
    if (prime->step != PRIME_TLS)
        return;
    prime->step = PRIME_LOGIN;
    (void)wire_dialogue_secured(&prime->dialogue);
    const char *problem = dialogue_follow(prime);
    if (problem)
        prime_end(prime, problem);
}

static void on_readable(struct stream *stream, void *owner)
{
    struct keeper_prime *prime = owner;
    const char *problem = NULL;
    while (!problem && prime->step == PRIME_LOGIN) {
        size_t used = 0;
        struct str payload;
        enum wire_step got = wire_join(&prime->incoming, stream_in(stream), &used, &payload);
        if (got == WIRE_STEP_MORE) {
            stream_consume(stream, used);
            return;
        }
        if (got != WIRE_STEP_GOT) {
            problem = "the server's packets are out of order or too large";
            break;
        }
        prime->sequence = prime->incoming.splitter.sequence;
        (void)wire_dialogue_payload(&prime->dialogue, payload);
        stream_consume(stream, used);
        problem = dialogue_follow(prime);
    }
    if (problem)
        prime_end(prime, problem);
}

static void on_drained(struct stream *stream, void *owner)
{
    (void)stream;
    (void)owner;
}

static void on_ended(struct stream *stream, void *owner)
{
    (void)stream;
    prime_end(owner, "the connection to the server ended");
}

static const struct stream_events events = {
    .readable = on_readable, .drained = on_drained, .secured = on_secured, .ended = on_ended};

static void on_dialled(void *owner, const struct ipc_dialled *answer)
{
    struct keeper_prime *prime = owner;
    struct keeper *keeper = prime->keeper;
    net_loop_wake(&keeper->loop);
    prime->dial_tag = 0;
    if (!answer || answer->error != 0 || answer->socket < 0)
        prime_end(prime, "the server can't be reached");
    else if (!stream_open(&prime->stream, answer->socket))
        prime_end(prime, "out of memory");
    else
        prime->step = PRIME_LOGIN;
    net_loop_settle(&keeper->loop);
}

static void on_timeout(void *owner)
{
    prime_end(owner, "the server took too long");
}

/* ---- asking ---- */

static bool waiter_add(struct keeper_prime *prime, struct ipc_channel *channel, uint32_t tag)
{
    struct prime_waiter *waiter = calloc(1, sizeof *waiter);
    if (!waiter)
        return false;
    waiter->channel = channel;
    waiter->tag = tag;
    list_append(&prime->waiters, &waiter->node);
    return true;
}

static struct keeper_prime *prime_new(struct keeper *keeper, size_t target, size_t account)
{
    const struct config_target *settings = keeper->targets[target].settings;
    struct str host = settings->server_name.len > 0 ? settings->server_name : settings->host;
    struct keeper_prime *prime = calloc(1, sizeof *prime);
    if (!prime || host.len >= sizeof prime->host) {
        free(prime);
        return NULL;
    }
    if (host.len > 0)
        memcpy(prime->host, host.ptr, host.len);
    prime->keeper = keeper;
    prime->target = target;
    prime->account = account;
    prime->step = PRIME_DIAL;
    list_init(&prime->waiters);
    list_init(&prime->farewell.node);
    stream_init(&prime->stream, &keeper->loop, &events, prime);
    wire_joiner_init(&prime->incoming, PAYLOAD_MAX, 0);
    wire_dialogue_init(&prime->dialogue,
                       &(struct wire_dialogue_settings){
                           .tls = settings->tls != CONFIG_TARGET_TLS_OFF,
                           .verified = settings->tls != CONFIG_TARGET_TLS_UNVERIFIED,
                           .socket = settings->socket.len > 0,
                           .has_key = settings->public_key_file.len > 0,
                           .collation = COLLATION,
                           .max_packet = 1u << 24,
                       });
    net_timer_init(&prime->timer, on_timeout, prime);
    prime->dial_tag = ipc_ask_dial(keeper->supervisor, &(struct ipc_dial){.target = settings->name},
                                   KEEPER_PRIME_MS, on_dialled, prime);
    if (prime->dial_tag == 0) {
        wire_joiner_release(&prime->incoming);
        free(prime);
        return NULL;
    }
    net_timer_start(&keeper->loop, &prime->timer, KEEPER_PRIME_MS);
    return prime;
}

void keeper_on_prime(void *owner, struct ipc_channel *channel, const struct ipc_prime *m)
{
    struct keeper *keeper = owner;
    struct keeper_grant grant = {0};
    const char *code, *problem = NULL;
    net_loop_wake(&keeper->loop);
    if (keeper_grant(keeper, keeper_asker(channel), m->session, m->target, m->account, &grant,
                     &code, &problem)) {
        struct keeper_target *target = &keeper->targets[grant.target];
        struct keeper_account_state *state = &target->accounts[grant.account];
        if (target->settings->tls != CONFIG_TARGET_TLS_OFF && !target->tls)
            problem = "the target's CA is not there";
        if (!problem && !state->prime)
            state->prime = prime_new(keeper, grant.target, grant.account);
        if (!problem && (!state->prime || !waiter_add(state->prime, channel, m->tag)))
            problem = "the keeper can't dial now";
    }
    if (problem)
        ipc_send_primed(channel, &(struct ipc_primed){.tag = m->tag, .problem = str_of(problem)});
    net_loop_settle(&keeper->loop);
}

void keeper_prime_stop(struct keeper *keeper)
{
    for (size_t t = 0; keeper->config && t < keeper->config->target_count; t++) {
        struct keeper_target *target = &keeper->targets[t];
        for (size_t a = 0; a <= target->settings->account_count; a++)
            if (target->accounts[a].prime)
                prime_end(target->accounts[a].prime, "the configuration was read anew");
    }
    net_loop_settle(&keeper->loop);
}

static void waiters_forget(struct keeper_prime *prime, const struct ipc_channel *channel)
{
    list_each_safe (node, &prime->waiters) {
        struct prime_waiter *waiter = list_entry(node, struct prime_waiter, node);
        if (waiter->channel == channel) {
            list_remove(&waiter->node);
            free(waiter);
        }
    }
}

void keeper_prime_forget(struct keeper *keeper, const struct ipc_channel *channel)
{
    for (size_t t = 0; keeper->config && t < keeper->config->target_count; t++) {
        struct keeper_target *target = &keeper->targets[t];
        for (size_t a = 0; a <= target->settings->account_count; a++)
            if (target->accounts[a].prime)
                waiters_forget(target->accounts[a].prime, channel);
    }
}

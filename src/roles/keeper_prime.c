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
#include "wire/auth.h"
#include "wire/commands.h"
#include "wire/packets.h"

#define PAYLOAD_MAX ((size_t)64 << 10)
#define COLLATION   45 /* utf8mb4_general_ci, known to every server */

enum prime_step { PRIME_INVALID = 0, PRIME_DIAL, PRIME_GREETING, PRIME_TLS, PRIME_LOGIN, PRIME_OVER };

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
    uint64_t capabilities;
    enum wire_plugin plugin;
    unsigned char scramble[WIRE_SCRAMBLE];
    bool secure;   /* the server is known to be the right one and nobody listens */
    bool sent;     /* the login packet is out */
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
    struct keeper_account_state *state =
        &keeper->targets[prime->target].accounts[prime->account];
    if (prime->step == PRIME_OVER)
        return;
    prime->step = PRIME_OVER;
    state->prime = NULL;
    state->failed_ms = problem ? (keeper->loop.now_ms > 0 ? keeper->loop.now_ms : 1) : 0;
    list_each_safe(node, &prime->waiters) {
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

/* The answer to the scramble at hand; NULL or what is wrong. */
static const char *answer_put(struct keeper_prime *prime)
{
    struct str user, password;
    unsigned char answer[WIRE_SHA2_ANSWER];
    size_t len = 0;
    if (!keeper_account(prime->keeper, prime->target, prime->account, &user, &password))
        return "the account's password is not there";
    if (password.len > 0) {
        bool native = prime->plugin == WIRE_PLUGIN_NATIVE;
        len = native ? WIRE_NATIVE_ANSWER : WIRE_SHA2_ANSWER;
        if (!(native ? wire_native_answer(prime->scramble, password, answer)
                     : wire_sha2_answer(prime->scramble, password, answer)))
            return "the answer can't be made";
    }
    struct str bytes = str_make(answer, len);
    if (prime->sent) {
        packet_put(prime, bytes);
    } else {
        struct wire_login login = {
            .capabilities = prime->capabilities,
            .max_packet = 1u << 24,
            .collation = COLLATION,
            .user = user,
            .answer = bytes,
            .auth_plugin = str_of(wire_plugin_text(prime->plugin)),
        };
        struct buf payload;
        buf_init(&payload, PAYLOAD_MAX);
        wire_login_encode(&payload, &login);
        packet_put(prime, buf_str(&payload));
        buf_release_secret(&payload);
        prime->sent = true;
    }
    explicit_bzero(answer, sizeof answer);
    return NULL;
}

static void login_start(struct keeper_prime *prime)
{
    prime->step = PRIME_LOGIN;
    const char *problem = answer_put(prime);
    if (problem)
        prime_end(prime, problem);
}

/* The server wants the password whole. */
static const char *full_put(struct keeper_prime *prime)
{
    struct str user, password, key;
    struct keeper *keeper = prime->keeper;
    const struct config_target *settings = keeper->targets[prime->target].settings;
    const char *problem = NULL;
    struct buf answer;
    if (!keeper_account(keeper, prime->target, prime->account, &user, &password))
        return "the account's password is not there";
    buf_init(&answer, WIRE_ANSWER_MAX);
    if (prime->secure)
        wire_clear_encode(&answer, password);
    else if (settings->tls != CONFIG_TARGET_TLS_OFF)
        problem = "the server's certificate is not verified: it is not given the password";
    else if (!keeper_file(keeper, settings->public_key_file, &key))
        problem = "without TLS the password needs the server's public key: set public_key_file";
    else if (!wire_rsa_answer(key, prime->scramble, password, &answer))
        problem = "the configured public key can't be used";
    if (!problem)
        packet_put(prime, buf_str(&answer));
    buf_release_secret(&answer);
    return problem;
}

static const char *scramble_take(struct keeper_prime *prime, struct str plugin, struct str data)
{
    prime->plugin = wire_plugin_by_text(plugin);
    if (prime->plugin != WIRE_PLUGIN_NATIVE && prime->plugin != WIRE_PLUGIN_CACHING_SHA2)
        return "the server asks for a plugin that is not answered";
    if (data.len != WIRE_SCRAMBLE)
        return "the server's challenge is not of 20 bytes";
    memcpy(prime->scramble, data.ptr, WIRE_SCRAMBLE);
    return NULL;
}

static const char *login_payload(struct keeper_prime *prime, struct str payload)
{
    struct wire_auth_switch request;
    struct str data;
    switch ((uint8_t)payload.ptr[0]) {
    case WIRE_OK:
        prime_end(prime, NULL);
        return NULL;
    case WIRE_EOF:
        if (!wire_auth_switch_decode(payload, &request))
            return "the server's auth switch is malformed";
        const char *problem = scramble_take(prime, request.plugin, request.data);
        return problem ? problem : answer_put(prime);
    case WIRE_MORE_DATA:
        if (!wire_more_data_decode(payload, &data) || data.len != 1 ||
            prime->plugin != WIRE_PLUGIN_CACHING_SHA2)
            return "the server's authentication data is not understood";
        if (data.ptr[0] == WIRE_SHA2_FULL)
            return full_put(prime);
        return data.ptr[0] == WIRE_SHA2_FAST_OK ? NULL
                                                : "the server's authentication data is not understood";
    case WIRE_ERR:
        return "the server refused the account";
    default:
        return "the server's login dialogue is not understood";
    }
}

/* ---- greeting and TLS ---- */

static const char *tls_start(struct keeper_prime *prime)
{
    struct keeper_target *target = &prime->keeper->targets[prime->target];
    struct wire_login request = {.tls_request = true,
                                 .capabilities = prime->capabilities,
                                 .max_packet = 1u << 24,
                                 .collation = COLLATION};
    struct buf payload;
    if (stream_in(&prime->stream).len > 0)
        return "the server sent more than its greeting";
    buf_init(&payload, 64);
    wire_login_encode(&payload, &request);
    packet_put(prime, buf_str(&payload));
    buf_release(&payload);
    prime->step = PRIME_TLS;
    return stream_start_tls(&prime->stream, target->tls, prime->host) ? NULL
                                                                      : "TLS can't be started";
}

static const char *greeting_payload(struct keeper_prime *prime, struct str payload)
{
    const struct config_target *settings = prime->keeper->targets[prime->target].settings;
    struct wire_greeting greeting;
    const char *lacking;
    bool tls = settings->tls != CONFIG_TARGET_TLS_OFF;
    if (!wire_greeting_decode(payload, &greeting))
        return "the server does not greet as a MySQL server";
    if (tls && !(greeting.capabilities & WIRE_CAP(SSL)))
        return "the server does not offer TLS";
    if (!wire_capabilities_server(greeting.capabilities, 0, tls, false, &prime->capabilities,
                                  &lacking))
        return "the server lacks a capability that is needed";
    /* Any other plugin is answered with a guess: the server then switches to the account's own. */
    struct str plugin = greeting.auth_plugin;
    if (wire_plugin_by_text(plugin) != WIRE_PLUGIN_NATIVE)
        plugin = STR("caching_sha2_password");
    const char *problem =
        scramble_take(prime, plugin, str_make(greeting.scramble, WIRE_SCRAMBLE));
    if (problem)
        return problem;
    prime->secure = settings->socket.len > 0;
    return NULL;
}

/* ---- the stream ---- */

static void on_secured(struct stream *stream, void *owner)
{
    struct keeper_prime *prime = owner;
    (void)stream;
    if (prime->step != PRIME_TLS)
        return;
    prime->secure = prime->keeper->targets[prime->target].settings->tls !=
                    CONFIG_TARGET_TLS_UNVERIFIED;
    login_start(prime);
}

static void on_readable(struct stream *stream, void *owner)
{
    struct keeper_prime *prime = owner;
    const char *problem = NULL;
    while (!problem && (prime->step == PRIME_GREETING || prime->step == PRIME_LOGIN)) {
        size_t used = 0;
        struct str payload;
        enum wire_step got = wire_join(&prime->incoming, stream_in(stream), &used, &payload);
        if (got == WIRE_STEP_MORE) {
            stream_consume(stream, used);
            return;
        }
        if (got != WIRE_STEP_GOT || payload.len == 0) {
            problem = "the server's packets are out of order or too large";
            break;
        }
        prime->sequence = prime->incoming.splitter.sequence;
        bool greeted = prime->step == PRIME_GREETING;
        problem = greeted ? greeting_payload(prime, payload) : login_payload(prime, payload);
        stream_consume(stream, used);
        if (problem || !greeted)
            continue;
        if (prime->keeper->targets[prime->target].settings->tls != CONFIG_TARGET_TLS_OFF)
            problem = tls_start(prime);
        else
            login_start(prime);
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
        prime->step = PRIME_GREETING;
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
        ipc_send_primed(channel,
                        &(struct ipc_primed){.tag = m->tag, .problem = str_of(problem)});
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
    list_each_safe(node, &prime->waiters) {
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

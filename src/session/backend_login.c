/* SPDX-License-Identifier: Apache-2.0
 *
 * Logging in to a server. Every answer is the keeper's; the password itself passes through here
 * only where the server wants it whole, TLS stands, and its cache could not be filled.
 *
 *   greeting -> [TLS] -> ask(0) -> login -+-> OK
 *                                         +-> switch -> ask(0) -> answer -> ...
 *                                         +-> more: 3 -> OK
 *                                         +-> more: 4 -> prime, dial again; else ask(1 or 2)
 */
#include "base/limits.h"
#include "session/backend.h"
#include "wire/auth.h"
#include "wire/charset.h"

enum answer_stage {
    STAGE_FIRST = 0,
    STAGE_CLEAR = 1,
    STAGE_RSA = 2
};

static void login_ask(struct backend *backend, enum answer_stage stage);

void backend_login_stop(struct backend *backend)
{
    if (backend->tag)
        backend->world->ops->forget(backend->world->ops_context, backend->tag_peer, backend->tag);
    backend->tag = 0;
}

static void text_keep(char *out, size_t size, struct str text)
{
    size_t n = text.len < size ? text.len : size - 1;
    memcpy(out, text.ptr, n);
    out[n] = 0;
}

static void server_refused(struct backend *backend, struct str payload)
{
    struct wire_err err;
    if (!wire_err_decode(payload, &err))
        backend_fail(backend, "the server refused the login with a malformed error");
    else
        backend_fail(backend, "target %.*s refused the login: %u %.*s",
                     STR_ARG(backend->target->settings->name), err.number,
                     (int)(err.message.len < 200 ? err.message.len : 200), err.message.ptr);
}

/* ---- greeting and TLS ---- */

static void greeting_take(struct backend *backend, const struct wire_greeting *greeting)
{
    const struct config_target *settings = backend->target->settings;
    const char *lacking = NULL;
    struct sql_context server;
    bool tls = settings->tls != CONFIG_TARGET_TLS_OFF;
    if (!sql_version_parse(greeting->server_version, &server)) {
        backend_fail(backend, "the server's version can't be read: %.*s",
                     STR_ARG(str_slice(greeting->server_version, 0, 60)));
        return;
    }
    bool mariadb = server.family == SQL_MARIADB;
    if (mariadb != (settings->kind == CONFIG_TARGET_MARIADB)) {
        backend_fail(backend, "target %.*s is configured as %s and greets as %.*s",
                     STR_ARG(settings->name), mariadb ? "mysql" : "mariadb",
                     STR_ARG(str_slice(greeting->server_version, 0, 60)));
        return;
    }
    if (tls && !(greeting->capabilities & WIRE_CAP(SSL))) {
        backend_fail(backend, "target %.*s does not offer TLS", STR_ARG(settings->name));
        return;
    }
    if (!wire_capabilities_server(greeting->capabilities, backend->client_capabilities, tls, false,
                                  &backend->capabilities, &lacking)) {
        backend_fail(backend, "target %.*s lacks %s", STR_ARG(settings->name), lacking);
        return;
    }
    /* Results pass unchanged, so both sides must end them the same way. */
    uint64_t alike = WIRE_CAP(DEPRECATE_EOF);
    if ((backend->client_capabilities & alike) != (backend->capabilities & alike)) {
        backend_fail(backend, "target %.*s lacks DEPRECATE_EOF", STR_ARG(settings->name));
        return;
    }
    backend->family = server.family;
    backend->version = server.version;
    backend->connection_id = greeting->connection_id;
    text_keep(backend->server_version, sizeof backend->server_version, greeting->server_version);
    text_keep(backend->plugin, sizeof backend->plugin,
              greeting->auth_plugin.len ? greeting->auth_plugin : STR("mysql_native_password"));
    memcpy(backend->scramble, greeting->scramble, WIRE_SCRAMBLE);
}

static void tls_start(struct backend *backend)
{
    struct wire_login request = {.tls_request = true,
                                 .capabilities = backend->capabilities,
                                 .max_packet = 1u << 30,
                                 .collation = backend->collation};
    size_t mark = backend_packet_begin(backend);
    wire_login_encode(stream_out(&backend->stream), &request);
    backend_packet_end(backend, mark);
    backend_step_set(backend, BACKEND_TLS);
}

void backend_login_greeted(struct backend *backend)
{
    const struct config_target *settings = backend->target->settings;
    if (settings->tls == CONFIG_TARGET_TLS_OFF) {
        backend->secure = settings->socket.len > 0;
        login_ask(backend, STAGE_FIRST);
        return;
    }
    tls_start(backend);
    if (!stream_start_tls(&backend->stream, backend->target->tls, backend->target->host_name))
        backend_fail(backend, "TLS to target %.*s can't be started", STR_ARG(settings->name));
}

void backend_login_secured(struct backend *backend)
{
    backend->secure = backend->target->settings->tls != CONFIG_TARGET_TLS_UNVERIFIED;
    login_ask(backend, STAGE_FIRST);
}

/* ---- the keeper's answers ---- */

static void login_put(struct backend *backend, const struct ipc_answered *answer)
{
    uint8_t collation = backend->collation ? backend->collation : 45;
    struct wire_login login = {
        .capabilities = backend->capabilities,
        .max_packet = 1u << 30,
        .collation = collation,
        .user = answer->user,
        .answer = str_make(answer->bytes.bytes, answer->bytes.len),
        .auth_plugin = str_of(backend->plugin),
    };
    text_keep(backend->user, sizeof backend->user, answer->user);
    text_keep(backend->role, sizeof backend->role, answer->role);
    size_t mark = backend_packet_begin(backend);
    wire_login_encode(stream_out(&backend->stream), &login);
    backend_packet_end(backend, mark);
    backend->login_sent = true;
}

static void on_answered(void *owner, const struct ipc_answered *answer)
{
    struct backend *backend = owner;
    backend->tag = 0;
    if (!answer || !answer->ok) {
        struct str problem = answer ? answer->problem : STR("the keeper does not answer");
        backend_fail(backend, "no answer for target %.*s: %.*s",
                     STR_ARG(backend->target->settings->name),
                     STR_ARG(str_slice(problem, 0, 160)));
        return;
    }
    backend_step_set(backend, BACKEND_LOGIN);
    if (!backend->login_sent) {
        login_put(backend, answer);
        return;
    }
    wire_packet_put(stream_out(&backend->stream),
                    str_make(answer->bytes.bytes, answer->bytes.len), &backend->sequence);
    backend->incoming.splitter.sequence = backend->sequence;
    stream_written(&backend->stream);
}

static void login_ask(struct backend *backend, enum answer_stage stage)
{
    struct ipc_answer ask = {
        .session = backend->session,
        .target = backend->target->settings->name,
        .plugin = str_of(backend->plugin),
        .stage = (uint8_t)stage,
        .tls = backend->secure,
        .scramble = str_make(backend->scramble, WIRE_SCRAMBLE),
        .public_key = stage == STAGE_RSA ? backend->target->public_key : STR_NONE,
    };
    backend_step_set(backend, BACKEND_ANSWER);
    backend->tag_peer = SESSION_PEER_KEEPER;
    backend->tag =
        backend->world->ops->answer(backend->world->ops_context, &ask, on_answered, backend);
    if (backend->tag == 0)
        backend_fail(backend, "the keeper can't be asked now");
}

/* The server wants the password whole. */
static void full_ask(struct backend *backend)
{
    if (backend->secure)
        login_ask(backend, STAGE_CLEAR);
    else if (backend->target->public_key.len > 0)
        login_ask(backend, STAGE_RSA);
    else
        backend_fail(backend,
                     "target %.*s wants the password whole: use TLS with verification, or set "
                     "public_key_file",
                     STR_ARG(backend->target->settings->name));
}

static void on_primed(void *owner, const struct ipc_primed *answer)
{
    struct backend *backend = owner;
    backend->tag = 0;
    backend->primed = true;
    if (!answer || !answer->ok) {
        full_ask(backend);
        return;
    }
    /* The cache has the entry now: a new connection is let in by the short way. */
    uint64_t session = backend->session, capabilities = backend->client_capabilities;
    uint8_t collation = backend->collation;
    stream_close(&backend->stream);
    wire_joiner_release(&backend->incoming);
    wire_joiner_init(&backend->incoming, LIMIT_PACKET, 0);
    backend->step = BACKEND_CLOSED;
    backend_open(backend, session, capabilities, collation);
}

static void full_wanted(struct backend *backend)
{
    struct ipc_prime ask = {.session = backend->session,
                            .target = backend->target->settings->name};
    if (backend->primed) {
        full_ask(backend);
        return;
    }
    backend_step_set(backend, BACKEND_PRIME);
    backend->tag_peer = SESSION_PEER_KEEPER;
    backend->tag =
        backend->world->ops->prime(backend->world->ops_context, &ask, on_primed, backend);
    if (backend->tag == 0)
        on_primed(backend, NULL);
}

/* ---- the dialogue ---- */

static void switch_take(struct backend *backend, struct str payload)
{
    struct wire_auth_switch request;
    if (!wire_auth_switch_decode(payload, &request)) {
        backend_fail(backend, "the server's auth switch is malformed");
        return;
    }
    text_keep(backend->plugin, sizeof backend->plugin, request.plugin);
    memset(backend->scramble, 0, WIRE_SCRAMBLE);
    if (request.data.len > 0)
        memcpy(backend->scramble, request.data.ptr,
               request.data.len < WIRE_SCRAMBLE ? request.data.len : WIRE_SCRAMBLE);
    login_ask(backend, STAGE_FIRST);
}

static void more_take(struct backend *backend, struct str payload)
{
    struct str data;
    if (!wire_more_data_decode(payload, &data) || data.len != 1) {
        backend_fail(backend, "the server's authentication data is not understood");
        return;
    }
    if (data.ptr[0] == WIRE_SHA2_FULL)
        full_wanted(backend);
    else if (data.ptr[0] != WIRE_SHA2_FAST_OK)
        backend_fail(backend, "the server's authentication data is not understood");
}

static void login_over(struct backend *backend, struct str payload)
{
    struct wire_ok ok;
    if (!wire_ok_decode(payload, backend->capabilities, &ok)) {
        backend_fail(backend, "the server's OK is malformed");
        return;
    }
    backend->status = ok.status;
    explicit_bzero(backend->scramble, sizeof backend->scramble);
    net_timer_stop(backend->world->loop, &backend->timer);
    backend_step_set(backend, BACKEND_IDLE);
    backend->events->ready(backend->owner, backend);
}

static void greeting_payload(struct backend *backend, struct str payload)
{
    struct wire_greeting greeting;
    if (payload.len > 0 && (uint8_t)payload.ptr[0] == WIRE_ERR) {
        server_refused(backend, payload);
        return;
    }
    if (!wire_greeting_decode(payload, &greeting)) {
        backend_fail(backend, "target %.*s does not greet as a MySQL server",
                     STR_ARG(backend->target->settings->name));
        return;
    }
    /* Nothing that came before TLS may be read as if it had come inside. */
    if (stream_in(&backend->stream).len != payload.len + WIRE_HEADER) {
        backend_fail(backend, "the server sent more than its greeting");
        return;
    }
    greeting_take(backend, &greeting);
}

void backend_login_payload(struct backend *backend, struct str payload)
{
    if (backend->step == BACKEND_GREETING) {
        greeting_payload(backend, payload);
        return;
    }
    if (backend->step != BACKEND_LOGIN || payload.len == 0) {
        backend_fail(backend, "the server spoke out of turn during the login");
        return;
    }
    switch ((uint8_t)payload.ptr[0]) {
    case WIRE_OK:
        login_over(backend, payload);
        break;
    case WIRE_ERR:
        server_refused(backend, payload);
        break;
    case WIRE_EOF:
        switch_take(backend, payload);
        break;
    case WIRE_MORE_DATA:
        more_take(backend, payload);
        break;
    default:
        backend_fail(backend, "the server's login dialogue is not understood");
        break;
    }
}

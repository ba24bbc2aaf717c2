/* SPDX-License-Identifier: Apache-2.0
 *
 * Logging in to a server: the dialogue of wire/dialogue.h, whose every answer is the keeper's. The
 * password itself passes through here only where the server wants it whole, TLS stands, and its
 * cache could not be filled: then, before that, the keeper is asked to fill it and the connection
 * begins anew.
 */
#include "base/limits.h"
#include "session/backend.h"

#define COLLATION 45 /* utf8mb4_general_ci, known to every server */

static void dialogue_follow(struct backend *backend);

void backend_login_stop(struct backend *backend)
{
    if (backend->tag)
        backend->world->ops->forget(backend->world->ops_context, backend->tag_peer, backend->tag);
    backend->tag = 0;
}

static void text_keep(char *out, size_t size, struct str text)
{
    size_t n = text.len < size ? text.len : size - 1;
    if (n > 0)
        memcpy(out, text.ptr, n);
    out[n] = 0;
}

static void server_refused(struct backend *backend)
{
    const struct wire_err *err = &backend->dialogue.err;
    backend_fail(backend, "target %.*s refused the login: %u %.*s",
                 STR_ARG(backend->target->settings->name), err->number,
                 STR_ARG(str_slice(err->message, 0, 200)));
}

void backend_login_begin(struct backend *backend)
{
    const struct config_target *settings = backend->target->settings;
    wire_dialogue_init(&backend->dialogue,
                       &(struct wire_dialogue_settings){
                           .client_capabilities = backend->client_capabilities,
                           .tls = settings->tls != CONFIG_TARGET_TLS_OFF,
                           .verified = settings->tls != CONFIG_TARGET_TLS_UNVERIFIED,
                           .socket = settings->socket.len > 0,
                           .has_key = backend->target->public_key.len > 0,
                           .collation = backend->collation ? backend->collation : COLLATION,
                           .max_packet = 1u << 30,
                       });
}

/* ---- greeting and TLS ---- */

static void greeting_take(struct backend *backend)
{
    const struct config_target *settings = backend->target->settings;
    const struct wire_greeting *greeting = &backend->dialogue.greeting;
    struct sql_context server;
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
    backend->capabilities = backend->dialogue.capabilities;
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
}

static void tls_start(struct backend *backend)
{
    size_t mark;
    /* Nothing that came before TLS may be read as if it had come inside. */
    if (stream_in(&backend->stream).len > 0) {
        backend_fail(backend, "the server sent more than its greeting");
        return;
    }
    mark = backend_packet_begin(backend);
    wire_dialogue_tls_request(&backend->dialogue, stream_out(&backend->stream));
    backend_packet_end(backend, mark);
    backend_step_set(backend, BACKEND_TLS);
    if (!stream_start_tls(&backend->stream, backend->target->tls, backend->target->host_name))
        backend_fail(backend, "TLS to target %.*s can't be started",
                     STR_ARG(backend->target->settings->name));
}

void backend_login_greeted(struct backend *backend)
{
    dialogue_follow(backend);
}

void backend_login_secured(struct backend *backend)
{
    (void)wire_dialogue_secured(&backend->dialogue);
    dialogue_follow(backend);
}

/* ---- the keeper's answers ---- */

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
    text_keep(backend->user, sizeof backend->user, answer->user);
    text_keep(backend->role, sizeof backend->role, answer->role);
    backend_step_set(backend, BACKEND_LOGIN);
    size_t mark = backend_packet_begin(backend);
    (void)wire_dialogue_answer(&backend->dialogue, answer->user,
                               str_make(answer->bytes.bytes, answer->bytes.len),
                               stream_out(&backend->stream));
    backend_packet_end(backend, mark);
    dialogue_follow(backend);
}

static void answer_ask(struct backend *backend)
{
    const struct wire_dialogue *d = &backend->dialogue;
    struct ipc_answer ask = {
        .session = backend->session,
        .target = backend->target->settings->name,
        .plugin = str_of(wire_plugin_text(d->plugin)),
        .stage = (uint8_t)d->stage,
        .tls = d->line == WIRE_LINE_SECURE,
        .scramble = str_make(d->scramble, WIRE_SCRAMBLE),
        .public_key = d->stage == WIRE_STAGE_RSA ? backend->target->public_key : STR_NONE,
    };
    backend_step_set(backend, BACKEND_ANSWER);
    backend->tag_peer = SESSION_PEER_KEEPER;
    backend->tag =
        backend->world->ops->answer(backend->world->ops_context, &ask, on_answered, backend);
    if (backend->tag == 0)
        backend_fail(backend, "the keeper can't be asked now");
}

static void on_primed(void *owner, const struct ipc_primed *answer)
{
    struct backend *backend = owner;
    backend->tag = 0;
    backend->primed = true;
    if (!answer || !answer->ok) {
        answer_ask(backend);
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

/* The server wants the password whole: first it is tried without. */
static void prime_ask(struct backend *backend)
{
    struct ipc_prime ask = {.session = backend->session,
                            .target = backend->target->settings->name};
    backend_step_set(backend, BACKEND_PRIME);
    backend->tag_peer = SESSION_PEER_KEEPER;
    backend->tag =
        backend->world->ops->prime(backend->world->ops_context, &ask, on_primed, backend);
    if (backend->tag == 0)
        on_primed(backend, NULL);
}

/* ---- the dialogue ---- */

static void login_over(struct backend *backend)
{
    struct buf *out = stream_out(&backend->stream);
    if (out->len == 0 && out->data)
        explicit_bzero(out->data, out->cap); /* the password may have passed through here */
    backend->status = backend->dialogue.status;
    net_timer_stop(backend->world->loop, &backend->timer);
    backend_step_set(backend, BACKEND_IDLE);
    backend->events->ready(backend->owner, backend);
}

/* Does what the dialogue's step asks. */
static void dialogue_follow(struct backend *backend)
{
    const struct wire_dialogue *d = &backend->dialogue;
    if (backend->step == BACKEND_CLOSED)
        return;
    switch (d->step) {
    case WIRE_DIALOGUE_GREETING:
    case WIRE_DIALOGUE_WAIT:
        break;
    case WIRE_DIALOGUE_TLS:
        tls_start(backend);
        break;
    case WIRE_DIALOGUE_ANSWER:
        if (d->stage != WIRE_STAGE_FIRST && !backend->primed)
            prime_ask(backend);
        else
            answer_ask(backend);
        break;
    case WIRE_DIALOGUE_DONE:
        login_over(backend);
        break;
    case WIRE_DIALOGUE_REFUSED:
        server_refused(backend);
        break;
    case WIRE_DIALOGUE_INVALID:
    case WIRE_DIALOGUE_BROKEN:
        backend_fail(backend, "login to target %.*s: %s",
                     STR_ARG(backend->target->settings->name),
                     d->problem ? d->problem : "the dialogue is not under way");
        break;
    }
}

void backend_login_payload(struct backend *backend, struct str payload)
{
    if (backend->step != BACKEND_GREETING) {
        (void)wire_dialogue_payload(&backend->dialogue, payload);
        dialogue_follow(backend);
        return;
    }
    enum wire_dialogue_step step = wire_dialogue_payload(&backend->dialogue, payload);
    if (step == WIRE_DIALOGUE_TLS || step == WIRE_DIALOGUE_ANSWER)
        greeting_take(backend); /* what follows waits until it is off the stream */
    else
        dialogue_follow(backend);
}

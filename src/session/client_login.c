/* SPDX-License-Identifier: Apache-2.0
 *
 * From the greeting to a proved identity. Which way in is chosen by what the client says it can
 * do; nothing it says makes an identity.
 *
 *   user `cl_…`                          issued login: a challenge, checked by the keeper
 *   openid plugin, with data             token, from the response
 *   clear text plugin, with data         token, from the response
 *   libmysql 9.1 or later                auth switch to the openid plugin
 *   anything else                        auth switch to mysql_clear_password
 *
 * A token is neither asked for nor taken over an open line.
 */
#include "base/json.h"
#include "base/limits.h"
#include "base/random.h"
#include "session/session.h"
#include "wire/charset.h"
#include <openssl/evp.h>

#define SERVER_VERSION "8.4.0-cardea"
#define ATTRIBUTES_JSON_MAX 8192
#define GREETING_COLLATION 255 /* utf8mb4_0900_ai_ci */

/* No NUL inside: it would end the scramble for clients that read it as a string. */
static void scramble_make(unsigned char scramble[WIRE_SCRAMBLE])
{
    random_bytes(scramble, WIRE_SCRAMBLE);
    for (size_t i = 0; i < WIRE_SCRAMBLE; i++)
        scramble[i] = (unsigned char)(scramble[i] % 94 + 33);
}

void client_login_greet(struct session *session)
{
    const struct config_listener *settings =
        session->world->listeners[session->listener].settings;
    session->offered = wire_capabilities_offer(session->tls != NULL);
    scramble_make(session->scramble);
    struct wire_greeting greeting = {
        .server_version =
            settings->server_version.len ? settings->server_version : STR(SERVER_VERSION),
        .connection_id = (uint32_t)session->id,
        .capabilities = session->offered,
        .collation = GREETING_COLLATION,
        .status = WIRE_STATUS_AUTOCOMMIT,
        .auth_plugin = STR("caching_sha2_password"),
    };
    memcpy(greeting.scramble, session->scramble, WIRE_SCRAMBLE);
    size_t mark = session_packet_begin(session);
    wire_greeting_encode(session_out(session), &greeting);
    session_packet_end(session, mark);
    session->incoming.splitter.sequence = session->sequence;
    /* Not a byte past the TLS request may be taken before TLS: packet by packet. */
    stream_read_limit(&session->client, WIRE_HEADER);
}

static void login_refused(struct session *session)
{
    struct fault fault = {.code = FAULT_identity_refused,
                          .message = STR("access denied: the token or login was not accepted"),
                          .hint = STR("Log in again, or ask who runs the gateway")};
    world_count(session->world, METRIC_logins_refused, 1);
    world_refusal_note(session->world, session->peer);
    session_end_fault(session, &fault, "login refused");
}

void client_login_refuse(struct session *session, const char *code, struct str problem)
{
    record_login_refused(session, code, problem);
    login_refused(session);
}

static void refuse_cleartext(struct session *session)
{
    struct fault fault = {.code = FAULT_identity_cleartext,
                          .message = STR("tokens are taken over TLS alone"),
                          .hint = STR("Connect with TLS (--ssl-mode=REQUIRED), or by unix socket")};
    world_count(session->world, METRIC_logins_refused, 1);
    world_refusal_note(session->world, session->peer);
    record_login_refused(session, "identity.cleartext", STR("no TLS"));
    session_end_fault(session, &fault, "login without TLS");
}

/* ---- the keeper ---- */

static bool identity_take(struct session *session, const struct ipc_verified *answer)
{
    json_error_t error;
    unsigned int n = 0;
    if (!EVP_Digest(answer->identity.ptr, answer->identity.len, session->identity_class, &n,
                    EVP_sha256(), NULL))
        return false;
    session->identity_json = arena_copy(&session->life, answer->identity);
    if (!identity_decode(session->identity_json, &session->life, &session->identity))
        return false;
    session->claims = json_loadb(session->identity.claims.ptr, session->identity.claims.len,
                                 JSON_REJECT_DUPLICATES, &error);
    return session->claims && json_is_object(session->claims) && !session->life.failed;
}

static void lifetime_start(struct session *session, uint64_t expires)
{
    int64_t now = world_now_us(session->world) / 1000000;
    int64_t left_s = expires > INT64_MAX / 2000 ? INT32_MAX : (int64_t)expires - now;
    int64_t most_ms = session->world->config->limits.session_ms;
    if (left_s < 1)
        left_s = 1;
    if (left_s > INT32_MAX)
        left_s = INT32_MAX;
    int64_t left_ms = left_s * 1000;
    if (most_ms > 0 && most_ms < left_ms)
        left_ms = most_ms;
    net_timer_start(session->world->loop, &session->lifetime, (uint64_t)left_ms);
}

static void on_verified(void *owner, const struct ipc_verified *answer)
{
    struct session *session = owner;
    session->tag = 0;
    if (!answer) {
        struct fault fault = {.code = FAULT_identity_unavailable,
                              .message = STR("logins can't be checked at the moment"),
                              .hint = STR("Try again")};
        record_login_refused(session, "identity.unavailable", STR("the keeper does not answer"));
        session_end_fault(session, &fault, "the keeper does not answer");
        return;
    }
    if (!answer->ok) {
        /* The keeper has recorded it, with what the token claimed and its hash. */
        login_refused(session);
        return;
    }
    if (!identity_take(session, answer)) {
        client_login_refuse(session, "internal", STR("the keeper's identity can't be read"));
        return;
    }
    lifetime_start(session, answer->expires);
    if (session->way == SESSION_WAY_LOGIN && session->plugin == WIRE_PLUGIN_CACHING_SHA2) {
        size_t mark = session_packet_begin(session);
        const char fast = WIRE_SHA2_FAST_OK;
        wire_more_data_encode(session_out(session), str_make(&fast, 1));
        session_packet_end(session, mark);
    }
    session_open_target(session, arena_copy(&session->life, answer->login_target));
}

static void verify_sent(struct session *session)
{
    session->tag_peer = SESSION_PEER_KEEPER;
    if (session->tag == 0)
        on_verified(session, NULL);
}

static void token_verify(struct session *session, struct str token)
{
    struct ipc_verify ask = {
        .session = session->id,
        .peer = str_of(session->peer),
        .purpose = STR("mysql"),
        .token = {.bytes = (unsigned char *)(uintptr_t)token.ptr, .len = token.len},
    };
    session->way = SESSION_WAY_TOKEN;
    session_step_set(session, SESSION_VERIFY,
                     (uint64_t)session->world->config->limits.handshake_ms);
    session->tag = session->world->ops->verify(session->world->ops_context, &ask, on_verified,
                                               session);
    verify_sent(session);
}

static void login_verify(struct session *session, struct str answer)
{
    struct ipc_login_verify ask = {
        .session = session->id,
        .peer = str_of(session->peer),
        .user = session->user,
        .plugin = str_of(wire_plugin_text(session->plugin)),
        .scramble = str_make(session->scramble, WIRE_SCRAMBLE),
        .answer = answer,
    };
    session->way = SESSION_WAY_LOGIN;
    session_step_set(session, SESSION_VERIFY,
                     (uint64_t)session->world->config->limits.handshake_ms);
    session->tag = session->world->ops->login_verify(session->world->ops_context, &ask,
                                                     on_verified, session);
    verify_sent(session);
}

/* ---- which way in ---- */

static void ask_plugin(struct session *session, enum wire_plugin plugin)
{
    struct wire_auth_switch request = {.plugin = str_of(wire_plugin_text(plugin))};
    session->plugin = plugin;
    if (plugin == WIRE_PLUGIN_CACHING_SHA2 || plugin == WIRE_PLUGIN_NATIVE) {
        scramble_make(session->scramble);
        request.data = str_make(session->scramble, WIRE_SCRAMBLE);
    }
    size_t mark = session_packet_begin(session);
    wire_auth_switch_encode(session_out(session), &request);
    session_packet_end(session, mark);
    session->incoming.splitter.sequence = session->sequence;
    session_step_set(session, SESSION_SWITCH,
                     (uint64_t)session->world->config->limits.handshake_ms);
}

/* The token in what the client sent for `session->plugin`; false when there is none. */
static bool token_of(const struct session *session, struct str answer, struct str *ret_token)
{
    if (session->plugin == WIRE_PLUGIN_OPENID_CONNECT)
        return wire_openid_decode(answer, ret_token) && ret_token->len > 0;
    return wire_clear_decode(answer, ret_token) && ret_token->len > 0;
}

static void take_token(struct session *session, struct str answer)
{
    struct str token;
    if (!token_of(session, answer, &token)) {
        client_login_refuse(session, "identity.malformed", STR("the client sent no token"));
        return;
    }
    token_verify(session, token);
}

static bool is_challenge(enum wire_plugin plugin)
{
    return plugin == WIRE_PLUGIN_NATIVE || plugin == WIRE_PLUGIN_CACHING_SHA2;
}

static void choose_issued(struct session *session, enum wire_plugin plugin, struct str answer)
{
    bool usable = (plugin == WIRE_PLUGIN_NATIVE && answer.len == WIRE_NATIVE_ANSWER) ||
                  (plugin == WIRE_PLUGIN_CACHING_SHA2 && answer.len == WIRE_SHA2_ANSWER);
    if (!usable) {
        ask_plugin(session, WIRE_PLUGIN_CACHING_SHA2);
        return;
    }
    session->plugin = plugin;
    login_verify(session, answer);
}

static void choose_way(struct session *session, const struct wire_login *login)
{
    enum wire_plugin plugin = wire_plugin_by_text(login->auth_plugin);
    if (str_starts(session->user, STR("cl_"))) {
        choose_issued(session, plugin, login->answer);
        return;
    }
    if (!session_is_secure(session)) {
        refuse_cleartext(session);
        return;
    }
    bool has_token = !is_challenge(plugin) && plugin != WIRE_PLUGIN_INVALID &&
                     login->answer.len > 0;
    if (has_token) {
        session->plugin = plugin;
        take_token(session, login->answer);
        return;
    }
    ask_plugin(session, session->client_has_openid || plugin == WIRE_PLUGIN_OPENID_CONNECT
                            ? WIRE_PLUGIN_OPENID_CONNECT
                            : WIRE_PLUGIN_CLEAR);
}

/* ---- the response ---- */

/* "9.1" and later. */
static bool version_has_openid(struct str version)
{
    struct str major, rest, minor, tail;
    uint64_t a = 0, b = 0;
    if (!str_split(version, '.', &major, &rest) || !str_to_u64(major, 1000, &a))
        return false;
    minor = rest;
    if (str_split(rest, '.', &minor, &tail))
        rest = minor;
    return a > 9 || (a == 9 && str_to_u64(rest, 1000, &b) && b >= 1);
}

static void attributes_take(struct session *session, struct str block)
{
    struct buf out;
    struct json_writer w;
    struct str name, value, client = STR_NONE, version = STR_NONE;
    buf_init(&out, ATTRIBUTES_JSON_MAX);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    while (wire_attribute_next(&block, &name, &value)) {
        if (str_equal(name, STR("_client_name")))
            client = value;
        else if (str_equal(name, STR("_client_version")))
            version = value;
        if (str_equal(name, STR("program_name")) ||
            (str_equal(name, STR("_client_name")) && session->client_name.len == 0))
            session->client_name = arena_copy(&session->life, str_slice(value, 0, 64));
        json_key_str(&w, str_slice(name, 0, 64));
        json_text(&w, str_slice(value, 0, 256));
    }
    json_object_end(&w);
    if (!out.failed)
        session->attributes_json = arena_copy(&session->life, buf_str(&out));
    buf_release(&out);
    session->client_has_openid =
        str_equal(client, STR("libmysql")) && version_has_openid(version);
}

/* `target`, or `role+target`. */
static void user_take(struct session *session, struct str user)
{
    session->user = arena_copy(&session->life, user);
    session->target_wanted = session->user;
    for (size_t i = session->user.len; i > 0; i--) {
        if (session->user.ptr[i - 1] != '+')
            continue;
        session->role_wanted = str_slice(session->user, 0, i - 1);
        session->target_wanted = str_slice(session->user, i, session->user.len);
        break;
    }
}

static void login_take(struct session *session, const struct wire_login *login)
{
    const char *lacking = NULL;
    if (!wire_capabilities_client(session->offered, login->capabilities, &session->capabilities,
                                  &lacking)) {
        struct fault fault = {.code = FAULT_packet_malformed,
                              .message = STR("the client lacks a capability that is demanded")};
        session_end_fault(session, &fault, "the client's capabilities do not suffice");
        return;
    }
    session->collation = login->collation;
    session->schema_wanted = arena_copy(&session->life, login->schema);
    user_take(session, login->user);
    attributes_take(session, login->attributes);
    if (session->listener_tls == CONFIG_LISTENER_TLS_REQUIRED && !session_is_secure(session)) {
        refuse_cleartext(session);
        return;
    }
    choose_way(session, login);
}

static void tls_request_take(struct session *session)
{
    if (!session->tls || session->step != SESSION_GREETING) {
        session_end(session, "TLS was asked for where there is none");
        return;
    }
    session_step_set(session, SESSION_TLS,
                     (uint64_t)session->world->config->limits.handshake_ms);
}

void client_login_payload(struct session *session, struct str payload)
{
    struct wire_login login;
    if (session->step == SESSION_SWITCH) {
        if (is_challenge(session->plugin))
            login_verify(session, payload);
        else
            take_token(session, payload);
        return;
    }
    if (!wire_login_decode(payload, session->offered, &login)) {
        struct fault fault = {.code = FAULT_packet_malformed,
                              .message = STR("the login can't be decoded")};
        session_end_fault(session, &fault, "a malformed login");
        return;
    }
    if (login.tls_request)
        tls_request_take(session);
    else
        login_take(session, &login);
}

void client_login_secured(struct session *session)
{
    session_step_set(session, SESSION_RESPONSE,
                     (uint64_t)session->world->config->limits.handshake_ms);
}

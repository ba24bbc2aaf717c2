/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/dialogue.h"

void wire_dialogue_init(struct wire_dialogue *dialogue,
                        const struct wire_dialogue_settings *settings)
{
    *dialogue = (struct wire_dialogue){
        .settings = *settings,
        .step = WIRE_DIALOGUE_GREETING,
        .line = settings->socket ? WIRE_LINE_SECURE : WIRE_LINE_OPEN,
    };
}

void wire_dialogue_break(struct wire_dialogue *dialogue, const char *problem)
{
    dialogue->step = WIRE_DIALOGUE_BROKEN;
    dialogue->problem = problem;
}

static void refused(struct wire_dialogue *d, struct str payload)
{
    if (wire_err_decode(payload, &d->err))
        d->step = WIRE_DIALOGUE_REFUSED;
    else
        wire_dialogue_break(d, "the server refused the login with a malformed error");
}

static void ask(struct wire_dialogue *d, enum wire_answer_stage stage)
{
    d->stage = stage;
    d->step = WIRE_DIALOGUE_ANSWER;
}

/* ---- the greeting ---- */

static void greeting_take(struct wire_dialogue *d, struct str payload)
{
    const char *lacking;

    if (payload.len > 0 && (uint8_t)payload.ptr[0] == WIRE_ERR) {
        refused(d, payload);
        return;
    }
    if (!wire_greeting_decode(payload, &d->greeting)) {
        wire_dialogue_break(d, "the server does not greet as a MySQL server");
        return;
    }
    if (d->settings.tls && !(d->greeting.capabilities & WIRE_CAP(SSL))) {
        wire_dialogue_break(d, "the server does not offer TLS");
        return;
    }
    if (!wire_capabilities_server(d->greeting.capabilities, d->settings.client_capabilities,
                                  d->settings.tls, false, &d->capabilities, &lacking)) {
        wire_dialogue_break(d, "the server lacks a capability that is needed");
        return;
    }
    /* A default plugin that is not answered here is answered with a guess: the server then
     * switches to the plugin of the account. */
    d->plugin = wire_plugin_by_text(d->greeting.auth_plugin);
    if (d->greeting.auth_plugin.len == 0)
        d->plugin = WIRE_PLUGIN_NATIVE;
    else if (d->plugin != WIRE_PLUGIN_NATIVE)
        d->plugin = WIRE_PLUGIN_CACHING_SHA2;
    memcpy(d->scramble, d->greeting.scramble, WIRE_SCRAMBLE);
    if (d->settings.tls)
        d->step = WIRE_DIALOGUE_TLS;
    else
        ask(d, WIRE_STAGE_FIRST);
}

static struct wire_login login_fields(const struct wire_dialogue *d)
{
    /* Servers take flags and collation from the TLS request: both packets have the same. */
    return (struct wire_login){
        .capabilities = d->capabilities,
        .max_packet = d->settings.max_packet,
        .collation = d->settings.collation,
    };
}

void wire_dialogue_tls_request(const struct wire_dialogue *dialogue, struct buf *out)
{
    struct wire_login request = login_fields(dialogue);

    request.tls_request = true;
    wire_login_encode(out, &request);
}

enum wire_dialogue_step wire_dialogue_secured(struct wire_dialogue *dialogue)
{
    if (dialogue->step != WIRE_DIALOGUE_TLS) {
        wire_dialogue_break(dialogue, "TLS was not expected");
        return dialogue->step;
    }
    if (dialogue->line != WIRE_LINE_SECURE)
        dialogue->line = dialogue->settings.verified ? WIRE_LINE_SECURE : WIRE_LINE_UNVERIFIED;
    ask(dialogue, WIRE_STAGE_FIRST);
    return dialogue->step;
}

enum wire_dialogue_step wire_dialogue_answer(struct wire_dialogue *dialogue, struct str user,
                                             struct str answer, struct buf *out)
{
    if (dialogue->step != WIRE_DIALOGUE_ANSWER) {
        wire_dialogue_break(dialogue, "an answer that was not asked for");
        return dialogue->step;
    }
    if (dialogue->sent) {
        buf_put_str(out, answer);
    } else {
        struct wire_login login = login_fields(dialogue);
        login.user = user;
        login.answer = answer;
        login.auth_plugin = str_of(wire_plugin_text(dialogue->plugin));
        wire_login_encode(out, &login);
        dialogue->sent = true;
    }
    dialogue->step = WIRE_DIALOGUE_WAIT;
    if (out->failed)
        wire_dialogue_break(dialogue, "the answer does not fit");
    return dialogue->step;
}

/* ---- the server's payloads behind the login ---- */

static void switch_take(struct wire_dialogue *d, struct str payload)
{
    struct wire_auth_switch request;

    if (!wire_auth_switch_decode(payload, &request)) {
        wire_dialogue_break(d, "the server's auth switch is malformed");
        return;
    }
    d->plugin = wire_plugin_by_text(request.plugin);
    if (d->plugin != WIRE_PLUGIN_NATIVE && d->plugin != WIRE_PLUGIN_CACHING_SHA2)
        wire_dialogue_break(d, "the server asks for a plugin that is not answered");
    else if (d->switched)
        wire_dialogue_break(d, "the server switches plugins more than once");
    else if (request.data.len != WIRE_SCRAMBLE)
        wire_dialogue_break(d, "the server's challenge is not of 20 bytes");
    else {
        memcpy(d->scramble, request.data.ptr, WIRE_SCRAMBLE);
        d->switched = true;
        ask(d, WIRE_STAGE_FIRST);
    }
}

/* The server wants the password whole. Over TLS it reads it as it is, never encrypted. */
static void full_take(struct wire_dialogue *d)
{
    if (d->stage != WIRE_STAGE_FIRST)
        wire_dialogue_break(d, "the server asks for the password twice");
    else if (d->line == WIRE_LINE_SECURE)
        ask(d, WIRE_STAGE_CLEAR);
    else if (d->line == WIRE_LINE_UNVERIFIED)
        wire_dialogue_break(d, "the server's certificate is not verified: it is not given the "
                               "password");
    else if (!d->settings.has_key)
        wire_dialogue_break(d, "without TLS the password needs the server's public key: set "
                               "public_key_file");
    else
        ask(d, WIRE_STAGE_RSA);
}

static void more_take(struct wire_dialogue *d, struct str payload)
{
    struct str data;
    bool ok = wire_more_data_decode(payload, &data) && data.len == 1 &&
              d->plugin == WIRE_PLUGIN_CACHING_SHA2;

    if (ok && (uint8_t)data.ptr[0] == WIRE_SHA2_FULL)
        full_take(d);
    else if (!ok || (uint8_t)data.ptr[0] != WIRE_SHA2_FAST_OK)
        wire_dialogue_break(d, "the server's authentication data is not understood");
}

static void over_take(struct wire_dialogue *d, struct str payload)
{
    struct wire_ok ok;

    if (!wire_ok_decode(payload, d->capabilities, &ok)) {
        wire_dialogue_break(d, "the server's OK is malformed");
        return;
    }
    d->status = ok.status;
    d->step = WIRE_DIALOGUE_DONE;
    explicit_bzero(d->scramble, sizeof d->scramble);
}

enum wire_dialogue_step wire_dialogue_payload(struct wire_dialogue *dialogue, struct str payload)
{
    if (dialogue->step == WIRE_DIALOGUE_GREETING) {
        greeting_take(dialogue, payload);
        return dialogue->step;
    }
    if (dialogue->step != WIRE_DIALOGUE_WAIT || payload.len == 0) {
        wire_dialogue_break(dialogue, "the server spoke out of turn during the login");
        return dialogue->step;
    }
    switch ((uint8_t)payload.ptr[0]) {
    case WIRE_OK:
        over_take(dialogue, payload);
        break;
    case WIRE_ERR:
        refused(dialogue, payload);
        break;
    case WIRE_EOF:
        switch_take(dialogue, payload);
        break;
    case WIRE_MORE_DATA:
        more_take(dialogue, payload);
        break;
    default:
        wire_dialogue_break(dialogue, "the server's login dialogue is not understood");
        break;
    }
    return dialogue->step;
}

/* ---- answers ---- */

static bool first_answer(enum wire_plugin plugin, const unsigned char scramble[WIRE_SCRAMBLE],
                         struct str password, struct buf *answer)
{
    unsigned char bytes[WIRE_SHA2_ANSWER];
    bool native = plugin == WIRE_PLUGIN_NATIVE;
    bool ok = native ? wire_native_answer(scramble, password, bytes)
                     : wire_sha2_answer(scramble, password, bytes);

    if (ok)
        buf_put(answer, bytes, native ? WIRE_NATIVE_ANSWER : WIRE_SHA2_ANSWER);
    explicit_bzero(bytes, sizeof bytes);
    return ok && !answer->failed;
}

bool wire_dialogue_make_answer(enum wire_plugin plugin, enum wire_answer_stage stage,
                               const unsigned char scramble[WIRE_SCRAMBLE], struct str password,
                               struct str public_key, struct buf *answer)
{
    if (plugin != WIRE_PLUGIN_NATIVE && plugin != WIRE_PLUGIN_CACHING_SHA2)
        return false;
    switch (stage) {
    case WIRE_STAGE_FIRST:
        return password.len == 0 || first_answer(plugin, scramble, password, answer);
    case WIRE_STAGE_CLEAR:
        if (plugin != WIRE_PLUGIN_CACHING_SHA2)
            return false;
        wire_clear_encode(answer, password);
        return !answer->failed;
    case WIRE_STAGE_RSA:
        return plugin == WIRE_PLUGIN_CACHING_SHA2 &&
               wire_rsa_answer(public_key, scramble, password, answer);
    }
    return false;
}

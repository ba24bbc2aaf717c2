/* SPDX-License-Identifier: Apache-2.0
 *
 * Each decoder is the list of its packet's fields, in their order, read through a cursor that
 * latches the first error.
 */
#include "wire/handshake.h"

#include "base/cursor.h"

#define PROTOCOL_10       10
#define SCRAMBLE_FIRST    8  /* bytes of the scramble in the greeting's first part */
#define TLS_REQUEST_BYTES 32
#define ERR_MESSAGE_MAX   2048

/* ---- greeting ---- */

void wire_greeting_encode(struct buf *out, const struct wire_greeting *greeting)
{
    uint64_t flags = greeting->capabilities;

    buf_put_u8(out, PROTOCOL_10);
    buf_put_str(out, greeting->server_version);
    buf_put_u8(out, 0);
    buf_put_u32(out, greeting->connection_id);
    buf_put(out, greeting->scramble, SCRAMBLE_FIRST);
    buf_put_u8(out, 0);
    buf_put_u16(out, (uint16_t)flags);
    buf_put_u8(out, greeting->collation);
    buf_put_u16(out, greeting->status);
    buf_put_u16(out, (uint16_t)(flags >> 16));
    buf_put_u8(out, WIRE_SCRAMBLE + 1);
    buf_put_zero(out, 6);
    buf_put_u32(out, (flags & WIRE_CAP(LONG_PASSWORD)) ? 0 : (uint32_t)(flags >> 32));
    buf_put(out, greeting->scramble + SCRAMBLE_FIRST, WIRE_SCRAMBLE - SCRAMBLE_FIRST);
    buf_put_u8(out, 0);
    if (flags & WIRE_CAP(PLUGIN_AUTH)) {
        buf_put_str(out, greeting->auth_plugin);
        buf_put_u8(out, 0);
    }
}

/* The plugin's name at the end of a packet: its NUL was left out by servers and drivers of old. */
static struct str plugin_name(struct cursor *c)
{
    if (cursor_left(c) == 0 || memchr(c->at, 0, cursor_left(c)) == NULL)
        return cursor_rest(c);
    return cursor_nul_str(c);
}

static void copy_scramble(struct wire_greeting *greeting, size_t at, struct str part)
{
    if (part.len <= WIRE_SCRAMBLE - at && part.len > 0)
        memcpy(greeting->scramble + at, part.ptr, part.len);
}

bool wire_greeting_decode(struct str payload, struct wire_greeting *ret_greeting)
{
    struct cursor c = cursor_over(payload);
    struct wire_greeting g = {0};

    if (cursor_u8(&c) != PROTOCOL_10)
        return false;
    g.server_version = cursor_nul_str(&c);
    g.connection_id = cursor_u32(&c);
    copy_scramble(&g, 0, cursor_bytes(&c, SCRAMBLE_FIRST));
    cursor_skip(&c, 1);
    g.capabilities = cursor_u16(&c);
    g.collation = cursor_u8(&c);
    g.status = cursor_u16(&c);
    g.capabilities |= (uint64_t)cursor_u16(&c) << 16;
    uint8_t scramble_bytes = cursor_u8(&c);
    cursor_skip(&c, 6);
    uint64_t extended = cursor_u32(&c);
    if (!(g.capabilities & WIRE_CAP(LONG_PASSWORD)))
        g.capabilities |= extended << 32;
    if ((g.capabilities & WIRE_CAP(PLUGIN_AUTH)) && scramble_bytes != WIRE_SCRAMBLE + 1)
        return false;
    copy_scramble(&g, SCRAMBLE_FIRST, cursor_bytes(&c, WIRE_SCRAMBLE - SCRAMBLE_FIRST));
    cursor_skip(&c, 1);
    if (g.capabilities & WIRE_CAP(PLUGIN_AUTH))
        g.auth_plugin = plugin_name(&c);
    *ret_greeting = g;
    return cursor_ok(&c);
}

/* ---- login ---- */

static void login_answer_encode(struct buf *out, const struct wire_login *login)
{
    if (login->capabilities & WIRE_CAP(PLUGIN_AUTH_LENENC)) {
        buf_put_lenenc_str(out, login->answer);
    } else if (login->answer.len <= 255) {
        buf_put_u8(out, (uint8_t)login->answer.len);
        buf_put_str(out, login->answer);
    } else {
        out->failed = true;
    }
}

static void put_nul_str(struct buf *out, struct str s)
{
    if (str_find_char(s, '\0') >= 0)
        out->failed = true;
    buf_put_str(out, s);
    buf_put_u8(out, 0);
}

void wire_login_encode(struct buf *out, const struct wire_login *login)
{
    uint64_t flags = login->capabilities;

    buf_put_u32(out, (uint32_t)flags);
    buf_put_u32(out, login->max_packet);
    buf_put_u8(out, login->collation);
    buf_put_zero(out, 19);
    buf_put_u32(out, (flags & WIRE_CAP(LONG_PASSWORD)) ? 0 : (uint32_t)(flags >> 32));
    if (login->tls_request)
        return;
    put_nul_str(out, login->user);
    login_answer_encode(out, login);
    if (flags & WIRE_CAP(CONNECT_WITH_DB))
        put_nul_str(out, login->schema);
    if (flags & WIRE_CAP(PLUGIN_AUTH))
        put_nul_str(out, login->auth_plugin);
    if (flags & WIRE_CAP(CONNECT_ATTRS))
        buf_put_lenenc_str(out, login->attributes);
    if (flags & WIRE_CAP(ZSTD_COMPRESSION))
        buf_put_u8(out, login->zstd_level);
}

static bool attributes_are_whole(struct str block)
{
    struct cursor c = cursor_over(block);

    while (cursor_left(&c) > 0) {
        (void)cursor_lenenc_str(&c);
        (void)cursor_lenenc_str(&c);
    }
    return cursor_ok(&c);
}

/* The fields behind the fixed ones. `flags`: those that both sides have. */
static void login_fields(struct cursor *c, uint64_t flags, struct wire_login *login)
{
    login->user = cursor_nul_str(c);
    if (flags & WIRE_CAP(PLUGIN_AUTH_LENENC))
        login->answer = cursor_lenenc_str(c);
    else
        login->answer = cursor_bytes(c, cursor_u8(c));
    /* Drivers of old set the flags and leave the fields out. */
    if ((flags & WIRE_CAP(CONNECT_WITH_DB)) && cursor_left(c) > 0)
        login->schema = cursor_nul_str(c);
    if (flags & WIRE_CAP(PLUGIN_AUTH))
        login->auth_plugin = plugin_name(c);
    if ((flags & WIRE_CAP(CONNECT_ATTRS)) && cursor_left(c) > 0)
        login->attributes = cursor_lenenc_str(c);
    if ((flags & WIRE_CAP(ZSTD_COMPRESSION)) && cursor_left(c) > 0)
        login->zstd_level = cursor_u8(c);
}

bool wire_login_decode(struct str payload, uint64_t offered, struct wire_login *ret_login)
{
    struct cursor c = cursor_over(payload);
    struct wire_login login = {0};

    login.capabilities = cursor_u32(&c);
    if (!(login.capabilities & WIRE_CAP(PROTOCOL_41)))
        return false;
    login.max_packet = cursor_u32(&c);
    login.collation = cursor_u8(&c);
    cursor_skip(&c, 19);
    uint64_t extended = cursor_u32(&c);
    if (!(login.capabilities & WIRE_CAP(LONG_PASSWORD)))
        login.capabilities |= extended << 32;
    if ((login.capabilities & offered & WIRE_CAP(SSL)) && payload.len == TLS_REQUEST_BYTES)
        login.tls_request = true;
    else
        login_fields(&c, login.capabilities & offered, &login);
    *ret_login = login;
    return cursor_ok(&c) && attributes_are_whole(login.attributes);
}

bool wire_attribute_next(struct str *block, struct str *ret_name, struct str *ret_value)
{
    struct cursor c = cursor_over(*block);

    if (block->len == 0)
        return false;
    *ret_name = cursor_lenenc_str(&c);
    *ret_value = cursor_lenenc_str(&c);
    if (!cursor_ok(&c))
        return false;
    *block = cursor_rest(&c);
    return true;
}

void wire_attribute_put(struct buf *block, struct str name, struct str value)
{
    buf_put_lenenc_str(block, name);
    buf_put_lenenc_str(block, value);
}

/* ---- authentication packets ---- */

void wire_auth_switch_encode(struct buf *out, const struct wire_auth_switch *request)
{
    buf_put_u8(out, WIRE_EOF);
    put_nul_str(out, request->plugin);
    if (request->data.len > 0) {
        buf_put_str(out, request->data);
        buf_put_u8(out, 0);
    }
}

bool wire_auth_switch_decode(struct str payload, struct wire_auth_switch *ret_request)
{
    struct cursor c = cursor_over(payload);

    if (cursor_u8(&c) != WIRE_EOF)
        return false;
    ret_request->plugin = cursor_nul_str(&c);
    ret_request->data = cursor_rest(&c);
    if (ret_request->data.len > 0 && ret_request->data.ptr[ret_request->data.len - 1] == '\0')
        ret_request->data.len--;
    return cursor_ok(&c) && ret_request->plugin.len > 0;
}

void wire_more_data_encode(struct buf *out, struct str data)
{
    buf_put_u8(out, WIRE_MORE_DATA);
    buf_put_str(out, data);
}

bool wire_more_data_decode(struct str payload, struct str *ret_data)
{
    struct cursor c = cursor_over(payload);

    if (cursor_u8(&c) != WIRE_MORE_DATA)
        return false;
    *ret_data = cursor_rest(&c);
    return true;
}

/* ---- OK, ERR, EOF ---- */

void wire_ok_encode(struct buf *out, uint8_t header, uint64_t capabilities,
                    const struct wire_ok *ok)
{
    bool track = (capabilities & WIRE_CAP(SESSION_TRACK)) != 0;
    bool changed = track && ok->state.len > 0;
    uint16_t status = (uint16_t)(ok->status & ~WIRE_STATUS_SESSION_STATE_CHANGED);

    buf_put_u8(out, header);
    buf_put_lenenc(out, ok->affected_rows);
    buf_put_lenenc(out, ok->insert_id);
    buf_put_u16(out, changed ? (uint16_t)(status | WIRE_STATUS_SESSION_STATE_CHANGED) : status);
    buf_put_u16(out, ok->warnings);
    if (!track) {
        buf_put_str(out, ok->info);
        return;
    }
    if (ok->info.len > 0 || changed)
        buf_put_lenenc_str(out, ok->info);
    if (changed)
        buf_put_lenenc_str(out, ok->state);
}

bool wire_ok_decode(struct str payload, uint64_t capabilities, struct wire_ok *ret_ok)
{
    struct cursor c = cursor_over(payload);
    struct wire_ok ok = {0};
    uint8_t header = cursor_u8(&c);

    if (header != WIRE_OK && header != WIRE_EOF)
        return false;
    ok.affected_rows = cursor_lenenc(&c);
    ok.insert_id = cursor_lenenc(&c);
    ok.status = cursor_u16(&c);
    ok.warnings = cursor_u16(&c);
    if (!(capabilities & WIRE_CAP(SESSION_TRACK))) {
        ok.info = cursor_rest(&c);
    } else if (cursor_left(&c) > 0) {
        ok.info = cursor_lenenc_str(&c);
        if (ok.status & WIRE_STATUS_SESSION_STATE_CHANGED)
            ok.state = cursor_lenenc_str(&c);
    }
    *ret_ok = ok;
    return cursor_done(&c);
}

/* At most ERR_MESSAGE_MAX bytes, not ending inside a UTF-8 character. */
static struct str cut_message(struct str message)
{
    if (message.len <= ERR_MESSAGE_MAX)
        return message;
    message.len = ERR_MESSAGE_MAX;
    while (message.len > 0 && ((unsigned char)message.ptr[message.len] & 0xC0) == 0x80)
        message.len--;
    return message;
}

void wire_err_encode(struct buf *out, uint64_t capabilities, const struct wire_err *err)
{
    buf_put_u8(out, WIRE_ERR);
    buf_put_u16(out, err->number);
    if (capabilities & WIRE_CAP(PROTOCOL_41)) {
        buf_put_u8(out, '#');
        buf_put(out, err->sqlstate, 5);
    }
    buf_put_str(out, cut_message(err->message));
}

bool wire_err_decode(struct str payload, struct wire_err *ret_err)
{
    struct cursor c = cursor_over(payload);
    struct wire_err err = {.sqlstate = "HY000"};

    if (cursor_u8(&c) != WIRE_ERR)
        return false;
    err.number = cursor_u16(&c);
    if (err.number == 0xFFFF)
        return false;
    if (cursor_left(&c) > 0 && cursor_peek(&c) == '#') {
        cursor_skip(&c, 1);
        struct str state = cursor_bytes(&c, 5);
        if (state.len == 5)
            memcpy(err.sqlstate, state.ptr, 5);
    }
    err.message = cursor_rest(&c);
    *ret_err = err;
    return cursor_ok(&c);
}

void wire_eof_encode(struct buf *out, const struct wire_eof *eof)
{
    buf_put_u8(out, WIRE_EOF);
    buf_put_u16(out, eof->warnings);
    buf_put_u16(out, eof->status);
}

bool wire_eof_decode(struct str payload, struct wire_eof *ret_eof)
{
    struct cursor c = cursor_over(payload);

    if (cursor_u8(&c) != WIRE_EOF)
        return false;
    ret_eof->warnings = cursor_u16(&c);
    ret_eof->status = cursor_u16(&c);
    return cursor_done(&c);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Every packet of the connection phase and the short answers. What is read is written, read again,
 * and must be the same.
 */
#include "base/cursor.h"
#include "wire/auth.h"
#include "wire/handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void greeting(struct str payload, struct buf *out)
{
    struct wire_greeting a, b;

    if (!wire_greeting_decode(payload, &a))
        return;
    wire_greeting_encode(out, &a);
    REQUIRE(wire_greeting_decode(buf_str(out), &b));
    REQUIRE(a.capabilities == b.capabilities && a.connection_id == b.connection_id);
    REQUIRE(str_equal(a.server_version, b.server_version));
    REQUIRE(str_equal(a.auth_plugin, b.auth_plugin));
    REQUIRE(memcmp(a.scramble, b.scramble, sizeof a.scramble) == 0);
}

static void login(struct str payload, uint64_t offered, struct buf *out)
{
    struct wire_login a, b;

    if (!wire_login_decode(payload, offered, &a))
        return;
    struct str block = a.attributes, name, value;
    while (wire_attribute_next(&block, &name, &value))
        REQUIRE(name.len + value.len <= a.attributes.len);
    REQUIRE(block.len == 0);
    /* Fields of flags that were not offered are not there. */
    uint64_t extended = (a.capabilities & WIRE_CAP(LONG_PASSWORD)) ? 0 : ~0ull << 32;
    struct wire_login written = a;
    written.capabilities &= offered | WIRE_CAP(PROTOCOL_41) | WIRE_CAP(LONG_PASSWORD) | extended;
    wire_login_encode(out, &written);
    if (out->failed)
        return;
    REQUIRE(wire_login_decode(buf_str(out), offered, &b));
    REQUIRE(a.tls_request == b.tls_request && str_equal(a.user, b.user));
    REQUIRE(str_equal(a.answer, b.answer) && str_equal(a.schema, b.schema));
    REQUIRE(str_equal(a.auth_plugin, b.auth_plugin) || str_find_char(a.auth_plugin, 0) >= 0);
    REQUIRE(str_equal(a.attributes, b.attributes));
}

static void ok(struct str payload, uint64_t capabilities, struct buf *out)
{
    struct wire_ok a, b;

    if (!wire_ok_decode(payload, capabilities, &a))
        return;
    wire_ok_encode(out, WIRE_OK, capabilities, &a);
    REQUIRE(wire_ok_decode(buf_str(out), capabilities, &b));
    REQUIRE(a.affected_rows == b.affected_rows && a.insert_id == b.insert_id);
    REQUIRE(str_equal(a.info, b.info) && str_equal(a.state, b.state));
}

static void err(struct str payload, struct buf *out)
{
    struct wire_err a, b;

    if (!wire_err_decode(payload, &a))
        return;
    wire_err_encode(out, WIRE_CAP(PROTOCOL_41), &a);
    REQUIRE(wire_err_decode(buf_str(out), &b));
    REQUIRE(a.number == b.number && memcmp(a.sqlstate, b.sqlstate, 6) == 0);
    REQUIRE(b.message.len <= a.message.len);
}

static void authentication(struct str payload, struct buf *out)
{
    struct wire_auth_switch a, b;
    struct str s;
    struct wire_eof eof;
    unsigned char stored[32] = {1}, scramble[WIRE_SCRAMBLE] = {2};

    if (wire_auth_switch_decode(payload, &a) && a.data.len > 0) {
        wire_auth_switch_encode(out, &a);
        REQUIRE(wire_auth_switch_decode(buf_str(out), &b));
        REQUIRE(str_equal(a.plugin, b.plugin) && str_equal(a.data, b.data));
    }
    if (wire_openid_decode(payload, &s)) {
        buf_clear(out);
        wire_openid_encode(out, s);
        REQUIRE(wire_openid_decode(buf_str(out), &s));
    }
    (void)wire_more_data_decode(payload, &s);
    (void)wire_clear_decode(payload, &s);
    (void)wire_eof_decode(payload, &eof);
    REQUIRE(!wire_native_verify(scramble, stored, payload));
    REQUIRE(!wire_sha2_verify(scramble, stored, payload));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_over(str_make(data, size));
    uint8_t which = cursor_u8(&c);
    uint64_t offered = (which & 0x80) ? ~0ull : wire_capabilities_offer((which & 0x40) != 0);
    struct str payload = cursor_rest(&c);
    struct buf out;

    buf_init(&out, 1 << 20);
    switch (which % 5) {
    case 0:
        greeting(payload, &out);
        break;
    case 1:
        login(payload, offered, &out);
        break;
    case 2:
        ok(payload, offered, &out);
        break;
    case 3:
        err(payload, &out);
        break;
    default:
        authentication(payload, &out);
        break;
    }
    buf_release(&out);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A server's side of a login: a byte of settings, then payloads behind lengths of two bytes. The
 * password whole is never asked for on a line that is not secure, nor encrypted where there is TLS.
 */
#include "base/cursor.h"
#include "wire/dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct wire_dialogue *d)
{
    REQUIRE((d->step == WIRE_DIALOGUE_BROKEN) == (d->problem != NULL));
    if (d->step != WIRE_DIALOGUE_ANSWER)
        return;
    REQUIRE(d->plugin == WIRE_PLUGIN_NATIVE || d->plugin == WIRE_PLUGIN_CACHING_SHA2);
    REQUIRE(!d->settings.tls || d->line != WIRE_LINE_OPEN);
    if (d->stage == WIRE_STAGE_CLEAR)
        REQUIRE(d->line == WIRE_LINE_SECURE && d->sent && d->plugin == WIRE_PLUGIN_CACHING_SHA2);
    if (d->stage == WIRE_STAGE_RSA)
        REQUIRE(d->line == WIRE_LINE_OPEN && d->settings.has_key && d->sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_over(str_make(data, size));
    uint8_t bits = cursor_u8(&c);
    struct wire_dialogue_settings settings = {
        .tls = bits & 1, .verified = bits & 2, .socket = bits & 4, .has_key = bits & 8,
        .client_capabilities = (bits & 16) ? ~0ull : 0, .collation = 45,
    };
    struct wire_dialogue d;
    struct buf out;
    unsigned answers = 0;

    buf_init(&out, 1 << 16);
    wire_dialogue_init(&d, &settings);
    while (wire_dialogue_waits(&d) && cursor_left(&c) > 0) {
        (void)wire_dialogue_payload(&d, cursor_bytes(&c, cursor_u16(&c)));
        check(&d);
        if (d.step == WIRE_DIALOGUE_TLS) {
            wire_dialogue_tls_request(&d, &out);
            (void)wire_dialogue_secured(&d);
            check(&d);
        }
        if (d.step == WIRE_DIALOGUE_ANSWER) {
            buf_clear(&out);
            REQUIRE(wire_dialogue_answer(&d, STR("user"), STR("answer"), &out) ==
                    WIRE_DIALOGUE_WAIT);
            REQUIRE(++answers <= 3); /* login, switch, full */
        }
    }
    buf_release(&out);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A script of reads over a string: first byte says how long the script is, then script, then data.
 */
#include "base/buf.h"
#include "base/cursor.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor all = cursor_over(str_make(data, size));
    struct cursor script = cursor_over(cursor_bytes(&all, cursor_u8(&all)));
    struct cursor c = cursor_over(cursor_rest(&all));
    struct buf out;
    struct json_writer w;
    buf_init(&out, 1 << 20);
    json_writer_init(&w, &out);
    json_array_begin(&w);

    while (cursor_left(&script) > 0) {
        switch (cursor_u8(&script) % 8) {
        case 0:
            json_u64(&w, cursor_u8(&c));
            break;
        case 1:
            json_u64(&w, cursor_u24(&c));
            break;
        case 2:
            json_u64(&w, cursor_u64(&c));
            break;
        case 3:
            json_u64(&w, cursor_lenenc(&c));
            break;
        case 4:
            json_bytes(&w, cursor_lenenc_str(&c));
            break;
        case 5:
            json_text(&w, cursor_nul_str(&c));
            break;
        case 6:
            cursor_skip(&c, cursor_u8(&c));
            break;
        default:
            json_bytes(&w, cursor_bytes(&c, cursor_u16(&c)));
            break;
        }
    }
    json_array_end(&w);
    REQUIRE(out.failed || str_is_utf8(buf_str(&out)));
    buf_release(&out);
    return 0;
}

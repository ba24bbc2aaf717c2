/* SPDX-License-Identifier: Apache-2.0
 *
 * Splitter and joiner over the same bytes in chunks: neither loses nor invents one. The first byte
 * is the chunk's size, the second the first sequence number, the third how far is looked ahead.
 */
#include "base/cursor.h"
#include "wire/packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_PAYLOAD 4096

static size_t split_all(struct str input, size_t step, uint8_t sequence, size_t look)
{
    struct wire_splitter s;
    size_t at = 0, end = 0;

    wire_splitter_init(&s, sequence);
    while (end < input.len) {
        enum wire_step what = WIRE_STEP_GOT;
        end = end + step < input.len ? end + step : input.len;
        while (what == WIRE_STEP_GOT) {
            struct wire_piece piece = {0};
            struct str rest = str_slice(input, at, end - at);
            uint64_t rows = 0;
            struct wire_splitter before = s;
            size_t skipped = wire_split_rows(&s, rest, 3, &rows);
            REQUIRE(skipped <= rest.len && rows <= 3 && (rows > 0) == (skipped > 0));
            if (skipped > 0)
                s = before; /* as pieces they must come out the same */
            what = wire_split(&s, rest, look, &piece);
            if (what != WIRE_STEP_GOT)
                break;
            REQUIRE(piece.raw.ptr == rest.ptr && piece.raw.len <= rest.len && piece.raw.len > 0);
            REQUIRE(piece.payload.len <= piece.raw.len);
            REQUIRE(!piece.first || piece.payload.len >= (look < piece.length ? look : piece.length));
            if (skipped > 0)
                REQUIRE(piece.first && piece.last && piece.raw.len <= skipped);
            at += piece.raw.len;
        }
        if (what != WIRE_STEP_MORE)
            break;
    }
    return at;
}

static void join_all(struct str input, size_t step, uint8_t sequence)
{
    struct wire_joiner j;
    size_t at = 0, end = 0;
    enum wire_step what = WIRE_STEP_MORE;

    wire_joiner_init(&j, MAX_PAYLOAD, sequence);
    while (end < input.len && (what == WIRE_STEP_MORE || what == WIRE_STEP_GOT)) {
        end = end + step < input.len ? end + step : input.len;
        do {
            struct str payload = STR_NONE;
            size_t used = 0;
            what = wire_join(&j, str_slice(input, at, end - at), &used, &payload);
            REQUIRE(used <= end - at);
            at += used;
            if (what == WIRE_STEP_GOT) {
                REQUIRE(payload.len <= MAX_PAYLOAD);
                for (size_t i = 0; i < payload.len; i += 64)
                    (void)*(const volatile char *)(payload.ptr + i);
            }
        } while (what == WIRE_STEP_GOT);
    }
    wire_joiner_release(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_over(str_make(data, size));
    size_t step = cursor_u8(&c) + 1u;
    uint8_t sequence = cursor_u8(&c);
    size_t look = cursor_u8(&c) + 1u;
    struct str input = cursor_rest(&c);

    if (!cursor_ok(&c))
        return 0;
    /* The size of the chunks changes nothing for what is taken in the end, unless a payload is
     * longer than what is looked for and cut off by the end of the input. */
    size_t whole = split_all(input, input.len + 1, sequence, look);
    REQUIRE(split_all(input, step, sequence, look) == whole);
    join_all(input, step, sequence);
    return 0;
}

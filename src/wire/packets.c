/* SPDX-License-Identifier: Apache-2.0
 *
 * How the splitter hands out one payload of two packets, the input arriving in three reads:
 *
 *      |hdr| 16 MiB - 1 ...............................|hdr| rest |
 *      [ read 1        ][ read 2                    ][ read 3     ]
 *      piece: first     piece                        piece: last
 *      left > 0         left = 0, continued          inside = false
 *
 * `left` counts down within a packet; `continued` says that at left = 0 another header belongs to
 * the same payload; `inside` stays true from the first piece to the last.
 */
#include "wire/packets.h"

#include "base/cursor.h"

void wire_splitter_init(struct wire_splitter *splitter, uint8_t sequence)
{
    *splitter = (struct wire_splitter){.sequence = sequence};
}

/* The header at the front of `input`, which has room for one. */
static uint32_t header_length(struct str input)
{
    const unsigned char *p = (const unsigned char *)input.ptr;

    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

static size_t at_most(size_t n, size_t most)
{
    return n < most ? n : most;
}

/* A packet begins at the front of `input`. */
static enum wire_step split_header(struct wire_splitter *splitter, struct str input, size_t look,
                                   struct wire_piece *ret_piece)
{
    if (input.len < WIRE_HEADER)
        return WIRE_STEP_MORE;
    uint32_t length = header_length(input);
    uint8_t sequence = (uint8_t)input.ptr[3];

    if (sequence != splitter->sequence) {
        splitter->broken = true;
        return WIRE_STEP_ORDER;
    }
    size_t have = at_most(input.len - WIRE_HEADER, length);
    bool first = !splitter->inside;

    if (first && have < at_most(look, length))
        return WIRE_STEP_MORE;
    splitter->sequence++;
    splitter->continued = length == WIRE_PACKET_FULL;
    splitter->left = length - (uint32_t)have;
    splitter->inside = splitter->left > 0 || splitter->continued;
    *ret_piece = (struct wire_piece){
        .raw = str_make(input.ptr, WIRE_HEADER + have),
        .payload = str_make(input.ptr + WIRE_HEADER, have),
        .length = length,
        .sequence = sequence,
        .first = first,
        .last = !splitter->inside,
    };
    return WIRE_STEP_GOT;
}

enum wire_step wire_split(struct wire_splitter *splitter, struct str input, size_t look,
                          struct wire_piece *ret_piece)
{
    if (splitter->broken)
        return WIRE_STEP_ORDER;
    if (splitter->left == 0)
        return split_header(splitter, input, look ? look : 1, ret_piece);
    if (input.len == 0)
        return WIRE_STEP_MORE;
    size_t have = at_most(input.len, splitter->left);

    splitter->left -= (uint32_t)have;
    splitter->inside = splitter->left > 0 || splitter->continued;
    *ret_piece = (struct wire_piece){
        .raw = str_make(input.ptr, have),
        .payload = str_make(input.ptr, have),
        .length = 0,
        .sequence = (uint8_t)(splitter->sequence - 1),
        .first = false,
        .last = !splitter->inside,
    };
    return WIRE_STEP_GOT;
}

size_t wire_split_rows(struct wire_splitter *splitter, struct str input, uint64_t most,
                       uint64_t *ret_rows)
{
    const unsigned char *p = (const unsigned char *)input.ptr;
    size_t at = 0;
    uint64_t rows = 0;

    if (splitter->broken || splitter->inside) {
        *ret_rows = 0;
        return 0;
    }
    while (rows < most && input.len - at > WIRE_HEADER) {
        const unsigned char *h = p + at;
        uint32_t length = (uint32_t)h[0] | (uint32_t)h[1] << 8 | (uint32_t)h[2] << 16;

        if (length == 0 || length == WIRE_PACKET_FULL || h[3] != splitter->sequence ||
            h[WIRE_HEADER] >= 0xFE || input.len - at - WIRE_HEADER < length)
            break;
        splitter->sequence++;
        at += WIRE_HEADER + length;
        rows++;
    }
    *ret_rows = rows;
    return at;
}

void wire_joiner_init(struct wire_joiner *joiner, size_t max, uint8_t sequence)
{
    *joiner = (struct wire_joiner){.max = max};
    wire_splitter_init(&joiner->splitter, sequence);
    buf_init(&joiner->joined, max);
}

void wire_joiner_release(struct wire_joiner *joiner)
{
    buf_release_secret(&joiner->joined);
}

void wire_joiner_restart(struct wire_joiner *joiner, uint8_t sequence)
{
    wire_splitter_init(&joiner->splitter, sequence);
}

/* A header that is there already shows a payload that is too large, before any of it is kept. */
static bool too_large(const struct wire_joiner *joiner, struct str input)
{
    return joiner->splitter.left == 0 && input.len >= WIRE_HEADER &&
           header_length(input) > joiner->max - joiner->joined.len;
}

enum wire_step wire_join(struct wire_joiner *joiner, struct str input, size_t *ret_used,
                         struct str *ret_payload)
{
    *ret_used = 0;
    if (joiner->large)
        return WIRE_STEP_LARGE;
    if (joiner->whole) {
        buf_release_secret(&joiner->joined);
        joiner->whole = false;
    }
    for (;;) {
        struct str rest = str_slice(input, *ret_used, input.len - *ret_used);
        struct wire_piece piece;

        if (too_large(joiner, rest)) {
            joiner->large = true;
            return WIRE_STEP_LARGE;
        }
        enum wire_step step = wire_split(&joiner->splitter, rest, 1, &piece);
        if (step != WIRE_STEP_GOT)
            return step;
        *ret_used += piece.raw.len;
        if (piece.first && piece.last) {
            *ret_payload = piece.payload;
            return WIRE_STEP_GOT;
        }
        buf_put_str(&joiner->joined, piece.payload);
        if (joiner->joined.failed) {
            joiner->large = true;
            return WIRE_STEP_LARGE;
        }
        if (piece.last) {
            joiner->whole = true;
            *ret_payload = buf_str(&joiner->joined);
            return WIRE_STEP_GOT;
        }
    }
}

void wire_header_put(struct buf *out, uint32_t length, uint8_t sequence)
{
    buf_put_u24(out, length);
    buf_put_u8(out, sequence);
}

size_t wire_packet_begin(struct buf *out)
{
    size_t mark = out->len;

    buf_put_zero(out, WIRE_HEADER);
    return mark;
}

static void header_fill(struct buf *out, size_t at, uint32_t length, uint8_t sequence)
{
    unsigned char *h = (unsigned char *)out->data + at;

    h[0] = (unsigned char)length;
    h[1] = (unsigned char)(length >> 8);
    h[2] = (unsigned char)(length >> 16);
    h[3] = sequence;
}

/* Over 16 MiB: room for a header is opened before each further packet, last one first, so that
 * each byte moves at most once. */
static void open_headers(struct buf *out, size_t start, size_t length, size_t extra)
{
    size_t from = start + length;

    for (size_t i = extra; i > 0; i--) {
        size_t begins = start + i * (size_t)WIRE_PACKET_FULL;
        memmove(out->data + begins + i * WIRE_HEADER, out->data + begins, from - begins);
        from = begins;
    }
}

void wire_packet_end(struct buf *out, size_t mark, uint8_t *sequence)
{
    if (out->failed)
        return;
    size_t start = mark + WIRE_HEADER, length = out->len - start;
    size_t extra = length / WIRE_PACKET_FULL;

    if (unlikely(extra > 0)) {
        buf_put_zero(out, extra * WIRE_HEADER);
        if (out->failed)
            return;
        open_headers(out, start, length, extra);
    }
    for (size_t i = 0; i <= extra; i++) {
        size_t n = at_most(length - i * WIRE_PACKET_FULL, WIRE_PACKET_FULL);
        header_fill(out, mark + i * ((size_t)WIRE_PACKET_FULL + WIRE_HEADER), (uint32_t)n,
                    (*sequence)++);
    }
}

void wire_packet_put(struct buf *out, struct str payload, uint8_t *sequence)
{
    size_t n;

    do {
        n = at_most(payload.len, WIRE_PACKET_FULL);
        wire_header_put(out, (uint32_t)n, (*sequence)++);
        buf_put(out, payload.ptr, n);
        payload = str_slice(payload, n, payload.len - n);
    } while (n == WIRE_PACKET_FULL);
}

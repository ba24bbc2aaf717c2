#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes written in hexadecimal, as captured from servers. Blanks are skipped.
 */
#include "../test.h"
#include "base/buf.h"

static inline int hex_digit(char c)
{
    return ascii_digit(c) ? c - '0' : ascii_lower(c) - 'a' + 10;
}

/* Appends the bytes to `out`, which owns them. */
static inline struct str hex_put(struct buf *out, const char *hex)
{
    size_t start = out->len;

    while (*hex != '\0') {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        buf_put_u8(out, (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1])));
        hex += 2;
    }
    return str_slice(buf_str(out), start, out->len - start);
}

/* The bytes alone in `out`. */
static inline struct str hex_only(struct buf *out, const char *hex)
{
    buf_clear(out);
    return hex_put(out, hex);
}

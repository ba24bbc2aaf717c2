/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"

void cursor_fail(struct cursor *c)
{
    c->failed = true;
    c->at = c->end;
}

struct str cursor_bytes(struct cursor *c, size_t n)
{
    if (unlikely(cursor_left(c) < n)) {
        cursor_fail(c);
        return STR_NONE;
    }
    struct str s = str_make(c->at, n);
    if (n > 0)
        c->at += n;
    return s;
}

void cursor_skip(struct cursor *c, size_t n)
{
    (void)cursor_bytes(c, n);
}

static uint64_t little(struct cursor *c, size_t n)
{
    struct str s = cursor_bytes(c, n);
    uint64_t v = 0;

    for (size_t i = 0; i < s.len; i++)
        v |= (uint64_t)(unsigned char)s.ptr[i] << (8 * i);
    return v;
}

uint16_t cursor_u16(struct cursor *c)
{
    return (uint16_t)little(c, 2);
}

uint32_t cursor_u24(struct cursor *c)
{
    return (uint32_t)little(c, 3);
}

uint32_t cursor_u32(struct cursor *c)
{
    return (uint32_t)little(c, 4);
}

uint64_t cursor_u64(struct cursor *c)
{
    return little(c, 8);
}

uint64_t cursor_lenenc(struct cursor *c)
{
    uint8_t first = cursor_u8(c);

    if (first < 0xFB)
        return first;
    if (first == 0xFC)
        return cursor_u16(c);
    if (first == 0xFD)
        return cursor_u24(c);
    if (first == 0xFE)
        return cursor_u64(c);
    cursor_fail(c);
    return 0;
}

struct str cursor_nul_str(struct cursor *c)
{
    const void *nul = cursor_left(c) ? memchr(c->at, 0, cursor_left(c)) : NULL;

    if (nul == NULL) {
        cursor_fail(c);
        return STR_NONE;
    }
    struct str s = str_make(c->at, (size_t)((const unsigned char *)nul - c->at));
    c->at += s.len + 1;
    return s;
}

struct str cursor_lenenc_str(struct cursor *c)
{
    uint64_t n = cursor_lenenc(c);

    if (n > cursor_left(c)) {
        cursor_fail(c);
        return STR_NONE;
    }
    return cursor_bytes(c, (size_t)n);
}

struct str cursor_rest(struct cursor *c)
{
    return cursor_bytes(c, cursor_left(c));
}

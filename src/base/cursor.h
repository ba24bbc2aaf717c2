#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounded reader through which every untrusted byte is read. The first read past the end (or
 * a malformed length) sets `failed`; from then on every read gives zero or an empty string. A
 * decoder therefore reads as a list of fields and checks `cursor_ok` or `cursor_done` once.
 */
#include "base/attr.h"
#include "base/str.h"

struct cursor {
    const unsigned char *at, *end;
    bool failed;
};

static inline struct cursor cursor_over(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    return (struct cursor){p, p ? p + s.len : NULL, false};
}
static inline size_t cursor_left(const struct cursor *c)
{
    return c->failed ? 0 : (size_t)(c->end - c->at);
}
/* Nothing went wrong so far. */
static inline bool cursor_ok(const struct cursor *c)
{
    return !c->failed;
}
/* Nothing went wrong and every byte was read. */
static inline bool cursor_done(const struct cursor *c)
{
    return !c->failed && c->at == c->end;
}
void cursor_fail(struct cursor *c);

static inline uint8_t cursor_u8(struct cursor *c)
{
    if (unlikely(c->at >= c->end)) { /* also when it has failed before: it stands at the end */
        cursor_fail(c);
        return 0;
    }
    return *c->at++;
}
/* The next byte without taking it; 0 and `failed` at the end. */
static inline uint8_t cursor_peek(struct cursor *c)
{
    if (unlikely(c->at >= c->end)) {
        cursor_fail(c);
        return 0;
    }
    return *c->at;
}
/* Little-endian. */
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u24(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);
/* MySQL's length-encoded integer; 0xFB (NULL) and 0xFF are failures here. */
uint64_t cursor_lenenc(struct cursor *c);
/* `n` bytes, in place. */
struct str cursor_bytes(struct cursor *c, size_t n);
void cursor_skip(struct cursor *c, size_t n);
/* Up to a NUL, which is taken and not counted; a failure when there is none. */
struct str cursor_nul_str(struct cursor *c);
struct str cursor_lenenc_str(struct cursor *c);
/* All that is left. */
struct str cursor_rest(struct cursor *c);

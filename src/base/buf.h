#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing byte buffer with a mandatory maximum. Writing past it, or running out of memory, sets
 * `failed`, which is sticky: write a whole message, check once.
 *
 * Little-endian writers put integers as the MySQL protocol does (low byte first).
 */
#include "base/attr.h"
#include "base/str.h"
#include <stdarg.h>

struct buf {
    char *data;
    size_t len; /* bytes written */
    size_t cap; /* bytes allocated */
    size_t max; /* most that `len` may be */
    bool failed;
};

void buf_init(struct buf *buf, size_t max);
/* Frees the memory; the buffer can be used again. */
void buf_release(struct buf *buf);
/* Wipes the memory, then frees it: for buffers that held a secret. */
void buf_release_secret(struct buf *buf);
/* Empties it and keeps the memory; clears `failed`. */
void buf_clear(struct buf *buf);
/* Room for `n` more bytes at data + len; false when it can't be. Does not change `len`. */
bool buf_reserve(struct buf *buf, size_t n);
void buf_put(struct buf *buf, const void *bytes, size_t n);
void buf_put_str(struct buf *buf, struct str s);
void buf_put_zero(struct buf *buf, size_t n);
void buf_put_u8(struct buf *buf, uint8_t v);
void buf_put_u16(struct buf *buf, uint16_t v);
void buf_put_u24(struct buf *buf, uint32_t v);
void buf_put_u32(struct buf *buf, uint32_t v);
void buf_put_u64(struct buf *buf, uint64_t v);
/* MySQL's length-encoded integer and string. */
void buf_put_lenenc(struct buf *buf, uint64_t v);
void buf_put_lenenc_str(struct buf *buf, struct str s);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* Takes `n` bytes (at most `len`) off the front. */
void buf_consume(struct buf *buf, size_t n);
static inline struct str buf_str(const struct buf *buf)
{
    return (struct str){buf->data, buf->len};
}

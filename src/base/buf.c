/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_release(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->max);
}

void buf_release_secret(struct buf *buf)
{
    if (buf->data != NULL)
        explicit_bzero(buf->data, buf->cap);
    buf_release(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

bool buf_reserve(struct buf *buf, size_t n)
{
    if (buf->failed)
        return false;
    if (likely(buf->cap - buf->len >= n))
        return true;
    if (n > buf->max || buf->len > buf->max - n) {
        buf->failed = true;
        return false;
    }
    size_t cap = buf->cap ? buf->cap * 2 : 256;
    if (cap < buf->len + n)
        cap = buf->len + n;
    if (cap > buf->max)
        cap = buf->max;
    char *data = realloc(buf->data, cap);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

void buf_put(struct buf *buf, const void *bytes, size_t n)
{
    if (n == 0 || !buf_reserve(buf, n))
        return;
    memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
}

void buf_put_str(struct buf *buf, struct str s)
{
    buf_put(buf, s.ptr, s.len);
}

void buf_put_zero(struct buf *buf, size_t n)
{
    if (n == 0 || !buf_reserve(buf, n))
        return;
    memset(buf->data + buf->len, 0, n);
    buf->len += n;
}

static void put_little(struct buf *buf, uint64_t v, size_t n)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)(v >> (8 * i));
    buf_put(buf, bytes, n);
}

void buf_put_u8(struct buf *buf, uint8_t v)
{
    if (likely(buf->len < buf->cap && !buf->failed))
        buf->data[buf->len++] = (char)v;
    else
        put_little(buf, v, 1);
}

void buf_put_u16(struct buf *buf, uint16_t v)
{
    put_little(buf, v, 2);
}

void buf_put_u24(struct buf *buf, uint32_t v)
{
    put_little(buf, v, 3);
}

void buf_put_u32(struct buf *buf, uint32_t v)
{
    put_little(buf, v, 4);
}

void buf_put_u64(struct buf *buf, uint64_t v)
{
    put_little(buf, v, 8);
}

void buf_put_lenenc(struct buf *buf, uint64_t v)
{
    if (v < 251) {
        buf_put_u8(buf, (uint8_t)v);
    } else if (v <= 0xFFFF) {
        buf_put_u8(buf, 0xFC);
        buf_put_u16(buf, (uint16_t)v);
    } else if (v <= 0xFFFFFF) {
        buf_put_u8(buf, 0xFD);
        buf_put_u24(buf, (uint32_t)v);
    } else {
        buf_put_u8(buf, 0xFE);
        buf_put_u64(buf, v);
    }
}

void buf_put_lenenc_str(struct buf *buf, struct str s)
{
    buf_put_lenenc(buf, s.len);
    buf_put_str(buf, s);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len >= 0 && buf_reserve(buf, (size_t)len + 1)) {
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
        buf->len += (size_t)len;
    }
    va_end(args);
}

void buf_consume(struct buf *buf, size_t n)
{
    if (n >= buf->len) {
        buf->len = 0;
        return;
    }
    memmove(buf->data, buf->data + n, buf->len - n);
    buf->len -= n;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/types.h"

#include "base/cursor.h"
#include <inttypes.h>

static const struct wire_type_info infos[256] = {
#define WIRE_TYPE_ROW(name, byte, coding, width, text) [byte] = {WIRE_CODING_##coding, width, text},
    WIRE_TYPE_TABLE(WIRE_TYPE_ROW)
#undef WIRE_TYPE_ROW
};

static const struct wire_type_info unknown = {WIRE_CODING_NEVER, 0, "unknown"};

const struct wire_type_info *wire_type_info(uint8_t type)
{
    return infos[type].text != NULL ? &infos[type] : &unknown;
}

/* Fields of a temporal value: date, date and time, and microseconds where they are not zero. */
static bool temporal_length_ok(uint8_t type, size_t len)
{
    if (type == WIRE_TYPE_TIME)
        return len == 0 || len == 8 || len == 12;
    return len == 0 || len == 4 || len == 7 || len == 11;
}

bool wire_binary_value_take(struct cursor *c, uint8_t type, struct str *ret_bytes)
{
    const struct wire_type_info *info = wire_type_info(type);

    switch (info->coding) {
    case WIRE_CODING_FIXED:
        *ret_bytes = cursor_bytes(c, info->width);
        break;
    case WIRE_CODING_LENENC:
        *ret_bytes = cursor_lenenc_str(c);
        break;
    case WIRE_CODING_TEMPORAL:
        *ret_bytes = cursor_bytes(c, cursor_u8(c));
        if (!temporal_length_ok(type, ret_bytes->len))
            cursor_fail(c);
        break;
    case WIRE_CODING_NOTHING:
        *ret_bytes = STR_NONE;
        break;
    case WIRE_CODING_NEVER:
        cursor_fail(c);
        break;
    }
    return cursor_ok(c);
}

bool wire_binary_value_put(struct buf *out, uint8_t type, struct str bytes)
{
    const struct wire_type_info *info = wire_type_info(type);

    switch (info->coding) {
    case WIRE_CODING_FIXED:
        if (bytes.len != info->width)
            return false;
        buf_put_str(out, bytes);
        return true;
    case WIRE_CODING_LENENC:
        buf_put_lenenc_str(out, bytes);
        return true;
    case WIRE_CODING_TEMPORAL:
        if (!temporal_length_ok(type, bytes.len))
            return false;
        buf_put_u8(out, (uint8_t)bytes.len);
        buf_put_str(out, bytes);
        return true;
    case WIRE_CODING_NOTHING:
        return bytes.len == 0;
    case WIRE_CODING_NEVER:
        return false;
    }
    return false;
}

/* ---- as text ---- */

static void render_integer(struct buf *out, struct cursor *c, size_t width, bool is_unsigned)
{
    uint64_t v = 0;

    for (size_t i = 0; i < width; i++)
        v |= (uint64_t)cursor_u8(c) << (8 * i);
    if (is_unsigned) {
        buf_printf(out, "%" PRIu64, v);
        return;
    }
    unsigned up = 64 - 8 * (unsigned)width; /* sign bit to the top and back */
    buf_printf(out, "%" PRId64, (int64_t)(v << up) >> up);
}

static void render_real(struct buf *out, struct str bytes)
{
    if (bytes.len == sizeof(float)) {
        float f;
        memcpy(&f, bytes.ptr, sizeof f);
        buf_printf(out, "%.9g", (double)f);
    } else {
        double d;
        memcpy(&d, bytes.ptr, sizeof d);
        buf_printf(out, "%.17g", d);
    }
}

static void render_fraction(struct buf *out, struct cursor *c)
{
    if (cursor_left(c) == 4)
        buf_printf(out, ".%06" PRIu32, cursor_u32(c));
}

static void render_datetime(struct buf *out, uint8_t type, struct str bytes)
{
    struct cursor c = cursor_over(bytes);
    unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;

    if (bytes.len >= 4) {
        year = cursor_u16(&c);
        month = cursor_u8(&c);
        day = cursor_u8(&c);
    }
    buf_printf(out, "%04u-%02u-%02u", year, month, day);
    if (type == WIRE_TYPE_DATE && bytes.len <= 4)
        return;
    if (bytes.len >= 7) {
        hour = cursor_u8(&c);
        minute = cursor_u8(&c);
        second = cursor_u8(&c);
    }
    buf_printf(out, " %02u:%02u:%02u", hour, minute, second);
    render_fraction(out, &c);
}

static void render_time(struct buf *out, struct str bytes)
{
    struct cursor c = cursor_over(bytes);
    bool negative = false;
    uint64_t hours = 0;
    unsigned minute = 0, second = 0;

    if (bytes.len >= 8) {
        negative = cursor_u8(&c) != 0;
        hours = (uint64_t)cursor_u32(&c) * 24;
        hours += cursor_u8(&c);
        minute = cursor_u8(&c);
        second = cursor_u8(&c);
    }
    buf_printf(out, "%s%02" PRIu64 ":%02u:%02u", negative ? "-" : "", hours, minute, second);
    render_fraction(out, &c);
}

bool wire_value_render(struct buf *out, uint8_t type, bool is_unsigned, struct str bytes)
{
    const struct wire_type_info *info = wire_type_info(type);
    struct cursor c = cursor_over(bytes);

    switch (info->coding) {
    case WIRE_CODING_FIXED:
        if (bytes.len != info->width)
            return false;
        if (type == WIRE_TYPE_FLOAT || type == WIRE_TYPE_DOUBLE)
            render_real(out, bytes);
        else
            render_integer(out, &c, info->width, is_unsigned || type == WIRE_TYPE_YEAR);
        return true;
    case WIRE_CODING_TEMPORAL:
        if (!temporal_length_ok(type, bytes.len))
            return false;
        if (type == WIRE_TYPE_TIME)
            render_time(out, bytes);
        else
            render_datetime(out, type, bytes);
        return true;
    case WIRE_CODING_LENENC:
        buf_put_str(out, bytes);
        return true;
    case WIRE_CODING_NOTHING:
        buf_put_str(out, STR("NULL"));
        return bytes.len == 0;
    case WIRE_CODING_NEVER:
        return false;
    }
    return false;
}

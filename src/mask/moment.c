/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates and times in both protocols. Text: `YYYY-MM-DD[ HH:MM:SS[.ffffff]]`. Binary: year (2),
 * month, day, then hour, minute, second, then microseconds (4); what is zero at the end may be
 * left out (lengths 0, 4, 7, 11).
 */
#include "mask/internal.h"

static bool number(struct str text, size_t from, size_t digits, unsigned max, unsigned *ret)
{
    uint64_t value;
    struct str part = str_slice(text, from, digits);

    if (part.len != digits || !str_to_u64(part, max, &value))
        return false;
    *ret = (unsigned)value;
    return true;
}

static bool read_text(struct str t, struct mask_moment *m)
{
    unsigned fraction = 0;

    if (t.len < 10 || t.ptr[4] != '-' || t.ptr[7] != '-' || !number(t, 0, 4, 9999, &m->year) ||
        !number(t, 5, 2, 12, &m->month) || !number(t, 8, 2, 31, &m->day))
        return false;
    if (t.len == 10)
        return true;
    if (t.len < 19 || (t.ptr[10] != ' ' && t.ptr[10] != 'T') || t.ptr[13] != ':' ||
        t.ptr[16] != ':' || !number(t, 11, 2, 23, &m->hour) || !number(t, 14, 2, 59, &m->minute) ||
        !number(t, 17, 2, 59, &m->second))
        return false;
    if (t.len == 19)
        return true;
    if (t.ptr[19] != '.' || t.len > 26 || !number(t, 20, t.len - 20, 999999, &fraction))
        return false;
    for (size_t digits = t.len - 20; digits < 6; digits++)
        fraction *= 10;
    m->microsecond = fraction;
    return true;
}

static bool read_binary(struct str bytes, struct mask_moment *m)
{
    struct cursor c = cursor_over(bytes);

    if (bytes.len == 0)
        return true;
    m->year = cursor_u16(&c);
    m->month = cursor_u8(&c);
    m->day = cursor_u8(&c);
    if (bytes.len > 4) {
        m->hour = cursor_u8(&c);
        m->minute = cursor_u8(&c);
        m->second = cursor_u8(&c);
    }
    if (bytes.len > 7)
        m->microsecond = cursor_u32(&c);
    return cursor_done(&c);
}

bool mask_moment_read(struct str text, bool binary, struct mask_moment *ret)
{
    struct mask_moment m = {0};

    if (!(binary ? read_binary(text, &m) : read_text(text, &m)))
        return false;
    *ret = m;
    return true;
}

void mask_moment_write(const struct mask_moment *m, bool binary, bool with_time, unsigned decimals,
                       struct buf *out)
{
    if (binary) {
        buf_put_u16(out, (uint16_t)m->year);
        buf_put_u8(out, (uint8_t)m->month);
        buf_put_u8(out, (uint8_t)m->day);
        if (!with_time || (m->hour | m->minute | m->second | m->microsecond) == 0)
            return;
        buf_put_u8(out, (uint8_t)m->hour);
        buf_put_u8(out, (uint8_t)m->minute);
        buf_put_u8(out, (uint8_t)m->second);
        if (m->microsecond != 0)
            buf_put_u32(out, m->microsecond);
        return;
    }
    buf_printf(out, "%04u-%02u-%02u", m->year, m->month, m->day);
    if (!with_time)
        return;
    buf_printf(out, " %02u:%02u:%02u", m->hour, m->minute, m->second);
    if (decimals >= 1 && decimals <= 6) {
        char fraction[16];
        snprintf(fraction, sizeof(fraction), "%06u", (unsigned)(m->microsecond % 1000000));
        buf_put_u8(out, '.');
        buf_put(out, fraction, decimals);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Ranges from the servers' strings library: the `ismbchar` of each set.
 */
#include "sql/charset.h"

static bool in(unsigned char c, unsigned low, unsigned high)
{
    return c >= low && c <= high;
}

static unsigned utf8_length(const unsigned char *p, const unsigned char *end)
{
    size_t left = (size_t)(end - p);

    if (in(p[0], 0xC2, 0xDF))
        return left >= 2 && in(p[1], 0x80, 0xBF) ? 2 : 0;
    if (in(p[0], 0xE0, 0xEF)) {
        if (left < 3 || !in(p[1], 0x80, 0xBF) || !in(p[2], 0x80, 0xBF))
            return 0;
        return (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ? 0 : 3;
    }
    if (in(p[0], 0xF0, 0xF4)) {
        if (left < 4 || !in(p[1], 0x80, 0xBF) || !in(p[2], 0x80, 0xBF) || !in(p[3], 0x80, 0xBF))
            return 0;
        return (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F) ? 0 : 4;
    }
    return 0;
}

static unsigned gb18030_length(const unsigned char *p, const unsigned char *end)
{
    size_t left = (size_t)(end - p);

    if (left < 2 || !in(p[0], 0x81, 0xFE))
        return 0;
    if (in(p[1], 0x40, 0x7E) || in(p[1], 0x80, 0xFE))
        return 2;
    return left >= 4 && in(p[1], 0x30, 0x39) && in(p[2], 0x81, 0xFE) && in(p[3], 0x30, 0x39) ? 4
                                                                                             : 0;
}

static unsigned ujis_length(const unsigned char *p, const unsigned char *end)
{
    size_t left = (size_t)(end - p);

    if (left < 2)
        return 0;
    if (in(p[0], 0xA1, 0xFE))
        return in(p[1], 0xA1, 0xFE) ? 2 : 0;
    if (p[0] == 0x8E)
        return in(p[1], 0xA0, 0xDF) ? 2 : 0;
    return left >= 3 && p[0] == 0x8F && in(p[1], 0xA1, 0xFE) && in(p[2], 0xA1, 0xFE) ? 3 : 0;
}

unsigned sql_charset_multibyte(enum sql_charset charset, const unsigned char *p,
                               const unsigned char *end)
{
    if (p >= end || *p < 0x80)
        return 0;
    unsigned char second = end - p >= 2 ? p[1] : 0;
    switch (charset) {
    case SQL_CHARSET_UTF8:
        return utf8_length(p, end);
    case SQL_CHARSET_GBK:
        return in(*p, 0x81, 0xFE) && (in(second, 0x40, 0x7E) || in(second, 0x80, 0xFE)) ? 2 : 0;
    case SQL_CHARSET_BIG5:
        return in(*p, 0xA1, 0xF9) && (in(second, 0x40, 0x7E) || in(second, 0xA1, 0xFE)) ? 2 : 0;
    case SQL_CHARSET_SJIS:
        return (in(*p, 0x81, 0x9F) || in(*p, 0xE0, 0xFC)) &&
                       (in(second, 0x40, 0x7E) || in(second, 0x80, 0xFC))
                   ? 2
                   : 0;
    case SQL_CHARSET_GB2312:
        return in(*p, 0xA1, 0xF7) && in(second, 0xA1, 0xFE) ? 2 : 0;
    case SQL_CHARSET_GB18030:
        return gb18030_length(p, end);
    case SQL_CHARSET_EUCKR:
        return in(*p, 0x81, 0xFE) &&
                       (in(second, 0x41, 0x5A) || in(second, 0x61, 0x7A) || in(second, 0x81, 0xFE))
                   ? 2
                   : 0;
    case SQL_CHARSET_UJIS:
        return ujis_length(p, end);
    case SQL_CHARSET_REFUSED:
    case SQL_CHARSET_LATIN1:
    case SQL_CHARSET_BYTES:
        return 0;
    }
    return 0;
}

bool sql_charset_has_ascii_trail(enum sql_charset charset)
{
    switch (charset) {
    case SQL_CHARSET_GBK:
    case SQL_CHARSET_BIG5:
    case SQL_CHARSET_SJIS:
    case SQL_CHARSET_GB18030:
    case SQL_CHARSET_EUCKR:
        return true;
    case SQL_CHARSET_REFUSED:
    case SQL_CHARSET_UTF8:
    case SQL_CHARSET_LATIN1:
    case SQL_CHARSET_BYTES:
    case SQL_CHARSET_GB2312:
    case SQL_CHARSET_UJIS:
        return false;
    }
    return false;
}

/* The servers' latin1 is Windows code page 1252; its five undefined bytes stand for the C1
 * control of the same number. */
static uint16_t latin1_code(unsigned char byte)
{
    static const uint16_t high[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

    return in(byte, 0x80, 0x9F) ? high[byte - 0x80] : byte;
}

struct str sql_charset_to_utf8(enum sql_charset charset, struct str text, struct arena *arena)
{
    size_t high = 0;

    for (size_t i = 0; i < text.len; i++)
        high += (unsigned char)text.ptr[i] >= 0x80;
    if (high == 0 || charset == SQL_CHARSET_UTF8)
        return text;
    if (charset != SQL_CHARSET_LATIN1)
        return STR_NONE;
    char *out = arena_alloc(arena, text.len + 2 * high + 1);
    if (out == NULL)
        return STR_NONE;
    char *at = out;
    for (size_t i = 0; i < text.len; i++) {
        uint16_t code = latin1_code((unsigned char)text.ptr[i]);
        if (code < 0x80) {
            *at++ = (char)code;
        } else if (code < 0x800) {
            *at++ = (char)(0xC0 | (code >> 6));
            *at++ = (char)(0x80 | (code & 0x3F));
        } else {
            *at++ = (char)(0xE0 | (code >> 12));
            *at++ = (char)(0x80 | ((code >> 6) & 0x3F));
            *at++ = (char)(0x80 | (code & 0x3F));
        }
    }
    return str_make(out, (size_t)(at - out));
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Pseudonyms: HMAC-SHA-256 over tag and value, cut to what the type holds. The value is brought to
 * one form first, so that text and binary rows, and columns of like types, give the same one:
 * integers as decimal digits, floats rounded to the digits that text has, dates as written.
 */
#include "mask/internal.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#define CANONICAL_MAX 64

struct canonical {
    char text[CANONICAL_MAX];
    struct str value; /* in text, or the value itself */
};

static bool canonical_integer(struct canonical *out, bool binary, bool is_unsigned,
                              struct str value)
{
    int n;

    if (!binary) { /* ZEROFILL pads with zeros */
        bool negative = str_starts(value, STR("-"));
        struct str digits = str_slice(value, negative ? 1 : 0, value.len);
        uint64_t magnitude;
        if (!str_to_u64(digits, UINT64_MAX, &magnitude))
            return false;
        n = snprintf(out->text, sizeof(out->text), "%s%llu", negative ? "-" : "",
                     (unsigned long long)magnitude);
    } else {
        uint64_t bits = 0;
        if (value.len != 1 && value.len != 2 && value.len != 4 && value.len != 8)
            return false;
        for (size_t i = value.len; i > 0; i--)
            bits = bits << 8 | (unsigned char)value.ptr[i - 1];
        if (!is_unsigned && value.len < 8 && (bits >> (8 * value.len - 1) & 1) != 0)
            bits |= UINT64_MAX << (8 * value.len);
        n = is_unsigned ? snprintf(out->text, sizeof(out->text), "%llu", (unsigned long long)bits)
                        : snprintf(out->text, sizeof(out->text), "%lld", (long long)bits);
    }
    out->value = str_make(out->text, (size_t)n);
    return true;
}

static bool canonical_float(struct canonical *out, bool binary, bool single, struct str value)
{
    double number;
    int n;

    if (!binary) {
        if (value.len >= sizeof(out->text) || value.len == 0)
            return false;
        memcpy(out->text, value.ptr, value.len);
        out->text[value.len] = '\0';
        char *end;
        number = strtod(out->text, &end);
        if (*end != '\0')
            return false;
    } else if (single && value.len == 4) {
        float f;
        memcpy(&f, value.ptr, sizeof(f));
        number = (double)f;
    } else if (!single && value.len == 8) {
        memcpy(&number, value.ptr, sizeof(number));
    } else {
        return false;
    }
    n = single ? snprintf(out->text, sizeof(out->text), "%.6g", number)
               : snprintf(out->text, sizeof(out->text), "%.15g", number);
    out->value = str_make(out->text, (size_t)n);
    return true;
}

static bool canonical_moment(struct canonical *out, bool binary, struct str value)
{
    struct mask_moment m;

    if (!mask_moment_read(value, binary, &m))
        return false;
    int n = snprintf(out->text, sizeof(out->text), "%04u-%02u-%02u %02u:%02u:%02u.%06u", m.year,
                     m.month, m.day, m.hour, m.minute, m.second, m.microsecond);
    out->value = str_make(out->text, (size_t)n);
    return true;
}

static bool canonical_time(struct canonical *out, bool binary, struct str value)
{
    struct buf text;
    bool good;

    if (!binary) { /* the fraction's zeros depend on the column's decimals */
        while (str_find_char(value, '.') >= 0 &&
               (str_ends(value, STR("0")) || str_ends(value, STR("."))))
            value.len--;
        out->value = value;
        return value.len > 0;
    }
    buf_init(&text, sizeof(out->text));
    good = wire_value_render(&text, WIRE_TYPE_TIME, false, value) && !text.failed;
    if (good) {
        memcpy(out->text, text.data, text.len);
        out->value = str_make(out->text, text.len);
        good = canonical_time(out, false, out->value);
    }
    buf_release(&text);
    return good;
}

static bool canonical_make(struct canonical *out, const struct wire_column *column, bool binary,
                           struct str value)
{
    bool is_unsigned = (column->flags & WIRE_COLUMN_UNSIGNED) != 0;

    switch (mask_family_of(column)) {
    case MASK_FAMILY_INTEGER:
        return canonical_integer(out, binary, is_unsigned, value);
    case MASK_FAMILY_YEAR:
        return canonical_integer(out, binary, true, value);
    case MASK_FAMILY_FLOAT:
        return canonical_float(out, binary, column->type == WIRE_TYPE_FLOAT, value);
    case MASK_FAMILY_DATE:
        return canonical_moment(out, binary, value);
    case MASK_FAMILY_TIME:
        return canonical_time(out, binary, value);
    case MASK_FAMILY_TEXT:
    case MASK_FAMILY_BINARY:
    case MASK_FAMILY_JSON:
    case MASK_FAMILY_DECIMAL:
        out->value = value;
        return true;
    case MASK_FAMILY_OPAQUE:
        break;
    }
    return false;
}

static bool digest(const struct policy_mask *mask, const struct secret *key, struct str value,
                   unsigned char out[32])
{
    struct buf message;
    unsigned length = 0;

    buf_init(&message, value.len + mask->tag.len + 1);
    buf_put_str(&message, mask->tag);
    buf_put_u8(&message, 0);
    buf_put_str(&message, value);
    bool good = !message.failed &&
                HMAC(EVP_sha256(), key->bytes, (int)key->len, (const unsigned char *)message.data,
                     message.len, out, &length) != NULL &&
                length == 32;
    buf_release_secret(&message);
    return good;
}

static void put_word(const unsigned char *hash, struct buf *out)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567"; /* RFC 4648 section 6 */
    uint64_t bits = 0;
    unsigned have = 0;

    buf_put_str(out, STR("p_"));
    for (size_t i = 0; i < 10; i++) {
        bits = bits << 8 | hash[i];
        for (have += 8; have >= 5; have -= 5)
            buf_put_u8(out, (uint8_t)alphabet[bits >> (have - 5) & 31]);
    }
}

static void put_integer(const struct wire_column *column, bool binary, uint64_t h, struct buf *out)
{
    static const struct {
        uint8_t type, width;
        uint64_t max; /* of the signed type */
    } types[] = {{WIRE_TYPE_TINY, 1, 127},
                 {WIRE_TYPE_SHORT, 2, 32767},
                 {WIRE_TYPE_INT24, 4, 8388607},
                 {WIRE_TYPE_LONG, 4, 2147483647},
                 {WIRE_TYPE_LONGLONG, 8, INT64_MAX}};

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (types[i].type != column->type)
            continue;
        uint64_t value = h % types[i].max + 1;
        if (!binary)
            buf_printf(out, "%llu", (unsigned long long)value);
        for (unsigned k = 0; binary && k < types[i].width; k++)
            buf_put_u8(out, (uint8_t)(value >> (8 * k)));
    }
}

static void put_decimal(const struct wire_column *column, uint64_t h, struct buf *out)
{
    unsigned scale = column->decimals > 18 ? 18 : column->decimals;
    uint32_t other =
        (scale > 0 ? 1U : 0U) + ((column->flags & WIRE_COLUMN_UNSIGNED) == 0 ? 1U : 0U);
    uint32_t digits = column->length > other ? column->length - other : 1;
    uint64_t modulus = 1, fraction = 1;

    if (digits > 18)
        digits = 18;
    if (digits < scale)
        digits = scale;
    for (uint32_t i = 0; i < digits; i++)
        modulus *= 10;
    for (uint32_t i = 0; i < scale; i++)
        fraction *= 10;
    h %= modulus;
    buf_printf(out, "%llu", (unsigned long long)(h / fraction));
    if (scale > 0)
        buf_printf(out, ".%0*llu", (int)scale, (unsigned long long)(h % fraction));
}

static void put_float(const struct wire_column *column, bool binary, uint64_t h, struct buf *out)
{
    if (column->type == WIRE_TYPE_FLOAT) {
        float f = (float)(h % 1000000 + 1);
        if (binary)
            buf_put(out, &f, sizeof(f));
        else
            buf_printf(out, "%.6g", (double)f);
    } else {
        double d = (double)(h % 1000000000000000 + 1);
        if (binary)
            buf_put(out, &d, sizeof(d));
        else
            buf_printf(out, "%.15g", d);
    }
}

static void put_moment(const struct wire_column *column, bool binary, uint64_t h, struct buf *out)
{
    struct mask_moment m = {.year = (unsigned)(1971 + h % 66),
                            .month = (unsigned)(1 + h / 66 % 12)};

    m.day = (unsigned)(1 + h / 792 % 28);
    if (column->type != WIRE_TYPE_DATE) {
        m.hour = (unsigned)(h / 22176 % 24);
        m.minute = (unsigned)(h / 532224 % 60);
        m.second = (unsigned)(h / 31933440 % 60);
    }
    mask_moment_write(&m, binary, column->type != WIRE_TYPE_DATE, column->decimals, out);
}

static void put_time(const struct wire_column *column, bool binary, uint64_t h, struct buf *out)
{
    unsigned hour = (unsigned)(h % 24), minute = (unsigned)(h / 24 % 60),
             second = (unsigned)(h / 1440 % 60);

    if (binary) {
        if ((hour | minute | second) == 0)
            return;           /* zero has no bytes */
        buf_put_zero(out, 5); /* sign, days */
        buf_put_u8(out, (uint8_t)hour);
        buf_put_u8(out, (uint8_t)minute);
        buf_put_u8(out, (uint8_t)second);
        return;
    }
    buf_printf(out, "%02u:%02u:%02u", hour, minute, second);
    if (column->decimals >= 1 && column->decimals <= 6)
        buf_printf(out, ".%0*u", (int)column->decimals, 0U);
}

static void put_year(bool binary, uint64_t h, struct buf *out)
{
    unsigned year = (unsigned)(1902 + h % 253);

    if (binary)
        buf_put_u16(out, (uint16_t)year);
    else
        buf_printf(out, "%u", year);
}

bool mask_pseudonym(const struct policy_mask *mask, const struct wire_column *column, bool binary,
                    struct str value, const struct secret *key, struct buf *out)
{
    struct canonical canonical;
    unsigned char hash[32];
    uint64_t h = 0;

    if (key == NULL || key->len == 0 || !canonical_make(&canonical, column, binary, value) ||
        !digest(mask, key, canonical.value, hash))
        return false;
    for (int i = 0; i < 8; i++)
        h = h << 8 | hash[i + 16];
    switch (mask_family_of(column)) {
    case MASK_FAMILY_TEXT:
    case MASK_FAMILY_BINARY:
        put_word(hash, out);
        return true;
    case MASK_FAMILY_JSON:
        buf_put_u8(out, '"');
        put_word(hash, out);
        buf_put_u8(out, '"');
        return true;
    case MASK_FAMILY_INTEGER:
        put_integer(column, binary, h, out);
        return true;
    case MASK_FAMILY_DECIMAL:
        put_decimal(column, h, out);
        return true;
    case MASK_FAMILY_FLOAT:
        put_float(column, binary, h, out);
        return true;
    case MASK_FAMILY_DATE:
        put_moment(column, binary, h, out);
        return true;
    case MASK_FAMILY_TIME:
        put_time(column, binary, h, out);
        return true;
    case MASK_FAMILY_YEAR:
        put_year(binary, h, out);
        return true;
    case MASK_FAMILY_OPAQUE:
        break;
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * One value. Each mask that keeps something says false where it can't be done; then the value is
 * redacted.
 */
#include "mask/internal.h"
#include "wire/charset.h"

enum mask_family mask_family_of(const struct wire_column *column)
{
    bool binary = column->collation == WIRE_COLLATION_BINARY;

    switch (column->type) {
    case WIRE_TYPE_VARCHAR:
    case WIRE_TYPE_VAR_STRING:
    case WIRE_TYPE_STRING:
    case WIRE_TYPE_TINY_BLOB:
    case WIRE_TYPE_MEDIUM_BLOB:
    case WIRE_TYPE_LONG_BLOB:
    case WIRE_TYPE_BLOB:
    case WIRE_TYPE_ENUM:
    case WIRE_TYPE_SET:
        return binary ? MASK_FAMILY_BINARY : MASK_FAMILY_TEXT;
    case WIRE_TYPE_JSON:
        return MASK_FAMILY_JSON;
    case WIRE_TYPE_TINY:
    case WIRE_TYPE_SHORT:
    case WIRE_TYPE_INT24:
    case WIRE_TYPE_LONG:
    case WIRE_TYPE_LONGLONG:
        return MASK_FAMILY_INTEGER;
    case WIRE_TYPE_DECIMAL:
    case WIRE_TYPE_NEWDECIMAL:
        return MASK_FAMILY_DECIMAL;
    case WIRE_TYPE_FLOAT:
    case WIRE_TYPE_DOUBLE:
        return MASK_FAMILY_FLOAT;
    case WIRE_TYPE_DATE:
    case WIRE_TYPE_DATETIME:
    case WIRE_TYPE_TIMESTAMP:
        return MASK_FAMILY_DATE;
    case WIRE_TYPE_TIME:
        return MASK_FAMILY_TIME;
    case WIRE_TYPE_YEAR:
        return MASK_FAMILY_YEAR;
    default:
        return MASK_FAMILY_OPAQUE;
    }
}

static void give(struct wire_value *ret, struct str bytes)
{
    *ret = (struct wire_value){bytes, false};
}

static void redact(const struct wire_column *column, struct wire_value *ret)
{
    switch (mask_family_of(column)) {
    case MASK_FAMILY_TEXT:
    case MASK_FAMILY_BINARY:
        give(ret, STR(MASK_PLACEHOLDER));
        return;
    case MASK_FAMILY_JSON:
        give(ret, STR("\"" MASK_PLACEHOLDER "\""));
        return;
    case MASK_FAMILY_OPAQUE:
    case MASK_FAMILY_INTEGER:
    case MASK_FAMILY_DECIMAL:
    case MASK_FAMILY_FLOAT:
    case MASK_FAMILY_DATE:
    case MASK_FAMILY_TIME:
    case MASK_FAMILY_YEAR:
        break;
    }
    *ret = (struct wire_value){STR_NONE, true};
}

/* ---- characters ---- */

/* Bytes of the character at `at`; 0 where the character set isn't read here. Sets of one byte a
 * character, and UTF-8; all others are redacted. */
static size_t char_length(bool utf8, struct str s, size_t at)
{
    unsigned char c = (unsigned char)s.ptr[at];
    size_t n = 1;

    if (utf8 && c >= 0xC0)
        n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    return n > s.len - at ? s.len - at : n;
}

static bool charset_readable(const struct wire_column *column, bool *ret_utf8)
{
    const struct wire_charset *charset = wire_charset_by_collation(column->collation);

    if (charset == NULL || !charset->safe)
        return false;
    *ret_utf8 = str_starts(charset->name, STR("utf8"));
    return *ret_utf8 || charset->max_length == 1;
}

static size_t char_count(bool utf8, struct str s)
{
    size_t count = 0;

    for (size_t at = 0; at < s.len; at += char_length(utf8, s, at))
        count++;
    return count;
}

static bool is_separator(char c)
{
    return c == '-' || c == ' ' || c == '.' || c == '/' || c == '+' || c == '(' || c == ')';
}

/* First and last characters, never more than half of all; blanks and hyphens between stay. */
static bool mask_partial(const struct policy_mask *mask, const struct wire_column *column,
                         struct str value, struct buf *out)
{
    bool utf8;

    if (mask_family_of(column) != MASK_FAMILY_TEXT || !charset_readable(column, &utf8))
        return false;
    size_t count = char_count(utf8, value), most = count / 2;
    size_t last = mask->last < most ? mask->last : most;
    size_t first = mask->first < most - last ? mask->first : most - last;
    size_t index = 0;
    for (size_t at = 0; at < value.len; index++) {
        size_t n = char_length(utf8, value, at);
        if (index < first || index >= count - last || (n == 1 && is_separator(value.ptr[at])))
            buf_put(out, value.ptr + at, n);
        else
            buf_put_u8(out, 'X');
        at += n;
    }
    return true;
}

/* `j***@shop.io`; the domain is kept whole. */
static bool mask_email(const struct wire_column *column, struct str value, struct buf *out)
{
    size_t at = value.len;
    bool utf8;

    if (mask_family_of(column) != MASK_FAMILY_TEXT || !charset_readable(column, &utf8))
        return false;
    while (at > 0 && value.ptr[at - 1] != '@')
        at--;
    if (at < 2 || at == value.len)
        return false;
    struct str local = str_slice(value, 0, at - 1);
    size_t first = char_length(utf8, local, 0);
    if (local.len > first) /* a name of one letter isn't shown at all */
        buf_put(out, local.ptr, first);
    buf_put_str(out, STR("***"));
    buf_put_str(out, str_slice(value, at - 1, value.len));
    return true;
}

/* ---- dates ---- */

static void cut_moment(struct mask_moment *m, enum policy_date_unit unit)
{
    bool zero = m->year == 0 && m->month == 0 && m->day == 0;

    m->hour = m->minute = m->second = 0;
    m->microsecond = 0;
    if (zero || unit == POLICY_DATE_DAY)
        return;
    m->day = 1;
    if (unit != POLICY_DATE_MONTH)
        m->month = 1;
}

static bool mask_date(const struct policy_mask *mask, const struct wire_column *column, bool binary,
                      struct str value, struct buf *out)
{
    enum mask_family family = mask_family_of(column);
    struct mask_moment m;

    if (family == MASK_FAMILY_YEAR) {
        buf_put_str(out, value);
        return true;
    }
    if (family == MASK_FAMILY_DATE) {
        if (!mask_moment_read(value, binary, &m))
            return false;
        cut_moment(&m, mask->unit);
        mask_moment_write(&m, binary, column->type != WIRE_TYPE_DATE, column->decimals, out);
        return true;
    }
    if (family != MASK_FAMILY_TEXT || value.len < 10 || !mask_moment_read(value, false, &m))
        return false;
    cut_moment(&m, mask->unit);
    mask_moment_write(&m, false, value.len > 10, 0, out);
    return true;
}

/* ---- all ---- */

static bool mask_keeping(const struct policy_mask *mask, const struct wire_column *column,
                         bool binary, struct str value, const struct secret *key, struct buf *out)
{
    switch (mask->kind) {
    case POLICY_MASK_PARTIAL:
        return mask_partial(mask, column, value, out);
    case POLICY_MASK_EMAIL:
        return mask_email(column, value, out);
    case POLICY_MASK_PSEUDONYM:
        return mask_pseudonym(mask, column, binary, value, key, out);
    case POLICY_MASK_DATE:
        return mask_date(mask, column, binary, value, out);
    case POLICY_MASK_INVALID:
    case POLICY_MASK_NULL:
    case POLICY_MASK_REDACT:
    case POLICY_MASK_COUNT:
        break;
    }
    return false;
}

void mask_value(const struct policy_mask *mask, const struct wire_column *column, bool binary,
                const struct wire_value *value, const struct secret *key, struct buf *scratch,
                struct wire_value *ret_value)
{
    bool keeps = mask->kind == POLICY_MASK_PARTIAL || mask->kind == POLICY_MASK_EMAIL ||
                 mask->kind == POLICY_MASK_PSEUDONYM || mask->kind == POLICY_MASK_DATE;

    if (mask->kind == POLICY_MASK_NULL || (value->null && keeps)) {
        *ret_value = (struct wire_value){STR_NONE, true};
        return;
    }
    buf_clear(scratch);
    if (keeps && mask_keeping(mask, column, binary, value->bytes, key, scratch) && !scratch->failed)
        give(ret_value, buf_str(scratch));
    else
        redact(column, ret_value);
}

void mask_column(const struct policy_mask *mask, struct wire_column *column)
{
    const uint16_t hidden = WIRE_COLUMN_NOT_NULL | WIRE_COLUMN_PRIMARY | WIRE_COLUMN_UNIQUE;
    const uint32_t widest = 4 * 32; /* of a placeholder or pseudonym, in any character set */

    (void)mask;
    column->flags = (uint16_t)(column->flags & ~hidden);
    switch (mask_family_of(column)) {
    case MASK_FAMILY_TEXT:
    case MASK_FAMILY_BINARY:
    case MASK_FAMILY_JSON:
        if (column->length < widest)
            column->length = widest;
        break;
    case MASK_FAMILY_OPAQUE:
    case MASK_FAMILY_INTEGER:
    case MASK_FAMILY_DECIMAL:
    case MASK_FAMILY_FLOAT:
    case MASK_FAMILY_DATE:
    case MASK_FAMILY_TIME:
    case MASK_FAMILY_YEAR:
        break;
    }
}

/* ---- placeholders ---- */

static bool looks_partial(struct str text)
{
    size_t crosses = 0, others = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == 'X')
            crosses++;
        else if (!is_separator(text.ptr[i]))
            others++;
    }
    return crosses >= 3 && crosses >= others && str_find(text, STR("XX")) >= 0;
}

static bool looks_pseudonym(struct str text)
{
    if (text.len != 18 || !str_starts(text, STR("p_")))
        return false;
    for (size_t i = 2; i < text.len; i++)
        if (!(text.ptr[i] >= 'a' && text.ptr[i] <= 'z') &&
            !(text.ptr[i] >= '2' && text.ptr[i] <= '7'))
            return false;
    return true;
}

bool mask_is_placeholder(struct str text)
{
    text = str_trim(text);
    if (text.len >= 2 && text.ptr[0] == '"' && str_ends(text, STR("\"")))
        text = str_slice(text, 1, text.len - 2);
    return str_equal_nocase(text, STR(MASK_PLACEHOLDER)) ||
           (str_find(text, STR("***@")) >= 0 && str_find(text, STR("***@")) <= 4) ||
           looks_partial(text) || looks_pseudonym(text);
}

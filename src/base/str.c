/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

bool str_equal_nocase(struct str a, struct str b)
{
    return a.len == b.len && str_compare_nocase(a, b) == 0;
}

int str_compare(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

int str_compare_nocase(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;

    for (size_t i = 0; i < n; i++) {
        int d = (unsigned char)ascii_lower(a.ptr[i]) - (unsigned char)ascii_lower(b.ptr[i]);
        if (d != 0)
            return d;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_equal(str_slice(s, 0, prefix.len), prefix);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_equal_nocase(str_slice(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_equal(str_slice(s, s.len - suffix.len, suffix.len), suffix);
}

ptrdiff_t str_find_char(struct str s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

    return at ? at - s.ptr : -1;
}

ptrdiff_t str_find(struct str s, struct str needle)
{
    if (needle.len == 0)
        return 0;
    if (s.len < needle.len)
        return -1;
    const char *at = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return at ? at - s.ptr : -1;
}

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct str str_slice(struct str s, size_t from, size_t len)
{
    if (from >= s.len)
        return STR_NONE;
    if (len > s.len - from)
        len = s.len - from;
    return (struct str){s.ptr + from, len};
}

bool str_split(struct str s, char sep, struct str *ret_head, struct str *ret_tail)
{
    ptrdiff_t at = str_find_char(s, sep);

    if (at < 0)
        return false;
    *ret_head = str_slice(s, 0, (size_t)at);
    *ret_tail = str_slice(s, (size_t)at + 1, s.len);
    return true;
}

bool str_to_u64(struct str s, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_digit(s.ptr[i]))
            return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (value > (max - digit) / 10 || digit > max)
            return false;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return true;
}

bool str_glob(struct str pattern, struct str subject, bool nocase)
{
    size_t p = 0, s = 0, star = SIZE_MAX, mark = 0;

    while (s < subject.len) {
        char want = p < pattern.len ? pattern.ptr[p] : '\0';
        bool same = nocase ? ascii_lower(want) == ascii_lower(subject.ptr[s])
                           : want == subject.ptr[s];

        if (p < pattern.len && want == '*') {
            star = p++;
            mark = s;
        } else if (p < pattern.len && (want == '?' || same)) {
            p++;
            s++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            s = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

/* Length of the well-formed sequence at `p`, or 0 (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t n;

    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        n = 2;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        n = 3;
        low = p[0] == 0xE0 ? 0xA0 : 0x80;
        high = p[0] == 0xED ? 0x9F : 0xBF;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        n = 4;
        low = p[0] == 0xF0 ? 0x90 : 0x80;
        high = p[0] == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (left < n || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    return n;
}

bool str_is_utf8(struct str s)
{
    static const uint64_t high = UINT64_C(0x8080808080808080);
    size_t i = 0;

    while (i < s.len) {
        uint64_t eight;
        if (s.len - i >= sizeof eight) { /* mostly it is ASCII */
            memcpy(&eight, s.ptr + i, sizeof eight);
            if ((eight & high) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        size_t n = utf8_length((const unsigned char *)s.ptr + i, s.len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

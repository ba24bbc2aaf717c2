#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A string is a pointer and a length. It owns nothing: whoever made the bytes says how long they
 * live (usually an arena, a packet or a snapshot). May hold NUL bytes. Never use strlen on bytes
 * from a peer.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *ptr; /* may be NULL when len is 0 */
    size_t len;      /* bytes */
};

#define STR(literal)      ((struct str){"" literal, sizeof(literal) - 1})
#define STR_INIT(literal) {"" literal, sizeof(literal) - 1}
#define STR_NONE          ((struct str){NULL, 0})
/* For printf: printf("%.*s", STR_ARG(s)). Lengths over INT_MAX must not come here. */
#define STR_ARG(s)        (int)(s).len, ((s).ptr ? (s).ptr : "")

static inline struct str str_make(const void *ptr, size_t len)
{
    return (struct str){(const char *)ptr, len};
}
/* Of a NUL-terminated string of the program's own (a literal, an argument, a path). */
static inline struct str str_of(const char *z)
{
    return (struct str){z, z ? strlen(z) : 0};
}
static inline bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
/* ASCII letters compare without case; other bytes as they are. */
bool str_equal_nocase(struct str a, struct str b);
/* memcmp order, shorter first. */
int str_compare(struct str a, struct str b);
int str_compare_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Index of the first occurrence, or -1. */
ptrdiff_t str_find_char(struct str s, char c);
ptrdiff_t str_find(struct str s, struct str needle);
/* ASCII blanks off both ends. */
struct str str_trim(struct str s);
/* From index `from` (bounded by the length), `len` bytes at most. */
struct str str_slice(struct str s, size_t from, size_t len);
/* Splits at the first `sep`: *ret_head gets what is before, *ret_tail what is after. False and
 * both untouched when there is no `sep`. */
bool str_split(struct str s, char sep, struct str *ret_head, struct str *ret_tail);
/* Decimal digits alone, no sign, no blanks; false when empty, other bytes, or over `max`. */
bool str_to_u64(struct str s, uint64_t max, uint64_t *ret_value);
/* Shell-style pattern: '*' any run, '?' any one byte; nothing else is special. Linear in
 * pattern times subject at worst; no recursion. */
bool str_glob(struct str pattern, struct str subject, bool nocase);
/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
bool str_is_utf8(struct str s);

static inline char ascii_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char)(c + 32) : c;
}
static inline bool ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules, as the servers' lexers have them (sql/sql_lex.cc of both) and as they were tried:
 *
 *   -- followed by a blank, a control character or the end: to the end of the line
 *   #                                                       to the end of the line
 *   a comment                       to the next end mark; does not nest
 *   executable, without version     executed
 *   ... with five or six digits     executed when the server is not older. MySQL 9 takes six only
 *                                   when a blank follows, MariaDB whenever there are six. MariaDB
 *                                   passes over 50700 to 99999 unless written with M
 *   executable and passed over      to its end mark; one comment may nest inside
 *
 * Only one executable comment is ever open: an inner one's end mark closes the outer one too. An
 * M before the ! makes it a plain comment for MySQL.
 */
#include "sql/gap.h"

static bool is_blank(unsigned char c)
{
    return c == ' ' || (c >= 9 && c <= 13);
}

/* The end of a comment whose inside starts at `at`, or 0 when it has none. */
static size_t comment_end(struct str text, size_t at, bool may_nest)
{
    while (at + 1 < text.len) {
        if (text.ptr[at] == '*' && text.ptr[at + 1] == '/')
            return at + 2;
        if (may_nest && text.ptr[at] == '/' && text.ptr[at + 1] == '*') {
            at = comment_end(text, at + 2, false);
            if (at == 0)
                return 0;
        } else {
            at++;
        }
    }
    return 0;
}

static enum sql_gap line_comment(struct str text, size_t at, size_t *ret_end)
{
    const char *newline = memchr(text.ptr + at, '\n', text.len - at);
    size_t end = newline ? (size_t)(newline - text.ptr) : text.len;

    /* The servers end such a comment at a NUL as well, and then see a NUL. */
    if (memchr(text.ptr + at, 0, end - at) != NULL)
        return SQL_GAP_ERROR;
    *ret_end = end;
    return SQL_GAP_COMMENT;
}

static unsigned digits_at(struct str text, size_t at, unsigned most)
{
    unsigned count = 0;

    while (count < most && at + count < text.len && ascii_digit(text.ptr[at + count]))
        count++;
    return count;
}

static uint32_t number_at(struct str text, size_t at, unsigned digits)
{
    uint32_t number = 0;

    for (unsigned i = 0; i < digits; i++)
        number = number * 10 + (uint32_t)(text.ptr[at + i] - '0');
    return number;
}

/* How many digits of a version the server reads at `at`: 0, 5 or 6; -1 when versions differ. */
static int version_digits(const struct sql_context *context, struct str text, size_t at)
{
    unsigned count = digits_at(text, at, 7);

    if (count < 5)
        return 0;
    if (count == 5)
        return 5;
    if (context->family == SQL_MARIADB)
        return 6;
    if (context->version < 90000)
        return -1;
    return count == 6 && at + 6 < text.len && is_blank((unsigned char)text.ptr[at + 6]) ? 6 : 5;
}

static bool version_executes(const struct sql_context *context, uint32_t version, bool marked_m)
{
    if (version > context->version)
        return false;
    return context->family == SQL_MYSQL || marked_m || version < 50700 || version > 99999;
}

static enum sql_gap block_comment(const struct sql_context *context, struct str text, size_t at,
                                  bool *executing, size_t *ret_end)
{
    bool marked_m = context->family == SQL_MARIADB && at + 3 < text.len &&
                    text.ptr[at + 2] == 'M' && text.ptr[at + 3] == '!';
    bool special = marked_m || (at + 2 < text.len && text.ptr[at + 2] == '!');

    if (!special) {
        *ret_end = comment_end(text, at + 2, false);
        bool nul = *ret_end && memchr(text.ptr + at, 0, *ret_end - at) != NULL;
        return *ret_end == 0 || nul ? SQL_GAP_ERROR : SQL_GAP_COMMENT;
    }
    size_t inside = at + (marked_m ? 4 : 3);
    int digits = version_digits(context, text, inside);
    if (digits < 0)
        return SQL_GAP_ERROR;
    if (digits == 0 ||
        version_executes(context, number_at(text, inside, (unsigned)digits), marked_m)) {
        *executing = true;
        *ret_end = inside + (size_t)digits;
        return SQL_GAP_OPEN;
    }
    *ret_end = comment_end(text, inside, true);
    return *ret_end == 0 ? SQL_GAP_ERROR : SQL_GAP_SKIPPED;
}

enum sql_gap sql_gap_next(const struct sql_context *context, struct str text, size_t at,
                          bool *executing, size_t *ret_end)
{
    size_t end = at;

    *ret_end = at;
    if (at >= text.len)
        return *executing ? SQL_GAP_ERROR : SQL_GAP_NONE;
    unsigned char c = (unsigned char)text.ptr[at];
    unsigned char next = at + 1 < text.len ? (unsigned char)text.ptr[at + 1] : 0;
    if (is_blank(c)) {
        while (end < text.len && is_blank((unsigned char)text.ptr[end]))
            end++;
        *ret_end = end;
        return SQL_GAP_BLANKS;
    }
    if (c == '#')
        return line_comment(text, at, ret_end);
    if (c == '-' && next == '-') {
        unsigned char third = at + 2 < text.len ? (unsigned char)text.ptr[at + 2] : 0;
        return third <= ' ' || third == 0x7F ? line_comment(text, at, ret_end) : SQL_GAP_NONE;
    }
    if (c == '/' && next == '*')
        return block_comment(context, text, at, executing, ret_end);
    if (c == '*' && next == '/' && *executing) {
        *executing = false;
        *ret_end = at + 2;
        return SQL_GAP_CLOSE;
    }
    return SQL_GAP_NONE;
}

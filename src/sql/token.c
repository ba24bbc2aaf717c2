/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of tokens. Most are slices of the text; only escapes make a copy.
 */
#include "sql/charset.h"

/* What stands between the quotes of a quoted token; `*ret_quote` gets the quote. */
static struct str quoted_inside(struct str token, char *ret_quote)
{
    size_t start = 0;

    while (start < token.len && token.ptr[start] != '\'' && token.ptr[start] != '"' &&
           token.ptr[start] != '`')
        start++;
    *ret_quote = start < token.len ? token.ptr[start] : 0;
    return start + 2 > token.len ? STR_NONE
                                 : str_make(token.ptr + start + 1, token.len - start - 2);
}

static char unescape(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'b':
        return '\b';
    case '0':
        return '\0';
    case 'Z':
        return '\032';
    default:
        return c;
    }
}

static struct str unquote(const struct sql_text *text, struct str inside, char quote, bool escapes)
{
    char *out = arena_alloc(text->arena, inside.len + 1);
    const char *p = inside.ptr, *end = p + inside.len;
    bool trails = sql_charset_has_ascii_trail(text->context.charset);

    if (out == NULL)
        return STR_NONE;
    char *at = out;
    while (p < end) {
        unsigned n = trails ? sql_charset_multibyte(text->context.charset, (const unsigned char *)p,
                                                    (const unsigned char *)end)
                            : 0;
        if (n > 0) {
            memcpy(at, p, n);
            at += n;
            p += n;
        } else if (*p == '\\' && escapes && p + 1 < end) {
            if (p[1] == '%' || p[1] == '_') /* kept for LIKE */
                *at++ = '\\';
            *at++ = unescape(p[1]);
            p += 2;
        } else if (*p == quote && p + 1 < end && p[1] == quote) {
            *at++ = quote;
            p += 2;
        } else {
            *at++ = *p++;
        }
    }
    return str_make(out, (size_t)(at - out));
}

static struct str dollar_inside(struct str token)
{
    const char *second = memchr(token.ptr + 1, '$', token.len - 1);
    size_t tag = (size_t)(second - token.ptr) + 1;

    return str_make(token.ptr + tag, token.len - 2 * tag);
}

struct str sql_token_value(const struct sql_text *text, uint32_t number)
{
    const struct sql_token *token = &text->tokens[number];
    struct str written = sql_token_text(text, number);
    char quote = 0;

    switch (token->kind) {
    case SQL_TOKEN_DOLLAR:
        return dollar_inside(written);
    case SQL_TOKEN_USER_VARIABLE:
        if (written.len < 2 ||
            (written.ptr[1] != '\'' && written.ptr[1] != '"' && written.ptr[1] != '`'))
            return str_slice(written, 1, written.len);
        break;
    case SQL_TOKEN_STRING:
    case SQL_TOKEN_NSTRING:
    case SQL_TOKEN_QUOTED:
        break;
    default:
        return written;
    }
    struct str inside = quoted_inside(written, &quote);
    if ((token->flags & SQL_TOKEN_ESCAPED) == 0)
        return inside;
    bool name = quote == '`' || (quote == '"' && (text->context.mode & SQL_MODE_ANSI_QUOTES));
    bool escapes = !name && (text->context.mode & SQL_MODE_NO_BACKSLASH_ESCAPES) == 0;
    return unquote(text, inside, quote, escapes);
}

void sql_position(struct str text, uint32_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
    uint32_t line = 1, column = 1;

    for (size_t i = 0; i < offset && i < text.len; i++) {
        column++;
        if (text.ptr[i] == '\n') {
            line++;
            column = 1;
        }
    }
    *ret_line = line;
    *ret_column = column;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * One pass over the text, one function for each kind of token, chosen by its first byte. The
 * servers' lexers are state machines; what matters of their states is kept here as one flag,
 * `after_point`: behind a point, a name is a name even if it is a keyword.
 *
 *   a.select    a . select     the first without blanks: `select` is a column
 *               keyword        with a blank behind the point it is the keyword
 *
 * A word directly before a point is a name as well, but not directly behind @@.
 */
#include "base/limits.h"
#include "sql/charset.h"
#include "sql/gap.h"
#include "sql/words.h"

enum byte_class {
    BYTE_OTHER = 0,  /* begins nothing */
    BYTE_BLANK = 1,  /* 9 to 13, and 32 */
    BYTE_LETTER = 2, /* A-Z a-z _ $ */
    BYTE_DIGIT = 3,  /* 0-9 */
    BYTE_HIGH = 4,   /* 0x80 and up */
    BYTE_SINGLE = 5, /* a token by itself: , ; ( ) { } + % ^ ~ */
    BYTE_QUOTE = 6,  /* ' " ` */
    BYTE_SPECIAL = 7 /* . @ - / * # < > = ! & | : ? and backslash */
};

struct lexer {
    const struct sql_context *context;
    struct sql_text *text;
    struct fault *fault;
    const unsigned char *begin, *at, *end;
    uint32_t capacity;
    bool executing;   /* inside an executable comment */
    bool after_point; /* the next word is a name */
    uint8_t flags;    /* of the next token: SPACED, COMMENT */
};

/* clang-format off */
static const uint8_t byte_classes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 7, 6, 7, 2, 5, 7, 6, 5, 5, 7, 5, 5, 7, 7, 7, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 7, 5, 7, 7, 7, 7,
    7, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 7, 0, 5, 2,
    6, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 5, 7, 5, 5, 0,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
};
/* clang-format on */

static const uint8_t single_tokens[128] = {
    [','] = SQL_TOKEN_COMMA, [';'] = SQL_TOKEN_SEMICOLON,  ['('] = SQL_TOKEN_LEFT,
    [')'] = SQL_TOKEN_RIGHT, ['{'] = SQL_TOKEN_LEFT_BRACE, ['}'] = SQL_TOKEN_RIGHT_BRACE,
    ['+'] = SQL_TOKEN_PLUS,  ['%'] = SQL_TOKEN_PERCENT,    ['^'] = SQL_TOKEN_XOR,
    ['~'] = SQL_TOKEN_TILDE,
};

static bool lex_fail(struct lexer *l, enum fault_code code, const unsigned char *where,
                     const char *what)
{
    fault_set(l->fault, l->text->arena, code, "%s", what);
    l->fault->position = (uint32_t)(where - l->begin) + 1;
    return false;
}

/* The same for what begins at `where` and does not end in the text. */
static bool lex_open(struct lexer *l, const unsigned char *where, const char *what)
{
    l->text->open = true;
    return lex_fail(l, FAULT_sql_syntax, where, what);
}

/* Four letters fold to ones of fewer bytes: dotted capital I, and the signs for ohm, kelvin and
 * angstrom. MySQL takes a name with them for the one without; MariaDB compares lengths first, so
 * that it depends on the rest of the names. */
static bool name_is_clear(struct lexer *l, const unsigned char *start, const unsigned char *end)
{
    if (l->context->family != SQL_MARIADB || l->context->charset != SQL_CHARSET_UTF8)
        return true;
    for (const unsigned char *p = start; p + 1 < end; p++)
        if ((p[0] == 0xC4 && p[1] == 0xB0) || (p[0] == 0xE2 && p[1] == 0x84 && p + 2 < end &&
                                               (p[2] == 0xA6 || p[2] == 0xAA || p[2] == 0xAB)))
            return lex_fail(l, FAULT_sql_unsupported, p,
                            "a letter in a name that MariaDB compares by the name's length");
    return true;
}

static unsigned char byte_at(const struct lexer *l, const unsigned char *p)
{
    return p < l->end ? *p : 0;
}

/* How many bytes of a name stand at p: 0, 1, or a whole character. */
static unsigned name_char(const struct lexer *l, const unsigned char *p)
{
    if (p >= l->end)
        return 0;
    uint8_t class = byte_classes[*p];
    if (class == BYTE_LETTER || class == BYTE_DIGIT)
        return 1;
    if (class != BYTE_HIGH)
        return 0;
    if (l->context->charset == SQL_CHARSET_LATIN1)
        return *p >= 0xC0 && *p != 0xD7 && *p != 0xF7;
    return sql_charset_multibyte(l->context->charset, p, l->end);
}

static const unsigned char *skip_name(const struct lexer *l, const unsigned char *p)
{
    unsigned n;

    while ((n = name_char(l, p)) != 0)
        p += n;
    return p;
}

static const unsigned char *skip_digits(const struct lexer *l, const unsigned char *p)
{
    while (p < l->end && ascii_digit((char)*p))
        p++;
    return p;
}

static bool tokens_grow(struct lexer *l)
{
    struct sql_text *text = l->text;
    uint32_t larger = l->capacity ? l->capacity * 2 : 64;

    if (text->count >= LIMIT_SQL_TOKENS)
        return lex_fail(l, FAULT_sql_tokens, l->at, "the statement has too many tokens");
    struct sql_token *copy = arena_array(text->arena, larger, struct sql_token);
    if (copy == NULL)
        return lex_fail(l, FAULT_memory, l->at, "the statement needs too much memory");
    if (text->count > 0)
        memcpy(copy, text->tokens, text->count * sizeof(*copy));
    text->tokens = copy;
    l->capacity = larger;
    return true;
}

/* Adds the token from `start` to `end` and goes on behind it. */
static bool token_add(struct lexer *l, const unsigned char *start, const unsigned char *end,
                      enum sql_token_kind kind, unsigned flags, enum sql_word word)
{
    struct sql_text *text = l->text;

    /* One slot stays free for SQL_TOKEN_END. */
    if (unlikely(text->count + 1 >= l->capacity) && !tokens_grow(l))
        return false;
    struct sql_token *token = &text->tokens[text->count++];
    token->start = (uint32_t)(start - l->begin);
    token->end = (uint32_t)(end - l->begin);
    token->kind = (uint8_t)kind;
    token->flags = (uint8_t)(flags | l->flags);
    token->word = (uint16_t)word;
    l->flags = 0;
    l->at = end;
    return true;
}

/* Whether the servers take a word for a function's name by what stands behind it. *ret_doubt: it
 * depends on a comment that forwarding would turn into a blank. */
static bool call_follows(const struct lexer *l, const unsigned char *end, bool *ret_doubt)
{
    const unsigned char *p = end;

    *ret_doubt = false;
    if (byte_at(l, p) == '(')
        return true;
    if ((l->context->mode & SQL_MODE_IGNORE_SPACE) == 0)
        return false;
    while (p < l->end && byte_classes[*p] == BYTE_BLANK)
        p++;
    if (byte_at(l, p) == '(')
        return true;
    *ret_doubt = byte_at(l, p) == '/' || byte_at(l, p) == '*' || byte_at(l, p) == '#' ||
                 byte_at(l, p) == '-';
    return false;
}

/* A hint comment behind SELECT, INSERT, REPLACE, UPDATE, DELETE, with nothing but blanks between.
 * Its own lexer knows quotes, and where they hide an end mark the versions differ: refused. */
static bool lex_hint(struct lexer *l)
{
    const unsigned char *p = l->at;

    while (p < l->end && byte_classes[*p] == BYTE_BLANK)
        p++;
    if (l->end - p < 3 || memcmp(p, "/*+", 3) != 0)
        return true;
    unsigned quotes[3] = {0, 0, 0};
    const unsigned char *q = p + 3;
    for (; q + 1 < l->end && !(q[0] == '*' && q[1] == '/'); q++) {
        quotes[0] += *q == '\'';
        quotes[1] += *q == '"';
        quotes[2] += *q == '`';
        if (*q == 0 || *q == '\\')
            return lex_fail(l, FAULT_sql_unsupported, q, "a NUL or backslash in an optimizer hint");
    }
    if (q + 1 >= l->end)
        return lex_open(l, p, "an optimizer hint that does not end");
    if ((quotes[0] | quotes[1] | quotes[2]) & 1)
        return lex_fail(l, FAULT_sql_unsupported, p, "a quote that is left open in a hint");
    if (p != l->at)
        l->flags |= SQL_TOKEN_SPACED;
    return token_add(l, p, q + 2, SQL_TOKEN_HINT, 0, SQL_NO_WORD);
}

static bool takes_hints(const struct lexer *l, enum sql_word word)
{
    return l->context->family == SQL_MYSQL &&
           (word == W_SELECT || word == W_INSERT || word == W_REPLACE || word == W_UPDATE ||
            word == W_DELETE);
}

static bool lex_charset(const struct lexer *l, const unsigned char *start, const unsigned char *end)
{
    return sql_is_charset(l->context->family, str_make(start + 1, (size_t)(end - start - 1)));
}

/* MySQL 9: $$ ... $$ and $tag$ ... $tag$ */
static bool lex_dollar(struct lexer *l, const unsigned char *start, const unsigned char *name_end,
                       bool *ret_done)
{
    const unsigned char *second = memchr(start + 1, '$', (size_t)(name_end - start - 1));

    *ret_done = false;
    if (second == NULL || l->context->family != SQL_MYSQL)
        return true;
    *ret_done = true;
    if (l->context->version < 90000)
        return lex_fail(l, FAULT_sql_unsupported, start, "a name with two dollar signs");
    size_t tag = (size_t)(second - start) + 1;
    const unsigned char *close = memmem(second + 1, (size_t)(l->end - second - 1), start, tag);
    if (close == NULL)
        return lex_open(l, start, "a dollar-quoted text that does not end");
    return token_add(l, start, close + tag, SQL_TOKEN_DOLLAR, 0, SQL_NO_WORD);
}

static bool word_add(struct lexer *l, const unsigned char *start, const unsigned char *end,
                     enum sql_word word, unsigned flags)
{
    bool doubt;
    bool call = call_follows(l, end, &doubt);
    enum sql_word_class class = sql_word_class(l->context, word);

    if (doubt && (class == SQL_WORD_FUNCTION || class == SQL_WORD_CALL))
        return lex_fail(l, FAULT_sql_unsupported, end,
                        "a comment between a function's name and its parenthesis");
    if (call)
        flags |= SQL_TOKEN_CALL;
    switch (class) {
    case SQL_WORD_UNKNOWN:
        word = SQL_NO_WORD;
        break;
    case SQL_WORD_CALL:
        word = call ? word : SQL_NO_WORD;
        break;
    case SQL_WORD_FUNCTION:
        word = call ? word : SQL_NO_WORD;
        flags |= call ? SQL_TOKEN_RESERVED : 0u;
        break;
    case SQL_WORD_KEYWORD:
        break;
    case SQL_WORD_RESERVED:
        flags |= SQL_TOKEN_RESERVED;
        break;
    }
    if (!token_add(l, start, end, SQL_TOKEN_WORD, flags, word))
        return false;
    return takes_hints(l, word) ? lex_hint(l) : true;
}

/* Whether a point makes a name of the word before it. Directly behind @@ it does not, and the
 * servers see _utf8mb4.x as a character set. */
static bool is_before_point(const struct lexer *l, const unsigned char *start,
                            const unsigned char *end)
{
    const struct sql_text *text = l->text;

    if (byte_at(l, end) != '.' || name_char(l, end + 1) == 0)
        return false;
    bool variable = text->count > 0 && l->flags == 0 &&
                    text->tokens[text->count - 1].kind == SQL_TOKEN_SYSTEM_VARIABLE;
    return !variable && !(*start == '_' && lex_charset(l, start, end));
}

static bool lex_word(struct lexer *l)
{
    const unsigned char *start = l->at, *p = start;
    uint32_t hash = 0;
    unsigned flags = 0;

    /* Plain letters first: nearly always all there is. */
    const uint32_t factor = sql_word_hash_factor;
    while (p < l->end && (byte_classes[*p] == BYTE_LETTER || byte_classes[*p] == BYTE_DIGIT))
        hash = hash * factor + sql_upper[*p++];
    if (p < l->end && byte_classes[*p] == BYTE_HIGH) {
        p = skip_name(l, p);
        flags |= SQL_TOKEN_HIGH;
        if (p < l->end && *p >= 0x80)
            return lex_fail(l, FAULT_sql_unsupported, p, "a byte that no name may have");
        if (!name_is_clear(l, start, p))
            return false;
    }
    bool is_name = l->after_point || is_before_point(l, start, p);
    l->after_point = false;
    if (*start == '$' && !is_name) {
        bool done;
        if (!lex_dollar(l, start, p, &done) || done)
            return !fault_is(l->fault);
    }
    if (is_name) {
        l->after_point = byte_at(l, p) == '.' && name_char(l, p + 1) != 0;
        return token_add(l, start, p, SQL_TOKEN_WORD, flags, SQL_NO_WORD);
    }
    if (*start == '_' && lex_charset(l, start, p))
        return token_add(l, start, p, SQL_TOKEN_CHARSET, 0, SQL_NO_WORD);
    return word_add(l, start, p,
                    sql_word_find_hashed((const char *)start, (size_t)(p - start), hash), flags);
}

/* From the opening quote at `p`; gives the end behind the closing one, or NULL. */
static const unsigned char *skip_quoted(const struct lexer *l, const unsigned char *p, bool escapes,
                                        unsigned *flags)
{
    unsigned char quote = *p++;
    bool trails = sql_charset_has_ascii_trail(l->context->charset);

    while (p < l->end) {
        unsigned char c = *p;
        if (c >= 0x80) {
            unsigned n = trails ? sql_charset_multibyte(l->context->charset, p, l->end) : 0;
            *flags |= SQL_TOKEN_HIGH | (trails && n == 0 ? SQL_TOKEN_BROKEN : 0u);
            p += n ? n : 1;
        } else if (c == '\\' && escapes) {
            *flags |= SQL_TOKEN_ESCAPED;
            p += 2;
        } else if (c == quote) {
            if (byte_at(l, p + 1) != quote || p + 1 >= l->end)
                return p + 1;
            *flags |= SQL_TOKEN_ESCAPED;
            p += 2;
        } else {
            p++;
        }
    }
    return NULL;
}

static bool quoted_name_is_fine(struct lexer *l, const unsigned char *start,
                                const unsigned char *end, unsigned flags)
{
    enum sql_charset charset = l->context->charset;

    if (memchr(start, 0, (size_t)(end - start)) != NULL)
        return lex_fail(l, FAULT_sql_syntax, start, "a NUL in a name");
    if ((flags & SQL_TOKEN_HIGH) && charset != SQL_CHARSET_UTF8 && charset != SQL_CHARSET_LATIN1)
        return lex_fail(l, FAULT_sql_unsupported, start,
                        "a name outside of ASCII in this character set");
    return (flags & SQL_TOKEN_HIGH) == 0 || name_is_clear(l, start, end);
}

/* 'x', "x" or `x`; `kind` is what a string is called here (STRING, NSTRING). */
static bool lex_quoted(struct lexer *l, const unsigned char *start, const unsigned char *quote,
                       enum sql_token_kind kind)
{
    unsigned flags = *quote == '"' ? SQL_TOKEN_DOUBLE : 0u;
    bool name = *quote == '`' || (*quote == '"' && (l->context->mode & SQL_MODE_ANSI_QUOTES));
    bool escapes = !name && (l->context->mode & SQL_MODE_NO_BACKSLASH_ESCAPES) == 0;
    const unsigned char *end = skip_quoted(l, quote, escapes, &flags);

    if (end == NULL || end > l->end)
        return lex_open(l, start, "a quote that is not closed");
    l->after_point = false;
    if (name) {
        if (!quoted_name_is_fine(l, quote, end, flags))
            return false;
        kind = SQL_TOKEN_QUOTED;
    }
    return token_add(l, start, end, kind, flags, SQL_NO_WORD);
}

/* x'41', b'01': the opening quote is at start + 1. */
static bool lex_quoted_number(struct lexer *l, const unsigned char *start, enum sql_token_kind kind)
{
    const unsigned char *p = start + 2;

    if (kind == SQL_TOKEN_HEX)
        while (p < l->end &&
               (ascii_digit((char)*p) || (sql_upper[*p] >= 'A' && sql_upper[*p] <= 'F')))
            p++;
    else
        while (p < l->end && (*p == '0' || *p == '1'))
            p++;
    if (p >= l->end)
        return lex_open(l, start, "a malformed hexadecimal or bit literal");
    if (*p != '\'' || (kind == SQL_TOKEN_HEX && (p - start) % 2 != 0))
        return lex_fail(l, FAULT_sql_syntax, start, "a malformed hexadecimal or bit literal");
    return token_add(l, start, p + 1, kind, 0, SQL_NO_WORD);
}

/* From the digits' end on: `1e5`, `1.5`, `1.`, `1.5e-3`; or an error, as the servers have it. */
static bool lex_real(struct lexer *l, const unsigned char *start, const unsigned char *point)
{
    const unsigned char *p = skip_digits(l, point + 1);

    if (byte_at(l, p) != 'e' && byte_at(l, p) != 'E')
        return token_add(l, start, p, SQL_TOKEN_DECIMAL, 0, SQL_NO_WORD);
    p++;
    if (byte_at(l, p) == '+' || byte_at(l, p) == '-')
        p++;
    if (!ascii_digit((char)byte_at(l, p)))
        return lex_fail(l, FAULT_sql_syntax, start, "a number without digits in its exponent");
    return token_add(l, start, skip_digits(l, p), SQL_TOKEN_FLOAT, 0, SQL_NO_WORD);
}

/* 0x41 and 0b01: lower-case mark, at least one digit, no letter behind. NULL when it is not. */
static const unsigned char *skip_prefixed_number(const struct lexer *l, const unsigned char *start,
                                                 enum sql_token_kind *ret_kind)
{
    const unsigned char *p = start + 2;

    if (byte_at(l, start) != '0')
        return NULL;
    if (byte_at(l, start + 1) == 'x') {
        *ret_kind = SQL_TOKEN_HEX;
        while (p < l->end &&
               (ascii_digit((char)*p) || (sql_upper[*p] >= 'A' && sql_upper[*p] <= 'F')))
            p++;
    } else if (byte_at(l, start + 1) == 'b') {
        *ret_kind = SQL_TOKEN_BIT;
        while (p < l->end && (*p == '0' || *p == '1'))
            p++;
    } else {
        return NULL;
    }
    return p > start + 2 && name_char(l, p) == 0 ? p : NULL;
}

static bool lex_number(struct lexer *l)
{
    const unsigned char *start = l->at;
    enum sql_token_kind kind;

    if (l->after_point)
        return lex_word(l);
    const unsigned char *p = skip_prefixed_number(l, start, &kind);
    if (p != NULL)
        return token_add(l, start, p, kind, 0, SQL_NO_WORD);
    p = skip_digits(l, start);
    if (name_char(l, p) == 0) {
        bool range = l->context->family == SQL_MARIADB && byte_at(l, p + 1) == '.';
        if (byte_at(l, p) == '.' && !range)
            return lex_real(l, start, p);
        return token_add(l, start, p, SQL_TOKEN_INTEGER, 0, SQL_NO_WORD);
    }
    if (*p == 'e' || *p == 'E') {
        const unsigned char *q = p + 1;
        if (byte_at(l, q) == '+' || byte_at(l, q) == '-')
            q++;
        if (ascii_digit((char)byte_at(l, q)))
            return token_add(l, start, skip_digits(l, q), SQL_TOKEN_FLOAT, 0, SQL_NO_WORD);
    }
    /* A name that begins with digits; never a keyword. */
    const unsigned char *end = skip_name(l, p);
    unsigned flags = 0;
    for (const unsigned char *q = p; q < end; q++)
        flags |= *q >= 0x80 ? SQL_TOKEN_HIGH : 0u;
    l->after_point = byte_at(l, end) == '.' && name_char(l, end + 1) != 0;
    return token_add(l, start, end, SQL_TOKEN_WORD, flags, SQL_NO_WORD);
}

static bool lex_point(struct lexer *l)
{
    const unsigned char *start = l->at;
    const struct sql_text *text = l->text;
    bool after_name =
        text->count > 0 && text->tokens[text->count - 1].kind == SQL_TOKEN_WORD && l->after_point;

    l->after_point = false;
    if (l->context->family == SQL_MARIADB && byte_at(l, start + 1) == '.')
        return token_add(l, start, start + 2, SQL_TOKEN_DOT_DOT, 0, SQL_NO_WORD);
    /* Only a word right before it makes `.1` the second half of a name. */
    if (!after_name && ascii_digit((char)byte_at(l, start + 1)))
        return lex_real(l, start, start);
    if (!token_add(l, start, start + 1, SQL_TOKEN_DOT, 0, SQL_NO_WORD))
        return false;
    l->after_point = name_char(l, l->at) != 0;
    return true;
}

/* @name, @'name', @`name`, @@ */
static bool lex_at(struct lexer *l)
{
    const unsigned char *start = l->at, *p = start + 1;
    unsigned char c = byte_at(l, p);

    if (c == '@') {
        if (byte_at(l, p + 1) != '`' && name_char(l, p + 1) == 0)
            return lex_fail(l, FAULT_sql_syntax, start, "@@ without a name");
        if (!token_add(l, start, p + 1, SQL_TOKEN_SYSTEM_VARIABLE, 0, SQL_NO_WORD))
            return false;
        return true;
    }
    if (c == '\'' || c == '"' || c == '`') {
        unsigned flags = c == '"' ? SQL_TOKEN_DOUBLE : 0u;
        bool name = c == '`' || (c == '"' && (l->context->mode & SQL_MODE_ANSI_QUOTES));
        bool escapes = !name && (l->context->mode & SQL_MODE_NO_BACKSLASH_ESCAPES) == 0;
        const unsigned char *end = skip_quoted(l, p, escapes, &flags);
        if (end == NULL || end > l->end)
            return lex_open(l, start, "a quote that is not closed");
        if (!quoted_name_is_fine(l, p, end, flags))
            return false;
        return token_add(l, start, end, SQL_TOKEN_USER_VARIABLE, flags, SQL_NO_WORD);
    }
    while (p < l->end &&
           (byte_classes[*p] == BYTE_LETTER || byte_classes[*p] == BYTE_DIGIT || *p == '.'))
        p++;
    /* In utf8 a byte outside of ASCII ends the name for MySQL, which may well be empty. */
    bool ends = l->context->family == SQL_MYSQL && l->context->charset == SQL_CHARSET_UTF8;
    if (p < l->end && *p >= 0x80 && !ends)
        return lex_fail(l, FAULT_sql_unsupported, p,
                        "a byte outside of ASCII in a variable's name");
    return token_add(l, start, p, SQL_TOKEN_USER_VARIABLE, 0, SQL_NO_WORD);
}

static bool is_comparison(unsigned char c)
{
    return c == '<' || c == '>' || c == '=' || c == '!';
}

/* Comparisons and !. MySQL takes two or three of < > = ! together, and if that is no operator it
 * drops all but the first (`!!1` is `!1`); MariaDB takes the longest operator. */
static bool lex_comparison(struct lexer *l)
{
    static const struct {
        char text[4];
        uint8_t kind;
    } operators[] = {{"<=>", SQL_TOKEN_NULL_SAFE},
                     {"<=", SQL_TOKEN_LESS_EQUAL},
                     {">=", SQL_TOKEN_GREATER_EQUAL},
                     {"<>", SQL_TOKEN_NOT_EQUAL},
                     {"!=", SQL_TOKEN_NOT_EQUAL},
                     {"<<", SQL_TOKEN_SHIFT_LEFT},
                     {">>", SQL_TOKEN_SHIFT_RIGHT},
                     {"<", SQL_TOKEN_LESS},
                     {">", SQL_TOKEN_GREATER},
                     {"=", SQL_TOKEN_EQUAL},
                     {"!", SQL_TOKEN_BANG}};
    const unsigned char *start = l->at;
    size_t left = (size_t)(l->end - start);

    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        size_t len = strlen(operators[i].text);
        if (left < len || memcmp(start, operators[i].text, len) != 0)
            continue;
        bool mysql = l->context->family == SQL_MYSQL;
        if (mysql && len == 1 && is_comparison(byte_at(l, start + 1))) {
            if (start[0] == '!' && start[1] == '!')
                return token_add(l, start, start + 2, SQL_TOKEN_BANG, 0, SQL_NO_WORD);
            return lex_fail(l, FAULT_sql_syntax, start, "an operator that does not exist");
        }
        if (mysql && len == 2 && start[0] == '<' && byte_at(l, start + 2) != 0 &&
            (start[2] == '>' || start[2] == '=' || start[2] == '!'))
            return lex_fail(l, FAULT_sql_syntax, start, "an operator that does not exist");
        return token_add(l, start, start + len, operators[i].kind, 0, SQL_NO_WORD);
    }
    return lex_fail(l, FAULT_internal, start, "no operator");
}

static bool lex_minus(struct lexer *l)
{
    const unsigned char *start = l->at;

    if (l->context->family == SQL_MYSQL && byte_at(l, start + 1) == '>') {
        bool text = byte_at(l, start + 2) == '>';
        return token_add(l, start, start + (text ? 3 : 2),
                         text ? SQL_TOKEN_ARROW_TEXT : SQL_TOKEN_ARROW, 0, SQL_NO_WORD);
    }
    return token_add(l, start, start + 1, SQL_TOKEN_MINUS, 0, SQL_NO_WORD);
}

static bool lex_special(struct lexer *l)
{
    const unsigned char *start = l->at;
    unsigned char next = byte_at(l, start + 1);

    switch (*start) {
    case '.':
        return lex_point(l);
    case '@':
        return lex_at(l);
    case '-':
        return lex_minus(l);
    case '/':
        return token_add(l, start, start + 1, SQL_TOKEN_SLASH, 0, SQL_NO_WORD);
    case '*':
        return token_add(l, start, start + 1, SQL_TOKEN_STAR, 0, SQL_NO_WORD);
    case '&':
        return next == '&' ? token_add(l, start, start + 2, SQL_TOKEN_AND_AND, 0, SQL_NO_WORD)
                           : token_add(l, start, start + 1, SQL_TOKEN_AND, 0, SQL_NO_WORD);
    case '|':
        return next == '|' ? token_add(l, start, start + 2, SQL_TOKEN_OR_OR, 0, SQL_NO_WORD)
                           : token_add(l, start, start + 1, SQL_TOKEN_OR, 0, SQL_NO_WORD);
    case ':':
        return next == '=' ? token_add(l, start, start + 2, SQL_TOKEN_ASSIGN, 0, SQL_NO_WORD)
                           : token_add(l, start, start + 1, SQL_TOKEN_COLON, 0, SQL_NO_WORD);
    case '?':
        if (name_char(l, start + 1) != 0)
            return lex_fail(l, FAULT_sql_syntax, start, "a name directly behind a parameter");
        return token_add(l, start, start + 1, SQL_TOKEN_PARAM, 0, SQL_NO_WORD);
    case '\\':
        if (l->context->family == SQL_MARIADB && next == 'N' &&
            (l->context->mode & SQL_MODE_NO_BACKSLASH_ESCAPES) == 0)
            return token_add(l, start, start + 2, SQL_TOKEN_NULL, 0, SQL_NO_WORD);
        return lex_fail(l, FAULT_sql_syntax, start, "a backslash outside of quotes");
    case '<':
    case '>':
    case '=':
    case '!':
        return lex_comparison(l);
    default:
        return lex_fail(l, FAULT_sql_syntax, start, "a byte that begins nothing");
    }
}

static bool lex_letter(struct lexer *l)
{
    const unsigned char *start = l->at;

    if (!l->after_point && byte_at(l, start + 1) == '\'') {
        switch (*start) {
        case 'n':
        case 'N':
            return lex_quoted(l, start, start + 1, SQL_TOKEN_NSTRING);
        case 'x':
        case 'X':
            return lex_quoted_number(l, start, SQL_TOKEN_HEX);
        case 'b':
        case 'B':
            return lex_quoted_number(l, start, SQL_TOKEN_BIT);
        default:
            break;
        }
    }
    return lex_word(l);
}

static bool lex_token(struct lexer *l)
{
    unsigned char c = *l->at;

    switch ((enum byte_class)byte_classes[c]) {
    case BYTE_LETTER:
        return lex_letter(l);
    case BYTE_DIGIT:
        return lex_number(l);
    case BYTE_HIGH:
        if (name_char(l, l->at) == 0)
            return lex_fail(l, FAULT_sql_unsupported, l->at,
                            "a byte outside of ASCII that is no letter here");
        return lex_word(l);
    case BYTE_SINGLE:
        l->after_point = false;
        return token_add(l, l->at, l->at + 1, (enum sql_token_kind)single_tokens[c],
                         c == ';' && l->executing ? SQL_TOKEN_RESERVED : 0u, SQL_NO_WORD);
    case BYTE_QUOTE:
        return lex_quoted(l, l->at, l->at, SQL_TOKEN_STRING);
    case BYTE_SPECIAL:
        if (c != '.')
            l->after_point = false;
        return lex_special(l);
    case BYTE_BLANK:
    case BYTE_OTHER:
        break;
    }
    return lex_fail(l, FAULT_sql_syntax, l->at, "a byte that begins nothing");
}

/* Where a gap was an error: is it a comment that has no end in the text? */
static bool gap_is_open(const struct lexer *l)
{
    return l->at >= l->end ||
           (*l->at == '/' && memmem(l->at, (size_t)(l->end - l->at), "*/", 2) == NULL);
}

/* Blanks, comments and marks up to the next token. */
static bool lex_gap(struct lexer *l)
{
    struct str text = l->text->text;

    for (;;) {
        if (l->at < l->end && *l->at == ' ' && l->at + 1 < l->end &&
            byte_classes[l->at[1]] == BYTE_LETTER) {
            l->flags |= SQL_TOKEN_SPACED; /* the common case, fast */
            l->after_point = false;
            l->at++;
            return true;
        }
        size_t end;
        size_t at = (size_t)(l->at - l->begin);
        switch (sql_gap_next(l->context, text, at, &l->executing, &end)) {
        case SQL_GAP_NONE:
            return true;
        case SQL_GAP_BLANKS:
            l->flags |= SQL_TOKEN_SPACED;
            break;
        case SQL_GAP_COMMENT:
        case SQL_GAP_SKIPPED:
        case SQL_GAP_OPEN:
        case SQL_GAP_CLOSE:
            l->flags |= SQL_TOKEN_SPACED | SQL_TOKEN_COMMENT;
            break;
        case SQL_GAP_ERROR:
            l->text->open = gap_is_open(l);
            return lex_fail(l, FAULT_sql_syntax, l->at,
                            "a comment that does not end, or that servers read differently");
        }
        l->after_point = false;
        l->at = l->begin + end;
    }
}

/* One NUL that ends the text, behind which only blanks and semicolons stand, is no part of it for
 * the servers; clients written in C send it by mistake. */
static size_t end_without_nul(struct str text)
{
    size_t end = text.len;

    while (end > 0 && (text.ptr[end - 1] == ';' ||
                       byte_classes[(unsigned char)text.ptr[end - 1]] == BYTE_BLANK))
        end--;
    return end > 0 && text.ptr[end - 1] == '\0' ? end - 1 : text.len;
}

bool sql_lex(const struct sql_context *context, struct str text, struct arena *arena,
             struct sql_text *ret_text, struct fault *fault)
{
    struct lexer l = {context,
                      ret_text,
                      fault,
                      (const unsigned char *)text.ptr,
                      (const unsigned char *)text.ptr,
                      NULL,
                      0,
                      false,
                      false,
                      0};

    text.len = end_without_nul(text);
    *ret_text = (struct sql_text){.context = *context, .text = text, .arena = arena};
    if (text.len > UINT32_MAX / 2)
        return fault_set(fault, arena, FAULT_sql_tokens, "the text is too long");
    if (context->charset == SQL_CHARSET_REFUSED)
        return fault_set(fault, arena, FAULT_sql_unsupported, "the client's character set");
    if (context->mode & (SQL_MODE_ORACLE | SQL_MODE_MSSQL))
        return fault_set(fault, arena, FAULT_sql_unsupported, "sql_mode ORACLE and MSSQL");
    if (text.len == 0)
        l.begin = l.at = (const unsigned char *)"";
    l.end = l.begin + text.len;
    l.capacity = (uint32_t)(text.len / 5 + 16);
    ret_text->tokens = arena_array(arena, l.capacity, struct sql_token);
    if (ret_text->tokens == NULL)
        return fault_set(fault, arena, FAULT_memory, "the statement needs too much memory");
    while (lex_gap(&l)) {
        if (l.at >= l.end) {
            struct sql_token *last = &ret_text->tokens[ret_text->count];
            *last = (struct sql_token){(uint32_t)text.len, (uint32_t)text.len, SQL_TOKEN_END,
                                       l.flags, 0};
            return true;
        }
        if (!lex_token(&l))
            return false;
    }
    return false;
}

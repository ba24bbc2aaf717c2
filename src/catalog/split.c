/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of statements, divided. Where the delimiter is the semicolon, at the semicolons that the
 * lexer sees, each piece parsed by itself: a file may hold more statements than one command may. A
 * stored program takes as many pieces as it needs to be whole. After a DELIMITER line the pieces
 * end where that delimiter stands outside of quotes and comments, as for the servers' clients.
 */
#include "catalog/loader.h"

/* CREATE ... {PROCEDURE | FUNCTION | TRIGGER | EVENT}, or a block: it may hold semicolons. */
static bool may_hold_semicolons(const struct sql_text *all, uint32_t first, uint32_t end)
{
    static const char *const words[] = {"procedure", "function", "trigger", "event"};

    if (!str_equal_nocase(sql_token_text(all, first), STR("create")))
        return false;
    for (uint32_t t = first + 1; t < end && t < first + 16; t++)
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            if (str_equal_nocase(sql_token_text(all, t), str_of(words[i])))
                return true;
    return false;
}

static bool ends_statement(const struct sql_text *all, uint32_t t)
{
    return all->tokens[t].kind == SQL_TOKEN_SEMICOLON || all->tokens[t].kind == SQL_TOKEN_END;
}

static bool parse_span(struct loader *l, const struct sql_text *all, uint32_t first, uint32_t end,
                       struct sql_script *ret, struct str *ret_text)
{
    *l->fault = (struct fault){.code = FAULT_NONE};
    *ret_text = sql_piece_text(all, first, end);
    if (sql_parse(l->context, *ret_text, l->arena, ret, l->fault))
        return true;
    if (l->fault->position > 0)
        l->fault->position += sql_piece_start(all, first);
    return false;
}

/* From `first` on, the shortest run of pieces that is a statement. Gives the token behind it. */
static bool take_one(struct loader *l, const struct sql_text *all, uint32_t first,
                     uint32_t *ret_end)
{
    struct sql_script script;
    struct fault shortest = {.code = FAULT_NONE};
    struct str text;

    for (uint32_t t = first; t <= all->count; t++) {
        if (!ends_statement(all, t))
            continue;
        *ret_end = t;
        if (t == first)
            return true;
        if (parse_span(l, all, first, t, &script, &text))
            return loader_take(l, &script, text);
        if (!fault_is(&shortest))
            shortest = *l->fault;
        if (l->arena->failed || !may_hold_semicolons(all, first, t))
            break;
    }
    *l->fault = shortest;
    return false;
}

static bool take_text(struct loader *l, struct str text)
{
    struct sql_text all;

    if (!sql_lex(l->context, text, l->arena, &all, l->fault))
        return false;
    for (uint32_t t = 0; t <= all.count; t++)
        if (!take_one(l, &all, t, &t))
            return false;
    return true;
}

/* ---- DELIMITER ---- */

/* Behind the quoted text or comment that begins at `at`; `at` itself when none does. */
static size_t skip(struct str text, size_t at)
{
    char c = text.ptr[at], next = at + 1 < text.len ? text.ptr[at + 1] : '\0';
    bool line = c == '#' || (c == '-' && next == '-' &&
                             (at + 2 >= text.len || (unsigned char)text.ptr[at + 2] <= ' '));

    if (line) {
        while (at < text.len && text.ptr[at] != '\n')
            at++;
        return at;
    }
    if (c == '/' && next == '*' && at + 2 < text.len && text.ptr[at + 2] != '!' &&
        text.ptr[at + 2] != 'M') {
        ptrdiff_t end = str_find(str_slice(text, at + 2, text.len), STR("*/"));
        return end < 0 ? text.len : at + 4 + (size_t)end;
    }
    if (c != '\'' && c != '"' && c != '`')
        return at;
    for (at++; at < text.len && text.ptr[at] != c; at++)
        if (text.ptr[at] == '\\' && c != '`')
            at++;
    return at + 1 < text.len ? at + 1 : text.len;
}

static bool take_piece(struct loader *l, struct str piece)
{
    struct sql_script script;
    struct sql_text lexed;

    if (!sql_lex(l->context, piece, l->arena, &lexed, l->fault))
        return false;
    if (lexed.count == 0)
        return true;
    return sql_parse(l->context, piece, l->arena, &script, l->fault) &&
           loader_take(l, &script, piece);
}

static bool take_delimited(struct loader *l, struct str text, struct str delimiter)
{
    size_t first = 0, at = 0;

    if (str_equal(delimiter, STR(";")))
        return take_text(l, text);
    while (at < text.len) {
        if (str_starts(str_slice(text, at, text.len), delimiter)) {
            if (!take_piece(l, str_slice(text, first, at - first)))
                return false;
            first = at += delimiter.len;
            continue;
        }
        size_t behind = skip(text, at);
        at = behind > at ? behind : at + 1;
    }
    return take_piece(l, str_slice(text, first, text.len));
}

/* A line `DELIMITER text`: gives the text. */
static bool delimiter_line(struct str line, struct str *ret)
{
    line = str_trim(line);
    if (!str_starts_nocase(line, STR("delimiter")) || line.len < 11 ||
        (line.ptr[9] != ' ' && line.ptr[9] != '\t'))
        return false;
    *ret = str_trim(str_slice(line, 10, line.len));
    return ret->len > 0;
}

bool loader_file(struct loader *l, struct str text)
{
    struct str delimiter = STR(";"), next;
    size_t first = 0, at = 0;

    while (at < text.len) {
        ptrdiff_t newline = str_find_char(str_slice(text, at, text.len), '\n');
        size_t end = newline < 0 ? text.len : at + (size_t)newline + 1;
        if (delimiter_line(str_slice(text, at, end - at), &next)) {
            if (!take_delimited(l, str_slice(text, first, at - first), delimiter))
                return false;
            delimiter = next;
            first = end;
        }
        at = end;
    }
    return take_delimited(l, str_slice(text, first, text.len), delimiter);
}

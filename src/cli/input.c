/* SPDX-License-Identifier: Apache-2.0
 *
 * The buffer holds a part of the file, of which a window is divided. Where no input ends in it, it
 * grows to twice its size and is divided anew, so that each byte is looked at a few times at most:
 *
 *      buf:  [ taken ... | input ; input ; inp | .... ]  <- file
 *                        at                    at + window
 */
#include "cli/input.h"
#include "base/limits.h"

#define WINDOW     ((size_t)128 << 10)
#define AUTO_LOOK  ((size_t)1 << 20)
#define LOOK_AHEAD 64  /* bytes behind an error without which it may be one of the window's end */
#define PIECES     400 /* most that a stored program's text may have */

void input_init(struct input *input, FILE *file, const struct sql_context *context,
                enum input_separator separator)
{
    *input = (struct input){.file = file, .context = context, .separator = separator};
    buf_init(&input->buf, LIMIT_PACKET * 2);
    arena_init(&input->arena, LIMIT_STATEMENT_ARENA * 8);
}

void input_release(struct input *input)
{
    buf_release(&input->buf);
    arena_release(&input->arena);
}

bool input_failed(const struct input *input)
{
    return ferror(input->file) != 0 || input->buf.failed;
}

/* All that is there. */
static struct str rest(const struct input *input)
{
    return str_make(input->buf.data + input->at, input->buf.len - input->at);
}

static struct str window(const struct input *input)
{
    return str_slice(rest(input), 0, input->window);
}

/* The window reaches to the end of the file. */
static bool sees_end(const struct input *input)
{
    return input->ended && input->window >= rest(input).len;
}

/* Reads until the window is full or the file ends; what was taken goes. */
static void fill(struct input *input)
{
    input->lexed = false;
    if (input->ended || rest(input).len >= input->window)
        return;
    buf_consume(&input->buf, input->at);
    input->at = 0;
    while (!input->ended && input->buf.len < input->window) {
        size_t more = input->window - input->buf.len;
        if (!buf_reserve(&input->buf, more)) {
            input->buf.failed = input->ended = true;
            return;
        }
        size_t n = fread(input->buf.data + input->buf.len, 1, more, input->file);
        input->buf.len += n;
        input->ended = n == 0;
    }
}

/* A window of the first size, full. */
static void restart(struct input *input)
{
    input->window = WINDOW;
    fill(input);
}

/* A window of twice the size. False when there is nothing more, or too much already. */
static bool grow(struct input *input)
{
    if (sees_end(input) || input->window > LIMIT_PACKET)
        return false;
    input->window *= 2;
    fill(input);
    return true;
}

/* Passes over everything up to and with the next `end`. */
static void skip_past(struct input *input, char end)
{
    for (;;) {
        restart(input);
        struct str seen = window(input);
        ptrdiff_t at = str_find_char(seen, end);
        input->at += at >= 0 ? (size_t)at + 1 : seen.len;
        if (at >= 0 || seen.len == 0)
            return;
    }
}

/* The first LIMIT_PACKET bytes of an input that is too long. */
static struct str cut(struct input *input)
{
    struct str text = str_slice(rest(input), 0, LIMIT_PACKET);

    input->at += text.len;
    input->passing = true;
    input->lexed = false;
    return text;
}

/* ---- NUL ---- */

static bool next_nul(struct input *input, struct str *ret_text)
{
    ptrdiff_t at;

    if (input->passing)
        skip_past(input, '\0');
    input->passing = false;
    restart(input);
    while ((at = str_find_char(window(input), '\0')) < 0 && grow(input))
        ;
    if (at < 0 && !sees_end(input)) {
        *ret_text = cut(input);
        return true;
    }
    *ret_text = at < 0 ? window(input) : str_slice(window(input), 0, (size_t)at);
    input->at += ret_text->len + (at >= 0);
    return at >= 0 || ret_text->len > 0;
}

/* ---- semicolons ---- */

static void lex(struct input *input)
{
    arena_reset(&input->arena);
    input->fault = (struct fault){.code = FAULT_NONE};
    input->base = input->at;
    input->token = 0;
    (void)sql_lex(input->context, window(input), &input->arena, &input->text, &input->fault);
    input->lexed = true;
}

static bool is_semicolon(const struct sql_text *text, uint32_t t)
{
    return text->tokens[t].kind == SQL_TOKEN_SEMICOLON;
}

/* CREATE ... {PROCEDURE | FUNCTION | TRIGGER | EVENT | PACKAGE}, or BEGIN NOT ATOMIC: semicolons
 * may be a part of it. */
static bool holds_semicolons(const struct sql_text *text, uint32_t first, uint32_t end)
{
    static const char *const words[] = {"procedure", "function", "trigger", "event", "package"};
    struct str word = sql_token_text(text, first);

    if (str_equal_nocase(word, STR("begin")))
        return first + 1 < end && str_equal_nocase(sql_token_text(text, first + 1), STR("not"));
    if (!str_equal_nocase(word, STR("create")) && !str_equal_nocase(word, STR("alter")))
        return false;
    for (uint32_t t = first + 1; t < end && t < first + 16; t++)
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            if (str_equal_nocase(sql_token_text(text, t), str_of(words[i])))
                return true;
    return false;
}

static bool is_whole(const struct input *input, struct str text)
{
    struct fault fault = {.code = FAULT_NONE};
    struct sql_script script;
    struct arena arena;

    arena_init(&arena, LIMIT_STATEMENT_ARENA);
    bool whole = sql_parse(input->context, text, &arena, &script, &fault);
    arena_release(&arena);
    return whole;
}

/* A stored program from token `first` on, whose first semicolon is `end`: the semicolon at which
 * it is whole, or `end` when it is at none. *ret_more: another may come behind the window. */
static uint32_t program_end(const struct input *input, uint32_t first, uint32_t end,
                            bool *ret_more)
{
    const struct sql_text *text = &input->text;
    uint32_t pieces = 0;

    *ret_more = false;
    for (uint32_t t = end; t < text->count && pieces < PIECES; t++) {
        if (!is_semicolon(text, t))
            continue;
        pieces++;
        if (is_whole(input, sql_piece_text(text, first, t)))
            return t;
    }
    *ret_more = pieces < PIECES && !sees_end(input);
    return end;
}

/* From the tokens that are there. False: no input ends among them. *ret_more: read on first. */
static bool next_of_tokens(struct input *input, struct str *ret_text, bool *ret_more)
{
    const struct sql_text *text = &input->text;

    *ret_more = false;
    while (input->token < text->count && is_semicolon(text, input->token))
        input->token++;
    uint32_t first = input->token, t = first;
    while (t < text->count && !is_semicolon(text, t))
        t++;
    if (t >= text->count)
        return false;
    if (holds_semicolons(text, first, t))
        t = program_end(input, first, t, ret_more);
    if (*ret_more)
        return false;
    *ret_text = sql_piece_text(text, first, t);
    input->token = t + 1;
    input->at = input->base + text->tokens[t].end;
    return true;
}

/* What stands behind the last semicolon of the window, as far as it is an input. */
static bool next_of_rest(struct input *input, struct str *ret_text)
{
    const struct sql_text *text = &input->text;
    size_t start = text->text.len, end = text->text.len;

    if (input->token < text->count)
        start = sql_piece_start(text, input->token);
    else if (fault_is(&input->fault) && input->fault.position > 0)
        start = input->fault.position - 1;
    if (fault_is(&input->fault) && !text->open && input->fault.position > 0) {
        size_t from = input->fault.position - 1;
        ptrdiff_t at = str_find_char(str_slice(text->text, from, end), ';');
        end = at >= 0 ? from + (size_t)at : end;
    }
    *ret_text = str_slice(text->text, start, end - start);
    input->at = input->base + end + (end < text->text.len);
    input->lexed = false;
    return ret_text->len > 0;
}

/* Is what the lexer stumbled over all there? */
static bool error_is_final(const struct input *input)
{
    const struct sql_text *text = &input->text;
    size_t from = input->fault.position > 0 ? input->fault.position - 1 : 0;

    return fault_is(&input->fault) && !text->open &&
           (sees_end(input) || text->text.len - from > LOOK_AHEAD) &&
           str_find_char(str_slice(text->text, from, text->text.len), ';') >= 0;
}

static bool next_semicolon(struct input *input, struct str *ret_text)
{
    bool more;

    if (input->passing)
        skip_past(input, ';');
    input->passing = false;
    for (;;) {
        if (!input->lexed) {
            restart(input);
            if (window(input).len == 0)
                return false;
            lex(input);
        }
        if (next_of_tokens(input, ret_text, &more))
            return true;
        if (!sees_end(input) && (more || !error_is_final(input))) {
            if (input->at > input->base) {
                input->lexed = false;
                continue;
            }
            if (!grow(input)) {
                *ret_text = cut(input);
                return true;
            }
            lex(input);
        } else if (next_of_rest(input, ret_text)) {
            return true;
        }
    }
}

bool input_next(struct input *input, struct str *ret_text)
{
    if (input->separator == INPUT_AUTO) {
        input->window = AUTO_LOOK;
        fill(input);
        input->separator =
            str_find_char(window(input), '\0') >= 0 ? INPUT_NUL : INPUT_SEMICOLON;
    }
    bool found = input->separator == INPUT_NUL ? next_nul(input, ret_text)
                                               : next_semicolon(input, ret_text);
    input->large = found && (input->passing || ret_text->len > LIMIT_PACKET);
    return found && !input->buf.failed;
}

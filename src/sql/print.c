/* SPDX-License-Identifier: Apache-2.0
 *
 * Forwarding copies runs of the text: only where a comment or a mark stands between two tokens is
 * anything written in its place.
 *
 *     SELECT a #x\n FROM t           text
 *     |--------| ^ |-----|            runs; one blank for the comment
 *
 * Two minus signs side by side that a comment follows would, with a blank in its place, begin a
 * comment: they are set apart.
 */
#include "sql/print.h"

#include "sql/ast.h"
#include "sql/charset.h"
#include "sql/gap.h"
#include "sql/words.h"

#include <openssl/evp.h>

/* What stands between two tokens, comments and marks as one blank each. */
static void put_gap(const struct sql_text *text, size_t at, size_t end, struct buf *out)
{
    bool executing = true; /* in a gap, an end mark is an end mark */

    while (at < end) {
        size_t piece_end;
        enum sql_gap gap = sql_gap_next(&text->context, text->text, at, &executing, &piece_end);
        if (piece_end <= at || piece_end > end)
            piece_end = end;
        if (gap == SQL_GAP_BLANKS)
            buf_put(out, text->text.ptr + at, piece_end - at);
        else
            buf_put_u8(out, ' ');
        executing = true;
        at = piece_end;
    }
}

/* The first of the minus signs side by side that end with token `last`, if there are several. */
static uint32_t minus_run(const struct sql_token *t, uint32_t first, uint32_t last)
{
    uint32_t i = last;

    while (t[last].kind == SQL_TOKEN_MINUS && i > first && t[i - 1].kind == SQL_TOKEN_MINUS &&
           t[i - 1].end == t[i].start)
        i--;
    return i;
}

/* Copies from byte `run` to the end of token `last`, minus signs at the end set apart. */
static void put_run(const struct sql_text *text, size_t run, uint32_t first, uint32_t last,
                    struct buf *out)
{
    uint32_t minus = minus_run(text->tokens, first, last);

    buf_put(out, text->text.ptr + run, text->tokens[minus].end - run);
    while (minus++ < last)
        buf_put_str(out, STR(" -"));
}

void sql_print_forward(const struct sql_text *text, uint32_t first, uint32_t last, struct buf *out)
{
    const struct sql_token *t = text->tokens;
    size_t run = t[first].start;

    for (uint32_t i = first + 1; i <= last; i++) {
        if (likely((t[i].flags & SQL_TOKEN_COMMENT) == 0))
            continue;
        put_run(text, run, first, i - 1, out);
        put_gap(text, t[i - 1].end, t[i].start, out);
        run = t[i].start;
    }
    put_run(text, run, first, last, out);
}

static bool is_literal(const struct sql_token *token)
{
    switch ((int)token->kind) {
    case SQL_TOKEN_STRING:
    case SQL_TOKEN_NSTRING:
    case SQL_TOKEN_DOLLAR:
    case SQL_TOKEN_HEX:
    case SQL_TOKEN_BIT:
    case SQL_TOKEN_INTEGER:
    case SQL_TOKEN_DECIMAL:
    case SQL_TOKEN_FLOAT:
    case SQL_TOKEN_PARAM:
        return true;
    default:
        return false;
    }
}

static bool is_value(const struct sql_token *token)
{
    return is_literal(token) || token->word == W_NULL || token->word == W_TRUE ||
           token->word == W_FALSE || token->word == W_DEFAULT || token->kind == SQL_TOKEN_NULL;
}

/* The closing parenthesis of a list of nothing but values that opens at `at`; 0 when it is more. */
static uint32_t values_end(const struct sql_text *text, uint32_t at, uint32_t last)
{
    uint32_t count = 0;
    bool behind = false; /* a value */

    for (at++; at <= last; at++) {
        const struct sql_token *token = &text->tokens[at];
        if (token->kind == SQL_TOKEN_RIGHT)
            return count > 0 ? at : 0;
        if (is_value(token) && !behind) {
            count++;
            behind = true;
        } else if (token->kind == SQL_TOKEN_COMMA) {
            behind = false;
        } else if (behind || (token->kind != SQL_TOKEN_MINUS && token->kind != SQL_TOKEN_PLUS &&
                              token->kind != SQL_TOKEN_CHARSET)) {
            return 0; /* `1 - 2` is computed: no value as it stands */
        }
    }
    return 0;
}

static bool blank_between(const struct sql_token *left, const struct sql_token *right)
{
    if (right->kind == SQL_TOKEN_COMMA || right->kind == SQL_TOKEN_RIGHT ||
        right->kind == SQL_TOKEN_DOT || right->kind == SQL_TOKEN_SEMICOLON)
        return false;
    if (left->kind == SQL_TOKEN_LEFT || left->kind == SQL_TOKEN_DOT ||
        left->kind == SQL_TOKEN_SYSTEM_VARIABLE)
        return false;
    if (right->kind == SQL_TOKEN_USER_VARIABLE && left->end == right->start)
        return false; /* user@host */
    if (right->kind == SQL_TOKEN_LEFT)
        return !(left->kind == SQL_TOKEN_WORD && left->word == SQL_NO_WORD) &&
               left->kind != SQL_TOKEN_QUOTED;
    return true;
}

static void put_upper(struct str word, struct buf *out)
{
    for (size_t i = 0; i < word.len; i++)
        buf_put_u8(out, sql_upper[(unsigned char)word.ptr[i]]);
}

static void put_normal_token(const struct sql_text *text, uint32_t at, uint32_t first,
                             struct buf *out)
{
    const struct sql_token *token = &text->tokens[at];
    struct str written = sql_token_text(text, at);

    if (is_literal(token)) {
        buf_put_u8(out, '?');
    } else if (token->kind == SQL_TOKEN_WORD && token->word != SQL_NO_WORD &&
               (at == first || (token->flags & SQL_TOKEN_RESERVED))) {
        put_upper(written, out);
    } else if (token->flags & SQL_TOKEN_HIGH) {
        struct str utf8 = sql_charset_to_utf8(text->context.charset, written, text->arena);
        if (utf8.ptr != NULL && str_is_utf8(utf8))
            buf_put_str(out, utf8);
        else
            buf_put_u8(out, '?');
    } else {
        buf_put_str(out, written);
    }
}

/* Where an integer stands for a column: right behind ORDER BY, GROUP BY or a comma of theirs. */
struct ordinals {
    uint64_t lists; /* one bit for each open parenthesis: within such a list */
    unsigned depth;
};

/* An expression goes on behind it, so that an integer before it is a value like any other. */
static bool goes_on(const struct sql_token *next)
{
    switch ((int)next->word) {
    case W_ASC:
    case W_DESC:
    case W_LIMIT:
    case W_HAVING:
    case W_ORDER:
    case W_WITH:
    case W_FOR:
    case W_LOCK:
    case W_INTO:
    case W_UNION:
    case W_EXCEPT:
    case W_INTERSECT:
    case W_WINDOW:
        return false;
    default:
        return next->kind != SQL_TOKEN_COMMA && next->kind != SQL_TOKEN_RIGHT &&
               next->kind != SQL_TOKEN_SEMICOLON;
    }
}

/* Takes token `at`; true when it is an integer that names a column of the result. */
static bool ordinal_next(struct ordinals *o, const struct sql_text *text, uint32_t at,
                         uint32_t first, uint32_t last)
{
    const struct sql_token *token = &text->tokens[at];
    uint64_t bit = o->depth < 64 ? (uint64_t)1 << o->depth : 0;

    if (token->kind == SQL_TOKEN_LEFT) {
        o->depth++;
        o->lists &= ~(bit << 1);
    } else if (token->kind == SQL_TOKEN_RIGHT) {
        o->depth -= o->depth > 0;
    } else if (token->word == W_BY) {
        o->lists |= bit;
    } else if (token->word == W_LIMIT || token->word == W_SELECT) {
        o->lists &= ~bit;
    }
    return token->kind == SQL_TOKEN_INTEGER && (o->lists & bit) != 0 && at > first &&
           (token[-1].word == W_BY || token[-1].kind == SQL_TOKEN_COMMA) &&
           (at == last || !goes_on(&token[1]));
}

void sql_print_normalized(const struct sql_text *text, uint32_t first, uint32_t last,
                          struct buf *out)
{
    const struct sql_token *t = text->tokens;
    bool rows = false; /* behind VALUES: rows follow one another */
    struct ordinals ordinals = {0, 0};

    for (uint32_t i = first; i <= last; i++) {
        bool listed = i > first && t[i].kind == SQL_TOKEN_LEFT &&
                      (t[i - 1].word == W_IN || t[i - 1].word == W_VALUES ||
                       t[i - 1].word == W_VALUE || t[i - 1].word == W_ROW);
        if (i > first && blank_between(&t[i - 1], &t[i]))
            buf_put_u8(out, ' ');
        uint32_t end = listed ? values_end(text, i, last) : 0;
        if (end != 0) {
            rows = t[i - 1].word == W_VALUES || t[i - 1].word == W_VALUE;
            buf_put_str(out, STR("(...)"));
            while (rows && end + 2 <= last && t[end + 1].kind == SQL_TOKEN_COMMA &&
                   t[end + 2].kind == SQL_TOKEN_LEFT) {
                uint32_t next = values_end(text, end + 2, last);
                if (next == 0)
                    break;
                end = next;
            }
            i = end;
            continue;
        }
        if (ordinal_next(&ordinals, text, i, first, last))
            buf_put_str(out, sql_token_text(text, i));
        else
            put_normal_token(text, i, first, out);
    }
}

void sql_digest(struct str normalized, unsigned char ret_digest[32])
{
    unsigned int len = 0;

    if (EVP_Digest(normalized.ptr ? normalized.ptr : "", normalized.len, ret_digest, &len,
                   EVP_sha256(), NULL) != 1)
        memset(ret_digest, 0, 32);
}

/* --- shape --- */

#define SHAPE_MAX     ((size_t)16384)
#define SHAPE_DEPTH   64
#define SHAPE_COMMENT 1 /* the byte behind a NUL */
#define SHAPE_LITERAL 2 /* ... and the literal's kind */

struct shaper {
    const struct sql_text *text;
    struct buf *out;
    size_t run;    /* start of what was not written yet */
    uint64_t kept; /* one bit for each open parenthesis: literals are kept in it */
    unsigned depth;
};

static void shape_cut(struct shaper *s, size_t start, size_t end, unsigned class)
{
    buf_put(s->out, s->text->text.ptr + s->run, start - s->run);
    buf_put_u8(s->out, 0);
    buf_put_u8(s->out, (uint8_t) class);
    s->run = end;
}

static bool shape_keeps(const struct shaper *s)
{
    return s->depth >= SHAPE_DEPTH || ((s->kept >> s->depth) & 1) != 0;
}

static void shape_keep(struct shaper *s, bool keep)
{
    if (s->depth >= SHAPE_DEPTH)
        return;
    if (keep)
        s->kept |= (uint64_t)1 << s->depth;
    else
        s->kept &= ~((uint64_t)1 << s->depth);
}

/* Clauses whose literals decide something (headings, ordinals, files), and those whose don't. */
static void shape_word(struct shaper *s, const struct sql_token *token)
{
    switch ((int)token->word) {
    case W_SELECT:
    case W_FROM:
    case W_RETURNING:
    case W_ORDER:
    case W_GROUP:
    case W_INTO:
    case W_WINDOW:
    case W_PROCEDURE:
        shape_keep(s, true);
        break;
    case W_WHERE:
    case W_HAVING:
    case W_ON:
    case W_SET:
    case W_VALUES:
    case W_VALUE:
    case W_LIMIT:
        shape_keep(s, false);
        break;
    default: /* the clause goes on */
        break;
    }
}

/* The servers' grammars take an integer of more than 64 bits for a decimal: no LIMIT has one. */
static unsigned shape_class(const struct sql_text *text, uint32_t at)
{
    uint64_t number;
    unsigned kind = text->tokens[at].kind;

    if (kind == SQL_TOKEN_INTEGER && !str_to_u64(sql_token_text(text, at), UINT64_MAX, &number))
        kind = SQL_TOKEN_DECIMAL;
    return SHAPE_LITERAL + kind;
}

/* Behind an operand a text names it: f(a 'x'), f(1 'x'). */
static bool shape_names(const struct sql_token *before, const struct sql_token *token)
{
    if (before->word == W_AS || before->kind == SQL_TOKEN_CHARSET)
        return true;
    if (token->kind != SQL_TOKEN_STRING && token->kind != SQL_TOKEN_NSTRING)
        return false;
    switch ((int)before->word) {
    case SQL_NO_WORD:
        return before->kind == SQL_TOKEN_WORD || before->kind == SQL_TOKEN_QUOTED ||
               before->kind == SQL_TOKEN_RIGHT || before->kind == SQL_TOKEN_RIGHT_BRACE ||
               before->kind == SQL_TOKEN_NULL || before->kind == SQL_TOKEN_USER_VARIABLE ||
               is_literal(before);
    case W_WHERE:
    case W_HAVING:
    case W_ON:
    case W_AND:
    case W_OR:
    case W_XOR:
    case W_NOT:
    case W_LIKE:
    case W_REGEXP:
    case W_RLIKE:
    case W_BETWEEN:
    case W_CASE:
    case W_WHEN:
    case W_THEN:
    case W_ELSE:
    case W_DISTINCT:
        return false;
    default:
        return true;
    }
}

static void shape_token(struct shaper *s, uint32_t at)
{
    const struct sql_token *token = &s->text->tokens[at];

    if ((token->flags & SQL_TOKEN_COMMENT) && !shape_keeps(s))
        shape_cut(s, at == 0 ? 0 : s->text->tokens[at - 1].end, token->start, SHAPE_COMMENT);
    if (token->word != SQL_NO_WORD) {
        shape_word(s, token);
    } else if (token->kind == SQL_TOKEN_LEFT) {
        bool keep = shape_keeps(s);
        s->depth++;
        shape_keep(s, keep);
    } else if (token->kind == SQL_TOKEN_RIGHT) {
        s->depth -= s->depth > 0;
    } else if (is_literal(token) && token->kind != SQL_TOKEN_PARAM && !shape_keeps(s)) {
        if (at == 0 || !shape_names(token - 1, token))
            shape_cut(s, token->start, token->end, shape_class(s->text, at));
    }
}

bool sql_shape(const struct sql_text *text, struct buf *out)
{
    struct shaper s = {text, out, 0, 0, 0};

    if (text->count == 0 || text->text.len > SHAPE_MAX ||
        memchr(text->text.ptr, 0, text->text.len) != NULL)
        return false;
    int word = text->tokens[0].word;
    bool query = word == W_SELECT || word == W_INSERT || word == W_REPLACE || word == W_UPDATE ||
                 word == W_DELETE;
    for (uint32_t i = 0; query && i < text->count; i++)
        if (text->tokens[i].kind == SQL_TOKEN_SEMICOLON && i + 1 < text->count)
            query = false;
    for (uint32_t i = 0; query && i < text->count; i++)
        shape_token(&s, i);
    buf_put(out, text->text.ptr + s.run, text->text.len - s.run);
    return !out->failed;
}

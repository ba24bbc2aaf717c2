/* SPDX-License-Identifier: Apache-2.0
 *
 * The servers name a column without alias after the text of its expression, as their lexers pass
 * it on: plain comments stay, the marks of executable comments and comments that are not executed
 * go. A column is named by its last part alone, a text literal by its value.
 */
#include "sql/ast.h"
#include "sql/charset.h"
#include "sql/gap.h"
#include "sql/print.h"
#include "sql/words.h"

/* Bytes of UTF-8; both servers' MAX_ALIAS_NAME, which MySQL's own headings stay one short of. */
#define HEADING_MAX 255
#define ALIAS_MAX   256

static bool has_comments(const struct sql_text *text, uint32_t first, uint32_t last)
{
    for (uint32_t i = first + 1; i <= last; i++)
        if (text->tokens[i].flags & SQL_TOKEN_COMMENT)
            return true;
    return false;
}

/* Tokens first..last as a server that receives them as they are written keeps them. */
static struct str kept_text(const struct sql_text *text, uint32_t first, uint32_t last)
{
    const struct sql_token *t = text->tokens;

    if (!has_comments(text, first, last))
        return sql_span_text(text, first, last);
    char *copy = arena_alloc(text->arena, t[last].end - t[first].start + 1);
    if (copy == NULL)
        return STR_NONE;
    size_t len = 0;
    for (uint32_t i = first; i <= last; i++) {
        size_t at = t[i].end, next = i < last ? t[i + 1].start : t[i].end, end;
        memcpy(copy + len, text->text.ptr + t[i].start, t[i].end - t[i].start);
        len += t[i].end - t[i].start;
        for (; at < next; at = end) {
            bool executing = true;
            enum sql_gap gap = sql_gap_next(&text->context, text->text, at, &executing, &end);
            if (end <= at || end > next)
                end = next;
            if (gap != SQL_GAP_BLANKS && gap != SQL_GAP_COMMENT)
                continue;
            memcpy(copy + len, text->text.ptr + at, end - at);
            len += end - at;
        }
    }
    return str_make(copy, len);
}

static struct str forwarded_text(const struct sql_text *text, uint32_t first, uint32_t last)
{
    struct str written = sql_span_text(text, first, last), copy = STR_NONE;
    struct buf out;

    if (!has_comments(text, first, last))
        return written;
    buf_init(&out, written.len * 2 + 1);
    sql_print_forward(text, first, last, &out);
    if (!out.failed)
        copy = arena_copy(text->arena, buf_str(&out));
    buf_release(&out);
    return copy;
}

/* At most `max` bytes, whole characters. */
static struct str limited(struct str heading, size_t max)
{
    if (heading.len <= max)
        return heading;
    while (max > 0 && ((unsigned char)heading.ptr[max] & 0xC0) == 0x80)
        max--;
    return str_slice(heading, 0, max);
}

static struct str trimmed_left(struct str heading)
{
    while (heading.len > 0 && (unsigned char)heading.ptr[0] <= ' ')
        heading = str_slice(heading, 1, heading.len);
    return heading;
}

/* `(x)`, `+x` and `{name x}` are x to the servers; a heading of its own shows through them. */
static const struct sql_node *peeled(const struct sql_text *text, const struct sql_node *node)
{
    for (;;) {
        if (node->kind == SQL_UNARY && node->op == SQL_OP_PLUS) {
            node = node->child[0];
        } else if (node->kind == SQL_ODBC) {
            struct str name = sql_token_text(text, node->first + 1);
            bool literal = node->child[SQL_ODBC_VALUE]->kind == SQL_STRING &&
                           (str_equal_nocase(name, STR("d")) || str_equal_nocase(name, STR("t")) ||
                            str_equal_nocase(name, STR("ts")));
            if (literal)
                return node;
            node = node->child[SQL_ODBC_VALUE];
        } else {
            return node;
        }
    }
}

/* A text's heading is its value: MySQL's that of the first of several adjacent ones. */
static struct str string_heading(const struct sql_text *text, const struct sql_node *node)
{
    uint32_t first = node->first;

    while (first < node->last && text->tokens[first].kind == SQL_TOKEN_CHARSET)
        first++;
    if (text->tokens[first].kind == SQL_TOKEN_HEX || text->tokens[first].kind == SQL_TOKEN_BIT)
        return STR_NONE;
    if (text->context.family == SQL_MARIADB)
        return sql_name(text, node);
    return sql_charset_to_utf8(text->context.charset, sql_token_value(text, first), text->arena);
}

/* NAME_CONST('name', value) */
static bool is_name_const(const struct sql_text *text, const struct sql_node *node)
{
    return node->kind == SQL_CALL && sql_flag(node, SQL_FLAG_GENERIC) &&
           str_equal_nocase(sql_name_object(text, node->child[SQL_CALL_NAME]), STR("name_const")) &&
           node->child[SQL_CALL_ARGUMENTS]->count == 2 &&
           node->child[SQL_CALL_ARGUMENTS]->child[0]->kind == SQL_STRING;
}

/* The heading that an operand brings along; STR_NONE: it has none. */
static struct str own_heading(const struct sql_text *text, const struct sql_node *node)
{
    int kind = text->tokens[node->first].kind;
    bool mariadb = text->context.family == SQL_MARIADB;

    if (node->kind == SQL_COLUMN)
        return sql_name(text, node->child[SQL_COLUMN_NAME]);
    if (is_name_const(text, node))
        return sql_name(text, node->child[SQL_CALL_ARGUMENTS]->child[0]);
    if (node->kind == SQL_STRING)
        return string_heading(text, node);
    if (node->kind == SQL_NULL)
        return STR("NULL");
    if (node->kind == SQL_BOOL && mariadb)
        return text->tokens[node->first].word == W_TRUE ? STR("TRUE") : STR("FALSE");
    if (node->kind == SQL_PARAM ||
        (node->kind == SQL_NUMBER && kind != SQL_TOKEN_HEX && kind != SQL_TOKEN_BIT))
        return sql_node_text(text, node);
    return STR_NONE;
}

/* The servers' names are utf8mb3: a character of four bytes becomes `?`. MariaDB writes out a NUL.
 */
static struct str narrowed(const struct sql_text *text, struct str heading)
{
    bool mysql = text->context.family == SQL_MYSQL;
    bool odd = false;

    for (size_t i = 0; i < heading.len; i++)
        odd = odd || (unsigned char)heading.ptr[i] >= 0xF0 || (heading.ptr[i] == 0 && !mysql);
    if (!odd)
        return heading;
    char *copy = arena_alloc(text->arena, heading.len * 4 + 1), *at = copy;
    if (copy == NULL)
        return STR_NONE;
    for (size_t i = 0; i < heading.len; i++) {
        unsigned char c = (unsigned char)heading.ptr[i];
        if (c >= 0xF0) {
            *at++ = '?';
            i += heading.len - i > 3 ? 3 : heading.len - i - 1;
        } else if (c == 0 && !mysql) {
            memcpy(at, "\\x00", 4);
            at += 4;
        } else {
            *at++ = (char)c;
        }
    }
    return str_make(copy, (size_t)(at - copy));
}

static struct str heading_of(const struct sql_text *text, struct str heading, size_t max)
{
    return limited(trimmed_left(narrowed(text, heading)), max);
}

const struct sql_node *sql_heading_column(const struct sql_text *text, const struct sql_node *item)
{
    const struct sql_node *value = peeled(text, item->child[SQL_ITEM_VALUE]);

    return item->child[SQL_ITEM_ALIAS] == NULL && value->kind == SQL_COLUMN ? value : NULL;
}

/* The heading of an expression without alias that was written as tokens first..last. */
static struct str value_heading(const struct sql_text *text, const struct sql_node *value,
                                uint32_t first, uint32_t last, bool forwarded)
{
    struct str own = own_heading(text, peeled(text, value));

    if (own.ptr != NULL)
        return heading_of(text, own, HEADING_MAX);
    struct str kept =
        forwarded ? forwarded_text(text, first, last) : kept_text(text, first, last);
    return heading_of(text, sql_charset_to_utf8(text->context.charset, kept, text->arena),
                      HEADING_MAX);
}

static struct str item_heading(const struct sql_text *text, const struct sql_node *item,
                               bool forwarded)
{
    bool mysql = text->context.family == SQL_MYSQL;

    if (item->child[SQL_ITEM_ALIAS] != NULL)
        return heading_of(text, sql_name(text, item->child[SQL_ITEM_ALIAS]),
                          mysql ? ALIAS_MAX : HEADING_MAX);
    return value_heading(text, item->child[SQL_ITEM_VALUE], item->first, item->last, forwarded);
}

struct str sql_heading(const struct sql_text *text, const struct sql_node *item)
{
    return item_heading(text, item, false);
}

struct str sql_heading_forwarded(const struct sql_text *text, const struct sql_node *item)
{
    return item_heading(text, item, true);
}

struct str sql_heading_in_row(const struct sql_text *text, const struct sql_node *row, uint32_t at,
                              bool forwarded)
{
    const struct sql_node *value = row->child[SQL_ROW_VALUES]->child[at];
    uint32_t first = value->first, last = value->last;

    if (text->context.family == SQL_MYSQL)
        return arena_printf(text->arena, "column_%u", (unsigned)at);
    /* The parentheses around it are no part of the node. */
    while (first > row->first + 1 && last + 1 < row->last &&
           text->tokens[first - 1].kind == SQL_TOKEN_LEFT &&
           text->tokens[last + 1].kind == SQL_TOKEN_RIGHT) {
        first--;
        last++;
    }
    return value_heading(text, value, first, last, forwarded);
}

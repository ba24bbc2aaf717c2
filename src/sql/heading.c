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

#define HEADING_MAX 256 /* characters; both servers' MAX_ALIAS_NAME */
#define HEADING_BYTES 255

/* Tokens first..last as the server keeps them. */
static struct str kept_text(const struct sql_text *text, uint32_t first, uint32_t last)
{
    const struct sql_token *t = text->tokens;
    bool comments = false;

    for (uint32_t i = first + 1; i <= last && !comments; i++)
        comments = (t[i].flags & SQL_TOKEN_COMMENT) != 0;
    if (!comments)
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

/* At most HEADING_MAX characters of UTF-8; on MariaDB as many whole ones as HEADING_BYTES hold. */
static struct str limited(const struct sql_text *text, struct str heading)
{
    size_t characters = 0;

    if (text->context.family == SQL_MARIADB && heading.len > HEADING_BYTES) {
        size_t len = HEADING_BYTES;
        while (len > 0 && ((unsigned char)heading.ptr[len] & 0xC0) == 0x80)
            len--;
        return str_slice(heading, 0, len);
    }

    for (size_t i = 0; i < heading.len; i++) {
        if (((unsigned char)heading.ptr[i] & 0xC0) == 0x80)
            continue;
        if (characters++ == HEADING_MAX)
            return str_slice(heading, 0, i);
    }
    return heading;
}

static struct str trimmed_left(struct str heading)
{
    while (heading.len > 0 && (unsigned char)heading.ptr[0] <= ' ')
        heading = str_slice(heading, 1, heading.len);
    return heading;
}

/* A literal's heading is its value: MySQL's of the first of several adjacent ones. */
static struct str literal_heading(const struct sql_text *text, const struct sql_node *node)
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

struct str sql_heading(const struct sql_text *text, const struct sql_node *item)
{
    const struct sql_node *value = item->child[SQL_ITEM_VALUE];

    if (item->child[SQL_ITEM_ALIAS] != NULL)
        return limited(text, trimmed_left(sql_name(text, item->child[SQL_ITEM_ALIAS])));
    if (value->kind == SQL_COLUMN)
        return sql_name(text, value->child[SQL_COLUMN_NAME]);
    if (value->kind == SQL_STRING) {
        struct str heading = literal_heading(text, value);
        if (heading.ptr != NULL)
            return limited(text, trimmed_left(heading));
    }
    struct str kept = kept_text(text, item->first, item->last);
    return limited(text, trimmed_left(sql_charset_to_utf8(text->context.charset, kept, text->arena)));
}

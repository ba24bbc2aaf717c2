/* SPDX-License-Identifier: Apache-2.0
 *
 * Administration and replication: the productions of admin_table.h, followed as they are written
 * there. A choice is made by the next token alone, so nothing is read twice.
 */
#include "sql/parser.h"

enum admin_server { BOTH = 0, MYSQL, MARIADB };

struct admin_row {
    enum sql_admin form;
    enum admin_server server;
    const char *words, *production;
};

static const struct admin_row admin_rows[] = {
#define ADMIN(name, words, server, production) {SQL_ADMIN_##name, server, words, production},
#include "sql/admin_table.h"
#undef ADMIN
};

/* One item of a production: a word, a placeholder, or a group with its brackets. */
struct item {
    struct str text; /* without brackets */
    char group;      /* '[', '{' or 0 */
    bool repeats;    /* ... */
    bool comma;      /* ,... */
};

static struct str skip_blanks(struct str s)
{
    while (s.len > 0 && s.ptr[0] == ' ')
        s = str_slice(s, 1, s.len);
    return s;
}

static struct str take_group(struct str *rest)
{
    size_t depth = 0, end = 0;

    do {
        depth += rest->ptr[end] == '[' || rest->ptr[end] == '{';
        depth -= rest->ptr[end] == ']' || rest->ptr[end] == '}';
        end++;
    } while (depth > 0 && end < rest->len);
    struct str group = str_slice(*rest, 1, end - 2);
    *rest = str_slice(*rest, end, rest->len);
    return group;
}

/* The next item, with what is said behind it about repeating. False at the end. */
static bool take_item(struct str *rest, struct item *ret_item)
{
    *rest = skip_blanks(*rest);
    if (rest->len == 0)
        return false;
    *ret_item = (struct item){.group = 0};
    if (rest->ptr[0] == '[' || rest->ptr[0] == '{') {
        ret_item->group = rest->ptr[0];
        ret_item->text = take_group(rest);
    } else {
        size_t end = 0;
        while (end < rest->len && rest->ptr[end] != ' ')
            end++;
        ret_item->text = str_slice(*rest, 0, end);
        *rest = str_slice(*rest, end, rest->len);
    }
    struct str next = skip_blanks(*rest);
    if (str_starts(next, STR(",..."))) {
        ret_item->comma = true;
        *rest = str_slice(next, 4, next.len);
    } else if (str_starts(next, STR("..."))) {
        ret_item->repeats = true;
        *rest = str_slice(next, 3, next.len);
    }
    return true;
}

/* Splits a group at its next `|` of the first level. */
static struct str take_alternative(struct str *rest)
{
    size_t depth = 0;

    for (size_t i = 0; i < rest->len; i++) {
        char c = rest->ptr[i];
        depth += c == '[' || c == '{';
        depth -= c == ']' || c == '}';
        if (c == '|' && depth == 0) {
            struct str alternative = str_slice(*rest, 0, i);
            *rest = str_slice(*rest, i + 1, rest->len);
            return alternative;
        }
    }
    struct str last = *rest;
    *rest = STR_NONE;
    return last;
}

enum placeholder {
    PLACE_WORD = 0,
    PLACE_TEXT,
    PLACE_NUMBER,
    PLACE_IDENT,
    PLACE_NAME,
    PLACE_ANY,
    PLACE_EXPR,
    PLACE_USER,
    PLACE_VARIABLE,
    PLACE_BYTES,
    PLACE_TABLE,
    PLACE_KEY,
    PLACE_CODE,
    PLACE_TYPE
};

static enum placeholder placeholder_of(struct str text)
{
    static const char *const names[] = {"",      "text", "number", "ident",    "name",
                                        "any",   "expr", "user",   "variable", "bytes",
                                        "table", "key",  "code",   "type"};

    for (size_t i = 1; i < ARRAY_LEN(names); i++)
        if (str_equal(text, str_of(names[i])))
            return (enum placeholder)i;
    return PLACE_WORD;
}

static bool is_number_kind(enum sql_token_kind kind)
{
    return kind == SQL_TOKEN_INTEGER || kind == SQL_TOKEN_DECIMAL || kind == SQL_TOKEN_FLOAT ||
           kind == SQL_TOKEN_HEX || kind == SQL_TOKEN_BIT;
}

static bool word_starts(const struct sql_parser *p, struct str text)
{
    struct str here = p->at < p->end ? sql_token_text(p->text, p->at) : STR_NONE;

    return (kind_at(p, 0) == SQL_TOKEN_WORD || kind_at(p, 0) != SQL_TOKEN_STRING) &&
           kind_at(p, 0) != SQL_TOKEN_QUOTED && str_equal_nocase(here, text);
}

static bool place_starts(const struct sql_parser *p, struct str text)
{
    enum sql_token_kind kind = kind_at(p, 0);

    switch (placeholder_of(text)) {
    case PLACE_WORD:
        return word_starts(p, text);
    case PLACE_TEXT:
        return kind == SQL_TOKEN_STRING;
    case PLACE_NUMBER:
        return is_number_kind(kind);
    case PLACE_IDENT:
    case PLACE_NAME:
    case PLACE_TABLE:
        return is_ident(p) || (!p->mysql && kind == SQL_TOKEN_DOT);
    case PLACE_KEY:
        return is_ident(p) || is(p, W_PRIMARY);
    case PLACE_ANY:
        return is_ident(p) || kind == SQL_TOKEN_STRING || is_number_kind(kind) ||
               is(p, W_DEFAULT) || is(p, W_NULL) || is(p, W_ON);
    case PLACE_USER:
        return is(p, W_CURRENT_USER) || ((is_ident(p) || kind == SQL_TOKEN_STRING) &&
                                         (kind_at(p, 1) == SQL_TOKEN_USER_VARIABLE ||
                                          kind == SQL_TOKEN_STRING || is_ident(p)));
    case PLACE_VARIABLE:
        return kind == SQL_TOKEN_USER_VARIABLE;
    case PLACE_BYTES:
        return kind == SQL_TOKEN_STRING || kind == SQL_TOKEN_HEX || kind == SQL_TOKEN_BIT;
    case PLACE_CODE:
        return kind == SQL_TOKEN_STRING || kind == SQL_TOKEN_DOLLAR;
    case PLACE_EXPR:
    case PLACE_TYPE:
        return p->at < p->end && kind != SQL_TOKEN_SEMICOLON;
    }
    return false;
}

static bool sequence_starts(const struct sql_parser *p, struct str production);

static bool item_starts(const struct sql_parser *p, const struct item *item)
{
    struct str rest = item->text;

    if (item->group == 0)
        return place_starts(p, item->text);
    while (rest.len > 0)
        if (sequence_starts(p, take_alternative(&rest)))
            return true;
    return false;
}

/* Whether the token at hand may begin the sequence: its first item, or what follows items that
 * may be left out. */
static bool sequence_starts(const struct sql_parser *p, struct str production)
{
    struct item item;

    while (take_item(&production, &item)) {
        if (item_starts(p, &item))
            return true;
        if (item.group != '[')
            return false;
    }
    return false;
}

static void follow(struct sql_parser *p, struct str production);

static void follow_word(struct sql_parser *p, struct str word)
{
    if (word_starts(p, word))
        p->at++;
    else
        parse_syntax(p, NULL);
}

static void follow_place(struct sql_parser *p, struct str text)
{
    switch (placeholder_of(text)) {
    case PLACE_WORD:
        follow_word(p, text);
        break;
    case PLACE_TEXT:
        list_add(p, parse_string(p));
        break;
    case PLACE_NUMBER:
        list_add(p, parse_number(p));
        break;
    case PLACE_IDENT:
        list_add(p, parse_ident(p));
        break;
    case PLACE_KEY:
        list_add(p, is(p, W_PRIMARY) ? node_leaf(p, SQL_IDENT) : parse_ident(p));
        break;
    case PLACE_NAME:
    case PLACE_TABLE:
        list_add(p, parse_name(p));
        break;
    case PLACE_ANY:
        list_add(p, parse_option_value(p));
        break;
    case PLACE_EXPR:
        list_add(p, parse_expr(p));
        break;
    case PLACE_USER:
        list_add(p, parse_account(p));
        break;
    case PLACE_VARIABLE:
        list_add(p, parse_user_variable(p));
        break;
    case PLACE_BYTES:
        list_add(p, is_string(p) ? parse_string(p) : parse_number(p));
        break;
    case PLACE_CODE:
        list_add(p, is_kind(p, SQL_TOKEN_DOLLAR) ? node_leaf(p, SQL_STRING) : parse_string(p));
        break;
    case PLACE_TYPE:
        list_add(p, parse_column_type(p));
        break;
    }
}

static void follow_once(struct sql_parser *p, const struct item *item)
{
    struct str rest = item->text;

    if (item->group == 0) {
        follow_place(p, item->text);
        return;
    }
    while (rest.len > 0) {
        struct str alternative = take_alternative(&rest);
        if (sequence_starts(p, alternative)) {
            follow(p, alternative);
            return;
        }
    }
    if (item->group == '{')
        parse_syntax(p, NULL);
}

static void follow_item(struct sql_parser *p, const struct item *item)
{
    if (item->group == '[' && !item_starts(p, item))
        return;
    follow_once(p, item);
    if (item->comma) {
        while (accept_kind(p, SQL_TOKEN_COMMA))
            follow_once(p, item);
    } else if (item->repeats) {
        while (!p->failed && item_starts(p, item)) {
            uint32_t before = p->at;
            follow_once(p, item);
            if (p->at == before)
                break;
        }
    }
}

static void follow(struct sql_parser *p, struct str production)
{
    struct item item;

    while (!p->failed && take_item(&production, &item))
        follow_item(p, &item);
}

static bool words_fit(const struct sql_parser *p, struct str words)
{
    uint32_t ahead = 0;

    while (words.len > 0) {
        struct str word = words, rest = STR_NONE;
        (void)str_split(words, ' ', &word, &rest);
        if (!is_text(p, ahead++, word))
            return false;
        words = rest;
    }
    return true;
}

static const struct admin_row *row_at(const struct sql_parser *p, bool create)
{
    for (size_t i = 0; i < ARRAY_LEN(admin_rows); i++) {
        const struct admin_row *row = &admin_rows[i];
        bool of_create =
            row->form >= SQL_ADMIN_CREATE_SERVER && row->form <= SQL_ADMIN_CREATE_SEQUENCE;
        if (of_create == create && row->server != (p->mysql ? MARIADB : MYSQL) &&
            words_fit(p, str_of(row->words)))
            return row;
    }
    return NULL;
}

static struct sql_node *parse_row(struct sql_parser *p, uint32_t first, uint32_t flags, bool create)
{
    const struct admin_row *row = row_at(p, create);

    if (row == NULL)
        return NULL;
    uint32_t mark = list_begin(p);
    follow(p, str_of(row->production));
    struct sql_node *node = list_end(p, mark, SQL_ADMIN, first);
    node->op = (uint16_t)row->form;
    node->flags |= flags;
    return node;
}

struct sql_node *parse_create_admin(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    struct sql_node *node = parse_row(p, first, flags, true);

    return node ? node : parse_unsupported(p, "CREATE of this kind of object");
}

/* The productions of admin_table.h */
struct sql_node *parse_admin(struct sql_parser *p)
{
    struct sql_node *node = parse_row(p, p->at, 0, false);

    if (node != NULL)
        return node;
    if (is_kind(p, SQL_TOKEN_WORD) && p->t[p->at].word != SQL_NO_WORD)
        return parse_unsupported(p, "this statement");
    return parse_syntax(p, "a statement");
}

const char *sql_admin_text(enum sql_admin form)
{
    for (size_t i = 0; i < ARRAY_LEN(admin_rows); i++)
        if (admin_rows[i].form == form)
            return admin_rows[i].words;
    return "";
}

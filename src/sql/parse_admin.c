/* SPDX-License-Identifier: Apache-2.0
 *
 * Administration and replication: the productions of admin_table.h, followed as they are written
 * there. A choice is made by the next token alone, so nothing is read twice.
 */
#include "sql/admin_words.h"
#include "sql/parser.h"

/* Which servers have a production: those of a family (INVALID: of both) and version. */
struct admin_server {
    enum sql_family family;
    uint32_t from, until; /* until: first version without it; 0: none */
};

struct admin_row {
    enum sql_admin form;
    struct admin_server server;
    const char *words, *production;
};

#define BOTH                                                                                       \
    {                                                                                              \
        SQL_FAMILY_INVALID, 0, 0                                                                   \
    }
#define MYSQL                                                                                      \
    {                                                                                              \
        SQL_MYSQL, 0, 0                                                                            \
    }
#define MARIADB                                                                                    \
    {                                                                                              \
        SQL_MARIADB, 0, 0                                                                          \
    }
#define MYSQL_FROM(v)                                                                              \
    {                                                                                              \
        SQL_MYSQL, v, 0                                                                            \
    }
#define MYSQL_UNTIL(v)                                                                             \
    {                                                                                              \
        SQL_MYSQL, 0, v                                                                            \
    }
#define MARIADB_FROM(v)                                                                            \
    {                                                                                              \
        SQL_MARIADB, v, 0                                                                          \
    }

static const struct admin_row admin_rows[] = {
#define ADMIN(name, words, server, production) {SQL_ADMIN_##name, server, words, production},
#define ALSO(name, words, server, production)  {SQL_ADMIN_##name, server, words, production},
#include "sql/admin_table.h"
#undef ADMIN
#undef ALSO
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
    PLACE_DIGITS,
    PLACE_INTEGER,
    PLACE_NUMBER,
    PLACE_DECIMAL,
    PLACE_LONG,
    PLACE_SIZE,
    PLACE_IDENT,
    PLACE_LABEL,
    PLACE_NAME,
    PLACE_EXPR,
    PLACE_USER,
    PLACE_ROLE,
    PLACE_ACCOUNT,
    PLACE_VARIABLE,
    PLACE_TABLE,
    PLACE_KEY,
    PLACE_CODE,
    PLACE_TYPE,
    PLACE_OPTION,
    PLACE_PORT,
    PLACE_PLAIN,
    PLACE_END
};

static enum placeholder placeholder_of(struct str text)
{
    static const char *const names[] = {"",     "text", "digits",  "integer",  "number", "decimal",
                                        "long", "size", "ident",   "label",    "name",   "expr",
                                        "user", "role", "account", "variable", "table",  "key",
                                        "code", "type", "option",  "port",     "plain",  "nothing"};

    for (size_t i = 1; i < ARRAY_LEN(names); i++)
        if (str_equal(text, str_of(names[i])))
            return (enum placeholder)i;
    return PLACE_WORD;
}

/* A whole number that fits 63 bits; MariaDB's sequences take larger ones since 11.5. */
static bool is_long(const struct sql_parser *p)
{
    return is_kind(p, SQL_TOKEN_INTEGER) && (p->version >= 110500 || sql_number_at(p) <= INT64_MAX);
}

static bool word_starts(const struct sql_parser *p, struct str text)
{
    struct str here = p->at < p->end ? sql_token_text(p->text, p->at) : STR_NONE;

    return kind_at(p, 0) != SQL_TOKEN_QUOTED && str_equal_nocase(here, text);
}

static bool place_starts(const struct sql_parser *p, struct str text)
{
    enum sql_token_kind kind = kind_at(p, 0);

    switch (placeholder_of(text)) {
    case PLACE_WORD:
        return word_starts(p, text);
    case PLACE_TEXT:
        return kind == SQL_TOKEN_STRING;
    case PLACE_DIGITS:
        return kind == SQL_TOKEN_INTEGER;
    case PLACE_INTEGER:
        return is_unsigned(p);
    case PLACE_NUMBER:
        return is_rounded(p);
    case PLACE_DECIMAL:
        return is_rounded(p) && kind != SQL_TOKEN_HEX;
    case PLACE_LONG:
        return is_long(p);
    case PLACE_SIZE:
        return is_unsigned(p) || is_ident(p);
    case PLACE_IDENT:
    case PLACE_NAME:
    case PLACE_TABLE:
        return is_ident(p) || (!p->mysql && kind == SQL_TOKEN_DOT);
    case PLACE_KEY:
        return is_ident(p) || is(p, W_PRIMARY);
    case PLACE_USER:
        return is(p, W_CURRENT_USER) || is_ident(p) || kind == SQL_TOKEN_STRING;
    case PLACE_LABEL:
    case PLACE_ROLE:
    case PLACE_ACCOUNT:
        return is_ident(p) || kind == SQL_TOKEN_STRING;
    case PLACE_VARIABLE:
        return kind == SQL_TOKEN_USER_VARIABLE;
    case PLACE_CODE:
        return kind == SQL_TOKEN_STRING || kind == SQL_TOKEN_DOLLAR;
    case PLACE_OPTION:
        return is_table_option(p);
    case PLACE_PORT:
        return kind == SQL_TOKEN_COLON;
    case PLACE_END:
        return p->at == p->end || kind == SQL_TOKEN_SEMICOLON || kind == SQL_TOKEN_END;
    case PLACE_EXPR:
    case PLACE_PLAIN:
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

/* : digits, with no blank on either side */
static struct sql_node *parse_port(struct sql_parser *p)
{
    if ((p->t[p->at].flags & SQL_TOKEN_SPACED) || !expect_kind(p, SQL_TOKEN_COLON) ||
        (p->t[p->at].flags & SQL_TOKEN_SPACED))
        return parse_syntax(p, "a port");
    return parse_rounded(p);
}

/* {'text' | $$text$$ | [_charset] {x'41' | b'01'}} */
static struct sql_node *parse_code(struct sql_parser *p)
{
    if (is_kind(p, SQL_TOKEN_DOLLAR))
        return node_leaf(p, SQL_STRING);
    if (is_kind(p, SQL_TOKEN_CHARSET) &&
        (kind_at(p, 1) == SQL_TOKEN_HEX || kind_at(p, 1) == SQL_TOKEN_BIT))
        p->at++;
    return parse_text_string(p);
}

static struct sql_node *parse_place(struct sql_parser *p, enum placeholder place)
{
    switch (place) {
    case PLACE_TEXT:
        return parse_string(p);
    case PLACE_DIGITS:
        return parse_digits(p);
    case PLACE_INTEGER:
        return parse_unsigned(p);
    case PLACE_DECIMAL:
        if (is_kind(p, SQL_TOKEN_HEX))
            return parse_syntax(p, "a number");
        return parse_rounded(p);
    case PLACE_NUMBER:
        return parse_rounded(p);
    case PLACE_LONG:
        return is_long(p) ? parse_number(p) : parse_syntax(p, "a number");
    case PLACE_SIZE:
        return parse_size(p);
    case PLACE_IDENT:
        return parse_ident(p);
    case PLACE_LABEL:
        return parse_ident_or_string(p);
    case PLACE_KEY:
        return is(p, W_PRIMARY) ? node_leaf(p, SQL_IDENT) : parse_ident(p);
    case PLACE_NAME:
    case PLACE_TABLE:
        return parse_name(p);
    case PLACE_EXPR:
        return parse_expr(p);
    case PLACE_PLAIN:
        return parse_plain_expr(p, parse_expr);
    case PLACE_ROLE:
        return parse_role(p);
    case PLACE_ACCOUNT:
        return is(p, W_CURRENT_USER) ? parse_syntax(p, "an account") : parse_account(p);
    case PLACE_USER:
        return parse_account(p);
    case PLACE_VARIABLE:
        return parse_user_variable(p);
    case PLACE_CODE:
        return parse_code(p);
    case PLACE_TYPE:
        return parse_column_type(p);
    case PLACE_OPTION:
        return parse_table_option(p);
    case PLACE_PORT:
        return parse_port(p);
    case PLACE_END:
    case PLACE_WORD: /* these have no node */
        break;
    }
    return p->spare;
}

static void follow_place(struct sql_parser *p, struct str text)
{
    enum placeholder place = placeholder_of(text);

    if (place == PLACE_WORD)
        follow_word(p, text);
    else if (place != PLACE_END)
        list_add(p, parse_place(p, place));
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

static bool has_row(const struct sql_parser *p, const struct admin_server *server)
{
    return (server->family == SQL_FAMILY_INVALID ||
            server->family == (p->mysql ? SQL_MYSQL : SQL_MARIADB)) &&
           p->version >= server->from && (server->until == 0 || p->version < server->until);
}

static const struct admin_row *row_at(const struct sql_parser *p, bool create)
{
    for (size_t i = 0; i < ARRAY_LEN(admin_rows); i++) {
        const struct admin_row *row = &admin_rows[i];
        bool of_create =
            row->form >= SQL_ADMIN_CREATE_SERVER && row->form <= SQL_ADMIN_CREATE_SEQUENCE;
        if (of_create == create && has_row(p, &row->server) && words_fit(p, str_of(row->words)))
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

/* SPDX-License-Identifier: Apache-2.0
 *
 * Identifiers, names with schema, accounts, character sets, and other small things that most
 * statements are made of.
 */
#include "sql/parser.h"

/* identifier */
struct sql_node *parse_ident(struct sql_parser *p)
{
    if (!is_ident(p))
        return parse_syntax(p, "an identifier");
    if (p->t[p->at].kind == SQL_TOKEN_QUOTED && p->t[p->at].end - p->t[p->at].start <= 2)
        parse_doubt(p, "an empty identifier");
    return node_leaf(p, SQL_IDENT);
}

/* identifier | 'text' */
struct sql_node *parse_ident_or_string(struct sql_parser *p)
{
    return is_string(p) ? node_leaf(p, SQL_IDENT) : parse_ident(p);
}

/* [schema_name .] name    MariaDB: | . name */
struct sql_node *parse_name(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *name = node_new(p, SQL_NAME, first);

    if (!p->mysql && accept_kind(p, SQL_TOKEN_DOT))
        name->flags |= SQL_FLAG_LEADING_DOT;
    struct sql_node *part = parse_ident(p);
    if (!sql_flag(name, SQL_FLAG_LEADING_DOT) && accept_kind(p, SQL_TOKEN_DOT)) {
        name->child[SQL_NAME_SCHEMA] = part;
        part = parse_ident(p);
    }
    name->child[SQL_NAME_OBJECT] = part;
    return node_finish(p, name);
}

/* [[schema_name .] table_name .] column_name    MariaDB: | . table_name . column_name */
struct sql_node *parse_column(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *column = node_new(p, SQL_COLUMN, first);

    bool leading = !p->mysql && accept_kind(p, SQL_TOKEN_DOT);
    if (leading)
        column->flags |= SQL_FLAG_LEADING_DOT;
    struct sql_node *part = parse_ident(p);
    if (leading ? expect_kind(p, SQL_TOKEN_DOT) : accept_kind(p, SQL_TOKEN_DOT)) {
        column->child[SQL_COLUMN_TABLE] = part;
        part = parse_ident(p);
        if (!leading && accept_kind(p, SQL_TOKEN_DOT)) {
            column->child[SQL_COLUMN_SCHEMA] = column->child[SQL_COLUMN_TABLE];
            column->child[SQL_COLUMN_TABLE] = part;
            part = parse_ident(p);
        }
    }
    column->child[SQL_COLUMN_NAME] = part;
    return node_finish(p, column);
}

/* 'text' */
struct sql_node *parse_string(struct sql_parser *p)
{
    if (!is_string(p))
        return parse_syntax(p, "a text");
    return node_leaf(p, SQL_STRING);
}

/* an unsigned number */
struct sql_node *parse_number(struct sql_parser *p)
{
    switch ((int)kind_at(p, 0)) {
    case SQL_TOKEN_INTEGER:
    case SQL_TOKEN_DECIMAL:
    case SQL_TOKEN_FLOAT:
    case SQL_TOKEN_HEX:
    case SQL_TOKEN_BIT:
        return node_leaf(p, SQL_NUMBER);
    default:
        return parse_syntax(p, "a number");
    }
}

/* digits, of a value that is at most 2147483647 */
struct sql_node *parse_digits(struct sql_parser *p)
{
    return is_small_integer(p) ? node_leaf(p, SQL_NUMBER) : parse_syntax(p, "a number");
}

/* digits | 0x41    MySQL: x'41' */
struct sql_node *parse_unsigned(struct sql_parser *p)
{
    return is_unsigned(p) ? node_leaf(p, SQL_NUMBER) : parse_syntax(p, "a whole number");
}

bool is_unsigned(const struct sql_parser *p)
{
    if (is_kind(p, SQL_TOKEN_HEX))
        return p->mysql || p->text->text.ptr[p->t[p->at].start] == '0';
    return is_kind(p, SQL_TOKEN_INTEGER);
}

/* The value of the number at hand, as far as its first digits go, and at most UINT64_MAX; hex
 * digits as they are. */
uint64_t sql_number_at(const struct sql_parser *p)
{
    struct str text = p->at < p->end ? sql_token_text(p->text, p->at) : STR_NONE;
    unsigned base = is_kind(p, SQL_TOKEN_HEX) ? 16 : 10;
    uint64_t value = 0;

    for (size_t i = base == 16 ? 2 : 0; i < text.len; i++) {
        unsigned char c = sql_upper[(unsigned char)text.ptr[i]];
        unsigned digit = c >= '0' && c <= '9' ? c - 48u : c >= 'A' && c <= 'F' ? c - 55u : 99u;
        if (digit >= base)
            break;
        if (value > (UINT64_MAX - digit) / base)
            return UINT64_MAX;
        value = value * base + digit;
    }
    return value;
}

/* A number of which the servers take the whole part: integer | 1.5 | 1e3 */
struct sql_node *parse_rounded(struct sql_parser *p)
{
    return is_rounded(p) ? node_leaf(p, SQL_NUMBER) : parse_syntax(p, "a number");
}

bool is_rounded(const struct sql_parser *p)
{
    return is_unsigned(p) || is_kind(p, SQL_TOKEN_DECIMAL) || is_kind(p, SQL_TOKEN_FLOAT);
}

/* 'text' | x'41' | b'01' */
struct sql_node *parse_text_string(struct sql_parser *p)
{
    if (is_kind(p, SQL_TOKEN_HEX) || is_kind(p, SQL_TOKEN_BIT))
        return node_leaf(p, SQL_NUMBER);
    return parse_string(p);
}

/* {= | :=}, where it may be left out */
bool accept_equal_sign(struct sql_parser *p)
{
    return accept_kind(p, SQL_TOKEN_EQUAL) || accept_kind(p, SQL_TOKEN_ASSIGN);
}

/* Whether digits stand here that make a number of at most `most`. */
static bool is_integer_until(const struct sql_parser *p, struct str most)
{
    if (!is_kind(p, SQL_TOKEN_INTEGER))
        return false;
    struct str digits = sql_token_text(p->text, p->at);
    size_t zeros = 0;
    while (zeros < digits.len && digits.ptr[zeros] == '0')
        zeros++;
    size_t len = digits.len - zeros;
    return len < most.len ||
           (len == most.len && memcmp(digits.ptr + zeros, most.ptr, most.len) <= 0);
}

/* digits, of a value that 64 bits hold */
struct sql_node *parse_integer(struct sql_parser *p)
{
    if (!is_integer_until(p, STR("18446744073709551615")))
        return parse_syntax(p, "an integer");
    return node_leaf(p, SQL_NUMBER);
}

/* What the lexers call NUM. */
bool is_small_integer(const struct sql_parser *p)
{
    return is_integer_until(p, STR("2147483647"));
}

/* charset_name: identifier | 'text' | BINARY | ASCII (DEFAULT is the caller's affair) */
struct sql_node *parse_charset_name(struct sql_parser *p)
{
    if (is(p, W_BINARY))
        return node_leaf(p, SQL_IDENT);
    return parse_ident_or_string(p);
}

/* collation_name: identifier | 'text' | BINARY */
struct sql_node *parse_collate_name(struct sql_parser *p)
{
    return parse_charset_name(p);
}

/* CHARSET | CHARACTER SET | CHAR SET */
bool accept_charset_words(struct sql_parser *p)
{
    return accept2(p, W_CHARACTER, W_SET) || accept2(p, W_CHAR, W_SET) || accept(p, W_CHARSET);
}

/* user: name [@ host] | CURRENT_USER [()] | MariaDB: CURRENT_ROLE [()] */
struct sql_node *parse_account(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *account = node_new(p, SQL_ACCOUNT, first);

    if (accept(p, W_CURRENT_USER) || (!p->mysql && accept(p, W_CURRENT_ROLE))) {
        if (accept_kind(p, SQL_TOKEN_LEFT))
            expect_kind(p, SQL_TOKEN_RIGHT);
        return node_finish(p, account);
    }
    account->child[SQL_ACCOUNT_USER] = parse_ident_or_string(p);
    if (is_kind(p, SQL_TOKEN_USER_VARIABLE))
        account->child[SQL_ACCOUNT_HOST] = node_leaf(p, SQL_IDENT);
    return node_finish(p, account);
}

/* expr, in which the server takes no subquery */
struct sql_node *parse_plain_expr(struct sql_parser *p, parse_function *expr)
{
    uint32_t first = p->at;
    struct sql_node *value = expr(p);

    for (uint32_t at = first; !p->failed && at < p->at; at++) {
        if (p->t[at].word != W_SELECT)
            continue;
        p->at = at;
        return parse_syntax(p, "no subquery");
    }
    return value;
}

/* role: name [@ host], where MySQL takes fewer words for a name than elsewhere */
struct sql_node *parse_role(struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    if (is(p, W_CURRENT_USER) ||
        (p->mysql && is_kind(p, SQL_TOKEN_WORD) && !sql_word_may_be(SQL_PLACE_ROLE, true, word)))
        return parse_syntax(p, "a role");
    if (!p->mysql && kind_at(p, 1) == SQL_TOKEN_USER_VARIABLE) {
        p->at++;
        return parse_syntax(p, "a role without host");
    }
    return parse_account(p);
}

/* @name    MySQL: the name may be empty */
struct sql_node *parse_user_variable(struct sql_parser *p)
{
    if (!is_kind(p, SQL_TOKEN_USER_VARIABLE))
        return parse_syntax(p, "a user variable");
    if (!p->mysql && sql_token_value(p->text, p->at).len == 0)
        return parse_syntax(p, "a user variable with a name");
    return node_leaf(p, SQL_USER_VARIABLE);
}

/* [AS] alias | [AS] 'alias'; strings in the select list alone */
struct sql_node *parse_alias(struct sql_parser *p, bool strings)
{
    bool as = accept(p, W_AS);

    if (strings && is_string(p))
        return node_leaf(p, SQL_IDENT);
    if (as)
        return parse_ident(p);
    if (!is_ident(p) || is(p, W_SOUNDS) || (p->mysql && is(p, W_MEMBER)) ||
        is_text(p, 0, STR("SOUNDS")))
        return NULL;
    return parse_ident(p);
}

/* [AS] alias of a table    MariaDB: | = alias; its WINDOW is none, though not reserved */
struct sql_node *parse_table_alias(struct sql_parser *p)
{
    if (accept(p, W_AS) || (!p->mysql && accept_kind(p, SQL_TOKEN_EQUAL)))
        return parse_ident(p);
    if (!is_ident(p) || (!p->mysql && is(p, W_WINDOW)))
        return NULL;
    return parse_ident(p);
}

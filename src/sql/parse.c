/* SPDX-License-Identifier: Apache-2.0
 *
 * The parser's machinery: failing, nodes, lists; and sql_parse, which takes a text apart into
 * statements.
 */
#include "sql/parser.h"

/* More children than any kind has slots: what a failed parser writes to is thrown away. */
#define SPARE_SLOTS 32

struct sql_node *parse_fail(struct sql_parser *p, enum fault_code code, const char *message)
{
    if (!p->failed) {
        fault_set(p->fault, p->arena, code, "%s", message);
        p->fault->position = p->t[p->at].start + 1;
        p->failed = true;
    }
    p->at = p->end;
    p->pending = NULL;
    return p->spare;
}

static struct str near_text(const struct sql_parser *p)
{
    struct str text = sql_token_text(p->text, p->at);

    return text.len > 60 ? str_slice(text, 0, 60) : text;
}

static struct sql_node *fail_near(struct sql_parser *p, enum fault_code code, const char *before,
                                  const char *what)
{
    if (!p->failed) {
        uint32_t line, column;
        struct str near = near_text(p);
        sql_position(p->text->text, p->t[p->at].start, &line, &column);
        struct str message = near.len == 0
                                 ? arena_printf(p->arena, "%s at the end of the statement%s%s",
                                                before, what ? ": expected " : "", what ? what : "")
                                 : arena_printf(p->arena, "%s at \"%.*s\" (line %u, column %u)%s%s",
                                                before, STR_ARG(near), line, column,
                                                what ? ": expected " : "", what ? what : "");
        fault_set(p->fault, p->arena, code, "%.*s", STR_ARG(message));
        p->fault->position = p->t[p->at].start + 1;
        p->failed = true;
    }
    p->at = p->end;
    p->pending = NULL;
    return p->spare;
}

struct sql_node *parse_syntax(struct sql_parser *p, const char *wanted)
{
    return fail_near(p, FAULT_sql_syntax, "syntax error", wanted);
}

struct sql_node *parse_unsupported(struct sql_parser *p, const char *what)
{
    return fail_near(p, FAULT_sql_unsupported, what, NULL);
}

void parse_doubt(struct sql_parser *p, const char *what)
{
    if (p->doubt != NULL)
        return;
    p->doubt = what;
    p->doubt_at = p->at < p->end ? p->at : p->end - 1;
}

bool expect_kind_slow(struct sql_parser *p, enum sql_token_kind kind)
{
    const char *what = NULL;

    if (kind == SQL_TOKEN_LEFT)
        what = "(";
    else if (kind == SQL_TOKEN_RIGHT)
        what = ")";
    else if (kind == SQL_TOKEN_EQUAL)
        what = "=";
    else if (kind == SQL_TOKEN_COMMA)
        what = ",";
    else if (kind == SQL_TOKEN_STRING)
        what = "a text";
    parse_syntax(p, what);
    return false;
}

bool is_text(const struct sql_parser *p, uint32_t ahead, struct str text)
{
    return kind_at(p, ahead) == SQL_TOKEN_WORD &&
           str_equal_nocase(sql_token_text(p->text, p->at + ahead), text);
}

bool accept_text(struct sql_parser *p, struct str text)
{
    if (!is_text(p, 0, text))
        return false;
    p->at++;
    return true;
}

bool enter(struct sql_parser *p)
{
    if (++p->depth <= LIMIT_SQL_DEPTH)
        return true;
    parse_fail(p, FAULT_sql_depth, "the statement is nested too deeply");
    return false;
}

static const uint8_t slot_counts[SQL_NODE_KIND_COUNT] = {
#define NODE(name, text, slots) [SQL_##name] = (slots),
    SQL_NODE_TABLE(NODE)
#undef NODE
};

static struct sql_node *node_alloc(struct sql_parser *p, enum sql_node_kind kind, uint32_t first,
                                   uint32_t count)
{
    struct sql_node *node =
        p->failed ? NULL : arena_alloc(p->arena, sizeof(*node) + count * sizeof(struct sql_node *));

    if (node == NULL) {
        if (!p->failed)
            parse_fail(p, FAULT_memory, "the statement needs too much memory");
        return p->spare;
    }
    node->kind = kind;
    node->first = node->last = first;
    node->count = count;
    node->height = 1;
    return node;
}

struct sql_node *node_new(struct sql_parser *p, enum sql_node_kind kind, uint32_t first)
{
    return node_alloc(p, kind, first, slot_counts[kind]);
}

struct sql_node *node_finish(struct sql_parser *p, struct sql_node *node)
{
    unsigned height = 0;

    if (p->failed)
        return p->spare;
    if (p->at > node->first)
        node->last = p->at - 1;
    for (uint32_t i = 0; i < node->count; i++)
        if (node->child[i] != NULL && node->child[i]->height > height)
            height = node->child[i]->height;
    if (height >= LIMIT_SQL_HEIGHT)
        return parse_fail(p, FAULT_sql_depth, "the statement is nested too deeply");
    node->height = (uint16_t)(height + 1);
    return node;
}

struct sql_node *node_leaf(struct sql_parser *p, enum sql_node_kind kind)
{
    struct sql_node *node = node_new(p, kind, p->at);

    if (p->at < p->end)
        p->at++;
    else
        parse_syntax(p, NULL);
    return node;
}

struct sql_node *node_of(struct sql_parser *p, enum sql_node_kind kind, uint32_t first, uint16_t op,
                         struct sql_node *a, struct sql_node *b)
{
    struct sql_node *node = node_alloc(p, kind, first, kind == SQL_BINARY ? 2 : slot_counts[kind]);

    node->op = op;
    if (node->count > 0)
        node->child[0] = a;
    if (node->count > 1)
        node->child[1] = b;
    return node_finish(p, node);
}

uint32_t list_begin(struct sql_parser *p)
{
    return p->stack_count;
}

void list_add(struct sql_parser *p, struct sql_node *node)
{
    if (p->failed)
        return;
    if (p->stack_count == p->stack_capacity) {
        uint32_t larger = p->stack_capacity ? p->stack_capacity * 2 : 64;
        struct sql_node **copy = arena_array(p->arena, larger, struct sql_node *);
        if (copy == NULL) {
            parse_fail(p, FAULT_memory, "the statement needs too much memory");
            return;
        }
        if (p->stack_count > 0)
            memcpy(copy, p->stack, p->stack_count * sizeof(struct sql_node *));
        p->stack = copy;
        p->stack_capacity = larger;
    }
    p->stack[p->stack_count++] = node;
}

struct sql_node *list_end(struct sql_parser *p, uint32_t mark, enum sql_node_kind kind,
                          uint32_t first)
{
    if (p->failed)
        return p->spare;
    uint32_t count = p->stack_count - mark;
    struct sql_node *list = node_alloc(p, kind, first, count);
    if (list == p->spare)
        return list;
    if (count > 0)
        memcpy(list->child, p->stack + mark, count * sizeof(struct sql_node *));
    p->stack_count = mark;
    return node_finish(p, list);
}

struct sql_node *parse_list(struct sql_parser *p, parse_function *element)
{
    uint32_t first = p->at, mark = list_begin(p);

    do {
        list_add(p, element(p));
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    return list_end(p, mark, SQL_LIST, first);
}

struct sql_node *parse_list_of_one(struct sql_parser *p, parse_function *element)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, element(p));
    return list_end(p, mark, SQL_LIST, first);
}

struct sql_node *parse_list_in_parens(struct sql_parser *p, parse_function *element)
{
    expect_kind(p, SQL_TOKEN_LEFT);
    struct sql_node *list = parse_list(p, element);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return list;
}

/* Whether the rest of the text may be read differently after this statement: then it must not
 * have been read already. */
static bool changes_reading(const struct sql_text *text, const struct sql_node *root)
{
    switch ((int)root->kind) {
    case SQL_SET_NAMES:
    case SQL_EXECUTE:
    case SQL_EXECUTE_IMMEDIATE:
        return true;
    case SQL_SET:
        break;
    default: /* only these set variables of the session */
        return false;
    }
    const struct sql_node *list = root->child[0];
    for (uint32_t i = 0; i < list->count; i++) {
        const struct sql_node *setting = list->child[i];
        if (setting->kind == SQL_SET_NAMES)
            return true;
        if (setting->kind != SQL_SET_VARIABLE ||
            setting->child[SQL_SET_VARIABLE_TARGET]->kind != SQL_SYSTEM_VARIABLE)
            continue;
        struct str name = sql_name(
            text, setting->child[SQL_SET_VARIABLE_TARGET]->child[SQL_SYSTEM_VARIABLE_NAME]);
        if (str_equal_nocase(name, STR("sql_mode")) ||
            str_starts_nocase(name, STR("character_set")) ||
            str_starts_nocase(name, STR("collation")) || str_equal_nocase(name, STR("charset")))
            return true;
    }
    return false;
}

static bool parse_statements(struct sql_parser *p, struct sql_script *script)
{
    size_t capacity = 0;
    bool changed = false;

    while (!p->failed) {
        uint32_t first = p->at;
        p->parameters = 0;
        p->in_program = p->text->context.program;
        p->doubt = NULL;
        if (script->count >= LIMIT_SQL_STATEMENTS)
            parse_fail(p, FAULT_sql_tokens, "the text has too many statements");
        if (changed)
            parse_unsupported(p, "a statement behind one that changes how the text is read");
        struct sql_node *root = parse_statement(p);
        if (is_kind(p, SQL_TOKEN_SEMICOLON) && (p->t[p->at].flags & SQL_TOKEN_RESERVED))
            parse_syntax(p, NULL);
        bool more = accept_kind(p, SQL_TOKEN_SEMICOLON);
        if (!p->failed && !more && p->at != p->end)
            parse_syntax(p, NULL);
        if (p->failed)
            break;
        struct sql_statement *statement = arena_push(p->arena, &script->statements, &script->count,
                                                     &capacity, sizeof(*statement));
        if (statement == NULL) {
            parse_fail(p, FAULT_memory, "the statement needs too much memory");
            break;
        }
        *statement = (struct sql_statement){sql_statement_kind(p->text, root),
                                            root,
                                            first,
                                            root->last,
                                            p->parameters,
                                            p->doubt,
                                            p->doubt_at};
        changed = changed || changes_reading(p->text, root);
        /* Semicolons and blanks at the very end are dropped by the servers. */
        while (more && is_kind(p, SQL_TOKEN_SEMICOLON))
            p->at++;
        if (p->at == p->end)
            return true;
        if (p->t[p->at - 1].kind == SQL_TOKEN_SEMICOLON && p->at >= 2 &&
            p->t[p->at - 2].kind == SQL_TOKEN_SEMICOLON)
            parse_syntax(p, "a statement");
    }
    return false;
}

/* What the servers read: blanks and semicolons at the very end are no part of a text. */
static size_t end_of_statements(struct str text)
{
    size_t end = text.len;

    while (end > 0 && memchr("; \t\n\v\f\r", text.ptr[end - 1], 7) != NULL)
        end--;
    return end;
}

bool sql_parse(const struct sql_context *context, struct str text, struct arena *arena,
               struct sql_script *ret_script, struct fault *fault)
{
    struct sql_text *lexed = arena_new(arena, struct sql_text);

    *ret_script = (struct sql_script){.text = lexed};
    if (lexed == NULL)
        return fault_set(fault, arena, FAULT_memory, "the statement needs too much memory");
    if (!sql_lex(context, text, arena, lexed, fault))
        return false;
    return sql_parse_tokens(lexed, ret_script, fault);
}

bool sql_parse_tokens(struct sql_text *text, struct sql_script *ret_script, struct fault *fault)
{
    struct sql_parser p = {
        .text = text,
        .t = text->tokens,
        .arena = text->arena,
        .fault = fault,
        .end = text->count,
        .mysql = text->context.family == SQL_MYSQL,
        .version = text->context.version,
        .mode = text->context.mode,
    };

    *ret_script = (struct sql_script){.text = text};
    p.spare = arena_alloc(p.arena, sizeof(*p.spare) + SPARE_SLOTS * sizeof(struct sql_node *));
    if (p.spare == NULL)
        return fault_set(fault, p.arena, FAULT_memory, "the statement needs too much memory");
    p.spare->kind = SQL_LIST;
    p.spare->count = 0;
    size_t end = end_of_statements(text->text);
    if (end == 0 || (text->count == 0 && text->context.program))
        return fault_set(fault, p.arena, FAULT_sql_empty, "the text has no statement");
    if (text->tokens[0].start >= end)
        return true; /* comments alone */
    bool ok = parse_statements(&p, ret_script) && !p.arena->failed;
    if (!ok && !fault_is(fault))
        fault_set(fault, p.arena, FAULT_memory, "the statement needs too much memory");
    if (ok && ret_script->count > 1 && (!text->context.several || text->context.program)) {
        ok = fault_set(fault, p.arena, FAULT_sql_syntax,
                       "several statements in one text, which this session may not send");
        fault->position = text->tokens[ret_script->statements[1].first].start + 1;
    }
    return ok;
}

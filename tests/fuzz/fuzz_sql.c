/* SPDX-License-Identifier: Apache-2.0
 *
 * Any text in any context. The first byte chooses server and version, the second the mode, the
 * third the character set. What is held:
 *   - what would be forwarded reads as the same tokens, and forwards as itself
 *   - it parses exactly when the text does, to the same tree
 *   - tokens lie in the text, one behind the other; nodes lie in the tokens and in their parents
 */
#include "base/limits.h"
#include "sql/ast.h"
#include "sql/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    enum sql_family family;
    uint32_t version;
} servers[] = {{SQL_MYSQL, 90704}, {SQL_MARIADB, 101119}, {SQL_MYSQL, 80036},
               {SQL_MYSQL, 80405}, {SQL_MARIADB, 100618}, {SQL_MARIADB, 110802}};

static void check_tokens(const struct sql_text *text)
{
    uint32_t end = 0;

    for (uint32_t i = 0; i < text->count; i++) {
        const struct sql_token *token = &text->tokens[i];
        REQUIRE(token->start >= end && token->end > token->start);
        REQUIRE(token->end <= text->text.len);
        (void)sql_token_value(text, i);
        end = token->end;
    }
    REQUIRE(text->tokens[text->count].kind == SQL_TOKEN_END);
}

static void check_node(const struct sql_text *text, const struct sql_node *node)
{
    if (node == NULL)
        return;
    REQUIRE(node->kind > SQL_INVALID && node->kind < SQL_NODE_KIND_COUNT);
    /* An empty list may stand where the text ends. */
    REQUIRE(node->first <= node->last && node->last <= text->count);
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->child[i] == NULL)
            continue;
        REQUIRE(node->height > node->child[i]->height);
        check_node(text, node->child[i]);
    }
}

static void same_tokens(const struct sql_text *one, const struct sql_text *other)
{
    REQUIRE(one->count == other->count);
    for (uint32_t i = 0; i < one->count; i++) {
        REQUIRE(one->tokens[i].kind == other->tokens[i].kind);
        REQUIRE(one->tokens[i].word == other->tokens[i].word);
        REQUIRE(str_equal(sql_token_text(one, i), sql_token_text(other, i)));
    }
}

static void dump(const struct sql_script *script, struct buf *out)
{
    for (size_t i = 0; i < script->count; i++)
        sql_dump(script->text, script->statements[i].root, out);
}

static void check_forwarded(struct sql_text *text, struct arena *arena)
{
    struct buf forwarded, tree, again;
    struct sql_text second;
    struct sql_script one, other;
    struct fault fault = {0}, fault_second = {0}, ignored = {0};

    buf_init(&forwarded, (size_t)4 << 20);
    buf_init(&tree, (size_t)64 << 20);
    buf_init(&again, (size_t)64 << 20);
    sql_print_forward(text, 0, text->count - 1, &forwarded);
    REQUIRE(sql_lex(&text->context, buf_str(&forwarded), arena, &second, &ignored));
    same_tokens(text, &second);
    sql_print_forward(&second, 0, second.count - 1, &again);
    REQUIRE(str_equal(buf_str(&forwarded), buf_str(&again)));
    buf_clear(&again);
    bool ok = sql_parse_tokens(text, &one, &fault);
    bool ok_second = sql_parse_tokens(&second, &other, &fault_second);
    /* What is refused is never forwarded: a `;` inside an executable comment is, and would not be
     * once the comment's marks are gone. */
    REQUIRE(ok ? ok_second : !ok_second || !str_equal(buf_str(&forwarded), text->text));
    REQUIRE(ok || (fault_is(&fault) && fault.code != FAULT_internal));
    if (ok) {
        for (size_t i = 0; i < one.count; i++)
            check_node(text, one.statements[i].root);
        dump(&one, &tree);
        dump(&other, &again);
        /* Leaves of several tokens are dumped with what stands between: compare only texts without
         * comments byte by byte. */
        REQUIRE(forwarded.len != text->text.len || str_equal(buf_str(&tree), buf_str(&again)));
    }
    buf_release(&again);
    buf_release(&tree);
    buf_release(&forwarded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sql_context context = {.several = true};
    struct arena arena;
    struct sql_text text;
    struct fault fault = {0};
    struct buf out;

    if (size < 3 || size > 65536)
        return 0;
    context.family = servers[data[0] % ARRAY_LEN(servers)].family;
    context.version = servers[data[0] % ARRAY_LEN(servers)].version;
    context.mode = data[1] & 0x3F;
    context.charset = (enum sql_charset)(1 + data[2] % SQL_CHARSET_UJIS);
    arena_init(&arena, (size_t)64 << 20);
    buf_init(&out, (size_t)4 << 20);
    if (sql_lex(&context, str_make(data + 3, size - 3), &arena, &text, &fault)) {
        check_tokens(&text);
        if (text.count > 0) {
            sql_print_normalized(&text, 0, text.count - 1, &out);
            buf_clear(&out);
            (void)sql_shape(&text, &out);
            check_forwarded(&text, &arena);
        }
    } else {
        REQUIRE(fault_is(&fault) && fault.code != FAULT_internal);
    }
    buf_release(&out);
    arena_release(&arena);
    return 0;
}

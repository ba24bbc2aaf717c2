/* SPDX-License-Identifier: Apache-2.0
 *
 * What the reader makes of a text, for tests that ask a real server as well: texts on stdin, each
 * ended by a NUL (so none can hold one); one JSON line each on stdout:
 *   {"ok": true, "forward": "...", "normalized": "...", "headings": ["..."], "tree": "..."}
 *   {"ok": false, "code": "sql.syntax", "error": "...", "position": 8}
 *
 * usage: sql_read VERSION [MODE [CHARSET]] [--tree]
 */
#include "base/json.h"
#include "base/limits.h"
#include "sql/ast.h"
#include "sql/print.h"

static void put_member(struct json_writer *json, const char *name, const struct buf *text)
{
    json_key(json, name);
    json_bytes(json, buf_str(text));
}

static const struct sql_node *first_select(const struct sql_node *root)
{
    while (root->kind == SQL_QUERY)
        root = root->child[SQL_QUERY_BODY];
    if (root->kind == SQL_SET_OPERATION)
        return first_select(root->child[SQL_SET_OPERATION_LEFT]);
    return root->kind == SQL_SELECT ? root : NULL;
}

static void put_headings(struct json_writer *json, const struct sql_script *script)
{
    const struct sql_node *select = first_select(script->statements[0].root);

    json_key(json, "headings");
    json_array_begin(json);
    for (uint32_t i = 0; select != NULL && i < select->child[SQL_SELECT_ITEMS]->count; i++)
        json_bytes(json, sql_heading(script->text, select->child[SQL_SELECT_ITEMS]->child[i]));
    json_array_end(json);
}

static void put_script(struct json_writer *json, const struct sql_script *script, bool tree)
{
    struct buf text;

    buf_init(&text, (size_t)64 << 20);
    sql_print_forward(script->text, 0, script->text->count - 1, &text);
    put_member(json, "forward", &text);
    buf_clear(&text);
    sql_print_normalized(script->text, 0, script->text->count - 1, &text);
    put_member(json, "normalized", &text);
    buf_clear(&text);
    if (tree) {
        sql_dump(script->text, script->statements[0].root, &text);
        put_member(json, "tree", &text);
    }
    put_headings(json, script);
    buf_release(&text);
}

static void read_one(const struct sql_context *context, struct str sql, bool tree,
                     struct arena *arena)
{
    struct fault fault = {0};
    struct sql_script script;
    struct buf line;
    struct json_writer json;

    arena_reset(arena);
    buf_init(&line, (size_t)256 << 20);
    json_writer_init(&json, &line);
    json_object_begin(&json);
    bool ok = sql_parse(context, sql, arena, &script, &fault);
    json_key(&json, "ok");
    json_bool(&json, ok);
    if (ok) {
        put_script(&json, &script, tree);
    } else {
        json_key(&json, "code");
        json_bytes(&json, str_of(fault_info(fault.code)->code));
        json_key(&json, "error");
        json_bytes(&json, fault.message);
        json_key(&json, "position");
        json_u64(&json, fault.position);
    }
    json_object_end(&json);
    printf("%.*s\n", (int)line.len, line.data);
    buf_release(&line);
}

int main(int argc, char **argv)
{
    struct sql_context context = {.charset = SQL_CHARSET_UTF8, .several = true};
    bool tree = argc > 2 && strcmp(argv[argc - 1], "--tree") == 0;
    char *text = NULL;
    size_t capacity = 0;
    ssize_t len;
    struct arena arena;

    argc -= tree;
    if (argc < 2 || !sql_version_parse(str_of(argv[1]), &context) ||
        (argc > 2 && !sql_mode_parse(context.family, str_of(argv[2]), &context.mode))) {
        fprintf(stderr, "usage: sql_read VERSION [MODE [CHARSET]] [--tree] < TEXTS\n");
        return 2;
    }
    if (argc > 3)
        context.charset = sql_charset_by_name(str_of(argv[3]));
    arena_init(&arena, LIMIT_STATEMENT_ARENA);
    while ((len = getdelim(&text, &capacity, 0, stdin)) > 0) {
        if (text[len - 1] == 0)
            len--;
        read_one(&context, str_make(text, (size_t)len), tree, &arena);
    }
    arena_release(&arena);
    free(text);
    return 0;
}

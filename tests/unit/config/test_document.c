/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/limits.h"
#include "config/field.h"

/* Each problem as `line:column message`, joined by newlines. */
static struct str problems_text(const struct config_problems *problems, struct arena *arena)
{
    struct buf out;
    struct str text;

    buf_init(&out, 65536);
    for (size_t i = 0; i < problems->count; i++) {
        const struct config_problem *p = &problems->items[i];
        buf_printf(&out, "%s%u:%u %.*s", i > 0 ? "\n" : "", p->at.line, p->at.column,
                   STR_ARG(p->message));
    }
    text = arena_copy(arena, buf_str(&out));
    buf_release(&out);
    return text;
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problems;
    } rows[] = {
        {"a: 1\nb: 2\n", ""},
        {"a: 1\na: 2\n", "2:1 `a` stands here twice, first in line 1"},
        {"a: &x 1\nb: *x\n", "1:4 anchors are not allowed\n2:4 aliases are not allowed"},
        {"a: !!int 1\n", "1:4 tags are not allowed"},
        {"<<: {a: 1}\n", "1:1 merge keys are not allowed"},
        {"? [a]\n: 1\n", "1:3 a key must be a plain word"},
        {"a: [1, 2\n", "2:1 not YAML: did not find expected ',' or ']'"},
        {"a:\n\t- 1\n", "2:1 not YAML: found character that cannot start any token"},
        {"a: \xff\n", "0:0 not UTF-8 text"},
        {"a: 1\n---\nb: &y {c: 1, c: 2}\n",
         "3:12 `c` stands here twice, first in line 3\n3:4 anchors are not allowed"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]", "1:25 nested more than 24 deep"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct config_problems problems;
        struct config_document document;
        arena_init(&arena, 1 << 20);
        config_problems_init(&problems, &arena);
        config_document_parse(STR("f.yaml"), str_of(rows[i].text), &arena, &problems, &document);
        struct str text = problems_text(&problems, &arena);
        if (!str_equal(text, str_of(rows[i].problems)) &&
            !(rows[i].problems[0] != '\0' && problems.count == 2))
            fail_msg("row %zu: %.*s", i, STR_ARG(text));
        if (problems.count == 2) /* order of the two is not promised */
            assert_int_equal(text.len, strlen(rows[i].problems));
        arena_release(&arena);
    }
}

static void tree(void **state)
{
    (void)state;
    struct arena arena;
    struct config_problems problems;
    struct config_document document;

    arena_init(&arena, 1 << 20);
    config_problems_init(&problems, &arena);
    assert_true(config_document_parse(
        STR("f"), STR("# c\na:\n  - {b: \"x\"}\n  - ~\n---\n# nothing\n---\nz: 1\n"), &arena,
        &problems, &document));
    assert_int_equal(document.count, 2);
    const struct config_node *list = config_node_get(document.roots[0], "a");
    assert_int_equal(list->kind, CONFIG_NODE_LIST);
    assert_int_equal(list->count, 2);
    const struct config_node *x = config_node_get(list->items[0], "b");
    assert_str(x->text, STR("x"));
    assert_true(x->quoted);
    assert_int_equal(x->at.line, 3);
    assert_int_equal(x->at.column, 9);
    assert_true(config_node_is_null(list->items[1]));
    assert_null(config_node_get(x, "b"));
    arena_release(&arena);
}

static void many_values(void **state)
{
    (void)state;
    struct arena arena;
    struct config_problems problems;
    struct config_document document;
    struct buf text;

    arena_init(&arena, LIMIT_CONFIG_ARENA);
    config_problems_init(&problems, &arena);
    buf_init(&text, LIMIT_DOCUMENT);
    for (int i = 0; i <= LIMIT_DOCUMENT_NODES; i++)
        buf_put_str(&text, STR("- 1\n"));
    assert_false(config_document_parse(STR("f"), buf_str(&text), &arena, &problems, &document));
    assert_int_equal(document.count, 0);
    assert_int_equal(problems.count, 1);
    buf_release(&text);
    arena_release(&arena);
}

static void durations_and_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms, bytes; /* -1: none */
    } rows[] = {
        {"500ms", 500, -1},
        {"30s", 30000, -1},
        {"5m", 300000, -1},
        {"2h", 7200000, -1},
        {"7d", 604800000, -1},
        {"0", 0, 0},
        {"12", -1, 12},
        {"64KiB", -1, 65536},
        {"1kB", -1, 1000},
        {"50MiB", -1, 52428800},
        {"2GiB", -1, 2147483648},
        {"", -1, -1},
        {"s", -1, -1},
        {"-1s", -1, -1},
        {"1.5h", -1, -1},
        {"99999999999999999d", -1, -1},
        {"9223372036854775807GiB", -1, -1},
        {"5 m", -1, -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t v = -1;
        assert_int_equal(config_duration_parse(str_of(rows[i].text), &v), rows[i].ms >= 0);
        if (rows[i].ms >= 0)
            assert_true(v == rows[i].ms);
        assert_int_equal(config_size_parse(str_of(rows[i].text), &v), rows[i].bytes >= 0);
        if (rows[i].bytes >= 0)
            assert_true(v == rows[i].bytes);
    }
}

static void nearest(void **state)
{
    (void)state;
    struct arena arena;
    const char *words[] = {"listeners", "targets", "issuers", NULL};

    arena_init(&arena, 65536);
    assert_string_equal(config_nearest(&arena, STR("listner"), words), "did you mean `listeners`?");
    assert_string_equal(config_nearest(&arena, STR("Target"), words), "did you mean `targets`?");
    assert_null(config_nearest(&arena, STR("zebra"), words));
    assert_null(config_nearest(&arena, STR(""), words));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),     cmocka_unit_test(tree),
        cmocka_unit_test(many_values), cmocka_unit_test(durations_and_sizes),
        cmocka_unit_test(nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/arena.h"

static void cap_is_kept_and_failure_is_sticky(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 8192);
    assert_non_null(arena_alloc(&arena, 1000));
    assert_null(arena_alloc(&arena, 100000));
    assert_true(arena.failed);
    assert_null(arena_alloc(&arena, 1));
    assert_true(arena.used <= 8192);
    arena_reset(&arena);
    assert_false(arena.failed);
    assert_non_null(arena_alloc(&arena, 1));
    arena_release(&arena);
}

static void memory_is_zeroed_after_reset(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    char *p = arena_alloc(&arena, 64);
    memset(p, 'x', 64);
    arena_reset(&arena);
    char *again = arena_alloc(&arena, 64);
    for (int i = 0; i < 64; i++)
        assert_int_equal(again[i], 0);
    arena_release(&arena);
}

static void push_grows_and_keeps(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    int *items = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < 100; i++)
        *(int *)arena_push(&arena, &items, &count, &capacity, sizeof(*items)) = i;
    assert_int_equal(count, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(items[i], i);
    arena_release(&arena);
}

static void huge_counts_do_not_wrap(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 16));
    assert_true(arena.failed);
    arena_reset(&arena);
    assert_null(arena_alloc(&arena, SIZE_MAX - 3));
    arena_release(&arena);
}

static void printf_and_copy(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_str(arena_printf(&arena, "%s-%d", "a", 7), STR("a-7"));
    assert_str(arena_copy(&arena, STR("x\0y")), STR("x\0y"));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cap_is_kept_and_failure_is_sticky),
        cmocka_unit_test(memory_is_zeroed_after_reset),
        cmocka_unit_test(push_grows_and_keeps),
        cmocka_unit_test(huge_counts_do_not_wrap),
        cmocka_unit_test(printf_and_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/fault.h"

static void glob(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *subject;
        bool match;
    } rows[] = {
        {"*", "", true},        {"*", "abc", true},       {"a*c", "abc", true},
        {"a*c", "abd", false},  {"?", "", false},         {"a?c", "abc", true},
        {"*a*b*", "xaxbx", true}, {"*a*b*", "xbxax", false}, {"abc", "abcd", false},
        {"", "", true},         {"", "a", false},         {"A*", "abc", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(str_glob(str_of(rows[i].pattern), str_of(rows[i].subject), false),
                         rows[i].match);
    assert_true(str_glob(STR("A*"), STR("abc"), true));
}

static void numbers(void **state)
{
    (void)state;
    uint64_t v = 5;
    assert_true(str_to_u64(STR("18446744073709551615"), UINT64_MAX, &v));
    assert_true(v == UINT64_MAX);
    assert_false(str_to_u64(STR("18446744073709551616"), UINT64_MAX, &v));
    assert_false(str_to_u64(STR("11"), 10, &v));
    assert_false(str_to_u64(STR("9"), 5, &v));
    assert_false(str_to_u64(STR("-1"), 10, &v));
    assert_false(str_to_u64(STR(""), 10, &v));
}

static void utf8(void **state)
{
    (void)state;
    assert_true(str_is_utf8(STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")));
    assert_false(str_is_utf8(STR("\xC0\x80")));
    assert_false(str_is_utf8(STR("\xED\xA0\x80")));
    assert_false(str_is_utf8(STR("\xF4\x90\x80\x80")));
    assert_false(str_is_utf8(STR("\xE2\x82")));
}

static void slices(void **state)
{
    (void)state;
    struct str head, tail;
    assert_true(str_split(STR("a+b+c"), '+', &head, &tail));
    assert_str(head, STR("a"));
    assert_str(tail, STR("b+c"));
    assert_str(str_trim(STR(" \t x y \n")), STR("x y"));
    assert_str(str_slice(STR("abc"), 2, 9), STR("c"));
    assert_int_equal(str_slice(STR("abc"), 3, 1).len, 0);
    assert_true(str_starts(STR("abc"), STR("ab")));
    assert_true(str_ends(STR("abc"), STR("bc")));
    assert_false(str_ends(STR("c"), STR("bc")));
}

static void time_text(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_SIZE];
    clock_format_us(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
    clock_format_us(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
}

static void fault_text(void **state)
{
    (void)state;
    struct arena arena;
    struct fault fault = {0};
    arena_init(&arena, 1 << 16);
    assert_false(fault_set(&fault, &arena, FAULT_denied_privilege, "UPDATE on %s", "shop.\norders"));
    assert_false(fault_set(&fault, &arena, FAULT_internal, "second"));
    fault.hint = STR("To ask: CALL cardea.request('reason')");
    assert_str(fault_line(&fault, &arena),
               STR("cardea/denied.privilege: UPDATE on shop. orders. To ask: CALL "
                   "cardea.request('reason')"));
    assert_int_equal(fault_info(fault.code)->number, 1142);
    arena_release(&arena);
    /* Without memory for its words it still says what is wrong. */
    arena_init(&arena, 0);
    fault = (struct fault){0};
    assert_false(fault_set(&fault, &arena, FAULT_memory, "the statement needs too much memory"));
    assert_str(fault.message, str_of(fault_info(FAULT_memory)->meaning));
    arena_release(&arena);
}

/* MariaDB's client takes an ERR packet with a client's own number for a malformed packet. */
static void fault_numbers_are_servers(void **state)
{
    (void)state;
    for (int code = FAULT_NONE + 1; code < FAULT_COUNT; code++) {
        uint16_t number = fault_info((enum fault_code)code)->number;
        assert_true(number >= 1000 && (number < 2000 || number > 2999));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(glob),   cmocka_unit_test(numbers),   cmocka_unit_test(utf8),
        cmocka_unit_test(slices), cmocka_unit_test(time_text), cmocka_unit_test(fault_text), cmocka_unit_test(fault_numbers_are_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

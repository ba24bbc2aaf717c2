/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/attr.h"
#include "base/log.h"
#include <unistd.h>

static char text[8192];

/* What was written to standard error meanwhile. */
static struct str captured(void (*write_events)(void))
{
    int ends[2], before = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    write_events();
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    ssize_t n = read(ends[0], text, sizeof(text));
    close(ends[0]);
    return str_make(text, n > 0 ? (size_t)n : 0);
}

static void plain(void)
{
    log_set_role("worker/3");
    log_event(LOG_role_started, log_text("name", "keeper"), log_number("pid", -7));
}

static void a_line_has_its_fields(void **state)
{
    (void)state;
    struct str line = captured(plain);
    assert_true(str_starts(line, STR("time=2")));
    assert_true(str_ends(line, STR(" level=info role=worker/3 event=role_started name=keeper pid=-7\n")));
}

static void hostile(void)
{
    log_event(LOG_role_refused,
              log_str("problem", STR("a\nevent=forged \x1b[2J \"quoted\" \\ \xff nul\0end")));
}

static void no_value_can_forge_a_line(void **state)
{
    (void)state;
    struct str line = captured(hostile);
    assert_int_equal(str_find_char(line, '\n'), line.len - 1);
    for (size_t i = 0; i + 1 < line.len; i++)
        assert_in_range((unsigned char)line.ptr[i], 0x20, 0x7E);
    assert_true(str_find(line, STR("problem=\"a\\x0aevent=forged \\x1b[2J \\\"quoted\\\" \\\\ \\xff "
                                   "nul\\x00end\"")) > 0);
}

static void long_values(void)
{
    static char big[5000];
    struct str many = str_make(big, sizeof(big));
    memset(big, 'x', sizeof(big));
    log_event(LOG_role_refused, log_str("one", many), log_str("two", many));
    for (int i = 0; i < 2; i++)
        memset(big, '\x01', sizeof(big));
    log_event(LOG_role_refused, log_str("a", many), log_str("b", many), log_str("c", many),
              log_str("d", many), log_str("e", many));
}

static void long_values_are_cut(void **state)
{
    (void)state;
    struct str all = captured(long_values), first, second;
    assert_true(str_split(all, '\n', &first, &second));
    assert_in_range(first.len, 2 * LOG_VALUE_MAX, 2 * LOG_VALUE_MAX + 150);
    assert_true(second.len <= 4096);
    assert_int_equal(str_find_char(second, '\n'), second.len - 1);
}

static void below_the_level(void)
{
    log_set_level(LOG_WARNING);
    log_event(LOG_role_started);
    log_event(LOG_role_configured);
    log_set_level(LOG_INFO);
}

static void levels_hold_back(void **state)
{
    (void)state;
    enum log_level level;
    assert_int_equal(captured(below_the_level).len, 0);
    assert_true(log_level_of_name(STR("error"), &level));
    assert_int_equal(level, LOG_ERROR);
    assert_false(log_level_of_name(STR("loud"), &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_its_fields),
        cmocka_unit_test(no_value_can_forge_a_line),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(levels_hold_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

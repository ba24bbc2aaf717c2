/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of administration agree with one another.
 */
#include "../test.h"
#include "lineage/internal.h"

/* A form that the parser reads and nobody says what it is would be refused as an unknown. */
static void forms_have_kinds(void **state)
{
    struct sql_text text = {.count = 0};

    (void)state;
    for (unsigned form = SQL_ADMIN_NONE + 1; form < SQL_ADMIN_COUNT; form++) {
        struct sql_node node = {.kind = SQL_ADMIN, .op = (uint16_t)form};
        if (sql_statement_kind(&text, &node) == STATEMENT_OTHER)
            fail_msg("%s has no row in admin_rule_table.h", sql_admin_text((enum sql_admin)form));
    }
}

static void privileges_by_server(void **state)
{
    (void)state;
    assert_int_equal(privilege_on(PRIVILEGE_SELECT, true, 101100), PRIVILEGE_SELECT);
    assert_int_equal(privilege_on(PRIVILEGE_CONNECTION_ADMIN, false, 90704),
                     PRIVILEGE_CONNECTION_ADMIN);
    assert_int_equal(privilege_on(PRIVILEGE_CONNECTION_ADMIN, true, 101100), PRIVILEGE_INVALID);
    assert_int_equal(privilege_on(PRIVILEGE_FLUSH_PRIVILEGES, false, 80036), PRIVILEGE_RELOAD);
    assert_int_equal(privilege_on(PRIVILEGE_SET_USER_ID, false, 80036), PRIVILEGE_SET_USER_ID);
    assert_int_equal(privilege_on(PRIVILEGE_SET_USER_ID, false, 80400), PRIVILEGE_INVALID);
    assert_int_equal(privilege_on(PRIVILEGE_SHOW_CREATE_ROUTINE, true, 101100), PRIVILEGE_INVALID);
    assert_true(privilege_grantable(PRIVILEGE_EXECUTE, OBJECT_SCHEMA));
    assert_false(privilege_grantable(PRIVILEGE_EXECUTE, OBJECT_TABLE));
    assert_false(privilege_grantable(PRIVILEGE_RELOAD, OBJECT_SCHEMA));
    assert_true(privilege_grantable(PRIVILEGE_RELOAD, OBJECT_GLOBAL));
    assert_true(privilege_by_name_only(PRIVILEGE_RELOAD));
    assert_true(privilege_by_name_only(PRIVILEGE_GRANT_OPTION));
    assert_false(privilege_by_name_only(PRIVILEGE_FILE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_have_kinds),
        cmocka_unit_test(privileges_by_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

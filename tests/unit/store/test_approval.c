/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/attr.h"
#include "store/approval.h"

static struct approval_ask sample(void)
{
    return (struct approval_ask){
        .issuer = STR("https://id.example"),
        .subject = STR("agent-7"),
        .target = STR("shop"),
        .statement = STR("ALTER TABLE t ADD c INT"),
        .values = STR("[1]"),
        .objects = STR("{\"shop.t\":\"aa\"}"),
        .reason = STR("because"),
        .groups = STR("dba\nleads"),
        .count = 1,
        .valid_us = 1000,
    };
}

static void each_part_is_bound(void **state)
{
    (void)state;
    struct approval_ask base = sample();
    unsigned char key[32], fingerprint[32], other[32];

    approval_key(&base, key);
    approval_fingerprint(&base, fingerprint);
/* does (key, fingerprint) differ when the field changes? */
#define ROW(field, value, key_differs, fingerprint_differs)                                        \
    do {                                                                                           \
        struct approval_ask ask = sample();                                                        \
        ask.field = value;                                                                         \
        approval_key(&ask, other);                                                                 \
        if ((memcmp(key, other, 32) != 0) != (key_differs))                                        \
            fail_msg("key and %s", #field);                                                        \
        approval_fingerprint(&ask, other);                                                         \
        if ((memcmp(fingerprint, other, 32) != 0) != (fingerprint_differs))                        \
            fail_msg("fingerprint and %s", #field);                                                \
    } while (0)
    ROW(issuer, STR("https://id.example/"), true, true);
    ROW(subject, STR("agent-8"), true, true);
    ROW(target, STR("shop2"), true, true);
    ROW(statement, STR("ALTER TABLE t ADD c INT "), true, true);
    ROW(values, STR("[2]"), true, true);
    ROW(objects, STR("{\"shop.t\":\"ab\"}"), false, true);
    ROW(groups, STR("dba"), false, true);
    ROW(count, 2, false, true);
    ROW(valid_us, 2000, false, true);
    ROW(reason, STR("other"), false, false);
    ROW(name, STR("other"), false, false);
    ROW(session, STR("other"), false, false);
    ROW(rule, STR("other"), false, false);
    ROW(summary, STR("other"), false, false);
}

static void bytes_do_not_slide_between_fields(void **state)
{
    (void)state;
    struct approval_ask a = sample(), b = sample();
    unsigned char one[32], two[32];

    a.target = STR("shopA");
    a.statement = STR("LTER TABLE t");
    b.target = STR("shop");
    b.statement = STR("ALTER TABLE t");
    approval_key(&a, one);
    approval_key(&b, two);
    assert_memory_not_equal(one, two, 32);
}

static void groups_are_walked(void **state)
{
    (void)state;
    size_t position = 0;
    struct str group;
    struct str groups = STR("\ndba\n\nleads");

    assert_true(approval_group_next(groups, &position, &group));
    assert_str(group, STR("dba"));
    assert_true(approval_group_next(groups, &position, &group));
    assert_str(group, STR("leads"));
    assert_false(approval_group_next(groups, &position, &group));
    position = 0;
    assert_false(approval_group_next(STR_NONE, &position, &group));
}

static void states_have_names(void **state)
{
    (void)state;
    for (int i = 1; i < APPROVAL_STATE_COUNT; i++) {
        enum approval_state s = (enum approval_state)i;
        assert_int_equal(approval_state_by_text(str_of(approval_state_text(s))), s);
    }
    assert_int_equal(approval_state_by_text(STR("invalid")), APPROVAL_INVALID);
    assert_string_equal(approval_state_text((enum approval_state)99), "invalid");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_is_bound),
        cmocka_unit_test(bytes_do_not_slide_between_fields),
        cmocka_unit_test(groups_are_walked),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

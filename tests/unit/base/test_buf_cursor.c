/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/buf.h"
#include "base/cursor.h"

static void integers_come_back(void **state)
{
    (void)state;
    static const uint64_t values[] = {0, 250, 251, 0xFFFF, 0x10000, 0xFFFFFF, 0x1000000, UINT64_MAX};
    struct buf buf;
    buf_init(&buf, 1024);
    buf_put_u8(&buf, 7);
    buf_put_u16(&buf, 0x0102);
    buf_put_u24(&buf, 0x010203);
    buf_put_u32(&buf, 0x01020304);
    buf_put_u64(&buf, 0x0102030405060708);
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        buf_put_lenenc(&buf, values[i]);
    buf_put_lenenc_str(&buf, STR("abc"));
    struct cursor c = cursor_over(buf_str(&buf));
    assert_int_equal(cursor_peek(&c), 7);
    assert_int_equal(cursor_u8(&c), 7);
    assert_int_equal(cursor_u16(&c), 0x0102);
    assert_int_equal(cursor_u24(&c), 0x010203);
    assert_int_equal(cursor_u32(&c), 0x01020304);
    assert_int_equal(cursor_u64(&c), 0x0102030405060708);
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        assert_true(cursor_lenenc(&c) == values[i]);
    assert_str(cursor_lenenc_str(&c), STR("abc"));
    assert_true(cursor_done(&c));
    buf_release(&buf);
}

static void reading_past_the_end_is_sticky(void **state)
{
    (void)state;
    struct cursor c = cursor_over(STR("ab"));
    assert_int_equal(cursor_u32(&c), 0);
    assert_false(cursor_ok(&c));
    assert_int_equal(cursor_u8(&c), 0);
    assert_int_equal(cursor_left(&c), 0);
    assert_false(cursor_done(&c));
}

static void lengths_from_a_peer_are_bounded(void **state)
{
    (void)state;
    struct cursor c = cursor_over(STR("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" "abc"));
    assert_int_equal(cursor_lenenc_str(&c).len, 0);
    assert_false(cursor_ok(&c));
    c = cursor_over(STR("\xFB"));
    (void)cursor_lenenc(&c);
    assert_false(cursor_ok(&c));
    c = cursor_over(STR("no end"));
    (void)cursor_nul_str(&c);
    assert_false(cursor_ok(&c));
    c = cursor_over(STR_NONE);
    assert_int_equal(cursor_rest(&c).len, 0);
    assert_true(cursor_done(&c));
}

static void a_buffer_keeps_its_maximum(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 300);
    buf_put_zero(&buf, 300);
    assert_false(buf.failed);
    buf_put_u8(&buf, 1);
    assert_true(buf.failed);
    assert_int_equal(buf.len, 300);
    buf_consume(&buf, 299);
    assert_int_equal(buf.len, 1);
    buf_clear(&buf);
    buf_put_u8(&buf, 1);
    assert_false(buf.failed);
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_come_back),
        cmocka_unit_test(reading_past_the_end_is_sticky),
        cmocka_unit_test(lengths_from_a_peer_are_bounded),
        cmocka_unit_test(a_buffer_keeps_its_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

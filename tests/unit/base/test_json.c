/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/json.h"

static void text_can_not_break_out(void **state)
{
    (void)state;
    static const struct {
        struct str in, out;
    } rows[] = {
        {STR_INIT("plain"), STR_INIT("\"plain\"")},
        {STR_INIT("a\"b\\c"), STR_INIT("\"a\\\"b\\\\c\"")},
        {STR_INIT("a\nb\x1b[2J"), STR_INIT("\"a\\nb\\u001b[2J\"")},
        {STR_INIT("\x7f\xC2\x85\xE2\x80\xA8"), STR_INIT("\"\\u007f\\u0085\\u2028\"")},
        {STR_INIT("gr\xC3\xBC\xC3\x9F"), STR_INIT("\"gr\xC3\xBC\xC3\x9F\"")},
        {STR_INIT("\xFFx"), STR_INIT("\"\\ufffdx\"")},
        {STR_INIT("x\0y"), STR_INIT("\"x\\u0000y\"")},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf buf;
        struct json_writer w;
        buf_init(&buf, 4096);
        json_writer_init(&w, &buf);
        json_text(&w, rows[i].in);
        assert_str(buf_str(&buf), rows[i].out);
        buf_release(&buf);
    }
}

static void structure_and_bytes(void **state)
{
    (void)state;
    struct buf buf;
    struct json_writer w;
    buf_init(&buf, 4096);
    json_writer_init(&w, &buf);
    json_object_begin(&w);
    json_key(&w, "a");
    json_array_begin(&w);
    json_u64(&w, 1);
    json_i64(&w, -2);
    json_bool(&w, true);
    json_put_null(&w);
    json_array_end(&w);
    json_key(&w, "b");
    json_bytes(&w, STR("\xFF\x00\x01"));
    json_object_end(&w);
    assert_str(buf_str(&buf), STR("{\"a\":[1,-2,true,null],\"b\":{\"b64\":\"/wAB\"}}"));
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_can_not_break_out),
        cmocka_unit_test(structure_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

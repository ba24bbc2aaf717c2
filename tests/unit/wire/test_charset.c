/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/attr.h"
#include "wire/charset.h"

static void ids_of_both_products(void **state)
{
    (void)state;
    static const struct {
        uint32_t id;
        const char *name;
        bool safe;
    } rows[] = {
        {1, "big5", false},      {8, "latin1", true},      {10, "swe7", false},
        {13, "sjis", false},     {28, "gbk", false},       {33, "utf8mb3", true},
        {45, "utf8mb4", true},   {63, "binary", true},     {76, "utf8mb3", true},
        {83, "utf8mb3", true},   {87, "gbk", false},       {95, "cp932", false},
        {54, "utf16", false},    {35, "ucs2", false},      {60, "utf32", false},
        {56, "utf16le", false},  {192, "utf8mb3", true},   {224, "utf8mb4", true},
        {248, "gb18030", false}, {255, "utf8mb4", true},   {323, "utf8mb4", true},
        {576, "utf8mb3", true},  {1025, "big5", false},    {1069, "utf8mb4", true},
        {1052, "gbk", false},    {1248, "utf8mb4", true},  {2048, "utf8mb3", true},
        {2304, "utf8mb4", true}, {2560, "ucs2", false},    {2816, "utf16", false},
        {3072, "utf32", false},  {3271, "utf32", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct wire_charset *c = wire_charset_by_collation(rows[i].id);
        assert_non_null(c);
        assert_str(c->name, str_of(rows[i].name));
        assert_int_equal(c->safe, rows[i].safe);
    }
}

static void other_ids_are_nobodys(void **state)
{
    (void)state;
    static const uint32_t ids[] = {0, 17, 100, 324, 1023, 1024, 3328, 70000, UINT32_MAX};

    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        assert_null(wire_charset_by_collation(ids[i]));
}

static void names_and_defaults(void **state)
{
    (void)state;
    assert_ptr_equal(wire_charset_by_name(STR("utf8")), wire_charset_by_name(STR("UTF8MB3")));
    assert_null(wire_charset_by_name(STR("utf9")));
    assert_int_equal(wire_charset_by_name(STR("utf8mb4"))->max_length, 4);
    assert_int_equal(wire_charset_by_name(STR("euckr"))->max_length, 2);
    assert_int_equal(wire_charset_default_collation(wire_charset_by_name(STR("utf8mb4"))), 45);
    for (uint32_t id = 1; id < 256; id++) {
        const struct wire_charset *c = wire_charset_by_collation(id);
        if (c == NULL)
            continue;
        assert_ptr_equal(wire_charset_by_collation(wire_charset_default_collation(c)), c);
        assert_ptr_equal(wire_charset_by_name(c->name), c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_of_both_products),
        cmocka_unit_test(other_ids_are_nobodys),
        cmocka_unit_test(names_and_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

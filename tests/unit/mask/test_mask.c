/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "mask/mask.h"
#include "wire/charset.h"

static struct secret key;

static const struct policy_mask masks[] = {
    {.kind = POLICY_MASK_NULL, .tag = STR_INIT("t")},
    {.kind = POLICY_MASK_REDACT, .tag = STR_INIT("t")},
    {.kind = POLICY_MASK_PARTIAL, .tag = STR_INIT("t"), .last = 4},
    {.kind = POLICY_MASK_EMAIL, .tag = STR_INIT("t")},
    {.kind = POLICY_MASK_PSEUDONYM, .tag = STR_INIT("t")},
    {.kind = POLICY_MASK_DATE, .tag = STR_INIT("t"), .unit = POLICY_DATE_YEAR},
};
enum { M_NULL, M_REDACT, M_PARTIAL, M_EMAIL, M_PSEUDONYM, M_DATE };

#define UTF8   45 /* utf8mb4_general_ci */
#define LATIN1 8
#define BINARY WIRE_COLLATION_BINARY

/* A type, a value in both protocols, and what each mask makes of it. `=`: of the same type, and
 * another one; checked apart. NULL: SQL NULL. The binary side must render to the same text. */
static const struct {
    const char *name;
    uint8_t type;
    uint16_t collation, flags;
    uint32_t length;
    uint8_t decimals;
    const char *text;
    struct str binary;
    const char *out[6];
} types[] = {
#define N          NULL
#define B(literal) STR_INIT(literal)
    {"varchar",
     WIRE_TYPE_VAR_STRING,
     UTF8,
     0,
     80,
     0,
     "4111-1111-1111-1234",
     B("4111-1111-1111-1234"),
     {N, "[masked]", "XXXX-XXXX-XXXX-1234", "[masked]", "=", "[masked]"}},
    {"char",
     WIRE_TYPE_STRING,
     LATIN1,
     0,
     80,
     0,
     "j@x.io",
     B("j@x.io"),
     {N, "[masked]", "XXX.io", "***@x.io", "=", "[masked]"}},
    {"text",
     WIRE_TYPE_BLOB,
     UTF8,
     WIRE_COLUMN_BLOB,
     65535,
     0,
     "\xc3\xa4\xc3\xb6@x.io",
     B("\xc3\xa4\xc3\xb6@x.io"),
     {N, "[masked]", "XXXX.io", "\xc3\xa4***@x.io", "=", "[masked]"}},
    {"date as text",
     WIRE_TYPE_VAR_STRING,
     UTF8,
     0,
     80,
     0,
     "1987-06-05",
     B("1987-06-05"),
     {N, "[masked]", "XXXX-X6-05", "[masked]", "=", "1987-01-01"}},
    {"enum",
     WIRE_TYPE_STRING,
     UTF8,
     WIRE_COLUMN_ENUM,
     40,
     0,
     "red",
     B("red"),
     {N, "[masked]", "XXd", "[masked]", "=", "[masked]"}},
    {"gbk",
     WIRE_TYPE_VAR_STRING,
     28,
     0,
     40,
     0,
     "abcdefgh",
     B("abcdefgh"),
     {N, "[masked]", "[masked]", "[masked]", "=", "[masked]"}},
    {"varbinary",
     WIRE_TYPE_VAR_STRING,
     BINARY,
     WIRE_COLUMN_BINARY,
     40,
     0,
     "\x01\x02@abcd",
     B("\x01\x02@abcd"),
     {N, "[masked]", "[masked]", "[masked]", "=", "[masked]"}},
    {"json",
     WIRE_TYPE_JSON,
     BINARY,
     0,
     40,
     0,
     "{\"a\": 1}",
     B("{\"a\": 1}"),
     {N, "\"[masked]\"", "\"[masked]\"", "\"[masked]\"", "=", "\"[masked]\""}},
    {"tinyint", WIRE_TYPE_TINY, BINARY, 0, 4, 0, "-5", B("\xfb"), {N, N, N, N, "=", N}},
    {"tinyint unsigned",
     WIRE_TYPE_TINY,
     BINARY,
     WIRE_COLUMN_UNSIGNED,
     3,
     0,
     "251",
     B("\xfb"),
     {N, N, N, N, "=", N}},
    {"smallint", WIRE_TYPE_SHORT, BINARY, 0, 6, 0, "258", B("\x02\x01"), {N, N, N, N, "=", N}},
    {"mediumint",
     WIRE_TYPE_INT24,
     BINARY,
     0,
     9,
     0,
     "-2",
     B("\xfe\xff\xff\xff"),
     {N, N, N, N, "=", N}},
    {"int",
     WIRE_TYPE_LONG,
     BINARY,
     0,
     11,
     0,
     "16909060",
     B("\x04\x03\x02\x01"),
     {N, N, N, N, "=", N}},
    {"int zerofill",
     WIRE_TYPE_LONG,
     BINARY,
     WIRE_COLUMN_UNSIGNED | WIRE_COLUMN_ZEROFILL,
     10,
     0,
     "0000000007",
     B("\x07\0\0\0"),
     {N, N, N, N, "=", N}},
    {"bigint",
     WIRE_TYPE_LONGLONG,
     BINARY,
     0,
     20,
     0,
     "-1",
     B("\xff\xff\xff\xff\xff\xff\xff\xff"),
     {N, N, N, N, "=", N}},
    {"decimal",
     WIRE_TYPE_NEWDECIMAL,
     BINARY,
     0,
     12,
     2,
     "1234.50",
     B("1234.50"),
     {N, N, N, N, "=", N}},
    {"float", WIRE_TYPE_FLOAT, BINARY, 0, 12, 31, "1.5", B("\0\0\xc0\x3f"), {N, N, N, N, "=", N}},
    {"double",
     WIRE_TYPE_DOUBLE,
     BINARY,
     0,
     22,
     31,
     "1.5",
     B("\0\0\0\0\0\0\xf8\x3f"),
     {N, N, N, N, "=", N}},
    {"date",
     WIRE_TYPE_DATE,
     BINARY,
     0,
     10,
     0,
     "1987-06-05",
     B("\xc3\x07\x06\x05"),
     {N, N, N, N, "=", "1987-01-01"}},
    {"datetime",
     WIRE_TYPE_DATETIME,
     BINARY,
     0,
     19,
     0,
     "1987-06-05 04:03:02",
     B("\xc3\x07\x06\x05\x04\x03\x02"),
     {N, N, N, N, "=", "1987-01-01 00:00:00"}},
    {"timestamp(3)",
     WIRE_TYPE_TIMESTAMP,
     BINARY,
     0,
     23,
     3,
     "1987-06-05 04:03:02.500",
     B("\xc3\x07\x06\x05\x04\x03\x02\x20\xa1\x07\0"),
     {N, N, N, N, "=", "1987-01-01 00:00:00.000"}},
    {"zero date",
     WIRE_TYPE_DATE,
     BINARY,
     0,
     10,
     0,
     "0000-00-00",
     B(""),
     {N, N, N, N, "=", "0000-00-00"}},
    {"time",
     WIRE_TYPE_TIME,
     BINARY,
     0,
     10,
     0,
     "-27:03:02",
     B("\1\1\0\0\0\3\3\2"),
     {N, N, N, N, "=", N}},
    {"year",
     WIRE_TYPE_YEAR,
     BINARY,
     WIRE_COLUMN_UNSIGNED,
     4,
     0,
     "1987",
     B("\xc3\x07"),
     {N, N, N, N, "=", "1987"}},
    {"bit", WIRE_TYPE_BIT, BINARY, 0, 8, 0, "\x05", B("\x05"), {N, N, N, N, N, N}},
    {"geometry", WIRE_TYPE_GEOMETRY, BINARY, 0, 8, 0, "xyz", B("xyz"), {N, N, N, N, N, N}},
    {"vector", WIRE_TYPE_VECTOR, BINARY, 0, 8, 0, "xyz", B("xyz"), {N, N, N, N, N, N}},
    {"null", WIRE_TYPE_NULL, BINARY, 0, 8, 0, "", B(""), {N, N, N, N, N, N}},
    {"unknown type", 200, BINARY, 0, 8, 0, "xyz", B("xyz"), {N, N, N, N, N, N}},
#undef N
#undef B
};

static struct wire_column column_of(size_t i)
{
    return (struct wire_column){.type = types[i].type,
                                .collation = types[i].collation,
                                .flags = types[i].flags,
                                .length = types[i].length,
                                .decimals = types[i].decimals};
}

/* The value as text, whatever protocol it came in. */
static struct str as_text(const struct wire_column *column, bool binary, struct str value,
                          struct buf *out)
{
    buf_clear(out);
    if (!binary)
        return value;
    assert_true(
        wire_value_render(out, column->type, (column->flags & WIRE_COLUMN_UNSIGNED) != 0, value));
    return buf_str(out);
}

static void check_one(size_t i, size_t m, bool binary, struct str *ret_text, struct buf *text)
{
    struct wire_column column = column_of(i);
    struct wire_value in = {binary ? types[i].binary : str_of(types[i].text), false}, out;
    const char *want = types[i].out[m];
    struct buf scratch;

    buf_init(&scratch, 65536);
    mask_value(&masks[m], &column, binary, &in, &key, &scratch, &out);
    if (out.null != (want == NULL))
        fail_msg("%s, mask %zu, %s: null", types[i].name, m, binary ? "binary" : "text");
    *ret_text = STR_NONE;
    if (!out.null) {
        struct str got = as_text(&column, binary, out.bytes, text);
        /* rendered temporal values leave zero times and fractions out */
        if (strcmp(want, "=") == 0)
            assert_false(str_equal(got, str_of(types[i].text)));
        else if (!str_equal(got, str_of(want)) &&
                 !(binary && got.len > 0 && str_starts(str_of(want), str_slice(got, 0, 19))))
            fail_msg("%s, mask %zu, %s: %.*s", types[i].name, m, binary ? "binary" : "text",
                     STR_ARG(got));
        buf_clear(text);
        struct str copy = got;
        if (got.ptr != text->data) {
            buf_put_str(text, got);
            copy = buf_str(text);
        } else {
            copy.len = got.len;
        }
        *ret_text = copy;
        if (binary) { /* it can stand in a row */
            struct buf row;
            buf_init(&row, 65536);
            size_t bitmap = wire_binary_row_begin(&row, 1);
            assert_true(wire_binary_row_put(&row, bitmap, 0, column.type, &out));
            buf_release(&row);
        }
    }
    buf_release(&scratch);
}

static void every_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        for (size_t m = 0; m < ARRAY_LEN(masks); m++) {
            struct buf a, b;
            struct str text, binary;
            buf_init(&a, 65536);
            buf_init(&b, 65536);
            if (types[i].type != 200) {
                check_one(i, m, true, &binary, &b);
                check_one(i, m, false, &text, &a);
                if (m == M_PSEUDONYM && !str_starts(text, str_slice(binary, 0, 19)))
                    fail_msg("%s: pseudonym %.*s in text, %.*s in binary", types[i].name,
                             STR_ARG(text), STR_ARG(binary));
            }
            buf_release(&a);
            buf_release(&b);
        }
}

/* What redact and null give may not depend on the value, not even on whether it is NULL. */
static void value_independent(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        for (size_t m = M_NULL; m <= M_REDACT; m++) {
            struct wire_column column = column_of(i);
            struct wire_value some = {str_of(types[i].text), false}, none = {STR_NONE, true}, a, b;
            struct buf scratch;
            buf_init(&scratch, 65536);
            mask_value(&masks[m], &column, false, &some, &key, &scratch, &a);
            mask_value(&masks[m], &column, false, &none, &key, &scratch, &b);
            assert_int_equal(a.null, b.null);
            assert_str(a.bytes, b.bytes);
            buf_release(&scratch);
        }
}

static struct str mask_text(const struct policy_mask *mask, const char *text, struct buf *scratch)
{
    struct wire_column column = {.type = WIRE_TYPE_VAR_STRING, .collation = UTF8, .length = 80};
    struct wire_value in = {str_of(text), false}, out;

    mask_value(mask, &column, false, &in, &key, scratch, &out);
    assert_false(out.null);
    return out.bytes;
}

static void partial(void **state)
{
    (void)state;
    static const struct {
        uint32_t first, last;
        const char *in, *out;
    } rows[] = {
        {0, 4, "4111111111111234", "XXXXXXXXXXXX1234"},
        {2, 2, "DE89 3704 0044 0532 0130 00", "DEXX XXXX XXXX XXXX XXXX 00"},
        {0, 4, "1234", "XX34"},
        {0, 4, "1", "X"},
        {0, 4, "", ""},
        {4, 4, "abcd", "XXcd"},
        {3, 0, "abcdef", "abcXXX"},
        {0, 3, "+49 (30) 123-456", "+XX (XX) XXX-456"},
        {1, 0, "\xc3\xa4\xc3\xb6\xc3\xbc", "\xc3\xa4XX"},
        {0, 1, "\xf0\x9f\x98\x80\xf0\x9f\x98", "X\xf0\x9f\x98"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct policy_mask mask = {
            .kind = POLICY_MASK_PARTIAL, .first = rows[i].first, .last = rows[i].last};
        struct buf scratch;
        buf_init(&scratch, 65536);
        assert_str(mask_text(&mask, rows[i].in, &scratch), str_of(rows[i].out));
        buf_release(&scratch);
    }
}

static void email(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"jane@shop.io", "j***@shop.io"},
        {"j@shop.io", "***@shop.io"},
        {"a@b@c.io", "a***@c.io"},
        {"@shop.io", "[masked]"},
        {"jane@", "[masked]"},
        {"jane", "[masked]"},
        {"", "[masked]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf scratch;
        buf_init(&scratch, 65536);
        assert_str(mask_text(&masks[M_EMAIL], rows[i][0], &scratch), str_of(rows[i][1]));
        buf_release(&scratch);
    }
}

static void dates(void **state)
{
    (void)state;
    static const struct {
        enum policy_date_unit unit;
        const char *in, *out;
    } rows[] = {
        {POLICY_DATE_YEAR, "1999-12-31", "1999-01-01"},
        {POLICY_DATE_MONTH, "1999-12-31", "1999-12-01"},
        {POLICY_DATE_DAY, "1999-12-31 23:59:59", "1999-12-31 00:00:00"},
        {POLICY_DATE_DAY, "1999-12-31 23:59:59.123", "1999-12-31 00:00:00"},
        {POLICY_DATE_YEAR, "1999-12-3", "[masked]"},
        {POLICY_DATE_YEAR, "1999-12-31 secret", "[masked]"},
        {POLICY_DATE_YEAR, "1999-13-31", "[masked]"},
        {POLICY_DATE_YEAR, "31.12.1999", "[masked]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct policy_mask mask = {.kind = POLICY_MASK_DATE, .unit = rows[i].unit};
        struct buf scratch;
        buf_init(&scratch, 65536);
        assert_str(mask_text(&mask, rows[i].in, &scratch), str_of(rows[i].out));
        buf_release(&scratch);
    }
}

static void pseudonyms(void **state)
{
    (void)state;
    struct policy_mask other = masks[M_PSEUDONYM];
    struct wire_column column = {.type = WIRE_TYPE_VAR_STRING, .collation = UTF8};
    struct wire_value in = {STR("jane"), false}, out;
    struct buf a, b, c;

    buf_init(&a, 65536);
    buf_init(&b, 65536);
    buf_init(&c, 65536);
    other.tag = STR("u");
    struct str jane = mask_text(&masks[M_PSEUDONYM], "jane", &a);
    assert_int_equal(jane.len, 18);
    assert_str(mask_text(&masks[M_PSEUDONYM], "jane", &b), jane);
    assert_false(str_equal(mask_text(&masks[M_PSEUDONYM], "Jane", &b), jane));
    assert_false(str_equal(mask_text(&other, "jane", &c), jane)); /* another tag */
    mask_value(&masks[M_PSEUDONYM], &column, false, &in, NULL, &b, &out);
    assert_str(out.bytes, STR(MASK_PLACEHOLDER)); /* no key */
    buf_release(&a);
    buf_release(&b);
    buf_release(&c);
}

static void placeholders(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is;
    } rows[] = {
        {"[masked]", true},
        {" [Masked] ", true},
        {"\"[masked]\"", true},
        {"j***@shop.io", true},
        {"***@shop.io", true},
        {"XXXX-XXXX-XXXX-1234", true},
        {"XX34", false},
        {"XXXX34", true},
        {"jane@shop.io", false},
        {"", false},
        {"Xavier", false},
        {"MAXXX Ltd, London", false},
        {"p_abcdefghij234567", true},
        {"p_ABCDEFGHIJ234567", false},
        {"masked", false},
    };
    struct buf scratch;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (mask_is_placeholder(str_of(rows[i].text)) != rows[i].is)
            fail_msg("%s", rows[i].text);
    buf_init(&scratch, 65536);
    assert_true(mask_is_placeholder(mask_text(&masks[M_PSEUDONYM], "jane", &scratch)));
    buf_release(&scratch);
}

static void definitions(void **state)
{
    (void)state;
    struct wire_column column = {.type = WIRE_TYPE_VAR_STRING,
                                 .collation = UTF8,
                                 .length = 8,
                                 .flags = WIRE_COLUMN_NOT_NULL | WIRE_COLUMN_PRIMARY |
                                          WIRE_COLUMN_UNSIGNED};

    mask_column(&masks[M_REDACT], &column);
    assert_int_equal(column.flags, WIRE_COLUMN_UNSIGNED);
    assert_int_equal(column.length, 128);
    column.type = WIRE_TYPE_LONG;
    column.length = 11;
    mask_column(&masks[M_REDACT], &column);
    assert_int_equal(column.length, 11);
}

static const struct wire_column row_columns[] = {
    {.type = WIRE_TYPE_LONG, .collation = BINARY},
    {.type = WIRE_TYPE_VAR_STRING, .collation = UTF8},
    {.type = WIRE_TYPE_LONGLONG, .collation = BINARY},
    {.type = WIRE_TYPE_VAR_STRING, .collation = UTF8},
};

static void rows_of_both(void **state)
{
    (void)state;
    const struct policy_mask *plan[] = {NULL, &masks[M_REDACT], &masks[M_REDACT], NULL};
    struct str text = STR("\1"
                          "7"
                          "\xfb"
                          "\2"
                          "42"
                          "\3"
                          "abc");
    struct str binary = STR("\0\x08"
                            "\7\0\0\0"
                            "\x2a\0\0\0\0\0\0\0"
                            "\3abc"); /* column 1 NULL */
    struct mask_rows rows;
    struct buf out;

    mask_rows_init(&rows, row_columns, plan, 4, &key);
    buf_init(&out, 65536);
    assert_true(mask_row_text(&rows, text, &out));
    assert_str(buf_str(&out), STR("\1"
                                  "7"
                                  "\x08[masked]"
                                  "\xfb"
                                  "\3"
                                  "abc"));
    for (size_t cut = 0; cut < text.len; cut++) {
        buf_clear(&out);
        assert_false(mask_row_text(&rows, str_slice(text, 0, cut), &out));
        assert_int_equal(out.len, 0);
    }
    buf_clear(&out);
    assert_true(mask_row_binary(&rows, binary, &out));
    assert_str(buf_str(&out), STR("\0\x10"
                                  "\7\0\0\0"
                                  "\x08[masked]"
                                  "\3abc")); /* column 2 NULL */
    for (size_t cut = 0; cut < binary.len; cut++) {
        buf_clear(&out);
        assert_false(mask_row_binary(&rows, str_slice(binary, 0, cut), &out));
        assert_int_equal(out.len, 0);
    }
    assert_false(mask_row_binary(&rows,
                                 STR("\0\x08"
                                     "\7\0\0\0"
                                     "\x2a\0\0\0\0\0\0\0"
                                     "\3abcd"),
                                 &out));
    buf_release(&out);
    mask_rows_release(&rows);
}

static int make_key(void **state)
{
    (void)state;
    return secret_set(&key, "0123456789abcdef0123456789abcdef", 32) ? 0 : -1;
}

static int drop_key(void **state)
{
    (void)state;
    secret_release(&key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type),   cmocka_unit_test(value_independent),
        cmocka_unit_test(partial),      cmocka_unit_test(email),
        cmocka_unit_test(dates),        cmocka_unit_test(pseudonyms),
        cmocka_unit_test(placeholders), cmocka_unit_test(definitions),
        cmocka_unit_test(rows_of_both),
    };
    return cmocka_run_group_tests(tests, make_key, drop_key);
}

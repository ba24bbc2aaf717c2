/* SPDX-License-Identifier: Apache-2.0 */
#include "hex.h"
#include "wire/capabilities.h"
#include "wire/commands.h"

static struct arena arena;
static struct buf bytes, out;
static struct wire_parameter_type types[4];
static bool long_data[4];
static struct wire_execute_memory memory;
static struct wire_execute e;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    buf_init(&bytes, 1 << 20);
    buf_init(&out, 1 << 20);
    memset(long_data, 0, sizeof long_data);
    memory = (struct wire_execute_memory){types, long_data, 2, false};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    buf_release(&bytes);
    buf_release(&out);
    return 0;
}

static bool decode(const char *hex, uint64_t capabilities)
{
    return wire_execute_decode(hex_only(&bytes, hex), capabilities, &memory, &arena, &e);
}

/* EXECUTE of statement 7 with a BIGINT 5 and the string "ab". */
#define BOUND "17 07000000 00 01000000 00 01 0800 fd00 0500000000000000 026162"

static void values_and_types(void **state)
{
    (void)state;
    assert_true(decode(BOUND, 0));
    assert_int_equal(e.statement_id, 7);
    assert_int_equal(e.parameter_count, 2);
    assert_int_equal(e.parameters[0].type, WIRE_TYPE_LONGLONG);
    assert_str(e.parameters[0].bytes, STR("\5\0\0\0\0\0\0\0"));
    assert_str(e.parameters[1].bytes, STR("ab"));
    assert_int_equal(e.attribute_count, 0);
    wire_execute_encode(&out, &e);
    assert_true(str_equal(buf_str(&out), buf_str(&bytes)));
}

static void types_are_remembered(void **state)
{
    (void)state;
    const char *again = "17 07000000 00 01000000 01 00 03616263";

    assert_false(decode(again, 0)); /* never bound */
    assert_true(decode(BOUND, 0));
    assert_true(decode(again, 0));
    assert_true(e.parameters[0].null);
    assert_int_equal(e.parameters[0].type, WIRE_TYPE_LONGLONG);
    assert_str(e.parameters[1].bytes, STR("abc"));
    /* Types are sent again to the server, whoever prepared there. */
    wire_execute_encode(&out, &e);
    assert_true(str_equal(buf_str(&out),
                          hex_only(&bytes, "17 07000000 00 01000000 01 01 0800 fd00 03616263")));
}

static void a_refused_packet_changes_no_memory(void **state)
{
    (void)state;
    assert_true(decode(BOUND, 0));
    assert_false(decode("17 07000000 00 01000000 00 01 0100 0100 05", 0)); /* a byte is missing */
    assert_int_equal(types[0].type, WIRE_TYPE_LONGLONG);
}

static void long_data_stands_elsewhere(void **state)
{
    (void)state;
    long_data[1] = true;
    assert_true(decode("17 07000000 00 01000000 00 01 0180 fc00 ff", 0));
    assert_true(e.parameters[0].is_unsigned);
    assert_true(e.parameters[1].long_data && !e.parameters[1].null);
    wire_execute_encode(&out, &e); /* sent before */
    assert_true(str_equal(buf_str(&out), buf_str(&bytes)));
    buf_clear(&out);
    e.parameters[1].long_data = false; /* in place */
    e.parameters[1].bytes = STR("pieces");
    wire_execute_encode(&out, &e);
    assert_true(str_equal(buf_str(&out), hex_only(&bytes, "17 07000000 00 01000000 00 01 0180 fc00"
                                                          "ff 06706965636573")));
    /* A number can't come in pieces. */
    assert_false(decode("17 07000000 00 01000000 00 01 0180 0800 ff", 0));
}

static void a_cursor_is_not_asked_for(void **state)
{
    (void)state;
    assert_true(decode("17 07000000 01 01000000 03 01 0600 0600", 0));
    assert_int_equal(e.flags & WIRE_EXECUTE_CURSOR, 1);
    wire_execute_encode(&out, &e);
    assert_int_equal(out.data[5], 0);
}

static void attributes_are_taken_off(void **state)
{
    (void)state;
    uint64_t caps = WIRE_CAP(QUERY_ATTRIBUTES);
    /* 3 values for 2 parameters; the third is the attribute t = "x". */
    const char *hex = "17 07000000 08 01000000 03 00 01 0800 00 fd00 00 fe00 0174"
                      "0500000000000000 026162 0178";

    assert_true(decode(hex, caps));
    assert_int_equal(e.attribute_count, 1);
    assert_str(e.attributes[0].name, STR("t"));
    assert_str(e.attributes[0].bytes, STR("x"));
    wire_execute_encode(&out, &e);
    assert_true(str_equal(buf_str(&out), hex_only(&bytes, BOUND)));
    assert_false(decode(hex, 0));
    /* Fewer values than parameters. */
    assert_false(decode("17 07000000 08 01000000 01 00 01 0800 00 0500000000000000", caps));
    /* Names are there with the flag agreed, also without a count. */
    assert_true(decode("17 07000000 00 01000000 00 01 0800 00 fd00 00 0500000000000000 026162", caps));
}

static void without_parameters(void **state)
{
    (void)state;
    memory.parameter_count = 0;
    assert_true(decode("17 07000000 00 01000000", 0));
    assert_false(decode("17 07000000 00 01000000 00", 0));
    assert_true(decode("17 07000000 08 01000000 00", WIRE_CAP(QUERY_ATTRIBUTES)));
    assert_true(decode("17 07000000 08 01000000 01 00 01 fe00 0174 0178", WIRE_CAP(QUERY_ATTRIBUTES)));
    assert_int_equal(e.parameter_count, 0);
    wire_execute_encode(&out, &e);
    assert_int_equal(out.len, 10);
}

static void hostile_packets(void **state)
{
    (void)state;
    static const struct {
        const char *name, *hex;
    } rows[] = {
        {"empty", ""},
        {"another command", "16 07000000 00 01000000 00 01 0800 fd00 0500000000000000 026162"},
        {"no iterations", "17 07000000 00 00000000 00 01 0800 fd00 0500000000000000 026162"},
        {"two iterations", "17 07000000 00 02000000 00 01 0800 fd00 0500000000000000 026162"},
        {"bound is 2", "17 07000000 00 01000000 00 02 0800 fd00 0500000000000000 026162"},
        {"a byte behind", "17 07000000 00 01000000 00 01 0800 fd00 0500000000000000 026162 00"},
        {"string too long", "17 07000000 00 01000000 00 01 0800 fd00 0500000000000000 036162"},
        {"string of 2^64", "17 07000000 00 01000000 00 01 0800 fd00 0500000000000000 feffffffffffffffff"},
        {"unknown type", "17 07000000 00 01000000 00 01 0800 4000 0500000000000000 026162"},
        {"type of tables only", "17 07000000 00 01000000 00 01 0800 1200 0500000000000000 026162"},
        {"ENUM", "17 07000000 00 01000000 00 01 0800 f700 0500000000000000 026162"},
        {"DATE of 5 bytes", "17 07000000 00 01000000 00 01 0800 0a00 0500000000000000 050102030405"},
        {"TIME of 7 bytes", "17 07000000 00 01000000 00 01 0800 0b00 0500000000000000 0701020304050607"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (decode(rows[i].hex, 0))
            fail_msg("%s was read", rows[i].name);
    struct str whole = hex_only(&bytes, BOUND);
    for (size_t i = 0; i < whole.len; i++)
        assert_false(wire_execute_decode(str_slice(whole, 0, i), 0, &memory, &arena, &e));
}

/* ---- the other commands ---- */

static void the_command_table_is_whole(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        const struct wire_command *c = wire_command_by_byte((uint8_t)byte);
        if (c->known)
            assert_int_equal(c->byte, byte);
        else
            assert_int_equal(c->how, WIRE_HOW_REFUSE);
        if (c->how == WIRE_HOW_REFUSE)
            assert_int_equal(c->record, WIRE_RECORD_REFUSAL);
    }
    assert_string_equal(wire_command_by_byte(3)->name, "COM_QUERY");
    assert_string_equal(wire_command_by_byte(0x42)->name, "COM_UNKNOWN");
    assert_int_equal(wire_command_by_byte(WIRE_COM_CHANGE_USER)->how, WIRE_HOW_REFUSE);
    assert_int_equal(wire_command_by_byte(WIRE_COM_BINLOG_DUMP)->how, WIRE_HOW_REFUSE);
    assert_false(wire_command_by_byte(WIRE_COM_STMT_CLOSE)->answers);
    assert_true(wire_command_length_ok(wire_command_by_byte(WIRE_COM_STMT_CLOSE), 5));
    assert_false(wire_command_length_ok(wire_command_by_byte(WIRE_COM_STMT_CLOSE), 6));
    assert_false(wire_command_length_ok(wire_command_by_byte(WIRE_COM_STMT_EXECUTE), 9));
    assert_false(wire_command_length_ok(wire_command_by_byte(0x42), 9));
}

static void queries(void **state)
{
    (void)state;
    uint64_t caps = WIRE_CAP(QUERY_ATTRIBUTES);
    struct wire_query q;

    assert_true(wire_query_decode(STR("\3SELECT 1"), 0, &arena, &q));
    assert_str(q.text, STR("SELECT 1"));
    assert_true(wire_query_decode(STR("\3"), 0, &arena, &q));
    assert_int_equal(q.text.len, 0);
    /* The same bytes with the flag are a block of parameters first. */
    assert_false(wire_query_decode(STR("\3SELECT 1"), caps, &arena, &q));
    assert_true(wire_query_decode(STR("\3\0\1SELECT 1"), caps, &arena, &q));
    assert_str(q.text, STR("SELECT 1"));
    assert_true(wire_query_decode(hex_only(&bytes, "03 02 01 02 01 fe00 0174 0800 0175 0178 53454c"),
                                  caps, &arena, &q));
    assert_int_equal(q.attribute_count, 2);
    assert_str(q.attributes[0].name, STR("t"));
    assert_str(q.attributes[0].bytes, STR("x"));
    assert_true(q.attributes[1].null);
    assert_str(q.text, STR("SEL"));
    wire_query_encode(&out, q.text);
    assert_str(buf_str(&out), STR("\3SEL"));
}

static void hostile_queries(void **state)
{
    (void)state;
    static const struct {
        const char *name, *hex;
    } rows[] = {
        {"two parameter sets", "03 00 02 53"},
        {"no parameter set", "03 00 00 53"},
        {"types not bound", "03 01 01 00 00 0178 53"},
        {"more than the limit", "03 41 01"},
        {"2^64 attributes", "03 feffffffffffffffff 01"},
        {"value beyond the packet", "03 01 01 00 01 fe00 0174 ff"},
        {"name beyond the packet", "03 01 01 00 01 fe00 ff74"},
        {"cut in the bitmap", "03 01 01"},
    };
    struct wire_query q;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (wire_query_decode(hex_only(&bytes, rows[i].hex), WIRE_CAP(QUERY_ATTRIBUTES), &arena, &q))
            fail_msg("%s was read", rows[i].name);
}

static void short_commands(void **state)
{
    (void)state;
    struct wire_long_data piece;
    uint32_t id;
    bool multi;

    assert_true(wire_statement_id_decode(STR("\x19\1\2\0\0"), &id));
    assert_int_equal(id, 513);
    assert_false(wire_statement_id_decode(STR("\x19\1\2\0"), &id));
    assert_false(wire_statement_id_decode(STR("\x19\1\2\0\0\0"), &id));
    wire_statement_id_encode(&out, WIRE_COM_STMT_RESET, 513);
    assert_str(buf_str(&out), STR("\x1A\1\2\0\0"));
    assert_true(wire_set_option_decode(STR("\x1B\0\0"), &multi) && multi);
    assert_true(wire_set_option_decode(STR("\x1B\1\0"), &multi) && !multi);
    assert_false(wire_set_option_decode(STR("\x1B\2\0"), &multi));
    assert_true(wire_long_data_decode(STR("\x18\1\0\0\0\2\0data"), &piece));
    assert_int_equal(piece.parameter, 2);
    assert_str(piece.bytes, STR("data"));
    buf_clear(&out);
    wire_long_data_encode(&out, &piece);
    assert_str(buf_str(&out), STR("\x18\1\0\0\0\2\0data"));
    assert_false(wire_long_data_decode(STR("\x18\1\0\0\0\2"), &piece));
    assert_true(wire_execute_statement_id(STR("\x17\1\0\0\0"), &id));
    assert_false(wire_execute_statement_id(STR("\x17\1\0\0"), &id));
}

static void values_as_text(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        bool is_unsigned;
        const char *hex, *text;
    } rows[] = {
        {WIRE_TYPE_TINY, false, "ff", "-1"},
        {WIRE_TYPE_TINY, true, "ff", "255"},
        {WIRE_TYPE_SHORT, false, "0080", "-32768"},
        {WIRE_TYPE_LONG, true, "feffffff", "4294967294"},
        {WIRE_TYPE_INT24, false, "000080ff", "-8388608"},
        {WIRE_TYPE_LONGLONG, false, "0000000000000080", "-9223372036854775808"},
        {WIRE_TYPE_LONGLONG, true, "ffffffffffffffff", "18446744073709551615"},
        {WIRE_TYPE_YEAR, false, "e807", "2024"},
        {WIRE_TYPE_FLOAT, false, "0000c03f", "1.5"},
        {WIRE_TYPE_DOUBLE, false, "00000000000002c0", "-2.25"},
        {WIRE_TYPE_DATE, false, "e407021d", "2020-02-29"},
        {WIRE_TYPE_DATE, false, "", "0000-00-00"},
        {WIRE_TYPE_DATETIME, false, "e407021d", "2020-02-29 00:00:00"},
        {WIRE_TYPE_DATETIME, false, "e407021d010203", "2020-02-29 01:02:03"},
        {WIRE_TYPE_TIMESTAMP, false, "e407021d01020304000000", "2020-02-29 01:02:03.000004"},
        {WIRE_TYPE_TIME, false, "", "00:00:00"},
        {WIRE_TYPE_TIME, false, "0101000000010001", "-25:00:01"},
        {WIRE_TYPE_TIME, false, "010100000001000120a10700", "-25:00:01.500000"},
        {WIRE_TYPE_VAR_STRING, false, "68c3a9", "h\xC3\xA9"},
        {WIRE_TYPE_NEWDECIMAL, false, "3132332e3435", "123.45"},
        {WIRE_TYPE_NULL, false, "", "NULL"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str value = hex_only(&bytes, rows[i].hex);
        buf_clear(&out);
        assert_true(wire_value_render(&out, rows[i].type, rows[i].is_unsigned, value));
        assert_str(buf_str(&out), str_of(rows[i].text));
    }
    assert_false(wire_value_render(&out, WIRE_TYPE_LONG, false, STR("abc")));
    assert_false(wire_value_render(&out, WIRE_TYPE_DATE, false, STR("abc")));
    assert_false(wire_value_render(&out, WIRE_TYPE_NEWDATE, false, STR("abc")));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_and_types),
        TEST(types_are_remembered),
        TEST(a_refused_packet_changes_no_memory),
        TEST(long_data_stands_elsewhere),
        TEST(a_cursor_is_not_asked_for),
        TEST(attributes_are_taken_off),
        TEST(without_parameters),
        TEST(hostile_packets),
        TEST(the_command_table_is_whole),
        TEST(queries),
        TEST(hostile_queries),
        TEST(short_commands),
        TEST(values_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers were captured from MariaDB 10.11 and MySQL 9.7, a payload a line. The letters say what
 * each payload is: K OK, E ERR, I INFILE, N count, C column, c end of columns, R row, r end of
 * rows, P prepared, A parameter, a end of parameters, X malformed.
 */
#include "hex.h"
#include "wire/packets.h"
#include "wire/result.h"

static struct buf bytes, out;

static int setup(void **state)
{
    (void)state;
    buf_init(&bytes, 1 << 20);
    buf_init(&out, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_release(&bytes);
    buf_release(&out);
    return 0;
}

#define NEW (WIRE_CAP(DEPRECATE_EOF) | WIRE_CAP(SESSION_TRACK) | WIRE_CAP(PROTOCOL_41))
#define OLD WIRE_CAP(PROTOCOL_41)

#define COLUMN_A "036465660000000161000c3f0001000000038100000000"
#define COLUMN_B "036465660000000162000c3f0000000000068000000000"

static char letter(enum wire_part part)
{
    switch (part) {
    case WIRE_PART_MALFORMED:
        return 'X';
    case WIRE_PART_OK:
        return 'K';
    case WIRE_PART_ERR:
        return 'E';
    case WIRE_PART_INFILE:
        return 'I';
    case WIRE_PART_COUNT:
        return 'N';
    case WIRE_PART_COLUMN:
        return 'C';
    case WIRE_PART_COLUMNS_END:
        return 'c';
    case WIRE_PART_ROW:
        return 'R';
    case WIRE_PART_ROWS_END:
        return 'r';
    case WIRE_PART_PREPARED:
        return 'P';
    case WIRE_PART_PARAMETER:
        return 'A';
    case WIRE_PART_PARAMETERS_END:
        return 'a';
    }
    return '?';
}

static const struct {
    const char *name;
    enum wire_answer_to to;
    uint64_t capabilities;
    const char *parts; /* a `.` at the end: done */
    const char *payloads[16];
} answers[] = {
    {"init db", WIRE_TO_SIMPLE, NEW, "K.", {"000000024000000006010403617070"}},
    {"insert", WIRE_TO_QUERY, NEW, "K.", {"00010001000000"}},
    {"error", WIRE_TO_QUERY, NEW, "E.",
     {"ff1e04233432533232556e6b6e6f776e20636f6c756d6e20276e6f70652720696e20276669656c64206c69737427"}},
    {"rows", WIRE_TO_QUERY, NEW, "NCCRr.", {"02", COLUMN_A, COLUMN_B, "0131fb", "fe000000800000"}},
    {"rows and EOF", WIRE_TO_QUERY, OLD, "NCCcRr.",
     {"02", COLUMN_A, COLUMN_B, "fe00000080", "0131fb", "fe00000080"}},
    {"two results", WIRE_TO_QUERY, NEW, "NCRrNCRr.",
     {"01", COLUMN_A, "0131", "fe000008800000", "01", COLUMN_A, "0132", "fe000000800000"}},
    {"two results and EOF", WIRE_TO_QUERY, OLD, "NCcRrNCcRr.",
     {"01", COLUMN_A, "fe00000880", "0131", "fe00000880", "01", COLUMN_A, "fe00000080", "0132",
      "fe00000080"}},
    {"OK, then rows", WIRE_TO_QUERY, NEW, "KNCr.",
     {"00000008000000", "01", COLUMN_A, "fe000000000000"}},
    {"prepare", WIRE_TO_PREPARE, NEW, "PAACC.",
     {"000400000002000200000000", COLUMN_A, COLUMN_B, COLUMN_A, COLUMN_B}},
    {"prepare and EOF", WIRE_TO_PREPARE, OLD, "PAAaCCc.",
     {"000100000002000200000000", COLUMN_A, COLUMN_B, "fe00000000", COLUMN_A, COLUMN_B,
      "fe00000000"}},
    {"prepare, columns alone", WIRE_TO_PREPARE, OLD, "PCc.",
     {"000100000001000000000000", COLUMN_A, "fe00000000"}},
    {"prepare, parameters alone", WIRE_TO_PREPARE, OLD, "PAa.",
     {"000100000000000100000000", COLUMN_A, "fe00000000"}},
    {"prepare of nothing", WIRE_TO_PREPARE, NEW, "P.", {"000100000000000000000000"}},
    {"prepare refused", WIRE_TO_PREPARE, NEW, "E.", {"ff1e0423343253323255"}},
    {"execute", WIRE_TO_EXECUTE, NEW, "NCCRr.",
     {"02", COLUMN_A, COLUMN_B, "00080100000000000000", "fe000000800000"}},
    {"set option", WIRE_TO_SET_OPTION, NEW, "K.", {"fe000001800000"}},
    {"set option and EOF", WIRE_TO_SET_OPTION, OLD, "K.", {"fe00000180"}},
    {"error between rows", WIRE_TO_QUERY, NEW, "NCRE.",
     {"01", COLUMN_A, "0131", "ff2505237374617465"}},
    {"local infile", WIRE_TO_QUERY, NEW, "I.", {"fb2f6574632f706173737764"}},
    {"local infile of a ping", WIRE_TO_SIMPLE, NEW, "X.", {"fb2f6574632f706173737764"}},
    {"rows of a ping", WIRE_TO_SIMPLE, NEW, "X.", {"02"}},
    {"too many columns", WIRE_TO_QUERY, NEW, "X.", {"fc0110"}},
    {"count with a byte behind", WIRE_TO_QUERY, NEW, "X.", {"0100"}},
    {"no metadata", WIRE_TO_QUERY, NEW, "NX.", {"01", "0131"}},
    {"EOF without DEPRECATE_EOF is missing", WIRE_TO_QUERY, OLD, "NCX.", {"01", COLUMN_A, "0131"}},
    {"EOF where OK is agreed", WIRE_TO_QUERY, NEW, "NCX.", {"01", COLUMN_A, "fe00000080"}},
    {"a text row to execute", WIRE_TO_EXECUTE, NEW, "NCX.", {"01", COLUMN_A, "0131"}},
    {"a cursor", WIRE_TO_EXECUTE, OLD, "NCX.", {"01", COLUMN_A, "fe00004000"}},
    {"nothing", WIRE_TO_QUERY, NEW, "X.", {""}},
    {"after the end", WIRE_TO_SIMPLE, NEW, "KX.", {"00000000000000", "00000000000000"}},
    {"text row that begins with 0xFE", WIRE_TO_QUERY, OLD, "NCcR",
     {"01", COLUMN_A, "fe00000080", "fe0000000100000000"}},
};

static void answers_of_real_servers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct wire_answer answer;
        size_t n = 0;

        wire_answer_init(&answer, answers[i].to, answers[i].capabilities);
        for (; answers[i].payloads[n] != NULL; n++) {
            struct str payload = hex_only(&bytes, answers[i].payloads[n]);
            char got = letter(wire_answer_next(&answer, payload, (uint32_t)payload.len));
            if (got != answers[i].parts[n])
                fail_msg("%s: payload %zu is %c, not %c", answers[i].name, n, got,
                         answers[i].parts[n]);
        }
        if (answer.done != (answers[i].parts[n] == '.'))
            fail_msg("%s: done is %d", answers[i].name, answer.done);
    }
}

static void an_answer_tells_what_it_saw(void **state)
{
    (void)state;
    struct wire_answer answer;

    wire_answer_init(&answer, WIRE_TO_PREPARE, NEW);
    (void)wire_answer_next(&answer, hex_only(&bytes, "000400000002000100000500"), 12);
    assert_int_equal(answer.prepared.statement_id, 4);
    assert_int_equal(answer.prepared.columns, 2);
    assert_int_equal(answer.prepared.parameters, 1);
    assert_int_equal(answer.warnings, 5);
    (void)wire_answer_next(&answer, hex_only(&bytes, COLUMN_A), 23);
    (void)wire_answer_next(&answer, hex_only(&bytes, COLUMN_A), 23);
    assert_int_equal(answer.column, 0);
    (void)wire_answer_next(&answer, hex_only(&bytes, COLUMN_B), 23);
    assert_int_equal(answer.column, 1);
    assert_true(answer.done);

    wire_answer_init(&answer, WIRE_TO_QUERY, NEW);
    (void)wire_answer_next(&answer, STR("\1"), 1);
    assert_int_equal(wire_answer_look(&answer, STR("\27\0\0\2\3def")), SIZE_MAX);
    (void)wire_answer_next(&answer, hex_only(&bytes, COLUMN_A), 23);
    assert_true(wire_answer_in_rows(&answer));
    assert_int_equal(wire_answer_look(&answer, STR("\2\0\0\3\1a")), 1);
    assert_int_equal(wire_answer_look(&answer, STR("\2\0\0\3\377a")), SIZE_MAX);
    assert_int_equal(wire_answer_look(&answer, STR("\2\0\0")), 1);
    wire_answer_rows(&answer, 1000);
    assert_int_equal(wire_answer_next(&answer, STR("\1"), 2), WIRE_PART_ROW);
    assert_int_equal(answer.rows, 1001);
    /* The first packet of a row of 16 MiB and more begins with 0xFE as the end does. */
    assert_int_equal(wire_answer_next(&answer, STR("\xFE"), WIRE_PACKET_FULL), WIRE_PART_ROW);
    assert_int_equal(wire_answer_next(&answer, STR("\xFE\0\0\2\0\7\0"), 7), WIRE_PART_ROWS_END);
    assert_int_equal(answer.status, 2);
    assert_int_equal(answer.warnings, 7);
    assert_int_equal(answer.results, 1);
}

static void columns(void **state)
{
    (void)state;
    struct str captured = hex_only(&bytes, "036465660361707001740174016201620c3f0005000000022000000000");
    struct wire_column col;
    uint32_t count;

    assert_true(wire_column_decode(captured, &col));
    assert_str(col.catalog, STR("def"));
    assert_str(col.schema, STR("app"));
    assert_str(col.org_table, STR("t"));
    assert_str(col.org_name, STR("b"));
    assert_int_equal(col.type, WIRE_TYPE_SHORT);
    assert_int_equal(col.flags, WIRE_COLUMN_UNSIGNED);
    assert_int_equal(col.collation, WIRE_COLLATION_BINARY);
    wire_column_encode(&out, &col);
    assert_true(str_equal(buf_str(&out), captured));
    col.name = STR("a longer heading");
    buf_clear(&out);
    wire_column_encode(&out, &col);
    assert_true(wire_column_decode(buf_str(&out), &col));
    assert_str(col.name, STR("a longer heading"));
    assert_str(col.org_name, STR("b"));
    for (size_t i = 0; i < captured.len; i++)
        assert_false(wire_column_decode(str_slice(captured, 0, i), &col));
    buf_put_u8(&bytes, 0);
    assert_false(wire_column_decode(buf_str(&bytes), &col));
    assert_false(wire_column_count_decode(STR("\0"), &count));
    assert_true(wire_column_count_decode(STR("\xFC\x00\x10"), &count));
    assert_int_equal(count, 4096);
}

static void text_rows(void **state)
{
    (void)state;
    struct str row = STR("\0011\xFB\0\3abc");
    struct cursor c = cursor_over(row);
    struct wire_value value[4];

    for (int i = 0; i < 4; i++) {
        assert_true(wire_text_value_next(&c, &value[i]));
        wire_text_value_put(&out, &value[i]);
    }
    assert_true(cursor_done(&c));
    assert_false(value[0].null);
    assert_true(value[1].null);
    assert_true(!value[2].null && value[2].bytes.len == 0);
    assert_str(value[3].bytes, STR("abc"));
    assert_true(str_equal(buf_str(&out), row));
    assert_false(wire_text_value_next(&c, value));
    c = cursor_over(STR("\4abc"));
    assert_false(wire_text_value_next(&c, value));
    c = cursor_over(STR("\xFF"));
    assert_false(wire_text_value_next(&c, value));
}

/* One row with a value of each type that a table can have, from both servers alike. */
static const uint8_t all_types[] = {
    WIRE_TYPE_TINY,   WIRE_TYPE_SHORT,      WIRE_TYPE_INT24,  WIRE_TYPE_LONG,     WIRE_TYPE_LONGLONG,
    WIRE_TYPE_FLOAT,  WIRE_TYPE_DOUBLE,     WIRE_TYPE_NEWDECIMAL, WIRE_TYPE_DATE, WIRE_TYPE_DATETIME,
    WIRE_TYPE_TIME,   WIRE_TYPE_TIMESTAMP,  WIRE_TYPE_YEAR,   WIRE_TYPE_BIT,      WIRE_TYPE_STRING,
    WIRE_TYPE_VAR_STRING, WIRE_TYPE_BLOB,   WIRE_TYPE_BLOB,   WIRE_TYPE_STRING,   WIRE_TYPE_STRING,
    WIRE_TYPE_JSON};
static const char all_types_row[] =
    "00000000ffffff000080fffefffffffdffffffffffffff0000c03f00000000000002c0063132332e343504e407021d"
    "0be407021d010203040000000c010100000001000120a1070004e407021de80702010103616263016401650166016203"
    "782c79035b315d";

static void binary_rows(void **state)
{
    (void)state;
    struct str captured = hex_only(&bytes, all_types_row);
    struct wire_binary_row row;
    struct wire_value value;
    size_t bitmap = wire_binary_row_begin(&out, ARRAY_LEN(all_types));

    assert_true(wire_binary_row_init(&row, captured, ARRAY_LEN(all_types)));
    for (uint32_t i = 0; i < ARRAY_LEN(all_types); i++) {
        assert_true(wire_binary_row_next(&row, all_types[i], &value));
        assert_false(value.null);
        assert_true(wire_binary_row_put(&out, bitmap, i, all_types[i], &value));
    }
    assert_true(wire_binary_row_done(&row));
    assert_false(wire_binary_row_next(&row, WIRE_TYPE_TINY, &value));
    assert_true(str_equal(buf_str(&out), captured));
    for (size_t cut = 0; cut < captured.len; cut++) {
        bool ok = wire_binary_row_init(&row, str_slice(captured, 0, cut), ARRAY_LEN(all_types));
        for (uint32_t i = 0; ok && i < ARRAY_LEN(all_types); i++)
            ok = wire_binary_row_next(&row, all_types[i], &value);
        assert_false(ok);
    }
}

static void binary_nulls(void **state)
{
    (void)state;
    struct wire_binary_row row;
    struct wire_value value, null = {.null = true}, one = {.bytes = STR_INIT("\1")};
    size_t bitmap = wire_binary_row_begin(&out, 9);

    for (uint32_t i = 0; i < 9; i++)
        assert_true(wire_binary_row_put(&out, bitmap, i, WIRE_TYPE_TINY, i % 3 ? &one : &null));
    assert_true(str_equal(buf_str(&out), hex_only(&bytes, "00 2401 010101010101")));
    assert_true(wire_binary_row_init(&row, buf_str(&out), 9));
    for (uint32_t i = 0; i < 9; i++) {
        assert_true(wire_binary_row_next(&row, WIRE_TYPE_TINY, &value));
        assert_int_equal(value.null, i % 3 == 0);
    }
    assert_true(wire_binary_row_done(&row));
    assert_false(wire_binary_row_put(&out, bitmap, 1, WIRE_TYPE_LONG, &one)); /* one byte of four */
    assert_false(wire_binary_row_init(&row, STR("\1\0"), 1));
    assert_false(wire_binary_row_init(&row, STR_NONE, 1));
}

static void state_changes(void **state)
{
    (void)state;
    struct wire_state_reader reader;
    struct wire_state change;

    wire_state_init(&reader, hex_only(&bytes, "000f0a6175746f636f6d6d6974034f4646 010403617070"
                                              "0400 09020102"));
    assert_true(wire_state_next(&reader, &change));
    assert_int_equal(change.kind, WIRE_STATE_SYSTEM_VARIABLE);
    assert_str(change.name, STR("autocommit"));
    assert_str(change.value, STR("OFF"));
    assert_true(wire_state_next(&reader, &change));
    assert_int_equal(change.kind, WIRE_STATE_SCHEMA);
    assert_str(change.value, STR("app"));
    assert_false(wire_state_next(&reader, &change)); /* an entry without its string */
    assert_false(wire_state_ok(&reader));

    static const struct wire_state rows[] = {
        {WIRE_STATE_SYSTEM_VARIABLE, STR_INIT("sql_mode"), STR_INIT("ANSI")},
        {WIRE_STATE_SCHEMA, STR_INIT(""), STR_INIT("")},
        {WIRE_STATE_CHANGED, STR_INIT(""), STR_INIT("1")},
        {WIRE_STATE_GTIDS, STR_INIT(""), STR_INIT("uuid:1-5")},
        {WIRE_STATE_TRANSACTION_CHARACTERISTICS, STR_INIT(""), STR_INIT("START TRANSACTION;")},
        {WIRE_STATE_TRANSACTION, STR_INIT(""), STR_INIT("T_______")},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        wire_state_put(&out, &rows[i]);
    buf_put_str(&out, STR("\x20\2xy")); /* a kind of the future */
    wire_state_init(&reader, buf_str(&out));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_true(wire_state_next(&reader, &change));
        assert_int_equal(change.kind, rows[i].kind);
        assert_str(change.name, rows[i].name);
        assert_str(change.value, rows[i].value);
    }
    assert_true(wire_state_next(&reader, &change));
    assert_int_equal(change.kind, WIRE_STATE_OTHER);
    assert_str(change.value, STR("xy"));
    assert_false(wire_state_next(&reader, &change));
    assert_true(wire_state_ok(&reader));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_of_real_servers),
        TEST(an_answer_tells_what_it_saw),
        TEST(columns),
        TEST(text_rows),
        TEST(binary_rows),
        TEST(binary_nulls),
        TEST(state_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

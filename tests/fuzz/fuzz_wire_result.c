/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of a server: a byte for the command, one for the flags, then payloads, each behind its
 * length in two bytes. Column definitions and rows that are read are written and must come back.
 */
#include "base/cursor.h"
#include "wire/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COLUMNS 64

static void column(struct str payload, struct buf *out, uint8_t *ret_type)
{
    struct wire_column a, b;

    REQUIRE(wire_column_decode(payload, &a));
    *ret_type = a.type;
    buf_clear(out);
    wire_column_encode(out, &a);
    REQUIRE(wire_column_decode(buf_str(out), &b));
    REQUIRE(str_equal(a.name, b.name) && str_equal(a.org_name, b.org_name));
    REQUIRE(a.type == b.type && a.flags == b.flags && a.length == b.length);
    a.name = STR("renamed");
    buf_clear(out);
    wire_column_encode(out, &a);
    REQUIRE(wire_column_decode(buf_str(out), &b) && str_equal(b.name, a.name));
}

static void text_row(struct str payload, uint32_t columns, struct buf *out)
{
    struct cursor c = cursor_over(payload);
    struct wire_value value;

    buf_clear(out);
    for (uint32_t i = 0; i < columns; i++) {
        if (!wire_text_value_next(&c, &value))
            return;
        wire_text_value_put(out, &value);
    }
    REQUIRE(!cursor_done(&c) || out->len <= payload.len); /* lengths may come in a longer form */
}

static void binary_row(struct str payload, uint32_t columns, const uint8_t *types, struct buf *out)
{
    struct wire_binary_row row, again;
    struct wire_value a, b;

    buf_clear(out);
    if (!wire_binary_row_init(&row, payload, columns))
        return;
    size_t bitmap = wire_binary_row_begin(out, columns);
    for (uint32_t i = 0; i < columns; i++) {
        if (!wire_binary_row_next(&row, types[i], &a))
            return;
        REQUIRE(wire_binary_row_put(out, bitmap, i, types[i], &a));
    }
    REQUIRE(wire_binary_row_init(&row, payload, columns));
    REQUIRE(wire_binary_row_init(&again, buf_str(out), columns));
    for (uint32_t i = 0; i < columns; i++) {
        REQUIRE(wire_binary_row_next(&row, types[i], &a));
        REQUIRE(wire_binary_row_next(&again, types[i], &b));
        REQUIRE(a.null == b.null && str_equal(a.bytes, b.bytes));
    }
    REQUIRE(wire_binary_row_done(&again));
}

static void state(struct str payload, uint64_t capabilities)
{
    struct wire_ok ok;
    struct wire_state_reader reader;
    struct wire_state change;

    if (!wire_ok_decode(payload, capabilities, &ok))
        return;
    wire_state_init(&reader, ok.state);
    for (size_t n = 0; wire_state_next(&reader, &change); n++)
        REQUIRE(n < ok.state.len && change.value.len <= ok.state.len);
}

static const enum wire_answer_to commands[] = {WIRE_TO_SIMPLE, WIRE_TO_SET_OPTION, WIRE_TO_QUERY,
                                               WIRE_TO_EXECUTE, WIRE_TO_PREPARE};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_over(str_make(data, size));
    struct wire_answer answer;
    uint8_t types[COLUMNS] = {0};
    struct buf out;
    enum wire_answer_to to = commands[cursor_u8(&c) % ARRAY_LEN(commands)];
    uint8_t flags = cursor_u8(&c);
    uint64_t capabilities = ((flags & 1) ? WIRE_CAP(DEPRECATE_EOF) : 0) |
                            ((flags & 2) ? WIRE_CAP(SESSION_TRACK) : 0);

    buf_init(&out, 1 << 20);
    wire_answer_init(&answer, to, capabilities);
    while (!answer.done && cursor_left(&c) > 0) {
        struct str payload = cursor_bytes(&c, cursor_u16(&c));
        enum wire_part part = wire_answer_next(&answer, payload, (uint32_t)payload.len);

        if (part == WIRE_PART_COLUMN || part == WIRE_PART_PARAMETER)
            column(payload, &out, &types[answer.column % COLUMNS]);
        if (part == WIRE_PART_OK || part == WIRE_PART_ROWS_END)
            state(payload, capabilities);
        if (part == WIRE_PART_ROW && to == WIRE_TO_QUERY)
            text_row(payload, answer.columns, &out);
        if (part == WIRE_PART_ROW && to == WIRE_TO_EXECUTE && answer.columns <= COLUMNS)
            binary_row(payload, answer.columns, types, &out);
        REQUIRE(part != WIRE_PART_MALFORMED || answer.done);
    }
    buf_release(&out);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands of a client: queries with attributes, EXECUTE with remembered types and long data, the
 * short ones. An EXECUTE that is read is written as the gateway does, and a reader without
 * attributes must find the same values.
 */
#include "base/cursor.h"
#include "wire/capabilities.h"
#include "wire/commands.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PARAMETERS 9

static void check_written(const struct wire_execute *e, struct arena *arena)
{
    struct wire_parameter_type types[PARAMETERS];
    bool long_data[PARAMETERS];
    struct wire_execute_memory memory = {types, long_data, (uint16_t)e->parameter_count, false};
    struct wire_execute again;
    struct buf out;

    for (size_t i = 0; i < e->parameter_count; i++)
        long_data[i] = e->parameters[i].long_data;
    buf_init(&out, 1 << 20);
    wire_execute_encode(&out, e);
    REQUIRE(!out.failed);
    REQUIRE(wire_execute_decode(buf_str(&out), 0, &memory, arena, &again));
    REQUIRE(again.statement_id == e->statement_id && again.attribute_count == 0);
    for (size_t i = 0; i < e->parameter_count; i++) {
        REQUIRE(again.parameters[i].type == e->parameters[i].type);
        REQUIRE(again.parameters[i].null == e->parameters[i].null);
        REQUIRE(str_equal(again.parameters[i].bytes, e->parameters[i].bytes));
    }
    buf_release(&out);
}

static void render(const struct wire_parameter *list, size_t count)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < count; i++)
        if (!list[i].null && !list[i].long_data)
            REQUIRE(wire_value_render(&out, list[i].type, list[i].is_unsigned, list[i].bytes));
    buf_release(&out);
}

static void execute(struct cursor *c, uint64_t capabilities, struct arena *arena)
{
    struct wire_parameter_type types[PARAMETERS];
    bool long_data[PARAMETERS];
    uint16_t pieces = cursor_u16(c);
    struct wire_execute_memory memory = {types, long_data, cursor_u8(c) % (PARAMETERS + 1), false};
    struct wire_execute e;

    for (unsigned i = 0; i < PARAMETERS; i++)
        long_data[i] = pieces >> i & 1;
    for (int round = 0; round < 2; round++) {
        struct str payload = round ? cursor_rest(c) : cursor_bytes(c, cursor_u8(c));
        if (!wire_execute_decode(payload, capabilities, &memory, arena, &e))
            continue;
        render(e.parameters, e.parameter_count);
        render(e.attributes, e.attribute_count);
        check_written(&e, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_over(str_make(data, size));
    uint8_t which = cursor_u8(&c);
    uint64_t capabilities = (which & 0x80) ? WIRE_CAP(QUERY_ATTRIBUTES) : 0;
    struct arena arena;
    struct wire_query query;
    struct wire_long_data piece;
    uint32_t id;
    bool multi;

    arena_init(&arena, 1 << 20);
    if (which & 1) {
        execute(&c, capabilities, &arena);
    } else {
        struct str payload = cursor_rest(&c);
        if (payload.len > 0)
            (void)wire_command_length_ok(wire_command_by_byte((uint8_t)payload.ptr[0]), payload.len);
        if (wire_query_decode(payload, capabilities, &arena, &query)) {
            REQUIRE(query.text.len < payload.len && query.attribute_count <= WIRE_ATTRIBUTES_MAX);
            render(query.attributes, query.attribute_count);
        }
        (void)wire_statement_id_decode(payload, &id);
        (void)wire_set_option_decode(payload, &multi);
        (void)wire_long_data_decode(payload, &piece);
        (void)wire_execute_statement_id(payload, &id);
    }
    arena_release(&arena);
    return 0;
}

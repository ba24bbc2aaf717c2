/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/commands.h"

#include "base/cursor.h"
#include "wire/capabilities.h"
#include "wire/parameters.h"

enum row_index {
#define WIRE_COMMAND(name, byte, least, answers, how, record, why) WIRE_ROW_##name,
    WIRE_COMMAND_TABLE(WIRE_COMMAND)
#undef WIRE_COMMAND
};

static const struct wire_command rows[] = {
#define WIRE_COMMAND(name_, byte_, least_, answers_, how_, record_, why_)                          \
    {"COM_" #name_, byte_, true, answers_, least_, WIRE_HOW_##how_, WIRE_RECORD_##record_, why_},
    WIRE_COMMAND_TABLE(WIRE_COMMAND)
#undef WIRE_COMMAND
};

/* Index into `rows` plus 1; 0 for a byte that is not a command. */
static const uint8_t index_of[256] = {
#define WIRE_COMMAND(name, byte, least, answers, how, record, why) [byte] = 1 + WIRE_ROW_##name,
    WIRE_COMMAND_TABLE(WIRE_COMMAND)
#undef WIRE_COMMAND
};

static const struct wire_command unknown = {
    "COM_UNKNOWN", 0, false, true, 1, WIRE_HOW_REFUSE, WIRE_RECORD_REFUSAL, "no such command"};

const struct wire_command *wire_command_by_byte(uint8_t byte)
{
    return index_of[byte] > 0 ? &rows[index_of[byte] - 1] : &unknown;
}

bool wire_command_length_ok(const struct wire_command *command, size_t length)
{
    bool fixed = command->byte == WIRE_COM_STMT_CLOSE || command->byte == WIRE_COM_STMT_RESET ||
                 command->byte == WIRE_COM_SET_OPTION;

    return command->known && (fixed ? length == command->least : length >= command->least);
}

/* The command byte, which the caller has looked at already. */
static bool command_is(struct cursor *c, enum wire_command_byte byte)
{
    return cursor_u8(c) == (uint8_t)byte;
}

/* The block in front of a query's text. */
static bool attributes_decode(struct cursor *c, struct arena *arena, struct wire_query *query)
{
    uint64_t count = cursor_lenenc(c);
    uint64_t sets = cursor_lenenc(c);

    if (!cursor_ok(c) || sets != 1 || count > WIRE_ATTRIBUTES_MAX)
        return false;
    query->attribute_count = (size_t)count;
    if (count == 0)
        return true;
    struct wire_parameter *list = arena_array(arena, query->attribute_count, struct wire_parameter);
    struct str nulls = cursor_bytes(c, (query->attribute_count + 7) / 8);
    if (list == NULL || cursor_u8(c) != 1) /* types are always bound here */
        return false;
    query->attributes = list;
    return wire_parameter_types_take(c, list, query->attribute_count, true) &&
           wire_parameter_values_take(c, list, query->attribute_count, nulls);
}

bool wire_query_decode(struct str payload, uint64_t capabilities, struct arena *arena,
                       struct wire_query *ret_query)
{
    struct cursor c = cursor_over(payload);
    struct wire_query query = {0};

    if (!command_is(&c, WIRE_COM_QUERY))
        return false;
    if ((capabilities & WIRE_CAP(QUERY_ATTRIBUTES)) && !attributes_decode(&c, arena, &query))
        return false;
    query.text = cursor_rest(&c);
    *ret_query = query;
    return cursor_ok(&c);
}

void wire_query_encode(struct buf *out, struct str text)
{
    buf_put_u8(out, WIRE_COM_QUERY);
    buf_put_str(out, text);
}

bool wire_statement_id_decode(struct str payload, uint32_t *ret_id)
{
    struct cursor c = cursor_over(payload);

    cursor_skip(&c, 1);
    *ret_id = cursor_u32(&c);
    return cursor_done(&c);
}

void wire_statement_id_encode(struct buf *out, enum wire_command_byte byte, uint32_t id)
{
    buf_put_u8(out, (uint8_t)byte);
    buf_put_u32(out, id);
}

bool wire_set_option_decode(struct str payload, bool *ret_multi_statements)
{
    struct cursor c = cursor_over(payload);

    cursor_skip(&c, 1);
    uint16_t option = cursor_u16(&c);
    *ret_multi_statements = option == 0;
    return cursor_done(&c) && option <= 1;
}

bool wire_long_data_decode(struct str payload, struct wire_long_data *ret_piece)
{
    struct cursor c = cursor_over(payload);

    cursor_skip(&c, 1);
    ret_piece->statement_id = cursor_u32(&c);
    ret_piece->parameter = cursor_u16(&c);
    ret_piece->bytes = cursor_rest(&c);
    return cursor_ok(&c);
}

void wire_long_data_encode(struct buf *out, const struct wire_long_data *piece)
{
    buf_put_u8(out, WIRE_COM_STMT_SEND_LONG_DATA);
    buf_put_u32(out, piece->statement_id);
    buf_put_u16(out, piece->parameter);
    buf_put_str(out, piece->bytes);
}

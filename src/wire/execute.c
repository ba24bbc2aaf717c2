/* SPDX-License-Identifier: Apache-2.0
 *
 *   0x17 | id 4 | flags 1 | iterations 4
 *   [count lenenc]                      QUERY_ATTRIBUTES and the flag PARAMETER_COUNT
 *   NULL bitmap | bound 1               when there are parameters
 *   { type 2 [name lenenc] } ...        bound = 1
 *   value ...                           neither NULL nor long data
 */
#include "wire/execute.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "wire/capabilities.h"
#include "wire/commands.h"
#include "wire/parameters.h"

#define UNSIGNED_FLAG 0x8000u

bool wire_parameter_type_ok(uint8_t type)
{
    return wire_type_info(type)->coding != WIRE_CODING_NEVER && type != WIRE_TYPE_ENUM &&
           type != WIRE_TYPE_SET && type != WIRE_TYPE_BIT;
}

bool wire_parameter_types_take(struct cursor *c, struct wire_parameter *list, size_t count,
                               bool named)
{
    for (size_t i = 0; i < count && cursor_ok(c); i++) {
        uint16_t type = cursor_u16(c);
        list[i].type = (uint8_t)type;
        list[i].is_unsigned = (type & UNSIGNED_FLAG) != 0;
        if (named)
            list[i].name = cursor_lenenc_str(c);
        if (!wire_parameter_type_ok(list[i].type))
            cursor_fail(c);
    }
    return cursor_ok(c);
}

static bool bit_is_set(struct str bitmap, size_t bit)
{
    return bit / 8 < bitmap.len && ((unsigned char)bitmap.ptr[bit / 8] >> (bit % 8) & 1);
}

bool wire_parameter_values_take(struct cursor *c, struct wire_parameter *list, size_t count,
                                struct str nulls)
{
    for (size_t i = 0; i < count && cursor_ok(c); i++) {
        struct wire_parameter *p = &list[i];

        if (p->long_data) {
            /* Pieces are strings: a number that came in pieces would be read in two ways. */
            if (wire_type_info(p->type)->coding != WIRE_CODING_LENENC)
                cursor_fail(c);
            continue;
        }
        p->null = bit_is_set(nulls, i) || p->type == WIRE_TYPE_NULL;
        if (!p->null)
            (void)wire_binary_value_take(c, p->type, &p->bytes);
    }
    return cursor_ok(c);
}

bool wire_execute_statement_id(struct str payload, uint32_t *ret_id)
{
    struct cursor c = cursor_over(payload);

    cursor_skip(&c, 1);
    *ret_id = cursor_u32(&c);
    return cursor_ok(&c);
}

/* How many parameters the packet carries, the statement's own and attributes. */
static size_t execute_count(struct cursor *c, uint64_t capabilities, uint8_t flags, size_t own)
{
    if (!(capabilities & WIRE_CAP(QUERY_ATTRIBUTES)) || !(flags & WIRE_EXECUTE_PARAMETER_COUNT))
        return own;
    uint64_t count = cursor_lenenc(c);

    if (count < own || count > own + WIRE_ATTRIBUTES_MAX)
        cursor_fail(c);
    return cursor_ok(c) ? (size_t)count : 0;
}

static void types_recall(const struct wire_execute_memory *memory, struct wire_parameter *list)
{
    for (size_t i = 0; i < memory->parameter_count; i++) {
        list[i].type = memory->types[i].type;
        list[i].is_unsigned = memory->types[i].is_unsigned;
    }
}

static void types_remember(struct wire_execute_memory *memory, const struct wire_parameter *list)
{
    for (size_t i = 0; i < memory->parameter_count; i++)
        memory->types[i] = (struct wire_parameter_type){list[i].type, list[i].is_unsigned};
    memory->bound = true;
}

/* Bitmap, types and values of `count` parameters. *ret_bound: the packet carried types. */
static bool execute_values(struct cursor *c, bool named, const struct wire_execute_memory *memory,
                           struct wire_parameter *list, size_t count, bool *ret_bound)
{
    struct str nulls = cursor_bytes(c, (count + 7) / 8);
    uint8_t bound = cursor_u8(c);

    if (!cursor_ok(c) || bound > 1)
        return false;
    *ret_bound = bound == 1;
    if (bound == 1) {
        if (!wire_parameter_types_take(c, list, count, named))
            return false;
    } else if (!memory->bound || count != memory->parameter_count) {
        return false;
    } else {
        types_recall(memory, list);
    }
    for (size_t i = 0; memory->long_data != NULL && i < memory->parameter_count; i++)
        list[i].long_data = memory->long_data[i];
    return wire_parameter_values_take(c, list, count, nulls);
}

bool wire_execute_decode(struct str payload, uint64_t capabilities,
                         struct wire_execute_memory *memory, struct arena *arena,
                         struct wire_execute *ret_execute)
{
    struct cursor c = cursor_over(payload);
    struct wire_execute e = {0};
    bool named = (capabilities & WIRE_CAP(QUERY_ATTRIBUTES)) != 0, bound = false;

    if (cursor_u8(&c) != WIRE_COM_STMT_EXECUTE)
        return false;
    e.statement_id = cursor_u32(&c);
    e.flags = cursor_u8(&c);
    if (cursor_u32(&c) != 1)
        return false;
    size_t count = execute_count(&c, capabilities, e.flags, memory->parameter_count);
    if (!cursor_ok(&c))
        return false;
    if (count > 0) {
        struct wire_parameter *list = arena_array(arena, count, struct wire_parameter);
        if (list == NULL || !execute_values(&c, named, memory, list, count, &bound))
            return false;
        e.parameters = list;
        e.parameter_count = memory->parameter_count;
        e.attributes = list + memory->parameter_count;
        e.attribute_count = count - memory->parameter_count;
    }
    if (!cursor_done(&c))
        return false;
    if (bound)
        types_remember(memory, e.parameters);
    *ret_execute = e;
    return true;
}

static void nulls_put(struct buf *out, const struct wire_parameter *list, size_t count)
{
    for (size_t i = 0; i < count; i += 8) {
        uint8_t byte = 0;
        for (size_t bit = 0; bit < 8 && i + bit < count; bit++)
            if (list[i + bit].null)
                byte |= (uint8_t)(1u << bit);
        buf_put_u8(out, byte);
    }
}

void wire_execute_encode(struct buf *out, const struct wire_execute *execute)
{
    const struct wire_parameter *list = execute->parameters;

    buf_put_u8(out, WIRE_COM_STMT_EXECUTE);
    buf_put_u32(out, execute->statement_id);
    buf_put_u8(out, 0);
    buf_put_u32(out, 1);
    if (execute->parameter_count == 0)
        return;
    nulls_put(out, list, execute->parameter_count);
    buf_put_u8(out, 1);
    for (size_t i = 0; i < execute->parameter_count; i++)
        buf_put_u16(out, (uint16_t)(list[i].type | (list[i].is_unsigned ? UNSIGNED_FLAG : 0)));
    for (size_t i = 0; i < execute->parameter_count; i++)
        if (!list[i].null && !list[i].long_data &&
            !wire_binary_value_put(out, list[i].type, list[i].bytes))
            out->failed = true;
}

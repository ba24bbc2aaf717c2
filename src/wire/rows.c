/* SPDX-License-Identifier: Apache-2.0
 *
 * Column definitions, values of rows, session state changes.
 */
#include "wire/result.h"

#include "base/limits.h"

#define COLUMN_FIXED_BYTES 12   /* what the length in front of a definition's numbers says */
#define TEXT_NULL          0xFB
#define BITMAP_OFFSET      2    /* bits of a binary row's bitmap that are not columns */

/* ---- column definitions ---- */

bool wire_column_decode(struct str payload, struct wire_column *ret_column)
{
    struct cursor c = cursor_over(payload);
    struct wire_column col = {0};

    col.catalog = cursor_lenenc_str(&c);
    col.schema = cursor_lenenc_str(&c);
    col.table = cursor_lenenc_str(&c);
    col.org_table = cursor_lenenc_str(&c);
    col.name = cursor_lenenc_str(&c);
    col.org_name = cursor_lenenc_str(&c);
    if (cursor_lenenc(&c) != COLUMN_FIXED_BYTES)
        return false;
    col.collation = cursor_u16(&c);
    col.length = cursor_u32(&c);
    col.type = cursor_u8(&c);
    col.flags = cursor_u16(&c);
    col.decimals = cursor_u8(&c);
    cursor_skip(&c, 2);
    *ret_column = col;
    return cursor_done(&c);
}

void wire_column_encode(struct buf *out, const struct wire_column *column)
{
    buf_put_lenenc_str(out, column->catalog);
    buf_put_lenenc_str(out, column->schema);
    buf_put_lenenc_str(out, column->table);
    buf_put_lenenc_str(out, column->org_table);
    buf_put_lenenc_str(out, column->name);
    buf_put_lenenc_str(out, column->org_name);
    buf_put_lenenc(out, COLUMN_FIXED_BYTES);
    buf_put_u16(out, column->collation);
    buf_put_u32(out, column->length);
    buf_put_u8(out, column->type);
    buf_put_u16(out, column->flags);
    buf_put_u8(out, column->decimals);
    buf_put_zero(out, 2);
}

bool wire_column_count_decode(struct str payload, uint32_t *ret_count)
{
    struct cursor c = cursor_over(payload);
    uint64_t count = cursor_lenenc(&c);

    if (!cursor_done(&c) || count == 0 || count > LIMIT_COLUMNS)
        return false;
    *ret_count = (uint32_t)count;
    return true;
}

void wire_column_count_encode(struct buf *out, uint32_t count)
{
    buf_put_lenenc(out, count);
}

/* ---- text rows ---- */

bool wire_text_value_next(struct cursor *c, struct wire_value *ret_value)
{
    *ret_value = (struct wire_value){0};
    if (cursor_left(c) > 0 && *c->at == TEXT_NULL) {
        cursor_skip(c, 1);
        ret_value->null = true;
    } else {
        ret_value->bytes = cursor_lenenc_str(c);
    }
    return cursor_ok(c);
}

void wire_text_value_put(struct buf *out, const struct wire_value *value)
{
    if (value->null)
        buf_put_u8(out, TEXT_NULL);
    else
        buf_put_lenenc_str(out, value->bytes);
}

/* ---- binary rows ---- */

static size_t bitmap_bytes(uint32_t columns)
{
    return ((size_t)columns + BITMAP_OFFSET + 7) / 8;
}

bool wire_binary_row_init(struct wire_binary_row *row, struct str payload, uint32_t columns)
{
    *row = (struct wire_binary_row){.c = cursor_over(payload), .columns = columns};
    if (cursor_u8(&row->c) != WIRE_OK)
        cursor_fail(&row->c);
    row->nulls = (const unsigned char *)cursor_bytes(&row->c, bitmap_bytes(columns)).ptr;
    return cursor_ok(&row->c);
}

bool wire_binary_row_next(struct wire_binary_row *row, uint8_t type, struct wire_value *ret_value)
{
    *ret_value = (struct wire_value){0};
    if (!cursor_ok(&row->c) || row->next >= row->columns)
        return false;
    size_t bit = (size_t)row->next++ + BITMAP_OFFSET;
    if (row->nulls[bit / 8] >> (bit % 8) & 1) {
        ret_value->null = true;
        return true;
    }
    return wire_binary_value_take(&row->c, type, &ret_value->bytes);
}

bool wire_binary_row_done(const struct wire_binary_row *row)
{
    return cursor_done(&row->c) && row->next == row->columns;
}

size_t wire_binary_row_begin(struct buf *out, uint32_t columns)
{
    buf_put_u8(out, WIRE_OK);
    size_t bitmap = out->len;
    buf_put_zero(out, bitmap_bytes(columns));
    return bitmap;
}

bool wire_binary_row_put(struct buf *out, size_t bitmap, uint32_t index, uint8_t type,
                         const struct wire_value *value)
{
    size_t bit = (size_t)index + BITMAP_OFFSET;

    if (!value->null)
        return wire_binary_value_put(out, type, value->bytes);
    if (!out->failed)
        out->data[bitmap + bit / 8] =
            (char)((unsigned char)out->data[bitmap + bit / 8] | 1u << (bit % 8));
    return true;
}

/* ---- session state changes ---- */

void wire_state_init(struct wire_state_reader *reader, struct str block)
{
    reader->c = cursor_over(block);
    reader->entry = cursor_over(STR_NONE);
}

static bool variable_next(struct wire_state_reader *reader, struct wire_state *ret_state)
{
    ret_state->kind = WIRE_STATE_SYSTEM_VARIABLE;
    ret_state->name = cursor_lenenc_str(&reader->entry);
    ret_state->value = cursor_lenenc_str(&reader->entry);
    return cursor_ok(&reader->entry);
}

/* The value of an entry that is not of variables. */
static bool entry_value(struct wire_state_reader *reader, struct wire_state *ret_state)
{
    if (ret_state->kind == WIRE_STATE_GTIDS)
        cursor_skip(&reader->entry, 1); /* how they are written: 0, as text */
    if (ret_state->kind == WIRE_STATE_OTHER)
        ret_state->value = cursor_rest(&reader->entry);
    else
        ret_state->value = cursor_lenenc_str(&reader->entry);
    if (!cursor_done(&reader->entry))
        cursor_fail(&reader->entry);
    return cursor_ok(&reader->entry);
}

bool wire_state_next(struct wire_state_reader *reader, struct wire_state *ret_state)
{
    *ret_state = (struct wire_state){0};
    if (!wire_state_ok(reader))
        return false;
    while (cursor_left(&reader->entry) == 0) {
        if (cursor_left(&reader->c) == 0)
            return false;
        uint8_t kind = cursor_u8(&reader->c);
        reader->entry = cursor_over(cursor_lenenc_str(&reader->c));
        if (!cursor_ok(&reader->c))
            return false;
        if (kind == WIRE_STATE_SYSTEM_VARIABLE)
            continue;
        ret_state->kind =
            kind < WIRE_STATE_OTHER ? (enum wire_state_kind)kind : WIRE_STATE_OTHER;
        return entry_value(reader, ret_state);
    }
    return variable_next(reader, ret_state);
}

bool wire_state_ok(const struct wire_state_reader *reader)
{
    return cursor_ok(&reader->c) && cursor_ok(&reader->entry);
}

static size_t lenenc_size(size_t n)
{
    return n < 251 ? 1 : n <= 0xFFFF ? 3 : n <= 0xFFFFFF ? 4 : 9;
}

static size_t lenenc_str_size(struct str s)
{
    return lenenc_size(s.len) + s.len;
}

void wire_state_put(struct buf *block, const struct wire_state *state)
{
    size_t size = lenenc_str_size(state->value);

    if (state->kind == WIRE_STATE_SYSTEM_VARIABLE)
        size += lenenc_str_size(state->name);
    else if (state->kind == WIRE_STATE_GTIDS)
        size += 1;
    buf_put_u8(block, (uint8_t)state->kind);
    buf_put_lenenc(block, size);
    if (state->kind == WIRE_STATE_SYSTEM_VARIABLE)
        buf_put_lenenc_str(block, state->name);
    else if (state->kind == WIRE_STATE_GTIDS)
        buf_put_u8(block, 0);
    buf_put_lenenc_str(block, state->value);
}

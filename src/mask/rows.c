/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows: every value is read, the masked ones are replaced, all are written again. A row that
 * can't be read to its last byte is refused as a whole.
 */
#include "base/limits.h"
#include "mask/mask.h"

void mask_rows_init(struct mask_rows *rows, const struct wire_column *columns,
                    const struct policy_mask *const *masks, uint32_t count,
                    const struct secret *key)
{
    *rows = (struct mask_rows){.columns = columns, .masks = masks, .count = count, .key = key};
    buf_init(&rows->scratch, LIMIT_PACKET);
}

void mask_rows_release(struct mask_rows *rows)
{
    buf_release_secret(&rows->scratch);
}

bool mask_row_text(struct mask_rows *rows, struct str payload, struct buf *out)
{
    struct cursor c = cursor_over(payload);
    size_t before = out->len;

    for (uint32_t i = 0; i < rows->count; i++) {
        struct wire_value value;
        if (!wire_text_value_next(&c, &value))
            break;
        if (rows->masks[i] != NULL)
            mask_value(rows->masks[i], &rows->columns[i], false, &value, rows->key, &rows->scratch,
                       &value);
        wire_text_value_put(out, &value);
    }
    if (cursor_done(&c) && !out->failed)
        return true;
    if (!out->failed)
        out->len = before;
    return false;
}

static bool binary_values(struct mask_rows *rows, struct wire_binary_row *row, struct buf *out)
{
    size_t bitmap = wire_binary_row_begin(out, rows->count);

    for (uint32_t i = 0; i < rows->count; i++) {
        struct wire_value value;
        if (!wire_binary_row_next(row, rows->columns[i].type, &value))
            return false;
        if (rows->masks[i] != NULL)
            mask_value(rows->masks[i], &rows->columns[i], true, &value, rows->key, &rows->scratch,
                       &value);
        if (!wire_binary_row_put(out, bitmap, i, rows->columns[i].type, &value))
            return false;
    }
    return wire_binary_row_done(row);
}

bool mask_row_binary(struct mask_rows *rows, struct str payload, struct buf *out)
{
    struct wire_binary_row row;
    size_t before = out->len;

    if (wire_binary_row_init(&row, payload, rows->count) && binary_values(rows, &row, out) &&
        !out->failed)
        return true;
    if (!out->failed)
        out->len = before;
    return false;
}

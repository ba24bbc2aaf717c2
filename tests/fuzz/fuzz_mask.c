/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of a result of any types, each column under any mask: two bytes a column (type and mask), a
 * zero, then a row. What comes out can be read again, and a redacted column never shows its value.
 */
#include "mask/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COLUMNS 16

static void check_text(const struct mask_rows *rows, struct str payload)
{
    struct cursor c = cursor_over(payload);
    struct wire_value value;

    for (uint32_t i = 0; i < rows->count; i++) {
        REQUIRE(wire_text_value_next(&c, &value));
        if (rows->masks[i] != NULL && rows->masks[i]->kind == POLICY_MASK_REDACT)
            REQUIRE(value.null || mask_is_placeholder(value.bytes));
        if (rows->masks[i] != NULL && rows->masks[i]->kind == POLICY_MASK_NULL)
            REQUIRE(value.null);
    }
    REQUIRE(cursor_done(&c));
}

static void check_binary(const struct mask_rows *rows, struct str payload)
{
    struct wire_binary_row row;
    struct wire_value value;

    REQUIRE(wire_binary_row_init(&row, payload, rows->count));
    for (uint32_t i = 0; i < rows->count; i++)
        REQUIRE(wire_binary_row_next(&row, rows->columns[i].type, &value));
    REQUIRE(wire_binary_row_done(&row));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct policy_mask all[] = {
        {.kind = POLICY_MASK_NULL},
        {.kind = POLICY_MASK_REDACT},
        {.kind = POLICY_MASK_PARTIAL, .first = 2, .last = 3},
        {.kind = POLICY_MASK_EMAIL},
        {.kind = POLICY_MASK_PSEUDONYM, .tag = STR_INIT("t")},
        {.kind = POLICY_MASK_DATE, .unit = POLICY_DATE_MONTH},
    };
    static unsigned char bytes[32] = {1, 2, 3};
    const struct secret key = {bytes, sizeof(bytes)};
    static const uint16_t collations[] = {45, 8, WIRE_COLLATION_BINARY, 28};
    struct wire_column columns[COLUMNS] = {{.type = 0}};
    const struct policy_mask *masks[COLUMNS] = {NULL};
    struct cursor c = cursor_over(str_make(data, size));
    struct mask_rows rows;
    struct buf out;
    uint32_t count = 0;

    while (count < COLUMNS && cursor_left(&c) > 1 && cursor_peek(&c) != 0) {
        columns[count].type = cursor_u8(&c);
        uint8_t choice = cursor_u8(&c);
        columns[count].collation = collations[choice >> 6];
        columns[count].decimals = choice >> 3 & 7;
        columns[count].flags = choice & 8 ? WIRE_COLUMN_UNSIGNED : 0;
        columns[count].length = choice;
        masks[count] = (choice & 7) < 6 ? &all[choice & 7] : NULL;
        count++;
    }
    if (count == 0 || cursor_u8(&c) != 0)
        return 0;
    struct str payload = cursor_rest(&c);
    mask_rows_init(&rows, columns, masks, count, &key);
    buf_init(&out, 1 << 20);
    if (mask_row_text(&rows, payload, &out))
        check_text(&rows, buf_str(&out));
    buf_clear(&out);
    if (mask_row_binary(&rows, payload, &out))
        check_binary(&rows, buf_str(&out));
    buf_release(&out);
    mask_rows_release(&rows);
    return 0;
}

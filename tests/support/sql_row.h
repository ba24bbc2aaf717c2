#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A statement from a row of JSON lines: `sql`, or `sql_b64` where its bytes are no UTF-8.
 */
#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

/* Points into the row, or into the arena where it had to be decoded; STR_NONE: neither is there. */
static inline struct str sql_of_row(const json_t *row, struct arena *arena)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const json_t *sql = json_object_get(row, "sql");
    const json_t *coded = json_object_get(row, "sql_b64");
    const char *at = json_string_value(coded);
    uint32_t bits = 0;
    size_t len = 0, count = 0;

    if (sql != NULL)
        return json_is_string(sql) ? str_make(json_string_value(sql), json_string_length(sql)) : STR_NONE;
    char *out = at ? arena_array(arena, json_string_length(coded) + 1, char) : NULL;
    if (out == NULL)
        return STR_NONE;
    for (; *at != 0 && *at != '='; at++) {
        bits = bits << 6 | (uint32_t)(strchr(alphabet, *at) - alphabet);
        if (++count % 4 != 1)
            out[len++] = (char)(bits >> (6 - 2 * ((count - 1) % 4)));
    }
    return str_make(out, len);
}

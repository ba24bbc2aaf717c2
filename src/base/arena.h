#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * An arena: memory that is given out piece by piece and taken back all at once. One serves each
 * statement (tokens, tree, analysis, decision, record); snapshots own one for their whole life.
 *
 * Every arena has a cap. When it is reached, or malloc fails, the arena is `failed` and stays so
 * until it is reset: allocation returns NULL from then on, and the owner fails the statement.
 * Callers that build a structure may therefore check once, at the end.
 *
 * Memory is zeroed and aligned for any type.
 */
#include "base/attr.h"
#include "base/str.h"
#include <stdarg.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    char *next, *end;           /* free part of the newest block */
    size_t used;                /* bytes taken from malloc */
    size_t cap;                 /* most that `used` may be */
    bool failed;                /* sticky: something did not fit */
};

/* `cap` in bytes. Takes no memory until the first allocation. */
void arena_init(struct arena *arena, size_t cap);
/* Gives everything back but the oldest block, which serves again; clears `failed`. */
void arena_reset(struct arena *arena);
/* Gives everything back. The arena may be used again afterwards. */
void arena_release(struct arena *arena);

/* NULL when the arena has failed. `size` 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);
/* A copy of the bytes, with a NUL behind them that is not counted. */
struct str arena_copy(struct arena *arena, struct str s);
/* Formatted text; STR_NONE when the arena has failed. */
struct str arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct str arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF_LIKE(2, 0);

#define arena_new(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, count, type) ((type *)arena_alloc_array((arena), (count), sizeof(type)))
/* Grows a (pointer, count, capacity) triple in an arena by one and gives the new slot, or NULL.
 * The old array stays where it was until the arena is reset. */
void *arena_push(struct arena *arena, void *items_ptr, size_t *count, size_t *capacity,
                 size_t size);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks double in size from 4 KiB to 256 KiB; a larger request gets a block of its own size.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)262144)
#define ALIGNMENT alignof(max_align_t)

struct arena_block {
    struct arena_block *older;
    size_t size; /* with this header */
    alignas(max_align_t) char data[];
};

void arena_init(struct arena *arena, size_t cap)
{
    *arena = (struct arena){.cap = cap};
}

void arena_reset(struct arena *arena)
{
    struct arena_block *block = arena->blocks;

    while (block != NULL && block->older != NULL) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
    arena->blocks = block;
    arena->used = block ? block->size : 0;
    arena->next = block ? block->data : NULL;
    arena->end = block ? (char *)block + block->size : NULL;
    arena->failed = false;
}

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->blocks;

    while (block != NULL) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
    arena_init(arena, arena->cap);
}

static bool add_block(struct arena *arena, size_t need)
{
    size_t size = arena->blocks ? arena->blocks->size * 2 : BLOCK_MIN;

    if (size > BLOCK_MAX)
        size = BLOCK_MAX;
    if (size < need + sizeof(struct arena_block))
        size = need + sizeof(struct arena_block);
    if (arena->used + size > arena->cap) {
        size = arena->cap > arena->used ? arena->cap - arena->used : 0;
        if (size < need + sizeof(struct arena_block))
            return false;
    }
    struct arena_block *block = malloc(size);
    if (block == NULL)
        return false;
    block->older = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->used += size;
    arena->next = block->data;
    arena->end = (char *)block + size;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (unlikely(arena->failed))
        return NULL;
    if (unlikely(size > SIZE_MAX / 4)) {
        arena->failed = true;
        return NULL;
    }
    size_t need = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if (need == 0)
        need = ALIGNMENT;
    if (unlikely(arena->next == NULL || (size_t)(arena->end - arena->next) < need)) {
        if (!add_block(arena, need)) {
            arena->failed = true;
            return NULL;
        }
    }
    void *memory = arena->next;
    arena->next += need;
    return memset(memory, 0, need);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total)) {
        arena->failed = true;
        return NULL;
    }
    return arena_alloc(arena, total);
}

struct str arena_copy(struct arena *arena, struct str s)
{
    char *copy = arena_alloc(arena, s.len + 1);

    if (copy == NULL)
        return STR_NONE;
    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    return str_make(copy, s.len);
}

struct str arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0)
        return STR_NONE;
    char *text = arena_alloc(arena, (size_t)len + 1);
    if (text == NULL)
        return STR_NONE;
    vsnprintf(text, (size_t)len + 1, format, args);
    return str_make(text, (size_t)len);
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    struct str text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void *arena_push(struct arena *arena, void *items_ptr, size_t *count, size_t *capacity, size_t size)
{
    void *items;

    memcpy(&items, items_ptr, sizeof(items));
    if (*count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 8;
        void *copy = arena_alloc_array(arena, larger, size);
        if (copy == NULL)
            return NULL;
        if (*count > 0)
            memcpy(copy, items, *count * size);
        memcpy(items_ptr, &copy, sizeof(copy));
        *capacity = larger;
        items = copy;
    }
    return (char *)items + (*count)++ * size;
}

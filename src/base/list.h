#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Intrusive doubly-linked ring. An element is on at most one list; an unlinked node points to
 * itself.
 */
#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *list)
{
    list->next = list->prev = list;
}
static inline bool list_empty(const struct list *list)
{
    return list->next == list;
}
static inline void list_append(struct list *list, struct list *node)
{
    node->prev = list->prev;
    node->next = list;
    list->prev->next = node;
    list->prev = node;
}
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}
#define list_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))
#define list_each(node, head)          for (struct list *node = (head)->next; node != (head); node = node->next)
#define list_each_safe(node, head)                                                                 \
    for (struct list *node = (head)->next, *node##_next = node->next; node != (head);              \
         node = node##_next, node##_next = node->next)

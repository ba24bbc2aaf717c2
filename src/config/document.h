#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML documents as a tree that remembers where everything stood, and the list of all that is
 * wrong with them. What the configuration, the policies and their tests are written in.
 *
 * A strict subset of YAML 1.1, so that a reader of the file sees what the program sees: no
 * anchors, aliases, tags, merge keys or duplicate keys; keys are plain scalars; depth, size and
 * the number of nodes are bounded. No I/O: bytes in, tree out.
 *
 * Errors don't stop the reading: they are collected, each with file, line, column and often a
 * hint, and told all at once.
 */
#include "base/arena.h"
#include "base/buf.h"

/* Where something stands. Lines and columns count from 1; 0 where there is none. */
struct config_position {
    struct str file;
    uint32_t line, column;
};

struct config_problem {
    struct config_position at;
    struct str message; /* no full stop */
    struct str hint;    /* may be empty: `did you mean "listeners"?` */
};

/* Grows in the arena; at most CONFIG_PROBLEM_MAX are kept, all are counted. */
#define CONFIG_PROBLEM_MAX 200
struct config_problems {
    struct arena *arena;
    struct config_problem *items;
    size_t count, capacity;
    size_t total; /* found, also those that were not kept */
};

enum config_node_kind {
    CONFIG_NODE_INVALID = 0,
    CONFIG_NODE_SCALAR,
    CONFIG_NODE_LIST,
    CONFIG_NODE_MAP
};

struct config_pair;

struct config_node {
    enum config_node_kind kind;
    struct config_position at;
    struct str text;            /* SCALAR; UTF-8 */
    bool quoted;                /* SCALAR: in quotes or a block; never null, number or boolean */
    struct config_node **items; /* LIST */
    struct config_pair *pairs;  /* MAP, in the order of the file */
    size_t count;               /* of items or pairs */
};

struct config_pair {
    struct str key;
    struct config_position at; /* of the key */
    struct config_node *value;
};

struct config_document {
    struct config_node **roots; /* one for each YAML document of the file */
    size_t count;
};

void config_problems_init(struct config_problems *problems, struct arena *arena);
/* `hint` may be NULL. Gives false always, for `return config_problem(...)`. */
bool config_problem(struct config_problems *problems, struct config_position at, const char *hint,
                    const char *format, ...) PRINTF_LIKE(4, 5);
/* "did you mean" for a word that is none of `words` (NULL-terminated); NULL when none is near.
 * Lives in the arena. */
const char *config_nearest(struct arena *arena, struct str word, const char *const *words);
/* `file:line:column: message (hint)` a line each. */
void config_problems_print(const struct config_problems *problems, struct buf *out);

/* Reads the YAML documents of one file. False when it can't be read at all (the reason is among
 * the problems); *ret_document is then empty. Everything lives in the arena. */
bool config_document_parse(struct str file, struct str text, struct arena *arena,
                           struct config_problems *problems, struct config_document *ret_document);
/* The value under a key of a map; NULL where there is none or the node is no map. */
struct config_node *config_node_get(const struct config_node *map, const char *key);
/* `~`, `null` or nothing, unquoted. */
bool config_node_is_null(const struct config_node *node);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files that read CREATE statements share: ddl.c takes statements, split.c divides the
 * file into them, ddl_program.c takes stored programs.
 */
#include "catalog/ddl.h"
#include "catalog/internal.h"

struct loader {
    struct catalog_builder *builder;
    struct arena *arena;
    struct fault *fault;
    const struct sql_context *context;
    struct str schema; /* where names without one belong */
    struct str mode;   /* sql_mode, as text */
    bool ansi_quotes;
};

/* The schema that a name is in. */
struct str loader_schema(const struct loader *l, const struct sql_text *text,
                         const struct sql_node *name);
/* Every statement of the script; `text` is for messages. */
bool loader_take(struct loader *l, const struct sql_script *script, struct str text);
/* CREATE and DROP of stored programs; true when it is something else. */
bool loader_program(struct loader *l, const struct sql_text *text, const struct sql_node *node);
/* The whole file. */
bool loader_file(struct loader *l, struct str text);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * System variables: which may be read, which a session may set for itself. Closed lists: what is
 * not in variable_table.h is an unknown "variable".
 */
#include "lineage/internal.h"

/* Records READS_DIAGNOSTICS, READS_SESSION or an unknown. */
void variable_read(struct work *w, struct str name, bool component, uint32_t position);
/* SET of a system variable: effects, changes, unknowns. `value`: its node, NULL for DEFAULT. */
void variable_set(struct work *w, struct str name, bool component, enum sql_scope scope,
                  const struct sql_node *value, uint32_t position);
/* The privilege that the server asks of who sets it; nothing where anyone may. */
void variable_set_need(struct work *w, struct str name, enum sql_scope scope, uint32_t position);
/* Reading it tells nothing. */
bool variable_harmless(struct str name);
/* A character set in which bytes below 0x80 are ASCII: what masks write is then valid in it. */
bool variable_charset_plain(struct str name);

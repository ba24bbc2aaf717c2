#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A catalog from CREATE statements, as a person or a dump writes them: CREATE SCHEMA, TABLE,
 * TABLE … LIKE, VIEW, INDEX, PROCEDURE, FUNCTION, TRIGGER, EVENT, USE, and DROP of the same.
 * INSERT, SET, LOCK and other statements that define nothing are passed over; a statement that
 * can't be read is a fault. DELIMITER lines are understood as the command-line clients do; without
 * them a program ends at the first semicolon at which it is whole.
 */
#include "catalog/catalog.h"
#include "sql/ast.h"

/* `schema`: where names without one belong until the first USE. The server (family, version) and
 * sql_mode are the context's. NULL with *fault set. */
struct catalog *catalog_ddl_load(const struct sql_context *context, struct str text,
                                 struct str schema, unsigned lower_case_table_names,
                                 struct arena *arena, struct fault *fault);

/* The table that a CREATE TABLE node describes (columns, keys, checks), all in `arena`. What comes
 * from an AS SELECT is not there. */
bool catalog_ddl_table(const struct sql_text *text, const struct sql_node *create,
                       struct str schema, struct arena *arena, struct catalog_table *ret);

/* A parameter's or variable's type: data_type, column_type and type of *ret, in `arena`. */
void catalog_ddl_type(const struct sql_text *text, const struct sql_node *type,
                      struct arena *arena, struct catalog_column *ret);
/* The routine that a CREATE PROCEDURE or CREATE FUNCTION node describes, in `arena`. */
bool catalog_ddl_routine(const struct sql_text *text, const struct sql_node *create,
                         struct str schema, struct arena *arena, struct catalog_routine *ret);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A catalog as JSON: what `cardea catalog dump` writes and `--catalog FILE` reads. One object:
 *
 *   {"server": {"family": "mysql", "version": 90704, "lower_case_table_names": 0},
 *    "schemas":  [{"name", "charset", "collation"}],
 *    "tables":   [{"schema", "name", "kind": "table|view|sequence|system view", "engine",
 *                  "columns": [{"name", "type", "full_type", "charset", "collation", "nullable",
 *                               "default", "has_default", "generated", "invisible",
 *                               "auto_increment", "on_update"}],
 *                  "keys": [{"name", "kind": "primary|unique|index|foreign", "columns": [],
 *                            "expressions": [], "to_schema", "to_table", "to_columns": [],
 *                            "on_delete", "on_update"}],
 *                  "triggers": [{"name", "event", "timing", "text", "sql_mode", "definer",
 *                                "exact"}],
 *                  "checks": [{"name", "text"}],
 *                  "view": {"definition", "definer", "algorithm", "invoker"},
 *                  "fingerprint": "hex"}],
 *    "routines": [{"schema", "name", "kind": "function|procedure|loadable", "text", "exact",
 *                  "parameters": [{"name", "type", "full_type", "mode": "in|out|inout"}],
 *                  "returns", "returns_type", "definer", "invoker", "sql_mode", "data_access",
 *                  "deterministic", "aggregate", "external", "fingerprint"}],
 *    "events":   [{"schema", "name", "text", "exact", "definer", "sql_mode", "fingerprint"}]}
 *
 * Members that are empty or false are left out. Unknown members are an error.
 */
#include "base/buf.h"
#include "catalog/catalog.h"

void catalog_json_dump(const struct catalog *catalog, struct buf *out);
/* NULL with *fault set; messages in `arena`. */
struct catalog *catalog_json_load(struct str json, struct arena *arena, struct fault *fault);

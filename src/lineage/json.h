#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * An analysis as one JSON object, as `cardea analyze`, `cardea explain` and audit records have it:
 *
 *   {"kind": "select", "digest": "hex", "normalized": "…",
 *    "privileges": [{"privilege": "SELECT", "kind": "table", "schema": "app", "object": "person",
 *                    "columns": ["id"], "any_column": true}],
 *    "definer_privileges": [], "policy_privileges": [],
 *    "columns": [{"name": "x", "from": ["app.person.ssn"], "plain": false}],
 *    "columns_known": false,
 *    "uses": [{"how": "predicate", "what": "WHERE", "columns": ["app.person.ssn"]}],
 *    "sinks": [{"kind": "column", "target": "app.pub.note", "from": []}],
 *    "effects": [{"effect": "waits", "what": "SLEEP"}],
 *    "changes": [{"change": "schema", "name": "…", "value": "…"}],
 *    "unknowns": [{"what": "function", "name": "foo"}],
 *    "writes": true, "has_where": true, "has_key": true, "has_limit": true, "cacheable": true,
 *    "parameters": 2}
 *
 * Members after "unknowns", "columns_known", "any_column", "changes", and the privileges that the
 * server asks of others than the caller, are left out when they say nothing (false, none;
 * columns_known: true).
 */
#include "base/json.h"
#include "lineage/analysis.h"

void analysis_json(const struct analysis *analysis, struct json_writer *w);

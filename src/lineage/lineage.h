#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * From a statement's tree and a catalog to what the statement touches (analysis.h). Names are
 * resolved as the server would; whatever can't be is an `unknown`, never a guess. Where the
 * servers' rule leaves a choice, the result holds all candidates: more columns in `from`, or one
 * more use, is the safe side.
 *
 * No I/O, no globals: the same inputs give the same analysis.
 */
#include "catalog/catalog.h"
#include "lineage/analysis.h"
#include "sql/sql.h"

struct lineage_context {
    const struct catalog *catalog;         /* required */
    const struct catalog_overlay *overlay; /* the session's temporary tables; may be NULL */
    struct str schema;                     /* current schema; empty: none was chosen */
    bool verbatim; /* the server has the text as it is written, comments and all (PREPARE ... FROM),
                      not as sql_print_forward() would send it: names of columns depend on it */
};

/* `script` and `statement` as sql_parse() gave them; the analysis lives in `arena` and points into
 * the catalog's and the script's memory as well. False with *fault set when memory ran out or the
 * statement is too much work (limit.analysis). */
bool lineage_analyze(const struct lineage_context *context, const struct sql_script *script,
                     const struct sql_statement *statement, struct arena *arena,
                     struct analysis *ret, struct fault *fault);

/* What a statement that ran did to the session's temporary tables, as far as can be told: into the
 * overlay, so that later statements see it. `succeeded` false: it failed, and may have been done in
 * part. A table whose columns can't be told, or of which it is not known whether it is still there
 * (after ALTER, a DROP of several that failed, a routine that nobody has read), goes in or becomes
 * opaque. For EXECUTE `script` and `statement` are those that were executed. *ret_changed: the
 * overlay is not what it was. False when out of memory, or when it can't be followed. */
bool lineage_temporary(const struct lineage_context *context, const struct sql_script *script,
                       const struct sql_statement *statement, const struct analysis *analysis,
                       bool succeeded, struct catalog_overlay *overlay, bool *ret_changed);

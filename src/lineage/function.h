#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of the servers' native functions: the rows of function_table.h.
 */
#include "lineage/internal.h"

enum function_flag {
    FUNCTION_NONDETERMINISTIC = 1 << 0, /* another run, another value */
    FUNCTION_WAITS = 1 << 1,            /* takes as long as its argument says */
    FUNCTION_LOCKS = 1 << 2,            /* the first argument names an advisory lock */
    FUNCTION_READS_FILE = 1 << 3,
    FUNCTION_AGGREGATE = 1 << 4,
    FUNCTION_COUNTS = 1 << 5,       /* COUNT */
    FUNCTION_SUMS = 1 << 6,         /* overflows unless it adds integers or a plain column */
    FUNCTION_WINDOW = 1 << 7,       /* only with OVER */
    FUNCTION_READS_SESSION = 1 << 8, /* what earlier statements left behind */
    FUNCTION_SETS_SESSION = 1 << 9, /* with an argument */
    FUNCTION_READS_SERVER = 1 << 10,
    FUNCTION_READS_DIAGNOSTICS = 1 << 12, /* what the last statement left behind */
    FUNCTION_NOT_VOUCHED = 1 << 11, /* known, and always an unknown */
};

enum function_family { FUNCTION_BOTH, FUNCTION_MYSQL, FUNCTION_MARIADB };

enum function_result {
    FUNCTION_TEXT,
    FUNCTION_BINARY,
    FUNCTION_INTEGER,
    FUNCTION_DECIMAL,
    FUNCTION_FLOAT,
    FUNCTION_TEMPORAL,
    FUNCTION_JSON,
    FUNCTION_GEOMETRY,
    FUNCTION_UNKNOWN,
    FUNCTION_EITHER,
    FUNCTION_FIRST
};

struct function {
    const char *name;
    enum function_family family;
    const char *arguments;
    enum function_result result;
    int growth;
    unsigned flags;
};

/* NULL when that version of the family has no such function. */
const struct function *function_find(struct str name, bool mariadb, uint32_t version);
/* The letter of argument `i`. */
char function_argument(const struct function *function, size_t i);
size_t function_count(void);
const struct function *function_at(size_t i);

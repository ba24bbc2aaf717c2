#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements of any length, one row for each way in which a statement can be long: what takes more
 * than twice the time at twice the length is found by measuring these.
 */
#include "base/buf.h"

struct bench_shape {
    const char *name;
    void (*make)(struct buf *out, size_t n); /* over the tables and views of bench_shape_ddl() */
    size_t n;                                /* the least; measured at 1, 2, 4 and 8 times that */
};

extern const struct bench_shape bench_shapes[];
extern const size_t bench_shape_count;

/* CREATE statements that the shapes need, besides shop's: views 32 deep over a wide table. */
void bench_shape_ddl(struct buf *out);

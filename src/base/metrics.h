#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters and gauges. Each process keeps one plain array; workers, keeper and recorder send it
 * to control with their `status` message, control adds them up and shows them at /metrics. The
 * table is the exposition, the reference page and the encoder in one.
 *
 *   metrics_add(&metrics, METRIC_decisions_deny, 1);
 *   metrics_set(&metrics, METRIC_sessions_open, n);
 *   metrics_observe_us(&metrics, METRIC_decide_seconds, took);
 */
#include "base/buf.h"
#include "base/cursor.h"

enum metric {
#define METRIC(id, family, type, labels, help) METRIC_##id,
#define HISTOGRAM(id, family, help)                                                                \
    METRIC_##id, METRIC_##id##_last = METRIC_##id + METRIC_HISTOGRAM_SLOTS - 1,
#define METRIC_HISTOGRAM_SLOTS 13 /* eleven bounds, the sum in microseconds, the count */
#include "base/metric_table.h"
#undef METRIC
#undef HISTOGRAM
    METRIC_COUNT
};

struct metrics {
    uint64_t value[METRIC_COUNT];
};

static inline void metrics_add(struct metrics *metrics, enum metric metric, uint64_t n)
{
    metrics->value[metric] += n;
}
static inline void metrics_set(struct metrics *metrics, enum metric metric, uint64_t n)
{
    metrics->value[metric] = n;
}
/* `histogram`: the id of a HISTOGRAM row. */
void metrics_observe_us(struct metrics *metrics, enum metric histogram, uint64_t us);
/* sum += one, value by value. */
void metrics_merge(struct metrics *sum, const struct metrics *one);
/* Counters stay: what a process that is gone leaves behind. */
void metrics_clear_gauges(struct metrics *metrics);
/* Payload of a `status` message: every value; decoding wants the very same table. */
void metrics_encode(struct buf *out, const struct metrics *metrics);
bool metrics_decode(struct cursor *in, struct metrics *ret_metrics);
/* Prometheus text format 0.0.4. */
void metrics_expose(struct buf *out, const struct metrics *metrics);
/* The table in Markdown, for docs/operations.md. */
void metrics_reference(struct buf *out);

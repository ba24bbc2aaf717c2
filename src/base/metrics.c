/* SPDX-License-Identifier: Apache-2.0
 *
 * One table, unrolled into an array of descriptions; a histogram takes METRIC_HISTOGRAM_SLOTS
 * values: a count for each bound (not yet cumulated), the sum in microseconds, the count of all.
 */
#include "base/metrics.h"

enum metric_type { COUNTER, GAUGE, HISTOGRAM_TYPE };

struct metric_row {
    const char *family;
    const char *labels;
    const char *help;
    enum metric_type type;
    enum metric first;
};

static const struct metric_row metric_rows[] = {
#define METRIC(id, family, type, labels, help) {family, labels, help, type, METRIC_##id},
#define HISTOGRAM(id, family, help)            {family, "", help, HISTOGRAM_TYPE, METRIC_##id},
#include "base/metric_table.h"
#undef METRIC
#undef HISTOGRAM
};

#define BOUND_COUNT (METRIC_HISTOGRAM_SLOTS - 2)
static const struct {
    uint64_t us;
    const char *text;
} bounds[BOUND_COUNT] = {
    {5, "0.000005"}, {20, "0.00002"}, {100, "0.0001"},  {500, "0.0005"},
    {2000, "0.002"}, {10000, "0.01"}, {50000, "0.05"},  {250000, "0.25"},
    {1000000, "1"},  {5000000, "5"},  {30000000, "30"},
};

void metrics_observe_us(struct metrics *metrics, enum metric histogram, uint64_t us)
{
    uint64_t *slot = &metrics->value[histogram];

    for (size_t i = 0; i < BOUND_COUNT; i++) {
        if (us <= bounds[i].us) {
            slot[i]++;
            break;
        }
    }
    slot[BOUND_COUNT] += us;
    slot[BOUND_COUNT + 1]++;
}

void metrics_merge(struct metrics *sum, const struct metrics *one)
{
    for (size_t i = 0; i < METRIC_COUNT; i++)
        sum->value[i] += one->value[i];
}

void metrics_clear_gauges(struct metrics *metrics)
{
    for (size_t i = 0; i < ARRAY_LEN(metric_rows); i++)
        if (metric_rows[i].type == GAUGE)
            metrics->value[metric_rows[i].first] = 0;
}

void metrics_encode(struct buf *out, const struct metrics *metrics)
{
    buf_put_u32(out, METRIC_COUNT);
    for (size_t i = 0; i < METRIC_COUNT; i++)
        buf_put_u64(out, metrics->value[i]);
}

bool metrics_decode(struct cursor *in, struct metrics *ret_metrics)
{
    struct metrics metrics;

    if (cursor_u32(in) != METRIC_COUNT)
        cursor_fail(in);
    for (size_t i = 0; i < METRIC_COUNT; i++)
        metrics.value[i] = cursor_u64(in);
    if (!cursor_ok(in))
        return false;
    *ret_metrics = metrics;
    return true;
}

static void expose_histogram(struct buf *out, const char *family, const uint64_t *slot)
{
    uint64_t below = 0;

    for (size_t i = 0; i < BOUND_COUNT; i++) {
        below += slot[i];
        buf_printf(out, "%s_bucket{le=\"%s\"} %llu\n", family, bounds[i].text,
                   (unsigned long long)below);
    }
    buf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n", family,
               (unsigned long long)slot[BOUND_COUNT + 1]);
    buf_printf(out, "%s_sum %llu.%06llu\n", family, (unsigned long long)slot[BOUND_COUNT] / 1000000,
               (unsigned long long)slot[BOUND_COUNT] % 1000000);
    buf_printf(out, "%s_count %llu\n", family, (unsigned long long)slot[BOUND_COUNT + 1]);
}

static bool same_family_as_before(size_t row)
{
    return row > 0 && strcmp(metric_rows[row].family, metric_rows[row - 1].family) == 0;
}

static const char *type_text(enum metric_type type)
{
    switch (type) {
    case COUNTER:
        return "counter";
    case GAUGE:
        return "gauge";
    case HISTOGRAM_TYPE:
        return "histogram";
    }
    return "untyped";
}

void metrics_expose(struct buf *out, const struct metrics *metrics)
{
    for (size_t i = 0; i < ARRAY_LEN(metric_rows); i++) {
        const struct metric_row *row = &metric_rows[i];

        if (!same_family_as_before(i))
            buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->family, row->help, row->family,
                       type_text(row->type));
        if (row->type == HISTOGRAM_TYPE)
            expose_histogram(out, row->family, &metrics->value[row->first]);
        else
            buf_printf(out, "%s%s%s%s %llu\n", row->family, row->labels[0] ? "{" : "", row->labels,
                       row->labels[0] ? "}" : "", (unsigned long long)metrics->value[row->first]);
    }
}

void metrics_reference(struct buf *out)
{
    buf_printf(out, "| metric | type | labels | what it counts |\n|---|---|---|---|\n");
    for (size_t i = 0; i < ARRAY_LEN(metric_rows); i++) {
        const struct metric_row *row = &metric_rows[i];

        if (!same_family_as_before(i)) {
            buf_printf(out, "| `%s` | %s | ", row->family, type_text(row->type));
            for (size_t j = i; j < ARRAY_LEN(metric_rows) && (j == i || same_family_as_before(j));
                 j++)
                if (metric_rows[j].labels[0])
                    buf_printf(out, "%s`%s`", j > i ? " " : "", metric_rows[j].labels);
            buf_printf(out, " | %s |\n", row->help);
        }
    }
}

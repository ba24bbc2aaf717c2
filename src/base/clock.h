#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The two clocks. Only session, control, roles and cli read them; the parts without I/O are
 * handed the time.
 */
#include "base/str.h"

/* Never goes back; for deadlines and durations. */
uint64_t clock_monotonic_us(void);
static inline uint64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}
/* Since 1970-01-01 UTC; for records, tokens and windows. */
int64_t clock_realtime_us(void);
static inline int64_t clock_realtime_s(void)
{
    return clock_realtime_us() / 1000000;
}

#define CLOCK_TEXT_SIZE 28 /* "2026-11-22T16:53:00.123456Z" and a NUL */
/* RFC 3339, UTC, microseconds. Pure. */
void clock_format_us(int64_t us, char out[CLOCK_TEXT_SIZE]);

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

uint64_t clock_monotonic_us(void)
{
    return (uint64_t)read_clock(CLOCK_MONOTONIC);
}

int64_t clock_realtime_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

void clock_format_us(int64_t us, char out[CLOCK_TEXT_SIZE])
{
    int64_t rest = us % 1000000;
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;

    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    gmtime_r(&seconds, &tm);
    size_t n = strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    if (n != 19) { /* a year outside 0 to 9999 */
        memcpy(out, "0000-00-00T00:00:00", 20);
        n = 19;
    }
    snprintf(out + n, CLOCK_TEXT_SIZE - n, ".%06uZ", (unsigned)rest % 1000000U);
}

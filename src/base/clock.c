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
    /* Most times come in the same second as the one before. */
    static _Thread_local time_t last = -1;
    static _Thread_local char text[CLOCK_TEXT_SIZE];
    if (seconds != last || text[0] == '\0') {
        gmtime_r(&seconds, &tm);
        if (strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) != 19)
            memcpy(text, "0000-00-00T00:00:00", 20); /* a year outside 0 to 9999 */
        last = seconds;
    }
    memcpy(out, text, 19);
    unsigned fraction = (unsigned)rest;
    for (size_t i = 25; i > 19; i--, fraction /= 10)
        out[i] = (char)('0' + fraction % 10);
    out[19] = '.';
    out[26] = 'Z';
    out[27] = '\0';
}

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Time zones without the C library's: it reads files and environment, and this part does neither.
 * A zone is made of the bytes of its TZif file (RFC 8536), which somebody else read; the rule in
 * the footer (a POSIX TZ string) serves times past the last transition.
 */
#include "base/arena.h"

struct policy_zone;

/* NULL when the bytes are no TZif file or memory ran out. UTC needs none: see policy_zone_utc. */
const struct policy_zone *policy_zone_parse(struct str tzif, struct arena *arena);
const struct policy_zone *policy_zone_utc(void);
/* Seconds to add to UTC to get local time at `utc` (seconds since 1970). */
int32_t policy_zone_offset(const struct policy_zone *zone, int64_t utc);

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar, and back. */
int64_t policy_days_from_date(int64_t year, unsigned month, unsigned day);
void policy_date_from_days(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day);

/* SPDX-License-Identifier: Apache-2.0
 *
 * A TZif file: a header, a block with 32-bit times (skipped when a second one follows), a block
 * with 64-bit times, and a footer. Only offsets are kept; names, leap seconds and the indicators
 * are passed over.
 *
 * Civil dates: Howard Hinnant's algorithms ("chrono-Compatible Low-Level Date Algorithms").
 */
#include "policy/zone.h"
#include "base/cursor.h"

#define TRANSITIONS_MAX 10000
#define TYPES_MAX       256
#define OFFSET_MAX      (26 * 3600)

/* A date in the footer: Mm.w.d, Jn or n, and a time of day. */
struct rule_date {
    enum { RULE_MONTH = 1, RULE_JULIAN, RULE_DAY } form;
    unsigned month, week, day;
    int32_t time; /* seconds after local midnight; may be negative or beyond a day */
};

struct footer {
    bool present, has_dst;
    int32_t standard, daylight; /* seconds east of UTC */
    struct rule_date start, end;
};

struct policy_zone {
    const int64_t *times;
    const int32_t *offsets; /* after each transition */
    size_t count;
    int32_t first; /* before the first one */
    struct footer footer;
};

int64_t policy_days_from_date(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void policy_date_from_days(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;

    *ret_day = (unsigned)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *ret_month = (unsigned)(shifted < 10 ? shifted + 3 : shifted - 9);
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

/* ---- the footer ---- */

static unsigned take_number(struct cursor *c, unsigned max)
{
    unsigned value = 0, digits = 0;

    while (cursor_left(c) > 0 && ascii_digit((char)*c->at)) {
        value = value * 10 + (unsigned)(cursor_u8(c) - '0');
        if (++digits > 4)
            cursor_fail(c);
    }
    if (digits == 0 || value > max)
        cursor_fail(c);
    return value;
}

static bool take_if(struct cursor *c, char wanted)
{
    if (cursor_left(c) == 0 || *c->at != (unsigned char)wanted)
        return false;
    cursor_skip(c, 1);
    return true;
}

static int32_t take_time(struct cursor *c, unsigned max_hours)
{
    int32_t sign = 1, seconds;

    if (take_if(c, '-'))
        sign = -1;
    else
        take_if(c, '+');
    seconds = (int32_t)take_number(c, max_hours) * 3600;
    if (take_if(c, ':')) {
        seconds += (int32_t)take_number(c, 59) * 60;
        if (take_if(c, ':'))
            seconds += (int32_t)take_number(c, 59);
    }
    return sign * seconds;
}

static void skip_name(struct cursor *c)
{
    size_t letters = 0;

    if (take_if(c, '<')) {
        while (cursor_left(c) > 0 && *c->at != '>')
            cursor_skip(c, 1);
        if (!take_if(c, '>'))
            cursor_fail(c);
        return;
    }
    while (cursor_left(c) > 0 && ascii_lower((char)*c->at) >= 'a' &&
           ascii_lower((char)*c->at) <= 'z') {
        cursor_skip(c, 1);
        letters++;
    }
    if (letters < 3)
        cursor_fail(c);
}

static struct rule_date take_date(struct cursor *c)
{
    struct rule_date date = {.form = RULE_DAY, .time = 7200};

    if (take_if(c, 'M')) {
        date.form = RULE_MONTH;
        date.month = take_number(c, 12);
        if (!take_if(c, '.'))
            cursor_fail(c);
        date.week = take_number(c, 5);
        if (!take_if(c, '.'))
            cursor_fail(c);
        date.day = take_number(c, 6);
        if (date.month == 0 || date.week == 0)
            cursor_fail(c);
    } else if (take_if(c, 'J')) {
        date.form = RULE_JULIAN;
        date.day = take_number(c, 365);
        if (date.day == 0)
            cursor_fail(c);
    } else {
        date.day = take_number(c, 365);
    }
    if (take_if(c, '/'))
        date.time = take_time(c, 167);
    return date;
}

/* std offset [dst [offset] , start [/time] , end [/time]]; offsets are west of UTC. */
static bool parse_footer(struct str text, struct footer *footer)
{
    struct cursor c = cursor_over(text);

    if (text.len == 0)
        return true;
    skip_name(&c);
    footer->standard = -take_time(&c, 24);
    footer->present = true;
    if (cursor_ok(&c) && cursor_left(&c) > 0) {
        footer->has_dst = true;
        skip_name(&c);
        footer->daylight = footer->standard + 3600;
        if (cursor_left(&c) > 0 && *c.at != ',')
            footer->daylight = -take_time(&c, 24);
        if (!take_if(&c, ','))
            cursor_fail(&c);
        footer->start = take_date(&c);
        if (!take_if(&c, ','))
            cursor_fail(&c);
        footer->end = take_date(&c);
    }
    return cursor_done(&c);
}

static bool leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Local seconds since 1970 at which the rule strikes in `year`. */
static int64_t rule_seconds(const struct rule_date *date, int64_t year)
{
    int64_t days = policy_days_from_date(year, 1, 1);

    if (date->form == RULE_DAY) {
        days += date->day;
    } else if (date->form == RULE_JULIAN) {
        days += date->day - 1 + (leap(year) && date->day >= 60);
    } else {
        int64_t first = policy_days_from_date(year, date->month, 1);
        int64_t next = date->month == 12 ? policy_days_from_date(year + 1, 1, 1)
                                         : policy_days_from_date(year, date->month + 1, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
        days = first + ((int64_t)date->day - weekday + 7) % 7 + 7 * ((int64_t)date->week - 1);
        while (days >= next)
            days -= 7;
    }
    return days * 86400 + date->time;
}

static int32_t footer_offset(const struct footer *f, int64_t utc)
{
    int64_t year;
    unsigned month, day;
    int64_t local = utc + f->standard;

    if (!f->has_dst)
        return f->standard;
    policy_date_from_days((local >= 0 ? local : local - 86399) / 86400, &year, &month, &day);
    int64_t start = rule_seconds(&f->start, year) - f->standard;
    int64_t end = rule_seconds(&f->end, year) - f->daylight;
    bool dst = start < end ? utc >= start && utc < end : !(utc >= end && utc < start);
    return dst ? f->daylight : f->standard;
}

/* ---- the file ---- */

struct header {
    uint8_t version;
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t big_u32(struct cursor *c)
{
    uint32_t b0 = cursor_u8(c), b1 = cursor_u8(c), b2 = cursor_u8(c), b3 = cursor_u8(c);

    return b0 << 24 | b1 << 16 | b2 << 8 | b3;
}

static struct header take_header(struct cursor *c)
{
    struct header h = {0};

    if (!str_equal(cursor_bytes(c, 4), STR("TZif")))
        cursor_fail(c);
    h.version = cursor_u8(c);
    cursor_skip(c, 15);
    h.isut = big_u32(c);
    h.isstd = big_u32(c);
    h.leap = big_u32(c);
    h.time = big_u32(c);
    h.type = big_u32(c);
    h.chars = big_u32(c);
    if (h.time > TRANSITIONS_MAX || h.type == 0 || h.type > TYPES_MAX || h.chars > 4096 ||
        h.leap > 4096 || h.isut > TYPES_MAX || h.isstd > TYPES_MAX)
        cursor_fail(c);
    return h;
}

static void take_block(struct cursor *c, const struct header *h, size_t width,
                       struct policy_zone *zone, struct arena *arena)
{
    int64_t *times = arena_array(arena, h->time, int64_t);
    int32_t *offsets = arena_array(arena, h->time, int32_t);
    int32_t types[TYPES_MAX] = {0};

    if (times == NULL || offsets == NULL)
        cursor_fail(c);
    if (!cursor_ok(c))
        return; /* also when the header's counts are out of range */
    for (uint32_t i = 0; i < h->time; i++) {
        uint64_t high = width == 8 ? big_u32(c) : 0;
        uint32_t low = big_u32(c);
        times[i] = width == 8 ? (int64_t)(high << 32 | low) : (int64_t)(int32_t)low;
        if (i > 0 && times[i] <= times[i - 1])
            cursor_fail(c);
    }
    struct str indices = cursor_bytes(c, h->time);
    for (uint32_t i = 0; i < h->type; i++) {
        types[i] = (int32_t)big_u32(c);
        if (types[i] > OFFSET_MAX || types[i] < -OFFSET_MAX)
            cursor_fail(c);
        cursor_skip(c, 2);
    }
    for (uint32_t i = 0; cursor_ok(c) && i < h->time; i++) {
        if ((unsigned char)indices.ptr[i] >= h->type)
            cursor_fail(c);
        else
            offsets[i] = types[(unsigned char)indices.ptr[i]];
    }
    cursor_skip(c, h->chars + h->leap * (width + 4) + h->isstd + h->isut);
    zone->times = times;
    zone->offsets = offsets;
    zone->count = h->time;
    zone->first = types[0];
}

const struct policy_zone *policy_zone_parse(struct str tzif, struct arena *arena)
{
    struct cursor c = cursor_over(tzif);
    struct policy_zone *zone = arena_new(arena, struct policy_zone);

    if (zone == NULL)
        return NULL;
    struct header h = take_header(&c);
    if (h.version == 0) {
        take_block(&c, &h, 4, zone, arena);
        return cursor_ok(&c) ? zone : NULL;
    }
    cursor_skip(&c, h.time * 5 + h.type * 6 + h.chars + h.leap * 8 + h.isstd + h.isut);
    h = take_header(&c);
    take_block(&c, &h, 8, zone, arena);
    if (cursor_u8(&c) != '\n')
        cursor_fail(&c);
    struct str rest = cursor_rest(&c), footer, after;
    if (!cursor_ok(&c) || !str_split(rest, '\n', &footer, &after) ||
        !parse_footer(footer, &zone->footer))
        return NULL;
    return zone;
}

const struct policy_zone *policy_zone_utc(void)
{
    static const struct policy_zone utc = {.first = 0};

    return &utc;
}

int32_t policy_zone_offset(const struct policy_zone *zone, int64_t utc)
{
    size_t low = 0, high = zone->count;

    if (zone->count == 0 || utc >= zone->times[zone->count - 1]) {
        if (zone->footer.present)
            return footer_offset(&zone->footer, utc);
        return zone->count == 0 ? zone->first : zone->offsets[zone->count - 1];
    }
    while (low < high) { /* the first transition after `utc` */
        size_t middle = (low + high) / 2;
        if (zone->times[middle] <= utc)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? zone->first : zone->offsets[low - 1];
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/buf.h"
#include "policy/policy.h"
#include "policy/zone.h"

static void put_big(struct buf *b, uint64_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        buf_put_u8(b, (uint8_t)(v >> (8 * i)));
}

static void put_header(struct buf *b, uint32_t times, uint32_t types, uint32_t chars)
{
    buf_put_str(b, STR("TZif2"));
    buf_put_zero(b, 15 + 12);
    put_big(b, times, 4);
    put_big(b, types, 4);
    put_big(b, chars, 4);
}

/* A file with one transition (2000-01-01, to +1h) and the given footer. */
static void make(struct buf *b, const char *footer)
{
    put_header(b, 0, 1, 4);
    put_big(b, 0, 6);
    buf_put_str(b, STR("LMT\0"));
    put_header(b, 1, 2, 4);
    put_big(b, 946684800, 8);
    buf_put_u8(b, 1);
    put_big(b, 1800, 4);
    put_big(b, 0, 2);
    put_big(b, 3600, 4);
    put_big(b, 0, 2);
    buf_put_str(b, STR("LMT\0"));
    buf_printf(b, "\n%s\n", footer);
}

static int64_t utc(int64_t year, unsigned month, unsigned day, int hour, int minute)
{
    return policy_days_from_date(year, month, day) * 86400 + hour * 3600 + minute * 60;
}

static void footers(void **state)
{
    (void)state;
    static const struct {
        const char *footer;
        bool valid;
        int32_t winter, summer; /* offsets on 2030-01-15 and 2030-07-15, 12:00 UTC */
    } rows[] = {
        {"CET-1CEST,M3.5.0,M10.5.0/3", true, 3600, 7200},
        {"EST5EDT,M3.2.0,M11.1.0", true, -18000, -14400},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", true, 39600, 36000},
        {"<+0330>-3:30", true, 12600, 12600},
        {"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", true, -10800, -7200},
        {"UTC0", true, 0, 0},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", true, 0, 3600},
        {"XXX-2YYY,J60/0,J300", true, 7200, 10800},
        {"XXX-2YYY,0/0,365/25", true, 10800, 10800},
        {"", true, 3600, 3600},
        {"CE", false, 0, 0},
        {"CET", false, 0, 0},
        {"CET-1CEST", false, 0, 0},
        {"CET-1CEST,M13.5.0,M10.5.0", false, 0, 0},
        {"CET-1CEST,M3.6.0,M10.5.0", false, 0, 0},
        {"CET-1CEST,M3.5.0", false, 0, 0},
        {"CET-99", false, 0, 0},
        {"<CET-1", false, 0, 0},
        {"CET-1x", false, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct buf b;
        arena_init(&arena, 1 << 20);
        buf_init(&b, 4096);
        make(&b, rows[i].footer);
        const struct policy_zone *zone = policy_zone_parse(buf_str(&b), &arena);
        if ((zone != NULL) != rows[i].valid)
            fail_msg("footer %s", rows[i].footer);
        if (zone != NULL) {
            assert_int_equal(policy_zone_offset(zone, utc(2030, 1, 15, 12, 0)), rows[i].winter);
            assert_int_equal(policy_zone_offset(zone, utc(2030, 7, 15, 12, 0)), rows[i].summer);
            assert_int_equal(policy_zone_offset(zone, 946684799), 1800);
        }
        for (size_t cut = 0; zone != NULL && cut < b.len; cut++)
            assert_null(policy_zone_parse(str_slice(buf_str(&b), 0, cut), &arena));
        buf_release(&b);
        arena_release(&arena);
    }
}

static void switches(void **state)
{
    (void)state;
    struct arena arena;
    struct buf b;

    arena_init(&arena, 1 << 20);
    buf_init(&b, 4096);
    make(&b, "CET-1CEST,M3.5.0,M10.5.0/3");
    const struct policy_zone *zone = policy_zone_parse(buf_str(&b), &arena);
    /* last Sunday of March and October 2026: 29th and 25th, both at 01:00 UTC */
    assert_int_equal(policy_zone_offset(zone, utc(2026, 3, 29, 0, 59)), 3600);
    assert_int_equal(policy_zone_offset(zone, utc(2026, 3, 29, 1, 0)), 7200);
    assert_int_equal(policy_zone_offset(zone, utc(2026, 10, 25, 0, 59)), 7200);
    assert_int_equal(policy_zone_offset(zone, utc(2026, 10, 25, 1, 0)), 3600);
    buf_release(&b);
    arena_release(&arena);
}

static bool fetch(void *context, struct str name, struct str *ret_tzif)
{
    if (!str_equal(name, STR("Europe/Berlin")))
        return false;
    *ret_tzif = buf_str(context);
    return true;
}

static void windows(void **state)
{
    (void)state;
    static const struct {
        const char *when;
        int64_t year;
        unsigned month, day;
        int hour, minute; /* UTC */
        bool open;
    } rows[] = {
        /* 2026-11-23 is a Monday; Berlin is UTC+1 in winter */
        {"{days: mon-fri, hours: '08:00-18:00', zone: Europe/Berlin}", 2026, 11, 23, 7, 0, true},
        {"{days: mon-fri, hours: '08:00-18:00', zone: Europe/Berlin}", 2026, 11, 23, 6, 59, false},
        {"{days: mon-fri, hours: '08:00-18:00', zone: Europe/Berlin}", 2026, 11, 23, 16, 59, true},
        {"{days: mon-fri, hours: '08:00-18:00', zone: Europe/Berlin}", 2026, 11, 23, 17, 0, false},
        {"{days: mon-fri, hours: '08:00-18:00', zone: Europe/Berlin}", 2026, 7, 20, 6, 0, true},
        {"{days: mon-fri, hours: '08:00-18:00', zone: Europe/Berlin}", 2026, 11, 22, 12, 0, false},
        {"{days: sun}", 2026, 11, 22, 23, 59, true},
        {"{days: sun, zone: Europe/Berlin}", 2026, 11, 22, 23, 0, false},
        {"{days: mon, hours: '22:00-06:00'}", 2026, 11, 23, 23, 0, true},
        {"{days: mon, hours: '22:00-06:00'}", 2026, 11, 24, 5, 59, true},
        {"{days: mon, hours: '22:00-06:00'}", 2026, 11, 24, 6, 0, false},
        {"{days: mon, hours: '22:00-06:00'}", 2026, 11, 23, 5, 0, false},
        {"{from: 2026-11-23, until: 2026-11-24}", 2026, 11, 24, 23, 59, true},
        {"{from: 2026-11-23, until: 2026-11-24}", 2026, 11, 25, 0, 0, false},
        {"{from: 2026-11-23}", 2026, 11, 22, 23, 59, false},
        {"{hours: '00:00-24:00'}", 2026, 11, 22, 23, 59, true},
        {"[{days: sat}, {days: sun}]", 2026, 11, 22, 0, 0, true},
        {"[{days: sat}, {days: sun}]", 2026, 11, 20, 0, 0, false},
        {"{days: fri-mon}", 2026, 11, 22, 0, 0, true},
        {"{days: fri-mon}", 2026, 11, 25, 0, 0, false},
    };
    struct buf zone;

    buf_init(&zone, 4096);
    make(&zone, "CET-1CEST,M3.5.0,M10.5.0/3");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct config_problems problems;
        struct policy_session session;
        struct str groups[] = {STR_INIT("g")};
        struct policy_identity identity = {.groups = groups, .group_count = 1};
        struct policy_target target = {STR("t"), NULL};
        arena_init(&arena, 1 << 20);
        config_problems_init(&problems, &arena);
        struct policy_file file = {STR("p.yaml"), STR_NONE};
        file.text = arena_printf(&arena,
                                 "policy: p\nsubjects: [{group: g}]\n"
                                 "targets: [{name: t}]\nwhen: %s\n",
                                 rows[i].when);
        struct policy_set *set = policy_set_load(&file, 1, fetch, &zone, &problems);
        if (set == NULL)
            fail_msg("row %zu: %.*s", i, STR_ARG(problems.items[0].message));
        const struct policy_scope *scope = policy_scope_make(set, &identity, &target, &arena);
        int64_t now = utc(rows[i].year, rows[i].month, rows[i].day, rows[i].hour, rows[i].minute);
        policy_session_decide(scope, now * 1000000, &arena, &session);
        if (session.allowed != rows[i].open)
            fail_msg("row %zu: %s", i, rows[i].when);
        if (!session.allowed)
            assert_int_equal(session.fault.code, FAULT_denied_window);
        policy_set_unref(set);
        arena_release(&arena);
    }
    buf_release(&zone);
}

static void dates(void **state)
{
    (void)state;
    for (int64_t day = -800000; day < 800000; day += 97) {
        int64_t year;
        unsigned month, d;
        policy_date_from_days(day, &year, &month, &d);
        assert_true(policy_days_from_date(year, month, d) == day);
    }
    assert_int_equal(policy_days_from_date(2026, 11, 22), 20779);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(footers),
        cmocka_unit_test(switches),
        cmocka_unit_test(windows),
        cmocka_unit_test(dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

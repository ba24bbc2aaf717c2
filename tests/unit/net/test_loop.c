/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "net/loop.h"

static uint64_t fired_at[4];
static struct net_loop loop;

static void fire(void *owner)
{
    *(uint64_t *)owner = loop.now_ms;
}

static void timers_fire_once_and_in_time(void **state)
{
    (void)state;
    const uint64_t delays[] = {0, 31, 1000, 3600000};
    struct net_timer timers[4];
    assert_true(net_loop_init(&loop, NULL));
    net_loop_advance(&loop, 5000000);
    for (size_t i = 0; i < 4; i++) {
        fired_at[i] = 0;
        net_timer_init(&timers[i], fire, &fired_at[i]);
        net_timer_start(&loop, &timers[i], delays[i]);
    }
    for (uint64_t now = 5000000; now < 5000000 + 3700000; now += 7)
        net_loop_advance(&loop, now);
    for (size_t i = 0; i < 4; i++) {
        uint64_t due = 5000000 + delays[i];
        assert_true(fired_at[i] >= due && fired_at[i] <= due + NET_WHEEL_TICK_MS + 7);
    }
    assert_int_equal(loop.timers, 0);
    net_loop_release(&loop);
}

static void a_stopped_or_restarted_timer_does_not_fire_early(void **state)
{
    (void)state;
    struct net_timer timer;
    assert_true(net_loop_init(&loop, NULL));
    fired_at[0] = 0;
    net_timer_init(&timer, fire, &fired_at[0]);
    net_timer_start(&loop, &timer, 100);
    net_loop_advance(&loop, 90);
    net_timer_start(&loop, &timer, 100);
    net_loop_advance(&loop, 150);
    assert_int_equal(fired_at[0], 0);
    net_timer_stop(&loop, &timer);
    net_loop_advance(&loop, 100000);
    assert_int_equal(fired_at[0], 0);
    net_loop_release(&loop);
}

static void a_leap_in_time_fires_all(void **state)
{
    (void)state;
    struct net_timer timers[4];
    assert_true(net_loop_init(&loop, NULL));
    for (size_t i = 0; i < 4; i++) {
        fired_at[i] = 0;
        net_timer_init(&timers[i], fire, &fired_at[i]);
        net_timer_start(&loop, &timers[i], 1000 * (i * i * i + 1));
    }
    net_loop_advance(&loop, 10000000);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(fired_at[i], 10000000);
    net_loop_release(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_once_and_in_time),
        cmocka_unit_test(a_stopped_or_restarted_timer_does_not_fire_early),
        cmocka_unit_test(a_leap_in_time_fires_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

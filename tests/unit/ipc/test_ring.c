/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/attr.h"
#include "ipc/ring.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE ((size_t)64 << 10)

struct sides {
    struct ring *writer, *reader;
    int memory, wake[2]; /* spare copies */
};

static char out[RING_RECORD_MAX];

static int sides_setup(void **state)
{
    static struct sides s;
    assert_int_equal(ring_make(SIZE, 42, &s.memory, &s.wake[0], &s.wake[1]), 0);
    s.writer = ring_open_writer(dup(s.memory), dup(s.wake[0]), dup(s.wake[1]));
    s.reader = ring_open_reader(dup(s.memory), dup(s.wake[0]), dup(s.wake[1]));
    assert_non_null(s.writer);
    assert_non_null(s.reader);
    assert_int_equal(ring_id(s.reader), 42);
    ring_set_accepting(s.reader, true);
    *state = &s;
    return 0;
}

static int sides_teardown(void **state)
{
    struct sides *s = *state;
    ring_close(s->writer);
    ring_close(s->reader);
    close(s->memory);
    close(s->wake[0]);
    close(s->wake[1]);
    return 0;
}

/* A record whose bytes tell its number. */
static size_t make_record(uint64_t n, char *bytes)
{
    size_t len = (size_t)(n * 37 % 3000);
    memset(bytes, (int)('a' + n % 26), len);
    return len;
}

static void assert_record(const char *bytes, size_t len, uint64_t n)
{
    static char expected[3000];
    assert_int_equal(len, make_record(n, expected));
    assert_memory_equal(bytes, expected, len);
}

static bool readable(int fd)
{
    uint64_t n;
    return read(fd, &n, sizeof(n)) == sizeof(n);
}

static void records_come_through_in_order(void **state)
{
    struct sides *s = *state;
    static char bytes[3000];
    uint64_t put = 0, got = 0, sequence;
    size_t len;
    while (got < 5000) {
        while (ring_put(s->writer, str_make(bytes, make_record(put + 1, bytes))) != 0)
            put++;
        assert_true(put > got);
        while (ring_read(s->reader, out, &len, &sequence) == RING_RECORD) {
            got++;
            assert_int_equal(sequence, got);
            assert_record(out, len, got);
        }
        assert_int_equal(put, got);
        assert_int_equal(ring_put(s->writer, str_make(bytes, 3000)), 0); /* room not yet freed */
        ring_publish_written(s->reader);
    }
}

static void nothing_is_taken_while_not_accepting(void **state)
{
    struct sides *s = *state;
    ring_set_accepting(s->reader, false);
    assert_false(ring_accepting(s->writer));
    assert_int_equal(ring_put(s->writer, STR("x")), 0);
    assert_null(ring_reserve(s->writer, 10));
    ring_set_accepting(s->reader, true);
    assert_int_equal(ring_put(s->writer, STR("x")), 1);
    assert_null(ring_reserve(s->writer, RING_RECORD_MAX + 1));
}

static void a_reservation_may_be_left_or_used_in_part(void **state)
{
    struct sides *s = *state;
    uint64_t sequence;
    size_t len;
    memcpy(ring_reserve(s->writer, 100), "gone", 4);
    char *at = ring_reserve(s->writer, 1000);
    memcpy(at, "abc", 3);
    assert_int_equal(ring_commit(s->writer, 3), 1);
    assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_RECORD);
    assert_str(str_make(out, len), STR("abc"));
    assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_EMPTY);
}

static void only_a_sleeping_reader_is_woken(void **state)
{
    struct sides *s = *state;
    uint64_t sequence;
    size_t len;
    assert_int_equal(ring_put(s->writer, STR("a")), 1);
    assert_false(readable(s->wake[0]));
    assert_false(ring_sleep(s->reader)); /* there is something to read */
    assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_RECORD);
    assert_true(ring_sleep(s->reader));
    assert_int_equal(ring_put(s->writer, STR("b")), 2);
    assert_true(readable(s->wake[0]));
    assert_int_equal(ring_put(s->writer, STR("c")), 3); /* awake by now: once is enough */
    assert_false(readable(s->wake[0]));
}

static void a_waiting_writer_is_woken_by_progress(void **state)
{
    struct sides *s = *state;
    assert_false(ring_durable(s->writer, 1));
    ring_publish_durable(s->reader, 1);
    assert_false(readable(s->wake[1]));
    ring_await(s->writer);
    ring_publish_durable(s->reader, 2);
    assert_true(readable(s->wake[1]));
    assert_true(ring_durable(s->writer, 2));
    assert_false(ring_durable(s->writer, 3));
    ring_set_accepting(s->reader, false);
    assert_true(readable(s->wake[1]));
    assert_false(ring_durable_wanted(s->reader));
    ring_want_durable(s->writer, 2); /* is there already */
    assert_false(ring_durable_wanted(s->reader));
    assert_true(ring_sleep(s->reader));
    ring_woken(s->reader);
    ring_want_durable(s->writer, 3);
    assert_true(ring_durable_wanted(s->reader));
    assert_true(readable(s->wake[0])); /* a sleeping reader is woken for it */
    ring_publish_durable(s->reader, 3);
    assert_true(readable(s->wake[1]));
    assert_false(ring_durable_wanted(s->reader));
    ring_await_stop(s->writer);
    ring_set_accepting(s->reader, true);
    assert_false(readable(s->wake[1]));
}

static void a_new_reader_goes_on_where_the_old_one_published(void **state)
{
    struct sides *s = *state;
    uint64_t sequence;
    size_t len;
    for (uint64_t n = 1; n <= 6; n++) {
        static char bytes[3000];
        assert_int_equal(ring_put(s->writer, str_make(bytes, make_record(n, bytes))), n);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_RECORD);
    ring_publish_written(s->reader);
    for (int i = 0; i < 2; i++) /* read, even written, but killed before it could say so */
        assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_RECORD);
    ring_close(s->reader);
    s->reader = ring_open_reader(dup(s->memory), dup(s->wake[0]), dup(s->wake[1]));
    ring_skip_to(s->reader, 4); /* what the log says */
    for (uint64_t n = 5; n <= 6; n++) {
        assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_RECORD);
        assert_int_equal(sequence, n);
        assert_record(out, len, n);
    }
    assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_EMPTY);
}

static void what_a_killed_writer_put_is_read(void **state)
{
    struct sides *s = *state;
    uint64_t sequence = 0, last = 0;
    size_t len;
    pid_t child = fork();
    if (child == 0) {
        static char bytes[3000];
        for (uint64_t n = 1;; n++)
            if (ring_put(s->writer, str_make(bytes, make_record(n, bytes))) == 0)
                n--;
    }
    while (last < 2000) {
        if (ring_read(s->reader, out, &len, &sequence) != RING_RECORD)
            continue;
        last = sequence;
        assert_record(out, len, sequence);
        ring_publish_written(s->reader);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (ring_read(s->reader, out, &len, &sequence) == RING_RECORD) {
        assert_int_equal(sequence, ++last);
        assert_record(out, len, sequence);
    }
    assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_EMPTY);
}

/* A worker in an attacker's hands writes what it likes into the memory. */
static void a_hostile_writer_only_breaks_its_own_ring(void **state)
{
    static const struct {
        const char *name;
        size_t offset; /* in the memory file: 64 is head, 4096 the first record */
        uint64_t value;
        size_t bytes;
    } rows[] = {
        {"head far away", 64, UINT64_C(1) << 60, 8},
        {"head beyond the size", 64, SIZE + 16, 8},
        {"head before the reader", 64, UINT64_MAX, 8},
        {"head inside a record's head", 64, 8, 8},
        {"length of 4 GiB", 4096, 0xFFFFFFFF, 4},
        {"length just over the limit", 4096, RING_RECORD_MAX + 1, 4},
        {"length beyond head", 4096, 64, 4},
        {"nonsense in the second word", 4100, 1, 4},
        {"sequence 0", 4104, 0, 8},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sides *s;
        uint64_t sequence;
        size_t len;
        sides_setup((void **)&s);
        assert_int_equal(ring_put(s->writer, STR("good")), 1);
        assert_int_equal(pwrite(s->memory, &rows[i].value, rows[i].bytes, (off_t)rows[i].offset),
                         rows[i].bytes);
        if (ring_read(s->reader, out, &len, &sequence) != RING_BROKEN)
            fail_msg("%s", rows[i].name);
        assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_BROKEN);
        assert_true(ring_sleep(s->reader));
        sides_teardown((void **)&s);
    }
}

static void sequences_that_jump_are_refused(void **state)
{
    struct sides *s = *state;
    uint64_t sequence, nine = 9;
    size_t len;
    assert_int_equal(ring_put(s->writer, STR("one")), 1);
    assert_int_equal(ring_put(s->writer, STR("two")), 2);
    assert_int_equal(pwrite(s->memory, &nine, 8, 4096 + 32 + 8), 8);
    assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_RECORD);
    assert_int_equal(ring_read(s->reader, out, &len, &sequence), RING_BROKEN);
}

static void memory_that_is_no_ring_is_refused(void **state)
{
    (void)state;
    int memory = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING), a, b, c;
    assert_int_equal(ftruncate(memory, 4096 + (off_t)SIZE), 0);
    assert_null(ring_open_reader(dup(memory), -1, -1)); /* not sealed */
    assert_int_equal(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    assert_null(ring_open_reader(memory, -1, -1)); /* no magic */
    assert_true(ring_make(1000, 1, &a, &b, &c) < 0);
    assert_true(ring_make(SIZE + 4096, 1, &a, &b, &c) < 0);
}

#define with_sides(test) cmocka_unit_test_setup_teardown(test, sides_setup, sides_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        with_sides(records_come_through_in_order),
        with_sides(nothing_is_taken_while_not_accepting),
        with_sides(a_reservation_may_be_left_or_used_in_part),
        with_sides(only_a_sleeping_reader_is_woken),
        with_sides(a_waiting_writer_is_woken_by_progress),
        with_sides(a_new_reader_goes_on_where_the_old_one_published),
        with_sides(what_a_killed_writer_put_is_read),
        cmocka_unit_test(a_hostile_writer_only_breaks_its_own_ring),
        with_sides(sequences_that_jump_are_refused),
        cmocka_unit_test(memory_that_is_no_ring_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

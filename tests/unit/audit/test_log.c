/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "audit/log.h"
#include "audit/search.h"
#include "audit/verify.h"
#include "base/attr.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW INT64_C(1763800000000000)

/* A folder with a log in it. */
struct place {
    char path[64];
    int folder;
    struct audit_key *key;
    struct audit_log *log;
    const char *remark;
    uint64_t records;
};

static char text[1 << 20];

static struct str read_file(struct place *p, const char *name)
{
    int fd = openat(p->folder, name, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, text, sizeof(text));
    close(fd);
    assert_true(n >= 0 && (size_t)n < sizeof(text));
    return str_make(text, (size_t)n);
}

static void write_file(struct place *p, const char *name, struct str bytes)
{
    int fd = openat(p->folder, name, O_WRONLY | O_TRUNC | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    close(fd);
}

static int log_open(struct place *p)
{
    struct audit_log_options options = {
        .folder = p->folder, .key = p->key, .segment_bytes = 4096, .segment_us = 3600000000};
    return audit_log_open(&options, NOW, &p->log, &p->remark);
}

static void add(struct place *p, unsigned count)
{
    struct audit_origin origin = {.from = "worker/0", .ring = 5};
    char body[200];
    for (unsigned i = 0; i < count; i++) {
        origin.number = ++p->records;
        int len = snprintf(body, sizeof(body),
                           "{\"v\":1,\"time\":\"2026-11-22T10:00:%02u.000000Z\",\"kind\":"
                           "\"decision\",\"target\":\"shop\",\"decision\":\"%s\",\"text\":"
                           "\"SELECT %llu\"}",
                           (unsigned)p->records % 60, p->records % 3 ? "allow" : "deny",
                           (unsigned long long)p->records);
        assert_true(audit_log_add(p->log, &origin, str_make(body, (size_t)len)));
        assert_int_equal(audit_log_write(p->log, NOW), 0);
    }
}

static struct audit_key *make_key(void)
{
    struct buf pem;
    buf_init(&pem, 4096);
    assert_true(audit_key_make(&pem));
    struct audit_key *key = audit_key_read(buf_str(&pem));
    buf_release(&pem);
    assert_non_null(key);
    return key;
}

static int place_setup(void **state)
{
    struct place *p = calloc(1, sizeof(*p));
    snprintf(p->path, sizeof(p->path), "/tmp/cardea-audit-XXXXXX");
    assert_non_null(mkdtemp(p->path));
    p->folder = open(p->path, O_RDONLY | O_DIRECTORY);
    p->key = make_key();
    assert_int_equal(log_open(p), 0);
    assert_string_equal(p->remark, "");
    *state = p;
    return 0;
}

static int place_teardown(void **state)
{
    struct place *p = *state;
    static const char *names[] = {"audit.head", "audit.pub", "audit.lock"};
    char name[AUDIT_SEGMENT_NAME_SIZE];
    audit_log_free(p->log);
    for (uint64_t i = 1; i < 60; i++) {
        audit_segment_name(i, name);
        unlinkat(p->folder, name, 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlinkat(p->folder, names[i], 0);
    close(p->folder);
    rmdir(p->path);
    audit_key_free(p->key);
    free(p);
    return 0;
}

static struct audit_verdict verify(struct place *p)
{
    struct audit_verify_options options = {0};
    struct audit_verdict v;
    audit_verify(p->folder, &options, &v);
    return v;
}

static void assert_whole(struct place *p)
{
    struct audit_verdict v = verify(p);
    if (v.fault != AUDIT_WHOLE)
        fail_msg("%s:%llu: %s", v.file, (unsigned long long)v.line, v.what);
}

/* 40 records in 3 segments, closed in order. */
static void fill(struct place *p)
{
    add(p, 40);
    assert_int_equal(audit_log_finish(p->log, NOW), 0);
    audit_log_free(p->log);
    p->log = NULL;
}

static void a_log_that_was_left_alone_is_whole(void **state)
{
    struct place *p = *state;
    assert_whole(p);
    add(p, 40);
    assert_int_equal(audit_log_segment(p->log), 3);
    assert_whole(p);
    assert_int_equal(audit_log_finish(p->log, NOW), 0);
    struct audit_verdict v = verify(p);
    assert_int_equal(v.fault, AUDIT_WHOLE);
    assert_int_equal(v.segments, 3);
    assert_int_equal(v.lines, 40 + 3 + 3);
    assert_int_equal(v.last_n, v.lines);
    assert_int_equal(v.unsigned_lines, 0);
    assert_int_equal(v.recoveries, 0);
}

/* ---- what an attacker with write access does, and where it is found ---- */

static struct str line_at(struct str bytes, unsigned number)
{
    for (unsigned i = 1; bytes.len > 0; i++) {
        ptrdiff_t end = str_find_char(bytes, '\n');
        if (i == number)
            return str_slice(bytes, 0, (size_t)end + 1);
        bytes = str_slice(bytes, (size_t)end + 1, bytes.len);
    }
    fail_msg("there is no line %u", number);
    return STR_NONE;
}

static unsigned line_count(struct str bytes)
{
    unsigned n = 0;
    for (size_t i = 0; i < bytes.len; i++)
        n += bytes.ptr[i] == '\n';
    return n;
}

/* The byte of that line behind `at` is made another. */
static void flip(struct place *p, const char *name, unsigned number, const char *at)
{
    struct str bytes = read_file(p, name), line = line_at(bytes, number);
    ptrdiff_t found = str_find(line, str_of(at));
    assert_true(found >= 0);
    size_t offset = (size_t)(line.ptr - bytes.ptr) + (size_t)found + strlen(at);
    text[offset] = text[offset] == '7' ? '8' : '7';
    write_file(p, name, bytes);
}

static void take_out(struct place *p, const char *name, unsigned from, unsigned count)
{
    struct str bytes = read_file(p, name);
    static char kept[sizeof(text)];
    size_t len = 0;
    unsigned lines = line_count(bytes);
    for (unsigned i = 1; i <= lines; i++) {
        struct str line = line_at(bytes, i);
        if (i >= from && i < from + count)
            continue;
        memcpy(kept + len, line.ptr, line.len);
        len += line.len;
    }
    write_file(p, name, str_make(kept, len));
}

static void swap_lines(struct place *p, const char *name, unsigned a, unsigned b)
{
    struct str bytes = read_file(p, name);
    static char mixed[sizeof(text)];
    size_t len = 0;
    unsigned lines = line_count(bytes);
    for (unsigned i = 1; i <= lines; i++) {
        struct str line = line_at(bytes, i == a ? b : i == b ? a : i);
        memcpy(mixed + len, line.ptr, line.len);
        len += line.len;
    }
    write_file(p, name, str_make(mixed, len));
}

#define ONE   "audit-000001.jsonl"
#define TWO   "audit-000002.jsonl"
#define THREE "audit-000003.jsonl"

static void flip_text(struct place *p)
{
    flip(p, TWO, 5, "SELECT ");
}
static void flip_number(struct place *p)
{
    flip(p, TWO, 5, "{\"n\":");
}
static void flip_prev(struct place *p)
{
    flip(p, TWO, 5, "\"prev\":\"");
}
static void flip_head_line(struct place *p)
{
    flip(p, TWO, 1, "\"key\":\"");
}
static void flip_first_line(struct place *p)
{
    flip(p, ONE, 1, "\"time\":\"");
}
static void flip_origin(struct place *p)
{
    flip(p, ONE, 3, "\"from\":\"worker/");
}
static void flip_end_line(struct place *p)
{
    flip(p, ONE, line_count(read_file(p, ONE)), "\"time\":\"");
}
static void flip_very_last(struct place *p)
{
    flip(p, THREE, line_count(read_file(p, THREE)), "\"time\":\"");
}
static void flip_last_record(struct place *p)
{
    flip(p, THREE, line_count(read_file(p, THREE)) - 1, "SELECT ");
}
static void flip_brace(struct place *p)
{
    struct str bytes = read_file(p, TWO), line = line_at(bytes, 6);
    text[line.ptr - bytes.ptr] = '[';
    write_file(p, TWO, bytes);
}
static void remove_line(struct place *p)
{
    take_out(p, TWO, 7, 1);
}
static void remove_lines(struct place *p)
{
    take_out(p, TWO, 7, 3);
}
static void remove_first(struct place *p)
{
    take_out(p, TWO, 1, 1);
}
static void repeat_line(struct place *p)
{
    struct str bytes = read_file(p, TWO), line = line_at(bytes, 4);
    size_t at = (size_t)(line.ptr - bytes.ptr) + line.len, n = line.len;
    memmove(text + at + n, text + at, bytes.len - at);
    memcpy(text + at, text + at - n, n);
    write_file(p, TWO, str_make(text, bytes.len + n));
}
static void swap_two_lines(struct place *p)
{
    swap_lines(p, TWO, 4, 5);
}
static void cut_tail(struct place *p)
{
    take_out(p, THREE, line_count(read_file(p, THREE)) - 1, 2);
}
static void cut_tail_of_middle(struct place *p)
{
    take_out(p, TWO, line_count(read_file(p, TWO)) - 1, 2);
}
static void cut_in_line(struct place *p)
{
    struct str bytes = read_file(p, THREE);
    write_file(p, THREE, str_slice(bytes, 0, bytes.len - 10));
}
static void empty_last(struct place *p)
{
    write_file(p, THREE, STR_NONE);
}
static void swap_segments(struct place *p)
{
    assert_int_equal(renameat(p->folder, ONE, p->folder, "x"), 0);
    assert_int_equal(renameat(p->folder, TWO, p->folder, ONE), 0);
    assert_int_equal(renameat(p->folder, "x", p->folder, TWO), 0);
}
static void remove_middle(struct place *p)
{
    assert_int_equal(unlinkat(p->folder, TWO, 0), 0);
}
static void remove_oldest(struct place *p)
{
    assert_int_equal(unlinkat(p->folder, ONE, 0), 0);
}
static void remove_newest(struct place *p)
{
    assert_int_equal(unlinkat(p->folder, THREE, 0), 0);
}
static void remove_head(struct place *p)
{
    assert_int_equal(unlinkat(p->folder, "audit.head", 0), 0);
}
static void change_head(struct place *p)
{
    struct str bytes = read_file(p, "audit.head");
    text[5] = '9';
    write_file(p, "audit.head", bytes);
}
/* Without the key: the whole log made anew, with the attacker's own. */
static void forge_all(struct place *p)
{
    struct str pub = read_file(p, "audit.pub");
    static char kept[128];
    memcpy(kept, pub.ptr, pub.len);
    for (unsigned i = 1; i <= 3; i++) {
        char name[AUDIT_SEGMENT_NAME_SIZE];
        audit_segment_name(i, name);
        unlinkat(p->folder, name, 0);
    }
    unlinkat(p->folder, "audit.head", 0);
    audit_key_free(p->key);
    p->key = make_key();
    p->records = 0;
    assert_int_equal(log_open(p), 0);
    fill(p);
    write_file(p, "audit.pub", str_make(kept, pub.len));
}

static void tampering_is_found_and_located(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*tamper)(struct place *p);
        enum audit_fault fault;
        const char *file;
        int line; /* -1: the last line of that file; -2: the last but one */
    } rows[] = {
        {"a byte of a text", flip_text, AUDIT_CHANGED, TWO, 5},
        {"a line's number", flip_number, AUDIT_CHANGED, TWO, 5},
        {"a line's hash of the one before", flip_prev, AUDIT_CHANGED, TWO, 5},
        {"where a line came from", flip_origin, AUDIT_CHANGED, ONE, 3},
        {"the key in a segment's head", flip_head_line, AUDIT_SIGNATURE, TWO, 1},
        {"the first line of all", flip_first_line, AUDIT_SIGNATURE, ONE, 1},
        {"the end of a segment", flip_end_line, AUDIT_SIGNATURE, ONE, -1},
        {"the last line of all", flip_very_last, AUDIT_SIGNATURE, THREE, -1},
        {"the last record", flip_last_record, AUDIT_CHANGED, THREE, -2},
        {"a line that is none any more", flip_brace, AUDIT_UNREADABLE, TWO, 6},
        {"a line removed", remove_line, AUDIT_MISSING, TWO, 7},
        {"three lines removed", remove_lines, AUDIT_MISSING, TWO, 7},
        {"the head of a segment removed", remove_first, AUDIT_MISSING, TWO, 1},
        {"a line repeated", repeat_line, AUDIT_EXTRA, TWO, 5},
        {"two lines swapped", swap_two_lines, AUDIT_CHANGED, TWO, 4},
        {"the tail cut", cut_tail, AUDIT_CUT, THREE, -1},
        {"the tail of an older segment cut", cut_tail_of_middle, AUDIT_CUT, TWO, -1},
        {"cut inside a line", cut_in_line, AUDIT_CUT, THREE, 0},
        {"the last segment emptied", empty_last, AUDIT_CUT, TWO, -1},
        {"two segments swapped", swap_segments, AUDIT_SEGMENT_MOVED, ONE, 1},
        {"a segment removed", remove_middle, AUDIT_SEGMENT_GONE, TWO, 0},
        {"the oldest segment removed", remove_oldest, AUDIT_SEGMENT_GONE, ONE, 0},
        {"the newest segment removed", remove_newest, AUDIT_SEGMENT_GONE, THREE, 0},
        {"audit.head removed", remove_head, AUDIT_CUT, "audit.head", 0},
        {"audit.head changed", change_head, AUDIT_SIGNATURE, "audit.head", 1},
        {"all of it forged with another key", forge_all, AUDIT_SIGNATURE, "audit.head", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct place *p;
        place_setup((void **)&p);
        fill(p);
        assert_whole(p);
        rows[i].tamper(p);
        struct audit_verdict v = verify(p);
        int line = rows[i].line;
        if (line < 0)
            line += (int)line_count(read_file(p, rows[i].file)) + 1;
        if (v.fault != rows[i].fault || strcmp(v.file, rows[i].file) != 0 ||
            (line != 0 && v.line != (uint64_t)line))
            fail_msg("%s: %s at %s:%llu (%s), not %s at %s:%d", rows[i].name,
                     audit_fault_name(v.fault), v.file, (unsigned long long)v.line, v.what,
                     audit_fault_name(rows[i].fault), rows[i].file, line);
        place_teardown((void **)&p);
    }
}

/* Every single byte of a small log, flipped: never unseen, never blamed on a line more than one
 * away. */
static void every_flipped_byte_is_found(void **state)
{
    struct place *p = *state;
    add(p, 6);
    assert_int_equal(audit_log_finish(p->log, NOW), 0);
    struct str bytes = read_file(p, ONE);
    static char whole[8192];
    memcpy(whole, bytes.ptr, bytes.len);
    uint64_t line = 1;
    for (size_t i = 0; i < bytes.len; i++) {
        memcpy(text, whole, bytes.len);
        text[i] ^= 1;
        write_file(p, ONE, str_make(text, bytes.len));
        struct audit_verdict v = verify(p);
        if (v.fault == AUDIT_WHOLE || v.line + 1 < line || v.line > line + 1)
            fail_msg("byte %zu of line %llu: %s at line %llu", i, (unsigned long long)line,
                     audit_fault_name(v.fault), (unsigned long long)v.line);
        line += whole[i] == '\n';
    }
}

static void a_rolled_back_folder_is_found_by_what_was_noted(void **state)
{
    struct place *p = *state;
    add(p, 5);
    struct str head = read_file(p, "audit.head"), segment;
    static char head_kept[512], segment_kept[8192];
    size_t head_len = head.len;
    memcpy(head_kept, head.ptr, head.len);
    segment = read_file(p, ONE);
    size_t segment_len = segment.len;
    memcpy(segment_kept, segment.ptr, segment.len);
    add(p, 2);
    struct audit_verdict noted = verify(p), v;
    write_file(p, ONE, str_make(segment_kept, segment_len));
    write_file(p, "audit.head", str_make(head_kept, head_len));
    assert_whole(p); /* nothing in the folder can tell */
    struct audit_verify_options options = {.expect_n = noted.last_n};
    memcpy(options.expect_hash, noted.last_hash, AUDIT_HASH_SIZE);
    assert_false(audit_verify(p->folder, &options, &v));
    assert_int_equal(v.fault, AUDIT_CUT);
}

/* ---- the writer's life ---- */

static void a_log_goes_on_after_an_orderly_end(void **state)
{
    struct place *p = *state;
    fill(p);
    assert_int_equal(log_open(p), 0);
    assert_string_equal(p->remark, "");
    assert_int_equal(audit_log_segment(p->log), 4);
    add(p, 3);
    struct audit_verdict v = verify(p);
    assert_int_equal(v.fault, AUDIT_WHOLE);
    assert_int_equal(v.recoveries, 0);
}

static void a_log_goes_on_after_a_crash(void **state)
{
    struct place *p = *state;
    add(p, 5);
    audit_log_free(p->log);
    /* a line behind the head, and a torn one, as a kill between two writes leaves them */
    struct str head = read_file(p, "audit.head");
    static char kept[512];
    memcpy(kept, head.ptr, head.len);
    assert_int_equal(log_open(p), 0);
    assert_int_equal(audit_log_ring_last(p->log, 5), 5);
    assert_int_equal(audit_log_ring_last(p->log, 6), 0);
    add(p, 1);
    audit_log_free(p->log);
    write_file(p, "audit.head", str_make(kept, AUDIT_HEAD_SIZE));
    int fd = openat(p->folder, ONE, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "{\"n\":9", 6), 6);
    close(fd);
    assert_int_equal(log_open(p), 0);
    assert_string_equal(p->remark, "");
    assert_int_equal(audit_log_ring_last(p->log, 5), 6);
    add(p, 3);
    struct audit_verdict v = verify(p);
    assert_int_equal(v.fault, AUDIT_WHOLE);
    assert_int_equal(v.recoveries, 2);
    assert_int_equal(v.torn_bytes, 6);
    assert_int_equal(v.unsigned_lines, 0);
}

static void a_restart_does_not_cover_tampering(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*tamper)(struct place *p);
        enum audit_fault fault;
    } rows[] = {
        {"cut tail", cut_tail, AUDIT_CUT},
        {"emptied", empty_last, AUDIT_CUT},
        {"last record changed", flip_last_record, AUDIT_CHANGED},
        {"last segment removed", remove_newest, AUDIT_SEGMENT_GONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct place *p;
        place_setup((void **)&p);
        fill(p);
        rows[i].tamper(p);
        assert_int_equal(log_open(p), 0);
        add(p, 5);
        assert_int_equal(audit_log_finish(p->log, NOW), 0);
        struct audit_verdict v = verify(p);
        if (v.fault == AUDIT_WHOLE)
            fail_msg("%s: went unseen", rows[i].name);
        place_teardown((void **)&p);
    }
}

static void one_writer_at_a_time(void **state)
{
    struct place *p = *state;
    struct audit_log *first = p->log;
    assert_int_equal(log_open(p), -EBUSY);
    p->log = first;
}

/* The file may not grow past a limit for a while: as a full disk, a part of the batch gets out. */
static void a_full_disk_loses_and_tears_nothing(void **state)
{
    struct place *p = *state;
    signal(SIGXFSZ, SIG_IGN);
    struct audit_origin origin = {.from = "worker/0", .ring = 5};
    struct rlimit limit = {1000, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (unsigned i = 0; i < 20; i++) {
        origin.number = i + 1;
        assert_true(audit_log_add(p->log, &origin, STR("{\"v\":1,\"kind\":\"decision\"}")));
        int error = audit_log_write(p->log, NOW);
        assert_true(error == 0 || error == -EFBIG);
        if (i == 19)
            assert_int_equal(error, -EFBIG);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_int_equal(audit_log_write(p->log, NOW), 0);
    assert_int_equal(audit_log_sync(p->log), 0);
    struct audit_verdict v = verify(p);
    assert_int_equal(v.fault, AUDIT_WHOLE);
    assert_true(v.lines >= 21);
    assert_int_equal(v.unsigned_lines, 0);
}

/* ---- search ---- */

static bool count_found(void *owner, struct str line, json_t *record)
{
    (void)line;
    assert_non_null(json_object_get(record, "decision"));
    ++*(unsigned *)owner;
    return true;
}

static void records_are_found(void **state)
{
    struct place *p = *state;
    static const struct {
        struct audit_filter filter;
        uint64_t last;
        unsigned found;
    } rows[] = {
        {{.target = STR_INIT("shop")}, 0, 40},
        {{.target = STR_INIT("Shop")}, 0, 0},
        {{.decision = STR_INIT("deny")}, 0, 13},
        {{.decision = STR_INIT("deny")}, 2, 2},
        {{.decision = STR_INIT("deny")}, 1000, 13},
        {{.text = STR_INIT("select 4")}, 0, 2}, /* 4 and 40 */
        {{.kind = STR_INIT("decision"), .text = STR_INIT("40")}, 0, 1},
        {{.since = STR_INIT("2026-11-22T10:00:39"), .kind = STR_INIT("decision")}, 0, 2},
        {{.until = STR_INIT("2026-11-22T10:00:03"), .kind = STR_INIT("decision")}, 0, 2},
        {{.subject = STR_INIT("x*")}, 0, 0},
        {{.group = STR_INIT("x")}, 0, 0},
    };
    fill(p);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        unsigned found = 0;
        struct audit_search search = {
            .filter = rows[i].filter, .last = rows[i].last, .found = count_found, .owner = &found};
        int64_t n = audit_search(p->folder, &search);
        if (n != rows[i].found || found != rows[i].found)
            fail_msg("row %zu: %lld found", i, (long long)n);
    }
}

#define with_place(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        with_place(a_log_that_was_left_alone_is_whole),
        cmocka_unit_test(tampering_is_found_and_located),
        with_place(every_flipped_byte_is_found),
        with_place(a_rolled_back_folder_is_found_by_what_was_noted),
        with_place(a_log_goes_on_after_an_orderly_end),
        with_place(a_log_goes_on_after_a_crash),
        cmocka_unit_test(a_restart_does_not_cover_tampering),
        with_place(one_writer_at_a_time),
        with_place(a_full_disk_loses_and_tears_nothing),
        with_place(records_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A line that doesn't fit the one before it leaves open which of the two is to blame. The line
 * after it decides: it holds the hash of what the middle one was. For the last line of all,
 * audit.head is that witness. So the walk keeps two lines back.
 *
 *   before --(prev, n)--> suspect --(prev)--> witness
 *
 *   the witness vouches for the suspect:  the line before was changed, or lines were taken or added
 *   it does not:                          the suspect itself was changed
 */
#include "audit/verify.h"

#include "audit/scan.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A line and where it stands. */
struct place {
    uint64_t segment, line, n;
    unsigned char hash[AUDIT_HASH_SIZE], prev[AUDIT_HASH_SIZE];
};

struct walk {
    const struct audit_verify_options *options;
    struct audit_verdict *verdict;
    unsigned char public_key[AUDIT_PUBLIC_SIZE];
    struct audit_head head;
    struct place before, suspect; /* n 0: none */
    bool expected_seen;
    bool ended; /* the last line is a segment_end */
};

static const char *const fault_names[] = {
    [AUDIT_WHOLE] = "whole",
    [AUDIT_CHANGED] = "changed",
    [AUDIT_MISSING] = "missing",
    [AUDIT_EXTRA] = "extra",
    [AUDIT_CUT] = "cut",
    [AUDIT_SEGMENT_GONE] = "segment-gone",
    [AUDIT_SEGMENT_MOVED] = "segment-moved",
    [AUDIT_SIGNATURE] = "signature",
    [AUDIT_UNREADABLE] = "unreadable",
    [AUDIT_IO] = "io",
};

const char *audit_fault_name(enum audit_fault fault)
{
    return (unsigned)fault < ARRAY_LEN(fault_names) ? fault_names[fault] : "invalid";
}

/* ---- verdicts ---- */

static bool find(struct walk *w, enum audit_fault fault, uint64_t segment, uint64_t line,
                 const char *format, ...) PRINTF_LIKE(5, 6);

/* Writes the verdict down, the first time. False always. */
static bool find(struct walk *w, enum audit_fault fault, uint64_t segment, uint64_t line,
                 const char *format, ...)
{
    struct audit_verdict *v = w->verdict;
    va_list args;

    if (v->fault != AUDIT_WHOLE)
        return false;
    v->fault = fault;
    v->line = line;
    if (segment != 0)
        audit_segment_name(segment, v->file);
    va_start(args, format);
    vsnprintf(v->what, sizeof(v->what), format, args);
    va_end(args);
    return false;
}

/* The suspect is what was written; something between it and the line before is not. */
static bool find_between(struct walk *w)
{
    const struct place *a = &w->before, *b = &w->suspect;

    if (b->n == a->n + 1)
        return find(w, AUDIT_CHANGED, a->segment, a->line, "this line was changed");
    if (b->n <= a->n)
        return find(w, AUDIT_EXTRA, b->segment, b->line,
                    "line number %llu follows number %llu: added, repeated or moved",
                    (unsigned long long)b->n, (unsigned long long)a->n);
    if (b->line == 1 && a->n != 0)
        return find(w, AUDIT_CUT, a->segment, a->line,
                    "%llu lines are missing behind this one, the last of its segment",
                    (unsigned long long)(b->n - a->n - 1));
    return find(w, AUDIT_MISSING, b->segment, b->line, "%llu lines are missing before this one",
                (unsigned long long)(b->n - a->n - 1));
}

static bool hash_is(const unsigned char *a, const unsigned char *b)
{
    return memcmp(a, b, AUDIT_HASH_SIZE) == 0;
}

static bool fits(const struct place *a, const struct place *b)
{
    return b->n == a->n + 1 && hash_is(b->prev, a->hash);
}

/* `witness` says what the suspect's hash must be; NULL: there is no witness. */
static bool judge(struct walk *w, const unsigned char *witness)
{
    const struct place *b = &w->suspect;

    if (b->n == 0 || fits(&w->before, b))
        return true;
    if (witness == NULL || hash_is(witness, b->hash))
        return find_between(w);
    return find(w, AUDIT_CHANGED, b->segment, b->line, "this line was changed");
}

/* ---- the recorder's own lines ---- */

static bool check_segment_line(struct walk *w, uint64_t segment, struct str text, struct str body)
{
    uint64_t number = 0;

    if (str_find(body, STR("\"kind\":\"segment\"")) < 0)
        return find(w, AUDIT_MISSING, segment, 1, "the segment doesn't begin with its head");
    if (!audit_member_u64(body, "segment", &number) || number != segment)
        return find(w, AUDIT_SEGMENT_MOVED, segment, 1,
                    "this is the content of segment %llu, renamed or swapped",
                    (unsigned long long)number);
    if (!audit_signed_by(text, w->public_key))
        return find(w, AUDIT_SIGNATURE, segment, 1,
                    "the segment's head was changed or is signed with another key");
    return true;
}

static bool check_own_line(struct walk *w, uint64_t segment, uint64_t line, struct str text,
                           struct str body)
{
    w->ended = str_find(body, STR("\"kind\":\"segment_end\"")) >= 0;
    if (line == 1)
        return check_segment_line(w, segment, text, body);
    if (!audit_signed_by(text, w->public_key))
        return find(w, AUDIT_SIGNATURE, segment, line,
                    "a line of the recorder itself was changed or is signed with another key");
    if (str_find(body, STR("\"kind\":\"recovery\"")) >= 0) {
        uint64_t torn = 0;
        audit_member_u64(body, "torn_bytes", &torn);
        w->verdict->recoveries++;
        w->verdict->torn_bytes += torn;
    }
    return true;
}

/* ---- the walk ---- */

static bool note_line(struct walk *w, const struct place *p)
{
    struct audit_verdict *v = w->verdict;

    v->lines++;
    v->last_n = p->n;
    memcpy(v->last_hash, p->hash, AUDIT_HASH_SIZE);
    if (p->n == w->options->expect_n && w->options->expect_n != 0) {
        w->expected_seen = true;
        if (!hash_is(p->hash, w->options->expect_hash))
            return find(w, AUDIT_CHANGED, p->segment, p->line,
                        "the hash of this line is not the expected one");
    }
    return true;
}

static bool walk_line(struct walk *w, uint64_t segment, uint64_t number, struct str text)
{
    struct audit_line line;
    struct place p = {.segment = segment, .line = number};

    if (!audit_line_read(text, &line)) {
        judge(w, NULL);
        return find(w, AUDIT_UNREADABLE, segment, number, "this is not a line of the log");
    }
    p.n = line.n;
    memcpy(p.prev, line.prev, AUDIT_HASH_SIZE);
    audit_sha256(text, p.hash);
    if (!judge(w, p.prev) || !note_line(w, &p))
        return false;
    w->before = w->suspect;
    w->suspect = p;
    if (str_equal(line.from, STR("recorder"))) {
        /* A changed line is a changed line first, whatever it says of itself. */
        if (!fits(&w->before, &w->suspect) && number > 1)
            return true;
        return check_own_line(w, segment, number, text, line.body);
    }
    w->ended = false;
    if (number == 1)
        return find(w, AUDIT_MISSING, segment, 1, "the segment doesn't begin with its head");
    return true;
}

static bool walk_segment(struct walk *w, int folder, uint64_t segment)
{
    char name[AUDIT_SEGMENT_NAME_SIZE];
    struct str bytes;
    uint64_t number = 0;
    bool good = true;

    audit_segment_name(segment, name);
    int error = audit_scan_map(folder, name, &bytes);
    if (error)
        return find(w, AUDIT_IO, segment, 0, "can't be read: %s", strerror(-error));
    struct str rest = bytes;
    while (good && rest.len > 0) {
        ptrdiff_t end = str_find_char(rest, '\n');
        number++;
        if (end < 0) {
            judge(w, NULL);
            good = find(w, AUDIT_CUT, segment, number, "the line has no end");
            break;
        }
        good = walk_line(w, segment, number, str_slice(rest, 0, (size_t)end));
        rest = str_slice(rest, (size_t)end + 1, rest.len);
    }
    audit_scan_unmap(bytes);
    w->verdict->segments++;
    return good;
}

/* Behind the last line: audit.head is the witness. */
static bool walk_end(struct walk *w)
{
    const struct place *last = &w->suspect;
    const struct audit_head *head = &w->head;
    bool covered = last->n == head->n;

    if (!judge(w, covered ? head->hash : NULL))
        return false;
    if (head->n > last->n)
        return find(w, AUDIT_CUT, last->n ? last->segment : head->segment, last->line,
                    "%llu lines are missing at the end of the log",
                    (unsigned long long)(head->n - last->n));
    if (covered && !hash_is(last->hash, head->hash))
        return find(w, AUDIT_CHANGED, last->segment, last->line, "this line was changed");
    w->verdict->unsigned_lines = w->ended ? 0 : last->n - head->n;
    if (w->options->expect_n != 0 && !w->expected_seen)
        return find(w, AUDIT_CUT, last->segment, last->line, "the expected line %llu is missing",
                    (unsigned long long)w->options->expect_n);
    return true;
}

static bool read_small(int folder, const char *name, char *out, size_t size, size_t *ret_len)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -1 : read(fd, out, size);

    if (fd >= 0)
        close(fd);
    *ret_len = n < 0 ? 0 : (size_t)n;
    return n >= 0;
}

static bool walk_begin(struct walk *w, int folder)
{
    char text[512];
    size_t len;

    if (w->options->public_key) {
        memcpy(w->public_key, w->options->public_key, AUDIT_PUBLIC_SIZE);
    } else if (!read_small(folder, "audit.pub", text, sizeof(text), &len) ||
               !audit_public_read(str_make(text, len), w->public_key)) {
        return find(w, AUDIT_IO, 0, 0, "there is no audit.pub; give the public key");
    }
    if (!read_small(folder, AUDIT_HEAD_NAME, text, sizeof(text), &len)) {
        snprintf(w->verdict->file, sizeof(w->verdict->file), AUDIT_HEAD_NAME);
        return find(w, AUDIT_CUT, 0, 0, "audit.head is missing: nothing says where the log ends");
    }
    if (!audit_head_read(str_make(text, len), w->public_key, &w->head)) {
        snprintf(w->verdict->file, sizeof(w->verdict->file), AUDIT_HEAD_NAME);
        return find(w, AUDIT_SIGNATURE, 0, 1, "audit.head was changed or is signed with another key");
    }
    return true;
}

bool audit_verify(int folder, const struct audit_verify_options *options,
                  struct audit_verdict *ret)
{
    struct walk w = {.options = options, .verdict = ret};
    uint64_t *numbers = NULL;
    size_t count = 0;

    *ret = (struct audit_verdict){0};
    /* The head first: what the recorder adds meanwhile can then only be more than it says. */
    bool good = walk_begin(&w, folder);
    int error = good ? audit_scan_segments(folder, &numbers, &count) : 0;
    if (error)
        good = find(&w, AUDIT_IO, 0, 0, "the folder can't be read: %s", strerror(-error));
    for (size_t i = 0; good && i < count; i++) {
        if (numbers[i] != i + 1)
            good = find(&w, AUDIT_SEGMENT_GONE, i + 1, 0, "the segment is missing");
        else
            good = walk_segment(&w, folder, numbers[i]);
    }
    if (good && count < w.head.segment)
        good = find(&w, AUDIT_SEGMENT_GONE, w.head.segment, 0, "the segment is missing");
    if (good)
        good = walk_end(&w);
    free(numbers);
    return good;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Order of writes, which everything rests on: lines, then audit.head, then (by the caller) the
 * ring's tail. Whatever dies in between leaves lines that are in the log and not under the head,
 * or records that are in the log and still in the ring; recovery knows both.
 */
#include "audit/log.h"

#include "audit/scan.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#define FOLDER_MODE_FILE  0640
#define SEGMENT_BYTES_MIN 4096 /* more than the first and last line of a segment take */

struct audit_log {
    struct audit_log_options options;
    unsigned char public_key[AUDIT_PUBLIC_SIZE];
    int lock, head_fd;
    int fd;             /* of the current segment; -1: the next one is to be begun */
    uint64_t segment;   /* number of the current or last segment */
    uint64_t offset;    /* bytes of it that are written */
    int64_t begun_us;
    uint64_t n;         /* of the last line, written or in the batch */
    unsigned char hash[AUDIT_HASH_SIZE]; /* of that line */
    uint64_t written;   /* n of the last line that is written */
    struct buf batch;
    size_t batch_out;   /* bytes of the batch that are written */
    bool ending;        /* the batch ends with the segment's end */
    bool dirty;         /* lines were written since the last sync of the segment */
    bool head_dirty;    /* ... of audit.head */
    struct audit_scan_rings rings;
    char remark[200];
};

static const struct audit_origin recorder = {.from = "recorder"};

/* ---- lines ---- */

static void line_done(struct audit_log *log, size_t start)
{
    audit_sha256(str_slice(buf_str(&log->batch), start, log->batch.len), log->hash);
    log->n++;
    buf_put_u8(&log->batch, '\n');
}

/* A line of the recorder's own; `more` are further members, with a comma before each. */
static void own_line(struct audit_log *log, int64_t now_us, const char *kind, struct str more,
                     bool sign)
{
    char time[CLOCK_TEXT_SIZE];
    char body[512];
    size_t start = log->batch.len;

    clock_format_us(now_us, time);
    int len = snprintf(body, sizeof(body), "{\"v\":1,\"time\":\"%s\",\"kind\":\"%s\"%.*s}", time,
                       kind, STR_ARG(more));
    REQUIRE(len > 0 && (size_t)len < sizeof(body));
    audit_line_put(&log->batch, log->n + 1, log->hash, &recorder, str_make(body, (size_t)len));
    if (sign) {
        log->batch.len--; /* the brace comes after the signature */
        audit_sign_end(&log->batch, start, log->options.key);
    }
    line_done(log, start);
}

bool audit_log_has_room(const struct audit_log *log)
{
    return !log->ending &&
           AUDIT_BATCH_MAX - log->batch.len >= LIMIT_AUDIT_RECORD + AUDIT_PREFIX_MAX;
}

bool audit_log_add(struct audit_log *log, const struct audit_origin *origin, struct str body)
{
    size_t start = log->batch.len;

    if (log->ending || AUDIT_BATCH_MAX - start < body.len + AUDIT_PREFIX_MAX)
        return false;
    audit_line_put(&log->batch, log->n + 1, log->hash, origin, body);
    line_done(log, start);
    REQUIRE(!log->batch.failed);
    return true;
}

/* ---- files ---- */

static int write_head(struct audit_log *log)
{
    struct audit_head head = {.n = log->n, .segment = log->segment, .offset = log->offset};
    struct buf out;

    memcpy(head.hash, log->hash, sizeof(head.hash));
    buf_init(&out, AUDIT_HEAD_SIZE);
    audit_head_put(&out, &head, log->options.key);
    REQUIRE(!out.failed);
    ssize_t n = pwrite(log->head_fd, out.data, out.len, 0);
    int error = n < 0 ? errno : ENOSPC;
    buf_release(&out);
    return n == AUDIT_HEAD_SIZE ? 0 : -error;
}

/* Makes the next segment's file. Its first line goes into the (empty) batch. */
static int segment_begin(struct audit_log *log, int64_t now_us)
{
    char name[AUDIT_SEGMENT_NAME_SIZE], more[128], hex[2 * AUDIT_PUBLIC_SIZE + 1] = {0};

    audit_segment_name(log->segment + 1, name);
    int fd = openat(log->options.folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                    FOLDER_MODE_FILE);
    if (fd < 0)
        return -errno;
    if (fsync(log->options.folder) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    log->fd = fd;
    log->segment++;
    log->offset = 0;
    log->begun_us = now_us;
    hex_encode(hex, log->public_key, sizeof(log->public_key));
    int len = snprintf(more, sizeof(more), ",\"segment\":%llu,\"key\":\"%s\"",
                       (unsigned long long)log->segment, hex);
    own_line(log, now_us, "segment", str_make(more, (size_t)len), true);
    return 0;
}

static void segment_end_line(struct audit_log *log, int64_t now_us)
{
    char more[64];
    int len = snprintf(more, sizeof(more), ",\"segment\":%llu", (unsigned long long)log->segment);

    own_line(log, now_us, "segment_end", str_make(more, (size_t)len), true);
    log->ending = true;
}

/* Writes what is left of the batch, then the head. */
static int batch_out(struct audit_log *log)
{
    while (log->batch_out < log->batch.len) {
        ssize_t n = pwrite(log->fd, log->batch.data + log->batch_out,
                           log->batch.len - log->batch_out, (off_t)log->offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -ENOSPC;
        log->batch_out += (size_t)n;
        log->offset += (uint64_t)n;
        log->dirty = log->head_dirty = true;
    }
    if (log->batch.len == 0)
        return 0;
    int error = write_head(log);
    if (error)
        return error;
    buf_clear(&log->batch);
    log->batch_out = 0;
    log->written = log->n;
    return 0;
}

static bool segment_is_full(const struct audit_log *log, int64_t now_us)
{
    return log->offset >= log->options.segment_bytes ||
           now_us - log->begun_us >= (int64_t)log->options.segment_us;
}

/* The batch, which ends with segment_end, is out: syncs and closes the file. */
static int segment_close(struct audit_log *log)
{
    log->dirty = true; /* a sync that was begun may still fail: nobody looks at this file later */
    int error = audit_log_sync(log);

    if (error)
        return error;
    close(log->fd);
    log->fd = -1;
    log->ending = false;
    return 0;
}

int audit_log_write(struct audit_log *log, int64_t now_us)
{
    for (;;) {
        int error = 0;
        if (log->fd < 0)
            error = segment_begin(log, now_us);
        if (error == 0)
            error = batch_out(log);
        if (error)
            return error;
        if (log->ending) {
            error = segment_close(log);
            if (error)
                return error;
            continue;
        }
        if (!segment_is_full(log, now_us))
            return 0;
        segment_end_line(log, now_us);
    }
}

int audit_log_sync(struct audit_log *log)
{
    if ((log->dirty && fdatasync(log->fd) < 0) ||
        (log->head_dirty && fdatasync(log->head_fd) < 0))
        return -errno;
    log->dirty = log->head_dirty = false;
    return 0;
}

int audit_log_sync_lines(struct audit_log *log)
{
    if (log->dirty && fdatasync(log->fd) < 0)
        return -errno;
    log->dirty = false;
    return 0;
}

int audit_log_sync_begin(struct audit_log *log)
{
    int fd = log->dirty && log->fd >= 0 ? dup(log->fd) : -1;

    if (fd >= 0)
        log->dirty = false;
    return fd;
}

void audit_log_sync_failed(struct audit_log *log)
{
    log->dirty = true;
}

int audit_log_finish(struct audit_log *log, int64_t now_us)
{
    int error = audit_log_write(log, now_us);

    if (error)
        return error;
    segment_end_line(log, now_us);
    error = batch_out(log);
    return error ? error : segment_close(log);
}

void audit_log_gap(struct audit_log *log, int64_t now_us, int64_t since_us)
{
    char time[CLOCK_TEXT_SIZE], more[128];

    clock_format_us(since_us, time);
    int len = snprintf(more, sizeof(more),
                       ",\"since\":\"%s\",\"message\":\"records could not be written\"", time);
    if (audit_log_has_room(log))
        own_line(log, now_us, "gap", str_make(more, (size_t)len), true);
}

void audit_log_set_segments(struct audit_log *log, uint64_t bytes, uint64_t us)
{
    log->options.segment_bytes = bytes < SEGMENT_BYTES_MIN ? SEGMENT_BYTES_MIN : bytes;
    log->options.segment_us = us;
}

uint64_t audit_log_number(const struct audit_log *log)
{
    return log->written;
}

void audit_log_hash(const struct audit_log *log, char ret_hex[2 * AUDIT_HASH_SIZE + 1])
{
    hex_encode(ret_hex, log->hash, AUDIT_HASH_SIZE);
    ret_hex[2 * AUDIT_HASH_SIZE] = '\0';
}

uint64_t audit_log_segment(const struct audit_log *log)
{
    return log->segment;
}

uint64_t audit_log_ring_last(const struct audit_log *log, uint64_t ring)
{
    return audit_scan_ring_last(&log->rings, ring);
}

/* ---- opening ---- */

static bool read_head(struct audit_log *log, struct audit_head *ret_head)
{
    char text[AUDIT_HEAD_SIZE + 1];
    ssize_t n = pread(log->head_fd, text, sizeof(text), 0);

    return n > 0 && audit_head_read(str_make(text, (size_t)n), log->public_key, ret_head);
}

/* Compares what the segments hold with what the signed head says. NULL when it fits. */
static const char *head_disagrees(const struct audit_scan *scan, const struct audit_head *head)
{
    if (head->n > scan->n)
        return "lines that were written are missing at the end";
    if (head->segment == scan->segment && !scan->head_seen)
        return "the line that audit.head names is not in its segment";
    if (scan->head_seen && memcmp(scan->head_hash, head->hash, AUDIT_HASH_SIZE) != 0)
        return "the line that audit.head names was changed";
    return NULL;
}

/* Goes on where the segments end. */
static int log_resume(struct audit_log *log, const struct audit_scan *scan,
                      const struct audit_head *head, bool head_good, int64_t now_us)
{
    const char *wrong = scan->problem;
    char more[160], name[AUDIT_SEGMENT_NAME_SIZE];

    log->segment = scan->segment;
    log->n = scan->n;
    memcpy(log->hash, scan->hash, sizeof(log->hash));
    if (wrong == NULL)
        wrong = head_good ? head_disagrees(scan, head) : "audit.head is missing or not ours";
    if (wrong) { /* in a new segment, chained to what should have been there */
        snprintf(log->remark, sizeof(log->remark), "%s", wrong);
        if (head_good && head->segment > log->segment)
            log->segment = head->segment;
        if (head_good && head->n >= scan->n) {
            log->n = head->n;
            memcpy(log->hash, head->hash, sizeof(log->hash));
        }
    } else if (!scan->ended && scan->n > 0) {
        audit_segment_name(log->segment, name);
        log->fd = openat(log->options.folder, name, O_WRONLY | O_CLOEXEC);
        if (log->fd < 0 || ftruncate(log->fd, (off_t)scan->bytes) < 0)
            return -errno;
        log->offset = scan->bytes;
        log->begun_us = now_us;
    }
    if (log->fd < 0) {
        if (scan->empty_last) /* made, and nothing came into it: made anew */
            log->segment = scan->empty_last - 1;
        int error = segment_begin(log, now_us);
        if (error)
            return error;
    }
    if (wrong || (!scan->ended && scan->n > 0)) {
        int len = snprintf(more, sizeof(more),
                           ",\"message\":\"%s\",\"unsigned\":%llu,\"torn_bytes\":%llu",
                           wrong ? wrong : "the recorder had not ended in order",
                           (unsigned long long)(head_good && !wrong ? scan->n - head->n : 0),
                           (unsigned long long)scan->torn);
        own_line(log, now_us, "recovery", str_make(more, (size_t)len), true);
    }
    return audit_log_write(log, now_us);
}

static int open_files(struct audit_log *log)
{
    int folder = log->options.folder;
    char hex[2 * AUDIT_PUBLIC_SIZE + 1];

    log->lock = openat(folder, "audit.lock", O_RDWR | O_CREAT | O_CLOEXEC, FOLDER_MODE_FILE);
    if (log->lock < 0)
        return -errno;
    if (flock(log->lock, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? -EBUSY : -errno;
    log->head_fd =
        openat(folder, AUDIT_HEAD_NAME, O_RDWR | O_CREAT | O_CLOEXEC, FOLDER_MODE_FILE);
    if (log->head_fd < 0)
        return -errno;
    int pub = openat(folder, "audit.pub", O_WRONLY | O_CREAT | O_CLOEXEC, FOLDER_MODE_FILE);
    if (pub < 0)
        return -errno;
    hex_encode(hex, log->public_key, sizeof(log->public_key));
    hex[2 * AUDIT_PUBLIC_SIZE] = '\n';
    ssize_t n = pwrite(pub, hex, sizeof(hex), 0);
    int error = n < 0 ? errno : ENOSPC;
    close(pub);
    return n == (ssize_t)sizeof(hex) ? 0 : -error;
}

int audit_log_open(const struct audit_log_options *options, int64_t now_us,
                   struct audit_log **ret_log, const char **ret_remark)
{
    struct audit_log *log = calloc(1, sizeof(*log));
    struct audit_head head = {0};
    struct audit_scan scan = {0};

    if (log == NULL)
        return -ENOMEM;
    log->options = *options;
    audit_log_set_segments(log, options->segment_bytes, options->segment_us);
    log->fd = log->lock = log->head_fd = -1;
    buf_init(&log->batch, AUDIT_BATCH_MAX + 4096);
    audit_key_public(options->key, log->public_key);
    int error = open_files(log);
    if (error == 0) {
        bool head_good = read_head(log, &head);
        error = audit_scan_end(options->folder, head_good ? &head : NULL, &scan, &log->rings);
        if (error == 0 && scan.n == 0 && !head_good && scan.problem == NULL)
            error = scan.empty_last ? log_resume(log, &scan, &head, true, now_us)
                                    : audit_log_write(log, now_us); /* the very first start */
        else if (error == 0)
            error = log_resume(log, &scan, &head, head_good, now_us);
    }
    if (error) {
        audit_log_free(log);
        return error;
    }
    *ret_remark = log->remark;
    *ret_log = log;
    return 0;
}

void audit_log_free(struct audit_log *log)
{
    if (log == NULL)
        return;
    buf_release(&log->batch);
    audit_scan_rings_release(&log->rings);
    if (log->fd >= 0)
        close(log->fd);
    if (log->head_fd >= 0)
        close(log->head_fd);
    if (log->lock >= 0)
        close(log->lock);
    free(log);
}

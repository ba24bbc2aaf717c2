#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The writer of the log: numbers and chains lines, writes them in batches into segments, keeps
 * `audit.head` at the latest line, begins a new segment when one is full or old, and finds its
 * place again after a crash. Used by the recorder alone; one process at a time holds the folder
 * (a lock on `audit.lock`).
 *
 * A batch that could not be written, also when only a part of it got out, is kept and tried again
 * from the byte where it stopped: nothing is lost, repeated or torn while the process lives. A
 * line that was torn by the death of the process is cut off at the next start; it had not been
 * acknowledged to anyone, and its record still lies in the ring.
 */
#include "audit/line.h"

#define AUDIT_BATCH_MAX ((size_t)4 << 20) /* bytes that wait to be written */

struct audit_log;

struct audit_log_options {
    int folder;              /* descriptor; stays the caller's */
    struct audit_key *key;   /* stays the caller's */
    uint64_t segment_bytes;  /* a segment that is at least this long is closed */
    uint64_t segment_us;     /* as is one that is at least this old */
};

/* Opens the folder's log, at its end, and writes what a start has to write (a first segment, or a
 * recovery line). 0 or -errno; -EBUSY: another process holds it. `*ret_remark` (static or the
 * log's own) says what was found that should not have been; empty: all was in order. A log that
 * was tampered with is gone on with in a new segment, where verification shows the break. */
int audit_log_open(const struct audit_log_options *options, int64_t now_us,
                   struct audit_log **ret_log, const char **ret_remark);
/* Closes without ceremony, as a crash would. */
void audit_log_free(struct audit_log *log);

/* The last record of that ring that the log holds, or 0. Only meaningful right after opening. */
uint64_t audit_log_ring_last(const struct audit_log *log, uint64_t ring);

/* Takes a record into the batch. `body` has passed audit_body_good. False when the batch is full:
 * write first. */
bool audit_log_add(struct audit_log *log, const struct audit_origin *origin, struct str body);
/* Room for a record of the largest size. */
bool audit_log_has_room(const struct audit_log *log);
/* Writes all of the batch, or says why not (-errno); call again later then. Begins a new segment
 * when it is time. After 0 the lines survive the death of this process. */
int audit_log_write(struct audit_log *log, int64_t now_us);
/* After 0 all written lines, and audit.head, survive a power cut. */
int audit_log_sync(struct audit_log *log);
/* The same for the lines alone; audit.head is left to the next audit_log_sync (after a power cut it
 * may be older than the lines, as after a crash). */
int audit_log_sync_lines(struct audit_log *log);
/* For a sync in another thread: a descriptor, the caller's own, whose fdatasync does the same. -1: there is nothing to be synced, or no descriptor
 * to be had: audit_log_sync knows. */
int audit_log_sync_begin(struct audit_log *log);
/* That fdatasync failed. */
void audit_log_sync_failed(struct audit_log *log);
/* Writes the batch, the segment's signed end, and syncs. */
int audit_log_finish(struct audit_log *log, int64_t now_us);

/* A signed line that says that records could not be taken since then; into the batch. */
void audit_log_gap(struct audit_log *log, int64_t now_us, int64_t since_us);
/* New limits, from the next segment on. */
void audit_log_set_segments(struct audit_log *log, uint64_t bytes, uint64_t us);

/* The latest written line: for a metric, and for whoever wants to note it elsewhere. */
uint64_t audit_log_number(const struct audit_log *log);
/* Its hash, in hexadecimal; only when nothing waits to be written. */
void audit_log_hash(const struct audit_log *log, char ret_hex[2 * AUDIT_HASH_SIZE + 1]);
uint64_t audit_log_segment(const struct audit_log *log);

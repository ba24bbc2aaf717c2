#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring in shared memory through which a worker hands records to the recorder. One writer, one
 * reader. To record costs the worker a copy and no system call, unless the recorder sleeps.
 *
 * Promises: records arrive whole, in order, once, also when either side is killed with SIGKILL and
 * started again. The reader trusts nothing in the memory: the worker may be in an attacker's
 * hands, and all that it can do is to spoil its own records.
 *
 *   sequence   a record's number in its ring, from 1; rises by one
 *   written    sequence up to which records are in the log file (they survive the recorder's death)
 *   durable    sequence up to which they are on disk (they survive a power cut)
 *   accepting  false while the recorder can't write: nothing may be put, statements are refused
 *
 *          tail (reader)                    head (writer)
 *            v                                v
 *   |........|len seq record|len seq record  |............|      positions rise for ever; the
 *   memory is mapped twice in a row, so that a record that wraps lies in one piece
 *
 * The worker's side, for a statement:
 *
 *   char *at = ring_reserve(ring, LIMIT_AUDIT_RECORD);     NULL: refuse with audit.unavailable
 *   n = audit_record_encode(record, at, LIMIT_AUDIT_RECORD);
 *   seq = ring_commit(ring, n);
 *   if (sync && !ring_durable(ring, seq)) ring_await(ring), ring_want_durable(ring, seq),
 *       wait for ring_wake_fd to be readable,
 *       ring_woken(ring), look at ring_durable again
 */
#include "base/attr.h"
#include "base/str.h"

#define RING_SIZE_DEFAULT ((size_t)8 << 20) /* bytes; a power of two and of pages */
#define RING_RECORD_MAX   ((size_t)1 << 20) /* bytes of one record */

struct ring;

/* ---- the supervisor: makes the memory ---- */

/* A sealed (no resize) memory file with an empty ring. Gives descriptors that the caller owns:
 * memory, and two eventfds. 0 or -errno. */
int ring_make(size_t size, uint64_t id, int *ret_memory, int *ret_wake_recorder,
              int *ret_wake_worker);
/* Maps it to set `accepting` alone, when the recorder is away for too long. */
void ring_set_accepting(struct ring *ring, bool accepting);

/* ---- both sides ---- */

/* Maps the ring. Owns the descriptors afterwards, also on failure. NULL when the memory is not a
 * ring of a right size. The reader takes `tail` from the memory once, checked. */
struct ring *ring_open_writer(int memory, int wake_recorder, int wake_worker);
struct ring *ring_open_reader(int memory, int wake_recorder, int wake_worker);
void ring_close(struct ring *ring);
uint64_t ring_id(const struct ring *ring);

/* ---- the worker ---- */

/* Room for one record of at most `max` bytes, or NULL: full, or not accepting. Nothing is taken
 * until ring_commit; reserving again forgets the earlier reservation. */
char *ring_reserve(struct ring *ring, size_t max);
/* Publishes the first `len` bytes of the reservation. Gives its sequence. */
uint64_t ring_commit(struct ring *ring, size_t len);
/* Both in one. 0 when it can't be put. */
uint64_t ring_put(struct ring *ring, struct str record);
bool ring_accepting(const struct ring *ring);
/* The record is on disk. */
bool ring_durable(const struct ring *ring, uint64_t sequence);
uint64_t ring_durable_sequence(const struct ring *ring);
/* Asks for wake-ups on ring_wake_fd when `durable` or `accepting` changes. Look again after
 * calling it: what came before is not told. Stays on until ring_await_stop. */
void ring_await(struct ring *ring);
void ring_await_stop(struct ring *ring);
/* Asks the recorder to bring the records up to `sequence` to disk soon: what nobody asks for goes
 * with the next that somebody asks for, or at the next flush. */
void ring_want_durable(struct ring *ring, uint64_t sequence);
int ring_wake_fd(const struct ring *ring);
/* Empties the eventfd. Both sides, each its own. */
void ring_woken(struct ring *ring);

/* ---- the recorder ---- */

enum ring_read {
    RING_EMPTY = 0,
    RING_RECORD,
    RING_BROKEN, /* the memory makes no sense: nothing more will be read from this ring */
};
/* The next record after those read before, copied to `out` (RING_RECORD_MAX bytes) so that the
 * writer can't change it under the reader. */
enum ring_read ring_read(struct ring *ring, char *out, size_t *ret_len, uint64_t *ret_sequence);
/* All that was read is in the file: frees the room and tells `written`. */
void ring_publish_written(struct ring *ring);
/* The worker waits for records that are not on disk. */
bool ring_durable_wanted(const struct ring *ring);
/* `sequence` and all before are on disk; wakes the worker when it waits. */
void ring_publish_durable(struct ring *ring, uint64_t sequence);
/* A record up to which an earlier recorder has written all: those are skipped by ring_read. */
void ring_skip_to(struct ring *ring, uint64_t sequence);
uint64_t ring_read_sequence(const struct ring *ring);
/* Before sleeping in the event loop: true when there is nothing to read and the worker will wake
 * this side through ring_wake_fd. False: there is something, read on. */
bool ring_sleep(struct ring *ring);
/* Awake: the worker saves itself the system call. */
void ring_awake(struct ring *ring);
/* Bytes that wait to be read; a metric. */
size_t ring_backlog(const struct ring *ring);

/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory file is one page of `struct shared`, then `size` bytes of data. It is mapped as
 *
 *   | shared | data | the same data again |
 *
 * Positions count bytes since the ring was made and never wrap; data[position % size] with up to
 * `size` bytes behind it can always be touched in one piece.
 *
 * A record is | len u32 | 0 u32 | sequence u64 | bytes | padding to 16 |.
 *
 * Each side keeps its own position in private memory and only publishes a copy. The writer's head
 * is published with release after the bytes; the reader's tail with release after it has used them.
 * Sleeping: the reader says that it sleeps, then looks at head again; the writer moves head, then
 * looks whether the reader sleeps; a full fence on both sides lets neither miss the other.
 */
#include "ipc/ring.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RING_MAGIC  UINT64_C(0x676e697261656463) /* "cdearing" */
#define HEADER_SIZE ((size_t)4096)
#define RECORD_HEAD ((size_t)16)
#define RING_MIN    ((size_t)64 << 10)
#define RING_MAX    ((size_t)1 << 30)

struct shared {
    uint64_t magic;
    uint64_t size; /* of the data, bytes */
    uint64_t id;
    _Alignas(64) _Atomic uint64_t head; /* the writer's */
    _Atomic uint32_t writer_waits;
    _Atomic uint64_t wanted;
    _Alignas(64) _Atomic uint64_t tail; /* the reader's, as all that follow */
    _Atomic uint64_t written;
    _Atomic uint64_t durable;
    _Atomic uint32_t accepting;
    _Atomic uint32_t reader_sleeps;
};
_Static_assert(sizeof(struct shared) <= HEADER_SIZE, "the header is one page");

struct ring {
    struct shared *shared;
    unsigned char *data;
    size_t size;
    uint64_t id;
    uint64_t position;    /* writer: head; reader: what has been read */
    uint64_t sequence;    /* writer: last put; reader: last read, 0: none yet */
    uint64_t skip;        /* reader: an earlier one has written up to here */
    size_t reserved;      /* writer: bytes of the reservation */
    bool writer, broken;
    int memory, wake_reader, wake_writer;
};

static size_t record_size(size_t len)
{
    return (RECORD_HEAD + len + 15) & ~(size_t)15;
}

static bool size_is_good(size_t size)
{
    return size >= RING_MIN && size <= RING_MAX && (size & (size - 1)) == 0;
}

int ring_make(size_t size, uint64_t id, int *ret_memory, int *ret_wake_recorder,
              int *ret_wake_worker)
{
    int wake[2] = {-1, -1};

    if (!size_is_good(size))
        return -EINVAL;
    int memory = memfd_create("cardea-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0)
        return -errno;
    struct shared first = {.magic = RING_MAGIC, .size = size, .id = id, .accepting = 0};
    wake[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    wake[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake[0] < 0 || wake[1] < 0 || ftruncate(memory, (off_t)(HEADER_SIZE + size)) < 0 ||
        pwrite(memory, &first, sizeof(first), 0) != (ssize_t)sizeof(first) ||
        fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        int error = errno;
        close(memory);
        if (wake[0] >= 0)
            close(wake[0]);
        if (wake[1] >= 0)
            close(wake[1]);
        return -error;
    }
    *ret_memory = memory;
    *ret_wake_recorder = wake[0];
    *ret_wake_worker = wake[1];
    return 0;
}

/* Maps header and data, and the data once more behind it. NULL on failure. */
static struct shared *map_twice(int memory, size_t size)
{
    int rw = PROT_READ | PROT_WRITE;
    char *at = mmap(NULL, HEADER_SIZE + 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        return NULL;
    if (mmap(at, HEADER_SIZE + size, rw, MAP_SHARED | MAP_FIXED, memory, 0) == MAP_FAILED ||
        mmap(at + HEADER_SIZE + size, size, rw, MAP_SHARED | MAP_FIXED, memory,
             (off_t)HEADER_SIZE) == MAP_FAILED) {
        munmap(at, HEADER_SIZE + 2 * size);
        return NULL;
    }
    return (struct shared *)(void *)at;
}

static bool memory_is_ring(int memory, size_t *ret_size)
{
    struct stat st;
    struct shared first;
    int seals = fcntl(memory, F_GET_SEALS);

    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(memory, &st) < 0 ||
        st.st_size < (off_t)HEADER_SIZE)
        return false;
    size_t size = (size_t)st.st_size - HEADER_SIZE;
    if (!size_is_good(size) ||
        pread(memory, &first, sizeof(first), 0) != (ssize_t)sizeof(first) ||
        first.magic != RING_MAGIC || first.size != size)
        return false;
    *ret_size = size;
    return true;
}

static struct ring *ring_open(int memory, int wake_reader, int wake_writer, bool writer)
{
    struct ring *ring = calloc(1, sizeof(*ring));
    size_t size = 0;

    if (ring && memory_is_ring(memory, &size))
        ring->shared = map_twice(memory, size);
    if (ring == NULL || ring->shared == NULL) {
        free(ring);
        close(memory);
        if (wake_reader >= 0)
            close(wake_reader);
        if (wake_writer >= 0)
            close(wake_writer);
        return NULL;
    }
    ring->data = (unsigned char *)ring->shared + HEADER_SIZE;
    ring->size = size;
    ring->id = ring->shared->id;
    ring->writer = writer;
    ring->memory = memory;
    ring->wake_reader = wake_reader;
    ring->wake_writer = wake_writer;
    return ring;
}

struct ring *ring_open_writer(int memory, int wake_recorder, int wake_worker)
{
    struct ring *ring = ring_open(memory, wake_recorder, wake_worker, true);

    if (ring)
        ring->position = atomic_load(&ring->shared->head);
    return ring;
}

struct ring *ring_open_reader(int memory, int wake_recorder, int wake_worker)
{
    struct ring *ring = ring_open(memory, wake_recorder, wake_worker, false);

    if (ring == NULL)
        return NULL;
    uint64_t head = atomic_load_explicit(&ring->shared->head, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&ring->shared->tail, memory_order_acquire);
    if (tail > head || head - tail > ring->size || tail % 16 != 0)
        ring->broken = true;
    ring->position = tail;
    return ring;
}

void ring_close(struct ring *ring)
{
    if (ring == NULL)
        return;
    munmap(ring->shared, HEADER_SIZE + 2 * ring->size);
    close(ring->memory);
    if (ring->wake_reader >= 0)
        close(ring->wake_reader);
    if (ring->wake_writer >= 0)
        close(ring->wake_writer);
    free(ring);
}

uint64_t ring_id(const struct ring *ring)
{
    return ring->id;
}

static void wake(int fd)
{
    uint64_t one = 1;

    /* Full is as good as written: the other side is woken either way. */
    if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
        return;
}

void ring_set_accepting(struct ring *ring, bool accepting)
{
    atomic_store_explicit(&ring->shared->accepting, accepting, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&ring->shared->writer_waits, memory_order_relaxed))
        wake(ring->wake_writer);
}

int ring_wake_fd(const struct ring *ring)
{
    return ring->writer ? ring->wake_writer : ring->wake_reader;
}

void ring_woken(struct ring *ring)
{
    uint64_t count;

    if (read(ring_wake_fd(ring), &count, sizeof(count)) < 0)
        return; /* not readable any more: nothing to empty */
}

/* ---- the worker ---- */

char *ring_reserve(struct ring *ring, size_t max)
{
    struct shared *shared = ring->shared;

    if (max > RING_RECORD_MAX || !ring_accepting(ring))
        return NULL;
    uint64_t tail = atomic_load_explicit(&shared->tail, memory_order_acquire);
    uint64_t used = ring->position - tail;
    if (used > ring->size || record_size(max) > ring->size - used)
        return NULL;
    ring->reserved = max;
    return (char *)ring->data + ring->position % ring->size + RECORD_HEAD;
}

uint64_t ring_commit(struct ring *ring, size_t len)
{
    unsigned char *record = ring->data + ring->position % ring->size;
    uint32_t words[2] = {(uint32_t)len, 0};

    REQUIRE(len <= ring->reserved);
    ring->reserved = 0;
    ring->sequence++;
    memcpy(record, words, sizeof(words));
    memcpy(record + sizeof(words), &ring->sequence, sizeof(ring->sequence));
    ring->position += record_size(len);
    atomic_store_explicit(&ring->shared->head, ring->position, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&ring->shared->reader_sleeps, memory_order_relaxed)) {
        atomic_store_explicit(&ring->shared->reader_sleeps, 0, memory_order_relaxed);
        wake(ring->wake_reader);
    }
    return ring->sequence;
}

uint64_t ring_put(struct ring *ring, struct str record)
{
    char *at = ring_reserve(ring, record.len);

    if (at == NULL)
        return 0;
    if (record.len > 0)
        memcpy(at, record.ptr, record.len);
    return ring_commit(ring, record.len);
}

bool ring_accepting(const struct ring *ring)
{
    return atomic_load_explicit(&ring->shared->accepting, memory_order_acquire) == 1;
}

uint64_t ring_durable_sequence(const struct ring *ring)
{
    return atomic_load_explicit(&ring->shared->durable, memory_order_acquire);
}

bool ring_durable(const struct ring *ring, uint64_t sequence)
{
    return ring_durable_sequence(ring) >= sequence;
}

void ring_await(struct ring *ring)
{
    atomic_store_explicit(&ring->shared->writer_waits, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
}

void ring_await_stop(struct ring *ring)
{
    atomic_store_explicit(&ring->shared->writer_waits, 0, memory_order_relaxed);
}

void ring_want_durable(struct ring *ring, uint64_t sequence)
{
    struct shared *shared = ring->shared;

    if (atomic_load_explicit(&shared->wanted, memory_order_relaxed) >= sequence)
        return;
    atomic_store_explicit(&shared->wanted, sequence, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&shared->reader_sleeps, memory_order_relaxed)) {
        atomic_store_explicit(&shared->reader_sleeps, 0, memory_order_relaxed);
        wake(ring->wake_reader);
    }
}

/* ---- the recorder ---- */

/* The record at the reader's position, checked. Moves on. */
static enum ring_read read_one(struct ring *ring, char *out, size_t *ret_len,
                               uint64_t *ret_sequence)
{
    uint64_t head = atomic_load_explicit(&ring->shared->head, memory_order_acquire);
    const unsigned char *record = ring->data + ring->position % ring->size;
    uint64_t sequence;
    uint32_t words[2];

    if (head == ring->position)
        return RING_EMPTY;
    if (head < ring->position || head - ring->position > ring->size ||
        head - ring->position < RECORD_HEAD)
        return RING_BROKEN;
    memcpy(words, record, sizeof(words)); /* copied once: the writer may change it meanwhile */
    memcpy(&sequence, record + sizeof(words), sizeof(sequence));
    size_t len = words[0];
    if (len > RING_RECORD_MAX || words[1] != 0 || record_size(len) > head - ring->position)
        return RING_BROKEN;
    if (sequence == 0 || (ring->sequence != 0 && sequence != ring->sequence + 1))
        return RING_BROKEN;
    memcpy(out, record + RECORD_HEAD, len);
    ring->sequence = sequence;
    ring->position += record_size(len);
    *ret_len = len;
    *ret_sequence = sequence;
    return RING_RECORD;
}

enum ring_read ring_read(struct ring *ring, char *out, size_t *ret_len, uint64_t *ret_sequence)
{
    enum ring_read result = RING_BROKEN;

    if (ring->broken)
        return RING_BROKEN;
    do {
        result = read_one(ring, out, ret_len, ret_sequence);
    } while (result == RING_RECORD && *ret_sequence <= ring->skip);
    if (result == RING_BROKEN)
        ring->broken = true;
    return result;
}

void ring_publish_written(struct ring *ring)
{
    atomic_store_explicit(&ring->shared->written, ring->sequence, memory_order_release);
    atomic_store_explicit(&ring->shared->tail, ring->position, memory_order_release);
}

bool ring_durable_wanted(const struct ring *ring)
{
    return atomic_load_explicit(&ring->shared->wanted, memory_order_acquire) >
           atomic_load_explicit(&ring->shared->durable, memory_order_relaxed);
}

void ring_publish_durable(struct ring *ring, uint64_t sequence)
{
    atomic_store_explicit(&ring->shared->durable, sequence, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&ring->shared->writer_waits, memory_order_relaxed))
        wake(ring->wake_writer);
}

void ring_skip_to(struct ring *ring, uint64_t sequence)
{
    ring->skip = sequence;
}

uint64_t ring_read_sequence(const struct ring *ring)
{
    return ring->sequence > ring->skip ? ring->sequence : ring->skip;
}

bool ring_sleep(struct ring *ring)
{
    atomic_store_explicit(&ring->shared->reader_sleeps, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    if (ring->broken ||
        atomic_load_explicit(&ring->shared->head, memory_order_acquire) == ring->position)
        return true;
    ring_awake(ring);
    return false;
}

void ring_awake(struct ring *ring)
{
    atomic_store_explicit(&ring->shared->reader_sleeps, 0, memory_order_relaxed);
}

size_t ring_backlog(const struct ring *ring)
{
    uint64_t head = atomic_load_explicit(&ring->shared->head, memory_order_relaxed);

    return head > ring->position && head - ring->position <= ring->size
               ? (size_t)(head - ring->position)
               : 0;
}

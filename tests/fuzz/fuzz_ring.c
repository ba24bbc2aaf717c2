/* SPDX-License-Identifier: Apache-2.0
 *
 * The recorder's reader over memory that a worker in an attacker's hands has written: 24 bytes go
 * over head, tail and the count of records that were read before, the rest over the data.
 */
#include "base/cursor.h"
#include "ipc/ring.h"
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE ((size_t)64 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char out[RING_RECORD_MAX];
    struct cursor c = cursor_over(str_make(data, size));
    uint64_t head = cursor_u64(&c), tail = cursor_u64(&c), skip = cursor_u64(&c), sequence = 0;
    struct str rest = cursor_rest(&c);
    int memory, wake[2];
    size_t len, total = 0;

    REQUIRE(ring_make(SIZE, 1, &memory, &wake[0], &wake[1]) == 0);
    rest = str_slice(rest, 0, SIZE);
    REQUIRE(pwrite(memory, &head, sizeof(head), 64) == sizeof(head));
    REQUIRE(pwrite(memory, &tail, sizeof(tail), 128) == sizeof(tail));
    REQUIRE(rest.len == 0 || pwrite(memory, rest.ptr, rest.len, 4096) == (ssize_t)rest.len);
    struct ring *ring = ring_open_reader(memory, wake[0], wake[1]);
    REQUIRE(ring != NULL);
    ring_skip_to(ring, skip);
    for (;;) {
        uint64_t before = sequence;
        enum ring_read got = ring_read(ring, out, &len, &sequence);
        if (got != RING_RECORD)
            break;
        REQUIRE(len <= RING_RECORD_MAX && sequence > before && sequence > skip);
        total += len;
        REQUIRE(total <= SIZE); /* never more than the ring holds */
    }
    ring_publish_written(ring);
    (void)ring_sleep(ring);
    REQUIRE(ring_backlog(ring) <= SIZE);
    ring_close(ring);
    return 0;
}

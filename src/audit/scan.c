/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RINGS_MAX 4096 /* of two segments; more rings than workers ever started in them */

uint64_t audit_scan_ring_last(const struct audit_scan_rings *rings, uint64_t id)
{
    for (size_t i = 0; i < rings->count; i++)
        if (rings->items[i].id == id)
            return rings->items[i].number;
    return 0;
}

void audit_scan_rings_release(struct audit_scan_rings *rings)
{
    free(rings->items);
    *rings = (struct audit_scan_rings){0};
}

static int rings_note(struct audit_scan_rings *rings, uint64_t id, uint64_t number)
{
    for (size_t i = rings->count; i-- > 0;)
        if (rings->items[i].id == id) {
            if (number > rings->items[i].number)
                rings->items[i].number = number;
            return 0;
        }
    if (rings->count == RINGS_MAX)
        return 0; /* the oldest matter least */
    if (rings->count == rings->cap) {
        size_t cap = rings->cap ? rings->cap * 2 : 16;
        struct audit_scan_ring *items = realloc(rings->items, cap * sizeof(*items));
        if (items == NULL)
            return -ENOMEM;
        rings->items = items;
        rings->cap = cap;
    }
    rings->items[rings->count++] = (struct audit_scan_ring){id, number};
    return 0;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

int audit_scan_segments(int folder, uint64_t **ret_numbers, size_t *ret_count)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    uint64_t *numbers = NULL;
    size_t count = 0, cap = 0;
    struct dirent *entry;
    int error = dir ? 0 : errno;

    while (error == 0 && (entry = readdir(dir)) != NULL) {
        uint64_t number = audit_segment_number(str_of(entry->d_name));
        if (number == 0)
            continue;
        if (count == cap) {
            cap = cap ? cap * 2 : 64;
            uint64_t *grown = realloc(numbers, cap * sizeof(*grown));
            if (grown == NULL) {
                error = ENOMEM;
                break;
            }
            numbers = grown;
        }
        numbers[count++] = number;
    }
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    if (error) {
        free(numbers);
        return -error;
    }
    if (count > 0)
        qsort(numbers, count, sizeof(*numbers), compare_numbers);
    *ret_numbers = numbers;
    *ret_count = count;
    return 0;
}

int audit_scan_map(int folder, const char *name, struct str *ret_bytes)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return -EINVAL;
    }
    *ret_bytes = STR_NONE;
    if (st.st_size > 0) {
        void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (at == MAP_FAILED) {
            int error = errno;
            close(fd);
            return -error;
        }
        *ret_bytes = str_make(at, (size_t)st.st_size);
    }
    close(fd);
    return 0;
}

void audit_scan_unmap(struct str bytes)
{
    if (bytes.len > 0)
        munmap((void *)(uintptr_t)bytes.ptr, bytes.len);
}

/* All whole lines of one segment's bytes. */
static int scan_bytes(struct str bytes, const struct audit_head *head, struct audit_scan *scan,
                      struct audit_scan_rings *rings)
{
    struct str rest = bytes, last = STR_NONE;
    struct audit_line line;

    for (;;) {
        ptrdiff_t end = str_find_char(rest, '\n');
        if (end < 0)
            break;
        struct str text = str_slice(rest, 0, (size_t)end);
        rest = str_slice(rest, (size_t)end + 1, rest.len);
        if (!audit_line_read(text, &line)) {
            scan->problem = "a line that can't be read";
            break;
        }
        last = text;
        scan->n = line.n;
        if (line.ring != 0 && rings_note(rings, line.ring, line.number) < 0)
            return -ENOMEM;
        if (head && head->n == line.n) {
            scan->head_seen = true;
            audit_sha256(text, scan->head_hash);
        }
    }
    if (last.len > 0) {
        audit_sha256(last, scan->hash);
        scan->bytes = (uint64_t)(last.ptr + last.len + 1 - bytes.ptr);
        scan->ended = audit_line_read(last, &line) && str_equal(line.from, STR("recorder")) &&
                      str_find(line.body, STR("\"kind\":\"segment_end\"")) >= 0;
    }
    scan->torn = rest.len;
    return 0;
}

int audit_scan_end(int folder, const struct audit_head *head, struct audit_scan *ret_scan,
                   struct audit_scan_rings *rings)
{
    struct audit_scan scan = {0};
    char name[AUDIT_SEGMENT_NAME_SIZE];
    uint64_t *numbers;
    size_t count;
    int error = audit_scan_segments(folder, &numbers, &count);

    if (error)
        return error;
    for (size_t i = count > 3 ? count - 3 : 0; i < count && error == 0; i++) {
        struct str bytes;
        audit_segment_name(numbers[i], name);
        error = audit_scan_map(folder, name, &bytes);
        if (error)
            break;
        if (str_find_char(bytes, '\n') < 0) {
            scan.empty_last = numbers[i];
        } else {
            scan.empty_last = 0;
            scan.segment = numbers[i];
            error = scan_bytes(bytes, head, &scan, rings);
        }
        audit_scan_unmap(bytes);
    }
    free(numbers);
    if (error)
        return error;
    *ret_scan = scan;
    return 0;
}

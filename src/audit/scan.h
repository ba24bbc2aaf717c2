#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds where a log ends: for the writer, when it starts. Looks at the last two segments only;
 * whether the whole chain holds is verify.h's question.
 */
#include "audit/line.h"

/* The last record seen of each ring. */
struct audit_scan_rings {
    struct audit_scan_ring {
        uint64_t id, number;
    } *items;
    size_t count, cap;
};
uint64_t audit_scan_ring_last(const struct audit_scan_rings *rings, uint64_t id);
void audit_scan_rings_release(struct audit_scan_rings *rings);

struct audit_scan {
    uint64_t segment;    /* number of the last segment that holds a line; 0: there is none */
    uint64_t empty_last; /* number of a segment after it that holds none; 0: there is none */
    uint64_t n;          /* of the last whole line; 0: there is none */
    unsigned char hash[AUDIT_HASH_SIZE]; /* of that line */
    uint64_t bytes;      /* of that segment, up to and with that line's newline */
    uint64_t torn;       /* bytes behind it */
    bool ended;          /* that line is a segment_end */
    bool head_seen;      /* the line that the head names is there; */
    unsigned char head_hash[AUDIT_HASH_SIZE]; /* its hash */
    const char *problem; /* NULL: every line looked at is one */
};

/* 0 or -errno. `head` may be NULL. */
int audit_scan_end(int folder, const struct audit_head *head, struct audit_scan *ret_scan,
                   struct audit_scan_rings *rings);

/* Numbers of the segments in the folder, in order, for the caller to free. 0 or -errno. */
int audit_scan_segments(int folder, uint64_t **ret_numbers, size_t *ret_count);

/* A segment's bytes, mapped. Bytes of an empty one are STR_NONE. 0 or -errno. */
int audit_scan_map(int folder, const char *name, struct str *ret_bytes);
void audit_scan_unmap(struct str bytes);

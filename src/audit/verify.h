#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Verifies a log's folder offline: that every line is there, unchanged, in order, under signed
 * heads; and names the first place that is not.
 *
 * What it can't see: a folder that was put back as a whole to an earlier state, audit.head
 * included. Against that, note number and hash of the last line elsewhere (they are logged when a
 * segment is closed and printed here) and hand them back as `expect`.
 *
 * It also can't see lines added behind the last signed one: their number is told (`unsigned_lines`;
 * 0 after an orderly stop, and while the recorder runs at most one batch).
 */
#include "audit/line.h"

enum audit_fault {
    AUDIT_WHOLE = 0,
    AUDIT_CHANGED,      /* a line's bytes were changed */
    AUDIT_MISSING,      /* lines are missing before this one */
    AUDIT_EXTRA,        /* a line that was not written here: added, repeated or moved */
    AUDIT_CUT,          /* lines are missing at the end of the log */
    AUDIT_SEGMENT_GONE, /* a whole segment is missing */
    AUDIT_SEGMENT_MOVED,/* a segment's content belongs to another number */
    AUDIT_SIGNATURE,    /* a signature is wrong, or by another key */
    AUDIT_UNREADABLE,   /* not a line of a log */
    AUDIT_IO,           /* the folder or a file can't be read */
};
const char *audit_fault_name(enum audit_fault fault);

struct audit_verdict {
    enum audit_fault fault;
    char file[64];       /* name in the folder; empty when it is the folder */
    uint64_t line;       /* in that file, from 1; 0: the file as a whole */
    char what[256];      /* one sentence for people */
    uint64_t lines, segments; /* looked at */
    uint64_t last_n;     /* of the last line */
    unsigned char last_hash[AUDIT_HASH_SIZE];
    uint64_t unsigned_lines; /* behind the signed head */
    uint64_t recoveries; /* times that the recorder had not ended in order */
    uint64_t torn_bytes; /* cut off at those times */
};

struct audit_verify_options {
    const unsigned char *public_key; /* AUDIT_PUBLIC_SIZE bytes; NULL: the folder's audit.pub,
                                        which proves less */
    uint64_t expect_n;               /* 0: none; the line with this number must have this hash */
    unsigned char expect_hash[AUDIT_HASH_SIZE];
};

/* Fills *ret. True when the log is whole. */
bool audit_verify(int folder, const struct audit_verify_options *options,
                  struct audit_verdict *ret);

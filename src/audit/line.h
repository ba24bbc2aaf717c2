#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of the log: how a record becomes one, how one is read back, what a body may be.
 * Pure: bytes in, bytes out.
 *
 *   {"n":17,"prev":"<64 hex>","from":"worker/0","ring":"<16 hex>","rn":9,<the record's members>}
 *
 *   n      the line's number in the whole log, from 1, over all segments, without a gap
 *   prev   SHA-256 of the line before, without its newline; 64 zeros before the first
 *   from   the process that made the record, as the recorder knows it: not said by that process
 *   ring   id of the ring and
 *   rn     number in it, for records that came through one
 *
 * Lines that the recorder makes itself have "from":"recorder" and one of these kinds:
 *
 *   segment        the first line of each segment: number of the segment, public key; signed
 *   segment_end    the last line of a segment that was closed in order; signed
 *   recovery       what was found when the recorder started after it had not ended in order; signed
 *   gap            records could not be written for a while, and statements were refused; signed
 *
 * A signed line ends with ,"sig":"<128 hex>"} and the signature is over the bytes before that.
 *
 * The file `audit.head` holds one signed object of the same make, which tells the latest line:
 *   {"n":17,"hash":"<64 hex>","segment":2,"offset":3201,"sig":"<128 hex>"}
 */
#include "audit/digest.h"
#include "base/buf.h"

#define AUDIT_LINE_MAX    ((size_t)2 << 20) /* bytes of any line that is read back */
#define AUDIT_PREFIX_MAX  256               /* bytes that the recorder puts before a body */
#define AUDIT_ORIGIN_SIZE 24                /* "worker/65535" and a NUL */

/* Where a record came from. */
struct audit_origin {
    char from[AUDIT_ORIGIN_SIZE];
    uint64_t ring;   /* id; 0: it came by message */
    uint64_t number; /* in that ring */
};

/* A line, as far as the chain is concerned. Strings point into the line. */
struct audit_line {
    uint64_t n;
    unsigned char prev[AUDIT_HASH_SIZE];
    struct str from;
    uint64_t ring, number; /* 0: came by message */
    struct str body;       /* what follows: `"v":1,...}` */
};

/* The check of a body that comes from another process: one JSON object in one line, well-formed
 * (RFC 8259), UTF-8 without control characters, at most 32 deep, and none of its own members
 * named as one of the recorder's (n, prev, from, ring, rn, sig) or spelled with escapes. */
bool audit_body_good(struct str body);

/* Puts the line, without a newline, at the end of `out`. `body` has passed audit_body_good. */
void audit_line_put(struct buf *out, uint64_t n, const unsigned char prev[AUDIT_HASH_SIZE],
                    const struct audit_origin *origin, struct str body);
/* Reads a line without its newline. False when it is none. */
bool audit_line_read(struct str line, struct audit_line *ret_line);
/* A member of the line's own object holding a number or a plain string; the text between the
 * quotes. Only for lines that the recorder makes itself. */
bool audit_member_u64(struct str object, const char *key, uint64_t *ret_value);
bool audit_member_text(struct str object, const char *key, struct str *ret_value);

/* Ends the object that was begun at `start` of `out` with a signature. */
void audit_sign_end(struct buf *out, size_t start, const struct audit_key *key);
/* Is the object signed with that key? */
bool audit_signed_by(struct str object, const unsigned char public_key[AUDIT_PUBLIC_SIZE]);

/* "audit-000001.jsonl" */
#define AUDIT_SEGMENT_NAME_SIZE 32
void audit_segment_name(uint64_t number, char out[AUDIT_SEGMENT_NAME_SIZE]);
/* The number in such a name; 0 when it is not one. */
uint64_t audit_segment_number(struct str name);
#define AUDIT_HEAD_NAME "audit.head"

struct audit_head {
    uint64_t n;
    unsigned char hash[AUDIT_HASH_SIZE];
    uint64_t segment;
    uint64_t offset; /* behind the newline of that line */
};
/* Always AUDIT_HEAD_SIZE bytes, padded with blanks, newline at the end: written over in place. */
#define AUDIT_HEAD_SIZE 384
void audit_head_put(struct buf *out, const struct audit_head *head, const struct audit_key *key);
/* False when it is none or the signature is wrong. */
bool audit_head_read(struct str text, const unsigned char public_key[AUDIT_PUBLIC_SIZE],
                     struct audit_head *ret_head);

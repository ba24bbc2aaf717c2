#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets: how payloads travel. Four bytes of header (length in three bytes, low first; sequence
 * number), then at most 16 MiB - 1 bytes; a packet of exactly that length is continued by the
 * next one. Sequence numbers start at 0 with each command and go up by one with each packet of
 * either side, wrapping at 256.
 *
 * Three tools, none of which reads or writes a socket:
 *   splitter  walks over received bytes in place and says where packets begin and end. A packet
 *             larger than the bytes at hand is handed on in pieces, so that relaying one never
 *             buffers it.
 *   joiner    gives whole payloads: in place when the packet lies whole in the input, else
 *             copied into a buffer of its own with a maximum.
 *   writer    frames payloads at the end of a `struct buf`.
 *
 * Source: MySQL Internals, "MySQL Packets"; MariaDB knowledge base, "0 - Packet".
 */
#include "base/buf.h"
#include "base/str.h"

#define WIRE_HEADER      4
#define WIRE_PACKET_FULL 0xFFFFFFu /* a packet of this length is continued by the next */

enum wire_step {
    WIRE_STEP_INVALID = 0,
    WIRE_STEP_MORE,  /* needs more bytes than there are; nothing was taken */
    WIRE_STEP_GOT,   /* there is a piece or payload */
    WIRE_STEP_ORDER, /* a sequence number that is not the expected one; sticky */
    WIRE_STEP_LARGE  /* the payload is larger than allowed; sticky */
};

/* ---- splitter ---- */

struct wire_splitter {
    uint32_t left;     /* bytes of the packet under way that have not come yet */
    uint8_t sequence;  /* expected in the next header */
    bool inside;       /* a payload is under way: not all of it has been handed out */
    bool continued;    /* the packet under way is full, so that another belongs to its payload */
    bool broken;       /* a sequence number was wrong */
};

struct wire_piece {
    struct str raw;     /* bytes as received, headers included: what a relay passes on. The caller
                           takes raw.len bytes off its input */
    struct str payload; /* the payload bytes in it */
    uint32_t length;    /* as in the packet's header; 0 in pieces that don't begin with one */
    uint8_t sequence;   /* of that packet */
    bool first;         /* a payload begins with this piece */
    bool last;          /* the payload is complete with this piece */
};

/* `sequence`: expected in the first header. */
void wire_splitter_init(struct wire_splitter *splitter, uint8_t sequence);
/* The next piece at the front of `input`. The first piece of a payload holds at least `look`
 * payload bytes (or all that it has): until then WIRE_STEP_MORE. `look` 0 counts as 1.
 * A payload that lies whole in one packet in `input` is always one piece. */
enum wire_step wire_split(struct wire_splitter *splitter, struct str input, size_t look,
                          struct wire_piece *ret_piece);
/* Between payloads only: how many bytes at the front of `input` are whole single-packet payloads
 * whose first byte is neither 0xFE nor 0xFF, that is: rows, for certain. They are counted into
 * *ret_rows and are passed; the splitter stands behind them. At most `most` rows. 0 when the next
 * one is something else, incomplete, or out of order: then ask wire_split. */
size_t wire_split_rows(struct wire_splitter *splitter, struct str input, uint64_t most,
                       uint64_t *ret_rows);

/* ---- joiner ---- */

struct wire_joiner {
    struct wire_splitter splitter;
    struct buf joined; /* of a payload in several pieces */
    size_t max;        /* most bytes of one payload */
    bool whole;        /* `joined` was handed out and is emptied by the next call */
    bool large;        /* sticky */
};

void wire_joiner_init(struct wire_joiner *joiner, size_t max, uint8_t sequence);
/* Frees and wipes what was joined; may be used again after wire_joiner_init. */
void wire_joiner_release(struct wire_joiner *joiner);
/* The next whole payload. *ret_used is how many bytes of `input` the caller takes off, with GOT as
 * well as with MORE (what came of a large payload is kept here). *ret_payload points into `input`
 * or into the joiner: good until the next call here or until the input moves.
 * With GOT, joiner->splitter.sequence is what the answer's first packet must carry. */
enum wire_step wire_join(struct wire_joiner *joiner, struct str input, size_t *ret_used,
                         struct str *ret_payload);
/* The next command starts at sequence 0. */
void wire_joiner_restart(struct wire_joiner *joiner, uint8_t sequence);

/* ---- writer ---- */

/* Leaves room for a header at the end of `out`; gives the mark for wire_packet_end. */
size_t wire_packet_begin(struct buf *out);
/* What was put since `mark` becomes a payload: header filled in, split where it is over 16 MiB.
 * *sequence is used and counted on, once for each packet. */
void wire_packet_end(struct buf *out, size_t mark, uint8_t *sequence);
/* A payload that stands elsewhere. */
void wire_packet_put(struct buf *out, struct str payload, uint8_t *sequence);
/* A header alone, for a payload that is relayed in pieces. */
void wire_header_put(struct buf *out, uint32_t length, uint8_t sequence);

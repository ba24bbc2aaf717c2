#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * COM_STMT_EXECUTE: which prepared statement, with which values.
 *
 * The parameters' types come with the first execution and may be left out afterwards
 * (new_params_bound = 0): the server remembers them, and so must whoever reads along. The decoder
 * takes and updates that memory.
 *
 * The gateway never passes a client's bytes on: it encodes what it decoded, with the server's
 * statement id, types always bound, no cursor flags, no attributes, one iteration.
 *
 * Source: MySQL Internals, "COM_STMT_EXECUTE", with WL#12542 (query attributes).
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "wire/types.h"

struct wire_parameter_type {
    uint8_t type; /* enum wire_type */
    bool is_unsigned;
};

/* A value of COM_STMT_EXECUTE, or an attribute of a query. */
struct wire_parameter {
    struct str name;  /* of an attribute, and of a parameter where the client gives one */
    struct str bytes; /* in binary coding, without its length */
    uint8_t type;
    bool is_unsigned;
    bool null;
    bool long_data;   /* came before in COM_STMT_SEND_LONG_DATA; `bytes` is empty here. The caller
                         puts the joined pieces into `bytes` and clears this to send them in place */
};

/* What a session keeps of each prepared statement for the decoder. */
struct wire_execute_memory {
    struct wire_parameter_type *types; /* parameter_count of them; the caller's */
    const bool *long_data;             /* the same; which parameters have pieces; NULL for none */
    uint16_t parameter_count;
    bool bound;                        /* types are known */
};

/* Flags of the packet. */
#define WIRE_EXECUTE_CURSOR          0x07 /* asks for a cursor; ignored, the whole result is sent,
                                             as servers do for what has no cursor */
#define WIRE_EXECUTE_PARAMETER_COUNT 0x08 /* QUERY_ATTRIBUTES: the number of parameters is sent */

struct wire_execute {
    uint32_t statement_id;
    uint8_t flags;
    struct wire_parameter *parameters; /* the statement's own, in the arena */
    size_t parameter_count;
    struct wire_parameter *attributes; /* those beyond; never passed on */
    size_t attribute_count;
};

/* The statement's id alone, to find its memory. False when the packet is too short. */
bool wire_execute_statement_id(struct str payload, uint32_t *ret_id);
/* False when malformed, when types were never bound, when a NULL type has a value, or where more
 * bytes follow. `memory` is updated only with true. */
bool wire_execute_decode(struct str payload, uint64_t capabilities,
                         struct wire_execute_memory *memory, struct arena *arena,
                         struct wire_execute *ret_execute);
/* For a server without QUERY_ATTRIBUTES agreed. */
void wire_execute_encode(struct buf *out, const struct wire_execute *execute);

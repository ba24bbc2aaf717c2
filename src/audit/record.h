#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What is recorded: one record is one JSON object, which the recorder puts into one line of the
 * log (chain.h adds number, origin and hash). Encoding is cheap enough for each statement: it
 * writes straight into the memory given, usually the ring.
 *
 * A statement makes two records with the same `id`: `decision`, before it is sent to the server,
 * and `outcome`, when its last row or error has passed. A decision without an outcome says that
 * the worker or the gateway died in between: the statement may have run.
 *
 * Bounds: any record fits LIMIT_AUDIT_RECORD. A text that is longer than AUDIT_TEXT_MAX is cut;
 * its whole length and SHA-256 are kept ("text_bytes", "text_sha256"). Other fields are cut at
 * AUDIT_FIELD_MAX and marked with U+2026 at the end. No byte of a peer can end a line, forge a
 * field or move a terminal's cursor (base/json.h).
 *
 * Fields left zero are left out of the object. Fields named _json are JSON made by the gateway
 * itself (base/json.h), put in as they are: identity and analysis are made once and used for many
 * records. A _json that is too long is replaced by {"bytes": n, "sha256": "..."}.
 */
#include "base/buf.h"
#include "base/limits.h"

#define AUDIT_VERSION      1
#define AUDIT_TEXT_MAX     ((size_t)96 << 10)
#define AUDIT_FIELD_MAX    ((size_t)1 << 10)
#define AUDIT_IDENTITY_MAX ((size_t)32 << 10) /* of identity_json */
#define AUDIT_JSON_MAX     ((size_t)96 << 10) /* of every other _json */

enum audit_kind {
    AUDIT_INVALID = 0,
#define AUDIT_KIND(name, meaning) AUDIT_##name,
#include "audit/record_kinds.h"
#undef AUDIT_KIND
    AUDIT_KIND_COUNT
};
/* "decision"; "invalid" for anything else. */
const char *audit_kind_name(enum audit_kind kind);

struct audit_record {
    enum audit_kind kind;
    int64_t time_us;       /* clock_realtime_us() */

    /* who and where */
    uint64_t session;      /* 0: of no session */
    uint64_t statement;    /* number in its session, from 1; `id` is "SESSION-STATEMENT" in hex */
    struct str peer;       /* client's address and port */
    struct str identity_json; /* {"issuer":…,"subject":…,"groups":[…]} */
    struct str target;     /* name */
    struct str account;    /* on the server */
    struct str database;   /* default schema at that moment */

    /* what */
    struct str command;    /* "query", "execute", "init_db", … as the command table names it */
    struct str text;       /* exact bytes as the client sent them */
    struct str values_json;/* array of bound values, in order */
    struct str digest;     /* of the statement's shape, hex */
    struct str analysis_json; /* {"kind":…,"objects":[…],"needs":[…],…} */

    /* decided */
    struct str decision;   /* allow, mask, approve, deny */
    struct str code;       /* stable code of the refusal: "denied.privilege" */
    struct str rule;       /* "POLICY (FILE:LINE)" */
    struct str approval;   /* id of the approval that was used or asked for */
    struct str masked_json;/* array of "schema.table.column" */

    /* outcome */
    bool has_outcome;      /* the numbers below count even when they are 0 */
    uint64_t rows;         /* sent to the client */
    uint64_t affected;     /* rows changed, as the server said */
    uint64_t bytes;        /* sent to the client */
    uint64_t duration_us;  /* from the decision to the end */
    uint16_t error;        /* MySQL error number; 0: none */
    struct str sqlstate;
    struct str message;    /* of the error, as the client was given it; or any record's remark */

    struct str detail_json;/* for kinds that are not of a statement: what their table row says */
};

/* Writes one JSON object without line ends. Gives its length; 0 when it doesn't fit `max`, which
 * can't be when max is LIMIT_AUDIT_RECORD. */
size_t audit_record_encode(const struct audit_record *record, char *out, size_t max);
/* The same, at the end of a buffer; false when the buffer failed. */
bool audit_record_put(const struct audit_record *record, struct buf *out);

#define AUDIT_ID_SIZE 34 /* of "0001000000000007-3" and a NUL, at most */
void audit_id_format(uint64_t session, uint64_t statement, char out[AUDIT_ID_SIZE]);

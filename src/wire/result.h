#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What a server answers to a command: OK, ERR, or column definitions and rows, several times over
 * when more results follow; after COM_STMT_PREPARE, the statement's id and definitions.
 *
 * `struct wire_answer` is told of each payload of an answer (its first byte and length suffice for
 * rows) and says what it is; it knows whether EOF packets are there (without DEPRECATE_EOF) or
 * not, and when the answer is over. Columns and rows are decoded by the functions below it.
 *
 * Source: MySQL Internals, "Text Protocol" and "Prepared Statements".
 */
#include "base/buf.h"
#include "base/cursor.h"
#include "base/str.h"
#include "wire/handshake.h"
#include "wire/types.h"

/* ---- which packet is this? ---- */

enum wire_answer_to {
    WIRE_TO_INVALID = 0,
    WIRE_TO_SIMPLE,  /* COM_PING, INIT_DB, RESET_CONNECTION, STMT_RESET: OK or ERR */
    WIRE_TO_SET_OPTION, /* COM_SET_OPTION: OK, EOF or ERR */
    WIRE_TO_QUERY,   /* COM_QUERY: text rows */
    WIRE_TO_EXECUTE, /* COM_STMT_EXECUTE: binary rows */
    WIRE_TO_PREPARE  /* COM_STMT_PREPARE */
};

enum wire_part {
    WIRE_PART_MALFORMED = 0, /* can't stand here: the connection is of no more use */
    WIRE_PART_OK,            /* a result without rows */
    WIRE_PART_ERR,           /* the answer is over */
    WIRE_PART_INFILE,        /* LOAD DATA LOCAL: never asked for; close the connection */
    WIRE_PART_COUNT,         /* number of columns: answer.columns */
    WIRE_PART_COLUMN,        /* a column definition: answer.column is its index */
    WIRE_PART_COLUMNS_END,   /* EOF behind the definitions */
    WIRE_PART_ROW,
    WIRE_PART_ROWS_END,      /* EOF, or OK with 0xFE: answer.status, answer.warnings */
    WIRE_PART_PREPARED,      /* answer.prepared */
    WIRE_PART_PARAMETER,     /* definition of a parameter: answer.column is its index */
    WIRE_PART_PARAMETERS_END
};

/* COM_STMT_PREPARE_OK. */
struct wire_prepared {
    uint32_t statement_id;
    uint16_t columns;
    uint16_t parameters;
    uint16_t warnings;
};

bool wire_prepared_decode(struct str payload, struct wire_prepared *ret_prepared);
void wire_prepared_encode(struct buf *out, const struct wire_prepared *prepared);

struct wire_answer {
    enum wire_answer_to to;
    int step;              /* private */
    uint64_t capabilities; /* as agreed with the server */
    uint32_t columns;      /* of the result under way */
    uint32_t column;       /* index of the definition just told of */
    uint32_t defined;      /* private: definitions so far */
    uint64_t rows;         /* of the result under way, so far */
    uint32_t results;      /* finished ones */
    uint16_t status;       /* of the last OK or EOF */
    uint16_t warnings;
    struct wire_prepared prepared;
    bool done;             /* nothing follows until the next command */
};

void wire_answer_init(struct wire_answer *answer, enum wire_answer_to to, uint64_t capabilities);
/* `head`: the whole payload, or of a row its first byte; wire_answer_look says which. `length` is
 * that of the payload's first packet. After MALFORMED, ERR and INFILE `done` is set. */
enum wire_part wire_answer_next(struct wire_answer *answer, struct str head, uint32_t length);
/* What to hand wire_split as `look` for the payload that begins at the front of `input`: 1 when it
 * is a row for certain, else SIZE_MAX, for all of it. */
size_t wire_answer_look(const struct wire_answer *answer, struct str input);
/* True while only rows or their end can follow: pieces may be passed on as they come, and
 * wire_split_rows may run (wire_answer_rows tells of what it skipped). */
bool wire_answer_in_rows(const struct wire_answer *answer);
void wire_answer_rows(struct wire_answer *answer, uint64_t rows);

/* ---- column definitions ---- */

/* ColumnDefinition41. */
struct wire_column {
    struct str catalog; /* "def" */
    struct str schema, table, org_table;
    struct str name;     /* the heading */
    struct str org_name;
    uint16_t collation;  /* id; 63 is binary */
    uint32_t length;     /* greatest width in bytes */
    uint16_t flags;      /* WIRE_COLUMN_* */
    uint8_t type;        /* enum wire_type */
    uint8_t decimals;
};

#define WIRE_COLUMN_NOT_NULL 0x0001
#define WIRE_COLUMN_PRIMARY  0x0002
#define WIRE_COLUMN_UNIQUE   0x0004
#define WIRE_COLUMN_BLOB     0x0010
#define WIRE_COLUMN_UNSIGNED 0x0020
#define WIRE_COLUMN_ZEROFILL 0x0040
#define WIRE_COLUMN_BINARY   0x0080
#define WIRE_COLUMN_ENUM     0x0100
#define WIRE_COLUMN_SET      0x0800
#define WIRE_COLUMN_NUMERIC  0x8000

#define WIRE_COLLATION_BINARY 63

bool wire_column_decode(struct str payload, struct wire_column *ret_column);
/* To rename a column: decode, set `name`, encode. */
void wire_column_encode(struct buf *out, const struct wire_column *column);
/* The payload in front of the definitions. False for 0 and over LIMIT_COLUMNS. */
bool wire_column_count_decode(struct str payload, uint32_t *ret_count);
void wire_column_count_encode(struct buf *out, uint32_t count);

/* ---- rows ---- */

struct wire_value {
    struct str bytes; /* text rows: the text; binary rows: without length */
    bool null;
};

/* Text rows: init a cursor over the payload, call once for each column, then cursor_done. */
bool wire_text_value_next(struct cursor *c, struct wire_value *ret_value);
void wire_text_value_put(struct buf *out, const struct wire_value *value);

/* Binary rows. */
struct wire_binary_row {
    struct cursor c;
    const unsigned char *nulls; /* bit i + 2 for column i */
    uint32_t columns, next;
};

bool wire_binary_row_init(struct wire_binary_row *row, struct str payload, uint32_t columns);
/* Columns in their order; `type` is the next column's. False when malformed or none is left. */
bool wire_binary_row_next(struct wire_binary_row *row, uint8_t type, struct wire_value *ret_value);
/* All columns were taken and no byte is left over. */
bool wire_binary_row_done(const struct wire_binary_row *row);
/* Header and an empty NULL bitmap; gives the bitmap's offset in `out`. */
size_t wire_binary_row_begin(struct buf *out, uint32_t columns);
/* Column `index`, in order. False where the value doesn't fit the type. */
bool wire_binary_row_put(struct buf *out, size_t bitmap, uint32_t index, uint8_t type,
                         const struct wire_value *value);

/* ---- session state changes, in wire_ok.state ---- */

enum wire_state_kind {
    WIRE_STATE_SYSTEM_VARIABLE = 0, /* name, value */
    WIRE_STATE_SCHEMA = 1,          /* value: the schema's name, may be empty */
    WIRE_STATE_CHANGED = 2,         /* value: "1" */
    WIRE_STATE_GTIDS = 3,           /* value */
    WIRE_STATE_TRANSACTION_CHARACTERISTICS = 4,
    WIRE_STATE_TRANSACTION = 5,     /* value: eight characters */
    WIRE_STATE_OTHER = 6            /* a kind that has no name here */
};

struct wire_state {
    enum wire_state_kind kind;
    struct str name, value;
};

/* Several variables in one entry come one by one. */
struct wire_state_reader {
    struct cursor c;     /* over the block */
    struct cursor entry; /* over the variables of one entry */
};
void wire_state_init(struct wire_state_reader *reader, struct str block);
/* False at the end and when malformed: wire_state_ok says which. */
bool wire_state_next(struct wire_state_reader *reader, struct wire_state *ret_state);
bool wire_state_ok(const struct wire_state_reader *reader);
/* Appends one change to a block. */
void wire_state_put(struct buf *block, const struct wire_state *state);

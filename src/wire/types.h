#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Types of columns and parameters, as numbered on the wire, and how each travels in binary rows.
 *
 *   FIXED n    n bytes, low first (FLOAT and DOUBLE: IEEE 754)
 *   LENENC     length-encoded length, bytes; as in text rows
 *   TEMPORAL   one byte of length (0, 4, 7 or 11; TIME 0, 8 or 12), then fields
 *   NOTHING    no bytes
 *   NEVER      only inside the server; a peer that sends it is malformed
 *
 * Source: include/field_types.h of MySQL 9 and of MariaDB 11.
 */
#include "base/buf.h"
#include "base/str.h"

/*       name         byte coding  width text */
#define WIRE_TYPE_TABLE(TYPE)                                                                      \
    TYPE(DECIMAL,     0,   LENENC,   0, "decimal")                                                 \
    TYPE(TINY,        1,   FIXED,    1, "tinyint")                                                 \
    TYPE(SHORT,       2,   FIXED,    2, "smallint")                                                \
    TYPE(LONG,        3,   FIXED,    4, "int")                                                     \
    TYPE(FLOAT,       4,   FIXED,    4, "float")                                                   \
    TYPE(DOUBLE,      5,   FIXED,    8, "double")                                                  \
    TYPE(NULL,        6,   NOTHING,  0, "null")                                                    \
    TYPE(TIMESTAMP,   7,   TEMPORAL, 0, "timestamp")                                               \
    TYPE(LONGLONG,    8,   FIXED,    8, "bigint")                                                  \
    TYPE(INT24,       9,   FIXED,    4, "mediumint")                                               \
    TYPE(DATE,        10,  TEMPORAL, 0, "date")                                                    \
    TYPE(TIME,        11,  TEMPORAL, 0, "time")                                                    \
    TYPE(DATETIME,    12,  TEMPORAL, 0, "datetime")                                                \
    TYPE(YEAR,        13,  FIXED,    2, "year")                                                    \
    TYPE(NEWDATE,     14,  NEVER,    0, "newdate")                                                 \
    TYPE(VARCHAR,     15,  LENENC,   0, "varchar")                                                 \
    TYPE(BIT,         16,  LENENC,   0, "bit")                                                     \
    TYPE(TIMESTAMP2,  17,  NEVER,    0, "timestamp2")                                              \
    TYPE(DATETIME2,   18,  NEVER,    0, "datetime2")                                               \
    TYPE(TIME2,       19,  NEVER,    0, "time2")                                                   \
    TYPE(TYPED_ARRAY, 20,  NEVER,    0, "typed array")                                             \
    TYPE(VECTOR,      242, LENENC,   0, "vector")                                                  \
    TYPE(INVALID,     243, NEVER,    0, "invalid")                                                 \
    TYPE(BOOL,        244, NEVER,    0, "bool")                                                    \
    TYPE(JSON,        245, LENENC,   0, "json")                                                    \
    TYPE(NEWDECIMAL,  246, LENENC,   0, "decimal")                                                 \
    TYPE(ENUM,        247, LENENC,   0, "enum")                                                    \
    TYPE(SET,         248, LENENC,   0, "set")                                                     \
    TYPE(TINY_BLOB,   249, LENENC,   0, "tinyblob")                                                \
    TYPE(MEDIUM_BLOB, 250, LENENC,   0, "mediumblob")                                              \
    TYPE(LONG_BLOB,   251, LENENC,   0, "longblob")                                                \
    TYPE(BLOB,        252, LENENC,   0, "blob")                                                    \
    TYPE(VAR_STRING,  253, LENENC,   0, "varchar")                                                 \
    TYPE(STRING,      254, LENENC,   0, "char")                                                    \
    TYPE(GEOMETRY,    255, LENENC,   0, "geometry")

/* The enum's values are the bytes on the wire, so that 0 means DECIMAL. */
enum wire_type {
#define WIRE_TYPE_ROW(name, byte, coding, width, text) WIRE_TYPE_##name = (byte),
    WIRE_TYPE_TABLE(WIRE_TYPE_ROW)
#undef WIRE_TYPE_ROW
};

enum wire_coding {
    WIRE_CODING_NEVER = 0, /* unknown bytes too */
    WIRE_CODING_FIXED,
    WIRE_CODING_LENENC,
    WIRE_CODING_TEMPORAL,
    WIRE_CODING_NOTHING
};

struct wire_type_info {
    enum wire_coding coding;
    uint8_t width;    /* bytes of a FIXED value */
    const char *text; /* SQL's name; "unknown" */
};

const struct wire_type_info *wire_type_info(uint8_t type);

struct cursor;
/* Takes one value of this type in binary coding: its bytes without length or length byte. False
 * (and the cursor failed) when it is malformed. */
bool wire_binary_value_take(struct cursor *c, uint8_t type, struct str *ret_bytes);
/* The same in the other direction; `bytes` as wire_binary_value_take gives them. False, nothing
 * written, where the length doesn't fit the type. */
bool wire_binary_value_put(struct buf *out, uint8_t type, struct str bytes);
/* A binary value as the text protocol would show it: numbers in decimal, temporal values with six
 * digits of fraction only where there are microseconds, all else as it is. For the audit record
 * and messages. False when the length doesn't fit the type. */
bool wire_value_render(struct buf *out, uint8_t type, bool is_unsigned, struct str bytes);

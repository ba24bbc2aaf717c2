#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The command table: every command byte that MySQL or MariaDB knows, and what the gateway does
 * with it. What is not in the table, or is REFUSE in it, is refused with an error and the session
 * lives on.
 *
 *   CHECK   carries SQL or runs it: analysed, decided, recorded, rebuilt
 *   OWN     answered by the gateway itself, or carried out with commands of its own
 *   REFUSE  ERR 1047
 *
 *   SQL       recorded as a statement, with text or values and decision
 *   SESSION   recorded as a change of the session
 *   NOTHING   not recorded
 *   REFUSAL   recorded as refused
 *
 * `least` is the shortest payload, command byte included. `answers`: the client waits for an
 * answer; where not, a refusal is silent too.
 *
 * Source: include/my_command.h of MySQL 9 and mysql_com.h of MariaDB 11.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "wire/execute.h"

/*      name                        byte least answers how     record   why */
#define WIRE_COMMAND_TABLE(COM)                                                                    \
    COM(SLEEP,                      0x00, 1, true,  REFUSE, REFUSAL, "internal to the server")     \
    COM(QUIT,                       0x01, 1, false, OWN,    NOTHING, "ends the session")           \
    COM(INIT_DB,                    0x02, 1, true,  CHECK,  SQL,     "as USE")                     \
    COM(QUERY,                      0x03, 1, true,  CHECK,  SQL,     "text of one or more statements") \
    COM(FIELD_LIST,                 0x04, 1, true,  REFUSE, REFUSAL, "shows columns and their defaults unchecked") \
    COM(CREATE_DB,                  0x05, 1, true,  REFUSE, REFUSAL, "use the statement")          \
    COM(DROP_DB,                    0x06, 1, true,  REFUSE, REFUSAL, "use the statement")          \
    COM(REFRESH,                    0x07, 1, true,  REFUSE, REFUSAL, "use FLUSH")                  \
    COM(SHUTDOWN,                   0x08, 1, true,  REFUSE, REFUSAL, "stops the server")           \
    COM(STATISTICS,                 0x09, 1, true,  REFUSE, REFUSAL, "facts about the server")     \
    COM(PROCESS_INFO,               0x0A, 1, true,  REFUSE, REFUSAL, "other sessions' statements") \
    COM(CONNECT,                    0x0B, 1, true,  REFUSE, REFUSAL, "internal to the server")     \
    COM(PROCESS_KILL,               0x0C, 1, true,  REFUSE, REFUSAL, "use KILL")                   \
    COM(DEBUG,                      0x0D, 1, true,  REFUSE, REFUSAL, "writes the server's log")    \
    COM(PING,                       0x0E, 1, true,  OWN,    NOTHING, "is the session alive?")      \
    COM(TIME,                       0x0F, 1, true,  REFUSE, REFUSAL, "internal to the server")     \
    COM(DELAYED_INSERT,             0x10, 1, true,  REFUSE, REFUSAL, "internal to the server")     \
    COM(CHANGE_USER,                0x11, 1, true,  REFUSE, REFUSAL, "one session, one identity: log in again") \
    COM(BINLOG_DUMP,                0x12, 1, true,  REFUSE, REFUSAL, "replication: every row, unseen") \
    COM(TABLE_DUMP,                 0x13, 1, true,  REFUSE, REFUSAL, "replication of old")         \
    COM(CONNECT_OUT,                0x14, 1, true,  REFUSE, REFUSAL, "internal to the server")     \
    COM(REGISTER_SLAVE,             0x15, 1, true,  REFUSE, REFUSAL, "replication")                \
    COM(STMT_PREPARE,               0x16, 1, true,  CHECK,  SQL,     "text of one statement")      \
    COM(STMT_EXECUTE,               0x17, 10, true, CHECK,  SQL,     "runs a prepared statement")  \
    COM(STMT_SEND_LONG_DATA,        0x18, 7, false, OWN,    NOTHING, "a piece of a parameter; recorded with EXECUTE") \
    COM(STMT_CLOSE,                 0x19, 5, false, OWN,    NOTHING, "forgets a prepared statement") \
    COM(STMT_RESET,                 0x1A, 5, true,  OWN,    NOTHING, "forgets long data")          \
    COM(SET_OPTION,                 0x1B, 3, true,  OWN,    SESSION, "several statements in one text: on or off") \
    COM(STMT_FETCH,                 0x1C, 9, true,  REFUSE, REFUSAL, "no cursor is ever opened: EXECUTE sends all rows") \
    COM(DAEMON,                     0x1D, 1, true,  REFUSE, REFUSAL, "internal to the server")     \
    COM(BINLOG_DUMP_GTID,           0x1E, 1, true,  REFUSE, REFUSAL, "replication")                \
    COM(RESET_CONNECTION,           0x1F, 1, true,  OWN,    SESSION, "the session as after the login") \
    COM(CLONE,                      0x20, 1, true,  REFUSE, REFUSAL, "copies the whole server")    \
    COM(SUBSCRIBE_GROUP_REPLICATION, 0x21, 1, true, REFUSE, REFUSAL, "replication")                \
    COM(STMT_BULK_EXECUTE,          0xFA, 1, true,  REFUSE, REFUSAL, "MariaDB: not offered")       \
    COM(SLAVE_WORKER,               0xFB, 1, true,  REFUSE, REFUSAL, "MariaDB: internal to the server") \
    COM(SLAVE_IO,                   0xFC, 1, true,  REFUSE, REFUSAL, "MariaDB: internal to the server") \
    COM(SLAVE_SQL,                  0xFD, 1, true,  REFUSE, REFUSAL, "MariaDB: internal to the server") \
    COM(MULTI,                      0xFE, 1, true,  REFUSE, REFUSAL, "MariaDB: several commands in one packet")

/* The enum's values are the bytes. */
enum wire_command_byte {
#define WIRE_COMMAND(name, byte, least, answers, how, record, why) WIRE_COM_##name = (byte),
    WIRE_COMMAND_TABLE(WIRE_COMMAND)
#undef WIRE_COMMAND
};

enum wire_command_how {
    WIRE_HOW_REFUSE = 0,
    WIRE_HOW_CHECK,
    WIRE_HOW_OWN
};

enum wire_command_record {
    WIRE_RECORD_REFUSAL = 0,
    WIRE_RECORD_SQL,
    WIRE_RECORD_SESSION,
    WIRE_RECORD_NOTHING
};

struct wire_command {
    const char *name; /* "COM_QUERY" */
    uint8_t byte;
    bool known;       /* false: a byte that nobody uses; then `how` is REFUSE */
    bool answers;
    uint16_t least;
    enum wire_command_how how;
    enum wire_command_record record;
    const char *why;
};

/* Never NULL; unknown bytes give a row named "COM_UNKNOWN". */
const struct wire_command *wire_command_by_byte(uint8_t byte);

/* The shortest and, where it is fixed, the only length of the command's payload. */
bool wire_command_length_ok(const struct wire_command *command, size_t length);

/* COM_QUERY. */
struct wire_query {
    struct str text;
    const struct wire_parameter *attributes; /* QUERY_ATTRIBUTES: named values; never passed on */
    size_t attribute_count;
};

/* With QUERY_ATTRIBUTES agreed, the text stands behind a block of parameters; it is read as MySQL
 * 8.0.23 and later do. At most WIRE_ATTRIBUTES_MAX of them, one parameter set. */
bool wire_query_decode(struct str payload, uint64_t capabilities, struct arena *arena,
                       struct wire_query *ret_query);
void wire_query_encode(struct buf *out, struct str text);

#define WIRE_ATTRIBUTES_MAX 64

/* COM_STMT_CLOSE, COM_STMT_RESET. */
bool wire_statement_id_decode(struct str payload, uint32_t *ret_id);
void wire_statement_id_encode(struct buf *out, enum wire_command_byte byte, uint32_t id);

/* COM_SET_OPTION: 0 several statements on, 1 off; false for anything else. */
bool wire_set_option_decode(struct str payload, bool *ret_multi_statements);

/* COM_STMT_SEND_LONG_DATA. */
struct wire_long_data {
    uint32_t statement_id;
    uint16_t parameter;
    struct str bytes;
};
bool wire_long_data_decode(struct str payload, struct wire_long_data *ret_piece);
void wire_long_data_encode(struct buf *out, const struct wire_long_data *piece);

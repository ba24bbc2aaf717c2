#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Capability flags: what each side of a connection says that it can do. One table: name, bit, and
 * what the gateway does with it towards a client and towards a server.
 *
 *   client side
 *     OFFER    in the greeting; a client may use it
 *     DEMAND   in the greeting; a login without it is refused
 *     OFF      not in the greeting; ignored when a client sets it nevertheless
 *     TLS      in the greeting where the listener has a certificate
 *   server side
 *     USE      set when the server has it
 *     NEED     set; a server without it is not spoken to
 *     LIKE     set when the server has it and the client chose it: results then pass unchanged
 *     NEVER    not set
 *     TLS      set when the target's TLS mode says so
 *
 * Bits 32 and up are MariaDB's extended ones (its `CLIENT_MYSQL` bit unset); none is offered: they
 * change metadata and rows (see docs/protocol.md).
 *
 * Source: include/mysql_com.h of MySQL 9 and of MariaDB 11.
 */
#include "base/str.h"

/*          name                          bit  client   server  why */
#define WIRE_CAPABILITY_TABLE(CAP)                                                                 \
    CAP(LONG_PASSWORD,                    0,   OFFER,   USE,    "set: speaks as MySQL does, without MariaDB's extended flags") \
    CAP(FOUND_ROWS,                       1,   OFFER,   LIKE,   "affected rows counts the rows found")   \
    CAP(LONG_FLAG,                        2,   OFFER,   USE,    "two bytes of column flags")             \
    CAP(CONNECT_WITH_DB,                  3,   OFFER,   USE,    "the login names a schema")              \
    CAP(NO_SCHEMA,                        4,   OFF,     NEVER,  "forbids schema.table")                  \
    CAP(COMPRESS,                         5,   OFF,     NEVER,  "zlib: hides packets from whoever looks") \
    CAP(ODBC,                             6,   OFFER,   NEVER,  "has no effect")                         \
    CAP(LOCAL_FILES,                      7,   OFF,     NEVER,  "LOAD DATA LOCAL reads the client's files") \
    CAP(IGNORE_SPACE,                     8,   OFF,     NEVER,  "changes sql_mode unseen")               \
    CAP(PROTOCOL_41,                      9,   DEMAND,  NEED,   "the protocol since 4.1")                \
    CAP(INTERACTIVE,                      10,  OFFER,   NEVER,  "chooses another idle time-out")         \
    CAP(SSL,                              11,  TLS,     TLS,    "TLS after the greeting")                \
    CAP(IGNORE_SIGPIPE,                   12,  OFFER,   NEVER,  "concerns the client library alone")     \
    CAP(TRANSACTIONS,                     13,  OFFER,   USE,    "status flags of transactions")          \
    CAP(RESERVED,                         14,  OFFER,   NEVER,  "was the name of PROTOCOL_41 once")      \
    CAP(SECURE_CONNECTION,                15,  DEMAND,  NEED,   "scrambles of 20 bytes")                 \
    CAP(MULTI_STATEMENTS,                 16,  OFFER,   NEVER,  "several statements in one text: the gateway sends them one by one") \
    CAP(MULTI_RESULTS,                    17,  OFFER,   USE,    "several results for one command")       \
    CAP(PS_MULTI_RESULTS,                 18,  OFFER,   USE,    "the same for prepared statements")      \
    CAP(PLUGIN_AUTH,                      19,  DEMAND,  NEED,   "authentication plugins")                \
    CAP(CONNECT_ATTRS,                    20,  OFFER,   NEVER,  "attributes of the connection; recorded, never believed") \
    CAP(PLUGIN_AUTH_LENENC,               21,  OFFER,   USE,    "authentication answers over 255 bytes: tokens") \
    CAP(CAN_HANDLE_EXPIRED_PASSWORDS,     22,  OFF,     NEVER,  "sandbox mode of an expired password")   \
    CAP(SESSION_TRACK,                    23,  OFFER,   USE,    "OK packets tell of changed state")      \
    CAP(DEPRECATE_EOF,                    24,  OFFER,   LIKE,   "OK ends a result instead of EOF")       \
    CAP(OPTIONAL_RESULTSET_METADATA,      25,  OFF,     NEVER,  "results without column definitions: nothing to check") \
    CAP(ZSTD_COMPRESSION,                 26,  OFF,     NEVER,  "as COMPRESS")                           \
    CAP(QUERY_ATTRIBUTES,                 27,  OFFER,   NEVER,  "read, recorded and taken off; never passed on") \
    CAP(MULTI_FACTOR_AUTHENTICATION,      28,  OFF,     NEVER,  "further factors")                       \
    CAP(CAPABILITY_EXTENSION,             29,  OFF,     NEVER,  "reserved for more flags")               \
    CAP(SSL_VERIFY_SERVER_CERT,           30,  OFF,     NEVER,  "the client library's own option")       \
    CAP(REMEMBER_OPTIONS,                 31,  OFF,     NEVER,  "the client library's own option")       \
    CAP(MARIADB_PROGRESS,                 32,  OFF,     NEVER,  "progress reports in the shape of errors") \
    CAP(MARIADB_COM_MULTI,                33,  OFF,     NEVER,  "several commands in one packet")        \
    CAP(MARIADB_STMT_BULK_OPERATIONS,     34,  OFF,     NEVER,  "COM_STMT_BULK_EXECUTE")                 \
    CAP(MARIADB_EXTENDED_TYPES,           35,  OFF,     NEVER,  "more fields in column definitions")     \
    CAP(MARIADB_CACHE_METADATA,           36,  OFF,     NEVER,  "results without column definitions")    \
    CAP(MARIADB_BULK_UNIT_RESULTS,        37,  OFF,     NEVER,  "answers of bulk execution")

enum wire_capability_bit {
#define WIRE_CAPABILITY(name, bit, client, server, why) WIRE_CAP_BIT_##name = (bit),
    WIRE_CAPABILITY_TABLE(WIRE_CAPABILITY)
#undef WIRE_CAPABILITY
};
/* WIRE_CAP(DEPRECATE_EOF): the flag itself; sets of flags are uint64_t. */
#define WIRE_CAP(name) (1ull << WIRE_CAP_BIT_##name)

/* What the greeting to a client offers. */
uint64_t wire_capabilities_offer(bool has_tls);
/* What holds with a client that answered with `asked`: both sides have it. False, with *ret_name
 * the first one, when a demanded flag is missing. */
bool wire_capabilities_client(uint64_t offered, uint64_t asked, uint64_t *ret_agreed,
                              const char **ret_name);
/* What to ask of a server that offers `offered` for a client with `client`. False, with *ret_name,
 * when the server lacks a needed flag. SSL is set by `tls`, CONNECT_WITH_DB is left to the caller
 * by `schema`. */
bool wire_capabilities_server(uint64_t offered, uint64_t client, bool tls, bool schema,
                              uint64_t *ret_asked, const char **ret_name);
/* `DEPRECATE_EOF`, or NULL for a bit that has no name. */
const char *wire_capability_name(unsigned bit);

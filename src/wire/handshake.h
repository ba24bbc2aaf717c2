#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The packets of the connection phase and the three short answers (OK, ERR, EOF), in both
 * directions: the gateway is a server to its clients and a client to its servers.
 *
 * Decoders take one whole payload; what they give points into it. They say false for anything
 * that is malformed and leave the output undefined then. Encoders append a payload without its
 * header: put wire_packet_begin and wire_packet_end around them.
 *
 *   client                       gateway                        server
 *     | <------ greeting ---------- |                              |
 *     | ------- TLS request ------> |   (greeting's SSL agreed)    |
 *     | <=========== TLS =========> |                              |
 *     | ------- login ------------> |                              |
 *     | <------ auth switch ------- |   zero or one                |
 *     | ------- auth answer ------> |                              |
 *     | <------ auth more data ---- |   as the plugin says         |
 *     | <------ OK | ERR ---------- |                              |
 *
 * Source: MySQL Internals, "Connection Phase" and "Generic Response Packets".
 */
#include "base/buf.h"
#include "base/str.h"
#include "wire/capabilities.h"

#define WIRE_SCRAMBLE 20 /* bytes of a challenge, without the NUL that follows it on the wire */

/* First bytes of payloads. */
#define WIRE_OK        0x00
#define WIRE_MORE_DATA 0x01
#define WIRE_INFILE    0xFB
#define WIRE_EOF       0xFE /* also auth switch, and OK at the end of rows with DEPRECATE_EOF */
#define WIRE_ERR       0xFF

/*        name                bit */
#define WIRE_STATUS_TABLE(STATUS)                                                                  \
    STATUS(IN_TRANSACTION,       0)                                                                \
    STATUS(AUTOCOMMIT,           1)                                                                \
    STATUS(MORE_RESULTS,         3)                                                                \
    STATUS(NO_GOOD_INDEX,        4)                                                                \
    STATUS(NO_INDEX,             5)                                                                \
    STATUS(CURSOR_EXISTS,        6)                                                                \
    STATUS(LAST_ROW_SENT,        7)                                                                \
    STATUS(DB_DROPPED,           8)                                                                \
    STATUS(NO_BACKSLASH_ESCAPES, 9)                                                                \
    STATUS(METADATA_CHANGED,     10)                                                               \
    STATUS(QUERY_WAS_SLOW,       11)                                                               \
    STATUS(PS_OUT_PARAMS,        12)                                                               \
    STATUS(IN_TRANSACTION_READ_ONLY, 13)                                                           \
    STATUS(SESSION_STATE_CHANGED, 14)                                                              \
    STATUS(ANSI_QUOTES,          15) /* MariaDB alone */

enum wire_status {
#define WIRE_STATUS_ROW(name, bit) WIRE_STATUS_##name = 1 << (bit),
    WIRE_STATUS_TABLE(WIRE_STATUS_ROW)
#undef WIRE_STATUS_ROW
};

/* HandshakeV10, the server's first packet. */
struct wire_greeting {
    struct str server_version; /* no NUL inside. MariaDB's may begin with "5.5.5-" */
    uint32_t connection_id;
    unsigned char scramble[WIRE_SCRAMBLE];
    uint64_t capabilities;
    uint8_t collation;         /* low byte of the server's default collation id */
    uint16_t status;
    struct str auth_plugin;    /* empty when the server names none */
};

void wire_greeting_encode(struct buf *out, const struct wire_greeting *greeting);
/* False also for protocol versions other than 10. A server may send ERR instead: look at the first
 * byte before. */
bool wire_greeting_decode(struct str payload, struct wire_greeting *ret_greeting);

/* SSLRequest (`tls_request` true, the fields after `collation` empty) or HandshakeResponse41. */
struct wire_login {
    bool tls_request;
    uint64_t capabilities;  /* as sent, not yet agreed */
    uint32_t max_packet;
    uint8_t collation;      /* low byte of the collation id; 0 when the client leaves it open */
    struct str user;
    struct str answer;      /* to the greeting's scramble, or the plugin's own payload; a secret */
    struct str schema;      /* empty: none */
    struct str auth_plugin; /* empty: none named */
    struct str attributes;  /* the block behind its length, checked: wire_attribute_next */
    uint8_t zstd_level;
};

/* With capabilities' flags deciding which fields are written; `answer` longer than 255 bytes needs
 * PLUGIN_AUTH_LENENC. */
void wire_login_encode(struct buf *out, const struct wire_login *login);
/* How many fields there are is decided by the client's own flags and by those offered: a flag that
 * was not offered has no effect. False for anything malformed, for the login of before 4.1 and for
 * a TLS request that carries more than its 32 bytes. */
bool wire_login_decode(struct str payload, uint64_t offered, struct wire_login *ret_login);

/* Next attribute of a block; false at the end. `block` is moved on. */
bool wire_attribute_next(struct str *block, struct str *ret_name, struct str *ret_value);
void wire_attribute_put(struct buf *block, struct str name, struct str value);

/* AuthSwitchRequest. `data` is the scramble without its closing NUL. */
struct wire_auth_switch {
    struct str plugin;
    struct str data;
};

void wire_auth_switch_encode(struct buf *out, const struct wire_auth_switch *request);
/* False for the bare 0xFE of before 4.1.1 as well. */
bool wire_auth_switch_decode(struct str payload, struct wire_auth_switch *ret_request);
/* AuthMoreData: 0x01, then the plugin's bytes. */
void wire_more_data_encode(struct buf *out, struct str data);
bool wire_more_data_decode(struct str payload, struct str *ret_data);

struct wire_ok {
    uint64_t affected_rows;
    uint64_t insert_id;
    uint16_t status;
    uint16_t warnings;
    struct str info;  /* text for people, such as "Rows matched: 1" */
    struct str state; /* session state changes (see result.h); needs SESSION_TRACK */
};

/* `header`: WIRE_OK, or WIRE_EOF where it ends rows. The flag SESSION_STATE_CHANGED is set or
 * cleared by what `state` holds. */
void wire_ok_encode(struct buf *out, uint8_t header, uint64_t capabilities,
                    const struct wire_ok *ok);
bool wire_ok_decode(struct str payload, uint64_t capabilities, struct wire_ok *ret_ok);

struct wire_err {
    uint16_t number;
    char sqlstate[6];   /* "HY000" where the server sent none; NUL at the end */
    struct str message;
};

/* `sqlstate` is left out where `capabilities` lacks PROTOCOL_41 (before the login). The message is
 * cut at 512 bytes times 4, at a whole UTF-8 character. */
void wire_err_encode(struct buf *out, uint64_t capabilities, const struct wire_err *err);
/* False for MariaDB's progress reports (number 0xFFFF) too: they are never asked for. */
bool wire_err_decode(struct str payload, struct wire_err *ret_err);

struct wire_eof {
    uint16_t warnings;
    uint16_t status;
};

void wire_eof_encode(struct buf *out, const struct wire_eof *eof);
bool wire_eof_decode(struct str payload, struct wire_eof *ret_eof);

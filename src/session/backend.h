#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection to a target, from the dialling to the last byte. It logs in by itself, with answers
 * that the keeper computes, and can run queries of the gateway's own; between those its owner
 * sends commands and reads answers.
 *
 *   CLOSED -> DIAL -> GREETING [-> TLS] -> LOGIN <-> ANSWER -> IDLE <-> QUERY
 *                                                              IDLE <-> BUSY
 *
 * QUERY is a query of the gateway's own, whose rows go to a callback; BUSY is a command of the
 * owner's, whose answer the owner reads from the stream.
 */
#include "net/stream.h"
#include "session/world.h"
#include "wire/dialogue.h"
#include "wire/packets.h"
#include "wire/result.h"

enum backend_step {
    BACKEND_CLOSED = 0,
    BACKEND_DIAL,
    BACKEND_GREETING,
    BACKEND_TLS,
    BACKEND_LOGIN,
    BACKEND_ANSWER, /* the keeper is asked */
    BACKEND_PRIME,  /* the keeper fills the server's cache */
    BACKEND_IDLE,
    BACKEND_QUERY,
    BACKEND_BUSY
};

struct backend;

struct backend_events {
    /* Logged in: IDLE. */
    void (*ready)(void *owner, struct backend *backend);
    /* It is closed, and why: told once, before or after `ready`. `text` is for logs and records. */
    void (*failed)(void *owner, struct backend *backend, const char *text);
    /* BUSY: there are bytes. */
    void (*readable)(void *owner, struct backend *backend);
    /* The out-buffer is no longer full. */
    void (*drained)(void *owner, struct backend *backend);
};

/* The end of a query of the gateway's own: `err` NULL for success. */
typedef void backend_query_done(void *owner, struct backend *backend, const struct wire_err *err);
/* False stops the query: it is then answered as a failure. A NULL ptr is SQL NULL. */
typedef bool backend_query_row(void *owner, const struct str *values, size_t count);

struct backend {
    struct session_target *target; /* a reference */
    struct session_world *world;
    const struct backend_events *events;
    void *owner;
    uint64_t session;              /* for whom the keeper answers; 0: the gateway's own */
    enum backend_step step;
    struct stream stream;
    struct net_timer timer;
    struct wire_joiner incoming;   /* all but BUSY */
    uint8_t sequence;              /* of the next packet to the server */
    uint64_t client_capabilities;  /* whose it speaks LIKE */
    uint64_t capabilities;         /* agreed */
    uint8_t collation;             /* asked for in the login */
    char schema[260];              /* default schema asked for in the login; may be empty */
    enum sql_family family;
    uint32_t version;              /* 90704 */
    char server_version[64];       /* as greeted */
    uint32_t connection_id;
    uint16_t status;               /* of the last OK seen here */
    char user[100];                /* account logged in as */
    char role[200];                /* that the mapping names; may be empty */
    struct wire_dialogue dialogue; /* until IDLE */
    bool primed;                   /* the keeper has filled the cache already */
    uint32_t tag;                  /* of the pending ask; 0: none */
    enum session_peer tag_peer;
    struct wire_answer answer;     /* QUERY */
    backend_query_row *on_row;
    backend_query_done *on_done;
    void *query_owner;
    bool query_stopped;
    struct wire_err query_err;     /* QUERY: what failed; number 0: nothing */
    char query_err_text[512];
    struct net_farewell farewell;  /* tells `failed` */
    char problem[300];             /* why it failed; NUL-terminated */
};

void backend_init(struct backend *backend, struct session_target *target,
                  const struct backend_events *events, void *owner);
/* Dials and logs in. `capabilities` of the client (0 for the gateway's own), `collation` of its
 * login. */
void backend_open(struct backend *backend, uint64_t session, uint64_t capabilities,
                  uint8_t collation);
/* Closes at once; no callback comes any more. COM_QUIT is sent when it is idle. */
void backend_close(struct backend *backend);
static inline bool backend_is_idle(const struct backend *backend)
{
    return backend->step == BACKEND_IDLE;
}

/* IDLE: runs one query of the gateway's own. */
void backend_query(struct backend *backend, struct str sql, backend_query_row *on_row,
                   backend_query_done *on_done, void *owner);

/* IDLE: sends a command (its payload, first byte included); now BUSY, the answer's first packet has
 * sequence 1. */
void backend_send(struct backend *backend, struct str payload);
/* A command without an answer (STMT_CLOSE, SEND_LONG_DATA); may be sent in IDLE alone. */
void backend_send_silent(struct backend *backend, struct str payload);
/* BUSY: the answer was read whole; now IDLE. */
void backend_answered(struct backend *backend);

/* For backend_login.c and backend.c. */
void backend_fail(struct backend *backend, const char *format, ...) PRINTF_LIKE(2, 3);
void backend_step_set(struct backend *backend, enum backend_step step);
void backend_login_payload(struct backend *backend, struct str payload);
/* A new connection: the dialogue from its beginning. */
void backend_login_begin(struct backend *backend);
/* The greeting was understood and is off the stream. */
void backend_login_greeted(struct backend *backend);
void backend_login_secured(struct backend *backend);
void backend_login_stop(struct backend *backend);
/* Starts a packet in the out-buffer with the connection's sequence, and ends it. */
size_t backend_packet_begin(struct backend *backend);
void backend_packet_end(struct backend *backend, size_t mark);

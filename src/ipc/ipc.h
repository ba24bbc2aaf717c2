#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Channels between the processes of the gateway: typed messages over socket pairs.
 *
 * Promises: a message arrives whole or not at all, in order; a handler sees only messages that
 * the table lets that peer send to this role; what a peer may make this process hold is bounded.
 * Leaves to others: who is connected with whom (the supervisor), and what messages mean.
 *
 *   channel   one end of a socket pair. The object outlives the connection: when a peer dies, the
 *             supervisor hands a new descriptor and the same channel goes on (ipc_channel_connect)
 *   ask       a message with a tag, answered by another with the same tag, once, within a time
 *   violation a message that is malformed, too large or not permitted; the connection is closed
 *             and counted. It never kills this process
 *
 * The way it looks in use:
 *
 *   static const struct ipc_handlers handlers = {.keys = on_keys, .verify = on_verify};
 *   channel = ipc_channel_new(base, ROLE_KEEPER, ROLE_WORKER, 0, &handlers, &keeper);
 *   ipc_channel_connect(channel, fd);
 *   ipc_send_verified(channel, &(struct ipc_verified){.tag = ask->tag, .ok = true, ...});
 *
 *   tag = ipc_ask_verify(channel, &(struct ipc_verify){...}, 5000, on_verified, session);
 *   ... on_verified(session, answer): answer is NULL when it came too late or the peer is gone
 *   ipc_forget(channel, tag): the session is gone, never call on_verified
 *
 * Single-threaded, on a libevent loop. Handlers may send, ask and close (ipc_channel_close) on the
 * channel that called them; they may not free it.
 */
#include "base/buf.h"
#include "base/cursor.h"
#include "base/secret.h"
#include <event2/event.h>

enum role {
    ROLE_INVALID = 0,
    ROLE_SUPERVISOR,
    ROLE_WORKER,
    ROLE_KEEPER,
    ROLE_RECORDER,
    ROLE_CONTROL,
    ROLE_COUNT
};
/* "worker"; "invalid" for anything else. */
const char *role_name(enum role role);
/* ROLE_INVALID when there is none of that name. */
enum role role_of_name(struct str name);

enum ipc_type {
    IPC_INVALID = 0,
#define MESSAGE(name, senders, receivers, max, fields) IPC_##name,
#include "ipc/message_fields.h"
    IPC_TYPE_COUNT
};
/* "configure"; "invalid" for anything else. */
const char *ipc_type_name(enum ipc_type type);
/* May `from` send this to `to`? */
bool ipc_permitted(enum ipc_type type, enum role from, enum role to);

/* The messages: struct ipc_configure, struct ipc_configured, ... */
#define MESSAGE(name, senders, receivers, max, fields)                                             \
    struct ipc_##name {                                                                            \
        fields                                                                                     \
    };
#define U8(field)     uint8_t field;
#define U16(field)    uint16_t field;
#define U32(field)    uint32_t field;
#define U64(field)    uint64_t field;
#define BOOL(field)   bool field;
#define TEXT(field)   struct str field;
#define SECRET(field) struct secret field;
#define FD(field)     int field;
#include "ipc/message_fields.h"

/* ---- packs: (name, bytes) pairs in one field ---- */

void ipc_pack_put(struct buf *pack, struct str name, struct str bytes);
/* The next pair, in place. False at the end, and when the pack is malformed (`failed` is set). */
bool ipc_pack_next(struct cursor *pack, struct str *ret_name, struct str *ret_bytes);
/* The bytes of the first pair of that name; false when there is none. */
bool ipc_pack_find(struct str pack, struct str name, struct str *ret_bytes);

/* ---- codec: for tests, fuzzing and the channel ---- */

#define IPC_FDS_MAX 3 /* descriptors with one message */

/* ipc_NAME_encode: appends the body; descriptors go to fds[0..*nfds-1]. False when the body is
 *                  longer than the table allows or memory ran out.
 * ipc_NAME_decode: fills *ret; strings and secrets point into `body`. Descriptors come from `fds`
 *                  and belong to *ret when true is given, and to the caller when false is.
 * ipc_NAME_dump:   one line for people, secrets as their length, peers' bytes escaped. */
#define MESSAGE(name, senders, receivers, max, fields)                                             \
    bool ipc_##name##_encode(const struct ipc_##name *m, struct buf *out, int *fds, size_t *nfds); \
    NODISCARD bool ipc_##name##_decode(struct str body, const int *fds, size_t nfds,               \
                                       struct ipc_##name *ret);                                    \
    void ipc_##name##_dump(const struct ipc_##name *m, struct buf *out);
#include "ipc/message_fields.h"

/* ---- channels ---- */

struct ipc_channel;

/* One slot for each message; `owner` is what ipc_channel_new was given. A permitted message whose
 * slot is empty is a violation. Answers do not come here but to the function given to ipc_ask. */
struct ipc_handlers {
#define MESSAGE(name, senders, receivers, max, fields)                                             \
    void (*name)(void *owner, struct ipc_channel *channel, const struct ipc_##name *m);
#include "ipc/message_fields.h"
    /* The connection is gone; `violation` names what the peer did wrong, or is NULL when it just
     * closed. Asks that were pending have been answered with NULL. May be NULL. */
    void (*closed)(void *owner, struct ipc_channel *channel, const char *violation);
};

/* A channel without a connection. NULL when out of memory. `handlers` must outlive it. */
struct ipc_channel *ipc_channel_new(struct event_base *base, enum role self, enum role peer,
                                    uint16_t peer_index, const struct ipc_handlers *handlers,
                                    void *owner);
/* Takes the descriptor. What was queued and pending on an older connection is given up. */
void ipc_channel_connect(struct ipc_channel *channel, int fd);
bool ipc_channel_connected(const struct ipc_channel *channel);
/* Closes the connection, without calling `closed`; pending asks are answered with NULL. */
void ipc_channel_close(struct ipc_channel *channel);
void ipc_channel_free(struct ipc_channel *channel);
enum role ipc_channel_peer(const struct ipc_channel *channel);
uint16_t ipc_channel_peer_index(const struct ipc_channel *channel);
/* Bytes waiting to be sent; bounded by IPC_QUEUE_MAX. */
size_t ipc_channel_queued(const struct ipc_channel *channel);
/* Tries to send all that is queued, blocking up to `timeout_ms`: for a process that is about to
 * end. True when nothing is left. */
bool ipc_channel_flush(struct ipc_channel *channel, uint32_t timeout_ms);
/* Violations by all peers since the start of the process; a metric. */
uint64_t ipc_violations(void);

#define IPC_QUEUE_MAX ((size_t)64 << 20) /* bytes that may wait on one channel */
#define IPC_ASKS_MAX  65536              /* asks that may be pending on one channel */

/* ipc_send_NAME: false when there is no connection, the queue is full, or the body is too long;
 * nothing was sent then. True does not mean that the peer has it. */
#define MESSAGE(name, senders, receivers, max, fields)                                             \
    bool ipc_send_##name(struct ipc_channel *channel, const struct ipc_##name *m);
#include "ipc/message_fields.h"

/* ipc_ask_NAME: fills the tag, sends, and calls `done` once: with the answer, or with NULL when
 * `timeout_ms` passed or the connection went. Gives the tag, or 0 when it could not be sent;
 * `done` is not called then. `done` owns the answer's descriptors. */
#define REQUEST(ask, answer)                                                                       \
    uint32_t ipc_ask_##ask(struct ipc_channel *channel, const struct ipc_##ask *m,                 \
                           uint32_t timeout_ms,                                                    \
                           void (*done)(void *owner, const struct ipc_##answer *answer_or_null),   \
                           void *owner);
#include "ipc/message_fields.h"
/* `done` will not be called. A tag that is not pending is fine. */
void ipc_forget(struct ipc_channel *channel, uint32_t tag);

/* A connected pair: close-on-exec, non-blocking, credentials of this process. 0 or -errno. */
int ipc_pair(int ret_ends[2]);

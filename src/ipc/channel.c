/* SPDX-License-Identifier: Apache-2.0
 *
 * A message travels as one or more packets of a SOCK_SEQPACKET pair:
 *
 *   | type u16 | more u8 | 0 u8 | total u32 | up to FRAGMENT_MAX bytes of the body |
 *
 * Fragments of one message follow one another. Descriptors travel with the first. The receiver
 * knows from the first fragment whether it wants the message at all, and how much it will hold.
 *
 * `more` is 1 in every fragment but the last.
 */
#include "base/list.h"
#include "ipc/ipc.h"
#include "ipc/message_info.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER_SIZE     8
#define FRAGMENT_MAX    (32768 - HEADER_SIZE)
#define PACKET_MAX      (HEADER_SIZE + FRAGMENT_MAX)
#define PACKETS_AT_ONCE 64 /* read in one turn of the event loop, so that others get theirs */

typedef void (*answer_fn)(void); /* really: void (*)(void *owner, const struct ipc_NAME *) */

struct ask {
    struct ipc_channel *channel;
    struct event *timer;
    answer_fn done; /* NULL: the slot is free */
    void *owner;
    enum ipc_type answer;
    uint32_t tag;
};

struct packet {
    struct list node;
    size_t len;
    size_t nfds;
    int fds[IPC_FDS_MAX];
    unsigned char bytes[];
};

struct ipc_channel {
    struct event_base *base;
    enum role self, peer;
    uint16_t peer_index;
    const struct ipc_handlers *handlers;
    void *owner;

    int fd; /* -1: no connection */
    struct event *readable, *writable;
    uint64_t connection; /* rises with each connect and close: tells a handler's caller */

    struct list queue; /* of struct packet */
    size_t queued;     /* bytes */

    enum ipc_type type; /* of the message that is arriving; IPC_INVALID: none */
    size_t total;       /* bytes of its body */
    struct buf body;    /* what has arrived of it */
    int fds[IPC_FDS_MAX];
    size_t nfds;

    struct ask **asks; /* slots; grows by doubling */
    size_t ask_cap, ask_live, ask_next;
    uint16_t ask_serial;
};

static uint64_t violations;

uint64_t ipc_violations(void)
{
    return violations;
}

int ipc_pair(int ret_ends[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_ends) < 0)
        return -errno;
    return 0;
}

static void close_all(const int *fds, size_t nfds)
{
    for (size_t i = 0; i < nfds; i++)
        close(fds[i]);
}

/* ---- asks ---- */

/* The answer that tells that there will be none. */
static void ask_fail(enum ipc_type answer, answer_fn done, void *owner)
{
    switch (answer) {
    case IPC_INVALID:
    case IPC_TYPE_COUNT:
        break;
#define MESSAGE(name, senders, receivers, max, fields)                                             \
    case IPC_##name:                                                                               \
        ((void (*)(void *, const struct ipc_##name *))done)(owner, NULL);                          \
        break;
#include "ipc/message_fields.h"
    }
}

static struct ask *ask_find(const struct ipc_channel *channel, uint32_t tag)
{
    size_t slot = tag & 0xFFFF;

    if (slot >= channel->ask_cap)
        return NULL;
    struct ask *ask = channel->asks[slot];
    return ask && ask->done && ask->tag == tag ? ask : NULL;
}

static void ask_clear(struct ask *ask)
{
    event_del(ask->timer);
    ask->done = NULL;
    ask->channel->ask_live--;
}

static void on_ask_timeout(evutil_socket_t fd, short what, void *arg)
{
    struct ask *ask = arg;
    answer_fn done = ask->done;
    (void)fd;
    (void)what;

    if (done == NULL)
        return;
    ask_clear(ask);
    ask_fail(ask->answer, done, ask->owner);
}

static bool asks_grow(struct ipc_channel *channel)
{
    size_t cap = channel->ask_cap ? channel->ask_cap * 2 : 16;

    if (cap > IPC_ASKS_MAX)
        return false;
    struct ask **asks = realloc(channel->asks, cap * sizeof(asks[0]));
    if (asks == NULL)
        return false;
    memset(asks + channel->ask_cap, 0, (cap - channel->ask_cap) * sizeof(asks[0]));
    channel->asks = asks;
    channel->ask_cap = cap;
    return true;
}

/* A free slot with its ask, or NULL. */
static struct ask *ask_slot(struct ipc_channel *channel, size_t *ret_slot)
{
    if (channel->ask_live == channel->ask_cap && !asks_grow(channel))
        return NULL;
    size_t slot = channel->ask_next;
    for (;; slot++) {
        slot %= channel->ask_cap;
        if (channel->asks[slot] == NULL || channel->asks[slot]->done == NULL)
            break;
    }
    channel->ask_next = slot + 1;
    struct ask *ask = channel->asks[slot];
    if (ask == NULL) {
        ask = calloc(1, sizeof(*ask));
        if (ask == NULL)
            return NULL;
        ask->channel = channel;
        ask->timer = evtimer_new(channel->base, on_ask_timeout, ask);
        if (ask->timer == NULL) {
            free(ask);
            return NULL;
        }
        channel->asks[slot] = ask;
    }
    *ret_slot = slot;
    return ask;
}

/* Notes that an answer is awaited. Gives the tag, or 0. */
static uint32_t ask_add(struct ipc_channel *channel, enum ipc_type answer, uint32_t timeout_ms,
                        answer_fn done, void *owner)
{
    struct timeval after = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    size_t slot;
    struct ask *ask = ask_slot(channel, &slot);

    if (ask == NULL || evtimer_add(ask->timer, &after) < 0)
        return 0;
    if (++channel->ask_serial == 0)
        channel->ask_serial = 1;
    ask->tag = (uint32_t)channel->ask_serial << 16 | (uint32_t)slot;
    ask->answer = answer;
    ask->done = done;
    ask->owner = owner;
    channel->ask_live++;
    return ask->tag;
}

void ipc_forget(struct ipc_channel *channel, uint32_t tag)
{
    struct ask *ask = ask_find(channel, tag);

    if (ask)
        ask_clear(ask);
}

static void asks_fail_all(struct ipc_channel *channel)
{
    for (size_t i = 0; i < channel->ask_cap; i++) {
        struct ask *ask = channel->asks[i];
        if (ask == NULL || ask->done == NULL)
            continue;
        answer_fn done = ask->done;
        ask_clear(ask);
        ask_fail(ask->answer, done, ask->owner);
    }
}

/* ---- connection ---- */

static void message_reset(struct ipc_channel *channel)
{
    close_all(channel->fds, channel->nfds);
    channel->nfds = 0;
    channel->type = IPC_INVALID;
    buf_release_secret(&channel->body);
}

static void packet_free(struct packet *packet)
{
    explicit_bzero(packet->bytes, packet->len);
    free(packet);
}

static void queue_drop(struct ipc_channel *channel)
{
    list_each_safe(node, &channel->queue)
    {
        struct packet *packet = list_entry(node, struct packet, node);
        list_remove(&packet->node);
        close_all(packet->fds, packet->nfds);
        packet_free(packet);
    }
    channel->queued = 0;
}

static void connection_end(struct ipc_channel *channel)
{
    if (channel->fd < 0)
        return;
    event_free(channel->readable);
    event_free(channel->writable);
    channel->readable = channel->writable = NULL;
    close(channel->fd);
    channel->fd = -1;
    channel->connection++;
    queue_drop(channel);
    message_reset(channel);
    asks_fail_all(channel);
}

static void connection_lost(struct ipc_channel *channel, const char *violation)
{
    if (violation)
        violations++;
    connection_end(channel);
    if (channel->handlers->closed)
        channel->handlers->closed(channel->owner, channel, violation);
}

/* ---- sending ---- */

/* 1 sent, 0 would block, -1 the connection is broken. Closes the descriptors once sent. */
static int packet_send(int fd, const struct iovec *parts, size_t nparts, const int *fds, size_t nfds)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
    } control;
    struct msghdr message = {
        .msg_iov = (struct iovec *)(uintptr_t)parts,
        .msg_iovlen = nparts,
    };

    if (nfds > 0) {
        memset(&control, 0, sizeof(control));
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * nfds);
    }
    for (;;) {
        if (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            break;
        if (errno == EINTR)
            continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
    }
    close_all(fds, nfds);
    return 1;
}

/* Sends what is queued until it would block. False when the connection is broken. */
static bool queue_send(struct ipc_channel *channel)
{
    list_each_safe(node, &channel->queue)
    {
        struct packet *packet = list_entry(node, struct packet, node);
        struct iovec part = {packet->bytes, packet->len};
        int sent = packet_send(channel->fd, &part, 1, packet->fds, packet->nfds);
        if (sent <= 0)
            return sent == 0;
        channel->queued -= packet->len;
        list_remove(&packet->node);
        packet_free(packet);
    }
    return true;
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct ipc_channel *channel = arg;
    (void)fd;
    (void)what;

    if (!queue_send(channel))
        connection_lost(channel, NULL);
    else if (list_empty(&channel->queue))
        event_del(channel->writable);
}

static bool packet_queue(struct ipc_channel *channel, const unsigned char *header, struct str piece,
                         const int *fds, size_t nfds)
{
    struct packet *packet = malloc(sizeof(*packet) + HEADER_SIZE + piece.len);

    if (packet == NULL)
        return false;
    packet->len = HEADER_SIZE + piece.len;
    packet->nfds = nfds;
    if (nfds > 0)
        memcpy(packet->fds, fds, nfds * sizeof(int));
    memcpy(packet->bytes, header, HEADER_SIZE);
    if (piece.len > 0)
        memcpy(packet->bytes + HEADER_SIZE, piece.ptr, piece.len);
    if (list_empty(&channel->queue))
        event_add(channel->writable, NULL);
    list_append(&channel->queue, &packet->node);
    channel->queued += packet->len;
    return true;
}

/* One fragment: sent at once when nothing waits before it, else queued. */
static bool fragment_send(struct ipc_channel *channel, enum ipc_type type, size_t total,
                          struct str piece, bool more, const int *fds, size_t nfds)
{
    unsigned char header[HEADER_SIZE] = {
        (unsigned char)type,          (unsigned char)(type >> 8),   more, 0,
        (unsigned char)total,         (unsigned char)(total >> 8),
        (unsigned char)(total >> 16), (unsigned char)(total >> 24),
    };
    struct iovec parts[2] = {{header, HEADER_SIZE}, {(void *)(uintptr_t)piece.ptr, piece.len}};

    if (list_empty(&channel->queue)) {
        int sent = packet_send(channel->fd, parts, piece.len > 0 ? 2 : 1, fds, nfds);
        if (sent != 0)
            return sent > 0;
    }
    return packet_queue(channel, header, piece, fds, nfds);
}

/* Sends an encoded body. Owns the descriptors. */
static bool body_send(struct ipc_channel *channel, enum ipc_type type, struct str body,
                      const int *fds, size_t nfds)
{
    if (channel->fd < 0 || channel->queued + body.len > IPC_QUEUE_MAX ||
        !ipc_permitted(type, channel->self, channel->peer)) {
        close_all(fds, nfds);
        return false;
    }
    size_t at = 0;
    do {
        struct str piece = str_slice(body, at, FRAGMENT_MAX);
        at += piece.len;
        if (!fragment_send(channel, type, body.len, piece, at < body.len, fds, nfds)) {
            /* Half a message can't be taken back. The event loop finds the connection closed. */
            close_all(fds, nfds);
            shutdown(channel->fd, SHUT_RDWR);
            queue_drop(channel);
            return false;
        }
        nfds = 0;
    } while (at < body.len);
    return true;
}

#define MESSAGE(name, senders, receivers, max, fields)                                             \
    bool ipc_send_##name(struct ipc_channel *channel, const struct ipc_##name *m)                  \
    {                                                                                              \
        struct buf body;                                                                           \
        int fds[IPC_FDS_MAX];                                                                      \
        size_t nfds = 0;                                                                           \
        buf_init(&body, (max));                                                                    \
        bool good = ipc_##name##_encode(m, &body, fds, &nfds);                                     \
        if (good)                                                                                  \
            good = body_send(channel, IPC_##name, buf_str(&body), fds, nfds);                      \
        else                                                                                       \
            close_all(fds, nfds);                                                                  \
        if (ipc_info(IPC_##name)->secret)                                                          \
            buf_release_secret(&body);                                                             \
        else                                                                                       \
            buf_release(&body);                                                                    \
        return good;                                                                               \
    }
#include "ipc/message_fields.h"

#define REQUEST(ask, answer)                                                                       \
    uint32_t ipc_ask_##ask(struct ipc_channel *channel, const struct ipc_##ask *m,                 \
                           uint32_t timeout_ms,                                                    \
                           void (*done)(void *owner, const struct ipc_##answer *answer_or_null),   \
                           void *owner)                                                            \
    {                                                                                              \
        struct ipc_##ask copy = *m;                                                                \
        if (channel->fd < 0)                                                                       \
            return 0;                                                                              \
        copy.tag = ask_add(channel, IPC_##answer, timeout_ms, (answer_fn)done, owner);             \
        if (copy.tag == 0)                                                                         \
            return 0;                                                                              \
        if (!ipc_send_##ask(channel, &copy)) {                                                     \
            ipc_forget(channel, copy.tag);                                                         \
            return 0;                                                                              \
        }                                                                                          \
        return copy.tag;                                                                           \
    }
#include "ipc/message_fields.h"

/* ---- receiving ---- */

/* A whole message, ready to be handed over. */
struct delivery {
    struct ipc_channel *channel;
    struct str body;
    const int *fds; /* closed by whoever does not hand them on */
    size_t nfds;
    answer_fn done; /* of the ask that it answers; NULL: it goes to the handler */
    void *owner;    /* of that ask */
};

/* deliver_NAME: NULL, or what the peer did wrong. */
#define MESSAGE(name, senders, receivers, max, fields)                                             \
    static const char *deliver_##name(const struct delivery *d)                                    \
    {                                                                                              \
        struct ipc_##name m;                                                                       \
        void (*done)(void *, const struct ipc_##name *) =                                          \
            (void (*)(void *, const struct ipc_##name *))d->done;                                  \
        if (!ipc_##name##_decode(d->body, d->fds, d->nfds, &m)) {                                  \
            close_all(d->fds, d->nfds);                                                            \
            if (done)                                                                              \
                done(d->owner, NULL);                                                              \
            return "malformed: " #name;                                                            \
        }                                                                                          \
        if (done) {                                                                                \
            done(d->owner, &m);                                                                    \
            return NULL;                                                                           \
        }                                                                                          \
        if (d->channel->handlers->name == NULL) {                                                  \
            close_all(d->fds, d->nfds);                                                            \
            return "not handled: " #name;                                                          \
        }                                                                                          \
        d->channel->handlers->name(d->channel->owner, d->channel, &m);                             \
        return NULL;                                                                               \
    }
#include "ipc/message_fields.h"

static const char *(*const deliver[IPC_TYPE_COUNT])(const struct delivery *) = {
#define MESSAGE(name, senders, receivers, max, fields) [IPC_##name] = deliver_##name,
#include "ipc/message_fields.h"
};

/* Hands a whole message to its ask or handler. NULL, or what the peer did wrong. */
static const char *message_deliver(struct ipc_channel *channel, enum ipc_type type, struct str body,
                                   const int *fds, size_t nfds)
{
    struct delivery d = {.channel = channel, .body = body, .fds = fds, .nfds = nfds};

    if (ipc_is_answer(type)) {
        struct cursor c = cursor_over(body);
        struct ask *ask = ask_find(channel, cursor_u32(&c));
        if (ask == NULL || ask->answer != type) { /* came too late, or was forgotten */
            close_all(fds, nfds);
            return NULL;
        }
        d.done = ask->done;
        d.owner = ask->owner;
        ask_clear(ask);
    }
    return deliver[type](&d);
}

/* The last fragment is there. The body moves out of the channel first: a handler may close it. */
static const char *message_finish(struct ipc_channel *channel)
{
    struct buf body = channel->body;
    enum ipc_type type = channel->type;
    int fds[IPC_FDS_MAX];
    size_t nfds = channel->nfds;

    memcpy(fds, channel->fds, sizeof(fds));
    buf_init(&channel->body, 0);
    channel->type = IPC_INVALID;
    channel->nfds = 0;
    const char *wrong = message_deliver(channel, type, buf_str(&body), fds, nfds);
    buf_release_secret(&body);
    return wrong;
}

/* What of a packet's header is wrong for this channel now; NULL: nothing. */
static const char *header_check(const struct ipc_channel *channel, enum ipc_type type, bool first,
                                size_t total, size_t piece, bool more)
{
    if (!first)
        return type != channel->type || total != channel->total ? "fragment of another message"
                                                                : NULL;
    if (!ipc_permitted(type, channel->peer, channel->self))
        return "not permitted";
    if (total > ipc_info(type)->max)
        return "too large";
    if (piece > total || (more && piece == 0))
        return "fragments that don't add up";
    return NULL;
}

/* One packet. Owns the descriptors. NULL, or what the peer did wrong. */
static const char *packet_take(struct ipc_channel *channel, struct str packet, const int *fds,
                               size_t nfds)
{
    struct cursor c = cursor_over(packet);
    unsigned number = cursor_u16(&c);
    uint8_t more = cursor_u8(&c), zero = cursor_u8(&c);
    size_t total = cursor_u32(&c);
    struct str piece = cursor_rest(&c);
    bool first = channel->type == IPC_INVALID;
    const char *wrong = NULL;

    if (!cursor_ok(&c) || more > 1 || zero != 0 || number >= IPC_TYPE_COUNT)
        wrong = "malformed packet";
    else if (!first && nfds > 0)
        wrong = "descriptors in the middle of a message";
    else
        wrong = header_check(channel, (enum ipc_type)number, first, total, piece.len, more);
    if (wrong) {
        close_all(fds, nfds);
        return wrong;
    }
    if (first && !more) { /* the usual case: no copy */
        if (piece.len != total) {
            close_all(fds, nfds);
            return "fragments that don't add up";
        }
        return message_deliver(channel, (enum ipc_type)number, piece, fds, nfds);
    }
    if (first) {
        channel->type = (enum ipc_type)number;
        channel->total = total;
        buf_init(&channel->body, total);
        channel->nfds = nfds;
        memcpy(channel->fds, fds, nfds * sizeof(int));
    }
    buf_put_str(&channel->body, piece);
    if (channel->body.failed || (channel->body.len == total) == (more == 1))
        return "fragments that don't add up";
    return more ? NULL : message_finish(channel);
}

/* Descriptors beside a packet. More than fit are closed by the kernel, and told as MSG_CTRUNC. */
static size_t control_fds(struct msghdr *message, int fds[IPC_FDS_MAX])
{
    size_t nfds = 0;

    for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h; h = CMSG_NXTHDR(message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
            if (nfds < IPC_FDS_MAX)
                fds[nfds++] = fd;
            else
                close(fd);
        }
    }
    return nfds;
}

/* Reads and handles one packet. False: stop reading (nothing there, or the connection ended). */
static bool packet_read(struct ipc_channel *channel)
{
    static unsigned char bytes[PACKET_MAX]; /* one event loop, one packet at a time */
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
    } control;
    struct iovec part = {bytes, sizeof(bytes)};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    int fds[IPC_FDS_MAX] = {-1, -1, -1};
    uint64_t connection = channel->connection;

    ssize_t n = recvmsg(channel->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return false;
    if (n <= 0) {
        connection_lost(channel, NULL);
        return false;
    }
    size_t nfds = control_fds(&message, fds);
    const char *wrong;
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        close_all(fds, nfds);
        wrong = "packet too large";
    } else {
        wrong = packet_take(channel, str_make(bytes, (size_t)n), fds, nfds);
    }
    explicit_bzero(bytes, (size_t)n);
    if (channel->connection != connection)
        return false;
    if (wrong)
        connection_lost(channel, wrong);
    return wrong == NULL;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    for (int i = 0; i < PACKETS_AT_ONCE; i++)
        if (!packet_read(arg))
            return;
}

/* ---- channels ---- */

struct ipc_channel *ipc_channel_new(struct event_base *base, enum role self, enum role peer,
                                    uint16_t peer_index, const struct ipc_handlers *handlers,
                                    void *owner)
{
    struct ipc_channel *channel = calloc(1, sizeof(*channel));

    if (channel == NULL)
        return NULL;
    channel->base = base;
    channel->self = self;
    channel->peer = peer;
    channel->peer_index = peer_index;
    channel->handlers = handlers;
    channel->owner = owner;
    channel->fd = -1;
    channel->ask_serial = 0;
    list_init(&channel->queue);
    return channel;
}

void ipc_channel_connect(struct ipc_channel *channel, int fd)
{
    connection_end(channel);
    channel->readable = event_new(channel->base, fd, EV_READ | EV_PERSIST, on_readable, channel);
    channel->writable = event_new(channel->base, fd, EV_WRITE | EV_PERSIST, on_writable, channel);
    REQUIRE(channel->readable && channel->writable);
    evutil_make_socket_nonblocking(fd);
    channel->fd = fd;
    channel->connection++;
    event_add(channel->readable, NULL);
}

bool ipc_channel_connected(const struct ipc_channel *channel)
{
    return channel->fd >= 0;
}

void ipc_channel_close(struct ipc_channel *channel)
{
    connection_end(channel);
}

void ipc_channel_free(struct ipc_channel *channel)
{
    if (channel == NULL)
        return;
    connection_end(channel);
    for (size_t i = 0; i < channel->ask_cap; i++)
        if (channel->asks[i]) {
            event_free(channel->asks[i]->timer);
            free(channel->asks[i]);
        }
    free(channel->asks);
    free(channel);
}

enum role ipc_channel_peer(const struct ipc_channel *channel)
{
    return channel->peer;
}

uint16_t ipc_channel_peer_index(const struct ipc_channel *channel)
{
    return channel->peer_index;
}

size_t ipc_channel_queued(const struct ipc_channel *channel)
{
    return channel->queued;
}

bool ipc_channel_flush(struct ipc_channel *channel, uint32_t timeout_ms)
{
    while (channel->fd >= 0 && !list_empty(&channel->queue)) {
        struct pollfd wait = {.fd = channel->fd, .events = POLLOUT};
        if (poll(&wait, 1, (int)timeout_ms) <= 0 || !queue_send(channel))
            return false;
    }
    return channel->fd >= 0;
}

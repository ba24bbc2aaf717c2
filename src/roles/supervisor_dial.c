/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections to targets, for workers and keeper, which can't make any. They name a target; the
 * address comes from the configuration alone.
 *
 * A host that is not a number is resolved by a child that lives for that alone, as the library
 * call blocks and reads what a name server sends. Its answer is bounded and kept for a while.
 *
 *   dial -> (resolution) -> address 1 -> connect ... fails -> address 2 -> ... -> dialled
 */
#include "base/clock.h"
#include "base/log.h"
#include "roles/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADDRESSES_MAX   8
#define RESOLVE_MS      5000
#define RESOLVED_FOR_MS 30000
#define DIALS_MAX       4096 /* at once; more are refused */
#define NAMES_MAX       256

struct target_address {
    struct sockaddr_storage at;
    uint32_t len; /* 0: no more */
};

/* A name's addresses, without ports. */
struct supervisor_address {
    char host[256];
    uint64_t until_ms;
    struct target_address list[ADDRESSES_MAX];
};

struct resolution {
    struct list node; /* supervisor.resolutions */
    struct supervisor *supervisor;
    char host[256];
    pid_t pid;
    struct event *readable; /* or timed out */
    int fd;
};

struct dial {
    struct list node; /* supervisor.dials */
    struct supervisor_child *child;
    pid_t pid;        /* of the child that asked: another may sit in its place by now */
    uint32_t tag;
    char host[256];   /* or the path of a unix socket */
    uint16_t port;    /* 0: unix socket */
    int64_t connect_ms;
    struct target_address list[ADDRESSES_MAX];
    size_t next;
    int fd;
    struct event *writable; /* or timed out */
    bool resolving;
    int error;        /* of the last attempt */
    char target[128];
};

static void dial_free(struct dial *d)
{
    list_remove(&d->node);
    if (d->writable)
        event_free(d->writable);
    if (d->fd >= 0)
        close(d->fd);
    free(d);
}

static void dial_answer(struct dial *d, int error, const char *problem)
{
    struct ipc_dialled m = {.tag = d->tag, .error = (uint32_t)error, .problem = str_of(problem)};

    if (error == 0) {
        m.socket = d->fd;
        d->fd = -1;
    } else {
        log_event(LOG_dial_failed, log_text("target", d->target), log_text("host", d->host),
                  log_number("port", d->port), log_text("problem", problem));
    }
    if (d->child->pid == d->pid)
        ipc_send_dialled(d->child->channel, &m);
    else if (m.socket > 0)
        close(m.socket);
    dial_free(d);
}

/* ---- connecting ---- */

static void dial_next(struct dial *d);

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct dial *d = arg;
    int error = 0;
    socklen_t len = sizeof(error);

    event_free(d->writable);
    d->writable = NULL;
    if (what & EV_TIMEOUT)
        error = ETIMEDOUT;
    else
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error == 0) {
        dial_answer(d, 0, "");
        return;
    }
    d->error = error;
    close(d->fd);
    d->fd = -1;
    dial_next(d);
}

/* True when the socket is connected or about to be. */
static bool dial_one(struct dial *d, const struct target_address *to)
{
    int on = 1;

    d->fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (d->fd < 0)
        return false;
    if (to->at.ss_family != AF_UNIX) {
        setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        setsockopt(d->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    }
    if (connect(d->fd, (const struct sockaddr *)&to->at, to->len) == 0 || errno == EINPROGRESS)
        return true;
    int error = errno;
    close(d->fd);
    d->fd = -1;
    errno = error;
    return false;
}

static void dial_next(struct dial *d)
{
    struct timeval wait = {.tv_sec = (time_t)(d->connect_ms / 1000),
                           .tv_usec = (suseconds_t)(d->connect_ms % 1000 * 1000)};

    for (; d->next < ADDRESSES_MAX && d->list[d->next].len > 0; d->next++) {
        if (!dial_one(d, &d->list[d->next])) {
            d->error = errno;
            continue;
        }
        d->next++;
        d->writable = event_new(d->child->supervisor->base, d->fd, EV_WRITE, on_writable, d);
        REQUIRE(d->writable != NULL);
        event_add(d->writable, &wait);
        return;
    }
    dial_answer(d, d->error ? d->error : ENOENT, strerror(d->error ? d->error : ENOENT));
}

static void set_port(struct target_address *a, uint16_t port)
{
    if (a->at.ss_family == AF_INET)
        ((struct sockaddr_in *)(void *)&a->at)->sin_port = htons(port);
    else if (a->at.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)&a->at)->sin6_port = htons(port);
}

static void dial_with(struct dial *d, const struct target_address list[ADDRESSES_MAX])
{
    d->resolving = false;
    memcpy(d->list, list, sizeof(d->list));
    for (size_t i = 0; i < ADDRESSES_MAX; i++)
        set_port(&d->list[i], d->port);
    dial_next(d);
}

/* ---- resolving ---- */

static bool resolve(const char *host, int flags, struct target_address list[ADDRESSES_MAX])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags}, *found = NULL;
    size_t n = 0;

    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    for (struct addrinfo *a = found; a && n < ADDRESSES_MAX; a = a->ai_next)
        if ((a->ai_family == AF_INET || a->ai_family == AF_INET6) &&
            a->ai_addrlen <= sizeof(list[n].at)) {
            memcpy(&list[n].at, a->ai_addr, a->ai_addrlen);
            list[n++].len = a->ai_addrlen;
        }
    freeaddrinfo(found);
    return n > 0;
}

/* The child: resolves, writes, ends. */
_Noreturn static void resolver(const char *host, int out)
{
    struct target_address list[ADDRESSES_MAX] = {0};
    struct rlimit cpu = {5, 5};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)setrlimit(RLIMIT_CPU, &cpu);
    if (dup2(out, 3) < 0)
        _exit(1);
    (void)close_range(4, ~0U, 0);
    if (!resolve(host, 0, list) || write(3, list, sizeof(list)) != (ssize_t)sizeof(list))
        _exit(1);
    _exit(0);
}

static void resolution_done(struct resolution *r, const struct target_address *list)
{
    struct supervisor *s = r->supervisor;
    char host[256];

    memcpy(host, r->host, sizeof(host));
    list_remove(&r->node);
    event_free(r->readable);
    close(r->fd);
    kill(r->pid, SIGKILL); /* it is done, or too slow; reaped with the others */
    free(r);
    list_each_safe(node, &s->dials)
    {
        struct dial *d = list_entry(node, struct dial, node);
        if (!d->resolving || strcmp(d->host, host) != 0)
            continue;
        if (list)
            dial_with(d, list);
        else
            dial_answer(d, EHOSTUNREACH, "the name can't be resolved");
    }
}

static void address_keep(struct supervisor *s, const char *host, const struct target_address *list)
{
    struct supervisor_address *slot = NULL;

    if (s->addresses == NULL)
        s->addresses = calloc(NAMES_MAX, sizeof(*s->addresses));
    REQUIRE(s->addresses != NULL);
    for (size_t i = 0; i < s->address_count && !slot; i++)
        if (strcmp(s->addresses[i].host, host) == 0)
            slot = &s->addresses[i];
    if (!slot)
        slot = &s->addresses[s->address_count < NAMES_MAX ? s->address_count++ : 0];
    snprintf(slot->host, sizeof(slot->host), "%s", host);
    memcpy(slot->list, list, sizeof(slot->list));
    slot->until_ms = clock_monotonic_ms() + RESOLVED_FOR_MS;
}

/* The child's answer: fixed size, and each address one of a family and length that are known. */
static bool answer_good(struct target_address list[ADDRESSES_MAX])
{
    for (size_t i = 0; i < ADDRESSES_MAX; i++) {
        uint32_t len = list[i].len;
        int family = list[i].at.ss_family;
        if (len != 0 && !(family == AF_INET && len == sizeof(struct sockaddr_in)) &&
            !(family == AF_INET6 && len == sizeof(struct sockaddr_in6)))
            return false;
    }
    return list[0].len != 0;
}

static void on_resolved(evutil_socket_t fd, short what, void *arg)
{
    struct resolution *r = arg;
    struct target_address list[ADDRESSES_MAX];
    ssize_t n = what & EV_TIMEOUT ? 0 : read(fd, list, sizeof(list));

    if (n == (ssize_t)sizeof(list) && answer_good(list)) {
        address_keep(r->supervisor, r->host, list);
        resolution_done(r, list);
    } else {
        resolution_done(r, NULL);
    }
}

static bool resolution_start(struct supervisor *s, const char *host)
{
    struct timeval wait = {RESOLVE_MS / 1000, 0};
    int ends[2];

    list_each(node, &s->resolutions)
        if (strcmp(list_entry(node, struct resolution, node)->host, host) == 0)
            return true; /* under way */
    struct resolution *r = calloc(1, sizeof(*r));
    if (r == NULL || pipe2(ends, O_CLOEXEC) < 0) {
        free(r);
        return false;
    }
    r->pid = fork();
    if (r->pid == 0)
        resolver(host, ends[1]);
    close(ends[1]);
    if (r->pid < 0) {
        close(ends[0]);
        free(r);
        return false;
    }
    r->supervisor = s;
    r->fd = ends[0];
    snprintf(r->host, sizeof(r->host), "%s", host);
    r->readable = event_new(s->base, r->fd, EV_READ, on_resolved, r);
    REQUIRE(r->readable != NULL);
    event_add(r->readable, &wait);
    list_append(&s->resolutions, &r->node);
    return true;
}

/* ---- asking ---- */

static void dial_host(struct supervisor *s, struct dial *d)
{
    struct target_address list[ADDRESSES_MAX] = {0};

    if (resolve(d->host, AI_NUMERICHOST, list)) {
        dial_with(d, list);
        return;
    }
    for (size_t i = 0; i < s->address_count; i++)
        if (strcmp(s->addresses[i].host, d->host) == 0 &&
            s->addresses[i].until_ms > clock_monotonic_ms()) {
            dial_with(d, s->addresses[i].list);
            return;
        }
    d->resolving = true;
    if (!resolution_start(s, d->host))
        dial_answer(d, EAGAIN, "no process to resolve the name with");
}

static void dial_path(struct dial *d, struct str path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct target_address list[ADDRESSES_MAX] = {0};

    if (path.len >= sizeof(at.sun_path)) {
        dial_answer(d, ENAMETOOLONG, strerror(ENAMETOOLONG));
        return;
    }
    memcpy(at.sun_path, path.ptr, path.len);
    memcpy(&list[0].at, &at, sizeof(at));
    list[0].len = sizeof(at);
    dial_with(d, list);
}

static void refuse(struct supervisor_child *child, uint32_t tag, int error, const char *problem)
{
    ipc_send_dialled(child->channel, &(struct ipc_dialled){.tag = tag,
                                                           .error = (uint32_t)error,
                                                           .problem = str_of(problem)});
}

void supervisor_dial(struct supervisor_child *child, const struct ipc_dial *m)
{
    struct supervisor *s = child->supervisor;
    const struct config *config = supervisor_files_config(s->files);
    ptrdiff_t index = config_target_index(config, m->target);
    size_t running = 0;

    list_each(node, &s->dials)
        running++;
    if (index < 0 || running >= DIALS_MAX) {
        refuse(child, m->tag, index < 0 ? ENOENT : EAGAIN,
               index < 0 ? "there is no such target" : "too many connections are being made");
        return;
    }
    const struct config_target *t = &config->targets[index];
    struct dial *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        refuse(child, m->tag, ENOMEM, strerror(ENOMEM));
        return;
    }
    d->child = child;
    d->pid = child->pid;
    d->tag = m->tag;
    d->fd = -1;
    d->connect_ms = t->connect_ms;
    snprintf(d->target, sizeof(d->target), "%.*s", STR_ARG(t->name));
    list_append(&s->dials, &d->node);
    struct str where = t->socket.len ? t->socket : t->host;
    if (where.len >= sizeof(d->host)) {
        dial_answer(d, ENAMETOOLONG, strerror(ENAMETOOLONG));
        return;
    }
    snprintf(d->host, sizeof(d->host), "%.*s", STR_ARG(where));
    if (t->socket.len) {
        dial_path(d, t->socket);
        return;
    }
    d->port = (uint16_t)t->port;
    dial_host(s, d);
}

void supervisor_dial_forget(const struct supervisor_child *child)
{
    list_each_safe(node, &child->supervisor->dials)
    {
        struct dial *d = list_entry(node, struct dial, node);
        if (d->child == child)
            dial_free(d);
    }
}

void supervisor_dial_release(struct supervisor *s)
{
    list_each_safe(node, &s->dials)
        dial_free(list_entry(node, struct dial, node));
    list_each_safe(other, &s->resolutions)
        resolution_done(list_entry(other, struct resolution, node), NULL);
    free(s->addresses);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "roles/supervisor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096

/* What is to be listened on. */
struct wanted {
    struct str name, address, host, socket_path;
    uint16_t port;
    mode_t mode; /* of the unix socket */
};

static char *copy_z(struct str s)
{
    char *z = malloc(s.len + 1);

    REQUIRE(z != NULL);
    if (s.len > 0)
        memcpy(z, s.ptr, s.len);
    z[s.len] = '\0';
    return z;
}

static struct str copy(struct str s)
{
    return (struct str){copy_z(s), s.len};
}

static int listen_tcp(const struct wanted *w, uint16_t *ret_port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
                    *found = NULL;
    char service[8], *host = copy_z(w->host);
    bool any = str_equal(w->host, STR("*")) || w->host.len == 0;
    int on = 1, off = 0, fd = -1, error = 0;

    snprintf(service, sizeof(service), "%u", w->port);
    hints.ai_family = any ? AF_INET6 : AF_UNSPEC;
    if (getaddrinfo(any ? NULL : host, service, &hints, &found) != 0) {
        free(host);
        errno = EADDRNOTAVAIL;
        return -1;
    }
    free(host);
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0) {
            error = errno;
            continue;
        }
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (a->ai_family == AF_INET6 && any)
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
        if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
            error = errno;
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    struct sockaddr_storage at;
    socklen_t len = sizeof(at);
    if (fd >= 0 && getsockname(fd, (struct sockaddr *)&at, &len) == 0)
        *ret_port = ntohs(at.ss_family == AF_INET6
                              ? ((struct sockaddr_in6 *)(void *)&at)->sin6_port
                              : ((struct sockaddr_in *)(void *)&at)->sin_port);
    errno = error;
    return fd;
}

/* A socket file that nobody listens on any more is taken away; one that somebody does is not. */
static bool remove_stale(const struct sockaddr_un *at)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat st;

    if (probe < 0)
        return false;
    bool used = connect(probe, (const struct sockaddr *)at, sizeof(*at)) == 0;
    close(probe);
    if (used) {
        errno = EADDRINUSE;
        return false;
    }
    if (lstat(at->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(at->sun_path);
    return true;
}

static int listen_unix(const struct wanted *w)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    if (w->socket_path.len >= sizeof(at.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(at.sun_path, w->socket_path.ptr, w->socket_path.len);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    mode_t before = umask(0177); /* nobody gets in before the mode is set */
    bool good = remove_stale(&at) && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
    umask(before);
    if (!good || chmod(at.sun_path, w->mode) < 0 || listen(fd, BACKLOG) < 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static struct supervisor_listener *find_same(struct supervisor *s, const struct wanted *w)
{
    for (size_t i = 0; i < s->listener_count; i++)
        if (str_equal(s->listeners[i].name, w->name) &&
            str_equal(s->listeners[i].address, w->address))
            return &s->listeners[i];
    return NULL;
}

static void listener_close(struct supervisor_listener *l)
{
    if (l->fd >= 0)
        close(l->fd);
    if (l->socket_path)
        unlink(l->socket_path);
    free(l->socket_path);
    free((void *)(uintptr_t)l->name.ptr);
    free((void *)(uintptr_t)l->address.ptr);
}

static bool listener_make(struct supervisor *s, const struct wanted *w,
                          struct supervisor_listener *ret, struct buf *problem)
{
    struct supervisor_listener *same = find_same(s, w);

    *ret = (struct supervisor_listener){.fd = -1};
    if (same) {
        same->kept = true;
        ret->fd = fcntl(same->fd, F_DUPFD_CLOEXEC, 3);
        ret->port = same->port;
    } else {
        ret->fd = w->socket_path.len ? listen_unix(w) : listen_tcp(w, &ret->port);
    }
    if (ret->fd < 0) {
        buf_printf(problem, "listener %.*s can't listen on %.*s: %s\n", STR_ARG(w->name),
                   STR_ARG(w->address), strerror(errno));
        return false;
    }
    ret->name = copy(w->name);
    ret->address = copy(w->address);
    if (w->socket_path.len)
        ret->socket_path = copy_z(w->socket_path);
    return true;
}

static size_t wanted_list(const struct config *config, struct arena *arena, struct wanted *out)
{
    size_t n = 0;

    for (size_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *l = &config->listeners[i];
        out[n++] = (struct wanted){
            .name = l->name,
            .address = l->address,
            .host = l->host,
            .port = l->port,
            .socket_path =
                l->socket_path.len ? config_path(config, l->socket_path, arena) : STR_NONE,
            .mode = (mode_t)l->socket_mode & 0777,
        };
    }
    if (config->control.enabled)
        out[n++] = (struct wanted){
            .name = STR("control"),
            .address = config->control.listen,
            .host = config->control.host,
            .port = config->control.port,
        };
    return n;
}

bool supervisor_listen(struct supervisor *s, const struct config *config, struct buf *problem)
{
    size_t max = config->listener_count + 1, made = 0;
    struct wanted *wanted = calloc(max, sizeof(*wanted));
    struct supervisor_listener *list = calloc(max, sizeof(*list));
    struct arena arena;
    bool good = true;

    REQUIRE(wanted && list);
    arena_init(&arena, 1 << 20);
    size_t count = wanted_list(config, &arena, wanted);
    for (size_t i = 0; i < s->listener_count; i++)
        s->listeners[i].kept = false;
    for (; made < count && good; made++)
        good = listener_make(s, &wanted[made], &list[made], problem);
    for (size_t i = 0; i < (good ? s->listener_count : 0); i++) {
        if (s->listeners[i].kept) { /* the file stays: its socket goes on under a new number */
            free(s->listeners[i].socket_path);
            s->listeners[i].socket_path = NULL;
        }
        listener_close(&s->listeners[i]);
    }
    if (good) {
        free(s->listeners);
        s->listeners = list;
        s->listener_count = count;
    } else {
        for (size_t i = 0; i < made; i++) {
            if (list[i].name.ptr && find_same(s, &wanted[i])) {
                free(list[i].socket_path);
                list[i].socket_path = NULL;
            }
            listener_close(&list[i]);
        }
        free(list);
    }
    arena_release(&arena);
    free(wanted);
    return good;
}

void supervisor_listen_send(struct supervisor_child *child)
{
    struct supervisor *s = child->supervisor;
    uint16_t index = 0;

    for (size_t i = 0; i < s->listener_count; i++) {
        const struct supervisor_listener *l = &s->listeners[i];
        bool control = str_equal(l->name, STR("control"));
        if ((control && child->role == ROLE_CONTROL) || (!control && child->role == ROLE_WORKER))
            ipc_send_listener(child->channel,
                              &(struct ipc_listener){.index = control ? (uint16_t)0 : index,
                                                     .name = l->name,
                                                     .socket = fcntl(l->fd, F_DUPFD_CLOEXEC, 3)});
        if (!control)
            index++;
    }
}

void supervisor_listen_close(struct supervisor *s)
{
    for (size_t i = 0; i < s->listener_count; i++)
        listener_close(&s->listeners[i]);
    free(s->listeners);
    s->listeners = NULL;
    s->listener_count = 0;
}

bool supervisor_listen_write_ports(const struct supervisor *s, const char *path)
{
    struct json_writer w;
    struct buf out, part;

    buf_init(&out, 65536);
    buf_init(&part, 4096);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    for (size_t i = 0; i < s->listener_count; i++) {
        json_key_str(&w, s->listeners[i].name);
        json_u64(&w, s->listeners[i].port);
    }
    json_object_end(&w);
    buf_put_u8(&out, '\n');
    /* Under another name first, so that nobody reads half of it. */
    buf_printf(&part, "%s.part", path);
    buf_put_u8(&part, 0);
    int fd = out.failed || part.failed
                 ? -1
                 : open(part.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool good = fd >= 0 && write(fd, out.data, out.len) == (ssize_t)out.len;
    if (fd >= 0)
        close(fd);
    good = good && rename(part.data, path) == 0;
    buf_release(&out);
    buf_release(&part);
    return good;
}

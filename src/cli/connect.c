/* SPDX-License-Identifier: Apache-2.0
 *
 * cardea connect: a local port through which any tool reaches a target without a password. Only
 * processes of the same user get in: by the permissions of a unix socket, or by looking up whose
 * the other end of a loopback connection is.
 */
#include "base/clock.h"
#include "cli/link.h"
#include "cli/trust.h"
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

int cli_connect(int argc, char **argv);

static const char usage[] =
    "usage: cardea connect TARGET --gateway HOST:PORT [OPTION...] [-- COMMAND...]\n"
    "\n"
    "Opens a local port for the target and keeps the token of `cardea login` fresh. Prints the\n"
    "address; runs until interrupted, or until COMMAND ends, which finds the port in MYSQL_HOST "
    "and\n"
    "MYSQL_TCP_PORT: cardea connect orders-prod --gateway db.example:3306 -- mysql\n"
    "\n"
    "  TARGET             as the gateway names it: orders-prod, or role+orders-prod\n"
    "  --gateway H:P      (CARDEA_GATEWAY)\n"
    "  --ca F             certificates to trust for the gateway, PEM (CARDEA_CA;\n"
    "                     default: the system's)\n"
    "  --server-name N    name that the gateway's certificate carries; default: HOST\n"
    "  --port N           local port; default: any that is free\n"
    "  --socket PATH      a unix socket instead of a port\n"
    "  --token-file F     as of cardea login\n";

struct options {
    const char *target, *gateway, *ca_file, *server_name, *port, *socket, *token_file;
    char **command; /* NULL: none */
    bool help;
};

struct connect_world {
    struct link_world links;
    struct event_base *base;
    struct net_loop loop;
    struct event *accepting, *signals[3];
    int listener;
    uint16_t port;      /* 0: a unix socket */
    const char *socket; /* its path */
    struct addrinfo *addresses;
    pid_t child;
    int status;
};

static bool options_read(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"gateway", required_argument, NULL, 'g'},
        {"ca", required_argument, NULL, 'c'},
        {"ca-file", required_argument, NULL, 'c'},
        {"server-name", required_argument, NULL, 'n'},
        {"port", required_argument, NULL, 'p'},
        {"socket", required_argument, NULL, 's'},
        {"token-file", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int c;
    *o = (struct options){.gateway = getenv("CARDEA_GATEWAY"), .ca_file = getenv("CARDEA_CA")};
    /* `--` ends the options here; what is behind it is a command. */
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            o->command = argv[i + 1] ? &argv[i + 1] : NULL;
            argc = i;
            break;
        }
    }
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (c) {
        case 'g':
            o->gateway = optarg;
            break;
        case 'c':
            o->ca_file = optarg;
            break;
        case 'n':
            o->server_name = optarg;
            break;
        case 'p':
            o->port = optarg;
            break;
        case 's':
            o->socket = optarg;
            break;
        case 't':
            o->token_file = optarg;
            break;
        case 'h':
            o->help = true;
            break;
        default:
            return false;
        }
    }
    if (optind + 1 == argc)
        o->target = argv[optind];
    return o->help || (o->target && optind + 1 == argc && o->gateway && *o->gateway);
}

/* ---- whose connection ---- */

/* The user who holds the other end of a loopback connection: the kernel's table of sockets has a
 * row for it, with our port as the remote one. */
static bool peer_is_ours(uint16_t client_port, uint16_t listen_port)
{
    char line[512], local[16], remote[16];
    bool ours = false;
    FILE *table = fopen("/proc/net/tcp", "re");
    snprintf(local, sizeof local, "0100007F:%04X", client_port);
    snprintf(remote, sizeof remote, "0100007F:%04X", listen_port);
    /* sl local rem st tx:rx tr:when retrnsmt uid ... */
    while (table && !ours && fgets(line, sizeof line, table)) {
        struct str rest = str_trim(str_of(line)), fields[8];
        size_t n = 0;
        while (n < ARRAY_LEN(fields) && str_split(rest, ' ', &fields[n], &rest)) {
            rest = str_trim(rest);
            n++;
        }
        uint64_t uid;
        ours = n == ARRAY_LEN(fields) && str_equal(fields[1], str_of(local)) &&
               str_equal(fields[2], str_of(remote)) && str_to_u64(fields[7], UINT32_MAX, &uid) &&
               uid == geteuid();
    }
    if (table)
        fclose(table);
    return ours;
}

static void on_accept(evutil_socket_t listener, short what, void *data)
{
    struct connect_world *world = data;
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    (void)what;
    int fd = accept4(listener, world->port ? (struct sockaddr *)&address : NULL,
                     world->port ? &size : NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (world->port && !peer_is_ours(ntohs(address.sin_port), world->port)) {
        fprintf(stderr, "cardea connect: refused a connection of another user\n");
        close(fd);
        return;
    }
    net_loop_wake(&world->loop);
    link_open(&world->links, fd);
    net_loop_settle(&world->loop);
}

/* ---- beginning ---- */

static bool listen_tcp(struct connect_world *world, const char *port, char *problem, size_t size)
{
    uint64_t number = 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int yes = 1;
    if (port && !str_to_u64(str_of(port), 65535, &number)) {
        snprintf(problem, size, "--port: not a port: %s", port);
        return false;
    }
    address.sin_port = htons((uint16_t)number);
    world->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (world->listener < 0 ||
        setsockopt(world->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(world->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(world->listener, 64) != 0 ||
        getsockname(world->listener, (struct sockaddr *)&address, &length) != 0) {
        snprintf(problem, size, "127.0.0.1:%u: %s", (unsigned)number, strerror(errno));
        return false;
    }
    world->port = ntohs(address.sin_port);
    return true;
}

static bool listen_unix(struct connect_world *world, const char *path, char *problem, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(problem, size, "--socket: the path is too long");
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        (void)unlink(path);
    mode_t old = umask(0177);
    world->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = world->listener >= 0 &&
              bind(world->listener, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(world->listener, 64) == 0;
    umask(old);
    if (!ok)
        snprintf(problem, size, "%s: %s", path, strerror(errno));
    else
        world->socket = path;
    return ok;
}

/* HOST:PORT or [ADDRESS]:PORT. `host` gets the first part. */
static bool gateway_resolve(struct connect_world *world, const char *gateway, char host[256],
                            char *problem, size_t size)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
    const char *colon = strrchr(gateway, ':');
    size_t len = colon ? (size_t)(colon - gateway) : 0;
    bool bracket = len > 2 && gateway[0] == '[' && gateway[len - 1] == ']';
    if (!colon || len == 0 || len >= 256) {
        snprintf(problem, size, "--gateway: say HOST:PORT");
        return false;
    }
    snprintf(host, 256, "%.*s", (int)(bracket ? len - 2 : len), bracket ? gateway + 1 : gateway);
    int error = getaddrinfo(host, colon + 1, &hints, &world->addresses);
    if (error != 0)
        snprintf(problem, size, "%s: %s", gateway, gai_strerror(error));
    return error == 0;
}

/* ---- the command ---- */

static bool child_start(struct connect_world *world, char **command)
{
    char text[16];
    setenv("MYSQL_HOST", world->port ? "127.0.0.1" : "localhost", 1);
    if (world->port) {
        snprintf(text, sizeof text, "%u", world->port);
        setenv("MYSQL_TCP_PORT", text, 1);
    } else {
        setenv("MYSQL_UNIX_PORT", world->socket, 1);
    }
    unsetenv("CARDEA_TOKEN");
    extern char **environ;
    int error = posix_spawnp(&world->child, command[0], NULL, NULL, command, environ);
    if (error != 0)
        fprintf(stderr, "cardea connect: %s: %s\n", command[0], strerror(error));
    return error == 0;
}

static void on_signal(evutil_socket_t number, short what, void *data)
{
    struct connect_world *world = data;
    (void)what;
    if (number == SIGCHLD) {
        int status;
        if (world->child <= 0 || waitpid(world->child, &status, WNOHANG) != world->child)
            return;
        world->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (world->child > 0 && number == SIGINT) {
        return; /* the terminal has told the command, too: it decides */
    }
    event_base_loopexit(world->base, NULL);
}

static bool loop_start(struct connect_world *world)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGCHLD};
    world->base = event_base_new();
    if (!world->base || !net_loop_init(&world->loop, world->base))
        return false;
    world->links.loop = &world->loop;
    world->accepting =
        event_new(world->base, world->listener, EV_READ | EV_PERSIST, on_accept, world);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        world->signals[i] = evsignal_new(world->base, numbers[i], on_signal, world);
        if (!world->signals[i] || event_add(world->signals[i], NULL) != 0)
            return false;
    }
    return world->accepting && event_add(world->accepting, NULL) == 0;
}

static void world_release(struct connect_world *world)
{
    links_close(&world->links);
    token_keeper_stop(world->links.tokens);
    if (world->accepting)
        event_free(world->accepting);
    for (size_t i = 0; i < ARRAY_LEN(world->signals); i++)
        if (world->signals[i])
            event_free(world->signals[i]);
    if (world->loop.base)
        net_loop_release(&world->loop);
    if (world->base)
        event_base_free(world->base);
    if (world->listener >= 0)
        close(world->listener);
    if (world->socket)
        (void)unlink(world->socket);
    if (world->addresses)
        freeaddrinfo(world->addresses);
    tls_context_free(world->links.tls);
}

static void address_print(const struct connect_world *world)
{
    if (world->port)
        printf("127.0.0.1:%u\n", world->port);
    else
        printf("%s\n", world->socket);
    fflush(stdout);
}

int cli_connect(int argc, char **argv)
{
    struct options o;
    struct connect_world world = {.listener = -1};
    char problem[1024] = "", host[256];
    if (!options_read(argc, argv, &o) || o.help) {
        fputs(usage, o.help ? stdout : stderr);
        return o.help ? 0 : 2;
    }
    secret_protect_process();
    list_init(&world.links.links);
    bool ok = gateway_resolve(&world, o.gateway, host, problem, sizeof problem);
    if (ok)
        world.links.tls = trust_context(TLS_VERIFY_FULL, o.ca_file, problem, sizeof problem);
    ok = ok && world.links.tls;
    if (ok)
        world.links.tokens = token_keeper_start(o.token_file, problem, sizeof problem);
    ok = ok && world.links.tokens &&
         (o.socket ? listen_unix(&world, o.socket, problem, sizeof problem)
                   : listen_tcp(&world, o.port, problem, sizeof problem));
    if (ok) {
        world.links.target = o.target;
        world.links.host = o.server_name ? o.server_name : host;
        world.links.addresses = world.addresses;
        ok = loop_start(&world);
    }
    if (ok && o.command)
        ok = child_start(&world, o.command);
    else if (ok)
        address_print(&world);
    if (ok)
        event_base_dispatch(world.base);
    else if (problem[0])
        fprintf(stderr, "cardea connect: %s\n", problem);
    world_release(&world);
    return ok ? world.status : 1;
}

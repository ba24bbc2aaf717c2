/* SPDX-License-Identifier: Apache-2.0
 *
 * One process of the gateway. What a child is handed, in this order, whether at the first start or
 * in place of one that died:
 *
 *   configure, then a `peer` for each role that it may talk with (the other side gets the other
 *   end, which replaces its old one), then rings; listeners come when all are configured.
 */
#include "audit/record.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "roles/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUICK_MS       1000  /* a death this soon after the start counts towards the pause */
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS   5000

/* Who talks with whom, beside everyone with the supervisor. */
static bool are_peers(enum role a, enum role b)
{
    static const enum role pairs[][2] = {
        {ROLE_WORKER, ROLE_KEEPER},    {ROLE_WORKER, ROLE_CONTROL},  {ROLE_KEEPER, ROLE_CONTROL},
        {ROLE_KEEPER, ROLE_RECORDER},  {ROLE_CONTROL, ROLE_RECORDER},
    };

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        if ((pairs[i][0] == a && pairs[i][1] == b) || (pairs[i][0] == b && pairs[i][1] == a))
            return true;
    return false;
}

/* ---- messages from the child ---- */

static void on_configured(void *owner, struct ipc_channel *channel, const struct ipc_configured *m)
{
    (void)channel;
    supervisor_configured(owner, m);
}

static void on_dial(void *owner, struct ipc_channel *channel, const struct ipc_dial *m)
{
    (void)channel;
    supervisor_dial(owner, m);
}

static void on_catalog_touched(void *owner, struct ipc_channel *channel,
                               const struct ipc_catalog_touched *m)
{
    const struct supervisor_child *from = owner;
    struct supervisor *s = from->supervisor;
    (void)channel;
    for (size_t i = 0; i < s->child_count; i++) {
        const struct supervisor_child *child = &s->children[i];
        if (child != from && child->role == ROLE_WORKER && child->pid > 0)
            ipc_send_catalog_changed(child->channel,
                                     &(struct ipc_catalog_changed){.target = m->target});
    }
}

static void on_closed(void *owner, struct ipc_channel *channel, const char *violation)
{
    struct supervisor_child *child = owner;
    (void)channel;

    if (violation == NULL)
        return; /* it ends; waitpid will tell */
    log_event(LOG_ipc_violation, log_text("name", role_name(child->role)),
              log_number("index", child->index), log_text("problem", violation));
    if (child->pid > 0)
        kill(child->pid, SIGKILL);
}

static const struct ipc_handlers handlers = {
    .configured = on_configured,
    .dial = on_dial,
    .catalog_touched = on_catalog_touched,
    .closed = on_closed,
};

/* ---- the process ---- */

/* Gives up root for good, when there is someone to be instead. False on failure. */
static bool become(const struct supervisor *s)
{
    const struct config *config = supervisor_files_config(s->files);
    char name[64];

    if (config->user.len == 0 || geteuid() != 0)
        return true;
    snprintf(name, sizeof(name), "%.*s", STR_ARG(config->user));
    const struct passwd *user = getpwnam(name);
    return user && setgroups(0, NULL) == 0 && setgid(user->pw_gid) == 0 &&
           setuid(user->pw_uid) == 0;
}

/* Between fork and exec. The environment may hold passwords: none of it is passed on. */
_Noreturn static void child_exec(const struct supervisor_child *child, int channel)
{
    char role[48], folder[4200];
    char *argv[] = {(char *)(uintptr_t) "cardea", role, NULL, NULL};
    char *environment[] = {(char *)(uintptr_t) "LANG=C.UTF-8", NULL};
    const char *path = supervisor_files_folder(child->supervisor->files, child->role);
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (child->role == ROLE_WORKER)
        snprintf(role, sizeof(role), "--role=worker:%u", child->index);
    else
        snprintf(role, sizeof(role), "--role=%s", role_name(child->role));
    if (path) {
        snprintf(folder, sizeof(folder), "--folder=%s", path);
        argv[2] = folder;
    }
    if (channel != ROLE_SUPERVISOR_FD && dup2(channel, ROLE_SUPERVISOR_FD) < 0)
        _exit(126);
    (void)fcntl(ROLE_SUPERVISOR_FD, F_SETFD, 0);
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    (void)close_range(ROLE_SUPERVISOR_FD + 1, ~0U, 0);
    if (!become(child->supervisor))
        _exit(126);
    execve("/proc/self/exe", argv, environment);
    _exit(127);
}

/* ---- rings ---- */

static struct supervisor_ring *ring_of(struct supervisor *s, uint16_t worker)
{
    list_each(node, &s->rings)
    {
        struct supervisor_ring *ring = list_entry(node, struct supervisor_ring, node);
        if (ring->worker == worker && ring->dead_since_ms == 0)
            return ring;
    }
    return NULL;
}

static void ring_send(const struct supervisor_ring *ring, struct supervisor_child *to)
{
    ipc_send_ring(to->channel,
                  &(struct ipc_ring){
                      .worker = ring->worker,
                      .id = ring->id,
                      .memory = fcntl(ring->memory, F_DUPFD_CLOEXEC, 3),
                      .wake_recorder = fcntl(ring->wake_recorder, F_DUPFD_CLOEXEC, 3),
                      .wake_worker = fcntl(ring->wake_worker, F_DUPFD_CLOEXEC, 3),
                  });
}

static void ring_make_for(struct supervisor_child *worker)
{
    struct supervisor *s = worker->supervisor;
    size_t size = (size_t)supervisor_files_config(s->files)->audit.ring_bytes;
    struct supervisor_ring *ring = calloc(1, sizeof(*ring));
    struct supervisor_child *recorder = supervisor_child_find(s, ROLE_RECORDER, 0);

    REQUIRE(ring != NULL);
    ring->worker = worker->index;
    ring->id = random_u64() | 1;
    REQUIRE(ring_make(size, ring->id, &ring->memory, &ring->wake_recorder,
                      &ring->wake_worker) == 0);
    list_append(&s->rings, &ring->node);
    ring_send(ring, worker);
    if (recorder->pid > 0)
        ring_send(ring, recorder);
}

static void ring_free(struct supervisor_ring *ring)
{
    list_remove(&ring->node);
    close(ring->memory);
    close(ring->wake_recorder);
    close(ring->wake_worker);
    free(ring);
}

void supervisor_rings_expire(struct supervisor *s)
{
    uint64_t now = clock_monotonic_ms();

    list_each_safe(node, &s->rings)
    {
        struct supervisor_ring *ring = list_entry(node, struct supervisor_ring, node);
        if (ring->dead_since_ms != 0 && now - ring->dead_since_ms > SUPERVISOR_OLD_RING_MS)
            ring_free(ring);
    }
}

void supervisor_rings_accept(struct supervisor *s, bool accepting)
{
    list_each(node, &s->rings)
    {
        struct supervisor_ring *ring = list_entry(node, struct supervisor_ring, node);
        struct ring *mapped = ring_open_reader(fcntl(ring->memory, F_DUPFD_CLOEXEC, 3), -1,
                                               fcntl(ring->wake_worker, F_DUPFD_CLOEXEC, 3));
        if (mapped)
            ring_set_accepting(mapped, accepting);
        ring_close(mapped);
    }
}

/* A new recorder gets every ring, those of dead workers before those of their successors. */
static void rings_send(struct supervisor_child *recorder)
{
    list_each(node, &recorder->supervisor->rings)
        ring_send(list_entry(node, struct supervisor_ring, node), recorder);
}

/* ---- starting ---- */

struct supervisor_child *supervisor_child_find(struct supervisor *s, enum role role,
                                               uint16_t index)
{
    for (size_t i = 0; i < s->child_count; i++)
        if (s->children[i].role == role && s->children[i].index == index)
            return &s->children[i];
    return NULL;
}

static void join(struct supervisor_child *a, struct supervisor_child *b)
{
    int ends[2];

    if (ipc_pair(ends) < 0)
        return;
    ipc_send_peer(a->channel, &(struct ipc_peer){.role = (uint8_t)b->role,
                                                 .index = b->index,
                                                 .channel = ends[0]});
    ipc_send_peer(b->channel, &(struct ipc_peer){.role = (uint8_t)a->role,
                                                 .index = a->index,
                                                 .channel = ends[1]});
}

bool supervisor_child_configure(struct supervisor_child *child,
                                const struct supervisor_files *files)
{
    struct supervisor *s = child->supervisor;

    child->refused = false;
    return supervisor_files_send(
        files, child->channel,
        &(struct ipc_configure){
            .generation = s->generation,
            .index = child->index,
            .workers = s->workers,
            .sessions_base = child->role == ROLE_WORKER ? random_u64() & ~UINT64_C(0xFFFFFFFF) : 0,
        });
}

static void pause_before_restart(struct supervisor_child *child)
{
    uint64_t ms = PAUSE_FIRST_MS;

    for (unsigned i = 3; i < child->quick_deaths && ms < PAUSE_MAX_MS; i++)
        ms *= 2;
    if (ms > PAUSE_MAX_MS)
        ms = PAUSE_MAX_MS;
    struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
    event_add(child->restart, &tv);
}

static void on_restart(evutil_socket_t fd, short what, void *arg)
{
    struct supervisor_child *child = arg;
    (void)fd;
    (void)what;

    if (child->pid == 0 && !supervisor_is_ending(child->supervisor))
        supervisor_child_start(child);
}

static bool child_prepare(struct supervisor_child *child)
{
    struct supervisor *s = child->supervisor;

    if (child->channel == NULL)
        child->channel = ipc_channel_new(s->base, ROLE_SUPERVISOR, child->role, child->index,
                                         &handlers, child);
    if (child->restart == NULL)
        child->restart = evtimer_new(s->base, on_restart, child);
    return child->channel && child->restart;
}

void supervisor_child_start(struct supervisor_child *child)
{
    struct supervisor *s = child->supervisor;
    int ends[2];

    REQUIRE(child_prepare(child));
    child->generation = 0;
    child->started_ms = clock_monotonic_ms();
    if (ipc_pair(ends) < 0) {
        child->quick_deaths++;
        pause_before_restart(child);
        return;
    }
    pid_t pid = fork();
    if (pid == 0)
        child_exec(child, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        child->quick_deaths++;
        pause_before_restart(child);
        return;
    }
    child->pid = pid;
    ipc_channel_connect(child->channel, ends[0]);
    log_event(LOG_role_started, log_text("name", role_name(child->role)),
              log_number("index", child->index), log_number("pid", pid));
    supervisor_child_configure(child, s->files);
    for (size_t i = 0; i < s->child_count; i++)
        if (s->children[i].pid > 0 && are_peers(child->role, s->children[i].role))
            join(child, &s->children[i]);
    if (child->role == ROLE_WORKER)
        ring_make_for(child);
    if (child->role == ROLE_RECORDER)
        rings_send(child);
}

/* ---- ending ---- */

static void tell_death(struct supervisor_child *child, int status)
{
    char detail[160];
    bool killed = WIFSIGNALED(status);
    int number = killed ? WTERMSIG(status) : WEXITSTATUS(status);

    if (child->ending && !killed && number == 0) {
        log_event(LOG_role_ended, log_text("name", role_name(child->role)),
                  log_number("index", child->index));
        return;
    }
    log_event(LOG_role_died, log_text("name", role_name(child->role)),
              log_number("index", child->index), log_number("pid", child->pid),
              log_number(killed ? "signal" : "status", number));
    snprintf(detail, sizeof(detail), "{\"role\":\"%s\",\"index\":%u,\"%s\":%d}",
             role_name(child->role), child->index, killed ? "signal" : "status", number);
    supervisor_record(child->supervisor, AUDIT_role_lost, detail);
}

void supervisor_child_ended(struct supervisor_child *child, int status)
{
    struct supervisor *s = child->supervisor;
    uint64_t lived = clock_monotonic_ms() - child->started_ms;
    struct supervisor_ring *ring =
        child->role == ROLE_WORKER ? ring_of(s, child->index) : NULL;

    if (ring)
        ring->dead_since_ms = clock_monotonic_ms();
    supervisor_dial_forget(child);
    ipc_channel_close(child->channel);
    child->quick_deaths = lived < QUICK_MS ? child->quick_deaths + 1 : 0;
    tell_death(child, status);
    child->pid = 0;
    child->generation = 0;
    supervisor_rings_expire(s);
    if (!supervisor_is_ending(s) && !s->failed_start) {
        if (child->quick_deaths < 3)
            supervisor_child_start(child);
        else
            pause_before_restart(child);
    }
    supervisor_child_gone(child);
}

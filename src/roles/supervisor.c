/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of things:
 *
 *   STARTING --all configured--> SERVING --SIGHUP--> RELOADING --all took it--> SERVING
 *                                                        \--one refused--> REVERTING --> SERVING
 *   any --SIGTERM--> DRAINING (workers end) --> CLOSING (keeper, control) --> SEALING (recorder)
 *   --> DONE
 */
#include "roles/supervisor.h"

#include "audit/record.h"
#include "base/clock.h"
#include "base/log.h"
#include "roles/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOSING_MS  5000
#define SEALING_MS  20000
#define RECORDER_MS 1000 /* without a recorder for this long, statements are refused */
#define START_MS    20000

#define UNRECORDED_MAX ((size_t)256 << 10) /* bytes of records that wait for a recorder */

static void phase_timer(struct supervisor *s, uint64_t ms)
{
    struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};

    event_add(s->phase_timer, &tv);
}

bool supervisor_is_ending(const struct supervisor *s)
{
    return s->phase >= SUPERVISOR_DRAINING;
}

static struct supervisor_child *recorder_of(struct supervisor *s)
{
    return supervisor_child_find(s, ROLE_RECORDER, 0);
}

/* ---- records of its own ---- */

static bool record_send(struct supervisor *s, struct str record)
{
    struct supervisor_child *recorder = recorder_of(s);

    return recorder && recorder->generation != 0 &&
           ipc_send_audit_event(recorder->channel, &(struct ipc_audit_event){.record = record});
}

/* What could not be told while there was no recorder. */
static void records_resend(struct supervisor *s)
{
    struct cursor c = cursor_over(buf_str(&s->unrecorded));
    struct str unused, record;

    while (ipc_pack_next(&c, &unused, &record))
        (void)record_send(s, record);
    buf_clear(&s->unrecorded);
}

void supervisor_record(struct supervisor *s, int kind, const char *detail)
{
    struct audit_record record = {
        .kind = (enum audit_kind)kind,
        .time_us = clock_realtime_us(),
        .detail_json = str_of(detail),
    };
    struct buf out;

    buf_init(&out, LIMIT_AUDIT_RECORD);
    if (audit_record_put(&record, &out) && !record_send(s, buf_str(&out)))
        ipc_pack_put(&s->unrecorded, STR_NONE, buf_str(&out));
    buf_release(&out);
}

static void record_configuration(struct supervisor *s, int kind)
{
    char detail[256];

    snprintf(detail, sizeof(detail),
             "{\"version\":\"%s\",\"generation\":%llu,\"configuration_sha256\":\"%s\"}",
             CARDEA_VERSION, (unsigned long long)s->generation,
             supervisor_files_digest(s->files));
    supervisor_record(s, kind, detail);
}

/* ---- starting ---- */

static uint16_t worker_count(const struct config *config)
{
    cpu_set_t cpus;
    int64_t n = config->workers;

    if (n == 0)
        n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
    return (uint16_t)(n < 1 ? 1 : n > 256 ? 256 : n);
}

static void child_plan(struct supervisor *s, enum role role, uint16_t index)
{
    REQUIRE(s->child_count < SUPERVISOR_CHILDREN_MAX);
    s->children[s->child_count++] =
        (struct supervisor_child){.supervisor = s, .role = role, .index = index};
}

static void write_pid(const char *path)
{
    char text[24];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

    if (fd < 0 || write(fd, text, (size_t)len) != len)
        log_event(LOG_config_bad, log_text("file", path), log_text("problem", strerror(errno)));
    if (fd >= 0)
        close(fd);
}

static void say_ready(struct supervisor *s)
{
    struct buf line;

    buf_init(&line, 65536);
    buf_printf(&line, "cardea ready");
    for (size_t i = 0; i < s->listener_count; i++) {
        const struct supervisor_listener *l = &s->listeners[i];
        if (l->port)
            buf_printf(&line, " %.*s=%u", STR_ARG(l->name), l->port);
        else
            buf_printf(&line, " %.*s=%.*s", STR_ARG(l->name), STR_ARG(l->address));
    }
    log_event(LOG_ready, log_number("workers", s->workers),
              log_text("sandbox", recorder_of(s)->sandbox));
    buf_put_u8(&line, '\n');
    if (!line.failed && write(STDERR_FILENO, line.data, line.len) < 0)
        log_event(LOG_ready);
    buf_release(&line);
}

static void all_listeners_out(struct supervisor *s)
{
    for (size_t i = 0; i < s->child_count; i++)
        if (s->children[i].pid > 0)
            supervisor_listen_send(&s->children[i]);
}

static bool all_configured(const struct supervisor *s)
{
    for (size_t i = 0; i < s->child_count; i++)
        if (s->children[i].generation != s->generation)
            return false;
    return true;
}

static void now_serving(struct supervisor *s)
{
    s->phase = SUPERVISOR_SERVING;
    event_del(s->phase_timer);
    all_listeners_out(s);
    record_configuration(s, AUDIT_start);
    if (s->options->ports_path &&
        !supervisor_listen_write_ports(s, s->options->ports_path))
        log_event(LOG_config_bad, log_text("file", s->options->ports_path),
                  log_text("problem", strerror(errno)));
    say_ready(s);
}

/* ---- reloading ---- */

static void send_to_all(struct supervisor *s, const struct supervisor_files *files)
{
    s->generation++;
    for (size_t i = 0; i < s->child_count; i++)
        if (s->children[i].pid > 0)
            supervisor_child_configure(&s->children[i], files);
}

/* What can't change while processes run; NULL when nothing of it did. */
static const char *needs_restart(const struct supervisor *s, const struct supervisor_files *next)
{
    const struct config *a = supervisor_files_config(s->files), *b = supervisor_files_config(next);

    if (strcmp(supervisor_files_folder(s->files, ROLE_RECORDER),
               supervisor_files_folder(next, ROLE_RECORDER)) != 0 ||
        strcmp(supervisor_files_folder(s->files, ROLE_CONTROL),
               supervisor_files_folder(next, ROLE_CONTROL)) != 0)
        return "audit.directory and data_directory change with a restart only";
    if (a->control.enabled != b->control.enabled)
        return "control is switched on or off with a restart only";
    if (worker_count(a) != worker_count(b))
        return "workers change with a restart only";
    if (!str_equal(a->user, b->user))
        return "user changes with a restart only";
    if (a->audit.ring_bytes != b->audit.ring_bytes ||
        !str_equal(a->audit.key_file, b->audit.key_file))
        return "audit.ring and audit.key_file change with a restart only";
    return NULL;
}

static void log_lines(enum log_event_id event, struct str text)
{
    struct str line;

    while (str_split(text, '\n', &line, &text))
        log_event(event, log_str("problem", line));
    if (text.len > 0)
        log_event(event, log_str("problem", text));
}

static void keep_old(struct supervisor *s, struct str why)
{
    log_lines(LOG_config_bad, why);
    log_event(LOG_config_kept);
    supervisor_record(s, AUDIT_reload, "{\"result\":\"refused\"}");
}

static void reload(struct supervisor *s)
{
    struct buf problem;

    if (s->phase != SUPERVISOR_SERVING) {
        log_event(LOG_signal_ignored, log_text("signal", "SIGHUP"));
        return;
    }
    buf_init(&problem, (size_t)1 << 20);
    s->new_files = supervisor_files_load(s->options->config_path, false, &problem);
    if (s->new_files && needs_restart(s, s->new_files))
        buf_printf(&problem, "%s", needs_restart(s, s->new_files));
    if (problem.len == 0 && s->new_files &&
        supervisor_listen(s, supervisor_files_config(s->new_files), &problem)) {
        s->phase = SUPERVISOR_RELOADING;
        send_to_all(s, s->new_files);
        phase_timer(s, START_MS);
    } else {
        keep_old(s, buf_str(&problem));
        supervisor_files_free(s->new_files);
        s->new_files = NULL;
    }
    buf_release(&problem);
}

static void reload_taken(struct supervisor *s)
{
    enum log_level level;

    supervisor_files_free(s->files);
    s->files = s->new_files;
    s->new_files = NULL;
    s->phase = SUPERVISOR_SERVING;
    event_del(s->phase_timer);
    if (log_level_of_name(supervisor_files_config(s->files)->log_level, &level))
        log_set_level(level);
    all_listeners_out(s);
    if (s->options->ports_path)
        (void)supervisor_listen_write_ports(s, s->options->ports_path);
    log_event(LOG_config_reloaded, log_number("generation", (int64_t)s->generation));
    record_configuration(s, AUDIT_reload);
}

static void revert(struct supervisor *s)
{
    struct buf problem;

    buf_init(&problem, 65536);
    supervisor_files_free(s->new_files);
    s->new_files = NULL;
    (void)supervisor_listen(s, supervisor_files_config(s->files), &problem);
    buf_release(&problem);
    s->phase = SUPERVISOR_REVERTING;
    send_to_all(s, s->files);
}

static void reverted(struct supervisor *s)
{
    s->phase = SUPERVISOR_SERVING;
    event_del(s->phase_timer);
    all_listeners_out(s);
    keep_old(s, STR("a process refused the new configuration"));
}

/* ---- ending ---- */

static bool any_running(const struct supervisor *s, enum role role)
{
    for (size_t i = 0; i < s->child_count; i++)
        if (s->children[i].role == role && s->children[i].pid > 0)
            return true;
    return false;
}

static void drain_role(struct supervisor *s, enum role role, uint32_t deadline_ms)
{
    for (size_t i = 0; i < s->child_count; i++) {
        struct supervisor_child *child = &s->children[i];
        if (child->role != role || child->pid == 0)
            continue;
        child->ending = true;
        ipc_send_drain(child->channel, &(struct ipc_drain){.deadline_ms = deadline_ms});
    }
}

static void kill_role(struct supervisor *s, enum role role)
{
    for (size_t i = 0; i < s->child_count; i++)
        if (s->children[i].role == role && s->children[i].pid > 0)
            kill(s->children[i].pid, SIGKILL);
}

/* As far as it can go now. */
static void end_step(struct supervisor *s)
{
    if (s->phase == SUPERVISOR_DRAINING && !any_running(s, ROLE_WORKER)) {
        s->phase = SUPERVISOR_CLOSING;
        drain_role(s, ROLE_CONTROL, CLOSING_MS);
        drain_role(s, ROLE_KEEPER, CLOSING_MS);
        phase_timer(s, CLOSING_MS);
    }
    if (s->phase == SUPERVISOR_CLOSING && !any_running(s, ROLE_CONTROL) &&
        !any_running(s, ROLE_KEEPER)) {
        s->phase = SUPERVISOR_SEALING;
        if (!s->failed_start)
            supervisor_record(s, AUDIT_stop, "{}");
        drain_role(s, ROLE_RECORDER, SEALING_MS);
        phase_timer(s, SEALING_MS);
    }
    if (s->phase == SUPERVISOR_SEALING && !any_running(s, ROLE_RECORDER)) {
        s->phase = SUPERVISOR_DONE;
        event_base_loopexit(s->base, NULL);
    }
}

static void end(struct supervisor *s)
{
    uint32_t deadline = 0;

    if (s->phase == SUPERVISOR_DRAINING) { /* asked again: at once */
        drain_role(s, ROLE_WORKER, 0);
        phase_timer(s, 500);
        return;
    }
    if (supervisor_is_ending(s))
        return;
    if (!s->failed_start)
        deadline = (uint32_t)supervisor_files_config(s->files)->limits.drain_ms;
    log_event(LOG_draining, log_number("deadline_ms", deadline));
    s->phase = SUPERVISOR_DRAINING;
    supervisor_listen_close(s);
    drain_role(s, ROLE_WORKER, deadline);
    phase_timer(s, (uint64_t)deadline + 2000);
    end_step(s);
}

static void fail_start(struct supervisor *s)
{
    s->failed_start = true;
    s->status = 1;
    end(s);
}

static void on_phase_timer(evutil_socket_t fd, short what, void *arg)
{
    struct supervisor *s = arg;
    (void)fd;
    (void)what;

    switch (s->phase) {
    case SUPERVISOR_STARTING:
        log_event(LOG_config_bad, log_text("problem", "not all processes came up in time"));
        fail_start(s);
        break;
    case SUPERVISOR_RELOADING:
        revert(s);
        phase_timer(s, START_MS);
        break;
    case SUPERVISOR_REVERTING:
        reverted(s);
        break;
    case SUPERVISOR_DRAINING:
        kill_role(s, ROLE_WORKER);
        break;
    case SUPERVISOR_CLOSING:
        kill_role(s, ROLE_CONTROL);
        kill_role(s, ROLE_KEEPER);
        break;
    case SUPERVISOR_SEALING:
        s->status = 1;
        kill_role(s, ROLE_RECORDER);
        break;
    case SUPERVISOR_SERVING:
    case SUPERVISOR_DONE:
        break;
    }
}

/* ---- what children tell ---- */

static bool any_refused(const struct supervisor *s)
{
    for (size_t i = 0; i < s->child_count; i++)
        if (s->children[i].refused)
            return true;
    return false;
}

static bool all_answered(const struct supervisor *s)
{
    for (size_t i = 0; i < s->child_count; i++)
        if (s->children[i].generation != s->generation && !s->children[i].refused)
            return false;
    return true;
}

static void tell_sandbox(struct supervisor_child *child, struct str sandbox)
{
    snprintf(child->sandbox, sizeof(child->sandbox), "%.*s",
             STR_ARG(str_slice(sandbox, 0, sizeof(child->sandbox) - 1)));
    if (str_find(sandbox, STR("landlock")) < 0)
        log_event(LOG_sandbox_partial, log_text("name", role_name(child->role)),
                  log_str("sandbox", sandbox));
}

void supervisor_configured(struct supervisor_child *child, const struct ipc_configured *m)
{
    struct supervisor *s = child->supervisor;

    if (m->generation != s->generation)
        return; /* of a reload that was overtaken */
    if (child->sandbox[0] == '\0')
        tell_sandbox(child, m->sandbox);
    child->refused = !m->ok;
    if (m->ok) {
        child->generation = m->generation;
        log_event(LOG_role_configured, log_text("name", role_name(child->role)),
                  log_number("index", child->index));
    } else {
        log_event(LOG_role_refused, log_text("name", role_name(child->role)),
                  log_str("problem", m->problem));
    }
    if (child->role == ROLE_RECORDER && m->ok) {
        event_del(s->recorder_timer);
        records_resend(s);
    }
    switch (s->phase) {
    case SUPERVISOR_STARTING:
        if (child->refused)
            fail_start(s);
        else if (all_configured(s))
            now_serving(s);
        break;
    case SUPERVISOR_RELOADING:
        if (all_configured(s)) {
            reload_taken(s);
        } else if (all_answered(s) && any_refused(s)) {
            revert(s);
            phase_timer(s, START_MS);
        }
        break;
    case SUPERVISOR_REVERTING:
        if (all_answered(s))
            reverted(s);
        break;
    case SUPERVISOR_SERVING: /* in place of one that died */
        if (m->ok)
            supervisor_listen_send(child);
        break;
    case SUPERVISOR_DRAINING:
    case SUPERVISOR_CLOSING:
    case SUPERVISOR_SEALING:
    case SUPERVISOR_DONE:
        break;
    }
}

void supervisor_child_gone(struct supervisor_child *child)
{
    struct supervisor *s = child->supervisor;
    struct timeval wait = {RECORDER_MS / 1000, 0};

    if (child->role == ROLE_RECORDER && !supervisor_is_ending(s))
        event_add(s->recorder_timer, &wait);
    if (s->phase == SUPERVISOR_STARTING && child->quick_deaths >= 3)
        fail_start(s);
    end_step(s);
}

static void on_recorder_late(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    supervisor_rings_accept(arg, false);
}

/* ---- signals ---- */

static void on_child_signal(evutil_socket_t fd, short what, void *arg)
{
    struct supervisor *s = arg;
    int status;
    pid_t pid;
    (void)fd;
    (void)what;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < s->child_count; i++)
            if (s->children[i].pid == pid) {
                supervisor_child_ended(&s->children[i], status);
                break;
            }
}

static void on_hangup(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    reload(arg);
}

static void on_terminate(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    end(arg);
}

/* ---- running ---- */

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Loads, binds, starts. False when it can't begin. */
static bool begin(struct supervisor *s)
{
    enum log_level level;
    struct buf problem;

    buf_init(&problem, (size_t)1 << 20);
    s->files = supervisor_files_load(s->options->config_path, true, &problem);
    bool good =
        s->files && supervisor_listen(s, supervisor_files_config(s->files), &problem);
    if (!good && problem.len > 0)
        fprintf(stderr, "%.*s", STR_ARG(buf_str(&problem)));
    buf_release(&problem);
    if (!good)
        return false;
    const struct config *config = supervisor_files_config(s->files);
    if (log_level_of_name(config->log_level, &level))
        log_set_level(level);
    s->workers = worker_count(config);
    s->generation = 1;
    child_plan(s, ROLE_RECORDER, 0);
    child_plan(s, ROLE_KEEPER, 0);
    if (config->control.enabled)
        child_plan(s, ROLE_CONTROL, 0);
    for (uint16_t i = 0; i < s->workers; i++)
        child_plan(s, ROLE_WORKER, i);
    for (size_t i = 0; i < s->child_count; i++)
        supervisor_child_start(&s->children[i]);
    phase_timer(s, START_MS);
    return true;
}

static void release(struct supervisor *s)
{
    supervisor_dial_release(s);
    supervisor_listen_close(s);
    for (size_t i = 0; i < s->child_count; i++) {
        ipc_channel_free(s->children[i].channel);
        if (s->children[i].restart)
            event_free(s->children[i].restart);
    }
    supervisor_files_free(s->files);
    supervisor_files_free(s->new_files);
    buf_release(&s->unrecorded);
    event_free(s->phase_timer);
    event_free(s->recorder_timer);
}

int supervisor_run(const struct supervisor_options *options)
{
    static struct supervisor supervisor;
    struct supervisor *s = &supervisor;
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    static const event_callback_fn on_signal[] = {on_terminate, on_terminate, on_hangup,
                                                  on_child_signal};
    struct event *events[ARRAY_LEN(signals)];

    s->options = options;
    s->base = event_base_new();
    REQUIRE(s->base != NULL);
    buf_init(&s->unrecorded, UNRECORDED_MAX);
    list_init(&s->rings);
    list_init(&s->dials);
    list_init(&s->resolutions);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    sandbox_supervisor();
    s->phase_timer = evtimer_new(s->base, on_phase_timer, s);
    s->recorder_timer = evtimer_new(s->base, on_recorder_late, s);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        events[i] = evsignal_new(s->base, signals[i], on_signal[i], s);
        REQUIRE(events[i] != NULL);
        evsignal_add(events[i], NULL);
    }
    if (options->pid_path)
        write_pid(options->pid_path);
    if (begin(s)) {
        event_base_dispatch(s->base);
        log_event(LOG_stopped, log_number("status", s->status));
    } else {
        s->status = 1;
    }
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        event_free(events[i]);
    if (options->pid_path)
        unlink(options->pid_path);
    release(s);
    event_base_free(s->base);
    return s->status;
}

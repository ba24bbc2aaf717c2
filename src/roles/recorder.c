/* SPDX-License-Identifier: Apache-2.0
 *
 * The recorder: the only writer of the audit log. It takes what is in the workers' rings and in
 * audit_event messages, and can't be told to change what is written: there is no message for it.
 *
 * One turn:  read all rings into a batch -> check each body -> one write -> tell the rings
 *
 * With `sync`, fdatasync follows at once whenever a worker waits for the disk, which it does for
 * decisions alone. What comes meanwhile gathers in the rings and shares the next one: the number of
 * statements per fdatasync grows with the load, and no timer is in their way.
 *
 * With `async`, fdatasync comes every flush_ms, and when the sender of an event waits. It is called
 * in a thread of its own, the only other one, which touches nothing but the descriptor it is given,
 * so that a slow disk does not stop the reading of the rings. While there is traffic, the recorder
 * looks at them every POLL_US instead of sleeping, and a worker that records makes no system call.
 *
 * When a write fails, the rings stop accepting, so that workers refuse statements; what is in the
 * batch and in the rings stays there, and the same write is tried again every RETRY_MS.
 */
#include "audit/log.h"
#include "audit/record.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/list.h"
#include "base/log.h"
#include "base/metrics.h"
#include "config/config.h"
#include "ipc/ring.h"
#include "roles/role.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RETRY_MS      200
#define POLL_US       4000 /* each look costs a signature and two writes */
#define IDLE_POLLS    125 /* polls without a record before the recorder sleeps */
#define STATUS_MS     1000
#define ORPHAN_MS     500 /* how long the rings must be silent after the supervisor's death */
#define ACKS_MAX      4096
#define WORKERS_MAX   1024
#define TURNS_AT_ONCE 16  /* before other events get their turn */

/* One ring, of a worker that lives or has died. */
struct source {
    struct list node;
    struct ring *ring;
    uint16_t worker;
    bool retired;        /* its worker is gone: closed when it is empty */
    bool broken;
    struct event *wake;
    uint64_t taken;      /* sequence up to which records are in the log, written */
    uint64_t syncing;    /* ... and up to which the sync that runs brings them to disk */
};

/* An event whose sender waits for the disk. */
struct ack {
    struct ipc_channel *channel;
    uint32_t tag;
    bool syncing; /* the sync that runs is for it, too */
};

/* The thread that calls fdatasync. */
struct syncer {
    pthread_t thread;
    bool started;
    bool running;         /* a sync was asked for and its end not yet seen */
    int ask, done;        /* eventfds */
    _Atomic int fd;       /* to be synced and closed */
    _Atomic int error;    /* of that: errno or 0 */
    struct event *event;  /* on `done` */
};

struct recorder {
    const struct role_process *process;
    struct ipc_channel *supervisor, *keeper, *control;
    int folder;
    uint64_t generation;
    struct audit_key *key;
    struct audit_log *log; /* NULL until the first configuration, and while it can't be opened */
    struct config *config;
    struct list sources;
    struct syncer syncer;
    struct event *turn_timer, *retry_timer, *flush_timer, *status_timer;
    struct ack acks[ACKS_MAX];
    size_t ack_count;
    unsigned idle_polls;
    int failing;           /* errno of the last failed write; 0: all is well */
    int64_t failing_since;
    bool unsynced;         /* written since the last fdatasync */
    bool orphan;           /* the supervisor is gone */
    uint64_t orphan_quiet_ms;
    struct metrics metrics;
    char record[RING_RECORD_MAX];
};

static bool is_sync(const struct recorder *r)
{
    return r->config->audit.durability == CONFIG_DURABILITY_SYNC;
}

static void after(struct event *timer, uint64_t us)
{
    struct timeval tv = {(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};

    event_add(timer, &tv);
}

/* ---- failing and recovering ---- */

static void rings_accept(struct recorder *r, bool accepting)
{
    list_each(node, &r->sources)
    {
        struct source *s = list_entry(node, struct source, node);
        ring_set_accepting(s->ring, accepting && !s->broken && !s->retired);
    }
}

static void acks_answer(struct recorder *r, bool ok)
{
    for (size_t i = 0; i < r->ack_count; i++)
        ipc_send_audit_noted(r->acks[i].channel,
                             &(struct ipc_audit_noted){.tag = r->acks[i].tag, .ok = ok});
    r->ack_count = 0;
}

static void acks_answer_synced(struct recorder *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->ack_count; i++) {
        if (!r->acks[i].syncing)
            r->acks[kept++] = r->acks[i];
        else
            ipc_send_audit_noted(r->acks[i].channel,
                                 &(struct ipc_audit_noted){.tag = r->acks[i].tag, .ok = true});
    }
    r->ack_count = kept;
}

static void fail(struct recorder *r, int error)
{
    metrics_add(&r->metrics, METRIC_audit_failures, 1);
    if (r->failing == 0) {
        r->failing_since = clock_realtime_us();
        log_event(LOG_audit_stuck, log_text("problem", strerror(error)),
                  log_text("folder", r->process->folder));
        rings_accept(r, false);
        acks_answer(r, false);
    }
    r->failing = error;
    after(r->retry_timer, RETRY_MS * 1000);
}

/* ---- the log ---- */

static bool log_open(struct recorder *r)
{
    struct audit_log_options options = {
        .folder = r->folder,
        .key = r->key,
        .segment_bytes = (uint64_t)r->config->audit.segment_bytes,
        .segment_us = (uint64_t)r->config->audit.segment_ms * 1000,
    };
    const char *remark;

    if (r->folder < 0)
        r->folder = open(r->process->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->folder < 0) {
        fail(r, errno);
        return false;
    }
    options.folder = r->folder;
    int error = audit_log_open(&options, clock_realtime_us(), &r->log, &remark);
    if (error) {
        r->log = NULL;
        fail(r, -error);
        return false;
    }
    if (*remark)
        log_event(LOG_audit_irregular, log_text("problem", remark));
    log_event(LOG_audit_opened, log_number("n", (int64_t)audit_log_number(r->log)),
              log_number("segment", (int64_t)audit_log_segment(r->log)));
    list_each(node, &r->sources)
    {
        struct source *s = list_entry(node, struct source, node);
        ring_skip_to(s->ring, audit_log_ring_last(r->log, ring_id(s->ring)));
    }
    r->unsynced = true;
    return true;
}

static void source_free(struct source *s)
{
    list_remove(&s->node);
    if (s->wake)
        event_free(s->wake);
    ring_close(s->ring);
    free(s);
}

/* What stands in the log for a record that is none. */
static struct str unreadable(struct str body, char *out, size_t size)
{
    char hex[2 * AUDIT_HASH_SIZE + 1], detail[128];

    audit_sha256_hex(body, hex);
    int len = snprintf(detail, sizeof(detail), "{\"bytes\":%zu,\"sha256\":\"%s\"}", body.len, hex);
    struct audit_record record = {
        .kind = AUDIT_unreadable,
        .time_us = clock_realtime_us(),
        .detail_json = str_make(detail, (size_t)len),
    };
    return str_make(out, audit_record_encode(&record, out, size));
}

static void add(struct recorder *r, const struct audit_origin *origin, struct str body)
{
    char stub[1024];

    if (!audit_body_good(body)) {
        log_event(LOG_audit_body_bad, log_text("from", origin->from));
        body = unreadable(body, stub, sizeof(stub));
    }
    REQUIRE(audit_log_add(r->log, origin, body));
    metrics_add(&r->metrics, METRIC_audit_records, 1);
    metrics_add(&r->metrics, METRIC_audit_bytes, body.len + AUDIT_PREFIX_MAX / 2);
}

/* Reads one ring into the batch. True when there was something. */
static bool source_read(struct recorder *r, struct source *s)
{
    struct audit_origin origin = {.ring = ring_id(s->ring)};
    bool any = false;
    size_t len;

    snprintf(origin.from, sizeof(origin.from), "worker/%u", s->worker);
    while (!s->broken && audit_log_has_room(r->log)) {
        enum ring_read got = ring_read(s->ring, r->record, &len, &origin.number);
        if (got == RING_EMPTY)
            break;
        if (got == RING_BROKEN) {
            s->broken = true;
            ring_set_accepting(s->ring, false);
            log_event(LOG_audit_ring_broken, log_number("worker", s->worker));
            break;
        }
        add(r, &origin, str_make(r->record, len));
        any = true;
    }
    return any;
}

static void publish_durable(struct recorder *r)
{
    list_each(node, &r->sources)
    {
        struct source *s = list_entry(node, struct source, node);
        s->syncing = s->taken;
        if (s->taken > ring_durable_sequence(s->ring))
            ring_publish_durable(s->ring, s->taken);
    }
}

/* Waits for the disk: when starting again after a failure, and at the end. */
static bool sync_now(struct recorder *r)
{
    if (!r->unsynced)
        return true;
    int error = audit_log_sync(r->log);
    if (error) {
        fail(r, -error);
        return false;
    }
    metrics_add(&r->metrics, METRIC_audit_syncs, 1);
    r->unsynced = false;
    publish_durable(r);
    acks_answer(r, true);
    return true;
}

/* The lines that workers and senders wait for. */
static bool sync_lines_now(struct recorder *r)
{
    int error = audit_log_sync_lines(r->log);

    if (error) {
        fail(r, -error);
        return false;
    }
    metrics_add(&r->metrics, METRIC_audit_syncs, 1);
    publish_durable(r);
    acks_answer(r, true);
    return true;
}

static void *syncer_run(void *arg)
{
    struct syncer *s = arg;
    uint64_t n = 1;

    while (read(s->ask, &n, sizeof(n)) == (ssize_t)sizeof(n) || errno == EINTR) {
        int fd = atomic_exchange(&s->fd, -1);
        if (fd < 0)
            continue;
        atomic_store(&s->error, fdatasync(fd) < 0 ? errno : 0);
        close(fd);
        n = 1;
        while (write(s->done, &n, sizeof(n)) < 0 && errno == EINTR)
            ;
    }
    return NULL;
}

static void on_synced(evutil_socket_t fd, short what, void *arg);

static bool syncer_start(struct recorder *r)
{
    struct syncer *s = &r->syncer;

    if (s->started)
        return true;
    atomic_store(&s->fd, -1);
    s->ask = eventfd(0, EFD_CLOEXEC);
    s->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->event = event_new(r->process->base, s->done, EV_READ | EV_PERSIST, on_synced, r);
    s->started = s->ask >= 0 && s->done >= 0 && s->event && event_add(s->event, NULL) == 0 &&
                 pthread_create(&s->thread, NULL, syncer_run, s) == 0;
    return s->started;
}

/* All that is written is brought to disk; on_synced goes on. Nothing when one runs already. */
static void sync_begin(struct recorder *r)
{
    uint64_t one = 1;

    if (r->syncer.running)
        return;
    int fd = audit_log_sync_begin(r->log);
    if (fd < 0) {
        r->unsynced = true; /* in any case, the rings are to be told */
        sync_now(r);
        return;
    }
    r->unsynced = false;
    r->syncer.running = true;
    list_each(node, &r->sources)
    {
        struct source *s = list_entry(node, struct source, node);
        s->syncing = s->taken;
    }
    for (size_t i = 0; i < r->ack_count; i++)
        r->acks[i].syncing = true;
    atomic_store(&r->syncer.fd, fd);
    REQUIRE(write(r->syncer.ask, &one, sizeof(one)) == (ssize_t)sizeof(one));
}

/* Somebody waits for what is written. */
static bool sync_is_wanted(const struct recorder *r)
{
    for (size_t i = 0; i < r->ack_count; i++)
        if (!r->acks[i].syncing)
            return true;
    list_each(node, &r->sources)
    {
        const struct source *s = list_entry(node, struct source, node);
        if (s->taken > s->syncing && ring_durable_wanted(s->ring))
            return true;
    }
    return false;
}

/* Writes the batch and tells the rings. False when it could not be. */
static bool write_out(struct recorder *r)
{
    uint64_t before = audit_log_number(r->log);
    int error = audit_log_write(r->log, clock_realtime_us());

    if (error) {
        fail(r, -error);
        return false;
    }
    if (audit_log_number(r->log) != before)
        r->unsynced = true;
    list_each(node, &r->sources)
    {
        struct source *s = list_entry(node, struct source, node);
        ring_publish_written(s->ring);
        s->taken = ring_read_sequence(s->ring);
    }
    return true;
}

static void recovered(struct recorder *r)
{
    log_event(LOG_audit_recovered,
              log_number("after_ms", (clock_realtime_us() - r->failing_since) / 1000));
    audit_log_gap(r->log, clock_realtime_us(), r->failing_since);
    r->failing = 0;
    rings_accept(r, true);
}

/* Rings of dead workers that are empty. */
static void retire(struct recorder *r)
{
    list_each_safe(node, &r->sources)
    {
        struct source *s = list_entry(node, struct source, node);
        if (s->retired && (s->broken || ring_backlog(s->ring) == 0))
            source_free(s);
    }
}

/* One turn. True when there was something to do. */
static bool turn(struct recorder *r)
{
    bool any = false;

    list_each(node, &r->sources)
        any |= source_read(r, list_entry(node, struct source, node));
    if (!write_out(r))
        return false;
    if (!r->syncer.running && sync_is_wanted(r)) {
        if (!is_sync(r))
            sync_begin(r);
        else if (!sync_lines_now(r))
            return false;
    }
    retire(r);
    return any;
}

/* ---- when to look ---- */

/* True: every ring's worker will wake this process. */
static bool rings_sleep(struct recorder *r)
{
    bool all = true;

    list_each(node, &r->sources)
        all &= ring_sleep(list_entry(node, struct source, node)->ring);
    return all;
}

static void rings_awake(struct recorder *r)
{
    list_each(node, &r->sources)
        ring_awake(list_entry(node, struct source, node)->ring);
}

static void work(struct recorder *r)
{
    if (r->config == NULL || r->failing)
        return;
    rings_awake(r);
    for (unsigned i = 0; i < TURNS_AT_ONCE; i++) {
        bool any = turn(r);
        if (r->failing)
            return;
        if (any) {
            r->idle_polls = 0;
            continue;
        }
        /* async, and there was traffic just now: look again soon, without being woken */
        if (!is_sync(r) && r->idle_polls < IDLE_POLLS) {
            r->idle_polls++;
            after(r->turn_timer, POLL_US);
            return;
        }
        if (rings_sleep(r) && (r->syncer.running || !sync_is_wanted(r)))
            return;
        rings_awake(r);
    }
    after(r->turn_timer, 0);
}

static void on_synced(evutil_socket_t fd, short what, void *arg)
{
    struct recorder *r = arg;
    uint64_t n;
    (void)what;

    if (read(fd, &n, sizeof(n)) < 0)
        return;
    int error = atomic_load(&r->syncer.error);
    r->syncer.running = false;
    if (error) {
        audit_log_sync_failed(r->log);
        r->unsynced = true;
        fail(r, error);
        return;
    }
    metrics_add(&r->metrics, METRIC_audit_syncs, 1);
    list_each(node, &r->sources)
    {
        struct source *s = list_entry(node, struct source, node);
        if (s->syncing > ring_durable_sequence(s->ring))
            ring_publish_durable(s->ring, s->syncing);
    }
    acks_answer_synced(r);
    work(r);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    work(arg);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct recorder *r = arg;
    (void)fd;
    (void)what;

    list_each(node, &r->sources)
        ring_woken(list_entry(node, struct source, node)->ring);
    work(r);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct recorder *r = arg;
    (void)fd;
    (void)what;

    if (r->failing == 0)
        return;
    if ((r->log == NULL && !log_open(r)) || !write_out(r))
        return;
    r->unsynced = true;
    if (!sync_now(r))
        return;
    recovered(r);
    work(r);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
    struct recorder *r = arg;
    (void)fd;
    (void)what;

    if (r->log && r->failing == 0 && write_out(r) && r->unsynced) { /* also when idle: a segment
                                                                        may be old */
        if (is_sync(r) && !r->syncer.running)
            sync_now(r);
        else
            sync_begin(r);
    }
    after(r->flush_timer, (uint64_t)r->config->audit.flush_ms * 1000);
}

/* ---- messages ---- */

static struct config *parse(const struct ipc_configure *m, struct buf *problem)
{
    struct config_problems problems;
    struct config *config = NULL;
    struct arena arena;
    struct str text;

    arena_init(&arena, (size_t)4 << 20);
    config_problems_init(&problems, &arena);
    if (ipc_pack_find(m->files, m->main_path, &text))
        config = config_parse(m->main_path, text, &problems);
    if (config == NULL)
        buf_printf(problem, "the configuration can't be read");
    arena_release(&arena);
    return config;
}

static struct audit_key *key_from(const struct ipc_configure *m, const struct config *config)
{
    struct arena arena;
    struct str pem;
    struct audit_key *key = NULL;

    arena_init(&arena, 65536);
    struct str path = config_path(config, config->audit.key_file, &arena);
    if (ipc_pack_find(str_make(m->secrets.bytes, m->secrets.len), path, &pem))
        key = audit_key_read(pem);
    arena_release(&arena);
    return key;
}

static bool take_configuration(struct recorder *r, const struct ipc_configure *m,
                               struct buf *problem)
{
    struct config *config = parse(m, problem);
    struct audit_key *key = config ? key_from(m, config) : NULL;
    enum log_level level;

    if (config && key == NULL)
        buf_printf(problem, "audit.key_file is not an Ed25519 private key in PEM");
    if (key == NULL) {
        if (config)
            config_unref(config);
        return false;
    }
    if (r->config)
        config_unref(r->config);
    r->config = config;
    if (log_level_of_name(config->log_level, &level))
        log_set_level(level);
    if (r->log) { /* the key stays until the next start: a log has one key at a time */
        audit_key_free(key);
        audit_log_set_segments(r->log, (uint64_t)config->audit.segment_bytes,
                               (uint64_t)config->audit.segment_ms * 1000);
        return true;
    }
    r->key = key;
    if (log_open(r))
        rings_accept(r, true);
    after(r->flush_timer, (uint64_t)config->audit.flush_ms * 1000);
    return true;
}

static void on_configure(void *owner, struct ipc_channel *channel, const struct ipc_configure *m)
{
    struct recorder *r = owner;
    struct buf problem;

    buf_init(&problem, 4096);
    bool ok = take_configuration(r, m, &problem);
    if (ok)
        r->generation = m->generation;
    ipc_send_configured(channel, &(struct ipc_configured){.generation = m->generation,
                                                          .ok = ok,
                                                          .problem = buf_str(&problem),
                                                          .sandbox = str_of(r->process->sandbox)});
    buf_release(&problem);
    work(r);
}

static const struct ipc_handlers peer_handlers;

static void on_peer(void *owner, struct ipc_channel *channel, const struct ipc_peer *m)
{
    struct recorder *r = owner;
    struct ipc_channel **slot = m->role == ROLE_KEEPER    ? &r->keeper
                                : m->role == ROLE_CONTROL ? &r->control
                                                          : NULL;
    (void)channel;
    if (slot && *slot == NULL)
        *slot = ipc_channel_new(r->process->base, ROLE_RECORDER, (enum role)m->role, m->index,
                                &peer_handlers, r);
    if (slot && *slot && m->channel >= 0)
        ipc_channel_connect(*slot, m->channel);
    else if (m->channel >= 0)
        close(m->channel);
}

static void on_ring(void *owner, struct ipc_channel *channel, const struct ipc_ring *m)
{
    struct recorder *r = owner;
    struct source *s = calloc(1, sizeof(*s));
    (void)channel;

    REQUIRE(s != NULL);
    list_init(&s->node);
    s->ring = ring_open_reader(m->memory, m->wake_recorder, m->wake_worker);
    if (s->ring == NULL) {
        log_event(LOG_audit_ring_broken, log_number("worker", m->worker));
        free(s);
        return;
    }
    s->worker = m->worker;
    list_each(node, &r->sources) /* an older one of the same worker: that worker is gone */
    {
        struct source *old = list_entry(node, struct source, node);
        if (old->worker == m->worker)
            old->retired = true;
    }
    s->wake =
        event_new(r->process->base, ring_wake_fd(s->ring), EV_READ | EV_PERSIST, on_wake, r);
    REQUIRE(s->wake != NULL);
    event_add(s->wake, NULL);
    list_append(&r->sources, &s->node);
    if (r->log)
        ring_skip_to(s->ring, audit_log_ring_last(r->log, ring_id(s->ring)));
    ring_set_accepting(s->ring, r->log && r->failing == 0);
    work(r);
}

static void on_audit_event(void *owner, struct ipc_channel *channel,
                           const struct ipc_audit_event *m)
{
    struct recorder *r = owner;
    struct audit_origin origin = {0};

    snprintf(origin.from, sizeof(origin.from), "%s", role_name(ipc_channel_peer(channel)));
    bool room = r->log && audit_log_has_room(r->log);
    if (room && r->failing == 0) {
        add(r, &origin, m->record);
        if (m->tag != 0 && r->ack_count < ACKS_MAX)
            r->acks[r->ack_count++] = (struct ack){.channel = channel, .tag = m->tag};
        after(r->turn_timer, 0); /* several that come together share a write */
        return;
    }
    if (room) /* kept, to be written when that works again; the asker is told that it is not yet */
        add(r, &origin, m->record);
    if (m->tag != 0)
        ipc_send_audit_noted(channel, &(struct ipc_audit_noted){.tag = m->tag, .ok = false});
}

static void finish(struct recorder *r)
{
    for (unsigned i = 0; i < 1000 && r->log && r->failing == 0; i++)
        if (!turn(r))
            break;
    if (r->log && r->failing == 0 && audit_log_finish(r->log, clock_realtime_us()) == 0) {
        char hash[2 * AUDIT_HASH_SIZE + 1];
        publish_durable(r);
        audit_log_hash(r->log, hash);
        log_event(LOG_audit_sealed, log_number("n", (int64_t)audit_log_number(r->log)),
                  log_text("hash", hash));
    }
    event_base_loopexit(r->process->base, NULL);
}

static void on_drain(void *owner, struct ipc_channel *channel, const struct ipc_drain *m)
{
    (void)channel;
    (void)m;
    finish(owner);
}

/* The supervisor was killed. The workers die with it; what they had put is still written. */
static void on_closed(void *owner, struct ipc_channel *channel, const char *violation)
{
    struct recorder *r = owner;

    if (violation)
        log_event(LOG_ipc_violation, log_text("peer", role_name(ipc_channel_peer(channel))),
                  log_text("problem", violation));
    for (size_t i = 0; i < r->ack_count;) /* nobody waits there any more */
        if (r->acks[i].channel == channel)
            r->acks[i] = r->acks[--r->ack_count];
        else
            i++;
    if (channel == r->supervisor) {
        r->orphan = true;
        r->orphan_quiet_ms = clock_monotonic_ms();
    }
}

static const struct ipc_handlers supervisor_handlers = {
    .configure = on_configure,
    .peer = on_peer,
    .ring = on_ring,
    .drain = on_drain,
    .audit_event = on_audit_event,
    .closed = on_closed,
};
static const struct ipc_handlers peer_handlers = {
    .audit_event = on_audit_event,
    .closed = on_closed,
};

static void on_status(evutil_socket_t fd, short what, void *arg)
{
    struct recorder *r = arg;
    struct buf out;
    (void)fd;
    (void)what;

    after(r->status_timer, STATUS_MS * 1000);
    if (r->orphan && clock_monotonic_ms() - r->orphan_quiet_ms > ORPHAN_MS) {
        finish(r);
        return;
    }
    if (r->control == NULL || !ipc_channel_connected(r->control))
        return;
    buf_init(&out, 65536);
    metrics_encode(&out, &r->metrics);
    ipc_send_status(r->control, &(struct ipc_status){.metrics = buf_str(&out)});
    buf_release(&out);
}

int recorder_main(const struct role_process *process)
{
    static struct recorder recorder;
    struct recorder *r = &recorder;

    r->process = process;
    r->folder = -1;
    list_init(&r->sources);
    r->turn_timer = evtimer_new(process->base, on_turn, r);
    r->retry_timer = evtimer_new(process->base, on_retry, r);
    r->flush_timer = evtimer_new(process->base, on_flush, r);
    r->status_timer = evtimer_new(process->base, on_status, r);
    r->supervisor = ipc_channel_new(process->base, ROLE_RECORDER, ROLE_SUPERVISOR, 0,
                                    &supervisor_handlers, r);
    if (!r->turn_timer || !r->retry_timer || !r->flush_timer || !r->status_timer ||
        !r->supervisor || process->folder == NULL || !syncer_start(r))
        return 1;
    ipc_channel_connect(r->supervisor, process->supervisor);
    after(r->status_timer, STATUS_MS * 1000);
    event_base_dispatch(process->base);
    ipc_channel_flush(r->supervisor, 100);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The keeper's state: configuration and channels. A configuration is taken whole or not at all:
 * everything that can go wrong is tried on the side, then swapped in.
 */
#include "roles/keeper.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "net/tls.h"
#include <unistd.h>

#define FILES_MAX           ((size_t)48 << 20)
#define PROBLEMS_MAX        ((size_t)1 << 20)
#define STATUS_EVERY_S      2
#define LOGINS_EVERY_STATUS 5 /* issued logins that ended are dropped with every so many */

#define SYSTEM_CA STR("system-ca") /* among `files`, as role.h says */

/* ---- files, secrets, records ---- */

bool keeper_file(const struct keeper *keeper, struct str path, struct str *ret_text)
{
    struct arena arena;
    arena_init(&arena, 65536);
    bool found =
        path.len > 0 && keeper->config &&
        ipc_pack_find(buf_str(&keeper->files), config_path(keeper->config, path, &arena), ret_text);
    arena_release(&arena);
    return found;
}

bool keeper_secret(const struct keeper *keeper, struct str path, struct str env,
                   struct str *ret_bytes)
{
    struct arena arena;
    struct str pack = str_make(keeper->secrets.bytes, keeper->secrets.len);
    if (path.len == 0)
        return ipc_pack_find(pack, env, ret_bytes);
    arena_init(&arena, 65536);
    bool found = ipc_pack_find(pack, config_path(keeper->config, path, &arena), ret_bytes);
    arena_release(&arena);
    return found;
}

void keeper_record(struct keeper *keeper, struct audit_record *record)
{
    struct buf out;
    record->time_us = clock_realtime_us();
    buf_init(&out, LIMIT_AUDIT_RECORD);
    if (keeper->recorder && audit_record_put(record, &out))
        ipc_send_audit_event(keeper->recorder, &(struct ipc_audit_event){.record = buf_str(&out)});
    buf_release(&out);
}

uint16_t keeper_asker(const struct ipc_channel *channel)
{
    return ipc_channel_peer(channel) == ROLE_WORKER ? ipc_channel_peer_index(channel)
                                                    : KEEPER_WORKERS_MAX;
}

/* ---- configuration ---- */

/* What a configuration brings, before it is taken. */
struct draft {
    struct config *config;
    struct secret secrets;
    struct buf files;
    struct keeper_issuer *issuers;
    struct keeper_target *targets;
};

static void issuers_free(struct keeper_issuer *issuers, size_t count)
{
    for (size_t i = 0; issuers && i < count; i++)
        jwks_unref(issuers[i].keys);
    free(issuers);
}

static void targets_free(struct keeper_target *targets, size_t count)
{
    for (size_t i = 0; targets && i < count; i++) {
        tls_context_free(targets[i].tls);
        free(targets[i].accounts);
    }
    free(targets);
}

static void draft_release(struct draft *draft)
{
    if (draft->config) {
        issuers_free(draft->issuers, draft->config->issuer_count);
        targets_free(draft->targets, draft->config->target_count);
        config_unref(draft->config);
    }
    secret_release(&draft->secrets);
    buf_release(&draft->files);
    *draft = (struct draft){0};
}

static bool draft_file(const struct draft *draft, struct str path, struct str *ret_text)
{
    struct arena arena;
    arena_init(&arena, 65536);
    bool found =
        ipc_pack_find(buf_str(&draft->files), config_path(draft->config, path, &arena), ret_text);
    arena_release(&arena);
    return found;
}

/* Keys from a file, or those that the same issuer had before. */
static bool issuer_draft(const struct keeper *keeper, const struct draft *draft, size_t i,
                         struct buf *problem)
{
    struct keeper_issuer *issuer = &draft->issuers[i];
    const struct config_issuer *settings = &draft->config->issuers[i];
    struct str text;
    issuer->settings = settings;
    if (settings->jwks_file.len > 0) {
        if (draft_file(draft, settings->jwks_file, &text))
            issuer->keys = jwks_load(text);
        if (!issuer->keys || issuer->keys->count == 0)
            buf_printf(problem, "issuer %.*s: %.*s holds no key that can verify a token",
                       STR_ARG(settings->name), STR_ARG(settings->jwks_file));
        return issuer->keys && issuer->keys->count > 0;
    }
    for (size_t k = 0; keeper->config && k < keeper->config->issuer_count; k++) {
        const struct keeper_issuer *old = &keeper->issuers[k];
        if (str_equal(old->settings->name, settings->name) &&
            str_equal(old->settings->url, settings->url) && old->settings->jwks_file.len == 0) {
            issuer->keys = old->keys ? jwks_ref(old->keys) : NULL;
            issuer->asked_ms = old->asked_ms;
        }
    }
    return true;
}

static enum tls_verify tls_verify_of(int tls)
{
    if (tls == CONFIG_TARGET_TLS_VERIFY_CA)
        return TLS_VERIFY_CA;
    return tls == CONFIG_TARGET_TLS_UNVERIFIED ? TLS_VERIFY_NONE : TLS_VERIFY_FULL;
}

static bool target_draft(const struct draft *draft, size_t i, struct buf *problem)
{
    struct keeper_target *target = &draft->targets[i];
    const struct config_target *settings = &draft->config->targets[i];
    struct str ca = STR_NONE;
    char error[256] = "";
    target->settings = settings;
    target->accounts = calloc(settings->account_count + 1, sizeof *target->accounts);
    if (!target->accounts) {
        buf_printf(problem, "out of memory");
        return false;
    }
    if (settings->tls == CONFIG_TARGET_TLS_OFF)
        return true;
    bool found = settings->ca_file.len > 0 ? draft_file(draft, settings->ca_file, &ca)
                                           : ipc_pack_find(buf_str(&draft->files), SYSTEM_CA, &ca);
    enum tls_verify verify = tls_verify_of(settings->tls);
    /* Without the system's authorities the keeper can't dial this target itself; the worker, which
     * has the same files, will say so to whoever connects. */
    if (!found && settings->ca_file.len == 0 && verify != TLS_VERIFY_NONE)
        return true;
    target->tls = tls_client_context(verify, ca, error, sizeof error);
    if (!target->tls)
        buf_printf(problem, "target %.*s: its CA can't be used: %s", STR_ARG(settings->name),
                   error);
    return target->tls != NULL;
}

static bool draft_make(const struct keeper *keeper, const struct ipc_configure *m,
                       struct draft *draft, struct buf *problem)
{
    struct config_problems problems;
    struct arena arena;
    struct str text;
    buf_init(&draft->files, FILES_MAX);
    buf_put_str(&draft->files, m->files);
    if (draft->files.failed || !secret_set(&draft->secrets, m->secrets.bytes, m->secrets.len)) {
        buf_printf(problem, "out of memory");
        return false;
    }
    if (!ipc_pack_find(m->files, m->main_path, &text)) {
        buf_printf(problem, "there is no configuration in the message");
        return false;
    }
    arena_init(&arena, PROBLEMS_MAX);
    config_problems_init(&problems, &arena);
    draft->config = config_parse(m->main_path, text, &problems);
    if (!draft->config)
        config_problems_print(&problems, problem);
    arena_release(&arena);
    if (!draft->config)
        return false;
    draft->issuers = calloc(draft->config->issuer_count + 1, sizeof *draft->issuers);
    draft->targets = calloc(draft->config->target_count + 1, sizeof *draft->targets);
    if (!draft->issuers || !draft->targets) {
        buf_printf(problem, "out of memory");
        return false;
    }
    for (size_t i = 0; i < draft->config->issuer_count; i++)
        if (!issuer_draft(keeper, draft, i, problem))
            return false;
    for (size_t i = 0; i < draft->config->target_count; i++)
        if (!target_draft(draft, i, problem))
            return false;
    return true;
}

static void draft_take(struct keeper *keeper, struct draft *draft)
{
    struct draft old = {keeper->config, keeper->secrets, keeper->files, keeper->issuers,
                        keeper->targets};
    keeper_prime_stop(keeper);
    keeper_parked_decide(keeper, SIZE_MAX);
    keeper->config = draft->config;
    keeper->secrets = draft->secrets;
    keeper->files = draft->files;
    keeper->issuers = draft->issuers;
    keeper->targets = draft->targets;
    *draft = old;
}

static void on_configure(void *owner, struct ipc_channel *channel, const struct ipc_configure *m)
{
    struct keeper *keeper = owner;
    struct draft draft = {0};
    struct buf problem;
    net_loop_wake(&keeper->loop);
    buf_init(&problem, 60000);
    bool ok = draft_make(keeper, m, &draft, &problem);
    if (ok) {
        draft_take(keeper, &draft);
        keeper->generation = m->generation;
    }
    draft_release(&draft);
    ipc_send_configured(channel, &(struct ipc_configured){
                                     .generation = m->generation,
                                     .ok = ok,
                                     .problem = buf_str(&problem),
                                     .sandbox = keeper->sandbox,
                                 });
    buf_release(&problem);
    net_loop_settle(&keeper->loop);
}

/* ---- channels ---- */

/* What was asked over this connection will not be answered over another. */
static void connection_forget(struct keeper *keeper, struct ipc_channel *channel)
{
    keeper_unpark(keeper, channel);
    keeper_prime_forget(keeper, channel);
    if (ipc_channel_peer(channel) == ROLE_WORKER)
        keeper_sessions_forget(keeper, ipc_channel_peer_index(channel));
    if (ipc_channel_peer(channel) == ROLE_CONTROL)
        for (size_t i = 0; keeper->config && i < keeper->config->issuer_count; i++)
            keeper->issuers[i].asking = false;
}

static void on_closed(void *owner, struct ipc_channel *channel, const char *violation)
{
    struct keeper *keeper = owner;
    if (violation)
        log_event(LOG_ipc_violation, log_text("peer", role_name(ipc_channel_peer(channel))),
                  log_text("problem", violation));
    connection_forget(keeper, channel);
    /* Without a supervisor there is nobody to be a keeper for. */
    if (channel == keeper->supervisor)
        event_base_loopexit(keeper->base, NULL);
}

static void on_peer(void *owner, struct ipc_channel *channel, const struct ipc_peer *m);

static void on_drain(void *owner, struct ipc_channel *channel, const struct ipc_drain *m)
{
    struct keeper *keeper = owner;
    (void)channel;
    (void)m;
    /* Sessions that end in order still need their backends: the supervisor sends this last. */
    event_base_loopexit(keeper->base, NULL);
}

static const struct ipc_handlers handlers = {
    .configure = on_configure,
    .peer = on_peer,
    .drain = on_drain,
    .verify = keeper_on_verify,
    .login_verify = keeper_on_login_verify,
    .login_issue = keeper_on_login_issue,
    .login_revoke = keeper_on_login_revoke,
    .session_open = keeper_on_session_open,
    .session_close = keeper_on_session_close,
    .answer = keeper_on_answer,
    .prime = keeper_on_prime,
    .keys = keeper_on_keys,
    .closed = on_closed,
};

static struct ipc_channel **channel_slot(struct keeper *keeper, enum role role, uint16_t index)
{
    switch (role) {
    case ROLE_WORKER:
        return index < KEEPER_WORKERS_MAX ? &keeper->workers[index] : NULL;
    case ROLE_RECORDER:
        return &keeper->recorder;
    case ROLE_CONTROL:
        return &keeper->control;
    case ROLE_SUPERVISOR:
    case ROLE_KEEPER:
    case ROLE_INVALID:
    case ROLE_COUNT:
        return NULL;
    }
    return NULL;
}

static void on_peer(void *owner, struct ipc_channel *channel, const struct ipc_peer *m)
{
    struct keeper *keeper = owner;
    enum role role = (enum role)m->role;
    struct ipc_channel **slot = channel_slot(keeper, role, m->index);
    (void)channel;
    if (slot && !*slot)
        *slot = ipc_channel_new(keeper->base, ROLE_KEEPER, role, m->index, &handlers, keeper);
    if (!slot || !*slot) {
        if (m->channel >= 0)
            close(m->channel);
        return;
    }
    connection_forget(keeper, *slot);
    if (m->channel >= 0)
        ipc_channel_connect(*slot, m->channel);
    else
        ipc_channel_close(*slot);
}

/* ---- life ---- */

static void on_status(evutil_socket_t fd, short what, void *data)
{
    struct keeper *keeper = data;
    struct buf out;
    (void)fd;
    (void)what;
    if (keeper->status_count++ % LOGINS_EVERY_STATUS == 0)
        logins_expire(&keeper->logins, keeper->now());
    buf_init(&out, 65536);
    metrics_encode(&out, &keeper->metrics);
    if (keeper->control && ipc_channel_connected(keeper->control))
        ipc_send_status(keeper->control, &(struct ipc_status){.metrics = buf_str(&out)});
    buf_release(&out);
}

struct keeper *keeper_new(struct event_base *base, int supervisor)
{
    struct keeper *keeper = calloc(1, sizeof *keeper);
    struct timeval every = {STATUS_EVERY_S, 0};
    if (!keeper)
        return NULL;
    keeper->base = base;
    keeper->now = clock_realtime_s;
    logins_init(&keeper->logins, random_hash_key());
    map_init(&keeper->session_by_key, random_hash_key(), false);
    list_init(&keeper->sessions);
    list_init(&keeper->parked);
    keeper->supervisor = ipc_channel_new(base, ROLE_KEEPER, ROLE_SUPERVISOR, 0, &handlers, keeper);
    keeper->status_timer = event_new(base, -1, EV_PERSIST, on_status, keeper);
    if (!net_loop_init(&keeper->loop, base) || !keeper->supervisor || !keeper->status_timer ||
        event_add(keeper->status_timer, &every) != 0) {
        keeper_free(keeper);
        return NULL;
    }
    ipc_channel_connect(keeper->supervisor, supervisor);
    return keeper;
}

static void channel_free(struct ipc_channel *channel)
{
    if (channel)
        ipc_channel_free(channel);
}

void keeper_free(struct keeper *keeper)
{
    struct draft last = {keeper->config, keeper->secrets, keeper->files, keeper->issuers,
                         keeper->targets};
    keeper_prime_stop(keeper);
    keeper_unpark(keeper, NULL);
    keeper_sessions_forget(keeper, KEEPER_WORKERS_MAX);
    map_release(&keeper->session_by_key);
    logins_release(&keeper->logins);
    net_loop_release(&keeper->loop);
    for (size_t i = 0; i < KEEPER_WORKERS_MAX; i++)
        channel_free(keeper->workers[i]);
    channel_free(keeper->control);
    channel_free(keeper->recorder);
    channel_free(keeper->supervisor);
    if (keeper->status_timer)
        event_free(keeper->status_timer);
    draft_release(&last);
    free(keeper);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads a target's catalog over a connection of the gateway's own, query by query. Sessions that
 * need it wait on the target; one load serves all of them. At half its age, the next one is loaded
 * while sessions go on by the one that is there:
 *
 *      as_of            half the age           the age
 *        |--- decided by it ---|--- by it, and loading ---|--- sessions wait ---
 */
#include "base/clock.h"
#include "base/log.h"
#include "session/backend.h"

#define REFRESH_AT_MOST_MS 100  /* between two loads that surprises ask for, and not more than a */
#define REFRESH_SHARE      5    /* fifth of the time is spent on loading */
#define FAILED_AGAIN_MS    1000 /* before a load is tried again after one that failed */
#define TORN_MOST          5    /* times that a load begins anew because its parts do not fit */

struct catalog_loader {
    struct session_target *target; /* a reference */
    struct backend backend;
    struct catalog_builder *builder;
    struct catalog_server server;
    bool server_known;
    size_t query;   /* enum catalog_query under way */
    uint64_t started_ms;
    unsigned torn;  /* times that it began anew */
    bool ended;
    struct net_farewell farewell;
};

static void load_next(struct catalog_loader *loader);

static void loader_free(void *owner)
{
    struct catalog_loader *loader = owner;
    backend_close(&loader->backend);
    catalog_builder_free(loader->builder);
    session_target_unref(loader->target);
    free(loader);
}

static void waiters_tell(struct session_target *target, bool ok)
{
    struct list told;
    list_init(&told);
    while (!list_empty(&target->waiters)) {
        struct list *node = target->waiters.next;
        list_remove(node);
        list_append(&told, node);
    }
    while (!list_empty(&told)) {
        struct catalog_waiter *waiter = list_entry(told.next, struct catalog_waiter, node);
        list_remove(&waiter->node);
        waiter->done(waiter->owner, ok);
    }
}

static void load_end(struct catalog_loader *loader, const char *problem)
{
    struct session_target *target = loader->target;
    if (loader->ended)
        return;
    loader->ended = true;
    target->loader = NULL;
    if (problem) {
        snprintf(target->problem, sizeof target->problem, "%s", problem);
        log_event(LOG_catalog_failed, log_str("target", target->settings->name),
                  log_text("problem", target->problem));
        target->catalog_stale |= target->catalog_outdated;
    } else {
        target->problem[0] = 0;
    }
    target->catalog_took_ms = target->world->loop->now_ms - target->catalog_loaded_ms;
    net_farewell_queue(target->world->loop, &loader->farewell, loader_free, loader);
    waiters_tell(target, problem == NULL);
}

static void catalog_take(struct catalog_loader *loader, struct catalog *fresh)
{
    struct session_target *target = loader->target;
    bool same = target->catalog &&
                memcmp(catalog_fingerprint(target->catalog), catalog_fingerprint(fresh), 32) == 0;
    if (same) {
        catalog_unref(fresh);
        return;
    }
    catalog_unref(target->catalog);
    target->catalog = fresh;
    target->catalog_generation++;
}

static void load_finish(struct catalog_loader *loader)
{
    struct catalog *fresh = catalog_build(loader->builder);
    loader->builder = NULL;
    if (!fresh) {
        load_end(loader, "the catalog is not consistent or too large");
        return;
    }
    catalog_take(loader, fresh);
    loader->target->catalog_as_of_ms = loader->started_ms;
    loader->target->catalog_outdated = false;
    load_end(loader, NULL);
}

static bool on_row(void *owner, const struct str *values, size_t count)
{
    struct catalog_loader *loader = owner;
    if (loader->query == CATALOG_QUERY_SERVER) {
        loader->server_known = catalog_server_row(values, count, &loader->server);
        return loader->server_known;
    }
    return catalog_builder_row(loader->builder, (enum catalog_query)loader->query, values, count);
}

static void on_done(void *owner, struct backend *backend, const struct wire_err *err)
{
    struct catalog_loader *loader = owner;
    /* A table that somebody makes or drops meanwhile is in one answer and not in another. */
    if (err && backend->query_stopped && loader->builder && loader->torn < TORN_MOST) {
        loader->torn++;
        catalog_builder_free(loader->builder);
        loader->builder = NULL;
        loader->query = CATALOG_QUERY_SERVER;
        load_next(loader);
        return;
    }
    if (err && !catalog_query_optional((enum catalog_query)loader->query)) {
        char problem[256];
        snprintf(problem, sizeof problem, "catalog query %zu: %u %.*s", loader->query, err->number,
                 STR_ARG(str_slice(err->message, 0, 180)));
        load_end(loader, problem);
        return;
    }
    if (loader->query == CATALOG_QUERY_SERVER) {
        if (!loader->server_known) {
            load_end(loader, "the server does not say what it is");
            return;
        }
        loader->builder =
            catalog_builder_new(loader->server.mariadb, loader->server.version,
                                loader->server.lower_case_table_names);
        if (!loader->builder) {
            load_end(loader, "out of memory");
            return;
        }
    }
    loader->query++;
    load_next(loader);
}

static void load_next(struct catalog_loader *loader)
{
    const struct backend *backend = &loader->backend;
    bool mariadb = backend->family == SQL_MARIADB;
    while (loader->query < CATALOG_QUERY_COUNT) {
        struct str sql =
            catalog_query_text((enum catalog_query)loader->query, mariadb, backend->version);
        if (sql.len > 0) {
            backend_query(&loader->backend, sql, on_row, on_done, loader);
            return;
        }
        loader->query++;
    }
    load_finish(loader);
}

static void on_ready(void *owner, struct backend *backend)
{
    (void)backend;
    load_next(owner);
}

static void on_failed(void *owner, struct backend *backend, const char *text)
{
    (void)backend;
    load_end(owner, text);
}

static void on_bytes(void *owner, struct backend *backend)
{
    (void)owner;
    (void)backend;
}

static const struct backend_events loader_events = {on_ready, on_failed, on_bytes, on_bytes};

static bool load_start(struct session_target *target)
{
    struct catalog_loader *loader = calloc(1, sizeof *loader);
    if (!loader)
        return false;
    loader->target = session_target_ref(target);
    target->loader = loader;
    loader->started_ms = target->catalog_loaded_ms = target->world->loop->now_ms;
    target->catalog_outdated |= target->catalog_stale;
    target->catalog_stale = false;
    backend_init(&loader->backend, target, &loader_events, loader);
    backend_open(&loader->backend, 0, WIRE_CAP(DEPRECATE_EOF), 45);
    return true;
}

bool catalog_is_fresh(const struct session_target *target)
{
    return target->catalog && !target->catalog_stale && !target->catalog_outdated &&
           target->world->loop->now_ms - target->catalog_as_of_ms <=
               (uint64_t)target->world->config->limits.catalog_ms;
}

/* Not more often than loading takes a fifth of the time. */
static bool was_just_now(const struct session_target *target)
{
    return target->world->loop->now_ms - target->catalog_loaded_ms <
           REFRESH_AT_MOST_MS + REFRESH_SHARE * target->catalog_took_ms;
}

/* Begins the next load before anyone has to wait for it. When it can't, the catalog that is there
 * serves to the end of its age. */
static void load_ahead(struct session_target *target)
{
    uint64_t now = target->world->loop->now_ms;
    uint64_t half = (uint64_t)target->world->config->limits.catalog_ms / 2;
    uint64_t again = target->problem[0] ? FAILED_AGAIN_MS : half;

    if (!target->loader && now - target->catalog_as_of_ms > half &&
        now - target->catalog_loaded_ms > again)
        (void)load_start(target);
}

enum catalog_wanted catalog_want(struct session_target *target, bool force,
                                 struct catalog_waiter *waiter)
{
    uint64_t now = target->world->loop->now_ms;
    if (catalog_is_fresh(target) && (!force || (!target->loader && was_just_now(target)))) {
        load_ahead(target);
        return CATALOG_READY;
    }
    if (!target->loader) {
        /* A target that is down is not asked by every session anew. */
        if (target->problem[0] && now - target->catalog_loaded_ms < FAILED_AGAIN_MS)
            return CATALOG_FAILED;
        if (!load_start(target))
            return CATALOG_FAILED;
    }
    catalog_waiter_stop(waiter);
    list_append(&target->waiters, &waiter->node);
    return CATALOG_WAITING;
}

void catalog_waiter_stop(struct catalog_waiter *waiter)
{
    if (waiter->node.next)
        list_remove(&waiter->node);
}

void catalog_loader_stop(struct session_target *target)
{
    if (target->loader)
        load_end(target->loader, "the target is gone");
}

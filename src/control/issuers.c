/* SPDX-License-Identifier: Apache-2.0 */
#include "control/issuers.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include <jansson.h>

#define SOURCE_ARENA ((size_t)4 << 20)

enum issuer_step {
    STEP_INVALID = 0,
    STEP_WAITING,   /* the timer runs, or nothing is to be done (keys from a file) */
    STEP_DISCOVERY, /* the well-known document is under way */
    STEP_KEYS       /* the key set is under way */
};

struct issuer {
    struct issuers *issuers;
    struct arena arena; /* of the source */
    struct issuer_source source;
    enum issuer_step step;
    struct event *timer;
    struct str jwks; /* owned; len 0: none yet */
    unsigned fails;  /* in a row */
    bool wanted;     /* someone waits for an answer to an unknown key id */
    bool dropped;    /* of an older configuration; freed when its fetch ends */
    double wants;    /* that may be spent */
    uint64_t wants_ms;
};

struct issuers {
    struct event_base *base;
    struct issuers_events events;
    struct fetcher *fetcher;
    struct issuer **items;
    size_t count;
};

static void begin(struct issuer *issuer);

static void issuer_free(struct issuer *issuer)
{
    if (issuer->timer)
        event_free(issuer->timer);
    free((void *)(uintptr_t)issuer->jwks.ptr);
    arena_release(&issuer->arena);
    free(issuer);
}

static void wait_ms(struct issuer *issuer, int64_t ms)
{
    struct timeval wait = {ms / 1000, ms % 1000 * 1000};

    issuer->step = STEP_WAITING;
    event_add(issuer->timer, &wait);
}

/* A dropped issuer waits only for its fetch to end. */
static bool is_over(struct issuer *issuer)
{
    if (!issuer->dropped)
        return false;
    issuer_free(issuer);
    return true;
}

static void give(struct issuer *issuer)
{
    const struct issuers_events *events = &issuer->issuers->events;

    issuer->wanted = false;
    events->keys(events->owner, issuer->source.name, issuer->jwks);
}

static void failed(struct issuer *issuer, const char *problem)
{
    const struct issuers_events *events = &issuer->issuers->events;
    int64_t ms = ISSUER_RETRY_MS;

    events->tried(events->owner, issuer->source.name, problem);
    for (unsigned i = 0; i < issuer->fails && ms < ISSUER_RETRY_MAX; i++)
        ms *= 2;
    issuer->fails++;
    if (issuer->wanted && issuer->jwks.len > 0)
        give(issuer); /* nothing new: who waits need not wait longer */
    wait_ms(issuer, ms < ISSUER_RETRY_MAX ? ms : ISSUER_RETRY_MAX);
}

/* ---- the key set ---- */

static bool keep(struct issuer *issuer, struct str jwks)
{
    char *copy = malloc(jwks.len);

    if (!copy)
        return false;
    memcpy(copy, jwks.ptr, jwks.len);
    free((void *)(uintptr_t)issuer->jwks.ptr);
    issuer->jwks = str_make(copy, jwks.len);
    return true;
}

static bool is_key_set(struct str text)
{
    json_t *json = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    bool ok = json_is_array(json_object_get(json, "keys"));

    json_decref(json);
    return ok;
}

static int64_t next_refresh_ms(const struct issuer *issuer, int64_t max_age_s)
{
    int64_t ms = issuer->source.refresh_ms > 0 ? issuer->source.refresh_ms : 3600000;

    if (max_age_s >= 0 && max_age_s * 1000 < ms)
        ms = max_age_s * 1000;
    return ms < ISSUER_AGE_MIN_MS && issuer->source.refresh_ms > ISSUER_AGE_MIN_MS
               ? ISSUER_AGE_MIN_MS
           : ms < 1000 ? 1000
                       : ms;
}

static void on_keys(void *arg, const struct fetch_answer *answer)
{
    struct issuer *issuer = arg;
    const struct issuers_events *events = &issuer->issuers->events;

    if (is_over(issuer))
        return;
    if (!answer->ok) {
        failed(issuer, answer->problem);
        return;
    }
    if (!is_key_set(answer->body) || !keep(issuer, answer->body)) {
        failed(issuer, "what jwks_uri gives is not a JWK set");
        return;
    }
    issuer->fails = 0;
    events->tried(events->owner, issuer->source.name, NULL);
    give(issuer);
    wait_ms(issuer, next_refresh_ms(issuer, answer->max_age_s));
}

static void fetch(struct issuer *issuer, enum issuer_step step, const char *url,
                  void (*done)(void *arg, const struct fetch_answer *answer))
{
    struct fetch_request request = {
        .url = url,
        .ca = issuer->source.ca,
        .max_bytes = LIMIT_JWKS,
        .timeout_ms = ISSUER_FETCH_MS,
        .done = done,
        .arg = issuer,
    };

    if (fetch_start(issuer->issuers->fetcher, &request))
        issuer->step = step;
    else
        failed(issuer, "the address is neither https nor http on a loopback host");
}

/* ---- discovery ---- */

/* A document that names another issuer is not of this one (OpenID Connect Discovery 4.3). Keys by
 * http from an issuer by https would undo the s. */
static const char *check_discovery(const struct issuer *issuer, const json_t *document,
                                   const char **ret_url)
{
    const char *name = json_string_value(json_object_get(document, "issuer"));
    const char *url = json_string_value(json_object_get(document, "jwks_uri"));

    if (!name || !str_equal(str_of(name), issuer->source.url))
        return "the discovery document names another issuer";
    if (!url || !fetch_url_allowed(str_of(url)))
        return "the discovery document has no jwks_uri that may be fetched";
    if (str_starts(issuer->source.url, STR("https:")) && !str_starts(str_of(url), STR("https:")))
        return "the discovery document's jwks_uri is not https, though the issuer is";
    *ret_url = url;
    return NULL;
}

static void on_discovery(void *arg, const struct fetch_answer *answer)
{
    struct issuer *issuer = arg;
    const char *url = NULL, *problem;
    json_t *document;

    if (is_over(issuer))
        return;
    if (!answer->ok) {
        failed(issuer, answer->problem);
        return;
    }
    document = json_loadb(answer->body.ptr, answer->body.len, JSON_REJECT_DUPLICATES, NULL);
    problem =
        document ? check_discovery(issuer, document, &url) : "the discovery document is not JSON";
    if (problem)
        failed(issuer, problem);
    else
        fetch(issuer, STEP_KEYS, url, on_keys);
    json_decref(document);
}

static void begin(struct issuer *issuer)
{
    struct str base = issuer->source.url;
    struct str url = issuer->source.jwks_url;
    struct arena arena;

    if (issuer->step != STEP_WAITING)
        return;
    event_del(issuer->timer);
    arena_init(&arena, 65536);
    if (url.len > 0) {
        url = arena_printf(&arena, "%.*s", STR_ARG(url));
        fetch(issuer, STEP_KEYS, url.ptr ? url.ptr : "", on_keys);
    } else {
        base.len -= str_ends(base, STR("/"));
        url = arena_printf(&arena, "%.*s/.well-known/openid-configuration", STR_ARG(base));
        fetch(issuer, STEP_DISCOVERY, url.ptr ? url.ptr : "", on_discovery);
    }
    arena_release(&arena);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    begin(arg);
}

/* ---- the list ---- */

struct issuers *issuers_new(struct event_base *base, const struct issuers_events *events)
{
    struct issuers *issuers = calloc(1, sizeof(*issuers));

    if (!issuers)
        return NULL;
    issuers->base = base;
    issuers->events = *events;
    issuers->fetcher = fetch_new(base);
    if (!issuers->fetcher) {
        free(issuers);
        return NULL;
    }
    return issuers;
}

void issuers_free(struct issuers *issuers)
{
    if (!issuers)
        return;
    fetch_free(issuers->fetcher);
    for (size_t i = 0; i < issuers->count; i++)
        issuer_free(issuers->items[i]);
    free(issuers->items);
    free(issuers);
}

static struct issuer *issuer_new(struct issuers *issuers, const struct issuer_source *source)
{
    struct issuer *issuer = calloc(1, sizeof(*issuer));

    if (!issuer)
        return NULL;
    arena_init(&issuer->arena, SOURCE_ARENA);
    issuer->issuers = issuers;
    issuer->wants = ISSUER_WANTS;
    issuer->wants_ms = clock_monotonic_ms();
    issuer->source = (struct issuer_source){
        .name = arena_copy(&issuer->arena, source->name),
        .url = arena_copy(&issuer->arena, source->url),
        .jwks_url = arena_copy(&issuer->arena, source->jwks_url),
        .jwks = arena_copy(&issuer->arena, source->jwks),
        .ca = arena_copy(&issuer->arena, source->ca),
        .refresh_ms = source->refresh_ms,
    };
    issuer->timer = evtimer_new(issuers->base, on_timer, issuer);
    issuer->step = STEP_WAITING;
    if (issuer->arena.failed || !issuer->timer ||
        (source->jwks.len > 0 && !keep(issuer, source->jwks))) {
        issuer_free(issuer);
        return NULL;
    }
    return issuer;
}

static bool same_source(const struct issuer_source *a, const struct issuer_source *b)
{
    return str_equal(a->name, b->name) && str_equal(a->url, b->url) &&
           str_equal(a->jwks_url, b->jwks_url) && str_equal(a->jwks, b->jwks) &&
           str_equal(a->ca, b->ca) && a->refresh_ms == b->refresh_ms;
}

/* Takes an unchanged issuer out of the old list. */
static struct issuer *take_old(struct issuers *issuers, const struct issuer_source *source)
{
    for (size_t i = 0; i < issuers->count; i++) {
        struct issuer *issuer = issuers->items[i];
        if (issuer && same_source(&issuer->source, source)) {
            issuers->items[i] = NULL;
            return issuer;
        }
    }
    return NULL;
}

static void drop_old(struct issuers *issuers)
{
    for (size_t i = 0; i < issuers->count; i++) {
        struct issuer *issuer = issuers->items[i];
        if (!issuer)
            continue;
        event_del(issuer->timer);
        issuer->dropped = true;
        if (issuer->step == STEP_WAITING)
            issuer_free(issuer);
    }
    free(issuers->items);
}

bool issuers_configure(struct issuers *issuers, const struct issuer_source *sources, size_t count)
{
    struct issuer **items = calloc(count > 0 ? count : 1, sizeof(struct issuer *));
    size_t made = 0;

    /* New ones first, so that running out of memory changes nothing. */
    for (size_t i = 0; items && i < count; i++) {
        items[i] = issuer_new(issuers, &sources[i]);
        if (!items[i])
            break;
        made++;
    }
    if (!items || made < count) {
        for (size_t i = 0; i < made; i++)
            issuer_free(items[i]);
        free(items);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct issuer *old = take_old(issuers, &sources[i]);
        if (!old)
            continue;
        issuer_free(items[i]);
        items[i] = old;
    }
    drop_old(issuers);
    issuers->items = items;
    issuers->count = count;
    issuers_repeat(issuers);
    for (size_t i = 0; i < count; i++)
        if (items[i]->jwks.len == 0)
            begin(items[i]);
    return true;
}

static bool may_fetch_now(struct issuer *issuer)
{
    uint64_t now = clock_monotonic_ms();

    issuer->wants += (double)(now - issuer->wants_ms) / ISSUER_WANT_MS;
    issuer->wants_ms = now;
    if (issuer->wants > ISSUER_WANTS)
        issuer->wants = ISSUER_WANTS;
    if (issuer->wants < 1)
        return false;
    issuer->wants -= 1;
    return true;
}

void issuers_want(struct issuers *issuers, struct str name)
{
    for (size_t i = 0; i < issuers->count; i++) {
        struct issuer *issuer = issuers->items[i];
        if (!str_equal(issuer->source.name, name))
            continue;
        issuer->wanted = true;
        if (issuer->source.jwks.len > 0)
            give(issuer); /* from a file: there is nothing newer */
        else if (issuer->step != STEP_WAITING)
            continue; /* under way */
        else if (may_fetch_now(issuer))
            begin(issuer);
        else if (issuer->jwks.len > 0)
            give(issuer); /* too often; this is all there is for now */
    }
}

void issuers_repeat(struct issuers *issuers)
{
    const struct issuers_events *events = &issuers->events;

    for (size_t i = 0; i < issuers->count; i++)
        if (issuers->items[i]->jwks.len > 0)
            events->keys(events->owner, issuers->items[i]->source.name, issuers->items[i]->jwks);
}

size_t issuers_with_keys(const struct issuers *issuers, size_t *ret_count)
{
    size_t with = 0;

    for (size_t i = 0; i < issuers->count; i++)
        with += issuers->items[i]->jwks.len > 0;
    *ret_count = issuers->count;
    return with;
}

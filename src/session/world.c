/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking a configuration is two steps: everything that can fail is made aside, then all of it is
 * put in place. Targets keep their identity over a reload, and with it their catalogs.
 */
#include "session/world.h"
#include "base/json.h"
#include "base/random.h"
#include "session/session.h"

#define SHOWN_MAX 1024 /* bytes of a statement in the list of sessions */

/* ---- targets ---- */

struct session_target *session_target_ref(struct session_target *target)
{
    target->references++;
    return target;
}

void session_target_unref(struct session_target *target)
{
    if (!target || --target->references > 0)
        return;
    catalog_unref(target->catalog);
    tls_context_free(target->tls);
    config_unref(target->config);
    free(target->host_name);
    free((char *)target->public_key.ptr);
    free(target);
}

struct session_target *world_target(const struct session_world *world, struct str name)
{
    for (size_t i = 0; i < world->target_count; i++) {
        if (str_equal(world->targets[i]->settings->name, name))
            return world->targets[i];
    }
    return NULL;
}

/* ---- usage ---- */

struct session_usage *world_usage(struct session_world *world, struct str key)
{
    struct session_usage *usage = map_get(&world->usage_by_key, key);
    if (usage)
        return usage;
    usage = calloc(1, sizeof *usage + key.len);
    if (!usage)
        return NULL;
    memcpy(usage + 1, key.ptr, key.len);
    usage->key = str_make(usage + 1, key.len);
    if (!map_put(&world->usage_by_key, usage->key, usage)) {
        free(usage);
        return NULL;
    }
    list_append(&world->usages, &usage->node);
    return usage;
}

/* ---- refused logins ---- */

#define REFUSAL_ADDRESSES 65536 /* remembered in one minute; past that, none more */

struct refusals {
    struct str address;
    int64_t count;
};

static void refusals_forget(struct session_world *world)
{
    size_t position = 0;
    const struct map_entry *entry;
    struct hash_key seed = world->refusals.seed;
    while ((entry = map_next(&world->refusals, &position)) != NULL)
        free(entry->value);
    map_release(&world->refusals);
    map_init(&world->refusals, seed, false);
    world->refusals_minute_ms = world->loop->now_ms;
}

static struct str address_of(const char *peer)
{
    struct str text = str_of(peer);
    for (size_t i = text.len; i > 0; i--) {
        if (text.ptr[i - 1] == ':')
            return str_slice(text, 0, i - 1);
    }
    return text;
}

void world_refusal_note(struct session_world *world, const char *peer)
{
    struct str address = address_of(peer);
    if (world->loop->now_ms - world->refusals_minute_ms >= 60000)
        refusals_forget(world);
    struct refusals *row = map_get(&world->refusals, address);
    if (row) {
        row->count++;
        return;
    }
    if (world->refusals.live >= REFUSAL_ADDRESSES)
        return;
    row = malloc(sizeof *row + address.len);
    if (!row)
        return;
    memcpy(row + 1, address.ptr, address.len);
    row->address = str_make(row + 1, address.len);
    row->count = 1;
    if (!map_put(&world->refusals, row->address, row))
        free(row);
}

bool world_refusals_over(struct session_world *world, const char *peer)
{
    int64_t most = world->config->limits.logins_per_minute;
    const struct refusals *row = map_get(&world->refusals, address_of(peer));
    if (world->loop->now_ms - world->refusals_minute_ms >= 60000)
        return false;
    return most > 0 && row && row->count >= most;
}

/* ---- life ---- */

bool world_init(struct session_world *world, struct net_loop *loop,
                const struct session_ops *ops, void *ops_context, struct metrics *metrics)
{
    *world = (struct session_world){
        .loop = loop, .ops = ops, .ops_context = ops_context, .metrics = metrics};
    list_init(&world->sessions);
    list_init(&world->waiting);
    list_init(&world->usages);
    list_init(&world->killers);
    map_init(&world->usage_by_key, random_hash_key(), false);
    map_init(&world->refusals, random_hash_key(), false);
    world->readings = reading_cache_new();
    return world->readings != NULL;
}

static void listeners_free(struct session_listener *listeners, size_t count)
{
    for (size_t i = 0; listeners && i < count; i++)
        tls_context_free(listeners[i].tls);
    free(listeners);
}

void world_release(struct session_world *world)
{
    world->releasing = true;
    list_each_safe (node, &world->sessions)
        session_end(list_entry(node, struct session, node), "the gateway is going down");
    killers_stop(world);
    for (size_t i = 0; i < world->target_count; i++)
        catalog_loader_stop(world->targets[i]);
    net_loop_settle(world->loop);
    reading_cache_free(world->readings);
    for (size_t i = 0; i < world->target_count; i++)
        session_target_unref(world->targets[i]);
    free(world->targets);
    listeners_free(world->listeners, world->listener_count);
    list_each_safe (node, &world->usages)
        free(list_entry(node, struct session_usage, node));
    map_release(&world->usage_by_key);
    refusals_forget(world);
    map_release(&world->refusals);
    policy_set_unref(world->policy);
    config_unref(world->config);
    secret_release(&world->mask_key);
}

/* ---- configuration ---- */

/* What a configuration needs, made aside. */
struct world_draft {
    const struct config *config;
    world_file_fetch *fetch;
    void *fetch_context;
    struct str system_ca;
    struct arena arena; /* paths */
    struct session_listener *listeners;
    struct session_target **targets; /* fresh ones, to be moved into those of the same name */
    char *problem;
    size_t problem_size;
};

static struct str draft_file(struct world_draft *draft, struct str path)
{
    if (path.len == 0)
        return STR_NONE;
    return draft->fetch(draft->fetch_context, config_path(draft->config, path, &draft->arena));
}

static bool draft_listener(struct world_draft *draft, size_t index)
{
    const struct config_listener *settings = &draft->config->listeners[index];
    struct session_listener *listener = &draft->listeners[index];
    char error[160];
    listener->settings = settings;
    if (settings->tls == CONFIG_LISTENER_TLS_OFF || settings->certificate_file.len == 0)
        return true;
    listener->tls = tls_server_context(draft_file(draft, settings->certificate_file),
                                       draft_file(draft, settings->key_file), error, sizeof error);
    if (listener->tls)
        return true;
    snprintf(draft->problem, draft->problem_size, "listener %.*s: certificate or key: %s",
             STR_ARG(settings->name), error);
    return false;
}

static enum tls_verify verify_mode(const struct config_target *settings)
{
    if (settings->tls == CONFIG_TARGET_TLS_VERIFY_IDENTITY)
        return TLS_VERIFY_FULL;
    return settings->tls == CONFIG_TARGET_TLS_VERIFY_CA ? TLS_VERIFY_CA : TLS_VERIFY_NONE;
}

static char *text_dup(struct str text)
{
    char *copy = malloc(text.len + 1);
    if (copy) {
        memcpy(copy, text.ptr ? text.ptr : "", text.len);
        copy[text.len] = 0;
    }
    return copy;
}

static bool draft_target(struct world_draft *draft, struct session_world *world, size_t index)
{
    const struct config_target *settings = &draft->config->targets[index];
    struct session_target *target = calloc(1, sizeof *target);
    char error[160];
    draft->targets[index] = target;
    if (!target)
        return false;
    target->references = 1;
    target->world = world;
    target->config = config_ref(draft->config);
    target->settings = settings;
    list_init(&target->waiters);
    struct str key = draft_file(draft, settings->public_key_file);
    target->public_key = str_make(text_dup(key), key.len);
    target->host_name =
        text_dup(settings->server_name.len ? settings->server_name : settings->host);
    if (!target->host_name || !target->public_key.ptr)
        return false;
    if (settings->tls == CONFIG_TARGET_TLS_OFF)
        return true;
    struct str ca =
        settings->ca_file.len ? draft_file(draft, settings->ca_file) : draft->system_ca;
    target->tls = tls_client_context(verify_mode(settings), ca, error, sizeof error);
    if (target->tls)
        return true;
    snprintf(draft->problem, draft->problem_size, "target %.*s: CA: %s", STR_ARG(settings->name),
             error);
    return false;
}

static bool draft_make(struct world_draft *draft, struct session_world *world)
{
    const struct config *config = draft->config;
    draft->listeners = calloc(config->listener_count + 1, sizeof *draft->listeners);
    draft->targets = calloc(config->target_count + 1, sizeof *draft->targets);
    snprintf(draft->problem, draft->problem_size, "out of memory");
    if (!draft->listeners || !draft->targets)
        return false;
    for (size_t i = 0; i < config->listener_count; i++) {
        if (!draft_listener(draft, i))
            return false;
    }
    for (size_t i = 0; i < config->target_count; i++) {
        if (!draft_target(draft, world, i))
            return false;
    }
    return true;
}

static void draft_drop(struct world_draft *draft)
{
    listeners_free(draft->listeners, draft->config->listener_count);
    for (size_t i = 0; draft->targets && i < draft->config->target_count; i++)
        session_target_unref(draft->targets[i]);
    free(draft->targets);
    arena_release(&draft->arena);
}

/* The target as it is in use takes the fresh one's settings. */
static void target_take(struct session_target *target, struct session_target *fresh)
{
    bool moved = !str_equal(target->settings->host, fresh->settings->host) ||
                 target->settings->port != fresh->settings->port ||
                 !str_equal(target->settings->socket, fresh->settings->socket);
#define SWAP(type, field)                                                                          \
    do {                                                                                           \
        type swapped = target->field;                                                              \
        target->field = fresh->field;                                                              \
        fresh->field = swapped;                                                                    \
    } while (0)
    SWAP(const struct config *, config);
    SWAP(const struct config_target *, settings);
    SWAP(struct ssl_ctx_st *, tls);
    SWAP(char *, host_name);
    SWAP(struct str, public_key);
#undef SWAP
    target->catalog_stale |= moved;
    session_target_unref(fresh);
}

static void draft_commit(struct world_draft *draft, struct session_world *world)
{
    const struct config *config = draft->config;
    for (size_t i = 0; i < config->target_count; i++) {
        struct session_target *kept = world_target(world, config->targets[i].name);
        if (!kept)
            continue;
        target_take(kept, draft->targets[i]);
        draft->targets[i] = session_target_ref(kept);
    }
    for (size_t i = 0; i < world->target_count; i++)
        session_target_unref(world->targets[i]);
    free(world->targets);
    listeners_free(world->listeners, world->listener_count);
    world->targets = draft->targets;
    world->target_count = config->target_count;
    world->listeners = draft->listeners;
    world->listener_count = config->listener_count;
    arena_release(&draft->arena);
}

bool world_configure(struct session_world *world, const struct config *config,
                     const struct policy_set *policy, world_file_fetch *fetch,
                     void *fetch_context, struct str system_ca, char *problem,
                     size_t problem_size)
{
    struct world_draft draft = {.config = config,
                                .fetch = fetch,
                                .fetch_context = fetch_context,
                                .system_ca = system_ca,
                                .problem = problem,
                                .problem_size = problem_size};
    arena_init(&draft.arena, (size_t)1 << 20);
    struct str key = draft_file(&draft, config->pseudonym_key_file);
    if (!draft_make(&draft, world)) {
        draft_drop(&draft);
        return false;
    }
    if (key.len > 0 && !secret_set(&world->mask_key, key.ptr, key.len)) {
        draft_drop(&draft);
        return false;
    }
    draft_commit(&draft, world);
    const struct config *old = world->config;
    world->config = config_ref(config);
    config_unref(old);
    const struct policy_set *old_policy = world->policy;
    world->policy = policy_set_ref(policy);
    policy_set_unref(old_policy);
    world->policy_generation++;
    world->config_generation++;
    world->sync = config->audit.durability == CONFIG_DURABILITY_SYNC;
    return true;
}

/* ---- what others say ---- */

void world_durable_moved(struct session_world *world)
{
    struct list now;
    list_init(&now);
    while (!list_empty(&world->waiting)) { /* those that go on waiting hang themselves up again */
        struct list *node = world->waiting.next;
        list_remove(node);
        list_append(&now, node);
    }
    while (!list_empty(&now)) {
        struct session *session = list_entry(now.next, struct session, waiting);
        list_remove(&session->waiting);
        list_append(&world->waiting, &session->waiting);
        statement_durable_moved(session);
    }
    if (list_empty(&world->waiting))
        world->ops->await_durable(world->ops_context, false);
}

void world_drain(struct session_world *world, uint32_t deadline_ms)
{
    world->draining = true;
    list_each_safe (node, &world->sessions) {
        struct session *session = list_entry(node, struct session, node);
        struct fault fault = {.code = FAULT_session_drained,
                              .message = STR("the gateway is going down")};
        bool resting = session->step == SESSION_READY &&
                       !(session->status & WIRE_STATUS_IN_TRANSACTION);
        if (resting || !session->logged_in)
            session_end_fault(session, &fault, "the gateway is going down");
        else
            net_timer_start(world->loop, &session->lifetime, deadline_ms);
    }
}

void world_kill(struct session_world *world, uint64_t id, struct str issuer, struct str subject,
                struct str reason)
{
    list_each_safe (node, &world->sessions) {
        struct session *session = list_entry(node, struct session, node);
        bool hit = id ? session->id == id
                      : str_equal(session->identity.issuer, issuer) &&
                            str_equal(session->identity.subject, subject);
        if (!hit || !session->logged_in)
            continue;
        struct fault fault = {.code = FAULT_session_killed,
                              .message = STR("the session was ended by an administrator"),
                              .detail = reason};
        session_end_fault(session, &fault, "ended by an administrator");
    }
}

void world_catalog_changed(struct session_world *world, struct str name)
{
    struct session_target *target = world_target(world, name);
    if (target)
        target->catalog_stale = true;
}

void world_approval_changed(struct session_world *world, struct str id, unsigned state,
                            struct str fingerprint, struct str reason)
{
    (void)fingerprint;
    list_each_safe (node, &world->sessions) {
        struct session *session = list_entry(node, struct session, node);
        if (session->step == SESSION_APPROVAL)
            approval_moved(session, id, state, reason);
    }
}

/* The running statement, literals as `?`. */
static struct str running_text(const struct session *session)
{
    const struct command *command = &session->command;
    const struct statement *statement =
        command->at < command->count ? &command->statements[command->at] : NULL;
    if (!statement || !statement->reading)
        return STR("");
    return str_slice(statement_read(statement)->analysis.normalized, 0, SHOWN_MAX);
}

static void session_put(struct json_writer *w, const struct session *session)
{
    char id[20];
    snprintf(id, sizeof id, "%016llx", (unsigned long long)session->id);
    const struct {
        const char *key;
        struct str text;
    } texts[] = {
        {"id", str_of(id)},
        {"issuer", session->identity.issuer},
        {"subject", session->identity.subject},
        {"name", session->identity.display_name},
        {"target", session->target->settings->name},
        {"peer", str_of(session->peer)},
        {"client", session->client_name},
        {"state", str_of(session_step_text(session->step))},
        {"statement", running_text(session)},
    };
    const struct {
        const char *key;
        uint64_t n;
    } numbers[] = {
        {"opened_us", (uint64_t)session->accepted_us}, {"last_us", (uint64_t)session->last_us},
        {"statements", session->statements},           {"rows", session->rows_total},
        {"refused", session->refused},
    };
    json_object_begin(w);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        json_key(w, texts[i].key);
        json_text(w, texts[i].text);
    }
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        json_key(w, numbers[i].key);
        json_u64(w, numbers[i].n);
    }
    json_object_end(w);
}

void world_sessions_json(const struct session_world *world, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out);
    json_array_begin(&w);
    for (const struct list *node = world->sessions.next; node != &world->sessions;
         node = node->next) {
        const struct session *session =
            list_entry((struct list *)(uintptr_t)node, struct session, node);
        if (session->logged_in && session_alive(session))
            session_put(&w, session);
    }
    json_array_end(&w);
}

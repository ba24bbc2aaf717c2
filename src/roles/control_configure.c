/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration is taken whole or not at all: everything that can go wrong is tried on the
 * side, then swapped in.
 */
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "roles/control.h"

#define CONFIGURE_ARENA ((size_t)64 << 20)
#define PROBLEMS_MAX    ((size_t)32 << 10)

/* What is being tried. */
struct candidate {
    const struct ipc_configure *message;
    struct arena arena;
    struct config_problems problems;
    struct config *config;
    const struct policy_set *policies;
    struct issuer_source *sources;
    size_t source_count;
};

static bool find_file(const struct candidate *candidate, struct str name, struct str *ret_text)
{
    return ipc_pack_find(candidate->message->files, name, ret_text);
}

/* A file that the configuration names; what is missing is a problem. */
static bool named_file(struct candidate *candidate, struct str path, struct str *ret_text)
{
    *ret_text = STR_NONE;
    if (path.len == 0)
        return true;
    path = config_path(candidate->config, path, &candidate->arena);
    if (find_file(candidate, path, ret_text))
        return true;
    return config_problem(&candidate->problems, (struct config_position){.file = path}, NULL,
                          "the file was not handed to the control process");
}

static bool find_zone(void *context, struct str zone, struct str *ret_tzif)
{
    struct candidate *candidate = context;

    return find_file(candidate, arena_printf(&candidate->arena, "zone:%.*s", STR_ARG(zone)),
                     ret_tzif);
}

static bool load_policies(struct candidate *candidate)
{
    struct cursor files = cursor_over(candidate->message->files);
    struct policy_file *items = NULL;
    size_t count = 0, capacity = 0;
    struct str name, text;

    while (role_next_policy(&files, &name, &text)) {
        struct policy_file *file =
            arena_push(&candidate->arena, &items, &count, &capacity, sizeof(*file));
        if (!file)
            return false;
        *file = (struct policy_file){name, text};
    }
    candidate->policies = policy_set_load(items, count, find_zone, candidate, &candidate->problems);
    return candidate->policies != NULL;
}

static bool make_sources(struct candidate *candidate)
{
    const struct config *config = candidate->config;
    bool ok = true;

    candidate->source_count = config->issuer_count;
    candidate->sources = arena_array(&candidate->arena, config->issuer_count, struct issuer_source);
    for (size_t i = 0; candidate->sources && i < config->issuer_count; i++) {
        const struct config_issuer *issuer = &config->issuers[i];
        struct issuer_source *source = &candidate->sources[i];

        *source = (struct issuer_source){.name = issuer->name,
                                         .url = issuer->url,
                                         .jwks_url = issuer->jwks_url,
                                         .refresh_ms = issuer->refresh_ms};
        ok &= named_file(candidate, issuer->ca_file, &source->ca);
        ok &= named_file(candidate, issuer->jwks_file, &source->jwks);
        if (source->ca.len == 0)
            (void)find_file(candidate, STR("system-ca"), &source->ca);
    }
    return ok && candidate->sources;
}

/* ---- what is made once ---- */

static void on_keys(void *owner, struct str name, struct str jwks)
{
    struct control *control = owner;

    ipc_send_keys(control->keeper, &(struct ipc_keys){.issuer = name, .jwks = jwks});
}

static void on_tried(void *owner, struct str name, const char *problem)
{
    struct control *control = owner;

    metrics_add(&control->metrics,
                problem ? METRIC_issuer_fetches_failed : METRIC_issuer_fetches_ok, 1);
    if (problem)
        log_event(LOG_issuer_failed, log_str("issuer", name), log_text("problem", problem));
    else
        log_event(LOG_issuer_fetched, log_str("issuer", name));
}

static bool open_store(struct control *control, char *problem, size_t size)
{
    char path[4096];

    if (control->store)
        return true;
    if (!control->process->folder || snprintf(path, sizeof(path), "%s/cardea.db",
                                              control->process->folder) >= (int)sizeof(path)) {
        snprintf(problem, size, "there is no data_directory");
        return false;
    }
    control->store = store_sqlite_open(path, problem, size);
    control->api.store = control->approvals.store = control->store;
    return control->store != NULL;
}

static bool make_parts(struct control *control, char *problem, size_t size)
{
    const struct issuers_events events = {control, on_keys, on_tried};
    struct event_base *base = control->process->base;

    if (!open_store(control, problem, size))
        return false;
    if (!control->issuers)
        control->issuers = issuers_new(base, &events);
    if (!control->api_ready)
        control->api_ready = api_init(&control->api);
    if (!control->http)
        control->http = http_server_new(base, &control->api);
    if (control->issuers && control->api_ready && control->http)
        return true;
    snprintf(problem, size, "out of memory");
    return false;
}

/* ---- taking it ---- */

static bool take_certificate(struct control *control, struct candidate *candidate)
{
    const struct config_control *settings = &candidate->config->control;
    struct str pack = str_make(candidate->message->secrets.bytes, candidate->message->secrets.len);
    struct str certificate, key;
    char problem[160] = "the key was not handed to the control process";
    struct secret secret;

    if (!settings->enabled)
        return true;
    if (!named_file(candidate, settings->certificate_file, &certificate))
        return false;
    if (ipc_pack_find(pack, config_path(candidate->config, settings->key_file, &candidate->arena),
                      &key)) {
        secret = (struct secret){(unsigned char *)(uintptr_t)key.ptr, key.len}; /* borrowed */
        if (http_server_set_certificate(control->http, certificate, &secret, problem,
                                        sizeof(problem)))
            return true;
    }
    return config_problem(&candidate->problems, settings->at, NULL, "control: %s", problem);
}

static bool try_all(struct control *control, struct candidate *candidate)
{
    const struct ipc_configure *m = candidate->message;
    char problem[320] = "";
    struct str text;

    if (!find_file(candidate, m->main_path, &text))
        return config_problem(&candidate->problems, (struct config_position){.file = m->main_path},
                              NULL, "the configuration was not handed to the control process");
    candidate->config = config_parse(m->main_path, text, &candidate->problems);
    if (!candidate->config || !load_policies(candidate) || !make_sources(candidate))
        return false;
    if (!make_parts(control, problem, sizeof(problem)))
        return config_problem(&candidate->problems, candidate->config->at, NULL, "%s", problem);
    if (!take_certificate(control, candidate))
        return false;
    if (!issuers_configure(control->issuers, candidate->sources, candidate->source_count))
        return config_problem(&candidate->problems, candidate->config->at, NULL, "out of memory");
    return true;
}

static void swap_in(struct control *control, struct candidate *candidate)
{
    enum log_level level;

    policy_set_unref(control->policies);
    config_unref(control->config);
    control->config = candidate->config;
    control->policies = candidate->policies;
    candidate->config = NULL;
    candidate->policies = NULL;
    control->api.config = control->config;
    if (control->listener >= 0)
        http_server_listen(control->http, control->listener);
    control->listener = -1;
    control->approvals.pending_us = control->config->control.approval_ms * 1000;
    if (log_level_of_name(control->config->log_level, &level))
        log_set_level(level);
}

void control_on_configure(void *owner, struct ipc_channel *channel, const struct ipc_configure *m)
{
    struct control *control = owner;
    struct candidate candidate = {.message = m};
    struct buf problem;
    bool ok;

    arena_init(&candidate.arena, CONFIGURE_ARENA);
    config_problems_init(&candidate.problems, &candidate.arena);
    buf_init(&problem, PROBLEMS_MAX);
    ok = try_all(control, &candidate);
    if (ok)
        swap_in(control, &candidate);
    else
        config_problems_print(&candidate.problems, &problem);
    ipc_send_configured(channel, &(struct ipc_configured){
                                     .generation = m->generation,
                                     .ok = ok,
                                     .problem = buf_str(&problem),
                                     .sandbox = str_of(control->process->sandbox),
                                 });
    policy_set_unref(candidate.policies);
    config_unref(candidate.config);
    buf_release(&problem);
    arena_release(&candidate.arena);
}

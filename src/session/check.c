/* SPDX-License-Identifier: Apache-2.0 */
#include "session/check.h"

#include "base/json.h"
#include "lineage/lineage.h"
#include "session/session.h"

#define CHECK_ARENA ((size_t)32 << 20)
#define CHECK_JSON  ((size_t)512 << 10)

struct check {
    struct session_world *world;
    struct session_target *target; /* a reference */
    struct catalog_waiter waiter;
    struct arena arena;
    struct identity identity;
    struct str schema, text;
    check_done_fn *done;
    void *arg;
};

static void check_end(struct check *check, struct str decisions, const char *problem)
{
    check->done(check->arg, decisions, str_of(problem));
    catalog_waiter_stop(&check->waiter);
    session_target_unref(check->target);
    arena_release(&check->arena);
    free(check);
}

/* ---- one statement ---- */

static void put(struct json_writer *w, const char *key, struct str text)
{
    if (text.len == 0)
        return;
    json_key(w, key);
    json_text(w, text);
}

static void put_fault(struct json_writer *w, const struct fault *fault)
{
    if (!fault_is(fault))
        return;
    put(w, "code", str_of(fault_info(fault->code)->code));
    put(w, "message", fault->message);
    put(w, "detail", fault->detail);
    put(w, "hint", fault->hint);
}

static void put_unreadable(struct json_writer *w, struct check *check, const struct fault *fault)
{
    json_object_begin(w);
    put(w, "decision", STR("deny"));
    put(w, "statement", check->text);
    put_fault(w, fault);
    json_object_end(w);
}

static void put_decision(struct json_writer *w, struct check *check, const struct analysis *analysis,
                         const struct policy_decision *decision)
{
    json_object_begin(w);
    put(w, "decision", str_of(policy_verdict_text(decision->verdict)));
    put(w, "statement", analysis->normalized);
    if (decision->verdict == POLICY_DENY || decision->verdict == POLICY_APPROVE)
        put_fault(w, &decision->fault);
    if (decision->rule.policy.len > 0)
        put(w, "rule",
            arena_printf(&check->arena, "%.*s (%.*s:%u)", STR_ARG(decision->rule.policy),
                         STR_ARG(decision->rule.at.file), (unsigned)decision->rule.at.line));
    json_key(w, "masked");
    json_array_begin(w);
    for (size_t i = 0; decision->masks && i < analysis->output_count; i++)
        if (decision->masks[i])
            json_text(w, analysis->outputs[i].name);
    json_array_end(w);
    json_key(w, "analysis");
    json_raw(w, record_analysis_json(analysis, &check->arena));
    json_object_end(w);
}

/* ---- all of them ---- */

static const struct policy_scope *scope_of(struct check *check, json_t *claims)
{
    const struct config *config = check->world->config;
    const struct config_target *settings = check->target->settings;
    ptrdiff_t issuer = config_issuer_by_url(config, check->identity.issuer);
    struct policy_identity who = {
        .issuer = issuer >= 0 ? config->issuers[issuer].name : check->identity.issuer,
        .subject = check->identity.subject,
        .groups = check->identity.groups,
        .group_count = check->identity.group_count,
        .claims = claims,
    };
    struct policy_target where = {.name = settings->name, .labels = &settings->labels};

    return policy_scope_make(check->world->policy, &who, &where, &check->arena);
}

static void decide_one(struct json_writer *w, struct check *check, const struct policy_scope *scope,
                       const struct sql_script *script, size_t index)
{
    struct lineage_context context = {.catalog = check->target->catalog, .schema = check->schema};
    struct analysis *analysis = arena_new(&check->arena, struct analysis);
    struct policy_decision decision;
    struct fault fault = {0};

    if (!analysis || !lineage_analyze(&context, script, &script->statements[index], &check->arena,
                                      analysis, &fault)) {
        put_unreadable(w, check, &fault);
        return;
    }
    struct policy_request request = {.analysis = analysis, .now_us = world_now_us(check->world)};
    policy_decide(scope, &request, &check->arena, &decision);
    put_decision(w, check, analysis, &decision);
    for (size_t i = 0; i < analysis->change_count; i++)
        if (analysis->changes[i].kind == CHANGE_SCHEMA)
            check->schema = analysis->changes[i].value;
}

static void decide_all(struct check *check, const struct policy_scope *scope, struct buf *out)
{
    const struct catalog *catalog = check->target->catalog;
    struct sql_context sql = {
        .family = catalog_mariadb(catalog) ? SQL_MARIADB : SQL_MYSQL,
        .version = catalog_version(catalog),
        .charset = SQL_CHARSET_UTF8,
        .several = true,
    };
    struct sql_script script;
    struct json_writer w;
    struct fault fault = {0};

    json_writer_init(&w, out);
    json_array_begin(&w);
    if (!sql_parse(&sql, check->text, &check->arena, &script, &fault))
        put_unreadable(&w, check, &fault);
    else
        for (size_t i = 0; i < script.count; i++)
            decide_one(&w, check, scope, &script, i);
    json_array_end(&w);
}

static void check_run(struct check *check)
{
    json_t *claims = json_loadb(check->identity.claims.ptr, check->identity.claims.len, 0, NULL);
    const struct policy_scope *scope = scope_of(check, claims);
    struct buf out;

    buf_init(&out, CHECK_JSON);
    if (scope)
        decide_all(check, scope, &out);
    if (!scope || out.failed || check->arena.failed)
        check_end(check, STR_NONE, "the statement is too large to be checked");
    else
        check_end(check, buf_str(&out), NULL);
    buf_release(&out);
    json_decref(claims);
}

static void on_catalog(void *owner, bool ok)
{
    struct check *check = owner;

    if (ok && check->target->catalog)
        check_run(check);
    else
        check_end(check, STR_NONE, "the target's catalog can't be read at the moment");
}

void check_begin(struct session_world *world, struct str identity_json, struct str target_name,
                 struct str schema, struct str text, check_done_fn *done, void *arg)
{
    struct session_target *target = world_target(world, target_name);
    struct check *check = target && text.len <= CHECK_TEXT_MAX ? calloc(1, sizeof(*check)) : NULL;

    if (!check) {
        done(arg, STR_NONE, target ? STR("the text is too long") : STR("there is no such target"));
        return;
    }
    check->world = world;
    check->target = session_target_ref(target);
    check->done = done;
    check->arg = arg;
    check->waiter.done = on_catalog;
    check->waiter.owner = check;
    arena_init(&check->arena, CHECK_ARENA);
    check->schema = arena_copy(&check->arena, schema);
    check->text = arena_copy(&check->arena, text);
    if (!identity_decode(identity_json, &check->arena, &check->identity)) {
        check_end(check, STR_NONE, "the identity can't be read");
        return;
    }
    switch (catalog_want(target, false, &check->waiter)) {
    case CATALOG_READY:
        check_run(check);
        return;
    case CATALOG_FAILED:
        check_end(check, STR_NONE, "the target's catalog can't be read at the moment");
        return;
    case CATALOG_WAITING:
        return;
    }
}

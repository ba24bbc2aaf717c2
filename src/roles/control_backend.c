/* SPDX-License-Identifier: Apache-2.0
 *
 * What the API and the approvals need of other processes: a token verified, a login issued, a
 * record on disk, a session ended.
 */
#include "audit/record.h"
#include "base/clock.h"
#include "base/limits.h"
#include "roles/control.h"
#include <jansson.h>

int64_t control_now_us(void *owner)
{
    (void)owner;
    return clock_realtime_us();
}

/* ---- token ---- */

struct verify_work {
    api_verified_fn *done;
    void *arg;
};

static void on_verified(void *owner, const struct ipc_verified *answer)
{
    struct verify_work *work = owner;
    bool away = !answer || str_equal(answer->code, STR("identity.keys_unavailable"));

    work->done(work->arg, answer && answer->ok, away, answer ? answer->identity : STR_NONE);
    free(work);
}

static void verify(void *owner, struct str token, struct str peer, api_verified_fn *done, void *arg)
{
    struct control *control = owner;
    struct verify_work *work = malloc(sizeof(*work));
    struct ipc_verify message = {
        .peer = peer,
        .purpose = STR("api"),
        .token = {(unsigned char *)(uintptr_t)token.ptr, token.len}, /* borrowed */
    };

    if (work) {
        *work = (struct verify_work){done, arg};
        if (ipc_ask_verify(control->keeper, &message, CONTROL_ASK_MS, on_verified, work) != 0)
            return;
    }
    free(work);
    done(arg, false, true, STR_NONE);
}

/* ---- issued login ---- */

struct issue_work {
    api_issued_fn *done;
    void *arg;
};

static void on_issued(void *owner, const struct ipc_login_issued *answer)
{
    struct issue_work *work = owner;

    if (answer)
        work->done(work->arg, answer->ok ? answer->user : STR_NONE, &answer->password,
                   (int64_t)answer->expires, answer->problem);
    else
        work->done(work->arg, STR_NONE, NULL, 0, STR("the keeper does not answer"));
    free(work);
}

static void login_issue(void *owner, struct str identity_json, struct str target,
                        uint32_t lifetime_s, api_issued_fn *done, void *arg)
{
    struct control *control = owner;
    struct issue_work *work = malloc(sizeof(*work));
    struct ipc_login_issue message = {
        .identity = identity_json, .target = target, .lifetime_s = lifetime_s};

    if (work) {
        *work = (struct issue_work){done, arg};
        if (ipc_ask_login_issue(control->keeper, &message, CONTROL_ASK_MS, on_issued, work) != 0)
            return;
    }
    free(work);
    done(arg, STR_NONE, NULL, 0, STR("the keeper can't be reached"));
}

/* ---- record ---- */

struct record_work {
    approval_recorded_fn *done;
    void *arg;
};

static void on_noted(void *owner, const struct ipc_audit_noted *answer)
{
    struct record_work *work = owner;

    work->done(work->arg, answer && answer->ok);
    free(work);
}

static void record(void *owner, const struct audit_record *entry, approval_recorded_fn *done,
                   void *arg)
{
    struct control *control = owner;
    struct record_work *work = malloc(sizeof(*work));
    bool sent = false;
    struct buf json;

    buf_init(&json, LIMIT_AUDIT_RECORD);
    if (work && audit_record_put(entry, &json)) {
        *work = (struct record_work){done, arg};
        sent = ipc_ask_audit_event(control->recorder,
                                   &(struct ipc_audit_event){.record = buf_str(&json)},
                                   CONTROL_ASK_MS, on_noted, work) != 0;
    }
    buf_release(&json);
    if (!sent) {
        free(work);
        done(arg, false);
    }
}

/* ---- sessions ---- */

static bool kill_session(void *owner, uint64_t session, struct str reason)
{
    struct control *control = owner;
    const struct sight_session *found = sight_find(&control->sight, session);
    struct control_worker *worker =
        found && found->worker < CONTROL_WORKERS_MAX ? control->workers[found->worker] : NULL;

    return worker && ipc_send_kill(worker->channel, &(struct ipc_kill){
                                                        .session = session,
                                                        .issuer = found->issuer,
                                                        .subject = found->subject,
                                                        .reason = reason,
                                                    });
}

/* ---- check ---- */

struct check_work {
    api_checked_fn *done;
    void *arg;
};

static void on_checked(void *owner, const struct ipc_checked *answer)
{
    struct check_work *work = owner;

    if (answer)
        work->done(work->arg, answer->decisions, answer->problem);
    else
        work->done(work->arg, STR_NONE, STR("the worker does not answer"));
    free(work);
}

/* Any worker will do: each has every target's catalog or reads it. */
static void check(void *owner, struct str identity_json, struct str target, struct str schema,
                  struct str text, api_checked_fn *done, void *arg)
{
    struct control *control = owner;
    struct check_work *work = malloc(sizeof(*work));
    struct ipc_check message = {
        .identity = identity_json, .target = target, .schema = schema, .text = text};

    for (size_t i = 0; work && i < CONTROL_WORKERS_MAX; i++) {
        if (!control->workers[i] || !ipc_channel_connected(control->workers[i]->channel))
            continue;
        *work = (struct check_work){done, arg};
        if (ipc_ask_check(control->workers[i]->channel, &message, CONTROL_ASK_MS, on_checked,
                          work) != 0)
            return;
    }
    free(work);
    done(arg, STR_NONE, STR("no worker is there"));
}

/* ---- targets ---- */

static bool target_visible(void *owner, const struct identity *identity, size_t target)
{
    struct control *control = owner;
    const struct config *config = control->config;
    ptrdiff_t issuer = config_issuer_by_url(config, identity->issuer);
    struct policy_session session = {0};
    const struct policy_scope *scope;
    struct arena arena;
    json_t *claims;

    if (issuer < 0 || !control->policies)
        return false;
    arena_init(&arena, (size_t)4 << 20);
    claims = json_loadb(identity->claims.ptr, identity->claims.len, 0, NULL);
    struct policy_identity who = {
        .issuer = config->issuers[issuer].name,
        .subject = identity->subject,
        .groups = identity->groups,
        .group_count = identity->group_count,
        .claims = claims,
    };
    struct policy_target where = {config->targets[target].name, &config->targets[target].labels};
    scope = policy_scope_make(control->policies, &who, &where, &arena);
    if (scope)
        policy_session_decide(scope, control_now_us(control), &arena, &session);
    json_decref(claims);
    arena_release(&arena);
    return session.allowed;
}

/* ---- readiness ---- */

static bool any_worker(const struct control *control)
{
    for (size_t i = 0; i < CONTROL_WORKERS_MAX; i++)
        if (control->workers[i] && ipc_channel_connected(control->workers[i]->channel))
            return true;
    return false;
}

static const char *unready(void *owner)
{
    struct control *control = owner;
    size_t count = 0, with = issuers_with_keys(control->issuers, &count);

    if (control->draining)
        return "the gateway is ending";
    if (!ipc_channel_connected(control->keeper))
        return "the keeper is not there";
    if (!ipc_channel_connected(control->recorder))
        return "the recorder is not there";
    if (!any_worker(control))
        return "no worker is there";
    return count > 0 && with == 0 ? "no issuer's keys could be read yet" : NULL;
}

/* ---- telling ---- */

static void changed(void *owner, const struct approval *approval)
{
    struct control *control = owner;
    struct ipc_approval_changed message = {
        .id = str_of(approval->id),
        .state = (uint8_t)approval->state,
        .fingerprint = str_make(approval->fingerprint, APPROVAL_FINGERPRINT),
        .reason = approval->outcome,
    };

    for (size_t i = 0; i < CONTROL_WORKERS_MAX; i++)
        if (control->workers[i])
            ipc_send_approval_changed(control->workers[i]->channel, &message);
}

void control_backend_fill(struct control *control)
{
    control->approvals = (struct approval_service){
        .metrics = &control->metrics,
        .owner = control,
        .now_us = control_now_us,
        .record = record,
        .changed = changed,
    };
    approval_service_init(&control->approvals);
    control->api = (struct api){
        .approvals = &control->approvals,
        .sight = &control->sight,
        .metrics = &control->metrics,
        .backend = {.owner = control,
                    .verify = verify,
                    .login_issue = login_issue,
                    .record = record,
                    .kill = kill_session,
                    .check = check,
                    .target_visible = target_visible,
                    .now_us = control_now_us,
                    .unready = unready},
    };
}

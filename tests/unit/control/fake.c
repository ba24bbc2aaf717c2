/* SPDX-License-Identifier: Apache-2.0 */
#include "fake.h"

static struct str one_admin[] = {STR_INIT("admins")}, one_viewer[] = {STR_INIT("viewers")},
                  one_approver[] = {STR_INIT("dba")};

/* The token is the subject; its groups are what stands behind a dot: "dana.dba". */
static void fake_verify(void *owner, struct str token, struct str peer, api_verified_fn *done,
                        void *arg)
{
    struct fake *fake = owner;
    struct str subject = token, group = STR("none");
    struct identity identity = {.issuer = STR("https://id.example"),
                                .groups = &group,
                                .group_count = 1,
                                .expires_at = 2000000000,
                                .session_ends_at = 2000000000,
                                .claims = STR("{}")};
    struct buf json;

    (void)peer;
    if (fake->keeper_away || str_equal(token, STR("bad"))) {
        done(arg, false, fake->keeper_away, STR_NONE);
        return;
    }
    str_split(token, '.', &subject, &group);
    identity.subject = identity.display_name = subject;
    buf_init(&json, 65536);
    identity_encode(&identity, &json);
    done(arg, true, false, buf_str(&json));
    buf_release(&json);
}

static void fake_issue(void *owner, struct str identity_json, struct str target,
                       uint32_t lifetime_s, api_issued_fn *done, void *arg)
{
    struct fake *fake = owner;
    struct secret password = {0};

    (void)identity_json, (void)target;
    assert_true(secret_set(&password, "pass", 4));
    done(arg, STR("cl_user"), &password, fake->now_us / 1000000 + lifetime_s, STR_NONE);
    secret_release(&password);
}

static void fake_record(void *owner, const struct audit_record *record, approval_recorded_fn *done,
                        void *arg)
{
    struct fake *fake = owner;

    fake->records += !fake->log_full;
    fake->last_kind = record->kind;
    done(arg, !fake->log_full);
}

static bool fake_kill(void *owner, uint64_t session, struct str reason)
{
    (void)reason;
    ((struct fake *)owner)->killed = session;
    return true;
}

static void fake_check(void *owner, struct str identity_json, struct str target, struct str schema,
                       struct str text, api_checked_fn *done, void *arg)
{
    struct fake *fake = owner;

    (void)target, (void)schema, (void)text;
    snprintf(fake->checked, sizeof(fake->checked), "%.*s", STR_ARG(identity_json));
    if (fake->keeper_away)
        done(arg, STR_NONE, STR("no catalog"));
    else
        done(arg, STR("[{\"decision\":\"deny\"}]"), STR_NONE);
}

static bool fake_visible(void *owner, const struct identity *identity, size_t target)
{
    (void)owner, (void)identity;
    return target == 0;
}

static int64_t fake_now(void *owner)
{
    return ((struct fake *)owner)->now_us;
}

static const char *fake_unready(void *owner)
{
    return ((struct fake *)owner)->missing;
}

static void fake_changed(void *owner, const struct approval *approval)
{
    (void)approval;
    ((struct fake *)owner)->changes++;
}

static void fake_sessions(struct fake *fake)
{
    static const char sessions[] =
        "[{\"id\":\"0001000000000001\",\"issuer\":\"https://id.example\",\"subject\":\"ann\","
        "\"name\":\"Ann\",\"target\":\"shop\",\"peer\":\"127.0.0.1:9\",\"client\":\"mysql\","
        "\"state\":\"ready\",\"statement\":\"SELECT ?\",\"opened_us\":5000000,"
        "\"last_us\":6000000,\"statements\":3,\"rows\":7,\"refused\":1},"
        "{\"id\":\"0001000000000002\",\"issuer\":\"https://id.example\",\"subject\":\"bob\","
        "\"target\":\"shop\"}]";
    struct metrics metrics = {0};
    struct buf buf;

    metrics_add(&metrics, METRIC_decisions_deny, 4);
    metrics_set(&metrics, METRIC_sessions_open, 2);
    buf_init(&buf, 65536);
    metrics_encode(&buf, &metrics);
    assert_true(
        sight_take(&fake->sight, "worker", 0, fake->now_us, buf_str(&buf), str_of(sessions)));
    buf_release(&buf);
}

void fake_init(struct fake *fake)
{
    char error[256] = "";

    memset(fake, 0, sizeof(*fake));
    fake->now_us = (int64_t)1700000000 * 1000000;
    fake->store = store_sqlite_open(":memory:", error, sizeof(error));
    if (!fake->store)
        fail_msg("%s", error);
    fake->targets[0] = (struct config_target){.name = STR("shop"), .kind = CONFIG_TARGET_MYSQL};
    fake->targets[1] = (struct config_target){.name = STR("hr"), .kind = CONFIG_TARGET_MARIADB};
    fake->config.targets = fake->targets;
    fake->config.target_count = 2;
    fake->config.control.login_ms = 3600000;
    fake->config.control.admin_groups = (struct config_strings){one_admin, 1};
    fake->config.control.viewer_groups = (struct config_strings){one_viewer, 1};
    fake->config.control.approver_groups = (struct config_strings){one_approver, 1};
    fake->approvals = (struct approval_service){.store = fake->store,
                                                .metrics = &fake->metrics,
                                                .pending_us = 1000000000,
                                                .owner = fake,
                                                .now_us = fake_now,
                                                .record = fake_record,
                                                .changed = fake_changed};
    approval_service_init(&fake->approvals);
    sight_init(&fake->sight);
    fake->api = (struct api){.config = &fake->config,
                             .store = fake->store,
                             .approvals = &fake->approvals,
                             .sight = &fake->sight,
                             .metrics = &fake->metrics,
                             .backend = {.owner = fake,
                                         .verify = fake_verify,
                                         .login_issue = fake_issue,
                                         .record = fake_record,
                                         .kill = fake_kill,
                                         .check = fake_check,
                                         .target_visible = fake_visible,
                                         .now_us = fake_now,
                                         .unready = fake_unready}};
    assert_true(api_init(&fake->api));
    fake_sessions(fake);
}

void fake_release(struct fake *fake)
{
    approval_service_release(&fake->approvals);
    api_release(&fake->api);
    sight_release(&fake->sight);
    store_close(fake->store);
}

static struct fake_answer answer;

static void on_answered(struct api_call *call)
{
    answer.count++;
    answer.status = call->status;
    answer.type = call->answer_type;
    snprintf(answer.etag, sizeof(answer.etag), "%s", call->etag);
    snprintf(answer.allow, sizeof(answer.allow), "%.*s", STR_ARG(call->allow));
    snprintf(answer.text, sizeof(answer.text), "%.*s", STR_ARG(buf_str(&call->answer)));
}

struct fake_answer *fake_call(struct fake *fake, enum api_method method, const char *path,
                              const char *token, const char *body)
{
    struct api_call call;

    memset(&answer, 0, sizeof(answer));
    api_call_init(&call);
    call.method = method;
    call.path = str_of(path);
    str_split(str_of(path), '?', &call.path, &call.query);
    call.token = str_of(token);
    call.body = str_of(body);
    call.content_type = STR("application/json");
    call.if_none_match = str_of(fake->if_none_match);
    call.peer = STR("127.0.0.1:1");
    call.answered = on_answered;
    api_dispatch(&fake->api, &call);
    api_call_release(&call);
    if (answer.count != 1)
        fail_msg("%s answered %u times", path, answer.count);
    return &answer;
}

static char last_id[APPROVAL_ID_SIZE];

static void on_asked(void *arg, enum problem problem, const struct approval *approval)
{
    (void)arg;
    snprintf(last_id, sizeof(last_id), "%s", problem ? "" : approval->id);
}

const char *fake_ask(struct fake *fake, const char *subject, const char *statement)
{
    struct approval_ask ask = {.issuer = STR("https://id.example"),
                               .subject = str_of(subject),
                               .target = STR("shop"),
                               .statement = str_of(statement),
                               .groups = STR("dba"),
                               .count = 1,
                               .valid_us = 60000000,
                               .reason = STR("why")};

    approval_service_ask(&fake->approvals, &ask, on_asked, NULL);
    return last_id;
}

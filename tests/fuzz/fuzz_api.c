/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths, queries and bodies of the API: a method's letter, path and query up to a newline, the
 * body. Every call must be answered exactly once, and what is answered as JSON must be JSON.
 */
#include "base/attr.h"
#include "config/config.h"
#include "control/api.h"
#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct api api;
static struct approval_service approvals;
static struct metrics metrics;
static struct sight sight;
static struct config config;
static struct config_target target = {.name = STR_INIT("shop"), .kind = CONFIG_TARGET_MYSQL};
static struct str admins[] = {STR_INIT("admins")};
static unsigned answers;

static void verify(void *owner, struct str token, struct str peer, api_verified_fn *done, void *arg)
{
    (void)owner, (void)token, (void)peer;
    done(arg, true, false,
         STR("{\"claims\":{},\"expires_at\":2000000000,\"groups\":[\"admins\",\"dba\"],"
             "\"issuer\":\"https://id.example\",\"name\":\"Ann\","
             "\"session_ends_at\":2000000000,\"subject\":\"ann\"}"));
}

static void login_issue(void *owner, struct str identity, struct str name, uint32_t lifetime_s,
                        api_issued_fn *done, void *arg)
{
    (void)owner, (void)identity, (void)name, (void)lifetime_s;
    done(arg, STR_NONE, NULL, 0, STR("not here"));
}

static void record(void *owner, const struct audit_record *entry, approval_recorded_fn *done,
                   void *arg)
{
    (void)owner, (void)entry;
    done(arg, true);
}

static bool kill_session(void *owner, uint64_t session, struct str reason)
{
    (void)owner, (void)session, (void)reason;
    return true;
}

static void check(void *owner, struct str identity_json, struct str name, struct str schema,
                  struct str text, api_checked_fn *done, void *arg)
{
    (void)owner, (void)identity_json, (void)name, (void)schema, (void)text;
    done(arg, STR("[]"), STR_NONE);
}

static bool visible(void *owner, const struct identity *identity, size_t index)
{
    (void)owner, (void)identity, (void)index;
    return true;
}

static int64_t now_us(void *owner)
{
    (void)owner;
    return 1700000000000000;
}

static const char *unready(void *owner)
{
    (void)owner;
    return NULL;
}

static void changed(void *owner, const struct approval *approval)
{
    (void)owner, (void)approval;
}

static void ask_once(void)
{
    struct approval_ask ask = {.issuer = STR("https://id.example"),
                               .subject = STR("bob"),
                               .target = STR("shop"),
                               .statement = STR("DROP TABLE t"),
                               .groups = STR("dba"),
                               .count = 3,
                               .valid_us = 1000000};
    struct approval approval;
    struct arena arena;

    arena_init(&arena, 1 << 20);
    REQUIRE(approval_open(&ask, "rq-aaaaaaaaaa", now_us(NULL), 1000000, &arena, &approval) ==
            PROBLEM_NONE);
    REQUIRE(store_approval_insert(api.store, &approval) == STORE_OK);
    arena_release(&arena);
}

static void set_up(void)
{
    char error[128];

    config.targets = &target;
    config.target_count = 1;
    config.control.admin_groups = (struct config_strings){admins, 1};
    api = (struct api){.config = &config,
                       .approvals = &approvals,
                       .sight = &sight,
                       .metrics = &metrics,
                       .backend = {.verify = verify,
                                   .login_issue = login_issue,
                                   .record = record,
                                   .kill = kill_session,
                                   .check = check,
                                   .target_visible = visible,
                                   .now_us = now_us,
                                   .unready = unready}};
    api.store = store_sqlite_open(":memory:", error, sizeof(error));
    REQUIRE(api.store && api_init(&api));
    approvals = (struct approval_service){.store = api.store,
                                          .metrics = &metrics,
                                          .pending_us = 1000000,
                                          .now_us = now_us,
                                          .record = record,
                                          .changed = changed};
    approval_service_init(&approvals);
    ask_once();
}

static void on_answered(struct api_call *call)
{
    answers++;
    if (call->answer_type && strstr(call->answer_type, "json") && call->answer.len > 0) {
        json_t *json =
            json_loadb(call->answer.data, call->answer.len, JSON_REJECT_DUPLICATES, NULL);
        REQUIRE(json);
        json_decref(json);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_make(data, size), line;
    struct api_call call;

    if (!api.store)
        set_up();
    if (size < 1)
        return 0;
    api_call_init(&call);
    call.method = rest.ptr[0] == 'G'   ? API_GET
                  : rest.ptr[0] == 'P' ? API_POST
                  : rest.ptr[0] == 'D' ? API_DELETE
                                       : API_METHOD_INVALID;
    rest = str_slice(rest, 1, rest.len);
    if (str_split(rest, '\n', &line, &rest))
        call.body = rest;
    else
        line = rest;
    if (!str_split(line, '?', &call.path, &call.query))
        call.path = line;
    call.token = STR("t");
    call.content_type = STR("application/json");
    call.peer = STR("127.0.0.1:1");
    call.answered = on_answered;
    answers = 0;
    api_dispatch(&api, &call);
    REQUIRE(answers == 1);
    api_call_release(&call);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fake.h"

#include <jansson.h>

static struct fake fake;

static int setup(void **state)
{
    (void)state;
    fake_init(&fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_release(&fake);
    return 0;
}

#define CHECK "/api/v1/policy/check"
#define OWN   "/api/v1/sessions/0001000000000001"
#define ALL   "/api/v1/sessions"

static const struct row {
    enum api_method method;
    const char *path, *token, *body;
    unsigned status;
    const char *text;  /* must be in the answer */
    const char *never; /* must not be; may be NULL */
} rows[] = {
    /* doors */
    {API_GET, "/healthz", "", "", 200, "ok", NULL},
    {API_GET, "/readyz", "", "", 200, "ready", NULL},
    {API_GET, "/openapi.json", "", "", 200, "\"openapi\":\"3.1.0\"", NULL},
    {API_GET, "/", "", "", 404, "api.not_found", NULL},
    {API_GET, "/api/v1/whoami", "", "", 401, "identity.missing", NULL},
    {API_GET, "/api/v1/whoami", "bad", "", 401, "identity.refused", NULL},
    {API_GET, "/api/v1/whoami", "ann", "", 200, "\"role\":\"user\"", NULL},
    {API_GET, "/api/v1/whoami", "ann.admins", "", 200, "\"role\":\"admin\"", NULL},
    {API_GET, "/api/v1/whoami/", "ann", "", 404, "api.not_found", NULL},
    {API_GET, "/api/v1/whoami/x", "ann", "", 404, "api.not_found", NULL},
    {API_GET, "//api/v1/whoami", "ann", "", 404, "api.not_found", NULL},
    {API_GET, "/api/v1/sessions/%2", "ann", "", 404, "api.not_found", NULL},
    {API_GET, "/api/v1/sessions/a%00b", "ann", "", 404, "api.not_found", NULL},
    {API_POST, "/api/v1/whoami", "ann", "", 405, "api.method", NULL},
    {API_METHOD_INVALID, "/api/v1/logins", "ann", "", 405, "api.method", NULL},
    {API_GET, "/metrics", "", "", 401, "identity.missing", NULL},
    {API_GET, "/metrics", "ann", "", 403, "api.forbidden", NULL},
    {API_GET, "/metrics", "vic.viewers", "", 200, "decision=\"deny\"} 4", NULL},
    {API_GET, "/api/v1/status", "ann", "", 200, "\"sessions\":2", NULL},
    /* targets */
    {API_GET, "/api/v1/targets", "ann", "", 200, "\"shop\"", "\"hr\""},
    {API_GET, "/api/v1/targets", "ada.admins", "", 200, "\"hr\"", NULL},
    /* sessions */
    {API_GET, ALL, "ann", "", 200, "0001000000000001", "0001000000000002"},
    {API_GET, ALL, "vic.viewers", "", 200, "0001000000000002", NULL},
    {API_GET, ALL "?limit=1", "vic.viewers", "", 200, "\"next\":\"0001000000000001\"", "\"bob\""},
    {API_GET, ALL "?after=0001000000000001", "vic.viewers", "", 200, "\"bob\"", "\"ann\""},
    {API_GET, ALL "?limit=0", "vic.viewers", "", 400, "api.parameter", NULL},
    {API_GET, ALL "?limit=201", "vic.viewers", "", 400, "api.parameter", NULL},
    {API_GET, ALL "?after=zz", "vic.viewers", "", 400, "api.parameter", NULL},
    {API_GET, ALL "?target=none", "vic.viewers", "", 200, "\"items\":[]", NULL},
    {API_GET, OWN, "ann", "", 200, "\"statements\":3", NULL},
    {API_GET, OWN, "bob", "", 404, "api.not_found", NULL},
    {API_POST, OWN "/kill", "bob", "{}", 404, "api.not_found", NULL},
    {API_POST, OWN "/kill", "vic.viewers", "{}", 403, "api.forbidden", NULL},
    {API_POST, OWN "/kill", "ann", "{\"why\":1}", 400, "why", NULL},
    {API_POST, OWN "/kill", "ann", "[]", 400, "api.malformed", NULL},
    {API_POST, OWN "/kill", "ann", "{\"reason\":1}", 400, "api.parameter", NULL},
    {API_POST, OWN "/kill", "ann", "{\"reason\":\"x\"}", 202, "0001000000000001", NULL},
    {API_POST, OWN "/kill", "ada.admins", "", 202, "0001000000000001", NULL},
    /* logins */
    {API_POST, "/api/v1/logins", "ann", "{\"target\":\"shop\"}", 201, "\"password\":\"pass\"",
     NULL},
    {API_GET, "/api/v1/logins", "ann", "", 200, "cl_user", "pass"},
    {API_GET, "/api/v1/logins", "bob", "", 200, "\"items\":[]", "cl_user"},
    {API_GET, "/api/v1/logins", "vic.viewers", "", 200, "cl_user", "pass"},
    {API_POST, "/api/v1/logins", "ann", "{\"target\":\"hr\"}", 400, "api.parameter", NULL},
    {API_POST, "/api/v1/logins", "ann", "{}", 400, "api.parameter", NULL},
    {API_POST, "/api/v1/logins", "ann", "{\"target\":\"shop\",\"minutes\":61}", 400, "from 1 to 60",
     NULL},
    {API_POST, "/api/v1/logins", "ann", "{\"target\":\"shop\",\"target\":\"hr\"}", 400,
     "api.malformed", NULL},
    /* what would be decided */
    {API_POST, CHECK, "ann", "{\"target\":\"shop\",\"statement\":\"SELECT 1\"}", 200,
     "{\"decisions\":[{\"decision\":\"deny\"}]}", NULL},
    {API_POST, CHECK, "ann", "{\"target\":\"hr\",\"statement\":\"SELECT 1\"}", 400, "api.parameter",
     NULL},
    {API_POST, CHECK, "ann", "{\"target\":\"shop\",\"statement\":\" \"}", 400, "statement is",
     NULL},
    {API_POST, CHECK, "ann",
     "{\"target\":\"shop\",\"statement\":\"X\",\"identity\":{\"issuer\":\"i\",\"subject\":\"s\"}}",
     403, "api.forbidden", NULL},
    {API_POST, CHECK, "vic.viewers",
     "{\"target\":\"hr\",\"statement\":\"X\",\"identity\":{\"issuer\":\"i\",\"subject\":\"s\","
     "\"groups\":[\"g\"]}}",
     200, "decisions", NULL},
    {API_POST, CHECK, "vic.viewers",
     "{\"target\":\"hr\",\"statement\":\"X\",\"identity\":{\"groups\":[1]}}", 400, "api.parameter",
     NULL},
    {API_POST, CHECK, "vic.viewers", "{\"target\":\"hr\",\"statement\":\"X\",\"identity\":7}", 400,
     "api.parameter", NULL},
    /* identities */
    {API_GET, "/api/v1/identities", "ann", "", 403, "api.forbidden", NULL},
    {API_GET, "/api/v1/identities", "vic.viewers", "", 200, "\"ann\"", NULL},
    {API_GET, "/api/v1/identities?limit=1", "vic.viewers", "", 200, "\"next\"", NULL},
    {API_GET, "/api/v1/identities?after=x", "vic.viewers", "", 400, "api.parameter", NULL},
    /* approvals, none there */
    {API_GET, "/api/v1/approvals", "ann", "", 200, "\"items\":[]", NULL},
    {API_GET, "/api/v1/approvals?state=nonsense", "ann", "", 400, "api.parameter", NULL},
    {API_GET, "/api/v1/approvals?for=you", "ann", "", 400, "api.parameter", NULL},
    {API_GET, "/api/v1/approvals?after=x", "ann", "", 400, "api.parameter", NULL},
    {API_GET, "/api/v1/approvals/rq-none", "ann", "", 404, "api.not_found", NULL},
    {API_POST, "/api/v1/approvals/rq-none/approve", "ann", "{}", 403, "api.forbidden", NULL},
    {API_POST, "/api/v1/approvals/rq-none/approve", "dana.dba", "{}", 404, "api.not_found", NULL},
};

static void rows_answer_as_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct fake_answer *got = fake_call(&fake, row->method, row->path, row->token, row->body);
        if (got->status != row->status || !strstr(got->text, row->text) ||
            (row->never && strstr(got->text, row->never)))
            fail_msg("%s %s as %s: %u %s", api_method_text(row->method), row->path, row->token,
                     got->status, got->text);
        if (got->status >= 400)
            assert_string_equal(got->type, "application/problem+json");
    }
    assert_int_equal(fake.killed, 0x0001000000000001);
}

static struct fake_answer *post(const char *token, const char *id, const char *verb,
                                const char *body)
{
    char path[128];

    snprintf(path, sizeof(path), "/api/v1/approvals/%s%s%s", id, verb[0] ? "/" : "", verb);
    return fake_call(&fake, verb[0] ? API_POST : API_GET, path, token, body);
}

static void approvals_over_the_api(void **state)
{
    (void)state;
    char id[APPROVAL_ID_SIZE];

    snprintf(id, sizeof(id), "%s", fake_ask(&fake, "ann", "DROP TABLE t"));
    assert_string_equal(fake_ask(&fake, "ann", "DROP TABLE t"), id);
    assert_int_equal(fake.records, 1);
    /* who sees it */
    assert_int_equal(post("bob", id, "", "")->status, 404);
    assert_non_null(strstr(post("ann", id, "", "")->text, "\"own\":true,\"decidable\":false"));
    assert_non_null(strstr(post("vic.viewers", id, "", "")->text, "\"decidable\":false"));
    assert_non_null(strstr(post("dana.dba", id, "", "")->text, "\"decidable\":true"));
    assert_non_null(strstr(
        fake_call(&fake, API_GET, "/api/v1/approvals?for=others", "dana.dba", "")->text, id));
    assert_null(
        strstr(fake_call(&fake, API_GET, "/api/v1/approvals?for=others", "ann", "")->text, id));
    assert_non_null(
        strstr(fake_call(&fake, API_GET, "/api/v1/approvals?for=me", "ann", "")->text, id));
    assert_null(
        strstr(fake_call(&fake, API_GET, "/api/v1/approvals?state=used", "ann", "")->text, id));
    /* who decides it */
    assert_non_null(strstr(post("ann.dba", id, "approve", "{}")->text, "approval.self"));
    assert_int_equal(post("ada.admins", id, "approve", "{}")->status, 403);
    assert_int_equal(post("dana.dba", id, "refuse", "{}")->status, 400);
    /* what can't be recorded is not done */
    fake.log_full = true;
    assert_int_equal(post("dana.dba", id, "approve", "{}")->status, 503);
    assert_non_null(strstr(post("dana.dba", id, "", "")->text, "\"state\":\"pending\""));
    fake.log_full = false;
    assert_non_null(strstr(post("dana.dba", id, "approve", "{\"comment\":\"ok\"}")->text,
                           "\"state\":\"approved\""));
    assert_int_equal(fake.last_kind, AUDIT_approval_decided);
    assert_int_equal(post("dana.dba", id, "approve", "")->status, 200); /* the same word again */
    assert_int_equal(post("dora.dba", id, "refuse", "{\"reason\":\"late\"}")->status, 409);
    assert_int_equal(post("bob", id, "withdraw", "")->status, 404);
    assert_non_null(strstr(post("ann", id, "withdraw", "")->text, "\"state\":\"void\""));
    assert_int_equal(post("ann", id, "withdraw", "")->status, 409);
}

static void pages_hold_all_once(void **state)
{
    (void)state;
    char path[256] = "/api/v1/approvals?limit=2";
    unsigned found = 0;

    for (int i = 0; i < 7; i++) {
        char statement[32];
        snprintf(statement, sizeof(statement), "DROP TABLE t%d", i);
        fake.now_us += i & 1; /* some share a time */
        fake_ask(&fake, i % 2 ? "ann" : "bob", statement);
    }
    for (int page = 0; page < 10; page++) {
        json_t *answer =
            json_loads(fake_call(&fake, API_GET, path, "vic.viewers", "")->text, 0, NULL);
        const char *next = json_string_value(json_object_get(answer, "next"));
        found += (unsigned)json_array_size(json_object_get(answer, "items"));
        if (next)
            snprintf(path, sizeof(path), "/api/v1/approvals?limit=2&after=%s", next);
        json_decref(answer);
        if (!next)
            break;
    }
    assert_int_equal(found, 7);
}

static void unchanged_is_304(void **state)
{
    (void)state;
    char etag[24];

    snprintf(etag, sizeof(etag), "%s",
             fake_call(&fake, API_GET, "/api/v1/targets", "ann", "")->etag);
    assert_true(etag[0] == '"');
    fake.if_none_match = etag;
    struct fake_answer *got = fake_call(&fake, API_GET, "/api/v1/targets", "ann", "");
    assert_int_equal(got->status, 304);
    assert_string_equal(got->text, "");
    assert_int_equal(fake_call(&fake, API_GET, "/api/v1/whoami", "ann", "")->status, 200);
}

static void rate_is_held(void **state)
{
    (void)state;
    fake.config.control.requests_per_minute = 3;
    for (int i = 0; i < 3; i++)
        assert_int_equal(fake_call(&fake, API_GET, "/healthz", "", "")->status, 200);
    assert_int_equal(fake_call(&fake, API_GET, "/healthz", "", "")->status, 429);
    fake.now_us += 60000000;
    assert_int_equal(fake_call(&fake, API_GET, "/healthz", "", "")->status, 200);
}

static void a_check_is_for_whom_it_says(void **state)
{
    (void)state;
    fake_call(&fake, API_POST, CHECK, "ann", "{\"target\":\"shop\",\"statement\":\"X\"}");
    assert_non_null(strstr(fake.checked, "\"subject\":\"ann\""));
    fake_call(&fake, API_POST, CHECK, "vic.viewers",
              "{\"target\":\"shop\",\"statement\":\"X\",\"identity\":{\"issuer\":\"i\","
              "\"subject\":\"other\",\"groups\":[\"g1\"],\"claims\":{\"c\":1}}}");
    assert_non_null(strstr(fake.checked, "\"subject\":\"other\""));
    assert_non_null(strstr(fake.checked, "\"g1\""));
    assert_non_null(strstr(fake.checked, "\"c\":1"));
    assert_null(strstr(fake.checked, "viewers"));
}

static void what_is_away_is_said(void **state)
{
    (void)state;
    fake.missing = "no worker";
    assert_int_equal(fake_call(&fake, API_GET, "/readyz", "", "")->status, 503);
    fake.keeper_away = true;
    assert_int_equal(fake_call(&fake, API_GET, "/api/v1/whoami", "ann", "")->status, 503);
    fake.keeper_away = false;
    fake.log_full = true;
    assert_int_equal(fake_call(&fake, API_POST, OWN "/kill", "ann", "")->status, 503);
    assert_int_equal(fake.killed, 0);
}

static void no_approver_groups_leave_it_to_the_policy(void **state)
{
    (void)state;
    char id[APPROVAL_ID_SIZE];

    fake.config.control.approver_groups.count = 0;
    snprintf(id, sizeof(id), "%s", fake_ask(&fake, "ann", "DROP TABLE t"));
    assert_int_equal(post("bob", id, "approve", "{}")->status, 404);
    assert_int_equal(post("dana.dba", id, "approve", "{}")->status, 200);
}

static void metrics_never_fall(void **state)
{
    (void)state;
    struct metrics sum, own = {0};

    sight_lose(&fake.sight, "worker", 0);
    sight_sum(&fake.sight, &own, &sum);
    assert_int_equal(sum.value[METRIC_decisions_deny], 4);
    assert_int_equal(sum.value[METRIC_sessions_open], 0);
    assert_null(sight_find(&fake.sight, 0x0001000000000001));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(rows_answer_as_told),
        TEST(approvals_over_the_api),
        TEST(pages_hold_all_once),
        TEST(unchanged_is_304),
        TEST(a_check_is_for_whom_it_says),
        TEST(rate_is_held),
        TEST(what_is_away_is_said),
        TEST(metrics_never_fall),
        TEST(no_approver_groups_leave_it_to_the_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

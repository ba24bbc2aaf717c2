/* SPDX-License-Identifier: Apache-2.0
 *
 * One session, packet by packet.
 */
#include "scenario.h"
#include "store/approval.h"
#include <string.h>

static const char *const two[] = {"id", "ssn"};
static const char *const two_rows[] = {"1", "721-07-4426", "2", "435-22-3267"};
static const char *const one[] = {"id"};
static const char *const six_rows[] = {"1", "2", "3", "4", "5", "6"};

static struct str row_value(struct str payload, int index)
{
    struct cursor c = cursor_over(payload);
    struct wire_value value = {0};
    for (int i = 0; i <= index; i++)
        assert_true(wire_text_value_next(&c, &value));
    return value.bytes;
}

static void a_token_opens_a_session(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    assert_string_equal(s.token, "header.payload.signature");
    assert_non_null(strstr(s.last_record, "\"login\""));
    const char ping[] = {WIRE_COM_PING};
    scenario_put(&s, &s.client, 0, str_make(ping, 1));
    scenario_expect_ok(&s);
    scenario_stop(&s);
}

static void a_refused_token_learns_nothing(void **state)
{
    (void)state;
    struct scenario s;
    struct buf out;
    scenario_start(&s, "async");
    s.identity = NULL;
    scenario_take(&s, &s.client);
    struct wire_login login = {.capabilities = WIRE_CAP(PROTOCOL_41) |
                                               WIRE_CAP(SECURE_CONNECTION) |
                                               WIRE_CAP(PLUGIN_AUTH) |
                                               WIRE_CAP(PLUGIN_AUTH_LENENC),
                               .collation = 45, .user = STR("shop"),
                               .answer = STR("a.b.c\0"),
                               .auth_plugin = STR("mysql_clear_password")};
    buf_init(&out, 4096);
    wire_login_encode(&out, &login);
    scenario_put(&s, &s.client, 1, buf_str(&out));
    buf_release(&out);
    struct str message = scenario_expect_err(&s, 1045);
    assert_true(str_find(message, STR("yesterday")) < 0);
    assert_true(str_find(message, STR("expired")) < 0);
    assert_int_equal(s.records, 0); /* the keeper records it */
    assert_true(scenario_closed(&s, &s.client));
    scenario_stop(&s);
}

static void an_allowed_statement_passes(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    for (int turn = 0; turn < 2; turn++) { /* the second time from the cache */
        scenario_query(&s, "SELECT id FROM pub WHERE id < 7");
        scenario_expect_query(&s, "SELECT id FROM pub WHERE id < 7");
        scenario_server_rows(&s, one, 1, six_rows, 3);
        assert_int_equal(scenario_take(&s, &s.client).ptr[0], 1);
        scenario_take(&s, &s.client);
        for (int i = 0; i < 3; i++)
            assert_str(row_value(scenario_take(&s, &s.client), 0), str_of(six_rows[i]));
        assert_int_equal((unsigned char)scenario_take(&s, &s.client).ptr[0], WIRE_EOF);
        assert_int_equal(s.client.sequence, 6);
        assert_non_null(strstr(s.last_record, "\"rows\":3"));
    }
    assert_int_equal(s.metrics.value[METRIC_decision_cache_hits], 1);
    scenario_stop(&s);
}

static void comments_alone_are_answered_here_and_recorded(void **state)
{
    (void)state;
    static const char *const texts[] = {"/* x */", "-- x", "/*!99999 SELECT 1 */;"};
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        scenario_query(&s, texts[i]);
        scenario_expect_ok(&s);
        assert_true(scenario_silent(&s, &s.server));
        assert_non_null(strstr(s.last_decision, texts[i]));
        assert_non_null(strstr(s.last_decision, "\"allow\""));
    }
    scenario_query(&s, " ; ");
    scenario_expect_err(&s, 1065);
    scenario_put(&s, &s.client, 0, STR("\x16/* x */")); /* COM_STMT_PREPARE, to a MySQL */
    scenario_expect_err(&s, 1295);
    assert_true(scenario_silent(&s, &s.server));
    scenario_query(&s, "SELECT id FROM pub;/* x */");
    scenario_expect_query(&s, "SELECT id FROM pub");
    scenario_stop(&s);
}

static void a_denied_statement_is_not_sent_and_the_session_lives(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    scenario_query(&s, "DELETE FROM pub WHERE id = 1");
    struct str message = scenario_expect_err(&s, 1142);
    assert_true(str_starts(message, STR("cardea/denied.privilege")));
    assert_true(scenario_silent(&s, &s.server));
    assert_non_null(strstr(s.last_record, "\"deny\""));
    scenario_query(&s, "SELECT id FROM pub");
    scenario_expect_query(&s, "SELECT id FROM pub");
    scenario_stop(&s);
}

static void a_masked_column_is_rewritten(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    scenario_query(&s, "SELECT id, ssn FROM person");
    scenario_expect_query(&s, "SELECT id, ssn FROM person");
    scenario_server_rows(&s, two, 2, two_rows, 2);
    for (int i = 0; i < 3; i++)
        scenario_take(&s, &s.client);
    for (int i = 0; i < 2; i++) {
        struct str row = scenario_take(&s, &s.client);
        assert_str(row_value(row, 0), str_of(two_rows[i * 2]));
        assert_str(row_value(row, 1), STR("[masked]"));
    }
    assert_int_equal((unsigned char)scenario_take(&s, &s.client).ptr[0], WIRE_EOF);
    scenario_stop(&s);
}

static void several_statements_are_all_decided_before_one_runs(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    scenario_query(&s, "UPDATE pub SET note = 'x' WHERE id = 1; DELETE FROM pub WHERE id = 1");
    scenario_expect_err(&s, 1142);
    assert_true(scenario_silent(&s, &s.server));
    scenario_query(&s, "SELECT id FROM pub; SELECT id FROM person");
    scenario_expect_query(&s, "SELECT id FROM pub");
    scenario_server_rows(&s, one, 1, six_rows, 1);
    for (int i = 0; i < 3; i++)
        scenario_take(&s, &s.client);
    struct str end = scenario_take(&s, &s.client);
    assert_true(end.ptr[3] & WIRE_STATUS_MORE_RESULTS);
    scenario_expect_query(&s, "SELECT id FROM person");
    scenario_server_rows(&s, one, 1, six_rows, 1);
    scenario_take(&s, &s.client);
    assert_int_equal(s.client.sequence, 5); /* goes on from the first result's 4 */
    scenario_take(&s, &s.client);
    scenario_take(&s, &s.client);
    end = scenario_take(&s, &s.client);
    assert_false(end.ptr[3] & WIRE_STATUS_MORE_RESULTS);
    scenario_stop(&s);
}

static void a_surprise_closes_the_result(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"id", "extra"}, {"id", "other"}};
    static const uint32_t counts[] = {1, 2};
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    scenario_query(&s, "SELECT id, ssn FROM person");
    scenario_expect_query(&s, "SELECT id, ssn FROM person");
    scenario_server_rows(&s, names[0], counts[0], six_rows, 3);
    struct str message = scenario_expect_err(&s, 1105);
    assert_true(str_starts(message, STR("cardea/result.surprise")));
    assert_true(scenario_silent(&s, &s.client));
    world_target(&s.world, STR("shop"))->catalog_stale = false;
    scenario_query(&s, "SELECT id, ssn FROM person");
    scenario_expect_query(&s, "SELECT id, ssn FROM person");
    scenario_server_rows(&s, names[1], counts[1], two_rows, 1);
    scenario_expect_err(&s, 1105);
    scenario_stop(&s);
}

static void a_limit_ends_the_result_and_not_the_session(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    scenario_query(&s, "SELECT id FROM pub");
    scenario_expect_query(&s, "SELECT id FROM pub");
    scenario_server_rows(&s, one, 1, six_rows, 6);
    for (int i = 0; i < 2 + 5; i++)
        scenario_take(&s, &s.client);
    scenario_expect_err(&s, 3170);
    scenario_query(&s, "SELECT id FROM pub");
    scenario_expect_query(&s, "SELECT id FROM pub");
    scenario_stop(&s);
}

static void the_server_gets_no_file_of_the_clients(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    scenario_query(&s, "SELECT id FROM pub");
    scenario_take(&s, &s.server);
    scenario_put(&s, &s.server, 1, STR("\xFB/etc/passwd"));
    scenario_expect_err(&s, 3950);
    assert_true(scenario_closed(&s, &s.client));
    scenario_stop(&s);
}

static void what_cannot_be_recorded_is_not_run(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    s.ring_full = true;
    scenario_query(&s, "SELECT id FROM pub");
    struct str message = scenario_expect_err(&s, 1836);
    assert_true(str_starts(message, STR("cardea/audit.unavailable")));
    assert_true(scenario_silent(&s, &s.server));
    s.ring_full = false;
    scenario_query(&s, "SELECT id FROM pub");
    scenario_expect_query(&s, "SELECT id FROM pub");
    scenario_stop(&s);
}

static void a_full_ring_is_waited_for(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    s.ring_full = s.room_soon = true;
    scenario_query(&s, "SELECT id FROM pub");
    assert_true(scenario_silent(&s, &s.server));
    scenario_wait(&s, 50); /* still full */
    assert_true(scenario_silent(&s, &s.server));
    s.ring_full = false;
    for (unsigned i = 0; i < 10; i++) /* the timer wheel's ticks are coarse */
        scenario_wait(&s, 50);
    scenario_expect_query(&s, "SELECT id FROM pub");
    scenario_stop(&s);
}

static void a_ring_that_stays_full_refuses(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    s.ring_full = s.room_soon = true;
    scenario_query(&s, "SELECT id FROM pub");
    assert_true(scenario_silent(&s, &s.server));
    for (unsigned i = 0; i < 150; i++)
        scenario_wait(&s, 50);
    struct str message = scenario_expect_err(&s, 1836);
    assert_true(str_starts(message, STR("cardea/audit.unavailable")));
    assert_true(scenario_silent(&s, &s.server));
    s.ring_full = false;
    scenario_query(&s, "SELECT id FROM pub");
    scenario_expect_query(&s, "SELECT id FROM pub");
    scenario_stop(&s);
}

static void with_sync_the_record_is_on_disk_first(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "sync");
    scenario_login(&s);
    scenario_query(&s, "SELECT id FROM pub");
    assert_true(scenario_silent(&s, &s.server));
    s.on_disk = true;
    world_durable_moved(&s.world);
    scenario_expect_query(&s, "SELECT id FROM pub");
    scenario_stop(&s);
}

static void errors_of_masked_statements_say_nothing(void **state)
{
    (void)state;
    static const struct {
        uint16_t number;
        const char *text;
        uint16_t told;
    } rows[] = {
        {1062, "Duplicate entry '721-07-4426' for key 'ssn'", 1105},
        {1292, "Truncated incorrect value: '721-07-4426'", 1105},
        {1205, "Lock wait timeout exceeded 721-07-4426", 1205},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario s;
        struct buf out;
        struct wire_err err = {rows[i].number, "23000", str_of(rows[i].text)};
        scenario_start(&s, "async");
        scenario_login(&s);
        scenario_query(&s, "SELECT ssn FROM person");
        scenario_take(&s, &s.server);
        buf_init(&out, 4096);
        wire_err_encode(&out, WIRE_CAP(PROTOCOL_41), &err);
        scenario_put(&s, &s.server, 1, buf_str(&out));
        buf_release(&out);
        struct str message = scenario_expect_err(&s, rows[i].told);
        assert_true(str_find(message, STR("721-07-4426")) < 0);
        assert_null(strstr(s.last_record, "721-07-4426"));
        scenario_query(&s, "SHOW WARNINGS");
        scenario_take(&s, &s.client);
        assert_true(scenario_silent(&s, &s.server));
        scenario_stop(&s);
    }
}

static void approval_is_waited_for_and_used_once(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    scenario_query(&s, "DROP TABLE app.pub");
    assert_true(scenario_silent(&s, &s.server));
    assert_true(scenario_silent(&s, &s.client));
    s.approval_state = APPROVAL_APPROVED; /* it is asked about again, with the objects as they are */
    world_approval_changed(&s.world, STR("rq-aaaaaaaaaa"), APPROVAL_APPROVED, STR_NONE, STR_NONE);
    scenario_expect_query(&s, "DROP TABLE app.pub");
    assert_int_equal(s.approvals_used, 1);
    scenario_server_ok(&s);
    scenario_expect_ok(&s);
    scenario_stop(&s);
}

static void approval_that_does_not_come_gives_an_id(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    scenario_query(&s, "DROP TABLE app.pub");
    scenario_wait(&s, 30000);
    assert_true(scenario_silent(&s, &s.client));
    scenario_wait(&s, 40000);
    struct str message = scenario_expect_err(&s, 1142);
    assert_true(str_find(message, STR("rq-aaaaaaaaaa")) > 0);
    assert_true(scenario_silent(&s, &s.server));
    scenario_stop(&s);
}

static void unknown_commands_are_refused_one_by_one(void **state)
{
    (void)state;
    static const uint8_t commands[] = {WIRE_COM_FIELD_LIST, WIRE_COM_PROCESS_KILL,
                                       WIRE_COM_STATISTICS, WIRE_COM_BINLOG_DUMP,
                                       WIRE_COM_CHANGE_USER, WIRE_COM_SHUTDOWN, WIRE_COM_CLONE,
                                       WIRE_COM_STMT_FETCH, 0x77, 0xF3};
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    for (size_t i = 0; i < sizeof commands; i++) {
        char payload[16] = {(char)commands[i]};
        scenario_put(&s, &s.client, 0, str_make(payload, sizeof payload));
        scenario_expect_err(&s, 1047);
    }
    assert_true(scenario_silent(&s, &s.server));
    scenario_query(&s, "SELECT id FROM pub");
    scenario_expect_query(&s, "SELECT id FROM pub");
    scenario_stop(&s);
}

static void time_ends_what_waits(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_wait(&s, 3600000);
    scenario_take(&s, &s.client);
    assert_true(scenario_closed(&s, &s.client));
    scenario_stop(&s);
    scenario_start(&s, "async");
    scenario_login(&s);
    scenario_query(&s, "SELECT id FROM pub");
    scenario_take(&s, &s.server);
    scenario_wait(&s, 60000); /* KILL QUERY is tried, and does not help */
    scenario_wait(&s, 70000);
    scenario_expect_err(&s, 3024);
    scenario_stop(&s);
    scenario_start(&s, "async");
    scenario_login(&s);
    scenario_wait(&s, 700000); /* the token's ten minutes */
    scenario_take(&s, &s.client);
    assert_true(scenario_closed(&s, &s.client));
    assert_true(scenario_closed(&s, &s.server));
    scenario_stop(&s);
}

static void a_kill_ends_the_session(void **state)
{
    (void)state;
    struct scenario s;
    scenario_start(&s, "async");
    scenario_login(&s);
    world_kill(&s.world, 0, STR("https://issuer.test"), STR("agent-7"), STR("enough"));
    struct str message = scenario_expect_err(&s, 3169);
    assert_true(str_find(message, STR("enough")) > 0);
    assert_true(scenario_closed(&s, &s.client));
    scenario_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_opens_a_session),
        cmocka_unit_test(a_refused_token_learns_nothing),
        cmocka_unit_test(an_allowed_statement_passes),
        cmocka_unit_test(comments_alone_are_answered_here_and_recorded),
        cmocka_unit_test(a_denied_statement_is_not_sent_and_the_session_lives),
        cmocka_unit_test(a_masked_column_is_rewritten),
        cmocka_unit_test(several_statements_are_all_decided_before_one_runs),
        cmocka_unit_test(a_surprise_closes_the_result),
        cmocka_unit_test(a_limit_ends_the_result_and_not_the_session),
        cmocka_unit_test(the_server_gets_no_file_of_the_clients),
        cmocka_unit_test(what_cannot_be_recorded_is_not_run),
        cmocka_unit_test(a_full_ring_is_waited_for),
        cmocka_unit_test(a_ring_that_stays_full_refuses),
        cmocka_unit_test(with_sync_the_record_is_on_disk_first),
        cmocka_unit_test(errors_of_masked_statements_say_nothing),
        cmocka_unit_test(approval_is_waited_for_and_used_once),
        cmocka_unit_test(approval_that_does_not_come_gives_an_id),
        cmocka_unit_test(unknown_commands_are_refused_one_by_one),
        cmocka_unit_test(time_ends_what_waits),
        cmocka_unit_test(a_kill_ends_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Greetings were captured from MariaDB 10.11 and MySQL 9.7; the login is one of the mysql client.
 */
#include "hex.h"
#include "wire/handshake.h"

static const char mariadb_greeting[] =
    "0a352e352e352d31302e31312e31392d4d6172696144422d302b64656231327531001500000043227c6e34573852"
    "00feff2d0200ff81150000000000001d000000747158483d3a4a4661372b6f006d7973716c5f6e61746976655f70"
    "617373776f726400";
static const char mysql_greeting[] =
    "0a392e372e342d32001a000000636e501f7219202500ffffff0200ffdf1500000000000000000000392e303865217"
    "35227131d5b0063616368696e675f736861325f70617373776f726400";

static struct buf bytes, out;

static int setup(void **state)
{
    (void)state;
    buf_init(&bytes, 1 << 20);
    buf_init(&out, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_release(&bytes);
    buf_release(&out);
    return 0;
}

static void greetings_of_real_servers(void **state)
{
    (void)state;
    struct wire_greeting g;

    assert_true(wire_greeting_decode(hex_only(&bytes, mariadb_greeting), &g));
    assert_str(g.server_version, STR("5.5.5-10.11.19-MariaDB-0+deb12u1"));
    assert_int_equal(g.connection_id, 21);
    assert_memory_equal(g.scramble, "C\"|n4W8RtqXH=:JFa7+o", WIRE_SCRAMBLE);
    assert_true(g.capabilities == 0x1d81fffffeull); /* with extended flags */
    assert_str(g.auth_plugin, STR("mysql_native_password"));
    assert_int_equal(g.collation, 45);
    assert_int_equal(g.status, WIRE_STATUS_AUTOCOMMIT);

    assert_true(wire_greeting_decode(hex_only(&bytes, mysql_greeting), &g));
    assert_str(g.server_version, STR("9.7.4-2"));
    assert_true(g.capabilities == 0xdfffffff);
    assert_int_equal(g.collation, 255);
    assert_str(g.auth_plugin, STR("caching_sha2_password"));
    assert_memory_equal(g.scramble + 8, "9.08e!sR'\x13\x1d[", 12);
}

static void a_greeting_comes_back(void **state)
{
    (void)state;
    struct str captured = hex_only(&bytes, mysql_greeting);
    struct wire_greeting g, again;

    assert_true(wire_greeting_decode(captured, &g));
    wire_greeting_encode(&out, &g);
    assert_true(str_equal(buf_str(&out), captured));
    assert_true(wire_greeting_decode(buf_str(&out), &again));
    for (size_t i = 0; i < captured.len - g.auth_plugin.len - 1; i++)
        assert_false(wire_greeting_decode(str_slice(captured, 0, i), &again));
}

static void other_greetings_are_refused(void **state)
{
    (void)state;
    struct wire_greeting g;

    assert_false(wire_greeting_decode(STR_NONE, &g));
    assert_false(wire_greeting_decode(STR("\x09"), &g));
    assert_false(wire_greeting_decode(STR("\xff\x10\x04Too many connections"), &g));
}

static const struct wire_login example = {
    .capabilities = WIRE_CAP(LONG_PASSWORD) | WIRE_CAP(PROTOCOL_41) | WIRE_CAP(SECURE_CONNECTION) |
                    WIRE_CAP(PLUGIN_AUTH) | WIRE_CAP(PLUGIN_AUTH_LENENC) | WIRE_CAP(CONNECT_WITH_DB) |
                    WIRE_CAP(CONNECT_ATTRS) | WIRE_CAP(SSL),
    .max_packet = 1 << 24,
    .collation = 45,
    .user = STR_INIT("role+orders-prod"),
    .answer = STR_INIT("a token\0with anything"),
    .schema = STR_INIT("app"),
    .auth_plugin = STR_INIT("mysql_clear_password"),
    .attributes = STR_INIT("\4_pid\1" "7\3_os\0"),
};

static void assert_login(const struct wire_login *a, const struct wire_login *b)
{
    assert_true(a->capabilities == b->capabilities);
    assert_true(a->max_packet == b->max_packet && a->collation == b->collation);
    assert_str(a->user, b->user);
    assert_str(a->answer, b->answer);
    assert_str(a->schema, b->schema);
    assert_str(a->auth_plugin, b->auth_plugin);
    assert_str(a->attributes, b->attributes);
}

static void a_login_comes_back(void **state)
{
    (void)state;
    struct wire_login got;

    wire_login_encode(&out, &example);
    assert_false(out.failed);
    assert_true(wire_login_decode(buf_str(&out), ~0ull, &got));
    assert_login(&got, &example);
    assert_false(got.tls_request);
}

static void a_tls_request_has_nothing_behind(void **state)
{
    (void)state;
    struct wire_login request = {.tls_request = true, .capabilities = example.capabilities,
                                 .max_packet = 1 << 24, .collation = 8}, got;

    wire_login_encode(&out, &request);
    assert_int_equal(out.len, 32);
    assert_true(wire_login_decode(buf_str(&out), ~0ull, &got));
    assert_true(got.tls_request);
    /* TLS was not offered: a login without a user name, which is malformed. */
    assert_false(wire_login_decode(buf_str(&out), ~WIRE_CAP(SSL), &got));
}

static void flags_that_were_not_offered_have_no_fields(void **state)
{
    (void)state;
    struct wire_login login = example, got;

    login.capabilities &= ~(WIRE_CAP(CONNECT_ATTRS) | WIRE_CAP(CONNECT_WITH_DB));
    wire_login_encode(&out, &login);
    login.capabilities |= WIRE_CAP(CONNECT_ATTRS);
    assert_true(wire_login_decode(buf_str(&out), ~WIRE_CAP(CONNECT_ATTRS), &got));
    assert_int_equal(got.attributes.len, 0);
    assert_str(got.user, example.user);
}

static void no_prefix_of_a_login_is_more_than_it_says(void **state)
{
    (void)state;
    struct wire_login got;

    wire_login_encode(&out, &example);
    for (size_t i = 0; i < out.len; i++) {
        struct str prefix = str_slice(buf_str(&out), 0, i);
        if (wire_login_decode(prefix, ~0ull, &got) && !got.tls_request) {
            /* Only whole optional fields may be missing. */
            assert_str(got.user, example.user);
            assert_str(got.answer, example.answer);
            assert_int_equal(got.attributes.len, 0);
        }
    }
}

static void hostile_logins(void **state)
{
    (void)state;
    static const struct {
        const char *name, *hex;
    } rows[] = {
        {"empty", ""},
        {"before 4.1", "0100 000001 726f6f7400 00"},
        {"no NUL behind the user",
         "00822000 00000001 2d 0000000000000000000000000000000000000000000000 726f6f74"},
        {"answer longer than the packet",
         "00822000 00000001 2d 0000000000000000000000000000000000000000000000 7200 fd ffffff 41"},
        {"answer length of 2^64 - 1",
         "00822000 00000001 2d 0000000000000000000000000000000000000000000000 7200 fe ffffffffffffffff"},
        {"answer length NULL",
         "00822000 00000001 2d 0000000000000000000000000000000000000000000000 7200 fb"},
        {"attribute beyond its block",
         "00823800 00000001 2d 0000000000000000000000000000000000000000000000 7200 00 00 02 0541"},
        {"attributes beyond the packet",
         "00823800 00000001 2d 0000000000000000000000000000000000000000000000 7200 00 00 20 0141 0142"},
        {"attribute without value",
         "00823800 00000001 2d 0000000000000000000000000000000000000000000000 7200 00 00 02 0141"},
    };
    struct wire_login got;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (wire_login_decode(hex_only(&bytes, rows[i].hex), ~0ull, &got))
            fail_msg("%s was read", rows[i].name);
}

static void attributes_one_by_one(void **state)
{
    (void)state;
    struct str name, value, block;

    wire_attribute_put(&out, STR("_client_name"), STR("libmysql"));
    wire_attribute_put(&out, STR("empty"), STR(""));
    block = buf_str(&out);
    assert_true(wire_attribute_next(&block, &name, &value));
    assert_str(name, STR("_client_name"));
    assert_str(value, STR("libmysql"));
    assert_true(wire_attribute_next(&block, &name, &value));
    assert_str(name, STR("empty"));
    assert_false(wire_attribute_next(&block, &name, &value));
}

static void an_answer_over_255_bytes_needs_its_flag(void **state)
{
    (void)state;
    struct wire_login login = example;
    char token[300] = {0};

    login.answer = str_make(token, sizeof token);
    wire_login_encode(&out, &login);
    assert_false(out.failed);
    login.capabilities &= ~WIRE_CAP(PLUGIN_AUTH_LENENC);
    wire_login_encode(&out, &login);
    assert_true(out.failed);
}

static void auth_switches(void **state)
{
    (void)state;
    struct wire_auth_switch request = {STR("mysql_native_password"), STR("12345678901234567890")}, got;
    struct str data;

    wire_auth_switch_encode(&out, &request);
    assert_int_equal(out.len, 1 + 22 + 21);
    assert_true(wire_auth_switch_decode(buf_str(&out), &got));
    assert_str(got.plugin, request.plugin);
    assert_str(got.data, request.data);
    buf_clear(&out);
    request = (struct wire_auth_switch){STR("mysql_clear_password"), STR_NONE};
    wire_auth_switch_encode(&out, &request);
    assert_str(buf_str(&out), STR("\xFEmysql_clear_password\0"));
    assert_false(wire_auth_switch_decode(STR("\xFE"), &got)); /* of before 4.1.1 */
    assert_false(wire_auth_switch_decode(STR("\xFE\0"), &got));
    assert_false(wire_auth_switch_decode(STR("\xFE" "abc"), &got));
    assert_true(wire_more_data_decode(STR("\x01\x04"), &data));
    assert_str(data, STR("\x04"));
    assert_false(wire_more_data_decode(STR("\x02\x04"), &data));
}

static void ok_packets_of_real_servers(void **state)
{
    (void)state;
    uint64_t all = WIRE_CAP(SESSION_TRACK);
    struct wire_ok ok;

    assert_true(wire_ok_decode(hex_only(&bytes, "000000024000000006010403617070"), all, &ok));
    assert_int_equal(ok.status, WIRE_STATUS_AUTOCOMMIT | WIRE_STATUS_SESSION_STATE_CHANGED);
    assert_str(ok.state, STR("\x01\x04\x03" "app"));
    assert_true(wire_ok_decode(hex_only(&bytes, "00010001800000"), all, &ok));
    assert_int_equal(ok.affected_rows, 1);
    assert_int_equal(ok.status, WIRE_STATUS_IN_TRANSACTION | WIRE_STATUS_ANSI_QUOTES);
    assert_int_equal(ok.state.len, 0);
    assert_true(wire_ok_decode(STR("\0\0\0\2\0\0\0Rows matched: 1"), 0, &ok));
    assert_str(ok.info, STR("Rows matched: 1"));
    assert_false(wire_ok_decode(STR("\0\0\0\2\0\0"), 0, &ok));
    assert_false(wire_ok_decode(STR("\0\0\0\2\0\0\0\2ab!"), all, &ok)); /* a byte too many */
    assert_false(wire_ok_decode(STR("\0\0\0\2\100\0\0\0\5ab"), all, &ok));
}

static void ok_packets_follow_the_flags(void **state)
{
    (void)state;
    struct wire_ok ok = {.affected_rows = 70000, .insert_id = 251, .status = 2, .warnings = 3,
                         .info = STR("i"), .state = STR("\x01\x02\x01" "a")}, got;
    uint64_t track = WIRE_CAP(SESSION_TRACK);

    wire_ok_encode(&out, WIRE_OK, track, &ok);
    assert_true(wire_ok_decode(buf_str(&out), track, &got));
    assert_true(got.affected_rows == 70000 && got.insert_id == 251 && got.warnings == 3);
    assert_str(got.info, ok.info);
    assert_str(got.state, ok.state);
    assert_int_equal(got.status, 2 | WIRE_STATUS_SESSION_STATE_CHANGED);
    /* Without the flag no state, and no sign of any. */
    buf_clear(&out);
    ok.status = got.status;
    wire_ok_encode(&out, WIRE_EOF, 0, &ok);
    assert_true(wire_ok_decode(buf_str(&out), 0, &got));
    assert_int_equal(got.status, 2);
    assert_str(got.info, ok.info);
}

static void err_packets(void **state)
{
    (void)state;
    struct wire_err err = {1142, "42000", STR("no")}, got;

    wire_err_encode(&out, WIRE_CAP(PROTOCOL_41), &err);
    assert_str(buf_str(&out), STR("\xFF\x76\x04#42000no"));
    assert_true(wire_err_decode(buf_str(&out), &got));
    assert_int_equal(got.number, 1142);
    assert_string_equal(got.sqlstate, "42000");
    assert_str(got.message, STR("no"));
    buf_clear(&out);
    wire_err_encode(&out, 0, &err);
    assert_str(buf_str(&out), STR("\xFF\x76\x04no"));
    assert_true(wire_err_decode(STR("\xFF\x10\x04Too many connections"), &got));
    assert_string_equal(got.sqlstate, "HY000");
    assert_false(wire_err_decode(STR("\xFF\xFF\xFF\1\1\1"), &got)); /* progress report */
    assert_false(wire_err_decode(STR("\xFF\x10\x04#420"), &got));
    assert_false(wire_err_decode(STR("\xFF\x10"), &got));
}

static void a_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    struct wire_err err = {1105, "HY000", STR_NONE}, got;

    for (int i = 0; i < 1024; i++)
        buf_put_str(&bytes, STR("\xE2\x82\xAC"));
    err.message = buf_str(&bytes);
    wire_err_encode(&out, WIRE_CAP(PROTOCOL_41), &err);
    assert_true(wire_err_decode(buf_str(&out), &got));
    assert_true(got.message.len <= 2048 && got.message.len > 2040);
    assert_true(str_is_utf8(got.message));
}

static void eof_packets(void **state)
{
    (void)state;
    struct wire_eof eof;

    assert_true(wire_eof_decode(hex_only(&bytes, "fe00002180"), &eof));
    assert_int_equal(eof.status, 0x8021);
    wire_eof_encode(&out, &eof);
    assert_true(str_equal(buf_str(&out), buf_str(&bytes)));
    assert_false(wire_eof_decode(STR("\xFE\0\0\0"), &eof));
    assert_false(wire_eof_decode(STR("\xFE\0\0\0\0\0"), &eof));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(greetings_of_real_servers),
        TEST(a_greeting_comes_back),
        TEST(other_greetings_are_refused),
        TEST(a_login_comes_back),
        TEST(a_tls_request_has_nothing_behind),
        TEST(flags_that_were_not_offered_have_no_fields),
        TEST(no_prefix_of_a_login_is_more_than_it_says),
        TEST(hostile_logins),
        TEST(attributes_one_by_one),
        TEST(an_answer_over_255_bytes_needs_its_flag),
        TEST(auth_switches),
        TEST(ok_packets_of_real_servers),
        TEST(ok_packets_follow_the_flags),
        TEST(err_packets),
        TEST(a_long_message_is_cut_between_characters),
        TEST(eof_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

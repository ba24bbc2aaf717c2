/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "wire/capabilities.h"

/* What MariaDB 10.11 and MySQL 9.7 put into their greetings. */
#define MARIADB_1011 0x1d81fffffeull
#define MYSQL_97     0xdfffffffull

static void what_hides_or_reads_files_is_not_offered(void **state)
{
    (void)state;
    uint64_t offer = wire_capabilities_offer(true);

    assert_true(offer & WIRE_CAP(SSL));
    assert_false(wire_capabilities_offer(false) & WIRE_CAP(SSL));
    assert_true(offer & WIRE_CAP(LONG_PASSWORD)); /* else MariaDB's flags would be read */
    assert_true(offer & WIRE_CAP(PLUGIN_AUTH_LENENC));
    assert_false(offer & (WIRE_CAP(COMPRESS) | WIRE_CAP(ZSTD_COMPRESSION) | WIRE_CAP(LOCAL_FILES) |
                          WIRE_CAP(OPTIONAL_RESULTSET_METADATA) | WIRE_CAP(IGNORE_SPACE)));
    assert_int_equal(offer >> 32, 0);
}

static void a_client_gets_what_both_have(void **state)
{
    (void)state;
    uint64_t offer = wire_capabilities_offer(true), agreed = 0;
    const char *name = NULL;

    assert_true(wire_capabilities_client(offer, ~0ull, &agreed, &name));
    assert_true(agreed == offer);
    assert_false(wire_capabilities_client(offer, ~WIRE_CAP(PROTOCOL_41), &agreed, &name));
    assert_string_equal(name, "PROTOCOL_41");
    assert_false(wire_capabilities_client(offer, ~WIRE_CAP(PLUGIN_AUTH), &agreed, &name));
    assert_string_equal(name, "PLUGIN_AUTH");
}

static void a_server_is_asked_for_what_the_client_reads(void **state)
{
    (void)state;
    static const uint64_t servers[] = {MARIADB_1011, MYSQL_97};
    uint64_t asked = 0;
    const char *name = NULL;

    for (size_t i = 0; i < 2; i++) {
        uint64_t server = servers[i] | WIRE_CAP(SSL);
        assert_true(wire_capabilities_server(server, ~0ull, true, true, &asked, &name));
        assert_true(asked & WIRE_CAP(DEPRECATE_EOF));
        assert_true(asked & WIRE_CAP(SSL));
        assert_true(asked & WIRE_CAP(SESSION_TRACK));
        assert_true(asked & WIRE_CAP(CONNECT_WITH_DB));
        assert_false(asked & (WIRE_CAP(LOCAL_FILES) | WIRE_CAP(MULTI_STATEMENTS) |
                              WIRE_CAP(COMPRESS) | WIRE_CAP(QUERY_ATTRIBUTES)));
        assert_true(wire_capabilities_server(server, 0, false, false, &asked, &name));
        assert_false(asked & (WIRE_CAP(DEPRECATE_EOF) | WIRE_CAP(SSL) | WIRE_CAP(FOUND_ROWS) |
                              WIRE_CAP(CONNECT_WITH_DB)));
    }
    assert_false(wire_capabilities_server(MYSQL_97 & ~WIRE_CAP(SSL), 0, true, false, &asked, &name));
    assert_string_equal(name, "SSL");
}

static void bits_have_names(void **state)
{
    (void)state;
    assert_string_equal(wire_capability_name(24), "DEPRECATE_EOF");
    assert_string_equal(wire_capability_name(36), "MARIADB_CACHE_METADATA");
    assert_null(wire_capability_name(60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_hides_or_reads_files_is_not_offered),
        cmocka_unit_test(a_client_gets_what_both_have),
        cmocka_unit_test(a_server_is_asked_for_what_the_client_reads),
        cmocka_unit_test(bits_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

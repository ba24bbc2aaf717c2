/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements that versions of one server take and others don't.
 */
#include "reading.h"

static const struct {
    const char *sql, *taken_by, *refused_by;
} rows[] = {
    {"SHOW SLAVE STATUS", "8.0.36", "8.4.0"},
    {"SHOW MASTER STATUS", "8.3.0", "8.4.0"},
    {"SHOW BINARY LOG STATUS", "8.2.0", "8.0.36"},
    {"SHOW REPLICA STATUS", "8.4.0", NULL},
    {"CHANGE MASTER TO MASTER_HOST = 'x'", "8.0.36", "8.4.0"},
    {"CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'x'", "8.0.36", "8.0.20"},
    {"START SLAVE", "8.0.36", "9.0.0"},
    {"STOP SLAVE FOR CHANNEL 'c'", "8.0.36", "8.4.0"},
    {"RESET MASTER TO 5", "8.0.36", "8.4.0"},
    {"RESET BINARY LOGS AND GTIDS", "9.7.4", NULL},
    {"PURGE MASTER LOGS TO 'x'", "8.0.36", "8.4.0"},
    {"FLUSH HOSTS", "8.0.36", "8.4.0"},
    {"LOCK TABLES t LOW_PRIORITY WRITE", "8.0.36", "9.7.4"},
    {"SHOW MASTER STATUS", "10.6.0-MariaDB", NULL},
    {"START ALL SLAVES", "11.4.2-MariaDB", "9.7.4"},
    {"ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u WITHOUT VALIDATION", "11.4.2-MariaDB",
     "10.11.19-MariaDB"},
    {"CREATE SEQUENCE s AS BIGINT", "11.5.2-MariaDB", "10.11.19-MariaDB"},
    {"CREATE SEQUENCE s MAXVALUE 18446744073709551615", "11.5.2-MariaDB", "10.11.19-MariaDB"},
    {"START REPLICA UNTIL SQL_AFTER_GTIDS = 'x'", "11.4.2-MariaDB", "10.11.19-MariaDB"},
    {"GRANT SHOW CREATE ROUTINE ON *.* TO u", "11.4.2-MariaDB", "10.11.19-MariaDB"},
};

static void check(struct reading *r, const char *server, const char *sql, bool taken)
{
    if (server == NULL)
        return;
    struct sql_context context = context_of(server, "", "utf8mb4");
    reading_parse(r, &context, str_of(sql));
    if (r->ok != taken)
        fail_msg("%s: %s %s %.*s", server, sql, r->ok ? "was not refused" : "was refused:",
                 STR_ARG(r->fault.message));
}

static void versions_differ(void **state)
{
    struct reading r;

    (void)state;
    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check(&r, rows[i].taken_by, rows[i].sql, true);
        check(&r, rows[i].refused_by, rows[i].sql, false);
    }
    reading_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

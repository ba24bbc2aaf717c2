#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of statements with the servers that take them, for tests of the grammar: what neither
 * takes is a syntax error to both.
 */
#include "reading.h"

enum takes { NEITHER = 0, MYSQL_ONLY, MARIADB_ONLY, BOTH };

struct taker {
    enum takes takes;
    const char *sql;
};

static inline void taker_check(struct reading *r, const char *server, const char *sql, bool taken)
{
    struct sql_context context = context_of(server, "", "utf8mb4");

    reading_parse(r, &context, str_of(sql));
    if (r->ok != taken)
        fail_msg("%s: %s %s %.*s", server, sql, r->ok ? "was not refused" : "was refused:",
                 STR_ARG(r->fault.message));
    if (!r->ok)
        assert_true(r->fault.position > 0);
}

static inline void takers_check(const struct taker *rows, size_t count)
{
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < count; i++) {
        taker_check(&r, MYSQL, rows[i].sql, rows[i].takes == BOTH || rows[i].takes == MYSQL_ONLY);
        taker_check(&r, MARIADB, rows[i].sql,
                    rows[i].takes == BOTH || rows[i].takes == MARIADB_ONLY);
    }
    reading_stop(&r);
}

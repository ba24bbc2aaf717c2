/* SPDX-License-Identifier: Apache-2.0
 *
 * The grammar of queries, expressions, calls, changes of data, SET and stored programs, held
 * against what the servers themselves said of each statement; what versions differ on; and what is
 * read with a doubt.
 */
#include "reading.h"

#define Y 1
#define N 0
#define X (-1)

struct verdict {
    int mysql, mariadb;
    const char *sql;
};

#define V(mysql, mariadb, sql) {mysql, mariadb, sql},
static const struct verdict query_verdicts[] = {
#include "verdicts_query.h"
};
static const struct verdict expression_verdicts[] = {
#include "verdicts_expression.h"
};
static const struct verdict call_verdicts[] = {
#include "verdicts_call.h"
};
static const struct verdict write_verdicts[] = {
#include "verdicts_write.h"
};
static const struct verdict set_verdicts[] = {
#include "verdicts_set.h"
};
static const struct verdict handler_verdicts[] = {
#include "verdicts_handler.h"
};
static const struct verdict program_verdicts[] = {
#include "verdicts_program.h"
};
#undef V

/* How many rows of a table one family's parser judges otherwise than the server; says which. */
static unsigned count_wrong(const struct verdict *rows, size_t count, const char *server)
{
    struct sql_context context = context_of(server, "", "utf8mb4");
    bool mysql = context.family == SQL_MYSQL;
    unsigned wrong = 0;
    struct reading r;

    context.several = false;
    reading_start(&r);
    for (size_t i = 0; i < count; i++) {
        int want = mysql ? rows[i].mysql : rows[i].mariadb;
        reading_parse(&r, &context, str_of(rows[i].sql));
        if (want == X || r.ok == (want == Y))
            continue;
        wrong++;
        print_error("%s: %s: %s %.*s\n", server, rows[i].sql,
                    r.ok ? "a syntax error there, accepted here" : "parsed there, refused here:",
                    STR_ARG(r.fault.message));
    }
    reading_stop(&r);
    return wrong;
}

static void the_servers_judge(const struct verdict *rows, size_t count)
{
    assert_int_equal(count_wrong(rows, count, MYSQL) + count_wrong(rows, count, MARIADB), 0);
}

static void queries(void **state)
{
    (void)state;
    the_servers_judge(query_verdicts, ARRAY_LEN(query_verdicts));
}
static void expressions(void **state)
{
    (void)state;
    the_servers_judge(expression_verdicts, ARRAY_LEN(expression_verdicts));
}
static void calls(void **state)
{
    (void)state;
    the_servers_judge(call_verdicts, ARRAY_LEN(call_verdicts));
}
static void writes(void **state)
{
    (void)state;
    the_servers_judge(write_verdicts, ARRAY_LEN(write_verdicts));
}
static void sets(void **state)
{
    (void)state;
    the_servers_judge(set_verdicts, ARRAY_LEN(set_verdicts));
}
static void handlers(void **state)
{
    (void)state;
    the_servers_judge(handler_verdicts, ARRAY_LEN(handler_verdicts));
}
static void programs(void **state)
{
    (void)state;
    the_servers_judge(program_verdicts, ARRAY_LEN(program_verdicts));
}

static const struct {
    const char *server, *sql;
    bool ok;
} versions[] = {
    {"8.0.36", "LOCK TABLES t LOW_PRIORITY WRITE", true},
    {"9.7.4", "LOCK TABLES t LOW_PRIORITY WRITE", false},
    {"8.4.3", "SELECT 1 FROM t GROUP BY GROUPING SETS ((a))", false},
    {"9.7.4", "SELECT 1 FROM t GROUP BY GROUPING SETS ((a))", true},
    {"8.4.3", "SELECT JSON_ARRAYAGG(a NULL ON NULL) FROM t", false},
    {"9.7.4", "SELECT JSON_ARRAYAGG(a NULL ON NULL) FROM t", true},
    {"10.11.19-MariaDB", "SELECT a FROM (SELECT 1) d (a)", false},
    {"11.8.2-MariaDB", "SELECT a FROM (SELECT 1) d (a)", true},
    {"10.11.19-MariaDB", "DELETE FROM t AS x WHERE x.a = 1", false},
    {"11.8.2-MariaDB", "DELETE FROM t AS x WHERE x.a = 1", true},
    {"10.11.19-MariaDB", "CREATE PROCEDURE p(a INT DEFAULT 1) SELECT a", false},
    {"11.8.2-MariaDB", "CREATE PROCEDURE p(a INT DEFAULT 1) SELECT a", true},
    {"10.6.20-MariaDB", "SIGNAL SQLSTATE '45000' SET ROW_NUMBER = 1", false},
    {"10.11.19-MariaDB", "SIGNAL SQLSTATE '45000' SET ROW_NUMBER = 1", true},
};

static void versions_differ(void **state)
{
    (void)state;
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        struct sql_context context = context_of(versions[i].server, "", "utf8mb4");
        reading_parse(&r, &context, str_of(versions[i].sql));
        if (r.ok != versions[i].ok)
            fail_msg("%s: %s: %.*s", versions[i].server, versions[i].sql, STR_ARG(r.fault.message));
    }
    reading_stop(&r);
}

static const struct {
    const char *server, *sql, *doubt;
} doubts[] = {
    {MYSQL, "SELECT 1", NULL},
    {MYSQL, "SELECT a INTO @x FROM t", NULL},
    {MYSQL, "SELECT 1 UNION SELECT 2 INTO @x", NULL},
    {MYSQL, "SELECT (SELECT a INTO @x FROM t)", "INTO inside of a query"},
    {MYSQL, "SELECT 1 INTO @x UNION SELECT 2", "INTO before the last part of a query"},
    {MYSQL, "(SELECT a FROM t INTO @x)", "INTO inside of parentheses"},
    {MYSQL, "SELECT a INTO @x FROM t INTO @y", "two INTO"},
    {MYSQL, "CREATE PROCEDURE p() BEGIN DECLARE c CURSOR FOR SELECT a FROM t INTO @x; END",
     "INTO in the query of a cursor"},
    {MYSQL, "SELECT * FROM (SELECT 1)", "a derived table without a name"},
    {MYSQL, "SELECT 1 AS ``", "an empty identifier"},
    {MYSQL, "SELECT CAST(a AT LOCAL AS DATETIME) FROM t", "CAST ... AT LOCAL"},
    {MYSQL, "SELECT a FROM t GROUP BY GROUPING SETS ((a), ())", "GROUPING SETS"},
    {MYSQL, "SELECT JSON_DUALITY_OBJECT('a' : a) FROM t", "JSON_DUALITY_OBJECT"},
    {MYSQL, "LOAD DATA INFILE 'f' INTO TABLE t", NULL},
    {MYSQL, "LOAD DATA URL 'f' INTO TABLE t", "LOAD DATA from a URL"},
    {MYSQL, "LOAD DATA INFILE 'f' INTO TABLE t ALGORITHM = BULK", "LOAD DATA in bulk"},
    {MARIADB, "SELECT * FROM (SELECT 1) FOR SYSTEM_TIME ALL d", "FOR SYSTEM_TIME behind a query"},
    {MARIADB, "CREATE PROCEDURE p(a OUT INT) AS b INT; BEGIN a := 1; END",
     "a parameter's mode behind its name"},
    {MARIADB, "SELECT s.p.f(1)", "a package's function"},
};

static void doubts_are_told(void **state)
{
    (void)state;
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(doubts); i++) {
        struct sql_context context = context_of(doubts[i].server, "", "utf8mb4");
        reading_parse(&r, &context, str_of(doubts[i].sql));
        if (!r.ok)
            fail_msg("%s: %.*s", doubts[i].sql, STR_ARG(r.fault.message));
        const char *doubt = r.script.statements[0].doubt;
        if (doubts[i].doubt == NULL ? doubt != NULL
                                    : doubt == NULL || strcmp(doubt, doubts[i].doubt) != 0)
            fail_msg("%s: doubt: %s", doubts[i].sql, doubt ? doubt : "none");
    }
    reading_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries),
        cmocka_unit_test(expressions),
        cmocka_unit_test(calls),
        cmocka_unit_test(writes),
        cmocka_unit_test(sets),
        cmocka_unit_test(handlers),
        cmocka_unit_test(programs),
        cmocka_unit_test(versions_differ),
        cmocka_unit_test(doubts_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Forwarded texts, normalized texts, shapes and headings. Headings were read from MySQL 9.7 and
 * MariaDB 10.11.
 */
#include "reading.h"

static void forwarding_keeps_the_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *server, *sql, *forward;
    } rows[] = {
        {MYSQL, "SELECT  a ,b\nFROM t", "SELECT  a ,b\nFROM t"},
        {MYSQL, "SELECT a /* x */ FROM t", "SELECT a   FROM t"},
        {MYSQL, "SELECT a/**/FROM t -- end", "SELECT a FROM t"},
        {MYSQL, "SELECT 1 /*!50000 +1 */ +2", "SELECT 1   +1   +2"},
        {MYSQL, "SELECT/*!50000 1*/", "SELECT  1"},
        {MYSQL, "SELECT 1 /*!99999 +1 */ +2", "SELECT 1   +2"},
        {MYSQL, "SELECT 1--/**/1", "SELECT 1- - 1"},
        {MYSQL, "SELECT 1-/**/-1", "SELECT 1- -1"},
        {MYSQL, "SELECT /*+ x */ 1 /*+ y */", "SELECT /*+ x */ 1"},
        {MYSQL, "SELECT/**//*+ x */1", "SELECT  1"},
        {MARIADB, "SELECT 1 /*M! +1 */", "SELECT 1   +1"},
        {MARIADB, "/* lead */ SELECT 1 # tail", "SELECT 1"},
    };
    struct reading r, again;

    reading_start(&r);
    reading_start(&again);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sql_context context = context_of(rows[i].server, "", "utf8mb4");
        reading_lex(&r, &context, str_of(rows[i].sql));
        assert_true(r.ok);
        sql_print_forward(&r.text, 0, r.text.count - 1, &r.out);
        assert_str(buf_str(&r.out), str_of(rows[i].forward));
        reading_lex(&again, &context, buf_str(&r.out));
        assert_true(again.ok);
        assert_int_equal(again.text.count, r.text.count);
        for (uint32_t k = 0; k < r.text.count; k++) {
            assert_int_equal(again.text.tokens[k].kind, r.text.tokens[k].kind);
            assert_int_equal(again.text.tokens[k].word, r.text.tokens[k].word);
            assert_str(sql_token_text(&again.text, k), sql_token_text(&r.text, k));
        }
    }
    reading_stop(&again);
    reading_stop(&r);
}

static void values_do_not_change_the_normalized_text(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *normalized;
    } rows[] = {
        {"select a from t where b = 'x'", "SELECT a FROM t WHERE b = ?"},
        {"SELECT a  FROM\tt WHERE b=\"y\" /* z */", "SELECT a FROM t WHERE b = ?"},
        {"SELECT 1 WHERE a IN (1, 2, 3)", "SELECT ? WHERE a IN (...)"},
        {"SELECT 1 WHERE a IN (1)", "SELECT ? WHERE a IN (...)"},
        {"SELECT 1 WHERE a IN (1, b)", "SELECT ? WHERE a IN (?, b)"},
        {"insert into t(a, b) values (1, 'x'), (2, NULL)", "INSERT INTO t(a, b) VALUES (...)"},
        {"SELECT 'a' 'b', x'41', 0b1, 1.5, .5e3, N'c'", "SELECT ? ?, ?, ?, ?, ?, ?"},
        {"SELECT 1 WHERE a IN (1, -2, + 3)", "SELECT ? WHERE a IN (...)"},
        {"insert into t values ('a' - 1)", "INSERT INTO t VALUES (? - ?)"},
        {"insert into t values ('a' 'b')", "INSERT INTO t VALUES (? ?)"},
        {"SELECT a ORDER BY 1, 2 DESC LIMIT 3", "SELECT a ORDER BY 1, 2 DESC LIMIT ?"},
        {"SELECT a GROUP BY 1, f(2, 3), 4 HAVING 5", "SELECT a GROUP BY 1, f(?, ?), 4 HAVING ?"},
        {"SELECT a ORDER BY 4111 = 2, '1'", "SELECT a ORDER BY ? = ?, ?"},
        {"(SELECT a ORDER BY 1) LIMIT 2, 3", "(SELECT a ORDER BY 1) LIMIT ?, ?"},
        {"SELECT f(a, 1), COUNT( * )", "SELECT f(a, ?), COUNT (*)"},
        {"SELECT s . t . a", "SELECT s.t.a"},
    };
    struct sql_context context = context_of(MYSQL, "", "utf8mb4");
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        reading_lex(&r, &context, str_of(rows[i].sql));
        assert_true(r.ok);
        sql_print_normalized(&r.text, 0, r.text.count - 1, &r.out);
        assert_str(buf_str(&r.out), str_of(rows[i].normalized));
    }
    reading_stop(&r);
}

static void the_digest_is_sha256(void **state)
{
    (void)state;
    static const unsigned char expected[4] = {0xba, 0x78, 0x16, 0xbf};
    unsigned char digest[32];

    sql_digest(STR("abc"), digest);
    assert_memory_equal(digest, expected, sizeof(expected));
}

static void shapes_differ_where_decisions_may(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        bool same;
    } rows[] = {
        {"SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = 22", true},
        {"SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = '1'", false},
        {"SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = 'it''s'", true},
        {"SELECT a FROM t WHERE b = 1", "SELECT c FROM t WHERE b = 1", false},
        {"SELECT a FROM t ORDER BY 1", "SELECT a FROM t ORDER BY 2", false},
        {"SELECT a, 1 FROM t", "SELECT a, 2 FROM t", false},
        {"SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT 2", true},
        {"SELECT a FROM t WHERE f(b 'x')", "SELECT a FROM t WHERE f(b 'y')", false},
        {"SELECT a FROM t WHERE f(1 'x')", "SELECT a FROM t WHERE f(1 'y')", false},
        {"SELECT a FROM t WHERE f((b) 'x')", "SELECT a FROM t WHERE f((b) 'y')", false},
        {"SELECT a FROM t WHERE b LIKE 'x'", "SELECT a FROM t WHERE b LIKE 'y'", true},
        {"SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT 18446744073709551616", false},
        {"SELECT a FROM t WHERE b IN (SELECT 1)", "SELECT a FROM t WHERE b IN (SELECT 2)", false},
        {"SELECT a FROM t WHERE (b = 1) ORDER BY 1", "SELECT a FROM t WHERE (b = 2) ORDER BY 1",
         true},
        {"/* 1 */ SELECT a FROM t WHERE b = /* 2 */ 3",
         "/* 4 */ SELECT a FROM t WHERE b = /* 5 */ 6", true},
        {"SELECT a FROM t INTO OUTFILE 'x'", "SELECT a FROM t INTO OUTFILE 'y'", false},
        {"INSERT INTO t VALUES (1, 'a')", "INSERT INTO t VALUES (2, 'b')", true},
        {"UPDATE t SET a = 1 WHERE b = 2", "UPDATE t SET a = 3 WHERE b = 4", true},
        {"SET sql_mode = 'a'", "SET sql_mode = 'b'", false},
        {"PREPARE s FROM 'SELECT 1'", "PREPARE s FROM 'SELECT 2'", false},
        {"SHOW TABLES LIKE 'a'", "SHOW TABLES LIKE 'b'", false},
        {"SELECT a FROM t WHERE b = 1; DELETE FROM t", "SELECT a FROM t WHERE b = 2; DELETE FROM t",
         false},
        {"SELECT a FROM t WHERE b = \"x\"", "SELECT a FROM t WHERE b = 'x'", true},
    };
    struct sql_context context = context_of(MYSQL, "", "utf8mb4");
    struct reading one, other;

    reading_start(&one);
    reading_start(&other);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        reading_lex(&one, &context, str_of(rows[i].one));
        reading_lex(&other, &context, str_of(rows[i].other));
        assert_true(sql_shape(&one.text, &one.out) && sql_shape(&other.text, &other.out));
        if (str_equal(buf_str(&one.out), buf_str(&other.out)) != rows[i].same)
            fail_msg("%s, %s", rows[i].one, rows[i].other);
    }
    reading_stop(&other);
    reading_stop(&one);
}

static void headings_are_those_of_the_server(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *mysql, *mariadb;
    } rows[] = {
        {"a", "a", "a"},
        {"`t` . `A`", "A", "A"},
        {"a AS x", "x", "x"},
        {"a 'x y'", "x y", "x y"},
        {"1+1", "1+1", "1+1"},
        {"1 /* c */ + /*!50000 2 +*/ 3", "1 /* c */ +  2 + 3", "1 /* c */ +  2 + 3"},
        {"/* c */ 1 + 2", "1 + 2", "1 + 2"},
        {"( a )", "a", "a"},
        {"(1)", "1", "1"},
        {"+ +1", "1", "1"},
        {"-(1)", "-(1)", "-(1)"},
        {"(-1)", "(-1)", "(-1)"},
        {"(0x41)", "(0x41)", "(0x41)"},
        {"null", "NULL", "NULL"},
        {"(TRUE)", "(TRUE)", "TRUE"},
        {"true", "true", "TRUE"},
        {"'it''s'", "it's", "it's"},
        {"'a' 'b'", "a", "ab"},
        {"' lead'", "lead", "lead"},
        {"''", "", ""},
        {"x'41'", "x'41'", "x'41'"},
        {"_utf8mb4 'u'", "u", "u"},
        {"{d '2020-01-01'}", "{d '2020-01-01'}", "{d '2020-01-01'}"},
        {"{x a}", "a", "a"},
        {"COUNT( * )", "COUNT( * )", "COUNT( * )"},
        {"(SELECT  1)", "(SELECT  1)", "(SELECT  1)"},
        {"?", "?", "?"},
    };
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(rows) * 2; i++) {
        bool mysql = i % 2 == 0;
        struct sql_context context = context_of(mysql ? MYSQL : MARIADB, "", "utf8mb4");
        char sql[256];
        snprintf(sql, sizeof(sql), "SELECT %s FROM t", rows[i / 2].sql);
        reading_parse(&r, &context, str_of(sql));
        assert_true(r.ok);
        const struct sql_node *select = r.script.statements[0].root->child[SQL_QUERY_BODY];
        assert_str(sql_heading(r.script.text, select->child[SQL_SELECT_ITEMS]->child[0]),
                   str_of(mysql ? rows[i / 2].mysql : rows[i / 2].mariadb));
    }
    reading_stop(&r);
}

/* Read from MariaDB 10.11. */
static void values_are_headed_as_items_are(void **state)
{
    (void)state;
    static const struct {
        const char *values, *mariadb;
    } rows[] = {
        {"NULL", "NULL"},       {"(1)", "1"},
        {"(2+3)", "(2+3)"},     {"((1)+(2))", "((1)+(2))"},
        {"(1)+(2)", "(1)+(2)"}, {"'a' 'b'", "ab"},
        {"(('q'))", "q"},       {"+1", "1"},
        {"x'41'", "x'41'"},     {"(SUBSTRING('abc' FROM 2))", "(SUBSTRING('abc' FROM 2))"},
        {"false", "FALSE"},     {"/* c */ 1 /* d */ + 2", "1 /* d */ + 2"},
    };
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(rows) * 2; i++) {
        bool mysql = i % 2 == 0;
        struct sql_context context = context_of(mysql ? MYSQL : MARIADB, "", "utf8mb4");
        char sql[256];
        snprintf(sql, sizeof(sql), "VALUES %s(0, %s)", mysql ? "ROW" : "", rows[i / 2].values);
        reading_parse(&r, &context, str_of(sql));
        assert_true(r.ok);
        const struct sql_node *values = r.script.statements[0].root->child[SQL_QUERY_BODY];
        assert_str(sql_heading_in_row(r.script.text, values->child[SQL_VALUES_ROWS]->child[0], 1,
                                      false),
                   str_of(mysql ? "column_1" : rows[i / 2].mariadb));
    }
    reading_stop(&r);
}

/* By its heading the server finds a derived table's column, and it gets no comments. */
static void a_forwarded_heading_is_that_of_the_forwarded_text(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *written, *forwarded;
    } rows[] = {
        {"1+1", "1+1", "1+1"},
        {"1+/**/1", "1+/**/1", "1+ 1"},
        {"1 /* c */ + /*!50000 2 +*/ 3", "1 /* c */ +  2 + 3", "1   +   2 +  3"},
        {"--/**/1", "--/**/1", "- - 1"},
        {"a AS /* c */ x", "x", "x"},
        {"t./**/a", "a", "a"},
    };
    struct sql_context context = context_of(MYSQL, "", "utf8mb4");
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char sql[256];
        snprintf(sql, sizeof(sql), "SELECT %s FROM t", rows[i].sql);
        reading_parse(&r, &context, str_of(sql));
        assert_true(r.ok);
        const struct sql_node *select = r.script.statements[0].root->child[SQL_QUERY_BODY];
        const struct sql_node *item = select->child[SQL_SELECT_ITEMS]->child[0];
        assert_str(sql_heading(r.script.text, item), str_of(rows[i].written));
        assert_str(sql_heading_forwarded(r.script.text, item), str_of(rows[i].forwarded));
    }
    reading_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forwarding_keeps_the_tokens),
        cmocka_unit_test(values_do_not_change_the_normalized_text),
        cmocka_unit_test(the_digest_is_sha256),
        cmocka_unit_test(shapes_differ_where_decisions_may),
        cmocka_unit_test(headings_are_those_of_the_server),
        cmocka_unit_test(values_are_headed_as_items_are),
        cmocka_unit_test(a_forwarded_heading_is_that_of_the_forwarded_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

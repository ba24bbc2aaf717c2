/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parser takes and refuses, and the trees of what could be read in more than one way.
 */
#include "reading.h"

struct verdict {
    const char *server, *sql;
    bool ok;
    const char *doubt; /* read, but the server refuses it, or its meaning is not known */
};

static const struct verdict verdicts[] = {
    {MYSQL, "SELECT", false, NULL},
    {MYSQL, "", false, NULL},
    {MYSQL, " ;; ", false, NULL},
    {MYSQL, "SELECT 1", true, NULL},
    {MYSQL, "SELECT 1;", true, NULL},
    {MYSQL, "SELECT 1; ;", true, NULL},
    {MYSQL, "SELECT 1;; SELECT 2", false, NULL},
    {MYSQL, "SELECT 1 SELECT 2", false, NULL},
    {MYSQL, "SELECT 1 2", false, NULL},
    {MYSQL, "SELECT a b c FROM t", false, NULL},
    {MYSQL, "SELECT * FROM t WHERE", false, NULL},
    {MYSQL, "SELECT a, * FROM t", false, NULL},
    {MYSQL, "SELECT *, a FROM t", true, NULL},
    {MYSQL, "SELECT select FROM t", false, NULL},
    {MYSQL, "SELECT t.select FROM t", true, NULL},
    {MYSQL, "SELECT 1 FROM (SELECT 2)", true, "a derived table without a name"},
    {MYSQL, "SELECT 1 FROM (SELECT 2) d", true, NULL},
    {MYSQL, "SELECT 1 FROM (SELECT 2) d (x)", true, NULL},
    {MYSQL, "((SELECT 1) UNION (SELECT 2)) ORDER BY 1", true, NULL},
    {MYSQL, "SELECT ((SELECT 1) + 1), (((SELECT 2)))", true, NULL},
    {MYSQL, "SELECT 1 IN ((SELECT 1), 2), 1 IN ((SELECT 1) UNION (SELECT 2))", true, NULL},
    {MYSQL, "TABLE t ORDER BY a LIMIT 1", true, NULL},
    {MARIADB, "TABLE t", false, NULL},
    {MYSQL, "VALUES ROW(1), ROW(2)", true, NULL},
    {MARIADB, "VALUES (1), (2)", true, NULL},
    {MYSQL, "VALUES (1), (2)", false, NULL},
    {MYSQL, "SELECT * FROM t, LATERAL (SELECT t.a) d", true, NULL},
    {MYSQL, "SELECT * FROM t NATURAL JOIN u", true, NULL},
    {MYSQL, "SELECT * FROM t LEFT JOIN u", false, NULL},
    {MYSQL, "SELECT * FROM t JOIN u JOIN v ON 1 ON 2", true, NULL},
    {MYSQL, "SELECT * FROM ((a JOIN b) JOIN (c, d))", true, NULL},
    {MYSQL, "SELECT * FROM {OJ a LEFT JOIN b ON 1}", true, NULL},
    {MYSQL, "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT * FROM c", true,
     NULL},
    {MYSQL, "WITH c AS (SELECT 1) DELETE FROM t", true, NULL},
    {MYSQL, "SELECT a FROM t FOR UPDATE OF t SKIP LOCKED", true, NULL},
    {MYSQL, "SELECT a INTO @x FROM t", true, NULL},
    {MYSQL, "SELECT a FROM t INTO OUTFILE '/x' FIELDS TERMINATED BY ','", true, NULL},
    {MYSQL, "SELECT COUNT(*) OVER (PARTITION BY a ORDER BY b ROWS 1 PRECEDING) FROM t", true, NULL},
    {MYSQL, "SELECT RANK() FROM t", false, NULL},
    {MYSQL, "SELECT * FROM JSON_TABLE('[]', '$[*]' COLUMNS (a INT PATH '$.a')) j", true, NULL},
    {MYSQL, "SELECT c->'$.a', c->>'$.b' FROM t", true, NULL},
    {MARIADB, "SELECT * FROM t FOR SYSTEM_TIME AS OF NOW()", true, NULL},
    {MYSQL, "SELECT * FROM t FOR SYSTEM_TIME AS OF NOW()", false, NULL},
    {MARIADB, "SELECT * FROM t PROCEDURE ANALYSE()", true, NULL},
    {MARIADB, "DELETE FROM t RETURNING a", true, NULL},
    {MYSQL, "DELETE FROM t RETURNING a", false, NULL},
    {MYSQL, "INSERT INTO t VALUES (1) AS n ON DUPLICATE KEY UPDATE a = n.a", true, NULL},
    {MYSQL, "INSERT INTO t SET a = 1, b = DEFAULT", true, NULL},
    {MYSQL, "INSERT INTO t (a) SELECT 1", true, NULL},
    {MYSQL, "INSERT INTO t (SELECT 1)", true, NULL},
    {MYSQL, "INSERT INTO t", false, NULL},
    {MYSQL, "REPLACE INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 1", false, NULL},
    {MYSQL, "UPDATE t, u SET t.a = u.a WHERE t.b = u.b", true, NULL},
    {MYSQL, "DELETE t, u FROM t JOIN u", true, NULL},
    {MYSQL, "DELETE FROM t, u USING t JOIN u", true, NULL},
    {MYSQL, "CREATE TABLE t (a INT PRIMARY KEY, b INT AS (a+1) STORED, KEY (b)) ENGINE=InnoDB",
     true, NULL},
    {MYSQL, "CREATE TABLE t (a INT) partial junk", false, NULL},
    {MYSQL, "DROP TABLE t junk junk", false, NULL},
    {MYSQL, "ALTER TABLE t ADD a INT, DROP b, RENAME TO u", true, NULL},
    {MYSQL, "CREATE VIEW v (a) AS SELECT 1 WITH CHECK OPTION", true, NULL},
    {MYSQL, "CREATE PROCEDURE p() BEGIN DECLARE a INT; SET a = 1; IF a THEN SELECT 1; END IF; END",
     true, NULL},
    {MYSQL, "CREATE PROCEDURE p() BEGIN SELECT 1 END", false, NULL},
    {MYSQL, "CREATE PROCEDURE p() SELECT 1; SELECT 2", true, NULL},
    {MYSQL, "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1", true, NULL},
    {MARIADB, "BEGIN NOT ATOMIC FOR i IN 1..3 DO SELECT i; END FOR; END", true, NULL},
    {MARIADB, "EXECUTE IMMEDIATE CONCAT('sel', 'ect 1')", true, NULL},
    {MYSQL, "EXECUTE IMMEDIATE 'SELECT 1'", false, NULL},
    {MARIADB, "SET STATEMENT max_statement_time = 1 FOR SELECT 1", true, NULL},
    {MYSQL, "SET @a = 1, @@session.b = 2, GLOBAL c = 3, d = DEFAULT, NAMES utf8mb4", true, NULL},
    {MYSQL, "SET SESSION TRANSACTION READ ONLY", true, NULL},
    {MYSQL, "SET PASSWORD = 'x'", true, NULL},
    {MYSQL, "SHOW FULL COLUMNS FROM t FROM s LIKE 'a%'", true, NULL},
    {MYSQL, "SHOW NONSENSE", false, NULL},
    {MYSQL, "EXPLAIN FORMAT=JSON INTO @v SELECT 1", true, NULL},
    {MYSQL, "EXPLAIN ANALYZE SELECT 1", true, NULL},
    {MARIADB, "ANALYZE FORMAT=JSON SELECT 1", true, NULL},
    {MYSQL, "EXPLAIN FOR CONNECTION 3", true, NULL},
    {MYSQL, "DESC t a", true, NULL},
    {MYSQL, "GRANT SELECT (a), UPDATE ON s.t TO u@h WITH GRANT OPTION", true, NULL},
    {MYSQL, "KILL QUERY 3", true, NULL},
    {MYSQL, "KILL HARD 3", false, NULL},
    {MARIADB, "KILL HARD USER x@y", true, NULL},
    {MYSQL, "XA START 'a', 'b', 1", true, NULL},
    {MYSQL, "HANDLER t READ i >= (1) WHERE a LIMIT 1", true, NULL},
    {MYSQL, "LOAD DATA LOCAL INFILE 'f' INTO TABLE t (a, @b) SET c = @b", true, NULL},
    {MYSQL, "SELECT {d '2020-01-01'}, {fn NOW()}", true, NULL},
    /* the next could not be read before the one before it has run */
    {MYSQL, "SET sql_mode = 'ANSI_QUOTES'; SELECT \"a\"", false, NULL},
    {MYSQL, "SET NAMES gbk; SELECT 1", false, NULL},
    {MYSQL, "EXECUTE s; SELECT 1", false, NULL},
    {MYSQL, "SET @a = 1; SELECT @a", true, NULL},
    {MYSQL, "frobnicate the table", false, NULL},
    {MYSQL, "SELECT 1 /*! ; DROP TABLE t */", false, NULL},
    {MYSQL,
     "/*!50003 CREATE*/ /*!50003 TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET "
     "NEW.a = 1; END */",
     true, NULL},
    /* a value may leave a query only at the end of the statement */
    {MYSQL, "SELECT (SELECT 1 INTO @a)", true, "INTO inside of a query"},
    {MYSQL, "SELECT * FROM (SELECT 1 INTO OUTFILE 'f') d", true, "INTO inside of a query"},
    {MYSQL, "CREATE VIEW v AS SELECT 1 INTO @a", true, "INTO inside of a query"},
    {MYSQL, "INSERT INTO t SELECT 1 INTO @a", true, "INTO inside of a query"},
    {MYSQL, "(SELECT 1 INTO @a) UNION SELECT 2", true, "INTO inside of a query"},
    {MYSQL, "SELECT 1 UNION SELECT 2 INTO @a", true, NULL},
    {MARIADB, "SELECT a INTO @a FROM ((SELECT 1 a) UNION (SELECT 2)) x", true, NULL},
    {MYSQL, "SELECT a INTO @a FROM ((SELECT 1 a) UNION (SELECT 2)) x", true, NULL},
};

static void verdicts_are_those_of_the_server(void **state)
{
    (void)state;
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
        struct sql_context context = context_of(verdicts[i].server, "", "utf8mb4");
        reading_parse(&r, &context, str_of(verdicts[i].sql));
        if (r.ok != verdicts[i].ok)
            fail_msg("%s: %s %.*s", verdicts[i].sql,
                     r.ok ? "was not refused" : "was refused:", STR_ARG(r.fault.message));
        const char *doubt = r.ok && r.script.count > 0 ? r.script.statements[0].doubt : NULL;
        if ((doubt == NULL) != (verdicts[i].doubt == NULL) ||
            (doubt != NULL && strcmp(doubt, verdicts[i].doubt) != 0))
            fail_msg("%s: doubt %s", verdicts[i].sql, doubt ? doubt : "none");
        if (!r.ok)
            assert_true(r.fault.code == FAULT_sql_empty || r.fault.position > 0);
    }
    reading_stop(&r);
}

/* As the servers answer these: OK to comments alone (count 0), "Query was empty", a syntax error, or
 * so many statements. */
static const struct {
    const char *server, *sql;
    size_t count;
    enum fault_code code;
} comments[] = {
    {MYSQL, "", 0, FAULT_sql_empty},
    {MYSQL, " \t\r\n", 0, FAULT_sql_empty},
    {MYSQL, ";", 0, FAULT_sql_empty},
    {MARIADB, " ; ;", 0, FAULT_sql_empty},
    {MYSQL, "/* x */", 0, FAULT_NONE},
    {MARIADB, "/* x */", 0, FAULT_NONE},
    {MYSQL, "/**/;", 0, FAULT_NONE},
    {MYSQL, " /* x */ ; ;\n", 0, FAULT_NONE},
    {MYSQL, "-- x", 0, FAULT_NONE},
    {MYSQL, "-- x;", 0, FAULT_NONE},
    {MYSQL, "--", 0, FAULT_NONE},
    {MYSQL, "#", 0, FAULT_NONE},
    {MYSQL, "# x\n  -- y\n\n", 0, FAULT_NONE},
    {MYSQL, "/*! */", 0, FAULT_NONE},
    {MYSQL, "/*!99999 SELECT 1 */", 0, FAULT_NONE},
    {MARIADB, "/*!99999 SELECT 1 */", 0, FAULT_NONE},
    {MYSQL, "/*M! SELECT 1 */", 0, FAULT_NONE},
    {MARIADB, "/*M! SELECT 1 */", 1, FAULT_NONE},
    {MARIADB, "/*M!999999\\- enable the sandbox mode */ ", 0, FAULT_NONE},
    {MYSQL, "/*! SELECT 1 */", 1, FAULT_NONE},
    {MYSQL, "SELECT 1;/* x */", 1, FAULT_NONE},
    {MYSQL, "SELECT 1;/* x */SELECT 2", 2, FAULT_NONE},
    {MYSQL, "/* x */;SELECT 2", 0, FAULT_sql_syntax},
    {MARIADB, "/* x */;/* y */", 0, FAULT_sql_syntax},
    {MYSQL, "SELECT 1;/* x */;SELECT 2", 0, FAULT_sql_syntax},
    {MYSQL, "/*! ; */", 0, FAULT_sql_syntax},
    {MYSQL, "/*!; SELECT 2 */", 0, FAULT_sql_syntax},
    {MYSQL, "--x", 0, FAULT_sql_syntax},
    {MYSQL, "/* x", 0, FAULT_sql_syntax},
};

static void comments_alone_are_no_statement_and_no_fault(void **state)
{
    struct reading r;
    (void)state;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(comments); i++) {
        struct sql_context context = context_of(comments[i].server, "", "utf8mb4");
        reading_parse(&r, &context, str_of(comments[i].sql));
        if (r.ok != (comments[i].code == FAULT_NONE) ||
            (r.ok ? r.script.count != comments[i].count : r.fault.code != comments[i].code))
            fail_msg("%s: %s, %zu statements", comments[i].sql,
                     r.ok ? "read" : fault_info(r.fault.code)->code, r.script.count);
    }
    struct sql_context body = context_of(MYSQL, "", "utf8mb4");
    body.program = true;
    reading_parse(&r, &body, STR("/* x */"));
    assert_false(r.ok);
    reading_stop(&r);
}

static const struct {
    const char *mode, *sql, *tree;
} trees[] = {
    {"", "1 + 2 * 3", "(binary + (number 1) (binary * (number 2) (number 3)))"},
    {"", "1 - 2 - 3", "(binary - (number 1) (number 2) (number 3))"},
    {"", "1 - 2 + 3", "(binary + (binary - (number 1) (number 2)) (number 3))"},
    {"", "2 ^ 3 * 4", "(binary * (binary ^ (number 2) (number 3)) (number 4))"},
    {"", "1 | 2 & 3", "(binary | (number 1) (binary & (number 2) (number 3)))"},
    {"", "1 OR 2 AND 3", "(binary or (number 1) (binary and (number 2) (number 3)))"},
    {"", "1 OR 2 XOR 3", "(binary or (number 1) (binary xor (number 2) (number 3)))"},
    {"", "1 || 2", "(binary or (number 1) (number 2))"},
    {"PIPES_AS_CONCAT", "1 || 2 + 3", "(binary + (binary || (number 1) (number 2)) (number 3))"},
    {"", "NOT 1 = 2", "(unary not (binary = (number 1) (number 2)))"},
    {"HIGH_NOT_PRECEDENCE", "NOT 1 = 2", "(binary = (unary not (number 1)) (number 2))"},
    {"", "! 1 = 2", "(binary = (unary ! (number 1)) (number 2))"},
    {"", "1 = 2 = 3", "(binary = (binary = (number 1) (number 2)) (number 3))"},
    {"", "1 NOT BETWEEN 2 AND 3 AND 4",
     "(binary and (between not (number 1) (number 2) (number 3)) (number 4))"},
    {"", "-1 + 2", "(binary + (unary - (number 1)) (number 2))"},
    {"", "- 'a' COLLATE x", "(unary - (collate (string 'a') (ident x)))"},
    {"", "1 + INTERVAL 2 DAY", "(binary + (number 1) (interval (number 2) (unit DAY)))"},
    {"", "INTERVAL(1, 2)",
     "(call (name - (ident INTERVAL)) (list (number 1) (number 2)) - - - - -)"},
    {"", "a IS NOT NULL", "(is is null not (column - - (ident a)))"},
    {"", "(1, 2) = (3, 4)",
     "(binary = (row (list (number 1) (number 2))) (row (list (number 3) (number 4))))"},
    {"", "@a := 1 OR 2", "(:= (@ @a) (binary or (number 1) (number 2)))"},
    {"", "COUNT(a)", "(call (name - (ident COUNT)) (list (column - - (ident a))) - - - - -)"},
    {"", "TRIM(LEADING 'x' FROM 'y')",
     "(call #35 (name - (ident TRIM)) (list (string 'x') (string 'y')) - - - - -)"},
    {"", "'a' 'b'", "(string 'a' 'b')"},
    {"ANSI_QUOTES", "\"a\"", "(column - - (ident \"a\"))"},
    {"", "\"a\"", "(string \"a\")"},
};

static void operators_bind_as_they_do_there(void **state)
{
    (void)state;
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        struct sql_context context = context_of(MYSQL, trees[i].mode, "utf8mb4");
        char sql[256];
        snprintf(sql, sizeof(sql), "SELECT %s", trees[i].sql);
        reading_parse(&r, &context, str_of(sql));
        if (!r.ok)
            fail_msg("%s: %.*s", sql, STR_ARG(r.fault.message));
        const struct sql_node *select = r.script.statements[0].root->child[SQL_QUERY_BODY];
        sql_dump(r.script.text, select->child[SQL_SELECT_ITEMS]->child[0]->child[SQL_ITEM_VALUE],
                 &r.out);
        if (!str_equal(buf_str(&r.out), str_of(trees[i].tree)))
            fail_msg("%s: %.*s", sql, STR_ARG(buf_str(&r.out)));
    }
    reading_stop(&r);
}

/* `count` times `before`, then `middle`, then `count` times `after`. */
static struct str nested(struct arena *arena, size_t count, const char *before, const char *middle,
                         const char *after)
{
    struct buf text;

    buf_init(&text, (size_t)32 << 20);
    buf_put_str(&text, STR("SELECT "));
    for (size_t i = 0; i < count; i++)
        buf_put_str(&text, str_of(before));
    buf_put_str(&text, str_of(middle));
    for (size_t i = 0; i < count; i++)
        buf_put_str(&text, str_of(after));
    struct str copy = arena_copy(arena, buf_str(&text));
    buf_release(&text);
    return copy;
}

static void depth_and_length_have_their_limits(void **state)
{
    (void)state;
    static const struct {
        const char *before, *middle, *after;
        size_t count;
        enum fault_code code;
    } rows[] = {
        {"(", "1", ")", 100, FAULT_NONE},
        {"(", "1", ")", 100000, FAULT_sql_depth},
        {"-", "1", "", 100000, FAULT_sql_depth},
        {"NOT ", "1", "", 100000, FAULT_sql_depth},
        {"(SELECT ", "1", ")", 100000, FAULT_sql_depth},
        {"CASE WHEN ", "1", " THEN 1 END", 100000, FAULT_sql_depth},
        {"", "1", "+1", 100000, FAULT_NONE},
        {"", "1", " OR 1", 100000, FAULT_NONE},
        {"", "1", "+1-1", 100000, FAULT_sql_depth},
        {"", "1", " UNION SELECT 1", 1000, FAULT_NONE},
        {"", "1", " UNION SELECT 1", 100000, FAULT_sql_depth},
        {"", "1", ", 1", 100000, FAULT_NONE},
    };
    struct sql_context context = context_of(MYSQL, "", "utf8mb4");
    struct arena texts;
    struct reading r;

    reading_start(&r);
    arena_init(&texts, (size_t)64 << 20);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        arena_reset(&texts);
        reading_parse(&r, &context,
                      nested(&texts, rows[i].count, rows[i].before, rows[i].middle, rows[i].after));
        if (r.fault.code != rows[i].code)
            fail_msg("%zu times %s%s: %.*s", rows[i].count, rows[i].before, rows[i].after,
                     STR_ARG(r.fault.message));
    }
    arena_release(&texts);
    reading_stop(&r);
}

static void a_small_arena_fails_the_statement(void **state)
{
    (void)state;
    struct sql_context context = context_of(MYSQL, "", "utf8mb4");
    struct str sql = STR("SELECT a, b FROM t WHERE c IN (1, 2, 3) AND d = (SELECT MAX(e) FROM u)");

    for (size_t cap = 0; cap < 16384; cap += 64) {
        struct arena arena;
        struct fault fault = {0};
        struct sql_script script;
        arena_init(&arena, cap);
        bool ok = sql_parse(&context, sql, &arena, &script, &fault);
        assert_true(ok || fault.code == FAULT_memory);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_are_those_of_the_server),
        cmocka_unit_test(comments_alone_are_no_statement_and_no_fault),
        cmocka_unit_test(operators_bind_as_they_do_there),
        cmocka_unit_test(depth_and_length_have_their_limits),
        cmocka_unit_test(a_small_arena_fails_the_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

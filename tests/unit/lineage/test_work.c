/* SPDX-License-Identifier: Apache-2.0
 *
 * What could take time out of all proportion to its length: each family of statements is analysed
 * in full, or refused as limit.analysis. What decides is counted work, not a clock: each of these
 * took seconds, or did not end, before its kind of work was counted or done once.
 */
#include "../test.h"

#include "base/limits.h"
#include "catalog/ddl.h"
#include "lineage/lineage.h"

static const struct sql_context context = {
    .family = SQL_MYSQL, .version = 90704, .charset = SQL_CHARSET_UTF8, .several = true};

struct fixture {
    struct arena arena;
    struct buf schema, sql;
    struct catalog *catalog;
    struct fault fault;
    struct analysis analysis;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){.catalog = NULL};
    arena_init(&f->arena, LIMIT_STATEMENT_ARENA);
    buf_init(&f->schema, 1 << 20);
    buf_init(&f->sql, 1 << 20);
    buf_put_str(&f->schema, STR("CREATE DATABASE app; USE app; CREATE TABLE person (id INT PRIMARY"
                                " KEY, ssn VARCHAR(20));"));
}

static void end(struct fixture *f)
{
    catalog_unref(f->catalog);
    buf_release(&f->sql);
    buf_release(&f->schema);
    arena_release(&f->arena);
}

/* Of a table w of `count` columns; with `generated` each from the one before. */
static void wide_table(struct fixture *f, int count, bool generated)
{
    buf_put_str(&f->schema, STR("CREATE TABLE w (c0 INT"));
    for (int i = 1; i < count; i++) {
        buf_printf(&f->schema, ", c%d INT", i);
        if (generated)
            buf_printf(&f->schema, " AS (c%d + 1)", i - 1);
    }
    buf_put_str(&f->schema, STR(");"));
}

static bool analyze(struct fixture *f)
{
    struct lineage_context lineage = {.schema = STR("app")};
    struct sql_script script;

    f->catalog = catalog_ddl_load(&context, buf_str(&f->schema), STR("app"), 0, &f->arena,
                                  &f->fault);
    assert_non_null(f->catalog);
    lineage.catalog = f->catalog;
    assert_true(sql_parse(&context, buf_str(&f->sql), &f->arena, &script, &f->fault));
    return lineage_analyze(&lineage, &script, &script.statements[0], &f->arena, &f->analysis,
                           &f->fault);
}

static void assert_refused(struct fixture *f)
{
    assert_false(analyze(f));
    assert_int_equal(f->fault.code, FAULT_analysis_limit);
}

/* Every column from all before it, each looked into once. */
static void generated_columns_in_a_chain(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f);
    wide_table(&f, 1000, true);
    buf_put_str(&f.sql, STR("SELECT * FROM w"));
    assert_true(analyze(&f));
    assert_int_equal(f.analysis.output_count, 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(f.analysis.outputs[i].from.count, i + 1);
    end(&f);
}

/* Names of several words, or of another script, are searched for in the expression. */
static void generated_columns_with_odd_names(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f);
    buf_put_str(&f.schema, STR("CREATE TABLE odd (`a b` INT, `ab` INT, c INT AS (`a b` + 1),"
                               " d INT AS (AB + 1));"));
    buf_put_str(&f.sql, STR("SELECT c, d FROM odd"));
    assert_true(analyze(&f));
    for (size_t i = 0; i < 2; i++) {
        struct column_set from = f.analysis.outputs[i].from;
        bool found = false;
        for (size_t k = 0; k < from.count; k++)
            found |= str_equal(f.analysis.base[from.ids[k]].column, i == 0 ? STR("a b") : STR("ab"));
        assert_true(found);
        assert_int_equal(from.count, 2);
    }
    end(&f);
}

/* n tables, each with a key to each: as many ways as there are orders of the tables. */
static void foreign_keys_to_each_other(void **state)
{
    (void)state;
    for (int update = 0; update < 2; update++) {
        struct fixture f;
        begin(&f);
        for (int i = 0; i < 10; i++) {
            buf_printf(&f.schema, "CREATE TABLE t%d (id INT PRIMARY KEY", i);
            for (int k = 0; k < 10; k++)
                buf_printf(&f.schema, ", FOREIGN KEY f%d (id) REFERENCES t%d (id)"
                           " ON DELETE CASCADE ON UPDATE CASCADE", k, k);
            buf_put_str(&f.schema, STR(");"));
        }
        buf_put_str(&f.sql, update ? STR("UPDATE t0 SET id = id + 1") : STR("DELETE FROM t0"));
        assert_true(analyze(&f));
        assert_int_equal(f.analysis.base_count, 10); /* each table was come to */
        end(&f);
    }
}

/* What was gone already is gone again when more is carried. */
static void keys_carry_all_that_is_written(void **state)
{
    (void)state;
    struct fixture f;
    bool found[2] = {false, false};

    begin(&f);
    buf_put_str(&f.schema,
                STR("CREATE TABLE p (a INT, b INT, x INT, y INT, UNIQUE KEY (a), UNIQUE KEY (b));"
                    "CREATE TABLE c (a INT, FOREIGN KEY (a) REFERENCES p (a) ON UPDATE CASCADE,"
                    " FOREIGN KEY (a) REFERENCES p (b) ON UPDATE CASCADE);"));
    buf_put_str(&f.sql, STR("UPDATE p SET a = x, b = y"));
    assert_true(analyze(&f));
    for (size_t i = 0; i < f.analysis.sink_count; i++) {
        struct column_set from = f.analysis.sinks[i].from;
        for (size_t k = 0; str_equal(f.analysis.sinks[i].target, STR("app.c.a")) && k < from.count;
             k++) {
            found[0] |= str_equal(f.analysis.base[from.ids[k]].column, STR("x"));
            found[1] |= str_equal(f.analysis.base[from.ids[k]].column, STR("y"));
        }
    }
    assert_true(found[0] && found[1]);
    end(&f);
}

/* 1,000 variables that are found by name, each given on by one a round. */
static void variables_in_a_chain(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f);
    buf_put_str(&f.sql, STR("CREATE PROCEDURE p() BEGIN DECLARE v0"));
    for (int i = 1; i < 1000; i++)
        buf_printf(&f.sql, ", v%d", i);
    buf_put_str(&f.sql, STR(" INT; "));
    for (int i = 0; i < 999; i++)
        buf_printf(&f.sql, "SET v%d = v%d; ", i, i + 1);
    buf_put_str(&f.sql, STR("SELECT ssn INTO v999 FROM person LIMIT 1; END"));
    assert_refused(&f);
    end(&f);
}

/* Sets of 1,000 columns, put together over and over. */
static void wide_tables_in_a_body(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f);
    wide_table(&f, 1000, false);
    buf_put_str(&f.sql, STR("CREATE PROCEDURE p() BEGIN "));
    for (int i = 0; i < 300; i++)
        buf_put_str(&f.sql, STR("INSERT INTO w SELECT * FROM w; "));
    buf_put_str(&f.sql, STR("END"));
    assert_refused(&f);
    end(&f);
}

/* Each trigger changes every other table, whose triggers do. */
static void triggers_of_each_other(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f);
    for (int i = 0; i < 30; i++)
        buf_printf(&f.schema, "CREATE TABLE t%d (id INT PRIMARY KEY, a INT, b INT);", i);
    for (int i = 0; i < 30; i++) {
        buf_printf(&f.schema, "CREATE TRIGGER g%d AFTER UPDATE ON t%d FOR EACH ROW BEGIN ", i, i);
        for (int k = 0; k < 30; k++)
            if (k != i)
                buf_printf(&f.schema, "UPDATE t%d SET a = NEW.b WHERE b = OLD.a; ", k);
        buf_put_str(&f.schema, STR("END;"));
    }
    buf_put_str(&f.sql, STR("UPDATE t0 SET a = 1"));
    assert_refused(&f);
    end(&f);
}

/* What people do write is not refused: 2,000 statements, 2,000 branches, 190 levels. */
static void long_bodies_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *before, *repeated, *after;
        int times;
    } rows[] = {
        {"", "UPDATE person SET ssn = id + 1 WHERE id = 7; ", "", 2000},
        {"IF v = 0 THEN SET v = 1; ", "ELSEIF v = 2 THEN SET v = 3; ", "END IF;", 2000},
        {"CASE v ", "WHEN 1 THEN SET v = 2; ", "END CASE;", 2000},
        {"", "IF v = 1 THEN ", "", 190},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;
        begin(&f);
        buf_put_str(&f.sql, STR("CREATE PROCEDURE p() BEGIN DECLARE v INT; DECLARE CONTINUE HANDLER"
                                " FOR SQLEXCEPTION SET v = 0; "));
        buf_put_str(&f.sql, str_of(rows[i].before));
        for (int k = 0; k < rows[i].times; k++)
            buf_put_str(&f.sql, str_of(rows[i].repeated));
        for (int k = 0; i == 3 && k < rows[i].times; k++)
            buf_put_str(&f.sql, k == 0 ? STR("SET v = 2; END IF; ") : STR("END IF; "));
        buf_put_str(&f.sql, str_of(rows[i].after));
        buf_put_str(&f.sql, STR(" END"));
        assert_true(analyze(&f));
        assert_int_equal(f.analysis.unknown_count, 0);
        end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_columns_in_a_chain),
        cmocka_unit_test(generated_columns_with_odd_names),
        cmocka_unit_test(foreign_keys_to_each_other),
        cmocka_unit_test(keys_carry_all_that_is_written),
        cmocka_unit_test(variables_in_a_chain),
        cmocka_unit_test(wide_tables_in_a_body),
        cmocka_unit_test(triggers_of_each_other),
        cmocka_unit_test(long_bodies_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

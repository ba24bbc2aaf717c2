/* SPDX-License-Identifier: Apache-2.0
 *
 * What golden tests can't reach: definitions as the servers store them, temporary tables, limits,
 * the tables behind the analysis.
 */
#include "../test.h"

#include "base/limits.h"
#include "catalog/ddl.h"
#include "lineage/function.h"
#include "lineage/lineage.h"
#include "lineage/variable.h"

struct fixture {
    struct arena arena;
    struct catalog *catalog;
    struct catalog_overlay *overlay;
    struct sql_context context;
    struct fault fault;
    struct sql_script script;
    struct analysis analysis;
};

static const char schema[] =
    "CREATE DATABASE app; USE app;"
    "CREATE TABLE person (id INT PRIMARY KEY, name VARCHAR(50), ssn VARCHAR(20));"
    "CREATE TABLE t (id INT PRIMARY KEY, note VARCHAR(20))";

static void begin(struct fixture *f, enum sql_family family)
{
    *f = (struct fixture){.context = {.family = family,
                                      .version = family == SQL_MYSQL ? 90704 : 101119,
                                      .charset = SQL_CHARSET_UTF8,
                                      .several = true}};
    arena_init(&f->arena, LIMIT_STATEMENT_ARENA);
    f->catalog = catalog_ddl_load(&f->context, str_of(schema), STR("app"), 0, &f->arena, &f->fault);
    assert_non_null(f->catalog);
    f->overlay = catalog_overlay_new(0);
}

static void end(struct fixture *f)
{
    catalog_overlay_free(f->overlay);
    catalog_unref(f->catalog);
    arena_release(&f->arena);
}

static struct lineage_context context_of(const struct fixture *f)
{
    return (struct lineage_context){
        .catalog = f->catalog, .overlay = f->overlay, .schema = STR("app")};
}

static bool analyze(struct fixture *f, struct str sql)
{
    struct lineage_context context = context_of(f);

    f->fault = (struct fault){.code = FAULT_NONE};
    if (!sql_parse(&f->context, sql, &f->arena, &f->script, &f->fault))
        fail_msg("%.*s: %.*s", STR_ARG(sql), STR_ARG(f->fault.message));
    return lineage_analyze(&context, &f->script, &f->script.statements[0], &f->arena, &f->analysis,
                           &f->fault);
}

static bool output_from(const struct fixture *f, size_t i, const char *column)
{
    const struct analysis *a = &f->analysis;

    for (size_t k = 0; k < a->outputs[i].from.count; k++)
        if (str_equal(a->base[a->outputs[i].from.ids[k]].column, str_of(column)))
            return true;
    return false;
}

static void add_view(struct catalog_builder *b, const char *name, const char *column,
                     const char *definition)
{
    struct catalog_column x = {.name = str_of(column), .ordinal = 1};
    struct catalog_view view = {.definition = str_of(definition)};
    struct catalog_table table = {.schema = STR("app"),
                                  .name = str_of(name),
                                  .kind = CATALOG_TABLE_VIEW,
                                  .columns = &x,
                                  .column_count = 1,
                                  .view = &view};

    assert_true(catalog_builder_table(b, &table));
}

/* VIEW_DEFINITION as both servers give it: every name quoted and qualified. */
static void follows_views_as_servers_store_them(void **state)
{
    (void)state;
    struct fixture f;
    struct catalog_column columns[] = {
        {.name = STR("id"), .ordinal = 1, .type = CATALOG_TYPE_INTEGER},
        {.name = STR("ssn"), .ordinal = 2, .type = CATALOG_TYPE_TEXT}};
    struct catalog_table person = {.schema = STR("app"),
                                   .name = STR("person"),
                                   .kind = CATALOG_TABLE_BASE,
                                   .columns = columns,
                                   .column_count = 2};

    begin(&f, SQL_MYSQL);
    catalog_unref(f.catalog);
    struct catalog_builder *b = catalog_builder_new(false, 90704, 0);
    assert_true(catalog_builder_table(b, &person));
    add_view(b, "good", "x",
             "select `app`.`person`.`ssn` AS `x` from `app`.`person` where"
             " ((`app`.`person`.`id` > 3) and (`app`.`person`.`ssn` like _utf8mb4'7%'))");
    add_view(b, "hidden", "x", "");
    add_view(b, "changed", "x", "select `app`.`person`.* from `app`.`person`");
    add_view(b, "outer", "y", "select `good`.`x` AS `x` from `app`.`good`");
    f.catalog = catalog_build(b);
    assert_true(analyze(&f, STR("SELECT x FROM good")));
    assert_true(output_from(&f, 0, "ssn"));
    assert_int_equal(f.analysis.unknown_count, 0);
    assert_int_equal(f.analysis.use_count, 1);
    assert_true(analyze(&f, STR("SELECT y FROM `outer`")));
    assert_true(output_from(&f, 0, "ssn"));
    assert_true(analyze(&f, STR("SELECT x FROM hidden")));
    assert_int_equal(f.analysis.unknown_count, 1);
    /* The definition gives another number of columns than the catalog says. */
    assert_true(analyze(&f, STR("SELECT x FROM changed")));
    assert_int_equal(f.analysis.unknown_count, 1);
    end(&f);
}

/* Runs it, as the session follows it. */
static void runs(struct fixture *f, const char *sql, bool succeeded, bool changes)
{
    struct lineage_context context = context_of(f);
    bool changed;

    assert_true(analyze(f, str_of(sql)));
    assert_true(lineage_temporary(&context, &f->script, &f->script.statements[0], &f->analysis,
                                  succeeded, f->overlay, &changed));
    assert_int_equal(changed, changes);
}

/* How many unknowns, and how many privileges it needs. */
static void reads(struct fixture *f, const char *sql, size_t unknowns, size_t needs)
{
    assert_true(analyze(f, str_of(sql)));
    assert_int_equal(f->analysis.unknown_count, unknowns);
    assert_int_equal(f->analysis.need_count, needs);
}

static void temporary_tables_hide_others(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f, SQL_MYSQL);
    runs(&f, "CREATE TEMPORARY TABLE t AS SELECT id, ssn AS s FROM person", true, true);
    assert_int_equal(f.analysis.sink_count, 2);
    assert_int_equal(f.analysis.change_count, 1);
    reads(&f, "SELECT * FROM t", 0, 0);
    assert_int_equal(f.analysis.output_count, 2);
    assert_str(f.analysis.outputs[1].name, STR("s"));
    assert_false(f.analysis.cacheable);
    reads(&f, "SELECT note FROM t", 1, 0);
    /* After ALTER nobody knows what it looks like. */
    runs(&f, "ALTER TABLE t ADD COLUMN z INT", true, true);
    reads(&f, "SELECT * FROM t", 1, 1);
    runs(&f, "DROP TABLE t", true, true);
    assert_int_equal(f.analysis.change_count > 0, true);
    reads(&f, "SELECT note FROM t", 0, 1);
    end(&f);
}

/* Statements that know stored tables alone, and what is asked under a temporary one's
 * name. */
static void temporary_tables_excuse_nothing_stored(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f, SQL_MYSQL);
    runs(&f, "CREATE TEMPORARY TABLE person (z INT)", true, true);
    reads(&f, "DROP TABLE person", 0, 0);
    reads(&f, "DROP VIEW person", 0, 1);
    reads(&f, "ALTER TABLE person RENAME TO q", 0, 2);
    reads(&f, "RENAME TABLE person TO q", 0, 4);
    assert_int_equal(f.analysis.use_count, 1);
    assert_int_equal(f.analysis.uses[0].how, USE_DEFINITION);
    assert_int_equal(f.analysis.uses[0].columns.count, 3);
    reads(&f, "CREATE TABLE q (id INT, FOREIGN KEY (id) REFERENCES person (id))", 0, 2);
    assert_int_equal(f.analysis.use_count, 1);
    analyze(&f,
            STR("CREATE TRIGGER tt BEFORE UPDATE ON person FOR EACH ROW SET NEW.name = NEW.ssn"));
    assert_int_equal(f.analysis.unknown_count, 0);
    end(&f);

    begin(&f, SQL_MARIADB);
    runs(&f, "CREATE TEMPORARY TABLE person (z INT)", true, true);
    reads(&f, "RENAME TABLE person TO q", 0, 2);
    assert_int_equal(f.analysis.uses[f.analysis.use_count - 1].columns.count, 1); /* its own z */
    reads(&f, "RENAME TABLE person TO q, person TO r", 0, 6);
    assert_int_equal(f.analysis.uses[f.analysis.use_count - 1].columns.count, 4);
    /* It is renamed: whether the name is a temporary table's still, nobody knows. */
    runs(&f, "RENAME TABLE person TO q", true, true);
    reads(&f, "RENAME TABLE person TO r", 0, 4);
    assert_int_equal(f.analysis.uses[0].columns.count, 3);
    reads(&f, "ALTER TABLE person RENAME COLUMN ssn TO free", 0, 1);
    assert_int_equal(f.analysis.uses[0].how, USE_DEFINITION);
    assert_int_equal(f.analysis.uses[0].columns.count, 1);
    analyze(&f, STR("CHECKSUM TABLE person"));
    assert_int_equal(
        f.analysis.outputs_known ? f.analysis.outputs[f.analysis.output_count - 1].from.count : 3,
        3);
    end(&f);
}

/* Where it is not known whether a temporary table is still there, what it hid may be seen again:
 * neither is it read, nor does it excuse from privileges. */
static void temporary_tables_in_doubt(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        bool succeeded, changes;
    } rows[] = {
        {"DROP TEMPORARY TABLE t, missing", false, true},
        {"DROP TABLE IF EXISTS missing, t", false, true},
        {"ALTER TABLE t RENAME TO u", true, true},
        {"ALTER TABLE t ADD COLUMN x INT", false, true},
        {"RENAME TABLE t TO u", true, true},
        {"RENAME TABLE u TO t", false, true},
        {"CREATE OR REPLACE TEMPORARY TABLE t (a INT)", false, true},
        {"CREATE OR REPLACE TABLE t (a INT)", true, true},
        {"DROP DATABASE app", true, true},
        {"SELECT app.routine_f(1)", true, true},
        {"CALL app.nobody_knows()", false, true},
        {"EXECUTE IMMEDIATE 'DROP TEMPORARY TABLE t'", true, true},
        /* ... and where it is known. */
        {"CREATE TEMPORARY TABLE t (b INT)", false, false},
        {"CREATE TEMPORARY TABLE IF NOT EXISTS t (b INT)", true, false},
        {"DROP TABLE other.t", true, false},
        {"TRUNCATE t", true, false},
        {"SELECT a FROM t", true, false},
        {"CREATE TEMPORARY TABLE t LIKE nothing_there", false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;
        begin(&f, SQL_MARIADB);
        runs(&f, "CREATE TEMPORARY TABLE t (a INT)", true, true);
        reads(&f, "SELECT a FROM t", 0, 0);
        runs(&f, rows[i].sql, rows[i].succeeded, rows[i].changes);
        if (rows[i].changes) {
            assert_true(analyze(&f, STR("SELECT a FROM t")));
            assert_true(f.analysis.unknown_count > 0);
            assert_true(analyze(&f, STR("INSERT INTO t VALUES (1)")));
            assert_true(f.analysis.need_count > 0);
            assert_true(analyze(&f, STR("DROP TABLE t")));
            assert_true(f.analysis.need_count > 0);
            runs(&f, "DROP TEMPORARY TABLE t", true, true);
        } else {
            reads(&f, "SELECT a FROM t", 0, 0);
            reads(&f, "DROP TABLE t", 0, 0);
        }
        end(&f);
    }
}

static void routines_are_unknowns(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f, SQL_MARIADB);
    catalog_unref(f.catalog);
    struct catalog_builder *b = catalog_builder_new(true, 101119, 0);
    struct catalog_routine routine = {.schema = STR("app"), .name = STR("f"), .function = true};
    struct catalog_routine native = {.schema = STR("app"), .name = STR("concat"), .function = true};
    assert_true(catalog_builder_routine(b, &routine));
    assert_true(catalog_builder_routine(b, &native));
    f.catalog = catalog_build(b);
    assert_true(analyze(&f, STR("SELECT F(1)")));
    assert_int_equal(f.analysis.unknown_count, 1);
    assert_int_equal(f.analysis.need_count, 1);
    assert_int_equal(f.analysis.needs[0].privilege, PRIVILEGE_EXECUTE);
    assert_int_equal(f.analysis.needs[0].object_kind, OBJECT_FUNCTION);
    assert_true(analyze(&f, STR("SELECT app.f(1)")));
    assert_int_equal(f.analysis.need_count, 1);
    end(&f);
}

/* Views on views on views, each used twice, are followed once each. */
static void deep_views_stay_cheap(void **state)
{
    (void)state;
    struct fixture f;
    char name[16], text[256];

    begin(&f, SQL_MYSQL);
    catalog_unref(f.catalog);
    struct catalog_builder *b = catalog_builder_new(false, 90704, 0);
    struct catalog_column x = {.name = STR("x"), .ordinal = 1};
    struct catalog_table base = {.schema = STR("app"),
                                 .name = STR("v0"),
                                 .kind = CATALOG_TABLE_BASE,
                                 .columns = &x,
                                 .column_count = 1};
    assert_true(catalog_builder_table(b, &base));
    for (int i = 1; i <= 40; i++) {
        snprintf(name, sizeof(name), "v%d", i);
        snprintf(text, sizeof(text), "select a.x AS x from app.v%d a join app.v%d b on a.x = b.x",
                 i - 1, i - 1);
        add_view(b, name, "x", text);
    }
    f.catalog = catalog_build(b);
    assert_true(analyze(&f, STR("SELECT x FROM v20")));
    assert_int_equal(f.analysis.unknown_count, 0);
    assert_int_equal(f.analysis.base_count, 1);
    assert_true(analyze(&f, STR("SELECT x FROM v40"))); /* deeper than is followed */
    assert_true(f.analysis.unknown_count > 0);
    end(&f);
}

/* Each statement with memory that ends a little later each time. */
static void running_out_is_a_fault(void **state)
{
    (void)state;
    static const char *const statements[] = {
        "SELECT a.*, b.* FROM person a, person b ORDER BY 1",
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5)"
        " SELECT n, (SELECT MAX(ssn) FROM person p WHERE p.id = c.n) FROM c",
        "SELECT * FROM person JOIN t USING (id) WHERE name LIKE 'x' GROUP BY 1, 2 HAVING MAX(ssn)",
        "INSERT INTO t (id, note) SELECT id, ssn FROM person ON DUPLICATE KEY UPDATE note = 'x'",
        "INSERT INTO t VALUES (1, 'a') AS new(a, b) ON DUPLICATE KEY UPDATE note = b",
        "UPDATE person p, t SET p.name = CONCAT(t.note, 'x') WHERE p.id = t.id",
        "DELETE p FROM person p JOIN t ON t.id = p.id WHERE EXISTS (SELECT 1 FROM t)",
        "CREATE TABLE n (a INT, b INT AS (a + 1), FOREIGN KEY (a) REFERENCES person (id))",
        "SET @a = 1, sql_mode = CONCAT(@@sql_mode, ',ANSI')", "SHOW INDEX FROM person",
        "SELECT RANK() OVER w, LAG(ssn) OVER (PARTITION BY name) FROM person WINDOW w AS (ORDER BY"
        " ssn)", "TABLE person UNION SELECT 1, 2, 3 EXCEPT VALUES ROW(1, 2, 3)"};
    struct fixture f;
    struct arena small;
    struct lineage_context context;

    begin(&f, SQL_MYSQL);
    context = context_of(&f);
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        assert_true(analyze(&f, str_of(statements[i])));
        bool done = false;
        for (size_t cap = 64; !done; cap += 64) {
            assert_true(cap < 1 << 20);
            arena_init(&small, cap);
            f.fault = (struct fault){.code = FAULT_NONE};
            done = lineage_analyze(&context, &f.script, &f.script.statements[0], &small,
                                   &f.analysis, &f.fault);
            assert_int_equal(f.fault.code, done ? FAULT_NONE : FAULT_memory);
            arena_release(&small);
        }
    }
    end(&f);
}

static void knows_its_functions(void **state)
{
    (void)state;
    for (size_t i = 1; i < function_count(); i++)
        assert_true(strcmp(function_at(i - 1)->name, function_at(i)->name) <= 0);
    for (size_t i = 0; i < function_count(); i++) {
        const struct function *f = function_at(i);
        bool mariadb = f->family == FUNCTION_MARIADB, found = false;
        static const uint32_t some[] = {80030, 90704, 120300}; /* one of them has it */
        for (size_t v = 0; v < ARRAY_LEN(some); v++)
            found = found || function_find(str_of(f->name), mariadb, some[v]) == f;
        assert_true(found);
        assert_true(strlen(f->arguments) > 0);
    }
    assert_non_null(function_find(STR("concat"), false, 90704));
    assert_null(function_find(STR("conca"), false, 90704));
    assert_null(function_find(STR("concatx"), false, 90704));
    assert_null(function_find(STR("uuid_v7"), false, 90704));
    assert_non_null(function_find(STR("uuid_v7"), true, 110700));
    assert_null(function_find(STR("uuid_v7"), true, 101100));
    assert_non_null(function_find(STR("md5"), false, 80400));
    assert_null(function_find(STR("md5"), false, 90704));
    assert_non_null(function_find(STR("md5"), true, 101100));
    const struct function *object = function_find(STR("JSON_OBJECT"), false, 90704);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(function_argument(object, i), i % 2 ? 'v' : 'f');
    const struct function *substring = function_find(STR("SUBSTRING"), true, 101100);
    assert_int_equal(function_argument(substring, 0), 's');
    assert_int_equal(function_argument(substring, 9), 'n');
}

/* A decision that looked at what a literal says is no decision about its shape. */
static void literals_that_decide_are_not_cached(void **state)
{
    (void)state;
    static const struct {
        struct str sql;
        bool cacheable;
    } rows[] = {
        {STR_INIT("SELECT name FROM person WHERE id = 5"), true},
        {STR_INIT("SELECT name FROM person WHERE name = 'a'"), true},
        {STR_INIT("SELECT REPEAT(name, 5) FROM person"), false},
        {STR_INIT("SELECT CAST('5' AS SIGNED), name FROM person"), false},
    };
    struct fixture f;
    begin(&f, SQL_MYSQL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_true(analyze(&f, rows[i].sql));
        assert_int_equal(f.analysis.cacheable, rows[i].cacheable);
    }
    end(&f);
}

static void names_its_words(void **state)
{
    (void)state;
    for (unsigned p = 1; p < PRIVILEGE_COUNT; p++)
        assert_int_equal(privilege_by_text(str_of(privilege_text((enum privilege)p))), p);
    assert_int_equal(privilege_by_text(STR("create view")), PRIVILEGE_CREATE_VIEW);
    assert_int_equal(privilege_by_text(STR("")), PRIVILEGE_INVALID);
    assert_string_equal(use_text(USE_PREDICATE), "predicate");
    assert_string_equal(sink_text(SINK_FILE), "file");
    assert_string_equal(effect_text(EFFECT_WAITS), "waits");
    uint32_t ids[] = {1, 4, 9};
    struct column_set set = {ids, 3};
    assert_true(column_set_has(set, 1) && column_set_has(set, 4) && column_set_has(set, 9));
    assert_false(column_set_has(set, 0) || column_set_has(set, 5) || column_set_has(set, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_views_as_servers_store_them),
        cmocka_unit_test(temporary_tables_hide_others),
        cmocka_unit_test(temporary_tables_excuse_nothing_stored),
        cmocka_unit_test(temporary_tables_in_doubt),
        cmocka_unit_test(routines_are_unknowns),
        cmocka_unit_test(deep_views_stay_cheap),
        cmocka_unit_test(running_out_is_a_fault),
        cmocka_unit_test(knows_its_functions),
        cmocka_unit_test(literals_that_decide_are_not_cached),
        cmocka_unit_test(names_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

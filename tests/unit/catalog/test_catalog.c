/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"

#include "catalog/catalog.h"
#include "catalog/ddl.h"
#include "catalog/json.h"
#include "catalog/name.h"

#define ROW(...)                                                                                   \
    (const struct str[]){__VA_ARGS__}, sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str)

static struct catalog_builder *rows_builder(unsigned lower)
{
    struct catalog_builder *b = catalog_builder_new(false, 90704, lower);
    struct str no = STR_NONE;

    assert_non_null(b);
    assert_true(catalog_builder_row(b, CATALOG_QUERY_SCHEMATA,
                                    ROW(STR("app"), STR("utf8mb4"), STR("utf8mb4_0900_ai_ci"))));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_TABLES,
        ROW(STR("app"), STR("Person"), STR("BASE TABLE"), STR("InnoDB"))));
    assert_true(catalog_builder_row(b, CATALOG_QUERY_TABLES,
                                    ROW(STR("app"), STR("pay"), STR("BASE TABLE"), STR("InnoDB"))));
    assert_true(catalog_builder_row(b, CATALOG_QUERY_TABLES,
                                    ROW(STR("app"), STR("v"), STR("VIEW"), no)));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_COLUMNS,
        ROW(STR("app"), STR("Person"), STR("ssn"), STR("2"), no, STR("YES"), STR("varchar"),
            STR("varchar(20)"), STR("utf8mb4"), STR("utf8mb4_0900_ai_ci"), STR("INVISIBLE"), no)));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_COLUMNS,
        ROW(STR("app"), STR("Person"), STR("id"), STR("1"), no, STR("NO"), STR("int"), STR("int"),
            no, no, STR("auto_increment"), no)));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_COLUMNS,
        ROW(STR("app"), STR("pay"), STR("person_id"), STR("1"), no, STR("NO"), STR("int"),
            STR("int"), no, no, no, no)));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_INDEXES,
        ROW(STR("app"), STR("Person"), STR("PRIMARY"), STR("0"), STR("1"), STR("id"), no)));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_INDEXES,
        ROW(STR("app"), STR("Person"), STR("u"), STR("0"), STR("1"), STR("ssn"), no)));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_INDEXES,
        ROW(STR("app"), STR("Person"), STR("u"), STR("0"), STR("2"), no, STR("lower(`ssn`)"))));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_FOREIGN_KEYS,
        ROW(STR("app"), STR("pay"), STR("f"), STR("person_id"), STR("app"), STR("Person"),
            STR("id"), STR("CASCADE"), STR("RESTRICT"))));
    assert_true(catalog_builder_row(b, CATALOG_QUERY_VIEWS,
                                    ROW(STR("app"), STR("v"), STR("select 1 AS `x`"),
                                        STR("root@localhost"), STR("DEFINER"), no)));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_ROUTINES,
        ROW(STR("app"), STR("F"), STR("FUNCTION"), STR("RETURN 1"), STR("NO SQL"),
            STR("DEFINER"), STR("root@localhost"), STR(""), STR("YES"), STR("int"), STR("int"),
            STR("SQL"))));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_PARAMETERS,
        ROW(STR("app"), STR("F"), STR("FUNCTION"), STR("IN"), STR("a"), STR("varchar"),
            STR("varchar(9)"))));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_PARAMETERS,
        ROW(STR("app"), STR("hidden"), STR("PROCEDURE"), STR("OUT"), STR("a"), STR("int"),
            STR("int"))));
    assert_true(catalog_builder_row(b, CATALOG_QUERY_EVENTS,
                                    ROW(STR("app"), STR("e"), STR("DO 1"), STR("root@localhost"),
                                        STR("ANSI_QUOTES"))));
    return b;
}

static void finds_names_as_the_server_does(void **state)
{
    (void)state;
    struct catalog *c = catalog_build(rows_builder(0));
    assert_non_null(c);
    const struct catalog_table *t = catalog_table_find(c, STR("app"), STR("Person"));
    assert_non_null(t);
    assert_null(catalog_table_find(c, STR("app"), STR("person")));
    assert_null(catalog_table_find(c, STR("APP"), STR("Person")));
    assert_int_equal(t->column_count, 2);
    assert_str(t->columns[0].name, STR("id"));
    const struct catalog_column *ssn = catalog_column_find(t, STR("SSN"));
    assert_ptr_equal(ssn, &t->columns[1]);
    assert_true(ssn->invisible && ssn->nullable && ssn->has_default);
    assert_int_equal(ssn->type, CATALOG_TYPE_TEXT);
    assert_true(t->columns[0].auto_increment);
    assert_null(catalog_column_find(t, STR("ss")));
    assert_non_null(catalog_routine_find(c, STR("app"), STR("f"), true));
    assert_null(catalog_routine_find(c, STR("app"), STR("f"), false));
    catalog_unref(c);

    c = catalog_build(rows_builder(1));
    assert_non_null(catalog_table_find(c, STR("APP"), STR("PERSON")));
    catalog_unref(c);
}

static void gathers_keys(void **state)
{
    (void)state;
    struct catalog *c = catalog_build(rows_builder(0));
    const struct catalog_table *t = catalog_table_find(c, STR("app"), STR("Person"));
    assert_int_equal(t->key_count, 2);
    assert_int_equal(t->keys[0].kind, CATALOG_KEY_PRIMARY);
    assert_int_equal(t->keys[1].kind, CATALOG_KEY_UNIQUE);
    assert_int_equal(t->keys[1].column_count, 2);
    assert_str(t->keys[1].columns[0], STR("ssn"));
    assert_int_equal(t->keys[1].columns[1].len, 0);
    assert_str(t->keys[1].expressions[1], STR("lower(`ssn`)"));
    assert_int_equal(t->referenced_count, 1);
    assert_str(t->referenced_from[0]->name, STR("pay"));
    assert_str(t->referenced_by[0]->to_columns[0], STR("id"));
    assert_str(t->referenced_by[0]->on_delete, STR("CASCADE"));
    catalog_unref(c);
}

static void notices_a_changed_definition(void **state)
{
    (void)state;
    struct catalog *a = catalog_build(rows_builder(0)), *b = catalog_build(rows_builder(0));
    assert_memory_equal(catalog_fingerprint(a), catalog_fingerprint(b), 32);
    catalog_unref(b);
    struct catalog_builder *builder = rows_builder(0);
    struct catalog_column extra = {.name = STR("x"), .data_type = STR("int"), .ordinal = 3};
    assert_true(catalog_builder_column(builder, STR("app"), STR("Person"), &extra));
    b = catalog_build(builder);
    assert_memory_not_equal(catalog_fingerprint(a), catalog_fingerprint(b), 32);
    assert_memory_not_equal(catalog_table_find(a, STR("app"), STR("Person"))->fingerprint,
                            catalog_table_find(b, STR("app"), STR("Person"))->fingerprint, 32);
    assert_memory_equal(catalog_table_find(a, STR("app"), STR("pay"))->fingerprint,
                        catalog_table_find(b, STR("app"), STR("pay"))->fingerprint, 32);
    catalog_unref(a);
    catalog_unref(b);
}

static void keeps_programs(void **state)
{
    (void)state;
    struct catalog *c = catalog_build(rows_builder(0));
    const struct catalog_routine *f = catalog_routine_find(c, STR("app"), STR("f"), true);
    assert_int_equal(f->parameter_count, 1);
    assert_str(f->parameters[0].column_type, STR("varchar(9)"));
    assert_str(f->returns_type, STR("int"));
    assert_false(f->exact || f->external);
    const struct catalog_event *e = catalog_event_find(c, STR("app"), STR("E"));
    assert_non_null(e);
    assert_str(e->text, STR("DO 1"));
    struct catalog_builder *b = rows_builder(0);
    struct catalog_parameter more = {.name = STR("b"), .mode = CATALOG_MODE_OUT};
    assert_true(catalog_builder_parameter(b, STR("app"), STR("f"), true, &more));
    struct catalog *changed = catalog_build(b);
    assert_memory_not_equal(catalog_fingerprint(c), catalog_fingerprint(changed), 32);
    catalog_unref(changed);
    catalog_unref(c);
}

static const char programs[] =
    "CREATE TABLE t (id INT PRIMARY KEY, note VARCHAR(20));\n"
    "CREATE TABLE c (t_id INT, FOREIGN KEY (t_id) REFERENCES t (id) ON DELETE CASCADE\n"
    "  ON UPDATE SET NULL);\n"
    "CREATE PROCEDURE p(IN a INT, OUT b VARCHAR(10)) BEGIN DECLARE x INT; IF a = 1 THEN\n"
    "  SET x = 2; ELSE SET x = 3; END IF; SELECT x; END;\n"
    "CREATE FUNCTION f() RETURNS INT SQL SECURITY INVOKER RETURN 1;\n"
    "CREATE FUNCTION gone() RETURNS INT RETURN 1; DROP FUNCTION gone;\n"
    "DELIMITER //\n"
    "CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.note = 'a;//b'; END //\n"
    "/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`h`*/ /*!50003 TRIGGER two AFTER UPDATE ON t\n"
    "  FOR EACH ROW SET @a = NEW.id */ // -- it's over //\n"
    "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t//\n"
    "delimiter ;\n"
    "CREATE VIEW v AS SELECT 1;\n";

static struct catalog *load_sql(struct arena *arena, const char *text, struct fault *fault)
{
    struct sql_context context = {
        .family = SQL_MYSQL, .version = 90704, .charset = SQL_CHARSET_UTF8};

    return catalog_ddl_load(&context, str_of(text), STR("app"), 0, arena, fault);
}

static void reads_programs_from_statements(void **state)
{
    (void)state;
    struct arena arena;
    struct fault fault = {.code = FAULT_NONE};

    arena_init(&arena, 1 << 24);
    struct catalog *c = load_sql(&arena, programs, &fault);
    assert_non_null(c);
    const struct catalog_routine *p = catalog_routine_find(c, STR("app"), STR("p"), false);
    assert_int_equal(p->parameter_count, 2);
    assert_int_equal(p->parameters[1].mode, CATALOG_MODE_OUT);
    assert_str(p->parameters[1].data_type, STR("varchar"));
    assert_true(p->exact && str_starts(p->text, STR("BEGIN")) && str_ends(p->text, STR("END")));
    assert_true(catalog_routine_find(c, STR("app"), STR("f"), true)->invoker);
    assert_null(catalog_routine_find(c, STR("app"), STR("gone"), true));
    const struct catalog_table *t = NULL;
    const struct catalog_trigger *one = catalog_trigger_find(c, STR("app"), STR("ONE"), &t);
    assert_str(one->text, STR("BEGIN SET NEW.note = 'a;//b'; END"));
    assert_str(one->timing, STR("BEFORE"));
    assert_int_equal(t->trigger_count, 2);
    assert_str(t->triggers[1].event, STR("UPDATE"));
    assert_str(t->triggers[1].definer, STR("`r`@`h`"));
    assert_str(t->triggers[1].text, STR("SET @a = NEW.id"));
    assert_str(t->referenced_by[0]->on_delete, STR("CASCADE"));
    assert_str(t->referenced_by[0]->on_update, STR("SET NULL"));
    assert_str(catalog_event_find(c, STR("app"), STR("e"))->text, STR("DELETE FROM t"));
    assert_non_null(catalog_table_find(c, STR("app"), STR("v")));
    catalog_unref(c);
    static const char *const bad[] = {
        "CREATE PROCEDURE p() BEGIN SELECT 1;", "CREATE PROCEDURE p() BEGIN SELEC 1; END;",
        "CREATE TRIGGER x BEFORE INSERT ON none FOR EACH ROW SET @a = 1;",
        "DELIMITER //\nCREATE TABLE t (id INT); CREATE TABLE u (id INT)//\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fault = (struct fault){.code = FAULT_NONE};
        assert_null(load_sql(&arena, bad[i], &fault));
        assert_true(fault_is(&fault));
    }
    arena_release(&arena);
}

static void a_bad_row_spoils_the_catalog(void **state)
{
    (void)state;
    struct catalog_builder *b = rows_builder(0);
    assert_false(catalog_builder_row(b, CATALOG_QUERY_TABLES, ROW(STR("app"), STR("t"))));
    assert_null(catalog_build(b));
    b = rows_builder(0);
    assert_false(catalog_builder_row(b, CATALOG_QUERY_COLUMNS, ROW(STR("app"), STR("none"))));
    assert_null(catalog_build(b));
}

/* Somebody makes a table while the catalog is read. */
static void a_table_that_came_later_is_passed_over(void **state)
{
    (void)state;
    struct catalog_builder *b = rows_builder(0);
    struct str no = STR_NONE, s = STR("app"), t = STR("later");

    assert_true(catalog_builder_row(b, CATALOG_QUERY_COLUMNS,
                                    ROW(s, t, STR("a"), STR("1"), no, STR("NO"), STR("int"),
                                        STR("int"), no, no, no, no)));
    assert_true(catalog_builder_row(
        b, CATALOG_QUERY_INDEXES,
        ROW(s, t, STR("PRIMARY"), STR("0"), STR("1"), STR("a"), no)));
    assert_true(catalog_builder_row(b, CATALOG_QUERY_CHECKS, ROW(s, t, STR("c"), STR("1"))));
    struct catalog *c = catalog_build(b);
    assert_non_null(c);
    assert_null(catalog_table_find(c, s, t));
    catalog_unref(c);
}

static void json_goes_round(void **state)
{
    (void)state;
    struct catalog *a = catalog_build(rows_builder(1));
    struct buf text;
    struct arena arena;
    struct fault fault = {.code = FAULT_NONE};

    buf_init(&text, 1 << 20);
    arena_init(&arena, 1 << 20);
    catalog_json_dump(a, &text);
    struct catalog *b = catalog_json_load(buf_str(&text), &arena, &fault);
    assert_non_null(b);
    assert_memory_equal(catalog_fingerprint(a), catalog_fingerprint(b), 32);
    catalog_unref(b);
    static const char *const bad[] = {
        "{", "[]", "{\"server\": 1}", "{\"server\": {}, \"extra\": 1}",
        "{\"server\": {}, \"tables\": [{\"name\": \"t\", \"kind\": \"what\"}]}",
        "{\"server\": {}, \"tables\": [{\"schema\": \"s\", \"name\": \"t\", \"kind\": \"table\","
        " \"columns\": [{\"type\": \"int\"}]}]}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fault = (struct fault){.code = FAULT_NONE};
        assert_null(catalog_json_load(str_of(bad[i]), &arena, &fault));
        assert_true(fault_is(&fault));
    }
    arena_release(&arena);
    buf_release(&text);
    catalog_unref(a);
}

static void overlay_hides_and_uncovers(void **state)
{
    (void)state;
    struct catalog_overlay *o = catalog_overlay_new(0);
    struct catalog_column column = {.name = STR("x"), .ordinal = 1};
    struct catalog_table t = {
        .schema = STR("app"), .name = STR("Person"), .columns = &column, .column_count = 1};

    assert_null(catalog_overlay_find(o, STR("app"), STR("Person")));
    assert_true(catalog_overlay_put(o, &t));
    assert_true(catalog_overlay_put(o, &t));
    assert_int_equal(catalog_overlay_count(o), 1);
    const struct catalog_table *found = catalog_overlay_find(o, STR("app"), STR("Person"));
    assert_int_equal(found->kind, CATALOG_TABLE_TEMPORARY);
    assert_non_null(catalog_column_find(found, STR("X")));
    assert_null(catalog_overlay_find(o, STR("app"), STR("person")));
    assert_true(catalog_overlay_drop(o, STR("app"), STR("Person")));
    assert_false(catalog_overlay_drop(o, STR("app"), STR("Person")));
    catalog_overlay_free(o);
}

static void holds_a_hundred_thousand_columns(void **state)
{
    (void)state;
    struct catalog_builder *b = catalog_builder_new(true, 101119, 0);
    char name[32], column[32];
    struct str no = STR_NONE;

    for (int t = 0; t < 2000; t++) {
        struct str table = str_make(name, (size_t)snprintf(name, sizeof(name), "t%d", t));
        assert_true(catalog_builder_row(b, CATALOG_QUERY_TABLES,
                                        ROW(STR("s"), table, STR("BASE TABLE"), STR("InnoDB"))));
        for (int c = 1; c <= 50; c++) {
            struct str col = str_make(column, (size_t)snprintf(column, sizeof(column), "c%d", c));
            struct str ordinal = str_slice(col, 1, 9);
            assert_true(catalog_builder_row(b, CATALOG_QUERY_COLUMNS,
                                            ROW(STR("s"), table, col, ordinal, no, STR("NO"),
                                                STR("int"), STR("int(11)"), no, no, no, no)));
        }
    }
    struct catalog *c = catalog_build(b);
    assert_non_null(c);
    assert_int_equal(catalog_column_count(c), 100000);
    for (int i = 0; i < 2000; i++) {
        struct str table = str_make(name, (size_t)snprintf(name, sizeof(name), "t%d", i));
        const struct catalog_table *t = catalog_table_find(c, STR("s"), table);
        assert_non_null(t);
        assert_str(t->name, table);
        for (int k = 1; k <= 50; k++) {
            struct str col = str_make(column, (size_t)snprintf(column, sizeof(column), "C%d", k));
            const struct catalog_column *found = catalog_column_find(t, col);
            assert_non_null(found);
            assert_int_equal(found->ordinal, k);
        }
        assert_null(catalog_column_find(t, STR("c51")));
        assert_null(catalog_column_find(t, STR("c")));
        name[0] = 'T';
        assert_null(catalog_table_find(c, STR("s"), table));
        assert_null(catalog_table_find(c, STR("S"), t->name));
    }
    catalog_unref(c);
}

static void compares_names(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"abc", "ABC", true},        {"a", "ab", false},
        {"\xC3\x89t\xC3\xA9", "\xC3\xA9T\xC3\x89", true}, /* Été */
        {"\xC3\xA9", "e", false},    {"\xD0\x94", "\xD0\xB4", true}, /* Д д */
        {"\xCE\xA3", "\xCF\x83", true}, {"\xFF", "\xFE", false},
        {"\xC3\x97", "\xC3\xB7", false}, /* × ÷ */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(catalog_name_equal(str_of(rows[i].a), str_of(rows[i].b)), rows[i].equal);
}

static void reads_versions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good, mariadb;
        uint32_t version;
    } rows[] = {
        {"9.7.4", true, false, 90704},
        {"8.0.36-0ubuntu0.22.04.1", true, false, 80036},
        {"10.11.19-MariaDB-0+deb12u1", true, true, 101119},
        {"5.5.5-10.6.18-MariaDB-log", true, true, 100618},
        {"8.0", false, false, 0}, {"", false, false, 0}, {"x.y.z", false, false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool mariadb = false;
        uint32_t version = 0;
        assert_int_equal(catalog_server_version(str_of(rows[i].text), &mariadb, &version),
                         rows[i].good);
        assert_int_equal(mariadb, rows[i].mariadb);
        assert_int_equal(version, rows[i].version);
    }
    struct catalog_server server;
    assert_true(catalog_server_row(ROW(STR("8.4.2"), STR("1")), &server));
    assert_int_equal(server.lower_case_table_names, 1);
    assert_false(catalog_server_row(ROW(STR("8.4.2"), STR("3")), &server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_names_as_the_server_does),
        cmocka_unit_test(gathers_keys),
        cmocka_unit_test(notices_a_changed_definition),
        cmocka_unit_test(keeps_programs),
        cmocka_unit_test(reads_programs_from_statements),
        cmocka_unit_test(a_bad_row_spoils_the_catalog),
        cmocka_unit_test(json_goes_round),
        cmocka_unit_test(overlay_hides_and_uncovers),
        cmocka_unit_test(a_table_that_came_later_is_passed_over),
        cmocka_unit_test(holds_a_hundred_thousand_columns),
        cmocka_unit_test(compares_names),
        cmocka_unit_test(reads_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Stored programs where golden tests can't reach: bodies as the servers give them back, limits,
 * recursion, the session's temporary tables.
 */
#include "../test.h"

#include "base/limits.h"
#include "catalog/ddl.h"
#include "lineage/lineage.h"

struct fixture {
    struct arena arena;
    struct catalog_builder *builder;
    struct catalog *catalog;
    struct catalog_overlay *overlay;
    struct sql_context context;
    struct fault fault;
    struct analysis analysis;
};

static void begin(struct fixture *f, enum sql_family family)
{
    static const char *const columns[] = {"id", "name", "ssn"};
    uint32_t version = family == SQL_MYSQL ? 90704 : 101119;
    struct catalog_column list[3];
    struct catalog_table table = {.schema = STR("app"),
                                  .name = STR("person"),
                                  .kind = CATALOG_TABLE_BASE,
                                  .columns = list,
                                  .column_count = 3};

    *f = (struct fixture){
        .context = {.family = family, .version = version, .charset = SQL_CHARSET_UTF8}};
    arena_init(&f->arena, LIMIT_STATEMENT_ARENA);
    f->builder = catalog_builder_new(family == SQL_MARIADB, version, 0);
    for (uint32_t i = 0; i < 3; i++)
        list[i] = (struct catalog_column){.name = str_of(columns[i]),
                                          .data_type = STR("varchar"),
                                          .column_type = STR("varchar(20)"),
                                          .type = CATALOG_TYPE_TEXT,
                                          .ordinal = i + 1};
    assert_true(catalog_builder_table(f->builder, &table));
    f->overlay = catalog_overlay_new(0);
}

static void end(struct fixture *f)
{
    catalog_overlay_free(f->overlay);
    catalog_unref(f->catalog);
    arena_release(&f->arena);
}

static struct catalog_routine routine_of(const char *name, const char *text)
{
    return (struct catalog_routine){.schema = STR("app"),
                                    .name = str_of(name),
                                    .function = true,
                                    .text = str_of(text),
                                    .returns = STR("varchar(20)"),
                                    .returns_type = STR("varchar"),
                                    .exact = true};
}

static void add(struct fixture *f, const char *name, const char *text)
{
    struct catalog_routine routine = routine_of(name, text);

    assert_true(catalog_builder_routine(f->builder, &routine));
}

static bool analyze(struct fixture *f, const char *sql)
{
    struct lineage_context context = {.overlay = f->overlay, .schema = STR("app")};
    struct sql_script script;

    if (f->catalog == NULL)
        f->catalog = catalog_build(f->builder);
    assert_non_null(f->catalog);
    context.catalog = f->catalog;
    f->fault = (struct fault){.code = FAULT_NONE};
    if (!sql_parse(&f->context, str_of(sql), &f->arena, &script, &f->fault))
        fail_msg("%s: %.*s", sql, STR_ARG(f->fault.message));
    return lineage_analyze(&context, &script, &script.statements[0], &f->arena, &f->analysis,
                           &f->fault);
}

static bool output_has(const struct fixture *f, const char *column)
{
    struct column_set from = f->analysis.outputs[0].from;

    for (size_t i = 0; i < from.count; i++)
        if (str_equal(f->analysis.base[from.ids[i]].column, str_of(column)))
            return true;
    return false;
}

static bool unknown_is(const struct fixture *f, const char *what)
{
    return f->analysis.unknown_count == 1 &&
           str_equal(f->analysis.unknowns[0].what, str_of(what));
}

/* What MySQL gives for RETURN CONCAT('x = \'', (SELECT ssn ...), '\''): a text in which the query
 * seems to stand in a literal. */
static void a_text_without_its_escapes_is_not_believed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool sure;
    } rows[] = {
        {"RETURN CONCAT('x = '', (SELECT MAX(ssn) FROM person), ''')", false},
        {"RETURN 'a\\b'", false},
        {"RETURN `a``b`", false},
        {"RETURN CONCAT('a', \"b\", (SELECT MAX(ssn) FROM person), '')", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        begin(&f, SQL_MYSQL);
        struct catalog_routine routine = routine_of("f", rows[i].text);
        routine.exact = false;
        assert_true(catalog_builder_routine(f.builder, &routine));
        assert_true(analyze(&f, "SELECT f()"));
        if (rows[i].sure)
            assert_true(f.analysis.unknown_count == 0 && output_has(&f, "ssn"));
        else
            assert_true(unknown_is(&f, "routine"));
        end(&f);
    }
}

static void what_cannot_be_read_is_unknown(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f, SQL_MARIADB);
    add(&f, "none", "");
    add(&f, "broken", "RETURN SELEC 1");
    add(&f, "marker", "RETURN ?");
    add(&f, "two", "RETURN 1; SELECT 2");
    struct catalog_routine other = routine_of("other", "RETURN 1");
    other.external = true;
    assert_true(catalog_builder_routine(f.builder, &other));
    struct catalog_routine oracle = routine_of("of_oracle", "RETURN 1");
    oracle.sql_mode = STR("ORACLE");
    assert_true(catalog_builder_routine(f.builder, &oracle));
    static const char *const statements[] = {
        "SELECT app.none()",  "SELECT app.broken()",    "SELECT app.marker()", "SELECT app.two()",
        "SELECT app.other()", "SELECT app.of_oracle()", "SELECT app.none(1)"};
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        assert_true(analyze(&f, statements[i]));
        assert_true(unknown_is(&f, "routine"));
    }
    end(&f);
}

static void a_body_is_read_in_its_own_mode(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f, SQL_MYSQL);
    struct catalog_routine routine = routine_of("f", "RETURN (SELECT MAX(\"ssn\") FROM person)");
    assert_true(catalog_builder_routine(f.builder, &routine));
    routine.name = STR("g");
    routine.sql_mode = STR("ANSI_QUOTES,STRICT_TRANS_TABLES");
    assert_true(catalog_builder_routine(f.builder, &routine));
    assert_true(analyze(&f, "SELECT f()"));
    assert_false(output_has(&f, "ssn"));
    assert_true(analyze(&f, "SELECT g()"));
    assert_true(output_has(&f, "ssn"));
    end(&f);
}

/* f1 calls f0 twice, f2 calls f1 twice ...: each is walked once. */
static void nested_calls_stay_cheap_and_bounded(void **state)
{
    (void)state;
    struct fixture f;
    char name[16], text[64];

    begin(&f, SQL_MYSQL);
    add(&f, "f0", "RETURN (SELECT MAX(ssn) FROM person)");
    for (int i = 1; i <= 40; i++) {
        snprintf(name, sizeof(name), "f%d", i);
        snprintf(text, sizeof(text), "RETURN CONCAT(f%d(), f%d())", i - 1, i - 1);
        add(&f, name, text);
    }
    assert_true(analyze(&f, "SELECT f20()"));
    assert_int_equal(f.analysis.unknown_count, 0);
    assert_true(output_has(&f, "ssn"));
    assert_true(analyze(&f, "SELECT f40()"));
    assert_true(f.analysis.unknown_count > 0);
    end(&f);
}

/* What each of a ring of functions gives goes round until nothing is new. */
static void recursion_settles(void **state)
{
    (void)state;
    struct fixture f;
    char name[16], text[200];

    begin(&f, SQL_MYSQL);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "r%d", i);
        snprintf(text, sizeof(text),
                 "IF RAND() < 0.1 THEN RETURN (SELECT MAX(%s) FROM person);"
                 " ELSE RETURN r%d(); END IF",
                 i == 13 ? "ssn" : i == 7 ? "name" : "id", (i + 1) % 20);
        add(&f, name, text);
    }
    assert_true(analyze(&f, "SELECT r0()"));
    assert_int_equal(f.analysis.unknown_count, 0);
    assert_true(output_has(&f, "ssn") && output_has(&f, "name") && output_has(&f, "id"));
    end(&f);
}

/* A chain of variables takes as many rounds as it is long; one that is too long is not guessed. */
static void rounds_are_bounded(void **state)
{
    (void)state;
    for (int length = 50; length <= 400; length += 350) {
        struct fixture f;
        struct buf text;
        buf_init(&text, 1 << 20);
        buf_put_str(&text, STR("BEGIN DECLARE v0"));
        for (int i = 1; i <= length; i++)
            buf_printf(&text, ", v%d", i);
        buf_put_str(&text, STR(" TEXT; LOOP "));
        for (int i = 0; i < length; i++)
            buf_printf(&text, "SET v%d = v%d; ", i, i + 1);
        buf_printf(&text, "SET v%d = (SELECT MAX(ssn) FROM person); END LOOP; RETURN v0; END",
                   length);
        begin(&f, SQL_MYSQL);
        struct catalog_routine routine = routine_of("f", "");
        routine.text = buf_str(&text);
        assert_true(catalog_builder_routine(f.builder, &routine));
        assert_true(analyze(&f, "SELECT f()"));
        if (length < LIMIT_PROGRAM_ROUNDS)
            assert_true(f.analysis.unknown_count == 0 && output_has(&f, "ssn"));
        else
            assert_true(unknown_is(&f, "routine"));
        end(&f);
        buf_release(&text);
    }
}

static void temporary_tables_are_not_guessed(void **state)
{
    (void)state;
    struct fixture f;
    struct catalog_column column = {.name = STR("ssn"), .ordinal = 1};
    struct catalog_table table = {.schema = STR("app"),
                                  .name = STR("person"),
                                  .kind = CATALOG_TABLE_TEMPORARY,
                                  .columns = &column,
                                  .column_count = 1};

    begin(&f, SQL_MARIADB);
    add(&f, "f", "RETURN (SELECT MAX(ssn) FROM person)");
    assert_true(analyze(&f, "SELECT f()"));
    assert_int_equal(f.analysis.unknown_count, 0);
    assert_true(catalog_overlay_put(f.overlay, &table));
    assert_true(analyze(&f, "SELECT f()"));
    assert_true(unknown_is(&f, "temporary table"));
    end(&f);
}

/* A body has its own WHERE, INTO and result: the statement's are not touched. */
static void a_body_leaves_the_statement_alone(void **state)
{
    (void)state;
    struct fixture f;

    begin(&f, SQL_MYSQL);
    add(&f, "f", "BEGIN DECLARE x INT; DELETE FROM person WHERE id = 1 LIMIT 1;"
                 " SELECT 1 INTO x; RETURN x; END");
    assert_true(analyze(&f, "UPDATE person SET name = f()"));
    assert_true(f.analysis.writes && !f.analysis.has_where && !f.analysis.has_limit);
    assert_true(analyze(&f, "SELECT f(), id FROM person"));
    assert_true(f.analysis.outputs_known && f.analysis.writes);
    assert_int_equal(f.analysis.output_count, 2);
    end(&f);
}

/* The same privilege inside a program and outside of it are two needs. */
static void needs_inside_are_apart(void **state)
{
    (void)state;
    struct fixture f;
    unsigned inside = 0, outside = 0;

    begin(&f, SQL_MYSQL);
    add(&f, "f", "RETURN (SELECT MAX(ssn) FROM person)");
    add(&f, "g", "RETURN f()");
    assert_true(analyze(&f, "SELECT g(), f(), (SELECT MIN(ssn) FROM person)"));
    for (size_t i = 0; i < f.analysis.need_count; i++) {
        inside += f.analysis.needs[i].inside_view;
        outside += !f.analysis.needs[i].inside_view;
    }
    assert_int_equal(inside, 2);  /* EXECUTE f, SELECT */
    assert_int_equal(outside, 3); /* EXECUTE g, EXECUTE f, SELECT */
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_without_its_escapes_is_not_believed),
        cmocka_unit_test(what_cannot_be_read_is_unknown),
        cmocka_unit_test(a_body_is_read_in_its_own_mode),
        cmocka_unit_test(nested_calls_stay_cheap_and_bounded),
        cmocka_unit_test(recursion_settles),
        cmocka_unit_test(rounds_are_bounded),
        cmocka_unit_test(temporary_tables_are_not_guessed),
        cmocka_unit_test(a_body_leaves_the_statement_alone),
        cmocka_unit_test(needs_inside_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

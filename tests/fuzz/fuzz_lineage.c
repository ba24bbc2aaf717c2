/* SPDX-License-Identifier: Apache-2.0
 *
 * Any text through parser and analysis over a fixed catalog. The first byte chooses family and
 * sql_mode. Whatever comes out must be sound in itself: ids in range and ascending, uses with
 * columns, outputs only where they are known; the same text twice gives the same answer.
 */
#include "base/attr.h"
#include "base/limits.h"
#include "catalog/ddl.h"
#include "lineage/lineage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char schema[] =
    "CREATE DATABASE app; USE app;"
    "CREATE TABLE person (id INT PRIMARY KEY, name VARCHAR(50), ssn VARCHAR(20), salary"
    " DECIMAL(10,2), dob DATE, UNIQUE KEY (ssn));"
    "CREATE TABLE pub (id INT PRIMARY KEY, note VARCHAR(200), person_id INT, FOREIGN KEY"
    " (person_id) REFERENCES person (id));"
    "CREATE TABLE gen (id INT, raw VARCHAR(9), low VARCHAR(9) AS (LOWER(raw)), j JSON INVISIBLE);"
    "CREATE VIEW v (x) AS SELECT ssn FROM person;"
    "CREATE VIEW w AS SELECT v.x AS y, p.name FROM v JOIN person p ON v.x = p.ssn;"
    "CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a;";

static struct catalog *catalog;

static void set_sound(const struct analysis *a, struct column_set set)
{
    for (size_t i = 0; i < set.count; i++) {
        REQUIRE(set.ids[i] < a->base_count);
        REQUIRE(i == 0 || set.ids[i - 1] < set.ids[i]);
    }
}

static void analysis_sound(const struct analysis *a)
{
    for (size_t i = 0; i < a->output_count; i++) {
        set_sound(a, a->outputs[i].from);
        REQUIRE(!a->outputs[i].plain || a->outputs[i].from.count <= 1);
    }
    REQUIRE(a->outputs_known || a->output_count == 0);
    for (size_t i = 0; i < a->use_count; i++) {
        REQUIRE(a->uses[i].how > USE_INVALID && a->uses[i].how < USE_COUNT_OF);
        REQUIRE(a->uses[i].columns.count > 0);
        set_sound(a, a->uses[i].columns);
    }
    for (size_t i = 0; i < a->sink_count; i++)
        set_sound(a, a->sinks[i].from);
    for (size_t i = 0; i < a->need_count; i++)
        REQUIRE(a->needs[i].privilege > PRIVILEGE_INVALID &&
                a->needs[i].privilege < PRIVILEGE_COUNT);
}

static void one(const struct sql_context *context, struct str text)
{
    struct arena arena;
    struct fault fault = {.code = FAULT_NONE};
    struct sql_script script;
    struct lineage_context lineage = {.catalog = catalog, .schema = STR("app")};

    arena_init(&arena, LIMIT_STATEMENT_ARENA / 4);
    if (sql_parse(context, text, &arena, &script, &fault)) {
        for (size_t i = 0; i < script.count; i++) {
            struct analysis a, b;
            if (!lineage_analyze(&lineage, &script, &script.statements[i], &arena, &a, &fault)) {
                REQUIRE(fault_is(&fault));
                break;
            }
            analysis_sound(&a);
            if (!lineage_analyze(&lineage, &script, &script.statements[i], &arena, &b, &fault))
                break;
            REQUIRE(a.base_count == b.base_count && a.use_count == b.use_count &&
                    a.output_count == b.output_count && a.unknown_count == b.unknown_count);
        }
    }
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sql_context context = {.family = SQL_MYSQL,
                                  .version = 90704,
                                  .charset = SQL_CHARSET_UTF8,
                                  .several = true};

    if (catalog == NULL) {
        struct arena arena;
        struct fault fault = {.code = FAULT_NONE};
        arena_init(&arena, LIMIT_STATEMENT_ARENA / 4);
        catalog = catalog_ddl_load(&context, str_make(schema, sizeof(schema) - 1), STR("app"), 0,
                                   &arena, &fault);
        arena_release(&arena);
        REQUIRE(catalog != NULL);
    }
    if (size == 0)
        return 0;
    if (data[0] & 1) {
        context.family = SQL_MARIADB;
        context.version = 101119;
    }
    context.mode = data[0] >> 4;
    one(&context, str_make(data + 1, size - 1));
    return 0;
}

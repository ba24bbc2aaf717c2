/* SPDX-License-Identifier: Apache-2.0
 *
 * A catalog of 100,000 columns in 2,000 tables: what it costs to take it from a server's rows, to
 * write and read it as JSON, and to look names up in it. Prints a table; judges nothing.
 */
#include "catalog/json.h"
#include "lineage/lineage.h"
#include "sql/sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TABLES  2000
#define COLUMNS 50
#define LOOKUPS 1000000
#define ROW(...) ((const struct str[]){__VA_ARGS__}), \
    sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str)

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct str named(char *room, size_t size, const char *what, int number)
{
    return str_make(room, (size_t)snprintf(room, size, "%s_%d", what, number));
}

static struct catalog *from_rows(void)
{
    struct catalog_builder *b = catalog_builder_new(false, 90704, 0);
    char table_room[40], column_room[40], ordinal_room[12];
    struct str no = STR_NONE;
    bool good = b != NULL;

    for (int t = 0; good && t < TABLES; t++) {
        struct str table = named(table_room, sizeof(table_room), "some_table", t);
        good = catalog_builder_row(b, CATALOG_QUERY_TABLES,
                                   ROW(STR("s"), table, STR("BASE TABLE"), STR("InnoDB")));
    }
    for (int t = 0; good && t < TABLES; t++) {
        struct str table = named(table_room, sizeof(table_room), "some_table", t);
        for (int c = 1; good && c <= COLUMNS; c++) {
            struct str column = named(column_room, sizeof(column_room), "some_column", c);
            struct str ordinal = str_make(
                ordinal_room, (size_t)snprintf(ordinal_room, sizeof(ordinal_room), "%d", c));
            good = catalog_builder_row(b, CATALOG_QUERY_COLUMNS,
                                       ROW(STR("s"), table, column, ordinal, no, STR("YES"),
                                           STR("varchar"), STR("varchar(40)"), STR("utf8mb4"),
                                           STR("utf8mb4_0900_ai_ci"), STR(""), STR("")));
        }
    }
    double began = now_ms();
    struct catalog *catalog = good ? catalog_build(b) : NULL;
    printf("frozen, at once                %8.0f ms\n", now_ms() - began);
    return catalog;
}

static void look_up(const struct catalog *catalog)
{
    char table_room[40], column_room[40];
    size_t found = 0;
    double began = now_ms();

    for (int i = 0; i < LOOKUPS; i++) {
        struct str name = named(table_room, sizeof(table_room), "some_table", i % TABLES);
        const struct catalog_table *table = catalog_table_find(catalog, STR("s"), name);
        struct str column =
            named(column_room, sizeof(column_room), "SOME_COLUMN", i % COLUMNS + 1);
        found += table != NULL && catalog_column_find(table, column) != NULL;
    }
    printf("look up a table and a column   %8.0f ns\n", (now_ms() - began) * 1e6 / LOOKUPS);
    if (found != LOOKUPS)
        abort();
}

static void analyse(const struct catalog *catalog)
{
    const struct sql_context sql = {
        .family = SQL_MYSQL, .version = 90704, .charset = SQL_CHARSET_UTF8};
    const struct lineage_context context = {.catalog = catalog, .schema = STR("s")};
    struct arena arena;
    double began = now_ms();

    arena_init(&arena, (size_t)64 << 20);
    for (int i = 0; i < LOOKUPS / 10; i++) {
        struct sql_script script;
        struct analysis analysis;
        struct fault fault = {.code = FAULT_NONE};
        arena_reset(&arena);
        if (!sql_parse(&sql, STR("SELECT some_column_1, some_column_49 FROM some_table_1999"
                                 " WHERE some_column_7 = 5"),
                       &arena, &script, &fault) ||
            !lineage_analyze(&context, &script, script.statements, &arena, &analysis, &fault))
            abort();
    }
    printf("parse and analyse a SELECT     %8.0f ns\n", (now_ms() - began) * 1e7 / LOOKUPS);
    arena_release(&arena);
}

int main(void)
{
    struct fault fault = {.code = FAULT_NONE};
    struct arena arena;
    struct buf json;

    double began = now_ms();
    struct catalog *catalog = from_rows();
    if (catalog == NULL)
        return 1;
    printf("%zu columns in %zu tables\n", catalog_column_count(catalog),
           catalog_table_count(catalog));
    printf("from a server's rows           %8.0f ms\n", now_ms() - began);
    buf_init(&json, (size_t)1 << 30);
    began = now_ms();
    catalog_json_dump(catalog, &json);
    printf("written as JSON                %8.0f ms, %.1f MiB\n", now_ms() - began,
           (double)json.len / 1048576);
    arena_init(&arena, (size_t)1 << 30);
    began = now_ms();
    struct catalog *again = catalog_json_load(buf_str(&json), &arena, &fault);
    printf("read from JSON                 %8.0f ms\n", now_ms() - began);
    if (again == NULL)
        return 1;
    look_up(again);
    analyse(again);
    catalog_unref(again);
    catalog_unref(catalog);
    arena_release(&arena);
    buf_release(&json);
    return 0;
}

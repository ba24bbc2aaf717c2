/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked of a target to fill a catalog. One row for each query: how many columns, whether
 * it may be refused, the text for each family. What each column means is said in row.c, beside
 * the code that takes it. Rows come ordered so that parts of a key stand together.
 *
 * sys and performance_schema are left out: nothing in them is read through a catalog.
 */
#include "catalog/catalog.h"

#define NOT_SYSTEM(column) column " NOT IN ('performance_schema', 'sys')"
#define NOT_OWN(column)    column " NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')"

static const struct {
    size_t columns;
    bool optional;
    const char *mysql, *mariadb;
} queries[CATALOG_QUERY_COUNT] = {
    [CATALOG_QUERY_SERVER] =
        {2, false, "SELECT VERSION(), @@lower_case_table_names",
         "SELECT VERSION(), @@lower_case_table_names"},
    [CATALOG_QUERY_SCHEMATA] =
        {3, false,
         "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME"
         " FROM information_schema.SCHEMATA",
         "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME"
         " FROM information_schema.SCHEMATA"},
    [CATALOG_QUERY_TABLES] =
        {4, false,
         "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES"
         " WHERE " NOT_SYSTEM("TABLE_SCHEMA"),
         "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES"
         " WHERE " NOT_SYSTEM("TABLE_SCHEMA")},
    [CATALOG_QUERY_COLUMNS] =
        {12, false,
         "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT,"
         " IS_NULLABLE, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA,"
         " GENERATION_EXPRESSION FROM information_schema.COLUMNS"
         " WHERE " NOT_SYSTEM("TABLE_SCHEMA") " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION",
         "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT,"
         " IS_NULLABLE, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA,"
         " GENERATION_EXPRESSION FROM information_schema.COLUMNS"
         " WHERE " NOT_SYSTEM("TABLE_SCHEMA")
         " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"},
    [CATALOG_QUERY_INDEXES] =
        {7, false,
         "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME,"
         " EXPRESSION FROM information_schema.STATISTICS WHERE " NOT_OWN("TABLE_SCHEMA")
         " ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
         "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME,"
         " NULL FROM information_schema.STATISTICS WHERE " NOT_OWN("TABLE_SCHEMA")
         " ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"},
    [CATALOG_QUERY_FOREIGN_KEYS] =
        {9, false,
         "SELECT K.TABLE_SCHEMA, K.TABLE_NAME, K.CONSTRAINT_NAME, K.COLUMN_NAME,"
         " K.REFERENCED_TABLE_SCHEMA, K.REFERENCED_TABLE_NAME, K.REFERENCED_COLUMN_NAME,"
         " R.DELETE_RULE, R.UPDATE_RULE FROM information_schema.KEY_COLUMN_USAGE K"
         " JOIN information_schema.REFERENTIAL_CONSTRAINTS R"
         " ON R.CONSTRAINT_SCHEMA = K.CONSTRAINT_SCHEMA AND R.TABLE_NAME = K.TABLE_NAME"
         " AND R.CONSTRAINT_NAME = K.CONSTRAINT_NAME WHERE K.REFERENCED_TABLE_NAME IS NOT NULL"
         " ORDER BY K.TABLE_SCHEMA, K.TABLE_NAME, K.CONSTRAINT_NAME, K.ORDINAL_POSITION",
         "SELECT K.TABLE_SCHEMA, K.TABLE_NAME, K.CONSTRAINT_NAME, K.COLUMN_NAME,"
         " K.REFERENCED_TABLE_SCHEMA, K.REFERENCED_TABLE_NAME, K.REFERENCED_COLUMN_NAME,"
         " R.DELETE_RULE, R.UPDATE_RULE FROM information_schema.KEY_COLUMN_USAGE K"
         " JOIN information_schema.REFERENTIAL_CONSTRAINTS R"
         " ON R.CONSTRAINT_SCHEMA = K.CONSTRAINT_SCHEMA AND R.TABLE_NAME = K.TABLE_NAME"
         " AND R.CONSTRAINT_NAME = K.CONSTRAINT_NAME WHERE K.REFERENCED_TABLE_NAME IS NOT NULL"
         " ORDER BY K.TABLE_SCHEMA, K.TABLE_NAME, K.CONSTRAINT_NAME, K.ORDINAL_POSITION"},
    [CATALOG_QUERY_VIEWS] =
        {6, false,
         "SELECT TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION, DEFINER, SECURITY_TYPE, NULL"
         " FROM information_schema.VIEWS WHERE " NOT_SYSTEM("TABLE_SCHEMA"),
         "SELECT TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION, DEFINER, SECURITY_TYPE, ALGORITHM"
         " FROM information_schema.VIEWS WHERE " NOT_SYSTEM("TABLE_SCHEMA")},
    [CATALOG_QUERY_TRIGGERS] =
        {8, false,
         "SELECT EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME, EVENT_MANIPULATION,"
         " ACTION_TIMING, ACTION_STATEMENT, SQL_MODE, DEFINER FROM information_schema.TRIGGERS"
         " WHERE " NOT_OWN("EVENT_OBJECT_SCHEMA")
         " ORDER BY EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME",
         "SELECT EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME, EVENT_MANIPULATION,"
         " ACTION_TIMING, ACTION_STATEMENT, SQL_MODE, DEFINER FROM information_schema.TRIGGERS"
         " WHERE " NOT_OWN("EVENT_OBJECT_SCHEMA")
         " ORDER BY EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME"},
    [CATALOG_QUERY_CHECKS] =
        {4, true,
         "SELECT T.TABLE_SCHEMA, T.TABLE_NAME, C.CONSTRAINT_NAME, C.CHECK_CLAUSE"
         " FROM information_schema.CHECK_CONSTRAINTS C JOIN information_schema.TABLE_CONSTRAINTS T"
         " ON T.CONSTRAINT_SCHEMA = C.CONSTRAINT_SCHEMA AND T.CONSTRAINT_NAME = C.CONSTRAINT_NAME"
         " WHERE T.CONSTRAINT_TYPE = 'CHECK' ORDER BY 1, 2, 3",
         "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE"
         " FROM information_schema.CHECK_CONSTRAINTS WHERE " NOT_OWN("CONSTRAINT_SCHEMA")
         " ORDER BY 1, 2, 3"},
    [CATALOG_QUERY_ROUTINES] =
        {12, false,
         "SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_DEFINITION, SQL_DATA_ACCESS,"
         " SECURITY_TYPE, DEFINER, SQL_MODE, IS_DETERMINISTIC, DTD_IDENTIFIER, DATA_TYPE,"
         " ROUTINE_BODY FROM information_schema.ROUTINES WHERE " NOT_SYSTEM("ROUTINE_SCHEMA"),
         "SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_DEFINITION, SQL_DATA_ACCESS,"
         " SECURITY_TYPE, DEFINER, SQL_MODE, IS_DETERMINISTIC, DTD_IDENTIFIER, DATA_TYPE,"
         " ROUTINE_BODY FROM information_schema.ROUTINES WHERE " NOT_SYSTEM("ROUTINE_SCHEMA")},
    [CATALOG_QUERY_PARAMETERS] =
        {7, false,
         "SELECT SPECIFIC_SCHEMA, SPECIFIC_NAME, ROUTINE_TYPE, PARAMETER_MODE, PARAMETER_NAME,"
         " DATA_TYPE, DTD_IDENTIFIER FROM information_schema.PARAMETERS"
         " WHERE ORDINAL_POSITION > 0 AND " NOT_SYSTEM("SPECIFIC_SCHEMA")
         " ORDER BY SPECIFIC_SCHEMA, SPECIFIC_NAME, ROUTINE_TYPE, ORDINAL_POSITION",
         "SELECT SPECIFIC_SCHEMA, SPECIFIC_NAME, ROUTINE_TYPE, PARAMETER_MODE, PARAMETER_NAME,"
         " DATA_TYPE, DTD_IDENTIFIER FROM information_schema.PARAMETERS"
         " WHERE ORDINAL_POSITION > 0 AND " NOT_SYSTEM("SPECIFIC_SCHEMA")
         " ORDER BY SPECIFIC_SCHEMA, SPECIFIC_NAME, ROUTINE_TYPE, ORDINAL_POSITION"},
    [CATALOG_QUERY_EVENTS] =
        {5, true,
         "SELECT EVENT_SCHEMA, EVENT_NAME, EVENT_DEFINITION, DEFINER, SQL_MODE"
         " FROM information_schema.EVENTS",
         "SELECT EVENT_SCHEMA, EVENT_NAME, EVENT_DEFINITION, DEFINER, SQL_MODE"
         " FROM information_schema.EVENTS"},
    [CATALOG_QUERY_LOADABLE] =
        {2, true, "SELECT UDF_NAME, UDF_TYPE FROM performance_schema.user_defined_functions",
         "SELECT name, type FROM mysql.func"},
};

struct str catalog_query_text(enum catalog_query query, bool mariadb, uint32_t version)
{
    (void)version;
    REQUIRE(query < CATALOG_QUERY_COUNT);
    return str_of(mariadb ? queries[query].mariadb : queries[query].mysql);
}

bool catalog_query_optional(enum catalog_query query)
{
    REQUIRE(query < CATALOG_QUERY_COUNT);
    return queries[query].optional;
}

size_t catalog_query_columns(enum catalog_query query)
{
    REQUIRE(query < CATALOG_QUERY_COUNT);
    return queries[query].columns;
}

bool catalog_server_version(struct str text, bool *ret_mariadb, uint32_t *ret_version)
{
    uint32_t parts[3];
    size_t at = 0;

    /* MariaDB before 11 puts a fake version in front of its own in the greeting. */
    if (str_starts(text, STR("5.5.5-")) && str_find(text, STR("MariaDB")) > 0)
        at = 6;
    for (size_t i = 0; i < 3; i++) {
        uint32_t n = 0;
        size_t digits = 0;
        while (at < text.len && ascii_digit(text.ptr[at]) && digits < 4) {
            n = n * 10 + (uint32_t)(text.ptr[at] - '0');
            at++;
            digits++;
        }
        if (digits == 0 || (i > 0 && n > 99))
            return false;
        parts[i] = n;
        if (i < 2) {
            if (at >= text.len || text.ptr[at] != '.')
                return false;
            at++;
        }
    }
    *ret_mariadb = str_find(text, STR("MariaDB")) >= 0;
    *ret_version = parts[0] * 10000 + parts[1] * 100 + parts[2];
    return true;
}

bool catalog_server_row(const struct str *values, size_t count, struct catalog_server *ret)
{
    uint64_t lower;
    struct catalog_server server;

    if (count != queries[CATALOG_QUERY_SERVER].columns ||
        !catalog_server_version(values[0], &server.mariadb, &server.version) ||
        !str_to_u64(values[1], 2, &lower))
        return false;
    server.lower_case_table_names = (unsigned)lower;
    *ret = server;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/internal.h"

static const struct system_table {
    const char *schema, *table, *refused;
} system_tables[] = {
#define T(schema, table, refused) {#schema, #table, refused},
#include "lineage/system_table.h"
#undef T
};

static const struct system_table *system_find(struct str schema, struct str table)
{
    for (size_t i = 0; i < ARRAY_LEN(system_tables); i++)
        if (str_equal_nocase(schema, str_of(system_tables[i].schema)) &&
            str_equal_nocase(table, str_of(system_tables[i].table)))
            return &system_tables[i];
    return NULL;
}

bool system_table_allowed(struct str schema, struct str table)
{
    return system_find(schema, table) != NULL;
}

bool system_column_allowed(struct str schema, struct str table, struct str column)
{
    const struct system_table *found = system_find(schema, table);
    struct str rest = found ? str_of(found->refused) : STR_NONE;
    struct str word;

    if (found == NULL)
        return false;
    while (str_split(rest, ' ', &word, &rest))
        if (str_equal_nocase(word, column))
            return false;
    return !str_equal_nocase(rest, column) || rest.len == 0;
}

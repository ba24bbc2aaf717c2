/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/system.h"

static const struct system_table {
    const char *schema, *table;
    enum system_shows shows;
    enum privilege asks;
    const char *columns;
    enum system_shows more;
} system_tables[] = {
#define T(schema, table, shows, asks, columns, more)                                               \
    {#schema, table, SYSTEM_##shows, PRIVILEGE_##asks, columns, SYSTEM_##more},
#include "lineage/system_table.h"
#undef T
};

static const struct system_table *system_find(struct str schema, struct str table)
{
    for (size_t i = 0; i < ARRAY_LEN(system_tables); i++)
        if (str_equal_nocase(schema, str_of(system_tables[i].schema)) &&
            str_glob(str_of(system_tables[i].table), table, true))
            return &system_tables[i];
    return NULL;
}

static enum effect_kind effect_of(enum system_shows shows)
{
    switch (shows) {
    case SYSTEM_SHAPE: break;
    case SYSTEM_SERVER: return EFFECT_READS_SERVER;
    case SYSTEM_STATEMENTS: return EFFECT_READS_STATEMENTS;
    case SYSTEM_VALUES: return EFFECT_READS_VALUES;
    case SYSTEM_DEFINITIONS: return EFFECT_READS_DEFINITIONS;
    case SYSTEM_ACCOUNTS: return EFFECT_READS_ACCOUNTS;
    }
    return EFFECT_INVALID;
}

void system_shown(struct work *w, enum system_shows shows, struct str what, uint32_t position)
{
    enum effect_kind effect = effect_of(shows);

    if (effect != EFFECT_INVALID)
        record_effect(w, effect, what, position);
}

/* Those of performance_schema that the servers let anyone read: no grant is looked at. MySQL: its
 * tables with the ACL pfs_readonly_world_acl; MariaDB took fewer of them over. */
static const struct {
    const char *table;
    bool mysql, mariadb;
} world_readable[] = {
    {"global_status", true, true},
    {"global_variable_attributes", true, false},
    {"global_variables", true, false},
    {"persisted_variables", true, false},
    {"processlist", true, false},
    {"session_account_connect_attrs", true, true},
    {"session_status", true, true},
    {"session_variables", true, false},
    {"variables_info", true, false},
    {"variables_metadata", true, false},
};

static bool asks_nobody(const struct work *w, struct str schema, struct str table)
{
    if (str_equal_nocase(schema, STR("information_schema")))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(world_readable); i++)
        if ((w->mariadb ? world_readable[i].mariadb : world_readable[i].mysql) &&
            str_equal_nocase(table, str_of(world_readable[i].table)))
            return str_equal_nocase(schema, STR("performance_schema"));
    return false;
}

/* What the servers let anyone read, each row as they see fit, policies don't. */
static void need_select(struct work *w, struct str schema, struct str table, uint32_t position)
{
    size_t before = w->need_count;

    record_need(w, PRIVILEGE_SELECT, OBJECT_TABLE, schema, table, position);
    if (w->need_count > before && asks_nobody(w, schema, table))
        w->needs[before].policy_alone = true;
}

bool system_table_read(struct work *w, struct str schema, struct str table, uint32_t position)
{
    const struct system_table *row = system_find(schema, table);
    struct str name = work_table_text(w, schema, table, STR_NONE);

    if (row == NULL) {
        record_unknown(w, "system table", name, position);
        need_select(w, schema, table, position);
        return false;
    }
    if (row->shows != SYSTEM_SHAPE || !str_equal_nocase(schema, STR("information_schema")))
        need_select(w, schema, table, position);
    if (row->asks != PRIVILEGE_INVALID)
        record_server_need(w, row->asks, position);
    system_shown(w, row->shows, name, position);
    return true;
}

static bool listed(struct str list, struct str name)
{
    struct str word, rest = list;

    while (str_split(rest, ' ', &word, &rest))
        if (str_equal_nocase(word, name))
            return true;
    return rest.len > 0 && str_equal_nocase(rest, name);
}

void system_column_read(struct work *w, struct str schema, struct str table, struct str column,
                        uint32_t position)
{
    const struct system_table *row = system_find(schema, table);

    if (row == NULL || !listed(str_of(row->columns), column))
        return;
    need_select(w, schema, table, position);
    system_shown(w, row->more, work_table_text(w, schema, table, column), position);
}

void system_table_described(struct work *w, struct str schema, struct str table, uint32_t position)
{
    if (system_find(schema, table) == NULL)
        record_unknown(w, "system table", work_table_text(w, schema, table, STR_NONE), position);
    if (!str_equal_nocase(schema, STR("information_schema")))
        need_select(w, schema, table, position);
}

/* A table of which some column shows more than the rest, and whose columns are not known here. */
void system_columns_unknown(struct work *w, struct str schema, struct str table, uint32_t position)
{
    const struct system_table *row = system_find(schema, table);

    if (row == NULL || row->columns[0] == '\0')
        return;
    need_select(w, schema, table, position);
    system_shown(w, row->more, work_table_text(w, schema, table, STR_NONE), position);
}

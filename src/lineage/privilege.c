/* SPDX-License-Identifier: Apache-2.0
 *
 * Which server has which privilege, and what an older one asks in its place.
 */
#include "lineage/internal.h"

enum { BOTH = 0, MYSQL, MARIADB };

static const struct served {
    enum privilege privilege;
    int server;
    uint32_t since;
    enum privilege before;
} served[] = {
#define SERVED(name, server, since, before) {PRIVILEGE_##name, server, since, PRIVILEGE_##before},
#define GONE(name, version)
#include "sql/privilege_server_table.h"
#undef SERVED
#undef GONE
};

static const struct gone {
    enum privilege privilege;
    uint32_t version;
} gone[] = {
#define SERVED(name, server, since, before)
#define GONE(name, version) {PRIVILEGE_##name, version},
#include "sql/privilege_server_table.h"
#undef SERVED
#undef GONE
};

enum level { LEVEL_INVALID, LEVEL_COLUMN, LEVEL_TABLE, LEVEL_SCHEMA, LEVEL_ROUTINE, LEVEL_GLOBAL,
             LEVEL_ADMIN };

static const enum level levels[PRIVILEGE_COUNT] = {
#define PRIVILEGE(name, text, level) [PRIVILEGE_##name] = LEVEL_##level,
#include "sql/privilege_table.h"
#undef PRIVILEGE
};

bool privilege_by_name_only(enum privilege privilege)
{
    return privilege < PRIVILEGE_COUNT &&
           (levels[privilege] == LEVEL_ADMIN || privilege == PRIVILEGE_GRANT_OPTION);
}

enum privilege privilege_on(enum privilege privilege, bool mariadb, uint32_t version)
{
    for (size_t i = 0; i < ARRAY_LEN(gone); i++)
        if (gone[i].privilege == privilege && version >= gone[i].version)
            return PRIVILEGE_INVALID;
    for (size_t i = 0; i < ARRAY_LEN(served); i++) {
        if (served[i].privilege != privilege)
            continue;
        if (served[i].server != (mariadb ? MARIADB : MYSQL))
            return PRIVILEGE_INVALID;
        return version >= served[i].since ? privilege : served[i].before;
    }
    return privilege;
}

bool privilege_grantable(enum privilege privilege, enum object_kind kind)
{
    enum level level = privilege < PRIVILEGE_COUNT ? levels[privilege] : LEVEL_INVALID;

    if (privilege == PRIVILEGE_ANY)
        return false;
    switch (kind) {
    case OBJECT_GLOBAL: return level != LEVEL_INVALID;
    case OBJECT_SCHEMA:
        return level == LEVEL_COLUMN || level == LEVEL_TABLE || level == LEVEL_SCHEMA ||
               level == LEVEL_ROUTINE;
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_SEQUENCE: return level == LEVEL_COLUMN || level == LEVEL_TABLE;
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE: return level == LEVEL_ROUTINE || privilege == PRIVILEGE_GRANT_OPTION;
    case OBJECT_INVALID:
    case OBJECT_TRIGGER:
    case OBJECT_EVENT: break;
    }
    return false;
}

void record_server_need(struct work *w, enum privilege privilege, uint32_t position)
{
    enum privilege here = privilege_on(privilege, w->mariadb, w->version);

    if (here != PRIVILEGE_INVALID)
        record_need(w, here, OBJECT_GLOBAL, STR_NONE, STR_NONE, position);
}

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What the offline commands share: files read, policies and catalogs loaded, problems told.
 */
#include "base/secret.h"
#include "catalog/catalog.h"
#include "policy/policy.h"
#include "sql/sql.h"

#define OFFLINE_FILES 256

struct offline {
    struct arena arena;
    const char *zoneinfo;              /* folder of TZif files */
    struct secret kept[OFFLINE_FILES]; /* contents that others point into */
    size_t kept_count;
};

void offline_init(struct offline *o);
void offline_release(struct offline *o);
/* The file's content, kept until release. False when it can't be read; told on stderr. */
bool offline_read(struct offline *o, const char *path, struct str *ret_text);
/* Policies of these files; NULL when anything is wrong, which is told on stderr. */
struct policy_set *offline_policies(struct offline *o, const char *const *paths, size_t count);
/* A `.json` catalog, or CREATE statements. NULL when it can't be read; told on stderr. */
struct catalog *offline_catalog(struct offline *o, const char *path, const struct sql_context *sql);
/* `path` next to `beside`, when it is relative; in the arena. */
const char *offline_path(struct offline *o, struct str beside, struct str path);
/* Tells on stderr. Gives true when there were any. */
bool offline_tell(const struct config_problems *problems);

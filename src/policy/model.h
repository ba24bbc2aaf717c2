#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Policies as loaded; private to src/policy. All texts are in the set's arena.
 */
#include "policy/policy.h"
#include "policy/zone.h"

/* One part of a pattern: a name, or with `*` and `?`. In backquotes nothing is special. */
struct policy_name {
    struct str text;
    bool glob;
};

/* `schema.object` */
struct policy_object {
    struct policy_name schema, object;
    struct str text; /* as written */
};

struct policy_objects {
    struct policy_object *items;
    size_t count;
};

struct policy_grant {
    enum privilege privilege;
    const struct str *columns; /* none: the whole object */
    size_t column_count;
};

struct policy_grants {
    const struct policy_grant *items;
    size_t count;
    bool all;        /* ALL: every privilege but those that are granted by name only */
    struct str text; /* as written: `SELECT (id, name), INSERT` */
};

struct policy_approvers {
    struct config_position at;
    struct config_strings groups;
    int64_t count;
};

/* Of allow, approve and deny alike; the last three fields are approve's. */
struct policy_rule {
    struct config_position at;
    struct policy_grants grants;
    struct policy_objects on;
    struct policy_approvers by;
    int64_t valid_ms, wait_ms;
};

struct policy_reveal {
    struct config_position at;
    struct config_strings tags; /* patterns */
    struct policy_objects on;   /* none: everywhere */
};

struct policy_reveals {
    struct policy_reveal *items;
    size_t count;
};

struct policy_subject {
    struct config_position at;
    struct str group, issuer, subject; /* patterns; empty: any. All that is given must fit */
    struct config_labels claims;       /* path -> pattern */
};

struct policy_selector {
    struct config_position at;
    struct str name; /* pattern; empty: any */
    struct config_labels labels;
};

struct policy_window {
    struct config_position at;
    unsigned days;               /* bit 0: Monday */
    int64_t open, close;         /* minutes after midnight; close <= open: into the next day */
    int64_t from_day, until_day; /* days since 1970, local, inclusive */
    struct str zone_name;
    const struct policy_zone *zone;
};

/* Guards: GUARD(name, "switch", effect or INVALID, on by default, "what it stops") */
#define POLICY_GUARD_TABLE(GUARD)                                                                  \
    GUARD(UNFILTERED_WRITE, "unfiltered_write", INVALID, true,                                     \
          "UPDATE and DELETE without a WHERE clause")                                              \
    GUARD(UNKEYED_WRITE, "unkeyed_write", INVALID, false,                                          \
          "UPDATE and DELETE whose WHERE clause names no whole unique key")                        \
    GUARD(WAIT, "wait", WAITS, true, "SLEEP, BENCHMARK and other functions that only wait")        \
    GUARD(NAMED_LOCK, "named_lock", LOCKS_NAME, true, "GET_LOCK and its relatives")                \
    GUARD(ROW_LOCK, "row_lock", LOCKS_ROWS, true,                                                  \
          "FOR UPDATE and FOR SHARE on tables on which neither UPDATE nor DELETE is granted")      \
    GUARD(TABLE_LOCK, "table_lock", LOCKS_TABLES, true, "LOCK TABLES, FLUSH ... WITH READ LOCK")   \
    GUARD(READ_FILE, "read_file", READS_FILE, true, "LOAD_FILE, LOAD DATA")                        \
    GUARD(WRITE_FILE, "write_file", WRITES_FILE, true, "INTO OUTFILE, INTO DUMPFILE")              \
    GUARD(CLIENT_FILE, "client_file", READS_CLIENT_FILE, true, "LOAD DATA LOCAL")                  \
    GUARD(SESSION_VARIABLE, "session_variable", SETS_SESSION, true,                                \
          "session variables that are not on the list of harmless ones")                           \
    GUARD(GLOBAL_VARIABLE, "global_variable", SETS_GLOBAL, true, "SET GLOBAL, SET PERSIST")        \
    GUARD(ACCOUNT, "account", CHANGES_ACCOUNTS, true,                                              \
          "accounts, roles, grants and passwords; the gateway's own account is shared")            \
    GUARD(ADMINISTRATION, "administration", ADMINISTERS, true,                                     \
          "FLUSH, SHUTDOWN, replication, plugins and the like")                                    \
    GUARD(KILL, "kill", KILLS, true, "KILL; sessions of others use the same account")              \
    GUARD(SERVER_FACT, "server_fact", READS_SERVER, true,                                          \
          "status, replication, variables that are not on the list of harmless ones")              \
    GUARD(OTHER_STATEMENT, "other_statement", READS_STATEMENTS, true,                              \
          "process list, histories and logs: what other sessions run, with the values in it")      \
    GUARD(STORED_VALUE, "stored_value", READS_VALUES, true,                                        \
          "histograms, cardinalities, sizes, lock data, binary logs: no mask reaches them")        \
    GUARD(DEFINITION, "definition", READS_DEFINITIONS, true,                                       \
          "texts of routines, triggers, events and views")                                         \
    GUARD(ACCOUNT_FACT, "account_fact", READS_ACCOUNTS, true,                                      \
          "accounts, their rights and secrets")                                                    \
    GUARD(SIGNAL, "signal", RAISES, true,                                                          \
          "SIGNAL and RESIGNAL: errors in one's own words, the gateway's, say")

enum policy_guard {
    POLICY_GUARD_INVALID = 0,
#define GUARD(name, text, effect, on, meaning) POLICY_GUARD_##name,
    POLICY_GUARD_TABLE(GUARD)
#undef GUARD
        POLICY_GUARD_COUNT
};

enum policy_switch { POLICY_SWITCH_UNSET = 0, POLICY_SWITCH_ALLOW, POLICY_SWITCH_DENY };

struct policy_guards {
    struct config_position at;
    int set[POLICY_GUARD_COUNT]; /* enum policy_switch */
};

struct policy_guard_info {
    const char *name;
    enum effect_kind effect;
    bool on;
    const char *meaning;
};
const struct policy_guard_info *policy_guard_info(enum policy_guard guard);

struct policy_unknowns {
    struct config_position at;
    struct config_strings allow, approve; /* `kind:name`, patterns */
    struct policy_approvers by;
    int64_t valid_ms, wait_ms;
};

struct policy_limit_fields {
    struct config_position at;
    struct policy_limits limits;
};

struct policy_document {
    struct config_position at;
    struct str name, description;
    struct policy_subject *subjects;
    size_t subject_count;
    struct policy_selector *targets;
    size_t target_count;
    struct policy_window *windows;
    size_t window_count;
    struct policy_rule *allow;
    size_t allow_count;
    struct policy_rule *approve;
    size_t approve_count;
    struct policy_rule *deny;
    size_t deny_count;
    struct policy_reveals reveal;
    uint32_t masked_use; /* bit for each enum use_how */
    struct policy_unknowns unknowns;
    struct policy_guards guards;
    struct policy_limit_fields limits;
    struct str role;
};

/* ---- classification ---- */

struct policy_column_pattern {
    struct policy_name schema, table, column;
    struct str text;
};

struct policy_column_patterns {
    struct policy_column_pattern *items;
    size_t count;
};

struct policy_classified {
    struct config_position at;
    struct policy_column_patterns columns;
    struct config_strings tags;
};

struct policy_tag {
    struct config_position at;
    struct str name;
    struct policy_mask mask;
};

struct policy_classification {
    struct config_position at;
    struct str name, description;
    struct policy_selector *targets;
    size_t target_count;
    struct policy_classified *columns;
    size_t column_count;
    struct config_node *tags_node; /* map of tag -> mask, read after everything else */
};

struct policy_set {
    struct policy_document **policies;
    size_t policy_count;
    struct policy_classification **classifications;
    size_t classification_count;
    struct policy_tag *tags; /* of all classifications together */
    size_t tag_count;
    struct str *zone_names;
    const struct policy_zone **zones;
    size_t zone_count;
    unsigned char digest[32];
    struct arena arena;
    int references;
};

struct policy_scope {
    const struct policy_set *set;
    const struct policy_document **policies;
    size_t policy_count;
    const struct policy_classification **classifications;
    size_t classification_count;
    struct str subject, target; /* for messages */
};

/* The field tables (tables.c). */
extern const struct config_table policy_document_table;
extern const struct config_table policy_classification_table;
extern const struct config_table policy_tag_table;
/* Handed to the tables' readers as context. */
struct policy_loader {
    struct policy_set *set;
    policy_zone_fetch *fetch;
    void *fetch_context;
    size_t zone_capacity, tag_capacity, policy_capacity, classification_capacity;
};
const struct policy_zone *policy_loader_zone(struct config_reader *reader,
                                             struct config_position at, struct str name);

/* Matching (match.c). `nocase` where caution wants it: deny rules and classification. */
bool policy_name_matches(const struct policy_name *pattern, struct str name, bool nocase);
bool policy_object_matches(const struct policy_object *pattern, struct str schema,
                           struct str object, bool nocase);
bool policy_subject_matches(const struct policy_subject *subject,
                            const struct policy_identity *identity);
bool policy_selector_matches(const struct policy_selector *selector,
                             const struct policy_target *target);
bool policy_in_force(const struct policy_document *policy, int64_t now_us);
/* `a.b."c.d"` in a JSON object; NULL where it leads nowhere. */
const json_t *policy_claim_find(const json_t *claims, struct str path);

/* Of a scope (scope.c): the limits in force, and the fault of one of which nothing is in force
 * (false when something is). */
void policy_scope_limits(const struct policy_scope *scope, int64_t now_us,
                         struct policy_limits *limits);
bool policy_scope_closed(const struct policy_scope *scope, int64_t now_us, struct arena *arena,
                         struct fault *fault);
/* No policy of the scope, in force or not, grants anything that writes. */
bool policy_scope_read_only(const struct policy_scope *scope);
/* Any column of the table may be classified. */
bool policy_table_classified(const struct policy_scope *scope, struct str schema, struct str table);

/* Session variables that do no harm when set, and those that may be read. */
bool policy_variable_settable(struct str name);
bool policy_variable_readable(struct str name);

/* The tag's row; NULL when it has no mask of its own. */
const struct policy_tag *policy_tag_find(const struct policy_set *set, struct str name);
/* The mask for a column of the scope's target, NULL when it is not classified or all its tags are
 * revealed. *ret_classified: it has a tag at all. */
const struct policy_mask *policy_column_mask(const struct policy_scope *scope, int64_t now_us,
                                             const struct base_column *column,
                                             bool *ret_classified);

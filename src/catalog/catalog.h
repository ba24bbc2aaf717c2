#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The catalog: what a target's schemas hold, as one immutable snapshot. It answers names (which
 * table is `app.person`, which column is `SSN`) the way the server itself would, and gives each
 * object a fingerprint, so that an approval or a prepared statement notices that the object under
 * it was changed.
 *
 * Filling it: run each query of catalog_query_text() on the target and hand every row to
 * catalog_builder_row(); or add objects one by one; or load JSON (catalog/json.h) or CREATE
 * statements (catalog/ddl.h). Then catalog_build() freezes it. A snapshot is counted: whoever
 * keeps it takes a reference; the last one out frees it. No lookup allocates or locks, so that
 * threads may share a snapshot (the count itself is not atomic).
 *
 * Names. Column, routine and trigger names compare without case always (the servers use
 * utf8mb3_general_ci's case mapping; letters outside ASCII fold by catalog_name_equal()). Schema,
 * table and alias names compare by `lower_case_table_names`: 0 exactly, 1 and 2 without case.
 * `information_schema` and what is in it compare without case always.
 */
#include "base/arena.h"
#include "base/fault.h"

enum catalog_table_kind {
    CATALOG_TABLE_INVALID = 0,
    CATALOG_TABLE_BASE,
    CATALOG_TABLE_VIEW,
    CATALOG_TABLE_TEMPORARY, /* of one session, see struct catalog_overlay */
    CATALOG_TABLE_SEQUENCE,  /* MariaDB */
    CATALOG_TABLE_SYSTEM_VIEW
};

/* What a value of the column is compared and converted as. */
enum catalog_type {
    CATALOG_TYPE_OTHER = 0, /* not known: may convert, may fail */
    CATALOG_TYPE_INTEGER,   /* tinyint … bigint, bit, year */
    CATALOG_TYPE_DECIMAL,
    CATALOG_TYPE_FLOAT,     /* float, double */
    CATALOG_TYPE_TEXT,      /* char, varchar, text, enum, set */
    CATALOG_TYPE_BINARY,    /* binary, varbinary, blob */
    CATALOG_TYPE_TEMPORAL,  /* date, time, datetime, timestamp */
    CATALOG_TYPE_JSON,
    CATALOG_TYPE_GEOMETRY
};

struct catalog_column {
    struct str name;
    struct str data_type;   /* information_schema.COLUMNS.DATA_TYPE: `varchar`, `int` */
    struct str column_type; /* COLUMN_TYPE: `varchar(20)`, `int unsigned` */
    struct str charset;     /* empty: not a character type */
    struct str collation;
    struct str expression;  /* of a generated column; empty: not generated */
    struct str default_text; /* meaningful when has_default */
    uint32_t ordinal;       /* from 1 */
    enum catalog_type type;
    bool nullable;
    bool has_default;       /* also true for AUTO_INCREMENT and nullable columns */
    bool invisible;         /* left out of `*` and of INSERT without a column list */
    bool auto_increment;
    bool on_update;         /* ON UPDATE CURRENT_TIMESTAMP: set when the row is changed */
};

enum catalog_key_kind {
    CATALOG_KEY_INVALID = 0,
    CATALOG_KEY_PRIMARY,
    CATALOG_KEY_UNIQUE,
    CATALOG_KEY_INDEX,
    CATALOG_KEY_FOREIGN
};

struct catalog_key {
    struct str name;
    enum catalog_key_kind kind;
    const struct str *columns; /* names; an empty one is an expression (functional key part) */
    size_t column_count;
    const struct str *expressions; /* as many as columns; empty where the part is a column */
    /* CATALOG_KEY_FOREIGN only: */
    struct str to_schema, to_table;
    const struct str *to_columns; /* as many as columns */
    struct str on_delete, on_update; /* `CASCADE`, `SET NULL`, `RESTRICT`, … */
};

struct catalog_view {
    struct str definition; /* VIEW_DEFINITION; empty: the loading account may not see it */
    struct str definer;    /* `user@host` */
    struct str algorithm;  /* MariaDB and CREATE statements; may be empty */
    bool invoker;          /* SQL SECURITY INVOKER */
    bool ansi_quotes;      /* the definition was given in ANSI_QUOTES (from a .sql file) */
};

struct catalog_trigger {
    struct str name;
    struct str event;  /* `INSERT`, `UPDATE`, `DELETE` */
    struct str timing; /* `BEFORE`, `AFTER` */
    struct str text;   /* ACTION_STATEMENT; may be empty */
    struct str sql_mode;
    struct str definer; /* `user@host`: it runs as this account */
    bool exact;         /* `text` is what the server runs: see struct catalog_routine */
};

struct catalog_check {
    struct str name;
    struct str text;
};

struct catalog_table {
    struct str schema, name;
    enum catalog_table_kind kind;
    struct str engine;
    const struct catalog_column *columns; /* by ordinal */
    size_t column_count;
    const uint32_t *by_name; /* indices into columns, ordered by folded name */
    const struct catalog_key *keys;
    size_t key_count;
    const struct catalog_key *const *referenced_by; /* foreign keys of other tables to this one */
    const struct catalog_table *const *referenced_from; /* ... and whose they are */
    size_t referenced_count;
    const struct catalog_trigger *triggers;
    size_t trigger_count;
    const struct catalog_check *checks;
    size_t check_count;
    const struct catalog_view *view; /* CATALOG_TABLE_VIEW only, else NULL */
    unsigned char fingerprint[32];   /* SHA-256 over all of the above but `referenced_*` */
};

enum catalog_mode {
    CATALOG_MODE_IN = 0,
    CATALOG_MODE_OUT,
    CATALOG_MODE_INOUT
};

struct catalog_parameter {
    struct str name;
    struct str data_type;   /* `varchar`, as of columns; empty: a row, or not known */
    struct str column_type; /* DTD_IDENTIFIER: `varchar(20)` */
    enum catalog_mode mode;
};

struct catalog_routine {
    struct str schema, name;
    bool function;    /* else a procedure */
    bool aggregate;   /* MariaDB: CREATE AGGREGATE FUNCTION */
    bool loadable;    /* CREATE FUNCTION … SONAME; schema is empty */
    struct str text;  /* ROUTINE_DEFINITION; may be empty */
    struct str data_access; /* `CONTAINS SQL`, `NO SQL`, `READS SQL DATA`, `MODIFIES SQL DATA` */
    struct str definer;
    struct str sql_mode;
    struct str returns; /* DTD_IDENTIFIER of a function */
    struct str returns_type; /* DATA_TYPE: `int` */
    const struct catalog_parameter *parameters;
    size_t parameter_count;
    bool invoker;
    bool deterministic;
    bool external; /* in another language than SQL */
    bool exact;    /* `text` is what the server runs. Else it is MySQL's ROUTINE_DEFINITION, in
                      which literals have lost their escapes: 'it\'s' is 'it's' */
    unsigned char fingerprint[32];
};

struct catalog_event {
    struct str schema, name;
    struct str text; /* EVENT_DEFINITION; may be empty */
    struct str definer;
    struct str sql_mode;
    bool exact;
    unsigned char fingerprint[32];
};

struct catalog_schema {
    struct str name;
    struct str charset, collation;
};

struct catalog; /* opaque */

/* ---- building ---- */

struct catalog_builder;

/* NULL when out of memory. `mariadb`: family; `version` as the server counts: 90704, 101119. */
struct catalog_builder *catalog_builder_new(bool mariadb, uint32_t version,
                                            unsigned lower_case_table_names);
void catalog_builder_free(struct catalog_builder *builder);

/* Queries to run on a target, in this order; all rows of each go to catalog_builder_row(). A query
 * that the server refuses may be skipped only where catalog_query_optional() says so. */
enum catalog_query {
    CATALOG_QUERY_SERVER = 0, /* one row, for catalog_server_row() */
    CATALOG_QUERY_SCHEMATA,
    CATALOG_QUERY_TABLES,
    CATALOG_QUERY_COLUMNS,
    CATALOG_QUERY_INDEXES,
    CATALOG_QUERY_FOREIGN_KEYS,
    CATALOG_QUERY_VIEWS,
    CATALOG_QUERY_TRIGGERS,
    CATALOG_QUERY_CHECKS,
    CATALOG_QUERY_ROUTINES,
    CATALOG_QUERY_PARAMETERS,
    CATALOG_QUERY_EVENTS,
    CATALOG_QUERY_LOADABLE, /* loadable functions: mysql.func or performance_schema */
    CATALOG_QUERY_COUNT
};
/* The SQL; empty when this server has none of that kind. Static text. */
struct str catalog_query_text(enum catalog_query query, bool mariadb, uint32_t version);
bool catalog_query_optional(enum catalog_query query);
/* Columns that each row of the query has. */
size_t catalog_query_columns(enum catalog_query query);

/* What CATALOG_QUERY_SERVER says, needed before a builder can be made. */
struct catalog_server {
    bool mariadb;
    uint32_t version; /* 90704, 101119; 0: not understood */
    unsigned lower_case_table_names;
};
/* Reads the row of CATALOG_QUERY_SERVER. False when it makes no sense. */
bool catalog_server_row(const struct str *values, size_t count, struct catalog_server *ret);
/* `8.0.36-debug`, `5.5.5-10.11.6-MariaDB-log`, as a greeting has it too. */
bool catalog_server_version(struct str text, bool *ret_mariadb, uint32_t *ret_version);

/* One row of a query: `values` as text (the text protocol gives just that), a NULL ptr is SQL
 * NULL. Copies what it needs; passes over a row of a table that was not there when the tables were
 * listed. False when the row has not the right number of columns or makes no sense, or memory or
 * the arena's cap ran out: the catalog is then not usable and catalog_build() gives NULL. */
bool catalog_builder_row(struct catalog_builder *builder, enum catalog_query query,
                         const struct str *values, size_t count);

/* The same, object by object. Everything is copied. Adding a table, view or routine that is there
 * replaces it. All give false on out of memory, as above. */
bool catalog_builder_schema(struct catalog_builder *builder, const struct catalog_schema *schema);
/* columns, keys, triggers, checks and view may be filled or added below; fingerprint, by_name and
 * referenced_* are ignored. */
bool catalog_builder_table(struct catalog_builder *builder, const struct catalog_table *table);
bool catalog_builder_column(struct catalog_builder *builder, struct str schema, struct str table,
                            const struct catalog_column *column);
bool catalog_builder_key(struct catalog_builder *builder, struct str schema, struct str table,
                         const struct catalog_key *key);
bool catalog_builder_view(struct catalog_builder *builder, struct str schema, struct str table,
                          const struct catalog_view *view);
bool catalog_builder_trigger(struct catalog_builder *builder, struct str schema, struct str table,
                             const struct catalog_trigger *trigger);
bool catalog_builder_check(struct catalog_builder *builder, struct str schema, struct str table,
                           const struct catalog_check *check);
bool catalog_builder_routine(struct catalog_builder *builder,
                             const struct catalog_routine *routine);
/* One more parameter of a routine that is there; of one that is not, nothing. */
bool catalog_builder_parameter(struct catalog_builder *builder, struct str schema,
                               struct str routine, bool function,
                               const struct catalog_parameter *parameter);
bool catalog_builder_event(struct catalog_builder *builder, const struct catalog_event *event);
/* False when it was not there. */
bool catalog_builder_drop_routine(struct catalog_builder *builder, struct str schema,
                                  struct str name, bool function);
bool catalog_builder_drop_table(struct catalog_builder *builder, struct str schema,
                                struct str table);
bool catalog_builder_drop_schema(struct catalog_builder *builder, struct str schema);
/* A builder's view of one table so far, for CREATE TABLE … LIKE; NULL when there is none. Valid
 * until the builder is changed. */
const struct catalog_table *catalog_builder_find(struct catalog_builder *builder,
                                                 struct str schema, struct str table);

/* Freezes it, frees the builder, gives a snapshot with one reference; NULL when anything before
 * went wrong. */
struct catalog *catalog_build(struct catalog_builder *builder);
struct catalog *catalog_ref(struct catalog *catalog);
void catalog_unref(struct catalog *catalog); /* NULL is fine */

/* ---- asking ---- */

bool catalog_mariadb(const struct catalog *catalog);
uint32_t catalog_version(const struct catalog *catalog);
unsigned catalog_lower_case_table_names(const struct catalog *catalog);
/* SHA-256 over all objects: two snapshots of the same definitions have the same. */
const unsigned char *catalog_fingerprint(const struct catalog *catalog);

size_t catalog_schema_count(const struct catalog *catalog);
const struct catalog_schema *catalog_schema_at(const struct catalog *catalog, size_t i);
size_t catalog_table_count(const struct catalog *catalog);
const struct catalog_table *catalog_table_at(const struct catalog *catalog, size_t i);
size_t catalog_routine_count(const struct catalog *catalog);
const struct catalog_routine *catalog_routine_at(const struct catalog *catalog, size_t i);
size_t catalog_event_count(const struct catalog *catalog);
const struct catalog_event *catalog_event_at(const struct catalog *catalog, size_t i);
size_t catalog_column_count(const struct catalog *catalog); /* of all tables */

/* NULL when there is none. Names as a statement spells them, unquoted. */
const struct catalog_table *catalog_table_find(const struct catalog *catalog, struct str schema,
                                               struct str name);
const struct catalog_column *catalog_column_find(const struct catalog_table *table,
                                                 struct str name);
/* Fills by_name of a table that is made outside of a builder, for catalog_column_find(). */
bool catalog_table_order(struct arena *arena, struct catalog_table *table);
/* `function`: functions and procedures have names apart. Loadable functions: empty schema. */
const struct catalog_routine *catalog_routine_find(const struct catalog *catalog,
                                                   struct str schema, struct str name,
                                                   bool function);
const struct catalog_event *catalog_event_find(const struct catalog *catalog, struct str schema,
                                               struct str name);
/* The trigger of that name, in the schema of its table; NULL when there is none. */
const struct catalog_trigger *catalog_trigger_find(const struct catalog *catalog,
                                                   struct str schema, struct str name,
                                                   const struct catalog_table **ret_table);

/* information_schema, performance_schema, mysql, sys: never what they seem; see
 * lineage/system_table.h. */
bool catalog_schema_is_system(struct str schema);
/* Column, routine, variable names: without case, letters of the common scripts folded. */
bool catalog_name_equal(struct str a, struct str b);
/* Schema, table and alias names under `lower_case_table_names`. */
bool catalog_table_name_equal(unsigned lower_case_table_names, struct str a, struct str b);
/* From DATA_TYPE. */
enum catalog_type catalog_type_of(struct str data_type);

/* ---- temporary tables of one session ---- */

/* Temporary tables hide tables and views of the same name in one session. A session owns one
 * overlay, adds to it after each CREATE TEMPORARY TABLE that succeeded and takes away after DROP;
 * the analysis looks here first. A table without columns is opaque: reading it is an unknown, and
 * anything done to it needs the privileges that a table of that name would need. */
struct catalog_overlay;

struct catalog_overlay *catalog_overlay_new(unsigned lower_case_table_names);
void catalog_overlay_free(struct catalog_overlay *overlay);
/* Replaces one of the same name. Copies. False when out of memory or over LIMIT_TEMPORARY. */
bool catalog_overlay_put(struct catalog_overlay *overlay, const struct catalog_table *table);
bool catalog_overlay_drop(struct catalog_overlay *overlay, struct str schema, struct str name);
/* Nobody knows any more whether it is there and what it looks like: opaque from now on. Empty
 * `name`: all of the schema; empty `schema` as well: all. False when there is none. */
bool catalog_overlay_obscure(struct catalog_overlay *overlay, struct str schema, struct str name);
void catalog_overlay_clear(struct catalog_overlay *overlay); /* connection reset */
size_t catalog_overlay_count(const struct catalog_overlay *overlay);
const struct catalog_table *catalog_overlay_find(const struct catalog_overlay *overlay,
                                                 struct str schema, struct str name);

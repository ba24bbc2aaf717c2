#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of one statement before it runs: the contract between the analysis (src/lineage)
 * and those who decide and act by it (src/policy, src/mask, src/session, src/audit). Plain data,
 * in the statement's arena; nothing points into the packet.
 *
 * Glossary
 *   base column  a column of a table as stored in the catalog; a view's columns are followed to
 *                the base columns behind them
 *   from         the base columns a value depends on in any way, conditions included
 *   use          a place other than the value of an output column where base columns matter
 *   sink         a place other than the result set to which a value goes
 *   unknown      something that the analysis can't vouch for; policy refuses it, sends it for
 *                approval, or grants it by name
 */
#include "base/str.h"
#include "sql/statement_kind.h"

enum privilege {
    PRIVILEGE_INVALID = 0,
#define PRIVILEGE(name, text, level) PRIVILEGE_##name,
#include "sql/privilege_table.h"
#undef PRIVILEGE
    PRIVILEGE_COUNT
};

/* Ascending, without repetition; indices into analysis.base. */
struct column_set {
    const uint32_t *ids;
    size_t count;
};

struct base_column {
    struct str schema, table, column; /* spelled as in the catalog */
};

struct output_column {
    struct str name;        /* the heading, exactly as the server will send it */
    struct column_set from; /* empty: depends on no stored value */
    bool plain;             /* it is one column's value, unchanged */
    uint32_t position;      /* byte offset in the text */
};

/* Uses: USE(name, "text", "what it means") */
#define USE_TABLE(USE)                                                                             \
    USE(PREDICATE, "predicate", "WHERE, ON, HAVING, or the condition of EXISTS and IN")            \
    USE(EQUALITY, "equality", "compared by = or IN with constants, in a predicate")                \
    USE(JOIN, "join", "compared with another column in a join, USING or NATURAL")                  \
    USE(GROUP, "group", "GROUP BY")                                                                \
    USE(DISTINCT, "distinct", "DISTINCT, or a set operation that drops duplicates")                \
    USE(ORDER, "order", "ORDER BY, also of windows and aggregates")                                \
    USE(WINDOW, "window", "PARTITION BY or a frame")                                               \
    USE(LIMIT, "limit", "LIMIT or OFFSET")                                                         \
    USE(COUNT, "count", "inside COUNT and nothing else")                                           \
    USE(KEY, "key", "written to a column of a unique or foreign key: duplicates show values")      \
    USE(ERROR, "error", "argument of something that may fail or warn, depending on the value")     \
    USE(WAIT, "wait", "how long the statement takes depends on it")                                \
    USE(WRITE_BACK, "write", "assigned to, inserted into or computed for a stored column")         \
    USE(CONTROL, "control", "decides which statement of a program runs, or how often")             \
    USE(PLAN, "plan", "EXPLAIN or ANALYZE: plans show values and counts")                          \
    USE(DEFINITION, "definition", "the text of a view, key, generated column or check names it")

enum use_how {
    USE_INVALID = 0,
#define USE(name, text, meaning) USE_##name,
    USE_TABLE(USE)
#undef USE
    USE_COUNT_OF
};

struct column_use {
    enum use_how how;
    struct column_set columns;
    struct str what;   /* the clause or function, for messages: `ORDER BY`, `CAST` */
    uint32_t position;
};

#define SINK_TABLE(SINK)                                                                           \
    SINK(COLUMN, "column", "a stored column: INSERT, UPDATE, CREATE TABLE ... SELECT")             \
    SINK(USER_VARIABLE, "variable", "@name")                                                       \
    SINK(SYSTEM_VARIABLE, "system variable", "SET @@name")                                         \
    SINK(FILE, "file", "INTO OUTFILE, INTO DUMPFILE")                                              \
    SINK(LOCK, "lock", "the name of an advisory lock")                                             \
    SINK(DIAGNOSTICS, "diagnostics", "SIGNAL, error and warning texts")                            \
    SINK(ROUTINE, "routine", "an argument of a routine nobody has read; a body that is created")   \
    SINK(VIEW, "view", "the definition of a view")

enum sink_kind {
    SINK_INVALID = 0,
#define SINK(name, text, meaning) SINK_##name,
    SINK_TABLE(SINK)
#undef SINK
    SINK_COUNT_OF
};

struct sink {
    enum sink_kind kind;
    struct str target;      /* `schema.table.column`, `@name`, the file's or routine's name */
    struct column_set from; /* may be empty: constants only */
    uint32_t position;
};

#define EFFECT_TABLE(EFFECT)                                                                       \
    EFFECT(WAITS, "waits", "SLEEP, BENCHMARK, waiting for replication")                            \
    EFFECT(LOCKS_NAME, "locks name", "GET_LOCK and its relatives")                                 \
    EFFECT(LOCKS_ROWS, "locks rows", "FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE")                  \
    EFFECT(LOCKS_TABLES, "locks tables", "LOCK TABLES, FLUSH TABLES WITH READ LOCK")               \
    EFFECT(READS_FILE, "reads file", "LOAD_FILE, LOAD DATA")                                       \
    EFFECT(WRITES_FILE, "writes file", "INTO OUTFILE, INTO DUMPFILE")                              \
    EFFECT(READS_CLIENT_FILE, "reads client file", "LOAD DATA LOCAL")                              \
    EFFECT(SETS_VARIABLE, "sets variable", "a user variable is assigned")                          \
    EFFECT(SETS_SESSION, "sets session", "a session system variable is assigned")                  \
    EFFECT(SETS_GLOBAL, "sets global", "a global or persisted system variable is assigned")        \
    EFFECT(TRANSACTION, "transaction", "BEGIN, COMMIT, ROLLBACK, SAVEPOINT, XA")                   \
    EFFECT(COMMITS, "commits", "an implicit commit")                                               \
    EFFECT(CHANGES_SCHEMA, "changes schema", "the catalog is different afterwards")                \
    EFFECT(CHANGES_ACCOUNTS, "changes accounts", "accounts, roles, grants, passwords")             \
    EFFECT(ADMINISTERS, "administers", "the server, replication, other sessions, plugins")         \
    EFFECT(KILLS, "kills", "KILL")                                                                 \
    EFFECT(RUNS_ROUTINE, "runs routine", "a stored routine or loadable function")                  \
    EFFECT(DYNAMIC_SQL, "dynamic SQL", "PREPARE, EXECUTE, EXECUTE IMMEDIATE")                      \
    EFFECT(NONDETERMINISTIC, "nondeterministic", "NOW, RAND, UUID: another run, another value")    \
    EFFECT(READS_SESSION, "reads session", "LAST_INSERT_ID, FOUND_ROWS, ROW_COUNT, @variables")    \
    EFFECT(READS_DIAGNOSTICS, "reads diagnostics", "SHOW WARNINGS, GET DIAGNOSTICS, @@error_count") \
    EFFECT(READS_SERVER, "reads server", "variables, status, replication: facts about the host")    \
    EFFECT(READS_STATEMENTS, "reads statements", "what other sessions run or ran: process list, "  \
                                                 "histories, logs")                                \
    EFFECT(READS_VALUES, "reads values", "what is known of stored values past all masks: sizes, "  \
                                         "cardinalities, histograms, lock data, binary logs")      \
    EFFECT(READS_DEFINITIONS, "reads definitions", "texts of routines, triggers, events, views")   \
    EFFECT(READS_ACCOUNTS, "reads accounts", "accounts, their rights and secrets")                 \
    EFFECT(RAISES, "raises", "SIGNAL, RESIGNAL: an error in the statement's own words")

enum effect_kind {
    EFFECT_INVALID = 0,
#define EFFECT(name, text, meaning) EFFECT_##name,
    EFFECT_TABLE(EFFECT)
#undef EFFECT
    EFFECT_COUNT_OF
};

struct effect {
    enum effect_kind kind;
    struct str what; /* the function, variable or statement */
    uint32_t position;
};

/* What the gateway itself must know of a session after the statement has succeeded. */
#define CHANGE_KIND_TABLE(CHANGE)                                                                  \
    CHANGE(SCHEMA, "schema", "USE: value is the schema's name")                                    \
    CHANGE(SQL_MODE, "sql_mode", "value is the new sql_mode's text")                               \
    CHANGE(CHARSET, "charset", "SET NAMES, character_set_client: value is the character set")      \
    CHANGE(PREPARE, "prepare", "PREPARE name FROM 'text': name, value")                            \
    CHANGE(DEALLOCATE, "deallocate", "name")                                                       \
    CHANGE(TEMPORARY, "temporary", "a temporary table was made (name = schema.table)")             \
    CHANGE(READ_ONLY, "read only", "SET TRANSACTION READ ONLY | READ WRITE: value")                \
    CHANGE(AUTOCOMMIT, "autocommit", "value `0` or `1`")                                           \
    CHANGE(CATALOG, "catalog", "tables, views or routines changed: name is the schema, or empty")

enum change_kind {
    CHANGE_INVALID = 0,
#define CHANGE(name, text, meaning) CHANGE_##name,
    CHANGE_KIND_TABLE(CHANGE)
#undef CHANGE
};

struct session_change {
    enum change_kind kind;
    struct str name, value;
};

/* OBJECT(name, "text"); a GLOBAL one is the server itself: schema and name empty. */
#define OBJECT_KIND_TABLE(OBJECT)                                                                  \
    OBJECT(GLOBAL, "global")                                                                       \
    OBJECT(SCHEMA, "schema")                                                                       \
    OBJECT(TABLE, "table")                                                                         \
    OBJECT(VIEW, "view")                                                                           \
    OBJECT(FUNCTION, "function")                                                                   \
    OBJECT(PROCEDURE, "procedure")                                                                 \
    OBJECT(TRIGGER, "trigger")                                                                     \
    OBJECT(EVENT, "event")                                                                         \
    OBJECT(SEQUENCE, "sequence")

enum object_kind {
    OBJECT_INVALID = 0,
#define OBJECT(name, text) OBJECT_##name,
    OBJECT_KIND_TABLE(OBJECT)
#undef OBJECT
};

struct privilege_need {
    enum privilege privilege;
    enum object_kind object_kind;
    struct str schema, object;   /* as the catalog spells them; as written where they are new */
    const struct str *columns;   /* SELECT, INSERT, UPDATE, REFERENCES; none: the whole object */
    size_t column_count;
    bool any_column;             /* no column is named and any one column's privilege is enough:
                                    SELECT of a table of which no column is read
                                    (SELECT COUNT(*)), UPDATE of one whose rows are locked */
    uint32_t position;
    bool inside_view;            /* met only by following a view, routine or trigger: the servers
                                    ask it of the definer, not of the caller, and not when the
                                    program is made; classification applies */
    bool policy_alone;           /* the servers ask nothing for it: information_schema, columns
                                    that NATURAL and USING compare, tables that all may read */
    bool server_alone;           /* any column will do for the servers; policies ask for those that
                                    another need names */
};

struct unknown {
    struct str what; /* `function`, `table`, `column`, `routine`, `view`, `variable`, ... */
    struct str name;
    uint32_t position;
};

struct analysis {
    enum statement_kind kind;
    struct str normalized;  /* tokens with literals as `?`, single blanks, no comments */
    unsigned char digest[32]; /* SHA-256 of `normalized` */

    const struct base_column *base; /* every base column that the statement touches */
    size_t base_count;
    const struct output_column *outputs;
    size_t output_count;
    bool outputs_known; /* false: a result set may come whose columns only the server knows
                           (SHOW, CALL); then outputs is empty and `from` is all of `base` */
    const struct column_use *uses;
    size_t use_count;
    const struct sink *sinks;
    size_t sink_count;
    const struct effect *effects;
    size_t effect_count;
    const struct privilege_need *needs;
    size_t need_count;
    const struct session_change *changes;
    size_t change_count;
    const struct unknown *unknowns;
    size_t unknown_count;

    bool writes;          /* stored data or definitions may change */
    bool has_where;       /* UPDATE, DELETE: has a WHERE clause that is not a constant; compound
                             statements: each UPDATE and DELETE written in it has */
    bool has_key;         /* ... and it names a whole unique key by equality */
    bool has_limit;
    bool cacheable;       /* the decision is the same for every statement of the same shape (same
                             tokens but for literals) while catalog and policy stay */
    uint32_t parameters;  /* `?` markers */
};

const char *privilege_text(enum privilege privilege);
/* ALL does not hold it: accounts, the server itself, other sessions. */
bool privilege_by_name_only(enum privilege privilege);
/* By the name as granted, any case; PRIVILEGE_INVALID when there is none. */
enum privilege privilege_by_text(struct str text);
const char *use_text(enum use_how how);
const char *sink_text(enum sink_kind kind);
const char *effect_text(enum effect_kind kind);
const char *analysis_change_text(enum change_kind kind);
const char *analysis_object_text(enum object_kind kind);
bool column_set_has(struct column_set set, uint32_t id);

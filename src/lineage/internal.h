#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the analysis share.
 *
 *   work       one analysis: inputs, and all that was found so far (record.c)
 *   set        base columns, ascending ids, in the arena, never changed once made
 *   value      what an expression gives: where from, of which type, how long, may it fail
 *   relation   what a query gives: columns, and the set on which the existence of its rows depends
 *   source     a table, view, derived table, CTE … in a FROM clause
 *   operand    a node of the FROM clause as names see it: a source, or a join
 *   scope      the names of one SELECT; `outer` is the query around it
 */
#include "base/limits.h"
#include "base/map.h"
#include "lineage/lineage.h"
#include "sql/ast.h"

typedef struct column_set set_t;

enum value_type {
    VALUE_UNKNOWN = 0, /* parameter, user variable, function of unknown type */
    VALUE_NULL,
    VALUE_INTEGER,
    VALUE_DECIMAL,
    VALUE_FLOAT,
    VALUE_TEXT,
    VALUE_BINARY,
    VALUE_TEMPORAL,
    VALUE_JSON,
    VALUE_GEOMETRY,
    VALUE_ROW
};

/* Lengths of texts are upper bounds in bytes; the servers warn above max_allowed_packet. */
#define LENGTH_UNBOUNDED UINT64_MAX
#define LENGTH_SAFE      ((uint64_t)1 << 20)

struct value {
    set_t from;
    enum value_type type;
    uint64_t length; /* of its text */
    bool plain;      /* one column's value, unchanged */
    bool constant;   /* no column, no variable, no parameter, no subquery */
    bool parameter;  /* `?` */
    bool as_number;  /* a string literal that is a number: converting it never warns */
    bool as_date;    /* ... a date or time */
    bool may_fail;   /* evaluating it may raise an error or a warning */
};

struct result_column {
    struct str name;    /* by which the server knows it */
    struct str heading; /* what the client reads over it; empty: the name. They differ where
                           forwarding leaves out a comment in an item without alias */
    struct value value;
    uint32_t position;
    bool invisible; /* of a base table */
};

static inline void result_column_rename(struct result_column *column, struct str name)
{
    column->name = name;
    column->heading = STR_NONE;
}

struct relation {
    struct result_column *columns;
    size_t count, cap; /* cap: what `columns` has room for, while it is made */
    set_t existence;  /* on which columns it depends whether and how often a row is there */
    bool known;       /* columns are known */
    bool may_fail;    /* finding its rows may raise an error or a warning */
    bool one_row;     /* at most one row: aggregate without GROUP BY, LIMIT 1, no FROM */
};

struct cte {
    struct str name;
    const struct relation *relation; /* NULL while its seed is looked at */
    bool referenced;                 /* by itself, in this round */
    const struct cte *outer;
};

struct named_columns { /* by index; `at` NULL: not looked up yet */
    uint32_t *at;
    size_t count;
};

/* Privileges by table: which columns are read, written. Bits by column index. */
struct table_use {
    const struct catalog_table *table;
    uint32_t *ids; /* base id plus 1 of each column, 0: not used yet; base tables */
    struct named_columns *named_by; /* by each column's expression; NULL: none was asked for */
    const struct relation *relation; /* of a view that was followed */
    bool inside_view;
    bool *privileges[PRIVILEGE_DELETE]; /* SELECT, INSERT, UPDATE, REFERENCES: by column; NULL:
                                           none (PRIVILEGE_DELETE is the first without columns) */
    bool *compared;                     /* columns that policies alone ask SELECT for: NATURAL and
                                           USING compare them without asking */
    bool whole[PRIVILEGE_COUNT];        /* needed on the table as such */
    bool named;                         /* reading it at all needs SELECT on some column */
    bool locked;                        /* locking its rows needs UPDATE on some column */
    uint32_t position;
    struct table_use *next;
};

struct source {
    struct str alias;  /* name that qualifies columns */
    struct str schema; /* `schema.alias.column`; empty for derived tables */
    const struct catalog_table *table; /* base table or view, else NULL */
    struct table_use *use;             /* with table */
    const struct relation *relation;   /* what it is made of; NULL for a base table */
    bool known;                        /* its columns are known */
    struct str system;                 /* of a system table whose columns are not known: its name */
    bool no_rows_read;                 /* the target of an INSERT: columns but no rows */
    uint32_t position;
};

struct operand {
    struct source *source;          /* a leaf */
    struct operand *left, *right;   /* a join */
    struct result_column *columns;  /* NATURAL, USING: the coalesced list; else NULL */
    size_t count;
    struct operand *shown;          /* ... whose column a coalesced one is asked of: of a RIGHT
                                       join the right side, else the left */
    size_t common;                  /* ... and how many of `columns`, the first, are coalesced */
};

struct item { /* of the select list: for aliases */
    struct str name;
    struct value value;
    const struct sql_node *node; /* the expression */
};

/* DUPLICATE: the UPDATE of ON DUPLICATE KEY, as a way to say it; to all else it is an UPDATE. */
enum event { EVENT_INSERT, EVENT_UPDATE, EVENT_DELETE, EVENT_DUPLICATE };

enum clause {
    CLAUSE_ITEM,
    CLAUSE_WHERE,
    CLAUSE_ON,
    CLAUSE_GROUP,
    CLAUSE_HAVING,
    CLAUSE_ORDER,
    CLAUSE_OTHER
};

struct scope {
    struct scope *outer;
    bool counted; /* a SELECT of EXISTS: the servers make a constant of its `*` */
    struct operand **operands; /* of FROM, comma by comma */
    size_t operand_count, operand_cap;
    struct source **sources; /* all, in the order written */
    size_t source_count, source_cap;
    size_t first, last; /* ON sees only sources first..last-1 and only `on`; else last is 0 */
    struct operand *on;
    struct item *items;
    size_t item_count, item_cap;
    struct value *groups; /* GROUP BY expressions that are plain columns, for HAVING */
    const struct sql_node **group_nodes;
    size_t group_count;
    enum clause clause;
    const struct sql_node *windows; /* LIST of WINDOW */
    bool empty_window;              /* MariaDB: rows are sorted by their first column */
    bool aggregates;                /* an aggregate was met in its items or HAVING */
    bool may_fail;                  /* finding the rows, or a column, may */
    unsigned local_references;      /* names found in its own tables so far */
    const struct cte *ctes;
};

/* ---- stored programs ---- */

/* A variable or parameter of a program. Where its value comes from is the union over everything
 * that is ever assigned to it. */
struct variable {
    struct str name;
    const void *declared; /* the node or catalog_parameter: the same one in each round */
    struct value value;
    bool is_row;                /* `name.field` is its; else that is a column of a table */
    const struct relation *row; /* of FOR row IN query: its fields; else NULL */
    struct variable *next;
};

struct cursor {
    struct str name;
    const void *declared;
    const struct relation *relation; /* NULL: nobody knows */
    struct variable **parameters;
    size_t parameter_count;
    struct cursor *next;
};

/* What one statement makes of the rows of a table that has triggers: NEW.column, by column. */
struct row_change {
    const struct catalog_table *table;
    enum event event;
    set_t *new_from;
    bool any; /* any row: NEW.column is whatever the column may hold */
    struct row_change *next;
};

/* A change of rows that a foreign key carried on: again only with columns that are not in it. */
struct followed_key {
    const struct catalog_key *key;
    const struct program *program; /* in which; NULL: none */
    bool deleted;
    set_t from;
    struct followed_key *next;
};

/* One body, under one set of arguments. It is walked until nothing in it depends on more. */
struct program {
    const void *what;             /* catalog_routine, catalog_trigger, or the node it stands in */
    const struct sql_node *body;
    const struct sql_text *text;
    struct str schema;            /* where its names are looked up */
    bool foreign;                 /* the text is not the statement's own */
    bool definer;                 /* its privileges are asked of a definer */
    struct row_change *row;       /* of a trigger */
    struct variable **parameters;
    set_t *arguments;             /* under which it is walked */
    size_t parameter_count;
    struct variable *variables;   /* all that were ever declared */
    struct cursor *cursors;
    struct variable **visible;    /* innermost last */
    size_t visible_count, visible_cap;
    struct cursor **open;
    size_t open_count, open_cap;
    struct value returns;
    set_t control;                /* whether and how often its statements run */
    set_t errors;                 /* whether they fail or warn */
    bool handles;                 /* has a handler: errors are control */
    bool unfiltered, unkeyed;     /* an UPDATE or DELETE without WHERE, without key */
    bool running, walked;
    bool unsettled;               /* grew for too many rounds */
    uint64_t walked_at;           /* work.growth when nothing grew any more */
    unsigned level;               /* bodies above it */
    struct program *next;
};

/* A temporary table that a program makes. */
struct made_table {
    struct catalog_table table;
    struct made_table *next;
};

/* The text of a body, parsed once in a statement. */
struct body_text {
    const void *what;
    const struct sql_text *text;
    const struct sql_node *root; /* NULL: can't be read */
    struct body_text *next;
};

struct found_use {
    enum use_how how;
    set_t columns;
    struct str what;
    uint32_t position;
};

struct work {
    const struct lineage_context *context;
    struct arena *arena;
    struct fault *fault;
    struct analysis *analysis;
    const struct sql_text *text; /* of the statement, or of the view that is looked into */
    struct str schema;           /* current schema, or the view's */
    bool mariadb;
    uint32_t version;
    unsigned lower_case;
    bool foreign;     /* in the text of a view or body: positions are the outer name's */
    bool in_view;     /* no temporary tables, no variables of programs */
    bool definer;     /* privileges are asked of a definer */
    const struct sql_node *exists; /* the query of the EXISTS around */
    bool comparing;   /* columns that are met are compared or counted, which the servers
                         don't ask for */
    bool no_variables; /* a name is a column's whatever variables there are: DEFAULT(x) */
    uint32_t outer_position;
    unsigned view_depth;
    const struct catalog_table *view_stack[32];
    struct map views; /* relations of views that were followed: fingerprints' hex is not needed,
                         the key is the table's address */
    struct program *program;  /* whose body is walked, NULL: none */
    struct program *programs; /* all, and their number */
    size_t program_count;
    struct body_text *bodies;
    struct row_change *rows;
    struct made_table *made;
    const struct catalog_key *followed[16]; /* foreign keys that carry a change on */
    unsigned follow_depth;
    struct followed_key *follows; /* what the change at hand has carried on already */
    uint64_t growth;          /* counts whatever a body's variables may depend on: fixed points */
    bool views_call;          /* a view was followed that runs a program */
    bool results;             /* a program sends a result set */
    unsigned depth;
    uint64_t budget; /* nodes that may still be visited */
    uint64_t steps;  /* of searches, not yet taken off the budget */
    struct map found; /* sinks and effects behind the first few: key to index plus 1 */
    bool failed;     /* *fault is set */

    struct table_use *tables, **tables_tail;
    struct base_column *base;
    size_t base_count, base_cap;
    struct found_use *uses;
    size_t use_count, use_cap;
    struct sink *sinks;
    size_t sink_count, sink_cap;
    struct effect *effects;
    size_t effect_count, effect_cap;
    struct privilege_need *needs;
    size_t need_count, need_cap;
    struct session_change *changes;
    size_t change_count, change_cap;
    struct unknown *unknowns;
    size_t unknown_count, unknown_cap;
    bool not_cacheable;
    bool no_result; /* INTO: no result set comes */
    bool warnings_stay; /* the statement is a query: what warns doesn't fail, and warnings of what
                           touches masked data are never shown. Elsewhere strict mode makes errors
                           of them */
    bool explain; /* of the statement inside, everything that is touched is also shown */
};

/* ---- record.c: what was found ---- */
bool work_failed(struct work *w); /* the fault, or the arena */
bool work_enter(struct work *w, const struct sql_node *node); /* depth and budget */
void work_leave(struct work *w);
/* A search made so many comparisons: sixteen count as a node. What grows with the square of a
 * statement's length ends at the same limit as what is deep. */
void work_spend(struct work *w, size_t steps);
uint32_t work_position(const struct work *w, const struct sql_node *node);
set_t set_union(struct work *w, set_t a, set_t b);
set_t set_one(struct work *w, uint32_t id);
bool set_same(set_t a, set_t b);
struct table_use *record_table(struct work *w, const struct catalog_table *table,
                               uint32_t position);
/* The base column's id, as a set of one. Does not ask for a privilege. */
set_t record_base(struct work *w, struct table_use *use, size_t column);
/* The columns of `table` that a text (a generated column's expression, a check) names, as words. */
set_t record_named(struct work *w, const struct catalog_table *table, struct str text);
/* With what the statement itself writes into these columns. */
set_t record_written(struct work *w, set_t columns);
/* What a column's value comes from: itself and, when it is generated, what it is made of. */
set_t record_column_from(struct work *w, struct table_use *use, size_t column);
/* SELECT, INSERT, UPDATE, REFERENCES on a column. */
void record_column(struct work *w, struct table_use *use, enum privilege privilege, size_t column);
/* All columns at once, unnamed (`*`, INSERT without a list): what else the server asks for. */
void record_unnamed(struct work *w, struct table_use *use, enum privilege privilege);
void record_whole(struct work *w, struct table_use *use, enum privilege privilege);
void record_need(struct work *w, enum privilege privilege, enum object_kind kind,
                 struct str schema, struct str object, uint32_t position);
/* Any privilege on something in the schema: to use it, to list it. */
void record_any_need(struct work *w, struct str schema, uint32_t position);
void record_use(struct work *w, enum use_how how, set_t columns, const char *what,
                uint32_t position);
void record_use_str(struct work *w, enum use_how how, set_t columns, struct str what,
                    uint32_t position);
void record_sink(struct work *w, enum sink_kind kind, struct str target, set_t from,
                 uint32_t position);
void record_effect(struct work *w, enum effect_kind kind, struct str what, uint32_t position);
void record_change(struct work *w, enum change_kind kind, struct str name, struct str value);
void record_unknown(struct work *w, const char *what, struct str name, uint32_t position);
/* A privilege on the server, as this server has it; nothing where it has none of the name. */
void record_server_need(struct work *w, enum privilege privilege, uint32_t position);
/* Whether it can be granted on such an object. */
bool privilege_grantable(enum privilege privilege, enum object_kind kind);
/* The privilege as a server of that family and version has it; INVALID: it has no such thing. */
enum privilege privilege_on(enum privilege privilege, bool mariadb, uint32_t version);
/* Moves all of it into the analysis. */
void record_finish(struct work *w);
struct str work_table_text(struct work *w, struct str schema, struct str table, struct str column);

/* ---- value.c ---- */
struct value value_constant(enum value_type type, uint64_t length);
/* One of the two: CASE, COALESCE, UNION. */
struct value value_either(struct work *w, struct value a, struct value b);
/* Depends on both; type and length are set by the caller. */
struct value value_both(struct work *w, struct value a, struct value b);
uint64_t length_add(uint64_t a, uint64_t b);
uint64_t length_multiply(uint64_t a, uint64_t b);
/* Comparing them may warn: which side converts? Records ERROR uses; true when it may fail. */
bool value_compare(struct work *w, struct value a, struct value b, const char *what,
                   uint32_t position);
/* `v` used as a number, text …: records ERROR and gives true when that may fail. */
bool value_as_number(struct work *w, struct value v, struct str what, uint32_t position);
bool value_as_temporal(struct work *w, struct value v, struct str what, uint32_t position);
bool value_as_json(struct work *w, struct value v, struct str what, uint32_t position);
bool value_as_anything_that_fails(struct work *w, struct value v, struct str what,
                                  uint32_t position);
/* The servers may warn of it, which fails only where warnings are errors. */
bool value_as_anything_that_warns(struct work *w, struct value v, struct str what,
                                  uint32_t position);
struct value value_of_column(struct work *w, const struct catalog_column *column, set_t from);

/* ---- scope.c: names ---- */
/* A column by name; records privileges. Unknown names are recorded as such. */
struct value scope_resolve(struct work *w, struct scope *scope, const struct sql_node *column);
/* The same by parts, for names that are not COLUMN nodes. `quiet`: gives false where not found. */
bool scope_find(struct work *w, struct scope *scope, struct str schema, struct str table,
                struct str name, struct value *ret);
size_t source_column_count(const struct source *source);
/* The i-th column as `*` shows it; records SELECT on it. */
struct result_column source_column(struct work *w, struct source *source, size_t i);
/* The index by name, or -1. */
ptrdiff_t source_column_find(const struct source *source, struct str name);
/* Columns of `*` (source NULL) or of `source.*`. False when not all are known. */
bool scope_star(struct work *w, struct scope *scope, struct source *source,
                struct relation *ret);
/* FOR UPDATE, of the tables named or of all: what is asked for their rows to be locked. */
void scope_lock(struct work *w, struct scope *scope, const struct sql_node *names);
struct source *scope_source_find(struct work *w, struct scope *scope, struct str schema,
                                 struct str table);
/* All of that name, one by one (`app.t` and `other.t` are both `t`): start with *at 0. */
struct source *scope_source_next(struct work *w, struct scope *scope, struct str schema,
                                 struct str table, size_t *at);
void operand_push(struct work *w, struct scope *scope, struct operand *operand);
void operand_natural(struct work *w, struct operand *join, const struct sql_node *using_names,
                     bool right, uint32_t position);

/* ---- expression.c, call.c ---- */
struct value expression(struct work *w, struct scope *scope, const struct sql_node *node);
/* All of a LIST, together. */
struct value expression_list(struct work *w, struct scope *scope, const struct sql_node *list,
                             const char *what);
struct value expression_call(struct work *w, struct scope *scope, const struct sql_node *node);
struct value expression_window(struct work *w, struct scope *scope, const struct sql_node *node);
/* A condition: records PREDICATE, EQUALITY, JOIN. Gives what it depends on. */
struct value expression_predicate(struct work *w, struct scope *scope,
                                  const struct sql_node *node, const char *what);
/* True when a part of an expression that the servers may skip, depending on `others`, can fail. */
void guard(struct work *w, set_t others, const char *what, uint32_t position);

/* ---- query.c, from.c, view.c ---- */
const struct relation *query_relation(struct work *w, struct scope *outer,
                                      const struct cte *ctes, const struct sql_node *query);
/* The same, with the scope of its SELECT when it is one, else NULL. */
const struct relation *query_relation_scope(struct work *w, struct scope *outer,
                                            const struct cte *ctes, const struct sql_node *query,
                                            struct scope **ret_scope);
const struct cte *query_with(struct work *w, struct scope *outer, const struct cte *ctes,
                             const struct sql_node *with);
void query_items(struct work *w, struct scope *scope, const struct sql_node *items,
                 struct relation *ret);
void query_order(struct work *w, struct scope *scope, const struct sql_node *order,
                 const struct relation *outputs, set_t *existence, const char *what);
/* MariaDB's order where an empty window says none: by the first that depends on anything stored. */
void query_order_by_first(struct work *w, const struct relation *outputs, uint32_t position);
void query_group(struct work *w, struct scope *scope, const struct sql_node *group,
                 const struct relation *outputs, set_t *existence);
set_t query_all_columns(struct work *w, const struct relation *relation);
void query_limit(struct work *w, struct scope *scope, const struct sql_node *limit,
                 set_t *existence);
/* WHERE compares a whole unique key of the table by = with constants. */
bool query_key_named(struct work *w, const struct source *source, const struct sql_node *where);
void query_into(struct work *w, struct scope *scope, const struct sql_node *into,
                const struct relation *relation);
/* The FROM clause into `scope`; adds conditions to *existence. */
void from_list(struct work *w, struct scope *scope, const struct cte *ctes,
               const struct sql_node *list, set_t *existence);
/* A named table: temporary, base, view, system. NULL when unknown (recorded). */
struct source *from_named(struct work *w, const struct cte *ctes, const struct sql_node *name,
                          struct str alias, bool reads);
const struct catalog_table *find_table(struct work *w, struct str schema, struct str name);
/* For statements that name a table and don't read it: of a temporary table that is in doubt the
 * stored one that it may hide, which has what is to be held back. */
const struct catalog_table *find_table_in_doubt(struct work *w, struct str schema,
                                                struct str name);
const struct relation *view_relation(struct work *w, const struct catalog_table *view,
                                     uint32_t position);

/* ---- program.c, routine.c, trigger.c ---- */
/* Walks the body until nothing depends on more. False: not to be vouched for (too deep, too many
 * rounds). */
bool program_run(struct work *w, struct program *program, uint32_t position);
/* A variable, or a field of a row, by its name in the program that is walked. */
bool program_name(struct work *w, struct str schema, struct str table, struct str name,
                  struct value *ret);
struct variable *program_variable(struct work *w, struct program *program, const void *declared,
                                  struct str name, struct str data_type, struct str column_type);
/* `what` NULL: it takes the value's type, nothing is converted. */
void program_assign(struct work *w, struct variable *variable, struct value value,
                    const char *what, uint32_t position);
/* To what a node names: @variable, variable, NEW.column. False: not one of these. */
bool program_assign_node(struct work *w, const struct sql_node *target, struct value value,
                         const char *what);
/* SET name = value of a program's own. */
bool program_set(struct work *w, const struct sql_node *target, const struct sql_node *value);
/* Whether statements run depends on it. */
void program_control(struct work *w, set_t set);
/* All on which it depends whether the statements of the program run. */
set_t program_controls(struct work *w, const struct program *program);
/* What earlier statements left behind: all that was touched. */
set_t program_touched(struct work *w);
/* Makes *into larger, and notes that it grew. */
void program_grow(struct work *w, set_t *into, set_t more);
/* Views that run programs are followed anew. */
void program_forget_views(struct work *w);
void program_statement(struct work *w, const struct sql_node *node);

/* Stored or loadable: what it gives, or an unknown. `arguments`: as many as are written. */
struct value routine_call(struct work *w, struct str schema, struct str name, bool function,
                          const struct value *arguments, size_t count, uint32_t position);
void routine_call_statement(struct work *w, const struct sql_node *node);
void routine_statement(struct work *w, const struct sql_node *node);
/* The body of a program from the catalog; NULL when it can't be read. */
const struct body_text *routine_text(struct work *w, const void *what, struct str text,
                                     struct str sql_mode, bool exact);
/* ... of which there is one: found again when the statement is walked anew. */
struct program *program_once(struct work *w, const void *what, const struct sql_text *text,
                             const struct sql_node *body, struct str schema);
struct program *program_new(struct work *w, const void *what, const struct sql_text *text,
                            const struct sql_node *body, struct str schema);

/* A column is about to hold `value`; then, when all are told, what the triggers do. */
void trigger_written(struct work *w, const struct catalog_table *table, size_t column,
                     struct value value, enum event event);
void trigger_run(struct work *w, const struct catalog_table *table, enum event event,
                 uint32_t position);
/* NEW.column, OLD.column in a trigger. */
bool trigger_name(struct work *w, struct str row, struct str column, struct value *ret);
bool trigger_assign(struct work *w, struct str row, struct str column, struct value value,
                    uint32_t position);
/* A row of which nothing is known but the table. */
struct row_change *trigger_any_row(struct work *w, const struct catalog_table *table,
                                   enum event event);
void trigger_statement(struct work *w, const struct sql_node *node);
void routine_event(struct work *w, const struct sql_node *node);

/* CREATE TEMPORARY TABLE in a program, and the tables that were made so. */
void temporary_made(struct work *w, const struct sql_node *create, const struct relation *query);
const struct catalog_table *temporary_find(struct work *w, struct str schema, struct str name);

/* ---- statements ---- */
void statement_analyze(struct work *w, const struct sql_node *root, struct relation *outputs);
void statement_outputs(struct work *w, const struct relation *relation);
void dml_insert(struct work *w, const struct sql_node *node);
void dml_update(struct work *w, const struct sql_node *node);
void dml_delete(struct work *w, const struct sql_node *node);
void dml_load(struct work *w, const struct sql_node *node);
/* What a write sets off (write.c): of column `i` of a source; of one base column; of all base
 * tables behind a target; of a row that REPLACE takes the place of. */
void write_column(struct work *w, struct source *source, size_t i, struct value value,
                  enum event event, uint32_t position);
void write_base_column(struct work *w, const struct catalog_table *table, size_t column,
                       struct value value, enum event event, uint32_t position);
void write_tables(struct work *w, struct source *source, enum event event, uint32_t position);
void write_replaced(struct work *w, const struct source *target, uint32_t position);
void ddl_statement(struct work *w, const struct sql_node *node);
void ddl_changed(struct work *w, struct str schema, const char *what, uint32_t position);
/* DEFINER = account, other than the one that writes it. */
void ddl_definer(struct work *w, const struct sql_node *account, uint32_t position);
/* All base columns that were met: what a view's or program's text tells. */
set_t ddl_all_touched(struct work *w);
void session_statement(struct work *w, const struct sql_node *node);
void show_statement(struct work *w, const struct sql_node *node);
void account_statement(struct work *w, const struct sql_node *node);
void admin_statement(struct work *w, const struct sql_node *node);
void handler_statement(struct work *w, const struct sql_node *node);
void stored_statement(struct work *w, const struct sql_node *node);
/* SIGNAL, RESIGNAL, GET DIAGNOSTICS outside of programs. */
void diagnostics_statement(struct work *w, const struct sql_node *node);
/* A query by itself, for its columns. False when it can't be told. */
bool lineage_query(const struct lineage_context *context, const struct sql_script *script,
                   const struct sql_node *query, struct arena *arena, struct relation *ret);

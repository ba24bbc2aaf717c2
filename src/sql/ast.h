#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree of a statement. One struct for all nodes; what a node means is its kind, and each kind
 * has named slots for its children (below): node->child[SQL_SELECT_WHERE], NULL where the clause
 * was not written. A LIST has as many children as it has elements, none of them NULL. So a walk
 * over everything is one loop, and a switch over `kind` has no default: a new kind breaks it.
 *
 * Nodes name nothing themselves: a name is an IDENT node, whose value is that of its token
 * (sql_name). Every node spans the tokens first..last, parentheses that only group excluded.
 *
 * Operators, variants and options are in `op` (one of a set that the kind names) and `flags`.
 */
#include "sql/sql.h"

#define SQL_NODE_TABLE(NODE)                                                                       \
    /* shapes that other nodes are made of */                                                      \
    NODE(LIST, "list", 0)                                                                          \
    NODE(IDENT, "ident", 0)                                                                        \
    NODE(NAME, "name", SQL_NAME_SLOTS)                                                             \
    NODE(ACCOUNT, "account", SQL_ACCOUNT_SLOTS)                                                    \
    NODE(WORDS, "words", 0)                                                                        \
    /* values */                                                                                   \
    NODE(NULL, "null", 0)                                                                          \
    NODE(BOOL, "bool", 0)                                                                          \
    NODE(NUMBER, "number", 0)                                                                      \
    NODE(STRING, "string", 0)                                                                      \
    NODE(TEMPORAL, "temporal", 0)                                                                  \
    NODE(PARAM, "param", 0)                                                                        \
    NODE(USER_VARIABLE, "@", 0)                                                                    \
    NODE(SYSTEM_VARIABLE, "@@", SQL_SYSTEM_VARIABLE_SLOTS)                                         \
    NODE(DEFAULT, "default", 1)                                                                    \
    NODE(COLUMN, "column", SQL_COLUMN_SLOTS)                                                       \
    NODE(STAR, "star", SQL_STAR_SLOTS)                                                             \
    NODE(UNIT, "unit", 0)                                                                          \
    /* expressions */                                                                              \
    NODE(UNARY, "unary", 1)                                                                        \
    NODE(BINARY, "binary", 0)                                                                      \
    NODE(IS, "is", 1)                                                                              \
    NODE(BETWEEN, "between", 3)                                                                    \
    NODE(IN, "in", 2)                                                                              \
    NODE(LIKE, "like", 3)                                                                          \
    NODE(QUANTIFIED, "quantified", 2)                                                              \
    NODE(EXISTS, "exists", 1)                                                                      \
    NODE(SUBQUERY, "subquery", 1)                                                                  \
    NODE(ROW, "row", 1)                                                                            \
    NODE(INTERVAL, "interval", 2)                                                                  \
    NODE(COLLATE, "collate", 2)                                                                    \
    NODE(CASE, "case", SQL_CASE_SLOTS)                                                             \
    NODE(WHEN, "when", 2)                                                                          \
    NODE(CAST, "cast", SQL_CAST_SLOTS)                                                             \
    NODE(CONVERT_USING, "convert using", 2)                                                        \
    NODE(CALL, "call", SQL_CALL_SLOTS)                                                             \
    NODE(MATCH, "match", 2)                                                                        \
    NODE(ASSIGN_VARIABLE, ":=", 2)                                                                 \
    NODE(JSON_GET, "json get", 2)                                                                  \
    NODE(ODBC, "odbc", 1)                                                                          \
    NODE(NAMED_ARGUMENT, "argument", 2)                                                            \
    /* windows */                                                                                  \
    NODE(WINDOW, "window", SQL_WINDOW_SLOTS)                                                       \
    NODE(FRAME, "frame", 2)                                                                        \
    NODE(BOUND, "bound", 1)                                                                        \
    /* queries */                                                                                  \
    NODE(QUERY, "query", SQL_QUERY_SLOTS)                                                          \
    NODE(SELECT, "select", SQL_SELECT_SLOTS)                                                       \
    NODE(TABLE_VALUE, "table", 1)                                                                  \
    NODE(VALUES, "values", 1)                                                                      \
    NODE(SET_OPERATION, "set operation", 2)                                                        \
    NODE(WITH, "with", 1)                                                                          \
    NODE(CTE, "cte", SQL_CTE_SLOTS)                                                                \
    NODE(ITEM, "item", SQL_ITEM_SLOTS)                                                             \
    NODE(ORDER_ITEM, "order", 1)                                                                   \
    NODE(GROUP, "group", 1)                                                                        \
    NODE(LIMIT, "limit", SQL_LIMIT_SLOTS)                                                          \
    NODE(LOCKING, "locking", SQL_LOCKING_SLOTS)                                                    \
    NODE(INTO, "into", SQL_INTO_SLOTS)                                                             \
    NODE(PROCEDURE_CLAUSE, "procedure", 2)                                                         \
    /* what FROM is made of */                                                                     \
    NODE(TABLE_REF, "table ref", SQL_TABLE_REF_SLOTS)                                              \
    NODE(DERIVED, "derived", SQL_DERIVED_SLOTS)                                                    \
    NODE(JOIN, "join", SQL_JOIN_SLOTS)                                                             \
    NODE(JSON_TABLE, "json_table", SQL_JSON_TABLE_SLOTS)                                           \
    NODE(JSON_COLUMN, "json column", SQL_JSON_COLUMN_SLOTS)                                        \
    NODE(SYSTEM_TIME, "system_time", 2)                                                            \
    NODE(INDEX_HINT, "index hint", 1)                                                              \
    NODE(HINTS, "hints", 0)                                                                        \
    NODE(TABLESAMPLE, "tablesample", 1)                                                            \
    /* DML */                                                                                      \
    NODE(INSERT, "insert", SQL_INSERT_SLOTS)                                                       \
    NODE(UPDATE, "update", SQL_UPDATE_SLOTS)                                                       \
    NODE(DELETE, "delete", SQL_DELETE_SLOTS)                                                       \
    NODE(ASSIGNMENT, "assignment", 2)                                                              \
    NODE(PORTION, "portion", 3)                                                                    \
    NODE(TRUNCATE, "truncate", 1)                                                                  \
    NODE(CALL_STATEMENT, "call statement", 2)                                                      \
    NODE(LOAD, "load", SQL_LOAD_SLOTS)                                                             \
    NODE(DO, "do", 1)                                                                              \
    /* schemas, tables, indexes, views */                                                          \
    NODE(CREATE_SCHEMA, "create schema", 2)                                                        \
    NODE(ALTER_SCHEMA, "alter schema", 2)                                                          \
    NODE(DROP_SCHEMA, "drop schema", 1)                                                            \
    NODE(CREATE_TABLE, "create table", SQL_CREATE_TABLE_SLOTS)                                     \
    NODE(CREATE_TABLE_LIKE, "create table like", 2)                                                \
    NODE(ALTER_TABLE, "alter table", SQL_ALTER_TABLE_SLOTS)                                        \
    NODE(ALTER_ACTION, "action", SQL_ALTER_ACTION_SLOTS)                                           \
    NODE(DROP_TABLE, "drop table", 1)                                                              \
    NODE(RENAME_TABLE, "rename table", 1)                                                          \
    NODE(RENAME, "rename", 2)                                                                      \
    NODE(CREATE_INDEX, "create index", SQL_CREATE_INDEX_SLOTS)                                     \
    NODE(DROP_INDEX, "drop index", 3)                                                              \
    NODE(CREATE_VIEW, "create view", SQL_CREATE_VIEW_SLOTS)                                        \
    NODE(DROP_VIEW, "drop view", 1)                                                                \
    NODE(COLUMN_DEF, "column def", SQL_COLUMN_DEF_SLOTS)                                           \
    NODE(TYPE, "type", SQL_TYPE_SLOTS)                                                             \
    NODE(OPTION, "option", 1)                                                                      \
    NODE(INDEX_DEF, "index def", SQL_INDEX_DEF_SLOTS)                                              \
    NODE(KEY_PART, "key part", 1)                                                                  \
    NODE(FOREIGN_KEY, "foreign key", SQL_FOREIGN_KEY_SLOTS)                                        \
    NODE(REFERENCES, "references", 2)                                                              \
    NODE(CHECK, "check", 2)                                                                        \
    NODE(PERIOD, "period", 3)                                                                      \
    NODE(PARTITIONING, "partitioning", SQL_PARTITIONING_SLOTS)                                     \
    NODE(PARTITION_DEF, "partition", SQL_PARTITION_DEF_SLOTS)                                      \
    /* transactions and session */                                                                 \
    NODE(BEGIN, "begin", 0)                                                                        \
    NODE(COMMIT, "commit", 0)                                                                      \
    NODE(ROLLBACK, "rollback", 1)                                                                  \
    NODE(SAVEPOINT, "savepoint", 1)                                                                \
    NODE(RELEASE_SAVEPOINT, "release savepoint", 1)                                                \
    /* SET_TRANSACTION: op: enum sql_scope; child: IDENT ONLY or WRITE */                          \
    NODE(SET_TRANSACTION, "set transaction", 1)                                                    \
    NODE(LOCK_TABLES, "lock tables", 1)                                                            \
    NODE(LOCK_TABLE, "lock table", 3)                                                              \
    NODE(UNLOCK_TABLES, "unlock tables", 0)                                                        \
    NODE(SET, "set", 1)                                                                            \
    NODE(SET_VARIABLE, "set variable", SQL_SET_VARIABLE_SLOTS)                                     \
    NODE(SET_NAMES, "set names", 2)                                                                \
    NODE(SET_PASSWORD, "set password", 2)                                                          \
    NODE(SET_ROLE, "set role", 1)                                                                  \
    NODE(SET_STATEMENT, "set statement", 2)                                                        \
    NODE(USE, "use", 1)                                                                            \
    NODE(PREPARE, "prepare", 2)                                                                    \
    NODE(EXECUTE, "execute", 2)                                                                    \
    NODE(EXECUTE_IMMEDIATE, "execute immediate", 2)                                                \
    NODE(DEALLOCATE, "deallocate", 1)                                                              \
    /* looking */                                                                                  \
    NODE(SHOW, "show", SQL_SHOW_SLOTS)                                                             \
    NODE(DESCRIBE, "describe", 2)                                                                  \
    NODE(EXPLAIN, "explain", SQL_EXPLAIN_SLOTS)                                                    \
    /* stored programs */                                                                          \
    NODE(CREATE_ROUTINE, "create routine", SQL_ROUTINE_SLOTS)                                      \
    NODE(ALTER_ROUTINE, "alter routine", 1)                                                        \
    NODE(DROP_ROUTINE, "drop routine", 1)                                                          \
    NODE(CREATE_TRIGGER, "create trigger", SQL_TRIGGER_SLOTS)                                      \
    NODE(DROP_TRIGGER, "drop trigger", 1)                                                          \
    NODE(CREATE_EVENT, "create event", SQL_EVENT_SLOTS)                                            \
    NODE(DROP_EVENT, "drop event", 1)                                                              \
    NODE(PARAMETER, "parameter", SQL_PARAMETER_SLOTS)                                              \
    NODE(BLOCK, "block", SQL_BLOCK_SLOTS)                                                          \
    NODE(DECLARE_VARIABLE, "declare", SQL_DECLARE_VARIABLE_SLOTS)                                  \
    NODE(DECLARE_CONDITION, "declare condition", 2)                                                \
    NODE(DECLARE_HANDLER, "declare handler", 2)                                                    \
    NODE(DECLARE_CURSOR, "declare cursor", SQL_DECLARE_CURSOR_SLOTS)                               \
    NODE(IF, "if", SQL_IF_SLOTS)                                                                   \
    NODE(BRANCH, "branch", 2)                                                                      \
    NODE(LOOP, "loop", SQL_LOOP_SLOTS)                                                             \
    NODE(FOR, "for", SQL_FOR_SLOTS)                                                                \
    NODE(JUMP, "jump", 1)                                                                          \
    NODE(RETURN, "return", 1)                                                                      \
    NODE(CURSOR, "cursor", 2)                                                                      \
    NODE(SIGNAL, "signal", 2)                                                                      \
    NODE(GET_DIAGNOSTICS, "get diagnostics", 2)                                                    \
    /* accounts */                                                                                 \
    NODE(ACCOUNTS, "accounts", 1)                                                                  \
    NODE(GRANT, "grant", SQL_GRANT_SLOTS)                                                          \
    NODE(REVOKE, "revoke", SQL_GRANT_SLOTS)                                                        \
    NODE(PRIVILEGE, "privilege", 1)                                                                \
    NODE(HANDLER, "handler", SQL_HANDLER_SLOTS)                                                    \
    /* everything else the manuals have: op is enum sql_admin, the children are the names, texts   \
       and values in the order of the production (admin_table.h) */                                \
    NODE(ADMIN, "admin", 0)

enum sql_node_kind {
    SQL_INVALID = 0,
#define NODE(name, text, slots) SQL_##name,
    SQL_NODE_TABLE(NODE)
#undef NODE
    SQL_NODE_KIND_COUNT
};

struct sql_node {
    enum sql_node_kind kind;
    uint32_t flags;       /* enum sql_node_flag, or the kind's own */
    uint32_t first, last; /* tokens, inclusive */
    uint16_t op;          /* the kind's own enum, 0 when it has none */
    uint16_t height;      /* of the tree below, 1 for a leaf; at most LIMIT_SQL_HEIGHT */
    uint32_t count;       /* of child: the kind's slots, or a list's elements */
    struct sql_node *child[];
};

/* The slots, kind by kind. Slots named `..._LIST` below hold a LIST. */
enum { SQL_NAME_SCHEMA, SQL_NAME_OBJECT, SQL_NAME_SLOTS }; /* [schema.]object of anything */
enum { SQL_ACCOUNT_USER, SQL_ACCOUNT_HOST, SQL_ACCOUNT_SLOTS }; /* no USER: CURRENT_USER; HOST: `@h` */
enum { SQL_COLUMN_SCHEMA, SQL_COLUMN_TABLE, SQL_COLUMN_NAME, SQL_COLUMN_SLOTS };
enum { SQL_STAR_SCHEMA, SQL_STAR_TABLE, SQL_STAR_SLOTS };
enum {
    SQL_SYSTEM_VARIABLE_COMPONENT, /* @@keycache.key_buffer_size: what is before the point */
    SQL_SYSTEM_VARIABLE_NAME,
    SQL_SYSTEM_VARIABLE_SLOTS      /* op: enum sql_scope */
};
/* BINARY: two operands or more: `a + b + c` is one node of three, `a + b - c` two nodes. op says
 * which operator. UNARY: one operand. */
enum { SQL_CASE_OPERAND, SQL_CASE_WHENS, SQL_CASE_ELSE, SQL_CASE_SLOTS }; /* WHENS: list of WHEN */
enum { SQL_WHEN_CONDITION, SQL_WHEN_VALUE };
enum { SQL_CAST_VALUE, SQL_CAST_TYPE, SQL_CAST_ZONE, SQL_CAST_SLOTS }; /* CAST, CONVERT(x, type), BINARY x
                                    (TYPE NULL); ZONE: AT TIME ZONE; flag ARRAY */
/* Every function call, those with a syntax of their own as well: EXTRACT(unit FROM x) has the
 * arguments UNIT and x; TRIM(LEADING a FROM b) has a and b and op LEADING; SUBSTRING(x FROM a FOR
 * b) has x, a, b; POSITION(a IN b) has a, b; TIMESTAMPADD(unit, n, x) UNIT, n, x; DATE_ADD(x,
 * INTERVAL n unit) x, INTERVAL; GET_FORMAT(DATE, x) UNIT, x; CHAR(a, b USING c) a, b and CHARSET;
 * WEIGHT_STRING(x AS CHAR(n)) x and TYPE; NOW and its relatives without parentheses: no ARGS. */
enum {
    SQL_CALL_NAME,      /* NAME: the schema slot is for stored functions */
    SQL_CALL_ARGUMENTS, /* LIST of expressions; COUNT(*) has one STAR; NULL: no parentheses */
    SQL_CALL_ORDER,     /* LIST of ORDER_ITEM: GROUP_CONCAT, JSON_ARRAYAGG; WITHIN GROUP */
    SQL_CALL_SEPARATOR, /* STRING: GROUP_CONCAT; CHARSET (IDENT) of CHAR ... USING; TYPE of
                           WEIGHT_STRING and JSON_VALUE's RETURNING */
    SQL_CALL_LIMIT,     /* LIMIT: GROUP_CONCAT */
    SQL_CALL_OVER,      /* WINDOW, or IDENT for OVER name */
    SQL_CALL_ELSE,      /* LIST of expressions in ON EMPTY, ON ERROR */
    SQL_CALL_SLOTS
};
enum { SQL_IN_VALUE, SQL_IN_LIST };              /* LIST of expressions or SUBQUERY; flag NOT */
enum { SQL_BETWEEN_VALUE, SQL_BETWEEN_LOW, SQL_BETWEEN_HIGH };      /* flag NOT */
enum { SQL_LIKE_VALUE, SQL_LIKE_PATTERN, SQL_LIKE_ESCAPE }; /* op LIKE, REGEXP, SOUNDS_LIKE; NOT */
enum { SQL_QUANTIFIED_VALUE, SQL_QUANTIFIED_QUERY }; /* op: the comparison; flag ALL (else ANY) */
enum { SQL_MATCH_COLUMNS, SQL_MATCH_AGAINST };   /* LIST of COLUMN; expression */
enum { SQL_INTERVAL_VALUE, SQL_INTERVAL_UNIT };  /* an operand of + and -, or an argument */
enum { SQL_JSON_GET_COLUMN, SQL_JSON_GET_PATH }; /* c->'$.a'; flag TEXT for ->> */
enum { SQL_COLLATE_VALUE, SQL_COLLATE_NAME };
enum { SQL_ASSIGN_VARIABLE_TARGET, SQL_ASSIGN_VARIABLE_VALUE };
enum { SQL_ODBC_VALUE };                         /* {name expression}: flags of a literal d, t, ts */
enum {
    SQL_WINDOW_NAME,      /* of a definition in WINDOW */
    SQL_WINDOW_BASE,      /* (name ...) that it builds on */
    SQL_WINDOW_PARTITION, /* LIST of expressions (MariaDB: of ORDER_ITEM) */
    SQL_WINDOW_ORDER,     /* LIST of ORDER_ITEM */
    SQL_WINDOW_FRAME,
    SQL_WINDOW_SLOTS
};
enum { SQL_FRAME_START, SQL_FRAME_END }; /* BOUND; op: enum sql_frame_unit */
enum { SQL_BOUND_VALUE };                /* op: enum sql_bound */

/* Every query in any place is a QUERY. ORDER, LIMIT, LOCKING and INTO are here, also those of one
 * SELECT without parentheses: they see that SELECT's names. */
enum {
    SQL_QUERY_WITH,
    SQL_QUERY_BODY,    /* SELECT, TABLE_VALUE, VALUES, SET_OPERATION, or QUERY: in parentheses */
    SQL_QUERY_ORDER,   /* LIST of ORDER_ITEM */
    SQL_QUERY_LIMIT,
    SQL_QUERY_LOCKING, /* LIST of LOCKING */
    SQL_QUERY_INTO,    /* INTO, wherever it was written (before FROM, at the end) */
    SQL_QUERY_PROCEDURE, /* PROCEDURE ANALYSE() */
    SQL_QUERY_SLOTS
};
enum {
    SQL_SELECT_HINTS,
    SQL_SELECT_ITEMS,   /* LIST of ITEM */
    SQL_SELECT_FROM,    /* LIST of table references (comma); NULL: none, or FROM DUAL */
    SQL_SELECT_WHERE,
    SQL_SELECT_GROUP,   /* GROUP */
    SQL_SELECT_HAVING,
    SQL_SELECT_WINDOWS, /* LIST of WINDOW */
    SQL_SELECT_QUALIFY,
    SQL_SELECT_SLOTS
};
enum { SQL_SET_OPERATION_LEFT, SQL_SET_OPERATION_RIGHT }; /* bodies as SQL_QUERY_BODY; op: enum
                                     sql_set_operation; flag ALL (else DISTINCT) */
enum { SQL_TABLE_VALUE_NAME };       /* NAME */
enum { SQL_VALUES_ROWS };            /* LIST of ROW */
enum { SQL_ROW_VALUES };             /* LIST of expressions; may be empty in VALUES () */
enum { SQL_WITH_LIST };              /* LIST of CTE; flag RECURSIVE */
enum { SQL_CTE_NAME, SQL_CTE_COLUMNS, SQL_CTE_QUERY, SQL_CTE_CYCLE, SQL_CTE_SLOTS };
enum { SQL_ITEM_VALUE, SQL_ITEM_ALIAS, SQL_ITEM_SLOTS }; /* VALUE may be STAR; ALIAS: IDENT */
enum { SQL_ORDER_ITEM_VALUE };       /* flag DESCENDING */
enum { SQL_GROUP_LIST };             /* LIST of ORDER_ITEM; flag ROLLUP; op CUBE ... */
enum { SQL_LIMIT_COUNT, SQL_LIMIT_OFFSET, SQL_LIMIT_EXAMINED, SQL_LIMIT_SLOTS };
enum { SQL_LOCKING_TABLES, SQL_LOCKING_WAIT, SQL_LOCKING_SLOTS }; /* op: enum sql_locking */
enum {
    SQL_INTO_TARGETS, /* LIST of USER_VARIABLE, IDENT (routine's variable) or COLUMN */
    SQL_INTO_FILE,    /* STRING; op: enum sql_into */
    SQL_INTO_CHARSET,
    SQL_INTO_FORMAT,  /* LIST of OPTION: FIELDS and LINES */
    SQL_INTO_SLOTS
};
enum { SQL_TABLE_REF_NAME, SQL_TABLE_REF_ALIAS, SQL_TABLE_REF_PARTITIONS, SQL_TABLE_REF_HINTS,
       SQL_TABLE_REF_TIME, SQL_TABLE_REF_SAMPLE, SQL_TABLE_REF_SLOTS };
enum { SQL_DERIVED_QUERY, SQL_DERIVED_ALIAS, SQL_DERIVED_COLUMNS, SQL_DERIVED_SLOTS }; /* LATERAL */
enum { SQL_JOIN_LEFT, SQL_JOIN_RIGHT, SQL_JOIN_ON, SQL_JOIN_USING, SQL_JOIN_SLOTS }; /* op: enum
                       sql_join; flag NATURAL; a list in parentheses is JOINs of op COMMA */
enum { SQL_JSON_TABLE_VALUE, SQL_JSON_TABLE_PATH, SQL_JSON_TABLE_COLUMNS, SQL_JSON_TABLE_ALIAS,
       SQL_JSON_TABLE_SLOTS };
enum { SQL_JSON_COLUMN_NAME, SQL_JSON_COLUMN_TYPE, SQL_JSON_COLUMN_PATH, SQL_JSON_COLUMN_ELSE,
       SQL_JSON_COLUMN_NESTED, SQL_JSON_COLUMN_SLOTS }; /* NESTED: LIST of JSON_COLUMN */
enum {
    SQL_INSERT_TABLE,      /* NAME; flags REPLACE, IGNORE, DELAYED */
    SQL_INSERT_PARTITIONS,
    SQL_INSERT_COLUMNS,    /* LIST of COLUMN; NULL: all */
    SQL_INSERT_ROWS,       /* LIST of ROW */
    SQL_INSERT_SET,        /* LIST of ASSIGNMENT */
    SQL_INSERT_QUERY,      /* QUERY */
    SQL_INSERT_ALIAS,      /* AS new */
    SQL_INSERT_ALIAS_COLUMNS,
    SQL_INSERT_DUPLICATE,  /* LIST of ASSIGNMENT */
    SQL_INSERT_RETURNING,  /* LIST of ITEM */
    SQL_INSERT_HINTS,
    SQL_INSERT_SLOTS
};
enum {
    SQL_UPDATE_WITH,
    SQL_UPDATE_TABLES,     /* LIST of table references */
    SQL_UPDATE_SET,        /* LIST of ASSIGNMENT */
    SQL_UPDATE_WHERE,
    SQL_UPDATE_ORDER,
    SQL_UPDATE_LIMIT,
    SQL_UPDATE_PORTION,    /* FOR PORTION OF */
    SQL_UPDATE_RETURNING,
    SQL_UPDATE_HINTS,
    SQL_UPDATE_SLOTS
};
enum {
    SQL_DELETE_WITH,
    SQL_DELETE_TARGETS,    /* LIST of NAME: the form of several tables; NULL: the one in FROM */
    SQL_DELETE_FROM,       /* LIST of table references */
    SQL_DELETE_WHERE,
    SQL_DELETE_ORDER,
    SQL_DELETE_LIMIT,
    SQL_DELETE_PORTION,
    SQL_DELETE_RETURNING,
    SQL_DELETE_HINTS,
    SQL_DELETE_SLOTS       /* flag HISTORY: DELETE HISTORY, its time in WHERE's place */
};
enum { SQL_ASSIGNMENT_TARGET, SQL_ASSIGNMENT_VALUE }; /* COLUMN; expression or DEFAULT */
enum {
    SQL_LOAD_TABLE,  /* flags LOCAL, REPLACE, IGNORE */
    SQL_LOAD_FILE,
    SQL_LOAD_FIELDS, /* LIST of COLUMN and USER_VARIABLE; NULL: all columns */
    SQL_LOAD_SET,    /* LIST of ASSIGNMENT */
    SQL_LOAD_SLOTS
};
enum { SQL_CALL_STATEMENT_NAME, SQL_CALL_STATEMENT_ARGUMENTS };
enum { SQL_SCHEMA_NAME, SQL_SCHEMA_OPTIONS };
enum {
    SQL_CREATE_TABLE_NAME,      /* flags TEMPORARY, IF_NOT_EXISTS, OR_REPLACE, IGNORE */
    SQL_CREATE_TABLE_ELEMENTS,  /* LIST of COLUMN_DEF, INDEX_DEF, FOREIGN_KEY, CHECK, PERIOD */
    SQL_CREATE_TABLE_OPTIONS,   /* LIST of OPTION */
    SQL_CREATE_TABLE_PARTITION, /* PARTITIONING */
    SQL_CREATE_TABLE_QUERY,
    SQL_CREATE_TABLE_SLOTS
};
enum { SQL_ALTER_TABLE_NAME, SQL_ALTER_TABLE_ACTIONS, SQL_ALTER_TABLE_PARTITION,
       SQL_ALTER_TABLE_SLOTS };
enum {
    SQL_ALTER_ACTION_NAME, /* what it acts on: IDENT; RENAME TO: NAME; EXCHANGE: the partition */
    SQL_ALTER_ACTION_BODY, /* COLUMN_DEF, INDEX_DEF, LIST ..., a new name, the table exchanged */
    SQL_ALTER_ACTION_PLACE,/* AFTER: IDENT; flag FIRST */
    SQL_ALTER_ACTION_SLOTS /* op: enum sql_action */
};
enum { SQL_CREATE_INDEX_NAME, SQL_CREATE_INDEX_TABLE, SQL_CREATE_INDEX_PARTS,
       SQL_CREATE_INDEX_OPTIONS, SQL_CREATE_INDEX_SLOTS };
enum { SQL_DROP_INDEX_NAME, SQL_DROP_INDEX_TABLE, SQL_DROP_INDEX_OPTIONS };
enum { SQL_CREATE_VIEW_NAME, SQL_CREATE_VIEW_COLUMNS, SQL_CREATE_VIEW_QUERY,
       SQL_CREATE_VIEW_DEFINER, SQL_CREATE_VIEW_SLOTS }; /* op: enum sql_security; flags */
enum { SQL_COLUMN_DEF_NAME, SQL_COLUMN_DEF_TYPE, SQL_COLUMN_DEF_GENERATED, SQL_COLUMN_DEF_OPTIONS,
       SQL_COLUMN_DEF_SLOTS }; /* GENERATED: the expression; OPTIONS: LIST of OPTION, CHECK,
                                  REFERENCES */
enum { SQL_TYPE_ARGUMENTS, SQL_TYPE_CHARSET, SQL_TYPE_COLLATE, SQL_TYPE_SLOTS }; /* the words are
                                  tokens from `first` on */
enum { SQL_INDEX_DEF_NAME, SQL_INDEX_DEF_PARTS, SQL_INDEX_DEF_OPTIONS, SQL_INDEX_DEF_SLOTS };
                               /* op: enum sql_index */
enum { SQL_KEY_PART_VALUE };   /* COLUMN (a name alone), or an expression in parentheses */
enum { SQL_FOREIGN_KEY_NAME, SQL_FOREIGN_KEY_COLUMNS, SQL_FOREIGN_KEY_REFERENCES,
       SQL_FOREIGN_KEY_SLOTS };
enum { SQL_REFERENCES_TABLE, SQL_REFERENCES_COLUMNS };
enum { SQL_CHECK_NAME, SQL_CHECK_CONDITION };
enum { SQL_OPTION_VALUE };     /* op: enum sql_option; the words are its tokens */
enum { SQL_PARTITIONING_BY, SQL_PARTITIONING_COLUMNS, SQL_PARTITIONING_SUB,
       SQL_PARTITIONING_PARTITIONS, SQL_PARTITIONING_SLOTS }; /* BY, SUB: expression or NULL */
enum { SQL_PARTITION_DEF_NAME, SQL_PARTITION_DEF_VALUES, SQL_PARTITION_DEF_OPTIONS,
       SQL_PARTITION_DEF_SUB, SQL_PARTITION_DEF_SLOTS };
enum { SQL_LOCK_TABLE_NAME, SQL_LOCK_TABLE_ALIAS, SQL_LOCK_TABLE_MODE }; /* flag WRITE */
enum { SQL_SET_VARIABLE_TARGET, SQL_SET_VARIABLE_VALUE, SQL_SET_VARIABLE_SLOTS }; /* TARGET:
                                USER_VARIABLE, SYSTEM_VARIABLE (also written without @@), COLUMN
                                (NEW.x in triggers); VALUE NULL: DEFAULT */
enum { SQL_SET_NAMES_CHARSET, SQL_SET_NAMES_COLLATE }; /* flag CHARACTER_SET for SET
                                CHARACTER SET; NULL charset: DEFAULT */
enum { SQL_SET_STATEMENT_SETTINGS, SQL_SET_STATEMENT_INNER };
enum { SQL_PREPARE_NAME, SQL_PREPARE_SOURCE };  /* STRING or USER_VARIABLE (MariaDB: expression) */
enum { SQL_EXECUTE_NAME, SQL_EXECUTE_USING };   /* LIST */
enum {
    SQL_SHOW_OBJECT, /* NAME, account, or what else the form names */
    SQL_SHOW_SCHEMA, /* FROM schema */
    SQL_SHOW_LIKE,   /* STRING */
    SQL_SHOW_WHERE,
    SQL_SHOW_LIMIT,
    SQL_SHOW_SLOTS   /* op: enum sql_show */
};
enum { SQL_DESCRIBE_TABLE, SQL_DESCRIBE_COLUMN };
enum {
    SQL_EXPLAIN_STATEMENT, /* NULL: FOR CONNECTION */
    SQL_EXPLAIN_INTO,      /* USER_VARIABLE */
    SQL_EXPLAIN_SCHEMA,    /* FOR SCHEMA */
    SQL_EXPLAIN_CONNECTION,
    SQL_EXPLAIN_SLOTS      /* op: enum sql_format; flags ANALYZE, EXTENDED, PARTITIONS */
};

enum { SQL_ROUTINE_NAME, SQL_ROUTINE_DEFINER, SQL_ROUTINE_PARAMETERS, SQL_ROUTINE_RETURNS,
       SQL_ROUTINE_BODY,    /* a statement */
       SQL_ROUTINE_CODE,    /* STRING: in another language */
       SQL_ROUTINE_LIBRARY, /* STRING: SONAME, a loadable function */
       SQL_ROUTINE_SLOTS }; /* op: enum sql_security; flags FUNCTION, AGGREGATE */
enum { SQL_TRIGGER_NAME, SQL_TRIGGER_DEFINER, SQL_TRIGGER_TABLE, SQL_TRIGGER_BODY,
       SQL_TRIGGER_SLOTS }; /* op: enum sql_trigger; flag FIRST: BEFORE */
enum sql_trigger { SQL_TRIGGER_NONE = 0, SQL_TRIGGER_INSERT, SQL_TRIGGER_UPDATE,
                   SQL_TRIGGER_DELETE };
enum { SQL_EVENT_NAME, SQL_EVENT_DEFINER, SQL_EVENT_SCHEDULE, SQL_EVENT_RENAME, SQL_EVENT_BODY,
       SQL_EVENT_SLOTS }; /* flag ALTER */
enum { SQL_PARAMETER_NAME, SQL_PARAMETER_TYPE, SQL_PARAMETER_DEFAULT, SQL_PARAMETER_SLOTS };
enum sql_parameter { SQL_PARAMETER_IN = 0, SQL_PARAMETER_OUT, SQL_PARAMETER_INOUT };
enum { SQL_BLOCK_LABEL, SQL_BLOCK_BODY, SQL_BLOCK_SLOTS }; /* LIST of declarations, statements */
enum { SQL_DECLARE_VARIABLE_NAMES, SQL_DECLARE_VARIABLE_TYPE, SQL_DECLARE_VARIABLE_DEFAULT,
       SQL_DECLARE_VARIABLE_SLOTS };
enum { SQL_DECLARE_HANDLER_CONDITIONS, SQL_DECLARE_HANDLER_BODY };
enum { SQL_DECLARE_CURSOR_NAME, SQL_DECLARE_CURSOR_PARAMETERS, SQL_DECLARE_CURSOR_QUERY,
       SQL_DECLARE_CURSOR_SLOTS }; /* QUERY, or IDENT: of a prepared statement */
enum { SQL_IF_OPERAND, SQL_IF_BRANCHES, SQL_IF_ELSE, SQL_IF_SLOTS }; /* OPERAND: CASE expr */
enum { SQL_BRANCH_CONDITION, SQL_BRANCH_BODY };
enum { SQL_LOOP_LABEL, SQL_LOOP_CONDITION, SQL_LOOP_BODY, SQL_LOOP_SLOTS };
enum { SQL_FOR_LABEL, SQL_FOR_NAME, SQL_FOR_FROM, SQL_FOR_TO, SQL_FOR_BODY, SQL_FOR_SLOTS };
enum sql_cursor { SQL_CURSOR_NONE = 0, SQL_CURSOR_OPEN, SQL_CURSOR_FETCH, SQL_CURSOR_CLOSE };
enum { SQL_CURSOR_NAME, SQL_CURSOR_VALUES }; /* op: enum sql_cursor; FETCH: LIST of COLUMN */
enum { SQL_SIGNAL_CONDITION, SQL_SIGNAL_SET }; /* SET: LIST of ASSIGNMENT */
enum { SQL_GET_DIAGNOSTICS_CONDITION, SQL_GET_DIAGNOSTICS_ITEMS }; /* LIST of ASSIGNMENT */
enum sql_account_form { SQL_ACCOUNT_FORM_NONE = 0, SQL_ACCOUNT_CREATE_USER, SQL_ACCOUNT_ALTER_USER,
                        SQL_ACCOUNT_DROP_USER, SQL_ACCOUNT_CREATE_ROLE, SQL_ACCOUNT_DROP_ROLE };
enum { SQL_ACCOUNTS_LIST }; /* LIST of ACCOUNT; op: enum sql_account_form */
enum { SQL_GRANT_PRIVILEGES, /* LIST of PRIVILEGE: the words are its tokens; columns in child 0 */
       SQL_GRANT_OBJECT,     /* NAME, its parts NULL for *; ACCOUNT of PROXY; NULL: roles */
       SQL_GRANT_USERS, SQL_GRANT_SLOTS };
enum sql_handler { SQL_HANDLER_NONE = 0, SQL_HANDLER_OPEN, SQL_HANDLER_READ, SQL_HANDLER_CLOSE };
enum { SQL_HANDLER_TABLE, SQL_HANDLER_ALIAS, SQL_HANDLER_INDEX, SQL_HANDLER_KEY, SQL_HANDLER_WHERE,
       SQL_HANDLER_LIMIT, SQL_HANDLER_SLOTS }; /* op: enum sql_handler */

enum sql_admin {
    SQL_ADMIN_NONE = 0,
#define ADMIN(name, words, server, production) SQL_ADMIN_##name,
#define ALSO(name, words, server, production)
#include "sql/admin_table.h"
#undef ADMIN
#undef ALSO
    SQL_ADMIN_COUNT
};
/* The first words of a form. */
const char *sql_admin_text(enum sql_admin form);

/* Flags that mean the same on every kind that has them. */
enum sql_node_flag {
    SQL_FLAG_NOT = 1u << 0,
    SQL_FLAG_DISTINCT = 1u << 1,
    SQL_FLAG_ALL = 1u << 2,
    SQL_FLAG_DESCENDING = 1u << 3,
    SQL_FLAG_PARENTHESES = 1u << 4, /* was written in parentheses */
    SQL_FLAG_RECURSIVE = 1u << 5,
    SQL_FLAG_ROLLUP = 1u << 6,
    SQL_FLAG_LATERAL = 1u << 7,
    SQL_FLAG_NATURAL = 1u << 8,
    SQL_FLAG_IGNORE = 1u << 9,
    SQL_FLAG_REPLACE = 1u << 10,     /* REPLACE INTO; CREATE TABLE ... REPLACE SELECT */
    SQL_FLAG_OR_REPLACE = 1u << 11,
    SQL_FLAG_IF_EXISTS = 1u << 12,   /* or IF NOT EXISTS */
    SQL_FLAG_TEMPORARY = 1u << 13,
    SQL_FLAG_FULL = 1u << 14,        /* SHOW FULL */
    SQL_FLAG_GENERIC = 1u << 15,     /* CALL: not one of the words with a grammar of their own; a
                                        native, stored or loadable function */
    SQL_FLAG_NO_PARENTHESES = 1u << 16, /* CALL: CURRENT_TIMESTAMP, UTC_DATE ... */
    SQL_FLAG_TEXT = 1u << 17,        /* JSON_GET: ->>; TYPE: of characters */
    SQL_FLAG_ANALYZE = 1u << 18,     /* EXPLAIN ANALYZE, MariaDB's ANALYZE: it runs */
    SQL_FLAG_CALC_FOUND_ROWS = 1u << 19,
    SQL_FLAG_QUICK = 1u << 20,
    SQL_FLAG_DELAYED = 1u << 21,
    SQL_FLAG_HISTORY = 1u << 22,
    SQL_FLAG_LEADING_DOT = 1u << 23, /* .t.c, .t */
    SQL_FLAG_NULLS = 1u << 24,       /* RESPECT or IGNORE NULLS, FROM FIRST or LAST was written */
    SQL_FLAG_ARRAY = 1u << 25,       /* CAST(... AS type ARRAY) */
    SQL_FLAG_ALTER = SQL_FLAG_ARRAY, /* CREATE_VIEW: it is ALTER VIEW */
    SQL_FLAG_WRITE = 1u << 28,
    SQL_FLAG_BINARY = 1u << 26,      /* CAST: the operator BINARY */
    SQL_FLAG_FUNCTION = SQL_FLAG_BINARY, /* routines: a function, not a procedure */
    SQL_FLAG_AGGREGATE = SQL_FLAG_ALL,   /* CREATE AGGREGATE FUNCTION */
    SQL_FLAG_EXTENDED = SQL_FLAG_BINARY, /* SHOW EXTENDED */
    SQL_FLAG_GLOBAL = SQL_FLAG_WRITE, /* SHOW GLOBAL */
    SQL_FLAG_CHARACTER_SET = SQL_FLAG_BINARY, /* SET_NAMES: SET CHARACTER SET */
    SQL_FLAG_FIRST = 1u << 27,
    SQL_FLAG_NOWAIT = 1u << 29,
    SQL_FLAG_SKIP_LOCKED = 1u << 30,
    SQL_FLAG_LOCAL = SQL_FLAG_BINARY,      /* LOAD DATA LOCAL: the client's file */
};

#define SQL_OPERATOR_TABLE(OP)                                                                     \
    OP(OR, "or") OP(XOR, "xor") OP(AND, "and") OP(NOT, "not")                                      \
    OP(EQUAL, "=") OP(NULL_SAFE, "<=>") OP(NOT_EQUAL, "<>") OP(LESS, "<") OP(LESS_EQUAL, "<=")     \
    OP(GREATER, ">") OP(GREATER_EQUAL, ">=")                                                       \
    OP(LIKE, "like") OP(REGEXP, "regexp") OP(SOUNDS_LIKE, "sounds like") OP(MEMBER_OF, "member of") \
    OP(BIT_OR, "|") OP(BIT_AND, "&") OP(BIT_XOR, "^") OP(SHIFT_LEFT, "<<") OP(SHIFT_RIGHT, ">>")   \
    OP(PLUS, "+") OP(MINUS, "-") OP(MULTIPLY, "*") OP(DIVIDE, "/") OP(DIV, "div") OP(MOD, "%")     \
    OP(BIT_NOT, "~") OP(BANG, "!") OP(CONCAT, "||")                                                \
    OP(IS_NULL, "is null") OP(IS_TRUE, "is true") OP(IS_FALSE, "is false")                         \
    OP(IS_UNKNOWN, "is unknown") OP(IS_JSON, "is json")                                            \
    OP(LEADING, "leading") OP(TRAILING, "trailing") OP(BOTH, "both")

enum sql_operator {
    SQL_OP_NONE = 0,
#define OP(name, text) SQL_OP_##name,
    SQL_OPERATOR_TABLE(OP)
#undef OP
    SQL_OP_COUNT
};

enum sql_scope { SQL_SCOPE_NONE = 0, SQL_SCOPE_SESSION, SQL_SCOPE_GLOBAL, SQL_SCOPE_PERSIST,
                 SQL_SCOPE_PERSIST_ONLY }; /* NONE: not written, hence the session's, if there is one */
enum sql_set_operation { SQL_SET_NONE = 0, SQL_UNION, SQL_EXCEPT, SQL_INTERSECT };
enum sql_join { SQL_JOIN_NONE = 0, SQL_JOIN_INNER, SQL_JOIN_CROSS, SQL_JOIN_STRAIGHT,
                SQL_JOIN_OUTER_LEFT, SQL_JOIN_OUTER_RIGHT, SQL_JOIN_FULL, SQL_JOIN_COMMA };
enum sql_frame_unit { SQL_FRAME_NONE = 0, SQL_FRAME_ROWS, SQL_FRAME_RANGE, SQL_FRAME_GROUPS };
enum sql_bound { SQL_BOUND_NONE = 0, SQL_BOUND_UNBOUNDED_PRECEDING, SQL_BOUND_PRECEDING,
                 SQL_BOUND_CURRENT, SQL_BOUND_FOLLOWING, SQL_BOUND_UNBOUNDED_FOLLOWING };
enum sql_locking { SQL_LOCKING_NONE = 0, SQL_LOCKING_UPDATE, SQL_LOCKING_SHARE,
                   SQL_LOCKING_SHARE_MODE };
enum sql_into { SQL_INTO_NONE = 0, SQL_INTO_VARIABLES, SQL_INTO_OUTFILE, SQL_INTO_DUMPFILE };
enum sql_security { SQL_SECURITY_NONE = 0, SQL_SECURITY_DEFINER, SQL_SECURITY_INVOKER };
enum sql_index { SQL_INDEX_NONE = 0, SQL_INDEX_PLAIN, SQL_INDEX_UNIQUE, SQL_INDEX_PRIMARY,
                 SQL_INDEX_FULLTEXT, SQL_INDEX_SPATIAL, SQL_INDEX_VECTOR };
enum sql_begin { SQL_BEGIN_PLAIN = 0, SQL_BEGIN_READ_ONLY, SQL_BEGIN_READ_WRITE };
enum sql_format { SQL_FORMAT_NONE = 0, SQL_FORMAT_TRADITIONAL, SQL_FORMAT_JSON, SQL_FORMAT_TREE };

/* Options of columns, tables and indexes that matter to the analysis have names; the rest are
 * OTHER, checked in full all the same. */
enum sql_option {
    SQL_OPTION_NONE = 0,
    SQL_OPTION_OTHER,
    SQL_OPTION_NULL,
    SQL_OPTION_NOT_NULL,
    SQL_OPTION_DEFAULT,        /* value: expression */
    SQL_OPTION_ON_UPDATE,
    SQL_OPTION_AUTO_INCREMENT, /* of a column, or a table's with value */
    SQL_OPTION_UNIQUE,
    SQL_OPTION_PRIMARY,
    SQL_OPTION_INVISIBLE,
    SQL_OPTION_COMMENT,
    SQL_OPTION_COLLATE,
    SQL_OPTION_CHARSET,
    SQL_OPTION_STORED,
    SQL_OPTION_VIRTUAL,
    SQL_OPTION_ENGINE,
    SQL_OPTION_UNION,          /* MERGE tables: LIST of NAME */
    SQL_OPTION_DIRECTORY,      /* DATA DIRECTORY, INDEX DIRECTORY */
    SQL_OPTION_CONNECTION,     /* FEDERATED */
    SQL_OPTION_TABLESPACE,
    SQL_OPTION_ENCRYPTION,
    SQL_OPTION_SYSTEM_VERSIONING,
    SQL_OPTION_FIELDS,         /* of INTO OUTFILE and LOAD DATA */
    SQL_OPTION_LINES
};

/* What an action of ALTER TABLE does, in words of the manual. */
enum sql_action {
    SQL_ACTION_NONE = 0,
    SQL_ACTION_ADD_COLUMN,     /* BODY: COLUMN_DEF, or LIST of elements */
    SQL_ACTION_ADD_INDEX,      /* INDEX_DEF */
    SQL_ACTION_ADD_FOREIGN_KEY,
    SQL_ACTION_ADD_CHECK,
    SQL_ACTION_ADD_PARTITION,
    SQL_ACTION_ADD_OTHER,      /* PERIOD, SYSTEM VERSIONING */
    SQL_ACTION_ALTER_COLUMN,   /* SET DEFAULT, DROP DEFAULT, visibility */
    SQL_ACTION_ALTER_OTHER,    /* INDEX, CHECK, CONSTRAINT */
    SQL_ACTION_CHANGE_COLUMN,  /* NAME old, BODY COLUMN_DEF */
    SQL_ACTION_MODIFY_COLUMN,
    SQL_ACTION_DROP_COLUMN,
    SQL_ACTION_DROP_INDEX,     /* PRIMARY KEY: NAME NULL */
    SQL_ACTION_DROP_CONSTRAINT,/* FOREIGN KEY, CHECK, CONSTRAINT */
    SQL_ACTION_DROP_PARTITION, /* LIST */
    SQL_ACTION_DROP_OTHER,
    SQL_ACTION_RENAME_TABLE,
    SQL_ACTION_RENAME_COLUMN,  /* NAME old, BODY new: IDENT */
    SQL_ACTION_RENAME_INDEX,
    SQL_ACTION_CONVERT_CHARSET,
    SQL_ACTION_ORDER_BY,
    SQL_ACTION_OPTION,         /* OPTION in BODY */
    SQL_ACTION_EXCHANGE_PARTITION, /* BODY: NAME of the table */
    SQL_ACTION_PARTITION,      /* any other maintenance of partitions */
    SQL_ACTION_TABLESPACE,     /* DISCARD, IMPORT */
    SQL_ACTION_OTHER           /* ALGORITHM, LOCK, FORCE, KEYS, VALIDATION */
};

/* The forms of SHOW: SHOW_FORM(name, "words"). */
#define SQL_SHOW_TABLE(SHOW_FORM)                                                                  \
    SHOW_FORM(DATABASES, "databases") SHOW_FORM(TABLES, "tables")                                  \
    SHOW_FORM(TABLE_STATUS, "table status") SHOW_FORM(OPEN_TABLES, "open tables")                  \
    SHOW_FORM(COLUMNS, "columns") SHOW_FORM(INDEX, "index") SHOW_FORM(TRIGGERS, "triggers")        \
    SHOW_FORM(EVENTS, "events") SHOW_FORM(CREATE_DATABASE, "create database")                      \
    SHOW_FORM(CREATE_TABLE, "create table") SHOW_FORM(CREATE_VIEW, "create view")                  \
    SHOW_FORM(CREATE_PROCEDURE, "create procedure") SHOW_FORM(CREATE_FUNCTION, "create function")  \
    SHOW_FORM(CREATE_TRIGGER, "create trigger") SHOW_FORM(CREATE_EVENT, "create event")            \
    SHOW_FORM(CREATE_USER, "create user") SHOW_FORM(CREATE_SEQUENCE, "create sequence")            \
    SHOW_FORM(CREATE_PACKAGE, "create package") SHOW_FORM(CREATE_SERVER, "create server")          \
    SHOW_FORM(CREATE_LIBRARY, "create library") SHOW_FORM(LIBRARY_STATUS, "library status")        \
    SHOW_FORM(PROCEDURE_STATUS, "procedure status") SHOW_FORM(FUNCTION_STATUS, "function status")  \
    SHOW_FORM(PACKAGE_STATUS, "package status") SHOW_FORM(ROUTINE_CODE, "routine code")            \
    SHOW_FORM(VARIABLES, "variables") SHOW_FORM(STATUS, "status")                                  \
    SHOW_FORM(PROCESSLIST, "processlist") SHOW_FORM(WARNINGS, "warnings")                          \
    SHOW_FORM(ERRORS, "errors") SHOW_FORM(COUNT_WARNINGS, "count warnings")                        \
    SHOW_FORM(COUNT_ERRORS, "count errors") SHOW_FORM(GRANTS, "grants")                            \
    SHOW_FORM(PRIVILEGES, "privileges") SHOW_FORM(ENGINES, "engines")                              \
    SHOW_FORM(ENGINE, "engine status") SHOW_FORM(PLUGINS, "plugins")                               \
    SHOW_FORM(CHARACTER_SET, "character set") SHOW_FORM(COLLATION, "collation")                    \
    SHOW_FORM(PROFILE, "profile") SHOW_FORM(PROFILES, "profiles")                                  \
    SHOW_FORM(BINARY_LOGS, "binary logs") SHOW_FORM(BINARY_LOG_STATUS, "binary log status")        \
    SHOW_FORM(BINLOG_EVENTS, "binlog events") SHOW_FORM(RELAYLOG_EVENTS, "relaylog events")        \
    SHOW_FORM(REPLICAS, "replicas") SHOW_FORM(REPLICA_STATUS, "replica status")                    \
    SHOW_FORM(EXPLAIN, "explain for") SHOW_FORM(ANALYZE, "analyze for")                            \
    SHOW_FORM(LOCALES, "locales") SHOW_FORM(AUTHORS, "authors") SHOW_FORM(PARSE_TREE, "parse tree") \
    SHOW_FORM(STATISTICS, "statistics") SHOW_FORM(GENERIC, "generic")

enum sql_show {
    SQL_SHOW_NONE = 0,
#define SHOW_FORM(name, words) SQL_SHOW_##name,
    SQL_SHOW_TABLE(SHOW_FORM)
#undef SHOW_FORM
    SQL_SHOW_COUNT
};

const char *sql_node_kind_text(enum sql_node_kind kind);
const char *sql_operator_text(enum sql_operator op);

static inline enum sql_operator sql_op(const struct sql_node *node)
{
    return (enum sql_operator)node->op;
}
static inline bool sql_flag(const struct sql_node *node, enum sql_node_flag flag)
{
    return (node->flags & (uint32_t)flag) != 0;
}
/* What a statement is, by its root. */
enum statement_kind sql_statement_kind(const struct sql_text *text, const struct sql_node *root);
/* The value of an IDENT, STRING, USER_VARIABLE (without its @) or single-token node, in UTF-8.
 * STR_NONE when `node` is NULL. Adjacent strings are joined. */
struct str sql_name(const struct sql_text *text, const struct sql_node *node);
/* The parts of a NAME; either may be empty. */
struct str sql_name_schema(const struct sql_text *text, const struct sql_node *name);
struct str sql_name_object(const struct sql_text *text, const struct sql_node *name);
/* The text of a node as written. */
static inline struct str sql_node_text(const struct sql_text *text, const struct sql_node *node)
{
    return sql_span_text(text, node->first, node->last);
}
/* Byte offset of a node in the text. */
static inline uint32_t sql_node_position(const struct sql_text *text, const struct sql_node *node)
{
    return text->tokens[node->first].start;
}
/* The tree as text, `(select (list (item (column a))))`, for tests and people. */
void sql_dump(const struct sql_text *text, const struct sql_node *node, struct buf *out);

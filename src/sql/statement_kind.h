#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Statement kinds, one row each: KIND(name, "text"). The text is what policy, audit and
 * `cardea analyze` say.
 */
#define STATEMENT_KIND_TABLE(KIND)                                                                 \
    KIND(SELECT, "select")                                                                         \
    KIND(INSERT, "insert")                                                                         \
    KIND(REPLACE, "replace")                                                                       \
    KIND(UPDATE, "update")                                                                         \
    KIND(DELETE, "delete")                                                                         \
    KIND(TRUNCATE, "truncate")                                                                     \
    KIND(CREATE_SCHEMA, "create schema")                                                           \
    KIND(ALTER_SCHEMA, "alter schema")                                                             \
    KIND(DROP_SCHEMA, "drop schema")                                                               \
    KIND(CREATE_TABLE, "create table")                                                             \
    KIND(ALTER_TABLE, "alter table")                                                               \
    KIND(DROP_TABLE, "drop table")                                                                 \
    KIND(RENAME_TABLE, "rename table")                                                             \
    KIND(CREATE_INDEX, "create index")                                                             \
    KIND(DROP_INDEX, "drop index")                                                                 \
    KIND(CREATE_VIEW, "create view")                                                               \
    KIND(ALTER_VIEW, "alter view")                                                                 \
    KIND(DROP_VIEW, "drop view")                                                                   \
    KIND(BEGIN, "begin")                                                                           \
    KIND(COMMIT, "commit")                                                                         \
    KIND(ROLLBACK, "rollback")                                                                     \
    KIND(SAVEPOINT, "savepoint")                                                                   \
    KIND(RELEASE_SAVEPOINT, "release savepoint")                                                   \
    KIND(SET_TRANSACTION, "set transaction")                                                       \
    KIND(SET, "set")                                                                               \
    KIND(USE, "use")                                                                               \
    KIND(SHOW, "show")                                                                             \
    KIND(DESCRIBE, "describe")                                                                     \
    KIND(EXPLAIN, "explain")                                                                       \
    KIND(PREPARE, "prepare")                                                                       \
    KIND(EXECUTE, "execute")                                                                       \
    KIND(DEALLOCATE, "deallocate")                                                                 \
    KIND(CALL, "call")                                                                             \
    KIND(DO, "do")                                                                                 \
    KIND(OTHER, "other")

enum statement_kind {
    STATEMENT_INVALID = 0,
#define KIND(name, text) STATEMENT_##name,
    STATEMENT_KIND_TABLE(KIND)
#undef KIND
    STATEMENT_COUNT
};

const char *statement_kind_text(enum statement_kind kind);

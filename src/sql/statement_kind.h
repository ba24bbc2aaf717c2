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
    KIND(COMPOUND, "compound")                                                                     \
    KIND(CALL, "call")                                                                             \
    KIND(DO, "do")                                                                                 \
    KIND(CREATE_PROCEDURE, "create procedure")                                                     \
    KIND(CREATE_FUNCTION, "create function")                                                       \
    KIND(CREATE_TRIGGER, "create trigger")                                                         \
    KIND(CREATE_EVENT, "create event")                                                             \
    KIND(CREATE_SEQUENCE, "create sequence")                                                       \
    KIND(CREATE_SERVER, "create server")                                                           \
    KIND(CREATE_TABLESPACE, "create tablespace")                                                   \
    KIND(CREATE_UNDO_TABLESPACE, "create undo tablespace")                                         \
    KIND(CREATE_LOGFILE_GROUP, "create logfile group")                                             \
    KIND(CREATE_RESOURCE_GROUP, "create resource group")                                           \
    KIND(CREATE_SPATIAL_REFERENCE_SYSTEM, "create spatial reference system")                       \
    KIND(CREATE_LIBRARY, "create library")                                                         \
    KIND(CREATE_MASKING_POLICY, "create masking policy")                                           \
    KIND(CREATE_USER, "create user")                                                               \
    KIND(CREATE_ROLE, "create role")                                                               \
    KIND(ALTER_PROCEDURE, "alter procedure")                                                       \
    KIND(ALTER_FUNCTION, "alter function")                                                         \
    KIND(ALTER_EVENT, "alter event")                                                               \
    KIND(ALTER_SEQUENCE, "alter sequence")                                                         \
    KIND(ALTER_SERVER, "alter server")                                                             \
    KIND(ALTER_TABLESPACE, "alter tablespace")                                                     \
    KIND(ALTER_UNDO_TABLESPACE, "alter undo tablespace")                                           \
    KIND(ALTER_LOGFILE_GROUP, "alter logfile group")                                               \
    KIND(ALTER_RESOURCE_GROUP, "alter resource group")                                             \
    KIND(ALTER_LIBRARY, "alter library")                                                           \
    KIND(ALTER_USER, "alter user")                                                                 \
    KIND(ALTER_INSTANCE, "alter instance")                                                         \
    KIND(DROP_PROCEDURE, "drop procedure")                                                         \
    KIND(DROP_FUNCTION, "drop function")                                                           \
    KIND(DROP_TRIGGER, "drop trigger")                                                             \
    KIND(DROP_EVENT, "drop event")                                                                 \
    KIND(DROP_SEQUENCE, "drop sequence")                                                           \
    KIND(DROP_SERVER, "drop server")                                                               \
    KIND(DROP_TABLESPACE, "drop tablespace")                                                       \
    KIND(DROP_UNDO_TABLESPACE, "drop undo tablespace")                                             \
    KIND(DROP_LOGFILE_GROUP, "drop logfile group")                                                 \
    KIND(DROP_RESOURCE_GROUP, "drop resource group")                                               \
    KIND(DROP_SPATIAL_REFERENCE_SYSTEM, "drop spatial reference system")                           \
    KIND(DROP_LIBRARY, "drop library")                                                             \
    KIND(DROP_MASKING_POLICY, "drop masking policy")                                               \
    KIND(DROP_USER, "drop user")                                                                   \
    KIND(DROP_ROLE, "drop role")                                                                   \
    KIND(RENAME_USER, "rename user")                                                               \
    KIND(GRANT, "grant")                                                                           \
    KIND(REVOKE, "revoke")                                                                         \
    KIND(SET_ROLE, "set role")                                                                     \
    KIND(SET_DEFAULT_ROLE, "set default role")                                                     \
    KIND(SET_PASSWORD, "set password")                                                             \
    KIND(SET_RESOURCE_GROUP, "set resource group")                                                 \
    KIND(LOAD_DATA, "load data")                                                                   \
    KIND(LOAD_INDEX, "load index")                                                                 \
    KIND(IMPORT_TABLE, "import table")                                                             \
    KIND(HANDLER, "handler")                                                                       \
    KIND(LOCK_TABLES, "lock tables")                                                               \
    KIND(UNLOCK_TABLES, "unlock tables")                                                           \
    KIND(LOCK_INSTANCE, "lock instance")                                                           \
    KIND(UNLOCK_INSTANCE, "unlock instance")                                                       \
    KIND(XA, "xa")                                                                                 \
    KIND(ANALYZE_TABLE, "analyze table")                                                           \
    KIND(CHECK_TABLE, "check table")                                                               \
    KIND(CHECKSUM_TABLE, "checksum table")                                                         \
    KIND(OPTIMIZE_TABLE, "optimize table")                                                         \
    KIND(REPAIR_TABLE, "repair table")                                                             \
    KIND(CACHE_INDEX, "cache index")                                                               \
    KIND(FLUSH, "flush")                                                                           \
    KIND(RESET, "reset")                                                                           \
    KIND(RESET_PERSIST, "reset persist")                                                           \
    KIND(KILL, "kill")                                                                             \
    KIND(PURGE, "purge")                                                                           \
    KIND(BINLOG, "binlog")                                                                         \
    KIND(CHANGE_REPLICATION, "change replication")                                                 \
    KIND(CHANGE_REPLICATION_FILTER, "change replication filter")                                   \
    KIND(START_REPLICA, "start replica")                                                           \
    KIND(STOP_REPLICA, "stop replica")                                                             \
    KIND(START_GROUP_REPLICATION, "start group replication")                                       \
    KIND(STOP_GROUP_REPLICATION, "stop group replication")                                         \
    KIND(INSTALL_PLUGIN, "install plugin")                                                         \
    KIND(UNINSTALL_PLUGIN, "uninstall plugin")                                                     \
    KIND(INSTALL_COMPONENT, "install component")                                                   \
    KIND(UNINSTALL_COMPONENT, "uninstall component")                                               \
    KIND(CLONE, "clone")                                                                           \
    KIND(BACKUP, "backup")                                                                         \
    KIND(SHUTDOWN, "shutdown")                                                                     \
    KIND(RESTART, "restart")                                                                       \
    KIND(HELP, "help")                                                                             \
    KIND(SIGNAL, "signal")                                                                         \
    KIND(RESIGNAL, "resignal")                                                                     \
    KIND(GET_DIAGNOSTICS, "get diagnostics")                                                       \
    KIND(OTHER, "other")

enum statement_kind {
    STATEMENT_INVALID = 0,
#define KIND(name, text) STATEMENT_##name,
    STATEMENT_KIND_TABLE(KIND)
#undef KIND
    STATEMENT_COUNT
};

const char *statement_kind_text(enum statement_kind kind);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements of administration and replication, as productions that the parser follows word by
 * word (parse_admin.c):
 *   ADMIN(name, "first words", server, "production")
 * Server: BOTH, MYSQL, MARIADB. In a production
 *   WORDS are themselves; ( ) = , - : too
 *   [ a | b ] one of these or none, { a | b } one of these
 *   ... behind an item: it repeats; ,... behind an item: it repeats with commas between
 *   text 'x'; number; ident; name [schema.]ident; any: identifier, text, number, DEFAULT, NULL;
 *   expr; user; variable @x; bytes 'x', x'..', b'..'; table: name of a table; key: ident or
 *   PRIMARY; code: text or $$...$$; type: a data type
 * The first that fits by its first words and server is followed; the whole must fit.
 */
ADMIN(KILL, "KILL", MYSQL, "KILL [ CONNECTION | QUERY ] expr")
ADMIN(KILL_MARIADB, "KILL", MARIADB,
      "KILL [ HARD | SOFT ] [ CONNECTION | QUERY [ ID ] ] { USER user | expr }")
ADMIN(FLUSH, "FLUSH", MYSQL,
      "FLUSH [ NO_WRITE_TO_BINLOG | LOCAL ] { { TABLES | TABLE } [ table ,... ] "
      "[ WITH READ LOCK | FOR EXPORT ] | { BINARY LOGS | ENGINE LOGS | ERROR LOGS | GENERAL LOGS | "
      "SLOW LOGS | RELAY LOGS [ FOR CHANNEL any ] | LOGS | PRIVILEGES | OPTIMIZER_COSTS | STATUS | "
      "USER_RESOURCES | HOSTS } ,... }")
ADMIN(FLUSH_MARIADB, "FLUSH", MARIADB,
      "FLUSH [ NO_WRITE_TO_BINLOG | LOCAL ] { { TABLES | TABLE } [ table ,... ] "
      "[ WITH READ LOCK [ AND DISABLE CHECKPOINT ] | FOR EXPORT ] | { BINARY LOGS [ DELETE_DOMAIN_ID "
      "= ( [ number ,... ] ) ] | ENGINE LOGS | ERROR LOGS | GENERAL LOGS | SLOW LOGS | RELAY LOGS "
      "[ text ] | LOGS | PRIVILEGES | STATUS | GLOBAL STATUS | SESSION STATUS | USER_RESOURCES | HOSTS | "
      "QUERY CACHE | MASTER | SLAVE | REPLICA | SSL | DES_KEY_FILE | ident } ,... }")
ADMIN(ANALYZE_TABLE, "ANALYZE", MYSQL,
      "ANALYZE [ NO_WRITE_TO_BINLOG | LOCAL ] { TABLE | TABLES } table ,... [ UPDATE HISTOGRAM ON "
      "ident ,... [ USING DATA text | [ WITH number BUCKETS ] [ { MANUAL | AUTO } UPDATE ] ] | DROP "
      "HISTOGRAM ON ident ,... ]")
ADMIN(ANALYZE_TABLE_MARIADB, "ANALYZE", MARIADB,
      "ANALYZE [ NO_WRITE_TO_BINLOG | LOCAL ] { TABLE | TABLES } { table [ PERSISTENT FOR { ALL | "
      "COLUMNS { ALL | ( [ ident ,... ] ) } INDEXES { ALL | ( [ key ,... ] ) } } ] } ,... "
      "[ WAIT number | NOWAIT ]")
ADMIN(OPTIMIZE_TABLE, "OPTIMIZE", BOTH,
      "OPTIMIZE [ NO_WRITE_TO_BINLOG | LOCAL ] { TABLE | TABLES } table ,... [ WAIT number | NOWAIT ]")
ADMIN(CHECK_TABLE, "CHECK", BOTH,
      "CHECK { TABLE | TABLES | VIEW } table ,... [ FOR UPGRADE | QUICK | FAST | MEDIUM | EXTENDED | "
      "CHANGED ] ...")
ADMIN(REPAIR_TABLE, "REPAIR", BOTH,
      "REPAIR [ NO_WRITE_TO_BINLOG | LOCAL ] { TABLE | TABLES | VIEW } table ,... [ QUICK | EXTENDED | "
      "USE_FRM | FROM MYSQL | FORCE ] ...")
ADMIN(CHECKSUM_TABLE, "CHECKSUM", BOTH, "CHECKSUM { TABLE | TABLES } table ,... [ QUICK | EXTENDED ]")
ADMIN(CACHE_INDEX, "CACHE", BOTH,
      "CACHE INDEX { table [ PARTITION ( { ALL | ident ,... } ) ] [ { INDEX | KEY } ( [ key ,... ] ) ] "
      "} ,... IN { DEFAULT | ident }")
ADMIN(LOAD_INDEX, "LOAD", BOTH,
      "LOAD INDEX INTO CACHE { table [ PARTITION ( { ALL | ident ,... } ) ] [ { INDEX | KEY } "
      "( [ key ,... ] ) ] [ IGNORE LEAVES ] } ,...")
ADMIN(RESET_PERSIST, "RESET PERSIST", MYSQL, "RESET PERSIST [ IF EXISTS name | name ]")
ADMIN(RESET, "RESET", MYSQL,
      "RESET { MASTER [ TO number ] | BINARY LOGS AND GTIDS [ TO number ] | { REPLICA | SLAVE } [ ALL ] "
      "[ FOR CHANNEL any ] } ,...")
ADMIN(RESET_MARIADB, "RESET", MARIADB,
      "RESET { MASTER [ TO number ] | { REPLICA | SLAVE } [ text ] [ ALL ] [ FOR CHANNEL any ] | QUERY "
      "CACHE } ,...")
ADMIN(PURGE, "PURGE", BOTH, "PURGE { BINARY | MASTER } LOGS { TO text | BEFORE expr }")
ADMIN(BINLOG, "BINLOG", BOTH, "BINLOG { text | variable } ,...")
ADMIN(CHANGE_FILTER, "CHANGE REPLICATION FILTER", MYSQL,
      "CHANGE REPLICATION FILTER { ident = ( [ { ( any , any ) | text | name } ,... ] ) } ,... [ FOR CHANNEL "
      "any ]")
ADMIN(CHANGE_SOURCE, "CHANGE REPLICATION", MYSQL,
      "CHANGE REPLICATION SOURCE TO { ident = { ( [ number ,... ] ) | ON | user | any } } ,... [ FOR CHANNEL any ]")
ADMIN(CHANGE_MASTER, "CHANGE", BOTH,
      "CHANGE MASTER [ text ] TO { { ident | MASTER_SSL_VERIFY_SERVER_CERT | DO_DOMAIN_IDS | "
      "IGNORE_DOMAIN_IDS | MASTER_BIND | MASTER_DEMOTE_TO_SLAVE | MASTER_DEMOTE_TO_REPLICA } = { ( [ number ,... ] "
      ") | ON | user | any } } ,... [ FOR CHANNEL any ]")
ADMIN(START_GROUP, "START GROUP_REPLICATION", MYSQL,
      "START GROUP_REPLICATION [ { USER | PASSWORD | DEFAULT_AUTH } [ = ] text ] [ , { USER | PASSWORD | DEFAULT_AUTH } "
      "[ = ] text ] ...")
ADMIN(STOP_GROUP, "STOP GROUP_REPLICATION", MYSQL, "STOP GROUP_REPLICATION")
ADMIN(START_REPLICA, "START", BOTH,
      "START { ALL { SLAVES | REPLICAS } | { REPLICA | SLAVE } [ text ] } [ { SQL_THREAD | IO_THREAD | RELAY_THREAD } "
      ",... ] [ UNTIL { SQL_AFTER_MTS_GAPS | ident [ = ] any } ,... ] [ USER = text ] [ PASSWORD = text ] [ DEFAULT_AUTH = text ] "
      "[ PLUGIN_DIR = text ] [ FOR CHANNEL any ]")
ADMIN(STOP_REPLICA, "STOP", BOTH,
      "STOP { ALL { SLAVES | REPLICAS } | { REPLICA | SLAVE } [ text ] } [ { SQL_THREAD | IO_THREAD | RELAY_THREAD } "
      ",... ] [ FOR CHANNEL any ]")
ADMIN(XA_START, "XA", BOTH,
      "XA { { START | BEGIN } bytes [ , bytes [ , number ] ] [ JOIN | RESUME ] | END bytes [ , bytes [ , "
      "number ] ] [ SUSPEND [ FOR MIGRATE ] ] | PREPARE bytes [ , bytes [ , number ] ] | COMMIT bytes [ , "
      "bytes [ , number ] ] [ ONE PHASE ] | ROLLBACK bytes [ , bytes [ , number ] ] | RECOVER [ CONVERT "
      "XID | FORMAT = any ] }")
ADMIN(INSTALL_PLUGIN, "INSTALL PLUGIN", BOTH, "INSTALL PLUGIN [ IF NOT EXISTS ] ident SONAME text")
ADMIN(INSTALL_SONAME, "INSTALL SONAME", MARIADB, "INSTALL SONAME text")
ADMIN(INSTALL_COMPONENT, "INSTALL COMPONENT", MYSQL,
      "INSTALL COMPONENT text ,... [ SET { [ GLOBAL | PERSIST ] name { = | := } { ON | expr } } ,... ]")
ADMIN(UNINSTALL_PLUGIN, "UNINSTALL PLUGIN", BOTH, "UNINSTALL PLUGIN [ IF EXISTS ] ident")
ADMIN(UNINSTALL_SONAME, "UNINSTALL SONAME", MARIADB, "UNINSTALL SONAME [ IF EXISTS ] text")
ADMIN(UNINSTALL_COMPONENT, "UNINSTALL COMPONENT", MYSQL, "UNINSTALL COMPONENT text ,...")
ADMIN(CLONE, "CLONE", MYSQL,
      "CLONE { LOCAL DATA DIRECTORY [ = ] text | INSTANCE FROM user : number IDENTIFIED BY text [ DATA "
      "DIRECTORY [ = ] text ] [ REQUIRE [ NO ] SSL ] }")
ADMIN(RESTART, "RESTART", MYSQL, "RESTART")
ADMIN(SHUTDOWN, "SHUTDOWN", BOTH, "SHUTDOWN [ WAIT FOR ALL { SLAVES | REPLICAS } ]")
ADMIN(IMPORT_TABLE, "IMPORT", MYSQL, "IMPORT TABLE FROM text ,...")
ADMIN(HELP, "HELP", BOTH, "HELP any")
ADMIN(LOCK_INSTANCE, "LOCK INSTANCE", MYSQL, "LOCK INSTANCE FOR BACKUP")
ADMIN(UNLOCK_INSTANCE, "UNLOCK INSTANCE", MYSQL, "UNLOCK INSTANCE")
ADMIN(BACKUP, "BACKUP", MARIADB, "BACKUP { STAGE ident | LOCK name | UNLOCK }")
ADMIN(ALTER_INSTANCE, "ALTER INSTANCE", MYSQL,
      "ALTER INSTANCE { ROTATE ident MASTER KEY | RELOAD TLS [ FOR CHANNEL ident ] [ NO ROLLBACK ON "
      "ERROR ] | RELOAD KEYRING | { ENABLE | DISABLE } ident ident }")
ADMIN(CREATE_SERVER, "SERVER", BOTH,
      "SERVER [ IF NOT EXISTS ] any FOREIGN DATA WRAPPER any OPTIONS ( { { DATABASE | ident } any } ,... )")
ADMIN(CREATE_TABLESPACE, "TABLESPACE", MYSQL,
      "TABLESPACE ident [ ADD DATAFILE text ] [ USE LOGFILE GROUP ident ] [ [ , ] { WAIT | NO_WAIT | [ "
      "STORAGE ] ENGINE [ = ] any | ident [ = ] any } ] ...")
ADMIN(CREATE_UNDO, "UNDO TABLESPACE", MYSQL,
      "UNDO TABLESPACE ident ADD DATAFILE text [ [ STORAGE ] ENGINE [ = ] any ]")
ADMIN(CREATE_LOGFILE, "LOGFILE GROUP", MYSQL,
      "LOGFILE GROUP ident ADD { UNDOFILE | REDOFILE } text [ [ , ] { WAIT | NO_WAIT | [ STORAGE ] ENGINE [ = "
      "] any | ident [ = ] any } ] ...")
ADMIN(CREATE_RESOURCE_GROUP, "RESOURCE GROUP", MYSQL,
      "RESOURCE GROUP ident TYPE [ = ] { SYSTEM | USER } [ VCPU [ = ] { number [ - number ] } ,... ] [ "
      "THREAD_PRIORITY [ = ] [ - ] number ] [ ENABLE | DISABLE ]")
ADMIN(CREATE_SRS, "SPATIAL REFERENCE SYSTEM", MYSQL,
      "SPATIAL REFERENCE SYSTEM [ IF NOT EXISTS ] number [ NAME text | DEFINITION text | ORGANIZATION text "
      "IDENTIFIED BY number | DESCRIPTION text ] ...")
ADMIN(CREATE_LIBRARY, "LIBRARY", MYSQL,
      "LIBRARY [ IF NOT EXISTS ] name [ COMMENT text ] LANGUAGE ident [ COMMENT text ] AS code")
ADMIN(CREATE_SEQUENCE, "SEQUENCE", MARIADB,
      "SEQUENCE [ IF NOT EXISTS ] table [ AS type ] [ INCREMENT [ BY | = ] [ - ] number | MINVALUE [ = ] [ - ] "
      "number | MAXVALUE [ = ] [ - ] number | NO MINVALUE | NO MAXVALUE | NOMINVALUE | NOMAXVALUE | START [ WITH | "
      "= ] [ - ] number | CACHE [ = ] number | NOCACHE | NO CACHE | CYCLE | NOCYCLE | NO CYCLE | ENGINE [ = ] any | COMMENT "
      "[ = ] text | ident = any ] ...")
ADMIN(ALTER_SERVER, "ALTER SERVER", BOTH, "ALTER SERVER any OPTIONS ( { { DATABASE | ident } any } ,... )")
ADMIN(ALTER_TABLESPACE, "ALTER TABLESPACE", MYSQL,
      "ALTER TABLESPACE ident { { ADD | DROP } DATAFILE text [ [ , ] { WAIT | NO_WAIT | [ STORAGE ] ENGINE [ = ] any "
      "| ident [ = ] any } ] ... | RENAME TO ident | { READ_ONLY | READ_WRITE } | { [ , ] { WAIT | NO_WAIT | [ "
      "STORAGE ] ENGINE [ = ] any | ident [ = ] any } } ... }")
ADMIN(ALTER_UNDO, "ALTER UNDO", MYSQL,
      "ALTER UNDO TABLESPACE ident SET { ACTIVE | INACTIVE } [ [ STORAGE ] ENGINE [ = ] any ]")
ADMIN(ALTER_LOGFILE, "ALTER LOGFILE", MYSQL,
      "ALTER LOGFILE GROUP ident ADD UNDOFILE text [ [ , ] { WAIT | NO_WAIT | [ STORAGE ] ENGINE [ = ] any | ident "
      "[ = ] any } ] ...")
ADMIN(ALTER_RESOURCE_GROUP, "ALTER RESOURCE", MYSQL,
      "ALTER RESOURCE GROUP ident [ VCPU [ = ] { number [ - number ] } ,... ] [ THREAD_PRIORITY [ = ] [ - ] "
      "number ] [ ENABLE | DISABLE ] [ FORCE ]")
ADMIN(ALTER_LIBRARY, "ALTER LIBRARY", MYSQL, "ALTER LIBRARY name COMMENT text")
ADMIN(ALTER_SEQUENCE, "ALTER SEQUENCE", MARIADB,
      "ALTER SEQUENCE [ IF EXISTS ] table [ INCREMENT [ BY | = ] [ - ] number | MINVALUE [ = ] [ - ] number | "
      "MAXVALUE [ = ] [ - ] number | NO MINVALUE | NO MAXVALUE | NOMINVALUE | NOMAXVALUE | START [ WITH | = ] [ - ] "
      "number | CACHE [ = ] number | NOCACHE | NO CACHE | CYCLE | NOCYCLE | NO CYCLE | RESTART [ [ WITH | = ] [ - ] number ] ] ...")
ADMIN(DROP_SERVER, "DROP SERVER", BOTH, "DROP SERVER [ IF EXISTS ] any")
ADMIN(DROP_TABLESPACE, "DROP TABLESPACE", MYSQL,
      "DROP TABLESPACE ident [ [ , ] { WAIT | NO_WAIT | [ STORAGE ] ENGINE [ = ] any } ] ...")
ADMIN(DROP_UNDO, "DROP UNDO", MYSQL, "DROP UNDO TABLESPACE ident [ [ STORAGE ] ENGINE [ = ] any ]")
ADMIN(DROP_LOGFILE, "DROP LOGFILE", MYSQL,
      "DROP LOGFILE GROUP ident [ [ , ] { WAIT | NO_WAIT | [ STORAGE ] ENGINE [ = ] any } ] ...")
ADMIN(DROP_RESOURCE_GROUP, "DROP RESOURCE", MYSQL, "DROP RESOURCE GROUP ident [ FORCE ]")
ADMIN(DROP_SRS, "DROP SPATIAL", MYSQL, "DROP SPATIAL REFERENCE SYSTEM [ IF EXISTS ] number")
ADMIN(DROP_LIBRARY, "DROP LIBRARY", MYSQL, "DROP LIBRARY [ IF EXISTS ] name")
ADMIN(DROP_SEQUENCE, "DROP SEQUENCE", MARIADB, "DROP SEQUENCE [ IF EXISTS ] table ,...")
ADMIN(SET_RESOURCE_GROUP, "SET RESOURCE", MYSQL, "SET RESOURCE GROUP ident [ FOR number ,... ]")
ADMIN(SET_DEFAULT_ROLE, "SET DEFAULT", MYSQL,
      "SET DEFAULT ROLE { NONE | ALL | user ,... } TO user ,...")
ADMIN(SET_DEFAULT_ROLE_MARIADB, "SET DEFAULT", MARIADB,
      "SET DEFAULT ROLE { NONE | user } [ FOR user ]")
ADMIN(RENAME_USER, "RENAME", BOTH, "RENAME USER { user TO user } ,...")

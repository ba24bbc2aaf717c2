#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts that productions of admin_table.h share, in the same notation.
 */
#define LOCAL "[ NO_WRITE_TO_BINLOG | LOCAL ] "
#define CHANNEL "[ FOR CHANNEL text ]"
#define LIST_OF(option) "[ { " option " } [ [ , ] { " option " } ] ... ]"
#define TS_ENGINE "[ STORAGE ] ENGINE [ = | := ] label"
#define TS_CHANGE \
    TS_ENGINE " | WAIT | NO_WAIT | INITIAL_SIZE [ = | := ] size"
#define TS_TABLESPACE \
    TS_CHANGE " | AUTOEXTEND_SIZE [ = | := ] size | MAX_SIZE [ = | := ] size | " \
    "ENCRYPTION [ = | := ] text | ENGINE_ATTRIBUTE [ = | := ] text"
#define TS_CREATE \
    TS_TABLESPACE " | EXTENT_SIZE [ = | := ] size | NODEGROUP [ = | := ] integer | COMMENT " \
    "[ = | := ] text | FILE_BLOCK_SIZE [ = | := ] size"
#define TS_LOGFILE \
    TS_CHANGE " | UNDO_BUFFER_SIZE [ = | := ] size | REDO_BUFFER_SIZE [ = | := ] size | NODEGROUP " \
    "[ = | := ] integer | COMMENT [ = | := ] text"
#define SERVER_OPTIONS \
    "( { { USER | HOST | DATABASE | OWNER | PASSWORD | SOCKET } text | PORT number } ,... )"
#define SOURCE_FILE \
    "SOURCE_LOG_FILE = text | SOURCE_LOG_POS = decimal | RELAY_LOG_FILE = text | RELAY_LOG_POS = " \
    "number"
#define MASTER_FILE \
    "MASTER_LOG_FILE = text | MASTER_LOG_POS = decimal | RELAY_LOG_FILE = text | RELAY_LOG_POS = " \
    "number"
#define SIGNED "[ - | + ] long"
#define SEQUENCE_VALUES \
    "INCREMENT [ BY | = ] " SIGNED " | MINVALUE [ = ] " SIGNED " | MAXVALUE [ = ] " SIGNED \
    " | NO { MINVALUE | MAXVALUE } | NOMINVALUE | NOMAXVALUE | START [ WITH | = ] " \
    SIGNED " | CACHE [ = ] " SIGNED " | NOCACHE | CYCLE | NOCYCLE"
#define SRS_ATTRIBUTES \
    "[ NAME text | DEFINITION text | ORGANIZATION text IDENTIFIED BY integer | DESCRIPTION text ] ..."
#define KEY_LIST "{ INDEX | KEY } ( [ key ,... ] )"
#define KEYS "[ " KEY_LIST " ]"
#define CACHED ", { table " KEYS " } ,..."
#define LOADED ", { table " KEYS " [ IGNORE LEAVES ] } ,..."
#define PARTITIONS "PARTITION ( { ALL | ident ,... } )"

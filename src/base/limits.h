#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Every built-in limit, in one place. Where an operator may choose, the configuration's field
 * table (src/config) has the default and its range ends here. Keep each part's rows together.
 */

/* base */
#define LIMIT_STATEMENT_ARENA ((size_t)256 << 20) /* bytes one statement may take, all told */

/* wire, net, session */
#define LIMIT_PACKET          ((size_t)64 << 20) /* bytes in one client command, joined */
#define LIMIT_HANDSHAKE       ((size_t)128 << 10) /* bytes before a client is authenticated */
#define LIMIT_STREAM_BUFFER   ((size_t)64 << 10) /* bytes read ahead from one socket */
#define LIMIT_STATEMENTS      256 /* prepared statements in one session */
#define LIMIT_PARAMETERS      65535 /* in one prepared statement */
#define LIMIT_COLUMNS         4096 /* in one result, as the server's own limit */

/* sql */
#define LIMIT_SQL_DEPTH       200 /* nested expressions, parentheses, subqueries */
#define LIMIT_SQL_HEIGHT      1500 /* nodes above one another in a statement's tree */
#define LIMIT_SQL_TOKENS      4000000
#define LIMIT_SQL_STATEMENTS  100 /* in one command */

/* identity */
#define LIMIT_TOKEN           16384 /* bytes of one token */
#define LIMIT_IDENTITY        61440 /* bytes of a verified identity as JSON */
#define LIMIT_JSON_DEPTH      16 /* nesting in a token's header or claims, or in a key set */
#define LIMIT_JWKS            ((size_t)256 << 10) /* bytes of one issuer's key set */
#define LIMIT_JWKS_KEYS       128
#define LIMIT_SUBJECT         255 /* bytes of `sub`, as OpenID Connect has it */
#define LIMIT_GROUPS          512 /* of one identity */
#define LIMIT_GROUP_NAME      255 /* bytes */
#define LIMIT_LOGINS          4096 /* issued logins that are alive */
#define LIMIT_VERIFIED        65536 /* sessions whose identities the keeper holds */
#define LIMIT_PARKED          1024 /* verifications that wait for an issuer's keys */

/* audit */
#define LIMIT_AUDIT_RECORD    ((size_t)1 << 20) /* bytes of one record; longer texts are cut and
                                                   their SHA-256 kept */

/* store, control */
#define LIMIT_APPROVAL_NAME      1024 /* bytes of an issuer, subject, target, rule */
#define LIMIT_APPROVAL_REASON    2048 /* bytes of a reason or comment */
#define LIMIT_APPROVAL_STATEMENT ((size_t)32 << 10) /* bytes of a statement that may be sent for
                                                       approval; so its values, objects, summary */
#define LIMIT_APPROVAL_ROWS      50   /* rows of CALL cardea.requests() */
#define LIMIT_APPROVALS_PENDING  50   /* undecided requests of one identity */
#define LIMIT_APPROVERS          20   /* approvals that one request may need */
#define LIMIT_API_BODY           ((size_t)64 << 10)
#define LIMIT_API_HEADERS        ((size_t)32 << 10) /* above LIMIT_TOKEN */
#define LIMIT_API_CONNECTIONS    256
#define LIMIT_API_PAGE           200  /* rows in one answer */
#define LIMIT_API_ANSWER         ((size_t)8 << 20)

/* catalog */
#define LIMIT_CATALOG_ARENA   ((size_t)1 << 30) /* bytes of one target's catalog */
#define LIMIT_TEMPORARY       256 /* temporary tables in one session */

/* config, policy */
#define LIMIT_DOCUMENT        ((size_t)4 << 20) /* bytes of one YAML file */
#define LIMIT_DOCUMENT_NODES  100000 /* values in one YAML file */
#define LIMIT_DOCUMENT_KEYS   2000 /* in one map */
#define LIMIT_DOCUMENT_DEPTH  24
#define LIMIT_CONFIG_ARENA    ((size_t)128 << 20) /* bytes of one configuration or policy set */

/* lineage */
#define LIMIT_ANALYSIS_DEPTH  4000 /* calls of the analysis above one another */
#define LIMIT_ANALYSIS_NODES  5000000 /* nodes visited for one statement, views and bodies included */
#define LIMIT_PROGRAM_DEPTH   32 /* bodies of stored programs that run one another */
#define LIMIT_PROGRAM_ROUNDS  200 /* over one body, until no variable depends on more */
#define LIMIT_PROGRAMS        1000 /* bodies with different arguments, in one statement */
#define LIMIT_PROGRAM_TEXT    ((size_t)1 << 20) /* bytes of one body */

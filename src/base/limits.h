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
#define LIMIT_SQL_TOKENS      4000000
#define LIMIT_SQL_STATEMENTS  100 /* in one command */

/* identity */
#define LIMIT_TOKEN           16384 /* bytes of one token */
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

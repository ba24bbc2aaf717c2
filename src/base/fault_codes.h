/* SPDX-License-Identifier: Apache-2.0
 *
 * Every refusal that a client can meet, in one table:
 *   FAULT(name, "stable.code", MySQL error number, "SQLSTATE", "what it means, for the reference")
 *
 * A code never changes its meaning and is never reused. Each has a test. `docs/errors.md` is
 * generated from this table. Keep each part's rows together, under its heading.
 */

/* base */
FAULT(internal, "internal", 1105, "HY000", "a defect in the gateway; the statement was not run")
FAULT(memory, "limit.memory", 1041, "HY000", "the statement needs more memory than one may take")

/* wire, session */
FAULT(packet_malformed, "protocol.malformed", 1835, "HY000", "a packet that can't be decoded")
FAULT(packet_order, "protocol.order", 1156, "08S01", "a packet that is out of order")
FAULT(packet_large, "limit.packet", 1153, "08S01", "a packet larger than `limits.packet`")
FAULT(command_unknown, "protocol.command", 1047, "08S01",
      "a command that the gateway does not pass")
FAULT(audit_unavailable, "audit.unavailable", 1836, "HY000",
      "the statement can't be recorded, so it is not run")
FAULT(catalog_unavailable, "catalog.unavailable", 1105, "HY000",
      "the target's catalog can't be read")
/* Numbers from 2000 to 2999 are the clients' own: MariaDB's client calls an ERR packet with one
 * malformed. */
FAULT(target_unavailable, "target.unavailable", 1429, "HY000", "the target can't be reached")
FAULT(result_surprise, "result.surprise", 1105, "HY000",
      "the server's result is not the one that the analysis expects; closed unseen")
FAULT(target_lost, "target.lost", 1159, "08S01", "the connection to the target broke")
FAULT(session_idle, "session.idle", 4031, "HY000", "the session was idle for too long")
FAULT(session_killed, "session.killed", 3169, "HY000", "a person ended the session")
FAULT(session_drained, "session.drained", 1053, "08S01", "the gateway is going down")
FAULT(session_state, "session.state", 1105, "HY000",
      "what the server says of the session is not what the gateway knows of it")
FAULT(session_charset, "session.charset", 1115, "42000",
      "a character set whose text can't be read safely")
FAULT(diagnostics_hidden, "denied.diagnostics", 1227, "42000",
      "the server's warnings may hold masked values")
FAULT(local_infile, "protocol.local_infile", 3950, "42000",
      "the server asked for a file of the client's; it is never passed on")
FAULT(prepared_unknown, "protocol.statement", 1243, "HY000",
      "no prepared statement has this id or name")
FAULT(prepared_frame, "protocol.statement_frame", 1615, "HY000",
      "prepared under another sql_mode or character set than the session has now")
FAULT(prepared_many, "limit.statements", 1461, "42000", "too many prepared statements")
FAULT(execute_malformed, "protocol.execute", 1210, "HY000",
      "the values of an EXECUTE can't be decoded")

/* sql */
FAULT(sql_syntax, "sql.syntax", 1064, "42000", "the statement can't be parsed")
FAULT(sql_empty, "sql.empty", 1065, "42000", "the text holds no statement")
FAULT(sql_unprepared, "sql.unprepared", 1295, "HY000", "the server does not prepare such a text")
FAULT(sql_unsupported, "sql.unsupported", 1235, "42000",
      "the statement is known and this version does not analyse it")
FAULT(sql_depth, "limit.depth", 1436, "HY000", "the statement is nested too deeply")
FAULT(sql_tokens, "limit.tokens", 1105, "HY000", "the statement has too many tokens")

/* lineage */
FAULT(analysis_limit, "limit.analysis", 1105, "HY000", "the statement is too much work to analyse")

/* policy */
FAULT(denied_privilege, "denied.privilege", 1142, "42000", "no policy grants the privilege")
FAULT(denied_column, "denied.column", 1143, "42000",
      "policies grant the privilege on some columns of the table and not on this one")
FAULT(denied_server, "denied.server", 1227, "42000",
      "no policy grants a privilege that concerns the server as a whole")
FAULT(denied_rule, "denied.rule", 1142, "42000", "a deny rule forbids it, whatever else is granted")
FAULT(denied_schema, "denied.schema", 1044, "42000", "no policy grants anything in the schema")
FAULT(denied_use, "denied.use", 1143, "42000",
      "masked data may appear in a result, masked, and is used for something else here")
FAULT(denied_sink, "denied.sink", 1143, "42000",
      "masked data would go elsewhere than into the result: a table, a variable, a file")
FAULT(denied_unknown, "denied.unknown", 1235, "42000",
      "the statement has something that the analysis can't vouch for and no policy grants by name")
FAULT(denied_guard, "denied.guard", 1227, "42000",
      "a guard that is on unless a policy switches it off")
FAULT(denied_handler, "denied.handler", 1235, "42000",
      "HANDLER: which table an open handler reads is not followed, so none is passed on")
FAULT(denied_placeholder, "denied.placeholder", 1366, "HY000",
      "a masked value would be written back over real data")
FAULT(denied_subject, "denied.subject", 1045, "28000",
      "no policy concerns this identity on this target")
FAULT(denied_window, "denied.window", 1045, "28000",
      "the policies that concern this identity here are outside their time window")
FAULT(approval_required, "approval.required", 1142, "42000",
      "a person must approve the statement; it may be sent again when that is done")
FAULT(limit_rows, "limit.rows", 3170, "HY000", "the result has more rows than a policy allows")
FAULT(limit_bytes, "limit.bytes", 3170, "HY000", "the result has more bytes than a policy allows")
FAULT(limit_time, "limit.time", 3024, "HY000", "the statement ran longer than a policy allows")
FAULT(limit_rate, "limit.rate", 1226, "42000", "more statements a minute than a policy allows")
FAULT(limit_sessions, "limit.sessions", 1226, "42000", "more sessions than a policy allows")

/* identity */
FAULT(identity_refused, "identity.refused", 1045, "28000",
      "the token or login was refused; the reason is in the audit log")
FAULT(identity_ended, "identity.ended", 1045, "28000", "the token's time and its grace are over")
FAULT(identity_target, "identity.target", 1045, "28000",
      "the user name names no target that this identity may use")
FAULT(identity_cleartext, "identity.cleartext", 3159, "HY000",
      "a token is not taken without TLS; it was not asked for")
FAULT(identity_unavailable, "identity.unavailable", 1105, "HY000",
      "logins can't be checked at the moment; try again")

/* control */

/* SPDX-License-Identifier: Apache-2.0
 *
 * Every metric, in one table:
 *   METRIC(id, "family", COUNTER | GAUGE, "label=\"value\"", "help")   rows of a family together
 *   HISTOGRAM(id, "family", "help")                                    seconds
 * Families never change their meaning. Keep each part's rows together.
 */

/* session */
METRIC(connections_accepted, "cardea_connections_total", COUNTER, "result=\"accepted\"",
       "client connections by what became of them")
METRIC(connections_refused, "cardea_connections_total", COUNTER, "result=\"refused\"", "")
METRIC(sessions_open, "cardea_sessions_open", GAUGE, "", "sessions that are logged in")
METRIC(logins_ok, "cardea_logins_total", COUNTER, "result=\"ok\"", "logins of clients")
METRIC(logins_refused, "cardea_logins_total", COUNTER, "result=\"refused\"", "")
METRIC(decisions_allow, "cardea_decisions_total", COUNTER, "decision=\"allow\"",
       "statements by decision")
METRIC(decisions_mask, "cardea_decisions_total", COUNTER, "decision=\"mask\"", "")
METRIC(decisions_approve, "cardea_decisions_total", COUNTER, "decision=\"approve\"", "")
METRIC(decisions_deny, "cardea_decisions_total", COUNTER, "decision=\"deny\"", "")
METRIC(statements_failed, "cardea_statements_failed_total", COUNTER, "",
       "statements that the target answered with an error")
METRIC(rows_sent, "cardea_rows_sent_total", COUNTER, "", "rows sent to clients")
METRIC(values_masked, "cardea_values_masked_total", COUNTER, "", "values that were masked")
METRIC(bytes_from_clients, "cardea_bytes_total", COUNTER, "side=\"client\",way=\"in\"",
       "bytes of the MySQL protocol, TLS taken off")
METRIC(bytes_to_clients, "cardea_bytes_total", COUNTER, "side=\"client\",way=\"out\"", "")
METRIC(bytes_from_targets, "cardea_bytes_total", COUNTER, "side=\"target\",way=\"in\"", "")
METRIC(bytes_to_targets, "cardea_bytes_total", COUNTER, "side=\"target\",way=\"out\"", "")
METRIC(backends_open, "cardea_target_connections_open", GAUGE, "", "connections to targets")
METRIC(backends_failed, "cardea_target_connections_failed_total", COUNTER, "",
       "connections to targets that could not be made")
METRIC(decision_cache_hits, "cardea_decision_cache_total", COUNTER, "result=\"hit\"",
       "decisions looked up by the statement's shape")
METRIC(decision_cache_misses, "cardea_decision_cache_total", COUNTER, "result=\"miss\"", "")
HISTOGRAM(decide_seconds, "cardea_decide_seconds", "time to read, analyse and decide a statement")
HISTOGRAM(statement_seconds, "cardea_statement_seconds",
          "time from a statement's arrival to the end of its answer, waiting for approval left out")

/* keeper */
METRIC(tokens_verified, "cardea_tokens_total", COUNTER, "result=\"verified\"",
       "tokens that the keeper looked at")
METRIC(tokens_refused, "cardea_tokens_total", COUNTER, "result=\"refused\"", "")
METRIC(challenges_answered, "cardea_challenges_total", COUNTER, "result=\"answered\"",
       "authentication challenges of targets")
METRIC(challenges_refused, "cardea_challenges_total", COUNTER, "result=\"refused\"", "")

/* recorder */
METRIC(audit_records, "cardea_audit_records_total", COUNTER, "", "records written to the audit log")
METRIC(audit_bytes, "cardea_audit_bytes_total", COUNTER, "", "bytes written to the audit log")
METRIC(audit_syncs, "cardea_audit_syncs_total", COUNTER, "", "times the audit log was synced")
METRIC(audit_failures, "cardea_audit_failures_total", COUNTER, "",
       "records that could not be written when they should have been")

/* control */
METRIC(approvals_asked, "cardea_approvals_total", COUNTER, "step=\"asked\"",
       "requests for approval by step")
METRIC(approvals_approved, "cardea_approvals_total", COUNTER, "step=\"approved\"", "")
METRIC(approvals_refused, "cardea_approvals_total", COUNTER, "step=\"refused\"", "")
METRIC(approvals_expired, "cardea_approvals_total", COUNTER, "step=\"expired\"", "")
METRIC(approvals_used, "cardea_approvals_total", COUNTER, "step=\"used\"", "")
METRIC(approvals_void, "cardea_approvals_total", COUNTER, "step=\"void\"", "")
METRIC(approvals_pending, "cardea_approvals_pending", GAUGE, "", "requests that wait for a person")
METRIC(api_requests_2xx, "cardea_api_requests_total", COUNTER, "status=\"2xx\"",
       "answers of the HTTPS API by class of status")
METRIC(api_requests_3xx, "cardea_api_requests_total", COUNTER, "status=\"3xx\"", "")
METRIC(api_requests_4xx, "cardea_api_requests_total", COUNTER, "status=\"4xx\"", "")
METRIC(api_requests_5xx, "cardea_api_requests_total", COUNTER, "status=\"5xx\"", "")
METRIC(issuer_fetches_ok, "cardea_issuer_fetches_total", COUNTER, "result=\"ok\"",
       "attempts to read issuers' keys")
METRIC(issuer_fetches_failed, "cardea_issuer_fetches_total", COUNTER, "result=\"failed\"", "")

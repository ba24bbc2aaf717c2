/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of records: AUDIT_KIND(name, "meaning, and what detail_json holds").
 * docs/audit.md lists them. Names never change.
 */
AUDIT_KIND(decision, "a statement or command was decided; written before it is sent to the server")
AUDIT_KIND(outcome, "how the statement of the same id ended")
AUDIT_KIND(login, "a session was opened: identity, peer, target, way in")
AUDIT_KIND(login_refused, "a login failed: `code` and `message` say why; detail: unproved claims")
AUDIT_KIND(logout, "a session ended: `message` says why; detail: totals")
AUDIT_KIND(login_issued, "a login was issued: identity, target; detail: user, expiry")
AUDIT_KIND(login_revoked, "an issued login was taken back")
AUDIT_KIND(approval_asked, "a request was made; detail: the request")
AUDIT_KIND(approval_decided, "someone approved or refused; detail: who, verdict, reason")
AUDIT_KIND(approval_used, "an approval was used up")
AUDIT_KIND(approval_expired, "a request or an approval ran out")
AUDIT_KIND(approval_void, "a request or an approval was made void: object or policy changed")
AUDIT_KIND(kill, "a session was ended by a person; detail: who")
AUDIT_KIND(api, "a change through the API; detail: who, method, path, status")
AUDIT_KIND(start, "the gateway started; detail: version, configuration's hash")
AUDIT_KIND(stop, "the gateway stopped in order")
AUDIT_KIND(reload, "configuration or policy was read anew; detail: hashes, or what was wrong")
AUDIT_KIND(role_lost, "a process died; detail: role, index, status")
AUDIT_KIND(keys, "an issuer's keys changed; detail: issuer, key ids")
AUDIT_KIND(unreadable, "a record that was not well-formed; detail: its length and SHA-256")

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the API answers when it does not do what was asked (RFC 9457):
 *   PROBLEM(name, "stable.code", HTTP status, "title")
 * A code never changes its meaning and is never reused. docs/api.md lists them.
 */
PROBLEM(internal, "internal", 500, "A defect in the gateway; nothing was changed")
PROBLEM(memory, "limit.memory", 503, "Out of memory; try again")
PROBLEM(store, "store.unavailable", 503, "The store can't be read or written; nothing was changed")
PROBLEM(audit, "audit.unavailable", 503, "This can't be recorded, so it is not done")
PROBLEM(busy, "limit.busy", 503, "Too much is waiting; try again")

PROBLEM(not_found, "api.not_found", 404, "There is nothing of this name that you may see")
PROBLEM(method, "api.method", 405, "This path does not take this method")
PROBLEM(malformed, "api.malformed", 400, "The request can't be read")
PROBLEM(body_type, "api.content_type", 415, "The body must be application/json")
PROBLEM(body_large, "limit.body", 413, "The body is too large")
PROBLEM(parameter, "api.parameter", 400, "A parameter is missing, unknown or out of range")
PROBLEM(rate, "limit.rate", 429, "Too many requests")

PROBLEM(token_missing, "identity.missing", 401, "A bearer token is needed")
PROBLEM(token_refused, "identity.refused", 401, "The token was refused; the audit log says why")
PROBLEM(token_unavailable, "identity.unavailable", 503, "Tokens can't be verified at the moment")
PROBLEM(forbidden, "api.forbidden", 403, "Your groups give no role that may do this")

PROBLEM(approval_self, "approval.self", 403, "No one approves or refuses their own request")
PROBLEM(approval_not_approver, "approval.not_approver", 403,
        "You are in none of the groups that may decide this request")
PROBLEM(approval_state, "approval.state", 409, "The request is not in a state that allows this")
PROBLEM(approval_changed, "approval.changed", 409,
        "The statement, its values, an object or the terms are not those that were approved")
PROBLEM(approval_too_many, "approval.too_many", 429, "Too many requests of this identity wait")
PROBLEM(approval_ask, "approval.ask", 400,
        "The request names no approvers, or a text is longer than may be sent for approval")

PROBLEM(check, "check.unavailable", 503, "The statement can't be checked at the moment")
PROBLEM(login_refused, "login.refused", 409, "The login was not issued")

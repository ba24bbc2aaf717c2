/* SPDX-License-Identifier: Apache-2.0
 *
 * The routes. A new one needs a row here, its schemas in schema.c, and a test that calls it: the
 * conformance test fails for a route that nobody calls.
 */
#include "control/handle.h"

#define JSON_TYPE "application/json"
#define TEXT_TYPE "text/plain; charset=utf-8"

static const struct route_query page_queries[] = {
    {"limit", "integer", "rows in the answer, 1 to 200"},
    {"after", "string", "`next` of the page before"},
    {0},
};

static const struct route_query session_queries[] = {
    {"limit", "integer", "rows in the answer, 1 to 200"},
    {"after", "string", "`next` of the page before"},
    {"target", "string", "those on this target"},
    {0},
};

static const struct route_query approval_queries[] = {
    {"limit", "integer", "rows in the answer, 1 to 200"},
    {"after", "string", "`next` of the page before"},
    {"state", "pending|approved|refused|expired|used|void", "those in this state"},
    {"target", "string", "those for this target"},
    {"for", "me|others", "me: those that you asked for; others: those that you may decide"},
    {0},
};

const struct route route_table[] = {
    {"health", API_GET, "/healthz", API_ANYONE, handle_health, "The control process answers.", NULL,
     200, NULL, TEXT_TYPE, NULL},
    {"ready", API_GET, "/readyz", API_ANYONE, handle_ready,
     "The gateway can serve: keeper, recorder and a worker are there, and an issuer's keys. "
     "503 with what is missing when not.",
     NULL, 200, NULL, TEXT_TYPE, NULL},
    {"metrics", API_GET, "/metrics", API_VIEWER, handle_metrics,
     "Metrics in Prometheus' text format. Without a token where `metrics_open` says so.", NULL, 200,
     NULL, "text/plain; version=0.0.4; charset=utf-8", NULL},
    {"openapi", API_GET, "/openapi.json", API_ANYONE, handle_openapi, "This API's description.",
     NULL, 200, NULL, JSON_TYPE, NULL},
    {"whoami", API_GET, "/api/v1/whoami", API_USER, handle_whoami, "Who the bearer is.", NULL, 200,
     "Whoami", JSON_TYPE, NULL},
    {"status", API_GET, "/api/v1/status", API_USER, handle_status, "The gateway in a few numbers.",
     NULL, 200, "Status", JSON_TYPE, NULL},
    {"listTargets", API_GET, "/api/v1/targets", API_USER, handle_targets,
     "The targets that some policy opens to you; admins see all.", NULL, 200, "TargetPage",
     JSON_TYPE, NULL},
    {"listSessions", API_GET, "/api/v1/sessions", API_USER, handle_sessions,
     "Open sessions: your own, or all for viewers.", NULL, 200, "SessionPage", JSON_TYPE,
     session_queries},
    {"getSession", API_GET, "/api/v1/sessions/{id}", API_USER, handle_session, "One session.", NULL,
     200, "Session", JSON_TYPE, NULL},
    {"killSession", API_POST, "/api/v1/sessions/{id}/kill", API_USER, handle_session_kill,
     "Ends a session: your own, or any for admins.", "Kill", 202, "Killed", JSON_TYPE, NULL},
    {"listApprovals", API_GET, "/api/v1/approvals", API_USER, handle_approvals,
     "Requests for approval: your own and those that you may decide, or all for viewers.", NULL,
     200, "ApprovalPage", JSON_TYPE, approval_queries},
    {"getApproval", API_GET, "/api/v1/approvals/{id}", API_USER, handle_approval, "One request.",
     NULL, 200, "Approval", JSON_TYPE, NULL},
    {"approve", API_POST, "/api/v1/approvals/{id}/approve", API_APPROVER, handle_approve,
     "Approves it. The same word again changes nothing.", "Decision", 200, "Approval", JSON_TYPE,
     NULL},
    {"refuse", API_POST, "/api/v1/approvals/{id}/refuse", API_APPROVER, handle_refuse,
     "Refuses it; the requester is shown the reason.", "Refusal", 200, "Approval", JSON_TYPE, NULL},
    {"withdraw", API_POST, "/api/v1/approvals/{id}/withdraw", API_USER, handle_withdraw,
     "Takes your own request back.", NULL, 200, "Approval", JSON_TYPE, NULL},
    {"listLogins", API_GET, "/api/v1/logins", API_USER, handle_logins,
     "Issued logins that are still good: your own, or all for viewers.", NULL, 200, "LoginPage",
     JSON_TYPE, NULL},
    {"issueLogin", API_POST, "/api/v1/logins", API_USER, handle_login_issue,
     "A user name and password for the bearer, good for minutes.", "LoginAsk", 201, "IssuedLogin",
     JSON_TYPE, NULL},
    {"checkPolicy", API_POST, "/api/v1/policy/check", API_USER, handle_check,
     "What would be decided if you sent this text to the target now; nothing is run. Viewers may "
     "ask it for another identity.",
     "CheckAsk", 200, "Check", JSON_TYPE, NULL},
    {"listIdentities", API_GET, "/api/v1/identities", API_VIEWER, handle_identities,
     "Who was here.", NULL, 200, "IdentityPage", JSON_TYPE, page_queries},
};
const size_t route_count = ARRAY_LEN(route_table);

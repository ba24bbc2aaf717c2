/* SPDX-License-Identifier: Apache-2.0 */
#include "control/schema.h"

#define NEEDED true
#define MAYBE  false

static const struct schema_field problem_fields[] = {
    {"type", "string", NEEDED, "`urn:cardea:problem:` and the code"},
    {"title", "string", NEEDED, "what the code means"},
    {"status", "integer", NEEDED, "the HTTP status"},
    {"code", "string", NEEDED, "stable: never changes its meaning"},
    {"detail", "string", MAYBE, "what is wrong this time"},
    {0},
};

static const struct schema_field person_fields[] = {
    {"issuer", "string", NEEDED, "`iss` of the token"},
    {"subject", "string", NEEDED, "`sub` of the token"},
    {"name", "string", MAYBE, "for people to read"},
    {0},
};

static const struct schema_field whoami_fields[] = {
    {"issuer", "string", NEEDED, "`iss` of the token"},
    {"subject", "string", NEEDED, "`sub` of the token"},
    {"name", "string", MAYBE, "for people to read"},
    {"groups", "string[]", NEEDED, "as the issuer's configuration finds them in the token"},
    {"role", "user|viewer|approver|admin", NEEDED, "what these groups may do here"},
    {"expires", "time", NEEDED, "when the token ends"},
    {0},
};

static const struct schema_field status_fields[] = {
    {"version", "string", NEEDED, "of the gateway"},
    {"ready", "boolean", NEEDED, "the same as /readyz"},
    {"missing", "string", MAYBE, "what it is not ready for"},
    {"sessions", "integer", NEEDED, "that are open"},
    {"pending", "integer", NEEDED, "requests for approval that you may decide"},
    {"processes", "#Process[]", NEEDED, "the gateway's processes that report"},
    {0},
};

static const struct schema_field process_fields[] = {
    {"role", "string", NEEDED, "worker, keeper, recorder, supervisor"},
    {"index", "integer", NEEDED, "among those of its role"},
    {"seen", "time", NEEDED, "when it reported last"},
    {"sessions", "integer", NEEDED, "open there"},
    {0},
};

static const struct schema_field target_fields[] = {
    {"name", "string", NEEDED, "the user name to connect with"},
    {"kind", "mysql|mariadb", NEEDED, ""},
    {"labels", "object", NEEDED, "name to value"},
    {0},
};

static const struct schema_field session_fields[] = {
    {"id", "string", NEEDED, "16 hexadecimal digits"},
    {"identity", "#Person", NEEDED, "who"},
    {"target", "string", NEEDED, ""},
    {"peer", "string", NEEDED, "the client's address"},
    {"client", "string", NEEDED, "what the client program calls itself; not proved"},
    {"state", "string", NEEDED, "the step that the session is in"},
    {"statement", "string", NEEDED, "the running one, literals as `?`; empty between statements"},
    {"opened", "time", NEEDED, ""},
    {"last", "time", NEEDED, "when it last did something"},
    {"statements", "integer", NEEDED, "how many so far"},
    {"rows", "integer", NEEDED, "sent to the client so far"},
    {"refused", "integer", NEEDED, "statements refused so far"},
    {0},
};

static const struct schema_field vote_fields[] = {
    {"person", "#Person", NEEDED, "who decided"},
    {"group", "string", NEEDED, "the group that let them"},
    {"verdict", "approve|refuse", NEEDED, ""},
    {"comment", "string", NEEDED, "may be empty"},
    {"at", "time", NEEDED, ""},
    {0},
};

static const struct schema_field approval_fields[] = {
    {"id", "string", NEEDED, ""},
    {"state", "pending|approved|refused|expired|used|void", NEEDED, ""},
    {"requester", "#Person", NEEDED, "who asks"},
    {"target", "string", NEEDED, ""},
    {"statement", "string", NEEDED, "the exact text that would run"},
    {"values", "string", MAYBE, "JSON array of the bound values"},
    {"objects", "string", MAYBE, "JSON: what it touches, with a fingerprint of each definition"},
    {"summary", "string", MAYBE, "JSON: what the analysis says of it"},
    {"reason", "string", NEEDED, "the requester's; may be empty"},
    {"rule", "string", NEEDED, "the line of policy that asks for approval"},
    {"groups", "string[]", NEEDED, "who may decide"},
    {"approvals", "integer", NEEDED, "so far"},
    {"needed", "integer", NEEDED, "distinct approvers"},
    {"valid_seconds", "integer", NEEDED, "how long an approval stays good"},
    {"fingerprint", "string", NEEDED, "SHA-256: what exactly is approved"},
    {"session", "string", NEEDED, "from which it was asked"},
    {"created", "time", NEEDED, ""},
    {"expires", "time", NEEDED, "pending: when it lapses; approved: until when it is good"},
    {"decided", "time", MAYBE, ""},
    {"used", "time", MAYBE, ""},
    {"outcome", "string", MAYBE, "why it was refused or is void"},
    {"votes", "#Vote[]", NEEDED, "in order"},
    {"own", "boolean", NEEDED, "you asked for it"},
    {"decidable", "boolean", NEEDED, "you may approve or refuse it now"},
    {0},
};

static const struct schema_field login_fields[] = {
    {"user", "string", NEEDED, "the issued user name"},
    {"identity", "#Person", NEEDED, "whose it is"},
    {"target", "string", NEEDED, "the one target it is for"},
    {"issued", "time", NEEDED, ""},
    {"expires", "time", NEEDED, ""},
    {0},
};

static const struct schema_field issued_fields[] = {
    {"user", "string", NEEDED, "user name for the MySQL client"},
    {"password", "string", NEEDED, "shown this once; kept nowhere but in the keeper's memory"},
    {"target", "string", NEEDED, ""},
    {"expires", "time", NEEDED, ""},
    {0},
};

static const struct schema_field identity_fields[] = {
    {"issuer", "string", NEEDED, ""},
    {"subject", "string", NEEDED, ""},
    {"name", "string", NEEDED, "may be empty"},
    {"groups", "string[]", NEEDED, "when last seen"},
    {"first", "time", NEEDED, "seen"},
    {"last", "time", NEEDED, "seen"},
    {"count", "integer", NEEDED, "sessions and visits to this API, counted once a minute at most"},
    {0},
};

static const struct schema_field decision_fields[] = {
    {"comment", "string", MAYBE, "for the record and the requester"},
    {0},
};

static const struct schema_field refusal_fields[] = {
    {"reason", "string", NEEDED, "shown to the requester; say what would be approved instead"},
    {0},
};

static const struct schema_field kill_fields[] = {
    {"reason", "string", MAYBE, "for the record"},
    {0},
};

static const struct schema_field killed_fields[] = {
    {"id", "string", NEEDED, "the session that was told to end"},
    {0},
};

static const struct schema_field login_ask_fields[] = {
    {"target", "string", NEEDED, "name of a target that you may use"},
    {"minutes", "integer", MAYBE, "how long it is good; the configuration has the most"},
    {0},
};

static const struct schema_field check_ask_fields[] = {
    {"target", "string", NEEDED, "name of a target that you may use"},
    {"statement", "string", NEEDED, "one or several statements"},
    {"schema", "string", MAYBE, "the default schema"},
    {"identity", "#CheckIdentity", MAYBE, "for viewers: whose decision; else your own"},
    {0},
};

static const struct schema_field check_identity_fields[] = {
    {"issuer", "string", NEEDED, "URL of a configured issuer"},
    {"subject", "string", NEEDED, ""},
    {"groups", "string[]", MAYBE, ""},
    {"claims", "object", MAYBE, "as the token would have them"},
    {0},
};

static const struct schema_field check_fields[] = {
    {"decisions", "#CheckDecision[]", NEEDED, "one for each statement"},
    {0},
};

static const struct schema_field check_decision_fields[] = {
    {"decision", "allow|mask|approve|deny", NEEDED, ""},
    {"statement", "string", MAYBE, "literals as `?`"},
    {"code", "string", MAYBE, "of the refusal, or `approval.required`"},
    {"message", "string", MAYBE, ""},
    {"detail", "string", MAYBE, ""},
    {"hint", "string", MAYBE, ""},
    {"rule", "string", MAYBE, "the line of policy that decides"},
    {"masked", "string[]", MAYBE, "headings of the columns that would be masked"},
    {"analysis", "object", MAYBE, "kind, objects, privileges"},
    {0},
};

#define PAGE(name, item)                                                                           \
    static const struct schema_field name[] = {                                                    \
        {"items", item "[]", NEEDED, ""},                                                          \
        {"next", "string", MAYBE, "give it as `after` for the next page; absent: the last one"},   \
        {0},                                                                                       \
    }
PAGE(session_page_fields, "#Session");
PAGE(approval_page_fields, "#Approval");
PAGE(login_page_fields, "#Login");
PAGE(identity_page_fields, "#Identity");
PAGE(target_page_fields, "#Target");

const struct schema schema_table[] = {
    {"Problem", "Why something was not done (RFC 9457).", problem_fields},
    {"Person", "An identity: issuer and subject together.", person_fields},
    {"Whoami", "Who the bearer is.", whoami_fields},
    {"Status", "The gateway in a few numbers.", status_fields},
    {"Process", "One process of the gateway.", process_fields},
    {"Target", "A database server behind the gateway.", target_fields},
    {"TargetPage", "", target_page_fields},
    {"Session", "A client that is logged in.", session_fields},
    {"SessionPage", "", session_page_fields},
    {"Vote", "One person's word on a request.", vote_fields},
    {"Approval", "A request for approval.", approval_fields},
    {"ApprovalPage", "Newest first.", approval_page_fields},
    {"Login", "An issued login; its password is not kept.", login_fields},
    {"LoginPage", "", login_page_fields},
    {"IssuedLogin", "A new login.", issued_fields},
    {"Identity", "Someone who was here.", identity_fields},
    {"IdentityPage", "", identity_page_fields},
    {"CheckAsk", "", check_ask_fields},
    {"CheckIdentity", "", check_identity_fields},
    {"Check", "", check_fields},
    {"CheckDecision", "What would be decided for one statement.", check_decision_fields},
    {"Decision", "", decision_fields},
    {"Refusal", "", refusal_fields},
    {"Kill", "", kill_fields},
    {"Killed", "", killed_fields},
    {"LoginAsk", "", login_ask_fields},
};
const size_t schema_count = ARRAY_LEN(schema_table);

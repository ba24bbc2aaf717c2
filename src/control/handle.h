#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The handlers behind the routes: each answers its call once, now or later.
 */
#include "control/route.h"

api_handler_fn handle_health, handle_ready, handle_metrics, handle_openapi, handle_whoami,
    handle_status, handle_targets, handle_sessions, handle_session, handle_session_kill,
    handle_approvals, handle_approval, handle_approve, handle_refuse, handle_withdraw,
    handle_logins, handle_login_issue, handle_identities, handle_check;

/* Shared by handlers. */
void api_put_time(struct json_writer *w, const char *key, int64_t us);
void api_put_text(struct json_writer *w, const char *key, struct str text);
void api_put_person(struct json_writer *w, const char *key, struct str issuer, struct str subject,
                    struct str name);
/* Names separated by newlines, as a list. */
void api_put_names(struct json_writer *w, const char *key, struct str names);

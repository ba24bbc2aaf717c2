/* SPDX-License-Identifier: Apache-2.0
 *
 * Audit records of a session. What does not change from statement to statement is made once: the
 * identity at login, the analysis with its reading.
 */
#include "base/json.h"
#include "session/session.h"

static struct audit_record record_base(const struct session *session, enum audit_kind kind)
{
    return (struct audit_record){
        .kind = kind,
        .time_us = world_now_us(session->world),
        .session = session->id,
        .peer = str_of(session->peer),
        .identity_json = session->identity_record,
        .target = session->target ? session->target->settings->name : session->target_wanted,
        .account = session->backend_made ? str_of(session->backend.user) : STR_NONE,
        .database = str_of(session->schema),
    };
}

static uint64_t record_put(struct session *session, const struct audit_record *record)
{
    return session->world->ops->record(session->world->ops_context, record);
}

/* ---- JSON made once ---- */

static struct str json_keep(struct buf *out, struct arena *arena)
{
    struct str kept = out->failed ? STR_NONE : arena_copy(arena, buf_str(out));
    buf_release(out);
    return kept;
}

static void need_put(struct json_writer *w, const struct privilege_need *need)
{
    json_object_begin(w);
    json_key(w, "privilege");
    json_text(w, str_of(privilege_text(need->privilege)));
    if (need->schema.len > 0) {
        json_key(w, "schema");
        json_text(w, need->schema);
    }
    if (need->object.len > 0) {
        json_key(w, "object");
        json_text(w, need->object);
    }
    if (need->column_count > 0) {
        json_key(w, "columns");
        json_array_begin(w);
        for (size_t i = 0; i < need->column_count; i++)
            json_text(w, need->columns[i]);
        json_array_end(w);
    }
    json_object_end(w);
}

struct str record_analysis_json(const struct analysis *analysis, struct arena *arena)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, AUDIT_JSON_MAX);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "kind");
    json_text(&w, str_of(statement_kind_text(analysis->kind)));
    json_key(&w, "needs");
    json_array_begin(&w);
    for (size_t i = 0; i < analysis->need_count; i++) {
        if (!analysis->needs[i].inside_view)
            need_put(&w, &analysis->needs[i]);
    }
    json_array_end(&w);
    if (analysis->effect_count > 0) {
        json_key(&w, "effects");
        json_array_begin(&w);
        for (size_t i = 0; i < analysis->effect_count; i++)
            json_text(&w, str_of(effect_text(analysis->effects[i].kind)));
        json_array_end(&w);
    }
    if (analysis->unknown_count > 0) {
        json_key(&w, "unknowns");
        json_array_begin(&w);
        for (size_t i = 0; i < analysis->unknown_count; i++)
            json_text(&w, analysis->unknowns[i].name);
        json_array_end(&w);
    }
    json_object_end(&w);
    return json_keep(&out, arena);
}

struct str record_masked_json(const struct analysis *analysis,
                              const struct policy_decision *decision, struct arena *arena)
{
    struct buf out;
    struct json_writer w;
    if (!decision->masks || decision->mask_count == 0)
        return STR_NONE;
    buf_init(&out, AUDIT_JSON_MAX);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < analysis->output_count; i++) {
        if (decision->masks[i])
            json_text(&w, analysis->outputs[i].name);
    }
    json_array_end(&w);
    return json_keep(&out, arena);
}

static struct str identity_json_make(struct session *session)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, AUDIT_IDENTITY_MAX);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "issuer");
    json_text(&w, session->identity.issuer);
    json_key(&w, "subject");
    json_text(&w, session->identity.subject);
    if (session->identity.display_name.len > 0) {
        json_key(&w, "name");
        json_text(&w, session->identity.display_name);
    }
    json_key(&w, "groups");
    json_array_begin(&w);
    for (size_t i = 0; i < session->identity.group_count; i++)
        json_text(&w, session->identity.groups[i]);
    json_array_end(&w);
    json_object_end(&w);
    return json_keep(&out, &session->life);
}

/* ---- sessions ---- */

static struct str login_detail(struct session *session)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 16384);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "way");
    json_text(&w, session->way == SESSION_WAY_LOGIN ? STR("login") : STR("token"));
    json_key(&w, "user");
    json_text(&w, session->user);
    json_key(&w, "tls");
    json_bool(&w, session_is_secure(session));
    if (session->attributes_json.len > 0) {
        json_key(&w, "attributes");
        json_raw(&w, session->attributes_json);
    }
    json_object_end(&w);
    return json_keep(&out, &session->life);
}

bool record_login(struct session *session)
{
    session->identity_record = identity_json_make(session);
    struct audit_record record = record_base(session, AUDIT_login);
    record.detail_json = login_detail(session);
    return record_put(session, &record) > 0;
}

void record_login_refused(struct session *session, const char *code, struct str problem)
{
    if (session->identity_json.len > 0 && session->identity_record.len == 0)
        session->identity_record = identity_json_make(session);
    struct audit_record record = record_base(session, AUDIT_login_refused);
    record.code = str_of(code);
    record.message = problem;
    record.detail_json = login_detail(session);
    (void)record_put(session, &record);
}

void record_logout(struct session *session)
{
    struct audit_record record = record_base(session, AUDIT_logout);
    char detail[160];
    snprintf(detail, sizeof detail, "{\"statements\":%llu,\"rows\":%llu,\"duration_us\":%lld}",
             (unsigned long long)session->statements, (unsigned long long)session->rows_total,
             (long long)(record.time_us - session->accepted_us));
    record.message = str_of(session->end_reason);
    record.detail_json = str_of(detail);
    (void)record_put(session, &record);
}

/* ---- statements ---- */

/* "agents (agents.yaml:12)" */
static struct str rule_text(struct session *session, const struct policy_rule_ref *rule)
{
    if (rule->policy.len == 0)
        return STR_NONE;
    return arena_printf(&session->arena, "%.*s (%.*s:%u)", STR_ARG(rule->policy),
                        STR_ARG(rule->at.file), (unsigned)rule->at.line);
}

static struct str command_name(struct session *session)
{
    struct str name = str_of(session->command.info->name);
    char *lower = arena_alloc(&session->arena, name.len);
    if (!lower || name.len < 4)
        return name;
    for (size_t i = 0; i < name.len; i++)
        lower[i] = ascii_lower(name.ptr[i]);
    return str_make(lower + 4, name.len - 4); /* without COM_ */
}

bool record_decision(struct session *session, struct statement *statement,
                     const struct fault *refusal)
{
    const struct reading_statement *read = statement_read(statement);
    struct audit_record record = record_base(session, AUDIT_decision);
    if (statement->number == 0)
        statement->number = ++session->statements;
    statement->started_us = record.time_us;
    record.statement = statement->number;
    record.command = command_name(session);
    record.text = statement->text;
    record.values_json = session->command.values_json;
    record.digest = read->digest_hex;
    record.analysis_json = read->analysis_json;
    record.masked_json = read->masked_json;
    record.rule = rule_text(session, &statement->decision.rule);
    record.approval = str_of(statement->approval_id);
    if (refusal) {
        record.decision =
            refusal->code == FAULT_approval_required ? STR("approve") : STR("deny");
        record.code = str_of(fault_info(refusal->code)->code);
        record.message = refusal->message;
        record.error = fault_info(refusal->code)->number;
    } else if (read->inband) {
        record.decision = STR("allow");
    } else {
        record.decision = str_of(policy_verdict_text(statement->decision.verdict));
    }
    session->record_sequence = record_put(session, &record);
    return session->record_sequence > 0;
}

void record_outcome(struct session *session, struct statement *statement)
{
    const struct flow *flow = &session->flow;
    struct audit_record record = record_base(session, AUDIT_outcome);
    record.statement = statement->number;
    record.has_outcome = true;
    record.rows = flow->rows;
    record.affected = flow->affected;
    record.bytes = flow->bytes;
    record.duration_us = (uint64_t)(record.time_us - statement->started_us);
    record.error = flow->error;
    record.sqlstate = flow->error ? str_of(flow->sqlstate) : STR_NONE;
    record.message = flow->error_text;
    (void)record_put(session, &record);
}

void record_refused(struct session *session, const struct fault *fault)
{
    struct audit_record record = record_base(session, AUDIT_decision);
    record.statement = ++session->statements;
    record.command = command_name(session);
    record.text = session->command.text;
    record.decision = STR("deny");
    record.code = str_of(fault_info(fault->code)->code);
    record.message = fault->message;
    record.error = fault_info(fault->code)->number;
    (void)record_put(session, &record);
}

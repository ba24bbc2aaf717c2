/* SPDX-License-Identifier: Apache-2.0
 *
 *   statement_go -> understand (catalog, reading) -> all decided? -> run_next -> approve? ->
 *   record -> on disk? -> statement_send -> ... answer ... -> statement_done -> run_next ...
 *
 * Every function here may be the last thing done for a command: after a refusal, a wait or the
 * end, callers return at once.
 */
#include "base/clock.h"
#include "session/session.h"

#define DURABLE_MS     10000
#define RECORD_AGAIN_MS 20
#define RECORD_TRIES   100  /* the recorder may be behind for so many times RECORD_AGAIN_MS */
#define TIME_GRACE_MS  1500 /* the server's own limit comes first and spares the session */

static void run_next(struct session *session);

void statement_refuse(struct session *session, const struct fault *fault)
{
    struct statement *statement =
        session->command.count > 0 ? statement_now(session) : NULL;
    world_count(session->world, METRIC_decisions_deny, 1);
    session->refused++;
    if (statement)
        (void)record_decision(session, statement, fault);
    else
        record_refused(session, fault);
    session_send_fault(session, fault);
    session_command_end(session);
}

static void refuse_text(struct session *session, enum fault_code code, const char *text)
{
    struct fault fault = {.code = code, .message = str_of(text)};
    statement_refuse(session, &fault);
}

/* ---- understanding ---- */

static bool is_prepare(const struct session *session)
{
    return session->command.info->byte == WIRE_COM_STMT_PREPARE;
}

static bool rate_allowed(struct session *session)
{
    struct session_usage *usage = session->usage;
    int64_t most = session->limits.limits.statements_per_minute;
    uint64_t now = session->world->loop->now_ms;
    if (now - usage->minute_ms >= 60000) {
        usage->minute_ms = now;
        usage->statements = 0;
    }
    usage->statements++;
    return most == 0 || usage->statements <= most;
}

static bool catalog_ready(struct session *session, bool force)
{
    switch (catalog_want(session->target, force, &session->waiter)) {
    case CATALOG_READY:
        return true;
    case CATALOG_WAITING:
        session_step_set(session, SESSION_CATALOG,
                         (uint64_t)session->target->settings->connect_ms * 6);
        return false;
    case CATALOG_FAILED:
        break;
    }
    refuse_text(session, FAULT_catalog_unavailable, "the target's catalog can't be read now");
    return false;
}

void statement_catalog_done(void *owner, bool ok)
{
    struct session *session = owner;
    if (session->step != SESSION_CATALOG)
        return;
    if (ok)
        statement_go(session);
    else
        refuse_text(session, FAULT_catalog_unavailable, "the target's catalog can't be read now");
}

static bool statements_make(struct session *session, struct reading *reading,
                            const struct sql_text *tokens)
{
    struct command *command = &session->command;
    struct statement *statements =
        arena_array(&session->arena, reading->count, struct statement);
    if (!statements)
        return false;
    for (size_t i = 0; i < reading->count; i++) {
        const struct sql_statement *sql = reading->statements[i].sql;
        statements[i] = (struct statement){
            .reading = reading_ref(reading),
            .index = i,
            .tokens = tokens,
            .first = sql->first,
            .last = sql->last,
            .text = reading->count == 1 ? command->text
                                        : sql_span_text(tokens, sql->first, sql->last),
            .decision = reading->statements[i].decision,
        };
    }
    command->statements = statements;
    command->count = reading->count;
    return true;
}

/* Fills command.statements. False: waiting, or refused. */
static bool understand(struct session *session)
{
    struct command *command = &session->command;
    const struct sql_text *tokens = NULL;
    struct fault fault = {0};
    uint64_t started = clock_monotonic_us();
    if (!catalog_ready(session, false))
        return false;
    struct reading *reading = reading_get(session, command->text, &tokens, &fault);
    if (!reading) {
        statement_refuse(session, &fault);
        return false;
    }
    /* A name that is not there may have come into being elsewhere: look once. */
    if (reading->unknown_names && !command->refreshed) {
        uint64_t before = session->target->catalog_generation;
        command->refreshed = true;
        bool ready = catalog_ready(session, true);
        if (!ready || session->target->catalog_generation != before) {
            reading_unref(reading);
            if (ready)
                statement_go(session);
            return false;
        }
    }
    bool made = statements_make(session, reading, tokens);
    reading_unref(reading);
    metrics_observe_us(session->world->metrics, METRIC_decide_seconds,
                       clock_monotonic_us() - started);
    if (!made)
        refuse_text(session, FAULT_memory, "the statement needs more memory than one may take");
    return made;
}

/* Several statements in one text: nothing runs while a person is still to be asked about one. */
static ptrdiff_t approve_index(const struct session *session)
{
    for (size_t i = 0; session->command.count > 1 && i < session->command.count; i++) {
        const struct statement *statement = &session->command.statements[i];
        if (!statement_read(statement)->inband && statement->decision.verdict == POLICY_APPROVE)
            return (ptrdiff_t)i;
    }
    return -1;
}

/* The first statement that is denied; -1 when none is. */
static ptrdiff_t denied_index(const struct session *session)
{
    for (size_t i = 0; i < session->command.count; i++) {
        const struct statement *statement = &session->command.statements[i];
        if (!statement_read(statement)->inband && statement->decision.verdict == POLICY_DENY)
            return (ptrdiff_t)i;
    }
    return -1;
}

void statement_go(struct session *session)
{
    if (!session_scope_fresh(session))
        return;
    if (!session->command.counted && !rate_allowed(session)) {
        refuse_text(session, FAULT_limit_rate, "too many statements in this minute");
        return;
    }
    session->command.counted = true;
    if (session->command.statements) {
        run_next(session);
        return;
    }
    if (!understand(session))
        return;
    ptrdiff_t denied = denied_index(session);
    if (denied >= 0) {
        session->command.at = (size_t)denied;
        statement_refuse(session, &session->command.statements[denied].decision.fault);
        return;
    }
    ptrdiff_t asks = approve_index(session);
    if (asks >= 0) {
        session->command.at = (size_t)asks;
        struct fault fault = session->command.statements[asks].decision.fault;
        fault.hint = STR("Send the statement alone, so that a person can be asked");
        statement_refuse(session, &fault);
        return;
    }
    if (session->command.count != 1 && is_prepare(session)) {
        refuse_text(session, FAULT_sql_syntax, "one statement is prepared at a time");
        return;
    }
    run_next(session);
}

/* ---- before it runs ---- */

/* What the statement was decided by is still so; otherwise it is decided anew. False: waiting, or
 * refused. */
static bool decide_again(struct session *session, struct statement *statement)
{
    struct fault fault = {0};
    if (statement_read(statement)->inband || reading_is_current(session, statement->reading))
        return true;
    if (!catalog_ready(session, false))
        return false;
    if (reading_is_current(session, statement->reading))
        return true;
    const struct reading_frame *prepared =
        session->command.execute ? &statement->reading->frame : NULL;
    struct reading *reading = reading_make(session, statement->text, prepared, &fault);
    if (reading && reading->count != 1) {
        reading_unref(reading);
        reading = NULL;
        fault.code = FAULT_internal;
        fault.message = STR("a statement is not one any more");
    }
    if (!reading) {
        statement_refuse(session, &fault);
        return false;
    }
    reading_unref(statement->reading);
    statement->reading = reading;
    statement->index = 0;
    statement->tokens = reading->script.text;
    statement->first = reading->statements[0].sql->first;
    statement->last = reading->statements[0].sql->last;
    statement->decision = reading->statements[0].decision;
    return true;
}

/* A masked value that was read may not be written over the real one. */
static bool writes_placeholder(const struct session *session, const struct statement *statement)
{
    const struct command *command = &session->command;
    if (!statement->decision.writes_classified)
        return false;
    for (uint32_t t = statement->first; t <= statement->last; t++) {
        uint8_t kind = statement->tokens->tokens[t].kind;
        if ((kind == SQL_TOKEN_STRING || kind == SQL_TOKEN_NSTRING || kind == SQL_TOKEN_HEX) &&
            mask_is_placeholder(sql_token_value(statement->tokens, t)))
            return true;
    }
    for (size_t i = 0; command->execute && i < command->execute->parameter_count; i++) {
        if (mask_is_placeholder(command->execute->parameters[i].bytes))
            return true;
    }
    return false;
}

/* An approval is for the objects as they are now, not as they were when the catalog was read. What
 * has changed is decided anew by decide_again. False: waiting, or refused. */
static bool objects_looked_at(struct session *session, const struct statement *statement)
{
    if (statement->decision.verdict != POLICY_APPROVE || is_prepare(session) ||
        session->command.looked)
        return true;
    session->command.looked = true;
    return catalog_ready(session, true);
}

static void run_next(struct session *session)
{
    struct statement *statement = statement_now(session);
    if (!objects_looked_at(session, statement))
        return;
    if (!decide_again(session, statement))
        return;
    const struct reading_statement *read = statement_read(statement);
    if (read->inband) {
        if (is_prepare(session))
            prepared_inband(session);
        else
            inband_run(session, statement);
        return;
    }
    if (statement->decision.verdict == POLICY_DENY) {
        statement_refuse(session, &statement->decision.fault);
        return;
    }
    if (read->reads_diagnostics && session->diagnostics_hidden) {
        refuse_text(session, FAULT_diagnostics_hidden,
                    "the last statement touched masked data, and warnings may show values");
        return;
    }
    if (read->nothing && is_prepare(session) && session->sql.family == SQL_MYSQL) {
        refuse_text(session, FAULT_sql_unprepared, "comments alone can't be prepared");
        return;
    }
    struct fault fault = {0};
    if (!state_may_follow(session, &read->analysis, &fault)) {
        statement_refuse(session, &fault);
        return;
    }
    if (writes_placeholder(session, statement)) {
        refuse_text(session, FAULT_denied_placeholder,
                    "a masked value would be written over the real one");
        return;
    }
    if (statement->decision.verdict == POLICY_APPROVE && !is_prepare(session))
        approval_begin(session);
    else
        statement_record(session);
}

/* ---- recording ---- */

static void count_decision(struct session *session, enum policy_verdict verdict)
{
    switch (verdict) {
    case POLICY_DENY:
        world_count(session->world, METRIC_decisions_deny, 1);
        break;
    case POLICY_APPROVE:
        world_count(session->world, METRIC_decisions_approve, 1);
        break;
    case POLICY_MASK:
        world_count(session->world, METRIC_decisions_mask, 1);
        break;
    case POLICY_ALLOW:
        world_count(session->world, METRIC_decisions_allow, 1);
        break;
    }
}

void statement_record(struct session *session)
{
    struct statement *statement = statement_now(session);
    struct session_world *world = session->world;
    if (!record_decision(session, statement, NULL)) {
        if (world->ops->record_later(world->ops_context) &&
            session->command.record_tries++ < RECORD_TRIES) {
            session_step_set(session, SESSION_DURABLE, RECORD_AGAIN_MS);
            return;
        }
        struct fault fault = {.code = FAULT_audit_unavailable,
                              .message = STR("the statement can't be recorded, so it is not run"),
                              .hint = STR("Try again later")};
        session_send_fault(session, &fault);
        session_command_end(session);
        return;
    }
    count_decision(session, statement->decision.verdict);
    if (world->sync && !world->ops->durable(world->ops_context, session->record_sequence)) {
        world->ops->await_durable(world->ops_context, true);
        world->ops->want_durable(world->ops_context, session->record_sequence);
        if (!world->ops->durable(world->ops_context, session->record_sequence)) {
            session_step_set(session, SESSION_DURABLE, DURABLE_MS);
            return;
        }
    }
    statement_send(session);
}

void statement_durable_moved(struct session *session)
{
    struct session_world *world = session->world;
    if (session->step == SESSION_DURABLE && session->record_sequence > 0 &&
        world->ops->durable(world->ops_context, session->record_sequence))
        statement_send(session);
}

/* ---- sending ---- */

static enum wire_answer_to answer_kind(const struct session *session)
{
    switch (session->command.info->byte) {
    case WIRE_COM_STMT_PREPARE:
        return WIRE_TO_PREPARE;
    case WIRE_COM_STMT_EXECUTE:
        return WIRE_TO_EXECUTE;
    default:
        return WIRE_TO_QUERY;
    }
}

static void payload_put(struct session *session, const struct statement *statement,
                        struct buf *out)
{
    if (session->command.info->byte == WIRE_COM_STMT_EXECUTE) {
        prepared_payload(session, out);
        return;
    }
    buf_put_u8(out, is_prepare(session) ? WIRE_COM_STMT_PREPARE : WIRE_COM_QUERY);
    sql_print_forward(statement->tokens, statement->first, statement->last, out);
}

static uint64_t time_limit(const struct session *session, const struct statement *statement)
{
    int64_t most = session->world->config->limits.statement_ms;
    int64_t by_policy = statement->decision.limits.time_ms;
    if (by_policy > 0 && (most == 0 || by_policy < most))
        most = by_policy;
    return most > 0 ? (uint64_t)most + TIME_GRACE_MS : 0;
}

/* Comments alone: answered here as the server would, which sees nothing of them. */
static void answer_nothing(struct session *session)
{
    struct wire_ok ok = {.status = session->status};
    if (is_prepare(session)) {
        prepared_nothing(session);
        return;
    }
    session_send_ok(session, &ok);
    statement_done(session, true);
}

void statement_send(struct session *session)
{
    struct statement *statement = statement_now(session);
    struct buf payload;
    if (statement_read(statement)->nothing) {
        answer_nothing(session);
        return;
    }
    buf_init(&payload, (size_t)session->world->config->limits.packet_bytes * 2 + 4096);
    payload_put(session, statement, &payload);
    if (payload.failed) {
        buf_release(&payload);
        refuse_text(session, FAULT_memory, "the statement needs more memory than one may take");
        return;
    }
    if (statement->decision.touches_masked)
        session->diagnostics_hidden = true;
    else if (statement_read(statement)->resets_diagnostics)
        session->diagnostics_hidden = false;
    session_step_set(session, SESSION_RUN, time_limit(session, statement));
    backend_send(&session->backend, buf_str(&payload));
    buf_release(&payload);
    result_begin(session, answer_kind(session));
}

/* ---- afterwards ---- */

static bool temporary_follow(struct session *session, const struct statement *statement,
                             const struct reading_statement *read, bool ok)
{
    struct lineage_context context = {.catalog = statement->reading->catalog,
                                      .overlay = session->overlay,
                                      .schema = read->schema,
                                      .verbatim = read->executed != NULL};
    const struct sql_script *script = read->executed ? read->executed : &statement->reading->script;
    const struct sql_statement *sql = read->executed ? &script->statements[0] : read->sql;
    bool touches = catalog_overlay_count(session->overlay) > 0, changed = false;
    for (size_t i = 0; i < read->analysis.change_count; i++)
        touches |= read->analysis.changes[i].kind == CHANGE_TEMPORARY;
    if (!touches)
        return true;
    if (!session->overlay)
        session->overlay =
            catalog_overlay_new(catalog_lower_case_table_names(statement->reading->catalog));
    bool done = session->overlay && lineage_temporary(&context, script, sql, &read->analysis, ok,
                                                      session->overlay, &changed);
    session->state_generation += changed;
    return done;
}

/* The session's own picture follows what ran. False: the session was ended. */
static bool follow(struct session *session, const struct statement *statement, bool ok)
{
    const struct reading_statement *read = statement_read(statement);
    struct fault fault = {0};
    if (read->inband || read->nothing || is_prepare(session))
        return true;
    if ((!ok || state_follow(session, &read->analysis, &fault)) &&
        temporary_follow(session, statement, read, ok))
        return true;
    if (!fault_is(&fault))
        fault = (struct fault){.code = FAULT_session_state,
                               .message = STR("a temporary table can't be followed")};
    session_end_fault(session, &fault, "the session's state can't be followed");
    return false;
}

void statement_done(struct session *session, bool ok)
{
    struct statement *statement = statement_now(session);
    struct session_world *world = session->world;
    if (statement->number > 0)
        record_outcome(session, statement);
    if (!ok)
        world_count(world, METRIC_statements_failed, 1);
    metrics_observe_us(world->metrics, METRIC_statement_seconds,
                       (uint64_t)(world_now_us(world) - statement->started_us));
    /* DDL that failed may have been done in part. */
    if (!ok && statement_read(statement)->analysis.change_count > 0)
        session->target->catalog_stale = true;
    if (!follow(session, statement, ok))
        return;
    session->command.at++;
    if (ok && session->command.at < session->command.count)
        run_next(session);
    else
        session_command_end(session);
}

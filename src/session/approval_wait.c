/* SPDX-License-Identifier: Apache-2.0
 *
 * A statement whose decision is `approve`. The request is found or made by control; the session
 * waits; when it is approved it is used up (once, by control's word) and the statement is decided
 * once more, with `approved`, before it runs.
 */
#include "base/json.h"
#include "session/session.h"
#include "store/approval.h"
#include <openssl/evp.h>

static void refuse(struct session *session, struct str message, struct str hint)
{
    struct statement *statement = statement_now(session);
    struct fault fault = statement->decision.fault;
    fault.code = FAULT_approval_required;
    if (message.len > 0)
        fault.message = message;
    fault.hint = hint;
    statement_refuse(session, &fault);
}

/* ---- what is asked for ---- */

static struct str hex_of(struct arena *arena, const unsigned char *bytes, size_t len)
{
    char *out = arena_alloc(arena, len * 2);
    if (!out)
        return STR_NONE;
    hex_encode(out, bytes, len);
    return str_make(out, len * 2);
}

static void object_put(struct session *session, struct json_writer *w, const struct catalog *catalog,
                       const struct privilege_need *need)
{
    struct str key = arena_printf(&session->arena, "%.*s.%.*s", STR_ARG(need->schema),
                                  STR_ARG(need->object));
    bool routine = need->object_kind == OBJECT_FUNCTION || need->object_kind == OBJECT_PROCEDURE;
    const struct catalog_table *table =
        routine ? NULL : catalog_table_find(catalog, need->schema, need->object);
    const struct catalog_routine *program =
        routine ? catalog_routine_find(catalog, need->schema, need->object,
                                       need->object_kind == OBJECT_FUNCTION)
                : NULL;
    /* A table and routines may have the same name. */
    if (routine)
        key = arena_printf(&session->arena, "%s %.*s",
                           need->object_kind == OBJECT_FUNCTION ? "function" : "procedure",
                           STR_ARG(key));
    json_key_str(w, key);
    if (table)
        json_text(w, hex_of(&session->arena, table->fingerprint, 32));
    else if (program)
        json_text(w, hex_of(&session->arena, program->fingerprint, 32));
    else
        json_put_null(w);
}

/* Definitions of what it touches, and what its text depends on: other definitions, another
 * request. */
static struct str objects_json(struct session *session, const struct statement *statement)
{
    const struct analysis *analysis = &statement_read(statement)->analysis;
    struct buf out;
    struct json_writer w;
    buf_init(&out, (size_t)1 << 20);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "schema");
    json_text(&w, str_of(session->schema));
    json_key(&w, "sql_mode");
    json_text(&w, str_of(session->sql_mode));
    json_key(&w, "objects");
    json_object_begin(&w);
    for (size_t i = 0; i < analysis->need_count; i++) {
        if (analysis->needs[i].object.len > 0)
            object_put(session, &w, statement->reading->catalog, &analysis->needs[i]);
    }
    json_object_end(&w);
    json_object_end(&w);
    struct str kept = out.failed ? STR_NONE : arena_copy(&session->arena, buf_str(&out));
    buf_release(&out);
    return kept;
}

/* As it will be sent: what is approved is what runs. */
static struct str exact_text(struct session *session, const struct statement *statement)
{
    struct buf out;
    buf_init(&out, (size_t)session->world->config->limits.packet_bytes * 2);
    sql_print_forward(statement->tokens, statement->first, statement->last, &out);
    struct str kept = out.failed ? STR_NONE : arena_copy(&session->arena, buf_str(&out));
    buf_release(&out);
    return kept;
}

static struct str groups_text(struct session *session, const struct policy_approval *approval)
{
    struct buf out;
    buf_init(&out, 65536);
    for (size_t i = 0; i < approval->group_count; i++) {
        if (i > 0)
            buf_put_u8(&out, '\n');
        buf_put_str(&out, approval->groups[i]);
    }
    struct str kept = out.failed ? STR_NONE : arena_copy(&session->arena, buf_str(&out));
    buf_release(&out);
    return kept;
}

static struct str rule_text(struct session *session, const struct policy_rule_ref *rule)
{
    return arena_printf(&session->arena, "%.*s (%.*s:%u)", STR_ARG(rule->policy),
                        STR_ARG(rule->at.file), (unsigned)rule->at.line);
}

static struct ipc_approval_ask ask_make(struct session *session, const struct statement *statement)
{
    const struct policy_approval *approval = &statement->decision.approval;
    const struct reading_statement *read = statement_read(statement);
    struct ipc_approval_ask ask = {
        .session = session->id,
        .identity = session->identity_json,
        .target = session->target->settings->name,
        .text = exact_text(session, statement),
        .values = session->command.values_json,
        .digest = read->digest_hex,
        .analysis = read->analysis_json,
        .objects = objects_json(session, statement),
        .rule = rule_text(session, &statement->decision.rule),
        .approvers = groups_text(session, approval),
        .count = approval->count ? approval->count : 1,
        .reason = session->request_reason,
        .explicit_request = session->request_reason.len > 0,
        .valid_s = (uint32_t)(approval->valid_ms / 1000),
    };
    struct approval_ask same = {
        .issuer = session->identity.issuer,
        .subject = session->identity.subject,
        .target = ask.target,
        .statement = ask.text,
        .values = ask.values,
        .objects = ask.objects,
        .groups = ask.approvers,
        .count = ask.count,
        .valid_us = (int64_t)ask.valid_s * 1000000,
    };
    unsigned char *fingerprint = arena_alloc(&session->arena, APPROVAL_FINGERPRINT);
    if (fingerprint) {
        approval_fingerprint(&same, fingerprint);
        ask.fingerprint = str_make(fingerprint, APPROVAL_FINGERPRINT);
    }
    return ask;
}

/* ---- held for CALL cardea.request() ---- */

static void hold(struct session *session, const struct ipc_approval_ask *ask)
{
    struct arena *arena = &session->held_arena;
    arena_reset(arena);
    struct ipc_approval_ask *held = arena_new(arena, struct ipc_approval_ask);
    session->held = NULL;
    if (!held)
        return;
    *held = *ask;
    struct str *texts[] = {&held->identity, &held->target, &held->fingerprint, &held->text,
                           &held->values,   &held->digest, &held->analysis,    &held->objects,
                           &held->rule,     &held->approvers};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = arena_copy(arena, *texts[i]);
    held->reason = STR_NONE;
    if (!arena->failed)
        session->held = held;
}

static void hold_nothing(struct session *session)
{
    session->held = NULL;
    arena_reset(&session->held_arena);
}

bool approval_file_held(struct session *session, struct str reason,
                        void (*done)(void *owner, const struct ipc_approval_state *answer))
{
    if (!session->held)
        return false;
    struct ipc_approval_ask ask = *session->held;
    ask.reason = reason;
    ask.explicit_request = true;
    session->tag_peer = SESSION_PEER_CONTROL;
    session->tag =
        session->world->ops->approval_ask(session->world->ops_context, &ask, done, session);
    return session->tag != 0;
}

/* ---- used up ---- */

static void on_used(void *owner, const struct ipc_approval_used *answer)
{
    struct session *session = owner;
    struct statement *statement = statement_now(session);
    session->tag = 0;
    if (!answer || !answer->ok) {
        refuse(session, STR("the approval can't be used"),
               answer ? arena_copy(&session->arena, answer->problem) : STR("Try again"));
        return;
    }
    struct policy_request request = {.analysis = &statement_read(statement)->analysis,
                                     .now_us = world_now_us(session->world),
                                     .approved = true};
    policy_decide(session->scope, &request, &session->arena, &statement->decision);
    if (statement->decision.verdict != POLICY_ALLOW &&
        statement->decision.verdict != POLICY_MASK) {
        statement_refuse(session, &statement->decision.fault);
        return;
    }
    free((char *)session->request_reason.ptr);
    session->request_reason = STR_NONE;
    hold_nothing(session);
    statement_record(session);
}

static void use(struct session *session)
{
    struct statement *statement = statement_now(session);
    struct ipc_approval_use ask = {.session = session->id,
                                   .id = str_of(statement->approval_id),
                                   .fingerprint = session->command.fingerprint};
    session->tag_peer = SESSION_PEER_CONTROL;
    session->tag = session->world->ops->approval_use(session->world->ops_context, &ask, on_used,
                                                     session);
    if (session->tag == 0)
        on_used(session, NULL);
}

/* ---- asked ---- */

static struct str how_to_go_on(struct session *session)
{
    return arena_printf(&session->arena,
                        "To go on: request %s waits for a person; CALL cardea.request('reason') "
                        "tells them why. Send the same statement again when it is approved; CALL "
                        "cardea.requests() shows how it stands",
                        statement_now(session)->approval_id);
}

static void state_take(struct session *session, unsigned state, struct str reason)
{
    switch ((enum approval_state)state) {
    case APPROVAL_APPROVED:
        use(session);
        break;
    case APPROVAL_PENDING:
        break;
    case APPROVAL_REFUSED:
        refuse(session,
               arena_printf(&session->arena, "request %s was refused: %.*s",
                            statement_now(session)->approval_id, STR_ARG(reason)),
               STR("CALL cardea.request('reason') asks anew"));
        break;
    case APPROVAL_EXPIRED:
    case APPROVAL_USED:
    case APPROVAL_VOID:
    case APPROVAL_INVALID:
    case APPROVAL_STATE_COUNT:
        refuse(session, arena_printf(&session->arena, "request %s is %s",
                                     statement_now(session)->approval_id,
                                     approval_state_text((enum approval_state)state)),
               STR("Send the statement again to ask anew"));
        break;
    }
}

static void on_state(void *owner, const struct ipc_approval_state *answer)
{
    struct session *session = owner;
    struct statement *statement = statement_now(session);
    session->tag = 0;
    if (!answer || !answer->ok) {
        refuse(session, STR("approval is required, and no request can be made now"),
               answer ? arena_copy(&session->arena, answer->reason) : STR("Try again"));
        return;
    }
    snprintf(statement->approval_id, sizeof statement->approval_id, "%.*s", STR_ARG(answer->id));
    session->command.asked = true;
    if (answer->state == APPROVAL_PENDING && statement->decision.approval.wait_ms == 0)
        approval_timeout(session);
    else
        state_take(session, answer->state, arena_copy(&session->arena, answer->reason));
}

void approval_begin(struct session *session)
{
    struct statement *statement = statement_now(session);
    int64_t wait_ms = statement->decision.approval.wait_ms;
    session_step_set(session, SESSION_APPROVAL, (uint64_t)(wait_ms > 0 ? wait_ms : 0) + 1000);
    struct ipc_approval_ask ask = ask_make(session, statement);
    session->command.fingerprint = ask.fingerprint;
    if (!session->arena.failed)
        hold(session, &ask);
    session->tag_peer = SESSION_PEER_CONTROL;
    session->tag = session->arena.failed
                       ? 0
                       : session->world->ops->approval_ask(session->world->ops_context, &ask,
                                                           on_state, session);
    if (session->tag == 0)
        on_state(session, NULL);
}

void approval_timeout(struct session *session)
{
    session_tag_stop(session);
    if (session->command.asked)
        refuse(session, STR_NONE, how_to_go_on(session));
    else
        refuse(session, STR("approval is required, and nobody could be asked"),
               STR("Try again"));
}

void approval_moved(struct session *session, struct str id, unsigned state, struct str reason)
{
    struct statement *statement = statement_now(session);
    if (session->tag != 0 || !str_equal(str_of(statement->approval_id), id))
        return;
    if (state == APPROVAL_APPROVED) {
        /* Time has passed: the objects are looked at again, and control is asked whether this is
         * still what was approved. */
        session->command.looked = false;
        statement_go(session);
        return;
    }
    state_take(session, state, arena_copy(&session->arena, reason));
}

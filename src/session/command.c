/* SPDX-License-Identifier: Apache-2.0
 *
 * The command table carried out: what is checked goes to statement.c, what is the gateway's own is
 * answered here, the rest is refused and the session lives on.
 */
#include "session/session.h"
#include "base/limits.h"

void session_command_drop(struct session *session)
{
    for (size_t i = 0; i < session->command.count; i++)
        reading_unref(session->command.statements[i].reading);
    prepared_command_end(session);
    session->command = (struct command){0};
    result_release(session);
    arena_reset(&session->arena);
}

void session_command_end(struct session *session)
{
    if (!session_alive(session))
        return;
    session_command_drop(session);
    if (session->world->draining && !(session->status & WIRE_STATUS_IN_TRANSACTION)) {
        session_end(session, "the gateway is going down");
        return;
    }
    session_ready(session);
    if (!session->in_commands)
        session_commands(session);
}

void session_command_refuse(struct session *session, const struct fault *fault)
{
    record_refused(session, fault);
    world_count(session->world, METRIC_decisions_deny, 1);
    if (session->command.info->answers)
        session_send_fault(session, fault);
    session_command_end(session);
}

static void refuse(struct session *session, enum fault_code code, const char *text)
{
    struct fault fault = {.code = code, .message = str_of(text)};
    session_command_refuse(session, &fault);
}

static void send_plain_ok(struct session *session)
{
    struct wire_ok ok = {.status = session->status};
    session_send_ok(session, &ok);
}

/* ---- checked ---- */

static void take_query(struct session *session, struct str payload)
{
    struct wire_query query;
    if (!wire_query_decode(payload, session->capabilities, &session->arena, &query)) {
        refuse(session, FAULT_packet_malformed, "the COM_QUERY can't be decoded");
        return;
    }
    session->command.text = query.text;
    statement_go(session);
}

/* As USE: one path for both. */
static void take_init_db(struct session *session, struct str payload)
{
    struct str schema = str_slice(payload, 1, payload.len);
    struct buf text;
    buf_init(&text, 2048);
    buf_put_str(&text, STR("USE `"));
    for (size_t i = 0; i < schema.len; i++) {
        if (schema.ptr[i] == '`')
            buf_put_u8(&text, '`');
        buf_put_u8(&text, (uint8_t)schema.ptr[i]);
    }
    buf_put_u8(&text, '`');
    bool failed = text.failed || schema.len == 0;
    session->command.text = arena_copy(&session->arena, buf_str(&text));
    buf_release(&text);
    if (failed)
        refuse(session, FAULT_packet_malformed, "the COM_INIT_DB names no schema");
    else
        statement_go(session);
}

static void take_checked(struct session *session, struct str payload)
{
    switch (session->command.info->byte) {
    case WIRE_COM_QUERY:
        take_query(session, payload);
        break;
    case WIRE_COM_INIT_DB:
        take_init_db(session, payload);
        break;
    case WIRE_COM_STMT_PREPARE:
        prepared_prepare(session, payload);
        break;
    case WIRE_COM_STMT_EXECUTE:
        prepared_execute(session, payload);
        break;
    default:
        refuse(session, FAULT_command_unknown, "the command is not passed");
        break;
    }
}

/* ---- the gateway's own ---- */

static void take_set_option(struct session *session, struct str payload)
{
    bool several = false;
    if (!wire_set_option_decode(payload, &several)) {
        refuse(session, FAULT_packet_malformed, "the COM_SET_OPTION can't be decoded");
        return;
    }
    session->sql.several = several;
    session->state_generation++;
    if (session->capabilities & WIRE_CAP(DEPRECATE_EOF)) {
        send_plain_ok(session);
    } else {
        struct wire_eof eof = {.status = session->status};
        size_t mark = session_packet_begin(session);
        wire_eof_encode(session_out(session), &eof);
        session_packet_end(session, mark);
    }
    session_command_end(session);
}

static void on_reset(void *owner, bool ok)
{
    struct session *session = owner;
    if (!ok) {
        session_end(session, "the session on the target can't be reset");
        return;
    }
    state_prepared_forget_all(session);
    prepared_forget_all(session);
    catalog_overlay_free(session->overlay);
    session->overlay = NULL;
    session->diagnostics_hidden = false;
    session_harden_again(session);
}

static void take_reset_connection(struct session *session)
{
    session->command.reset_done = on_reset;
    const char payload[] = {WIRE_COM_RESET_CONNECTION};
    backend_send(&session->backend, str_make(payload, 1));
    session_step_set(session, SESSION_RUN, (uint64_t)session->world->config->limits.handshake_ms);
    result_begin(session, WIRE_TO_SIMPLE);
}

static void take_own(struct session *session, struct str payload)
{
    switch (session->command.info->byte) {
    case WIRE_COM_QUIT:
        session_end(session, "the client said goodbye");
        break;
    case WIRE_COM_PING:
        send_plain_ok(session);
        session_command_end(session);
        break;
    case WIRE_COM_SET_OPTION:
        take_set_option(session, payload);
        break;
    case WIRE_COM_RESET_CONNECTION:
        take_reset_connection(session);
        break;
    case WIRE_COM_STMT_SEND_LONG_DATA:
        prepared_long_data(session, payload);
        break;
    case WIRE_COM_STMT_CLOSE:
        prepared_close(session, payload);
        break;
    case WIRE_COM_STMT_RESET:
        prepared_reset(session, payload);
        break;
    default:
        refuse(session, FAULT_command_unknown, "the command is not passed");
        break;
    }
}

/* ---- dispatch ---- */

static void command_take(struct session *session, struct str payload)
{
    const struct wire_command *info = wire_command_by_byte((uint8_t)payload.ptr[0]);
    session->command = (struct command){.info = info};
    if (info->how == WIRE_HOW_REFUSE) {
        struct fault fault = {.code = FAULT_command_unknown};
        fault.message = arena_printf(&session->arena, "%s is not passed", info->name);
        fault.detail = info->known ? str_of(info->why) : STR_NONE;
        session_command_refuse(session, &fault);
        return;
    }
    if (!wire_command_length_ok(info, payload.len)) {
        refuse(session, FAULT_packet_malformed, "the command is too short");
        return;
    }
    if (info->how == WIRE_HOW_CHECK)
        take_checked(session, payload);
    else
        take_own(session, payload);
}

static void packets_wrong(struct session *session, enum wire_step step)
{
    struct fault fault = {.code = FAULT_packet_order,
                          .message = STR("packets are out of order")};
    if (step == WIRE_STEP_LARGE) {
        fault.code = FAULT_packet_large;
        fault.message = STR("the command is larger than this gateway takes");
    }
    session_end_fault(session, &fault, "malformed packets");
}

void session_commands(struct session *session)
{
    session->in_commands = true;
    while (session->step == SESSION_READY) {
        size_t used = 0;
        struct str payload, kept;
        struct str in = stream_in(&session->client);
        if (in.len == 0)
            break;
        enum wire_step step = wire_join(&session->incoming, in, &used, &payload);
        if (step == WIRE_STEP_MORE) {
            stream_consume(&session->client, used);
            break;
        }
        if (step != WIRE_STEP_GOT) {
            packets_wrong(session, step);
            break;
        }
        session->sequence = session->incoming.splitter.sequence;
        /* The input moves while the command runs. */
        kept = arena_copy(&session->arena, payload);
        stream_consume(&session->client, used);
        wire_joiner_restart(&session->incoming, 0);
        if (payload.len == 0 || !kept.ptr) {
            struct fault fault = {.code = kept.ptr ? FAULT_packet_malformed : FAULT_memory,
                                  .message = STR("an empty command, or one too large")};
            session_end_fault(session, &fault, "an empty command");
            break;
        }
        command_take(session, kept);
    }
    session->in_commands = false;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * CALL cardea.whoami(), permissions(), requests(), request('reason'): answered here, as ordinary
 * result sets, in text or binary rows. The server never sees them.
 */
#include "base/clock.h"
#include "session/session.h"
#include "sql/ast.h"
#include "store/approval.h"

#define COLUMNS_MOST 8
#define UTF8MB4      45
#define REASON_MAX   2000

struct inband_call {
    const char *name;
    const char *columns[COLUMNS_MOST];
    uint32_t column_count, parameters;
    void (*run)(struct session *session, struct statement *statement);
};

static void run_whoami(struct session *session, struct statement *statement);
static void run_permissions(struct session *session, struct statement *statement);
static void run_requests(struct session *session, struct statement *statement);
static void run_request(struct session *session, struct statement *statement);

static const struct inband_call calls[] = {
    {"whoami",
     {"issuer", "subject", "name", "groups", "target", "account", "token_ends", "session"},
     8, 0, run_whoami},
    {"permissions",
     {"effect", "privileges", "object", "note", "policy", "in_force"},
     6, 0, run_permissions},
    {"requests",
     {"id", "state", "target", "statement", "made", "expires", "reason", "outcome"},
     8, 0, run_requests},
    {"request", {"id", "state", "message"}, 3, 1, run_request},
};

static const struct inband_call *call_of(const struct statement *statement)
{
    const struct sql_node *root = statement_read(statement)->sql->root;
    struct str name =
        sql_name_object(statement->tokens, root->child[SQL_CALL_STATEMENT_NAME]);
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (str_equal_nocase(name, str_of(calls[i].name)))
            return &calls[i];
    }
    return NULL;
}

static uint32_t argument_count(const struct statement *statement)
{
    const struct sql_node *list =
        statement_read(statement)->sql->root->child[SQL_CALL_STATEMENT_ARGUMENTS];
    return list ? list->count : 0;
}

static void refuse(struct session *session, const char *text)
{
    struct fault fault = {.code = FAULT_sql_unsupported,
                          .message = str_of(text),
                          .hint = STR("CALL cardea.whoami(), cardea.permissions(), "
                                      "cardea.requests(), cardea.request('reason')")};
    statement_refuse(session, &fault);
}

/* ---- result sets ---- */

static void column_put(struct session *session, const char *name)
{
    struct wire_column column = {.catalog = STR("def"),
                                 .name = str_of(name),
                                 .collation = UTF8MB4,
                                 .length = 65535,
                                 .type = WIRE_TYPE_VAR_STRING};
    size_t mark = session_packet_begin(session);
    wire_column_encode(session_out(session), &column);
    session_packet_end(session, mark);
}

static void eof_put(struct session *session)
{
    struct wire_eof eof = {.status = session->status};
    size_t mark = session_packet_begin(session);
    wire_eof_encode(session_out(session), &eof);
    session_packet_end(session, mark);
}

static void columns_put(struct session *session, const struct inband_call *call)
{
    for (uint32_t i = 0; i < call->column_count; i++)
        column_put(session, call->columns[i]);
    if (!(session->capabilities & WIRE_CAP(DEPRECATE_EOF)))
        eof_put(session);
}

static void result_start(struct session *session, const struct inband_call *call)
{
    size_t mark = session_packet_begin(session);
    wire_column_count_encode(session_out(session), call->column_count);
    session_packet_end(session, mark);
    columns_put(session, call);
}

static void row_put(struct session *session, const struct inband_call *call,
                    const struct str *values)
{
    bool binary = session->command.info->byte == WIRE_COM_STMT_EXECUTE;
    struct buf *out = session_out(session);
    size_t mark = session_packet_begin(session);
    size_t bitmap = binary ? wire_binary_row_begin(out, call->column_count) : 0;
    for (uint32_t i = 0; i < call->column_count; i++) {
        struct wire_value value = {.bytes = values[i], .null = values[i].ptr == NULL};
        if (!binary)
            wire_text_value_put(out, &value);
        else if (!wire_binary_row_put(out, bitmap, i, WIRE_TYPE_VAR_STRING, &value))
            out->failed = true;
    }
    session_packet_end(session, mark);
    session->flow.rows++;
}

static void result_end(struct session *session)
{
    bool more = session->command.at + 1 < session->command.count;
    uint16_t status = session->status;
    if (more)
        status |= WIRE_STATUS_MORE_RESULTS;
    size_t mark = session_packet_begin(session);
    if (session->capabilities & WIRE_CAP(DEPRECATE_EOF)) {
        struct wire_ok ok = {.status = status};
        wire_ok_encode(session_out(session), WIRE_EOF, session->capabilities, &ok);
    } else {
        struct wire_eof eof = {.status = status};
        wire_eof_encode(session_out(session), &eof);
    }
    session_packet_end(session, mark);
    statement_done(session, true);
}

/* ---- the calls ---- */

static struct str time_text(struct session *session, int64_t us)
{
    char text[CLOCK_TEXT_SIZE];
    if (us <= 0)
        return STR_NONE;
    clock_format_us(us, text);
    return arena_copy(&session->arena, str_of(text));
}

static struct str groups_text(struct session *session)
{
    struct buf out;
    buf_init(&out, 65536);
    for (size_t i = 0; i < session->identity.group_count; i++) {
        if (i > 0)
            buf_put_str(&out, STR(", "));
        buf_put_str(&out, session->identity.groups[i]);
    }
    struct str kept = arena_copy(&session->arena, buf_str(&out));
    buf_release(&out);
    return kept;
}

static void run_whoami(struct session *session, struct statement *statement)
{
    const struct inband_call *call = call_of(statement);
    const struct str values[COLUMNS_MOST] = {
        session->identity.issuer,
        session->identity.subject,
        session->identity.display_name,
        groups_text(session),
        session->target->settings->name,
        str_of(session->backend.user),
        time_text(session, session->identity.session_ends_at * 1000000),
        arena_printf(&session->arena, "%016llx", (unsigned long long)session->id),
    };
    result_start(session, call);
    row_put(session, call, values);
    result_end(session);
}

static void run_permissions(struct session *session, struct statement *statement)
{
    const struct inband_call *call = call_of(statement);
    size_t count = 0;
    const struct policy_permission *permissions = policy_permissions(
        session->scope, world_now_us(session->world), &session->arena, &count);
    result_start(session, call);
    for (size_t i = 0; permissions && i < count; i++) {
        const struct policy_permission *p = &permissions[i];
        const struct str values[COLUMNS_MOST] = {
            str_of(p->effect), p->privileges, p->object,
            p->note.ptr ? p->note : STR(""),
            arena_printf(&session->arena, "%.*s (%.*s:%u)", STR_ARG(p->policy),
                         STR_ARG(p->at.file), (unsigned)p->at.line),
            p->in_force ? STR("yes") : STR("no")};
        row_put(session, call, values);
    }
    result_end(session);
}

static struct str json_field(struct session *session, const json_t *item, const char *key)
{
    const json_t *value = json_object_get(item, key);
    if (json_is_string(value))
        return arena_copy(&session->arena,
                          str_make(json_string_value(value), json_string_length(value)));
    if (json_is_integer(value))
        return arena_printf(&session->arena, "%lld", (long long)json_integer_value(value));
    return STR("");
}

static void on_listed(void *owner, const struct ipc_approval_listed *answer)
{
    struct session *session = owner;
    struct statement *statement = statement_now(session);
    const struct inband_call *call = call_of(statement);
    json_error_t error;
    session->tag = 0;
    json_t *list = answer ? json_loadb(answer->requests.ptr, answer->requests.len, 0, &error)
                          : NULL;
    if (!json_is_array(list)) {
        json_decref(list);
        refuse(session, "the requests can't be listed now");
        return;
    }
    result_start(session, call);
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const struct str values[COLUMNS_MOST] = {
            json_field(session, item, "id"),      json_field(session, item, "state"),
            json_field(session, item, "target"),  json_field(session, item, "text"),
            json_field(session, item, "made"),    json_field(session, item, "expires"),
            json_field(session, item, "reason"),  json_field(session, item, "outcome")};
        row_put(session, call, values);
    }
    json_decref(list);
    result_end(session);
}

static void run_requests(struct session *session, struct statement *statement)
{
    struct ipc_approval_list ask = {.identity = session->identity_json};
    (void)statement;
    session_step_set(session, SESSION_APPROVAL, 10000);
    session->tag_peer = SESSION_PEER_CONTROL;
    session->tag = session->world->ops->approval_list(session->world->ops_context, &ask,
                                                      on_listed, session);
    if (session->tag == 0)
        on_listed(session, NULL);
}

/* The reason, from a literal or a bound value. */
static struct str reason_of(struct session *session, const struct statement *statement)
{
    const struct sql_node *list =
        statement_read(statement)->sql->root->child[SQL_CALL_STATEMENT_ARGUMENTS];
    const struct sql_node *argument = list->child[0];
    const struct wire_execute *execute = session->command.execute;
    if (argument->kind == SQL_STRING)
        return sql_name(statement->tokens, argument);
    if (argument->kind == SQL_PARAM && execute && execute->parameter_count == 1 &&
        !execute->parameters[0].null)
        return execute->parameters[0].bytes;
    return STR_NONE;
}

static void request_answer(struct session *session, struct str id, struct str state,
                           struct str message)
{
    const struct inband_call *call = call_of(statement_now(session));
    const struct str values[COLUMNS_MOST] = {id, state, message};
    result_start(session, call);
    row_put(session, call, values);
    result_end(session);
}

static void on_filed(void *owner, const struct ipc_approval_state *answer)
{
    struct session *session = owner;
    session->tag = 0;
    if (!answer || !answer->ok) {
        refuse(session, "no request can be made now");
        return;
    }
    request_answer(session, arena_copy(&session->arena, answer->id),
                   str_of(approval_state_text((enum approval_state)answer->state)),
                   STR("Send the same statement again when it is approved"));
}

/* For the statement that is sent for approval next. */
static void note_reason(struct session *session, struct str reason)
{
    char *kept = malloc(reason.len);
    if (!kept) {
        refuse(session, "out of memory");
        return;
    }
    memcpy(kept, reason.ptr, reason.len);
    free((char *)session->request_reason.ptr);
    session->request_reason = str_make(kept, reason.len);
    request_answer(session, STR(""), STR("noted"),
                   STR("Send the statement now: if it needs approval, it is asked for with this "
                       "reason"));
}

static void run_request(struct session *session, struct statement *statement)
{
    struct str reason = str_trim(reason_of(session, statement));
    if (reason.len == 0 || reason.len > REASON_MAX || !str_is_utf8(reason)) {
        refuse(session, "cardea.request wants a reason: a text of at most 2000 bytes");
        return;
    }
    if (!session->held) {
        note_reason(session, reason);
        return;
    }
    session_step_set(session, SESSION_APPROVAL, 10000);
    if (!approval_file_held(session, reason, on_filed))
        on_filed(session, NULL);
}

void inband_run(struct session *session, struct statement *statement)
{
    const struct inband_call *call = call_of(statement);
    if (!call) {
        refuse(session, "cardea has no such procedure");
        return;
    }
    if (argument_count(statement) != call->parameters) {
        refuse(session, "wrong number of arguments");
        return;
    }
    if (!record_decision(session, statement, NULL)) {
        struct fault fault = {.code = FAULT_audit_unavailable,
                              .message = STR("the statement can't be recorded, so it is not run")};
        session_send_fault(session, &fault);
        session_command_end(session);
        return;
    }
    call->run(session, statement);
}

void inband_describe(struct session *session, const struct prepared *prepared)
{
    const struct statement *statement = statement_now(session);
    const struct inband_call *call = call_of(statement);
    struct wire_prepared told = {.statement_id = prepared->id,
                                 .columns = call ? (uint16_t)call->column_count : 0,
                                 .parameters = prepared->memory.parameter_count};
    size_t mark = session_packet_begin(session);
    wire_prepared_encode(session_out(session), &told);
    session_packet_end(session, mark);
    for (uint16_t i = 0; i < told.parameters; i++)
        column_put(session, "?");
    if (told.parameters > 0 && !(session->capabilities & WIRE_CAP(DEPRECATE_EOF)))
        eof_put(session);
    if (call)
        columns_put(session, call);
}

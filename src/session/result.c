/* SPDX-License-Identifier: Apache-2.0
 *
 * The server's answer on its way to the client.
 *
 *   definitions   held back until the last one matches the analysis, then sent at once
 *   rows          nothing masked: whole rows in bulk, only their headers are looked at;
 *                 masked: one by one through the mask; over 16 MiB or over the buffer: in pieces
 *   OK, EOF, ERR  decoded, rid of what must not pass, encoded anew
 *
 * When a result may not go on (surprise, limit, time), what is left of it is read and thrown away,
 * so that the connection and its transaction stay; past DISCARD_MAX the statement is ended on the
 * server.
 */
#include "session/session.h"
#include "base/limits.h"

#define DISCARD_MAX ((uint64_t)1 << 20) /* bytes */
#define HEADING_MAX 255
#define ROW_LOOK    9                    /* bytes that tell a row from its end */

/* ---- life ---- */

void result_release(struct session *session)
{
    struct flow *flow = &session->flow;
    if (flow->masking)
        mask_rows_release(&flow->masks);
    buf_release(&flow->joined);
    buf_release(&flow->held);
    *flow = (struct flow){0};
    buf_init(&flow->joined, LIMIT_PACKET);
    buf_init(&flow->held, LIMIT_PACKET);
}

void result_begin(struct session *session, enum wire_answer_to to)
{
    result_release(session);
    session->flow.active = true;
    wire_answer_init(&session->flow.answer, to, session->backend.capabilities);
    wire_splitter_init(&session->flow.splitter, session->backend.sequence);
}

static struct statement *flow_statement(struct session *session)
{
    return session->command.count > 0 ? statement_now(session) : NULL;
}

static const struct policy_decision *flow_decision(struct session *session)
{
    const struct statement *statement = flow_statement(session);
    return statement ? &statement->decision : NULL;
}

static bool touches_masked(struct session *session)
{
    const struct policy_decision *decision = flow_decision(session);
    return decision && decision->touches_masked;
}

static void broken(struct session *session, const char *reason)
{
    struct fault fault = {.code = FAULT_target_lost, .message = str_of(reason)};
    session_end_fault(session, &fault, reason);
}

/* The whole answer was read. */
static void answer_over(struct session *session, bool ok)
{
    struct flow *flow = &session->flow;
    flow->active = false;
    session->killing = false;
    backend_answered(&session->backend);
    if (flow->discarding) {
        struct fault fault = flow->fault;
        session_send_fault(session, &fault);
        flow->error = fault_info(fault.code)->number;
        flow->error_text = fault.message;
        ok = false;
    }
    if (session->command.reset_done)
        session->command.reset_done(session, ok);
    else if (flow_statement(session))
        statement_done(session, ok);
    else
        session_command_end(session);
}

void result_stop(struct session *session, enum fault_code code, const char *text)
{
    struct flow *flow = &session->flow;
    if (flow->discarding)
        return;
    flow->discarding = true;
    flow->fault = (struct fault){.code = code, .message = str_of(text)};
    flow->relaying = flow->joining = false;
    buf_clear(&flow->held);
    buf_clear(&flow->joined);
    if (code == FAULT_result_surprise)
        session->target->catalog_stale = true;
}

/* ---- limits ---- */

static uint64_t least(int64_t a, int64_t b)
{
    if (a <= 0)
        return b > 0 ? (uint64_t)b : UINT64_MAX;
    return b > 0 && b < a ? (uint64_t)b : (uint64_t)a;
}

static uint64_t rows_most(struct session *session)
{
    const struct policy_decision *decision = flow_decision(session);
    return least(session->world->config->limits.rows, decision ? decision->limits.rows : 0);
}

static uint64_t bytes_most(struct session *session)
{
    const struct policy_decision *decision = flow_decision(session);
    return least(session->world->config->limits.result_bytes,
                 decision ? decision->limits.bytes : 0);
}

/* ---- definitions ---- */

static size_t held_begin(struct session *session)
{
    struct flow *flow = &session->flow;
    if (flow->held.len == 0)
        flow->held_sequence = session->sequence;
    return wire_packet_begin(&flow->held);
}

static void held_end(struct session *session, size_t mark)
{
    wire_packet_end(&session->flow.held, mark, &session->flow.held_sequence);
}

static void held_release(struct session *session)
{
    struct flow *flow = &session->flow;
    if (flow->held.failed) {
        result_stop(session, FAULT_memory, "the result's definitions need too much memory");
        return;
    }
    buf_put_str(session_out(session), buf_str(&flow->held));
    stream_written(&session->client);
    flow->bytes += flow->held.len;
    session->sequence = flow->held_sequence;
    buf_clear(&flow->held);
}

static const struct analysis *flow_analysis(struct session *session)
{
    const struct statement *statement = flow_statement(session);
    return statement ? &statement_read(statement)->analysis : NULL;
}

static void count_take(struct session *session)
{
    struct flow *flow = &session->flow;
    const struct analysis *analysis = flow_analysis(session);
    if (!analysis) {
        result_stop(session, FAULT_result_surprise, "a result that nobody asked for");
        return;
    }
    /* Rows whose columns nobody could name beforehand may not hold what must be masked. */
    if (!analysis->outputs_known && touches_masked(session)) {
        result_stop(session, FAULT_result_surprise,
                    "a result whose columns are not known, of a statement that touches masked data");
        return;
    }
    if (analysis->outputs_known && flow->answer.columns != analysis->output_count) {
        result_stop(session, FAULT_result_surprise,
                "the server's result has another number of columns than the analysis expects");
        return;
    }
    flow->columns = arena_array(&session->arena, flow->answer.columns, struct wire_column);
    if (!flow->columns) {
        result_stop(session, FAULT_memory, "the result's definitions need too much memory");
        return;
    }
    if (flow->answer.to != WIRE_TO_PREPARE) {
        size_t mark = held_begin(session);
        wire_column_count_encode(&flow->held, flow->answer.columns);
        held_end(session, mark);
    }
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] >= 0x80)
            return false;
    }
    return true;
}

static bool has_comments(const struct statement *statement)
{
    for (uint32_t t = statement->first; t <= statement->last; t++) {
        if (statement->tokens->tokens[t].flags & SQL_TOKEN_COMMENT)
            return true;
    }
    return false;
}

/* The heading that this very text gives: a reading from the cache may have been made of a text
 * with other literals. */
static struct str heading_of_text(struct session *session, const struct statement *statement,
                                  uint32_t column)
{
    struct fault fault = {0};
    struct reading *reading = reading_make(session, statement->text, &statement->reading->frame, &fault);
    struct str name = STR_NONE;
    if (reading && reading->count == 1 &&
        column < reading->statements[0].analysis.output_count)
        name = arena_copy(&session->arena, reading->statements[0].analysis.outputs[column].name);
    reading_unref(reading);
    return name;
}

/* The servers cut headings at 255 bytes, at a whole character. */
static struct str heading_cut(struct str name)
{
    size_t len = name.len < HEADING_MAX ? name.len : HEADING_MAX;
    while (len > 0 && len < name.len && ((unsigned char)name.ptr[len] & 0xC0) == 0x80)
        len--;
    return str_slice(name, 0, len);
}

/* The definition must carry the name that the analysis expects, in any case: a name found in a view
 * or derived table is sent as it is written there or here, depending on the plan. Where comments
 * were taken out, the server saw another text than the client wrote, and gets the name put right. */
static bool name_check(struct session *session, struct wire_column *column, uint32_t index)
{
    const struct statement *statement = flow_statement(session);
    const struct analysis *analysis = flow_analysis(session);
    if (!analysis->outputs_known)
        return true;
    struct str name = heading_cut(analysis->outputs[index].name);
    if (catalog_name_equal(column->name, name) || (!session->results_utf8 && !is_ascii(name)))
        return true;
    if (statement->tokens != statement->reading->script.text) {
        name = heading_cut(heading_of_text(session, statement, index));
        if (catalog_name_equal(column->name, name))
            return true;
    }
    if (!has_comments(statement) || !name.ptr)
        return false;
    column->name = name;
    return true;
}

static void column_take(struct session *session, struct str payload)
{
    struct flow *flow = &session->flow;
    const struct policy_decision *decision = flow_decision(session);
    uint32_t index = flow->answer.column;
    if (flow->discarding || !flow->columns)
        return;
    struct wire_column *column = &flow->columns[index];
    if (!wire_column_decode(payload, column)) {
        broken(session, "the server sent a malformed column definition");
        return;
    }
    if (!name_check(session, column, index)) {
        result_stop(session, FAULT_result_surprise,
                "the server's result has other columns than the analysis expects");
        return;
    }
    struct wire_column told = *column;
    if (decision->masks && decision->masks[index])
        mask_column(decision->masks[index], &told);
    size_t mark = held_begin(session);
    wire_column_encode(&flow->held, &told);
    held_end(session, mark);
}

static void eof_hold(struct session *session, struct str payload)
{
    struct wire_eof eof;
    if (session->flow.discarding || !wire_eof_decode(payload, &eof))
        return;
    if (touches_masked(session))
        eof.warnings = 0;
    size_t mark = held_begin(session);
    wire_eof_encode(&session->flow.held, &eof);
    held_end(session, mark);
}

/* All definitions are in order: on to the rows. */
static void rows_start(struct session *session)
{
    struct flow *flow = &session->flow;
    const struct policy_decision *decision = flow_decision(session);
    if (flow->discarding)
        return;
    if (decision->masks && flow_analysis(session)->outputs_known) {
        mask_rows_init(&flow->masks, flow->columns, decision->masks, flow->answer.columns,
                       &session->world->mask_key);
        flow->masking = true;
    }
    held_release(session);
}

/* ---- OK, EOF, ERR ---- */

static bool more_follow(const struct session *session)
{
    return session->command.at + 1 < session->command.count;
}

static uint16_t status_for_client(struct session *session, uint16_t status)
{
    session->status = status & (uint16_t)~WIRE_STATUS_MORE_RESULTS;
    if (more_follow(session))
        status |= WIRE_STATUS_MORE_RESULTS;
    return status;
}

static void result_finished(struct session *session)
{
    struct flow *flow = &session->flow;
    const struct policy_decision *decision = flow_decision(session);
    session->rows_total += flow->answer.rows;
    world_count(session->world, METRIC_rows_sent, flow->answer.rows);
    flow->rows += flow->answer.rows;
    if (flow->masking) {
        world_count(session->world, METRIC_values_masked,
                    flow->answer.rows * decision->mask_count);
        mask_rows_release(&flow->masks);
        flow->masking = false;
    }
}

static bool updates(const struct analysis *analysis)
{
    for (size_t i = 0; analysis && i < analysis->need_count; i++) {
        if (analysis->needs[i].privilege == PRIVILEGE_UPDATE)
            return true;
    }
    return false;
}

/* An UPDATE counts the rows that it changes: none tells that the new value was there already. The
 * rows that it found are the first number of its info text (`Rows matched: 1  Changed: 0`,
 * `Records: 2  Duplicates: 1`); an INSERT ... ON DUPLICATE KEY UPDATE of one row has no text. */
static uint64_t rows_found(struct str info)
{
    uint64_t n = 0;
    size_t at = 0;
    while (at < info.len && !ascii_digit(info.ptr[at]))
        at++;
    if (at == info.len)
        return 1;
    for (; at < info.len && ascii_digit(info.ptr[at]) && n < UINT64_MAX / 10 - 1; at++)
        n = n * 10 + (uint64_t)(info.ptr[at] - '0');
    return n;
}

/* `header`: WIRE_OK, or WIRE_EOF at the end of rows. False: the session was ended. */
static bool ok_pass(struct session *session, struct str payload, uint8_t header)
{
    struct wire_ok ok;
    struct fault fault = {0};
    if (!wire_ok_decode(payload, session->backend.capabilities, &ok)) {
        broken(session, "the server sent a malformed OK");
        return false;
    }
    if (!state_check(session, ok.state, &fault)) {
        session_end_fault(session, &fault, "the server's state is not understood");
        return false;
    }
    session->flow.affected += ok.affected_rows;
    if (touches_masked(session)) {
        if (flow_decision(session)->writes_classified && updates(flow_analysis(session)))
            ok.affected_rows = rows_found(ok.info);
        ok.warnings = 0;
        ok.info = STR_NONE;
    }
    ok.status = status_for_client(session, ok.status);
    if (session->flow.discarding || session->command.reset_done)
        return true;
    size_t mark = session_packet_begin(session);
    wire_ok_encode(session_out(session), header, session->capabilities, &ok);
    session_packet_end(session, mark);
    return true;
}

static bool rows_end_pass(struct session *session, struct str payload)
{
    struct wire_eof eof;
    if (session->backend.capabilities & WIRE_CAP(DEPRECATE_EOF))
        return ok_pass(session, payload, WIRE_EOF);
    if (!wire_eof_decode(payload, &eof)) {
        broken(session, "the server sent a malformed EOF");
        return false;
    }
    if (touches_masked(session))
        eof.warnings = 0;
    eof.status = status_for_client(session, eof.status);
    if (session->flow.discarding)
        return true;
    size_t mark = session_packet_begin(session);
    wire_eof_encode(session_out(session), &eof);
    session_packet_end(session, mark);
    return true;
}

static void err_pass(struct session *session, struct str payload)
{
    struct flow *flow = &session->flow;
    struct wire_err err;
    if (!wire_err_decode(payload, &err)) {
        broken(session, "the server sent a malformed error");
        return;
    }
    if (wire_answer_in_rows(&flow->answer) || flow->answer.rows > 0)
        result_finished(session);
    if (touches_masked(session))
        diagnostics_clean(&err);
    flow->error = err.number;
    memcpy(flow->sqlstate, err.sqlstate, sizeof flow->sqlstate);
    flow->error_text = err.message;
    if (session->command.info->byte == WIRE_COM_STMT_PREPARE)
        prepared_answered(session, NULL);
    if (!flow->discarding && !session->command.reset_done)
        session_send_err(session, &err);
    answer_over(session, false);
}

/* ---- PREPARE ---- */

static void prepared_hold(struct session *session)
{
    struct flow *flow = &session->flow;
    const struct analysis *analysis = flow_analysis(session);
    struct wire_prepared told = flow->answer.prepared;
    if (analysis->outputs_known && told.columns != analysis->output_count) {
        result_stop(session, FAULT_result_surprise,
                "the prepared statement has another number of columns than the analysis expects");
        return;
    }
    flow->columns = arena_array(&session->arena, (size_t)told.columns + 1, struct wire_column);
    told.statement_id = session->command.prepared->id;
    if (touches_masked(session))
        told.warnings = 0;
    size_t mark = held_begin(session);
    wire_prepared_encode(&flow->held, &told);
    held_end(session, mark);
}

static void parameter_hold(struct session *session, struct str payload)
{
    if (session->flow.discarding)
        return;
    size_t mark = held_begin(session);
    buf_put_str(&session->flow.held, payload);
    held_end(session, mark);
}

static void prepare_over(struct session *session)
{
    struct flow *flow = &session->flow;
    if (!flow->discarding)
        held_release(session);
    prepared_answered(session, &flow->answer.prepared);
    answer_over(session, true);
}

/* ---- payloads ---- */

/* Anything but a row; `payload` is whole and lives in the arena. */
static void control_take(struct session *session, struct str payload, enum wire_part part)
{
    struct flow *flow = &session->flow;
    bool rows_before = false;
    switch (part) {
    case WIRE_PART_OK:
        if (!ok_pass(session, payload, WIRE_OK))
            return;
        break;
    case WIRE_PART_ERR:
        err_pass(session, payload);
        return;
    case WIRE_PART_COUNT:
        count_take(session);
        rows_before = true;
        break;
    case WIRE_PART_COLUMN:
        column_take(session, payload);
        rows_before = true;
        break;
    case WIRE_PART_COLUMNS_END:
        eof_hold(session, payload);
        rows_before = true;
        break;
    case WIRE_PART_ROWS_END:
        result_finished(session);
        if (!rows_end_pass(session, payload))
            return;
        break;
    case WIRE_PART_PREPARED:
        prepared_hold(session);
        break;
    case WIRE_PART_PARAMETER:
        parameter_hold(session, payload);
        break;
    case WIRE_PART_PARAMETERS_END:
        eof_hold(session, payload);
        break;
    case WIRE_PART_INFILE: {
        struct fault fault = {.code = FAULT_local_infile,
                              .message = STR("the server asked for a file of the client's")};
        session_end_fault(session, &fault, "the server asked for a file");
        return;
    }
    case WIRE_PART_ROW:
    case WIRE_PART_MALFORMED:
        broken(session, "the server's answer is malformed");
        return;
    }
    if (!session_alive(session))
        return;
    if (rows_before && wire_answer_in_rows(&flow->answer))
        rows_start(session);
    if (!flow->answer.done)
        return;
    if (flow->answer.to == WIRE_TO_PREPARE)
        prepare_over(session);
    else
        answer_over(session, true);
}

static void row_masked(struct session *session, struct str payload)
{
    struct flow *flow = &session->flow;
    struct buf *out = session_out(session);
    size_t before = out->len;
    size_t mark = session_packet_begin(session);
    bool ok = flow->answer.to == WIRE_TO_EXECUTE ? mask_row_binary(&flow->masks, payload, out)
                                                 : mask_row_text(&flow->masks, payload, out);
    if (!ok) {
        out->len = before;
        result_stop(session, FAULT_result_surprise, "a row can't be decoded, so it can't be masked");
        return;
    }
    session_packet_end(session, mark);
    flow->bytes += out->len - before;
}

/* ---- rows ---- */

/* Copies packets as they came, with sequence numbers that go on from the client's. */
static void relay(struct session *session, struct str raw, bool header)
{
    struct buf *out = session_out(session);
    size_t at = out->len;
    buf_put_str(out, raw);
    if (header && !out->failed)
        out->data[at + 3] = (char)session->sequence++;
    stream_written(&session->client);
    session->flow.bytes += raw.len;
}

static void relay_rows(struct session *session, struct str rows, uint64_t count)
{
    struct buf *out = session_out(session);
    size_t at = out->len, end = at + rows.len;
    bool alike = (uint8_t)rows.ptr[3] == session->sequence;
    buf_put_str(out, rows);
    if (alike || out->failed) {
        session->sequence = (uint8_t)(session->sequence + count);
    } else {
        while (at + WIRE_HEADER <= end) {
            const unsigned char *p = (const unsigned char *)out->data + at;
            size_t length = p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16;
            out->data[at + 3] = (char)session->sequence++;
            at += WIRE_HEADER + length;
        }
    }
    stream_written(&session->client);
    session->flow.bytes += rows.len;
}

/* Whole rows in bulk. False: the next payload needs a closer look. */
static bool rows_in_bulk(struct session *session)
{
    struct flow *flow = &session->flow;
    uint64_t most = flow->discarding ? UINT64_MAX : rows_most(session);
    uint64_t left = most > flow->answer.rows ? most - flow->answer.rows : 0;
    uint64_t rows = 0;
    if (left == 0)
        return false;
    struct str in = stream_in(&session->backend.stream);
    size_t n = wire_split_rows(&flow->splitter, in, left, &rows);
    if (n == 0)
        return false;
    if (flow->discarding)
        flow->discarded += n;
    else
        relay_rows(session, str_slice(in, 0, n), rows);
    wire_answer_rows(&flow->answer, rows);
    stream_consume(&session->backend.stream, n);
    if (!flow->discarding && flow->bytes > bytes_most(session))
        result_stop(session, FAULT_limit_bytes, "the result has more bytes than a policy allows");
    return true;
}

static bool is_row_head(const struct flow *flow, const struct wire_piece *piece)
{
    if (!wire_answer_in_rows(&flow->answer) || piece->payload.len == 0)
        return false;
    uint8_t first = (uint8_t)piece->payload.ptr[0];
    return first != WIRE_ERR && (first != WIRE_EOF || piece->length == WIRE_PACKET_FULL);
}

/* The first piece of a row. */
static void row_start(struct session *session, const struct wire_piece *piece)
{
    struct flow *flow = &session->flow;
    if (wire_answer_next(&flow->answer, piece->payload, piece->length) != WIRE_PART_ROW) {
        broken(session, "the server's answer is malformed");
        return;
    }
    if (flow->discarding)
        return;
    if (flow->answer.rows > rows_most(session)) {
        flow->answer.rows--;
        result_stop(session, FAULT_limit_rows, "the result has more rows than a policy allows");
        return;
    }
    if (!flow->masking) {
        relay(session, piece->raw, true);
        flow->relaying = !piece->last;
    } else if (piece->last) {
        row_masked(session, piece->payload);
    } else {
        flow->joining = true;
        buf_clear(&flow->joined);
        buf_put_str(&flow->joined, piece->payload);
    }
    if (flow->bytes > bytes_most(session))
        result_stop(session, FAULT_limit_bytes, "the result has more bytes than a policy allows");
}

static void row_continue(struct session *session, const struct wire_piece *piece)
{
    struct flow *flow = &session->flow;
    if (flow->relaying) {
        relay(session, piece->raw, piece->raw.len - piece->payload.len == WIRE_HEADER);
        flow->relaying = !piece->last;
        return;
    }
    if (!flow->joining)
        return; /* thrown away */
    buf_put_str(&flow->joined, piece->payload);
    if (flow->joined.failed) {
        result_stop(session, FAULT_packet_large, "a row is too large to be masked");
        return;
    }
    if (piece->last) {
        flow->joining = false;
        row_masked(session, buf_str(&flow->joined));
        buf_release(&flow->joined);
    }
}

/* A payload that is not a row, put together in `joined` when it comes in pieces. */
static void control_piece(struct session *session, const struct wire_piece *piece)
{
    struct flow *flow = &session->flow;
    struct str payload;
    uint32_t length = piece->length;
    if (piece->first)
        buf_clear(&flow->joined);
    if (!piece->first || !piece->last) {
        buf_put_str(&flow->joined, piece->payload);
        flow->control_joining = !piece->last;
        if (!piece->last) {
            stream_consume(&session->backend.stream, piece->raw.len);
            return;
        }
        payload = arena_copy(&session->arena, buf_str(&flow->joined));
        length = payload.len < WIRE_PACKET_FULL ? (uint32_t)payload.len : WIRE_PACKET_FULL;
    } else {
        payload = arena_copy(&session->arena, piece->payload);
    }
    bool failed = flow->joined.failed || session->arena.failed;
    stream_consume(&session->backend.stream, piece->raw.len);
    if (failed) {
        broken(session, "the server's answer is too large");
        return;
    }
    control_take(session, payload, wire_answer_next(&flow->answer, payload, length));
}

static void piece_take(struct session *session, const struct wire_piece *piece)
{
    struct flow *flow = &session->flow;
    if (flow->discarding)
        flow->discarded += piece->raw.len;
    if (flow->control_joining || (piece->first && !is_row_head(flow, piece))) {
        control_piece(session, piece);
        return;
    }
    if (piece->first)
        row_start(session, piece);
    else
        row_continue(session, piece);
    if (session->backend_made && session->step == SESSION_RUN)
        stream_consume(&session->backend.stream, piece->raw.len);
}

void result_pump(struct session *session)
{
    struct flow *flow = &session->flow;
    while (session->step == SESSION_RUN && flow->active &&
           (flow->discarding || !stream_full(&session->client))) {
        struct str in = stream_in(&session->backend.stream);
        struct wire_piece piece;
        if (in.len == 0)
            return;
        if (flow->discarding && flow->discarded > DISCARD_MAX && !session->killing)
            session->killing = killer_start(session, false);
        bool bulk = wire_answer_in_rows(&flow->answer) && !flow->relaying && !flow->joining &&
                    !flow->control_joining && (!flow->masking || flow->discarding);
        if (bulk && rows_in_bulk(session))
            continue;
        size_t look = wire_answer_in_rows(&flow->answer) ? ROW_LOOK : 1;
        switch (wire_split(&flow->splitter, in, look, &piece)) {
        case WIRE_STEP_GOT:
            piece_take(session, &piece);
            break;
        case WIRE_STEP_MORE:
            return;
        case WIRE_STEP_INVALID:
        case WIRE_STEP_ORDER:
        case WIRE_STEP_LARGE:
            broken(session, "the server sent packets out of order");
            return;
        }
    }
}

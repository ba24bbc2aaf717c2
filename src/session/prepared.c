/* SPDX-License-Identifier: Apache-2.0
 *
 * COM_STMT_*. The client's ids are the gateway's own; the server's are never told. A statement is
 * decided when it is prepared, so that a refusal comes early, and again when it is executed if
 * anything that the decision depends on has changed. EXECUTE is encoded anew from what was decoded.
 */
#include "base/json.h"
#include "base/limits.h"
#include "session/session.h"
#include <openssl/evp.h>

#define VALUE_SHOWN 4096 /* bytes of one value that are recorded; of longer ones, the hash */

static struct str id_key(uint32_t *id)
{
    return str_make(id, sizeof *id);
}

static void prepared_free(struct prepared *prepared)
{
    for (uint16_t i = 0; prepared->pieces && i < prepared->memory.parameter_count; i++)
        buf_release(&prepared->pieces[i]);
    reading_unref(prepared->reading);
    arena_release(&prepared->arena);
    free(prepared);
}

static struct prepared *prepared_find(struct session *session, uint32_t id)
{
    return map_get(&session->prepared, id_key(&id));
}

void prepared_forget_all(struct session *session)
{
    size_t position = 0;
    const struct map_entry *entry;
    while ((entry = map_next(&session->prepared, &position)) != NULL)
        prepared_free(entry->value);
    struct hash_key seed = session->prepared.seed;
    map_release(&session->prepared);
    map_init(&session->prepared, seed, false);
}

void prepared_command_end(struct session *session)
{
    struct command *command = &session->command;
    if (command->prepared && command->info && command->info->byte == WIRE_COM_STMT_PREPARE &&
        !command->prepared->live)
        prepared_free(command->prepared);
    command->prepared = NULL;
}

static void refuse(struct session *session, enum fault_code code, const char *text)
{
    struct fault fault = {.code = code, .message = str_of(text)};
    session_command_refuse(session, &fault);
}

/* ---- PREPARE ---- */

void prepared_prepare(struct session *session, struct str payload)
{
    struct command *command = &session->command;
    command->text = str_slice(payload, 1, payload.len);
    if (session->prepared.live >= (size_t)session->world->config->limits.statements) {
        refuse(session, FAULT_prepared_many, "too many prepared statements in this session");
        return;
    }
    command->prepared = calloc(1, sizeof *command->prepared);
    if (!command->prepared) {
        refuse(session, FAULT_memory, "out of memory");
        return;
    }
    arena_init(&command->prepared->arena, (size_t)64 << 20);
    command->prepared->id = ++session->next_prepared;
    statement_go(session);
}

static bool prepared_keep(struct session *session, struct prepared *prepared, uint16_t parameters)
{
    struct arena *arena = &prepared->arena;
    struct statement *statement = statement_now(session);
    prepared->text = arena_copy(arena, statement->text);
    prepared->types = arena_array(arena, parameters, struct wire_parameter_type);
    prepared->long_data = arena_array(arena, parameters, bool);
    prepared->pieces = arena_array(arena, parameters, struct buf);
    if (arena->failed)
        return false;
    for (uint16_t i = 0; i < parameters; i++)
        buf_init(&prepared->pieces[i], LIMIT_PACKET);
    prepared->memory = (struct wire_execute_memory){.types = prepared->types,
                                                    .long_data = prepared->long_data,
                                                    .parameter_count = parameters};
    prepared->reading = reading_ref(statement->reading);
    if (!map_put(&session->prepared, id_key(&prepared->id), prepared))
        return false;
    prepared->live = true;
    return true;
}

static void close_on_server(struct session *session, uint32_t server_id)
{
    struct buf out;
    buf_init(&out, 64);
    wire_statement_id_encode(&out, WIRE_COM_STMT_CLOSE, server_id);
    if (!out.failed && backend_is_idle(&session->backend))
        backend_send_silent(&session->backend, buf_str(&out));
    buf_release(&out);
}

void prepared_answered(struct session *session, const struct wire_prepared *answer)
{
    struct prepared *prepared = session->command.prepared;
    if (!answer)
        return;
    prepared->server_id = answer->statement_id;
    prepared->columns = answer->columns;
    if (session->flow.discarding || !prepared_keep(session, prepared, answer->parameters)) {
        /* Kept nowhere: the client was or will be told of a failure. */
        backend_answered(&session->backend);
        close_on_server(session, answer->statement_id);
    }
}

void prepared_inband(struct session *session)
{
    struct prepared *prepared = session->command.prepared;
    const struct statement *statement = statement_now(session);
    uint32_t parameters = statement_read(statement)->sql->parameters;
    prepared->inband = true;
    if (parameters > 16 || !prepared_keep(session, prepared, (uint16_t)parameters)) {
        refuse(session, FAULT_memory, "the statement can't be prepared");
        return;
    }
    inband_describe(session, prepared);
    session_command_end(session);
}

void prepared_nothing(struct session *session)
{
    struct prepared *prepared = session->command.prepared;
    struct wire_prepared told = {.statement_id = prepared->id};
    prepared->inband = true;
    if (!prepared_keep(session, prepared, 0)) {
        refuse(session, FAULT_memory, "the statement can't be prepared");
        return;
    }
    size_t mark = session_packet_begin(session);
    wire_prepared_encode(session_out(session), &told);
    session_packet_end(session, mark);
    session_command_end(session);
}

/* ---- EXECUTE ---- */

static void digest_put(struct json_writer *w, struct str bytes)
{
    unsigned char digest[32];
    char hex[64];
    unsigned int n = 0;
    if (!EVP_Digest(bytes.ptr, bytes.len, digest, &n, EVP_sha256(), NULL))
        memset(digest, 0, sizeof digest);
    hex_encode(hex, digest, sizeof digest);
    json_object_begin(w);
    json_key(w, "bytes");
    json_u64(w, bytes.len);
    json_key(w, "sha256");
    json_text(w, str_make(hex, sizeof hex));
    json_object_end(w);
}

static void value_put(struct json_writer *w, const struct wire_parameter *value)
{
    struct buf text;
    enum wire_coding coding = wire_type_info(value->type)->coding;
    if (value->null) {
        json_put_null(w);
    } else if (value->bytes.len > VALUE_SHOWN) {
        digest_put(w, value->bytes);
    } else if (coding == WIRE_CODING_LENENC) {
        json_bytes(w, value->bytes);
    } else {
        buf_init(&text, 256);
        if (wire_value_render(&text, value->type, value->is_unsigned, value->bytes))
            json_bytes(w, buf_str(&text));
        else
            json_bytes(w, value->bytes);
        buf_release(&text);
    }
}

static struct str values_json(struct session *session, const struct wire_execute *execute)
{
    struct buf out;
    struct json_writer w;
    if (execute->parameter_count == 0)
        return STR_NONE;
    buf_init(&out, (size_t)4 << 20);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < execute->parameter_count; i++)
        value_put(&w, &execute->parameters[i]);
    json_array_end(&w);
    if (out.failed) {
        /* Thousands of long values: one hash over all of them. */
        buf_clear(&out);
        json_writer_init(&w, &out);
        json_array_begin(&w);
        digest_put(&w, session->command.payload);
        json_array_end(&w);
    }
    struct str kept = arena_copy(&session->arena, buf_str(&out));
    buf_release(&out);
    return kept;
}

static void long_data_join(struct prepared *prepared, struct wire_execute *execute)
{
    for (size_t i = 0; i < execute->parameter_count; i++) {
        if (!execute->parameters[i].long_data)
            continue;
        execute->parameters[i].bytes = buf_str(&prepared->pieces[i]);
        execute->parameters[i].long_data = false;
    }
}

static void long_data_forget(struct prepared *prepared)
{
    for (uint16_t i = 0; i < prepared->memory.parameter_count; i++) {
        buf_release(&prepared->pieces[i]);
        prepared->long_data[i] = false;
    }
    prepared->long_bytes = 0;
}

static bool execute_decode(struct session *session, struct prepared *prepared, struct str payload)
{
    struct command *command = &session->command;
    command->execute = arena_new(&session->arena, struct wire_execute);
    command->payload = payload;
    if (!command->execute ||
        !wire_execute_decode(payload, session->capabilities, &prepared->memory, &session->arena,
                             command->execute)) {
        refuse(session, FAULT_execute_malformed, "the values of the EXECUTE can't be decoded");
        return false;
    }
    if (prepared->too_long) {
        long_data_forget(prepared);
        prepared->too_long = false;
        refuse(session, FAULT_packet_large, "the long data of the statement is too large");
        return false;
    }
    long_data_join(prepared, command->execute);
    command->values_json = values_json(session, command->execute);
    return true;
}

static bool execute_statement(struct session *session, struct prepared *prepared)
{
    struct command *command = &session->command;
    const struct reading_statement *read = &prepared->reading->statements[0];
    struct statement *statement = arena_new(&session->arena, struct statement);
    if (!statement)
        return false;
    *statement = (struct statement){.reading = reading_ref(prepared->reading),
                                    .tokens = prepared->reading->script.text,
                                    .first = read->sql->first,
                                    .last = read->sql->last,
                                    .text = prepared->text,
                                    .decision = read->decision};
    command->text = prepared->text;
    command->statements = statement;
    command->count = 1;
    return true;
}

void prepared_execute(struct session *session, struct str payload)
{
    uint32_t id = 0;
    struct prepared *prepared = NULL;
    if (wire_execute_statement_id(payload, &id))
        prepared = prepared_find(session, id);
    if (!prepared) {
        refuse(session, FAULT_prepared_unknown, "no prepared statement has this id");
        return;
    }
    session->command.prepared = prepared;
    if (!execute_decode(session, prepared, payload))
        return;
    if (!execute_statement(session, prepared)) {
        refuse(session, FAULT_memory, "out of memory");
        return;
    }
    statement_go(session);
}

bool prepared_payload(struct session *session, struct buf *out)
{
    struct command *command = &session->command;
    struct wire_execute execute = *command->execute;
    execute.statement_id = command->prepared->server_id;
    execute.flags = 0;
    execute.attributes = NULL;
    execute.attribute_count = 0;
    /* What was decided anew stays decided for the next time. */
    struct statement *statement = statement_now(session);
    if (statement->reading != command->prepared->reading) {
        reading_unref(command->prepared->reading);
        command->prepared->reading = reading_ref(statement->reading);
    }
    wire_execute_encode(out, &execute);
    long_data_forget(command->prepared);
    return !out->failed;
}

/* ---- the rest ---- */

void prepared_long_data(struct session *session, struct str payload)
{
    struct wire_long_data piece;
    struct prepared *prepared = NULL;
    if (wire_long_data_decode(payload, &piece))
        prepared = prepared_find(session, piece.statement_id);
    /* No answer is due, not even to nonsense. What is too large fails at EXECUTE, where the
     * parameter has been forgotten. */
    if (prepared && piece.parameter < prepared->memory.parameter_count) {
        size_t most = (size_t)session->world->config->limits.packet_bytes;
        if (prepared->long_bytes + piece.bytes.len <= most) {
            prepared->long_bytes += piece.bytes.len;
            prepared->long_data[piece.parameter] = true;
            buf_put_str(&prepared->pieces[piece.parameter], piece.bytes);
        } else {
            prepared->too_long = true;
        }
    }
    session_command_end(session);
}

void prepared_close(struct session *session, struct str payload)
{
    uint32_t id = 0;
    struct prepared *prepared = NULL;
    if (wire_statement_id_decode(payload, &id))
        prepared = map_remove(&session->prepared, id_key(&id));
    if (prepared) {
        if (!prepared->inband)
            close_on_server(session, prepared->server_id);
        prepared_free(prepared);
    }
    session_command_end(session);
}

void prepared_reset(struct session *session, struct str payload)
{
    uint32_t id = 0;
    struct prepared *prepared = NULL;
    if (wire_statement_id_decode(payload, &id))
        prepared = prepared_find(session, id);
    if (!prepared) {
        refuse(session, FAULT_prepared_unknown, "no prepared statement has this id");
        return;
    }
    /* The pieces are kept here alone: the server has nothing to forget, for no cursor is opened. */
    long_data_forget(prepared);
    prepared->too_long = false;
    struct wire_ok ok = {.status = session->status};
    session_send_ok(session, &ok);
    session_command_end(session);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the gateway must know of a session to read its statements as the server does. It is read
 * once from the server, then followed by the analysis; what the server itself tells of changes
 * must agree.
 */
#include "session/session.h"
#include "wire/charset.h"

/* The columns of STATE_SQL. */
enum { STATE_VERSION, STATE_SQL_MODE, STATE_CLIENT, STATE_RESULTS, STATE_AUTOCOMMIT, STATE_SCHEMA,
       STATE_COLUMNS };

static bool state_fault(struct session *session, struct fault *fault, enum fault_code code,
                        const char *what, struct str value)
{
    return fault_set(fault, &session->arena, code, "%s `%.*s` is not understood", what,
                     STR_ARG(str_slice(value, 0, 200)));
}

static bool text_set(char *out, size_t size, struct str text)
{
    if (text.len >= size)
        return false;
    memcpy(out, text.ptr ? text.ptr : "", text.len);
    out[text.len] = 0;
    return true;
}

static bool sql_mode_set(struct session *session, struct str value, struct fault *fault)
{
    uint32_t mode = 0;
    if (str_equal(value, str_of(session->sql_mode)) && session->state_generation > 0)
        return true;
    if (!sql_mode_parse(session->sql.family, value, &mode) ||
        !text_set(session->sql_mode, sizeof session->sql_mode, value))
        return state_fault(session, fault, FAULT_session_state, "sql_mode", value);
    session->sql.mode = mode;
    session->state_generation++;
    return true;
}

/* Text in it is read the same way by everyone: see wire/charset.h. */
bool state_charset_known(struct str name)
{
    const struct wire_charset *charset = wire_charset_by_name(name);
    return charset && charset->safe && sql_charset_by_name(name) != SQL_CHARSET_REFUSED;
}

static bool charset_set(struct session *session, struct str value, struct fault *fault)
{
    enum sql_charset charset = sql_charset_by_name(value);
    if (!state_charset_known(value) ||
        !text_set(session->charset, sizeof session->charset, value))
        return state_fault(session, fault, FAULT_session_charset, "character set", value);
    if (session->sql.charset != charset)
        session->state_generation++;
    session->sql.charset = charset;
    return true;
}

static void results_set(struct session *session, struct str value)
{
    session->results_utf8 = sql_charset_by_name(value) == SQL_CHARSET_UTF8;
}

static bool schema_set(struct session *session, struct str value, struct fault *fault)
{
    if (str_equal(value, str_of(session->schema)))
        return true;
    if (!text_set(session->schema, sizeof session->schema, value))
        return state_fault(session, fault, FAULT_session_state, "schema", value);
    session->state_generation++;
    return true;
}

static bool is_on(struct str value)
{
    return str_equal(value, STR("1")) || str_equal_nocase(value, STR("ON"));
}

bool state_read(struct session *session, const struct str *values, size_t count,
                struct fault *fault)
{
    if (count != STATE_COLUMNS || !values[STATE_VERSION].ptr || !values[STATE_SQL_MODE].ptr ||
        !values[STATE_CLIENT].ptr || !values[STATE_AUTOCOMMIT].ptr)
        return state_fault(session, fault, FAULT_session_state, "state", STR_NONE);
    struct sql_context server = session->sql;
    if (!sql_version_parse(values[STATE_VERSION], &server))
        return state_fault(session, fault, FAULT_session_state, "version", values[STATE_VERSION]);
    session->sql.family = server.family;
    session->sql.version = server.version;
    session->autocommit = is_on(values[STATE_AUTOCOMMIT]);
    results_set(session, values[STATE_RESULTS]);
    session->state_generation++;
    return sql_mode_set(session, values[STATE_SQL_MODE], fault) &&
           charset_set(session, values[STATE_CLIENT], fault) &&
           schema_set(session, values[STATE_SCHEMA], fault);
}

/* ---- after a statement ---- */

struct sql_prepared {
    struct str name; /* owned by `text`'s block */
    struct str text;
    struct reading_frame frame;
};

static bool sql_prepare_keep(struct session *session, struct str name, struct str text)
{
    struct sql_prepared *old = map_remove(&session->sql_prepared, name);
    free(old);
    if (session->sql_prepared.live >= (size_t)session->world->config->limits.statements)
        return false;
    struct reading_frame frame = reading_frame_now(session);
    struct sql_prepared *kept = malloc(sizeof *kept + name.len + text.len + frame.schema.len);
    if (!kept)
        return false;
    char *bytes = (char *)(kept + 1);
    memcpy(bytes, name.ptr, name.len);
    memcpy(bytes + name.len, text.ptr, text.len);
    kept->name = str_make(bytes, name.len);
    kept->text = str_make(bytes + name.len, text.len);
    memcpy(bytes + name.len + text.len, frame.schema.ptr, frame.schema.len);
    kept->frame = frame;
    kept->frame.schema = str_make(bytes + name.len + text.len, frame.schema.len);
    if (map_put(&session->sql_prepared, kept->name, kept))
        return true;
    free(kept);
    return false;
}

struct str state_prepared_text(const struct session *session, struct str name,
                               struct reading_frame *ret_frame)
{
    const struct sql_prepared *kept = map_get(&session->sql_prepared, name);
    if (!kept)
        return STR_NONE;
    *ret_frame = kept->frame;
    return kept->text;
}

void state_prepared_forget_all(struct session *session)
{
    size_t position = 0;
    const struct map_entry *entry;
    while ((entry = map_next(&session->sql_prepared, &position)) != NULL)
        free(entry->value);
    struct hash_key seed = session->sql_prepared.seed;
    map_release(&session->sql_prepared);
    map_init(&session->sql_prepared, seed, true);
}

static bool change_follow(struct session *session, const struct session_change *change,
                          struct fault *fault)
{
    switch (change->kind) {
    case CHANGE_SCHEMA:
        return schema_set(session, change->value, fault);
    case CHANGE_SQL_MODE:
        return sql_mode_set(session, change->value, fault);
    case CHANGE_CHARSET:
        results_set(session, change->value);
        return charset_set(session, change->value, fault);
    case CHANGE_PREPARE:
        if (!sql_prepare_keep(session, change->name, change->value))
            return fault_set(fault, &session->arena, FAULT_prepared_many,
                             "no more prepared statements are kept for this session");
        return true;
    case CHANGE_DEALLOCATE:
        free(map_remove(&session->sql_prepared, change->name));
        return true;
    case CHANGE_AUTOCOMMIT:
        session->autocommit = is_on(change->value);
        return true;
    case CHANGE_CATALOG:
        session->target->catalog_stale = true;
        session->world->ops->catalog_touched(session->world->ops_context,
                                             session->target->settings->name);
        return true;
    case CHANGE_TEMPORARY: /* statement.c: needs the tree */
    case CHANGE_READ_ONLY:
    case CHANGE_INVALID:
        return true;
    }
    return true;
}

bool state_may_follow(struct session *session, const struct analysis *analysis,
                      struct fault *fault)
{
    for (size_t i = 0; i < analysis->change_count; i++) {
        const struct session_change *change = &analysis->changes[i];
        uint32_t mode = 0;
        if (change->kind == CHANGE_CHARSET && !state_charset_known(change->value))
            return state_fault(session, fault, FAULT_session_charset, "character set",
                               change->value);
        if (change->kind == CHANGE_SQL_MODE &&
            (!sql_mode_parse(session->sql.family, change->value, &mode) ||
             change->value.len >= sizeof session->sql_mode))
            return state_fault(session, fault, FAULT_session_state, "sql_mode", change->value);
    }
    return true;
}

bool state_follow(struct session *session, const struct analysis *analysis, struct fault *fault)
{
    for (size_t i = 0; i < analysis->change_count; i++) {
        if (!change_follow(session, &analysis->changes[i], fault))
            return false;
    }
    return true;
}

/* ---- what the server tells ---- */

static bool variable_check(struct session *session, const struct wire_state *state,
                           struct fault *fault)
{
    if (str_equal(state->name, STR("sql_mode")))
        return sql_mode_set(session, state->value, fault);
    if (str_equal(state->name, STR("character_set_client")))
        return charset_set(session, state->value, fault);
    if (str_equal(state->name, STR("character_set_results")))
        results_set(session, state->value);
    else if (str_equal(state->name, STR("autocommit")))
        session->autocommit = is_on(state->value);
    return true;
}

/* The server is right: its word is taken, and what can't be understood ends the session. */
bool state_check(struct session *session, struct str block, struct fault *fault)
{
    struct wire_state_reader reader;
    struct wire_state state;
    wire_state_init(&reader, block);
    while (wire_state_next(&reader, &state)) {
        if (state.kind == WIRE_STATE_SCHEMA && !schema_set(session, state.value, fault))
            return false;
        if (state.kind == WIRE_STATE_SYSTEM_VARIABLE && !variable_check(session, &state, fault))
            return false;
    }
    if (!wire_state_ok(&reader))
        return state_fault(session, fault, FAULT_session_state, "state", STR_NONE);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "session/reading.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/random.h"
#include "session/session.h"
#include "sql/ast.h"

struct reading_cache {
    struct map by_key;
    struct list lru;
    size_t count, bytes;
};

/* ---- life ---- */

struct reading *reading_ref(struct reading *reading)
{
    reading->references++;
    return reading;
}

void reading_unref(struct reading *reading)
{
    if (!reading || --reading->references > 0)
        return;
    catalog_unref(reading->catalog);
    policy_set_unref(reading->policy);
    arena_release(&reading->arena);
    free(reading);
}

struct reading_frame reading_frame_now(const struct session *session)
{
    return (struct reading_frame){str_of(session->schema), session->sql.mode,
                                  session->sql.charset};
}

bool reading_frame_holds(const struct session *session, const struct reading_frame *frame,
                         struct fault *fault)
{
    if (frame->mode == session->sql.mode && frame->charset == session->sql.charset)
        return true;
    *fault = (struct fault){
        .code = FAULT_prepared_frame,
        .message = STR("it was prepared under another sql_mode or character set"),
        .hint = STR("Prepare it again, or set back what was set")};
    return false;
}

static struct reading *reading_new(struct session *session, struct str text,
                                   const struct reading_frame *frame)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (!reading)
        return NULL;
    reading->references = 1;
    arena_init(&reading->arena, (size_t)session->world->config->limits.memory_bytes);
    list_init(&reading->lru);
    reading->text = arena_copy(&reading->arena, text);
    reading->frame = frame ? *frame : reading_frame_now(session);
    reading->frame.schema = arena_copy(&reading->arena, reading->frame.schema);
    reading->catalog = catalog_ref(session->target->catalog);
    reading->policy = policy_set_ref(session->policy);
    reading->catalog_generation = session->target->catalog_generation;
    reading->policy_generation = session->policy_generation;
    reading->state_generation = session->state_generation;
    reading->windows = policy_scope_windows(session->scope, world_now_us(session->world));
    return reading;
}

bool reading_is_current(const struct session *session, const struct reading *reading)
{
    return reading->catalog_generation == session->target->catalog_generation &&
           catalog_is_fresh(session->target) &&
           reading->policy_generation == session->policy_generation &&
           reading->state_generation == session->state_generation &&
           reading->windows ==
               policy_scope_windows(session->scope, world_now_us(session->world));
}

/* ---- reading anew ---- */

struct reading_work {
    struct session *session;
    struct reading *reading;
    struct str schema; /* as the statements before would leave it */
    struct fault *fault;
};

static void decide(struct reading_work *work, const struct analysis *analysis,
                   struct policy_decision *ret_decision)
{
    struct policy_request request = {.analysis = analysis,
                                     .now_us = world_now_us(work->session->world)};
    policy_decide(work->session->scope, &request, &work->reading->arena, ret_decision);
}

static struct lineage_context lineage_of(const struct reading_work *work)
{
    return (struct lineage_context){.catalog = work->reading->catalog,
                                    .overlay = work->session->overlay,
                                    .schema = work->schema};
}

/* The statement inside PREPARE or EXECUTE. False with *fault set. */
static bool inner_analyze(struct reading_work *work, struct str text, struct str schema,
                          const struct sql_script **ret_script, struct analysis *ret_analysis)
{
    struct arena *arena = &work->reading->arena;
    struct lineage_context context = lineage_of(work);
    context.schema = schema;
    struct sql_context sql = work->session->sql;
    context.verbatim = true;
    struct sql_script *script = arena_new(arena, struct sql_script);
    sql.several = false;
    *ret_script = script;
    if (!script)
        return fault_set(work->fault, &work->session->arena, FAULT_memory, "out of memory");
    if (!sql_parse(&sql, arena_copy(arena, text), arena, script, work->fault))
        return false;
    if (script->count == 0)
        return fault_set(work->fault, &work->session->arena, FAULT_sql_empty,
                         "comments alone can't be prepared");
    return lineage_analyze(&context, script, &script->statements[0], arena, ret_analysis,
                           work->fault);
}

static bool read_execute(struct reading_work *work, struct reading_statement *statement)
{
    const struct sql_text *text = work->reading->script.text;
    struct str name = sql_name(text, statement->sql->root->child[SQL_EXECUTE_NAME]);
    struct reading_frame frame;
    struct str inner = state_prepared_text(work->session, name, &frame);
    if (!inner.ptr)
        return fault_set(work->fault, &work->session->arena, FAULT_prepared_unknown,
                         "no statement was prepared as %.*s", STR_ARG(str_slice(name, 0, 64)));
    if (!reading_frame_holds(work->session, &frame, work->fault))
        return false;
    statement->schema = arena_copy(&work->reading->arena, frame.schema);
    if (!inner_analyze(work, inner, statement->schema, &statement->executed, &statement->analysis))
        return false;
    statement->analysis.cacheable = false;
    decide(work, &statement->analysis, &statement->decision);
    return true;
}

/* What may never run is refused when it is prepared. */
static bool read_prepare(struct reading_work *work, struct reading_statement *statement)
{
    const struct analysis *analysis = &statement->analysis;
    for (size_t i = 0; i < analysis->change_count; i++) {
        const struct sql_script *script;
        struct analysis inner;
        struct policy_decision decision;
        if (analysis->changes[i].kind != CHANGE_PREPARE)
            continue;
        if (!inner_analyze(work, analysis->changes[i].value, work->schema, &script, &inner))
            return false;
        decide(work, &inner, &decision);
        if (decision.verdict == POLICY_DENY)
            statement->decision = decision;
    }
    return true;
}

static bool is_inband(const struct sql_text *text, const struct sql_node *root)
{
    return root->kind == SQL_CALL_STATEMENT &&
           str_equal_nocase(sql_name_schema(text, root->child[SQL_CALL_STATEMENT_NAME]),
                            STR("cardea"));
}

static bool names_missing(const struct analysis *analysis)
{
    static const struct str names[] = {STR_INIT("table"), STR_INIT("column"), STR_INIT("view"),
                                       STR_INIT("schema"), STR_INIT("routine"),
                                       STR_INIT("function"), STR_INIT("procedure")};
    for (size_t i = 0; i < analysis->unknown_count; i++) {
        for (size_t n = 0; n < ARRAY_LEN(names); n++) {
            if (str_equal(analysis->unknowns[i].what, names[n]))
                return true;
        }
    }
    return false;
}

/* SHOW WARNINGS and its kin leave the diagnostics area as it is. */
static void diagnostics_look(struct reading_statement *statement)
{
    const struct analysis *analysis = &statement->analysis;
    for (size_t i = 0; i < analysis->effect_count; i++)
        statement->reads_diagnostics |= analysis->effects[i].kind == EFFECT_READS_DIAGNOSTICS;
    statement->resets_diagnostics =
        !statement->reads_diagnostics && analysis->kind != STATEMENT_DEALLOCATE &&
        (analysis->base_count > 0 || analysis->writes);
}

static bool read_statement(struct reading_work *work, size_t index)
{
    struct reading *reading = work->reading;
    struct reading_statement *statement = &reading->statements[index];
    struct lineage_context context = lineage_of(work);
    statement->schema = work->schema;
    statement->sql = &reading->script.statements[index];
    if (is_inband(reading->script.text, statement->sql->root)) {
        statement->inband = true;
        return true;
    }
    if (statement->sql->root->kind == SQL_EXECUTE) {
        if (!read_execute(work, statement))
            return false;
    } else {
        if (!lineage_analyze(&context, &reading->script, statement->sql, &reading->arena,
                             &statement->analysis, work->fault))
            return false;
        decide(work, &statement->analysis, &statement->decision);
        if (!read_prepare(work, statement))
            return false;
    }
    const struct analysis *analysis = &statement->analysis;
    for (size_t i = 0; i < analysis->change_count; i++) {
        if (analysis->changes[i].kind == CHANGE_SCHEMA)
            work->schema = analysis->changes[i].value;
    }
    char *hex = arena_alloc(&reading->arena, 64);
    if (hex) {
        hex_encode(hex, analysis->digest, sizeof analysis->digest);
        statement->digest_hex = str_make(hex, 64);
    }
    statement->analysis_json = record_analysis_json(analysis, &reading->arena);
    statement->masked_json =
        record_masked_json(analysis, &statement->decision, &reading->arena);
    reading->unknown_names |= names_missing(analysis);
    diagnostics_look(statement);
    return true;
}

/* The servers answer OK to a text of comments alone. It is one statement here, too, so that it is
 * recorded as any other. */
static void read_nothing(struct reading *reading)
{
    static const struct sql_statement none = {.root = NULL};

    reading->count = 1;
    reading->statements = arena_new(&reading->arena, struct reading_statement);
    if (reading->statements)
        *reading->statements = (struct reading_statement){
            .sql = &none, .nothing = true, .decision.verdict = POLICY_ALLOW};
}

static bool read_all(struct reading_work *work)
{
    struct reading *reading = work->reading;
    struct session *session = work->session;
    if (!sql_parse(&session->sql, reading->text, &reading->arena, &reading->script, work->fault))
        return false;
    reading->count = reading->script.count;
    if (reading->count == 0)
        read_nothing(reading);
    else
        reading->statements =
            arena_array(&reading->arena, reading->count, struct reading_statement);
    for (size_t i = 0; reading->statements && i < reading->script.count; i++) {
        if (!read_statement(work, i))
            return false;
    }
    if (reading->arena.failed)
        return fault_set(work->fault, &session->arena, FAULT_memory,
                         "the statement needs more memory than one may take");
    return true;
}

static struct str fault_move(struct arena *arena, struct str text)
{
    return text.len ? arena_copy(arena, text) : STR_NONE;
}

struct reading *reading_make(struct session *session, struct str text,
                             const struct reading_frame *frame, struct fault *fault)
{
    struct fault inside = {0};
    if (frame && !reading_frame_holds(session, frame, fault))
        return NULL;
    struct reading *reading = reading_new(session, text, frame);
    struct reading_work work = {.session = session,
                                .reading = reading,
                                .schema = reading ? reading->frame.schema : STR_NONE,
                                .fault = &inside};
    if (reading && read_all(&work))
        return reading;
    if (!reading)
        inside.code = FAULT_memory;
    fault->code = inside.code ? inside.code : FAULT_internal;
    fault->message = fault_move(&session->arena, inside.message);
    if (fault->message.len == 0)
        fault->message = STR("the statement needs more memory than one may take");
    fault->detail = fault_move(&session->arena, inside.detail);
    fault->hint = fault_move(&session->arena, inside.hint);
    fault->position = inside.position;
    reading_unref(reading);
    return NULL;
}

/* ---- the cache ---- */

struct reading_cache *reading_cache_new(void)
{
    struct reading_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    map_init(&cache->by_key, random_hash_key(), false);
    list_init(&cache->lru);
    return cache;
}

static void cache_drop(struct reading_cache *cache, struct reading *reading)
{
    map_remove(&cache->by_key, reading->key);
    list_remove(&reading->lru);
    cache->count--;
    cache->bytes -= reading->arena.used;
    reading_unref(reading);
}

void reading_cache_free(struct reading_cache *cache)
{
    if (!cache)
        return;
    while (!list_empty(&cache->lru))
        cache_drop(cache, list_entry(cache->lru.next, struct reading, lru));
    map_release(&cache->by_key);
    free(cache);
}

static void key_put(const struct session *session, struct buf *key)
{
    uint64_t parts[] = {
        (uint64_t)(uintptr_t)session->target,
        session->target->catalog_generation,
        session->policy_generation,
        policy_scope_windows(session->scope, world_now_us(session->world)),
        (uint64_t)session->sql.family << 32 | session->sql.version,
        (uint64_t)session->sql.mode << 32 | (uint32_t)session->sql.charset << 1 |
            session->sql.several,
    };
    buf_put(key, parts, sizeof parts);
    buf_put(key, session->identity_class, sizeof session->identity_class);
    buf_put_lenenc_str(key, str_of(session->schema));
}

static void cache_keep(struct session *session, struct reading *reading, struct str key)
{
    struct reading_cache *cache = session->world->readings;
    if (reading->count != 1 || reading->statements[0].inband ||
        !reading->statements[0].analysis.cacheable || !reading->statements[0].decision.cacheable ||
        reading->arena.used > READING_CACHE_BYTES / 64)
        return;
    reading->key = arena_copy(&reading->arena, key);
    if (reading->arena.failed || !map_put(&cache->by_key, reading->key, reading)) {
        reading->key = STR_NONE;
        return;
    }
    reading_ref(reading);
    list_append(&cache->lru, &reading->lru);
    cache->count++;
    cache->bytes += reading->arena.used;
    while (cache->count > READING_CACHE_ENTRIES || cache->bytes > READING_CACHE_BYTES)
        cache_drop(cache, list_entry(cache->lru.next, struct reading, lru));
}

static struct reading *cache_find(struct reading_cache *cache, struct str key)
{
    struct reading *reading = map_get(&cache->by_key, key);
    if (!reading)
        return NULL;
    list_remove(&reading->lru);
    list_append(&cache->lru, &reading->lru);
    return reading_ref(reading);
}

struct reading *reading_get(struct session *session, struct str text,
                            const struct sql_text **ret_tokens, struct fault *fault)
{
    struct session_world *world = session->world;
    struct sql_text *tokens = arena_new(&session->arena, struct sql_text);
    struct buf key;
    struct reading *reading = NULL;
    bool shaped = false;
    if (!tokens || !sql_lex(&session->sql, text, &session->arena, tokens, fault)) {
        if (!fault_is(fault))
            fault->code = FAULT_memory;
        return NULL;
    }
    buf_init(&key, (size_t)64 << 10);
    if (!session->overlay || catalog_overlay_count(session->overlay) == 0) {
        key_put(session, &key);
        shaped = sql_shape(tokens, &key) && !key.failed;
    }
    if (shaped)
        reading = cache_find(world->readings, buf_str(&key));
    world_count(world, reading ? METRIC_decision_cache_hits : METRIC_decision_cache_misses, 1);
    if (reading) {
        *ret_tokens = tokens;
    } else {
        reading = reading_make(session, text, NULL, fault);
        if (reading) {
            *ret_tokens = reading->script.text;
            if (shaped)
                cache_keep(session, reading, buf_str(&key));
        }
    }
    buf_release(&key);
    return reading;
}

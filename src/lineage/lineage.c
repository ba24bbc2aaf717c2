/* SPDX-License-Identifier: Apache-2.0
 *
 * The way in: sets up the work, hands the tree to whoever knows its kind, and moves what was found
 * into the analysis.
 *
 *   lineage.c ─┬─ query.c ──┬── from.c ── view.c            who calls whom
 *              │            ├── order.c ── scope.c
 *              │            └── expression.c ── call.c ── function_table.h
 *              ├─ dml.c ───── trigger.c ─┐         │
 *              ├─ session.c ─────────────┼─ program.c ── routine.c
 *              ├─ ddl.c, stored.c, account.c, privilege.c
 *              └─ admin.c, show.c, handler.c, diagnostics.c
 *   all of them ── record.c (findings), value.c, variable.c, system_table.c
 *
 * After the statement has run, temporary.c says which temporary tables the session has.
 */
#include "lineage/internal.h"

#include "sql/print.h"

typedef void (*handler)(struct work *, const struct sql_node *);

static const handler handlers[SQL_NODE_KIND_COUNT] = {
    [SQL_INSERT] = dml_insert,
    [SQL_UPDATE] = dml_update,
    [SQL_DELETE] = dml_delete,
    [SQL_LOAD] = dml_load,
    [SQL_TRUNCATE] = ddl_statement,
    [SQL_CREATE_SCHEMA] = ddl_statement,
    [SQL_ALTER_SCHEMA] = ddl_statement,
    [SQL_DROP_SCHEMA] = ddl_statement,
    [SQL_CREATE_TABLE] = ddl_statement,
    [SQL_CREATE_TABLE_LIKE] = ddl_statement,
    [SQL_ALTER_TABLE] = ddl_statement,
    [SQL_DROP_TABLE] = ddl_statement,
    [SQL_RENAME_TABLE] = ddl_statement,
    [SQL_CREATE_INDEX] = ddl_statement,
    [SQL_DROP_INDEX] = ddl_statement,
    [SQL_CREATE_VIEW] = ddl_statement,
    [SQL_DROP_VIEW] = ddl_statement,
    [SQL_BEGIN] = session_statement,
    [SQL_COMMIT] = session_statement,
    [SQL_ROLLBACK] = session_statement,
    [SQL_SAVEPOINT] = session_statement,
    [SQL_RELEASE_SAVEPOINT] = session_statement,
    [SQL_SET_TRANSACTION] = session_statement,
    [SQL_LOCK_TABLES] = session_statement,
    [SQL_UNLOCK_TABLES] = session_statement,
    [SQL_SET] = session_statement,
    [SQL_SET_NAMES] = session_statement,
    [SQL_SET_PASSWORD] = session_statement,
    [SQL_SET_ROLE] = session_statement,
    [SQL_SET_STATEMENT] = session_statement,
    [SQL_USE] = session_statement,
    [SQL_PREPARE] = session_statement,
    [SQL_EXECUTE] = session_statement,
    [SQL_EXECUTE_IMMEDIATE] = session_statement,
    [SQL_DEALLOCATE] = session_statement,
    [SQL_CALL_STATEMENT] = session_statement,
    [SQL_CREATE_ROUTINE] = routine_statement,
    [SQL_ALTER_ROUTINE] = routine_statement,
    [SQL_CREATE_TRIGGER] = trigger_statement,
    [SQL_CREATE_EVENT] = routine_event,
    [SQL_BLOCK] = program_statement,
    [SQL_IF] = program_statement,
    [SQL_LOOP] = program_statement,
    [SQL_FOR] = program_statement,
    [SQL_DO] = session_statement,
    [SQL_SHOW] = show_statement,
    [SQL_ACCOUNTS] = account_statement,
    [SQL_GRANT] = account_statement,
    [SQL_REVOKE] = account_statement,
    [SQL_HANDLER] = handler_statement,
    [SQL_ADMIN] = admin_statement,
    [SQL_DROP_ROUTINE] = stored_statement,
    [SQL_DROP_TRIGGER] = stored_statement,
    [SQL_DROP_EVENT] = stored_statement,
    [SQL_SIGNAL] = diagnostics_statement,
    [SQL_GET_DIAGNOSTICS] = diagnostics_statement,
    [SQL_DESCRIBE] = show_statement,
    [SQL_EXPLAIN] = show_statement,
};

void statement_outputs(struct work *w, const struct relation *relation)
{
    struct analysis *a = w->analysis;
    struct output_column *outputs = arena_array(w->arena, relation->count, struct output_column);

    if (w->program != NULL) { /* which of its result sets come is not known beforehand */
        w->results = true;
        return;
    }
    w->no_result = false;
    a->outputs_known = relation->known && outputs != NULL;
    if (!a->outputs_known)
        return;
    for (size_t i = 0; i < relation->count; i++) {
        const struct result_column *column = &relation->columns[i];
        outputs[i] = (struct output_column){.name = column->heading.len > 0 ? column->heading
                                                                              : column->name,
                                            .from = column->value.from,
                                            .plain = column->value.plain,
                                            .position = column->position};
    }
    a->outputs = outputs;
    a->output_count = relation->count;
}

/* The first two words, in capitals: what a policy can name, and never a password. */
static struct str first_words(struct work *w, const struct sql_node *root)
{
    uint32_t last = root->first;

    if (last < root->last && w->text->tokens[last + 1].kind == SQL_TOKEN_WORD)
        last++;
    struct str words =
        arena_printf(w->arena, "%.*s%s%.*s", STR_ARG(sql_token_text(w->text, root->first)),
                     last > root->first ? " " : "",
                     last > root->first ? (int)sql_token_text(w->text, last).len : 0,
                     sql_token_text(w->text, last).ptr);
    char *at = (char *)(uintptr_t)words.ptr;
    for (size_t i = 0; i < words.len; i++)
        if (at[i] >= 'a' && at[i] <= 'z')
            at[i] = (char)(at[i] - 32);
    return words;
}

/* Statements that are known by their words alone: each is an unknown. */
static void administer(struct work *w, const struct sql_node *root)
{
    static const struct {
        const char *words;
        enum effect_kind effect;
    } rows[] = {
        {"CREATE", EFFECT_CHANGES_SCHEMA}, {"ALTER", EFFECT_CHANGES_SCHEMA},
        {"DROP", EFFECT_CHANGES_SCHEMA},
    };
    struct str words = first_words(w, root);
    enum effect_kind effect = EFFECT_ADMINISTERS;
    uint32_t position = work_position(w, root);

    for (size_t i = 0; i < ARRAY_LEN(rows) && effect == EFFECT_ADMINISTERS; i++)
        if (str_starts(words, str_of(rows[i].words)))
            effect = rows[i].effect;
    w->analysis->outputs_known = false;
    w->analysis->writes = true;
    record_effect(w, effect, words, position);
    if (effect == EFFECT_CHANGES_SCHEMA) {
        record_effect(w, EFFECT_COMMITS, words, position);
        record_change(w, CHANGE_CATALOG, STR_NONE, STR_NONE);
    }
    record_unknown(w, "statement", words, position);
}

void statement_analyze(struct work *w, const struct sql_node *root, struct relation *outputs)
{
    if (root->kind == SQL_QUERY) {
        w->warnings_stay = true;
        const struct relation *relation = query_relation(w, NULL, NULL, root);
        if (relation == NULL) {
            outputs->known = false;
            record_unknown(w, "query", STR("SELECT"), work_position(w, root));
        } else {
            *outputs = *relation;
        }
        if (!w->no_result)
            statement_outputs(w, outputs);
        return;
    }
    if (root->kind < SQL_NODE_KIND_COUNT && handlers[root->kind] != NULL) {
        handlers[root->kind](w, root);
        return;
    }
    administer(w, root);
}

static void describe(struct work *w, const struct sql_statement *statement)
{
    struct analysis *a = w->analysis;
    struct buf text;

    a->kind = statement->kind;
    a->parameters = statement->parameters;
    buf_init(&text, LIMIT_STATEMENT_ARENA / 4);
    sql_print_normalized(w->text, statement->first, statement->last, &text);
    if (text.failed)
        w->arena->failed = true;
    else
        a->normalized = arena_copy(w->arena, buf_str(&text));
    buf_release(&text);
    if (a->normalized.ptr != NULL)
        sql_digest(a->normalized, a->digest);
}

static void work_begin(struct work *w, const struct lineage_context *context,
                       const struct sql_script *script, struct arena *arena,
                       struct analysis *analysis, struct fault *fault)
{
    *w = (struct work){.context = context,
                       .arena = arena,
                       .fault = fault,
                       .analysis = analysis,
                       .text = script->text,
                       .schema = context->schema,
                       .mariadb = script->text->context.family == SQL_MARIADB,
                       .version = script->text->context.version,
                       .lower_case = catalog_lower_case_table_names(context->catalog),
                       .budget = LIMIT_ANALYSIS_NODES};
    w->tables_tail = &w->tables;
    map_init(&w->views, (struct hash_key){0, 0}, false);
    map_init(&w->found, (struct hash_key){0, 0}, false);
}

bool lineage_query(const struct lineage_context *context, const struct sql_script *script,
                   const struct sql_node *query, struct arena *arena, struct relation *ret)
{
    struct analysis ignored = {.outputs_known = true};
    struct fault fault = {.code = FAULT_NONE};
    struct work w;

    work_begin(&w, context, script, arena, &ignored, &fault);
    const struct relation *relation = query_relation(&w, NULL, NULL, query);
    map_release(&w.views);
    map_release(&w.found);
    if (relation == NULL || work_failed(&w))
        return false;
    *ret = *relation;
    return true;
}

/* Of the others, the shape holds the literals, too; these are worth it. */
static bool kind_is_cacheable(enum statement_kind kind)
{
    return kind == STATEMENT_SELECT || kind == STATEMENT_INSERT || kind == STATEMENT_UPDATE ||
           kind == STATEMENT_DELETE || kind == STATEMENT_REPLACE || kind == STATEMENT_BEGIN ||
           kind == STATEMENT_COMMIT || kind == STATEMENT_ROLLBACK;
}

/* What programs leave for one another (NEW.x between triggers, @variables) may go against the order
 * in which the statement is walked: with programs in it, it is walked until nothing grows. */
static void settle(struct work *w, const struct sql_node *root, struct relation *outputs)
{
    for (unsigned round = 0; !work_failed(w); round++) {
        uint64_t before = w->growth;
        *outputs = (struct relation){.known = true};
        w->analysis->outputs_known = true;
        w->no_result = false;
        statement_analyze(w, root, outputs);
        if (w->program_count == 0 || w->growth == before)
            return;
        if (round >= LIMIT_PROGRAM_ROUNDS) {
            record_unknown(w, "statement", STR("too many rounds"), work_position(w, root));
            return;
        }
        program_forget_views(w);
    }
}

bool lineage_analyze(const struct lineage_context *context, const struct sql_script *script,
                     const struct sql_statement *statement, struct arena *arena,
                     struct analysis *ret, struct fault *fault)
{
    struct analysis analysis = {.outputs_known = true};
    struct relation outputs = {.known = true};
    struct work w;

    REQUIRE(context->catalog != NULL && statement->root != NULL);
    work_begin(&w, context, script, arena, &analysis, fault);
    describe(&w, statement);
    settle(&w, statement->root, &outputs);
    if (statement->doubt != NULL)
        record_unknown(&w, "construct", str_of(statement->doubt),
                       script->text->tokens[statement->doubt_at].start);
    record_finish(&w);
    map_release(&w.views);
    map_release(&w.found);
    if (work_failed(&w))
        return false;
    if (!analysis.outputs_known) {
        analysis.outputs = NULL;
        analysis.output_count = 0;
    }
    analysis.cacheable = !w.not_cacheable && analysis.change_count == 0 &&
                         catalog_overlay_count(context->overlay) == 0 &&
                         kind_is_cacheable(statement->kind);
    *ret = analysis;
    return true;
}

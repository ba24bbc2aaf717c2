/* SPDX-License-Identifier: Apache-2.0
 *
 * Procedures and functions: calls of them, and the statements that make and change them. A
 * call binds its arguments to the body's parameters and walks it (program.c); the same arguments
 * are walked once. What can't be read (text hidden, not understood, another language, loadable) is
 * an unknown, and whatever goes into it is gone (a sink).
 */
#include "catalog/ddl.h"
#include "lineage/internal.h"

/* ---- texts ---- */

/* MySQL gives bodies without the escapes of their literals: the text is the body only where no
 * literal can have had one that matters. A literal in which the lexer finds an escape did not have
 * it: its end is elsewhere. */
static bool text_is_sure(const struct sql_text *text)
{
    for (uint32_t t = 0; t < text->count; t++)
        if (text->tokens[t].flags & SQL_TOKEN_ESCAPED)
            return false;
    return true;
}

/* The root of the body, or NULL. */
static const struct sql_node *body_parse(struct work *w, struct str text, struct str sql_mode,
                                         bool exact, const struct sql_text **ret_text)
{
    struct sql_context context = {.family = w->mariadb ? SQL_MARIADB : SQL_MYSQL,
                                  .version = w->version,
                                  .charset = SQL_CHARSET_UTF8,
                                  .program = true};
    struct fault fault = {.code = FAULT_NONE};
    struct sql_script script;

    if (text.len == 0 || text.len > LIMIT_PROGRAM_TEXT ||
        !sql_mode_parse(context.family, sql_mode, &context.mode) ||
        !sql_parse(&context, text, w->arena, &script, &fault) || script.count != 1 ||
        script.statements[0].doubt != NULL || script.statements[0].parameters > 0 || (!exact && !text_is_sure(script.text)))
        return NULL;
    *ret_text = script.text;
    return script.statements[0].root;
}

const struct body_text *routine_text(struct work *w, const void *what, struct str text,
                                     struct str sql_mode, bool exact)
{
    for (const struct body_text *b = w->bodies; b != NULL; b = b->next)
        if (b->what == what)
            return b->root ? b : NULL;
    struct body_text *made = arena_new(w->arena, struct body_text);
    if (made == NULL)
        return NULL;
    made->what = what;
    made->root = body_parse(w, text, sql_mode, exact, &made->text);
    made->next = w->bodies;
    w->bodies = made;
    return made->root ? made : NULL;
}

/* ---- calls ---- */

static bool same_arguments(const struct program *p, const struct value *arguments, size_t count)
{
    for (size_t i = 0; i < count && i < p->parameter_count; i++)
        if (!set_same(p->arguments[i], arguments[i].from))
            return false;
    return true;
}

/* The program of these arguments; one that is running takes them in. */
static struct program *program_find(struct work *w, const struct catalog_routine *routine,
                                    bool definer, const struct value *arguments, size_t count)
{
    for (struct program *p = w->programs; p != NULL; p = p->next)
        if (p->what == routine && p->definer == definer &&
            (p->running || same_arguments(p, arguments, count)))
            return p;
    return NULL;
}

static bool parameters_make(struct work *w, struct program *p,
                            const struct catalog_routine *routine)
{
    if (p->parameters != NULL)
        return true;
    p->parameter_count = routine->parameter_count;
    p->parameters = arena_array(w->arena, p->parameter_count, struct variable *);
    p->arguments = arena_array(w->arena, p->parameter_count, set_t);
    if (p->parameters == NULL || p->arguments == NULL)
        return false;
    for (size_t i = 0; i < p->parameter_count; i++) {
        const struct catalog_parameter *parameter = &routine->parameters[i];
        p->parameters[i] = program_variable(w, p, parameter, parameter->name,
                                            parameter->data_type, parameter->column_type);
    }
    return !w->arena->failed;
}

static struct program *program_of(struct work *w, const struct catalog_routine *routine,
                                  const struct value *arguments, size_t count)
{
    bool definer = w->definer || !routine->invoker;
    const struct body_text *body =
        routine->external || routine->loadable
            ? NULL
            : routine_text(w, routine, routine->text, routine->sql_mode, routine->exact);

    /* Fewer arguments than parameters: defaults, which the catalog does not have. */
    if (body == NULL || count != routine->parameter_count)
        return NULL;
    struct program *p = program_find(w, routine, definer, arguments, count);
    if (p != NULL)
        return p;
    p = program_new(w, routine, body->text, body->root, routine->schema);
    if (p == NULL || !parameters_make(w, p, routine))
        return NULL;
    p->definer = definer;
    for (size_t i = 0; i < count; i++)
        p->arguments[i] = arguments[i].from;
    return p;
}

static const struct catalog_routine *routine_find(struct work *w, struct str schema,
                                                  struct str name, bool function)
{
    const struct catalog *catalog = w->context->catalog;
    const struct catalog_routine *routine = NULL;

    /* A loadable function hides a stored one of that name. */
    if (schema.len == 0)
        routine = catalog_routine_find(catalog, STR_NONE, name, function);
    return routine ? routine
                   : catalog_routine_find(catalog, schema.len > 0 ? schema : w->schema, name,
                                          function);
}

/* Runs the routine; NULL when it can't be vouched for. */
static struct program *routine_run(struct work *w, struct str schema, struct str name,
                                   bool function, const struct value *arguments, size_t count,
                                   uint32_t position)
{
    const struct catalog_routine *routine = routine_find(w, schema, name, function);
    struct program *p = NULL;
    set_t from = {NULL, 0};

    for (size_t i = 0; i < count; i++)
        from = set_union(w, from, arguments[i].from);
    if (routine == NULL) {
        struct str text = work_table_text(w, schema, name, STR_NONE);
        record_unknown(w, function ? "function" : "routine", text, position);
        record_sink(w, SINK_ROUTINE, text, from, position);
        return NULL;
    }
    struct str text = work_table_text(w, routine->schema, routine->name, STR_NONE);
    record_effect(w, EFFECT_RUNS_ROUTINE, text, position);
    if (!routine->loadable)
        record_need(w, PRIVILEGE_EXECUTE, function ? OBJECT_FUNCTION : OBJECT_PROCEDURE,
                    routine->schema, routine->name, position);
    w->views_call |= w->view_depth > 0;
    p = program_of(w, routine, arguments, count);
    for (size_t i = 0; p != NULL && i < count; i++)
        if (routine->parameters[i].mode != CATALOG_MODE_OUT)
            program_assign(w, p->parameters[i], arguments[i], function ? "function" : "CALL",
                           position);
    if (p != NULL && program_run(w, p, position))
        return p;
    record_unknown(w, "routine", text, position);
    record_sink(w, SINK_ROUTINE, text, from, position);
    return NULL;
}

struct value routine_call(struct work *w, struct str schema, struct str name, bool function,
                          const struct value *arguments, size_t count, uint32_t position)
{
    struct value v = {.length = LENGTH_UNBOUNDED, .may_fail = true};
    const struct program *p =
        routine_run(w, schema, name, function, arguments, count, position);

    for (size_t i = 0; i < count; i++)
        v.from = set_union(w, v.from, arguments[i].from);
    record_use_str(w, USE_ERROR, v.from, name, position);
    if (p != NULL)
        v.from = set_union(w, set_union(w, v.from, p->returns.from), program_controls(w, p));
    return v;
}

/* What comes back: into variables; to a parameter marker, as one more result set. */
static void take_back(struct work *w, const struct catalog_routine *routine,
                      const struct program *p, const struct sql_node *list)
{
    for (uint32_t i = 0; list != NULL && i < list->count && i < p->parameter_count; i++) {
        struct value v = p->parameters[i]->value;
        if (routine->parameters[i].mode == CATALOG_MODE_IN)
            continue;
        v.from = set_union(w, v.from, program_controls(w, p));
        if (list->child[i]->kind == SQL_PARAM)
            w->results = true;
        else if (!program_assign_node(w, list->child[i], v, "CALL"))
            record_unknown(w, "variable",
                           str_slice(sql_node_text(w->text, list->child[i]), 0, 60),
                           work_position(w, list->child[i]));
    }
}

void routine_call_statement(struct work *w, const struct sql_node *n)
{
    const struct sql_node *name = n->child[SQL_CALL_STATEMENT_NAME];
    const struct sql_node *list = n->child[SQL_CALL_STATEMENT_ARGUMENTS];
    struct str schema = sql_name_schema(w->text, name), object = sql_name_object(w->text, name);
    size_t count = list ? list->count : 0;
    struct value *arguments = arena_array(w->arena, count, struct value);
    uint32_t position = work_position(w, n);

    for (size_t i = 0; arguments != NULL && i < count; i++)
        arguments[i] = expression(w, NULL, list->child[i]);
    const struct program *p = routine_run(w, schema, object, false, arguments, count, position);
    w->analysis->writes = true;
    w->analysis->outputs_known = false;
    for (size_t i = 0; arguments != NULL && i < count; i++)
        record_use(w, USE_ERROR, arguments[i].from, "CALL", position);
    if (p == NULL)
        return;
    take_back(w, routine_find(w, schema, object, false), p, list);
    /* Within a program, that program's results were noted where they stand. */
    w->analysis->outputs_known = w->program != NULL || (!w->results && w->unknown_count == 0);
}

/* ---- CREATE, ALTER, DROP ---- */

/* Literals that MySQL would give back without their escapes: the body could not be read again. */
static void check_literals(struct work *w, const struct sql_node *body)
{
    for (uint32_t t = body->first; !w->mariadb && t <= body->last; t++) {
        struct str value = w->text->tokens[t].flags & SQL_TOKEN_ESCAPED
                               ? sql_token_value(w->text, t)
                               : STR_NONE;
        for (size_t i = 0; i < value.len; i++)
            if (strchr("'\"`\\", value.ptr[i]) != NULL) {
                record_unknown(w, "literal", str_slice(sql_token_text(w->text, t), 0, 60),
                               work_position(w, body));
                return;
            }
    }
}

/* What the program will do, as its definer; all that it touches is told by its text. */
static void definition(struct work *w, struct program *p, struct str name, const char *what,
                       uint32_t position)
{
    bool definer = w->definer, results = w->results;
    size_t changes = w->change_count;

    if (p != NULL)
        p->definer = true;
    if (p == NULL || !program_run(w, p, position))
        record_unknown(w, "body", name, position);
    w->definer = definer;
    w->results = results;
    w->change_count = changes; /* it has not run yet */
    record_use(w, USE_DEFINITION, ddl_all_touched(w), what, position);
    record_sink(w, SINK_ROUTINE, name, ddl_all_touched(w), position);
}

static void create_routine(struct work *w, const struct sql_node *n)
{
    struct catalog_routine *routine = arena_new(w->arena, struct catalog_routine);
    const struct sql_node *body = n->child[SQL_ROUTINE_BODY];
    bool function = sql_flag(n, SQL_FLAG_FUNCTION);
    const char *what = function ? "CREATE FUNCTION" : "CREATE PROCEDURE";
    uint32_t position = work_position(w, n);

    if (routine == NULL || !catalog_ddl_routine(w->text, n, w->schema, w->arena, routine))
        return;
    struct str name = work_table_text(w, routine->schema, routine->name, STR_NONE);
    ddl_changed(w, routine->schema, what, position);
    if (routine->loadable) {
        record_need(w, PRIVILEGE_INSERT, OBJECT_TABLE, STR("mysql"), STR("func"), position);
        record_effect(w, EFFECT_ADMINISTERS, STR("CREATE FUNCTION ... SONAME"), position);
        record_unknown(w, "function", name, position);
        return;
    }
    record_need(w, PRIVILEGE_CREATE_ROUTINE, OBJECT_SCHEMA, routine->schema, STR_NONE, position);
    if (sql_flag(n, SQL_FLAG_OR_REPLACE))
        record_need(w, PRIVILEGE_ALTER_ROUTINE, function ? OBJECT_FUNCTION : OBJECT_PROCEDURE,
                    routine->schema, routine->name, position);
    ddl_definer(w, n->child[SQL_ROUTINE_DEFINER], position);
    struct program *p = body ? program_once(w, n, w->text, body, routine->schema) : NULL;
    if (p != NULL && !parameters_make(w, p, routine))
        return;
    if (body != NULL)
        check_literals(w, body);
    definition(w, p, name, what, position);
}

/* ALTER may give a body other rights; what it does is asked for again. */
static void alter_routine(struct work *w, const struct sql_node *n)
{
    bool function = sql_flag(n, SQL_FLAG_FUNCTION);
    struct str schema = sql_name_schema(w->text, n->child[0]);
    struct str object = sql_name_object(w->text, n->child[0]);
    uint32_t position = work_position(w, n);
    const char *what = function ? "ALTER FUNCTION" : "ALTER PROCEDURE";

    if (schema.len == 0)
        schema = w->schema;
    const struct catalog_routine *routine =
        catalog_routine_find(w->context->catalog, schema, object, function);
    struct program *p = NULL;
    ddl_changed(w, schema, what, position);
    record_need(w, PRIVILEGE_ALTER_ROUTINE, function ? OBJECT_FUNCTION : OBJECT_PROCEDURE,
                routine ? routine->schema : schema, routine ? routine->name : object, position);
    if (routine != NULL && !routine->external) {
        const struct body_text *body =
            routine_text(w, routine, routine->text, routine->sql_mode, routine->exact);
        p = body ? program_once(w, n, body->text, body->root, routine->schema) : NULL;
        if (p != NULL && !parameters_make(w, p, routine))
            return;
    }
    definition(w, p, work_table_text(w, schema, object, STR_NONE), what, position);
}

void routine_statement(struct work *w, const struct sql_node *n)
{
    w->no_result = true;
    if (n->kind == SQL_CREATE_ROUTINE)
        create_routine(w, n);
    else
        alter_routine(w, n);
}

/* ---- events ---- */

void routine_event(struct work *w, const struct sql_node *n)
{
    bool alter = sql_flag(n, SQL_FLAG_ALTER);
    const struct sql_node *node = n->child[0], *body = n->child[SQL_EVENT_BODY];
    const struct sql_node *schedule = n->child[SQL_EVENT_SCHEDULE];
    struct str schema = sql_name_schema(w->text, node), object = sql_name_object(w->text, node);
    uint32_t position = work_position(w, n);
    const char *what = alter ? "ALTER EVENT" : "CREATE EVENT";
    struct program *p = NULL;

    w->no_result = true;
    if (schema.len == 0)
        schema = w->schema;
    ddl_changed(w, schema, what, position);
    record_need(w, PRIVILEGE_EVENT, OBJECT_SCHEMA, schema, STR_NONE, position);
    if (alter && n->child[SQL_EVENT_RENAME] != NULL) {
        struct str to = sql_name_schema(w->text, n->child[SQL_EVENT_RENAME]);
        record_need(w, PRIVILEGE_EVENT, OBJECT_SCHEMA, to.len > 0 ? to : w->schema, STR_NONE,
                    position);
    }
    ddl_definer(w, n->child[SQL_EVENT_DEFINER], position);
    for (uint32_t i = 0; schedule != NULL && i < schedule->count; i++)
        expression(w, NULL, schedule->child[i]);
    /* ALTER makes the one who alters it the definer of the body that is there. */
    const struct catalog_event *event =
        body ? NULL : catalog_event_find(w->context->catalog, schema, object);
    if (body != NULL) {
        check_literals(w, body);
        p = program_once(w, n, w->text, body, schema);
    } else if (event != NULL) {
        const struct body_text *text =
            routine_text(w, event, event->text, event->sql_mode, event->exact);
        p = text ? program_once(w, n, text->text, text->root, schema) : NULL;
    }
    definition(w, p, work_table_text(w, schema, object, STR_NONE), what, position);
}

/* ---- triggers ---- */

void trigger_statement(struct work *w, const struct sql_node *n)
{
    const struct sql_node *node = n->child[0];
    struct str schema = sql_name_schema(w->text, node), object = sql_name_object(w->text, node);
    uint32_t position = work_position(w, n);
    const struct catalog_table *table = NULL;

    w->no_result = true;
    if (schema.len == 0)
        schema = w->schema;
    const struct sql_node *name = n->child[SQL_TRIGGER_TABLE];
    const struct sql_node *body = n->child[SQL_TRIGGER_BODY];
    struct str table_schema = sql_name_schema(w->text, name);
    if (table_schema.len == 0)
        table_schema = w->schema;
    /* No temporary table has triggers. */
    table = catalog_table_find(w->context->catalog, table_schema, sql_name_object(w->text, name));
    ddl_changed(w, table_schema, "CREATE TRIGGER", position);
    record_need(w, PRIVILEGE_TRIGGER, OBJECT_TABLE, table ? table->schema : table_schema,
                table ? table->name : sql_name_object(w->text, name), position);
    ddl_definer(w, n->child[SQL_TRIGGER_DEFINER], position);
    if (table == NULL)
        record_unknown(w, "table",
                       work_table_text(w, table_schema, sql_name_object(w->text, name), STR_NONE),
                       position);
    struct program *p = program_once(w, n, w->text, body, table_schema);
    if (p != NULL && table != NULL)
        p->row = trigger_any_row(w, table, (enum event)(n->op - SQL_TRIGGER_INSERT));
    check_literals(w, body);
    definition(w, p, work_table_text(w, schema, object, STR_NONE), "CREATE TRIGGER", position);
}

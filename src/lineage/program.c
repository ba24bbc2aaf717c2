/* SPDX-License-Identifier: Apache-2.0
 *
 * The bodies of stored programs and compound statements. Order and branches are not followed: a
 * variable depends on everything that is ever assigned to it, and everything that is assigned
 * depends on every condition of the program. A body is walked over and over until nothing in it
 * depends on more (work.growth stands still), which also settles recursion: a body that is running
 * already gives what is known of it so far.
 *
 *   program_run ── walk ─┬─ block, declarations, IF, loops, cursors, RETURN, SIGNAL
 *        ▲               └─ any other statement: statement_analyze, query_relation
 *        └── routine_call, trigger_run (from wherever an expression or a write stands)
 */
#include "catalog/ddl.h"
#include "lineage/internal.h"

static void walk(struct work *w, const struct sql_node *n);

/* ---- sets that grow ---- */

void program_grow(struct work *w, set_t *into, set_t more)
{
    size_t before = into->count;

    *into = set_union(w, *into, more);
    if (into->count != before)
        w->growth++;
}

set_t program_touched(struct work *w)
{
    return ddl_all_touched(w);
}

set_t program_controls(struct work *w, const struct program *p)
{
    return p->handles ? set_union(w, p->control, p->errors) : p->control;
}

void program_control(struct work *w, set_t set)
{
    if (w->program != NULL)
        program_grow(w, &w->program->control, set);
}

/* ---- variables ---- */

struct variable *program_variable(struct work *w, struct program *p, const void *declared,
                                  struct str name, struct str data_type, struct str column_type)
{
    struct catalog_column column = {.name = name, .column_type = column_type};

    size_t steps = 0;
    for (struct variable *v = p->variables; v != NULL; v = v->next, steps++)
        if (v->declared == declared) {
            work_spend(w, steps / 4);
            return v;
        }
    struct variable *made = arena_new(w->arena, struct variable);
    if (made == NULL)
        return NULL;
    column.type = catalog_type_of(data_type);
    made->name = name;
    made->declared = declared;
    made->value = value_of_column(w, &column, (set_t){NULL, 0});
    made->value.plain = false;
    made->is_row = str_equal_nocase(data_type, STR("row"));
    made->next = p->variables;
    p->variables = made;
    return made;
}

static void show(struct work *w, struct variable *variable)
{
    struct program *p = w->program;
    struct variable **slot = arena_push(w->arena, &p->visible, &p->visible_count, &p->visible_cap,
                                        sizeof(struct variable *));

    if (slot != NULL)
        *slot = variable;
}

static struct variable *declare(struct work *w, const struct sql_node *name,
                                const struct sql_node *type)
{
    struct catalog_column column = {.ordinal = 1};

    if (type != NULL)
        catalog_ddl_type(w->text, type, w->arena, &column);
    struct variable *variable = program_variable(w, w->program, name, sql_name(w->text, name),
                                                 column.data_type, column.column_type);
    if (variable != NULL)
        show(w, variable);
    return variable;
}

static struct variable *variable_find(struct work *w, struct str name)
{
    const struct program *p = w->program;

    work_spend(w, p->visible_count / 2); /* most differ in a byte */
    for (size_t i = p->visible_count; i > 0; i--)
        if (p->visible[i - 1] != NULL && catalog_name_equal(p->visible[i - 1]->name, name))
            return p->visible[i - 1];
    return NULL;
}

static set_t row_from(struct work *w, const struct relation *row)
{
    set_t from = row->existence;

    for (size_t i = 0; i < row->count; i++)
        from = set_union(w, from, row->columns[i].value.from);
    return from;
}

/* The servers look for a variable before any column; NEW.x and OLD.x in triggers likewise. */
bool program_name(struct work *w, struct str schema, struct str table, struct str name,
                  struct value *ret)
{
    if (w->program == NULL || w->in_view || w->no_variables || schema.len > 0)
        return false;
    if (table.len > 0 && trigger_name(w, table, name, ret))
        return true;
    const struct variable *variable = variable_find(w, table.len > 0 ? table : name);
    if (variable == NULL || (table.len > 0 && !variable->is_row))
        return false;
    *ret = variable->value;
    if (variable->row != NULL)
        ret->from = set_union(w, ret->from, row_from(w, variable->row));
    for (size_t i = 0; table.len > 0 && variable->row != NULL && i < variable->row->count; i++)
        if (variable->row->known && catalog_name_equal(variable->row->columns[i].name, name)) {
            *ret = variable->row->columns[i].value;
            ret->from = set_union(w, ret->from, variable->row->existence);
            /* ... and what the body puts into the row itself */
            ret->from = set_union(w, ret->from, variable->value.from);
            ret->from = set_union(w, ret->from, program_controls(w, w->program));
            ret->plain = ret->constant = ret->may_fail = false;
            break;
        }
    return true;
}

void program_assign(struct work *w, struct variable *variable, struct value value,
                    const char *what, uint32_t position)
{
    set_t from = value.from;

    if (variable == NULL)
        return;
    if (w->program != NULL)
        from = set_union(w, from, program_controls(w, w->program));
    /* What does not fit the type is an error that shows the value. */
    if (what != NULL)
        record_use(w, USE_ERROR, value.from, what, position);
    program_grow(w, &variable->value.from, from);
}

static bool assign_name(struct work *w, struct str table, struct str name, struct value value,
                        const char *what, uint32_t position)
{
    if (table.len > 0 && trigger_assign(w, table, name, value, position))
        return true;
    struct variable *variable = variable_find(w, table.len > 0 ? table : name);
    if (variable == NULL || (table.len > 0 && !variable->is_row))
        return false;
    program_assign(w, variable, value, what, position);
    return true;
}

bool program_assign_node(struct work *w, const struct sql_node *target, struct value value,
                         const char *what)
{
    uint32_t position = work_position(w, target);

    if (target->kind == SQL_USER_VARIABLE) {
        struct str name = arena_printf(w->arena, "@%.*s", STR_ARG(sql_name(w->text, target)));
        if (w->program != NULL)
            value.from = set_union(w, value.from, program_controls(w, w->program));
        record_sink(w, SINK_USER_VARIABLE, name, value.from, position);
        record_effect(w, EFFECT_SETS_VARIABLE, name, position);
        return true;
    }
    if (w->program == NULL)
        return false;
    if (target->kind == SQL_COLUMN)
        return assign_name(w, sql_name(w->text, target->child[SQL_COLUMN_TABLE]),
                           sql_name(w->text, target->child[SQL_COLUMN_NAME]), value, what, position);
    return target->kind == SQL_IDENT &&
           assign_name(w, STR_NONE, sql_name(w->text, target), value, what, position);
}

bool program_set(struct work *w, const struct sql_node *target, const struct sql_node *value)
{
    if (w->program == NULL || target->kind != SQL_SYSTEM_VARIABLE || target->op != SQL_SCOPE_NONE ||
        w->text->tokens[target->first].kind == SQL_TOKEN_SYSTEM_VARIABLE)
        return false;
    const struct sql_node *component = target->child[SQL_SYSTEM_VARIABLE_COMPONENT];
    struct str table = sql_name(w->text, component);
    struct str name = sql_name(w->text, target->child[SQL_SYSTEM_VARIABLE_NAME]);
    struct value ignored;
    if (!program_name(w, STR_NONE, table, name, &ignored))
        return false;
    struct value v = value ? expression(w, NULL, value) : value_constant(VALUE_NULL, 0);
    return assign_name(w, table, name, v, "SET", work_position(w, target));
}

static void assign_all(struct work *w, const struct sql_node *targets,
                       const struct relation *relation, const char *what)
{
    set_t all = relation ? relation->existence : program_touched(w);

    for (size_t i = 0; relation != NULL && i < relation->count; i++)
        all = set_union(w, all, relation->columns[i].value.from);
    bool known = relation != NULL && relation->known && relation->count == targets->count;
    for (uint32_t i = 0; i < targets->count; i++) {
        struct value v = {.from = all, .length = LENGTH_UNBOUNDED};
        if (known) {
            v = relation->columns[i].value;
            v.from = set_union(w, v.from, relation->existence);
        }
        if (!program_assign_node(w, targets->child[i], v, what))
            record_unknown(w, "variable",
                           str_slice(sql_node_text(w->text, targets->child[i]), 0, 60),
                           work_position(w, targets->child[i]));
    }
}

/* ---- conditions ---- */

static void condition_is(struct work *w, struct value v, const char *what, uint32_t position)
{
    record_use(w, USE_CONTROL, v.from, what, position);
    program_control(w, v.from);
}

static void condition(struct work *w, const struct sql_node *n, const char *what)
{
    uint32_t position = work_position(w, n);
    struct value v = expression(w, NULL, n);

    value_as_number(w, v, str_of(what), position);
    condition_is(w, v, what, position);
}

static void walk_list(struct work *w, const struct sql_node *list)
{
    for (uint32_t i = 0; list != NULL && i < list->count && !work_failed(w); i++)
        walk(w, list->child[i]);
}

static void walk_if(struct work *w, const struct sql_node *n)
{
    const struct sql_node *operand = n->child[SQL_IF_OPERAND];
    const struct sql_node *branches = n->child[SQL_IF_BRANCHES];
    bool is_case = operand != NULL || str_equal_nocase(sql_token_text(w->text, n->first), STR("case"));
    struct value tested = {.constant = true};

    if (operand != NULL) {
        tested = expression(w, NULL, operand);
        condition_is(w, tested, "CASE", work_position(w, operand));
    }
    for (uint32_t i = 0; i < branches->count; i++) {
        const struct sql_node *test = branches->child[i]->child[SQL_BRANCH_CONDITION];
        if (operand == NULL) {
            condition(w, test, is_case ? "CASE" : "IF");
            continue;
        }
        struct value v = expression(w, NULL, test);
        value_compare(w, tested, v, "CASE", work_position(w, test));
        condition_is(w, v, "CASE", work_position(w, test));
    }
    if (is_case && n->child[SQL_IF_ELSE] == NULL) /* no case fits: an error */
        program_grow(w, &w->program->errors, w->program->control);
    for (uint32_t i = 0; i < branches->count; i++)
        walk_list(w, branches->child[i]->child[SQL_BRANCH_BODY]);
    walk_list(w, n->child[SQL_IF_ELSE]);
}

static void walk_loop(struct work *w, const struct sql_node *n)
{
    if (n->child[SQL_LOOP_CONDITION] != NULL)
        condition(w, n->child[SQL_LOOP_CONDITION], "loop");
    walk_list(w, n->child[SQL_LOOP_BODY]);
}

/* ---- cursors ---- */

static struct cursor *cursor_find(struct work *w, struct str name)
{
    const struct program *p = w->program;

    for (size_t i = p->open_count; i > 0; i--)
        if (p->open[i - 1] != NULL && catalog_name_equal(p->open[i - 1]->name, name))
            return p->open[i - 1];
    return NULL;
}

static struct cursor *cursor_at(struct work *w, const struct sql_node *n)
{
    struct program *p = w->program;
    const struct sql_node *parameters = n->child[SQL_DECLARE_CURSOR_PARAMETERS];

    for (struct cursor *c = p->cursors; c != NULL; c = c->next)
        if (c->declared == n)
            return c;
    struct cursor *made = arena_new(w->arena, struct cursor);
    if (made == NULL)
        return NULL;
    made->name = sql_name(w->text, n->child[SQL_DECLARE_CURSOR_NAME]);
    made->declared = n;
    made->parameter_count = parameters ? parameters->count : 0;
    made->parameters = arena_array(w->arena, made->parameter_count, struct variable *);
    if (made->parameters == NULL)
        return NULL;
    made->next = p->cursors;
    p->cursors = made;
    return made;
}

static void declare_cursor(struct work *w, const struct sql_node *n)
{
    struct program *p = w->program;
    const struct sql_node *parameters = n->child[SQL_DECLARE_CURSOR_PARAMETERS];
    const struct sql_node *query = n->child[SQL_DECLARE_CURSOR_QUERY];
    struct cursor *cursor = cursor_at(w, n);
    size_t visible = p->visible_count;
    struct cursor **slot =
        arena_push(w->arena, &p->open, &p->open_count, &p->open_cap, sizeof(struct cursor *));

    if (cursor == NULL || slot == NULL)
        return;
    *slot = cursor;
    for (size_t i = 0; i < cursor->parameter_count; i++)
        cursor->parameters[i] = declare(w, parameters->child[i]->child[SQL_PARAMETER_NAME],
                                        parameters->child[i]->child[SQL_PARAMETER_TYPE]);
    if (query->kind == SQL_QUERY)
        cursor->relation = query_relation(w, NULL, NULL, query);
    else
        record_unknown(w, "prepared statement", sql_name(w->text, query), work_position(w, n));
    p->visible_count = visible;
}

static void open_cursor(struct work *w, const struct sql_node *n, struct cursor *cursor,
                        const struct sql_node *values)
{
    for (uint32_t i = 0; values != NULL && i < values->count; i++) {
        struct value v = expression(w, NULL, values->child[i]);
        if (i < cursor->parameter_count)
            program_assign(w, cursor->parameters[i], v, "OPEN", work_position(w, n));
    }
}

static void walk_cursor(struct work *w, const struct sql_node *n)
{
    const struct sql_node *name = n->child[SQL_CURSOR_NAME];
    const struct sql_node *values = n->child[SQL_CURSOR_VALUES];

    if (name == NULL) { /* FETCH GROUP NEXT ROW: the next row of an aggregate's arguments */
        for (size_t i = 0; i < w->program->parameter_count; i++)
            if (w->program->parameters[i] != NULL)
                program_control(w, w->program->parameters[i]->value.from);
        return;
    }
    struct cursor *cursor = cursor_find(w, sql_name(w->text, name));
    if (cursor == NULL) {
        record_unknown(w, "cursor", sql_name(w->text, name), work_position(w, n));
        return;
    }
    if (n->op == SQL_CURSOR_OPEN)
        open_cursor(w, n, cursor, values);
    if (n->op != SQL_CURSOR_FETCH)
        return;
    if (cursor->relation != NULL)
        program_control(w, cursor->relation->existence);
    assign_all(w, values, cursor->relation, "FETCH");
}

/* The cursor that FOR names, with its arguments. */
static struct cursor *for_cursor(struct work *w, const struct sql_node *from)
{
    if (from->kind == SQL_COLUMN && from->child[SQL_COLUMN_TABLE] == NULL)
        return cursor_find(w, sql_name(w->text, from->child[SQL_COLUMN_NAME]));
    if (from->kind != SQL_CALL || from->child[SQL_CALL_NAME] == NULL)
        return NULL;
    const struct sql_node *name = from->child[SQL_CALL_NAME];
    struct cursor *cursor =
        cursor_find(w, name->kind == SQL_NAME ? sql_name_object(w->text, name)
                                              : sql_name(w->text, name));
    if (cursor != NULL)
        open_cursor(w, from, cursor, from->child[SQL_CALL_ARGUMENTS]);
    return cursor;
}

/* FOR i IN a .. b counts; FOR r IN cursor or (query): r is each row. */
static void walk_for(struct work *w, const struct sql_node *n)
{
    const struct sql_node *from = n->child[SQL_FOR_FROM], *to = n->child[SQL_FOR_TO];
    struct program *p = w->program;
    size_t visible = p->visible_count;
    uint32_t position = work_position(w, n);
    struct value all = {.length = LENGTH_UNBOUNDED};
    struct cursor *cursor = to == NULL && from->kind != SQL_QUERY ? for_cursor(w, from) : NULL;
    const struct relation *relation = cursor ? cursor->relation : NULL;

    if (to == NULL && from->kind == SQL_QUERY)
        relation = query_relation(w, NULL, NULL, from);
    if (relation != NULL) {
        all.from = relation->existence;
        condition_is(w, all, "FOR", position);
    } else if (to != NULL) {
        all.from = set_union(w, expression(w, NULL, from).from, expression(w, NULL, to).from);
        condition_is(w, all, "FOR", position);
    } else {
        all.from = program_touched(w);
        record_unknown(w, "cursor", str_slice(sql_node_text(w->text, from), 0, 60), position);
    }
    struct variable *variable = declare(w, n->child[SQL_FOR_NAME], NULL);
    if (variable != NULL) {
        variable->row = relation;
        variable->is_row = to == NULL;
    }
    if (relation == NULL)
        program_assign(w, variable, all, "FOR", position);
    walk_list(w, n->child[SQL_FOR_BODY]);
    p->visible_count = visible;
}

/* ---- the rest ---- */

static void walk_block(struct work *w, const struct sql_node *n)
{
    struct program *p = w->program;
    size_t visible = p->visible_count, open = p->open_count;

    walk_list(w, n->child[SQL_BLOCK_BODY]);
    p->visible_count = visible;
    p->open_count = open;
}

static void declare_variables(struct work *w, const struct sql_node *n)
{
    const struct sql_node *names = n->child[SQL_DECLARE_VARIABLE_NAMES];
    const struct sql_node *otherwise = n->child[SQL_DECLARE_VARIABLE_DEFAULT];
    struct value v = otherwise ? expression(w, NULL, otherwise) : value_constant(VALUE_NULL, 0);

    for (uint32_t i = 0; i < names->count; i++)
        program_assign(w, declare(w, names->child[i], n->child[SQL_DECLARE_VARIABLE_TYPE]), v,
                       "DECLARE", work_position(w, n));
}

static void walk_return(struct work *w, const struct sql_node *n)
{
    struct value v = expression(w, NULL, n->child[0]);

    record_use(w, USE_ERROR, v.from, "RETURN", work_position(w, n));
    program_grow(w, &w->program->returns.from, v.from);
}

static void walk_signal(struct work *w, const struct sql_node *n)
{
    const struct sql_node *list = n->child[SQL_SIGNAL_SET];
    bool again = str_equal_nocase(sql_token_text(w->text, n->first), STR("resignal"));
    set_t from = again ? w->program->errors : (set_t){NULL, 0};

    for (uint32_t i = 0; list != NULL && i < list->count; i++)
        from = set_union(
            w, from, expression(w, NULL, list->child[i]->child[SQL_ASSIGNMENT_VALUE]).from);
    record_sink(w, SINK_DIAGNOSTICS, again ? STR("RESIGNAL") : STR("SIGNAL"), from,
                work_position(w, n));
    /* In the words of whoever sends the statement; who made a stored program was asked then. */
    if (!w->program->foreign)
        record_effect(w, EFFECT_RAISES, again ? STR("resignal") : STR("signal"),
                      work_position(w, n));
    program_grow(w, &w->program->errors, set_union(w, from, w->program->control));
}

static void walk_diagnostics(struct work *w, const struct sql_node *n)
{
    const struct sql_node *list = n->child[SQL_GET_DIAGNOSTICS_ITEMS];
    struct value v = {.from = program_touched(w), .length = LENGTH_UNBOUNDED};

    record_effect(w, EFFECT_READS_DIAGNOSTICS, STR("GET DIAGNOSTICS"), work_position(w, n));
    if (n->child[SQL_GET_DIAGNOSTICS_CONDITION] != NULL)
        expression(w, NULL, n->child[SQL_GET_DIAGNOSTICS_CONDITION]);
    for (uint32_t i = 0; list != NULL && i < list->count; i++)
        program_assign_node(w, list->child[i]->child[SQL_ASSIGNMENT_TARGET], v, "GET DIAGNOSTICS");
}

/* A statement that there is outside of programs too. */
static void ordinary(struct work *w, const struct sql_node *n)
{
    struct analysis *a = w->analysis;
    struct relation outputs = {.known = true};

    w->no_result = false;
    a->has_where = a->has_key = false;
    if (n->kind == SQL_QUERY) {
        if (query_relation(w, NULL, NULL, n) == NULL)
            record_unknown(w, "query", STR("SELECT"), work_position(w, n));
        w->results |= !w->no_result;
        return;
    }
    statement_analyze(w, n, &outputs);
    if (n->kind == SQL_UPDATE || n->kind == SQL_DELETE) {
        w->program->unfiltered |= !a->has_where;
        w->program->unkeyed |= !a->has_key;
    }
    w->results |= !a->outputs_known;
    a->outputs_known = true;
}

typedef void (*walker)(struct work *, const struct sql_node *);

static void nothing(struct work *w, const struct sql_node *n)
{
    (void)w, (void)n;
}

static void declare_handler(struct work *w, const struct sql_node *n)
{
    if (!w->program->handles)
        w->growth++;
    w->program->handles = true;
    walk(w, n->child[SQL_DECLARE_HANDLER_BODY]);
}

static const walker walkers[SQL_NODE_KIND_COUNT] = {
    [SQL_BLOCK] = walk_block,
    [SQL_DECLARE_VARIABLE] = declare_variables,
    [SQL_DECLARE_CONDITION] = nothing,
    [SQL_DECLARE_HANDLER] = declare_handler,
    [SQL_DECLARE_CURSOR] = declare_cursor,
    [SQL_IF] = walk_if,
    [SQL_LOOP] = walk_loop,
    [SQL_FOR] = walk_for,
    [SQL_JUMP] = nothing,
    [SQL_RETURN] = walk_return,
    [SQL_CURSOR] = walk_cursor,
    [SQL_SIGNAL] = walk_signal,
    [SQL_GET_DIAGNOSTICS] = walk_diagnostics,
};

static void walk(struct work *w, const struct sql_node *n)
{
    if (!work_enter(w, n))
        return;
    if (n->kind < SQL_NODE_KIND_COUNT && walkers[n->kind] != NULL)
        walkers[n->kind](w, n);
    else
        ordinary(w, n);
    work_leave(w);
}

/* ---- running ---- */

struct saved {
    const struct sql_text *text;
    struct str schema;
    struct program *program;
    uint32_t outer_position;
    bool foreign, in_view, definer, no_variables, no_result, warnings_stay;
    bool has_where, has_key, has_limit, outputs_known;
};

static struct saved enter_program(struct work *w, struct program *p, uint32_t position)
{
    struct analysis *a = w->analysis;
    struct saved saved = {w->text, w->schema, w->program, w->outer_position, w->foreign,
                          w->in_view, w->definer, w->no_variables, w->no_result,
                          w->warnings_stay, a->has_where, a->has_key, a->has_limit,
                          a->outputs_known};

    if (p->foreign && !w->foreign)
        w->outer_position = position;
    w->text = p->text;
    w->schema = p->schema;
    w->program = p;
    w->foreign = w->foreign || p->foreign;
    w->definer = p->definer;
    w->in_view = w->no_variables = false;
    w->warnings_stay = false; /* a handler may tell them */
    a->outputs_known = true;
    return saved;
}

static void leave_program(struct work *w, const struct saved *saved)
{
    struct analysis *a = w->analysis;

    w->text = saved->text;
    w->schema = saved->schema;
    w->program = saved->program;
    w->outer_position = saved->outer_position;
    w->foreign = saved->foreign;
    w->in_view = saved->in_view;
    w->definer = saved->definer;
    w->no_variables = saved->no_variables;
    w->no_result = saved->no_result;
    w->warnings_stay = saved->warnings_stay;
    a->has_where = saved->has_where;
    a->has_key = saved->has_key;
    a->has_limit = saved->has_limit;
    a->outputs_known = saved->outputs_known;
}

void program_forget_views(struct work *w)
{
    if (!w->views_call)
        return;
    map_release(&w->views);
    map_init(&w->views, (struct hash_key){0, 0}, false);
}

static bool settle(struct work *w, struct program *p)
{
    for (unsigned round = 0; round < LIMIT_PROGRAM_ROUNDS && !work_failed(w); round++) {
        uint64_t before = w->growth;
        program_forget_views(w);
        p->visible_count = p->open_count = 0;
        for (size_t i = 0; i < p->parameter_count; i++)
            show(w, p->parameters[i]);
        walk(w, p->body);
        if (w->growth == before)
            return true;
    }
    return false;
}

bool program_run(struct work *w, struct program *p, uint32_t position)
{
    struct program *caller = w->program;

    if (caller != NULL)
        program_grow(w, &p->control, program_controls(w, caller));
    if (p->unsettled) /* is unknown; walking it on would not change that */
        return false;
    if (p->running || (p->walked && p->walked_at == w->growth))
        return true;
    p->level = caller ? caller->level + 1 : 1;
    if (p->level > LIMIT_PROGRAM_DEPTH)
        return false;
    struct saved saved = enter_program(w, p, position);
    p->running = true;
    bool settled = settle(w, p);
    p->running = false;
    p->walked = true;
    p->unsettled = !settled;
    leave_program(w, &saved);
    if (caller != NULL)
        program_grow(w, &caller->errors, p->errors);
    p->walked_at = w->growth;
    return settled;
}

struct program *program_new(struct work *w, const void *what, const struct sql_text *text,
                            const struct sql_node *body, struct str schema)
{
    struct program *p = w->program_count < LIMIT_PROGRAMS ? arena_new(w->arena, struct program)
                                                         : NULL;

    if (p == NULL)
        return NULL;
    p->what = what;
    p->text = text;
    p->body = body;
    p->schema = schema;
    p->foreign = text != w->text;
    p->definer = w->definer;
    p->next = w->programs;
    w->programs = p;
    w->program_count++;
    return p;
}

struct program *program_once(struct work *w, const void *what, const struct sql_text *text,
                             const struct sql_node *body, struct str schema)
{
    for (struct program *p = w->programs; p != NULL; p = p->next)
        if (p->what == what)
            return p;
    return program_new(w, what, text, body, schema);
}

/* BEGIN NOT ATOMIC ... END and what else MariaDB runs outside of programs. */
void program_statement(struct work *w, const struct sql_node *n)
{
    struct program *p = program_once(w, n, w->text, n, w->schema);
    struct analysis *a = w->analysis;

    if (p == NULL || !program_run(w, p, work_position(w, n)))
        record_unknown(w, "statement", STR("BEGIN NOT ATOMIC"), work_position(w, n));
    w->no_result = true;
    a->has_where = p != NULL && !p->unfiltered;
    a->has_key = p != NULL && !p->unkeyed;
    a->outputs_known = !w->results && w->unknown_count == 0;
}

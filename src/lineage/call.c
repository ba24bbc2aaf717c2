/* SPDX-License-Identifier: Apache-2.0
 *
 * Function calls: native ones by their row in the table, aggregates and windows; stored and
 * loadable functions are routine.c's.
 */
#include "lineage/function.h"

static enum value_type result_type(const struct function *f, const struct value *arguments,
                                   size_t count, struct value either)
{
    switch (f->result) {
    case FUNCTION_TEXT: return VALUE_TEXT;
    case FUNCTION_BINARY: return VALUE_BINARY;
    case FUNCTION_INTEGER: return VALUE_INTEGER;
    case FUNCTION_DECIMAL: return VALUE_DECIMAL;
    case FUNCTION_FLOAT: return VALUE_FLOAT;
    case FUNCTION_TEMPORAL: return VALUE_TEMPORAL;
    case FUNCTION_JSON: return VALUE_JSON;
    case FUNCTION_GEOMETRY: return VALUE_GEOMETRY;
    case FUNCTION_UNKNOWN: return VALUE_UNKNOWN;
    case FUNCTION_EITHER: return either.type;
    case FUNCTION_FIRST: return count > 0 ? arguments[0].type : VALUE_UNKNOWN;
    }
    return VALUE_UNKNOWN;
}

/* May evaluating argument `i` in this place fail? Records the ERROR uses. */
static bool argument_fails(struct work *w, const struct function *f, const struct value *arguments,
                           size_t count, size_t i, uint32_t position)
{
    struct value v = arguments[i];
    struct str what = str_of(f->name);

    switch (function_argument(f, i)) {
    case 'n':
    case 'c': return value_as_number(w, v, what, position);
    case 't': return value_as_temporal(w, v, what, position);
    case 'j': return value_as_json(w, v, what, position);
    case 'l':
        return v.constant && v.type == VALUE_INTEGER
                   ? false
                   : value_as_anything_that_fails(w, v, what, position);
    case 'f': return value_as_anything_that_fails(w, v, what, position);
    case 'w': return value_as_anything_that_warns(w, v, what, position);
    case 'v':
        /* MySQL refuses bytes but not NULL among them. */
        return !w->mariadb && (v.type == VALUE_BINARY || v.type == VALUE_UNKNOWN ||
                               v.type == VALUE_GEOMETRY || v.type == VALUE_ROW)
                   ? value_as_anything_that_fails(w, v, what, position)
                   : false;
    case 'k': return i > 0 && value_compare(w, arguments[0], v, f->name, position);
    case 'p':
        /* MySQL wants it in the main argument's character set, and fails where that has not all of
         * its characters. Numbers and dates are in every one. */
        if (count > 1 && !w->mariadb && !v.constant && v.type != VALUE_INTEGER &&
            v.type != VALUE_DECIMAL && v.type != VALUE_FLOAT && v.type != VALUE_TEMPORAL)
            return value_as_anything_that_fails(w, v, what, position);
        /* fall through */
    case 's':
        /* A document or shape as text is fine; what has no known type may be neither. */
        return v.type == VALUE_GEOMETRY || v.type == VALUE_ROW
                   ? value_as_anything_that_fails(w, v, what, position)
                   : false;
    default: return false;
    }
}

static bool literal_integer(struct work *w, const struct sql_node *node, uint64_t *ret)
{
    if (node == NULL || node->kind != SQL_NUMBER)
        return false;
    w->not_cacheable = true; /* decided by what the literal says */
    return str_to_u64(sql_node_text(w->text, node), 1u << 30, ret);
}

/* How long the text may be. REPEAT, LPAD, RPAD and SPACE by a literal are bounded. */
static uint64_t result_length(struct work *w, const struct function *f, const struct sql_node *list,
                              const struct value *arguments, size_t count, uint64_t sum)
{
    uint64_t n;
    struct str name = str_of(f->name);

    if (f->growth > 0)
        return length_add(length_multiply(sum, (uint64_t)f->growth), 64);
    if (f->growth == 0 && f->result <= FUNCTION_TEMPORAL)
        return 4096;
    if (count == 2 && str_equal(name, STR("REPEAT")) && literal_integer(w, list->child[1], &n))
        return length_multiply(arguments[0].length, n);
    if (count == 1 && str_equal(name, STR("SPACE")) && literal_integer(w, list->child[0], &n))
        return n;
    if (count == 3 && (str_equal(name, STR("LPAD")) || str_equal(name, STR("RPAD"))) &&
        literal_integer(w, list->child[1], &n))
        return length_multiply(n, 4);
    if (count == 3 && str_equal(name, STR("REPLACE")))
        return length_multiply(arguments[0].length, length_add(arguments[2].length, 1));
    if (f->result == FUNCTION_EITHER || f->result == FUNCTION_FIRST)
        return sum;
    return LENGTH_UNBOUNDED;
}

static void record_effects(struct work *w, const struct function *f, const struct value *arguments,
                           size_t count, set_t from, uint32_t position)
{
    struct str name = str_of(f->name);

    if (f->flags & FUNCTION_NONDETERMINISTIC)
        record_effect(w, EFFECT_NONDETERMINISTIC, name, position);
    if (f->flags & FUNCTION_WAITS) {
        record_effect(w, EFFECT_WAITS, name, position);
        record_use_str(w, USE_WAIT, from, name, position);
    }
    if (f->flags & FUNCTION_LOCKS) {
        record_effect(w, EFFECT_LOCKS_NAME, name, position);
        record_sink(w, SINK_LOCK, name, count > 0 ? arguments[0].from : from, position);
    }
    if (f->flags & FUNCTION_READS_FILE) {
        record_effect(w, EFFECT_READS_FILE, name, position);
        record_need(w, PRIVILEGE_FILE, OBJECT_GLOBAL, STR_NONE, STR_NONE, position);
    }
    if (f->flags & FUNCTION_READS_SESSION)
        record_effect(w, EFFECT_READS_SESSION, name, position);
    if (f->flags & FUNCTION_READS_DIAGNOSTICS)
        record_effect(w, EFFECT_READS_DIAGNOSTICS, name, position);
    if ((f->flags & FUNCTION_SETS_SESSION) && count > 0) {
        record_effect(w, EFFECT_SETS_VARIABLE, name, position);
        record_sink(w, SINK_USER_VARIABLE, name, from, position);
    }
    if (f->flags & FUNCTION_READS_SERVER)
        record_effect(w, EFFECT_READS_SERVER, name, position);
    if (f->flags & FUNCTION_NOT_VOUCHED)
        record_unknown(w, "function", name, position);
}

/* Which arguments decide whether a later one is evaluated: for IF the condition alone, else (the
 * first NULL ends most functions) all of them. */
static void guard_arguments(struct work *w, const struct function *f, const struct value *arguments,
                            size_t count, bool fails, uint32_t position)
{
    bool conditional = function_argument(f, 0) == 'c';
    set_t others = {NULL, 0};

    for (size_t i = 0; i < count; i++) {
        fails = fails || arguments[i].may_fail;
        if (!conditional || i == 0)
            others = set_union(w, others, arguments[i].from);
    }
    if (fails && count > 1)
        guard(w, others, f->name, position);
}

/* Bytes beside text are taken for text, and may not be well-formed. A parameter takes the character
 * set of what it stands beside when it is bound, whatever the rows hold. */
static bool mixes_bytes(const struct function *f, const struct value *arguments, size_t count)
{
    bool bytes = false, text = false;

    for (size_t i = 0; i < count; i++) {
        if (function_argument(f, i) != 's' && function_argument(f, i) != 'p')
            continue;
        bytes = bytes || arguments[i].type == VALUE_BINARY ||
                (arguments[i].type == VALUE_UNKNOWN && !arguments[i].parameter);
        text = text || arguments[i].type != VALUE_BINARY;
    }
    return bytes && text && count > 1;
}

static struct value native_value(struct work *w, const struct function *f,
                                 const struct sql_node *list, const struct value *arguments,
                                 size_t count, uint32_t position)
{
    struct value all = {.constant = count > 0 || f->flags == 0};
    struct value either = value_constant(VALUE_NULL, 0);
    bool fails = false;
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        fails = argument_fails(w, f, arguments, count, i, position) || fails;
        all = value_both(w, all, arguments[i]);
        if (i > 0 || function_argument(f, 0) != 'c')
            either = value_either(w, either, arguments[i]);
        sum = length_add(sum, arguments[i].length);
    }
    if (mixes_bytes(f, arguments, count))
        fails = value_as_anything_that_fails(w, all, str_of(f->name), position);
    /* What makes a document evaluates all of its parts: each fails by itself. */
    bool document = strchr(f->arguments, 'v') != NULL;
    guard_arguments(w, f, arguments, count, fails && !document, position);
    all.may_fail |= fails;
    all.type = result_type(f, arguments, count, either);
    all.length = result_length(w, f, list, arguments, count, sum);
    if (f->flags != 0)
        all.constant = false;
    bool built = f->result == FUNCTION_TEXT || f->result == FUNCTION_BINARY;
    if (built && all.length > LENGTH_SAFE)
        all.may_fail |= value_as_anything_that_warns(w, all, str_of(f->name), position);
    return all;
}

/* Adding up fails when the sum leaves its type: never for integers, whose sum is a decimal of its
 * own width, nor for a stored decimal or floating column, which nobody can scale from outside. */
static bool sum_fails(struct work *w, const struct value *arguments, size_t count,
                      const struct function *f, uint32_t position)
{
    if (count == 0 || arguments[0].type == VALUE_INTEGER ||
        ((arguments[0].type == VALUE_DECIMAL || arguments[0].type == VALUE_FLOAT) &&
         arguments[0].plain))
        return false;
    return value_as_anything_that_fails(w, arguments[0], str_of(f->name), position);
}

static struct value aggregate_value(struct work *w, struct scope *s, const struct function *f,
                                    const struct sql_node *n, const struct value *arguments,
                                    size_t count, struct value v)
{
    uint32_t position = work_position(w, n);

    v.plain = v.constant = false;
    if ((f->flags & FUNCTION_SUMS) && sum_fails(w, arguments, count, f, position))
        v.may_fail = true;
    if (f->flags & FUNCTION_COUNTS)
        record_use(w, USE_COUNT, v.from, "COUNT", position);
    if (sql_flag(n, SQL_FLAG_DISTINCT))
        record_use(w, USE_DISTINCT, v.from, f->name, position);
    if (n->child[SQL_CALL_ORDER] != NULL) {
        const struct sql_node *order = n->child[SQL_CALL_ORDER];
        for (uint32_t i = 0; i < order->count; i++) {
            struct value key = expression(w, s, order->child[i]->kind == SQL_ORDER_ITEM
                                                    ? order->child[i]->child[0]
                                                    : order->child[i]);
            record_use(w, USE_ORDER, key.from, f->name, position);
            v.from = set_union(w, v.from, key.from);
            v.may_fail |= key.may_fail;
        }
    }
    return v;
}

/* Everything a call's other slots hold: ORDER, LIMIT, ON EMPTY. */
static struct value other_slots(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = {.constant = true};

    if (n->child[SQL_CALL_ELSE] != NULL)
        v = value_both(w, v, expression_list(w, s, n->child[SQL_CALL_ELSE], "DEFAULT ON EMPTY"));
    return v;
}

/* The arguments' values; true when the last one is a star. */
static bool call_arguments(struct work *w, struct scope *s, struct str name,
                           const struct sql_node *list, struct value *ret)
{
    bool variables = w->no_variables, star = false;

    w->no_variables |=
        str_equal_nocase(name, STR("VALUES")) || str_equal_nocase(name, STR("VALUE"));
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        star = list->child[i]->kind == SQL_STAR;
        ret[i] = star ? value_constant(VALUE_INTEGER, 1) : expression(w, s, list->child[i]);
    }
    w->no_variables = variables;
    return star;
}

static const struct sql_node *window_named(struct work *w, struct scope *s, struct str name)
{
    work_spend(w, s != NULL && s->windows != NULL ? s->windows->count : 0);
    for (uint32_t i = 0; s != NULL && s->windows != NULL && i < s->windows->count; i++) {
        const struct sql_node *window = s->windows->child[i];
        if (catalog_name_equal(sql_name(w->text, window->child[SQL_WINDOW_NAME]), name))
            return window;
    }
    return NULL;
}

/* MariaDB then sorts all rows by the first column of its temporary table: what the function is of,
 * or, where that is nothing, the first column that is selected. */
static bool window_is_empty(struct work *w, struct scope *s, const struct sql_node *n)
{
    for (unsigned depth = 0; n != NULL && depth < 32; depth++) {
        const struct sql_node *base = n->kind == SQL_IDENT ? n : n->child[SQL_WINDOW_BASE];
        if (n->kind != SQL_IDENT &&
            (n->child[SQL_WINDOW_PARTITION] != NULL || n->child[SQL_WINDOW_ORDER] != NULL))
            return false;
        if (base == NULL)
            return true;
        n = window_named(w, s, sql_name(w->text, base));
    }
    return true;
}

/* A function's value over a window. */
static struct value over_value(struct work *w, struct scope *s, const struct sql_node *n,
                               struct value v, uint32_t position)
{
    struct value over = expression_window(w, s, n->child[SQL_CALL_OVER]);

    if (over.may_fail || v.may_fail)
        guard(w, set_union(w, v.from, over.from), "OVER", position);
    if (w->mariadb && s != NULL && window_is_empty(w, s, n->child[SQL_CALL_OVER])) {
        record_use(w, USE_ORDER, v.from, "OVER", position);
        s->empty_window = true;
    }
    v.from = set_union(w, v.from, over.from);
    v.may_fail |= over.may_fail;
    v.constant = false;
    return v;
}

/* NEXTVAL(s), NEXT VALUE FOR s, LASTVAL, SETVAL: a sequence is named where others have a value. */
static void sequence_needs(struct work *w, struct str function, const struct sql_node *list)
{
    const struct sql_node *name = list != NULL && list->count > 0 ? list->child[0] : NULL;
    bool next = str_starts_nocase(function, STR("NEXT"));

    if (!w->mariadb || name == NULL || name->kind != SQL_NAME)
        return;
    struct str schema = sql_name_schema(w->text, name);
    if (schema.len == 0)
        schema = w->schema;
    if (next || !str_equal_nocase(function, STR("SETVAL")))
        record_need(w, PRIVILEGE_SELECT, OBJECT_SEQUENCE, schema, sql_name_object(w->text, name),
                    work_position(w, name));
    if (next || str_equal_nocase(function, STR("SETVAL")))
        record_need(w, PRIVILEGE_INSERT, OBJECT_SEQUENCE, schema, sql_name_object(w->text, name),
                    work_position(w, name));
}

struct value expression_call(struct work *w, struct scope *s, const struct sql_node *n)
{
    const struct sql_node *name_node = n->child[SQL_CALL_NAME];
    const struct sql_node *list = n->child[SQL_CALL_ARGUMENTS];
    bool bare = name_node->kind != SQL_NAME;
    struct str schema = bare ? STR_NONE : sql_name_schema(w->text, name_node);
    struct str name = bare ? sql_name(w->text, name_node) : sql_name_object(w->text, name_node);
    uint32_t position = work_position(w, n);
    const struct function *f = schema.len == 0 ? function_find(name, w->mariadb, w->version) : NULL;
    size_t count = list ? list->count : 0;
    struct value *arguments = arena_array(w->arena, count, struct value);
    unsigned local = s ? s->local_references : 0;

    if (arguments == NULL)
        return (struct value){.may_fail = true};
    bool star = call_arguments(w, s, name, list, arguments);
    sequence_needs(w, name, list);
    struct value rest = other_slots(w, s, n);
    struct value v;
    if (f == NULL) {
        v = value_both(w, rest, routine_call(w, schema, name, true, arguments, count, position));
        v = (struct value){.from = v.from, .length = LENGTH_UNBOUNDED, .may_fail = true};
    } else {
        v = native_value(w, f, list, arguments, count, position);
        v.from = set_union(w, v.from, rest.from);
        v.may_fail |= rest.may_fail;
        /* A blank before ( may turn a native name into that of a stored function. */
        if (sql_flag(n, SQL_FLAG_GENERIC) && !w->in_view &&
            catalog_routine_find(w->context->catalog, w->schema, name, true) != NULL)
            v = value_either(
                w, v, routine_call(w, STR_NONE, name, true, arguments, count, position));
        if (w->program != NULL && (f->flags & (FUNCTION_READS_SESSION | FUNCTION_READS_DIAGNOSTICS)))
            v.from = set_union(w, v.from, program_touched(w));
        record_effects(w, f, arguments, count, v.from, position);
        if (f->flags & FUNCTION_AGGREGATE)
            v = aggregate_value(w, s, f, n, arguments, count, v);
    }
    if (n->child[SQL_CALL_OVER] != NULL) {
        v = over_value(w, s, n, v, position);
    } else if (f != NULL && (f->flags & FUNCTION_AGGREGATE) && s != NULL &&
               (star || s->local_references > local || v.from.count == 0)) {
        s->aggregates = true;
    }
    v.plain = false;
    return v;
}

/* ---- windows ---- */

static struct value window_list(struct work *w, struct scope *s, const struct sql_node *list,
                                enum use_how how, const char *what)
{
    struct value all = {.constant = true};

    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct sql_node *item = list->child[i];
        struct value v =
            expression(w, s, item->kind == SQL_ORDER_ITEM ? item->child[0] : item);
        record_use(w, how, v.from, what, work_position(w, item));
        all = value_both(w, all, v);
    }
    return all;
}

struct value expression_window(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = {.constant = true};

    if (!work_enter(w, n))
        return v;
    const struct sql_node *base = NULL;
    if (n->kind == SQL_IDENT || n->child[SQL_WINDOW_BASE] != NULL) {
        const struct sql_node *named = n->kind == SQL_IDENT ? n : n->child[SQL_WINDOW_BASE];
        base = window_named(w, s, sql_name(w->text, named));
        if (base == NULL)
            record_unknown(w, "window", sql_name(w->text, named), work_position(w, n));
        else
            v = expression_window(w, s, base);
    }
    if (n->kind == SQL_WINDOW) {
        v = value_both(w, v, window_list(w, s, n->child[SQL_WINDOW_PARTITION], USE_WINDOW,
                                         "PARTITION BY"));
        v = value_both(w, v, window_list(w, s, n->child[SQL_WINDOW_ORDER], USE_ORDER, "OVER"));
        const struct sql_node *frame = n->child[SQL_WINDOW_FRAME];
        for (uint32_t i = 0; frame != NULL && i < frame->count; i++)
            if (frame->child[i] != NULL && frame->child[i]->child[SQL_BOUND_VALUE] != NULL) {
                struct value bound = expression(w, s, frame->child[i]->child[SQL_BOUND_VALUE]);
                record_use(w, USE_WINDOW, bound.from, "frame", work_position(w, n));
                v = value_both(w, v, bound);
                v.may_fail = true; /* a RANGE over dates or numbers may overflow */
            }
    }
    work_leave(w);
    return v;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Expressions to values, one small function for each kind of node, found through a table; a kind
 * that is not an expression is an unknown. Each function asks: on which columns does the result
 * depend, and may evaluating it fail or warn in a way that shows a value?
 *
 * A part that may fail is also a channel for whatever decides if it is evaluated at all (`guard`):
 * IF(ssn LIKE '7%', 1/0, 1) warns for some values of ssn.
 */
#include "lineage/internal.h"

#include "lineage/variable.h"


void guard(struct work *w, set_t others, const char *what, uint32_t position)
{
    record_use(w, USE_ERROR, others, what, position);
}

/* Used as a condition. */
static bool truth(struct work *w, struct value v, const struct sql_node *node)
{
    return value_as_number(w, v, STR("condition"), work_position(w, node));
}

static struct value number_of(struct value v)
{
    v.type = VALUE_INTEGER;
    v.length = 24;
    v.plain = v.as_number = v.as_date = v.parameter = false;
    return v;
}

static struct value no_value(struct work *w, const struct sql_node *node, const char *what)
{
    record_unknown(w, what, str_slice(sql_node_text(w->text, node), 0, 60),
                   work_position(w, node));
    return (struct value){.length = LENGTH_UNBOUNDED, .may_fail = true};
}

/* ---- literals and variables ---- */

static struct value on_null(struct work *w, struct scope *s, const struct sql_node *n)
{
    (void)w, (void)s, (void)n;
    return value_constant(VALUE_NULL, 0);
}

static struct value on_bool(struct work *w, struct scope *s, const struct sql_node *n)
{
    (void)w, (void)s, (void)n;
    return value_constant(VALUE_INTEGER, 1);
}

static struct value on_number(struct work *w, struct scope *s, const struct sql_node *n)
{
    (void)s;
    const struct sql_token *token = &w->text->tokens[n->first];
    struct value v = value_constant(VALUE_INTEGER, token->end - token->start);

    /* x'41' and b'1' are bytes or numbers, as the servers see fit. */
    if (token->kind == SQL_TOKEN_HEX || token->kind == SQL_TOKEN_BIT)
        v.type = VALUE_BINARY;
    else if (token->kind == SQL_TOKEN_DECIMAL)
        v.type = VALUE_DECIMAL;
    else if (token->kind == SQL_TOKEN_FLOAT)
        v.type = VALUE_FLOAT;
    return v;
}

/* `12`, `-3.5`: such a text becomes a number without a warning. */
static bool text_is_number(struct str text)
{
    size_t i = 0, digits = 0, points = 0;

    if (i < text.len && (text.ptr[i] == '-' || text.ptr[i] == '+'))
        i++;
    for (; i < text.len; i++) {
        if (ascii_digit(text.ptr[i]))
            digits++;
        else if (text.ptr[i] == '.' && points++ == 0)
            continue;
        else
            return false;
    }
    return digits > 0 && digits < 16;
}

static bool digits_at(struct str text, size_t at, size_t count, unsigned max)
{
    unsigned n = 0;

    for (size_t i = at; i < at + count; i++) {
        if (i >= text.len || !ascii_digit(text.ptr[i]))
            return false;
        n = n * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return n <= max;
}

/* `2026-11-22`, `2026-11-22 17:30:00`: plausible in every month. */
static bool text_is_date(struct str text)
{
    if (text.len < 10 || !digits_at(text, 0, 4, 9999) || text.ptr[4] != '-' ||
        !digits_at(text, 5, 2, 12) || text.ptr[7] != '-' || !digits_at(text, 8, 2, 28) ||
        str_equal(str_slice(text, 5, 2), STR("00")) || str_equal(str_slice(text, 8, 2), STR("00")))
        return false;
    if (text.len == 10)
        return true;
    return text.len == 19 && (text.ptr[10] == ' ' || text.ptr[10] == 'T') &&
           digits_at(text, 11, 2, 23) && text.ptr[13] == ':' && digits_at(text, 14, 2, 59) &&
           text.ptr[16] == ':' && digits_at(text, 17, 2, 59);
}

static struct value on_string(struct work *w, struct scope *s, const struct sql_node *n)
{
    (void)s;
    uint8_t kind = w->text->tokens[n->first].kind;
    bool binary = kind == SQL_TOKEN_HEX || kind == SQL_TOKEN_BIT;
    struct value v = value_constant(binary ? VALUE_BINARY : VALUE_TEXT,
                                    sql_node_text(w->text, n).len);

    if (!binary) {
        struct str text = sql_name(w->text, n);
        v.as_number = text_is_number(text);
        v.as_date = text_is_date(text);
    }
    return v;
}

static struct value on_temporal(struct work *w, struct scope *s, const struct sql_node *n)
{
    (void)w, (void)s, (void)n;
    return value_constant(VALUE_TEMPORAL, 32);
}

static struct value on_param(struct work *w, struct scope *s, const struct sql_node *n)
{
    (void)w, (void)s, (void)n;
    return (struct value){.length = LENGTH_SAFE / 4, .parameter = true};
}

static struct value on_unit(struct work *w, struct scope *s, const struct sql_node *n)
{
    (void)w, (void)s, (void)n;
    return value_constant(VALUE_NULL, 0);
}

static struct value on_user_variable(struct work *w, struct scope *s, const struct sql_node *n)
{
    (void)s;
    struct str name = arena_printf(w->arena, "@%.*s", STR_ARG(sql_name(w->text, n)));
    struct value v = {.length = LENGTH_UNBOUNDED};

    record_effect(w, EFFECT_READS_SESSION, name, work_position(w, n));
    /* In a program, what the program itself may have left in it. */
    work_spend(w, w->program != NULL ? w->sink_count : 0);
    for (size_t i = 0; w->program != NULL && i < w->sink_count; i++)
        if (w->sinks[i].kind == SINK_USER_VARIABLE && str_equal_nocase(w->sinks[i].target, name))
            v.from = set_union(w, v.from, w->sinks[i].from);
    return v;
}

static struct value on_system_variable(struct work *w, struct scope *s, const struct sql_node *n)
{
    (void)s;
    struct str name = sql_name(w->text, n->child[SQL_SYSTEM_VARIABLE_NAME]);

    variable_read(w, name, n->child[SQL_SYSTEM_VARIABLE_COMPONENT] != NULL, work_position(w, n));
    return (struct value){.length = LENGTH_SAFE / 4,
                          .from = w->program && !variable_harmless(name) ? program_touched(w)
                                                                         : (set_t){NULL, 0}};
}

static struct value on_default(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = value_constant(VALUE_UNKNOWN, LENGTH_SAFE / 4);

    if (n->count > 0 && n->child[0] != NULL) {
        bool variables = w->no_variables;
        w->no_variables = true;
        v = expression(w, s, n->child[0]);
        w->no_variables = variables;
        v.plain = false;
    }
    return v;
}

static struct value on_column(struct work *w, struct scope *s, const struct sql_node *n)
{
    return scope_resolve(w, s, n);
}

static struct value on_ident(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v;

    if (program_name(w, STR_NONE, STR_NONE, sql_name(w->text, n), &v))
        return v;
    if (s != NULL && scope_find(w, s, STR_NONE, STR_NONE, sql_name(w->text, n), &v))
        return v;
    return no_value(w, n, "column");
}

/* ---- operators ---- */

static struct value on_unary(struct work *w, struct scope *s, const struct sql_node *n)
{
    const struct sql_node *operand = n->child[0];
    struct value v = expression(w, s, operand);
    struct value result = number_of(v);
    enum sql_operator op = sql_op(n);

    if (op == SQL_OP_PLUS && (v.type == VALUE_INTEGER || v.type == VALUE_DECIMAL))
        return v;
    if (op == SQL_OP_NOT || op == SQL_OP_BANG) {
        result.may_fail |= truth(w, v, n);
        return result;
    }
    if (v.constant && (v.type == VALUE_INTEGER || v.type == VALUE_DECIMAL ||
                       v.type == VALUE_FLOAT)) {
        result.type = v.type;
        return result;
    }
    result.type = v.type == VALUE_INTEGER || v.type == VALUE_DECIMAL ? v.type : VALUE_FLOAT;
    result.may_fail |= value_as_anything_that_fails(w, v, str_of(sql_operator_text(op)),
                                                    work_position(w, n));
    return result;
}

static struct value logical(struct work *w, struct value a, struct value b,
                            const struct sql_node *n)
{
    struct value v = number_of(value_both(w, a, b));

    a.may_fail |= truth(w, a, n);
    b.may_fail |= truth(w, b, n);
    v.may_fail = a.may_fail || b.may_fail;
    if (a.may_fail)
        guard(w, b.from, "condition", work_position(w, n));
    if (b.may_fail)
        guard(w, a.from, "condition", work_position(w, n));
    return v;
}

static bool is_comparison(enum sql_operator op)
{
    return op == SQL_OP_EQUAL || op == SQL_OP_NULL_SAFE || op == SQL_OP_NOT_EQUAL ||
           op == SQL_OP_LESS || op == SQL_OP_LESS_EQUAL || op == SQL_OP_GREATER ||
           op == SQL_OP_GREATER_EQUAL;
}

/* Parts of a row: of a ROW node, or the columns of a subquery. */
static size_t parts_of(struct work *w, struct scope *s, const struct sql_node *n,
                       struct value **ret, struct value *ret_all)
{
    size_t count = 1;
    struct value all = {.constant = true};

    if (n->kind == SQL_ROW && n->child[0] != NULL) {
        count = n->child[0]->count;
        *ret = arena_array(w->arena, count, struct value);
        for (size_t i = 0; *ret != NULL && i < count; i++) {
            (*ret)[i] = expression(w, s, n->child[0]->child[i]);
            all = value_both(w, all, (*ret)[i]);
        }
        all.type = VALUE_ROW;
    } else {
        *ret = arena_array(w->arena, 1, struct value);
        all = expression(w, s, n);
        if (*ret != NULL)
            (*ret)[0] = all;
    }
    if (*ret == NULL)
        count = 0;
    *ret_all = all;
    return count;
}

static bool compare_parts(struct work *w, const struct value *a, size_t a_count,
                          const struct value *b, size_t b_count, const char *what,
                          uint32_t position)
{
    bool fails = false;

    for (size_t i = 0; i < a_count && i < b_count; i++)
        fails = value_compare(w, a[i], b[i], what, position) || fails;
    return fails;
}

/* Evaluates both sides of a comparison. */
static struct value compare_nodes(struct work *w, struct scope *s, const struct sql_node *left,
                                  const struct sql_node *right, const char *what,
                                  struct value *ret_left, struct value *ret_right)
{
    struct value *a, *b;
    uint32_t position = work_position(w, left);
    size_t a_count = parts_of(w, s, left, &a, ret_left);
    size_t b_count = parts_of(w, s, right, &b, ret_right);
    struct value v = number_of(value_both(w, *ret_left, *ret_right));

    v.may_fail |= compare_parts(w, a, a_count, b, b_count, what, position);
    if (ret_left->may_fail)
        guard(w, ret_right->from, what, position);
    if (ret_right->may_fail)
        guard(w, ret_left->from, what, position);
    return v;
}

static struct value arithmetic(struct work *w, struct value a, struct value b,
                               const struct sql_node *n)
{
    enum sql_operator op = sql_op(n);
    struct value v = value_both(w, a, b);
    /* Of literals, only those that are too short to overflow are sure not to. */
    bool literals = a.constant && b.constant && a.type == VALUE_INTEGER &&
                    b.type == VALUE_INTEGER && !v.may_fail && v.length < 18 &&
                    (op == SQL_OP_PLUS || op == SQL_OP_MINUS || op == SQL_OP_MULTIPLY);

    w->not_cacheable |= a.constant && b.constant; /* their lengths were looked at */
    if (!literals)
        v.length = 96;
    v.type = a.type == VALUE_INTEGER && b.type == VALUE_INTEGER && op != SQL_OP_DIVIDE
                 ? VALUE_INTEGER
                 : VALUE_FLOAT;
    if (a.type == VALUE_TEMPORAL || b.type == VALUE_TEMPORAL)
        v.type = VALUE_UNKNOWN;
    if (!literals)
        v.may_fail = value_as_anything_that_fails(w, v, str_of(sql_operator_text(op)),
                                                  work_position(w, n));
    return v;
}

/* Two operands of anything but a comparison. */
static struct value combine(struct work *w, struct value a, struct value b,
                            const struct sql_node *n)
{
    enum sql_operator op = sql_op(n);
    struct value v;

    if (op == SQL_OP_OR || op == SQL_OP_XOR || op == SQL_OP_AND)
        return logical(w, a, b, n);
    if (op == SQL_OP_CONCAT) {
        v = value_both(w, a, b);
        v.type = VALUE_TEXT;
        if (v.length > LENGTH_SAFE)
            v.may_fail |= value_as_anything_that_warns(w, v, STR("||"), work_position(w, n));
        if (a.may_fail || b.may_fail)
            guard(w, v.from, "||", work_position(w, n));
        return v;
    }
    if (op == SQL_OP_MEMBER_OF) {
        v = number_of(value_both(w, a, b));
        v.may_fail |= value_as_json(w, b, STR("MEMBER OF"), work_position(w, n));
        return v;
    }
    if (op == SQL_OP_BIT_AND || op == SQL_OP_BIT_OR || op == SQL_OP_BIT_XOR ||
        op == SQL_OP_SHIFT_LEFT || op == SQL_OP_SHIFT_RIGHT) {
        v = number_of(value_both(w, a, b));
        if (a.type != VALUE_INTEGER || b.type != VALUE_INTEGER)
            v.may_fail = value_as_anything_that_fails(w, v, str_of(sql_operator_text(op)),
                                                      work_position(w, n));
        return v;
    }
    return arithmetic(w, a, b, n);
}

/* Two operands or more, from left to right. */
static struct value on_binary(struct work *w, struct scope *s, const struct sql_node *n)
{
    enum sql_operator op = sql_op(n);
    struct value a, b, v;
    uint32_t i = 1;

    if (is_comparison(op)) {
        v = compare_nodes(w, s, n->child[0], n->child[1], sql_operator_text(op), &a, &b);
        for (i = 2; i < n->count; i++) {
            b = expression(w, s, n->child[i]);
            bool fails = value_compare(w, v, b, sql_operator_text(op), work_position(w, n));
            if (v.may_fail || b.may_fail)
                guard(w, set_union(w, v.from, b.from), sql_operator_text(op), work_position(w, n));
            v = number_of(value_both(w, v, b));
            v.may_fail |= fails;
        }
        return v;
    }
    v = expression(w, s, n->child[0]);
    for (; i < n->count; i++)
        v = combine(w, v, expression(w, s, n->child[i]), n);
    return v;
}

static struct value on_is(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = expression(w, s, n->child[0]);
    struct value result = number_of(v);
    enum sql_operator op = sql_op(n);

    if (op == SQL_OP_IS_TRUE || op == SQL_OP_IS_FALSE || op == SQL_OP_IS_UNKNOWN)
        result.may_fail |= truth(w, v, n);
    return result;
}

static struct value on_between(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value a, low, high;
    struct value v = compare_nodes(w, s, n->child[SQL_BETWEEN_VALUE], n->child[SQL_BETWEEN_LOW],
                                   "BETWEEN", &a, &low);

    high = expression(w, s, n->child[SQL_BETWEEN_HIGH]);
    bool fails = v.may_fail || high.may_fail;
    fails = value_compare(w, a, high, "BETWEEN", work_position(w, n)) || fails;
    v = number_of(value_both(w, v, high));
    v.may_fail = fails;
    if (fails)
        guard(w, v.from, "BETWEEN", work_position(w, n));
    return v;
}

/* The columns of a subquery, with what the existence of its rows depends on. */
static struct value subquery_row(struct work *w, struct scope *s, const struct sql_node *query,
                                 const struct relation **ret)
{
    const struct relation *relation = query_relation(w, s, s ? s->ctes : NULL, query);
    struct value v = {.length = 0};

    *ret = relation;
    if (relation == NULL)
        return (struct value){.length = LENGTH_UNBOUNDED, .may_fail = true};
    for (size_t i = 0; i < relation->count; i++)
        v = value_both(w, v, relation->columns[i].value);
    if (relation->count == 1)
        v.type = relation->columns[0].value.type;
    else
        v.type = VALUE_ROW;
    v.from = set_union(w, v.from, relation->existence);
    v.may_fail |= relation->may_fail;
    return v;
}

static const struct sql_node *query_of(const struct sql_node *n)
{
    while (n != NULL && n->kind == SQL_SUBQUERY)
        n = n->child[0];
    return n;
}

static struct value in_query(struct work *w, struct scope *s, const struct sql_node *value,
                             const struct sql_node *query, const char *what)
{
    const struct relation *relation;
    struct value *parts, left;
    size_t count = parts_of(w, s, value, &parts, &left);
    struct value right = subquery_row(w, s, query, &relation);
    struct value v = number_of(value_both(w, left, right));

    for (size_t i = 0; relation != NULL && i < count && i < relation->count; i++)
        v.may_fail = value_compare(w, parts[i], relation->columns[i].value, what,
                                   work_position(w, value)) ||
                     v.may_fail;
    if (v.may_fail)
        guard(w, v.from, what, work_position(w, value));
    return v;
}

static struct value on_in(struct work *w, struct scope *s, const struct sql_node *n)
{
    const struct sql_node *list = n->child[SQL_IN_LIST];

    if (list->kind != SQL_LIST)
        return in_query(w, s, n->child[SQL_IN_VALUE], query_of(list), "IN");
    struct value *parts, left;
    size_t count = parts_of(w, s, n->child[SQL_IN_VALUE], &parts, &left);
    struct value all = left;
    for (uint32_t i = 0; i < list->count; i++) {
        struct value *others, right;
        size_t other_count = parts_of(w, s, list->child[i], &others, &right);
        bool fails = compare_parts(w, parts, count, others, other_count, "IN",
                                   work_position(w, n));
        all = value_both(w, all, right);
        all.may_fail |= fails;
    }
    if (all.may_fail)
        guard(w, all.from, "IN", work_position(w, n));
    return number_of(all);
}

static struct value on_like(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = expression(w, s, n->child[SQL_LIKE_VALUE]);
    struct value pattern = expression(w, s, n->child[SQL_LIKE_PATTERN]);
    struct value all = value_both(w, v, pattern);

    if (n->child[SQL_LIKE_ESCAPE] != NULL)
        all = value_both(w, all, expression(w, s, n->child[SQL_LIKE_ESCAPE]));
    if (all.may_fail)
        guard(w, all.from, sql_operator_text(sql_op(n)), work_position(w, n));
    /* A pattern can be made to run out of its budget on some values. */
    if (sql_op(n) == SQL_OP_REGEXP)
        all.may_fail = value_as_anything_that_fails(w, all, STR("REGEXP"), work_position(w, n));
    return number_of(all);
}

static struct value on_quantified(struct work *w, struct scope *s, const struct sql_node *n)
{
    return in_query(w, s, n->child[SQL_QUANTIFIED_VALUE],
                    query_of(n->child[SQL_QUANTIFIED_QUERY]), "ANY or ALL");
}

static struct value on_exists(struct work *w, struct scope *s, const struct sql_node *n)
{
    const struct sql_node *around = w->exists;
    struct value v = {.type = VALUE_INTEGER, .length = 1};

    w->exists = query_of(n->child[0]);
    const struct relation *relation = query_relation(w, s, s ? s->ctes : NULL, w->exists);
    w->exists = around;
    if (relation == NULL)
        return v;
    v.from = relation->existence;
    v.may_fail = relation->may_fail;
    if (!v.may_fail)
        return v;
    /* It stops at the first row that it finds, and MariaDB keeps results by the values of all outer
     * columns inside, those of the select list too: how often it warns depends on them. */
    set_t all = v.from;
    for (size_t i = 0; i < relation->count; i++)
        all = set_union(w, all, relation->columns[i].value.from);
    guard(w, all, "EXISTS", work_position(w, n));
    return v;
}

static struct value on_subquery(struct work *w, struct scope *s, const struct sql_node *n)
{
    const struct relation *relation;
    struct value v = subquery_row(w, s, query_of(n), &relation);

    v.plain = v.constant = false;
    if (relation == NULL || !relation->one_row) {
        if (relation != NULL)
            record_use(w, USE_ERROR, relation->existence, "scalar subquery", work_position(w, n));
        v.may_fail = true;
    }
    /* How often it is evaluated may depend on the outer columns inside, as for EXISTS. */
    if (relation != NULL && relation->may_fail)
        guard(w, v.from, "scalar subquery", work_position(w, n));
    return v;
}

static struct value on_row(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = expression_list(w, s, n->child[SQL_ROW_VALUES], "row");

    v.type = VALUE_ROW;
    return v;
}

static struct value on_interval(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = expression(w, s, n->child[SQL_INTERVAL_VALUE]);

    v.may_fail |= value_as_number(w, v, STR("INTERVAL"), work_position(w, n));
    v.plain = false;
    return v;
}

static struct value on_collate(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = expression(w, s, n->child[SQL_COLLATE_VALUE]);

    v.plain = false;
    return v;
}

static struct value on_case(struct work *w, struct scope *s, const struct sql_node *n)
{
    const struct sql_node *operand = n->child[SQL_CASE_OPERAND];
    const struct sql_node *whens = n->child[SQL_CASE_WHENS];
    const struct sql_node *otherwise = n->child[SQL_CASE_ELSE];
    struct value tested = operand ? expression(w, s, operand) : (struct value){.constant = true};
    struct value conditions = tested, result = value_constant(VALUE_NULL, 0);
    uint32_t position = work_position(w, n);

    for (uint32_t i = 0; i < whens->count; i++) {
        const struct sql_node *when = whens->child[i];
        struct value c = expression(w, s, when->child[SQL_WHEN_CONDITION]);
        bool fails = operand ? value_compare(w, tested, c, "CASE", position) : truth(w, c, when);
        conditions = value_both(w, conditions, c);
        conditions.may_fail |= fails;
        result = value_either(w, result, expression(w, s, when->child[SQL_WHEN_VALUE]));
    }
    if (otherwise != NULL)
        result = value_either(w, result, expression(w, s, otherwise));
    if (result.may_fail || conditions.may_fail)
        guard(w, conditions.from, "CASE", position);
    result.from = set_union(w, result.from, conditions.from);
    result.may_fail |= conditions.may_fail;
    result.constant = result.constant && conditions.constant;
    result.plain = false;
    return result;
}

/* ---- conversions ---- */

static bool type_begins(struct work *w, const struct sql_node *type, const char *word)
{
    return str_starts_nocase(sql_node_text(w->text, type), str_of(word));
}

static enum value_type cast_type(struct work *w, const struct sql_node *type)
{
    static const struct {
        const char *word;
        enum value_type type;
    } words[] = {
        {"char", VALUE_TEXT},       {"varchar", VALUE_TEXT},    {"nchar", VALUE_TEXT},
        {"national", VALUE_TEXT},   {"binary", VALUE_BINARY},   {"varbinary", VALUE_BINARY},
        {"signed", VALUE_INTEGER},  {"unsigned", VALUE_INTEGER}, {"int", VALUE_INTEGER},
        {"year", VALUE_INTEGER},    {"decimal", VALUE_DECIMAL}, {"dec", VALUE_DECIMAL},
        {"float", VALUE_FLOAT},     {"double", VALUE_FLOAT},    {"real", VALUE_FLOAT},
        {"datetime", VALUE_TEMPORAL}, {"date", VALUE_TEMPORAL}, {"timestamp", VALUE_TEMPORAL},
        {"time", VALUE_TEMPORAL},   {"json", VALUE_JSON},
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (type_begins(w, type, words[i].word))
            return words[i].type;
    return VALUE_UNKNOWN;
}

static bool charset_is_utf8(struct str name)
{
    return str_starts_nocase(name, STR("utf8"));
}

/* Which casts can't warn, whatever the value? */
static bool cast_is_total(struct work *w, struct value v, const struct sql_node *type,
                          enum value_type to)
{
    const struct sql_node *charset = type->count > SQL_TYPE_CHARSET ? type->child[SQL_TYPE_CHARSET]
                                                                     : NULL;
    bool bare = type->count <= SQL_TYPE_ARGUMENTS || type->child[SQL_TYPE_ARGUMENTS] == NULL;

    if (v.type == VALUE_NULL)
        return true;
    if (to == VALUE_TEXT)
        return bare && v.type != VALUE_BINARY && v.type != VALUE_GEOMETRY &&
               v.type != VALUE_UNKNOWN && v.type != VALUE_ROW && v.length <= LENGTH_SAFE &&
               (charset == NULL || charset_is_utf8(sql_node_text(w->text, charset)));
    if (to == VALUE_BINARY)
        return bare && v.length <= LENGTH_SAFE;
    w->not_cacheable |= v.as_date || v.as_number; /* decided by what the literal says */
    if (to == VALUE_TEMPORAL)
        return v.type == VALUE_TEMPORAL || v.as_date;
    if (v.constant && v.as_number)
        return true;
    return v.constant && to == v.type;
}

static struct value on_cast(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = expression(w, s, n->child[SQL_CAST_VALUE]);
    const struct sql_node *type = n->child[SQL_CAST_TYPE];

    v.plain = false;
    if (type == NULL) {
        v.type = VALUE_BINARY;
        return v;
    }
    enum value_type to = cast_type(w, type);
    /* FLOAT: what is too large for it is an error, not a warning. */
    bool fits = to != VALUE_FLOAT || v.type == VALUE_INTEGER || v.type == VALUE_TEMPORAL;
    bool warns = (v.type <= VALUE_TEMPORAL && v.type != VALUE_UNKNOWN) && to != VALUE_JSON &&
                 to != VALUE_UNKNOWN && fits;
    if (!cast_is_total(w, v, type, to) && warns)
        v.may_fail |= value_as_anything_that_warns(w, v, STR("CAST"), work_position(w, n));
    if ((!cast_is_total(w, v, type, to) && !warns) || sql_flag(n, SQL_FLAG_ARRAY) ||
        n->child[SQL_CAST_ZONE] != NULL)
        v.may_fail = value_as_anything_that_fails(w, v, STR("CAST"), work_position(w, n));
    v.type = to;
    v.as_number = v.as_date = v.parameter = false;
    return v;
}

static struct value on_convert_using(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = expression(w, s, n->child[0]);
    bool binary = str_equal_nocase(sql_node_text(w->text, n->child[1]), STR("binary"));
    bool total = binary || (charset_is_utf8(sql_node_text(w->text, n->child[1])) &&
                            v.type != VALUE_BINARY && v.type != VALUE_UNKNOWN &&
                            v.type != VALUE_GEOMETRY);

    if (!total || v.length > LENGTH_SAFE)
        v.may_fail = value_as_anything_that_fails(w, v, STR("CONVERT"), work_position(w, n));
    v.type = binary ? VALUE_BINARY : VALUE_TEXT;
    v.plain = false;
    return v;
}

static struct value on_match(struct work *w, struct scope *s, const struct sql_node *n)
{
    bool variables = w->no_variables;

    w->no_variables = true;
    struct value v = expression_list(w, s, n->child[SQL_MATCH_COLUMNS], "MATCH");
    w->no_variables = variables;
    v = number_of(value_both(w, v, expression(w, s, n->child[SQL_MATCH_AGAINST])));
    v.type = VALUE_FLOAT;
    v.constant = false;
    return v;
}

static struct value on_assign(struct work *w, struct scope *s, const struct sql_node *n)
{
    const struct sql_node *target = n->child[SQL_ASSIGN_VARIABLE_TARGET];
    struct value v = expression(w, s, n->child[SQL_ASSIGN_VARIABLE_VALUE]);
    struct str name = arena_printf(w->arena, "@%.*s", STR_ARG(sql_name(w->text, target)));

    record_sink(w, SINK_USER_VARIABLE, name,
                w->program ? set_union(w, v.from, program_controls(w, w->program)) : v.from,
                work_position(w, n));
    record_effect(w, EFFECT_SETS_VARIABLE, name, work_position(w, n));
    v.constant = v.plain = false;
    return v;
}

static struct value on_json_get(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = expression(w, s, n->child[SQL_JSON_GET_COLUMN]);
    struct value path = expression(w, s, n->child[SQL_JSON_GET_PATH]);
    bool fails = value_as_json(w, v, STR("->"), work_position(w, n));

    v = value_both(w, v, path);
    v.may_fail |= fails;
    v.type = sql_flag(n, SQL_FLAG_TEXT) ? VALUE_TEXT : VALUE_JSON;
    return v;
}

static struct value on_odbc(struct work *w, struct scope *s, const struct sql_node *n)
{
    struct value v = expression(w, s, n->child[SQL_ODBC_VALUE]);

    v.plain = false;
    return v;
}

static struct value on_named_argument(struct work *w, struct scope *s, const struct sql_node *n)
{
    return expression(w, s, n->child[1]);
}

static struct value on_call(struct work *w, struct scope *s, const struct sql_node *n)
{
    return expression_call(w, s, n);
}

static struct value on_item(struct work *w, struct scope *s, const struct sql_node *n)
{
    return expression(w, s, n->child[SQL_ITEM_VALUE]);
}

static struct value on_list(struct work *w, struct scope *s, const struct sql_node *n)
{
    return expression_list(w, s, n, "list");
}

typedef struct value (*handler)(struct work *, struct scope *, const struct sql_node *);

static const handler handlers[SQL_NODE_KIND_COUNT] = {
    [SQL_LIST] = on_list,
    [SQL_IDENT] = on_ident,
    [SQL_ITEM] = on_item,
    [SQL_NULL] = on_null,
    [SQL_BOOL] = on_bool,
    [SQL_NUMBER] = on_number,
    [SQL_STRING] = on_string,
    [SQL_TEMPORAL] = on_temporal,
    [SQL_PARAM] = on_param,
    [SQL_USER_VARIABLE] = on_user_variable,
    [SQL_SYSTEM_VARIABLE] = on_system_variable,
    [SQL_DEFAULT] = on_default,
    [SQL_COLUMN] = on_column,
    [SQL_UNIT] = on_unit,
    [SQL_UNARY] = on_unary,
    [SQL_BINARY] = on_binary,
    [SQL_IS] = on_is,
    [SQL_BETWEEN] = on_between,
    [SQL_IN] = on_in,
    [SQL_LIKE] = on_like,
    [SQL_QUANTIFIED] = on_quantified,
    [SQL_EXISTS] = on_exists,
    [SQL_SUBQUERY] = on_subquery,
    [SQL_ROW] = on_row,
    [SQL_INTERVAL] = on_interval,
    [SQL_COLLATE] = on_collate,
    [SQL_CASE] = on_case,
    [SQL_CAST] = on_cast,
    [SQL_CONVERT_USING] = on_convert_using,
    [SQL_CALL] = on_call,
    [SQL_MATCH] = on_match,
    [SQL_ASSIGN_VARIABLE] = on_assign,
    [SQL_JSON_GET] = on_json_get,
    [SQL_ODBC] = on_odbc,
    [SQL_NAMED_ARGUMENT] = on_named_argument,
};

struct value expression(struct work *w, struct scope *scope, const struct sql_node *node)
{
    struct value v = {.length = LENGTH_UNBOUNDED, .may_fail = true};

    if (node == NULL || !work_enter(w, node))
        return v;
    if (node->kind < SQL_NODE_KIND_COUNT && handlers[node->kind] != NULL)
        v = handlers[node->kind](w, scope, node);
    else
        v = no_value(w, node, "expression");
    work_leave(w);
    return v;
}

struct value expression_list(struct work *w, struct scope *scope, const struct sql_node *list,
                             const char *what)
{
    struct value all = {.constant = true};

    for (uint32_t i = 0; list != NULL && i < list->count; i++)
        all = value_both(w, all, expression(w, scope, list->child[i]));
    if (all.may_fail)
        guard(w, all.from, what, work_position(w, list));
    return all;
}

/* ---- conditions ---- */

static struct value predicate_equal(struct work *w, struct scope *s, const struct sql_node *n,
                                    const char *what)
{
    struct value a, b;
    struct value v = compare_nodes(w, s, n->child[0], n->child[1],
                                   sql_operator_text(sql_op(n)), &a, &b);
    uint32_t position = work_position(w, n);

    if (a.plain && b.from.count == 0)
        record_use(w, USE_EQUALITY, a.from, what, position);
    else if (b.plain && a.from.count == 0)
        record_use(w, USE_EQUALITY, b.from, what, position);
    else if (a.plain && b.plain)
        record_use(w, USE_JOIN, v.from, what, position);
    else
        record_use(w, USE_PREDICATE, v.from, what, position);
    return v;
}

static struct value predicate_in(struct work *w, struct scope *s, const struct sql_node *n,
                                 const char *what)
{
    const struct sql_node *list = n->child[SQL_IN_LIST];
    struct value v = on_in(w, s, n);
    bool equality = list->kind == SQL_LIST && n->child[SQL_IN_VALUE]->kind == SQL_COLUMN &&
                    !sql_flag(n, SQL_FLAG_NOT);

    for (uint32_t i = 0; equality && i < list->count; i++)
        equality = list->child[i]->kind == SQL_STRING || list->child[i]->kind == SQL_NUMBER ||
                   list->child[i]->kind == SQL_PARAM || list->child[i]->kind == SQL_NULL;
    record_use(w, equality ? USE_EQUALITY : USE_PREDICATE, v.from, what, work_position(w, n));
    return v;
}

struct value expression_predicate(struct work *w, struct scope *scope,
                                  const struct sql_node *node, const char *what)
{
    struct value v = {.may_fail = true};

    if (node == NULL || !work_enter(w, node))
        return v;
    enum sql_operator op = sql_op(node);
    if (node->kind == SQL_BINARY && (op == SQL_OP_AND || op == SQL_OP_OR)) {
        v = expression_predicate(w, scope, node->child[0], what);
        for (uint32_t i = 1; i < node->count; i++)
            v = logical(w, v, expression_predicate(w, scope, node->child[i], what), node);
    } else if (node->kind == SQL_BINARY && node->count == 2 &&
               (op == SQL_OP_EQUAL || op == SQL_OP_NULL_SAFE)) {
        v = predicate_equal(w, scope, node, what);
    } else if (node->kind == SQL_IN) {
        v = predicate_in(w, scope, node, what);
    } else {
        v = expression(w, scope, node);
        v.may_fail |= truth(w, v, node);
        record_use(w, USE_PREDICATE, v.from, what, work_position(w, node));
    }
    work_leave(w);
    return v;
}

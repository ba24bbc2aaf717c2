/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE, ALTER and DROP of procedures, functions, triggers and events.
 */
#include "sql/parser.h"

/* What the characteristics said that the rest of a routine depends on. */
struct routine_form {
    bool alter;   /* of ALTER: not all are there */
    bool foreign; /* LANGUAGE something other than SQL */
    bool imports; /* USING was written */
};

/* name, without point before it */
static struct sql_node *parse_routine_name(struct sql_parser *p)
{
    return is_kind(p, SQL_TOKEN_DOT) ? parse_syntax(p, "a name") : parse_name(p);
}

/* USING ( [library [[AS] alias] [, ...]] ), empty in ALTER alone    MySQL 9 */
static void parse_libraries(struct sql_parser *p, struct routine_form *form)
{
    p->at++;
    expect_kind(p, SQL_TOKEN_LEFT);
    if (form->imports)
        parse_syntax(p, "one USING");
    form->imports = true;
    if (form->alter && accept_kind(p, SQL_TOKEN_RIGHT))
        return;
    do {
        parse_name(p);
        if (accept(p, W_AS) || is_ident(p))
            parse_ident(p);
    } while (accept_kind(p, SQL_TOKEN_COMMA));
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* COMMENT 'text' | LANGUAGE SQL | [NOT] DETERMINISTIC | {CONTAINS | NO} SQL |
 * {READS | MODIFIES} SQL DATA | SQL SECURITY {DEFINER | INVOKER}
 * MySQL: LANGUAGE name | USING ( library, ... ); DETERMINISTIC is not for ALTER */
static bool parse_characteristic(struct sql_parser *p, struct sql_node *routine,
                                 struct routine_form *form)
{
    if (accept(p, W_COMMENT)) {
        parse_string(p);
    } else if (accept(p, W_LANGUAGE)) {
        form->foreign = !accept(p, W_SQL);
        if (form->foreign && !p->mysql)
            parse_syntax(p, "SQL");
        else if (form->foreign)
            parse_ident(p);
    } else if (!form->alter && (accept(p, W_DETERMINISTIC) || accept2(p, W_NOT, W_DETERMINISTIC))) {
        return true;
    } else if (accept2(p, W_CONTAINS, W_SQL) || accept2(p, W_NO, W_SQL)) {
        return true;
    } else if (is(p, W_READS) || is(p, W_MODIFIES)) {
        p->at++;
        expect2(p, W_SQL, W_DATA);
    } else if (accept2(p, W_SQL, W_SECURITY)) {
        routine->op = is(p, W_DEFINER) ? SQL_SECURITY_DEFINER : SQL_SECURITY_INVOKER;
        if (!accept(p, W_DEFINER))
            expect(p, W_INVOKER);
    } else if (p->mysql && is(p, W_USING) && kind_at(p, 1) == SQL_TOKEN_LEFT) {
        parse_libraries(p, form);
    } else {
        return false;
    }
    return true;
}

/* sql_mode ORACLE writes the mode behind the name. Otherwise MariaDB takes it for the name of a
 * type, which it does not find, and reads no further: the rest is nothing to it. */
static void stop_at_mode(struct sql_parser *p)
{
    parse_doubt(p, "a parameter's mode behind its name");
    p->at = p->end;
    p->stopped = true;
}

/* [IN | OUT | INOUT] name type    MariaDB 11.8 and later: [DEFAULT expr] */
static struct sql_node *parse_parameter(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_PARAMETER, p->at);

    if (accept(p, W_OUT))
        node->op = SQL_PARAMETER_OUT;
    else if (accept(p, W_INOUT))
        node->op = SQL_PARAMETER_INOUT;
    else
        accept(p, W_IN);
    node->child[SQL_PARAMETER_NAME] = parse_ident(p);
    if (!p->mysql && p->version < 120000 && (is(p, W_IN) || is(p, W_OUT) || is(p, W_INOUT))) {
        node->child[SQL_PARAMETER_TYPE] = node_leaf(p, SQL_TYPE);
        stop_at_mode(p);
        return node_finish(p, node);
    }
    node->child[SQL_PARAMETER_TYPE] = parse_type(p);
    if (!p->mysql && p->version >= 110800 && accept(p, W_DEFAULT))
        node->child[SQL_PARAMETER_DEFAULT] = parse_expr(p);
    return node_finish(p, node);
}

/* name type, of MySQL's functions */
static struct sql_node *parse_plain_parameter(struct sql_parser *p)
{
    struct sql_node *node = node_new(p, SQL_PARAMETER, p->at);

    node->child[SQL_PARAMETER_NAME] = parse_ident(p);
    node->child[SQL_PARAMETER_TYPE] = parse_type(p);
    return node_finish(p, node);
}

static struct sql_node *parse_parameters(struct sql_parser *p, bool function)
{
    parse_function *element = function && p->mysql ? parse_plain_parameter : parse_parameter;
    struct sql_node *list;

    expect_kind(p, SQL_TOKEN_LEFT);
    list = is_kind(p, SQL_TOKEN_RIGHT) ? list_end(p, list_begin(p), SQL_LIST, p->at)
                                       : parse_list(p, element);
    if (p->stopped)
        return list;
    expect_kind(p, SQL_TOKEN_RIGHT);
    return list;
}

/* RETURNS {STRING | INTEGER | REAL | DECIMAL} SONAME 'library' */
static struct sql_node *parse_loadable(struct sql_parser *p, struct sql_node *routine)
{
    if (routine->child[SQL_ROUTINE_DEFINER] != NULL)
        return parse_syntax(p, "(");
    if (routine->child[SQL_ROUTINE_NAME]->child[SQL_NAME_SCHEMA] != NULL)
        return parse_syntax(p, "a name without schema");
    expect(p, W_RETURNS);
    if (!accept(p, W_STRING) && !accept(p, W_INTEGER) && !accept(p, W_INT) && !accept(p, W_REAL))
        expect(p, W_DECIMAL);
    expect(p, W_SONAME);
    routine->child[SQL_ROUTINE_LIBRARY] = parse_string(p);
    return node_finish(p, routine);
}

/* CREATE [OR REPLACE] [DEFINER = user] {PROCEDURE | [AGGREGATE] FUNCTION} [IF NOT EXISTS] name
 *     ( [parameter [, parameter] ...] ) [RETURNS type] [characteristic] ... body
 * CREATE [AGGREGATE] FUNCTION [IF NOT EXISTS] name RETURNS type SONAME 'library' */
static struct sql_node *parse_create_routine(struct sql_parser *p, uint32_t first, uint32_t flags,
                                             const struct definition *definition)
{
    struct sql_node *routine = node_new(p, SQL_CREATE_ROUTINE, first);

    if (accept(p, W_AGGREGATE))
        flags |= SQL_FLAG_AGGREGATE;
    bool function = is(p, W_FUNCTION);
    p->at++;
    if (accept_if_not_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    routine->flags = flags | (function ? SQL_FLAG_FUNCTION : 0u);
    routine->child[SQL_ROUTINE_DEFINER] = definition->definer;
    routine->child[SQL_ROUTINE_NAME] = parse_routine_name(p);
    if (function && is(p, W_RETURNS) && !p->failed && definition->definer == NULL &&
        routine->child[SQL_ROUTINE_NAME]->child[SQL_NAME_SCHEMA] == NULL)
        return parse_loadable(p, routine);
    if (p->mysql && (flags & SQL_FLAG_AGGREGATE))
        return parse_syntax(p, "RETURNS");
    routine->child[SQL_ROUTINE_PARAMETERS] = parse_parameters(p, function);
    if (p->stopped)
        return node_finish(p, routine);
    if (function) {
        expect(p, W_RETURNS);
        routine->child[SQL_ROUTINE_RETURNS] = parse_result_type(p);
    }
    struct routine_form form = {.alter = false};
    while (parse_characteristic(p, routine, &form) && !p->failed)
        ;
    if (form.foreign && !is(p, W_AS))
        return parse_syntax(p, "AS");
    if (form.foreign && accept(p, W_AS))
        routine->child[SQL_ROUTINE_CODE] =
            is_kind(p, SQL_TOKEN_DOLLAR) ? node_leaf(p, SQL_STRING) : parse_string(p);
    else
        routine->child[SQL_ROUTINE_BODY] = parse_body(p);
    return node_finish(p, routine);
}

/* TRIGGER [IF NOT EXISTS] name {BEFORE | AFTER} {INSERT | UPDATE | DELETE} ON table FOR EACH ROW
 *     [{FOLLOWS | PRECEDES} trigger] body */
static struct sql_node *parse_create_trigger(struct sql_parser *p, uint32_t first, uint32_t flags,
                                             const struct definition *definition)
{
    struct sql_node *trigger = node_new(p, SQL_CREATE_TRIGGER, first);

    p->at++;
    if (accept_if_not_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    trigger->flags = flags;
    trigger->child[SQL_TRIGGER_DEFINER] = definition->definer;
    trigger->child[SQL_TRIGGER_NAME] = parse_routine_name(p);
    if (accept(p, W_BEFORE))
        trigger->flags |= SQL_FLAG_FIRST;
    else
        expect(p, W_AFTER);
    trigger->op = is(p, W_INSERT)   ? SQL_TRIGGER_INSERT
                  : is(p, W_UPDATE) ? SQL_TRIGGER_UPDATE
                                    : SQL_TRIGGER_DELETE;
    if (!accept(p, W_INSERT) && !accept(p, W_UPDATE))
        expect(p, W_DELETE);
    expect(p, W_ON);
    trigger->child[SQL_TRIGGER_TABLE] = parse_name(p);
    expect2(p, W_FOR, W_EACH);
    expect(p, W_ROW);
    if (accept(p, W_FOLLOWS) || accept(p, W_PRECEDES))
        parse_ident(p);
    trigger->child[SQL_TRIGGER_BODY] = parse_body(p);
    return node_finish(p, trigger);
}

/* ON SCHEDULE {AT expr | EVERY expr unit [STARTS expr] [ENDS expr]} */
static void parse_schedule(struct sql_parser *p, struct sql_node *event)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (accept(p, W_AT)) {
        list_add(p, parse_expr(p));
    } else {
        expect(p, W_EVERY);
        list_add(p, parse_expr(p));
        parse_interval_unit(p);
        if (accept(p, W_STARTS))
            list_add(p, parse_expr(p));
        if (accept(p, W_ENDS))
            list_add(p, parse_expr(p));
    }
    event->child[SQL_EVENT_SCHEDULE] = list_end(p, mark, SQL_LIST, first);
}

/* [ON COMPLETION [NOT] PRESERVE] [RENAME TO name] [ENABLE | DISABLE [ON {SLAVE | REPLICA}]]
 * [COMMENT 'text'] [DO body] */
static void parse_event_rest(struct sql_parser *p, struct sql_node *event)
{
    if (accept2(p, W_ON, W_SCHEDULE))
        parse_schedule(p, event);
    if (accept2(p, W_ON, W_COMPLETION)) {
        accept(p, W_NOT);
        expect(p, W_PRESERVE);
    }
    if ((event->flags & SQL_FLAG_ALTER) && accept2(p, W_RENAME, W_TO))
        event->child[SQL_EVENT_RENAME] = parse_name(p);
    if (accept(p, W_DISABLE)) {
        if (accept(p, W_ON) && !accept(p, W_SLAVE))
            expect(p, W_REPLICA);
    } else {
        accept(p, W_ENABLE);
    }
    if (accept(p, W_COMMENT))
        parse_string(p);
    if (accept(p, W_DO))
        event->child[SQL_EVENT_BODY] = parse_body(p);
}

/* CREATE [DEFINER = user] EVENT [IF NOT EXISTS] name ON SCHEDULE ... DO body
 * ALTER [DEFINER = user] EVENT name ... */
static struct sql_node *parse_event(struct sql_parser *p, uint32_t first, uint32_t flags,
                                    const struct definition *definition)
{
    struct sql_node *event = node_new(p, SQL_CREATE_EVENT, first);

    p->at++;
    if (accept_if_not_exists(p))
        flags |= SQL_FLAG_IF_EXISTS;
    event->flags = flags;
    event->child[SQL_EVENT_DEFINER] = definition->definer;
    event->child[SQL_EVENT_NAME] = parse_routine_name(p);
    uint32_t named = p->at;
    if ((flags & SQL_FLAG_ALTER) == 0 && !is(p, W_ON))
        return parse_syntax(p, "ON SCHEDULE");
    parse_event_rest(p, event);
    if (p->at == named)
        return parse_syntax(p, "what to change");
    if ((flags & SQL_FLAG_ALTER) == 0 && event->child[SQL_EVENT_BODY] == NULL)
        return parse_syntax(p, "DO");
    return node_finish(p, event);
}

struct sql_node *parse_create_program(struct sql_parser *p, uint32_t first, uint32_t flags,
                                      const struct definition *definition)
{
    if (p->mysql && (flags & SQL_FLAG_OR_REPLACE))
        return parse_syntax(p, "a view");
    if (is(p, W_TRIGGER))
        return parse_create_trigger(p, first, flags, definition);
    if (is(p, W_EVENT))
        return parse_event(p, first, flags, definition);
    return parse_create_routine(p, first, flags, definition);
}

/* ALTER {PROCEDURE | FUNCTION} name [characteristic] ... | ALTER EVENT ... */
struct sql_node *parse_alter_program(struct sql_parser *p, uint32_t first,
                                     const struct definition *definition)
{
    if (is(p, W_EVENT))
        return parse_event(p, first, SQL_FLAG_ALTER, definition);
    struct sql_node *routine = node_new(p, SQL_ALTER_ROUTINE, first);
    if (is(p, W_FUNCTION))
        routine->flags |= SQL_FLAG_FUNCTION;
    p->at++;
    routine->child[0] = parse_routine_name(p);
    struct routine_form form = {.alter = true};
    while (parse_characteristic(p, routine, &form) && !p->failed)
        ;
    return node_finish(p, routine);
}

/* DROP {PROCEDURE | FUNCTION | TRIGGER | EVENT} [IF EXISTS] name */
struct sql_node *parse_drop_program(struct sql_parser *p, uint32_t first)
{
    enum sql_node_kind kind = is(p, W_TRIGGER) ? SQL_DROP_TRIGGER
                              : is(p, W_EVENT) ? SQL_DROP_EVENT
                                               : SQL_DROP_ROUTINE;
    bool function = is(p, W_FUNCTION);

    p->at++;
    bool exists = accept_if_exists(p);
    struct sql_node *node = node_of(p, kind, first, 0, parse_routine_name(p), NULL);
    node->flags |= (function ? SQL_FLAG_FUNCTION : 0u) | (exists ? SQL_FLAG_IF_EXISTS : 0u);
    return node;
}

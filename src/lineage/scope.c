/* SPDX-License-Identifier: Apache-2.0
 *
 * Names to columns. A SELECT's scope is tried first, then the query around it, and so on out. In
 * one scope: the tables of FROM (a column that NATURAL or USING joined counts once), then aliases
 * of the select list, in the places where the servers look at them. Where the order in which the
 * servers prefer one over the other depends on the clause or the version, all that match count.
 */
#include "lineage/system.h"

#include "catalog/name.h"

size_t source_column_count(const struct source *source)
{
    if (source->relation != NULL)
        return source->relation->count;
    return source->table ? source->table->column_count : 0;
}

ptrdiff_t source_column_find(const struct source *source, struct str name)
{
    if (source->relation != NULL) {
        for (size_t i = 0; i < source->relation->count; i++)
            if (catalog_name_equal(source->relation->columns[i].name, name))
                return (ptrdiff_t)i;
        return -1;
    }
    const struct catalog_column *column =
        source->table ? catalog_column_find(source->table, name) : NULL;
    return column ? column - source->table->columns : -1;
}

struct result_column source_column(struct work *w, struct source *source, size_t i)
{
    if (source->relation != NULL) {
        /* A view's own columns carry the caller's privileges. */
        if (source->use != NULL)
            record_column(w, source->use, PRIVILEGE_SELECT, i);
        return source->relation->columns[i];
    }
    const struct catalog_column *column = &source->table->columns[i];
    bool system = source->table->kind == CATALOG_TABLE_SYSTEM_VIEW;
    if (system) {
        system_column_read(w, source->table->schema, source->table->name, column->name,
                           source->position);
        return (struct result_column){.name = column->name,
                                      .value = value_of_column(w, column, (set_t){NULL, 0}),
                                      .invisible = column->invisible};
    }
    record_column(w, source->use, PRIVILEGE_SELECT, i);
    set_t from = record_column_from(w, source->use, i);
    if (w->program != NULL) /* what the program itself has put there */
        from = record_written(w, from);
    return (struct result_column){
        .name = column->name,
        .value = value_of_column(w, column, from),
        .invisible = column->invisible};
}

void operand_push(struct work *w, struct scope *scope, struct operand *operand)
{
    struct operand **slot = arena_push(w->arena, &scope->operands, &scope->operand_count,
                                       &scope->operand_cap, sizeof(*slot));

    if (slot != NULL)
        *slot = operand;
}

/* ---- looking a name up in FROM ---- */

struct match {
    struct value value;
    unsigned count;
    bool unknown_source; /* a table whose columns are not known may have it */
};

static void matched(struct work *w, struct match *match, struct value value)
{
    match->value = match->count == 0 ? value : value_either(w, match->value, value);
    match->count++;
}

static bool is_ascii(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] >= 0x80)
            return false;
    return true;
}

/* MariaDB finds columns of tables with more than 32 of them through a hash that takes names of the
 * same length for one where they differ in accents alone. */
static bool may_have(const struct work *w, const struct source *source, struct str name)
{
    const struct catalog_table *table = source->relation == NULL ? source->table : NULL;

    if (table == NULL || table->column_count <= 32 || is_ascii(name) ||
        !catalog_mariadb(w->context->catalog))
        return false;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].name.len == name.len && !is_ascii(table->columns[i].name))
            return true;
    return false;
}

static void find_in_source(struct work *w, struct source *source, struct str name,
                           struct match *match)
{
    if (!source->known) {
        if (source->system.len > 0)
            system_column_read(w, source->schema, source->system, name, source->position);
        match->unknown_source = true;
        return;
    }
    ptrdiff_t i = source_column_find(source, name);
    if (i >= 0) {
        matched(w, match, source_column(w, source, (size_t)i).value);
    } else if (may_have(w, source, name)) {
        record_unknown(w, "column", name, source->position);
        match->unknown_source = true;
    }
}

static bool is_common(const struct operand *join, struct str name)
{
    for (size_t i = 0; i < join->common; i++)
        if (catalog_name_equal(join->columns[i].name, name))
            return true;
    return false;
}

/* Unqualified: a joined column stands for both of its halves. */
static void find_in_operand(struct work *w, struct operand *operand, struct str name,
                            struct match *match)
{
    work_spend(w, 1 + operand->count);
    if (operand->source != NULL) {
        find_in_source(w, operand->source, name, match);
        return;
    }
    if (operand->columns != NULL) {
        unsigned before = match->count;
        for (size_t i = 0; i < operand->count; i++)
            if (catalog_name_equal(operand->columns[i].name, name))
                matched(w, match, operand->columns[i].value);
        if (match->count > before) {
            /* The servers ask for the half that is shown; for both only policies do, where the
             * join was made. */
            struct match sides = {.count = 0};
            if (is_common(operand, name)) {
                find_in_operand(w, operand->shown, name, &sides);
                return;
            }
            find_in_operand(w, operand->left, name, &sides);
            find_in_operand(w, operand->right, name, &sides);
            return;
        }
    }
    find_in_operand(w, operand->left, name, match);
    find_in_operand(w, operand->right, name, match);
}

static bool source_named(const struct work *w, const struct source *source, struct str schema,
                         struct str table)
{
    if (!catalog_table_name_equal(w->lower_case, source->alias, table) &&
        !(source->table && source->table->kind == CATALOG_TABLE_SYSTEM_VIEW &&
          catalog_name_equal(source->alias, table)))
        return false;
    if (schema.len == 0)
        return true;
    return catalog_table_name_equal(w->lower_case, source->schema, schema) ||
           (catalog_schema_is_system(schema) && str_equal_nocase(source->schema, schema));
}

static void find_in_tables(struct work *w, struct scope *scope, struct str schema,
                           struct str table, struct str name, struct match *match)
{
    bool ranged = scope->on != NULL;
    size_t first = ranged ? scope->first : 0;
    size_t last = ranged ? scope->last : scope->source_count;

    work_spend(w, last - first);
    if (table.len > 0) {
        for (size_t i = first; i < last && i < scope->source_count; i++)
            if (source_named(w, scope->sources[i], schema, table))
                find_in_source(w, scope->sources[i], name, match);
        return;
    }
    if (ranged) {
        find_in_operand(w, scope->on, name, match);
        return;
    }
    for (size_t i = 0; i < scope->operand_count; i++)
        find_in_operand(w, scope->operands[i], name, match);
}

static void find_in_items(struct work *w, struct scope *scope, struct str name,
                          struct match *match)
{
    work_spend(w, scope->item_count);
    for (size_t i = 0; i < scope->item_count; i++)
        if (catalog_name_equal(scope->items[i].name, name))
            matched(w, match, scope->items[i].value);
}

static bool find_in_scope(struct work *w, struct scope *scope, struct str schema, struct str table,
                          struct str name, bool own, struct match *match)
{
    bool aliases = table.len == 0;

    if (aliases && own && (scope->clause == CLAUSE_HAVING || scope->clause == CLAUSE_GROUP))
        find_in_items(w, scope, name, match);
    find_in_tables(w, scope, schema, table, name, match);
    if (match->count > 0)
        scope->local_references++;
    /* Elsewhere aliases come after the tables; also where a subquery asks the query around it. */
    if (aliases && match->count == 0)
        find_in_items(w, scope, name, match);
    return match->count > 0;
}

/* HAVING does not see the tables that are not in the select list or GROUP BY: the servers then go
 * on to the query around. All candidates count. */
static bool may_go_on(const struct scope *scope, bool own)
{
    return own && scope->clause == CLAUSE_HAVING && scope->outer != NULL;
}

bool scope_find(struct work *w, struct scope *scope, struct str schema, struct str table,
                struct str name, struct value *ret)
{
    struct match match = {.count = 0};
    bool own = true;

    for (struct scope *s = scope; s != NULL; s = s->outer) {
        if (find_in_scope(w, s, schema, table, name, own, &match) && !may_go_on(s, own))
            break;
        own = false;
    }
    if (match.count == 0 && !match.unknown_source)
        return false;
    *ret = match.value;
    return true;
}

/* `rowid`, `_rowid` name a table's single-column integer primary or unique key. */
static bool find_rowid(struct work *w, struct scope *scope, struct str table, struct str name,
                       struct value *ret)
{
    bool found = false;

    if (!str_equal_nocase(name, STR("_rowid")))
        return false;
    for (struct scope *s = scope; s != NULL && !found; s = s->outer)
        for (size_t i = 0; i < s->source_count; i++) {
            struct source *source = s->sources[i];
            if (source->table == NULL || source->relation != NULL ||
                (table.len > 0 && !source_named(w, source, STR_NONE, table)))
                continue;
            for (size_t k = 0; k < source->table->key_count; k++) {
                const struct catalog_key *key = &source->table->keys[k];
                ptrdiff_t c = key->column_count == 1 && key->kind <= CATALOG_KEY_UNIQUE
                                  ? source_column_find(source, key->columns[0])
                                  : -1;
                if (c < 0)
                    continue;
                struct value v = source_column(w, source, (size_t)c).value;
                record_whole(w, source->use, PRIVILEGE_SELECT); /* no column is called that */
                *ret = found ? value_either(w, *ret, v) : v;
                found = true;
            }
        }
    return found;
}

struct value scope_resolve(struct work *w, struct scope *scope, const struct sql_node *column)
{
    struct str schema = sql_name(w->text, column->child[SQL_COLUMN_SCHEMA]);
    struct str table = sql_name(w->text, column->child[SQL_COLUMN_TABLE]);
    struct str name = sql_name(w->text, column->child[SQL_COLUMN_NAME]);
    struct value value = {.length = LENGTH_UNBOUNDED};

    if (program_name(w, schema, table, name, &value))
        return value;
    if (scope_find(w, scope, schema, table, name, &value) ||
        find_rowid(w, scope, table, name, &value))
        return value;
    value = (struct value){.length = LENGTH_UNBOUNDED, .may_fail = true};
    record_unknown(w, "column", work_table_text(w, schema, table, name),
                   work_position(w, column));
    return value;
}

struct source *scope_source_next(struct work *w, struct scope *scope, struct str schema,
                                 struct str table, size_t *at)
{
    while (*at < scope->source_count) {
        struct source *source = scope->sources[(*at)++];
        if (source_named(w, source, schema, table))
            return source;
    }
    return NULL;
}

struct source *scope_source_find(struct work *w, struct scope *scope, struct str schema,
                                 struct str table)
{
    size_t at = 0;

    return scope_source_next(w, scope, schema, table, &at);
}

/* ---- stars ---- */

static void push_result(struct work *w, struct relation *ret, struct result_column column)
{
    struct result_column *slot =
        arena_push(w->arena, &ret->columns, &ret->count, &ret->cap, sizeof(*slot));

    if (slot != NULL)
        *slot = column;
}

static bool star_source(struct work *w, struct source *source, struct relation *ret)
{
    size_t count = source_column_count(source);

    if (source->system.len > 0)
        system_columns_unknown(w, source->schema, source->system, source->position);
    record_unnamed(w, source->use, PRIVILEGE_SELECT);
    for (size_t i = 0; i < count; i++) {
        if (source->relation == NULL && source->table->columns[i].invisible)
            continue;
        push_result(w, ret, source_column(w, source, i));
    }
    return source->known;
}

/* What `*` asks for of tables below a join whether or not their columns are shown. */
static void touch_unnamed(struct work *w, struct operand *operand)
{
    if (operand->source == NULL) {
        touch_unnamed(w, operand->left);
        touch_unnamed(w, operand->right);
        return;
    }
    record_unnamed(w, operand->source->use, PRIVILEGE_SELECT);
}

static bool star_operand(struct work *w, struct operand *operand, struct relation *ret)
{
    if (operand->source != NULL)
        return star_source(w, operand->source, ret);
    if (operand->columns != NULL) {
        touch_unnamed(w, operand);
        for (size_t i = 0; i < operand->count; i++) {
            struct match asked = {.count = 0};
            find_in_operand(w, operand, operand->columns[i].name, &asked);
            push_result(w, ret, operand->columns[i]);
        }
        return true;
    }
    bool left = star_operand(w, operand->left, ret);
    return star_operand(w, operand->right, ret) && left;
}

bool scope_star(struct work *w, struct scope *scope, struct source *source, struct relation *ret)
{
    bool known = true;

    if (source != NULL)
        return star_source(w, source, ret);
    for (size_t i = 0; i < scope->operand_count; i++)
        known = star_operand(w, scope->operands[i], ret) && known;
    return known;
}

/* ---- NATURAL and USING ---- */

/* Appends the columns of an operand as `*` would, without asking for privileges: only those that
 * are then used are asked for. */
static bool list_operand(struct work *w, struct operand *operand, struct relation *ret)
{
    if (operand->source == NULL) {
        if (operand->columns != NULL) {
            for (size_t i = 0; i < operand->count; i++)
                push_result(w, ret, operand->columns[i]);
            return true;
        }
        bool left = list_operand(w, operand->left, ret);
        return list_operand(w, operand->right, ret) && left;
    }
    struct source *source = operand->source;
    for (size_t i = 0; i < source_column_count(source); i++) {
        if (source->relation != NULL) {
            push_result(w, ret, source->relation->columns[i]);
            continue;
        }
        const struct catalog_column *column = &source->table->columns[i];
        if (column->invisible)
            continue;
        bool system = source->table->kind == CATALOG_TABLE_SYSTEM_VIEW;
        set_t from = system ? (set_t){NULL, 0} : record_column_from(w, source->use, i);
        push_result(w, ret,
                    (struct result_column){.name = column->name,
                                           .value = value_of_column(w, column, from)});
    }
    return source->known;
}

static bool in_using(struct work *w, const struct sql_node *names, struct str name)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (catalog_name_equal(sql_name(w->text, names->child[i]), name))
            return true;
    return false;
}

static struct result_column *find_result(struct relation *relation, struct str name)
{
    for (size_t i = 0; i < relation->count; i++)
        if (catalog_name_equal(relation->columns[i].name, name))
            return &relation->columns[i];
    return NULL;
}

/* The answer depends on both halves; the servers let anyone compare them. */
static void compare(struct work *w, struct operand *one, struct operand *two, struct str name)
{
    struct match asked = {.count = 0};
    bool before = w->comparing;

    w->comparing = true;
    find_in_operand(w, one, name, &asked);
    find_in_operand(w, two, name, &asked);
    w->comparing = before;
}

/* Coalesced columns first, in the order of the first operand, then what is left of the first, then
 * of the second. For a RIGHT join the operands change places (manual, "JOIN Clause"). */
void operand_natural(struct work *w, struct operand *join, const struct sql_node *using_names,
                     bool right, uint32_t position)
{
    struct relation first = {.known = true}, second = {.known = true}, out = {.known = true};
    struct operand *one = right ? join->right : join->left;
    struct operand *two = right ? join->left : join->right;
    bool known = list_operand(w, one, &first);

    known = list_operand(w, two, &second) && known;
    if (!known) {
        record_unknown(w, "join", STR("NATURAL or USING over an unknown table"), position);
        return;
    }
    work_spend(w, first.count * (second.count + 1));
    if (using_names != NULL)
        for (uint32_t i = 0; i < using_names->count; i++) {
            struct str name = sql_name(w->text, using_names->child[i]);
            work_spend(w, first.count + second.count);
            if (find_result(&first, name) == NULL || find_result(&second, name) == NULL)
                record_unknown(w, "column", name, work_position(w, using_names->child[i]));
        }
    for (size_t i = 0; i < first.count; i++) {
        struct str name = first.columns[i].name;
        struct result_column *other = find_result(&second, name);
        if (other == NULL || (using_names != NULL && !in_using(w, using_names, name)))
            continue;
        compare(w, one, two, name);
        struct value value = value_either(w, first.columns[i].value, other->value);
        value.may_fail |= value_compare(w, first.columns[i].value, other->value, "USING", position);
        record_use(w, USE_JOIN, value.from, using_names ? "USING" : "NATURAL JOIN", position);
        push_result(w, &out, (struct result_column){.name = name, .value = value});
    }
    size_t common = out.count;
    work_spend(w, common * (first.count + second.count));
    for (size_t pass = 0; pass < 2; pass++) {
        struct relation *side = pass == 0 ? &first : &second;
        for (size_t i = 0; i < side->count; i++) {
            bool joined = false;
            for (size_t k = 0; k < common && !joined; k++)
                joined = catalog_name_equal(out.columns[k].name, side->columns[i].name);
            if (!joined)
                push_result(w, &out, side->columns[i]);
        }
    }
    static struct result_column none;
    join->columns = out.columns ? out.columns : &none;
    join->count = out.count;
    join->shown = one;
    join->common = common;
}

/* ---- locks ---- */

/* MySQL asks for UPDATE, DELETE or LOCK TABLES where rows are locked FOR UPDATE: the first is what
 * who locks them is about to do. */
void scope_lock(struct work *w, struct scope *scope, const struct sql_node *names)
{
    for (size_t i = 0; scope != NULL && !w->mariadb && i < scope->source_count; i++) {
        struct source *source = scope->sources[i];
        bool named = names == NULL;
        for (uint32_t k = 0; names != NULL && k < names->count; k++)
            named = named || catalog_table_name_equal(w->lower_case, source->alias,
                                                      sql_name_object(w->text, names->child[k]));
        if (named && source->use != NULL)
            source->use->locked = true;
    }
}

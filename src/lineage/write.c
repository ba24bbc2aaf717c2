/* SPDX-License-Identifier: Apache-2.0
 *
 * What a write sets off. What is written is a use (WRITE_BACK) of the column written and a sink of
 * what is written into it; a unique or foreign key over it answers questions (KEY); triggers run
 * (trigger.c); foreign keys carry changes on to other tables. Writes through a view go to its base
 * columns.
 *
 *   dml.c, trigger.c ── write_column ─┬─ keys, generated columns, checks
 *                                     └─ write_children ── children_follow ── (again)
 */
#include "lineage/internal.h"

static const char *const event_names[] = {"INSERT", "UPDATE", "DELETE"};

static const struct catalog_table *base_table(struct work *w, const struct base_column *base)
{
    const struct catalog_table *table = NULL;

    for (const struct table_use *use = w->tables; use != NULL && table == NULL; use = use->next)
        if (str_equal(use->table->schema, base->schema) && str_equal(use->table->name, base->table))
            table = use->table;
    return table;
}

/* The ids of columns of `table` by name. Views' base tables have no privileges to ask here. */
static set_t named_columns(struct work *w, const struct catalog_table *table,
                           const struct str *names, size_t count)
{
    struct table_use *use = record_table(w, table, 0);
    set_t set = {NULL, 0};

    for (size_t i = 0; i < count; i++) {
        const struct catalog_column *column = catalog_column_find(table, names[i]);
        if (column != NULL)
            set = set_union(w, set, record_base(w, use, (size_t)(column - table->columns)));
    }
    return set;
}

static bool key_has(const struct catalog_key *key, struct str column)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (key->columns[i].len == 0 || catalog_name_equal(key->columns[i], column))
            return true; /* an expression may be over any column */
    return false;
}

/* A key over a generated column answers for whatever the column is generated from. */
static bool key_generated(const struct catalog_table *table, const struct catalog_key *key)
{
    for (size_t i = 0; i < key->column_count; i++) {
        const struct catalog_column *column = catalog_column_find(table, key->columns[i]);
        if (column != NULL && column->expression.len > 0)
            return true;
    }
    return false;
}

static void write_keys(struct work *w, const struct catalog_table *table, struct str column,
                       uint32_t position)
{
    for (size_t k = 0; k < table->key_count; k++) {
        const struct catalog_key *key = &table->keys[k];
        if (key->kind == CATALOG_KEY_INDEX || !(key_has(key, column) || key_generated(table, key)))
            continue;
        set_t set = named_columns(w, table, key->columns, key->column_count);
        set = set_union(w, set, named_columns(w, table, &column, 1));
        record_use(w, USE_KEY, set, key->kind == CATALOG_KEY_FOREIGN ? "foreign key" : "unique key",
                   position);
        if (key->kind == CATALOG_KEY_FOREIGN) {
            const struct catalog_table *parent =
                catalog_table_find(w->context->catalog, key->to_schema, key->to_table);
            if (parent != NULL && key->to_columns != NULL)
                record_use(w, USE_KEY, named_columns(w, parent, key->to_columns, key->column_count),
                           "foreign key", position);
        }
    }
}

static void write_children(struct work *w, const struct catalog_table *table, struct str column,
                           struct value value, uint32_t position);

/* Keys may lead to a table on any number of ways: each is gone once, and again only with more,
 * conditions of the program in which it stands included. */
static bool follow_again(struct work *w, const struct catalog_key *key, bool deleted, set_t from)
{
    struct followed_key *f = w->follow_depth > 0 ? w->follows : NULL;

    if (w->follow_depth == 0)
        w->follows = NULL;
    if (w->program != NULL)
        from = set_union(w, from, program_controls(w, w->program));
    for (; f != NULL; f = f->next) {
        work_spend(w, 1);
        if (f->key == key && f->program == w->program && f->deleted == deleted)
            break;
    }
    if (f != NULL) {
        size_t before = f->from.count;
        f->from = set_union(w, f->from, from);
        return f->from.count != before;
    }
    f = arena_new(w->arena, struct followed_key);
    if (f == NULL)
        return false;
    *f = (struct followed_key){key, w->program, deleted, from, w->follows};
    w->follows = f;
    return true;
}

static void children_follow(struct work *w, const struct catalog_table *child,
                            const struct catalog_key *key, bool deleted, struct value value,
                            uint32_t position)
{
    struct str rule = deleted ? key->on_delete : key->on_update;
    bool cascade = str_equal_nocase(rule, STR("CASCADE"));

    if (!cascade && !str_starts_nocase(rule, STR("SET")))
        return;
    for (unsigned i = 0; i < w->follow_depth; i++)
        if (w->followed[i] == key)
            return;
    if (w->follow_depth == ARRAY_LEN(w->followed)) {
        record_unknown(w, "foreign key", key->name, position);
        return;
    }
    if (!follow_again(w, key, deleted, value.from))
        return;
    w->followed[w->follow_depth++] = key;
    bool definer = w->definer;
    w->definer = true; /* nobody is asked for a privilege */
    if (cascade && deleted) {
        write_children(w, child, STR_NONE, value, position);
        trigger_run(w, child, EVENT_DELETE, position);
    } else {
        if (!cascade)
            value = value_constant(VALUE_NULL, 0);
        for (size_t i = 0; i < key->column_count; i++) {
            const struct catalog_column *column = catalog_column_find(child, key->columns[i]);
            if (column != NULL)
                write_base_column(w, child, (size_t)(column - child->columns), value, EVENT_UPDATE,
                                  position);
        }
        trigger_run(w, child, EVENT_UPDATE, position);
    }
    w->definer = definer;
    w->follow_depth--;
}

/* Rows of other tables point to this one: changing or deleting it may fail, or change them, and
 * those that point to them. The servers' manuals have it that such changes run no triggers; that is
 * not relied on. */
static void write_children(struct work *w, const struct catalog_table *table, struct str column,
                           struct value value, uint32_t position)
{
    for (size_t k = 0; k < table->referenced_count; k++) {
        const struct catalog_key *key = table->referenced_by[k];
        bool concerned = column.len == 0;
        for (size_t i = 0; i < key->column_count && key->to_columns != NULL && !concerned; i++)
            concerned = catalog_name_equal(key->to_columns[i], column);
        if (!concerned)
            continue;
        if (key->to_columns != NULL)
            record_use(w, USE_KEY, named_columns(w, table, key->to_columns, key->column_count),
                       "foreign key", position);
        record_use(w, USE_KEY,
                   named_columns(w, table->referenced_from[k], key->columns, key->column_count),
                   "foreign key", position);
        if (!work_enter(w, NULL))
            return;
        children_follow(w, table->referenced_from[k], key, column.len == 0, value, position);
        work_leave(w);
    }
}

/* A CHECK fails or not depending on every column that it names. */
static void write_checks(struct work *w, const struct catalog_table *table, uint32_t position)
{
    for (size_t i = 0; i < table->check_count; i++)
        record_use(w, USE_ERROR, record_named(w, table, table->checks[i].text), "check", position);
}

/* A row that is what it was already is not written, and its time of change stays: as good as a
 * comparison of the old value with the new one. */
static void write_unchanged(struct work *w, const struct catalog_table *table, struct str column,
                            uint32_t position)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct catalog_column *c = &table->columns[i];
        if (!c->on_update && !str_starts_nocase(c->expression, STR("ROW START")))
            continue;
        record_use(w, USE_EQUALITY, named_columns(w, table, &column, 1), "ON UPDATE", position);
        return;
    }
}

static set_t all_columns(struct work *w, const struct catalog_table *table)
{
    struct table_use *use = record_table(w, table, 0);
    set_t set = {NULL, 0};

    for (size_t i = 0; use != NULL && i < table->column_count; i++)
        set = set_union(w, set, record_base(w, use, i));
    return set;
}

/* Of a row that REPLACE finds as it is to be, one is counted, and two of any other. What a view
 * does not show of its table is compared as well. */
void write_replaced(struct work *w, const struct source *target, uint32_t position)
{
    const struct relation *view = target->relation;
    const struct catalog_table *table = target->table, *before = NULL;
    bool unique = view != NULL;
    set_t set = {NULL, 0};

    for (size_t k = 0; view == NULL && k < table->key_count; k++)
        unique |=
            table->keys[k].kind == CATALOG_KEY_PRIMARY || table->keys[k].kind == CATALOG_KEY_UNIQUE;
    if (view == NULL && unique)
        set = all_columns(w, table);
    for (size_t i = 0; view != NULL && i < view->count; i++)
        for (size_t k = 0; k < view->columns[i].value.from.count; k++) {
            struct base_column base = w->base[view->columns[i].value.from.ids[k]];
            table = base_table(w, &base);
            if (table != NULL && table != before)
                set = set_union(w, set, all_columns(w, table));
            before = table;
        }
    record_use(w, USE_EQUALITY, set, "REPLACE", position);
}

/* One base column; `table` is NULL where nobody knows its definition. */
static void write_base(struct work *w, const struct catalog_table *table,
                       const struct base_column *base, struct value value, enum event event,
                       uint32_t position)
{
    if (w->program != NULL)
        value.from = set_union(w, value.from, program_controls(w, w->program));
    record_sink(w, SINK_COLUMN, work_table_text(w, base->schema, base->table, base->column),
                value.from, position);
    if (table == NULL)
        return;
    write_keys(w, table, base->column, position);
    const struct catalog_column *column = catalog_column_find(table, base->column);
    if (column != NULL)
        trigger_written(w, table, (size_t)(column - table->columns), value, event);
    if (event == EVENT_UPDATE) {
        write_unchanged(w, table, base->column, position);
        write_children(w, table, base->column, value, position);
    }
}

/* One column of the target is written with a value. */
void write_column(struct work *w, struct source *source, size_t i, struct value value,
                  enum event event, uint32_t position)
{
    set_t target;

    if (source->relation != NULL)
        target = i < source->relation->count ? source->relation->columns[i].value.from
                                             : (set_t){NULL, 0};
    else
        target = record_base(w, source->use, i);
    record_use(w, USE_WRITE_BACK, target, event_names[event], position);
    /* What does not fit the column's type is an error that shows the value. */
    record_use(w, USE_ERROR, value.from, event_names[event], position);
    for (size_t k = 0; k < target.count; k++) {
        struct base_column base = w->base[target.ids[k]];
        write_base(w, base_table(w, &base), &base, value, event, position);
    }
}

void write_base_column(struct work *w, const struct catalog_table *table, size_t column,
                       struct value value, enum event event, uint32_t position)
{
    struct base_column base = {table->schema, table->name, table->columns[column].name};

    record_use(w, USE_WRITE_BACK, named_columns(w, table, &base.column, 1), event_names[event],
               position);
    record_use(w, USE_ERROR, value.from, event_names[event], position);
    write_base(w, table, &base, value, event, position);
}

/* Each base table behind the target, once: triggers and checks. */
void write_tables(struct work *w, struct source *source, enum event event, uint32_t position)
{
    struct value no_value = {.from = {NULL, 0}};

    if (source->table == NULL)
        return;
    if (source->relation == NULL) {
        trigger_run(w, source->table, event, position);
        if (event != EVENT_DELETE)
            write_checks(w, source->table, position);
        else
            write_children(w, source->table, STR_NONE, no_value, position);
        return;
    }
    for (size_t i = 0; i < source->relation->count; i++) {
        set_t from = source->relation->columns[i].value.from;
        for (size_t k = 0; k < from.count; k++) {
            struct base_column base = w->base[from.ids[k]];
            const struct catalog_table *table = base_table(w, &base);
            if (table == NULL)
                continue;
            trigger_run(w, table, event, position);
            if (event == EVENT_DELETE)
                write_children(w, table, STR_NONE, no_value, position);
        }
    }
}

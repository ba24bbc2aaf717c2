/* SPDX-License-Identifier: Apache-2.0
 *
 * What triggers do with the rows that a statement writes. OLD.column is the column as it is
 * stored; NEW.column is what the statement, and the triggers before, put into it. Rows are not
 * told apart. A trigger runs as its definer, in the schema of its table.
 */
#include "lineage/internal.h"

static struct row_change *row_change(struct work *w, const struct catalog_table *table,
                                     enum event event)
{
    for (struct row_change *row = w->rows; row != NULL; row = row->next)
        if (row->table == table && row->event == event)
            return row;
    struct row_change *made = arena_new(w->arena, struct row_change);
    if (made == NULL)
        return NULL;
    made->table = table;
    made->event = event;
    made->new_from = arena_array(w->arena, table->column_count, set_t);
    if (made->new_from == NULL)
        return NULL;
    made->next = w->rows;
    w->rows = made;
    return made;
}

static set_t stored(struct work *w, const struct catalog_table *table, size_t column)
{
    return record_base(w, record_table(w, table, w->outer_position), column);
}

struct row_change *trigger_any_row(struct work *w, const struct catalog_table *table,
                                   enum event event)
{
    struct row_change *row = row_change(w, table, event);

    if (row != NULL)
        row->any = true;
    return row;
}

void trigger_written(struct work *w, const struct catalog_table *table, size_t column,
                     struct value value, enum event event)
{
    struct row_change *row =
        table->trigger_count > 0 && event != EVENT_DELETE ? row_change(w, table, event) : NULL;

    if (row != NULL && column < table->column_count)
        program_grow(w, &row->new_from[column], value.from);
}

/* ---- NEW and OLD ---- */

/* Columns that nobody wrote: what they are made of may be anything in the row. */
static set_t all_new(struct work *w, const struct row_change *row)
{
    set_t all = {NULL, 0};

    for (size_t i = 0; i < row->table->column_count; i++)
        all = set_union(w, all, row->new_from[i]);
    return all;
}

static set_t new_from(struct work *w, const struct row_change *row, size_t column)
{
    const struct catalog_column *c = &row->table->columns[column];
    set_t from = row->new_from[column];

    if (row->event == EVENT_UPDATE || row->any)
        from = set_union(w, from, stored(w, row->table, column));
    if (c->expression.len > 0 || str_find_char(c->default_text, '(') >= 0) {
        from = set_union(w, from, all_new(w, row));
        if (row->event == EVENT_UPDATE || row->any)
            for (size_t i = 0; i < row->table->column_count; i++)
                from = set_union(w, from, stored(w, row->table, i));
    }
    return from;
}

static const struct catalog_column *row_column(struct work *w, struct str row, struct str column,
                                               bool *ret_new)
{
    if (w->program == NULL || w->program->row == NULL)
        return NULL;
    *ret_new = str_equal_nocase(row, STR("new"));
    if (!*ret_new && !str_equal_nocase(row, STR("old")))
        return NULL;
    return catalog_column_find(w->program->row->table, column);
}

bool trigger_name(struct work *w, struct str row, struct str column, struct value *ret)
{
    bool is_new = false;
    const struct catalog_column *c = row_column(w, row, column, &is_new);

    if (c == NULL)
        return false;
    const struct row_change *change = w->program->row;
    size_t i = (size_t)(c - change->table->columns);
    *ret = value_of_column(
        w, c, is_new ? new_from(w, change, i) : stored(w, change->table, i));
    ret->plain = false;
    return true;
}

bool trigger_assign(struct work *w, struct str row, struct str column, struct value value,
                    uint32_t position)
{
    bool is_new = false;
    const struct catalog_column *c = row_column(w, row, column, &is_new);

    if (c == NULL || !is_new)
        return false;
    value.from = set_union(w, value.from, program_controls(w, w->program));
    const struct row_change *change = w->program->row;
    write_base_column(w, change->table, (size_t)(c - change->table->columns), value, change->event,
                     position);
    return true;
}

/* ---- running ---- */

static const char *const event_names[] = {"INSERT", "UPDATE", "DELETE"};

static struct program *program_of(struct work *w, const struct catalog_table *table,
                                  const struct catalog_trigger *trigger, enum event event)
{
    struct row_change *row = row_change(w, table, event);

    for (struct program *p = w->programs; p != NULL; p = p->next)
        if (p->what == trigger && p->row == row)
            return p;
    const struct body_text *body =
        routine_text(w, trigger, trigger->text, trigger->sql_mode, trigger->exact);
    struct program *p =
        body && row ? program_new(w, trigger, body->text, body->root, table->schema) : NULL;
    if (p != NULL) {
        p->row = row;
        p->definer = true;
    }
    return p;
}

void trigger_run(struct work *w, const struct catalog_table *table, enum event event,
                 uint32_t position)
{
    for (size_t i = 0; i < table->trigger_count; i++) {
        const struct catalog_trigger *trigger = &table->triggers[i];
        if (str_find(trigger->event, str_of(event_names[event])) < 0 &&
            !str_equal_nocase(trigger->event, str_of(event_names[event])))
            continue;
        struct str name = work_table_text(w, table->schema, trigger->name, STR_NONE);
        record_effect(w, EFFECT_RUNS_ROUTINE, name, position);
        struct program *p = program_of(w, table, trigger, event);
        if (p == NULL || !program_run(w, p, position))
            record_unknown(w, "trigger", name, position);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Views are followed through their definitions, read as the server stores them: in its own
 * default sql_mode, utf8mb4, names resolved in the view's schema, temporary tables unseen. A view
 * that can't be followed (text hidden, not understood, circular, too deep) is an unknown. Each is
 * followed once in a statement.
 */
#include "lineage/internal.h"

#include "catalog/name.h"

#define VIEW_DEPTH 32

struct saved {
    const struct sql_text *text;
    struct str schema;
    unsigned depth;
    bool foreign, in_view, definer;
};

static bool parse_view(struct work *w, const struct catalog_table *view, struct sql_script *ret)
{
    struct fault fault = {.code = FAULT_NONE};
    struct sql_context context = {.family = w->mariadb ? SQL_MARIADB : SQL_MYSQL,
                                  .version = w->version,
                                  .mode = view->view->ansi_quotes ? SQL_MODE_ANSI_QUOTES : 0,
                                  .charset = SQL_CHARSET_UTF8};

    return sql_parse(&context, view->view->definition, w->arena, ret, &fault) && ret->count == 1 &&
           ret->statements[0].doubt == NULL && ret->statements[0].root != NULL &&
           ret->statements[0].root->kind == SQL_QUERY;
}

/* The catalog's names, by position; a view without columns in the catalog (from a file of CREATE
 * statements) has its query's. */
static struct relation *view_columns(struct work *w, const struct catalog_table *view,
                                     const struct relation *from)
{
    struct relation *relation = arena_new(w->arena, struct relation);

    if (relation == NULL)
        return NULL;
    *relation = *from;
    relation->columns = arena_array(w->arena, from->count, struct result_column);
    relation->cap = from->count;
    if (relation->columns == NULL || !from->known ||
        (view->column_count > 0 && view->column_count != from->count))
        return NULL;
    for (size_t i = 0; i < from->count; i++) {
        relation->columns[i] = from->columns[i];
        relation->columns[i].invisible = false;
        if (view->column_count > 0)
            result_column_rename(&relation->columns[i], view->columns[i].name);
    }
    return relation;
}

static const struct relation *follow(struct work *w, const struct catalog_table *view)
{
    struct sql_script script;

    if (view->view == NULL || view->view->definition.len == 0 || !parse_view(w, view, &script))
        return NULL;
    struct saved saved = {w->text, w->schema, w->depth, w->foreign, w->in_view, w->definer};
    w->text = script.text;
    w->schema = view->schema;
    w->foreign = w->in_view = w->definer = true;
    w->view_stack[w->view_depth++] = view;
    const struct relation *relation = query_relation(w, NULL, NULL, script.statements[0].root);
    w->view_depth--;
    w->text = saved.text;
    w->schema = saved.schema;
    w->depth = saved.depth;
    w->foreign = saved.foreign;
    w->in_view = saved.in_view;
    w->definer = saved.definer;
    return relation ? view_columns(w, view, relation) : NULL;
}

const struct relation *view_relation(struct work *w, const struct catalog_table *view,
                                     uint32_t position)
{
    static const struct relation unknown = {.known = false};
    struct str key = arena_printf(w->arena, "%p", (const void *)view);
    const struct relation *relation = map_get(&w->views, key);

    if (relation != NULL)
        return relation;
    bool circular = w->view_depth >= VIEW_DEPTH;
    for (unsigned i = 0; i < w->view_depth && !circular; i++)
        circular = w->view_stack[i] == view;
    if (!w->foreign)
        w->outer_position = position;
    relation = circular ? NULL : follow(w, view);
    if (relation == NULL) {
        record_unknown(w, "view", work_table_text(w, view->schema, view->name, STR_NONE), position);
        relation = &unknown;
    }
    if (key.ptr != NULL && !map_put(&w->views, key, (void *)(uintptr_t)relation))
        w->arena->failed = true;
    return relation;
}

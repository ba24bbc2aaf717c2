/* SPDX-License-Identifier: Apache-2.0
 *
 * HANDLER: rows of one table, by no index or in the order of one. Which table an open handler of a
 * name reads is taken from the name, in the current schema: whoever lets HANDLER pass has to know
 * that nothing else was opened under it (policy lets none pass: denied.handler).
 */
#include "lineage/internal.h"

static struct scope *scope_over(struct work *w, struct source *source)
{
    struct scope *scope = arena_new(w->arena, struct scope);
    struct operand *operand = arena_new(w->arena, struct operand);
    struct source **slot =
        scope ? arena_push(w->arena, &scope->sources, &scope->source_count, &scope->source_cap,
                           sizeof(*slot))
              : NULL;

    if (slot == NULL || operand == NULL)
        return NULL;
    *slot = source;
    operand->source = source;
    operand_push(w, scope, operand);
    return scope;
}

static set_t columns_of_index(struct work *w, const struct source *source, struct str index)
{
    const struct catalog_table *table = source->table;
    set_t set = {NULL, 0};

    for (size_t k = 0; k < table->key_count; k++) {
        const struct catalog_key *key = &table->keys[k];
        bool fits = str_equal_nocase(key->name, index) ||
                    (key->kind == CATALOG_KEY_PRIMARY && str_equal_nocase(index, STR("PRIMARY")));
        for (size_t i = 0; fits && i < key->column_count; i++) {
            const struct catalog_column *column = catalog_column_find(table, key->columns[i]);
            if (column != NULL)
                set = set_union(w, set, record_base(w, source->use, (size_t)(column - table->columns)));
        }
        if (fits)
            return set;
    }
    for (size_t i = 0; i < table->column_count; i++) /* not known: any column may be in it */
        set = set_union(w, set, record_base(w, source->use, i));
    return set;
}

static void read_rows(struct work *w, const struct sql_node *n, struct source *source)
{
    struct scope *scope = scope_over(w, source);
    const struct sql_node *index = n->child[SQL_HANDLER_INDEX];
    const struct sql_node *key = n->child[SQL_HANDLER_KEY];
    struct relation relation = {.known = true};
    set_t existence = {NULL, 0}, ordered = {NULL, 0};

    if (scope == NULL || !source->known || !scope_star(w, scope, source, &relation)) {
        w->analysis->outputs_known = false;
        return;
    }
    if (index != NULL)
        ordered = columns_of_index(w, source, sql_name(w->text, index));
    record_use(w, USE_ORDER, ordered, "HANDLER", work_position(w, n));
    for (uint32_t i = 0; key != NULL && i < key->count; i++) {
        struct value v = expression(w, NULL, key->child[i]);
        record_use(w, USE_PREDICATE, set_union(w, ordered, v.from), "HANDLER",
                   work_position(w, key));
        record_use(w, USE_ERROR, v.from, "HANDLER", work_position(w, key));
    }
    if (n->child[SQL_HANDLER_WHERE] != NULL) {
        scope->clause = CLAUSE_WHERE;
        expression_predicate(w, scope, n->child[SQL_HANDLER_WHERE], "WHERE");
        scope->clause = CLAUSE_OTHER;
    }
    query_limit(w, scope, n->child[SQL_HANDLER_LIMIT], &existence);
    statement_outputs(w, &relation);
}

void handler_statement(struct work *w, const struct sql_node *n)
{
    const struct sql_node *name = n->child[SQL_HANDLER_TABLE];
    const struct sql_node *alias = n->child[SQL_HANDLER_ALIAS];

    w->no_result = true;
    record_effect(w, EFFECT_READS_SESSION, STR("HANDLER"), work_position(w, n));
    if (n->op == SQL_HANDLER_CLOSE)
        return;
    struct source *source = from_named(w, NULL, name, sql_name_object(w->text, name), true);
    if (source == NULL || source->table == NULL || source->use == NULL)
        return; /* from_named() has recorded what is unknown */
    if (source->relation != NULL)
        record_unknown(w, "handler", STR("of a view"), work_position(w, name));
    if (n->op == SQL_HANDLER_READ) {
        read_rows(w, n, source);
        return;
    }
    record_whole(w, source->use, PRIVILEGE_SELECT);
    if (alias != NULL && !str_equal(sql_name(w->text, alias), source->table->name))
        record_unknown(w, "handler", sql_name(w->text, alias), work_position(w, alias));
}

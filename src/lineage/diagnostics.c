/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGNAL, RESIGNAL and GET DIAGNOSTICS outside of programs; in them, program.c.
 */
#include "lineage/internal.h"

static void diagnostics_signal(struct work *w, const struct sql_node *n)
{
    const struct sql_node *list = n->child[SQL_SIGNAL_SET];

    w->no_result = true;
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct sql_node *item = list->child[i];
        struct value v = expression(w, NULL, item->child[SQL_ASSIGNMENT_VALUE]);
        record_sink(w, SINK_DIAGNOSTICS, sql_name(w->text, item->child[SQL_ASSIGNMENT_TARGET]),
                    v.from, work_position(w, item));
    }
}

/* What earlier statements left behind; the session knows whether that may be shown. */
static void diagnostics_get(struct work *w, const struct sql_node *n)
{
    const struct sql_node *condition = n->child[SQL_GET_DIAGNOSTICS_CONDITION];
    const struct sql_node *list = n->child[SQL_GET_DIAGNOSTICS_ITEMS];

    w->no_result = true;
    record_effect(w, EFFECT_READS_DIAGNOSTICS, STR("GET DIAGNOSTICS"), work_position(w, n));
    if (condition != NULL) {
        struct value v = expression(w, NULL, condition);
        record_use(w, USE_ERROR, v.from, "GET DIAGNOSTICS", work_position(w, condition));
    }
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct sql_node *target = list->child[i]->child[SQL_ASSIGNMENT_TARGET];
        if (target->kind != SQL_USER_VARIABLE)
            continue; /* a variable of the program around it */
        struct str name = arena_printf(w->arena, "@%.*s", STR_ARG(sql_name(w->text, target)));
        record_sink(w, SINK_USER_VARIABLE, name, (set_t){NULL, 0}, work_position(w, target));
        record_effect(w, EFFECT_SETS_VARIABLE, name, work_position(w, target));
    }
}

void diagnostics_statement(struct work *w, const struct sql_node *n)
{
    if (n->kind == SQL_SIGNAL) {
        record_effect(w, EFFECT_RAISES, str_of(statement_kind_text(w->analysis->kind)),
                      work_position(w, n));
        diagnostics_signal(w, n);
    } else
        diagnostics_get(w, n);
}

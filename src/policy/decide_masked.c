/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of a decision that is about classified data: which columns are masked for this
 * identity, where they are used and go, and how the outputs are masked.
 */
#include "policy/decider.h"

bool policy_masks_find(struct policy_decider *d)
{
    d->masks = arena_alloc_array(d->arena, d->a->base_count, sizeof(*d->masks));
    if (d->masks == NULL)
        return false;
    for (size_t i = 0; i < d->a->base_count; i++) {
        bool classified;
        d->masks[i] = policy_column_mask(d->scope, d->now_us, &d->a->base[i], &classified);
        d->touches_masked = d->touches_masked || d->masks[i] != NULL;
    }
    return true;
}

/* The first masked column of a set, or -1. An index out of range counts as masked: the analysis
 * broke its promise, and that must not open anything. */
static ptrdiff_t first_masked(const struct policy_decider *d, struct column_set set)
{
    for (size_t i = 0; i < set.count; i++) {
        if (CHECK_FAILS(set.ids[i] < d->a->base_count))
            return 0;
        if (d->masks[set.ids[i]] != NULL)
            return (ptrdiff_t)set.ids[i];
    }
    return -1;
}

static struct str column_text(const struct policy_decider *d, ptrdiff_t id)
{
    if ((size_t)id >= d->a->base_count)
        return STR("a column");
    const struct base_column *b = &d->a->base[id];
    return arena_printf(d->arena, "%.*s.%.*s.%.*s", STR_ARG(b->schema), STR_ARG(b->table),
                        STR_ARG(b->column));
}

static struct str tag_text(const struct policy_decider *d, ptrdiff_t id)
{
    if ((size_t)id >= d->a->base_count || d->masks[id] == NULL)
        return STR_NONE;
    const struct policy_tag *tag = policy_tag_find(d->scope->set, d->masks[id]->tag);
    if (tag == NULL)
        return STR_NONE;
    return arena_printf(d->arena, "masked as %.*s (%.*s:%u)", STR_ARG(tag->name),
                        STR_ARG(tag->at.file), tag->at.line);
}

static void note_tag_rule(struct policy_decider *d, ptrdiff_t id)
{
    if ((size_t)id >= d->a->base_count || d->masks[id] == NULL)
        return;
    const struct policy_tag *tag = policy_tag_find(d->scope->set, d->masks[id]->tag);
    if (tag != NULL)
        d->ret->rule = (struct policy_rule_ref){STR_NONE, tag->at};
}

static bool refuse_use(struct policy_decider *d, ptrdiff_t id, struct str where, uint32_t position)
{
    note_tag_rule(d, id);
    d->ret->fault.position = position;
    return policy_refuse(
        d, FAULT_denied_use,
        arena_printf(d->arena, "%.*s is %.*s and may not be used in %.*s",
                     STR_ARG(column_text(d, id)), STR_ARG(tag_text(d, id)), STR_ARG(where)),
        STR("It may be selected, masked. Filter, sort, group and join by columns that "
            "are not masked"));
}

static uint32_t uses_granted(const struct policy_decider *d)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < d->scope->policy_count; i++)
        if (d->in_force[i])
            bits |= d->scope->policies[i]->masked_use;
    return bits;
}

bool policy_masks_check_uses(struct policy_decider *d)
{
    uint32_t allowed = uses_granted(d);

    for (size_t i = 0; i < d->a->use_count; i++) {
        const struct column_use *u = &d->a->uses[i];
        ptrdiff_t id = first_masked(d, u->columns);
        /* Writing to a column tells nothing of what was in it; where the value comes from is a
         * sink's matter. */
        if (id < 0 || u->how == USE_WRITE_BACK || (allowed >> u->how & 1) != 0)
            continue;
        struct str where = str_of(use_text(u->how));
        if (u->what.len > 0)
            where = arena_printf(d->arena, "%.*s (use: %s)", STR_ARG(u->what), use_text(u->how));
        return refuse_use(d, id, where, u->position);
    }
    return true;
}

bool policy_masks_check_sinks(struct policy_decider *d)
{
    for (size_t i = 0; i < d->a->sink_count; i++) {
        const struct sink *s = &d->a->sinks[i];
        ptrdiff_t id = first_masked(d, s->from);
        if (id < 0)
            continue;
        note_tag_rule(d, id);
        d->ret->fault.position = s->position;
        return policy_refuse(d, FAULT_denied_sink,
                             arena_printf(d->arena, "%.*s is %.*s and would go to %s %.*s",
                                          STR_ARG(column_text(d, id)), STR_ARG(tag_text(d, id)),
                                          sink_text(s->kind), STR_ARG(s->target)),
                             STR("Masked data may leave in a result only, masked"));
    }
    return true;
}

/* Statements whose answer can't be masked column by column. */
bool policy_masks_check_answer(struct policy_decider *d)
{
    ptrdiff_t id = -1;

    for (size_t i = 0; i < d->a->base_count && id < 0; i++)
        if (d->masks[i] != NULL)
            id = (ptrdiff_t)i;
    if (id < 0)
        return true;
    if (d->a->kind == STATEMENT_EXPLAIN)
        return refuse_use(d, id, STR("EXPLAIN, whose plan shows values (use: plan)"), 0);
    if (!d->a->outputs_known)
        return refuse_use(d, id,
                          STR("a statement whose result has columns that only the server "
                              "knows"),
                          0);
    return true;
}

static const struct policy_mask *output_mask(const struct policy_decider *d,
                                             const struct output_column *output)
{
    static const struct policy_mask redact = {.kind = POLICY_MASK_REDACT};
    const struct policy_mask *strictest = NULL;

    for (size_t i = 0; i < output->from.count; i++) {
        const struct policy_mask *mask = &redact;
        if (!CHECK_FAILS(output->from.ids[i] < d->a->base_count))
            mask = d->masks[output->from.ids[i]];
        if (mask != NULL && (strictest == NULL || mask->kind < strictest->kind))
            strictest = mask;
    }
    /* The masks that keep something of a value know what it looks like only in the column itself,
     * and a mask's own kind says nothing of two columns at once. */
    if (strictest != NULL && strictest->kind != POLICY_MASK_NULL &&
        (!output->plain || output->from.count != 1))
        return &redact;
    return strictest;
}

bool policy_masks_apply(struct policy_decider *d)
{
    const struct policy_mask **masks;

    if (!d->touches_masked)
        return true;
    masks = arena_alloc_array(d->arena, d->a->output_count, sizeof(*masks));
    if (masks == NULL)
        return false;
    for (size_t i = 0; i < d->a->output_count; i++) {
        masks[i] = output_mask(d, &d->a->outputs[i]);
        d->ret->mask_count += masks[i] != NULL;
    }
    if (d->ret->mask_count > 0)
        d->ret->masks = masks;
    return true;
}

void policy_masks_find_writes(struct policy_decider *d)
{
    for (size_t i = 0; i < d->a->need_count; i++) {
        const struct privilege_need *need = &d->a->needs[i];
        bool classified = false;
        if (need->privilege != PRIVILEGE_INSERT && need->privilege != PRIVILEGE_UPDATE)
            continue;
        for (size_t k = 0; k < need->column_count && !classified; k++) {
            struct base_column column = {need->schema, need->object, need->columns[k]};
            policy_column_mask(d->scope, d->now_us, &column, &classified);
        }
        if (need->column_count == 0)
            classified = policy_table_classified(d->scope, need->schema, need->object);
        d->ret->writes_classified = d->ret->writes_classified || classified;
    }
}

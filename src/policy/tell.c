/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/tell.h"

#define SUMMARY_MAX 480 /* bytes: an error packet's text is at most 512 in many clients */

struct str policy_names_in_force(const struct policy_scope *scope, int64_t now_us,
                                 struct arena *arena)
{
    struct str names = STR_NONE;
    size_t count = 0;

    for (size_t i = 0; i < scope->policy_count; i++) {
        const struct policy_document *p = scope->policies[i];
        if (!policy_in_force(p, now_us))
            continue;
        if (++count > 3)
            return arena_printf(arena, "%.*s and others", STR_ARG(names));
        names =
            arena_printf(arena, "%.*s%spolicy %.*s (%.*s:%u)", STR_ARG(names),
                         count > 1 ? ", " : "", STR_ARG(p->name), STR_ARG(p->at.file), p->at.line);
    }
    return names;
}

static struct str objects_text(const struct policy_objects *on, struct arena *arena)
{
    struct str text = STR_NONE;

    for (size_t i = 0; i < on->count; i++)
        text = arena_printf(arena, "%.*s%s%.*s", STR_ARG(text), i > 0 ? " " : "",
                            STR_ARG(on->items[i].text));
    return text;
}

struct str policy_grants_summary(const struct policy_scope *scope, int64_t now_us,
                                 struct arena *arena)
{
    struct str text = STR_NONE;

    for (size_t i = 0; i < scope->policy_count; i++) {
        const struct policy_document *p = scope->policies[i];
        if (!policy_in_force(p, now_us))
            continue;
        for (size_t k = 0; k < p->allow_count + p->approve_count; k++) {
            bool approve = k >= p->allow_count;
            const struct policy_rule *rule =
                approve ? &p->approve[k - p->allow_count] : &p->allow[k];
            struct str on = objects_text(&rule->on, arena);
            if (text.len + rule->grants.text.len + on.len + 32 > SUMMARY_MAX)
                return arena_printf(arena, "%.*s, ...", STR_ARG(text));
            text = arena_printf(arena, "%.*s%s%.*s %.*s%s", STR_ARG(text), text.len > 0 ? ", " : "",
                                STR_ARG(rule->grants.text), STR_ARG(on),
                                approve ? " (with approval)" : "");
        }
    }
    return text;
}

void policy_deciding_allow(const struct policy_scope *scope, int64_t now_us,
                           const struct analysis *analysis, struct policy_rule_ref *ret_rule)
{
    const struct privilege_need *need = analysis->need_count > 0 ? &analysis->needs[0] : NULL;

    for (size_t i = 0; i < scope->policy_count; i++) {
        const struct policy_document *p = scope->policies[i];
        if (!policy_in_force(p, now_us))
            continue;
        if (need == NULL) {
            *ret_rule = (struct policy_rule_ref){p->name, p->at};
            return;
        }
        for (size_t k = 0; k < p->allow_count; k++) {
            const struct policy_rule *rule = &p->allow[k];
            bool has = rule->grants.all, fits = false;
            for (size_t g = 0; g < rule->grants.count && !has; g++)
                has = rule->grants.items[g].privilege == need->privilege;
            for (size_t o = 0; o < rule->on.count && !fits; o++)
                fits = policy_object_matches(&rule->on.items[o], need->schema, need->object, false);
            if (has && fits) {
                *ret_rule = (struct policy_rule_ref){p->name, rule->at};
                return;
            }
        }
    }
}

/* ---- permissions ---- */

struct permission_list {
    struct policy_permission *items;
    size_t count, capacity;
    struct arena *arena;
};

static struct policy_permission *add(struct permission_list *list,
                                     const struct policy_document *policy, bool in_force)
{
    struct policy_permission *row =
        arena_push(list->arena, &list->items, &list->count, &list->capacity, sizeof(*row));

    if (row != NULL) {
        row->policy = policy->name;
        row->in_force = in_force;
    }
    return row;
}

static struct str window_note(const struct policy_document *p, struct arena *arena)
{
    return p->window_count == 0
               ? STR_NONE
               : arena_printf(arena, "in a time window (%.*s:%u)", STR_ARG(p->windows[0].at.file),
                              p->windows[0].at.line);
}

static struct str approval_note(const struct policy_rule *rule, struct arena *arena)
{
    struct str groups = STR_NONE;

    for (size_t i = 0; i < rule->by.groups.count; i++)
        groups = arena_printf(arena, "%.*s%s%.*s", STR_ARG(groups), i > 0 ? ", " : "",
                              STR_ARG(rule->by.groups.items[i]));
    return arena_printf(arena, "approved by %lld of %.*s", (long long)rule->by.count,
                        STR_ARG(groups));
}

static void add_rules(struct permission_list *list, const struct policy_document *p,
                      const char *effect, const struct policy_rule *rules, size_t count,
                      bool in_force)
{
    for (size_t i = 0; i < count; i++) {
        struct policy_permission *row = add(list, p, in_force);
        if (row == NULL)
            return;
        row->effect = effect;
        row->privileges = rules[i].grants.text;
        row->object = objects_text(&rules[i].on, list->arena);
        row->at = rules[i].at;
        row->note = rules[i].by.groups.count > 0 ? approval_note(&rules[i], list->arena)
                                                 : window_note(p, list->arena);
    }
}

const struct policy_permission *policy_permissions(const struct policy_scope *scope, int64_t now_us,
                                                   struct arena *arena, size_t *ret_count)
{
    struct permission_list list = {.arena = arena};

    for (size_t i = 0; i < scope->policy_count; i++) {
        const struct policy_document *p = scope->policies[i];
        bool in_force = policy_in_force(p, now_us);
        add_rules(&list, p, "allow", p->allow, p->allow_count, in_force);
        add_rules(&list, p, "approve", p->approve, p->approve_count, in_force);
        add_rules(&list, p, "deny", p->deny, p->deny_count, in_force);
        for (size_t k = 0; k < p->reveal.count; k++) {
            const struct policy_reveal *reveal = &p->reveal.items[k];
            struct policy_permission *row = add(&list, p, in_force);
            if (row == NULL)
                break;
            row->effect = "reveal";
            for (size_t t = 0; t < reveal->tags.count; t++)
                row->privileges = arena_printf(arena, "%.*s%s%.*s", STR_ARG(row->privileges),
                                               t > 0 ? ", " : "", STR_ARG(reveal->tags.items[t]));
            row->object = reveal->on.count > 0 ? objects_text(&reveal->on, arena) : STR("*.*");
            row->at = reveal->at;
            row->note = window_note(p, arena);
        }
    }
    *ret_count = list.count;
    return list.items;
}

void policy_errors_reference(struct buf *out)
{
    buf_put_str(out, STR("# Errors\n\n"
                         "A refusal is a MySQL error whose text begins with `cardea/` and a stable "
                         "code; then come what was refused, the rule that refused it, what is "
                         "granted instead, and how to ask. The session goes on. A code never "
                         "changes its meaning and is never used again for another.\n\n"
                         "This page is generated from `src/base/fault_codes.h` "
                         "(`cardea reference errors`).\n\n"
                         "| code | number | SQLSTATE | meaning |\n|---|---|---|---|\n"));
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++) {
        const struct fault_info *info = fault_info((enum fault_code)i);
        buf_printf(out, "| `%s` | %u | %s | %s |\n", info->code, info->number, info->sqlstate,
                   info->meaning);
    }
}

void policy_reference(struct buf *out)
{
    buf_put_str(out, STR("# Policy reference\n\n"
                         "Every field of policy, classification and test documents; "
                         "[policy.md](policy.md) explains them. This page is generated from the "
                         "tables that read them (`cardea reference policy`).\n\n"));
    config_table_reference(&policy_document_table, out);
    config_table_reference(&policy_classification_table, out);
}

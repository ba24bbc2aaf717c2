/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a set concerns one identity on one target, and what that says without a statement.
 */
#include "policy/model.h"

static bool document_applies(const struct policy_document *policy,
                             const struct policy_identity *identity,
                             const struct policy_target *target)
{
    bool subject = false, place = false;

    for (size_t i = 0; i < policy->subject_count && !subject; i++)
        subject = policy_subject_matches(&policy->subjects[i], identity);
    for (size_t i = 0; i < policy->target_count && subject && !place; i++)
        place = policy_selector_matches(&policy->targets[i], target);
    return subject && place;
}

static bool classification_applies(const struct policy_classification *c,
                                   const struct policy_target *target)
{
    for (size_t i = 0; i < c->target_count; i++)
        if (policy_selector_matches(&c->targets[i], target))
            return true;
    return c->target_count == 0;
}

const struct policy_scope *policy_scope_make(const struct policy_set *set,
                                             const struct policy_identity *identity,
                                             const struct policy_target *target,
                                             struct arena *arena)
{
    struct policy_scope *scope = arena_new(arena, struct policy_scope);

    if (scope == NULL)
        return NULL;
    scope->set = set;
    scope->subject = arena_copy(arena, identity->subject);
    scope->target = arena_copy(arena, target->name);
    scope->policies = arena_alloc_array(arena, set->policy_count, sizeof(*scope->policies));
    scope->classifications =
        arena_alloc_array(arena, set->classification_count, sizeof(*scope->classifications));
    if (arena->failed)
        return NULL;
    for (size_t i = 0; i < set->policy_count; i++)
        if (document_applies(set->policies[i], identity, target))
            scope->policies[scope->policy_count++] = set->policies[i];
    for (size_t i = 0; i < set->classification_count; i++)
        if (classification_applies(set->classifications[i], target))
            scope->classifications[scope->classification_count++] = set->classifications[i];
    return scope;
}

uint64_t policy_scope_windows(const struct policy_scope *scope, int64_t now_us)
{
    uint64_t state = 0xcbf29ce484222325; /* FNV-1a over which policies are in force */

    for (size_t i = 0; i < scope->policy_count; i++) {
        state ^= policy_in_force(scope->policies[i], now_us) ? 1 : 2;
        state *= 0x100000001b3;
    }
    return state;
}

static void tighten(int64_t *limit, int64_t other)
{
    if (other > 0 && (*limit == 0 || other < *limit))
        *limit = other;
}

void policy_scope_limits(const struct policy_scope *scope, int64_t now_us,
                         struct policy_limits *limits)
{
    *limits = (struct policy_limits){0};
    for (size_t i = 0; i < scope->policy_count; i++) {
        const struct policy_limits *l = &scope->policies[i]->limits.limits;
        if (!policy_in_force(scope->policies[i], now_us))
            continue;
        tighten(&limits->rows, l->rows);
        tighten(&limits->bytes, l->bytes);
        tighten(&limits->time_ms, l->time_ms);
        tighten(&limits->statements_per_minute, l->statements_per_minute);
        tighten(&limits->sessions, l->sessions);
    }
}

/* The fault of a scope of which nothing is in force; false when something is. */
bool policy_scope_closed(const struct policy_scope *scope, int64_t now_us, struct arena *arena,
                         struct fault *fault)
{
    for (size_t i = 0; i < scope->policy_count; i++)
        if (policy_in_force(scope->policies[i], now_us))
            return false;
    if (scope->policy_count == 0) {
        fault_set(fault, arena, FAULT_denied_subject, "no policy concerns %.*s on target %.*s",
                  STR_ARG(scope->subject), STR_ARG(scope->target));
        fault->hint = STR("Ask those who keep the policies for one whose subjects and targets fit");
        return true;
    }
    const struct policy_document *p = scope->policies[0];
    fault_set(fault, arena, FAULT_denied_window, "policy %.*s (%.*s:%u) is outside its time window",
              STR_ARG(p->name), STR_ARG(p->at.file), p->at.line);
    fault->hint = arena_printf(arena, "Its window: %.*s:%u", STR_ARG(p->windows[0].at.file),
                               p->windows[0].at.line);
    return true;
}

static bool rule_writes(const struct policy_rule *rule)
{
    if (rule->grants.all)
        return true;
    for (size_t i = 0; i < rule->grants.count; i++) {
        enum privilege p = rule->grants.items[i].privilege;
        if (p != PRIVILEGE_SELECT && p != PRIVILEGE_SHOW_VIEW && p != PRIVILEGE_PROCESS &&
            p != PRIVILEGE_SHOW_DATABASES)
            return true;
    }
    return false;
}

static bool policy_writes(const struct policy_document *p)
{
    for (size_t i = 0; i < p->allow_count; i++)
        if (rule_writes(&p->allow[i]))
            return true;
    return p->approve_count > 0 || p->unknowns.allow.count > 0 || p->unknowns.approve.count > 0;
}

bool policy_scope_read_only(const struct policy_scope *scope)
{
    for (size_t i = 0; i < scope->policy_count; i++)
        if (policy_writes(scope->policies[i]))
            return false;
    return true;
}

void policy_session_decide(const struct policy_scope *scope, int64_t now_us, struct arena *arena,
                           struct policy_session *ret_session)
{
    *ret_session = (struct policy_session){.read_only = policy_scope_read_only(scope)};
    if (policy_scope_closed(scope, now_us, arena, &ret_session->fault))
        return;
    ret_session->allowed = true;
    policy_scope_limits(scope, now_us, &ret_session->limits);
    for (size_t i = 0; i < scope->policy_count; i++) {
        const struct policy_document *p = scope->policies[i];
        if (ret_session->role.len == 0 && policy_in_force(p, now_us))
            ret_session->role = p->role;
    }
}

static bool rules_name_schema(const struct policy_rule *rules, size_t count, struct str schema)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < rules[i].on.count; k++)
            if (policy_name_matches(&rules[i].on.items[k].schema, schema, false))
                return true;
    return false;
}

bool policy_schema_visible(const struct policy_scope *scope, struct str schema, int64_t now_us)
{
    for (size_t i = 0; i < scope->policy_count; i++) {
        const struct policy_document *p = scope->policies[i];
        if (!policy_in_force(p, now_us))
            continue;
        if (str_equal_nocase(schema, STR("information_schema")) ||
            rules_name_schema(p->allow, p->allow_count, schema) ||
            rules_name_schema(p->approve, p->approve_count, schema))
            return true;
    }
    return false;
}

/* ---- classification ---- */

static bool revealed(const struct policy_scope *scope, int64_t now_us, struct str tag,
                     const struct base_column *column)
{
    for (size_t i = 0; i < scope->policy_count; i++) {
        const struct policy_reveals *list = &scope->policies[i]->reveal;
        for (size_t k = 0; k < list->count; k++) {
            const struct policy_reveal *reveal = &list->items[k];
            bool fits = reveal->on.count == 0, tagged = false;
            for (size_t t = 0; t < reveal->tags.count && !tagged; t++)
                tagged = str_glob(reveal->tags.items[t], tag, false);
            for (size_t t = 0; t < reveal->on.count && !fits; t++)
                fits = policy_object_matches(&reveal->on.items[t], column->schema, column->table,
                                             false);
            if (tagged && fits && policy_in_force(scope->policies[i], now_us))
                return true;
        }
    }
    return false;
}

static bool column_listed(const struct policy_classified *entry, const struct base_column *column)
{
    for (size_t i = 0; i < entry->columns.count; i++) {
        const struct policy_column_pattern *p = &entry->columns.items[i];
        if (policy_name_matches(&p->column, column->column, true) &&
            policy_name_matches(&p->table, column->table, true) &&
            policy_name_matches(&p->schema, column->schema, true))
            return true;
    }
    return false;
}

const struct policy_mask *policy_column_mask(const struct policy_scope *scope, int64_t now_us,
                                             const struct base_column *column, bool *ret_classified)
{
    const struct policy_mask *strictest = NULL;

    *ret_classified = false;
    for (size_t i = 0; i < scope->classification_count; i++) {
        const struct policy_classification *c = scope->classifications[i];
        for (size_t k = 0; k < c->column_count; k++) {
            if (!column_listed(&c->columns[k], column))
                continue;
            *ret_classified = true;
            for (size_t t = 0; t < c->columns[k].tags.count; t++) {
                const struct policy_tag *tag =
                    policy_tag_find(scope->set, c->columns[k].tags.items[t]);
                if ((strictest == NULL || tag->mask.kind < strictest->kind) &&
                    !revealed(scope, now_us, tag->name, column))
                    strictest = &tag->mask;
            }
        }
    }
    return strictest;
}

bool policy_table_classified(const struct policy_scope *scope, struct str schema, struct str table)
{
    for (size_t i = 0; i < scope->classification_count; i++) {
        const struct policy_classification *c = scope->classifications[i];
        for (size_t k = 0; k < c->column_count; k++)
            for (size_t n = 0; n < c->columns[k].columns.count; n++) {
                const struct policy_column_pattern *p = &c->columns[k].columns.items[n];
                if (policy_name_matches(&p->table, table, true) &&
                    policy_name_matches(&p->schema, schema, true))
                    return true;
            }
    }
    return false;
}

size_t policy_column_tags(const struct policy_scope *scope, struct str schema, struct str table,
                          struct str column, struct arena *arena, const struct str **ret_tags)
{
    const struct base_column base = {schema, table, column};
    struct str *tags = NULL;
    size_t count = 0, capacity = 0;

    for (size_t i = 0; i < scope->classification_count; i++) {
        const struct policy_classification *c = scope->classifications[i];
        for (size_t k = 0; k < c->column_count; k++) {
            if (!column_listed(&c->columns[k], &base))
                continue;
            for (size_t t = 0; t < c->columns[k].tags.count; t++) {
                struct str *slot = arena_push(arena, &tags, &count, &capacity, sizeof(*slot));
                if (slot != NULL)
                    *slot = c->columns[k].tags.items[t];
            }
        }
    }
    *ret_tags = tags;
    return count;
}

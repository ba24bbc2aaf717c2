/* SPDX-License-Identifier: Apache-2.0
 *
 * One statement against a scope. The checks run from the most certain refusal to the least, each
 * ends the decision when it refuses:
 *
 *   deny rules -> privileges -> schema of USE -> unknowns -> effects and guards -> where masked
 *   data is used and goes -> masks of the outputs -> does a person have to approve it?
 *
 * An approve rule that fits only notes what is needed; whether it was met is asked last, so that
 * nobody is asked to approve what would be refused all the same.
 */
#include "catalog/catalog.h"
#include "policy/decider.h"
#include "policy/tell.h"

enum side { SIDE_GRANT, SIDE_REFUSE };

static bool is_star(const struct policy_name *name)
{
    return name->glob && str_equal(name->text, STR("*"));
}

/* A grant must cover the whole object; a refusal (deny, approve) fits what overlaps. */
static bool object_fits(const struct policy_objects *on, const struct privilege_need *need,
                        enum side side)
{
    bool system = need->object_kind != OBJECT_GLOBAL && catalog_schema_is_system(need->schema);
    bool nocase = side == SIDE_REFUSE || system; /* as system names are */

    for (size_t i = 0; i < on->count; i++) {
        const struct policy_object *o = &on->items[i];
        bool fits;
        /* `*.*` is for data: the servers' own tables are granted by the name of their schema. */
        if (side == SIDE_GRANT && system && o->schema.glob)
            continue;
        if (need->object_kind == OBJECT_GLOBAL)
            fits = is_star(&o->schema) && is_star(&o->object);
        else if (need->object_kind == OBJECT_SCHEMA)
            fits = policy_name_matches(&o->schema, need->schema, nocase) &&
                   (side == SIDE_REFUSE || is_star(&o->object));
        else
            fits = policy_object_matches(o, need->schema, need->object, nocase);
        if (fits)
            return true;
    }
    return false;
}

static bool has_column(const struct policy_grant *grant, struct str column)
{
    for (size_t i = 0; i < grant->column_count; i++)
        if (str_equal_nocase(grant->columns[i], column))
            return true;
    return false;
}

/* The rule has the privilege on this column (or, without one, on the whole object). */
static bool rule_grants(const struct policy_grants *grants, enum privilege privilege,
                        const struct str *column, enum side side)
{
    /* Who allows ALL means data, not the server; who denies ALL means everything. */
    if (grants->all && (side == SIDE_REFUSE || !privilege_by_name_only(privilege)))
        return true;
    for (size_t i = 0; i < grants->count; i++) {
        const struct policy_grant *g = &grants->items[i];
        if (g->privilege == privilege &&
            (g->column_count == 0 || (column != NULL && has_column(g, *column))))
            return true;
    }
    return false;
}

/* `SELECT COUNT(*) FROM t` names the table and reads none of its columns: as on the servers, a
 * grant on any column suffices, and rules on columns don't concern it. */
static bool only_counted(const struct policy_decider *d, const struct privilege_need *need)
{
    if (d->a->kind != STATEMENT_SELECT || need->privilege != PRIVILEGE_SELECT ||
        need->column_count > 0 || !d->a->outputs_known)
        return false;
    for (size_t i = 0; i < d->a->base_count; i++)
        if (str_equal(d->a->base[i].schema, need->schema) &&
            str_equal(d->a->base[i].table, need->object))
            return false;
    return true;
}

/* A deny or approve rule touches what is needed: any of its columns. */
static bool rule_touches(const struct policy_decider *d, const struct policy_rule *rule,
                         const struct privilege_need *need)
{
    if (!object_fits(&rule->on, need, SIDE_REFUSE))
        return false;
    if (rule_grants(&rule->grants, need->privilege, NULL, SIDE_REFUSE))
        return true;
    for (size_t i = 0; i < need->column_count; i++)
        if (rule_grants(&rule->grants, need->privilege, &need->columns[i], SIDE_REFUSE))
            return true;
    if (only_counted(d, need))
        return false;
    for (size_t i = 0; i < rule->grants.count && need->column_count == 0; i++)
        if (rule->grants.items[i].privilege == need->privilege)
            return true; /* columns of an object of which the whole is needed */
    return false;
}

static bool granted(const struct policy_decider *d, const struct privilege_need *need,
                    enum privilege privilege, const struct str *column)
{
    for (size_t i = 0; i < d->scope->policy_count; i++) {
        const struct policy_document *p = d->scope->policies[i];
        for (size_t k = 0; d->in_force[i] && k < p->allow_count; k++)
            if (object_fits(&p->allow[k].on, need, SIDE_GRANT) &&
                rule_grants(&p->allow[k].grants, privilege, column, SIDE_GRANT))
                return true;
    }
    return false;
}

/* ---- approvals ---- */

static bool in_list(const struct str *list, size_t count, struct str word)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], word))
            return true;
    return false;
}

/* Several rules at once: what meets all of them. Groups: those that every rule names. */
static void merge_approval(struct policy_decider *d, const struct policy_approvers *by,
                           int64_t valid_ms, int64_t wait_ms)
{
    struct policy_approval *a = &d->approval;

    if (!d->needs_approval) {
        *a = (struct policy_approval){by->groups.items, by->groups.count, (uint32_t)by->count,
                                      valid_ms, wait_ms};
        return;
    }
    struct str *common = arena_array(d->arena, a->group_count, struct str);
    size_t count = 0;
    for (size_t i = 0; common != NULL && i < a->group_count; i++)
        if (in_list(by->groups.items, by->groups.count, a->groups[i]))
            common[count++] = a->groups[i];
    a->groups = common;
    a->group_count = count;
    if ((uint32_t)by->count > a->count)
        a->count = (uint32_t)by->count;
    if (valid_ms < a->valid_ms)
        a->valid_ms = valid_ms;
    if (wait_ms < a->wait_ms)
        a->wait_ms = wait_ms;
}

static void note_approval(struct policy_decider *d, const struct policy_document *policy,
                          struct config_position at, const struct policy_approvers *by,
                          int64_t valid_ms, int64_t wait_ms, struct str what)
{
    merge_approval(d, by, valid_ms, wait_ms);
    if (!d->needs_approval) {
        d->approve_rule = (struct policy_rule_ref){policy->name, at};
        d->approve_what = what;
    }
    d->needs_approval = true;
}

/* ---- refusing ---- */

bool policy_refuse(struct policy_decider *d, enum fault_code code, struct str message,
                   struct str detail)
{
    struct fault *fault = &d->ret->fault;

    if (fault_is(fault))
        return false;
    fault->code = code;
    fault->message = message;
    fault->detail = detail;
    fault->hint = STR("To ask: CALL cardea.request('reason')");
    return false;
}

static struct str rule_text(const struct policy_decider *d, struct policy_rule_ref rule)
{
    return arena_printf(d->arena, "policy %.*s (%.*s:%u)", STR_ARG(rule.policy),
                        STR_ARG(rule.at.file), rule.at.line);
}

static struct str granted_here(const struct policy_decider *d)
{
    struct str summary = policy_grants_summary(d->scope, d->now_us, d->arena);

    return summary.len == 0 ? STR("Nothing is granted here")
                            : arena_printf(d->arena, "Granted here: %.*s", STR_ARG(summary));
}

static struct str need_text(const struct policy_decider *d, const struct privilege_need *need,
                            const struct str *column)
{
    const char *privilege = privilege_text(need->privilege);

    if (need->object_kind == OBJECT_GLOBAL)
        return arena_printf(d->arena, "%s on the server", privilege);
    if (need->object_kind == OBJECT_SCHEMA || need->object.len == 0)
        return arena_printf(d->arena, "%s on %.*s.*", privilege, STR_ARG(need->schema));
    if (column == NULL)
        return arena_printf(d->arena, "%s on %.*s.%.*s", privilege, STR_ARG(need->schema),
                            STR_ARG(need->object));
    return arena_printf(d->arena, "%s (%.*s) on %.*s.%.*s", privilege, STR_ARG(*column),
                        STR_ARG(need->schema), STR_ARG(need->object));
}

/* ---- privileges ---- */

static bool check_deny_rules(struct policy_decider *d)
{
    for (size_t n = 0; n < d->a->need_count; n++) {
        const struct privilege_need *need = &d->a->needs[n];
        for (size_t i = 0; i < d->scope->policy_count && !need->server_alone; i++) {
            const struct policy_document *p = d->scope->policies[i];
            for (size_t k = 0; d->in_force[i] && k < p->deny_count; k++) {
                if (!rule_touches(d, &p->deny[k], need) ||
                    (need->privilege == PRIVILEGE_ANY &&
                     !object_fits(&p->deny[k].on, need, SIDE_GRANT)))
                    continue; /* who is denied one table may still use its schema */
                d->ret->rule = (struct policy_rule_ref){p->name, p->deny[k].at};
                d->ret->fault.position = need->position;
                return policy_refuse(
                    d, FAULT_denied_rule,
                    arena_printf(d->arena, "%.*s%s is denied by %.*s",
                                 STR_ARG(need_text(d, need, NULL)),
                                 need->inside_view ? ", reached through a view or program," : "",
                                 STR_ARG(rule_text(d, d->ret->rule))),
                    granted_here(d));
            }
        }
    }
    return true;
}

static bool check_schema(struct policy_decider *d, struct str schema)
{
    return policy_schema_visible(d->scope, schema, d->now_us) ||
           policy_refuse(d, FAULT_denied_schema,
                         arena_printf(d->arena, "nothing is granted in schema %.*s",
                                      STR_ARG(schema)),
                         granted_here(d));
}

static bool any_privilege(const struct policy_decider *d, const struct privilege_need *need)
{
    for (size_t i = 0; i < d->scope->policy_count; i++) {
        const struct policy_document *p = d->scope->policies[i];
        for (size_t k = 0; d->in_force[i] && k < p->allow_count; k++)
            if (object_fits(&p->allow[k].on, need, SIDE_GRANT))
                return true;
        for (size_t k = 0; d->in_force[i] && k < p->approve_count; k++)
            if (object_fits(&p->approve[k].on, need, SIDE_GRANT))
                return true;
    }
    return false;
}

/* SHOW and DESCRIBE tell of an object; whoever has any privilege on it may be told. */
static bool only_told(const struct policy_decider *d, const struct privilege_need *need)
{
    return (d->a->kind == STATEMENT_SHOW || d->a->kind == STATEMENT_DESCRIBE) &&
           need->privilege == PRIVILEGE_SELECT && need->object.len > 0 && d->a->base_count == 0 &&
           any_privilege(d, need);
}

static bool find_approve_rules(struct policy_decider *d, const struct privilege_need *need,
                               const struct str *column)
{
    bool found = false;

    for (size_t i = 0; i < d->scope->policy_count; i++) {
        const struct policy_document *p = d->scope->policies[i];
        for (size_t k = 0; d->in_force[i] && k < p->approve_count; k++) {
            const struct policy_rule *rule = &p->approve[k];
            if (!rule_touches(d, rule, need))
                continue;
            found = found || (object_fits(&rule->on, need, SIDE_GRANT) &&
                              rule_grants(&rule->grants, need->privilege, column, SIDE_GRANT));
        }
    }
    return found;
}

static void note_approve_rules(struct policy_decider *d, const struct privilege_need *need)
{
    for (size_t i = 0; i < d->scope->policy_count; i++) {
        const struct policy_document *p = d->scope->policies[i];
        for (size_t k = 0; d->in_force[i] && k < p->approve_count; k++) {
            const struct policy_rule *rule = &p->approve[k];
            if (rule_touches(d, rule, need))
                note_approval(d, p, rule->at, &rule->by, rule->valid_ms, rule->wait_ms,
                              need_text(d, need, NULL));
        }
    }
}

static bool refuse_need(struct policy_decider *d, const struct privilege_need *need,
                        const struct str *column)
{
    enum fault_code code = FAULT_denied_privilege;
    struct privilege_need whole = *need;

    if (need->object_kind == OBJECT_GLOBAL)
        code = FAULT_denied_server;
    for (size_t i = 0; column != NULL && i < need->column_count; i++)
        if (granted(d, &whole, need->privilege, &need->columns[i]))
            code = FAULT_denied_column;
    d->ret->fault.position = need->position;
    struct str by = policy_names_in_force(d->scope, d->now_us, d->arena);
    return policy_refuse(d, code,
                         arena_printf(d->arena, "%.*s is not granted by %.*s",
                                      STR_ARG(need_text(d, need, column)), STR_ARG(by)),
                         granted_here(d));
}

/* Any column of the object is granted. */
static bool some_column_granted(const struct policy_decider *d, const struct privilege_need *need)
{
    for (size_t i = 0; i < d->scope->policy_count; i++) {
        const struct policy_document *p = d->scope->policies[i];
        for (size_t k = 0; d->in_force[i] && k < p->allow_count; k++) {
            if (!object_fits(&p->allow[k].on, need, SIDE_GRANT))
                continue;
            for (size_t g = 0; g < p->allow[k].grants.count; g++)
                if (p->allow[k].grants.items[g].privilege == need->privilege)
                    return true;
        }
    }
    return false;
}

/* A program that is made runs as whoever makes it, for everybody who may call it: its maker must
 * hold what it does. The servers ask for that when it runs. */
static bool makes_program(const struct analysis *a)
{
    switch ((int)a->kind) {
    case STATEMENT_CREATE_PROCEDURE:
    case STATEMENT_CREATE_FUNCTION:
    case STATEMENT_CREATE_TRIGGER:
    case STATEMENT_CREATE_EVENT:
    case STATEMENT_ALTER_PROCEDURE:
    case STATEMENT_ALTER_FUNCTION:
    case STATEMENT_ALTER_EVENT: return true;
    default: return false;
    }
}

static bool check_need(struct policy_decider *d, const struct privilege_need *need)
{
    if (need->server_alone || only_told(d, need))
        return true;
    if (need->privilege == PRIVILEGE_ANY)
        return check_schema(d, need->schema);
    note_approve_rules(d, need);
    if (need->inside_view && !makes_program(d->a))
        return true;
    if (need->column_count == 0) {
        if (granted(d, need, need->privilege, NULL) || find_approve_rules(d, need, NULL) ||
            ((only_counted(d, need) || (need->any_column && need->privilege == PRIVILEGE_UPDATE)) &&
             some_column_granted(d, need)))
            return true;
        return refuse_need(d, need, NULL);
    }
    for (size_t i = 0; i < need->column_count; i++)
        if (!granted(d, need, need->privilege, &need->columns[i]) &&
            !find_approve_rules(d, need, &need->columns[i]))
            return refuse_need(d, need, &need->columns[i]);
    return true;
}

static bool check_needs(struct policy_decider *d)
{
    for (size_t i = 0; i < d->a->need_count; i++)
        if (!check_need(d, &d->a->needs[i]))
            return false;
    if (d->a->kind == STATEMENT_INVALID ||
        (d->a->kind == STATEMENT_OTHER && d->a->need_count == 0 && d->a->effect_count == 0))
        return policy_refuse(d, FAULT_denied_unknown,
                             STR("a statement of this kind is not granted by any policy"),
                             granted_here(d));
    return true;
}

/* A handler lives in the session under a name of its own; whose rows it shows is not followed. */
static bool check_kind(struct policy_decider *d)
{
    if (d->a->kind != STATEMENT_HANDLER)
        return true;
    return policy_refuse(d, FAULT_denied_handler,
                         STR("HANDLER is not passed on: which table it reads is not followed"),
                         STR("SELECT ... ORDER BY ... LIMIT reads the same rows"));
}

static bool check_changes(struct policy_decider *d)
{
    for (size_t i = 0; i < d->a->change_count; i++) {
        const struct session_change *c = &d->a->changes[i];
        if (c->kind == CHANGE_READ_ONLY && str_equal(c->value, STR("READ WRITE")) &&
            policy_scope_read_only(d->scope))
            return policy_refuse(
                d, FAULT_denied_guard,
                STR("READ WRITE is refused: no policy grants anything that writes"),
                granted_here(d));
        if (c->kind == CHANGE_SCHEMA && !check_schema(d, c->value))
            return false;
    }
    return true;
}

/* ---- unknowns ---- */

static bool unknown_listed(const struct config_strings *list, struct str text)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_glob(list->items[i], text, true))
            return true;
    return false;
}

static bool check_unknown(struct policy_decider *d, const struct unknown *u)
{
    struct str text = arena_printf(d->arena, "%.*s:%.*s", STR_ARG(u->what), STR_ARG(u->name));
    bool good = false;

    for (size_t i = 0; i < d->scope->policy_count; i++) {
        const struct policy_document *p = d->scope->policies[i];
        if (!d->in_force[i])
            continue;
        if (unknown_listed(&p->unknowns.approve, text)) {
            note_approval(d, p, p->unknowns.at, &p->unknowns.by, p->unknowns.valid_ms,
                          p->unknowns.wait_ms, text);
            good = true;
        }
        good = good || unknown_listed(&p->unknowns.allow, text);
    }
    if (good)
        return true;
    d->ret->fault.position = u->position;
    return policy_refuse(
        d, FAULT_denied_unknown,
        arena_printf(d->arena,
                     "%.*s %.*s does not exist here, or is not known well enough to be run",
                     STR_ARG(u->what), STR_ARG(u->name)),
        arena_printf(d->arena,
                     "A policy may grant it by name: unknowns: {allow: "
                     "[\"%.*s\"]}",
                     STR_ARG(text)));
}

static bool check_unknowns(struct policy_decider *d)
{
    for (size_t i = 0; i < d->a->unknown_count; i++)
        if (!check_unknown(d, &d->a->unknowns[i]))
            return false;
    return true;
}

/* ---- effects and guards ---- */

static bool guard_on(struct policy_decider *d, enum policy_guard guard)
{
    bool allowed = false;

    for (size_t i = 0; i < d->scope->policy_count; i++) {
        const struct policy_document *p = d->scope->policies[i];
        if (!d->in_force[i])
            continue;
        if (p->guards.set[guard] == POLICY_SWITCH_DENY) {
            d->ret->rule = (struct policy_rule_ref){p->name, p->guards.at};
            return true;
        }
        allowed = allowed || p->guards.set[guard] == POLICY_SWITCH_ALLOW;
    }
    return !allowed && policy_guard_info(guard)->on;
}

/* Row locks are for those who may change the rows, on every table that is read. */
static bool may_lock_rows(const struct policy_decider *d)
{
    for (size_t i = 0; i < d->a->need_count; i++) {
        const struct privilege_need *need = &d->a->needs[i];
        bool may = need->privilege != PRIVILEGE_SELECT || need->inside_view;
        static const enum privilege enough[] = {PRIVILEGE_UPDATE, PRIVILEGE_DELETE,
                                                PRIVILEGE_LOCK_TABLES};
        for (size_t k = 0; k < ARRAY_LEN(enough) && !may; k++)
            may = granted(d, need, enough[k], NULL);
        if (!may)
            return false;
    }
    return true;
}

static bool effect_harmless(const struct policy_decider *d, enum policy_guard guard,
                            const struct effect *e)
{
    if (guard == POLICY_GUARD_SESSION_VARIABLE)
        return policy_variable_settable(e->what);
    if (guard == POLICY_GUARD_SERVER_FACT)
        return policy_variable_readable(e->what);
    return guard == POLICY_GUARD_ROW_LOCK && may_lock_rows(d);
}

static bool refuse_guard(struct policy_decider *d, enum policy_guard guard, struct str what,
                         uint32_t position)
{
    const struct policy_guard_info *info = policy_guard_info(guard);

    d->ret->fault.position = position;
    return policy_refuse(
        d, FAULT_denied_guard,
        arena_printf(d->arena, "%.*s is stopped by guard %s (%s)", STR_ARG(what), info->name,
                     info->meaning),
        d->ret->rule.policy.len > 0
            ? arena_printf(d->arena, "Switched on by %.*s", STR_ARG(rule_text(d, d->ret->rule)))
            : arena_printf(d->arena, "A policy may switch it off: guards: {%s: allow}",
                           info->name));
}

static bool check_effect(struct policy_decider *d, const struct effect *e)
{
    for (int g = POLICY_GUARD_INVALID + 1; g < POLICY_GUARD_COUNT; g++) {
        enum policy_guard guard = (enum policy_guard)g;
        if (policy_guard_info(guard)->effect != e->kind || effect_harmless(d, guard, e))
            continue;
        if (guard_on(d, guard))
            return refuse_guard(d, guard, e->what, e->position);
    }
    return true;
}

static bool check_effects(struct policy_decider *d)
{
    const struct analysis *a = d->a;
    bool changes_rows = a->kind == STATEMENT_UPDATE || a->kind == STATEMENT_DELETE ||
                        a->kind == STATEMENT_COMPOUND;
    struct str what = str_of(statement_kind_text(a->kind));

    for (size_t i = 0; i < a->effect_count; i++)
        if (!check_effect(d, &a->effects[i]))
            return false;
    if (changes_rows && !a->has_where && guard_on(d, POLICY_GUARD_UNFILTERED_WRITE))
        return refuse_guard(d, POLICY_GUARD_UNFILTERED_WRITE, what, 0);
    if (changes_rows && !a->has_key && guard_on(d, POLICY_GUARD_UNKEYED_WRITE))
        return refuse_guard(d, POLICY_GUARD_UNKEYED_WRITE, what, 0);
    return true;
}

/* ---- the whole ---- */

static bool refuse_approval(struct policy_decider *d)
{
    struct buf groups;

    d->ret->rule = d->approve_rule;
    if (d->approval.group_count == 0)
        return policy_refuse(d, FAULT_denied_rule,
                             STR("parts of the statement need approval by groups that have none in "
                                 "common"),
                             STR("Send the parts as statements of their own"));
    d->ret->verdict = POLICY_APPROVE;
    d->ret->approval = d->approval;
    buf_init(&groups, 1024);
    for (size_t i = 0; i < d->approval.group_count; i++)
        buf_printf(&groups, "%s%.*s", i > 0 ? ", " : "", STR_ARG(d->approval.groups[i]));
    d->ret->fault = (struct fault){
        .code = FAULT_approval_required,
        .message = arena_printf(d->arena, "%.*s needs approval by %.*s", STR_ARG(d->approve_what),
                                STR_ARG(rule_text(d, d->approve_rule))),
        .detail =
            arena_printf(d->arena, "%u of: %.*s", d->approval.count, STR_ARG(buf_str(&groups))),
        .hint = STR("Send the same statement again when it is approved")};
    buf_release(&groups);
    return true;
}

static bool decide(struct policy_decider *d, bool approved)
{
    d->in_force = arena_array(d->arena, d->scope->policy_count, bool);
    if (d->in_force == NULL)
        return false;
    for (size_t i = 0; i < d->scope->policy_count; i++)
        d->in_force[i] = policy_in_force(d->scope->policies[i], d->now_us);
    if (policy_scope_closed(d->scope, d->now_us, d->arena, &d->ret->fault))
        return false;
    policy_scope_limits(d->scope, d->now_us, &d->ret->limits);
    if (!policy_masks_find(d))
        return false;
    d->ret->touches_masked = d->touches_masked;
    policy_masks_find_writes(d);
    if (!check_deny_rules(d) || !check_kind(d) || !check_needs(d) || !check_changes(d) || !check_unknowns(d) ||
        !check_effects(d) || !policy_masks_check_sinks(d) || !policy_masks_check_uses(d) ||
        !policy_masks_check_answer(d) || !policy_masks_apply(d))
        return false;
    if (d->needs_approval && !approved)
        return refuse_approval(d);
    if (d->needs_approval)
        d->ret->rule = d->approve_rule;
    else
        policy_deciding_allow(d->scope, d->now_us, d->a, &d->ret->rule);
    d->ret->verdict = d->ret->masks != NULL ? POLICY_MASK : POLICY_ALLOW;
    return true;
}

void policy_decide(const struct policy_scope *scope, const struct policy_request *request,
                   struct arena *arena, struct policy_decision *ret_decision)
{
    struct policy_decider d = {.scope = scope,
                               .a = request->analysis,
                               .now_us = request->now_us,
                               .arena = arena,
                               .ret = ret_decision};

    *ret_decision = (struct policy_decision){.verdict = POLICY_DENY};
    bool good = decide(&d, request->approved);
    if (arena->failed) {
        *ret_decision = (struct policy_decision){
            .verdict = POLICY_DENY,
            .fault = {.code = FAULT_memory, .message = STR("no memory left to decide")}};
        return;
    }
    if (!good)
        ret_decision->verdict = POLICY_DENY;
    ret_decision->cacheable = request->analysis->cacheable && !request->approved &&
                              ret_decision->verdict != POLICY_APPROVE;
}

const char *policy_verdict_text(enum policy_verdict verdict)
{
    switch (verdict) {
    case POLICY_DENY:
        return "deny";
    case POLICY_APPROVE:
        return "approve";
    case POLICY_MASK:
        return "mask";
    case POLICY_ALLOW:
        return "allow";
    }
    return "deny";
}

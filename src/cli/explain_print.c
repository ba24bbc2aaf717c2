/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain_print.h"
#include "base/json.h"
#include "lineage/json.h"

/* ---- text ---- */

static void label(struct buf *out, const char *name)
{
    buf_printf(out, "%-11s ", name);
}

static void put_column(struct buf *out, const struct analysis *a, uint32_t id)
{
    const struct base_column *b = &a->base[id];

    buf_printf(out, "%.*s.%.*s.%.*s", STR_ARG(b->schema), STR_ARG(b->table), STR_ARG(b->column));
}

static void put_columns(struct buf *out, const struct analysis *a, struct column_set set)
{
    for (size_t i = 0; i < set.count; i++) {
        if (i > 0)
            buf_put_str(out, STR(", "));
        put_column(out, a, set.ids[i]);
    }
}

static void put_needs(struct buf *out, const struct analysis *a)
{
    for (size_t i = 0; i < a->need_count; i++) {
        const struct privilege_need *n = &a->needs[i];
        label(out, i == 0 ? "needs" : "");
        buf_printf(out, "%s", privilege_text(n->privilege));
        for (size_t k = 0; k < n->column_count; k++)
            buf_printf(out, "%s%.*s%s", k == 0 ? " (" : ", ", STR_ARG(n->columns[k]),
                       k + 1 == n->column_count ? ")" : "");
        if (n->object_kind == OBJECT_GLOBAL)
            buf_put_str(out, STR(" on *.*"));
        else
            buf_printf(out, " on %.*s.%.*s", STR_ARG(n->schema),
                       STR_ARG(n->object.len > 0 ? n->object : STR("*")));
        buf_printf(out, "%s\n", n->inside_view ? "  (inside a view)" : "");
    }
}

static void put_outputs(struct buf *out, const struct policy_explained *e)
{
    const struct analysis *a = &e->analysis;

    for (size_t i = 0; i < a->output_count; i++) {
        const struct policy_mask *mask = e->decision.masks ? e->decision.masks[i] : NULL;
        label(out, i == 0 ? "columns" : "");
        buf_printf(out, "%-16.*s ", STR_ARG(a->outputs[i].name));
        buf_put_str(out, a->outputs[i].plain ? STR("is ") : STR("from "));
        if (a->outputs[i].from.count == 0)
            buf_put_str(out, STR("no stored value"));
        put_columns(out, a, a->outputs[i].from);
        if (mask != NULL)
            buf_printf(out, "  -> %s%s%.*s", policy_mask_text(mask->kind),
                       mask->tag.len > 0 ? ", tag " : "", STR_ARG(mask->tag));
        buf_put_u8(out, '\n');
    }
    if (!a->outputs_known) {
        label(out, "columns");
        buf_put_str(out, STR("as the server gives them\n"));
    }
}

static void put_uses(struct buf *out, const struct analysis *a)
{
    for (size_t i = 0; i < a->use_count; i++) {
        label(out, i == 0 ? "uses" : "");
        buf_printf(out, "%s (%.*s): ", use_text(a->uses[i].how), STR_ARG(a->uses[i].what));
        put_columns(out, a, a->uses[i].columns);
        buf_put_u8(out, '\n');
    }
    for (size_t i = 0; i < a->sink_count; i++) {
        label(out, i == 0 ? "goes to" : "");
        buf_printf(out, "%s %.*s", sink_text(a->sinks[i].kind), STR_ARG(a->sinks[i].target));
        if (a->sinks[i].from.count > 0)
            buf_put_str(out, STR(" from "));
        put_columns(out, a, a->sinks[i].from);
        buf_put_u8(out, '\n');
    }
    for (size_t i = 0; i < a->effect_count; i++) {
        label(out, i == 0 ? "effects" : "");
        buf_printf(out, "%s: %.*s\n", effect_text(a->effects[i].kind), STR_ARG(a->effects[i].what));
    }
    for (size_t i = 0; i < a->unknown_count; i++) {
        label(out, i == 0 ? "unknown" : "");
        buf_printf(out, "%.*s:%.*s\n", STR_ARG(a->unknowns[i].what), STR_ARG(a->unknowns[i].name));
    }
}

static void put_limit(struct buf *out, const char *name, int64_t value, const char *unit)
{
    if (value > 0)
        buf_printf(out, "  %s %lld%s", name, (long long)value, unit);
}

static void put_decision(struct buf *out, const struct policy_decision *d, struct arena *arena)
{
    label(out, "decision");
    buf_printf(out, "%s\n", policy_verdict_text(d->verdict));
    if (d->rule.at.line > 0) {
        label(out, "rule");
        buf_printf(out, "%.*s%s%.*s:%u\n", STR_ARG(d->rule.policy),
                   d->rule.policy.len > 0 ? ", " : "", STR_ARG(d->rule.at.file), d->rule.at.line);
    }
    if (d->verdict == POLICY_APPROVE) {
        label(out, "approval");
        buf_printf(out, "%u of", d->approval.count);
        for (size_t i = 0; i < d->approval.group_count; i++)
            buf_printf(out, " %.*s", STR_ARG(d->approval.groups[i]));
        buf_printf(out, ", valid %llds\n", (long long)(d->approval.valid_ms / 1000));
    }
    if (d->verdict != POLICY_DENY &&
        (d->limits.rows | d->limits.bytes | d->limits.time_ms) != 0) {
        label(out, "limits");
        out->len--; /* the entries begin with blanks */
        put_limit(out, "rows", d->limits.rows, "");
        put_limit(out, "bytes", d->limits.bytes, "");
        put_limit(out, "time", d->limits.time_ms, "ms");
        buf_put_u8(out, '\n');
    }
    if (fault_is(&d->fault)) {
        const struct fault_info *info = fault_info(d->fault.code);
        label(out, "error");
        buf_printf(out, "ERROR %u (%s): %.*s\n", info->number, info->sqlstate,
                   STR_ARG(fault_line(&d->fault, arena)));
    }
}

void explain_print_text(const struct policy_explained *all, size_t count, struct arena *arena,
                        struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct policy_explained *e = &all[i];
        if (i > 0)
            buf_put_u8(out, '\n');
        label(out, "statement");
        buf_printf(out, "%.*s\n", STR_ARG(str_slice(e->text, 0, 2000)));
        if (e->analysed) {
            label(out, "kind");
            buf_printf(out, "%s\n", statement_kind_text(e->analysis.kind));
            put_needs(out, &e->analysis);
            put_outputs(out, e);
            put_uses(out, &e->analysis);
        }
        put_decision(out, &e->decision, arena);
    }
}

/* ---- JSON ---- */

static void json_member(struct json_writer *w, const char *key, struct str text)
{
    json_key(w, key);
    json_text(w, text);
}

static void json_fault(struct json_writer *w, const struct fault *fault)
{
    const struct fault_info *info = fault_info(fault->code);

    json_key(w, "error");
    if (!fault_is(fault)) {
        json_put_null(w);
        return;
    }
    json_object_begin(w);
    json_member(w, "code", str_of(info->code));
    json_key(w, "number");
    json_u64(w, info->number);
    json_member(w, "sqlstate", str_of(info->sqlstate));
    json_member(w, "message", fault->message);
    json_member(w, "detail", fault->detail);
    json_member(w, "hint", fault->hint);
    json_key(w, "position");
    json_u64(w, fault->position);
    json_object_end(w);
}

static void json_decision(struct json_writer *w, const struct policy_decision *d)
{
    json_key(w, "decision");
    json_object_begin(w);
    json_member(w, "verdict", str_of(policy_verdict_text(d->verdict)));
    json_member(w, "policy", d->rule.policy);
    json_member(w, "file", d->rule.at.file);
    json_key(w, "line");
    json_u64(w, d->rule.at.line);
    json_key(w, "touches_masked");
    json_bool(w, d->touches_masked);
    if (d->verdict == POLICY_APPROVE) {
        json_key(w, "approval");
        json_object_begin(w);
        json_key(w, "groups");
        json_array_begin(w);
        for (size_t i = 0; i < d->approval.group_count; i++)
            json_text(w, d->approval.groups[i]);
        json_array_end(w);
        json_key(w, "count");
        json_u64(w, d->approval.count);
        json_object_end(w);
    }
    json_fault(w, &d->fault);
    json_object_end(w);
}

/* Which of the analysis' columns leave masked: `column` counts from 1. */
static void json_masks(struct json_writer *w, const struct policy_explained *e)
{
    json_key(w, "masks");
    json_array_begin(w);
    for (size_t i = 0; e->decision.masks && i < e->analysis.output_count; i++) {
        const struct policy_mask *mask = e->decision.masks[i];
        if (mask == NULL)
            continue;
        json_object_begin(w);
        json_key(w, "column");
        json_u64(w, i + 1);
        json_member(w, "name", e->analysis.outputs[i].name);
        json_member(w, "mask", str_of(policy_mask_text(mask->kind)));
        json_member(w, "tag", mask->tag);
        json_object_end(w);
    }
    json_array_end(w);
}

void explain_print_json(const struct policy_explained *all, size_t count, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "statements");
    json_array_begin(&w);
    for (size_t i = 0; i < count; i++) {
        const struct policy_explained *e = &all[i];
        json_object_begin(&w);
        json_member(&w, "text", e->text);
        if (e->analysed) {
            json_key(&w, "analysis");
            analysis_json(&e->analysis, &w);
            json_masks(&w, e);
        }
        json_decision(&w, &e->decision);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_member(
        &w, "verdict",
        str_of(policy_verdict_text(policy_explained_strictest(all, count)->decision.verdict)));
    json_object_end(&w);
    buf_put_u8(out, '\n');
}

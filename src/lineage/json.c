/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/json.h"

static void put(struct json_writer *w, const char *key, struct str text)
{
    json_key(w, key);
    json_text(w, text);
}

static void put_if(struct json_writer *w, const char *key, bool flag)
{
    if (!flag)
        return;
    json_key(w, key);
    json_bool(w, true);
}

static void put_columns(struct json_writer *w, const char *key, const struct analysis *a,
                        struct column_set set)
{
    struct buf name;

    buf_init(&name, 4096);
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < set.count; i++) {
        const struct base_column *base = &a->base[set.ids[i]];
        buf_clear(&name);
        buf_put_str(&name, base->schema);
        buf_put_u8(&name, '.');
        buf_put_str(&name, base->table);
        buf_put_u8(&name, '.');
        buf_put_str(&name, base->column);
        json_text(w, buf_str(&name));
    }
    json_array_end(w);
    buf_release(&name);
}

enum asked { ASKED_CALLER, ASKED_DEFINER, ASKED_BY_POLICY };

static enum asked who_is_asked(const struct privilege_need *need)
{
    if (need->policy_alone)
        return ASKED_BY_POLICY;
    return need->inside_view ? ASKED_DEFINER : ASKED_CALLER;
}

static void put_need(struct json_writer *w, const struct privilege_need *need)
{
    json_object_begin(w);
    put(w, "privilege", str_of(privilege_text(need->privilege)));
    put(w, "kind", str_of(analysis_object_text(need->object_kind)));
    put(w, "schema", need->schema);
    put(w, "object", need->object);
    json_key(w, "columns");
    json_array_begin(w);
    for (size_t c = 0; c < need->column_count; c++)
        json_text(w, need->columns[c]);
    json_array_end(w);
    put_if(w, "any_column", need->any_column);
    json_object_end(w);
}

static void put_needs(struct json_writer *w, const char *key, const struct analysis *a,
                      enum asked asked)
{
    size_t count = 0;

    for (size_t i = 0; i < a->need_count; i++)
        count += who_is_asked(&a->needs[i]) == asked;
    if (count == 0 && asked != ASKED_CALLER)
        return;
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < a->need_count; i++)
        if (who_is_asked(&a->needs[i]) == asked)
            put_need(w, &a->needs[i]);
    json_array_end(w);
}

static void put_outputs(struct json_writer *w, const struct analysis *a)
{
    json_key(w, "columns");
    json_array_begin(w);
    for (size_t i = 0; i < a->output_count; i++) {
        json_object_begin(w);
        put(w, "name", a->outputs[i].name);
        put_columns(w, "from", a, a->outputs[i].from);
        json_key(w, "plain");
        json_bool(w, a->outputs[i].plain);
        json_object_end(w);
    }
    json_array_end(w);
    if (!a->outputs_known) {
        json_key(w, "columns_known");
        json_bool(w, false);
    }
}

static void put_uses(struct json_writer *w, const struct analysis *a)
{
    json_key(w, "uses");
    json_array_begin(w);
    for (size_t i = 0; i < a->use_count; i++) {
        json_object_begin(w);
        put(w, "how", str_of(use_text(a->uses[i].how)));
        put(w, "what", a->uses[i].what);
        put_columns(w, "columns", a, a->uses[i].columns);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "sinks");
    json_array_begin(w);
    for (size_t i = 0; i < a->sink_count; i++) {
        json_object_begin(w);
        put(w, "kind", str_of(sink_text(a->sinks[i].kind)));
        put(w, "target", a->sinks[i].target);
        put_columns(w, "from", a, a->sinks[i].from);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_rest(struct json_writer *w, const struct analysis *a)
{
    json_key(w, "effects");
    json_array_begin(w);
    for (size_t i = 0; i < a->effect_count; i++) {
        json_object_begin(w);
        put(w, "effect", str_of(effect_text(a->effects[i].kind)));
        put(w, "what", a->effects[i].what);
        json_object_end(w);
    }
    json_array_end(w);
    if (a->change_count > 0) {
        json_key(w, "changes");
        json_array_begin(w);
        for (size_t i = 0; i < a->change_count; i++) {
            json_object_begin(w);
            put(w, "change", str_of(analysis_change_text(a->changes[i].kind)));
            put(w, "name", a->changes[i].name);
            put(w, "value", a->changes[i].value);
            json_object_end(w);
        }
        json_array_end(w);
    }
    json_key(w, "unknowns");
    json_array_begin(w);
    for (size_t i = 0; i < a->unknown_count; i++) {
        json_object_begin(w);
        put(w, "what", a->unknowns[i].what);
        put(w, "name", a->unknowns[i].name);
        json_object_end(w);
    }
    json_array_end(w);
}

void analysis_json(const struct analysis *a, struct json_writer *w)
{
    char hex[64];

    hex_encode(hex, a->digest, sizeof(a->digest));
    json_object_begin(w);
    put(w, "kind", str_of(statement_kind_text(a->kind)));
    put(w, "digest", str_make(hex, sizeof(hex)));
    put(w, "normalized", a->normalized);
    put_needs(w, "privileges", a, ASKED_CALLER);
    put_needs(w, "definer_privileges", a, ASKED_DEFINER);
    put_needs(w, "policy_privileges", a, ASKED_BY_POLICY);
    put_outputs(w, a);
    put_uses(w, a);
    put_rest(w, a);
    put_if(w, "writes", a->writes);
    put_if(w, "has_where", a->has_where);
    put_if(w, "has_key", a->has_key);
    put_if(w, "has_limit", a->has_limit);
    put_if(w, "cacheable", a->cacheable);
    if (a->parameters > 0) {
        json_key(w, "parameters");
        json_u64(w, a->parameters);
    }
    json_object_end(w);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/analysis.h"

#include "base/attr.h"

static const char *const privilege_names[PRIVILEGE_COUNT] = {
    [PRIVILEGE_INVALID] = "",
#define PRIVILEGE(name, text, level) [PRIVILEGE_##name] = text,
#include "sql/privilege_table.h"
#undef PRIVILEGE
};

static const char *const use_names[USE_COUNT_OF] = {
    [USE_INVALID] = "",
#define USE(name, text, meaning) [USE_##name] = text,
    USE_TABLE(USE)
#undef USE
};

static const char *const sink_names[SINK_COUNT_OF] = {
    [SINK_INVALID] = "",
#define SINK(name, text, meaning) [SINK_##name] = text,
    SINK_TABLE(SINK)
#undef SINK
};

static const char *const effect_names[EFFECT_COUNT_OF] = {
    [EFFECT_INVALID] = "",
#define EFFECT(name, text, meaning) [EFFECT_##name] = text,
    EFFECT_TABLE(EFFECT)
#undef EFFECT
};

static const char *const change_names[] = {
    [CHANGE_INVALID] = "",
#define CHANGE(name, text, meaning) [CHANGE_##name] = text,
    CHANGE_KIND_TABLE(CHANGE)
#undef CHANGE
};

static const char *const object_kind_names[] = {
    [OBJECT_INVALID] = "global",
#define OBJECT(name, text) [OBJECT_##name] = text,
    OBJECT_KIND_TABLE(OBJECT)
#undef OBJECT
};

const char *privilege_text(enum privilege privilege)
{
    return privilege < PRIVILEGE_COUNT ? privilege_names[privilege] : "";
}

enum privilege privilege_by_text(struct str text)
{
    for (unsigned i = 1; i < PRIVILEGE_COUNT; i++)
        if (str_equal_nocase(text, str_of(privilege_names[i])))
            return (enum privilege)i;
    return PRIVILEGE_INVALID;
}

const char *use_text(enum use_how how)
{
    return how < USE_COUNT_OF ? use_names[how] : "";
}

const char *sink_text(enum sink_kind kind)
{
    return kind < SINK_COUNT_OF ? sink_names[kind] : "";
}

const char *effect_text(enum effect_kind kind)
{
    return kind < EFFECT_COUNT_OF ? effect_names[kind] : "";
}

const char *analysis_change_text(enum change_kind kind)
{
    return kind < ARRAY_LEN(change_names) ? change_names[kind] : "";
}

const char *analysis_object_text(enum object_kind kind)
{
    return kind < ARRAY_LEN(object_kind_names) ? object_kind_names[kind] : "";
}

bool column_set_has(struct column_set set, uint32_t id)
{
    size_t low = 0, high = set.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set.ids[middle] == id)
            return true;
        if (set.ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * An analysis written as text, so that decisions can be tested without the parser. Clauses are
 * separated by `;`:
 *
 *   select | update | ...                   the kind; must come first
 *   need SELECT(id,name) shop.customers     also: need DROP shop.*   need FILE *
 *   view SELECT(a) shop.t                   a need met inside a view
 *   base shop.t.a shop.t.b                  base columns 0, 1, ...
 *   out a <- 0 1                            an output computed from base columns
 *   plain a <- 0                            an output that is one column
 *   use predicate 0 1        sink variable @a <- 0        effect waits SLEEP
 *   unknown function f       use_schema shop    read_write    where    key    opaque (outputs not
 * known)
 */
#include "../test.h"
#include "base/arena.h"
#include "lineage/analysis.h"

#define STATEMENT_MAX 16

struct statement {
    struct analysis a;
    struct arena arena;
    struct privilege_need needs[STATEMENT_MAX];
    struct base_column base[STATEMENT_MAX];
    struct output_column outputs[STATEMENT_MAX];
    struct column_use uses[STATEMENT_MAX];
    struct sink sinks[STATEMENT_MAX];
    struct effect effects[STATEMENT_MAX];
    struct unknown unknowns[STATEMENT_MAX];
    struct session_change changes[STATEMENT_MAX];
};

static struct str word_next(struct str *rest)
{
    struct str word;

    *rest = str_trim(*rest);
    if (!str_split(*rest, ' ', &word, rest)) {
        word = *rest;
        *rest = STR_NONE;
    }
    return word;
}

static struct column_set ids_next(struct statement *s, struct str *rest)
{
    uint32_t *ids = arena_array(&s->arena, STATEMENT_MAX, uint32_t);
    struct column_set set = {ids, 0};

    for (struct str word; (word = word_next(rest)).len > 0;) {
        uint64_t id;
        if (str_equal(word, STR("<-")))
            continue;
        if (!str_to_u64(word, STATEMENT_MAX, &id))
            fail_msg("no column index: %.*s", STR_ARG(word));
        ids[set.count++] = (uint32_t)id;
    }
    return set;
}

static void need_next(struct statement *s, struct str rest, bool inside_view)
{
    struct privilege_need *need = &s->needs[s->a.need_count++];
    struct str *columns = arena_array(&s->arena, STATEMENT_MAX, struct str);
    struct str object = rest, name;

    for (size_t i = rest.len; i > 0; i--) /* the last word is the object */
        if (rest.ptr[i - 1] == ' ') {
            object = str_slice(rest, i, rest.len);
            rest = str_slice(rest, 0, i - 1);
            break;
        }
    name = rest;
    ptrdiff_t open = str_find_char(rest, '(');
    if (open >= 0) {
        struct str list = str_slice(rest, (size_t)open + 1, rest.len - (size_t)open - 2), head;
        name = str_slice(rest, 0, (size_t)open);
        while (str_split(list, ',', &head, &list))
            columns[need->column_count++] = head;
        columns[need->column_count++] = list;
        need->columns = columns;
    }
    need->privilege = privilege_by_text(str_trim(name));
    if (need->privilege == PRIVILEGE_INVALID)
        fail_msg("no privilege: %.*s", STR_ARG(name));
    need->inside_view = inside_view;
    need->object_kind = OBJECT_TABLE;
    if (str_equal(object, STR("*"))) {
        need->object_kind = OBJECT_GLOBAL;
        return;
    }
    if (!str_split(object, '.', &need->schema, &need->object))
        fail_msg("no object: %.*s", STR_ARG(object));
    if (str_equal(need->object, STR("*"))) {
        need->object_kind = OBJECT_SCHEMA;
        need->object = STR_NONE;
    }
}

static void base_next(struct statement *s, struct str rest)
{
    for (struct str word; (word = word_next(&rest)).len > 0;) {
        struct base_column *b = &s->base[s->a.base_count++];
        if (!str_split(word, '.', &b->schema, &b->table) ||
            !str_split(b->table, '.', &b->table, &b->column))
            fail_msg("no column: %.*s", STR_ARG(word));
    }
}

static int text_index(struct str word, int count, const char *(*text)(int))
{
    for (int i = 1; i < count; i++)
        if (str_equal(str_of(text(i)), word))
            return i;
    fail_msg("unknown word: %.*s", STR_ARG(word));
    return 0;
}
static const char *use_word(int i)
{
    return use_text((enum use_how)i);
}
static const char *sink_word(int i)
{
    return sink_text((enum sink_kind)i);
}

static const char *effect_word(int i)
{
    static char word[64]; /* blanks in an effect's text are written as `-` */
    snprintf(word, sizeof(word), "%s", effect_text((enum effect_kind)i));
    for (char *p = word; *p != '\0'; p++)
        if (*p == ' ')
            *p = '-';
    return word;
}

static void clause_next(struct statement *s, struct str rest)
{
    struct str verb = word_next(&rest);

    if (str_equal(verb, STR("need"))) {
        need_next(s, str_trim(rest), false);
    } else if (str_equal(verb, STR("view"))) {
        need_next(s, str_trim(rest), true);
    } else if (str_equal(verb, STR("base"))) {
        base_next(s, rest);
    } else if (str_equal(verb, STR("out")) || str_equal(verb, STR("plain"))) {
        struct output_column *o = &s->outputs[s->a.output_count++];
        o->name = word_next(&rest);
        o->plain = str_equal(verb, STR("plain"));
        o->from = ids_next(s, &rest);
    } else if (str_equal(verb, STR("use"))) {
        struct column_use *u = &s->uses[s->a.use_count++];
        u->how = (enum use_how)text_index(word_next(&rest), USE_COUNT_OF, use_word);
        u->columns = ids_next(s, &rest);
    } else if (str_equal(verb, STR("sink"))) {
        struct sink *k = &s->sinks[s->a.sink_count++];
        k->kind = (enum sink_kind)text_index(word_next(&rest), SINK_COUNT_OF, sink_word);
        k->target = word_next(&rest);
        k->from = ids_next(s, &rest);
    } else if (str_equal(verb, STR("effect"))) {
        struct effect *e = &s->effects[s->a.effect_count++];
        e->kind = (enum effect_kind)text_index(word_next(&rest), EFFECT_COUNT_OF, effect_word);
        e->what = str_trim(rest);
    } else if (str_equal(verb, STR("unknown"))) {
        struct unknown *u = &s->unknowns[s->a.unknown_count++];
        u->what = word_next(&rest);
        u->name = str_trim(rest);
    } else if (str_equal(verb, STR("use_schema"))) {
        s->changes[s->a.change_count++] =
            (struct session_change){.kind = CHANGE_SCHEMA, .value = str_trim(rest)};
    } else if (str_equal(verb, STR("read_write"))) {
        s->changes[s->a.change_count++] =
            (struct session_change){.kind = CHANGE_READ_ONLY, .value = STR("READ WRITE")};
    } else if (str_equal(verb, STR("where"))) {
        s->a.has_where = true;
    } else if (str_equal(verb, STR("key"))) {
        s->a.has_key = true;
    } else if (str_equal(verb, STR("opaque"))) {
        s->a.outputs_known = false;
    } else {
        fail_msg("unknown clause: %.*s", STR_ARG(verb));
    }
}

static enum statement_kind kind_by_text(struct str word)
{
    static const char *const texts[] = {"",
#define KIND(name, text) text,
                                        STATEMENT_KIND_TABLE(KIND)
#undef KIND
    };
    for (size_t i = 1; i < ARRAY_LEN(texts); i++)
        if (str_equal(str_of(texts[i]), word))
            return (enum statement_kind)i;
    fail_msg("no kind of statement: %.*s", STR_ARG(word));
    return STATEMENT_INVALID;
}

static void statement_make(struct statement *s, const char *text)
{
    struct str rest = str_of(text), clause;

    memset(s, 0, sizeof(*s));
    arena_init(&s->arena, 1 << 20);
    s->a.outputs_known = true;
    s->a.cacheable = true;
    s->a.needs = s->needs;
    s->a.base = s->base;
    s->a.outputs = s->outputs;
    s->a.uses = s->uses;
    s->a.sinks = s->sinks;
    s->a.effects = s->effects;
    s->a.unknowns = s->unknowns;
    s->a.changes = s->changes;
    bool more = str_split(rest, ';', &clause, &rest);
    s->a.kind = kind_by_text(str_trim(more ? clause : rest));
    while (more) {
        more = str_split(rest, ';', &clause, &rest);
        clause_next(s, str_trim(more ? clause : rest));
    }
}

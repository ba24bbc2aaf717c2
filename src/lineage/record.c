/* SPDX-License-Identifier: Apache-2.0
 *
 * Where findings are kept while the tree is walked. Base columns get an id when they are first
 * met; privileges are gathered table by table, so that a column read ten times is one need. Equal
 * uses are kept once: fixed points and cached views would otherwise repeat them.
 */
#include "lineage/internal.h"

bool work_failed(struct work *w)
{
    if (!w->failed && w->arena->failed) {
        fault_set(w->fault, w->arena, FAULT_memory, "the analysis needs too much memory");
        w->failed = true;
    }
    return w->failed;
}

bool work_enter(struct work *w, const struct sql_node *node)
{
    if (work_failed(w))
        return false;
    if (w->budget == 0 || w->depth >= LIMIT_ANALYSIS_DEPTH) {
        fault_set(w->fault, w->arena, FAULT_analysis_limit, "the statement is too much to analyse");
        w->failed = true;
        return false;
    }
    (void)node;
    w->budget--;
    w->depth++;
    return true;
}

void work_leave(struct work *w)
{
    w->depth--;
}

void work_spend(struct work *w, size_t steps)
{
    w->steps += steps;
    uint64_t nodes = w->steps / 16;
    w->steps %= 16;
    w->budget = nodes < w->budget ? w->budget - nodes : 0;
}

uint32_t work_position(const struct work *w, const struct sql_node *node)
{
    if (w->foreign || node == NULL)
        return w->outer_position;
    return sql_node_position(w->text, node);
}

/* ---- sets ---- */

bool set_same(set_t a, set_t b)
{
    return a.count == b.count &&
           (a.count == 0 || a.ids == b.ids ||
            memcmp(a.ids, b.ids, a.count * sizeof(*a.ids)) == 0);
}

static bool covers(set_t big, set_t small)
{
    size_t j = 0;

    for (size_t i = 0; i < big.count && j < small.count; i++)
        if (big.ids[i] == small.ids[j])
            j++;
    return j == small.count;
}

set_t set_union(struct work *w, set_t a, set_t b)
{
    if (b.count == 0 || (a.ids == b.ids && a.count >= b.count))
        return a;
    if (a.count == 0)
        return b;
    work_spend(w, a.count + b.count);
    if (a.count >= b.count ? covers(a, b) : covers(b, a))
        return a.count >= b.count ? a : b;
    uint32_t *ids = arena_array(w->arena, a.count + b.count, uint32_t);
    size_t n = 0, i = 0, j = 0;
    if (ids == NULL)
        return a;
    while (i < a.count || j < b.count) {
        if (j == b.count || (i < a.count && a.ids[i] < b.ids[j])) {
            ids[n++] = a.ids[i++];
        } else {
            if (i < a.count && a.ids[i] == b.ids[j])
                i++;
            ids[n++] = b.ids[j++];
        }
    }
    return (set_t){ids, n};
}

set_t set_one(struct work *w, uint32_t id)
{
    uint32_t *ids = arena_array(w->arena, 1, uint32_t);

    if (ids == NULL)
        return (set_t){NULL, 0};
    ids[0] = id;
    return (set_t){ids, 1};
}

/* ---- tables and columns ---- */

struct table_use *record_table(struct work *w, const struct catalog_table *table,
                               uint32_t position)
{
    bool inside = w->definer;

    for (struct table_use *use = w->tables; use != NULL; use = use->next)
        if (use->table == table && use->inside_view == inside)
            return use;
    struct table_use *use = arena_new(w->arena, struct table_use);
    if (use == NULL)
        return NULL;
    use->table = table;
    use->inside_view = inside;
    use->position = position;
    use->ids = arena_array(w->arena, table->column_count, uint32_t);
    *w->tables_tail = use;
    w->tables_tail = &use->next;
    return use;
}

/* The same table is one in `base`, inside a view or out. */
static uint32_t *shared_ids(struct work *w, struct table_use *use)
{
    for (struct table_use *other = w->tables; other != NULL; other = other->next)
        if (other->table == use->table)
            return other->ids;
    return use->ids;
}

set_t record_base(struct work *w, struct table_use *use, size_t column)
{
    uint32_t *ids = use ? shared_ids(w, use) : NULL;

    if (ids == NULL || column >= use->table->column_count)
        return (set_t){NULL, 0};
    if (ids[column] == 0) {
        struct base_column *base = arena_push(w->arena, &w->base, &w->base_count, &w->base_cap,
                                              sizeof(*base));
        if (base == NULL)
            return (set_t){NULL, 0};
        base->schema = use->table->schema;
        base->table = use->table->name;
        base->column = use->table->columns[column].name;
        ids[column] = (uint32_t)w->base_count;
        w->growth++;
    }
    return set_one(w, ids[column] - 1);
}

static bool is_word(char c)
{
    return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' ||
           c == '$';
}

static bool has_word(struct str text, struct str word)
{
    for (size_t at = 0; at + word.len <= text.len; at++) {
        size_t end = at + word.len;
        if ((at == 0 || !is_word(text.ptr[at - 1])) &&
            (end == text.len || !is_word(text.ptr[end])) &&
            str_equal_nocase(str_slice(text, at, word.len), word))
            return true;
    }
    return false;
}

static bool has_other_script(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return true;
    return false;
}

/* May the text name the column? Servers store expressions with escapes of their own, MySQL with
 * letters outside ASCII coded twice and in the case in which they were written. So the name's
 * words of ASCII letters must all be there; what else is in it only has to be possible. */
static bool mentions(struct str text, struct str name)
{
    for (size_t at = 0; at < name.len;) {
        size_t end = at;
        while (end < name.len && is_word(name.ptr[end]))
            end++;
        if (end > at && !has_word(text, str_make(name.ptr + at, end - at)))
            return false;
        at = end + 1;
    }
    return !has_other_script(name) || has_other_script(text);
}

static bool is_one_word(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_word(name.ptr[i]))
            return false;
    return name.len > 0;
}

/* The columns that the text may name. Names of one word are looked up, word of the text by word;
 * only the odd ones are searched for. */
static void find_named(struct work *w, const struct catalog_table *table, struct str text,
                       bool *named)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && is_word(text.ptr[end]))
            end++;
        const struct catalog_column *column =
            end > at ? catalog_column_find(table, str_slice(text, at, end - at)) : NULL;
        if (column != NULL)
            named[column - table->columns] = true;
        at = end + 1;
    }
    work_spend(w, table->column_count + text.len);
    for (size_t i = 0; i < table->column_count; i++)
        if (!named[i] && !is_one_word(table->columns[i].name)) {
            work_spend(w, text.len);
            named[i] = mentions(text, table->columns[i].name);
        }
}

set_t record_named(struct work *w, const struct catalog_table *table, struct str text)
{
    struct table_use *use = record_table(w, table, 0);
    bool *named = arena_array(w->arena, table->column_count, bool);
    set_t set = {NULL, 0};

    if (named != NULL)
        find_named(w, table, text, named);
    for (size_t i = 0; named != NULL && i < table->column_count; i++)
        if (named[i])
            set = set_union(w, set, record_base(w, use, i));
    return set;
}

/* Which columns the expression of a generated column names; looked up once. */
static struct named_columns *named_by(struct work *w, struct table_use *use, size_t column)
{
    size_t count = use->table->column_count;
    struct named_columns *found = &use->named_by[column];

    if (found->at != NULL)
        return found;
    bool *named = arena_array(w->arena, count, bool);
    size_t n = 0;
    if (named != NULL)
        find_named(w, use->table, use->table->columns[column].expression, named);
    for (size_t i = 0; named != NULL && i < count; i++)
        n += named[i];
    found->at = named ? arena_array(w->arena, n, uint32_t) : NULL;
    for (size_t i = 0; found->at != NULL && i < count; i++)
        if (named[i])
            found->at[found->count++] = (uint32_t)i;
    return found;
}

/* The columns met, as a set. */
static set_t set_of_columns(struct work *w, struct table_use *use, const uint32_t *columns,
                            size_t count)
{
    set_t set = {NULL, 0};

    for (size_t i = 0; i < count; i++)
        record_base(w, use, columns[i]);
    const uint32_t *ids = shared_ids(w, use);
    bool *marks = arena_array(w->arena, w->base_count, bool);
    uint32_t *made = arena_array(w->arena, count, uint32_t);
    if (ids == NULL || marks == NULL || made == NULL)
        return set;
    work_spend(w, w->base_count + count);
    for (size_t i = 0; i < count; i++)
        if (ids[columns[i]] > 0)
            marks[ids[columns[i]] - 1] = true;
    for (uint32_t i = 0; i < w->base_count; i++)
        if (marks[i])
            made[set.count++] = i;
    set.ids = made;
    return set;
}

/* One column too many does no harm. Generated columns may build on one another: each that is named
 * is looked into, once. */
set_t record_column_from(struct work *w, struct table_use *use, size_t column)
{
    size_t columns = use ? use->table->column_count : 0, count = 1;

    if (use == NULL || use->table->columns[column].expression.len == 0)
        return record_base(w, use, column);
    if (use->named_by == NULL)
        use->named_by = arena_array(w->arena, columns, struct named_columns);
    bool *seen = arena_array(w->arena, columns, bool);
    uint32_t *met = arena_array(w->arena, columns, uint32_t);
    if (use->named_by == NULL || seen == NULL || met == NULL)
        return record_base(w, use, column);
    met[0] = (uint32_t)column;
    seen[column] = true;
    for (size_t at = 0; at < count; at++) {
        const struct named_columns *named = named_by(w, use, met[at]);
        work_spend(w, named->count);
        for (size_t i = 0; named->at != NULL && i < named->count; i++)
            if (!seen[named->at[i]]) {
                seen[named->at[i]] = true;
                met[count++] = named->at[i];
            }
    }
    return set_of_columns(w, use, met, count);
}

/* A view that the catalog has no columns of (from a file of CREATE statements) has its query's. */
static size_t column_count(const struct table_use *use)
{
    if (use == NULL)
        return 0;
    if (use->table->column_count == 0 && use->relation != NULL)
        return use->relation->count;
    return use->table->column_count;
}

static struct str column_name(const struct table_use *use, size_t i)
{
    return use->table->column_count == 0 && use->relation != NULL ? use->relation->columns[i].name
                                                                  : use->table->columns[i].name;
}

void record_column(struct work *w, struct table_use *use, enum privilege privilege, size_t column)
{
    size_t count = column_count(use);

    if (use == NULL || privilege >= PRIVILEGE_DELETE || column >= count)
        return;
    bool **columns = w->comparing ? &use->compared : &use->privileges[privilege];
    if (*columns == NULL)
        *columns = arena_array(w->arena, count, bool);
    if (*columns != NULL)
        (*columns)[column] = true;
}

void record_whole(struct work *w, struct table_use *use, enum privilege privilege)
{
    (void)w;
    if (use != NULL)
        use->whole[privilege] = true;
}

static bool has_hidden_column(const struct catalog_table *table)
{
    for (size_t k = 0; k < table->key_count; k++)
        for (size_t i = 0; i < table->keys[k].column_count; i++)
            if (table->keys[k].columns[i].len == 0)
                return true;
    return false;
}

/* MariaDB asks for the invisible ones, too. MySQL does of those that it hides behind the parts of a
 * functional index, which only the table's own privilege covers. */
void record_unnamed(struct work *w, struct table_use *use, enum privilege privilege)
{
    if (use == NULL || use->table->kind == CATALOG_TABLE_VIEW)
        return;
    if (!w->mariadb && !w->comparing && has_hidden_column(use->table))
        record_whole(w, use, privilege);
    for (size_t i = 0; w->mariadb && i < use->table->column_count; i++)
        if (use->table->columns[i].invisible)
            record_column(w, use, privilege, i);
}

/* ---- the lists ---- */

void record_need(struct work *w, enum privilege privilege, enum object_kind kind,
                 struct str schema, struct str object, uint32_t position)
{
    struct privilege_need *need;

    work_spend(w, w->need_count);
    for (size_t i = 0; i < w->need_count; i++)
        if (w->needs[i].privilege == privilege && w->needs[i].object_kind == kind &&
            w->needs[i].inside_view == w->definer &&
            str_equal(w->needs[i].schema, schema) && str_equal(w->needs[i].object, object))
            return;
    need = arena_push(w->arena, &w->needs, &w->need_count, &w->need_cap, sizeof(*need));
    if (need == NULL)
        return;
    *need = (struct privilege_need){.privilege = privilege,
                                    .object_kind = kind,
                                    .schema = schema,
                                    .object = object,
                                    .position = position,
                                    .inside_view = w->definer};
}

void record_any_need(struct work *w, struct str schema, uint32_t position)
{
    if (!str_equal_nocase(schema, STR("information_schema")) && schema.len > 0)
        record_need(w, PRIVILEGE_ANY, OBJECT_SCHEMA, schema, STR_NONE, position);
}

void record_use_str(struct work *w, enum use_how how, set_t columns, struct str what,
                    uint32_t position)
{
    if (columns.count == 0)
        return;
    if (w->program != NULL && (how == USE_ERROR || how == USE_KEY))
        program_grow(w, &w->program->errors, columns);
    for (size_t i = 0; i < w->use_count; i++) {
        struct found_use *old = &w->uses[i];
        if (old->how == how && str_equal(old->what, what)) {
            old->columns = set_union(w, old->columns, columns);
            return;
        }
    }
    struct found_use *use =
        arena_push(w->arena, &w->uses, &w->use_count, &w->use_cap, sizeof(*use));
    if (use != NULL)
        *use = (struct found_use){how, columns, what, position};
}

void record_use(struct work *w, enum use_how how, set_t columns, const char *what,
                uint32_t position)
{
    record_use_str(w, how, columns, str_of(what), position);
}

/* ---- sinks and effects: the first few are searched one by one, the others by a table ---- */

#define FEW 16

static struct str found_key(struct work *w, char list, unsigned kind, struct str name, bool nocase)
{
    char *key = arena_array(w->arena, name.len + 2, char);

    if (key == NULL)
        return STR_NONE;
    key[0] = list;
    key[1] = (char)kind;
    for (size_t i = 0; i < name.len; i++)
        key[i + 2] = nocase ? ascii_lower(name.ptr[i]) : name.ptr[i];
    return str_make(key, name.len + 2);
}

/* The index that was noted for the key, or -1. */
static ptrdiff_t found_get(const struct work *w, struct str key)
{
    void *value = key.ptr != NULL ? map_get(&w->found, key) : NULL;
    return (ptrdiff_t)(uintptr_t)value - 1;
}

static void found_put(struct work *w, struct str key, size_t index)
{
    if (key.ptr != NULL && !map_put(&w->found, key, (void *)(uintptr_t)(index + 1)))
        w->arena->failed = true;
}

static ptrdiff_t sink_find(struct work *w, enum sink_kind kind, struct str target, struct str key)
{
    for (size_t i = 0; i < w->sink_count && i < FEW; i++)
        if (w->sinks[i].kind == kind && str_equal(w->sinks[i].target, target))
            return (ptrdiff_t)i;
    return found_get(w, key);
}

void record_sink(struct work *w, enum sink_kind kind, struct str target, set_t from,
                 uint32_t position)
{
    struct str key = STR_NONE;

    if (w->sink_count >= FEW)
        key = found_key(w, 's', kind, target, false);
    ptrdiff_t before = sink_find(w, kind, target, key);
    if (before >= 0) {
        program_grow(w, &w->sinks[before].from, from);
        return;
    }
    w->growth++;
    found_put(w, key, w->sink_count);
    struct sink *sink =
        arena_push(w->arena, &w->sinks, &w->sink_count, &w->sink_cap, sizeof(*sink));
    if (sink != NULL)
        *sink = (struct sink){kind, target, from, position};
}

set_t record_written(struct work *w, set_t from)
{
    set_t all = from;

    for (size_t i = 0; i < from.count; i++) {
        struct base_column base = w->base[from.ids[i]];
        struct str target = work_table_text(w, base.schema, base.table, base.column);
        work_spend(w, w->sink_count);
        for (size_t k = 0; k < w->sink_count; k++)
            if (w->sinks[k].kind == SINK_COLUMN && str_equal(w->sinks[k].target, target))
                all = set_union(w, all, w->sinks[k].from);
    }
    return all;
}

void record_effect(struct work *w, enum effect_kind kind, struct str what, uint32_t position)
{
    struct str key = STR_NONE;

    for (size_t i = 0; i < w->effect_count && i < FEW; i++)
        if (w->effects[i].kind == kind && str_equal_nocase(w->effects[i].what, what))
            return;
    if (w->effect_count >= FEW) {
        key = found_key(w, 'e', kind, what, true);
        if (found_get(w, key) >= 0)
            return;
        found_put(w, key, w->effect_count);
    }
    struct effect *effect =
        arena_push(w->arena, &w->effects, &w->effect_count, &w->effect_cap, sizeof(*effect));
    if (effect != NULL)
        *effect = (struct effect){kind, what, position};
}

/* Whether and when a program's statement runs is not known: nobody can follow what it does to the
 * session. */
static void in_program(struct work *w, enum change_kind kind, struct str name)
{
    const char *what = "variable";

    switch (kind) {
    case CHANGE_PREPARE:
    case CHANGE_DEALLOCATE: what = "prepared statement"; break;
    case CHANGE_SCHEMA: what = "schema"; break;
    case CHANGE_SQL_MODE: name = STR("@@sql_mode"); break;
    case CHANGE_CHARSET: name = STR("@@character_set_client"); break;
    case CHANGE_READ_ONLY: name = STR("@@transaction_read_only"); break;
    case CHANGE_AUTOCOMMIT: name = STR("@@autocommit"); break;
    case CHANGE_INVALID:
    case CHANGE_TEMPORARY:
    case CHANGE_CATALOG: break;
    }
    record_unknown(w, what, name, w->outer_position);
}

void record_change(struct work *w, enum change_kind kind, struct str name, struct str value)
{
    struct session_change *change;

    if (w->program != NULL && kind != CHANGE_CATALOG && kind != CHANGE_TEMPORARY) {
        in_program(w, kind, name);
        return;
    }
    work_spend(w, w->change_count);
    for (size_t i = 0; i < w->change_count; i++)
        if (w->changes[i].kind == kind && str_equal(w->changes[i].name, name) &&
            str_equal(w->changes[i].value, value))
            return;
    change =
        arena_push(w->arena, &w->changes, &w->change_count, &w->change_cap, sizeof(*change));

    if (change != NULL)
        *change = (struct session_change){kind, name, value};
}

void record_unknown(struct work *w, const char *what, struct str name, uint32_t position)
{
    work_spend(w, w->unknown_count);
    for (size_t i = 0; i < w->unknown_count; i++)
        if (str_equal(w->unknowns[i].what, str_of(what)) && str_equal(w->unknowns[i].name, name))
            return;
    struct unknown *unknown =
        arena_push(w->arena, &w->unknowns, &w->unknown_count, &w->unknown_cap, sizeof(*unknown));
    if (unknown != NULL)
        *unknown = (struct unknown){str_of(what), name, position};
}

struct str work_table_text(struct work *w, struct str schema, struct str table, struct str column)
{
    return arena_printf(w->arena, "%.*s%s%.*s%s%.*s", STR_ARG(schema), schema.len > 0 ? "." : "",
                        STR_ARG(table), column.len > 0 && table.len > 0 ? "." : "",
                        STR_ARG(column));
}

/* ---- the end ---- */

static enum object_kind object_kind_of(const struct catalog_table *table)
{
    switch (table->kind) {
    case CATALOG_TABLE_VIEW: return OBJECT_VIEW;
    case CATALOG_TABLE_SEQUENCE: return OBJECT_SEQUENCE;
    case CATALOG_TABLE_INVALID:
    case CATALOG_TABLE_BASE:
    case CATALOG_TABLE_TEMPORARY:
    case CATALOG_TABLE_SYSTEM_VIEW: break;
    }
    return OBJECT_TABLE;
}

static struct privilege_need *push_need(struct work *w, const struct table_use *use,
                                        enum privilege privilege, struct str *names, size_t n)
{
    struct privilege_need *need =
        arena_push(w->arena, &w->needs, &w->need_count, &w->need_cap, sizeof(*need));

    if (need != NULL)
        *need = (struct privilege_need){.privilege = privilege,
                                        .object_kind = object_kind_of(use->table),
                                        .schema = use->table->schema,
                                        .object = use->table->name,
                                        .columns = names,
                                        .column_count = n,
                                        .position = use->position,
                                        .inside_view = use->inside_view};
    return need;
}

/* The columns that are compared and not asked for anyway. False: there are none. */
static bool finish_compared(struct work *w, const struct table_use *use)
{
    const bool *asked = use->privileges[PRIVILEGE_SELECT];
    struct str *names = NULL;
    size_t n = 0;

    if (use->compared == NULL || use->whole[PRIVILEGE_SELECT])
        return false;
    names = arena_array(w->arena, column_count(use), struct str);
    for (size_t i = 0; names != NULL && i < column_count(use); i++)
        if (use->compared[i] && (asked == NULL || !asked[i]))
            names[n++] = column_name(use, i);
    if (n == 0)
        return false;
    struct privilege_need *need = push_need(w, use, PRIVILEGE_SELECT, names, n);
    if (need != NULL)
        need->policy_alone = true;
    return true;
}

static void finish_need(struct work *w, const struct table_use *use, enum privilege privilege)
{
    const bool *columns = privilege < PRIVILEGE_DELETE ? use->privileges[privilege] : NULL;
    bool named = (privilege == PRIVILEGE_SELECT && use->named) ||
                 (privilege == PRIVILEGE_UPDATE && use->locked);
    struct privilege_need *need;
    struct str *names = NULL;
    size_t n = 0;

    if (columns == NULL && !use->whole[privilege] && !named)
        return;
    if (columns != NULL && !use->whole[privilege]) {
        names = arena_array(w->arena, column_count(use), struct str);
        for (size_t i = 0; names != NULL && i < column_count(use); i++)
            if (columns[i])
                names[n++] = column_name(use, i);
    }
    bool compared = privilege == PRIVILEGE_SELECT && finish_compared(w, use);
    need = push_need(w, use, privilege, names, n);
    if (need != NULL) {
        need->any_column = n == 0 && !use->whole[privilege];
        need->server_alone = need->any_column && compared;
    }
}

void record_finish(struct work *w)
{
    struct analysis *a = w->analysis;
    struct column_use *uses = arena_array(w->arena, w->use_count, struct column_use);

    /* A session's own temporary tables need no privilege of their own; their columns still count
     * for policy by name. An opaque one may be no longer there: then another is meant. */
    for (const struct table_use *use = w->tables; use != NULL; use = use->next)
        for (unsigned p = 1; p < PRIVILEGE_COUNT; p++)
            if ((use->table->kind != CATALOG_TABLE_TEMPORARY || use->table->column_count == 0) &&
                use->table->kind != CATALOG_TABLE_SYSTEM_VIEW)
                finish_need(w, use, (enum privilege)p);
    for (size_t i = 0; uses != NULL && i < w->use_count; i++)
        uses[i] = (struct column_use){w->uses[i].how, w->uses[i].columns, w->uses[i].what,
                                      w->uses[i].position};
    a->base = w->base;
    a->base_count = w->base_count;
    a->uses = uses;
    a->use_count = uses ? w->use_count : 0;
    a->sinks = w->sinks;
    a->sink_count = w->sink_count;
    a->effects = w->effects;
    a->effect_count = w->effect_count;
    a->needs = w->needs;
    a->need_count = w->need_count;
    a->changes = w->changes;
    a->change_count = w->change_count;
    a->unknowns = w->unknowns;
    a->unknown_count = w->unknown_count;
}

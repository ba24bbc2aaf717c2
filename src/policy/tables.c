/* SPDX-License-Identifier: Apache-2.0
 *
 * The field tables of policy and classification documents, and readers for what is not a plain
 * field: privileges, object patterns, windows, reveals, tags.
 */
#include "policy/model.h"

#define AT(type, member) offsetof(struct type, member)

/* ---- words ---- */

enum level { LEVEL_COLUMN, LEVEL_TABLE, LEVEL_SCHEMA, LEVEL_ROUTINE, LEVEL_GLOBAL, LEVEL_ADMIN };

static enum level privilege_level(enum privilege privilege)
{
    static const enum level levels[PRIVILEGE_COUNT] = {
#define PRIVILEGE(name, text, level) [PRIVILEGE_##name] = LEVEL_##level,
#include "sql/privilege_table.h"
#undef PRIVILEGE
    };
    return levels[privilege];
}

static const char *nearest_privilege(struct arena *arena, struct str word)
{
    static const char *const words[] = {
#define PRIVILEGE(name, text, level) text,
#include "sql/privilege_table.h"
#undef PRIVILEGE
        "ALL", NULL};
    return config_nearest(arena, word, words);
}

/* ---- privileges: `SELECT (id, name), INSERT` ---- */

struct grant_list {
    struct policy_grant *items;
    size_t count, capacity;
};

static size_t find_end(struct str text, size_t at)
{
    bool inside = false;

    while (at < text.len && (inside || text.ptr[at] != ',')) {
        if (text.ptr[at] == '(')
            inside = true;
        else if (text.ptr[at] == ')')
            inside = false;
        at++;
    }
    return at;
}

static bool read_columns(struct config_reader *reader, const struct config_node *node,
                         struct str list, struct policy_grant *grant)
{
    struct str *columns = NULL, head;
    size_t count = 0, capacity = 0;
    bool more = true;

    while (more) {
        more = str_split(list, ',', &head, &list);
        struct str column = str_trim(more ? head : list);
        if (column.len >= 2 && column.ptr[0] == '`' && str_ends(column, STR("`")))
            column = str_slice(column, 1, column.len - 2);
        if (column.len == 0)
            return config_problem(reader->problems, node->at, NULL, "a column's name is missing");
        struct str *slot = arena_push(reader->arena, &columns, &count, &capacity, sizeof(*slot));
        if (slot != NULL)
            *slot = column;
    }
    grant->columns = columns;
    grant->column_count = count;
    return true;
}

static bool read_grant(struct config_reader *reader, const struct config_node *node,
                       struct str text, struct grant_list *list, bool *all)
{
    struct str name = str_trim(text), columns = STR_NONE;
    ptrdiff_t open = str_find_char(name, '(');

    if (open >= 0) {
        if (!str_ends(name, STR(")")))
            return config_problem(reader->problems, node->at, "`\"SELECT (id, name)\"`",
                                  "`%.*s` has no closing parenthesis", STR_ARG(name));
        columns = str_slice(name, (size_t)open + 1, name.len - (size_t)open - 2);
        name = str_trim(str_slice(name, 0, (size_t)open));
    }
    if (str_equal_nocase(name, STR("ALL")) || str_equal_nocase(name, STR("ALL PRIVILEGES"))) {
        if (open >= 0)
            return config_problem(reader->problems, node->at, NULL, "`ALL` takes no columns");
        *all = true;
        return true;
    }
    struct policy_grant grant = {.privilege = privilege_by_text(name)};
    if (grant.privilege == PRIVILEGE_INVALID || grant.privilege == PRIVILEGE_ANY)
        return config_problem(reader->problems, node->at, nearest_privilege(reader->arena, name),
                              "there is no privilege `%.*s`", STR_ARG(name));
    if (open >= 0 && privilege_level(grant.privilege) != LEVEL_COLUMN)
        return config_problem(reader->problems, node->at, NULL, "`%s` takes no columns",
                              privilege_text(grant.privilege));
    if (open >= 0 && !read_columns(reader, node, columns, &grant))
        return false;
    struct policy_grant *slot =
        arena_push(reader->arena, &list->items, &list->count, &list->capacity, sizeof(*slot));
    if (slot != NULL)
        *slot = grant;
    return true;
}

/* The scalars of a list (or the one scalar) as one text: YAML takes the comma between columns for
 * one between items. */
static bool join(struct config_reader *reader, const struct config_node *node, struct str *ret)
{
    const struct config_node *const *items = (const struct config_node *const *)node->items;
    size_t count = node->count;
    struct buf text;

    if (node->kind == CONFIG_NODE_SCALAR) {
        items = &node;
        count = 1;
    } else if (node->kind != CONFIG_NODE_LIST) {
        return config_problem(reader->problems, node->at, "`privileges: [SELECT, INSERT]`",
                              "`privileges` must be a list of words");
    }
    buf_init(&text, 65536);
    for (size_t i = 0; i < count; i++) {
        if (items[i]->kind != CONFIG_NODE_SCALAR) {
            buf_release(&text);
            return config_problem(reader->problems, items[i]->at, "`privileges: [SELECT, INSERT]`",
                                  "a privilege must be a word");
        }
        buf_printf(&text, "%s%.*s", i > 0 ? ", " : "", STR_ARG(items[i]->text));
    }
    *ret = arena_copy(reader->arena, buf_str(&text));
    buf_release(&text);
    return true;
}

static bool read_privileges(struct config_reader *reader, const struct config_node *node,
                            void *slot)
{
    struct policy_grants grants = {0};
    struct grant_list list = {0};
    bool good = true;

    if (!join(reader, node, &grants.text))
        return false;
    for (size_t at = 0; at <= grants.text.len;) {
        size_t end = find_end(grants.text, at);
        if (!read_grant(reader, node, str_slice(grants.text, at, end - at), &list, &grants.all))
            good = false;
        at = end + 1;
    }
    grants.items = list.items;
    grants.count = list.count;
    memcpy(slot, &grants, sizeof(grants));
    return good;
}

/* ---- patterns: `shop.*`, `` `odd.name`.t `` ---- */

/* One part off the front of *text. */
static bool take_part(struct str *text, struct policy_name *ret_name)
{
    size_t end = 0;

    if (text->len > 0 && text->ptr[0] == '`') {
        for (end = 1; end < text->len && text->ptr[end] != '`'; end++)
            continue;
        if (end >= text->len)
            return false;
        *ret_name = (struct policy_name){str_slice(*text, 1, end - 1), false};
        end++;
    } else {
        while (end < text->len && text->ptr[end] != '.' && text->ptr[end] != '`')
            end++;
        ret_name->text = str_slice(*text, 0, end);
        ret_name->glob =
            str_find_char(ret_name->text, '*') >= 0 || str_find_char(ret_name->text, '?') >= 0;
    }
    *text = str_slice(*text, end, text->len);
    return ret_name->text.len > 0;
}

/* `parts` names joined by dots, and nothing more. */
static bool take_parts(struct str text, struct policy_name *names, size_t parts)
{
    for (size_t i = 0; i < parts; i++) {
        if (i > 0) {
            if (!str_starts(text, STR(".")))
                return false;
            text = str_slice(text, 1, text.len);
        }
        if (!take_part(&text, &names[i]))
            return false;
    }
    return text.len == 0;
}

static bool read_object(struct config_reader *reader, const struct config_node *node,
                        struct policy_object *ret_object)
{
    struct policy_name names[2];

    if (node->kind != CONFIG_NODE_SCALAR || !take_parts(str_trim(node->text), names, 2))
        return config_problem(reader->problems, node->at,
                              "`shop.*`, `shop.orders`, `*.*`; names with odd characters in "
                              "backquotes",
                              "`%.*s` is no object: schema, dot, table", STR_ARG(node->text));
    *ret_object = (struct policy_object){names[0], names[1], str_trim(node->text)};
    return true;
}

static bool read_objects(struct config_reader *reader, const struct config_node *node, void *slot)
{
    const struct config_node *const *items = (const struct config_node *const *)node->items;
    struct policy_objects objects = {NULL, 0};
    size_t count = node->count;
    bool good = true;

    if (node->kind != CONFIG_NODE_LIST) {
        items = &node;
        count = 1;
    }
    objects.items = arena_array(reader->arena, count, struct policy_object);
    for (size_t i = 0; objects.items != NULL && i < count; i++) {
        if (read_object(reader, items[i], &objects.items[objects.count]))
            objects.count++;
        else
            good = false;
    }
    if (count == 0)
        good = config_problem(reader->problems, node->at, NULL, "`on` is empty");
    memcpy(slot, &objects, sizeof(objects));
    return good;
}

static bool everything(const struct policy_objects *on)
{
    for (size_t i = 0; i < on->count; i++)
        if (on->items[i].schema.glob && str_equal(on->items[i].schema.text, STR("*")) &&
            on->items[i].object.glob && str_equal(on->items[i].object.text, STR("*")))
            return true;
    return false;
}

static void check_rule(struct config_reader *reader, void *object)
{
    const struct policy_rule *rule = object;

    for (size_t i = 0; i < rule->grants.count; i++)
        if (privilege_level(rule->grants.items[i].privilege) == LEVEL_GLOBAL &&
            !everything(&rule->on))
            config_problem(reader->problems, rule->at, "`on: \"*.*\"`",
                           "`%s` concerns the whole server",
                           privilege_text(rule->grants.items[i].privilege));
    if (rule->by.at.line > 0 && rule->valid_ms < rule->wait_ms)
        config_problem(reader->problems, rule->at, NULL,
                       "an approval that is valid for less than the session waits is of no use");
}

#define RULE_FIELDS                                                                                \
    {.name = "privileges",                                                                         \
     .type = CONFIG_FIELD_CUSTOM,                                                                  \
     .offset = AT(policy_rule, grants),                                                            \
     .required = true,                                                                             \
     .read = read_privileges,                                                                      \
     .shape = "list of privileges",                                                                \
     .description = "As in GRANT: `SELECT`, `SELECT (id, name)`, `INSERT`, `ALL` ..."},            \
    {                                                                                              \
        .name = "on", .type = CONFIG_FIELD_CUSTOM, .offset = AT(policy_rule, on),                  \
        .required = true, .read = read_objects, .shape = "pattern, or a list",                     \
        .description =                                                                             \
            "`SCHEMA.OBJECT`, each a name or a pattern with `*` and `?`; names with odd "          \
            "characters in backquotes. Privileges on the whole server need `*.*`."                 \
    }

static const struct config_field rule_fields[] = {RULE_FIELDS};
static const struct config_table rule_table = {"rule",
                                               "Of `allow` and `deny`.",
                                               rule_fields,
                                               ARRAY_LEN(rule_fields),
                                               sizeof(struct policy_rule),
                                               check_rule};

static const struct config_field approvers_fields[] = {
    {.name = "groups",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(policy_approvers, groups),
     .required = true,
     .min = 1,
     .max = 50,
     .description = "Who may approve; never the requester."},
    {.name = "count",
     .type = CONFIG_FIELD_INT,
     .offset = AT(policy_approvers, count),
     .fallback = "1",
     .min = 1,
     .max = 20,
     .description = "How many different people."},
};
static const struct config_table approvers_table = {"approvers",
                                                    "Who answers.",
                                                    approvers_fields,
                                                    ARRAY_LEN(approvers_fields),
                                                    sizeof(struct policy_approvers),
                                                    NULL};

#define APPROVAL_FIELDS(owner)                                                                     \
    {.name = "by",                                                                                 \
     .type = CONFIG_FIELD_OBJECT,                                                                  \
     .offset = AT(owner, by),                                                                      \
     .table = &approvers_table,                                                                    \
     .description = "Who may approve, and how many are needed."},                                  \
        {.name = "valid",                                                                          \
         .type = CONFIG_FIELD_DURATION,                                                            \
         .offset = AT(owner, valid_ms),                                                            \
         .fallback = "30m",                                                                        \
         .min = 1000,                                                                              \
         .max = 30LL * 86400000,                                                                   \
         .description = "How long an approval may be used, once."},                                \
    {                                                                                              \
        .name = "wait", .type = CONFIG_FIELD_DURATION, .offset = AT(owner, wait_ms),               \
        .fallback = "60s", .min = 0, .max = 3600000,                                               \
        .description = "How long the session waits before it is told the request's id."            \
    }

static void check_approve(struct config_reader *reader, void *object)
{
    const struct policy_rule *rule = object;

    check_rule(reader, object);
    if (rule->by.groups.count == 0)
        config_problem(reader->problems, rule->at, "`by: {groups: [dba], count: 1}`",
                       "an approve rule needs `by`");
}

static const struct config_field approve_fields[] = {RULE_FIELDS, APPROVAL_FIELDS(policy_rule)};
static const struct config_table approve_table = {"approve rule",
                                                  "Of `approve`.",
                                                  approve_fields,
                                                  ARRAY_LEN(approve_fields),
                                                  sizeof(struct policy_rule),
                                                  check_approve};

/* ---- subjects and targets ---- */

static void check_subject(struct config_reader *reader, void *object)
{
    const struct policy_subject *s = object;

    if (s->group.len + s->issuer.len + s->subject.len == 0 && s->claims.count == 0)
        config_problem(reader->problems, s->at, "`{group: \"*\"}` is everyone who has a group",
                       "a subject needs `group`, `subject`, `issuer` or `claims`");
}

static const struct config_field subject_fields[] = {
    {.name = "group",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_subject, group),
     .description = "A group of the token."},
    {.name = "subject",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_subject, subject),
     .description = "The token's subject."},
    {.name = "issuer",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_subject, issuer),
     .description = "The issuer's name in the configuration."},
    {.name = "claims",
     .type = CONFIG_FIELD_LABELS,
     .offset = AT(policy_subject, claims),
     .description = "Claim paths and what they must be; in a list one entry suffices."},
};
static const struct config_table subject_table = {
    "subject",
    "Whom the policy concerns. Everything given must fit; values are patterns with `*` "
    "and `?`.",
    subject_fields,
    ARRAY_LEN(subject_fields),
    sizeof(struct policy_subject),
    check_subject};

static void check_selector(struct config_reader *reader, void *object)
{
    const struct policy_selector *s = object;

    if (s->name.len == 0 && s->labels.count == 0)
        config_problem(reader->problems, s->at, "`{name: \"*\"}` is every target",
                       "a target needs `name` or `labels`");
}

static const struct config_field selector_fields[] = {
    {.name = "name",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_selector, name),
     .description = "The target's name."},
    {.name = "labels",
     .type = CONFIG_FIELD_LABELS,
     .offset = AT(policy_selector, labels),
     .description = "Labels that the target must have."},
};
static const struct config_table selector_table = {
    "target selector",
    "Where it holds. Everything given must fit; values are patterns.",
    selector_fields,
    ARRAY_LEN(selector_fields),
    sizeof(struct policy_selector),
    check_selector};

/* ---- windows ---- */

static bool day_number(struct str text, unsigned *ret_day)
{
    static const char names[7][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

    for (unsigned i = 0; i < 7; i++)
        if (str_equal_nocase(text, str_of(names[i]))) {
            *ret_day = i;
            return true;
        }
    return false;
}

static bool add_days(struct str text, unsigned *days)
{
    struct str first = text, last = text;
    unsigned from, to;

    str_split(text, '-', &first, &last);
    if (!day_number(str_trim(first), &from) || !day_number(str_trim(last), &to))
        return false;
    for (unsigned day = from;; day = (day + 1) % 7) {
        *days |= 1U << day;
        if (day == to)
            return true;
    }
}

static bool read_days(struct config_reader *reader, const struct config_node *node, void *slot)
{
    const struct config_node *const *items = (const struct config_node *const *)node->items;
    size_t count = node->count;
    unsigned days = 0;
    bool good = true;

    if (node->kind != CONFIG_NODE_LIST) {
        items = &node;
        count = 1;
    }
    for (size_t i = 0; i < count && good; i++) {
        struct str rest = items[i]->text, head;
        bool more = true;
        while (good && more) {
            more = str_split(rest, ',', &head, &rest);
            good = items[i]->kind == CONFIG_NODE_SCALAR &&
                   add_days(str_trim(more ? head : rest), &days);
        }
    }
    if (!good || days == 0)
        return config_problem(reader->problems, node->at, "`mon-fri`, `mon,wed`, `[sat, sun]`",
                              "`days` must be days of the week");
    memcpy(slot, &days, sizeof(days));
    return true;
}

static bool clock_minutes(struct str text, int64_t *ret_minutes)
{
    struct str hours, minutes;
    uint64_t h, m;

    if (!str_split(str_trim(text), ':', &hours, &minutes) || !str_to_u64(hours, 24, &h) ||
        !str_to_u64(minutes, 59, &m) || minutes.len != 2 || h * 60 + m > 24 * 60)
        return false;
    *ret_minutes = (int64_t)(h * 60 + m);
    return true;
}

static bool read_hours(struct config_reader *reader, const struct config_node *node, void *slot)
{
    int64_t hours[2]; /* open and close stand side by side in the struct */
    struct str open, close;

    if (node->kind != CONFIG_NODE_SCALAR || !str_split(node->text, '-', &open, &close) ||
        !clock_minutes(open, &hours[0]) || !clock_minutes(close, &hours[1]) || hours[0] == hours[1])
        return config_problem(reader->problems, node->at, "`\"08:00-18:00\"`, in quotes",
                              "`hours` must be two times of day");
    memcpy(slot, hours, sizeof(hours));
    return true;
}

static bool read_date(struct config_reader *reader, const struct config_node *node, void *slot)
{
    uint64_t year = 0, month = 0, day = 0;
    struct str t = node->text;
    int64_t days, check_year;
    unsigned check_month = 0, check_day = 0;
    bool good = node->kind == CONFIG_NODE_SCALAR && t.len == 10 && t.ptr[4] == '-' &&
                t.ptr[7] == '-' && str_to_u64(str_slice(t, 0, 4), 9999, &year) &&
                str_to_u64(str_slice(t, 5, 2), 12, &month) && month > 0 &&
                str_to_u64(str_slice(t, 8, 2), 31, &day) && day > 0;

    if (good) {
        days = policy_days_from_date((int64_t)year, (unsigned)month, (unsigned)day);
        policy_date_from_days(days, &check_year, &check_month, &check_day);
        good = check_month == month && check_day == day;
    }
    if (!good)
        return config_problem(reader->problems, node->at, "`2026-12-31`", "not a date");
    memcpy(slot, &days, sizeof(days));
    return true;
}

static void check_window(struct config_reader *reader, void *object)
{
    struct policy_window *w = object;

    if (w->days == 0)
        w->days = 0x7F;
    if (w->open == w->close)
        w->close = 24 * 60; /* not given: the whole day */
    if (w->until_day == 0)
        w->until_day = INT64_MAX;
    if (w->from_day > w->until_day)
        config_problem(reader->problems, w->at, NULL, "`from` is later than `until`");
    w->zone = policy_loader_zone(reader, w->at, w->zone_name);
}

static const struct config_field window_fields[] = {
    {.name = "days",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_window, days),
     .read = read_days,
     .shape = "days",
     .description = "`mon-fri`, `mon,wed`; by default all."},
    {.name = "hours",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_window, open),
     .read = read_hours,
     .shape = "`\"HH:MM-HH:MM\"`",
     .description = "Local time; the end is not in it. `22:00-06:00` goes on into the next day."},
    {.name = "zone",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_window, zone_name),
     .fallback = "UTC",
     .description = "IANA time zone, such as `Europe/Berlin`."},
    {.name = "from",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_window, from_day),
     .read = read_date,
     .shape = "date",
     .description = "First day."},
    {.name = "until",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_window, until_day),
     .read = read_date,
     .shape = "date",
     .description = "Last day."},
};
static const struct config_table window_table = {
    "window",
    "When the policy is in force; several windows add up.",
    window_fields,
    ARRAY_LEN(window_fields),
    sizeof(struct policy_window),
    check_window};

/* ---- reveal ---- */

static const struct config_field reveal_fields[] = {
    {.name = "tags",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(policy_reveal, tags),
     .required = true,
     .min = 1,
     .max = 1000,
     .description = "Tags, or patterns such as `pii.*`."},
    {.name = "on",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_reveal, on),
     .read = read_objects,
     .shape = "pattern, or a list",
     .description = "Only columns of these tables; by default everywhere."},
};
static const struct config_table reveal_table = {
    "reveal",
    "Tags whose columns are shown as they are. A plain word stands for `{tags: [WORD]}`.",
    reveal_fields,
    ARRAY_LEN(reveal_fields),
    sizeof(struct policy_reveal),
    NULL};

static bool read_reveals(struct config_reader *reader, const struct config_node *node, void *slot)
{
    const struct config_node *const *items = (const struct config_node *const *)node->items;
    struct policy_reveals list = {NULL, 0};
    size_t count = node->count;
    bool good = true;

    if (node->kind != CONFIG_NODE_LIST) {
        items = &node;
        count = 1;
    }
    list.items = arena_array(reader->arena, count, struct policy_reveal);
    for (size_t i = 0; list.items != NULL && i < count; i++) {
        struct policy_reveal *reveal = &list.items[list.count++];
        if (items[i]->kind == CONFIG_NODE_SCALAR && items[i]->text.len > 0) {
            reveal->at = items[i]->at;
            reveal->tags.items = arena_new(reader->arena, struct str);
            if (reveal->tags.items != NULL)
                reveal->tags.items[reveal->tags.count++] = items[i]->text;
        } else if (!config_table_read(reader, &reveal_table, items[i], reveal)) {
            good = false;
        }
    }
    memcpy(slot, &list, sizeof(list));
    return good;
}

/* ---- where masked data may be used ---- */

#define BIT(use)   (1U << USE_##use)
#define USES_COUNT BIT(COUNT)
#define USES_EQUAL (BIT(EQUALITY) | BIT(JOIN))
/* What can at most tell something about values to who may ask: never where they go elsewhere. */
#define USES_ANY                                                                                   \
    (USES_COUNT | USES_EQUAL | BIT(PREDICATE) | BIT(GROUP) | BIT(DISTINCT) | BIT(ORDER) |          \
     BIT(WINDOW) | BIT(LIMIT) | BIT(ERROR) | BIT(KEY))

static const struct config_choice masked_uses[] = {
    {"count", (int)USES_COUNT, "inside COUNT"},
    {"equality", (int)USES_EQUAL, "compared by `=` or IN with constants, or joined"},
    {"key", (int)BIT(KEY), "written to a column of a unique or foreign key"},
    {"group", (int)(BIT(GROUP) | BIT(DISTINCT)), "GROUP BY, DISTINCT"},
    {"any", (int)USES_ANY,
     "all of these, any other predicate, and ordering: values can be found "
     "out by asking"},
    {NULL, 0, NULL}};

static bool read_masked_use(struct config_reader *reader, const struct config_node *node,
                            void *slot)
{
    static const struct config_field word = {
        .name = "masked_use", .type = CONFIG_FIELD_ENUM, .choices = masked_uses};
    const struct config_node *const *items = (const struct config_node *const *)node->items;
    size_t count = node->count;
    uint32_t uses = 0;
    bool good = true;

    if (node->kind != CONFIG_NODE_LIST) {
        items = &node;
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        int bits = 0;
        if (!config_field_read(reader, &word, items[i], &bits))
            good = false;
        uses |= (uint32_t)bits;
    }
    memcpy(slot, &uses, sizeof(uses));
    return good;
}

/* ---- unknowns, guards, limits ---- */

static void check_unknowns(struct config_reader *reader, void *object)
{
    const struct policy_unknowns *u = object;
    const struct config_strings lists[] = {u->allow, u->approve};

    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
        for (size_t i = 0; i < lists[k].count; i++) {
            struct str kind, name;
            if (!str_split(lists[k].items[i], ':', &kind, &name) || kind.len == 0 || name.len == 0)
                config_problem(reader->problems, u->at, "`function:shop.total`",
                               "`%.*s` must be kind, colon, name", STR_ARG(lists[k].items[i]));
        }
    if (u->approve.count > 0 && u->by.groups.count == 0)
        config_problem(reader->problems, u->at, "`by: {groups: [dba]}`",
                       "unknowns that need approval need `by`");
}

static const struct config_field unknowns_fields[] = {
    {.name = "allow",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(policy_unknowns, allow),
     .description = "`KIND:NAME` as the refusal says it, such as `function:shop.total`; patterns."},
    {.name = "approve",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(policy_unknowns, approve),
     .description = "The same, with a person's approval."},
    APPROVAL_FIELDS(policy_unknowns),
};
static const struct config_table unknowns_table = {
    "unknowns",
    "What the analysis can't vouch for, granted by name.",
    unknowns_fields,
    ARRAY_LEN(unknowns_fields),
    sizeof(struct policy_unknowns),
    check_unknowns};

static const struct config_choice switches[] = {
    {"allow", POLICY_SWITCH_ALLOW, NULL}, {"deny", POLICY_SWITCH_DENY, NULL}, {NULL, 0, NULL}};
#define DEFAULT_true  "`deny`"
#define DEFAULT_false "`allow`"
static const struct config_field guards_fields[] = {
#define GUARD(guard, text, effect, on, meaning)                                                    \
    {.name = text,                                                                                 \
     .type = CONFIG_FIELD_ENUM,                                                                    \
     .offset = AT(policy_guards, set) + sizeof(int) * POLICY_GUARD_##guard,                        \
     .choices = switches,                                                                          \
     .description = meaning ". By default: " DEFAULT_##on "."},
    POLICY_GUARD_TABLE(GUARD)
#undef GUARD
};
static const struct config_table guards_table = {
    "guards",
    "Switches of what is refused although privileges are there. A `deny` of any policy "
    "in force wins over an `allow`.",
    guards_fields,
    ARRAY_LEN(guards_fields),
    sizeof(struct policy_guards),
    NULL};

const struct policy_guard_info *policy_guard_info(enum policy_guard guard)
{
    static const struct policy_guard_info infos[POLICY_GUARD_COUNT] = {
        [POLICY_GUARD_INVALID] = {"invalid", EFFECT_INVALID, true, ""},
#define GUARD(name, text, effect, on, meaning)                                                     \
    [POLICY_GUARD_##name] = {text, EFFECT_##effect, on, meaning},
        POLICY_GUARD_TABLE(GUARD)
#undef GUARD
    };
    return &infos[(unsigned)guard < POLICY_GUARD_COUNT ? guard : POLICY_GUARD_INVALID];
}

#define LIMIT_AT(member) offsetof(struct policy_limit_fields, limits.member)
static const struct config_field limits_fields[] = {
    {.name = "rows",
     .type = CONFIG_FIELD_INT,
     .offset = LIMIT_AT(rows),
     .min = 1,
     .max = INT64_MAX,
     .description = "Of one result."},
    {.name = "bytes",
     .type = CONFIG_FIELD_SIZE,
     .offset = LIMIT_AT(bytes),
     .min = 1,
     .max = INT64_MAX,
     .description = "Of one result."},
    {.name = "time",
     .type = CONFIG_FIELD_DURATION,
     .offset = LIMIT_AT(time_ms),
     .min = 1,
     .max = 7LL * 86400000,
     .description = "Of one statement."},
    {.name = "statements_per_minute",
     .type = CONFIG_FIELD_INT,
     .offset = LIMIT_AT(statements_per_minute),
     .min = 1,
     .max = 10000000,
     .description = "Of one identity on one target; each worker counts by itself."},
    {.name = "sessions",
     .type = CONFIG_FIELD_INT,
     .offset = LIMIT_AT(sessions),
     .min = 1,
     .max = 1000000,
     .description = "Of one identity on one target; each worker counts by itself."},
};
static const struct config_table limits_table = {"policy limits",
                                                 "The strictest of all policies in force holds.",
                                                 limits_fields,
                                                 ARRAY_LEN(limits_fields),
                                                 sizeof(struct policy_limit_fields),
                                                 NULL};

/* ---- the documents ---- */

static const struct config_field document_fields[] = {
    {.name = "policy",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_document, name),
     .required = true,
     .description = "Its name; unique."},
    {.name = "description",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_document, description),
     .description = "For people."},
    {.name = "subjects",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(policy_document, subjects),
     .required = true,
     .min = 1,
     .max = 1000,
     .table = &subject_table,
     .description = "Whom it concerns: any of these."},
    {.name = "targets",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(policy_document, targets),
     .required = true,
     .min = 1,
     .max = 1000,
     .table = &selector_table,
     .description = "Where it holds: any of these."},
    {.name = "when",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(policy_document, windows),
     .table = &window_table,
     .description = "When it is in force; by default always."},
    {.name = "allow",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(policy_document, allow),
     .table = &rule_table,
     .description = "What is granted."},
    {.name = "approve",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(policy_document, approve),
     .table = &approve_table,
     .description = "What a person must approve; wins over `allow`."},
    {.name = "deny",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(policy_document, deny),
     .table = &rule_table,
     .description = "What is refused whatever else is granted, also through views."},
    {.name = "reveal",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_document, reveal),
     .read = read_reveals,
     .table = &reveal_table,
     .shape = "list of tags or [reveal](#reveal)",
     .description = "Classified data that is not masked."},
    {.name = "masked_use",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_document, masked_use),
     .read = read_masked_use,
     .choices = masked_uses,
     .shape = "list of words",
     .description = "Where masked data may be used besides in results, masked; by default nowhere"},
    {.name = "unknowns",
     .type = CONFIG_FIELD_OBJECT,
     .offset = AT(policy_document, unknowns),
     .table = &unknowns_table,
     .description = "What the analysis can't vouch for."},
    {.name = "guards",
     .type = CONFIG_FIELD_OBJECT,
     .offset = AT(policy_document, guards),
     .table = &guards_table,
     .description = "Switches."},
    {.name = "limits",
     .type = CONFIG_FIELD_OBJECT,
     .offset = AT(policy_document, limits),
     .table = &limits_table,
     .description = "Bounds."},
    {.name = "role",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_document, role),
     .description = "Database role to set on the target; the first policy's that has one."},
};
const struct config_table policy_document_table = {
    "policy",
    "One policy. Several add up: `deny` wins, then `approve`, then masking, then "
    "`allow`; what nothing grants is refused.",
    document_fields,
    ARRAY_LEN(document_fields),
    sizeof(struct policy_document),
    NULL};

static bool read_column_pattern(struct config_reader *reader, const struct config_node *node,
                                struct policy_column_pattern *ret)
{
    struct policy_name names[3];

    if (node->kind != CONFIG_NODE_SCALAR || !take_parts(str_trim(node->text), names, 3))
        return config_problem(reader->problems, node->at, "`shop.customers.email`, `*.*.ssn`",
                              "`%.*s` is no column: schema, dot, table, dot, column",
                              STR_ARG(node->text));
    *ret = (struct policy_column_pattern){names[0], names[1], names[2], str_trim(node->text)};
    return true;
}

static bool read_column_patterns(struct config_reader *reader, const struct config_node *node,
                                 void *slot)
{
    const struct config_node *const *items = (const struct config_node *const *)node->items;
    struct policy_column_patterns list = {NULL, 0};
    size_t count = node->count;
    bool good = true;

    if (node->kind != CONFIG_NODE_LIST) {
        items = &node;
        count = 1;
    }
    list.items = arena_array(reader->arena, count, struct policy_column_pattern);
    for (size_t i = 0; list.items != NULL && i < count; i++) {
        if (read_column_pattern(reader, items[i], &list.items[list.count]))
            list.count++;
        else
            good = false;
    }
    memcpy(slot, &list, sizeof(list));
    return good;
}

static void check_classified(struct config_reader *reader, void *object)
{
    const struct policy_classified *c = object;

    if (c->columns.count == 0)
        config_problem(reader->problems, c->at, "`{column: shop.customers.email, tags: [pii]}`",
                       "the entry names no column");
}

static const struct config_field classified_fields[] = {
    {.name = "column",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_classified, columns),
     .read = read_column_patterns,
     .shape = "pattern",
     .description = "`SCHEMA.TABLE.COLUMN`, each a name or a pattern."},
    {.name = "columns",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_classified, columns),
     .read = read_column_patterns,
     .shape = "list of patterns",
     .description = "The same, several."},
    {.name = "tags",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(policy_classified, tags),
     .required = true,
     .min = 1,
     .max = 20,
     .description = "What it is."},
};
static const struct config_table classified_table = {"classified columns",
                                                     "",
                                                     classified_fields,
                                                     ARRAY_LEN(classified_fields),
                                                     sizeof(struct policy_classified),
                                                     check_classified};

static bool keep_node(struct config_reader *reader, const struct config_node *node, void *slot)
{
    struct config_node *kept = (struct config_node *)(uintptr_t)node;

    if (node->kind != CONFIG_NODE_MAP)
        return config_problem(reader->problems, node->at, "`pii.email: {mask: email}`",
                              "`tags` must be a map");
    memcpy(slot, &kept, sizeof(kept));
    return true;
}

static const struct config_field classification_fields[] = {
    {.name = "classification",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_classification, name),
     .required = true,
     .description = "Its name; unique."},
    {.name = "description",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_classification, description),
     .description = "For people."},
    {.name = "targets",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(policy_classification, targets),
     .table = &selector_table,
     .description = "Where it holds; by default everywhere."},
    {.name = "columns",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(policy_classification, columns),
     .table = &classified_table,
     .description = "Which columns have which tags."},
    {.name = "tags",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_classification, tags_node),
     .read = keep_node,
     .table = &policy_tag_table,
     .shape = "map of tag to [tag](#tag)",
     .description = "How each tag is masked, for all documents; `redact` where it isn't said."},
};
const struct config_table policy_classification_table = {
    "classification",
    "Which columns hold data that is masked unless a policy reveals it.",
    classification_fields,
    ARRAY_LEN(classification_fields),
    sizeof(struct policy_classification),
    NULL};

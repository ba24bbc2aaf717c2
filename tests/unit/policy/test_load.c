/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "policy/policy.h"

static bool no_zone(void *context, struct str zone, struct str *ret_tzif)
{
    (void)context;
    (void)zone;
    *ret_tzif = STR("not a zone");
    return true;
}

static struct policy_set *load(const char *text, struct arena *arena,
                               struct config_problems *problems)
{
    struct policy_file file = {STR("p.yaml"), STR_NONE};

    file.text = str_of(text);
    arena_init(arena, 1 << 20);
    config_problems_init(problems, arena);
    return policy_set_load(&file, 1, no_zone, NULL, problems);
}

#define HEAD "policy: p\nsubjects: [{group: g}]\ntargets: [{name: t}]\n"

static void wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *message, *hint;
    } rows[] = {
        {"polcy: x\n", 1, 1, "a document has `policy: NAME`", ""},
        {"policy: p\n", 1, 1, "the policy has no `subjects`", ""},
        {"policy: p\nsubjects: []\ntargets: [{name: t}]\n", 2, 11, "`subjects` has 0 entries", ""},
        {"policy: p\nsubjects: [{grp: g}]\ntargets: [{name: t}]\n", 2, 13,
         "a subject has no field `grp`", "did you mean `group`?"},
        {"policy: p\nsubjects: [{}]\ntargets: [{name: t}]\n", 2, 12, "a subject needs", ""},
        {"policy: p\nsubjects: [{group: g}]\ntargets: [{}]\n", 3, 11, "a target needs", ""},
        {HEAD "allow: [{privileges: [SELEKT], on: a.b}]\n", 4, 22, "there is no privilege `SELEKT`",
         "did you mean `SELECT`?"},
        {HEAD "allow: [{privileges: [DELETE(a)], on: a.b}]\n", 4, 22, "`DELETE` takes no columns",
         ""},
        {HEAD "allow: [{privileges: ['SELECT (a'], on: a.b}]\n", 4, 22,
         "has no closing parenthesis", ""},
        {HEAD "allow: [{privileges: ['ALL (a)'], on: a.b}]\n", 4, 22, "`ALL` takes no columns", ""},
        {HEAD "allow: [{privileges: [SELECT], on: shop}]\n", 4, 36, "`shop` is no object",
         "`shop.*`"},
        {HEAD "allow: [{privileges: [SELECT], on: a.b.c}]\n", 4, 36, "`a.b.c` is no object", ""},
        {HEAD "allow: [{privileges: [SELECT], on: []}]\n", 4, 36, "`on` is empty", ""},
        {HEAD "allow: [{privileges: [FILE], on: shop.*}]\n", 4, 9,
         "`FILE` concerns the whole server", "*.*"},
        {HEAD "allow: [{on: a.b}]\n", 4, 9, "the rule has no `privileges`", ""},
        {HEAD "allow: [{privileges: [SELECT], on: a.b, by: {groups: [x]}}]\n", 4, 41,
         "a rule has no field `by`", ""},
        {HEAD "approve: [{privileges: [DROP], on: a.b}]\n", 4, 11, "an approve rule needs `by`",
         ""},
        {HEAD "approve: [{privileges: [DROP], on: a.b, by: {groups: [x], count: 0}}]\n", 4, 66,
         "`count` must be between 1 and 20", ""},
        {HEAD "approve: [{privileges: [DROP], on: a.b, by: {groups: [x]}, valid: 5s}]\n", 4, 11,
         "is of no use", ""},
        {HEAD "when: {days: mon-fry}\n", 4, 14, "`days` must be days of the week", ""},
        {HEAD "when: {hours: '8-18'}\n", 4, 15, "`hours` must be two times", ""},
        {HEAD "when: {hours: '08:00-08:00'}\n", 4, 15, "`hours` must be two times", ""},
        {HEAD "when: {from: 2026-02-30}\n", 4, 14, "not a date", ""},
        {HEAD "when: {from: 2026-03-01, until: 2026-02-01}\n", 4, 7, "`from` is later", ""},
        {HEAD "when: {zone: Mars/Olympus}\n", 4, 7, "there is no time zone `Mars/Olympus`", ""},
        {HEAD "when: {zone: ../../etc/passwd}\n", 4, 7, "there is no time zone", ""},
        {HEAD "masked_use: [everything]\n", 4, 14, "`masked_use` must be one of", ""},
        {HEAD "unknowns: {allow: [foo]}\n", 4, 11, "`foo` must be kind, colon, name", ""},
        {HEAD "unknowns: {approve: ['function:f']}\n", 4, 11, "need `by`", ""},
        {HEAD "guards: {sleep: allow}\n", 4, 10, "has no field `sleep`", ""},
        {HEAD "guards: {wait: maybe}\n", 4, 16, "`wait` must be one of `allow`, `deny`", ""},
        {HEAD "limits: {rows: 0}\n", 4, 16, "`rows` must be between 1", ""},
        {HEAD "limits: {bytes: 50}\nlimits: {}\n", 5, 1, "`limits` stands here twice", ""},
        {HEAD "---\n" HEAD, 5, 1, "policy `p` is there already, in p.yaml:1", ""},
        {"classification: c\ncolumns: [{column: a.b, tags: [t]}]\n", 2, 20, "`a.b` is no column",
         ""},
        {"classification: c\ncolumns: [{column: a.b.c}]\n", 2, 11, "has no `tags`", ""},
        {"classification: c\ncolumns: [{tags: [t]}]\n", 2, 11, "names no column", ""},
        {"classification: c\ntags: {t: {mask: blur}}\n", 2, 18, "`mask` must be one of", ""},
        {"classification: c\ntags: {t: {mask: partial}}\n", 2, 11, "a partial mask keeps", ""},
        {"classification: c\ntags: {t: {mask: email, to: year}}\n", 2, 11, "`to` is for date", ""},
        {"classification: c\ntags: {t: {mask: email}}\n---\nclassification: d\ntags: {t: {mask: "
         "email}}\n",
         5, 8, "tag `t` has a mask already, in p.yaml:2", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct config_problems problems;
        struct policy_set *set = load(rows[i].text, &arena, &problems);
        bool found = false;
        for (size_t k = 0; k < problems.count && !found; k++) {
            const struct config_problem *p = &problems.items[k];
            found = p->at.line == rows[i].line && p->at.column == rows[i].column &&
                    str_find(p->message, str_of(rows[i].message)) >= 0 &&
                    str_find(p->hint, str_of(rows[i].hint)) >= 0;
        }
        if (!found || set != NULL) {
            struct buf out;
            buf_init(&out, 65536);
            config_problems_print(&problems, &out);
            fail_msg("row %zu (%s): %.*s", i, rows[i].message, STR_ARG(buf_str(&out)));
        }
        arena_release(&arena);
    }
}

static void good(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "# nothing\n",
        HEAD,
        HEAD "reveal: pii.email\n",
        HEAD "allow: {privileges: SELECT, on: '`odd.name`.`a*b`'}\n",
        HEAD "when: [{days: [sat, sun]}, {hours: '22:00-06:00', days: 'mon,wed-thu'}]\n",
        "tests: x\nanything: goes\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct arena arena;
        struct config_problems problems;
        struct policy_set *set = load(texts[i], &arena, &problems);
        if (set == NULL)
            fail_msg("text %zu: %.*s", i, STR_ARG(problems.items[0].message));
        policy_set_unref(policy_set_ref(set));
        assert_int_equal(problems.total, 0);
        policy_set_unref(set);
        arena_release(&arena);
    }
}

static void all_at_once(void **state)
{
    (void)state;
    struct arena arena;
    struct config_problems problems;

    assert_null(load(HEAD "allow: [{privileges: [SELEKT, DROPP], on: x}]\nlimits: {rows: -1}\n"
                          "---\npolicy: q\nwhen: {days: never}\n",
                     &arena, &problems));
    assert_int_equal(problems.count, 7);
    arena_release(&arena);
}

static void digest_changes(void **state)
{
    (void)state;
    struct arena arena;
    struct config_problems problems;
    unsigned char first[32];
    struct policy_set *set = load(HEAD, &arena, &problems);

    memcpy(first, policy_set_digest(set), 32);
    policy_set_unref(set);
    arena_release(&arena);
    set = load(HEAD "# more\n", &arena, &problems);
    assert_memory_not_equal(first, policy_set_digest(set), 32);
    policy_set_unref(set);
    arena_release(&arena);
}

static void reference(void **state)
{
    (void)state;
    struct buf out;

    buf_init(&out, 1 << 20);
    policy_reference(&out);
    assert_false(out.failed);
    assert_true(str_find(buf_str(&out), STR("| `unfiltered_write` |")) >= 0);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong),       cmocka_unit_test(good),
        cmocka_unit_test(all_at_once), cmocka_unit_test(digest_changes),
        cmocka_unit_test(reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/cases.h"
#include "policy/zone.h"

#define AT(type, member) offsetof(struct type, member)
#define DEFAULT_TIME     1798459200000000 /* 2026-12-28T12:00:00Z: a Monday */

/* ---- fields ---- */

static bool two_digits(struct str text, size_t at, unsigned max, unsigned *ret)
{
    uint64_t value;

    if (text.len < at + 2 || !str_to_u64(str_slice(text, at, 2), max, &value))
        return false;
    *ret = (unsigned)value;
    return true;
}

bool policy_time_parse(struct str text, int64_t *ret_us)
{
    uint64_t year;
    unsigned month, day, hour, minute, second;

    if (text.len != 20 || text.ptr[4] != '-' || text.ptr[7] != '-' || text.ptr[10] != 'T' ||
        text.ptr[13] != ':' || text.ptr[16] != ':' || text.ptr[19] != 'Z' ||
        !str_to_u64(str_slice(text, 0, 4), 9999, &year) || !two_digits(text, 5, 12, &month) ||
        !two_digits(text, 8, 31, &day) || !two_digits(text, 11, 23, &hour) ||
        !two_digits(text, 14, 59, &minute) || !two_digits(text, 17, 59, &second) || month == 0 ||
        day == 0)
        return false;
    int64_t seconds = policy_days_from_date((int64_t)year, month, day) * 86400 + hour * 3600 +
                      minute * 60 + second;
    *ret_us = seconds * 1000000;
    return true;
}

static bool read_time(struct config_reader *reader, const struct config_node *node, void *slot)
{
    int64_t us;

    if (node->kind != CONFIG_NODE_SCALAR || !policy_time_parse(node->text, &us))
        return config_problem(reader->problems, node->at, "`2026-11-23T10:00:00Z`",
                              "`time` must be a time in UTC");
    memcpy(slot, &us, sizeof(us));
    return true;
}

static const struct config_field identity_fields[] = {
    {.name = "issuer",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_case_identity, issuer),
     .description = "The issuer's name."},
    {.name = "subject",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_case_identity, subject),
     .fallback = "test",
     .description = "The token's subject."},
    {.name = "groups",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(policy_case_identity, groups),
     .description = "Its groups."},
    {.name = "claims",
     .type = CONFIG_FIELD_LABELS,
     .offset = AT(policy_case_identity, claims),
     .description = "Its other claims, texts."},
};
static const struct config_table identity_table = {"test identity",
                                                   "Who asks.",
                                                   identity_fields,
                                                   ARRAY_LEN(identity_fields),
                                                   sizeof(struct policy_case_identity),
                                                   NULL};

static const struct config_choice kinds[] = {
    {"mysql", SQL_MYSQL, NULL}, {"mariadb", SQL_MARIADB, NULL}, {NULL, 0, NULL}};
static const struct config_field target_fields[] = {
    {.name = "name",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_case_target, name),
     .required = true,
     .description = "The target's name."},
    {.name = "kind",
     .type = CONFIG_FIELD_ENUM,
     .offset = AT(policy_case_target, kind),
     .fallback = "mysql",
     .choices = kinds,
     .description = "Which server it is."},
    {.name = "version",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_case_target, version),
     .description = "Its version; by default a recent one."},
    {.name = "labels",
     .type = CONFIG_FIELD_LABELS,
     .offset = AT(policy_case_target, labels),
     .description = "Its labels."},
};
static const struct config_table target_table = {"test target",
                                                 "What is asked.",
                                                 target_fields,
                                                 ARRAY_LEN(target_fields),
                                                 sizeof(struct policy_case_target),
                                                 NULL};

static const struct config_choice verdicts[] = {{"deny", POLICY_DENY + 1, NULL},
                                                {"approve", POLICY_APPROVE + 1, NULL},
                                                {"mask", POLICY_MASK + 1, NULL},
                                                {"allow", POLICY_ALLOW + 1, NULL},
                                                {NULL, 0, NULL}};
static const struct config_field case_fields[] = {
    {.name = "sql",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_case, sql),
     .required = true,
     .description = "The text; of several statements the strictest decision counts."},
    {.name = "expect",
     .type = CONFIG_FIELD_ENUM,
     .offset = AT(policy_case, expect),
     .required = true,
     .choices = verdicts,
     .description = "What must become of it."},
    {.name = "code",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_case, code),
     .description = "The code of the refusal, such as `denied.use`."},
    {.name = "masked",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(policy_case, masked),
     .description = "Headings of the columns that are masked: these and no others."},
    {.name = "rule",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_case, rule),
     .description = "Name of the policy that decides."},
    {.name = "identity",
     .type = CONFIG_FIELD_OBJECT,
     .offset = AT(policy_case, identity),
     .table = &identity_table,
     .description = "Another identity for this case."},
    {.name = "time",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_case, time_us),
     .read = read_time,
     .shape = "time",
     .description = "Another time for this case."},
    {.name = "approved",
     .type = CONFIG_FIELD_BOOL,
     .offset = AT(policy_case, approved),
     .description = "As if an approval for it were held."},
};
static const struct config_table case_table = {"test case",
                                               "A statement and what must become of it.",
                                               case_fields,
                                               ARRAY_LEN(case_fields),
                                               sizeof(struct policy_case),
                                               NULL};

static const struct config_field cases_fields[] = {
    {.name = "tests",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_cases, name),
     .required = true,
     .description = "A name."},
    {.name = "policies",
     .type = CONFIG_FIELD_PATHS,
     .offset = AT(policy_cases, policies),
     .required = true,
     .min = 1,
     .max = 1000,
     .description = "The policy files, relative to this one."},
    {.name = "catalog",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(policy_cases, catalog),
     .required = true,
     .description = "The schemas: a `.sql` file of CREATE statements, or a `.json` catalog."},
    {.name = "schema",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(policy_cases, schema),
     .description = "The current schema."},
    {.name = "target",
     .type = CONFIG_FIELD_OBJECT,
     .offset = AT(policy_cases, target),
     .required = true,
     .table = &target_table,
     .description = "What is asked."},
    {.name = "identity",
     .type = CONFIG_FIELD_OBJECT,
     .offset = AT(policy_cases, identity),
     .table = &identity_table,
     .description = "Who asks."},
    {.name = "time",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(policy_cases, time_us),
     .read = read_time,
     .shape = "time",
     .description = "When; by default `2026-12-28T12:00:00Z`, a Monday."},
    {.name = "cases",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(policy_cases, cases),
     .required = true,
     .min = 1,
     .max = 10000,
     .table = &case_table,
     .description = "The cases."},
};

static bool code_known(struct str code)
{
    for (int i = 1; i < FAULT_COUNT; i++)
        if (str_equal(code, str_of(fault_info((enum fault_code)i)->code)))
            return true;
    return false;
}

static void check_cases(struct config_reader *reader, void *object)
{
    struct policy_cases *cases = object;
    struct sql_context context;

    if (cases->time_us == 0)
        cases->time_us = DEFAULT_TIME;
    if (cases->target.version.len > 0 && !sql_version_parse(cases->target.version, &context))
        config_problem(reader->problems, cases->target.at, "`8.4.3`, `10.11.6`",
                       "`%.*s` is no version", STR_ARG(cases->target.version));
    for (size_t i = 0; i < cases->case_count; i++)
        if (cases->cases[i].code.len > 0 && !code_known(cases->cases[i].code))
            config_problem(reader->problems, cases->cases[i].at, NULL, "there is no code `%.*s`",
                           STR_ARG(cases->cases[i].code));
}

static const struct config_table cases_table = {
    "tests",
    "Statements and what must become of them, kept beside the policies.",
    cases_fields,
    ARRAY_LEN(cases_fields),
    sizeof(struct policy_cases),
    check_cases};

const struct policy_cases *policy_cases_load(struct str file, struct str text, struct arena *arena,
                                             struct config_problems *problems, size_t *ret_count)
{
    struct config_reader reader = {arena, problems, NULL};
    struct config_document document;
    struct policy_cases *all;
    size_t before = problems->total, count = 0;

    if (!config_document_parse(file, text, arena, problems, &document))
        return NULL;
    all = arena_array(arena, document.count, struct policy_cases);
    for (size_t i = 0; all != NULL && i < document.count; i++)
        if (config_node_get(document.roots[i], "tests") != NULL)
            config_table_read(&reader, &cases_table, document.roots[i], &all[count++]);
    if (count == 0) {
        struct config_position at = {file, 1, 1};
        config_problem(problems, at, NULL, "no document of this file begins with `tests: NAME`");
    }
    *ret_count = count;
    return problems->total == before && !arena->failed ? all : NULL;
}

/* ---- running ---- */

struct sql_context policy_cases_server(const struct policy_cases *cases)
{
    struct sql_context context = {.family = (enum sql_family)cases->target.kind,
                                  .charset = SQL_CHARSET_UTF8,
                                  .several = true};
    struct sql_context given;

    context.version = context.family == SQL_MARIADB ? 101106 : 80403;
    if (cases->target.version.len > 0 && sql_version_parse(cases->target.version, &given))
        context.version = given.version;
    return context;
}

static json_t *claims_of(const struct policy_case_identity *who)
{
    json_t *claims = json_object();

    for (size_t i = 0; i < who->claims.count; i++) {
        const struct config_label *claim = &who->claims.items[i];
        char key[256];
        if (claim->name.len >= sizeof(key))
            continue;
        memcpy(key, claim->name.ptr, claim->name.len);
        key[claim->name.len] = '\0';
        json_object_set_new(claims, key, json_stringn(claim->value.ptr, claim->value.len));
    }
    return claims;
}

static bool is_masked(const struct policy_explained *e, size_t output)
{
    return e->decision.masks != NULL && e->decision.masks[output] != NULL;
}

static bool expects_masked(const struct policy_case *one, struct str name)
{
    for (size_t i = 0; i < one->masked.count; i++)
        if (str_equal(one->masked.items[i], name))
            return true;
    return false;
}

static bool masks_fit(const struct policy_case *one, const struct policy_explained *e,
                      struct arena *arena, struct str *ret_why)
{
    size_t found = 0;

    for (size_t i = 0; e->analysed && i < e->analysis.output_count; i++) {
        struct str name = e->analysis.outputs[i].name;
        bool expected = expects_masked(one, name);
        if (is_masked(e, i) != expected) {
            *ret_why = arena_printf(arena, "column `%.*s` is %smasked", STR_ARG(name),
                                    expected ? "not " : "");
            return false;
        }
        found += expected;
    }
    if (found < one->masked.count) {
        *ret_why = STR("a column that must be masked is not in the result");
        return false;
    }
    return true;
}

static bool decision_fits(const struct policy_case *one, const struct policy_explained *e,
                          struct arena *arena, struct str *ret_why)
{
    const struct policy_decision *d = &e->decision;
    struct str code = str_of(fault_info(d->fault.code)->code);
    const char *expected = policy_verdict_text((enum policy_verdict)(one->expect - 1));

    if ((int)d->verdict + 1 != one->expect) {
        *ret_why =
            arena_printf(arena, "%s, not %s%s%.*s", policy_verdict_text(d->verdict), expected,
                         fault_is(&d->fault) ? ": " : "",
                         STR_ARG(fault_is(&d->fault) ? fault_line(&d->fault, arena) : STR_NONE));
        return false;
    }
    if (one->code.len > 0 && !str_equal(one->code, code)) {
        *ret_why = arena_printf(arena, "refused as %.*s, not %.*s: %.*s", STR_ARG(code),
                                STR_ARG(one->code), STR_ARG(fault_line(&d->fault, arena)));
        return false;
    }
    if (one->rule.len > 0 && !str_equal(one->rule, d->rule.policy)) {
        *ret_why = arena_printf(arena, "decided by policy `%.*s`, not `%.*s`",
                                STR_ARG(d->rule.policy), STR_ARG(one->rule));
        return false;
    }
    return one->masked.count == 0 || masks_fit(one, e, arena, ret_why);
}

/* Defaults have the position of the case itself. */
static bool identity_given(const struct policy_case *one)
{
    return one->identity.at.line != one->at.line || one->identity.at.column != one->at.column;
}

bool policy_case_run(const struct policy_set *set, const struct catalog *catalog,
                     const struct policy_cases *cases, const struct policy_case *one,
                     struct arena *arena, struct str *ret_why)
{
    const struct policy_case_identity *who =
        identity_given(one) ? &one->identity : &cases->identity;
    const struct policy_target target = {cases->target.name, &cases->target.labels};
    const struct sql_context sql = policy_cases_server(cases);
    const struct lineage_context lineage = {.catalog = catalog, .schema = cases->schema};
    json_t *claims = claims_of(who);
    const struct policy_identity identity = {who->issuer, who->subject, who->groups.items,
                                             who->groups.count, claims};
    const struct policy_scope *scope = policy_scope_make(set, &identity, &target, arena);
    const struct policy_explained *all = NULL;
    size_t count = 0;

    json_decref(claims);
    if (scope != NULL)
        all = policy_explain(scope, &sql, &lineage, one->sql,
                             one->time_us != 0 ? one->time_us : cases->time_us, one->approved,
                             arena, &count);
    if (all == NULL) {
        *ret_why = STR("out of memory");
        return false;
    }
    return decision_fits(one, policy_explained_strictest(all, count), arena, ret_why);
}

void policy_cases_reference(struct buf *out)
{
    config_table_reference(&cases_table, out);
}

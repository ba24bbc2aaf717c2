/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"
#include "statement.h"

static const char policies[] =
    "policy: agents\n"                         /* 1 */
    "subjects: [{group: ai-agents}]\n"         /* 2 */
    "targets: [{labels: {app: shop}}]\n"       /* 3 */
    "allow:\n"                                 /* 4 */
    "  - {privileges: [SELECT], on: shop.*}\n" /* 5 */
    "  - {privileges: [INSERT, UPDATE, DELETE], on: [shop.staging_orders, shop.note]}\n"
    "  - {privileges: ['UPDATE (name, phone)'], on: shop.customers}\n"       /* 7 */
    "  - {privileges: [SELECT(id, name)], on: hr.staff}\n"                   /* 8 */
    "  - {privileges: [DROP, CREATE], on: shop.tmp_*}\n"                     /* 9 */
    "  - {privileges: [CREATE], on: shop.*}\n"                               /* 10 */
    "  - {privileges: [LOCK TABLES, CREATE TEMPORARY TABLES], on: shop.*}\n" /* 11 */
    "approve:\n"                                                             /* 12 */
    "  - {privileges: [ALTER, DROP], on: shop.*, by: {groups: [dba, lead], count: 1}, valid: 30m, "
    "wait: 5s}\n"
    "  - {privileges: [DROP], on: shop.orders, by: {groups: [dba, cto], count: 2}, valid: 10m, "
    "wait: 60s}\n"
    "  - {privileges: [CREATE], on: shop.secret, by: {groups: [cto]}}\n"         /* 15 */
    "  - {privileges: ['SELECT (salary)'], on: hr.staff, by: {groups: [dba]}}\n" /* 16 */
    "deny:\n"                                                                    /* 17 */
    "  - {privileges: [SELECT], on: shop.payroll}\n"                             /* 18 */
    "  - {privileges: ['SELECT (pin)'], on: shop.cards}\n"                       /* 19 */
    "unknowns: {allow: ['function:shop.tax'], approve: ['function:shop.odd*'], by: {groups: "
    "[dba]}}\n"
    "limits: {rows: 10000, time: 30s}\n"
    "---\n"
    "policy: everyone\n"
    "subjects: [{group: '*'}]\n"
    "targets: [{name: '*'}]\n"
    "limits: {rows: 50000, time: 10s, bytes: 1MiB}\n"
    "---\n"
    "policy: support\n"
    "subjects: [{group: support}]\n"
    "targets: [{name: orders}]\n"
    "allow: [{privileges: [ALL], on: shop.*}]\n"
    "reveal: [pii.email, {tags: ['pci.*'], on: shop.cards}]\n"
    "masked_use: [equality, count]\n"
    "guards: {wait: allow, unfiltered_write: allow, session_variable: allow}\n"
    "---\n"
    "policy: strict-support\n"
    "subjects: [{group: interns}]\n"
    "targets: [{name: orders}]\n"
    "guards: {wait: deny}\n"
    "---\n"
    "policy: administrators\n"
    "subjects: [{claims: {department: 'it-*', 'roles': admin}}]\n"
    "targets: [{name: orders}]\n"
    "allow: [{privileges: [ALL, GRANT OPTION, RELOAD, SHUTDOWN], on: '*.*'}]\n"
    "masked_use: any\n"
    "guards: {administration: allow, kill: allow}\n"
    "---\n"
    "policy: office\n"
    "subjects: [{group: office}]\n"
    "targets: [{name: orders}]\n"
    "when: {days: mon-fri, hours: '08:00-18:00'}\n"
    "allow: [{privileges: [SELECT], on: shop.*}]\n"
    "---\n"
    "classification: shop\n"
    "columns:\n"
    "  - {column: shop.customers.email, tags: [pii.email]}\n"
    "  - {columns: ['*.*.ssn', shop.customers.born], tags: [pii.id]}\n"
    "  - {columns: ['shop.cards.*'], tags: [pci.pan]}\n"
    "  - {column: shop.customers.both, tags: [pii.email, pii.gone]}\n"
    "tags:\n"
    "  pii.email: {mask: email}\n"
    "  pci.pan: {mask: partial, last: 4}\n"
    "  pii.gone: {mask: 'null'}\n";

#define MONDAY_NOON 1763985600000000 /* 2025-11-24T12:00:00Z */
#define SUNDAY_NOON 1763899200000000

static struct policy_set *set;

static int load(void **state)
{
    (void)state;
    struct arena arena;
    struct config_problems problems;
    struct policy_file file = {STR("p.yaml"), STR_NONE};
    struct buf out;

    file.text = str_of(policies);
    arena_init(&arena, 1 << 20);
    config_problems_init(&problems, &arena);
    set = policy_set_load(&file, 1, NULL, NULL, &problems);
    if (set == NULL) {
        buf_init(&out, 65536);
        config_problems_print(&problems, &out);
        printf("%.*s", STR_ARG(buf_str(&out)));
        buf_release(&out);
    }
    arena_release(&arena);
    return set == NULL;
}

static int unload(void **state)
{
    (void)state;
    policy_set_unref(set);
    return 0;
}

/* The groups, separated by commas; `it` is the identity with claims instead. */
static const struct policy_scope *scope_of(const char *who, struct arena *arena,
                                           json_t **ret_claims)
{
    static struct config_label labels[] = {{STR_INIT("app"), STR_INIT("shop")}};
    static const struct config_labels all = {labels, 1};
    struct str groups[8], rest = str_of(who), head;
    struct policy_identity identity = {.issuer = STR("corp"), .subject = STR("ada")};
    const struct policy_target target = {STR("orders"), &all};

    *ret_claims = NULL;
    if (str_equal(rest, STR("it"))) {
        *ret_claims = json_pack("{s:s, s:[s,s]}", "department", "it-core", "roles", "dev", "admin");
        identity.claims = *ret_claims;
    } else {
        while (str_split(rest, ',', &head, &rest))
            groups[identity.group_count++] = head;
        if (rest.len > 0)
            groups[identity.group_count++] = rest;
    }
    identity.groups = groups;
    return policy_scope_make(set, &identity, &target, arena);
}

struct row {
    const char *who;
    const char *statement;
    const char *verdict; /* text, or the fault's code for deny */
    uint32_t line;       /* of the rule that decided; 0: not looked at */
    const char *masks;   /* of the outputs: `- email redact`; NULL: none is masked */
};

static const struct row rows[] = {
    /* nothing is granted to nobody */
    {"", "select; need SELECT(id) shop.orders", "denied.subject", 0, NULL},
    {"strangers", "select; need SELECT(id) shop.orders", "denied.privilege", 0, NULL},
    {"strangers", "select", "allow", 0, NULL},
    /* grants */
    {"ai-agents", "select", "allow", 0, NULL},
    {"ai-agents", "begin; effect transaction BEGIN", "allow", 0, NULL},
    {"ai-agents", "select; need SELECT(id,total) shop.orders; base shop.orders.id; plain id <- 0",
     "allow", 5, NULL},
    {"ai-agents", "select; need SELECT shop.orders", "allow", 5, NULL},
    {"ai-agents", "select; need SELECT(id) Shop.orders", "denied.privilege", 0, NULL},
    {"ai-agents", "select; need SELECT(id) mysql.user", "denied.privilege", 0, NULL},
    {"ai-agents", "insert; need INSERT(a) shop.staging_orders", "allow", 6, NULL},
    {"ai-agents", "insert; need INSERT(a) shop.orders", "denied.privilege", 0, NULL},
    {"ai-agents", "update; need UPDATE(a) shop.note; where", "allow", 6, NULL},
    {"ai-agents", "update; need UPDATE(NAME) shop.customers; where", "allow", 7, NULL},
    {"ai-agents", "update; need UPDATE(name,email) shop.customers; where", "denied.column", 0,
     NULL},
    {"ai-agents", "update; need UPDATE(email) shop.customers; where", "denied.privilege", 0, NULL},
    {"ai-agents", "select; need SELECT(id,name) hr.staff", "allow", 8, NULL},
    {"ai-agents", "select; need SELECT(id,boss) hr.staff", "denied.column", 0, NULL},
    {"ai-agents", "create table; need CREATE shop.x", "allow", 10, NULL},
    {"ai-agents", "create schema; need CREATE shop.*", "approve", 15, NULL},
    {"ai-agents", "create schema; need CREATE other.*", "denied.privilege", 0, NULL},
    {"ai-agents", "select; need FILE *", "denied.server", 0, NULL},
    {"support", "select; need FILE *", "denied.server", 0, NULL},
    {"it", "other; need RELOAD *; effect administers FLUSH", "allow", 0, NULL},
    {"it", "other; need SHUTDOWN *; effect administers SHUTDOWN; effect changes-accounts GRANT",
     "denied.guard", 0, NULL},
    {"support", "create table; need GRANT OPTION shop.x", "denied.privilege", 0, NULL},
    /* ALL is about data: the server, accounts and others' sessions are granted by name */
    {"it", "drop table; need DROP shop.x", "allow", 0, NULL},
    {"it", "create server; need SUPER *; effect administers create", "denied.server", 0, NULL},
    {"it", "create user; need CREATE USER *", "denied.server", 0, NULL},
    {"it", "kill; need CONNECTION_ADMIN *; effect kills kill", "denied.server", 0, NULL},
    {"it", "kill; need CONNECTION ADMIN *; effect kills kill", "denied.server", 0, NULL},
    {"support", "grant; need SELECT shop.orders; need GRANT OPTION shop.orders",
     "denied.privilege", 0, NULL},
    /* the servers' own tables, too: no pattern is for them */
    {"it", "install plugin; need INSERT mysql.plugin", "denied.privilege", 0, NULL},
    {"it", "select; need SELECT(user) mysql.user", "denied.privilege", 0, NULL},
    {"it", "create table; need CREATE mysql.*", "denied.privilege", 0, NULL},
    /* guards stand behind privileges */
    {"it", "set password; effect changes-accounts SET", "denied.guard", 0, NULL},
    {"support", "xa; effect transaction xa; effect administers xa", "denied.guard", 0, NULL},
    /* never passed on, whatever is granted */
    {"it", "handler; need SELECT(id) shop.orders", "denied.handler", 0, NULL},
    /* deny wins, also through views and over ALL of another policy */
    {"ai-agents", "select; need SELECT(id) shop.payroll", "denied.rule", 18, NULL},
    {"ai-agents", "select; need SELECT(id) shop.PayRoll", "denied.rule", 18, NULL},
    {"ai-agents", "select; need SELECT(a) shop.v; view SELECT(id) shop.payroll", "denied.rule", 18,
     NULL},
    {"ai-agents,support", "select; need SELECT(id) shop.payroll", "denied.rule", 18, NULL},
    {"support", "select; need SELECT(id) shop.payroll", "allow", 0, NULL},
    {"support", "select; need SELECT(a) shop.v; view SELECT(id) other.t", "allow", 0, NULL},
    {"ai-agents", "select; need SELECT(id) shop.cards", "allow", 0, NULL},
    {"ai-agents", "select; need SELECT(id,PIN) shop.cards", "denied.rule", 19, NULL},
    {"ai-agents", "select; need SELECT shop.cards; opaque", "denied.rule", 19, NULL},
    {"ai-agents", "select; need SELECT shop.cards; out n <-", "allow", 5, NULL},
    {"ai-agents", "select; need SELECT shop.cards; base shop.cards.id", "denied.rule", 19, NULL},
    {"ai-agents", "insert; need INSERT(a) shop.payroll", "denied.privilege", 0, NULL},
    /* approve wins over allow */
    {"ai-agents", "alter table; need ALTER shop.orders", "approve", 13, NULL},
    {"ai-agents", "drop table; need DROP shop.tmp_x", "approve", 13, NULL},
    {"ai-agents", "drop table; need DROP shop.orders", "approve", 13, NULL},
    {"ai-agents", "drop schema; need DROP shop.*", "approve", 13, NULL},
    {"ai-agents", "drop table; need DROP other.orders", "denied.privilege", 0, NULL},
    {"ai-agents", "alter table; need ALTER shop.orders; need INSERT other.x", "denied.privilege", 0,
     NULL},
    {"ai-agents", "select; need SELECT(id,salary) hr.staff", "approve", 16, NULL},
    {"ai-agents", "select; need SELECT(salary,boss) hr.staff", "denied.privilege", 0, NULL},
    {"ai-agents", "create table; need CREATE shop.secret; need ALTER shop.secret", "denied.rule", 0,
     NULL}, /* no group in common */
    /* kinds */
    {"ai-agents", "use; use_schema shop", "allow", 0, NULL},
    {"ai-agents", "use; use_schema mysql", "denied.schema", 0, NULL},
    {"ai-agents", "use; use_schema information_schema", "allow", 0, NULL},
    {"ai-agents", "describe; need SELECT hr.staff", "allow", 0, NULL},
    {"ai-agents", "show; need SELECT shop.note", "allow", 0, NULL},
    {"ai-agents", "describe; need SELECT mysql.user", "denied.privilege", 0, NULL},
    {"ai-agents", "describe; need SELECT shop.payroll", "denied.rule", 18, NULL},
    {"ai-agents", "other", "denied.unknown", 0, NULL},
    /* masks */
    {"ai-agents",
     "select; base shop.customers.id shop.customers.email; plain id <- 0; "
     "plain email <- 1",
     "mask", 0, "- email"},
    {"ai-agents", "select; base shop.Customers.EMAIL; plain e <- 0", "mask", 0, "email"},
    {"ai-agents", "select; base shop.customers.email; out e <- 0", "mask", 0, "redact"},
    {"ai-agents", "select; base shop.customers.ssn; plain s <- 0", "mask", 0, "redact"},
    {"ai-agents", "select; base shop.cards.pan; plain s <- 0", "mask", 0, "partial"},
    {"ai-agents", "select; base shop.customers.both; plain b <- 0; out c <- 0", "mask", 0,
     "null null"},
    {"ai-agents", "select; base shop.customers.email shop.customers.ssn; out x <- 0 1", "mask", 0,
     "redact"},
    {"ai-agents", "select; base shop.customers.email shop.customers.id; out x <- 0 1", "mask", 0,
     "redact"},
    {"ai-agents", "select; base shop.customers.email shop.customers.id; plain id <- 1", "allow", 0,
     NULL},
    {"support", "select; base shop.customers.email; plain e <- 0", "allow", 0, NULL},
    {"support", "select; base shop.customers.both; plain e <- 0", "mask", 0, "null"},
    {"support", "select; base shop.cards.pan; plain e <- 0", "allow", 0, NULL},
    {"support", "select; base shop.x.ssn; plain e <- 0", "mask", 0, "redact"},
    {"ai-agents", "explain; base shop.customers.email", "denied.use", 0, NULL},
    {"support", "explain; base shop.customers.email", "allow", 0, NULL},
    {"ai-agents", "call; opaque; base shop.customers.email", "denied.use", 0, NULL},
    {"ai-agents", "call; opaque; base shop.customers.id", "allow", 0, NULL},
    /* uses and sinks of masked data */
    {"ai-agents", "select; base shop.customers.email; use predicate 0", "denied.use", 0, NULL},
    {"ai-agents", "select; base shop.customers.email; use equality 0", "denied.use", 0, NULL},
    {"ai-agents", "select; base shop.customers.email; use order 0", "denied.use", 0, NULL},
    {"ai-agents", "select; base shop.customers.email; use group 0", "denied.use", 0, NULL},
    {"ai-agents", "select; base shop.customers.email; use error 0", "denied.use", 0, NULL},
    {"ai-agents", "select; base shop.customers.id shop.customers.email; use order 0", "allow", 0,
     NULL},
    {"support", "select; base shop.customers.ssn; use equality 0", "allow", 0, NULL},
    {"support", "select; base shop.customers.ssn; use join 0", "allow", 0, NULL},
    {"support", "select; base shop.customers.ssn; use count 0", "allow", 0, NULL},
    {"support", "select; base shop.customers.ssn; use predicate 0", "denied.use", 0, NULL},
    {"support", "select; base shop.customers.ssn; use key 0", "denied.use", 0, NULL},
    {"it", "select; base shop.customers.ssn; use predicate 0; use order 0; use key 0", "allow", 0,
     NULL},
    {"it", "select; base shop.customers.ssn; use plan 0", "denied.use", 0, NULL},
    {"it", "select; base shop.customers.ssn; use wait 0", "denied.use", 0, NULL},
    {"it", "create view; need CREATE VIEW shop.v; base shop.customers.ssn; use definition 0",
     "denied.use", 0, NULL},
    /* Who makes a program must hold what it does; who calls it need not. */
    {"support", "create procedure; need CREATE ROUTINE shop.*; view SELECT(id) other.t",
     "denied.privilege", 0, NULL},
    {"support", "create trigger; need TRIGGER shop.t; view INSERT(id) other.t", "denied.privilege",
     0, NULL},
    {"support", "create function; need CREATE ROUTINE shop.*; view SELECT(id) shop.t", "allow", 0,
     NULL},
    {"support", "call; need EXECUTE shop.p; view SELECT(id) other.t", "allow", 0, NULL},
    {"support", "create procedure; base shop.customers.ssn; use definition 0", "denied.use", 0,
     NULL},
    {"ai-agents", "compound; need DELETE shop.note", "denied.guard", 0, NULL},
    {"ai-agents", "compound; need DELETE shop.note; where", "allow", 0, NULL},
    {"it", "insert; base shop.customers.ssn; sink column shop.note.text <- 0", "denied.sink", 0,
     NULL},
    {"support", "select; base shop.customers.ssn; sink variable @a <- 0", "denied.sink", 0, NULL},
    {"support", "select; base shop.customers.email; sink variable @a <- 0", "allow", 0, NULL},
    {"ai-agents", "insert; need INSERT(a) shop.note; sink column shop.note.a <-", "allow", 0, NULL},
    {"support",
     "update; need UPDATE(ssn) shop.customers; base shop.customers.ssn; use write 0; "
     "sink column shop.customers.ssn <-; where",
     "allow", 0, NULL},
    {"support",
     "update; need UPDATE(ssn) shop.customers; base shop.customers.ssn; use write 0; "
     "sink column shop.customers.ssn <- 0; where",
     "denied.sink", 0, NULL},
    /* COUNT(*) reads no column */
    {"ai-agents", "select; need SELECT hr.staff; out n <-", "allow", 0, NULL},
    {"ai-agents", "select; need SELECT hr.staff; base hr.staff.id; out n <-", "denied.privilege", 0,
     NULL},
    {"strangers", "select; need SELECT hr.staff; out n <-", "denied.privilege", 0, NULL},
    {"office", "set transaction; read_write", "denied.guard", 0, NULL},
    {"support", "set transaction; read_write", "allow", 0, NULL},
    /* unknowns */
    {"ai-agents", "select; unknown function shop.tax", "allow", 0, NULL},
    {"ai-agents", "select; unknown function shop.other", "denied.unknown", 0, NULL},
    {"ai-agents", "select; unknown function shop.odd_one", "approve", 20, NULL},
    {"support", "select; unknown function shop.tax", "denied.unknown", 0, NULL},
    {"it", "select; unknown table nowhere.t", "denied.unknown", 0, NULL},
    /* guards */
    {"ai-agents", "select; effect waits SLEEP", "denied.guard", 0, NULL},
    {"support", "select; effect waits SLEEP", "allow", 0, NULL},
    {"support,interns", "select; effect waits SLEEP", "denied.guard", 0, NULL},
    {"ai-agents", "select; effect locks-name GET_LOCK", "denied.guard", 0, NULL},
    {"office", "select; effect locks-rows FOR UPDATE; need SELECT(a) shop.orders", "denied.guard",
     0, NULL},
    {"ai-agents",
     "select; effect locks-rows FOR UPDATE; need SELECT(a) shop.note; need UPDATE(a) "
     "shop.note",
     "allow", 0, NULL},
    {"ai-agents",
     "select; effect locks-rows FOR UPDATE; need SELECT(a) shop.note; need SELECT(a) "
     "shop.customers",
     "allow", 0, NULL}, /* LOCK TABLES is granted on shop.* */
    {"it", "select; effect reads-file LOAD_FILE; need FILE *", "denied.guard", 0, NULL},
    {"it", "select; effect writes-file INTO OUTFILE; need FILE *", "denied.guard", 0, NULL},
    {"it", "other; effect reads-client-file LOAD DATA LOCAL", "denied.guard", 0, NULL},
    {"it", "other; effect kills KILL", "allow", 0, NULL},
    {"ai-agents", "other; effect kills KILL", "denied.guard", 0, NULL},
    {"it", "set; effect sets-global max_connections", "denied.guard", 0, NULL},
    {"ai-agents", "set; effect sets-session sql_mode", "allow", 0, NULL},
    {"ai-agents", "set; effect sets-session @@session.autocommit", "allow", 0, NULL},
    {"ai-agents", "set; effect sets-session sql_log_bin", "denied.guard", 0, NULL},
    {"support", "set; effect sets-session foreign_key_checks", "allow", 0, NULL},
    {"ai-agents", "select; effect reads-server @@version_comment", "allow", 0, NULL},
    {"ai-agents", "select; effect reads-server @@datadir", "denied.guard", 0, NULL},
    {"ai-agents", "show; effect reads-server SHOW PROCESSLIST", "denied.guard", 0, NULL},
    {"it", "show; effect reads-statements SHOW", "denied.guard", 0, NULL},
    {"it", "show; effect reads-values SHOW", "denied.guard", 0, NULL},
    {"it", "show; effect reads-definitions SHOW", "denied.guard", 0, NULL},
    {"it", "show; effect reads-accounts SHOW", "denied.guard", 0, NULL},
    {"it", "select; need SELECT performance_schema.threads", "denied.privilege", 0, NULL},
    {"it", "select; need SELECT information_schema.PROCESSLIST", "denied.privilege", 0, NULL},
    {"ai-agents", "delete; need DELETE shop.note", "denied.guard", 0, NULL},
    {"ai-agents", "delete; need DELETE shop.note; where", "allow", 6, NULL},
    {"support", "update; need UPDATE(a) shop.note", "allow", 0, NULL},
    {"ai-agents", "other; need LOCK TABLES shop.*; effect locks-tables LOCK TABLES", "denied.guard",
     0, NULL},
    /* deny comes before what else could be refused, unknowns before approval */
    {"ai-agents", "select; need SELECT(id) shop.payroll; effect waits SLEEP", "denied.rule", 18,
     NULL},
    {"ai-agents", "drop table; need DROP shop.orders; effect waits SLEEP", "denied.guard", 0, NULL},
};

static void check_masks(size_t i, const struct row *row, const struct policy_decision *decision,
                        size_t outputs)
{
    struct str rest = str_of(row->masks != NULL ? row->masks : "");

    if (row->masks == NULL) {
        assert_null(decision->masks);
        assert_int_equal(decision->mask_count, 0);
        return;
    }
    assert_non_null(decision->masks);
    for (size_t k = 0; k < outputs; k++) {
        const struct policy_mask *mask = decision->masks[k];
        struct str want = word_next(&rest);
        struct str got = mask == NULL ? STR("-") : str_of(policy_mask_text(mask->kind));
        if (!str_equal(want, got))
            fail_msg("row %zu, output %zu: %.*s", i, k, STR_ARG(got));
    }
}

static void decisions(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct arena arena;
        struct statement s;
        struct policy_decision decision;
        json_t *claims;

        arena_init(&arena, 1 << 20);
        statement_make(&s, row->statement);
        const struct policy_scope *scope = scope_of(row->who, &arena, &claims);
        struct policy_request request = {&s.a, MONDAY_NOON, false};
        policy_decide(scope, &request, &arena, &decision);
        const char *got = policy_verdict_text(decision.verdict);
        if (decision.verdict == POLICY_DENY)
            got = fault_info(decision.fault.code)->code;
        if (strcmp(got, row->verdict) != 0)
            fail_msg("row %zu (%s: %s): %s %.*s", i, row->who, row->statement, got,
                     STR_ARG(fault_line(&decision.fault, &arena)));
        if (row->line != 0 && decision.rule.at.line != row->line)
            fail_msg("row %zu (%s): decided by line %u", i, row->statement, decision.rule.at.line);
        if (decision.verdict == POLICY_DENY || decision.verdict == POLICY_APPROVE) {
            assert_true(decision.fault.message.len > 0 && decision.fault.hint.len > 0);
            assert_int_equal(decision.mask_count > 0 && decision.verdict == POLICY_DENY, 0);
        } else {
            assert_int_equal(decision.fault.code, FAULT_NONE);
        }
        check_masks(i, row, &decision, s.a.output_count);
        json_decref(claims);
        arena_release(&s.arena);
        arena_release(&arena);
    }
}

static void approvals(void **state)
{
    (void)state;
    struct arena arena;
    struct statement s;
    struct policy_decision decision;
    json_t *claims;

    arena_init(&arena, 1 << 20);
    const struct policy_scope *scope = scope_of("ai-agents", &arena, &claims);
    statement_make(&s, "drop table; need DROP shop.orders");
    struct policy_request request = {&s.a, MONDAY_NOON, false};
    policy_decide(scope, &request, &arena, &decision);
    assert_int_equal(decision.verdict, POLICY_APPROVE);
    assert_int_equal(decision.fault.code, FAULT_approval_required);
    /* two rules: the stricter of each */
    assert_int_equal(decision.approval.count, 2);
    assert_int_equal(decision.approval.group_count, 1);
    assert_str(decision.approval.groups[0], STR("dba"));
    assert_int_equal(decision.approval.valid_ms, 600000);
    assert_int_equal(decision.approval.wait_ms, 5000);
    assert_false(decision.cacheable);
    request.approved = true;
    policy_decide(scope, &request, &arena, &decision);
    assert_int_equal(decision.verdict, POLICY_ALLOW);
    assert_false(decision.cacheable);
    arena_release(&s.arena);
    /* an approval opens nothing that is denied */
    statement_make(&s, "drop table; need DROP shop.orders; need SELECT(a) shop.payroll");
    request.analysis = &s.a;
    policy_decide(scope, &request, &arena, &decision);
    assert_int_equal(decision.verdict, POLICY_DENY);
    assert_int_equal(decision.fault.code, FAULT_denied_rule);
    arena_release(&s.arena);
    arena_release(&arena);
}

static void error_text(void **state)
{
    (void)state;
    struct arena arena;
    struct statement s;
    struct policy_decision decision;
    json_t *claims;

    arena_init(&arena, 1 << 20);
    const struct policy_scope *scope = scope_of("office", &arena, &claims);
    statement_make(&s, "update; need UPDATE(total) shop.orders; where");
    struct policy_request request = {&s.a, MONDAY_NOON, false};
    policy_decide(scope, &request, &arena, &decision);
    assert_str(fault_line(&decision.fault, &arena),
               STR("cardea/denied.privilege: UPDATE (total) on shop.orders is not granted by "
                   "policy everyone (p.yaml:23), policy office (p.yaml:48). Granted here: SELECT "
                   "shop.*. To ask: CALL cardea.request('reason')"));
    request.now_us = SUNDAY_NOON;
    policy_decide(scope, &request, &arena, &decision);
    assert_int_equal(decision.fault.code, FAULT_denied_privilege); /* `everyone` is in force */
    assert_true(policy_scope_windows(scope, MONDAY_NOON) !=
                policy_scope_windows(scope, SUNDAY_NOON));
    arena_release(&s.arena);
    statement_make(&s, "select; base shop.customers.email; use order 0");
    scope = scope_of("ai-agents", &arena, &claims);
    request.analysis = &s.a;
    policy_decide(scope, &request, &arena, &decision);
    assert_str(decision.fault.message,
               STR("shop.customers.email is masked as pii.email (p.yaml:61) and may not be used in "
                   "order"));
    arena_release(&s.arena);
    arena_release(&arena);
}

static void sessions(void **state)
{
    (void)state;
    struct arena arena;
    struct policy_session session;
    json_t *claims;

    arena_init(&arena, 1 << 20);
    policy_session_decide(scope_of("", &arena, &claims), MONDAY_NOON, &arena, &session);
    assert_false(session.allowed);
    assert_int_equal(session.fault.code, FAULT_denied_subject);
    policy_session_decide(scope_of("ai-agents", &arena, &claims), MONDAY_NOON, &arena, &session);
    assert_true(session.allowed && !session.read_only);
    assert_int_equal(session.limits.rows, 10000);
    assert_int_equal(session.limits.time_ms, 10000);
    assert_int_equal(session.limits.bytes, 1 << 20);
    assert_int_equal(session.limits.sessions, 0);
    policy_session_decide(scope_of("office", &arena, &claims), MONDAY_NOON, &arena, &session);
    assert_true(session.allowed && session.read_only);
    assert_true(
        policy_schema_visible(scope_of("office", &arena, &claims), STR("shop"), MONDAY_NOON));
    assert_false(
        policy_schema_visible(scope_of("office", &arena, &claims), STR("shop"), SUNDAY_NOON));
    assert_false(
        policy_schema_visible(scope_of("office", &arena, &claims), STR("hr"), MONDAY_NOON));
    arena_release(&arena);
}

static void permissions(void **state)
{
    (void)state;
    struct arena arena;
    json_t *claims;
    size_t count;

    arena_init(&arena, 1 << 20);
    const struct policy_permission *p =
        policy_permissions(scope_of("ai-agents", &arena, &claims), MONDAY_NOON, &arena, &count);
    assert_int_equal(count, 13);
    assert_str(p[1].privileges, STR("INSERT, UPDATE, DELETE"));
    assert_str(p[1].object, STR("shop.staging_orders shop.note"));
    assert_string_equal(p[7].effect, "approve");
    assert_str(p[7].note, STR("approved by 1 of dba, lead"));
    assert_string_equal(p[11].effect, "deny");
    const struct policy_permission *r =
        policy_permissions(scope_of("support", &arena, &claims), MONDAY_NOON, &arena, &count);
    assert_string_equal(r[count - 1].effect, "reveal");
    assert_str(r[count - 1].object, STR("shop.cards"));
    const struct str *tags;
    assert_int_equal(policy_column_tags(scope_of("support", &arena, &claims), STR("shop"),
                                        STR("customers"), STR("both"), &arena, &tags),
                     2);
    assert_str(tags[1], STR("pii.gone"));
    arena_release(&arena);
}

static void classified_writes(void **state)
{
    (void)state;
    static const struct {
        const char *statement;
        bool classified;
    } cases[] = {
        {"update; need UPDATE(email) shop.customers; where", true},
        {"update; need UPDATE(name) shop.customers; where", false},
        {"insert; need INSERT shop.customers", true},
        {"insert; need INSERT shop.note", true}, /* `*.*.ssn` may be in any table */
        {"select; need SELECT(email) shop.customers", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena;
        struct statement s;
        struct policy_decision decision;
        json_t *claims;
        arena_init(&arena, 1 << 20);
        statement_make(&s, cases[i].statement);
        struct policy_request request = {&s.a, MONDAY_NOON, false};
        policy_decide(scope_of("support", &arena, &claims), &request, &arena, &decision);
        assert_int_equal(decision.writes_classified, cases[i].classified);
        arena_release(&s.arena);
        arena_release(&arena);
    }
}

static void out_of_memory(void **state)
{
    (void)state;
    struct statement s;
    json_t *claims;

    statement_make(&s, "select; need SELECT(id) shop.orders; base shop.customers.email; "
                       "plain e <- 0");
    for (size_t cap = 0; cap <= 8192; cap += 4096) {
        struct arena arena, small;
        struct policy_decision decision;
        arena_init(&arena, 1 << 20);
        arena_init(&small, cap);
        struct policy_request request = {&s.a, MONDAY_NOON, false};
        policy_decide(scope_of("ai-agents", &arena, &claims), &request, &small, &decision);
        assert_true(decision.verdict == POLICY_DENY || decision.verdict == POLICY_MASK);
        if (cap == 0) {
            assert_int_equal(decision.verdict, POLICY_DENY);
            assert_int_equal(decision.fault.code, FAULT_memory);
        }
        arena_release(&small);
        arena_release(&arena);
    }
    arena_release(&s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions),     cmocka_unit_test(approvals),
        cmocka_unit_test(error_text),    cmocka_unit_test(sessions),
        cmocka_unit_test(permissions),   cmocka_unit_test(classified_writes),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "config/config.h"

#define GOOD                                                                                       \
    "listeners:\n"                                                                                 \
    "  - {name: main, address: '127.0.0.1:3306', certificate_file: c.pem, key_file: k.pem}\n"      \
    "  - {name: sock, address: 'unix:/run/x.sock', socket_mode: '0600', target: orders}\n"         \
    "targets:\n"                                                                                   \
    "  - name: orders\n"                                                                           \
    "    kind: mariadb\n"                                                                          \
    "    host: db.example\n"                                                                       \
    "    ca_file: /etc/ca.pem\n"                                                                   \
    "    credential: {user: gw, password_file: secrets/gw}\n"                                      \
    "    accounts:\n"                                                                              \
    "      - {group: dba, user: gw_dba, password_env: DBA}\n"                                      \
    "    roles: [{group: ai, role: ro}]\n"                                                         \
    "    labels: {env: production, app: shop}\n"                                                   \
    "issuers:\n"                                                                                   \
    "  - {name: corp, url: 'https://id.example', audiences: cardea}\n"                             \
    "audit: {directory: audit, key_file: audit.pem, durability: async}\n"                          \
    "data_directory: data\n"

static struct config *parse(const char *text, struct arena *arena, struct config_problems *problems)
{
    arena_init(arena, 4 << 20);
    config_problems_init(problems, arena);
    return config_parse(STR("/etc/cardea/cardea.yaml"), str_of(text), problems);
}

static void good(void **state)
{
    (void)state;
    struct arena arena;
    struct config_problems problems;
    struct config *c = parse(GOOD "policies: [policies/*.yaml]\n", &arena, &problems);

    if (c == NULL)
        fail_msg("%u:%u %.*s", problems.items[0].at.line, problems.items[0].at.column,
                 STR_ARG(problems.items[0].message));
    assert_int_equal(c->listener_count, 2);
    assert_str(c->listeners[0].host, STR("127.0.0.1"));
    assert_int_equal(c->listeners[0].port, 3306);
    assert_int_equal(c->listeners[0].tls, CONFIG_LISTENER_TLS_REQUIRED);
    assert_int_equal(c->listeners[1].tls, CONFIG_LISTENER_TLS_OFF);
    assert_int_equal(c->listeners[1].socket_mode, 0600);
    const struct config_target *t = &c->targets[0];
    assert_int_equal(t->tls, CONFIG_TARGET_TLS_VERIFY_IDENTITY);
    assert_int_equal(t->port, 3306);
    assert_str(config_label(&t->labels, STR("env")), STR("production"));
    struct str groups[] = {STR_INIT("ai"), STR_INIT("dba")};
    assert_int_equal(config_target_account(t, groups, 1), -1);
    assert_int_equal(config_target_account(t, groups, 2), 0);
    assert_int_equal(config_target_role(t, groups, 2), 0);
    assert_int_equal(c->issuers[0].audiences.count, 1);
    assert_int_equal(c->issuers[0].algorithms.count, 5);
    assert_int_equal(c->audit.durability, CONFIG_DURABILITY_ASYNC);
    assert_int_equal(c->audit.segment_bytes, 64 << 20);
    assert_int_equal(c->limits.handshake_ms, 15000);
    assert_false(c->control.enabled);
    assert_false(c->audit.key_made);
    assert_int_equal(config_target_index(c, STR("orders")), 0);
    assert_int_equal(config_issuer_by_url(c, STR("https://id.example")), 0);
    assert_int_equal(config_issuer_by_url(c, STR("https://id.example/")), -1);

    static const struct {
        enum config_file_kind kind;
        const char *path, *env;
    } files[] = {
        {CONFIG_FILE_LISTENER_CERTIFICATE, "/etc/cardea/c.pem", ""},
        {CONFIG_FILE_LISTENER_KEY, "/etc/cardea/k.pem", ""},
        {CONFIG_FILE_TARGET_CA, "/etc/ca.pem", ""},
        {CONFIG_FILE_TARGET_PASSWORD, "/etc/cardea/secrets/gw", ""},
        {CONFIG_FILE_ACCOUNT_PASSWORD, "", "DBA"},
        {CONFIG_FILE_AUDIT_KEY, "/etc/cardea/audit.pem", ""},
        {CONFIG_FILE_POLICY, "/etc/cardea/policies/*.yaml", ""},
    };
    size_t count;
    const struct config_file *found = config_files(c, &arena, &count);
    assert_int_equal(count, ARRAY_LEN(files));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i].kind, files[i].kind);
        assert_str(found[i].path, str_of(files[i].path));
        assert_str(found[i].env, str_of(files[i].env));
    }
    assert_true(found[1].secret && found[3].secret && found[4].secret && found[5].secret);
    assert_true(found[6].pattern && !found[0].secret);
    struct config *again = config_ref(c);
    config_unref(c);
    assert_str(again->file, STR("/etc/cardea/cardea.yaml"));
    config_unref(again);
    arena_release(&arena);
}

/* Each row is the good configuration with one more line, or a text of its own; and the problem
 * that must be among those told. */
static void wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *message, *hint;
    } rows[] = {
        {"", 1, 1, "the configuration is empty", "cardea gateway --init"},
        {"a: 1\n---\nb: 2\n", 3, 1, "a configuration is one YAML document", ""},
        {GOOD "listner: 1\n", 18, 1, "a configuration has no field `listner`",
         "did you mean `listeners`?"},
        {GOOD "password: x\n", 18, 11, "`password` may not stand here", "password_file"},
        {GOOD "workers: many\n", 18, 10, "`workers` must be a whole number, not `many`", ""},
        {GOOD "workers: 300\n", 18, 10, "`workers` must be between 0 and 256", ""},
        {GOOD "limits: {idle_time: 5}\n", 18, 21, "`idle_time` must be a duration", ""},
        {GOOD "limits: {packet: 2GiB}\n", 18, 18, "`packet` must be between 1KiB and 64MiB", ""},
        {GOOD "limits: {packet: [1]}\n", 18, 18, "`packet` must be a size", ""},
        {GOOD "log_level: loud\n", 18, 12, "`log_level` must be one of", ""},
        {GOOD "control: {listen: '127.0.0.1:8443'}\n", 18, 10, "control has no", "HTTPS"},
        {GOOD "control: {listen: nowhere, certificate_file: a, key_file: b}\n", 18, 10,
         "`nowhere` is no address", ""},
        {"targets: []\n", 1, 1, "the configuration has no `listeners`", ""},
        {"listeners: [{name: a, address: '0.0.0.0:1', tls: off}]\n", 1, 13,
         "`tls: off` on `0.0.0.0:1`", "in the clear"},
        {"listeners: [{name: a, address: '127.0.0.1:1', tls: of}]\n", 1, 52, "`tls` must be one of",
         "did you mean `off`?"},
        {"listeners: [{name: a, address: '127.0.0.1:1'}]\n", 1, 13,
         "the listener has TLS and no certificate", "--init"},
        {"listeners: [{name: a, address: 'unix:'}]\n", 1, 13, "the path of a unix socket", ""},
        {"listeners: [{name: a, address: 'unix:/x', socket_mode: '0888'}]\n", 1, 56,
         "`socket_mode` must be octal", ""},
        {"targets: [{name: a, kind: oracle, host: h}]\n", 1, 27, "`kind` must be one of", ""},
        {"targets: [{name: a, kind: mysql}]\n", 1, 11, "needs `host` or `socket`", ""},
        {"targets: [{name: a, kind: mysql, host: h, tls: off}]\n", 1, 11,
         "`tls: off` to `h` sends everything in the clear", "insecure"},
        {"targets: [{name: a+b, kind: mysql, host: h}]\n", 1, 11, "can't have a `+`", ""},
        {"targets: [{name: a, kind: mysql, host: h, credential: {user: u, password: hunter2}}]\n",
         1, 75, "`password` may not stand here", "password_file"},
        {"targets: [{name: a, kind: mysql, host: h, credential: {password_env: A, password_file: "
         "b}}]\n",
         1, 55, "exclude each other", ""},
        {"issuers: [{name: a, url: 'http://id.example', audiences: [x]}]\n", 1, 11,
         "must begin with `https://`", ""},
        {"issuers: [{name: a, url: 'https://i', audiences: []}]\n", 1, 50, "`audiences` has 0", ""},
        {"issuers: [{name: a, url: 'https://i', audiences: x, algorithms: [none]}]\n", 1, 11,
         "algorithm `none`", "never accepted"},
        {"issuers: [{name: a, url: 'https://i', audiences: x, algorithms: HS256}]\n", 1, 11,
         "algorithm `HS256`", "never accepted"},
        {"issuers: [{name: a, url: 'https://i', audiences: x, rules: [{claim: r}]}]\n", 1, 61,
         "needs exactly one of", ""},
        {"audit: {directory: a, key_file: k, ring: 5000000}\n", 1, 8, "power of two", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct config_problems problems;
        struct config *c = parse(rows[i].text, &arena, &problems);
        bool found = false;
        assert_null(c);
        for (size_t k = 0; k < problems.count && !found; k++) {
            const struct config_problem *p = &problems.items[k];
            found = p->at.line == rows[i].line && p->at.column == rows[i].column &&
                    str_find(p->message, str_of(rows[i].message)) >= 0 &&
                    str_find(p->hint, str_of(rows[i].hint)) >= 0;
        }
        if (!found) {
            struct buf out;
            buf_init(&out, 65536);
            config_problems_print(&problems, &out);
            fail_msg("row %zu (%s): %.*s", i, rows[i].message, STR_ARG(buf_str(&out)));
        }
        assert_true(str_find(problems.items[0].at.file, STR("cardea.yaml")) >= 0);
        for (size_t k = 0; k < problems.count; k++)
            assert_true(str_find(problems.items[k].message, STR("hunter2")) < 0);
        arena_release(&arena);
    }
}

static void all_at_once(void **state)
{
    (void)state;
    struct arena arena;
    struct config_problems problems;

    assert_null(parse("listeners: [{name: a}, {nam: b, address: x}]\ntargets: 5\nworkers: -1\n",
                      &arena, &problems));
    assert_true(problems.count >= 8);
    arena_release(&arena);
}

static void cross_references(void **state)
{
    (void)state;
    struct arena arena;
    struct config_problems problems;

    assert_null(
        parse("listeners: [{name: a, address: 'unix:/x', target: nope}, "
              "{name: a, address: 'unix:/y'}]\n"
              "targets: [{name: t, kind: mysql, socket: /s}, {name: t, kind: mysql, socket: /s}]\n"
              "issuers: [{name: i, url: 'https://i', audiences: x}]\n"
              "audit: {directory: a, key_file: k}\ndata_directory: d\n",
              &arena, &problems));
    assert_int_equal(problems.count, 3);
    assert_str(problems.items[0].message, STR("there is no target `nope`"));
    arena_release(&arena);
}

static void default_audit_key(void **state)
{
    (void)state;
    struct arena arena;
    struct config_problems problems;
    struct config *c = parse("listeners: [{name: a, address: 'unix:/x'}]\n"
                             "targets: [{name: t, kind: mysql, socket: /s}]\n"
                             "issuers: [{name: i, url: 'https://i', audiences: x}]\n"
                             "audit: {directory: a}\ndata_directory: /var/d\n",
                             &arena, &problems);

    assert_non_null(c);
    assert_true(c->audit.key_made);
    assert_str(c->audit.key_file, STR("/var/d/audit.pem"));
    config_unref(c);
    arena_release(&arena);
}

static void reference(void **state)
{
    (void)state;
    struct buf out;

    buf_init(&out, 1 << 20);
    config_reference(&out);
    assert_false(out.failed);
    assert_true(str_find(buf_str(&out), STR("| `handshake_time` | duration | `15s` |")) >= 0);
    assert_true(str_find(buf_str(&out), STR("| `password` |")) < 0);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),        cmocka_unit_test(wrong),
        cmocka_unit_test(all_at_once), cmocka_unit_test(cross_references),
        cmocka_unit_test(reference),   cmocka_unit_test(default_audit_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

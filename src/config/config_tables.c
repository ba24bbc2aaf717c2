/* SPDX-License-Identifier: Apache-2.0
 *
 * One table for each struct of config.h, and for each the check of what one field alone can't
 * tell. The texts are the reference page (docs/configuration.md).
 */
#include "config/config_tables.h"
#include "base/limits.h"

#define AT(type, member) offsetof(struct type, member)
#define COMMON_PASSWORD                                                                            \
    {                                                                                              \
        .name = "password", .type = CONFIG_FIELD_REFUSED, .description = "",                       \
        .hint = "secrets never stand in the configuration: write `password_file: PATH` or "        \
                "`password_env: NAME`"                                                             \
    }

bool config_address_parse(struct str text, struct str *ret_host, uint16_t *ret_port)
{
    struct str host, port_text;
    uint64_t port;
    size_t colon = text.len;

    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    if (colon == 0)
        return false;
    host = str_slice(text, 0, colon - 1);
    port_text = str_slice(text, colon, text.len);
    if (!str_to_u64(port_text, 65535, &port))
        return false;
    if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
        host = str_slice(host, 1, host.len - 2);
    else if (str_find_char(host, ':') >= 0)
        return false;
    if (host.len == 0)
        return false;
    *ret_host = host;
    *ret_port = (uint16_t)port;
    return true;
}

bool config_host_is_loopback(struct str host)
{
    return str_equal_nocase(host, STR("localhost")) || str_equal(host, STR("::1")) ||
           str_starts(host, STR("127."));
}

/* ---- listener ---- */

static bool read_mode(struct config_reader *reader, const struct config_node *node, void *slot)
{
    int64_t mode = 0;

    if (node->kind != CONFIG_NODE_SCALAR || node->text.len < 3 || node->text.len > 4)
        return config_problem(reader->problems, node->at, NULL,
                              "`socket_mode` must be octal, such as `\"0660\"`");
    for (size_t i = 0; i < node->text.len; i++) {
        if (node->text.ptr[i] < '0' || node->text.ptr[i] > '7')
            return config_problem(reader->problems, node->at, NULL,
                                  "`socket_mode` must be octal, such as `\"0660\"`");
        mode = mode * 8 + (node->text.ptr[i] - '0');
    }
    if (mode > 0777)
        return config_problem(reader->problems, node->at, NULL, "`socket_mode` is at most 0777");
    memcpy(slot, &mode, sizeof(mode));
    return true;
}

static void check_listener(struct config_reader *reader, void *object)
{
    struct config_listener *l = object;
    bool local;

    if (str_starts(l->address, STR("unix:"))) {
        l->socket_path = str_slice(l->address, 5, l->address.len);
        if (l->socket_path.len == 0 || l->socket_path.len > 107)
            config_problem(reader->problems, l->at, NULL,
                           "the path of a unix socket has 1 to 107 bytes");
        local = true;
    } else if (config_address_parse(l->address, &l->host, &l->port)) {
        local = config_host_is_loopback(l->host);
    } else {
        config_problem(reader->problems, l->at,
                       "`0.0.0.0:3306`, `[::]:3306` or `unix:/run/cardea/mysql.sock`",
                       "`%.*s` is no address", STR_ARG(l->address));
        return;
    }
    if (l->tls == CONFIG_LISTENER_TLS_INVALID)
        l->tls = l->socket_path.len > 0 ? CONFIG_LISTENER_TLS_OFF : CONFIG_LISTENER_TLS_REQUIRED;
    if (l->tls == CONFIG_LISTENER_TLS_OFF && !local)
        config_problem(reader->problems, l->at,
                       "tokens would cross the network in the clear: `tls: required`, a loopback "
                       "address or a unix socket",
                       "`tls: off` on `%.*s`", STR_ARG(l->address));
    if (l->tls != CONFIG_LISTENER_TLS_OFF && (l->certificate_file.len == 0 || l->key_file.len == 0))
        config_problem(reader->problems, l->at,
                       "`certificate_file` and `key_file`, both PEM; `cardea gateway --init DIR` "
                       "makes a pair for development",
                       "the listener has TLS and no certificate");
}

static const struct config_choice listener_tls[] = {
    {"required", CONFIG_LISTENER_TLS_REQUIRED, "no login without TLS"},
    {"optional", CONFIG_LISTENER_TLS_OPTIONAL,
     "without TLS only issued logins that never show the password"},
    {"off", CONFIG_LISTENER_TLS_OFF, "only on a unix socket or a loopback address"},
    {NULL, 0, NULL}};

static const struct config_field listener_fields[] = {
    {.name = "name",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_listener, name),
     .required = true,
     .description = "Unique; in records and messages."},
    {.name = "address",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_listener, address),
     .required = true,
     .hint = "`0.0.0.0:3306`, `[::]:3306` or `unix:/run/cardea/mysql.sock`",
     .description = "`HOST:PORT` or `unix:PATH`. `*:PORT` is any address."},
    {.name = "socket_mode",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(config_listener, socket_mode),
     .fallback = "0660",
     .read = read_mode,
     .shape = "octal",
     .description = "Permission bits of a unix socket."},
    {.name = "tls",
     .type = CONFIG_FIELD_ENUM,
     .offset = AT(config_listener, tls),
     .choices = listener_tls,
     .description = "`required`, unless the address is a unix socket"},
    {.name = "certificate_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_listener, certificate_file),
     .description = "Certificate chain, PEM. Read again on reload."},
    {.name = "key_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_listener, key_file),
     .description = "Private key, PEM."},
    {.name = "target",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_listener, target),
     .description = "The one target behind this listener; without it the user name says which."},
    {.name = "server_version",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_listener, server_version),
     .description = "What the greeting says; by default the target's where `target` is given."},
};
static const struct config_table listener_table = {"listener",
                                                   "Where clients connect.",
                                                   listener_fields,
                                                   ARRAY_LEN(listener_fields),
                                                   sizeof(struct config_listener),
                                                   check_listener};

/* ---- target ---- */

static void check_password(struct config_reader *reader, struct config_position at, struct str file,
                           struct str env)
{
    if (file.len > 0 && env.len > 0)
        config_problem(reader->problems, at, NULL,
                       "`password_file` and `password_env` exclude each other");
}

static void check_credential(struct config_reader *reader, void *object)
{
    struct config_credential *c = object;

    check_password(reader, c->at, c->password_file, c->password_env);
}

static void check_account(struct config_reader *reader, void *object)
{
    struct config_account *a = object;

    check_password(reader, a->at, a->password_file, a->password_env);
}

static const struct config_field credential_fields[] = {
    {.name = "user",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_credential, user),
     .description = "Account on the target."},
    {.name = "password_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_credential, password_file),
     .description = "File whose first line is the password."},
    {.name = "password_env",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_credential, password_env),
     .description = "Variable of the supervisor's environment with the password."},
    COMMON_PASSWORD,
};
static const struct config_table credential_table = {
    "credential",
    "How the gateway logs in at a target. With neither file nor variable the "
    "account has no password. Only the keeper process ever holds it.",
    credential_fields,
    ARRAY_LEN(credential_fields),
    sizeof(struct config_credential),
    check_credential};

static const struct config_field account_fields[] = {
    {.name = "group",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_account, group),
     .required = true,
     .description = "Group of the token."},
    {.name = "user",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_account, user),
     .required = true,
     .description = "Account on the target."},
    {.name = "password_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_account, password_file),
     .description = "File whose first line is the password."},
    {.name = "password_env",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_account, password_env),
     .description = "Variable of the supervisor's environment with the password."},
    COMMON_PASSWORD,
};
static const struct config_table account_table = {
    "account",
    "An account of its own for a group; the first that fits is used.",
    account_fields,
    ARRAY_LEN(account_fields),
    sizeof(struct config_account),
    check_account};

static const struct config_field role_fields[] = {
    {.name = "group",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_role, group),
     .required = true,
     .description = "Group of the token."},
    {.name = "role",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_role, role),
     .required = true,
     .description = "Role to set with `SET ROLE`; `NAME` or `NAME@HOST`."},
};
static const struct config_table role_table = {
    "role",
    "A database role for a group; the first that fits is set.",
    role_fields,
    ARRAY_LEN(role_fields),
    sizeof(struct config_role),
    NULL};

static void check_target(struct config_reader *reader, void *object)
{
    struct config_target *t = object;
    bool local = t->socket.len > 0 || config_host_is_loopback(t->host);

    if ((t->host.len > 0) == (t->socket.len > 0))
        config_problem(reader->problems, t->at, NULL,
                       "target `%.*s` needs `host` or `socket`, and not both", STR_ARG(t->name));
    if (t->socket.len > 107)
        config_problem(reader->problems, t->at, NULL,
                       "the path of a unix socket has 1 to 107 bytes");
    if (t->tls == CONFIG_TARGET_TLS_INVALID)
        t->tls = t->socket.len > 0 ? CONFIG_TARGET_TLS_OFF : CONFIG_TARGET_TLS_VERIFY_IDENTITY;
    if (t->tls == CONFIG_TARGET_TLS_OFF && !local && !t->insecure)
        config_problem(reader->problems, t->at,
                       "`tls: verify-identity` with `ca_file`; or, knowing what it means, "
                       "`insecure: true`",
                       "`tls: off` to `%.*s` sends everything in the clear", STR_ARG(t->host));
    if (str_find_char(t->name, '+') >= 0)
        config_problem(reader->problems, t->at, NULL,
                       "a target's name can't have a `+`: user names are `role+target`");
}

static const struct config_choice target_kinds[] = {{"mysql", CONFIG_TARGET_MYSQL, NULL},
                                                    {"mariadb", CONFIG_TARGET_MARIADB, NULL},
                                                    {NULL, 0, NULL}};
static const struct config_choice target_tls[] = {
    {"verify-identity", CONFIG_TARGET_TLS_VERIFY_IDENTITY, "certificate chain and name"},
    {"verify-ca", CONFIG_TARGET_TLS_VERIFY_CA, "certificate chain only"},
    {"unverified", CONFIG_TARGET_TLS_UNVERIFIED, "encrypted, to whoever answers"},
    {"off", CONFIG_TARGET_TLS_OFF, "clear text"},
    {NULL, 0, NULL}};

static const struct config_field target_fields[] = {
    {.name = "name",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_target, name),
     .required = true,
     .description = "Unique; what clients give as user name."},
    {.name = "kind",
     .type = CONFIG_FIELD_ENUM,
     .offset = AT(config_target, kind),
     .required = true,
     .choices = target_kinds,
     .description = "Which server it is."},
    {.name = "version",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_target, version),
     .description = "Such as `8.4.3`; by default asked of the server."},
    {.name = "host",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_target, host),
     .description = "Name or address."},
    {.name = "port",
     .type = CONFIG_FIELD_INT,
     .offset = AT(config_target, port),
     .fallback = "3306",
     .min = 1,
     .max = 65535,
     .description = "TCP port."},
    {.name = "socket",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_target, socket),
     .description = "Unix socket instead of host and port."},
    {.name = "tls",
     .type = CONFIG_FIELD_ENUM,
     .offset = AT(config_target, tls),
     .choices = target_tls,
     .description = "`verify-identity`, unless it is a unix socket"},
    {.name = "ca_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_target, ca_file),
     .description = "Certificates to trust, PEM; by default the system's."},
    {.name = "server_name",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_target, server_name),
     .description = "Name expected in the certificate; by default `host`."},
    {.name = "public_key_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_target, public_key_file),
     .description = "The server's RSA public key, PEM, for `caching_sha2_password` without TLS."},
    {.name = "insecure",
     .type = CONFIG_FIELD_BOOL,
     .offset = AT(config_target, insecure),
     .description = "Allows `tls: off` over a network."},
    {.name = "credential",
     .type = CONFIG_FIELD_OBJECT,
     .offset = AT(config_target, credential),
     .table = &credential_table,
     .description = "The account for everyone without one of their "
                    "own."},
    {.name = "accounts",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(config_target, accounts),
     .table = &account_table,
     .description = "Accounts by group."},
    {.name = "roles",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(config_target, roles),
     .table = &role_table,
     .description = "`SET ROLE` by group; a policy's `role` comes first."},
    {.name = "labels",
     .type = CONFIG_FIELD_LABELS,
     .offset = AT(config_target, labels),
     .description = "What policies select by, such as `{app: shop, env: production}`."},
    {.name = "connect_timeout",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_target, connect_ms),
     .fallback = "10s",
     .min = 100,
     .max = 600000,
     .description = "From dialling to logged in."},
    COMMON_PASSWORD,
};
static const struct config_table target_table = {"target",
                                                 "A MySQL or MariaDB server.",
                                                 target_fields,
                                                 ARRAY_LEN(target_fields),
                                                 sizeof(struct config_target),
                                                 check_target};

/* ---- issuer ---- */

static void check_rule(struct config_reader *reader, void *object)
{
    struct config_claim_rule *r = object;

    if ((r->equals.len > 0) + (r->matches.len > 0) + (r->one_of.count > 0) != 1)
        config_problem(reader->problems, r->at, NULL,
                       "a rule on claim `%.*s` needs exactly one of `equals`, `matches`, `one_of`",
                       STR_ARG(r->claim));
}

static const struct config_field rule_fields[] = {
    {.name = "claim",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_claim_rule, claim),
     .required = true,
     .description = "Path of the claim; parts joined by dots, a part with dots in double quotes."},
    {.name = "equals",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_claim_rule, equals),
     .description = "The exact value."},
    {.name = "matches",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_claim_rule, matches),
     .description = "A pattern with `*` and `?`."},
    {.name = "one_of",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(config_claim_rule, one_of),
     .description = "One of these values."},
};
static const struct config_table rule_table = {
    "claim rule",           "What every token of the issuer must say.", rule_fields,
    ARRAY_LEN(rule_fields), sizeof(struct config_claim_rule),           check_rule};

static bool algorithm_known(struct str name)
{
    static const char *const known[] = {"RS256", "RS384", "RS512", "PS256", "PS384",  "PS512",
                                        "ES256", "ES384", "ES512", "EdDSA", "Ed25519"};

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_equal(name, str_of(known[i])))
            return true;
    return false;
}

static void check_url(struct config_reader *reader, struct config_position at, const char *field,
                      struct str url)
{
    struct str rest;

    if (url.len == 0 || str_starts(url, STR("https://")))
        return;
    if (str_starts(url, STR("http://"))) {
        rest = str_slice(url, 7, url.len);
        ptrdiff_t end = str_find_char(rest, '/');
        if (end >= 0)
            rest = str_slice(rest, 0, (size_t)end);
        if (!str_starts(rest, STR("[")) && str_find_char(rest, ':') >= 0)
            rest = str_slice(rest, 0, (size_t)str_find_char(rest, ':'));
        if (config_host_is_loopback(rest) || str_starts(rest, STR("[::1]")))
            return;
    }
    config_problem(reader->problems, at, NULL,
                   "`%s` must begin with `https://` (`http://` is for loopback addresses only)",
                   field);
}

static void check_issuer(struct config_reader *reader, void *object)
{
    struct config_issuer *issuer = object;

    for (size_t i = 0; i < issuer->algorithms.count; i++)
        if (!algorithm_known(issuer->algorithms.items[i]))
            config_problem(reader->problems, issuer->at,
                           "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA; `none` "
                           "and HS* are never accepted",
                           "algorithm `%.*s`", STR_ARG(issuer->algorithms.items[i]));
    if (issuer->jwks_file.len > 0 && issuer->jwks_url.len > 0)
        config_problem(reader->problems, issuer->at, NULL,
                       "`jwks_file` and `jwks_url` exclude each other");
    if (issuer->jwks_file.len == 0)
        check_url(reader, issuer->at, issuer->jwks_url.len > 0 ? "jwks_url" : "url",
                  issuer->jwks_url.len > 0 ? issuer->jwks_url : issuer->url);
}

static const struct config_field issuer_fields[] = {
    {.name = "name",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_issuer, name),
     .required = true,
     .description = "Unique; in records and policies."},
    {.name = "url",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_issuer, url),
     .required = true,
     .description = "The `iss` claim, exactly."},
    {.name = "audiences",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(config_issuer, audiences),
     .required = true,
     .min = 1,
     .max = 100,
     .hint = "the name that tokens meant for this gateway carry in `aud`",
     .description = "One of them must be in `aud`."},
    {.name = "algorithms",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(config_issuer, algorithms),
     .fallback = "RS256 PS256 ES256 EdDSA Ed25519",
     .min = 1,
     .max = 20,
     .description = "Accepted signatures; `none` and HMAC never are."},
    {.name = "jwks_url",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_issuer, jwks_url),
     .description = "Where the keys are; by default found by OIDC discovery."},
    {.name = "jwks_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_issuer, jwks_file),
     .description = "Keys from a file instead."},
    {.name = "ca_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_issuer, ca_file),
     .description = "Certificates to trust for the issuer, PEM; by default the system's."},
    {.name = "required_claims",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(config_issuer, required_claims),
     .description = "Claims that must be there."},
    {.name = "rules",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(config_issuer, rules),
     .table = &rule_table,
     .description = "What claims must say, as for workload tokens of "
                    "Kubernetes, GitHub or GitLab."},
    {.name = "subject_claim",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_issuer, subject_claim),
     .fallback = "sub",
     .description = "Path of the claim that is the subject."},
    {.name = "name_claim",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_issuer, name_claim),
     .fallback = "preferred_username",
     .description = "Path of a name for people; the subject where it is missing."},
    {.name = "groups_claim",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_issuer, groups_claim),
     .fallback = "groups",
     .description = "Path of the groups: a string, a list, or nested."},
    {.name = "default_groups",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(config_issuer, default_groups),
     .description = "Groups that every identity of this issuer has besides."},
    {.name = "clock_skew",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_issuer, clock_skew_ms),
     .fallback = "30s",
     .min = 0,
     .max = 300000,
     .description = "Tolerance for expiry and not-before."},
    {.name = "token_age",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_issuer, token_age_ms),
     .fallback = "0",
     .min = 0,
     .max = 30LL * 86400000,
     .description = "Oldest `iat` accepted; 0: any."},
    {.name = "refresh",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_issuer, refresh_ms),
     .fallback = "10m",
     .min = 1000,
     .max = 86400000,
     .description = "How often the keys are fetched; an unknown key id fetches at once, at most "
                    "every 10 seconds."},
    {.name = "grace",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_issuer, grace_ms),
     .fallback = "0",
     .min = 0,
     .max = 86400000,
     .description = "How long a session lives on after its token's expiry."},
};
static const struct config_table issuer_table = {"issuer",
                                                 "Whose tokens are believed.",
                                                 issuer_fields,
                                                 ARRAY_LEN(issuer_fields),
                                                 sizeof(struct config_issuer),
                                                 check_issuer};

/* ---- control ---- */

static void check_control(struct config_reader *reader, void *object)
{
    struct config_control *c = object;

    if (c->listen.len == 0)
        return;
    c->enabled = true;
    if (!config_address_parse(c->listen, &c->host, &c->port))
        config_problem(reader->problems, c->at, "`127.0.0.1:8443`", "`%.*s` is no address",
                       STR_ARG(c->listen));
    if (c->certificate_file.len == 0 || c->key_file.len == 0)
        config_problem(reader->problems, c->at, "the API is HTTPS only",
                       "control has no `certificate_file` and `key_file`");
}

static const struct config_field control_fields[] = {
    {.name = "listen",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config_control, listen),
     .description = "`HOST:PORT` of the HTTPS API; without it there is none, and nothing can be "
                    "approved."},
    {.name = "certificate_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_control, certificate_file),
     .description = "Certificate chain, PEM."},
    {.name = "key_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_control, key_file),
     .description = "Private key, PEM."},
    {.name = "viewer_groups",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(config_control, viewer_groups),
     .description = "May look."},
    {.name = "approver_groups",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(config_control, approver_groups),
     .description = "May look and answer requests (of those, a rule's own groups may answer)."},
    {.name = "admin_groups",
     .type = CONFIG_FIELD_STRINGS,
     .offset = AT(config_control, admin_groups),
     .description = "May do everything but approve."},
    {.name = "login_time",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_control, login_ms),
     .fallback = "15m",
     .min = 10000,
     .max = 86400000,
     .description = "Longest life of an issued login."},
    {.name = "approval_time",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_control, approval_ms),
     .fallback = "24h",
     .min = 1000,
     .max = 30LL * 86400000,
     .description = "How long a request waits for an answer."},
    {.name = "requests_per_minute",
     .type = CONFIG_FIELD_INT,
     .offset = AT(config_control, requests_per_minute),
     .fallback = "600",
     .min = 1,
     .max = 1000000,
     .description = "Of one client address."},
    {.name = "metrics_open",
     .type = CONFIG_FIELD_BOOL,
     .offset = AT(config_control, metrics_open),
     .description = "`/metrics` without a token."},
};
static const struct config_table control_table = {"control",
                                                  "The HTTPS API.",
                                                  control_fields,
                                                  ARRAY_LEN(control_fields),
                                                  sizeof(struct config_control),
                                                  check_control};

/* ---- audit ---- */

static const struct config_choice durabilities[] = {
    {"sync", CONFIG_DURABILITY_SYNC, "a statement's record is on disk before it runs"},
    {"async", CONFIG_DURABILITY_ASYNC,
     "it is handed to the recorder before the statement runs and on disk soon after"},
    {NULL, 0, NULL}};

static const struct config_field audit_fields[] = {
    {.name = "directory",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_audit, directory),
     .required = true,
     .description = "Where the segments are."},
    {.name = "durability",
     .type = CONFIG_FIELD_ENUM,
     .offset = AT(config_audit, durability),
     .fallback = "sync",
     .choices = durabilities,
     .description = "When a record counts as kept"},
    {.name = "key_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config_audit, key_file),
     .description = "Ed25519 private key that signs the segments, PEM; by default `audit.pem` in "
                    "the data directory, made when it is not there."},
    {.name = "segment_size",
     .type = CONFIG_FIELD_SIZE,
     .offset = AT(config_audit, segment_bytes),
     .fallback = "64MiB",
     .min = 65536,
     .max = 16LL << 30,
     .description = "A segment is closed when it is this large."},
    {.name = "segment_time",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_audit, segment_ms),
     .fallback = "1h",
     .min = 1000,
     .max = 30LL * 86400000,
     .description = "A segment is closed when it is this old."},
    {.name = "ring",
     .type = CONFIG_FIELD_SIZE,
     .offset = AT(config_audit, ring_bytes),
     .fallback = "8MiB",
     .min = 4 << 20,
     .max = 1 << 30,
     .description = "Shared memory between each worker and the recorder; a power of two."},
    {.name = "flush_time",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_audit, flush_ms),
     .fallback = "200ms",
     .min = 1,
     .max = 60000,
     .description = "With `async`, the longest that a record is not on disk."},
};

static void check_audit(struct config_reader *reader, void *object)
{
    struct config_audit *a = object;

    if ((a->ring_bytes & (a->ring_bytes - 1)) != 0)
        config_problem(reader->problems, a->at, "`8MiB`", "`ring` must be a power of two");
}

static const struct config_table audit_table = {"audit",
                                                "The record of everything.",
                                                audit_fields,
                                                ARRAY_LEN(audit_fields),
                                                sizeof(struct config_audit),
                                                check_audit};

/* ---- limits ---- */

static const struct config_field limit_fields[] = {
    {.name = "sessions",
     .type = CONFIG_FIELD_INT,
     .offset = AT(config_limits, sessions),
     .fallback = "10000",
     .min = 1,
     .max = 1000000,
     .description = "In the whole gateway."},
    {.name = "sessions_per_identity",
     .type = CONFIG_FIELD_INT,
     .offset = AT(config_limits, sessions_per_identity),
     .fallback = "100",
     .min = 1,
     .max = 1000000,
     .description = "Of one identity; each worker counts by itself."},
    {.name = "packet",
     .type = CONFIG_FIELD_SIZE,
     .offset = AT(config_limits, packet_bytes),
     .fallback = "16MiB",
     .min = 1024,
     .max = (int64_t)LIMIT_PACKET,
     .description = "One command of a client."},
    {.name = "statements",
     .type = CONFIG_FIELD_INT,
     .offset = AT(config_limits, statements),
     .fallback = "256",
     .min = 1,
     .max = LIMIT_STATEMENTS,
     .description = "Prepared statements in one session."},
    {.name = "rows",
     .type = CONFIG_FIELD_INT,
     .offset = AT(config_limits, rows),
     .fallback = "0",
     .min = 0,
     .max = INT64_MAX,
     .description = "Of one result; 0: no limit. Policies may be "
                    "stricter."},
    {.name = "result",
     .type = CONFIG_FIELD_SIZE,
     .offset = AT(config_limits, result_bytes),
     .fallback = "0",
     .min = 0,
     .max = INT64_MAX,
     .description = "Bytes of one result; 0: no limit."},
    {.name = "statement_time",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_limits, statement_ms),
     .fallback = "5m",
     .min = 0,
     .max = 7LL * 86400000,
     .description = "One statement's run; 0: no limit."},
    {.name = "idle_time",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_limits, idle_ms),
     .fallback = "30m",
     .min = 1000,
     .max = 7LL * 86400000,
     .description = "A session without a command."},
    {.name = "transaction_time",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_limits, transaction_ms),
     .fallback = "5m",
     .min = 1000,
     .max = 7LL * 86400000,
     .description = "A session without a command inside a transaction."},
    {.name = "handshake_time",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_limits, handshake_ms),
     .fallback = "15s",
     .min = 100,
     .max = 600000,
     .description = "From accepted to logged in."},
    {.name = "session_time",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_limits, session_ms),
     .fallback = "0",
     .min = 0,
     .max = 30LL * 86400000,
     .description = "A session in all; 0: as long as its token."},
    {.name = "catalog_age",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_limits, catalog_ms),
     .fallback = "60s",
     .min = 100,
     .max = 86400000,
     .description = "Oldest catalog that is decided by."},
    {.name = "drain_time",
     .type = CONFIG_FIELD_DURATION,
     .offset = AT(config_limits, drain_ms),
     .fallback = "30s",
     .min = 0,
     .max = 86400000,
     .description = "How long sessions may go on after SIGTERM."},
    {.name = "failed_logins_per_minute",
     .type = CONFIG_FIELD_INT,
     .offset = AT(config_limits, logins_per_minute),
     .fallback = "60",
     .min = 1,
     .max = 100000,
     .description = "Refused logins of one address before it must wait."},
    {.name = "memory",
     .type = CONFIG_FIELD_SIZE,
     .offset = AT(config_limits, memory_bytes),
     .fallback = "64MiB",
     .min = 1 << 20,
     .max = (int64_t)LIMIT_STATEMENT_ARENA,
     .description = "One statement's analysis."},
};
static const struct config_table limits_table = {
    "limits",
    "Bounds of everything that a client can make grow.",
    limit_fields,
    ARRAY_LEN(limit_fields),
    sizeof(struct config_limits),
    NULL};

/* ---- the whole ---- */

static bool duplicate(const char *objects, size_t size, size_t name_offset, size_t index)
{
    struct str name, other;

    memcpy(&name, objects + index * size + name_offset, sizeof(name));
    for (size_t i = 0; i < index; i++) {
        memcpy(&other, objects + i * size + name_offset, sizeof(other));
        if (str_equal(name, other))
            return true;
    }
    return false;
}

static void check_root(struct config_reader *reader, void *object)
{
    struct config *c = object;

    if (c->audit.key_file.len == 0) {
        c->audit.key_file =
            arena_printf(reader->arena, "%.*s/audit.pem", STR_ARG(c->data_directory));
        c->audit.key_made = true;
    }
    for (size_t i = 0; i < c->listener_count; i++) {
        const struct config_listener *l = &c->listeners[i];
        if (duplicate((const char *)c->listeners, sizeof(*l), AT(config_listener, name), i))
            config_problem(reader->problems, l->at, NULL, "listener `%.*s` stands here twice",
                           STR_ARG(l->name));
        if (l->target.len > 0 && config_target_index(c, l->target) < 0)
            config_problem(reader->problems, l->at, NULL, "there is no target `%.*s`",
                           STR_ARG(l->target));
    }
    for (size_t i = 0; i < c->target_count; i++)
        if (duplicate((const char *)c->targets, sizeof(*c->targets), AT(config_target, name), i))
            config_problem(reader->problems, c->targets[i].at, NULL,
                           "target `%.*s` stands here twice", STR_ARG(c->targets[i].name));
    for (size_t i = 0; i < c->issuer_count; i++) {
        const struct config_issuer *issuer = &c->issuers[i];
        if (duplicate((const char *)c->issuers, sizeof(*issuer), AT(config_issuer, name), i) ||
            duplicate((const char *)c->issuers, sizeof(*issuer), AT(config_issuer, url), i))
            config_problem(reader->problems, issuer->at, NULL,
                           "issuer `%.*s` or its url stands here twice", STR_ARG(issuer->name));
    }
}

static const struct config_choice log_levels[] = {{"debug", 1, NULL},
                                                  {"info", 2, NULL},
                                                  {"warning", 3, NULL},
                                                  {"error", 4, NULL},
                                                  {NULL, 0, NULL}};

static bool read_log_level(struct config_reader *reader, const struct config_node *node, void *slot)
{
    const struct config_field field = {
        .name = "log_level", .type = CONFIG_FIELD_ENUM, .choices = log_levels};
    int level;

    if (!config_field_read(reader, &field, node, &level))
        return false;
    memcpy(slot, &node->text, sizeof(node->text));
    return true;
}

static const struct config_field root_fields[] = {
    {.name = "listeners",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(config, listeners),
     .required = true,
     .min = 1,
     .max = 100,
     .table = &listener_table,
     .description = "Where clients connect."},
    {.name = "targets",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(config, targets),
     .required = true,
     .min = 1,
     .max = 10000,
     .table = &target_table,
     .description = "The servers behind the gateway."},
    {.name = "issuers",
     .type = CONFIG_FIELD_LIST,
     .offset = AT(config, issuers),
     .required = true,
     .min = 1,
     .max = 100,
     .table = &issuer_table,
     .description = "Whose tokens are believed."},
    {.name = "policies",
     .type = CONFIG_FIELD_PATHS,
     .offset = AT(config, policies),
     .description = "Policy and classification files; names may have `*` and `?`. None: "
                    "everything is denied."},
    {.name = "pseudonym_key_file",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config, pseudonym_key_file),
     .description = "32 or more random bytes; needed where a mask is `pseudonym`."},
    {.name = "control",
     .type = CONFIG_FIELD_OBJECT,
     .offset = AT(config, control),
     .table = &control_table,
     .description = "The HTTPS API."},
    {.name = "audit",
     .type = CONFIG_FIELD_OBJECT,
     .offset = AT(config, audit),
     .required = true,
     .table = &audit_table,
     .description = "The record of everything."},
    {.name = "limits",
     .type = CONFIG_FIELD_OBJECT,
     .offset = AT(config, limits),
     .table = &limits_table,
     .description = "Bounds."},
    {.name = "data_directory",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config, data_directory),
     .required = true,
     .description = "The store and what else must survive."},
    {.name = "zoneinfo_directory",
     .type = CONFIG_FIELD_PATH,
     .offset = AT(config, zoneinfo_directory),
     .fallback = "/usr/share/zoneinfo",
     .description = "Time zones (TZif) for policies' windows."},
    {.name = "workers",
     .type = CONFIG_FIELD_INT,
     .offset = AT(config, workers),
     .fallback = "0",
     .min = 0,
     .max = 256,
     .description = "Worker processes; 0: one for each core."},
    {.name = "user",
     .type = CONFIG_FIELD_STRING,
     .offset = AT(config, user),
     .description = "Account to run as when started as root."},
    {.name = "log_level",
     .type = CONFIG_FIELD_CUSTOM,
     .offset = AT(config, log_level),
     .fallback = "info",
     .read = read_log_level,
     .shape = "`debug`, `info`, `warning`, `error`",
     .description = "What goes to standard error."},
    COMMON_PASSWORD,
};
const struct config_table config_root_table = {"configuration",       "The top of the file.",
                                               root_fields,           ARRAY_LEN(root_fields),
                                               sizeof(struct config), check_root};

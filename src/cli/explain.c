/* SPDX-License-Identifier: Apache-2.0
 *
 * cardea explain: what a statement touches, what policy says of it and which line decides.
 */
#include "base/clock.h"
#include "cli/explain_print.h"
#include "cli/offline.h"
#include <getopt.h>
#include <stdio.h>

int cli_explain(int argc, char **argv);

#define MANY 64

struct explain_options {
    const char *policies[MANY];
    size_t policy_count;
    struct str groups[MANY];
    size_t group_count;
    struct config_label labels[MANY];
    size_t label_count;
    const char *catalog, *claims, *server, *time;
    struct str issuer, subject, target, schema;
    bool json, approved;
    struct str sql;
};

static const char usage[] =
    "usage: cardea explain [OPTION...] [STATEMENT]\n"
    "\n"
    "Analyses a statement offline and tells what policy says of it and why. Without STATEMENT it\n"
    "is read from standard input.\n"
    "\n"
    "  --policy FILE      policies and classification; several times for several files\n"
    "  --catalog FILE     the schemas: CREATE statements (.sql) or a catalog (.json)\n"
    "  --server KIND[-VERSION]  mysql-8.4.3, mariadb-10.11.6 (default: mysql)\n"
    "  --schema NAME      the current schema\n"
    "  --target NAME      the target's name (default: target)\n"
    "  --label NAME=VALUE a label of the target; several times\n"
    "  --group GROUP      a group of the identity; several times\n"
    "  --subject TEXT     its subject\n"
    "  --issuer NAME      its issuer's name\n"
    "  --claims FILE      its token's claims, JSON; `groups` and `sub` are taken from there, too\n"
    "  --time TIME        2026-11-23T10:00:00Z (default: now)\n"
    "  --approved         as if an approval were held\n"
    "  --zoneinfo DIR     time zones (default: /usr/share/zoneinfo)\n"
    "  --json             one JSON document\n"
    "\n"
    "Exit status: 0 allowed or masked, 3 approval needed, 4 denied, 1 on errors.\n";

static bool add_label(struct explain_options *options, const char *text)
{
    struct config_label *label = &options->labels[options->label_count];

    if (options->label_count >= MANY || !str_split(str_of(text), '=', &label->name, &label->value))
        return false;
    options->label_count++;
    return true;
}

enum {
    OPTION_POLICY = 256,
    OPTION_CATALOG,
    OPTION_SERVER,
    OPTION_SCHEMA,
    OPTION_TARGET,
    OPTION_LABEL,
    OPTION_GROUP,
    OPTION_SUBJECT,
    OPTION_ISSUER,
    OPTION_CLAIMS,
    OPTION_TIME,
    OPTION_APPROVED,
    OPTION_ZONEINFO,
    OPTION_JSON,
    OPTION_HELP
};

static const struct option long_options[] = {{"policy", required_argument, NULL, OPTION_POLICY},
                                             {"catalog", required_argument, NULL, OPTION_CATALOG},
                                             {"server", required_argument, NULL, OPTION_SERVER},
                                             {"schema", required_argument, NULL, OPTION_SCHEMA},
                                             {"target", required_argument, NULL, OPTION_TARGET},
                                             {"label", required_argument, NULL, OPTION_LABEL},
                                             {"group", required_argument, NULL, OPTION_GROUP},
                                             {"subject", required_argument, NULL, OPTION_SUBJECT},
                                             {"issuer", required_argument, NULL, OPTION_ISSUER},
                                             {"claims", required_argument, NULL, OPTION_CLAIMS},
                                             {"time", required_argument, NULL, OPTION_TIME},
                                             {"approved", no_argument, NULL, OPTION_APPROVED},
                                             {"zoneinfo", required_argument, NULL, OPTION_ZONEINFO},
                                             {"json", no_argument, NULL, OPTION_JSON},
                                             {"help", no_argument, NULL, OPTION_HELP},
                                             {NULL, 0, NULL, 0}};

/* False when the command is over; *ret_status is then its status. */
static bool parse_options(int argc, char **argv, struct explain_options *options, struct offline *o,
                          int *ret_status)
{
    int c;

    *ret_status = 2;
    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        bool good = true;
        switch (c) {
        case OPTION_POLICY:
            good = options->policy_count < MANY;
            if (good)
                options->policies[options->policy_count++] = optarg;
            break;
        case OPTION_GROUP:
            good = options->group_count < MANY;
            if (good)
                options->groups[options->group_count++] = str_of(optarg);
            break;
        case OPTION_LABEL:
            good = add_label(options, optarg);
            break;
        case OPTION_CATALOG:
            options->catalog = optarg;
            break;
        case OPTION_SERVER:
            options->server = optarg;
            break;
        case OPTION_SCHEMA:
            options->schema = str_of(optarg);
            break;
        case OPTION_TARGET:
            options->target = str_of(optarg);
            break;
        case OPTION_SUBJECT:
            options->subject = str_of(optarg);
            break;
        case OPTION_ISSUER:
            options->issuer = str_of(optarg);
            break;
        case OPTION_CLAIMS:
            options->claims = optarg;
            break;
        case OPTION_TIME:
            options->time = optarg;
            break;
        case OPTION_APPROVED:
            options->approved = true;
            break;
        case OPTION_ZONEINFO:
            o->zoneinfo = optarg;
            break;
        case OPTION_JSON:
            options->json = true;
            break;
        case OPTION_HELP:
            fputs(usage, stdout);
            *ret_status = 0;
            return false;
        default:
            return false;
        }
        if (!good) {
            fprintf(stderr, "cardea: `%s` can't be taken\n", optarg);
            return false;
        }
    }
    if (options->catalog == NULL || options->policy_count == 0 || argc - optind > 1) {
        fputs(usage, stderr);
        return false;
    }
    if (optind < argc)
        options->sql = str_of(argv[optind]);
    return true;
}

static bool server_of(const char *text, struct sql_context *ret)
{
    struct str kind = str_of(text != NULL ? text : "mysql"), version = STR_NONE;
    struct sql_context given;

    str_split(kind, '-', &kind, &version);
    *ret = (struct sql_context){.charset = SQL_CHARSET_UTF8, .several = true};
    if (str_equal(kind, STR("mysql"))) {
        ret->family = SQL_MYSQL;
        ret->version = 80403;
    } else if (str_equal(kind, STR("mariadb"))) {
        ret->family = SQL_MARIADB;
        ret->version = 101106;
    } else {
        fprintf(stderr, "cardea: --server is mysql or mariadb, and a version\n");
        return false;
    }
    if (version.len == 0)
        return true;
    if (!sql_version_parse(version, &given)) {
        fprintf(stderr, "cardea: `%.*s` is no version\n", STR_ARG(version));
        return false;
    }
    ret->version = given.version;
    return true;
}

static bool add_group(struct explain_options *options, const json_t *value)
{
    if (!json_is_string(value) || options->group_count >= MANY)
        return false;
    options->groups[options->group_count++] =
        str_make(json_string_value(value), json_string_length(value));
    return true;
}

/* Subject and groups of the claims, unless options say otherwise. */
static json_t *load_claims(struct offline *o, struct explain_options *options)
{
    json_error_t error;
    struct str text;

    if (!offline_read(o, options->claims, &text))
        return NULL;
    json_t *claims = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(claims)) {
        fprintf(stderr, "cardea: %s: %s\n", options->claims,
                claims == NULL ? error.text : "not an object");
        json_decref(claims);
        return NULL;
    }
    const json_t *groups = json_object_get(claims, "groups"), *sub = json_object_get(claims, "sub");
    if (options->group_count == 0 && json_is_string(groups))
        add_group(options, groups);
    for (size_t i = 0, n = options->group_count; n == 0 && i < json_array_size(groups); i++)
        add_group(options, json_array_get(groups, i));
    if (options->subject.len == 0 && json_is_string(sub))
        options->subject = str_make(json_string_value(sub), json_string_length(sub));
    return claims;
}

static bool read_statement(struct offline *o, struct explain_options *options)
{
    return options->sql.len > 0 || offline_read(o, "/dev/stdin", &options->sql);
}

static int status_of(enum policy_verdict verdict)
{
    switch (verdict) {
    case POLICY_ALLOW:
    case POLICY_MASK:
        return 0;
    case POLICY_APPROVE:
        return 3;
    case POLICY_DENY:
        break;
    }
    return 4;
}

static int print_all(struct offline *o, const struct explain_options *options,
                     const struct policy_scope *scope, const struct sql_context *sql,
                     const struct catalog *catalog, int64_t now_us)
{
    const struct lineage_context lineage = {.catalog = catalog, .schema = options->schema};
    size_t count = 0;
    const struct policy_explained *all = NULL;
    struct buf out;

    if (scope != NULL)
        all = policy_explain(scope, sql, &lineage, options->sql, now_us, options->approved,
                             &o->arena, &count);
    if (all == NULL) {
        fprintf(stderr, "cardea: out of memory\n");
        return 1;
    }
    buf_init(&out, (size_t)64 << 20);
    if (options->json)
        explain_print_json(all, count, &out);
    else
        explain_print_text(all, count, &o->arena, &out);
    fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
    return status_of(policy_explained_strictest(all, count)->decision.verdict);
}

static int explain(struct offline *o, struct explain_options *options, json_t *claims)
{
    int64_t now_us = clock_realtime_us();
    struct sql_context sql;
    int status = 1;

    if (options->time != NULL && !policy_time_parse(str_of(options->time), &now_us)) {
        fprintf(stderr, "cardea: --time is like 2026-11-23T10:00:00Z\n");
        return 2;
    }
    if (!server_of(options->server, &sql) || !read_statement(o, options))
        return 1;
    struct policy_set *set = offline_policies(o, options->policies, options->policy_count);
    struct catalog *catalog = set != NULL ? offline_catalog(o, options->catalog, &sql) : NULL;
    if (catalog != NULL) {
        const struct config_labels labels = {options->labels, options->label_count};
        const struct policy_identity identity = {options->issuer, options->subject, options->groups,
                                                 options->group_count, claims};
        const struct policy_target target = {options->target, &labels};
        status = print_all(o, options, policy_scope_make(set, &identity, &target, &o->arena), &sql,
                           catalog, now_us);
    }
    catalog_unref(catalog);
    policy_set_unref(set);
    return status;
}

int cli_explain(int argc, char **argv)
{
    struct explain_options options = {.target = STR_INIT("target")};
    json_t *claims = NULL;
    struct offline o;
    int status;

    offline_init(&o);
    if (parse_options(argc, argv, &options, &o, &status)) {
        if (options.claims != NULL)
            claims = load_claims(&o, &options);
        status = options.claims != NULL && claims == NULL ? 1 : explain(&o, &options, claims);
    }
    json_decref(claims);
    offline_release(&o);
    return status;
}

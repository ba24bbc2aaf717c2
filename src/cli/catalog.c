/* SPDX-License-Identifier: Apache-2.0
 *
 * cardea catalog dump: what a server's schemas hold, read with the queries that the gateway itself
 * uses and written as the JSON that `--catalog` takes. Nothing is printed unless all of it is there.
 */
#include "base/limits.h"
#include "base/secret.h"
#include "catalog/json.h"
#include "cli/server.h"
#include "cli/trust.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

int cli_catalog_dump(int argc, char **argv);

#define PASSWORD_MAX ((size_t)16 << 10)

static const char usage[] =
    "usage: cardea catalog dump --user NAME [OPTION...]\n"
    "\n"
    "Reads from a database server what its schemas hold (tables, columns, keys, views, routines,\n"
    "triggers) and writes it to standard output as JSON, for --catalog of cardea analyze and\n"
    "cardea explain. What the account may not see is not there.\n"
    "\n"
    "  --host NAME         default: MYSQL_HOST, else 127.0.0.1\n"
    "  --port N            default: MYSQL_TCP_PORT, else 3306\n"
    "  --socket PATH       a unix socket instead\n"
    "  --user NAME         the account\n"
    "  --password-file F   its password; a newline at the end does not count; - is standard input\n"
    "  --tls MODE          verify-identity (default), verify-ca, unverified or off (default on a\n"
    "                      unix socket)\n"
    "  --ca F              certificates to trust, PEM (default: the system's); also --tls-ca\n"
    "  --server-name N     name that the server's certificate carries; default: the host\n"
    "  --public-key-file F the server's RSA key, PEM, for passwords without TLS\n"
    "  --insecure          allows --tls off to another host\n";

enum tls_choice { TLS_CHOICE_DEFAULT = 0, TLS_CHOICE_IDENTITY, TLS_CHOICE_CA, TLS_CHOICE_UNVERIFIED,
                  TLS_CHOICE_OFF };

struct dump_options {
    struct server_options server;
    const char *password_file, *ca_file, *public_key_file;
    enum tls_choice tls;
    bool help;
};

static bool tls_choice_read(const char *text, enum tls_choice *ret)
{
    static const char *const names[] = {"", "verify-identity", "verify-ca", "unverified", "off"};
    for (size_t i = TLS_CHOICE_IDENTITY; i < ARRAY_LEN(names); i++) {
        if (str_equal(str_of(text), str_of(names[i]))) {
            *ret = (enum tls_choice)i;
            return true;
        }
    }
    fprintf(stderr, "cardea catalog dump: --tls is verify-identity, verify-ca, unverified or off\n");
    return false;
}

static bool option_take(struct dump_options *o, int c)
{
    switch (c) {
    case 'h':
        o->server.host = optarg;
        return true;
    case 'P':
        o->server.port = optarg;
        return true;
    case 's':
        o->server.socket = optarg;
        return true;
    case 'u':
        o->server.user = optarg;
        return true;
    case 'f':
        o->password_file = optarg;
        return true;
    case 't':
        return tls_choice_read(optarg, &o->tls);
    case 'c':
        o->ca_file = optarg;
        return true;
    case 'n':
        o->server.server_name = optarg;
        return true;
    case 'k':
        o->public_key_file = optarg;
        return true;
    case 'i':
        o->server.insecure = true;
        return true;
    default:
        return false;
    }
}

static bool options_read(int argc, char **argv, struct dump_options *o)
{
    static const struct option longs[] = {
        {"host", required_argument, NULL, 'h'},
        {"port", required_argument, NULL, 'P'},
        {"socket", required_argument, NULL, 's'},
        {"user", required_argument, NULL, 'u'},
        {"password-file", required_argument, NULL, 'f'},
        {"tls", required_argument, NULL, 't'},
        {"ca", required_argument, NULL, 'c'},
        {"tls-ca", required_argument, NULL, 'c'},
        {"server-name", required_argument, NULL, 'n'},
        {"public-key-file", required_argument, NULL, 'k'},
        {"insecure", no_argument, NULL, 'i'},
        {"help", no_argument, NULL, 1},
        {0},
    };
    const char *host = getenv("MYSQL_HOST"), *port = getenv("MYSQL_TCP_PORT");
    int c;
    *o = (struct dump_options){
        .server = {.host = host && *host ? host : "127.0.0.1",
                   .port = port && *port ? port : "3306"}};
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (c == 1)
            o->help = true;
        else if (c == '?' || !option_take(o, c))
            return false;
    }
    if (o->tls == TLS_CHOICE_DEFAULT)
        o->tls = o->server.socket ? TLS_CHOICE_OFF : TLS_CHOICE_IDENTITY;
    if (!o->server.server_name)
        o->server.server_name = o->server.host;
    return o->help || (o->server.user && optind == argc);
}

/* ---- what the connection needs ---- */

static bool complain(const char *what)
{
    fprintf(stderr, "cardea catalog dump: %s\n", what);
    return false;
}

static bool password_read(const char *file, struct secret *ret)
{
    struct buf text;
    if (!file)
        return true;
    buf_init(&text, PASSWORD_MAX);
    bool ok = trust_file_read(str_equal(str_of(file), STR("-")) ? "/dev/stdin" : file, &text);
    struct str password = buf_str(&text);
    while (password.len > 0 && (password.ptr[password.len - 1] == '\n' ||
                                password.ptr[password.len - 1] == '\r'))
        password.len--;
    ok = ok && password.len > 0 && secret_set(ret, password.ptr, password.len);
    buf_release_secret(&text);
    return ok ? true : complain("the password file can't be read or is empty");
}

static bool tls_make(struct dump_options *o)
{
    static const enum tls_verify verify[] = {[TLS_CHOICE_IDENTITY] = TLS_VERIFY_FULL,
                                             [TLS_CHOICE_CA] = TLS_VERIFY_CA,
                                             [TLS_CHOICE_UNVERIFIED] = TLS_VERIFY_NONE};
    char problem[300] = "";
    if (o->tls == TLS_CHOICE_OFF)
        return true;
    o->server.verified = o->tls != TLS_CHOICE_UNVERIFIED;
    o->server.tls = trust_context(verify[o->tls], o->ca_file, problem, sizeof problem);
    return o->server.tls ? true : complain(problem);
}

/* ---- reading ---- */

struct reading {
    struct catalog_builder *builder;
    struct catalog_server server;
    enum catalog_query query;
    bool mariadb;
};

static bool on_row(void *owner, const struct str *values, size_t count)
{
    struct reading *r = owner;
    if (r->query != CATALOG_QUERY_SERVER)
        return catalog_builder_row(r->builder, r->query, values, count);
    if (r->builder || !catalog_server_row(values, count, &r->server))
        return false;
    r->builder = catalog_builder_new(r->server.mariadb, r->server.version,
                                     r->server.lower_case_table_names);
    return r->builder != NULL;
}

/* The builder is r->builder's owner until catalog_build. */
static struct catalog *read_all(struct server *server)
{
    struct reading r = {.query = CATALOG_QUERY_SERVER};
    bool ok = true;
    for (size_t q = 0; ok && q < CATALOG_QUERY_COUNT; q++) {
        r.query = (enum catalog_query)q;
        struct str sql = catalog_query_text(r.query, r.server.mariadb, r.server.version);
        if (sql.len == 0)
            continue;
        enum server_outcome outcome = server_query(server, sql, on_row, &r);
        ok = outcome == SERVER_DONE ||
             (outcome == SERVER_REFUSED && catalog_query_optional(r.query));
        if (!ok || !r.builder) {
            fprintf(stderr, "cardea catalog dump: query %zu: %s\n", q,
                    server->problem[0] ? server->problem : "the server does not say what it is");
            ok = false;
        }
    }
    if (!ok) {
        catalog_builder_free(r.builder);
        return NULL;
    }
    struct catalog *catalog = catalog_build(r.builder);
    if (!catalog)
        complain("the catalog is not consistent or too large");
    return catalog;
}

static bool print(const struct catalog *catalog)
{
    struct buf out;
    buf_init(&out, LIMIT_CATALOG_ARENA * 2);
    catalog_json_dump(catalog, &out);
    buf_put_u8(&out, '\n');
    bool ok = !out.failed && fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    buf_release(&out);
    return ok ? true : complain("it can't be written");
}

static bool dump(const struct dump_options *o)
{
    struct server server;
    struct catalog *catalog = NULL;
    if (server_open(&server, &o->server))
        catalog = read_all(&server);
    else
        fprintf(stderr, "cardea catalog dump: %s: %s\n",
                o->server.socket ? o->server.socket : o->server.host, server.problem);
    server_close(&server);
    bool ok = catalog && print(catalog);
    catalog_unref(catalog);
    return ok;
}

int cli_catalog_dump(int argc, char **argv)
{
    struct dump_options o;
    struct secret password = {0};
    struct buf key;
    if (!options_read(argc, argv, &o) || o.help) {
        fputs(usage, o.help ? stdout : stderr);
        return o.help ? 0 : 2;
    }
    secret_protect_process();
    buf_init(&key, 65536);
    bool ok = password_read(o.password_file, &password) && tls_make(&o);
    if (ok && o.public_key_file)
        ok = trust_file_read(o.public_key_file, &key) ||
             complain("the public key file can't be read");
    o.server.password = str_make((const char *)password.bytes, password.len);
    o.server.public_key = buf_str(&key);
    ok = ok && dump(&o);
    secret_release(&password);
    buf_release(&key);
    tls_context_free(o.server.tls);
    return ok ? 0 : 1;
}

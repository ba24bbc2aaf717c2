/* SPDX-License-Identifier: Apache-2.0
 *
 * cardea login: fetches a token of the identity provider, for the gateway and its API.
 *
 *   device flow          a person confirms in a browser, on any device (RFC 8628)
 *   client credentials   a job has an id and a secret
 *   from a file          the platform writes the token: Kubernetes, CI
 */
#include "base/clock.h"
#include "base/limits.h"
#include "cli/http.h"
#include "cli/token.h"
#include "identity/jwt.h"
#include <getopt.h>
#include <unistd.h>

int cli_login(int argc, char **argv);

#define FORM_MAX     ((size_t)64 << 10)
#define INTERVAL_S   5 /* RFC 8628 section 3.5: when the issuer names none */
#define SLOW_DOWN_S  5 /* and by how much to slow down */
#define DEVICE_MAX_S 1800

static const char usage[] =
    "usage: cardea login --issuer URL --client-id ID [OPTION...]      confirm in a browser\n"
    "       cardea login --issuer URL --client-id ID --client-secret-file FILE [OPTION...]\n"
    "       cardea login --from-file FILE                             a token that others write\n"
    "       cardea login --print | --forget\n"
    "\n"
    "  --issuer URL              the identity provider (CARDEA_ISSUER)\n"
    "  --client-id ID            (CARDEA_CLIENT_ID)\n"
    "  --client-secret-file F    client credentials; its first line is the secret\n"
    "  --scope 'A B'             default: openid\n"
    "  --audience A, --resource R  whom the token is for, as the provider calls it\n"
    "  --id-token                use the ID token rather than the access token\n"
    "  --ca F                    certificates to trust for the provider, PEM\n"
    "  --token-file F            where the token is kept (CARDEA_TOKEN_FILE;\n"
    "                            default ~/.local/state/cardea/token)\n"
    "  --print                   print a fresh token to standard output\n"
    "  --forget                  remove what is kept\n";

struct options {
    const char *issuer, *client_id, *client_secret_file, *scope, *audience, *resource, *ca_file;
    const char *token_file, *from_file;
    bool id_token, print, forget, help;
};

static bool options_read(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"issuer", required_argument, NULL, 'i'},
        {"client-id", required_argument, NULL, 'c'},
        {"client-secret-file", required_argument, NULL, 's'},
        {"scope", required_argument, NULL, 'S'},
        {"audience", required_argument, NULL, 'a'},
        {"resource", required_argument, NULL, 'r'},
        {"ca", required_argument, NULL, 'C'},
        {"ca-file", required_argument, NULL, 'C'},
        {"token-file", required_argument, NULL, 't'},
        {"from-file", required_argument, NULL, 'f'},
        {"id-token", no_argument, NULL, 'd'},
        {"print", no_argument, NULL, 'p'},
        {"forget", no_argument, NULL, 'F'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    const char **slots[128] = {
        ['i'] = &o->issuer,  ['c'] = &o->client_id,  ['s'] = &o->client_secret_file,
        ['S'] = &o->scope,   ['a'] = &o->audience,   ['r'] = &o->resource,
        ['C'] = &o->ca_file, ['t'] = &o->token_file, ['f'] = &o->from_file};
    bool *flags[128] = {
        ['d'] = &o->id_token, ['p'] = &o->print, ['F'] = &o->forget, ['h'] = &o->help};
    int c;
    *o = (struct options){.issuer = getenv("CARDEA_ISSUER"),
                          .client_id = getenv("CARDEA_CLIENT_ID")};
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (c <= 0 || c >= 128 || (!slots[c] && !flags[c]))
            return false;
        if (slots[c])
            *slots[c] = optarg;
        else
            *flags[c] = true;
    }
    return optind == argc;
}

static char *copy(const char *text)
{
    return text && *text ? strdup(text) : NULL;
}

/* A relative path would mean something else in another folder. */
static char *copy_path(const char *path)
{
    char *full = NULL, *folder;
    if (!path || !*path || *path == '/')
        return copy(path);
    folder = getcwd(NULL, 0);
    if (!folder || asprintf(&full, "%s/%s", folder, path) < 0)
        full = NULL;
    free(folder);
    return full;
}

/* ---- device flow ---- */

static void shown(const char *label, struct str text)
{
    fprintf(stderr, "%s", label);
    for (size_t i = 0; i < text.len; i++)
        fputc(text.ptr[i] > 0x20 && text.ptr[i] < 0x7F ? text.ptr[i] : '?', stderr);
    fputc('\n', stderr);
}

static json_t *device_ask(struct token_login *login, char *problem, size_t size)
{
    struct buf form;
    struct cli_http_response response = {0};
    json_t *answer = NULL;
    buf_init(&form, FORM_MAX);
    cli_form_put(&form, "client_id", str_of(login->client_id));
    cli_form_put(&form, "scope", str_of(login->scope ? login->scope : "openid"));
    if (login->audience)
        cli_form_put(&form, "audience", str_of(login->audience));
    if (login->resource)
        cli_form_put(&form, "resource", str_of(login->resource));
    struct cli_http_request request = {.method = "POST",
                                       .url = login->device_endpoint,
                                       .body = buf_str(&form),
                                       .content_type = "application/x-www-form-urlencoded",
                                       .ca_file = login->ca_file};
    if (cli_http(&request, &response, problem, size)) {
        answer = jwt_json_read(buf_str(&response.body), LIMIT_JWKS);
        if (response.status != 200 || jwt_json_str(answer, "device_code").len == 0 ||
            jwt_json_str(answer, "user_code").len == 0) {
            snprintf(problem, size, "the issuer refused the device flow (status %ld)",
                     response.status);
            json_decref(answer);
            answer = NULL;
        }
    }
    cli_http_response_release(&response);
    buf_release_secret(&form);
    return answer;
}

static bool device_poll(struct token_login *login, struct str device_code, int64_t interval_s,
                        int64_t lasts_s, struct secret *ret_token, char *problem, size_t size)
{
    int64_t end = clock_realtime_s() + lasts_s;
    char code[64];
    while (clock_realtime_s() < end) {
        struct buf form;
        (void)sleep((unsigned)interval_s);
        buf_init(&form, FORM_MAX);
        cli_form_put(&form, "grant_type", STR("urn:ietf:params:oauth:grant-type:device_code"));
        cli_form_put(&form, "device_code", device_code);
        bool ok = token_request(login, &form, ret_token, code, sizeof code, problem, size);
        buf_release_secret(&form);
        if (ok)
            return true;
        if (strcmp(code, "slow_down") == 0)
            interval_s += SLOW_DOWN_S;
        else if (strcmp(code, "authorization_pending") != 0)
            return false;
    }
    snprintf(problem, size, "nobody confirmed in time");
    return false;
}

static int64_t bounded(const json_t *value, int64_t otherwise, int64_t min, int64_t max)
{
    int64_t n = json_is_integer(value) ? json_integer_value(value) : otherwise;
    return n < min ? min : n > max ? max : n;
}

static bool login_by_device(struct token_login *login, struct secret *ret_token, char *problem,
                            size_t size)
{
    if (!token_discover(login, problem, size))
        return false;
    if (!login->device_endpoint) {
        snprintf(problem, size, "%s has no device flow; use --client-secret-file or --from-file",
                 login->issuer);
        return false;
    }
    json_t *answer = device_ask(login, problem, size);
    if (!answer)
        return false;
    struct str complete = jwt_json_str(answer, "verification_uri_complete");
    shown("To log in, open   ", jwt_json_str(answer, "verification_uri"));
    shown("and enter         ", jwt_json_str(answer, "user_code"));
    if (complete.len > 0)
        shown("or open           ", complete);
    bool ok = device_poll(login, jwt_json_str(answer, "device_code"),
                          bounded(json_object_get(answer, "interval"), INTERVAL_S, 1, 60),
                          bounded(json_object_get(answer, "expires_in"), 600, 1, DEVICE_MAX_S),
                          ret_token, problem, size);
    json_decref(answer);
    return ok;
}

/* ---- the command ---- */

/* Who the token says that one is; the gateway is who verifies it. */
static void success_show(const struct secret *token, const char *file)
{
    struct arena arena;
    struct jwt jwt;
    char until[CLOCK_TEXT_SIZE];
    arena_init(&arena, (size_t)1 << 20);
    (void)!jwt_parse(str_make(token->bytes, token->len), &arena, &jwt);
    int64_t expires_at = token_expiry(str_make(token->bytes, token->len));
    clock_format_us(expires_at * 1000000, until);
    shown("subject           ", jwt_json_str(jwt.payload, "sub"));
    fprintf(stderr, "token             %s, until %.19sZ\n", file, until);
    jwt_release(&jwt);
    arena_release(&arena);
}

static bool login_run(const struct options *o, const char *file, struct secret *ret_token,
                      char *problem, size_t size)
{
    struct token_login login = {
        .file = strdup(file),
        .issuer = copy(o->issuer),
        .client_id = copy(o->client_id),
        .client_secret_file = copy_path(o->client_secret_file),
        .scope = copy(o->scope),
        .audience = copy(o->audience),
        .resource = copy(o->resource),
        .ca_file = copy_path(o->ca_file),
        .from_file = copy_path(o->from_file),
        .id_token = o->id_token,
    };
    bool ok = login.from_file || login.client_secret_file
                  ? token_renew(&login, ret_token, problem, size)
                  : login_by_device(&login, ret_token, problem, size);
    ok = ok && token_store(&login, str_make(ret_token->bytes, ret_token->len), problem, size);
    token_login_release(&login);
    return ok;
}

static int login_forget(const char *file)
{
    static const char *const suffixes[] = {"", ".json", ".lock"};
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        char *path = NULL;
        if (asprintf(&path, "%s%s", file, suffixes[i]) >= 0)
            (void)unlink(path);
        free(path);
    }
    return 0;
}

int cli_login(int argc, char **argv)
{
    struct options o;
    struct secret token = {0};
    int64_t expires_at;
    char problem[1024] = "";
    if (!options_read(argc, argv, &o) || o.help) {
        fputs(usage, o.help ? stdout : stderr);
        return o.help ? 0 : 2;
    }
    char *file = token_path(o.token_file);
    if (!file) {
        fprintf(stderr, "cardea login: no home folder: say --token-file\n");
        return 1;
    }
    bool ok = false, fresh = o.issuer || o.from_file;
    if (o.forget) {
        int status = login_forget(file);
        free(file);
        return status;
    }
    secret_protect_process();
    /* --print gives what is there while it is good; anything else is a new login. */
    if (o.print)
        ok = token_get(o.token_file, &token, &expires_at, problem, sizeof problem);
    if (!ok && fresh && !o.from_file && (!o.client_id || !*o.client_id)) {
        snprintf(problem, sizeof problem, "--client-id is missing");
    } else if (!ok && fresh) {
        ok = login_run(&o, file, &token, problem, sizeof problem);
        if (ok && !o.print)
            success_show(&token, file);
    } else if (!ok && !o.print) {
        snprintf(problem, sizeof problem, "--issuer or --from-file is missing; see --help");
    }
    if (ok && o.print)
        printf("%.*s\n", (int)token.len, (const char *)token.bytes);
    if (!ok)
        fprintf(stderr, "cardea login: %s\n", problem);
    secret_release(&token);
    free(file);
    return ok ? 0 : 1;
}

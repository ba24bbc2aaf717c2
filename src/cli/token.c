/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/token.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cli/http.h"
#include "identity/jwt.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_MAX ((size_t)64 << 10)

/* ---- paths and files ---- */

static char *text_make(const char *format, ...) PRINTF_LIKE(1, 2);

static char *text_make(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    return n < 0 ? NULL : text;
}

char *token_path(const char *given)
{
    const char *file = given ? given : getenv("CARDEA_TOKEN_FILE");
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (file && *file)
        return text_make("%s", file);
    if (state && *state == '/')
        return text_make("%s/cardea/token", state);
    return home && *home ? text_make("%s/.local/state/cardea/token", home) : NULL;
}

/* The folders above a file, for their owner alone where they are made. */
static void folders_make(const char *file)
{
    char *path = strdup(file);
    for (char *at = path ? path + 1 : NULL; at && (at = strchr(at, '/')); at++) {
        *at = '\0';
        (void)mkdir(path, 0700); /* when it fails, opening the file says why */
        *at = '/';
    }
    free(path);
}

/* Whole or not at all: written beside and moved. */
static bool file_put(const char *file, struct str bytes, char *problem, size_t problem_size)
{
    char *beside = text_make("%s.%d.new", file, (int)getpid());
    folders_make(file);
    if (beside)
        (void)unlink(beside);
    int fd = beside ? open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    size_t done = 0;
    bool ok = fd >= 0;
    while (ok && done < bytes.len) {
        ssize_t n = write(fd, bytes.ptr + done, bytes.len - done);
        if (n > 0)
            done += (size_t)n;
        else
            ok = n < 0 && errno == EINTR;
    }
    ok = ok && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    ok = ok && rename(beside, file) == 0;
    if (!ok) {
        snprintf(problem, problem_size, "%s can't be written: %s", file, strerror(errno));
        if (beside && fd >= 0)
            (void)unlink(beside);
    }
    free(beside);
    return ok;
}

/* Blanks at both ends are taken off: tokens are often written by echo. */
static bool file_get(const char *file, size_t max, struct secret *ret_bytes, char *problem,
                     size_t problem_size)
{
    char *bytes = malloc(max + 1);
    int fd = bytes ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    size_t len = 0;
    ssize_t n = fd >= 0 ? 1 : -1;
    while (n > 0 && len <= max) {
        n = read(fd, bytes + len, max + 1 - len);
        len += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    struct str text = str_trim(str_make(bytes, len));
    bool ok = n >= 0 && len <= max && text.len > 0 && secret_set(ret_bytes, text.ptr, text.len);
    if (!ok)
        snprintf(problem, problem_size, "%s: %s", file,
                 n < 0       ? strerror(errno)
                 : len > max ? "too large"
                             : "empty");
    if (bytes)
        explicit_bzero(bytes, max + 1);
    free(bytes);
    return ok;
}

/* ---- tokens ---- */

static bool token_is_jwt(struct str token)
{
    struct str a, b, c;
    return str_split(token, '.', &a, &b) && str_split(b, '.', &b, &c) &&
           str_find_char(c, '.') < 0 && a.len > 0 && b.len > 0;
}

int64_t token_expiry(struct str token)
{
    struct arena arena;
    struct jwt jwt;
    int64_t expires_at = 0;
    arena_init(&arena, (size_t)1 << 20);
    (void)!jwt_parse(token, &arena, &jwt);
    if (jwt.payload)
        expires_at = (int64_t)json_number_value(json_object_get(jwt.payload, "exp"));
    jwt_release(&jwt);
    arena_release(&arena);
    return expires_at;
}

/* ---- what is kept of a login ---- */

/* The members of FILE.json that are plain texts. */
#define LOGIN_TEXTS(TEXT)                                                                          \
    TEXT(issuer)                                                                                   \
    TEXT(token_endpoint)                                                                           \
    TEXT(device_endpoint)                                                                          \
    TEXT(client_id)                                                                                \
    TEXT(client_secret_file)                                                                       \
    TEXT(scope)                                                                                    \
    TEXT(audience)                                                                                 \
    TEXT(resource)                                                                                 \
    TEXT(ca_file)                                                                                  \
    TEXT(from_file)

void token_login_release(struct token_login *login)
{
#define TEXT(name) free(login->name);
    LOGIN_TEXTS(TEXT)
#undef TEXT
    free(login->file);
    secret_release(&login->refresh_token);
    *login = (struct token_login){0};
}

bool token_login_load(const char *file, struct token_login *ret_login)
{
    struct token_login login = {.file = strdup(file)};
    struct secret text = {0};
    char *path = text_make("%s.json", file);
    char problem[256];
    json_t *object = NULL;
    if (path && login.file && file_get(path, STATE_MAX, &text, problem, sizeof problem))
        object = jwt_json_read(str_make(text.bytes, text.len), STATE_MAX);
    if (json_is_object(object)) {
        const char *value;
#define TEXT(name)                                                                                 \
    value = json_string_value(json_object_get(object, #name));                                     \
    login.name = value ? strdup(value) : NULL;
        LOGIN_TEXTS(TEXT)
#undef TEXT
        login.id_token = json_is_true(json_object_get(object, "id_token"));
        struct str refresh = jwt_json_str(object, "refresh_token");
        if (refresh.len > 0 && !secret_set(&login.refresh_token, refresh.ptr, refresh.len))
            refresh = STR_NONE;
    }
    bool ok = json_is_object(object);
    json_decref(object);
    secret_release(&text);
    free(path);
    if (ok)
        *ret_login = login;
    else
        token_login_release(&login);
    return ok;
}

bool token_store(const struct token_login *login, struct str token, char *problem,
                 size_t problem_size)
{
    json_t *object = json_object();
    char *path = text_make("%s.json", login->file);
#define TEXT(name)                                                                                 \
    if (login->name)                                                                               \
        json_object_set_new(object, #name, json_string(login->name));
    LOGIN_TEXTS(TEXT)
#undef TEXT
    json_object_set_new(object, "id_token", json_boolean(login->id_token));
    if (login->refresh_token.len > 0)
        json_object_set_new(
            object, "refresh_token",
            json_stringn((const char *)login->refresh_token.bytes, login->refresh_token.len));
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_SORT_KEYS);
    /* The state first: a token without its successor is worth less than the other way round. */
    bool ok = path && text && file_put(path, str_of(text), problem, problem_size) &&
              file_put(login->file, token, problem, problem_size);
    if (!path || !text)
        snprintf(problem, problem_size, "out of memory");
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
    free(path);
    json_decref(object);
    return ok;
}

/* ---- the issuer ---- */

static bool endpoint_take(const json_t *document, const char *name, char **slot)
{
    const char *value = json_string_value(json_object_get(document, name));
    if (!value)
        return false;
    free(*slot);
    *slot = strdup(value);
    return *slot != NULL;
}

bool token_discover(struct token_login *login, char *problem, size_t problem_size)
{
    size_t len = strlen(login->issuer);
    while (len > 0 && login->issuer[len - 1] == '/')
        len--;
    char *url = text_make("%.*s/.well-known/openid-configuration", (int)len, login->issuer);
    struct cli_http_request request = {.method = "GET", .url = url, .ca_file = login->ca_file};
    struct cli_http_response response = {0};
    bool ok = url && cli_http(&request, &response, problem, problem_size);
    json_t *document = ok ? jwt_json_read(buf_str(&response.body), LIMIT_JWKS) : NULL;
    if (ok && (response.status != 200 || !json_is_object(document))) {
        snprintf(problem, problem_size, "%s: no OpenID configuration (status %ld)", url,
                 response.status);
        ok = false;
    }
    /* OpenID Connect Discovery 1.0, section 4.3. */
    if (ok && !str_equal(jwt_json_str(document, "issuer"), str_of(login->issuer))) {
        snprintf(problem, problem_size, "%s speaks for another issuer: %.200s", url,
                 jwt_json_str(document, "issuer").len > 0
                     ? json_string_value(json_object_get(document, "issuer"))
                     : "none");
        ok = false;
    }
    if (ok && !endpoint_take(document, "token_endpoint", &login->token_endpoint)) {
        snprintf(problem, problem_size, "%s names no token endpoint", url);
        ok = false;
    }
    if (ok)
        endpoint_take(document, "device_authorization_endpoint", &login->device_endpoint);
    json_decref(document);
    cli_http_response_release(&response);
    free(url);
    return ok;
}

/* RFC 6749 section 2.3.1: both parts are form-encoded before they go into Basic. */
static char *form_encoded(struct str text)
{
    struct buf out;
    buf_init(&out, STATE_MAX);
    cli_form_put(&out, "", text);
    buf_put_u8(&out, 0);
    char *copy = out.failed ? NULL : strdup(out.data + 1);
    buf_release_secret(&out);
    return copy;
}

/* An access token that is no JWT says nothing to the gateway; the ID token beside it does. */
static bool token_choose(struct token_login *login, const json_t *answer, struct secret *ret_token,
                         char *problem, size_t problem_size)
{
    struct str access = jwt_json_str(answer, "access_token");
    struct str id = jwt_json_str(answer, "id_token");
    struct str token = login->id_token || !token_is_jwt(access) ? id : access;
    struct str refresh = jwt_json_str(answer, "refresh_token");
    if (!token_is_jwt(token)) {
        snprintf(problem, problem_size,
                 "the issuer gave no token that is a JWT; ask for one with --resource, --audience "
                 "or --scope openid");
        return false;
    }
    if (refresh.len > 0 && !secret_set(&login->refresh_token, refresh.ptr, refresh.len))
        return false;
    return secret_set(ret_token, token.ptr, token.len);
}

/* Text of the issuer's on its way to a terminal. */
static void printable_copy(char *out, size_t size, struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len && n + 1 < size; i++)
        out[n++] = text.ptr[i] >= 0x20 && text.ptr[i] < 0x7F ? text.ptr[i] : '?';
    out[n] = '\0';
}

bool token_request(struct token_login *login, struct buf *form, struct secret *ret_token,
                   char *error_code, size_t error_size, char *problem, size_t problem_size)
{
    struct secret secret = {0};
    char *user = NULL, *password = NULL;
    error_code[0] = '\0';
    if (!login->token_endpoint && !token_discover(login, problem, problem_size))
        return false;
    if (login->client_secret_file) {
        if (!file_get(login->client_secret_file, 4096, &secret, problem, problem_size))
            return false;
        user = form_encoded(str_of(login->client_id));
        password = form_encoded(str_make(secret.bytes, secret.len));
    } else {
        cli_form_put(form, "client_id", str_of(login->client_id));
    }
    struct cli_http_request request = {
        .method = "POST",
        .url = login->token_endpoint,
        .body = buf_str(form),
        .content_type = "application/x-www-form-urlencoded",
        .user = user,
        .password = password,
        .ca_file = login->ca_file,
    };
    struct cli_http_response response = {0};
    bool ok = !form->failed && cli_http(&request, &response, problem, problem_size);
    json_t *answer = ok ? jwt_json_read(buf_str(&response.body), LIMIT_JWKS) : NULL;
    if (ok && response.status == 200 && json_is_object(answer)) {
        ok = token_choose(login, answer, ret_token, problem, problem_size);
    } else if (ok) {
        char text[300];
        ok = false;
        printable_copy(error_code, error_size, jwt_json_str(answer, "error"));
        printable_copy(text, sizeof text, jwt_json_str(answer, "error_description"));
        snprintf(problem, problem_size, "the issuer refused: %s%s%s (status %ld)",
                 error_code[0] ? error_code : "no reason given", text[0] ? ", " : "", text,
                 response.status);
    }
    json_decref(answer);
    cli_http_response_release(&response);
    secret_release(&secret);
    if (password)
        explicit_bzero(password, strlen(password));
    free(password);
    free(user);
    return ok;
}

bool token_renew(struct token_login *login, struct secret *ret_token, char *problem,
                 size_t problem_size)
{
    struct buf form;
    char code[64];
    if (login->from_file)
        return file_get(login->from_file, LIMIT_TOKEN, ret_token, problem, problem_size);
    bool refresh = login->refresh_token.len > 0;
    if (!refresh && !login->client_secret_file) {
        snprintf(problem, problem_size, "the token has ended: run cardea login");
        return false;
    }
    buf_init(&form, STATE_MAX);
    if (refresh) {
        cli_form_put(&form, "grant_type", STR("refresh_token"));
        cli_form_put(&form, "refresh_token",
                     str_make(login->refresh_token.bytes, login->refresh_token.len));
    } else {
        cli_form_put(&form, "grant_type", STR("client_credentials"));
        if (login->scope)
            cli_form_put(&form, "scope", str_of(login->scope));
        if (login->audience)
            cli_form_put(&form, "audience", str_of(login->audience));
    }
    if (login->resource)
        cli_form_put(&form, "resource", str_of(login->resource));
    bool ok = token_request(login, &form, ret_token, code, sizeof code, problem, problem_size);
    buf_release_secret(&form);
    return ok;
}

/* ---- for every command ---- */

static bool token_is_fresh(const struct secret *token, int64_t *ret_expires_at)
{
    *ret_expires_at = token_expiry(str_make(token->bytes, token->len));
    return *ret_expires_at > clock_realtime_s() + TOKEN_FRESH_S;
}

/* Under a lock, since a refresh token is often good for one use: whoever comes second finds the
 * token that the first one fetched. */
static bool token_renew_locked(const char *file, struct secret *ret_token, int64_t *ret_expires_at,
                               char *problem, size_t problem_size)
{
    struct token_login login = {0};
    struct secret token = {0};
    char *lock = text_make("%s.lock", file);
    int fd = lock ? open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    bool ok = false;
    if (fd >= 0)
        (void)flock(fd, LOCK_EX);
    if (file_get(file, LIMIT_TOKEN, &token, problem, problem_size) &&
        token_is_fresh(&token, ret_expires_at))
        ok = true;
    else if (!token_login_load(file, &login))
        snprintf(problem, problem_size, "there is no login in %s: run cardea login", file);
    else if (token_renew(&login, &token, problem, problem_size))
        ok = token_store(&login, str_make(token.bytes, token.len), problem, problem_size);
    if (fd >= 0)
        close(fd);
    free(lock);
    token_login_release(&login);
    if (!ok) {
        secret_release(&token);
        return false;
    }
    *ret_expires_at = token_expiry(str_make(token.bytes, token.len));
    secret_release(ret_token);
    *ret_token = token;
    return true;
}

bool token_get(const char *given, struct secret *ret_token, int64_t *ret_expires_at, char *problem,
               size_t problem_size)
{
    const char *direct = given ? NULL : getenv("CARDEA_TOKEN");
    struct secret token = {0};
    if (direct && *direct) {
        struct str text = str_trim(str_of(direct));
        *ret_expires_at = token_expiry(text);
        return secret_set(ret_token, text.ptr, text.len);
    }
    char *file = token_path(given);
    if (!file) {
        snprintf(problem, problem_size, "no home folder: say where the token is, --token-file");
        return false;
    }
    bool have = file_get(file, LIMIT_TOKEN, &token, problem, problem_size);
    bool ok = have && token_is_fresh(&token, ret_expires_at);
    if (!ok) {
        struct secret renewed = {0};
        ok = token_renew_locked(file, &renewed, ret_expires_at, problem, problem_size);
        if (ok) {
            secret_release(&token);
            token = renewed;
        } else if (have) {
            /* It may be good for a moment yet, or not be a JWT that says when it ends. */
            *ret_expires_at = token_expiry(str_make(token.bytes, token.len));
            ok = *ret_expires_at == 0 || *ret_expires_at > clock_realtime_s();
        }
    }
    free(file);
    if (!ok) {
        secret_release(&token);
        return false;
    }
    secret_release(ret_token);
    *ret_token = token;
    return true;
}

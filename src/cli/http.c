/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/http.h"
#include <curl/curl.h>
#include <strings.h>

#define TIMEOUT_MS 30000

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct cli_http_response *response = data;
    buf_put(&response->body, bytes, size * count);
    return response->body.failed ? 0 : size * count;
}

/* "Name: value\r\n" of a header that is wanted, into `out`. */
static void header_take(struct str line, const char *name, char *out, size_t size)
{
    struct str head, value;
    if (!str_split(line, ':', &head, &value) || !str_equal_nocase(head, str_of(name)))
        return;
    value = str_trim(value);
    size_t n = value.len < size ? value.len : size - 1;
    memcpy(out, value.ptr, n);
    out[n] = '\0';
}

static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
    struct cli_http_response *response = data;
    struct str line = str_make(bytes, size * count);
    header_take(line, "etag", response->etag, sizeof response->etag);
    header_take(line, "location", response->location, sizeof response->location);
    header_take(line, "content-type", response->content_type, sizeof response->content_type);
    return size * count;
}

/* Tokens travel in clear to nobody but this machine. */
static bool url_is_safe(const char *url)
{
    static const char *const loopback[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
    if (strncasecmp(url, "https://", 8) == 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(loopback); i++) {
        size_t len = strlen(loopback[i]);
        if (strncasecmp(url, loopback[i], len) == 0 &&
            (url[len] == '\0' || url[len] == ':' || url[len] == '/'))
            return true;
    }
    return false;
}

static struct curl_slist *headers_make(const struct cli_http_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");
    if (request->content_type) {
        char line[160];
        snprintf(line, sizeof line, "Content-Type: %s", request->content_type);
        list = curl_slist_append(list, line);
    }
    for (size_t i = 0; request->headers && request->headers[i]; i++)
        list = curl_slist_append(list, request->headers[i]);
    return list;
}

/* The token as libcurl wants it, NUL-terminated; the caller wipes and frees it. */
static char *bearer_set(CURL *curl, struct str bearer)
{
    char *copy = bearer.len > 0 ? calloc(1, bearer.len + 1) : NULL;
    if (!copy)
        return NULL;
    memcpy(copy, bearer.ptr, bearer.len);
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, copy);
    return copy;
}

bool cli_http(const struct cli_http_request *request, struct cli_http_response *response,
              char *problem, size_t problem_size)
{
    char error[CURL_ERROR_SIZE] = "";
    *response = (struct cli_http_response){0};
    buf_init(&response->body, CLI_HTTP_BODY_MAX);
    if (!url_is_safe(request->url)) {
        snprintf(problem, problem_size, "%s: not an https address", request->url);
        return false;
    }
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = headers_make(request);
    if (!curl || !headers) {
        snprintf(problem, problem_size, "out of memory");
        curl_slist_free_all(headers);
        curl_easy_cleanup(curl);
        return false;
    }
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, response);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, response);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "cardea");
    if (request->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
    if (request->user) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, request->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, request->password);
    }
    char *bearer = bearer_set(curl, request->bearer);
    if (request->body.len > 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.ptr);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response->status);
    if (code != CURLE_OK)
        snprintf(problem, problem_size, "%s: %s", request->url,
                 error[0] ? error : curl_easy_strerror(code));
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (bearer)
        explicit_bzero(bearer, request->bearer.len);
    free(bearer);
    return code == CURLE_OK;
}

void cli_http_response_release(struct cli_http_response *response)
{
    buf_release_secret(&response->body);
}

void cli_form_put(struct buf *form, const char *name, struct str value)
{
    static const char hex[] = "0123456789ABCDEF";
    buf_printf(form, "%s%s=", form->len > 0 ? "&" : "", name);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            buf_put_u8(form, c);
        } else {
            buf_put_u8(form, '%');
            buf_put_u8(form, (uint8_t)hex[c >> 4]);
            buf_put_u8(form, (uint8_t)hex[c & 15]);
        }
    }
}

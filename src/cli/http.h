#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * One HTTP request of a command, by libcurl: HTTPS with verification, or plain HTTP to a loopback
 * address. No redirect is followed, since requests carry tokens; proxies are those of the
 * environment. Bodies are wiped when they go.
 */
#include "base/buf.h"
#include "base/secret.h"

#define CLI_HTTP_BODY_MAX ((size_t)16 << 20)

struct cli_http_request {
    const char *method; /* "GET" */
    const char *url;
    struct str body;          /* empty: none */
    const char *content_type; /* of the body */
    struct str bearer;        /* token; empty: none */
    const char *user;         /* with `password`: HTTP Basic; NULL: none. Both are percent-encoded
                                 as RFC 6749 section 2.3.1 says by the caller */
    const char *password;
    const char *ca_file;        /* PEM; NULL: the system's */
    const char *const *headers; /* "Name: value", ends with NULL; may be NULL */
    long timeout_ms;            /* 0: 30 s */
};

struct cli_http_response {
    long status;
    struct buf body;
    char etag[128], location[512], content_type[128]; /* of those headers; NUL-terminated */
};

/* False when no answer came, with the reason in `problem`. Release the response in either case. */
NODISCARD bool cli_http(const struct cli_http_request *request, struct cli_http_response *response,
                        char *problem, size_t problem_size);
void cli_http_response_release(struct cli_http_response *response);
/* Percent-encodes and puts `name=value` of a form, with & before all but the first. */
void cli_form_put(struct buf *form, const char *name, struct str value);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTPS for the API: libevent's server over OpenSSL, TLS 1.2 or newer, HTTP/1.1. Never answers
 * without TLS. Bounded: connections, header and body sizes, the time from one request to the next
 * and the time a request may take to arrive.
 */
#include "base/secret.h"
#include "control/api.h"
#include <event2/event.h>

#define HTTP_REQUEST_S                                                                             \
    30 /* from a connection's start or its last answer to the next whole request */

struct http_server;

/* NULL when out of memory. Serves nothing until it has a certificate and a listener. */
struct http_server *http_server_new(struct event_base *base, struct api *api);
void http_server_free(struct http_server *server);
/* PEM. New connections use them; those that are there go on. False when they are no good: the old
 * ones stay, and ret_error says why. */
bool http_server_set_certificate(struct http_server *server, struct str certificate,
                                 const struct secret *key, char *ret_error, size_t error_size);
/* Takes a listening, non-blocking socket; the one before is closed. */
bool http_server_listen(struct http_server *server, int fd);
/* No new connections. */
void http_server_stop(struct http_server *server);
/* Requests are being answered. */
bool http_server_busy(const struct http_server *server);
size_t http_server_connections(const struct http_server *server);

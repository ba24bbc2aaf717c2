#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP GET for small documents, on the event loop: libcurl's multi interface, driven by libevent.
 * https only, but for loopback hosts, where http will do (a development issuer). TLS is verified
 * against the given CA alone. Redirects are not followed: whoever moves an issuer says so in the
 * configuration. Size and time are bounded.
 */
#include "base/str.h"
#include <event2/event.h>

struct fetcher;

struct fetch_answer {
    bool ok;             /* 200 and whole */
    struct str body;     /* lives for the call */
    int64_t max_age_s;   /* of Cache-Control; -1: not said */
    const char *problem; /* when not ok, for the log */
};

struct fetch_request {
    const char *url;
    struct str ca; /* PEM; empty: the system's */
    size_t max_bytes;
    long timeout_ms;
    void (*done)(void *arg, const struct fetch_answer *answer); /* once, never before the start
                                                                   returns */
    void *arg;
};

/* NULL when out of memory. */
struct fetcher *fetch_new(struct event_base *base);
/* Fetches that are under way end without `done`. */
void fetch_free(struct fetcher *fetcher);
/* False: the address may not be fetched, or out of memory; `done` is not called. */
bool fetch_start(struct fetcher *fetcher, const struct fetch_request *request);
/* https, or http to localhost, 127.0.0.0/8 or [::1]; no user in it, no fragment. */
bool fetch_url_allowed(struct str url);

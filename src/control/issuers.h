#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The issuers' keys: found by OpenID Connect discovery (or at a configured address, or in a file),
 * fetched again from time to time and when a token with an unknown key id comes, and handed on.
 * An issuer that is down changes nothing: the keys that were there stay.
 *
 *              discovery             key set
 *   start ---> GET well-known ---> GET jwks_uri ---> handed on; again after max-age or refresh
 *     ^             | failed            | failed
 *     `-- wait, longer each time <------'
 */
#include "control/fetch.h"

#define ISSUER_FETCH_MS   10000 /* for one document */
#define ISSUER_RETRY_MS   250   /* after the first failure; doubled up to the next */
#define ISSUER_RETRY_MAX  30000
#define ISSUER_AGE_MIN_MS 60000 /* no sooner, whatever max-age says */
#define ISSUER_WANTS      3     /* fetches for unknown key ids at once, */
#define ISSUER_WANT_MS    10000 /* and one more after each of these */

struct issuers;

struct issuer_source {
    struct str name;
    struct str url;      /* the issuer, as in `iss` */
    struct str jwks_url; /* empty: by discovery */
    struct str jwks;     /* the key set itself: nothing is fetched */
    struct str ca;       /* PEM; empty: the system's */
    int64_t refresh_ms;
};

struct issuers_events {
    void *owner;
    /* A key set was read: for the first time, anew (changed or not), or again as it was when the
     * issuer does not answer and someone wanted it. */
    void (*keys)(void *owner, struct str name, struct str jwks);
    /* One try, for the log and the metrics; problem NULL: it went well. */
    void (*tried)(void *owner, struct str name, const char *problem);
};

struct issuers *issuers_new(struct event_base *base, const struct issuers_events *events);
void issuers_free(struct issuers *issuers);
/* Swaps the list; sources are copied. Those whose source is unchanged go on with what they have. */
bool issuers_configure(struct issuers *issuers, const struct issuer_source *sources, size_t count);
/* A token with a key id that is not in the set. Fetches when it may. */
void issuers_want(struct issuers *issuers, struct str name);
/* Hands on all that is there: to a keeper that starts anew. */
void issuers_repeat(struct issuers *issuers);
/* How many have keys, of how many. */
size_t issuers_with_keys(const struct issuers *issuers, size_t *ret_count);

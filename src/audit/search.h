#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a log's records, newest last: for `cardea audit tail` and `search`. Doesn't verify.
 */
#include "base/str.h"

/* Each that is set must hold. Strings compare exactly unless said otherwise. */
struct audit_filter {
    struct str subject;  /* identity's subject or name; '*' and '?' are wildcards */
    struct str group;
    struct str target;
    struct str decision;
    struct str code;     /* wildcards */
    struct str kind;
    struct str session;  /* 16 hexadecimal digits */
    struct str text;     /* the statement contains it, letters of either case */
    struct str since, until; /* RFC 3339 in UTC, compared as text; `until` is not included */
};

struct json_t;
/* Does the line (without newline) match? Lines that are not JSON don't. `*ret_record` may be NULL;
 * else it gets the decoded line (jansson), for the caller to release. */
bool audit_filter_matches(const struct audit_filter *filter, struct str line,
                          struct json_t **ret_record);

struct audit_search {
    struct audit_filter filter;
    uint64_t last; /* only the last so many matches; 0: all */
    /* Called with each matching line, in order; false ends the search. */
    bool (*found)(void *owner, struct str line, struct json_t *record);
    void *owner;
};
/* Number of matches handed over, or -errno. */
int64_t audit_search(int folder, const struct audit_search *search);

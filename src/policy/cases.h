#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of policies, kept beside them: statements with what must become of each. A document that
 * begins with `tests:`; the loader of policies passes over it.
 */
#include "policy/explain.h"

struct policy_case_identity {
    struct config_position at;
    struct str issuer, subject;
    struct config_strings groups;
    struct config_labels claims; /* texts; a claim that is a list can't be said here */
};

struct policy_case_target {
    struct config_position at;
    struct str name;
    int kind;           /* enum sql_family */
    struct str version; /* `10.11.6`; empty: a recent one */
    struct config_labels labels;
};

struct policy_case {
    struct config_position at;
    struct str sql;
    int expect;                   /* enum policy_verdict plus 1 */
    struct str code;              /* of the refusal; empty: any */
    struct config_strings masked; /* headings of the outputs that are masked; empty: not checked */
    struct str rule;              /* name of the policy that decided; empty: any */
    struct policy_case_identity identity; /* instead of the document's, when it is given */
    int64_t time_us;                      /* 0: the document's */
    bool approved;                        /* as if an approval for it were held */
};

struct policy_cases {
    struct config_position at;
    struct str name;
    struct config_strings policies; /* paths relative to the file */
    struct str catalog;             /* the same: .sql with CREATE statements, or .json */
    struct str schema;              /* the current one; may be empty */
    struct policy_case_target target;
    struct policy_case_identity identity;
    int64_t time_us;
    struct policy_case *cases;
    size_t case_count;
};

/* All `tests:` documents of a file, in the arena. NULL when anything is wrong. */
const struct policy_cases *policy_cases_load(struct str file, struct str text, struct arena *arena,
                                             struct config_problems *problems, size_t *ret_count);
/* The server that the cases speak to. */
struct sql_context policy_cases_server(const struct policy_cases *cases);
/* Runs one. True when all is as expected; else *ret_why says what is not. */
bool policy_case_run(const struct policy_set *set, const struct catalog *catalog,
                     const struct policy_cases *cases, const struct policy_case *one,
                     struct arena *arena, struct str *ret_why);
/* `2026-11-23T10:00:00Z` to microseconds since 1970; false when it is none. */
bool policy_time_parse(struct str text, int64_t *ret_us);
/* Markdown: the fields of the document. */
void policy_cases_reference(struct buf *out);

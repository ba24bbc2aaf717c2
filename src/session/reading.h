#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A reading: a text divided into statements, analysed and decided, for one session's state. It is
 * immutable and counted: the command that runs it, prepared statements and the cache each hold a
 * reference.
 *
 * The cache finds a reading by the shape of a text (its tokens without the literals that can't
 * matter) together with everything else that the decision depends on; keys are compared whole, not
 * by hash alone.
 */
#include "lineage/lineage.h"
#include "policy/policy.h"
#include "sql/print.h"
#include "session/world.h"

struct session;

#define READING_CACHE_ENTRIES 4096
#define READING_CACHE_BYTES   ((size_t)48 << 20)

struct reading_statement {
    const struct sql_statement *sql;
    const struct sql_script *executed; /* EXECUTE: what runs, one statement; else NULL */
    struct analysis analysis;
    struct policy_decision decision;
    bool inband;               /* CALL cardea.…(): neither analysed nor decided */
    struct str digest_hex;     /* for records */
    struct str analysis_json;
    struct str masked_json;
    bool resets_diagnostics;   /* the server clears its warnings when it runs this */
    bool reads_diagnostics;
};

struct reading {
    int references;
    struct arena arena;        /* all of it */
    struct str text;
    struct sql_script script;
    struct reading_statement *statements;
    size_t count;
    struct catalog *catalog;   /* references: the analysis points into them */
    const struct policy_set *policy;
    uint64_t catalog_generation, policy_generation, state_generation, windows;
    bool unknown_names;        /* a table, column or routine that the catalog does not have */
    struct str key;            /* in the cache; empty: not cached */
    struct list lru;           /* oldest first */
};

struct reading_cache;
struct reading_cache *reading_cache_new(void);
void reading_cache_free(struct reading_cache *cache);

/* Reads the text anew. NULL with *fault set (in session.arena) when it can't be understood. One
 * reference is the caller's. */
struct reading *reading_make(struct session *session, struct str text, struct fault *fault);
/* From the cache, or anew. *ret_tokens are those of `text` itself, in session.arena or in the
 * reading. */
struct reading *reading_get(struct session *session, struct str text,
                            const struct sql_text **ret_tokens, struct fault *fault);
struct reading *reading_ref(struct reading *reading);
void reading_unref(struct reading *reading); /* NULL is fine */
/* Nothing that it depends on has changed since. */
bool reading_is_current(const struct session *session, const struct reading *reading);

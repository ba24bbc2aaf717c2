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

/* How a text is read: names without a schema by `schema`, its tokens by the rest. The servers keep
 * for a prepared statement what held when it was prepared. */
struct reading_frame {
    struct str schema;
    uint32_t mode;             /* bits of enum sql_mode_bit */
    enum sql_charset charset;
};

struct reading_statement {
    const struct sql_statement *sql;
    const struct sql_script *executed; /* EXECUTE: what runs, one statement; else NULL */
    struct str schema;         /* the current schema, for it; EXECUTE: for what it runs */
    struct analysis analysis;
    struct policy_decision decision;
    bool inband;               /* CALL cardea.…(): neither analysed nor decided */
    bool nothing;              /* comments alone: allowed, recorded, and never sent */
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
    struct reading_frame frame;
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

/* How the session reads a text now; points into the session. */
struct reading_frame reading_frame_now(const struct session *session);
/* A text that was prepared in `frame` can be read as it was then. The servers parse it again when a
 * table has changed, and by the sql_mode of that moment: under another it is refused. */
bool reading_frame_holds(const struct session *session, const struct reading_frame *frame,
                         struct fault *fault);
/* Reads the text anew, in `frame`; NULL: as the session does now. NULL with *fault set (in
 * session.arena) when it can't be understood. One reference is the caller's. */
struct reading *reading_make(struct session *session, struct str text,
                             const struct reading_frame *frame, struct fault *fault);
/* From the cache, or anew. *ret_tokens are those of `text` itself, in session.arena or in the
 * reading. */
struct reading *reading_get(struct session *session, struct str text,
                            const struct sql_text **ret_tokens, struct fault *fault);
struct reading *reading_ref(struct reading *reading);
void reading_unref(struct reading *reading); /* NULL is fine */
/* Nothing that it depends on has changed since. */
bool reading_is_current(const struct session *session, const struct reading *reading);

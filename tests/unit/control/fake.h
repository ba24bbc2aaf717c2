#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * An API whose other processes are played by a few lines: a token is the name of a person, the log
 * takes everything unless it is told not to.
 */
#include "../test.h"
#include "audit/record.h"
#include "base/limits.h"
#include "config/config.h"
#include "control/api.h"
#include "control/route.h"

struct fake {
    struct api api;
    struct approval_service approvals;
    struct store *store;
    struct sight sight;
    struct metrics metrics;
    struct config config;
    struct config_target targets[2];
    int64_t now_us;
    bool log_full, keeper_away;
    unsigned records, changes;
    enum audit_kind last_kind;
    uint64_t killed;
    const char *missing;
    const char *if_none_match;
    char checked[1024]; /* for whom a check was asked */
};

/* One answer, copied out of its call. */
struct fake_answer {
    unsigned count; /* must be 1 */
    unsigned status;
    char text[65536];
    char etag[24];
    char allow[64];
    const char *type;
};

void fake_init(struct fake *fake);
void fake_release(struct fake *fake);
struct fake_answer *fake_call(struct fake *fake, enum api_method method, const char *path,
                              const char *token, const char *body);
/* The request's id. */
const char *fake_ask(struct fake *fake, const char *subject, const char *statement);

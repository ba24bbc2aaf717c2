#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What would be decided: a text read, analysed and decided against a target's catalog as a session
 * of an identity would have it, and nothing run. Assumes what a session of its own has from the
 * server: an empty sql_mode and utf8mb4 are taken, and no approval is held.
 */
#include "session/world.h"

#define CHECK_TEXT_MAX ((size_t)64 << 10)

/* `decisions`: a JSON array, one object for each statement; empty with `problem` set when there is
 * nothing to decide by. */
typedef void check_done_fn(void *arg, struct str decisions, struct str problem);

/* Calls `done` once, now or when the target's catalog has been read. Texts are copied. */
void check_begin(struct session_world *world, struct str identity_json, struct str target,
                 struct str schema, struct str text, check_done_fn *done, void *arg);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A token that stays fresh while a command runs: a thread of its own renews it, so that no
 * connection waits for the identity provider.
 */
#include "base/secret.h"

struct token_keeper;

/* Fetches the token and starts the thread. NULL with a text when there is no token. `given`: the
 * token file, or NULL for the usual one. */
struct token_keeper *token_keeper_start(const char *given, char *problem, size_t problem_size);
void token_keeper_stop(struct token_keeper *keeper);
/* A copy of the token. False when out of memory. */
NODISCARD bool token_keeper_get(struct token_keeper *keeper, struct secret *ret_token);

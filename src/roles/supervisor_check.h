#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether what the named files hold fits together, asked before any role is handed it: PEM that
 * can be read, keys of their certificates, keys of the right kind and length. Read with the same
 * library that will use them.
 */
#include "config/config.h"

/* The content of a file or variable that the configuration names; false when it isn't there. */
typedef bool supervisor_content(void *context, const struct config_file *file,
                                struct str *ret_content);

/* Adds a problem for each thing that is wrong. `arena` for its own needs. */
void supervisor_check(const struct config *config, supervisor_content *content, void *context,
                      struct arena *arena, struct config_problems *problems);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A role tries, inside its own sandbox, what it must not be able to do: the proof behind
 * docs/security.md. `cardea --role=NAME --probe=WHAT` goes through the very same start as the
 * role itself, then tries. Without a value it prints the names of all probes.
 */
#include "ipc/ipc.h"

/* What has to be made before the sandbox stands: a socket to connect with. */
void probe_prepare(void);
/* Tries, and prints "allowed" or the error's name. Gives the exit status: 0 when it was refused,
 * 1 when it was allowed, 2 when there is no such probe. May not return: some end the process. */
int probe_run(const char *what, const char *path);

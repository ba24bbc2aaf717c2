#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The walls around a role: seccomp (which system calls), Landlock (which files, TCP ports and
 * processes), no capabilities, no new privileges, no core dumps, no tracing. They go up before the
 * role reads its first byte and never come down.
 *
 * seccomp is demanded: without it a role does not start. Landlock is used as far as the kernel
 * knows it; what it lacks is logged when the gateway starts, and seccomp alone still keeps worker
 * and keeper from every file, as they may not open any.
 */
#include "ipc/ipc.h"

/* The supervisor's part: no core dumps, no tracing; it keeps the rest, as it has to start the
 * others. */
void sandbox_supervisor(void);
/* `folder`: the one that recorder or control may use; NULL for none. Gives a text that says which
 * walls stand ("seccomp landlock:4"), or NULL with errno set when one that must be can't. */
const char *sandbox_enter(enum role role, const char *folder);

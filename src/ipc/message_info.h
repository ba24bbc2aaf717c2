#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What the table says about a message, for the channel alone.
 */
#include "ipc/ipc.h"

struct ipc_info {
    const char *name;
    unsigned senders, receivers; /* sets: bit N is enum role N */
    size_t max;                  /* bytes of the body */
    bool secret;                 /* buffers that held it are wiped */
};

/* Never NULL; the row of `invalid`, which nobody may send, for anything else. */
const struct ipc_info *ipc_info(enum ipc_type type);
/* Is it the answer of a REQUEST row? */
bool ipc_is_answer(enum ipc_type type);

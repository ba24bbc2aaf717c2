#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Why something was not done, as the control plane says it: one row of problem_table.h.
 */
enum problem {
    PROBLEM_NONE = 0,
#define PROBLEM(name, code, status, title) PROBLEM_##name,
#include "control/problem_table.h"
#undef PROBLEM
    PROBLEM_COUNT
};

struct problem_info {
    const char *code;
    unsigned status;
    const char *title;
};

/* Never NULL; the row of `internal` for what is out of range or NONE. */
const struct problem_info *problem_info(enum problem problem);

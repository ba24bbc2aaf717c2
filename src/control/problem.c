/* SPDX-License-Identifier: Apache-2.0 */
#include "control/problem.h"

static const struct problem_info infos[PROBLEM_COUNT] = {
#define PROBLEM(name, code, status, title) [PROBLEM_##name] = {code, status, title},
#include "control/problem_table.h"
#undef PROBLEM
};

const struct problem_info *problem_info(enum problem problem)
{
    if (problem <= PROBLEM_NONE || problem >= PROBLEM_COUNT)
        return &infos[PROBLEM_internal];
    return &infos[problem];
}

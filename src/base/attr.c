/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"

#include <unistd.h>

static unsigned long failures;

void require_failed(const char *expression, const char *file, int line)
{
    dprintf(STDERR_FILENO, "cardea: %s:%d: requirement failed: %s\n", file, line, expression);
    abort();
}

void check_failed(const char *expression, const char *file, int line)
{
    failures++;
    dprintf(STDERR_FILENO, "cardea: %s:%d: check failed: %s\n", file, line, expression);
}

unsigned long check_failures(void)
{
    return failures;
}

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiler attributes and the three strengths of assertion that the code uses.
 *
 *   REQUIRE(x)       always on; a broken promise between parts of the program. Aborts.
 *   ASSERT(x)        debug builds only.
 *   CHECK_FAILS(x)   true when x does NOT hold; for states that should not happen and from which
 *                    the caller recovers: `if (CHECK_FAILS(n <= max)) return -1;`
 *
 * None of them is ever used on data from a peer: that is an ordinary error path.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define NODISCARD      __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN       __attribute__((noreturn))
#define UNUSED         __attribute__((unused))
#define FALLTHROUGH    __attribute__((fallthrough))
#define ARRAY_LEN(a)   (sizeof(a) / sizeof((a)[0]))

#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)

NORETURN void require_failed(const char *expression, const char *file, int line);
void check_failed(const char *expression, const char *file, int line);
/* How many CHECK_FAILS have fired in this process; a metric, and tests hold it at zero. */
unsigned long check_failures(void);

#define REQUIRE(x) (likely(x) ? (void)0 : require_failed(#x, __FILE__, __LINE__))
#ifdef NDEBUG
#define ASSERT(x) ((void)sizeof(x))
#else
#define ASSERT(x) REQUIRE(x)
#endif
#define CHECK_FAILS(x) (likely(x) ? 0 : (check_failed(#x, __FILE__, __LINE__), 1))

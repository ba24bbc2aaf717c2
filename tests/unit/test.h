#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What every unit test includes: cmocka with its prerequisites, and comparisons of strings that
 * are pointer and length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include <stdio.h>

#define assert_str(actual, expected)                                                               \
    do {                                                                                           \
        struct str assert_a = (actual), assert_e = (expected);                                     \
        if (!str_equal(assert_a, assert_e))                                                        \
            fail_msg("\"%.*s\" is not \"%.*s\"", STR_ARG(assert_a), STR_ARG(assert_e));            \
    } while (0)

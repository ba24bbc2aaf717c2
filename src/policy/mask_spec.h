#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * How a column is to be masked: what classification says, decisions carry and src/mask does.
 */
#include "base/str.h"

/* Strictest first: where several tags meet in one output, the first of their masks is used.
 * MASK(name, "text", keeps something of the value, "meaning") */
#define POLICY_MASK_TABLE(MASK)                                                                    \
    MASK(NULL, "null", false, "always NULL")                                                       \
    MASK(REDACT, "redact", false,                                                                  \
         "a placeholder that is the same whatever the value; NULL is hidden too")                  \
    MASK(DATE, "date", true, "a date or time cut to the year or month")                            \
    MASK(PARTIAL, "partial", true, "the first and last characters, the rest as X")                 \
    MASK(EMAIL, "email", true, "an address with its first letter and domain")                      \
    MASK(PSEUDONYM, "pseudonym", true,                                                             \
         "another value of the same type, always the same one for the same value")

enum policy_mask_kind {
    POLICY_MASK_INVALID = 0,
#define MASK(name, text, keeps, meaning) POLICY_MASK_##name,
    POLICY_MASK_TABLE(MASK)
#undef MASK
        POLICY_MASK_COUNT
};

enum policy_date_unit {
    POLICY_DATE_INVALID = 0,
    POLICY_DATE_YEAR,  /* 1999-01-01 */
    POLICY_DATE_MONTH, /* 1999-12-01 */
    POLICY_DATE_DAY    /* 1999-12-31, without the time */
};

struct policy_mask {
    enum policy_mask_kind kind;
    struct str tag;             /* that brought it; also the domain of pseudonyms: the same value
                                   under the same tag has the same pseudonym everywhere */
    uint32_t first, last;       /* PARTIAL: characters kept; never more than half in all */
    enum policy_date_unit unit; /* DATE */
};

const char *policy_mask_text(enum policy_mask_kind kind);

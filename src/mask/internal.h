#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of src/mask.
 */
#include "mask/mask.h"

/* How a type is masked. */
enum mask_family {
    MASK_FAMILY_OPAQUE = 0, /* bit, geometry, vector, anything unknown: NULL or nothing */
    MASK_FAMILY_TEXT,
    MASK_FAMILY_BINARY,
    MASK_FAMILY_JSON,
    MASK_FAMILY_INTEGER,
    MASK_FAMILY_DECIMAL,
    MASK_FAMILY_FLOAT,
    MASK_FAMILY_DATE, /* date, datetime, timestamp */
    MASK_FAMILY_TIME,
    MASK_FAMILY_YEAR
};

enum mask_family mask_family_of(const struct wire_column *column);

/* A date and time, as both protocols write it. */
struct mask_moment {
    unsigned year, month, day, hour, minute, second;
    uint32_t microsecond;
};

bool mask_moment_read(struct str text, bool binary, struct mask_moment *ret);
/* `decimals`: digits of the fraction in text; `with_time`: the type has a time of day. */
void mask_moment_write(const struct mask_moment *m, bool binary, bool with_time, unsigned decimals,
                       struct buf *out);

/* Puts the pseudonym into `out`. False where the type has none. */
bool mask_pseudonym(const struct policy_mask *mask, const struct wire_column *column, bool binary,
                    struct str value, const struct secret *key, struct buf *out);

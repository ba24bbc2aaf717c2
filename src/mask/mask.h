#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Masks: what leaves in place of a value, for every column type, in text and binary rows. No I/O;
 * the result depends on the value, the mask, the column's type and the key alone.
 *
 *   type \ mask   null  redact        partial         email          pseudonym      date
 *   text          NULL  [masked]      XXXX-XX12       j***@shop.io   p_xxxxxxxx...  as a date, or
 *                                                                                   redact
 *   binary        NULL  [masked]      redact          redact         p_xxxxxxxx...  redact
 *   JSON          NULL  "[masked]"    redact          redact         "p_xxxx..."    redact
 *   integer       NULL  NULL          redact          redact         an integer     redact
 *   decimal, float NULL NULL          redact          redact         a number       redact
 *   date, datetime NULL NULL          redact          redact         a date         cut
 *   time          NULL  NULL          redact          redact         a time         redact
 *   year          NULL  NULL          redact          redact         a year         as it is
 *   bit, geometry, vector NULL NULL   redact          redact         redact         redact
 *
 * `redact` hides NULL as well (a text that is NULL gives the placeholder, too); the masks that
 * keep something of the value give NULL for NULL. A mask that can't be done on a value (an address
 * without `@`) redacts it. Equal values under the same tag have equal pseudonyms in both
 * protocols; equality under a collation that ignores case or accents is not kept.
 */
#include "base/buf.h"
#include "base/secret.h"
#include "policy/mask_spec.h"
#include "wire/result.h"

#define MASK_PLACEHOLDER "[masked]"

/* One value. `binary`: of a binary row, else text, in and out alike. *ret_value points into
 * `scratch` (emptied first), into `value` or at static text. `key`: for pseudonyms; NULL or empty
 * redacts them. */
void mask_value(const struct policy_mask *mask, const struct wire_column *column, bool binary,
                const struct wire_value *value, const struct secret *key, struct buf *scratch,
                struct wire_value *ret_value);

/* What a client is told of a masked column: the same, but it may be NULL and is no key; texts are
 * wide enough for a placeholder. */
void mask_column(const struct policy_mask *mask, struct wire_column *column);

/* Rows of one result. `columns` and `masks` (one each, NULL: as it is) stay the caller's. */
struct mask_rows {
    const struct wire_column *columns;
    const struct policy_mask *const *masks;
    uint32_t count;
    const struct secret *key;
    struct buf scratch;
};

void mask_rows_init(struct mask_rows *rows, const struct wire_column *columns,
                    const struct policy_mask *const *masks, uint32_t count,
                    const struct secret *key);
void mask_rows_release(struct mask_rows *rows);
/* Appends the masked payload of one row to `out`. False when the row is malformed or memory ran
 * out: then nothing of it may be sent. */
bool mask_row_text(struct mask_rows *rows, struct str payload, struct buf *out);
bool mask_row_binary(struct mask_rows *rows, struct str payload, struct buf *out);

/* The text looks like something a mask put in place of a value: such a literal or bound value must
 * not be written to a classified column. */
bool mask_is_placeholder(struct str text);

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What may stand between tokens: blanks, comments, and the marks of executable comments.
 */
#include "sql/sql.h"

enum sql_gap {
    SQL_GAP_NONE = 0, /* a token begins here, or the end of the text */
    SQL_GAP_BLANKS,
    SQL_GAP_COMMENT, /* a comment of any kind */
    SQL_GAP_SKIPPED, /* an executable comment that this server does not execute */
    SQL_GAP_OPEN,    /* the opening mark of one that it does, with its version */
    SQL_GAP_CLOSE,   /* the closing mark */
    SQL_GAP_ERROR    /* not terminated; or read differently by versions of this server */
};

/* The piece at text[at]. *executing says whether an executable comment is open: in and out.
 * *ret_end gets where the piece ends. */
enum sql_gap sql_gap_next(const struct sql_context *context, struct str text, size_t at,
                          bool *executing, size_t *ret_end);

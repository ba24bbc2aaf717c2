#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements from a file or a pipe, one at a time, however long the whole is: only the part that is
 * being divided is in memory.
 *
 *   NUL        each NUL byte ends an input; what is between two is one, empty or not
 *   SEMICOLON  a semicolon that the lexer sees ends an input; one that has no token is none. A
 *              CREATE of a stored program goes on over its own semicolons. Behind a byte that the
 *              lexer refuses the input ends at the next semicolon, whatever that is part of; a
 *              quote or comment that never ends takes all the rest
 *   AUTO       NUL when there is a NUL byte in the first MiB, else SEMICOLON
 *
 * Of an input of more than LIMIT_PACKET bytes only the beginning may be given.
 */
#include "sql/sql.h"
#include <stdio.h>

enum input_separator { INPUT_AUTO = 0, INPUT_NUL, INPUT_SEMICOLON };

struct input {
    FILE *file; /* not owned */
    const struct sql_context *context;
    enum input_separator separator;
    struct buf buf;
    size_t at;             /* taken up to here */
    size_t window;         /* how many bytes from `at` on are looked at together */
    bool ended;            /* the file has */
    struct arena arena;    /* for `text` */
    struct sql_text text;  /* SEMICOLON: tokens of the buffer from `base` on */
    struct fault fault;    /* where its lexing ended; FAULT_NONE: at the end */
    size_t base;
    uint32_t token;        /* the next input begins here */
    bool lexed;
    bool passing;          /* the rest of the last input is to be passed over */
    bool large;            /* the last input is longer than LIMIT_PACKET */
};

void input_init(struct input *input, FILE *file, const struct sql_context *context,
                enum input_separator separator);
void input_release(struct input *input);
/* The next one, good until the next call. False at the end and when the file can't be read:
 * input_failed says which. */
bool input_next(struct input *input, struct str *ret_text);
bool input_failed(const struct input *input);

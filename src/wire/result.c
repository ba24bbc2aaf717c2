/* SPDX-License-Identifier: Apache-2.0
 *
 * Steps of an answer; what moves from one to the next is the payload just told of.
 *
 *   FIRST --count--> COLUMNS --last--> [COLUMNS_EOF] --> ROWS --end--> FIRST | DONE
 *     |                                (no DEPRECATE_EOF)
 *     +--prepared--> PARAMETERS --> [EOF] --> DEFINITIONS --> [EOF] --> DONE
 *     +--OK--> FIRST (more results) | DONE
 */
#include "wire/result.h"

#include "base/limits.h"
#include "wire/packets.h"

enum step {
    STEP_DONE = 0,
    STEP_FIRST,
    STEP_COLUMNS,
    STEP_COLUMNS_EOF,
    STEP_ROWS,
    STEP_PARAMETERS,
    STEP_PARAMETERS_EOF,
    STEP_DEFINITIONS,
    STEP_DEFINITIONS_EOF
};

#define EOF_LENGTH_MAX 8 /* longer payloads that begin with 0xFE are rows */

void wire_answer_init(struct wire_answer *answer, enum wire_answer_to to, uint64_t capabilities)
{
    *answer = (struct wire_answer){.to = to, .step = STEP_FIRST, .capabilities = capabilities};
}

bool wire_answer_in_rows(const struct wire_answer *answer)
{
    return answer->step == STEP_ROWS;
}

void wire_answer_rows(struct wire_answer *answer, uint64_t rows)
{
    answer->rows += rows;
}

size_t wire_answer_look(const struct wire_answer *answer, struct str input)
{
    if (answer->step != STEP_ROWS || input.len <= WIRE_HEADER)
        return answer->step == STEP_ROWS ? 1 : SIZE_MAX;
    return (unsigned char)input.ptr[WIRE_HEADER] >= WIRE_EOF ? SIZE_MAX : 1;
}

static bool no_eof(const struct wire_answer *answer)
{
    return (answer->capabilities & WIRE_CAP(DEPRECATE_EOF)) != 0;
}

static enum wire_part part_malformed(struct wire_answer *answer)
{
    answer->step = STEP_DONE;
    answer->done = true;
    return WIRE_PART_MALFORMED;
}

static enum wire_part part_err(struct wire_answer *answer, struct str head)
{
    struct wire_err err;

    if (!wire_err_decode(head, &err))
        return part_malformed(answer);
    answer->step = STEP_DONE;
    answer->done = true;
    return WIRE_PART_ERR;
}

static void result_over(struct wire_answer *answer)
{
    answer->results++;
    answer->done = !(answer->status & WIRE_STATUS_MORE_RESULTS);
    answer->step = answer->done ? STEP_DONE : STEP_FIRST;
}

static enum wire_part part_ok(struct wire_answer *answer, struct str head, enum wire_part part)
{
    struct wire_ok ok;

    if (!wire_ok_decode(head, answer->capabilities, &ok))
        return part_malformed(answer);
    answer->status = ok.status;
    answer->warnings = ok.warnings;
    result_over(answer);
    return part;
}

static bool eof_take(struct wire_answer *answer, struct str head)
{
    struct wire_eof eof;

    if (!wire_eof_decode(head, &eof))
        return false;
    answer->status = eof.status;
    answer->warnings = eof.warnings;
    return true;
}

static enum wire_part part_prepared(struct wire_answer *answer, struct str head)
{
    if (!wire_prepared_decode(head, &answer->prepared))
        return part_malformed(answer);
    answer->warnings = answer->prepared.warnings;
    answer->columns = answer->prepared.parameters;
    answer->defined = 0;
    if (answer->prepared.parameters > 0) {
        answer->step = STEP_PARAMETERS;
    } else if (answer->prepared.columns > 0) {
        answer->columns = answer->prepared.columns;
        answer->step = STEP_DEFINITIONS;
    } else {
        answer->step = STEP_DONE;
        answer->done = true;
    }
    return WIRE_PART_PREPARED;
}

static enum wire_part part_count(struct wire_answer *answer, struct str head)
{
    if (!wire_column_count_decode(head, &answer->columns))
        return part_malformed(answer);
    answer->defined = 0;
    answer->rows = 0;
    answer->step = STEP_COLUMNS;
    return WIRE_PART_COUNT;
}

/* COM_SET_OPTION is answered by EOF, or by OK in its place. */
static enum wire_part part_option(struct wire_answer *answer, struct str head)
{
    if (head.len > EOF_LENGTH_MAX || no_eof(answer))
        return part_ok(answer, head, WIRE_PART_OK);
    if (!eof_take(answer, head))
        return part_malformed(answer);
    result_over(answer);
    return WIRE_PART_OK;
}

static enum wire_part step_first(struct wire_answer *answer, struct str head)
{
    uint8_t first = (uint8_t)head.ptr[0];
    bool results = answer->to == WIRE_TO_QUERY || answer->to == WIRE_TO_EXECUTE;

    if (first == WIRE_ERR)
        return part_err(answer, head);
    if (first == WIRE_OK && answer->to == WIRE_TO_PREPARE)
        return part_prepared(answer, head);
    if (first == WIRE_OK)
        return part_ok(answer, head, WIRE_PART_OK);
    if (first == WIRE_EOF && answer->to == WIRE_TO_SET_OPTION)
        return part_option(answer, head);
    if (first == WIRE_INFILE && results) {
        answer->step = STEP_DONE;
        answer->done = true;
        return WIRE_PART_INFILE;
    }
    return results ? part_count(answer, head) : part_malformed(answer);
}

/* The step behind the last definition, by the step it stands in. */
static enum step step_behind(const struct wire_answer *answer)
{
    if (answer->step == STEP_COLUMNS)
        return no_eof(answer) ? STEP_ROWS : STEP_COLUMNS_EOF;
    if (answer->step == STEP_PARAMETERS && !no_eof(answer))
        return STEP_PARAMETERS_EOF;
    if (answer->step == STEP_PARAMETERS || answer->step == STEP_PARAMETERS_EOF)
        return answer->prepared.columns > 0 ? STEP_DEFINITIONS : STEP_DONE;
    if (answer->step == STEP_DEFINITIONS && !no_eof(answer))
        return STEP_DEFINITIONS_EOF;
    return STEP_DONE;
}

static void step_on(struct wire_answer *answer)
{
    answer->step = (int)step_behind(answer);
    answer->done = answer->step == STEP_DONE;
    if (answer->step == STEP_DEFINITIONS) {
        answer->columns = answer->prepared.columns;
        answer->defined = 0;
    }
}

static enum wire_part step_definition(struct wire_answer *answer, struct str head)
{
    enum wire_part part =
        answer->step == STEP_PARAMETERS ? WIRE_PART_PARAMETER : WIRE_PART_COLUMN;
    struct wire_column column;

    if ((uint8_t)head.ptr[0] == WIRE_ERR)
        return part_err(answer, head);
    if (!wire_column_decode(head, &column))
        return part_malformed(answer);
    answer->column = answer->defined++;
    if (answer->defined == answer->columns)
        step_on(answer);
    return part;
}

static enum wire_part step_definitions_end(struct wire_answer *answer, struct str head)
{
    if ((uint8_t)head.ptr[0] == WIRE_ERR)
        return part_err(answer, head);
    /* A cursor was never asked for, and with one the rows would not follow. */
    if (!eof_take(answer, head) || (answer->status & WIRE_STATUS_CURSOR_EXISTS))
        return part_malformed(answer);
    if (answer->step == STEP_COLUMNS_EOF) {
        answer->step = STEP_ROWS;
        return WIRE_PART_COLUMNS_END;
    }
    bool parameters = answer->step == STEP_PARAMETERS_EOF;
    step_on(answer);
    return parameters ? WIRE_PART_PARAMETERS_END : WIRE_PART_COLUMNS_END;
}

static enum wire_part step_row(struct wire_answer *answer, struct str head, uint32_t length)
{
    uint8_t first = (uint8_t)head.ptr[0];

    if (first == WIRE_ERR)
        return part_err(answer, head);
    if (first == WIRE_EOF && no_eof(answer) && length < WIRE_PACKET_FULL)
        return part_ok(answer, head, WIRE_PART_ROWS_END);
    if (first == WIRE_EOF && !no_eof(answer) && length <= EOF_LENGTH_MAX) {
        if (!eof_take(answer, head))
            return part_malformed(answer);
        result_over(answer);
        return WIRE_PART_ROWS_END;
    }
    if (answer->to == WIRE_TO_EXECUTE && first != 0)
        return part_malformed(answer);
    answer->rows++;
    return WIRE_PART_ROW;
}

enum wire_part wire_answer_next(struct wire_answer *answer, struct str head, uint32_t length)
{
    if (head.len == 0)
        return part_malformed(answer);
    switch ((enum step)answer->step) {
    case STEP_FIRST:
        return step_first(answer, head);
    case STEP_COLUMNS:
    case STEP_PARAMETERS:
    case STEP_DEFINITIONS:
        return step_definition(answer, head);
    case STEP_COLUMNS_EOF:
    case STEP_PARAMETERS_EOF:
    case STEP_DEFINITIONS_EOF:
        return step_definitions_end(answer, head);
    case STEP_ROWS:
        return step_row(answer, head, length);
    case STEP_DONE:
        break;
    }
    return part_malformed(answer);
}

bool wire_prepared_decode(struct str payload, struct wire_prepared *ret_prepared)
{
    struct cursor c = cursor_over(payload);

    if (cursor_u8(&c) != WIRE_OK)
        return false;
    ret_prepared->statement_id = cursor_u32(&c);
    ret_prepared->columns = cursor_u16(&c);
    ret_prepared->parameters = cursor_u16(&c);
    cursor_skip(&c, 1);
    ret_prepared->warnings = cursor_u16(&c);
    return cursor_done(&c);
}

void wire_prepared_encode(struct buf *out, const struct wire_prepared *prepared)
{
    buf_put_u8(out, WIRE_OK);
    buf_put_u32(out, prepared->statement_id);
    buf_put_u16(out, prepared->columns);
    buf_put_u16(out, prepared->parameters);
    buf_put_u8(out, 0);
    buf_put_u16(out, prepared->warnings);
}

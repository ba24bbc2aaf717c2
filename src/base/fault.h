#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A fault is a refusal or error on its way to a person or an agent: built once, where it is
 * found, and carried unchanged to the client's ERR packet, the audit record and the API.
 *
 * What the client reads is one line: `cardea/CODE: message. detail. hint`.
 */
#include "base/arena.h"

enum fault_code {
    FAULT_NONE = 0,
#define FAULT(name, code, number, sqlstate, meaning) FAULT_##name,
#include "base/fault_codes.h"
#undef FAULT
    FAULT_COUNT
};

struct fault {
    enum fault_code code; /* FAULT_NONE: nothing is wrong */
    struct str message;   /* what was refused and on which object; no full stop at the end */
    struct str detail;    /* may be empty: which rule, what is granted instead */
    struct str hint;      /* may be empty: what to do */
    uint32_t position;    /* byte offset in the statement plus 1; 0 when it has none */
};

struct fault_info {
    const char *name; /* the identifier */
    const char *code; /* the stable code, without the `cardea/` before it */
    uint16_t number;  /* MySQL error number */
    char sqlstate[6];
    const char *meaning;
};

/* Never NULL; the row of `internal` for a code that is out of range. */
const struct fault_info *fault_info(enum fault_code code);
/* Fills *fault, message formatted into the arena; without room there it is the code's meaning.
 * Detail and hint are emptied. Does nothing when *fault already holds a fault: the first one is the
 * one to tell. Gives false always, so that `return fault_set(...)` reads well in a function that
 * says false for failure. */
bool fault_set(struct fault *fault, struct arena *arena, enum fault_code code, const char *format,
               ...) PRINTF_LIKE(4, 5);
/* The one line, into the arena. Control characters are escaped; at most 2,048 bytes. */
struct str fault_line(const struct fault *fault, struct arena *arena);
static inline bool fault_is(const struct fault *fault)
{
    return fault->code != FAULT_NONE;
}

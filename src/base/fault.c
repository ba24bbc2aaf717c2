/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fault.h"

#define LINE_MAX_BYTES 2048

static const struct fault_info table[FAULT_COUNT] = {
    [FAULT_NONE] = {"none", "none", 0, "00000", "nothing is wrong"},
#define FAULT(name, code, number, sqlstate, meaning)                                               \
    [FAULT_##name] = {#name, code, number, sqlstate, meaning},
#include "base/fault_codes.h"
#undef FAULT
};

const struct fault_info *fault_info(enum fault_code code)
{
    return &table[(unsigned)code < FAULT_COUNT ? code : FAULT_internal];
}

bool fault_set(struct fault *fault, struct arena *arena, enum fault_code code, const char *format,
               ...)
{
    if (fault_is(fault))
        return false;
    va_list args;
    va_start(args, format);
    *fault = (struct fault){.code = code, .message = arena_vprintf(arena, format, args)};
    va_end(args);
    if (fault->message.len == 0) /* no memory left to say more */
        fault->message = str_of(fault_info(code)->meaning);
    return false;
}

static size_t append(char *line, size_t at, struct str text)
{
    for (size_t i = 0; i < text.len && at < LINE_MAX_BYTES; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        line[at++] = (c < 0x20 || c == 0x7F) ? ' ' : (char)c;
    }
    return at;
}

struct str fault_line(const struct fault *fault, struct arena *arena)
{
    struct str parts[] = {fault->message, fault->detail, fault->hint};
    char *line = arena_alloc(arena, LINE_MAX_BYTES);
    size_t at = 0;

    if (line == NULL)
        return STR("cardea/limit.memory: out of memory");
    at = append(line, at, STR("cardea/"));
    at = append(line, at, str_of(fault_info(fault->code)->code));
    at = append(line, at, STR(": "));
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i].len == 0)
            continue;
        if (i > 0)
            at = append(line, at, STR(". "));
        at = append(line, at, parts[i]);
    }
    return str_make(line, at);
}

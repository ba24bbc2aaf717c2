/* SPDX-License-Identifier: Apache-2.0
 *
 * A line is built on the stack and written with one call, so that lines of several processes
 * don't mix.
 */
#include "base/log.h"

#include "base/clock.h"
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static char role_text[32] = "supervisor";
static enum log_level least = LOG_INFO;

static const struct {
    const char *name;
    enum log_level level;
} events[LOG_EVENT_COUNT] = {
    [LOG_NONE] = {"none", LOG_DEBUG},
#define LOG_EVENT(name, level, meaning) [LOG_##name] = {#name, LOG_##level},
#include "base/log_events.h"
#undef LOG_EVENT
};

static const char *const level_names[] = {"debug", "info", "warning", "error"};

void log_set_role(const char *role)
{
    snprintf(role_text, sizeof(role_text), "%s", role);
}

void log_set_level(enum log_level level)
{
    least = level;
}

bool log_level_of_name(struct str name, enum log_level *ret_level)
{
    for (unsigned i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (str_equal(name, str_of(level_names[i]))) {
            *ret_level = (enum log_level)i;
            return true;
        }
    return false;
}

struct line {
    char bytes[4096];
    size_t len;
};

static void put(struct line *line, const char *bytes, size_t n)
{
    size_t room = sizeof(line->bytes) - 1 - line->len; /* one for the newline */

    if (n > room)
        n = room;
    memcpy(line->bytes + line->len, bytes, n);
    line->len += n;
}

static bool needs_quotes(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c >= 0x7F || c == '"' || c == '\\' || c == '=')
            return true;
    }
    return text.len == 0;
}

static void put_value(struct line *line, struct str text)
{
    struct str shown = str_slice(text, 0, LOG_VALUE_MAX);
    char escape[5];

    if (!needs_quotes(shown)) {
        put(line, shown.ptr, shown.len);
        return;
    }
    put(line, "\"", 1);
    for (size_t i = 0; i < shown.len; i++) {
        unsigned char c = (unsigned char)shown.ptr[i];
        if (c == '"' || c == '\\') {
            put(line, "\\", 1);
            put(line, &shown.ptr[i], 1);
        } else if (c < ' ' || c >= 0x7F) {
            snprintf(escape, sizeof(escape), "\\x%02x", c);
            put(line, escape, 4);
        } else {
            put(line, &shown.ptr[i], 1);
        }
    }
    put(line, text.len > shown.len ? "...\"" : "\"", text.len > shown.len ? 4 : 1);
}

void log_write(enum log_event_id event, const struct log_field *fields, size_t count)
{
    char time[CLOCK_TEXT_SIZE], number[24];
    struct line line = {.len = 0};

    if ((unsigned)event >= LOG_EVENT_COUNT || events[event].level < least)
        return;
    clock_format_us(clock_realtime_us(), time);
    int n = snprintf(line.bytes, sizeof(line.bytes) - 1, "time=%s level=%s role=%s event=%s", time,
                     level_names[events[event].level], role_text, events[event].name);
    line.len = n > 0 ? (size_t)n : 0;
    for (size_t i = 0; i < count; i++) {
        if (fields[i].key == NULL)
            continue;
        put(&line, " ", 1);
        put(&line, fields[i].key, strlen(fields[i].key));
        put(&line, "=", 1);
        if (fields[i].is_number) {
            n = snprintf(number, sizeof(number), "%" PRId64, fields[i].number);
            put(&line, number, (size_t)n);
        } else {
            put_value(&line, fields[i].text);
        }
    }
    line.bytes[line.len++] = '\n';
    if (write(STDERR_FILENO, line.bytes, line.len) < 0)
        return; /* nobody reads the log; nothing to tell it to */
}

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The log for operators: one line for each event, to stderr, in logfmt:
 *
 *   time=2026-11-22T17:00:00.000000Z level=info role=worker/0 event=session_open session=7 ...
 *
 * Events come from one table (base/log_events.h). Values are escaped so that no byte of a peer can
 * end a line or move a terminal's cursor, and cut at LOG_VALUE_MAX. Secrets have no field type and
 * can't be logged. Used by session, control, roles and cli alone; the other parts don't log.
 *
 *   log_event(LOG_role_died, log_text("name", role_name(role)), log_number("status", status));
 */
#include "base/str.h"

#define LOG_VALUE_MAX 300 /* bytes of one value */

enum log_level { LOG_DEBUG = 0, LOG_INFO, LOG_WARNING, LOG_ERROR };

enum log_event_id {
    LOG_NONE = 0,
#define LOG_EVENT(name, level, meaning) LOG_##name,
#include "base/log_events.h"
#undef LOG_EVENT
    LOG_EVENT_COUNT
};

struct log_field {
    const char *key;
    bool is_number;
    int64_t number;
    struct str text;
};

/* The process's name in every line: "worker/0". Copied. */
void log_set_role(const char *role);
/* Events below are dropped. LOG_INFO from the start. */
void log_set_level(enum log_level level);
/* False when it is none of debug, info, warning, error. */
bool log_level_of_name(struct str name, enum log_level *ret_level);

void log_write(enum log_event_id event, const struct log_field *fields, size_t count);
static inline struct log_field log_str(const char *key, struct str text)
{
    return (struct log_field){.key = key, .text = text};
}
static inline struct log_field log_text(const char *key, const char *text)
{
    return (struct log_field){.key = key, .text = str_of(text)};
}
static inline struct log_field log_number(const char *key, int64_t number)
{
    return (struct log_field){.key = key, .is_number = true, .number = number};
}
#define log_event(event, ...)                                                                      \
    log_write((event), (const struct log_field[]){{0}, ##__VA_ARGS__},                             \
              sizeof((const struct log_field[]){{0}, ##__VA_ARGS__}) / sizeof(struct log_field))

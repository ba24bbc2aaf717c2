/* SPDX-License-Identifier: Apache-2.0 */
#include "control/sight.h"

#include "base/limits.h"
#include <jansson.h>

#define SESSIONS_ARENA ((size_t)32 << 20)

void sight_init(struct sight *sight)
{
    memset(sight, 0, sizeof(*sight));
}

void sight_release(struct sight *sight)
{
    for (size_t i = 0; i < SIGHT_PROCESSES; i++)
        arena_release(&sight->processes[i].arena);
}

static struct sight_process *process_of(struct sight *sight, const char *role, uint16_t index,
                                        bool make)
{
    struct sight_process *free_one = NULL;

    for (size_t i = 0; i < SIGHT_PROCESSES; i++) {
        struct sight_process *process = &sight->processes[i];
        if (!process->role)
            free_one = free_one ? free_one : process;
        else if (process->index == index && strcmp(process->role, role) == 0)
            return process;
    }
    if (!make || !free_one)
        return NULL;
    *free_one = (struct sight_process){.role = role, .index = index};
    arena_init(&free_one->arena, SESSIONS_ARENA);
    return free_one;
}

static struct str text_member(const json_t *object, const char *name, struct arena *arena)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_string(value))
        return STR("");
    return arena_copy(arena, str_make(json_string_value(value), json_string_length(value)));
}

static uint64_t number_member(const json_t *object, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(object, name));

    return n < 0 ? 0 : (uint64_t)n;
}

static bool hex_number(struct str text, uint64_t *ret_number)
{
    uint64_t n = 0;

    if (text.len == 0 || text.len > 16)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (ascii_digit(c))
            n = n << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            n = n << 4 | (uint64_t)(c - 'a' + 10);
        else
            return false;
    }
    *ret_number = n;
    return true;
}

static bool read_session(const json_t *object, struct arena *arena, struct sight_session *out)
{
    out->issuer = text_member(object, "issuer", arena);
    out->subject = text_member(object, "subject", arena);
    out->name = text_member(object, "name", arena);
    out->target = text_member(object, "target", arena);
    out->peer = text_member(object, "peer", arena);
    out->client = text_member(object, "client", arena);
    out->state = text_member(object, "state", arena);
    out->statement = text_member(object, "statement", arena);
    out->opened_us = (int64_t)number_member(object, "opened_us");
    out->last_us = (int64_t)number_member(object, "last_us");
    out->statements = number_member(object, "statements");
    out->rows = number_member(object, "rows");
    out->refused = number_member(object, "refused");
    return hex_number(text_member(object, "id", arena), &out->id);
}

/* Fills a fresh arena; the old one stays until all is well. */
static bool read_sessions(struct str text, uint16_t worker, struct arena *arena,
                          struct sight_session **ret_sessions, size_t *ret_count)
{
    json_t *array =
        text.len > 0 ? json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL) : json_array();
    size_t count = json_array_size(array);
    struct sight_session *sessions = arena_array(arena, count, struct sight_session);
    bool ok = json_is_array(array) && sessions;

    for (size_t i = 0; ok && i < count; i++) {
        ok = read_session(json_array_get(array, i), arena, &sessions[i]);
        sessions[i].worker = worker;
    }
    json_decref(array);
    if (!ok || arena->failed)
        return false;
    *ret_sessions = sessions;
    *ret_count = count;
    return true;
}

bool sight_take(struct sight *sight, const char *role, uint16_t index, int64_t now_us,
                struct str metrics, struct str sessions_json)
{
    struct cursor in = cursor_over(metrics);
    struct sight_process *process;
    struct sight_session *sessions = NULL;
    struct metrics taken;
    struct arena arena;
    size_t count = 0;

    arena_init(&arena, SESSIONS_ARENA);
    if (!metrics_decode(&in, &taken) || !cursor_done(&in) ||
        !read_sessions(sessions_json, index, &arena, &sessions, &count) ||
        !(process = process_of(sight, role, index, true))) {
        arena_release(&arena);
        return false;
    }
    arena_release(&process->arena);
    process->arena = arena;
    process->sessions = sessions;
    process->session_count = count;
    process->metrics = taken;
    process->seen_us = now_us;
    return true;
}

void sight_lose(struct sight *sight, const char *role, uint16_t index)
{
    struct sight_process *process = process_of(sight, role, index, false);

    if (!process)
        return;
    metrics_clear_gauges(&process->metrics);
    metrics_merge(&sight->lost, &process->metrics);
    arena_release(&process->arena);
    *process = (struct sight_process){0};
}

void sight_sum(const struct sight *sight, const struct metrics *own, struct metrics *ret_sum)
{
    *ret_sum = *own;
    metrics_merge(ret_sum, &sight->lost);
    for (size_t i = 0; i < SIGHT_PROCESSES; i++)
        if (sight->processes[i].role)
            metrics_merge(ret_sum, &sight->processes[i].metrics);
}

const struct sight_session *sight_next(const struct sight *sight, size_t *process, size_t *position)
{
    for (; *process < SIGHT_PROCESSES; ++*process, *position = 0)
        if (*position < sight->processes[*process].session_count)
            return &sight->processes[*process].sessions[(*position)++];
    return NULL;
}

const struct sight_session *sight_find(const struct sight *sight, uint64_t id)
{
    size_t process = 0, position = 0;
    const struct sight_session *session;

    while ((session = sight_next(sight, &process, &position)))
        if (session->id == id)
            return session;
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "control/route.h"

static int hex_value(char c)
{
    c = ascii_lower(c);
    if (ascii_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool route_percent_decode(struct arena *arena, struct str in, bool plus, struct str *ret_out)
{
    char *out = arena_alloc(arena, in.len + 1);
    size_t n = 0;

    if (!out)
        return false;
    for (size_t i = 0; i < in.len; i++) {
        char c = in.ptr[i];
        if (c == '%') {
            int high = i + 1 < in.len ? hex_value(in.ptr[i + 1]) : -1;
            int low = i + 2 < in.len ? hex_value(in.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0')
            return false;
        out[n++] = c;
    }
    *ret_out = str_make(out, n);
    return true;
}

/* The next segment behind a slash; false at the end or when there is no slash. */
static bool next_segment(struct str *path, struct str *ret_segment)
{
    ptrdiff_t end;

    if (path->len == 0 || path->ptr[0] != '/')
        return false;
    *path = str_slice(*path, 1, path->len);
    end = str_find_char(*path, '/');
    *ret_segment = str_slice(*path, 0, end < 0 ? path->len : (size_t)end);
    *path = str_slice(*path, ret_segment->len, path->len);
    return true;
}

struct call_params {
    struct str values[API_PARAMS];
    size_t count;
};

static bool path_fits(struct call_params *params, const char *pattern_text, struct str path,
                      struct arena *arena)
{
    struct str pattern = str_of(pattern_text), want, have;

    *params = (struct call_params){0};
    while (next_segment(&pattern, &want)) {
        if (!next_segment(&path, &have))
            return false;
        if (want.len > 0 && want.ptr[0] == '{') {
            if (have.len == 0 || params->count == API_PARAMS ||
                !route_percent_decode(arena, have, false, &params->values[params->count]))
                return false;
            params->count++;
        } else if (!str_equal(want, have)) {
            return false;
        }
    }
    return path.len == 0;
}

static void allow_add(struct api_call *call, enum api_method method)
{
    call->allow =
        call->allow.len == 0
            ? str_of(api_method_text(method))
            : arena_printf(&call->arena, "%.*s, %s", STR_ARG(call->allow), api_method_text(method));
}

const struct route *route_match(struct api_call *call, enum problem *ret_problem)
{
    struct call_params params;

    *ret_problem = PROBLEM_not_found;
    for (size_t i = 0; i < route_count; i++) {
        if (!path_fits(&params, route_table[i].path, call->path, &call->arena))
            continue;
        if (route_table[i].method == call->method) {
            memcpy(call->params, params.values, sizeof(call->params));
            call->route = &route_table[i];
            *ret_problem = PROBLEM_NONE;
            return call->route;
        }
        allow_add(call, route_table[i].method);
        *ret_problem = PROBLEM_method;
    }
    return NULL;
}

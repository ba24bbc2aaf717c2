/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/identity.h"
#include "base/json.h"
#include "base/limits.h"
#include "identity/jwt.h"

static const struct {
    const char *code, *meaning;
} reasons[IDENTITY_REASON_COUNT] = {
    [IDENTITY_UNDECIDED] = {"identity.undecided", "nothing was decided"},
    [IDENTITY_ACCEPTED] = {"identity.accepted", "verified"},
#define REASON(name, code, meaning) [IDENTITY_##name] = {code, meaning},
#include "identity/reason_table.h"
#undef REASON
};

const char *identity_reason_code(enum identity_reason reason)
{
    return reasons[reason < IDENTITY_REASON_COUNT ? reason : IDENTITY_UNDECIDED].code;
}

const char *identity_reason_meaning(enum identity_reason reason)
{
    return reasons[reason < IDENTITY_REASON_COUNT ? reason : IDENTITY_UNDECIDED].meaning;
}

bool identity_in_group(const struct identity *identity, struct str group)
{
    for (size_t i = 0; i < identity->group_count; i++)
        if (str_equal(identity->groups[i], group))
            return true;
    return false;
}

struct str identity_label(const struct identity *identity, struct arena *arena)
{
    return arena_printf(arena, "%.*s@%.*s", STR_ARG(identity->subject), STR_ARG(identity->issuer));
}

void identity_encode(const struct identity *identity, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "issuer");
    json_text(&w, identity->issuer);
    json_key(&w, "subject");
    json_text(&w, identity->subject);
    json_key(&w, "name");
    json_text(&w, identity->display_name);
    json_key(&w, "groups");
    json_array_begin(&w);
    for (size_t i = 0; i < identity->group_count; i++)
        json_text(&w, identity->groups[i]);
    json_array_end(&w);
    json_key(&w, "claims");
    json_raw(&w, identity->claims.len > 0 ? identity->claims : STR("{}"));
    json_key(&w, "expires");
    json_i64(&w, identity->expires_at);
    json_key(&w, "session_ends");
    json_i64(&w, identity->session_ends_at);
    if (identity->login.len > 0) {
        json_key(&w, "login");
        json_text(&w, identity->login);
        json_key(&w, "login_target");
        json_text(&w, identity->login_target);
    }
    json_object_end(&w);
}

static bool groups_decode(const json_t *groups, struct arena *arena, struct identity *identity)
{
    size_t count = json_array_size(groups);
    if (!json_is_array(groups) || count > LIMIT_GROUPS)
        return false;
    identity->groups = arena_array(arena, count, struct str);
    for (size_t i = 0; identity->groups && i < count; i++) {
        const json_t *group = json_array_get(groups, i);
        if (!json_is_string(group))
            return false;
        identity->groups[i] =
            arena_copy(arena, str_make(json_string_value(group), json_string_length(group)));
        identity->group_count = i + 1;
    }
    return true;
}

bool identity_decode(struct str json, struct arena *arena, struct identity *ret_identity)
{
    json_t *object = jwt_json_read_bounded(json, LIMIT_IDENTITY, LIMIT_JSON_DEPTH + 2);
    const json_t *claims = json_object_get(object, "claims");
    const json_t *expires = json_object_get(object, "expires");
    const json_t *ends = json_object_get(object, "session_ends");
    struct identity identity = {
        .issuer = arena_copy(arena, jwt_json_str(object, "issuer")),
        .subject = arena_copy(arena, jwt_json_str(object, "subject")),
        .display_name = arena_copy(arena, jwt_json_str(object, "name")),
        .expires_at = json_integer_value(expires),
        .session_ends_at = json_integer_value(ends),
        .login = arena_copy(arena, jwt_json_str(object, "login")),
        .login_target = arena_copy(arena, jwt_json_str(object, "login_target")),
    };
    bool ok = identity.issuer.len > 0 && identity.subject.len > 0 && json_is_object(claims) &&
              json_is_integer(expires) && json_is_integer(ends) &&
              groups_decode(json_object_get(object, "groups"), arena, &identity);
    char *text = ok ? json_dumps(claims, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    identity.claims = text ? arena_copy(arena, str_of(text)) : STR_NONE;
    free(text);
    json_decref(object);
    if (!ok || arena->failed || identity.claims.len == 0)
        return false;
    *ret_identity = identity;
    return true;
}

bool identity_copy(const struct identity *from, struct arena *arena, struct identity *ret_identity)
{
    struct identity copy = {
        .issuer = arena_copy(arena, from->issuer),
        .subject = arena_copy(arena, from->subject),
        .display_name = arena_copy(arena, from->display_name),
        .groups = arena_array(arena, from->group_count, struct str),
        .group_count = from->group_count,
        .claims = arena_copy(arena, from->claims),
        .expires_at = from->expires_at,
        .session_ends_at = from->session_ends_at,
        .login = arena_copy(arena, from->login),
        .login_target = arena_copy(arena, from->login_target),
    };
    for (size_t i = 0; copy.groups && i < from->group_count; i++)
        copy.groups[i] = arena_copy(arena, from->groups[i]);
    if (arena->failed)
        return false;
    *ret_identity = copy;
    return true;
}

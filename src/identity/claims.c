/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/claims.h"
#include "base/limits.h"
#include "config/config.h"
#include <math.h>

/* How deep a groups claim may nest: an array of arrays is read, more is refused. */
#define GROUPS_DEPTH 3
/* Seconds since 1970 that make sense in a token: until the year 9999. */
#define TIME_MAX 253402300799.0

/* Text from a token that goes into records, errors and terminals. */
static bool text_is_printable(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7F)
            return false;
    return true;
}

static struct str json_str(const json_t *value)
{
    return json_is_string(value) ? str_make(json_string_value(value), json_string_length(value))
                                 : STR_NONE;
}

static json_t *member(const json_t *object, struct str name)
{
    return name.len > 0 ? json_object_getn(object, name.ptr, name.len) : NULL;
}

/* A name in double quotes at the start of a path. */
static bool path_quoted(struct str path, struct str *ret_name, struct str *ret_rest)
{
    if (path.len < 2 || path.ptr[0] != '"')
        return false;
    struct str behind = str_slice(path, 1, path.len);
    ptrdiff_t end = str_find_char(behind, '"');
    if (end < 0)
        return false;
    *ret_name = str_slice(behind, 0, (size_t)end);
    *ret_rest = str_slice(behind, (size_t)end + 1, behind.len);
    return ret_rest->len == 0 || ret_rest->ptr[0] == '.' || ret_rest->ptr[0] == '/';
}

json_t *claims_at(const json_t *payload, struct str path)
{
    const json_t *at = payload;
    for (;;) {
        struct str name, rest;
        if (path_quoted(path, &name, &rest)) {
            json_t *found = member(at, name);
            if (!found || rest.len == 0)
                return found;
            at = found;
            path = str_slice(rest, 1, rest.len);
            continue;
        }
        json_t *found = member(at, path);
        if (found)
            return found;
        /* The longest name that is there wins, so that names that hold dots need no quotes. */
        size_t cut = path.len;
        while (cut > 0 && !found) {
            cut--;
            if (path.ptr[cut] == '.' || path.ptr[cut] == '/')
                found = member(at, str_slice(path, 0, cut));
        }
        if (!found)
            return NULL;
        at = found;
        path = str_slice(path, cut + 1, path.len);
    }
}

/* ---- times ---- */

enum time_claim { TIME_MISSING = 0, TIME_THERE, TIME_BROKEN };

static enum time_claim time_read(const json_t *payload, const char *name, double *ret_seconds)
{
    const json_t *value = json_object_get(payload, name);
    if (!value)
        return TIME_MISSING;
    double seconds = json_number_value(value);
    if (!json_is_number(value) || !isfinite(seconds) || seconds < 0 || seconds > TIME_MAX)
        return TIME_BROKEN;
    *ret_seconds = seconds;
    return TIME_THERE;
}

static enum identity_reason times_check(const json_t *payload, const struct config_issuer *issuer,
                                        int64_t now, struct identity *identity)
{
    double exp = 0, nbf = 0, iat = 0;
    double skew = (double)issuer->clock_skew_ms / 1000.0, at = (double)now;
    enum time_claim has_exp = time_read(payload, "exp", &exp);
    enum time_claim has_nbf = time_read(payload, "nbf", &nbf);
    enum time_claim has_iat = time_read(payload, "iat", &iat);
    if (has_exp == TIME_BROKEN || has_nbf == TIME_BROKEN || has_iat == TIME_BROKEN)
        return IDENTITY_malformed;
    if (has_exp == TIME_MISSING || at >= exp + skew)
        return IDENTITY_expired;
    if ((has_nbf == TIME_THERE && at + skew < nbf) || (has_iat == TIME_THERE && at + skew < iat))
        return IDENTITY_not_yet;
    if (issuer->token_age_ms > 0 &&
        (has_iat == TIME_MISSING || at > iat + skew + (double)issuer->token_age_ms / 1000.0))
        return IDENTITY_expired;
    identity->expires_at = (int64_t)exp;
    identity->session_ends_at = (int64_t)exp + issuer->grace_ms / 1000;
    return IDENTITY_ACCEPTED;
}

/* ---- audience, subject, rules ---- */

static bool strings_have(const struct config_strings *strings, struct str s)
{
    for (size_t i = 0; i < strings->count; i++)
        if (str_equal(strings->items[i], s))
            return true;
    return false;
}

/* RFC 7519 section 4.1.3: one string or an array of them. */
static bool audience_fits(const json_t *payload, const struct config_strings *audiences)
{
    const json_t *aud = json_object_get(payload, "aud");
    if (json_is_string(aud))
        return strings_have(audiences, json_str(aud));
    for (size_t i = 0; i < json_array_size(aud); i++) {
        const json_t *one = json_array_get(aud, i);
        if (json_is_string(one) && strings_have(audiences, json_str(one)))
            return true;
    }
    return false;
}

static bool value_fits(const struct config_claim_rule *rule, struct str text)
{
    if (rule->one_of.count > 0)
        return strings_have(&rule->one_of, text);
    if (rule->matches.len > 0)
        return str_glob(rule->matches, text, false);
    return str_equal(rule->equals, text);
}

/* Strings, numbers and truth values are compared as text; of an array one element must fit. */
static bool rule_holds(const struct config_claim_rule *rule, const json_t *value, unsigned depth)
{
    char number[24];
    switch (json_typeof(value)) {
    case JSON_STRING:
        return value_fits(rule, json_str(value));
    case JSON_TRUE:
        return value_fits(rule, STR("true"));
    case JSON_FALSE:
        return value_fits(rule, STR("false"));
    case JSON_INTEGER:
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return value_fits(rule, str_of(number));
    case JSON_ARRAY:
        for (size_t i = 0; depth == 0 && i < json_array_size(value); i++)
            if (rule_holds(rule, json_array_get(value, i), depth + 1))
                return true;
        return false;
    case JSON_OBJECT:
    case JSON_REAL:
    case JSON_NULL:
        return false;
    }
    return false;
}

static bool rules_hold(const json_t *payload, const struct config_issuer *issuer)
{
    for (size_t i = 0; i < issuer->required_claims.count; i++) {
        const json_t *value = claims_at(payload, issuer->required_claims.items[i]);
        if (!value || json_is_null(value))
            return false;
    }
    for (size_t i = 0; i < issuer->rule_count; i++) {
        const json_t *value = claims_at(payload, issuer->rules[i].claim);
        if (!value || !rule_holds(&issuer->rules[i], value, 0))
            return false;
    }
    return true;
}

static bool subject_read(const json_t *payload, const struct config_issuer *issuer,
                         struct arena *arena, struct identity *identity)
{
    struct str path = issuer->subject_claim.len > 0 ? issuer->subject_claim : STR("sub");
    struct str subject = json_str(claims_at(payload, path));
    if (subject.len == 0 || subject.len > LIMIT_SUBJECT || !text_is_printable(subject))
        return false;
    struct str name = STR_NONE;
    if (issuer->name_claim.len > 0)
        name = json_str(claims_at(payload, issuer->name_claim));
    bool name_is_fine = name.len > 0 && name.len <= LIMIT_SUBJECT && text_is_printable(name);
    identity->subject = arena_copy(arena, subject);
    identity->display_name = name_is_fine ? arena_copy(arena, name) : identity->subject;
    return true;
}

/* ---- groups ---- */

struct group_list {
    struct arena *arena;
    struct str *items;
    size_t count, capacity;
};

static bool group_add(struct group_list *list, struct str name)
{
    if (name.len == 0)
        return true;
    if (name.len > LIMIT_GROUP_NAME || !text_is_printable(name))
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i], name))
            return true;
    if (list->count == LIMIT_GROUPS)
        return false;
    struct str *slot =
        arena_push(list->arena, &list->items, &list->count, &list->capacity, sizeof *slot);
    if (!slot)
        return false;
    *slot = arena_copy(list->arena, name);
    return true;
}

/* One string that stands for the whole claim, as `scope` does: names with commas or blanks
 * between them. */
static bool groups_of_text(struct group_list *list, struct str text)
{
    size_t from = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.ptr[i] != ',' && text.ptr[i] != ' ')
            continue;
        if (!group_add(list, str_slice(text, from, i - from)))
            return false;
        from = i + 1;
    }
    return true;
}

/* Strings; arrays of them, which are taken whole, blanks and all; objects whose member names are
 * the groups, where the value is an object or true. */
static bool groups_of_value(struct group_list *list, json_t *value, unsigned depth)
{
    if (depth > GROUPS_DEPTH)
        return false;
    if (json_is_string(value))
        return depth == 0 ? groups_of_text(list, json_str(value))
                          : group_add(list, json_str(value));
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (!groups_of_value(list, json_array_get(value, i), depth + 1))
                return false;
        return true;
    }
    if (json_is_object(value)) {
        const char *name;
        size_t name_len;
        json_t *member_value;
        json_object_keylen_foreach(value, name, name_len, member_value)
        {
            if (!json_is_object(member_value) && !json_is_true(member_value))
                return false;
            if (!group_add(list, str_make(name, name_len)))
                return false;
        }
        return true;
    }
    return json_is_null(value);
}

static enum identity_reason groups_read(const json_t *payload, const struct config_issuer *issuer,
                                        struct arena *arena, struct identity *identity)
{
    struct group_list list = {.arena = arena};
    struct str path = issuer->groups_claim.len > 0 ? issuer->groups_claim : STR("groups");
    json_t *value = claims_at(payload, path);
    bool ok = !value || groups_of_value(&list, value, 0);
    for (size_t i = 0; ok && i < issuer->default_groups.count; i++)
        ok = group_add(&list, issuer->default_groups.items[i]);
    if (arena->failed)
        return IDENTITY_memory;
    identity->groups = list.items;
    identity->group_count = list.count;
    return ok ? IDENTITY_ACCEPTED : IDENTITY_groups;
}

/* ---- all together ---- */

static bool algorithm_allowed(const struct config_issuer *issuer, enum jwt_algorithm algorithm)
{
    for (size_t i = 0; i < issuer->algorithms.count; i++)
        if (jwt_algorithm_by_name(issuer->algorithms.items[i]) == algorithm)
            return true;
    return issuer->algorithms.count == 0;
}

static enum identity_reason
signature_check(const struct jwt *jwt, const struct config_issuer *issuer, const struct jwks *keys)
{
    if (!jwt->payload || !str_equal(jwt_json_str(jwt->payload, "iss"), issuer->url) ||
        issuer->url.len == 0)
        return IDENTITY_issuer;
    if (!algorithm_allowed(issuer, jwt->algorithm))
        return IDENTITY_algorithm;
    if (!keys)
        return IDENTITY_keys_unavailable;
    const struct jwk *key = jwks_choose(keys, jwt->kid, jwt->algorithm);
    return key ? jwt_verify(jwt, key) : IDENTITY_key;
}

enum identity_reason claims_verify(const struct jwt *jwt, const struct config_issuer *issuer,
                                   const struct jwks *keys, int64_t now, struct arena *arena,
                                   struct identity *ret_identity)
{
    struct identity identity = {.issuer = arena_copy(arena, issuer->url)};
    enum identity_reason reason = signature_check(jwt, issuer, keys);
    if (reason != IDENTITY_ACCEPTED)
        return reason;
    if (!audience_fits(jwt->payload, &issuer->audiences))
        return IDENTITY_audience;
    reason = times_check(jwt->payload, issuer, now, &identity);
    if (reason != IDENTITY_ACCEPTED)
        return reason;
    if (!subject_read(jwt->payload, issuer, arena, &identity))
        return IDENTITY_subject;
    if (!rules_hold(jwt->payload, issuer))
        return IDENTITY_claim;
    reason = groups_read(jwt->payload, issuer, arena, &identity);
    if (reason != IDENTITY_ACCEPTED)
        return reason;
    char *claims = json_dumps(jwt->payload, JSON_COMPACT | JSON_SORT_KEYS);
    identity.claims = claims ? arena_copy(arena, str_of(claims)) : STR_NONE;
    free(claims);
    if (arena->failed || identity.claims.len == 0)
        return IDENTITY_memory;
    *ret_identity = identity;
    return IDENTITY_ACCEPTED;
}

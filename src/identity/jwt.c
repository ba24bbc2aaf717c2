/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a token goes outside in: length, three segments, base64url, JSON, then the header's
 * members one by one against a closed list. The payload is read last and believed by nobody until
 * jwt_verify (signature.c).
 */
#include "identity/jwt.h"
#include "base/cursor.h"
#include "base/limits.h"

/* 0 to 63, or 64 for what is not of the alphabet. */
static unsigned base64url_value(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    return c == '-' ? 62 : c == '_' ? 63 : 64;
}

bool base64url_decode(struct str text, struct arena *arena, struct str *ret_bytes)
{
    if (text.len % 4 == 1)
        return false;
    char *out = arena_alloc(arena, text.len / 4 * 3 + 3);
    if (!out)
        return false;
    struct cursor c = cursor_over(text);
    uint32_t bits = 0;
    unsigned held = 0;
    size_t n = 0;
    while (cursor_left(&c) > 0) {
        unsigned v = base64url_value(cursor_u8(&c));
        if (v == 64)
            return false;
        bits = bits << 6 | v;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[n++] = (char)(bits >> held & 0xFF);
        }
    }
    /* Bits that are left over would let two texts stand for the same bytes. */
    if ((bits & ((1u << held) - 1)) != 0)
        return false;
    *ret_bytes = str_make(out, n);
    return true;
}

/* Jansson recurses without a bound of ours; brackets are counted before it sees the text. */
static bool json_depth_ok(struct str text, unsigned max_depth)
{
    unsigned depth = 0;
    bool in_string = false;
    struct cursor c = cursor_over(text);
    while (cursor_left(&c) > 0) {
        uint8_t b = cursor_u8(&c);
        if (in_string) {
            if (b == '\\' && cursor_left(&c) > 0)
                cursor_skip(&c, 1);
            else if (b == '"')
                in_string = false;
        } else if (b == '"') {
            in_string = true;
        } else if (b == '{' || b == '[') {
            if (++depth > max_depth)
                return false;
        } else if ((b == '}' || b == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

json_t *jwt_json_read_bounded(struct str text, size_t max, unsigned max_depth)
{
    if (text.len == 0 || text.len > max || !json_depth_ok(text, max_depth))
        return NULL;
    json_error_t error;
    return json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
}

json_t *jwt_json_read(struct str text, size_t max)
{
    return jwt_json_read_bounded(text, max, LIMIT_JSON_DEPTH);
}

struct str jwt_json_str(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) ? str_make(json_string_value(value), json_string_length(value))
                                 : STR_NONE;
}

static const char *const algorithm_names[JWT_ALGORITHM_COUNT] = {
    [JWT_RS256] = "RS256", [JWT_RS384] = "RS384", [JWT_RS512] = "RS512", [JWT_PS256] = "PS256",
    [JWT_PS384] = "PS384", [JWT_PS512] = "PS512", [JWT_ES256] = "ES256", [JWT_ES384] = "ES384",
    [JWT_ES512] = "ES512", [JWT_EDDSA] = "EdDSA",
};

enum jwt_algorithm jwt_algorithm_by_name(struct str name)
{
    for (int a = JWT_INVALID + 1; a < JWT_ALGORITHM_COUNT; a++)
        if (str_equal(name, str_of(algorithm_names[a])))
            return (enum jwt_algorithm)a;
    return str_equal(name, STR("Ed25519")) ? JWT_EDDSA : JWT_INVALID;
}

const char *jwt_algorithm_name(enum jwt_algorithm algorithm)
{
    return algorithm > JWT_INVALID && algorithm < JWT_ALGORITHM_COUNT ? algorithm_names[algorithm]
                                                                      : "invalid";
}

/* RFC 8725 section 3.11: tokens made for something else (a logout notice, a proof of possession,
 * a request object) carry another type and are not taken for an access or ID token. */
static bool type_is_fine(struct str typ)
{
    static const char *const types[] = {"JWT", "at+jwt", "application/jwt", "application/at+jwt",
                                        "JOSE"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_equal_nocase(typ, str_of(types[i])))
            return true;
    return false;
}

static enum identity_reason header_check(const json_t *header, struct jwt *jwt)
{
    /* What a token must not ask for; see jwt.h. */
    static const char *const refused[] = {"zip", "jwk", "jku", "x5u", "x5c"};

    if (json_object_get(header, "enc"))
        return IDENTITY_encrypted;
    const json_t *alg = json_object_get(header, "alg");
    const json_t *kid = json_object_get(header, "kid");
    const json_t *typ = json_object_get(header, "typ");
    const json_t *cty = json_object_get(header, "cty");
    if (!json_is_string(alg) || (kid && !json_is_string(kid)))
        return IDENTITY_malformed;
    jwt->kid = jwt_json_str(header, "kid");
    jwt->algorithm = jwt_algorithm_by_name(jwt_json_str(header, "alg"));
    if (jwt->algorithm == JWT_INVALID)
        return IDENTITY_algorithm;
    if (json_object_get(header, "crit") || json_object_get(header, "b64"))
        return IDENTITY_critical;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (json_object_get(header, refused[i]))
            return IDENTITY_header;
    if (typ && !(json_is_string(typ) && type_is_fine(jwt_json_str(header, "typ"))))
        return IDENTITY_header;
    if (cty)
        return str_equal_nocase(jwt_json_str(header, "cty"), STR("JWT")) ? IDENTITY_encrypted
                                                                         : IDENTITY_header;
    return IDENTITY_ACCEPTED;
}

/* The three segments, in place. */
static enum identity_reason segments_split(struct str token, struct str segments[3])
{
    struct str rest = token;
    for (size_t i = 0; i < 2; i++)
        if (!str_split(rest, '.', &segments[i], &rest))
            return IDENTITY_malformed;
    segments[2] = rest;
    ptrdiff_t dot = str_find_char(rest, '.');
    if (dot < 0)
        return IDENTITY_ACCEPTED;
    /* Five segments are a JWE (RFC 7516 section 9). */
    struct str tail = str_slice(rest, (size_t)dot + 1, rest.len);
    struct str fourth, fifth;
    bool five = str_split(tail, '.', &fourth, &fifth) && str_find_char(fifth, '.') < 0;
    return five ? IDENTITY_encrypted : IDENTITY_malformed;
}

enum identity_reason jwt_parse_jws(struct str token, struct arena *arena, struct jwt *ret_jwt)
{
    *ret_jwt = (struct jwt){0};
    if (token.len > LIMIT_TOKEN)
        return IDENTITY_too_large;
    struct str segments[3], header;
    enum identity_reason reason = segments_split(token, segments);
    if (reason != IDENTITY_ACCEPTED)
        return reason;
    if (!base64url_decode(segments[0], arena, &header) ||
        !base64url_decode(segments[1], arena, &ret_jwt->payload_text) ||
        !base64url_decode(segments[2], arena, &ret_jwt->signature))
        return arena->failed ? IDENTITY_memory : IDENTITY_malformed;
    ret_jwt->signing_input = str_slice(token, 0, segments[0].len + 1 + segments[1].len);
    ret_jwt->header = jwt_json_read(header, LIMIT_TOKEN);
    if (!json_is_object(ret_jwt->header)) {
        jwt_release(ret_jwt);
        return IDENTITY_malformed;
    }
    return header_check(ret_jwt->header, ret_jwt);
}

enum identity_reason jwt_parse(struct str token, struct arena *arena, struct jwt *ret_jwt)
{
    enum identity_reason reason = jwt_parse_jws(token, arena, ret_jwt);
    if (!ret_jwt->header)
        return reason;
    ret_jwt->payload = jwt_json_read(ret_jwt->payload_text, LIMIT_TOKEN);
    if (json_is_object(ret_jwt->payload))
        return reason;
    jwt_release(ret_jwt);
    return reason == IDENTITY_ACCEPTED ? IDENTITY_malformed : reason;
}

void jwt_release(struct jwt *jwt)
{
    json_decref(jwt->header);
    json_decref(jwt->payload);
    *jwt = (struct jwt){0};
}

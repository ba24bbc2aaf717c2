/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/line.h"

#include "base/cursor.h"
#include "base/json.h"
#include <stdio.h>

#define BODY_DEPTH     32
#define SIGNATURE_TAIL (sizeof(",\"sig\":\"") - 1 + 2 * AUDIT_SIGNATURE_SIZE + sizeof("\"}") - 1)

/* ---- the check of a body: RFC 8259 without recursion ---- */

static const struct str reserved[] = {
    STR_INIT("n"), STR_INIT("prev"), STR_INIT("from"), STR_INIT("ring"), STR_INIT("rn"),
    STR_INIT("sig"),
};

/* What may come next. */
enum expect { EXPECT_VALUE, EXPECT_VALUE_OR_END, EXPECT_KEY, EXPECT_KEY_OR_END, EXPECT_MORE };

struct checker {
    struct cursor c;
    unsigned depth;
    bool object[BODY_DEPTH + 1]; /* at this depth: object, else array */
    enum expect expect;
};

static bool take_escape(struct cursor *c)
{
    uint8_t e = cursor_u8(c);

    if (e == 'u') {
        unsigned char unused[2];
        return audit_hex_decode(cursor_bytes(c, 4), unused, 2);
    }
    return e != 0 && strchr("\"\\/bfnrt", e) != NULL;
}

/* Behind the opening quote up to and with the closing one. */
static bool take_string(struct cursor *c, struct str *ret_inside, bool *ret_escaped)
{
    const unsigned char *start = c->at;

    *ret_escaped = false;
    for (;;) {
        while (c->at < c->end && *c->at >= 0x20 && *c->at != '"' && *c->at != '\\' &&
               *c->at != 0x7F)
            c->at++;
        uint8_t b = cursor_u8(c);
        if (!cursor_ok(c) || b < 0x20 || b == 0x7F)
            return false;
        if (b == '"')
            break;
        if (b == '\\') {
            *ret_escaped = true;
            if (!take_escape(c))
                return false;
        }
    }
    *ret_inside = str_make(start, (size_t)(c->at - 1 - start));
    return str_is_utf8(*ret_inside);
}

static size_t take_digits(struct cursor *c)
{
    size_t n = 0;

    while (cursor_left(c) > 0 && ascii_digit((char)*c->at)) {
        cursor_skip(c, 1);
        n++;
    }
    return n;
}

static bool take_if(struct cursor *c, const char *any)
{
    if (cursor_left(c) == 0 || *c->at == 0 || strchr(any, *c->at) == NULL)
        return false;
    cursor_skip(c, 1);
    return true;
}

static bool take_number(struct cursor *c)
{
    take_if(c, "-");
    bool zero = cursor_left(c) > 0 && *c->at == '0';
    size_t digits = take_digits(c);
    if (digits == 0 || (zero && digits > 1))
        return false;
    if (take_if(c, ".") && take_digits(c) == 0)
        return false;
    if (take_if(c, "eE")) {
        take_if(c, "+-");
        return take_digits(c) > 0;
    }
    return true;
}

static bool take_word(struct cursor *c)
{
    static const struct str words[] = {STR_INIT("true"), STR_INIT("false"), STR_INIT("null")};
    struct str rest = str_make(c->at, cursor_left(c));

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_starts(rest, words[i])) {
            cursor_skip(c, words[i].len);
            return true;
        }
    return false;
}

static bool check_key(struct checker *k)
{
    struct str key;
    bool escaped;

    if (!take_string(&k->c, &key, &escaped) || cursor_u8(&k->c) != ':')
        return false;
    if (k->depth == 1) {
        if (escaped)
            return false;
        for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
            if (str_equal(key, reserved[i]))
                return false;
    }
    k->expect = EXPECT_VALUE;
    return true;
}

static bool check_open(struct checker *k, bool object)
{
    if (k->depth == BODY_DEPTH)
        return false;
    k->object[++k->depth] = object;
    k->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    cursor_skip(&k->c, 1);
    return true;
}

static bool check_close(struct checker *k, uint8_t bracket)
{
    if (bracket != (k->object[k->depth] ? '}' : ']'))
        return false;
    cursor_skip(&k->c, 1);
    k->depth--;
    k->expect = EXPECT_MORE;
    return true;
}

static bool check_value(struct checker *k, uint8_t first)
{
    struct str inside;
    bool escaped;

    if (first == '{' || first == '[')
        return check_open(k, first == '{');
    k->expect = EXPECT_MORE;
    if (first == '"') {
        cursor_skip(&k->c, 1);
        return take_string(&k->c, &inside, &escaped);
    }
    if (first == '-' || ascii_digit((char)first))
        return take_number(&k->c);
    return take_word(&k->c);
}

static bool check_step(struct checker *k)
{
    uint8_t b = cursor_peek(&k->c);
    bool end = b == '}' || b == ']';

    switch (k->expect) {
    case EXPECT_VALUE:
        return check_value(k, b);
    case EXPECT_VALUE_OR_END:
        return end ? check_close(k, b) : check_value(k, b);
    case EXPECT_KEY_OR_END:
        if (end)
            return check_close(k, b);
        FALLTHROUGH;
    case EXPECT_KEY:
        return cursor_u8(&k->c) == '"' && check_key(k);
    case EXPECT_MORE:
        if (end)
            return check_close(k, b);
        k->expect = k->object[k->depth] ? EXPECT_KEY : EXPECT_VALUE;
        return cursor_u8(&k->c) == ',';
    }
    return false;
}

bool audit_body_good(struct str body)
{
    struct checker k = {.c = cursor_over(body), .expect = EXPECT_VALUE};

    if (body.len < 3 || cursor_peek(&k.c) != '{') /* an object with at least a member */
        return false;
    do {
        if (!check_step(&k) || !cursor_ok(&k.c))
            return false;
    } while (k.depth > 0);
    return cursor_done(&k.c);
}

/* ---- lines ---- */

void audit_line_put(struct buf *out, uint64_t n, const unsigned char prev[AUDIT_HASH_SIZE],
                    const struct audit_origin *origin, struct str body)
{
    char hex[2 * AUDIT_HASH_SIZE], ring[2 * sizeof(uint64_t)];
    unsigned char id[sizeof(uint64_t)];
    struct json_writer w; /* for its numbers */

    json_writer_init(&w, out);
    hex_encode(hex, prev, AUDIT_HASH_SIZE);
    buf_put_str(out, STR("{\"n\":"));
    json_u64(&w, n);
    buf_put_str(out, STR(",\"prev\":\""));
    buf_put(out, hex, sizeof(hex));
    buf_put_str(out, STR("\",\"from\":\""));
    buf_put_str(out, str_of(origin->from));
    buf_put_str(out, STR("\","));
    if (origin->ring != 0) {
        for (size_t i = 0; i < sizeof(id); i++)
            id[i] = (unsigned char)(origin->ring >> (8 * (sizeof(id) - 1 - i)));
        hex_encode(ring, id, sizeof(id));
        buf_put_str(out, STR("\"ring\":\""));
        buf_put(out, ring, sizeof(ring));
        buf_put_str(out, STR("\",\"rn\":"));
        json_writer_init(&w, out);
        json_u64(&w, origin->number);
        buf_put_u8(out, ',');
    }
    buf_put_str(out, str_slice(body, 1, body.len));
}

static bool take_literal(struct cursor *c, struct str literal)
{
    return str_equal(cursor_bytes(c, literal.len), literal);
}

static bool take_u64(struct cursor *c, uint64_t *ret_value)
{
    const unsigned char *start = c->at;
    size_t digits = take_digits(c);

    return str_to_u64(str_make(start, digits), UINT64_MAX, ret_value);
}

static bool take_ring(struct cursor *c, struct audit_line *line)
{
    unsigned char id[8];

    if (!audit_hex_decode(cursor_bytes(c, 16), id, sizeof(id)))
        return false;
    for (size_t i = 0; i < sizeof(id); i++)
        line->ring = line->ring << 8 | id[i];
    return take_literal(c, STR("\",\"rn\":")) && take_u64(c, &line->number) &&
           take_literal(c, STR(","));
}

bool audit_line_read(struct str text, struct audit_line *ret_line)
{
    struct cursor c = cursor_over(text);
    struct audit_line line = {0};

    if (!take_literal(&c, STR("{\"n\":")) || !take_u64(&c, &line.n) || line.n == 0 ||
        !take_literal(&c, STR(",\"prev\":\"")) ||
        !audit_hex_decode(cursor_bytes(&c, 2 * AUDIT_HASH_SIZE), line.prev, AUDIT_HASH_SIZE) ||
        !take_literal(&c, STR("\",\"from\":\"")))
        return false;
    struct str rest = str_make(c.at, cursor_left(&c));
    ptrdiff_t quote = str_find_char(str_slice(rest, 0, AUDIT_ORIGIN_SIZE), '"');
    if (quote < 1)
        return false;
    line.from = cursor_bytes(&c, (size_t)quote);
    if (!take_literal(&c, STR("\",")))
        return false;
    rest = str_make(c.at, cursor_left(&c));
    if (str_starts(rest, STR("\"ring\":\""))) {
        cursor_skip(&c, sizeof("\"ring\":\"") - 1);
        if (!take_ring(&c, &line))
            return false;
    }
    line.body = cursor_rest(&c);
    if (!cursor_ok(&c) || line.body.len < 2 || line.body.ptr[line.body.len - 1] != '}')
        return false;
    *ret_line = line;
    return true;
}

/* What follows `"key":` in an object whose strings hold no quotes. */
static bool member_find(struct str object, const char *key, struct str *ret_rest)
{
    char quoted[40];
    int len = snprintf(quoted, sizeof(quoted), "\"%s\":", key);
    ptrdiff_t at = str_find(object, str_make(quoted, (size_t)len));

    if (at < 0)
        return false;
    *ret_rest = str_slice(object, (size_t)at + (size_t)len, object.len);
    return true;
}

bool audit_member_u64(struct str object, const char *key, uint64_t *ret_value)
{
    struct str rest;

    if (!member_find(object, key, &rest))
        return false;
    struct cursor c = cursor_over(rest);
    return take_u64(&c, ret_value);
}

bool audit_member_text(struct str object, const char *key, struct str *ret_value)
{
    struct str rest;

    if (!member_find(object, key, &rest) || !str_starts(rest, STR("\"")))
        return false;
    rest = str_slice(rest, 1, rest.len);
    ptrdiff_t quote = str_find_char(rest, '"');
    if (quote < 0)
        return false;
    *ret_value = str_slice(rest, 0, (size_t)quote);
    return true;
}

/* ---- signatures ---- */

void audit_sign_end(struct buf *out, size_t start, const struct audit_key *key)
{
    unsigned char signature[AUDIT_SIGNATURE_SIZE];
    char hex[2 * AUDIT_SIGNATURE_SIZE];

    audit_key_sign(key, str_slice(buf_str(out), start, out->len), signature);
    hex_encode(hex, signature, sizeof(signature));
    buf_put(out, ",\"sig\":\"", 8);
    buf_put(out, hex, sizeof(hex));
    buf_put(out, "\"}", 2);
}

bool audit_signed_by(struct str object, const unsigned char public_key[AUDIT_PUBLIC_SIZE])
{
    unsigned char signature[AUDIT_SIGNATURE_SIZE];

    if (object.len < SIGNATURE_TAIL)
        return false;
    struct str head = str_slice(object, 0, object.len - SIGNATURE_TAIL);
    struct str tail = str_slice(object, head.len, SIGNATURE_TAIL);
    return str_starts(tail, STR(",\"sig\":\"")) && str_ends(tail, STR("\"}")) &&
           audit_hex_decode(str_slice(tail, 8, 2 * AUDIT_SIGNATURE_SIZE), signature,
                            sizeof(signature)) &&
           audit_signature_good(public_key, head, signature);
}

/* ---- names and the head file ---- */

void audit_segment_name(uint64_t number, char out[AUDIT_SEGMENT_NAME_SIZE])
{
    snprintf(out, AUDIT_SEGMENT_NAME_SIZE, "audit-%06llu.jsonl", (unsigned long long)number);
}

uint64_t audit_segment_number(struct str name)
{
    char expected[AUDIT_SEGMENT_NAME_SIZE];
    uint64_t number;

    if (!str_starts(name, STR("audit-")) || !str_ends(name, STR(".jsonl")) || name.len < 18 ||
        !str_to_u64(str_slice(name, 6, name.len - 12), UINT32_MAX, &number))
        return 0;
    audit_segment_name(number, expected);
    return str_equal(name, str_of(expected)) ? number : 0;
}

void audit_head_put(struct buf *out, const struct audit_head *head, const struct audit_key *key)
{
    char hex[2 * AUDIT_HASH_SIZE];
    size_t start = out->len;

    hex_encode(hex, head->hash, AUDIT_HASH_SIZE);
    buf_printf(out, "{\"n\":%llu,\"hash\":\"%.*s\",\"segment\":%llu,\"offset\":%llu",
               (unsigned long long)head->n, (int)sizeof(hex), hex,
               (unsigned long long)head->segment, (unsigned long long)head->offset);
    audit_sign_end(out, start, key);
    while (out->len - start < AUDIT_HEAD_SIZE - 1 && !out->failed)
        buf_put_u8(out, ' ');
    buf_put_u8(out, '\n');
}

bool audit_head_read(struct str text, const unsigned char public_key[AUDIT_PUBLIC_SIZE],
                     struct audit_head *ret_head)
{
    struct str object = str_trim(text), hash;
    struct audit_head head;

    if (!audit_signed_by(object, public_key) || !audit_member_u64(object, "n", &head.n) ||
        !audit_member_text(object, "hash", &hash) ||
        !audit_hex_decode(hash, head.hash, AUDIT_HASH_SIZE) ||
        !audit_member_u64(object, "segment", &head.segment) ||
        !audit_member_u64(object, "offset", &head.offset))
        return false;
    *ret_head = head;
    return true;
}

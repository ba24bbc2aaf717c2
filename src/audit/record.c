/* SPDX-License-Identifier: Apache-2.0
 *
 * Members are written in a fixed order, those that are empty left out. Numbers of an outcome are
 * always there, so that 0 rows can be told from no answer.
 */
#include "audit/record.h"

#include "audit/digest.h"
#include "base/clock.h"
#include "base/json.h"

static const char *const kind_names[AUDIT_KIND_COUNT] = {
    [AUDIT_INVALID] = "invalid",
#define AUDIT_KIND(name, meaning) [AUDIT_##name] = #name,
#include "audit/record_kinds.h"
#undef AUDIT_KIND
};

const char *audit_kind_name(enum audit_kind kind)
{
    return (unsigned)kind < AUDIT_KIND_COUNT ? kind_names[kind] : kind_names[AUDIT_INVALID];
}

void audit_id_format(uint64_t session, uint64_t statement, char out[AUDIT_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char text[16];
    size_t at = sizeof text;

    for (size_t i = 16; i > 0; i--, session >>= 4)
        out[i - 1] = digits[session & 15];
    do {
        text[--at] = digits[statement & 15];
        statement >>= 4;
    } while (statement > 0);
    out[16] = '-';
    memcpy(out + 17, text + at, sizeof text - at);
    out[17 + sizeof text - at] = '\0';
}

/* At most `max` bytes, not cut inside a UTF-8 sequence. */
static struct str cut(struct str text, size_t max)
{
    if (text.len <= max)
        return text;
    size_t len = max;
    for (int i = 0; i < 3 && len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80; i++)
        len--;
    return str_slice(text, 0, len);
}

static void put_field(struct json_writer *w, const char *key, struct str value)
{
    static const char ellipsis[] = "\xE2\x80\xA6";
    char shortened[AUDIT_FIELD_MAX + sizeof(ellipsis)];

    if (value.len == 0)
        return;
    json_key(w, key);
    if (value.len <= AUDIT_FIELD_MAX) {
        json_text(w, value);
        return;
    }
    struct str head = cut(value, AUDIT_FIELD_MAX);
    memcpy(shortened, head.ptr, head.len);
    memcpy(shortened + head.len, ellipsis, sizeof(ellipsis) - 1);
    json_text(w, str_make(shortened, head.len + sizeof(ellipsis) - 1));
}

static void put_number(struct json_writer *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_u64(w, value);
}

static void put_hash(struct json_writer *w, const char *key, struct str bytes)
{
    char hex[2 * AUDIT_HASH_SIZE + 1];

    audit_sha256_hex(bytes, hex);
    json_key(w, key);
    json_text(w, str_of(hex));
}

static void put_text(struct json_writer *w, struct str text)
{
    if (text.len == 0)
        return;
    json_key(w, "text");
    json_bytes(w, cut(text, AUDIT_TEXT_MAX));
    if (text.len > AUDIT_TEXT_MAX) {
        put_number(w, "text_bytes", text.len);
        put_hash(w, "text_sha256", text);
    }
}

static void put_json(struct json_writer *w, const char *key, struct str value, size_t max)
{
    if (value.len == 0)
        return;
    json_key(w, key);
    if (value.len <= max) {
        json_raw(w, value);
        return;
    }
    json_object_begin(w);
    put_number(w, "bytes", value.len);
    put_hash(w, "sha256", value);
    json_object_end(w);
}

static void put_hex(struct json_writer *w, const char *key, uint64_t value)
{
    char text[AUDIT_ID_SIZE];

    audit_id_format(value, 0, text);
    text[16] = '\0';
    json_key(w, key);
    json_text(w, str_of(text));
}

static void put_who(struct json_writer *w, const struct audit_record *r)
{
    char text[CLOCK_TEXT_SIZE > AUDIT_ID_SIZE ? CLOCK_TEXT_SIZE : AUDIT_ID_SIZE];

    put_number(w, "v", AUDIT_VERSION);
    clock_format_us(r->time_us, text);
    put_field(w, "time", str_of(text));
    put_field(w, "kind", str_of(audit_kind_name(r->kind)));
    if (r->statement != 0) {
        audit_id_format(r->session, r->statement, text);
        put_field(w, "id", str_of(text));
    }
    if (r->session != 0)
        put_hex(w, "session", r->session);
    put_field(w, "peer", r->peer);
    put_json(w, "identity", r->identity_json, AUDIT_IDENTITY_MAX);
    put_field(w, "target", r->target);
    put_field(w, "account", r->account);
    put_field(w, "database", r->database);
}

static void put_what(struct json_writer *w, const struct audit_record *r)
{
    put_field(w, "command", r->command);
    put_text(w, r->text);
    put_json(w, "values", r->values_json, AUDIT_JSON_MAX);
    put_field(w, "digest", r->digest);
    put_json(w, "analysis", r->analysis_json, AUDIT_JSON_MAX);
    put_field(w, "decision", r->decision);
    put_field(w, "code", r->code);
    put_field(w, "rule", r->rule);
    put_field(w, "approval", r->approval);
    put_json(w, "masked", r->masked_json, AUDIT_JSON_MAX);
}

static void put_outcome(struct json_writer *w, const struct audit_record *r)
{
    if (r->has_outcome) {
        put_number(w, "rows", r->rows);
        put_number(w, "affected", r->affected);
        put_number(w, "bytes", r->bytes);
        put_number(w, "duration_us", r->duration_us);
    }
    if (r->error != 0)
        put_number(w, "error", r->error);
    put_field(w, "sqlstate", r->sqlstate);
    put_field(w, "message", r->message);
    put_json(w, "detail", r->detail_json, AUDIT_JSON_MAX);
}

bool audit_record_put(const struct audit_record *record, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    put_who(&w, record);
    put_what(&w, record);
    put_outcome(&w, record);
    json_object_end(&w);
    return !out->failed;
}

size_t audit_record_encode(const struct audit_record *record, char *out, size_t max)
{
    /* Never grows, as it is as large as it may be. */
    struct buf buf = {.data = out, .cap = max, .max = max};

    return audit_record_put(record, &buf) ? buf.len : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

void json_writer_init(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out};
}

static void separate(struct json_writer *w)
{
    if (w->comma[w->depth])
        buf_put_u8(w->out, ',');
    w->comma[w->depth] = true;
}

static void open_level(struct json_writer *w, char bracket)
{
    separate(w);
    buf_put_u8(w->out, (uint8_t)bracket);
    REQUIRE(w->depth + 1 < JSON_DEPTH);
    w->comma[++w->depth] = false;
}

static void close_level(struct json_writer *w, char bracket)
{
    REQUIRE(w->depth > 0);
    w->depth--;
    buf_put_u8(w->out, (uint8_t)bracket);
}

void json_object_begin(struct json_writer *w)
{
    open_level(w, '{');
}

void json_object_end(struct json_writer *w)
{
    close_level(w, '}');
}

void json_array_begin(struct json_writer *w)
{
    open_level(w, '[');
}

void json_array_end(struct json_writer *w)
{
    close_level(w, ']');
}

static void put_escape(struct buf *out, unsigned code)
{
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', digits[code >> 12 & 15], digits[code >> 8 & 15],
                    digits[code >> 4 & 15], digits[code & 15]};

    buf_put(out, text, sizeof(text));
}

/* How many bytes from `at` can be copied as they are. */
static size_t plain_run(struct str s, size_t at)
{
    size_t i = at;

    while (i < s.len) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7F)
            break;
        i++;
    }
    return i - at;
}

static void put_ascii(struct buf *out, unsigned char c)
{
    if (c == '"' || c == '\\') {
        buf_put_u8(out, '\\');
        buf_put_u8(out, c);
    } else if (c == '\n') {
        buf_put(out, "\\n", 2);
    } else if (c == '\t') {
        buf_put(out, "\\t", 2);
    } else if (c == '\r') {
        buf_put(out, "\\r", 2);
    } else {
        put_escape(out, c);
    }
}

/* One sequence of two to four bytes; gives how many it took. */
static size_t put_wide(struct buf *out, struct str s, size_t at)
{
    for (size_t n = 2; n <= 4 && at + n <= s.len; n++) {
        struct str one = str_slice(s, at, n);
        if (!str_is_utf8(one))
            continue;
        if (n == 2 && (unsigned char)one.ptr[0] == 0xC2 && (unsigned char)one.ptr[1] < 0xA0)
            put_escape(out, (unsigned char)one.ptr[1]); /* C1 controls */
        else if (n == 3 && memcmp(one.ptr, "\xE2\x80\xA8", 3) == 0)
            put_escape(out, 0x2028);
        else if (n == 3 && memcmp(one.ptr, "\xE2\x80\xA9", 3) == 0)
            put_escape(out, 0x2029);
        else
            buf_put_str(out, one);
        return n;
    }
    buf_put(out, "\\ufffd", 6);
    return 1;
}

static void put_string(struct buf *out, struct str s)
{
    buf_put_u8(out, '"');
    for (size_t i = 0; i < s.len;) {
        size_t run = plain_run(s, i);
        buf_put(out, s.ptr + i, run);
        i += run;
        if (i == s.len)
            break;
        if ((unsigned char)s.ptr[i] < 0x80) {
            put_ascii(out, (unsigned char)s.ptr[i]);
            i++;
        } else {
            i += put_wide(out, s, i);
        }
    }
    buf_put_u8(out, '"');
}

void json_key_str(struct json_writer *w, struct str key)
{
    separate(w);
    put_string(w->out, key);
    buf_put_u8(w->out, ':');
    w->comma[w->depth] = false;
}

void json_key(struct json_writer *w, const char *key)
{
    json_key_str(w, str_of(key));
}

void json_text(struct json_writer *w, struct str text)
{
    separate(w);
    put_string(w->out, text);
}

void json_bytes(struct json_writer *w, struct str bytes)
{
    separate(w);
    if (str_is_utf8(bytes)) {
        put_string(w->out, bytes);
        return;
    }
    buf_put_str(w->out, STR("{\"b64\":\""));
    base64_put(w->out, bytes);
    buf_put_str(w->out, STR("\"}"));
}

void json_u64(struct json_writer *w, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    separate(w);
    buf_put(w->out, digits + at, sizeof digits - at);
}

void json_i64(struct json_writer *w, int64_t v)
{
    separate(w);
    buf_printf(w->out, "%lld", (long long)v);
}

void json_bool(struct json_writer *w, bool v)
{
    separate(w);
    buf_put_str(w->out, v ? STR("true") : STR("false"));
}

void json_put_null(struct json_writer *w)
{
    separate(w);
    buf_put_str(w->out, STR("null"));
}

void json_raw(struct json_writer *w, struct str json)
{
    separate(w);
    buf_put_str(w->out, json);
}

void base64_put(struct buf *out, struct str bytes)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes.ptr;

    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t v = (uint32_t)p[i] << 16;
        if (n > 1)
            v |= (uint32_t)p[i + 1] << 8;
        if (n > 2)
            v |= p[i + 2];
        char text[4] = {letters[v >> 18 & 63], letters[v >> 12 & 63],
                        n > 1 ? letters[v >> 6 & 63] : '=', n > 2 ? letters[v & 63] : '='};
        buf_put(out, text, 4);
    }
}

void hex_encode(char *out, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = bytes;

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
}

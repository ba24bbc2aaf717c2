#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON out, straight into a buffer: for audit records and API answers, where building a tree
 * first would cost more than the text. Reading JSON is jansson's.
 *
 *   json_object_begin(&w);
 *   json_key(&w, "rows"); json_u64(&w, 3);
 *   json_object_end(&w);
 *
 * Commas are put by the writer. Strings are escaped so that no byte of a peer can end a line or
 * move a terminal's cursor: control characters, DEL, U+2028/9 and C1 controls as \u00XX; bytes
 * that are not UTF-8 make the whole string a {"b64": "..."} object (json_bytes) or U+FFFD
 * (json_text).
 */
#include "base/buf.h"

#define JSON_DEPTH 32

struct json_writer {
    struct buf *out;
    unsigned depth;
    bool comma[JSON_DEPTH]; /* a value stands before the next one at this depth */
};

void json_writer_init(struct json_writer *w, struct buf *out);
void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_key_str(struct json_writer *w, struct str key);
/* Text for people; bytes that are not UTF-8 become U+FFFD. */
void json_text(struct json_writer *w, struct str text);
/* Exact bytes: a string when they are UTF-8, else {"b64": base64 with padding}. */
void json_bytes(struct json_writer *w, struct str bytes);
void json_u64(struct json_writer *w, uint64_t v);
void json_i64(struct json_writer *w, int64_t v);
void json_bool(struct json_writer *w, bool v);
/* Not json_null: that name is jansson's, and the dynamic linker would take this one for it. */
void json_put_null(struct json_writer *w);
/* A value that is JSON already. */
void json_raw(struct json_writer *w, struct str json);

/* Base64 with padding (RFC 4648 section 4) at the end of `out`. */
void base64_put(struct buf *out, struct str bytes);
/* Lower-case hexadecimal; `out` gets 2 * len characters, no NUL. */
void hex_encode(char *out, const void *bytes, size_t len);

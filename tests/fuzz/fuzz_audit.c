/* SPDX-License-Identifier: Apache-2.0
 *
 * A line of the log: as one read back from a folder that anyone may have changed, and as a body
 * that comes from another process. A body that passes must be an object to a real JSON reader, and
 * must come back out of its line.
 */
#include "audit/line.h"
#include "audit/search.h"
#include "base/cursor.h"
#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_body(struct str body)
{
    struct audit_origin origin = {.from = "worker/1", .ring = 7, .number = 3};
    unsigned char prev[AUDIT_HASH_SIZE] = {1, 2, 3};
    struct audit_line line;
    struct buf out;

    if (!audit_body_good(body))
        return;
    json_error_t error;
    json_t *decoded = json_loadb(body.ptr, body.len, JSON_ALLOW_NUL, &error);
    /* the one thing that jansson refuses and RFC 8259 doesn't: numbers out of its range, lone
     * surrogates */
    if (decoded)
        REQUIRE(json_is_object(decoded) && json_object_get(decoded, "prev") == NULL &&
                json_object_get(decoded, "n") == NULL);
    json_decref(decoded);
    buf_init(&out, AUDIT_LINE_MAX);
    audit_line_put(&out, 9, prev, &origin, body);
    REQUIRE(!out.failed && audit_line_read(buf_str(&out), &line));
    REQUIRE(line.n == 9 && line.ring == 7 && line.number == 3);
    REQUIRE(str_equal(line.body, str_slice(body, 1, body.len)));
    REQUIRE(str_find_char(buf_str(&out), '\n') < 0);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_make(data, size), value;
    static const unsigned char public_key[AUDIT_PUBLIC_SIZE] = {1};
    static const struct audit_filter filter = {.text = STR_INIT("select"),
                                               .subject = STR_INIT("a*")};
    struct audit_line line;
    struct audit_head head;
    uint64_t number;

    if (audit_line_read(text, &line)) {
        REQUIRE(line.n != 0 && line.from.len > 0);
        (void)audit_member_u64(line.body, "segment", &number);
        (void)audit_member_text(line.body, "kind", &value);
    }
    REQUIRE(!audit_head_read(text, public_key, &head));
    REQUIRE(!audit_signed_by(text, public_key));
    (void)audit_segment_number(text);
    (void)audit_filter_matches(&filter, text, NULL);
    try_body(text);
    return 0;
}

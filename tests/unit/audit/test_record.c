/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "audit/line.h"
#include "audit/record.h"
#include "base/attr.h"
#include <jansson.h>

static char out[LIMIT_AUDIT_RECORD];

static struct str encode(const struct audit_record *r)
{
    size_t len = audit_record_encode(r, out, sizeof(out));
    assert_true(len > 0);
    assert_true(audit_body_good(str_make(out, len)));
    return str_make(out, len);
}

static void a_decision_reads_as_documented(void **state)
{
    (void)state;
    struct audit_record r = {
        .kind = AUDIT_decision,
        .time_us = 1763800000123456,
        .session = 0x1000000000007,
        .statement = 26,
        .peer = STR("127.0.0.1:5000"),
        .identity_json = STR("{\"issuer\":\"dev\",\"subject\":\"bot\",\"groups\":[\"ai\"]}"),
        .target = STR("shop"),
        .command = STR("query"),
        .text = STR("SELECT 1"),
        .decision = STR("allow"),
        .rule = STR("agents (a.yaml:7)"),
    };
    assert_str(encode(&r),
               STR("{\"v\":1,\"time\":\"2025-11-22T08:26:40.123456Z\",\"kind\":\"decision\","
                   "\"id\":\"0001000000000007-1a\",\"session\":\"0001000000000007\","
                   "\"peer\":\"127.0.0.1:5000\",\"identity\":{\"issuer\":\"dev\",\"subject\":"
                   "\"bot\",\"groups\":[\"ai\"]},\"target\":\"shop\",\"command\":\"query\","
                   "\"text\":\"SELECT 1\",\"decision\":\"allow\",\"rule\":\"agents (a.yaml:7)\"}"));
}

static void an_outcome_tells_its_zeros(void **state)
{
    (void)state;
    struct audit_record r = {.kind = AUDIT_outcome, .has_outcome = true, .error = 1062,
                             .sqlstate = STR("23000"), .message = STR("Duplicate entry")};
    assert_str(encode(&r),
               STR("{\"v\":1,\"time\":\"1970-01-01T00:00:00.000000Z\",\"kind\":\"outcome\","
                   "\"rows\":0,\"affected\":0,\"bytes\":0,\"duration_us\":0,\"error\":1062,"
                   "\"sqlstate\":\"23000\",\"message\":\"Duplicate entry\"}"));
}

/* Whatever a client sends, the record is one line and the client's bytes stay in their member. */
static void no_text_can_forge_a_line(void **state)
{
    (void)state;
    static const struct str rows[] = {
        STR_INIT("a\n{\"n\":1,\"prev\":\"\"}"), STR_INIT("\x1b[2J\x07\x7f"),
        STR_INIT("\",\"decision\":\"allow"),  STR_INIT("\\\",\"x\":\""),
        STR_INIT("\xff\xfe\n"),               STR_INIT("\xE2\x80\xA8\xC2\x85\r\n"),
        STR_INIT("nul \0 inside"),
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct audit_record r = {.kind = AUDIT_decision, .text = rows[i], .target = rows[i],
                                 .message = rows[i], .decision = STR("deny")};
        struct str line = encode(&r);
        for (size_t k = 0; k < line.len; k++)
            if ((unsigned char)line.ptr[k] < 0x20 || line.ptr[k] == 0x7F)
                fail_msg("row %zu: control character", i);
        json_t *decoded = json_loadb(line.ptr, line.len,
                                     JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        assert_non_null(decoded);
        assert_string_equal(json_string_value(json_object_get(decoded, "decision")), "deny");
        assert_int_equal(json_object_size(decoded), 7);
        json_decref(decoded);
    }
}

static void what_is_too_long_is_cut_and_hashed(void **state)
{
    (void)state;
    static char big[2 << 20];
    static const char *fills[] = {"a", "\x01", "\"", "\xff", "\xE2\x82\xAC"};
    for (size_t f = 0; f < ARRAY_LEN(fills); f++) {
        size_t step = strlen(fills[f]);
        for (size_t i = 0; i + step <= sizeof(big); i += step)
            memcpy(big + i, fills[f], step);
        struct str text = str_make(big, sizeof(big) / step * step);
        struct audit_record r = {
            .kind = AUDIT_decision, .session = 1, .statement = 1, .peer = text, .target = text,
            .account = text, .database = text, .command = text, .text = text, .digest = text,
            .decision = text, .code = text, .rule = text, .approval = text, .sqlstate = text,
            .message = text, .identity_json = text, .values_json = text, .analysis_json = text,
            .masked_json = text, .detail_json = text, .has_outcome = true};
        struct str line = encode(&r); /* fits, and is one good object */
        assert_true(str_find(line, STR("\"text_bytes\":20971")) > 0);
        assert_true(str_find(line, STR("\"text_sha256\":\"")) > 0);
        assert_true(str_find(line, STR("\"values\":{\"bytes\":20971")) > 0);
        assert_true(str_find(line, STR("\"identity\":{\"bytes\":20971")) > 0);
    }
}

static void bodies_are_checked(void **state)
{
    (void)state;
    static const struct {
        struct str body;
        bool good;
    } rows[] = {
        {STR_INIT("{\"v\":1}"), true},
        {STR_INIT("{\"a\":[1,-2.5e3,\"x\\u00e9\\n\",true,false,null,{},[]],\"b\":{\"n\":1}}"), true},
        {STR_INIT("{}"), false},
        {STR_INIT(""), false},
        {STR_INIT("[1]"), false},
        {STR_INIT("{\"v\":1}x"), false},
        {STR_INIT("{\"v\":1}\n"), false},
        {STR_INIT("{\"v\":1,}"), false},
        {STR_INIT("{\"v\":1 }"), false},
        {STR_INIT("{\"v\":01}"), false},
        {STR_INIT("{\"v\":1.}"), false},
        {STR_INIT("{\"v\":-}"), false},
        {STR_INIT("{\"v\":1e}"), false},
        {STR_INIT("{\"v\":\"a\nb\"}"), false},
        {STR_INIT("{\"v\":\"\x7f\"}"), false},
        {STR_INIT("{\"v\":\"\xff\"}"), false},
        {STR_INIT("{\"v\":\"\\x\"}"), false},
        {STR_INIT("{\"v\":\"\\u12g4\"}"), false},
        {STR_INIT("{\"v\":\"abc}"), false},
        {STR_INIT("{\"v\":[1,2}"), false},
        {STR_INIT("{\"v\":[1,]}"), false},
        {STR_INIT("{\"v\":nul}"), false},
        {STR_INIT("{\"v\"}"), false},
        {STR_INIT("{v:1}"), false},
        {STR_INIT("{\"v\":1}{\"v\":1}"), false},
        {STR_INIT("{\"v\":1,\"n\":2}"), false},      /* the recorder's own names */
        {STR_INIT("{\"v\":1,\"prev\":\"\"}"), false},
        {STR_INIT("{\"from\":\"control\"}"), false},
        {STR_INIT("{\"ring\":1}"), false},
        {STR_INIT("{\"rn\":1}"), false},
        {STR_INIT("{\"sig\":\"\"}"), false},
        {STR_INIT("{\"\\u006e\":2}"), false},        /* n, spelled with an escape */
        {STR_INIT("{\"a\":{\"\\u006e\":2}}"), true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (audit_body_good(rows[i].body) != rows[i].good)
            fail_msg("%.*s", STR_ARG(rows[i].body));
    static char deep[200];
    memset(deep, '[', sizeof(deep));
    memcpy(deep, "{\"v\":", 5);
    assert_false(audit_body_good(str_make(deep, sizeof(deep))));
}

static void a_line_comes_back(void **state)
{
    (void)state;
    struct audit_origin origin = {.from = "worker/3", .ring = 0xabcdef, .number = 77};
    unsigned char prev[AUDIT_HASH_SIZE];
    struct audit_line line;
    struct buf buf;
    buf_init(&buf, 4096);
    memset(prev, 0x5a, sizeof(prev));
    audit_line_put(&buf, 12, prev, &origin, STR("{\"v\":1}"));
    assert_true(audit_line_read(buf_str(&buf), &line));
    assert_int_equal(line.n, 12);
    assert_memory_equal(line.prev, prev, sizeof(prev));
    assert_str(line.from, STR("worker/3"));
    assert_int_equal(line.ring, 0xabcdef);
    assert_int_equal(line.number, 77);
    assert_str(line.body, STR("\"v\":1}"));
    for (size_t n = 0; n < buf.len; n++)
        assert_false(audit_line_read(str_make(buf.data, n), &line));
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decision_reads_as_documented),
        cmocka_unit_test(an_outcome_tells_its_zeros),
        cmocka_unit_test(no_text_can_forge_a_line),
        cmocka_unit_test(what_is_too_long_is_cut_and_hashed),
        cmocka_unit_test(bodies_are_checked),
        cmocka_unit_test(a_line_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

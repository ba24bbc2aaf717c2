/* SPDX-License-Identifier: Apache-2.0
 *
 * Scripts of logins: what the server sends (hexadecimal, or a word for the long ones) and which
 * step follows. The greetings are MariaDB's and MySQL's own.
 */
#include "hex.h"
#include "wire/dialogue.h"

#define MARIADB                                                                                    \
    "0a352e352e352d31302e31312e31392d4d6172696144422d302b64656231327531001500000043227c6e34573852" \
    "00feff2d0200ff81150000000000001d000000747158483d3a4a4661372b6f006d7973716c5f6e61746976655f70" \
    "617373776f726400"
#define MYSQL                                                                                      \
    "0a392e372e342d32001a000000636e501f7219202500ffffff0200ffdf1500000000000000000000392e303865217" \
    "35227131d5b0063616368696e675f736861325f70617373776f726400"
#define SCRAMBLE "3132333435363738393031323334353637383930" /* 12345678901234567890 */
#define SWITCH_NATIVE "fe6d7973716c5f6e61746976655f70617373776f726400" SCRAMBLE "00"
#define SWITCH_SHA2 "fe63616368696e675f736861325f70617373776f726400" SCRAMBLE "00"
#define SWITCH_CLEAR "fe6d7973716c5f636c6561725f70617373776f726400"
#define OK "00000002000000"
#define ERR "ff1504233238303030416363657373"

#define T true
#define F false

/* Letters: t TLS, 1 answer to the scramble, c clear, r RSA, w wait, d done, e refused, x broken.
 * After t the script goes on when TLS stands, after an answer when it was sent. */
static const struct {
    const char *name;
    struct wire_dialogue_settings settings;
    const char *payloads[6];
    const char *steps;
} scripts[] = {
    {"MariaDB, native", {0}, {MARIADB, OK}, "1d"},
    {"MySQL, the entry is cached", {0}, {MYSQL, "0103", OK}, "1wd"},
    {"TLS first", {.tls = T, .verified = T}, {MYSQL, "0103", OK}, "t1wd"},
    {"full over TLS", {.tls = T, .verified = T}, {MYSQL, "0104", OK}, "t1cd"},
    {"full over a unix socket", {.socket = T}, {MYSQL, "0104", OK}, "1cd"},
    {"full over TLS to anybody", {.tls = T, .has_key = T}, {MYSQL, "0104"}, "t1x"},
    {"full in the open", {0}, {MYSQL, "0104"}, "1x"},
    {"full in the open with the key", {.has_key = T}, {MYSQL, "0104", OK}, "1rd"},
    {"switch to native", {0}, {MYSQL, SWITCH_NATIVE, OK}, "11d"},
    {"switch to sha2, then full", {.tls = T, .verified = T}, {MARIADB, SWITCH_SHA2, "0104", OK}, "t11cd"},
    {"switch twice", {0}, {MYSQL, SWITCH_NATIVE, SWITCH_NATIVE}, "11x"},
    {"switch to clear text", {.tls = T, .verified = T}, {MYSQL, SWITCH_CLEAR}, "t1x"},
    {"switch of before 4.1.1", {0}, {MYSQL, "fe"}, "1x"},
    {"switch with a short scramble", {0}, {MYSQL, "fe6d7973716c5f6e61746976655f70617373776f7264003100"}, "1x"},
    {"full asked twice", {.tls = T, .verified = T}, {MYSQL, "0104", "0104"}, "t1cx"},
    {"full of native", {.tls = T, .verified = T}, {MYSQL, SWITCH_NATIVE, "0104"}, "t11x"},
    {"a public key that was not asked for", {.tls = T, .verified = T}, {MYSQL, "012d2d2d2d2d42"}, "t1x"},
    {"refused", {0}, {MARIADB, ERR}, "1e"},
    {"refused instead of a greeting", {0}, {"ff1004546f6f206d616e79"}, "e"},
    {"no TLS there", {.tls = T}, {"0a3500010000004142434445464748 00 00f7 08 0200 0f00 15 00000000000000000000"
                                  "41424344454647484142434400 61 00"}, "x"},
    {"no greeting", {0}, {"09"}, "x"},
    {"not MySQL at all", {0}, {"485454502f312e31"}, "x"},
    {"OK that is cut", {0}, {MARIADB, "0000"}, "1x"},
    {"an empty payload", {0}, {MARIADB, ""}, "1x"},
    {"rows", {0}, {MARIADB, "0131"}, "1x"},
};

static struct buf bytes, out;

static char letter(const struct wire_dialogue *d)
{
    static const char stages[] = "1cr";

    switch (d->step) {
    case WIRE_DIALOGUE_TLS:
        return 't';
    case WIRE_DIALOGUE_ANSWER:
        return stages[d->stage];
    case WIRE_DIALOGUE_WAIT:
        return 'w';
    case WIRE_DIALOGUE_DONE:
        return 'd';
    case WIRE_DIALOGUE_REFUSED:
        return 'e';
    case WIRE_DIALOGUE_BROKEN:
        return 'x';
    case WIRE_DIALOGUE_INVALID:
    case WIRE_DIALOGUE_GREETING:
        break;
    }
    return '?';
}

/* Does what the step asks of the caller; appends the letters it saw. */
static void follow(struct wire_dialogue *d, char *seen, size_t *n)
{
    seen[(*n)++] = letter(d);
    buf_clear(&out);
    if (d->step == WIRE_DIALOGUE_TLS) {
        wire_dialogue_tls_request(d, &out);
        assert_int_equal(out.len, 32);
        (void)wire_dialogue_secured(d);
        seen[(*n)++] = letter(d);
        buf_clear(&out);
    }
    if (d->step == WIRE_DIALOGUE_ANSWER)
        assert_int_equal(wire_dialogue_answer(d, STR("gateway"), STR("answer"), &out),
                         WIRE_DIALOGUE_WAIT);
}

static void scripts_play(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        struct wire_dialogue d;
        char seen[32] = {0};
        size_t n = 0;

        wire_dialogue_init(&d, &scripts[i].settings);
        for (size_t p = 0; scripts[i].payloads[p] != NULL; p++) {
            assert_true(wire_dialogue_waits(&d));
            (void)wire_dialogue_payload(&d, hex_only(&bytes, scripts[i].payloads[p]));
            follow(&d, seen, &n);
        }
        if (strcmp(seen, scripts[i].steps) != 0)
            fail_msg("%s: %s, not %s (%s)", scripts[i].name, seen, scripts[i].steps,
                     d.problem ? d.problem : "");
        if (d.step == WIRE_DIALOGUE_BROKEN)
            assert_non_null(d.problem);
    }
}

static void the_login_has_what_was_agreed(void **state)
{
    (void)state;
    struct wire_dialogue_settings settings = {.tls = true, .collation = 45, .max_packet = 1 << 24,
                                              .client_capabilities = WIRE_CAP(FOUND_ROWS)};
    struct wire_dialogue d;
    struct wire_login request, login;

    wire_dialogue_init(&d, &settings);
    (void)wire_dialogue_payload(&d, hex_only(&bytes, MYSQL));
    assert_int_equal(d.greeting.connection_id, 26);
    buf_clear(&out);
    wire_dialogue_tls_request(&d, &out);
    assert_true(wire_login_decode(buf_str(&out), ~0ull, &request));
    assert_true(request.tls_request);
    (void)wire_dialogue_secured(&d);
    buf_clear(&out);
    (void)wire_dialogue_answer(&d, STR("gateway"), STR("\1\2\3"), &out);
    assert_true(wire_login_decode(buf_str(&out), ~0ull, &login));
    assert_str(login.user, STR("gateway"));
    assert_str(login.answer, STR("\1\2\3"));
    assert_str(login.auth_plugin, STR("caching_sha2_password"));
    assert_true(login.capabilities == request.capabilities && login.capabilities == d.capabilities);
    assert_true(login.collation == request.collation && login.collation == 45);
    assert_true(login.capabilities & WIRE_CAP(FOUND_ROWS));
    assert_false(login.capabilities & WIRE_CAP(DEPRECATE_EOF)); /* the client has it not */
}

static void a_switch_brings_its_own_scramble(void **state)
{
    (void)state;
    struct wire_dialogue_settings settings = {0};
    struct wire_dialogue d;

    wire_dialogue_init(&d, &settings);
    (void)wire_dialogue_payload(&d, hex_only(&bytes, MYSQL));
    (void)wire_dialogue_answer(&d, STR("u"), STR(""), &out);
    (void)wire_dialogue_payload(&d, hex_only(&bytes, SWITCH_NATIVE));
    assert_int_equal(d.plugin, WIRE_PLUGIN_NATIVE);
    assert_memory_equal(d.scramble, "12345678901234567890", 20);
    buf_clear(&out);
    (void)wire_dialogue_answer(&d, STR("u"), STR("abc"), &out);
    assert_str(buf_str(&out), STR("abc"));
}

static void steps_out_of_turn(void **state)
{
    (void)state;
    struct wire_dialogue_settings settings = {0};
    struct wire_dialogue d;

    wire_dialogue_init(&d, &settings);
    assert_int_equal(wire_dialogue_secured(&d), WIRE_DIALOGUE_BROKEN);
    wire_dialogue_init(&d, &settings);
    assert_int_equal(wire_dialogue_answer(&d, STR("u"), STR("a"), &out), WIRE_DIALOGUE_BROKEN);
    wire_dialogue_init(&d, &settings);
    (void)wire_dialogue_payload(&d, hex_only(&bytes, MYSQL));
    assert_int_equal(wire_dialogue_payload(&d, STR("\0\0\0\2\0\0\0")), WIRE_DIALOGUE_BROKEN);
}

static void answers_are_made(void **state)
{
    (void)state;
    static const unsigned char scramble[WIRE_SCRAMBLE] = {1};
    unsigned char want[32];

    buf_clear(&out);
    assert_true(wire_sha2_answer(scramble, STR("pw"), want));
    assert_true(wire_dialogue_make_answer(WIRE_PLUGIN_CACHING_SHA2, WIRE_STAGE_FIRST, scramble,
                                          STR("pw"), STR_NONE, &out));
    assert_str(buf_str(&out), str_make(want, 32));
    buf_clear(&out);
    assert_true(wire_native_answer(scramble, STR("pw"), want));
    assert_true(wire_dialogue_make_answer(WIRE_PLUGIN_NATIVE, WIRE_STAGE_FIRST, scramble, STR("pw"),
                                          STR_NONE, &out));
    assert_str(buf_str(&out), str_make(want, 20));
    buf_clear(&out);
    assert_true(wire_dialogue_make_answer(WIRE_PLUGIN_NATIVE, WIRE_STAGE_FIRST, scramble, STR_NONE,
                                          STR_NONE, &out));
    assert_int_equal(out.len, 0);
    assert_true(wire_dialogue_make_answer(WIRE_PLUGIN_CACHING_SHA2, WIRE_STAGE_CLEAR, scramble,
                                          STR("pw"), STR_NONE, &out));
    assert_str(buf_str(&out), STR("pw\0"));
    buf_clear(&out);
    assert_false(wire_dialogue_make_answer(WIRE_PLUGIN_NATIVE, WIRE_STAGE_CLEAR, scramble,
                                           STR("pw"), STR_NONE, &out));
    assert_false(wire_dialogue_make_answer(WIRE_PLUGIN_CACHING_SHA2, WIRE_STAGE_RSA, scramble,
                                           STR("pw"), STR("no key"), &out));
    assert_false(wire_dialogue_make_answer(WIRE_PLUGIN_CLEAR, WIRE_STAGE_FIRST, scramble,
                                           STR("pw"), STR_NONE, &out));
    assert_int_equal(out.len, 0);
}

static int setup(void **state)
{
    (void)state;
    buf_init(&bytes, 1 << 16);
    buf_init(&out, 1 << 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_release(&bytes);
    buf_release(&out);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(scripts_play),
        TEST(the_login_has_what_was_agreed),
        TEST(a_switch_brings_its_own_scramble),
        TEST(steps_out_of_turn),
        TEST(answers_are_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

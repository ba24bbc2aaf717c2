/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/limits.h"
#include "wire/packets.h"

static struct str from(struct str s, size_t at)
{
    return str_slice(s, at, s.len - at);
}

static void a_packet_in_the_input_is_one_piece(void **state)
{
    (void)state;
    struct str input = STR("\3\0\0\0abc\1\0\0\1x");
    struct wire_splitter s;
    struct wire_piece piece;

    wire_splitter_init(&s, 0);
    assert_int_equal(wire_split(&s, input, 1, &piece), WIRE_STEP_GOT);
    assert_str(piece.payload, STR("abc"));
    assert_str(piece.raw, STR("\3\0\0\0abc"));
    assert_true(piece.first && piece.last);
    assert_int_equal(wire_split(&s, from(input, 7), 1, &piece), WIRE_STEP_GOT);
    assert_str(piece.payload, STR("x"));
    assert_int_equal(piece.sequence, 1);
    assert_int_equal(wire_split(&s, STR("\1\0\0"), 1, &piece), WIRE_STEP_MORE);
    assert_int_equal(wire_split(&s, STR("\1\0\0\2"), 1, &piece), WIRE_STEP_MORE);
    assert_int_equal(wire_split(&s, STR("\0\0\0\2"), 1, &piece), WIRE_STEP_GOT);
    assert_true(piece.first && piece.last && piece.payload.len == 0);
}

static void the_first_piece_is_as_long_as_is_looked_for(void **state)
{
    (void)state;
    struct wire_splitter s;
    struct wire_piece piece;

    wire_splitter_init(&s, 5);
    assert_int_equal(wire_split(&s, STR("\12\0\0\5abc"), 4, &piece), WIRE_STEP_MORE);
    assert_int_equal(wire_split(&s, STR("\12\0\0\5abcd"), 4, &piece), WIRE_STEP_GOT);
    assert_str(piece.payload, STR("abcd"));
    assert_true(piece.first && !piece.last);
    assert_int_equal(piece.length, 10);
    assert_int_equal(wire_split(&s, STR(""), 4, &piece), WIRE_STEP_MORE);
    assert_int_equal(wire_split(&s, STR("efghijKL"), 4, &piece), WIRE_STEP_GOT);
    assert_str(piece.payload, STR("efghij"));
    assert_true(!piece.first && piece.last);
    wire_splitter_init(&s, 0);
    assert_int_equal(wire_split(&s, STR("\2\0\0\0a"), SIZE_MAX, &piece), WIRE_STEP_MORE);
    assert_int_equal(wire_split(&s, STR("\2\0\0\0ab"), SIZE_MAX, &piece), WIRE_STEP_GOT);
}

static void a_wrong_sequence_is_sticky(void **state)
{
    (void)state;
    struct wire_splitter s;
    struct wire_piece piece;

    wire_splitter_init(&s, 0);
    assert_int_equal(wire_split(&s, STR("\1\0\0\1x"), 1, &piece), WIRE_STEP_ORDER);
    assert_int_equal(wire_split(&s, STR("\1\0\0\0x"), 1, &piece), WIRE_STEP_ORDER);
}

static void sequences_wrap(void **state)
{
    (void)state;
    struct wire_splitter s;
    struct wire_piece piece;

    wire_splitter_init(&s, 255);
    assert_int_equal(wire_split(&s, STR("\1\0\0\377x"), 1, &piece), WIRE_STEP_GOT);
    assert_int_equal(wire_split(&s, STR("\1\0\0\0x"), 1, &piece), WIRE_STEP_GOT);
}

static void rows_are_skipped_until_something_else(void **state)
{
    (void)state;
    struct wire_splitter s;
    uint64_t rows = 0;
    struct str input = STR("\2\0\0\7\1a\1\0\0\10\373\5\0\0\11\376\0\0\0\0");

    wire_splitter_init(&s, 7);
    assert_int_equal(wire_split_rows(&s, input, 100, &rows), 11);
    assert_int_equal(rows, 2);
    assert_int_equal(s.sequence, 9);
    assert_int_equal(wire_split_rows(&s, from(input, 11), 100, &rows), 0);
    wire_splitter_init(&s, 7);
    assert_int_equal(wire_split_rows(&s, input, 1, &rows), 6); /* no more than asked for */
    assert_int_equal(wire_split_rows(&s, str_slice(from(input, 6), 0, 4), 1, &rows), 0);
    wire_splitter_init(&s, 6); /* out of order: left for wire_split to find */
    assert_int_equal(wire_split_rows(&s, input, 100, &rows), 0);
    wire_splitter_init(&s, 0); /* no payload at all can't be a row */
    assert_int_equal(wire_split_rows(&s, STR("\0\0\0\0abc"), 100, &rows), 0);
}

/* A payload of `n` bytes written, then read back in chunks of `step` bytes by both readers. */
static void round_trip(size_t n, size_t step, unsigned packets)
{
    struct buf payload, framed;
    uint8_t sequence = 3;

    buf_init(&payload, SIZE_MAX / 2);
    buf_init(&framed, SIZE_MAX / 2);
    assert_true(buf_reserve(&payload, n + 1));
    for (size_t i = 0; i < n; i++)
        payload.data[i] = (char)(i * 7 + i / 251);
    payload.len = n;
    wire_packet_put(&framed, buf_str(&payload), &sequence);
    assert_int_equal(sequence, 3 + packets);
    assert_int_equal(framed.len, n + packets * WIRE_HEADER);

    struct buf ended;
    buf_init(&ended, SIZE_MAX / 2);
    buf_put_str(&ended, STR("before"));
    size_t mark = wire_packet_begin(&ended);
    buf_put_str(&ended, buf_str(&payload));
    sequence = 3;
    wire_packet_end(&ended, mark, &sequence);
    assert_int_equal(sequence, 3 + packets);
    assert_true(str_equal(from(buf_str(&ended), 6), buf_str(&framed)));

    struct wire_joiner joiner;
    struct str got = STR_NONE, input = buf_str(&framed);
    size_t at = 0, end = 0;
    enum wire_step what = WIRE_STEP_MORE;
    wire_joiner_init(&joiner, n + 1, 3);
    while (what == WIRE_STEP_MORE && end < input.len) {
        size_t used = 0;
        end = end + step < input.len ? end + step : input.len;
        what = wire_join(&joiner, str_slice(input, at, end - at), &used, &got);
        at += used;
    }
    assert_int_equal(what, WIRE_STEP_GOT);
    assert_int_equal(at, input.len);
    assert_true(str_equal(got, buf_str(&payload)));
    assert_int_equal(joiner.splitter.sequence, 3 + packets);
    wire_joiner_release(&joiner);
    buf_release(&payload);
    buf_release(&framed);
    buf_release(&ended);
}

static void payloads_come_back(void **state)
{
    (void)state;
    round_trip(0, 1, 1);
    round_trip(1, 1, 1);
    round_trip(300, 7, 1);
    round_trip(300, 1000, 1);
    round_trip(WIRE_PACKET_FULL - 1, 65536, 1);
    round_trip(WIRE_PACKET_FULL, 65536, 2);
    round_trip(WIRE_PACKET_FULL, 64 << 20, 2);
    round_trip(2 * (size_t)WIRE_PACKET_FULL + 5, 1 << 20, 3);
}

static void what_is_too_large_is_refused_at_its_header(void **state)
{
    (void)state;
    struct wire_joiner joiner;
    struct str payload;
    size_t used;

    wire_joiner_init(&joiner, 10, 0);
    assert_int_equal(wire_join(&joiner, STR("\12\0\0\0abcdefghij"), &used, &payload), WIRE_STEP_GOT);
    assert_int_equal(payload.len, 10);
    assert_int_equal(wire_join(&joiner, STR("\13\0\0\1"), &used, &payload), WIRE_STEP_LARGE);
    assert_int_equal(wire_join(&joiner, STR("\1\0\0\1x"), &used, &payload), WIRE_STEP_LARGE);
    wire_joiner_release(&joiner);
}

static void a_joiner_serves_again(void **state)
{
    (void)state;
    struct wire_joiner joiner;
    struct str payload;
    size_t used;

    wire_joiner_init(&joiner, 100, 0);
    for (int i = 0; i < 3; i++) {
        wire_joiner_restart(&joiner, 0);
        assert_int_equal(wire_join(&joiner, STR("\4\0\0\0ab"), &used, &payload), WIRE_STEP_MORE);
        assert_int_equal(used, 6);
        assert_int_equal(wire_join(&joiner, STR("cd"), &used, &payload), WIRE_STEP_GOT);
        assert_int_equal(used, 2);
        assert_str(payload, STR("abcd"));
    }
    wire_joiner_release(&joiner);
}

static void a_full_buffer_is_noticed(void **state)
{
    (void)state;
    struct buf out;
    uint8_t sequence = 0;

    buf_init(&out, 6);
    size_t mark = wire_packet_begin(&out);
    buf_put_str(&out, STR("abc"));
    wire_packet_end(&out, mark, &sequence);
    assert_true(out.failed);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_in_the_input_is_one_piece),
        cmocka_unit_test(the_first_piece_is_as_long_as_is_looked_for),
        cmocka_unit_test(a_wrong_sequence_is_sticky),
        cmocka_unit_test(sequences_wrap),
        cmocka_unit_test(rows_are_skipped_until_something_else),
        cmocka_unit_test(payloads_come_back),
        cmocka_unit_test(what_is_too_large_is_refused_at_its_header),
        cmocka_unit_test(a_joiner_serves_again),
        cmocka_unit_test(a_full_buffer_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

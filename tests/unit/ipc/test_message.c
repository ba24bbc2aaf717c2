/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "ipc/ipc.h"

/* Each message of the table, filled with values that differ from field to field. */
struct filler {
    uint64_t next;
    char text[64];
};

static struct str fill_text(struct filler *f)
{
    int n = snprintf(f->text, sizeof(f->text), "text %d \x01\xff\n", (int)f->next++);
    return str_make(f->text, (size_t)n);
}

static struct secret fill_secret(struct filler *f)
{
    f->next++;
    return (struct secret){(unsigned char *)f->text, 5};
}

#define MESSAGE(name, senders, receivers, max, fields)                                             \
    static void name##_comes_back(void **state)                                                    \
    {                                                                                              \
        (void)state;                                                                               \
        struct filler f = {.next = 1};                                                             \
        struct ipc_##name in = {0}, out;                                                           \
        int fds[IPC_FDS_MAX];                                                                      \
        size_t nfds;                                                                               \
        struct buf body, a, b;                                                                     \
        buf_init(&body, 1 << 20);                                                                  \
        buf_init(&a, 1 << 20);                                                                     \
        buf_init(&b, 1 << 20);                                                                     \
        (void)f;                                                                                   \
        fields assert_true(ipc_##name##_encode(&in, &body, fds, &nfds));                           \
        assert_true(ipc_##name##_decode(buf_str(&body), fds, nfds, &out));                         \
        ipc_##name##_dump(&in, &a);                                                                \
        ipc_##name##_dump(&out, &b);                                                               \
        assert_str(buf_str(&b), buf_str(&a));                                                      \
        assert_true(str_starts(buf_str(&a), str_of(#name)));                                       \
        for (size_t n = 0; n < body.len; n++)                                                      \
            assert_false(ipc_##name##_decode(str_make(body.data, n), fds, nfds, &out));            \
        assert_false(ipc_##name##_decode(buf_str(&body), fds, nfds + 1, &out));                    \
        if (nfds > 0)                                                                              \
            assert_false(ipc_##name##_decode(buf_str(&body), fds, nfds - 1, &out));                \
        buf_put_u8(&body, 0);                                                                      \
        assert_false(ipc_##name##_decode(buf_str(&body), fds, nfds, &out));                        \
        buf_release(&body);                                                                        \
        buf_release(&a);                                                                           \
        buf_release(&b);                                                                           \
    }
#define U8(field)     in.field = (uint8_t)f.next++;
#define U16(field)    in.field = (uint16_t)(0x1100 + f.next++);
#define U32(field)    in.field = (uint32_t)(0x11000000 + f.next++);
#define U64(field)    in.field = UINT64_C(0x1100000000000000) + f.next++;
#define BOOL(field)   in.field = true;
#define TEXT(field)   in.field = fill_text(&f);
#define SECRET(field) in.field = fill_secret(&f);
#define FD(field)     in.field = 77;
#include "ipc/message_fields.h"

static void secrets_are_not_dumped(void **state)
{
    (void)state;
    struct ipc_verify m = {.token = {(unsigned char *)"eyJhbGciOi", 10}};
    struct buf out;
    buf_init(&out, 4096);
    ipc_verify_dump(&m, &out);
    assert_int_equal(str_find(buf_str(&out), STR("eyJ")), -1);
    assert_true(str_find(buf_str(&out), STR("token=(secret, 10 bytes)")) > 0);
    buf_release(&out);
}

static void a_flag_is_zero_or_one(void **state)
{
    (void)state;
    struct ipc_audit_noted m;
    assert_true(ipc_audit_noted_decode(STR("\1\0\0\0\1"), NULL, 0, &m));
    assert_true(m.ok);
    assert_false(ipc_audit_noted_decode(STR("\1\0\0\0\2"), NULL, 0, &m));
}

static void lengths_that_lie_are_refused(void **state)
{
    (void)state;
    struct ipc_status m;
    assert_true(ipc_status_decode(STR("\1\0\0\0a\0\0\0\0"), NULL, 0, &m));
    assert_false(ipc_status_decode(STR("\xff\xff\xff\xff" "a\0\0\0\0"), NULL, 0, &m));
    assert_false(ipc_status_decode(STR("\1\0\0\0a\5\0\0\0b"), NULL, 0, &m));
}

static void bodies_over_the_limit_are_not_made(void **state)
{
    (void)state;
    static char big[70000];
    struct ipc_login_verify m = {.user = str_make(big, 9000)};
    int fds[IPC_FDS_MAX];
    size_t nfds;
    struct buf out;
    buf_init(&out, 1 << 20);
    assert_false(ipc_login_verify_encode(&m, &out, fds, &nfds));
    buf_release(&out);
}

/* Who may say what: the rows that matter most, written down a second time. */
static void permissions_are_those_of_the_table(void **state)
{
    (void)state;
    static const struct {
        enum ipc_type type;
        enum role from, to;
        bool permitted;
    } rows[] = {
        {IPC_configure, ROLE_SUPERVISOR, ROLE_WORKER, true},
        {IPC_configure, ROLE_WORKER, ROLE_KEEPER, false},
        {IPC_configure, ROLE_CONTROL, ROLE_WORKER, false},
        {IPC_verify, ROLE_WORKER, ROLE_KEEPER, true},
        {IPC_verified, ROLE_KEEPER, ROLE_WORKER, true},
        {IPC_verified, ROLE_CONTROL, ROLE_WORKER, false},
        {IPC_answer, ROLE_CONTROL, ROLE_KEEPER, false},
        {IPC_answer, ROLE_RECORDER, ROLE_KEEPER, false},
        {IPC_login_issue, ROLE_WORKER, ROLE_KEEPER, false},
        {IPC_keys, ROLE_WORKER, ROLE_KEEPER, false},
        {IPC_approval_changed, ROLE_WORKER, ROLE_CONTROL, false},
        {IPC_kill, ROLE_WORKER, ROLE_WORKER, false},
        {IPC_audit_event, ROLE_WORKER, ROLE_RECORDER, false},
        {IPC_dial, ROLE_CONTROL, ROLE_SUPERVISOR, false},
        {IPC_dial, ROLE_RECORDER, ROLE_SUPERVISOR, false},
        {IPC_INVALID, ROLE_SUPERVISOR, ROLE_WORKER, false},
        {IPC_TYPE_COUNT, ROLE_SUPERVISOR, ROLE_WORKER, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (ipc_permitted(rows[i].type, rows[i].from, rows[i].to) != rows[i].permitted)
            fail_msg("row %zu: %s", i, ipc_type_name(rows[i].type));
    for (unsigned i = 1; i < ROLE_COUNT; i++) {
        assert_int_equal(role_of_name(str_of(role_name((enum role)i))), i);
        for (unsigned t = 1; t < IPC_TYPE_COUNT; t++) /* nobody speaks to its own kind */
            assert_false(ipc_permitted((enum ipc_type)t, (enum role)i, (enum role)i));
    }
    assert_int_equal(role_of_name(STR("root")), ROLE_INVALID);
}

static void packs_come_back(void **state)
{
    (void)state;
    struct buf pack;
    struct str name, bytes;
    buf_init(&pack, 4096);
    ipc_pack_put(&pack, STR("a"), STR("one"));
    ipc_pack_put(&pack, STR("b"), STR(""));
    struct cursor c = cursor_over(buf_str(&pack));
    assert_true(ipc_pack_next(&c, &name, &bytes));
    assert_str(name, STR("a"));
    assert_str(bytes, STR("one"));
    assert_true(ipc_pack_next(&c, &name, &bytes));
    assert_false(ipc_pack_next(&c, &name, &bytes));
    assert_true(cursor_done(&c));
    assert_true(ipc_pack_find(buf_str(&pack), STR("b"), &bytes));
    assert_int_equal(bytes.len, 0);
    assert_false(ipc_pack_find(buf_str(&pack), STR("c"), &bytes));
    c = cursor_over(str_make(pack.data, pack.len - 1));
    assert_true(ipc_pack_next(&c, &name, &bytes));
    assert_false(ipc_pack_next(&c, &name, &bytes));
    assert_false(cursor_ok(&c));
    buf_release(&pack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define MESSAGE(name, senders, receivers, max, fields) cmocka_unit_test(name##_comes_back),
#include "ipc/message_fields.h"
        cmocka_unit_test(secrets_are_not_dumped),
        cmocka_unit_test(a_flag_is_zero_or_one),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(bodies_over_the_limit_are_not_made),
        cmocka_unit_test(permissions_are_those_of_the_table),
        cmocka_unit_test(packs_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

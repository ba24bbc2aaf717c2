/* SPDX-License-Identifier: Apache-2.0
 *
 * A message of each type: first two bytes are the type, the third how many descriptors came with
 * it. What is decoded must encode to the same bytes.
 */
#include "ipc/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every row of the table becomes one function. */
#define MESSAGE(name, senders, receivers, max, fields)                                             \
    static void try_##name(struct str body, size_t nfds)                                           \
    {                                                                                              \
        static const int given[IPC_FDS_MAX] = {101, 102, 103};                                     \
        struct ipc_##name m;                                                                       \
        struct buf out;                                                                            \
        int fds[IPC_FDS_MAX];                                                                      \
        size_t n;                                                                                  \
        if (!ipc_##name##_decode(body, given, nfds, &m))                                           \
            return;                                                                                \
        buf_init(&out, (size_t)64 << 20);                                                          \
        REQUIRE(ipc_##name##_encode(&m, &out, fds, &n));                                           \
        REQUIRE(n == nfds && str_equal(buf_str(&out), body));                                      \
        buf_clear(&out);                                                                           \
        ipc_##name##_dump(&m, &out);                                                               \
        REQUIRE(!out.failed && str_is_utf8(buf_str(&out)));                                        \
        buf_release(&out);                                                                         \
    }
#include "ipc/message_fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_over(str_make(data, size));
    unsigned type = cursor_u16(&c);
    size_t nfds = cursor_u8(&c) % (IPC_FDS_MAX + 1);
    struct str body = cursor_rest(&c);

    switch (type) {
#define MESSAGE(name, senders, receivers, max, fields)                                             \
    case IPC_##name:                                                                               \
        try_##name(body, nfds);                                                                    \
        break;
#include "ipc/message_fields.h"
    default:
        break;
    }
    struct cursor pack = cursor_over(body);
    struct str name, bytes;
    while (ipc_pack_next(&pack, &name, &bytes))
        REQUIRE(name.len + bytes.len <= body.len);
    return 0;
}

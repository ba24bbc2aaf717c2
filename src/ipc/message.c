/* SPDX-License-Identifier: Apache-2.0
 *
 * Encoders, decoders and dumps, made from the table: each is the list of its fields.
 */
#include "base/json.h"
#include "ipc/ipc.h"
#include "ipc/message_info.h"

#define DUMP_MAX 200 /* bytes of one field that a dump shows */

static const char *const role_names[ROLE_COUNT] = {
    [ROLE_INVALID] = "invalid", [ROLE_SUPERVISOR] = "supervisor", [ROLE_WORKER] = "worker",
    [ROLE_KEEPER] = "keeper",   [ROLE_RECORDER] = "recorder",     [ROLE_CONTROL] = "control",
};

const char *role_name(enum role role)
{
    return (unsigned)role < ROLE_COUNT ? role_names[role] : role_names[ROLE_INVALID];
}

enum role role_of_name(struct str name)
{
    for (unsigned i = ROLE_INVALID + 1; i < ROLE_COUNT; i++)
        if (str_equal(name, str_of(role_names[i])))
            return (enum role)i;
    return ROLE_INVALID;
}

/* ---- what the table says about each message ---- */

/* The table's letters, as sets. */
enum {
    S = 1 << ROLE_SUPERVISOR,
    W = 1 << ROLE_WORKER,
    K = 1 << ROLE_KEEPER,
    R = 1 << ROLE_RECORDER,
    C = 1 << ROLE_CONTROL,
};

static const struct ipc_info infos[IPC_TYPE_COUNT] = {
    [IPC_INVALID] = {.name = "invalid"},
#define MESSAGE(name, from, to, bytes, fields)                                                     \
    [IPC_##name] = {#name, from, to, bytes, (0 fields) > 0},
#define U8(field)
#define U16(field)
#define U32(field)
#define U64(field)
#define BOOL(field)
#define TEXT(field)
#define SECRET(field) +1
#define FD(field)
#include "ipc/message_fields.h"
};

const struct ipc_info *ipc_info(enum ipc_type type)
{
    return &infos[(unsigned)type < IPC_TYPE_COUNT ? type : IPC_INVALID];
}

const char *ipc_type_name(enum ipc_type type)
{
    return ipc_info(type)->name;
}

bool ipc_permitted(enum ipc_type type, enum role from, enum role to)
{
    const struct ipc_info *info = ipc_info(type);

    return (info->senders >> from & 1) && (info->receivers >> to & 1);
}

bool ipc_is_answer(enum ipc_type type)
{
#define REQUEST(ask, answer)                                                                       \
    if (type == IPC_##answer)                                                                      \
        return true;
#include "ipc/message_fields.h"
    return false;
}

/* ---- fields ---- */

static void put_text(struct buf *out, struct str text)
{
    if (text.len > UINT32_MAX) {
        out->failed = true;
        return;
    }
    buf_put_u32(out, (uint32_t)text.len);
    buf_put_str(out, text);
}

static void put_fd(struct buf *out, int fd, int *fds, size_t *nfds)
{
    buf_put_u8(out, fd > 0);
    if (fd > 0) {
        REQUIRE(*nfds < IPC_FDS_MAX);
        fds[(*nfds)++] = fd;
    }
}

static struct str take_text(struct cursor *c)
{
    uint32_t len = cursor_u32(c);

    return cursor_bytes(c, len);
}

static struct secret take_secret(struct cursor *c)
{
    struct str bytes = take_text(c);
    union {
        const char *in;
        unsigned char *out;
    } pointer = {.in = bytes.ptr};

    return (struct secret){pointer.out, bytes.len};
}

static bool take_bool(struct cursor *c)
{
    uint8_t v = cursor_u8(c);

    if (v > 1)
        cursor_fail(c);
    return v == 1;
}

static int take_fd(struct cursor *c, const int *fds, size_t nfds, size_t *used)
{
    if (!take_bool(c))
        return -1;
    if (*used >= nfds) {
        cursor_fail(c);
        return -1;
    }
    return fds[(*used)++];
}

/* ---- encoders ---- */

#define MESSAGE(name, from, to, bytes, fields)                                                     \
    bool ipc_##name##_encode(const struct ipc_##name *m, struct buf *out, int *fds, size_t *nfds)  \
    {                                                                                              \
        size_t start = out->len;                                                                   \
        (void)fds;                                                                                 \
        *nfds = 0;                                                                                 \
        fields return !out->failed && out->len - start <= (bytes);                                 \
    }
#define U8(field)     buf_put_u8(out, m->field);
#define U16(field)    buf_put_u16(out, m->field);
#define U32(field)    buf_put_u32(out, m->field);
#define U64(field)    buf_put_u64(out, m->field);
#define BOOL(field)   buf_put_u8(out, m->field);
#define TEXT(field)   put_text(out, m->field);
#define SECRET(field) put_text(out, str_make(m->field.bytes, m->field.len));
#define FD(field)     put_fd(out, m->field, fds, nfds);
#include "ipc/message_fields.h"

/* ---- decoders ---- */

#define MESSAGE(name, from, to, bytes, fields)                                                     \
    bool ipc_##name##_decode(struct str body, const int *fds, size_t nfds, struct ipc_##name *ret) \
    {                                                                                              \
        struct cursor c = cursor_over(body);                                                       \
        size_t used = 0;                                                                           \
        struct ipc_##name m;                                                                       \
        (void)fds;                                                                                 \
        if (body.len > (bytes))                                                                    \
            return false;                                                                          \
        fields if (!cursor_done(&c) || used != nfds) return false;                                 \
        *ret = m;                                                                                  \
        return true;                                                                               \
    }
#define U8(field)     m.field = cursor_u8(&c);
#define U16(field)    m.field = cursor_u16(&c);
#define U32(field)    m.field = cursor_u32(&c);
#define U64(field)    m.field = cursor_u64(&c);
#define BOOL(field)   m.field = take_bool(&c);
#define TEXT(field)   m.field = take_text(&c);
#define SECRET(field) m.field = take_secret(&c);
#define FD(field)     m.field = take_fd(&c, fds, nfds, &used);
#include "ipc/message_fields.h"

/* ---- dumps ---- */

static void dump_text(struct buf *out, const char *field, struct str text)
{
    struct json_writer w;

    buf_printf(out, " %s=", field);
    json_writer_init(&w, out);
    json_text(&w, str_slice(text, 0, DUMP_MAX));
    if (text.len > DUMP_MAX)
        buf_printf(out, "...(%zu bytes)", text.len);
}

#define MESSAGE(name, from, to, bytes, fields)                                                     \
    void ipc_##name##_dump(const struct ipc_##name *m, struct buf *out)                            \
    {                                                                                              \
        buf_put(out, #name, sizeof(#name) - 1);                                                    \
        fields                                                                                     \
    }
#define DUMP_NUMBER(field, value) buf_printf(out, " " #field "=%llu", (unsigned long long)(value));
#define U8(field)                 DUMP_NUMBER(field, m->field)
#define U16(field)                DUMP_NUMBER(field, m->field)
#define U32(field)                DUMP_NUMBER(field, m->field)
#define U64(field)                DUMP_NUMBER(field, m->field)
#define BOOL(field)               buf_printf(out, " " #field "=%s", m->field ? "true" : "false");
#define TEXT(field)               dump_text(out, #field, m->field);
#define SECRET(field)             buf_printf(out, " " #field "=(secret, %zu bytes)", m->field.len);
#define FD(field)                 buf_printf(out, " " #field "=%s", m->field > 0 ? "(descriptor)" : "none");
#include "ipc/message_fields.h"

/* ---- packs ---- */

void ipc_pack_put(struct buf *pack, struct str name, struct str bytes)
{
    put_text(pack, name);
    put_text(pack, bytes);
}

bool ipc_pack_next(struct cursor *pack, struct str *ret_name, struct str *ret_bytes)
{
    if (cursor_left(pack) == 0)
        return false;
    struct str name = take_text(pack);
    struct str bytes = take_text(pack);
    if (!cursor_ok(pack))
        return false;
    *ret_name = name;
    *ret_bytes = bytes;
    return true;
}

bool ipc_pack_find(struct str pack, struct str name, struct str *ret_bytes)
{
    struct cursor c = cursor_over(pack);
    struct str key, bytes;

    while (ipc_pack_next(&c, &key, &bytes))
        if (str_equal(key, name)) {
            *ret_bytes = bytes;
            return true;
        }
    return false;
}

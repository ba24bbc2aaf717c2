/* SPDX-License-Identifier: Apache-2.0
 *
 * Payloads between worker and control: little-endian numbers, texts with a 32-bit length before
 * them. Both ends are of one binary, yet the decoder trusts none of it: every text has a bound.
 */
#include "base/limits.h"
#include "store/approval.h"

static void put_text(struct buf *out, struct str text)
{
    buf_put_u32(out, (uint32_t)text.len);
    buf_put_str(out, text);
}

static struct str take_text(struct cursor *in, struct arena *arena, size_t max)
{
    size_t len = cursor_u32(in);

    if (len > max)
        cursor_fail(in);
    return arena_copy(arena, cursor_bytes(in, len));
}

void approval_ask_encode(struct buf *out, const struct approval_ask *ask)
{
    put_text(out, ask->issuer);
    put_text(out, ask->subject);
    put_text(out, ask->name);
    put_text(out, ask->session);
    put_text(out, ask->target);
    put_text(out, ask->statement);
    put_text(out, ask->values);
    put_text(out, ask->objects);
    put_text(out, ask->reason);
    put_text(out, ask->rule);
    put_text(out, ask->summary);
    put_text(out, ask->groups);
    buf_put_u32(out, ask->count);
    buf_put_u64(out, (uint64_t)ask->valid_us);
    buf_put_u8(out, ask->explicit_request);
}

bool approval_ask_decode(struct cursor *in, struct arena *arena, struct approval_ask *ret_ask)
{
    struct approval_ask ask = {0};

    ask.issuer = take_text(in, arena, LIMIT_APPROVAL_NAME);
    ask.subject = take_text(in, arena, LIMIT_APPROVAL_NAME);
    ask.name = take_text(in, arena, LIMIT_APPROVAL_NAME);
    ask.session = take_text(in, arena, LIMIT_APPROVAL_NAME);
    ask.target = take_text(in, arena, LIMIT_APPROVAL_NAME);
    ask.statement = take_text(in, arena, LIMIT_APPROVAL_STATEMENT);
    ask.values = take_text(in, arena, LIMIT_APPROVAL_STATEMENT);
    ask.objects = take_text(in, arena, LIMIT_APPROVAL_STATEMENT);
    ask.reason = take_text(in, arena, LIMIT_APPROVAL_REASON);
    ask.rule = take_text(in, arena, LIMIT_APPROVAL_NAME);
    ask.summary = take_text(in, arena, LIMIT_APPROVAL_STATEMENT);
    ask.groups = take_text(in, arena, LIMIT_APPROVAL_STATEMENT);
    ask.count = cursor_u32(in);
    ask.valid_us = (int64_t)cursor_u64(in);
    ask.explicit_request = cursor_u8(in) != 0;
    if (!cursor_done(in) || arena->failed)
        return false;
    *ret_ask = ask;
    return true;
}

static void put_status(struct buf *out, const struct approval_status *status)
{
    put_text(out, status->id);
    buf_put_u8(out, (uint8_t)status->state);
    buf_put_u32(out, status->approvals);
    buf_put_u32(out, status->needed);
    buf_put_u64(out, (uint64_t)status->expires_us);
    put_text(out, status->outcome);
}

static struct approval_status take_status(struct cursor *in, struct arena *arena)
{
    struct approval_status status = {0};
    uint8_t state;

    status.id = take_text(in, arena, LIMIT_APPROVAL_NAME);
    state = cursor_u8(in);
    if (state >= APPROVAL_STATE_COUNT)
        cursor_fail(in);
    else
        status.state = (enum approval_state)state;
    status.approvals = cursor_u32(in);
    status.needed = cursor_u32(in);
    status.expires_us = (int64_t)cursor_u64(in);
    status.outcome = take_text(in, arena, LIMIT_APPROVAL_REASON);
    return status;
}

void approval_status_encode(struct buf *out, const struct approval_status *status)
{
    put_status(out, status);
}

bool approval_status_decode(struct cursor *in, struct arena *arena,
                            struct approval_status *ret_status)
{
    struct approval_status status = take_status(in, arena);

    if (!cursor_done(in) || arena->failed)
        return false;
    *ret_status = status;
    return true;
}

void approval_use_encode(struct buf *out, struct str id,
                         const unsigned char fingerprint[APPROVAL_FINGERPRINT])
{
    put_text(out, id);
    buf_put(out, fingerprint, APPROVAL_FINGERPRINT);
}

bool approval_use_decode(struct cursor *in, struct arena *arena, struct str *ret_id,
                         unsigned char ret_fingerprint[APPROVAL_FINGERPRINT])
{
    struct str id = take_text(in, arena, LIMIT_APPROVAL_NAME);
    struct str fingerprint = cursor_bytes(in, APPROVAL_FINGERPRINT);

    if (!cursor_done(in) || arena->failed)
        return false;
    *ret_id = id;
    memcpy(ret_fingerprint, fingerprint.ptr, APPROVAL_FINGERPRINT);
    return true;
}

void approval_list_encode(struct buf *out, struct str issuer, struct str subject)
{
    put_text(out, issuer);
    put_text(out, subject);
}

bool approval_list_decode(struct cursor *in, struct arena *arena, struct str *ret_issuer,
                          struct str *ret_subject)
{
    struct str issuer = take_text(in, arena, LIMIT_APPROVAL_NAME);
    struct str subject = take_text(in, arena, LIMIT_APPROVAL_NAME);

    if (!cursor_done(in) || arena->failed)
        return false;
    *ret_issuer = issuer;
    *ret_subject = subject;
    return true;
}

void approval_rows_encode(struct buf *out, const struct approval_row *rows, size_t count)
{
    buf_put_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        put_status(out, &rows[i].status);
        put_text(out, rows[i].target);
        put_text(out, rows[i].statement);
        put_text(out, rows[i].reason);
        buf_put_u64(out, (uint64_t)rows[i].created_us);
    }
}

bool approval_rows_decode(struct cursor *in, struct arena *arena,
                          const struct approval_row **ret_rows, size_t *ret_count)
{
    uint32_t count = cursor_u32(in);
    struct approval_row *rows;

    if (count > LIMIT_APPROVAL_ROWS)
        return false;
    rows = arena_array(arena, count, struct approval_row);
    for (size_t i = 0; rows && i < count && cursor_ok(in); i++) {
        rows[i].status = take_status(in, arena);
        rows[i].target = take_text(in, arena, LIMIT_APPROVAL_NAME);
        rows[i].statement = take_text(in, arena, LIMIT_APPROVAL_STATEMENT);
        rows[i].reason = take_text(in, arena, LIMIT_APPROVAL_REASON);
        rows[i].created_us = (int64_t)cursor_u64(in);
    }
    if (!cursor_done(in) || arena->failed)
        return false;
    *ret_rows = rows;
    *ret_count = count;
    return true;
}

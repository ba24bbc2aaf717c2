/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens and issued logins.
 *
 *   verify -> parse -> issuer -> keys? --no--> keys_wanted, park -> keys | 3 s -> again, once
 *                         |        yes                                              |
 *                         v         v                                              v
 *                      refused   accepted: remembered for the session          refused
 *
 * The caller learns a code for the record; what goes to the client is the worker's business and
 * is the same for all. A refused token itself is written nowhere: its SHA-256 is, with what it
 * claimed, marked as unproved.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "roles/keeper.h"
#include <openssl/evp.h>

#define TOKEN_ARENA ((size_t)1 << 20)
#define CLAIMED_MAX 200 /* bytes of each unproved claim in a record */

/* One question, whether it comes from a message or was parked. */
struct question {
    struct ipc_channel *channel;
    uint32_t tag;
    uint64_t session;
    struct str peer, purpose;
    struct str token;
};

/* ---- records ---- */

/* Bounded: texts of peers. */
static void claimed_put(struct json_writer *w, const char *name, struct str value)
{
    if (value.len == 0)
        return;
    json_key(w, name);
    json_text(w, str_slice(value, 0, CLAIMED_MAX));
}

static void refusal_record(struct keeper *keeper, const struct question *q, const struct jwt *jwt,
                           enum identity_reason reason)
{
    unsigned char digest[32];
    char hex[64];
    struct buf detail;
    struct json_writer w;
    buf_init(&detail, 8192);
    json_writer_init(&w, &detail);
    json_object_begin(&w);
    if (EVP_Q_digest(NULL, "SHA256", NULL, q->token.ptr, q->token.len, digest, NULL) == 1) {
        hex_encode(hex, digest, sizeof digest);
        json_key(&w, "token_sha256");
        json_text(&w, str_make(hex, sizeof hex));
    }
    json_key(&w, "token_bytes");
    json_u64(&w, q->token.len);
    json_key(&w, "unproved");
    json_object_begin(&w);
    claimed_put(&w, "iss", jwt_json_str(jwt->payload, "iss"));
    claimed_put(&w, "sub", jwt_json_str(jwt->payload, "sub"));
    claimed_put(&w, "alg", jwt_json_str(jwt->header, "alg"));
    claimed_put(&w, "kid", jwt_json_str(jwt->header, "kid"));
    json_object_end(&w);
    json_object_end(&w);
    keeper_record(keeper, &(struct audit_record){
                              .kind = AUDIT_login_refused,
                              .session = q->session,
                              .peer = q->peer,
                              .command = q->purpose,
                              .code = str_of(identity_reason_code(reason)),
                              .message = str_of(identity_reason_meaning(reason)),
                              .detail_json = buf_str(&detail),
                          });
    buf_release(&detail);
}

/* ---- answers ---- */

static void refused_send(struct ipc_channel *channel, uint32_t tag, enum identity_reason reason)
{
    ipc_send_verified(channel, &(struct ipc_verified){
                                   .tag = tag,
                                   .ok = false,
                                   .code = str_of(identity_reason_code(reason)),
                                   .problem = str_of(identity_reason_meaning(reason)),
                               });
}

static void accepted_send(struct keeper *keeper, struct ipc_channel *channel, uint32_t tag,
                          uint64_t session, const struct identity *identity)
{
    struct buf json;
    buf_init(&json, LIMIT_IDENTITY);
    identity_encode(identity, &json);
    bool from_worker = ipc_channel_peer(channel) == ROLE_WORKER;
    bool kept = !from_worker || session == 0 ||
                keeper_session_put(keeper, keeper_asker(channel), session, identity);
    if (json.failed || !kept)
        refused_send(channel, tag, IDENTITY_memory);
    else
        ipc_send_verified(channel, &(struct ipc_verified){
                                       .tag = tag,
                                       .ok = true,
                                       .identity = buf_str(&json),
                                       .expires = (uint64_t)identity->session_ends_at,
                                       .login_target = identity->login_target,
                                   });
    buf_release(&json);
}

/* ---- waiting for keys ---- */

static void parked_free(struct keeper_parked *parked)
{
    net_timer_stop(&parked->keeper->loop, &parked->timer);
    list_remove(&parked->node);
    parked->keeper->parked_count--;
    secret_release(&parked->token);
    free(parked);
}

void keeper_unpark(struct keeper *keeper, const struct ipc_channel *channel)
{
    list_each_safe (node, &keeper->parked) {
        struct keeper_parked *parked = list_entry(node, struct keeper_parked, node);
        if (!channel || parked->channel == channel)
            parked_free(parked);
    }
}

static void text_copy(char *out, size_t size, struct str s)
{
    size_t n = s.len < size ? s.len : size - 1;
    if (n > 0)
        memcpy(out, s.ptr, n);
    out[n] = '\0';
}

static void token_decide(struct keeper *keeper, const struct question *q, bool may_park);

static void parked_again(void *owner)
{
    struct keeper_parked *parked = owner;
    struct question q = {
        .channel = parked->channel,
        .tag = parked->tag,
        .session = parked->session,
        .peer = str_of(parked->peer),
        .purpose = str_of(parked->purpose),
        .token = str_make(parked->token.bytes, parked->token.len),
    };
    if (parked->issuer < parked->keeper->config->issuer_count)
        parked->keeper->issuers[parked->issuer].asking = false;
    token_decide(parked->keeper, &q, false);
    parked_free(parked);
}

/* Asks control for the issuer's keys, unless that was just done in vain. True: an answer is on its
 * way. */
static bool keys_ask(struct keeper *keeper, struct keeper_issuer *issuer, struct str kid)
{
    uint64_t now = keeper->loop.now_ms;
    if (issuer->asking)
        return true;
    if (issuer->settings->jwks_file.len > 0 || !keeper->control ||
        (issuer->asked_ms > 0 && now - issuer->asked_ms < KEEPER_KEYS_EVERY_MS))
        return false;
    if (!ipc_send_keys_wanted(keeper->control,
                              &(struct ipc_keys_wanted){.issuer = issuer->settings->name,
                                                        .key_id = str_slice(kid, 0, 256)}))
        return false;
    issuer->asked_ms = now > 0 ? now : 1;
    issuer->asking = true;
    return true;
}

static bool token_park(struct keeper *keeper, const struct question *q, size_t issuer)
{
    if (keeper->parked_count >= LIMIT_PARKED)
        return false;
    struct keeper_parked *parked = calloc(1, sizeof *parked);
    if (!parked || !secret_set(&parked->token, q->token.ptr, q->token.len)) {
        free(parked);
        return false;
    }
    parked->keeper = keeper;
    parked->channel = q->channel;
    parked->tag = q->tag;
    parked->session = q->session;
    parked->issuer = issuer;
    text_copy(parked->peer, sizeof parked->peer, q->peer);
    text_copy(parked->purpose, sizeof parked->purpose, q->purpose);
    net_timer_init(&parked->timer, parked_again, parked);
    list_append(&keeper->parked, &parked->node);
    keeper->parked_count++;
    net_timer_start(&keeper->loop, &parked->timer, KEEPER_PARK_MS);
    return true;
}

/* ---- tokens ---- */

/* Could newer keys make a difference? Not when the named key is here and does not fit. */
static bool keys_may_be_old(const struct keeper_issuer *issuer, const struct jwt *jwt,
                            enum identity_reason reason)
{
    return reason == IDENTITY_keys_unavailable ||
           (reason == IDENTITY_key && !(jwt->kid.len > 0 && jwks_has_kid(issuer->keys, jwt->kid)));
}

static void token_decide(struct keeper *keeper, const struct question *q, bool may_park)
{
    struct arena arena;
    struct jwt jwt;
    struct identity identity;
    arena_init(&arena, TOKEN_ARENA);
    enum identity_reason reason = jwt_parse(q->token, &arena, &jwt);
    if (reason == IDENTITY_ACCEPTED) {
        ptrdiff_t i = config_issuer_by_url(keeper->config, jwt_json_str(jwt.payload, "iss"));
        struct keeper_issuer *issuer = i >= 0 ? &keeper->issuers[i] : NULL;
        reason = issuer ? claims_verify(&jwt, issuer->settings, issuer->keys, keeper->now(), &arena,
                                        &identity)
                        : IDENTITY_issuer;
        if (may_park && issuer && keys_may_be_old(issuer, &jwt, reason) &&
            keys_ask(keeper, issuer, jwt.kid) && token_park(keeper, q, (size_t)i)) {
            jwt_release(&jwt);
            arena_release(&arena);
            return;
        }
    }
    if (reason == IDENTITY_ACCEPTED) {
        metrics_add(&keeper->metrics, METRIC_tokens_verified, 1);
        accepted_send(keeper, q->channel, q->tag, q->session, &identity);
    } else {
        metrics_add(&keeper->metrics, METRIC_tokens_refused, 1);
        refusal_record(keeper, q, &jwt, reason);
        refused_send(q->channel, q->tag, reason);
    }
    jwt_release(&jwt);
    arena_release(&arena);
}

void keeper_on_verify(void *owner, struct ipc_channel *channel, const struct ipc_verify *m)
{
    struct keeper *keeper = owner;
    struct question q = {
        .channel = channel,
        .tag = m->tag,
        .session = m->session,
        .peer = m->peer,
        .purpose = m->purpose,
        /* Token files are often written by echo. */
        .token = str_trim(str_make(m->token.bytes, m->token.len)),
    };
    net_loop_wake(&keeper->loop);
    if (keeper->config)
        token_decide(keeper, &q, true);
    else
        refused_send(channel, m->tag, IDENTITY_keys_unavailable);
    net_loop_settle(&keeper->loop);
}

void keeper_parked_decide(struct keeper *keeper, size_t issuer)
{
    list_each_safe (node, &keeper->parked) {
        struct keeper_parked *parked = list_entry(node, struct keeper_parked, node);
        if (issuer == SIZE_MAX || parked->issuer == issuer)
            parked_again(parked);
    }
}

/* ---- issued logins ---- */

void keeper_on_login_verify(void *owner, struct ipc_channel *channel,
                            const struct ipc_login_verify *m)
{
    struct keeper *keeper = owner;
    struct arena arena;
    struct identity identity;
    arena_init(&arena, TOKEN_ARENA);
    enum identity_reason reason = logins_verify(&keeper->logins, m->user, m->plugin, m->scramble,
                                                m->answer, keeper->now(), &arena, &identity);
    /* An issuer that was taken out of the configuration takes its logins with it. */
    if (reason == IDENTITY_ACCEPTED &&
        (!keeper->config || config_issuer_by_url(keeper->config, identity.issuer) < 0))
        reason = IDENTITY_issuer;
    if (reason == IDENTITY_ACCEPTED) {
        accepted_send(keeper, channel, m->tag, m->session, &identity);
    } else {
        struct buf detail;
        struct json_writer w;
        buf_init(&detail, 4096);
        json_writer_init(&w, &detail);
        json_object_begin(&w);
        json_key(&w, "unproved");
        json_object_begin(&w);
        claimed_put(&w, "login", m->user);
        json_object_end(&w);
        json_object_end(&w);
        keeper_record(keeper, &(struct audit_record){
                                  .kind = AUDIT_login_refused,
                                  .session = m->session,
                                  .peer = m->peer,
                                  .command = STR("mysql"),
                                  .code = str_of(identity_reason_code(reason)),
                                  .message = str_of(identity_reason_meaning(reason)),
                                  .detail_json = buf_str(&detail),
                              });
        buf_release(&detail);
        refused_send(channel, m->tag, reason);
    }
    arena_release(&arena);
}

static void login_record(struct keeper *keeper, enum audit_kind kind,
                         const struct identity *identity, struct str target, const char *user,
                         int64_t expires_at)
{
    struct buf json, detail;
    struct json_writer w;
    buf_init(&json, LIMIT_IDENTITY);
    buf_init(&detail, 4096);
    identity_encode(identity, &json);
    json_writer_init(&w, &detail);
    json_object_begin(&w);
    json_key(&w, "user");
    json_text(&w, str_of(user));
    json_key(&w, "expires");
    json_i64(&w, expires_at);
    json_object_end(&w);
    keeper_record(keeper, &(struct audit_record){
                              .kind = kind,
                              .identity_json = buf_str(&json),
                              .target = target,
                              .detail_json = buf_str(&detail),
                          });
    buf_release(&json);
    buf_release(&detail);
}

void keeper_on_login_issue(void *owner, struct ipc_channel *channel,
                           const struct ipc_login_issue *m)
{
    struct keeper *keeper = owner;
    struct arena arena;
    struct identity identity;
    char user[LOGIN_USER_SIZE + 1] = "", password[LOGIN_PASSWORD_SIZE + 1] = "";
    int64_t expires_at = 0, now = keeper->now();
    const char *problem = NULL;
    arena_init(&arena, TOKEN_ARENA);
    if (!keeper->config)
        problem = "the keeper is not configured yet";
    else if (m->target.len > 0 && config_target_index(keeper->config, m->target) < 0)
        problem = "there is no such target";
    else if (!identity_decode(m->identity, &arena, &identity))
        problem = "the identity can't be read";
    else if (identity.login.len > 0)
        problem = "an issued login can't issue another";
    else if (!logins_issue(&keeper->logins, &identity, m->target, now + (int64_t)m->lifetime_s, now,
                           user, password, &expires_at))
        problem = "the identity has ended, or too many logins are out";
    struct secret secret = {(unsigned char *)password, problem ? 0 : LOGIN_PASSWORD_SIZE};
    ipc_send_login_issued(channel, &(struct ipc_login_issued){
                                       .tag = m->tag,
                                       .ok = problem == NULL,
                                       .user = problem ? STR_NONE : str_of(user),
                                       .password = secret,
                                       .expires = (uint64_t)expires_at,
                                       .problem = str_of(problem),
                                   });
    if (!problem)
        login_record(keeper, AUDIT_login_issued, &identity, m->target, user, expires_at);
    explicit_bzero(password, sizeof password);
    arena_release(&arena);
}

void keeper_on_login_revoke(void *owner, struct ipc_channel *channel,
                            const struct ipc_login_revoke *m)
{
    struct keeper *keeper = owner;
    struct buf detail;
    struct json_writer w;
    (void)channel;
    size_t count = m->user.len > 0 ? logins_revoke_user(&keeper->logins, m->user)
                                   : logins_revoke(&keeper->logins, m->issuer, m->subject);
    if (count == 0)
        return;
    buf_init(&detail, 8192);
    json_writer_init(&w, &detail);
    json_object_begin(&w);
    claimed_put(&w, "user", m->user);
    claimed_put(&w, "issuer", m->issuer);
    claimed_put(&w, "subject", m->subject);
    json_key(&w, "count");
    json_u64(&w, count);
    json_object_end(&w);
    keeper_record(keeper, &(struct audit_record){.kind = AUDIT_login_revoked,
                                                 .detail_json = buf_str(&detail)});
    buf_release(&detail);
}

/* ---- keys ---- */

static void keys_record(struct keeper *keeper, const struct keeper_issuer *issuer)
{
    struct buf detail;
    struct json_writer w;
    buf_init(&detail, 65536);
    json_writer_init(&w, &detail);
    json_object_begin(&w);
    json_key(&w, "issuer");
    json_text(&w, issuer->settings->name);
    json_key(&w, "keys");
    json_array_begin(&w);
    for (size_t i = 0; i < issuer->keys->count; i++)
        json_text(&w, str_slice(issuer->keys->keys[i].kid, 0, CLAIMED_MAX));
    json_array_end(&w);
    json_key(&w, "left_out");
    json_u64(&w, issuer->keys->left_out);
    json_object_end(&w);
    keeper_record(keeper,
                  &(struct audit_record){.kind = AUDIT_keys, .detail_json = buf_str(&detail)});
    buf_release(&detail);
}

static bool keys_are_alike(const struct jwks *a, const struct jwks *b)
{
    if (!a || a->count != b->count || a->left_out != b->left_out)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!str_equal(a->keys[i].kid, b->keys[i].kid) ||
            EVP_PKEY_eq(a->keys[i].key, b->keys[i].key) != 1)
            return false;
    return true;
}

/* A set that can't be read changes nothing: tokens with known keys go on. */
void keeper_on_keys(void *owner, struct ipc_channel *channel, const struct ipc_keys *m)
{
    struct keeper *keeper = owner;
    (void)channel;
    net_loop_wake(&keeper->loop);
    ptrdiff_t i = keeper->config ? config_issuer_index(keeper->config, m->issuer) : -1;
    struct keeper_issuer *issuer = i >= 0 ? &keeper->issuers[i] : NULL;
    struct jwks *keys = issuer && issuer->settings->jwks_file.len == 0 ? jwks_load(m->jwks) : NULL;
    if (keys) {
        bool changed = !keys_are_alike(issuer->keys, keys);
        jwks_unref(issuer->keys);
        issuer->keys = keys;
        if (changed) {
            keys_record(keeper, issuer);
            log_event(LOG_keys_taken, log_str("issuer", m->issuer),
                      log_number("keys", (int64_t)keys->count),
                      log_number("left_out", (int64_t)keys->left_out));
        }
    } else if (issuer && issuer->settings->jwks_file.len == 0) {
        log_event(LOG_keys_bad, log_str("issuer", m->issuer));
    }
    if (issuer) {
        issuer->asking = false;
        keeper_parked_decide(keeper, (size_t)i);
    }
    net_loop_settle(&keeper->loop);
}

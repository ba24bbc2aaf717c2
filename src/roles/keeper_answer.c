/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions that were verified, and answers to servers' challenges for them. `keeper_grant` is the
 * one place that decides which account serves whom.
 */
#include "base/limits.h"
#include "roles/keeper.h"
#include "wire/dialogue.h"

#define SESSION_ARENA ((size_t)128 << 10)
#define KEY_SIZE      10 /* worker, id */

/* ---- sessions ---- */

static struct str key_make(uint16_t worker, uint64_t id, char out[KEY_SIZE])
{
    memcpy(out, &worker, sizeof worker);
    memcpy(out + sizeof worker, &id, sizeof id);
    return str_make(out, KEY_SIZE);
}

struct keeper_session *keeper_session_find(struct keeper *keeper, uint16_t worker, uint64_t id)
{
    char key[KEY_SIZE];
    return map_get(&keeper->session_by_key, key_make(worker, id, key));
}

static void session_free(struct keeper *keeper, struct keeper_session *session)
{
    map_remove(&keeper->session_by_key, session->key);
    list_remove(&session->node);
    keeper->session_count--;
    arena_release(&session->arena);
    free(session);
}

bool keeper_session_put(struct keeper *keeper, uint16_t worker, uint64_t id,
                        const struct identity *identity)
{
    char key[KEY_SIZE];
    struct keeper_session *session = keeper_session_find(keeper, worker, id);
    if (session)
        session_free(keeper, session);
    if (keeper->session_count >= LIMIT_VERIFIED)
        return false;
    session = calloc(1, sizeof *session);
    if (!session)
        return false;
    arena_init(&session->arena, SESSION_ARENA);
    session->worker = worker;
    session->key = arena_copy(&session->arena, key_make(worker, id, key));
    if (!identity_copy(identity, &session->arena, &session->identity) ||
        !map_put(&keeper->session_by_key, session->key, session)) {
        arena_release(&session->arena);
        free(session);
        return false;
    }
    list_append(&keeper->sessions, &session->node);
    keeper->session_count++;
    return true;
}

void keeper_sessions_forget(struct keeper *keeper, uint16_t worker)
{
    list_each_safe (node, &keeper->sessions) {
        struct keeper_session *session = list_entry(node, struct keeper_session, node);
        if (worker == KEEPER_WORKERS_MAX || session->worker == worker)
            session_free(keeper, session);
    }
}

/* The target of a session is said once. */
void keeper_on_session_open(void *owner, struct ipc_channel *channel,
                            const struct ipc_session_open *m)
{
    struct keeper *keeper = owner;
    struct keeper_session *session = keeper_session_find(keeper, keeper_asker(channel), m->session);
    if (!session || session->target.len > 0 || !keeper->config ||
        config_target_index(keeper->config, m->target) < 0)
        return;
    if (session->identity.login_target.len > 0 &&
        !str_equal(session->identity.login_target, m->target))
        return;
    session->target = arena_copy(&session->arena, m->target);
}

void keeper_on_session_close(void *owner, struct ipc_channel *channel,
                             const struct ipc_session_close *m)
{
    struct keeper *keeper = owner;
    struct keeper_session *session = keeper_session_find(keeper, keeper_asker(channel), m->session);
    if (session)
        session_free(keeper, session);
}

/* ---- who may use which account ---- */

/* A password file ends with its line. */
static struct str first_line(struct str text)
{
    ptrdiff_t end = str_find_char(text, '\n');
    struct str line = end >= 0 ? str_slice(text, 0, (size_t)end) : text;
    return str_ends(line, STR("\r")) ? str_slice(line, 0, line.len - 1) : line;
}

bool keeper_account(const struct keeper *keeper, size_t target, size_t account,
                    struct str *ret_user, struct str *ret_password)
{
    const struct config_target *settings = keeper->targets[target].settings;
    struct str file = settings->credential.password_file, env = settings->credential.password_env;
    *ret_user = settings->credential.user;
    if (account > 0) {
        const struct config_account *chosen = &settings->accounts[account - 1];
        *ret_user = chosen->user;
        file = chosen->password_file;
        env = chosen->password_env;
    }
    *ret_password = STR_NONE;
    if (file.len == 0 && env.len == 0)
        return true;
    struct str bytes;
    if (!keeper_secret(keeper, file, env, &bytes))
        return false;
    *ret_password = file.len > 0 ? first_line(bytes) : bytes;
    return true;
}

/* Session 0: the catalog, as the target's own credential, so many times a minute. */
static bool system_grant(struct keeper *keeper, struct keeper_target *target)
{
    uint64_t minute = keeper->loop.now_ms / 60000;
    if (target->system_minute != minute) {
        target->system_minute = minute;
        target->system_count = 0;
    }
    return target->system_count++ < KEEPER_SYSTEM_PER_MINUTE;
}

bool keeper_grant(struct keeper *keeper, uint16_t worker, uint64_t id, struct str target,
                  struct str account, struct keeper_grant *ret_grant, const char **ret_code,
                  const char **ret_problem)
{
    struct keeper_grant grant = {0};
    ptrdiff_t index = keeper->config ? config_target_index(keeper->config, target) : -1;
    struct keeper_session *session = id != 0 ? keeper_session_find(keeper, worker, id) : NULL;
    *ret_code = "keeper.refused";
    if (index < 0) {
        *ret_problem = "there is no such target";
        return false;
    }
    grant.target = (size_t)index;
    const struct config_target *settings = keeper->targets[index].settings;
    if (id == 0) {
        if (!system_grant(keeper, &keeper->targets[index])) {
            *ret_problem = "the catalog is read too often";
            return false;
        }
    } else {
        if (!session || !str_equal(session->target, target)) {
            *ret_problem = session ? "the session is for another target"
                                   : "the session has no verified identity";
            return false;
        }
        const struct identity *identity = &session->identity;
        if (keeper->now() >= identity->session_ends_at ||
            config_issuer_by_url(keeper->config, identity->issuer) < 0) {
            *ret_code = identity_reason_code(IDENTITY_expired);
            *ret_problem = "the identity has ended";
            return false;
        }
        grant.account =
            (size_t)(config_target_account(settings, identity->groups, identity->group_count) + 1);
        ptrdiff_t role = config_target_role(settings, identity->groups, identity->group_count);
        if (role >= 0)
            grant.role = settings->roles[role].role;
    }
    if (!keeper_account(keeper, grant.target, grant.account, &grant.user, &grant.password)) {
        *ret_problem = "the account's password is not there";
        return false;
    }
    if (account.len > 0 && !str_equal(account, grant.user)) {
        *ret_problem = "the account is not the one that the mapping gives";
        return false;
    }
    *ret_grant = grant;
    return true;
}

/* ---- answers ---- */

/* The password may leave whole: the server is known to be the right one, and its cache could not
 * be filled without. */
static bool clear_permitted(const struct keeper *keeper, const struct keeper_grant *grant,
                            bool tls_said)
{
    const struct keeper_target *target = &keeper->targets[grant->target];
    int tls = target->settings->tls;
    bool verified = tls == CONFIG_TARGET_TLS_VERIFY_IDENTITY || tls == CONFIG_TARGET_TLS_VERIFY_CA;
    uint64_t failed = target->accounts[grant->account].failed_ms;
    return tls_said && (verified || target->settings->socket.len > 0) && failed > 0 &&
           keeper->loop.now_ms - failed < KEEPER_PRIME_HOLDS_MS;
}

/* NULL, or what is wrong. */
static const char *answer_make(struct keeper *keeper, const struct keeper_grant *grant,
                               const struct ipc_answer *m, struct buf *out)
{
    enum wire_plugin plugin = wire_plugin_by_text(m->plugin);
    const unsigned char *scramble = (const unsigned char *)m->scramble.ptr;
    struct str key = STR_NONE;
    if (plugin != WIRE_PLUGIN_NATIVE && plugin != WIRE_PLUGIN_CACHING_SHA2)
        return "the server asks for a plugin that is not answered";
    if (m->scramble.len != WIRE_SCRAMBLE)
        return "the challenge is not of 20 bytes";
    if (m->stage > WIRE_STAGE_RSA)
        return "there is no such stage";
    if (m->stage == WIRE_STAGE_CLEAR && !clear_permitted(keeper, grant, m->tls))
        return "the password is not given away whole for this connection";
    if (m->stage == WIRE_STAGE_RSA &&
        !keeper_file(keeper, keeper->targets[grant->target].settings->public_key_file, &key))
        return "no public key is configured for this target";
    return wire_dialogue_make_answer(plugin, (enum wire_answer_stage)m->stage, scramble,
                                     grant->password, key, out)
               ? NULL
               : "the answer can't be made";
}

void keeper_on_answer(void *owner, struct ipc_channel *channel, const struct ipc_answer *m)
{
    struct keeper *keeper = owner;
    struct keeper_grant grant = {0};
    struct buf out;
    const char *code = "keeper.refused", *problem = NULL;
    net_loop_wake(&keeper->loop);
    buf_init(&out, WIRE_ANSWER_MAX);
    if (keeper_grant(keeper, keeper_asker(channel), m->session, m->target, m->account, &grant,
                     &code, &problem))
        problem = answer_make(keeper, &grant, m, &out);
    if (!problem && out.failed)
        problem = "out of memory";
    struct secret bytes = {(unsigned char *)out.data, problem ? 0 : out.len};
    ipc_send_answered(channel, &(struct ipc_answered){
                                   .tag = m->tag,
                                   .ok = problem == NULL,
                                   .user = problem ? STR_NONE : grant.user,
                                   .bytes = bytes,
                                   .role = problem ? STR_NONE : grant.role,
                                   .code = problem ? str_of(code) : STR_NONE,
                                   .problem = str_of(problem),
                               });
    buf_release_secret(&out);
    net_loop_settle(&keeper->loop);
}

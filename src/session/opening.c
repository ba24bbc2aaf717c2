/* SPDX-License-Identifier: Apache-2.0
 *
 * From a proved identity to a session that may send statements: target, policy, limits, backend
 * connection, hardening.
 *
 * Hardening is a row of statements of the gateway's own, each of which must succeed. It runs again
 * after COM_RESET_CONNECTION.
 */
#include "session/session.h"
#include "base/limits.h"
#include "wire/charset.h"

#define UTF8MB4_GENERAL 45

static void open_refuse(struct session *session, const char *code, struct str problem)
{
    struct fault fault = {.code = FAULT_identity_target,
                          .message = STR("access denied: the user name names no target that this "
                                         "identity may use"),
                          .hint = STR("The user name is TARGET or ROLE+TARGET")};
    world_count(session->world, METRIC_logins_refused, 1);
    world_refusal_note(session->world, session->peer);
    record_login_refused(session, code, problem);
    session_end_fault(session, &fault, "no target for this identity");
}

static void open_fault(struct session *session, const struct fault *fault, struct str problem)
{
    world_count(session->world, METRIC_logins_refused, 1);
    world_refusal_note(session->world, session->peer);
    record_login_refused(session, fault_info(fault->code)->code, problem);
    session_end_fault(session, fault, "the session can't be opened");
}

/* ---- who, where ---- */

/* What decisions depend on besides the statement, as one text. */
static struct policy_identity identity_for_policy(struct session *session)
{
    const struct config *config = session->world->config;
    ptrdiff_t issuer = config_issuer_by_url(config, session->identity.issuer);
    return (struct policy_identity){
        .issuer = issuer >= 0 ? config->issuers[issuer].name : session->identity.issuer,
        .subject = session->identity.subject,
        .groups = session->identity.groups,
        .group_count = session->identity.group_count,
        .claims = session->claims,
    };
}

static bool scope_make(struct session *session)
{
    struct session_world *world = session->world;
    struct policy_identity identity = identity_for_policy(session);
    struct policy_target target = {.name = session->target->settings->name,
                                   .labels = &session->target->settings->labels};
    arena_reset(&session->scope_arena);
    policy_set_unref(session->policy);
    session->policy = policy_set_ref(world->policy);
    session->policy_generation = world->policy_generation;
    session->scope =
        policy_scope_make(session->policy, &identity, &target, &session->scope_arena);
    if (!session->scope)
        return false;
    policy_session_decide(session->scope, world_now_us(world), &session->scope_arena,
                          &session->limits);
    return true;
}

bool session_scope_fresh(struct session *session)
{
    if (session->policy_generation == session->world->policy_generation)
        return true;
    if (scope_make(session) && session->limits.allowed)
        return true;
    struct fault fault = {.code = FAULT_identity_target,
                          .message = STR("policy no longer lets this identity use the target")};
    session_end_fault(session, &fault, "policy changed");
    return false;
}

static struct str usage_key(struct session *session)
{
    return arena_printf(&session->life, "%.*s\n%.*s\n%.*s", STR_ARG(session->identity.issuer),
                        STR_ARG(session->identity.subject),
                        STR_ARG(session->target->settings->name));
}

static bool sessions_allowed(struct session *session)
{
    int64_t most = session->world->config->limits.sessions_per_identity;
    int64_t by_policy = session->limits.limits.sessions;
    session->usage = world_usage(session->world, usage_key(session));
    if (by_policy > 0 && (most == 0 || by_policy < most))
        most = by_policy;
    if (!session->usage)
        return false;
    session->usage->sessions++;
    return most == 0 || session->usage->sessions <= most;
}

/* A role that the client asks for must be mapped to one of its groups. */
static bool role_allowed(const struct session *session)
{
    const struct config_target *settings = session->target->settings;
    if (session->role_wanted.len == 0)
        return true;
    for (size_t i = 0; i < settings->role_count; i++) {
        if (str_equal(settings->roles[i].role, session->role_wanted) &&
            identity_in_group(&session->identity, settings->roles[i].group))
            return true;
    }
    return false;
}

static struct str target_name(const struct session *session, struct str login_target)
{
    if (session->way == SESSION_WAY_LOGIN)
        return login_target.len ? login_target : session->listener_target;
    return session->listener_target.len ? session->listener_target : session->target_wanted;
}

static void backend_start(struct session *session);

void session_open_target(struct session *session, struct str login_target)
{
    struct str name = target_name(session, login_target);
    struct session_target *target = world_target(session->world, name);
    bool elsewhere = session->listener_target.len > 0 && !str_equal(name, session->listener_target);
    if (!target || elsewhere) {
        open_refuse(session, "identity.target", STR("no such target"));
        return;
    }
    session->target = session_target_ref(target);
    if (!scope_make(session)) {
        open_refuse(session, "limit.memory", STR("out of memory"));
        return;
    }
    if (!session->limits.allowed) {
        open_refuse(session, fault_info(session->limits.fault.code)->code,
                    session->limits.fault.message);
        return;
    }
    if (!role_allowed(session)) {
        open_refuse(session, "identity.role", STR("the role is not mapped to this identity"));
        return;
    }
    if (!sessions_allowed(session)) {
        struct fault fault = {.code = FAULT_limit_sessions,
                              .message = STR("this identity has too many sessions here already")};
        open_fault(session, &fault, fault.message);
        return;
    }
    backend_start(session);
}

/* ---- the backend ---- */

static void on_ready(void *owner, struct backend *backend);
static void on_failed(void *owner, struct backend *backend, const char *text);

static void on_bytes(void *owner, struct backend *backend)
{
    (void)backend;
    result_pump(owner);
}

static const struct backend_events session_backend_events = {on_ready, on_failed, on_bytes,
                                                             on_bytes};

/* The collation to log in with: the client's where the server has it. */
static bool collation_choose(const struct session *session, uint8_t *ret_collation)
{
    bool mariadb = session->target->settings->kind == CONFIG_TARGET_MARIADB;
    uint8_t wanted = session->collation ? session->collation : UTF8MB4_GENERAL;
    const struct wire_charset *charset = wire_charset_by_collation(wanted);
    if (!state_charset_known(charset ? charset->name : STR_NONE))
        return false;
    if (mariadb && wanted > 247)
        wanted = (uint8_t)wire_charset_default_collation(charset);
    *ret_collation = wanted;
    return true;
}

static void backend_start(struct session *session)
{
    struct session_world *world = session->world;
    const struct config_target *settings = session->target->settings;
    uint8_t collation = UTF8MB4_GENERAL;
    if (!collation_choose(session, &collation)) {
        struct fault fault = {.code = FAULT_session_charset,
                              .message = STR("the client's character set can't be read safely"),
                              .hint = STR("Connect with utf8mb4")};
        open_fault(session, &fault, fault.message);
        return;
    }
    session->sql.several = session->capabilities & WIRE_CAP(MULTI_STATEMENTS);
    session_step_set(session, SESSION_CONNECT, (uint64_t)settings->connect_ms * 3);
    world->ops->session_open(world->ops_context, session->id, settings->name);
    backend_init(&session->backend, session->target, &session_backend_events, session);
    session->backend_made = true;
    backend_open(&session->backend, session->id, session->capabilities, collation);
    /* Meanwhile, so that the first statement need not wait. */
    if (!session->target->catalog)
        (void)catalog_want(session->target, false, &session->waiter);
}

static void on_failed(void *owner, struct backend *backend, const char *text)
{
    struct session *session = owner;
    struct fault fault = {.code = FAULT_target_unavailable};
    (void)backend;
    if (session->step == SESSION_CONNECT && !session->logged_in) {
        fault.message = arena_printf(&session->life, "target %.*s can't be reached",
                                     STR_ARG(session->target->settings->name));
        record_login_refused(session, "target.unavailable", str_of(text));
        session_end_fault(session, &fault, "the target can't be reached");
        return;
    }
    fault.code = FAULT_target_lost;
    fault.message = STR("the connection to the target broke");
    session_end_fault(session, &fault, "the connection to the target broke");
}

/* ---- hardening ---- */

/* Appends `name`, or `name`@`host`. */
static void role_put(struct buf *out, struct str role)
{
    struct str name = role, host = STR_NONE;
    (void)str_split(role, '@', &name, &host);
    struct str parts[2] = {name, host};
    for (size_t p = 0; p < 2; p++) {
        if (p == 1 && host.len == 0)
            break;
        buf_put_str(out, p == 0 ? STR("`") : STR("@`"));
        for (size_t i = 0; i < parts[p].len; i++) {
            if (parts[p].ptr[i] == '`')
                buf_put_u8(out, '`');
            buf_put_u8(out, (uint8_t)parts[p].ptr[i]);
        }
        buf_put_u8(out, '`');
    }
}

static struct str role_choose(const struct session *session)
{
    if (session->limits.role.len > 0)
        return session->limits.role;
    if (session->role_wanted.len > 0)
        return session->role_wanted;
    return str_of(session->backend.role);
}

enum harden_step {
    HARDEN_TRACK = 0,
    HARDEN_CHARSET,
    HARDEN_TIME,
    HARDEN_ROLE,
    HARDEN_READ_ONLY,
    HARDEN_SCHEMA,
    HARDEN_STATE,
    HARDEN_COUNT
};

static void schema_put(struct session *session, struct buf *out)
{
    if (session->schema_wanted.len == 0)
        return;
    buf_put_str(out, STR("USE `"));
    for (size_t i = 0; i < session->schema_wanted.len; i++) {
        if (session->schema_wanted.ptr[i] == '`')
            buf_put_u8(out, '`');
        buf_put_u8(out, (uint8_t)session->schema_wanted.ptr[i]);
    }
    buf_put_u8(out, '`');
}

/* The statement of one step; nothing where there is none. */
static void harden_put(struct session *session, enum harden_step step, struct buf *out)
{
    int64_t time_ms = session->limits.limits.time_ms;
    switch (step) {
    case HARDEN_TRACK:
        buf_put_str(out, STR("SET SESSION session_track_schema=ON, "
                             "session_track_system_variables='autocommit,character_set_client,"
                             "character_set_connection,character_set_results,sql_mode,time_zone'"));
        break;
    case HARDEN_CHARSET: {
        const struct wire_charset *charset =
            wire_charset_by_collation(session->collation ? session->collation : UTF8MB4_GENERAL);
        if (session->backend.collation != session->collation && charset)
            buf_printf(out, "SET NAMES %.*s", STR_ARG(charset->name));
        break;
    }
    case HARDEN_TIME:
        if (time_ms > 0 && session->backend.family == SQL_MARIADB)
            buf_printf(out, "SET SESSION max_statement_time=%lld.%03lld",
                       (long long)(time_ms / 1000), (long long)(time_ms % 1000));
        else if (time_ms > 0)
            buf_printf(out, "SET SESSION max_execution_time=%lld", (long long)time_ms);
        break;
    case HARDEN_ROLE:
        if (role_choose(session).len > 0) {
            buf_put_str(out, STR("SET ROLE "));
            role_put(out, role_choose(session));
        }
        break;
    case HARDEN_READ_ONLY:
        if (session->limits.read_only)
            buf_put_str(out, STR("SET SESSION TRANSACTION READ ONLY"));
        break;
    case HARDEN_SCHEMA:
        schema_put(session, out);
        break;
    case HARDEN_STATE:
        buf_put_str(out, STR("SELECT @@version, @@sql_mode, @@character_set_client, "
                             "@@character_set_results, @@autocommit, DATABASE()"));
        break;
    case HARDEN_COUNT:
        break;
    }
}

static bool on_state_row(void *owner, const struct str *values, size_t count)
{
    struct session *session = owner;
    struct fault fault = {0};
    return state_read(session, values, count, &fault);
}

static void harden_next(struct session *session);

static void on_hardened(void *owner, struct backend *backend, const struct wire_err *err)
{
    struct session *session = owner;
    (void)backend;
    if (!session_alive(session))
        return;
    if (err && session->harden_at == HARDEN_SCHEMA) {
        record_login_refused(session, "schema", err->message);
        session_send_err(session, err);
        session_end(session, "the schema can't be used");
        return;
    }
    if (err) {
        struct fault fault = {.code = FAULT_session_state,
                              .message = STR("the session on the target can't be set up")};
        struct str problem = arena_printf(&session->life, "hardening step %zu: %u %.*s",
                                          session->harden_at, err->number, STR_ARG(err->message));
        open_fault(session, &fault, problem);
        return;
    }
    session->harden_at++;
    harden_next(session);
}

static void harden_next(struct session *session)
{
    struct buf sql;
    buf_init(&sql, 4096);
    while (session->harden_at < HARDEN_COUNT) {
        harden_put(session, (enum harden_step)session->harden_at, &sql);
        if (sql.len > 0)
            break;
        session->harden_at++;
    }
    if (session->harden_at == HARDEN_COUNT) {
        buf_release(&sql);
        session_opened(session);
        return;
    }
    if (sql.failed) {
        struct fault fault = {.code = FAULT_memory, .message = STR("out of memory")};
        open_fault(session, &fault, fault.message);
    } else {
        backend_query(&session->backend, buf_str(&sql),
                      session->harden_at == HARDEN_STATE ? on_state_row : NULL, on_hardened,
                      session);
    }
    buf_release(&sql);
}

static void on_ready(void *owner, struct backend *backend)
{
    struct session *session = owner;
    (void)backend;
    if (session->schema_wanted.len > 0 &&
        !policy_schema_visible(session->scope, session->schema_wanted,
                               world_now_us(session->world))) {
        struct fault fault = {.code = FAULT_denied_schema};
        fault.message = arena_printf(&session->life, "schema %.*s is not granted by any policy",
                                     STR_ARG(session->schema_wanted));
        open_fault(session, &fault, fault.message);
        return;
    }
    session->harden_at = 0;
    harden_next(session);
}

void session_harden_again(struct session *session)
{
    session->schema_wanted = STR_NONE;
    session_step_set(session, SESSION_CONNECT,
                     (uint64_t)session->target->settings->connect_ms * 3);
    session->harden_at = 0;
    harden_next(session);
}

void session_opened(struct session *session)
{
    struct wire_ok ok = {.status = session->backend.status};
    session->status = session->backend.status;
    if (!session->logged_in) {
        if (!record_login(session)) {
            struct fault fault = {.code = FAULT_audit_unavailable,
                                  .message = STR("the login can't be recorded")};
            session_end_fault(session, &fault, "the login can't be recorded");
            return;
        }
        session->logged_in = true;
        wire_joiner_release(&session->incoming);
        wire_joiner_init(&session->incoming,
                         (size_t)session->world->config->limits.packet_bytes, 0);
        world_count(session->world, METRIC_logins_ok, 1);
        metrics_set(session->world->metrics, METRIC_sessions_open,
                    session->world->metrics->value[METRIC_sessions_open] + 1);
    }
    session_send_ok(session, &ok);
    session_command_end(session);
}

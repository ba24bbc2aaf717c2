/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario.h"
#include "audit/record.h"
#include "base/clock.h"
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char config_text[] =
    "listeners:\n"
    "  - {name: local, address: 'unix:/nowhere/cardea.sock', tls: off}\n"
    "targets:\n"
    "  - {name: shop, kind: mysql, socket: /nowhere/mysql.sock, tls: off,\n"
    "     credential: {user: gw, password_env: GW}}\n"
    "issuers:\n"
    "  - {name: test, url: 'https://issuer.test', audiences: [cardea]}\n"
    "audit: {directory: /nowhere/audit, durability: %s, key_file: /nowhere/audit.key}\n"
    "pseudonym_key_file: /nowhere/pseudonym.key\n"
    "data_directory: /nowhere/data\n";

const char scenario_policy[] =
    "policy: agents\n"
    "subjects: [{group: ai-agents}]\n"
    "targets: [{name: shop}]\n"
    "allow:\n"
    "  - {privileges: [SELECT], on: app.*}\n"
    "  - {privileges: [UPDATE], on: app.pub}\n"
    "approve:\n"
    "  - {privileges: [DROP], on: app.*, by: {groups: [dba], count: 1}, valid: 5m, wait: 60s}\n"
    "limits: {rows: 5, time: 30s}\n"
    "---\n"
    "classification: people\n"
    "columns:\n"
    "  - {column: app.person.ssn, tags: [pii.ssn]}\n"
    "tags:\n"
    "  pii.ssn: {mask: redact}\n";

static const char identity_json[] =
    "{\"issuer\":\"https://issuer.test\",\"subject\":\"agent-7\",\"name\":\"agent seven\","
    "\"groups\":[\"ai-agents\"],\"claims\":{\"sub\":\"agent-7\"},\"expires\":4000000000,"
    "\"session_ends\":4000000060}";

static struct scenario *now_playing;

/* ---- the other processes ---- */

struct promise {
    struct net_farewell farewell;
    void (*done)(void);
    void *owner;
    struct scenario *scenario;
    int fd;
    char text[64];
};

static struct promise *promise_new(struct scenario *s, void (*done)(void), void *owner,
                                   void (*run)(void *))
{
    struct promise *promise = calloc(1, sizeof *promise);
    assert_non_null(promise);
    promise->done = done;
    promise->owner = owner;
    promise->scenario = s;
    net_farewell_queue(&s->loop, &promise->farewell, run, promise);
    return promise;
}

typedef void verified_done(void *, const struct ipc_verified *);
typedef void answered_done(void *, const struct ipc_answered *);
typedef void dialled_done(void *, const struct ipc_dialled *);
typedef void asked_done(void *, const struct ipc_approval_state *);
typedef void used_done(void *, const struct ipc_approval_used *);

static void keep_verified(void *owner)
{
    struct promise *p = owner;
    struct ipc_verified answer = {.ok = p->scenario->identity != NULL,
                                  .identity = str_of(p->scenario->identity),
                                  .expires = (uint64_t)clock_realtime_s() + 600,
                                  .code = STR("identity.expired"),
                                  .problem = STR("the token ended yesterday")};
    ((verified_done *)p->done)(p->owner, &answer);
    free(p);
}

static uint32_t op_verify(void *context, const struct ipc_verify *ask, verified_done *done,
                          void *owner)
{
    struct scenario *s = context;
    snprintf(s->token, sizeof s->token, "%.*s", (int)ask->token.len, (char *)ask->token.bytes);
    promise_new(s, (void (*)(void))done, owner, keep_verified);
    return 1;
}

static uint32_t op_login_verify(void *context, const struct ipc_login_verify *ask,
                                verified_done *done, void *owner)
{
    (void)ask;
    promise_new(context, (void (*)(void))done, owner, keep_verified);
    return 1;
}

static void keep_answered(void *owner)
{
    struct promise *p = owner;
    unsigned char bytes[20] = "twenty-bytes-answer!";
    struct ipc_answered answer = {.ok = true, .user = STR("gw"), .bytes = {bytes, 20}};
    ((answered_done *)p->done)(p->owner, &answer);
    free(p);
}

static uint32_t op_answer(void *context, const struct ipc_answer *ask, answered_done *done,
                          void *owner)
{
    (void)ask;
    promise_new(context, (void (*)(void))done, owner, keep_answered);
    return 2;
}

static uint32_t op_prime(void *context, const struct ipc_prime *ask,
                         void (*done)(void *, const struct ipc_primed *), void *owner)
{
    (void)context;
    (void)ask;
    (void)done;
    (void)owner;
    return 0;
}

static void keep_dialled(void *owner)
{
    struct promise *p = owner;
    struct ipc_dialled answer = {.socket = p->fd};
    ((dialled_done *)p->done)(p->owner, &answer);
    free(p);
}

static uint32_t op_dial(void *context, const struct ipc_dial *ask, dialled_done *done, void *owner)
{
    struct scenario *s = context;
    int fds[2];
    (void)ask;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    s->server.fd = fds[1];
    promise_new(s, (void (*)(void))done, owner, keep_dialled)->fd = fds[0];
    return 3;
}

static void keep_asked(void *owner)
{
    struct promise *p = owner;
    struct ipc_approval_state answer = {
        .ok = true, .id = STR("rq-aaaaaaaaaa"), .state = (uint8_t)p->scenario->approval_state};
    ((asked_done *)p->done)(p->owner, &answer);
    free(p);
}

static uint32_t op_approval_ask(void *context, const struct ipc_approval_ask *ask,
                                asked_done *done, void *owner)
{
    assert_int_equal(ask->fingerprint.len, 32);
    promise_new(context, (void (*)(void))done, owner, keep_asked);
    return 4;
}

static void keep_used(void *owner)
{
    struct promise *p = owner;
    struct ipc_approval_used answer = {.ok = p->scenario->approvals_used++ == 0,
                                       .problem = STR("used already")};
    ((used_done *)p->done)(p->owner, &answer);
    free(p);
}

static uint32_t op_approval_use(void *context, const struct ipc_approval_use *ask,
                                used_done *done, void *owner)
{
    assert_str(ask->id, STR("rq-aaaaaaaaaa"));
    promise_new(context, (void (*)(void))done, owner, keep_used);
    return 5;
}

static uint32_t op_approval_list(void *context, const struct ipc_approval_list *ask,
                                 void (*done)(void *, const struct ipc_approval_listed *),
                                 void *owner)
{
    (void)context;
    (void)ask;
    (void)done;
    (void)owner;
    return 0;
}

static void op_forget(void *context, enum session_peer peer, uint32_t tag)
{
    (void)context;
    (void)peer;
    (void)tag;
}

static void op_session_open(void *context, uint64_t session, struct str target)
{
    (void)context;
    (void)session;
    assert_str(target, STR("shop"));
}

static void op_catalog_touched(void *context, struct str target)
{
    (void)context;
    (void)target;
}

static void op_session_close(void *context, uint64_t session)
{
    (void)context;
    (void)session;
}

static uint64_t op_record(void *context, const struct audit_record *record)
{
    struct scenario *s = context;
    if (s->ring_full)
        return 0;
    size_t n = audit_record_encode(record, s->last_record, sizeof s->last_record - 1);
    assert_true(n > 0);
    s->last_record[n] = 0;
    if (record->kind != AUDIT_outcome)
        memcpy(s->last_decision, s->last_record, n + 1);
    return ++s->records;
}

static bool op_record_later(void *context)
{
    return ((struct scenario *)context)->room_soon;
}

static bool op_durable(void *context, uint64_t sequence)
{
    (void)sequence;
    return ((struct scenario *)context)->on_disk;
}

static void op_want_durable(void *context, uint64_t sequence)
{
    (void)context;
    (void)sequence;
}

static void op_await(void *context, bool wanted)
{
    (void)context;
    (void)wanted;
}

static int64_t op_realtime(void *context)
{
    (void)context;
    return clock_realtime_us();
}

static const struct session_ops ops = {
    .verify = op_verify,
    .login_verify = op_login_verify,
    .answer = op_answer,
    .prime = op_prime,
    .dial = op_dial,
    .approval_ask = op_approval_ask,
    .approval_use = op_approval_use,
    .approval_list = op_approval_list,
    .forget = op_forget,
    .session_open = op_session_open,
    .catalog_touched = op_catalog_touched,
    .session_close = op_session_close,
    .record = op_record,
    .record_later = op_record_later,
    .durable = op_durable,
    .want_durable = op_want_durable,
    .await_durable = op_await,
    .realtime_us = op_realtime,
};

/* ---- the world ---- */

static struct str no_file(void *context, struct str path)
{
    (void)context;
    (void)path;
    return STR("0123456789abcdef0123456789abcdef");
}

static bool no_zone(void *context, struct str zone, struct str *ret_tzif)
{
    (void)context;
    (void)zone;
    (void)ret_tzif;
    return false;
}

static void problems_fail(const struct config_problems *problems, const char *what)
{
    struct buf out;
    buf_init(&out, 65536);
    config_problems_print(problems, &out);
    fail_msg("%s: %.*s", what, STR_ARG(buf_str(&out)));
}

static void column_add(struct catalog_builder *builder, const char *table, const char *name,
                       uint32_t ordinal)
{
    struct catalog_column column = {.name = str_of(name),
                                    .data_type = STR("varchar"),
                                    .column_type = STR("varchar(40)"),
                                    .charset = STR("utf8mb4"),
                                    .collation = STR("utf8mb4_general_ci"),
                                    .ordinal = ordinal,
                                    .type = CATALOG_TYPE_TEXT,
                                    .nullable = true};
    assert_true(catalog_builder_column(builder, STR("app"), str_of(table), &column));
}

static struct catalog *catalog_make(void)
{
    struct catalog_builder *builder = catalog_builder_new(false, 80400, 0);
    struct catalog_schema schema = {.name = STR("app"), .charset = STR("utf8mb4"),
                                    .collation = STR("utf8mb4_general_ci")};
    static const char *const tables[] = {"person", "pub"};
    assert_true(catalog_builder_schema(builder, &schema));
    for (size_t i = 0; i < 2; i++) {
        struct catalog_table table = {.schema = STR("app"), .name = str_of(tables[i]),
                                      .kind = CATALOG_TABLE_BASE, .engine = STR("InnoDB")};
        assert_true(catalog_builder_table(builder, &table));
    }
    column_add(builder, "person", "id", 1);
    column_add(builder, "person", "name", 2);
    column_add(builder, "person", "ssn", 3);
    column_add(builder, "pub", "id", 1);
    column_add(builder, "pub", "note", 2);
    struct catalog *catalog = catalog_build(builder);
    assert_non_null(catalog);
    return catalog;
}

void scenario_start(struct scenario *s, const char *durability)
{
    struct arena arena;
    struct config_problems problems;
    char text[2048], problem[300] = "";
    *s = (struct scenario){.identity = identity_json, .approval_state = 1};
    now_playing = s;
    s->client.fd = s->server.fd = -1;
    buf_init(&s->client.in, (size_t)64 << 20);
    buf_init(&s->server.in, (size_t)64 << 20);
    s->base = event_base_new();
    assert_true(net_loop_init(&s->loop, s->base));
    assert_true(world_init(&s->world, &s->loop, &ops, s, &s->metrics));
    arena_init(&arena, (size_t)1 << 20);
    config_problems_init(&problems, &arena);
    snprintf(text, sizeof text, config_text, durability);
    s->config = config_parse(STR("cardea.yaml"), str_of(text), &problems);
    if (!s->config)
        problems_fail(&problems, "configuration");
    struct policy_file file = {STR("policy.yaml"), str_of(scenario_policy)};
    s->policy = policy_set_load(&file, 1, no_zone, NULL, &problems);
    if (!s->policy)
        problems_fail(&problems, "policy");
    arena_release(&arena);
    assert_true(world_configure(&s->world, s->config, s->policy, no_file, NULL, STR_NONE, problem,
                                sizeof problem));
    struct session_target *target = world_target(&s->world, STR("shop"));
    target->catalog = catalog_make();
    target->catalog_generation = 1;
    target->catalog_loaded_ms = target->catalog_as_of_ms = s->loop.now_ms;
    s->server_answers_setup = true;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    s->client.fd = fds[1];
    session_accept(&s->world, 0, fds[0], "test");
    scenario_run(s);
}

void scenario_stop(struct scenario *s)
{
    world_release(&s->world);
    net_loop_release(&s->loop);
    policy_set_unref(s->policy);
    config_unref(s->config);
    event_base_free(s->base);
    close(s->client.fd);
    if (s->server.fd >= 0)
        close(s->server.fd);
    buf_release(&s->client.in);
    buf_release(&s->server.in);
}

void scenario_run(struct scenario *s)
{
    for (int i = 0; i < 12; i++) {
        net_loop_settle(&s->loop);
        event_base_loop(s->base, EVLOOP_NONBLOCK);
    }
}

void scenario_wait(struct scenario *s, uint64_t ms)
{
    net_loop_advance(&s->loop, s->loop.now_ms + ms);
    scenario_run(s);
}

/* ---- packets ---- */

static void side_fill(struct side *side)
{
    char bytes[65536];
    ssize_t n;
    while ((n = read(side->fd, bytes, sizeof bytes)) > 0)
        buf_put(&side->in, bytes, (size_t)n);
}

static bool side_next(struct side *side, struct str *ret_payload)
{
    static char kept[1 << 17];
    side_fill(side);
    if (side->in.len < 4)
        return false;
    struct cursor c = cursor_over(buf_str(&side->in));
    size_t length = cursor_u24(&c);
    side->sequence = cursor_u8(&c);
    if (side->in.len < 4 + length || length > sizeof kept)
        return false;
    memcpy(kept, side->in.data + 4, length);
    buf_consume(&side->in, 4 + length);
    *ret_payload = str_make(kept, length);
    return true;
}

struct str scenario_take(struct scenario *s, struct side *side)
{
    struct str payload = STR_NONE;
    scenario_run(s);
    if (!side_next(side, &payload))
        fail_msg("the %s got no packet", side == &s->client ? "client" : "server");
    return payload;
}

bool scenario_silent(struct scenario *s, struct side *side)
{
    scenario_run(s);
    side_fill(side);
    return side->in.len == 0;
}

bool scenario_closed(struct scenario *s, struct side *side)
{
    char byte;
    scenario_run(s);
    side_fill(side);
    return read(side->fd, &byte, 1) == 0;
}

void scenario_put(struct scenario *s, struct side *side, uint8_t sequence, struct str payload)
{
    struct buf out;
    buf_init(&out, (size_t)64 << 20);
    wire_packet_put(&out, payload, &sequence);
    assert_int_equal(write(side->fd, out.data, out.len), (ssize_t)out.len);
    side->sequence = (uint8_t)(sequence - 1);
    buf_release(&out);
    scenario_run(s);
}

/* ---- both sides ---- */

#define SERVER_CAPS                                                                                \
    (WIRE_CAP(LONG_PASSWORD) | WIRE_CAP(PROTOCOL_41) | WIRE_CAP(SECURE_CONNECTION) |               \
     WIRE_CAP(PLUGIN_AUTH) | WIRE_CAP(DEPRECATE_EOF) | WIRE_CAP(TRANSACTIONS) |                    \
     WIRE_CAP(MULTI_RESULTS) | WIRE_CAP(PS_MULTI_RESULTS) | WIRE_CAP(LONG_FLAG) |                  \
     WIRE_CAP(PLUGIN_AUTH_LENENC) | WIRE_CAP(CONNECT_WITH_DB))
#define CLIENT_CAPS (SERVER_CAPS | WIRE_CAP(MULTI_STATEMENTS))

static void put_ok(struct scenario *s, struct side *side, uint8_t sequence)
{
    const char ok[] = {0, 0, 0, 2, 0, 0, 0};
    scenario_put(s, side, sequence, str_make(ok, sizeof ok));
}

void scenario_server_ok(struct scenario *s)
{
    put_ok(s, &s->server, 1);
}

void scenario_server_rows(struct scenario *s, const char *const *columns, uint32_t column_count,
                          const char *const *values, uint32_t row_count)
{
    struct buf out, payload;
    uint8_t sequence = 1;
    buf_init(&out, (size_t)16 << 20);
    buf_init(&payload, (size_t)1 << 20);
    wire_column_count_encode(&payload, column_count);
    wire_packet_put(&out, buf_str(&payload), &sequence);
    for (uint32_t i = 0; i < column_count; i++) {
        struct wire_column column = {.catalog = STR("def"), .name = str_of(columns[i]),
                                     .collation = 45, .length = 160,
                                     .type = WIRE_TYPE_VAR_STRING};
        buf_clear(&payload);
        wire_column_encode(&payload, &column);
        wire_packet_put(&out, buf_str(&payload), &sequence);
    }
    for (uint32_t r = 0; r < row_count; r++) {
        buf_clear(&payload);
        for (uint32_t i = 0; i < column_count; i++) {
            struct wire_value value = {.bytes = str_of(values[r * column_count + i])};
            wire_text_value_put(&payload, &value);
        }
        wire_packet_put(&out, buf_str(&payload), &sequence);
    }
    const char end[] = {(char)0xFE, 0, 0, 2, 0, 0, 0};
    wire_packet_put(&out, str_make(end, sizeof end), &sequence);
    assert_int_equal(write(s->server.fd, out.data, out.len), (ssize_t)out.len);
    buf_release(&payload);
    buf_release(&out);
    scenario_run(s);
}

static void server_greet(struct scenario *s)
{
    struct buf out;
    struct wire_greeting greeting = {.server_version = STR("8.4.0"),
                                     .connection_id = 42,
                                     .capabilities = SERVER_CAPS,
                                     .collation = 45,
                                     .status = 2,
                                     .auth_plugin = STR("mysql_native_password")};
    memset(greeting.scramble, 'x', sizeof greeting.scramble);
    buf_init(&out, 4096);
    wire_greeting_encode(&out, &greeting);
    scenario_put(s, &s->server, 0, buf_str(&out));
    buf_release(&out);
}

/* Answers what the gateway says to set up its session, up to the SELECT that reads the state. */
static void server_setup(struct scenario *s)
{
    static const char *const columns[] = {"v", "m", "c", "r", "a", "d"};
    static const char *const values[] = {"8.4.0", "STRICT_TRANS_TABLES", "utf8mb4", "utf8mb4",
                                         "1", "app"};
    for (int i = 0; i < 16; i++) {
        struct str query = scenario_take(s, &s->server);
        assert_int_equal(query.ptr[0], WIRE_COM_QUERY);
        if (str_find(query, STR("SELECT @@version")) >= 0) {
            scenario_server_rows(s, columns, 6, values, 1);
            return;
        }
        put_ok(s, &s->server, 1);
    }
    fail_msg("the gateway never asks for the session's state");
}

void scenario_login(struct scenario *s)
{
    struct wire_greeting greeting;
    struct buf out;
    assert_true(wire_greeting_decode(scenario_take(s, &s->client), &greeting));
    struct wire_login login = {.capabilities = CLIENT_CAPS, .max_packet = 1 << 24,
                               .collation = 45, .user = STR("shop"),
                               .answer = STR("header.payload.signature\0"),
                               .auth_plugin = STR("mysql_clear_password")};
    buf_init(&out, 4096);
    wire_login_encode(&out, &login);
    scenario_put(s, &s->client, 1, buf_str(&out));
    buf_release(&out);
    if (s->server.fd < 0)
        (void)scenario_expect_err(s, 0); /* tells what went wrong */
    server_greet(s);
    struct wire_login gateway;
    assert_true(wire_login_decode(scenario_take(s, &s->server), SERVER_CAPS, &gateway));
    assert_str(gateway.user, STR("gw"));
    put_ok(s, &s->server, 2);
    server_setup(s);
    scenario_expect_ok(s);
}

void scenario_query(struct scenario *s, const char *sql)
{
    struct buf out;
    buf_init(&out, (size_t)32 << 20);
    wire_query_encode(&out, str_of(sql));
    scenario_put(s, &s->client, 0, buf_str(&out));
    buf_release(&out);
}

void scenario_expect_query(struct scenario *s, const char *sql)
{
    struct str payload = scenario_take(s, &s->server);
    assert_int_equal(payload.ptr[0], WIRE_COM_QUERY);
    assert_str(str_slice(payload, 1, payload.len), str_of(sql));
}

struct str scenario_expect_err(struct scenario *s, uint16_t number)
{
    struct wire_err err;
    struct str payload = scenario_take(s, &s->client);
    if (!wire_err_decode(payload, &err))
        fail_msg("no error but a packet that begins with %02x", (unsigned char)payload.ptr[0]);
    if (err.number != number)
        fail_msg("error %u, not %u: %.*s", err.number, number, STR_ARG(err.message));
    return err.message;
}

void scenario_expect_ok(struct scenario *s)
{
    struct wire_err err;
    struct str payload = scenario_take(s, &s->client);
    if (wire_err_decode(payload, &err))
        fail_msg("error %u: %.*s", err.number, STR_ARG(err.message));
    assert_int_equal(payload.ptr[0], WIRE_OK);
}

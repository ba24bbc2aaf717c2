/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole session without sockets: bytes of a client and of a server, from the greeting on or
 * after a login, with time passing in between. The other processes always say yes, so that the
 * farthest states are reached.
 *
 *   input = mode, { op, length, bytes }...
 *   mode bit 0: log in first
 *   op    0 raw bytes of the client   1 a packet of the client, well framed
 *         2 raw bytes of the server   3 a packet of the server, well framed
 *         4 time passes               5 an approval comes         6 a side goes away
 */
#include "base/limits.h"
#include "session/session.h"
#include "store/approval.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char config_text[] =
    "listeners:\n"
    "  - {name: local, address: 'unix:/nowhere/cardea.sock', tls: off}\n"
    "targets:\n"
    "  - {name: shop, kind: mysql, socket: /nowhere/mysql.sock, tls: off,\n"
    "     credential: {user: gw, password_env: GW}}\n"
    "issuers:\n"
    "  - {name: test, url: 'https://issuer.test', audiences: [cardea]}\n"
    "audit: {directory: /nowhere/audit, durability: async, key_file: /nowhere/audit.key}\n"
    "pseudonym_key_file: /nowhere/pseudonym.key\n"
    "data_directory: /nowhere/data\n";

static const char policy_text[] =
    "policy: agents\n"
    "subjects: [{group: ai-agents}]\n"
    "targets: [{name: shop}]\n"
    "allow:\n"
    "  - {privileges: [SELECT, INSERT, UPDATE, DELETE], on: app.*}\n"
    "approve:\n"
    "  - {privileges: [DROP], on: app.*, by: {groups: [dba], count: 1}, valid: 5m, wait: 60s}\n"
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

#define NOW_US 1800000000000000

struct fuzz {
    struct net_loop loop;
    struct metrics metrics;
    struct session_world world;
    uint64_t records;
    char record[LIMIT_AUDIT_RECORD];
};

/* ---- the other processes: yes, a little later ---- */

struct promise {
    struct net_farewell farewell;
    void (*done)(void);
    void *owner;
};

static uint32_t promise(struct fuzz *fuzz, void (*done)(void), void *owner, void (*run)(void *))
{
    struct promise *p = calloc(1, sizeof *p);
    REQUIRE(p);
    p->done = done;
    p->owner = owner;
    net_farewell_queue(&fuzz->loop, &p->farewell, run, p);
    return 1;
}

#define OP(name, answer_type, value)                                                               \
    static void keep_##name(void *owner)                                                           \
    {                                                                                              \
        struct promise *p = owner;                                                                 \
        struct ipc_##answer_type answer = value;                                                   \
        if (p->done)                                                                               \
            ((void (*)(void *, const struct ipc_##answer_type *))p->done)(p->owner, &answer);      \
        free(p);                                                                                   \
    }                                                                                              \
    static uint32_t op_##name(void *context, const struct ipc_##name *ask,                         \
                              void (*done)(void *, const struct ipc_##answer_type *),              \
                              void *owner)                                                         \
    {                                                                                              \
        (void)ask;                                                                                 \
        return promise(context, (void (*)(void))done, owner, keep_##name);                         \
    }
#define SOME(...) {__VA_ARGS__}

static unsigned char answer_bytes[20] = "twenty-bytes-answer!";

OP(verify, verified,
   SOME(.ok = true, .identity = str_of(identity_json), .expires = NOW_US / 1000000 + 600))
OP(login_verify, verified,
   SOME(.ok = true, .identity = str_of(identity_json), .expires = NOW_US / 1000000 + 600))
OP(answer, answered, SOME(.ok = true, .user = STR("gw"), .bytes = {answer_bytes, 20}))
OP(prime, primed, SOME(.ok = true))
OP(dial, dialled, SOME(.socket = -1))
OP(approval_ask, approval_state,
   SOME(.ok = true, .id = STR("rq-aaaaaaaaaa"), .state = APPROVAL_PENDING))
OP(approval_use, approval_used, SOME(.ok = true))
OP(approval_list, approval_listed, SOME(.requests = STR("[{\"id\":\"rq-aaaaaaaaaa\"}]")))

/* A session that ends forgets its asks: here each promise of that owner comes to nothing. */
static void op_forget(void *context, enum session_peer peer, uint32_t tag)
{
    struct fuzz *fuzz = context;
    (void)peer;
    (void)tag;
    list_each (node, &fuzz->loop.farewells) {
        struct net_farewell *f = list_entry(node, struct net_farewell, node);
        static void (*const runs[])(void *) = {keep_verify, keep_login_verify, keep_answer,
                                               keep_prime, keep_dial, keep_approval_ask,
                                               keep_approval_use, keep_approval_list};
        for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
            if (f->run == runs[i])
                ((struct promise *)f->owner)->done = NULL;
        }
    }
}

static void op_session_open(void *context, uint64_t session, struct str target)
{
    (void)context;
    (void)session;
    (void)target;
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
    struct fuzz *fuzz = context;
    REQUIRE(audit_record_encode(record, fuzz->record, sizeof fuzz->record) > 0);
    return ++fuzz->records;
}

static bool op_record_later(void *context)
{
    (void)context;
    return false;
}

static void op_want_durable(void *context, uint64_t sequence)
{
    (void)context;
    (void)sequence;
}

static bool op_durable(void *context, uint64_t sequence)
{
    (void)context;
    (void)sequence;
    return true;
}

static void op_await(void *context, bool wanted)
{
    (void)context;
    (void)wanted;
}

static int64_t op_realtime(void *context)
{
    (void)context;
    return NOW_US;
}

static const struct session_ops ops = {
    op_verify,       op_login_verify, op_answer,     op_prime,        op_dial,
    op_approval_ask, op_approval_use, op_approval_list, op_forget,    op_session_open,
    op_catalog_touched, op_session_close, op_record, op_record_later, op_durable,
    op_want_durable, op_await, op_realtime,
};

/* ---- the world, made once ---- */

static struct str no_file(void *context, struct str path)
{
    (void)context;
    (void)path;
    return STR("0123456789abcdef0123456789abcdef");
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
    REQUIRE(catalog_builder_column(builder, STR("app"), str_of(table), &column));
}

static struct catalog *catalog_make(void)
{
    struct catalog_builder *builder = catalog_builder_new(false, 80400, 0);
    struct catalog_schema schema = {.name = STR("app"), .charset = STR("utf8mb4"),
                                    .collation = STR("utf8mb4_general_ci")};
    struct catalog_table table = {.schema = STR("app"), .name = STR("person"),
                                  .kind = CATALOG_TABLE_BASE, .engine = STR("InnoDB")};
    REQUIRE(builder && catalog_builder_schema(builder, &schema));
    REQUIRE(catalog_builder_table(builder, &table));
    column_add(builder, "person", "id", 1);
    column_add(builder, "person", "ssn", 2);
    struct catalog *catalog = catalog_build(builder);
    REQUIRE(catalog);
    return catalog;
}

static struct config *config;
static struct policy_set *policy;
static struct catalog *catalog;

static void make_once(void)
{
    struct arena arena;
    struct config_problems problems;
    struct policy_file file = {STR("policy.yaml"), str_of(policy_text)};
    arena_init(&arena, (size_t)1 << 20);
    config_problems_init(&problems, &arena);
    config = config_parse(STR("cardea.yaml"), str_of(config_text), &problems);
    REQUIRE(config);
    policy = policy_set_load(&file, 1, NULL, NULL, &problems);
    REQUIRE(policy);
    catalog = catalog_make();
    arena_release(&arena);
}

static void world_make(struct fuzz *fuzz)
{
    char problem[300];
    REQUIRE(net_loop_init(&fuzz->loop, NULL));
    REQUIRE(world_init(&fuzz->world, &fuzz->loop, &ops, fuzz, &fuzz->metrics));
    fuzz->world.memory_streams = true;
    REQUIRE(world_configure(&fuzz->world, config, policy, no_file, NULL, STR_NONE, problem,
                            sizeof problem));
    struct session_target *target = world_target(&fuzz->world, STR("shop"));
    target->catalog = catalog_ref(catalog);
    target->catalog_generation = 1;
}

/* ---- both sides ---- */

static struct session *session_of(struct fuzz *fuzz)
{
    if (list_empty(&fuzz->world.sessions))
        return NULL;
    return list_entry(fuzz->world.sessions.next, struct session, node);
}

/* What was sent is thrown away, so that nothing stays full. */
static void drain(struct fuzz *fuzz)
{
    struct buf out;
    buf_init(&out, (size_t)256 << 20);
    struct session *session = session_of(fuzz);
    if (session)
        stream_memory_take(&session->client, &out);
    session = session_of(fuzz);
    if (session && session->backend_made && session->backend.stream.state == STREAM_STATE_MEMORY)
        stream_memory_take(&session->backend.stream, &out);
    buf_release(&out);
}

static void put(struct fuzz *fuzz, bool server, struct str bytes)
{
    struct session *session = session_of(fuzz);
    if (!session)
        return;
    if (!server)
        stream_memory_put(&session->client, bytes);
    else if (session->backend_made)
        stream_memory_put(&session->backend.stream, bytes);
    drain(fuzz);
}

static void put_packet(struct fuzz *fuzz, bool server, struct str payload)
{
    struct session *session = session_of(fuzz);
    struct buf out;
    if (!session || (server && !session->backend_made))
        return;
    uint8_t sequence = session->incoming.splitter.sequence;
    if (server && session->backend.step == BACKEND_BUSY)
        sequence = session->flow.splitter.sequence;
    else if (server)
        sequence = session->backend.incoming.splitter.sequence;
    buf_init(&out, (size_t)1 << 20);
    wire_packet_put(&out, payload, &sequence);
    put(fuzz, server, buf_str(&out));
    buf_release(&out);
}

#define SERVER_CAPS                                                                                \
    (WIRE_CAP(LONG_PASSWORD) | WIRE_CAP(PROTOCOL_41) | WIRE_CAP(SECURE_CONNECTION) |               \
     WIRE_CAP(PLUGIN_AUTH) | WIRE_CAP(DEPRECATE_EOF) | WIRE_CAP(TRANSACTIONS) |                    \
     WIRE_CAP(MULTI_RESULTS) | WIRE_CAP(PS_MULTI_RESULTS) | WIRE_CAP(LONG_FLAG) |                  \
     WIRE_CAP(PLUGIN_AUTH_LENENC) | WIRE_CAP(SESSION_TRACK))

static void client_login(struct fuzz *fuzz)
{
    struct buf out;
    struct wire_login login = {.capabilities = SERVER_CAPS | WIRE_CAP(MULTI_STATEMENTS) |
                                               WIRE_CAP(QUERY_ATTRIBUTES),
                               .collation = 45, .user = STR("shop"), .answer = STR("a.b.c\0"),
                               .auth_plugin = STR("mysql_clear_password")};
    buf_init(&out, 4096);
    wire_login_encode(&out, &login);
    put_packet(fuzz, false, buf_str(&out));
    buf_release(&out);
}

static void server_greet(struct fuzz *fuzz)
{
    struct buf out;
    struct wire_greeting greeting = {.server_version = STR("8.4.0"), .capabilities = SERVER_CAPS,
                                     .collation = 45, .status = 2,
                                     .auth_plugin = STR("mysql_native_password")};
    memset(greeting.scramble, 'x', sizeof greeting.scramble);
    buf_init(&out, 4096);
    wire_greeting_encode(&out, &greeting);
    put_packet(fuzz, true, buf_str(&out));
    buf_release(&out);
}

static void server_state(struct fuzz *fuzz)
{
    static const char *const values[] = {"8.4.0", "", "utf8mb4", "utf8mb4", "1", "app"};
    struct buf out;
    buf_init(&out, 4096);
    put_packet(fuzz, true, STR("\x06"));
    for (size_t i = 0; i < 6; i++) {
        struct wire_column column = {.catalog = STR("def"), .name = STR("x"), .collation = 45,
                                     .type = WIRE_TYPE_VAR_STRING};
        buf_clear(&out);
        wire_column_encode(&out, &column);
        put_packet(fuzz, true, buf_str(&out));
    }
    buf_clear(&out);
    for (size_t i = 0; i < 6; i++) {
        struct wire_value value = {.bytes = str_of(values[i])};
        wire_text_value_put(&out, &value);
    }
    put_packet(fuzz, true, buf_str(&out));
    put_packet(fuzz, true, STR("\xFE\0\0\x02\0\0\0"));
    buf_release(&out);
}

static void log_in(struct fuzz *fuzz)
{
    struct str ok = STR("\0\0\0\x02\0\0\0");
    client_login(fuzz);
    server_greet(fuzz);
    put_packet(fuzz, true, ok);
    for (int i = 0; i < 16 && session_of(fuzz) && session_of(fuzz)->harden_at < 6; i++)
        put_packet(fuzz, true, ok);
    server_state(fuzz);
    REQUIRE(session_of(fuzz) && session_of(fuzz)->step == SESSION_READY);
}

/* ---- the input ---- */

static void act(struct fuzz *fuzz, uint8_t op, struct str bytes)
{
    struct session *session = session_of(fuzz);
    switch (op % 7) {
    case 0:
        put(fuzz, false, bytes);
        break;
    case 1:
        put_packet(fuzz, false, bytes);
        break;
    case 2:
        put(fuzz, true, bytes);
        break;
    case 3:
        put_packet(fuzz, true, bytes);
        break;
    case 4:
        net_loop_advance(&fuzz->loop, fuzz->loop.now_ms + bytes.len * 1000);
        net_loop_settle(&fuzz->loop);
        break;
    case 5:
        world_approval_changed(&fuzz->world, STR("rq-aaaaaaaaaa"),
                               (unsigned)(bytes.len % APPROVAL_STATE_COUNT), STR_NONE, bytes);
        net_loop_settle(&fuzz->loop);
        break;
    case 6:
        if (bytes.len % 2 == 0)
            stream_memory_end(&session->client);
        else if (session->backend_made)
            stream_memory_end(&session->backend.stream);
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz fuzz;
    struct cursor c = cursor_over(str_make(data, size));
    if (!config)
        make_once();
    memset(&fuzz, 0, offsetof(struct fuzz, record));
    world_make(&fuzz);
    REQUIRE(session_start_memory(&fuzz.world, 0, "fuzz"));
    drain(&fuzz);
    if (cursor_u8(&c) & 1)
        log_in(&fuzz);
    while (cursor_left(&c) > 0 && session_of(&fuzz)) {
        uint8_t op = cursor_u8(&c);
        size_t length = cursor_u8(&c);
        size_t left = cursor_left(&c);
        act(&fuzz, op, cursor_bytes(&c, length < left ? length : left));
        drain(&fuzz);
    }
    world_release(&fuzz.world);
    net_loop_release(&fuzz.loop);
    REQUIRE(check_failures() == 0);
    return 0;
}

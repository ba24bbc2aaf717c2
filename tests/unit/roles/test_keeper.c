/* SPDX-License-Identifier: Apache-2.0
 *
 * The keeper without processes: the test is supervisor, worker, control and recorder at the other
 * ends of its socket pairs, on the same event loop.
 */
#include "../identity/forge.h"
#include "../test.h"
#include "roles/keeper.h"
#include "wire/auth.h"
#include "wire/packets.h"
#include <event2/event.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOW 1800000000

static const char yaml[] =
    "listeners:\n"
    "  - {name: main, address: '127.0.0.1:3306', certificate_file: c.pem, key_file: k.pem}\n"
    "targets:\n"
    "  - name: orders\n"
    "    kind: mysql\n"
    "    host: 127.0.0.1\n"
    "    tls: off\n"
    "    credential: {user: gw, password_file: gw.pw}\n"
    "    accounts:\n"
    "      - {group: dba, user: gw_dba, password_env: DBA_PASSWORD}\n"
    "      - {group: lost, user: gw_lost, password_file: not-there}\n"
    "    roles: [{group: ai, role: reader}]\n"
    "  - name: payroll\n"
    "    kind: mysql\n"
    "    host: 127.0.0.1\n"
    "    tls: off\n"
    "    credential: {user: pay}\n"
    "  - name: billing\n"
    "    kind: mysql\n"
    "    host: 127.0.0.1\n"
    "    tls: off\n"
    "    credential: {user: bill, password_file: gw.pw}\n"
    "    public_key_file: bill.pem\n"
    "issuers:\n"
    "  - {name: corp, url: 'https://id.example', audiences: cardea, grace: 60s}\n"
    "  - {name: jobs, url: 'https://jobs.example', audiences: cardea}\n"
    "audit: {directory: audit, key_file: audit.pem}\n"
    "data_directory: data\n";

#define CORP(rest)                                                                                 \
    "{\"iss\":\"https://id.example\",\"aud\":\"cardea\",\"exp\":1800000100,\"sub\":\"alice\"" rest \
    "}"

struct world {
    struct event_base *base;
    struct keeper *keeper;
    struct ipc_channel *supervisor, *control, *recorder, *worker[2];
    struct arena arena;
    struct forge_key key, rotated;
    EVP_PKEY *server_key; /* of the server behind `billing` */
    int64_t now;
    /* what came */
    bool configured, config_ok;
    unsigned answers; /* of any kind */
    bool ok;
    char code[64], identity[4096], user[64], role[64], problem[256], password[64], target[64];
    unsigned char bytes[512];
    size_t bytes_len;
    unsigned wanted, records, dials;
    int server_end; /* of a server of the test's own, for the next dial; -1: nobody listens */
    char wanted_issuer[32], record[4096];
};
static struct world w;

static int64_t test_now(void)
{
    return w.now;
}

static void text_keep(char *out, size_t size, struct str s)
{
    assert_true(s.len < size);
    if (s.len > 0)
        memcpy(out, s.ptr, s.len);
    out[s.len] = '\0';
}

/* ---- what the keeper sends ---- */

static void on_configured(void *owner, struct ipc_channel *channel, const struct ipc_configured *m)
{
    (void)owner;
    (void)channel;
    w.configured = true;
    w.config_ok = m->ok;
    text_keep(w.problem, sizeof w.problem, str_slice(m->problem, 0, 200));
}

static void on_keys_wanted(void *owner, struct ipc_channel *channel,
                           const struct ipc_keys_wanted *m)
{
    (void)owner;
    (void)channel;
    w.wanted++;
    text_keep(w.wanted_issuer, sizeof w.wanted_issuer, m->issuer);
}

static void on_audit_event(void *owner, struct ipc_channel *channel,
                           const struct ipc_audit_event *m)
{
    (void)owner;
    (void)channel;
    w.records++;
    text_keep(w.record, sizeof w.record, m->record);
}

static void on_dial(void *owner, struct ipc_channel *channel, const struct ipc_dial *m)
{
    (void)owner;
    w.dials++;
    if (w.server_end < 0) {
        ipc_send_dialled(channel, &(struct ipc_dialled){.tag = m->tag, .error = 111});
        return;
    }
    ipc_send_dialled(channel, &(struct ipc_dialled){.tag = m->tag, .socket = w.server_end});
    w.server_end = -1;
}

static void on_status(void *owner, struct ipc_channel *channel, const struct ipc_status *m)
{
    (void)owner;
    (void)channel;
    (void)m;
}

static const struct ipc_handlers handlers = {
    .configured = on_configured,
    .keys_wanted = on_keys_wanted,
    .audit_event = on_audit_event,
    .dial = on_dial,
    .status = on_status,
};

static void on_verified(void *owner, const struct ipc_verified *m)
{
    (void)owner;
    if (!m) /* the test closed the channel */
        return;
    w.answers++;
    w.ok = m->ok;
    text_keep(w.code, sizeof w.code, m->code);
    text_keep(w.identity, sizeof w.identity, m->identity);
    text_keep(w.target, sizeof w.target, m->login_target);
    assert_true(m->ok || m->identity.len == 0);
}

static void on_answered(void *owner, const struct ipc_answered *m)
{
    (void)owner;
    assert_non_null(m);
    w.answers++;
    w.ok = m->ok;
    text_keep(w.user, sizeof w.user, m->user);
    text_keep(w.role, sizeof w.role, m->role);
    text_keep(w.problem, sizeof w.problem, m->problem);
    assert_true(m->bytes.len <= sizeof w.bytes);
    if (m->bytes.len > 0)
        memcpy(w.bytes, m->bytes.bytes, m->bytes.len);
    w.bytes_len = m->bytes.len;
    assert_true(m->ok || (m->bytes.len == 0 && m->user.len == 0));
}

static void on_issued(void *owner, const struct ipc_login_issued *m)
{
    (void)owner;
    assert_non_null(m);
    w.answers++;
    w.ok = m->ok;
    text_keep(w.user, sizeof w.user, m->user);
    text_keep(w.password, sizeof w.password, str_make(m->password.bytes, m->password.len));
    text_keep(w.problem, sizeof w.problem, m->problem);
}

static void on_primed(void *owner, const struct ipc_primed *m)
{
    (void)owner;
    assert_non_null(m);
    w.answers++;
    w.ok = m->ok;
    text_keep(w.problem, sizeof w.problem, m->problem);
}

/* ---- asking ---- */

static void turn(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        event_base_loop(w.base, EVLOOP_NONBLOCK);
}

/* Until one more answer came; fails when none does. */
static void await_answer(unsigned before)
{
    for (unsigned i = 0; i < 500 && w.answers == before; i++)
        event_base_loop(w.base, EVLOOP_NONBLOCK);
    assert_int_equal(w.answers, before + 1);
}

static void verify_send(unsigned worker, uint64_t session, struct str token)
{
    struct secret secret = {(unsigned char *)(uintptr_t)token.ptr, token.len};
    struct ipc_verify ask = {
        .session = session, .peer = STR("10.0.0.9:5"), .purpose = STR("mysql"), .token = secret};
    assert_true(ipc_ask_verify(w.worker[worker], &ask, 10000, on_verified, NULL) != 0);
}

static void verify(unsigned worker, uint64_t session, const char *payload)
{
    unsigned before = w.answers;
    verify_send(worker, session, forge_plain(&w.key, payload, &w.arena));
    await_answer(before);
}

static const unsigned char scramble[WIRE_SCRAMBLE] = "01234567890123456789";

static void answer_stage(unsigned worker, uint64_t session, const char *target, const char *plugin,
                         unsigned stage, bool tls)
{
    unsigned before = w.answers;
    struct ipc_answer ask = {
        .session = session,
        .target = str_of(target),
        .plugin = str_of(plugin),
        .stage = (uint8_t)stage,
        .tls = tls,
        .scramble = str_make(scramble, sizeof scramble),
        .public_key = STR("-----BEGIN PUBLIC KEY-----\n"),
    };
    assert_true(ipc_ask_answer(w.worker[worker], &ask, 10000, on_answered, NULL) != 0);
    await_answer(before);
}

static void answer(unsigned worker, uint64_t session, const char *target)
{
    answer_stage(worker, session, target, "mysql_native_password", 0, false);
}

static bool answers_for(const char *password)
{
    unsigned char expected[WIRE_NATIVE_ANSWER];
    assert_true(wire_native_answer(scramble, str_of(password), expected));
    return w.bytes_len == sizeof expected && memcmp(w.bytes, expected, sizeof expected) == 0;
}

static void open_session(unsigned worker, uint64_t session, const char *target)
{
    assert_true(ipc_send_session_open(
        w.worker[worker],
        &(struct ipc_session_open){.session = session, .target = str_of(target)}));
    turn(5);
}

static void keys_send(const char *issuer, const struct forge_key *keys, size_t count)
{
    assert_true(
        ipc_send_keys(w.control, &(struct ipc_keys){.issuer = str_of(issuer),
                                                    .jwks = forge_jwks(keys, count, &w.arena)}));
    turn(5);
}

/* ---- the world ---- */

static struct ipc_channel *peer(enum role role, uint16_t index)
{
    int ends[2];
    assert_int_equal(ipc_pair(ends), 0);
    struct ipc_channel *channel = ipc_channel_new(w.base, role, ROLE_KEEPER, 0, &handlers, NULL);
    assert_non_null(channel);
    ipc_channel_connect(channel, ends[0]);
    assert_true(ipc_send_peer(
        w.supervisor,
        &(struct ipc_peer){.role = (uint8_t)role, .index = index, .channel = ends[1]}));
    return channel;
}

static struct str server_key_pem(void)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    assert_true(PEM_write_bio_PUBKEY(bio, w.server_key) == 1);
    long len = BIO_get_mem_data(bio, &text);
    struct str copy = arena_copy(&w.arena, str_make(text, (size_t)len));
    BIO_free(bio);
    return copy;
}

static void configure(const char *text, uint64_t generation)
{
    struct buf files, secrets;
    buf_init(&files, 1 << 20);
    buf_init(&secrets, 1 << 20);
    ipc_pack_put(&files, STR("/etc/cardea/cardea.yaml"), str_of(text));
    ipc_pack_put(&files, STR("/etc/cardea/bill.pem"), server_key_pem());
    ipc_pack_put(&secrets, STR("/etc/cardea/gw.pw"), STR("gw-secret\r\nnot this\n"));
    ipc_pack_put(&secrets, STR("DBA_PASSWORD"), STR("dba-secret"));
    struct ipc_configure m = {
        .generation = generation,
        .main_path = STR("/etc/cardea/cardea.yaml"),
        .files = buf_str(&files),
        .secrets = {(unsigned char *)secrets.data, secrets.len},
    };
    w.configured = false;
    assert_true(ipc_send_configure(w.supervisor, &m));
    for (unsigned i = 0; i < 500 && !w.configured; i++)
        event_base_loop(w.base, EVLOOP_NONBLOCK);
    assert_true(w.configured);
    buf_release(&files);
    buf_release(&secrets);
}

static int setup(void **state)
{
    int ends[2];
    (void)state;
    w = (struct world){.now = NOW, .server_end = -1};
    w.server_key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    arena_init(&w.arena, 64 << 20);
    w.base = event_base_new();
    w.key = forge_key_make(JWT_EDDSA, "k1");
    w.rotated = forge_key_make(JWT_EDDSA, "k2");
    assert_int_equal(ipc_pair(ends), 0);
    w.keeper = keeper_new(w.base, ends[1]);
    w.supervisor = ipc_channel_new(w.base, ROLE_SUPERVISOR, ROLE_KEEPER, 0, &handlers, NULL);
    assert_true(w.keeper && w.supervisor);
    w.keeper->now = test_now;
    ipc_channel_connect(w.supervisor, ends[0]);
    configure(yaml, 1);
    if (!w.config_ok)
        fail_msg("%s", w.problem);
    w.control = peer(ROLE_CONTROL, 0);
    w.recorder = peer(ROLE_RECORDER, 0);
    w.worker[0] = peer(ROLE_WORKER, 0);
    w.worker[1] = peer(ROLE_WORKER, 1);
    turn(5);
    keys_send("corp", &w.key, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(ipc_violations(), 0);
    ipc_channel_free(w.worker[0]);
    ipc_channel_free(w.worker[1]);
    ipc_channel_free(w.recorder);
    ipc_channel_free(w.control);
    ipc_channel_free(w.supervisor);
    keeper_free(w.keeper);
    event_base_free(w.base);
    forge_key_release(&w.key);
    forge_key_release(&w.rotated);
    EVP_PKEY_free(w.server_key);
    arena_release(&w.arena);
    return 0;
}

/* ---- tests ---- */

static void verifies(void **state)
{
    (void)state;
    verify(0, 7, CORP(",\"groups\":[\"dba\"]"));
    assert_true(w.ok);
    assert_non_null(strstr(w.identity, "\"subject\":\"alice\""));
    assert_non_null(strstr(w.identity, "\"session_ends\":1800000160"));
    assert_int_equal(w.keeper->session_count, 1);
    verify(0, 0, CORP("")); /* asked for nobody's session: nothing is kept */
    assert_true(w.ok);
    assert_int_equal(w.keeper->session_count, 1);
}

static void refusals_are_recorded(void **state)
{
    (void)state;
    struct str token = forge_plain(&w.rotated, CORP(",\"x\":\"\\n\""), &w.arena);
    unsigned before = w.answers, records = w.records;
    struct forge_key liar = w.rotated;
    liar.kid = "k1";
    token = forge_plain(&liar, CORP(""), &w.arena);
    verify_send(0, 7, token);
    await_answer(before);
    turn(5);
    assert_false(w.ok);
    assert_string_equal(w.code, "identity.signature");
    assert_int_equal(w.records, records + 1);
    assert_non_null(strstr(w.record, "identity.signature"));
    assert_non_null(strstr(w.record, "\"unproved\":{\"iss\":\"https://id.example\""));
    assert_non_null(strstr(w.record, "token_sha256"));
    assert_non_null(strstr(w.record, "10.0.0.9:5"));
    /* Not the token, nor a part of it that would serve. */
    assert_null(strstr(w.record, arena_copy(&w.arena, str_slice(token, token.len - 20, 20)).ptr));
    assert_int_equal(w.keeper->session_count, 0);

    w.now = NOW + 1000;
    verify(0, 7, CORP(""));
    assert_string_equal(w.code, "identity.expired");
    verify(0, 7, "{\"iss\":\"https://evil.example\"}");
    assert_string_equal(w.code, "identity.issuer");
    before = w.answers;
    verify_send(0, 7, STR("rubbish"));
    await_answer(before);
    assert_string_equal(w.code, "identity.malformed");
    char *large = arena_alloc(&w.arena, 100000);
    memset(large, 'a', 100000);
    before = w.answers;
    verify_send(0, 7, str_make(large, 100000));
    await_answer(before);
    assert_string_equal(w.code, "identity.too_large");
}

static void rotation(void **state)
{
    (void)state;
    struct str token = forge_plain(&w.rotated, CORP(""), &w.arena);
    unsigned before = w.answers;
    verify_send(0, 7, token);
    verify_send(1, 8, token);
    turn(10);
    assert_int_equal(w.answers, before); /* both wait */
    assert_int_equal(w.wanted, 1);       /* for one question */
    assert_string_equal(w.wanted_issuer, "corp");
    assert_int_equal(w.keeper->parked_count, 2);
    struct forge_key both[] = {w.key, w.rotated};
    unsigned records = w.records;
    keys_send("corp", both, 2);
    turn(10);
    assert_int_equal(w.answers, before + 2);
    assert_true(w.ok);
    assert_int_equal(w.keeper->parked_count, 0);
    assert_int_equal(w.records, records + 1);
    assert_non_null(strstr(w.record, "\"keys\":[\"k1\",\"k2\"]"));

    /* Another unknown key at once: the issuer isn't asked again, and the token is refused. */
    struct forge_key third = w.rotated;
    third.kid = "k3";
    before = w.answers;
    verify_send(0, 9, forge_plain(&third, CORP(""), &w.arena));
    await_answer(before);
    assert_false(w.ok);
    assert_string_equal(w.code, "identity.key");
    assert_int_equal(w.wanted, 1);
    /* A set that can't be read, and one for an issuer that isn't there, change nothing. */
    ipc_send_keys(w.control, &(struct ipc_keys){.issuer = STR("corp"), .jwks = STR("<html>")});
    ipc_send_keys(w.control, &(struct ipc_keys){.issuer = STR("who"), .jwks = STR("{}")});
    turn(5);
    verify(0, 10, CORP(""));
    assert_true(w.ok);
}

static void keys_that_never_come(void **state)
{
    (void)state;
    unsigned before = w.answers;
    verify_send(0, 7, forge_plain(&w.rotated, CORP(""), &w.arena));
    turn(10);
    assert_int_equal(w.answers, before);
    /* A token with a known key isn't disturbed meanwhile. */
    verify(1, 8, CORP(""));
    assert_true(w.ok);
    net_loop_advance(&w.keeper->loop, w.keeper->loop.now_ms + KEEPER_PARK_MS + 100);
    net_loop_settle(&w.keeper->loop);
    await_answer(before + 1);
    assert_false(w.ok);
    assert_string_equal(w.code, "identity.key");
    assert_int_equal(w.keeper->parked_count, 0);
    /* An issuer whose keys never came at all. */
    before = w.answers;
    verify_send(0, 9,
                forge_plain(&w.key,
                            "{\"iss\":\"https://jobs.example\",\"aud\":\"cardea\","
                            "\"exp\":1800000100,\"sub\":\"j\"}",
                            &w.arena));
    turn(10);
    assert_int_equal(w.keeper->parked_count, 1);
    /* The worker goes: nothing waits for it any more. */
    ipc_channel_close(w.worker[0]);
    turn(10);
    assert_int_equal(w.keeper->parked_count, 0);
}

static void accounts(void **state)
{
    (void)state;
    static const struct {
        const char *groups, *user, *password, *role;
    } rows[] = {
        {"[]", "gw", "gw-secret", ""},
        {"[\"dba\"]", "gw_dba", "dba-secret", ""},
        {"[\"ai\"]", "gw", "gw-secret", "reader"},
        {"[\"ai\",\"dba\"]", "gw_dba", "dba-secret", "reader"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str payload = arena_printf(&w.arena, CORP(",\"groups\":%s"), rows[i].groups);
        verify(0, 100 + i, payload.ptr);
        open_session(0, 100 + i, "orders");
        answer(0, 100 + i, "orders");
        assert_true(w.ok);
        assert_string_equal(w.user, rows[i].user);
        assert_string_equal(w.role, rows[i].role);
        assert_true(answers_for(rows[i].password));
    }
    answer_stage(0, 100, "orders", "caching_sha2_password", 0, false);
    unsigned char expected[WIRE_SHA2_ANSWER];
    assert_true(wire_sha2_answer(scramble, STR("gw-secret"), expected));
    assert_true(w.ok && w.bytes_len == 32);
    assert_memory_equal(w.bytes, expected, 32);
    /* An account without a password answers with nothing. */
    verify(0, 200, CORP(""));
    open_session(0, 200, "payroll");
    answer(0, 200, "payroll");
    assert_true(w.ok);
    assert_string_equal(w.user, "pay");
    assert_int_equal(w.bytes_len, 0);
    /* A password that is missing is not an empty one. */
    verify(0, 201, CORP(",\"groups\":[\"lost\"]"));
    open_session(0, 201, "orders");
    answer(0, 201, "orders");
    assert_false(w.ok);
}

static void answers_only_for_the_proved(void **state)
{
    (void)state;
    answer(0, 7, "orders"); /* nobody */
    assert_false(w.ok);
    verify(0, 7, CORP(""));
    answer(0, 7, "orders"); /* verified and not opened */
    assert_false(w.ok);
    open_session(0, 7, "orders");
    answer(0, 7, "orders");
    assert_true(w.ok);
    answer(0, 7, "payroll"); /* another target */
    assert_false(w.ok);
    open_session(0, 7, "payroll"); /* said once */
    answer(0, 7, "payroll");
    assert_false(w.ok);
    answer(0, 7, "nowhere");
    assert_false(w.ok);
    answer(1, 7, "orders"); /* another worker's session */
    assert_false(w.ok);
    /* The worker may not choose the account. */
    unsigned before = w.answers;
    struct ipc_answer ask = {.session = 7,
                             .target = STR("orders"),
                             .account = STR("gw_dba"),
                             .plugin = STR("mysql_native_password"),
                             .scramble = str_make(scramble, sizeof scramble)};
    assert_true(ipc_ask_answer(w.worker[0], &ask, 10000, on_answered, NULL) != 0);
    await_answer(before);
    assert_false(w.ok);
    /* Ended: by time, by close. */
    w.now = NOW + 160;
    answer(0, 7, "orders");
    assert_false(w.ok);
    w.now = NOW;
    answer(0, 7, "orders");
    assert_true(w.ok);
    ipc_send_session_close(w.worker[0], &(struct ipc_session_close){.session = 7});
    answer(0, 7, "orders");
    assert_false(w.ok);
    assert_int_equal(w.keeper->session_count, 0);
}

static void passwords_stay(void **state)
{
    (void)state;
    verify(0, 7, CORP(""));
    open_session(0, 7, "orders");
    /* In clear: TLS is off in the configuration, whatever the worker says. */
    answer_stage(0, 7, "orders", "caching_sha2_password", 1, true);
    assert_false(w.ok);
    /* RSA: not to a key of the worker's choice. */
    answer_stage(0, 7, "orders", "caching_sha2_password", 2, false);
    assert_false(w.ok);
    answer_stage(0, 7, "orders", "mysql_clear_password", 0, true);
    assert_false(w.ok);
    answer_stage(0, 7, "orders", "dialog", 0, true);
    assert_false(w.ok);
    answer_stage(0, 7, "orders", "mysql_native_password", 9, true);
    assert_false(w.ok);
}

static void priming_fails_where_nobody_listens(void **state)
{
    (void)state;
    unsigned before = w.answers;
    verify(0, 7, CORP(""));
    open_session(0, 7, "orders");
    before = w.answers;
    struct ipc_prime ask = {.session = 7, .target = STR("orders")};
    assert_true(ipc_ask_prime(w.worker[0], &ask, 10000, on_primed, NULL) != 0);
    assert_true(ipc_ask_prime(w.worker[0], &ask, 10000, on_primed, NULL) != 0);
    for (unsigned i = 0; i < 100 && w.answers < before + 2; i++)
        turn(1);
    assert_int_equal(w.answers, before + 2);
    assert_false(w.ok);
    assert_string_equal(w.problem, "the server can't be reached");
    assert_int_equal(w.dials, 1); /* both waited for the same attempt */
    before = w.answers;
    ask.target = STR("payroll");
    assert_true(ipc_ask_prime(w.worker[0], &ask, 10000, on_primed, NULL) != 0);
    await_answer(before);
    assert_int_equal(w.dials, 1);
    assert_false(w.ok);
}

/* A server of the test's own at the other end of the keeper's connection. */
static void server_says(int server, struct str payload, uint8_t sequence)
{
    struct buf out;
    buf_init(&out, 4096);
    wire_packet_put(&out, payload, &sequence);
    assert_int_equal(write(server, out.data, out.len), out.len);
    buf_release(&out);
    turn(20);
}

static void server_greets(int server)
{
    struct wire_greeting greeting = {
        .server_version = STR("9.7.4"),
        .capabilities = wire_capabilities_offer(false),
        .collation = 45,
        .auth_plugin = STR("caching_sha2_password"),
    };
    struct buf payload;
    buf_init(&payload, 4096);
    memcpy(greeting.scramble, scramble, sizeof scramble);
    wire_greeting_encode(&payload, &greeting);
    server_says(server, buf_str(&payload), 0);
    buf_release(&payload);
}

static struct str server_hears(int server, char *out, size_t size)
{
    ssize_t n = recv(server, out, size, MSG_DONTWAIT);
    return str_make(out, n > 0 ? (size_t)n : 0);
}

static void priming_logs_in(void **state)
{
    (void)state;
    static const struct {
        const char *after; /* what the server says to the login */
        size_t len;
        bool ok;
        const char *problem;
    } rows[] = {
        {"\0\0\0\2\0\0\0", 7, true, ""},
        {"\xFF\x15\x04#28000Access", 15, false, "the server refused the account"},
        {"\1\4", 2, false,
         "without TLS the password needs the server's public key: set public_key_file"},
        {"\xFEmysql_clear_password\0", 22, false,
         "the server asks for a plugin that is not answered"},
    };
    verify(0, 7, CORP(""));
    open_session(0, 7, "orders");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ipc_prime ask = {.session = 7, .target = STR("orders")};
        unsigned before = w.answers;
        char heard[4096];
        struct wire_login login;
        unsigned char expected[WIRE_SHA2_ANSWER];
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
                         0);
        w.server_end = ends[1];
        assert_true(ipc_ask_prime(w.worker[0], &ask, 10000, on_primed, NULL) != 0);
        turn(20);
        server_greets(ends[0]);
        struct str packet = server_hears(ends[0], heard, sizeof heard);
        assert_true(packet.len > WIRE_HEADER && packet.ptr[3] == 1);
        assert_true(wire_login_decode(str_slice(packet, WIRE_HEADER, packet.len),
                                      wire_capabilities_offer(false), &login));
        assert_str(login.user, STR("gw"));
        assert_true(wire_sha2_answer(scramble, STR("gw-secret"), expected));
        assert_str(login.answer, str_make(expected, sizeof expected));
        server_says(ends[0], str_make(rows[i].after, rows[i].len), 2);
        await_answer(before);
        assert_int_equal(w.ok, rows[i].ok);
        assert_string_equal(w.problem, rows[i].problem);
        assert_int_equal(server_hears(ends[0], heard, sizeof heard).len, 0); /* no password */
        close(ends[0]);
    }
}

/* Is it the password, encrypted to the server's key and combined with the scramble? */
static bool decrypts_to(struct str cipher, const char *password)
{
    unsigned char clear[512];
    size_t len = sizeof clear, expected = strlen(password) + 1;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(w.server_key, NULL);
    bool ok =
        EVP_PKEY_decrypt_init(ctx) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
        EVP_PKEY_decrypt(ctx, clear, &len, (const unsigned char *)cipher.ptr, cipher.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    for (size_t i = 0; ok && i < len; i++)
        clear[i] ^= scramble[i % WIRE_SCRAMBLE];
    return ok && len == expected && memcmp(clear, password, len) == 0;
}

static void priming_by_rsa(void **state)
{
    (void)state;
    char heard[4096];
    int ends[2];
    verify(0, 7, CORP(""));
    open_session(0, 7, "billing");
    unsigned before = w.answers;
    struct ipc_prime ask = {.session = 7, .target = STR("billing")};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    w.server_end = ends[1];
    assert_true(ipc_ask_prime(w.worker[0], &ask, 10000, on_primed, NULL) != 0);
    turn(20);
    server_greets(ends[0]);
    server_hears(ends[0], heard, sizeof heard);
    server_says(ends[0], STR("\1\4"), 2); /* the password itself, please */
    struct str packet = server_hears(ends[0], heard, sizeof heard);
    assert_true(decrypts_to(str_slice(packet, WIRE_HEADER, packet.len), "gw-secret"));
    assert_int_equal(w.answers, before);
    server_says(ends[0], STR("\0\0\0\2\0\0\0"), 4);
    await_answer(before);
    assert_true(w.ok);
    close(ends[0]);
    /* The cache is full: nobody needs the password, and nobody gets it. */
    answer_stage(0, 7, "billing", "caching_sha2_password", 1, true);
    assert_false(w.ok);
    /* By RSA to the configured key, whatever key the worker named. */
    answer_stage(0, 7, "billing", "caching_sha2_password", 2, false);
    assert_true(w.ok);
    assert_true(decrypts_to(str_make(w.bytes, w.bytes_len), "gw-secret"));
}

static void catalog_session(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KEEPER_SYSTEM_PER_MINUTE; i++) {
        answer(0, 0, "orders");
        if (i < 3)
            assert_true(w.ok && answers_for("gw-secret"));
    }
    /* Bounded; unless the minute has just turned, in which case the count began anew. */
    if (w.keeper->targets[0].system_count == KEEPER_SYSTEM_PER_MINUTE) {
        answer(0, 0, "orders");
        assert_false(w.ok);
    }
    answer(0, 0, "payroll");
    assert_true(w.ok);
}

static void issue(const char *identity, const char *target)
{
    unsigned before = w.answers;
    struct ipc_login_issue ask = {
        .identity = str_of(identity), .target = str_of(target), .lifetime_s = 50};
    assert_true(ipc_ask_login_issue(w.control, &ask, 10000, on_issued, NULL) != 0);
    await_answer(before);
}

static void login(uint64_t session, const char *user, const char *password)
{
    unsigned before = w.answers;
    unsigned char proof[WIRE_SHA2_ANSWER];
    assert_true(wire_sha2_answer(scramble, str_of(password), proof));
    struct ipc_login_verify ask = {.session = session,
                                   .peer = STR("10.0.0.9:5"),
                                   .user = str_of(user),
                                   .plugin = STR("caching_sha2_password"),
                                   .scramble = str_make(scramble, sizeof scramble),
                                   .answer = str_make(proof, sizeof proof)};
    assert_true(ipc_ask_login_verify(w.worker[0], &ask, 10000, on_verified, NULL) != 0);
    await_answer(before);
}

static void issued_logins(void **state)
{
    (void)state;
    char identity[4096], user[64], password[64];
    verify(0, 7, CORP(",\"groups\":[\"dba\"]"));
    memcpy(identity, w.identity, sizeof identity);
    issue(identity, "orders");
    assert_true(w.ok);
    memcpy(user, w.user, sizeof user);
    memcpy(password, w.password, sizeof password);
    turn(5);
    assert_non_null(strstr(w.record, "login_issued"));
    assert_null(strstr(w.record, password));

    login(50, user, password);
    assert_true(w.ok);
    assert_string_equal(w.target, "orders");
    assert_non_null(strstr(w.identity, "\"login_target\":\"orders\""));
    open_session(0, 50, "payroll"); /* not the login's target */
    answer(0, 50, "payroll");
    assert_false(w.ok);
    open_session(0, 50, "orders");
    answer(0, 50, "orders");
    assert_true(w.ok && answers_for("dba-secret"));

    login(51, user, "wrong");
    assert_false(w.ok);
    assert_string_equal(w.code, "identity.login_password");
    turn(5);
    assert_non_null(strstr(w.record, "identity.login_password"));
    issue(w.identity, "orders"); /* not an identity */
    assert_false(w.ok);
    issue(identity, "nowhere");
    assert_false(w.ok);
    w.now = NOW + 50;
    login(52, user, password);
    assert_string_equal(w.code, "identity.login_unknown");

    w.now = NOW;
    ipc_send_login_revoke(w.control, &(struct ipc_login_revoke){.issuer = STR("https://id.example"),
                                                                .subject = STR("alice")});
    turn(10);
    assert_non_null(strstr(w.record, "login_revoked"));
    login(53, user, password);
    assert_string_equal(w.code, "identity.login_unknown");
}

static void reload(void **state)
{
    (void)state;
    verify(0, 7, CORP(""));
    open_session(0, 7, "orders");
    configure("listeners: [", 2);
    assert_false(w.config_ok);
    assert_true(strlen(w.problem) > 0);
    answer(0, 7, "orders"); /* as before */
    assert_true(w.ok);
    configure(yaml, 3);
    assert_true(w.config_ok);
    answer(0, 7, "orders"); /* sessions and keys live on */
    assert_true(w.ok);
    verify(0, 8, CORP(""));
    assert_true(w.ok);
    /* An issuer that is gone takes its sessions along. */
    char *other = arena_alloc(&w.arena, sizeof yaml);
    memcpy(other, yaml, sizeof yaml);
    char *url = strstr(other, "https://id.example");
    url[8] = 'x';
    configure(other, 4);
    assert_true(w.config_ok);
    answer(0, 7, "orders");
    assert_false(w.ok);
}

static void a_worker_that_dies(void **state)
{
    (void)state;
    verify(0, 7, CORP(""));
    verify(1, 8, CORP(""));
    assert_int_equal(w.keeper->session_count, 2);
    ipc_channel_free(w.worker[0]);
    w.worker[0] = peer(ROLE_WORKER, 0);
    turn(10);
    assert_int_equal(w.keeper->session_count, 1);
    answer(0, 7, "orders");
    assert_false(w.ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verifies, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals_are_recorded, setup, teardown),
        cmocka_unit_test_setup_teardown(rotation, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_that_never_come, setup, teardown),
        cmocka_unit_test_setup_teardown(accounts, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_only_for_the_proved, setup, teardown),
        cmocka_unit_test_setup_teardown(passwords_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(priming_fails_where_nobody_listens, setup, teardown),
        cmocka_unit_test_setup_teardown(priming_logs_in, setup, teardown),
        cmocka_unit_test_setup_teardown(priming_by_rsa, setup, teardown),
        cmocka_unit_test_setup_teardown(catalog_session, setup, teardown),
        cmocka_unit_test_setup_teardown(issued_logins, setup, teardown),
        cmocka_unit_test_setup_teardown(reload, setup, teardown),
        cmocka_unit_test_setup_teardown(a_worker_that_dies, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

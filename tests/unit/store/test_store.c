/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/attr.h"
#include "store/store.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];

static void remove_files(void)
{
    char name[80];
    static const char *const ends[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        unlink(name);
    }
}

static struct store *open_store(void)
{
    char error[256] = "";
    struct store *store = store_sqlite_open(path, error, sizeof(error));

    if (!store)
        fail_msg("%s", error);
    return store;
}

static int setup(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/cardea-store-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_files();
    return 0;
}

static struct approval sample(const char *id, int64_t created_us)
{
    struct approval approval = {
        .state = APPROVAL_PENDING,
        .ask = {.issuer = STR("https://id.example"),
                .subject = STR("agent"),
                .name = STR("Agent"),
                .session = STR("0001"),
                .target = STR("shop"),
                .statement = STR("DROP TABLE \xFFt\0x"),
                .values = STR("[1,\"a\"]"),
                .objects = STR("{}"),
                .reason = STR("why"),
                .rule = STR("agents (a.yaml:3)"),
                .summary = STR("{\"kind\":\"DROP\"}"),
                .groups = STR("dba"),
                .count = 2,
                .valid_us = 60},
        .created_us = created_us,
        .expires_us = created_us + 100,
    };
    snprintf(approval.id, sizeof(approval.id), "%s", id);
    approval_key(&approval.ask, approval.key);
    approval_fingerprint(&approval.ask, approval.fingerprint);
    return approval;
}

static void approval_survives_restart(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct approval in = sample("rq-aaaaaaaaaa", 10), out;
    struct approval_vote votes[2] = {
        {.issuer = STR("i"),
         .subject = STR("s"),
         .name = STR("n"),
         .group = STR("dba"),
         .comment = STR("fine"),
         .approves = true,
         .at_us = 12},
        {.issuer = STR("i"),
         .subject = STR("t"),
         .name = STR("m"),
         .group = STR("dba"),
         .comment = STR("no"),
         .approves = false,
         .at_us = 13},
    };
    struct arena arena;

    arena_init(&arena, 1 << 20);
    assert_int_equal(store_approval_insert(store, &in), STORE_OK);
    assert_int_equal(store_approval_insert(store, &in), STORE_CONFLICT);
    in.votes = votes;
    in.vote_count = 1;
    assert_int_equal(store_approval_update(store, &in), STORE_OK);
    assert_int_equal(store_approval_update(store, &in), STORE_CONFLICT);
    in.version = 1;
    in.vote_count = 2;
    in.state = APPROVAL_REFUSED;
    in.outcome = STR("no");
    in.decided_us = 13;
    assert_int_equal(store_approval_update(store, &in), STORE_OK);
    store_close(store);

    store = open_store();
    assert_int_equal(store_approval_get(store, STR("rq-aaaaaaaaaa"), &arena, &out), STORE_OK);
    assert_int_equal(out.state, APPROVAL_REFUSED);
    assert_int_equal(out.version, 2);
    assert_str(out.ask.statement, in.ask.statement);
    assert_str(out.ask.summary, in.ask.summary);
    assert_int_equal(out.ask.count, 2);
    assert_int_equal(out.expires_us, 110);
    assert_int_equal(out.decided_us, 13);
    assert_memory_equal(out.fingerprint, in.fingerprint, 32);
    assert_str(out.outcome, STR("no"));
    assert_int_equal(out.vote_count, 2);
    assert_str(out.votes[0].comment, STR("fine"));
    assert_true(out.votes[0].approves);
    assert_false(out.votes[1].approves);
    assert_int_equal(store_approval_get(store, STR("rq-none"), &arena, &out), STORE_NOT_FOUND);
    store_close(store);
    arena_release(&arena);
}

static void conflict_leaves_no_vote(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct approval in = sample("rq-aaaaaaaaaa", 10), out;
    struct approval_vote vote = {.issuer = STR("i"), .subject = STR("s"), .approves = true};
    struct arena arena;

    arena_init(&arena, 1 << 20);
    assert_int_equal(store_approval_insert(store, &in), STORE_OK);
    in.version = 7;
    in.votes = &vote;
    in.vote_count = 1;
    assert_int_equal(store_approval_update(store, &in), STORE_CONFLICT);
    assert_int_equal(store_approval_get(store, STR("rq-aaaaaaaaaa"), &arena, &out), STORE_OK);
    assert_int_equal(out.vote_count, 0);
    store_close(store);
    arena_release(&arena);
}

static void filters_and_pages(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct arena arena;
    const struct approval *rows;
    size_t count;

    arena_init(&arena, 1 << 20);
    for (int i = 0; i < 6; i++) {
        char id[APPROVAL_ID_SIZE];
        snprintf(id, sizeof(id), "rq-aaaaaaaaa%d", i);
        struct approval row = sample(id, 10 * (i / 2)); /* pairs share a time */
        row.state = i == 5 ? APPROVAL_USED : APPROVAL_PENDING;
        if (i == 3) {
            row.ask.subject = STR("other");
            approval_key(&row.ask, row.key);
        }
        assert_int_equal(store_approval_insert(store, &row), STORE_OK);
    }
    unsigned char key[32];
    struct approval one = sample("rq-aaaaaaaaa0", 0);
    memcpy(key, one.key, sizeof(key));
    struct approval_filter filters[] = {
        {.limit = 10},
        {.limit = 2},
        {.limit = 10, .states = 1U << APPROVAL_USED},
        {.limit = 10, .issuer = STR("https://id.example"), .subject = STR("other")},
        {.limit = 10, .target = STR("nothing")},
        {.limit = 10, .key = key},
        {.limit = 10, .expires_until_us = 110},
        {.limit = 10, .before_us = 10, .before_id = STR("rq-aaaaaaaaa3")},
    };
    static const size_t counts[] = {6, 2, 1, 1, 0, 5, 4, 3};
    static const char *const firsts[] = {"5", "5", "5", "3", NULL, "5", "0", "2"};
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        assert_int_equal(store_approval_list(store, &filters[i], &arena, &rows, &count), STORE_OK);
        if (count != counts[i])
            fail_msg("filter %zu: %zu rows", i, count);
        if (firsts[i] && i != 6)
            assert_string_equal(rows[0].id + 12, firsts[i]);
    }
    store_close(store);
    arena_release(&arena);
}

static void logins_identities_prune(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct arena arena;
    struct login_row login = {.user = STR("cl_x"),
                              .issuer = STR("i"),
                              .subject = STR("s"),
                              .target = STR("shop"),
                              .issued_us = 1,
                              .expires_us = 50};
    struct identity_row seen = {.issuer = STR("i"),
                                .subject = STR("s"),
                                .name = STR("a"),
                                .groups = STR("x"),
                                .first_us = 5,
                                .last_us = 5,
                                .count = 1};
    const struct login_row *logins;
    const struct identity_row *identities;
    size_t count;

    arena_init(&arena, 1 << 20);
    assert_int_equal(store_login_insert(store, &login), STORE_OK);
    assert_int_equal(store_login_insert(store, &login), STORE_CONFLICT);
    assert_int_equal(store_login_list(store, STR("i"), STR("s"), 49, 9, &arena, &logins, &count),
                     STORE_OK);
    assert_int_equal(count, 1);
    assert_str(logins[0].target, STR("shop"));
    store_login_list(store, STR("i"), STR("s"), 50, 9, &arena, &logins, &count);
    assert_int_equal(count, 0);
    store_login_list(store, STR("i"), STR("t"), 0, 9, &arena, &logins, &count);
    assert_int_equal(count, 0);
    store_login_list(store, STR_NONE, STR_NONE, 0, 9, &arena, &logins, &count);
    assert_int_equal(count, 1);

    assert_int_equal(store_identity_seen(store, &seen), STORE_OK);
    seen.name = STR("b");
    seen.first_us = seen.last_us = 9;
    assert_int_equal(store_identity_seen(store, &seen), STORE_OK);
    assert_int_equal(store_identity_list(store, STR_NONE, STR_NONE, 9, &arena, &identities, &count),
                     STORE_OK);
    assert_int_equal(count, 1);
    assert_str(identities[0].name, STR("b"));
    assert_int_equal(identities[0].first_us, 5);
    assert_int_equal(identities[0].last_us, 9);
    assert_int_equal(identities[0].count, 2);
    store_identity_list(store, STR("i"), STR("s"), 9, &arena, &identities, &count);
    assert_int_equal(count, 0);

    struct approval live = sample("rq-aaaaaaaaaa", 1), old = sample("rq-bbbbbbbbbb", 1), out;
    old.state = APPROVAL_USED;
    store_approval_insert(store, &live);
    store_approval_insert(store, &old);
    assert_int_equal(store_prune(store, 102, 51), STORE_OK);
    assert_int_equal(store_approval_get(store, STR("rq-aaaaaaaaaa"), &arena, &out), STORE_OK);
    assert_int_equal(store_approval_get(store, STR("rq-bbbbbbbbbb"), &arena, &out),
                     STORE_NOT_FOUND);
    store_login_list(store, STR_NONE, STR_NONE, 0, 9, &arena, &logins, &count);
    assert_int_equal(count, 0);
    store_close(store);
    arena_release(&arena);
}

static void file_is_private_and_versioned(void **state)
{
    (void)state;
    char error[256] = "";
    struct stat st;
    sqlite3 *db;

    remove_files();
    store_close(open_store());
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 999", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_null(store_sqlite_open(path, error, sizeof(error)));
    assert_non_null(strstr(error, "999"));
    assert_null(store_sqlite_open("/nonexistent/x", error, sizeof(error)));
    assert_non_null(strstr(error, "/nonexistent/x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(approval_survives_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(conflict_leaves_no_vote, setup, teardown),
        cmocka_unit_test_setup_teardown(filters_and_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(logins_identities_prune, setup, teardown),
        cmocka_unit_test_setup_teardown(file_is_private_and_versioned, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

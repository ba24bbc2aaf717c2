/* SPDX-License-Identifier: Apache-2.0
 *
 * The store in one SQLite file: write-ahead log, every commit synced. Statements are prepared once,
 * when they are first needed, from the table below. Texts are bound with their length, so that
 * they may hold any byte.
 */
#include "base/limits.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#define APPROVAL_COLUMNS                                                                           \
    "id, state, version, key, fingerprint, issuer, subject, name, session, target, statement, "    \
    "bound_values, objects, reason, rule, summary, groups, count, valid_us, created_us, "          \
    "expires_us, decided_us, used_us, outcome"

enum query {
    BEGIN,
    COMMIT,
    ROLLBACK,
    APPROVAL_INSERT,
    APPROVAL_UPDATE,
    APPROVAL_GET,
    APPROVALS_BY_KEY,
    APPROVALS_DUE,
    APPROVALS_LIST,
    VOTE_INSERT,
    VOTES_OF,
    LOGIN_INSERT,
    LOGINS_LIST,
    IDENTITY_SEEN,
    IDENTITIES_LIST,
    PRUNE_VOTES,
    PRUNE_APPROVALS,
    PRUNE_LOGINS,
    QUERY_COUNT
};

static const char *const queries[QUERY_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [APPROVAL_INSERT] = "INSERT INTO approval (" APPROVAL_COLUMNS ") VALUES "
                        "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [APPROVAL_UPDATE] = "UPDATE approval SET state = ?1, version = version + 1, reason = ?2, "
                        "expires_us = ?3, decided_us = ?4, used_us = ?5, outcome = ?6 "
                        "WHERE id = ?7 AND version = ?8",
    [APPROVAL_GET] = "SELECT " APPROVAL_COLUMNS " FROM approval WHERE id = ?1",
    [APPROVALS_BY_KEY] = "SELECT " APPROVAL_COLUMNS " FROM approval WHERE key = ?1 "
                         "ORDER BY created_us DESC, id DESC LIMIT ?2",
    [APPROVALS_DUE] = "SELECT " APPROVAL_COLUMNS " FROM approval WHERE state IN (1, 2) "
                      "AND expires_us <= ?1 ORDER BY expires_us LIMIT ?2",
    [APPROVALS_LIST] =
        "SELECT " APPROVAL_COLUMNS " FROM approval WHERE (?1 = 0 OR (?1 >> state) & 1) "
        "AND (?2 = '' OR (issuer = ?2 AND subject = ?3)) AND (?4 = '' OR target = ?4) "
        "AND (?5 = 0 OR created_us < ?5 OR (created_us = ?5 AND id < ?6)) "
        "ORDER BY created_us DESC, id DESC LIMIT ?7",
    [VOTE_INSERT] = "INSERT INTO vote (approval, number, issuer, subject, name, grp, comment, "
                    "approves, at_us) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
    [VOTES_OF] = "SELECT issuer, subject, name, grp, comment, approves, at_us FROM vote "
                 "WHERE approval = ?1 ORDER BY number",
    [LOGIN_INSERT] = "INSERT INTO login (user, issuer, subject, name, target, issued_us, "
                     "expires_us) VALUES (?,?,?,?,?,?,?)",
    [LOGINS_LIST] = "SELECT user, issuer, subject, name, target, issued_us, expires_us FROM login "
                    "WHERE expires_us > ?1 AND (?2 = '' OR (issuer = ?2 AND subject = ?3)) "
                    "ORDER BY issued_us DESC, user LIMIT ?4",
    [IDENTITY_SEEN] =
        "INSERT INTO identity (issuer, subject, name, groups, first_us, last_us, count) "
        "VALUES (?1,?2,?3,?4,?5,?6,?7) ON CONFLICT (issuer, subject) DO UPDATE SET "
        "name = CASE ?3 WHEN '' THEN name ELSE ?3 END, "
        "groups = CASE ?4 WHEN '' THEN groups ELSE ?4 END, last_us = max(last_us, ?6), count = count + ?7",
    [IDENTITIES_LIST] = "SELECT issuer, subject, name, groups, first_us, last_us, count "
                        "FROM identity WHERE (issuer, subject) > (?1, ?2) "
                        "ORDER BY issuer, subject LIMIT ?3",
    [PRUNE_VOTES] = "DELETE FROM vote WHERE approval IN (SELECT id FROM approval "
                    "WHERE state > 2 AND expires_us < ?1)",
    [PRUNE_APPROVALS] = "DELETE FROM approval WHERE state > 2 AND expires_us < ?1",
    [PRUNE_LOGINS] = "DELETE FROM login WHERE expires_us < ?1",
};

/* Step n brings a file from version n to n + 1. Never change a step that was released. */
static const char *const migrations[] = {
    "CREATE TABLE approval (id TEXT PRIMARY KEY, state INTEGER NOT NULL, "
    "version INTEGER NOT NULL, key BLOB NOT NULL, fingerprint BLOB NOT NULL, "
    "issuer TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, session TEXT NOT NULL, "
    "target TEXT NOT NULL, statement TEXT NOT NULL, bound_values TEXT NOT NULL, "
    "objects TEXT NOT NULL, reason TEXT NOT NULL, rule TEXT NOT NULL, summary TEXT NOT NULL, "
    "groups TEXT NOT NULL, count INTEGER NOT NULL, valid_us INTEGER NOT NULL, "
    "created_us INTEGER NOT NULL, expires_us INTEGER NOT NULL, decided_us INTEGER NOT NULL, "
    "used_us INTEGER NOT NULL, outcome TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX approval_key ON approval (key, created_us);"
    "CREATE INDEX approval_due ON approval (state, expires_us);"
    "CREATE INDEX approval_created ON approval (created_us, id);"
    "CREATE TABLE vote (approval TEXT NOT NULL, number INTEGER NOT NULL, issuer TEXT NOT NULL, "
    "subject TEXT NOT NULL, name TEXT NOT NULL, grp TEXT NOT NULL, comment TEXT NOT NULL, "
    "approves INTEGER NOT NULL, at_us INTEGER NOT NULL, PRIMARY KEY (approval, number)) "
    "WITHOUT ROWID;"
    "CREATE TABLE login (user TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, "
    "name TEXT NOT NULL, target TEXT NOT NULL, issued_us INTEGER NOT NULL, "
    "expires_us INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX login_expires ON login (expires_us);"
    "CREATE TABLE identity (issuer TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, "
    "groups TEXT NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, "
    "count INTEGER NOT NULL, PRIMARY KEY (issuer, subject)) WITHOUT ROWID;",
};

struct store_sqlite {
    struct store store; /* first */
    sqlite3 *db;
    sqlite3_stmt *prepared[QUERY_COUNT];
};

static struct store_sqlite *self_of(struct store *store)
{
    return (struct store_sqlite *)(void *)store;
}

static enum store_result failed(struct store_sqlite *self)
{
    snprintf(self->store.error, sizeof(self->store.error), "%s", sqlite3_errmsg(self->db));
    return STORE_FAILED;
}

/* ---- one statement: begin, bind in order, step, done ---- */

struct run {
    struct store_sqlite *self;
    sqlite3_stmt *stmt; /* NULL: could not be prepared */
    int next;           /* parameter to bind, from 1 */
    bool bad;           /* something could not be bound */
};

static struct run run_begin(struct store_sqlite *self, enum query query)
{
    if (!self->prepared[query])
        sqlite3_prepare_v3(self->db, queries[query], -1, SQLITE_PREPARE_PERSISTENT,
                           &self->prepared[query], NULL);
    return (struct run){self, self->prepared[query], 1, !self->prepared[query]};
}

static void bind_i64(struct run *run, int64_t v)
{
    if (run->stmt)
        run->bad |= sqlite3_bind_int64(run->stmt, run->next++, v) != SQLITE_OK;
}

/* The bytes must stay until run_end. */
static void bind_text(struct run *run, struct str s)
{
    if (run->stmt)
        run->bad |= sqlite3_bind_text64(run->stmt, run->next++, s.ptr ? s.ptr : "", s.len,
                                        SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK;
}

static void bind_print(struct run *run, const unsigned char print[APPROVAL_FINGERPRINT])
{
    if (run->stmt)
        run->bad |= sqlite3_bind_blob(run->stmt, run->next++, print, APPROVAL_FINGERPRINT,
                                      SQLITE_STATIC) != SQLITE_OK;
}

/* SQLITE_ROW, SQLITE_DONE or an error. */
static int run_step(struct run *run)
{
    return run->bad ? SQLITE_ERROR : sqlite3_step(run->stmt);
}

static void run_end(struct run *run)
{
    if (run->stmt) {
        sqlite3_reset(run->stmt);
        sqlite3_clear_bindings(run->stmt);
    }
}

/* Runs a statement that gives no rows. */
static enum store_result run_whole(struct run *run)
{
    int rc = run_step(run);
    enum store_result result = STORE_OK;

    if (rc == SQLITE_CONSTRAINT)
        result = STORE_CONFLICT;
    else if (rc != SQLITE_DONE)
        result = failed(run->self);
    run_end(run);
    return result;
}

static enum store_result run_plain(struct store_sqlite *self, enum query query)
{
    struct run run = run_begin(self, query);
    return run_whole(&run);
}

/* Commits when all went well, else takes everything back. */
static enum store_result finish(struct store_sqlite *self, enum store_result result)
{
    char error[sizeof(self->store.error)];

    if (result == STORE_OK)
        result = run_plain(self, COMMIT);
    if (result != STORE_OK && !sqlite3_get_autocommit(self->db)) {
        memcpy(error, self->store.error, sizeof(error));
        run_plain(self, ROLLBACK);
        memcpy(self->store.error, error, sizeof(error));
    }
    return result;
}

static struct str column_text(const struct run *run, int column, struct arena *arena)
{
    const unsigned char *text = sqlite3_column_text(run->stmt, column);
    int len = sqlite3_column_bytes(run->stmt, column);

    return arena_copy(arena, str_make(text, text ? (size_t)len : 0));
}

static void column_print(const struct run *run, int column, unsigned char *out)
{
    const void *blob = sqlite3_column_blob(run->stmt, column);

    if (blob && sqlite3_column_bytes(run->stmt, column) == APPROVAL_FINGERPRINT)
        memcpy(out, blob, APPROVAL_FINGERPRINT);
}

/* ---- approvals ---- */

static enum store_result insert_votes(struct store_sqlite *self, const struct approval *approval)
{
    enum store_result result = STORE_OK;

    for (size_t i = 0; i < approval->vote_count && result == STORE_OK; i++) {
        const struct approval_vote *vote = &approval->votes[i];
        struct run run = run_begin(self, VOTE_INSERT);

        bind_text(&run, str_of(approval->id));
        bind_i64(&run, (int64_t)i);
        bind_text(&run, vote->issuer);
        bind_text(&run, vote->subject);
        bind_text(&run, vote->name);
        bind_text(&run, vote->group);
        bind_text(&run, vote->comment);
        bind_i64(&run, vote->approves);
        bind_i64(&run, vote->at_us);
        result = run_whole(&run);
    }
    return result;
}

static enum store_result insert_row(struct store_sqlite *self, const struct approval *approval)
{
    const struct approval_ask *ask = &approval->ask;
    const struct str texts[] = {ask->issuer, ask->subject,   ask->name,    ask->session,
                                ask->target, ask->statement, ask->values,  ask->objects,
                                ask->reason, ask->rule,      ask->summary, ask->groups};
    struct run run = run_begin(self, APPROVAL_INSERT);

    bind_text(&run, str_of(approval->id));
    bind_i64(&run, approval->state);
    bind_i64(&run, approval->version);
    bind_print(&run, approval->key);
    bind_print(&run, approval->fingerprint);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        bind_text(&run, texts[i]);
    bind_i64(&run, ask->count);
    bind_i64(&run, ask->valid_us);
    bind_i64(&run, approval->created_us);
    bind_i64(&run, approval->expires_us);
    bind_i64(&run, approval->decided_us);
    bind_i64(&run, approval->used_us);
    bind_text(&run, approval->outcome);
    return run_whole(&run);
}

static enum store_result sqlite_approval_insert(struct store *store,
                                                const struct approval *approval)
{
    struct store_sqlite *self = self_of(store);
    enum store_result result = run_plain(self, BEGIN);

    if (result == STORE_OK)
        result = insert_row(self, approval);
    if (result == STORE_OK)
        result = insert_votes(self, approval);
    return finish(self, result);
}

static enum store_result update_row(struct store_sqlite *self, const struct approval *approval)
{
    struct run run = run_begin(self, APPROVAL_UPDATE);
    enum store_result result;

    bind_i64(&run, approval->state);
    bind_text(&run, approval->ask.reason);
    bind_i64(&run, approval->expires_us);
    bind_i64(&run, approval->decided_us);
    bind_i64(&run, approval->used_us);
    bind_text(&run, approval->outcome);
    bind_text(&run, str_of(approval->id));
    bind_i64(&run, approval->version);
    result = run_whole(&run);
    if (result == STORE_OK && sqlite3_changes(self->db) == 0)
        result = STORE_CONFLICT;
    return result;
}

static enum store_result sqlite_approval_update(struct store *store,
                                                const struct approval *approval)
{
    struct store_sqlite *self = self_of(store);
    enum store_result result = run_plain(self, BEGIN);

    if (result == STORE_OK)
        result = update_row(self, approval);
    if (result == STORE_OK)
        result = insert_votes(self, approval);
    return finish(self, result);
}

static void read_approval(const struct run *run, struct arena *arena, struct approval *ret)
{
    struct approval_ask *ask = &ret->ask;
    struct str *texts[] = {&ask->issuer, &ask->subject,   &ask->name,    &ask->session,
                           &ask->target, &ask->statement, &ask->values,  &ask->objects,
                           &ask->reason, &ask->rule,      &ask->summary, &ask->groups};
    struct str id = column_text(run, 0, arena);

    *ret = (struct approval){0};
    snprintf(ret->id, sizeof(ret->id), "%.*s", STR_ARG(id));
    ret->state = (enum approval_state)sqlite3_column_int(run->stmt, 1);
    if (ret->state < 0 || ret->state >= APPROVAL_STATE_COUNT)
        ret->state = APPROVAL_INVALID;
    ret->version = (uint32_t)sqlite3_column_int64(run->stmt, 2);
    column_print(run, 3, ret->key);
    column_print(run, 4, ret->fingerprint);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = column_text(run, 5 + (int)i, arena);
    ask->count = (uint32_t)sqlite3_column_int64(run->stmt, 17);
    ask->valid_us = sqlite3_column_int64(run->stmt, 18);
    ret->created_us = sqlite3_column_int64(run->stmt, 19);
    ret->expires_us = sqlite3_column_int64(run->stmt, 20);
    ret->decided_us = sqlite3_column_int64(run->stmt, 21);
    ret->used_us = sqlite3_column_int64(run->stmt, 22);
    ret->outcome = column_text(run, 23, arena);
}

static enum store_result read_votes(struct store_sqlite *self, struct arena *arena,
                                    struct approval *approval)
{
    struct run run = run_begin(self, VOTES_OF);
    struct approval_vote *votes = NULL;
    size_t count = 0, capacity = 0;
    int rc;

    bind_text(&run, str_of(approval->id));
    while ((rc = run_step(&run)) == SQLITE_ROW) {
        struct approval_vote *vote = arena_push(arena, &votes, &count, &capacity, sizeof(*vote));

        if (!vote)
            break;
        vote->issuer = column_text(&run, 0, arena);
        vote->subject = column_text(&run, 1, arena);
        vote->name = column_text(&run, 2, arena);
        vote->group = column_text(&run, 3, arena);
        vote->comment = column_text(&run, 4, arena);
        vote->approves = sqlite3_column_int(run.stmt, 5) != 0;
        vote->at_us = sqlite3_column_int64(run.stmt, 6);
    }
    run_end(&run);
    approval->votes = votes;
    approval->vote_count = count;
    return rc == SQLITE_DONE && !arena->failed ? STORE_OK : failed(self);
}

/* Takes all rows of a query over approvals, with their votes; ends the run. */
static enum store_result take_approvals(struct run *run, struct arena *arena,
                                        const struct approval **ret_rows, size_t *ret_count)
{
    struct store_sqlite *self = run->self;
    struct approval *rows = NULL;
    size_t count = 0, capacity = 0;
    enum store_result result = STORE_OK;
    int rc;

    while ((rc = run_step(run)) == SQLITE_ROW) {
        struct approval *row = arena_push(arena, &rows, &count, &capacity, sizeof(*row));

        if (!row)
            break;
        read_approval(run, arena, row);
    }
    if (rc != SQLITE_DONE || arena->failed)
        result = failed(self);
    run_end(run);
    for (size_t i = 0; i < count && result == STORE_OK; i++)
        result = read_votes(self, arena, &rows[i]);
    if (result == STORE_OK) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return result;
}

static enum store_result sqlite_approval_get(struct store *store, struct str id,
                                             struct arena *arena, struct approval *ret)
{
    struct run run = run_begin(self_of(store), APPROVAL_GET);
    const struct approval *rows = NULL;
    size_t count = 0;
    enum store_result result;

    bind_text(&run, id);
    result = take_approvals(&run, arena, &rows, &count);
    if (result != STORE_OK)
        return result;
    if (count == 0)
        return STORE_NOT_FOUND;
    *ret = rows[0];
    return STORE_OK;
}

static struct run filter_run(struct store_sqlite *self, const struct approval_filter *filter)
{
    struct run run;

    if (filter->key) {
        run = run_begin(self, APPROVALS_BY_KEY);
        bind_print(&run, filter->key);
    } else if (filter->expires_until_us) {
        run = run_begin(self, APPROVALS_DUE);
        bind_i64(&run, filter->expires_until_us);
    } else {
        run = run_begin(self, APPROVALS_LIST);
        bind_i64(&run, filter->states);
        bind_text(&run, filter->issuer);
        bind_text(&run, filter->subject);
        bind_text(&run, filter->target);
        bind_i64(&run, filter->before_us);
        bind_text(&run, filter->before_id);
    }
    bind_i64(&run, filter->limit);
    return run;
}

static enum store_result sqlite_approval_list(struct store *store,
                                              const struct approval_filter *filter,
                                              struct arena *arena, const struct approval **ret_rows,
                                              size_t *ret_count)
{
    struct run run = filter_run(self_of(store), filter);

    return take_approvals(&run, arena, ret_rows, ret_count);
}

/* ---- logins ---- */

static enum store_result sqlite_login_insert(struct store *store, const struct login_row *login)
{
    struct run run = run_begin(self_of(store), LOGIN_INSERT);

    bind_text(&run, login->user);
    bind_text(&run, login->issuer);
    bind_text(&run, login->subject);
    bind_text(&run, login->name);
    bind_text(&run, login->target);
    bind_i64(&run, login->issued_us);
    bind_i64(&run, login->expires_us);
    return run_whole(&run);
}

static enum store_result sqlite_login_list(struct store *store, struct str issuer,
                                           struct str subject, int64_t now_us, uint32_t limit,
                                           struct arena *arena, const struct login_row **ret_rows,
                                           size_t *ret_count)
{
    struct run run = run_begin(self_of(store), LOGINS_LIST);
    struct login_row *rows = NULL;
    size_t count = 0, capacity = 0;
    int rc;

    bind_i64(&run, now_us);
    bind_text(&run, issuer);
    bind_text(&run, subject);
    bind_i64(&run, limit);
    while ((rc = run_step(&run)) == SQLITE_ROW) {
        struct login_row *row = arena_push(arena, &rows, &count, &capacity, sizeof(*row));

        if (!row)
            break;
        row->user = column_text(&run, 0, arena);
        row->issuer = column_text(&run, 1, arena);
        row->subject = column_text(&run, 2, arena);
        row->name = column_text(&run, 3, arena);
        row->target = column_text(&run, 4, arena);
        row->issued_us = sqlite3_column_int64(run.stmt, 5);
        row->expires_us = sqlite3_column_int64(run.stmt, 6);
    }
    run_end(&run);
    if (rc != SQLITE_DONE || arena->failed)
        return failed(run.self);
    *ret_rows = rows;
    *ret_count = count;
    return STORE_OK;
}

/* ---- identities ---- */

static enum store_result sqlite_identity_seen(struct store *store,
                                              const struct identity_row *identity)
{
    struct run run = run_begin(self_of(store), IDENTITY_SEEN);

    bind_text(&run, identity->issuer);
    bind_text(&run, identity->subject);
    bind_text(&run, identity->name);
    bind_text(&run, identity->groups);
    bind_i64(&run, identity->first_us);
    bind_i64(&run, identity->last_us);
    bind_i64(&run, (int64_t)identity->count);
    return run_whole(&run);
}

static enum store_result sqlite_identity_list(struct store *store, struct str after_issuer,
                                              struct str after_subject, uint32_t limit,
                                              struct arena *arena,
                                              const struct identity_row **ret_rows,
                                              size_t *ret_count)
{
    struct run run = run_begin(self_of(store), IDENTITIES_LIST);
    struct identity_row *rows = NULL;
    size_t count = 0, capacity = 0;
    int rc;

    bind_text(&run, after_issuer);
    bind_text(&run, after_subject);
    bind_i64(&run, limit);
    while ((rc = run_step(&run)) == SQLITE_ROW) {
        struct identity_row *row = arena_push(arena, &rows, &count, &capacity, sizeof(*row));

        if (!row)
            break;
        row->issuer = column_text(&run, 0, arena);
        row->subject = column_text(&run, 1, arena);
        row->name = column_text(&run, 2, arena);
        row->groups = column_text(&run, 3, arena);
        row->first_us = sqlite3_column_int64(run.stmt, 4);
        row->last_us = sqlite3_column_int64(run.stmt, 5);
        row->count = (uint64_t)sqlite3_column_int64(run.stmt, 6);
    }
    run_end(&run);
    if (rc != SQLITE_DONE || arena->failed)
        return failed(run.self);
    *ret_rows = rows;
    *ret_count = count;
    return STORE_OK;
}

static enum store_result prune_one(struct store_sqlite *self, enum query query, int64_t before_us)
{
    struct run run = run_begin(self, query);

    bind_i64(&run, before_us);
    return run_whole(&run);
}

static enum store_result sqlite_prune(struct store *store, int64_t approvals_before_us,
                                      int64_t logins_before_us)
{
    struct store_sqlite *self = self_of(store);
    enum store_result result = run_plain(self, BEGIN);

    if (result == STORE_OK)
        result = prune_one(self, PRUNE_VOTES, approvals_before_us);
    if (result == STORE_OK)
        result = prune_one(self, PRUNE_APPROVALS, approvals_before_us);
    if (result == STORE_OK)
        result = prune_one(self, PRUNE_LOGINS, logins_before_us);
    return finish(self, result);
}

/* ---- opening ---- */

static void sqlite_store_close(struct store *store)
{
    struct store_sqlite *self = self_of(store);

    for (size_t i = 0; i < QUERY_COUNT; i++)
        sqlite3_finalize(self->prepared[i]);
    sqlite3_close(self->db);
    free(self);
}

static const struct store_ops sqlite_ops = {
    .close = sqlite_store_close,
    .approval_insert = sqlite_approval_insert,
    .approval_update = sqlite_approval_update,
    .approval_get = sqlite_approval_get,
    .approval_list = sqlite_approval_list,
    .login_insert = sqlite_login_insert,
    .login_list = sqlite_login_list,
    .identity_seen = sqlite_identity_seen,
    .identity_list = sqlite_identity_list,
    .prune = sqlite_prune,
};

/* SQLite makes its files by the umask; these are nobody else's business. The files beside it
 * (-wal, -shm) take the mode of the first. */
static bool make_private(const char *path, char *ret_error, size_t error_size)
{
    int fd;

    if (strcmp(path, ":memory:") == 0)
        return true;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        snprintf(ret_error, error_size, "%s: %s", path, strerror(errno));
        return false;
    }
    close(fd);
    return true;
}

static int user_version(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    int version = -1;

    if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        version = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return version;
}

static bool migrate(sqlite3 *db, char *ret_error, size_t error_size)
{
    int version = user_version(db), last = (int)ARRAY_LEN(migrations);
    char set_version[64];

    if (version > last) {
        snprintf(ret_error, error_size, "the store is of version %d, this program knows %d",
                 version, last);
        return false;
    }
    for (int i = version; i >= 0 && i < last; i++) {
        snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %d; COMMIT", i + 1);
        if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_exec(db, migrations[i], NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_exec(db, set_version, NULL, NULL, NULL) != SQLITE_OK)
            version = -1;
        if (version < 0)
            break;
    }
    if (version < 0)
        snprintf(ret_error, error_size, "%s", sqlite3_errmsg(db));
    return version >= 0;
}

static bool prepare_connection(sqlite3 *db, char *ret_error, size_t error_size)
{
    static const char pragmas[] =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;"
        "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 500;";

    sqlite3_busy_timeout(db, 2000);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 8 << 20);
    if (sqlite3_exec(db, pragmas, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    snprintf(ret_error, error_size, "%s", sqlite3_errmsg(db));
    return false;
}

struct store *store_sqlite_open(const char *path, char *ret_error, size_t error_size)
{
    struct store_sqlite *self;
    sqlite3 *db = NULL;

    if (!make_private(path, ret_error, error_size))
        return NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK) {
        snprintf(ret_error, error_size, "%s: %s", path, db ? sqlite3_errmsg(db) : "out of memory");
        sqlite3_close(db);
        return NULL;
    }
    self = calloc(1, sizeof(*self));
    if (!self || !prepare_connection(db, ret_error, error_size) ||
        !migrate(db, ret_error, error_size)) {
        free(self);
        sqlite3_close(db);
        return NULL;
    }
    self->store.ops = &sqlite_ops;
    self->db = db;
    return &self->store;
}

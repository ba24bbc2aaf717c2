/* SPDX-License-Identifier: Apache-2.0
 *
 * An operation runs through
 *
 *   begin ---> (nothing to change) ------------------------------> finish
 *     |                                                              ^
 *     `--> step computed --> record --> on disk --> store --> tell --'
 *     ^                                                        |
 *     `------------------ ask: one more to void --------------'
 */
#include "control/approval_service.h"

#include "audit/record.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/random.h"

#define OP_ARENA      ((size_t)8 << 20)
#define SAME_KEY_ROWS 20
#define SWEEP_ROWS    100

enum op_kind { OP_ASK = 1, OP_DECIDE, OP_USE, OP_WITHDRAW, OP_LAPSE };

struct approval_op {
    struct list link;
    struct approval_service *service;
    struct arena arena;
    enum op_kind kind;
    approval_done_fn *done; /* may be NULL */
    void *arg;

    struct approval_ask ask;
    struct str id;
    struct identity person; /* voter or requester */
    bool approves;
    struct str comment;
    unsigned char fingerprint[APPROVAL_FINGERPRINT];

    struct approval approval; /* as it will be after the step */
    bool loaded;              /* `approval` is filled */
    bool is_new;              /* to be inserted, not updated */
    bool again;               /* after this step, begin once more */
    enum audit_kind audit_kind;
};

static void pump(struct approval_service *service);

void approval_service_init(struct approval_service *service)
{
    list_init(&service->line);
    service->line_count = 0;
    service->running = service->pumping = false;
}

static void op_free(struct approval_op *op)
{
    arena_release(&op->arena);
    free(op);
}

void approval_service_release(struct approval_service *service)
{
    list_each_safe (node, &service->line) {
        list_remove(node);
        op_free(list_entry(node, struct approval_op, link));
    }
}

/* NULL when out of memory or when too many wait. */
static struct approval_op *op_new(struct approval_service *service, enum op_kind kind,
                                  approval_done_fn *done, void *arg)
{
    struct approval_op *op = service->line_count < APPROVAL_OPS_MAX ? calloc(1, sizeof(*op)) : NULL;

    if (!op)
        return NULL;
    arena_init(&op->arena, OP_ARENA);
    list_init(&op->link);
    op->service = service;
    op->kind = kind;
    op->done = done;
    op->arg = arg;
    return op;
}

static void op_queue(struct approval_op *op)
{
    list_append(&op->service->line, &op->link);
    op->service->line_count++;
    pump(op->service);
}

static void op_finish(struct approval_op *op, enum problem problem)
{
    struct approval_service *service = op->service;

    list_remove(&op->link);
    service->line_count--;
    service->running = false;
    if (op->done)
        op->done(op->arg, problem, op->loaded ? &op->approval : NULL);
    op_free(op);
    pump(service);
}

/* ---- the record of a step ---- */

static void put_person(struct json_writer *w, struct str issuer, struct str subject,
                       struct str name)
{
    json_object_begin(w);
    json_key(w, "issuer");
    json_text(w, issuer);
    json_key(w, "subject");
    json_text(w, subject);
    if (name.len > 0) {
        json_key(w, "name");
        json_text(w, name);
    }
    json_object_end(w);
}

static void put_detail(struct buf *out, const struct approval_op *op)
{
    const struct approval *approval = &op->approval;
    char print[2 * APPROVAL_FINGERPRINT];
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "state");
    json_text(&w, str_of(approval_state_text(approval->state)));
    json_key(&w, "requester");
    put_person(&w, approval->ask.issuer, approval->ask.subject, approval->ask.name);
    hex_encode(print, approval->fingerprint, APPROVAL_FINGERPRINT);
    json_key(&w, "fingerprint");
    json_text(&w, str_make(print, sizeof(print)));
    json_key(&w, "approvals");
    json_u64(&w, approval_count(approval));
    json_key(&w, "needed");
    json_u64(&w, approval->ask.count);
    if (approval->ask.reason.len > 0) {
        json_key(&w, "reason");
        json_text(&w, approval->ask.reason);
    }
    if (op->kind == OP_DECIDE) {
        json_key(&w, "verdict");
        json_text(&w, op->approves ? STR("approve") : STR("refuse"));
        json_key(&w, "comment");
        json_text(&w, op->comment);
        json_key(&w, "group");
        json_text(&w, approval->votes[approval->vote_count - 1].group);
    }
    json_object_end(&w);
}

static uint64_t session_number(struct str hex)
{
    uint64_t n = 0;

    for (size_t i = 0; i < hex.len && i < 16; i++) {
        char c = ascii_lower(hex.ptr[i]);
        n = n << 4 | (uint64_t)(ascii_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0);
    }
    return n;
}

static void on_recorded(void *arg, bool on_disk);

static void op_record(struct approval_op *op)
{
    struct approval_service *service = op->service;
    const struct approval *approval = &op->approval;
    struct buf person, detail;
    struct json_writer w;
    struct audit_record record = {
        .kind = op->audit_kind,
        .time_us = service->now_us(service->owner),
        .session = session_number(approval->ask.session),
        .target = approval->ask.target,
        .text = approval->ask.statement,
        .values_json = approval->ask.values,
        .rule = approval->ask.rule,
        .approval = str_of(approval->id),
        .message = approval->outcome,
    };

    buf_init(&person, AUDIT_IDENTITY_MAX);
    buf_init(&detail, AUDIT_JSON_MAX);
    json_writer_init(&w, &person);
    if (op->kind == OP_DECIDE)
        put_person(&w, op->person.issuer, op->person.subject, op->person.display_name);
    else
        put_person(&w, approval->ask.issuer, approval->ask.subject, approval->ask.name);
    put_detail(&detail, op);
    record.identity_json = buf_str(&person);
    record.detail_json = buf_str(&detail);
    if (person.failed || detail.failed)
        op_finish(op, PROBLEM_memory);
    else
        service->record(service->owner, &record, on_recorded, op);
    buf_release(&person);
    buf_release(&detail);
}

/* ---- taking the step ---- */

static enum problem problem_of(enum store_result result)
{
    switch (result) {
    case STORE_OK:
        return PROBLEM_NONE;
    case STORE_NOT_FOUND:
        return PROBLEM_not_found;
    case STORE_CONFLICT:
        return PROBLEM_approval_state;
    case STORE_FAILED:
        break;
    }
    return PROBLEM_store;
}

static void count_step(struct approval_service *service, const struct approval_op *op)
{
    static const enum metric by_state[APPROVAL_STATE_COUNT] = {
        [APPROVAL_APPROVED] = METRIC_approvals_approved,
        [APPROVAL_REFUSED] = METRIC_approvals_refused,
        [APPROVAL_EXPIRED] = METRIC_approvals_expired,
        [APPROVAL_USED] = METRIC_approvals_used,
        [APPROVAL_VOID] = METRIC_approvals_void,
    };

    if (op->is_new)
        metrics_add(service->metrics, METRIC_approvals_asked, 1);
    else if (by_state[op->approval.state])
        metrics_add(service->metrics, by_state[op->approval.state], 1);
}

static void op_begin(struct approval_op *op);

static void on_recorded(void *arg, bool on_disk)
{
    struct approval_op *op = arg;
    struct approval_service *service = op->service;
    enum store_result result;

    if (!on_disk) {
        op->loaded = false;
        op_finish(op, PROBLEM_audit);
        return;
    }
    result = op->is_new ? store_approval_insert(service->store, &op->approval)
                        : store_approval_update(service->store, &op->approval);
    if (result != STORE_OK) {
        op->loaded = false;
        op_finish(op, problem_of(result));
        return;
    }
    if (!op->is_new)
        op->approval.version++;
    count_step(service, op);
    service->changed(service->owner, &op->approval);
    if (op->again)
        op_begin(op);
    else
        op_finish(op, PROBLEM_NONE);
}

static void step(struct approval_op *op, enum audit_kind kind)
{
    op->audit_kind = kind;
    op_record(op);
}

/* ---- what each operation wants ---- */

static bool too_many_wait(struct approval_op *op, enum problem *ret_problem)
{
    struct approval_filter filter = {.states = 1U << APPROVAL_PENDING,
                                     .issuer = op->ask.issuer,
                                     .subject = op->ask.subject,
                                     .limit = LIMIT_APPROVALS_PENDING};
    const struct approval *rows;
    size_t count = 0;

    *ret_problem =
        problem_of(store_approval_list(op->service->store, &filter, &op->arena, &rows, &count));
    if (*ret_problem == PROBLEM_NONE && count >= LIMIT_APPROVALS_PENDING)
        *ret_problem = PROBLEM_approval_too_many;
    return *ret_problem != PROBLEM_NONE;
}

static void open_new(struct approval_op *op, int64_t now_us)
{
    char id[APPROVAL_ID_SIZE] = "rq-";
    enum problem problem;

    random_name(id + 3, APPROVAL_ID_LEN - 3);
    if (!too_many_wait(op, &problem))
        problem =
            approval_open(&op->ask, id, now_us, op->service->pending_us, &op->arena, &op->approval);
    if (problem) {
        op_finish(op, problem);
        return;
    }
    op->loaded = op->is_new = true;
    step(op, AUDIT_approval_asked);
}

/* The request is there. A reason that comes later is put to it. */
static void take_same(struct approval_op *op)
{
    if (op->approval.state == APPROVAL_PENDING && op->approval.ask.reason.len == 0 &&
        op->ask.reason.len > 0 && op->ask.reason.len <= LIMIT_APPROVAL_REASON) {
        op->approval.ask.reason = op->ask.reason;
        step(op, AUDIT_approval_asked);
    } else {
        op_finish(op, PROBLEM_NONE);
    }
}

static void begin_ask(struct approval_op *op, int64_t now_us)
{
    unsigned char key[APPROVAL_FINGERPRINT];
    struct approval_filter filter = {.key = key, .limit = SAME_KEY_ROWS};
    const struct approval *rows = NULL, *same = NULL;
    size_t count = 0;
    enum problem problem;

    approval_key(&op->ask, key);
    problem =
        problem_of(store_approval_list(op->service->store, &filter, &op->arena, &rows, &count));
    op->again = op->loaded = false;
    for (size_t i = 0; i < count && !problem; i++) {
        switch (approval_compare(&rows[i], &op->ask, now_us)) {
        case APPROVAL_UNRELATED:
            break;
        case APPROVAL_SAME:
            if (!same)
                same = &rows[i];
            break;
        case APPROVAL_SUPERSEDED:
            op->approval = rows[i];
            op->loaded = op->again = true;
            approval_make_void(&op->approval, STR("an object or the policy has changed"), now_us);
            step(op, AUDIT_approval_void);
            return;
        }
    }
    if (problem) {
        op_finish(op, problem);
    } else if (same) {
        op->approval = *same;
        op->loaded = true;
        take_same(op);
    } else {
        open_new(op, now_us);
    }
}

static void begin_decide(struct approval_op *op, int64_t now_us)
{
    bool changed = false;
    enum problem problem = approval_decide(&op->approval, &op->person, op->approves, op->comment,
                                           now_us, &op->arena, &changed);

    if (problem || !changed)
        op_finish(op, problem);
    else
        step(op, AUDIT_approval_decided);
}

static void begin_use(struct approval_op *op, int64_t now_us)
{
    enum problem problem = approval_use(&op->approval, op->fingerprint, now_us);

    if (problem)
        op_finish(op, problem);
    else
        step(op, AUDIT_approval_used);
}

static void begin_withdraw(struct approval_op *op, int64_t now_us)
{
    enum problem problem = PROBLEM_forbidden;

    if (approval_is_own(&op->approval, op->person.issuer, op->person.subject))
        problem = approval_make_void(&op->approval, STR("withdrawn by the requester"), now_us);
    if (problem)
        op_finish(op, problem);
    else
        step(op, AUDIT_approval_void);
}

static void begin_lapse(struct approval_op *op, int64_t now_us)
{
    if (approval_lapse(&op->approval, now_us))
        step(op, AUDIT_approval_expired);
    else
        op_finish(op, PROBLEM_NONE);
}

static void op_begin(struct approval_op *op)
{
    int64_t now_us = op->service->now_us(op->service->owner);
    enum problem problem = PROBLEM_NONE;

    if (op->kind != OP_ASK) {
        problem =
            problem_of(store_approval_get(op->service->store, op->id, &op->arena, &op->approval));
        op->loaded = problem == PROBLEM_NONE;
    }
    if (problem) {
        op_finish(op, problem);
        return;
    }
    switch (op->kind) {
    case OP_ASK:
        begin_ask(op, now_us);
        return;
    case OP_DECIDE:
        begin_decide(op, now_us);
        return;
    case OP_USE:
        begin_use(op, now_us);
        return;
    case OP_WITHDRAW:
        begin_withdraw(op, now_us);
        return;
    case OP_LAPSE:
        begin_lapse(op, now_us);
        return;
    }
}

/* Starts the first in line when none runs. Not recursive, however soon operations finish. */
static void pump(struct approval_service *service)
{
    if (service->pumping)
        return;
    service->pumping = true;
    while (!service->running && !list_empty(&service->line)) {
        service->running = true;
        op_begin(list_entry(service->line.next, struct approval_op, link));
    }
    service->pumping = false;
}

/* ---- entry points ---- */

static void copy_ask(struct approval_op *op, const struct approval_ask *ask)
{
    op->ask = *ask;
    struct str *texts[] = {&op->ask.issuer, &op->ask.subject,   &op->ask.name,    &op->ask.session,
                           &op->ask.target, &op->ask.statement, &op->ask.values,  &op->ask.objects,
                           &op->ask.reason, &op->ask.rule,      &op->ask.summary, &op->ask.groups};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = arena_copy(&op->arena, *texts[i]);
}

void approval_service_ask(struct approval_service *service, const struct approval_ask *ask,
                          approval_done_fn *done, void *arg)
{
    struct approval_op *op = op_new(service, OP_ASK, done, arg);

    if (op)
        copy_ask(op, ask);
    if (op && !op->arena.failed) {
        op_queue(op);
        return;
    }
    if (op)
        op_free(op);
    done(arg, PROBLEM_busy, NULL);
}

/* An operation on a request that is known by its id. */
static struct approval_op *op_on(struct approval_service *service, enum op_kind kind, struct str id,
                                 const struct identity *person, approval_done_fn *done, void *arg)
{
    struct approval_op *op = op_new(service, kind, done, arg);

    if (!op)
        return NULL;
    op->id = arena_copy(&op->arena, id);
    if (op->arena.failed || (person && !identity_copy(person, &op->arena, &op->person))) {
        op_free(op);
        return NULL;
    }
    return op;
}

void approval_service_decide(struct approval_service *service, struct str id,
                             const struct identity *voter, bool approves, struct str comment,
                             approval_done_fn *done, void *arg)
{
    struct approval_op *op = op_on(service, OP_DECIDE, id, voter, done, arg);

    if (!op) {
        done(arg, PROBLEM_busy, NULL);
        return;
    }
    op->approves = approves;
    op->comment = arena_copy(&op->arena, str_slice(comment, 0, LIMIT_APPROVAL_REASON));
    op_queue(op);
}

void approval_service_use(struct approval_service *service, struct str id,
                          const unsigned char fingerprint[APPROVAL_FINGERPRINT],
                          approval_done_fn *done, void *arg)
{
    struct approval_op *op = op_on(service, OP_USE, id, NULL, done, arg);

    if (!op) {
        done(arg, PROBLEM_busy, NULL);
        return;
    }
    memcpy(op->fingerprint, fingerprint, APPROVAL_FINGERPRINT);
    op_queue(op);
}

void approval_service_withdraw(struct approval_service *service, struct str id,
                               const struct identity *requester, approval_done_fn *done, void *arg)
{
    struct approval_op *op = op_on(service, OP_WITHDRAW, id, requester, done, arg);

    if (op)
        op_queue(op);
    else
        done(arg, PROBLEM_busy, NULL);
}

void approval_service_sweep(struct approval_service *service)
{
    struct approval_filter filter = {.expires_until_us = service->now_us(service->owner),
                                     .limit = SWEEP_ROWS};
    const struct approval *rows = NULL;
    size_t count = 0;
    struct arena arena;

    if (service->line_count > 0)
        return; /* busy; the next sweep finds them */
    arena_init(&arena, OP_ARENA);
    if (store_approval_list(service->store, &filter, &arena, &rows, &count) == STORE_OK) {
        for (size_t i = 0; i < count; i++) {
            struct approval_op *op = op_on(service, OP_LAPSE, str_of(rows[i].id), NULL, NULL, NULL);
            if (op)
                op_queue(op);
        }
    }
    arena_release(&arena);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What it costs to understand and decide a statement, in nanoseconds of processor time:
 *
 *   known shape   lexed, its shape looked up in a table of decisions: what a worker does for most
 *   new           lexed, parsed, analysed, decided
 *   long          statements of once and eight times the length, for each way of being long
 *                 (shapes.h); `growth` is the time for a byte of the one against the other: 1
 *                 where the time grows with the length
 *
 * Each figure is the best of several rounds, as noise only ever adds. Prints a table; judges
 * nothing.
 */
#include "base/map.h"
#include "base/random.h"
#include "catalog/ddl.h"
#include "config/config.h"
#include "lineage/lineage.h"
#include "policy/policy.h"
#include "sql/print.h"
#include "shapes.h"
#include "sql/sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS     7
#define ROUND_NS   20000000 /* least length of a round */
#define MEMORY_MAX ((size_t)1 << 30)

static const char ddl[] =
    "CREATE DATABASE shop; USE shop;"
    "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(60), email VARCHAR(120),"
    " country CHAR(2), created DATETIME);"
    "CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT, total DECIMAL(12,2),"
    " state VARCHAR(12), placed DATETIME, KEY (customer_id));"
    "CREATE TABLE items (order_id INT, line INT, sku VARCHAR(20), quantity INT,"
    " price DECIMAL(10,2), PRIMARY KEY (order_id, line));";

static const char policies[] =
    "policy: agents\n"
    "subjects: [{group: ai-agents}]\n"
    "targets: [{labels: {app: shop}}]\n"
    "allow:\n"
    "  - {privileges: [SELECT, INSERT, UPDATE, DELETE], on: shop.*}\n"
    "---\n"
    "classification: people\n"
    "columns:\n"
    "  - {column: shop.customers.email, tags: [pii.email]}\n"
    "tags:\n"
    "  pii.email: {mask: redact}\n";

struct bench {
    struct sql_context sql;
    struct catalog *catalog;
    struct policy_set *set;
    const struct policy_scope *scope;
    struct arena arena; /* of the scope and texts */
    struct arena work;  /* of a statement */
    struct map known;
    struct buf key;
    enum policy_verdict verdict;
    const char *refused; /* code of the fault, when it was not analysed */
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_analyze: %s\n", what);
    exit(1);
}

/* ---- what is measured ---- */

static void look_up(struct bench *b, struct str text)
{
    struct fault fault = {0};
    struct sql_text tokens;
    buf_clear(&b->key);
    if (!sql_lex(&b->sql, text, &b->work, &tokens, &fault) || !sql_shape(&tokens, &b->key) ||
        !map_get(&b->known, buf_str(&b->key)))
        die("a shape that should be known is not");
}

static void understand(struct bench *b, struct str text)
{
    struct fault fault = {0};
    struct sql_script script;
    struct analysis analysis;
    struct policy_decision decision;
    struct lineage_context context = {.catalog = b->catalog, .schema = STR("shop")};
    struct policy_request request = {.analysis = &analysis, .now_us = 1};
    b->refused = NULL;
    if (!sql_parse(&b->sql, text, &b->work, &script, &fault)) {
        b->refused = fault_info(fault.code)->code;
        return;
    }
    for (size_t i = 0; i < script.count; i++) {
        if (!lineage_analyze(&context, &script, &script.statements[i], &b->work, &analysis,
                             &fault)) {
            b->refused = fault_info(fault.code)->code;
            return;
        }
        policy_decide(b->scope, &request, &b->work, &decision);
        b->verdict = decision.verdict;
    }
}

/* Nanoseconds for one. */
static double measure(struct bench *b, void (*what)(struct bench *, struct str), struct str text)
{
    double best = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t start = now_ns(), end = start, count = 0;
        while (end - start < ROUND_NS) {
            for (unsigned i = 0; i < 8; i++, count++) {
                what(b, text);
                arena_reset(&b->work);
            }
            end = now_ns();
        }
        double one = (double)(end - start) / (double)count;
        if (round == 0 || one < best)
            best = one;
    }
    return best;
}

/* ---- statements ---- */

static void put(struct buf *out, const char *text)
{
    buf_put_str(out, str_of(text));
}

static void nesting_make(struct buf *out, size_t n)
{
    put(out, "SELECT ");
    for (size_t i = 0; i < n; i++)
        put(out, "(");
    put(out, "1");
    for (size_t i = 0; i < n; i++)
        put(out, ")");
}

/* ---- tables ---- */

static void typical(struct bench *b)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"point select", "SELECT id, name, country FROM customers WHERE id = 4711"},
        {"masked column", "SELECT id, email FROM customers WHERE country = 'DE' LIMIT 10"},
        {"join, grouped",
         "SELECT c.name, COUNT(*) AS n, SUM(o.total) AS total FROM customers c JOIN orders o ON "
         "o.customer_id = c.id WHERE o.placed >= '2026-01-01' AND o.state = 'paid' GROUP BY "
         "c.name ORDER BY total DESC LIMIT 20"},
        {"subquery",
         "SELECT id, total FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE "
         "country = 'NL') AND total > 100 ORDER BY placed"},
        {"update", "UPDATE orders SET state = 'sent' WHERE id = 12"},
    };
    printf("| statement | bytes | known shape, ns | new, ns |\n|---|---|---|---|\n");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str text = str_of(rows[i].text);
        struct fault fault = {0};
        struct sql_text tokens;
        buf_clear(&b->key);
        if (!sql_lex(&b->sql, text, &b->work, &tokens, &fault) || !sql_shape(&tokens, &b->key) ||
            !map_put(&b->known, arena_copy(&b->arena, buf_str(&b->key)), b))
            die("out of memory");
        understand(b, text);
        if (b->refused || b->verdict == POLICY_DENY)
            die("a statement that should be allowed is not");
        printf("| %s | %zu | %.0f | %.0f |\n", rows[i].name, text.len, measure(b, look_up, text),
               measure(b, understand, text));
    }
}

static double shape_measure(struct bench *b, const struct bench_shape *shape, size_t n)
{
    struct buf text;
    buf_init(&text, MEMORY_MAX);
    shape->make(&text, n);
    double one = measure(b, understand, buf_str(&text));
    printf(" %zu | %.0f | %.1f%s%s |", text.len, one, one / (double)text.len,
           b->refused ? " " : "", b->refused ? b->refused : "");
    one /= (double)text.len;
    buf_release(&text);
    return one;
}

/* For each shape at once and at eight times the length: bytes, time, time for a byte. */
static void growth(struct bench *b)
{
    printf("\n| n | of what | bytes | ns | ns a byte | bytes, 8 n | ns | ns a byte | growth |\n"
           "|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < bench_shape_count; i++) {
        const struct bench_shape *shape = &bench_shapes[i];
        printf("| %zu | %s |", shape->n, shape->name);
        double first = shape_measure(b, shape, shape->n);
        double last = shape_measure(b, shape, shape->n * 8);
        printf(" %.2f |\n", last / first);
    }
}

static void nesting(struct bench *b)
{
    printf("\n| nested | bytes | ns | ns a byte |\n|---|---|---|---|\n");
    for (size_t n = 10000; n <= 1000000; n *= 10) {
        struct buf text;
        buf_init(&text, MEMORY_MAX);
        nesting_make(&text, n);
        double one = measure(b, understand, buf_str(&text));
        printf("| %zu parentheses: %s | %zu | %.0f | %.1f |\n", n,
               b->refused ? b->refused : "not refused", text.len, one, one / (double)text.len);
        buf_release(&text);
    }
}

int main(void)
{
    static struct bench b;
    struct fault fault = {0};
    struct config_problems problems;
    struct policy_file file = {STR("bench.yaml"), str_of(policies)};
    struct str groups[] = {STR("ai-agents")};
    struct policy_identity identity = {STR("corp"), STR("agent"), groups, 1, NULL};
    struct config_label label = {.name = STR("app"), .value = STR("shop")};
    struct config_labels labels = {&label, 1};
    struct policy_target target = {STR("shop"), &labels};

    arena_init(&b.arena, MEMORY_MAX);
    arena_init(&b.work, MEMORY_MAX);
    buf_init(&b.key, MEMORY_MAX);
    map_init(&b.known, random_hash_key(), false);
    b.sql = (struct sql_context){.family = SQL_MYSQL, .version = 90700};
    b.sql.charset = sql_charset_by_name(STR("utf8mb4"));
    struct buf schema;
    buf_init(&schema, MEMORY_MAX);
    put(&schema, ddl);
    bench_shape_ddl(&schema);
    b.sql.several = true;
    b.catalog = catalog_ddl_load(&b.sql, buf_str(&schema), STR_NONE, 0, &b.arena, &fault);
    config_problems_init(&problems, &b.arena);
    b.set = policy_set_load(&file, 1, NULL, NULL, &problems);
    if (!b.catalog || !b.set)
        die("catalog or policy can't be read");
    b.scope = policy_scope_make(b.set, &identity, &target, &b.arena);
    if (!b.scope)
        die("out of memory");
    buf_release(&schema);
    typical(&b);
    growth(&b);
    nesting(&b);
    return 0;
}

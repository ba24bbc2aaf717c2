/* SPDX-License-Identifier: Apache-2.0 */
#include "shapes.h"

#include "base/attr.h"

#define WIDE  200 /* columns of the wide table */
#define DEPTH 31  /* views above one another */

static void put(struct buf *out, const char *text)
{
    buf_put_str(out, str_of(text));
}

/* `one` n times with `between`; %zu in `one` stands for the number. */
#define REPEAT(out, n, between, ...)                                                               \
    for (size_t i = 0; i < (n); i++) {                                                             \
        if (i > 0)                                                                                 \
            put(out, between);                                                                     \
        buf_printf(out, __VA_ARGS__);                                                              \
    }

static void rows(struct buf *out, size_t n)
{
    put(out, "INSERT INTO items (order_id, line, sku, quantity, price) VALUES ");
    REPEAT(out, n, ", ", "(%zu, %zu, 'sku-%06zu', %zu, %zu.95)", i, i % 9, i, i % 7, i % 100)
}

static void list(struct buf *out, size_t n)
{
    put(out, "SELECT id, name FROM customers WHERE id IN (");
    REPEAT(out, n, ",", "%zu", i * 7)
    put(out, ")");
}

static void columns(struct buf *out, size_t n)
{
    put(out, "SELECT ");
    REPEAT(out, n, ", ", "o.total * %zu AS c%zu", i, i)
    put(out, " FROM orders o");
}

static void joins(struct buf *out, size_t n)
{
    put(out, "SELECT o0.id FROM orders o0");
    REPEAT(out, n, "", " JOIN orders o%zu ON o%zu.id = o%zu.customer_id", i + 1, i + 1, i)
}

static void joins_plain(struct buf *out, size_t n)
{
    put(out, "SELECT total0 FROM (SELECT 1 AS total0) z");
    REPEAT(out, n, "", " JOIN (SELECT id AS i%zu FROM orders) d%zu ON i%zu = total0", i, i, i)
}

static void natural(struct buf *out, size_t n)
{
    put(out, "SELECT * FROM orders o");
    REPEAT(out, n, "", " NATURAL JOIN orders o%zu", i)
}

static void ctes(struct buf *out, size_t n)
{
    put(out, "WITH c AS (SELECT id FROM orders)");
    REPEAT(out, n, "", ", c%zu AS (SELECT id FROM orders WHERE id > %zu)", i, i)
    put(out, " SELECT c.id FROM c");
}

static void cte_chain(struct buf *out, size_t n)
{
    put(out, "WITH c0 AS (SELECT id, total FROM orders)");
    REPEAT(out, n, "", ", c%zu AS (SELECT id, total FROM c%zu WHERE id > 3)", i + 1, i)
    buf_printf(out, " SELECT id FROM c%zu", n);
}

static void ands(struct buf *out, size_t n)
{
    put(out, "SELECT id FROM orders WHERE ");
    REPEAT(out, n, " AND ", "total <> %zu", i)
}

static void ors(struct buf *out, size_t n)
{
    put(out, "DELETE FROM orders WHERE ");
    REPEAT(out, n, " OR ", "(id = %zu AND state = 'x')", i)
}

static void concat(struct buf *out, size_t n)
{
    put(out, "SELECT CONCAT(");
    REPEAT(out, n, ", ", "%s", i % 2 ? "name" : "'text'")
    put(out, ") FROM customers");
}

static void pluses(struct buf *out, size_t n)
{
    put(out, "SELECT ");
    REPEAT(out, n, " + ", "total")
    put(out, " FROM orders");
}

static void statements(struct buf *out, size_t n)
{
    REPEAT(out, n, "; ", "SELECT id, total FROM orders WHERE id = %zu", i)
}

static void unions(struct buf *out, size_t n)
{
    REPEAT(out, n, " UNION ALL ", "SELECT id, total FROM orders WHERE id = %zu", i)
}

static void stars(struct buf *out, size_t n)
{
    put(out, "SELECT ");
    REPEAT(out, n, ", ", "w.*")
    put(out, " FROM wide w");
}

static void view_stars(struct buf *out, size_t n)
{
    put(out, "SELECT ");
    REPEAT(out, n, ", ", "v%zu.*", i)
    put(out, " FROM ");
    REPEAT(out, n, ", ", "v%d v%zu", DEPTH, i)
}

static void orders_by(struct buf *out, size_t n)
{
    put(out, "SELECT id FROM orders ORDER BY ");
    REPEAT(out, n, ", ", "total + %zu", i)
}

static void groups(struct buf *out, size_t n)
{
    put(out, "SELECT COUNT(*) FROM orders GROUP BY ");
    REPEAT(out, n, ", ", "total + %zu", i)
}

static void cases(struct buf *out, size_t n)
{
    put(out, "SELECT CASE");
    REPEAT(out, n, "", " WHEN total > %zu THEN state", i)
    put(out, " END FROM orders");
}

static void scalar_subqueries(struct buf *out, size_t n)
{
    put(out, "SELECT ");
    REPEAT(out, n, ", ", "(SELECT name FROM customers c WHERE c.id = o.customer_id + %zu)", i)
    put(out, " FROM orders o");
}

static void nested_subqueries(struct buf *out, size_t n)
{
    REPEAT(out, n, "", "SELECT id FROM orders WHERE id IN (")
    put(out, "1");
    REPEAT(out, n, "", ")")
}

static void derived(struct buf *out, size_t n)
{
    REPEAT(out, n, "", "SELECT * FROM (")
    put(out, "SELECT id, total FROM orders");
    REPEAT(out, n, "", ") d%zu", i)
}

static void windows(struct buf *out, size_t n)
{
    put(out, "SELECT ");
    REPEAT(out, n, ", ", "SUM(total) OVER w%zu", i)
    put(out, " FROM orders WINDOW ");
    REPEAT(out, n, ", ", "w%zu AS (PARTITION BY state ORDER BY id)", i)
}

static void assignments(struct buf *out, size_t n)
{
    put(out, "SET ");
    REPEAT(out, n, ", ", "@v%zu = %zu", i, i)
}

static void variables(struct buf *out, size_t n)
{
    put(out, "SELECT ");
    REPEAT(out, n, ", ", "@v%zu := total", i)
    put(out, " FROM orders");
}

static void update(struct buf *out, size_t n)
{
    put(out, "UPDATE wide SET ");
    REPEAT(out, n, ", ", "c%zu = c%zu + 1", i, n - i - 1)
    put(out, " WHERE c0 = 1");
}

static void new_table(struct buf *out, size_t n)
{
    put(out, "CREATE TABLE made (");
    REPEAT(out, n, ", ", "c%zu VARCHAR(20) NOT NULL DEFAULT 'x', KEY k%zu (c%zu)", i, i, i)
    put(out, ")");
}

static void names(struct buf *out, size_t n)
{
    put(out, "SELECT ");
    REPEAT(out, n, ", ", "c%zu AS a%zu", i % WIDE, i)
    put(out, " FROM wide HAVING a0 > 1 ORDER BY ");
    REPEAT(out, n, ", ", "a%zu", i)
}

static void comments(struct buf *out, size_t n)
{
    put(out, "SELECT 1");
    REPEAT(out, n, "", " /* a comment */ /*!40000 + 1 */")
}

static void drops(struct buf *out, size_t n)
{
    put(out, "DROP TABLE ");
    REPEAT(out, n, ", ", "orders")
}

static void json(struct buf *out, size_t n)
{
    put(out, "SELECT JSON_OBJECT(");
    REPEAT(out, n, ", ", "'k%zu', total", i)
    put(out, ") FROM orders");
}

const struct bench_shape bench_shapes[] = {
    {"rows of an INSERT", rows, 3750},
    {"values in an IN list", list, 1250},
    {"columns in a SELECT", columns, 250},
    {"joined tables", joins, 32},
    {"joined derived tables", joins_plain, 32},
    {"NATURAL joins", natural, 16},
    {"CTEs", ctes, 64},
    {"CTEs, each of the one before", cte_chain, 16},
    {"conditions with AND", ands, 150},
    {"conditions with OR", ors, 150},
    {"arguments of CONCAT", concat, 1000},
    {"terms of a sum", pluses, 150},
    {"statements in a text", statements, 12},
    {"UNIONs", unions, 64},
    {"stars over 200 columns", stars, 2},
    {"stars over views 32 deep", view_stars, 2},
    {"ORDER BY expressions", orders_by, 250},
    {"GROUP BY expressions", groups, 250},
    {"WHENs of a CASE", cases, 250},
    {"scalar subqueries", scalar_subqueries, 64},
    {"nested subqueries", nested_subqueries, 8},
    {"nested derived tables", derived, 8},
    {"windows", windows, 64},
    {"user variables set", assignments, 250},
    {"user variables in a SELECT", variables, 250},
    {"columns of an UPDATE", update, 25},
    {"columns and keys of a CREATE TABLE", new_table, 64},
    {"aliases, ordered by", names, 250},
    {"comments", comments, 150},
    {"tables of a DROP", drops, 250},
    {"members of a JSON_OBJECT", json, 500},
};
const size_t bench_shape_count = ARRAY_LEN(bench_shapes);

void bench_shape_ddl(struct buf *out)
{
    put(out, "CREATE TABLE wide (");
    REPEAT(out, (size_t)WIDE, ", ", "c%zu INT", i)
    put(out, "); CREATE VIEW v0 AS SELECT c0, c1, c2, c3, c4, c5, c6, c7 FROM wide;");
    REPEAT(out, (size_t)DEPTH, ";", "CREATE VIEW v%zu AS SELECT * FROM v%zu", i + 1, i)
    put(out, ";");
}

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of src/sql share: contexts of real servers, and a text read in one of them.
 */
#include "../test.h"
#include "base/limits.h"
#include "sql/ast.h"
#include "sql/print.h"
#include "sql/words.h"

struct reading {
    struct arena arena;
    struct fault fault;
    struct sql_text text;     /* after reading_lex */
    struct sql_script script; /* after reading_parse */
    struct buf out;
    bool ok;
};

static inline struct sql_context context_of(const char *server, const char *mode,
                                            const char *charset)
{
    struct sql_context context = {.several = true};
    assert_true(sql_version_parse(str_of(server), &context));
    assert_true(sql_mode_parse(context.family, str_of(mode), &context.mode));
    context.charset = sql_charset_by_name(str_of(charset));
    return context;
}

#define MYSQL   "9.7.4"
#define MYSQL8  "8.0.36"
#define MARIADB "10.11.19-MariaDB"

static inline void reading_start(struct reading *r)
{
    *r = (struct reading){0};
    arena_init(&r->arena, (size_t)64 << 20);
    buf_init(&r->out, (size_t)16 << 20);
}

static inline void reading_lex(struct reading *r, const struct sql_context *context, struct str sql)
{
    r->fault = (struct fault){0};
    arena_reset(&r->arena);
    buf_clear(&r->out);
    r->ok = sql_lex(context, sql, &r->arena, &r->text, &r->fault);
}

static inline void reading_parse(struct reading *r, const struct sql_context *context,
                                 struct str sql)
{
    r->fault = (struct fault){0};
    arena_reset(&r->arena);
    buf_clear(&r->out);
    r->ok = sql_parse(context, sql, &r->arena, &r->script, &r->fault);
}

static inline void reading_stop(struct reading *r)
{
    buf_release(&r->out);
    arena_release(&r->arena);
}

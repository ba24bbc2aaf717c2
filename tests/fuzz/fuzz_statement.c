/* SPDX-License-Identifier: Apache-2.0
 *
 * From bytes to a decision, and what must hold between the parts. The first byte chooses the
 * server, the second the sql_mode, the third the character set, the fourth the literals that are
 * exchanged; bit 7 of the first says that a catalog comes first (two bytes of length, CREATE
 * statements). The rest is the text.
 *
 *   forwarding  An accepted text, printed for the server and read again, has the same tokens and
 *               values, the same tree over the same tokens, the same analysis and decision. So what
 *               runs is what was decided. Headings alone may differ, and only where a comment was
 *               taken out: the client is told the ones of its own text.
 *   accounting  Every byte is in a token, a blank, a comment or a mark of one; every token is in a
 *               statement or is the semicolon between two.
 *   cutting     The same holds for prefixes that end with a token or within one: nothing depends on
 *               what was cut off.
 *   names       A COLUMN of the tree that bears a masked column's name is that column, or the name
 *               is made in the statement itself (an alias, a list of columns, a variable: it stands
 *               outside all COLUMNs as well), or the statement is refused. So in what is not
 *               refused, a masked column that is named is among the base columns, unless such a
 *               name is made. No false alarm: a reader resolves a name to a stored column, to a name
 *               of the statement, or not at all, which is an unknown and refused; a heading without
 *               alias that bears the name is itself a COLUMN, for which the same holds. The catalog
 *               has the masked names in one table only. (Views head columns by other names.)
 *   shape       Literals are exchanged for others of their kind. Where the shape stays and the
 *               first text's decision would be kept under it, the second text's, which nobody will
 *               look at then, is the same: it is accepted, and has the same analysis.
 *   bounds      The arena's cap holds; a fault is never `internal`.
 */
#include "base/attr.h"
#include "base/limits.h"
#include "catalog/ddl.h"
#include "lineage/json.h"
#include "lineage/lineage.h"
#include "policy/policy.h"
#include "sql/ast.h"
#include "sql/gap.h"
#include "sql/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARENA     (LIMIT_STATEMENT_ARENA / 4)
#define CUTS      24   /* prefixes by tokens, and a third as many within one */
#define CUTS_MOST 4096 /* bytes of a text that is cut */

static const char schema[] =
    "CREATE DATABASE app; USE app;"
    "CREATE TABLE person (id INT PRIMARY KEY, name VARCHAR(50), ssn VARCHAR(20), salary"
    " DECIMAL(10,2), dob DATE, UNIQUE KEY (ssn));"
    "CREATE TABLE pub (id INT PRIMARY KEY, note VARCHAR(200), person_id INT, FOREIGN KEY"
    " (person_id) REFERENCES person (id));"
    "CREATE TABLE gen (id INT, raw VARCHAR(9), low VARCHAR(9) AS (LOWER(raw)), j JSON INVISIBLE);"
    "CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(50));"
    "CREATE VIEW v (x) AS SELECT ssn FROM person;"
    "CREATE VIEW w AS SELECT v.x AS y, p.name FROM v JOIN person p ON v.x = p.ssn;"
    "CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a;"
    "CREATE FUNCTION mine(p INT) RETURNS VARCHAR(20)"
    " RETURN (SELECT name FROM person WHERE id = p);"
    "CREATE PROCEDURE people() SELECT id, name FROM person;"
    "CREATE TRIGGER pub_log AFTER INSERT ON pub FOR EACH ROW INSERT INTO log (what)"
    " VALUES (NEW.note);";

static const char policies[] =
    "policy: p\nsubjects: [{group: g}]\ntargets: [{name: t}]\n"
    "allow:\n  - {privileges: [ALL], on: app.*}\n"
    "---\nclassification: c\ncolumns:\n"
    "  - {column: app.person.ssn, tags: [secret]}\n"
    "  - {column: app.person.salary, tags: [secret]}\n"
    "tags:\n  secret: {mask: redact}\n";

static const struct str masked[] = {STR_INIT("ssn"), STR_INIT("salary")};

static const struct {
    enum sql_family family;
    uint32_t version;
} servers[] = {{SQL_MYSQL, 90704}, {SQL_MARIADB, 101119}, {SQL_MYSQL, 80036}, {SQL_MARIADB, 110802}};

static struct catalog *own_catalog;
static const struct policy_scope *scope;

/* One input's surroundings. */
struct world {
    struct sql_context context;
    const struct catalog *catalog;
    uint8_t seed;
};

/* A text, read. */
struct reading {
    struct arena arena;
    struct fault fault;
    struct sql_script script;
    bool ok;
};

static void reading_begin(struct reading *r, const struct world *world, struct str text)
{
    memset(r, 0, sizeof(*r));
    arena_init(&r->arena, ARENA);
    r->ok = sql_parse(&world->context, text, &r->arena, &r->script, &r->fault);
    REQUIRE(r->ok || (fault_is(&r->fault) && r->fault.code != FAULT_internal));
}

static void reading_end(struct reading *r)
{
    REQUIRE(r->arena.used <= r->arena.cap);
    arena_release(&r->arena);
}

/* ---- accounting ---- */

/* Nothing but gaps stands in at..end; leaves *executing as it is behind. True: a comment did. */
static bool gaps_only(const struct sql_text *text, size_t at, size_t end, bool *executing)
{
    bool comment = false;

    while (at < end) {
        size_t next;
        enum sql_gap gap = sql_gap_next(&text->context, text->text, at, executing, &next);
        REQUIRE(gap != SQL_GAP_NONE && gap != SQL_GAP_ERROR);
        REQUIRE(next > at && next <= end);
        comment |= gap != SQL_GAP_BLANKS;
        at = next;
    }
    return comment;
}

static void bytes_accounted_for(const struct sql_text *text)
{
    bool executing = false;
    size_t at = 0;

    for (uint32_t i = 0; i < text->count; i++) {
        const struct sql_token *token = &text->tokens[i];
        REQUIRE(token->start >= at && token->end > token->start);
        bool comment = gaps_only(text, at, token->start, &executing);
        REQUIRE(comment == ((token->flags & SQL_TOKEN_COMMENT) != 0));
        if (!comment)
            for (size_t b = at; b < token->start; b++)
                REQUIRE(strchr(" \t\n\v\f\r", text->text.ptr[b]) != NULL && text->text.ptr[b] != 0);
        at = token->end;
    }
    gaps_only(text, at, text->text.len, &executing);
    REQUIRE(!executing && text->tokens[text->count].kind == SQL_TOKEN_END);
}

static void tokens_accounted_for(const struct sql_script *script)
{
    const struct sql_text *text = script->text;
    uint32_t next = 0;

    for (size_t i = 0; i < script->count; i++) {
        const struct sql_statement *s = &script->statements[i];
        REQUIRE(s->first == next && s->last >= s->first && s->last < text->count);
        REQUIRE(s->root->first == s->first && s->root->last == s->last);
        next = s->last + 1;
        if (next < text->count) {
            REQUIRE(text->tokens[next].kind == SQL_TOKEN_SEMICOLON);
            next++;
        }
    }
    REQUIRE(next == text->count);
}

/* ---- sameness ---- */

static void tokens_same(const struct sql_text *a, const struct sql_text *b)
{
    REQUIRE(a->count == b->count);
    for (uint32_t i = 0; i < a->count; i++) {
        REQUIRE(a->tokens[i].kind == b->tokens[i].kind && a->tokens[i].word == b->tokens[i].word);
        REQUIRE(str_equal(sql_token_text(a, i), sql_token_text(b, i)));
        REQUIRE(str_equal(sql_token_value(a, i), sql_token_value(b, i)));
    }
}

static void trees_same(const struct sql_node *a, const struct sql_node *b)
{
    REQUIRE((a == NULL) == (b == NULL));
    if (a == NULL)
        return;
    REQUIRE(a->kind == b->kind && a->op == b->op && a->flags == b->flags);
    REQUIRE(a->first == b->first && a->last == b->last && a->count == b->count);
    for (uint32_t i = 0; i < a->count; i++)
        trees_same(a->child[i], b->child[i]);
}

/* One statement, analysed and decided. */
struct verdict {
    struct analysis analysis;
    struct policy_decision decision;
    struct buf json;
};

static bool verdict_begin(struct verdict *v, const struct world *world, struct reading *r, size_t i,
                          bool headings)
{
    const struct lineage_context lineage = {.catalog = world->catalog, .schema = STR("app")};
    struct policy_request request = {.analysis = &v->analysis, .now_us = 1798459200000000};
    struct output_column *outputs;
    struct json_writer w;

    buf_init(&v->json, (size_t)64 << 20);
    if (!lineage_analyze(&lineage, &r->script, &r->script.statements[i], &r->arena, &v->analysis,
                         &r->fault)) {
        REQUIRE(fault_is(&r->fault) && r->fault.code != FAULT_internal);
        return false;
    }
    policy_decide(scope, &request, &r->arena, &v->decision);
    outputs = arena_array(&r->arena, v->analysis.output_count, struct output_column);
    if (outputs == NULL)
        return false;
    for (size_t o = 0; o < v->analysis.output_count; o++) {
        outputs[o] = v->analysis.outputs[o];
        if (!headings)
            outputs[o].name = STR("");
    }
    v->analysis.outputs = outputs;
    v->analysis.cacheable &= headings; /* told apart by the caller, where it may differ */
    json_writer_init(&w, &v->json);
    analysis_json(&v->analysis, &w);
    return !v->json.failed;
}

static void verdicts_same(const struct verdict *a, const struct verdict *b)
{
    const struct policy_decision *x = &a->decision, *y = &b->decision;

    if (!str_equal(buf_str(&a->json), buf_str(&b->json)))
        fprintf(stderr, "%.*s\n%.*s\n", STR_ARG(buf_str(&a->json)), STR_ARG(buf_str(&b->json)));
    REQUIRE(str_equal(buf_str(&a->json), buf_str(&b->json)));
    REQUIRE(x->verdict == y->verdict && x->fault.code == y->fault.code);
    REQUIRE(x->mask_count == y->mask_count && x->touches_masked == y->touches_masked);
    REQUIRE((x->masks == NULL) == (y->masks == NULL));
    for (size_t i = 0; x->masks != NULL && i < a->analysis.output_count; i++)
        REQUIRE(x->masks[i] == y->masks[i]);
}

/* ---- names ---- */

static bool is_masked_name(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(masked); i++)
        if (str_equal_nocase(name, masked[i]))
            return true;
    return false;
}

/* Marks the tokens that are in COLUMNs. */
static void columns_mark(const struct sql_node *node, uint8_t *marks)
{
    if (node == NULL)
        return;
    if (node->kind == SQL_COLUMN)
        for (uint32_t t = node->first; t <= node->last; t++)
            marks[t] = 1;
    for (uint32_t i = 0; i < node->count; i++)
        columns_mark(node->child[i], marks);
}

static bool base_has(const struct analysis *a, struct str name)
{
    for (size_t i = 0; i < a->base_count; i++)
        if (str_equal_nocase(a->base[i].column, name))
            return true;
    return false;
}

static bool is_name(const struct sql_token *token)
{
    return token->kind == SQL_TOKEN_WORD || token->kind == SQL_TOKEN_QUOTED;
}

static void names_accounted_for(struct reading *r, const struct sql_statement *s,
                                const struct verdict *v)
{
    const struct sql_text *text = r->script.text;
    uint8_t *marks = arena_array(&r->arena, text->count + 1, uint8_t);

    if (marks == NULL || v->decision.verdict == POLICY_DENY)
        return;
    columns_mark(s->root, marks);
    for (uint32_t t = s->first; t <= s->last; t++) {
        struct str name = sql_token_value(text, t);
        bool made = false;
        if (!marks[t] || !is_name(&text->tokens[t]) || !is_masked_name(name) ||
            (t < s->last && text->tokens[t + 1].kind == SQL_TOKEN_DOT))
            continue;
        for (uint32_t o = s->first; o <= s->last && !made; o++)
            made = !marks[o] && text->tokens[o].kind != SQL_TOKEN_STRING
                       ? is_name(&text->tokens[o]) && str_equal_nocase(sql_token_value(text, o), name)
                       : !marks[o] && str_equal_nocase(sql_token_value(text, o), name);
        REQUIRE(made || base_has(&v->analysis, name));
    }
}

/* ---- forwarding ---- */

static bool has_comments(const struct sql_text *text)
{
    for (uint32_t i = 0; i <= text->count; i++)
        if (text->tokens[i].flags & SQL_TOKEN_COMMENT)
            return true;
    return false;
}

static void forwarded_same(const struct world *world, struct reading *r)
{
    bool headings = !has_comments(r->script.text);
    struct reading other;
    struct buf printed;

    buf_init(&printed, (size_t)4 << 20);
    sql_print_forward(r->script.text, 0, r->script.text->count - 1, &printed);
    REQUIRE(!printed.failed);
    reading_begin(&other, world, buf_str(&printed));
    REQUIRE(other.ok && other.script.count == r->script.count);
    REQUIRE(!has_comments(other.script.text));
    tokens_same(r->script.text, other.script.text);
    for (size_t i = 0; i < r->script.count; i++) {
        struct verdict a, b;
        REQUIRE(r->script.statements[i].kind == other.script.statements[i].kind);
        trees_same(r->script.statements[i].root, other.script.statements[i].root);
        bool ok = verdict_begin(&a, world, r, i, headings);
        bool ok_other = verdict_begin(&b, world, &other, i, headings);
        /* Memory may end in one and not in the other: nothing that is too much work may pass. */
        if (ok && ok_other) {
            verdicts_same(&a, &b);
            if (world->catalog == own_catalog)
                names_accounted_for(r, &r->script.statements[i], &a);
        }
        buf_release(&a.json);
        buf_release(&b.json);
    }
    reading_end(&other);
    buf_release(&printed);
}

/* ---- shape ---- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* Another literal of the kind, or the same one. */
static void literal_put(const struct sql_text *text, uint32_t at, uint32_t random, struct buf *out)
{
    static const char *const integers[] = {"0", "1", "2", "18446744073709551616", "9", "100"};
    static const char *const decimals[] = {"0.0", "1.5", ".5", "123456789012345678901234567890.1"};
    static const char *const floats[] = {"1e0", "1e-300", "0e0", "1.5e308"};
    static const char *const strings[] = {"''",  "'1'",    "'x y'", "'2020-01-01'", "'$.a'",
                                          "'it''s'", "'1 2'", "'ssn'", "'%'",       "'salary'"};
    static const char *const hexes[] = {"0x41", "x''", "x'00FF'", "0x00"};

    switch ((int)text->tokens[at].kind) {
    case SQL_TOKEN_INTEGER:
        buf_put_str(out, str_of(integers[random % ARRAY_LEN(integers)]));
        break;
    case SQL_TOKEN_DECIMAL:
        buf_put_str(out, str_of(decimals[random % ARRAY_LEN(decimals)]));
        break;
    case SQL_TOKEN_FLOAT:
        buf_put_str(out, str_of(floats[random % ARRAY_LEN(floats)]));
        break;
    case SQL_TOKEN_STRING:
        buf_put_str(out, str_of(strings[random % ARRAY_LEN(strings)]));
        break;
    case SQL_TOKEN_HEX:
        buf_put_str(out, str_of(hexes[random % ARRAY_LEN(hexes)]));
        break;
    default:
        buf_put_str(out, sql_token_text(text, at));
        break;
    }
}

/* The text with some literals exchanged. */
static void exchange(const struct sql_text *text, uint8_t seed, struct buf *out)
{
    uint32_t state = seed * 2654435761u + 1;
    size_t at = 0;

    for (uint32_t i = 0; i < text->count; i++) {
        uint32_t random = next_random(&state);
        const struct sql_token *token = &text->tokens[i];
        buf_put(out, text->text.ptr + at, token->start - at);
        if (random & 1)
            literal_put(text, i, random >> 1, out);
        else
            buf_put_str(out, sql_token_text(text, i));
        at = token->end;
    }
    buf_put(out, text->text.ptr + at, text->text.len - at);
}

static bool shape_same(const struct sql_text *a, const struct sql_text *b)
{
    struct buf x, y;

    buf_init(&x, (size_t)1 << 20);
    buf_init(&y, (size_t)1 << 20);
    bool same = sql_shape(a, &x) && sql_shape(b, &y) && str_equal(buf_str(&x), buf_str(&y));
    buf_release(&y);
    buf_release(&x);
    return same;
}

static void kept_decision_holds(const struct world *world, struct reading *r, struct str text)
{
    struct reading other;
    struct verdict a, b;
    struct sql_text tokens;

    if (r->script.count != 1)
        return;
    bool ok = verdict_begin(&a, world, r, 0, true);
    bool kept = ok && a.analysis.cacheable && a.decision.cacheable;
    buf_release(&a.json);
    if (!kept)
        return;
    memset(&other, 0, sizeof(other));
    arena_init(&other.arena, ARENA);
    if (sql_lex(&world->context, text, &other.arena, &tokens, &other.fault) &&
        shape_same(r->script.text, &tokens)) {
        if (!sql_parse_tokens(&tokens, &other.script, &other.fault)) {
            fprintf(stderr, "%.*s\n%.*s\n", STR_ARG(r->script.text->text), STR_ARG(text));
            REQUIRE(!"a text of a kept shape is refused");
        }
        REQUIRE(other.script.count == 1);
        ok = verdict_begin(&a, world, r, 0, false);
        bool ok_other = verdict_begin(&b, world, &other, 0, false);
        if (ok && ok_other)
            verdicts_same(&a, &b);
        buf_release(&a.json);
        buf_release(&b.json);
    }
    reading_end(&other);
}

/* ---- all of it ---- */

static void check(const struct world *world, struct str text)
{
    struct reading r;

    reading_begin(&r, world, text);
    if (r.ok) {
        bytes_accounted_for(r.script.text);
        tokens_accounted_for(&r.script);
        if (r.script.count > 0) /* comments alone are no statement and are not forwarded */
            forwarded_same(world, &r);
    }
    reading_end(&r);
}

static void check_cuts(const struct world *world, struct str text)
{
    struct reading r;
    struct sql_text tokens;

    memset(&r, 0, sizeof(r));
    arena_init(&r.arena, ARENA);
    if (text.len <= CUTS_MOST && sql_lex(&world->context, text, &r.arena, &tokens, &r.fault)) {
        uint32_t step = tokens.count / CUTS + 1;
        for (uint32_t i = 0; i < tokens.count; i += step) {
            const struct sql_token *t = &tokens.tokens[i];
            check(world, str_slice(text, 0, t->end));
            if (i % 3 == 0 && t->end - t->start > 1)
                check(world, str_slice(text, 0, t->start + (t->end - t->start) / 2));
        }
    }
    reading_end(&r);
}

static void check_shape(const struct world *world, struct str text)
{
    struct reading r;
    struct buf other;

    reading_begin(&r, world, text);
    for (unsigned round = 0; r.ok && round < 8; round++) {
        buf_init(&other, (size_t)4 << 20);
        exchange(r.script.text, (uint8_t)(world->seed + round), &other);
        kept_decision_holds(world, &r, buf_str(&other));
        buf_release(&other);
    }
    reading_end(&r);
}

static bool no_zone(void *context, struct str zone, struct str *ret_tzif)
{
    (void)context, (void)zone, (void)ret_tzif;
    return false;
}

static void own_make(void)
{
    static const struct str groups[] = {STR_INIT("g")};
    static const struct policy_identity identity = {STR_INIT("i"), STR_INIT("s"), groups, 1, NULL};
    static const struct policy_target target = {STR_INIT("t"), NULL};
    static const struct policy_file file = {STR_INIT("fuzz"), {policies, sizeof(policies) - 1}};
    static struct arena lasting;
    const struct sql_context context = {.family = SQL_MYSQL, .version = 90704,
                                        .charset = SQL_CHARSET_UTF8, .several = true};
    struct config_problems problems;
    struct fault fault = {.code = FAULT_NONE};
    struct arena arena;

    arena_init(&arena, ARENA);
    arena_init(&lasting, ARENA);
    config_problems_init(&problems, &arena);
    own_catalog = catalog_ddl_load(&context, str_make(schema, sizeof(schema) - 1), STR("app"), 0,
                                   &arena, &fault);
    struct policy_set *set = policy_set_load(&file, 1, no_zone, NULL, &problems);
    REQUIRE(own_catalog != NULL && set != NULL);
    scope = policy_scope_make(set, &identity, &target, &lasting);
    REQUIRE(scope != NULL);
    arena_release(&arena);
}

static struct catalog *catalog_of(const struct sql_context *context, struct str text)
{
    struct fault fault = {.code = FAULT_NONE};
    struct arena arena;

    arena_init(&arena, ARENA);
    struct catalog *catalog = catalog_ddl_load(context, text, STR("app"), 0, &arena, &fault);
    REQUIRE(catalog != NULL || (fault_is(&fault) && fault.code != FAULT_internal));
    arena_release(&arena);
    return catalog;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world = {.context = {.several = true}};
    struct catalog *given = NULL;

    if (own_catalog == NULL)
        own_make();
    if (size < 6 || size > 65536)
        return 0;
    world.context.family = servers[(data[0] & 0x7F) % ARRAY_LEN(servers)].family;
    world.context.version = servers[(data[0] & 0x7F) % ARRAY_LEN(servers)].version;
    world.context.mode = data[1] & 0x3F;
    world.context.charset = (enum sql_charset)(1 + data[2] % SQL_CHARSET_UJIS);
    world.seed = data[3];
    world.catalog = own_catalog;
    struct str text = str_make(data + 4, size - 4);
    if (data[0] & 0x80) {
        size_t len = ((size_t)data[4] << 8 | data[5]) % (size - 5);
        given = catalog_of(&world.context, str_make(data + 6, len));
        if (given == NULL)
            return 0;
        world.catalog = given;
        text = str_make(data + 6 + len, size - 6 - len);
    }
    check(&world, text);
    check_shape(&world, text);
    check_cuts(&world, text);
    if (given != NULL)
        catalog_unref(given);
    return 0;
}

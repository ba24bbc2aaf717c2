#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parser's files share. Recursive descent over the tokens, one function for each
 * production, which it opens with in the manual's notation.
 *
 *   parse.c            the machinery: failing, nodes, lists
 *   parse_statement.c  which statement begins here
 *   parse_query.c      SELECT and its clauses; parse_table.c: FROM; parse_window.c: OVER, WINDOW
 *   parse_expr.c       expressions, down to parse_operand.c; parse_call.c with parse_argument.c:
 *                      functions; parse_cast.c: CAST, CONVERT
 *   parse_dml.c        INSERT, UPDATE, DELETE ...; parse_handler.c: HANDLER, XA
 *   parse_ddl.c        CREATE, ALTER, DROP, which hand on to parse_ddl_table.c, parse_ddl_column.c,
 *                      parse_ddl_key.c, parse_type.c, parse_partition.c, parse_alter_table.c,
 *                      parse_routine.c (and parse_program.c: bodies), parse_account.c
 *   parse_set.c        SET, transactions, locks, PREPARE; parse_show.c: SHOW, EXPLAIN
 *   parse_grant.c      GRANT, REVOKE; parse_admin.c: the rest, by admin_table.h
 *   parse_names.c      names, accounts, numbers: what all of them are made of
 *
 * Errors latch, as in a cursor: the first one is recorded with its position, the parser then
 * stands at the end of the text, where nothing matches, and every function returns soon. Results
 * are never NULL where a node is due; after a failure they are a node of no use. So productions
 * read as the manual does, and sql_parse looks at `failed` once.
 */
#include "base/limits.h"
#include "sql/ast.h"
#include "sql/words.h"

struct sql_parser {
    struct sql_text *text;
    const struct sql_token *t; /* the tokens */
    struct arena *arena;
    struct fault *fault;
    uint32_t at;  /* the token to read next */
    uint32_t end; /* SQL_TOKEN_END */
    bool failed;
    bool mysql; /* else MariaDB */
    uint32_t version;
    uint32_t mode;
    unsigned depth;
    uint32_t parameters;
    bool in_program;          /* in the body of a stored program */
    enum sql_scope set_scope; /* of SET: the last GLOBAL, SESSION or PERSIST that was written */
    struct sql_node *pending; /* an operand that was read already (see parse_paren) */
    struct sql_node *pending_table; /* likewise, of FROM (see parse_table_paren) */
    const char *doubt;              /* as in struct sql_statement */
    uint32_t doubt_at;
    bool into_allowed;            /* the query to come is the statement itself */
    struct sql_node *select_into; /* INTO written before FROM: its query takes it */
    bool values_is_call;          /* MariaDB: behind ON DUPLICATE KEY UPDATE */
    bool into_here;               /* the SELECT at hand is the statement's own */
    bool stopped;                 /* the server reads no further than this */
    bool no_query;                /* queries are syntax errors here */
    bool in_operand;              /* behind UNION, EXCEPT, INTERSECT */
    bool into_nested;             /* the query to come is the statement, in parentheses */
    bool into_closed;             /* INTO ended such a query: nothing may follow */
    uint32_t lefts, lefts_end;    /* a run of ( that was looked over: from, to */
    struct sql_node **stack;      /* elements of unfinished lists */
    uint32_t stack_count, stack_capacity;
    struct sql_node *spare; /* what functions return after a failure */
};

/* Reading ahead. */
static inline enum sql_word word_at(const struct sql_parser *p, uint32_t ahead)
{
    uint32_t at = p->at + ahead;
    return at < p->end ? (enum sql_word)p->t[at].word : SQL_NO_WORD;
}
static inline enum sql_token_kind kind_at(const struct sql_parser *p, uint32_t ahead)
{
    uint32_t at = p->at + ahead;
    return at < p->end ? (enum sql_token_kind)p->t[at].kind : SQL_TOKEN_END;
}
static inline bool is(const struct sql_parser *p, enum sql_word word)
{
    return p->t[p->at].word == word;
}
static inline bool is_kind(const struct sql_parser *p, enum sql_token_kind kind)
{
    return p->t[p->at].kind == kind;
}
static inline bool accept(struct sql_parser *p, enum sql_word word)
{
    if (p->t[p->at].word != word)
        return false;
    p->at++;
    return true;
}
static inline bool accept_kind(struct sql_parser *p, enum sql_token_kind kind)
{
    if (p->t[p->at].kind != kind || kind == SQL_TOKEN_END)
        return false;
    p->at++;
    return true;
}
/* Two words in a row. */
static inline bool is2(const struct sql_parser *p, enum sql_word first, enum sql_word second)
{
    return is(p, first) && word_at(p, 1) == second;
}
static inline bool accept2(struct sql_parser *p, enum sql_word first, enum sql_word second)
{
    if (!is2(p, first, second))
        return false;
    p->at += 2;
    return true;
}
/* A word that is no keyword, by its text: `accept_text(p, STR("CYCLE"))`. */
bool is_text(const struct sql_parser *p, uint32_t ahead, struct str text);
bool accept_text(struct sql_parser *p, struct str text);
static inline bool expect(struct sql_parser *p, enum sql_word word);
static inline bool expect_kind(struct sql_parser *p, enum sql_token_kind kind);

/* Whether an identifier stands here: quoted, or a word that is not reserved. */
static inline bool is_ident_at(const struct sql_parser *p, uint32_t ahead)
{
    enum sql_token_kind kind = kind_at(p, ahead);
    return kind == SQL_TOKEN_QUOTED ||
           (kind == SQL_TOKEN_WORD && (p->t[p->at + ahead].flags & SQL_TOKEN_RESERVED) == 0);
}
static inline bool is_ident(const struct sql_parser *p)
{
    return is_ident_at(p, 0);
}
/* A string literal of the plain kind ('x', "x"). */
static inline bool is_string(const struct sql_parser *p)
{
    return is_kind(p, SQL_TOKEN_STRING);
}

/* Failing. */
struct sql_node *parse_fail(struct sql_parser *p, enum fault_code code, const char *message)
    __attribute__((cold));
/* `syntax error at "word"`; `wanted` may be NULL. */
struct sql_node *parse_syntax(struct sql_parser *p, const char *wanted) __attribute__((cold));
/* What the server parses and then refuses, or whose meaning is not known here: the statement is
 * read on, and marked (sql.h). The first doubt stays. */
void parse_doubt(struct sql_parser *p, const char *what) __attribute__((cold));
/* A form that the servers have and this parser does not. */
struct sql_node *parse_unsupported(struct sql_parser *p, const char *what) __attribute__((cold));

static inline bool expect(struct sql_parser *p, enum sql_word word)
{
    if (accept(p, word))
        return true;
    parse_syntax(p, sql_word_text(word));
    return false;
}
bool expect_kind_slow(struct sql_parser *p, enum sql_token_kind kind) __attribute__((cold));
static inline bool expect_kind(struct sql_parser *p, enum sql_token_kind kind)
{
    return accept_kind(p, kind) || expect_kind_slow(p, kind);
}
static inline bool expect2(struct sql_parser *p, enum sql_word first, enum sql_word second)
{
    return expect(p, first) && expect(p, second);
}
/* Nesting: every function through which the grammar recurs. */
bool enter(struct sql_parser *p);
static inline void leave(struct sql_parser *p)
{
    p->depth--;
}

/* Making nodes. A node begins at token `first`; finish() ends it before the current token and
 * must follow once its children are set. */
struct sql_node *node_new(struct sql_parser *p, enum sql_node_kind kind, uint32_t first);
struct sql_node *node_finish(struct sql_parser *p, struct sql_node *node);
/* A node of one token, taken. */
struct sql_node *node_leaf(struct sql_parser *p, enum sql_node_kind kind);
/* A node with `count` children given at once. */
struct sql_node *node_of(struct sql_parser *p, enum sql_node_kind kind, uint32_t first, uint16_t op,
                         struct sql_node *a, struct sql_node *b);
uint32_t list_begin(struct sql_parser *p);
void list_add(struct sql_parser *p, struct sql_node *node);
/* The elements since list_begin as one node of `kind` (mostly LIST). */
struct sql_node *list_end(struct sql_parser *p, uint32_t mark, enum sql_node_kind kind,
                          uint32_t first);

typedef struct sql_node *parse_function(struct sql_parser *p);
/* element [, element] ... */
struct sql_node *parse_list(struct sql_parser *p, parse_function *element);
struct sql_node *parse_list_of_one(struct sql_parser *p, parse_function *element);
/* ( element [, element] ... ) */
struct sql_node *parse_list_in_parens(struct sql_parser *p, parse_function *element);

/* Names: parse_names.c */
parse_function parse_ident;           /* identifier */
parse_function parse_ident_or_string; /* identifier or 'text' */
parse_function parse_name;            /* [schema.]name; MariaDB: [.]name */
parse_function parse_column;          /* [[schema.]table.]column */
parse_function parse_string;          /* 'text' */
parse_function parse_number;          /* an unsigned integer */
/* The servers' ways of taking a number: digits up to 2^31 - 1 (NUM in their grammars); whole
 * numbers; any number but b'01', of which the whole part counts. */
parse_function parse_digits;
parse_function parse_unsigned;
parse_function parse_rounded;
bool is_unsigned(const struct sql_parser *p);
bool is_rounded(const struct sql_parser *p);
uint64_t sql_number_at(const struct sql_parser *p); /* the value of the number at hand */
parse_function parse_text_string;                   /* 'text', x'41', b'01' */
bool accept_equal_sign(struct sql_parser *p);       /* [= | :=] */
parse_function parse_charset_name;                  /* charset_name, BINARY, ASCII */
parse_function parse_account;                       /* user[@host] | CURRENT_USER[()] */
parse_function parse_integer;                       /* digits alone, of 64 bits */
bool is_small_integer(const struct sql_parser *p);  /* digits, at most 2147483647 */
struct sql_node *parse_plain_expr(struct sql_parser *p, parse_function *expr); /* no subquery */
parse_function parse_role; /* role[@host]; MariaDB's have no host */
parse_function parse_user_variable;
parse_function parse_mariadb_user; /* with IDENTIFIED: parse_account.c */
void parse_require(struct sql_parser *p);
bool accept_resource(struct sql_parser *p); /* MAX_USER_CONNECTIONS n ... */
/* [AS] alias, where an alias may be a string in the select list. NULL: none. */
struct sql_node *parse_alias(struct sql_parser *p, bool strings);
struct sql_node *parse_table_alias(struct sql_parser *p);

/* Expressions: parse_expr.c, parse_call.c */
parse_function parse_expr;
parse_function parse_expr_or_default; /* expr | DEFAULT    MariaDB: | IGNORE */
parse_function parse_predicate;
parse_function parse_bit_expr;
parse_function parse_interval;        /* INTERVAL expr unit */
parse_function parse_system_variable; /* @@... */
/* A scope word (GLOBAL, SESSION ...) `ahead` tokens further, or NONE. */
enum sql_scope sql_scope_at(struct sql_parser *p, uint32_t ahead);
/* Whether a function call begins here: a name with ( or a word that needs none. */
bool sql_is_call(const struct sql_parser *p);
parse_function parse_simple_expr;
parse_function parse_operand_token;
parse_function parse_paren;    /* ( query ) | ( expr, ... ) */
parse_function parse_subquery; /* ( query ) as SUBQUERY */
/* bit_exprs joined by operators that bind at least as strongly: 1 is |, 5 is *. */
struct sql_node *parse_bits(struct sql_parser *p, unsigned least);
bool is_interval_function(const struct sql_parser *p);
parse_function parse_literal;       /* a literal, signed numbers included */
parse_function parse_plain_literal; /* ... and nothing else */
parse_function parse_text;          /* [_charset] 'text' ... */
struct sql_node *parse_json_else(struct sql_parser *p, bool table); /* ... ON EMPTY, ... ON ERROR */
parse_function parse_path; /* 'path' with its character set */
/* Arguments with words among them, up to and with the ): parse_argument.c */
void parse_weight_string(struct sql_parser *p, struct sql_node *call);
void parse_duality(struct sql_parser *p, struct sql_node *call);
void parse_json_value(struct sql_parser *p, struct sql_node *call);
void parse_dynamic_columns(struct sql_parser *p, struct sql_node *call, bool add);
void parse_column_get(struct sql_parser *p, struct sql_node *call);
void parse_sequence_call(struct sql_parser *p, struct sql_node *call, bool set);
parse_function parse_call;   /* a function with its arguments */
parse_function parse_window; /* what stands behind OVER, or in WINDOW */
void parse_over(struct sql_parser *p, struct sql_node *call); /* [OVER ...] */
parse_function parse_window_call;                             /* the functions of parse_window.c */
parse_function parse_median;
parse_function parse_percentile;
parse_function parse_interval_unit;
parse_function parse_order_list; /* behind ORDER BY */
parse_function parse_order_item;
parse_function parse_type_in_cast; /* parse_cast.c */
parse_function parse_cast;
parse_function parse_convert;
parse_function parse_argument_list; /* expressions up to ), which is not taken; may be empty */
/* Whether the token can begin a query: SELECT, WITH, VALUES, TABLE, behind any number of (. */
bool is_query_start(struct sql_parser *p);

/* Queries: parse_query.c, parse_table.c */
parse_function parse_query;           /* a query, whole, not in parentheses */
parse_function parse_query_in_parens; /* ( query ) */
parse_function parse_query_statement; /* with INTO */
parse_function parse_with;
parse_function parse_with_statement; /* WITH ... {SELECT | UPDATE | DELETE} */
struct sql_node *parse_query_with(struct sql_parser *p, struct sql_node *with, uint32_t first);
parse_function parse_table_list; /* behind FROM */
parse_function parse_item_list;
parse_function parse_limit; /* behind LIMIT */
parse_function parse_limit_value;
parse_function parse_into; /* at INTO */
parse_function parse_fields_and_lines;
/* Continues a query of which the first operand, in parentheses, was read. */
struct sql_node *parse_query_after(struct sql_parser *p, struct sql_node *operand, uint32_t first);
bool continues_query(const struct sql_parser *p);

/* Statements. Each starts at its first word. */
parse_function parse_statement; /* any; also inside programs */
parse_function parse_insert;
parse_function parse_update;
parse_function parse_delete;
parse_function parse_load;
parse_function parse_truncate;
parse_function parse_call_statement;
parse_function parse_do;
void accept_wait(struct sql_parser *p); /* [WAIT n | NOWAIT] of MariaDB's DDL */
parse_function parse_create;
parse_function parse_alter;
parse_function parse_drop;
parse_function parse_rename;
parse_function parse_lock;
parse_function parse_use;

/* What may stand between CREATE and the kind of object. */
struct definition {
    struct sql_node *definer; /* ACCOUNT, or NULL */
    enum sql_security security;
    bool view; /* something was written that only views have */
};
/* The rest of the objects: accounts, routines, servers ... */
struct sql_node *parse_create_other(struct sql_parser *p, uint32_t first, uint32_t flags,
                                    const struct definition *definition);
struct sql_node *parse_alter_other(struct sql_parser *p, uint32_t first,
                                   const struct definition *definition);
struct sql_node *parse_drop_other(struct sql_parser *p, uint32_t first, uint32_t flags);
struct sql_node *parse_create_admin(struct sql_parser *p, uint32_t first, uint32_t flags);
struct sql_node *parse_create_program(struct sql_parser *p, uint32_t first, uint32_t flags,
                                      const struct definition *definition);
struct sql_node *parse_alter_program(struct sql_parser *p, uint32_t first,
                                     const struct definition *definition);
struct sql_node *parse_drop_program(struct sql_parser *p, uint32_t first);
struct sql_node *parse_rename_user(struct sql_parser *p, uint32_t first);
struct sql_node *parse_set_other(struct sql_parser *p, uint32_t first);
struct sql_node *parse_view(struct sql_parser *p, uint32_t first, uint32_t flags, bool alter,
                            const struct definition *definition);
parse_function parse_set;
parse_function parse_show;
parse_function parse_explain;
parse_function parse_transaction; /* START, BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE */
parse_function parse_prepared;    /* PREPARE, EXECUTE, DEALLOCATE */
parse_function parse_admin;
parse_function parse_grant;
parse_function parse_revoke;
parse_function parse_handler;
parse_function parse_xa;
parse_function parse_signal;
parse_function parse_get_diagnostics;
parse_function parse_compound;          /* BEGIN NOT ATOMIC */
parse_function parse_body;              /* of a stored program */
parse_function parse_program_statement; /* NULL: none of those that only programs have */

struct sql_node *parse_dml_with(struct sql_parser *p, struct sql_node *with, uint32_t first);
struct sql_node *parse_assignment_list(struct sql_parser *p);

/* Tables: parse_ddl_table.c, parse_ddl_column.c */
struct sql_node *parse_create_table(struct sql_parser *p, uint32_t first, uint32_t flags);
struct sql_node *parse_alter_table(struct sql_parser *p, uint32_t first, uint32_t flags);
parse_function parse_table_element;
parse_function parse_column_def;
parse_function parse_column_type;        /* parse_type.c: a data type */
parse_function parse_result_type;        /* with COLLATE */
parse_function parse_type;               /* of a variable: MariaDB's ROW and TYPE OF too */
parse_function parse_changed_column_def; /* without REFERENCES */
parse_function parse_engine_option;      /* identifier = value: MariaDB */
bool is_engine_option(const struct sql_parser *p);
struct sql_node *parse_default_value(struct sql_parser *p, bool now);
struct sql_node *parse_check(struct sql_parser *p, struct sql_node *name, uint32_t first,
                             bool once);
parse_function parse_references;
/* parse_ddl_key.c */
struct sql_node *parse_key_parts(struct sql_parser *p, enum sql_index kind); /* in ( ) */
struct sql_node *parse_index_options(struct sql_parser *p, enum sql_index kind);
bool accept_index_type(struct sql_parser *p); /* {USING | TYPE} type */
bool is_key_or_check(const struct sql_parser *p);
bool is_period(const struct sql_parser *p);
void parse_algorithm_or_lock(struct sql_parser *p);
parse_function parse_partitioning;
parse_function parse_partition_defs; /* parse_partition.c */
parse_function parse_one_partition_def;
parse_function parse_key_or_check; /* INDEX, KEY, UNIQUE, PRIMARY, FOREIGN, CHECK, CONSTRAINT ... */
parse_function parse_size;         /* 4194304, 4M */
bool is_table_option(const struct sql_parser *p);
parse_function parse_table_option;
bool is_default_charset(const struct sql_parser *p);
parse_function parse_default_charset; /* [DEFAULT] {CHARACTER SET | COLLATE} [=] name */
parse_function parse_collate_name;
bool accept_if_exists(struct sql_parser *p);     /* IF EXISTS */
bool accept_if_not_exists(struct sql_parser *p); /* IF NOT EXISTS */
bool accept_charset_words(struct sql_parser *p); /* CHARSET | CHARACTER SET | CHAR SET */

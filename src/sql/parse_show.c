/* SPDX-License-Identifier: Apache-2.0
 *
 * SHOW, DESCRIBE, EXPLAIN.
 */
#include "sql/parser.h"

static struct sql_node *show_new(struct sql_parser *p, uint32_t first, enum sql_show form)
{
    struct sql_node *show = node_new(p, SQL_SHOW, first);

    show->op = (uint16_t)form;
    return show;
}

/* [LIKE 'pattern' | WHERE expr] */
static void parse_wild(struct sql_parser *p, struct sql_node *show)
{
    if (accept(p, W_LIKE))
        show->child[SQL_SHOW_LIKE] = parse_string(p);
    else if (accept(p, W_WHERE))
        show->child[SQL_SHOW_WHERE] = parse_expr(p);
}

/* [{FROM | IN} schema] */
static void parse_show_schema(struct sql_parser *p, struct sql_node *show)
{
    if (accept(p, W_FROM) || accept(p, W_IN))
        show->child[SQL_SHOW_SCHEMA] = parse_ident(p);
}

/* [{FROM | IN} schema] [LIKE 'pattern' | WHERE expr] */
static struct sql_node *parse_show_in_schema(struct sql_parser *p, struct sql_node *show)
{
    parse_show_schema(p, show);
    parse_wild(p, show);
    return node_finish(p, show);
}

/* {FROM | IN} table [{FROM | IN} schema] [LIKE 'pattern' | WHERE expr] */
static struct sql_node *parse_show_of_table(struct sql_parser *p, struct sql_node *show)
{
    if (!accept(p, W_FROM))
        expect(p, W_IN);
    show->child[SQL_SHOW_OBJECT] = parse_name(p);
    return parse_show_in_schema(p, show);
}

static struct sql_node *parse_show_wild(struct sql_parser *p, struct sql_node *show)
{
    parse_wild(p, show);
    return node_finish(p, show);
}

/* CREATE {DATABASE | TABLE | VIEW | PROCEDURE | FUNCTION | TRIGGER | EVENT | USER ...} name */
static struct sql_node *parse_show_create(struct sql_parser *p, uint32_t first)
{
    static const struct {
        enum sql_word word;
        enum sql_show form;
    } forms[] = {{W_TABLE, SQL_SHOW_CREATE_TABLE},         {W_VIEW, SQL_SHOW_CREATE_VIEW},
                 {W_PROCEDURE, SQL_SHOW_CREATE_PROCEDURE}, {W_FUNCTION, SQL_SHOW_CREATE_FUNCTION},
                 {W_TRIGGER, SQL_SHOW_CREATE_TRIGGER},     {W_EVENT, SQL_SHOW_CREATE_EVENT},
                 {W_SEQUENCE, SQL_SHOW_CREATE_SEQUENCE},   {W_LIBRARY, SQL_SHOW_CREATE_LIBRARY},
                 {W_SERVER, SQL_SHOW_CREATE_SERVER}};
    struct sql_node *show = show_new(p, first, SQL_SHOW_NONE);

    p->at++;
    if (accept(p, W_DATABASE) || accept(p, W_SCHEMA)) {
        show->op = SQL_SHOW_CREATE_DATABASE;
        accept_if_not_exists(p);
        show->child[SQL_SHOW_OBJECT] = parse_ident(p);
        return node_finish(p, show);
    }
    if (accept(p, W_USER)) {
        show->op = SQL_SHOW_CREATE_USER;
        if (p->mysql || (p->at < p->end && !is_kind(p, SQL_TOKEN_SEMICOLON)))
            show->child[SQL_SHOW_OBJECT] = parse_account(p);
        return node_finish(p, show);
    }
    if (p->mysql && accept2(p, W_MASKING, W_POLICY)) {
        show->op = SQL_SHOW_GENERIC;
        show->child[SQL_SHOW_OBJECT] = parse_ident(p);
        return node_finish(p, show);
    }
    if (is(p, W_SERVER) && (p->mysql || p->version < 120000))
        return parse_syntax(p, "an object");
    if (!p->mysql && accept(p, W_PACKAGE)) {
        show->op = SQL_SHOW_CREATE_PACKAGE;
        accept(p, W_BODY);
        show->child[SQL_SHOW_OBJECT] = parse_name(p);
        return node_finish(p, show);
    }
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (!accept(p, forms[i].word))
            continue;
        show->op = (uint16_t)forms[i].form;
        show->child[SQL_SHOW_OBJECT] = parse_name(p);
        return node_finish(p, show);
    }
    return parse_syntax(p, "an object");
}

/* {PROCEDURE | FUNCTION} {STATUS [LIKE ... | WHERE ...] | CODE name} */
static struct sql_node *parse_show_routine(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show = show_new(p, first, SQL_SHOW_PROCEDURE_STATUS);

    if (accept(p, W_FUNCTION))
        show->op = SQL_SHOW_FUNCTION_STATUS;
    else if (accept(p, W_PACKAGE)) {
        accept(p, W_BODY);
        show->op = SQL_SHOW_PACKAGE_STATUS;
    } else if (accept(p, W_LIBRARY)) {
        show->op = SQL_SHOW_LIBRARY_STATUS;
    } else {
        expect(p, W_PROCEDURE);
    }
    if (accept(p, W_CODE)) {
        show->op = SQL_SHOW_ROUTINE_CODE;
        show->child[SQL_SHOW_OBJECT] = parse_name(p);
        return node_finish(p, show);
    }
    expect(p, W_STATUS);
    return parse_show_wild(p, show);
}

/* ENGINE {name | ALL} {STATUS | LOGS | MUTEX} */
static struct sql_node *parse_show_engine(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show = show_new(p, first, SQL_SHOW_ENGINE);

    p->at++;
    if (!accept(p, W_ALL))
        show->child[SQL_SHOW_OBJECT] = parse_ident_or_string(p);
    if (!accept(p, W_STATUS) && !accept(p, W_LOGS))
        expect(p, W_MUTEX);
    return node_finish(p, show);
}

/* GRANTS [FOR user [USING role [, role] ...]] */
static struct sql_node *parse_show_grants(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show = show_new(p, first, SQL_SHOW_GRANTS);

    p->at++;
    if (accept(p, W_FOR)) {
        show->child[SQL_SHOW_OBJECT] = parse_account(p);
        if (p->mysql && accept(p, W_USING))
            parse_list(p, parse_account);
    }
    return node_finish(p, show);
}

static struct sql_node *parse_profile_type(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (accept(p, W_BLOCK) || accept(p, W_PAGE)) {
        if (p->t[first].word == W_BLOCK)
            expect(p, W_IO);
        else
            expect(p, W_FAULTS);
    } else if (accept(p, W_CONTEXT)) {
        expect(p, W_SWITCHES);
    } else if (!accept(p, W_ALL) && !accept(p, W_CPU) && !accept(p, W_IPC) &&
               !accept(p, W_MEMORY) && !accept(p, W_SOURCE) && !accept(p, W_SWAPS)) {
        return parse_syntax(p, "a type of profile");
    }
    return node_finish(p, node_new(p, SQL_WORDS, first));
}

/* PROFILE [type [, type] ...] [FOR QUERY n] [LIMIT ...] */
static struct sql_node *parse_show_profile(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show = show_new(p, first, SQL_SHOW_PROFILE);

    p->at++;
    if (!is(p, W_FOR) && !is(p, W_LIMIT) && p->at < p->end && !is_kind(p, SQL_TOKEN_SEMICOLON))
        parse_list(p, parse_profile_type);
    if (accept2(p, W_FOR, W_QUERY))
        parse_digits(p);
    if (accept(p, W_LIMIT))
        show->child[SQL_SHOW_LIMIT] = parse_limit(p);
    return node_finish(p, show);
}

/* [FOR CHANNEL 'name'] */
static void parse_channel(struct sql_parser *p)
{
    if (accept2(p, W_FOR, W_CHANNEL))
        parse_string(p);
}

/* {BINLOG | RELAYLOG} EVENTS [IN 'file'] [FROM n] [LIMIT ...] [FOR CHANNEL 'name'], the channel of
 * RELAYLOG alone */
static struct sql_node *parse_show_events_of_log(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show =
        show_new(p, first, is(p, W_BINLOG) ? SQL_SHOW_BINLOG_EVENTS : SQL_SHOW_RELAYLOG_EVENTS);

    p->at++;
    if (!p->mysql && show->op == SQL_SHOW_RELAYLOG_EVENTS && is_string(p))
        parse_string(p);
    expect(p, W_EVENTS);
    if (accept(p, W_IN))
        parse_string(p);
    if (accept(p, W_FROM))
        (void)(is_kind(p, SQL_TOKEN_HEX) ? parse_syntax(p, "a number") : parse_rounded(p));
    if (accept(p, W_LIMIT))
        show->child[SQL_SHOW_LIMIT] = parse_limit(p);
    if (show->op == SQL_SHOW_RELAYLOG_EVENTS)
        parse_channel(p);
    return node_finish(p, show);
}

/* The words MASTER and SLAVE went with MySQL 8.4. */
static bool has_old_words(const struct sql_parser *p)
{
    return !p->mysql || p->version < 80400;
}

/* {BINARY | MASTER} LOGS | MASTER STATUS    MySQL: BINARY LOG STATUS; MariaDB: BINLOG STATUS */
static struct sql_node *parse_show_binary(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show = show_new(p, first, SQL_SHOW_BINARY_LOGS);
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    if ((word == W_MASTER && !has_old_words(p)) || (word == W_BINLOG && p->mysql))
        return parse_syntax(p, NULL);
    p->at++;
    if (word != W_BINLOG && accept(p, W_LOGS))
        return node_finish(p, show);
    show->op = SQL_SHOW_BINARY_LOG_STATUS;
    if (word == W_BINARY) {
        if (!p->mysql || p->version < 80200)
            return parse_syntax(p, "LOGS");
        expect(p, W_LOG);
    }
    expect(p, W_STATUS);
    return node_finish(p, show);
}

/* {REPLICA | SLAVE} STATUS [FOR CHANNEL 'name'] | SLAVE HOSTS    MySQL: REPLICAS
 *   MariaDB: REPLICA HOSTS, ALL {SLAVES | REPLICAS} STATUS, {REPLICA | SLAVE} 'name' STATUS */
static struct sql_node *parse_show_replica(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show = show_new(p, first, SQL_SHOW_REPLICA_STATUS);
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    if ((word == W_SLAVE && !has_old_words(p)) || (word == W_ALL && p->mysql) ||
        (word == W_REPLICAS && !p->mysql))
        return parse_syntax(p, NULL);
    p->at++;
    if (word == W_ALL) {
        if (!accept(p, W_SLAVES))
            expect(p, W_REPLICAS);
        expect(p, W_STATUS);
        return node_finish(p, show);
    }
    if (word == W_REPLICAS || ((word == W_SLAVE || !p->mysql) && accept(p, W_HOSTS))) {
        show->op = SQL_SHOW_REPLICAS;
        return node_finish(p, show);
    }
    if (!p->mysql && is_string(p))
        parse_string(p);
    expect(p, W_STATUS);
    parse_channel(p);
    return node_finish(p, show);
}

/* {WARNINGS | ERRORS} [LIMIT ...] | COUNT ( * ) {WARNINGS | ERRORS} */
static struct sql_node *parse_show_diagnostics(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show = show_new(p, first, SQL_SHOW_WARNINGS);
    bool count = accept(p, W_COUNT);

    if (count) {
        expect_kind(p, SQL_TOKEN_LEFT);
        expect_kind(p, SQL_TOKEN_STAR);
        expect_kind(p, SQL_TOKEN_RIGHT);
        show->op = SQL_SHOW_COUNT_WARNINGS;
    }
    if (accept(p, W_ERRORS))
        show->op = count ? SQL_SHOW_COUNT_ERRORS : SQL_SHOW_ERRORS;
    else
        expect(p, W_WARNINGS);
    if (!count && accept(p, W_LIMIT))
        show->child[SQL_SHOW_LIMIT] = parse_limit(p);
    return node_finish(p, show);
}

/* {INDEX | INDEXES | KEYS} {FROM | IN} table [{FROM | IN} schema] [WHERE expr] */
static struct sql_node *parse_show_index(struct sql_parser *p, struct sql_node *show)
{
    show->op = SQL_SHOW_INDEX;
    p->at++;
    if (!accept(p, W_FROM))
        expect(p, W_IN);
    show->child[SQL_SHOW_OBJECT] = parse_name(p);
    parse_show_schema(p, show);
    if (accept(p, W_WHERE))
        show->child[SQL_SHOW_WHERE] = parse_expr(p);
    return node_finish(p, show);
}

/* [EXTENDED] [FULL] {TABLES | COLUMNS | FIELDS} | [EXTENDED] {INDEX | KEYS} |
 * [FULL] {PROCESSLIST | TRIGGERS} | EVENTS | DATABASES    EXTENDED is MySQL's */
static struct sql_node *parse_show_full(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show = show_new(p, first, SQL_SHOW_TABLES);
    bool extended = p->mysql && accept(p, W_EXTENDED);
    bool full = accept(p, W_FULL);

    show->flags |= (extended ? SQL_FLAG_EXTENDED : 0u) | (full ? SQL_FLAG_FULL : 0u);
    if (accept(p, W_COLUMNS) || accept(p, W_FIELDS)) {
        show->op = SQL_SHOW_COLUMNS;
        return parse_show_of_table(p, show);
    }
    if (!full && (is(p, W_INDEX) || is(p, W_INDEXES) || is(p, W_KEYS)))
        return parse_show_index(p, show);
    if (!extended && accept(p, W_PROCESSLIST)) {
        show->op = SQL_SHOW_PROCESSLIST;
        return node_finish(p, show);
    }
    if (!extended && !full && (accept(p, W_DATABASES) || accept(p, W_SCHEMAS))) {
        show->op = SQL_SHOW_DATABASES;
        return parse_show_wild(p, show);
    }
    if (!extended && accept(p, W_TRIGGERS))
        show->op = SQL_SHOW_TRIGGERS;
    else if (!extended && !full && accept(p, W_EVENTS))
        show->op = SQL_SHOW_EVENTS;
    else
        expect(p, W_TABLES);
    return parse_show_in_schema(p, show);
}

/* [GLOBAL | SESSION | LOCAL] {VARIABLES | STATUS} [LIKE ... | WHERE ...] */
static struct sql_node *parse_show_variables(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show = show_new(p, first, SQL_SHOW_VARIABLES);

    if (sql_scope_at(p, 0) != SQL_SCOPE_NONE) {
        if (sql_scope_at(p, 0) == SQL_SCOPE_GLOBAL)
            show->flags |= SQL_FLAG_GLOBAL;
        p->at++;
    }
    if (accept(p, W_STATUS))
        show->op = SQL_SHOW_STATUS;
    else
        expect(p, W_VARIABLES);
    return parse_show_wild(p, show);
}

/* {EXPLAIN | ANALYZE} [FORMAT = name] FOR n    MariaDB: another session's plan */
static struct sql_node *parse_show_explain(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show =
        show_new(p, first, is(p, W_ANALYZE) ? SQL_SHOW_ANALYZE : SQL_SHOW_EXPLAIN);

    p->at++;
    if (accept(p, W_FORMAT)) {
        expect_kind(p, SQL_TOKEN_EQUAL);
        parse_ident_or_string(p);
    }
    expect(p, W_FOR);
    show->child[SQL_SHOW_OBJECT] = parse_expr(p);
    return node_finish(p, show);
}

/* PLUGINS [SONAME 'library'] */
static struct sql_node *parse_show_plugins(struct sql_parser *p, uint32_t first)
{
    struct sql_node *show = show_new(p, first, SQL_SHOW_PLUGINS);

    p->at++;
    if (!p->mysql && accept(p, W_SONAME)) {
        if (is_string(p))
            parse_string(p);
        else
            parse_wild(p, show);
    }
    return node_finish(p, show);
}

/* Forms of one or two words, with a pattern or without. */
static struct sql_node *parse_show_simple(struct sql_parser *p, uint32_t first)
{
    static const struct {
        enum sql_word first, second;
        enum sql_show form;
        bool wild, schema;
    } forms[] = {
        {W_OPEN, W_TABLES, SQL_SHOW_OPEN_TABLES, true, true},
        {W_TABLE, W_STATUS, SQL_SHOW_TABLE_STATUS, true, true},
        {W_CHARACTER, W_SET, SQL_SHOW_CHARACTER_SET, true, false},
        {W_CHAR, W_SET, SQL_SHOW_CHARACTER_SET, true, false},
        {W_CHARSET, SQL_NO_WORD, SQL_SHOW_CHARACTER_SET, true, false},
        {W_COLLATION, SQL_NO_WORD, SQL_SHOW_COLLATION, true, false},
        {W_STORAGE, W_ENGINES, SQL_SHOW_ENGINES, false, false},
        {W_ENGINES, SQL_NO_WORD, SQL_SHOW_ENGINES, false, false},
        {W_PRIVILEGES, SQL_NO_WORD, SQL_SHOW_PRIVILEGES, false, false},
        {W_PROFILES, SQL_NO_WORD, SQL_SHOW_PROFILES, false, false},
        {W_AUTHORS, SQL_NO_WORD, SQL_SHOW_AUTHORS, false, false},
        {W_CONTRIBUTORS, SQL_NO_WORD, SQL_SHOW_AUTHORS, false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (!is(p, forms[i].first) ||
            (forms[i].second != SQL_NO_WORD && word_at(p, 1) != forms[i].second))
            continue;
        struct sql_node *show = show_new(p, first, forms[i].form);
        p->at += forms[i].second != SQL_NO_WORD ? 2 : 1;
        if (forms[i].schema)
            parse_show_schema(p, show);
        if (forms[i].wild)
            parse_wild(p, show);
        return node_finish(p, show);
    }
    if (!p->mysql && is_ident(p)) { /* a plugin's table: LOCALES, CLIENT_STATISTICS ... */
        static const char *const names[] = {"LOCALES",          "CLIENT_STATISTICS",
                                            "USER_STATISTICS",  "INDEX_STATISTICS",
                                            "TABLE_STATISTICS", "QUERY_RESPONSE_TIME",
                                            "USER_VARIABLES"};
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            if (accept_text(p, str_of(names[i])))
                return parse_show_wild(
                    p, show_new(p, first, i == 0 ? SQL_SHOW_LOCALES : SQL_SHOW_STATISTICS));
    }
    return parse_unsupported(p, "SHOW of something unknown");
}

/* SHOW ... */
struct sql_node *parse_show(struct sql_parser *p)
{
    uint32_t first = p->at;

    expect(p, W_SHOW);
    switch ((int)p->t[p->at].word) {
    case W_CREATE:
        return parse_show_create(p, first);
    case W_PROCEDURE:
    case W_FUNCTION:
    case W_PACKAGE:
    case W_LIBRARY:
        return parse_show_routine(p, first);
    case W_ENGINE:
        return parse_show_engine(p, first);
    case W_GRANTS:
        return parse_show_grants(p, first);
    case W_PROFILE:
        return parse_show_profile(p, first);
    case W_BINLOG:
        if (word_at(p, 1) == W_STATUS)
            return parse_show_binary(p, first);
        return parse_show_events_of_log(p, first);
    case W_RELAYLOG:
        return parse_show_events_of_log(p, first);
    case W_BINARY:
    case W_MASTER:
        return parse_show_binary(p, first);
    case W_ALL:
    case W_SLAVE:
    case W_REPLICA:
    case W_REPLICAS:
        return parse_show_replica(p, first);
    case W_COUNT:
    case W_WARNINGS:
    case W_ERRORS:
        return parse_show_diagnostics(p, first);
    case W_EXTENDED:
    case W_FULL:
    case W_TABLES:
    case W_COLUMNS:
    case W_FIELDS:
    case W_INDEX:
    case W_INDEXES:
    case W_KEYS:
    case W_PROCESSLIST:
    case W_TRIGGERS:
    case W_EVENTS:
    case W_DATABASES:
    case W_SCHEMAS:
        return parse_show_full(p, first);
    case W_GLOBAL:
    case W_SESSION:
    case W_LOCAL:
    case W_VARIABLES:
    case W_STATUS:
        return parse_show_variables(p, first);
    case W_EXPLAIN:
    case W_ANALYZE:
        return p->mysql ? parse_syntax(p, NULL) : parse_show_explain(p, first);
    case W_PLUGINS:
        return parse_show_plugins(p, first);
    default: /* the rest are found by their words */
        return parse_show_simple(p, first);
    }
}

/* FORMAT = {TRADITIONAL | JSON | TREE} */
static void parse_explain_format(struct sql_parser *p, struct sql_node *explain)
{
    expect_kind(p, SQL_TOKEN_EQUAL);
    struct str format = p->at < p->end ? sql_token_value(p->text, p->at) : STR_NONE;
    parse_ident_or_string(p);
    if (str_equal_nocase(format, STR("json")))
        explain->op = SQL_FORMAT_JSON;
    else if (str_equal_nocase(format, STR("tree")))
        explain->op = SQL_FORMAT_TREE;
    else
        explain->op = SQL_FORMAT_TRADITIONAL;
}

/* SELECT | TABLE | VALUES | WITH | ( ... | INSERT | REPLACE | UPDATE | DELETE */
static struct sql_node *parse_explainable(struct sql_parser *p)
{
    switch ((int)p->t[p->at].word) {
    case W_INSERT:
    case W_REPLACE:
        return parse_insert(p);
    case W_UPDATE:
        return parse_update(p);
    case W_DELETE:
        return parse_delete(p);
    case W_WITH:
        return parse_with_statement(p);
    default:
        return is_query_start(p) ? parse_query_statement(p)
                                 : parse_syntax(p, "a statement to explain");
    }
}

/* {EXPLAIN | DESCRIBE | DESC} table [column | 'pattern'] */
static struct sql_node *parse_describe(struct sql_parser *p, uint32_t first)
{
    struct sql_node *column = NULL;
    struct sql_node *table = parse_name(p);

    if (is_string(p) || is_kind(p, SQL_TOKEN_HEX) || is_kind(p, SQL_TOKEN_BIT))
        column = parse_text_string(p);
    else if (p->at < p->end && !is_kind(p, SQL_TOKEN_SEMICOLON) && is_ident(p))
        column = parse_ident(p);
    return node_of(p, SQL_DESCRIBE, first, 0, table, column);
}

/* [INTO @variable] [FOR SCHEMA name]    MySQL */
static void parse_explain_into(struct sql_parser *p, struct sql_node *explain)
{
    if (!p->mysql)
        return;
    if (accept(p, W_INTO))
        explain->child[SQL_EXPLAIN_INTO] = parse_user_variable(p);
    if (accept2(p, W_FOR, W_SCHEMA) || accept2(p, W_FOR, W_DATABASE))
        explain->child[SQL_EXPLAIN_SCHEMA] = parse_ident_or_string(p);
}

/* {EXPLAIN | DESCRIBE | DESC} [ANALYZE] [FORMAT = name] [INTO @variable] [FOR SCHEMA name]
 *     {statement | FOR CONNECTION n}
 * MariaDB: [EXTENDED | PARTITIONS]; ANALYZE [FORMAT = name] statement */
struct sql_node *parse_explain(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *explain = node_new(p, SQL_EXPLAIN, first);

    if (accept(p, W_ANALYZE))
        explain->flags |= SQL_FLAG_ANALYZE;
    else
        p->at++;
    if (p->mysql && accept(p, W_ANALYZE))
        explain->flags |= SQL_FLAG_ANALYZE;
    bool worded = p->at > first + 1;
    if ((is(p, W_EXTENDED) || is(p, W_PARTITIONS)) && !p->mysql && explain->flags == 0 &&
        (is_query_start(p) || word_at(p, 1) != SQL_NO_WORD || kind_at(p, 1) == SQL_TOKEN_LEFT)) {
        p->at++;
        worded = true;
    }
    if (is(p, W_FORMAT) && kind_at(p, 1) == SQL_TOKEN_EQUAL) {
        p->at++;
        parse_explain_format(p, explain);
        worded = true;
    }
    parse_explain_into(p, explain);
    bool analyze = !p->mysql && (explain->flags & SQL_FLAG_ANALYZE);
    if (!analyze && accept2(p, W_FOR, W_CONNECTION)) {
        explain->child[SQL_EXPLAIN_CONNECTION] = p->mysql ? parse_unsigned(p) : parse_expr(p);
        return node_finish(p, explain);
    }
    if (!worded && explain->flags == 0 && (is_ident(p) || (!p->mysql && is_kind(p, SQL_TOKEN_DOT))))
        return parse_describe(p, first);
    if (!enter(p))
        return p->spare;
    explain->child[SQL_EXPLAIN_STATEMENT] = parse_explainable(p);
    leave(p);
    return node_finish(p, explain);
}

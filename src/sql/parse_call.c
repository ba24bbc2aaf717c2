/* SPDX-License-Identifier: Apache-2.0
 *
 * Function calls: those with a syntax of their own, aggregates, words that need no parentheses, and
 * plain calls. All become CALL nodes (ast.h). Window functions are in parse_window.c, CAST and
 * CONVERT in parse_cast.c.
 *
 * One table says which words call what: how a word is read is its row, not code.
 */
#include "sql/parser.h"

enum call_style {
    CALL_NONE = 0,
    CALL_PLAIN,      /* name ( [expr [, expr] ...] ) */
    CALL_NOW,        /* name [( [digits] )] */
    CALL_NOW_PARENS, /* name ( [digits] ) */
    CALL_COUNT,      /* name ( {[ALL] expr | [ALL] * | DISTINCT expr, ...} ) [OVER ...] */
    CALL_AGGREGATE,  /* name ( [DISTINCT] [ALL] expr ) [OVER ...] */
    CALL_STATISTIC,  /* name ( [ALL] expr ) [OVER ...] */
    CALL_OBJECTAGG,  /* name ( expr, expr ) [OVER ...] */
    CALL_ARRAYAGG,   /* MariaDB: as GROUP_CONCAT without a separator */
    CALL_CONCAT,     /* GROUP_CONCAT */
    CALL_WINDOW,     /* parse_window.c */
    CALL_MEDIAN,
    CALL_PERCENTILE, /* name ( expr ) WITHIN GROUP ( ORDER BY ... ) OVER ... */
    CALL_CAST,
    CALL_CONVERT,
    CALL_CHAR,
    CALL_ADDDATE,  /* name ( expr , {INTERVAL expr unit | expr} ) */
    CALL_DATE_ADD, /* name ( expr , INTERVAL expr unit ) */
    CALL_EXTRACT,
    CALL_GET_FORMAT,
    CALL_POSITION,
    CALL_SUBSTRING,
    CALL_TRIM,
    CALL_TIMESTAMPADD,
    CALL_WEIGHT_STRING,
    CALL_JSON_VALUE,
    CALL_DUALITY, /* JSON_DUALITY_OBJECT */
    CALL_VALUES,
    CALL_COLUMN_CREATE, /* MariaDB's dynamic columns: name ( expr, expr [AS type], ... ) */
    CALL_COLUMN_ADD,
    CALL_COLUMN_GET,
    CALL_SEQUENCE, /* NEXTVAL(name), LASTVAL(name) */
    CALL_SETVAL,
};

/* How many arguments the grammar takes. */
struct call_arity {
    uint8_t least, most; /* the other way round: the word is no call here */
};
#define MANY 255
#define OWN                                                                                        \
    {                                                                                              \
        0, MANY                                                                                    \
    } /* what its style says */
#define GENERIC                                                                                    \
    {                                                                                              \
        0, MANY                                                                                    \
    } /* as any name: counted when the statement is resolved */
#define ABSENT                                                                                     \
    {                                                                                              \
        1, 0                                                                                       \
    }

struct call_row {
    enum sql_word word;
    enum call_style style;
    struct call_arity mysql, mariadb;
};

static const struct call_row call_rows[] = {
    {W_COUNT, CALL_COUNT, OWN, OWN},
    {W_SUM, CALL_AGGREGATE, OWN, OWN},
    {W_AVG, CALL_AGGREGATE, OWN, OWN},
    {W_MIN, CALL_AGGREGATE, OWN, OWN},
    {W_MAX, CALL_AGGREGATE, OWN, OWN},
    {W_BIT_AND, CALL_STATISTIC, OWN, OWN},
    {W_BIT_OR, CALL_STATISTIC, OWN, OWN},
    {W_BIT_XOR, CALL_STATISTIC, OWN, OWN},
    {W_STD, CALL_STATISTIC, OWN, OWN},
    {W_STDDEV, CALL_STATISTIC, OWN, OWN},
    {W_STDDEV_POP, CALL_STATISTIC, OWN, OWN},
    {W_STDDEV_SAMP, CALL_STATISTIC, OWN, OWN},
    {W_VARIANCE, CALL_STATISTIC, OWN, OWN},
    {W_VAR_POP, CALL_STATISTIC, OWN, OWN},
    {W_VAR_SAMP, CALL_STATISTIC, OWN, OWN},
    {W_ST_COLLECT, CALL_AGGREGATE, OWN, ABSENT},
    {W_JSON_OBJECTAGG, CALL_OBJECTAGG, OWN, OWN},
    {W_JSON_ARRAYAGG, CALL_ARRAYAGG, OWN, OWN},
    {W_GROUP_CONCAT, CALL_CONCAT, OWN, OWN},
    {W_ROW_NUMBER, CALL_WINDOW, {0, 0}, {0, 0}},
    {W_RANK, CALL_WINDOW, {0, 0}, {0, 0}},
    {W_DENSE_RANK, CALL_WINDOW, {0, 0}, {0, 0}},
    {W_PERCENT_RANK, CALL_WINDOW, {0, 0}, {0, 0}},
    {W_CUME_DIST, CALL_WINDOW, {0, 0}, {0, 0}},
    {W_NTILE, CALL_WINDOW, {1, 1}, {1, 1}},
    {W_LEAD, CALL_WINDOW, {1, 3}, {1, 2}},
    {W_LAG, CALL_WINDOW, {1, 3}, {1, 2}},
    {W_FIRST_VALUE, CALL_WINDOW, {1, 1}, {1, 1}},
    {W_LAST_VALUE, CALL_WINDOW, {1, 1}, {1, MANY}},
    {W_NTH_VALUE, CALL_WINDOW, {2, 2}, {2, 2}},
    {W_MEDIAN, CALL_MEDIAN, ABSENT, {1, 1}},
    {W_PERCENTILE_CONT, CALL_PERCENTILE, ABSENT, OWN},
    {W_PERCENTILE_DISC, CALL_PERCENTILE, ABSENT, OWN},
    {W_CURRENT_DATE, CALL_NOW, {0, 0}, {0, 0}},
    {W_CURRENT_TIME, CALL_NOW, {0, 1}, {0, 1}},
    {W_CURRENT_TIMESTAMP, CALL_NOW, {0, 1}, {0, 1}},
    {W_LOCALTIME, CALL_NOW, {0, 1}, {0, 1}},
    {W_LOCALTIMESTAMP, CALL_NOW, {0, 1}, {0, 1}},
    {W_UTC_DATE, CALL_NOW, {0, 0}, {0, 0}},
    {W_UTC_TIME, CALL_NOW, {0, 1}, {0, 1}},
    {W_UTC_TIMESTAMP, CALL_NOW, {0, 1}, {0, 1}},
    {W_CURRENT_USER, CALL_NOW, {0, 0}, {0, 0}},
    {W_CURRENT_ROLE, CALL_NOW, ABSENT, {0, 0}},
    {W_CURDATE, CALL_NOW_PARENS, {0, 0}, {0, 0}},
    {W_CURTIME, CALL_NOW_PARENS, {0, 1}, {0, 1}},
    {W_NOW, CALL_NOW_PARENS, {0, 1}, {0, 1}},
    {W_SYSDATE, CALL_NOW_PARENS, {0, 1}, {0, 1}},
    {W_CAST, CALL_CAST, OWN, OWN},
    {W_CONVERT, CALL_CONVERT, OWN, OWN},
    {W_CHAR, CALL_CHAR, {1, MANY}, {1, MANY}},
    {W_CHARACTER, CALL_CHAR, {1, MANY}, {1, MANY}},
    {W_ADDDATE, CALL_ADDDATE, OWN, OWN},
    {W_SUBDATE, CALL_ADDDATE, OWN, OWN},
    {W_DATE_ADD, CALL_DATE_ADD, OWN, OWN},
    {W_DATE_SUB, CALL_DATE_ADD, OWN, OWN},
    {W_EXTRACT, CALL_EXTRACT, OWN, OWN},
    {W_GET_FORMAT, CALL_GET_FORMAT, OWN, OWN},
    {W_POSITION, CALL_POSITION, OWN, OWN},
    {W_SUBSTRING, CALL_SUBSTRING, OWN, OWN},
    {W_SUBSTR, CALL_SUBSTRING, OWN, OWN},
    {W_MID, CALL_SUBSTRING, OWN, OWN},
    {W_TRIM, CALL_TRIM, OWN, OWN},
    {W_TIMESTAMPADD, CALL_TIMESTAMPADD, OWN, OWN},
    {W_TIMESTAMPDIFF, CALL_TIMESTAMPADD, OWN, OWN},
    {W_WEIGHT_STRING, CALL_WEIGHT_STRING, OWN, OWN},
    {W_JSON_DUALITY_OBJECT, CALL_DUALITY, OWN, ABSENT},
    {W_JSON_VALUE, CALL_JSON_VALUE, OWN, ABSENT},
    {W_VALUES, CALL_VALUES, OWN, OWN},
    {W_VALUE, CALL_VALUES, ABSENT, OWN},
    {W_COLUMN_CREATE, CALL_COLUMN_CREATE, ABSENT, OWN},
    {W_COLUMN_ADD, CALL_COLUMN_ADD, ABSENT, OWN},
    {W_COLUMN_GET, CALL_COLUMN_GET, ABSENT, OWN},
    {W_COLUMN_DELETE, CALL_PLAIN, ABSENT, {2, MANY}},
    {W_NEXTVAL, CALL_SEQUENCE, ABSENT, OWN},
    {W_LASTVAL, CALL_SEQUENCE, ABSENT, OWN},
    {W_SETVAL, CALL_SETVAL, ABSENT, OWN},
    {W_ROWNUM, CALL_PLAIN, ABSENT, {0, 0}},
    /* reserved words that are plain functions */
    {W_DATABASE, CALL_PLAIN, {0, 0}, GENERIC},
    {W_SCHEMA, CALL_PLAIN, {0, 0}, GENERIC},
    {W_GROUPING, CALL_PLAIN, {1, MANY}, ABSENT},
    {W_IF, CALL_PLAIN, {3, 3}, {3, 3}},
    {W_INSERT, CALL_PLAIN, {4, 4}, {4, 4}},
    {W_INTERVAL, CALL_PLAIN, {2, MANY}, {2, MANY}},
    {W_LEFT, CALL_PLAIN, {2, 2}, {2, 2}},
    {W_MOD, CALL_PLAIN, {2, 2}, {2, 2}},
    {W_REPEAT, CALL_PLAIN, {2, 2}, {2, 2}},
    {W_REPLACE, CALL_PLAIN, {3, 3}, {3, 3}},
    {W_RIGHT, CALL_PLAIN, {2, 2}, {2, 2}},
    {W_SESSION_USER, CALL_PLAIN, {0, 0}, {0, 0}},
    {W_SYSTEM_USER, CALL_PLAIN, {0, 0}, {0, 0}},
    {W_USER, CALL_PLAIN, {0, 0}, {0, 0}},
    {W_TRUNCATE, CALL_PLAIN, {2, 2}, {2, 2}},
    {W_PASSWORD, CALL_PLAIN, ABSENT, {1, 1}},
    {W_TRIM_ORACLE, CALL_TRIM, ABSENT, OWN},
    /* MySQL's other words that are plain functions (MariaDB takes any that is not reserved) */
    {W_ASCII, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_CHARSET, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_COALESCE, CALL_PLAIN, {1, MANY}, GENERIC},
    {W_COLLATION, CALL_PLAIN, {1, 1}, GENERIC},
    {W_DATE, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_DAY, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_FORMAT, CALL_PLAIN, {2, 3}, GENERIC},
    {W_GEOMCOLLECTION, CALL_PLAIN, {0, MANY}, GENERIC},
    {W_GEOMETRYCOLLECTION, CALL_PLAIN, {0, MANY}, GENERIC},
    {W_HOUR, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_LINESTRING, CALL_PLAIN, {1, MANY}, GENERIC},
    {W_LOG, CALL_PLAIN, {1, 2}, GENERIC},
    {W_MICROSECOND, CALL_PLAIN, {1, 1}, GENERIC},
    {W_MINUTE, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_MONTH, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_MULTILINESTRING, CALL_PLAIN, {1, MANY}, GENERIC},
    {W_MULTIPOINT, CALL_PLAIN, {1, MANY}, GENERIC},
    {W_MULTIPOLYGON, CALL_PLAIN, {1, MANY}, GENERIC},
    {W_POINT, CALL_PLAIN, {2, 2}, GENERIC},
    {W_POLYGON, CALL_PLAIN, {1, MANY}, GENERIC},
    {W_QUARTER, CALL_PLAIN, {1, 1}, GENERIC},
    {W_REVERSE, CALL_PLAIN, {1, 1}, GENERIC},
    {W_ROW_COUNT, CALL_PLAIN, {0, 0}, GENERIC},
    {W_SECOND, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_TIME, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_TIMESTAMP, CALL_PLAIN, {1, 2}, {1, 2}},
    {W_WEEK, CALL_PLAIN, {1, 2}, GENERIC},
    {W_YEAR, CALL_PLAIN, {1, 1}, {1, 1}},
    /* other spellings of units, hence of the functions */
    {W_SQL_TSI_SECOND, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_SQL_TSI_MINUTE, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_SQL_TSI_HOUR, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_SQL_TSI_DAY, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_SQL_TSI_WEEK, CALL_PLAIN, {1, 2}, GENERIC},
    {W_SQL_TSI_MONTH, CALL_PLAIN, {1, 1}, {1, 1}},
    {W_SQL_TSI_QUARTER, CALL_PLAIN, {1, 1}, GENERIC},
    {W_SQL_TSI_YEAR, CALL_PLAIN, {1, 1}, GENERIC},
    {W_ANY, CALL_NONE, ABSENT, ABSENT}, /* = ANY (...), not a function */
    {W_SOME, CALL_NONE, ABSENT, ABSENT},
};

/* Words that MariaDB has no function by, though they are not reserved. */
static const enum sql_word no_functions[] = {
    W_BACKUP,    W_BEGIN,      W_BINLOG,    W_BIT,        W_BOOL,      W_BOOLEAN,   W_BYTE,
    W_CACHE,     W_CHECKPOINT, W_CHECKSUM,  W_CLOB,       W_CLOSE,     W_CODE,      W_COMMENT,
    W_COMMIT,    W_COMPRESSED, W_DATETIME,  W_DEALLOCATE, W_DO,        W_END,       W_ENUM,
    W_EXAMINED,  W_EXCLUDE,    W_EXECUTE,   W_FIXED,      W_FLUSH,     W_FOLLOWING, W_FOLLOWS,
    W_FUNCTION,  W_GET,        W_GLOBAL,    W_HANDLER,    W_HELP,      W_HOST,      W_ID,
    W_IGNORED,   W_INSTALL,    W_JSON,      W_LANGUAGE,   W_LOCAL,     W_MEDIUM,    W_NAMES,
    W_NATIONAL,  W_NCHAR,      W_NO,        W_NUMBER,     W_NVARCHAR,  W_OPEN,      W_OPTION,
    W_OPTIONS,   W_OTHERS,     W_OWNER,     W_PARSER,     W_PERIOD,    W_PORT,      W_PRECEDES,
    W_PRECEDING, W_PREPARE,    W_RAW,       W_REMOVE,     W_REPAIR,    W_REPLICA,   W_REPLICAS,
    W_RESET,     W_RESTORE,    W_ROLE,      W_ROLLBACK,   W_SAVEPOINT, W_SECURITY,  W_SERIAL,
    W_SERVER,    W_SESSION,    W_SHUTDOWN,  W_SIGNED,     W_SLAVE,     W_SLAVES,    W_SOCKET,
    W_SONAME,    W_SOUNDS,     W_START,     W_STOP,       W_STORED,    W_TEXT,      W_TIES,
    W_UNBOUNDED, W_UNICODE,    W_UNINSTALL, W_UPGRADE,    W_VARCHAR2,  W_WINDOW,    W_WRAPPER,
    W_XA};

static bool is_no_function(enum sql_word word)
{
    for (size_t i = 0; i < ARRAY_LEN(no_functions); i++)
        if (no_functions[i] == word)
            return true;
    return false;
}

static const struct call_row generic_row = {SQL_NO_WORD, CALL_PLAIN, GENERIC, GENERIC};

/* How the word at hand is called; NULL: it is no function. MariaDB takes any word that is not
 * reserved for one. */
static const struct call_row *call_row(const struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    for (size_t i = 0; i < ARRAY_LEN(call_rows); i++) {
        if (call_rows[i].word != word)
            continue;
        if (word == W_VALUES && !p->mysql && !p->values_is_call)
            return NULL;
        const struct call_arity *arity = p->mysql ? &call_rows[i].mysql : &call_rows[i].mariadb;
        if (arity->least <= arity->most)
            return &call_rows[i];
        if (call_rows[i].style == CALL_NONE)
            return NULL;
    }
    return p->mysql || !is_ident(p) || is_no_function(word) ? NULL : &generic_row;
}

static enum call_style call_style(const struct sql_parser *p)
{
    const struct call_row *row = call_row(p);

    return row ? row->style : CALL_NONE;
}

bool sql_is_call(const struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;
    bool parens = kind_at(p, 1) == SQL_TOKEN_LEFT;

    if (word == SQL_NO_WORD)
        return parens;
    if (parens)
        return call_style(p) != CALL_NONE;
    if (is_ident(p))
        return !p->mysql && (word == W_NEXT || word == W_PREVIOUS) && word_at(p, 1) == W_VALUE &&
               word_at(p, 2) == W_FOR;
    return call_style(p) == CALL_NOW;
}

/* [expr [, expr] ...], up to a ) that is not taken */
struct sql_node *parse_argument_list(struct sql_parser *p)
{
    uint32_t first = p->at;

    if (is_kind(p, SQL_TOKEN_RIGHT))
        return list_end(p, list_begin(p), SQL_LIST, first);
    return parse_list(p, parse_expr);
}

/* expr [[AS] alias], as loadable functions may have it */
static struct sql_node *parse_named_argument(struct sql_parser *p)
{
    uint32_t first = p->at;
    struct sql_node *value = parse_expr(p);

    if (is_kind(p, SQL_TOKEN_COMMA) || is_kind(p, SQL_TOKEN_RIGHT))
        return value;
    struct sql_node *name = parse_alias(p, true);
    if (name == NULL)
        return value;
    return node_of(p, SQL_NAMED_ARGUMENT, first, 0, value, name);
}

static struct sql_node *empty_list(struct sql_parser *p)
{
    return list_end(p, list_begin(p), SQL_LIST, p->at);
}

/* in_sum_expr: [ALL] expr */
static struct sql_node *parse_summed(struct sql_parser *p)
{
    accept(p, W_ALL);
    return parse_expr(p);
}

static struct sql_node *parse_star(struct sql_parser *p)
{
    return node_leaf(p, SQL_STAR);
}

/* COUNT ( {[ALL] expr | [ALL] * | DISTINCT expr [, expr] ...} ) | SUM ( [DISTINCT] [ALL] expr )
 * | STD ( [ALL] expr ) */
static void parse_aggregate(struct sql_parser *p, struct sql_node *call, enum call_style style)
{
    if (is(p, W_ALL))
        call->flags |= SQL_FLAG_ALL;
    if (style != CALL_STATISTIC && accept(p, W_DISTINCT))
        call->flags |= SQL_FLAG_DISTINCT;
    bool distinct = sql_flag(call, SQL_FLAG_DISTINCT);
    uint32_t ahead = is(p, W_ALL) ? 1 : 0;
    if (style == CALL_COUNT && !distinct && kind_at(p, ahead) == SQL_TOKEN_STAR) {
        p->at += ahead;
        call->child[SQL_CALL_ARGUMENTS] = parse_list_of_one(p, parse_star);
    } else if (style == CALL_COUNT && distinct) {
        call->child[SQL_CALL_ARGUMENTS] = parse_list(p, parse_expr);
    } else {
        call->child[SQL_CALL_ARGUMENTS] = parse_list_of_one(p, parse_summed);
    }
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* JSON_OBJECTAGG ( expr , expr )    MySQL: [ALL] before each */
static void parse_objectagg(struct sql_parser *p, struct sql_node *call)
{
    parse_function *element = p->mysql ? parse_summed : parse_expr;
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, element(p));
    expect_kind(p, SQL_TOKEN_COMMA);
    list_add(p, element(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* JSON_ARRAYAGG ( [ALL] expr [{NULL | ABSENT} ON NULL] )    MySQL; the server knows nothing of
 * ABSENT but the words */
static void parse_arrayagg(struct sql_parser *p, struct sql_node *call)
{
    call->child[SQL_CALL_ARGUMENTS] = parse_list_of_one(p, parse_summed);
    if (p->version >= 90000 && (is(p, W_NULL) || is(p, W_ABSENT))) {
        if (is(p, W_ABSENT))
            parse_doubt(p, "JSON_ARRAYAGG ... ABSENT ON NULL");
        p->at++;
        expect2(p, W_ON, W_NULL);
    }
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* 'text' | x'41' | b'1' */
static struct sql_node *parse_separator(struct sql_parser *p)
{
    return is_kind(p, SQL_TOKEN_HEX) || is_kind(p, SQL_TOKEN_BIT) ? parse_number(p)
                                                                  : parse_string(p);
}

/* GROUP_CONCAT ( [DISTINCT] expr [, expr] ... [ORDER BY ...] [SEPARATOR 'text'] )
 * MariaDB: [LIMIT ...]; JSON_ARRAYAGG without a separator */
static void parse_concat(struct sql_parser *p, struct sql_node *call, bool separator)
{
    if (accept(p, W_DISTINCT))
        call->flags |= SQL_FLAG_DISTINCT;
    call->child[SQL_CALL_ARGUMENTS] = parse_list(p, parse_expr);
    if (accept2(p, W_ORDER, W_BY))
        call->child[SQL_CALL_ORDER] = parse_order_list(p);
    if (separator && accept(p, W_SEPARATOR))
        call->child[SQL_CALL_SEPARATOR] = parse_separator(p);
    if (!p->mysql && accept(p, W_LIMIT))
        call->child[SQL_CALL_LIMIT] = parse_limit(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* DATE_ADD ( expr , INTERVAL expr unit ); ADDDATE ( expr , {INTERVAL expr unit | expr} ) */
static void parse_date_add(struct sql_parser *p, struct sql_node *call, bool days)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_expr(p));
    expect_kind(p, SQL_TOKEN_COMMA);
    uint32_t at = p->at;
    if (is(p, W_INTERVAL) && !(days && is_interval_function(p))) {
        struct sql_node *interval = parse_interval(p);
        if (days && !is_kind(p, SQL_TOKEN_RIGHT) && !p->failed) {
            p->at = at; /* INTERVAL 1 DAY + x: an expression after all */
            interval = parse_expr(p);
        }
        list_add(p, interval);
    } else {
        list_add(p, days ? parse_expr(p) : parse_syntax(p, "INTERVAL"));
    }
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* unit of TIMESTAMPADD: those of one part */
static struct sql_node *parse_simple_unit(struct sql_parser *p)
{
    static const enum sql_word units[] = {
        W_MICROSECOND, W_SECOND,         W_MINUTE,         W_HOUR,
        W_DAY,         W_WEEK,           W_MONTH,          W_QUARTER,
        W_YEAR,        W_SQL_TSI_SECOND, W_SQL_TSI_MINUTE, W_SQL_TSI_HOUR,
        W_SQL_TSI_DAY, W_SQL_TSI_WEEK,   W_SQL_TSI_MONTH,  W_SQL_TSI_QUARTER,
        W_SQL_TSI_YEAR};

    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (is(p, units[i]))
            return node_leaf(p, SQL_UNIT);
    return parse_syntax(p, "a unit of time");
}

/* EXTRACT ( unit FROM expr ) | TIMESTAMPADD ( unit , expr , expr ) */
static void parse_unit_first(struct sql_parser *p, struct sql_node *call, bool extract)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, extract ? parse_interval_unit(p) : parse_simple_unit(p));
    if (extract)
        expect(p, W_FROM);
    else
        expect_kind(p, SQL_TOKEN_COMMA);
    list_add(p, parse_expr(p));
    if (!extract) {
        expect_kind(p, SQL_TOKEN_COMMA);
        list_add(p, parse_expr(p));
    }
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* GET_FORMAT ( {DATE | TIME | DATETIME | TIMESTAMP} , expr ) */
static void parse_get_format(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (!is(p, W_DATE) && !is(p, W_TIME) && !is(p, W_DATETIME) && !is(p, W_TIMESTAMP))
        parse_syntax(p, "DATE, TIME or DATETIME");
    list_add(p, node_leaf(p, SQL_UNIT));
    expect_kind(p, SQL_TOKEN_COMMA);
    list_add(p, parse_expr(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* POSITION ( bit_expr IN expr ) */
static void parse_position(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_bit_expr(p));
    expect(p, W_IN);
    list_add(p, parse_expr(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* SUBSTRING ( expr , expr [, expr] ) | SUBSTRING ( expr FROM expr [FOR expr] ) */
static void parse_substring(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_expr(p));
    if (accept(p, W_FROM)) {
        list_add(p, parse_expr(p));
        if (accept(p, W_FOR))
            list_add(p, parse_expr(p));
    } else {
        expect_kind(p, SQL_TOKEN_COMMA);
        list_add(p, parse_expr(p));
        if (accept_kind(p, SQL_TOKEN_COMMA))
            list_add(p, parse_expr(p));
    }
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* TRIM ( [[LEADING | TRAILING | BOTH] [expr] FROM] expr ) */
static void parse_trim(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    if (accept(p, W_LEADING))
        call->op = SQL_OP_LEADING;
    else if (accept(p, W_TRAILING))
        call->op = SQL_OP_TRAILING;
    else if (accept(p, W_BOTH))
        call->op = SQL_OP_BOTH;
    if (call->op == 0 || !is(p, W_FROM))
        list_add(p, parse_expr(p));
    if (call->op != 0 || is(p, W_FROM)) {
        expect(p, W_FROM);
        list_add(p, parse_expr(p));
    }
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* CHAR ( expr [, expr] ... [USING charset] ) */
static void parse_char(struct sql_parser *p, struct sql_node *call)
{
    call->child[SQL_CALL_ARGUMENTS] = parse_list(p, parse_expr);
    if (accept(p, W_USING))
        call->child[SQL_CALL_SEPARATOR] = parse_charset_name(p);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* VALUES ( column ) */
static void parse_values_call(struct sql_parser *p, struct sql_node *call)
{
    uint32_t first = p->at, mark = list_begin(p);

    list_add(p, parse_column(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    expect_kind(p, SQL_TOKEN_RIGHT);
}

/* {NEXT | PREVIOUS} VALUE FOR sequence    MariaDB */
static struct sql_node *parse_next_value(struct sql_parser *p)
{
    struct sql_node *call = node_new(p, SQL_CALL, p->at);
    struct sql_node *name = node_new(p, SQL_NAME, p->at);

    name->child[SQL_NAME_OBJECT] = node_leaf(p, SQL_IDENT);
    call->child[SQL_CALL_NAME] = node_finish(p, name);
    expect2(p, W_VALUE, W_FOR);
    uint32_t first = p->at, mark = list_begin(p);
    list_add(p, parse_name(p));
    call->child[SQL_CALL_ARGUMENTS] = list_end(p, mark, SQL_LIST, first);
    call->flags |= SQL_FLAG_NO_PARENTHESES;
    return node_finish(p, call);
}

/* Digits of a fraction of a second; MariaDB: a number of any spelling */
static struct sql_node *parse_fraction_digits(struct sql_parser *p)
{
    if (is_small_integer(p) || (!p->mysql && (is_kind(p, SQL_TOKEN_INTEGER) ||
                                              (is_kind(p, SQL_TOKEN_HEX) &&
                                               sql_token_text(p->text, p->at).ptr[0] == '0'))))
        return node_leaf(p, SQL_NUMBER);
    return parse_syntax(p, "a number of digits");
}

/* name [( [digits] )] */
static struct sql_node *parse_now(struct sql_parser *p, struct sql_node *call, bool digits)
{
    if (!accept_kind(p, SQL_TOKEN_LEFT)) {
        call->flags |= SQL_FLAG_NO_PARENTHESES;
        return node_finish(p, call);
    }
    call->child[SQL_CALL_ARGUMENTS] = !digits || is_kind(p, SQL_TOKEN_RIGHT)
                                          ? empty_list(p)
                                          : parse_list_of_one(p, parse_fraction_digits);
    expect_kind(p, SQL_TOKEN_RIGHT);
    return node_finish(p, call);
}

/* name ( [expr [, expr] ...] ), as many as the grammar counts; with what loadable and stored
 * functions add */
static void parse_plain(struct sql_parser *p, struct sql_node *call, struct call_arity arity,
                        bool generic)
{
    call->child[SQL_CALL_ARGUMENTS] =
        is_kind(p, SQL_TOKEN_RIGHT) ? empty_list(p)
                                    : parse_list(p, generic ? parse_named_argument : parse_expr);
    uint32_t count = call->child[SQL_CALL_ARGUMENTS]->count;
    if (!p->failed && (count < arity.least || (arity.most != MANY && count > arity.most)))
        parse_syntax(p, "another number of arguments");
    expect_kind(p, SQL_TOKEN_RIGHT);
}

static void parse_call_body(struct sql_parser *p, struct sql_node *call, enum call_style style,
                            struct call_arity arity)
{
    switch (style) {
    case CALL_COUNT:
    case CALL_AGGREGATE:
    case CALL_STATISTIC:
        parse_aggregate(p, call, style);
        break;
    case CALL_OBJECTAGG:
        parse_objectagg(p, call);
        break;
    case CALL_ARRAYAGG:
        if (p->mysql)
            parse_arrayagg(p, call);
        else
            parse_concat(p, call, false);
        break;
    case CALL_CONCAT:
        parse_concat(p, call, true);
        break;
    case CALL_CHAR:
        parse_char(p, call);
        break;
    case CALL_ADDDATE:
        parse_date_add(p, call, true);
        break;
    case CALL_DATE_ADD:
        parse_date_add(p, call, false);
        break;
    case CALL_EXTRACT:
        parse_unit_first(p, call, true);
        break;
    case CALL_TIMESTAMPADD:
        parse_unit_first(p, call, false);
        break;
    case CALL_GET_FORMAT:
        parse_get_format(p, call);
        break;
    case CALL_POSITION:
        parse_position(p, call);
        break;
    case CALL_SUBSTRING:
        parse_substring(p, call);
        break;
    case CALL_TRIM:
        parse_trim(p, call);
        break;
    case CALL_WEIGHT_STRING:
        parse_weight_string(p, call);
        break;
    case CALL_JSON_VALUE:
        parse_json_value(p, call);
        break;
    case CALL_DUALITY:
        parse_duality(p, call);
        break;
    case CALL_VALUES:
        parse_values_call(p, call);
        break;
    case CALL_COLUMN_CREATE:
    case CALL_COLUMN_ADD:
        parse_dynamic_columns(p, call, style == CALL_COLUMN_ADD);
        break;
    case CALL_COLUMN_GET:
        parse_column_get(p, call);
        break;
    case CALL_SEQUENCE:
    case CALL_SETVAL:
        parse_sequence_call(p, call, style == CALL_SETVAL);
        break;
    case CALL_NONE:
    case CALL_PLAIN:
    case CALL_NOW:
    case CALL_NOW_PARENS:
    case CALL_CAST:
    case CALL_CONVERT:
    case CALL_WINDOW:
    case CALL_MEDIAN:
    case CALL_PERCENTILE:
        parse_plain(p, call, arity, (call->flags & SQL_FLAG_GENERIC) != 0);
        break;
    }
}

/* Those that are not as the rest: NULL when the call at hand is none of them. */
static struct sql_node *parse_call_apart(struct sql_parser *p, enum call_style style)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;

    if (style == CALL_CAST)
        return parse_cast(p);
    if (style == CALL_CONVERT)
        return parse_convert(p);
    if ((word == W_NEXT || word == W_PREVIOUS) && word_at(p, 1) == W_VALUE &&
        word_at(p, 2) == W_FOR)
        return parse_next_value(p);
    if (style == CALL_PERCENTILE)
        return parse_percentile(p);
    if (style == CALL_MEDIAN)
        return parse_median(p);
    /* MariaDB: LAST_VALUE(a, b, ...) without OVER is another function. */
    return style == CALL_WINDOW ? parse_window_call(p) : NULL;
}

static bool style_has_over(enum call_style style)
{
    return style == CALL_COUNT || style == CALL_AGGREGATE || style == CALL_STATISTIC ||
           style == CALL_OBJECTAGG || style == CALL_DUALITY || style == CALL_ARRAYAGG ||
           style == CALL_CONCAT;
}

/* function_call: [schema .] name ( ... ) [OVER ...], and the forms of this file */
struct sql_node *parse_call(struct sql_parser *p)
{
    enum sql_word word = (enum sql_word)p->t[p->at].word;
    bool qualified = kind_at(p, 1) == SQL_TOKEN_DOT;
    const struct call_row *row = qualified || word == SQL_NO_WORD ? NULL : call_row(p);
    enum call_style style = row ? row->style : CALL_PLAIN;
    struct call_arity arity = row == NULL ? generic_row.mysql
                              : p->mysql  ? row->mysql
                                          : row->mariadb;
    struct sql_node *apart = qualified ? NULL : parse_call_apart(p, style);

    if (apart != NULL)
        return apart;
    struct sql_node *call = node_new(p, SQL_CALL, p->at);
    struct sql_node *name = node_new(p, SQL_NAME, p->at);
    if (qualified) {
        name->child[SQL_NAME_SCHEMA] = parse_ident(p);
        p->at++;
        if (kind_at(p, 1) == SQL_TOKEN_DOT) { /* MariaDB: schema.package.function */
            parse_doubt(p, "a package's function");
            parse_ident(p);
            p->at++;
        }
    }
    name->child[SQL_NAME_OBJECT] = qualified ? parse_ident(p) : node_leaf(p, SQL_IDENT);
    call->child[SQL_CALL_NAME] = node_finish(p, name);
    if (qualified || word == SQL_NO_WORD)
        call->flags |= SQL_FLAG_GENERIC;
    if (style == CALL_NOW || style == CALL_NOW_PARENS)
        return parse_now(p, call, arity.most > 0);
    expect_kind(p, SQL_TOKEN_LEFT);
    if (qualified)
        parse_plain(p, call, arity, false);
    else
        parse_call_body(p, call, style, arity);
    if (style_has_over(style))
        parse_over(p, call);
    return node_finish(p, call);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Each row is a text on which lexers disagree, and the tokens that the server sees in it. They
 * were tried on MySQL 9.7 and MariaDB 10.11.
 */
#include "reading.h"

struct trap {
    const char *name, *server, *mode, *charset;
    struct str sql;
    const char *tokens; /* with a bar behind each; NULL: refused */
};

#define TRAP(name, server, mode, charset, sql, tokens)                                             \
    {                                                                                              \
        name, server, mode, charset, STR_INIT(sql), tokens                                         \
    }
#define U "utf8mb4"

static const struct trap traps[] = {
    /* executable comments */
    TRAP("code in a comment", MYSQL, "", U, "/*!50000 DELETE FROM t */", "DELETE|FROM|t|"),
    TRAP("without a version", MYSQL, "", U, "SELECT 1 /*! +1 */", "SELECT|1|+|1|"),
    TRAP("version above the server's", MYSQL, "", U, "SELECT 1 /*!99999 +1 */", "SELECT|1|"),
    TRAP("version glued to code", MYSQL, "", U, "SELECT 1 /*!50000+1*/", "SELECT|1|+|1|"),
    TRAP("six digits and a blank", MYSQL, "", U, "SELECT 1 /*!090704 +1*/", "SELECT|1|+|1|"),
    TRAP("six digits, too new", MYSQL, "", U, "SELECT 1 /*!101119 +1*/", "SELECT|1|"),
    TRAP("six digits, no blank: five", MYSQL, "", U, "SELECT 1 /*!500000+1*/", "SELECT|1|0|+|1|"),
    TRAP("six digits on MySQL 8", MYSQL8, "", U, "SELECT 1 /*!080000 +1*/", NULL),
    TRAP("six digits", MARIADB, "", U, "SELECT 1 /*!101119 +1*/", "SELECT|1|+|1|"),
    TRAP("six digits, too new", MARIADB, "", U, "SELECT 1 /*!101120 +1*/", "SELECT|1|"),
    TRAP("MySQL 5.7's are passed over", MARIADB, "", U, "SELECT 1 /*!50701 +1*/", "SELECT|1|"),
    TRAP("... unless marked M", MARIADB, "", U, "SELECT 1 /*M!50701 +1*/", "SELECT|1|+|1|"),
    TRAP("M without a version", MARIADB, "", U, "SELECT 1 /*M! UNION SELECT ssn */",
         "SELECT|1|UNION|SELECT|ssn|"),
    TRAP("M is a plain comment", MYSQL, "", U, "SELECT 1 /*M! UNION SELECT ssn */", "SELECT|1|"),
    TRAP("m is a plain comment", MARIADB, "", U, "SELECT 1 /*m! +1 */", "SELECT|1|"),
    TRAP("a comment inside", MYSQL, "", U, "SELECT 1 /*!50000 /* x */ +1 */", "SELECT|1|+|1|"),
    TRAP("one end mark closes both", MYSQL, "", U, "SELECT 1 /*!50000 /*!50000 +1 */ +2",
         "SELECT|1|+|1|+|2|"),
    TRAP("... and the second is no mark", MYSQL, "", U, "SELECT 1 /*!50000 /*!50000 +1 */ +2 */",
         "SELECT|1|+|1|+|2|*|/|"),
    TRAP("passed over, one nested", MYSQL, "", U, "SELECT 1 /*!99999 /* x */ +1 */ +2",
         "SELECT|1|+|2|"),
    TRAP("not terminated", MYSQL, "", U, "SELECT 1 /*!50000 +1", NULL),
    TRAP("passed over, not terminated", MYSQL, "", U, "SELECT 1 /*!99999 +1", NULL),
    /* plain comments */
    TRAP("does not nest", MYSQL, "", U, "SELECT 1 /* a /* b */ +1 */", "SELECT|1|+|1|*|/|"),
    TRAP("not terminated", MYSQL, "", U, "SELECT 1 /* x", NULL),
    TRAP("half a comment", MYSQL, "", U, "SELECT 1 /*/ +1 */", "SELECT|1|"),
    TRAP("two minus signs", MYSQL, "", U, "SELECT 1--1", "SELECT|1|-|-|1|"),
    TRAP("... and a blank", MYSQL, "", U, "SELECT 1-- 1", "SELECT|1|"),
    TRAP("... and a control character", MYSQL, "", U,
         "SELECT 1--\x01"
         "1\n+2",
         "SELECT|1|+|2|"),
    TRAP("... and a line's end", MYSQL, "", U, "SELECT 1--\n+2", "SELECT|1|+|2|"),
    TRAP("... and the end", MYSQL, "", U, "SELECT 1--", "SELECT|1|"),
    TRAP("a return is no line's end", MYSQL, "", U, "SELECT 1 # x\r+2", "SELECT|1|"),
    TRAP("vertical tab and form feed", MYSQL, "", U,
         "SELECT\x0B"
         "a\x0C"
         "FROM\rt",
         "SELECT|a|FROM|t|"),
    TRAP("a NUL outside of quotes", MYSQL, "", U, "SELECT 1\0, 2", NULL),
    TRAP("a NUL that ends the text", MYSQL, "", U, "SELECT 1\0", "SELECT|1|"),
    TRAP("... with blanks and semicolons behind", MARIADB, "", U, "SELECT 1 \0 ;\n", "SELECT|1|"),
    TRAP("... but one alone", MARIADB, "", U, "SELECT 1\0\0", NULL),
    TRAP("... and not before a statement", MYSQL, "", U, "SELECT 1\0;SELECT 2", NULL),
    TRAP("a NUL in a comment", MYSQL, "", U, "SELECT 1 # \0\n, 2", NULL),
    TRAP("a NUL in a text", MYSQL, "", U, "SELECT 'a\0b'", "SELECT|'a\0"),
    /* quotes and modes */
    TRAP("double quotes", MYSQL, "", U, "SELECT \"a\"", "SELECT|\"a\"|"),
    TRAP("backslash", MYSQL, "", U, "SELECT 'a\\'' ; -- '", "SELECT|'a\\''|;|"),
    TRAP("no backslash", MYSQL, "NO_BACKSLASH_ESCAPES", U, "SELECT 'a\\'' ; -- '",
         "SELECT|'a\\'' ; -- '|"),
    TRAP("no backslash, closed", MYSQL, "NO_BACKSLASH_ESCAPES", U, "SELECT 'a\\', b, 'c'",
         "SELECT|'a\\'|,|b|,|'c'|"),
    TRAP("no escapes in names", MYSQL, "", U, "SELECT `a\\`, 1", "SELECT|`a\\`|,|1|"),
    TRAP("doubled quotes", MYSQL, "", U, "SELECT 'a''b', `c``d`", "SELECT|'a''b'|,|`c``d`|"),
    TRAP("not closed", MYSQL, "", U, "SELECT 'a", NULL),
    TRAP("a backslash at the end", MYSQL, "", U, "SELECT 'a\\'", NULL),
    TRAP("a name not closed", MYSQL, "", U, "SELECT `a", NULL),
    /* character sets */
    TRAP("gbk: one character, the quote closes", MYSQL, "", "gbk", "SELECT '\xBF\x5C' , ssn",
         "SELECT|'\xBF\x5C'|,|ssn|"),
    TRAP("utf8: the backslash escapes", MYSQL, "", U, "SELECT '\xBF\x5C' , ssn", NULL),
    TRAP("latin1: the backslash escapes", MYSQL, "", "latin1", "SELECT '\xBF\x5C' , ssn", NULL),
    TRAP("sjis", MYSQL, "", "sjis", "SELECT '\x95\x5C' , ssn", "SELECT|'\x95\x5C'|,|ssn|"),
    TRAP("big5", MYSQL, "", "big5", "SELECT '\xA5\x5C' , ssn", "SELECT|'\xA5\x5C'|,|ssn|"),
    TRAP("gb18030, four bytes", MYSQL, "", "gb18030", "SELECT '\x81\x30\x81\x30' , 1",
         "SELECT|'\x81\x30\x81\x30'|,|1|"),
    TRAP("behind a backslash a lead byte is one byte", MYSQL, "", "gbk", "SELECT '\\\xBF\x5C'', 1",
         "SELECT|'\\\xBF\x5C''|,|1|"),
    TRAP("gb2312 has no such trail byte", MYSQL, "", "gb2312", "SELECT '\xBF\x5C' , ssn", NULL),
    TRAP("a set that is not for clients", MYSQL, "", "utf16", "SELECT 1", NULL),
    TRAP("MariaDB's other grammar", MARIADB, "ORACLE", U, "SELECT 1", NULL),
    /* literals */
    TRAP("numbers", MYSQL, "", U, "SELECT 1e5, .5, 1., 1.e2, 1.5e+3",
         "SELECT|1e5|,|.5|,|1.|,|1.e2|,|1.5e+3|"),
    TRAP("an exponent without digits", MYSQL, "", U, "SELECT 1.e", NULL),
    TRAP("names that begin with digits", MYSQL, "", U, "SELECT 1e, 1a, 0xZ, 0X41, 0b2",
         "SELECT|1e|,|1a|,|0xZ|,|0X41|,|0b2|"),
    TRAP("a name behind a point", MYSQL, "", U, "SELECT a.1b, a .1, a.select",
         "SELECT|a|.|1b|,|a|.1|,|a|.|select|"),
    TRAP("hexadecimal and bits", MYSQL, "", U, "SELECT x'41', 0x41, b'01', 0b01",
         "SELECT|x'41'|,|0x41|,|b'01'|,|0b01|"),
    TRAP("half a byte", MYSQL, "", U, "SELECT x'4'", NULL),
    TRAP("introducers", MYSQL, "", U, "SELECT _utf8mb4'a', N'b', _none'c'",
         "SELECT|_utf8mb4|'a'|,|N'b'|,|_none|'c'|"),
    TRAP("adjacent texts", MYSQL, "", U, "SELECT '7''21' '7'", "SELECT|'7''21'|'7'|"),
    TRAP("variables", MYSQL, "", U, "SELECT @a.b, @'c d', @`e`, @@global.x, @@y",
         "SELECT|@a.b|,|@'c d'|,|@`e`|,|@@|global|.|x|,|@@|y|"),
    TRAP("a blank behind @@", MYSQL, "", U, "SELECT @@ x", NULL),
    TRAP("backslash N", MARIADB, "", U, "SELECT \\N", "SELECT|\\N|"),
    TRAP("no such literal", MYSQL, "", U, "SELECT \\N", NULL),
    TRAP("dollar quotes", MYSQL, "", U, "SELECT $$a'b$$, $x$ $$ $x$",
         "SELECT|$$a'b$$|,|$x$ $$ $x$|"),
    TRAP("dollars in names", MARIADB, "", U, "SELECT $$a$$, a$b", "SELECT|$$a$$|,|a$b|"),
    /* operators */
    TRAP("one of two is dropped", MYSQL, "", U, "SELECT !!1", "SELECT|!!|1|"),
    TRAP("both count", MARIADB, "", U, "SELECT !!1", "SELECT|!|!|1|"),
    TRAP("no operator", MYSQL, "", U, "SELECT 1=!0", NULL),
    TRAP("two operators", MARIADB, "", U, "SELECT 1=!0", "SELECT|1|=|!|0|"),
    TRAP("arrows", MYSQL, "", U, "SELECT a->'$.b', a->>'$.c'", "SELECT|a|->|'$.b'|,|a|->>|'$.c'|"),
    TRAP("no arrows", MARIADB, "", U, "SELECT a->1", "SELECT|a|-|>|1|"),
    TRAP("a range", MARIADB, "", U, "1..10", "1|..|10|"),
    /* hints */
    TRAP("a hint", MYSQL, "", U, "SELECT /*+ MAX_EXECUTION_TIME(1) */ 1",
         "SELECT|/*+ MAX_EXECUTION_TIME(1) */|1|"),
    TRAP("not behind a comment", MYSQL, "", U, "SELECT /* a */ /*+ x */ 1", "SELECT|1|"),
    TRAP("no hints", MARIADB, "", U, "SELECT /*+ x */ 1", "SELECT|1|"),
    TRAP("a quote left open", MYSQL, "", U, "SELECT /*+ x 'a */ 1", NULL),
    TRAP("a comment before a function's parenthesis", MYSQL, "IGNORE_SPACE", U,
         "SELECT COUNT/**/(a)", NULL),
    TRAP("a parameter glued to a name", MYSQL, "", U, "SELECT ?a", NULL),
    TRAP("bytes that are no letter", MYSQL, "", U,
         "SELECT \xA0"
         "1",
         NULL),
    TRAP("not UTF-8", MYSQL, "", U, "SELECT a\xC3", NULL),
};

static void tokens_are_those_of_the_server(void **state)
{
    (void)state;
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(traps); i++) {
        struct sql_context context = context_of(traps[i].server, traps[i].mode, traps[i].charset);
        reading_lex(&r, &context, traps[i].sql);
        if (r.ok != (traps[i].tokens != NULL))
            fail_msg("%s (%s): %s %.*s", traps[i].name, traps[i].server,
                     r.ok ? "was not refused" : "was refused:", STR_ARG(r.fault.message));
        if (!r.ok) {
            assert_true(r.fault.position > 0 || r.fault.code == FAULT_sql_unsupported);
            continue;
        }
        for (uint32_t k = 0; k < r.text.count; k++) {
            buf_put_str(&r.out, sql_token_text(&r.text, k));
            buf_put_u8(&r.out, '|');
        }
        struct str expected = str_of(traps[i].tokens);
        if (traps[i].tokens[expected.len - 1] != '|') { /* a NUL cut the expectation short */
            assert_true(str_starts(buf_str(&r.out), expected));
            continue;
        }
        if (!str_equal(buf_str(&r.out), expected))
            fail_msg("%s (%s): %.*s", traps[i].name, traps[i].server, STR_ARG(buf_str(&r.out)));
    }
    reading_stop(&r);
}

static void values_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *server, *mode;
        struct str sql, value;
    } rows[] = {
        {MYSQL, "", STR_INIT("'it''s'"), STR_INIT("it's")},
        {MYSQL, "", STR_INIT("'a\\'b\\\\'"), STR_INIT("a'b\\")},
        {MYSQL, "", STR_INIT("'\\n\\t\\r\\b\\0\\Z\\x'"), STR_INIT("\n\t\r\b\0\032x")},
        {MYSQL, "", STR_INIT("'\\%\\_'"), STR_INIT("\\%\\_")},
        {MYSQL, "NO_BACKSLASH_ESCAPES", STR_INIT("'a\\b'"), STR_INIT("a\\b")},
        {MYSQL, "", STR_INIT("`a``b\\`"), STR_INIT("a`b\\")},
        {MYSQL, "ANSI_QUOTES", STR_INIT("\"a\"\"b\""), STR_INIT("a\"b")},
        {MYSQL, "", STR_INIT("@'a b'"), STR_INIT("a b")},
        {MYSQL, "", STR_INIT("@a.b"), STR_INIT("a.b")},
        {MYSQL, "", STR_INIT("N'x'"), STR_INIT("x")},
        {MYSQL, "", STR_INIT("$q$ a $$ $q$"), STR_INIT(" a $$ ")},
    };
    struct reading r;

    reading_start(&r);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sql_context context = context_of(rows[i].server, rows[i].mode, U);
        reading_lex(&r, &context, rows[i].sql);
        assert_true(r.ok);
        assert_int_equal(r.text.count, 1);
        assert_str(sql_token_value(&r.text, 0), rows[i].value);
    }
    reading_stop(&r);
}

static void words_depend_on_server_and_version(void **state)
{
    (void)state;
    static const struct {
        const char *word, *server;
        enum sql_word_class class;
    } rows[] = {
        {"SELECT", MYSQL, SQL_WORD_RESERVED},     {"select", MARIADB, SQL_WORD_RESERVED},
        {"lateral", MYSQL, SQL_WORD_RESERVED},    {"lateral", MARIADB, SQL_WORD_UNKNOWN},
        {"rank", MYSQL, SQL_WORD_RESERVED},       {"rank", MARIADB, SQL_WORD_FUNCTION},
        {"qualify", MYSQL, SQL_WORD_RESERVED},    {"qualify", MYSQL8, SQL_WORD_UNKNOWN},
        {"offset", MYSQL, SQL_WORD_KEYWORD},      {"offset", MARIADB, SQL_WORD_RESERVED},
        {"count", MYSQL, SQL_WORD_FUNCTION},      {"master_host", MYSQL8, SQL_WORD_KEYWORD},
        {"master_host", MYSQL, SQL_WORD_UNKNOWN},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sql_context context = context_of(rows[i].server, "", U);
        assert_int_equal(sql_word_class(&context, sql_word_find(str_of(rows[i].word))),
                         rows[i].class);
    }
    for (int word = 1; word < SQL_WORD_LIMIT; word++)
        assert_int_equal(sql_word_find(str_of(sql_word_text((enum sql_word)word))), word);
    assert_int_equal(sql_word_find(STR("selec")), SQL_NO_WORD);
}

static void versions_modes_and_sets_are_read(void **state)
{
    (void)state;
    struct sql_context context;
    uint32_t mode = 7;

    assert_true(sql_version_parse(STR("8.0.36-0ubuntu0.22.04.1"), &context));
    assert_int_equal(context.version, 80036);
    assert_int_equal(context.family, SQL_MYSQL);
    assert_true(sql_version_parse(STR("5.5.5-10.11.19-MariaDB-0+deb12u1"), &context));
    assert_int_equal(context.version, 101119);
    assert_int_equal(context.family, SQL_MARIADB);
    assert_false(sql_version_parse(STR("none"), &context));
    assert_true(sql_mode_parse(SQL_MYSQL, STR("STRICT_TRANS_TABLES,ansi"), &mode));
    assert_int_equal(mode, SQL_MODE_ANSI_QUOTES | SQL_MODE_PIPES_AS_CONCAT | SQL_MODE_IGNORE_SPACE |
                               SQL_MODE_REAL_AS_FLOAT);
    assert_false(sql_mode_parse(SQL_MYSQL, STR("ORACLE"), &mode));
    assert_true(sql_mode_parse(SQL_MARIADB, STR("ORACLE"), &mode));
    assert_true(mode & SQL_MODE_ORACLE);
    assert_int_equal(sql_charset_by_name(STR("GBK_chinese_ci")), SQL_CHARSET_GBK);
    assert_int_equal(sql_charset_by_name(STR("ucs2")), SQL_CHARSET_REFUSED);
    assert_int_equal(sql_charset_by_name(STR("swe7")), SQL_CHARSET_REFUSED);
    assert_int_equal(sql_charset_by_collation(28), SQL_CHARSET_GBK);
    assert_int_equal(sql_charset_by_collation(255), SQL_CHARSET_UTF8);
    assert_int_equal(sql_charset_by_collation(8), SQL_CHARSET_LATIN1);
    assert_int_equal(sql_charset_by_collation(54), SQL_CHARSET_REFUSED);
    assert_int_equal(sql_charset_by_collation(2304), SQL_CHARSET_UTF8);
    assert_int_equal(sql_charset_by_collation(1111), SQL_CHARSET_GBK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_those_of_the_server),
        cmocka_unit_test(values_are_decoded),
        cmocka_unit_test(words_depend_on_server_and_version),
        cmocka_unit_test(versions_modes_and_sets_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Character sets, modes and versions by the names and numbers that servers and clients use.
 * Collation ids: information_schema.COLLATIONS of both families. Ids that are not listed are
 * refused; MariaDB's UCA-1400 ids (2048 and up) go by their hundreds.
 */
#include "sql/sql.h"

struct charset_row {
    const char *name;
    enum sql_charset charset;
    uint8_t ids[12]; /* collations under 256 outside of the ranges below; 0 ends */
};

static const struct charset_row charset_rows[] = {
    {"utf8mb4", SQL_CHARSET_UTF8, {45, 46}},
    {"utf8mb3", SQL_CHARSET_UTF8, {33, 76, 83, 223}},
    {"utf8", SQL_CHARSET_UTF8, {0}},
    {"ascii", SQL_CHARSET_BYTES, {11, 65}}, /* what is over 0x7F is no letter in it */
    {"latin1", SQL_CHARSET_LATIN1, {5, 8, 15, 31, 47, 48, 49, 94}},
    {"binary", SQL_CHARSET_BYTES, {63}},
    {"armscii8", SQL_CHARSET_BYTES, {32, 64}},
    {"cp1250", SQL_CHARSET_BYTES, {26, 34, 44, 66, 99}},
    {"cp1251", SQL_CHARSET_BYTES, {14, 23, 50, 51, 52}},
    {"cp1256", SQL_CHARSET_BYTES, {57, 67}},
    {"cp1257", SQL_CHARSET_BYTES, {29, 58, 59}},
    {"cp850", SQL_CHARSET_BYTES, {4, 80}},
    {"cp852", SQL_CHARSET_BYTES, {40, 81}},
    {"cp866", SQL_CHARSET_BYTES, {36, 68}},
    {"dec8", SQL_CHARSET_BYTES, {3, 69}},
    {"geostd8", SQL_CHARSET_BYTES, {92, 93}},
    {"greek", SQL_CHARSET_BYTES, {25, 70}},
    {"hebrew", SQL_CHARSET_BYTES, {16, 71}},
    {"hp8", SQL_CHARSET_BYTES, {6, 72}},
    {"keybcs2", SQL_CHARSET_BYTES, {37, 73}},
    {"koi8r", SQL_CHARSET_BYTES, {7, 74}},
    {"koi8u", SQL_CHARSET_BYTES, {22, 75}},
    {"latin2", SQL_CHARSET_BYTES, {2, 9, 21, 27, 77}},
    {"latin5", SQL_CHARSET_BYTES, {30, 78}},
    {"latin7", SQL_CHARSET_BYTES, {20, 41, 42, 79}},
    {"macce", SQL_CHARSET_BYTES, {38, 43}},
    {"macroman", SQL_CHARSET_BYTES, {39, 53}},
    {"swe7", SQL_CHARSET_REFUSED, {10, 82}}, /* @ and \ are letters in it */
    {"tis620", SQL_CHARSET_BYTES, {18, 89}},
    {"gbk", SQL_CHARSET_GBK, {28, 87}},
    {"big5", SQL_CHARSET_BIG5, {1, 84}},
    {"sjis", SQL_CHARSET_SJIS, {13, 88}},
    {"cp932", SQL_CHARSET_SJIS, {95, 96}},
    {"gb2312", SQL_CHARSET_GB2312, {24, 86}},
    {"gb18030", SQL_CHARSET_GB18030, {248, 249, 250}},
    {"euckr", SQL_CHARSET_EUCKR, {19, 85}},
    {"ujis", SQL_CHARSET_UJIS, {12, 91}},
    {"eucjpms", SQL_CHARSET_UJIS, {97, 98}},
};

enum sql_charset sql_charset_by_name(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(charset_rows); i++) {
        struct str row = str_of(charset_rows[i].name);
        bool collation =
            name.len > row.len && name.ptr[row.len] == '_' && str_starts_nocase(name, row);
        if (collation || str_equal_nocase(name, row))
            return charset_rows[i].charset;
    }
    return SQL_CHARSET_REFUSED;
}

struct str sql_charset_name(size_t i)
{
    for (size_t row = 0; row < ARRAY_LEN(charset_rows); row++)
        if (charset_rows[row].charset != SQL_CHARSET_REFUSED && i-- == 0)
            return str_of(charset_rows[row].name);
    return STR_NONE;
}

static bool between(unsigned id, unsigned low, unsigned high)
{
    return id >= low && id <= high;
}

/* MariaDB gives collations "NO PAD" the id of their sisters plus 1024. */
#define NOPAD 1024

enum sql_charset sql_charset_by_collation(unsigned id)
{
    if (between(id, 192, 215) || between(id, 576, 578) || between(id, 1216, 1238) ||
        between(id, 2048, 2247))
        return SQL_CHARSET_UTF8; /* utf8mb3 */
    if (between(id, 224, 247) || between(id, 255, 323) || between(id, 608, 610) ||
        between(id, 1248, 1270) || between(id, 2304, 2503))
        return SQL_CHARSET_UTF8; /* utf8mb4 */
    if (between(id, NOPAD + 1, NOPAD + 99))
        id -= NOPAD;
    for (size_t i = 0; i < ARRAY_LEN(charset_rows); i++)
        for (size_t k = 0; k < ARRAY_LEN(charset_rows[i].ids) && charset_rows[i].ids[k]; k++)
            if (charset_rows[i].ids[k] == id)
                return charset_rows[i].charset;
    return SQL_CHARSET_REFUSED;
}

struct mode_row {
    const char *name;
    bool mysql, mariadb;
    uint32_t bits;
};

#define ANSI_BITS                                                                                  \
    (SQL_MODE_REAL_AS_FLOAT | SQL_MODE_PIPES_AS_CONCAT | SQL_MODE_ANSI_QUOTES |                    \
     SQL_MODE_IGNORE_SPACE)
#define OLD_BITS (SQL_MODE_PIPES_AS_CONCAT | SQL_MODE_ANSI_QUOTES | SQL_MODE_IGNORE_SPACE)

static const struct mode_row mode_rows[] = {
    {"REAL_AS_FLOAT", true, true, SQL_MODE_REAL_AS_FLOAT},
    {"PIPES_AS_CONCAT", true, true, SQL_MODE_PIPES_AS_CONCAT},
    {"ANSI_QUOTES", true, true, SQL_MODE_ANSI_QUOTES},
    {"IGNORE_SPACE", true, true, SQL_MODE_IGNORE_SPACE},
    {"HIGH_NOT_PRECEDENCE", true, true, SQL_MODE_HIGH_NOT_PRECEDENCE},
    {"NO_BACKSLASH_ESCAPES", true, true, SQL_MODE_NO_BACKSLASH_ESCAPES},
    {"ANSI", true, true, ANSI_BITS},
    {"ORACLE", false, true, OLD_BITS | SQL_MODE_ORACLE},
    {"MSSQL", false, true, OLD_BITS | SQL_MODE_MSSQL},
    {"DB2", false, true, OLD_BITS},
    {"MAXDB", false, true, OLD_BITS},
    {"POSTGRESQL", false, true, OLD_BITS},
    {"MYSQL323", false, true, SQL_MODE_HIGH_NOT_PRECEDENCE},
    {"MYSQL40", false, true, SQL_MODE_HIGH_NOT_PRECEDENCE},
    {"IGNORE_BAD_TABLE_OPTIONS", false, true, 0},
    {"NO_FIELD_OPTIONS", false, true, 0},
    {"NO_KEY_OPTIONS", false, true, 0},
    {"NO_TABLE_OPTIONS", false, true, 0},
    {"NO_AUTO_CREATE_USER", false, true, 0},
    {"EMPTY_STRING_IS_NULL", false, true, 0},
    {"SIMULTANEOUS_ASSIGNMENT", false, true, 0},
    {"TIME_ROUND_FRACTIONAL", false, true, 0},
    {"TIME_TRUNCATE_FRACTIONAL", true, false, 0},
    {"ONLY_FULL_GROUP_BY", true, true, 0},
    {"NO_UNSIGNED_SUBTRACTION", true, true, 0},
    {"NO_DIR_IN_CREATE", true, true, 0},
    {"NO_AUTO_VALUE_ON_ZERO", true, true, 0},
    {"STRICT_TRANS_TABLES", true, true, 0},
    {"STRICT_ALL_TABLES", true, true, 0},
    {"NO_ZERO_IN_DATE", true, true, 0},
    {"NO_ZERO_DATE", true, true, 0},
    {"ALLOW_INVALID_DATES", true, true, 0},
    {"ERROR_FOR_DIVISION_BY_ZERO", true, true, 0},
    {"TRADITIONAL", true, true, 0},
    {"PAD_CHAR_TO_FULL_LENGTH", true, true, 0},
    {"NO_ENGINE_SUBSTITUTION", true, true, 0},
    {"NOT_USED", true, true, 0},
};

struct str sql_mode_name(enum sql_family family, size_t i)
{
    for (size_t row = 0; row < ARRAY_LEN(mode_rows); row++)
        if ((family == SQL_MYSQL ? mode_rows[row].mysql : mode_rows[row].mariadb) && i-- == 0)
            return str_of(mode_rows[row].name);
    return STR_NONE;
}

static const struct mode_row *mode_find(enum sql_family family, struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(mode_rows); i++)
        if ((family == SQL_MYSQL ? mode_rows[i].mysql : mode_rows[i].mariadb) &&
            str_equal_nocase(name, str_of(mode_rows[i].name)))
            return &mode_rows[i];
    return NULL;
}

bool sql_mode_parse(enum sql_family family, struct str text, uint32_t *ret_mode)
{
    uint32_t mode = 0;

    while (text.len > 0) {
        struct str name = text, rest = STR_NONE;
        (void)str_split(text, ',', &name, &rest);
        name = str_trim(name);
        const struct mode_row *row = mode_find(family, name);
        if (row == NULL && name.len > 0)
            return false;
        mode |= row ? row->bits : 0;
        text = rest;
    }
    *ret_mode = mode;
    return true;
}

struct str sql_mode_text(uint32_t mode, struct arena *arena)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } modes[] = {
        {SQL_MODE_ANSI_QUOTES, "ANSI_QUOTES,"},
        {SQL_MODE_NO_BACKSLASH_ESCAPES, "NO_BACKSLASH_ESCAPES,"},
        {SQL_MODE_PIPES_AS_CONCAT, "PIPES_AS_CONCAT,"},
        {SQL_MODE_HIGH_NOT_PRECEDENCE, "HIGH_NOT_PRECEDENCE,"},
        {SQL_MODE_IGNORE_SPACE, "IGNORE_SPACE,"},
        {SQL_MODE_REAL_AS_FLOAT, "REAL_AS_FLOAT,"},
        {SQL_MODE_ORACLE, "ORACLE,"},
        {SQL_MODE_MSSQL, "MSSQL,"},
    };
    struct str text = STR("");

    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        if (mode & modes[i].bit)
            text = arena_printf(arena, "%.*s%s", STR_ARG(text), modes[i].name);
    return text;
}

bool sql_version_parse(struct str text, struct sql_context *ret_context)
{
    uint32_t parts[3] = {0, 0, 0};
    size_t at = 0, count = 0;

    if (str_starts(text, STR("5.5.5-"))) /* MariaDB's disguise for old replicas */
        text = str_slice(text, 6, text.len);
    while (count < 3) {
        size_t start = at;
        while (at < text.len && ascii_digit(text.ptr[at]) && at - start < 4)
            parts[count] = parts[count] * 10 + (uint32_t)(text.ptr[at++] - '0');
        if (at == start)
            return false;
        count++;
        if (at >= text.len || text.ptr[at] != '.')
            break;
        at++;
    }
    if (count < 2 || parts[1] > 99 || parts[2] > 99)
        return false;
    bool mariadb = false;
    for (size_t i = at; i + 7 <= text.len; i++)
        mariadb = mariadb || str_starts_nocase(str_slice(text, i, 7), STR("mariadb"));
    ret_context->family = mariadb ? SQL_MARIADB : SQL_MYSQL;
    ret_context->version = parts[0] * 10000 + parts[1] * 100 + parts[2];
    return true;
}

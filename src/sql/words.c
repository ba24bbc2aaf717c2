/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of slots is made at build time (tools/words.py) with the hash that the lexer computes
 * while it scans; a lookup is one slot, seldom two.
 */
#include "sql/words.h"

#define WORD_CLASS_N SQL_WORD_UNKNOWN
#define WORD_CLASS_F SQL_WORD_FUNCTION
#define WORD_CLASS_C SQL_WORD_CALL
#define WORD_CLASS_K SQL_WORD_KEYWORD
#define WORD_CLASS_R SQL_WORD_RESERVED

struct word_row {
    const char *text;
    uint8_t len;
    uint8_t mysql, mariadb; /* enum sql_word_class */
    uint32_t mysql_from, mysql_until, mariadb_from, mariadb_until;
};

#include "word_slots.h"

_Static_assert(sizeof(word_rows) / sizeof(word_rows[0]) == SQL_WORD_LIMIT, "one row for each word");

const uint32_t sql_word_hash_factor = WORD_MULTIPLIER;

#define SAME(n)     n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7
#define SAME_32(n)  SAME(n), SAME(n + 8), SAME(n + 16), SAME(n + 24)
#define SAME_128(n) SAME_32(n), SAME_32(n + 32), SAME_32(n + 64), SAME_32(n + 96)
const unsigned char sql_upper[256] = {
    SAME_32(0), SAME_32(32), SAME_32(64), 96, 65, 66, 67,  68,  69,  70,  71,  72,
    73,         74,          75,          76, 77, 78, 79,  80,  81,  82,  83,  84,
    85,         86,          87,          88, 89, 90, 123, 124, 125, 126, 127, SAME_128(128)};

uint32_t sql_word_hash_step(uint32_t hash, unsigned char byte)
{
    return hash * WORD_MULTIPLIER + sql_upper[byte];
}

static bool word_is(const struct word_row *row, const char *ptr, size_t len)
{
    if (row->len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (sql_upper[(unsigned char)ptr[i]] != (unsigned char)row->text[i])
            return false;
    return true;
}

enum sql_word sql_word_find_hashed(const char *ptr, size_t len, uint32_t hash)
{
    uint32_t at = (hash ^ (hash >> 15)) & (WORD_SLOTS - 1);

    while (word_slots[at] != 0) {
        if (word_is(&word_rows[word_slots[at]], ptr, len))
            return (enum sql_word)word_slots[at];
        at = (at + 1) & (WORD_SLOTS - 1);
    }
    return SQL_NO_WORD;
}

enum sql_word sql_word_find(struct str text)
{
    uint32_t hash = 0;

    for (size_t i = 0; i < text.len; i++)
        hash = sql_word_hash_step(hash, (unsigned char)text.ptr[i]);
    return sql_word_find_hashed(text.ptr, text.len, hash);
}

enum sql_word_class sql_word_class(const struct sql_context *context, enum sql_word word)
{
    const struct word_row *row = &word_rows[word];
    bool mysql = context->family == SQL_MYSQL;
    uint32_t from = mysql ? row->mysql_from : row->mariadb_from;
    uint32_t until = mysql ? row->mysql_until : row->mariadb_until;

    if (context->version < from || (until != 0 && context->version >= until))
        return SQL_WORD_UNKNOWN;
    return (enum sql_word_class)(mysql ? row->mysql : row->mariadb);
}

enum word_families { OF_NONE = 0, OF_MYSQL = 1, OF_MARIADB = 2, OF_BOTH = 3 };

static const uint8_t no_label[SQL_WORD_LIMIT] = {
#define NO_LABEL(name, families) [W_##name] = OF_##families,
#define NO_ROLE(name)
#include "sql/word_place_table.h"
#undef NO_LABEL
#undef NO_ROLE
};

static const uint8_t no_role[SQL_WORD_LIMIT] = {
#define NO_LABEL(name, families)
#define NO_ROLE(name) [W_##name] = OF_MYSQL,
#include "sql/word_place_table.h"
#undef NO_LABEL
#undef NO_ROLE
};

bool sql_word_may_be(enum sql_place place, bool mysql, enum sql_word word)
{
    const uint8_t *not_there = place == SQL_PLACE_LABEL ? no_label : no_role;

    return (not_there[word] & (mysql ? OF_MYSQL : OF_MARIADB)) == 0;
}

const char *sql_word_text(enum sql_word word)
{
    return word_rows[word < SQL_WORD_LIMIT ? word : SQL_NO_WORD].text;
}

bool sql_is_charset(enum sql_family family, struct str name)
{
    static const char *const both[] = {
        "utf8mb4",  "utf8",   "utf8mb3", "latin1",  "binary",   "ascii",  "ucs2",
        "utf16",    "utf32",  "utf16le", "big5",    "dec8",     "cp850",  "hp8",
        "koi8r",    "latin2", "swe7",    "ujis",    "sjis",     "hebrew", "tis620",
        "euckr",    "koi8u",  "gb2312",  "greek",   "cp1250",   "gbk",    "latin5",
        "armscii8", "cp866",  "keybcs2", "macce",   "macroman", "cp852",  "latin7",
        "cp1251",   "cp1256", "cp1257",  "geostd8", "cp932",    "eucjpms"};

    for (size_t i = 0; i < ARRAY_LEN(both); i++)
        if (str_equal_nocase(name, str_of(both[i])))
            return true;
    return str_equal_nocase(name, family == SQL_MYSQL ? STR("gb18030") : STR("filename"));
}

#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Keywords. Which words are keywords, and which of those are reserved, depends on family and
 * version; word_table.h has them all.
 */
#include "sql/sql.h"

enum sql_word {
    SQL_NO_WORD = 0,
#define WORD(name, mysql, mariadb)                                                      W_##name,
#define WORD_OF_VERSION(name, mysql, from, until, mariadb, mariadb_from, mariadb_until) W_##name,
#include "sql/word_table.h"
#undef WORD
#undef WORD_OF_VERSION
    SQL_WORD_LIMIT
};

enum sql_word_class {
    SQL_WORD_UNKNOWN = 0, /* no keyword */
    SQL_WORD_FUNCTION,    /* a keyword when ( follows, and no identifier then */
    SQL_WORD_CALL,        /* a keyword when ( follows, and may be an identifier all the same */
    SQL_WORD_KEYWORD,     /* may be an identifier */
    SQL_WORD_RESERVED
};

/* The word of this text, whatever the family; SQL_NO_WORD when it is in no list. */
enum sql_word sql_word_find(struct str text);
/* What the server takes a word for. */
enum sql_word_class sql_word_class(const struct sql_context *context, enum sql_word word);
/* Where fewer words may stand than elsewhere. */
enum sql_place {
    SQL_PLACE_LABEL, /* of a block or a loop */
    SQL_PLACE_ROLE   /* MySQL's roles */
};
/* Whether a keyword that is not reserved may be a name there: word_place_table.h. */
bool sql_word_may_be(enum sql_place place, bool mysql, enum sql_word word);
/* In upper case, NUL-terminated; "" for SQL_NO_WORD. */
const char *sql_word_text(enum sql_word word);
/* For the lexer, which computes the hash while it scans: start with 0, step for each byte. */
uint32_t sql_word_hash_step(uint32_t hash, unsigned char byte);
enum sql_word sql_word_find_hashed(const char *ptr, size_t len, uint32_t hash);
/* The factor of the hash, for the lexer's own loop: hash = hash * factor + upper-case byte. */
extern const uint32_t sql_word_hash_factor;
/* Bytes as the keyword comparison sees them: ASCII letters in upper case. */
extern const unsigned char sql_upper[256];
/* Whether `_name` introduces a string: the name of a character set that the family has. */
bool sql_is_charset(enum sql_family family, struct str name);

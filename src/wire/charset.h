#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Collation ids, as they travel in greetings, logins and column definitions, and the character
 * sets behind them. The ids of MySQL 9 and of MariaDB 11 (its NO PAD ids from 1024, its UCA 14.0.0
 * ids from 2048) in one table: where both have an id they agree on its character set.
 *
 * A character set is `safe` when SQL in it can be read byte by byte: bytes below 0x80 always stand
 * for their ASCII characters, and none of them that matters to a lexer (quotes, backslash, blanks,
 * comment signs) is ever part of a multi-byte character. A client that asks for an unsafe one
 * (gbk, big5, sjis, cp932, gb18030, euckr, swe7, and the wide ones) is refused: what it sends could be
 * read in two ways.
 *
 * A login's collation is one byte. 0 and ids that nobody knows mean that the client leaves the
 * choice to the server: the gateway takes utf8mb4 then, on both sides.
 */
#include "base/str.h"

struct wire_charset {
    struct str name;     /* as in information_schema.character_sets */
    uint8_t max_length;  /* bytes of the longest character */
    bool safe;
};

/* NULL for an unknown id. */
const struct wire_charset *wire_charset_by_collation(uint32_t collation);
/* By name, any case; `utf8` is `utf8mb3`. NULL when unknown. */
const struct wire_charset *wire_charset_by_name(struct str name);
/* The id of a collation of the character set that both products have: its default one, for utf8mb4
 * 45 (general_ci). */
uint32_t wire_charset_default_collation(const struct wire_charset *charset);

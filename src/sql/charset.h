#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * How many bytes a character takes, by the rules of each character set that clients may use. The
 * servers step over whole characters inside strings and quoted identifiers, so a byte that looks
 * like a quote or a backslash may be the second half of a character.
 */
#include "sql/sql.h"

/* Length of the multi-byte character at p, or 0 when the byte at p stands for itself (or is not
 * well-formed: the servers then take it as one byte). */
unsigned sql_charset_multibyte(enum sql_charset charset, const unsigned char *p,
                               const unsigned char *end);
/* Whether a character may have a byte under 0x80 behind its first: gbk, big5, sjis, gb18030,
 * euckr. Elsewhere quotes and backslashes are what they look like. */
bool sql_charset_has_ascii_trail(enum sql_charset charset);
/* UTF-8 of a text. STR_NONE when the set has no table here (then only ASCII texts convert). */
struct str sql_charset_to_utf8(enum sql_charset charset, struct str text, struct arena *arena);

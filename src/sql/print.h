#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements as text again.
 *
 *   forward     what is sent to the server: the tokens that were analysed and the blanks between
 *               them as written; a comment becomes one blank, the marks of an executable comment
 *               likewise, and what it holds stays. Lexing the result gives the same tokens.
 *   normalized  one blank between tokens, keywords in upper case, literals as `?`, lists of
 *               literals as `(...)`, several rows as one: the same for statements that differ in
 *               values alone. An integer that names a column (ORDER BY 2) is no value and stays;
 *               `'a' 'b'` are two, `1 - 2` is no list.
 *   shape       a key for caches: cheap, made from tokens without parsing. Two texts of the same
 *               shape under the same context parse to the same tree, and every literal that can
 *               matter to a decision is spelled in it (see sql_shape).
 *   heading     the name that the server gives to a column of the result that has no alias.
 */
#include "sql/sql.h"

/* Appends tokens first..last, as for forwarding. */
void sql_print_forward(const struct sql_text *text, uint32_t first, uint32_t last,
                       struct buf *out);
/* Appends the normalized text of tokens first..last. */
void sql_print_normalized(const struct sql_text *text, uint32_t first, uint32_t last,
                          struct buf *out);
/* SHA-256 of a normalized text. */
void sql_digest(struct str normalized, unsigned char ret_digest[32]);

/* Appends the shape of the whole text. Every token is written with its kind, so that no two lists
 * of tokens give the same bytes. Literals are replaced by their class (integer, string, ...) in
 * SELECT, INSERT, REPLACE, UPDATE and DELETE, and kept as written
 *   - in every other statement, and in a text of several statements,
 *   - behind ORDER BY and GROUP BY, where an integer names a column,
 *   - behind AS, and a text directly behind an operand, where it may be an alias: f(a 'x'),
 *   - everywhere when the text names the functions or words whose literals decide something.
 * False when the text has no shape worth a cache entry (very long, or refused). */
bool sql_shape(const struct sql_text *text, struct buf *out);

/* The heading of the select item `item` (an ITEM of ast.h), in UTF-8, as the server sends it when
 * this text, comments included, is what it receives. */
struct str sql_heading(const struct sql_text *text, const struct sql_node *item);
/* The same when the server receives what is forwarded: by this name it finds the column of a
 * derived table. The two differ where a comment stands in an item. */
struct str sql_heading_forwarded(const struct sql_text *text, const struct sql_node *item);
/* The heading of value `at` (from 0) of a VALUES's first row, a ROW of ast.h: MySQL's column_0 and
 * so on, MariaDB's as for an item without alias, of this text or of what is forwarded. */
struct str sql_heading_in_row(const struct sql_text *text, const struct sql_node *row, uint32_t at,
                              bool forwarded);
/* The COLUMN whose name is the heading, or NULL. A column of a table is named as it is written
 * here; one of a view, a derived table or a CTE as that defines it, which the reader can't know. */
const struct sql_node *sql_heading_column(const struct sql_text *text,
                                          const struct sql_node *item);

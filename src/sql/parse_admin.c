/* SPDX-License-Identifier: Apache-2.0
 *
 * Administration, replication, accounts: statements that policy knows by their words.
 */
#include "sql/parser.h"

struct sql_node *parse_create_other(struct sql_parser *p, uint32_t first, uint32_t flags,
                                    const struct definition *definition)
{
    (void)first;
    (void)flags;
    (void)definition;
    return parse_unsupported(p, "CREATE of this kind of object");
}

struct sql_node *parse_alter_other(struct sql_parser *p, uint32_t first,
                                   const struct definition *definition)
{
    (void)first;
    (void)definition;
    return parse_unsupported(p, "ALTER of this kind of object");
}

struct sql_node *parse_drop_other(struct sql_parser *p, uint32_t first, uint32_t flags)
{
    (void)first;
    (void)flags;
    return parse_unsupported(p, "DROP of this kind of object");
}

struct sql_node *parse_rename_user(struct sql_parser *p, uint32_t first)
{
    (void)first;
    return parse_unsupported(p, "RENAME USER");
}

struct sql_node *parse_set_other(struct sql_parser *p, uint32_t first)
{
    (void)first;
    return parse_unsupported(p, "this form of SET");
}

struct sql_node *parse_admin(struct sql_parser *p)
{
    if (is_kind(p, SQL_TOKEN_WORD) && p->t[p->at].word != SQL_NO_WORD)
        return parse_unsupported(p, "this statement");
    return parse_syntax(p, "a statement");
}

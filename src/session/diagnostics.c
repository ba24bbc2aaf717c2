/* SPDX-License-Identifier: Apache-2.0
 *
 * Errors of statements that touched masked data. A text may quote a value (`Duplicate entry '…'`),
 * and so may the very fact of an error: of such a statement only errors that depend on names,
 * rights, locks or time keep their number.
 */
#include "session/session.h"

/* Errors that say nothing of stored values: number, and what the client is told. */
static const struct {
    uint16_t number;
    const char *text;
} harmless[] = {
    {1044, "access to the schema denied"},
    {1046, "no schema selected"},
    {1049, "unknown schema"},
    {1050, "the table exists already"},
    {1051, "unknown table"},
    {1052, "a column name is ambiguous"},
    {1054, "unknown column"},
    {1055, "a column is not in GROUP BY"},
    {1060, "duplicate column name"},
    {1064, "syntax error"},
    {1066, "a table or alias is not unique"},
    {1109, "unknown table in the list"},
    {1111, "invalid use of a group function"},
    {1140, "aggregates and columns are mixed without GROUP BY"},
    {1142, "the target denies the privilege"},
    {1143, "the target denies the privilege on a column"},
    {1146, "the table does not exist"},
    {1205, "lock wait timeout exceeded"},
    {1213, "deadlock; the transaction was rolled back"},
    {1222, "the parts of a set operation have different numbers of columns"},
    {1227, "the target denies the privilege"},
    {1247, "a reference is not supported"},
    {1248, "a derived table needs an alias"},
    {1305, "unknown routine"},
    {1317, "the statement was interrupted"},
    {1356, "a view refers to something that is not there"},
    {1370, "the target denies the routine"},
    {1582, "wrong number of arguments"},
    {1792, "the transaction is read only"},
    {1969, "the statement ran for too long"},
    {3024, "the statement ran for too long"},
};

void diagnostics_clean(struct wire_err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(harmless); i++) {
        if (harmless[i].number == err->number) {
            err->message = str_of(harmless[i].text);
            return;
        }
    }
    err->number = 1105;
    memcpy(err->sqlstate, "HY000", 6);
    err->message = STR("cardea/result.error: the server answered with an error whose text is "
                       "withheld, since the statement touches masked data");
}

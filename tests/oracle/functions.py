# SPDX-License-Identifier: Apache-2.0
"""The native functions that the lineage knows, from its own table (src/lineage/function_table.h),
with the numbers of arguments that a real server takes."""
import pathlib
import re
from typing import NamedTuple

import pymysql

TABLE = pathlib.Path(__file__).resolve().parents[2] / "src" / "lineage" / "function_table.h"
ROW = re.compile(r'^F\((\w+), (\w+), "([^"]*)", (\w+), -?\d+, (.*)\)$', re.M)
# Refused whatever their arguments are, or another value in each run.
LEFT_OUT = re.compile(r"NONDETERMINISTIC|WAITS|LOCKS|READS_FILE|READS_SERVER|NOT_VOUCHED")
# Syntax of their own: patterns of generate.py have them.
SPECIAL = {"CAST", "CONVERT", "EXTRACT", "POSITION", "TRIM", "GROUPING", "VALUES", "VALUE", "DEFAULT", "LISTAGG", "INTERVAL", "ROWNUM",
           "TIMESTAMPADD", "TIMESTAMPDIFF", "GET_FORMAT", "PERCENTILE_CONT", "PERCENTILE_DISC", "MEDIAN", "NAME_CONST"}


class Function(NamedTuple):
    name: str
    arguments: str  # letters, see the table
    counts: list    # of arguments that the server takes
    window: bool
    aggregate: bool

    def letter(self, i):
        if self.arguments.endswith("*"):
            fixed = len(self.arguments) - 3
            return self.arguments[i] if i < fixed else self.arguments[fixed + (i - fixed) % 2]
        return self.arguments[min(i, len(self.arguments) - 1)]


def table(kind):
    for name, family, arguments, _, flags in ROW.findall(TABLE.read_text()):
        if family in ("BOTH", kind.upper()) and name not in SPECIAL:
            if not LEFT_OUT.search(flags):
                yield Function(name, arguments, [], "WINDOW" in flags, "AGGREGATE" in flags)
            elif name == "UNIX_TIMESTAMP":
                yield Function(name, arguments, [1], False, False)


def learn(server, kind):
    """Functions that this server has, each with the numbers of arguments that it takes."""
    known = []
    with server.root() as connection, connection.cursor() as cursor:
        for function in table(kind):
            counts = list(function.counts)
            for n in range(0 if not counts else 9, 7):
                call = f"{function.name}({', '.join(['NULL'] * n)})" + (" OVER ()" if function.window else "")
                try:
                    cursor.execute(f"PREPARE p FROM 'SELECT {call}'")
                    counts.append(n)
                except pymysql.MySQLError as error:
                    if error.args[0] not in (1064, 1305, 1582, 1583, 1630, 1128, 1318, 1193):
                        counts.append(n)  # these arguments are wrong, their number is not
            if counts:
                known.append(function._replace(counts=counts))
    return known

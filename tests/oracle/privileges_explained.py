# SPDX-License-Identifier: Apache-2.0
"""Differences between the analysis and the servers that are as they should be. A row: its name, the
verdicts it is for, a test of (server, analysis, privilege, statement, error), and why.

`left out` rows are kept few: each says why no privilege that the analysis could name would do."""
import re

LEFT, MANY, UNGRANTABLE = ("left out", "left out, can't run"), ("one too many",), ("can't be granted",)


def words(pattern):
    compiled = re.compile(pattern.encode(), re.I | re.S)
    return lambda sql: bool(compiled.search(sql))


def unknown(found, *what):
    return any(u["what"] in what for u in found["unknowns"])


def names_view(found):
    return any(n["kind"] == "view" for n in found["privileges"])


NESTED = words(r"\(\s*\(*\s*(select|with|values|table)\b|\bwith\b")
IF_EXISTS = words(r"\bif\s+(not\s+)?exists\b")
ALL = words(r"^\W*(grant|revoke)\s+all\b")
DUPLICATE = words(r"on\s+duplicate\s+key")
DEFAULT = words(r"=\s*default\b")
CANDIDATES = words(r"\b(having|group\s+by|order\s+by)\b")
ALL_TIMES = words(r"for\s+system_time\s+all")
VIEW_ALIAS = re.compile(r"^1143 .* for column '([^']+)' in table")

EXPLAINED = [
    ("files without FILE are NULL", MANY,
     lambda kind, found, right, sql, error: right[0] == "FILE",
     "LOAD_FILE() gives NULL to who has no FILE; the analysis asks for it where a file may be read."),
    ("others' sessions without PROCESS are left out", MANY,
     lambda kind, found, right, sql, error: right[0] == "PROCESS",
     "SHOW PROCESSLIST shows the account's own sessions without PROCESS. Through a gateway the account is shared, "
     "so that those are other identities' statements: asked for on purpose."),
    ("performance_schema takes no grants", UNGRANTABLE,
     lambda kind, found, right, sql, error: "performance_schema" in error,
     "Anyone may use it; MariaDB lets nobody grant anything on the whole of it."),
    ("a target that is read", MANY,
     lambda kind, found, right, sql, error: kind == "mariadb" and found["kind"] == "delete" and right[0] == "SELECT",
     "MariaDB's DELETE of several tables reads the targets' columns without asking: asked for on purpose."),
    ("versions of all times", MANY,
     lambda kind, found, right, sql, error: kind == "mariadb" and ALL_TIMES(sql),
     "FOR SYSTEM_TIME ALL asks for neither column of the period; other forms do."),
    ("columns of a view that is written", MANY,
     lambda kind, found, right, sql, error: kind == "mariadb" and names_view(found) and
     found["kind"] in ("insert", "replace", "update", "delete"),
     "MariaDB lets who writes through a view name columns of it that were not granted: asked for on purpose."),
    ("columns that nothing uses", MANY,
     lambda kind, found, right, sql, error: right[0] == "SELECT" and right[1] in ("table", "any") and
     (NESTED(sql) or (found["kind"] == "explain" and names_view(found))),
     "The servers drop columns of derived tables that nothing reads before they ask, and parts that "
     "constants decide. The analysis asks for whatever is written."),
    ("IF EXISTS of what is not there", MANY + UNGRANTABLE,
     lambda kind, found, right, sql, error: (IF_EXISTS(sql) and (error or right[0] in ("TRIGGER", "SELECT"))) or
     (found["kind"].endswith(" table") and unknown(found, "table")),
     "Nothing is asked where nothing is done. The analysis asks all the same: its catalog may be older than the "
     "object."),
    ("ALL is what who grants has", MANY,
     lambda kind, found, right, sql, error: found["kind"] in ("grant", "revoke") and ALL(sql),
     "GRANT ALL gives, and REVOKE ALL takes, what is there; the analysis asks for all that it may be."),
    ("ON DUPLICATE KEY UPDATE of columns that are not inserted", MANY,
     lambda kind, found, right, sql, error: kind == "mariadb" and right[0] == "UPDATE" and DUPLICATE(sql),
     "MariaDB asks for UPDATE on the columns inserted into, and not on those that are assigned: asked for on purpose."),
    ("DEFAULT asks nothing", MANY,
     lambda kind, found, right, sql, error: kind == "mariadb" and found["kind"] == "set" and DEFAULT(sql),
     "MariaDB checks the privilege of some variables where there is a value; DEFAULT changes the session all the same."),
    ("accounts that are not there", LEFT,
     lambda kind, found, right, sql, error: (kind == "mariadb" and error.startswith("1410")) or
     "ALLOW_NONEXISTENT_DEFINER" in error,
     "MariaDB's GRANT creates the account where there is none, and asks for CREATE USER then; MySQL asks for more "
     "where a definer does not exist. The analysis does not know accounts."),
    ("branches that are not taken", MANY,
     lambda kind, found, right, sql, error: found["kind"] in ("compound", "call"),
     "A compound statement asks for what it comes to; the analysis for what it may come to."),
    ("OPTIMIZE LOCAL TABLE rewrites without INSERT", MANY,
     lambda kind, found, right, sql, error: found["kind"] == "optimize table" and right[0] == "INSERT",
     "MySQL asks for OPTIMIZE_LOCAL_TABLE and SELECT; INSERT as OPTIMIZE TABLE does is asked for on purpose."),
    ("definers who are stronger", LEFT,
     lambda kind, found, right, sql, error: "SYSTEM_USER" in error,
     "What an account with SYSTEM_USER owns only such an account may touch; the analysis does not know accounts."),
    ("all that a name may mean", MANY,
     lambda kind, found, right, sql, error: right[0] == "SELECT" and CANDIDATES(sql),
     "In HAVING, GROUP BY and ORDER BY a name may be an alias, a column, or one of the query around: where the "
     "servers' rule leaves room the analysis takes all."),
    ("views of others", LEFT,
     lambda kind, found, right, sql, error: found["kind"] == "alter view" and error.startswith("1227"),
     "Who alters another account's view needs what naming a definer needs; the analysis does not know the caller."),
    ("routines with the rights of who calls", LEFT,
     lambda kind, found, right, sql, error: unknown(found, "routine", "trigger", "procedure"),
     "What the body of a routine does is not followed, or was not found: the statement has an unknown."),
    ("functions of components and of other schemas", LEFT,
     lambda kind, found, right, sql, error: unknown(found, "function"),
     "The function is an unknown; so is what it asks for."),
    ("sys runs with the rights of who calls", LEFT,
     lambda kind, found, right, sql, error: unknown(found, "system table", "view") or
     any(n["schema"].lower() == "sys" for n in found["privileges"]),
     "Views of sys read performance_schema as their caller; such tables are unknowns."),
    ("a merged view's column under its alias", LEFT,
     lambda kind, found, right, sql, error: kind == "mysql" and VIEW_ALIAS.match(error) and
     re.search(r"\bas\s+`?" + re.escape(VIEW_ALIAS.match(error).group(1)) + r"\b", sql.decode("utf-8", "replace"), re.I),
     "MySQL looks up a view's column by the alias that the select list gives it, which is no column at all."),
]

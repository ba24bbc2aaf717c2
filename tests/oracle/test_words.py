# SPDX-License-Identifier: Apache-2.0
"""The table of keywords (src/sql/word_table.h) against the servers' own: every word of
information_schema.KEYWORDS, whether it is reserved, and where it may stand as a name. A server is
asked by PREPARE: 1064 means that it is no name there."""
import pathlib
import re

import pytest
from cardea_test import certificates, servers
from grammar_mutants import READER, SYNTAX_ERRORS, Server, disagreements

TABLE = pathlib.Path(__file__).resolve().parents[2] / "src" / "sql" / "word_table.h"
ROW = re.compile(r"WORD(?:_OF_VERSION)?\((\w+), (\w),(?: (\d+), (\d+),)? (\w)(?:, (\d+), (\d+))?\)")
PLACES = {
    "alias": "SELECT 1 AS {}", "bare alias": "SELECT 1 {}", "column": "CREATE TABLE t ({} INT)",
    "table": "CREATE TABLE {} (a INT)", "column read": "SELECT {} FROM t", "qualified": "SELECT t.{} FROM t",
    "table read": "SELECT * FROM {}", "table alias": "SELECT * FROM t AS {}", "schema": "CREATE DATABASE {}",
    "label": "CREATE PROCEDURE p() {0}: BEGIN END {0}", "user variable": "SELECT @{}",
    "role": "CREATE ROLE {}", "user": "CREATE USER {}", "drop role": "DROP ROLE {}",
    "procedure": "CREATE PROCEDURE {}() SELECT 1", "call": "CALL {}()",
    "parameter": "CREATE PROCEDURE p({} INT) SELECT 1",
    "cursor": "CREATE PROCEDURE p() BEGIN DECLARE {} CURSOR FOR SELECT 1; END",
    "index": "CREATE INDEX {} ON t (a)", "inline key": "CREATE TABLE t (a INT, KEY {} (a))",
    "savepoint": "SAVEPOINT {}", "partition": "SELECT * FROM t PARTITION ({})",
    "engine": "CREATE TABLE t (a INT) ENGINE = {}", "use": "USE {}", "lock": "LOCK TABLES {} READ",
    "insert": "INSERT INTO t ({}) VALUES (1)", "update": "UPDATE t SET {} = 1", "event": "DROP EVENT {}",
    "drop column": "ALTER TABLE t DROP COLUMN {}", "rename": "ALTER TABLE t RENAME TO {}",
    "schema of a table": "SELECT * FROM {}.t", "plugin": "INSTALL PLUGIN {} SONAME 'x'",
}
# Where the parser is known to differ (docs/grammar-gaps.md): (place, word).
KNOWN = {
    "mysql": {("label", "ALTER"), ("label", "HELP"), ("label", "UNLOCK")},
    "mariadb": {("label", "HELP"), ("label", "UNLOCK"), ("table alias", "WINDOW")},
}


def number(version):
    major, minor, patch = (int(n) for n in re.match(r"(\d+)\.(\d+)\.(\d+)", version).groups())
    return major * 10000 + minor * 100 + patch


def table_of(kind, version):
    """word -> class, as the parser has it for this server."""
    at, found = number(version), {}
    for name, *rest in (m.groups() for m in ROW.finditer(TABLE.read_text())):
        word, first, until = rest[0:3] if kind == "mysql" else rest[3:6]
        inside = int(first or 0) <= at and (int(until or 0) == 0 or at < int(until))
        found[name] = word if inside else "N"
    return found


class Words:
    def __init__(self, server, kind):
        self.kind, self.server, self.version = kind, server, server.version()
        server.cursor.execute("SELECT * FROM information_schema.KEYWORDS")
        rows = [row for row in server.cursor.fetchall() if re.fullmatch(r"\w+", row[0])]
        self.reserved = {row[0]: row[1] == 1 for row in rows if len(row) > 1}
        self.known = {row[0] for row in rows}
        self.table = table_of(kind, self.version)

    def differing(self, place):
        """Words of which the parser says otherwise than the server in this place."""
        sqls = {PLACES[place].format(word): word for word in sorted(self.known | set(self.table))}
        judged = [(sql, *self.server.errno(sql)) for sql in sqls]
        judged = [(s, 1064 if n in SYNTAX_ERRORS else 0, m) for s, n, m in judged if n >= 0]
        return {sqls[sql]: what for what, _, sql in disagreements(READER, self.version, judged)}


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def words(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    cls = {"mariadb": servers.MariaDB, "mysql": servers.MySQL}[request.param]
    running = cls(folder / "server", certificates.Authority(folder / "ca"))
    try:
        yield Words(Server(running.socket), request.param)
    finally:
        running.stop()


def test_every_keyword_of_the_server_is_in_the_table(words):
    assert len(words.known) > 500
    assert sorted(w for w in words.known if words.table.get(w, "N") == "N") == []


def test_every_keyword_of_the_table_is_one_of_the_server(words):
    """Names of functions (F and C) need not be listed there."""
    assert sorted(w for w, kind in words.table.items() if kind in "KR" and w not in words.known) == []


def test_reserved_words_are_those_of_the_server(words):
    """MariaDB does not tell; there a reserved word is one that may not name a column."""
    if words.reserved:
        assert sorted(w for w, is_reserved in words.reserved.items()
                      if is_reserved != (words.table[w] == "R")) == []
    assert words.differing("column") == {}


@pytest.mark.parametrize("place", sorted(PLACES))
def test_where_a_word_may_be_a_name(words, place):
    assert set(words.differing(place)) == {word for at, word in KNOWN[words.kind] if at == place}

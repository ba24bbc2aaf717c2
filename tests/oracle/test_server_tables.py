# SPDX-License-Identifier: Apache-2.0
"""Tables of the analysis, held against what real servers say of themselves: privileges, system
tables, native functions."""
import base64
import json
import os
import pathlib
import re
import shutil
import subprocess

import pymysql
import pytest
from cardea_test import certificates, servers

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
LINEAGE = TOP / "src" / "lineage"
KINDS = {"mariadb": (servers.MariaDB, "mariadb-10.11"), "mysql": (servers.MySQL, "mysql-9.7")}
SYSTEM = ("information_schema", "performance_schema", "mysql", "sys")
MARK = "Zx9marked"
CODED = base64.b64encode(MARK.encode()).decode()  # as histograms hold it
CARDEA = os.environ.get("CARDEA_BIN", str(TOP / "build/dev/src/cli/cardea"))


@pytest.fixture(scope="module", params=sorted(KINDS))
def server(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    server = KINDS[request.param][0](folder / "server", certificates.Authority(folder / "ca"))
    server.target = KINDS[request.param][1]
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", server.rows("SELECT VERSION()")[0][0])
    server.version = sum(int(n) * f for n, f in zip(numbers.groups(), (10000, 100, 1)))
    yield server
    server.stop()


def analyze(server, statements):
    run = subprocess.run([CARDEA, "analyze", "--server", server.target, "--schema", "app", "--catalog",
                          TOP / "tests" / "golden" / "app.sql"],
                         input=b"".join(s.encode() + b"\0" for s in statements), capture_output=True, check=True)
    lines = [json.loads(x) for x in run.stdout.decode().splitlines()]
    assert [x for x in lines if not x["accepted"]] == []
    return [x["statements"][0] for x in lines]


# ---- privileges ----

def test_privileges_are_the_servers(server):
    shown = {r[0].upper() for r in server.rows("SHOW PRIVILEGES")} - {"USAGE", "PROXY"}
    (everything,) = analyze(server, ["GRANT ALL ON *.* TO u"])
    assert {p["privilege"] for p in everything["privileges"]} == shown


# ---- system tables ----

def system_tables(server):
    listed = ", ".join(f"'{s}'" for s in SYSTEM)
    return [(s, t) for s, t in server.rows("SELECT table_schema, table_name FROM information_schema.tables "
                                           f"WHERE table_schema IN ({listed}) ORDER BY 1, 2")]


def quoted(schema, table):
    return f"`{schema}`.`{table}`"


def test_every_system_table_is_told(server):
    tables = system_tables(server)
    assert len(tables) > 150
    told = analyze(server, [f"SELECT 1 FROM {quoted(*t)}" for t in tables])
    assert [t for t, s in zip(tables, told) if s["unknowns"]] == []
    # those that are granted by name are that; PROCESS is asked where the server does
    for (schema, table), s in zip(tables, told):
        named = [p for p in s["privileges"] + s.get("policy_privileges", []) if p["object"] and p["schema"].lower() == schema.lower()]
        assert bool(named) == (schema != "information_schema" or bool(s["effects"])), (schema, table)


def plant(server):
    """The mark, wherever a system table could show it from: stored values, indexed and not, what other
    sessions do, texts of programs, accounts."""
    server.run(f"""CREATE DATABASE app;
USE app;
CREATE TABLE t (a VARCHAR(30) PRIMARY KEY, b VARCHAR(30), c TEXT, KEY (b), FULLTEXT KEY (c)) ENGINE = InnoDB;
INSERT INTO t VALUES ('{MARK}1', '{MARK}2', '{MARK}3 {MARK}4'), ('x', 'y', 'z');
CREATE PROCEDURE p() SELECT '{MARK}5';
CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN LENGTH('{MARK}6');
CREATE VIEW v AS SELECT '{MARK}7' AS x;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET @x = '{MARK}8';
CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DO SELECT '{MARK}9';
CREATE USER other IDENTIFIED BY '{MARK}';
CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'h', USER 'u', PASSWORD '{MARK}');
""")
    with server.root("app") as c, c.cursor() as cursor:
        cursor.execute("ANALYZE TABLE t PERSISTENT FOR ALL" if server.kind == "mariadb"
                       else "ANALYZE TABLE t UPDATE HISTOGRAM ON b, c")


def test_shape_shows_no_value_and_nobodys_statement(server):
    plant(server)
    other = server.root("app")
    cursor = other.cursor()
    cursor.execute("BEGIN")
    cursor.execute(f"SELECT * FROM t WHERE a = '{MARK}1' FOR UPDATE")
    cursor.execute(f"SET @held = '{MARK}'")
    tables = [t for t in system_tables(server)]
    told = analyze(server, [f"SELECT 1 FROM {quoted(*t)}" for t in tables])
    shape = [t for t, s in zip(tables, told) if not s["effects"]]
    assert ("information_schema", "COLUMNS") in shape and len(shape) > 25
    columns = [(t, c) for t in shape for c, in server.rows(
        f"SELECT column_name FROM information_schema.columns WHERE table_schema = '{t[0]}' AND table_name = '{t[1]}'")]
    told = analyze(server, [f"SELECT `{c}` FROM {quoted(*t)}" for t, c in columns])
    open_columns = [x for x, s in zip(columns, told) if not s["effects"]]
    assert (("information_schema", "ROUTINES"), "ROUTINE_DEFINITION") not in open_columns
    leaks = []
    for (table, column) in open_columns:
        text = f"CONVERT(`{column}` USING utf8mb4)"
        found = server.rows(f"SELECT COUNT(*) FROM {quoted(*table)} WHERE {text} LIKE '%{MARK[1:]}%' "
                            f"OR {text} LIKE '%{CODED}%'")
        if found[0][0]:
            leaks.append((table, column))
    other.close()
    assert leaks == []


def test_the_mark_can_be_seen_where_it_is_said_to_be(server):
    """The test before proves nothing unless the mark is there to be found."""
    where = {"mariadb": ["information_schema.ROUTINES", "mysql.proc", "mysql.column_stats", "mysql.servers"],
             "mysql": ["information_schema.ROUTINES", "information_schema.COLUMN_STATISTICS", "mysql.servers"]}
    for table in where[server.kind]:
        shown = str(server.rows(f"SELECT * FROM {table}"))
        assert MARK in shown or CODED in shown, table


# ---- functions ----

def functions(server):
    """The names that the analysis has for this server's version."""
    text = (LINEAGE / "function_table.h").read_text()
    versions = re.findall(r"^S\((\w+), (\w+), (\d+), (\d+)\)", (LINEAGE / "function_version_table.h").read_text(), re.M)
    family = server.kind.upper()
    here = server.version
    out = {n for n, f in re.findall(r"^F\((\w+), (\w+),", text, re.M) if f in ("BOTH", family)}
    for name, f, since, gone in versions:
        if f == family and (here < int(since) or 0 < int(gone) <= here):
            out.discard(name)
    assert len(out) > 350
    return out


def attempts(cursor, name):
    """Numbers of the errors of some calls; 0: it ran."""
    numbers = set()
    for arguments in ("", "1", "1, 1", "1, 1, 1", "1, 1, 1, 1", "DISTINCT 1", "DAY, 1, 1"):
        try:
            cursor.execute(f"SELECT {name}({arguments})")
            cursor.fetchall()
            numbers.add(0)
        except pymysql.MySQLError as error:
            numbers.add(error.args[0])
        except UnicodeDecodeError:
            numbers.add(0)
    return numbers


SYNTAX, NO_COLUMN, ABSENT, ABSENT_HERE = 1064, 1054, 1305, 1630
# Not asked by calling them: they wait, or take locks.
SLOW = {"SLEEP", "BENCHMARK", "GET_LOCK", "MASTER_POS_WAIT", "SOURCE_POS_WAIT", "MASTER_GTID_WAIT"}
# Not names of functions but of what the parser reads in their place.
PARSED = {"ANALYSE", "NEXT_VALUE", "PREVIOUS_VALUE"}
# Words that may stand before a parenthesis without being a function.
WORDS = set("""BINARY DISTINCT DISTINCTROW HIGH_PRIORITY NOT SQL_BIG_RESULT SQL_BUFFER_RESULT SQL_CACHE
SQL_CALC_FOUND_ROWS SQL_NO_CACHE SQL_SMALL_RESULT STRAIGHT_JOIN""".split())


def test_functions_of_the_table_are_there(server):
    absent = set()
    told = functions(server)
    with server.root("mysql") as c, c.cursor() as cursor:
        for name in sorted(told - SLOW - PARSED):
            if attempts(cursor, name) - {SYNTAX} in ({ABSENT}, {ABSENT_HERE}):
                absent.add(name)
    assert absent == set()


def test_functions_of_the_server_are_in_the_table(server):
    """Candidates: what looks like a name in the server's program. MariaDB lists its functions, too."""
    program = (pathlib.Path(shutil.which("mariadbd")) if server.kind == "mariadb"
               else servers.MySQL.fetch() / "usr" / "sbin" / "mysqld")
    words = re.findall(rb"\0([A-Za-z][A-Za-z0-9_]{1,47})(?=\0)", program.read_bytes())
    names = {w.decode().upper() for w in words if w.decode() in (w.decode().upper(), w.decode().lower())}
    if server.kind == "mariadb":
        names |= {r[0].upper() for r in server.rows("SELECT function FROM information_schema.sql_functions")}
    names -= functions(server) | WORDS | SLOW | {"SHUTDOWN"}
    assert len(names) > 3000
    missing = []
    with server.root("mysql") as c, c.cursor() as cursor:
        for name in sorted(names):
            got = attempts(cursor, name) - {SYNTAX}
            if name.startswith("SQL_TSI_") or not got or got <= {ABSENT, ABSENT_HERE, NO_COLUMN}:
                continue
            missing.append((name, sorted(got)))
    assert missing == []

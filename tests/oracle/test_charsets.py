# SPDX-License-Identifier: Apache-2.0
"""Random bytes with quotes and backslashes in them, sent to real servers under every character set
that clients may use: where the server sees quoted texts end, `cardea analyze` must see them end. Else
what is decided would not be what runs."""
import json
import os
import pathlib
import random
import re
import subprocess

import pymysql
import pytest
from cardea_test import servers

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
CARDEA = os.environ.get("CARDEA_BIN", str(TOP / "build/dev/src/cli/cardea"))
COUNT = int(os.environ.get("CHARSETS_COUNT", "600"))  # texts for each set and mode
MARKS = b"'''\"\"\\\\`, "
LEADS = bytes([0x81, 0x8E, 0x8F, 0x9F, 0xA0, 0xA1, 0xB5, 0xBF, 0xC2, 0xE0, 0xE2, 0xF0, 0xF7, 0xF9, 0xFC, 0xFE, 0xFF, 0x80])
TRAILS = bytes([0x30, 0x39, 0x40, 0x41, 0x5A, 0x5C, 0x61, 0x7A, 0x7E, 0x7F, 0x80, 0xA0, 0xA1, 0xAC, 0xBF, 0xFE])


@pytest.fixture(scope="module", params=[servers.MariaDB, servers.MySQL], ids=["mariadb", "mysql"])
def server(request, folder, authority):
    running = request.param(folder / f"charsets-{request.param.kind}", authority)
    yield running
    running.stop()


def texts(seed):
    """Select lists of quoted texts, some of which a lead byte before a mark runs together."""
    choose = random.Random(seed)
    for _ in range(COUNT):
        out = bytearray(b"SELECT '")
        for _ in range(choose.randrange(1, 9)):
            kind = choose.random()
            if kind < 0.45:
                out += bytes([choose.choice(LEADS)]) + (bytes([choose.choice(MARKS)]) if choose.random() < 0.5
                                                        else bytes([choose.choice(TRAILS)]))
            elif kind < 0.8:
                out += bytes([choose.choice(MARKS)])
            else:
                out += choose.choice([b"a", b"1", b"', '", b"\\'", b"''", b"\xe3\x81\x82", b"\xf0\x9f\x98\x80"])
        out += choose.choice([b"'", b"\"", b"'", b"', 'z'", b"' AS `a`"])
        yield bytes(out)


def on_server(connection, sql):
    """The values' bytes, or None for what the server does not run."""
    try:
        connection.query(sql)
    except pymysql.MySQLError as error:
        # 1064 a syntax error, 1300 bytes that are no text of the set, 1054 a name
        assert error.args[0] in (1064, 1300, 1054, 1267, 1366, 3854, 1166, 1102, 1059, 1105), (sql, error)
        return error.args[0]
    return len(connection._result.fields)


def ours(server, charset, mode, statements):
    family = f"{server.kind}-{re.match(r'[0-9.]+', server.version_key())[0]}"
    done = subprocess.run([CARDEA, "analyze", "--server", family, "--charset", charset, "--sql-mode", mode],
                          input=b"".join(s + b"\0" for s in statements), capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def charsets(server):
    known = subprocess.run([CARDEA, "analyze", "--charset", "?"], capture_output=True, check=False).stderr.decode()
    names = known.split("known are:")[1].split()
    there = {row[0] for row in server.rows("SELECT CHARACTER_SET_NAME FROM information_schema.CHARACTER_SETS")}
    return [name for name in names if name in there]


def test_quotes_end_where_the_server_sees_them_end(server):
    counts = {"run alike": 0, "refused there": 0, "refused here": 0}
    names = charsets(server)
    assert {"gbk", "big5", "sjis", "cp932", "euckr", "gb2312", "ujis", "eucjpms", "utf8mb4", "latin1"} <= set(names)
    for mode in ("", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES"):
        for number, name in enumerate(names):
            statements = list(texts(number * 10 + len(mode)))
            connection = server.root()
            connection.query(f"SET NAMES {name}")
            connection.query(f"SET sql_mode = '{mode}'")
            connection.encoding = "latin1"  # for headings: any byte
            real = [on_server(connection, sql) for sql in statements]
            connection.close()
            for sql, answer, line in zip(statements, real, ours(server, name, mode, statements)):
                if not line["accepted"]:
                    counts["refused here"] += 1
                    continue
                # What the server runs is what was read; what it refuses does no harm.
                columns = len(line["statements"][0]["columns"]) if line["statements"][0]["kind"] == "select" else None
                assert answer > 1000 or answer == columns, (name, mode, sql, answer, columns)
                counts["refused there" if answer > 1000 else "run alike"] += 1
    print(counts)
    assert counts["run alike"] > len(names) * COUNT / 4, counts


def test_sets_that_clients_may_not_use(server):
    for name in ("utf16", "utf32", "ucs2", "utf16le", "swe7"):
        done = subprocess.run([CARDEA, "analyze", "--charset", name], capture_output=True, check=False)
        assert done.returncode == 2, name
    there = {row[0] for row in server.rows("SELECT CHARACTER_SET_NAME FROM information_schema.CHARACTER_SETS")}
    assert there - set(charsets(server)) <= {"utf16", "utf32", "ucs2", "utf16le", "swe7"}

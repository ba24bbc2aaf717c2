#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The two worlds, held against the analysis alone: two databases that differ in masked columns,
statements that go straight to the servers, and what `cardea analyze` says of them. Where the
analysis sees no use, sink or unknown of a masked column, everything must be alike but the output
columns that it marks: rows, errors, warnings, names and number of columns. Quicker than the oracle
through the gateway, and it names the part at fault.

    tests/oracle/lineage_worlds.py [--seed N] [--count N] [--kind mariadb|mysql] [--cardea FILE]"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TOP / "tests" / "support"), str(TOP / "tests" / "oracle")]

import pymysql  # noqa: E402
from cardea_test import certificates, servers  # noqa: E402
import functions  # noqa: E402
from generate import VOLATILE, Generator  # noqa: E402
from world import LANES, MASKED, fill, lane_schema  # noqa: E402

# Which rows a LIMIT leaves, which row of a group a bare column shows, and the order among equals
# are the server's choice, and it may look at any index to make it (docs/security.md).
UNORDERED = re.compile(r"\bLIMIT\b|_VALUE\(|\bLAG\(|\bLEAD\(|ROW_NUMBER|NTILE|GROUP_CONCAT|JSON_\w+AGG|GROUP BY", re.I)
AT_ROW = re.compile(r" at row \d+")
SECRET = {f"app.{t}.{c}" for t, columns in MASKED.items() if not t.startswith("v_") for c in columns}


def analyze(cardea, server, statements):
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as f:
        f.write(lane_schema(LANES[0]))
        f.flush()
        run = subprocess.run([cardea, "analyze", "--server", server, "--schema", "app", "--catalog", f.name],
                             input="".join(s + "\0" for s in statements).encode(), capture_output=True, check=True)
    return [json.loads(x) for x in run.stdout.decode().splitlines()]


def masked_columns(line):
    """Indices of output columns that may differ; None when policy would not run the statement."""
    if not line["accepted"] or len(line["statements"]) != 1:
        return None
    s = line["statements"][0]
    if s["kind"] != "select" or s["unknowns"] or not s.get("columns_known", True):
        return None
    if any(SECRET & set(u["columns"]) for u in s["uses"]):
        return None
    if any(SECRET & set(k["from"]) for k in s["sinks"]) or s["sinks"]:
        return None
    if any(e["effect"] in ("waits", "locks name", "reads session", "reads diagnostics") for e in s["effects"]):
        return None
    return [i for i, c in enumerate(s["columns"]) if SECRET & set(c["from"])]


def answer(cursor, sql, masked):
    """(names, rows without masked values, error, warnings), with rows as a sorted list too."""
    try:
        cursor.execute(sql)
        rows = [tuple("*" if i in masked else v for i, v in enumerate(row)) for row in cursor.fetchall()]
        result = ([d[0] for d in cursor.description or []], rows, None)
    except pymysql.MySQLError as error:
        result = ([], [], error.args[:2])
    except UnicodeDecodeError:  # the driver's trouble with bytes in a text, alike in both worlds
        result = ([], [], "bytes")
        cursor.connection.ping(reconnect=True)
    try:
        cursor.execute("SHOW WARNINGS")
        warnings = [(w[0], w[1], AT_ROW.sub("", w[2])) for w in cursor.fetchall()]
    except (pymysql.MySQLError, UnicodeDecodeError):
        warnings = ()
    return result + (warnings,)


def judge(line, first, second):
    if first[2] != second[2]:
        return "error", first[2], second[2]
    one, two = collections.Counter(first[3]), collections.Counter(second[3])
    # Of a statement that touches masked columns the gateway shows no warnings.
    if one != two and not masked_columns(line):
        return "warnings", list((one - two).items()), list((two - one).items())
    if first[2] is None:
        names = [c["name"] for c in line["statements"][0]["columns"]]
        # MariaDB spells a column of a merged derived table as that does.
        if [x.lower() for x in first[0]] != [x.lower() for x in names]:
            return "names", first[0], names
    if sorted(map(repr, first[1])) != sorted(map(repr, second[1])):
        return "rows", first[1], second[1]
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--kind", choices=["mariadb", "mysql"], default="mariadb")
    parser.add_argument("--cardea", default=str(TOP / "build" / "dev" / "src" / "cli" / "cardea"))
    parser.add_argument("--show", type=int, default=20)
    arguments = parser.parse_args()
    counts, shown = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        authority = certificates.Authority(pathlib.Path(folder) / "ca")
        cls = {"mariadb": servers.MariaDB, "mysql": servers.MySQL}[arguments.kind]
        worlds = [cls(pathlib.Path(folder) / name, authority) for name in ("one", "two")]
        try:
            for server, name in zip(worlds, ("one", "two")):
                fill(server, name)
            generator = Generator(arguments.seed, functions.learn(worlds[0], arguments.kind), arguments.kind == "mariadb")
            statements = [s for s in (generator.select() for _ in range(arguments.count)) if not VOLATILE.search(s)]
            version = worlds[0].rows("SELECT VERSION()")[0][0].split("-")[0]
            lines = analyze(arguments.cardea, f"{arguments.kind}-{version}", statements)
            cursors = [w.root("app").cursor() for w in worlds]
            for sql, line in zip(statements, lines):
                masked = masked_columns(line)
                if masked is None:
                    counts["refused" if line["accepted"] else "not parsed"] += 1
                    if not line["accepted"]:
                        try:
                            cursors[0].execute(sql)
                            counts["not parsed, the server takes it"] += 1
                        except pymysql.MySQLError:
                            pass
                    continue
                first, second = (answer(c, sql, masked) for c in cursors)
                counts["error" if first[2] else ("masked" if masked else "clean")] += 1
                wrong = judge(line, first, second)
                if wrong and wrong[0] == "rows" and UNORDERED.search(sql):
                    counts["the server chose other rows"] += 1
                    continue
                if wrong:
                    counts["DIFFERENT " + wrong[0]] += 1
                    if shown < arguments.show:
                        shown += 1
                        print(f"{wrong[0]}: {sql}\n  {str(wrong[1])[:300]}\n  {str(wrong[2])[:300]}")
        finally:
            for server in worlds:
                server.stop()
    print(f"seed {arguments.seed}, {len(statements)} statements: " + ", ".join(f"{k} {v}" for k, v in sorted(counts.items())))
    sys.exit(1 if any(k.startswith("DIFFERENT") for k in counts) else 0)


if __name__ == "__main__":
    main()

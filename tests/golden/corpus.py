#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Column lineage against the cases of ../shared/corpus/lineage, where that folder is there.

A case names a statement, tables, and for each result column the stored columns it comes from. The
analysis may name more (columns that decide a value also count here, which the cases leave out),
never fewer, and must give the same number of columns. Cases where the other side is known to be
wrong are listed below, each with the reason.

usage: corpus.py CARDEA [FOLDER]
"""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# The tables that the first file's cases assume.
INLINE = """
CREATE DATABASE db; USE db;
CREATE TABLE t (a INT, b INT, c INT); CREATE TABLE t1 (a INT, b INT, c INT);
CREATE TABLE t2 (a INT, b INT, c INT); CREATE TABLE products (product_info JSON);
CREATE TABLE galleries (id INT, city VARCHAR(20)); CREATE TABLE paintings (id INT, gallery_id INT);
CREATE TABLE keyword_table (`select` INT, `Camel` INT);
"""

# Cases that take other tables than those, or names without case: by statement, and by which of the
# results that the file gives for it (some have two): what else is in the catalog, and whether
# names of tables are compared without case (lower_case_table_names=1).
VIEWS = INLINE + "CREATE VIEW v (va, b) AS SELECT a, b FROM t; CREATE VIEW v2 AS SELECT va FROM v;"
CORRELATED = INLINE.replace("CREATE TABLE t2 (a INT, b INT, c INT)", "CREATE TABLE t2 (other INT)")
UPPER = INLINE.replace("DATABASE db; USE db;", "DATABASE DB; USE DB;")
OTHERWISE = {
    "SELECT * FROM v": [(VIEWS, "db", False)],
    "SELECT * FROM v2": [(VIEWS, "db", False)],
    "SELECT (SELECT a FROM t2) AS inner_a FROM t1": [(CORRELATED, "db", False)],
    "SELECT (SELECT x.a FROM t2 AS x) AS inner_a FROM t1 AS x": [(INLINE, "db", False)],
    "SELECT X.a FROM t AS x": [(INLINE, "db", True)],
    "SELECT X.a FROM (SELECT a FROM t) AS x": [(INLINE, "db", True)],
    "SELECT DB.t.a FROM DB.t": [(UPPER, "DB", False), (INLINE, "db", True)],
}

# Statements on which the case is wrong: what a real MySQL says is shown by
# tests/oracle/test_lineage_cases.py.
KNOWN = {
    "VALUES ROW(1, 2 + 3)": "the columns are named column_0, column_1",
    "VALUES ROW(DEFAULT)": "DEFAULT may not stand there",
    "SELECT GROUP_CONCAT(a SEPARATOR b) AS gc FROM t": "a separator is a literal: a syntax error",
    "SELECT t.a FROM t JOIN DUAL": "a syntax error",
    "SELECT t.a FROM DUAL JOIN t": "a syntax error",
    "SELECT (SELECT x.a FROM t2 AS x) AS inner_a FROM t1 AS x": "x is the inner one, t2",
    "SELECT a, * FROM t;": "a star that is not first is a syntax error",
}


def analyze(cardea, catalog, schema, sql, lower):
    with tempfile.NamedTemporaryFile("w", suffix=".sql", delete=False) as f:
        f.write(catalog)
    try:
        run = subprocess.run(
            [cardea, "analyze", "--schema", schema, "--catalog", f.name,
             "--lower-case-table-names", "1" if lower else "0"],
            input=sql.encode() + b"\0", capture_output=True, check=False)
    finally:
        os.unlink(f.name)
    if run.returncode != 0:
        return None, run.stderr.decode()
    line = json.loads(run.stdout)
    return (line["statements"][0] if line["accepted"] else None), line["error"]


def quote(name):
    return "`" + name.replace("`", "``") + "`"


def catalog_of(row):
    out = []
    metadata = row["metadata"]
    for m in metadata if isinstance(metadata, list) else [metadata]:
        out.append(f"CREATE DATABASE {quote(m['name'])}; USE {quote(m['name'])};")
        for s in m.get("schemas", []):
            for t in s.get("tables", []):
                columns = ", ".join(f"{quote(c['name'])} VARCHAR(20)" for c in t["columns"])
                out.append(f"CREATE TABLE {quote(t['name'])} ({columns});")
            for v in s.get("views", []):
                text = v["definition"]
                if not text.lstrip().lower().startswith("create"):
                    text = f"CREATE VIEW {quote(v['name'])} AS {text}"
                out.append(text.rstrip("; \n") + ";")
    return "\n".join(out)


def judge(analysis, error, wanted, whole):
    if analysis is None:
        return f"refused: {error}"
    if not analysis.get("columns_known", True):
        return "columns unknown"
    have = analysis["columns"]
    if len(have) < len(wanted) or (whole and len(have) > len(wanted)):
        return f"{len(have)} columns, {len(wanted)} wanted"
    for h, w in zip(have, wanted):
        missing = {".".join(x).lower() for x in w["sources"]} - {x.lower() for x in h["from"]}
        if missing:
            return f"column {w['name']} lacks {sorted(missing)}"
        if h["name"].lower() != w["name"].lower():
            return f"column {h['name']!r}, {w['name']!r} wanted"
    return None


def cases(folder):
    met = collections.Counter()
    for line in (folder / "bytebase_omni_inline.jsonl").read_text().splitlines():
        row = json.loads(line)
        sql = row["sql"]
        if row["results"] and not row["error"] and ":db`" not in sql:
            others = OTHERWISE.get(sql, [(INLINE, "db", False)])
            catalog, schema, lower = others[min(met[sql], len(others) - 1)]
            met[sql] += 1
            # some of these give the first column alone
            yield sql, catalog, schema, lower, row["results"], False
    for line in (folder / "bytebase_query_span.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["results"] and "starrocks" not in row["src"]:
            yield (row["sql"], catalog_of(row), row["default_db"], row.get("ignore_case"),
                   row["results"], True)


def main():
    cardea = sys.argv[1]
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else \
        HERE.parents[1] / ".." / "shared" / "corpus" / "lineage"
    if not folder.is_dir():
        print(f"skipped: {folder} is not there")
        return 77
    bad = good = known = 0
    for sql, catalog, schema, lower, wanted, whole in cases(folder):
        wrong = judge(*analyze(cardea, catalog, schema, sql.rstrip("; \n"), lower), wanted, whole)
        if wrong is None:
            good += 1
        elif sql in KNOWN:
            known += 1
        else:
            bad += 1
            print(f"{sql}\n  {wrong}")
    print(f"{good} right, {known} differ for a known reason, {bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

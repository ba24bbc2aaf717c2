#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `cardea analyze` prints is what docs/analyze.schema.json says: every golden statement, and
statements of ../shared/corpus where that folder is there. A member that is not in the schema fails.

usage: schema.py CARDEA
"""
import copy
import json
import lzma
import pathlib
import subprocess
import sys

import run

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed (tools/setup.sh test)")
    sys.exit(77)

TOP = run.HERE.parent.parent
CORPUS = TOP.parent / "shared" / "corpus" / "mysql97.jsonl.xz"
EVERY = 100  # of the corpus' statements, one in so many
ODD = ["", "SELECT", "SELECT '", "\ufffe", "SELECT 1; SELECT 2", "SELECT ?, ?", "USE other", "SET sql_mode = 'ANSI'",
       "SELECT `a.b` FROM `c.d`.`e.f`", "CALL p()", "CREATE TEMPORARY TABLE t (i INT)"]


def corpus():
    if not CORPUS.exists():
        print(f"skipped: {CORPUS} is not there")
        return []
    with lzma.open(CORPUS, "rt") as lines:
        rows = (json.loads(line) for i, line in enumerate(lines) if i % EVERY == 0)
        return [row["sql"] for row in rows if "\0" not in row.get("sql", "\0")]


def lines(cardea):
    cases = [c for path in sorted(run.HERE.glob("*.golden")) for c in run.blocks(path.read_text()) if c[2]]
    for options in sorted({tuple(c[1]) for c in cases}):
        chosen = [c[2] for c in cases if tuple(c[1]) == options]
        yield from zip(chosen, run.analyze(cardea, list(options), chosen))
    more = ODD + corpus()
    yield from zip(more, run.analyze(cardea, [], more))


def main():
    cardea = sys.argv[1]
    # docs/analyze.schema.json, as tests/unit/cli/test_references.py holds.
    schema = json.loads(subprocess.run([cardea, "reference", "analyze"], capture_output=True, check=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator.check_schema(json.loads((TOP / "docs" / "catalog.schema.json").read_text()))
    validator = jsonschema.Draft202012Validator(schema)
    bad = count = 0
    for sql, line in lines(cardea):
        count += 1
        for error in validator.iter_errors(line):
            bad += 1
            print(f"{sql[:200]}\n  {error.json_path}: {error.message[:300]}")
    # It can fail: a member too many, anywhere, is seen.
    line = run.analyze(cardea, [], ["SELECT ssn FROM person WHERE id = 1"])[0]
    assert validator.is_valid(line)
    for path in ([], ["statements", 0], ["statements", 0, "privileges", 0], ["statements", 0, "columns", 0],
                 ["statements", 0, "uses", 0]):
        changed = copy.deepcopy(line)
        at = changed
        for step in path:
            at = at[step]
        at["more"] = True
        assert not validator.is_valid(changed), path
    print(f"{count} lines, {bad} not as the schema says")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Injected statements of ../shared/corpus/injection, where that folder is there: texts that a real
MySQL accepts and tells apart from the harmless statement by its digest. Ours must tell apart what
MySQL's digest does, so that an injected statement never passes for the one it was made from; and
the parser must read them.

usage: injection.py CARDEA [FOLDER]
"""
import collections
import json
import lzma
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# MySQL folds a sign into a literal in some places and not in others.
SIGN = re.compile(r"[-+] (?=[-+?]|\( )|[() ]")
REFUSED_AT_MOST = 0.002  # variables and names that are empty, `1.e(`: docs/grammar-gaps.md


def main():
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else \
        HERE.parents[1] / ".." / "shared" / "corpus" / "injection"
    if not folder.is_dir():
        print(f"skipped: {folder} is not there")
        return 77
    with lzma.open(folder / "injected_mysql97.jsonl.xz") as f:
        rows = [json.loads(line) for line in f]
    run = subprocess.run([sys.argv[1], "analyze", "--server", "mysql-9.7", "--schema", "test"],
                         input=b"".join(r["sql"].encode() + b"\0" for r in rows),
                         capture_output=True, check=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(lines) == len(rows), (len(lines), len(rows))
    groups = collections.defaultdict(dict)
    refused = 0
    for row, line in zip(rows, lines):
        if line["accepted"]:
            ours = " ; ".join(s["normalized"] for s in line["statements"])
            groups[ours][SIGN.sub("", row["digest_text"])] = row["sql"]
        else:
            refused += 1
    taken_for_another = {k: v for k, v in groups.items() if len(v) > 1}
    for ours, theirs in taken_for_another.items():
        print(ours, *theirs.values(), sep="\n    ")
    print(f"{len(rows)} injected statements, {refused} refused, {len(groups)} digests, "
          f"{len(taken_for_another)} for statements that MySQL tells apart")
    return 1 if taken_for_another or refused > REFUSED_AT_MOST * len(rows) else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cardea broken on purpose: that the two-worlds oracle can see.

A copy of the sources under build/broken is changed in one place at a time, built, and put before
the two worlds. The oracle must find a difference within COUNT statements, each time. The sources
themselves are never touched, and nothing here is part of any other build.

    tests/oracle/broken.py [--kind mariadb|mysql] [--count N] [--seed N] [NAME...]"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from typing import NamedTuple

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TOP / "tests" / "support"), str(TOP / "tests" / "oracle")]

import worlds  # noqa: E402
from world import Worlds  # noqa: E402

FOLDER = TOP / "build" / "broken"
COUNT = 6000


class Break(NamedTuple):
    name: str
    file: str
    old: str  # stands there exactly once
    new: str


def forgotten(name, how):
    """A kind of use that is never recorded."""
    old = "    if (columns.count == 0)\n        return;\n    if (w->program"
    return Break(name, "src/lineage/record.c", old, f"    if (columns.count == 0 || how == {how})\n        return;\n    if (w->program")


BREAKS = [
    Break("columns behind a derived table's alias", "src/lineage/from.c",
          "        relation->columns[i].invisible = false;\n        if (names != NULL",
          "        relation->columns[i].invisible = false;\n        relation->columns[i].value.from = (set_t){NULL, 0};\n        if (names != NULL"),
    Break("views are not followed", "src/lineage/from.c",
          "    if (table->kind == CATALOG_TABLE_VIEW) {", "    if (table->kind == CATALOG_TABLE_VIEW && table->column_count == 0) {"),
    Break("a set operation is its left side", "src/lineage/query.c",
          "        if (i < right.relation->count)\n", "        if (i >= left.relation->count)\n"),
    forgotten("ORDER BY", "USE_ORDER"),
    forgotten("conditions", "USE_PREDICATE"),
    forgotten("what may fail", "USE_ERROR"),
    Break("PARTITION BY of windows", "src/lineage/call.c",
          "        const struct sql_node *item = list->child[i];\n        struct value v =\n            expression(w, s, item->kind == SQL_ORDER_ITEM",
          "        const struct sql_node *item = list->child[i];\n        if (how == USE_WINDOW)\n            continue;\n        struct value v =\n            expression(w, s, item->kind == SQL_ORDER_ITEM"),
    Break("warnings of masked values", "src/session/statement.c",
          "        session->diagnostics_hidden = true;\n", "        session->diagnostics_hidden = false;\n"),
]


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def prepare():
    """A fresh copy of the sources, what was compiled of them before left in place."""
    source = FOLDER / "source"
    for name in ("src", "tools"):
        target = source / name
        for path in [p for p in (TOP / name).rglob("*") if p.is_file() and "__pycache__" not in p.parts]:
            copy = target / path.relative_to(TOP / name)
            if not copy.exists() or copy.read_bytes() != path.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
                shutil.copymode(path, copy)
        for copy in [p for p in target.rglob("*") if p.is_file()]:
            if not (TOP / name / copy.relative_to(target)).exists():
                copy.unlink()
    for name in ("meson.build", "meson_options.txt"):
        shutil.copyfile(TOP / name, source / name)
    if not (FOLDER / "made" / "build.ninja").exists():
        run(["meson", "setup", FOLDER / "made", source, "-Doptimization=0", "-Ddebug=false", "-Dwerror=false"])
    return source


def build(this, source):
    """The program broken in this way."""
    path = source / this.file
    text = path.read_text()
    if text.count(this.old) != 1:
        raise RuntimeError(f"{this.file} has changed: there is no one place to break for `{this.name}`")
    try:
        path.write_text(text.replace(this.old, this.new))
        run(["ninja", "-C", FOLDER / "made", "src/cli/cardea"])
        made = FOLDER / ("cardea-" + this.name.replace(" ", "-").replace("'", ""))
        shutil.copyfile(FOLDER / "made" / "src" / "cli" / "cardea", made)
        made.chmod(0o755)
        return made
    finally:
        path.write_text(text)


def seen(both, program, seed, count):
    """The Report of the worlds behind that program, up to the first difference."""
    before = os.environ.get("CARDEA_BIN")
    os.environ["CARDEA_BIN"] = str(program)
    try:
        for lane in both.lanes:
            both.refill(lane)
        both.restart()
        return worlds.ask_generated(both, seed, count, first=True)
    finally:
        if before is None:
            del os.environ["CARDEA_BIN"]
        else:
            os.environ["CARDEA_BIN"] = before


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--kind", choices=["mariadb", "mysql"], default="mariadb")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=COUNT)
    arguments = parser.parse_args()
    missed = 0
    source = prepare()
    folder = tempfile.mkdtemp(prefix="cardea-broken-")
    both = Worlds(arguments.kind, folder)
    try:
        for this in [b for b in BREAKS if not arguments.names or b.name in arguments.names]:
            report = seen(both, build(this, source), arguments.seed, arguments.count)
            example = f"; {'; '.join(map(str, report.found[0].steps))[:300]}" if report.found else ""
            print(f"{this.name}: {'seen' if report.found else 'NOT SEEN'} after {report.statements} statements, {report.seconds:.0f} s{example}", flush=True)
            missed += not report.found
    finally:
        both.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

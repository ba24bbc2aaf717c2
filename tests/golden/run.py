#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Golden tests of the analysis: SQL in, what is known of it out.

A `.golden` file is blocks parted by empty lines. A block is a statement (lines beginning with
`> `), then what `cardea analyze` says of it, one fact a line. `#` lines are for readers; a line
`# options: --server mariadb-10.11` holds for the blocks below it. Each block was read by eye when
it was written; `run.py --update` rewrites the facts, and the diff is to be read again.

usage: run.py [--update] CARDEA [FILE...]
"""
import json
import pathlib
import re
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CATALOG = HERE / "app.sql"


ASKED = {"privileges": "", "definer_privileges": " inside view", "policy_privileges": " by policy alone"}


def need_text(need, asked):
    where = ".".join(x for x in (need["schema"], need["object"]) if x) or "*.*"
    columns = f"({', '.join(need['columns'])})" if need["columns"] else " (any column)" * need.get("any_column", False)
    return f"need {need['privilege']}{columns} on {where}{asked}"


def facts(line):
    """One line of JSON as lines of text that people can review."""
    if not line["accepted"]:
        error = line["error"]
        return [f"refused {error['code']} at {error['position']}"]
    out = []
    for s in line["statements"]:
        flags = [k for k in ("writes", "has_where", "has_key", "has_limit") if s.get(k)]
        out.append(" ".join(["kind", s["kind"]] + flags))
        for c in s["columns"]:
            plain = "=" if c["plain"] else "<-"
            out.append(f"column {c['name']} {plain} {' '.join(c['from'])}".rstrip())
        if not s.get("columns_known", True):
            out.append("columns unknown")
        for asked in ("privileges", "definer_privileges", "policy_privileges"):
            out += [need_text(p, ASKED[asked]) for p in s.get(asked, [])]
        for u in s["uses"]:
            out.append(f"use {u['how']} [{u['what']}] {' '.join(u['columns'])}")
        for k in s["sinks"]:
            out.append(f"sink {k['kind']} {k['target']} <- {' '.join(k['from'])}".rstrip(" ")
                       if k["from"] else f"sink {k['kind']} {k['target']}")
        for e in s["effects"]:
            out.append(f"effect {e['effect']} [{e['what']}]")
        for c in s.get("changes", []):
            out.append(f"change {c['change']} {c['name']} {c['value']}".rstrip())
        for u in s["unknowns"]:
            out.append(f"unknown {u['what']} [{u['name']}]")
    return out


def blocks(text):
    """(comment lines, options, statement, facts) of each block."""
    options = []
    for block in text.strip().split("\n\n"):
        lines = block.split("\n")
        comments = [x for x in lines if x.startswith("#")]
        for c in comments:
            if c.startswith("# options:"):
                options = shlex.split(c[len("# options:"):])
        sql = "\n".join(x[2:] for x in lines if x.startswith("> "))
        rest = [x for x in lines if not x.startswith(("#", "> "))]
        yield comments, options, sql, rest


def analyze(cardea, options, statements):
    """All statements of one set of options in one run."""
    args = [cardea, "analyze", "--schema", "app", "--catalog", str(CATALOG)] + options
    data = b"".join(s.encode() + b"\0" for s in statements)
    run = subprocess.run(args, input=data, capture_output=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{' '.join(args)}: exit {run.returncode}\n{run.stderr.decode()}")
    lines = [json.loads(x) for x in run.stdout.decode().splitlines()]
    if len(lines) != len(statements):
        sys.exit(f"{len(statements)} statements in, {len(lines)} lines out")
    return lines


def check(cardea, path, update):
    cases = list(blocks(path.read_text()))
    got, normalized = {}, {}
    for options in {tuple(c[1]) for c in cases}:
        chosen = [i for i, c in enumerate(cases) if tuple(c[1]) == options and c[2]]
        lines = analyze(cardea, list(options), [cases[i][2] for i in chosen])
        got.update({i: facts(line) for i, line in zip(chosen, lines)})
        normalized.update({i: [s["normalized"] for s in line.get("statements", [])]
                           for i, line in zip(chosen, lines)})
    bad = 0
    text = []
    for i, (comments, _, sql, want) in enumerate(cases):
        have = got.get(i, [])
        text.append("\n".join(comments + ["> " + x for x in sql.split("\n") if sql] + have))
        shown = [x for x in normalized.get(i, []) if re.search("verysecret|oldsecret", x)]
        if shown:
            sys.exit(f"{path.name}: a secret shows in {shown}")
        if have != want and sql:
            bad += 1
            if not update:
                print(f"{path.name}: {sql}")
                for x in want:
                    if x not in have:
                        print(f"  - {x}")
                for x in have:
                    if x not in want:
                        print(f"  + {x}")
    if update:
        path.write_text("\n\n".join(text) + "\n")
    print(f"{path.name}: {len(got)} statements, {bad} {'changed' if update else 'differ'}")
    return bad == 0 or update


def main():
    args = sys.argv[1:]
    update = "--update" in args
    args = [a for a in args if a != "--update"]
    cardea, files = args[0], [pathlib.Path(a) for a in args[1:]]
    files = files or sorted(HERE.glob("*.golden"))
    results = [check(cardea, f, update) for f in files]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()

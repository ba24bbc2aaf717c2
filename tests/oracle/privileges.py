#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The privilege oracle: the server is the judge of what a statement needs.

Statements run in the order of their file, so that the tables they use are there. Each is judged
once for each shape and set of privileges: the session gives up all rights but those that the
analysis says are needed (privileges_world.py), then runs the statement

  - without one of them, for each in turn: the server must refuse; else it is ONE TOO MANY;
  - with all of them: it must not be refused for want of a privilege; else something is LEFT OUT.

What a refused statement would have done is not done, so the last run is the one that counts in the
sequence. A statement that fails even with all rights can't be judged. Where a difference is known
and right, a row of EXPLAINED says why; it is counted, not hidden.

    tests/oracle/privileges.py --kind mysql [--sequences FILE.jsonl.xz] [--file PART] [--seed N]
                               [--count N] [--again N] [--statement SQL --setup FILE]"""
import argparse
import base64
import collections
import json
import lzma
import pathlib
import random
import re
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path[:0] = [str(HERE), str(TOP / "tests" / "support")]

from cardea_test import certificates  # noqa: E402
from privileges_explained import EXPLAINED  # noqa: E402
from privileges_world import LOST, Ungrantable, World, single  # noqa: E402

# Refusals for want of a privilege.
DENIED = {1044, 1045, 1095, 1142, 1143, 1227, 1345, 1356, 1370, 1410, 1419, 1698, 3530, 4163}
# Never run: they stop, lock or change the server that judges, or wait for one that is not there.
NEVER = re.compile(
    rb"^\W*(shutdown|restart|clone|install|uninstall|reset|change|purge|binlog|xa|kill|backup|import|"
    rb"(start|stop)\s+(slave|replica|all|group)|(create|alter|drop|rename)\s+(or\s+replace\s+)?"
    rb"(server|resource|tablespace|undo|logfile|instance|library)|alter\s+instance|lock\s+instance|"
    rb"set\s+(password|default|role|resource|persist)|flush|load|cache|handler|show\s+(master|binary|slave|replica|relaylog|binlog))"
    rb"|\b(global|persist|persist_only)\b|sleep\s*\(|benchmark\s*\(|get_lock\s*\(|_pos_wait|wait_for_executed|"
    rb"wait_until_sql|debug_sync|\b(into|from)\s+(outfile|dumpfile)|master_gtid_wait", re.I)
# Of the kinds that the analysis knows by their words alone: these make what later statements use.
STEP = re.compile(rb"^\W*((create|alter|drop)\b.*?\b(procedure|function|trigger|event|sequence|index|view)\b|"
                  rb"analyze|check|repair|optimize|checksum|signal|begin|declare)", re.I | re.S)
DEFINED = re.compile(rb"^\s*create\s+(?:or\s+replace\s+)?(algorithm\s*=\s*\w+\s+)?(?!definer)"
                     rb"(?=(?:sql\s+security\s+\w+\s+)?(?:view|trigger|procedure|function|event|aggregate)\b)", re.I)
MADE = re.compile(rb"\b(view|trigger|procedure|function|event)\s+(?:if\s+not\s+exists\s+)?"
                  rb"((?:`(?:[^`]|``)+`|[^\s`(.]+)(?:\s*\.\s*(?:`(?:[^`]|``)+`|[^\s`(.]+))?)", re.I)
SHOW_CREATE = re.compile(rb"^\W*show\s+create\b", re.I)
TAKE_MAX = 24  # privileges of one statement that are taken away in turn
REFRESH_MAX = 5.0  # seconds for one file's catalogs
# Accounts that the oracle itself stands on, and what may lock it out.
OWN = re.compile(rb"\broot\b|\bowner\b|\bu@|'u'|current_user|user\s*\(\)|current_role|cardea_|\beverything\b|\bnothing\b|"
                 rb"identified\s+via\s+\w|require\s|account\s+lock|\bproxy\b|^\W*set\b", re.I)
ACCOUNTS = {"create user", "alter user", "drop user", "rename user", "create role", "drop role", "grant", "revoke"}
READS = {"select", "show", "describe", "explain", "do"}
MOVES = {"set", "use", "drop schema", "call", "execute", "prepare", "other", "set transaction"}
STAYS = READS | {"insert", "replace", "update", "delete", "truncate", "begin", "commit", "rollback",
                 "savepoint", "release savepoint", "set", "use", "set transaction", "prepare", "deallocate",
                 "lock tables", "unlock tables", "analyze table", "check table", "checksum table", "optimize table",
                 "repair table", "handler", "get diagnostics", "signal", "resignal"} | ACCOUNTS


def is_text(sql):
    try:
        sql.decode()
    except UnicodeDecodeError:
        return False
    return True


class Difference(collections.namedtuple("Difference", "verdict cause detail sql error")):
    pass


class Oracle:
    def __init__(self, kind, folder, live, again=2):
        folder = pathlib.Path(folder)
        self.kind, self.again = kind, again
        self.world = World(kind, folder / kind, certificates.Authority(folder / "ca"), live)
        self.counts = collections.Counter()     # what became of statements
        self.kinds = collections.Counter()      # (kind of statement, verdict)
        self.found = collections.defaultdict(list)  # (verdict, cause) -> differences
        self.times, self.judged = collections.Counter(), set()
        self.touched = True  # something was run that later statements may notice

    def stop(self):
        self.world.stop()

    # ---- a file ----

    def begin(self, setup=()):
        w = self.world
        if w.session is not None:
            w.session.close()
        w.try_root(*[f"DROP DATABASE `{s.replace('`', '``')}`" for s in w.schemas()], "CREATE DATABASE test",
                   *[f"DROP USER '{u}'@'{h}'" if h or self.kind == "mysql" else f"DROP ROLE '{u}'" for u, h in w.accounts()])
        w.new_session()
        w.run("USE test")
        self.mode, self.charset, self.schema = w.state()
        self.dirty, self.prepared, w.refreshing, self.touched = True, {}, 0.0, False
        w.try_root(*[sql.decode() for sql in setup])

    def _recover(self):
        """After a lost connection: a new session, in the same schema."""
        self.counts["connection lost"] += 1
        self.world.new_session()
        self.world.run(f"USE `{self.schema}`")
        self.dirty = True

    def _moved(self):
        self.mode, self.charset, self.schema = self.world.state()

    def _ask(self, sql, schema=None):
        return self.world.live.ask(sql=sql.hex(), schema=self.schema if schema is None else schema, mode=self.mode, charset=self.charset)

    def statement(self, sql):
        try:
            self._statement(sql)
        except (RuntimeError, OSError) as error:
            self.counts[f"session: {str(error)[:40]}"] += 1
            self._recover()
        except Exception as error:
            if type(error).__name__ not in ("Closed", "Error", "ProtocolError"):
                raise
            self._recover()

    def _statement(self, sql):
        self.counts["statements"] += 1
        if NEVER.search(sql):
            self.counts["left alone: about the server itself"] += 1
            return
        if self.charset.startswith("utf8") and not is_text(sql):
            self._keep_step(sql, "other", "left alone: names that are no text")
            return
        line = self._ask(sql)
        if not line["accepted"] or len(line["statements"]) != 1:
            self._keep_step(sql, "other", f"not analysed: {line['error'] or 'several'}")
            return
        found = line["statements"][0]
        kind = found["kind"]
        if kind in ACCOUNTS and OWN.search(sql):
            self.counts["left alone: accounts that the oracle stands on"] += 1
            return
        if kind == "other":
            if STEP.search(sql):
                self._keep_step(sql, kind, "left alone: a kind that is not analysed")
            else:
                self.counts["left alone: a kind that is not analysed"] += 1
            return
        if self.times[found["digest"]] >= self.again:
            self._keep_step(sql, kind, "known shape", found)
            return
        if self.dirty:
            if self.world.refreshing > REFRESH_MAX:
                self._keep_step(sql, kind, "left alone: too many tables to read the catalog each time", found)
                return
            self.world.refresh()
            self.dirty = False
            found = self._ask(sql)["statements"][0]
        rights = self._rights(sql, found)
        if rights is None:
            self._keep_step(sql, kind, "left alone: prepared from a variable", found)
            return
        key = (found["digest"], tuple(rights))
        if key in self.judged:
            self._keep_step(sql, kind, "known shape", found)
            return
        if any(r[2].lower() in ("mysql", "sys", "performance_schema") and r[0] not in ("SELECT", "REFERENCES") for r in rights) or (
                kind in ("insert", "replace", "update", "delete") and any(u["what"] == "system table" for u in found["unknowns"])):
            self.counts["left alone: changes a system schema"] += 1
            return
        self.times[found["digest"]] += 1
        self.judged.add(key)
        self._judge(sql, found, rights)

    def _rights(self, sql, found):
        """The single privileges that a statement needs; those of PREPARE and EXECUTE are those of
        the text. None when that is not known."""
        if found["kind"] in ("prepare", "execute"):
            text = next((c["value"] for c in found.get("changes", []) if c["change"] == "prepare"), None) \
                if found["kind"] == "prepare" else self.prepared.get(self._name(found))
            text, schema = text if isinstance(text, tuple) else (text, self.schema)
            line = self._ask(text.encode(), schema) if text else None
            if line is None or not line["accepted"] or len(line["statements"]) != 1:
                return None
            found = line["statements"][0]
        whole = bool(SHOW_CREATE.match(sql))
        return sorted({r for need in found["privileges"] for r in single(need, self.world.columns_of, whole)})

    @staticmethod
    def _name(found):
        return next((u["name"].lower() for u in found["unknowns"] if u["what"] == "prepared statement"), "")

    def _keep_step(self, sql, kind, why, found=None):
        self.counts[why] += 1
        if kind in READS and why == "known shape":
            return
        self.world.become_everything()
        self._after(sql, kind, self.world.run(sql)[0], found)

    def _after(self, sql, kind, number, found=None):
        """The statement has run for good."""
        self.touched = self.touched or kind not in ("select", "explain", "show", "describe")
        if number == 0 and kind in ("prepare", "deallocate"):
            for change in (found or {}).get("changes", []):
                self.prepared[change["name"].lower()] = \
                    (change["value"], self.schema) if change["change"] == "prepare" else None
        if number == LOST:
            self._recover()
            return
        if kind not in STAYS:
            self.dirty = True
            if number == 0 and kind in ("create table", "drop table", "alter table"):
                self.world.live.ask(done=True)
        if number == 0 and DEFINED.match(sql):
            self._define(sql)
        if kind in MOVES:
            self._moved()

    def _define(self, sql):
        """What the session has made belongs to its account, which holds nothing by itself: it is
        made again for one that holds all."""
        made = MADE.search(sql)
        view = made is not None and made.group(1).lower() == b"view"
        replace = b"OR REPLACE" if view or self.kind == "mariadb" else b""
        self.world.become_everything()
        if made is not None and not replace:
            self.world.run(b"DROP " + made.group(1) + b" " + made.group(2))
        self.world.run(DEFINED.sub(rb"CREATE %s \1 DEFINER=owner@localhost " % replace, sql, count=1))

    # ---- the judgement ----

    def _judge(self, sql, found, rights):
        kind, w = found["kind"], self.world
        spare, other = [], []
        try:
            taken = rights if kind != "prepare" else []  # EXECUTE asks for the rest
            if len(taken) > TAKE_MAX:
                self.counts["privileges not taken away: too many in one statement"] += len(taken) - TAKE_MAX
                taken = taken[:TAKE_MAX]
            for right in taken:
                w.become([r for r in rights if r != right])
                number, _ = w.run(sql)
                if number == LOST:
                    self._recover()
                    self.counts["lost"] += 1
                    return
                if number == 0:
                    spare.append(right)
                    if kind not in READS and kind not in ("insert", "update", "delete", "replace"):
                        break
                elif number not in DENIED:
                    other.append((right, number))
            w.become(rights)
        except Ungrantable as error:
            if str(error).startswith("1205"):
                self._keep_step(sql, kind, "left alone: the sequence holds locks that granting waits for", found)
                return
            w.become_everything()
            number = w.run(sql)[0]
            if number == 0:
                self._difference("can't be granted", found, rights, sql, str(error))
            self.counts["can't run" if number else "can't be granted"] += 1
            self._after(sql, kind, number, found)
            return
        number, text = self._run_spelled(sql, rights)
        if number == 0 or spare:
            verdict = "fine"
        elif number == LOST:
            verdict = "lost"
        else:
            w.become_everything()
            again = w.run(sql)[0]
            verdict = "left out" if again == 0 else "can't run"
            if again == 0 and number not in DENIED:
                verdict = "unsteady"  # it failed for another reason, which is gone
            if again and number in DENIED and again not in DENIED:
                verdict = "left out, can't run"
            if verdict.startswith("left out"):
                self._difference(verdict, found, None, sql, f"{number} {text}, had {rights}")
            number = again
        if verdict in ("fine", "left out"):
            self.counts["judged"] += 1
            self.kinds[kind, "judged"] += 1
        self.counts[verdict] += 1
        if verdict != "can't run":
            self.kinds[kind, verdict] += 1
        if number == 0 or spare:
            for right in spare:
                self._difference("one too many", found, right, sql, "")
            if spare:
                self.counts["statements with one too many"] += 1
                self.kinds[kind, "one too many"] += 1
            for right, errno in other:
                self.counts[f"refused otherwise: {errno}"] += 1
        self._after(sql, kind, number, found)

    def _run_spelled(self, sql, rights):
        """MySQL compares the columns of a role's grants letter by letter, those of an account's
        without case: what is refused for its spelling alone is granted as the statement has it."""
        rights = list(rights)
        for _ in range(20):
            number, text = self.world.run(sql)
            named = re.search(r"for column '([^']+)' in table '([^']+)'", text) if number == 1143 else None
            also = [r[:4] + (named.group(1),) for r in rights
                    if named and r[4].lower() == named.group(1).lower() and r[3] == named.group(2)]
            if not also or set(also) <= set(rights) or self.kind != "mysql":
                break
            rights += also
            self.world.become(rights)
        return number, text

    def _difference(self, verdict, found, right, sql, error):
        cause, detail = self._cause(verdict, found, right, sql, error)
        if cause is not None and verdict == "one too many":
            self.counts["explained"] += 1
        self.found[verdict, cause or detail].append(
            Difference(verdict, cause, f"{right}" if right else "", sql, error))

    def _cause(self, verdict, found, right, sql, error):
        for name, verdicts, test, _ in EXPLAINED:
            if verdict in verdicts and test(self.kind, found, right, sql, error):
                return name, ""
        if verdict == "one too many":
            unknown = sorted({u["what"] for u in found["unknowns"]})
            return None, f"{found['kind']}: {right[0]} on {right[1]}" + (f", unknown {unknown}" if unknown else "")
        unknown = sorted({u["what"] for u in found["unknowns"]})
        shape = re.sub(r"'[^']*'|`[^`]*`|\"[^\"]*\"", "_", error.rsplit(", had ", 1)[0])[:70]
        return None, f"{found['kind']}: {shape}" + (f", unknown {unknown}" if unknown else "")

    # ---- the report ----

    def report(self, show=1, width=400, out=sys.stdout):
        print(", ".join(f"{k} {v}" for k, v in sorted(self.counts.items())), file=out)
        rows = sorted({k for k, _ in self.kinds})
        for kind in rows:
            print(f"  {kind}: " + ", ".join(f"{v} {n}" for (k, v), n in sorted(self.kinds.items()) if k == kind), file=out)
        for (verdict, cause), found in sorted(self.found.items(), key=lambda x: (x[0][0], -len(x[1]))):
            print(f"{verdict}: {len(found)} × {cause}" + ("  [explained]" if found[0].cause else ""), file=out)
            for d in sorted(found, key=lambda d: len(d.sql))[:show]:
                print(f"    {d.sql[:width].decode('utf-8', 'replace')!r} {d.detail} {d.error}", file=out)


def sequences(path, part, seed, count):
    """(file, statements) of a corpus: files that have `part` in their names, in random order by
    `seed` (0: as they come), until there are `count` statements."""
    files = collections.OrderedDict()
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if part and part not in row["file"]:
                continue
            sql = base64.b64decode(row["sql_b64"]) if "sql_b64" in row else row["sql"].encode()
            files.setdefault(row["file"], []).append(sql)
    names = list(files)
    if seed:
        random.Random(seed).shuffle(names)
    total = 0
    for name in names:
        if count and total >= count:
            return
        total += len(files[name])
        yield name, files[name]


def split(text):
    """A script's statements: `;` at the end of a line ends one."""
    return [s.strip().encode() for s in re.split(r";\s*\n", re.sub(r"(?m)^--.*\n", "", text + "\n")) if s.strip()]


def golden(kind):
    """Statements of the project's golden files that are for this server."""
    found = []
    for path in sorted((TOP / "tests" / "golden").glob("*.golden")):
        here = True
        for block in path.read_text().strip().split("\n\n"):
            for line in block.split("\n"):
                if line.startswith("# options:"):
                    here = "--server" not in line or f"--server {kind}" in line
            sql = "\n".join(x[2:] for x in block.split("\n") if x.startswith("> "))
            if sql and here:
                found.append(sql.encode())
    return found


def corpus(kind):
    name = {"mysql": "mysql97_sequences.jsonl.xz", "mariadb": "mariadb1011_sequences.jsonl.xz"}[kind]
    return TOP.parent / "shared" / "corpus" / name


def run_files(oracle, files, progress=0, seconds=0):
    """All files, or as many as `seconds` allow (0: no limit)."""
    start = last = time.monotonic()
    for name, statements in files:
        if seconds and time.monotonic() - start > seconds:
            oracle.counts["files not reached in time"] += 1
            continue
        oracle.begin()
        for sql in statements:
            oracle.statement(sql)
        if progress and time.monotonic() - last > progress:
            last = time.monotonic()
            print(f"{last - start:.0f} s: {name}: {oracle.counts['statements']} statements, {oracle.counts['judged']} judged",
                  file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kind", choices=["mariadb", "mysql"], default="mysql")
    parser.add_argument("--sequences", type=pathlib.Path)
    parser.add_argument("--file", default="")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0, help="begin no file later than that")
    parser.add_argument("--again", type=int, default=2, help="how often a shape is judged with other privileges")
    parser.add_argument("--show", type=int, default=1)
    parser.add_argument("--own", action="store_true", help="the golden statements and the oracle's own, no corpus")
    parser.add_argument("--statement", action="append", default=[])
    parser.add_argument("--explain", action="store_true", help="print the known differences and why, and do nothing")
    parser.add_argument("--setup", type=pathlib.Path)
    parser.add_argument("--live", default=str(TOP / "build" / "dev" / "tests" / "oracle" / "analyze_live"))
    parser.add_argument("--folder", default=None, help="where the server lives; in memory it is quickest")
    a = parser.parse_args()
    if a.explain:
        print("\n".join(f"| {name} | {', '.join(verdicts)} | {why} |" for name, verdicts, _, why in EXPLAINED))
        return
    with tempfile.TemporaryDirectory(dir=a.folder) as folder:
        oracle = Oracle(a.kind, folder, a.live, a.again)
        start = time.monotonic()
        try:
            if a.statement or a.own:
                setup = split(a.setup.read_text()) if a.setup else []
                run_own(oracle, setup, [s.encode() for s in a.statement])
            else:
                path = a.sequences or corpus(a.kind)
                if not path.exists():
                    sys.exit(f"{path} is not there")
                run_files(oracle, sequences(path, a.file, a.seed, a.count), progress=20, seconds=60 * a.minutes)
        finally:
            print(f"{oracle.world.kind} {oracle.world.version}, seed {a.seed}, {time.monotonic() - start:.0f} s")
            oracle.report(a.show)
            oracle.stop()
    sys.exit(1 if any(k[0] == "left out" for k in oracle.found) else 0)


def run_own(oracle, setup, statements):
    if statements:
        oracle.begin(setup)
        for sql in statements:
            oracle.statement(sql)
        return
    app = split((TOP / "tests" / "golden" / "app.sql").read_text())
    for sql in golden(oracle.kind):
        if not oracle.touched:
            oracle.statement(sql)
            continue
        oracle.begin([b"CREATE DATABASE IF NOT EXISTS app", b"USE app"] + app)
        oracle.world.run("USE app")
        oracle._moved()
        oracle.statement(sql)
    oracle.begin()
    for sql in split((HERE / "privileges.sql").read_text()):
        oracle.statement(sql)


if __name__ == "__main__":
    main()

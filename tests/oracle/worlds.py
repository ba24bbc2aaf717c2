#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The two-worlds oracle (noninterference): two databases that differ in the values of masked
columns alone. Whatever an identity without `reveal` sends through the gateway, the bytes that come
back must be the same from both: rows, errors, warnings, counts, metadata.

    tests/oracle/worlds.py [--kind mariadb|mysql] [--seed N] [--count N] [--attacks] [--corpus FILE]
    tests/oracle/worlds.py --forever

--count statements are generated (world.py has the schema, queries.py and generate.py the grammar);
--attacks adds the attack tests' statements and what can be made of them, --corpus a file of
statements, their names replaced by the world's. A difference is shrunk to what is needed to see it
and printed. With --forever both servers are asked in turn, with new seeds, until it is told to stop."""
import argparse
import collections
import multiprocessing
import pathlib
import queue
import random
import shutil
import signal
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TOP / "tests" / "support"), str(TOP / "tests" / "oracle")]

import attack_cases  # noqa: E402
import corpus_cases  # noqa: E402
import functions  # noqa: E402
from asking import STATES, Asker, Case, Step, case  # noqa: E402
from generate import Generator, generated, volatile  # noqa: E402
from world import Worlds  # noqa: E402

# What differed once, or must not.
KNOWN = [
    # A guess that is right changes nothing, and may be taken back.
    *[f"BEGIN; UPDATE person SET {change} WHERE id IN (1, 2, 3, 4, 5, 6); SELECT 1; ROLLBACK"
      for change in ("salary = 0", "salary = 1", "ssn = ''", "ssn = 'abc'", "ssn = NULL", "ssn = '12', email = '12'")],
    "BEGIN; UPDATE person SET salary = -5 WHERE id = 3; SELECT ROW_COUNT(); ROLLBACK",
    "BEGIN; INSERT INTO event (id, secret) VALUES (1, 'abc') ON DUPLICATE KEY UPDATE secret = VALUES(secret); ROLLBACK",
    "BEGIN; INSERT INTO event (id, secret) VALUES (1, ''), (2, ''), (3, ''), (4, '') ON DUPLICATE KEY UPDATE secret = ''; ROLLBACK",
    "BEGIN; UPDATE person p JOIN event e ON e.person_id = p.id SET p.ssn = '', e.secret = '' WHERE p.id < 9; ROLLBACK",
    "SELECT JSON_ARRAY(COMPRESS(ssn)) FROM person WHERE id = 1",
    "SELECT JSON_OBJECT('a', UNHEX(ssn)) FROM person WHERE id = 2",
    "SELECT JSON_ARRAYAGG(AES_ENCRYPT(ssn, 'k')) FROM person WHERE id = 3",
    # MariaDB sorts by what the window function is of, or by the first column, where OVER () says nothing.
    *[f"SELECT {columns} FROM person" for columns in ("id, MAX(email) OVER ()", "id, SUM(salary) OVER (), salary", "id, name, MIN(ssn) OVER ()", "email, id, COUNT(*) OVER ()", "1, email, id, ROW_NUMBER() OVER ()",
                                                      "id, COUNT(*) OVER (), email", "CONCAT(email, 'x'), id, RANK() OVER ()", "id, FIRST_VALUE(ssn) OVER (), name", "id, MAX(email) OVER (PARTITION BY grade)")],
    "SELECT id, MAX(secret) OVER () FROM event", "SELECT id, MIN(what) OVER () FROM v_union", "SELECT id, MAX(lt) OVER () FROM odd", "SELECT email, id, COUNT(*) OVER w FROM person WINDOW w AS ()",
    "SELECT email, id, COUNT(*) OVER w FROM person WINDOW v AS (), w AS (v)", "SELECT id, MAX(MAX(email)) OVER () FROM person GROUP BY id", "SELECT email, id FROM person ORDER BY COUNT(*) OVER ()",
    "SELECT d.id FROM (SELECT email, id, COUNT(*) OVER () AS c FROM person) AS d", "SELECT *, COUNT(*) OVER () FROM v_nested", "SELECT tag, id, NTILE(2) OVER () FROM v_tag",
    # Positions in ORDER BY that are no plain number.
    *[f"SELECT id, ssn FROM person ORDER BY {p}" for p in ("+2", "(+2)", "- -2", "4294967298", "18446744073709551614")],
    "SELECT ssn, id FROM person ORDER BY TRUE",
    "SELECT ssn, id FROM person ORDER BY TRUE LIMIT 2",
    "SELECT MAX(id), email FROM person GROUP BY +2",
    ("SET @a = 2", "PREPARE s FROM 'SELECT id, ssn FROM person ORDER BY ?'", "EXECUTE s USING @a"),
    Case([Step("SELECT id, ssn FROM person ORDER BY ?", (2,))]),
    Case([Step("SELECT id, email, salary FROM person ORDER BY ? DESC LIMIT 3", (3,))]),
    # MySQL fails where a text can't be put into another's character set.
    *[f"SELECT {call} FROM person" for call in ("LOCATE(email, USER())", "POSITION(email IN DATABASE())", "INSTR(USER(), email)", "REPLACE(VERSION(), email, 'a')", "REPLACE('abc', 'a', email)",
                                                "SUBSTRING_INDEX(USER(), email, 1)", "TRIM(email FROM USER())", "TRIM(LEADING email FROM DATABASE())", "INSERT(USER(), 1, 1, email)", "LPAD(USER(), 50, email)",
                                                "RPAD(CHARSET(id), 50, email)", "LOCATE(email, _latin1'abc')")],
    ("SET NAMES latin1", "SELECT REPLACE('abc', 'b', email) FROM person"),
    *[f"SELECT {call} FROM odd JOIN event ON event.id = odd.id" for call in ("LOCATE(secret, latin)", "REPLACE(latin, secret, '')", "RPAD(latin, 90, secret)")],
    # Too large for a FLOAT is an error, where text that is no number is a warning.
    *[f"SELECT CAST({c} AS FLOAT) FROM {t}" for t, c in (("person", "ssn"), ("person", "email"), ("account", "iban"), ("event", "secret"), ("account", "balance"), ("odd", "lt"))],
    # A prepared statement stays in the schema that it was prepared in.
    ("CREATE TABLE scratch.person (id INT, ssn INT)", "USE scratch", "PREPARE s FROM 'CREATE TEMPORARY TABLE person (ssn INT)'", "USE app",
     "EXECUTE s", "SELECT ssn FROM person", "DROP TEMPORARY TABLE scratch.person", "DROP TABLE scratch.person"),
    ("CREATE TABLE scratch.person (id INT, ssn INT)", "PREPARE s FROM 'SELECT ssn FROM person'", "USE scratch", "EXECUTE s", "DROP TABLE scratch.person"),
    # REPLACE counts a row that was there already, to the last value, as one.
    *[f"BEGIN; REPLACE INTO event VALUES (1, 2, 'what1', '2021-01-01', 10, {value}); ROLLBACK" for value in ("'abc'", "''", "NULL", "'12'")],
    "BEGIN; REPLACE INTO badge VALUES (1, NULL, 1), (2, NULL, 2), (3, NULL, 3), (4, NULL, 4); ROLLBACK",
    # A row variable takes every column.
    ("BEGIN NOT ATOMIC DECLARE r ROW(a INT, b TEXT); SELECT id, ssn INTO r FROM person WHERE id = 1; SET @x = r.b; END", "SELECT @x"),
    ("FOR r IN (SELECT id FROM pub) DO SELECT ssn INTO r.id FROM person WHERE id = 1; SET @x = r.id; END FOR", "SELECT @x"),
]


class Report:
    """What came of one run over all lanes."""

    def __init__(self, name):
        self.name, self.found = name, []
        self.counts = collections.Counter({s: 0 for s in STATES})
        self.reasons = collections.Counter()
        self.began = time.monotonic()

    def add(self, counts, reasons, found):
        self.counts.update(counts)
        self.reasons.update(reasons)
        self.found += found

    @property
    def steady(self):
        """Those that come each time: a leak does, the servers' own moods do not."""
        return [f for f in self.found if f.steady]

    @property
    def statements(self):
        return sum(self.counts[s] for s in ("rows", "refused", "server error", "closed"))

    def lines(self):
        seconds = self.seconds
        for f in self.found:
            yield f"DIFFERENCE{'' if f.steady else ' (not each time)'} in lane {f.lane}\n" + "\n".join(f"  {s}" for s in f.steps) + f"\n  of:    {f.original[:1500]}\n  where: {f.where}"
        counts = ", ".join(f"{k} {v}" for k, v in self.counts.items())
        yield f"{self.name}: {self.statements} statements in {seconds:.0f} s, {self.statements / seconds:.0f} a second; {counts}; {len(self.steady)} differences, {len(self.found) - len(self.steady)} not each time"


def ask_lane(worlds, lane, cases, seed, limit, out, over):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asker = Asker(worlds, lane, seed, over)
    try:
        found = asker.run(cases(lane), limit)
        out.put((asker.counts, asker.reasons, found, None))
    except BaseException as error:  # noqa: BLE001 - told to the one who waits
        import traceback
        out.put((asker.counts, asker.reasons, [], traceback.format_exc()))
        if not isinstance(error, Exception):
            raise


def wait_for(out, worlds):
    while True:
        worlds.watch()
        try:
            return out.get(timeout=0.2)
        except queue.Empty:
            pass


def ask(worlds, name, cases, seed=0, limit=5, lanes=None, first=False):
    """Asks each lane what `cases(lane)` gives, all lanes side by side. A Report. `first`: up to the
    first difference in any lane, which is not shrunk."""
    report = Report(name)
    context = multiprocessing.get_context("fork")
    out, over = context.Queue(), context.Event() if first else None
    lanes = [lane for lane in worlds.lanes if lanes is None or lane.number in lanes]
    for lane in lanes:
        worlds.token(lane)
    children = [context.Process(target=ask_lane, args=(worlds, lane, cases, seed, limit, out, over), daemon=True) for lane in lanes]
    for child in children:
        child.start()
    failure = None
    for _ in children:
        counts, reasons, found, error = wait_for(out, worlds)
        report.add(counts, reasons, found)
        failure = failure or error
    for child in children:
        child.join()
    report.seconds = time.monotonic() - report.began
    if failure:
        raise RuntimeError(failure)
    return report


def ask_generated(worlds, seed, count, limit=5, first=False):
    known = functions.learn(worlds.servers[0], worlds.kind)

    def cases(lane):
        generator = Generator(f"{seed}/{lane.number}", known, worlds.kind == "mariadb", lane.wide, lane.indexed)
        return generated(generator, -(-count // len(worlds.lanes)))
    return ask(worlds, f"{worlds.kind} generated, seed {seed}", cases, seed, limit, first=first)


def ask_attacks(worlds, seed, variants=12):
    def cases(lane):
        return (c for c in attack_cases.attacks(worlds.kind, seed, lane, variants) if not volatile(c))
    return ask(worlds, f"{worlds.kind} attacks, seed {seed}", cases, seed)


def ask_corpus(worlds, path, seed, share=1.0):
    # Others' statements have LIMIT without ORDER BY and the like: not where indexes show an order.
    lanes = [lane.number for lane in worlds.lanes if not lane.indexed]

    def cases(lane):
        return (c for c in corpus_cases.corpus(path, worlds.kind, seed, lane, len(lanes), share) if not volatile(c))
    return ask(worlds, f"{worlds.kind} corpus, seed {seed}", cases, seed, lanes=lanes)


def ask_known(worlds):
    return ask(worlds, f"{worlds.kind} known", lambda _: [this if isinstance(this, Case) else case(this) if isinstance(this, str) else case(*this, fresh=True) for this in KNOWN], limit=1000)


def show(report, worlds, reasons=False):
    for line in report.lines():
        print(line, flush=True)
    if reasons:
        print("refused:", ", ".join(f"{what.strip()} {n}" for what, n in report.reasons.most_common(60)))
    for line in worlds.log()[:5]:
        print(line)
    for statement in worlds.crashed:
        print(f"a server fell over: {statement[:2000]}")
    worlds.crashed.clear()


def drive(arguments, worlds, seed):
    """What was asked for, report by report."""
    yield ask_known(worlds)
    if arguments.attacks:
        yield ask_attacks(worlds, seed, arguments.variants)
    if arguments.corpus:
        yield ask_corpus(worlds, arguments.corpus, seed)
    if arguments.count:
        yield ask_generated(worlds, seed, arguments.count, arguments.limit)


def rounds(arguments, folder, kinds):
    """Each server in turn, again and again when asked so. The number of differences."""
    running = {kind: Worlds(kind, pathlib.Path(folder) / kind) for kind in kinds}
    differences = 0
    seed = arguments.seed
    try:
        while True:
            for kind, worlds in running.items():
                for report in drive(arguments, worlds, seed):
                    show(report, worlds, arguments.reasons)
                    differences += len(report.steady)
            if not arguments.forever:
                return differences
            seed += 1
    except KeyboardInterrupt:
        print(f"stopped; {differences} differences")
        return differences
    finally:
        for worlds in running.values():
            worlds.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--kind", choices=["mariadb", "mysql", "both"], default="both")
    parser.add_argument("--attacks", action="store_true")
    parser.add_argument("--variants", type=int, default=12, help="of each attack, in each lane")
    parser.add_argument("--corpus", help="a file, or a folder with one for each server")
    parser.add_argument("--limit", type=int, default=5, help="differences after which a lane stops")
    parser.add_argument("--seconds", type=float, help="for each part, after which it stops")
    parser.add_argument("--forever", action="store_true")
    parser.add_argument("--reasons", action="store_true", help="print what was refused for")
    parser.add_argument("--folder", help="where servers and gateway keep their files and logs; not removed")
    arguments = parser.parse_args()
    Asker.seconds = arguments.seconds
    for number in (signal.SIGINT, signal.SIGTERM):  # the servers stop, whoever sends it
        signal.signal(number, lambda *_: sys.exit(1))
    kinds = ["mariadb", "mysql"] if arguments.kind == "both" else [arguments.kind]
    folder = arguments.folder or tempfile.mkdtemp(prefix="cardea-worlds-")
    try:
        return 1 if rounds(arguments, folder, kinds) else 0
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

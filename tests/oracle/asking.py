# SPDX-License-Identifier: Apache-2.0
"""The same session to both worlds, and what it is told, packet for packet.

A case is a list of steps, asked in order; after its last one the session asks something that tells
of it (SHOW WARNINGS, ROW_COUNT() ...). Answers are the payloads of all packets of an answer, as they
came: rows, definitions, errors, counts, flags. Left out is the number of a prepared statement."""
import collections
import os
import random
import re
import time
from typing import NamedTuple, Optional

from cardea_test import mysqlproto
from world import INDEXED, Worlds, lane_text


class Step(NamedTuple):
    sql: object                     # text or bytes
    values: Optional[tuple] = None  # given: prepared and executed in the binary protocol

    def __str__(self):
        text = self.sql if isinstance(self.sql, str) else repr(self.sql)
        return text if self.values is None else f"{text}  -- prepared, {self.values}"


class Case(NamedTuple):
    steps: list
    fresh: bool = False  # in a session of its own


def case(*sql, fresh=False):
    return Case([Step(s) for s in sql], fresh)


OWN = "WORLDS_SHOW_OWN" in os.environ
PROBES = ["SHOW WARNINGS", "SELECT ROW_COUNT()", "SELECT FOUND_ROWS()", "SELECT @@warning_count, @@error_count", "SHOW COUNT(*) WARNINGS",
          "SELECT LAST_INSERT_ID()", "SHOW ERRORS", "GET DIAGNOSTICS @dn = NUMBER, @dr = ROW_COUNT", "SELECT @@last_insert_id"]
# Ended by the clock: may hit one world and spare the other.
LATE = {1317, 1969, 3024, 1205}
# The gateway could not ask: nothing of the statement was looked at.
UNAVAILABLE = re.compile(r"cardea/(catalog|target)\.unavailable")
# Plans of statements that were run tell how long that took.
TIMED = re.compile(r"\banalyze\b|\bstatus\b|information_schema", re.I)
TIMES = re.compile(rb'"r_engine_stats": \{[^}]*\}|(actual time=|"r_[a-z_]*time_ms": |cost=)[0-9.e+-]+|(20[2-9]\d-\d\d-\d\d )\d\d:\d\d:\d\d')
STATES = ("rows", "masked", "refused", "server error", "closed", "order", "late", "own", "unavailable", "disturbed")


class Session:
    """One connection, its answers as lists of payloads."""

    def __init__(self, worlds, target, lane, context):
        self.c = mysqlproto.connect("127.0.0.1", worlds.gateway.port(), target, worlds.token(lane), database=lane.schema,
                                    tls=context, timeout=60)
        self.c.set_option(0)  # several statements in one text
        self.socket, self.data, self.at = self.c.socket, b"", 0
        self.statement = 0

    def send(self, command, body):
        payload = bytes([command]) + body
        self.socket.sendall(len(payload).to_bytes(3, "little") + b"\0" + payload)

    def packet(self):
        while True:
            data, at = self.data, self.at
            if len(data) - at >= 4:
                end = at + 4 + (data[at] | data[at + 1] << 8 | data[at + 2] << 16)
                if len(data) >= end:
                    self.at = end
                    return data[at + 4:end]
            more = self.socket.recv(1 << 18)
            if not more:
                raise mysqlproto.Closed("end of stream")
            self.data, self.at = data[at:] + more, 0

    def results(self):
        """All payloads up to the end of the last result."""
        answer = []
        while True:
            first = self.packet()
            answer.append(first)
            if first[:1] == b"\xff":
                return answer
            if first[:1] == b"\0":
                status = mysqlproto.Ok(first, self.c.caps).status
            else:
                for _ in range(mysqlproto.Reader(first).lenenc()):
                    answer.append(self.packet())
                row = self.packet()
                answer.append(row)
                while row[:1] not in (b"\xfe", b"\xff") or len(row) >= 0xFFFFFF:
                    row = self.packet()
                    answer.append(row)
                if row[:1] == b"\xff":
                    return answer
                status = mysqlproto.Ok(row, self.c.caps).status
            if not status & mysqlproto.MORE_RESULTS:
                return answer

    def prepared(self):
        first = self.packet()
        if first[:1] != b"\0":
            return [first], False
        self.statement = int.from_bytes(first[1:5], "little")
        definitions = int.from_bytes(first[5:7], "little") + int.from_bytes(first[7:9], "little")
        return [first[:1] + first[5:], *(self.packet() for _ in range(definitions))], True

    def close(self):
        self.c.close()


class Pair:
    """The same session in both worlds."""

    def __init__(self, worlds, lane):
        self.worlds, self.lane, self.ended = worlds, lane, False
        context = mysqlproto.client_context(str(worlds.gateway.ca))
        self.sessions = []
        for target in Worlds.targets:
            self.sessions.append(Session(worlds, target, lane, context))

    def each(self, act):
        """What `act` gives for each session; ["closed"] where the connection ends."""
        results = []
        for session in self.sessions:
            try:
                results.append(act(session))
            except (mysqlproto.Closed, OSError):
                results.append(["closed"])
                self.ended = True
        return results

    def ask(self, step):
        """The two answers."""
        text = lane_text(step.sql, self.lane)
        text = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        if step.values is None:
            self.each(lambda s: s.send(3, text))
            return self.each(Session.results)
        self.each(lambda s: s.send(0x16, text))
        both = self.each(Session.prepared)
        answers = [b[0] if len(b) == 2 else b for b in both]
        if answers[0] != answers[1] or not all(len(b) == 2 and b[1] for b in both):
            return answers
        self.each(lambda s: s.send(0x17, mysqlproto.Statement(s.c, s.statement, [], []).payload(step.values)))
        executed = self.each(Session.results)
        self.each(lambda s: s.send(0x19, s.statement.to_bytes(4, "little")))
        return [a + e for a, e in zip(answers, executed)]

    def close(self):
        for session in self.sessions:
            session.close()


def closed(answer):
    return isinstance(answer[-1], str)


def plain(payload):
    """An OK packet with the changed variables in one order: MariaDB tells them in that of a hash."""
    if payload[:1] not in (b"\0", b"\xfe") or len(payload) < 7:
        return payload
    try:
        ok = mysqlproto.Ok(payload, mysqlproto.DEFAULT_CAPS)
    except (mysqlproto.ProtocolError, KeyError, IndexError):
        return payload
    if not ok.state:
        return payload
    reader, changes = mysqlproto.Reader(ok.state), []
    try:
        while reader.left():
            changes.append((reader.int(1), reader.lenenc_bytes()))
    except mysqlproto.ProtocolError:
        return payload  # a row that begins like an OK
    return (ok.affected, ok.insert_id, ok.status, ok.warnings, ok.info, sorted(changes))


def alike(one, two, text):
    if one == two:
        return True
    if len(one) != len(two) or closed(one) or closed(two):
        return False
    if TIMED.search(text):
        one, two = ([TIMES.sub(rb"\1\2", p[p[:1] == b"\xfc" and 3 or 1:]) for p in a] for a in (one, two))
    return [plain(p) for p in one] == [plain(p) for p in two]


def error_of(answer):
    """(number, text) when the answer ends in an error."""
    last = answer[-1]
    if isinstance(last, bytes) and last[:1] == b"\xff":
        return int.from_bytes(last[1:3], "little"), last[9:].decode(errors="replace")
    return None


def where_different(one, two):
    """The first packet of two answers that is not the same."""
    at = next((i for i, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))
    return " | ".join(f"packet {at} of {len(a)}: {str(a[at] if at < len(a) else None)[:200]}" for a in (one, two))


def order_alone(one, two, prepared):
    """Alike but for the order of rows."""
    if prepared and one[0][:1] == b"\0":
        skip = 1 + int.from_bytes(one[0][1:3], "little") + int.from_bytes(one[0][3:5], "little")
        if one[:skip] != two[:skip]:
            return False
        one, two = one[skip:], two[skip:]
    if not one or len(one) != len(two) or one == two:
        return False
    return sorted(one) == sorted(two)


class Finding(NamedTuple):
    lane: int
    steps: list    # what was asked, shrunk
    original: str
    where: str
    steady: bool   # comes each time it is asked again


class Asker:
    """Asks a lane's cases and judges the answers."""
    RENEW, REFILL = 100, 8000
    seconds = None  # after which a lane stops

    def __init__(self, worlds, lane, seed, over=None):
        self.worlds, self.lane, self.over = worlds, lane, over
        self.random = random.Random(f"{seed}/probes/{lane.number}")
        self.counts = collections.Counter({s: 0 for s in STATES})
        self.reasons = collections.Counter()
        self.asked = 0
        self.pair, self.history, self.cases = None, [], 0

    def renew(self):
        self.end()
        self.crashes = self.worlds.crashes.value
        self.pair, self.history, self.cases = self.open(), [], 0

    def open(self):
        """Sessions; patiently, as a server may be coming back."""
        for patience in range(30, -1, -1):
            try:
                return Pair(self.worlds, self.lane)
            except (mysqlproto.Error, mysqlproto.Closed, mysqlproto.ProtocolError, OSError):
                if patience == 0:
                    raise
                time.sleep(0.5)
                self.worlds.wait()

    def end(self):
        """Without locks that would outlive it."""
        if self.pair is not None:
            self.pair.close()
        self.pair = None

    def different(self, step, answers):
        """Whether they are, for a reason that counts."""
        text = step.sql if isinstance(step.sql, str) else step.sql.decode("latin-1")
        if alike(*answers, text):
            return False
        errors = [error_of(a) or (0, "") for a in answers if not closed(a)]
        if any(number in LATE for number, _ in errors):
            self.counts["late"] += 1
            return False
        if any(UNAVAILABLE.match(message) for _, message in errors):
            self.counts["unavailable"] += 1
            self.cases = self.RENEW + 1  # what follows may differ
            return False
        if self.indexed() and not any(map(closed, answers)) and order_alone(*answers, step.values is not None):
            self.counts["order"] += 1
            return False
        return True

    def indexed(self):
        """The case reads what has an index on a masked column."""
        return self.lane.indexed and any(INDEXED.search(str(step.sql)) for step in self.history[-8:])

    def count(self, answers):
        first = answers[0]
        error = None if closed(first) else error_of(first)
        if closed(first):
            self.counts["closed"] += 1
        elif error and "cardea/" in error[1]:
            self.counts["refused"] += 1
            reason = re.search(r"may not be used in ([^;(.]*)", error[1]) or re.search(r"cardea/([\w.]+)", error[1])
            self.reasons[reason[1]] += 1
        elif error:
            self.counts["server error"] += 1
        else:
            self.counts["rows"] += 1
            self.counts["masked"] += any(b"[masked]" in p for p in first)

    def probe(self):
        probe = PROBES[0] if self.random.random() < 0.6 else self.random.choice(PROBES)
        # Which rows are warned of first, and which no more, is their order.
        return Step(PROBES[1] if probe in ("SHOW WARNINGS", "SHOW ERRORS") and self.indexed() else probe)

    def run(self, cases, limit):
        found = []
        until = time.monotonic() + self.seconds if self.seconds else None
        for this in cases:
            if until and time.monotonic() > until:
                break
            if self.asked and self.asked % self.REFILL == 0:
                self.end()
                self.worlds.refill(self.lane)
            if self.pair is None or this.fresh or self.cases >= self.RENEW:
                self.renew()
            self.cases += 1
            self.asked += 1
            finding = self.run_case(this.steps)
            if this.fresh:
                self.cases = self.RENEW
            if finding:
                found.append(finding)
                if self.over:
                    self.over.set()
            if len(found) >= limit or (self.over and self.over.is_set()):
                break
        self.end()
        return found

    def run_case(self, steps):
        for i in range(len(steps) + 1):
            step = steps[i] if i < len(steps) else self.probe()
            self.history.append(step)
            answers = self.pair.ask(step)
            if i < len(steps):
                self.count(answers)
            if self.different(step, answers):
                self.end()
                if self.disturbed():
                    return None
                finding = self.explain(step, answers)
                if finding:
                    self.worlds.refill(self.lane)
                return finding
            if self.pair.ended or self.cases >= self.RENEW + 1:
                self.end()
                return None
        return None

    # -- findings --

    def disturbed(self):
        """A server fell since the session began: connections ended in one world alone."""
        time.sleep(0.5)
        self.worlds.wait()
        if self.worlds.crashes.value == self.crashes:
            return False
        self.counts["disturbed"] += 1
        return True

    def again(self, steps):
        """Asked in a new session: does the last step still differ, or one before?"""
        pair = self.open()
        try:
            for step in steps:
                answers = pair.ask(step)
                if self.different(step, answers):
                    return answers
                if closed(answers[0]):
                    return None
            return None
        finally:
            pair.close()

    def explain(self, step, answers):
        """A Finding, or None where the servers differ with equal data too."""
        original, history = str(step), self.history
        counts, self.counts = self.counts, collections.Counter()
        try:
            self.worlds.refill(self.lane)
            for steps in ([step], history[-3:], history):
                for _ in range(2):
                    if self.again(steps):
                        steady = bool(self.again(steps) and self.again(steps))
                        # What comes each time is asked less often with equal values.
                        if self.own(steps, 4 if steady else 12):
                            counts["own"] += 1
                            if OWN:
                                print("OWN", self.lane.number, step, where_different(*answers), flush=True)
                            return None
                        steps = self.shrink(list(steps)) if steady and not self.over else steps
                        return Finding(self.lane.number, steps, original, where_different(*(self.again(steps) or answers)), steady)
            # The dictionary's own order of rows, and whether it had an index or a cache.
            if self.own(history, 4) or re.search(r"\binformation_schema\b|^\s*show\b", original, re.I):
                counts["own"] += 1
                return None
            return Finding(self.lane.number, [step], original, where_different(*answers), False)
        finally:
            self.counts = counts

    def own(self, steps, times):
        """The control: both servers with the values of the first world. What differs then is the
        servers' own."""
        self.worlds.equal(self.lane, ("one", "one"))
        try:
            return any(self.again(steps) for _ in range(times))
        finally:
            self.worlds.equal(self.lane, ("one", "two"))

    def shrink(self, steps):
        """Fewer steps, then shorter ones, that still differ."""
        self.budget = 500
        at = 0
        while len(steps) > 1 and at < len(steps):
            if self.still(steps[:at] + steps[at + 1:]):
                del steps[at]
            else:
                at += 1
        for i, step in enumerate(steps):
            if isinstance(step.sql, str) and len(step.sql) < 20000:
                self.shrink_words(steps, i)
        return steps

    def still(self, steps):
        self.budget -= 1
        return self.budget > 0 and self.again(steps)

    def shrink_words(self, steps, i):
        """Leaves out runs of words of one step."""
        original, words = steps[i], re.findall(r"`[^`]*`|[\w.]+|'[^']*'|\S", steps[i].sql)

        def differs(some):
            return self.still([*steps[:i], original._replace(sql=" ".join(some)), *steps[i + 1:]])
        if not differs(words):
            return
        size = len(words) // 2
        while size >= 1 and self.budget > 0:
            at = 0
            while at < len(words) and self.budget > 0:
                shorter = words[:at] + words[at + size:]
                if shorter and differs(shorter):
                    words = shorter
                else:
                    at += size
            size //= 2
        steps[i] = original._replace(sql=" ".join(words))

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The two-worlds oracle (noninterference): two databases that differ in the values of masked
columns alone. Whatever an identity without `reveal` sends through the gateway, the bytes that come
back must be the same from both: rows, errors, warnings, counts, metadata.

    tests/oracle/worlds.py [--seed N] [--count N] [--kind mariadb|mysql] [--corpus FILE]

A difference is shrunk to a short statement and printed. `make fuzz-worlds` runs it until told to
stop, with a new seed each round."""
import argparse
import collections
import pathlib
import random
import re
import shutil
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TOP / "tests" / "support"), str(TOP / "tests" / "oracle")]

from cardea_test import certificates, deployment, mysqlproto, oidc, servers  # noqa: E402
from generate import Generator  # noqa: E402

SCHEMA = """\
CREATE DATABASE app CHARACTER SET utf8mb4;
CREATE TABLE app.person (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL, ssn VARCHAR(20), email VARCHAR(60), salary DECIMAL(10,2), dob DATE, grade INT, boss INT);
CREATE TABLE app.account (id INT PRIMARY KEY, person_id INT NOT NULL, iban VARCHAR(40), balance DOUBLE, opened DATETIME, kind VARCHAR(10), KEY by_balance (balance));
CREATE TABLE app.event (id INT PRIMARY KEY, person_id INT, what VARCHAR(40), at DATETIME, weight INT, secret TEXT);
CREATE TABLE app.pub (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(200), owner INT, num INT);
CREATE VIEW app.v_person (id, tag, who) AS SELECT id, CONCAT(ssn, '/', email), name FROM app.person;
CREATE VIEW app.v_deep (k, v, n) AS SELECT id, UPPER(tag), who FROM app.v_person;
CREATE VIEW app.v_join AS SELECT p.id AS pid, a.iban, CONCAT(p.name, ':', a.kind) AS label, a.balance FROM app.person p JOIN app.account a ON a.person_id = p.id;
CREATE VIEW app.v_agg AS SELECT kind, SUM(balance) AS total, COUNT(*) AS cnt FROM app.account GROUP BY kind;
"""
POLICY = """\
policy: world
subjects: [{group: ai-agents}]
targets: [{labels: {app: people}}]
allow:
  - {privileges: [SELECT], on: app.*}
  - {privileges: [INSERT, UPDATE, DELETE], on: app.pub}
  - {privileges: [UPDATE], on: app.person}
  - {privileges: [INSERT, UPDATE], on: app.event}
limits: {rows: 1000000, time: 10s, statements_per_minute: 10000000, sessions: 500}
---
classification: world
columns:
  - {column: app.person.ssn, tags: [secret]}
  - {column: app.person.email, tags: [secret]}
  - {column: app.person.salary, tags: [secret]}
  - {column: app.account.iban, tags: [secret]}
  - {column: app.account.balance, tags: [secret]}
  - {column: app.event.secret, tags: [secret]}
tags:
  secret: {mask: redact}
"""
# What two servers answer differently by themselves.
# MariaDB gives bytes of unset memory for MAKE_SET(1, UNHEX(what is no hexadecimal)).
VOLATILE = re.compile(r"make_set\(1, unhex|\b(now|sysdate|curdate|curtime|current_\w+|localtime\w*|utc_\w+|rand|uuid\w*|connection_id|unix_timestamp\(\)|"
                      r"hostname|port|socket|pid_file|datadir|server_id|server_uuid|uptime|random_bytes|benchmark|processlist|"
                      r"show\s+(global\s+|session\s+)?(variables|status)|@@\w*)\b", re.I)


def secret_values(world, row):
    """Values that differ between the worlds in content, length, type and NULLness."""
    roll = random.Random(f"{world}/{row}")
    text = roll.choice([None, "", f"{roll.randint(100, 999)}-{roll.randint(10, 99)}-{roll.randint(1000, 9999)}", "abc", "2020-01-02",
                        "12", "%x'y\"z\\", "{\"a\": 1}", "é" * roll.randint(1, 5), str(roll.random())])
    number = roll.choice([None, 0, 1, -5, roll.randint(1000, 9999), round(roll.random() * 1000, 2)])
    return text, number


def fill(server, world):
    server.run(SCHEMA)
    with server.root("app") as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = ''")
        for i in range(1, 9):
            ssn, salary = secret_values(world, f"p{i}")
            email, _ = secret_values(world, f"e{i}")
            cursor.execute("INSERT INTO person VALUES (%s,%s,%s,%s,%s,%s,%s,%s)",
                           (i, f"name{i}", ssn, email, salary, f"19{60 + i}-01-0{i}", i % 3, i // 2))
            iban, balance = secret_values(world, f"a{i}")
            cursor.execute("INSERT INTO account VALUES (%s,%s,%s,%s,%s,%s)",
                           (i, i % 4 + 1, iban, balance, f"2020-0{i}-01 00:00:00", "kind" + str(i % 2)))
            secret, _ = secret_values(world, f"s{i}")
            cursor.execute("INSERT INTO event VALUES (%s,%s,%s,%s,%s,%s)",
                           (i, i % 3 + 1, f"what{i % 2}", f"2021-0{i}-01 00:00:00", i * 10, secret))
            cursor.execute("INSERT INTO pub VALUES (%s,%s,%s,%s)", (i, f"note{i}", i % 3, i))
        cursor.execute("ANALYZE TABLE person, account, event, pub")  # or the servers sample when they like
    server.create_gateway_account(["ALL ON *.*"])


def where_different(one, two, path=""):
    """The first part of two answers that is not the same, as text."""
    if type(one) is type(two) and isinstance(one, dict) and one.keys() == two.keys():
        parts = [(k, one[k], two[k]) for k in one]
    elif type(one) is type(two) and isinstance(one, (list, tuple)) and len(one) == len(two):
        parts = [(i, a, b) for i, (a, b) in enumerate(zip(one, two))]
    else:
        return f"{path}: {str(one)[:300]} | {str(two)[:300]}"
    return next((where_different(a, b, f"{path}[{k}]") for k, a, b in parts if a != b), "")


class World:
    """One session to one of the two databases."""

    def __init__(self, oracle, target):
        self.oracle, self.target = oracle, target
        self.connection = None

    def open(self):
        self.connection = mysqlproto.connect("127.0.0.1", self.oracle.gateway.port(), self.target,
                                             self.oracle.token(), database="app",
                                             tls=mysqlproto.client_context(str(self.oracle.gateway.ca)))
        self.connection.set_option(0)  # several statements in one text

    def answer(self, sql, prepared):
        """Everything that comes back, as one comparable value."""
        if self.connection is None:
            self.open()
        try:
            if prepared:
                statement = self.connection.prepare(sql)
                result = statement.execute(())
                statement.close()
                results = [result]
            else:
                result = self.connection.query(sql)
                results = [result, *result.more]
            return [("rows", [vars(c) for c in r.columns], list(r.rows), r.warnings, r.status, r.ok and vars(r.ok)) for r in results]
        except mysqlproto.Error as error:
            return ("error", error.number, error.sqlstate, error.message)
        except (mysqlproto.Closed, mysqlproto.ProtocolError, OSError) as error:
            self.close()
            return ("closed", type(error).__name__)

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class Oracle:
    def __init__(self, kind, folder):
        self.kind, self.folder = kind, pathlib.Path(folder)
        authority = certificates.Authority(self.folder / "ca")
        cls = {"mariadb": servers.MariaDB, "mysql": servers.MySQL}[kind]
        self.servers = [cls(self.folder / name, authority) for name in ("one", "two")]
        for server, world in zip(self.servers, ("one", "two")):
            fill(server, world)
        self.provider = oidc.Provider(self.folder / "oidc")
        names = ["world-one", "world-two"]

        def change(config):
            for target, name, server in zip(config["targets"], names, self.servers):
                target["name"] = name
                password = self.folder / f"{name}.password"
                password.write_text(server.gateway_password)
                target["credential"]["password_file"] = str(password)
        self.gateway = deployment.AppGateway(self.folder / "gateway", authority, self.provider, self.servers,
                                             change=change, policy=POLICY)
        self.worlds = [World(self, name) for name in names]
        self.counts = {"rows": 0, "masked": 0, "refused": 0, "server error": 0, "closed": 0, "order": 0}
        self.reasons = collections.Counter()
        self._token = None

    def token(self):
        if self._token is None or time.monotonic() > self._token[1]:
            self._token = self.provider.sign(payload={"exp": int(time.time()) + 86400}), time.monotonic() + 3600
        return self._token[0]

    def same(self, sql, prepared=False):
        """None when both worlds answer alike, else the two answers."""
        answers = [world.answer(sql, prepared) for world in self.worlds]
        first = answers[0]
        if first[0] == "error":
            refused = re.search(r"may not be used in ([^;(.]*)", first[3]) or re.search(r"cardea/([\w.]+)", first[3])
            self.counts["refused" if "cardea/" in first[3] else "server error"] += 1
            if "cardea/" in first[3]:
                self.reasons[refused[1]] += 1
        elif first[0] == "closed":
            self.counts["closed"] += 1
        else:
            self.counts["rows"] += 1
            if b"[masked]" in repr(first).encode():
                self.counts["masked"] += 1
        if "closed" in (answers[0][0], answers[1][0]):
            for world in self.worlds:
                world.close()
        return None if answers[0] == answers[1] or self.order_alone(answers) else answers

    def order_alone(self, answers):
        """Only the order of the rows is another, which the server chose by itself: rows that no
        ORDER BY tells apart. docs/security.md names this channel."""
        if not all(isinstance(a, list) and len(a) == 1 for a in answers):
            return False
        rows = [sorted(map(repr, a[0][2])) for a in answers]
        if rows[0] != rows[1]:
            return False
        different = [i for i in range(len(answers[0][0])) if answers[0][0][i] != answers[1][0][i]]
        self.counts["order"] += different == [2]
        return different == [2]

    def shrink(self, sql, prepared):
        """The shortest text, by leaving out runs of words, that still answers differently."""
        words = re.findall(r"`[^`]*`|[\w.]+|'[^']*'|\S", sql)
        size = len(words) // 2
        budget = 400
        while size >= 1 and budget > 0:
            at = 0
            while at < len(words) and budget > 0:
                shorter = words[:at] + words[at + size:]
                budget -= 1
                if shorter and self.same(" ".join(shorter), prepared):
                    words = shorter
                else:
                    at += size
            size //= 2
        return " ".join(words)

    def run(self, statements, limit=10):
        """Differences found: [(statement, shrunk, answers)]."""
        found = []
        for sql, prepared in statements:
            answers = self.same(sql, prepared)
            if answers:
                if self.same(sql, prepared):  # twice, so that chance is no finding
                    found.append((sql, self.shrink(sql, prepared), answers))
                    if len(found) >= limit:
                        break
        return found

    def stop(self):
        for world in self.worlds:
            world.close()
        for thing in [self.gateway, self.provider, *self.servers]:
            thing.stop()


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
]


def generated(seed, count):
    generator = Generator(seed)
    for _ in range(count):
        sql = generator.statement()
        if not VOLATILE.search(sql.replace("@@warning_count", "")):
            yield sql, generator.chance(0.25) and sql.startswith(("SELECT", "WITH"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--kind", choices=["mariadb", "mysql"], default="mariadb")
    parser.add_argument("--show", type=int, default=0, help="print this many statements with their answers")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="cardea-worlds-")
    oracle = Oracle(arguments.kind, folder)
    began = time.monotonic()
    try:
        if arguments.show:
            for sql, prepared in generated(arguments.seed, arguments.show):
                print(sql, "\n   ", str(oracle.worlds[0].answer(sql, prepared))[:300])
        found = oracle.run([(sql, False) for sql in KNOWN])
        found += oracle.run(generated(arguments.seed, arguments.count))
        for sql, shrunk, answers in found:
            print(f"DIFFERENCE\n  statement: {sql}\n  shrunk:    {shrunk}\n  where:     {where_different(*answers)}")
        seconds = time.monotonic() - began
        print(f"{arguments.kind}: seed {arguments.seed}, {sum(oracle.counts.values())} statements in {seconds:.0f} s, {oracle.counts}, {len(found)} differences")
        log = (pathlib.Path(folder) / "gateway" / "gateway.log").read_text(errors="replace")
        print(*[line for line in log.splitlines() if "level=warning" in line or "level=error" in line][:5], sep="\n")
        print("refused:", ", ".join(f"{what.strip()} {n}" for what, n in oracle.reasons.most_common(40)))
    finally:
        oracle.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

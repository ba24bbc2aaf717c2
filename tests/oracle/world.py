# SPDX-License-Identifier: Apache-2.0
"""The two worlds themselves: servers that differ in the values of masked columns alone, and a
gateway before them.

A server holds several copies of one schema, the lanes: `app`, `app1`, `app2` ... Each lane is asked
by sessions of its own, so that lanes run side by side and never see each other's writes. Lanes
differ in mask, in privileges and in whether masked columns have indexes, see LANES. Statements are
written for the schemas `app` and `scratch`; lane_text() makes a lane's names of them."""
import multiprocessing
import pathlib
import random
import re
import secrets
import time
from typing import NamedTuple

from cardea_test import certificates, deployment, oidc, process, servers

SCHEMA = """\
CREATE DATABASE app CHARACTER SET utf8mb4;
CREATE TABLE app.person (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL, ssn VARCHAR(20), email VARCHAR(60), salary DECIMAL(10,2), dob DATE, grade INT, boss INT);
CREATE TABLE app.account (id INT PRIMARY KEY, person_id INT NOT NULL, iban VARCHAR(40), balance DOUBLE, opened DATETIME, kind VARCHAR(10) /*INDEX, KEY by_balance (balance)*/);
CREATE TABLE app.event (id INT PRIMARY KEY, person_id INT, what VARCHAR(40), at DATETIME, weight INT, secret TEXT);
CREATE TABLE app.badge (id INT PRIMARY KEY, code VARCHAR(20), open INT /*INDEX, UNIQUE KEY by_code (code)*/);
CREATE TABLE app.odd (id INT PRIMARY KEY, bin VARBINARY(40), js JSON, en ENUM('a','b','c'), st SET('x','y','z'), bt BIT(9), tm TIME(2), yr YEAR, f4 FLOAT, u64 BIGINT UNSIGNED, i8 TINYINT, dt DATETIME(3), ts TIMESTAMP NULL, lt LONGTEXT, latin VARCHAR(20) CHARACTER SET latin1, gen VARCHAR(60) AS (CONCAT(latin, '-', en)) VIRTUAL, open INT);
CREATE TABLE app.checked (id INT PRIMARY KEY, code VARCHAR(20), open INT, num INT, CONSTRAINT code_open CHECK (open < 100 OR code IS NULL));
CREATE TABLE app.pub (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(200), owner INT, num INT);
CREATE TABLE app.orders (id INT PRIMARY KEY AUTO_INCREMENT, person_id INT NOT NULL, amount DECIMAL(10,2) NOT NULL, placed DATETIME NOT NULL DEFAULT '2020-01-01', KEY orders_person (person_id), CONSTRAINT orders_person FOREIGN KEY (person_id) REFERENCES app.person (id));
CREATE TABLE app.staging (id INT PRIMARY KEY AUTO_INCREMENT, payload TEXT);
CREATE TABLE app.logged (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(200));
CREATE TABLE app.payroll (person_id INT PRIMARY KEY, gross DECIMAL(10,2) NOT NULL);
CREATE VIEW app.v_person (x, label) AS SELECT ssn, CONCAT(name, '!') FROM app.person;
CREATE VIEW app.v_names AS SELECT id, name FROM app.person;
CREATE VIEW app.v_nested AS SELECT x AS y FROM app.v_person;
CREATE VIEW app.v_tag (id, tag, who) AS SELECT id, CONCAT(ssn, '/', email), name FROM app.person;
CREATE VIEW app.v_deep (k, v, n) AS SELECT id, UPPER(tag), who FROM app.v_tag;
CREATE VIEW app.v_deeper (k, w, n) AS SELECT d.k, CONCAT(d.v, e.secret), d.n FROM app.v_deep d JOIN app.event e ON e.id = d.k;
CREATE VIEW app.v_join AS SELECT p.id AS pid, a.iban, CONCAT(p.name, ':', a.kind) AS label, a.balance FROM app.person p JOIN app.account a ON a.person_id = p.id;
CREATE VIEW app.v_agg AS SELECT kind, SUM(balance) AS total, COUNT(*) AS cnt FROM app.account GROUP BY kind;
CREATE VIEW app.v_rich AS SELECT id, name FROM app.person WHERE salary > 100;
CREATE VIEW app.v_union (id, what) AS SELECT id, name FROM app.person UNION ALL SELECT id + 100, secret FROM app.event;
CREATE ALGORITHM=TEMPTABLE VIEW app.v_temp AS SELECT id, email AS name, name AS email FROM app.person;
CREATE VIEW app.v_rank AS SELECT id, RANK() OVER (ORDER BY salary) AS r FROM app.person;
CREATE VIEW app.v_sub AS SELECT id, (SELECT MAX(secret) FROM app.event e WHERE e.person_id = p.id) AS s FROM app.person p;
CREATE VIEW app.v_order AS SELECT id, name FROM app.person ORDER BY salary;
CREATE VIEW app.v_open AS SELECT id, note, num FROM app.pub WHERE num > 2 WITH CHECK OPTION;
CREATE FUNCTION app.f_ssn(i INT) RETURNS VARCHAR(20) READS SQL DATA RETURN (SELECT ssn FROM app.person WHERE id = i);
CREATE FUNCTION app.f_pure(i INT) RETURNS INT DETERMINISTIC RETURN i + 1;
CREATE PROCEDURE app.p_ssn() SELECT ssn FROM app.person;
CREATE PROCEDURE app.p_count(OUT n INT) SELECT COUNT(*) INTO n FROM app.person WHERE salary > 100;
CREATE TRIGGER app.logged_ssn BEFORE INSERT ON app.logged FOR EACH ROW SET NEW.note = (SELECT ssn FROM app.person WHERE id = 1);
CREATE DATABASE scratch;
"""
# table or view → its columns; the masked ones are in MASKED
TABLES = {
    "person": ["id", "name", "ssn", "email", "salary", "dob", "grade", "boss"],
    "account": ["id", "person_id", "iban", "balance", "opened", "kind"],
    "event": ["id", "person_id", "what", "at", "weight", "secret"],
    "badge": ["id", "code", "open"],
    "odd": ["id", "bin", "js", "en", "st", "bt", "tm", "yr", "f4", "u64", "i8", "dt", "ts", "lt", "latin", "gen", "open"],
    "checked": ["id", "code", "open", "num"],
    "pub": ["id", "note", "owner", "num"],
    "v_tag": ["id", "tag", "who"],
    "v_deep": ["k", "v", "n"],
    "v_deeper": ["k", "w", "n"],
    "v_join": ["pid", "iban", "label", "balance"],
    "v_agg": ["kind", "total", "cnt"],
    "v_rich": ["id", "name"],
    "v_union": ["id", "what"],
    "v_temp": ["id", "name", "email"],
    "v_rank": ["id", "r"],
    "v_sub": ["id", "s"],
    "v_order": ["id", "name"],
    "v_open": ["id", "note", "num"],
    "v_nested": ["y"],
}
MASKED = {"person": {"ssn", "email", "salary"}, "account": {"iban", "balance"}, "event": {"secret"}, "badge": {"code"},
          "odd": set(TABLES["odd"]) - {"id", "open"}, "checked": {"code"},
          "v_tag": {"tag"}, "v_deep": {"v"}, "v_deeper": {"w"}, "v_join": {"iban", "balance"}, "v_agg": {"total"},
          "v_union": {"what"}, "v_temp": {"name"}, "v_rank": {"r"}, "v_sub": {"s"}, "v_nested": {"y"}}
# What depends on masked columns by its rows; refused wherever it stands.
TAINTED = {"v_rich", "v_order", "v_rank"}
# Tables with an index on a masked column, in lanes that have them, and the views on these.
INDEXED = re.compile(r"\b(account|badge|v_join|v_agg)\b", re.I)


class Lane(NamedTuple):
    number: int
    text_mask: str    # of texts
    number_mask: str  # of numbers
    wide: bool        # more is granted than the least
    indexed: bool     # masked columns have indexes: the order of rows may show theirs

    @property
    def schema(self):
        return f"app{self.number or ''}"

    @property
    def scratch(self):
        return f"scratch{self.number or ''}"

    @property
    def group(self):
        return f"world{self.number}"


LANES = [Lane(0, "redact", "redact", False, True), Lane(1, "null", "null", True, False),
         Lane(2, "redact", "redact", True, False), Lane(3, "redact", "null", False, False)]
BASIC = """\
  - {privileges: [SELECT], on: APP.*}
  - {privileges: [INSERT, UPDATE, DELETE], on: APP.pub}
  - {privileges: [UPDATE], on: APP.person}
  - {privileges: [INSERT, UPDATE], on: APP.event}
  - {privileges: [INSERT, UPDATE], on: APP.badge}
  - {privileges: [INSERT, UPDATE], on: APP.checked}
  - {privileges: [INSERT, UPDATE, DELETE], on: APP.v_open}
  - {privileges: [INSERT], on: APP.staging}
  - {privileges: [INSERT], on: APP.logged}
"""
WIDE = """\
  - {privileges: [EXECUTE, SHOW VIEW, CREATE TEMPORARY TABLES, LOCK TABLES, DELETE, INDEX], on: APP.*}
  - {privileges: [ALL], on: SCRATCH.*}
"""
POLICY = """\
policy: GROUP
subjects: [{group: GROUP}]
targets: [{labels: {app: people}}]
allow:
RULES
deny:
  - {privileges: [SELECT], on: APP.payroll}
GUARDS
limits: {rows: 1000000, time: 3s, statements_per_minute: 10000000, sessions: 500}
---
classification: GROUP
columns:
  - {columns: [APP.person.ssn, APP.person.email, APP.account.iban, APP.event.secret, APP.badge.code, APP.checked.code], tags: [GROUP-text]}
  - {columns: [APP.person.salary, APP.account.balance], tags: [GROUP-number]}
  - {columns: [ODD], tags: [GROUP-text]}
tags:
  GROUP-text: {mask: TEXT}
  GROUP-number: {mask: NUMBER}
"""


def lane_text(text, lane):
    """A statement for `app` and `scratch`, with the lane's names."""
    if lane.number == 0:
        return text
    if isinstance(text, bytes):
        return lane_text(text.decode("latin-1"), lane).encode("latin-1")
    return re.sub(r"\b(app|scratch)\b", lambda m: f"{m[1]}{lane.number}", text)


def lane_policy(lane):
    words = {"RULES": (BASIC + (WIDE if lane.wide else "")).rstrip(),
             "GUARDS": "guards: {unfiltered_write: allow, row_lock: allow, table_lock: allow}" if lane.wide else "guards: {}"}
    text = POLICY
    for word, value in words.items():
        text = text.replace(word, value)
    # `gen` is not classified: it is made of columns that are.
    odd = ", ".join(f"APP.odd.{c}" for c in TABLES["odd"] if c in MASKED["odd"] and c != "gen")
    for word, value in {"ODD": odd, "SCRATCH": lane.scratch, "GROUP": lane.group, "TEXT": lane.text_mask,
                        "NUMBER": lane.number_mask, "APP": lane.schema}.items():
        text = text.replace(word, value)
    return text


# ---- data ----

TEXTS = [None, "", "abc", "ABC", "abc ", "2020-01-02", "12", " 12", "-0", "1e309", "99999999999999999999", "%x'y\"z\\", "{\"a\": 1}",
         "[1, \"b\"]", "a\x00b\n", "0x1A", "null", "true", "POINT(1 2)", "10:11:12", "a,b", "\U0001f600", "127.0.0.1", "*", "(", "$.a"]


def secret_text(roll):
    return roll.choice([*TEXTS, f"{roll.randint(100, 999)}-{roll.randint(10, 99)}-{roll.randint(1000, 9999)}",
                        "é" * roll.randint(1, 5), str(roll.random()), str(roll.randint(0, 99999))])


def secret_number(roll):
    return roll.choice([None, 0, 1, -5, roll.randint(1000, 9999), round(roll.random() * 1000, 2)])


def odd_values(roll):
    some = roll.choice
    values = [some([None, b"", b"\xff\x00\x80", b"abc", bytes(roll.randrange(256) for _ in range(8))]),
              some([None, "{\"a\": 1}", "[1, 2, null]", "\"x\"", "3.5", "{\"a\": {\"b\": [true]}}"]),
              some([None, "a", "b", "c"]), some([None, "", "x", "y,z", "x,y,z"]), some([None, 0, 1, 511]),
              some([None, "00:00:00", "-10:11:12.25", "838:59:59"]), some([None, 1970, 2020, 2155]), some([None, 0, 1.5, -3e30]),
              some([None, 0, 1, 18446744073709551615]), some([None, 0, 1, -128, 127]),
              some([None, "2020-01-02 03:04:05.678", "1000-01-01 00:00:00", "9999-12-31 23:59:59"]),
              some([None, "2020-01-02 03:04:05", "2037-12-31 00:00:00"]), some([None, "", "long " * 300, "x"]),
              some([None, "", "latin", "\xe9\xe8", "12"])]
    return values


def lane_rows(lane, world):
    """table → rows."""
    def of(*name):
        return random.Random("/".join(map(str, (world, lane.number, *name))))
    rows = {t: [] for t in ("person", "account", "event", "badge", "odd", "checked", "pub", "orders", "payroll")}
    emoji = "\U0001f600x" if world == "one" else "x"  # a character that only some sets have
    for i in range(1, 9):
        rows["person"].append((i, f"name{i}", (secret_text(of("ssn", i)) or "")[:20] or None, emoji if i == 7 else secret_text(of("email", i)),
                               secret_number(of("salary", i)), f"19{60 + i}-01-0{i}", i % 3, i // 2))
        rows["account"].append((i, i % 4 + 1, secret_text(of("iban", i)), secret_number(of("balance", i)), f"2020-0{i}-01 00:00:00", f"kind{i % 2}"))
        rows["event"].append((i, i % 3 + 1, f"what{i % 2}", f"2021-0{i}-01 00:00:00", i * 10, emoji if i == 6 else secret_text(of("secret", i))))
        code = of("code", i)
        rows["badge"].append((i, code.choice([None, f"{i}-{code.randint(0, 999)}"]), i))
        rows["checked"].append((i, code.choice([None, "", f"c{code.randint(0, 999)}"]), i, i))
        odd = odd_values(of("odd", i))
        rows["odd"].append((i, *odd, i))
        rows["pub"].append((i, f"note{i}", i % 3, i))
        rows["orders"].append((i, i, f"{i}.50", "2022-01-01"))
        rows["payroll"].append((i, i * 1000))
    return rows


def lane_fill(server, lane, world):
    """Rows as they were in the beginning; nothing in scratch."""
    with server.root(lane.schema) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = '', foreign_key_checks = 0")
        for table, rows in lane_rows(lane, world).items():
            names = [c for c in TABLES.get(table, []) if c != "gen"]
            cursor.execute(f"TRUNCATE {table}")
            cursor.executemany(f"INSERT INTO {table} {'(' + ', '.join(names) + ')' if names else ''} VALUES "
                               f"({', '.join(['%s'] * len(rows[0]))})", rows)
        for table in ("staging", "logged"):
            cursor.execute(f"TRUNCATE {table}")
        cursor.execute(f"DROP DATABASE {lane.scratch}")
        cursor.execute(f"CREATE DATABASE {lane.scratch}")
        cursor.execute("ANALYZE TABLE person, account, event, badge, odd, checked, pub")  # or the servers sample when they like
        cursor.fetchall()


def lane_masked(server, lane, world):
    """The masked values alone, as a world has them; all else stays."""
    with server.root(lane.schema) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = '', foreign_key_checks = 0")
        connection.begin()
        for table, rows in lane_rows(lane, world).items():
            names = [c for c in TABLES.get(table, []) if c != "gen"]
            masked = [(i, c) for i, c in enumerate(names) if c in MASKED.get(table, ())]
            if masked and lane.indexed:
                cursor.execute(f"UPDATE {table} SET {', '.join(f'{c} = NULL' for _, c in masked)}")
            for row in rows if masked else []:
                cursor.execute(f"UPDATE {table} SET {', '.join(f'{c} = %s' for _, c in masked)} WHERE id = %s",
                               [row[i] for i, _ in masked] + [row[0]])
        connection.commit()


def lane_schema(lane):
    text = re.sub(r"/\*INDEX(.*?)\*/", r"\1" if lane.indexed else "", SCHEMA)
    return lane_text(text, lane)


def fill(server, world, lanes=(LANES[0],)):
    server.run("SET GLOBAL innodb_stats_auto_recalc = OFF;\n")  # or estimates change when they like
    for lane in lanes:
        server.run(lane_schema(lane))
        lane_fill(server, lane, world)


class Worlds:
    """Two servers of a kind and a gateway to both; `targets` names them as users of the gateway."""
    targets = ("world-one", "world-two")

    def __init__(self, kind, folder, lanes=LANES):
        self.kind, self.folder, self.lanes = kind, pathlib.Path(folder), list(lanes)
        self.authority = certificates.Authority(self.folder / "ca")
        cls = {"mariadb": servers.MariaDB, "mysql": servers.MySQL}[kind]
        self.servers = [cls(self.folder / name, self.authority) for name in ("one", "two")]
        for server, world in zip(self.servers, ("one", "two")):
            fill(server, world, self.lanes)
            server.create_gateway_account(["ALL ON *.*"])
        self.provider = oidc.Provider(self.folder / "oidc")
        self.gateway = self._gateway()
        self._tokens = {}
        self.crashes = multiprocessing.Value("i", 0)
        self.crashed = []

    def _gateway(self):
        def change(config):
            for target, name, server in zip(config["targets"], self.targets, self.servers):
                target["name"] = name
                password = self.folder / f"{name}.password"
                password.write_text(server.gateway_password)
                target["credential"]["password_file"] = str(password)
        policy = "---\n".join(lane_policy(lane) for lane in self.lanes)
        return deployment.AppGateway(self.folder / f"gateway-{secrets.token_hex(4)}", self.authority, self.provider,
                                     self.servers, change=change, policy=policy)

    def restart(self):
        """Another gateway, from the program that CARDEA_BIN names now."""
        self.gateway.stop()
        self.gateway = self._gateway()

    def watch(self):
        """Servers that fell over an odd statement are started again. Called now and then by the
        process that started them."""
        for server in self.servers:
            if server.child.poll() is None:
                continue
            with self.crashes.get_lock():
                self.crashes.value += 1
            log = pathlib.Path(server.log).read_text(errors="replace")
            self.crashed += re.findall(r"^Query \(\w+\): (.*)$", log, re.M)[-1:]
            server.child = process.start(server._command(), server.log)  # noqa: SLF001
            process.wait_until(server._answers, server.child, server.log, server.kind)  # noqa: SLF001
            server.run("SET GLOBAL innodb_stats_auto_recalc = OFF;\n")

    def wait(self, seconds=60):
        """Until both servers answer, for the processes that don't watch."""
        until = time.monotonic() + seconds
        while not all(server._answers() for server in self.servers):  # noqa: SLF001
            if time.monotonic() > until:
                raise RuntimeError("a server does not come back")
            time.sleep(0.1)

    def token(self, lane):
        token, until = self._tokens.get(lane.number, (None, 0))
        if time.monotonic() > until:
            token = self.provider.sign(payload={"groups": [lane.group], "exp": int(time.time()) + 86400})
            self._tokens[lane.number] = token, time.monotonic() + 36000
        return token

    def refill(self, lane):
        for server, world in zip(self.servers, ("one", "two")):
            lane_fill(server, lane, world)

    def equal(self, lane, worlds):
        """Masked values as these worlds have them: ("one", "one") for a control."""
        for server, world in zip(self.servers, worlds):
            lane_masked(server, lane, world)

    def log(self):
        """What the gateway warned of."""
        text = pathlib.Path(self.gateway.log).read_text(errors="replace")
        return [line for line in text.splitlines() if "level=warning" in line or "level=error" in line]

    def stop(self):
        for thing in [self.gateway, self.provider, *self.servers]:
            thing.stop()

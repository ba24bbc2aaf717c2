# SPDX-License-Identifier: Apache-2.0
"""What the privilege oracle stands on: one real server, one session of an account whose rights are
switched between statements, and the analysis with a catalog that is kept in step.

The account itself holds nothing. Its rights are roles: on MySQL one role for each single privilege,
of which any may be active at once; on MariaDB, where one role is active at a time, one for each
set. SET ROLE changes what the same session may do, so temporary tables, variables, locks and
transactions of the sequence stay. Roles are granted over another connection, which commits nothing
in the session."""
import json
import pathlib
import re
import socket
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TOP / "tests" / "support")]

import pymysql  # noqa: E402
from cardea_test import mysqlproto, servers  # noqa: E402

SYSTEM = {"information_schema", "performance_schema", "mysql", "sys"}
LOST = -1  # the connection broke, or no answer came in time


class Ungrantable(Exception):
    """The server does not grant this: what it is about is not there."""


class Session(mysqlproto.Connection):
    """A connection whose results are dropped as they come, as long as that does not last."""

    RESULT_SECONDS = 8

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.at = 0

    def receive(self, n):
        while len(self.received) - self.at < n:
            more = self.socket.recv(1 << 18)
            if not more:
                raise mysqlproto.Closed("end of stream")
            self.received, self.at = self.received[self.at:] + more, 0
        self.at += n
        return self.received[self.at - n:self.at]

    def drain(self, sql):
        """Runs a statement; raises what it raises, gives no rows."""
        end = time.monotonic() + self.RESULT_SECONDS
        self.command(mysqlproto.COM["QUERY"], sql)
        more = True
        while more:
            payload = self.read_payload()
            if payload[:1] == b"\xff":
                raise mysqlproto.parse_err(payload)
            if payload[:1] == b"\x00":
                more = mysqlproto.Ok(payload, self.caps).status & mysqlproto.MORE_RESULTS
                continue
            if payload[:1] == b"\xfb":
                raise mysqlproto.ProtocolError("LOAD DATA LOCAL was asked for")
            left = mysqlproto.Reader(payload).lenenc()  # columns, and on MariaDB an EOF
            left += 0 if self.caps & mysqlproto.CAPS["DEPRECATE_EOF"] else 1
            while True:
                payload = self.read_payload()
                if time.monotonic() > end:
                    raise mysqlproto.Closed("the result is too long")
                status = None if left > 0 else self._rows_end(payload)
                left -= 1
                if status:
                    more = status[0] & mysqlproto.MORE_RESULTS
                    break


class Live:
    """tests/oracle/analyze_live.c."""

    def __init__(self, program, version):
        self.child = subprocess.Popen([program, version], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **request):
        self.child.stdin.write(json.dumps(request).encode() + b"\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline().decode("utf-8", "replace"))

    def stop(self):
        self.child.stdin.close()
        self.child.wait(10)


def quote(name):
    return "`" + name.replace("`", "``") + "`"


def single(need, columns_of, whole=False):
    """A need of the analysis as single privileges: (privilege, level, schema, object, column).
    Where any column's is enough it is the first one's; with `whole` the object's."""
    kind, privilege = need["kind"], need["privilege"]
    schema, name = need["schema"], need["object"]
    if privilege == "ANY":  # whichever; this one is of no use for anything else
        privilege = "REFERENCES"
    if kind in ("global", "schema", "function", "procedure"):
        return [(privilege, kind, schema, name, "")]
    if need["columns"]:
        return [(privilege, "table", schema, name, c) for c in need["columns"]]
    if need.get("any_column") and not whole:
        return [(privilege, "any", schema, name, (columns_of(schema, name) or [""])[0])]
    return [(privilege, "table", schema, name, "")]


class World:
    def __init__(self, kind, folder, authority, live):
        self.kind = kind
        self.server = {"mariadb": servers.MariaDB, "mysql": servers.MySQL}[kind](folder, authority)
        self.root = self.server.root().cursor()
        self.version = self.rows("SELECT VERSION()")[0][0]
        self.live = Live(live, self.version)
        self.roles, self.granted = {}, 0
        self.before = set()
        self._setup()
        self.before = set(self.accounts())
        self.queries = self.live.ask(queries=True)
        self._system()
        self.session = None
        self.columns, self.refreshing = {}, 0.0
        self.new_session()

    def stop(self):
        self.live.stop()
        self.server.stop()

    # ---- as root, beside the session ----

    def rows(self, sql):
        self.root.execute(sql)
        return self.root.fetchall()

    def try_root(self, *statements):
        for sql in statements:
            try:
                self.root.execute(sql)
            except pymysql.MySQLError:
                pass

    def _setup(self):
        common = ["SET GLOBAL lock_wait_timeout=1", "SET GLOBAL innodb_lock_wait_timeout=1",
                  "SET lock_wait_timeout=1", "SET GLOBAL automatic_sp_privileges=OFF",
                  "SET GLOBAL event_scheduler=OFF", "SET GLOBAL local_infile=OFF",
                  "CREATE USER u@localhost", "CREATE USER owner@localhost",
                  "GRANT ALL ON *.* TO owner@localhost", "CREATE ROLE everything", "CREATE ROLE nothing",
                  "GRANT ALL ON *.* TO everything WITH GRANT OPTION",
                  "GRANT everything TO u@localhost", "GRANT nothing TO u@localhost"]
        # What an account with SYSTEM_USER has made, only such an account may change.
        own = {"mysql": ["REVOKE SYSTEM_USER ON *.* FROM everything",
                         "REVOKE SYSTEM_USER ON *.* FROM owner@localhost", "SET GLOBAL max_execution_time=3000"],
               "mariadb": ["SET GLOBAL max_statement_time=4", "SET GLOBAL idle_transaction_timeout=0"]}
        for sql in common + own[self.kind]:
            self.root.execute(sql)

    def accounts(self):
        """Those that a sequence has made: all but what was there before and the oracle's own."""
        found = self.rows("SELECT user, host FROM mysql.user")
        text = [tuple(v.decode() if isinstance(v, bytes) else v for v in row) for row in found]
        return [(u, h) for u, h in text if not u.startswith("cardea_") and (u, h) not in self.before]

    def schemas(self):
        return [row[0] for row in self.rows("SHOW DATABASES") if row[0].lower() not in SYSTEM]

    # ---- the catalog ----

    def _rows_of(self, number, sql):
        return [[number, [None if v is None else v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v)
                          for v in row]] for row in self.rows(sql)]

    @staticmethod
    def _narrow(sql, schema):
        """The catalog's query, of one schema only: the servers answer that many times as fast."""
        text = "'" + schema.replace("\\", "\\\\").replace("'", "''") + "'"
        narrowed = re.sub(r"([\w.]+) NOT IN \([^)]*\)", rf"\1 = {text}", sql.replace("\\", r"\\"))
        if narrowed == sql and "REFERENTIAL" in sql:
            narrowed = sql.replace(" WHERE ", f" WHERE K.TABLE_SCHEMA = {text} AND R.CONSTRAINT_SCHEMA = {text} AND ")
        elif narrowed == sql:
            narrowed = sql.replace(" WHERE ", f" WHERE T.TABLE_SCHEMA = {text} AND C.CONSTRAINT_SCHEMA = {text} AND ")
        return narrowed

    def _system(self):
        found = []
        for number, sql in enumerate(self.queries):
            if " WHERE " in sql and "TABLE_SCHEMA, TABLE_NAME" in sql:
                found += [r for r in self._rows_of(number, sql) if r[1][0].lower() in SYSTEM]
        # A name without its table would be an error: what a query leaves out, all leave out.
        tables = {tuple(r[1][:2]) for r in found if r[0] == 2}
        self.live.ask(rows=[r for r in found if tuple(r[1][:2]) in tables], system=True)

    def refresh(self):
        """Reads the catalog anew."""
        start = time.monotonic()
        found = self._rows_of(1, self.queries[1])
        for schema in self.schemas():
            for number, sql in enumerate(self.queries[2:], 2):
                if " WHERE " not in sql:
                    continue
                try:
                    found += self._rows_of(number, self._narrow(sql, schema))
                except pymysql.MySQLError:
                    continue  # a view that is broken; a table that is locked
        tables = {tuple(r[1][:2]) for r in found if r[0] == 2}
        self.columns = {}
        for number, values in found:
            if number == 3:
                self.columns.setdefault((values[0], values[1]), []).append(values[2])
        self.live.ask(rows=[r for r in found if r[0] in (1, 9) or tuple(r[1][:2]) in tables])
        self.refreshing += time.monotonic() - start

    def columns_of(self, schema, table):
        return self.columns.get((schema, table))

    # ---- the session ----

    def new_session(self):
        if self.session is not None:
            self.session.close()
        self.session = Session(str(self.server.socket), 0, timeout=8)
        plugin = {"mysql": "caching_sha2_password", "mariadb": "mysql_native_password"}[self.kind]
        self.session.login("u", "", plugin)
        self.active = None
        self.live.ask(session=True)
        try:
            self.become_everything()
        except RuntimeError:  # a sequence has changed the accounts that the oracle stands on
            self.try_root("CREATE USER u@localhost", "CREATE ROLE everything", "CREATE ROLE nothing",
                          "GRANT ALL ON *.* TO everything WITH GRANT OPTION",
                          "GRANT everything TO u@localhost", "GRANT nothing TO u@localhost")
            self.roles = {}
            self.become_everything()

    def run(self, sql):
        """Number of the error, or 0, and its text."""
        try:
            self.session.drain(sql.encode() if isinstance(sql, str) else sql)
            return 0, ""
        except mysqlproto.Error as error:
            return error.number, error.message
        except (mysqlproto.Closed, mysqlproto.ProtocolError, socket.timeout, TimeoutError, OSError) as error:
            return LOST, str(error)

    def values(self, sql):
        return [v.decode("utf-8", "replace") if v is not None else "" for v in self.session.query(sql).rows[0]]

    def state(self):
        """(sql_mode, character set, schema) as they are now."""
        return tuple(self.values("SELECT @@sql_mode, @@character_set_client, DATABASE() LIMIT 1"))

    # ---- rights ----

    def _set_role(self, names):
        names = sorted(names)
        if self.active == names:
            return
        number, text = self.run("SET ROLE " + ", ".join(names))
        if number:
            self.active = None
            raise RuntimeError(f"SET ROLE: {number} {text}")
        self.active = names

    def become_everything(self):
        self._set_role(["everything"])

    def become(self, rights):
        """The session holds these single privileges and nothing else."""
        if ("GRANT OPTION", "global", "", "", "") in rights:
            rights = [(r[0], r[1], r[2], "grant", r[4])
                      if r[1] == "global" and "_" in r[0] else r for r in rights]
        if not rights:
            self._set_role(["nothing"])
        elif self.kind == "mysql":
            self._set_role([self._role(frozenset([right])) for right in rights])
        else:
            self._set_role([self._role(frozenset(rights))])

    def _role(self, rights):
        name = self.roles.get(rights)
        if isinstance(name, Ungrantable):
            raise name
        if name is None:
            self.granted += 1
            name = f"cardea_{self.granted}"
            self.root.execute(f"CREATE ROLE {name}")
            try:
                for right in sorted(rights):
                    self._grant(right, name, rights)
            except pymysql.MySQLError as error:
                raise Ungrantable(f"{error.args[0]} {error.args[1]}") from error
            self.root.execute(f"GRANT {name} TO u@localhost")
            self.roles[rights] = name
        return name

    def _grant(self, right, role, all_rights):
        privilege, level, schema, name, column = right
        what = privilege + (f" ({quote(column)})" if column else "")
        if level == "global":
            # A dynamic privilege is passed on by who has it WITH GRANT OPTION.
            option = " WITH GRANT OPTION" if name == "grant" else ""
            self.root.execute(f"GRANT {what} ON *.* TO {role}{option}")
        elif level == "schema":
            self.root.execute(f"GRANT {what} ON {quote(schema)}.* TO {role}")
        elif level in ("function", "procedure"):
            self.root.execute(f"GRANT {what} ON {level} {quote(schema)}.{quote(name)} TO {role}")
        else:
            on = f"{quote(schema)}.{quote(name)}"
            try:
                self.root.execute(f"GRANT {what} ON {on} TO {role}")
            except pymysql.MySQLError as error:
                if error.args[0] != 1146 or column:
                    raise
                # Only with CREATE does a table that is not there yet take grants.
                self.root.execute(f"GRANT CREATE, {what} ON {on} TO {role}")
                if ("CREATE", level, schema, name, "") not in all_rights:
                    self.root.execute(f"REVOKE CREATE ON {on} FROM {role}")

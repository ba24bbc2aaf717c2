# SPDX-License-Identifier: Apache-2.0
"""Administration, held against real servers: an account with exactly the privileges that the
analysis names is not refused for want of one, and without any one of them it is. What would stop
or lock the server is told apart by its error alone: privileges are looked at first."""
import json
import os
import pathlib
import subprocess

import pymysql
import pytest
from cardea_test import certificates, servers

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
CARDEA = os.environ.get("CARDEA_BIN", str(TOP / "build/dev/src/cli/cardea"))
KINDS = {"mariadb": (servers.MariaDB, "mariadb-10.11"), "mysql": (servers.MySQL, "mysql-9.7")}
# Refused for want of a privilege.
DENIED = {1044, 1045, 1095, 1141, 1142, 1143, 1227, 1345, 1356, 1370, 1410, 1419, 1698, 3619, 3630}

SCHEMA = """DROP DATABASE IF EXISTS app;
CREATE DATABASE app;
CREATE TABLE app.t (id INT PRIMARY KEY, a INT, KEY ka (a));
CREATE TABLE app.m (id INT PRIMARY KEY) ENGINE = MyISAM;
CREATE VIEW app.v AS SELECT id FROM app.t;
CREATE DEFINER = plain PROCEDURE app.p() SELECT 1;
CREATE DEFINER = plain FUNCTION app.f() RETURNS INT DETERMINISTIC RETURN 1;
CREATE DEFINER = plain TRIGGER app.tr BEFORE INSERT ON app.t FOR EACH ROW SET @x = 1;
CREATE DEFINER = plain EVENT app.e ON SCHEDULE EVERY 1 YEAR DO SELECT 1;
DROP USER IF EXISTS x1, x2, x3, lim@localhost;
DROP ROLE IF EXISTS r1, r2;
CREATE USER x1, lim@localhost;
CREATE ROLE r1;
"""
CATALOG = """CREATE DATABASE app; USE app;
CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY ka (a));
CREATE TABLE m (id INT PRIMARY KEY);
CREATE VIEW v AS SELECT id FROM t;
CREATE PROCEDURE p() SELECT 1;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET @x = 1;
"""

BOTH = """ANALYZE TABLE t
ANALYZE LOCAL TABLE t
CHECK TABLE t
REPAIR TABLE m
OPTIMIZE TABLE t
CHECKSUM TABLE t
FLUSH TABLES
FLUSH TABLES t WITH READ LOCK
FLUSH TABLES WITH READ LOCK
FLUSH TABLES t FOR EXPORT
FLUSH LOGS
FLUSH BINARY LOGS, ERROR LOGS
FLUSH STATUS
FLUSH USER_RESOURCES
FLUSH PRIVILEGES
PURGE BINARY LOGS TO 'x'
START REPLICA
STOP REPLICA
INSTALL PLUGIN nosuch SONAME 'nosuch.so'
UNINSTALL PLUGIN nosuch
CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x')
DROP SERVER IF EXISTS s
HELP 'x'
CREATE USER x2
ALTER USER x1 ACCOUNT LOCK
DROP USER x1
RENAME USER x1 TO x3
CREATE ROLE r2
DROP ROLE r1
GRANT SELECT ON app.t TO x1
GRANT SELECT (a), INSERT ON app.t TO x1
GRANT ALL ON app.* TO x1
GRANT SELECT ON *.* TO x1
GRANT EXECUTE ON PROCEDURE app.p TO x1
REVOKE ALL PRIVILEGES, GRANT OPTION FROM x1
SET ROLE NONE
DROP PROCEDURE app.p
DROP FUNCTION app.f
DROP TRIGGER app.tr
DROP EVENT app.e
ALTER PROCEDURE app.p COMMENT 'x'
LOAD DATA INFILE '/nosuch' INTO TABLE t
LOAD DATA INFILE '/nosuch' INTO TABLE t (@x) SET a = @x + 1, id = 1
LOAD DATA INFILE '/nosuch' REPLACE INTO TABLE t (id, a)
LOAD XML INFILE '/nosuch' INTO TABLE t
LOCK TABLES t READ
SIGNAL SQLSTATE '45000'
GET DIAGNOSTICS @x = NUMBER
SHOW BINARY LOGS
SHOW BINLOG EVENTS
SHOW RELAYLOG EVENTS
SHOW REPLICA STATUS
SHOW ENGINE INNODB STATUS
SHOW STATUS
SHOW GRANTS
SHOW GRANTS FOR x1
SHOW CREATE USER x1
SHOW CREATE TRIGGER app.tr
SHOW CREATE EVENT app.e
SHOW EVENTS FROM app
SHOW OPEN TABLES
SHOW PLUGINS
SHOW PROFILES
HANDLER t OPEN"""
MYSQL = """ANALYZE TABLE t UPDATE HISTOGRAM ON a
CACHE INDEX m IN DEFAULT
LOAD INDEX INTO CACHE m
FLUSH OPTIMIZER_COSTS
RESET REPLICA
BINLOG 'x'
CHANGE REPLICATION FILTER REPLICATE_DO_DB = (a)
CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'x'
START GROUP_REPLICATION
STOP GROUP_REPLICATION
INSTALL COMPONENT 'file://nosuch'
UNINSTALL COMPONENT 'file://nosuch'
CLONE LOCAL DATA DIRECTORY '/nosuch/nosuch'
CLONE INSTANCE FROM u@h:3306 IDENTIFIED BY 'x'
LOCK INSTANCE FOR BACKUP
ALTER INSTANCE ROTATE INNODB MASTER KEY
ALTER INSTANCE ROTATE BINLOG MASTER KEY
ALTER INSTANCE RELOAD TLS
ALTER INSTANCE RELOAD KEYRING
ALTER INSTANCE ENABLE INNODB REDO_LOG
CREATE TABLESPACE ts1 ADD DATAFILE 'ts1.ibd'
DROP TABLESPACE ts1
CREATE UNDO TABLESPACE ut1 ADD DATAFILE 'ut1.ibu'
CREATE LOGFILE GROUP g ADD UNDOFILE 'x'
CREATE RESOURCE GROUP rg TYPE = USER
SET RESOURCE GROUP rg
DROP RESOURCE GROUP rg
DROP MASKING POLICY IF EXISTS mp
CREATE LIBRARY app.l LANGUAGE JAVASCRIPT AS $$ export function f(n) { return n } $$
SET DEFAULT ROLE NONE TO x1
SET PASSWORD FOR x1 = 'x'
SET PASSWORD = 'x'
ALTER USER USER() IDENTIFIED BY 'x'
CREATE USER x2 DEFAULT ROLE r1
GRANT BACKUP_ADMIN ON *.* TO x1
GRANT r1 TO x1
REVOKE r1 FROM x1
SHOW BINARY LOG STATUS
SHOW REPLICAS
SET GLOBAL max_connections = 150
SET PERSIST max_connections = 151
SET PERSIST_ONLY max_connections = 151
SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ"""
MARIADB = """FLUSH QUERY CACHE
FLUSH SSL
FLUSH HOSTS
ANALYZE TABLE t PERSISTENT FOR ALL
RESET MASTER
RESET QUERY CACHE
CHANGE MASTER TO MASTER_HOST = 'x'
INSTALL SONAME 'nosuch'
UNINSTALL SONAME 'nosuch'
BACKUP STAGE START
BINLOG 'x'
CREATE SEQUENCE app.s2
SET DEFAULT ROLE NONE FOR x1
SET PASSWORD FOR x1 = PASSWORD('x')
CREATE OR REPLACE ROLE r1
GRANT SELECT ON app.t TO x2 IDENTIFIED BY 'x'
GRANT BINLOG ADMIN ON *.* TO x1
SHOW MASTER STATUS
SHOW ALL SLAVES STATUS
SHOW SLAVE HOSTS
SET GLOBAL max_connections = 150
SET GLOBAL read_only = 0
SET GLOBAL general_log = 0
SET GLOBAL binlog_expire_logs_seconds = 1000
SET GLOBAL gtid_slave_pos = ''
SET GLOBAL server_id = 1
SET GLOBAL init_connect = ''
SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ"""

# What the analysis asks though the server does without: (statement's beginning, privilege, why).
MORE = [
    ("OPTIMIZE LOCAL", None, "the table's own privileges stand beside OPTIMIZE_LOCAL_TABLE"),
    ("CHECK TABLE", "SELECT", "MariaDB: any privilege on the table"),
    ("SHOW OPEN TABLES", "REFERENCES", "any, of the schema that is chosen, which here can't be without it"),
]


class Judge:
    def __init__(self, server, target):
        self.server, self.target = server, target
        self.root = server.root()
        self.cursor = self.root.cursor()
        self.run("CREATE USER plain")

    def run(self, sql):
        self.cursor.execute(sql)
        self.cursor.fetchall()

    def analyze(self, folder, statements):
        catalog = folder / "catalog.sql"
        catalog.write_text(CATALOG)
        run = subprocess.run([CARDEA, "analyze", "--server", self.target, "--schema", "app", "--catalog", catalog],
                             input=b"".join(s.encode() + b"\0" for s in statements), capture_output=True, check=True)
        lines = [json.loads(x) for x in run.stdout.decode().splitlines()]
        assert [s for s, x in zip(statements, lines) if not x["accepted"]] == []
        return [x["statements"][0] for x in lines]

    def world(self):
        for sql in SCHEMA.split(";\n"):
            if sql.strip():
                self.run(sql)

    def refused(self, sql, needs):
        """The error when an account with just these rights is refused for want of one; else None."""
        self.world()
        for privilege, level, schema, name, columns in needs:
            what = f"{privilege} ({', '.join(columns)})" if columns else privilege
            where = {"global": "*.*", "schema": f"{schema}.*", "function": f"FUNCTION {schema}.{name}",
                     "procedure": f"PROCEDURE {schema}.{name}"}.get(level, f"{schema}.{name}")
            if privilege == "GRANT OPTION":
                self.run(f"GRANT GRANT OPTION ON {where} TO lim@localhost" if self.server.kind == "mysql"
                         else f"GRANT USAGE ON {where} TO lim@localhost WITH GRANT OPTION")
            else:
                self.run(f"GRANT {what} ON {where} TO lim@localhost")
        connection = pymysql.connect(unix_socket=str(self.server.socket), user="lim", autocommit=True)
        try:
            with connection.cursor() as cursor:
                try:  # without any right on the schema it can't be chosen
                    cursor.execute("USE app")
                except pymysql.MySQLError:
                    sql = sql.replace(" TABLE t", " TABLE app.t").replace(" TABLES t", " TABLES app.t")
                cursor.execute(sql)
                cursor.fetchall()
        except pymysql.MySQLError as error:
            if error.args[0] in DENIED or (error.args[0] == 1046):
                return error.args
        finally:
            try:
                connection.close()
            except pymysql.MySQLError:
                pass
        return None


@pytest.fixture(scope="module", params=sorted(KINDS))
def judge(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    server = KINDS[request.param][0](folder / "server", certificates.Authority(folder / "ca"))
    judge = Judge(server, KINDS[request.param][1])
    yield judge
    server.stop()


def single(analysis):
    """ANY is whichever; REFERENCES is of no use for anything else."""
    return [("REFERENCES" if p["privilege"] == "ANY" else p["privilege"], p["kind"], p["schema"], p["object"], tuple(p["columns"])) for p in analysis["privileges"]]


def explained(sql, privilege):
    return any(sql.startswith(s) and p in (None, privilege) for s, p, _ in MORE)


def test_exactly_the_privileges(judge, tmp_path):
    statements = BOTH.split("\n") + (MYSQL if judge.server.kind == "mysql" else MARIADB).split("\n")
    left_out, too_many, judged = [], [], 0
    for sql, analysis in zip(statements, judge.analyze(tmp_path, statements)):
        needs = single(analysis)
        error = judge.refused(sql, needs)
        if error is not None:
            left_out.append((sql, needs, error))
            continue
        judged += 1
        for i, need in enumerate(needs):
            if not explained(sql, need[0]) and judge.refused(sql, needs[:i] + needs[i + 1:]) is None:
                too_many.append((sql, need[0]))
    print(f"{judge.server.kind}: {judged} of {len(statements)} judged")
    assert left_out == []
    assert too_many == []

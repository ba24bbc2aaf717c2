# SPDX-License-Identifier: Apache-2.0
"""Administration through the gateway. The identity is one to whom a policy grants ALL on *.* and
reveals everything: what is over accounts, other sessions and the server is refused all the same."""
import pymysql
import pytest

# (statement, codes that may be the answer)
REFUSED = [
    ("GRANT SELECT ON app.* TO x", "privilege"),
    ("GRANT ALL ON *.* TO x", "privilege server"),
    ("REVOKE SELECT ON app.* FROM x", "privilege"),
    ("REVOKE ALL PRIVILEGES, GRANT OPTION FROM x", "server"),
    ("CREATE USER x IDENTIFIED BY 'verysecret'", "server"),
    ("ALTER USER x IDENTIFIED BY 'verysecret'", "server"),
    ("DROP USER x", "server"),
    ("RENAME USER x TO y", "server"),
    ("CREATE ROLE r", "server"),
    ("SET ROLE NONE", "guard"),
    ("SET PASSWORD FOR root@localhost = 'verysecret'", "privilege"),
    ("KILL 1", "server"),
    ("KILL QUERY CONNECTION_ID()", "guard"),
    ("FLUSH TABLES", "server"),
    ("FLUSH TABLES person WITH READ LOCK", "server"),
    ("FLUSH STATUS", "server"),
    ("SHUTDOWN", "server"),
    ("START REPLICA", "server"),
    ("PURGE BINARY LOGS TO 'x'", "server"),
    ("BINLOG 'AAAA'", "server"),
    ("INSTALL PLUGIN x SONAME 'x.so'", "privilege"),
    ("UNINSTALL PLUGIN x", "privilege"),
    ("CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x')", "server"),
    ("XA START 'x'", "guard"),
    ("XA RECOVER", "guard server"),
    ("SET GLOBAL max_connections = 500", "server"),
    ("SET GLOBAL max_connections = 500, wait_timeout = 10", "server"),
    ("ANALYZE TABLE pub", "guard"),
    ("OPTIMIZE TABLE pub", "guard"),
    ("CHECK TABLE pub", "guard"),
    ("LOCK TABLES pub READ", "guard"),
    ("LOAD DATA INFILE '/etc/passwd' INTO TABLE pub", "guard"),
    ("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE pub", "guard"),
    ("HANDLER pub OPEN", "handler"),
    ("HANDLER pub READ FIRST", "handler"),
    ("HANDLER pub CLOSE", "handler"),
    ("SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'cardea/denied'", "guard"),
    ("SHOW PROCESSLIST", "guard"),
    ("SHOW TABLE STATUS", "guard"),
    ("SHOW ENGINE INNODB STATUS", "guard"),
    ("SHOW GRANTS FOR root@localhost", "privilege"),
    ("SHOW CREATE USER CURRENT_USER()", "guard"),
    ("SELECT * FROM mysql.user", "privilege"),
    ("SELECT * FROM information_schema.processlist", "privilege"),
    ("SELECT * FROM performance_schema.threads", "privilege"),
    ("SELECT * FROM sys.processlist", "privilege"),
]


@pytest.fixture
def administrator(gateway, provider, target):
    with gateway.connect(provider.token("approver-alice"), target, database="app") as connection:
        yield connection


def answer(connection, sql):
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql)
            return cursor.fetchall()
        except pymysql.MySQLError as error:
            return error.args[1]


@pytest.mark.parametrize("sql,codes", REFUSED, ids=[s for s, _ in REFUSED])
def test_refused_although_all_is_granted(administrator, sql, codes):
    got = answer(administrator, sql)
    assert isinstance(got, str) and got.startswith(tuple(f"cardea/denied.{c}:" for c in codes.split())), got
    assert answer(administrator, "SELECT 1") == ((1,),)


def test_prepared_by_name_too(administrator):
    for sql in ("HANDLER pub READ FIRST", "KILL 1", "GRANT SELECT ON app.* TO x"):
        assert answer(administrator, f"PREPARE s FROM '{sql}'").startswith("cardea/denied."), sql


def test_what_is_about_data_goes_on(administrator, server):
    """CHECKSUM TABLE, HELP and diagnostics need nothing over the server; the sum is the server's."""
    assert answer(administrator, "CHECKSUM TABLE pub") == server.rows("CHECKSUM TABLE app.pub")
    assert not isinstance(answer(administrator, "HELP 'contents'"), str)
    assert answer(administrator, "GET DIAGNOSTICS @n = NUMBER") == ()
    if server.kind == "mysql":  # MariaDB's shows the hash of the shared account's password
        assert not isinstance(answer(administrator, "SHOW GRANTS"), str)


def test_a_checksum_of_masked_columns_is_refused(agent):
    assert answer(agent, "CHECKSUM TABLE person").startswith("cardea/denied.")

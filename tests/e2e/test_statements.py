# SPDX-License-Identifier: Apache-2.0
"""Ordinary work through the gateway: what drivers and people do all day keeps working."""
import decimal
import threading
import time

import pymysql
import pytest
from pymysql.constants import CLIENT


def rows(connection, sql, values=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def test_transactions(gateway, provider, target, server):
    server.run("DELETE FROM app.staging;\n")
    with gateway.connect(provider.token(), target, database="app", autocommit=False) as connection:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO staging (payload) VALUES ('one')")
            assert cursor.rowcount == 1 and cursor.lastrowid > 0
            connection.rollback()
            cursor.execute("INSERT INTO staging (payload) VALUES ('two'), ('three')")
            assert cursor.rowcount == 2
            connection.commit()
            cursor.execute("UPDATE staging SET payload = 'x' WHERE payload = 'two'")
            cursor.execute("DELETE FROM staging WHERE payload IN ('x', 'three')")
            assert cursor.rowcount == 2
            connection.commit()
    assert server.rows("SELECT COUNT(*) FROM app.staging") == ((0,),)


def test_what_drivers_ask_at_connect(agent):
    for sql in ("SELECT @@version_comment LIMIT 1", "SELECT DATABASE()", "SELECT @@sql_mode",
                "SELECT @@session.transaction_isolation" if True else "", "SET NAMES utf8mb4",
                "SELECT CURRENT_USER()", "SHOW VARIABLES LIKE 'lower_case_%'", "SELECT CONNECTION_ID()",
                "SET autocommit=1", "SHOW TABLES", "SHOW DATABASES", "SHOW COLUMNS FROM pub",
                "SHOW CREATE TABLE pub", "DESCRIBE pub", "SELECT 1", "BEGIN", "COMMIT",
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'app'"):
        if "transaction_isolation" in sql:
            continue
        with agent.cursor() as cursor:
            cursor.execute(sql)


def test_several_statements_in_one_text(gateway, provider, target):
    with gateway.connect(provider.token(), target, database="app", client_flag=CLIENT.MULTI_STATEMENTS) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1; SELECT name FROM person WHERE id = 2; SELECT 3")
            got = [cursor.fetchall()]
            while cursor.nextset():
                got.append(cursor.fetchall())
    assert got == [((1,),), (("Bob",),), ((3,),)]


def test_one_refused_statement_stops_all_before_any_runs(gateway, provider, target, server):
    with gateway.connect(provider.token(), target, database="app", client_flag=CLIENT.MULTI_STATEMENTS) as connection:
        with pytest.raises(pymysql.MySQLError) as error:
            rows(connection, "INSERT INTO staging (payload) VALUES ('never'); DROP TABLE pub")
        assert "cardea/" in str(error.value)
    assert server.rows("SELECT COUNT(*) FROM app.staging WHERE payload = 'never'") == ((0,),)


def test_use_and_default_schema(gateway, provider, target):
    with gateway.connect(provider.token(), target) as connection:
        with pytest.raises(pymysql.MySQLError):
            rows(connection, "SELECT * FROM pub")
        connection.select_db("app")
        assert rows(connection, "SELECT COUNT(*) FROM v_names") == ((3,),)
        rows(connection, "USE scratch")
        assert rows(connection, "SELECT DATABASE()") == (("scratch",),)
        connection.ping(reconnect=False)


def test_the_servers_own_errors_pass(agent):
    with pytest.raises(pymysql.MySQLError) as error:
        rows(agent, "INSERT INTO pub (id, note) VALUES (1, 'again')")
    assert error.value.args[0] == 1062
    assert rows(agent, "SELECT 1") == ((1,),)


def test_a_large_result_and_a_large_statement(agent):
    big = "x" * (17 << 20)
    assert rows(agent, f"SELECT LENGTH('{big}')") == ((len(big),),)
    got = rows(agent, "SELECT REPEAT('y', 17 * 1024 * 1024)")
    assert len(got[0][0]) == 17 << 20


def test_many_rows(gateway, provider, target, server):
    server.run("CREATE TABLE IF NOT EXISTS scratch.many (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20));\n"
               "TRUNCATE scratch.many;\nINSERT INTO scratch.many (v) VALUES ('a'),('b'),('c'),('d');\n"
               + "INSERT INTO scratch.many (v) SELECT v FROM scratch.many;\n" * 13)
    with gateway.connect(provider.token(), target, database="scratch") as connection:
        got = rows(connection, "SELECT id, v FROM many")
        assert len(got) == 4 << 13


def test_ddl_is_seen_at_once(gateway, provider, target):
    with gateway.connect(provider.token(), target, database="scratch") as connection:
        rows(connection, "DROP TABLE IF EXISTS fresh")
        rows(connection, "CREATE TABLE fresh (a INT, b DECIMAL(10,2))")
        rows(connection, "INSERT INTO fresh VALUES (1, 2.50)")
        assert rows(connection, "SELECT b FROM fresh") == ((decimal.Decimal("2.50"),),)
        rows(connection, "ALTER TABLE fresh ADD COLUMN c VARCHAR(10)")
        assert rows(connection, "SELECT c FROM fresh") == ((None,),)
        rows(connection, "DROP TABLE fresh")


def test_unsupported_commands_are_refused_and_the_session_lives(agent):
    for command in (0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x12, 0x15, 0x1D, 0x1E, 0x40, 0xFE):
        with pytest.raises(pymysql.MySQLError) as error:
            agent._execute_command(command, b"person\0")  # noqa: SLF001
            agent._read_ok_packet()  # noqa: SLF001
        assert "cardea/" in str(error.value), hex(command)
    assert rows(agent, "SELECT 1") == ((1,),)


def test_statement_texts_that_are_odd(agent):
    for sql in ("", ";", "  "):
        with pytest.raises(pymysql.MySQLError):
            rows(agent, sql)
    for sql in ("/* nothing */", "-- nothing\n"):  # OK, as from the servers
        assert rows(agent, sql) == ()
    assert rows(agent, "SELECT 1;") == ((1,),)
    assert rows(agent, "/* before */ SELECT /* within */ 2 -- after") == ((2,),)


def test_tables_that_come_and_go_do_not_stop_the_catalog(agent, server):
    """A table made or dropped while the catalog is read is in one answer and not in the next."""
    over = threading.Event()

    def busy():
        with server.root("scratch") as connection, connection.cursor() as cursor:
            while not over.wait(0.05):
                for i in range(5):
                    cursor.execute(f"CREATE TABLE passing{i} (a INT PRIMARY KEY, b INT, CHECK (b > 0))")
                for i in range(5):
                    cursor.execute(f"DROP TABLE passing{i}")
    thread = threading.Thread(target=busy)
    thread.start()
    try:
        until = time.monotonic() + 4
        with agent.cursor() as cursor:
            while time.monotonic() < until:
                try:
                    cursor.execute("SELECT a FROM passing_by")  # unknown: read anew
                except pymysql.MySQLError as error:
                    assert "catalog" not in error.args[1], error
                cursor.execute("SELECT COUNT(*) FROM pub")
    finally:
        over.set()
        thread.join()

# SPDX-License-Identifier: Apache-2.0
"""When the gateway looks at a target's definitions again: by age, after DDL through it, on surprise,
and not more often than that. What changed is decided anew, prepared or not."""
import time

import pymysql
import pytest
from cardea_test import deployment, mysqlproto
from people import leaks

AGE = 1.0


@pytest.fixture(scope="module")
def young(folder, authority, provider, mariadb, mysql):
    def change(config):
        config["limits"]["catalog_age"] = "1s"
    running = deployment.AppGateway(folder / "young", authority, provider, [mariadb, mysql], change=change)
    yield running
    assert running.stop() == 0


def connect(gateway, provider, target, who="agent-coder"):
    return gateway.connect(provider.token(who), target, database="app")


def run(session, sql):
    try:
        with session.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()
    except pymysql.MySQLError as error:
        return str(error)


@pytest.fixture
def view(server):
    server.run("CREATE OR REPLACE VIEW app.v_moved AS SELECT id, name AS what FROM app.person;\n")
    yield "v_moved"
    server.run("DROP VIEW IF EXISTS app.v_moved;\n")


def test_by_age_what_was_prepared_is_decided_anew(young, provider, target, server, view):
    session = connect(young, provider, target)
    prepared = "PREPARE s FROM 'SELECT what FROM v_moved'"
    deadline = time.monotonic() + 10
    while "cardea/" in str(run(session, prepared)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert ("Ann",) in run(session, "EXECUTE s")
    server.run("CREATE OR REPLACE VIEW app.v_moved AS SELECT id, ssn AS what FROM app.person;\n")
    time.sleep(AGE + 0.5)
    for sql in ("EXECUTE s", "SELECT what FROM v_moved", "EXECUTE s"):
        answer = run(session, sql)
        assert not leaks(answer) and len(answer) == 3, answer
    assert "cardea/" in run(session, "SELECT id FROM v_moved WHERE what LIKE '7%'")
    session.close()


def test_by_age_also_where_nothing_is_sent_but_execute(young, provider, target, server, view):
    """COM_STMT_EXECUTE names no text: the decision is the one of PREPARE while its age allows."""
    wire = mysqlproto.connect("127.0.0.1", young.port(), target, provider.token(), database="app",
                              tls=mysqlproto.client_context(str(young.ca)))
    deadline = time.monotonic() + 10
    while True:
        try:
            statement = wire.prepare("SELECT what FROM v_moved")
            break
        except mysqlproto.Error:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert "Ann" in repr(statement.execute(()).rows)
    server.run("CREATE OR REPLACE VIEW app.v_moved AS SELECT id, ssn AS what FROM app.person;\n")
    time.sleep(AGE + 0.5)
    for _ in range(2):
        rows = repr(statement.execute(()).rows)
        assert not leaks(rows), rows
    wire.close()


def test_ddl_through_the_gateway_is_known_to_all_at_once(gateway, provider, target, view):
    """Sessions of other workers, too; the catalog's age is a minute here."""
    administrator = connect(gateway, provider, target, "admin-ada")
    agents = [connect(gateway, provider, target) for _ in range(4)]
    for agent in agents:
        run(agent, "PREPARE s FROM 'SELECT what FROM v_moved'")
        run(agent, "SELECT what FROM v_moved")
    answer = run(administrator, "CREATE OR REPLACE VIEW app.v_moved AS SELECT id, ssn AS what FROM app.person")
    assert answer == (), answer
    time.sleep(0.3)
    for agent in agents:
        for sql in ("EXECUTE s", "SELECT what FROM v_moved"):
            assert not leaks(run(agent, sql))
        agent.close()
    administrator.close()


def test_a_name_that_came_into_being_is_looked_for_once(gateway, provider, target, server):
    session = connect(gateway, provider, target)
    run(session, "SELECT id FROM person")
    time.sleep(1)
    server.run("CREATE TABLE app.newly (id INT);\n")
    try:
        assert run(session, "SELECT id FROM newly") == ()
        server.run("ALTER TABLE app.newly ADD COLUMN more INT;\n")
        time.sleep(1)
        assert run(session, "SELECT more FROM newly") == ()
    finally:
        server.run("DROP TABLE app.newly;\n")
        session.close()


def test_names_that_are_not_there_do_not_read_the_catalog_without_end(gateway, provider, target, server):
    """Each reading is a connection to the target: at most one in 100 ms and each worker."""
    def connections():
        return int(server.rows("SHOW GLOBAL STATUS LIKE 'Connections'")[0][1])
    session = connect(gateway, provider, target)
    run(session, "SELECT id FROM person")
    before, began, asked = connections(), time.monotonic(), 0
    while time.monotonic() - began < 2:
        assert "cardea/denied.unknown" in run(session, f"SELECT id FROM nothing_{asked}")
        asked += 1
    readings = connections() - before - 1
    took = time.monotonic() - began
    assert 1 <= readings <= took / 0.1 + 4, (readings, asked)
    session.close()

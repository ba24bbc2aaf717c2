# SPDX-License-Identifier: Apache-2.0
"""Stored programs through the gateway: what their bodies do is judged with the statement that runs
them. The agent may EXECUTE everything in app; what is masked stays so."""
import time

import pymysql
import pytest
from people import leaks

PROGRAMS = [
    "CREATE PROCEDURE names(IN low INT) BEGIN SELECT id, name FROM person WHERE id >= low; SELECT COUNT(*) AS n FROM pub; END",
    "CREATE PROCEDURE name_of(IN i INT, OUT n VARCHAR(50)) SELECT name INTO n FROM person WHERE id = i",
    "CREATE PROCEDURE ssns() SELECT ssn FROM person",
    "CREATE PROCEDURE ssn_into(OUT s VARCHAR(50)) SELECT MAX(ssn) INTO s FROM person",
    "CREATE PROCEDURE ssn_branch() IF (SELECT COUNT(*) FROM person WHERE ssn LIKE '7%') > 0 THEN SELECT 1; ELSE SELECT 2; END IF",
    "CREATE PROCEDURE ssn_signal() BEGIN DECLARE m VARCHAR(100); SELECT MAX(ssn) INTO m FROM person; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = m; END",
    "CREATE PROCEDURE ssn_copy() UPDATE pub SET note = (SELECT MAX(ssn) FROM person)",
    "CREATE PROCEDURE of_text(IN t VARCHAR(200)) BEGIN SET @q = t; PREPARE s FROM @q; EXECUTE s; END",
    "CREATE PROCEDURE shadows() BEGIN CREATE TEMPORARY TABLE pub AS SELECT ssn AS note FROM person; END",
    "CREATE FUNCTION shout(t VARCHAR(200)) RETURNS VARCHAR(200) DETERMINISTIC NO SQL RETURN CONCAT(UPPER(t), '!')",
    "CREATE FUNCTION rich(i INT) RETURNS INT READS SQL DATA BEGIN DECLARE s DECIMAL(12,2); SELECT salary INTO s FROM person WHERE id = i; IF s > 5000 THEN RETURN 1; END IF; RETURN 0; END",
    "CREATE FUNCTION people() RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM person)",
    "CREATE TABLE watched (id INT PRIMARY KEY, note VARCHAR(200))",
    "CREATE TABLE seen (id INT, note VARCHAR(200))",
    "CREATE TRIGGER watched_ai AFTER INSERT ON watched FOR EACH ROW INSERT INTO seen VALUES (NEW.id, NEW.note)",
    "CREATE TABLE taps (id INT PRIMARY KEY, note VARCHAR(200))",
    "CREATE TRIGGER taps_bi BEFORE INSERT ON taps FOR EACH ROW SET NEW.note = (SELECT MAX(ssn) FROM person)",
]
DROPS = ["DROP PROCEDURE names", "DROP PROCEDURE name_of", "DROP PROCEDURE ssns", "DROP PROCEDURE ssn_into",
         "DROP PROCEDURE ssn_branch", "DROP PROCEDURE ssn_signal", "DROP PROCEDURE ssn_copy",
         "DROP PROCEDURE of_text", "DROP PROCEDURE shadows", "DROP FUNCTION shout", "DROP FUNCTION rich",
         "DROP FUNCTION people", "DROP TABLE watched", "DROP TABLE seen", "DROP TABLE taps"]


@pytest.fixture(scope="module", autouse=True)
def programs(gateway, provider, mariadb, mysql):
    for server in (mariadb, mysql):
        with server.root("app") as root, root.cursor() as cursor:
            for statement in PROGRAMS:
                cursor.execute(statement)
    # The gateway reads catalogs by age: a name that it does not know makes it read anew.
    for name in ("app-mariadb", "app-mysql"):
        with gateway.connect(provider.token("agent-coder"), name, database="app") as agent, agent.cursor() as cursor:
            with pytest.raises(pymysql.MySQLError):
                cursor.execute("SELECT 1 FROM taps_that_are_not")
    yield
    for server in (mariadb, mysql):
        with server.root("app") as root, root.cursor() as cursor:
            for statement in DROPS:
                cursor.execute(statement)


def results(agent, sql):
    """All result sets."""
    with agent.cursor() as cursor:
        cursor.execute(sql)
        sets = [cursor.fetchall()]
        while cursor.nextset():
            sets.append(cursor.fetchall())
        return sets


def test_a_procedure_sends_all_its_results(agent):
    sets = results(agent, "CALL names(2)")
    assert sets[0] and all(row[0] >= 2 for row in sets[0])
    assert len(sets[1]) == 1


def test_an_argument_comes_back(agent, server):
    results(agent, "CALL name_of(1, @who)")
    assert results(agent, "SELECT @who")[0] == server.rows("SELECT name FROM person WHERE id = 1", "app")


def test_functions_of_what_may_be_seen(agent, server):
    assert results(agent, "SELECT shout(name) FROM person ORDER BY id")[0] == server.rows(
        "SELECT CONCAT(UPPER(name), '!') FROM person ORDER BY id", "app")
    assert results(agent, "SELECT people()")[0] == server.rows("SELECT COUNT(*) FROM person", "app")


@pytest.mark.parametrize("sql", [
    "CALL ssns()", "CALL ssn_into(@s)", "CALL ssn_branch()", "CALL ssn_signal()", "CALL ssn_copy()",
    "CALL of_text('SELECT ssn FROM person')", "CALL shadows()", "SELECT rich(1)", "SELECT id FROM pub WHERE rich(id)",
    "SELECT id FROM pub ORDER BY rich(id)", "CALL name_of((SELECT salary FROM person WHERE id = 1), @x)",
    "INSERT INTO taps (id) VALUES (1)", "CREATE PROCEDURE own() SELECT ssn FROM person",
    "CREATE TRIGGER own BEFORE INSERT ON pub FOR EACH ROW SET NEW.note = (SELECT MAX(ssn) FROM person)",
    "ALTER PROCEDURE ssns SQL SECURITY INVOKER", "DROP PROCEDURE ssns",
])
def test_what_is_masked_does_not_leave_by_a_program(agent, sql):
    with pytest.raises(pymysql.MySQLError) as refused:
        results(agent, sql)
    assert "cardea" in str(refused.value).lower() and not leaks(str(refused.value))


@pytest.mark.parametrize("sql", ["SELECT shout(ssn) FROM person", "SELECT id, shout(salary) FROM person",
                                 "SELECT x FROM (SELECT shout(ssn) AS x FROM person) d"])
def test_a_function_of_what_is_masked_is_masked_or_refused(agent, sql):
    try:
        assert not leaks(results(agent, sql))
    except pymysql.MySQLError as error:
        assert not leaks(str(error))


def test_administrators_run_what_they_may_see(gateway, provider, target, server):
    with gateway.connect(provider.token("approver-alice"), target, database="app") as dba:
        assert results(dba, "CALL ssns()")[0] == server.rows("SELECT ssn FROM person", "app")
        assert results(dba, "SELECT rich(1)")[0] == server.rows("SELECT app.rich(1)")


def test_triggers_run_with_the_write(gateway, provider, target, server):
    with gateway.connect(provider.token("approver-alice"), target, database="app") as dba:
        results(dba, "INSERT INTO watched VALUES (1, 'x')")
    assert server.rows("SELECT id, note FROM seen", "app") == ((1, "x"),)
    with server.root("app") as root, root.cursor() as cursor:
        cursor.execute("DELETE FROM watched")
        cursor.execute("DELETE FROM seen")


def eventually(agent, sql):
    """Other workers hear of DDL a moment later."""
    until = time.monotonic() + 10
    while True:
        try:
            return results(agent, sql)[0]
        except pymysql.MySQLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def test_a_changed_body_is_judged_anew(gateway, provider, target):
    with gateway.connect(provider.token("approver-alice"), target, database="app") as dba, \
         gateway.connect(provider.token("agent-coder"), target, database="app") as agent:
        results(dba, "CREATE FUNCTION turned() RETURNS VARCHAR(50) DETERMINISTIC NO SQL RETURN 'a'")
        try:
            assert eventually(agent, "SELECT turned()") == (("a",),)
            results(dba, "DROP FUNCTION turned")
            results(dba, "CREATE FUNCTION turned() RETURNS VARCHAR(50) READS SQL DATA RETURN (SELECT MAX(ssn) FROM person)")
            time.sleep(1)
            try:
                assert not leaks(results(agent, "SELECT turned()"))
            except pymysql.MySQLError as error:
                assert not leaks(str(error))
        finally:
            results(dba, "DROP FUNCTION turned")

# SPDX-License-Identifier: Apache-2.0
"""Temporary tables of a session: usable, never a way out for masked data, and what they hid is
masked again the moment they are gone, however they went."""
import pymysql
import pytest
from cardea_test import deployment
from people import leaks

POLICY = deployment.POLICY.replace("""allow:
  - {privileges: [SELECT], on: app.*}
""", """allow:
  - {privileges: [SELECT], on: app.*}
  - {privileges: [CREATE TEMPORARY TABLES], on: app.*}
  - {privileges: [ALTER], on: app.scrap}
""", 1)
# `low` is not masked by its name, but by what it is generated from.
POLICY = POLICY.replace("""classification: people
columns:
""", """classification: people
columns:
  - {column: app.made.raw, tags: [pii.ssn]}
""")
MADE = "CREATE TABLE app.made (raw VARCHAR(40), low VARCHAR(40) AS (LOWER(raw)) STORED)"
COLUMNS = "(raw VARCHAR(40), low VARCHAR(40))"


@pytest.fixture(scope="module")
def temporary_gateway(folder, authority, provider, mariadb, mysql):
    for server in (mariadb, mysql):
        server.run(f"{MADE};\nINSERT INTO app.made (raw) SELECT ssn FROM app.person;\n")
    running = deployment.AppGateway(folder / "temporary", authority, provider, [mariadb, mysql], policy=POLICY)
    yield running
    assert running.stop() == 0
    for server in (mariadb, mysql):
        server.run("DROP TABLE app.made;\n")


@pytest.fixture
def session(temporary_gateway, provider, target):
    connection = temporary_gateway.connect(provider.token("agent-coder"), target, database="app")
    yield connection
    connection.close()


def run(session, sql, values=None):
    """Rows, or the error's text."""
    try:
        with session.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    except pymysql.MySQLError as error:
        return str(error)


def test_what_a_session_makes_it_can_use(session):
    assert run(session, "CREATE TEMPORARY TABLE mine (id INT PRIMARY KEY, note VARCHAR(20))") == ()
    assert run(session, "INSERT INTO mine VALUES (1, 'a'), (2, 'b')") == ()
    assert run(session, "INSERT INTO mine SELECT id + 10, name FROM person WHERE id = 1") == ()
    assert run(session, "SELECT id, note FROM mine ORDER BY id") == ((1, "a"), (2, "b"), (11, "Ann"))
    assert run(session, "CREATE TEMPORARY TABLE copy AS SELECT m.note, p.name FROM mine m JOIN person p ON p.id = m.id") == ()
    assert len(run(session, "SELECT * FROM copy")) == 2
    assert run(session, "CREATE TEMPORARY TABLE IF NOT EXISTS mine (other INT)") == ()
    assert run(session, "SELECT note FROM mine WHERE id = 2") == (("b",),)
    assert run(session, "DROP TEMPORARY TABLE mine, copy") == ()
    assert "cardea/" in run(session, "SELECT note FROM mine")


@pytest.mark.parametrize("made", [
    "CREATE TEMPORARY TABLE t AS SELECT ssn FROM person",
    "CREATE TEMPORARY TABLE t (a VARCHAR(20)) SELECT ssn AS a FROM person",
    "CREATE TEMPORARY TABLE t SELECT x FROM v_person",
    "CREATE TEMPORARY TABLE t (a VARCHAR(20) DEFAULT 'q') AS SELECT CONCAT(ssn, '') AS b FROM person",
    "CREATE TEMPORARY TABLE t AS SELECT y FROM v_nested",
])
def test_masked_columns_are_not_copied(session, made):
    assert "cardea/" in run(session, made)
    assert not leaks(run(session, "SELECT * FROM t"))


def test_masked_columns_are_not_written_into_one(session):
    assert "cardea/" in run(session, "CREATE TEMPORARY TABLE t LIKE person")
    assert run(session, "CREATE TEMPORARY TABLE like_it LIKE pub") == ()
    assert run(session, "INSERT INTO like_it SELECT * FROM pub") == ()
    assert len(run(session, "SELECT note FROM like_it")) >= 3
    assert run(session, "CREATE TEMPORARY TABLE t (id INT, name VARCHAR(80), ssn VARCHAR(20), email VARCHAR(120),"
               " salary DECIMAL(10,2), dob DATE)") == ()
    assert run(session, "CREATE TEMPORARY TABLE u (a VARCHAR(200), b VARCHAR(200))") == ()
    for sql in ("INSERT INTO t SELECT * FROM person", "INSERT INTO u (a) SELECT ssn FROM person",
                "REPLACE INTO u (a) SELECT x FROM v_person", "INSERT INTO u (b) VALUES ((SELECT ssn FROM person WHERE id = 1))",
                "UPDATE u, person SET u.a = person.ssn", "INSERT INTO u SELECT id, ssn FROM person ON DUPLICATE KEY UPDATE a = 1"):
        assert "cardea/" in run(session, sql), sql
    assert not leaks(run(session, "SELECT * FROM t")) and not leaks(run(session, "SELECT * FROM u"))


# How a table that hides `made` goes away on the server, each a list of statements.
GONE = {
    "drop": ["DROP TEMPORARY TABLE made"],
    "drop without TEMPORARY": ["DROP TABLE made"],
    "drop if exists": ["DROP TEMPORARY TABLE IF EXISTS made"],
    "drop that fails over another": ["DROP TEMPORARY TABLE made, scratch.not_there"],
    "drop in a list": ["CREATE TEMPORARY TABLE other (a INT)", "DROP TABLE other, made"],
    "prepared in SQL": ["PREPARE s FROM 'DROP TEMPORARY TABLE made'", "EXECUTE s"],
    "prepared, and failing": ["PREPARE s FROM 'DROP TEMPORARY TABLE made, scratch.not_there'", "EXECUTE s"],
    "renamed": ["ALTER TABLE made RENAME TO scratch.scrap"],
    "renamed by RENAME": ["RENAME TABLE made TO scratch.scrap2"],
    "in one text": ["DROP TEMPORARY TABLE made; SELECT low FROM made"],
    "replaced by what fails": ["CREATE OR REPLACE TEMPORARY TABLE made AS SELECT 1 AS raw, note AS low FROM pub WHERE EXP(99999) > id"],
    "replaced by what fails on the server": ["CREATE OR REPLACE TEMPORARY TABLE made (low INT, raw INT, raw INT)"],
    "in a block": ["BEGIN NOT ATOMIC DROP TEMPORARY TABLE made; END"],
    "at once": ["EXECUTE IMMEDIATE 'DROP TEMPORARY TABLE made'"],
    "for one statement": ["SET STATEMENT max_statement_time = 9 FOR DROP TEMPORARY TABLE made"],
    "reset": [None],
}


@pytest.mark.parametrize("how", GONE)
def test_what_was_hidden_is_masked_again(session, how):
    """A table of the same name and columns, with nothing to hide; then it goes."""
    assert not leaks(run(session, "SELECT low FROM made"))
    assert run(session, f"CREATE TEMPORARY TABLE made {COLUMNS}") == ()
    assert run(session, "INSERT INTO made VALUES ('own', 'own')") == ()
    assert run(session, "SELECT low FROM made") == (("own",),)
    answers = []
    for sql in GONE[how]:
        if sql is None:
            session._execute_command(0x1F, b"")  # COM_RESET_CONNECTION
            session._read_ok_packet()
            run(session, "USE app")
        else:
            answers.append(run(session, sql))
    for sql in ("SELECT low FROM made", "SELECT raw, low FROM made", "SELECT * FROM made",
                "SELECT low AS note FROM made WHERE 1", "SELECT CONCAT(low, '') FROM made",
                "CREATE TEMPORARY TABLE kept AS SELECT low FROM made", "SELECT * FROM kept"):
        answers.append(run(session, sql))
    assert not leaks(answers), answers


def test_the_drop_that_fails_may_have_dropped(session, server):
    """What the test above rests on: MariaDB drops those that are there, then fails."""
    with server.root("app") as root, root.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE made (low INT)")
        with pytest.raises(pymysql.MySQLError):
            cursor.execute("DROP TEMPORARY TABLE made, scratch.not_there")
        column = "raw" if server.kind == "mariadb" else "low"
        assert cursor.execute(f"SELECT {column} FROM made") == (3 if server.kind == "mariadb" else 0)


def test_a_table_that_may_be_gone_excuses_from_no_privilege(session, server):
    """Once the server has dropped the temporary table, the same name is a base table."""
    server.run("CREATE TABLE app.dear (id INT);\nINSERT INTO app.dear VALUES (1);\n")
    try:
        assert run(session, "CREATE TEMPORARY TABLE dear (id INT)") == ()
        assert "not_there" in run(session, "DROP TEMPORARY TABLE dear, scratch.not_there")
        for sql in ("INSERT INTO dear VALUES (2)", "DELETE FROM dear", "UPDATE dear SET id = 3", "DROP TABLE dear",
                    "TRUNCATE TABLE dear", "ALTER TABLE dear ADD COLUMN x INT"):
            assert "cardea/" in run(session, sql), sql
        assert server.rows("SELECT id FROM app.dear") == ((1,),)
    finally:
        server.run("DROP TABLE app.dear;\n")


def test_no_temporary_table_hides_a_view(session, server):
    """What was prepared over the view goes on reading the view: shown on the server itself, refused
    at the gateway."""
    with server.root("app") as root, root.cursor() as cursor:
        cursor.execute("PREPARE s FROM 'SELECT x FROM v_person'")
        cursor.execute("CREATE TEMPORARY TABLE v_person (x VARCHAR(40))")
        assert cursor.execute("EXECUTE s") == 3
    run(session, "PREPARE s FROM 'SELECT x FROM v_person'")
    for sql in (f"CREATE TEMPORARY TABLE v_person {COLUMNS}", "CREATE TEMPORARY TABLE v_person AS SELECT 1 AS x",
                "CREATE TEMPORARY TABLE v_person LIKE pub", "CREATE TEMPORARY TABLE scrap (x INT)",
                "ALTER TABLE scrap RENAME TO v_person", "RENAME TABLE scrap TO v_person"):
        answer = run(session, sql)
        assert "scrap (" in sql or "cardea/" in answer, (sql, answer)
    assert not leaks(run(session, "EXECUTE s")) and not leaks(run(session, "SELECT x FROM v_person"))


def test_a_prepared_statement_follows_what_its_name_means(session):
    run(session, "PREPARE s FROM 'SELECT low FROM made'")
    answer = run(session, "EXECUTE s")
    assert len(answer) == 3 and not leaks(answer)
    assert run(session, f"CREATE TEMPORARY TABLE made {COLUMNS}") == ()
    assert run(session, "EXECUTE s") == ()
    run(session, "DROP TEMPORARY TABLE made")
    answer = run(session, "EXECUTE s")
    assert len(answer) == 3 and not leaks(answer)

# SPDX-License-Identifier: Apache-2.0
"""A masked column stays masked whatever way it takes to the result; any other use is refused."""
import pymysql
import pytest
from people import leaks

MASKED = [
    "SELECT ssn FROM person",
    "SELECT ssn AS name FROM person",
    "SELECT SSN, `SsN`, person . ssn, app . person . ssn FROM app . person",
    "SELECT * FROM person",
    "SELECT pub.* FROM person AS pub",
    "SELECT p.* FROM person p JOIN pub ON pub.owner = p.id",
    "SELECT CONCAT(ssn, '') FROM person",
    "SELECT REVERSE(ssn), HEX(ssn), TO_BASE64(ssn), LOWER(ssn), LEFT(ssn, 7) FROM person",
    "SELECT COALESCE(ssn, name), IFNULL(ssn, 'none') FROM person",
    "SELECT IF(ssn IS NULL, 'a', 'b') FROM person",
    "SELECT SHA2(ssn, 256), LENGTH(ssn) FROM person",
    "SELECT MAX(ssn) FROM person",
    "SELECT GROUP_CONCAT(ssn) FROM person",
    "SELECT MIN(salary), MAX(salary) FROM person",
    "SELECT id, MAX(ssn) FROM person GROUP BY id",
    "SELECT name FROM v_names UNION ALL SELECT ssn FROM person",
    "SELECT a FROM (SELECT ssn AS a FROM person) d",
    "SELECT d.a, d.b FROM (SELECT id, ssn FROM person) AS d(a, b)",
    "WITH c(z) AS (SELECT ssn FROM person) SELECT z FROM c",
    "SELECT (SELECT ssn FROM person WHERE id = 1)",
    "SELECT x FROM v_person",
    "SELECT y FROM v_nested",
    "SELECT y AS x FROM (SELECT y FROM v_nested) AS q",
    "SELECT FIRST_VALUE(ssn) OVER () FROM person",
    "SELECT email, salary FROM person",
]

NOT_EVERYWHERE = [  # MariaDB has no derived column lists before 11.7, no LATERAL, TABLE, VALUES ROW
    "SELECT d.a, d.b FROM (SELECT id, ssn FROM person) AS d(a, b)",
    "SELECT FIRST_VALUE(ssn) OVER () FROM person",  # MariaDB sorts the rows by it
]

MYSQL_ONLY = [
    "TABLE person",
    "SELECT k FROM person p, LATERAL (SELECT p.ssn AS k) AS l",
    "SELECT * FROM (VALUES ROW((SELECT ssn FROM person WHERE id = 1))) AS v(a)",
    "SELECT ANY_VALUE(ssn) FROM person",
    "SELECT JSON_ARRAYAGG(ssn) FROM person",
]

REFUSED = [
    # bytes that are no text are an error for QUOTE, others are not
    ("SELECT QUOTE(WEIGHT_STRING(ssn)) FROM person", "may not be used in"),
    ("WITH RECURSIVE c(n, z) AS (SELECT 1, ssn FROM person WHERE id = 1 UNION ALL SELECT n + 1, z FROM c WHERE n < 3) SELECT z FROM c", "WITH RECURSIVE"),
    ("SELECT id FROM person WHERE ssn = '721-07-4426'", "WHERE"),
    ("SELECT id FROM person WHERE ssn LIKE '7%'", "WHERE"),
    ("SELECT id FROM person WHERE LEFT(ssn, 1) = '7'", "WHERE"),
    ("SELECT id FROM person WHERE salary > 5000", "WHERE"),
    ("SELECT id FROM person WHERE (ssn, id) > ('5', 0)", "WHERE"),
    ("SELECT id FROM person WHERE id IN (SELECT id FROM person WHERE ssn > '5')", "WHERE"),
    ("SELECT id FROM (SELECT id, ssn AS q FROM person) d WHERE q > '5'", "WHERE"),
    ("SELECT x FROM v_person WHERE x LIKE '7%'", "WHERE"),
    ("WITH c AS (SELECT id, ssn z FROM person) SELECT id FROM c WHERE z > '5'", "WHERE"),
    ("SELECT id FROM person ORDER BY ssn", "ORDER BY"),
    ("SELECT id, ssn FROM person ORDER BY 2", "ORDER BY"),
    ("SELECT id, ssn AS q FROM person ORDER BY q LIMIT 1", "ORDER BY"),
    ("SELECT id FROM person ORDER BY 2 - (ssn > '5')", "may not be used in"),
    ("SELECT COUNT(*) FROM person GROUP BY ssn", "GROUP BY"),
    ("SELECT ssn AS q, COUNT(*) FROM person GROUP BY q", "GROUP BY"),
    ("SELECT MAX(ssn) m FROM person HAVING m > '5'", "HAVING"),
    ("SELECT p.id FROM person p JOIN pub ON pub.note = p.ssn", "may not be used in"),
    ("SELECT a.id FROM person a JOIN person b USING (ssn)", "may not be used in"),
    ("SELECT DISTINCT ssn FROM person", ""),
    ("SELECT ssn FROM person UNION SELECT 'x'", ""),
    ("SELECT id, RANK() OVER (ORDER BY ssn) FROM person", "may not be used in"),
    ("SELECT COUNT(DISTINCT ssn) FROM person", "COUNT"),
    ("EXPLAIN SELECT ssn FROM person WHERE id = 1", "EXPLAIN"),
    ("EXPLAIN FORMAT=JSON SELECT ssn FROM person WHERE id = 1", "EXPLAIN"),
    ("SELECT ssn + 0 FROM person", "may not be used in"),
    ("SELECT CAST(ssn AS JSON) FROM person", "may not be used in"),
    ("INSERT INTO pub (note) SELECT CAST(ssn AS SIGNED) FROM person", ""),
    ("SELECT EXISTS (SELECT 1 FROM person WHERE ssn > '5')", "WHERE"),
    ("INSERT INTO pub (note) SELECT ssn FROM person", ""),
    ("UPDATE pub SET note = (SELECT ssn FROM person WHERE id = 1) WHERE id = 1", ""),
    ("SET @a = (SELECT ssn FROM person WHERE id = 1)", ""),
    ("SELECT ssn INTO @a FROM person WHERE id = 1", ""),
]


def answer(connection, sql):
    """("rows", rows) or ("refused", number, text)."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql)
            return "rows", cursor.fetchall(), cursor.description
        except pymysql.MySQLError as error:
            return "refused", error.args[0], str(error.args[1])


@pytest.mark.parametrize("sql", MASKED)
def test_masked(agent, target, sql):
    got = answer(agent, sql)
    if sql in NOT_EVERYWHERE and target == "app-mariadb":
        assert got[0] == "refused"
    else:
        assert got[0] == "rows", got
        assert len(got[1]) > 0
    assert not leaks(got)
    assert answer(agent, "SHOW WARNINGS")[1] in ((), 1227) or not leaks(answer(agent, "SHOW WARNINGS"))


@pytest.mark.parametrize("sql", MYSQL_ONLY)
def test_masked_on_mysql(gateway, provider, sql):
    with gateway.connect(provider.token(), "app-mysql", database="app") as connection:
        got = answer(connection, sql)
    assert got[0] == "rows" and len(got[1]) > 0, got
    assert not leaks(got)


@pytest.mark.parametrize("sql,use", REFUSED)
def test_refused(agent, target, sql, use):
    got = answer(agent, sql)
    assert got[0] == "refused", got
    if "AS JSON" in sql and target == "app-mariadb":  # it has no such type
        assert got[2].startswith("cardea/sql.syntax"), got
        return
    assert got[2].startswith("cardea/denied."), got
    assert use in got[2]
    assert not leaks(got[2].replace("721-07-4426", ""))
    assert answer(agent, "SELECT 1")[1] == ((1,),)


def test_revealed_to_those_who_may(gateway, provider, target):
    """The same column, to an identity with reveal, by the same path."""
    with gateway.connect(provider.token("approver-alice"), target, database="app") as connection:
        got = answer(connection, "SELECT ssn FROM person WHERE id = 1")
        assert got[1] == (("721-07-4426",),)
        got = answer(connection, "SELECT id FROM person WHERE ssn LIKE '7%'")
        assert got[1] == ((1,),)


def test_everything_else_is_untouched(agent, server):
    """Unmasked columns of the same row, and every type, come as the server sends them."""
    got = answer(agent, "SELECT * FROM types ORDER BY id")
    with server.root("app") as direct, direct.cursor() as cursor:
        cursor.execute("SELECT * FROM types ORDER BY id")
        assert got[1] == cursor.fetchall()
        assert got[2] == cursor.description
    got = answer(agent, "SELECT id, name, ssn, dob FROM person ORDER BY id")
    assert [(r[0], r[1]) for r in got[1]] == [(1, "Ann"), (2, "Bob"), (3, "Cy")]


def test_warnings_and_errors_of_masked_statements_say_nothing(agent):
    answer(agent, "SELECT ssn, name + 0 FROM person")
    shown = answer(agent, "SHOW WARNINGS")
    assert not leaks(shown)
    assert answer(agent, "SELECT @@warning_count")[0] in ("rows", "refused")


def test_headings_are_the_servers_own(agent, server):
    sql = "SELECT 1+/* c */1, id , COUNT(*)over(), 'a' 'b', @@version_comment is null, (select 1) FROM v_names LIMIT 1"
    got = answer(agent, sql)
    assert got[0] == "rows", got
    with server.root("app") as direct, direct.cursor() as cursor:
        cursor.execute(sql)
        assert [c[0] for c in got[2]] == [c[0] for c in cursor.description]

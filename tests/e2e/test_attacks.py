# SPDX-License-Identifier: Apache-2.0
"""Ways around a gateway, by class, over the wire with real servers behind.

Each row: class, what is sent (one text, or several in order on one connection), and what must
come of the last one:
    refused   the gateway itself says no (a stable code), nothing runs
    masked    rows come, without a classified value
    safe      either of the two, or the server's own syntax error
Whatever comes, no classified value is in any answer on the way."""
import pymysql
import pytest
from people import SECRETS, leaks
from pymysql.constants import CLIENT

ATTACKS = [
    # A. lexer and tokenizer
    ("A1", "/*!50000 DELETE FROM person */", "refused"),
    ("A1", "SELECT 1 /*!50000 UNION ALL SELECT ssn FROM person*/", "masked"),
    ("A1", "SELECT 1 /*! UNION SELECT ssn FROM person */", "refused"),
    ("A2", "SELECT 'a' /*M! UNION ALL SELECT ssn FROM person */", "masked"),
    ("A2", "SELECT 'a' /*M!100100 UNION ALL SELECT ssn FROM person */", "masked"),
    ("A3", "SELECT 'a' /*!99999 UNION ALL SELECT ssn FROM person */", "masked"),
    ("A3", "SELECT 'a' /*!999999 UNION ALL SELECT ssn FROM person */", "masked"),
    ("A4", "SELECT 'a' /*! /* x */ UNION ALL SELECT ssn FROM person */", "safe"),
    ("A4", "SELECT 'a' /*!50000/*!50000*/ UNION ALL SELECT ssn FROM person */", "safe"),
    ("A5", ["SET sql_mode='ANSI_QUOTES'", 'SELECT CONCAT("ssn") FROM person'], "masked"),
    ("A5", ["SET SESSION sql_mode=CONCAT(@@sql_mode, ',ANSI_QUOTES')", 'SELECT "ssn" FROM person'], "safe"),
    ("A7", "SELECT 'a\\'' ; COMMIT; DROP TABLE pub; -- '", "refused"),
    ("A8", "SET STATEMENT sql_mode='ANSI_QUOTES' FOR SELECT \"ssn\" FROM person", "safe"),
    ("A8", 'SELECT /*+ SET_VAR(sql_mode=ANSI_QUOTES) */ "ssn" FROM person', "safe"),
    ("A9", ["SET sql_mode='PIPES_AS_CONCAT'", "SELECT '' || ssn FROM person"], "masked"),
    ("A9", ["SET sql_mode='HIGH_NOT_PRECEDENCE'", "SELECT id FROM person WHERE NOT ssn BETWEEN '5' AND '8'"], "refused"),
    ("A9", ["SET sql_mode='IGNORE_SPACE'", "SELECT CONCAT (ssn) FROM person"], "masked"),
    ("A10", ["SET NAMES gbk", b"SELECT '\xbf\x5c' , ssn FROM person -- '"], "safe"),
    ("A13", "SELECT 1--1, ssn FROM person", "masked"),
    ("A13", "SELECT id --\x01\n, ssn FROM person", "safe"),
    ("A13", "SELECT id # x\n, ssn FROM person", "masked"),
    ("A13", "SELECT\x0bssn\x0cFROM\rperson", "masked"),
    ("A17", "SELECT id FROM person WHERE ssn LIKE '7''21%' OR ssn = '7' '21'", "refused"),
    ("A17", "SELECT id FROM person WHERE ssn = x'3732' OR ssn = _utf8mb4'7' OR ssn = N'7'", "refused"),
    ("A18", "SELECT " + ", ".join(["1"] * 3000) + " UNION ALL SELECT ssn" + ", 1" * 2999 + " FROM person", "masked"),
    # B. identifiers and names
    ("B1", "SELECT SSN, `SsN`, app . person . ssn FROM app . person", "masked"),
    ("B1", "SELECT .person.ssn FROM person", "safe"),
    ("B4", "SELECT ssn FROM person AS pub", "masked"),
    ("B4", "SELECT pub.note FROM (SELECT ssn AS note FROM person) AS pub", "masked"),
    ("B6", ["CREATE TEMPORARY TABLE app.safe AS SELECT ssn x FROM person", "SELECT * FROM app.safe"], "refused"),
    ("B7", "RENAME TABLE person TO p2", "refused"),
    ("B7", "ALTER TABLE person RENAME COLUMN ssn TO s", "refused"),
    ("B7", "CREATE TABLE scratch.p2 LIKE person", "safe"),
    ("B7", "CREATE TABLE scratch.p3 AS SELECT ssn FROM person", "refused"),
    # C. projection and lineage (more in test_masking.py)
    ("C1", "SELECT WEIGHT_STRING(ssn), COMPRESS(ssn) FROM person", "safe"),
    ("C1", "SELECT AES_ENCRYPT(ssn, 'k') FROM person", "safe"),
    ("C2", "SELECT JSON_OBJECTAGG(id, ssn) FROM person", "masked"),
    ("C8", "SELECT * FROM JSON_TABLE((SELECT ssn FROM person WHERE id = 1), '$' COLUMNS (a VARCHAR(20) PATH '$')) j", "safe"),
    ("C9", "SELECT ssn, COUNT(*) FROM person GROUP BY ssn WITH ROLLUP", "refused"),
    ("C11", "SELECT f_ssn(1)", "refused"),
    ("C12", "CALL p_ssn()", "refused"),
    ("C14", "INSERT INTO staging (payload) VALUES ('x') RETURNING (SELECT ssn FROM person WHERE id = 1)", "safe"),
    # D. copies
    ("D1", "INSERT INTO pub (note) SELECT ssn FROM person", "refused"),
    ("D2", "UPDATE pub SET note = (SELECT ssn FROM person WHERE id = 1) WHERE id = 1", "refused"),
    ("D2", "INSERT INTO pub (id, note) VALUES (1, 'x') ON DUPLICATE KEY UPDATE note = (SELECT ssn FROM person WHERE id = 1)", "refused"),
    ("D2", "REPLACE INTO pub (id, note) SELECT id, ssn FROM person", "refused"),
    ("D4", "CREATE VIEW scratch.v AS SELECT ssn FROM app.person", "refused"),
    ("D4", "ALTER VIEW v_names AS SELECT id, ssn AS name FROM person", "refused"),
    ("D5", "SELECT ssn FROM person INTO OUTFILE '/tmp/cardea-test'", "refused"),
    ("D5", "SELECT LOAD_FILE('/etc/passwd')", "refused"),
    ("D7", ["SELECT ssn INTO @a FROM person WHERE id = 1", "SELECT @a"], "safe"),
    ("D7", "SELECT @c := ssn FROM person", "refused"),
    ("D7", "SET @b = (SELECT ssn FROM person WHERE id = 1)", "refused"),
    ("D8", "CREATE TRIGGER t BEFORE INSERT ON pub FOR EACH ROW SET NEW.note = (SELECT ssn FROM person WHERE id = 1)", "refused"),
    ("D8", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1", "refused"),
    ("D8", "CREATE FUNCTION f() RETURNS INT RETURN 1", "refused"),
    ("D9", "ALTER TABLE person ADD COLUMN g VARCHAR(20) AS (ssn)", "refused"),
    ("D9", "CREATE INDEX i ON person ((LOWER(ssn)))", "refused"),
    ("D10", "SELECT GET_LOCK(ssn, 0) FROM person", "refused"),
    ("D10", "SELECT IF(ssn > '5', SLEEP(1), 0) FROM person", "refused"),
    # E. inference (more in test_masking.py)
    ("E1", "SELECT id FROM person WHERE ssn REGEXP '^7'", "refused"),
    ("E1", "SELECT id FROM person WHERE ssn BETWEEN '7' AND '8'", "refused"),
    ("E1", "SELECT id FROM person WHERE ssn IN ('721-07-4426')", "refused"),
    ("E2", "SELECT id FROM person ORDER BY ssn LIMIT 1", "refused"),
    ("E3", "SELECT 1 FROM person HAVING MAX(ssn) > '5'", "refused"),
    ("E5", "SELECT CASE WHEN ssn > '5' THEN 'a' ELSE 'b' END FROM person", "masked"),
    ("E5", "SELECT ssn FROM person INTERSECT SELECT '721-07-4426'", "refused"),
    ("E7", "SELECT CRC32(ssn), SHA2(ssn, 256), SOUNDEX(ssn), LENGTH(ssn), ORD(SUBSTR(ssn, 1)) FROM person", "masked"),
    ("E8", "UPDATE pub SET note = note WHERE EXISTS (SELECT 1 FROM person WHERE ssn LIKE '7%')", "refused"),
    ("E9", "INSERT INTO person (id, name, ssn, salary) VALUES (99, 'x', '721-07-4426', 1)", "refused"),
    ("E10", "SELECT AVG(salary) FROM person WHERE id = 1", "masked"),
    ("E11", "CHECKSUM TABLE person", "refused"),
    ("E12", "SHOW STATUS LIKE 'Handler%'", "safe"),
    # F. diagnostics, plans, statistics
    ("F1", "EXPLAIN FORMAT=JSON SELECT ssn FROM person WHERE id = 1", "refused"),
    ("F2", ["EXPLAIN SELECT ssn FROM person WHERE id = 1", "SHOW WARNINGS"], "safe"),
    ("F3", "EXPLAIN FORMAT=JSON INTO @v SELECT ssn FROM person WHERE id = 1", "refused"),
    ("F5", "EXPLAIN SELECT 1 FROM person WHERE ssn = 'x'", "refused"),
    ("F6", "EXPLAIN ANALYZE SELECT ssn FROM person", "safe"),
    ("F6", "ANALYZE SELECT ssn FROM person", "safe"),
    ("F7", "EXPLAIN FOR CONNECTION 1", "refused"),
    ("F7", "SHOW EXPLAIN FOR 1", "refused"),
    ("F9", "SELECT * FROM information_schema.column_statistics", "refused"),
    ("F10", "SELECT * FROM performance_schema.events_statements_history", "refused"),
    ("F11", "SHOW FULL PROCESSLIST", "refused"),
    ("F11", "SELECT * FROM information_schema.processlist", "refused"),
    ("F15", "SELECT ST_LatFromGeoHash(ssn) FROM person", "refused"),
    ("F15", "SELECT UUID_TO_BIN(ssn) FROM person", "refused"),
    ("F16", "SELECT GTID_SUBSET(ssn, 'x') FROM person", "refused"),
    ("F17", "INSERT IGNORE INTO person SELECT id + 10, name, ssn, email, salary, dob FROM person", "refused"),
    ("F18", ["SELECT CAST(ssn AS SIGNED) FROM person", "SHOW WARNINGS"], "safe"),
    ("F18", ["SELECT ssn + 0 FROM person", "SHOW WARNINGS"], "safe"),
    ("F19", "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'x'", "refused"),
    ("F21", "SHOW PROFILES", "refused"),
    ("F21", "SELECT * FROM mysql.general_log", "refused"),
    ("F21", "SHOW BINLOG EVENTS", "refused"),
    ("F22", "SELECT * FROM person PROCEDURE ANALYSE()", "refused"),
    ("F23", "SELECT * FROM mysql.column_stats", "refused"),
    # G. other statement forms
    ("G2", ["SET @q = 'SELECT ssn FROM person'", "PREPARE s FROM @q"], "refused"),
    ("G2", ["PREPARE s FROM 'SELECT ssn FROM person'", "EXECUTE s"], "masked"),
    ("G3", "EXECUTE IMMEDIATE CONCAT('sel', 'ect ssn from person')", "refused"),
    ("G4", "BEGIN NOT ATOMIC SELECT ssn FROM person; END", "refused"),
    ("G5", "SELECT 1; SELECT ssn FROM person; DROP TABLE pub", "refused"),
    ("G6", "HANDLER person OPEN", "refused"),
    ("G7", "WITH a AS (SELECT 1) DELETE FROM person", "refused"),
    ("G7", "UPDATE pub JOIN person ON pub.owner = person.id SET pub.note = person.ssn", "refused"),
    ("G7", "TRUNCATE person", "refused"),
    ("G7", "LOAD DATA INFILE '/etc/passwd' INTO TABLE pub", "refused"),
    ("G7", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE pub", "refused"),
    ("G9", "DROP TABLE pub blah blah", "refused"),
    ("G10", "SELECT FROM WHERE", "refused"),
    ("G12", "SET SESSION TRANSACTION READ WRITE; DELETE FROM person", "refused"),
    ("G13", "SELECT /*+ MAX_EXECUTION_TIME(0) */ ssn FROM person", "safe"),
    # I. privileges, state, denial of service
    ("I1", "SET PASSWORD = 'x'", "refused"),
    ("I1", "ALTER USER USER() IDENTIFIED BY 'x'", "refused"),
    ("I2", "SET ROLE ALL", "refused"),
    ("I2", "SET DEFAULT ROLE ALL TO CURRENT_USER()", "refused"),
    ("I4", "INSTALL PLUGIN x SONAME 'x.so'", "refused"),
    ("I4", "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'", "refused"),
    ("I5", "KILL 1", "refused"),
    ("I5", "KILL QUERY 1", "refused"),
    ("I7", "SELECT GET_LOCK('deploy', 1)", "refused"),
    ("I7", "LOCK TABLES person WRITE", "refused"),
    ("I7", "SELECT id FROM person FOR UPDATE", "refused"),
    ("I8", "SELECT SLEEP(10)", "refused"),
    ("I8", "SELECT BENCHMARK(1000000000, MD5('x'))", "refused"),
    ("I10", "SHUTDOWN", "refused"),
    ("I10", "RESET BINARY LOGS AND GTIDS", "refused"),
    ("I10", "FLUSH TABLES WITH READ LOCK", "refused"),
    ("I10", "PURGE BINARY LOGS TO 'x'", "refused"),
    ("I11", "GRANT ALL ON *.* TO x", "refused"),
    ("I11", "CREATE USER x", "refused"),
    ("I11", "CREATE DEFINER=root@localhost VIEW scratch.v AS SELECT 1", "refused"),
    ("I15", "SELECT " + "(" * 20000 + "1" + ")" * 20000, "refused"),
    ("I15", "SELECT id FROM person WHERE id IN (" + ",".join(map(str, range(10000))) + ")", "safe"),
    ("", "SET GLOBAL general_log = 1", "refused"),
    ("", "SET PERSIST max_connections = 1", "refused"),
    ("", "XA START 'x'", "refused"),
    ("", "SELECT * FROM mysql.user", "refused"),
    ("", "SELECT * FROM payroll", "refused"),
    ("", "SELECT 1 FROM v_names, payroll", "refused"),
]


@pytest.fixture(scope="module", autouse=True)
def routines(mariadb, mysql):
    for server in (mariadb, mysql):
        server.run("CREATE FUNCTION app.f_ssn(i INT) RETURNS VARCHAR(20) READS SQL DATA SQL SECURITY DEFINER RETURN (SELECT ssn FROM app.person WHERE id = i);\n"
                   "CREATE PROCEDURE app.p_ssn() SQL SECURITY DEFINER SELECT ssn FROM app.person;\n")
    yield
    for server in (mariadb, mysql):
        server.run("DROP FUNCTION app.f_ssn;\nDROP PROCEDURE app.p_ssn;\n")


def everything(connection, sql):
    """All results of one text: ("rows", [...]) or ("refused", number, text), and what came before."""
    seen = []
    with connection.cursor() as cursor:
        try:
            if isinstance(sql, bytes):
                connection._execute_command(3, sql)  # noqa: SLF001 - bytes that are no valid text
                connection._affected_rows = connection._read_query_result()  # noqa: SLF001
                seen.append((connection._result.rows, connection._result.description))  # noqa: SLF001
            else:
                cursor.execute(sql)
                seen.append((cursor.fetchall(), cursor.description))
                while cursor.nextset():
                    seen.append((cursor.fetchall(), cursor.description))
            return ("rows", seen)
        except pymysql.MySQLError as error:
            return ("refused", error.args[0], str(error.args[1] if len(error.args) > 1 else ""), seen)


@pytest.mark.parametrize("row,sent,expected", ATTACKS, ids=[f"{r}-{i}" for i, (r, _, _) in enumerate(ATTACKS)])
def test_attack(gateway, provider, target, server, row, sent, expected):
    before = fingerprint(server)
    connection = gateway.connect(provider.token(), target, database="app",
                                 client_flag=CLIENT.MULTI_STATEMENTS)
    try:
        texts = sent if isinstance(sent, list) else [sent]
        for text in texts:
            got = everything(connection, text)
            given = text.decode("latin-1") if isinstance(text, bytes) else text
            hidden = [s for s in SECRETS if s not in given]
            assert not leaks(got, hidden), got
        if expected == "refused":
            assert got[0] == "refused" and got[2].startswith("cardea/"), got
        elif expected == "masked":
            assert got[0] == "rows", got
        else:
            assert got[0] == "rows" or got[2], got
        assert everything(connection, "SELECT 1")[1][0][0] == ((1,),)
    finally:
        connection.close()
    assert fingerprint(server) == before


def fingerprint(server):
    """Data and definitions that no attack may have changed."""
    return (server.rows("SELECT * FROM app.person ORDER BY id"),
            server.rows("SELECT * FROM app.pub ORDER BY id"),
            server.rows("SELECT table_schema, table_name, table_type FROM information_schema.tables "
                        "WHERE table_schema = 'app' ORDER BY 1, 2"),
            server.rows("SELECT user, host FROM mysql.user ORDER BY 1, 2"))

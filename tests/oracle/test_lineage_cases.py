# SPDX-License-Identifier: Apache-2.0
"""The lineage cases that tests/golden/corpus.py calls wrong: a real MySQL says what is right."""
import pathlib
import sys

import pymysql
import pytest
from cardea_test import certificates, servers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))
from corpus import INLINE, KNOWN  # noqa: E402

# What the server answers: an error's number, or headings and rows of tables that tell t2 from t1.
ANSWERS = {
    "VALUES ROW(1, 2 + 3)": (["column_0", "column_1"], [(1, 3 + 2)]),
    "VALUES ROW(DEFAULT)": 3943,
    "SELECT GROUP_CONCAT(a SEPARATOR b) AS gc FROM t": 1064,
    "SELECT t.a FROM t JOIN DUAL": 1064,
    "SELECT t.a FROM DUAL JOIN t": 1064,
    "SELECT (SELECT x.a FROM t2 AS x) AS inner_a FROM t1 AS x": (["inner_a"], [(2,)]),
    "SELECT a, * FROM t;": 1064,
}


@pytest.fixture(scope="module")
def cursor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases")
    server = servers.MySQL(folder / "server", certificates.Authority(folder / "ca"))
    server.run(INLINE.replace("; ", ";\n"))
    server.run("INSERT INTO t1 VALUES (1, 1, 1);\nINSERT INTO t2 VALUES (2, 2, 2);\n", "db")
    with server.root("db") as connection:
        yield connection.cursor()
    server.stop()


def test_each_case_called_wrong_is_answered_here():
    assert ANSWERS.keys() == KNOWN.keys()


@pytest.mark.parametrize("sql", ANSWERS)
def test_the_server_says_otherwise_than_the_case(cursor, sql):
    try:
        cursor.execute(sql)
        answer = ([d[0] for d in cursor.description], list(cursor.fetchall()))
    except pymysql.MySQLError as error:
        answer = error.args[0]
    assert answer == ANSWERS[sql]

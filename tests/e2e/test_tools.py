# SPDX-License-Identifier: Apache-2.0
"""What command-line tools, dumps and their restores send, through the gateway."""
import time

import pymysql
import pytest
from pymysql.constants import CLIENT

COMMENTS = ["/* x */", "-- x", "#", "/* x */;", "/*!99999 SELECT 1 */", "/*! */ ;",
            "/*M!999999\\- enable the sandbox mode */ "]
PREPARE = 0x16


def answer(connection, text, command=3):
    """OK, the first row, or the error's number, for each answer."""
    answers = []
    try:
        connection._execute_command(command, text)
        if command == PREPARE:
            return [connection._read_packet().get_all_data()[0]]
        more = True
        while more:
            result = pymysql.connections.MySQLResult(connection)
            connection._result = result
            result.read()
            answers.append(result.rows[0] if result.rows else "OK")
            more = result.has_next
    except pymysql.MySQLError as error:
        answers.append(error.args[0])
    return answers


@pytest.mark.parametrize("several", [False, True])
def test_comments_alone_are_answered_as_the_server_does(gateway, provider, target, server, several):
    flag = CLIENT.MULTI_STATEMENTS if several else 0
    before = len(gateway.audit())
    with gateway.connect(provider.token(), target, database="app", client_flag=flag) as through, \
            server.root("app", client_flag=flag) as direct:
        for text in [*COMMENTS, "", " ", ";", " ; ;"]:
            assert answer(through, text) == answer(direct, text), text
        for text in [";SELECT 2", "/* x */;SELECT 2", "/*! ; */"]:
            assert answer(through, text) == answer(direct, text) == [1064], text
        if several:
            text = "SELECT 1;/* x */SELECT 2"
            assert answer(through, text) == answer(direct, text) == [(1,), (2,)]
    told, end = [], time.monotonic() + 10
    while len(told) < len(COMMENTS) and time.monotonic() < end:  # the log is written behind
        told = [r for r in gateway.audit()[before:] if r["kind"] == "decision" and r.get("text") in COMMENTS]
        time.sleep(0.05)
    assert [r["text"] for r in told] == COMMENTS
    assert {r["decision"] for r in told} == {"allow"}


def test_comments_alone_are_prepared_where_the_server_does(agent, target, server):
    with server.root("app") as direct:
        for text in ("/* x */", "-- x", "/*!99999 SELECT 1 */"):
            want = [0] if target == "app-mariadb" else [1295]
            assert answer(agent, text, PREPARE) == answer(direct, text, PREPARE) == want
    if target == "app-mariadb":
        assert answer(agent, b"\x01\0\0\0\0\x01\0\0\0", 0x17) == ["OK"]
    assert answer(agent, "SELECT 1") == [(1,)]

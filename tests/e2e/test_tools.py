# SPDX-License-Identifier: Apache-2.0
"""What command-line tools, dumps and their restores send, through the gateway."""
import os
import subprocess
import time

import pymysql
import pytest
from cardea_test import deployment, process, servers
from people import leaks
from pymysql.constants import CLIENT

# docs/operations.md has the rules of a dump and of a restore.
POLICY = """\
policy: dumps
subjects: [{group: dba}, {group: ai-agents}]
targets: [{labels: {app: people}}]
allow:
  - {privileges: [SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES], on: app.*}
  - {privileges: [SELECT], on: [information_schema.FILES, information_schema.VIEWS, performance_schema.column_masking_policy]}
  - {privileges: [PROCESS], on: "*.*"}
guards: {definition: allow, table_lock: allow, session_variable: allow, server_fact: allow, stored_value: allow}
unknowns: {allow: ["variable:@@sql_mode", "variable:@@character_set_client",
                   "variable:@@character_set_results", "variable:@@collation_connection"]}
---
policy: whole
subjects: [{group: dba}]
targets: [{labels: {app: people}}]
allow:
  - {privileges: [ALL], on: restored.*}
reveal: [pii.ssn, pii.email, pay]
""" + deployment.POLICY[deployment.POLICY.index("---\nclassification"):]

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


@pytest.fixture(scope="module")
def keeper(folder, authority, provider, mariadb, mysql):
    """A gateway whose policy lets people dump and restore."""
    for server in (mariadb, mysql):
        server.run("CREATE DATABASE IF NOT EXISTS restored;\n")
    running = deployment.AppGateway(folder / "dumps", authority, provider, [mariadb, mysql], policy=POLICY)
    yield running
    code = running.stop()
    assert code == 0, f"the gateway ended with {code}:\n{process.tail(running.log)}"


TOOLS = {"mysql": [servers.MySQL.runner, "mysql"], "mysqldump": [servers.MySQL.runner, "mysqldump", "--set-gtid-purged=OFF"],
         "mariadb": ["mariadb", "--no-defaults"], "mariadb-dump": ["mariadb-dump", "--no-defaults"]}


def run(command, *arguments, token="", **options):
    done = subprocess.run([str(c) for c in [*command, *arguments]], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "MYSQL_PWD": token}, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def direct(tool, server, *arguments, **options):
    return run(TOOLS[tool], f"--socket={server.socket}", "--user=root", *arguments, **options)


def through(tool, gateway, token, server, *arguments, **options):
    tls = ["--ssl-verify-server-cert"] if tool.startswith("mariadb") else \
        ["--ssl-mode=VERIFY_CA", "--enable-cleartext-plugin", "--default-auth=mysql_clear_password"]
    return run(TOOLS[tool], "--host=127.0.0.1", f"--port={gateway.port()}", f"--user=app-{server.kind}",
               f"--ssl-ca={gateway.ca}", *tls, *arguments, token=token, **options)


def body(dump):
    """Without what tells of the connection: the host, and the version that the greeting had."""
    return [line for line in dump.splitlines() if not line.startswith(("-- Host:", "-- Server version"))]


def dump_tool(target):
    return {"app-mysql": "mysqldump", "app-mariadb": "mariadb-dump"}[target]


@pytest.mark.parametrize("options", [["--single-transaction", "--triggers", "--events"], ["--skip-opt"], []],
                         ids=["transaction", "plain", "locks"])
def test_a_dump_is_the_one_made_at_the_server(keeper, provider, target, server, options):
    tool = dump_tool(target)
    arguments = ["--skip-dump-date", *options, "app"]
    got = through(tool, keeper, provider.token("approver-alice"), server, *arguments)
    assert "INSERT INTO `person`" in got and "VIEW `v_names`" in got
    assert body(got) == body(direct(tool, server, *arguments))


def test_masked_columns_come_masked_in_a_dump(keeper, provider, target, server):
    got = through(dump_tool(target), keeper, provider.token("agent-coder"), server, "--single-transaction", "app")
    assert "Ann" in got and "[masked]" in got
    assert not leaks(got)


def test_a_dump_is_restored(keeper, provider, target, server):
    tool, token = dump_tool(target), provider.token("approver-alice")
    client = "mysql" if tool == "mysqldump" else "mariadb"
    views = ["--ignore-table=app.v_person", "--ignore-table=app.v_names", "--ignore-table=app.v_nested"]
    arguments = ["--skip-dump-date", "--skip-add-locks", *views]
    dump = direct(tool, server, *arguments, "app")
    through(client, keeper, token, server, "restored", input=dump)
    again = direct(tool, server, *arguments, "restored")
    strip = [line.replace("Database: restored", "Database: app") for line in body(again)]
    assert strip == body(dump)


def test_a_mode_that_only_the_server_knew_is_followed(keeper, provider, target):
    """SET sql_mode = @saved: granted as an unknown; what follows is read as the server reads it."""
    with keeper.connect(provider.token("agent-coder"), target, database="app") as connection:
        assert answer(connection, 'SELECT "ssn" FROM person WHERE id = 1') == [("ssn",)]
        for text in ("SET @saved = @@sql_mode, @quotes = 'ANSI_QUOTES'", "SET sql_mode = @quotes"):
            assert answer(connection, text) == ["OK"]
        assert answer(connection, 'SELECT "ssn" FROM person WHERE id = 1') == [("[masked]",)]
        assert answer(connection, "SET sql_mode = @saved") == ["OK"]
        assert answer(connection, 'SELECT "ssn" FROM person WHERE id = 1') == [("ssn",)]

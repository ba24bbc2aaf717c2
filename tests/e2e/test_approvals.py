# SPDX-License-Identifier: Apache-2.0
"""A statement that exceeds the policy waits for a person: one use, bound to identity, target and
text; never one's own; by API and by command line; all of it in the audit."""
import json
import re
import threading
import time

import pymysql
import pytest
from cardea_test import gateway as gateway_module


def ask(gateway, provider, target, sql, client="agent-coder"):
    """Runs it; the request's id when it was sent for approval, else the rows."""
    with gateway.connect(provider.token(client), target, database="app") as connection:
        with connection.cursor() as cursor:
            try:
                cursor.execute(sql)
                return None, cursor.fetchall()
            except pymysql.MySQLError as error:
                text = str(error.args[1])
                assert "cardea/approval.required" in text or "cardea/approval." in text, text
                found = re.search(r"\b(rq-\w+)", text)
                assert found, text
                return found.group(1), text


def approve(gateway, provider, request, client="approver-alice", verb="approve", body=None):
    return gateway.api("POST", f"/api/v1/approvals/{request}/{verb}", provider.token(client), body or {})


@pytest.fixture
def table(server):
    """A table of its own name for each test."""
    name = f"approved_{time.monotonic_ns()}"
    yield name
    server.run(f"DROP TABLE IF EXISTS app.{name};\n")


def exists(server, table):
    return bool(server.rows(f"SELECT 1 FROM information_schema.tables WHERE table_schema = 'app' AND table_name = '{table}'"))


def test_asked_approved_used_once(gateway, provider, target, server, table):
    sql = f"CREATE TABLE {table} (id INT PRIMARY KEY)"
    request, _ = ask(gateway, provider, target, sql)
    assert not exists(server, table)
    status, answer, _ = approve(gateway, provider, request)
    assert status == 200, answer
    assert ask(gateway, provider, target, sql)[0] is None
    assert exists(server, table)
    server.run(f"DROP TABLE app.{table};\n")
    again, _ = ask(gateway, provider, target, sql)
    assert again and again != request
    assert not exists(server, table)


def test_the_waiting_session_goes_on_when_approved(gateway, provider, target, server, table):
    """Approved while the session still waits: it runs without being sent again."""
    def approve_soon():
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            _, listed, _ = gateway.api("GET", "/api/v1/approvals?state=pending", provider.token("approver-alice"))
            for item in listed.get("items", []):
                if table in json.dumps(item):
                    approve(gateway, provider, item["id"])
                    return
            time.sleep(0.05)
    thread = threading.Thread(target=approve_soon)
    thread.start()
    request, _ = ask(gateway, provider, target, f"CREATE TABLE {table} (id INT)")
    thread.join()
    assert request is None and exists(server, table)


def test_bound_to_text_identity_and_target(gateway, provider, target, server, table):
    sql = f"CREATE TABLE {table} (id INT)"
    request, _ = ask(gateway, provider, target, sql)
    assert approve(gateway, provider, request)[0] == 200
    other, _ = ask(gateway, provider, target, sql.replace("INT", "BIGINT"))
    assert other and other != request
    elsewhere = "app-mysql" if target == "app-mariadb" else "app-mariadb"
    there, _ = ask(gateway, provider, elsewhere, sql)
    assert there and there != request
    assert not exists(server, table)


def test_refused_with_a_reason(gateway, provider, target, server, table):
    sql = f"CREATE TABLE {table} (id INT)"
    request, _ = ask(gateway, provider, target, sql)
    assert approve(gateway, provider, request, verb="refuse", body={"reason": "not on a Friday"})[0] == 200
    _, answer, _ = gateway.api("GET", f"/api/v1/approvals/{request}", provider.token("approver-alice"))
    assert answer["state"] == "refused" and "Friday" in json.dumps(answer)
    again, text = ask(gateway, provider, target, sql)
    assert again == request and "not on a Friday" in text
    with gateway.connect(provider.token("agent-coder"), target, database="app") as connection:
        with connection.cursor() as cursor:
            cursor.execute("CALL cardea.requests()")
            rows = {row[0]: row for row in cursor.fetchall()}
            assert rows[request][1] == "refused" and rows[request][7] == "not on a Friday"
    assert not exists(server, table)


def test_a_reason_is_told_and_asks_anew_after_a_refusal(gateway, provider, target, server, table):
    sql = f"CREATE TABLE {table} (id INT)"
    approver = provider.token("approver-alice")
    with gateway.connect(provider.token("agent-coder"), target, database="app") as connection:
        with connection.cursor() as cursor:
            with pytest.raises(pymysql.MySQLError) as refusal:
                cursor.execute(sql)
            first = re.search(r"request ([A-Za-z0-9_-]+)", str(refusal.value)).group(1)
            cursor.execute("CALL cardea.request('for the release')")
            assert cursor.fetchall()[0][:2] == (first, "pending")
            shown = gateway.api("GET", f"/api/v1/approvals/{first}", approver)[1]
            assert shown["reason"] == "for the release"
            approve(gateway, provider, first, verb="refuse", body={"reason": "why this?"})
            cursor.execute("CALL cardea.request('the note of ticket 7')")
            second, state, _ = cursor.fetchall()[0]
            assert second != first and state == "pending"
            shown = gateway.api("GET", f"/api/v1/approvals/{second}", approver)[1]
            assert shown["statement"] == sql and shown["reason"] == "the note of ticket 7"
            assert approve(gateway, provider, second)[0] == 200
            cursor.execute(sql)
    assert exists(server, table)


def test_nobody_approves_their_own_and_only_the_named_groups(gateway, provider, target, table):
    request, _ = ask(gateway, provider, target, f"CREATE TABLE {table} (id INT)")
    for client in ("agent-coder", "developer-dana", "auditor-otto"):
        status, answer, _ = approve(gateway, provider, request, client)
        assert status == 403, answer
    assert gateway.api("POST", f"/api/v1/approvals/{request}/approve", None, {})[0] == 401


def test_by_command_line(gateway, provider, target, server, table, tmp_path):
    sql = f"CREATE TABLE {table} (id INT)"
    request, _ = ask(gateway, provider, target, sql)
    token = tmp_path / "token"
    token.write_text(provider.token("approver-alice"))
    common = ["--api", f"https://127.0.0.1:{gateway.port('control')}", "--ca", gateway.ca, "--token-file", token]
    listed = gateway_module.cli("approvals", "list", *common)
    assert request in listed.stdout, listed.stdout + listed.stderr
    done = gateway_module.cli("approvals", "approve", request, *common)
    assert done.returncode == 0, done.stderr
    assert ask(gateway, provider, target, sql)[0] is None
    assert exists(server, table)


def test_in_band_calls(agent):
    with agent.cursor() as cursor:
        cursor.execute("CALL cardea.whoami()")
        row = repr(cursor.fetchall())
        assert "agent-coder" in row and "ai-agents" in row
        cursor.execute("CALL cardea.permissions()")
        assert "SELECT" in repr(cursor.fetchall())
        with pytest.raises(pymysql.MySQLError):
            cursor.execute("DROP TABLE pub")
        cursor.execute("CALL cardea.request('clean up')")
        assert cursor.fetchall()
        cursor.execute("CALL cardea.requests()")
        assert "DROP TABLE pub" in repr(cursor.fetchall())


def test_every_step_is_recorded(gateway, provider, target, server, table):
    sql = f"CREATE TABLE {table} (id INT)"
    request, _ = ask(gateway, provider, target, sql)
    approve(gateway, provider, request)
    ask(gateway, provider, target, sql)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        text = "\n".join(json.dumps(r) for r in gateway.audit() if request in json.dumps(r))
        if "approver-alice" in text and text.count("\n") >= 2:
            return
        time.sleep(0.1)
    pytest.fail(text)

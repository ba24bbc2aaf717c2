# SPDX-License-Identifier: Apache-2.0
"""What ends an approval: its time, a changed object, a changed policy. And what does not: the end
of the control process."""
import os
import re
import signal
import time

import pymysql
import pytest
from cardea_test import deployment

POLICY = deployment.POLICY.replace("valid: 5m, wait: 1s", "valid: 10s, wait: 0s")
assert POLICY != deployment.POLICY


@pytest.fixture(scope="module")
def brief(folder, authority, provider, mariadb):
    """A gateway whose approvals are valid for ten seconds."""
    running = deployment.AppGateway(folder / "brief", authority, provider, [mariadb], policy=POLICY)
    yield running
    assert running.stop() == 0


@pytest.fixture
def table(mariadb):
    name = f"bound_{time.monotonic_ns()}"
    mariadb.run(f"CREATE TABLE app.{name} (id INT PRIMARY KEY);\n")
    yield name
    mariadb.run(f"DROP TABLE IF EXISTS app.{name};\n")


def ask(gateway, provider, sql):
    """The request's id, or None when it ran. A table that was made behind the gateway's back is
    unknown to it until it may read the catalog again, which is seconds."""
    deadline = time.monotonic() + 15
    with gateway.connect(provider.token(), "app-mariadb", database="app") as connection:
        while True:
            try:
                connection.cursor().execute(sql)
                return None
            except pymysql.MySQLError as error:
                if "cardea/denied.unknown" in str(error) and time.monotonic() < deadline:
                    time.sleep(0.5)
                    continue
                return re.search(r"\b(rq-\w+)", str(error)).group(1)


def approve(gateway, provider, request):
    status, answer, _ = gateway.api("POST", f"/api/v1/approvals/{request}/approve",
                                    provider.token("approver-alice"), {})
    assert status == 200, answer


def state(gateway, provider, request):
    answer = gateway.api("GET", f"/api/v1/approvals/{request}", provider.token("approver-alice"))[1]
    return answer["state"]


def columns(mariadb, table):
    return {row[0] for row in mariadb.rows(
        f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'")}


def test_its_time(brief, provider, mariadb, table):
    sql = f"ALTER TABLE {table} ADD COLUMN late INT"
    request = ask(brief, provider, sql)
    approve(brief, provider, request)
    time.sleep(11.5)
    assert state(brief, provider, request) == "expired"
    again = ask(brief, provider, sql)
    assert again and again != request
    assert "late" not in columns(mariadb, table)


def test_a_changed_object(brief, provider, mariadb, table):
    """Changed behind the gateway's back, on the server itself."""
    sql = f"ALTER TABLE {table} ADD COLUMN more INT"
    request = ask(brief, provider, sql)
    approve(brief, provider, request)
    time.sleep(1)
    mariadb.run(f"ALTER TABLE app.{table} ADD COLUMN secret INT;\n")
    again = ask(brief, provider, sql)
    assert again and again != request
    assert state(brief, provider, request) == "void"
    assert "more" not in columns(mariadb, table)
    approve(brief, provider, again)
    assert ask(brief, provider, sql) is None
    assert "more" in columns(mariadb, table)


def test_a_changed_policy(brief, provider, mariadb, table):
    """Two must approve now: what one approved before is void."""
    sql = f"ALTER TABLE {table} ADD COLUMN strict INT"
    request = ask(brief, provider, sql)
    approve(brief, provider, request)
    brief.policy_file.write_text(POLICY.replace("count: 1", "count: 2"))
    try:
        os.kill(brief.child.pid, signal.SIGHUP)
        deadline = time.monotonic() + 5
        while "config_reloaded" not in brief.log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        again = ask(brief, provider, sql)
        assert again and again != request
        assert state(brief, provider, request) == "void"
        approve(brief, provider, again)
        assert ask(brief, provider, sql) == again, "one of two is not enough"
    finally:
        brief.policy_file.write_text(POLICY)
        os.kill(brief.child.pid, signal.SIGHUP)
    assert "strict" not in columns(mariadb, table)


def test_it_outlives_the_control_process(brief, provider, mariadb, table):
    time.sleep(1)
    sql = f"ALTER TABLE {table} ADD COLUMN alive INT"
    request = ask(brief, provider, sql)
    os.kill(brief.children()["control"], signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            approve(brief, provider, request)
            break
        except (OSError, AssertionError):
            time.sleep(0.05)
    assert state(brief, provider, request) == "approved"
    assert ask(brief, provider, sql) is None
    assert "alive" in columns(mariadb, table)
    assert state(brief, provider, request) == "used"

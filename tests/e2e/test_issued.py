# SPDX-License-Identifier: Apache-2.0
"""Issued logins: for tools that can hand over neither a token nor a clear-text password."""
import json
import os
import subprocess

import pymysql
import pytest

from cardea_test import gateway as running
from cardea_test import servers


@pytest.fixture
def issue(gateway, provider, tmp_path):
    """issue(target, minutes) → what `cardea logins issue` gives, as the agent."""
    def issue(target, minutes=5, client="agent-coder"):
        token = tmp_path / "token"
        token.write_text(provider.token(client))
        done = running.cli("logins", "issue", target, "--minutes", minutes, "--json", "--token-file", token,
                           env={**os.environ, "CARDEA_API": f"https://127.0.0.1:{gateway.port('control')}",
                                "CARDEA_CA": str(gateway.ca)})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return issue


def connect(gateway, user, password, **options):
    return gateway.connect(password, user, **options)


def test_pymysql(gateway, issue, target):
    login = issue(target)
    with connect(gateway, login["user"], login["password"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) > 0 FROM app.person")
        assert cursor.fetchone() == (1,)
        cursor.execute("CALL cardea.whoami()")
        assert "agent-coder" in str(cursor.fetchall())
        with pytest.raises(pymysql.MySQLError):
            cursor.execute("DELETE FROM app.person WHERE id = 1")


def test_each_client(gateway, issue, target):
    """MySQL 9.7 (caching_sha2_password only) and MariaDB (its own choice)."""
    login = issue(target)
    for program in ([servers.MySQL.runner, "mysql", "--ssl-mode=VERIFY_CA"], ["mariadb"]):
        done = subprocess.run([*map(str, program), "--no-defaults" if len(program) == 1 else "--batch",
                               "--host=127.0.0.1", f"--port={gateway.port()}", f"--user={login['user']}",
                               f"--password={login['password']}", f"--ssl-ca={gateway.ca}",
                               "--batch", "--skip-column-names", "-e", "SELECT 6 * 7"],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.strip() == "42", done.stderr


def test_for_one_target_and_password(gateway, issue):
    login = issue("app-mariadb")
    for user, password in ((login["user"], "wrong"), (login["user"], ""), ("cl_nobody", login["password"]),
                           (login["user"][:-1], login["password"])):
        with pytest.raises(pymysql.MySQLError) as refused:
            connect(gateway, user, password).close()
        assert refused.value.args[0] == 1045
        assert "cl_" not in str(refused.value)
    assert login["password"] not in json.dumps(gateway.audit())
    assert any(r["kind"] == "login_issued" for r in gateway.audit())

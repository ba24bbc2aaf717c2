# SPDX-License-Identifier: Apache-2.0
"""Four clients, each with a token of a real OpenID provider, against both servers: a statement
that is allowed, one that is masked, one that is refused, and the next one, which works."""
import json
import subprocess

import pymysql
import pytest
from cardea_test import oidc, process, servers
from people import leaks

ALLOWED = "SELECT name FROM person WHERE id = 1"
MASKED = "SELECT id, ssn AS s, CONCAT('x', email) AS e FROM person ORDER BY id"
REFUSED = "DELETE FROM person WHERE id = 1"


def check_refusal(message):
    assert "cardea/denied.privilege" in message
    assert "DELETE" in message and "person" in message
    assert "coding-agents" in message or "policy" in message  # names the rule
    assert "SELECT" in message  # and what is granted instead


def run_client(command, **options):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60,
                          check=False, **options)


def check_session(done):
    """The output of a command-line client that ran all four statements with --force."""
    lines = done.stdout.splitlines()
    assert lines[0] == "Ann", done.stdout + done.stderr
    assert len([line for line in lines if line.startswith(("1\t", "2\t", "3\t"))]) == 3
    assert not leaks(done.stdout + done.stderr)
    assert lines[-1] == "still here"
    check_refusal(done.stderr)


@pytest.fixture
def token_file(tmp_path, provider):
    path = tmp_path / "token"
    path.write_text(provider.token("agent-coder"))
    return path


# On standard input, a line each: with -e the clients leave the rest of a line after an error.
SCRIPT = f"{ALLOWED};\n{MASKED};\n{REFUSED};\nSELECT 'still here';\n"


def test_mysql_client_with_the_openid_connect_plugin(gateway, target, token_file):
    done = run_client([servers.MySQL.runner, "mysql", "--host=127.0.0.1", f"--port={gateway.port()}",
                       f"--user={target}", "--ssl-mode=VERIFY_CA", f"--ssl-ca={gateway.ca}",
                       f"--authentication-openid-connect-client-id-token-file={token_file}",
                       "--batch", "--skip-column-names", "--force", "app"], input=SCRIPT)
    check_session(done)


def test_mysql_client_with_the_plugin_as_default(gateway, target, token_file):
    """The token is in the handshake response already; a further switch would make it fail."""
    done = run_client([servers.MySQL.runner, "mysql", "--host=127.0.0.1", f"--port={gateway.port()}",
                       f"--user={target}", "--ssl-mode=VERIFY_CA", f"--ssl-ca={gateway.ca}",
                       "--default-auth=authentication_openid_connect_client",
                       f"--authentication-openid-connect-client-id-token-file={token_file}",
                       "--batch", "--skip-column-names", "--force", "app"], input=SCRIPT)
    check_session(done)


def test_mariadb_client(gateway, target, token_file, tmp_path):
    login = tmp_path / "login.cnf"
    login.write_text(f"[client]\npassword={token_file.read_text()}\n")
    done = run_client(["mariadb", f"--defaults-file={login}", "--host=127.0.0.1",
                       f"--port={gateway.port()}", f"--user={target}", f"--ssl-ca={gateway.ca}",
                       "--ssl-verify-server-cert", "--batch", "--skip-column-names", "--force",
                       "app"], input=SCRIPT)
    check_session(done)


def test_pymysql(agent):
    with agent.cursor() as cursor:
        cursor.execute(ALLOWED)
        assert cursor.fetchall() == (("Ann",),)
        cursor.execute(MASKED)
        rows = cursor.fetchall()
        assert [column[0] for column in cursor.description] == ["id", "s", "e"]
        assert len(rows) == 3 and not leaks(rows)
        with pytest.raises(pymysql.MySQLError) as refused:
            cursor.execute(REFUSED)
        assert refused.value.args[0] == 1142
        check_refusal(refused.value.args[1])
        cursor.execute("SELECT 'still here'")
        assert cursor.fetchone() == ("still here",)


def test_mysql2(gateway, target, token_file):
    settings = {
        "host": "127.0.0.1", "port": gateway.port(), "user": target, "ca": str(gateway.ca),
        "token": token_file.read_text(), "database": "app",
        "statements": [{"sql": ALLOWED}, {"sql": MASKED}, {"sql": REFUSED},
                       {"sql": "SELECT name, ssn FROM person WHERE id = ?", "values": [1], "prepared": True},
                       {"sql": "SELECT 'still here'"}],
    }
    done = run_client(["node", oidc.FOLDER / "mysql2_session.mjs"], input=json.dumps(settings))
    assert done.returncode == 0, done.stderr
    allowed, masked, refused, prepared, last = map(json.loads, done.stdout.splitlines())
    assert allowed["rows"] == [["Ann"]]
    assert len(masked["rows"]) == 3 and masked["fields"] == ["id", "s", "e"]
    check_refusal(refused["message"])
    assert prepared["rows"][0][0] == "Ann"
    assert last["rows"] == [["still here"]]
    assert not leaks(done.stdout)


def test_the_gateway_keeps_database_passwords_to_itself(gateway, mariadb, mysql):
    """Not in any argument list, environment, log or audit record."""
    secrets = [mariadb.gateway_password, mysql.gateway_password]
    text = gateway.log.read_text(errors="replace")
    for pid in [gateway.child.pid, *gateway.children().values()]:
        for name in ("cmdline", "environ"):
            with open(f"/proc/{pid}/{name}", "rb") as file:
                text += file.read().decode(errors="replace")
    text += json.dumps(gateway.audit())
    assert not [s for s in secrets if s in text]
    assert process.PROJECT.exists()

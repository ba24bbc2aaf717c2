# SPDX-License-Identifier: Apache-2.0
"""cardea login against a real OpenID provider, and cardea connect in front of the gateway."""
import base64
import html
import http.cookiejar
import json
import os
import re
import stat
import subprocess
import threading
import urllib.parse
import urllib.request

import pymysql
import pytest

from cardea_test import gateway as running


@pytest.fixture
def home(tmp_path):
    """An environment with a state folder of its own and nothing of the caller's."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CARDEA_")}
    return {**clean, "XDG_STATE_HOME": str(tmp_path / "state")}


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def secret_of(client, folder):
    file = folder / f"{client}.secret"
    file.write_text(f"secret-of-{client}\n")
    return file


def login(provider, home, tmp_path, client="agent-coder", *more):
    return running.cli("login", "--issuer", provider.issuer, "--client-id", client,
                       "--client-secret-file", secret_of(client, tmp_path), *more, env=home)


def test_client_credentials(provider, home, tmp_path):
    done = login(provider, home, tmp_path)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "state" / "cardea" / "token"
    assert claims(file.read_text())["groups"] == ["ai-agents"]
    for path in (file, file.with_name("token.json")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.read_text() not in done.stdout + done.stderr
    assert "secret-of" not in file.with_name("token.json").read_text()

    printed = running.cli("login", "--print", env=home)
    assert printed.stdout.strip() == file.read_text()
    # One that is about to end is renewed.
    file.write_text(provider.sign(payload={"exp": claims(file.read_text())["iat"] + 10}))
    renewed = running.cli("login", "--print", env=home).stdout.strip()
    assert claims(renewed)["exp"] > claims(printed.stdout)["iat"] + 60
    assert file.read_text() == renewed

    running.cli("login", "--forget", env=home)
    assert not file.exists() and not file.with_name("token.json").exists()
    assert running.cli("login", "--print", env=home).returncode == 1


def test_wrong_secret_keeps_the_old_token(provider, home, tmp_path):
    assert login(provider, home, tmp_path).returncode == 0
    before = (tmp_path / "state" / "cardea" / "token").read_text()
    (tmp_path / "bad").write_text("wrong")
    done = running.cli("login", "--issuer", provider.issuer, "--client-id", "agent-coder",
                       "--client-secret-file", tmp_path / "bad", env=home)
    assert done.returncode == 1 and "invalid_client" in done.stderr
    assert (tmp_path / "state" / "cardea" / "token").read_text() == before


def test_from_file(provider, home, tmp_path):
    """A token that the platform writes, and writes anew."""
    written = tmp_path / "platform-token"
    written.write_text(provider.token("auditor-otto") + "\n")
    assert running.cli("login", "--from-file", written, env=home).returncode == 0
    kept = tmp_path / "state" / "cardea" / "token"
    assert kept.read_text() == written.read_text().strip()
    soon = claims(kept.read_text())["iat"] + 5
    kept.write_text(provider.sign(payload={"exp": soon}))
    written.write_text(provider.token("admin-ada"))
    assert claims(running.cli("login", "--print", env=home).stdout)["sub"] == "admin-ada"


@pytest.mark.parametrize("issuer", ["http://example.com", "ftp://127.0.0.1", "http://127.0.0.1.evil.example"])
def test_no_clear_text_to_others(home, issuer):
    done = running.cli("login", "--issuer", issuer, "--client-id", "x", env=home)
    assert done.returncode == 1 and "not an https address" in done.stderr


def test_another_issuer_is_not_believed(provider, home):
    done = running.cli("login", "--issuer", provider.issuer + "/", "--client-id", "cardea-cli", env=home)
    assert done.returncode == 1 and "another issuer" in done.stderr


def forms(browser, url, answers):
    """Follows the provider's development pages, filling in what is asked, until there is no form."""
    page = browser.open(url).read().decode()
    where = url
    for _ in range(8):
        form = re.search(r"<form[^>]*>.*?</form>", page, re.S)
        if not form:
            return page
        action = re.search(r'action="([^"]*)"', form.group(0))
        fields = dict(answers)
        for tag in re.findall(r"<input[^>]*>", form.group(0)):
            name = re.search(r'name="([^"]*)"', tag)
            value = re.search(r'value="([^"]*)"', tag)
            if name and value and name.group(1) not in ("login", "password"):
                fields[name.group(1)] = html.unescape(value.group(1))
        target = urllib.parse.urljoin(where, html.unescape(action.group(1)) if action else where)
        answer = browser.open(target, urllib.parse.urlencode(fields).encode())
        where, page = answer.geturl(), answer.read().decode()
    return page


def test_device_flow(provider, home, tmp_path):
    child = subprocess.Popen(
        [str(running.binary()), "login", "--issuer", provider.issuer, "--client-id", "cardea-cli",
         "--scope", "openid groups"],
        env=home, stderr=subprocess.PIPE, text=True)
    try:
        lines = [child.stderr.readline() for _ in range(3)]
        url = lines[2].split()[-1]
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        forms(browser, url, {"login": "developer-dana", "password": "x"})
        rest = child.communicate(timeout=60)[1]
    finally:
        child.kill()
    assert child.returncode == 0, rest
    token = (tmp_path / "state" / "cardea" / "token").read_text()
    assert claims(token)["sub"] == "developer-dana"
    assert claims(token)["groups"] == ["developers"]
    assert token not in rest


@pytest.fixture
def local(gateway, provider, home, tmp_path, target):
    """(port, stop) of a running `cardea connect`."""
    assert login(provider, home, tmp_path).returncode == 0
    child = subprocess.Popen(
        [str(running.binary()), "connect", target, "--gateway", f"127.0.0.1:{gateway.port()}",
         "--ca", str(gateway.ca)], env=home, stdout=subprocess.PIPE, text=True)
    address = child.stdout.readline().strip()
    yield int(address.rsplit(":", 1)[1])
    child.terminate()
    assert child.wait(10) == 0


def test_connect(local, target):
    """Any driver, no password, both sides' rules as ever."""
    with pymysql.connect(host="127.0.0.1", port=local, user="whoever", database="app") as connection, \
            connection.cursor() as cursor:
        cursor.execute("SELECT 1 + 1")
        assert cursor.fetchone() == (2,)
        with pytest.raises(pymysql.MySQLError) as refused:
            cursor.execute("DROP TABLE customers")
        assert "cardea/" in str(refused.value)
        cursor.execute("SELECT 3")
        assert cursor.fetchone() == (3,)


def test_connect_many(local):
    failures = []

    def work():
        try:
            with pymysql.connect(host="127.0.0.1", port=local, user="u", password="ignored") as c, c.cursor() as cursor:
                for n in range(20):
                    cursor.execute("SELECT %s", (n,))
                    assert cursor.fetchone() == (n,)
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_connect_runs_a_command(gateway, provider, home, tmp_path, target):
    assert login(provider, home, tmp_path).returncode == 0
    base = ["connect", target, "--gateway", f"127.0.0.1:{gateway.port()}", "--ca", gateway.ca]
    done = running.cli(*base, "--", "mariadb", "--no-defaults", "-N", "-e", "SELECT 40 + 2", env=home)
    assert done.stdout.strip() == "42", done.stderr
    assert running.cli(*base, "--", "sh", "-c", "exit 7", env=home).returncode == 7


def test_connect_wants_the_right_gateway(gateway, provider, home, tmp_path, target):
    """The token goes to nobody whose certificate is not the gateway's."""
    assert login(provider, home, tmp_path).returncode == 0
    for wrong in (["--server-name", "other.example", "--ca", gateway.ca], []):
        done = running.cli("connect", target, "--gateway", f"127.0.0.1:{gateway.port()}", *wrong, "--",
                           "mariadb", "--no-defaults", "-e", "SELECT 1", env=home)
        assert done.returncode != 0

# SPDX-License-Identifier: Apache-2.0
"""The command line's side of the API: what people type, and what they read when it goes wrong."""
import json
import re
import time

import pytest
from cardea_test import gateway as gateway_module


@pytest.fixture
def cli(gateway, provider, tmp_path):
    """cli(client, *words) → the finished process."""
    def run(client, *words):
        token = tmp_path / client
        token.write_text(provider.token(client))
        token.chmod(0o600)
        return gateway_module.cli(*words, "--api", f"https://127.0.0.1:{gateway.port('control')}",
                                  "--ca", gateway.ca, "--token-file", token)
    return run


def test_status_and_targets(cli):
    done = cli("agent-coder", "status")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ready +yes$", done.stdout, re.M) and "agent-coder" in done.stdout
    done = cli("agent-coder", "targets")
    assert re.search(r"^app-mysql +mysql +.*app=people", done.stdout, re.M), done.stdout
    assert {t["name"] for t in json.loads(cli("agent-coder", "targets", "--json").stdout)} == {"app-mysql", "app-mariadb"}


def test_sessions(cli, agent, target):
    agent.cursor().execute("SELECT 1")
    deadline, rows = time.monotonic() + 6, []
    while not rows and time.monotonic() < deadline:
        rows = json.loads(cli("agent-coder", "sessions", "list", "--target", target, "--json").stdout)
        time.sleep(0.2)
    assert rows
    listed = cli("agent-coder", "sessions", "list").stdout
    assert rows[0]["id"] in listed and listed.startswith("ID")
    newest = max(rows, key=lambda row: row["opened"])["id"]
    refused = cli("auditor-otto", "sessions", "kill", newest)
    assert refused.returncode == 1 and "api.forbidden" in refused.stderr
    done = cli("agent-coder", "sessions", "kill", newest, "--reason", "done with it")
    assert done.returncode == 0 and newest in done.stdout


def test_logins(cli, target):
    done = cli("agent-coder", "logins", "issue", target, "--minutes", "2")
    assert done.returncode == 0, done.stderr
    user = re.search(r"^user +(\S+)$", done.stdout, re.M).group(1)
    assert re.search(r"^password +\S{20,}$", done.stdout, re.M)
    assert user in cli("agent-coder", "logins", "list").stdout
    assert user not in cli("developer-dana", "logins", "list").stdout
    assert cli("agent-coder", "logins", "issue", target, "--minutes", "0").returncode == 2
    refused = cli("agent-coder", "logins", "issue", "nowhere")
    assert refused.returncode == 1 and "target" in refused.stderr


def test_what_goes_wrong_is_said(cli, gateway, tmp_path, monkeypatch):
    monkeypatch.delenv("CARDEA_API", raising=False)
    done = gateway_module.cli("status")
    assert done.returncode != 0 and "--api" in done.stderr
    token = tmp_path / "bad"
    token.write_text("x.y.z\n")
    token.chmod(0o600)
    api = f"https://127.0.0.1:{gateway.port('control')}"
    done = gateway_module.cli("status", "--api", api, "--ca", gateway.ca, "--token-file", token)
    assert done.returncode == 1 and "cardea login" in done.stderr, done.stderr
    done = gateway_module.cli("status", "--api", api, "--token-file", token)
    assert done.returncode == 1 and "certificate" in done.stderr.lower(), done.stderr
    for words in (["approvals"], ["approvals", "refuse", "rq-x"], ["approvals", "show"], ["sessions"],
                  ["logins", "issue"], ["targets", "x"], ["status", "--nonsense"]):
        assert cli("agent-coder", *words).returncode == 2, words
    for command in ("status", "targets", "sessions", "approvals", "logins"):
        helped = gateway_module.cli(command, "--help")
        assert helped.returncode == 0 and "usage: cardea" in helped.stdout

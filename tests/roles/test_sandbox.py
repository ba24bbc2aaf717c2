# SPDX-License-Identifier: Apache-2.0
"""What each role can't do, tried from inside its own sandbox: `--probe` goes through the very
start that the role goes through, then tries."""
import pathlib
import signal
import subprocess

import pytest

from cardea_test import gateway

ROLES = ["worker", "keeper", "recorder", "control"]

# Refused to every role. `kill` rows end the process with SIGSYS.
FOR_ALL = {
    "read-file": "/etc/shadow", "write-file": None, "append-file": "/etc/passwd",
    "rename-file": "/etc/passwd", "remove-file": "/etc/passwd", "list-folder": "/",
    "other-memory": None, "exec": None, "fork": None, "socket-packet": None, "listen": None,
    "kill": None, "ptrace": None, "process-read": None, "run-memory": None, "mount": None,
    "setuid": None, "core-dump": None, "chmod": None, "memfd": None,
}
KILLED = {"exec", "ptrace", "process-read", "mount"}
# control asks issuers for their keys; the others dial nobody.
NOT_CONTROL = {"socket": None, "socket-unix": None, "connect": None}


def probe(role, what, path=None, folder=None):
    """("allowed" | error's name | "killed")"""
    command = [str(gateway.binary()), f"--role={role}"]
    if folder:
        command.append(f"--folder={folder}")
    command.append(f"--probe={what}")
    if path:
        command.append(f"--path={path}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode == -signal.SIGSYS:
        return "killed"
    assert done.returncode in (0, 1), (command, done)
    return done.stdout.strip()


@pytest.mark.parametrize("role", ROLES)
def test_the_probe_itself_runs(role):
    assert probe(role, "nothing") == "allowed"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", FOR_ALL)
def test_refused_to_every_role(role, what, tmp_path):
    answer = probe(role, what, FOR_ALL[what], tmp_path)
    if what in KILLED:
        assert answer == "killed"
    else:
        assert answer in ("EPERM", "EACCES"), answer


@pytest.mark.parametrize("role", ["worker", "keeper", "recorder"])
@pytest.mark.parametrize("what", NOT_CONTROL)
def test_only_control_dials(role, what):
    assert probe(role, what) in ("EPERM", "EACCES")
    assert probe("control", what) == "allowed"  # or the row above would prove nothing


def test_the_recorder_writes_in_its_folder_alone(tmp_path):
    audit, other = tmp_path / "audit", tmp_path / "other"
    audit.mkdir()
    other.mkdir()
    segment = audit / "audit-000001.jsonl"
    segment.write_text("{}\n")
    assert probe("recorder", "write-file", audit / "new", audit) == "allowed"
    assert probe("recorder", "append-file", segment, audit) == "allowed"
    assert probe("recorder", "remove-file", segment, audit) in ("EPERM", "EACCES")
    assert probe("recorder", "rename-file", segment, audit) in ("EPERM", "EACCES")
    assert probe("recorder", "write-file", other / "new", audit) == "EACCES"
    assert segment.read_text() == "{}\n"


@pytest.mark.parametrize("role", ["worker", "keeper", "control"])
@pytest.mark.parametrize("what", ["read-file", "append-file", "write-file", "remove-file",
                                  "rename-file"])
def test_nobody_else_touches_a_segment(role, what, tmp_path):
    audit, control = tmp_path / "audit", tmp_path / "control"
    audit.mkdir()
    control.mkdir()
    segment = audit / "audit-000001.jsonl"
    segment.write_text("{}\n")
    assert probe(role, what, segment, control) in ("EPERM", "EACCES")
    assert segment.read_text() == "{}\n"


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reads_a_credential(role, tmp_path):
    """Passwords and keys reach the one role that needs them by message, never by file."""
    own = tmp_path / "own"
    own.mkdir()
    for name in ("database.password", "audit.pem", "gateway.key"):
        secret = tmp_path / name
        secret.write_text("secret")
        assert probe(role, "read-file", secret, own) in ("EPERM", "EACCES")
        assert pathlib.Path(secret).read_text() == "secret"


def test_control_uses_its_folder(tmp_path):
    own = tmp_path / "control"
    own.mkdir()
    assert probe("control", "write-file", own / "new", own) == "allowed"
    assert probe("control", "write-file", tmp_path / "new", own) == "EACCES"

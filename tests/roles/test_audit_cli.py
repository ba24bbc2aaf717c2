# SPDX-License-Identifier: Apache-2.0
"""`cardea audit` on the log of a gateway that ran: what verify says of a log that was changed, and
what tail and search print."""
import json
import shutil

import pytest

from cardea_test import gateway
from cardea_test.bare import BareGateway, greeting, wait_for


@pytest.fixture(scope="module")
def log_folder(tmp_path_factory, authority):
    """A log with some records, closed in order."""
    running = BareGateway(tmp_path_factory.mktemp("audit") / "gateway", authority)
    for _ in range(3):
        greeting(running.port("main"))
    running.child.send_signal(1)
    wait_for(lambda: any(r["kind"] == "reload" for r in running.audit()), 5, "a record")
    assert running.stop() == 0
    return running.folder / "audit"


@pytest.fixture
def copy(log_folder, tmp_path):
    return shutil.copytree(log_folder, tmp_path / "audit")


def lines_of(folder):
    return (folder / "audit-000001.jsonl").read_bytes().splitlines(keepends=True)


def write(folder, lines):
    (folder / "audit-000001.jsonl").write_bytes(b"".join(lines))


def flip(folder):
    lines = lines_of(folder)
    lines[1] = lines[1].replace(b'"kind":"start"', b'"kind":"stark"')
    write(folder, lines)


def remove(folder):
    lines = lines_of(folder)
    write(folder, lines[:1] + lines[2:])


def cut(folder):
    write(folder, lines_of(folder)[:-1])


def swap(folder):
    lines = lines_of(folder)
    write(folder, [lines[0], lines[2], lines[1], *lines[3:]])


def rename(folder):
    (folder / "audit-000001.jsonl").rename(folder / "audit-000002.jsonl")


@pytest.mark.parametrize("change, where, fault", [
    (flip, "audit-000001.jsonl:2", "changed"),
    (remove, "audit-000001.jsonl:2", "missing"),
    (cut, "audit-000001.jsonl:{last}", "cut"),
    (swap, "audit-000001.jsonl:2", "changed"),
    (rename, "audit-000001.jsonl", "segment-gone"),
])
def test_verify_names_the_place(copy, change, where, fault):
    whole = gateway.cli("audit", "verify", copy)
    assert whole.returncode == 0 and "whole" in whole.stdout, whole
    change(copy)
    done = gateway.cli("audit", "verify", copy)
    assert done.returncode == 1
    last = len(lines_of(copy)) if (copy / "audit-000001.jsonl").exists() else 0
    assert f"{copy}/{where.format(last=last)}:" in done.stdout and f"({fault})" in done.stdout


def test_verify_with_a_key_and_a_note_kept_elsewhere(copy):
    key = (copy / "audit.pub").read_text().strip()
    seen = json.loads(gateway.cli("audit", "verify", copy, "--json").stdout)
    note = f"{seen['last']}:{seen['hash']}"
    assert gateway.cli("audit", "verify", copy, "--key", key, "--expect", note).returncode == 0
    assert gateway.cli("audit", "verify", copy, "--key", "ab" * 32).returncode == 1
    later = f"{seen['last'] + 5}:{seen['hash']}"
    assert gateway.cli("audit", "verify", copy, "--expect", later).returncode == 1
    assert gateway.cli("audit", "verify", copy, "--expect", "nonsense").returncode == 2
    assert gateway.cli("audit", "verify", copy / "nowhere").returncode == 2


def test_tail_and_search(copy):
    kinds = [json.loads(line)["kind"] for line in lines_of(copy)]
    tail = gateway.cli("audit", "tail", copy, "-n", "2", "--json").stdout.splitlines()
    assert [json.loads(line)["kind"] for line in tail] == kinds[-2:]
    found = gateway.cli("audit", "search", copy, "--kind", "reload", "--json").stdout.splitlines()
    assert len(found) == kinds.count("reload") == 1
    assert gateway.cli("audit", "search", copy, "--since", "2999").stdout == ""
    assert gateway.cli("audit", "search", copy, "--no-such-filter", "x").returncode == 2


def test_nothing_that_was_recorded_reaches_the_terminal_raw(copy):
    """A statement may hold what moves a cursor; JSON escapes it, and printing must not undo that."""
    record = {"n": 99, "kind": "decision", "time": "2026-11-22T00:00:00Z", "decision": "deny",
              "text": "SELECT '\x1b[2J\x07\r\n\x7f\x9b'", "target": "a\x1bb"}
    with open(copy / "audit-000001.jsonl", "a", encoding="utf-8") as log:
        log.write(json.dumps(record) + "\n")
    out = gateway.cli("audit", "search", copy, "--decision", "deny").stdout
    assert out.count("\n") == 1 and "SELECT" in out
    assert all(c.isprintable() for c in out.rstrip("\n")), repr(out)

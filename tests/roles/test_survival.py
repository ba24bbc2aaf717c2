# SPDX-License-Identifier: Apache-2.0
"""Under load, with a real server behind: processes that are killed, a disk that is full. What was
committed is on the record; what can't be recorded is not run."""
import os
import resource
import signal
import threading
import time
import uuid

import pymysql
import pytest

from cardea_test import deployment, process
from cardea_test.bare import greeting, verdict, wait_for

WRITERS = 6


@pytest.fixture(params=["async", "sync"])
def guarded(request, tmp_path, authority, provider, mariadb):
    """A gateway of this test's own before MariaDB."""
    def change(config):
        config["audit"]["durability"] = request.param
    running = deployment.AppGateway(tmp_path / "gateway", authority, provider, [mariadb], change)
    yield running
    if running.child.poll() is None:
        assert running.stop() == 0, process.tail(running.log)


class Load:
    """Writers that insert marked rows one by one, and log in again when they are cut off."""

    def __init__(self, running, token):
        self.running, self.token = running, token
        self.stopping = False
        self.tried, self.confirmed, self.refused, self.lost = [], [], [], 0
        self.latest = 0.0          # when a statement last went through
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.write) for _ in range(WRITERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        wait_for(lambda: len(self.confirmed) > WRITERS, 20, "writers at work")
        return self

    def __exit__(self, *_):
        self.stopping = True
        for thread in self.threads:
            thread.join(30)

    def write(self):
        connection = None
        while not self.stopping:
            mark = uuid.uuid4().hex
            try:
                if connection is None:
                    connection = self.running.connect(self.token, "app-mariadb")
                self.tried.append(mark)
                with connection.cursor() as cursor:
                    cursor.execute(f"INSERT INTO app.staging (payload) VALUES ('{mark}')")
                with self.lock:
                    self.confirmed.append(mark)
                    self.latest = time.monotonic()
            except (pymysql.err.Error, OSError) as error:
                code = error.args[0] if error.args else 0
                with self.lock:
                    if code == 1836:
                        self.refused.append((mark, str(error)))
                    else:
                        self.lost += 1
                if code != 1836:
                    connection = None
                time.sleep(0.01)
            except Exception:  # noqa: BLE001 - a connection that broke in the middle of a packet
                connection = None
                time.sleep(0.01)


def committed(server):
    rows = server.rows("SELECT payload FROM app.staging WHERE LENGTH(payload) = 32")
    return {row[0] for row in rows}


def recorded(running):
    found = {}
    for record in running.audit():
        text = record.get("text", "")
        if record.get("kind") == "decision" and "app.staging" in text and "'" in text:
            found.setdefault(text.split("'")[1], []).append(record["decision"])
    return found


@pytest.mark.parametrize("role", ["worker:0", "keeper", "recorder", "control"])
def test_a_kill_under_load_loses_no_record(guarded, provider, mariadb, role):
    with Load(guarded, provider.token("agent-coder")) as load:
        for _ in range(3):
            os.kill(guarded.children()[role], signal.SIGKILL)
            killed = time.monotonic()
            wait_for(lambda: greeting(guarded.port("main")), 1, "a greeting")
            wait_for(lambda: load.latest > killed + 0.05, 2, "statements go through again")
            time.sleep(0.5)
    assert guarded.stop() == 0
    found = recorded(guarded)
    rows = committed(mariadb)
    assert set(load.confirmed) <= rows
    missing = {mark for mark in load.tried if mark in rows and mark not in found}
    assert not missing, "committed, and not on the record"
    assert all(len(decisions) == 1 for decisions in found.values()), "a record stands there twice"
    if role in ("keeper", "control", "recorder"):
        assert load.lost == 0, "only the sessions of the worker that was killed are lost"
    code, answer = verdict(guarded.folder / "audit")
    assert code == 0, answer
    assert answer["recoveries"] == (3 if role == "recorder" else 0)


def set_file_size(pid, limit):
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    except PermissionError:
        pytest.skip("only root may change another's limits")


def test_a_full_disk_refuses_and_recovers(guarded, provider, mariadb):
    """Files of the recorder may not grow: to it, the disk is full."""
    recorder = guarded.children()["recorder"]
    segment = next((guarded.folder / "audit").glob("*.jsonl"))
    with Load(guarded, provider.token("agent-coder")) as load:
        set_file_size(recorder, segment.stat().st_size + 3000)
        wait_for(lambda: len(load.refused) > 10, 10, "statements are refused")
        wait_for(lambda: time.monotonic() - load.latest > 0.5, 10, "and none goes through")
        assert "audit.unavailable" in load.refused[0][1]
        assert load.lost == 0, "the sessions live on"
        before = len(load.confirmed)
        time.sleep(0.5)
        assert len(load.confirmed) == before
        set_file_size(recorder, resource.RLIM_INFINITY)
        wait_for(lambda: len(load.confirmed) > before + 10, 5, "it recovers by itself")
        assert load.lost == 0
    assert guarded.children()["recorder"] == recorder
    assert guarded.stop() == 0
    found = recorded(guarded)
    rows = committed(mariadb)
    assert set(load.confirmed) <= rows
    assert not [mark for mark in load.confirmed if mark not in found]
    assert not [mark for mark, _ in load.refused if mark in rows], "refused, and run all the same"
    code, answer = verdict(guarded.folder / "audit")
    assert code == 0, answer
    assert [r for r in guarded.audit() if r.get("kind") == "gap"]


def test_sigterm_under_load_ends_in_order(guarded, provider, mariadb):
    with Load(guarded, provider.token("agent-coder")) as load:
        assert guarded.stop() == 0
        load.stopping = True
    found = recorded(guarded)
    assert not [mark for mark in load.confirmed if mark not in found]
    code, answer = verdict(guarded.folder / "audit")
    assert code == 0 and answer["unsigned_lines"] == 0, answer


def test_sighup_under_load_drops_no_session(guarded, provider):
    with Load(guarded, provider.token("agent-coder")) as load:
        for i in range(5):
            guarded.policy_file.write_text(deployment.POLICY + f"# {i}\n")
            guarded.child.send_signal(signal.SIGHUP)
            time.sleep(0.4)
        wait_for(lambda: len([r for r in guarded.audit() if r.get("kind") == "reload"]) == 5, 5,
                 "five reloads")
        assert load.lost == 0 and not load.refused

# SPDX-License-Identifier: Apache-2.0
"""The processes of one gateway: what they are given, what happens when one dies, reload, drain."""
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import time

import pytest

from cardea_test import gateway, process
from cardea_test.bare import BareGateway, greeting, status, verdict, wait_for

ROLES = ["worker:0", "worker:1", "keeper", "recorder", "control"]


def records(running, kind):
    return [r for r in running.audit() if r.get("kind") == kind]


def test_every_role_runs_walled_in(bare):
    children = bare.children()
    assert sorted(children) == sorted(ROLES)
    for name, pid in children.items():
        seen = status(pid)
        assert seen["NoNewPrivs"].strip() == "1", name
        assert seen["Seccomp"].strip() == "2", name
        for kind in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
            assert int(seen[kind], 16) == 0 or (kind == "CapBnd" and os.geteuid() != 0), (name, kind)


def test_a_role_is_handed_nothing_but_what_it_needs(tmp_path, authority):
    """No environment, no files, no sockets of others."""
    os.environ["CARDEA_TEST_PASSWORD"] = "of the environment"
    try:
        def change(config):
            config["targets"][0]["credential"] = {"user": "x", "password_env": "CARDEA_TEST_PASSWORD"}
        running = BareGateway(tmp_path / "gateway", authority, change)
    finally:
        del os.environ["CARDEA_TEST_PASSWORD"]
    try:
        for name, pid in running.children().items():
            try:
                environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
                links = [os.readlink(f"/proc/{pid}/fd/{n}") for n in os.listdir(f"/proc/{pid}/fd")]
            except PermissionError:
                pytest.skip("only root sees into a process that may not be traced")
            assert b"CARDEA_TEST_PASSWORD" not in environment, name
            arguments = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            assert b"of the environment" not in arguments
            log = str(running.log)
            own = {"recorder": str(running.folder / "audit"),
                   "control": str(running.folder / "data" / "control")}.get(name.split(":")[0])
            for link in links:
                if link.startswith("/") and not link.startswith("/memfd:") and link not in ("/dev/null", log):
                    assert own and link.startswith(own), (name, link)
    finally:
        assert running.stop() == 0


@pytest.mark.parametrize("role", ROLES)
def test_a_role_that_is_killed_is_back_within_a_second(bare, role):
    before = bare.children()
    os.kill(before[role], signal.SIGKILL)
    start = time.monotonic()

    def back():
        now = bare.children()
        return sorted(now) == sorted(ROLES) and now[role] != before[role]
    wait_for(back, 1.0, f"{role} runs again")
    wait_for(lambda: greeting(bare.port("main")), 1.0, "a greeting")
    wait_for(lambda: bare.api("GET", "/healthz")[0] == 200, 2.0, "healthy")
    assert time.monotonic() - start < 2.0
    for other, pid in bare.children().items():
        if other != role:
            assert pid == before[other], "only the one that was killed is started again"
    lost = wait_for(lambda: records(bare, "role_lost"), 2.0, "the death is on record")
    assert lost[-1]["detail"]["role"] == role.split(":")[0]
    assert bare.stop() == 0
    code, answer = verdict(bare.folder / "audit")
    assert code == 0, answer
    assert answer["recoveries"] == (1 if role == "recorder" else 0)


def test_a_role_that_dies_again_and_again_is_not_started_in_a_rush(bare):
    deaths = 0
    end = time.monotonic() + 3
    while time.monotonic() < end:
        pid = bare.children().get("keeper")
        if pid:
            os.kill(pid, signal.SIGKILL)
            deaths += 1
        time.sleep(0.01)
    assert 3 <= deaths < 30
    wait_for(lambda: len(bare.children()) == len(ROLES), 6, "all run again")


def test_records_survive_the_recorder(bare):
    """Refused logins while the recorder is killed over and over: each is in the log once."""
    for i in range(5):
        for n in range(4):
            greeting(bare.port("main"))
        os.kill(bare.children()["recorder"], signal.SIGKILL)
        wait_for(lambda: "recorder" in bare.children(), 1, "the recorder")
        time.sleep(0.3)
    assert bare.stop() == 0
    code, answer = verdict(bare.folder / "audit")
    assert code == 0 and answer["recoveries"] == 5, answer
    seen = [(r["ring"], r["rn"]) for r in bare.audit() if "ring" in r]
    assert len(seen) == len(set(seen)), "a record stands there twice"


def test_a_supervisor_that_is_killed_takes_all_with_it(bare):
    children = bare.children()
    bare.child.kill()
    bare.child.wait()
    wait_for(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in children.values()),
             5, "no process is left")
    code, answer = verdict(bare.folder / "audit")
    assert code == 0, answer


def test_sigterm_drains_and_seals(bare):
    assert bare.stop() == 0
    kinds = [r["kind"] for r in bare.audit()]
    assert kinds[0] == "segment" and kinds[1] == "start"
    assert kinds[-2:] == ["stop", "segment_end"]
    code, answer = verdict(bare.folder / "audit")
    assert code == 0 and answer["unsigned_lines"] == 0 and answer["recoveries"] == 0


def log_has(running, text):
    return lambda: text in pathlib.Path(running.log).read_text()


def test_sighup_takes_a_good_configuration(bare, authority):
    before = bare.children()
    certificate, key = authority.issue("second")
    bare.config["listeners"].append({"name": "second", "address": "127.0.0.1:0",
                                     "tls": "required", "certificate_file": str(certificate),
                                     "key_file": str(key)})
    bare.write()
    bare.child.send_signal(signal.SIGHUP)
    wait_for(log_has(bare, "event=config_reloaded"), 5, "reloaded")
    bare.ports = json.loads(bare.ports_file.read_text())
    assert bare.children() == before
    for name in ("main", "second"):
        wait_for(lambda name=name: greeting(bare.port(name)), 2, f"a greeting of {name}")
    wait_for(lambda: records(bare, "reload"), 2, "on record")
    gone = bare.port("second")
    bare.config["listeners"].pop()
    bare.write()
    bare.child.send_signal(signal.SIGHUP)
    wait_for(lambda: len(records(bare, "reload")) == 2, 5, "reloaded again")
    wait_for(lambda: greeting(gone) is None, 2, "the second listener is closed")
    assert greeting(bare.port("main"))


def served_certificate(port, mysql):
    """DER of the certificate that is shown there."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 2) as client:
        if mysql:
            client.recv(1024)  # the greeting; then the request for TLS: 4.1, SSL, secure, plugins
            capabilities = 0x00000200 | 0x00000800 | 0x00008000 | 0x00080000
            body = capabilities.to_bytes(4, "little") + b"\0\0\0\1" + b"\x2d" + bytes(23)
            client.sendall(len(body).to_bytes(3, "little") + b"\1" + body)
        with context.wrap_socket(client) as secured:
            return secured.getpeercert(True)


def test_sighup_takes_new_certificates(bare, authority):
    shown = [served_certificate(bare.port(name), name == "main") for name in ("main", "control")]
    certificate, key = authority.issue("renewed")
    listener = bare.config["listeners"][0]
    shutil.copy(certificate, listener["certificate_file"])
    shutil.copy(key, listener["key_file"])
    bare.child.send_signal(signal.SIGHUP)
    wait_for(log_has(bare, "event=config_reloaded"), 5, "reloaded")
    renewed = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    assert renewed not in shown
    for name in ("main", "control"):
        wait_for(lambda name=name: served_certificate(bare.port(name), name == "main") == renewed, 2,
                 f"the new certificate at {name}")


def test_sighup_keeps_the_old_certificate_when_the_new_is_none(bare):
    shown = served_certificate(bare.port("main"), True)
    path = bare.config["listeners"][0]["certificate_file"]
    pathlib.Path(path).write_text("not a certificate")
    bare.child.send_signal(signal.SIGHUP)
    wait_for(log_has(bare, "event=config_kept"), 8, "kept")
    assert served_certificate(bare.port("main"), True) == shown
    assert sorted(bare.children()) == sorted(ROLES)


@pytest.mark.parametrize("what, text", [
    ("yaml", "listeners: ["),
    ("field", '{"no_such_field": 1}'),
])
def test_sighup_keeps_the_old_configuration_when_the_new_is_bad(bare, what, text):
    bare.config_file.write_text(text)
    bare.child.send_signal(signal.SIGHUP)
    wait_for(log_has(bare, "event=config_kept"), 5, "kept")
    assert "event=config_bad" in pathlib.Path(bare.log).read_text()
    assert greeting(bare.port("main"))
    told = wait_for(lambda: records(bare, "reload"), 2, "on record")
    assert told[-1]["detail"]["result"] == "refused"


def test_sighup_refuses_what_needs_a_restart(bare):
    bare.config["workers"] = 1
    bare.write()
    bare.child.send_signal(signal.SIGHUP)
    wait_for(log_has(bare, "restart only"), 5, "refused")
    assert len([r for r in bare.children() if r.startswith("worker")]) == 2


def test_a_bad_policy_does_not_replace_a_good_one(bare, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text("policy: p\nsubjects: [{group: a}]\ntargets: [{name: nowhere}]\n"
                      "allow:\n  - {privileges: [NO SUCH PRIVILEGE], on: a.*}\n")
    bare.config["policies"] = [str(policy)]
    bare.write()
    bare.child.send_signal(signal.SIGHUP)
    wait_for(log_has(bare, "event=config_kept"), 5, "kept")
    assert "policy.yaml:5" in pathlib.Path(bare.log).read_text()


def test_check_tells_all_that_is_wrong(tmp_path, authority):
    def change(config):
        config["listeners"][0]["certificate_file"] = str(tmp_path / "missing.pem")
        config["policies"] = [str(tmp_path / "missing.yaml")]
    running = BareGateway(tmp_path / "gateway", authority, change, start=False)
    done = gateway.cli("gateway", "--config", running.config_file, "--check")
    assert done.returncode == 1
    assert "missing.pem" in done.stderr and "missing.yaml" in done.stderr
    assert f"{running.config_file}:" in done.stderr
    assert not (running.folder / "data").exists(), "checking changes nothing"


def test_audit_and_control_must_lie_apart(tmp_path, authority):
    def change(config):
        config["audit"]["directory"] = str(tmp_path / "gateway" / "data" / "control" / "audit")
    running = BareGateway(tmp_path / "gateway", authority, change, start=False)
    done = gateway.cli("gateway", "--config", running.config_file, "--check")
    assert done.returncode == 1 and "apart" in done.stderr


def test_only_one_gateway_writes_a_log(bare, tmp_path, authority):
    def change(config):
        config["audit"]["directory"] = str(bare.folder / "audit")
        config["audit"]["key_file"] = str(bare.folder / "data" / "audit.pem")
    second = BareGateway(tmp_path / "second", authority, change, start=False)
    second.child = process.start([gateway.binary(), "gateway", "--config", second.config_file],
                                 second.log, cwd=second.folder)
    wait_for(log_has(second, "event=audit_stuck"), 5, "the second finds the log taken")
    second.child.kill()
    second.child.wait()

# SPDX-License-Identifier: Apache-2.0
"""A gateway without servers behind it, and what tests of its processes look at."""
import json
import pathlib
import socket
import time

from . import gateway


def bare_config(folder, authority):
    certificate, key = authority.issue(f"bare-{folder.name}")
    (folder / "password").write_text("nobody's\n")
    return {
        "listeners": [{"name": "main", "address": "127.0.0.1:0", "tls": "required",
                       "certificate_file": str(certificate), "key_file": str(key)}],
        "targets": [{"name": "nowhere", "kind": "mariadb", "host": "127.0.0.1", "port": 1,
                     "tls": "off", "credential": {"user": "nobody",
                                                  "password_file": str(folder / "password")}}],
        "issuers": [{"name": "test", "url": "https://127.0.0.1:1/", "audiences": ["cardea"]}],
        "control": {"listen": "127.0.0.1:0", "certificate_file": str(certificate),
                    "key_file": str(key), "viewer_groups": ["a"], "approver_groups": ["b"],
                    "admin_groups": ["c"]},
        "audit": {"directory": str(folder / "audit"), "durability": "async"},
        "policies": [],
        "data_directory": str(folder / "data"),
        "workers": 2,
    }


class BareGateway(gateway.Gateway):
    def __init__(self, folder, authority, change=None, start=True):
        folder.mkdir(parents=True, exist_ok=True)
        self.ca = authority.certificate
        config = bare_config(folder, authority)
        if change:
            change(config)
        super().__init__(folder, config, start)


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def greeting(port):
    """The first bytes of a MySQL greeting, or None."""
    try:
        with socket.create_connection(("127.0.0.1", port), 0.5) as client:
            client.settimeout(0.5)
            head = client.recv(5)
            return head if len(head) == 5 and head[4] == 10 else None
    except OSError:
        return None


def status(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def verdict(folder, *options):
    done = gateway.cli("audit", "verify", folder, "--json", *options)
    return done.returncode, json.loads(done.stdout)

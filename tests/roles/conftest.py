# SPDX-License-Identifier: Apache-2.0
"""A gateway without servers behind it: what the processes do among themselves."""
import pytest

from cardea_test import gateway, process


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


@pytest.fixture
def bare(tmp_path, authority):
    running = BareGateway(tmp_path / "bare", authority)
    yield running
    if running.child.poll() is None:
        assert running.stop() == 0, process.tail(running.log)

# SPDX-License-Identifier: Apache-2.0
"""The example deployment: schema app, its policy, a gateway before one or more servers."""
import secrets

from . import gateway, process

APP_SQL = process.PROJECT / "tests" / "support" / "app.sql"

POLICY = """\
policy: coding-agents
subjects: [{group: ai-agents}]
targets: [{labels: {app: people}}]
allow:
  - {privileges: [SELECT], on: app.*}
  - {privileges: [INSERT, UPDATE, DELETE], on: app.staging}
  - {privileges: [INSERT, UPDATE], on: app.pub}
  - {privileges: [EXECUTE], on: app.*}
  - {privileges: [SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX], on: scratch.*}
approve:
  - {privileges: [ALTER, CREATE, DROP, INDEX], on: app.*, by: {groups: [dba], count: 1}, valid: 5m, wait: 1s}
deny:
  - {privileges: [SELECT], on: app.payroll}
limits: {rows: 1000000, time: 30s, statements_per_minute: 100000, sessions: 500}
---
policy: administrators
subjects: [{group: dba}]
targets: [{labels: {app: people}}]
allow:
  - {privileges: [ALL], on: "*.*"}
reveal: [pii.ssn, pii.email, pay]
---
classification: people
columns:
  - {column: app.person.ssn, tags: [pii.ssn]}
  - {column: app.person.email, tags: [pii.email]}
  - {column: app.person.salary, tags: [pay]}
tags:
  pii.ssn: {mask: redact}
  pii.email: {mask: email}
  pay: {mask: redact}
"""


def load_app(server):
    server.run(APP_SQL.read_text())
    server.run("CREATE DATABASE scratch;\n")
    server.create_gateway_account(["ALL ON *.*"])


def base_config(folder, authority, provider):
    """What every test gateway has: a TLS listener, an issuer, control, audit."""
    certificate, key = authority.issue(f"gateway-{folder.name}")
    return {
        "listeners": [{"name": "main", "address": "127.0.0.1:0", "tls": "required",
                       "certificate_file": str(certificate), "key_file": str(key)}],
        "targets": [],
        "issuers": [{"name": "test", "url": provider.issuer, "audiences": ["cardea"]}],
        "control": {"listen": "127.0.0.1:0", "certificate_file": str(certificate),
                    "key_file": str(key), "viewer_groups": ["auditors"],
                    "approver_groups": ["dba"], "admin_groups": ["cardea-admins"]},
        "audit": {"directory": str(folder / "audit"), "durability": "async"},
        "policies": [str(folder / "policy.yaml")],
        "data_directory": str(folder / "data"),
        "limits": {"packet": "64MiB", "failed_logins_per_minute": 100000},
        "workers": 2,
    }


def target_config(server, folder, name=None):
    password = folder / f"{server.kind}.password"
    password.write_text(server.gateway_password + "\n")
    password.chmod(0o600)
    return {"name": name or f"app-{server.kind}", "kind": server.kind, "host": "127.0.0.1",
            "port": server.port, "tls": "verify-identity", "ca_file": str(server.ca),
            "credential": {"user": server.gateway_user, "password_file": str(password)},
            "labels": {"app": "people", "environment": "test"}}


class AppGateway(gateway.Gateway):
    """`change(config)` may alter the configuration before the start; `policy` replaces the text."""

    def __init__(self, folder, authority, provider, servers, change=None, policy=POLICY, start=True):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "audit").mkdir(exist_ok=True)
        (folder / "data").mkdir(exist_ok=True)
        self.ca = authority.certificate
        self.provider = provider
        self.policy_file = folder / "policy.yaml"
        self.policy_file.write_text(policy)
        pseudonym = folder / "pseudonym.key"
        pseudonym.write_text(secrets.token_hex(32))
        config = base_config(folder, authority, provider)
        config["pseudonym_key_file"] = str(pseudonym)
        config["targets"] = [target_config(server, folder) for server in servers]
        if change:
            change(config)
        super().__init__(folder, config, start)

# SPDX-License-Identifier: Apache-2.0
"""The gateway under test: real processes with their sandboxes, from a configuration written here."""
import json
import os
import pathlib
import ssl
import subprocess
import urllib.error
import urllib.request

import pymysql

from . import process


def binary():
    """The program under test: CARDEA_BIN, or the newest of the build folders."""
    if "CARDEA_BIN" in os.environ:
        return pathlib.Path(os.environ["CARDEA_BIN"])
    found = [p for p in (process.PROJECT / "build" / "cardea",
                         process.PROJECT / "build" / "dev" / "src" / "cli" / "cardea") if p.exists()]
    if not found:
        raise process.StartError("no build/cardea: run `make build` first")
    return max(found, key=lambda p: p.stat().st_mtime)


def cli(*arguments, **options):
    """Runs `cardea ARGUMENTS`; gives the completed process, its output as text."""
    return subprocess.run([str(binary()), *map(str, arguments)], capture_output=True, text=True,
                          timeout=options.pop("timeout", 60), check=False, **options)


class Gateway:
    """`config` is a dictionary in the configuration's own terms; JSON is YAML."""

    def __init__(self, folder, config, start=True):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.config_file = self.folder / "cardea.yaml"
        self.ports_file = self.folder / "ports.json"
        self.log = self.folder / "gateway.log"
        self.child = None
        self.write()
        if start:
            self.start()

    def write(self):
        self.config_file.write_text(json.dumps(self.config, indent=2))

    def start(self, **options):
        self.ports_file.unlink(missing_ok=True)
        self.child = process.start([binary(), "gateway", "--config", self.config_file,
                                    "--ports-file", self.ports_file], self.log,
                                   cwd=self.folder, **options)
        self.ports = process.wait_until(self._ports, self.child, self.log, "cardea gateway", 30)

    def _ports(self):
        try:
            return json.loads(self.ports_file.read_text())
        except (OSError, ValueError):
            return None

    def port(self, listener="main"):
        return self.ports[listener]

    def connect(self, token, target, listener="main", ca=None, **options):
        """PyMySQL with the token as clear-text password over TLS."""
        tls = ssl.create_default_context(cafile=str(ca or self.ca)) if options.pop("tls", True) else None
        return pymysql.connect(host="127.0.0.1", port=self.port(listener), user=target,
                               password=token, ssl=tls, charset=options.pop("charset", "utf8mb4"),
                               autocommit=options.pop("autocommit", True),
                               connect_timeout=10, read_timeout=60, **options)

    ca = None

    def api(self, method, path, token=None, body=None, headers=None):
        """(status, decoded JSON or text, headers) of one API call."""
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.port('control')}{path}",
            None if body is None else json.dumps(body).encode(), headers or {}, method=method)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        context = ssl.create_default_context(cafile=str(self.ca))
        try:
            answer = urllib.request.urlopen(request, timeout=30, context=context)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode()
            kind = answer.headers.get("Content-Type", "")
            return answer.status, json.loads(text) if "json" in kind and text else text, answer.headers

    def children(self):
        """{role or role:index: pid} of the gateway's processes, as their command lines say."""
        found = {}
        listing = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(self.child.pid)],
                                 capture_output=True, text=True, check=False).stdout
        for line in listing.splitlines():
            pid, _, arguments = line.strip().partition(" ")
            for word in arguments.split():
                if word.startswith("--role="):
                    name = word[7:]
                    while name in found:
                        name += "'"
                    found[name] = int(pid)
        return found

    def audit(self):
        """All records, decoded, in order."""
        records = []
        for segment in sorted(pathlib.Path(self.config["audit"]["directory"]).glob("*.jsonl")):
            for line in segment.read_text().splitlines():
                records.append(json.loads(line))
        return records

    def stop(self):
        return process.stop(self.child, 20) if self.child else 0

# SPDX-License-Identifier: Apache-2.0
"""The tools that record.py knows. Each says what it is missing, and runs its session through the
relay; `run` gives the tool's name and version as it tells them itself."""
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
MYSQL_RUN = TOP / "tools" / "mysql_run.sh"


class World:
    """What a session runs in: a server with an empty schema `app`, the relay's port, a folder."""

    def __init__(self, server, recorder, folder, cache):
        self.server, self.recorder = server, recorder
        self.folder, self.cache = folder, cache
        self.kind, self.port = server.kind, recorder.port

    def call(self, *command, **options):
        """Runs a program; gives its output. Its failure is one unless `fails` is set."""
        fails = options.pop("fails", False)
        environment = {**os.environ, "PORT": str(self.port), "KIND": self.kind,
                       "FOLDER": str(self.folder), "CACHE": str(self.cache),
                       **options.pop("env", {})}
        done = subprocess.run([str(c) for c in command], capture_output=True, check=False,
                              timeout=options.pop("timeout", 300), env=environment,
                              cwd=options.pop("cwd", self.folder), **options)
        if done.returncode != 0 and not fails:
            raise RuntimeError(f"{' '.join(map(str, command))[:300]}: {done.returncode}\n"
                               f"{done.stdout.decode(errors='replace')[-1000:]}\n"
                               f"{done.stderr.decode(errors='replace')[:500]}\n…\n"
                               f"{done.stderr.decode(errors='replace')[-1000:]}")
        return done.stdout

    def load(self, name, database="app"):
        """Runs a script of schemas/ as root, around the relay."""
        client = [MYSQL_RUN, "mysql"] if self.kind == "mysql" else ["mariadb", "--no-defaults"]
        with open(HERE / "schemas" / name, "rb") as script:
            subprocess.run([*client, "-uroot", f"--socket={self.server.socket}", database],
                           stdin=script, check=True)


class Tool:
    """A tool: `needs` are programs, files or (`debian:…`, `npm:…`) packages."""
    name = ""
    kinds = ("mariadb", "mysql")
    needs = ()

    def missing(self):
        absent = [n for n in self.needs if not (os.path.exists(n) if "/" in n else shutil.which(n))]
        return ", ".join(absent)

    def run(self, world):
        raise NotImplementedError


def first_line(world, *command):
    return world.call(*command).decode().strip().splitlines()[0]


ALL = []


def tool(cls):
    ALL.append(cls())
    return cls


from tools_command_line import *  # noqa: E402,F401,F403
from tools_programs import *  # noqa: E402,F401,F403

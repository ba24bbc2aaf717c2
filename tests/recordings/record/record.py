#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Records sessions of real tools against real servers into tests/recordings/TOOL-SERVER.jsonl.

    tests/recordings/record/record.py [--kind mariadb|mysql] [--into FOLDER] [--cache FOLDER] [TOOL…]

Without names it records every tool that is installed and says which are not, and what they need
(README.md beside this file). The tests read what was recorded; they need none of the tools."""
import argparse
import pathlib
import sys
import tempfile
import traceback

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
sys.path[:0] = [str(HERE), str(TOP / "tests" / "support")]

from cardea_test import certificates, servers  # noqa: E402
from recorder import Recorder  # noqa: E402
import tools  # noqa: E402


def version_of(server):
    return server.rows("SELECT VERSION()")[0][0]


def clean(server):
    """Drops what the tool before has left."""
    for (name,) in server.rows("SHOW DATABASES"):
        if name not in ("information_schema", "performance_schema", "mysql", "sys"):
            server.run(f"DROP DATABASE `{name}`;\n")


def record(server, tool, options):
    missing = tool.missing()
    if missing:
        print(f"{tool.name}: not recorded: needs {missing}", flush=True)
        return False
    clean(server)
    server.run("CREATE DATABASE app;\n")
    recorder = Recorder(server)
    with tempfile.TemporaryDirectory(prefix="record-") as folder:
        world = tools.World(server, recorder, pathlib.Path(folder), options.cache)
        try:
            label = tool.run(world)
        except Exception:  # noqa: BLE001 - the other tools go on
            traceback.print_exc()
            print(f"{tool.name}-{server.kind}: FAILED", flush=True)
            return False
        finally:
            recorder.close()
    path = options.into / f"{tool.name}-{server.kind}.jsonl"
    kept = recorder.write(path, label, server.kind, version_of(server))
    print(f"{path.name}: {label}: {recorder.statements} statements, {kept} kept, "
          f"{path.stat().st_size >> 10} KiB", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=["mariadb", "mysql"])
    parser.add_argument("--into", type=pathlib.Path, default=HERE.parent)
    parser.add_argument("--cache", type=pathlib.Path, default=TOP / ".cache" / "record",
                        help="npm packages and unpacked Debian packages")
    parser.add_argument("tool", nargs="*")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    chosen = [t for t in tools.ALL if not options.tool or t.name in options.tool]
    good = True
    with tempfile.TemporaryDirectory(prefix="record-servers-") as folder:
        authority = certificates.Authority(pathlib.Path(folder) / "ca")
        for kind in [options.kind] if options.kind else ["mariadb", "mysql"]:
            make = servers.MySQL if kind == "mysql" else servers.MariaDB
            server = make(pathlib.Path(folder) / kind, authority)
            server.run("CREATE USER IF NOT EXISTS root@'127.0.0.1';\n"
                       "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\n")
            for tool in chosen:
                good = (kind not in tool.kinds or record(server, tool, options)) and good
            server.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""`cardea catalog dump` on real servers: what it writes of a schema gives the same analysis as the
CREATE statements that made the schema, over every golden statement."""
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
from cardea_test import servers

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tests" / "golden"))
import run as golden  # noqa: E402

CARDEA = os.environ.get("CARDEA_BIN", str(TOP / "build/dev/src/cli/cardea"))
# Views that name one another can be written down, but not be made.
CREATES = [s.strip() for s in re.sub(r"^--.*$", "", golden.CATALOG.read_text(), flags=re.M).split(";\n")
           if s.strip() and "v_loop" not in s]


@pytest.fixture(scope="module", params=[servers.MariaDB, servers.MySQL], ids=["mariadb", "mysql"])
def server(request, folder, authority):
    running = request.param(folder / f"dump-{request.param.kind}", authority)
    running.create_gateway_account(["ALL PRIVILEGES ON *.*"])
    running.run(";\n".join(CREATES))
    running.password_file = running.folder / "password"
    running.password_file.write_text(running.gateway_password + "\n")
    yield running
    running.stop()


def dump(server, *options, status=0, **arguments):
    done = subprocess.run([CARDEA, "catalog", "dump", *map(str, options)], capture_output=True, check=False,
                          timeout=60, env={k: v for k, v in os.environ.items() if not k.startswith("MYSQL_")},
                          **arguments)
    assert done.returncode == status, done.stderr
    assert server.gateway_password.encode() not in done.stdout + done.stderr
    return done


def over_tls(server, *options, **arguments):
    return dump(server, "--host", "127.0.0.1", "--port", server.port, "--user", server.gateway_user,
                "--password-file", server.password_file, "--ca", server.ca, *options, **arguments)


def analysis(server, catalog, statements):
    family = f"{server.kind}-{re.match(r'[0-9.]+', server.version_key())[0]}"
    done = subprocess.run([CARDEA, "analyze", "--server", family, "--schema", "app", "--catalog", catalog],
                          input=b"".join(s.encode() + b"\0" for s in statements), capture_output=True,
                          check=True)
    facts = [golden.facts(json.loads(line)) for line in done.stdout.splitlines()]
    # Sets come in the order in which the catalog has the keys.
    return [[" ".join(sorted(fact.split(" "))) for fact in one] for one in facts]


def test_the_dump_gives_the_same_analysis_as_the_create_statements(server, tmp_path):
    (tmp_path / "dump.json").write_bytes(over_tls(server).stdout)
    (tmp_path / "app.sql").write_text(";\n".join(CREATES) + ";\n")
    # CREATE statements say nothing of information_schema; the dump does.
    statements = [case[2] for path in sorted(golden.HERE.glob("*.golden"))
                  for case in golden.blocks(path.read_text())
                  if case[2] and "v_loop" not in case[2] and "information_schema" not in case[2]]
    assert len(statements) > 200
    dumped = analysis(server, tmp_path / "dump.json", statements)
    written = analysis(server, tmp_path / "app.sql", statements)
    differ = [s for s, a, b in zip(statements, dumped, written) if a != b]
    assert not differ, [(s, a, b) for s, a, b in zip(statements, dumped, written) if a != b]


def test_the_dump_says_which_server_it_is(server):
    told = json.loads(over_tls(server).stdout)
    assert told["server"]["family"] == server.kind
    assert {"app", "other"} <= {s["name"] for s in told["schemas"]}
    view = next(t for t in told["tables"] if t["name"] == "v_person")
    assert view["kind"] == "view" and "ssn" in view["view"]["definition"]


def test_two_dumps_of_the_same_are_the_same(server):
    assert over_tls(server).stdout == over_tls(server).stdout


def test_over_a_unix_socket_with_the_password_on_standard_input(server):
    account = f"'{server.gateway_user}'@'localhost'"
    server.run(f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{server.gateway_password}';\n"
               f"GRANT ALL ON *.* TO {account};\n")
    told = dump(server, "--socket", server.socket, "--user", server.gateway_user, "--password-file", "-",
                input=server.gateway_password.encode() + b"\n")
    assert told.stdout == over_tls(server).stdout


def test_what_the_account_may_not_see_is_not_there(server):
    server.run("CREATE USER IF NOT EXISTS 'narrow'@'127.0.0.1' IDENTIFIED BY 'of no use elsewhere';\n"
               "GRANT SELECT ON app.pub TO 'narrow'@'127.0.0.1';\n")
    told = json.loads(dump(server, "--port", server.port, "--user", "narrow", "--password-file", "-",
                           "--ca", server.ca, input=b"of no use elsewhere").stdout)
    assert [t["name"] for t in told["tables"] if t["schema"] == "app"] == ["pub"]


@pytest.mark.parametrize("options, text", [
    (["--password-file", __file__], "refused the login"),
    (["--password-file", "/dev/null"], "empty"),
    (["--server-name", "elsewhere.example"], "certificate"),
    (["--ca", "/dev/null"], "can't be read"),
    (["--host", "192.0.2.1", "--tls", "off"], "in the clear"),
    (["--port", "1"], "connection"),
])
def test_refusals_say_why_and_print_nothing(server, options, text):
    done = over_tls(server, *options, status=1)
    assert done.stdout == b"" and text in done.stderr.decode(), done.stderr


def test_options_that_are_wrong(server):
    for wrong in (["--tls", "maybe"], ["--nothing"], ["table"], []):
        dump(server, *wrong, status=2)

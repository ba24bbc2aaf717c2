# SPDX-License-Identifier: Apache-2.0
"""`cardea catalog dump` on real servers: what it writes of a schema gives the same analysis as the
CREATE statements that made the schema, over every golden statement."""
import json
import os
import pathlib
import re
import subprocess
import sys

import jsonschema
import pytest
from cardea_test import servers

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tests" / "golden"))
import run as golden  # noqa: E402

# One of each kind of thing that a catalog tells of.
RICH = """
CREATE DATABASE rich CHARACTER SET latin1;
CREATE TABLE rich.parent (a INT, b INT, PRIMARY KEY (a, b));
CREATE TABLE rich.child (id INT AUTO_INCREMENT PRIMARY KEY, a INT, b INT DEFAULT 7, `odd ``name` VARCHAR(9) COLLATE latin1_bin,
 up VARCHAR(9) GENERATED ALWAYS AS (UPPER(`odd ``name`)) VIRTUAL, hidden INT DEFAULT 1 INVISIBLE,
 e ENUM('x','y') DEFAULT 'x', at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE KEY u (up), KEY i (b, a),
 CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES rich.parent (a, b) ON DELETE CASCADE ON UPDATE SET NULL,
 CONSTRAINT ck CHECK (hidden > 0));
CREATE TABLE rich.`名前` (`ключ` INT);
CREATE SQL SECURITY INVOKER VIEW rich.v AS SELECT id, UPPER(e) AS e FROM rich.child WHERE a > 0;
CREATE TRIGGER rich.tr BEFORE UPDATE ON rich.child FOR EACH ROW SET NEW.a = OLD.a + 1;
CREATE PROCEDURE rich.p (x INT) MODIFIES SQL DATA SQL SECURITY INVOKER DELETE FROM rich.child WHERE id = x;
CREATE FUNCTION rich.f (x INT) RETURNS INT DETERMINISTIC NO SQL RETURN x + 1;
"""
SCHEMA = jsonschema.Draft202012Validator(json.loads((TOP / "docs" / "catalog.schema.json").read_text()))

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


def test_the_dump_is_what_its_schema_says_and_is_read_again(server, tmp_path):
    server.run("DROP DATABASE IF EXISTS rich;\n" + RICH)
    if server.kind == "mysql":
        server.run("CREATE INDEX functional ON rich.child ((a + b), b);\n")
    else:
        server.run("CREATE SEQUENCE rich.s;\n")
    text = over_tls(server).stdout
    told = json.loads(text)
    errors = [f"{e.json_path}: {e.message[:200]}" for e in SCHEMA.iter_errors(told)]
    assert not errors, errors[:10]
    child = next(t for t in told["tables"] if (t["schema"], t["name"]) == ("rich", "child"))
    assert {k["kind"] for k in child["keys"]} == {"primary", "unique", "index", "foreign"}
    assert child["triggers"] and child["checks"] and any(c.get("invisible") for c in child["columns"])
    assert {r["kind"] for r in told["routines"] if r.get("schema") == "rich"} == {"function", "procedure"}
    # Read, it says the same of a statement as it says of itself.
    (tmp_path / "dump.json").write_bytes(text)
    done = subprocess.run([CARDEA, "analyze", "--catalog", tmp_path / "dump.json", "--schema", "rich"],
                          input="SELECT UP, `Odd ``NAME` FROM child; SELECT `КлЮч` FROM `名前`".encode(),
                          capture_output=True, check=True)
    first, second = (json.loads(line)["statements"][0] for line in done.stdout.splitlines())
    assert [c["from"] for c in first["columns"]] == [["rich.child.up", "rich.child.odd `name"],
                                                      ["rich.child.odd `name"]]
    assert [c["from"] for c in second["columns"]] == [["rich.名前.ключ"]]
    told["tables"][0]["more"] = 1
    (tmp_path / "wrong.json").write_text(json.dumps(told))
    wrong = subprocess.run([CARDEA, "analyze", "--catalog", tmp_path / "wrong.json"], input=b"SELECT 1",
                           capture_output=True, check=False)
    assert wrong.returncode == 1 and b"more" in wrong.stderr, wrong.stderr


def test_generated_columns_come_from_columns_of_any_name(server, tmp_path):
    """MySQL stores what a column is generated from as it was written, coded twice."""
    server.run("""DROP DATABASE IF EXISTS made;\nCREATE DATABASE made;
CREATE TABLE made.t (`имя` VARCHAR(9), `b\\c` INT, `Straße` INT, `c"d` INT, `-` INT, plain INT,
 g1 VARCHAR(50) AS (UPPER(`ИМЯ`)), g2 INT AS (`B\\C` + 1), g3 INT AS (`straße` + 1), g4 INT AS (`C"D` + 1),
 g5 INT AS (`-` * 2), g6 INT AS (PLAIN + 1));
""")
    (tmp_path / "dump.json").write_bytes(over_tls(server).stdout)
    done = subprocess.run([CARDEA, "analyze", "--catalog", tmp_path / "dump.json", "--schema", "made"],
                          input=b"SELECT g1, g2, g3, g4, g5, g6 FROM t", capture_output=True, check=True)
    columns = json.loads(done.stdout)["statements"][0]["columns"]
    for column, source in zip(columns, ["имя", "b\\c", "Straße", 'c"d', "-", "plain"]):
        assert f"made.t.{source}" in column["from"], column
    assert "made.t.plain" not in columns[0]["from"]


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

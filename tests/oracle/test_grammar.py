# SPDX-License-Identifier: Apache-2.0
"""A short run of grammar_mutants.py on each server; run that for more, and to see the causes."""
import os

import pytest
from cardea_test import certificates, servers
from grammar_mutants import READER, Run, Server

COUNT = int(os.environ.get("MUTANTS_COUNT", "20000"))
SEED = int(os.environ.get("MUTANTS_SEED", "1"))
# Of what the server parses, how much may be refused; of its syntax errors, how much accepted.
REFUSED, ACCEPTED = 0.01, 0.001


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grammar")
    cls = {"mariadb": servers.MariaDB, "mysql": servers.MySQL}[request.param]
    running = cls(folder / "server", certificates.Authority(folder / "ca"))
    try:
        yield Run(Server(running.socket), READER, request.param, SEED, COUNT)
    finally:
        running.stop()


def told(run, what):
    return run.summary() + "\n" + "\n".join(
        f"{len(found)} {key[1]}: {key[2]}: {found[0][0]}" for key, found in run.groups() if key[0] == what)


def test_what_the_server_parses_is_parsed(run):
    assert run.counts["valid"] > COUNT / 20, run.summary()
    assert run.counts["refused"] <= run.counts["valid"] * REFUSED, told(run, "refused")


def test_what_the_server_does_not_parse_is_refused(run):
    assert run.counts["invalid"] > COUNT / 4, run.summary()
    assert run.counts["accepted"] <= run.counts["invalid"] * ACCEPTED, told(run, "accepted")


def test_the_golden_statements_are_there(run):
    assert any("person" in sql for sql in run.texts)



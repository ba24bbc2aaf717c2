# SPDX-License-Identifier: Apache-2.0
"""A bounded run of the privilege oracle: the golden statements, its own, and a part of the corpus.
The whole: tests/oracle/privileges.py; what it found: docs/privilege-oracle.md."""
import os
import pathlib
import tempfile

import privileges
import pytest

COUNT = int(os.environ.get("PRIVILEGES_COUNT", "3000"))
SEED = int(os.environ.get("PRIVILEGES_SEED", "1"))
LIVE = pathlib.Path(os.environ.get("CARDEA_BIN", privileges.TOP / "build/dev/src/cli/cardea")).parents[2] \
    / "tests" / "oracle" / "analyze_live"


@pytest.fixture(params=["mariadb", "mysql"])
def oracle(request):
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # many definitions: disks are slow
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        running = privileges.Oracle(request.param, folder, str(LIVE), again=1)
        yield running
        running.stop()


def test_the_projects_own_statements_need_what_the_analysis_says(oracle, capsys):
    privileges.run_own(oracle, [], [])
    oracle.report()
    text = capsys.readouterr().out
    assert oracle.counts["judged"] > 100, text
    assert not unexplained(oracle), text


def test_statements_of_the_corpus_need_what_the_analysis_says(oracle, capsys):
    path = privileges.corpus(oracle.kind)
    if not path.exists():
        pytest.skip(f"{path} is not there")
    privileges.run_files(oracle, privileges.sequences(path, "", SEED, COUNT))
    oracle.report()
    text = f"seed {SEED}, {COUNT} statements\n" + capsys.readouterr().out
    assert oracle.counts["judged"] > COUNT / 20, text
    # The rest is listed in docs/privilege-oracle.md.
    assert len(unexplained(oracle, ("left out",))) < oracle.counts["judged"] / 200, text
    assert len(unexplained(oracle, ("one too many",))) < oracle.counts["judged"] / 100, text


def unexplained(oracle, verdicts=("left out", "one too many", "can't be granted")):
    return [d for found in oracle.found.values() for d in found if d.verdict in verdicts and d.cause is None]

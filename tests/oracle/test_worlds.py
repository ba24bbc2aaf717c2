# SPDX-License-Identifier: Apache-2.0
"""A short run of the two-worlds oracle; `make fuzz-worlds` goes on until told to stop."""
import os

import pytest
from worlds import KNOWN, Oracle, generated

COUNT = int(os.environ.get("WORLDS_COUNT", "4000"))
SEED = int(os.environ.get("WORLDS_SEED", "1"))


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def oracle(request, tmp_path_factory):
    running = Oracle(request.param, tmp_path_factory.mktemp("worlds"))
    yield running
    running.stop()


def test_what_differed_once_does_not_differ(oracle):
    found = oracle.run([(sql, False) for sql in KNOWN])
    assert not found, found


def test_generated_statements_answer_alike_in_both_worlds(oracle):
    found = oracle.run(generated(SEED, COUNT))
    assert not found, "\n".join(f"{shrunk}\n  of {sql}\n  {answers}" for sql, shrunk, answers in found)
    assert oracle.counts["rows"] > COUNT / 10, oracle.counts
    assert oracle.counts["masked"] > COUNT / 100, oracle.counts

# SPDX-License-Identifier: Apache-2.0
"""A short run of the two-worlds oracle; `make fuzz-worlds` goes on until told to stop."""
import os

import pytest
import worlds
from world import Worlds

CORPUS = worlds.TOP.parent / "shared" / "corpus"
COUNT = int(os.environ.get("WORLDS_COUNT", "4000"))
SEED = int(os.environ.get("WORLDS_SEED", "1"))


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def both(request, tmp_path_factory):
    running = Worlds(request.param, tmp_path_factory.mktemp("worlds"))
    yield running
    running.stop()


def held(report, worlds_asked):
    worlds.show(report, worlds_asked)
    assert not report.steady, "\n".join(report.lines())
    return report


def test_what_differed_once_does_not_differ(both):
    held(worlds.ask_known(both), both)


def test_attacks_answer_alike_in_both_worlds(both):
    report = held(worlds.ask_attacks(both, SEED, 1), both)
    assert report.counts["masked"] > 100, report.counts


def test_others_statements_answer_alike_in_both_worlds(both):
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus at {CORPUS}")
    report = held(worlds.ask_corpus(both, CORPUS, SEED, 0.02), both)
    assert report.counts["rows"] > 100, report.counts


def test_generated_statements_answer_alike_in_both_worlds(both):
    report = held(worlds.ask_generated(both, SEED, COUNT), both)
    # It is worth nothing when all is refused, or nothing masked comes.
    assert report.counts["rows"] > COUNT / 6, report.counts
    assert report.counts["masked"] > COUNT / 200, report.counts

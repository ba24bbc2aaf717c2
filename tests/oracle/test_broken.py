# SPDX-License-Identifier: Apache-2.0
"""The two-worlds oracle sees what it is there to see: each break of broken.py shows within as many
statements as test_worlds.py asks without a difference."""
import broken
import pytest
from world import Worlds


@pytest.fixture(scope="module")
def source():
    return broken.prepare()


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    running = Worlds("mariadb", tmp_path_factory.mktemp("broken"))
    yield running
    running.stop()


@pytest.mark.parametrize("this", broken.BREAKS, ids=[b.name.replace(" ", "-") for b in broken.BREAKS])
def test_a_break_shows(both, source, this):
    report = broken.seen(both, broken.build(this, source), 1, broken.COUNT)
    assert report.steady, "\n".join(report.lines())

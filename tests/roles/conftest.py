# SPDX-License-Identifier: Apache-2.0
"""A gateway without servers behind it: what the processes do among themselves."""
import pytest

from cardea_test import bare as bare_gateway
from cardea_test import process


@pytest.fixture
def bare(tmp_path, authority):
    running = bare_gateway.BareGateway(tmp_path / "bare", authority)
    yield running
    if running.child.poll() is None:
        assert running.stop() == 0, process.tail(running.log)

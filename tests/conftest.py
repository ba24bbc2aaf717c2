# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the process-level tests: real MariaDB, real MySQL, a real OpenID provider, and the
gateway in front of both servers."""
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "support"))

from cardea_test import certificates, deployment, oidc, process, servers  # noqa: E402


@pytest.fixture(scope="session")
def folder():
    """A folder for everything that this run starts; kept when CARDEA_KEEP is set."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="cardea-", dir=os.environ.get("CARDEA_TMP")))
    yield path
    if os.environ.get("CARDEA_KEEP"):
        print(f"\nkept: {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def authority(folder):
    return certificates.Authority(folder / "ca")


@pytest.fixture(scope="session")
def provider(folder):
    running = oidc.Provider(folder / "oidc")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def mariadb(folder, authority):
    server = servers.MariaDB(folder / "mariadb", authority)
    deployment.load_app(server)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mysql(folder, authority):
    server = servers.MySQL(folder / "mysql", authority)
    deployment.load_app(server)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def gateway(folder, authority, provider, mariadb, mysql):
    """One gateway before both servers: targets `app-mariadb` and `app-mysql`."""
    running = deployment.AppGateway(folder / "gateway", authority, provider, [mariadb, mysql])
    yield running
    code = running.stop()
    assert code == 0, f"the gateway ended with {code}:\n{process.tail(running.log)}"


@pytest.fixture(params=["mariadb", "mysql"])
def target(request, gateway):
    """The name of each target in turn: a test that takes it runs on both servers."""
    return f"app-{request.param}"


@pytest.fixture
def server(target, mariadb, mysql):
    """The server behind `target`."""
    return mariadb if target == "app-mariadb" else mysql


@pytest.fixture
def agent(gateway, provider, target):
    """A PyMySQL connection of the coding agent to the target, schema app."""
    connection = gateway.connect(provider.token("agent-coder"), target, database="app")
    yield connection
    try:
        connection.close()
    except Exception:  # noqa: BLE001 - the gateway may have ended it, which the test looks at
        pass

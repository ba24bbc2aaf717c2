# SPDX-License-Identifier: Apache-2.0
"""The OpenID provider of tests/support/oidc."""
import base64
import json
import pathlib
import subprocess
import urllib.parse
import urllib.request

from . import process

FOLDER = process.PROJECT / "tests" / "support" / "oidc"


def install():
    """npm packages, once."""
    mark = FOLDER / "node_modules" / ".package-lock.json"
    lock = FOLDER / "package-lock.json"
    if mark.exists() and mark.stat().st_mtime >= lock.stat().st_mtime:
        return
    done = subprocess.run(["npm", "ci", "--no-fund", "--no-audit"], cwd=FOLDER, text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise process.StartError(f"npm ci in {FOLDER}:\n{done.stderr[-3000:]}")


class Provider:
    def __init__(self, folder, port=0):
        install()
        self.log = pathlib.Path(folder) / "oidc.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.child = process.start(["node", FOLDER / "provider.mjs", "--port", port], self.log,
                                   stdout=subprocess.PIPE)
        line = self.child.stdout.readline()
        if not line:
            raise process.StartError(f"the OpenID provider did not start:\n{process.tail(self.log)}")
        self.issuer = json.loads(line)["issuer"]

    def token(self, client="agent-coder"):
        """A JWT access token by the client credentials grant, as any client of it would get."""
        basic = base64.b64encode(f"{client}:secret-of-{client}".encode()).decode()
        request = urllib.request.Request(
            f"{self.issuer}/token", urllib.parse.urlencode({"grant_type": "client_credentials"}).encode(),
            {"Authorization": f"Basic {basic}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["access_token"]

    def _lever(self, name, **value):
        request = urllib.request.Request(f"{self.issuer}/test/{name}", json.dumps(value).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def sign(self, payload=None, header=None, key="rsa"):
        """A token with any content. key: rsa, ec, ed, none, hmac, stranger."""
        return self._lever("sign", payload=payload or {}, header=header or {}, key=key)["token"]

    def rotate(self):
        return self._lever("rotate")

    def outage(self, down):
        return self._lever("outage", down=down)

    def stop(self):
        return process.stop(self.child)

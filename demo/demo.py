#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The tour behind `make demo`: a real MariaDB, a real OpenID provider, the gateway, and a coding
agent's session: allowed, masked, refused, approved, recorded. Everything runs on 127.0.0.1 in
build/demo and is stopped at the end; DEMO_EXIT=1 ends it after the tour."""
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests" / "support"))

from cardea_test import certificates, gateway, oidc, process, servers  # noqa: E402

FOLDER = TOP / "build" / "demo"
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def heading(text):
    print("\n" + paint("1;36", f"── {text} " + "─" * max(0, 74 - len(text))), flush=True)


def tell(text):
    print(paint("2", text), flush=True)


def step(text):
    print(f"  {text} … ", end="", flush=True)
    return time.monotonic()


def done(began, what=""):
    print(f"{what + ', ' if what else ''}{time.monotonic() - began:.1f} s", flush=True)


class Tour:
    def __init__(self):
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        self.running = []
        self.failures = 0

    # -- setting up -------------------------------------------------------------------------

    def start(self):
        heading("Starting")
        authority = certificates.Authority(FOLDER / "ca")
        self.ca = authority.certificate
        began = step("MariaDB with a small shop database")
        self.database = servers.MariaDB(FOLDER / "mariadb", authority)
        self.running.append(self.database)
        self.database.run((TOP / "demo" / "shop.sql").read_text())
        self.database.create_gateway_account(["ALL ON *.*"])
        done(began, self.database.rows("SELECT VERSION()")[0][0])
        began = step("an OpenID provider (npm oidc-provider)")
        self.provider = oidc.Provider(FOLDER / "oidc")
        self.running.append(self.provider)
        done(began, self.provider.issuer)
        began = step("the gateway")
        self.gateway = gateway.Gateway(FOLDER / "gateway", self.configuration(authority), start=False)
        self.gateway.ca = self.ca
        self.gateway.start()
        self.running.append(self.gateway)
        done(began, f"127.0.0.1:{self.gateway.port()}")

    def configuration(self, authority):
        folder = FOLDER / "gateway"
        for name in ("audit", "data"):
            (folder / name).mkdir(parents=True)
        certificate, key = authority.issue("gateway")
        password = folder / "mariadb.password"
        password.write_text(self.database.gateway_password)
        password.chmod(0o600)
        pseudonym = folder / "pseudonym.key"
        pseudonym.write_text(secrets.token_hex(32))
        pseudonym.chmod(0o600)
        return {
            "listeners": [{"name": "main", "address": "127.0.0.1:0", "tls": "required",
                           "certificate_file": str(certificate), "key_file": str(key)}],
            "targets": [{"name": "shop", "kind": "mariadb", "host": "127.0.0.1",
                         "port": self.database.port, "tls": "verify-identity",
                         "ca_file": str(self.ca),
                         "credential": {"user": self.database.gateway_user,
                                        "password_file": str(password)},
                         "labels": {"app": "shop", "environment": "demo"}}],
            "issuers": [{"name": "demo", "url": self.provider.issuer, "audiences": ["cardea"]}],
            "control": {"listen": "127.0.0.1:0", "certificate_file": str(certificate),
                        "key_file": str(key), "viewer_groups": ["developers", "dba"],
                        "approver_groups": ["dba"], "admin_groups": ["cardea-admins"]},
            "audit": {"directory": str(folder / "audit"), "durability": "sync"},
            "policies": [str(TOP / "demo" / "policy.yaml")],
            "pseudonym_key_file": str(pseudonym),
            "data_directory": str(folder / "data"),
            "workers": 2,
        }

    def token_file(self, client):
        path = FOLDER / f"{client}.token"
        path.touch(mode=0o600)
        path.write_text(self.provider.token(client))
        return path

    # -- speaking as somebody ----------------------------------------------------------------

    def agent(self, sql, expect):
        """One `mariadb` session of the coding agent, its token as password over verified TLS."""
        login = FOLDER / "agent.cnf"
        login.touch(mode=0o600)
        login.write_text(f"[client]\npassword={self.token_file('agent-coder').read_text()}\n")
        print(paint("1;33", f"\nagent> {sql}"), flush=True)
        session = subprocess.run(
            ["mariadb", f"--defaults-file={login}", "--host=127.0.0.1", "--user=shop",
             f"--port={self.gateway.port()}", f"--ssl-ca={self.ca}", "--ssl-verify-server-cert",
             "--table", "shop", "-e", sql],
            capture_output=True, text=True, timeout=60, check=False)
        # The client repeats a refused statement between two rulers; once is enough.
        text = re.sub(r"^-+\n.*?\n-+\n\n?", "", session.stdout + session.stderr, flags=re.S | re.M) \
            if session.stderr else session.stdout
        text = text.strip().replace(str(TOP) + "/", "")
        print(text or "(done)", flush=True)
        return self.expect(text or "(done)", expect)

    def cardea(self, *arguments, client=None, expect=""):
        words = list(arguments)
        print(paint("1;33", "\n" + (f"{client}> " if client else "$ ") + "cardea " + " ".join(words).replace(str(TOP) + "/", "")), flush=True)
        if client:
            words += ["--api", f"https://127.0.0.1:{self.gateway.port('control')}",
                      "--ca", str(self.ca), "--token-file", str(self.token_file(client))]
        finished = gateway.cli(*words)
        text = (finished.stdout + finished.stderr).strip()
        print(text.replace(str(TOP) + "/", ""), flush=True)
        return self.expect(text, expect)

    def expect(self, text, pattern):
        """A tour that shows something else than it says is a failure."""
        if not re.search(pattern, text):
            self.failures += 1
            print(paint("1;31", f"!! expected to see: {pattern}"), flush=True)
        return text

    # -- the tour -------------------------------------------------------------------------------

    def walk(self):
        heading("Allowed")
        tell("The agent's token says group ai-agents; policy grants SELECT on shop.*.")
        self.agent("SELECT id, item, amount FROM orders WHERE amount > 50", "espresso machine")
        heading("Masked")
        tell("E-mail, phone, card and national id are classified: they leave masked, whatever the query.")
        masked = self.agent("SELECT name, email, phone, card_number, national_id FROM customers", "Ada Moreau")
        masked += self.agent("SELECT who, UPPER(mail) AS m FROM customer_contacts LIMIT 2", "Ada Moreau")
        masked += self.agent("WITH c(z) AS (SELECT card_number FROM customers) SELECT z AS name FROM c", "name")
        for value in ("ada.moreau", "42 68", "4539 1488", "85 05"):
            if value in masked.lower():
                self.failures += 1
                print(paint("1;31", f"!! a value that must stay hidden was shown: {value}"))
        heading("Refused")
        tell("Each refusal says which rule, what is allowed instead, and how to ask. The session goes on.")
        self.agent("DELETE FROM orders", "cardea/denied")
        self.agent("SELECT * FROM payroll", "cardea/denied")
        self.agent("SELECT name FROM customers WHERE card_number LIKE '4539%'", "cardea/denied")
        self.agent("SELECT 1 /*! FROM customers UNION SELECT card_number FROM customers */", "(?!.*4539)")
        heading("Approved")
        tell("Changing a table needs a database administrator's word.")
        sql = "ALTER TABLE orders ADD COLUMN note VARCHAR(200)"
        answer = self.agent(sql, "cardea/approval.required")
        self.cardea("approvals", "list", client="approver-alice", expect="ALTER TABLE")
        found = re.search(r"\b(rq-\w+)", answer)
        if found:
            self.cardea("approvals", "approve", found.group(1), client="approver-alice", expect="approved")
            self.agent(sql, r"\(done\)|Query OK")
            self.agent("SELECT id, item, note FROM orders LIMIT 1", "NULL")
            self.agent(sql.replace("note", "other"), "cardea/approval.required")
        else:
            self.expect(answer, "rq-")
        heading("On the record")
        tell("Every statement, identity and decision, chained and signed.")
        self.cardea("audit", "tail", str(FOLDER / "gateway" / "audit"), expect="ALTER TABLE")
        self.cardea("audit", "verify", str(FOLDER / "gateway" / "audit"), expect="(?i)whole|ok|verified")

    def stay(self):
        heading("Yours to try")
        print(f"""\
  The gateway listens on 127.0.0.1:{self.gateway.port()} until you press Ctrl-C.
  As the agent:     mariadb --defaults-file={FOLDER.relative_to(TOP)}/agent.cnf --host=127.0.0.1 \\
                      --port={self.gateway.port()} --user=shop --ssl-ca={self.ca.relative_to(TOP)} shop
  API:              https://127.0.0.1:{self.gateway.port('control')}/api/v1/
  Audit log:        build/cardea audit tail {(FOLDER / 'gateway' / 'audit').relative_to(TOP)}
  (The agent's token in agent.cnf is good for ten minutes.)""", flush=True)
        try:
            while self.gateway.child.poll() is None:
                time.sleep(1)
        except KeyboardInterrupt:
            print()

    def stop(self):
        for server in reversed(self.running):
            server.stop()
        self.running = []


def main():
    tour = Tour()
    try:
        tour.start()
        tour.walk()
        if not os.environ.get("DEMO_EXIT"):
            tour.stay()
    except process.StartError as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        tour.stop()
    heading("The end")
    if tour.failures:
        print(f"demo: {tour.failures} things were not as told", file=sys.stderr)
        return 1
    print("Everything was as told, and everything is stopped. The record stays in build/demo.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

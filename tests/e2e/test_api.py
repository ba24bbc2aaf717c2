# SPDX-License-Identifier: Apache-2.0
"""The HTTPS API against the real processes. Every answer is held to the OpenAPI document that the
server itself gives, and every operation of the document must have been called."""
import json
import re
import socket
import ssl
import time
import urllib.error

import pymysql
import pytest

AGENT, APPROVER, AUDITOR, ADMIN = "agent-coder", "approver-alice", "auditor-otto", "admin-ada"


class Document:
    """Enough of JSON Schema for what the document uses; anything else in it is an error."""

    KNOWN = {"type", "properties", "required", "additionalProperties", "items", "enum", "format",
             "description", "$ref"}

    def __init__(self, text):
        self.text = text
        self.called = set()

    def operations(self):
        return {(method.upper(), path): operation
                for path, methods in self.text["paths"].items()
                for method, operation in methods.items()}

    def operation(self, method, path):
        path = path.split("?")[0]
        for (known_method, template), operation in self.operations().items():
            pattern = re.sub(r"\{[^}]*\}", "[^/]+", template)
            if known_method == method and re.fullmatch(pattern, path):
                self.called.add(operation["operationId"])
                return operation
        return None

    def resolve(self, schema):
        while "$ref" in schema:
            name = schema["$ref"].removeprefix("#/components/schemas/")
            schema = self.text["components"]["schemas"][name]
        return schema

    def check(self, schema, value, where="answer"):
        schema = self.resolve(schema)
        assert set(schema) <= self.KNOWN, f"{where}: {set(schema) - self.KNOWN}"
        kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
        kind = schema.get("type")
        assert isinstance(value, kinds[kind]) and not (kind == "integer" and isinstance(value, bool)), \
            f"{where}: {value!r} is no {kind}"
        if "enum" in schema:
            assert value in schema["enum"], f"{where}: {value!r}"
        if schema.get("format") == "date-time":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", value), f"{where}: {value}"
        if kind == "array":
            for i, item in enumerate(value):
                self.check(schema["items"], item, f"{where}[{i}]")
        if kind == "object" and "properties" in schema:
            assert set(schema["required"]) <= set(value), f"{where} lacks {set(schema['required']) - set(value)}"
            for name, item in value.items():
                assert name in schema["properties"], f"{where} has {name}"
                self.check(schema["properties"][name], item, f"{where}.{name}")

    def hold(self, method, path, status, answer, headers):
        """The answer is one that the document describes."""
        operation = self.operation(method, path)
        kind = headers.get("Content-Type", "")
        if status >= 400 and "problem" in kind:
            self.check({"$ref": "#/components/schemas/Problem"}, answer)
            assert answer["status"] == status
            return
        assert operation is not None, f"{method} {path} is not in the document"
        described = operation["responses"].get(str(status))
        assert described is not None, f"{method} {path}: {status} is not described: {answer}"
        assert kind in described["content"], f"{method} {path}: {kind}"
        schema = described["content"][kind].get("schema")
        if schema:
            self.check(schema, answer, f"{method} {path}")


@pytest.fixture(scope="module")
def document(gateway):
    status, text, headers = gateway.api("GET", "/openapi.json")
    assert status == 200 and headers["Content-Type"] == "application/json"
    assert text["openapi"].startswith("3.1")
    return Document(text)


@pytest.fixture
def call(gateway, provider, document):
    """call(method, path, who, body) → (status, answer, headers), held to the document."""
    def one(method, path, client=None, body=None, headers=None):
        token = provider.token(client) if client else None
        status, answer, got = gateway.api(method, path, token, body, headers)
        document.hold(method, path, status, answer, got)
        return status, answer, got
    return one


def wait_for(look, seconds=6):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    return look()


def test_doors(call, gateway):
    assert call("GET", "/healthz")[:2] == (200, "ok\n")
    assert wait_for(lambda: call("GET", "/readyz")[0] == 200)
    for path in ("/api/v1/whoami", "/api/v1/sessions", "/metrics", "/api/v1/identities"):
        status, answer, headers = call("GET", path)
        assert status == 401 and answer["code"] == "identity.missing"
        assert headers["WWW-Authenticate"].startswith("Bearer")
        status, answer, _ = gateway.api("GET", path, "not.a.token")
        assert status == 401 and answer["code"] == "identity.refused"
        assert "detail" not in answer, "a forger learns nothing"
    assert call("GET", "/nothing")[0] == 404
    status, answer, headers = call("POST", "/api/v1/whoami", AGENT, {})
    assert status == 405 and headers["Allow"] == "GET"


def test_only_tls_and_no_old_tls(gateway):
    with socket.create_connection(("127.0.0.1", gateway.port("control")), 5) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        plain.settimeout(5)
        assert b"HTTP" not in plain.recv(1000)
    context = ssl.create_default_context(cafile=str(gateway.ca))
    with socket.create_connection(("127.0.0.1", gateway.port("control")), 5) as raw:
        with context.wrap_socket(raw, server_hostname="127.0.0.1") as tls:
            assert tls.version() in ("TLSv1.2", "TLSv1.3")


def test_who_and_what(call):
    status, answer, headers = call("GET", "/api/v1/whoami", AGENT)
    assert status == 200 and answer["subject"] == AGENT and answer["role"] == "user"
    assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"
    assert call("GET", "/api/v1/whoami", APPROVER)[1]["role"] == "approver"
    assert call("GET", "/api/v1/whoami", AUDITOR)[1]["role"] == "viewer"
    names = [item["name"] for item in call("GET", "/api/v1/targets", AGENT)[1]["items"]]
    assert sorted(names) == ["app-mariadb", "app-mysql"]
    assert call("GET", "/api/v1/targets", AUDITOR)[1]["items"] == []
    status, answer, _ = call("GET", "/api/v1/status", AGENT)
    assert status == 200 and answer["ready"]
    assert wait_for(lambda: {"worker", "keeper", "recorder"} <=
                    {p["role"] for p in call("GET", "/api/v1/status", AGENT)[1]["processes"]})


def test_unchanged_answers_are_not_sent_again(call, gateway, provider):
    _, _, headers = call("GET", "/api/v1/targets", AGENT)
    status, answer, _ = gateway.api("GET", "/api/v1/targets", provider.token(AGENT),
                                    headers={"If-None-Match": headers["ETag"]})
    assert status == 304 and not answer


def test_sessions_are_seen_and_ended(call, agent, target):
    agent.cursor().execute("SELECT 1")
    own = wait_for(lambda: [s for s in call("GET", f"/api/v1/sessions?target={target}", AGENT)[1]["items"]])
    assert own and all(s["identity"]["subject"] == AGENT for s in own)
    session = max(own, key=lambda s: s["opened"])["id"]
    assert call("GET", f"/api/v1/sessions/{session}", AGENT)[1]["target"] == target
    assert call("GET", f"/api/v1/sessions/{session}", APPROVER)[0] == 200, "approvers are viewers"
    assert call("GET", f"/api/v1/sessions/{session}", "developer-dana")[0] == 404
    assert call("POST", f"/api/v1/sessions/{session}/kill", "developer-dana", {})[0] == 404
    assert call("POST", f"/api/v1/sessions/{session}/kill", AUDITOR, {})[0] == 403
    assert call("POST", f"/api/v1/sessions/{session}/kill", AGENT, {"why": 1})[0] == 400
    status, answer, _ = call("POST", f"/api/v1/sessions/{session}/kill", AGENT, {"reason": "test"})
    assert status == 202 and answer["id"] == session

    def ended():
        try:
            agent.cursor().execute("SELECT 1")
            return False
        except pymysql.MySQLError:
            return True
    assert wait_for(ended)
    assert wait_for(lambda: call("GET", f"/api/v1/sessions/{session}", AGENT)[0] == 404)


def test_kill_is_on_the_record(gateway, call, agent):
    own = wait_for(lambda: call("GET", "/api/v1/sessions", AGENT)[1]["items"])
    session = max(own, key=lambda s: s["opened"])["id"]
    assert call("POST", f"/api/v1/sessions/{session}/kill", AGENT, {"reason": "for the record"})[0] == 202
    assert wait_for(lambda: [r for r in gateway.audit()
                             if "for the record" in json.dumps(r) and "kill" in json.dumps(r)])


def test_issued_login(gateway, call, target, provider):
    status, answer, _ = call("POST", "/api/v1/logins", AGENT, {"target": target, "minutes": 5})
    assert status == 201
    assert answer["password"] not in json.dumps(call("GET", "/api/v1/logins", AGENT)[1])
    assert answer["user"] in json.dumps(call("GET", "/api/v1/logins", AGENT)[1])
    assert answer["user"] not in json.dumps(call("GET", "/api/v1/logins", "developer-dana")[1])
    assert wait_for(lambda: [r for r in gateway.audit() if answer["user"] in json.dumps(r)])
    assert not [r for r in gateway.audit() if answer["password"] in json.dumps(r)]
    with pytest.raises(pymysql.MySQLError):
        gateway.connect("wrong" + answer["password"][5:], answer["user"])
    for body in ({}, {"target": "nowhere"}, {"target": target, "minutes": 0}, {"target": target, "x": 1}):
        assert call("POST", "/api/v1/logins", AGENT, body)[0] == 400
    # an auditor may use no target
    assert call("POST", "/api/v1/logins", AUDITOR, {"target": target})[0] == 400


@pytest.mark.parametrize("sql, decision", [
    ("SELECT id FROM person", "allow"),
    ("SELECT ssn FROM person", "mask"),
    ("CREATE TABLE checked (id INT)", "approve"),
    ("SELECT * FROM payroll", "deny"),
    ("SELECT FROM WHERE", "deny"),
])
def test_policy_check(call, agent, target, sql, decision):
    agent.ping()
    body = {"target": target, "schema": "app", "statement": sql}
    status, answer, _ = call("POST", "/api/v1/policy/check", AGENT, body)
    assert status == 200, answer
    assert [d["decision"] for d in answer["decisions"]] == [decision], answer
    if decision in ("deny", "approve"):
        assert answer["decisions"][0]["code"]


def test_policy_check_for_another(call, target, provider):
    body = {"target": target, "schema": "app", "statement": "SELECT ssn FROM person",
            "identity": {"issuer": provider.issuer, "subject": "x", "groups": ["dba"]}}
    status, answer, _ = call("POST", "/api/v1/policy/check", AUDITOR, body)
    assert status == 200 and answer["decisions"][0]["decision"] == "allow"
    assert call("POST", "/api/v1/policy/check", AGENT, body)[0] == 403
    assert call("POST", "/api/v1/policy/check", AGENT, {"target": target, "statement": ""})[0] == 400


def test_identities_and_metrics(call, agent):
    agent.ping()
    status, answer, _ = call("GET", "/api/v1/identities?limit=200", AUDITOR)
    assert status == 200 and AUDITOR in {item["subject"] for item in answer["items"]}
    assert call("GET", "/api/v1/identities", AGENT)[0] == 403
    assert call("GET", "/metrics", AGENT)[0] == 403
    status, text, _ = call("GET", "/metrics", AUDITOR)
    assert status == 200
    families = set(re.findall(r"^# TYPE (\w+) (?:counter|gauge|histogram)$", text, re.M))
    samples = re.findall(r"^(\w+)(?:\{[^}]*\})? [0-9.]+$", text, re.M)
    assert families and len(samples) == len([line for line in text.splitlines() if line[0] != "#"])
    for sample in samples:
        assert re.sub("_(bucket|sum|count)$", "", sample) in families or sample in families
    assert re.search(r'^cardea_tokens_total\{result="verified"\} [1-9]', text, re.M)


def test_approvals_pages(call, gateway, provider, target):
    made = []
    for n in range(3):
        with gateway.connect(provider.token(AGENT), target, database="app") as connection:
            with pytest.raises(pymysql.MySQLError) as refusal:
                connection.cursor().execute(f"CREATE TABLE paged_{time.monotonic_ns()}_{n} (id INT)")
            made.append(re.search(r"request ([A-Za-z0-9_-]+)", str(refusal.value)).group(1))
    seen, after = [], ""
    while True:
        _, page, _ = call("GET", f"/api/v1/approvals?limit=2&for=me{after}", AGENT)
        seen += [item["id"] for item in page["items"]]
        assert len(page["items"]) <= 2
        if "next" not in page:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) and set(made) <= set(seen)
    assert seen.index(made[2]) < seen.index(made[0]), "newest first"
    one = call("GET", f"/api/v1/approvals/{made[0]}", APPROVER)[1]
    assert one["decidable"] and not one["own"] and one["needed"] == 1
    assert call("GET", f"/api/v1/approvals/{made[0]}", "developer-dana")[0] == 404
    assert call("POST", f"/api/v1/approvals/{made[0]}/refuse", APPROVER, {})[0] == 400
    status, answer, _ = call("POST", f"/api/v1/approvals/{made[0]}/approve", APPROVER, {"comment": "fine"})
    assert status == 200 and answer["state"] == "approved"
    assert call("POST", f"/api/v1/approvals/{made[0]}/approve", APPROVER, {})[0] == 200, "the same word again"
    assert call("POST", f"/api/v1/approvals/{made[0]}/refuse", APPROVER, {"reason": "no"})[0] == 409
    assert call("POST", f"/api/v1/approvals/{made[1]}/withdraw", AGENT)[1]["state"] == "void"
    assert call("POST", f"/api/v1/approvals/{made[2]}/refuse", APPROVER, {"reason": "no"})[1]["state"] == "refused"


def test_bounds(gateway, provider):
    token = provider.token(AGENT)
    try:
        status, _, _ = gateway.api("POST", "/api/v1/logins", token, {"target": "x" * 100000})
        assert status == 413
    except urllib.error.URLError:
        pass  # closed while this side was still sending
    status, answer, _ = gateway.api("GET", "/api/v1/whoami", "x" * 20000)
    assert status == 401
    status, _, _ = gateway.api("GET", "/healthz", headers={"X-Large": "x" * 40000})
    assert status in (400, 413, 431)


def test_every_operation_was_called(document, call):
    """Last in the file: an operation that no test calls is one that no test holds."""
    call("GET", "/openapi.json")
    wanted = {operation["operationId"] for operation in document.operations().values()}
    assert wanted == document.called

# SPDX-License-Identifier: Apache-2.0
"""The offline commands: gateway --init and --check, policy check and test, explain, reference.

usage: test_offline.py CARDEA SOURCE
"""
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile

CARDEA, SOURCE = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def run(*arguments, status=0, **options):
    done = subprocess.run([CARDEA, *map(str, arguments)], capture_output=True, text=True,
                          check=False, timeout=60, **options)
    assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def init(folder):
    new = folder / "new"
    run("gateway", "--init", new)
    assert "good" in run("gateway", "--config", new / "cardea.yaml", "--check").stdout
    assert "0 failed" in run("policy", "test", new / "tests" / "example.yaml").stdout
    run("policy", "check", new / "policies" / "example.yaml")
    for path in new.glob("secrets/*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert (new / "tls" / "gateway.key").stat().st_mode & 0o077 == 0
    context = ssl.create_default_context(cafile=new / "tls" / "ca.pem")
    assert context.cert_store_stats()["x509_ca"] == 1
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(new / "tls" / "gateway.pem", new / "tls" / "gateway.key")
    before = {path: path.read_bytes() for path in new.rglob("*") if path.is_file()}
    run("gateway", "--init", new, status=1)  # nothing that is there is touched
    assert before == {path: path.read_bytes() for path in new.rglob("*") if path.is_file()}
    # every problem at once, each with its place
    config = (new / "cardea.yaml").read_text()
    (new / "cardea.yaml").write_text(config.replace("tls: required", "tls: requird")
                                     .replace("durability: sync", "durability: fast")
                                     .replace("port: 3306", "prt: 3306"))
    told = run("gateway", "--config", new / "cardea.yaml", "--check", status=1).stderr
    for part in ("did you mean `required`", "`durability` must be one of", "no field `prt`"):
        assert part in told, told
    assert told.count("cardea.yaml:") >= 3, told


def files_that_do_not_fit(folder):
    new, other = folder / "fit", folder / "other"
    run("gateway", "--init", new)
    run("gateway", "--init", other)
    (new / "tls" / "gateway.key").write_bytes((other / "tls" / "gateway.key").read_bytes())
    (new / "secrets" / "pseudonym.key").write_text("short\n")
    (new / "secrets" / "shop.password").write_text("\n")
    told = run("gateway", "--config", new / "cardea.yaml", "--check", status=1).stderr
    for part in ("is not the key of the certificate", "fewer than 32 bytes", "shop.password is empty"):
        assert part in told, told
    (new / "tls" / "gateway.pem").unlink()
    told = run("gateway", "--config", new / "cardea.yaml", "--check", status=1).stderr
    assert "No such file" in told, told


def explain():
    common = ["explain", "--policy", SOURCE / "demo" / "policy.yaml", "--catalog",
              SOURCE / "demo" / "shop.sql", "--server", "mariadb-10.11.6", "--label", "app=shop",
              "--schema", "shop"]
    told = run(*common, "--group", "ai-agents", "SELECT name, email FROM customers").stdout
    assert "-> email, tag pii.email" in told and "decision    mask" in told, told
    told = json.loads(run(*common, "--group", "ai-agents", "--json",
                          "SELECT monthly FROM payroll", status=4).stdout)
    decision = told["statements"][0]["decision"]
    assert told["verdict"] == "deny" and decision["error"]["code"] == "denied.rule", told
    assert decision["file"].endswith("policy.yaml") and decision["line"] > 1, told
    assert told["statements"][0]["analysis"]["privileges"][0] == {
        "privilege": "SELECT", "kind": "table", "schema": "shop", "object": "payroll", "columns": ["monthly"]}, told
    told = json.loads(run(*common, "--group", "ai-agents", "--json", "SELECT name, email FROM customers").stdout)
    one = told["statements"][0]
    assert [(m["column"], m["name"], m["tag"]) for m in one["masks"]] == [(2, "email", "pii.email")], told
    # What explain and analyze say of a statement is the same, member by member.
    lines = run("analyze", "--catalog", SOURCE / "demo" / "shop.sql", "--server", "mariadb-10.11.6", "--schema", "shop",
                input="SELECT name, email FROM customers").stdout
    assert one["analysis"] == json.loads(lines)["statements"][0], told
    run(*common, "--group", "ai-agents", "DROP TABLE orders", status=3)
    run(*common, "--group", "ai-agents", "--approved", "DROP TABLE orders")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as claims:
        claims.write(json.dumps({"sub": "ada", "groups": ["dba"], "nothing": None}))
        claims.flush()
        told = run(*common, "--claims", claims.name, input="SELECT email FROM customers").stdout
        assert "decision    allow" in told, told
    assert "not granted" in run(*common, "--group", "ai-agents", "DELETE FROM orders", status=4).stdout
    run("explain", "SELECT 1", status=2)


def tests(folder):
    told = run("policy", "test", SOURCE / "tests" / "policy" / "demo.yaml").stdout
    assert ", 0 failed" in told, told
    wrong = folder / "wrong.yaml"
    wrong.write_text(f"tests: w\npolicies: [{SOURCE}/demo/policy.yaml]\ncatalog: {SOURCE}/demo/shop.sql\n"
                     "target: {name: shop, labels: {app: shop}}\nidentity: {groups: [ai-agents]}\ncases:\n"
                     "  - {sql: SELECT id FROM shop.orders, expect: deny}\n"
                     "  - {sql: SELECT id FROM shop.payroll, expect: deny, code: denied.use}\n"
                     "  - {sql: SELECT email FROM shop.customers, expect: mask, masked: [name]}\n"
                     "  - {sql: SELECT id FROM shop.orders, expect: allow, rule: other}\n")
    told = run("policy", "test", wrong, status=1).stdout
    assert "4 cases, 4 failed" in told and "wrong.yaml:7: FAILED" in told, told
    wrong.write_text("tests: w\ncases: []\n")
    assert "has no `policies`" in run("policy", "test", wrong, status=1).stderr


def references():
    for page in ("configuration", "policy", "errors"):
        assert run("reference", page).stdout.startswith("# ")
    run("reference", "nothing", status=2)


with tempfile.TemporaryDirectory() as name:
    init(pathlib.Path(name))
    files_that_do_not_fit(pathlib.Path(name))
    explain()
    tests(pathlib.Path(name))
    references()

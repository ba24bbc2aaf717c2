#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests, stage by stage, and ends with one line: `N passed, N failed`.

    tools/run_tests.py check     static rules and unit tests (make check)
    tools/run_tests.py all       everything (make test)
    tools/run_tests.py STAGE...  some of the stages below

A stage that can't run at all counts as one failure. Logs are in build/test-logs.
"""
import json
import os
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

TOP = pathlib.Path(__file__).resolve().parent.parent
LOGS = TOP / "build" / "test-logs"
PYTHON = "/usr/bin/python3"


class Counts:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.notes = []

    def add(self, passed=0, failed=0, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped


def run(name, command, environment=None, timeout=3600):
    """(exit code, log file). Output goes to the log alone."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    with open(log, "wb") as output:
        try:
            done = subprocess.run(command, cwd=TOP, stdout=output, stderr=subprocess.STDOUT,
                                  stdin=subprocess.DEVNULL, timeout=timeout, check=False,
                                  env={**os.environ, **(environment or {})})
            return done.returncode, log
        except subprocess.TimeoutExpired:
            output.write(f"\nstopped after {timeout} s\n".encode())
            return 124, log


def show_tail(log, lines=25):
    for line in log.read_text(errors="replace").splitlines()[-lines:]:
        print("    " + line)


def build(counts, name):
    code, log = run(f"build-{name}", ["tools/build.sh", name])
    if code != 0:
        print(f"  build/{name} does not build:")
        show_tail(log, 40)
        counts.add(failed=1)
    return code == 0


def static(counts):
    """The rules of the house: tools/lint.py."""
    if not build(counts, "dev"):
        return
    code, log = run("lint", [PYTHON, "tools/lint.py", "build/dev"])
    for line in log.read_text().splitlines():
        if line.startswith("ok "):
            counts.add(passed=1)
        elif line.startswith("FAILED "):
            counts.add(failed=1)
            print("  " + line)
        elif not line.startswith("#"):
            print("    " + line)
    if code not in (0, 1):
        counts.add(failed=1)
        show_tail(log)


def meson_tests(counts, folder, environment=None):
    if not build(counts, folder):
        return
    log_file = TOP / "build" / folder / "meson-logs" / "testlog.json"
    log_file.unlink(missing_ok=True)
    code, log = run(f"unit-{folder}", ["meson", "test", "-C", f"build/{folder}", "--no-rebuild",
                                       "--print-errorlogs"], environment)
    if not log_file.exists():
        counts.add(failed=1)
        show_tail(log)
        return
    bad = []
    for line in log_file.read_text().splitlines():
        result = json.loads(line)
        if result["result"] in ("OK", "EXPECTEDFAIL"):
            counts.add(passed=1)
        elif result["result"] == "SKIP":
            counts.add(skipped=1)
        else:
            counts.add(failed=1)
            bad.append(f"{result['name']} ({result['result']})")
    if bad or code != 0:
        print("  failed: " + ", ".join(bad))
        show_tail(log, 40)


def unit(counts):
    """Unit, golden and scenario tests, fuzz corpora as plain tests."""
    meson_tests(counts, "dev")


def sanitizers(counts):
    """The same under address and undefined sanitizers."""
    meson_tests(counts, "asan", {
        "ASAN_OPTIONS": "abort_on_error=1:detect_leaks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"})


def fuzz(counts):
    """Each fuzz target for a few seconds."""
    seconds = os.environ.get("FUZZ_SMOKE_SECONDS", "4")
    code, log = run("fuzz", ["tools/fuzz.sh", seconds])
    last = [line for line in log.read_text().splitlines() if line.startswith("fuzz:")]
    words = last[-1].split() if last else []
    if len(words) == 5 and words[2] == "passed,":
        counts.add(passed=int(words[1]), failed=int(words[3]))
    else:
        counts.add(failed=1)
    if code != 0:
        show_tail(log)


def pytest(counts, name, arguments, environment=None):
    report = LOGS / f"{name}.xml"
    LOGS.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    code, log = run(name, [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs",
                           f"--junit-xml={report}", *arguments], environment)
    if not report.exists():
        counts.add(failed=1)
        show_tail(log)
        return
    for suite in xml.parse(report).getroot().iter("testsuite"):
        broken = int(suite.get("failures")) + int(suite.get("errors"))
        skipped = int(suite.get("skipped"))
        counts.add(passed=int(suite.get("tests")) - broken - skipped, failed=broken, skipped=skipped)
    text = log.read_text(errors="replace")
    if code != 0:
        print("\n".join("    " + l for l in text.splitlines() if l.startswith(("FAILED", "ERROR"))))
        show_tail(log, 40)
    counts.notes += [l for l in text.splitlines() if l.startswith("SKIPPED")]


def processes(counts):
    """End-to-end on MariaDB and MySQL, and each role's limits, with real processes."""
    code, log = run("mysql-fetch", ["tools/fetch_mysql.sh"])
    if code != 0:
        print("  MySQL could not be fetched:")
        show_tail(log)
        counts.add(failed=1)
        return
    if build(counts, "dev"):
        folders = [f"tests/{n}" for n in ("roles", "e2e") if (TOP / "tests" / n).is_dir()]
        pytest(counts, "processes", folders, {"CARDEA_BIN": str(TOP / "build/dev/src/cli/cardea")})


def hostile(counts):
    """Hostile peers and attacks against the gateway built with sanitizers, sandboxes on."""
    if build(counts, "asan"):
        pytest(counts, "hostile", ["tests/e2e/test_wire.py", "tests/e2e/test_attacks.py"], {
            "CARDEA_BIN": str(TOP / "build/asan/src/cli/cardea"),
            "ASAN_OPTIONS": "abort_on_error=1:detect_leaks=0",
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"})


def oracles(counts):
    """Real servers judge the analysis."""
    if any((TOP / "tests" / "oracle").glob("test_*.py")) and build(counts, "dev"):
        pytest(counts, "oracles", ["tests/oracle"],
               {"CARDEA_BIN": str(TOP / "build/dev/src/cli/cardea")})


STAGES = {f.__name__: f for f in (static, unit, sanitizers, fuzz, processes, hostile, oracles)}
SETS = {"check": ["static", "unit"], "all": list(STAGES)}


def main():
    asked = sys.argv[1:] or ["check"]
    names = [n for a in asked for n in SETS.get(a, [a])]
    counts = Counts()
    for name in names:
        began = time.monotonic()
        before = counts.passed, counts.failed
        print(f"{name}: {STAGES[name].__doc__.splitlines()[0]}", flush=True)
        STAGES[name](counts)
        print(f"{name}: {counts.passed - before[0]} passed, {counts.failed - before[1]} failed "
              f"in {time.monotonic() - began:.0f} s", flush=True)
    if counts.passed + counts.failed == 0:
        print("no test ran")
        counts.failed = 1
    for note in counts.notes:
        print(note)
    skipped = f", {counts.skipped} skipped" if counts.skipped else ""
    print(f"{counts.passed} passed, {counts.failed} failed{skipped}")
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""cardea analyze with input of every kind: how it is divided, what is bad in it, how much of it.

usage: test_analyze.py CARDEA SOURCE
"""
import json
import lzma
import os
import pathlib
import random
import re
import subprocess
import sys

CARDEA, SOURCE = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
CORPUS = SOURCE.parent / "shared" / "corpus" / "mysql97.jsonl.xz"
STATS = re.compile(r"(\d+) statements in [\d.]+ s, \d+/s, peak ([\d.]+) MiB; (\d+) accepted\n$")


# The address sanitizer sets aside what was freed, up to 256 MiB, which is no growth of the program's.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}


def run(data, *options, status=0, **more):
    done = subprocess.run([CARDEA, "analyze", *map(str, options)], input=data, capture_output=True, check=False,
                          timeout=120, env=ENVIRONMENT, **more)
    assert done.returncode == status, (options, done.returncode, done.stderr[-500:])
    return done


def lines(data, *options):
    """The lines, in their order, one for each input."""
    out = [json.loads(line) for line in run(data, *options).stdout.splitlines()]
    assert [line["n"] for line in out] == list(range(1, len(out) + 1))
    return out


def digests(found):
    return [[s["digest"] for s in line["statements"]] or line["error"]["code"] for line in found]


def separators():
    found = lines(b"SELECT 1\0\0SELECT 'a;b'; SELECT 2\0SELECT 3")
    assert [line["accepted"] for line in found] == [True, False, True, True]
    assert found[1]["error"]["code"] == "sql.empty" and len(found[2]["statements"]) == 2
    found = lines(b"SELECT 1; SELECT 'a;b' /* ; */ ;; \n -- ;\n ; SELECT `;`")
    assert [s["kind"] for line in found for s in line["statements"]] == ["select"] * 3
    assert lines(b"") == [] == lines(b" ;\n;-- nothing\n")
    assert len(lines(b"SELECT 1\0SELECT 2", "--separator", "semicolon")) == 1
    assert len(lines(b"SELECT 1; SELECT 2", "--separator", "nul")) == 1
    body = b"CREATE PROCEDURE p() BEGIN SELECT 1; IF a THEN SELECT 2; END IF; END"
    found = lines(b"SELECT 1;" + body + b"; SELECT 2;")
    assert [line["accepted"] for line in found] == [True, True, True]
    assert found[1]["statements"][0]["digest"] == lines(body + b"\0")[0]["statements"][0]["digest"]


def bad_statements():
    """Each has its own line, and what follows is read."""
    found = lines(b"SELEC; SELECT 1; SELECT \x01 x; SELECT 2; CREATE PROCEDURE p() BEGIN SELECT; SELECT 3; SELECT 'open; SELECT 4")
    assert [line["accepted"] for line in found] == [False, True, False, True, False, True, False], found
    assert found[0]["error"]["code"] == "sql.syntax" and found[0]["error"]["position"] == 1
    assert found[2]["error"]["position"] == 8 and found[-1]["error"]["position"] == 8
    found = lines(b"SELECT '\xff\xfe'\0SELECT \xff\0SELECT `\xc3(`\0\xf0\x9f\0SELECT 5")
    assert len(found) == 5 and found[0]["accepted"] and found[4]["accepted"]
    noise = random.Random(7)
    inputs = [bytes(noise.choice(b"SELECT'`\"\\;/*!-#$@x1 (),\xe4\x81\n") for _ in range(noise.randrange(60)))
              for _ in range(3000)]
    assert len(lines(b"".join(i + b"\0" for i in inputs))) == len(inputs)
    for charset in ("utf8mb4", "gbk", "sjis", "latin1", "big5"):
        run(b";".join(inputs), "--charset", charset)
        lines(b";SELECT 1;".join(inputs), "--charset", charset)


def long_inputs():
    """Statements of all lengths, across the borders of what is in memory at a time, come out of
    both ways of dividing them alike."""
    choose = random.Random(11)
    statements = []
    for i in range(400):
        long = choose.choice([1, 10, 1000, 60000, 130000]) if i != 200 else 3_000_000
        filler = (b"x';\\'\"`/*;*/--" * (long // 13 + 1))[:long].replace(b"'", b"''").replace(b"\\", b"\\\\")
        statements.append(choose.choice([b"SELECT '%s', %d", b"SELECT /* %s */ %d", b"SELECT 1 -- %s\n, %d"])
                          % (filler.replace(b"*/", b"* ").replace(b"\n", b" "), i))
    whole = lines(b"\0".join(statements))
    assert all(line["accepted"] for line in whole)
    divided = lines(b";".join(statements), "--separator", "semicolon")
    assert digests(whole) == digests(divided)
    # With one that the lexer refuses between any two, the others stay what they are.
    mixed = lines(b"; SELECT \x02 ;".join(statements))
    assert digests(mixed)[::2] == digests(whole) and len(mixed) == 2 * len(whole) - 1
    # More than one statement may have: told, and passed over.
    huge = b"SELECT '" + b"a" * (65 << 20) + b"'"
    for separator in (b"\0", b";"):
        found = lines(b"SELECT 1" + separator + huge + separator + b"SELECT 2")
        assert [line["accepted"] for line in found] == [True, False, True], [line["error"] for line in found]
        assert found[1]["error"]["code"] == "limit.tokens"


def statements_for_scale():
    golden = []
    for path in sorted((SOURCE / "tests" / "golden").glob("*.golden")):
        for block in path.read_text().split("\n\n"):
            sql = "\n".join(x[2:] for x in block.split("\n") if x.startswith("> "))
            golden += [sql.encode()] if sql else []
    yield "golden", (golden * (10000 // len(golden) + 1))[:10000]
    if not CORPUS.exists():
        print(f"skipped: {CORPUS} is not there")
        return
    with lzma.open(CORPUS, "rt") as rows:
        texts = (json.loads(row).get("sql", "\0") for row in rows)
        found = [text.encode() for text in texts if "\0" not in text]
    yield "corpus", found[:10000]
    yield "all of the corpus", found


def too_much_work():
    """Each round over the body makes one variable more depend on ssn, and the body is long."""
    names = [f"v{i}" for i in range(150)]
    body = "".join(f"SET {a} = {b}; " for a, b in zip(names, names[1:]))
    text = (f"BEGIN NOT ATOMIC DECLARE {', '.join(names)} TEXT; {body}SELECT ssn INTO {names[-1]} FROM person LIMIT 1; "
            + "SET @a = v0; " * 20000 + "END\0SELECT 1")
    found = lines(text.encode(), "--server", "mariadb-10.11", "--schema", "app", "--catalog", SOURCE / "tests" / "golden" / "app.sql")
    assert [line["accepted"] for line in found] == [False, True]
    assert found[0]["error"]["code"] == "limit.analysis", found[0]


def scale():
    """Ten times the statements take no more memory."""
    catalog = SOURCE / "tests" / "golden" / "app.sql"
    for name, statements in statements_for_scale():
        peaks = []
        for times in (1, 10):
            inputs = statements * times if name != "all of the corpus" else statements[:len(statements) * times // 10]
            done = run(b"".join(s + b"\0" for s in inputs), "--stats", "--catalog", catalog)
            told = STATS.search(done.stderr.decode())
            assert told and int(told[1]) == len(inputs) == done.stdout.count(b"\n"), done.stderr
            peaks.append(float(told[2]))
            print(f"{name}: {told[0].strip()}")
        assert peaks[1] < peaks[0] * 1.2 + 4, (name, peaks)


def options():
    for wrong, text in ((["--charset", "utf16"], "utf8mb4 "), (["--sql-mode", "NOPE"], "ANSI_QUOTES"),
                        (["--server", "oracle-9"], "mysql or mariadb"), (["--separator", "x"], "nul"),
                        (["--lower-case-table-names", "3"], "0, 1 or 2"), (["a", "b"], "one file"), (["--what"], "usage")):
        done = run(b"", *wrong, status=2)
        assert text in done.stderr.decode() and not done.stdout, done.stderr
    assert "No such file" in run(b"", "/nothing/there", status=1).stderr.decode()
    assert "No such file" in run(b"", "--catalog", "/nothing/there", status=1).stderr.decode()
    with open("/dev/full", "wb") as full:
        done = subprocess.run([CARDEA, "analyze"], input=b"SELECT 1", stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"can't be written" in done.stderr, done
    # What the text is depends on mode and character set.
    assert lines(b'SELECT "a"', "--sql-mode", "ANSI")[0]["statements"][0]["unknowns"]
    assert not lines(b'SELECT "a"')[0]["statements"][0]["unknowns"]
    tricky = b"SELECT '\xbf\\', 'x;' ; SELECT 2"
    assert [line["accepted"] for line in lines(tricky, "--charset", "gbk")] == [True, True]
    assert [line["accepted"] for line in lines(tricky, "--charset", "latin1")] == [True, False]


separators()
bad_statements()
long_inputs()
options()
too_much_work()
scale()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The grammar, held against a real server by mutation: statements get a token deleted, doubled,
swapped with its neighbour, replaced or a comma put in; the server is asked by PREPARE whether it
can parse the result (1064: no; anything else: yes, even if it then refuses for another reason), and
the parser by parse_corpus. Prints where they disagree, grouped by cause.

    tests/oracle/grammar_mutants.py [--seed N] [--count N] [--kind mariadb|mysql] [--only REGEX]
                                    [--without REGEX] [--socket FILE] [--show N]

Statements come from the golden files, and from ../shared/corpus where that is there. --only and
--without choose among the statements by a regular expression on their beginning; --socket asks a
server that runs already instead of starting one. Nothing is executed: PREPARE alone."""
import argparse
import collections
import json
import lzma
import pathlib
import random
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TOP / "tests" / "support")]

import pymysql  # noqa: E402
from cardea_test import certificates, servers  # noqa: E402

READER = str(TOP / "build" / "dev" / "tests" / "oracle" / "parse_corpus")
CORPUS = TOP.parent / "shared" / "corpus"
GOLDEN = TOP / "tests" / "golden"
FILES = {"mysql": "mysql97.jsonl.xz", "mariadb": "mariadb1011.jsonl.xz"}
LONGEST = 600
TOKEN = re.compile(r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`
    |/\*.*?\*/|--[ \t][^\n]*|\#[^\n]*
    |@@?[\w.$]*|0x[0-9a-fA-F]+|\d+\.?\d*(?:[eE][-+]?\d+)?|[A-Za-z_$][\w$]*
    |<=>|<<|>>|<=|>=|<>|!=|:=|&&|\|\||->>|->|[^\s\w]""", re.X | re.S)
COMMENT = re.compile(r"/\*|--\s|#")
WORD = re.compile(r"[A-Za-z_]\w*$")
# Tokens any grammar may trip over, whatever the statement.
SMALL = ["(", ")", ",", ".", "=", ":=", "*", "-", "+", "1", "0", "1.5", "'a'", "x", "`x`", "@v", "@@v",
         "?", "NULL", "DEFAULT", "ALL", "ON", "BY", "SELECT", "AS", "NOT", "IF", "SET", "FOR", "FROM", "INTO"]
SYNTAX_ERRORS = (1064, 1065)
# Errors that the servers raise while they parse, at once: what follows is then not read, so they say
# nothing of whether it is well-formed. Names of variables, labels, conditions, types, character sets
# that don't exist; what may not be in a stored program; names that are too long; numbers too large.
EARLY = {1044, 1046, 1049, 1054, 1059, 1066, 1102, 1109, 1210, 1253, 1300, 1362, 1363, 1415, 1422, 1458, 1525, 1576,
         3061, 3667, 4032, 4082, 4105, 6006, 1059, 1074, 1103, 1110, 1115, 1193, 1221, 1228, 1231, 1235, 1238, 1248, 1272, 1273, 1280,
         1286, 1303, 1304, 1308, 1309, 1310, 1313, 1314, 1318, 1319, 1320, 1322, 1323, 1324, 1325, 1326, 1327,
         1330, 1331, 1332, 1333, 1336, 1337, 1338, 1351, 1367, 1407, 1413, 1425, 1426, 1427, 1439, 1470, 1479,
         1481, 1485, 1491, 1509, 1542, 1563, 1582, 1583, 1584, 1585, 1641, 1649, 1654, 1693, 1700, 1763, 1791, 1800, 1801,
         1827, 3505, 3566, 3595, 3646, 4057, 4078, 4081, 4094, 4161, 4162, 6039}


def golden_statements():
    found = []
    for file in sorted(GOLDEN.glob("*.golden")):
        found += [line[2:] for line in file.read_text(errors="replace").splitlines() if line.startswith("> ")]
    return found


def corpus_statements(kind):
    file = CORPUS / FILES[kind]
    if not file.exists():
        return []
    found = []
    with lzma.open(file, "rt") as rows:
        for line in rows:
            row = json.loads(line)
            if "sql" in row and row["errno"] != 1064:
                found.append(row["sql"])
    return found


def fit(sql):
    return len(sql) <= LONGEST and sql.isascii() and "\0" not in sql and not COMMENT.search(sql)


def statements(kind, only=None, without=None):
    """All statements that fit, each with its tokens; many forms of few words count as one form
    each, so that INSERT does not drown the rest: a form is what is left without names and values."""
    forms = collections.OrderedDict()
    for sql in golden_statements() + corpus_statements(kind):
        sql = sql.strip().rstrip(";")
        if not fit(sql) or (only and not only.match(sql)) or (without and without.match(sql)):
            continue
        form = re.sub(r"'[^']*'|\"[^\"]*\"|\b\w*\d\w*\b", "?", sql.lower())
        forms.setdefault(form, sql)
    return list(forms.values())


class Mutator:
    def __init__(self, seed, texts):
        self.random = random.Random(seed)
        self.texts = texts
        words = collections.Counter(t.upper() for s in texts for t in TOKEN.findall(s) if WORD.match(t))
        self.common = [w for w, _ in words.most_common(900)]

    def any_token(self):
        return self.random.choice(SMALL) if self.random.random() < 0.4 else self.random.choice(self.common)

    def mutant(self):
        """A statement with one thing changed, and what that was."""
        while True:
            sql = self.random.choice(self.texts)
            spans = [m.span() for m in TOKEN.finditer(sql)]
            if len(spans) < 2:
                continue
            i = self.random.randrange(len(spans))
            start, end = spans[i]
            how = self.random.choice(["delete", "double", "swap", "replace", "replace", "comma", "insert"])
            if how == "delete":
                new = sql[:start] + sql[end:]
            elif how == "double":
                new = sql[:end] + " " + sql[start:end] + sql[end:]
            elif how == "swap":
                if i + 1 == len(spans):
                    continue
                a, b = spans[i + 1]
                new = sql[:start] + sql[a:b] + (sql[end:a] or " ") + sql[start:end] + sql[b:]
            elif how == "replace":
                new = sql[:start] + self.any_token() + sql[end:]
            elif how == "comma":
                new = sql[:end] + ", " + sql[end:]
            else:
                new = sql[:end] + " " + self.any_token() + " " + sql[end:]
            if new.strip() and new != sql and fit(new):
                return new, how


class Server:
    """Asks by PREPARE."""

    def __init__(self, socket):
        self.socket = socket
        self.connect()

    def connect(self):
        self.connection = pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True,
                                          charset="utf8mb4")
        self.cursor = self.connection.cursor()
        self.cursor.execute("CREATE DATABASE IF NOT EXISTS test")
        self.cursor.execute("USE test")

    def version(self):
        self.cursor.execute("SELECT VERSION()")
        return self.cursor.fetchone()[0]

    def errno(self, sql):
        """(number, message) of preparing it; 0 when that succeeds."""
        quoted = sql.replace("\\", "\\\\").replace("'", "\\'")
        try:
            self.cursor.execute(f"PREPARE mutant FROM '{quoted}'")
            return 0, ""
        except pymysql.err.InterfaceError:
            self.connect()
            return -1, "connection"
        except pymysql.MySQLError as error:
            if error.args[0] in (2006, 2013, 0):
                self.connect()
                return -1, "connection"
            return error.args[0], str(error.args[1])


def disagreements(reader, version, judged):
    """Those of (sql, errno, message) on which the parser says otherwise: (what, our error, sql)."""
    with tempfile.NamedTemporaryFile("w+", suffix=".out") as out:
        rows = "".join(json.dumps({"sql": sql, "errno": number}) + "\n" for sql, number, _ in judged)
        subprocess.run([reader, version, out.name], input=rows.encode(), capture_output=True, check=True)
        found = [line.rstrip("\n").split("\t", 2) for line in open(out.name, errors="replace", newline="\n")]
    return [tuple(row) for row in found]


def cause(what, error, sql, message):
    """First words, and what either side stumbled over."""
    words = " ".join(w.upper() for w in re.findall(r"[A-Za-z_]+|\(", sql)[:2])
    if what == "refused":
        return words, re.sub(r"\(line.*?\)", "", error)[:70]
    near = re.search(r"near '(.*?)' at line", message, re.S)
    return words, "server: near " + (" ".join(near.group(1).split()[:3])[:40] if near else message[:60])


class Run:
    """`count` mutants judged by both."""

    def __init__(self, server, reader, kind, seed, count, only=None, without=None):
        self.texts = statements(kind, only, without)
        mutator = Mutator(seed, self.texts)
        self.judged, seen, self.hows = [], set(), {}
        while len(self.judged) < count:
            sql, how = mutator.mutant()
            flat = re.sub(r"[\n\t\r]", " ", sql)
            if flat in seen:
                continue
            seen.add(flat)
            number, message = server.errno(sql)
            if number >= 0:
                self.judged.append((sql, number, message))
                self.hows[flat] = how
        messages = {re.sub(r"[\n\t\r]", " ", s): (n, m) for s, n, m in self.judged}
        self.wrong, self.early = [], 0
        for what, error, sql in disagreements(reader, server.version(), self.judged):
            number, message = messages.get(sql, (0, ""))
            if what == "refused" and number in EARLY:
                self.early += 1
                continue
            self.wrong.append((what, error, sql, number, message))
        bad = sum(n in SYNTAX_ERRORS for _, n, _ in self.judged)
        self.counts = {"valid": len(self.judged) - bad, "invalid": bad,
                       "refused": sum(w[0] == "refused" for w in self.wrong),
                       "accepted": sum(w[0] == "accepted" for w in self.wrong)}

    def groups(self):
        groups = collections.defaultdict(list)
        for what, error, sql, number, message in self.wrong:
            groups[(what, *cause(what, error, sql, message))].append((sql, number, error))
        return sorted(groups.items(), key=lambda g: -len(g[1]))

    def summary(self):
        c = self.counts
        return (f"{len(self.texts)} statements, {len(self.judged)} mutants: of {c['valid']} that the server parses "
                f"{c['refused']} refused ({100 * c['refused'] / max(1, c['valid']):.2f} %); of {c['invalid']} syntax "
                f"errors {c['accepted']} accepted ({100 * c['accepted'] / max(1, c['invalid']):.2f} %); {self.early} left "
                f"out, which the server did not read to the end")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--kind", choices=["mariadb", "mysql"], default="mysql")
    parser.add_argument("--only", type=lambda x: re.compile(x, re.I))
    parser.add_argument("--without", type=lambda x: re.compile(x, re.I))
    parser.add_argument("--socket")
    parser.add_argument("--show", type=int, default=40)
    parser.add_argument("--examples", type=int, default=3)
    parser.add_argument("--reader", default=READER)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    running = None
    with tempfile.TemporaryDirectory() as folder:
        try:
            socket = arguments.socket
            if socket is None:
                authority = certificates.Authority(pathlib.Path(folder) / "ca")
                cls = {"mariadb": servers.MariaDB, "mysql": servers.MySQL}[arguments.kind]
                running = cls(pathlib.Path(folder) / "s", authority)
                socket = running.socket
            run = Run(Server(socket), arguments.reader, arguments.kind, arguments.seed, arguments.count,
                      arguments.only, arguments.without)
        finally:
            if running is not None:
                running.stop()
    for (what, words, why), found in run.groups()[:arguments.show]:
        print(f"{len(found)} {what}: {words}: {why}")
        for sql, number, _ in found[:arguments.examples]:
            print(f"    {number}: {' '.join(sql.split())[:200]}")
    print(run.summary())


if __name__ == "__main__":
    main()

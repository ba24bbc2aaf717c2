# SPDX-License-Identifier: Apache-2.0
"""The statements of the attack tests (tests/e2e/test_attacks*.py) for the two worlds, and what can
be made of them: other cases, comments and literals, aliases, nesting in derived tables, CTEs and
views, prepared in both ways, several in a text."""
import importlib
import pathlib
import random
import re
import sys

from asking import Case, Step, case
from lexing import is_name, tokens

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
LONGEST = 3000  # longer ones are asked as they are


def rows(kind):
    """Lists of texts, each to be sent in order; a text with values is (text, values)."""
    first, more, prepared = (importlib.import_module(n) for n in ("test_attacks", "test_attacks_more", "test_attacks_prepared"))
    found = [sent for _, sent, _ in first.ATTACKS]
    found += [sent for _, sent, _ in more.BOTH + (more.MARIADB if kind == "mariadb" else more.MYSQL)]
    for test in vars(prepared).values():
        for mark in getattr(test, "pytestmark", []):
            if mark.name == "parametrize" and mark.args[0] == "sql,values":
                found += [[row] for row in mark.args[1]]
    return [sent if isinstance(sent, list) else [sent] for sent in found]


def steps(texts):
    return [Step(t[0], tuple(t[1])) if isinstance(t, tuple) else Step(t) for t in texts]


# ---- one text to another; None where it can't be ----

def each_word(text, change):
    return "".join(change(t) for t in tokens(text))


def other_case(text, rng):
    tables = re.compile(r"^(app|scratch|person|pub|orders|staging|payroll|types|v_\w+|information_schema|mysql|sys|performance_schema)$", re.I)
    return each_word(text, lambda t: "".join(rng.choice([c.upper(), c.lower()]) for c in t) if is_name(t) and t[0] != "`" and not tables.match(t) else t)


def other_blanks(text, rng):
    blanks = ["/**/", " /* ' */ ", "\n", "\t", "  ", " -- x\n", " #'\n", "/* ; */", "\r\n", "\x0b", "\x0c", " -- \n"]
    return each_word(text, lambda t: rng.choice(blanks) if t.isspace() and rng.random() < 0.5 else t)


def run_in_comment(text, rng):
    marks = ["/*! ", "/*!50000 ", "/*!40100", "/*M! ", "/*M!100100 ", "/*!100100 ", "/*!99999 ", "/*!80000 "]
    return each_word(text, lambda t: f"{rng.choice(marks)} {t} */" if is_name(t) and rng.random() < 0.2 else t)


def other_literals(text, rng):
    def change(t):
        if t[:1] != "'" or len(t) < 3 or "\\" in t or "''" in t:
            return t
        inner = t[1:-1]
        forms = [f"x'{inner.encode().hex()}'", f"0x{inner.encode().hex()}", f"_utf8mb4'{inner}'", f"N'{inner}'", f"'{inner[:1]}' '{inner[1:]}'", f"CONCAT('{inner[:1]}', '{inner[1:]}')",
                 f"CHAR({', '.join(str(b) for b in inner.encode())})", f"REVERSE('{inner[::-1]}')", f"UNHEX('{inner.encode().hex()}')", f"'{inner}' COLLATE utf8mb4_bin", "'12'", "'abc'", "''", "NULL"]
        return rng.choice(forms)
    return each_word(text, change)


def other_source(text, rng):
    forms = ["(SELECT * FROM person) AS person", "person AS person", "`person`", "app.person", "app . `person` person", "(person)", "(SELECT ssn, p.* FROM person p) AS person", "(person, pub)", "v_temp AS person",
             "person USE INDEX ()", "person JOIN pub ON pub.id = person.id", "pub JOIN person USING (id)", "(SELECT id, name, ssn, email, salary FROM person UNION ALL SELECT 9, 'a', 'b', 'c', 1) AS person"]
    return re.sub(r"\b(FROM|JOIN)\s+person\b(?!\s*\.)(\s+(AS\s+)?(?!WHERE|ORDER|GROUP|JOIN|LIMIT|UNION|HAVING|WINDOW|INTO|PROCEDURE|FOR|FETCH|PARTITION|LEFT|NATURAL|ON|USING|INTERSECT|EXCEPT|OFFSET|LOCK|SET)\w+)?",
                  lambda m: m[0] if m[2] else f"{m[1]} {rng.choice(forms)}", text, flags=re.I)


def other_columns(text, rng):
    forms = ["(ssn)", "`ssn`", "email", "salary", "CONCAT(ssn)", "COALESCE(ssn, 'x')", "IF(1, ssn, 0)", "(SELECT ssn)", "UPPER(email)", "MAX(ssn) OVER ()", "NULLIF(ssn, 'abc')", "ssn COLLATE utf8mb4_bin", "CAST(ssn AS CHAR)"]
    return each_word(text, lambda t: rng.choice(forms) if t.lower() == "ssn" and rng.random() < 0.7 else t)


def quoted(text):
    return text.replace("\\", "\\\\").replace("'", "''")


WRAPS = ["SELECT * FROM ({q}) AS d1", "WITH w AS ({q}) SELECT * FROM w", "SELECT ({q})", "SELECT EXISTS ({q})", "SELECT 1 UNION ALL {q}", "({q})", "({q}) LIMIT 100", "SELECT COUNT(*) FROM ({q}) d1", "{q} LIMIT 1",
         "SELECT * FROM pub WHERE note IN ({q})", "SELECT * FROM pub WHERE id > ALL ({q})", "INSERT INTO pub (note) {q}", "UPDATE pub SET note = ({q} LIMIT 1) WHERE id = 1", "CREATE TEMPORARY TABLE scratch.w AS {q}",
         "CREATE VIEW scratch.w AS {q}", "SET @a = ({q} LIMIT 1)", "DO ({q})", "EXPLAIN {q}", "EXPLAIN FORMAT=JSON {q}", "DESCRIBE {q}", "SELECT JSON_ARRAYAGG(x) FROM ({q}) AS d1 (x)", "TABLE person UNION ALL {q}", "{q} FOR UPDATE",
         "SELECT * FROM pub, LATERAL ({q}) AS d1", "DELETE FROM pub WHERE note = ({q} LIMIT 1)", "SELECT * FROM (SELECT * FROM ({q}) AS d1) AS d2 ORDER BY 1", "{q} INTERSECT SELECT 'abc'", "SELECT 'abc' EXCEPT {q}", "WITH RECURSIVE w AS ({q} UNION ALL SELECT 1 WHERE 0) SELECT * FROM w"]


def nested(text, rng):
    return rng.choice(WRAPS).replace("{q}", text.rstrip("; ")) if re.match(r"\s*(select|with|table|values|\()", text, re.I) else None


CHANGES = [other_case, other_blanks, run_in_comment, other_literals, other_source, other_columns, nested]


def varied(texts, rng):
    """One variant of a row, or None."""
    if not all(isinstance(t, str) and len(t) < LONGEST for t in texts):
        return None
    texts = list(texts)
    for _ in range(rng.randint(1, 3)):
        i = rng.randrange(len(texts)) if rng.random() < 0.3 else len(texts) - 1
        texts[i] = rng.choice(CHANGES)(texts[i], rng) or texts[i]
    roll = rng.random()
    if roll < 0.25 and ";" not in texts[-1]:
        return Case([*steps(texts[:-1]), Step(texts[-1], ())], len(texts) > 1)
    if roll < 0.35 and len(texts) == 1:
        return case(f"PREPARE s FROM '{quoted(texts[0])}'", "EXECUTE s", "EXECUTE s")
    if roll < 0.4:
        return case(f"EXECUTE IMMEDIATE '{quoted(texts[-1])}'")
    if roll < 0.5:
        return case("; ".join(t.rstrip("; ") for t in [*texts, "SELECT 1"]), fresh=len(texts) > 1)
    if roll < 0.55:
        return case("; ".join(["SELECT 1", *texts]), fresh=len(texts) > 1)
    return case(*texts, fresh=len(texts) > 1)


def attacks(kind, seed, lane, variants):
    """Every row as it is and prepared, and `variants` of each; other variants in each lane."""
    rng = random.Random(f"{seed}/attacks/{lane.number}")
    for texts in rows(kind):
        yield Case(steps(texts), len(texts) > 1)
        if isinstance(texts[-1], str) and len(texts[-1]) < LONGEST:
            yield Case([*steps(texts[:-1]), Step(texts[-1], ())], len(texts) > 1)
        for _ in range(variants):
            this = varied(texts, rng)
            if this:
                yield this

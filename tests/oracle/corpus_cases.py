# SPDX-License-Identifier: Apache-2.0
"""Statements of others, with their tables and columns replaced by the world's, masked ones for
choice. Files are JSON lines, plain or .xz: `sql` or `sql_b64`, and `errno`, what the server made of
it: 1064 is no statement of that server."""
import base64
import json
import lzma
import pathlib
import random
import re

from asking import Case, Step
from lexing import bare, is_name, keywords, tokens
from world import MASKED, TABLES

INTO = {"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "STRAIGHT_JOIN", "REPLACE", "INSERT", "HANDLER", "DESCRIBE", "DESC", "IGNORE", "LOW_PRIORITY", "DELAYED", "QUICK", "HIGH_PRIORITY"}
CHOICE = ["person"] * 4 + ["account"] * 2 + ["event"] * 2 + ["odd"] * 2 + ["pub"] * 2 + ["checked", "badge", "v_tag", "v_deep", "v_join", "v_temp", "v_union", "v_sub"]
WRITE = ["pub"] * 4 + ["event", "person", "checked", "badge", "v_open"]
# Ends servers or sessions of others, or waits for them.
LEFT_OUT = re.compile(r"^\W*(shutdown|restart|kill|clone|xa|stop|start\s+(group|replica|slave)|lock|unlock|flush)\b|\b(sleep|benchmark|get_lock|master_pos_wait|wait_for_executed)\b", re.I)
# Nothing in these stands for the world's columns.
KEPT = re.compile(r"^\W*(set|show|prepare|execute|deallocate|call|use|grant|revoke|begin|commit|rollback|savepoint|help)\b|\b(information_schema|performance_schema|mysql|sys)\s*\.", re.I)
CHANGES = re.compile(r"^\s*(insert|replace|update|delete|load|with\b.*\b(update|delete)\b)", re.I | re.S)


def read(path):
    """Texts that are statements of the server which judged them."""
    opened = lzma.open(path, "rt") if str(path).endswith(".xz") else open(path)
    with opened as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("errno") == 1064 or row.get("label") == "syntax_error":
                continue
            if "sql" in row:
                yield row["sql"]
            elif "sql_b64" in row:
                yield base64.b64decode(row["sql_b64"]).decode("utf-8", "surrogateescape")


class Rewriter:
    def __init__(self, kind, rng):
        self.words, self.rng = keywords(kind), rng

    def name(self, token):
        return is_name(token) and (token[0] == "`" or self.words.get(token.upper(), "N") not in "RF")

    def plain_name(self, token):
        """A name where a column may stand: words of the grammar are none there."""
        return is_name(token) and (token[0] == "`" or self.words.get(token.upper(), "N") == "N")

    def table_for(self, text, values):
        if values:
            fitting = [t for t in WRITE if len(TABLES[t]) == values]
            if fitting:
                return self.rng.choice(fitting)
        return self.rng.choice(WRITE if CHANGES.match(text) and self.rng.random() < 0.7 else CHOICE)

    def find_tables(self, text, parts):
        """{name as written: table}, {alias: table or None}, positions of the tables' names."""
        tables, aliases, places = {}, {}, []
        values = re.search(r"\bvalues?\s*\(([^()]*)\)", text, re.I)
        count = values[1].count(",") + 1 if values and re.match(r"\s*(insert|replace)", text, re.I) else 0
        i, listed, depth = 0, [], 0
        if re.search(r"\b(information_schema|performance_schema|mysql|sys)\s*\.", text, re.I):
            return tables, aliases, places
        while i < len(parts):
            word = parts[i].upper()
            depth += (word == "(") - (word == ")")
            if word in ("FROM", "JOIN", "UPDATE", "STRAIGHT_JOIN", "TABLE") and not re.match(r"\s*create", text, re.I):
                listed.append(depth)
            elif word in ("WHERE", "SET", "ON", "ORDER", "GROUP", "LIMIT", "SELECT", "VALUES", "VALUE", "HAVING", "USING", "UNION", "(") and word != "(":
                listed = [d for d in listed if d != depth]
            before = parts[i - 1].upper() if i else ""
            starts = (word in INTO or (word == "," and depth in listed) or (word == "(" and depth - 1 in listed and (before in INTO or before == ","))) and i + 1 < len(parts)
            if starts and self.name(parts[i + 1]) and not (i + 2 < len(parts) and parts[i + 2] == "(" and word != "INTO"):
                i = self.take_table(parts, i + 1, text, count, tables, aliases, places)
                continue
            i += 1
        return tables, aliases, places

    def take_table(self, parts, i, text, count, tables, aliases, places):
        start = i
        if i + 2 < len(parts) and parts[i + 1] == "." and self.name(parts[i + 2]):
            i += 2
        name = bare(parts[i])
        table = tables.setdefault(name, None) or self.table_for(text, count)
        tables[name] = table
        places.append((start, i, table))
        i += 1
        if i < len(parts) and parts[i].upper() == "AS":
            i += 1
        if i < len(parts) and self.plain_name(parts[i]) and parts[i].upper() not in INTO:
            aliases[bare(parts[i])] = table
            i += 1
        return i

    def column_for(self, table):
        masked = sorted(MASKED.get(table, ()))
        return self.rng.choice(masked) if masked and self.rng.random() < 0.3 else self.rng.choice(TABLES[table])

    def rewrite(self, text):
        """The statement in the world's names, or None where it names no table."""
        words = [t for t in tokens(text) if not t.isspace() and not t.startswith(("/*", "--", "#"))]
        tables, aliases, places = self.find_tables(text, words)
        named = {bare(words[i + 1]) for i, w in enumerate(words[:-1]) if w.upper() == "AS" and self.name(words[i + 1])}
        named |= {bare(words[i - 1]) for i, w in enumerate(words) if w.upper() == "AS" and i and i + 1 < len(words) and words[i + 1] == "("}  # CTEs
        skip = {}
        for start, end, table in places:
            if bare(words[end]) in named and start == end:
                continue
            skip.update({i: "" for i in range(start, end)})
            skip[end] = table
        columns, out = {}, []
        used = sorted(set(tables.values())) or ["person"]
        for i, word in enumerate(words):
            if i in skip:
                out.append(skip[i])
            elif not KEPT.search(text) and self.is_column(words, i) and bare(word) not in named:
                out.append(self.word(words, i, tables, aliases, columns, used))
            else:
                out.append(word)
        joined = " ".join(w for w in out if w)
        joined = re.sub(r" ?\. ?(?=[\w`*])", ".", joined)
        return re.sub(r"(?<=\w) \((?=.)", "(", joined)

    def is_column(self, words, i):
        before, after = words[i - 1].upper() if i else "", words[i + 1] if i + 1 < len(words) else ""
        if before in ("COLLATE", "CHARSET", "USING", "ENGINE", "@") or (before == "SET" and words[max(i - 2, 0)].upper() in ("CHARACTER", "CHAR")):
            return False
        return self.plain_name(words[i]) and after != "(" and not (words[i][0] == "_" and after[:1] in "'\"0xX")

    def word(self, words, i, tables, aliases, columns, used):
        """A name outside of table lists: a qualifier, a column of one, or a column."""
        name = bare(words[i])
        if i + 1 < len(words) and words[i + 1] == ".":
            return "" if i + 3 < len(words) and words[i + 3] == "." else tables.get(name) if name not in aliases and tables.get(name) else words[i]
        before = bare(words[i - 2]) if i >= 2 and words[i - 1] == "." else None
        table = aliases.get(before) or tables.get(before) if before else None
        if before and table is None:
            return words[i]
        if name in aliases:
            return words[i]
        key = (table, name)
        if key not in columns:
            columns[key] = self.column_for(table or self.rng.choice(used))
        return columns[key]


def file_for(path, kind):
    """A file as it is; of a folder the one with that server's statements."""
    path = pathlib.Path(path)
    return path / {"mysql": "mysql97.jsonl.xz", "mariadb": "mariadb1011.jsonl.xz"}[kind] if path.is_dir() else path


def corpus(path, kind, seed, lane, lanes, share=1.0):
    """The file's statements, dealt out to the lanes; `share` of them."""
    rng = random.Random(f"{seed}/corpus/{lane.number}")
    rewriter = Rewriter(kind, rng)
    for number, text in enumerate(read(file_for(path, kind))):
        if number % lanes != lane.number % lanes or (share < 1 and random.Random(f"{seed}/{number}").random() > share):
            continue
        if LEFT_OUT.search(text) or len(text) > 20000:
            continue
        sql = rewriter.rewrite(text)
        step = Step(sql, () if rng.random() < 0.25 and re.match(r"\s*(select|with|\(|table|values)", sql, re.I) else None)
        if "?" in sql:
            step = Step(sql, tuple(rng.choice([1, "a", None, "721-07-4426", 2.5]) for _ in range(sum(w == "?" for w in tokens(sql)))))
        if CHANGES.match(sql):
            yield Case([Step("BEGIN"), step, Step("ROLLBACK")])
        else:
            yield Case([step])

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Makes docs/grammar.md from the productions that the parsing functions open with and from the
# table of administrative statements.
#
# usage: tools/grammar.py [--check]      (--check: fails when the page is not up to date)
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FUNCTION = re.compile(r"/\*((?:[^*]|\*(?!/))*)\*/\n(?:static )?(?:struct sql_node \*|void |bool )"
                      r"(?:accept_|expect_)?(parse_\w+|accept_\w+)\(")


def text_of(comment):
    lines = [re.sub(r"^ \* ?", "", line) for line in comment.split("\n")]
    return "\n".join(line.rstrip() for line in lines).strip()


def heading_of(source):
    comment = re.match(r"/\*(.*?)\*/", source, re.S)[1]
    paragraphs = text_of(comment).split("\n\n")
    return " ".join(paragraphs[1].split()) if len(paragraphs) > 1 else ""


def is_production(text):
    return re.search(r"[A-Z]{2,}|\||\[|,", text) is not None


def server_text(server):
    """MYSQL_FROM(80400) as ` (MySQL, from 80400)`."""
    m = re.match(r"(MYSQL|MARIADB|BOTH)(?:_(FROM|UNTIL)\((\d+)\))?$", server)
    family = {"BOTH": "", "MYSQL": "MySQL", "MARIADB": "MariaDB"}[m[1]]
    version = {None: "", "FROM": ", from %s", "UNTIL": ", until %s"}[m[2]]
    return " (%s%s)" % (family, version % m[3] if m[2] else "") if family else ""


def expand(text, macros):
    """The string that adjacent literals and macros make."""
    out, at = "", 0
    while at < len(text):
        m = re.compile(r'"([^"]*)"|(\w+)(\()?|\s+').match(text, at)
        at = m.end()
        if m[1] is not None:
            out += m[1]
        elif m[2] and m[3]:  # the one macro with an argument
            depth, end = 1, at
            while depth:
                depth += {"(": 1, ")": -1}.get(text[end], 0) if text[end] != '"' else 0
                end = text.index('"', end + 1) + 1 if text[end] == '"' else end + 1
            parameter, body = macros[m[2]]
            argument = expand(text[at:end - 1], macros)
            out += expand(re.sub(r"(?<=\") %s (?=\")" % parameter, ' "%s" ' % argument, body), macros)
            at = end
        elif m[2]:
            out += expand(macros[m[2]][1], macros)
    return out


def admin_rows():
    """(name, server, production) of src/sql/admin_table.h."""
    words, table = (open(os.path.join(TOP, "src/sql", name), encoding="utf-8").read().replace("\\\n", " ")
                    for name in ("admin_words.h", "admin_table.h"))
    macros = {m[1]: (m[2], m[3].strip()) for m in
              re.finditer(r"^#define (\w+)(?:\((\w+)\))?[ ]+(\S.*)$", words, re.M)}
    for m in re.finditer(r'^(?:ADMIN|ALSO)\((\w+), "[^"]*", (\w+(?:\(\d+\))?),\s*(.*?)\)$(?=\n(?:ADMIN|ALSO|#|$))',
                         table, re.M | re.S):
        yield m[1], m[2], expand(m[3], macros)


def page():
    out = ["# Grammar", "",
           "What the parser accepts, function by function, in the manuals' notation. Made by "
           "`tools/grammar.py` from the source; don't edit. `MariaDB:` marks what only that family "
           "has; whether a word is reserved depends on server and version "
           "(`src/sql/word_table.h`). What is missing: `grammar-gaps.md`.", ""]
    for path in sorted(glob.glob(os.path.join(TOP, "src/sql/parse*.c"))):
        source = open(path, encoding="utf-8").read()
        rows = [(m[2], text_of(m[1])) for m in FUNCTION.finditer(source)]
        rows = [row for row in rows if is_production(row[1])]
        if not rows:
            continue
        out += ["## " + os.path.basename(path), "", heading_of(source), ""]
        for name, production in rows:
            out += ["`%s`" % name, "", "```", production, "```", ""]
    out += ["## Administration", "",
            "`text`, `number`, `ident`, `name`, `any`, `expr`, `user` and so on stand for what "
            "`src/sql/admin_table.h` says.", ""]
    for name, server, production in admin_rows():
        out += ["`%s`%s" % (name.lower(), server_text(server)), "", "```", production, "```", ""]
    return "\n".join(out).rstrip() + "\n"


def main():
    path = os.path.join(TOP, "docs/grammar.md")
    text = page()
    if "--check" in sys.argv:
        old = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        sys.exit(0 if old == text else "docs/grammar.md is out of date: run tools/grammar.py")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


main()

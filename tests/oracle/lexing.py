# SPDX-License-Identifier: Apache-2.0
"""Statements as words, roughly: enough to change a word without touching strings and comments."""
import pathlib
import re

WORDS = pathlib.Path(__file__).resolve().parents[2] / "src" / "sql" / "word_table.h"
TOKEN = re.compile(r"""[xXbBnN]'[^']*'|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|/\*.*?\*/|--[ \t][^\n]*|\#[^\n]*|@@?[\w.$]+|@[`'"][^`'"]*[`'"]"""
                   r"""|0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*|\s+|<=>|:=|<<|>>|&&|\|\||[<>!]=|->>|->|.""", re.S)
NAME = re.compile(r"[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*$|`(?:[^`]|``)*`$")


def tokens(text):
    return TOKEN.findall(text)


def keywords(kind):
    """word → K or R, as that family has it."""
    found = {}
    for name, mysql, mariadb in re.findall(r"^WORD\((\w+), (\w), (\w)\)", WORDS.read_text(), re.M):
        found[name.upper()] = mysql if kind == "mysql" else mariadb
    for name, mysql, mariadb in re.findall(r"^WORD_OF_VERSION\((\w+), (\w), \d+, \d+, (\w), \d+, \d+\)", WORDS.read_text(), re.M):
        found[name.upper()] = mysql if kind == "mysql" else mariadb
    return found


def is_name(token):
    return bool(NAME.match(token))


def bare(token):
    return token[1:-1].replace("``", "`") if token[:1] == "`" else token

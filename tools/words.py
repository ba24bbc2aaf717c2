#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Makes the lexer's hash table of words from src/sql/word_table.h.
#
# usage: words.py word_table.h OUTPUT.h
#
# The hash is the one that the lexer computes while it scans a word (word_hash_step in
# src/sql/words.h): h = h * MULTIPLIER + upper-case byte, from 0, 32 bits. A multiplier is searched
# with which chains in a table of 4096 slots are short.
import re
import sys

SLOTS = 4096


def read(path):
    rows = []
    for line in open(path, encoding="ascii"):
        m = re.match(r"WORD\((\w+), (\w), (\w)\)", line)
        if m:
            rows.append((m[1], m[2], 0, 0, m[3], 0, 0))
            continue
        m = re.match(r"WORD_OF_VERSION\((\w+), (\w), (\d+), (\d+), (\w), (\d+), (\d+)\)", line)
        if m:
            rows.append((m[1], m[2], int(m[3]), int(m[4]), m[5], int(m[6]), int(m[7])))
    return rows


def hash_word(word, multiplier):
    h = 0
    for c in word:
        h = (h * multiplier + ord(c)) & 0xFFFFFFFF
    return (h ^ (h >> 15)) & (SLOTS - 1)


def place(rows, multiplier):
    """Open addressing; gives the slots and the longest walk."""
    slots = [0] * SLOTS
    longest = 0
    for number, row in enumerate(rows, 1):
        at = hash_word(row[0], multiplier)
        walk = 0
        while slots[at]:
            at = (at + 1) % SLOTS
            walk += 1
        slots[at] = number
        longest = max(longest, walk)
    return slots, longest


def main():
    rows = read(sys.argv[1])
    best = min((place(rows, m)[1], m) for m in range(31, 400, 2))
    multiplier = best[1]
    slots, _ = place(rows, multiplier)
    out = ["/* Made from word_table.h by tools/words.py. */",
           "#define WORD_MULTIPLIER %uu" % multiplier,
           "#define WORD_SLOTS %u" % SLOTS,
           "static const struct word_row word_rows[] = {", "    {\"\", 0, 0, 0, 0, 0, 0, 0},"]
    for name, my, my_from, my_until, ma, ma_from, ma_until in rows:
        out.append("    {\"%s\", %d, WORD_CLASS_%s, WORD_CLASS_%s, %d, %d, %d, %d}," %
                   (name, len(name), my, ma, my_from, my_until, ma_from, ma_until))
    out.append("};")
    out.append("static const uint16_t word_slots[WORD_SLOTS] = {")
    for i in range(0, SLOTS, 16):
        out.append("    " + ", ".join(str(s) for s in slots[i:i + 16]) + ",")
    out.append("};")
    with open(sys.argv[2], "w", encoding="ascii") as f:
        f.write("\n".join(out) + "\n")


main()

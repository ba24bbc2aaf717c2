#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that a script can hold. One line each: `ok RULE` or `FAILED RULE`,
with what is wrong below it.

    tools/lint.py BUILD_FOLDER

Named exceptions are in tools/lint_exceptions.txt: `RULE what why`.
"""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
PARTS = ["base", "ipc", "net", "wire", "sql", "catalog", "lineage", "config", "policy", "mask",
         "identity", "audit", "store", "session", "control", "roles", "cli"]
COMPLEXITY = 25
FILE_LINES = 800
BANNED = ["strcpy", "strcat", "strncpy", "strncat", "sprintf", "vsprintf", "gets", "strtok",
          "strtok_r", "alloca", "system", "popen", "atoi", "atol", "atof", "scanf", "sscanf",
          "fscanf", "mktemp", "tmpnam", "rand", "srand", "setjmp", "longjmp", "strlcpy"]
# Further prefixes that a part's global symbols may have, beside its own name and its files': the
# nouns that it works with.
PREFIXES = {
    "base": ["arena_", "base64_", "buf_", "bytes_", "check_", "clock_", "cursor_", "fault_",
             "hash_", "hex_", "json_", "log_", "map_", "metrics_", "random_", "require_", "secret_", "str_"],
    "ipc": ["ring_", "role_"],
    "sql": ["accept_", "continues_", "enter", "expect_", "is_", "list_", "node_", "parse_", "skip_", "statement_kind_", "take_"],
    "lineage": ["analysis_", "privilege_", "use_", "sink_", "effect_", "column_set_", "find_", "function_", "guard",
                "length_", "operand_", "routine_", "set_", "source_", "statement_", "work_"],
    "net": ["stream_", "tls_"],
    "store": ["approval_"],
    "session": ["approval_", "catalog_", "killers_", "record_", "statement_"],
    "config": ["document_", "field_"],
    "identity": ["base64url_", "jwt_", "jwks_", "claims_", "logins_"],
    "roles": ["role_", "sandbox_", "supervisor_", "worker_", "keeper_", "recorder_", "control_"],
    "cli": ["main"],
}
NO_IO = ["wire", "sql", "catalog", "lineage", "config", "policy", "mask", "identity"]
NO_IO_BANNED = ["fopen", "open", "socket", "connect", "printf", "fprintf", "clock_realtime_us",
                "clock_realtime_s", "clock_monotonic_us", "clock_monotonic_ms", "time", "getenv",
                "gettimeofday", "clock_gettime", "log_event"]

problems = {}


def report(rule, text):
    problems.setdefault(rule, []).append(text)


def exceptions():
    found = {}
    path = TOP / "tools" / "lint_exceptions.txt"
    if path.exists():
        for line in path.read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                rule, what, _ = line.split(None, 2)
                found.setdefault(rule, set()).add(what)
    return found


def sources(*suffixes):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=TOP, capture_output=True, text=True,
                            check=True).stdout.split("\n")
    return [TOP / name for name in listed
            if name.endswith(suffixes) and (TOP / name).exists() and "/oidc/" not in name]


def without_comments(text):
    """Comments and strings blanked, line structure kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def layers():
    order = {part: i for i, part in enumerate(PARTS)}
    for path in sources(".c", ".h"):
        name = path.relative_to(TOP).parts
        if name[0] != "src":
            continue
        if name[1] not in order:
            report("layers", f"{path.relative_to(TOP)}: not in a part")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([a-z]+)/', line)
            if match and order.get(match.group(1), 99) > order[name[1]]:
                report("layers", f"{path.relative_to(TOP)}:{number}: {name[1]} may not include "
                                 f"{match.group(1)}, which is above it")


def banned():
    words = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
    no_io = re.compile(r"(?<![\w.>])(" + "|".join(NO_IO_BANNED) + r")\s*\(")
    for path in sources(".c", ".h"):
        text = without_comments(path.read_text())
        place = path.relative_to(TOP)
        pure = len(place.parts) > 1 and place.parts[0] == "src" and place.parts[1] in NO_IO
        for number, line in enumerate(text.splitlines(), 1):
            for match in words.finditer(line):
                report("banned", f"{place}:{number}: {match.group(1)} is banned")
            if pure:
                for match in no_io.finditer(line):
                    report("no-io", f"{place}:{number}: {match.group(1)} in a part without I/O")


def headers():
    for path in sources(".h"):
        text = path.read_text()
        place = path.relative_to(TOP)
        if "SPDX-License-Identifier: Apache-2.0" not in text[:300]:
            report("headers", f"{place}: no SPDX line")
        rows_only = not re.search(r"^(struct|enum|typedef|static|#define)", text, re.M)
        if "#pragma once" not in text and not rows_only and not path.stem.endswith("_fields"):
            report("headers", f"{place}: no #pragma once")
    for path in sources(".c"):
        if "SPDX-License-Identifier: Apache-2.0" not in path.read_text()[:300]:
            report("headers", f"{path.relative_to(TOP)}: no SPDX line")


def sizes(allowed):
    for path in sources(".c", ".h"):
        place = str(path.relative_to(TOP))
        count = len(path.read_text().splitlines())
        if place.startswith("src/") and count > FILE_LINES and place not in allowed \
                and not path.stem.endswith(("table", "tables")):
            report("sizes", f"{place}: {count} lines (limit {FILE_LINES}); look for the missing noun")


def complexity(allowed):
    files = [str(p) for p in sources(".c") if p.relative_to(TOP).parts[0] == "src"]
    output = subprocess.run(["pmccabe", *files], capture_output=True, text=True, check=True).stdout
    for line in output.splitlines():
        fields = line.split("\t")
        score, where, name = int(fields[0]), fields[5], fields[6] if len(fields) > 6 else ""
        match = re.match(r"(.*)\((\d+)\):\s*(\S+)", where + (": " + name if name else ""))
        place = pathlib.Path(match.group(1)).relative_to(TOP)
        if score > COMPLEXITY and match.group(3) not in allowed:
            report("complexity", f"{place}:{match.group(2)}: {match.group(3)} has {score} "
                                 f"(limit {COMPLEXITY})")


def symbols(folder):
    for part in PARTS:
        library = folder / "src" / part / f"lib{part}.a"
        if not library.exists():
            continue
        output = subprocess.run(["nm", "-g", "--defined-only", "-f", "posix", str(library)],
                                capture_output=True, text=True, check=True).stdout
        modules = {re.sub(r"_table$", "", h.stem) for h in (TOP / "src" / part).glob("*.[ch]")}
        good = tuple([part + "_"] + PREFIXES.get(part, []) + [m + "_" for m in modules])
        exact = modules | {"main"}
        for line in output.splitlines():
            name = line.split()[0] if line.split() else ""
            if name.endswith(":") or not name or name.startswith(good) or name in exact:
                continue
            report("symbols", f"lib{part}.a: {name} begins with neither the part's name nor a file's")


def private_words():
    """Nothing of the machine that it was written on, no download addresses in lock files."""
    here = re.compile(re.escape(str(TOP)) + r"\b|/(home|Users)/[a-z]\w*/")
    for path in sources(".c", ".h", ".py", ".sh", ".md", ".json", ".mjs", ".yaml", ".build", ".ts"):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if here.search(line):
                report("private", f"{path.relative_to(TOP)}:{number}: {line.strip()[:80]}")
    for path in TOP.glob("**/package-lock.json"):
        if "node_modules" not in path.parts and '"resolved"' in path.read_text():
            report("private", f"{path.relative_to(TOP)}: has download addresses")


def main():
    folder = pathlib.Path(sys.argv[1])
    allowed = exceptions()
    layers()
    banned()
    headers()
    sizes(allowed.get("sizes", set()))
    complexity(allowed.get("complexity", set()))
    symbols(folder)
    private_words()
    for rule in ("layers", "banned", "no-io", "headers", "sizes", "complexity", "symbols", "private"):
        print(("FAILED " if rule in problems else "ok ") + rule)
        for text in problems.get(rule, []):
            print("  " + text)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

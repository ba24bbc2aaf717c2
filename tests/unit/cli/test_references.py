# SPDX-License-Identifier: Apache-2.0
"""The pages of docs/ that are generated from tables are what the tables say now.

usage: test_references.py CARDEA SOURCE
"""
import pathlib
import subprocess
import sys

PAGES = {"configuration": "configuration.md", "policy": "policy-reference.md", "errors": "errors.md",
         "analyze": "analyze.schema.json"}

stale = []
for page, name in PAGES.items():
    now = subprocess.run([sys.argv[1], "reference", page], capture_output=True, text=True,
                         check=True).stdout
    if now != (pathlib.Path(sys.argv[2]) / "docs" / name).read_text():
        stale.append(f"cardea reference {page} > docs/{name}")
if stale:
    sys.exit("stale; run\n  " + "\n  ".join(stale))

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Lines reached by the unit tests, a line for each source file, worst first.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
tools/build.sh coverage
meson test -C build/coverage --no-rebuild >build/coverage-tests.log 2>&1 || tail -5 build/coverage-tests.log
find build/coverage/src -name '*.gcda' | while read -r data; do
    gcov -n -o "$(dirname "$data")" "$data" 2>/dev/null
done | awk -v top="$top/" '
    /^File/ {file = $0; sub(/^File .(\.\.\/)*/, "", file); sub(/.$/, "", file); sub(top, "", file)}
    /^Lines executed/ && file ~ /^src\/.*\.c$/ {
        split($2, part, ":"); printf "%6.1f%%  %5d lines  %s\n", part[2], $4, file; file = ""
    }' | sort -n >build/coverage.txt
cat build/coverage.txt

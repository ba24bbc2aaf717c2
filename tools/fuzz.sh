#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs each fuzz target (or those named) for SECONDS under address and undefined sanitizers,
# starting from its corpus. New inputs go to build/fuzz-corpus; a crash is left in
# build/fuzz-crashes and makes the run fail: move it to tests/fuzz/corpus/NAME/ with the fix.
#
# usage: tools/fuzz.sh SECONDS [TARGET...]
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
seconds=$1
shift
tools/build.sh fuzz
mkdir -p build/fuzz-crashes
passed=0
failed=0
for program in build/fuzz/tests/fuzz/fuzz_*; do
    [ -f "$program" ] && [ -x "$program" ] || continue
    name=${program##*/fuzz_}
    case " $* " in "  " | *" $name "*) ;; *) continue ;; esac
    mkdir -p "build/fuzz-corpus/$name"
    seeds=
    [ -d "tests/fuzz/corpus/$name" ] && seeds=tests/fuzz/corpus/$name
    if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
        -artifact_prefix="build/fuzz-crashes/$name-" -print_final_stats=1 \
        "build/fuzz-corpus/$name" $seeds >"build/fuzz-$name.log" 2>&1; then
        runs=$(awk '/number_of_executed_units/ {print $2}' "build/fuzz-$name.log")
        echo "fuzz: $name: $runs inputs, no crash"
        passed=$((passed + 1))
    else
        echo "fuzz: $name FAILED; see build/fuzz-$name.log" >&2
        grep -E -m3 'ERROR|runtime error|SUMMARY' "build/fuzz-$name.log" >&2 || tail -5 "build/fuzz-$name.log" >&2
        failed=$((failed + 1))
    fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]

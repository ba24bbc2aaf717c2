#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs each fuzz target (or those named) for SECONDS under address and undefined sanitizers,
# starting from its corpus, one for each core at a time. New inputs go to build/fuzz-corpus; a
# crash is left in build/fuzz-crashes and makes the run fail: move it to tests/fuzz/corpus/NAME/
# with the fix.
#
# usage: tools/fuzz.sh SECONDS [TARGET...]
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

if [ "$1" = --one ]; then
    seconds=$2
    name=$3
    mkdir -p "build/fuzz-corpus/$name"
    seeds=
    [ -d "tests/fuzz/corpus/$name" ] && seeds=tests/fuzz/corpus/$name
    if "build/fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=20 \
        -rss_limit_mb=3000 -max_len=16384 -artifact_prefix="build/fuzz-crashes/$name-" \
        -print_final_stats=1 "build/fuzz-corpus/$name" $seeds >"build/fuzz-$name.log" 2>&1; then
        echo "fuzz: $name: $(awk '/number_of_executed_units/ {print $2}' "build/fuzz-$name.log") inputs, no crash"
    else
        echo "fuzz: $name FAILED; see build/fuzz-$name.log"
        grep -E -m3 'ERROR|runtime error|SUMMARY' "build/fuzz-$name.log" || tail -5 "build/fuzz-$name.log"
    fi
    exit 0
fi

seconds=$1
shift
tools/build.sh fuzz
mkdir -p build/fuzz-crashes
if [ $# = 0 ]; then
    for program in build/fuzz/tests/fuzz/fuzz_*; do
        if [ -f "$program" ] && [ -x "$program" ]; then
            set -- "$@" "${program##*/fuzz_}"
        fi
    done
fi
printf '%s\n' "$@" | xargs -P "$(nproc)" -I NAME "$0" --one "$seconds" NAME | tee build/fuzz.log
passed=$(grep -c 'no crash$' build/fuzz.log || true)
failed=$(grep -c ' FAILED; ' build/fuzz.log || true)
echo "fuzz: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" = $# ]

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Sets up (once) and builds one of the build folders under build/:
#   release   optimised, assertions for debugging off: what is installed and measured
#   dev       optimised, all assertions: what the tests run
#   asan      address and undefined sanitizers
#   fuzz      clang, libFuzzer, address and undefined sanitizers
#   coverage  line counts
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
name=$1
shift
case $name in
release) set -- --buildtype=release -Doptimization=2 -Ddebug=true "$@" ;;
dev) ;;
asan) set -- -Dwerror=false -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 "$@" ;;
fuzz)
    CC=clang
    export CC
    set -- -Dfuzzing=true -Dwerror=false -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 "$@"
    ;;
coverage) set -- -Db_coverage=true -Doptimization=0 "$@" ;;
*)
    echo "build: no such build: $name" >&2
    exit 2
    ;;
esac
log=build/$name.log
mkdir -p build
if [ ! -f "build/$name/build.ninja" ]; then
    echo "build: setting up build/$name"
    meson setup "build/$name" "$@" >"$log" 2>&1 || {
        tail -20 "$log" >&2
        exit 1
    }
fi
echo "build: compiling build/$name"
ninja -C "build/$name" >"$log" 2>&1 || {
    grep -E -A6 'error|FAILED' "$log" | head -60 >&2
    echo "build: failed; the whole log is $log" >&2
    exit 1
}

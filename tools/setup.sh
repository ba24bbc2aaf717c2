#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages that are missing for a purpose (tools/packages.txt), and Node.js
# where there is none. Says what it does; does nothing when nothing is missing.
#
# usage: tools/setup.sh build|test|demo|bench...
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)

missing=
for purpose in build "$@"; do
    for package in $(awk -v p="$purpose" '$1 == p {print $2}' "$top/tools/packages.txt"); do
        case " $missing " in *" $package "*) continue ;; esac
        status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
        [ "$status" = "install ok installed" ] || missing="$missing $package"
    done
done
for purpose in "$@"; do
    case $purpose in
    test | demo)
        # Debian's Node.js where the machine has none of its own.
        command -v node >/dev/null 2>&1 || missing="$missing nodejs"
        command -v npm >/dev/null 2>&1 || missing="$missing npm"
        ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    echo "setup: these packages are missing, and installing them needs root or sudo:$missing" >&2
    exit 1
fi
echo "setup: installing$missing"
log=$top/build/setup.log
mkdir -p "$top/build"
if ! {
    $as_root apt-get -q update &&
        $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
            apt-get -q -y --no-install-recommends install $missing
} >"$log" 2>&1 </dev/null; then
    tail -20 "$log" >&2
    echo "setup: apt-get failed; the whole log is build/setup.log" >&2
    exit 1
fi
echo "setup: done"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Unpacks Debian's HAProxy into the cache folder, so that the benchmark has it without a service
# being installed, and prints the program's path.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cache=${CARDEA_CACHE:-$top/.cache}
program=$cache/haproxy/usr/sbin/haproxy
if [ ! -x "$program" ]; then
    mkdir -p "$cache/haproxy"
    (cd "$cache/haproxy" && apt-get -q download -o APT::Sandbox::User=root haproxy >&2 && dpkg-deb -x haproxy_*.deb . && rm haproxy_*.deb)
fi
echo "$program"

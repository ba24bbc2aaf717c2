#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Unpacks MySQL's current long-term release (server, client, Router) and the libraries it needs
# from Debian unstable into the cache folder, and prints the folder. Nothing is installed: apt
# resolves against an empty package list of its own, and the programs run with their own loader
# (tools/mysql_run.sh). Mirror and keyring come from this machine's apt configuration.
#
# usage: tools/fetch_mysql.sh            (again: prints at once)
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cache=${CARDEA_CACHE:-$top/.cache}
root=$cache/mysql
done_mark=$root/.complete
if [ -f "$done_mark" ]; then
    echo "$root"
    exit 0
fi

say() { echo "mysql: $*" >&2; }

mirror=$(apt-get indextargets --format '$(SITE) $(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
    awk '$3 !~ /security/ && $2 ~ /debian\/?$/ {print $2; exit}')
[ -n "$mirror" ] || {
    say "no Debian mirror in apt's configuration (run 'apt-get update' once)"
    exit 1
}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || {
    say "needs the package debian-archive-keyring"
    exit 1
}

work=$cache/mysql.work
rm -rf "$work" "$root"
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/etc" "$root"
: >"$work/status"
echo "deb [signed-by=$keyring] $mirror unstable main" >"$work/etc/sources.list"
arch=$(dpkg --print-architecture)
cat >"$work/apt.conf" <<CONF
Dir::Etc::SourceList "$work/etc/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache "$work";
Dir::Cache::Archives "$work/archives";
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
APT_CONFIG=$work/apt.conf
export APT_CONFIG
say "reading the package list"
apt-get -qq update >&2
say "resolving"
# Against an empty status, a simulated installation lists every package that is needed.
wanted="mysql-server-core mysql-client-core mysql-router"
packages=$(apt-get -qq -s -o Debug::NoLocking=1 install $wanted 2>/dev/null |
    awk '$1 == "Inst" {print $2}')
if [ -z "$packages" ]; then
    say "can't resolve $wanted in unstable"
    exit 1
fi
# mysql-client and mysql-server hold further client plugins; their own dependencies don't matter.
extra=$(apt-cache pkgnames | grep -x -e mysql-client -e mysql-server || true)
say "downloading $(echo $packages $extra | wc -w) packages"
(cd "$work/archives" && apt-get -qq -o APT::Sandbox::User=root download $packages $extra >&2)
for deb in "$work"/archives/*.deb; do
    dpkg-deb -x "$deb" "$root"
done
unset APT_CONFIG
rm -rf "$work"
[ -x "$root/usr/sbin/mysqld" ] || {
    say "no mysqld in what was unpacked"
    exit 1
}
date -u +%FT%TZ >"$done_mark"
say "ready: $("$top/tools/mysql_run.sh" mysqld --version 2>/dev/null | head -1)"
echo "$root"

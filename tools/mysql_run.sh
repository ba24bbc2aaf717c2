#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs a program of the unpacked MySQL (tools/fetch_mysql.sh) with its own loader and libraries:
#   tools/mysql_run.sh mysqld|mysql|mysqladmin|mysqlrouter ARGUMENTS...
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
root=${CARDEA_CACHE:-$top/.cache}/mysql
name=$1
shift
program=
for folder in usr/sbin usr/bin; do
    [ -x "$root/$folder/$name" ] && program=$root/$folder/$name && break
done
[ -n "$program" ] || {
    echo "mysql_run: no $name under $root (run tools/fetch_mysql.sh)" >&2
    exit 127
}
loader=$(ls "$root"/usr/lib64/ld-linux-*.so.* "$root"/usr/lib/ld-linux-*.so.* 2>/dev/null | head -1)
libraries=$(ls -d "$root"/usr/lib/*-linux-gnu | head -1)
path=$libraries:$libraries/private:$root/usr/lib/mysql/private:$root/usr/lib/mysql-router
case $name in
mysqld)
    set -- --no-defaults --lc-messages-dir="$root/usr/share/mysql" \
        --character-sets-dir="$root/usr/share/mysql/charsets" \
        --plugin-dir="$root/usr/lib/mysql/plugin" "$@"
    ;;
mysql | mysqladmin | mysqldump)
    set -- --no-defaults --character-sets-dir="$root/usr/share/mysql/charsets" \
        --plugin-dir="$(dirname "$(find "$root/usr/lib" -name 'authentication_openid_connect_client.so' | head -1)")" "$@"
    ;;
esac
exec "$loader" --library-path "$path" "$program" "$@"

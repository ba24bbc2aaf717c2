#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Writes the pages of docs/ that are generated from tables. The tests hold them to the tables.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
tools/build.sh dev
cardea=build/dev/src/cli/cardea
"$cardea" reference configuration >docs/configuration.md
"$cardea" reference policy >docs/policy-reference.md
"$cardea" reference errors >docs/errors.md
"$cardea" reference analyze >docs/analyze.schema.json
CARDEA_WRITE_DOCS=1 meson test -C build/dev --no-rebuild control/docs >/dev/null || true
git diff --stat -- docs

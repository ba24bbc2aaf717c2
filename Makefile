# SPDX-License-Identifier: Apache-2.0
#
# The front door. Meson does the building (meson.build); this file says what one can ask for.
#
#   make demo      a tour: MariaDB, an OpenID provider, the gateway, an agent's session
#   make test      everything, ends with `N passed, N failed`
#   make check     the quick tests and the rules of the house, for every commit
#   make build     build/cardea, optimised
#   make bench     throughput and latency beside other proxies, as ratios in one run
#   make fuzz      fuzzes each target for FUZZ_SECONDS (60) under sanitizers
#   make fuzz-worlds  the two-worlds oracle on both servers, with new seeds until told to stop
#   make broken    breaks Cardea on purpose, place by place: the two-worlds oracle must see each
#   make coverage  build/coverage/index.txt: lines reached by the unit tests
#   make format    clang-format over the sources
#   make install   PREFIX (/usr/local), DESTDIR
#
# The first four install what is missing (Debian packages, tools/packages.txt).

PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
MESON_LOG = build/meson.log

.PHONY: fuzz-worlds broken demo test check build bench fuzz coverage format install clean docs

build: setup-build
	@tools/build.sh release
	@ln -sf release/src/cli/cardea build/cardea

demo: setup-demo build
	@/usr/bin/python3 demo/demo.py

test: setup-test
	@/usr/bin/python3 tools/run_tests.py all

check: setup-build
	@/usr/bin/python3 tools/run_tests.py check

bench: setup-bench build
	@/usr/bin/python3 tests/bench/bench.py
	@build/release/tests/bench/bench_analyze
	@build/release/tests/bench/bench_catalog

fuzz: setup-test
	@tools/fuzz.sh $(FUZZ_SECONDS)

fuzz-worlds: setup-test build
	@tools/fetch_mysql.sh >/dev/null
	@/usr/bin/python3 tests/oracle/worlds.py --forever

broken: setup-test build
	@/usr/bin/python3 tests/oracle/broken.py

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

docs: build
	@tools/docs.sh

install: build
	install -D -m 755 build/release/src/cli/cardea $(DESTDIR)$(PREFIX)/bin/cardea
	install -D -m 644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/cardea/LICENSE
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/cardea docs/*.md docs/*.json

clean:
	rm -rf build

setup-%:
	@tools/setup.sh $*

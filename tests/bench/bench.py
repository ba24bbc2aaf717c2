#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Throughput and latency beside other proxies, as ratios in one run (`make bench`).

sysbench drives a real MySQL: directly, through HAProxy (TCP mode), MySQL Router, and Cardea with
policy, classification and audit (async, and sync). The machine is noisy, so the contenders take
turns, round after round, and each figure is the median over the rounds of the ratio to HAProxy in
the same round. Writes docs/performance.md's table between its markers.

    BENCH_SECONDS (4) per measurement, BENCH_ROUNDS (3), BENCH_THREADS (1,8,32), BENCH_ROWS (200000)
"""
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tests" / "support"))

from cardea_test import certificates, deployment, gateway, oidc, process, servers  # noqa: E402

SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
THREADS = [int(n) for n in os.environ.get("BENCH_THREADS", "1,8,32").split(",")]
ROWS = int(os.environ.get("BENCH_ROWS", "200000"))
PASSWORD = "bench-Only-9"

POLICY = """\
policy: bench
subjects: [{group: ai-agents}]
targets: [{labels: {app: people}}]
allow:
  - {privileges: [SELECT, INSERT, UPDATE, DELETE], on: sbtest.*}
---
classification: bench
columns:
  - {column: sbtest.sbtest1.pad, tags: [bench.pad]}
tags:
  bench.pad: {mask: redact}
"""


class Peer:
    def __init__(self, name, port, user="bench", password=PASSWORD, child=None):
        self.name, self.port, self.user, self.password, self.child = name, port, user, password, child


def haproxy(folder, backend):
    program = subprocess.run([TOP / "tools" / "fetch_haproxy.sh"], capture_output=True, text=True,
                             check=True).stdout.strip()
    port = process.free_port()
    config = folder / "haproxy.cfg"
    config.write_text(f"""global
  maxconn 1000
defaults
  mode tcp
  timeout connect 5s
  timeout client 300s
  timeout server 300s
listen mysql
  bind 127.0.0.1:{port}
  server one 127.0.0.1:{backend}
""")
    log = folder / "haproxy.log"
    child = process.start([program, "-f", config, "-db"], log)
    process.wait_until(lambda: listening(port), child, log, "haproxy")
    return Peer("HAProxy (TCP)", port, child=child)


def router(folder, backend):
    port = process.free_port()
    plugins = next((servers.MySQL.fetch() / "usr" / "lib").glob("**/mysqlrouter/plugin"))
    config = folder / "router.conf"
    config.write_text(f"""[DEFAULT]
plugin_folder={plugins}
logging_folder={folder}
runtime_folder={folder}
data_folder={folder}
max_total_connections=600
[logger]
level=WARNING
[routing:bench]
bind_address=127.0.0.1
bind_port={port}
destinations=127.0.0.1:{backend}
routing_strategy=first-available
protocol=classic
client_ssl_mode=DISABLED
server_ssl_mode=DISABLED
""")
    log = folder / "router.out"
    child = process.start([servers.MySQL.runner, "mysqlrouter", "-c", config], log)
    process.wait_until(lambda: listening(port), child, log, "mysqlrouter")
    return Peer("MySQL Router", port, child=child)


def listening(port):
    import socket
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cardea(folder, authority, provider, server, durability):
    def change(config):
        config["listeners"].append({"name": "plain", "address": "127.0.0.1:0", "tls": "off"})
        config["audit"]["durability"] = durability
        config["targets"][0]["tls"] = "off"
        config["targets"][0]["public_key_file"] = str(server.data / "public_key.pem")
        config["workers"] = 0
        config["control"]["login_time"] = "8h"
    running = deployment.AppGateway(folder / f"cardea-{durability}", authority, provider, [server],
                                    change=change, policy=POLICY)
    status, login, _ = running.api("POST", "/api/v1/logins", provider.token("agent-coder"),
                                   {"target": "app-mysql", "minutes": 240})
    if status not in (200, 201):
        raise process.StartError(f"no login from the API: {status} {login}")
    peer = Peer(f"Cardea ({durability} audit)", running.port("plain"), login["user"],
                login["password"], running.child)
    peer.gateway = running
    return peer


def sysbench(peer, script, threads, *options, seconds=SECONDS):
    """(events per second, p50 ms, p99 ms)"""
    command = ["sysbench", script, "--db-driver=mysql", "--mysql-host=127.0.0.1",
               f"--mysql-port={peer.port}", f"--mysql-user={peer.user}",
               f"--mysql-password={peer.password}", "--mysql-db=sbtest", f"--threads={threads}",
               f"--time={seconds}", "--histogram=on", "--percentile=99",
               *options, "run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    match = re.search(r"transactions:\s+\d+\s+\(([\d.]+) per sec", done.stdout) or \
        re.search(r"events per second:\s+([\d.]+)", done.stdout) or \
        re.search(r"total number of events:\s+(\d+)", done.stdout)
    if done.returncode != 0 or not match:
        raise process.StartError(f"sysbench through {peer.name}:\n{done.stdout[-800:]}{done.stderr[-800:]}")
    rate = float(match.group(1))
    if "per sec" not in match.group(0) and "per second" not in match.group(0):
        rate /= float(re.search(r"total time:\s+([\d.]+)s", done.stdout).group(1))
    counts = [(float(a), int(b)) for a, b in re.findall(r"^\s*([\d.]+) \|\**\s+(\d+)$", done.stdout, re.M)]
    return rate, quantile(counts, 0.5), quantile(counts, 0.99)


def quantile(counts, share):
    total, seen = sum(n for _, n in counts), 0
    for value, n in counts:
        seen += n
        if seen >= share * total:
            return value
    return 0.0


WORKLOADS = [
    ("point select, text", "oltp_point_select", ["--db-ps-mode=disable", "--table-size=100000"], THREADS),
    ("point select, prepared", "oltp_point_select", ["--table-size=100000"], THREADS),
    ("read-only mix", "oltp_read_only", ["--db-ps-mode=disable", "--table-size=100000"], THREADS),
    (f"SELECT of {ROWS:,} rows", str(TOP / "tests/bench/large.lua"), ["--db-ps-mode=disable", "--columns=id, k, c"], THREADS),
    (f"SELECT of {ROWS:,} rows, one column masked", str(TOP / "tests/bench/large.lua"),
     ["--db-ps-mode=disable", "--columns=id, k, c, pad"], THREADS),
]


def measure(peers):
    table = []
    for title, script, options, threads_list in WORKLOADS:
        for threads in threads_list:
            rounds = {peer.name: [] for peer in peers}
            for _ in range(ROUNDS):
                for peer in peers:
                    rounds[peer.name].append(sysbench(peer, script, threads, *options))
            base = rounds["HAProxy (TCP)"]
            row = {"workload": title, "threads": threads, "peers": {}}
            for peer in peers:
                mine = rounds[peer.name]
                row["peers"][peer.name] = {
                    "rate": statistics.median(r for r, _, _ in mine),
                    "ratio": statistics.median(m[0] / b[0] for m, b in zip(mine, base)),
                    "p50": statistics.median(m[1] for m in mine),
                    "p99": statistics.median(m[2] for m in mine)}
            table.append(row)
            print(f"{title}, {threads} connections: " + ", ".join(
                f"{name} {v['ratio']:.2f}" for name, v in row["peers"].items()), flush=True)
    return table


def describe(table, peers, server):
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    sb = subprocess.run(["sysbench", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    names = [p.name for p in peers]
    lines = [f"Machine: {cpu}, {os.cpu_count()} cores shared by client, proxy and server, loopback, no TLS. "
             f"MySQL {server.rows('SELECT VERSION()')[0][0]}, {sb}, {SECONDS} s a measurement, "
             f"median of {ROUNDS} rounds. Ratio of events per second to HAProxy's in the same round; "
             "in brackets p50/p99 in milliseconds.", "",
             "| workload | connections | " + " | ".join(names) + " |",
             "|---|---|" + "---|" * len(names)]
    for row in table:
        lines.append(f"| {row['workload']} | {row['threads']} | " + " | ".join(
            f"{row['peers'][n]['ratio']:.2f} ({row['peers'][n]['p50']:.2f}/{row['peers'][n]['p99']:.2f})" for n in names) + " |")
    return "\n".join(lines)


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cardea-bench-"))
    running = []
    try:
        print("bench: starting MySQL, HAProxy, MySQL Router and the gateway", flush=True)
        authority = certificates.Authority(folder / "ca")
        server = servers.MySQL(folder / "mysql", authority)
        running.append(server)
        server.run(f"CREATE DATABASE sbtest;\nCREATE USER bench@'127.0.0.1' IDENTIFIED WITH caching_sha2_password BY '{PASSWORD}';\nGRANT ALL ON sbtest.* TO bench@'127.0.0.1';\n")
        server.create_gateway_account(["ALL ON *.*"])
        provider = oidc.Provider(folder / "oidc")
        running.append(provider)
        direct = Peer("direct", server.port)
        subprocess.run(["sysbench", "oltp_read_only", "--db-driver=mysql", f"--mysql-socket={server.socket}",
                        "--mysql-user=root", "--mysql-db=sbtest", f"--table-size={ROWS}", "prepare"],
                       check=True, capture_output=True)
        peers = [direct, haproxy(folder, server.port), router(folder, server.port)]
        for durability in ("async", "sync"):
            peer = cardea(folder, authority, provider, server, durability)
            peers.append(peer)
        table = measure(peers)
        text = describe(table, peers, server)
        print("\n" + text)
        (TOP / "build").mkdir(exist_ok=True)
        (TOP / "build" / "bench.json").write_text(json.dumps(table, indent=1))
        page = TOP / "docs" / "performance.md"
        if page.exists():
            old = page.read_text()
            new = re.sub(r"(<!-- bench -->\n).*?(<!-- /bench -->)", lambda m: m.group(1) + text + "\n" + m.group(2), old, flags=re.S)
            page.write_text(new)
    finally:
        for peer in locals().get("peers", [])[1:]:
            if hasattr(peer, "gateway"):
                peer.gateway.stop()
            elif peer.child:
                process.stop(peer.child)
        for thing in reversed(running):
            thing.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: BSD-3-Clause
"""Part ingest: event logs into the store, and answers from it.

A network of 10,000 hosts writes a million events a day for ten days. Each day is read into the same store and its logs are
removed, as rotation does. jq, which reads the same lines and prints three fields of each, shows what reading costs. It takes
four minutes on two quiet cores; each day is said on stderr, as nothing else is to be seen until the last one.
"""

import os
import sys
import time

from lookup import timed
from rig import BUILD, column, program, ratios, show, tool

SINKCTL = BUILD / "sinkhole/sinkctl"
HOSTS = 10000
FIELDS = r'[."@timestamp", .source.ip, .sinkhole.campaign] | @tsv'


def settings(directory):
    path = directory / "sinkhole.yaml"
    path.write_text(f"module:\n  event-log: {directory}/dns.jsonl\n  sinkhole-addresses: [\"198.51.100.0/24\"]\n"
                    f"sinkhole:\n  event-log: {directory}/contacts.jsonl\n"
                    "  listen:\n    - {address: 198.51.100.0/24, tcp: [80]}\n"
                    f"store:\n  path: {directory}/store.db\n")
    return path


def answers(directory, words, rounds):
    return [timed([SINKCTL, "-c", directory / "sinkhole.yaml", *words]) for _ in range(rounds)]


def measure(rig):
    directory = rig.directory / "ingest"
    directory.mkdir()
    settings(directory)
    events, days = rig.choose((1000000, 10), (20000, 2))
    logs = [directory / "dns.jsonl", directory / "contacts.jsonl"]
    ours, jq, written, began = [], [], 0, time.monotonic()
    for day in reversed(range(days)):
        print(f"ingest: {days - day} of {days} days, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        for log in logs:
            log.unlink(missing_ok=True)
        timed([program("events"), directory, events, HOSTS, day])
        written += sum(log.stat().st_size for log in logs)
        ours += answers(directory, ["ingest"], 1)
        if len(jq) < 2:
            jq.append(timed([tool("jq"), "-r", FIELDS, *logs]))
    rates = [show([events / cpu for cpu in column(side, 0)], "{:,.0f}") for side in (ours, jq)]
    yield ("events read into the store per CPU second, against jq", *rates,
           show(ratios(column(jq, 0), column(ours, 0)), "{:.1f}"), str(days))
    yield ("memory of that, at most", f"{max(column(ours, 2)) / 1e6:.0f} MB", f"{max(column(jq, 2)) / 1e6:.0f} MB", "", "")
    size = os.path.getsize(directory / "store.db")
    yield (f"size of the store of {days * events:,} events of {HOSTS:,} hosts, of its logs", f"{size / 1e6:.0f} MB",
           f"{written / 1e6:,.0f} MB", f"{written / size:.0f} times less", "")
    rounds = rig.choose(3, 2)
    hosts = answers(directory, ["hosts"], rounds)
    yield ("sinkctl hosts, from that store: CPU time, by the clock", show(column(hosts, 0)) + " s", show(column(hosts, 1)) + " s", "",
           str(rounds))
    yield ("memory of that, at most", f"{max(column(hosts, 2)) / 1e6:.0f} MB", "", "", "")
    yield ("sinkctl events --since 10m, from the log of a day, against reading it whole",
           *(show(column(answers(directory, words, rounds), 1)) + " s"
             for words in (["events", "--since", "10m"], ["events"])), "", str(rounds))
    for path in directory.iterdir():
        path.unlink()

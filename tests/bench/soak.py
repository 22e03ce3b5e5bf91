# SPDX-License-Identifier: BSD-3-Clause
"""Part soak: a million connections, each another one; afterwards nothing is left of them but their events."""

import re
import time
from pathlib import Path

from flood import HOST, check, settle
from rig import Missing, client, pairs, program
from sinkhole import ADDRESS, OURS, await_port, metrics, start_ours

SOURCE = re.compile(r'"source":\{"ip":"([0-9.]+)","port":([0-9]+)\}')
SWEPT_S = 15  # after this folds are written and hosts forgotten
KERNELS_PORTS = 32768
GROWTH = 4 << 20


def files(daemon):
    return len(list(Path(f"/proc/{daemon.process.pid}/fd").iterdir()))


def connect(kind, count, sources):
    found = pairs(client([program("connect"), "count", kind, ADDRESS, OURS, count, 64, sources, HOST]))
    if found["ok"] + found["bad"] != count or found["bad"] > count / 1000:
        raise Missing(f"{found['bad']:.0f} of {count} connections failed")
    return int(found["ok"])


def ends(log):
    """How many different addresses and ports called, but for those that the kernel chose when we knocked at first."""
    seen = set()
    with open(log) as file:
        for line in file:
            match = SOURCE.search(line)
            if match and int(match[2]) < KERNELS_PORTS:
                seen.add(match[1] + " " + match[2])
    return len(seen)


def measure(rig):
    count, sources = rig.choose(1000000, 20000), rig.choose(200000, 5000)
    daemon, log = start_ours(rig, HOST, connections=4096)
    await_port(OURS, HOST)
    connect("request", rig.choose(20000, 2000), sources)
    connect("hello", rig.choose(20000, 2000), sources)
    time.sleep(SWEPT_S)
    before = files(daemon), daemon.memory(), metrics()
    began = time.monotonic()
    connect("request", count // 2, sources)
    connect("hello", count - count // 2, sources)
    took = time.monotonic() - began
    settle()
    time.sleep(SWEPT_S)
    after = files(daemon), daemon.memory(), metrics()
    peak = daemon.memory("VmHWM")
    daemon.stop()
    came, events, state = check(log)
    accepted = after[2]["connections_total"] - before[2]["connections_total"]
    different = ends(log)
    yield (f"soak: {count:,} connections of {sources:,} hosts: accepted, against events", f"{accepted:,}",
           f"{after[2]['events_total'] - before[2]['events_total']:,}",
           f"even; {count / took:,.0f} a second; {state['lost']} lost, {state['folded']} folded", "1")
    yield ("different addresses and ports in the log", f"{different:,}", "", "", "1")
    yield ("open files before, after; memory before, after, at most", f"{before[0]}, {after[0]}",
           ", ".join(f"{value / 1e6:.1f} MB" for value in (before[1], after[1], peak)), "", "1")
    if after[0] != before[0]:
        raise Missing(f"{after[0] - before[0]} files are left open")
    if after[1] > before[1] + GROWTH:
        raise Missing(f"memory grew by {after[1] - before[1]:,} bytes")
    # The first few thousand, which are not counted, had the same addresses and ports as the first that are.
    if accepted != count or state["lost"] == 0 and (events != came or different != count):
        raise Missing(f"{accepted} of {count} accepted, {events} events of {came}, {different} of them different")

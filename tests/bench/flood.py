# SPDX-License-Identifier: BSD-3-Clause
"""Part flood: ten times what sinkholed can take, of connections and of datagrams; what becomes of each of them."""

import json
import subprocess
import time

from rig import CLIENT_CORE, Missing, client, pairs, pinned, program
from sinkhole import ADDRESS, OURS, await_port, metrics, start_ours

HOST = "www.c2-of-the-bench.com"
TIMES = 10
HOGS = 29
FEW = 5
CONNECTIONS = 4096
# docs/sinkhole-server.md, "Memory": what each connection may hold at most; beside it the rings, the hosts, the program.
HEAD, BODY, RING, HOST_ENTRY, PROGRAM = 16384, 16384, 4 << 20, 256, 16 << 20
BOUND = PROGRAM + RING + (65536 + CONNECTIONS) * HOST_ENTRY + CONNECTIONS * (1024 + HEAD + 2 * BODY)
COUNTED = ("connections_total", "datagrams_total", "kernel_listen_overflows_total", "kernel_datagrams_dropped_total")


def load(kind, seconds, rate, sources):
    """Starts it; the caller reads its words."""
    argv = [program("connect"), kind, ADDRESS, OURS, seconds, rate, sources, HOST]
    return subprocess.Popen([str(word) for word in argv], stdout=subprocess.PIPE, text=True, preexec_fn=pinned(CLIENT_CORE))


def said(process):
    words = process.communicate(timeout=600)[0]
    if process.returncode != 0:
        raise Missing("bench-connect failed")
    return pairs(words)


def sustainable(seconds, sources):
    """Connections a second when each waits for its answer; datagrams a second that are read of more than can be."""
    began = time.monotonic()
    done = pairs(client([program("connect"), "request", ADDRESS, OURS, seconds, 32, sources, HOST]))["ok"]
    connections = done / (time.monotonic() - began)
    before, began = metrics(), time.monotonic()
    said(load("datagrams", seconds, 1000000, sources))
    read = metrics()["datagrams_total"] - before["datagrams_total"]
    return connections, read / (time.monotonic() - began)


def settle():
    """Waits until nothing moves any more."""
    before = {}
    for _ in range(120):
        now = {name: value for name, value in metrics().items() if name in COUNTED}
        if now == before:
            return
        before = now
        time.sleep(1)
    raise Missing("it never came to rest")


def account(log):
    """Of the whole log: lines of events, folds among them, contacts in these folds, the last state."""
    lines = folds = folded = 0
    state = None
    with open(log) as file:
        for line in file:
            if '"dataset":"sinkhole.state"' in line:
                state = json.loads(line)["sinkhole"]
                continue
            lines += 1
            if '-folded"' in line:
                folds += 1
                folded += json.loads(line)["sinkhole"]["repeat"]
    return lines, folds, folded, state


def check(log):
    """Everything that came is an event or in a fold, and each event is in the log or counted as lost. Returns the counts."""
    lines, folds, folded, state = account(log)
    came = state["connections"] + state["datagrams"]
    if lines + state["lost"] != state["events"] + state["fold_events"]:
        raise Missing(f"{lines} lines, {state['lost']} lost: not {state['events']} events and {state['fold_events']} folds")
    if state["lost"] == 0 and folded != state["folded"]:
        raise Missing(f"folds of {folded} in the log, {state['folded']} were folded")
    if state["lost"] == 0 and came != state["events"] + state["folded"]:
        raise Missing(f"{came} came, {state['events']} became events, {state['folded']} were folded")
    return came, state["events"], state


def measure(rig):
    """Programs that do nothing leave the server a thirtieth of its core: so one core of clients is enough to flood it. The
    connections come from more hosts than are kept apart, the datagrams from few, which go beyond their limits."""
    seconds, sources = rig.choose(10, 2), rig.choose(100000, 2000)
    for number in range(HOGS):
        rig.start(f"hog{number}", ["sh", "-c", "while :; do :; done"])
    daemon, log = start_ours(rig, HOST, connections=CONNECTIONS, datagrams=True)
    await_port(OURS, HOST)
    connections, datagrams = sustainable(rig.choose(5, 1), sources)
    settle()
    began = metrics()
    processes = (load("flood", seconds, int(connections * TIMES), sources),
                 load("datagrams", seconds, int(datagrams * TIMES), FEW))
    offered = [said(process)["tried"] / seconds for process in processes]
    if daemon.process.poll() is not None:
        raise Missing(f"sinkholed died: {daemon.log()[-300:]}")
    settle()
    ended, peak = metrics(), daemon.memory("VmHWM")
    overflows, dropped = (ended[name] - began[name] for name in COUNTED[2:])
    daemon.stop()
    came, events, state = check(log)
    yield (f"flood, {seconds} s, from {sources:,} and from {FEW} hosts: connections and datagrams a second, against what can be taken",
           f"{offered[0]:,.0f} and {offered[1]:,.0f}", f"{connections:,.0f} and {datagrams:,.0f}",
           f"{offered[0] / connections:.1f} and {offered[1] / datagrams:.1f} times", "1")
    yield ("accepted and read, against events and folded", f"{came:,}", f"{events:,} and {state['folded']:,}",
           "even" if state["lost"] == 0 else f"{state['lost']:,} events had no room in the log", "1")
    yield ("dropped by the kernel before that: connections, datagrams", f"{overflows:,} and {dropped:,}", "", "", "1")
    yield ("memory at most, against its bound", f"{peak / 1e6:.0f} MB", f"{BOUND / 1e6:.0f} MB", f"{peak / BOUND:.2f}", "1")
    if peak > BOUND:
        raise Missing("memory went beyond its bound")

# SPDX-License-Identifier: BSD-3-Clause
"""Part lookup: how fast a list is made, opened and searched, and how small it is."""

import os
import subprocess
import time

import lists
from rig import CLIENT_CORE, NEVER_BLOCK, SINKZONE, Missing, client, pairs, pinned, program, ratios, show, tool


def timed(argv, **env):
    """CPU seconds, wall seconds and bytes at most of a program on one core."""
    began = time.monotonic()
    process = subprocess.Popen([str(word) for word in argv], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, **env}, preexec_fn=pinned(CLIENT_CORE))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Missing(f"{argv[0]} {argv[1]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss * 1024


def measure(rig):
    sizes = rig.choose((1000000, 10000000), (20000, 100000))
    for count in sizes:
        names = lists.write(rig.directory / "lookup.txt", count)
        yield from measure_list(rig, f"{count:,} names", names, rig.choose(5 if count <= 1000000 else 2, 2))
        names.unlink()
    if os.environ.get("FEED"):
        yield from measure_list(rig, os.path.basename(os.environ["FEED"]), os.environ["FEED"], rig.choose(5, 2))


def measure_list(rig, what, feed, rounds):
    database = rig.directory / "lookup.db"
    ours, sort = [], []
    for _ in range(rounds):
        ours.append(timed([SINKZONE, "compile", "-q", "-o", database, feed, NEVER_BLOCK]))
        sort.append(timed([tool("sort"), "-u", "--parallel=1", "-T", rig.directory, "-o", rig.directory / "sorted", feed],
                          LC_ALL="C"))
    lines = client([program("lookup"), database, rig.choose(15, 5)]).splitlines()
    runs = [pairs(line) for line in lines]
    names = runs[0]["names"]
    rate = [names / cpu / 1e6 for cpu, _, _ in ours]
    yield (f"compile {what}, M names per CPU second, against sort -u", show(rate),
           show([names / cpu / 1e6 for cpu, _, _ in sort]), show(ratios([s[0] for s in sort], [o[0] for o in ours])),
           str(rounds))
    yield (f"the same by the clock, memory at most", f"{show([wall for _, wall, _ in ours])} s, {ours[-1][2] / 1e6:.0f} MB",
           f"{show([wall for _, wall, _ in sort])} s", show(ratios([s[1] for s in sort], [o[1] for o in ours])), str(rounds))
    yield (f"open and verify {what}", f"{show([run['load_ms'] for run in runs], '{:.1f}')} ms", "", "", str(len(runs)))
    yield (f"memory, {what}", f"{runs[0]['bytes'] / names:.2f} B a name", "", "", "")
    yield (f"one lookup, not listed, 4 random labels, {what}",
           f"{show([run['apart_ns'] for run in runs], '{:.0f}')} ns", "", "", str(len(runs)))
    yield ("the same, lookups overlapping", f"{show([run['packed_ns'] for run in runs], '{:.0f}')} ns", "", "",
           str(len(runs)))
    database.unlink()

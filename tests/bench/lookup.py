# SPDX-License-Identifier: BSD-3-Clause
"""Part lookup: how fast a list is made, opened and searched, and how small it is."""

import os
import subprocess
import time

import lists
from rig import CLIENT_CORE, NEVER_BLOCK, SINKZONE, Missing
from rig import client, column, pairs, pinned, program, ratios, show, tool


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
        ours.append(timed([SINKZONE, "compile", "-q", "-o", database, feed, "--never-block", NEVER_BLOCK]))
        out = rig.directory / "sorted"
        sort.append(timed([tool("sort"), "-u", "--parallel=1", "-T", rig.directory, "-o", out, feed], LC_ALL="C"))
    lines = client([program("lookup"), database, rig.choose(15, 5)]).splitlines()
    runs = [pairs(line) for line in lines]
    names = runs[0]["names"]
    cpu, wall = ([column(side, index) for side in (ours, sort)] for index in (0, 1))
    rates = [show([names / seconds / 1e6 for seconds in side]) for side in cpu]
    yield (f"compile {what}, M names per CPU second, against sort -u", *rates, show(ratios(cpu[1], cpu[0])),
           str(rounds))
    yield ("the same by the clock, memory at most", f"{show(wall[0])} s, {ours[-1][2] / 1e6:.0f} MB",
           f"{show(wall[1])} s", show(ratios(wall[1], wall[0])), str(rounds))
    count = str(len(runs))
    yield (f"open and verify {what}", f"{show([run['load_ms'] for run in runs], '{:.1f}')} ms", "", "", count)
    yield (f"memory, {what}", f"{runs[0]['bytes'] / names:.2f} B a name", "", "", "")
    line = [run["line_ns"] for run in runs]
    for text, key in ((f"one lookup, not listed, 4 random labels, {what}", "apart_ns"),
                      ("the same, lookups overlapping", "packed_ns")):
        took = [run[key] for run in runs]
        yield (f"{text}, against one cache line of as much memory", f"{show(took, '{:.0f}')} ns",
               f"{show(line, '{:.0f}')} ns", show(ratios(took, line)), count)
    database.unlink()

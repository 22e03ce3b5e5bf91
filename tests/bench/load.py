# SPDX-License-Identifier: BSD-3-Clause
"""Part load: what a list adds to the time of a start and to memory."""

import statistics

import lists
from resolvers import TEXT, Resolver, start_authority
from rig import ratios, show, turns


def prepare(rig, count):
    """The same names for every system; returns {system: its list}."""
    names = lists.write(rig.directory / "load.txt", count)
    database = rig.directory / "load.db"
    lists.compile(database, names)
    return {
        "none": None,
        "ours": database,
        "rpz": lists.write_rpz(rig.directory / "load.rpz", names, 1),
        "local-zone": lists.write_local_zones(rig.directory / "load.local", names),
    }


def start_once(rig, system, data, name):
    resolver = Resolver(rig, system, data).start()
    if system == "none":
        seconds = resolver.await_first("a.zero.example", "any")
    else:
        seconds = resolver.await_first(name, lists.PREFIX)
    memory = resolver.daemon.memory()
    resolver.stop()
    return seconds, memory


def measure(rig):
    count = rig.choose(1000000, 20000)
    data = prepare(rig, count)
    start_authority(rig)
    last = lists.name(count - 1)
    seconds = {system: [] for system in data}
    memory = {system: [] for system in data}
    slow_rounds = rig.choose(2, 1)
    for number in range(rig.choose(11, 3)):
        for system in turns(number, list(data)):
            if system in ("rpz", "local-zone") and number >= slow_rounds:
                continue
            took, resident = start_once(rig, system, data[system], last)
            seconds[system].append(took)
            memory[system].append(resident)
    yield from rows(count, seconds, memory)


def rows(count, seconds, memory):
    empty = statistics.median(seconds["none"])
    empty_memory = statistics.median(memory["none"])
    added = {s: [t - empty for t in seconds[s]] for s in seconds}
    mb = {s: [(m - empty_memory) / 1e6 for m in memory[s]] for s in memory}
    ours = max(statistics.median(added["ours"]), 1e-4)
    yield (f"start to first answer, {TEXT['none']}", "", f"{show([t * 1e3 for t in seconds['none']], '{:.0f}')} ms", "",
           str(len(seconds["none"])))
    for peer in ("rpz", "local-zone"):
        yield (f"time that {count:,} names add to it, against {TEXT[peer]}",
               f"{show([t * 1e3 for t in added['ours']], '{:.0f}')} ms", f"{show(added[peer])} s",
               f"{show([t / ours for t in added[peer]], '{:.0f}')} times less", f"{len(added['ours'])}, {len(added[peer])}")
        yield (f"memory they add (RSS), against {TEXT[peer]}", f"{show(mb['ours'], '{:.1f}')} MB",
               f"{show(mb[peer], '{:.0f}')} MB",
               f"{show(ratios(mb[peer], [statistics.median(mb['ours'])] * len(mb[peer])), '{:.0f}')} times less",
               f"{len(mb['ours'])}, {len(mb[peer])}")

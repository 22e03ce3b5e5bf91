# SPDX-License-Identifier: BSD-3-Clause
"""Part load: what a list adds to the time of a start and to memory."""

import statistics

import lists
from resolvers import TEXT, Resolver, start_authority
from rig import show, turns


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
    added = {system: [took - empty for took in seconds[system]] for system in seconds}
    grown = {system: [(now - empty_memory) / 1e6 for now in memory[system]] for system in memory}
    starts = show([took * 1e3 for took in seconds["none"]], "{:.0f}")
    yield (f"start to first answer, {TEXT['none']}", "", f"{starts} ms", "", str(len(seconds["none"])))
    for peer in ("rpz", "local-zone"):
        rounds = f"{len(added['ours'])}, {len(added[peer])}"
        ours = max(statistics.median(added["ours"]), 1e-4)
        less = show([took / ours for took in added[peer]], "{:.0f}")
        yield (f"time that {count:,} names add to it, against {TEXT[peer]}",
               f"{show([took * 1e3 for took in added['ours']], '{:.1f}')} ms", f"{show(added[peer])} s",
               f"{less} times less", rounds)
        less = show([mb / statistics.median(grown["ours"]) for mb in grown[peer]], "{:.0f}")
        yield (f"memory they add (RSS), against {TEXT[peer]}", f"{show(grown['ours'], '{:.1f}')} MB",
               f"{show(grown[peer], '{:.0f}')} MB", f"{less} times less", rounds)

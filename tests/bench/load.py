# SPDX-License-Identifier: BSD-3-Clause
"""Part load: what a list adds to the time of a start and to memory."""

import statistics

import lists
from resolvers import TEXT, Resolver, start_authority
from rig import column, show, show_paired, turns


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
    """By the clock and in the server's CPU time: seconds to the first answer; and bytes resident then."""
    resolver = Resolver(rig, system, data).start()
    if system == "none":
        seconds = resolver.await_first("a.zero.example", "any")
    else:
        seconds = resolver.await_first(name, lists.PREFIX)
    used = resolver.daemon.cpu()
    memory = resolver.daemon.memory()
    resolver.stop()
    return seconds, used, memory


def measure(rig):
    count = rig.choose(1000000, 20000)
    data = prepare(rig, count)
    start_authority(rig)
    last = lists.name(count - 1)
    found = {system: [] for system in data}
    slow_rounds = rig.choose(2, 1)
    for number in range(rig.choose(15, 3)):
        for system in turns(number, list(data)):
            if system in ("none", "ours") or number < slow_rounds:
                found[system].append(start_once(rig, system, data[system], last))
    yield from rows(count, found)
    yield from memory_of_many(rig, rig.choose(10000000, 50000), statistics.median(column(found["none"], 2)))


def memory_of_many(rig, count, empty):
    """Ours alone: the peers need tens of gigabytes."""
    names = lists.write(rig.directory / "load.txt", count)
    database = rig.directory / "many.db"
    lists.compile(database, names)
    names.unlink()
    grown = [start_once(rig, "ours", database, lists.name(count - 1))[2] - empty for _ in range(rig.choose(5, 2))]
    yield (f"memory that {count:,} names add (RSS)", f"{show([b / 1e6 for b in grown], '{:.0f}')} MB, "
           f"{statistics.median(grown) / count:.1f} B a name", "", "", str(len(grown)))
    database.unlink()


def rows(count, found):
    for index, clock in enumerate(("by the clock", "in CPU time")):
        empty = column(found["none"], index)
        starts = show([t * 1e3 for t in empty], "{:.0f}")
        yield (f"start to first answer, {TEXT['none']}, {clock}", "", f"{starts} ms", "", str(len(empty)))
        ours = [with_list - without for with_list, without in zip(column(found["ours"], index), empty)]
        for peer in ("rpz", "local-zone"):
            added = [took - statistics.median(empty) for took in column(found[peer], index)]
            yield (f"what {count:,} names add to that, against {TEXT[peer]}",
                   f"{show_paired([t * 1e3 for t in ours], '{:.1f}')} ms", f"{show(added)} s",
                   how_much_less(added, ours), f"{len(ours)}, {len(added)}")
    empty = statistics.median(column(found["none"], 2))
    grown = {system: [(resident - empty) / 1e6 for resident in column(found[system], 2)] for system in found}
    for peer in ("rpz", "local-zone"):
        less = [mb / statistics.median(grown["ours"]) for mb in grown[peer]]
        yield (f"memory they add (RSS), against {TEXT[peer]}", f"{show(grown['ours'], '{:.1f}')} MB",
               f"{show(grown[peer], '{:.0f}')} MB", f"{show(less, '{:.0f}')} times less",
               f"{len(grown['ours'])}, {len(grown[peer])}")


def how_much_less(theirs, ours):
    """What is lost in the noise is not divided by: the upper end of the middle half then stands for it."""
    low, middle, high = statistics.quantiles(ours, n=4)
    if high <= 0:
        return "below the noise"
    if low <= 0:
        return f"more than {statistics.median(theirs) / high:.0f} times less"
    return f"{statistics.median(theirs) / middle:.0f} times less"

# SPDX-License-Identifier: BSD-3-Clause
"""Part unlisted: what the module costs a query that it has nothing to say about."""

import time

import dnsload
import lists
from resolvers import Resolver, start_authority
from rig import ratios, show, show_paired, turns

KINDS = {"zero": "0 CNAMEs", "one": "1 CNAME", "three": "3 CNAMEs"}
FIRST_NAMES = (100000, 4000)
SECONDS_TO_TAKE_SETTINGS = 3  # with the second walk through the caches


def cost(resolver, questions):
    """Server CPU per query, in microseconds."""
    before = resolver.daemon.cpu()
    answers, _, _ = dnsload.ask(resolver.port, questions, 1, sockets=1)
    return (resolver.daemon.cpu() - before) / answers * 1e6


def first_cost(resolver, questions):
    """The same, each question once."""
    before = resolver.daemon.cpu()
    answers = dnsload.ask_once(resolver.port, questions, sockets=1)
    return (resolver.daemon.cpu() - before) / answers * 1e6


def measure(rig):
    names = lists.write(rig.directory / "unlisted.txt", rig.choose(1000000, 20000))
    lists.compile(rig.directory / "unlisted.db", names)
    start_authority(rig)
    for threads in (1, 2):
        resolvers = {
            "none": Resolver(rig, "none", threads=threads, cache_mb=64).start(),
            "ours": Resolver(rig, "ours", rig.directory / "unlisted.db", threads=threads, cache_mb=64).start(),
        }
        resolvers["none"].await_first("a.zero.example", "any")
        resolvers["ours"].await_first(lists.name(1), lists.PREFIX)
        for kind, text in KINDS.items():
            yield compare(rig, resolvers, kind, text, threads)
        if threads == 1:
            yield compare_first(rig, resolvers)
        rig.stop(*(resolver.daemon for resolver in resolvers.values()))


def row(text, found, rounds):
    return (f"unlisted names from cache, {text}, server CPU per query", f"{show(found['ours'])} us",
            f"{show(found['none'])} us (no module)", show_paired(ratios(found["none"], found["ours"])), str(rounds))


def compare(rig, resolvers, kind, text, threads):
    """One thread answers, whatever their number. But a resolver of one thread is no longer alone in its process once
    the module's own threads run, and from then on the kernel counts who uses a socket at every call."""
    questions = rig.directory / f"{kind}.q"
    questions.write_text("".join(f"h{i}.{kind}.example A\n" for i in range(4000)))
    found = {system: [] for system in resolvers}
    for resolver in resolvers.values():
        dnsload.ask_once(resolver.port, questions)
    rounds = rig.choose(30, 4)
    for number in range(rounds):
        for system in turns(number, list(resolvers)):
            found[system].append(cost(resolvers[system], questions))
    return row(f"{text}, given before, resolver with {threads} thread{'s' if threads > 1 else ''}", found, rounds)


def compare_first(rig, resolvers):
    """An answer is looked through when it is given for the first time after lists or settings have changed."""
    questions = rig.directory / "first.q"
    count = rig.choose(*FIRST_NAMES)
    questions.write_text("".join(f"f{i}.zero.example A\n" for i in range(count)))
    found = {system: [] for system in resolvers}
    for resolver in resolvers.values():
        dnsload.ask_once(resolver.port, questions)
    rounds = rig.choose(15, 2)
    for number in range(rounds):
        with open(resolvers["ours"].settings, "a") as settings:
            settings.write(f"# round {number}\n")
        time.sleep(SECONDS_TO_TAKE_SETTINGS)
        for system in turns(number, list(resolvers)):
            found[system].append(first_cost(resolvers[system], questions))
    return row(f"0 CNAMEs, {count:,} names, given for the first time after a change, resolver with 1 thread", found, rounds)

# SPDX-License-Identifier: BSD-3-Clause
"""Part unlisted: what the module costs a query that it has nothing to say about."""

import dnsload
import lists
from resolvers import Resolver, start_authority
from rig import ratios, show, show_paired, turns

KINDS = {"zero": "0 CNAMEs", "one": "1 CNAME", "three": "3 CNAMEs"}


def cost(resolver, questions):
    """Server CPU per query, in microseconds, and answers a second."""
    before = resolver.daemon.cpu()
    answers, rate, _ = dnsload.ask(resolver.port, questions, 1, sockets=1)
    return (resolver.daemon.cpu() - before) / answers * 1e6, rate


def measure(rig):
    names = lists.write(rig.directory / "unlisted.txt", rig.choose(1000000, 20000))
    lists.compile(rig.directory / "unlisted.db", names)
    start_authority(rig)
    for threads in (1, 2):
        yield from compare(rig, threads)


def compare(rig, threads):
    """One thread answers, whatever their number. But a resolver of one thread is no longer alone in its process once
    the module's own threads run, and from then on the kernel counts who uses a socket at every call."""
    resolvers = {
        "none": Resolver(rig, "none", threads=threads).start(),
        "ours": Resolver(rig, "ours", rig.directory / "unlisted.db", threads=threads).start(),
    }
    resolvers["none"].await_first("a.zero.example", "any")
    resolvers["ours"].await_first(lists.name(1), lists.PREFIX)
    for kind, text in KINDS.items():
        questions = rig.directory / f"{kind}.q"
        questions.write_text("".join(f"h{i}.{kind}.example A\n" for i in range(4000)))
        found = {system: [] for system in resolvers}
        for resolver in resolvers.values():
            dnsload.ask_once(resolver.port, questions)
        rounds = rig.choose(30, 4)
        for number in range(rounds):
            for system in turns(number, list(resolvers)):
                found[system].append(cost(resolvers[system], questions))
        with_module = [c for c, _ in found["ours"]]
        without = [c for c, _ in found["none"]]
        yield (f"unlisted names from cache, {text}, resolver with {threads} thread{'s' if threads > 1 else ''}, "
               "server CPU per query", f"{show(with_module)} us", f"{show(without)} us (no module)",
               show_paired(ratios(without, with_module)), str(rounds))
    for resolver in resolvers.values():
        resolver.stop()

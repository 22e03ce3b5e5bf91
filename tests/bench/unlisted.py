# SPDX-License-Identifier: BSD-3-Clause
"""Part unlisted: what the module costs a query that it has nothing to say about."""

import time

import dnsload
import lists
from resolvers import Resolver, start_authority
from rig import ratios, show, show_paired, turns

KINDS = {"zero": "0 CNAMEs", "one": "1 CNAME", "three": "3 CNAMEs"}
SECONDS_TO_TAKE_SETTINGS = 3  # with the second walk through the caches


def cost(resolver, ask, questions):
    """Server CPU per query, in microseconds."""
    before = resolver.daemon.cpu()
    answers = ask(resolver.port, questions)
    return (resolver.daemon.cpu() - before) / answers * 1e6


def ask_for_a_second(port, questions):
    return dnsload.ask(port, questions, 1, sockets=1)[0]


def ask_once(port, questions):
    return dnsload.ask_once(port, questions, sockets=1)


def measure(rig):
    names = lists.write(rig.directory / "unlisted.txt", rig.choose(1000000, 20000))
    lists.compile(rig.directory / "unlisted.db", names)
    start_authority(rig)
    for threads in (1, 2):
        resolvers = {
            "none": Resolver(rig, "none", threads=threads, cache_mb=64).start(),
            "ours": Resolver(rig, "ours", rig.directory / "unlisted.db", threads=threads, cache_mb=64).start(),
            "passive": Resolver(rig, "passive", rig.directory / "unlisted.db", threads=threads, cache_mb=64).start(),
        }
        several = f"resolver with {threads} thread{'s' * (threads - 1)}"
        resolvers["none"].await_first("a.zero.example", "any")
        for system in ("ours", "passive"):
            resolvers[system].await_first(lists.name(1), lists.PREFIX)
        for kind, text in KINDS.items():
            yield compare(resolvers, f"{text}, given before, {several}", write_questions(rig, kind, "h", 4000),
                          ask_for_a_second, rig.choose(30, 4))
        yield compare(resolvers, f"0 CNAMEs, given before, recorded (passive: hours), {several}",
                      write_questions(rig, "zero", "h", 4000), ask_for_a_second, rig.choose(30, 4),
                      system="passive", against="ours")
        if threads == 1:
            count = rig.choose(100000, 4000)
            yield compare(resolvers, f"0 CNAMEs, {count:,} names, given for the first time after a change, {several}",
                          write_questions(rig, "zero", "f", count), ask_once, rig.choose(15, 2), change_settings)
        rig.stop(*(resolver.daemon for resolver in resolvers.values()))


def write_questions(rig, kind, prefix, count):
    questions = rig.directory / f"{prefix}-{kind}.q"
    questions.write_text("".join(f"{prefix}{i}.{kind}.example A\n" for i in range(count)))
    return questions


def change_settings(resolvers, number):
    """An answer is looked through when it is given for the first time after lists or settings have changed."""
    with open(resolvers["ours"].settings, "a") as settings:
        settings.write(f"# round {number}\n")
    time.sleep(SECONDS_TO_TAKE_SETTINGS)


def compare(resolvers, text, questions, ask, rounds, before_round=lambda *_: None, system="ours", against="none"):
    """One thread answers, whatever their number. But a resolver of one thread is no longer alone in its process once
    the module's own threads run, and from then on the kernel counts who uses a socket at every call."""
    found = {system: [], against: []}
    for name in found:
        dnsload.ask_once(resolvers[name].port, questions)
    for number in range(rounds):
        before_round(resolvers, number)
        for name in turns(number, list(found)):
            found[name].append(cost(resolvers[name], ask, questions))
    what = "no module" if against == "none" else "not recorded"
    return (f"unlisted names from cache, {text}, server CPU per query", f"{show(found[system])} us",
            f"{show(found[against])} us ({what})", show_paired(ratios(found[against], found[system])), str(rounds))

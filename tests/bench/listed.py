# SPDX-License-Identifier: BSD-3-Clause
"""Part listed: listed names as fast as one thread answers and logs them."""

import random
import time

import dnsload
import lists
from load import prepare
from resolvers import TEXT, Resolver, lines_of, start_authority
from rig import column, ratios, show, turns

SYSTEMS = ["ours", "rpz", "local-zone"]


def write_questions(path, count):
    """4,000 names, half of them listed as they are, half below a listed one."""
    numbers = random.Random(7).sample(range(count), 4000)
    hosts = (f"h{i}." if i % 2 else "" for i in range(len(numbers)))
    path.write_text("".join(f"{host}{lists.name(number)} A\n" for host, number in zip(hosts, numbers)))
    return path


def one_round(resolver, questions, seconds):
    """Answers a second, answers per CPU second, and the share of them that is in the log."""
    resolver.empty_logs()
    before = resolver.daemon.cpu()
    answers, rate, lost = dnsload.ask(resolver.port, questions, seconds)
    time.sleep(0.5)  # what the log still holds back is work of this round
    used = resolver.daemon.cpu() - before
    log = resolver.events if resolver.system == "ours" else resolver.query_log
    return rate, answers / used, lines_of(log) / (answers + lost)


def measure(rig):
    count = rig.choose(1000000, 20000)
    data = prepare(rig, count)
    questions = write_questions(rig.directory / "listed.q", count)
    start_authority(rig)
    resolvers = {s: Resolver(rig, s, data[s], log_queries=True).start() for s in SYSTEMS}
    for resolver in resolvers.values():
        resolver.await_first(lists.name(count - 1), lists.PREFIX)
    found = {s: [] for s in SYSTEMS}
    rounds = rig.choose(7, 2)
    for number in range(rounds + 1):
        for system in turns(number, SYSTEMS):
            result = one_round(resolvers[system], questions, rig.choose(3, 1))
            if number > 0:  # the first round warms up
                found[system].append(result)
    for peer in SYSTEMS[1:]:
        for what, index in (("answers a second", 0), ("answers per server CPU second", 1)):
            here, there = (column(found[system], index) for system in ("ours", peer))
            yield (f"listed names, each logged, {what}, against {TEXT[peer]}", f"{show(here, '{:,.0f}')}",
                   f"{show(there, '{:,.0f}')}", show(ratios(here, there)), str(rounds))
    here, there = (show(column(found[system], 2), "{:.3f}") for system in ("ours", "rpz"))
    yield ("share of them found in the log", here, f"{there} (RPZ)", "", str(rounds))

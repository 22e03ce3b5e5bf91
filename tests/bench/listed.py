# SPDX-License-Identifier: BSD-3-Clause
"""Part listed: listed names as fast as one thread answers and logs them."""

import json
import random
import time
from dataclasses import dataclass

import dnsload
import lists
from load import prepare
from resolvers import TEXT, Resolver, lines_of, start_authority
from rig import Missing, column, ratios, show, turns

SYSTEMS = ["ours", "rpz", "local-zone", "unlogged"]


def write_questions(path, count):
    """4,000 names, half of them listed as they are, half below a listed one."""
    numbers = random.Random(7).sample(range(count), 4000)
    hosts = (f"h{i}." if i % 2 else "" for i in range(len(numbers)))
    path.write_text("".join(f"{host}{lists.name(number)} A\n" for host, number in zip(hosts, numbers)))
    return path


@dataclass
class Account:
    """What the log says of one round: replies in lines of their own, replies that lines with a count stand for, lost."""

    lines: int = 0
    folded: int = 0
    lost: int = 0
    replies: int = 0  # what the module counted itself

    def unexplained(self):
        return self.replies - self.lines - self.folded - self.lost


STATE_S = 12  # a state line with new counters comes within ten seconds


def last_state(path):
    """"sinkhole" of the last state line with counters; None if there is none."""
    found = None
    with open(path, "rb") as file:
        for line in file:
            if line.endswith(b"\n") and b'"sinkhole.state"' in line and b'"counters"' in line:
                found = json.loads(line)["sinkhole"]
    return found


def totals(state):
    counters = state["counters"]
    return {"replies": counters["sinkhole"] + counters["nodata"], "lost": state["lost"],
            "folded": counters["folded"]}


def await_quiet(path, before):
    """Totals of a state line that is younger than the last reply: the second of two that say the same, or of one that
    has said nothing new for as long as a new one may take."""
    end, seen = time.monotonic() + STATE_S, before
    while time.monotonic() < end:
        time.sleep(0.5)
        state = last_state(path)
        if state and totals(state) != seen:
            end, seen = time.monotonic() + STATE_S, totals(state)
    return seen


def account(path, before, after):
    """Events of the module's log since it was emptied."""
    found = Account(lost=after["lost"] - before["lost"], replies=after["replies"] - before["replies"])
    with open(path, "rb") as file:
        for line in file:
            if b'"sinkhole.dns"' not in line or not line.endswith(b"\n"):
                continue
            if b'"repeat"' in line:
                found.folded += json.loads(line)["sinkhole"]["repeat"]
            else:
                found.lines += 1
    return found


def one_round(resolver, questions, seconds, before):
    """Answers a second, answers per CPU second, the share of them that is in the log, and for ours the account and the
    totals at the end. before: the totals of our last round."""
    if resolver.system == "ours" and not before:
        before = await_quiet(resolver.events, None)
    resolver.empty_logs()
    cpu = resolver.daemon.cpu()
    answers, rate, lost = dnsload.ask(resolver.port, questions, seconds)
    time.sleep(0.5)  # what the log still holds back is work of this round
    used = resolver.daemon.cpu() - cpu
    if resolver.system != "ours":
        return rate, answers / used, lines_of(resolver.query_log) / (answers + lost), None, None
    after = await_quiet(resolver.events, before)
    found = account(resolver.events, before, after)
    return rate, answers / used, (found.lines + found.folded) / (answers + lost), found, after


def measure(rig):
    count = rig.choose(1000000, 20000)
    data = prepare(rig, count)
    questions = write_questions(rig.directory / "listed.q", count)
    start_authority(rig)
    data["unlogged"] = data["local-zone"]
    resolvers = {s: Resolver(rig, s, data[s], log_queries=True).start() for s in SYSTEMS}
    for resolver in resolvers.values():
        resolver.await_first(lists.name(count - 1), lists.PREFIX)
    found = {s: [] for s in SYSTEMS}
    rounds = rig.choose(7, 2)
    before = None
    for number in range(rounds + 1):
        for system in turns(number, SYSTEMS):
            result = one_round(resolvers[system], questions, rig.choose(3, 1), before)
            before = result[4] or before
            if number > 0:  # the first round warms up
                found[system].append(result)
    for peer in SYSTEMS[1:]:
        for what, index in (("answers a second", 0), ("answers per server CPU second", 1)):
            here, there = (column(found[system], index) for system in ("ours", peer))
            yield (f"listed names, each logged, {what}, against {TEXT[peer]}", f"{show(here, '{:,.0f}')}",
                   f"{show(there, '{:,.0f}')}", show(ratios(here, there)), str(rounds))
    here, there = (show(column(found[system], 2), "{:.3f}") for system in ("ours", "rpz"))
    yield ("share of them found in the log", here, f"{there} (RPZ)", "", str(rounds))
    sums = [result[3] for result in found["ours"]]
    unexplained = [account.unexplained() for account in sums]
    yield ("replies that the module counted, against lines, in lines with a count, counted as lost",
           f"{sum(a.replies for a in sums):,}",
           f"{sum(a.lines for a in sums):,} + {sum(a.folded for a in sums):,} + {sum(a.lost for a in sums):,}",
           "even" if not any(unexplained) else f"{sum(unexplained):+,} unexplained", str(rounds))
    if any(unexplained):
        raise Missing(f"replies without a trace, by round: {unexplained}")

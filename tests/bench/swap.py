# SPDX-License-Identifier: BSD-3-Clause
"""Part swap: a list is replaced while clients ask, against the same minute without it."""

import os
import re
import shutil
import statistics
import subprocess
import time

import dnsload
import lists
from resolvers import TEXT, Resolver, start_authority
from rig import CLIENT_CORE, Missing, pairs, pinned, program, show

RATE = 2000
NEW = "brand-new.zero.example"  # cached by everyone, then listed


class Prober:
    """Asks steadily in the background."""

    def __init__(self, port, questions, seconds):
        self.process = subprocess.Popen(
            [str(program("prober")), "steady", str(port), str(questions), lists.PREFIX, str(RATE), str(seconds)],
            stdout=subprocess.PIPE, text=True, preexec_fn=pinned(CLIENT_CORE),
        )

    def result(self):
        text, _ = self.process.communicate(timeout=400)
        if self.process.returncode != 0:
            raise Missing("the prober failed")
        return pairs(text)


def write_questions(path, count):
    """Half listed, half not and cached; the new name 100 times a second."""
    with open(path, "w") as file:
        for i in range(2000):
            file.write(f"{lists.name(i * (count // 2000))} B\nh{i}.zero.example G\n")
            if i % 10 == 0:
                file.write(f"{NEW} N\n")
    return path


def stage(source, place):
    """A whole file beside its place, on the disk before anyone is timed."""
    aside = place.with_suffix(".aside")
    shutil.copyfile(source, aside)
    with open(aside, "rb") as file:
        os.fsync(file.fileno())


def put(place):
    """What was staged, renamed into place. Returns when."""
    now = time.time()
    os.replace(place.with_suffix(".aside"), place)
    return now


class Ours:
    """The module: the file is replaced, the rest is its own doing."""

    def __init__(self, rig, old, new, cache_mb):
        self.old, self.new, self.place = old, new, rig.directory / "swap.db"
        stage(old, self.place)
        put(self.place)
        self.resolver = Resolver(rig, "ours", self.place, cache_mb=cache_mb).start()

    def lists_taken(self):
        text = self.resolver.query_log.read_text(errors="replace")
        return [line for line in text.splitlines() if "in force: list" in line]

    def await_taken(self, before, seconds=60):
        end = time.monotonic() + seconds
        while len(self.lists_taken()) <= before:
            if time.monotonic() > end:
                raise Missing("a new list was not in force within a minute")
            time.sleep(0.005)
        return time.time()

    def replace(self):
        before = len(self.lists_taken())
        at = put(self.place)
        return at, self.await_taken(before)

    def restore(self):
        before = len(self.lists_taken())
        stage(self.old, self.place)
        put(self.place)
        self.await_taken(before)


class Rpz:
    """Stock RPZ: the file is replaced and loaded through unbound-control."""

    def __init__(self, rig, old, new, cache_mb):
        self.old, self.new, self.place = old, new, rig.directory / "swap.rpz"
        stage(old, self.place)
        put(self.place)
        self.resolver = Resolver(rig, "rpz", self.place, cache_mb=cache_mb).start()

    def replace(self):
        at = put(self.place)
        self.resolver.control("auth_zone_reload", "rpz.test")
        return at, time.time()

    def restore(self):
        stage(self.old, self.place)
        put(self.place)
        self.resolver.control("auth_zone_reload", "rpz.test")


def reset_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def one_run(subject, questions, seconds, replaces):
    daemon = subject.resolver.daemon
    before = daemon.memory()
    if replaces:
        stage(subject.new, subject.place)
    reset_peak(daemon.process.pid)
    prober = Prober(subject.resolver.port, questions, seconds)
    at = done = None
    try:
        time.sleep(2)
        if replaces:
            at, done = subject.replace()
        result = prober.result()
    finally:
        if prober.process.poll() is None:
            prober.process.terminate()
            prober.process.wait()
    result["peak"] = daemon.memory("VmHWM") / before
    if replaces:
        result["in_force"] = done - at
        result["new_name"] = result["first_new_ns"] / 1e9 - at if result["first_new_ns"] else float("inf")
        subject.restore()
    return result


def measure_subject(subject, questions, rounds, seconds):
    found = {True: [], False: []}
    for number in range(rounds):
        for replaces in ((False, True), (True, False))[number % 2]:
            found[replaces].append(one_run(subject, questions, seconds, replaces))
    return found


def rows(title, found):
    swapped, quiet = found[True], found[False]
    count = str(len(swapped))
    here, there = (", ".join(f"{sum(r[key] for r in side):.0f}" for key in ("lost", "slow", "leaked"))
                   for side in (swapped, quiet))
    yield (f"{title}: queries lost, slower than 50 ms, listed but answered for real, of "
           f"{sum(r['sent'] for r in swapped):,.0f}", here, f"{there} (no swap)", "", count)
    for text, key in (("slowest answer", "worst_ms"), ("999 of 1,000 answers within", "p999_ms"),
                      ("longest silence", "silence_ms")):
        here, there = ([r[key] for r in side] for side in (swapped, quiet))
        yield (f"{title}: {text}", f"{show(here)} ms", f"{show(there)} ms (no swap)",
               f"{statistics.median(here) / statistics.median(there):.2f}", count)
    yield (f"{title}: replaced until in force, until the new name is sinkholed",
           f"{show([r['in_force'] for r in swapped])} s, {show([r['new_name'] for r in swapped])} s", "", "", count)
    yield (f"{title}: most memory, against before", show([r["peak"] for r in swapped]), "", "", count)


def seen_in_cache(subject, entries):
    """By the resolver's own word; an answer is an entry of each of two caches. Fewer than meant, and nothing was measured."""
    seen = int(re.search(r"\((\d+) cache entries seen", subject.lists_taken()[-1])[1])
    if seen < entries:
        raise Missing(f"{seen} cache entries were looked at where {entries} answers should be cached")
    return seen


def fill_cache(rig, resolver, entries):
    path = rig.directory / "fill.q"
    with open(path, "w") as file:
        for i in range(entries):
            file.write(f"h{i}.zero.example A\n")
    dnsload.ask_once(resolver.port, path)


def measure_size(rig, kind, count, entries, rounds, seconds):
    names = lists.write(rig.directory / "swap.txt", count)
    extra = rig.directory / "extra.txt"
    extra.write_text(NEW + "\n")
    old, new = rig.directory / f"old.{kind}", rig.directory / f"new.{kind}"
    if kind == "ours":
        lists.compile(old, names)
        lists.compile(new, names, extra)
    else:
        both = rig.directory / "both.txt"
        both.write_text(names.read_text() + extra.read_text())
        lists.write_rpz(old, names, 1)
        lists.write_rpz(new, both, 2)
    questions = write_questions(rig.directory / "swap.q", count)
    subject = (Ours if kind == "ours" else Rpz)(rig, old, new, max(16, entries // 700))
    subject.resolver.await_first(lists.name(count - 1), lists.PREFIX)
    fill_cache(rig, subject.resolver, max(entries, 2000))
    title = f"{TEXT[kind]}, swap of {count:,} names, {entries:,} answers cached"
    yield from rows(title, measure_subject(subject, questions, rounds, seconds))
    if kind == "ours":
        yield (f"{title}: cache entries looked at", f"{seen_in_cache(subject, entries):,}", "", "", "")
    subject.resolver.stop()


def measure(rig):
    start_authority(rig)
    yield from measure_size(rig, "ours", rig.choose(1000000, 20000), 0, rig.choose(6, 2), rig.choose(7, 5))
    yield from measure_size(rig, "ours", rig.choose(10000000, 50000), rig.choose(1000000, 5000), rig.choose(3, 1),
                            rig.choose(10, 5))
    yield from measure_size(rig, "rpz", rig.choose(1000000, 20000), 0, 1, rig.choose(45, 5))

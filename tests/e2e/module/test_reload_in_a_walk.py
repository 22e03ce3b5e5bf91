# SPDX-License-Identifier: BSD-3-Clause
"""Reloads while the module walks through the caches: what a reload has freed must not be walked through, and after a
reload that keeps the cache nothing is answered before the walk is done."""

import contextlib
import itertools
import os
import random
import re
import socket
import threading
import time

import pytest

from harness import paths
from harness.ask import addresses, ask, question
from harness.daemon import wait_for

SOURCE = paths.client(940)
ENTRIES = 10000
ROUNDS = 8
SEEN = re.compile(r"\((\d+) cache entries seen, (\d+) removed\)")


def fill(names):
    """Has them resolved, twenty at a time."""
    names = list(names)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((SOURCE, 0))
        s.connect((paths.RESOLVER, 53))
        s.settimeout(1)
        for at in range(0, len(names), 20):
            for name in names[at:at + 20]:
                s.send(question(name).to_wire())
            try:
                for _ in names[at:at + 20]:
                    s.recv(4096)
            except socket.timeout:
                continue


def walks(resolver):
    """(entries seen, entries removed) of each walk so far."""
    return [tuple(map(int, found)) for found in SEEN.findall(resolver.log())]


@contextlib.contextmanager
def again_and_again(action, pause):
    """Meanwhile, every so many seconds."""
    done = threading.Event()

    def run():
        while not done.wait(pause):
            action()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def switching(site):
    """Saves other settings all the time, so that one walk follows the other."""
    ttls = itertools.count(31)

    def save():
        site.settings["module"]["ttl"] = next(ttls)
        site.write()

    return again_and_again(save, 0.03)


def unfinished(path):
    """As if an editor had not done with the file: a module that runs waits with it, one that starts takes what is there."""
    return again_and_again(lambda: os.utime(path), 0.01)


@pytest.mark.parametrize("word", ["reload", "reload_keep_cache"])
def test_cache_sizes_change_in_walks(site, word):
    """Without keep_cache Unbound empties the caches first, and there is little to walk through when it frees them."""
    site.compile(site.feed("first.txt", "one.example.com\n"))
    resolver = site.resolver(threads=2, extra="server:\n    msg-cache-size: 32m\n    rrset-cache-size: 64m\n",
                             leak_check=word == "reload")
    site.await_list()
    text = resolver.config.read_text()
    fill(f"c{i}.wild.example.test" for i in range(ENTRIES))
    dump = resolver.control("dump_cache")
    random.seed(20)
    with switching(site):
        for number in range(ROUNDS):
            before = len(walks(resolver))
            wait_for(lambda: len(walks(resolver)) > before + 1, "walks", 20)
            time.sleep(random.uniform(0, 0.2))
            size = 16 << (number % 3)
            resolver.config.write_text(text.replace("msg-cache-size: 32m", f"msg-cache-size: {size}m")
                                       .replace("rrset-cache-size: 64m", f"rrset-cache-size: {2 * size}m"))
            resolver.control(word)
            wait_for(lambda: ask("one.example.com", source=SOURCE, timeout=1), "an answer after the reload")
            resolver.control("load_cache", input=dump)
    assert max(seen for seen, _ in walks(resolver)) >= ENTRIES // 2, "the walks had nothing to do"
    assert addresses(ask("one.example.com", source=SOURCE))[0].startswith("198.51.100.")


def last_start(resolver):
    """What the log says of the newest init."""
    log = resolver.log()
    return log[log.rindex("Restart of unbound"):log.rindex("start of service")]


def test_what_the_walk_in_init_finds(site):
    """Switched on at the moment of a reload that keeps the cache: the first client gets no real answer."""
    names = ["www.example.test", "out.example.test", "x.wild.example.test"]
    site.settings["mode"] = "off"
    site.write().compile(site.feed("first.txt", "".join(f"{name}\n" for name in names)))
    resolver = site.resolver(threads=2)
    site.await_list()
    for name in names:
        assert not addresses(ask(name, source=SOURCE))[0].startswith("198.51.100.")
    with unfinished(site.path):
        site.path.write_text(site.path.read_text().replace("mode: 'off'", "mode: enforce"))
        resolver.control("reload_keep_cache")
        wait_for(lambda: resolver.log().count("start of service") == 2, "the new start")
    for name in names:
        assert addresses(ask(name, source=SOURCE))[0].startswith("198.51.100."), name
    assert any(int(removed) > 0 for _, removed in SEEN.findall(last_start(resolver))), "the walk in init found nothing"
    assert site.dns_events(action="dns-leaked") == []

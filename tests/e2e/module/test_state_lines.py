# SPDX-License-Identifier: BSD-3-Clause
"""What the module says of itself is fresh: nobody waits for the hour to learn of a leak."""

import json
import time

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import settle, wait_for

SOURCE = paths.client(930)
LISTED = "www.example.test"


def counted(site):
    return [s["sinkhole"]["counters"] for s in site.states() if s["sinkhole"]["reason"] == "counted"]


def figures(site):
    status = json.loads(site.sinkctl("status", "--json"))
    return next(s for s in status["sensors"] if s["writer"] == "dns")["counters"]


def leak(resolver, dump):
    """Answers that load_cache brings back are given once, unless the watcher was quicker. How often it was."""
    for times in range(20):
        resolver.control("load_cache", input=dump)
        if addresses(ask(LISTED, source=SOURCE)) == ["192.0.2.12"]:
            return times
    raise AssertionError("the watcher was always quicker")


def test_counters_are_told_when_they_move(site):
    site.compile(site.feed("first.txt", "one.example.com\n"))
    resolver = site.resolver()
    site.await_list()
    ask(LISTED, source=SOURCE)
    dump = resolver.control("dump_cache")
    site.replace_list("--force", site.feed("second.txt", f"{LISTED}\n"))
    sinkholed = leak(resolver, dump) + 1
    settle(0.5)  # the cache is clean again
    ask(LISTED, source=SOURCE)
    wait_for(lambda: any(c["leaked"] == 1 for c in counted(site)), "the leak in a state line", 13)
    wait_for(lambda: figures(site)["sinkhole"] == sinkholed, "the same in sinkctl status", 5)
    assert figures(site)["leaked"] == 1
    assert figures(site)["list_memory"] > 1000
    assert "list memory" in " ".join(site.sinkctl("status").split())
    assert "counted" not in site.sinkctl("events")

    before = len(site.states())
    for _ in range(20):
        ask(LISTED, source=SOURCE)
        time.sleep(0.1)
    assert len(site.states()) <= before + 1, "not with each event"
    wait_for(lambda: counted(site)[-1]["sinkhole"] == sinkholed + 20, "all of them", 13)

# SPDX-License-Identifier: BSD-3-Clause
"""What the module says of itself is fresh: a leak is in it before the hour is over."""

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


def test_changed_counters_are_written_soon(site):
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
    wait_for(lambda: figures(site)["sinkhole"] == sinkholed, "the same in sinkctl status")
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


def cut(site):
    """The list as a copy leaves it that ends too early, renamed into place."""
    cut = site.directory / "cut.db"
    cut.write_bytes(site.database.read_bytes()[:1000])
    cut.rename(site.database)


def await_state(site, condition, what):
    return wait_for(lambda: next((s["sinkhole"] for s in site.states()[-1:] if condition(s["sinkhole"])), None), what)


def test_a_refused_list_has_its_reason_in_the_state_line(site):
    site.compile()
    site.resolver()
    state = await_state(site, lambda s: s["list"]["state"] == "in-force", "the list")
    assert "reason" not in state["list"]
    cut(site)
    state = await_state(site, lambda s: s["list"].get("refused"), "the refusal")
    assert state["list"]["state"] == "in-force" and state["list"]["serial"] > 0
    assert str(site.database) in state["list"]["reason"] and "too short" in state["list"]["reason"]
    site.replace_list("--force", paths.EMDIVI_FEED)
    state = await_state(site, lambda s: "reason" not in s["list"], "the end of the refusal")
    assert "refused" not in state["list"] and "settings" not in state


def test_a_resolver_that_starts_with_a_cut_list_says_that_it_has_none(site):
    site.compile()
    cut(site)
    site.resolver()
    state = await_state(site, lambda s: s["list"].get("refused"), "the refusal")
    assert state["list"]["state"] == "none" and "serial" not in state["list"]
    assert "too short" in state["list"]["reason"]


def test_a_missing_list_is_not_called_refused(site):
    site.resolver()
    state = await_state(site, lambda s: s["list"].get("reason"), "the reason")
    assert "refused" not in state["list"] and str(site.database) in state["list"]["reason"]


def test_refused_settings_have_their_reason_in_the_state_line(site):
    site.compile()
    site.resolver()
    site.await_list()
    site.write("mode: enforced\n")
    state = await_state(site, lambda s: "settings" in s, "the refusal")
    assert state["settings"]["refused"] and "sinkhole.yaml:1" in state["settings"]["reason"]
    assert state["mode"] == "enforce"
    site.write()
    await_state(site, lambda s: "settings" not in s, "the end of the refusal")

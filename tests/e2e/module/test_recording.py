# SPDX-License-Identifier: BSD-3-Clause
"""`campaigns: NAME: {events: first | count}`: what is written of a campaign with many questions, that every reply is
accounted for, and what sinkctl says of the hosts."""

import json

import pytest

from harness import paths
from harness.ask import ask
from harness.daemon import wait_for

LISTED = ("www.kaerunote.com", "www.a-masato.jp")
ROUNDS = 6


def ask_all(client):
    for _ in range(ROUNDS):
        for name in LISTED:
            for rdtype in "A", "AAAA":
                assert ask(name, rdtype, source=paths.client(client))
    return ROUNDS * len(LISTED) * 2


def account(site):
    """Replies in lines of their own, in lines with a count, and those that only the counters have."""
    events = site.dns_events()
    counters = site.states()[-1]["sinkhole"]["counters"]
    counted = sum(e["sinkhole"].get("repeat", 0) for e in events)
    assert counters["folded"] == counted
    assert counters["sinkhole"] == sum("repeat" not in e["sinkhole"] for e in events) + counted + counters["omitted"]
    return events, counters


def calls(site):
    hosts = json.loads(site.sinkctl("hosts", "--json"))["hosts"]
    return {h["host"]: h["call"] for h in hosts}


def start(site, recording):
    site.settings["campaigns"] = {"emdivi": {"events": recording}}
    site.write().compile()
    site.resolver(threads=1)
    site.await_list()


@pytest.mark.parametrize("recording", ["first", "count"])
def test_a_host_with_many_questions(site, recording):
    start(site, recording)
    replies = ask_all(900) + ask_all(901)
    wait_for(lambda: len({e["source"]["ip"] for e in site.dns_events()}) == 2, "the first events are written at once")
    site.stop()
    events, counters = account(site)
    assert counters["sinkhole"] == replies
    assert len(events) < replies / 2
    for client in 900, 901:
        of = [e for e in events if e["source"]["ip"] == paths.client(client)]
        assert {e["dns"]["question"]["name"] for e in of} == set(LISTED)
        if recording == "first":
            hours = {(e["@timestamp"][:13], e["dns"]["question"]["name"]) for e in of}
            assert len(of) == len(hours) and counters["folded"] == 0
        else:
            assert counters["omitted"] == 0
    assert calls(site) == {paths.client(900): "POSSIBLE", paths.client(901): "POSSIBLE"}


def test_changes_without_a_restart(site):
    start(site, "first")
    ask_all(900)
    site.settings["campaigns"]["emdivi"]["events"] = "all"
    taken = site.lists_taken()
    site.write()
    site.await_list(after=taken)
    replies = ask_all(901)
    site.stop()
    account(site)
    assert len(site.dns_events(source=paths.client(901))) == replies

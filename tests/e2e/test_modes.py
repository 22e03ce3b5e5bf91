# SPDX-License-Identifier: BSD-3-Clause
"""mode: the kill switch and the first week's dry run, switched by editing the file alone."""

import time

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import wait_for

LISTED = "www.kaerunote.com"
SOURCE = paths.client(40)


def switch(site, mode):
    site.settings["mode"] = mode
    site.write()


def genuine(name=LISTED):
    return addresses(ask(name, source=SOURCE)) == [paths.GENUINE4]


def test_switching_while_it_runs(site):
    site.compile()
    site.resolver()
    site.await_list()
    assert not genuine()
    assert [e["event"]["action"] for e in site.await_dns()] == ["dns-sinkhole"]

    switch(site, "monitor")
    wait_for(genuine, "mode: monitor", 5)
    assert genuine("fresh.kaerunote.com")
    event = site.await_dns(name="fresh.kaerunote.com")[0]
    assert event["event"]["action"] == "dns-monitor" and event["event"]["kind"] == "event"

    switch(site, "off")
    wait_for(lambda: silent(site), "mode: off", 5)
    assert genuine()

    # what was resolved and cached in between is sinkholed again at once
    switch(site, "enforce")
    wait_for(lambda: not genuine(), "mode: enforce", 5)
    assert not genuine("fresh.kaerunote.com")
    assert site.dns_events(action="dns-leaked") == []


def silent(site):
    before = len(site.dns_events())
    ask("probe.kaerunote.com", source=SOURCE)
    time.sleep(0.3)
    return len(site.dns_events()) == before


def test_a_broken_edit_changes_nothing(site):
    site.compile()
    resolver = site.resolver()
    site.await_list()
    site.write("mode: [this is: no settings file\n")
    wait_for(lambda: "sinkhole.yaml" in resolver.log(), "a complaint in Unbound's log", 10)
    assert not genuine()
    site.write()
    assert not genuine()


def test_exempt_clients_are_neither_sinkholed_nor_recorded(site):
    site.settings["module"]["exempt"] = [paths.client(41) + "/32"]
    site.settings["module"]["monitor-only"] = [paths.client(42) + "/32"]
    site.write().compile()
    site.resolver()
    site.await_list()
    for _ in range(3):
        assert addresses(ask(LISTED, source=paths.client(41))) == [paths.GENUINE4]
        assert addresses(ask(LISTED, source=paths.client(42))) == [paths.GENUINE4]
        assert addresses(ask(LISTED, source=paths.client(43))) != [paths.GENUINE4]
    assert [e["event"]["action"] for e in site.await_dns(3, source=paths.client(42))] == ["dns-monitor"] * 3
    assert [e["event"]["action"] for e in site.await_dns(3, source=paths.client(43))] == ["dns-sinkhole"] * 3
    assert site.dns_events(source=paths.client(41)) == []

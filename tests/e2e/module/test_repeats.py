# SPDX-License-Identifier: BSD-3-Clause
"""A flood of one question: the first of a second have lines of their own, the rest is counted, and nothing is lost."""

import json
import socket

from harness import paths
from harness.ask import question
from harness.daemon import wait_for

LISTED, OTHER = "www.kaerunote.com", "www.a-masato.jp"
FLOOD = 3000


def flood(name, source, count=FLOOD, tcp=False):
    """Asks the same again and again; returns how many answers came, which is how many replies were made."""
    wire = question(name).to_wire()
    answers = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((source, 0))
        s.connect((paths.RESOLVER, 53))
        s.settimeout(2)
        for first in range(0, count, 20):
            for _ in range(min(20, count - first)):
                s.send(wire)
            for _ in range(min(20, count - first)):
                assert s.recv(4096)
                answers += 1
    return answers


def repeats(events):
    return [e for e in events if "repeat" in e["sinkhole"]]


def total(events):
    return sum(e["sinkhole"].get("repeat", 1) for e in events)


def await_total(site, count, **wanted):
    wait_for(lambda: total(site.dns_events(**wanted)) >= count, f"{count} replies in the log", 10)
    found = site.dns_events(**wanted)
    assert total(found) == count, "each reply is in a line or in a count"
    return found


def test_events_and_repeats_are_all_replies(running):
    asked = {}
    for name, client in ((LISTED, 900), (LISTED, 901), (OTHER, 900)):
        asked[name, paths.client(client)] = flood(name, paths.client(client))
    for (name, source), count in asked.items():
        found = await_total(running, count, source=source, name=name)
        folded = repeats(found)
        assert len(found) < count / 2 and folded
        for event in folded:
            assert event["event"]["action"] == "dns-sinkhole" and "port" not in event["source"]
            assert event["@timestamp"] == event["sinkhole"]["first"] <= event["sinkhole"]["last"]
            assert event["sinkhole"]["first"][:19] == event["sinkhole"]["last"][:19], "of one second"
    status = json.loads(running.sinkctl("status", "--json"))
    dns = next(s for s in status["sensors"] if s["writer"] == "dns")
    assert (dns["events"], dns["lost"]) == (3 * FLOOD, 0)
    host = running.sinkctl("host", paths.client(901))
    assert str(FLOOD) in host.replace(",", "").replace(".", "")


def test_what_a_stopping_resolver_has_counted(running):
    count = flood(LISTED, paths.client(902), 500)
    running.stop()
    found = running.dns_events(source=paths.client(902))
    assert total(found) == count and repeats(found)
    counters = running.states()[-1]["sinkhole"]["counters"]
    assert counters["sinkhole"] == count
    assert counters["folded"] == sum(e["sinkhole"]["repeat"] for e in repeats(found))


def test_reload_in_a_flood(running):
    count = flood(LISTED, paths.client(903), 500)
    taken = running.lists_taken()
    running.daemons[0].control("reload")
    running.await_list(after=taken)
    count += flood(LISTED, paths.client(903), 500)
    await_total(running, count, source=paths.client(903))


def test_the_limit_is_a_setting(site):
    site.settings["module"]["max-repeats"] = 0
    site.write().compile()
    site.resolver()
    site.await_list()
    found = await_total(site, flood(LISTED, paths.client(904), 1000), source=paths.client(904))
    assert not repeats(found)

    site.settings["module"]["max-repeats"] = 5
    taken = site.lists_taken()
    site.write()
    site.await_list(after=taken)
    found = await_total(site, flood(LISTED, paths.client(905), 1000), source=paths.client(905))
    seconds = {e["@timestamp"][:19] for e in found}
    assert len(found) <= 6 * len(seconds)

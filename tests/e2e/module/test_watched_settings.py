# SPDX-License-Identifier: BSD-3-Clause
"""Every part of the settings that the module uses comes in force when the file is saved."""

import pytest

from harness import paths
from harness.ask import addresses, ask, rcode

LISTED = "www.kaerunote.com"
SOURCE, OTHER = paths.client(970), paths.client(971)


def save(site, **module):
    taken = site.lists_taken()
    site.settings["module"] |= module
    site.write()
    site.await_list(after=taken)


def found(source=SOURCE, name=LISTED):
    return addresses(ask(name, source=source))


@pytest.mark.parametrize("key", ["exempt", "monitor-only"])
def test_exempt_and_monitored_clients_change_without_a_reload(running, key):
    sinkhole = found()
    save(running, **{key: [SOURCE + "/32"]})
    for _ in range(3):
        assert found() == [paths.GENUINE4]
        assert found(OTHER) == sinkhole
    save(running, **{key: []})
    for _ in range(3):
        assert found() == found(OTHER) == sinkhole
    actions = [e["event"]["action"] for e in running.await_dns(4, source=SOURCE)]
    assert actions.count("dns-monitor") == (3 if key == "monitor-only" else 0)
    assert running.dns_events(action="dns-leaked") == []


def test_the_ttl_changes_without_a_reload(running):
    assert ask(LISTED, source=SOURCE).answer[0].ttl == 30
    save(running, ttl=7)
    for _ in range(3):
        assert ask(LISTED, source=SOURCE).answer[0].ttl == 7


def test_the_sinkhole_addresses_change_without_a_reload(running):
    assert found()[0].startswith("198.51.100.")
    save(running, **{"sinkhole-addresses": ["10.99.0.0/24"]})
    assert found()[0].startswith("10.99.0.")
    event = running.await_dns(2, source=SOURCE)[-1]
    assert event["dns"]["resolved_ip"] == found() == [event["sinkhole"]["campaign_address"]]
    assert ask(LISTED, "AAAA", source=SOURCE).answer == []


def test_canary_and_ede_text_change_without_a_reload(running):
    save(running, canary="canary.example.com", **{"ede-text": "call us"})
    assert found(name="canary.example.com")[0].startswith("198.51.100.")
    assert running.await_dns(name="canary.example.com")[0]["sinkhole"]["drill"] is True
    answer = ask(LISTED, source=SOURCE, use_edns=0)
    assert any(b"call us" in o.to_wire() for o in answer.options)
    save(running, canary="other.example.com")
    assert found(name="other.example.com")[0].startswith("198.51.100.")


@pytest.mark.parametrize("table, name", [("campaigns", "emdivi"), ("feeds", "emdivi")])
def test_overrides_change_without_a_reload(running, table, name):
    """By campaign and by feed, one after the other, and away again."""
    sinkhole = found()

    def override(action):
        taken = running.lists_taken()
        running.settings[table] = {name: {"action": action}} if action else {}
        running.write()
        running.await_list(after=taken)

    override("nxdomain")
    assert rcode(ask("x.kaerunote.com", source=SOURCE)) == "NXDOMAIN"
    override("monitor")
    assert found() == [paths.GENUINE4]
    override("nodata")
    answer = ask(LISTED, source=SOURCE)
    assert (rcode(answer), answer.answer) == ("NOERROR", [])
    override("drop")
    assert ask(LISTED, source=SOURCE, timeout=1) is None
    override("off")
    assert found() == [paths.GENUINE4]
    override(None)
    assert found() == sinkhole
    actions = [e["event"]["action"] for e in running.await_dns(6, source=SOURCE)]
    assert actions == ["dns-sinkhole", "dns-nxdomain", "dns-monitor", "dns-nodata", "dns-drop", "dns-sinkhole"]


def test_an_address_for_a_campaign(running):
    taken = running.lists_taken()
    running.settings["campaigns"] = {"emdivi": {"address": ["10.98.0.1", "2001:db8:98::1"]}}
    running.write()
    running.await_list(after=taken)
    assert found() == ["10.98.0.1"]
    assert addresses(ask(LISTED, "AAAA", source=SOURCE), "AAAA") == ["2001:db8:98::1"]


def test_the_event_log_changes_without_a_reload(running):
    found()
    assert running.await_dns(source=SOURCE)
    save(running, **{"event-log": "dns/other.jsonl"})
    found(OTHER)
    running.dns_log = running.directory / "dns/other.jsonl"
    assert running.await_dns(source=OTHER)

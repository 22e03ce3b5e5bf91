# SPDX-License-Identifier: BSD-3-Clause
"""What Unbound asks for itself has no client and no event: prefetch, keys, the addresses of name servers."""

import time

import pytest

from harness import paths
from harness.ask import addresses, ask, flags
from harness.daemon import settle

SOURCE = paths.client(960)


@pytest.fixture
def monitoring(site):
    site.settings["mode"] = "monitor"
    return site.write()


def asked(site, count, **wanted):
    """The events; no more come than questions were asked."""
    found = site.await_dns(count, **wanted)
    settle(0.5)
    assert len(site.dns_events()) == count
    return found


def test_prefetch_and_stale_answers_make_no_events_of_their_own(monitoring):
    """One event per reply, however often Unbound renews the answer behind it."""
    monitoring.compile(monitoring.feed("list.txt", "short.example.test\n"))
    monitoring.resolver(extra="server:\n    prefetch: yes\n    serve-expired: yes\n")
    monitoring.await_list()
    for _ in range(8):
        assert addresses(ask("short.example.test", source=SOURCE)) == ["192.0.2.17"]
        time.sleep(0.4)
    found = asked(monitoring, 8, source=SOURCE)
    assert {e["event"]["action"] for e in found} == {"dns-monitor"}
    assert any(e["sinkhole"].get("cached") for e in found)


def test_fetching_keys_of_a_listed_zone_makes_no_events(monitoring):
    monitoring.compile(monitoring.feed("list.txt", "signed.test\n"))
    monitoring.resolver()
    monitoring.await_list()
    answer = ask("x.wild.signed.test", source=SOURCE, want_dnssec=True)
    assert "AD" in flags(answer)
    event = asked(monitoring, 1)[0]
    assert event["dns"]["question"] == {"name": "x.wild.signed.test", "type": "A", "class": "IN"}


@pytest.mark.parametrize("mode", ["monitor", "enforce"])
def test_resolving_through_a_listed_name_server_makes_no_events(site, mode):
    """An unlisted name behind it goes on being resolved, and no client is blamed for that."""
    site.settings["mode"] = mode
    site.write().compile("--scope", "exact", site.feed("list.txt", "ns.test\n"))
    site.resolver()
    site.await_list()
    for name in ("www.example.test", "www.other.test", "x.wild.example.test"):
        assert addresses(ask(name, source=SOURCE))
    settle(0.5)
    assert site.dns_events() == []

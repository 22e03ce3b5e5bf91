# SPDX-License-Identifier: BSD-3-Clause
"""The site's own word: its pool, and its action for a campaign."""

import pytest

from harness import paths
from harness.ask import addresses, ask, rcode, soa

LISTED = "www.kaerunote.com"
EXACT = "www.skyworld.co.jp"


def test_a_pool_without_ipv6_has_no_aaaa(site):
    site.settings["module"]["sinkhole-addresses"] = [paths.POOL4]
    site.write().compile()
    site.resolver()
    site.await_list()
    answer = ask(LISTED, "AAAA", source=paths.client(10))
    assert rcode(answer) == "NOERROR" and answer.answer == [] and soa(answer)


def test_a_loopback_pool_serves_loopback_clients_alone(site):
    site.settings["module"]["sinkhole-addresses"] = ["127.66.0.0/24"]
    site.write().compile()
    resolver = site.resolver(extra="server:\n    interface: 127.0.0.1\n")
    site.await_list()
    assert addresses(ask(LISTED, source="127.0.0.1", server="127.0.0.1"))[0].startswith("127.66.0.")
    answer = ask(LISTED, source=paths.client(10))
    assert rcode(answer) == "NOERROR" and answer.answer == []
    assert "loopback" in resolver.log()


@pytest.mark.parametrize("action, expected", [("nodata", "NOERROR"), ("nxdomain", "NXDOMAIN")])
def test_an_override_changes_the_answer(site, action, expected):
    site.settings["campaigns"] = {"emdivi": {"action": action}}
    site.write().compile()
    site.resolver()
    site.await_list()
    answer = ask("x.kaerunote.com", source=paths.client(10))
    assert rcode(answer) == expected and answer.answer == [] and soa(answer)
    # RFC 8020: NXDOMAIN would deny names below an exact rule, too
    assert rcode(ask(EXACT, source=paths.client(10))) == "NOERROR"
    assert site.await_dns(source=paths.client(10))[0]["event"]["action"] == f"dns-{action}"


def test_a_dropped_query_is_recorded_once(site):
    site.settings["campaigns"] = {"emdivi": {"action": "drop"}}
    site.write().compile()
    site.resolver()
    site.await_list()
    assert ask(LISTED, source=paths.client(10), timeout=1) is None
    events = site.await_dns(source=paths.client(10))
    assert [e["event"]["action"] for e in events] == ["dns-drop"]
    assert "response_code" not in events[0]["dns"]


def test_an_ignored_campaign_resolves_without_an_event(site):
    site.settings["campaigns"] = {"emdivi": {"action": "off"}}
    site.write().compile()
    site.resolver()
    site.await_list()
    assert addresses(ask(LISTED, source=paths.client(10))) == [paths.GENUINE4]
    assert site.dns_events() == []


def test_a_never_blocked_name_keeps_its_answer_wherever_it_leads(site):
    feed = site.feed("list.txt", "www.other.test\n")
    never = site.feed("never.yaml", "feed: never\nnever-block: true\n"
                                    "indicators:\n  - {type: domain, value: out.example.test}\n")
    site.compile(feed)
    site.resolver()
    site.await_list()
    assert addresses(ask("out.example.test", source=paths.client(10)))[0].startswith("198.51.100.")
    site.replace_list(feed, "--never-block", never)
    assert addresses(ask("out.example.test", source=paths.client(10))) == ["192.0.2.21"]
    assert addresses(ask("www.other.test", source=paths.client(10)))[0].startswith("198.51.100.")

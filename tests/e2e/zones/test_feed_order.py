# SPDX-License-Identifier: BSD-3-Clause
"""The feed that comes first decides, also between what a name is and what it leads to."""

import pytest

from harness import paths
from harness.ask import addresses, ask

SOURCE = paths.client(1400)
NAME, REAL = "out.example.test", ["192.0.2.21"]
HEAD = """$TTL 60
$ORIGIN policy.zone.
@ SOA ns.policy.zone. host.policy.zone. 1 60 60 60 60
@ NS ns.policy.zone.
"""
FORBIDS = {"cname": "www.other.test A 192.0.2.200\n", "response-ip": "32.21.2.0.192.rpz-ip A 192.0.2.200\n"}
PASSES = {"qname": f"{NAME} CNAME rpz-passthru.\n", "cname": "www.other.test CNAME rpz-passthru.\n"}


def is_sinkholed():
    found = addresses(ask(NAME, source=SOURCE))
    return len(found) == 1 and found[0].startswith("198.51.100.")


def feeds(site, forbids, passes):
    return site.feed("forbids.rpz", HEAD + forbids), site.feed("passes.rpz", HEAD + passes)


@pytest.mark.parametrize("passes, trigger", [("qname", "cname"), ("qname", "response-ip"), ("cname", "response-ip")])
def test_a_passthru_ends_what_comes_after_it(site, passes, trigger):
    forbidding, passing = feeds(site, FORBIDS[trigger], PASSES[passes])
    site.compile(passing, forbidding)
    site.resolver()
    site.await_list()
    for _ in range(2):
        assert addresses(ask(NAME, source=SOURCE)) == REAL
    assert site.dns_events() == []

    site.replace_list("--force", forbidding, passing)
    for _ in range(2):
        assert is_sinkholed()
    assert site.await_dns(2)[0]["sinkhole"]["trigger"] == trigger

    site.replace_list("--force", passing, forbidding)
    assert addresses(ask(NAME, source=SOURCE)) == REAL
    site.replace_list("--force", forbidding)
    assert is_sinkholed()
    assert site.dns_events(action="dns-leaked") == []


@pytest.mark.parametrize("trigger", FORBIDS)
def test_within_one_feed_the_name_comes_first(site, trigger):
    site.compile(site.feed("both.rpz", HEAD + FORBIDS[trigger] + PASSES["qname"]))
    site.resolver()
    site.await_list()
    assert addresses(ask(NAME, source=SOURCE)) == REAL


@pytest.mark.parametrize("trigger", FORBIDS)
def test_never_block_wins_wherever_it_stands(site, trigger):
    forbidding, _ = feeds(site, FORBIDS[trigger], "")
    site.compile(forbidding, "--never-block", site.feed("never.txt", f"{NAME}\n"))
    site.resolver()
    site.await_list()
    for _ in range(2):
        assert addresses(ask(NAME, source=SOURCE)) == REAL
    assert site.dns_events() == []


@pytest.mark.parametrize("scope", ["earlier", "later"])
def test_an_alias_whose_servers_are_dead_keeps_the_order_of_feeds(site, scope):
    forbidding = site.feed("forbids.rpz", HEAD + "host.dead.test A 192.0.2.200\n")
    passing = site.feed("passes.rpz", HEAD + "deadalias.example.test CNAME rpz-passthru.\n")
    site.compile(*((passing, forbidding) if scope == "earlier" else (forbidding, passing)))
    site.resolver()
    site.await_list()
    found = addresses(ask("deadalias.example.test", source=SOURCE, timeout=20))
    assert found == [] if scope == "earlier" else found[0].startswith("198.51.100.")

# SPDX-License-Identifier: BSD-3-Clause
"""A cached answer that holds nothing listed is not inspected again, until the lists, or its records, are others.

Rules that only record are what shows it: they leave the answer in the cache."""

import re

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import settle, wait_for

SOURCE = paths.client(960)
# Name, type, and what of its answer comes to be listed: the name, the target of its alias, its address.
ASKED = [("www.example.test", "A", "www.example.test"), ("www.example.test", "TXT", "www.example.test"),
         ("nothing.example.test", "A", "nothing.example.test"), ("outchain.example.test", "A", "deep.other.test"),
         ("v4only.example.test", "A", "192.0.2.13/32")]
RECORDED = "feed: recorded\naction: monitor\nindicators:\n" + "".join(
    f"  - {{type: {'ip' if value[0] == '1' else 'domain'}, value: {value}}}\n"
    for value in sorted({value for _, _, value in ASKED}))


def ask_all(threads, source=SOURCE):
    for name, rdtype, _ in ASKED:
        for _ in range(4 * threads):
            ask(name, rdtype, source=source)


def recorded(site):
    return sorted((e["dns"]["question"]["name"], e["dns"]["question"]["type"], e["rule"]["name"].removesuffix("/32"))
                  for e in site.dns_events(action="dns-monitor"))


def all_recorded(site, threads, times=1):
    expected = sorted((name, rdtype, value.removesuffix("/32")) for name, rdtype, value in ASKED)
    wait_for(lambda: len(recorded(site)) >= times * 4 * threads * len(ASKED), f"an event for each reply: {recorded(site)}")
    assert recorded(site) == sorted(times * 4 * threads * expected)


@pytest.fixture
def listing(site):
    site.settings["module"]["max-repeats"] = 0
    site.write()
    return site.feed("first.txt", "one.example.com\n"), site.feed("recorded.yaml", RECORDED)


@pytest.mark.parametrize("threads", [1, 4])
def test_cached_answers_are_looked_through_again_with_each_list(site, listing, threads):
    other, monitored = listing
    site.compile(other)
    site.resolver(threads=threads)
    site.await_list()
    ask_all(threads)
    ask_all(threads)
    assert site.dns_events() == []
    site.replace_list("--force", monitored)
    ask_all(threads)
    all_recorded(site, threads)
    site.replace_list("--force", other)
    ask_all(threads)
    site.replace_list("--force", monitored)
    ask_all(threads)
    all_recorded(site, threads, times=2)


def test_what_the_walk_afterwards_saw_is_still_recorded(site, listing):
    """A second after a change the walk looks through the cache, so that clients' answers need not be: but what a rule
    only records stays there, and each reply of it is recorded."""
    site.compile(listing[0])
    site.resolver()
    site.await_list()
    ask_all(1)
    site.replace_list("--force", listing[1])
    settle(2.5)
    ask_all(1)
    all_recorded(site, 1)
    site.replace_list("--force", listing[0])
    settle(2.5)
    ask_all(1)
    site.replace_list("--force", listing[1])
    ask_all(1)
    all_recorded(site, 1, times=2)


def test_a_cache_that_outlives_the_module(site, listing):
    other, monitored = listing
    site.compile(other)
    resolver = site.resolver()
    site.await_list()
    ask_all(1)
    taken = site.lists_taken()
    site.compile("--force", monitored)
    resolver.control("reload_keep_cache")
    site.await_list(after=taken)
    wait_for(lambda: ask("www.example.test", source=paths.client(961)), "Unbound after the reload")
    assert "msg outchain.example.test. IN A " in resolver.control("dump_cache")
    ask_all(1)
    wait_for(lambda: len(site.dns_events(source=SOURCE, action="dns-monitor")) == 4 * len(ASKED), "an event for each")


def exchange_address(resolver, old, new):
    """Answers in the cache share their records, and get others when another answer brings them."""
    records = re.search(r"START_RRSET_CACHE\n(.*)END_RRSET_CACHE", resolver.control("dump_cache"), re.S)[1]
    changed = re.sub(rf"(\bA\t){re.escape(old)}$", rf"\g<1>{new}", records, flags=re.M)
    assert changed != records
    resolver.control("load_cache", input=f"START_RRSET_CACHE\n{changed}END_RRSET_CACHE\n"
                                         "START_MSG_CACHE\nEND_MSG_CACHE\nEOF\n")


def test_records_that_change_under_a_cached_answer(site, listing):
    site.compile(listing[1])
    resolver = site.resolver()
    site.await_list()
    for _ in range(3):
        assert addresses(ask("out.example.test", source=SOURCE)) == ["192.0.2.21"]
    assert site.dns_events() == []
    exchange_address(resolver, "192.0.2.21", "192.0.2.13")
    assert addresses(ask("out.example.test", source=SOURCE)) == ["192.0.2.13"]
    assert site.await_dns(source=SOURCE)[0]["rule"]["name"].startswith("192.0.2.13")


def test_records_that_change_beside_a_cached_answer(site):
    """Nothing keeps those out that come this way: that they got out must be seen."""
    site.compile(site.feed("networks.txt", "192.0.2.13/32\n"))
    resolver = site.resolver(extra="server:\n    minimal-responses: no\n")
    site.await_list()
    for _ in range(3):
        assert "192.0.2.11" in ask("example.test", "MX", source=SOURCE).to_text()
    assert site.dns_events() == []
    exchange_address(resolver, "192.0.2.11", "192.0.2.13")
    ask("example.test", "MX", source=SOURCE)
    assert site.await_dns(source=SOURCE, action="dns-leaked")[0]["sinkhole"]["trigger"] == "response-ip"

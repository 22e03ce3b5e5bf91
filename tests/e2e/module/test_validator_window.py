# SPDX-License-Identifier: BSD-3-Clause
"""While the validator waits for keys its answer may lie in the cache, and who checks for himself (CD) gets it there."""

import threading
import time

import dns.flags
import pytest

from harness import paths
from harness.ask import addresses, ask, question, rcode
from harness.slow import ANCHORED, STUB, SlowAuthority

FIRST, SECOND = paths.client(1100), paths.client(1101)
CHAINS = ["validator iterator", "subnetcache validator iterator"]


@pytest.fixture
def slow():
    with SlowAuthority(delay=0, key_delay=0.6, ttl=300):
        yield


@pytest.fixture(params=CHAINS, ids=lambda chain: chain.replace(" ", "+"))
def start(site, slow, request):
    def start():
        site.resolver(chain=request.param, extra=STUB + ANCHORED)
        site.await_list()

    return start


def ask_unchecked(name, source):
    query = question(name)
    query.flags |= dns.flags.CD
    return ask(query, source=source, timeout=15)


def ask_within_the_window(name):
    """The answers of a client whose answer is validated, and of one that asks meanwhile."""
    answers = []
    first = threading.Thread(target=lambda: answers.append(ask(name, source=FIRST, timeout=15)))
    first.start()
    time.sleep(0.3)
    assert not answers, "the window was over"
    second = ask_unchecked(name, SECOND)
    first.join()
    return answers[0], second


def is_sinkholed(answer):
    found = addresses(answer)
    return bool(found) and all(address.startswith("198.51.100.") for address in found)


@pytest.mark.parametrize("first_is", ["ordinary", "exempt"])
def test_a_listed_name_in_the_middle_of_a_chain(site, start, first_is):
    site.settings["module"]["exempt"] = [f"{FIRST}/32"] if first_is == "exempt" else []
    site.write().compile("--scope", "exact", site.feed("list.txt", "slowmiddle.example.test\n"))
    start()
    first, second = ask_within_the_window("slowchain.example.test")
    assert is_sinkholed(second)
    assert rcode(first) == "SERVFAIL", "the end of the chain is bogus, so nothing follows from it"
    assert site.dns_events(action="dns-leaked") == []


def test_a_chain_that_was_cached_before_its_middle_was_listed(site, start):
    site.compile(site.feed("first.txt", "one.example.com\n"))
    start()
    assert ask("slowchain.example.test", "CNAME", source=FIRST).answer
    site.replace_list("--force", "--scope", "exact", site.feed("second.txt", "slowmiddle.example.test\n"))
    first, second = ask_within_the_window("slowchain.example.test")
    assert rcode(first) == "SERVFAIL" and is_sinkholed(second)
    assert site.dns_events(action="dns-leaked") == []


def test_a_chain_whose_first_alias_is_cached(site, start):
    """What the iterator is after is not QNAME then, and no response says how it came there."""
    site.compile("--scope", "exact", site.feed("list.txt", "slowmiddle.example.test\n"))
    start()
    assert ask("slowlong.example.test", "CNAME", source=FIRST).answer
    first, second = ask_within_the_window("slowlong.example.test")
    assert rcode(first) == "SERVFAIL" and is_sinkholed(second)
    assert site.dns_events(action="dns-leaked") == []

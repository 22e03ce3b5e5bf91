# SPDX-License-Identifier: BSD-3-Clause
"""The module in front of every chain of modules that a site may have, with a signed zone behind it."""

import dns.flags
import pytest

from harness import paths
from harness.ask import addresses, ask, flags, question, rcode
from harness.site import Site

LISTED, LISTED_SIGNED = "www.kaerunote.com", "www.signed.test"
UNLISTED, UNLISTED_SIGNED = "www.example.test", "x.wild.signed.test"
SOURCE = paths.client(820)

CHAINS = [
    "iterator",
    "validator iterator",
    "respip iterator",
    "dns64 iterator",
    "subnetcache iterator",
    "respip subnetcache iterator",
    "respip validator iterator",
    "dns64 validator iterator",
    "subnetcache validator iterator",
    "respip subnetcache validator iterator",
]


def asked(name, do, cd, rdtype="A"):
    query = question(name, rdtype, want_dnssec=do)
    query.flags |= dns.flags.CD if cd else 0
    return ask(query, source=SOURCE)


def sinkholed(answer):
    found = addresses(answer)
    return len(found) == 1 and found[0].startswith("198.51.100.")


@pytest.fixture(scope="module", params=[(chain, threads) for chain in CHAINS for threads in (1, 4)],
                ids=lambda p: f"{p[0].replace(' ', '+')}-{p[1]}")
def chained(authority, tmp_path_factory, request):
    chain, threads = request.param
    site = Site(tmp_path_factory.mktemp("chained"), authority).write()
    site.compile(paths.EMDIVI_FEED, site.feed("signed.txt", f"{LISTED_SIGNED}\n"))
    site.resolver(chain=chain, threads=threads)
    site.await_list()
    site.validates = "validator" in chain
    yield site
    site.stop()


@pytest.mark.parametrize("cd", [False, True], ids=["", "cd"])
@pytest.mark.parametrize("do", [False, True], ids=["", "do"])
def test_every_order_of_modules(chained, do, cd):
    before = len(chained.dns_events(source=SOURCE))
    for _ in range(2):  # the second from the cache, where there is one
        for name in (LISTED, LISTED_SIGNED):
            answer = asked(name, do, cd)
            assert sinkholed(answer), name
            assert "AD" not in flags(answer), "a forged answer is not authentic"
        assert addresses(asked(UNLISTED, do, cd)) == ["192.0.2.12"]
        answer = asked(UNLISTED_SIGNED, do, cd)
        assert addresses(answer) == ["192.0.2.32"]
        if not cd:
            assert ("AD" in flags(answer)) == (chained.validates and do)
    found = chained.await_dns(before + 4, source=SOURCE)[before:]
    assert sorted(e["dns"]["question"]["name"] for e in found) == sorted([LISTED, LISTED_SIGNED] * 2)


def test_a_listed_name_has_no_synthesized_address(chained):
    """dns64 makes IPv6 addresses of IPv4 ones where there are none: here there are ours."""
    found = addresses(asked(LISTED, False, False, "AAAA"), "AAAA")
    assert len(found) == 1 and found[0].startswith("2001:db8:83:")


def test_denial_is_still_proven(chained):
    answer = asked("nothing.signed.test", True, False)
    assert rcode(answer) == "NXDOMAIN"
    assert ("AD" in flags(answer)) == chained.validates

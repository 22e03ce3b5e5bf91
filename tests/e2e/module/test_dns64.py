# SPDX-License-Identifier: BSD-3-Clause
"""DNS64 makes IPv6 addresses of IPv4 ones, and stores its answers itself."""

import dns.reversename
import pytest

from harness import paths
from harness.ask import addresses, ask, ask_all_the_time

SOURCE = paths.client(1300)
CHAIN = "dns64 validator iterator"
RULE = """$TTL 60
$ORIGIN policy.zone.
@ SOA ns.policy.zone. host.policy.zone. 1 60 60 60 60
@ NS ns.policy.zone.
32.13.2.0.192.rpz-ip A 192.0.2.200
"""


def is_sinkholed(found):
    return len(found) == 1 and found[0].startswith("2001:db8:83:")


@pytest.mark.parametrize("prefix", ["64:ff9b::/96", "2001:db8:64::/48", "2001:db8:6464:6464::/64"])
def test_a_rule_for_an_address_covers_what_is_made_of_it(site, prefix):
    site.compile(site.feed("policy.rpz", RULE))
    resolver = site.resolver(chain=CHAIN, extra=f"server:\n    dns64-prefix: {prefix}\n")
    site.await_list()
    start = prefix.split("::")[0] + ":"
    for _ in range(2):
        assert is_sinkholed(addresses(ask("v4only.example.test", "AAAA", source=SOURCE), "AAAA"))
        (other,) = addresses(ask("mail.example.test", "AAAA", source=SOURCE), "AAAA")
        assert other.startswith(start)
    event = site.await_dns(2, name="v4only.example.test")[0]
    assert (event["sinkhole"]["trigger"], event["rule"]["name"]) == ("response-ip", "192.0.2.13/32")
    cached = resolver.control("dump_cache").split("START_MSG_CACHE")[1]
    assert "msg mail.example.test. IN AAAA " in cached and "msg v4only.example.test. IN A" not in cached
    assert site.dns_events(action="dns-leaked") == []


def test_it_works_as_if_it_came_first(site):
    """Nothing is new to a module that comes behind another, and dns64 minds."""
    site.compile()
    resolver = site.resolver(chain=CHAIN, extra="server:\n    dns64-synthall: yes\n")
    site.await_list()
    assert addresses(ask("www.example.test", "AAAA", source=SOURCE), "AAAA") == ["64:ff9b::c000:20c"]
    resolver.control("verbosity", "4")
    ask(dns.reversename.from_address("64:ff9b::c000:20d").to_text(), "PTR", source=SOURCE)
    assert "dns64: rewrite PTR record" in resolver.log()


@pytest.mark.parametrize("rdtype", ["A", "AAAA"])
@pytest.mark.parametrize("listed", ["www.other.test", "192.0.2.13"])
def test_nothing_lies_in_the_cache_for_a_moment(site, listed, rdtype):
    by_name = listed[0] == "w"
    site.compile(site.feed("list.txt", f"{listed}\n") if by_name else site.feed("policy.rpz", RULE))
    site.resolver(chain=CHAIN, threads=4)
    site.await_list()
    answers = ask_all_the_time("out.example.test" if by_name else "v4only.example.test", 2, rdtype)
    assert len(answers) > 500
    ours = "198.51.100." if rdtype == "A" else "2001:db8:83:"
    assert all(len(a) == 1 and a[0].startswith(ours) for a in answers)
    assert site.dns_events(action="dns-leaked") == []

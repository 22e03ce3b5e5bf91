# SPDX-License-Identifier: BSD-3-Clause
"""An address in an answer that comes to be listed while the answer is in the cache."""

import pytest

from harness import paths
from harness.ask import addresses, ask

FIRST, SECOND = paths.client(950), paths.client(951)
LISTED = "$TTL 60\n$ORIGIN p.zone.\n@ SOA l. r.l. 1 1 1 1 1\n@ NS l.\n" + "".join(
    f"{trigger}.rpz-ip A 192.0.2.200\n" for trigger in (
        "32.13.2.0.192", "30.104.2.0.192", "128.13.zz.f.db8.2001"))
# Name, type, addresses, the rule: a lone address, one of six, one at the end of an alias, IPv6.
ASKED = [
    ("v4only.example.test", "A", "192.0.2.13/32"),
    ("many.example.test", "A", "192.0.2.104/30"),
    ("v6only.example.test", "AAAA", "2001:db8:f::13/128"),
]


def is_sinkholed(found):
    return len(found) == 1 and found[0].startswith(("198.51.100.", "2001:db8:83:"))


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("chain", ["validator iterator", "subnetcache validator iterator"])
def test_cached_and_then_listed(site, chain, threads):
    site.compile(site.feed("first.txt", "one.example.com\n"))
    site.resolver(chain=chain, threads=threads)
    site.await_list()
    for name, rdtype, _ in ASKED:
        for _ in range(2 * threads):
            found = addresses(ask(name, rdtype, source=FIRST), rdtype)
            assert found and not is_sinkholed(found)
    site.replace_list("--force", site.feed("second.rpz", LISTED))
    for source in (FIRST, SECOND):
        for name, rdtype, rule in ASKED:
            for _ in range(threads):
                assert is_sinkholed(addresses(ask(name, rdtype, source=source), rdtype)), (name, source)
            event = site.await_dns(threads, source=source, name=name)[0]
            assert event["sinkhole"]["trigger"] == "response-ip"
            assert rule.split("/")[0] in event["rule"]["name"]
            assert event["threat"]["indicator"]["type"] == ("ipv6-addr" if rdtype == "AAAA" else "ipv4-addr")
    assert site.dns_events(action="dns-leaked") == []

    site.replace_list("--force", site.feed("third.txt", "one.example.com\n"))
    for name, rdtype, _ in ASKED:
        found = addresses(ask(name, rdtype, source=SECOND), rdtype)
        assert found and not is_sinkholed(found), "removed from the list"

# SPDX-License-Identifier: BSD-3-Clause
"""One list: our module, and other resolvers with its RPZ export, answer every rule alike, or a difference that is known."""

import pytest

from harness import paths
from harness.ask import addresses, ask, rcode
from harness.bind import start_bind
from harness.consumers import CONSUMER, kresd, pdns_recursor
from harness.daemon import run
from harness.resolver import Unbound

FEED = """feed: f
indicators:
  - {type: domain, value: alone.example.com}
  - {type: domain, value: both.example.com, scope: subdomains}
  - {type: domain, value: nx.example.com, action: nxdomain}
  - {type: domain, value: allnx.example.com, action: nxdomain, scope: subdomains}
  - {type: domain, value: nodata.example.com, action: nodata}
  - {type: domain, value: allnodata.example.com, action: nodata, scope: subdomains}
  - {type: domain, value: dropped.example.com, action: drop}
  - {type: domain, value: nx.both.example.com, action: nxdomain, scope: subdomains}
  - {type: domain, value: alone.nx.both.example.com}
  - {type: domain, value: a.b.c.both.example.com, action: nodata}
  - {type: domain, value: watched.both.example.com, action: monitor}
  - {type: domain, value: watched.example.com, action: monitor}
  - {type: domain, value: passes.both.example.com, action: passthru, scope: subdomains}
  - {type: domain, value: www.kaerunote.com}
  - {type: ip, value: 192.0.2.12}
  - {type: ip, value: 192.0.2.104/30, action: nxdomain}
  - {type: ip, value: "2001:db8:f::13", action: nodata}
"""
NEVER = "free.both.example.com\nfree.example.com\n"

NAMES = """alone.example.com x.alone.example.com both.example.com x.both.example.com a.b.both.example.com xboth.example.com
nx.example.com x.nx.example.com allnx.example.com x.allnx.example.com nodata.example.com x.nodata.example.com allnodata.example.com
x.allnodata.example.com x.dropped.example.com nx.both.example.com x.nx.both.example.com alone.nx.both.example.com x.alone.nx.both.example.com
a.b.c.both.example.com b.c.both.example.com x.b.c.both.example.com x.a.b.c.both.example.com watched.both.example.com x.watched.both.example.com
watched.example.com passes.both.example.com x.passes.both.example.com free.both.example.com x.free.both.example.com free.example.com
www.kaerunote.com c2alias.example.test www.example.test alias.example.test many.example.test v6only.example.test v4only.example.test
example.com""".split()


def unbound(site, zone):
    daemon = Unbound(site.directory, site.authority, address=CONSUMER, chain="respip validator iterator",
                     extra=f'rpz:\n    name: rpz.sinkhole.\n    zonefile: "{zone}"\n', name="stock")
    site.daemons.append(daemon)


def verdict(name, rdtype, server, genuine):
    answer = ask(name, rdtype, source=paths.client(700), server=server)
    if rcode(answer) != "NOERROR":
        return rcode(answer)
    found = addresses(answer, rdtype)
    return "nodata" if not found else "resolves" if found == genuine else " ".join(found)


def known(consumer, name, ours, theirs):
    """How other resolvers may differ:
    - We never say NXDOMAIN where names below may exist (RFC 8020).
    - Knot Resolver says NXDOMAIN to all of .test (RFC 6761), before any rule; it has no rules for addresses in answers.
    - Unbound 1.17 looks at an alias when it fetches it, not when it has it in its cache."""
    return (ours == "nodata" and theirs == "NXDOMAIN") or (consumer is kresd and name.endswith(".test") and theirs == "NXDOMAIN") or \
        (consumer is unbound and name == "c2alias.example.test" and theirs == "resolves")


@pytest.mark.parametrize("consumer", [unbound, start_bind, kresd, pdns_recursor])
def test_every_rule_is_answered_as_by_our_module(site, plain, consumer):
    site.compile(site.feed("f.yaml", FEED), "--format", "domains", "--scope", "exact", "--never-block", site.feed("never.txt", NEVER))
    zone = site.directory / "sinkhole.rpz"
    run([paths.SINKZONE, "export", site.database, "--format", "rpz", "-c", site.path, "-o", zone], check=0)
    site.resolver()
    site.await_list()
    consumer(site, zone)
    wrong, seen = {}, set()
    for name in NAMES:
        for rdtype in ("A", "AAAA"):
            genuine = addresses(ask(name, rdtype, source=paths.client(700), server=paths.PLAIN), rdtype)
            ours, theirs = (verdict(name, rdtype, server, genuine) for server in (paths.RESOLVER, CONSUMER))
            seen.add("sinkhole" if ours[0].isdigit() else ours)
            if ours != theirs and not known(consumer, name, ours, theirs):
                wrong[name, rdtype] = (ours, theirs)
    assert wrong == {} and seen == {"sinkhole", "nodata", "NXDOMAIN", "resolves"}
    assert ask("dropped.example.com", source=paths.client(700), timeout=1) is None
    dropped = ask("dropped.example.com", source=paths.client(700), server=CONSUMER, timeout=1)
    assert rcode(dropped) == "SERVFAIL" if consumer is kresd else dropped is None  # Knot Resolver's word for it

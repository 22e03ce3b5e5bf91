# SPDX-License-Identifier: BSD-3-Clause
"""A response policy zone means the same to us as to Unbound's own RPZ, where both support it."""

import pytest

from harness import paths
from harness.ask import addresses, ask, rcode
from harness.resolver import Unbound

STOCK = "10.53.0.3"
HEAD = "$TTL 60\n$ORIGIN policy.zone.\n@ SOA localhost. root.localhost. ( 1 3600\n 600 86400 60 )\n@ NS localhost.\n"
ZONE = HEAD + """
nx.example.com CNAME .
both.example.com CNAME .
*.both.example.com CNAME .
*.below.example.com CNAME .
nodata.example.com CNAME *.
dropped.example.com CNAME rpz-drop.
*.mixed.example.com CNAME .
passes.mixed.example.com CNAME rpz-passthru.
data.mixed.example.com CNAME *.
own.mixed.example.com CNAME own.mixed.example.com.
UPPER.Example.COM CNAME .
4.example.com A 192.0.2.200
  TXT "x"
6.example.com AAAA 2001:db8:2::1
text.example.com TXT "nothing else"
garden.example.com CNAME mail.example.test.
*.gardens.example.com CNAME *.wild.example.test.
$ORIGIN jp.policy.zone.
relative.example CNAME .
$ORIGIN policy.zone.
delegated.example.com NS ns.example.com.
moved.example.com DNAME example.test.
32.12.2.0.192.rpz-ip CNAME .
30.105.2.0.192.rpz-ip CNAME *.
128.13.zz.f.db8.2001.rpz-ip CNAME .
32.10.2.0.192.rpz-ip CNAME rpz-passthru.
24.0.2.0.192.rpz-client-ip CNAME rpz-passthru.
"""

NAMES = """nx.example.com x.nx.example.com
both.example.com x.both.example.com a.b.c.both.example.com xboth.example.com
below.example.com x.below.example.com a.b.below.example.com
nodata.example.com x.nodata.example.com
mixed.example.com x.mixed.example.com passes.mixed.example.com data.mixed.example.com own.mixed.example.com
upper.example.com relative.example.jp relative.example delegated.example.com moved.example.com
4.example.com 6.example.com text.example.com garden.example.com x.gardens.example.com gardens.example.com
www.example.test alias.example.test v4only.example.test v6only.example.test many.example.test example.test
a.b.c.d.e.f.g.example.test other.example.com""".split()

LOCAL_DATA = "4.example.com 6.example.com text.example.com garden.example.com x.gardens.example.com".split()


def allowed(name, stock):
    """How we may differ: a sinkhole has addresses of both families whatever data the zone has, and we never say NXDOMAIN where
    names below may exist (RFC 8020). Unbound 1.26 answers NODATA for the old form of PASSTHRU, a CNAME of
    the name itself."""
    if name == "own.mixed.example.com" and stock == "nodata":
        return ("resolves", stock)
    return ("redirected", stock) if name in LOCAL_DATA and stock == "nodata" else ("nodata", stock) if stock == "NXDOMAIN" else None


# What we do not support, or nobody: counted and said, and the name resolves.
OTHERS = HEAD + """
listed.example.com CNAME .
elsewhere.example.com. CNAME .
tcp.example.com CNAME rpz-tcp-only.
ns.test.rpz-nsdname CNAME .
32.53.0.53.10.rpz-nsip CNAME .
8.0.0.0.10.rpz-client-ip CNAME .
"""


@pytest.fixture
def ours(site):
    def start(zone):
        path = site.feed("policy.zone", zone)
        said = site.compile(path)
        site.resolver()
        site.await_list()
        return path, said

    return site, start


def verdict(name, rdtype, server, genuine, **options):
    answer = ask(name, rdtype, source=paths.client(700), server=server, **options)
    if answer is None:
        return "drop"
    if rcode(answer) != "NOERROR":
        return rcode(answer)
    found = addresses(answer, rdtype)
    return "nodata" if not found else "resolves" if found == genuine else "redirected"


def test_the_same_zone_gives_the_same_verdicts(ours, plain):
    site, start = ours
    path, said = start(ZONE)
    site.daemons.append(Unbound(site.directory, site.authority, address=STOCK, chain="respip validator iterator",
                                extra=f'rpz:\n    name: policy.zone.\n    zonefile: "{path}"\n', name="stock"))
    seen = {}
    for name in NAMES:
        for rdtype in ("A", "AAAA"):
            genuine = addresses(ask(name, rdtype, source=paths.client(700), server=paths.PLAIN), rdtype)
            seen[name, rdtype] = tuple(verdict(name, rdtype, server, genuine) for server in (paths.RESOLVER, STOCK))
    for server in (paths.RESOLVER, STOCK):
        assert verdict("dropped.example.com", "A", server, [], timeout=1) == "drop"
    wrong = {key: pair for key, pair in seen.items() if pair[0] != pair[1] and pair != allowed(key[0], pair[1])}
    assert wrong == {}
    assert seen["both.example.com", "A"] == seen["x.below.example.com", "A"] == ("NXDOMAIN", "NXDOMAIN")
    # In a zone a name hides the wildcard above it from what is below; with us it speaks for itself alone.
    hidden = [verdict("x.passes.mixed.example.com", "A", server, [paths.GENUINE4]) for server in (paths.RESOLVER, STOCK)]
    assert hidden == ["NXDOMAIN", "resolves"]
    assert {pair[0] for pair in seen.values()} == {"resolves", "redirected", "nodata", "NXDOMAIN"}
    assert "refused 1: an rpz-client-ip trigger" in said.stdout
    assert "refused 2: no trigger or data of response policy zones" in said.stdout


def test_what_is_not_supported_is_said_and_never_a_name(ours):
    site, start = ours
    _, said = start(OTHERS)
    for text in ("rpz-tcp-only", "rpz-nsdname", "rpz-nsip", "rpz-client-ip", "outside the zone"):
        assert f" {text}" in said.stderr and f" {text}" in said.stdout
    for name in ("tcp.example.com", "elsewhere.example.com"):
        assert addresses(ask(name, source=paths.client(700))) == [paths.GENUINE4]
    assert addresses(ask("listed.example.com", source=paths.client(700))) == []

# SPDX-License-Identifier: BSD-3-Clause
"""Everything that is not listed answers as it would without us: byte for byte, TTLs masked."""

import struct
import time

import dns.edns
import dns.flags
import pytest

from harness import paths
from harness.ask import exchange, question
from harness.daemon import run
from harness.resolver import Unbound
from harness.site import Site

NAMES = [
    "example.test", "www.example.test", "mail.example.test", "v4only.example.test", "v6only.example.test",
    "many.example.test", "_sip._tcp.example.test", "naptr.example.test", "alias.example.test", "chain.example.test",
    "out.example.test", "outchain.example.test", "dangling.example.test", "loop1.example.test", "tree.example.test",
    "www.tree.example.test", "deep.tree.example.test", "x.wild.example.test", "a.b.wild.example.test",
    "except.wild.example.test", "short.example.test", "zero.example.test", "a.b.c.d.e.f.g.example.test",
    "c.d.e.f.g.example.test", "under_score.example.test", "xn--zckzah.example.test", "x.star.example.test",
    "big.example.test", "nothing.example.test", "other.test", "www.other.test", "signed.test", "www.signed.test",
    "x.wild.signed.test", "alias.signed.test", "nothing.signed.test", "text.signed.test", "WwW.ExAmPlE.tEsT", "ns.test",
    "test", ".", "genuine.com", "www.genuine.jp", "hosting-sv.jp", "nothing.invalid", "localhost",
    "1.2.0.192.in-addr.arpa",
]
TYPES = ["A", "AAAA", "MX", "TXT", "NS", "SOA", "HTTPS", "SRV", "CNAME", "DS", "ANY", "TYPE65400"]
COOKIE = dns.edns.GenericOption(10, bytes(range(8)))
SUBNET = dns.edns.ECSOption("192.0.2.0", 24)
VARIANTS = {
    "plain": {},
    "edns": {"use_edns": 0, "payload": 1232},
    "do": {"want_dnssec": True, "payload": 1232},
    "small": {"use_edns": 0, "payload": 512},
    "cookie-subnet": {"use_edns": 0, "options": [COOKIE, SUBNET]},
    "edns-version": {"use_edns": 1},
}


def mask_ttls(wire):
    """The message with every TTL zero, except of OPT: its place holds flags."""
    if wire is None or len(wire) < 12:
        return wire
    masked = bytearray(wire)
    counts = struct.unpack("!4H", wire[4:12])
    at = 12
    for _ in range(counts[0]):
        at = skip_name(wire, at) + 4
    for _ in range(sum(counts[1:])):
        at = skip_name(wire, at)
        rdtype, length = struct.unpack("!H", wire[at:at + 2])[0], struct.unpack("!H", wire[at + 8:at + 10])[0]
        if rdtype != 41:
            masked[at + 4:at + 8] = bytes(4)
        at += 10 + length
    assert at == len(wire)
    return bytes(masked)


def skip_name(wire, at):
    while wire[at] != 0:
        if wire[at] >= 0xC0:
            return at + 2
        at += wire[at] + 1
    return at + 1


def queries():
    number = 1
    for name in NAMES:
        for rdtype in TYPES:
            variant = list(VARIANTS)[number % len(VARIANTS)]
            query = question(name, rdtype, **VARIANTS[variant])
            query.id = number
            if number % 3 == 0:
                query.flags |= dns.flags.CD
            if number % 5 == 0:
                query.flags |= dns.flags.AD
            if number % 17 == 0:
                query.flags &= ~dns.flags.RD
            yield f"{name} {rdtype} {variant} {number}", query.to_wire()
            number += 1


# From 1.25 on Unbound answers at most 100 errors a second.
VERSION = run([paths.UNBOUND, "-V"], check=0).stdout.split()[1]
ERROR_PAUSE = 0.012 if int(VERSION.split(".")[1]) >= 25 else 0


def is_error(wire):
    """Nothing in answer and authority: no NODATA has that."""
    return wire is not None and wire[6:10] == bytes(4)


def compare(source, tcp=False, between=None):
    different = []
    for label, wire in queries():
        if between:
            between()
        ours = mask_ttls(exchange(wire, source, tcp=tcp))
        theirs = mask_ttls(exchange(wire, source, server=paths.PEER, tcp=tcp))
        if ours != theirs:
            different.append(f"{label}\n  with    {ours and ours.hex()}\n  without {theirs and theirs.hex()}")
        if is_error(theirs):
            time.sleep(ERROR_PAUSE)
    assert not different, f"{len(different)} answers differ\n" + "\n".join(different[:5])


@pytest.fixture(scope="module", params=["validator iterator", "respip subnetcache validator iterator"])
def pair(request, authority, tmp_path_factory):
    """Two resolvers that differ in the module alone, both with nothing cached."""
    directory = tmp_path_factory.mktemp("pair")
    site = Site(directory, authority).write()
    site.compile()
    # Unbound rotates the records of a set by query ID and second; two answers need not be of the same second.
    steady = {"chain": request.param, "extra": "server:\n    rrset-roundrobin: no\n"}
    site.resolver(**steady)
    without = Unbound(directory, authority, address=paths.PEER, name="without", **steady)
    site.daemons.append(without)
    site.await_list()
    yield site
    site.stop()


def test_first_from_the_authority_then_from_the_cache(pair):
    compare(paths.client(20))
    compare(paths.client(21))


def test_answers_over_tcp_are_as_without_the_module(pair):
    compare(paths.client(22), tcp=True)


def test_with_listed_queries_in_between(pair):
    wire = question("www.kaerunote.com").to_wire()
    compare(paths.client(23), between=lambda: exchange(wire, paths.client(24)))


def test_broken_queries_are_answered_as_without_the_module(pair):
    good = question("www.example.test", use_edns=0).to_wire()
    for wire in (good[:11], good[:12], good[:20], good + b"\0", good[:2] + b"\x20\x00" + good[4:],
                 good[:4] + b"\0\2" + good[6:], good[:2] + b"\x28\x00" + good[4:]):
        ours = exchange(wire, paths.client(25), timeout=0.3)
        theirs = exchange(wire, paths.client(25), server=paths.PEER, timeout=0.3)
        assert ours == theirs or mask_ttls(ours) == mask_ttls(theirs), wire.hex()


def test_unlisted_names_make_no_events(pair):
    recorded = {e["source"]["ip"] for e in pair.dns_events()}
    assert recorded <= {paths.client(24)}

# SPDX-License-Identifier: BSD-3-Clause
"""What a listed name answers, type by type."""

import dns.flags
import dns.rdatatype
import pytest

from harness import paths
from harness.ask import addresses, ask, exchange, extended_errors, flags, question, rcode, soa

LISTED = "www.kaerunote.com"
EXACT = "www.skyworld.co.jp"
NODATA_TYPES = ["HTTPS", "SVCB", "MX", "TXT", "CAA", "SRV", "PTR", "NAPTR", "CNAME", "DNAME", "TYPE65400"]
# Of a name that is listed alone these are resolved as they are: see test_validators.py.
FOR_VALIDATORS = ["NS", "SOA", "DS", "DNSKEY", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM"]
BELOW = "deep.below.muku-mori.com"
TTL = 30


@pytest.fixture(scope="module")
def pool4():
    return paths.POOL4.rsplit(".", 1)[0] + "."


def test_a_is_the_campaigns_address(sensor, pool4):
    answer = ask(LISTED, source=paths.client(10))
    assert rcode(answer) == "NOERROR"
    assert [r.ttl for r in answer.answer] == [TTL]
    assert addresses(answer)[0].startswith(pool4)
    assert addresses(answer) == addresses(ask(EXACT, source=paths.client(10)))
    assert addresses(answer)[0] not in (pool4 + "0", pool4 + "255")


def test_aaaa_is_the_campaigns_address(sensor):
    answer = ask(LISTED, "AAAA", source=paths.client(10))
    assert addresses(answer, "AAAA")[0].startswith("2001:db8:83::")
    assert [r.ttl for r in answer.answer] == [TTL]


def test_any_is_answered_with_both_addresses(sensor):
    answer = ask(LISTED, "ANY", source=paths.client(10), tcp=True)
    assert addresses(answer, "A") and addresses(answer, "AAAA")
    assert {r.rdtype for r in answer.answer} == {dns.rdatatype.A, dns.rdatatype.AAAA}


@pytest.mark.parametrize("name, rule, rdtype", [
    *((LISTED, None, rdtype) for rdtype in NODATA_TYPES + FOR_VALIDATORS),
    *((BELOW, "muku-mori.com.", rdtype) for rdtype in NODATA_TYPES + FOR_VALIDATORS),
    *((EXACT, EXACT + ".", rdtype) for rdtype in NODATA_TYPES),
])
def test_every_other_type_is_nodata_with_soa(sensor, rdtype, name, rule):
    answer = ask(name, rdtype, source=paths.client(10))
    assert rcode(answer) == "NOERROR"
    assert answer.answer == []
    authority = soa(answer)
    assert authority is not None and len(answer.authority) == 1
    assert authority.ttl == TTL and authority[0].minimum == TTL
    if rule:
        assert authority.name.to_text().lower() == rule


@pytest.mark.parametrize("rdtype", ["A", "AAAA", "TXT", "HTTPS"])
@pytest.mark.parametrize("cd", [False, True])
def test_never_signed_never_authentic(sensor, rdtype, cd):
    query = question(LISTED, rdtype, want_dnssec=True)
    query.flags |= dns.flags.AD | (dns.flags.CD if cd else 0)
    answer = ask(query, source=paths.client(10))
    assert "AD" not in flags(answer)
    assert not any(r.rdtype == dns.rdatatype.RRSIG for r in answer.answer + answer.authority)
    assert {"QR", "RD", "RA"} <= flags(answer)


@pytest.mark.parametrize("rdtype", ["A", "HTTPS"])
def test_extended_error_blocked_for_edns_clients_alone(sensor, rdtype):
    assert extended_errors(ask(LISTED, rdtype, source=paths.client(10), use_edns=0)) == [(15, "")]
    without = ask(LISTED, rdtype, source=paths.client(10))
    assert without.edns == -1


def test_over_tcp_and_ipv6(sensor):
    over_udp = addresses(ask(LISTED, source=paths.client(10)))
    assert addresses(ask(LISTED, source=paths.client(10), tcp=True)) == over_udp
    assert addresses(ask(LISTED, source="2001:db8:10::7", server="2001:db8:53::1")) == over_udp


def test_the_question_is_repeated_as_asked(sensor):
    """0x20: the letters of the question come back as they were sent."""
    answer = ask("wWw.kAeRuNoTe.CoM", source=paths.client(10))
    assert answer.question[0].name.to_text() == "wWw.kAeRuNoTe.CoM."


def test_other_classes_are_left_alone(sensor, plain):
    wire = question(LISTED, "TXT", rdclass="CH", id=4711).to_wire()
    assert exchange(wire, paths.client(10)) == exchange(wire, paths.client(10), server=paths.PLAIN)


def test_an_alias_of_a_listed_name_is_intercepted_whole(sensor):
    for alias in ("c2alias.example.test", "c2alias2.example.test"):
        answer = ask(alias, source=paths.client(11))
        assert addresses(answer) == addresses(ask(LISTED, source=paths.client(10)))
        assert [r.name.to_text() for r in answer.answer] == [alias + "."]
        event = sensor.await_dns(source=paths.client(11), name=alias)[0]
        assert event["sinkhole"]["trigger"] == "cname"
    assert addresses(ask("neighbour.example.test", source=paths.client(11))) == [paths.GENUINE4]

# SPDX-License-Identifier: BSD-3-Clause
"""Validators that forward to this resolver. A rule for one name must leave the names below it provable; what our answers
become at a validator is what docs/enable-on-a-resolver.md says."""

import dns.rdatatype
import pytest

from harness import paths
from harness.ask import addresses, ask, flags, rcode
from harness.bind import NO_LOCK_FILE
from harness.daemon import Daemon, run, settle
from harness.resolver import Unbound

BIND = "10.53.0.3"
SOURCE = paths.client(1700)
# Not listed in any of these tests, and what a validator makes of them: address, whether it is proven.
BELOW = {
    "www.signed.test": ("192.0.2.31", True),
    "x.wild.signed.test": ("192.0.2.32", True),
    "www.sub.signed.test": ("192.0.2.41", True),
    "www.plain.signed.test": ("192.0.2.51", False),
    "www.example.test": ("192.0.2.12", False),
}
FOR_VALIDATORS = ["DS", "DNSKEY", "NS", "SOA", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM"]


def validating_unbound(site, tmp_path, authority):
    forward = f'forward-zone:\n    name: "."\n    forward-addr: {paths.RESOLVER}\n'
    site.daemons.append(Unbound(tmp_path / "behind", authority, address=paths.PEER, name="behind", extra=forward))
    return paths.PEER


def validating_bind(site, tmp_path, authority):
    _, _, _, tag, algorithm, kind, digest = authority.trust_anchor.read_text().split()[:7]
    config = tmp_path / "named.conf"
    config.write_text(f"""options {{
    directory "{tmp_path}"; pid-file none; session-keyfile none; {NO_LOCK_FILE}
    listen-on {{ {BIND}; }}; listen-on-v6 {{ none; }}; query-source address {BIND};
    max-cache-size 32m; recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; empty-zones-enable no;
    dnssec-validation yes; managed-keys-directory "{tmp_path}"; forward only; forwarders {{ {paths.RESOLVER}; }};
}};
controls {{ }};
trust-anchors {{ "signed.test." static-ds {tag} {algorithm} {kind} "{digest}"; }};
""")
    run(["named-checkconf", config], check=0)
    daemon = Daemon("named", ["named", "-g", "-c", config, "-n", "1"], tmp_path)
    site.daemons.append(daemon)
    daemon.wait_ready(lambda: "all zones loaded" in daemon.log())
    return BIND


@pytest.fixture(params=[validating_unbound, validating_bind], ids=["unbound", "bind"])
def behind(site, tmp_path, authority, request):
    """Starts the resolver with a list of these names, and the validator behind it; returns a way to ask that."""

    def behind(*names, scope="exact", chain="validator iterator"):
        site.compile("--force", "--scope", scope, site.feed("list.txt", "".join(f"{name}\n" for name in names)))
        site.resolver(chain=chain)
        site.await_list()
        server = request.param(site, tmp_path, authority)
        return lambda name, rdtype="A": ask(name, rdtype, source=SOURCE, server=server, want_dnssec=True)

    return behind


def is_sinkholed(answer):
    found = addresses(answer)
    return len(found) == 1 and found[0].startswith("198.51.100.")


def check_unlisted(asked):
    for name, (address, proven) in BELOW.items():
        answer = asked(name)
        assert (name, rcode(answer), addresses(answer)) == (name, "NOERROR", [address])
        assert ("AD" in flags(answer)) == proven, name
    denial = asked("nothing.signed.test")
    assert rcode(denial) == "NXDOMAIN" and "AD" in flags(denial)


def questions(site):
    settle(0.3)
    return {(e["dns"]["question"]["name"], e["dns"]["question"]["type"]) for e in site.dns_events()}


@pytest.mark.parametrize("chain", ["validator iterator", "iterator", "subnetcache validator iterator"],
                         ids=lambda chain: chain.replace(" ", "+"))
@pytest.mark.parametrize("first", ["listed", "below"])
@pytest.mark.parametrize("listed", ["signed.test", "sub.signed.test"])
def test_names_below_an_exactly_listed_signed_apex(site, behind, listed, first, chain):
    """Both sides of the cut, whichever is asked for first. What we say of the apex itself contradicts its signatures."""
    asked = behind(listed, chain=chain)
    if first == "below":
        check_unlisted(asked)
        assert questions(site) == set(), "keys that were asked for are no evidence"
    assert rcode(asked(listed)) == "SERVFAIL"
    check_unlisted(asked)
    assert questions(site) == {(listed, "A")}


@pytest.mark.parametrize("first", ["listed", "below"])
def test_names_below_an_exactly_listed_unsigned_apex(site, behind, first):
    """The parent proves that there is no signature, so that our answer is accepted."""
    asked = behind("plain.signed.test")
    if first == "below":
        check_unlisted(asked)
    assert is_sinkholed(asked("plain.signed.test"))
    check_unlisted(asked)
    assert questions(site) == {("plain.signed.test", "A")}


def test_a_listed_name_that_is_no_apex(behind):
    asked = behind("www.example.test", "text.signed.test")
    assert is_sinkholed(asked("www.example.test"))
    assert rcode(asked("text.signed.test")) == "SERVFAIL"
    assert addresses(asked("www.signed.test")) == ["192.0.2.31"]


def test_a_rule_with_subdomains_for_an_unsigned_zone(site, behind):
    """The listed name and all below reach the sinkhole through a validator."""
    asked = behind("plain.signed.test", scope="subdomains")
    for name in ("www.plain.signed.test", "plain.signed.test", "no.such.plain.signed.test"):
        assert is_sinkholed(asked(name)), name
    assert addresses(asked("www.signed.test")) == ["192.0.2.31"]
    assert {name for name, _ in questions(site)} == {
        "www.plain.signed.test", "plain.signed.test", "no.such.plain.signed.test"}


def test_a_rule_with_subdomains_for_a_signed_zone(behind):
    """Nothing there can be proven: no address, neither the real one nor ours."""
    asked = behind("sub.signed.test", scope="subdomains")
    for name in ("www.sub.signed.test", "sub.signed.test", "no.such.sub.signed.test"):
        assert rcode(asked(name)) == "SERVFAIL", name
    answer = asked("www.signed.test")
    assert addresses(answer) == ["192.0.2.31"] and "AD" in flags(answer)


# What is handed out with the types that are left alone


def records(answer):
    return {(r.name.to_text(), dns.rdatatype.to_text(r.rdtype)) for r in answer.answer}


@pytest.fixture
def listing(site):
    def listing(*names, scope="exact", extra=""):
        site.compile("--force", "--scope", scope, site.feed("list.txt", "".join(f"{name}\n" for name in names)))
        site.resolver(extra=extra)
        site.await_list()

    return listing


@pytest.mark.parametrize("rdtype", FOR_VALIDATORS)
@pytest.mark.parametrize("name", ["signed.test", "sub.signed.test", "plain.signed.test"])
def test_types_for_validators_are_as_without_us(site, plain, listing, name, rdtype):
    listing("signed.test", "sub.signed.test", "plain.signed.test")
    for _ in range(2):  # the second from the cache
        ours, real = (ask(name, rdtype, source=SOURCE, server=server, want_dnssec=True)
                      for server in (paths.RESOLVER, paths.PLAIN))
        assert rcode(ours) == rcode(real)
        assert sorted(map(str, ours.answer)) and records(ours) == records(real) if real.answer else not ours.answer
    assert questions(site) == set()
    assert site.states()[-1]["sinkhole"]["counters"]["leaked"] == 0


@pytest.mark.parametrize("rdtype", ["A", "AAAA", "MX", "TXT", "CNAME", "DNAME", "HTTPS", "ANY", "CDS", "TYPE65400"])
def test_all_other_types_are_ours(listing, rdtype):
    listing("signed.test")
    answer = ask("signed.test", rdtype, source=SOURCE)
    assert all(r.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA) for r in answer.answer)
    assert all(address.startswith("198.51.100.") for address in addresses(answer))


@pytest.mark.parametrize("rdtype", FOR_VALIDATORS)
def test_the_alias_of_a_listed_name_is_not_told_with_another_type(listing, rdtype):
    """Behind us it would be followed for addresses as well."""
    listing("alias.signed.test")
    for _ in range(2):
        answer = ask("alias.signed.test", rdtype, source=SOURCE, want_dnssec=True)
        assert (rcode(answer), answer.answer) == ("NOERROR", [])


@pytest.mark.parametrize("rdtype", ["DS", "NS"])
def test_a_listed_name_at_the_end_of_a_chain(listing, rdtype):
    """c2alias2 -> c2alias -> a name whose own alias must not be given, and one that has none."""
    listing("c2alias.example.test")
    answer = ask("c2alias2.example.test", rdtype, source=SOURCE)
    assert answer.answer == []


def test_a_redirection_at_an_exactly_listed_name_holds_for_the_names_below(site, listing):
    listing("tree.plain.signed.test")
    assert addresses(ask("www.tree.plain.signed.test", source=SOURCE)) == ["192.0.2.21"]
    assert is_sinkholed(ask("tree.plain.signed.test", source=SOURCE))
    assert ask("tree.plain.signed.test", "DNAME", source=SOURCE).answer == []


def test_a_listed_servers_address_is_not_given_beside_its_name(site, listing):
    listing("plain.signed.test", "ns.plain.signed.test", extra="server:\n    minimal-responses: no\n")
    for _ in range(2):
        answer = ask("plain.signed.test", "NS", source=SOURCE)
        assert records(answer) == {("plain.signed.test.", "NS")}
        assert not any(r.rdtype == dns.rdatatype.A for r in answer.additional)
    assert site.dns_events(action="dns-leaked") == []


def test_an_unlisted_servers_addresses_are_given(listing):
    """The test above can fail."""
    listing("signed.test", extra="server:\n    minimal-responses: no\n")
    answer = ask("plain.signed.test", "NS", source=SOURCE)
    assert any(r.rdtype == dns.rdatatype.A for r in answer.additional)


def test_keys_leave_the_cache_when_the_rule_comes_to_cover_subdomains(site, listing):
    listing("signed.test")
    assert ask("signed.test", "DNSKEY", source=SOURCE).answer
    site.replace_list("--force", "--scope", "subdomains", site.feed("more.txt", "signed.test\n"))
    assert ask("signed.test", "DNSKEY", source=SOURCE).answer == []
    assert site.dns_events(action="dns-leaked") == []

# SPDX-License-Identifier: BSD-3-Clause
"""Once a list is in force no path gives a client the real address of a listed name."""

import time

import dns.flags
import pytest

from harness import paths
from harness.ask import addresses, ask, question, rcode
from harness.daemon import settle

SOURCE = paths.client(70)
BUSY = """server:
    prefetch: yes
    serve-expired: yes
    serve-expired-ttl: 86400
"""
NAMES = ("www.example.test", "alias.example.test", "x.wild.example.test", "www.tree.example.test", "short.example.test",
         "www.signed.test", "zero.example.test")


def is_sinkholed(answer, rdtype="A"):
    found = addresses(answer, rdtype)
    return bool(found) and all(a.startswith(("198.51.100.", "2001:db8:83:")) for a in found)


def variants(name, source):
    """The same question in all the ways that the cache tells apart."""
    for rdtype in ("A", "AAAA"):
        for checking_disabled in (False, True):
            for do in (False, True):
                query = question(name, rdtype, want_dnssec=do)
                query.flags |= dns.flags.CD if checking_disabled else 0
                yield rdtype, ask(query, source=source)


@pytest.mark.parametrize("chain", ["validator iterator", "subnetcache validator iterator"])
@pytest.mark.parametrize("threads", [1, 4])
def test_cached_in_every_way_and_then_listed(site, threads, chain):
    site.compile(site.feed("first.txt", "one.example.com\n"))
    site.resolver(threads=threads, chain=chain, extra=BUSY)
    site.await_list()
    for name in NAMES:
        for _ in range(threads):  # another port each time, so other threads too
            list(variants(name, SOURCE))
    time.sleep(1.2)  # what has a TTL of a second is stale, and served
    assert not any(is_sinkholed(answer, rdtype) for name in NAMES for rdtype, answer in variants(name, SOURCE))

    listed = ("www.example.test", "a.wild.example.test", "x.wild.example.test", "www.other.test", "short.example.test",
              "www.signed.test", "zero.example.test", "target.example.test")
    site.replace_list("--force", site.feed("second.txt", "".join(f"{name}\n" for name in listed)))
    for name in ("www.example.test", "x.wild.example.test", "www.tree.example.test", "short.example.test",
                 "www.signed.test", "zero.example.test"):
        for _ in range(2 * threads):
            for rdtype, answer in variants(name, SOURCE):
                assert is_sinkholed(answer, rdtype) or addresses(answer, rdtype) == [], (name, answer)
        assert is_sinkholed(ask(name, source=SOURCE)), name
    assert site.dns_events(action="dns-leaked") == []


@pytest.mark.parametrize("action", ["sinkhole", "monitor"])
def test_an_alias_of_a_listed_name_whose_servers_are_dead(site, action):
    site.settings["campaigns"] = {"dead": {"action": action}}
    site.write().compile("--campaign", "dead", site.feed("dead.txt", "host.dead.test\n"))
    site.resolver()
    site.await_list()
    answer = ask("deadalias.example.test", source=SOURCE)
    assert (rcode(answer), is_sinkholed(answer)) == (("NOERROR", True) if action == "sinkhole" else ("SERVFAIL", False))
    event = site.await_dns(source=SOURCE, name="deadalias.example.test")[0]
    assert event["sinkhole"]["action"] == action and event["sinkhole"]["trigger"] == "cname"
    assert event["rule"]["name"] == "host.dead.test"


def test_a_dead_alias_is_recorded_in_monitor_mode_too(site):
    site.settings["mode"] = "monitor"
    site.write().compile(site.feed("dead.txt", "host.dead.test\n"))
    site.resolver()
    site.await_list()
    assert rcode(ask("deadalias.example.test", source=SOURCE)) == "SERVFAIL"
    assert site.await_dns(source=SOURCE)[0]["sinkhole"]["trigger"] == "cname"


def test_a_cached_alias_and_a_probe_of_a_listed_parent(site):
    """What lies behind the alias is asked for label by label; a listed parent of it says nothing about the answer."""
    site.compile("--scope", "exact", site.feed("list.txt", "other.test\n"))
    resolver = site.resolver()
    site.await_list()
    assert ask("out.example.test", "CNAME", source=SOURCE).answer
    assert addresses(ask("out.example.test", source=SOURCE)) == ["192.0.2.21"]
    cached = resolver.control("dump_cache").split("START_MSG_CACHE")[1]
    assert "msg out.example.test. IN A " in cached and "msg other.test. IN A " not in cached


@pytest.mark.parametrize("threads", [1, 4])
def test_what_a_dump_brings_back_is_found(site, threads):
    """load_cache puts answers in behind our back: that there are more than anybody asked for shows it."""
    site.compile(site.feed("first.txt", "one.example.com\n"))
    resolver = site.resolver(threads=threads)
    site.await_list()
    names = [f"n{number}.wild.example.test" for number in range(40)]
    for name in names:
        ask(name, source=SOURCE)
    dump = resolver.control("dump_cache")
    assert names[0] in dump
    site.replace_list("--force", site.feed("second.txt", "".join(f"{name}\n" for name in names)))
    resolver.control("load_cache", input=dump)
    settle(0.5)
    assert all(is_sinkholed(ask(name, source=SOURCE)) for name in names)
    assert site.dns_events(action="dns-leaked") == []


def test_what_a_dump_brings_back_into_a_full_cache(site):
    """Then nothing grows: the first reply shows it, and no second one follows."""
    site.compile(site.feed("first.txt", "one.example.com\n"))
    resolver = site.resolver(extra="server:\n    msg-cache-slabs: 1\n    msg-cache-size: 20000\n")
    site.await_list()
    names = [f"n{number}.wild.example.test" for number in range(10)]
    for name in names:
        ask(name, source=SOURCE)
    dump = resolver.control("dump_cache")
    site.replace_list("--force", site.feed("second.txt", "".join(f"{name}\n" for name in names)))
    for number in range(200):
        ask(f"other{number}.wild.example.test", source=SOURCE)
    resolver.control("load_cache", input=dump)
    ask(names[0], source=SOURCE)
    settle(0.5)
    assert all(is_sinkholed(ask(name, source=SOURCE)) for name in names)
    assert len(site.dns_events(action="dns-leaked")) <= 1

def test_what_an_exempt_client_could_not_resolve(site):
    """Its failure is no answer for the others, behind subnetcache either."""
    exempt = paths.client(71)
    site.settings["module"]["exempt"] = [f"{exempt}/32"]
    site.write().compile(site.feed("dead.txt", "host.dead.test\n"))
    site.resolver(chain="subnetcache validator iterator")
    site.await_list()
    assert rcode(ask("host.dead.test", source=exempt, timeout=20)) == "SERVFAIL"
    for _ in range(2):
        assert is_sinkholed(ask("host.dead.test", source=SOURCE, timeout=20))


def test_what_unbound_itself_could_not_resolve(site):
    """The name of a server that does not answer: looked up from inside, its failure would lie in the cache."""
    site.compile(site.feed("dead.txt", "ns.dead.test\n"))
    site.resolver()
    site.await_list()
    assert rcode(ask("host.dead.test", source=SOURCE, timeout=20)) == "SERVFAIL"
    for rdtype in ("A", "AAAA"):
        assert is_sinkholed(ask("ns.dead.test", rdtype, source=SOURCE, timeout=20), rdtype)
    assert site.dns_events(action="dns-leaked") == []


def test_a_failure_that_a_dump_brings_back(site):
    site.compile(site.feed("first.txt", "one.example.com\n"))
    resolver = site.resolver()
    site.await_list()
    assert rcode(ask("host.dead.test", source=SOURCE, timeout=20)) == "SERVFAIL"
    dump = resolver.control("dump_cache")
    site.replace_list("--force", site.feed("second.txt", "host.dead.test\n"))
    resolver.control("load_cache", input=dump)
    ask("host.dead.test", source=SOURCE)
    settle(0.3)
    assert is_sinkholed(ask("host.dead.test", source=SOURCE))


def additional(answer):
    return sorted(rrset.name.to_text() for rrset in answer.additional)


@pytest.mark.parametrize("listed", ["before", "afterwards"])
def test_what_stands_beside_an_answer(site, listed):
    """Addresses of name servers and mail hosts are given away unasked, and no event shows it."""
    both = "ns.test\nmail.example.test\n"
    site.compile("--scope", "exact", site.feed("first.txt", both if listed == "before" else "one.example.com\n"))
    resolver = site.resolver(extra="server:\n    minimal-responses: no\n")
    site.await_list()
    if listed == "afterwards":
        assert "ns.test." in additional(ask("test", "NS", source=SOURCE))
        assert "mail.example.test." in additional(ask("example.test", "MX", source=SOURCE))
        site.replace_list("--force", "--scope", "exact", site.feed("second.txt", both))
    for _ in range(2):
        for name, rdtype in (("test", "NS"), ("example.test", "MX")):
            answer = ask(name, rdtype, source=SOURCE)
            assert answer.answer and additional(answer) == []
    cached = resolver.control("dump_cache").split("START_MSG_CACHE")[1]
    assert "msg test. IN NS " in cached and "msg example.test. IN MX " in cached
    assert addresses(ask("www.example.test", source=SOURCE)) == ["192.0.2.12"]
    assert is_sinkholed(ask("ns.test", source=SOURCE))
    assert site.dns_events(action="dns-leaked") == []


def test_what_a_dump_brings_back_beside_an_answer(site):
    site.compile(site.feed("first.txt", "one.example.com\n"))
    resolver = site.resolver()
    site.await_list()
    assert additional(ask("test", "NS", source=SOURCE)) == ["ns.test."]
    dump = resolver.control("dump_cache")
    site.replace_list("--force", "--scope", "exact", site.feed("second.txt", "ns.test\n"))
    resolver.control("load_cache", input=dump)
    ask("test", "NS", source=SOURCE)
    settle(0.3)
    assert additional(ask("test", "NS", source=SOURCE)) == []


def test_a_dname_is_no_alias_of_its_own_target(site):
    """What leads below the target does not pass through it."""
    site.compile("--scope", "exact", site.feed("first.txt", "other.test\n"))
    site.resolver()
    site.await_list()
    for _ in range(2):
        assert addresses(ask("www.tree.example.test", source=SOURCE)) == ["192.0.2.21"]
    assert is_sinkholed(ask("other.test", source=SOURCE))
    site.replace_list("--force", site.feed("second.txt", "other.test\n"))
    for _ in range(2):
        assert is_sinkholed(ask("www.tree.example.test", source=SOURCE))
    assert site.await_dns(2, name="www.tree.example.test")[0]["sinkhole"]["trigger"] == "cname"

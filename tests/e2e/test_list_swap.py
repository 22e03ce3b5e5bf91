# SPDX-License-Identifier: BSD-3-Clause
"""A new list acts at once, also on what is cached; a removed name resolves again."""

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import wait_for

SOURCE = paths.client(60)
NEW = ("fresh.example.com", "deep.www.fresh2.example.com", "www.example.test", "x.wild.example.test")


def found(name, rdtype="A"):
    return addresses(ask(name, rdtype, source=SOURCE), rdtype)


def sinkholed(name):
    return bool(found(name)) and found(name)[0].startswith("198.51.100.")


def test_listed_and_removed_while_cached(site):
    first = site.feed("first.txt", "one.example.com\n")
    site.compile(first)
    site.resolver(threads=2)
    site.await_list()
    before = {name: found(name) for name in NEW}
    assert all(before.values()) and not any(sinkholed(name) for name in NEW)
    assert sinkholed("one.example.com") and sinkholed("below.one.example.com")
    for name in NEW:
        found(name, "AAAA"), found(name, "TXT")

    second = site.feed("second.txt", "".join(f"{name}\n" for name in NEW))
    site.replace_list("--force", second)
    assert all(sinkholed(name) for name in NEW)
    assert all(ask(name, "TXT", source=SOURCE).answer == [] for name in NEW)
    assert not sinkholed("one.example.com")

    site.replace_list("--force", first)
    assert {name: found(name) for name in NEW} == before
    assert site.dns_events(action="dns-leaked") == []


def test_the_target_of_a_cached_alias(site):
    site.compile(site.feed("first.txt", "one.example.com\n"))
    site.resolver()
    site.await_list()
    assert found("out.example.test") == ["192.0.2.21"]
    assert found("www.other.test") == ["192.0.2.21"]
    site.replace_list("--force", site.feed("second.txt", "www.other.test\n"))
    assert sinkholed("out.example.test") and sinkholed("www.other.test")
    assert sinkholed("outchain.example.test")


def test_a_minimisation_probe_does_not_cache_the_listed_name(site):
    """Unbound asks for every parent on its way; an answer kept from that would bypass the list."""
    site.compile(site.feed("list.yaml.txt", "d.e.f.g.example.test\n"))
    site.resolver()
    site.await_list()
    found("x.f.g.example.test")
    found("g.example.test")
    assert sinkholed("a.b.c.d.e.f.g.example.test")
    assert sinkholed("d.e.f.g.example.test")
    assert site.dns_events(action="dns-leaked") == []


def test_serial_only_moves_forward(site):
    site.compile()
    site.resolver()
    site.await_list()
    serials = []
    for _ in range(3):
        ask("www.kaerunote.com", source=SOURCE)
        serials.append(site.await_dns(len(serials) + 1)[-1]["sinkhole"]["list_serial"])
        site.replace_list()
    assert serials == sorted(set(serials))


def test_the_sinkhole_says_which_list_it_uses(site):
    site.compile(site.feed("first.txt", "one.example.com\n"))
    site.sinkhole()
    site.compile("--force", site.feed("second.txt", "one.example.com\ntwo.example.com\n"))
    changed = wait_for(lambda: [s for s in site.states(site.contact_log) if s["sinkhole"]["reason"] == "changed"],
                       "a state line of the new list", 5)
    assert changed[-1]["sinkhole"]["list"]["rules"] == 2

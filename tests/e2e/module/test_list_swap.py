# SPDX-License-Identifier: BSD-3-Clause
"""A new list acts at once, also on what is cached; a removed name resolves again."""

import shutil
from pathlib import Path

import pytest

from harness import paths
from harness.ask import addresses, ask, ask_all_the_time
from harness.daemon import settle, wait_for

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


def test_what_a_chain_was_made_of_goes_too(site):
    """Record sets have a cache of their own, from which answers are put together without asking anybody."""
    site.compile(site.feed("first.txt", "one.example.com\n"))
    resolver = site.resolver()
    site.await_list()
    for name in ("outchain.example.test", "www.tree.example.test", "alias.example.test"):
        assert found(name)
    site.replace_list("--force", site.feed("second.txt", "deep.other.test\nother.test\n"))
    left = resolver.control("dump_cache").split("START_MSG_CACHE")[0]
    assert "alias.example.test." in left
    for gone in ("deep.other.test.", "www.other.test.\t", "outchain.example.test."):
        assert gone not in left


@pytest.mark.parametrize("chain", ["iterator", "validator iterator", "subnetcache validator iterator"])
def test_a_chain_whose_middle_was_listed_while_cached(site, chain):
    """Made anew from what is cached for each client, its answer must not lie in the cache for a moment."""
    site.compile(site.feed("first.txt", "one.example.com\n"))
    site.resolver(chain=chain, threads=4)
    site.await_list()
    for _ in range(6):
        assert found("outchain.example.test") == found("www.other.test") == ["192.0.2.21"]
    site.replace_list("--force", "--scope", "exact", site.feed("second.txt", "deep.other.test\n"))
    answers = ask_all_the_time("outchain.example.test", 2)
    assert len(answers) > 1000
    assert all(len(a) == 1 and a[0].startswith("198.51.100.") for a in answers)
    assert site.dns_events(action="dns-leaked") == []


def test_what_is_stored_just_after_the_walk(site):
    """A response that was looked at before the list was there may be stored when the walk has passed: it comes again."""
    site.compile(site.feed("first.txt", "one.example.com\n"))
    resolver = site.resolver()
    site.await_list()
    assert found("outchain.example.test")
    rrsets = resolver.control("dump_cache").split("START_MSG_CACHE")[0]
    dump = f"{rrsets}START_MSG_CACHE\nEND_MSG_CACHE\nEOF\n"
    site.replace_list("--force", site.feed("second.txt", "deep.other.test\n"))
    resolver.control("load_cache", input=dump)
    assert "outchain.example.test." in resolver.control("dump_cache")
    settle(1.5)
    assert "outchain.example.test." not in resolver.control("dump_cache")


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
                       "a state line of the new list")
    assert changed[-1]["sinkhole"]["list"]["rules"] == 2


NAMES = 100_000
LIST_KIB = NAMES * 17 // 1024
EVENTS_KIB = 64  # the ring that events wait in is touched for the first time


def resident(daemon):
    """Of its own memory, in KiB: the list is a private copy, files are others' business."""
    text = Path(f"/proc/{daemon.pid}/status").read_text()
    return int(text.split("RssAnon:")[1].split()[0])


@pytest.fixture
def two_lists(site):
    """Two database files of many names, half of them the same, and a way to put one in the other's place."""
    files = []
    for number in range(2):
        feed = site.feed("feed.txt", "".join(f"n{i + number * NAMES // 2}.example.com\n" for i in range(NAMES)))
        site.compile(feed)
        files.append(shutil.copy(site.database, site.directory / f"list{number}.db"))

    def put(number):
        new = shutil.copy(files[number % 2], site.directory / "new.db")
        Path(new).rename(site.database)

    return put


def test_memory_after_many_swaps(site, two_lists):
    resolver = site.resolver(threads=2)
    site.await_list()

    def swap(count):
        for number in range(count):
            taken = site.lists_taken()
            two_lists(number)
            site.await_list(after=taken)
            assert sinkholed("n60000.example.com")
        return resident(resolver)

    first = swap(4)
    last = swap(46)
    if not paths.SANITIZED:  # what is freed is kept for a while there, and leaks are found at the end
        assert last - first < LIST_KIB // 20 + EVENTS_KIB, f"{last} KiB after, {first} KiB before"


def test_cache_sizes_change_during_walks(site, two_lists):
    """A reload frees the caches and makes new ones: the old ones must not be walked through any more."""
    resolver = site.resolver(threads=2)
    site.await_list()
    text = resolver.config.read_text()
    for number in range(8):
        for i in range(300):
            ask(f"c{i}.wild.example.test", source=SOURCE)
        two_lists(number)
        keep = number % 3 == 2
        if not keep:  # Unbound itself loses memory if the sizes change then
            size = 1 << (number % 4)
            resolver.config.write_text(text.replace("msg-cache-size: 4m", f"msg-cache-size: {size}m")
                                       .replace("rrset-cache-size: 8m", f"rrset-cache-size: {2 * size}m"))
        taken = site.lists_taken()
        resolver.control("reload_keep_cache" if keep else "reload")
        site.await_list(after=taken)
        wait_for(lambda: sinkholed("n60000.example.com"), "an intercepted answer after the reload")
        assert found("x.wild.example.test")

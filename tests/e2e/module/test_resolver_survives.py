# SPDX-License-Identifier: BSD-3-Clause
"""Nothing of ours may stop the resolver: it starts, resolves, says so, and takes what comes."""

import os
import shutil

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import run, wait_for

LISTED = "www.kaerunote.com"
SOURCE = paths.client(50)


def resolves():
    return addresses(ask("www.example.test", source=SOURCE)) == ["192.0.2.12"]


def intercepted(name=LISTED):
    found = addresses(ask(name, source=SOURCE))
    return bool(found) and found[0].startswith("198.51.100.")


def complains(resolver, text="unbound-sinkhole"):
    wait_for(lambda: text in resolver.log(), f"'{text}' in Unbound's log")


@pytest.mark.parametrize("settings", [
    None, "", "mode: enforce\nmodule: [\n", "mode: maybe\n", "no-such-key: 1\n", "\x00\x01\x02", "mode: enforce\nmode: off\n",
])
def test_bad_or_missing_settings_leave_a_plain_resolver(site, settings):
    good = site.path.read_text()
    if settings is None:
        site.path.unlink()
    else:
        site.write(settings)
    site.compile()
    resolver = site.resolver()
    assert resolves()
    assert addresses(ask(LISTED, source=SOURCE)) == [paths.GENUINE4]
    complains(resolver)
    lines = resolver.log().count("sinkhole.yaml")
    assert resolves() and resolver.log().count("sinkhole.yaml") <= lines + 1, "one line, not one a second"

    site.write(good)
    site.await_list()
    assert intercepted()


def test_a_list_that_appears_later_is_put_in_force(site):
    resolver = site.resolver()
    assert resolves()
    assert addresses(ask(LISTED, source=SOURCE)) == [paths.GENUINE4]
    complains(resolver, "blocklist.db")
    site.compile()
    site.await_list()
    assert intercepted(), "also what was cached before the list came"


def damage_truncate(data):
    return data[: len(data) // 2]


def damage_flip(data):
    """In the header, which every reader takes in."""
    return data[:24] + bytes([data[24] ^ 0x10]) + data[25:]


def damage_empty(data):
    return b""


def damage_foreign(data):
    return b"<!DOCTYPE html>\n<html><body>503</body></html>\n" * 20


def damage_longer(data):
    return data + b"\0" * 100


@pytest.mark.parametrize("damage", [damage_truncate, damage_flip, damage_empty, damage_foreign, damage_longer])
def test_a_bad_new_list_keeps_the_old(site, damage):
    site.compile()
    resolver = site.resolver()
    site.await_list()
    complaints = resolver.log().count("blocklist.db")
    new = site.directory / "new.db"
    new.write_bytes(damage(site.database.read_bytes()))
    os.replace(new, site.database)
    wait_for(lambda: resolver.log().count("blocklist.db") > complaints, "a complaint about the list")
    assert intercepted() and resolves()
    site.replace_list("--force", paths.EMDIVI_FEED, *paths.NEVER_BLOCK)
    assert intercepted()


@pytest.mark.parametrize("damage", [damage_truncate, damage_foreign])
def test_a_bad_first_list(site, damage):
    site.compile()
    site.database.write_bytes(damage(site.database.read_bytes()))
    resolver = site.resolver()
    assert resolves()
    complains(resolver, "blocklist.db")
    site.compile("--force", paths.EMDIVI_FEED, *paths.NEVER_BLOCK)
    site.await_list()
    assert intercepted()


def test_the_list_cut_short_in_place(site):
    """A file cut short under a mapping would kill the process: readers keep a private copy."""
    site.compile()
    site.resolver()
    site.await_list()
    os.truncate(site.database, 100)
    for _ in range(20):
        assert intercepted() and resolves()


def test_without_a_log_directory(site):
    shutil.rmtree(site.dns_log.parent)
    site.compile()
    resolver = site.resolver()
    site.await_list()
    assert intercepted() and resolves()
    complains(resolver, "dns.jsonl")
    site.dns_log.parent.mkdir()
    wait_for(lambda: intercepted() and site.dns_events(source=SOURCE), "events once the directory is there")


def test_a_log_that_is_a_symbolic_link_is_not_followed(site):
    target = site.directory / "elsewhere"
    target.touch()
    site.dns_log.symlink_to(target)
    site.compile()
    resolver = site.resolver()
    site.await_list()
    assert intercepted()
    complains(resolver, "dns.jsonl")
    assert target.read_bytes() == b""


def test_a_full_pool_or_a_foreign_pool_is_no_reason_to_stop(site):
    site.settings["module"]["sinkhole-addresses"] = []
    site.write().compile()
    site.resolver()
    assert resolves()


def test_listed_names_stay_intercepted_over_reloads(site):
    site.compile()
    resolver = site.resolver(threads=2)
    site.await_list()
    for _ in range(5):
        taken = site.lists_taken()
        resolver.control("reload")
        site.await_list(after=taken)
        wait_for(intercepted, "an intercepted answer after the reload")
        assert resolves()


def test_a_reload_that_keeps_the_cache_keeps_the_list_in_force(site):
    resolver = site.resolver()
    assert addresses(ask(LISTED, source=SOURCE)) == [paths.GENUINE4]
    site.compile()
    site.await_list()
    resolver.control("reload_keep_cache")
    wait_for(resolves, "Unbound after the reload")
    assert intercepted()


def test_checkconf_takes_the_shipped_include_file(site):
    config = site.directory / "checked.conf"
    text = (paths.SOURCE / "deploy/unbound-sinkhole.conf").read_text()
    config.write_text(f'server:\n    chroot: ""\n    username: ""\n    directory: "{site.directory}"\n' + text)
    run([paths.UNBOUND_CHECKCONF, config], check=0)

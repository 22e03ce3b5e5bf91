# SPDX-License-Identifier: BSD-3-Clause
"""Settings, list, event log or passive record on a file system that does not answer: the resolver goes on, reloads and
stops."""

import time

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import SLOWNESS, settle, wait_for
from harness.hung import HungDirectory

SOURCE = paths.client(2100)
LISTED, UNLISTED = "www.kaerunote.com", "www.example.test"
PATIENCE = 15  # for a stop and a start, each with its limits


@pytest.fixture
def apart(site):
    """The list lies in a directory of its own, as the event log and the passive record do."""
    (site.directory / "lists").mkdir()
    site.database = site.directory / "lists/blocklist.db"
    site.settings["module"] |= {"database": "lists/blocklist.db", "passive": "days", "passive-directory": "passive"}
    site.write().compile()
    return site


def started(site):
    resolver = site.resolver(leak_check=False)  # what is left behind is not freed
    site.await_list()
    assert is_sinkholed()
    return resolver


def is_sinkholed():
    found = addresses(ask(LISTED, source=SOURCE))
    return bool(found) and found[0].startswith("198.51.100.")


def check_answers():
    assert addresses(ask(UNLISTED, source=SOURCE)) == ["192.0.2.12"]


def reload(resolver):
    starts = resolver.log().count("start of service")
    resolver.control("reload")
    wait_for(lambda: resolver.log().count("start of service") > starts, "the reload", PATIENCE)


@pytest.mark.parametrize("directory", ["lists", "dns", "passive"])
def test_the_resolver_answers_reloads_and_stops(apart, directory):
    resolver = started(apart)
    with HungDirectory(apart.directory / directory) as hung:
        settle(1.5)  # the threads that read and write have run into it
        assert is_sinkholed()
        check_answers()
        reload(resolver)
        check_answers()
        assert "left behind" in resolver.log()
        reload(resolver)
        check_answers()
        hung.release()
        wait_for(is_sinkholed, "the list to be in force again", 15)
        check_answers()
        reload(resolver)
        wait_for(is_sinkholed, "the list to be in force after a reload", 15)
    assert apart.await_dns(name=LISTED)


@pytest.mark.parametrize("directory", ["lists", "dns", "passive"])
def test_a_hung_file_system_does_not_hold_up_a_stop(apart, directory):
    resolver = started(apart)
    with HungDirectory(apart.directory / directory):
        settle(1.5)
        begin = time.monotonic()
        resolver.stop()
        assert time.monotonic() - begin < PATIENCE * SLOWNESS
        apart.daemons.remove(resolver)
    assert "left behind" in resolver.log()


def test_the_resolver_starts_without_its_list_and_takes_it_later(apart):
    with HungDirectory(apart.directory / "lists") as hung:
        resolver = apart.resolver(leak_check=False)
        check_answers()
        assert "does the file system" in resolver.log()
        hung.release()
        apart.await_list()
    assert is_sinkholed()


def test_the_state_line_says_that_the_list_cannot_be_read(apart):
    started(apart)
    with HungDirectory(apart.directory / "lists"):
        # Counters that move bring a state line.
        wait_for(lambda: is_sinkholed() and
                 "does not answer" in str(apart.states()[-1]["sinkhole"].get("list", {}).get("reason")), "the reason", 30, 0.5)
        assert apart.states()[-1]["sinkhole"]["list"]["state"] == "in-force"
    wait_for(lambda: is_sinkholed() and
             "reason" not in apart.states()[-1]["sinkhole"].get("list", {"reason": 0}), "its end", 30, 0.5)

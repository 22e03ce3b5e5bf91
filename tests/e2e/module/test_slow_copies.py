# SPDX-License-Identifier: BSD-3-Clause
"""A list that is copied over the old one, slowly: no good until the copy is complete, which is no mistake to report."""

import shutil
import time

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import wait_for

SOURCE = paths.client(920)
PIECES = 10


@pytest.fixture
def copying(site):
    """A resolver with one list, and the bytes of another."""
    site.compile("--force", site.feed("new.txt", "".join(f"n{i}.example.com\n" for i in range(20000))))
    new = site.database.read_bytes()
    site.compile("--force", site.feed("old.txt", "old.example.com\n"))
    site.resolver()
    site.await_list()
    site.new = new
    return site


def listed_in_sinkholed(site, serial):
    lines = [s["sinkhole"]["list"] for s in site.states(site.contact_log) if "list" in s["sinkhole"]]
    return bool(lines) and lines[-1].get("serial") == serial


def sinkholed(name):
    found = addresses(ask(name, source=SOURCE))
    return bool(found) and found[0].startswith("198.51.100.")


def warnings(site, daemon=0):
    return [line for line in site.daemons[daemon].log().splitlines() if "the list in force stays" in line]


def copy_slowly(site, data, pieces=PIECES):
    """As rsync --inplace, scp or an editor on a network file system do it."""
    size = len(data) // PIECES + 1
    with open(site.database, "r+b") as database:
        for number in range(pieces):
            database.write(data[number * size:(number + 1) * size])
            database.flush()
            time.sleep(0.25)


def test_a_copy_that_is_completed(copying):
    taken = copying.lists_taken()
    copy_slowly(copying, copying.new)
    copying.await_list(after=taken)
    assert sinkholed("n19999.example.com") and not sinkholed("old.example.com")
    assert warnings(copying) == []


def test_a_copy_that_is_given_up_and_made_again(copying):
    copy_slowly(copying, copying.new, PIECES // 2)
    assert warnings(copying) == []
    wait_for(lambda: warnings(copying), "a complaint", 15)
    assert sinkholed("old.example.com")
    time.sleep(2)
    assert len(warnings(copying)) == 1
    assert copying.states()[-1]["sinkhole"]["counters"]["refused"] == 1

    taken = copying.lists_taken()
    copy_slowly(copying, copying.new)
    copying.await_list(after=taken)
    assert sinkholed("n19999.example.com")
    assert len(warnings(copying)) == 1


def test_a_bad_list_renamed_into_place_is_reported_at_once(copying):
    broken = copying.directory / "broken.db"
    shutil.copy(copying.database, broken)
    with open(broken, "r+b") as database:
        database.truncate(200)
    broken.rename(copying.database)
    wait_for(lambda: warnings(copying), "a complaint", 4)


def test_sinkholed_waits_for_the_whole_copy_too(copying):
    """Both look at the file in the same way."""
    copying.sinkhole()
    taken = copying.lists_taken()
    for pieces in (PIECES // 2, PIECES):
        copy_slowly(copying, copying.new, pieces)
        time.sleep(1)
    copying.await_list(after=taken)
    serial = copying.states()[-1]["sinkhole"]["list"]["serial"]
    wait_for(lambda: listed_in_sinkholed(copying, serial), "the list in sinkholed", 15)
    assert warnings(copying, 1) == []


def test_sinkholed_complains_once_of_a_copy_that_is_given_up(copying):
    copying.sinkhole()
    copy_slowly(copying, copying.new, PIECES // 2)
    wait_for(lambda: warnings(copying, 1), "a complaint", 20)
    time.sleep(2)
    assert len(warnings(copying, 1)) == 1

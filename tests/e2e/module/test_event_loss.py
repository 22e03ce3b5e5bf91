# SPDX-License-Identifier: BSD-3-Clause
"""No event is lost while there is room for it, whatever is done to the log or to the resolver; and what was lost is counted."""

import shutil
import subprocess

import pytest

from harness import losses, paths
from harness.ask import addresses, ask
from harness.daemon import wait_for
from harness.site import events

LISTED = {"event.dataset": "sinkhole.dns"}


class Flow(losses.Flow):
    """One client after another asks for a name of its own, until stop()."""

    def run(self, first, number, threads):
        number += first
        while not self.done.is_set():
            name = f"n{number}.kaerunote.com"
            number += threads
            try:
                answer = ask(name, source=paths.client(1200 + number % 200), timeout=0.5)
            except ConnectionRefusedError:  # between two lives of the resolver
                continue
            if answer is not None and addresses(answer):
                self.answered.add(name)


def recorded(*logs):
    """The names in these files; an id that comes twice is an error."""
    return {event["dns"]["question"]["name"] for event in losses.written_once(logs, LISTED)}


def await_all(answered, *logs):
    wait_for(lambda: answered <= recorded(*logs), "every answered question in the log")


def test_no_event_is_lost_when_the_log_is_renamed(running):
    """As logrotate does it without copytruncate, three times, while questions come in."""
    flow = Flow()
    rotated = []
    for number in range(3):
        flow.reach(len(flow.answered) + 40)
        old = running.dns_log.with_suffix(f".{number}")
        running.dns_log.rename(old)
        rotated.append(old)
        wait_for(running.dns_log.exists, "a new log")
    flow.reach(len(flow.answered) + 40)
    await_all(flow.stop(), running.dns_log, *rotated)
    assert all(events(log, LISTED) for log in rotated)
    assert {s["sinkhole"]["lost"] for s in running.states()} <= {0}


def test_rotation_by_copy_and_truncation(running):
    """What comes between copy and truncation is lost by who does it: so here nothing comes."""
    copies, answered = [], set()
    for number in range(3):
        flow = Flow(first=number * 100000).reach(40)
        answered |= flow.stop()
        await_all(answered, running.dns_log, *copies)
        copy = running.dns_log.with_suffix(f".{number}")
        shutil.copy(running.dns_log, copy)
        with open(running.dns_log, "r+b") as log:
            log.truncate(0)
        copies.append(copy)
    answered |= Flow(first=900000).reach(40).stop()
    await_all(answered, running.dns_log, *copies)
    assert b"\0" not in running.dns_log.read_bytes(), "written on where the old end was"


@pytest.mark.parametrize("word", ["reload", "reload_keep_cache"])
def test_no_event_is_lost_in_a_reload(running, word):
    flow = Flow().reach(40)
    for _ in range(3):
        taken = running.lists_taken()
        running.daemons[0].control(word)
        running.await_list(after=taken)
        flow.reach(len(flow.answered) + 40)
    await_all(flow.stop(), running.dns_log)
    assert {s["sinkhole"]["lost"] for s in running.states()} == {0}


def test_no_event_is_lost_at_a_stop(running):
    answered = set()
    for number in range(3):
        flow = Flow(first=number * 100000).reach(100)
        running.stop()
        answered |= flow.stop()
        assert answered <= recorded(running.dns_log), "a stopped resolver has written all"
        running.resolver(threads=2, name=f"unbound{number}")
        running.await_list()
    assert {s["sinkhole"]["lost"] for s in running.states()} == {0}


@pytest.fixture
def small_disk(site):
    with losses.nearly_full(site, site.dns_log.parent) as filler:
        yield filler


def ask_all(names):
    for number, name in enumerate(names):
        assert addresses(ask(name, source=paths.client(1200 + number % 200))), "the resolver goes on"


@pytest.mark.parametrize("count", [300, 2000], ids=["short", "long"])
def test_a_full_disk_loses_only_what_is_counted(site, small_disk, count):
    """What waits in memory is written when there is room; what finds no place there either is counted."""
    site.compile()
    resolver = site.resolver()
    site.await_list()
    names = [f"full{i}.kaerunote.com" for i in range(count)]
    ask_all(names)
    wait_for(lambda: "No space left on device" in resolver.log(), "the complaint")
    assert 0 < len(recorded(site.dns_log)) < 300
    losses.whole_lines(site.dns_log)

    small_disk.unlink()
    wait_for(lambda: "can be written again" in resolver.log(), "the log to go on", 10)
    subprocess.run(["mount", "-o", "remount,size=4m", site.dns_log.parent], check=True)
    after = [f"after{i}.kaerunote.com" for i in range(20)]
    ask_all(after)
    await_all(set(after), site.dns_log)
    if count == 300:
        assert recorded(site.dns_log) == set(names + after), "nothing was lost"
        return
    wait_for(lambda: any(s["sinkhole"]["reason"] == "recovered" for s in site.states()), "the state line", 10)
    losses.whole_lines(site.dns_log)
    lost = site.states()[-1]["sinkhole"]["lost"]
    assert lost == len(set(names + after) - recorded(site.dns_log)) > 0, "each event is in the log or in the count"
    assert f"{lost} lost" in site.sinkctl("status")


def test_the_log_goes_on_when_its_directory_is_back(site):
    """Unmounted, or removed by hand."""
    site.compile()
    site.resolver()
    site.await_list()
    shutil.rmtree(site.dns_log.parent)
    for number in range(20):
        assert addresses(ask(f"away{number}.kaerunote.com", source=paths.client(1200)))
    site.dns_log.parent.mkdir()
    wait_for(lambda: site.dns_log.exists(), "a new log", 10)
    assert addresses(ask("back.kaerunote.com", source=paths.client(1200)))
    await_all({"back.kaerunote.com"}, site.dns_log)
